"""Names: private DNS of an endpoint, a private zone's association, the VPC's DNS attributes."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ...estate import Change
from ...estate.hosted_zone import ZoneVpc
from ...estate.vpc import VpcAttributes
from ...estate.vpc_endpoint import VpcEndpoint
from ..finding import Finding, Fix
from .base import Context, answers

LEADS_OUT = (
    "route.none",
    "route.blackhole",
    "igw.no_public_ip",
    "igw.foreign_source",
    "tgw.no_route",
    "tgw.blackhole",
    "sg.egress.no_rule",
    "nat.state",
    "nat.private_to_igw",
    "internet.unreachable",
)
"""Refusals on the way to a public address that a private answer would avoid."""


@answers(*LEADS_OUT)
def private_dns(context: Context, finding: Finding) -> Iterable[Fix]:
    """The VPC has an endpoint for the service, but the public name does not lead to it (names N4.6)."""
    estate, vantage = context.estate, context.vantage
    for endpoint_id in estate.endpoints_by_vpc.get(vantage.vpc, ()):
        endpoint = estate.vpc_endpoints[endpoint_id]
        if endpoint.vpc_endpoint_type != "Interface" or endpoint.private_dns_enabled:
            continue
        if not covers(endpoint, context.request.host):
            continue
        changes = [Change("vpc_endpoints", endpoint_id, msgspec.structs.replace(endpoint, private_dns_enabled=True))]
        attributes = estate.vpc_attributes.get(vantage.vpc) or VpcAttributes(vpc_id=vantage.vpc)
        if not (attributes.enable_dns_support and attributes.enable_dns_hostnames):
            both = msgspec.structs.replace(attributes, enable_dns_support=True, enable_dns_hostnames=True)
            changes.append(Change("vpc_attributes", vantage.vpc, both))
        cli = [f"aws ec2 modify-vpc-endpoint --vpc-endpoint-id {endpoint_id} --private-dns-enabled"]
        if len(changes) > 1:
            cli.insert(0, f"aws ec2 modify-vpc-attribute --vpc-id {vantage.vpc} --enable-dns-hostnames")
        yield Fix(
            code="fix.endpoint.private_dns",
            component=endpoint_id,
            params=(("endpoint", endpoint_id), ("name", context.request.host)),
            cli=tuple(cli),
            terraform="private_dns_enabled = true\n",
            overlay={"endpoints": {endpoint_id: {"private_dns": True}}},
            changes=tuple(changes),
            cost=12,
        )


def covers(endpoint: VpcEndpoint, host: str) -> bool:
    """Would the endpoint's private DNS answer this name? (names N4.8)"""
    from ...names.catalogue import private_names

    parts = endpoint.service_name.split(".")
    region = endpoint.service_region or (parts[2] if len(parts) > 3 else "")
    host = host.rstrip(".").lower()
    for name in private_names(endpoint.service_name, region):
        if host == name or (name.startswith("*.") and host.endswith(name[1:])):
            return True
    return False


@answers("unknown.name", "name.nxdomain", "name.no_data", *LEADS_OUT)
def associate_zone(context: Context, finding: Finding) -> Iterable[Fix]:
    """A private zone holds the name, but is not associated with the vantage's VPC (names N2.6a, N2.6f)."""
    estate, vpc = context.estate, context.vantage.vpc
    host = context.request.host.rstrip(".").lower()
    if not vpc:
        return
    for zone_id, zone in estate.hosted_zones.items():
        apex = zone.name.rstrip(".").lower()
        inside = host == apex or host.endswith("." + apex)
        if not zone.config.private_zone or not inside or any(v.vpc_id == vpc for v in zone.vpcs):
            continue
        region = estate.region_of(vpc)
        changed = msgspec.structs.replace(zone, vpcs=(*zone.vpcs, ZoneVpc(vpc_region=region, vpc_id=vpc)))
        short = zone_id.rsplit("/", 1)[-1]
        yield Fix(
            code="fix.zone.associate",
            component=zone_id,
            params=(("zone", short), ("name", apex), ("vpc", vpc)),
            cli=(
                f"aws route53 associate-vpc-with-hosted-zone --hosted-zone-id {short} "
                f"--vpc VPCRegion={region},VPCId={vpc}",
            ),
            terraform=(
                f'resource "aws_route53_zone_association" "tabiji" {{\n  zone_id = "{short}"\n  vpc_id  = "{vpc}"\n}}\n'
            ),
            overlay={"hosted_zones": {zone_id: {"add_vpcs": [vpc]}}},
            changes=(Change("hosted_zones", zone_id, changed),),
            cost=14,
        )


@answers("name.nxdomain", "name.timeout", "name.no_data", *LEADS_OUT)
def dns_attributes(context: Context, finding: Finding) -> Iterable[Fix]:
    """Turn on the VPC's DNS attributes (names 2.2)."""
    estate, vpc = context.estate, context.vantage.vpc
    attributes = estate.vpc_attributes.get(vpc)
    if attributes is None or (attributes.enable_dns_support and attributes.enable_dns_hostnames):
        return
    cli = []
    if not attributes.enable_dns_support:
        cli.append(f"aws ec2 modify-vpc-attribute --vpc-id {vpc} --enable-dns-support")
    if not attributes.enable_dns_hostnames:
        cli.append(f"aws ec2 modify-vpc-attribute --vpc-id {vpc} --enable-dns-hostnames")
    both = msgspec.structs.replace(attributes, enable_dns_support=True, enable_dns_hostnames=True)
    yield Fix(
        code="fix.vpc.dns_attributes",
        component=vpc,
        params=(("vpc", vpc),),
        cli=tuple(cli),
        terraform="enable_dns_support   = true\nenable_dns_hostnames = true\n",
        overlay={"vpcs": {vpc: {"dns_support": True, "dns_hostnames": True}}},
        changes=(Change("vpc_attributes", vpc, both),),
        cost=16,
    )
