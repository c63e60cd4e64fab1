"""Describe and list calls of other services that the estate can answer: Direct Connect, Route 53 Resolver."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ....estate import Estate
from ..http import Response
from .call import Call
from .errors import request_id

# (service, operation) -> (member of the answer, kind of the estate, parameter and member that pick some)
TABLES: Mapping[tuple[str, str], tuple[str, str, tuple[tuple[str, str], ...]]] = {
    ("directconnect", "DescribeDirectConnectGateways"): (
        "directConnectGateways", "direct_connect_gateways", (("directConnectGatewayId", "directConnectGatewayId"),),
    ),
    ("directconnect", "DescribeDirectConnectGatewayAssociations"): (
        "directConnectGatewayAssociations", "direct_connect_gateway_associations",
        (("directConnectGatewayId", "directConnectGatewayId"), ("associationId", "associationId")),
    ),
    ("directconnect", "DescribeVirtualInterfaces"): (
        "virtualInterfaces", "virtual_interfaces", (("virtualInterfaceId", "virtualInterfaceId"),),
    ),
    ("route53resolver", "ListResolverEndpoints"): ("ResolverEndpoints", "resolver_endpoints", ()),
    ("route53resolver", "ListResolverRules"): ("ResolverRules", "resolver_rules", ()),
    ("route53resolver", "ListResolverRuleAssociations"): (
        "ResolverRuleAssociations", "resolver_rule_associations", (),
    ),
}  # fmt: skip


def answer(estate: Estate, call: Call) -> Response | None:
    """The answer to a call the estate holds the things of; None for all others."""
    row = TABLES.get((call.service, call.operation))
    if row is None:
        return None
    member, kind, picks = row
    rows = [whole(record) for resource_id, record in estate.tables[kind].items() if _here(estate, resource_id, call)]
    for parameter, field in picks:
        wanted = call.params.get(parameter, "")
        rows = [entry for entry in rows if not wanted or entry.get(field) == wanted]
    headers = (("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-RequestId", request_id()))
    return Response(headers=headers, body=msgspec.json.encode({member: rows}))


def _here(estate: Estate, resource_id: str, call: Call) -> bool:
    region = estate.scope_of(resource_id).region
    return call.service == "directconnect" or region in ("", call.region)


def whole(value: Any) -> Any:
    """A record with all its members, also those at their default; empty ones left out."""
    if isinstance(value, msgspec.Struct):
        names = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
        told = {name: whole(getattr(value, field)) for name, field in names}
        return {name: inner for name, inner in told.items() if inner is not None and inner != ""}
    if isinstance(value, (list, tuple)):
        return [whole(inner) for inner in value]
    return value
