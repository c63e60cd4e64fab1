"""Subnets."""

from typing import Any

from msgspec.structs import replace

from ...estate.availability_zone import AvailabilityZone
from ...estate.subnet import HostnameOptions, Subnet
from ...estate.vpc import Ipv6CidrAssociation
from ...packet.address import format_prefix, parse_prefix
from ..spec import Names, Spec, many
from .build import Build, Item


class SubnetSpec(Spec):
    """A subnet; ``routes`` gives it a route table of its own."""

    id: str | None = None
    vpc: str | None = None
    cidr: str | None = None
    ipv6: Names = None
    az: str | None = None
    """``a`` or ``ap-northeast-1a``; ``a`` when not said."""
    az_id: str | None = None
    nacl: str | None = None
    route_table: str | None = None
    routes: dict[str, Any] | None = None
    propagate: bool | str | list[str] | None = None
    dns64: bool | None = None
    public: bool | None = None
    """Gives launched instances a public address; written instances say so themselves."""
    hostname_type: str | None = None
    a_record: bool | None = None
    aaaa_record: bool | None = None


def declare_subnets(build: Build, items: list[Item]) -> None:
    """Ids and names."""
    for item in items:
        item.vpc = build.home_vpc(item, item.spec.vpc)
        within = build.vpc_name_declared(item.vpc)
        build.declare("subnets", "subnet", item, within=within)
        if item.spec.routes is not None and item.old is None:
            build.register("route_tables", build.invent("rtb", item.name, within), item.name, item.vpc, item.path)


def build_subnets(build: Build, items: list[Item]) -> None:
    """Records, checked against the VPC and each other; NACL and route table associations."""
    for item in items:
        spec: SubnetSpec = item.spec
        old = item.old
        if old is None:
            old = _new(build, item, spec)
        options = {
            key: value
            for key, value in (
                ("hostname_type", spec.hostname_type),
                ("enable_resource_name_dns_a_record", spec.a_record),
                ("enable_resource_name_dns_aaaa_record", spec.aaaa_record),
            )
            if value is not None
        }
        if options:
            held = old.private_dns_name_options_on_launch or HostnameOptions()
            old = replace(old, private_dns_name_options_on_launch=replace(held, **options))
        if spec.dns64 is not None:
            old = replace(old, enable_dns64=spec.dns64)
        if spec.public is not None:
            old = replace(old, map_public_ip_on_launch=spec.public)
        build.put("subnets", old)
        if spec.nacl is not None:
            build.guards.append((item.id, build.find("network_acls", spec.nacl, (*item.path, "nacl"), item.vpc)))
        elif item.old is None:
            own = build.lookup("network_acls", "default", item.vpc)
            build.guards += [(item.id, key) for key in own[:1]]
        if spec.routes is not None or spec.route_table is not None or spec.propagate is not None:
            build.subnet_routes.append(item)


def _new(build: Build, item: Item, spec: SubnetSpec) -> Subnet:
    vpc = build.need_vpc(item)
    record = build.get("vpcs", vpc)
    if not spec.cidr and not spec.ipv6:
        build.fail(item.path, "cidr is missing")
    cidr = build.cidr(spec.cidr, (*item.path, "cidr")) if spec.cidr else ""
    six = tuple(build.cidr(c, (*item.path, "ipv6")) for c in many(spec.ipv6))
    outer = [parse_prefix(c) for c in record.cidrs()]
    for text in (cidr, *six) if cidr else six:
        low, high = parse_prefix(text)
        if not any(a <= low and high <= b for a, b in outer):
            build.fail((*item.path, "cidr"), f"{text} is not inside {vpc} ({', '.join(record.cidrs())})")
        for key, other in build.all("subnets").items():
            if other.vpc_id == vpc:
                for theirs in build.subnet_range(key):
                    if low <= theirs[1] and theirs[0] <= high:
                        build.fail((*item.path, "cidr"), f"{text} overlaps {format_prefix(theirs)} of {key}")
    region = build.region_of(vpc)
    zone = spec.az or "a"
    if len(zone) == 1:
        zone = region + zone
    build.put("availability_zones", AvailabilityZone(zone_name=zone, region_name=region, zone_id=spec.az_id or ""))
    return Subnet(
        subnet_id=item.id,
        vpc_id=vpc,
        cidr_block=cidr,
        ipv6_cidr_block_association_set=tuple(Ipv6CidrAssociation(ipv6_cidr_block=c) for c in six),
        availability_zone=zone,
        availability_zone_id=spec.az_id or "",
        owner_id=build.account_of(vpc),
        tags=build.tags(item),
    )
