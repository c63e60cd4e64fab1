"""What the kernel makes of compiled plans: facts that a look at the plan does not show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import plan_net as net
import pytest

from tabiji.lab import oracle, packets
from tabiji.lab.oracle import Oracle, Outcome
from tabiji.packet.address import format_address, parse_address
from tabiji.packet.header import ICMP, TCP, UDP, FiveTuple

WHY = oracle.usable()
pytestmark = pytest.mark.skipif(bool(WHY), reason=f"no oracle here: {WHY}")


class Told(NamedTuple):
    """Who got a packet, with which ends; or the code of what dropped it."""

    owner: str
    src: str
    dst: str
    code: str


class Asked:
    """A network packets are sent in."""

    def __init__(self, oracle: Oracle) -> None:
        self.oracle = oracle
        self.at = {a: p.name for p in oracle.plan.ports for a in p.addresses if p.role != "sink"}
        self.at |= {p.owner: p.name for p in oracle.plan.ports if p.role != "sink"}

    def outcome(self, flow: FiveTuple, port: str = "") -> Outcome:
        found = self.oracle.send(port or self.at[format_address(flow.src)], packets.build(flow))
        assert not found.lost
        return found

    def send(self, src: str, dst: str, dport: int = 443, proto: int = TCP, sport: int = 40000, port: str = "") -> Told:
        if proto == ICMP:
            sport, dport = 0, 8 << 8
        return self.told(self.outcome(FiveTuple(parse_address(src), parse_address(dst), proto, sport, dport), port))

    def answer(self, src: str, dst: str, dport: int = 443, proto: int = TCP, sport: int = 40000) -> Told:
        """Send, and give what becomes of the answer."""
        if proto == ICMP:
            sport, dport = 0, 8 << 8
        there = self.outcome(FiveTuple(parse_address(src), parse_address(dst), proto, sport, dport))
        assert there.port, self.told(there)
        return self.told(self.oracle.send(there.port, packets.reply_packet(there.packet)))

    def told(self, found: Outcome) -> Told:
        if not found.port:
            return Told("", "", "", self.oracle.plan.reasons[found.reason].code)
        flow = packets.parse(found.packet)
        (owner,) = {p.owner for p in self.oracle.plan.ports if p.name == found.port}
        return Told(owner, format_address(flow.src), format_address(flow.dst), "")


@contextmanager
def running(text: str) -> Iterator[Asked]:
    with Oracle(net.plan(text)) as oracle:
        yield Asked(oracle)


PUBLIC = """
vpcs:
  v:
    cidr: 10.0.0.0/16
    igw: true
    subnets:
      pub: {cidr: 10.0.0.0/24, az: a, routes: {0.0.0.0/0: igw}}
      priv: {cidr: 10.0.1.0/24, az: a, routes: {0.0.0.0/0: nat}}
    nat_gateways: {nat: {subnet: pub, ip: 10.0.0.5, eip: 203.0.113.5}}
    security_groups: {sg: {in: [all from 0.0.0.0/0]}, shut: {in: []}}
    instances:
      web: {subnet: pub, ip: 10.0.0.10, sg: sg, public: 203.0.113.10}
      bare: {subnet: pub, ip: 10.0.0.11, sg: sg}
      app: {subnet: priv, ip: 10.0.1.10, sg: shut}
hosts:
  out: {internet: true, address: 198.51.100.7}
"""


def test_ig1_nobody_leaves_without_a_public_address():
    with running(PUBLIC) as asked:
        assert asked.send("10.0.0.10", "198.51.100.7") == Told("out", "203.0.113.10", "198.51.100.7", "")
        assert asked.send("10.0.0.11", "198.51.100.7").code.startswith("igw.")
        assert asked.send("10.0.0.10", "192.168.1.1").code.startswith("igw.")  # IG4


def test_lab22_a_nat_gateway_answers_only_who_was_asked():
    with running(PUBLIC) as asked:
        assert asked.send("10.0.1.10", "198.51.100.7") == Told("out", "203.0.113.5", "198.51.100.7", "")
        assert asked.answer("10.0.1.10", "198.51.100.7", sport=40001).dst == "10.0.1.10"
        assert asked.send("198.51.100.7", "203.0.113.5", sport=40002).code == "nat.unsolicited"
        assert asked.send("198.51.100.7", "10.0.1.10").code == "no-host"


def test_ig3_in_from_outside_and_the_answer_as_the_public_address():
    with running(PUBLIC) as asked:
        assert asked.send("198.51.100.7", "203.0.113.10").dst == "10.0.0.10"
        assert asked.answer("198.51.100.7", "203.0.113.10", sport=40003)[1:3] == ("203.0.113.10", "198.51.100.7")
        assert asked.answer("198.51.100.7", "203.0.113.10", proto=ICMP)[1:3] == ("203.0.113.10", "198.51.100.7")


def test_an_internet_gateway_translates_answers_it_saw_no_question_for():
    """It keeps no state: a SYN-ACK nobody asked for by this way leaves as the public address all the same."""
    with running(PUBLIC) as asked:
        flow = FiveTuple(parse_address("198.51.100.7"), parse_address("10.0.0.10"), TCP, 40004, 443)
        answer = packets.reply_packet(packets.build(flow))
        told = asked.told(asked.oracle.send(asked.at["10.0.0.10"], answer))
        assert told == Told("out", "203.0.113.10", "198.51.100.7", "")


def test_ig7_the_own_public_address_comes_back_as_a_stranger():
    with running(PUBLIC) as asked:
        told = asked.send("10.0.0.10", "203.0.113.10", sport=40005)
        assert told[1:3] == ("203.0.113.10", "10.0.0.10")


def test_w3_a_foreign_source_leaves_no_checked_interface():
    with running(PUBLIC) as asked:
        assert asked.send("10.0.0.99", "10.0.1.10", port=asked.at["10.0.0.10"]).code == "source-check"


def test_sg2_answers_pass_and_questions_do_not():
    with running(PUBLIC) as asked:
        assert asked.answer("10.0.1.10", "10.0.0.10").dst == "10.0.1.10"
        assert asked.send("10.0.0.10", "10.0.1.10").code == "sg.in"
        assert asked.answer("10.0.1.10", "10.0.0.10", proto=ICMP).dst == "10.0.1.10"
        assert asked.send("10.0.0.10", "10.0.1.10", proto=ICMP).code == "sg.in"  # LAB55c


def test_sg9_the_vpcs_dns_needs_no_rule():
    with running(PUBLIC.replace("shut: {in: []}", "shut: {in: [], out: []}")) as asked:
        vpc = next(p.owner for p in asked.oracle.plan.ports if "10.0.0.2" in p.addresses)
        assert asked.send("10.0.1.10", "10.0.0.2", 53, UDP).owner == vpc
        assert asked.send("10.0.1.10", "169.254.169.254", 80).owner == vpc
        assert asked.send("10.0.1.10", "10.0.0.10").code == "sg.out"


PEERED = """
vpcs:
  a:
    cidr: 10.1.0.0/16
    routes: {10.2.0.0/16: MAIN}
    subnets:
      app: {cidr: 10.1.1.0/24, az: a}
      mid: {cidr: 10.1.2.0/24, az: a, routes: {10.2.0.0/16: ab}}
    security_groups: {sg: {in: []}, box: {in: [all from 0.0.0.0/0]}}
    nat_gateways: {nat: {subnet: mid, ip: 10.1.2.5, type: private}}
    instances:
      one: {subnet: app, ip: 10.1.1.10, sg: sg}
      box: {subnet: mid, ip: 10.1.2.10, sg: box, source_dest_check: false, forwards: route}
  b:
    cidr: 10.2.0.0/16
    routes: {BACK}
    subnets: {s: {cidr: 10.2.1.0/24, az: a}}
    security_groups: {sg: {in: [PEER]}}
    instances: {two: {subnet: s, ip: 10.2.1.10, sg: sg}}
peerings:
  ab: {vpcs: [a, b]}
"""


def peered(main: str = "ab", back: str = "10.1.0.0/16: ab", peer: str = '"all from sg:a/sg"') -> str:
    return PEERED.replace("MAIN", main).replace("BACK", back).replace("PEER", peer)


def test_sg4_a_group_across_a_peering():
    with running(peered()) as asked:
        assert asked.answer("10.1.1.10", "10.2.1.10").dst == "10.1.1.10"
        assert asked.send("10.1.2.10", "10.2.1.10").code == "sg.in"


def test_sg5_behind_an_appliance_nobody_is_known():
    with running(peered("box")) as asked:
        assert asked.send("10.1.1.10", "10.2.1.10").code == "sg.in"
    with running(peered("box", peer="all from 10.1.0.0/16")) as asked:
        assert asked.send("10.1.1.10", "10.2.1.10").dst == "10.2.1.10"


def test_ng10_what_a_nat_gateway_asks_is_answered_without_a_route():
    with running(peered("nat", "10.9.0.0/16: ab", "all from 10.1.0.0/16")) as asked:
        assert asked.send("10.1.1.10", "10.2.1.10").src == "10.1.2.5"
        assert asked.answer("10.1.1.10", "10.2.1.10", sport=40001).dst == "10.1.1.10"
        assert asked.answer("10.1.1.10", "10.2.1.10", proto=ICMP).dst == "10.1.1.10"
        assert asked.send("10.2.1.10", "10.1.2.5").code == "no-route"


def test_pc2_a_peering_leads_to_the_vpc_and_no_further():
    with running(peered(back="0.0.0.0/0: ab")) as asked:
        assert asked.send("10.2.1.10", "198.51.100.7").code == "no-route"


def test_pc7_a_vpcs_dns_answers_its_own_vpc_only():
    with running(peered()) as asked:
        assert asked.send("10.1.1.10", "10.2.0.2", 53, UDP).code == "no-host"


def test_ni1_an_appliance_with_the_check_on_forwards_nothing():
    with running(peered("box").replace("source_dest_check: false, ", "")) as asked:
        assert asked.send("10.1.1.10", "10.2.1.10").code == "dest-check"


def test_an_appliance_nobody_described_is_not_guessed():
    with running(peered("box").replace(", forwards: route", "")) as asked:
        assert asked.send("10.1.1.10", "10.2.1.10").code == "uncovered"


def test_w13_a_loop_ends():
    text = """
        vpcs:
          a:
            cidr: 10.1.0.0/16
            routes: {0.0.0.0/0: hub}
            subnets: {s: {cidr: 10.1.1.0/24, az: a}}
            instances: {one: {subnet: s, ip: 10.1.1.10}}
        transit_gateways:
          hub: {attachments: {a: [s]}, route_tables: {default: {routes: {0.0.0.0/0: a}}}}
        """
    with running(text) as asked:
        assert asked.send("10.1.1.10", "198.51.100.7").code == "ttl-exceeded"
