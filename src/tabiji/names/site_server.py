"""A DNS server of one's own, on-prem or on an instance: zones, forwarders, recursion (N1.11, N1.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..packet.address import AddressError, parse_address, parse_prefix
from .answer import REFUSED, REFUSED_CONNECTION, SERVFAIL, TIMEOUT, Step
from .dnsname import lenient, suffixes, under
from .public import follow
from .resolution import KINDS, Resolution, Result, chase, step
from .transport import DNS_SERVER, FromPlace, Reach
from .why import why
from .zone import Entry, Zone, answer_from

if TYPE_CHECKING:
    from ..estate import Estate
    from ..estate.site import DnsServer

TTL = 3600
"""For records written by hand, which have no TTL."""
ROOT_SERVER = "198.41.0.4"
"""Where a recursing server's first packet goes when the way to the Internet is walked (a.root-servers.net)."""


class _Server:
    """One server's configuration, indexed by suffix."""

    def __init__(self, estate: Estate, record: DnsServer) -> None:
        self.record = record
        self.place = place_of_server(estate, record)
        self.zones: dict[str, Zone] = {}
        self.forwarders: dict[str, tuple[str, ...]] = {}
        for entry in record.zones:
            origin = lenient(entry.name)
            if not origin:
                continue
            zone = Zone(origin, record.name, aws=False)
            for owner, types in entry.records.items():
                at = _owner(owner, origin)
                for rtype, values in types.items() if at else ():
                    kind = rtype.upper()
                    zone.add(at, kind, Entry(tuple((_rdata(kind, v), TTL) for v in values)))
            self.zones[zone.origin] = zone
        for forwarder in record.forwarders:
            suffix = lenient(forwarder.suffix)
            if suffix:
                self.forwarders[suffix] = forwarder.to


def _owner(text: str, origin: str) -> str:
    """An owner as people write it: ``@``, relative, or absolute; empty when it does not belong to the zone."""
    if text in ("@", ""):
        return origin
    name = lenient(text)
    if name and under(name, origin):
        return name
    return lenient(name + origin) if name and not text.endswith(".") else ""


def _rdata(rtype: str, value: str) -> str:
    return lenient(value) if rtype in ("CNAME", "NS", "PTR") else value


def place_of_server(estate: Estate, record: DnsServer) -> FromPlace:
    """Where the server stands: the host, ENI or site that has its address."""
    base = FromPlace(role=DNS_SERVER, component=record.name)
    try:
        address = parse_address(record.address)
    except AddressError:
        return base
    host = estate.hosts.get(record.name)
    eni_id = host.eni if host is not None else ""
    if not eni_id:
        eni_id = next((owned[address] for owned in estate.eni_by_address.values() if address in owned), "")
    eni = estate.network_interfaces.get(eni_id)
    if eni is not None:
        return FromPlace(
            role=DNS_SERVER,
            component=record.name,
            kind="eni",
            eni=eni_id,
            vpc=eni.vpc_id,
            subnet=eni.subnet_id,
            host=record.name if host is not None else "",
            address=address,
        )
    for name, site in estate.sites.items():
        if (host is not None and host.site == name) or any(
            low <= address <= high for low, high in map(parse_prefix, site.prefixes)
        ):
            return FromPlace(
                role=DNS_SERVER,
                component=record.name,
                kind="site",
                site=name,
                host=record.name if host is not None else "",
                address=address,
            )
    return base


def _servers(estate: Estate) -> dict[str, _Server]:
    return {r.address: _Server(estate, r) for r in estate.tables["dns_servers"].values()}


def serve(resolution: Resolution, server: str, sender: FromPlace, name: str, rtype: str) -> Result | None:
    """Answer when the address is a DNS server of the estate, or a resolver a site names."""
    estate = resolution.estate
    found = estate.memo("names.servers", KINDS, _servers).get(server)
    if found is None:
        if any(server in site.dns for site in estate.sites.values()):
            # NT16: a site's resolver without a description only recurses.
            result = follow(estate, name, rtype)
            result.steps.insert(0, step("names.site_server.plain", server, ("N1.12",), server=server))
            return result
        return _no_server(estate, server)
    loop = resolution.enter(found.record.name, name, rtype)
    if loop is not None:
        return loop
    try:
        result = chase(lambda n: _once(resolution, found, n, rtype), name)
    finally:
        resolution.leave()
    result.steps.insert(
        0, step("names.site_server.asked", found.record.name, ("N0.c3",), server=found.record.name, address=server)
    )
    return result


def _no_server(estate: Estate, server: str) -> Result | None:
    """A machine of the estate that is known to run no DNS server."""
    for name, host in estate.hosts.items():
        if host.address == server and host.listens is not None and not {"udp/53", "tcp/53"} & set(host.listens):
            return Result(REFUSED_CONNECTION, steps=(step("names.server.closed", name, ("N7.2g",), server=server),))
    return None


def _once(resolution: Resolution, server: _Server, name: str, rtype: str) -> Result:
    """Longest suffix among zones and forwarders; then forward-all; then recursion (N1.12)."""
    who = server.record.name
    for suffix in suffixes(name):
        zone = server.zones.get(suffix)
        if zone is not None:
            result = answer_from(zone, name, rtype)
            cut = zone.cut(name)
            if cut:
                result = Result(unknown=why("names.why.delegated_by", server=who, cut=cut))
            result.steps.append(step("names.site_server.zone", who, ("N1.12",), server=who, zone=suffix, name=name))
            return result
        to = server.forwarders.get(suffix)
        if to is not None:
            return _forward(resolution, server, to, suffix, name, rtype)
    if server.record.forward_all:
        return _forward(resolution, server, server.record.forward_all, ".", name, rtype)
    if not server.record.recursion:
        return Result(REFUSED, steps=(step("names.site_server.refused", who, ("N1.12",), server=who),))
    return _recurse(resolution, server, name, rtype)


def _forward(
    resolution: Resolution, server: _Server, to: tuple[str, ...], suffix: str, name: str, rtype: str
) -> Result:
    """Ask the forwarders in order; those of which nobody knows whether they can be reached come last."""
    who = server.record.name
    steps: list[Step] = []
    sure: list[tuple[str, Reach]] = []
    unsure: list[tuple[str, Reach]] = []
    for address in to:
        reach = resolution.reach(server.place, address)
        if reach.ok:
            sure.append((address, reach))
            continue
        code = "names.site_server.uncertain" if reach.ok is None else "names.site_server.blocked"
        steps.append(step(code, who, ("N1.12",), server=who, target=address, reason=reach.code, detail=reach.detail))
        if reach.ok is None:
            unsure.append((address, reach))
    last = Result(SERVFAIL)
    for address, reach in (*sure, *unsure):
        steps.append(step("names.site_server.forward", who, ("N1.12",), server=who, suffix=suffix, target=address))
        last = resolution.ask_server(address, server.place.arriving(reach.vpc), name, rtype)
        if reach.ok is None and not last.unknown:
            last.unknown = why("names.why.reach_from", who=who, address=address, reason=reach.detail or reach.code)
        steps += last.steps
        if last.rcode not in (SERVFAIL, TIMEOUT, REFUSED, REFUSED_CONNECTION) or last.unknown:
            last.steps, last.next = steps, ""
            return last
    # N2.7h: what clients see when no forwarder answers is not documented.
    steps.append(step("names.site_server.no_forwarder", who, ("N2.7h",), server=who, suffix=suffix))
    return Result(SERVFAIL, steps=steps, elapsed=last.elapsed)


def _recurse(resolution: Resolution, server: _Server, name: str, rtype: str) -> Result:
    """Ask public DNS, if the server has a way to the Internet."""
    who, place = server.record.name, server.place
    unknown = ""
    if resolution.transport is not None:
        reach = resolution.reach(place, ROOT_SERVER)
        if reach.ok is False:
            said = step(
                "names.site_server.no_internet", who, ("N1.12",), server=who, reason=reach.code, detail=reach.detail
            )
            return Result(SERVFAIL, steps=(said,))
        if reach.ok is None:
            unknown = why("names.why.internet", who=who, reason=reach.detail or reach.code)
    elif place.site and not resolution.estate.sites[place.site].internet:
        said = step("names.site_server.no_internet", who, ("N1.12",), server=who, reason="", detail="")
        return Result(SERVFAIL, steps=(said,))
    result = follow(resolution.estate, name, rtype)
    result.steps.insert(0, step("names.site_server.recursion", who, ("N1.12",), server=who))
    result.unknown = result.unknown or unknown
    return result
