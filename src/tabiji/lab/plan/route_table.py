"""VPC route tables: one kernel table per route table and AZ (a TGW is entered in the sender's own AZ, RT19)."""

from __future__ import annotations

from typing import NamedTuple

from ...estate.route_table import Route
from ...packet.address import Interval, format_prefix, parse_prefix
from . import appliance, internet_gateway, nat_gateway, peering, site, transit_gateway, vpc_endpoint
from .draft import ALL4, ALL6, Draft, TableDraft

STATIC, LISTED, PROPAGATED = 0, 1, 2


class Candidate(NamedTuple):
    """A route for a prefix, and its rank among those for the same one (RT4)."""

    rank: int
    route: Route


def of_subnet(draft: Draft, subnet_id: str) -> TableDraft:
    """The table of a subnet: its own, else the VPC's main one (RT1)."""
    estate = draft.estate
    subnet = estate.subnets[subnet_id]
    found = estate.route_table_by_subnet.get(subnet_id) or estate.main_route_tables.get(subnet.vpc_id, "")
    return build(draft, found, subnet.vpc_id, subnet.availability_zone)


def build(draft: Draft, rtb: str, vpc_id: str, zone: str) -> TableDraft:
    """A route table as seen from an AZ."""
    table = draft.table(rtb or vpc_id, "routes", vpc_id, zone)
    if table.routes:
        return table
    record = draft.estate.route_tables.get(rtb)
    if record is None:
        for every in (ALL4, ALL6):
            table.add(every, draft.leave_out(rtb or vpc_id, "its route table is not in the estate"))
        return table
    own = [parse_prefix(c) for c in draft.estate.vpcs[vpc_id].cidrs()]
    for prefix, candidates in _by_prefix(draft, record.routes, own).items():
        best = min(c.rank for c in candidates)
        first = [c.route for c in candidates if c.rank == best]
        if best == LISTED and len({r.target for r in first}) > 1:
            table.add(prefix, draft.leave_out(rtb, "two prefix lists with one entry and different targets (RT6)"))
        else:
            table.add(prefix, _device(draft, first[0], prefix, rtb, vpc_id, zone))
    for cidr in own:
        table.add(cidr, "")
    nowhere = draft.sink("no-route", rtb, "", "RT4")
    for every in (ALL4, ALL6):
        table.add(every, nowhere)
    return table


def _by_prefix(draft: Draft, routes: tuple[Route, ...], own: list[Interval]) -> dict[Interval, list[Candidate]]:
    found: dict[Interval, list[Candidate]] = {}
    for route in routes:
        if route.destination_prefix_list_id:
            cidrs = draft.estate.prefix_list_cidrs.get(route.destination_prefix_list_id)
            if cidrs is None:
                draft.leave_out(route.destination_prefix_list_id, "the list's entries are not in the estate")
            rank = LISTED
        else:
            cidrs = (route.destination,)
            rank = PROPAGATED if route.origin == "EnableVgwRoutePropagation" else STATIC
        for cidr in cidrs or ():
            prefix = parse_prefix(cidr)
            if rank == PROPAGATED and any(a <= prefix[0] and prefix[1] <= b for a, b in own):
                continue  # RT7: local wins, even against a narrower propagated route
            found.setdefault(prefix, []).append(Candidate(rank, route))
    return found


def _device(draft: Draft, route: Route, prefix: Interval, rtb: str, vpc_id: str, zone: str) -> str:
    """Where a route leads: an interface of the fabric, or nothing for ``local``."""
    target = route.target
    if target == "local":
        return ""
    dead = _blackhole(draft, rtb, prefix)
    if route.state != "active":
        return dead
    estate = draft.estate
    kind = target.partition("-")[0]
    if kind == "igw":
        return internet_gateway.way_out(draft, target, vpc_id) or dead
    if kind == "eigw":
        return internet_gateway.egress_only(draft, target, vpc_id) or dead
    if kind == "nat":
        return nat_gateway.device(draft, target) or dead
    if kind in ("eni", "i"):
        return appliance.target(draft, target) or dead
    if kind == "pcx":
        return peering.way(draft, target, vpc_id) or dead
    if kind == "tgw":
        return transit_gateway.way_in(draft, target, vpc_id, zone) or dead
    if kind == "vgw":
        return site.way_out(draft, target, vpc_id) or dead
    if kind == "vpce":
        endpoint = estate.vpc_endpoints.get(target)
        return vpc_endpoint.target(draft, endpoint) if endpoint else dead
    return draft.leave_out(target or rtb, f"a route to {kind or 'an unknown target'} is not built")


def _blackhole(draft: Draft, rtb: str, prefix: Interval) -> str:
    """The sink of a route whose target is not there (RT13)."""
    return draft.sink("blackhole", rtb, format_prefix(prefix), "RT13")
