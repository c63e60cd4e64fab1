"""Addresses a VPC serves itself: DNS, metadata, time (data-plane W2, SG9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..packet.address import parse_address, parse_prefix
from ..packet.header import TCP, UDP
from ..packet.ranges import Ranges, normalise, subtract
from .compiler import Fabric, builds, eni_place
from .stage import Deliver, Drop, First, Inside, Place, Rule, Select, Stage, Unknown

if TYPE_CHECKING:
    from ..estate.network_interface import NetworkInterface

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
"""SG9, SG16: not filtered by security groups, nor by network ACLs (NA8)."""
NOT_ROUTABLE: Ranges = normalise((parse_prefix("169.254.0.0/16"), parse_prefix("fd00:ec2::/32")))
LATTICE = (parse_prefix("169.254.171.0/24"),)


def local_service(fabric: Fabric, eni: NetworkInterface, ok: int) -> Stage | None:
    """W2: a local service answers at once; other link-local addresses go nowhere (RT15)."""
    names, others = _served(fabric, eni.vpc_id)
    special = fabric.shared(("special", eni.vpc_id), lambda: normalise((*names, *others, *NOT_ROUTABLE)))
    return Inside(special, fabric.node("local-service", eni.network_interface_id), ok)


@builds("local-service")
def _local_service(fabric: Fabric, eni_id: str) -> Stage:
    """VPC Lattice looks at the ENI's groups (LA1); everything else is the same for the whole VPC."""
    vpc = fabric.estate.network_interfaces[eni_id].vpc_id
    return Inside(LATTICE, fabric.node("lattice", eni_id), fabric.node("local-service-of-vpc", vpc))


@builds("local-service-of-vpc")
def _of_vpc(fabric: Fabric, vpc_id: str) -> Stage:
    estate = fabric.estate
    names, others = _served(fabric, vpc_id)
    back = fabric.node("local-service-answer", vpc_id)
    served = fabric.put(Deliver(Place("local_service", vpc_id, vpc_id), back, ("W2", "SG9")))
    port53 = (Rule(proto=UDP, dports=(53, 53), origin="53"), Rule(proto=TCP, dports=(53, 53), origin="53"))
    silent = fabric.put(Drop("host.not_listening", "vpc-resolver", ("SG9",), (("listens", "udp/53, tcp/53"),), served))
    resolver = fabric.put(First("listener", "vpc-resolver", "ingress", port53, served, silent, ("SG9",)))
    attributes = estate.vpc_attributes.get(vpc_id)
    if attributes is not None and attributes.enable_dns_support is False:
        # names N2.2f: what is on the wire is not established; a silent resolver is the default.
        resolver = fabric.put(Drop("dns.support_off", vpc_id, ("N2.2f",), (("vpc", vpc_id),)))
    nowhere = fabric.put(Unknown("unknown.link_local", vpc_id, ("W2", "RT15", "SG9")))
    return Inside(names, resolver, fabric.put(Inside(others, served, nowhere)))


@builds("local-service-answer")
def _answer(fabric: Fabric, vpc_id: str) -> Stage:
    """Straight back to whoever asked, past groups and NACLs."""
    owned = fabric.estate.eni_by_address.get(vpc_id, {})
    nobody = fabric.put(Drop("address.nobody", vpc_id, ("RT21",)))
    return Select({address: fabric.node("local-service-home", eni) for address, eni in owned.items()}, nobody)


@builds("local-service-home")
def _home(fabric: Fabric, eni_id: str) -> Stage:
    return Deliver(eni_place(fabric.estate, eni_id), -1)


def _served(fabric: Fabric, vpc_id: str) -> tuple[Ranges, Ranges]:
    """The resolver's addresses in a VPC, and those of the other services."""
    served: tuple[Ranges, Ranges] = fabric.shared(("served", vpc_id), lambda: _addresses(fabric, vpc_id))
    return served


def _addresses(fabric: Fabric, vpc_id: str) -> tuple[Ranges, Ranges]:
    vpc = fabric.estate.vpcs.get(vpc_id)
    dns = [parse_address(text) for text in DNS]
    if vpc is not None:
        dns.append(parse_prefix(vpc.cidr_block)[0] + 2)  # names N2.1a: of the primary CIDR only
    names = normalise((a, a) for a in dns)
    return names, subtract(normalise((a, a) for a in map(parse_address, EXEMPT)), names)
