"""The holder's parts that need no privileges: messages, names, differences, pcapng, environments."""

from __future__ import annotations

import io
import os
import socket
import struct
from pathlib import Path

import msgspec
import pytest

from tabiji.cli.quick import quick
from tabiji.lab.holder import environment, home, wire
from tabiji.lab.holder.difference import differences
from tabiji.lab.holder.errors import LabError
from tabiji.lab.holder.network import Hosts
from tabiji.lab.holder.pcapng import OUTBOUND, Writer
from tabiji.lab.plan.model import Guest, Link, Plan, Port, Route, Table


def pair() -> tuple[wire.Channel, wire.Channel]:
    one, two = socket.socketpair()
    return wire.Channel(one), wire.Channel(two)


def test_messages_arrive_as_they_were_sent() -> None:
    here, there = pair()
    with open(os.devnull) as null:
        sent = wire.Run(host="a", argv=("x", "é"), environment={"A": "1"})
        here.send(sent, (null.fileno(),) * 3)
        here.send(wire.Signal(number=2))
    first, second = there.receive(), there.receive()
    assert first is not None
    assert second is not None
    assert first[0] == sent
    assert len(first[1]) == 3
    assert second == (wire.Signal(number=2), [])
    for fd in first[1]:
        os.close(fd)
    here.close()
    assert there.receive() is None
    there.close()


def test_a_long_message_never_blocks_the_sender() -> None:
    here, there = pair()
    here.sock.setblocking(False)
    plan = Plan(nft="x" * (8 << 20))
    here.send(wire.Apply(plan=msgspec.Raw(msgspec.json.encode(plan)), facts=msgspec.Raw(b"{}")))
    found = there.receive()
    assert found is not None
    assert isinstance(found[0], wire.Apply)
    assert msgspec.json.decode(found[0].plan, type=Plan) == plan
    assert found[1] == []
    here.close()
    there.close()


@pytest.mark.parametrize("claimed", [5, 100, wire.LONG + 1])
def test_a_body_of_another_length_than_told_is_refused(claimed: int) -> None:
    here, there = pair()
    memory = os.memfd_create("x")
    os.write(memory, b'{"type":"status"}')
    socket.send_fds(here.sock, [wire.HEADER.pack(wire.MAGIC, wire.VERSION, 1, 0, claimed)], [memory])
    os.close(memory)
    with pytest.raises(wire.ProtocolError):
        there.receive()
    here.close()
    there.close()


def test_hosts_by_every_name() -> None:
    hosts = Hosts(
        Plan(
            guests=(
                Guest(name="web", owner="eni-1", aliases=("i-1", "same")),
                Guest(name="db", owner="eni-2", aliases=("same",)),
                Guest(name="svc", owner="svc"),
            )
        )
    )
    assert {hosts.find(name).name for name in ("web", "eni-1", "i-1")} == {"web"}
    with pytest.raises(LabError) as refused:
        hosts.find("same")
    assert refused.value.params["there"] == "db, web"
    with pytest.raises(LabError) as refused:
        hosts.find("svc")
    assert refused.value.code == "lab.no_host"


@pytest.mark.parametrize(
    ("net", "name"),
    [("examples/central-egress.yaml", "central-egress"), ("/a/My Net.v2.yml", "my-net.v2"), ("..", "lab"), ("b/", "b")],
)
def test_the_name_comes_from_the_file(net: str, name: str) -> None:
    assert home.name_for(net) == name
    assert home.NAME.match(home.name_for(net))


def test_a_runtime_directory_of_somebody_else_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert home.base() == str(tmp_path / "tabiji")
    for wrong in ("relative", str(tmp_path / "none"), ""):
        monkeypatch.setenv("XDG_RUNTIME_DIR", wrong)
        assert home.base() == f"/tmp/tabiji-{os.getuid()}"


def test_differences_speak_of_things_not_numbers() -> None:
    def plan(device: str, target: str, nft: str) -> Plan:
        port = Port(name=device, role="guest", owner=target, addresses=("10.0.0.1",))
        table = Table(number=len(device), owner="rtb-1", routes=(Route(prefix="0.0.0.0/0", dev=device),))
        guest = Guest(name="a", owner="eni-1", links=(Link(name="eth0", port=device, addresses=("10.0.0.1/24",)),))
        return Plan(ports=(port,), tables=(table,), guests=(guest,), nft=nft)

    assert differences(plan("p1", "eni-1", "x"), plan("port22", "eni-1", "x")) == []
    told = {(c.sign, c.kind, c.text) for c in differences(plan("p1", "eni-1", "x"), plan("p1", "nat-1", "y"))}
    assert ("-", "route", "0.0.0.0/0 to eni-1") in told
    assert ("+", "route", "0.0.0.0/0 to nat-1") in told
    assert ("+", "filter", "y") in told


def test_no_credentials_or_proxies_go_along() -> None:
    caller = {
        "PATH": "/x",
        "AWS_PROFILE": "p",
        "https_proxy": "h",
        "LC_ALL": "C",
        "SSH_AUTH_SOCK": "s",
        "LD_PRELOAD": "l",
    }
    assert environment.passed(caller) == {"PATH": "/x", "LC_ALL": "C"}
    made = environment.of_program({"TERM": "t"}, "web", "eu-west-1", {"AWS_CA_BUNDLE": "/b"}, {"AWS_CA_BUNDLE": "/own"})
    assert made["AWS_CA_BUNDLE"] == "/own"
    assert made["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert made["PATH"]


def test_pcapng_blocks_are_whole() -> None:
    out = io.BytesIO()
    writer = Writer(out)
    number = writer.interface("k", "ENI web (eni-1)", "p1")
    assert writer.interface("k", "other", "other") == number
    writer.packet(number, (5 << 32) + 7, b"12345", length=60, direction=OUTBOUND, comment="seen")
    data, at, kinds = out.getvalue(), 0, []
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        assert length % 4 == 0
        assert struct.unpack_from("<I", data, at + length - 4)[0] == length
        kinds.append(kind)
        at += length
    assert kinds == [0x0A0D0D0A, 1, 6]
    assert b"ENI web (eni-1)" in data
    assert struct.pack("<IIII", 5, 7, 5, 60) + b"12345" in data


@pytest.mark.parametrize(
    ("line", "host", "words"),
    [
        ("lab exec web -- dig -x 1.2.3.4 +short", "web", ["dig", "-x", "1.2.3.4", "+short"]),
        ("-n x.yaml --lang ja lab exec --lab one -e A=b web ls -la -- --help", "web", ["ls", "-la", "--", "--help"]),
        ("lab exec web", "web", []),
    ],
)
def test_exec_lines_are_read_quickly(line: str, host: str, words: list[str]) -> None:
    found = quick(line.split())
    assert found is not None
    assert (found.verb, found.action, found.host, found.words) == ("lab", "exec", host, words)


@pytest.mark.parametrize("line", ["lab exec --help", "lab exec", "lab up web", "lab exec --lang xx web ls", "lab"])
def test_other_lines_are_left_to_argparse(line: str) -> None:
    assert quick(line.split()) is None


def test_a_host_called_lab_can_be_traced() -> None:
    found = quick(["trace", "lab", "https://example.com/"])
    assert found is not None
    assert found.verb == "trace"


def test_what_is_not_installed_is_said_with_the_way_to_get_it():
    from tabiji.lab.holder.services import told

    assert (
        told(ModuleNotFoundError("No module named 'x'", name="x"))
        == "x is not installed here: pip install 'tabiji[lab]'"
    )
    assert told(OSError("no")) == "OSError: no"


def test_a_change_is_told_without_what_only_got_another_number():
    from tabiji.lab.holder.difference import differences
    from tabiji.lab.plan.model import Plan, Port, Reason

    def plan(first: int) -> Plan:
        rule = f'table inet fabric {{\n chain sink_{first} {{\n  log prefix "d{first}" group 1 drop\n }}\n}}\n'
        reasons = (Reason(code="no-host", owner="vpc-1"),) * first + (Reason(code="no-route", owner="rtb-1"),)
        return Plan(nft=rule, reasons=reasons, ports=(Port(name=f"x{first}", role="sink", owner="rtb-1"),))

    assert differences(plan(3), plan(7)) == []
    assert [c.text for c in differences(Plan(), plan(3)) if "log" in c.text] == [
        'log prefix "no-route rtb-1" group 1 drop'
    ]
