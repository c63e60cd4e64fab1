"""Transit gateways: a wire an attachment and AZ, a context a TGW route table and AZ (TG1, TG5, LAB17).

A packet that comes in by an attachment looks into the table the attachment
is associated with; the AZ it came from is part of where it stands, because
the target's AZ follows from it (TG6, TG8).  Where that is a draw, a further
wire stands in between whose far end draws a context by the flow.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...packet.address import Interval, format_prefix, parse_prefix
from . import route_table, site, subnet
from .draft import ALL4, ALL6, LAYER2, LOCAL, ROUTED, Best, Draft, TableDraft

if TYPE_CHECKING:
    from ...estate.transit_gateway import TgwRoute, TransitGatewayVpcAttachment

ALIVE = ("available", "modifying", "active", "")
STATIC, LISTED, PROPAGATED = 0, 1, 2
KINDS = ("vpc", "direct-connect-gateway", "connect", "vpn")
"""Propagated routes of equal length, the preferred kind first (TG2)."""
FLOW, RANDOM = "flow", "random"


def build(draft: Draft) -> None:
    """All attachments, whether or not a VPC's route leads there, and the tables they look into."""
    for attachment in draft.estate.tgw_vpc_attachments:
        _wires(draft, attachment)
    for attachment in draft.estate.tgw_attachments:
        _line(draft, attachment)
    while True:
        waiting = [key for key in draft.built if key[0] == "tgw context" and ("tgw table", *key[1:]) not in draft.built]
        if not waiting:
            break
        for _, table, zone in waiting:
            draft.built["tgw table", table, zone] = "built"
            _table(draft, table, zone)

    for key in [k for k in draft.built if k[0] == "tgw entry"]:
        _near(draft, int(key[1]), key[2])


def _near(draft: Draft, entry: int, subnet_id: str) -> None:
    """Into the attachment's own subnet: at layer 2 (W5), unless its table says otherwise (TG7): which holds is open."""
    routes = route_table.of_subnet(draft, subnet_id)
    open_ones = [c for c in draft.estate.subnet_prefixes[subnet_id] if (routes.find(c) or (c, ""))[1]]
    inner = [p for c in draft.estate.subnet_prefixes[subnet_id] for p in routes.routes if c[0] <= p[0] and p[1] <= c[1]]
    if not open_ones and not any(routes.routes[p] for p in inner):
        draft.look(entry, LAYER2, subnet.layer2_table(draft, subnet_id))
        return
    table = draft.table(subnet_id, "entry")
    for prefix in draft.estate.subnet_prefixes[subnet_id]:
        table.add(prefix, draft.leave_out(subnet_id, "a route for the TGW attachment's own subnet (TG7 or W5)"))
    draft.look(entry, LAYER2, table)


# Where packets enter and leave.


def way_in(draft: Draft, tgw: str, vpc_id: str, zone: str) -> str:
    """The device by which packets of a subnet in an AZ enter a TGW; nothing when the VPC is not attached to it."""
    found = [
        a
        for a in draft.estate.vpc_attachments_by_vpc.get(vpc_id, ())
        if draft.estate.tgw_vpc_attachments[a].transit_gateway_id == tgw
    ]
    if not found:
        return ""
    for attachment in found:
        _wires(draft, attachment)
        device = draft.built.get(("tgw in", attachment, zone))
        if device:
            return device
    return draft.sink("tgw.no-az", found[0], zone, "RT19", "TG5")


def _alive(draft: Draft, attachment: str) -> bool:
    """Does the attachment carry packets (TG18)?"""
    both = draft.estate.tgw_attachments.get(attachment), draft.estate.tgw_vpc_attachments.get(attachment)
    return all(record is None or record.state in ALIVE for record in both)


def _zones(draft: Draft, attachment: str) -> list[str]:
    """AZs a VPC attachment is in, sorted."""
    record = draft.estate.tgw_vpc_attachments[attachment]
    subnets = [draft.estate.subnets[s] for s in record.subnet_ids if s in draft.estate.subnets]
    return sorted({s.availability_zone for s in subnets})


def _wires(draft: Draft, attachment: str) -> None:
    """A wire an AZ: one end in the attachment's subnet, the other in the TGW."""
    if ("tgw attachment", attachment) in draft.built or not _alive(draft, attachment):
        return
    draft.built["tgw attachment", attachment] = "vpc"
    record = draft.estate.tgw_vpc_attachments[attachment]
    for subnet_id in record.subnet_ids:
        if subnet_id not in draft.estate.subnets:
            draft.leave_out(attachment, "a subnet of it is not in the estate")
            continue
        _wire(draft, record, subnet_id)


def _wire(draft: Draft, record: TransitGatewayVpcAttachment, subnet_id: str) -> None:
    attachment, zone = record.transit_gateway_attachment_id, draft.estate.subnets[subnet_id].availability_zone
    entry = draft.context("tgw entry", attachment, zone)
    draft.stands_in[entry] = subnet_id
    inside = _inside(draft, record.transit_gateway_id, attachment, zone)
    made = draft.wire("tgw", attachment, zone, entry, inside)
    draft.built["tgw in", attachment, zone] = made.a
    draft.built["tgw out", attachment, zone] = made.b
    draft.entries[made.a] = record.vpc_id
    draft.subnet_of[made.a] = subnet_id
    gateway = draft.estate.transit_gateways.get(record.transit_gateway_id)
    supported = gateway is not None and gateway.options.security_group_referencing_support == "enable"
    if supported and record.options.security_group_referencing_support == "enable":  # TG12
        draft.context_kept[made.a] = entry
        draft.context_kept[made.b] = inside
    draft.built["tgw entry", str(entry), subnet_id] = made.a
    draft.look(entry, LOCAL, subnet.local_table(draft, record.vpc_id))
    draft.look(entry, ROUTED, route_table.of_subnet(draft, subnet_id))  # TG7


def _inside(draft: Draft, tgw: str, attachment: str, zone: str) -> int:
    """The context of packets that came into a TGW by an attachment (TG1)."""
    table = draft.estate.tgw_table_by_attachment.get(attachment, "")
    if not table:
        number = draft.context("tgw unassociated", attachment)
        missing = draft.table(attachment, "unassociated")
        for every in (ALL4, ALL6):
            missing.add(every, draft.sink("tgw.no-association", attachment, "", "TG1"))
        draft.look(number, LOCAL, missing)
        return number
    draft.built["tgw context", table, zone] = tgw
    return draft.context("tgw", table, zone)


def line_context(draft: Draft, attachment: str) -> int:
    """The context of packets that come into a TGW by a VPN, Direct Connect or peering: no AZ is known of them."""
    tgw = draft.estate.tgw_attachments[attachment].transit_gateway_id
    return _inside(draft, tgw, attachment, "")


def _line(draft: Draft, attachment: str) -> str:
    """The TGW's end of an attachment that is no VPC; a sink where it leads nowhere."""
    key = ("tgw line", attachment)
    if key in draft.built:
        return draft.built[key]
    record = draft.estate.tgw_attachments[attachment]
    kind = record.resource_type
    if kind == "vpc" or not _alive(draft, attachment):
        return ""
    if kind in ("vpn", "direct-connect-gateway"):
        device = site.tgw_line(draft, attachment)
    elif kind in ("peering", "tgw-peering"):
        device = _peering(draft, attachment)
    else:
        device = draft.leave_out(attachment, f"a TGW attachment of type {kind} is not built")
    draft.built[key] = device
    return device


def _peering(draft: Draft, attachment: str) -> str:
    """TG4: a wire between two TGWs; static routes only, the sender's identity is lost."""
    tgws = draft.estate.tgw_attachments
    for near, record in draft.estate.tables["tgw_peering_attachments"].items():
        far = record.accepter_transit_gateway_attachment_id
        if attachment not in (near, far):
            continue
        if record.state not in ALIVE:
            return ""
        if near in tgws and far in tgws and near != far and _alive(draft, near) and _alive(draft, far):
            made = draft.wire("tgp", near, "", line_context(draft, near), line_context(draft, far))
            draft.built["tgw line", near], draft.built["tgw line", far] = made.a, made.b
            return draft.built["tgw line", attachment]
    return draft.leave_out(attachment, "the TGW at the other side is not in the estate")


# Tables.


def best_routes(draft: Draft, table: str) -> dict[Interval, Best]:
    """The preferred route of each prefix of a TGW route table (TG2)."""
    if table not in draft.tgw_routes:
        draft.tgw_routes[table] = _best(draft, table)
    return draft.tgw_routes[table]


def _best(draft: Draft, table: str) -> dict[Interval, Best]:
    found: dict[Interval, tuple[tuple[int, int], Best]] = {}
    for prefix, rank, best in (*_listed(draft, table), *_propagated(draft, table)):
        if prefix not in found or rank < found[prefix][0]:
            found[prefix] = (rank, best)
    return {prefix: best for prefix, (_, best) in found.items()}


Row = tuple[Interval, tuple[int, int], Best]


def _listed(draft: Draft, table: str) -> Iterator[Row]:
    listed = draft.estate.tables["tgw_routes"].get(table)
    for route in listed.routes if listed is not None else ():
        if route.state not in ("active", "blackhole"):
            continue
        propagated = route.type == "propagated"
        hops = [h.transit_gateway_attachment_id for h in route.transit_gateway_attachments]
        best = Best("" if route.state == "blackhole" or not hops else hops[0], propagated)
        rank = (PROPAGATED, -1) if propagated else (LISTED if route.prefix_list_id else STATIC, 0)
        for prefix in _prefixes(draft, route):
            yield prefix, rank, best


def _prefixes(draft: Draft, route: TgwRoute) -> list[Interval]:
    if not route.prefix_list_id:
        return [parse_prefix(route.destination_cidr_block)] if route.destination_cidr_block else []
    cidrs = draft.estate.prefix_list_cidrs.get(route.prefix_list_id)
    if cidrs is None:
        draft.leave_out(route.prefix_list_id, "the list's entries are not in the estate")
    return [parse_prefix(c) for c in cidrs or ()]


def _propagated(draft: Draft, table: str) -> Iterator[Row]:
    """What attachments bring by themselves; a listed route for the same prefix is what AWS shows as preferred."""
    record = draft.estate.tables["tgw_propagations"].get(table)
    for entry in record.transit_gateway_route_table_propagations if record is not None else ():
        attachment = entry.transit_gateway_attachment_id
        known = draft.estate.tgw_attachments.get(attachment)
        kind = known.resource_type if known is not None else entry.resource_type or "vpc"
        if not _alive(draft, attachment):
            continue
        for prefix in _brought(draft, attachment, kind):
            yield prefix, (PROPAGATED, KINDS.index(kind) if kind in KINDS else len(KINDS)), Best(attachment, True)


def _brought(draft: Draft, attachment: str, kind: str) -> list[Interval]:
    estate = draft.estate
    if kind == "vpc":
        record = estate.tgw_vpc_attachments.get(attachment)
        vpc = estate.vpcs.get(record.vpc_id) if record is not None else None
        if record is None or vpc is None:
            return []
        six = record.options.ipv6_support == "enable"  # TG11
        return [parse_prefix(c) for c in vpc.cidrs() if six or ":" not in c]
    if kind in ("vpn", "direct-connect-gateway"):
        return site.brought(draft, attachment)
    return []


def _table(draft: Draft, table: str, zone: str) -> None:
    """A TGW route table as packets from an AZ see it."""
    number = draft.context("tgw", table, zone)
    kernel = draft.table(table, "routes", zone)
    draft.look(number, LOCAL, kernel)
    best = best_routes(draft, table)
    if table not in draft.estate.tables["tgw_routes"] and table not in draft.estate.tables["tgw_propagations"]:
        for every in (ALL4, ALL6):
            kernel.add(every, draft.leave_out(table, "the routes of this TGW table are not in the estate"))
    for prefix, route in best.items():
        if not route.attachment or not _alive(draft, route.attachment):
            kernel.add(prefix, draft.sink("blackhole", table, format_prefix(prefix), "TG3"))
        elif route.attachment in draft.estate.tgw_vpc_attachments:
            _to_vpc(draft, kernel, best, prefix, route.attachment, zone)
        elif route.attachment in draft.estate.tgw_attachments:
            kernel.add(prefix, _line(draft, route.attachment))
        else:
            kernel.add(prefix, draft.leave_out(route.attachment, "the attachment is not in the estate"))
    for every in (ALL4, ALL6):
        kernel.add(every, draft.sink("no-route", table, "", "TG1"))


def _to_vpc(
    draft: Draft, kernel: TableDraft, best: dict[Interval, Best], prefix: Interval, attachment: str, zone: str
) -> None:
    zones = _zones(draft, attachment)
    if not zones:
        kernel.add(prefix, draft.leave_out(attachment, "its subnets are not in the estate"))
    elif draft.estate.tgw_vpc_attachments[attachment].options.appliance_mode_support != "enable":
        same = zone in zones or len(zones) == 1  # TG6
        kernel.add(prefix, _out(draft, attachment, zone) if same else _spread(draft, attachment, zones, RANDOM))
    else:
        for piece, far in _pieces(draft, best, prefix, attachment):
            known = {z for z in (zone, far) if z}
            one = known.pop() if len(known) == 1 and far != UNKNOWN else ""  # TG8
            fixed = one in zones or len(zones) == 1
            kernel.add(piece, _out(draft, attachment, one) if fixed else _spread(draft, attachment, zones, FLOW))


def _out(draft: Draft, attachment: str, zone: str) -> str:
    """The TGW's end of an attachment's wire in an AZ, or of its only one."""
    found = draft.built.get(("tgw out", attachment, zone))
    return found or draft.built["tgw out", attachment, _zones(draft, attachment)[0]]


def _spread(draft: Draft, attachment: str, zones: list[str], how: str) -> str:
    """A wire whose far end draws the AZ."""
    key = ("tgw spread", attachment, how)
    if key not in draft.built:
        several = []
        for zone in zones:
            number = draft.context("tgw spread", attachment, zone)
            table = draft.table(attachment, "spread", zone)
            for every in (ALL4, ALL6):
                table.add(every, _out(draft, attachment, zone))
            draft.look(number, LOCAL, table)
            several.append(number)
        made = draft.wire("tgs", attachment, how, several[0], several[0])
        draft.spreads[made.b] = (how, tuple(several))
        draft.built[key] = made.a
    return draft.built[key]


def _pieces(
    draft: Draft, best: dict[Interval, Best], prefix: Interval, attachment: str
) -> Iterator[tuple[Interval, str]]:
    """A prefix cut where the AZ of the destination is known: (piece, AZ), the rest last (TG8).

    The AZ is known of destinations behind a VPC whose attachment propagates
    to the table the appliance attachment is associated with.
    """
    table = draft.estate.tgw_table_by_attachment.get(attachment, "")
    beyond = best_routes(draft, table) if table else {}
    if not _learns(draft, table):
        yield prefix, UNKNOWN  # without propagation always by the flow
        return
    whole = ""
    for cidr, vpc_id, zone in _subnets(draft):
        inside = prefix[0] <= cidr[0] and cidr[1] <= prefix[1]
        if not inside and not (cidr[0] <= prefix[0] and prefix[1] <= cidr[1]):
            continue
        piece = cidr if inside else prefix
        route = _longest(beyond, piece)
        record = draft.estate.tgw_vpc_attachments.get(route.attachment) if route is not None else None
        if route is None or not route.propagated or record is None or record.vpc_id != vpc_id:
            continue
        if not inside:
            whole = zone
        elif _longest_prefix(best, piece) == prefix:
            yield piece, zone
    yield prefix, whole


def _learns(draft: Draft, table: str) -> bool:
    """Does any attachment propagate to a TGW table, whether or not its routes are the preferred ones?"""
    record = draft.estate.tables["tgw_propagations"].get(table)
    listed = draft.estate.tables["tgw_routes"].get(table)
    return bool(record is not None and record.transit_gateway_route_table_propagations) or any(
        route.type == "propagated" for route in (listed.routes if listed is not None else ())
    )


UNKNOWN = "?"
"""An AZ that is none: two different ones, hence a draw."""


def _subnets(draft: Draft) -> list[tuple[Interval, str, str]]:
    estate = draft.estate
    prefixes = estate.subnet_prefixes
    return [(p, s.vpc_id, s.availability_zone) for i, s in estate.subnets.items() for p in prefixes[i]]


def _longest_prefix(routes: dict[Interval, Best], piece: Interval) -> Interval | None:
    holding = [p for p in routes if p[0] <= piece[0] and piece[1] <= p[1]]
    return min(holding, key=lambda p: p[1] - p[0]) if holding else None


def _longest(routes: dict[Interval, Best], piece: Interval) -> Best | None:
    found = _longest_prefix(routes, piece)
    return None if found is None else routes[found]
