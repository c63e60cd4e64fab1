"""What can be wrong with records that are well-formed: addresses, overlaps, ids that lead nowhere.

Only what would make every later answer meaningless is an error (``SourceError``);
oddities seen in real snapshots (ECO50) become ``Problem``s:

====================  =====================================================
``estate.dangling``   an id that nothing has, though its kind was collected
``estate.host_bits``  a CIDR with host bits set; they are ignored
====================  =====================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from ..estate import Coverage, Problem
from ..estate.coverage import COLLECTED
from ..packet.address import AddressError, format_prefix, parse_address, parse_prefix
from .errors import SourceError

Tables = Mapping[str, Mapping[str, Any]]
FileOf = Callable[[str, str], str]
"""File (or ``file:line``) a record of a kind came from."""

DANGLING, HOST_BITS = "estate.dangling", "estate.host_bits"

_GONE = frozenset(("deleted", "deleting", "failed", "terminated", "shutting-down", "rejected", "expired"))


def _nacl_cidrs(record: Any) -> Iterator[str]:
    for entry in record.entries:
        yield entry.cidr_block or entry.ipv6_cidr_block


def _group_cidrs(record: Any) -> Iterator[str]:
    for permission in (*record.ip_permissions, *record.ip_permissions_egress):
        for four in permission.ip_ranges:
            yield four.cidr_ip
        for six in permission.ipv6_ranges:
            yield six.cidr_ipv6


def _firewall_cidrs(record: Any) -> Iterator[str]:
    """Of stateless rules; what stateful rules say is read where it is used and may stay unknown."""
    source = record.rule_group.rules_source if record.rule_group is not None else None
    stateless = source.stateless_rules_and_custom_actions if source is not None else None
    for rule in stateless.stateless_rules if stateless is not None else ():
        match = rule.rule_definition.match_attributes
        for address in (*match.sources, *match.destinations):
            yield "" if address.address_definition.upper() == "ANY" else address.address_definition


def _route_cidrs(record: Any) -> Iterator[str]:
    for route in record.routes:
        yield route.destination_cidr_block or route.destination_ipv6_cidr_block


CIDRS: dict[str, Callable[[Any], Iterable[str]]] = {
    "vpcs": lambda r: r.cidrs(),
    "subnets": lambda r: r.cidrs(),
    "route_tables": _route_cidrs,
    "network_acls": _nacl_cidrs,
    "security_groups": _group_cidrs,
    "security_group_rules": lambda r: (r.cidr_ipv4, r.cidr_ipv6),
    "prefix_lists": lambda r: r.cidrs,
    "prefix_list_entries": lambda r: [e.cidr for e in r.entries],
    "tgw_routes": lambda r: [x.destination_cidr_block for x in r.routes],
    "peerings": lambda r: [c.cidr_block for side in (r.requester, r.accepter) for c in side.cidr_block_set],
    "direct_connect_gateway_associations": lambda r: [p.cidr for p in r.allowed_prefixes],
    "vpn_connections": lambda r: [x.destination_cidr_block for x in r.routes],
    "client_vpn_endpoints": lambda r: (r.client_cidr_block,),
    "client_vpn_routes": lambda r: (r.destination_cidr,),
    "client_vpn_authorization_rules": lambda r: (r.destination_cidr,),
    "network_firewall_rule_groups": _firewall_cidrs,
    "sites": lambda r: (*r.prefixes, *(x.prefix for x in r.routes or ())),
}
"""Kind -> the CIDRs a record holds; empty texts are passed over."""


def _eni_addresses(record: Any) -> Iterator[str]:
    yield record.private_ip_address
    for four in record.private_ip_addresses:
        yield four.private_ip_address
        if four.association is not None:
            yield four.association.public_ip
    for six in record.ipv6_addresses:
        yield six.ipv6_address
    if record.association is not None:
        yield record.association.public_ip


ADDRESSES: dict[str, Callable[[Any], Iterable[str]]] = {
    "network_interfaces": _eni_addresses,
    "nat_gateways": lambda r: [t for a in r.nat_gateway_addresses for t in (a.private_ip, a.public_ip)],
    "elastic_ips": lambda r: (r.public_ip, r.private_ip_address),
    "resolver_endpoints": lambda r: [t for a in r.ip_addresses for t in (a.ip, a.ipv6)],
    "resolver_rules": lambda r: [t for a in r.target_ips for t in (a.ip, a.ipv6)],
    "hosts": lambda r: (r.address, *(t for ts in r.hosts_file.values() for t in ts), *(r.nameservers or ())),
    "dns_servers": lambda r: (r.address, *r.forward_all, *(t for f in r.forwarders for t in f.to)),
    "public_hosts": lambda r: (r.address,),
    "sites": lambda r: (r.public_address, *r.dns),
}
"""Kind -> the addresses a record holds."""


def _prefixes(record: Any) -> Iterator[str]:
    for four in record.ipv4_prefixes:
        yield four.ipv4_prefix
    for six in record.ipv6_prefixes:
        yield six.ipv6_prefix


def check_addresses(tables: Tables, file_of: FileOf) -> list[Problem]:
    """Every address and CIDR must be one, since indexes are built on them; host bits are noted.

    Raises SourceError for a text that is no address.
    """
    problems: list[Problem] = []
    # Text -> has host bits; None stands for nothing to say.  Most texts repeat, so each is parsed once.
    known: dict[str, bool] = {"": False}
    extractors = [(k, f, True) for k, f in CIDRS.items()] + [(k, f, False) for k, f in ADDRESSES.items()]
    extractors.append(("network_interfaces", _prefixes, True))
    seen_address: set[str] = {""}
    for kind, extract, is_prefix in extractors:
        for key, record in tables.get(kind, {}).items():
            for text in extract(record):
                try:
                    if is_prefix:
                        odd = known.get(text)
                        if odd is None:
                            odd = known[text] = _host_bits(text)
                        if odd:
                            problems.append(Problem(HOST_BITS, key, text, file_of(kind, key)))
                    elif text not in seen_address:
                        parse_address(text)
                        seen_address.add(text)
                except AddressError as error:
                    raise SourceError(file_of(kind, key), key, str(error)) from None
    return problems


def _host_bits(text: str) -> bool:
    try:
        parse_prefix(text, strict=True)
    except AddressError:
        parse_prefix(text)  # raises again unless only host bits are the matter
        return True
    return False


def check_overlaps(tables: Tables, file_of: FileOf) -> None:
    """Subnets of one VPC never overlap.  Raises SourceError."""
    by_vpc: dict[str, list[tuple[int, int, str]]] = {}
    for key, subnet in tables.get("subnets", {}).items():
        for text in subnet.cidrs():
            by_vpc.setdefault(subnet.vpc_id, []).append((*parse_prefix(text), key))
    for vpc_id, rows in by_vpc.items():
        rows.sort()
        for (low, high, one), (low2, high2, two) in pairwise(rows):
            if low2 <= high:
                first, second = format_prefix((low, high)), format_prefix((low2, high2))
                raise SourceError(
                    file_of("subnets", two), two, f"{second} overlaps {first} of {one}, both are subnets of {vpc_id}"
                )


def gone(record: Any) -> bool:
    """Is the thing only listed because it existed lately?  What it points at need not exist."""
    state = getattr(record, "state", "")
    if not isinstance(state, str):
        state = getattr(state, "name", "") or getattr(state, "code", "")
    return state in _GONE


_ROUTE_TARGETS: tuple[tuple[str, str], ...] = (
    ("nat_gateway_id", "nat_gateways"),
    ("network_interface_id", "network_interfaces"),
    ("vpc_peering_connection_id", "peerings"),
    ("transit_gateway_id", "transit_gateways"),
    ("egress_only_internet_gateway_id", "egress_only_internet_gateways"),
)
_GATEWAY_KINDS = {"igw-": "internet_gateways", "vgw-": "vpn_gateways", "vpce": "vpc_endpoints"}


def _route_refs(record: Any) -> Iterator[tuple[str, str]]:
    yield "vpcs", record.vpc_id
    for association in record.associations:
        yield "subnets", association.subnet_id
    for route in record.routes:
        if route.state != "active":
            continue  # a blackhole's target is gone, that is what it says (RT12)
        for field, kind in _ROUTE_TARGETS:
            yield kind, getattr(route, field)
        kind = _GATEWAY_KINDS.get(route.gateway_id[:4], "")
        if kind:
            yield kind, route.gateway_id


def _nat_refs(record: Any) -> Iterator[tuple[str, str]]:
    yield "vpcs", record.vpc_id
    yield "subnets", record.subnet_id
    for address in record.nat_gateway_addresses:
        yield "network_interfaces", address.network_interface_id


def _eni_refs(record: Any) -> Iterator[tuple[str, str]]:
    yield "subnets", record.subnet_id
    for group in record.groups:
        yield "security_groups", group.group_id
    attachment = record.attachment
    # Attachments of AWS's own (load balancers, NAT gateways) name no instance of ours.
    if attachment is not None and attachment.instance_owner_id in ("", record.owner_id):
        yield "instances", attachment.instance_id


def _endpoint_refs(record: Any) -> Iterator[tuple[str, str]]:
    yield "vpcs", record.vpc_id
    for subnet_id in record.subnet_ids:
        yield "subnets", subnet_id
    for table_id in record.route_table_ids:
        yield "route_tables", table_id
    for eni_id in record.network_interface_ids:
        yield "network_interfaces", eni_id
    for group in record.groups:
        yield "security_groups", group.group_id


REFERENCES: dict[str, Callable[[Any], Iterable[tuple[str, str]]]] = {
    "subnets": lambda r: (("vpcs", r.vpc_id),),
    "route_tables": _route_refs,
    "network_acls": lambda r: (("vpcs", r.vpc_id), *(("subnets", a.subnet_id) for a in r.associations)),
    "security_groups": lambda r: (("vpcs", r.vpc_id),),
    "network_interfaces": _eni_refs,
    "instances": lambda r: [("network_interfaces", e.network_interface_id) for e in r.network_interfaces],
    "internet_gateways": lambda r: [("vpcs", a.vpc_id) for a in r.attachments],
    "nat_gateways": _nat_refs,
    "tgw_attachments": lambda r: (("transit_gateways", r.transit_gateway_id),),
    "tgw_vpc_attachments": lambda r: (
        ("transit_gateways", r.transit_gateway_id),
        ("vpcs", r.vpc_id),
        *(("subnets", s) for s in r.subnet_ids),
    ),
    "vpc_endpoints": _endpoint_refs,
    "resolver_endpoints": lambda r: (
        ("vpcs", r.host_vpc_id),
        *(("security_groups", g) for g in r.security_group_ids),
        *(("subnets", i.subnet_id) for i in r.ip_addresses),
    ),
    "resolver_rule_associations": lambda r: (("resolver_rules", r.resolver_rule_id), ("vpcs", r.vpc_id)),
    "hosted_zones": lambda r: [("vpcs", v.vpc_id) for v in r.vpcs],
    "hosts": lambda r: (("network_interfaces", r.eni), ("sites", r.site)),
}
"""Kind -> (kind, id) pairs a record points at; empty ids are passed over."""


def check_references(tables: Tables, coverage: Coverage, file_of: FileOf) -> list[Problem]:
    """Ids that nothing has, of kinds that were collected."""
    problems: list[Problem] = []
    collected = {kind for (_, kind), state in coverage.states.items() if state == COLLECTED}
    for kind, extract in REFERENCES.items():
        for key, record in tables.get(kind, {}).items():
            if gone(record):
                continue
            for target_kind, target in extract(record):
                if target and target_kind in collected and target not in tables[target_kind]:
                    problems.append(Problem(DANGLING, key, target, file_of(kind, key)))
    return problems


def check_snapshot(tables: Tables, coverage: Coverage, file_of: FileOf) -> list[Problem]:
    """All checks a snapshot gets.  Raises SourceError."""
    problems = check_addresses(tables, file_of)
    check_overlaps(tables, file_of)
    return problems + check_references(tables, coverage, file_of)


def forwarding_loop(servers: Mapping[str, Any]) -> list[str]:
    """Names of DNS servers that hand a query round in a circle for some suffix; empty if there is none.

    Only servers written by hand are looked at: a circle through Resolver rules
    is something AWS lets one configure, and is for the names floor to report.
    """
    by_address = {server.address: name for name, server in servers.items()}
    suffixes = {f.suffix for server in servers.values() for f in server.forwarders} | {"."}
    for suffix in sorted(suffixes):
        for start in servers:
            path = [start]
            while True:
                server = servers[path[-1]]
                targets = _forwards(server, suffix)
                # A circle needs every target to lead back; one way out is enough to end it.
                following = [by_address[t] for t in targets if t in by_address]
                if not targets or len(following) < len(targets):
                    break
                if following[0] in path:
                    return [*path[path.index(following[0]) :], following[0]]
                path.append(following[0])
    return []


def _forwards(server: Any, suffix: str) -> tuple[str, ...]:
    """Servers a query for a name under ``suffix`` goes on to; none when it is answered here."""
    name = suffix.strip(".").lower()
    best: tuple[int, tuple[str, ...]] = (-1, server.forward_all)
    for zone in server.zones:
        text = zone.name.strip(".").lower()
        if (name == text or name.endswith(f".{text}")) and len(text) > best[0]:
            best = (len(text), ())
    for forwarder in server.forwarders:
        text = forwarder.suffix.strip(".").lower()
        if (not text or name == text or name.endswith(f".{text}")) and len(text) > best[0]:
            best = (len(text), forwarder.to)
    return best[1]
