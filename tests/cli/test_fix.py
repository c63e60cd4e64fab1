"""``tabiji fix``: what is offered, what is written, the exit codes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tabiji.cli import main

CONSOLE = str(Path(__file__).resolve().parents[2] / "examples" / "console-over-dx.yaml")
URL = "https://monitoring.ap-northeast-1.amazonaws.com/"
LAPTOP = ["laptop", URL]


def fix(*words: str, lang: str = "en") -> int:
    return main(["fix", "-n", CONSOLE, "--lang", lang, *words])


def test_what_why_how_and_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert fix(*LAPTOP) == 2
    out = " ".join(capsys.readouterr().out.split())
    for wanted in (
        "✗ Blocked: tcp 443", "What stops it", "Fix 1", "because: No ingress rule of sg-tokyo-vpc-endpoints",
        "aws ec2 authorize-security-group-ingress --group-id sg-tokyo-vpc-endpoints", 'resource "aws_vpc_security',
        "add_in: - tcp 443 from 192.168.10.0/24", "✓ checked with this overlay: it gets to 172.20.144.5 and back",
    ):  # fmt: skip
        assert wanted in out
    assert fix(*LAPTOP, lang="ja") == 2
    assert "修正案 1" in capsys.readouterr().out


def test_nothing_to_mend_and_no_way_to(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "o.yaml"
    assert fix("ec2", URL, "--write", str(path)) == 0
    assert "There is nothing to mend." in capsys.readouterr().out
    assert fix("laptop", "nothing.example", "--write", str(path)) == 3
    assert "No change that tabiji knows" in capsys.readouterr().out
    assert not path.exists()


def test_the_written_overlay_is_the_fix(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "o.yaml"
    assert main(["trace", "-n", CONSOLE, *LAPTOP]) == 2
    assert fix(*LAPTOP, "--write", str(path)) == 2
    assert f"Fix 1 is in {path}." in capsys.readouterr().out
    assert path.read_text().startswith("# Add a rule to sg-tokyo-vpc-endpoints")
    assert main(["trace", "-n", CONSOLE, "--overlay", str(path), *LAPTOP]) == 0
    assert fix(*LAPTOP, "--overlay", str(path)) == 0
    assert os.listdir(tmp_path) == ["o.yaml"]


def test_nothing_is_written_over_unless_forced(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "o.yaml"
    path.write_text("mine")
    assert fix(*LAPTOP, "--write", str(path)) == 64
    assert "--force" in capsys.readouterr().err
    assert path.read_text() == "mine"
    assert fix(*LAPTOP, "--write", str(path), "--force") == 2
    assert path.read_text() != "mine"
    assert fix(*LAPTOP, "--write", str(tmp_path / "none" / "o.yaml")) == 64
    assert fix(*LAPTOP, "--take", "9") == 64
    assert os.listdir(tmp_path) == ["o.yaml"]


def test_commands_and_jobs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "o.yaml"
    words = ["ec2", "--", "aws", "ssm", "start-session", "--target", "i-1"]
    assert fix("--write", str(path), "--format", "json", *words) == 2
    document = json.loads(capsys.readouterr().out)
    assert (document["kind"], document["verdict"], document["written"]) == (
        "fix", "blocked", {"file": str(path), "take": 1},
    )  # fmt: skip
    first = document["fixes"][0]
    assert [step["params"]["service"] for step in first["steps"]] == ["ssm", "ssmmessages"]
    assert [finding["code"] for finding in first["because"]] == ["route.none", "route.none"]
    assert first["after"]["verdict"] == "reachable"
    assert main(["trace", "-n", CONSOLE, "--overlay", str(path), *words]) == 0
    assert fix("ec2", "--for", "ssm-session") == 2
    assert fix("ec2", "--", "aws", "sso", "logout") == 0


def test_usage(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["ec2"], [], ["ec2", URL, "third"], ["ec2", URL, "--for", "ecr-pull"], ["nobody", URL]):
        assert fix(*words) == 64, words
        assert capsys.readouterr().err.count("\n") == 1
    assert fix(*LAPTOP, "--format", "ra-json") == 64
