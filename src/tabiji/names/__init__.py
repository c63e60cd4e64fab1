"""Floor 3: what a name resolves to, from a place.

The order in which things are asked is data, here: read this list and each
file it names, and you know how a name becomes addresses.

1. ``hosts_file``: /etc/hosts, for everything but DNS tools (N0.c1).
2. ``client``: resolv.conf from the host, DHCP or the site; search list; which
   server, and who moves on to the next one (N0.c2).
3. ``CHAIN.servers``: what kind of server has that address (N0.c3).
4. Inside a VPC's resolver: ``CHAIN.gates`` may stop the question (N0.v0-v2);
   of ``CHAIN.claims`` the longest suffix answers, and of equal suffixes the
   earlier one in the list (N0.v3, N0.v4); CNAMEs start over (N0.v5);
   ``CHAIN.finishers`` have the last word (N0.v6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import (
    autodefined,
    client,
    dns64,
    dns_firewall,
    hosts_file,
    inbound_endpoint,
    managed_zone,
    private_hosted_zone,
    public,
    public_hostname,
    resolver_rule,
    site_server,
    vpc_resolver,
)
from .answer import NOERROR, NXDOMAIN, SERVFAIL, Answer, ResourceRecord
from .dnsname import absolute
from .resolution import Chain, Resolution
from .transport import FromPlace, Reach, Transport, Vantage, place_of
from .view import Question, View

if TYPE_CHECKING:
    from ..estate import Estate, Problem

CHAIN = Chain(
    servers=(
        vpc_resolver.serve,  # VPC+2, 169.254.169.253, fd00:ec2::253: the view of the sender's VPC
        inbound_endpoint.serve,  # the view of the endpoint's VPC
        site_server.serve,  # on-prem servers, one's own servers on instances
        public.serve,  # public resolvers
    ),
    gates=(
        vpc_resolver.switched_on,  # enableDnsSupport
        dns_firewall.inspect,
    ),
    claims=(
        resolver_rule.claims,  # FORWARD, SYSTEM; their queries leave by outbound_endpoint
        private_hosted_zone.claims,
        managed_zone.claims,  # hidden zones of interface endpoints
        autodefined.claims,  # ec2_name, reverse zones, localhost
        public_hostname.claims,  # names of interfaces, by type
        public.claims,  # everything else
    ),
    finishers=(dns64.synthesise,),
)


def resolve(
    estate: Estate,
    vantage: Vantage,
    name: str,
    rtype: str = "A",
    *,
    transport: Transport | None = None,
    server: str | None = None,
    tool: str = "libc",
    search: bool | None = None,
    protocol: str = "udp",
) -> Answer:
    """One question as a client at the vantage gets it answered.

    ``server`` asks that address instead of the configured ones (dig's
    ``@server``); the name of one of the estate's DNS servers will do.
    ``tool``: ``dig``, ``nslookup`` or ``host``; anything else uses the C
    library (hosts file, search list).  ``search`` overrides the tool's habit.
    ``protocol``: ``udp`` or ``tcp``.  Raises BadName.
    """
    rtype = rtype.upper()
    asked = absolute(name)
    if tool not in client.DNS_TOOLS and server is None and rtype in ("A", "AAAA"):
        found = hosts_file.answer(estate, vantage, asked, (rtype,))
        if found is not None:
            return found.finish(asked, rtype, from_hosts_file=True)
    config = client.configuration(estate, vantage)
    if server is not None:
        config = _only(estate, config, server)
    use_search = tool not in ("dig", "host") if search is None else search
    resolution = Resolution(estate, CHAIN, transport, protocol)
    tried, result, used = client.search(resolution, vantage, config, name, rtype, tool, use_search)
    return _with_case(result.finish(tried, rtype, server=used), name)


def lookup(
    estate: Estate,
    vantage: Vantage,
    name: str,
    *,
    transport: Transport | None = None,
    families: tuple[str, ...] = ("A", "AAAA"),
) -> tuple[Answer, ...]:
    """What getaddrinfo asks and gets: hosts file, then the search list for A and AAAA (N1.6-N1.8).

    Every question asked, in order of the names tried.  Answers with addresses
    come last (one for each family that has some); the last answer is the most
    telling one when there are none.  Raises BadName.
    """
    asked = absolute(name)
    found = [(t, hosts_file.answer(estate, vantage, asked, (t,))) for t in families]
    answers = [r.finish(asked, t, from_hosts_file=True) for t, r in found if r is not None]
    if answers:
        return tuple(answers)
    config = client.configuration(estate, vantage)
    for candidate in client.candidates(name, config, True):
        pair = []
        for rtype in families:
            resolution = Resolution(estate, CHAIN, transport)
            result, used = client.ask(resolution, vantage, config, candidate, rtype, "libc")
            pair.append(_with_case(result.finish(candidate, rtype, server=used), name))
        useful = [a for a in pair if a.addresses()]
        answers += [a for a in reversed(pair) if not a.addresses()] + useful
        if useful or any(a.unknown or a.rcode not in (NOERROR, NXDOMAIN, SERVFAIL) for a in pair):
            return tuple(answers)
    nodata = [a for a in answers if a.rcode == NOERROR]
    if nodata and answers[-1].rcode != NOERROR:  # NODATA of any candidate outranks NXDOMAIN of the last (N1.6)
        answers.remove(nodata[-1])
        answers.append(nodata[-1])
    return tuple(answers)


def view(
    estate: Estate,
    vpc_id: str,
    qname: str,
    rtype: str = "A",
    *,
    inbound: bool = False,
    subnet: str = "",
    dns64: bool = False,
    transport: Transport | None = None,
) -> Answer:
    """What the resolver of a VPC answers: to its own ENIs, or through an inbound endpoint (N2.7f).

    ``subnet`` is the asking one (DNS64 is a subnet's attribute); ``dns64``
    says the inbound endpoint has it on.  Raises BadName.
    """
    rtype = rtype.upper()
    name = absolute(qname)
    record = estate.subnets.get(subnet)
    where = subnet if record is not None and record.enable_dns64 else "inbound endpoint" if dns64 else ""
    question = Question(Resolution(estate, CHAIN, transport), name, rtype, inbound, where)
    return _with_case(View.of(estate, vpc_id).ask(question).finish(name, rtype), qname)


def problems(estate: Estate) -> tuple[Problem, ...]:
    """What cannot be so on AWS, or is documented as unreliable, in the DNS part of an estate."""
    from .conflicts import find

    return tuple(find(estate))


def _only(estate: Estate, config: client.Config, server: str) -> client.Config:
    record = estate.tables["dns_servers"].get(server)
    address = record.address if record is not None else server
    return client.Config((address,), config.search, config.ndots, False, ())


def _with_case(answer: Answer, text: str) -> Answer:
    """Give the name back in the spelling of the question."""
    if text.islower() or not text.isascii() or "\\" in text:
        return answer
    asked = text if text.endswith(".") else text + "."
    name = answer.name
    if asked.lower() != name:
        return answer
    import msgspec

    records = tuple(ResourceRecord(asked, r.type, r.ttl, r.rdata) if r.name == name else r for r in answer.answer)
    return msgspec.structs.replace(answer, name=asked, answer=records)


__all__ = [
    "CHAIN",
    "Answer",
    "FromPlace",
    "Reach",
    "Transport",
    "Vantage",
    "View",
    "lookup",
    "place_of",
    "problems",
    "resolve",
    "view",
]
