"""``tabiji fix --prove``: the kernel drops the packet without the fix and delivers it, and the answer, with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tabiji import load
from tabiji.cli import main
from tabiji.journey.engine import walk_request
from tabiji.lab.oracle import usable
from tabiji.lab.prove import Sent, prove
from tabiji.request.parse import parse_request
from tabiji.request.vantage import find_vantage
from tabiji.sources import apply_overlay

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
CONSOLE = str(EXAMPLES / "console-over-dx.yaml")
LAPTOP = ["laptop", "https://monitoring.ap-northeast-1.amazonaws.com/"]
ADMITS = {"security_groups": {"sg-tokyo-vpc-endpoints": {"add_in": ["tcp 443 from 192.168.10.0/24"]}}}

needs_kernel = pytest.mark.skipif(bool(usable()), reason=f"no oracle here: {usable()}")


def fix(*words: str) -> int:
    return main(["fix", "-n", CONSOLE, "--lang", "en", "--prove", *words])


@needs_kernel
def test_dropped_before_and_delivered_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert fix(*LAPTOP, "--format", "json") == 2
    proof = json.loads(capsys.readouterr().out)["proof"]
    assert proof["holds"] is True
    assert [(row["predicted"], row["works"], row["forward"]["outcome"]) for row in proof["before"]] == [
        (False, False, "dropped")
    ] * 2
    assert {row["forward"]["component"] for row in proof["before"]} == {"sg-tokyo-vpc-endpoints"}
    for row in proof["after"]:
        assert (row["predicted"], row["works"], row["agrees"], row["reply"]["outcome"]) == (
            True, True, True, "delivered",
        )  # fmt: skip


@needs_kernel
def test_as_text_and_for_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert fix("ec2", "--", "aws", "ssm", "start-session", "--target", "i-1") == 2
    out = capsys.readouterr().out
    assert "there: dropped: no-route rtb-tokyo-vpc-main" in out
    assert "✓ proven: the kernel does what tabiji says" in out


@needs_kernel
def test_a_wrong_prediction_is_not_proven() -> None:
    """The rows tell what was said from what was seen."""
    estate = load(CONSOLE)
    changed = apply_overlay(estate, ADMITS)
    told = walk_request(estate, find_vantage(estate, "laptop"), parse_request(LAPTOP[1]))
    packet = told.paths[0].packet
    right, wrong = Sent("tokyo", packet, False), Sent("tokyo", packet, True)
    assert prove(estate, changed, [right], [wrong]).holds
    assert not prove(estate, changed, [wrong], [wrong]).holds
    assert not prove(estate, estate, [right], [wrong]).holds
    told_of_no_packet = prove(changed, changed, [wrong], [wrong])
    assert not told_of_no_packet.holds
    assert not told_of_no_packet.of_packets


def test_where_the_lab_cannot_run_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tabiji.lab.prove.usable", lambda: "namespaces: Operation not permitted")
    assert fix(*LAPTOP) == 3
    out, err = capsys.readouterr()
    assert "Fix 1" in out
    assert err == "tabiji: the fix cannot be proven here: namespaces: Operation not permitted\n"
    assert fix("ec2", LAPTOP[1]) == 0  # nothing to prove
