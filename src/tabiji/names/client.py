"""The client's own resolver: which servers, which search list, who moves on when (section 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from .answer import NOERROR, NXDOMAIN, REFUSED, REFUSED_CONNECTION, SERVFAIL, TIMEOUT, UNREACHABLE, Step
from .dnsname import absolute, lenient
from .hosts_file import host_of
from .resolution import Resolution, Result, step
from .transport import FromPlace, Vantage, place_of
from .view import View
from .vpc_resolver import LINK_LOCAL
from .why import why

if TYPE_CHECKING:
    from ..estate import Estate

STUB = "127.0.0.53"
"""systemd-resolved (N1.5)."""
PUBLIC = ""
"""Stands for "some public resolver" where a host on the Internet names none."""
TIMEOUT_SECONDS = 5.0
"""N1.7, N7.2f."""
_NO_ANSWER = frozenset((TIMEOUT, REFUSED_CONNECTION, UNREACHABLE))
MOVES_ON = {
    "libc": _NO_ANSWER | {SERVFAIL, REFUSED},  # N1.7
    "dig": _NO_ANSWER,  # N1.9
    "nslookup": _NO_ANSWER | {SERVFAIL},  # N1.9
    "host": _NO_ANSWER | {SERVFAIL},  # measured with 9.18, as N1.9
}
TRIES = {"libc": 2, "dig": 3, "nslookup": 3, "host": 2}
"""Rounds over the servers before giving up: glibc's ``attempts``; N7.2f for the others."""
DNS_TOOLS = ("dig", "nslookup", "host")


def habits_of(tool: str) -> str:
    """Whose habits a tool has: everything that is no DNS tool asks the C library."""
    return tool if tool in MOVES_ON else "libc"


class Config(msgspec.Struct, frozen=True, gc=False):
    """resolv.conf as the client has it."""

    nameservers: tuple[str, ...]
    search: tuple[str, ...]
    ndots: int
    stub: bool
    steps: tuple[Step, ...]
    unknown: str = ""


def configuration(estate: Estate, vantage: Vantage) -> Config:
    """Servers and search list: the host's own, else what DHCP or the site gives."""
    host = estate.hosts.get(host_of(estate, vantage))
    servers, search, steps, unknown = _given(estate, vantage)
    ndots, stub = 1, False
    if host is not None:
        ndots = host.ndots
        stub = host.stub_resolver
        if host.nameservers is not None:
            stub = stub or STUB in host.nameservers
            own = tuple(s for s in host.nameservers if s != STUB)
            if own or not stub:
                servers, unknown = own, ""
                steps = (step("names.client.resolv_conf", host.name, ("N0.c2",), servers=", ".join(own) or "-"),)
        if host.search is not None:
            search = host.search
    return Config(servers, search, ndots, stub, steps, unknown)


def _given(estate: Estate, vantage: Vantage) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Step, ...], str]:
    if vantage.vpc:
        return _dhcp(estate, vantage)
    site = estate.sites.get(vantage.site)
    if site is not None and site.dns:
        said = step("names.client.site", vantage.site, ("N1.12",), site=vantage.site, servers=", ".join(site.dns))
        return tuple(site.dns), (), (said,), ""
    said = step("names.client.public_resolver", vantage.site, ("N0.c3",))
    return (PUBLIC,), (), (said,), ""


def _dhcp(estate: Estate, vantage: Vantage) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Step, ...], str]:
    """DHCP options of the VPC (N1.1-N1.4)."""
    view = View.of(estate, vantage.vpc)
    subnet = estate.subnets.get(vantage.subnet)
    six_only = subnet is not None and not subnet.cidr_block and bool(subnet.cidrs())
    own = LINK_LOCAL[1] if six_only else view.plus_two  # N1.4
    set_id = view.vpc.dhcp_options_id if view.vpc is not None else ""
    record = estate.tables["dhcp_options"].get(set_id)
    default_search = (
        ("ec2.internal",) if view.region == "us-east-1" else (f"{view.region}.compute.internal",) if view.region else ()
    )
    if set_id == "default":  # N1.2: no option set at all
        return (), (), (step("names.client.no_dhcp_options", vantage.vpc, ("N1.2",), vpc=vantage.vpc),), ""
    if record is None:
        unknown = ""
        if set_id and not estate.coverage.complete and estate.switch("N1.1", "unknown") == "unknown":
            unknown = why("names.why.dhcp_options", set=set_id, vpc=vantage.vpc)
        said = step("names.client.dhcp", set_id, ("N1.1",), servers=own)
        return (own,), default_search, (said,), unknown
    listed = record.values("domain-name-servers")
    if listed is None:
        return (), (), (step("names.client.no_dhcp_options", set_id, ("N1.2",), vpc=vantage.vpc),), ""
    servers = tuple(own if s == "AmazonProvidedDNS" else s for s in listed)
    steps = [step("names.client.dhcp", set_id, ("N1.1",), servers=", ".join(servers))]
    if "AmazonProvidedDNS" in listed and len(listed) > 1:
        steps.append(step("names.client.mixed_dns", set_id, ("N1.3",), set=set_id))
    names = record.values("domain-name") or ()
    host = estate.hosts.get(host_of(estate, vantage))
    if host is None or host.os == "linux":
        names = tuple(part for name in names for part in name.split())  # N1.3
    return servers, names, tuple(steps), ""


def candidates(text: str, config: Config, search: bool) -> list[str]:
    """The absolute names tried, in order (N1.6)."""
    name = absolute(text)
    if text.endswith(".") or not search:
        return [name]
    tried = [n for n in (lenient(f"{name}{s}") for s in config.search if s.strip(".")) if n]
    order = [name, *tried] if name.count(".") - 1 >= config.ndots else [*tried, name]
    return list(dict.fromkeys(order))


def ask(
    resolution: Resolution, vantage: Vantage, config: Config, name: str, rtype: str, tool: str
) -> tuple[Result, str]:
    """Ask the servers in order; the answer, and the address of the server that gave it."""
    place = place_of(vantage)
    habits = habits_of(tool)
    steps: list[Step] = list(config.steps)
    elapsed = 0.0
    last = Result(
        REFUSED_CONNECTION,
        steps=(step("names.client.no_servers", vantage.vpc or vantage.site, ("N1.2",)),),
        unknown=config.unknown,
    )
    used = ""
    for number, server in enumerate(config.nameservers):
        result = _ask_one(resolution, place, server, name, rtype)
        elapsed += result.elapsed
        if result.rcode == TIMEOUT:
            elapsed += TIMEOUT_SECONDS
        steps += result.steps
        result.steps = []
        last, used = result, server
        if result.rcode not in MOVES_ON[habits]:
            break
        if number + 1 < len(config.nameservers):
            following = config.nameservers[number + 1]
            steps.append(
                step("names.client.next_server", server, ("N1.7",), server=server, rcode=result.rcode, next=following)
            )
    else:  # every server failed: the remaining rounds fail alike
        elapsed *= TRIES[habits]
    last.elapsed = elapsed
    last.steps = steps + last.steps
    last.unknown = last.unknown or config.unknown
    if config.stub:
        last.steps.insert(0, step("names.stub.asked", STUB, ("N1.5",), server=STUB))
        used = STUB
        if last.rcode in _NO_ANSWER:
            last.rcode = SERVFAIL if last.rcode != TIMEOUT else TIMEOUT
    return last, used


def _ask_one(resolution: Resolution, place: FromPlace, server: str, name: str, rtype: str) -> Result:
    if server == PUBLIC:
        return resolution.ask_server(server, place, name, rtype)
    if server.startswith("127.") or server == "::1":
        return _on_loopback(resolution, place, server, name, rtype)
    reach = resolution.reach(place, server)
    if reach.ok is False:
        rcode = REFUSED_CONNECTION if reach.refused else UNREACHABLE if reach.unreachable else TIMEOUT
        said = step("names.client.blocked", server, ("N0.c3",), server=server, reason=reach.code, detail=reach.detail)
        return Result(rcode, steps=(said,))
    result = resolution.ask_server(server, place.arriving(reach.vpc), name, rtype)
    if reach.ok is None:
        result.steps.insert(
            0, step("names.client.uncertain", server, ("N0.c3",), server=server, reason=reach.code, detail=reach.detail)
        )
        result.unknown = result.unknown or why("names.why.reach", server=server, reason=reach.detail or reach.code)
    return result


def _on_loopback(resolution: Resolution, place: FromPlace, server: str, name: str, rtype: str) -> Result:
    """A DNS server on the client itself, such as dnsmasq: described under the host's name, or not known."""
    own = resolution.estate.tables["dns_servers"].get(place.host)
    if own is not None:
        return resolution.ask_server(own.address, place, name, rtype)
    return Result(
        SERVFAIL,
        steps=(step("names.server.unknown", server, ("N0.c3",), server=server),),
        unknown=why("names.why.no_server_here", server=server),
    )


def search(
    resolution: Resolution, vantage: Vantage, config: Config, text: str, rtype: str, tool: str, use_search: bool
) -> tuple[str, Result, str]:
    """Try the candidate names until one has data (N1.6): its name, the answer, the server."""
    names = candidates(text, config, use_search)
    steps: list[Step] = []
    elapsed = 0.0
    best: tuple[str, Result, str] | None = None
    for name in names:
        result, server = ask(resolution, vantage, config, name, rtype, tool)
        if len(names) > 1:
            steps.append(step("names.client.search", "", ("N1.6",), name=name, rcode=result.rcode))
        steps += result.steps
        elapsed += result.elapsed
        final = bool(result.answer and result.rcode == NOERROR) or bool(result.unknown)
        # NODATA is remembered while the search goes on; silence ends it.
        if best is None or final or (best[1].rcode == NXDOMAIN and result.rcode == NOERROR):
            best = (name, result, server)
        if final or result.rcode in _NO_ANSWER:
            best = (name, result, server)
            break
    assert best is not None
    best[1].steps = steps
    best[1].elapsed = elapsed
    return best
