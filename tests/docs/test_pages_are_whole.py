"""Pages that list what the program knows list all of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tabiji.cli.arguments import VERBS
from tabiji.sources.document import BY_SECTION

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "tabiji"


def kinds() -> set[str]:
    """Every ``"kind"`` that a JSON document of a verb is given."""
    found: set[str] = set()
    for folder in ("cli", "report"):
        for path in (SOURCE / folder).glob("*.py"):
            found.update(
                re.findall(r'"version": (?:VERSION|1),\s+"kind": "([a-z-]+)"', path.read_text(encoding="utf-8"))
            )
    return found


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_every_kind_of_json_is_described(kind: str) -> None:
    page = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    assert (
        f'"{kind}"' in page
        or (kind.startswith("lab-") and '"lab-..."' in page)
        or f"docs/{kind}.md" in page
        or (f"({kind}.md)" in page)
    )


def test_the_scan_finds_kinds() -> None:
    assert {"journey", "command", "fix", "probe", "observation", "logs"} <= kinds()


@pytest.mark.parametrize("section", sorted(set(BY_SECTION) - {"patch"}))
def test_every_section_of_an_estate_is_described(section: str) -> None:
    page = (ROOT / "docs" / "estate-yaml.md").read_text(encoding="utf-8")
    assert f"`{section}`" in page or f"`{section}:`" in page


@pytest.mark.parametrize("page", ["README.md", "README.ja.md"])
@pytest.mark.parametrize(
    "verb", sorted(name for name in VERBS if name[0] != "_" and name not in ("demo", "completion"))
)
def test_every_verb_is_in_the_readme(page: str, verb: str) -> None:
    assert f"tabiji {verb}" in (ROOT / page).read_text(encoding="utf-8")
