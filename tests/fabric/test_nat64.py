"""NAT64 at NAT gateways (NG13)."""

from __future__ import annotations

from tabiji.fabric import Fabric
from tabiji.packet.address import format_address, parse_address, parse_prefix
from tabiji.packet.header import ICMPV6, TCP
from tabiji.space import Cube, reach
from walking import code, estate, places, trip

NET = """
region: ap-northeast-1
vpcs:
  main:
    cidr: 10.0.0.0/16
    ipv6: 2001:db8:1::/56
    igw: true
    subnets:
      app: {ipv6: 2001:db8:1:1::/64, az: a, routes: {"64:ff9b::/96": out}}
      pub: {cidr: 10.0.3.0/24, ipv6: 2001:db8:1:3::/64, az: a, routes: {0.0.0.0/0: igw}}
    security_groups:
      open: {in: all from ::/0, out: all to ::/0}
    instances:
      web: {subnet: app, ipv6: 2001:db8:1:1::10, sg: open}
    nat_gateways:
      out: {subnet: pub, ip: 10.0.3.7, eip: 203.0.113.7}
"""
SERVER = "64:ff9b::c633:6450"  # 198.51.100.80


def test_ng13_the_last_32_bits_are_the_ipv4_destination_and_the_answer_comes_back_as_ipv6() -> None:
    found = trip(estate(NET), "web", SERVER)
    assert code(found) == "ok"
    assert format_address(found.forward.packet.dst) == "198.51.100.80"
    assert format_address(found.forward.packet.src) == "203.0.113.7"
    assert found.reply is not None
    assert format_address(found.reply.packet.src) == SERVER
    assert places(found)[1:3] == ["nat-main-out", "igw-main"]


def test_ng13_other_ipv6_is_not_translated() -> None:
    net = estate(NET.replace('"64:ff9b::/96": out', '"::/0": out'))
    assert code(trip(net, "web", SERVER)) == "ok"
    found = trip(net, "web", "2001:db8:ffff::1")
    assert code(found) != "ok"


def test_ng13_private_ipv4_destination_goes_where_the_nat_gateways_routes_lead() -> None:
    """No rule against it is known: the IGW refuses it like any private destination (IG4)."""
    assert code(trip(estate(NET), "web", "64:ff9b::ac10:0001")) == "igw.private_destination"


def test_icmpv6_through_nat64_is_undetermined() -> None:
    assert code(trip(estate(NET), "web", SERVER, proto=ICMPV6)) == "unknown.nat64"


def test_sets_agree_with_the_walk_for_few_addresses_and_give_up_on_many() -> None:
    net = estate(NET)
    fabric = Fabric(net)
    (eni,) = (i for i, e in net.network_interfaces.items() if e.interface_type == "interface")
    start, home = fabric.leave_eni(eni)
    src = parse_address("2001:db8:1:1::10")
    few = Cube.of(src, parse_prefix("64:ff9b::c633:6450/126"), TCP, 40000, 443)
    found = reach(fabric, start, few, home)
    assert sum(region.cube.size() for region in found.delivered) == 4
    many = Cube.of(src, parse_prefix("64:ff9b::/96"), TCP, 40000, 443)
    assert reach(fabric, start, many, home).overflow
