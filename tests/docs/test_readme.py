"""What the README shows is what the program prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "100", "LANG": "C.UTF-8", "LC_ALL": ""}
    return subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, env=environment)


@pytest.mark.parametrize("name", ["README.md", "README.ja.md"])
def test_the_transcript_is_a_real_one(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    shown = re.search(r"```\n\$ tabiji (trace .*)\n\n((?:.|\n)*?)```", text)
    assert shown is not None
    done = run("-m", "tabiji", *shown[1].split())
    assert done.returncode == 2
    if os.environ.get("TABIJI_GOLDEN") == "write":
        (ROOT / name).write_text(text.replace(shown[2], done.stdout), encoding="utf-8")
        return
    assert done.stdout == shown[2]


def test_the_python_example_runs() -> None:
    code = re.search(r"```python\n((?:.|\n)*?)```", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert code is not None
    done = run("-c", code[1])
    assert done.stderr == ""
    assert done.stdout.splitlines()[0].startswith("reachable")
    assert "198.51.100.80" in done.stdout


@pytest.mark.parametrize("path", ["README.md", "README.ja.md", "CONTRIBUTING.md", "docs/json.md"])
def test_links_lead_somewhere(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert "://" in target or (ROOT / path).parent.joinpath(target).exists(), target
