"""Transit gateway: attachments, AZs, route tables (data-plane section 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from ..packet.address import Interval, is_v6, parse_prefix
from . import network_acl
from .compiler import Fabric, builds
from .route_table import Source, target
from .stage import (
    Choice,
    Drop,
    Enter,
    Entry,
    Lpm,
    Mark,
    Place,
    Remember,
    Stage,
    State,
    Switch,
    Unknown,
    partition,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..estate import Estate
    from ..estate.route_table import Route
    from ..estate.transit_gateway import TgwRoute

LIVE = ("available", "modifying")
NO_REFERENCES = ("use1-az3",)
"""AZs without security group referencing over a TGW (TG12)."""
PROPAGATED, UNPROPAGATED = "propagated", "unpropagated"
GONE = ("deleted", "deleting")
"""States of routes that are no more (TG3)."""
# TG2: order on an identical prefix.
RANK = {
    "static": 0,
    "prefix-list": 1,
    "vpc": 2,
    "direct-connect-gateway": 3,
    "connect": 4,
    "vpn": 6,
    "vpn-concentrator": 7,
    "client-vpn": 8,
    "peering": 9,
    "tgw-peering": 9,
}


@target("tgw")
def _tgw(fabric: Fabric, source: Source, route: Route) -> int:
    return fabric.node("tgw-from-vpc", route.target, source.vpc, source.az)


@builds("tgw-from-vpc")
def _from_vpc(fabric: Fabric, tgw_id: str, vpc: str, az: str) -> Stage:
    """RT19, TG5: only through an attachment subnet in the source's own AZ."""
    estate = fabric.estate
    attachment_id = next(
        (
            i
            for i in estate.vpc_attachments_by_vpc.get(vpc, ())
            if estate.tgw_vpc_attachments[i].transit_gateway_id == tgw_id
        ),
        "",
    )
    params = (("tgw", tgw_id), ("vpc", vpc), ("az", az))
    if not attachment_id:
        if not estate.coverage.has("tgw_vpc_attachments", estate.scope_of(vpc)):
            return Unknown("unknown.tgw_attachments", tgw_id, ("TG5",), params)
        return Drop("tgw.attachment_missing", tgw_id, ("TG5",), params)
    subnets = attachment_zones(estate, attachment_id)
    if not az and subnets:  # NG14: in which zone a regional NAT gateway sends an answer on is not said
        ways = tuple((zone, fabric.node("tgw-from-vpc", tgw_id, vpc, zone)) for zone in sorted(subnets))
        if len(ways) == 1:
            return fabric.stage(ways[0][1])
        return Choice("choice.tgw_az", attachment_id, ways, "", ("NG14", "TG6"), (("attachment", attachment_id),))
    if az not in subnets:
        text = ", ".join(sorted(subnets)) or "-"
        return Drop("route.tgw_az", attachment_id, ("RT19", "TG5"), (*params, ("zones", text)))
    attachment = estate.tgw_vpc_attachments[attachment_id]
    table = fabric.node("tgw-associated", attachment_id)
    tgw = estate.transit_gateways.get(tgw_id)
    # TG12: references survive only where TGW and attachment both support them.
    both = (
        tgw is not None
        and tgw.options.security_group_referencing_support == "enable"
        and attachment.options.security_group_referencing_support == "enable"
    )
    if not both or _without_references(estate, subnets[az]):
        table = fabric.put(Mark((("identity", None),), table))
    # NA12: the NACL of the attachment subnet sees the source address inward (table of section 6).
    checked = network_acl.ingress(fabric, subnets[az], table) or fabric.stage(table)
    return Enter(Place("tgw", tgw_id, "", az), fabric.put(checked))


def _without_references(estate: Estate, subnet_id: str) -> bool:
    """TG12: an AZ in which references over a TGW do not work."""
    return estate.subnets[subnet_id].availability_zone_id in NO_REFERENCES


def attachment_zones(estate: Estate, attachment_id: str) -> dict[str, str]:
    """AZ -> attachment subnet (TG5)."""
    out: dict[str, str] = {}
    for subnet_id in estate.tgw_vpc_attachments[attachment_id].subnet_ids:
        subnet = estate.subnets.get(subnet_id)
        if subnet is not None:
            out[subnet.availability_zone] = subnet_id
    return out


@builds("tgw-in")
def _tgw_in(fabric: Fabric, attachment_id: str) -> Stage:
    """From outside a VPC (Direct Connect, VPN, another TGW) into a TGW."""
    estate = fabric.estate
    attachment = estate.tgw_attachments.get(attachment_id)
    if attachment is None:
        return Unknown("unknown.tgw_attachments", attachment_id, ("TG1",))
    if attachment.state not in LIVE:
        return Drop("tgw.attachment_state", attachment_id, ("TG18",), (("state", attachment.state),))
    lost = Mark((("identity", None), ("az", None)), fabric.node("tgw-associated", attachment_id))
    return Enter(Place("tgw", attachment.transit_gateway_id), fabric.put(lost))


@builds("tgw-associated")
def _associated(fabric: Fabric, attachment_id: str) -> Stage:
    """TG1: the table associated with the attachment the packet came in by."""
    estate = fabric.estate
    table_id = estate.tgw_table_by_attachment.get(attachment_id)
    if table_id is None:
        if attachment_id not in estate.tgw_attachments and not estate.coverage.has("tgw_associations"):
            return Unknown("unknown.tgw_routes", attachment_id, ("TG1",))
        return Drop("tgw.no_association", attachment_id, ("TG1",), (("attachment", attachment_id),))
    return fabric.stage(fabric.node("tgw-routes", table_id))


@builds("tgw-routes")
def _routes(fabric: Fabric, table_id: str) -> Stage:
    estate = fabric.estate
    known = estate.coverage.has("tgw_routes") or estate.coverage.has("tgw_propagations")
    if table_id not in estate.tgw_routes and table_id not in estate.tgw_propagations and not known:
        return Unknown("unknown.tgw_routes", table_id, ("TG2",), (("table", table_id),))
    rows: list[tuple[Interval, Entry]] = []
    listed = estate.tgw_routes[table_id].routes if table_id in estate.tgw_routes else ()
    settled = settled_routes(estate, table_id)
    if not any(route.type == "propagated" for route in listed):  # else AWS has settled what is propagated
        settled = _contested(settled)
    for prefix, candidates in settled.items():
        rows.append((prefix, _entry(fabric, table_id, prefix, candidates)))
    starts, entries = partition(rows)
    missing = fabric.put(Drop("tgw.no_route", table_id, ("TG1", "TG2"), (("table", table_id),)))
    for route in listed:
        if not route.destination_cidr_block and route.prefix_list_id not in estate.prefix_list_cidrs:
            # A list nobody collected could hold a narrower route to anywhere.
            params = (("table", table_id), ("list", route.prefix_list_id))
            missing = fabric.put(Unknown("unknown.prefix_list", route.prefix_list_id, ("TG2",), params))
            hop = _listed(route)[1]
            entries = [e if e is not None and e.target == hop else e and replace(e, next=missing) for e in entries]
    return Lpm("tgw_route_table", table_id, starts, entries, missing, ("TG2",))


def _contested(settled: dict[Interval, list[Candidate]]) -> dict[Interval, list[Candidate]]:
    """TG10: of VPCs whose CIDRs overlap only the one attached first is propagated; which one that was is not known.

    The narrower CIDR may belong to either then, and the wider one may not be there.
    """
    own = {
        prefix: rows
        for prefix, rows in settled.items()
        if rows[0][0] == RANK["vpc"] and rows[0][2] == PROPAGATED and rows[0][3] == "active"
    }
    out = dict(settled)
    ordered = sorted(own, key=lambda p: (p[0], -p[1]))
    for i, wide in enumerate(ordered):
        for narrow in ordered[i + 1 :]:
            if narrow[0] > wide[1]:
                break
            attachments = {row[1] for row in own[wide]}
            if attachments != {row[1] for row in own[narrow]}:
                out[narrow] = [*out[narrow], *(r for r in own[wide] if r not in out[narrow])]
                if all(row[3] != UNPROPAGATED for row in out[wide]):
                    out[wide] = [*out[wide], (RANK["vpc"], "", PROPAGATED, UNPROPAGATED)]
    return out


Candidate = tuple[int, str, str, str]
"""Rank, attachment (empty: blackhole), origin, state."""


def settled_routes(estate: Estate, table_id: str) -> dict[Interval, list[Candidate]]:
    """Prefix -> the best candidates (several only where they tie) (TG2)."""
    found: dict[Interval, list[Candidate]] = {}
    for prefix, candidate in _candidates(estate, table_id):
        rows = found.setdefault(prefix, [])
        if candidate not in rows:
            rows.append(candidate)
    return {prefix: [row for row in rows if row[0] == min(r[0] for r in rows)] for prefix, rows in found.items()}


def _candidates(estate: Estate, table_id: str) -> Iterable[tuple[Interval, Candidate]]:
    listed = estate.tgw_routes.get(table_id)
    whole = False
    for route in listed.routes if listed is not None else ():
        whole = whole or route.type == "propagated"
        if route.state in GONE:
            continue
        for prefix in _prefixes(estate, route):
            yield prefix, _listed(route)
    if whole:
        return  # the table's search result already holds what is propagated
    propagations = estate.tgw_propagations.get(table_id)
    for entry in propagations.transit_gateway_route_table_propagations if propagations is not None else ():
        if entry.state not in ("enabled", "enabling"):
            continue
        for prefix in propagated(estate, entry.transit_gateway_attachment_id):
            rank = RANK.get(entry.resource_type, 5)
            yield prefix, (rank, entry.transit_gateway_attachment_id, PROPAGATED, "active")


def _prefixes(estate: Estate, route: TgwRoute) -> list[Interval]:
    if route.destination_cidr_block:
        return [parse_prefix(route.destination_cidr_block)]
    return [parse_prefix(c) for c in estate.prefix_list_cidrs.get(route.prefix_list_id, ())]


def _listed(route: TgwRoute) -> Candidate:
    hop = route.transit_gateway_attachments[0] if route.transit_gateway_attachments else None
    attachment = hop.transit_gateway_attachment_id if hop is not None else ""
    if route.prefix_list_id:
        return RANK["prefix-list"], attachment, f"prefix list {route.prefix_list_id}", route.state
    if route.type == "propagated":
        return RANK.get(hop.resource_type if hop else "", 5), attachment, "propagated", route.state
    return RANK["static"], attachment, "static", route.state


def propagated(estate: Estate, attachment_id: str) -> tuple[Interval, ...]:
    """What an attachment brings into a table it propagates to (TG11)."""
    vpc_attachment = estate.tgw_vpc_attachments.get(attachment_id)
    if vpc_attachment is not None:
        vpc = estate.vpcs.get(vpc_attachment.vpc_id)
        if vpc is None or vpc_attachment.state not in LIVE:
            return ()
        six = vpc_attachment.options.ipv6_support == "enable"
        return tuple(p for p in map(parse_prefix, vpc.cidrs()) if six or not is_v6(p[0]))
    from .site import prefixes_behind

    return prefixes_behind(estate, attachment_id)


def _entry(fabric: Fabric, table_id: str, prefix: Interval, candidates: list[Candidate]) -> Entry:
    if len(candidates) == 1:
        _, attachment, origin, state = candidates[0]
        stage = _to(fabric, table_id, attachment, state)
        return Entry(prefix, stage, attachment or "blackhole", origin, ("TG2", "TG3"))
    # Several attachments tie: overlapping VPC CIDRs (TG10) or ECMP (TG15).
    labels = tuple(sorted(c[1] or "-" for c in candidates))
    kinds = {fabric.estate.tgw_attachments[i].resource_type for i in labels if i in fabric.estate.tgw_attachments}
    code, fact = ("choice.tgw_overlap", "TG10") if kinds <= {"vpc"} else ("choice.ecmp", "TG15")
    branches = tuple((c[1] or "-", _to(fabric, table_id, c[1], c[3])) for c in sorted(candidates, key=lambda c: c[1]))
    stage = fabric.put(Choice(code, table_id, branches, "", (fact,), (("attachments", ", ".join(labels)),)))
    return Entry(prefix, stage, " | ".join(labels), candidates[0][2], ("TG2", fact))


def _to(fabric: Fabric, table_id: str, attachment_id: str, state: str) -> int:
    params = (("table", table_id), ("attachment", attachment_id))
    if state == UNPROPAGATED:
        return fabric.put(Drop("tgw.no_route", table_id, ("TG10",), params))
    if state == "pending":
        return fabric.put(Unknown("unknown.route_state", table_id, ("TG3",), (*params, ("state", state))))
    if state == "blackhole" or not attachment_id:
        return fabric.put(Drop("tgw.blackhole", table_id, ("TG3",), params))
    return fabric.node("tgw-to", attachment_id)


@builds("tgw-to")
def _to_attachment(fabric: Fabric, attachment_id: str) -> Stage:
    """Out of the TGW by an attachment, be it the one the packet came in by (TG17)."""
    estate = fabric.estate
    if attachment_id in estate.tgw_vpc_attachments:
        return _to_vpc(fabric, attachment_id)
    attachment = estate.tgw_attachments.get(attachment_id)
    if attachment is None:
        return Unknown("unknown.tgw_attachments", attachment_id, ("TG14",))
    if attachment.state not in LIVE:
        return Drop("tgw.attachment_state", attachment_id, ("TG18",), (("state", attachment.state),))
    kind = attachment.resource_type
    if kind in ("peering", "tgw-peering"):
        return fabric.stage(fabric.node("tgw-peering", attachment_id))
    if kind == "connect" and not any(attachment_id in site.attachments for site in estate.sites.values()):
        transport = estate.tgw_connects.get(attachment_id)
        over = transport.transport_transit_gateway_attachment_id if transport is not None else "-"
        params = (("attachment", attachment_id), ("transport", over))
        return Unknown("unknown.tgw_connect", attachment_id, ("TG16",), params)
    if kind in ("vpn", "vpn-concentrator", "direct-connect-gateway", "connect"):
        return fabric.stage(fabric.node("to-on-prem", attachment_id, attachment.resource_id))
    if kind == "network-function":
        return fabric.stage(fabric.node("firewall-attachment", attachment_id))
    if kind == "vpc":
        vpc = attachment.resource_id
        return Unknown("unknown.tgw_attachments", attachment_id, ("TG5",), (("vpc", vpc),))
    return Unknown("unknown.target_kind", attachment_id, ("TG14",), (("target", kind),))


def _to_vpc(fabric: Fabric, attachment_id: str) -> Stage:
    """TG6-TG8: which AZ's attachment subnet the packet appears in."""
    estate = fabric.estate
    attachment = estate.tgw_vpc_attachments[attachment_id]
    if attachment.state not in LIVE:
        return Drop("tgw.attachment_state", attachment_id, ("TG18",), (("state", attachment.state),))
    zones = {
        az: fabric.node("tgw-vpc-zone", attachment_id, subnet)
        for az, subnet in attachment_zones(estate, attachment_id).items()
    }
    if not zones:
        return Unknown("unknown.vpc", attachment.vpc_id, ("TG5",), (("vpc", attachment.vpc_id),))
    if len(zones) == 1:
        return fabric.stage(next(iter(zones.values())))
    if attachment.options.appliance_mode_support == "enable":
        return _appliance_mode(fabric, attachment_id, zones)
    branches = tuple(sorted(zones.items()))
    anywhere = fabric.put(
        Choice("choice.tgw_az", attachment_id, branches, "", ("TG6",), (("attachment", attachment_id),))
    )
    return Switch("az", zones, anywhere)


def _appliance_mode(fabric: Fabric, attachment_id: str, zones: dict[str, int]) -> Stage:
    """TG8: one AZ for both directions of a flow.

    Same AZ at both ends: that one.  Different ones: a hash of the flow.  A
    destination without AZ (the Internet, on-premises): the source's.  Without
    propagation on the table associated with this attachment: always the hash.
    """
    estate = fabric.estate
    key = f"appliance:{attachment_id}"
    kept = {az: fabric.put(Remember(f"{key}:{az}", stage)) for az, stage in zones.items()}
    hashed = fabric.put(
        Choice(
            "choice.appliance_hash",
            attachment_id,
            tuple(sorted(kept.items())),
            key,
            ("TG8",),
            (("attachment", attachment_id),),
        )
    )
    table = estate.tgw_table_by_attachment.get(attachment_id, "")
    propagations = estate.tgw_propagations.get(table)
    first = hashed
    if propagations is not None and propagations.transit_gateway_route_table_propagations:
        first = fabric.put(_by_both_ends(fabric, attachment_id, kept, hashed))
    # Leg 1 takes the AZ leg 0 took; a flow it never saw is hashed.
    step = first
    for az, stage in sorted(zones.items()):
        step = fabric.put(State(f"{key}:{az}", first, stage, step))
    return fabric.stage(step)


def _by_both_ends(fabric: Fabric, attachment_id: str, kept: dict[str, int], hashed: int) -> Stage:
    estate = fabric.estate
    tgw = estate.tgw_vpc_attachments[attachment_id].transit_gateway_id
    vpcs = {
        estate.tgw_vpc_attachments[i].vpc_id
        for i in estate.attachments_by_tgw.get(tgw, ())
        if i in estate.tgw_vpc_attachments
    }
    rows: list[tuple[Interval, Entry]] = []
    for vpc in sorted(vpcs):
        for subnet_id in estate.subnets_by_vpc.get(vpc, ()):
            az = estate.subnets[subnet_id].availability_zone
            # Source AZ equal to this one: stay; else the hash.
            stage = fabric.put(Switch("az", {az: kept[az]} if az in kept else {}, hashed))
            rows.extend((p, Entry(p, stage, az, "appliance mode", ("TG8",))) for p in estate.subnet_prefixes[subnet_id])
    starts, entries = partition(rows)
    return Lpm("appliance_mode", attachment_id, starts, entries, fabric.put(Switch("az", kept, hashed)), ("TG8",))


@builds("tgw-vpc-zone")
def _zone(fabric: Fabric, attachment_id: str, subnet_id: str) -> Stage:
    """TG7: the packet appears in the attachment subnet and follows its route table."""
    estate = fabric.estate
    attachment = estate.tgw_vpc_attachments[attachment_id]
    subnet = estate.subnets[subnet_id]
    edge = fabric.node("subnet-edge", subnet_id)
    facts: list[tuple[str, object]] = [("az", subnet.availability_zone), ("tgw", attachment.transit_gateway_id)]
    supported = attachment.options.security_group_referencing_support == "enable"
    if not supported or _without_references(estate, subnet_id):
        facts.append(("identity", None))
    return Enter(
        Place("tgw_attachment", attachment_id, attachment.vpc_id, subnet.availability_zone),
        fabric.put(Mark(tuple(facts), edge)),
    )


@builds("tgw-peering")
def _tgw_peering(fabric: Fabric, attachment_id: str) -> Stage:
    """TG4: into the peer TGW; the SG identity is lost."""
    estate = fabric.estate
    record = estate.tgw_peering_attachments.get(attachment_id) or next(
        (
            peering
            for peering in estate.tgw_peering_attachments.values()
            if peering.accepter_transit_gateway_attachment_id == attachment_id
        ),
        None,
    )
    here = estate.tgw_attachments[attachment_id].transit_gateway_id
    if record is None:
        return Unknown("unknown.tgw_attachments", attachment_id, ("TG4",))
    ends = (record.requester_tgw_info.transit_gateway_id, record.accepter_tgw_info.transit_gateway_id)
    far = ends[1] if ends[0] == here else ends[0]
    arrival = _far_attachment(estate, record, attachment_id, far)
    if not arrival:
        return Unknown("unknown.tgw_attachments", far, ("TG4",), (("tgw", far),))
    lost = Mark((("identity", None), ("az", None)), fabric.node("tgw-associated", arrival))
    return Enter(Place("tgw", far), fabric.put(lost))


def _far_attachment(estate: Estate, record: object, attachment_id: str, far: str) -> str:
    """The peer's end: another id across accounts, often the same id otherwise."""
    other = getattr(record, "accepter_transit_gateway_attachment_id", "")
    if other and other != attachment_id and other in estate.tgw_attachments:
        return str(other)
    for i, candidate in estate.tgw_attachments.items():
        if candidate.resource_type in ("peering", "tgw-peering") and candidate.transit_gateway_id == far:
            peer = estate.tgw_peering_attachments.get(i)
            mine = estate.tgw_attachments[attachment_id].transit_gateway_id
            if candidate.resource_id == mine or (
                peer is not None
                and mine in (peer.requester_tgw_info.transit_gateway_id, peer.accepter_tgw_info.transit_gateway_id)
            ):
                return str(i)
    return ""
