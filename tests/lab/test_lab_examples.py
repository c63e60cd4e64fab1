"""The examples as networks of the kernel: what real sockets in hosts do is what the oracle says."""

from __future__ import annotations

import select
import socket
import time
from pathlib import Path
from typing import NamedTuple

import pytest

import isolated
from tabiji.lab import oracle, packets
from tabiji.lab.bring_up import SVC, Running, bring_up
from tabiji.lab.kernel import ns
from tabiji.lab.oracle import Oracle
from tabiji.lab.plan.compile import compile_plan
from tabiji.lab.plan.model import Guest, Plan
from tabiji.packet.address import parse_address
from tabiji.packet.header import ICMP, TCP, UDP, FiveTuple
from tabiji.sources import load

WHY = oracle.usable()
pytestmark = pytest.mark.skipif(bool(WHY), reason=f"no oracle here: {WHY}")
EXAMPLES = sorted(Path(__file__).parents[2].joinpath("examples").glob("*.yaml"))
PORTS = (22, 80, 443)


class Try(NamedTuple):
    """A connection to be tried."""

    source: str
    src: str
    target: str
    dst: str
    dport: int
    sport: int


def address(guest: Guest) -> str:
    return next(text.partition("/")[0] for link in guest.links for text in link.addresses if ":" not in text)


def tries(plan: Plan) -> list[Try]:
    """Every host to every other, and to every service that has an address of its own."""
    hosts = [guest for guest in plan.guests if guest.name != SVC and not guest.forwards]
    to = [(guest.name, address(guest)) for guest in hosts]
    kinds = ("aws", "web", "endpoint")
    to += [(SVC, s.address) for s in plan.services if s.kind in kinds and ":" not in s.address != "0.0.0.0"]
    found = [(a, b, at, port) for a in hosts for b, at in to if a.name != b for port in PORTS]
    return [Try(a.name, address(a), b, at, port, 20000 + n) for n, (a, b, at, port) in enumerate(found)]


def predicted(plan: Plan, wanted: list[Try]) -> list[bool]:
    """Delivered, wherever that is, and the answer too."""
    port_of = {port.guest: port.name for port in plan.ports}
    with Oracle(plan) as running:
        out = []
        for t in wanted:
            flow = FiveTuple(parse_address(t.src), parse_address(t.dst), TCP, t.sport, t.dport)
            there = running.send(port_of[t.source], packets.build(flow))
            assert not there.lost
            back = there.port and running.send(there.port, packets.reply_packet(there.packet))
            out.append(bool(back) and back.port == port_of[t.source])
        return out


def everything(plan: Plan, wanted: list[Try]) -> list[tuple[str, bytes]]:
    """TCP, UDP and echo for each."""
    port_of = {port.guest: port.name for port in plan.ports if port.guest}
    found = []
    for t in wanted:
        ends = parse_address(t.src), parse_address(t.dst)
        flows = [FiveTuple(*ends, proto, t.sport, t.dport) for proto in (TCP, UDP)]
        flows.append(FiveTuple(*ends, ICMP, 0, 8 << 8))
        found += [(port_of[t.source], packets.build(flow, ident=t.sport)) for flow in flows]
    return found


def listen(running: Running, guest: str) -> list[socket.socket]:
    with ns.inside(running.guests[guest]):
        return [socket.create_server(("", port)) for port in PORTS]


def connect(running: Running, t: Try) -> socket.socket:
    with ns.inside(running.guests[t.source]):
        line = socket.socket()
        line.setblocking(False)
        line.bind((t.src, t.sport))
        line.connect_ex((t.dst, t.dport))
        return line


def observed(running: Running, wanted: list[Try], expected: list[bool]) -> list[bool]:
    """Which connections were made; those that are expected to be are waited for, the others get a moment."""
    servers = [line for name in {t.target for t in wanted} for line in listen(running, name)]
    lines = {connect(running, t): n for n, t in enumerate(wanted)}
    made: set[int] = set()
    end = time.monotonic() + 10
    while {n for n, yes in enumerate(expected) if yes} - made and time.monotonic() < end:
        made |= writable(lines, 0.1)
    made |= writable(lines, 0.2)
    for line in (*servers, *lines):
        line.close()
    return [n in made for n in range(len(wanted))]


def writable(lines: dict[socket.socket, int], seconds: float) -> set[int]:
    ready = select.select((), lines, (), seconds)[1]
    return {lines[line] for line in ready if not line.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
@isolated.in_namespaces
def test_lab57_real_connections_are_what_the_oracle_says(path: Path) -> None:
    estate = load(path)
    plan = compile_plan(estate)
    wanted = tries(plan)
    expected = predicted(compile_plan(estate, hosts=False), wanted)
    running = bring_up(plan)
    try:
        found = observed(running, wanted, expected)
    finally:
        running.close()
    assert [t for t, a, b in zip(wanted, expected, found, strict=True) if a != b] == []
    assert set(found) == {True, False}


def test_one_network_after_another_is_as_if_alone() -> None:
    """Changed from example to example, an oracle says what a fresh one says: hops, packets, reasons."""
    cases = []
    for path in EXAMPLES:
        estate = load(path)
        plan = compile_plan(estate, hosts=False)
        wanted = everything(plan, tries(compile_plan(estate)))
        with Oracle(plan) as fresh:
            cases.append((plan, wanted, fresh.send_many(wanted)))
    with Oracle(cases[-1][0]) as running:
        for plan, wanted, expected in (*cases, *reversed(cases)):
            running.reload(plan)
            running.forget()
            assert running.send_many(wanted) == expected
    assert {bool(outcome.port) for _, _, expected in cases for outcome in expected} == {True, False}
    assert not any(outcome.lost for _, _, expected in cases for outcome in expected)
