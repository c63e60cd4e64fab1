"""Observed beside predicted: where do the two part?"""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from strace_logs import Writer

import tabiji
from tabiji.cli import main
from tabiji.estate import Estate
from tabiji.observe.beside import Compared, Observed, compare
from tabiji.observe.strace.beside import observed
from tabiji.observe.strace.follow import observe
from tabiji.request.vantage import find_vantage

EXAMPLE = Path(__file__).parents[2] / "examples" / "interface-endpoint.yaml"
NAME = "ssm.ap-northeast-1.amazonaws.com"
RIGHT, OTHER = "172.20.144.169", "172.20.128.22"


@pytest.fixture(scope="module")
def estate() -> Estate:
    return tabiji.load(EXAMPLE)


def beside(estate: Estate, source: str = "ec2", **seen: object) -> Compared:
    return compare(estate, find_vantage(estate, source), Observed(host=NAME, port=443, **seen))  # type: ignore[arg-type]


def kinds(told: Compared) -> list[tuple[str, bool | None]]:
    return [(stage.kind, stage.same) for stage in told.stages]


def test_as_predicted(estate: Estate) -> None:
    told = beside(estate, rcodes=("NOERROR",), addresses=(OTHER, RIGHT), reached={RIGHT: True}, uses_tls=True, tls=True)
    assert kinds(told) == [("name", True), ("transport", True), ("tls", True)]
    assert told.first is None


def test_another_address_is_the_first_difference(estate: Estate) -> None:
    told = beside(estate, rcodes=("NOERROR",), addresses=("198.51.100.9",), reached={"198.51.100.9": False})
    assert told.first == 0
    assert told.stages[0].observed == "198.51.100.9"
    assert RIGHT in told.stages[0].predicted


def test_nxdomain_where_an_address_is_predicted(estate: Estate) -> None:
    told = beside(estate, rcodes=("NXDOMAIN",))
    assert (told.first, told.stages[0].observed) == (0, "NXDOMAIN")


def test_a_connection_that_fails_though_nothing_stops_it_in_the_estate(estate: Estate) -> None:
    told = beside(estate, rcodes=("NOERROR",), addresses=(RIGHT,), reached={RIGHT: False})
    assert kinds(told) == [("name", True), ("transport", False)]
    assert told.first == 1
    assert told.stages[1].finding is None


def test_a_predicted_refusal_agrees_with_a_timeout_and_names_what_stops_it(estate: Estate) -> None:
    told = compare(estate, find_vantage(estate, "ec2"), Observed(host=RIGHT, port=22, reached={RIGHT: False}))
    assert kinds(told) == [("name", True), ("transport", True)]
    assert told.stages[1].finding is not None
    opened = compare(estate, find_vantage(estate, "ec2"), Observed(host=RIGHT, port=22, reached={RIGHT: True}))
    assert opened.first == 1


def test_a_handshake_that_fails_though_the_certificate_fits(estate: Estate) -> None:
    told = beside(estate, addresses=(RIGHT,), reached={RIGHT: True}, uses_tls=True, tls=False)
    assert told.first == 2


def test_a_host_that_is_no_name_is_said_and_not_raised(estate: Estate) -> None:
    told = compare(estate, find_vantage(estate, "ec2"), Observed(host="a..b", port=443))
    assert told.told is None
    assert told.error


def test_from_a_log(estate: Estate) -> None:
    writer = Writer()
    writer.dns(addresses=(RIGHT,), name=NAME + ".")
    writer.connect(RIGHT)
    writer.connect("127.0.0.1", 80)
    writer.end()
    (one,) = observed(observe(io.BytesIO(writer.text())))
    assert (one.host, one.port, one.addresses, one.reached) == (NAME, 443, (RIGHT,), {RIGHT: True})


def test_the_command_marks_the_first_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    writer = Writer()
    writer.dns(addresses=("198.51.100.9",), name=NAME + ".")
    writer.connect("198.51.100.9", error="TIMEOUT")
    path = tmp_path / "x.strace"
    path.write_bytes(writer.text())
    assert main(["strace", "--lang", "en", "-n", str(EXAMPLE), "--from", "ec2", "--read", str(path)]) == 2
    text = capsys.readouterr().out
    assert "Observed beside predicted, from ec2" in text
    (line,) = [line for line in text.splitlines() if "first difference" in line]
    assert line.strip().startswith("≠ name: observed 198.51.100.9; predicted 172.20.")
