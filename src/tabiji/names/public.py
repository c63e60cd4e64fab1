"""Public DNS as far as the estate knows it; whatever it does not know is said to be unknown (section 5).

The order of the sources is the list ``SOURCES`` at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ..packet.address import (
    AddressError,
    format_address,
    is_private_v4,
    is_v6,
    parse_address,
    parse_prefix,
)
from . import ec2_name, public_hostname
from .answer import NOERROR, NXDOMAIN, REFUSED_CONNECTION, ResourceRecord, Step
from .dnsname import is_v6_text, labels, lenient, reversed_address, suffixes
from .endpoint_names import EndpointName, addresses_of, names_of
from .resolution import KINDS, Resolution, Result, chase, step
from .view import Claim, Question, View
from .why import why
from .zone import Zone, answer_from

if TYPE_CHECKING:
    from ..estate import Estate
    from .transport import FromPlace

TTL = 60
"""N5.4: regional API names, ELB names."""
S3_TTL = 5
"""N5.4: 0 to 5 seconds."""
ESTATE_TTL = 300
"""For names written by hand, which have no TTL."""
NEVER_PUBLIC = frozenset(
    (
        *("internal", "invalid", "test", "local", "localhost", "localdomain", "onion"),
        *("corp", "home", "mail", "lan", "intranet", "private"),
    )
)
"""Top-level labels the public root does not have (NT11: ``.internal``)."""
DOCUMENTATION = tuple(parse_address(t) for t in ("192.0.2.0", "198.51.100.0", "203.0.113.0"))
DOCUMENTATION6 = parse_address("2001:db8::")
RESOLVERS = frozenset(
    (
        *("8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9", "149.112.112.112", "208.67.222.222", "208.67.220.220"),
        *(
            "2001:4860:4860::8888",
            "2001:4860:4860::8844",
            "2606:4700:4700::1111",
            "2606:4700:4700::1001",
            "2620:fe::fe",
        ),
    )
)
"""Public resolvers everybody knows; any ``public_hosts`` entry that listens on port 53 is one too."""


class PublicIndex:
    """Everything the estate says about public names."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.names: dict[str, dict[str, tuple[str, ...]]] = {}
        self.owners: set[str] = set()
        for key, entry in estate.tables["public_names"].items():
            self._add(key, dict(entry.records))
        for host in estate.public_hosts.values():
            if host.name:
                kind = "AAAA" if is_v6_text(host.address) else "A"
                records = self.names.get(lenient(host.name), {})
                if host.address not in records.get(kind, ()):
                    self._add(host.name, records | {kind: (*records.get(kind, ()), host.address)})
        self.endpoints: dict[str, tuple[Any, EndpointName]] = {}
        for endpoint in estate.vpc_endpoints.values():
            for name in names_of(estate, endpoint):
                if not name.private:
                    self.endpoints[name.name] = (endpoint, name)
        self.zones: dict[str, Any] = {}
        for zone in estate.hosted_zones.values():
            if not zone.config.private_zone and not zone.vpcs:
                self.zones.setdefault(lenient(zone.name), zone)
        self.balancers = {}
        for balancer in estate.tables["load_balancers"].values():
            if balancer.dns_name:
                self.balancers[lenient(balancer.dns_name)] = balancer
        self.service_hosts: dict[tuple[str, str], list[str]] = {}
        for host in estate.public_hosts.values():
            if host.service:
                self.service_hosts.setdefault((host.service, host.region), []).append(host.address)
        self._taken: set[int] | None = None
        self._balancer_addresses: dict[str, list[Any]] | None = None

    def _add(self, key: str, records: dict[str, tuple[str, ...]]) -> None:
        name = lenient(key)
        if not name:
            return
        self.names[name] = {k.upper(): tuple(v) for k, v in records.items()}
        self.owners.update(suffixes(name))

    @property
    def taken(self) -> set[int]:
        """Addresses somebody has: never given to an assumed name."""
        if self._taken is None:
            self._taken = set(self.estate.public_addresses)
            texts = [h.address for h in self.estate.public_hosts.values()]
            texts += [v for r in self.names.values() for kind in ("A", "AAAA") for v in r.get(kind, ())]
            for text in texts:
                try:
                    self._taken.add(parse_address(text))
                except AddressError:
                    continue
        return self._taken

    def enis_of_balancer(self, arn: str) -> list[Any]:
        """A load balancer's network interfaces, told by their description."""
        if self._balancer_addresses is None:
            self._balancer_addresses = {}
            for eni in self.estate.network_interfaces.values():
                if eni.description.startswith("ELB "):
                    self._balancer_addresses.setdefault(eni.description[4:], []).append(eni)
        return self._balancer_addresses.get(arn.partition(":loadbalancer/")[2], [])


def index(estate: Estate) -> PublicIndex:
    """The index kept on the estate."""
    return estate.memo("names.public", KINDS, PublicIndex)


def follow(estate: Estate, name: str, rtype: str, depth: int = 0) -> Result:
    """The answer of a recursive resolver outside any VPC: CNAMEs followed in public DNS.

    ``depth`` counts the aliases that led here.
    """
    return chase(lambda n: once(estate, n, rtype, depth), name)


def once(estate: Estate, name: str, rtype: str, depth: int = 0) -> Result:
    """The answer of the first source that knows the name; a CNAME's target is left in ``next``."""
    known = index(estate)
    for source in SOURCES:
        result = source(known, name, rtype, depth)
        if result is not None:
            return result
    return Result(
        NXDOMAIN if rtype == "PTR" else NOERROR,
        steps=(step("names.public.unknown", "", ("N5.5",), name=name),),
        unknown=why("names.why.not_in_estate", name=name.rstrip(".")),
    )


def _records(name: str, rtype: str, values: Any, ttl: int) -> list[ResourceRecord]:
    return [ResourceRecord(name, rtype, ttl, v) for v in values]


def _positive(
    name: str, rtype: str, by_type: dict[str, tuple[str, ...]], ttl: int, said: Step, unknown: str = ""
) -> Result:
    """Answer, CNAME to follow, or NODATA from a table of types."""
    values = by_type.get(rtype, ())
    if not values and rtype != "CNAME" and by_type.get("CNAME"):
        target = lenient(by_type["CNAME"][0])
        return Result(NOERROR, _records(name, "CNAME", (target,), ttl), steps=(said,), next=target, unknown=unknown)
    if rtype in ("CNAME", "NS", "PTR"):
        values = tuple(filter(None, map(lenient, values)))
    return Result(NOERROR, _records(name, rtype, values, ttl), steps=(said,), unknown=unknown)


def from_estate(known: PublicIndex, name: str, rtype: str, depth: int) -> Result | None:
    """Names written into the estate, wildcards included."""
    if not known.names:
        return None
    records = known.names.get(name)
    source = name
    if records is None and name not in known.owners:
        parents = suffixes(name)
        next(parents)
        source = next(("*." + p for p in parents if "*." + p in known.names), "")
        records = known.names.get(source) if source else None
    if records is None:
        return None
    return _positive(
        name, rtype, records, ESTATE_TTL, step("names.public.estate", source.rstrip("."), ("N5.5",), name=name)
    )


def from_zone(known: PublicIndex, name: str, rtype: str, depth: int) -> Result | None:
    """Public hosted zones of the estate, the longest first."""
    if not known.zones:
        return None
    record = next((known.zones[s] for s in suffixes(name) if s in known.zones), None)
    if record is None:
        return None
    from .private_hosted_zone import zone_of

    zone: Zone = zone_of(known.estate, record)
    cut = zone.cut(name)
    if cut:
        return Result(
            steps=(step("names.public.delegated", zone.id, ("N5.5",), cut=cut, zone=zone.origin),),
            unknown=why("names.why.delegated", cut=cut),
        )
    result = answer_from(zone, name, rtype, lambda n, t, d: follow(known.estate, n, t, d), depth=depth)
    result.steps.insert(0, step("names.public.zone", zone.id, ("N5.5",), zone=zone.origin, name=name))
    return result


def from_endpoint(known: PublicIndex, name: str, rtype: str, depth: int) -> Result | None:
    """Regional and zonal endpoint names: public records with private addresses (N4.3)."""
    if ".vpce." not in name:
        return None
    found = known.endpoints.get(name) or known.endpoints.get("*." + name[name.index(".") + 1 :])
    if found is None:
        head = next((p for p in labels(name) if p.startswith("vpce-")), "")
        endpoint_id = next((i for i in known.estate.vpc_endpoints if head.startswith(i.lower() + "-")), "")
        if endpoint_id:  # N4.4b: an AZ without an ENI has no name
            return Result(NXDOMAIN, steps=(step("names.public.no_endpoint_name", endpoint_id, ("N4.4b",), name=name),))
        return None
    endpoint, entry = found
    addresses = addresses_of(known.estate, endpoint, entry)
    values = addresses.v4 if rtype == "A" else addresses.v6 if rtype == "AAAA" else ()
    code = "names.public.endpoint_zonal" if entry.zone else "names.public.endpoint_regional"
    result = Result(
        NOERROR,
        _records(name, rtype, values, TTL),
        steps=(
            step(code, endpoint.vpc_endpoint_id, ("N4.3", "N4.4a"), endpoint=endpoint.vpc_endpoint_id, zone=entry.zone),
        ),
        unknown=addresses.unknown,
    )
    if entry.derived:
        result.steps.append(step("names.public.endpoint_derived", endpoint.vpc_endpoint_id, ("N4.1",), name=name))
    return result


def from_balancer(known: PublicIndex, name: str, rtype: str, depth: int) -> Result | None:
    """Names of load balancers: addresses of their ENIs, private for internal ones."""
    if ".elb." not in name and ".elasticloadbalancing." not in name:
        return None
    base, zone = name.removeprefix("dualstack."), ""
    balancer = known.balancers.get(base)
    if balancer is None:
        zone, _, base = name.partition(".")  # NLBs have zonal names too
        balancer = known.balancers.get(base)
    if balancer is None:
        return None
    from ..estate.load_balancing import zones_in_dns

    inside = balancer.scheme == "internal"
    # LB6, LB9: the regional name leaves out zones that cannot serve every target group.
    in_dns = {zone} if zone else zones_in_dns(known.estate, balancer.load_balancer_arn)
    found: dict[str, list[str]] = {"A": [], "AAAA": []}
    for eni in known.enis_of_balancer(balancer.load_balancer_arn):
        if in_dns and eni.availability_zone not in in_dns:
            continue
        found["A"] += eni.private_v4()[:1] if inside else [public for _, public in eni.public_pairs()]
        if balancer.ip_address_type.lower() != "ipv4":
            found["AAAA"] += [six.ipv6_address for six in eni.ipv6_addresses[:1]]
    if not found["A"]:
        for each in balancer.availability_zones:
            if in_dns and each.zone_name not in in_dns:
                continue
            for address in each.load_balancer_addresses:
                text = address.private_ipv4_address if inside else address.ip_address
                found["A"] += [text] if text else []
    said = step("names.public.balancer", balancer.load_balancer_name, ("N5.4",), name=name, scheme=balancer.scheme)
    unknown = (
        "" if found["A"] or found["AAAA"] else why("names.why.balancer", load_balancer=balancer.load_balancer_name)
    )
    return Result(NOERROR, _records(name, rtype, found.get(rtype, ()), TTL), steps=(said,), unknown=unknown)


def from_instance(known: PublicIndex, name: str, rtype: str, depth: int) -> Result | None:
    """Public instance names, asked outside (N3.4)."""
    hostname = public_hostname.hostnames(known.estate).get(name)
    if hostname is not None:
        return public_hostname.answer(known.estate, name, rtype, hostname, inside=False)
    if not ec2_name.region_of_public_zone(name):
        return None
    return ec2_name.public(known.estate, name, rtype, None)


def from_reverse(known: PublicIndex, name: str, rtype: str, depth: int) -> Result | None:
    """PTR: private ranges do not exist in public DNS, the estate's public instances do."""
    if not name.endswith((".in-addr.arpa.", ".ip6.arpa.")):
        return None
    address = reversed_address(name)
    if address is None or is_v6(address):
        return None
    if is_private_v4(address):
        return Result(
            NXDOMAIN, steps=(step("names.public.private_reverse", "", ("N3.6a",), address=format_address(address)),)
        )
    owner = known.estate.public_addresses.get(address)
    eni = known.estate.network_interfaces.get(owner[0]) if owner is not None else None
    region = known.estate.region_of(eni.vpc_id) if eni is not None else ""
    if not region:
        return None
    host = "ec2-" + format_address(address).replace(".", "-")
    target = f"{host}.{ec2_name.public_zone(region)}"
    records = _records(name, "PTR", (target,), ESTATE_TTL) if rtype in ("PTR", "ANY") else []
    return Result(
        NOERROR,
        records,
        steps=(step("names.public.reverse", eni.network_interface_id if eni else "", ("N3.4",), name=target),),
    )


def from_service(known: PublicIndex, name: str, rtype: str, depth: int) -> Result | None:
    """AWS's own service names: addresses of the estate, else assumed ones (N5.5)."""
    from .public_endpoints import classify  # its tables are read only when such a name is asked

    found = classify(name)
    if found is None or found.kind not in ("service", "cloudfront"):
        return None
    region = found.region or found.home
    if found.host == "s3" and found.resource and found.variant == "default" and found.region:  # N5.4: a bucket
        suffix = name[name.index(f".{region}.") + 1 :]
        target = f"s3-r-w.{suffix}"
        said = step("names.public.bucket", "", ("N5.4",), name=name, target=target)
        records = _records(name, "CNAME", (target,), TTL)
        return Result(NOERROR, records, steps=(said,), next="" if rtype == "CNAME" else target)
    ttl = S3_TTL if found.tag == "S3" else TTL
    hosts = known.service_hosts.get((found.service, region)) or known.service_hosts.get((found.host, region))
    if hosts:
        values = tuple(a for a in hosts if (":" in a) == (rtype == "AAAA")) if rtype in ("A", "AAAA") else ()
        said = step("names.public.service_host", "", ("N5.5",), name=name, service=found.service, region=region)
        return Result(NOERROR, _records(name, rtype, values, ttl), steps=(said,))
    address = ""
    six = found.variant in ("dualstack", "both")
    if rtype == "A" or (rtype == "AAAA" and six):
        address = _listed(known, name, found.tag, region, rtype == "AAAA") or _documentation(
            known, name, rtype == "AAAA"
        )
    service = found.service or found.host or found.kind
    code = "names.public.assumed" if address else "names.public.assumed_nodata"
    facts = ("N5.1", "N5.5")
    said = step(code, "", facts, name=name, address=address, service=service, region=region or "aws-global", type=rtype)
    unknown = ""
    if found.kind == "service" and not found.service:
        unknown = why("names.why.no_service", name=name.rstrip("."))
    elif found.listed is False:  # RQ31
        unknown = why("names.why.not_listed", service=service, region=region, name=name.rstrip("."))
    return Result(NOERROR, _records(name, rtype, (address,) if address else (), ttl), steps=(said,), unknown=unknown)


def _listed(known: PublicIndex, name: str, tag: str, region: str, six: bool) -> str:
    """An address of the Region's AWS-managed prefix list, so that gateway endpoints catch it (N5.5, GE1)."""
    if tag not in ("S3", "DYNAMODB"):
        return ""
    wanted = f".{region}.{tag.lower()}"
    lists = known.estate.prefix_list_cidrs
    for list_id, list_name in sorted(known.estate.prefix_list_names.items()):
        if list_name.endswith(wanted):
            for cidr in lists.get(list_id, ()):
                low, high = parse_prefix(cidr)
                if is_v6(low) == six:
                    return format_address(low + 1 + _hash(name) % max(1, min(high - low - 1, 1 << 16)))
    return ""


def _documentation(known: PublicIndex, name: str, six: bool) -> str:
    """A documentation address nobody in the estate has, always the same for a name."""
    seed = _hash(name)
    if six:
        return format_address(DOCUMENTATION6 + 1 + seed)
    for attempt in range(3 * 254):
        number = (seed + attempt) % (3 * 254)
        address = DOCUMENTATION[number // 254] + 1 + number % 254
        if address not in known.taken:
            return format_address(address)
    return ""


def _hash(name: str) -> int:
    import zlib

    return zlib.crc32(name.encode())


def from_nowhere(known: PublicIndex, name: str, rtype: str, depth: int) -> Result | None:
    """Names the public root does not have."""
    parts = labels(name)
    if not parts or (len(parts) > 1 and parts[-1] not in NEVER_PUBLIC) or (len(parts) == 1 and name in known.owners):
        return None
    return Result(NXDOMAIN, steps=(step("names.public.no_such_domain", "", ("N3.2b",), name=name),))


DECIDES = (
    "hosted_zones",
    "resolver_rules",
    "resolver_rule_associations",
    "vpc_endpoints",
    "firewall_rule_group_associations",
)
"""Kinds that may decide a public name otherwise inside a VPC; the switch ``N2.4a`` = ``public`` takes them as empty."""

Source = Callable[[PublicIndex, str, str, int], "Result | None"]
SOURCES: tuple[Source, ...] = (
    from_estate,
    from_zone,
    from_endpoint,
    from_balancer,
    from_instance,
    from_reverse,
    from_nowhere,
    from_service,
)
"""Who is asked about a public name, in order."""


def claims(view: View) -> Iterator[Claim]:
    """Public DNS answers for everything nobody else claims (N0.v3)."""
    yield Claim(".", "public", "", _handler)


def _handler(view: View, question: Question, name: str) -> Result:
    result = once(view.estate, name, question.rtype)
    gap = view.memo.get("gap")
    if gap is None:
        coverage, scope = view.estate.coverage, view.estate.scope_of(view.vpc_id)
        kinds = [
            k for k in DECIDES if not coverage.complete and not coverage.has(k, scope if k != "hosted_zones" else None)
        ]
        gap = view.memo["gap"] = ", ".join(kinds)
    if not view.region and name.endswith(("internal.", ".amazonaws.com.")) and ".compute" in name:
        result.unknown = result.unknown or why("names.why.region", vpc=view.vpc_id)  # N2.5a
    if gap and ".vpce." not in name and view.estate.switch("N2.4a", "unknown") == "unknown":
        result.steps.append(step("names.public.may_be_shadowed", view.vpc_id, ("N2.4a",), kinds=gap))
        told = why("names.why.shadowed", kinds=gap, name=name.rstrip("."))
        result.unknown = result.unknown or told
    return result


def serve(resolution: Resolution, server: str, sender: FromPlace, name: str, rtype: str) -> Result | None:
    """Answer when the address is a public resolver's."""
    host = resolution.estate.public_hosts.get(server)
    if host is None and server not in RESOLVERS and server != "":
        return None
    if host is not None and host.listens is not None and not any(p.endswith("/53") for p in host.listens):
        return Result(REFUSED_CONNECTION, steps=(step("names.server.closed", server, ("N7.2g",), server=server),))
    result = follow(resolution.estate, name, rtype)
    result.steps.insert(0, step("names.public.resolver", server, ("N0.c3",), server=server))
    return result
