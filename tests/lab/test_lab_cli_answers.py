"""Answers of ``tabiji lab`` that need little or nothing to be up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isolated import why_not
from tabiji.cli import main
from tabiji.lab.holder import client, home
from tabiji.lab.holder.errors import LabError
from tabiji.lab.holder.network import Hosts
from tabiji.lab.plan.model import Guest, Plan

EXAMPLE = str(Path(__file__).parents[2] / "examples" / "central-egress.yaml")


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "find", lambda name: None)
    monkeypatch.setattr(client, "ask", lambda *_: ({}, []))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--rate", "50", "--delay", "5"), "web: 50 Mbit/s, 5 ms each way\n"),
        (("--loss", "0.5"), "web: 0.5 % lost each way\n"),
        ((), "web: as fast as it goes\n"),
        (("--loss", "1", "--lang", "ja"), "web: 片道ごとに損失 1 %\n"),
    ],
)
def test_shape_tells_what_it_shaped(
    lab: None, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    assert main(["lab", "--lang", "en", "shape", "web", *words]) == 0
    assert capsys.readouterr().out == told


def test_shape_as_json(lab: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab", "shape", "web", "--rate", "50", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"version": 1, "kind": "lab-shape", "who": "web", "mbit": 50, "delay_ms": 0, "loss_percent": 0}


def test_hosts_are_offered_by_name() -> None:
    hosts = Hosts(Plan(guests=(Guest(name="web", owner="eni-1", aliases=("10.0.0.1",)), Guest(name="db", owner="i-2"))))
    with pytest.raises(LabError) as refused:
        hosts.find("nobody")
    assert refused.value.params["there"] == "web, db"


def test_a_host_without_ipv6_sends_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab", "probe", "-n", EXAMPLE, "--lang", "en", "spoke-a-ec2", "2001:db8::1", "--port", "443"]) == 2
    assert capsys.readouterr().err == "tabiji: spoke-a-ec2 has no IPv6 address, so it cannot send to 2001:db8::1.\n"


def test_judge_from_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    if why := why_not():
        pytest.skip(f"no namespaces here: {why}")
    words = ["--topologies", "1", "--probes", "5", "--seed", "7", "--workers", "1", "--quiet", "--format", "json"]
    assert main(["lab", "judge", *words]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["topologies"], told["probes"], told["mismatches"]) == (1, 5, 0)
