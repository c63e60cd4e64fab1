"""The hidden zones AWS keeps for interface endpoints with private DNS (N4.6, N4.10a)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .endpoint_names import PRIVATELINK_TYPES, addresses_of, names_of, service_tail
from .profile import resources_of
from .resolution import KINDS, Result, step
from .view import Claim, Question, View
from .why import why
from .zone import MANAGED_SOA_TTL, Entry, Zone, answer_from

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..estate.vpc_endpoint import VpcEndpoint

TTL = 60
"""N4.4a."""


def claims(view: View) -> Iterator[Claim]:
    """One zone for each private name; its apex is the name itself (N2.6d, N4.10a)."""
    estate = view.estate
    if view.dns.both is False:
        return  # N4.6, N2.2b
    rows = [(i, 0) for i in estate.endpoints_by_vpc.get(view.vpc_id, ())]
    for carried in resources_of(view, "vpc-endpoint"):  # N6.D
        if carried.id in estate.vpc_endpoints:
            rows.append((carried.id, carried.priority))
        else:
            view.gaps.append(why("names.why.profile_endpoint", endpoint=carried.id, profile=carried.profile))
    for endpoint_id, priority in rows:
        endpoint = estate.vpc_endpoints[endpoint_id]
        if not has_private_dns(endpoint):
            continue
        only_inbound = inbound_only(endpoint)
        for zone in _zones(view, endpoint):
            yield Claim(
                zone.origin,
                "managed_zone",
                endpoint_id,
                _handler(zone, endpoint),
                inbound_only=only_inbound,
                priority=priority,
            )


def has_private_dns(endpoint: VpcEndpoint) -> bool:
    """Private DNS on and the endpoint available (N4.6, IE8)."""
    return (
        endpoint.private_dns_enabled
        and endpoint.state.lower() == "available"
        and endpoint.vpc_endpoint_type in PRIVATELINK_TYPES
    )


def inbound_only(endpoint: VpcEndpoint) -> bool:
    """S3's private names hold only for inbound endpoints unless said otherwise (N4.11b, IE11)."""
    option = endpoint.dns_options.private_dns_only_for_inbound_resolver_endpoint
    if option is None:
        return service_tail(endpoint.service_name) == "s3"
    return option


def _zones(view: View, endpoint: VpcEndpoint) -> list[Zone]:
    kept: dict[str, list[Zone]] = view.estate.memo("names.managed_zones", KINDS, lambda _: {})
    zones = kept.get(endpoint.vpc_endpoint_id)
    if zones is not None:
        return zones
    by_apex: dict[str, Zone] = {}
    private = [name for name in names_of(view.estate, endpoint) if name.private]
    listed = {name.name for name in private}
    for name in private:
        apex = name.name[2:] if name.name.startswith("*.") else name.name
        zone = by_apex.get(apex)
        if zone is None:
            zone = by_apex[apex] = Zone(apex, endpoint.vpc_endpoint_id, soa_ttl=MANAGED_SOA_TTL)
        found = addresses_of(view.estate, endpoint, name)
        zone.unknown = zone.unknown or found.unknown
        owners = [name.name]
        if apex != name.name and apex not in listed:  # N4.9a: a wildcard alone stands for its apex too
            owners.append(apex)
        for owner in owners:
            zone.put(owner, "A", [Entry(tuple((a, TTL) for a in found.v4))] if found.v4 else [])
            if found.v6:
                zone.put(owner, "AAAA", [Entry(tuple((a, TTL) for a in found.v6))])
    kept[endpoint.vpc_endpoint_id] = list(by_apex.values())
    return kept[endpoint.vpc_endpoint_id]


def _handler(zone: Zone, endpoint: VpcEndpoint) -> Any:
    derived = not any(".vpce." not in e.dns_name for e in endpoint.dns_entries)
    only_inbound = inbound_only(endpoint)
    # N4.11c, N4.12: what AWS lists for S3, and DynamoDB's private DNS at all, is not established.
    derived_by = ("N4.8", *{"s3": ("N4.11c",), "dynamodb": ("N4.12",)}.get(service_tail(endpoint.service_name), ()))

    def handler(view: View, question: Question, name: str) -> Result:
        result = answer_from(zone, name, question.rtype)
        facts: tuple[str, ...]
        if result.answer:
            code, facts = "names.managed_zone.answer", ("N4.4a", "N4.6", "IE4")
        elif result.rcode == "NXDOMAIN":
            code, facts = "names.managed_zone.nxdomain", ("N2.6a", "N4.10a")
        elif not endpoint.subnet_ids and not endpoint.network_interface_ids:
            code, facts = "names.managed_zone.no_subnets", ("N4.5",)
        else:
            code, facts = "names.managed_zone.nodata", ("N2.6b",)
        result.steps.append(
            step(
                code,
                endpoint.vpc_endpoint_id,
                facts,
                zone=zone.origin,
                name=name,
                type=question.rtype,
                endpoint=endpoint.vpc_endpoint_id,
            )
        )
        if derived:
            result.steps.append(
                step("names.managed_zone.derived", endpoint.vpc_endpoint_id, derived_by, name=zone.origin)
            )
        if only_inbound:
            result.steps.append(step("names.managed_zone.inbound_only", endpoint.vpc_endpoint_id, ("N4.11b", "IE11")))
        if zone.unknown and not result.unknown:
            result.unknown = zone.unknown
        if view.dns.both is None and not result.unknown:
            result.unknown = why("names.why.hostnames_private_dns", vpc=view.vpc_id)  # N4.6
        return result

    return handler
