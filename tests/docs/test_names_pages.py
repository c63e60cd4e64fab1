"""What the pages on names show is what the program prints, and their links lead somewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tabiji.cli.arguments import build

ROOT = Path(__file__).resolve().parents[2]
NAMES = (ROOT / "docs" / "names.md").read_text(encoding="utf-8")
DNS = (ROOT / "docs" / "dns.md").read_text(encoding="utf-8")


def test_the_table_is_a_real_one() -> None:
    shown = re.search(r"(?m)^    \$ tabiji (names .*)\n((?:    .*\n|\n)+)", NAMES)
    assert shown is not None
    environment = {**os.environ, "COLUMNS": "100", "LANG": "C.UTF-8", "LC_ALL": ""}
    done = subprocess.run(
        [sys.executable, "-m", "tabiji", *shown[1].split()], cwd=ROOT, capture_output=True, text=True, env=environment
    )
    assert done.returncode == 2
    assert done.stdout.strip() == dedent(shown[2]).strip()


@pytest.mark.parametrize(("verb", "page"), [("dig", NAMES), ("names", NAMES), ("catalogue", NAMES), ("dns", DNS)])
def test_every_option_is_described(verb: str, page: str) -> None:
    parser = build(None)
    (verbs,) = [action for action in parser._actions if hasattr(action, "choices") and action.dest == "verb"]
    assert isinstance(verbs.choices, dict)
    own = [a for g in verbs.choices[verb]._action_groups if g.title != "everywhere" for a in g._group_actions]
    missing = [
        action.option_strings
        for action in own
        if action.option_strings and "--help" not in action.option_strings
        if not any(option in page for option in action.option_strings)
    ]
    assert missing == []


@pytest.mark.parametrize("name", ["names.md", "dns.md", "catalogue.md"])
def test_links_lead_somewhere(name: str) -> None:
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert "://" in target or (ROOT / "docs" / target).exists(), target
