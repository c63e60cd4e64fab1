"""The Internet: public addresses of the estate, AWS's public services, everybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..packet.address import PRIVATE_V4, SHARED_V4, Interval, parse_address
from ..packet.ranges import normalise
from .compiler import INTERNET, Fabric, builds
from .host import listening
from .internet_gateway import bare_addresses, vpc_v6_ranges
from .site import public_address
from .stage import Deliver, Drop, Enter, Inside, Note, Select, Stage

if TYPE_CHECKING:
    from ..estate import Estate

# Ports the public side of an AWS service answers on, by the name its managed prefix list has.
SERVICE_PORTS = {
    "s3": ("tcp/80", "tcp/443", "icmp"),
    "s3express": ("tcp/443", "icmp"),
    "dynamodb": ("tcp/80", "tcp/443", "icmp"),
}


@builds("internet")
def _internet(fabric: Fabric) -> Stage:
    """Private addresses die here; then whoever owns the address gets the packet."""
    nowhere = fabric.put(Drop("internet.unreachable", "internet", ("IG4",)))
    private = normalise((*PRIVATE_V4, SHARED_V4))
    return Enter(INTERNET, fabric.put(Inside(private, nowhere, fabric.node("internet-owner"))))


@builds("internet-owner")
def _owner(fabric: Fabric) -> Stage:
    estate = fabric.estate
    owners: dict[int, int] = {}
    for public, (eni_id, _) in estate.public_addresses.items():
        eni = estate.network_interfaces.get(eni_id)
        igw = estate.igw_by_vpc.get(eni.vpc_id) if eni else None
        if eni is None or igw is None:
            owners[public] = fabric.put(
                Drop("igw.not_attached", eni_id, ("IG3",), (("vpc", eni.vpc_id if eni else ""),))
            )
        else:
            owners[public] = fabric.node("igw-in", igw, eni.vpc_id)  # also from within the same VPC (IG7)
    for public, nat in bare_addresses(estate).items():  # NG14
        igw = estate.igw_by_vpc.get(estate.nat_gateways[nat].vpc_id)
        if igw is not None:
            owners[public] = fabric.node("igw-in", igw, estate.nat_gateways[nat].vpc_id)
    for public in released(estate):
        owners.setdefault(public, fabric.put(Drop("address.released", "internet", ("IG3",))))
    for address, host in estate.public_hosts.items():
        owners.setdefault(parse_address(address), fabric.node("public-host", host.address))
    for name, site in estate.sites.items():
        if site.internet or site.public_address:
            owners.setdefault(public_address(estate, name), fabric.node("site-public", name))
    ranges: list[tuple[Interval, int]] = []
    for vpc, six in vpc_v6_ranges(estate).items():
        ranges.extend((prefix, fabric.node("ipv6-in", vpc)) for prefix in six)
    for list_id, cidr_ranges in service_ranges(estate).items():
        ranges.extend((prefix, fabric.node("public-service", list_id)) for prefix in cidr_ranges)
    return Select(owners, fabric.node("internet-host"), tuple(ranges))


@builds("internet-host")
def _host(fabric: Fabric) -> Stage:
    """Somebody out there of whom nothing is known: taken to answer, and said so."""
    arrived = fabric.put(Deliver(INTERNET, fabric.node("internet")))
    return Note("note.internet_host_assumed", "internet", arrived)


@builds("public-host")
def _public_host(fabric: Fabric, address: str) -> Stage:
    host = fabric.estate.public_hosts[address]
    arrived = fabric.put(Deliver(INTERNET, fabric.node("internet")))
    if host.listens is None:
        return fabric.stage(arrived)
    return listening(fabric, host.name or address, host.listens, arrived)


@builds("public-service")
def _public_service(fabric: Fabric, list_id: str) -> Stage:
    """Public AWS services answer on their own ports only."""
    service = service_of_list(fabric.estate, list_id)
    arrived = fabric.put(Deliver(INTERNET, fabric.node("internet")))
    ports = SERVICE_PORTS.get(service)
    return fabric.stage(arrived) if ports is None else listening(fabric, service, ports, arrived)


def service_of_list(estate: Estate, list_id: str) -> str:
    """``s3`` of ``com.amazonaws.us-east-1.s3``; empty for lists that are no service's."""
    name = estate.prefix_list_names.get(list_id, "")
    parts = name.split(".")
    return parts[-1] if name.startswith(("com.amazonaws.", "cn.com.amazonaws.")) and len(parts) >= 4 else ""


def service_ranges(estate: Estate) -> dict[str, tuple[Interval, ...]]:
    """AWS-managed list -> its prefixes, for the services that have public endpoints there."""
    from ..packet.address import parse_prefix

    return {
        list_id: tuple(parse_prefix(c) for c in estate.prefix_list_cidrs.get(list_id, ()))
        for list_id in estate.prefix_list_names
        if service_of_list(estate, list_id) in SERVICE_PORTS
    }


def released(estate: Estate) -> set[int]:
    """Public addresses the snapshot only knows from things that are gone, such as deleted NAT gateways."""
    held = {
        parse_address(a.public_ip)
        for nat in estate.nat_gateways.values()
        if nat.state in ("deleted", "deleting", "failed")
        for a in nat.nat_gateway_addresses
        if a.public_ip
    }
    return held - set(estate.public_addresses)
