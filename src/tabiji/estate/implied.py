"""On-premises networks a snapshot does not describe but proves: what its VPNs and Direct Connect lines bring.

Nobody writes a site down when a snapshot is collected.  Static VPN routes,
propagated routes and TGW routes still tell which prefixes lie behind which
customer gateway.  What the far side does with packets stays unknown; a site
that is only implied carries the mark, and journeys say so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .site import Site

if TYPE_CHECKING:
    from .estate import Estate


def implied_sites(estate: Estate, claimed: frozenset[str]) -> dict[str, Site]:
    """One site a customer gateway (or Direct Connect gateway), for lines no written site hangs on.

    ``claimed`` are the attachments of written sites.
    """
    lines: dict[str, list[str]] = {}
    for vpn_id, vpn in estate.vpn_connections.items():
        if vpn_id not in claimed and vpn.state not in ("deleted", "deleting"):
            lines.setdefault(vpn.customer_gateway_id or vpn_id, []).append(vpn_id)
    for association in estate.direct_connect_gateway_associations.values():
        gateway = association.direct_connect_gateway_id
        if gateway not in claimed and gateway not in lines:
            lines[gateway] = [gateway]
    out: dict[str, Site] = {}
    for name, ways in lines.items():
        prefixes = dict.fromkeys(prefix for way in ways for prefix in _behind(estate, way))
        if prefixes:
            site = f"behind {name}"
            out[site] = Site(name=site, prefixes=tuple(prefixes), attachments=tuple(ways), implied=True)
    return out


def _behind(estate: Estate, way: str) -> Iterable[str]:
    """Prefixes that AWS routes over a line: static VPN routes, else what its gateway or attachment is given."""
    vpn = estate.vpn_connections.get(way)
    gateways = {vpn.vpn_gateway_id} if vpn is not None and vpn.vpn_gateway_id else set()
    if vpn is None:
        gateways |= {
            a.associated_gateway.id
            for a in estate.direct_connect_gateway_associations.values()
            if a.direct_connect_gateway_id == way
        }
    elif vpn.routes:
        yield from (r.destination_cidr_block for r in vpn.routes if r.destination_cidr_block)
        return
    for table in estate.route_tables.values():
        for route in table.routes:
            if route.target in gateways and not route.destination.startswith("pl-"):
                yield route.destination
    for listed in estate.tgw_routes.values():
        for tgw_route in listed.routes:
            if any(hop.resource_id == way for hop in tgw_route.transit_gateway_attachments):
                if tgw_route.destination_cidr_block:
                    yield tgw_route.destination_cidr_block
