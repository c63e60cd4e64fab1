"""Patterns of policies: ``*``, ``?`` and policy variables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from .context import RequestContext

ESCAPES = {"*": "*", "?": "?", "$": "$"}
"""``${*}`` and so on stand for the sign itself."""


def glob(pattern: str, text: str, *, fold: bool = False) -> bool:
    """Does the text fit the pattern?  ``fold``: whatever the case of letters."""
    if fold:
        pattern, text = pattern.lower(), text.lower()
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(c) or re.escape(c) for c in _shrunk(pattern)), re.DOTALL)


def _shrunk(pattern: str) -> str:
    """Without repeated stars, which say nothing more and cost time."""
    while "**" in pattern:
        pattern = pattern.replace("**", "*")
    return pattern


_WILD = {"*": "\ue000", "?": "\ue001"}
"""Stand-ins for signs of a variable's value, so that they are taken literally."""


def literal(text: str) -> str:
    """The text with its ``*`` and ``?`` protected from being wildcards."""
    return text.replace("*", _WILD["*"]).replace("?", _WILD["?"])


def fits(pattern: str, text: str, *, fold: bool = False) -> bool:
    """``glob`` for a pattern that went through ``expand``."""
    return (
        glob(pattern, literal(text), fold=fold)
        if _WILD["*"] in pattern or _WILD["?"] in pattern
        else glob(pattern, text, fold=fold)
    )


def expand(pattern: str, context: RequestContext) -> tuple[str, ...] | None:
    """The pattern with its variables replaced by the request's values.

    A variable that the request lacks and that has no default makes the
    pattern fit nothing: no patterns.  None when a value is not known.
    """
    at = pattern.find("${")
    if at < 0:
        return (pattern,)
    end = pattern.find("}", at)
    if end < 0:
        return (pattern,)
    inner = pattern[at + 2 : end]
    rest = expand(pattern[end + 1 :], context)
    name, comma, default = inner.partition(",")
    values: Sequence[str] | None = (ESCAPES[inner],) if inner in ESCAPES else context.find(name.strip())
    if values == () and comma:
        values = (default.strip().strip("'"),)
    if values is None or rest is None:
        return None
    return tuple(pattern[:at] + literal(value) + tail for value in values for tail in rest)


def fits_action(pattern: str, action: str) -> bool | None:
    """Does an action pattern hold?  None when the action is not known well enough."""
    if pattern == "*":
        return True
    service, colon, name = pattern.lower().partition(":")
    asked, _, operation = action.lower().partition(":")
    if not asked:
        return None
    if not colon:
        return glob(pattern, action, fold=True) if operation else None
    if not glob(service, asked):
        return False
    if not operation:
        return True if _shrunk(name) == "*" else None
    return glob(name, operation)


def fits_arn(pattern: str, arn: str) -> bool:
    """ARNs part by part: a wildcard does not reach beyond its colon, but in the last part."""
    wanted, given = pattern.split(":", 5), arn.split(":", 5)
    if len(wanted) != 6 or len(given) != 6:
        return pattern == "*"
    return all(fits(part, text) for part, text in zip(wanted, given, strict=True))
