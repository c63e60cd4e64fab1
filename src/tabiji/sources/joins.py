"""Things the API hands out in pieces, put together; things listed twice, settled.

Three ways a record comes in pieces:

* pages or several calls of one parent's list (``LISTS``),
* answers about a part, joined into the whole (``join``),
* the same thing seen from several accounts or Regions (``prefer``).
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from ..estate import Scope
from ..estate.hosted_zone import HostedZone, ZoneVpc
from ..estate.peering import PeeringVpc, VpcPeeringConnection
from ..estate.vpc import VpcAttributes

LISTS: dict[str, str] = {
    "prefix_list_entries": "entries",
    "tgw_associations": "associations",
    "tgw_propagations": "transit_gateway_route_table_propagations",
    "tgw_routes": "routes",
    "resolver_endpoint_ips": "ip_addresses",
    "hosted_zone_records": "resource_record_sets",
    "hosted_zones_by_vpc": "hosted_zone_summaries",
    "load_balancer_attributes": "attributes",
    "load_balancer_listeners": "listeners",
    "target_group_attributes": "attributes",
    "target_health": "target_health_descriptions",
}
"""Kinds whose record is a parent's id and a list: pieces are appended to each other."""

ANSWERS = frozenset(LISTS) | {"vpc_attributes"}
"""Kinds that tell about a thing of another kind and do not place it in an account."""


def merge(kind: str, first: Any, second: Any) -> Any:
    """Two pieces of one thing put together; None if the kind does not come in pieces."""
    if kind in LISTS:
        return _merge_list(kind, first, second)
    if kind == "vpc_attributes":
        return _merge_attributes(first, second)
    if kind == "hosted_zones":  # list-hosted-zones has no VPCs, get-hosted-zone has
        records = second.record_sets if first.record_sets is None else first.record_sets
        vpcs = first.vpcs + tuple(v for v in second.vpcs if v not in first.vpcs)
        return replace(first, vpcs=vpcs, record_sets=records)
    return None


def _merge_list(kind: str, first: Any, second: Any) -> Any:
    field = LISTS[kind]
    have = getattr(first, field)
    seen = set(have)
    return replace(first, **{field: have + tuple(e for e in getattr(second, field) if e not in seen)})


def _merge_attributes(first: VpcAttributes, second: VpcAttributes) -> VpcAttributes:
    """Two ``describe-vpc-attribute`` answers about one VPC; the API gives one attribute a call."""
    support = second.enable_dns_support if first.enable_dns_support is None else first.enable_dns_support
    hostnames = second.enable_dns_hostnames if first.enable_dns_hostnames is None else first.enable_dns_hostnames
    return replace(
        first,
        enable_dns_support=support,
        enable_dns_hostnames=hostnames,
        legacy_non_rfc1918_dns=first.legacy_non_rfc1918_dns or second.legacy_non_rfc1918_dns,
        autodefined_reverse=first.autodefined_reverse and second.autodefined_reverse,
    )


def prefer(first: Any, first_scope: Scope, second: Any, second_scope: Scope) -> Any:
    """The better of two views of one thing: its owner's, else the one that says more."""
    if first == second:
        return first
    if isinstance(first, VpcPeeringConnection):
        return _peering(first, first_scope, second, second_scope)
    owner = getattr(first, "owner_id", "")
    if owner and (first_scope.account == owner) != (second_scope.account == owner):
        return first if first_scope.account == owner else second
    return second if _filled(second) > _filled(first) else first


def _filled(record: Any) -> int:
    """How many fields say something; lists count their entries."""
    total = 0
    for field in record.__struct_fields__:
        value = getattr(record, field)
        if isinstance(value, tuple):
            total += len(value)
        elif hasattr(value, "__struct_fields__"):
            total += 1 + _filled(value)
        else:
            total += bool(value)
    return total


def _peering(first: VpcPeeringConnection, at: Scope, second: VpcPeeringConnection, there: Scope) -> Any:
    """Each side knows its own half best: its CIDRs and its DNS option (names N3.5a)."""

    def side(one: PeeringVpc, two: PeeringVpc) -> PeeringVpc:
        home = Scope(one.owner_id or two.owner_id, one.region or two.region)
        if (at == home) != (there == home):
            return one if at == home else two
        return two if _filled(two) > _filled(one) else one

    return replace(
        first, requester=side(first.requester, second.requester), accepter=side(first.accepter, second.accepter)
    )


def zone_id(text: str) -> str:
    """A hosted zone's id without the ``/hostedzone/`` some calls put before it."""
    return text.rpartition("/")[2]


def normal(kind: str, rows: list[Any]) -> list[Any]:
    """Records as the estate holds them: bare zone ids."""
    if kind == "hosted_zones":
        return [replace(r, id=zone_id(r.id)) if "/" in r.id else r for r in rows]
    if kind == "hosted_zone_records":
        return [replace(r, hosted_zone_id=zone_id(r.hosted_zone_id)) if "/" in r.hosted_zone_id else r for r in rows]
    return rows


def join(tables: dict[str, dict[str, Any]]) -> None:
    """Put answers about a part into the whole: addresses of Resolver endpoints, records and VPCs of zones."""
    endpoints = tables.get("resolver_endpoints", {})
    for endpoint_id, ips in tables.get("resolver_endpoint_ips", {}).items():
        endpoint = endpoints.get(endpoint_id)
        if endpoint is not None and not endpoint.ip_addresses:
            endpoints[endpoint_id] = replace(endpoint, ip_addresses=ips.ip_addresses)
    zones: dict[str, HostedZone] = tables.get("hosted_zones", {})
    for zone_key, records in tables.get("hosted_zone_records", {}).items():
        zone = zones.get(zone_key)
        if zone is not None and zone.record_sets is None:
            zones[zone_key] = replace(zone, record_sets=records.resource_record_sets)
    for vpc_id, listed in tables.get("hosted_zones_by_vpc", {}).items():
        for summary in listed.hosted_zone_summaries:
            zone = zones.get(zone_id(summary.hosted_zone_id))
            if zone is not None and all(v.vpc_id != vpc_id for v in zone.vpcs):
                zones[zone.id] = replace(zone, vpcs=(*zone.vpcs, ZoneVpc(vpc_id=vpc_id)))
