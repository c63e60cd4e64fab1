"""Addresses a VPC serves itself: DNS, metadata, time (data-plane W2, SG9)."""

from __future__ import annotations

from ..estate.network_interface import NetworkInterface
from ..packet.address import parse_address, parse_prefix
from ..packet.header import TCP, UDP
from ..packet.ranges import Ranges, normalise, subtract
from .compiler import Fabric, builds, eni_place
from .stage import Deliver, Drop, First, Inside, Place, Rule, Stage, Unknown

DNS = ("169.254.169.253", "fd00:ec2::253")
EXEMPT = (
    *DNS,
    "169.254.169.254",
    "fd00:ec2::254",
    "169.254.169.123",
    "fd00:ec2::123",
    "169.254.170.2",
    "169.254.169.250",
    "169.254.169.251",
)
"""SG9: not filtered by security groups, nor by network ACLs (NA8)."""
NOT_ROUTABLE: Ranges = normalise((parse_prefix("169.254.0.0/16"), parse_prefix("fd00:ec2::/32")))
LATTICE = (parse_prefix("169.254.171.0/24"),)


def local_service(fabric: Fabric, eni: NetworkInterface, ok: int) -> Stage | None:
    """W2: a local service answers at once; other link-local addresses go nowhere (RT15)."""
    return fabric.stage(fabric.node("local-service", eni.network_interface_id, ok))


@builds("local-service")
def _local_service(fabric: Fabric, eni_id: str, ok: int) -> Stage:
    estate = fabric.estate
    eni = estate.network_interfaces[eni_id]
    vpc = estate.vpcs.get(eni.vpc_id)
    exempt = [parse_address(text) for text in EXEMPT]
    dns = [parse_address(text) for text in DNS]
    if vpc is not None:
        plus_two = parse_prefix(vpc.cidr_block)[0] + 2  # names N2.1a: of the primary CIDR only
        exempt.append(plus_two)
        dns.append(plus_two)
    home = eni_place(estate, eni_id)
    back = fabric.put(Deliver(home, -1))
    served = fabric.put(Deliver(Place("local_service", eni.vpc_id, eni.vpc_id), back, ("W2", "SG9")))
    port53 = (Rule(proto=UDP, dports=(53, 53), origin="53"), Rule(proto=TCP, dports=(53, 53), origin="53"))
    silent = fabric.put(Drop("host.not_listening", "vpc-resolver", ("SG9",), (("listens", "udp/53, tcp/53"),)))
    resolver = fabric.put(First("listener", "vpc-resolver", "ingress", port53, served, silent, ("SG9",)))
    attributes = estate.vpc_attributes.get(eni.vpc_id)
    if attributes is not None and attributes.enable_dns_support is False:
        # names N2.2f: what is on the wire is not established; a silent resolver is the default.
        resolver = fabric.put(Drop("dns.support_off", eni.vpc_id, ("N2.2f",), (("vpc", eni.vpc_id),)))
    names = normalise((a, a) for a in dns)
    others = subtract(normalise((a, a) for a in exempt), names)
    rest = subtract(NOT_ROUTABLE, normalise((*names, *others)))
    nowhere = fabric.put(Unknown("unknown.link_local", eni_id, ("W2", "RT15", "SG9")))
    lattice = fabric.put(Inside(LATTICE, fabric.node("lattice", eni_id), nowhere))
    step = fabric.put(Inside(rest, lattice, ok))
    step = fabric.put(Inside(others, served, step))
    return Inside(names, resolver, step)
