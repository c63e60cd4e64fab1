"""A route added to, or replaced in, a VPC route table."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ...estate import Change, Estate
from ...estate.route_table import Route, RouteTable
from ...packet.address import Interval, family_all, format_prefix, is_private_v4, is_v6, parse_prefix
from ..finding import Finding, Fix
from .base import Context, answers

# Target id prefix -> (record field, aws option, terraform argument).
TARGETS = {
    "tgw": ("transit_gateway_id", "--transit-gateway-id", "transit_gateway_id"),
    "pcx": ("vpc_peering_connection_id", "--vpc-peering-connection-id", "vpc_peering_connection_id"),
    "igw": ("gateway_id", "--gateway-id", "gateway_id"),
    "vgw": ("gateway_id", "--gateway-id", "gateway_id"),
    "nat": ("nat_gateway_id", "--nat-gateway-id", "nat_gateway_id"),
    "eigw": ("egress_only_internet_gateway_id", "--egress-only-internet-gateway-id", "egress_only_gateway_id"),
    "eni": ("network_interface_id", "--network-interface-id", "network_interface_id"),
}


@answers(
    "route.none",
    "route.blackhole",
    "route.target_missing",
    "nat.state",
    "igw.not_attached",
    "peering.not_active",
    "igw.no_public_ip",
    "igw.private_destination",
    "vgw.source_not_eni",
    "nat.private_to_igw",
    "igw.foreign_source",
    "peering.transitive",
)
def route(context: Context, finding: Finding) -> Iterable[Fix]:
    """Send the destination to a gateway of this VPC that leads there (RT4)."""
    packet = finding.packet
    table = context.estate.route_tables.get(finding.param("table"))
    if table is None or packet is None:
        return
    for target, prefix in gateways_towards(context.estate, table.vpc_id, packet.dst):
        if not _same(table, prefix, target):
            yield change_route(table, prefix, target)


def gateways_towards(estate: Estate, vpc: str, address: int) -> Iterable[tuple[str, Interval]]:
    """(target, prefix) for everything attached to a VPC that could lead to an address."""
    six = is_v6(address)
    for other_id, ranges in estate.vpc_ranges.items():
        prefix = next((r for r in ranges if r[0] <= address <= r[1]), None)
        if prefix is None or other_id == vpc:
            continue
        cidr = _cidr_of(estate, other_id, address)
        for peering_id, peering in estate.peerings.items():
            ends = {peering.requester.vpc_id, peering.accepter.vpc_id}
            if peering.status.code == "active" and ends == {vpc, other_id}:
                yield peering_id, cidr
        for tgw in _tgws(estate, vpc) & _tgws(estate, other_id):
            yield tgw, cidr
    for site in estate.sites.values():
        for text in site.prefixes:
            prefix = parse_prefix(text)
            if prefix[0] <= address <= prefix[1]:
                if vpc in estate.vgw_by_vpc:
                    yield estate.vgw_by_vpc[vpc], prefix
                for tgw in sorted(_tgws(estate, vpc)):
                    yield tgw, prefix
    if six or not is_private_v4(address):
        everything = family_all(address)
        if not six:
            for nat_id, nat in estate.nat_gateways.items():
                if nat.vpc_id == vpc and nat.state == "available" and nat.connectivity_type == "public":
                    yield nat_id, everything
        else:
            for eigw, record in estate.egress_only_internet_gateways.items():
                if any(a.vpc_id == vpc for a in record.attachments):
                    yield eigw, everything
        if vpc in estate.igw_by_vpc:
            yield estate.igw_by_vpc[vpc], everything
        for tgw in sorted(_tgws(estate, vpc)):
            yield tgw, everything


def _tgws(estate: Estate, vpc: str) -> set[str]:
    return {estate.tgw_vpc_attachments[i].transit_gateway_id for i in estate.vpc_attachments_by_vpc.get(vpc, ())}


def _cidr_of(estate: Estate, vpc: str, address: int) -> Interval:
    for text in estate.vpcs[vpc].cidrs():
        low, high = parse_prefix(text)
        if low <= address <= high:
            return low, high
    return address, address


def _same(table: RouteTable, prefix: Interval, target: str) -> bool:
    return any(
        r.destination
        and not r.destination.startswith("pl-")
        and parse_prefix(r.destination) == prefix
        and r.target == target
        and r.state == "active"
        for r in table.routes
    )


def change_route(table: RouteTable, prefix: Interval, target: str) -> Fix:
    """The fix that makes ``prefix -> target`` a route of the table."""
    table_id, text = table.route_table_id, format_prefix(prefix)
    six = is_v6(prefix[0])
    field, option, argument = TARGETS[target.split("-", 1)[0]]
    destination = {"destination_ipv6_cidr_block" if six else "destination_cidr_block": text}
    new = Route(**destination, **{field: target})
    replaced = [
        r
        for r in table.routes
        if r.destination
        and not r.destination.startswith("pl-")
        and parse_prefix(r.destination) == prefix
        and r.origin == "CreateRoute"
    ]
    kept = tuple(r for r in table.routes if r not in replaced)
    verb = "replace-route" if replaced else "create-route"
    flag = "--destination-ipv6-cidr-block" if six else "--destination-cidr-block"
    key = "destination_ipv6_cidr_block" if six else "destination_cidr_block"
    return Fix(
        code="fix.route.replace" if replaced else "fix.route.add",
        component=table_id,
        params=(
            ("table", table_id),
            ("destination", text),
            ("target", target),
            ("old", replaced[0].target if replaced else ""),
        ),
        cli=(f"aws ec2 {verb} --route-table-id {table_id} {flag} {text} {option} {target}",),
        terraform=(
            f'resource "aws_route" "tabiji" {{\n  route_table_id = "{table_id}"\n  {key} = "{text}"\n'
            f'  {argument} = "{target}"\n}}\n'
        ),
        overlay={"route_tables": {table_id: {"routes": {text: target}}}},
        changes=(Change("route_tables", table_id, msgspec.structs.replace(table, routes=(*kept, new))),),
        cost=30 + (5 if replaced else 0) + (10 if prefix in (family_all(prefix[0]),) else 0),
    )
