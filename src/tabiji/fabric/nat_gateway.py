"""NAT gateway and NAT instance (data-plane section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..packet.address import V6_ALL, parse_address, parse_prefix
from ..packet.header import ICMP, ICMPV6, TCP, UDP
from . import network_acl
from .compiler import Fabric, builds, eni_place
from .route_table import Source, target
from .stage import (
    Choice,
    Drop,
    Enter,
    First,
    Inside,
    Mark,
    Place,
    Rewrite,
    Rule,
    Shift,
    Stage,
    State,
    Switch,
    Unbind,
    Unknown,
)

if TYPE_CHECKING:
    from ..estate.nat_gateway import NatAddress, NatGateway
    from ..estate.route_table import Route

NAT_PORTS = (1024, 65535)
"""Source ports a NAT gateway uses (NG4)."""
NAT64 = (parse_prefix("64:ff9b::/96"),)


@target("nat")
def _nat(fabric: Fabric, source: Source, route: Route) -> int:
    return fabric.node("nat-out", route.target, source.az)


@builds("nat-out")
def _nat_out(fabric: Fabric, nat_id: str, az: str) -> Stage:
    """NG1-NG4: into the NAT gateway's subnet, source replaced, on by the NAT gateway's own routes.

    Whoever has a route to it may use it, so also what comes by a TGW (NG9); peering and VGW let nothing through.
    """
    estate = fabric.estate
    nat = estate.nat_gateways.get(nat_id)
    if nat is None:
        return Drop("route.target_missing", nat_id, ("RT14",), (("target", nat_id),))
    if nat.state != "available":
        return Drop("nat.state", nat_id, ("NG15", "RT14"), (("state", nat.state),))
    translate = fabric.node("nat-translate", nat_id, az)
    rules = tuple(Rule(proto=p, origin=nat_id, facts=("NG4",)) for p in (TCP, UDP, ICMP, ICMPV6))
    refused = fabric.put(Drop("nat.protocol", nat_id, ("NG4",), (("nat", nat_id),)))
    translate = fabric.put(State("", translate, *[_stranger(fabric, nat_id, translate)] * 2))
    admitted = fabric.put(First("nat_protocol", nat_id, "", rules, translate, refused, ("NG4",)))
    admitted = fabric.put(Inside(NAT64, fabric.node("nat64-out", nat_id, az), admitted))
    if nat.subnet_id:  # NA9: the NACL sees the client's packet with its final destination
        admitted = fabric.put(network_acl.ingress(fabric, nat.subnet_id, admitted) or fabric.stage(admitted))
    return Enter(nat_place(fabric, nat), admitted)


def _stranger(fabric: Fabric, nat_id: str, translate: int) -> int:
    """W11: an answer to a flow that began elsewhere; a datagram counts as a new flow, as in connection tracking."""
    lost = fabric.put(Drop("nat.no_session", nat_id, ("NG5", "W11"), (("nat", nat_id),)))
    datagrams = (Rule(proto=UDP, origin="udp", facts=("NG4",)),)
    stranger = fabric.put(First("nat_flow", nat_id, "", datagrams, translate, lost, ("W11",)))
    return fabric.put(Switch("nat", {nat_id: translate}, stranger))  # its own packet come back: a loop (W13)


@builds("nat64-out")
def _nat64_out(fabric: Fabric, nat_id: str, az: str) -> Stage:
    """NG13: an IPv6 destination in 64:ff9b::/96 becomes the IPv4 address in its last 32 bits."""
    ported = tuple(Rule(proto=p, origin=nat_id, facts=("NG13",)) for p in (TCP, UDP))
    # How ICMPv6 is translated is not established.
    others = fabric.put(Unknown("unknown.nat64", nat_id, ("NG13",), (("nat", nat_id),)))
    ((low, high),) = NAT64
    translate = _by_address(fabric, nat_id, az, (("dst", Shift(low, high, -low)),), _nat64_key(nat_id), "NG13")
    return First("nat_protocol", nat_id, "", ported, fabric.put(translate), others, ("NG13",))


def _nat64_key(nat_id: str) -> str:
    return f"nat64:{nat_id}"


def nat_place(fabric: Fabric, nat: NatGateway) -> Place:
    """The place a NAT gateway is."""
    subnet = fabric.estate.subnets.get(nat.subnet_id)
    return Place("nat_gateway", nat.nat_gateway_id, nat.vpc_id, subnet.availability_zone if subnet else "")


@builds("nat-translate")
def _translate(fabric: Fabric, nat_id: str, az: str) -> Stage:
    return _by_address(fabric, nat_id, az, (), f"nat:{nat_id}", "NG1")


def _by_address(
    fabric: Fabric, nat_id: str, az: str, changes: tuple[tuple[str, Any], ...], key: str, fact: str
) -> Stage:
    """Source replaced by one of the NAT gateway's addresses; which one is not determined (NG7)."""
    nat = fabric.estate.nat_gateways[nat_id]
    usable = _addresses(nat, az)
    if not usable:
        return Drop("nat.state", nat_id, ("NG15",), (("state", "no address"),))
    branches: list[tuple[str, int]] = []
    for address in usable:
        after = fabric.put(
            Mark(
                (("identity", None), ("nat", nat_id), ("nat_vpc", nat.vpc_id), ("az", nat_zone(fabric, nat, az))),
                fabric.node("nat-edge", nat_id, az),
            )
        )
        own = address.private_ip or address.public_ip
        new = (*changes, ("src", parse_address(own)), ("sport", NAT_PORTS))
        missing = fabric.put(Drop("nat.protocol", nat_id, ("NG13",), (("nat", nat_id),)))
        stage = Rewrite("nat_gateway", nat_id, new, after, missing, bind=key, facts=(fact, "NG4"))
        branches.append((own, fabric.put(stage)))
    if len(branches) == 1:
        return fabric.stage(branches[0][1])
    return Choice("choice.nat_address", nat_id, tuple(branches), "", ("NG7",))


def _addresses(nat: NatGateway, az: str) -> list[NatAddress]:
    """Addresses in use; a regional NAT gateway serves a zone with the addresses it has there (NG14)."""
    regional = nat.availability_mode == "regional"  # in no subnet, so perhaps without a private address
    usable = [
        a
        for a in nat.nat_gateway_addresses
        if (a.private_ip or (regional and a.public_ip)) and a.status in ("succeeded", "associating", "")
    ]
    near = [a for a in usable if a.availability_zone and a.availability_zone == az]
    return near or usable


def nat_zone(fabric: Fabric, nat: NatGateway, az: str) -> str:
    """AZ packets leave a NAT gateway in."""
    subnet = fabric.estate.subnets.get(nat.subnet_id)
    return subnet.availability_zone if subnet else az


@builds("nat-edge")
def _edge(fabric: Fabric, nat_id: str, az: str) -> Stage:
    """Its own subnet's route table decides what happens next (NG1, NG11: for answers too), or its own table (NG14)."""
    nat = fabric.estate.nat_gateways[nat_id]
    if nat.subnet_id:
        return fabric.stage(fabric.node("subnet-edge", nat.subnet_id))
    if nat.route_table_id in fabric.estate.route_tables:
        return fabric.stage(fabric.node("routes-of-table", nat.route_table_id, nat.vpc_id, az))
    return Unknown("unknown.route_tables", nat_id, ("NG14",), (("subnet", nat_id),))


@builds("nat-in")
def _nat_in(fabric: Fabric, nat_id: str, eni_id: str) -> Stage:
    """NG5: only answers to flows it holds come in."""
    nat = fabric.estate.nat_gateways[nat_id]
    key = f"nat:{nat_id}"
    eni = fabric.estate.network_interfaces.get(eni_id)
    az = eni.availability_zone if eni else ""
    unsolicited = fabric.put(Drop("nat.unsolicited", nat_id, ("NG5",), (("nat", nat_id),)))
    unknown = fabric.put(Drop("nat.no_session", nat_id, ("NG5", "W11"), (("nat", nat_id),)))
    marked = fabric.put(
        Mark(
            (("identity", None), ("az", nat_zone(fabric, nat, az)), ("nat", nat_id)),
            fabric.node("nat-edge", nat_id, az),
        )
    )
    undo = fabric.put(Unbind("nat_gateway", nat_id, key, marked, unknown, ("NG1",)))
    known = fabric.put(State(key, unsolicited, undo, unknown))
    # NG13: an answer to a translated flow gets both its IPv6 addresses back.
    undo64 = fabric.put(Unbind("nat_gateway", nat_id, _nat64_key(nat_id), marked, unknown, ("NG13",), both=True))
    return Enter(nat_place(fabric, nat), fabric.put(State(_nat64_key(nat_id), unsolicited, undo64, known)))


# Appliances and NAT instances ---------------------------------------------------


@target("eni", "i")
def _eni_target(fabric: Fabric, source: Source, route: Route) -> int:
    """RT17: an ENI of a running instance; it must take packets that are not its own."""
    estate = fabric.estate
    eni_id = route.network_interface_id
    if not eni_id:  # an instance target means its only ENI (RT11)
        owned = estate.enis_by_instance.get(route.instance_id, ())
        if len(owned) != 1:
            return fabric.put(Drop("route.target_missing", route.instance_id, ("RT11",), (("target", route.target),)))
        eni_id = owned[0]
    eni = estate.network_interfaces.get(eni_id)
    if eni is None:
        return fabric.put(Drop("route.target_missing", eni_id, ("RT12", "RT17"), (("target", eni_id),)))
    if eni.subnet_id == source.subnet:
        return fabric.node("entering-l2", eni_id)
    return fabric.node("enter", eni_id)


@builds("appliance")
def _appliance(fabric: Fabric, eni_id: str) -> Stage:
    """A host that got a packet for somebody else (source/destination check off)."""
    estate = fabric.estate
    name = estate.host_by_eni.get(eni_id, "")
    forwards = estate.hosts[name].forwards if name else ""
    out = fabric.node("appliance-out", eni_id)
    if forwards == "route":
        return fabric.stage(out)
    if forwards == "nat":  # NI1
        return _masquerade(fabric, eni_id, out)
    if forwards == "drop":
        return Drop("appliance.drop", eni_id, ("NI1",))
    return Unknown("unknown.appliance", eni_id, ("NI1", "SG5"))


def _masquerade(fabric: Fabric, eni_id: str, out: int) -> Stage:
    """NI1, as Linux does it: IPv4 only, the source port stays.

    An answer of a flow that began elsewhere is routed as it is, for connection
    tracking sees that it opens none; a datagram could, and is translated.
    """
    eni = fabric.estate.network_interfaces[eni_id]
    changes = (("src", parse_address(eni.private_v4()[0])),)
    key, translated = f"nat-instance:{eni_id}", fabric.node("appliance-out-translated", eni_id)
    masked = fabric.put(Rewrite("nat_instance", eni_id, changes, translated, bind=key, facts=("NI1",)))
    answers = tuple(Rule(proto=p, origin="answer") for p in (TCP, ICMP, ICMPV6))
    stranger = fabric.put(First("nat_flow", eni_id, "", answers, out, masked, ("NI1",)))
    four = fabric.put(State(key, masked, stranger, stranger))
    return Inside((V6_ALL,), out, four)


@builds("appliance-out")
def _appliance_out(fabric: Fabric, eni_id: str) -> Stage:
    """Out by the same ENI: its groups, then the subnet's edge; the origin's identity is lost (SG5)."""
    return _sent_on(fabric, eni_id, None)


@builds("appliance-out-translated")
def _translated_out(fabric: Fabric, eni_id: str) -> Stage:
    """The source is the appliance's own address now, so that references to its groups match (SG4)."""
    groups = fabric.estate.network_interfaces[eni_id].groups
    return _sent_on(fabric, eni_id, frozenset(g.group_id for g in groups))


def _sent_on(fabric: Fabric, eni_id: str, identity: frozenset[str] | None) -> Stage:
    from .security_group import egress

    estate = fabric.estate
    eni = estate.network_interfaces[eni_id]
    edge = fabric.node("subnet-edge", eni.subnet_id)
    checked = egress(fabric, eni, edge) or fabric.stage(edge)
    zone = eni_place(estate, eni_id).az
    return Mark((("identity", identity), ("az", zone), ("nat", None), ("nat_vpc", None)), fabric.put(checked))


@builds("nat-instance-in")
def _nat_instance_in(fabric: Fabric, eni_id: str, itself: int) -> Stage:
    """An answer for a translated flow goes on to the client; anything else is for the host itself."""
    key = f"nat-instance:{eni_id}"
    out = fabric.node("appliance-out", eni_id)
    undo = fabric.put(Unbind("nat_instance", eni_id, key, out, itself, ("NI1",)))
    return State(key, itself, undo, itself)
