"""Network Firewall: routes that lead to the endpoint of another zone."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ...estate import Change
from ...packet.address import parse_prefix
from ..finding import Finding, Fix
from ..lint.firewall import crossing
from .base import Context, answers


@answers("firewall.asymmetric")
def same_zone(context: Context, finding: Finding) -> Iterable[Fix]:
    """Route to the firewall's endpoint in the subnet's own zone (NF8)."""
    estate = context.estate
    for found in crossing(estate):
        table = estate.route_tables[found.table]
        route = found.route
        mended = msgspec.structs.replace(
            route,
            gateway_id=found.own if route.gateway_id else "",
            vpc_endpoint_id=found.own if route.vpc_endpoint_id else "",
        )
        routes = tuple(mended if r is route else r for r in table.routes)
        flag = "--destination-ipv6-cidr-block" if ":" in route.destination else "--destination-cidr-block"
        yield Fix(
            code="fix.route.replace",
            component=found.table,
            params=(
                ("table", found.table),
                ("destination", route.destination),
                ("target", found.own),
                ("old", route.target),
            ),
            cli=(
                f"aws ec2 replace-route --route-table-id {found.table} {flag} {route.destination} "
                f"--vpc-endpoint-id {found.own}",
            ),
            terraform=(
                f'resource "aws_route" "tabiji" {{\n  route_table_id = "{found.table}"\n'
                f'  destination_{"ipv6_" if ":" in route.destination else ""}cidr_block = "{route.destination}"\n'
                f'  vpc_endpoint_id = "{found.own}"\n}}\n'
            ),
            overlay={"route_tables": {found.table: {"routes": {route.destination: found.own}}}},
            changes=(Change("route_tables", found.table, msgspec.structs.replace(table, routes=routes)),),
            cost=35 + (0 if parse_prefix(route.destination)[0] else 1),
        )
