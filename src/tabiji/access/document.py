"""A policy document taken apart: statements with their elements, or a one-line error."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from .operators import OPERATORS

VERSIONS = ("2012-10-17", "2008-10-17")
ELEMENTS = frozenset((
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
))  # fmt: skip
MAX_ENDPOINT_POLICY = 20480
"""Characters an endpoint policy may have (IA7)."""


class PolicyError(ValueError):
    """The document is no policy; the text is one line and says what is wrong where."""


class Test(msgspec.Struct, frozen=True, gc=False):
    """One condition: operator, set quantifier (``""``, ``any`` or ``all``), key and the policy's values."""

    operator: str
    quantifier: str
    if_exists: bool
    key: str
    values: tuple[str, ...]


class Statement(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One statement.  Of each pair (``actions`` and ``not_actions``...) at most one is not None.

    ``principals`` are (type, value) pairs: (``AWS``, ``*``), (``Service``,
    ``ec2.amazonaws.com``).
    """

    label: str
    """Its Sid, else ``#1`` and so on."""
    allow: bool
    principals: tuple[tuple[str, str], ...] | None = None
    not_principals: tuple[tuple[str, str], ...] | None = None
    actions: tuple[str, ...] | None = None
    not_actions: tuple[str, ...] | None = None
    resources: tuple[str, ...] | None = None
    not_resources: tuple[str, ...] | None = None
    tests: tuple[Test, ...] = ()
    variables: bool = True
    """Are ``${...}`` replaced?  Not in documents of the version of 2008."""


@lru_cache(maxsize=1024)
def parse(document: str) -> tuple[Statement, ...]:
    """The statements of a document.  Raises PolicyError."""
    try:
        data = msgspec.json.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PolicyError(f"no JSON: {str(error).splitlines()[0]}") from None
    if not isinstance(data, dict):
        raise PolicyError("no JSON object")
    version = data.get("Version", VERSIONS[1])
    if version not in VERSIONS:
        raise PolicyError(f"Version {version!r} is not {VERSIONS[0]}")
    rows = data.get("Statement")
    if isinstance(rows, dict):
        rows = [rows]
    if not isinstance(rows, list):
        raise PolicyError("Statement is missing")
    return tuple(_statement(row, f"#{i + 1}", version == VERSIONS[0]) for i, row in enumerate(rows))


def _statement(row: Any, label: str, variables: bool) -> Statement:
    if not isinstance(row, dict):
        raise PolicyError(f"statement {label} is no object")
    if isinstance(row.get("Sid"), str) and row["Sid"]:
        label = row["Sid"]
    unknown = sorted(set(row) - ELEMENTS)
    if unknown:
        raise PolicyError(f"statement {label}: no element is called {unknown[0]!r}")
    effect = row.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise PolicyError(f"statement {label}: Effect is neither Allow nor Deny")
    for one, other in (("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource")):
        if one in row and other in row:
            raise PolicyError(f"statement {label}: {one} and {other} exclude each other")
    if "Action" not in row and "NotAction" not in row:
        raise PolicyError(f"statement {label}: Action is missing")
    return Statement(
        label=label,
        allow=effect == "Allow",
        principals=_principals(row, "Principal", label),
        not_principals=_principals(row, "NotPrincipal", label),
        actions=_texts(row, "Action", label),
        not_actions=_texts(row, "NotAction", label),
        resources=_texts(row, "Resource", label),
        not_resources=_texts(row, "NotResource", label),
        tests=_tests(row.get("Condition"), label),
        variables=variables,
    )


def _texts(row: dict[str, Any], name: str, label: str) -> tuple[str, ...] | None:
    value = row.get(name)
    if name not in row:
        return None
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise PolicyError(f"statement {label}: {name} is neither text nor a list of texts")
    return tuple(texts)


def _principals(row: dict[str, Any], name: str, label: str) -> tuple[tuple[str, str], ...] | None:
    if name not in row:
        return None
    value = row[name]
    if value == "*":
        return (("AWS", "*"),)
    if not isinstance(value, dict):
        raise PolicyError(f'statement {label}: {name} is neither "*" nor an object')
    return tuple((kind, text) for kind in value for text in _texts(value, kind, label) or ())


def _tests(condition: Any, label: str) -> tuple[Test, ...]:
    if condition is None:
        return ()
    if not isinstance(condition, dict):
        raise PolicyError(f"statement {label}: Condition is no object")
    out = []
    for written, keys in condition.items():
        quantifier, operator = "", written
        head, colon, tail = written.partition(":")
        if colon and head in ("ForAnyValue", "ForAllValues"):
            quantifier, operator = ("any" if head == "ForAnyValue" else "all"), tail
        plain = operator.removesuffix("IfExists")
        if plain not in OPERATORS or (plain == "Null" and plain != operator):
            raise PolicyError(f"statement {label}: no condition operator is called {written!r}")
        if not isinstance(keys, dict):
            raise PolicyError(f"statement {label}: {written} is no object")
        for key, values in keys.items():
            texts = tuple(_value(v, f"{label}: {key}") for v in (values if isinstance(values, list) else [values]))
            out.append(Test(plain, quantifier, plain != operator, key, texts))
    return tuple(out)


def _value(value: Any, where: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise PolicyError(f"statement {where} is neither text, number nor true or false")
