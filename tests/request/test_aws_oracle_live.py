"""Record anew and compare with what is stored; needs the real CLI (see tools/aws_oracle.py).

Set TABIJI_AWS_V1 to the interpreter of an environment with CLI version 1,
TABIJI_AWS_V2 to ``PYTHON:FOLDER`` for version 2.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
TOOL = FOLDER.parents[1] / "tools" / "aws_oracle.py"


@pytest.mark.slow
@pytest.mark.parametrize("label", ["v1", "v2"])
def test_recordings_are_what_the_cli_sends(label: str, tmp_path: Path) -> None:
    where = os.environ.get(f"TABIJI_AWS_{label.upper()}", "")
    if not where:
        pytest.skip(f"TABIJI_AWS_{label.upper()} names no CLI")
    python, _, folder = where.partition(":")
    out = tmp_path / "recorded.json"
    command = [sys.executable, str(TOOL), python, "--label", label, "--out", str(out)]
    subprocess.run([*command, *(["--path", folder] if folder else [])], check=True)
    stored = json.loads((FOLDER / f"oracle_{label}.json").read_text())
    now = json.loads(out.read_text())
    assert now["client"] == stored["client"]
    for title, row in stored["commands"].items():
        assert (sorted(now["commands"][title]["calls"]), now["commands"][title]["exit"]) == (
            sorted(row["calls"]),
            row["exit"],
        ), title
