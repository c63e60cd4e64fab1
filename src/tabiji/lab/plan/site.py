"""Sites and the lines to them: virtual private gateways, VPNs, Direct Connect, the site's router and firewall.

A line is a wire between the gateway (or the TGW) and the site's router.  What
the gateway sends down a line is what the site brings (VG3); what the site
sends up is its own routes or, when nobody wrote them, what AWS advertises
(DX2, DX3, DX5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from ...packet.address import Interval, format_prefix, is_v6, parse_prefix
from . import internet, internet_gateway, route_table, subnet, transit_gateway
from .draft import ALL4, ALL6, LOCAL, ROUTED, Draft
from .flows import KEEP_IN, KEEP_OUT, V4, V6, port_match
from .model import Port

if TYPE_CHECKING:
    from ...estate.site import Site, SiteRule
    from ...estate.vpn import VpnConnection

ALIVE = ("available", "")
DIRECT, STATIC_VPN, BGP_VPN = 0, 1, 2
"""VG3: the preferred line for equal prefixes."""


class Line(NamedTuple):
    """A line of a virtual private gateway: the site's attachment it is, and its rank."""

    way: str
    rank: int


def build(draft: Draft) -> None:
    """Gateways and sites, whether or not a route leads there."""
    for vpc_id, vgw in draft.estate.vgw_by_vpc.items():
        way_out(draft, vgw, vpc_id)
    for name, site in draft.estate.sites.items():
        _router(draft, name, site)


# A virtual private gateway.


def way_out(draft: Draft, vgw: str, vpc_id: str) -> str:
    """The end of the wire that leads from a VPC to its virtual private gateway; nothing when it is not attached."""
    if draft.estate.vgw_by_vpc.get(vpc_id) != vgw or vpc_id not in draft.estate.vpcs:
        return ""
    key = ("vgw", vgw)
    if key not in draft.built:
        _gateway(draft, vgw, vpc_id)
    return draft.built[key]


def _gateway(draft: Draft, vgw: str, vpc_id: str) -> None:
    entry, out, back = draft.context("vpc", vpc_id, vgw), draft.context("vgw", vgw), draft.context("vgw in", vgw)
    made = draft.wire("vgw", vgw, "", entry, out, internet_gateway.MTU)
    draft.built["vgw", vgw] = made.a
    draft.look(entry, LOCAL, subnet.local_table(draft, vpc_id))  # VG1
    edge = draft.estate.route_table_by_gateway.get(vgw)
    if edge:
        draft.look(entry, ROUTED, route_table.build(draft, edge, vpc_id, ""))  # VG2
    _no_strangers(draft, vgw, vpc_id, made.b)
    inward = draft.table(vgw, "in")
    draft.look(back, LOCAL, inward)
    for cidr in draft.estate.vpcs[vpc_id].cidrs():
        inward.add(cidr, made.b)
    outward = draft.table(vgw, "out")
    draft.look(out, LOCAL, outward)
    for prefix, device in _downward(draft, vgw).items():
        outward.add(prefix, device)
    for table in (inward, outward):
        for every in (ALL4, ALL6):
            table.add(every, draft.sink("no-route", vgw, "", "VG1"))


def _no_strangers(draft: Draft, vgw: str, vpc_id: str, device: str) -> None:
    """VG1: only what an ENI of the VPC sends goes out."""
    from .interface import addresses_of

    enis = [e for e in draft.estate.network_interfaces.values() if e.vpc_id == vpc_id]
    refused = draft.drop(draft.reason("vgw.foreign-source", vgw, "", "VG1"))
    for family in (V4, V6):
        mine = sorted({a for e in enis for a in addresses_of(e) if (":" in a) == (family == V6)})
        mine += [p.ipv4_prefix for e in enis for p in e.ipv4_prefixes if family == V4]
        mine += [p.ipv6_prefix for e in enis for p in e.ipv6_prefixes if family == V6]
        name = draft.address_set(f"interfaces of {vpc_id}", family, mine)
        draft.early.append(f'iifname "{device}" {family} saddr != @{name} {refused}')


def _downward(draft: Draft, vgw: str) -> dict[Interval, str]:
    """Prefix -> the line it is sent down; the best rank wins, different sites at one rank are a draw."""
    found: dict[Interval, list[tuple[int, str, str]]] = {}
    for line in _lines_of(draft, vgw):
        name = _site_at(draft, line.way, vgw)
        if not name:
            continue
        device = _line(draft, line.way, vgw, name, draft.context("vgw in", vgw))
        for prefix in _behind(draft, line, name):
            found.setdefault(prefix, []).append((line.rank, name, device))
    out: dict[Interval, str] = {}
    for prefix, rows in found.items():
        first = [r for r in rows if r[0] == min(rows)[0]]
        same = len({name for _, name, _ in first}) == 1
        out[prefix] = first[0][2] if same else draft.leave_out(vgw, "two sites bring one prefix over equal lines")
    return out


def _lines_of(draft: Draft, vgw: str) -> list[Line]:
    """VPNs and Direct Connect of a gateway that are up, and what hangs on the gateway itself."""
    estate = draft.estate
    out = [Line(vgw, DIRECT)]
    for association in estate.tables["direct_connect_gateway_associations"].values():
        if association.associated_gateway.id == vgw and association.association_state in ("associated", "updating"):
            out.append(Line(association.direct_connect_gateway_id, DIRECT))
    for vpn_id, vpn in estate.tables["vpn_connections"].items():
        if vpn.vpn_gateway_id == vgw and _up(vpn):
            out.append(Line(vpn_id, STATIC_VPN if vpn.options.static_routes_only else BGP_VPN))
    return out


def _up(vpn: VpnConnection) -> bool:
    """VG5: the connection is there and one of its tunnels is up, as far as that is known."""
    return vpn.state in ALIVE and (not vpn.vgw_telemetry or any(t.status == "UP" for t in vpn.vgw_telemetry))


def _behind(draft: Draft, line: Line, name: str) -> list[Interval]:
    """What a line brings: the static routes entered on a VPN, else the site's prefixes (VG4: no IPv6 by VPN)."""
    vpn = draft.estate.tables["vpn_connections"].get(line.way)
    return _brought_by(draft, vpn, draft.estate.sites[name])


def _brought_by(draft: Draft, vpn: VpnConnection | None, site: Site) -> list[Interval]:
    if vpn is not None and vpn.options.static_routes_only:
        rows = [r.destination_cidr_block for r in vpn.routes if r.state in ALIVE and r.destination_cidr_block]
    else:
        rows = list(site.prefixes)
    prefixes = [parse_prefix(c) for c in rows]
    return [p for p in prefixes if vpn is None or not vpn.vpn_gateway_id or not is_v6(p[0])]


# Lines.


def _site_at(draft: Draft, *ways: str) -> str:
    """The site that hangs on one of these."""
    return next((n for n, s in draft.estate.sites.items() if any(w in s.attachments for w in ways if w)), "")


def _line(draft: Draft, way: str, gateway: str, name: str, inside: int) -> str:
    """The AWS end of the wire between a gateway and a site; the site's end is remembered."""
    key = ("line", way, gateway, name)
    if key not in draft.built:
        mtu = internet_gateway.MTU if way.startswith("vpn") else 8500
        made = draft.wire("ln", way, f"{gateway} {name}", inside, draft.context("site line", name), mtu)
        draft.built[key] = made.a
        draft.built["line up", way, gateway, name] = made.b
    return draft.built[key]


def tgw_line(draft: Draft, attachment: str) -> str:
    """The TGW's end of a VPN or Direct Connect attachment; a sink when nobody is behind it, nothing when it is down."""
    record = draft.estate.tgw_attachments[attachment]
    vpn = draft.estate.tables["vpn_connections"].get(record.resource_id)
    if vpn is not None and not _up(vpn):
        return ""
    name = _site_at(draft, record.resource_id, attachment)
    if not name:
        return draft.leave_out(attachment, "no site in the estate hangs on it")
    return _line(draft, record.resource_id, attachment, name, transit_gateway.line_context(draft, attachment))


def brought(draft: Draft, attachment: str) -> list[Interval]:
    """What a VPN or Direct Connect attachment propagates into a TGW table."""
    record = draft.estate.tgw_attachments[attachment]
    name = _site_at(draft, record.resource_id, attachment)
    vpn = draft.estate.tables["vpn_connections"].get(record.resource_id)
    return _brought_by(draft, vpn, draft.estate.sites[name]) if name else []


# The site's own side.


def _router(draft: Draft, name: str, site: Site) -> None:
    """Hosts, the rest of the prefixes, and where packets for elsewhere go."""
    number = draft.context("site", name)
    table = draft.table(name, "site")
    draft.look(number, LOCAL, table)
    ports: list[str] = []
    for address, host in draft.estate.site_hosts.get(name, {}).items():
        port = _host(draft, host, number)
        table.add((address, address), port)
        ports.append(port)
    rest = Port(
        name=draft.name("o", name),
        role="sink" if draft.hosts else "guest",
        owner=name,
        context=number,
        guest="" if draft.hosts else name,
    )
    ports.append(draft.port(rest))
    if draft.hosts:
        draft.sinks[rest.name] = draft.reason("no-host", name, "", "RT21")
    for own in site.prefixes:
        table.add(own, rest.name)
    _from_lines(draft, name)
    for prefix, device in _upward(draft, name, site).items():
        table.add(prefix, device)
    _elsewhere(draft, name, site)
    if site.firewall:
        _firewall(draft, name, site, ports)


def _from_lines(draft: Draft, name: str) -> None:
    """What comes in by a line goes to the site and no further: nothing says that it passes packets on."""
    table = draft.table(name, "line")
    table.routes.update(draft.table(name, "site").routes)
    for every in (ALL4, ALL6):
        table.add(every, draft.sink("no-route", name, "", "DX5"))
    draft.look(draft.context("site line", name), LOCAL, table)


def _host(draft: Draft, name: str, context: int) -> str:
    address = draft.estate.hosts[name].address
    return draft.port(
        Port(name=draft.name("p", name), role="guest", owner=name, context=context, addresses=(address,), guest=name)
    )


def _elsewhere(draft: Draft, name: str, site: Site) -> None:
    """The way to the Internet, translated to the site's address, or nothing (DX5)."""
    table = draft.table(name, "site")
    if site.routes is None and site.internet and parse_prefix(ALL4) not in table.routes:
        for private in (*internet.NOT_PUBLIC, internet.LINK_LOCAL):
            table.add(private, draft.sink("no-route", name, "", "DX5"))
        table.add(ALL4, _outside(draft, name, site))
    for every in (ALL4, ALL6):
        table.add(every, draft.sink("no-route", name, "", "DX5"))


def _upward(draft: Draft, name: str, site: Site) -> dict[Interval, str]:
    if site.routes is not None:
        return {parse_prefix(r.prefix): _named(draft, name, site, r.prefix, r.to) for r in site.routes}
    found: dict[Interval, list[tuple[str, str]]] = {}
    for prefix, gateway, device in _advertised(draft, name, site):
        found.setdefault(prefix, []).append((gateway, device))
    out = {}
    for prefix, rows in found.items():
        one = len({gateway for gateway, _ in rows}) == 1
        out[prefix] = rows[0][1] if one else draft.leave_out(name, "one prefix is advertised over several lines")
    return out


def _named(draft: Draft, name: str, site: Site, prefix: str, to: str) -> str:
    """Where a written route leads."""
    if to == "internet":
        return _outside(draft, name, site)
    if to == "drop":
        return draft.sink("blackhole", name, format_prefix(parse_prefix(prefix)), "DX5")
    ends = [(key[2], end) for key, end in draft.built.items() if key[:2] == ("line up", to) and key[3] == name]
    ends += [(key[2], end) for key, end in draft.built.items() if key[0] == "line up" and key[2:] == (to, name)]
    gateways = dict(ends)
    if len(gateways) == 1:
        return ends[0][1]
    choice = [end for gateway, end in gateways.items() if _holds(draft, gateway, parse_prefix(prefix))]
    if len(choice) == 1:
        return choice[0]  # a Direct Connect gateway passes on to the gateway that has the prefix
    if not gateways:
        return draft.sink("blackhole", name, format_prefix(parse_prefix(prefix)), "VG5")
    return draft.leave_out(name, "a route to a line with several gateways behind it")


def _holds(draft: Draft, gateway: str, prefix: Interval) -> bool:
    """Is a prefix in the VPC of a virtual private gateway?"""
    vpcs = [v for v, g in draft.estate.vgw_by_vpc.items() if g == gateway]
    return any(
        low <= prefix[0] and prefix[1] <= high
        for v in vpcs
        for low, high in map(parse_prefix, draft.estate.vpcs[v].cidrs())
    )


def _advertised(draft: Draft, name: str, site: Site) -> Iterator[tuple[Interval, str, str]]:
    """(prefix, gateway, the site's end of the line): what AWS tells the site's router."""
    for key, device in list(draft.built.items()):
        if key[0] != "line up" or key[3] != name:
            continue
        way, gateway = key[1], key[2]
        for prefix in _told(draft, way, gateway):
            if not any(low <= prefix[0] and prefix[1] <= high for low, high in map(parse_prefix, site.prefixes)):
                yield prefix, gateway, device


def _told(draft: Draft, way: str, gateway: str) -> list[Interval]:
    estate = draft.estate
    vpcs = [v for v, g in estate.vgw_by_vpc.items() if g == gateway]
    own = [parse_prefix(c) for v in vpcs for c in estate.vpcs[v].cidrs()]
    allowed = _allowed(draft, way, gateway)
    if vpcs:
        if allowed:  # DX2; none named: all CIDRs of the VPC
            return [p for p in own if any(low <= p[0] and p[1] <= high for low, high in allowed)]
        return own if allowed is not None else [p for p in own if not is_v6(p[0])]  # VG4
    if allowed is not None:
        return allowed  # DX3
    table = estate.tgw_table_by_attachment.get(gateway, "")
    best = transit_gateway.best_routes(draft, table) if table else {}
    return [p for p, route in best.items() if route.attachment != gateway]


def _allowed(draft: Draft, way: str, gateway: str) -> list[Interval] | None:
    """Allowed prefixes of a Direct Connect gateway for a gateway or TGW attachment; None: the line is a VPN."""
    attachment = draft.estate.tgw_attachments.get(gateway)
    target = attachment.transit_gateway_id if attachment is not None else gateway
    for association in draft.estate.tables["direct_connect_gateway_associations"].values():
        if association.direct_connect_gateway_id == way and association.associated_gateway.id == target:
            return [parse_prefix(p.cidr) for p in association.allowed_prefixes]
    return None


def _outside(draft: Draft, name: str, site: Site) -> str:
    """The way to the Internet through the site's own translation."""
    key = ("site outside", name)
    if key in draft.built:
        return draft.built[key]
    if not site.public_address:
        draft.built[key] = draft.leave_out(name, "the address it has on the Internet is not known")
        return draft.built[key]
    out, back = draft.context("site out", name), draft.context("site in", name)
    near = draft.wire("son", name, "inside", draft.context("site", name), out, 1500)
    far = draft.wire("sof", name, "outside", back, internet.context(draft), 1500)
    outward, inward = draft.table(name, "out"), draft.table(name, "in")
    draft.look(out, LOCAL, outward)
    draft.look(back, LOCAL, inward)
    outward.add(ALL4, far.a)
    inward.add(ALL4, near.b)
    internet.table(draft).add(site.public_address, far.b)
    draft.zone(near.b, far.a)
    ports = f'oifname "{far.a}" meta l4proto {{ tcp, udp }} snat ip to {site.public_address}:1024-65535'
    other = draft.drop(draft.reason("uncovered", name, "", "NG4"))
    draft.uncovered.setdefault(name, "translation of protocols without ports")
    draft.early.append(f'iifname {{ "{near.b}", "{far.a}" }} meta l4proto != {{ tcp, udp, icmp }} {other}')
    draft.postrouting_nat.append(f'{ports}\noifname "{far.a}" snat ip to {site.public_address}')
    unasked = draft.drop(draft.reason("site.unsolicited", name, "", "DX5"))
    draft.early.append(f'iifname "{far.a}" ct state {{ new, invalid }} {unasked}')
    draft.early.append(f'iifname "{near.b}" ct state invalid {unasked}')
    draft.built[key] = near.a
    return near.a


# The site's firewall.


def _firewall(draft: Draft, name: str, site: Site, ports: list[str]) -> None:
    """First match decides, no match passes; answers pass; not between hosts of the site."""
    number = len(draft.site_filters)
    chains = f"site_out_{number}", f"site_in_{number}"
    inside = ", ".join(f'"{p}"' for p in ports)
    for chain, outwards in zip(chains, (True, False), strict=True):
        port = "oifname" if outwards else "iifname"
        rules = [r for r in site.firewall if (r.direction == "out") == outwards]
        body = [f"{port} {{ {inside} }} return", *_rules(draft, name, rules, outwards)]
        draft.chain(chain, [*body, f"goto {KEEP_OUT if outwards else KEEP_IN}"])
    draft.site_filters.append((tuple(ports), *chains))


def _rules(draft: Draft, name: str, rules: Iterable[SiteRule], outwards: bool) -> Iterator[str]:
    for number, rule in enumerate(rules, 1):
        low, _, high = rule.ports.partition("-")
        first, last = (int(low), int(high or low)) if low.isdigit() else (None, None)
        for family in (V4, V6):
            what = port_match(rule.protocol, first, last, family)
            if what is None or (rule.peer and (":" in rule.peer) != (family == V6)):
                continue
            peer = f"{family} {'daddr' if outwards else 'saddr'} {rule.peer}" if rule.peer else family_of(family)
            kept = KEEP_OUT if outwards else KEEP_IN
            refused = draft.drop(draft.reason("site.firewall", name, str(number), "DX5"))
            yield f"{peer} {what} {f'goto {kept}' if rule.action in ('allow', 'pass') else refused}"


def family_of(family: str) -> str:
    """The words for "any packet of the family"."""
    return f"meta nfproto {'ipv4' if family == V4 else 'ipv6'}"
