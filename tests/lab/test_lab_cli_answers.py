"""Answers of ``tabiji lab`` that need little or nothing to be up."""

from __future__ import annotations

import json
import os
import resource
from pathlib import Path

import pytest

from isolated import why_not
from tabiji.cli import main
from tabiji.lab.holder import client, home, start
from tabiji.lab.holder.errors import LabError
from tabiji.lab.holder.network import Hosts
from tabiji.lab.kernel import ns
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


def test_more_hosts_than_files_are_refused_at_once() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)

    def work() -> bytes:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 200), min(hard, 300)))
        start._files(100)
        raised = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        try:
            start._files(200)
        except LabError as error:
            return f"{raised} {error.code} {error.params['most']}".encode()
        return b""

    assert ns.child(work) == b"300 lab.too_many_hosts 300"


def test_descriptors_leave_low_numbers_to_libraries() -> None:
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] <= ns.FD_SETSIZE:
        pytest.skip("no higher numbers are to be had here")
    one, other = os.pipe()
    high = ns.out_of_the_way(one)
    assert high >= ns.FD_SETSIZE
    assert not os.get_inheritable(high)
    os.write(other, b"x")
    assert os.read(high, 1) == b"x"
    os.close(high)
    os.close(other)
