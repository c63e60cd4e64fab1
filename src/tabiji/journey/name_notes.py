"""What else would have answered a name, when that is why the request goes where it goes.

``NOTES`` lists the looks that are taken, each cheap where it does not apply.
They change nothing about the answer; they name the zone, endpoint or server a
person should look at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..estate import Estate
from ..estate.vpc_endpoint import VpcEndpoint
from ..findings.finding import FORWARD, NAME, NOTE, Finding
from ..names import lookup, view
from ..names.answer import NOERROR, Answer
from ..names.dnsname import absolute, lenient, suffixes, under
from ..names.endpoint_names import PRIVATELINK_TYPES, names_of, service_tail
from ..names.managed_zone import has_private_dns, inbound_only
from ..names.view import View
from ..packet.address import AddressError, is_private_v4, is_v6, parse_address
from .model import Vantage

SHADOWING = ("names.private_hosted_zone.nxdomain", "names.private_hosted_zone.nodata",
             "names.managed_zone.nxdomain", "names.managed_zone.nodata", "names.managed_zone.no_subnets")  # fmt: skip
ASKED = ("names.vpc_resolver.asked", "names.inbound_endpoint.asked")
LISTED = 5
"""At most so many names of a shadowed zone are told."""


class Asked:
    """The question, and what came of it."""

    def __init__(self, estate: Estate, vantage: Vantage, name: str, answers: Sequence[Answer], works: bool) -> None:
        self.works = works
        """The request succeeds."""
        self.estate = estate
        self.vantage = vantage
        self.name = absolute(name)
        self.answers = answers
        self.chain = tuple(step for answer in answers for step in answer.chain)
        self.addresses = tuple(dict.fromkeys(a for answer in answers for a in answer.addresses()))
        self.text = self.name.rstrip(".")
        """The name as people write it."""
        self.resolver_vpc = next((dict(s.params).get("vpc", "") for s in self.chain if s.code in ASKED), "")
        """The VPC whose resolver was asked, by its own instances or through an inbound endpoint."""
        self.private = any(map(_is_private, self.addresses))
        """It got a private address."""

    def note(self, code: str, component: str, facts: tuple[str, ...], *, leg: str = NAME, **params: str) -> Finding:
        """A finding about this name."""
        told = (("name", self.text), ("component", component), *params.items())
        return Finding(code=code, severity=NOTE, leg=leg, component=component, facts=facts, params=told)


Look = Callable[[Asked], Iterator[Finding]]


def name_notes(estate: Estate, vantage: Vantage, name: str, answers: Sequence[Answer], *, works: bool) -> list[Finding]:
    """All looks, in order; ``works`` says that the request succeeds."""
    if not answers or answers[0].from_hosts_file:
        return []
    asked = Asked(estate, vantage, name, answers, works)
    return [finding for look in NOTES for finding in look(asked)]


def shadowed(asked: Asked) -> Iterator[Finding]:
    """A private zone said no; public DNS would have said yes (N2.6a)."""
    if asked.addresses:
        return
    step = next((s for s in asked.chain if s.code in SHADOWING), None)
    if step is None:
        return
    outside = _addresses(_public(asked.estate, asked.text))
    others = _only_public(asked.estate, dict(step.params).get("zone", ""))
    if outside or others:
        yield asked.note(
            "name.shadowed",
            step.component,
            ("N2.6a", "N4.10a"),
            zone=dict(step.params).get("zone", "").rstrip("."),
            addresses=", ".join(outside) or "-",
            lost=", ".join(others) or asked.text,
        )


def _only_public(estate: Estate, suffix: str) -> list[str]:
    """Names public DNS has below a private zone's apex, and the zone has not."""
    from ..names.private_hosted_zone import zone_of

    apex = lenient(suffix)
    if not apex:
        return []
    private = [z for z in estate.hosted_zones.values() if z.config.private_zone and lenient(z.name) == apex]
    if not private:
        return []
    known = {lenient(name) for name in estate.tables["public_names"]}
    for record in estate.hosted_zones.values():
        if not record.config.private_zone and not record.vpcs:
            known |= {name for name, types in zone_of(estate, record).nodes.items() if "A" in types or "CNAME" in types}
    held = {name for z in private for name in zone_of(estate, z).nodes}
    return sorted(name.rstrip(".") for name in known if name and under(name, apex) and name not in held)[:LISTED]


def attributes_off(asked: Asked) -> Iterator[Finding]:
    """A zone or endpoint is there for the name, but the VPC's DNS attributes keep it unused (N2.2b)."""
    estate, vpc = asked.estate, asked.resolver_vpc or asked.vantage.vpc
    if not vpc or asked.private or View.of(estate, vpc).dns.both is not False:
        return
    dns = View.of(estate, vpc).dns
    attribute = "enableDnsSupport" if dns.support is False else "enableDnsHostnames"
    if asked.name.endswith((".compute.internal.", ".ec2.internal.")):
        cidr = estate.vpcs[vpc].cidr_block if vpc in estate.vpcs else ""
        yield asked.note(
            "name.instance_names_off", vpc, ("N2.2b", "N3.2b", "N3.3"), vpc=vpc, attribute=attribute, cidr=cidr
        )
    for component in _holders(estate, vpc, asked.name):
        yield asked.note("name.attributes_off", component, ("N2.2b", "N2.6a", "N4.6"), vpc=vpc, attribute=attribute)


def not_the_resolver(asked: Asked) -> Iterator[Finding]:
    """An instance asks a server of its own, and the VPC's resolver would have answered otherwise (N1.3, N1.11)."""
    estate, vpc = asked.estate, asked.vantage.vpc
    if not vpc or asked.resolver_vpc or asked.private:
        return
    there = view(estate, vpc, asked.text)
    if any(map(_is_private, there.addresses())):
        holder = next((s.component for s in there.chain if s.component), vpc)
        servers = ", ".join(dict.fromkeys(a.server for a in asked.answers if a.server))
        yield asked.note(
            "name.not_the_resolver",
            holder,
            ("N1.3", "N1.11"),
            servers=servers,
            vpc=vpc,
            resolver=View.of(estate, vpc).plus_two,
            addresses=", ".join(there.addresses()),
        )


def forwarded_away(asked: Asked) -> Iterator[Finding]:
    """A custom rule takes a name that a private zone of the VPC would have answered (N2.4b)."""
    vpc = asked.resolver_vpc
    step = next((s for s in asked.chain if s.code == "names.resolver_rule.forward"), None)
    if not vpc or step is None:
        return
    held = View.of(asked.estate, vpc).claim(asked.name, local=True)
    if held.kind in ("managed_zone", "private_hosted_zone"):
        yield asked.note(
            "name.forwarded_away",
            step.component,
            ("N2.4b", "N2.4c"),
            domain=dict(step.params).get("domain", "").rstrip("."),
            owner=held.owner,
            vpc=vpc,
        )


def inbound_answers_differ(asked: Asked) -> Iterator[Finding]:
    """S3's private names for inbound endpoints only: the VPC's own clients keep the public ones (N4.11b)."""
    vpc = asked.resolver_vpc
    if not vpc or asked.private:
        return
    for endpoint in _endpoints(asked.estate, vpc):
        if has_private_dns(endpoint) and inbound_only(endpoint) and _covers(asked.estate, endpoint, asked.text):
            through = view(asked.estate, vpc, asked.text, inbound=True)
            yield asked.note(
                "name.inbound_only",
                endpoint.vpc_endpoint_id,
                ("N4.11b", "IE11"),
                here=", ".join(asked.addresses) or "-",
                inbound=", ".join(through.addresses()) or "-",
                vpc=vpc,
            )


def not_covered(asked: Asked) -> Iterator[Finding]:
    """The VPC has an endpoint for the service, but its private names do not include this form of the name (N4.11a)."""
    vpc = asked.resolver_vpc
    if not vpc or asked.private or "amazonaws" not in asked.name:
        return
    endpoints = [e for e in _endpoints(asked.estate, vpc) if e.private_dns_enabled]
    if not endpoints:
        return
    from ..names.catalogue import endpoint_services

    offered = {service_tail(s.service_name): s.use for s in endpoint_services(asked.text) if s.how == "service"}
    for endpoint in endpoints:
        tail = service_tail(endpoint.service_name)
        if tail not in offered or _covers(asked.estate, endpoint, asked.text):
            continue
        names = [n.name.rstrip(".") for n in names_of(asked.estate, endpoint) if n.private]
        use = offered[tail] if any(_matches(n, offered[tail]) for n in names) else next(iter(names), "")
        yield asked.note(
            "name.not_covered",
            endpoint.vpc_endpoint_id,
            ("N4.11a", "N5.3") if tail == "s3" else ("N5.3",),
            endpoint=endpoint.vpc_endpoint_id,
            service=tail,
            use=use,
        )


def elsewhere(asked: Asked) -> Iterator[Finding]:
    """The zone that holds the name belongs to a VPC next door; zones are not shared by a connection (N4.3, N6.G)."""
    estate, vpc = asked.estate, asked.resolver_vpc
    if not vpc or asked.private or View.of(estate, vpc).claim(asked.name).kind != "public":
        return
    for other in _neighbours(estate, vpc):
        for component in _holders(estate, other, asked.name, working=True):
            zone = component in estate.hosted_zones
            yield asked.note(
                "name.zone_elsewhere" if zone else "name.endpoint_elsewhere",
                component,
                ("N2.6g", "N6.G") if zone else ("N4.3", "N6.G", "IE4"),
                vpc=vpc,
                other=other,
            )


def rule_elsewhere(asked: Asked) -> Iterator[Finding]:
    """A FORWARD rule for the name exists, but not for this VPC (N2.7e)."""
    estate, vpc = asked.estate, asked.resolver_vpc
    rules = estate.tables["resolver_rules"]
    if not vpc or not rules or View.of(estate, vpc).claim(asked.name).kind != "public":
        return
    for rule_id, rule in rules.items():
        domain = lenient(rule.domain_name)
        if rule.rule_type == "FORWARD" and domain not in ("", ".") and under(asked.name, domain):
            yield asked.note("name.rule_elsewhere", rule_id, ("N2.4a", "N2.7e"), domain=domain.rstrip("."), vpc=vpc)


def other_region(asked: Asked) -> Iterator[Finding]:
    """An instance name of another Region: a VPC's resolver knows its own Region's only (N2.5a)."""
    vpc = asked.resolver_vpc
    if asked.addresses or not vpc or not asked.name.endswith(".compute.internal."):
        return
    region, own = asked.name.split(".")[-4], asked.estate.region_of(vpc)
    if region and own and region != own:
        yield asked.note("name.other_region", vpc, ("N2.5a", "N2.5d", "N3.2a"), region=region, own=own, vpc=vpc)


def no_endpoint_service(asked: Asked) -> Iterator[Finding]:
    """No endpoint service serves this AWS name: it takes a way to the Internet (N8.2, N8.9)."""
    if asked.works or asked.private or not asked.vantage.vpc or not asked.addresses:
        return
    from ..names.public_endpoints import classify

    spoken = classify(asked.text)
    if spoken is None or spoken.kind != "service" or not spoken.service:
        return
    from ..names.catalogue import endpoint_services

    if not endpoint_services(asked.text):
        region = spoken.region or spoken.home
        yield asked.note(
            "name.no_endpoint_service", "", ("N8.2", "N8.9"), service=spoken.service, region=region or "aws-global"
        )


def gateway_endpoint(asked: Asked) -> Iterator[Finding]:
    """The VPC has a gateway endpoint for the service, but not for this subnet's table or this Region (GE1, GE3)."""
    estate, vpc = asked.estate, asked.vantage.vpc
    if not vpc or asked.private or not asked.addresses:
        return
    endpoints = [estate.vpc_endpoints[i] for i in estate.endpoints_by_vpc.get(vpc, ())]
    gateways = [e for e in endpoints if e.vpc_endpoint_type == "Gateway" and e.state.lower() in ("available", "")]
    if not gateways:
        return
    from ..names.public_endpoints import classify

    spoken = classify(asked.text)
    if spoken is None or spoken.kind != "service":
        return
    mine = [e for e in gateways if service_tail(e.service_name) == (spoken.tag or "").lower()]
    own = estate.region_of(vpc)
    table = estate.route_table_by_subnet.get(asked.vantage.subnet) or estate.main_route_tables.get(vpc, "")
    if mine and spoken.region and own and spoken.region != own:
        endpoint = mine[0].vpc_endpoint_id
        yield asked.note("note.gateway_other_region", endpoint, ("GE3",), leg=FORWARD, region=spoken.region, own=own)
    elif mine and table and all(table not in e.route_table_ids for e in mine):
        endpoint = mine[0].vpc_endpoint_id
        yield asked.note("note.gateway_unused", endpoint, ("GE1", "GE2"), leg=FORWARD, table=table)


NOTES: tuple[Look, ...] = (
    shadowed,
    attributes_off,
    not_the_resolver,
    forwarded_away,
    inbound_answers_differ,
    not_covered,
    elsewhere,
    rule_elsewhere,
    other_region,
    no_endpoint_service,
    gateway_endpoint,
)


def _covers(estate: Estate, endpoint: VpcEndpoint, host: str) -> bool:
    """Is the host among the endpoint's private names (N4.8)?"""
    return any(n.private and _matches(n.name, host) for n in names_of(estate, endpoint))


def _matches(name: str, host: str) -> bool:
    name = name.rstrip(".")
    return host == name or (name.startswith("*.") and host.endswith(name[1:]))


def _holders(estate: Estate, vpc: str, name: str, *, working: bool = False) -> Iterator[str]:
    """Private zones and endpoints of a VPC that are there for the name; ``working`` leaves out those not in use."""
    if working and View.of(estate, vpc).dns.both is False:
        return
    above = set(suffixes(name))
    for zone_id, zone in estate.hosted_zones.items():
        if lenient(zone.name) in above and any(v.vpc_id == vpc for v in zone.vpcs):
            yield zone_id
    for endpoint in _endpoints(estate, vpc):
        if has_private_dns(endpoint) and _covers(estate, endpoint, name.rstrip(".")):
            yield endpoint.vpc_endpoint_id


def _endpoints(estate: Estate, vpc: str) -> Iterator[VpcEndpoint]:
    for endpoint_id in estate.endpoints_by_vpc.get(vpc, ()):
        endpoint = estate.vpc_endpoints[endpoint_id]
        if endpoint.vpc_endpoint_type in PRIVATELINK_TYPES:
            yield endpoint


def _neighbours(estate: Estate, vpc: str) -> list[str]:
    """VPCs peered with this one, or on a TGW with it."""
    out: dict[str, None] = {}
    for peering in estate.peerings.values():
        ends = (peering.requester.vpc_id, peering.accepter.vpc_id)
        if vpc in ends and peering.status.code == "active":
            out |= dict.fromkeys(ends)
    for mine in estate.vpc_attachments_by_vpc.get(vpc, ()):
        tgw = estate.tgw_vpc_attachments[mine].transit_gateway_id
        for attachment in estate.attachments_by_tgw.get(tgw, ()):
            record = estate.tgw_vpc_attachments.get(attachment)
            if record is not None:
                out[record.vpc_id] = None
    return [other for other in out if other != vpc and other in estate.vpcs]


def _public(estate: Estate, name: str) -> tuple[Answer, ...]:
    return lookup(estate, Vantage(label="internet", kind="internet"), name, families=("A",))


def _addresses(answers: Sequence[Answer]) -> list[str]:
    return [a for answer in answers if answer.rcode == NOERROR for a in answer.addresses()]


def _is_private(text: str) -> bool:
    try:
        value = parse_address(text)
    except AddressError:
        return False
    return not is_v6(value) and is_private_v4(value)
