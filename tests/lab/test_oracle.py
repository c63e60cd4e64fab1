"""The oracle on networks written by hand: what the kernel makes of a packet, told as it was."""

from __future__ import annotations

import os
import signal

import msgspec
import pytest

import isolated
import oracle_net as net
from tabiji.lab import oracle, packets
from tabiji.lab.kernel import ns
from tabiji.lab.kernel.errors import KernelError
from tabiji.lab.oracle import Oracle
from tabiji.packet.address import parse_address
from tabiji.packet.header import ICMP, ICMPV6, UDP, FiveTuple

WHY = oracle.usable()
pytestmark = pytest.mark.skipif(bool(WHY), reason=f"no oracle here: {WHY}")


KINDS = ["packet", "tun"] if oracle._tun() else ["packet"]


@pytest.fixture(scope="module", params=KINDS)
def small(request):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(oracle, "_tun", lambda: request.param == "tun")
        running = Oracle(net.plan())
    with running:
        yield running


def sent(small: Oracle, flow: FiveTuple, port: str = "ga", **how: int):
    return small.send(port, packets.build(flow, **how))


def path(outcome) -> list[tuple[str, str]]:
    return [(hop.in_if, hop.out_if) for hop in outcome.hops]


@pytest.mark.parametrize(
    ("src", "dst", "port", "passes"),
    [
        (net.A, net.B, "gb", [("ga", "gb")]),
        (net.A, net.C, "gc", [("ga", "pa"), ("pb", "gc")]),
        (net.A6, net.B6, "gb", [("ga", "gb")]),
        (net.A6, net.C6, "gc", [("ga", "pa"), ("pb", "gc")]),
    ],
)
def test_delivered_over_the_interfaces_the_tables_say(small, src, dst, port, passes):
    for flow in (net.tcp(src, dst), net.echo(src, dst), net.tcp(src, dst)._replace(proto=UDP)):
        outcome = sent(small, flow)
        assert (outcome.port, outcome.reason, outcome.lost) == (port, -1, False)
        assert path(outcome) == passes
        assert {hop.flow for hop in outcome.hops} == {flow} == {packets.parse(outcome.packet)}
        # A pass costs one of the TTL.
        assert packets.ttl_of(outcome.packet) == packets.TTL - len(passes)


@pytest.mark.parametrize(
    ("flow", "code"),
    [
        (net.tcp(net.A, "192.0.2.1"), "no-route"),
        (net.tcp(net.A6, "2001:db8:9::1"), "no-route"),
        (net.tcp(net.A, "10.0.0.99"), "no-host"),
        (net.tcp(net.A, "10.1.0.99"), "no-host"),
        (net.tcp(net.A6, "2001:db8:2::99"), "no-host"),
        (net.tcp(net.A, net.B, 9), "sg.in"),
        (net.tcp(net.A6, net.C6, 9), "sg.in"),
    ],
)
def test_dropped_for_the_reason_logged(small, flow, code):
    outcome = sent(small, flow)
    assert (outcome.port, outcome.packet, outcome.lost) == ("", b"", False)
    assert small.plan.reasons[outcome.reason].code == code
    assert outcome.hops[0].flow == flow


def test_ttl_ends(small):
    outcome = sent(small, net.tcp(net.A, net.C), ttl=2)
    assert small.plan.reasons[outcome.reason].code == "ttl-exceeded"
    assert path(outcome) == [("ga", "pa")]


def test_loop_runs_until_the_ttl_ends():
    plan = net.plan()
    tables = [table for table in plan.tables if table.number not in (101, 201, 202)]
    loop = (net.table(101, throw="10.9.0.0/16"), net.table(201, pa="10.9.0.0/16"), net.table(202, pb="10.9.0.0/16"))
    with Oracle(msgspec.structs.replace(plan, tables=(*tables, *loop))) as running:
        for ttl in (64, 255):
            outcome = sent(running, net.tcp(net.A, "10.9.0.1"), ttl=ttl)
            assert plan.reasons[outcome.reason].code == "ttl-exceeded"
            assert path(outcome) == [("ga", "pa"), *[("pb", "pb"), ("pa", "pa")] * 127][: ttl - 1]


def test_reload_to_another_network_and_back():
    other = net.plan()
    fewer = msgspec.structs.replace(
        other,
        ports=tuple(port for port in other.ports if port.name != "gb"),
        tables=tuple(
            msgspec.structs.replace(table, routes=tuple(route for route in table.routes if route.dev != "gb"))
            for table in other.tables
        ),
    )
    with Oracle(other) as running:
        for _ in range(3):
            assert sent(running, net.tcp(net.A, net.B)).port == "gb"
            running.reload(fewer)
            assert running.plan.reasons[sent(running, net.tcp(net.A, net.B)).reason].code == "no-host"
            with pytest.raises(KernelError, match="gb"):
                sent(running, net.tcp(net.B, net.A), "gb")
            running.reload(other)


def test_lab22_nat_translates_there_and_back(small):
    small.forget()
    flow = net.tcp(net.A, net.SERVER, 443)
    out = sent(small, flow)
    assert path(out) == [("ga", "nata"), ("natb", "natc"), ("natd", "inet")]
    assert packets.parse(out.packet).src == parse_address(net.NAT)
    assert out.hops[0].flow == out.hops[1].flow == flow
    assert out.hops[2].flow.src == parse_address(net.NAT)
    answer = packets.reply_packet(out.packet)
    back = small.send("inet", answer)
    assert back.port == "ga"
    assert packets.parse(back.packet) == FiveTuple(flow.dst, flow.src, flow.proto, 443, flow.sport)
    small.forget()  # now nobody has asked
    assert small.plan.reasons[small.send("inet", answer).reason].code == "no-route"


def test_icmp_error_finds_its_way_through_nat(small):
    small.forget()
    out = sent(small, net.tcp(net.A, net.SERVER, 444))
    error = packets.error(out.packet, parse_address("192.0.2.77"), packets.UNREACHABLE, 3)
    back = small.send("inet", error)
    assert back.port == "ga"
    assert packets.parse(packets.quoted(back.packet)) == net.tcp(net.A, net.SERVER, 444)


def test_many_at_once_each_with_its_own_outcome(small):
    flows = [net.tcp(net.A, (net.B, net.C, "192.0.2.1")[i % 3], 9 if i % 5 == 0 else 80, 2000 + i) for i in range(1000)]
    outcomes = small.send_many([("ga", packets.build(flow)) for flow in flows])
    assert len(outcomes) == len(flows)
    for number, (flow, outcome) in enumerate(zip(flows, outcomes, strict=True)):
        assert outcome.hops[0].flow == flow
        if number % 3 == 2:
            assert (outcome.port, outcome.reason) == ("", 0)
        elif number % 5 == 0:
            assert (outcome.port, outcome.reason) == ("", 3)
        else:
            assert (outcome.port, outcome.reason) == (("gb", "gc")[number % 3], -1)
    assert not any(outcome.lost for outcome in outcomes)


def test_big_packets_in_numbers_do_not_stop_it(small):
    big = packets.build(net.tcp(net.A, net.B)._replace(proto=UDP), payload=b"x" * 1400)
    outcomes = small.send_many([("ga", big)] * 300)
    assert all(len(outcome.packet) == len(big) for outcome in outcomes)


def test_unknown_port_is_refused_and_it_goes_on(small):
    with pytest.raises(KernelError, match="nowhere"):
        small.send("nowhere", packets.build(net.tcp(net.A, net.B)))
    good = ("ga", packets.build(net.tcp(net.A, "192.0.2.1")))
    with pytest.raises(KernelError, match="nowhere"):
        small.send_many([("nowhere", good[1]), *[good] * 300])
    assert sent(small, net.tcp(net.A, net.B)).port == "gb"


def test_reload_changes_the_verdict_and_a_refused_ruleset_does_not():
    with Oracle(net.plan(refused=9)) as running:
        assert sent(running, net.tcp(net.A, net.B, 10)).port == "gb"
        running.reload(net.plan(refused=10))
        assert sent(running, net.tcp(net.A, net.B, 10)).reason == 3
        assert sent(running, net.tcp(net.A, net.B, 9)).port == "gb"
        with pytest.raises(KernelError, match="nft"):
            running.reload(net.plan(refused=70000))
        assert sent(running, net.tcp(net.A, net.B, 10)).reason == 3


def test_a_plan_that_cannot_be_is_an_error_and_leaves_no_process():
    before = children()
    with pytest.raises(KernelError):
        Oracle(net.plan(refused=70000))
    assert children() == before


def test_a_rule_that_drops_without_a_word_is_lost(monkeypatch):
    plan = net.plan()
    silent = plan.nft.replace('tcp dport 9 log prefix "d3" group 1 drop', "tcp dport 9 drop")
    assert silent != plan.nft
    with Oracle(msgspec.structs.replace(plan, nft=silent)) as running:
        outcome = sent(running, net.tcp(net.A, net.B, 9))
        assert (outcome.port, outcome.reason, outcome.lost) == ("", -1, True)


def test_killed_child_is_told_in_a_line():
    with Oracle(net.plan()) as running:
        os.kill(running._pid, signal.SIGKILL)
        with pytest.raises(KernelError, match="ended"):
            sent(running, net.tcp(net.A, net.B))


@pytest.mark.skipif(os.geteuid() != 0, reason="all tests here run without root already")
def test_lab8_without_root():
    def work() -> bytes:
        if why := ns.child(lambda: oracle._trial().encode()):
            return b"cannot: " + why
        with Oracle(net.plan()) as running:
            outcomes = [sent(running, net.tcp(net.A, net.C)), sent(running, net.tcp(net.A, net.SERVER))]
        return " ".join(outcome.port for outcome in outcomes).encode()

    said = isolated.as_nobody(work).decode()
    if said.startswith("cannot"):
        pytest.skip(said)
    assert said == "gc inet"


def children() -> set[str]:
    with open(f"/proc/self/task/{os.getpid()}/children") as file:
        return set(file.read().split())


# Packets as bytes.


@pytest.mark.parametrize("flow", [net.tcp(net.A, net.B), net.tcp(net.A6, net.B6), net.echo(net.A, net.B)])
def test_checksums_verify(flow):
    for made in (flow, flow._replace(proto=UDP, dport=53) if flow.sport else flow):
        packet = packets.build(made, payload=b"odd")
        body = packet[40:] if packet[0] >> 4 == 6 else packet[20:]
        if packet[0] >> 4 == 4:
            assert packets.checksum(packet[:20]) == 0
        covered = body if made.proto == ICMP else packets._pseudo(made, len(body)) + body
        assert packets.checksum(covered) == 0


def test_replies():
    syn = packets.build(net.tcp(net.A, net.B))
    answer = packets.reply_packet(syn)
    assert packets.tcp_flags(answer) == packets.SYN | packets.ACK
    assert packets.tcp_flags(packets.reply_packet(answer)) == packets.ACK
    asked = packets.build(net.echo(net.A6, net.B6), ident=77)
    answer = packets.reply_packet(asked)
    assert packets.echo_id(answer) == 77
    assert packets.parse(answer) == FiveTuple(parse_address(net.B6), parse_address(net.A6), ICMPV6, 0, 129 << 8)
    with pytest.raises(ValueError, match="nobody"):
        packets.reply_packet(answer)
    with pytest.raises(ValueError, match="not an IP"):
        packets.parse(b"\x00")
