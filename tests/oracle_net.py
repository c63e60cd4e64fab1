"""A network small enough to be written by hand: two VPCs, a peering, a NAT box, the Internet.

VPC one (10.0.0.0/16, 2001:db8:1::/64) has hosts ``ga`` and ``gb``, VPC two
(10.1.0.0/16, 2001:db8:2::/64) has ``gc``; ``inet`` is a server at
198.51.100.9.  TCP to port 9 is refused with a logged reason.
"""

from __future__ import annotations

from tabiji.lab.plan.model import Plan, Port, Reason, Route, Rule, Table, Wire
from tabiji.packet.address import parse_address
from tabiji.packet.header import ICMP, ICMPV6, TCP, FiveTuple

A, B, C, SERVER, NAT = "10.0.0.10", "10.0.0.20", "10.1.0.10", "198.51.100.9", "203.0.113.5"
A6, B6, C6 = "2001:db8:1::10", "2001:db8:1::20", "2001:db8:2::10"
REASONS = ("no-route", "no-host", "ttl-exceeded", "sg.in")
CONTEXTS = {
    "ga": 1, "gb": 1, "gc": 2, "inet": 30,
    "pa": 11, "pb": 12, "natb": 20, "natc": 23, "natd": 22, "nata": 11,
}  # fmt: skip


def ports() -> tuple[Port, ...]:
    hosts = {"ga": (A, A6), "gb": (B, B6), "gc": (C, C6), "inet": (SERVER,)}
    found = [
        Port(name=name, role="guest", owner=name, context=CONTEXTS[name], addresses=at, guest=name)
        for name, at in hosts.items()
    ]
    return (*found, *(Port(name=name, role="sink", owner=name) for name in ("noroute", "nohost")))


WIRES = (
    Wire(a="pa", b="pb", owner="pcx", a_context=11, b_context=12),
    Wire(a="nata", b="natb", owner="nat", label="inside", a_context=11, b_context=20),
    Wire(a="natc", b="natd", owner="nat", label="outside", a_context=23, b_context=22),
)


def table(number: int, **to: str) -> Table:
    """``dev='prefix prefix'``; device ``throw`` for a throw route."""
    routes = [Route(prefix=p, dev="" if dev == "throw" else dev) for dev, found in to.items() for p in found.split()]
    return Table(number=number, owner=f"t{number}", routes=tuple(routes))


TABLES = (
    table(101, throw="10.0.0.0/16 2001:db8:1::/64", pa="10.1.0.0/16 2001:db8:2::/64", nata="198.51.100.0/24"),
    table(102, throw="10.1.0.0/16 2001:db8:2::/64", pb="10.0.0.0/16 2001:db8:1::/64"),
    table(201, ga=f"{A}/32 {A6}/128", gb=f"{B}/32 {B6}/128", nohost="10.0.0.0/16 2001:db8:1::/64"),
    table(202, gc=f"{C}/32 {C6}/128", nohost="10.1.0.0/16 2001:db8:2::/64"),
    table(220, natc="0.0.0.0/0"),
    table(222, inet=f"{SERVER}/32"),
    table(223, natb="10.0.0.0/16"),
    table(230, natd=f"{NAT}/32"),
    table(999, noroute="0.0.0.0/0 ::/0"),
)
RULES = (
    *(Rule(priority=100, table=100 + c, mark=c) for c in (1, 2)),
    *(Rule(priority=200, table=t, mark=m) for m, t in ((1, 201), (2, 202), (11, 201), (12, 202))),
    *(Rule(priority=200, table=200 + c, mark=c) for c in (20, 22, 23, 30)),
    Rule(priority=300, table=999, mask=0),
)


def nft(refused: int = 9) -> str:
    elements = ", ".join(f'"{name}" : {mark}' for name, mark in CONTEXTS.items())
    return f"""
table inet small {{
 map ctx {{
  type ifname : mark
  elements = {{ {elements} }}
 }}
 chain raw {{
  type filter hook prerouting priority raw
  meta mark set iifname map @ctx
  iifname {{ "natb", "natc" }} ct zone set 7 accept
  notrack
 }}
 chain nat {{
  type nat hook postrouting priority srcnat
  meta l4proto {{ tcp, udp, icmp }} oifname "natc" snat ip to {NAT}:1024-65535
 }}
 chain passing {{
  type filter hook forward priority filter
  log group 2
  oifname "noroute" log prefix "d0" group 1 drop
  oifname "nohost" log prefix "d1" group 1 drop
  tcp dport {refused} log prefix "d3" group 1 drop
 }}
 chain own {{
  type filter hook output priority filter
  log prefix "d2" group 1 drop
 }}
}}
"""


def plan(refused: int = 9) -> Plan:
    reasons = tuple(Reason(code=code, owner="") for code in REASONS)
    return Plan(ports=ports(), wires=WIRES, tables=TABLES, rules=RULES, nft=nft(refused), reasons=reasons)


def tcp(src: str, dst: str, dport: int = 80, sport: int = 40000) -> FiveTuple:
    return FiveTuple(parse_address(src), parse_address(dst), TCP, sport, dport)


def echo(src: str, dst: str) -> FiveTuple:
    proto, kind = (ICMPV6, 128) if ":" in src else (ICMP, 8)
    return FiveTuple(parse_address(src), parse_address(dst), proto, 0, kind << 8)
