"""Private hosted zones: a missing wildcard, a zone of one's own for an endpoint next door."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from ...estate import Estate
from ...estate.vpc_endpoint import VpcEndpoint
from ..finding import Finding, Fix
from .base import Context, answers, changes_by
from .names import LEADS_OUT


@answers("name.nxdomain")
def wildcard(context: Context, finding: Finding) -> Iterable[Fix]:
    """The zone has its apex only: everything below it needs a ``*`` record (names N4.10a)."""
    estate = context.estate
    zone = estate.hosted_zones.get(finding.component) or next(
        (z for i, z in estate.hosted_zones.items() if i.rpartition("/")[2] == finding.component), None
    )
    if zone is None or zone.record_sets is None:
        return
    names = {r.name.replace("\\052", "*").rstrip(".").lower() for r in zone.record_sets}
    apex = zone.name.rstrip(".").lower()
    below = context.request.host.rstrip(".").lower().endswith("." + apex)
    rows = [r for r in zone.record_sets if r.name.rstrip(".").lower() == apex and r.type in ("A", "AAAA")]
    if not below or not rows or f"*.{apex}" in names:
        return
    sets = []
    for row in rows:
        body: dict[str, Any] = {"Name": f"*.{apex}.", "Type": row.type}
        if row.alias_target is not None:
            target = row.alias_target
            body["AliasTarget"] = {
                "HostedZoneId": target.hosted_zone_id,
                "DNSName": target.dns_name,
                "EvaluateTargetHealth": target.evaluate_target_health,
            }
        else:
            body |= {"TTL": row.ttl or 300, "ResourceRecords": [{"Value": v.value} for v in row.resource_records]}
        sets.append(body)
    overlay = {"hosted_zones": {zone.id: {"name": apex, "record_sets": sets}}}
    short = zone.id.rpartition("/")[2]
    yield Fix(
        code="fix.zone.wildcard",
        component=zone.id,
        params=(("zone", apex), ("id", short)),
        cli=(f"aws route53 change-resource-record-sets --hosted-zone-id {short} --change-batch '{_batch(sets)}'",),
        terraform=(
            f'resource "aws_route53_record" "tabiji" {{\n  zone_id = "{short}"\n  name    = "*.{apex}"\n'
            f'  type    = "{rows[0].type}"\n  # the same alias or values as {apex}\n}}\n'
        ),
        overlay=overlay,
        changes=changes_by(estate, overlay),
        cost=14,
    )


@answers("name.nxdomain", "name.no_data", *LEADS_OUT)
def zone_of_endpoint(context: Context, finding: Finding) -> Iterable[Fix]:
    """A zone for the service's name with an alias to another VPC's endpoint, associated here (names N6.B)."""
    estate, vpc = context.estate, context.vantage.vpc
    host = context.request.host.rstrip(".").lower()
    if not vpc or "." not in host:
        return
    for endpoint_id, endpoint in estate.vpc_endpoints.items():
        if endpoint.vpc_id == vpc or endpoint.vpc_endpoint_type != "Interface":
            continue
        apex = _apex(estate, endpoint, host)
        if not apex or any(z.name.rstrip(".").lower() == apex for z in estate.hosted_zones.values()):
            continue
        records = {"@": {"alias": endpoint_id}}
        if _starred(estate, endpoint, apex):  # names N4.9a
            records["*"] = {"alias": endpoint_id}
        overlay = {"hosted_zones": {apex: {"vpcs": [vpc], "records": records}}}
        changes = changes_by(estate, overlay)
        if not changes:
            continue
        region = estate.region_of(vpc)
        yield Fix(
            code="fix.zone.create",
            component=vpc,
            params=(("name", apex), ("endpoint", endpoint_id), ("vpc", vpc)),
            cli=(
                f"aws route53 create-hosted-zone --name {apex} --caller-reference tabiji "
                f"--vpc VPCRegion={region},VPCId={vpc}",
                "aws route53 change-resource-record-sets --hosted-zone-id <id of the first command> "
                f"--change-batch '{_batch(_aliases(endpoint, apex, records))}'",
            ),
            terraform=(
                f'resource "aws_route53_zone" "tabiji" {{\n  name = "{apex}"\n'
                f'  vpc {{\n    vpc_id = "{vpc}"\n  }}\n}}\n'
                f"# and an alias record for it to the regional name of {endpoint_id}\n"
            ),
            overlay=overlay,
            changes=changes,
            cost=22,
        )


def _names(estate: Estate, endpoint: VpcEndpoint) -> list[str]:
    from ...names.catalogue import parse_service_name, private_names

    said = [e.dns_name.lower() for e in endpoint.dns_entries if ".vpce." not in e.dns_name]
    if said:
        return said
    parsed = parse_service_name(endpoint.service_name)
    if parsed is None:
        return []
    return list(private_names(endpoint.service_name, endpoint.service_region or parsed[1]))


def _apex(estate: Estate, endpoint: VpcEndpoint, host: str) -> str:
    """The zone a private name needs: the name without its wildcard (names N2.6d)."""
    for name in _names(estate, endpoint):
        base = name.removeprefix("*.")
        if host == base or (name.startswith("*.") and host.endswith("." + base)):
            return base
    return ""


def _starred(estate: Estate, endpoint: VpcEndpoint, apex: str) -> bool:
    return f"*.{apex}" in _names(estate, endpoint)


def _aliases(endpoint: VpcEndpoint, apex: str, records: Iterable[str]) -> list[dict[str, Any]]:
    """Alias records to the endpoint's regional name, which is the first of its DnsEntries (names N4.2a)."""
    entry = endpoint.dns_entries[0]
    target = {
        "HostedZoneId": entry.hosted_zone_id or f"<HostedZoneId of {endpoint.vpc_endpoint_id}>",
        "DNSName": entry.dns_name,
        "EvaluateTargetHealth": False,
    }
    return [{"Name": apex if r == "@" else f"{r}.{apex}", "Type": "A", "AliasTarget": target} for r in records]


def _batch(sets: Iterable[dict[str, Any]]) -> str:
    """The change batch that adds record sets, as the aws CLI takes it."""
    return msgspec.json.encode({"Changes": [{"Action": "CREATE", "ResourceRecordSet": s} for s in sets]}).decode()
