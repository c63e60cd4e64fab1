"""Routes to a firewall endpoint of another Availability Zone than the subnet's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ...estate import Estate
from ...estate.route_table import Route
from ...fabric.network_firewall import endpoints
from ...packet.address import parse_prefix
from ..finding import FORWARD, WARNING, Finding


class Crossing(NamedTuple):
    """A route that leaves its subnets' zone, and the endpoint it could lead to instead."""

    table: str
    route: Route
    subnet: str
    zone: str
    other: str
    own: str


def other_zone(estate: Estate) -> Iterator[Finding]:
    """NF8, TG7: with an endpoint in each zone, a flow that changes zone meets another endpoint on its way back."""
    for found in crossing(estate):
        params = (
            ("table", found.table),
            ("destination", found.route.destination),
            ("target", found.route.target),
            ("subnet", found.subnet),
            ("zone", found.zone),
            ("other", found.other),
            ("own", found.own),
        )
        yield Finding(
            code="lint.firewall_zone",
            severity=WARNING,
            leg=FORWARD,
            component=found.table,
            rule=found.route.destination,
            facts=("NF8", "TG7"),
            params=params,
        )


def crossing(estate: Estate) -> Iterator[Crossing]:
    """Such routes, in the order of the tables; tables used in several zones cannot be put right by one route."""
    known = endpoints(estate)
    if not known:
        return
    by_zone = {(at.firewall, at.az): endpoint for endpoint, at in known.items()}
    for table_id, table in estate.route_tables.items():
        subnets = [s for a in table.associations if (s := a.subnet_id) in estate.subnets]
        zones = {estate.subnets[s].availability_zone for s in subnets}
        if len(zones) != 1:
            continue
        zone = zones.pop()
        for route in table.routes:
            at = known.get(route.target)
            if at is None or at.az == zone or not route.destination or route.destination.startswith("pl-"):
                continue
            if _zones_of(estate, route.destination) == {at.az}:
                continue  # towards subnets of that zone: the way back of what came in by its endpoint
            own = by_zone.get((at.firewall, zone), "")
            if own:
                yield Crossing(table_id, route, subnets[0], zone, at.az, own)


def _zones_of(estate: Estate, destination: str) -> set[str]:
    """Zones of the subnets a destination covers, wherever they are."""
    low, high = parse_prefix(destination)
    return {
        estate.subnets[subnet].availability_zone
        for subnet, prefixes in estate.subnet_prefixes.items()
        if any(a <= high and low <= b for a, b in prefixes)
    }
