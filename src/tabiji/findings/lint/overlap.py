"""Networks that are joined although their addresses overlap."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from ...estate import Estate
from ...packet.address import Interval, format_prefix, parse_prefix
from ..finding import FORWARD, WARNING, Finding

CONTAINER_BRIDGE = parse_prefix("172.17.0.0/16")
"""The bridge container hosts make by default; AWS advises against it as a VPC's CIDR (data-plane section 16)."""


def peered(estate: Estate) -> Iterator[Finding]:
    """PC4: AWS refuses to peer VPCs whose CIDRs overlap; such a peering never becomes active."""
    for peering_id, peering in estate.peerings.items():
        ends = (peering.requester.vpc_id, peering.accepter.vpc_id)
        for mine, theirs in _common(estate, *ends):
            yield _finding("lint.overlap_peering", peering_id, ("PC4",), ends, mine, theirs)


def behind_one_gateway(estate: Estate) -> Iterator[Finding]:
    """TG10: of overlapping VPCs on one TGW only the first one's routes are propagated."""
    for tgw, attachments in estate.attachments_by_tgw.items():
        vpcs = [estate.tgw_vpc_attachments[a].vpc_id for a in attachments if a in estate.tgw_vpc_attachments]
        for ends in combinations(dict.fromkeys(vpcs), 2):
            for mine, theirs in _common(estate, *ends):
                yield _finding("lint.overlap_tgw", tgw, ("TG10",), ends, mine, theirs)


def container_bridge(estate: Estate) -> Iterator[Finding]:
    """A VPC inside the range container hosts keep for their own bridge: they never send it to the network."""
    for vpc_id, ranges in estate.vpc_ranges.items():
        for prefix in ranges:
            if _meet(prefix, CONTAINER_BRIDGE):
                yield _finding("lint.container_bridge", vpc_id, (), (vpc_id, ""), prefix, CONTAINER_BRIDGE)


def _common(estate: Estate, one: str, two: str) -> Iterator[tuple[Interval, Interval]]:
    for mine in estate.vpc_ranges.get(one, ()):
        for theirs in estate.vpc_ranges.get(two, ()):
            if _meet(mine, theirs):
                yield mine, theirs


def _meet(a: Interval, b: Interval) -> bool:
    return a[0] <= b[1] and b[0] <= a[1]


def _finding(
    code: str, component: str, facts: tuple[str, ...], ends: tuple[str, str], mine: Interval, theirs: Interval
) -> Finding:
    params = (
        ("component", component),
        ("one", ends[0]),
        ("other", ends[1]),
        ("cidr", format_prefix(mine)),
        ("other_cidr", format_prefix(theirs)),
    )
    return Finding(code=code, severity=WARNING, leg=FORWARD, component=component, facts=facts, params=params)
