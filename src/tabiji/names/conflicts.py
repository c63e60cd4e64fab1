"""What cannot be so on AWS, or is documented as unreliable, in the DNS part of an estate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..estate import Estate, Problem
from .dnsname import lenient
from .endpoint_names import names_of
from .managed_zone import has_private_dns, inbound_only

if TYPE_CHECKING:
    from collections.abc import Iterator


def find(estate: Estate) -> Iterator[Problem]:
    """All problems, VPC by VPC."""
    for vpc_id in estate.vpcs:
        yield from _attributes(estate, vpc_id)
        yield from _private_dns(estate, vpc_id)
    for set_id, options in estate.tables["dhcp_options"].items():
        servers = options.values("domain-name-servers") or ()
        if "AmazonProvidedDNS" in servers and len(servers) > 1:  # N1.3
            yield Problem(
                "names.mixed_dns", set_id, "AmazonProvidedDNS mixed with other servers is unpredictable (N1.3)"
            )


def _attributes(estate: Estate, vpc_id: str) -> Iterator[Problem]:
    record = estate.tables["vpc_attributes"].get(vpc_id)
    if record is not None and record.enable_dns_support is False and record.enable_dns_hostnames:  # N2.2c
        yield Problem(
            "names.hostnames_without_support", vpc_id, "enableDnsHostnames is on but enableDnsSupport is off (N2.2c)"
        )


def _private_dns(estate: Estate, vpc_id: str) -> Iterator[Problem]:
    endpoints = [estate.vpc_endpoints[i] for i in estate.endpoints_by_vpc.get(vpc_id, ())]
    claimed: dict[str, str] = {}
    for zone in estate.hosted_zones.values():
        if any(v.vpc_id == vpc_id for v in zone.vpcs):
            name = lenient(zone.name)
            if name in claimed:  # N2.6d
                yield Problem("names.two_zones", vpc_id, f"{claimed[name]} and {zone.id} are both {zone.name} (N2.6d)")
            claimed[name] = zone.id
    for endpoint in endpoints:
        if not has_private_dns(endpoint):
            continue
        record = estate.tables["vpc_attributes"].get(vpc_id)
        if record is not None and (record.enable_dns_support is False or record.enable_dns_hostnames is False):
            yield Problem(
                "names.private_dns_without_attributes",
                endpoint.vpc_endpoint_id,
                f"private DNS needs both DNS attributes of {vpc_id} (N4.6)",
            )
        apexes = {n.name.removeprefix("*.") for n in names_of(estate, endpoint) if n.private}
        for apex in sorted(apexes):
            if apex in claimed:  # N4.7
                yield Problem(
                    "names.two_claims",
                    vpc_id,
                    f"{claimed[apex]} and {endpoint.vpc_endpoint_id} both claim {apex} (N4.7)",
                )
            claimed[apex] = endpoint.vpc_endpoint_id
        if inbound_only(endpoint) and not any(
            e.vpc_endpoint_type == "Gateway" and e.service_name.endswith(".s3") for e in endpoints
        ):  # N4.11b
            yield Problem(
                "names.s3_without_gateway",
                endpoint.vpc_endpoint_id,
                "private DNS for inbound endpoints only needs an S3 gateway endpoint in the VPC (N4.11b)",
            )
