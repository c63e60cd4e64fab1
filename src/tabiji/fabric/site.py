"""On-premises sites and the ways to them: virtual private gateway, VPN, Direct Connect (data-plane section 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..packet.address import V4_ALL, V6_ALL, Interval, format_address, parse_address, parse_prefix
from ..packet.header import PORTS, protocol_number
from ..packet.ranges import Ranges, normalise
from .client_vpn import is_client_vpn, pushed
from .compiler import Fabric, builds, site_place
from .internet_gateway import eni_addresses
from .network_interface import select_in_vpc
from .route_table import Source, compile_table, target
from .stage import (
    Choice,
    Deliver,
    Drop,
    Enter,
    Entry,
    First,
    Inside,
    Lpm,
    Mark,
    Note,
    Place,
    Remember,
    Rewrite,
    Rule,
    Select,
    Stage,
    State,
    Unbind,
    Unknown,
    partition,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..estate import Estate
    from ..estate.route_table import Route
    from ..estate.site import Site, SiteRule

LAST_ASSUMED = "203.0.113.253"
"""Public addresses of sites that are not written are taken from here down (documentation range)."""
UP = ("available", "modifying", "")


# From a VPC to on-premises ------------------------------------------------------


@target("vgw")
def _vgw(fabric: Fabric, source: Source, route: Route) -> int:
    return fabric.node("vgw-out", route.target, source.vpc)


def vgw_attached(estate: Estate, gateway: str, vpc: str) -> bool:
    """Is the virtual private gateway on this VPC?"""
    return bool(estate.vgw_by_vpc.get(vpc) == gateway)


@builds("vgw-out")
def _vgw_out(fabric: Fabric, gateway: str, vpc: str) -> Stage:
    """VG1: the source must be an ENI of the VPC; then whichever site lies behind."""
    if not vgw_attached(fabric.estate, gateway, vpc):
        return Drop("vgw.not_attached", gateway, ("VG1",), (("vpc", vpc),))
    beyond = fabric.node("vgw-beyond", gateway)
    own = (Rule(src=eni_addresses(fabric, vpc), origin=vpc, facts=("VG1",)),)
    foreign = fabric.put(Drop("vgw.source_not_eni", gateway, ("VG1",), (("vpc", vpc),)))
    return Enter(
        Place("vgw", gateway, vpc), fabric.put(First("vgw_source", gateway, "egress", own, beyond, foreign, ("VG1",)))
    )


@builds("vgw-beyond")
def _vgw_beyond(fabric: Fabric, gateway: str) -> Stage:
    return _towards(fabric, gateway, ways_of_vgw(fabric.estate, gateway))


def ways_of_vgw(estate: Estate, gateway: str) -> tuple[str, ...]:
    """Ids by which a site can hang on a VGW: itself, its VPNs, its Direct Connect gateways."""
    out = [gateway]
    out += [i for i, vpn in estate.vpn_connections.items() if vpn.vpn_gateway_id == gateway]
    out += [
        a.direct_connect_gateway_id
        for a in estate.direct_connect_gateway_associations.values()
        if a.associated_gateway.id == gateway and a.association_state == "associated"
    ]
    out += [i for i, v in estate.virtual_interfaces.items() if v.virtual_gateway_id == gateway]
    return tuple(out)


@builds("to-on-prem")
def _to_on_prem(fabric: Fabric, attachment_id: str, resource_id: str) -> Stage:
    """Out of a TGW by a VPN or Direct Connect attachment.

    TG2: its own routes decided; what a site does with a destination that is not its own is not said.
    """
    beyond = Unknown("unknown.external", attachment_id, ("TG2", "DX5"), (("gateway", attachment_id),))
    return _towards(fabric, attachment_id, (attachment_id, resource_id), beyond)


def _towards(fabric: Fabric, component: str, ways: Iterable[str], beyond: Stage | None = None) -> Stage:
    """A table of the sites' prefixes; VPNs that are down carry nothing (VG5).

    ``beyond`` is what becomes of other destinations; without it there is no route to them.
    """
    estate = fabric.estate
    ways = tuple(dict.fromkeys(ways))
    rows: dict[Interval, list[tuple[str, int]]] = {}
    for name, site in estate.sites.items():
        for way in ways:
            if way in site.attachments:
                stage = _way(fabric, way, name)
                for text in site.prefixes:
                    rows.setdefault(parse_prefix(text), []).append((way, stage))
    if not rows:
        return Unknown("unknown.external", component, ("DX5",), (("gateway", component),))
    table: list[tuple[Interval, Entry]] = []
    for prefix, found in rows.items():
        live = [row for row in found if _is_up(estate, row[0])] or found
        if len(live) == 1:
            table.append((prefix, Entry(prefix, live[0][1], live[0][0], "on-premises", ("VG3",))))
        else:
            stage = fabric.put(
                Choice(
                    "choice.ecmp",
                    component,
                    tuple(live),
                    "",
                    ("TG15",),
                    (("attachments", ", ".join(w for w, _ in live)),),
                )
            )
            table.append((prefix, Entry(prefix, stage, " | ".join(w for w, _ in live), "on-premises", ("TG15",))))
    starts, entries = partition(table)
    missing = beyond or Drop("vgw.no_route", component, ("VG3",), (("gateway", component),))
    return Lpm("on_prem_routes", component, starts, entries, fabric.put(missing), ("VG3",))


def _is_up(estate: Estate, way: str) -> bool:
    vpn = estate.vpn_connections.get(way)
    if vpn is not None:
        tunnels = [t.status for t in vpn.vgw_telemetry]
        return vpn.state in UP and (not tunnels or "UP" in tunnels)
    vif = estate.virtual_interfaces.get(way)
    return vif is None or vif.virtual_interface_state in UP


def _way(fabric: Fabric, way: str, site: str) -> int:
    """The line itself: a VPN with its tunnels, a Client VPN, or Direct Connect."""
    estate = fabric.estate
    inside = fabric.node("site-in", site)
    if is_client_vpn(way):
        return fabric.put(Enter(Place("client_vpn", way), inside))
    if way in estate.vpn_connections:
        if not _is_up(estate, way):
            state = estate.vpn_connections[way].state
            return fabric.put(Drop("vpn.down", way, ("VG5",), (("state", state),), inside))
        return fabric.put(Enter(Place("vpn", way), _ipv4_only(fabric, way, inside)))
    if not _is_up(estate, way):
        return fabric.put(Drop("dx.down", way, ("DX1",), (("state", "down"),), inside))
    return fabric.put(Enter(Place("dx", way), inside))


def _ipv4_only(fabric: Fabric, way: str, ok: int) -> int:
    """VG4: a VPN on a virtual private gateway carries no IPv6."""
    vpn = fabric.estate.vpn_connections.get(way)
    if vpn is None or not vpn.vpn_gateway_id:
        return ok
    return fabric.put(Inside((V6_ALL,), fabric.put(Drop("vpn.ipv6", way, ("VG4",), (("vpn", way),))), ok))


# In the site -------------------------------------------------------------------


@builds("site-in")
def _site_in(fabric: Fabric, name: str) -> Stage:
    """Into a site: its firewall, then the host."""
    site = fabric.estate.sites[name]
    hosts = fabric.node("site-hosts", name)
    if site.implied:  # DX5: AWS's routes lead there; what the far side does is not in the snapshot
        hosts = fabric.put(Note("note.site_implied", name, hosts, ("DX5", "VG5"), (("site", name),)))
    return Enter(Place("site", name), _firewall(fabric, site, "in", hosts))


@builds("site-hosts")
def _site_hosts(fabric: Fabric, name: str) -> Stage:
    estate = fabric.estate
    owners = {address: fabric.node("site-host", name, address) for address in estate.site_hosts.get(name, {})}
    anyone = fabric.put(Deliver(Place("site", name), fabric.node("site-out", name)))
    prefixes = normalise(parse_prefix(p) for p in estate.sites[name].prefixes)
    nobody = fabric.put(Drop("site.no_host", name, ("DX5",), (("site", name),)))
    return Select(owners, fabric.put(Inside(prefixes, anyone, nobody)))


@builds("site-host")
def _site_host(fabric: Fabric, name: str, address: int) -> Stage:
    from .host import listening

    estate = fabric.estate
    arrived = Deliver(site_place(estate, name, address), fabric.node("site-out", name))
    host = estate.hosts[estate.site_hosts[name][address]]
    if host.listens is None:
        return arrived
    return listening(fabric, host.name, host.listens, fabric.put(arrived))


def _firewall(fabric: Fabric, site: Site, direction: str, ok: int) -> int:
    """The site's own firewall: stateful, first match decides, everything else passes."""
    rules = [_site_rule(rule, direction) for rule in site.firewall if rule.direction == direction]
    if not rules:
        return ok
    rules.append(Rule(origin="default", peer="allow all"))
    key = f"site-firewall:{site.name}"
    passed = fabric.put(Remember(key, ok))
    refused = fabric.put(Drop("site.firewall", site.name, (), (("site", site.name),), passed))
    checked = fabric.put(First("site_firewall", site.name, direction, tuple(rules), passed, refused))
    return fabric.put(State(key, checked, ok, checked))


def _site_rule(rule: SiteRule, direction: str) -> Rule:
    low, _, high = rule.ports.partition("-")
    ports = (int(low), int(high or low)) if low else PORTS
    peer: Ranges | None = (parse_prefix(rule.peer),) if rule.peer else None
    proto = None if rule.protocol in ("all", "-1", "") else protocol_number(rule.protocol)
    return Rule(
        proto=proto,
        src=peer if direction == "in" else None,
        dst=peer if direction == "out" else None,
        dports=ports if proto is not None and rule.ports else None,
        allow=rule.action == "allow",
        origin=f"{direction} {rule.action}",
        peer=f"{rule.action} {rule.protocol} {rule.ports} {rule.peer}".strip(),
    )


# From a site to AWS ----------------------------------------------------------------


@builds("site-out")
def _site_out(fabric: Fabric, name: str) -> Stage:
    """Out of a host in a site: the site's firewall, then its router's table (DX5)."""
    site = fabric.estate.sites[name]
    cleared = fabric.put(
        Mark(
            (("identity", None), ("worn", None), ("az", None), ("nat", None), ("nat_vpc", None)),
            _firewall(fabric, site, "out", fabric.node("site-routes", name)),
        )
    )
    own = normalise(parse_prefix(p) for p in site.prefixes)
    inside = fabric.put(Inside(own, fabric.node("site-hosts", name), cleared))
    return Enter(Place("site", name), inside)


@builds("site-routes")
def _site_routes(fabric: Fabric, name: str) -> Stage:
    """What the router has: written by hand, or what AWS advertises to it (DX2, DX3)."""
    estate = fabric.estate
    site = estate.sites[name]
    rows: dict[Interval, tuple[str, str]] = {}
    if site.routes is not None:
        for route in site.routes:
            rows[parse_prefix(route.prefix)] = (route.to, "site route")
    else:
        for way in site.attachments:
            for prefix in advertised(estate, way):
                rows.setdefault(prefix, (way, "received"))
        if site.internet:
            rows.setdefault(V4_ALL, ("internet", "default"))
    table: list[tuple[Interval, Entry]] = []
    for prefix, (to, origin) in rows.items():
        table.append((prefix, Entry(prefix, _leave_by(fabric, site, to), to, origin, ("DX5",))))
    starts, entries = partition(table)
    missing = fabric.put(Drop("site.no_route", name, ("DX5",), (("site", name),)))
    return Lpm("site_route_table", name, starts, entries, missing, ("DX5",))


def advertised(estate: Estate, way: str) -> tuple[Interval, ...]:
    """Prefixes AWS sends to on-premises over an attachment."""
    if is_client_vpn(way):
        return pushed(estate, way)
    out: list[Interval] = []
    for association in estate.direct_connect_gateway_associations.values():
        if association.direct_connect_gateway_id != way or association.association_state != "associated":
            continue
        allowed = [parse_prefix(p.cidr) for p in association.allowed_prefixes]
        gateway = association.associated_gateway.id
        if gateway.startswith("tgw-"):
            out += allowed  # DX3: the list itself is what on-premises receives
        else:
            # DX2: a filter; the VPC's CIDR is advertised if an allowed prefix is equal or wider
            for cidr in _vpc_prefixes(estate, gateway):
                if not allowed or any(low <= cidr[0] and cidr[1] <= high for low, high in allowed):
                    out.append(cidr)
    if estate.core_network_attachments:
        from .cloud_wan import advertised_by

        out += advertised_by(estate, way)
    vpn = estate.vpn_connections.get(way)
    if vpn is not None:
        out += _vpc_prefixes(estate, vpn.vpn_gateway_id) if vpn.vpn_gateway_id else _tgw_prefixes(estate, way)
    if way.startswith("vgw-"):
        out += _vpc_prefixes(estate, way)
    vif = estate.virtual_interfaces.get(way)
    if vif is not None and vif.virtual_gateway_id:
        out += _vpc_prefixes(estate, vif.virtual_gateway_id)
    return tuple(dict.fromkeys(out))


def _vpc_prefixes(estate: Estate, gateway: str) -> list[Interval]:
    return [
        parse_prefix(cidr)
        for vpc_id, attached in estate.vgw_by_vpc.items()
        if attached == gateway and vpc_id in estate.vpcs
        for cidr in estate.vpcs[vpc_id].cidrs()
    ]


def _tgw_prefixes(estate: Estate, vpn: str) -> list[Interval]:
    """A VPN on a TGW is told the routes of the table its attachment is associated with."""
    from .transit_gateway import settled_routes

    for attachment_id, attachment in estate.tgw_attachments.items():
        if attachment.resource_id == vpn:
            table = estate.tgw_table_by_attachment.get(attachment_id)
            if table is not None:
                return [prefix for prefix, rows in settled_routes(estate, table).items() if rows[0][1] != attachment_id]
    return []


def prefixes_behind(estate: Estate, attachment_id: str) -> tuple[Interval, ...]:
    """Prefixes of the sites behind a VPN or Direct Connect attachment, and static VPN routes."""
    attachment = estate.tgw_attachments.get(attachment_id)
    resource = attachment.resource_id if attachment is not None else ""
    out = [
        parse_prefix(p)
        for site in estate.sites.values()
        if attachment_id in site.attachments or resource in site.attachments
        for p in site.prefixes
    ]
    vpn = estate.vpn_connections.get(resource)
    if vpn is not None:
        out += [parse_prefix(r.destination_cidr_block) for r in vpn.routes if r.destination_cidr_block]
    return tuple(dict.fromkeys(out))


def _leave_by(fabric: Fabric, site: Site, to: str) -> int:
    if to == "internet":
        return fabric.node("site-internet", site.name)
    if to == "drop":
        return fabric.put(Drop("site.no_route", site.name, ("DX5",), (("site", site.name),)))
    if is_client_vpn(to):
        return fabric.node("client-vpn-in", to)
    return fabric.node("site-way", to)


@builds("site-way")
def _site_way(fabric: Fabric, way: str) -> Stage:
    """Over Direct Connect or VPN into a VGW or a TGW."""
    estate = fabric.estate
    if not _is_up(estate, way):
        kind = "vpn.down" if way in estate.vpn_connections else "dx.down"
        return Drop(kind, way, ("VG5",), (("state", "down"),))
    ends = _aws_ends(estate, way)
    if not ends:
        return Unknown("unknown.external", way, ("DX1",), (("gateway", way),))
    rows: list[tuple[Interval, Entry]] = []
    default = fabric.put(Drop("dx.not_advertised", way, ("DX2", "DX3", "DX4"), (("way", way),)))
    for end in ends:
        if end.startswith("vgw-"):
            for vpc, gateway in estate.vgw_by_vpc.items():
                if gateway == end and vpc in estate.vpcs:
                    stage = fabric.node("vgw-in", end, vpc)
                    rows.extend(
                        (p, Entry(p, stage, end, "associated", ("DX1",)))
                        for p in map(parse_prefix, estate.vpcs[vpc].cidrs())
                    )
        else:
            default = fabric.node("core-in" if end in estate.core_network_attachments else "tgw-in", end)
    starts, entries = partition(rows)
    kind = "vpn" if way in estate.vpn_connections else "dx"
    table = Lpm("dx_gateway", way, starts, entries, default, ("DX1", "DX4"))
    return Enter(Place(kind, way), _ipv4_only(fabric, way, fabric.put(table)))


def _aws_ends(estate: Estate, way: str) -> tuple[str, ...]:
    """VGWs, or TGW attachments, at the AWS end of a line."""
    out: list[str] = []
    if way.startswith("vgw-"):
        out.append(way)
    vpn = estate.vpn_connections.get(way)
    if vpn is not None and vpn.vpn_gateway_id:
        out.append(vpn.vpn_gateway_id)
    vif = estate.virtual_interfaces.get(way)
    if vif is not None and vif.virtual_gateway_id:
        out.append(vif.virtual_gateway_id)
    for association in estate.direct_connect_gateway_associations.values():
        if association.direct_connect_gateway_id == way and association.associated_gateway.id.startswith("vgw-"):
            out.append(association.associated_gateway.id)
    for attachment_id, attachment in estate.tgw_attachments.items():
        if way in (attachment_id, attachment.resource_id) and attachment.resource_type != "vpc":
            out.append(attachment_id)
    for attachment_id, attachment in estate.core_network_attachments.items():
        if way in (attachment_id, attachment.resource_id) and attachment.attachment_type != "VPC":
            out.append(attachment_id)
    return tuple(dict.fromkeys(out))


@builds("vgw-in")
def _vgw_in(fabric: Fabric, gateway: str, vpc: str) -> Stage:
    """VG1, VG2: inward only to ENIs of the VPC, perhaps through its edge table."""
    estate = fabric.estate
    table_id = estate.route_table_by_gateway.get(gateway)
    if table_id is not None:
        inside = fabric.put(compile_table(fabric, Source(estate.route_tables[table_id], vpc)))
    else:
        inside = select_in_vpc(fabric, vpc)
    foreign = fabric.put(Drop("vgw.destination_not_eni", gateway, ("VG1",), (("vpc", vpc),)))
    return Enter(Place("vgw", gateway, vpc), fabric.put(Inside(estate.vpc_ranges[vpc], inside, foreign)))


# A site's own way to the Internet ------------------------------------------------------


@builds("site-internet")
def _site_internet(fabric: Fabric, name: str) -> Stage:
    """The site's router translates to its public address; one is assumed where none is written."""
    address = public_address(fabric.estate, name)
    changes = (("src", address), ("sport", (1024, 65535)))
    translate = Rewrite("site_nat", name, changes, fabric.node("internet"), bind=f"site-nat:{name}")
    if fabric.estate.sites[name].public_address:
        return translate
    params = (("address", format_address(address)),)
    return Note("note.assumed_public_address", name, fabric.put(translate), (), params)


def public_address(estate: Estate, name: str) -> int:
    """A site's address on the Internet; of a documentation range when it is not written."""
    return _public_addresses(estate)[name]


def _public_addresses(estate: Estate) -> dict[str, int]:
    def build(e: Estate) -> dict[str, int]:
        out = {n: parse_address(s.public_address) for n, s in e.sites.items() if s.public_address}
        taken = {*e.public_addresses, *out.values(), *map(parse_address, e.public_hosts)}
        spare = parse_address(LAST_ASSUMED)
        for name in e.sites:
            if name not in out:
                while spare in taken:
                    spare -= 1
                out[name] = spare
                taken.add(spare)
        return out

    return estate.memo("fabric.site_addresses", ("sites", "network_interfaces", "elastic_ips", "public_hosts"), build)


@builds("site-public")
def _site_public(fabric: Fabric, name: str) -> Stage:
    key = f"site-nat:{name}"
    refused = fabric.put(Drop("nat.no_session", name, (), (("nat", name),)))
    undo = fabric.put(Unbind("site_nat", name, key, fabric.node("site-in", name), refused))
    return Enter(Place("site", name), fabric.put(State(key, refused, undo, refused)))
