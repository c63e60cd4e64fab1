"""Every code that the program can say has a text in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import tabiji
from tabiji.findings.aws_codes import AWS_CODES, aws_code
from tabiji.findings.catalogue import TOPICS, all_texts, entry, text

SOURCE = Path(tabiji.__file__).parent
CODE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
SAYERS = {"Drop", "Unknown", "Note", "Choice", "Problem", "step", "say"}
"""Calls whose first argument, or third for ``Choice``'s kin, is a code."""
CODE_ARGUMENTS = {"code"}
INDEX_NAMES = {"memo"}
"""Calls whose dotted first argument is the name of an index, not a code."""
KEYWORDS = frozenset(("tls.sni", "route.state", "route.origin"))
"""Literals that look like codes and are words of other languages (Suricata's, EC2's filters)."""
UNTOLD = (("lab", "plan"), ("lab", "judge"))
"""The lab's own words for what its rules drop; findings are told in those of the walk."""
TEXTS = all_texts()


def codes_in(path: Path) -> Iterator[tuple[str, int]]:
    """Codes a file says: what it hands to something that says codes, and any literal of a known topic."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    indexes = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in INDEX_NAMES and node.args:
            indexes.update(id(leaf) for leaf in ast.walk(node.args[0]))
        handed = list(node.args[:1]) if name in SAYERS else []
        handed += [k.value for k in node.keywords if k.arg in CODE_ARGUMENTS]
        for argument in handed:
            for leaf in ast.walk(argument):
                if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str) and CODE.fullmatch(leaf.value):
                    yield leaf.value, leaf.lineno
    for node in ast.walk(tree):
        if id(node) in indexes or not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            continue
        if CODE.fullmatch(node.value) and node.value.partition(".")[0] in TOPICS:
            yield node.value, node.lineno


def words_in(path: Path) -> Iterator[str]:
    """Kinds of places and of tables a file of the fabric makes: each is shown by a word."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value:
                if node.func.id == "Place":
                    yield f"hop.{first.value}"
                elif node.func.id in ("AnyOf", "First", "Lpm"):
                    yield f"check.{first.value}"


def test_every_kind_of_place_and_table_has_a_word() -> None:
    words = {word for path in (SOURCE / "fabric").glob("*.py") for word in words_in(path)}
    assert {"hop.nat_gateway", "check.security_group"} <= words
    assert not words - set(TEXTS)


def used() -> dict[str, str]:
    out: dict[str, str] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        where = path.relative_to(SOURCE)
        if where.parts[:2] in (("findings", "catalogue"), *UNTOLD) or where.name == "texts.py":
            continue
        for code, line in codes_in(path):
            out.setdefault(code, f"{where}:{line}")
    return out


def test_every_code_in_the_source_has_a_text() -> None:
    missing = {code: where for code, where in used().items() if code not in TEXTS and code not in KEYWORDS}
    assert not missing


def test_the_scan_finds_codes() -> None:
    found = used()
    assert {"sg.ingress.no_rule", "route.none", "igw.no_public_ip", "unknown.ephemeral", "fix.sg.add_rule"} <= set(
        found
    ) | {f"sg.{d}.no_rule" for d in ("egress", "ingress")}
    assert len(found) > 100


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_both_languages_say_the_same_parameters(code: str) -> None:
    english, japanese = TEXTS[code]
    assert english
    assert japanese
    fields = [{name for _, name, _, _ in Formatter().parse(t) if name is not None} for t in (english, japanese)]
    if code.startswith("names.") and fields[0] == {"subject", "detail"}:
        return  # an oddity whose English text is the detail itself
    assert fields[0] == fields[1]
    assert all(name.isidentifier() for name in fields[0])


@pytest.mark.parametrize("code", sorted(c for c in TEXTS if c.partition(".")[0] not in ("hop", "check", "report")))
def test_japanese_is_japanese(code: str) -> None:
    if TEXTS[code][0] == TEXTS[code][1]:
        return  # a proper name
    bare = re.sub(r"\{\w+\}", "", TEXTS[code][1])
    if re.search(r"[A-Za-z]{4,}", re.sub(r"\{\w+\}", "", TEXTS[code][0])):
        assert re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", bare), bare


def test_codes_stand_in_the_file_of_their_topic() -> None:
    for code in TEXTS:
        assert entry(code) == TEXTS[code], f"{code} is in a file that TOPICS does not name for it"


def test_an_unknown_code_is_shown_with_its_parameters() -> None:
    assert text("bogus.code", {"a": "1"}) == "bogus.code (a=1)"
    assert text("sg.bogus") == "sg.bogus"
    assert text("", ()) == ""


def test_missing_parameters_never_fail() -> None:
    for code in TEXTS:
        for lang in ("en", "ja"):
            assert text(code, (), lang)
    assert text("route.none", {"table": "rtb-1"}) == "rtb-1 has no route for ?."


def test_braces_in_parameters_are_harmless() -> None:
    assert "{x}" in text("route.none", {"table": "{x}", "destination": "%s {0}"})


def test_aws_codes_name_codes_that_exist() -> None:
    assert not {code for code in AWS_CODES if code not in TEXTS}
    assert aws_code("sg.ingress.no_rule") == "ENI_SG_RULES_MISMATCH"
    assert aws_code("names.public.answer") == ""
