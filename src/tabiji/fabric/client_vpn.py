"""Client VPN: from a client at home into a VPC (data-plane section 8, CV1-CV3).

Clients are a site whose attachment is the endpoint.  Their packets need a
route of the endpoint and an authorization rule; then they appear at the
interface of an association, with its address and its security groups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..packet.address import V4_ALL, Interval, parse_address, parse_prefix
from .compiler import Fabric, builds
from .stage import (
    Choice,
    Drop,
    Enter,
    Entry,
    First,
    Lpm,
    Place,
    Rewrite,
    Rule,
    Stage,
    State,
    Unbind,
    Unknown,
    partition,
)

if TYPE_CHECKING:
    from ..estate import Estate
    from ..estate.client_vpn import ClientVpnRoute

PORTS = (1024, 65535)
"""Source ports after translation."""
ENI_DESCRIPTION = "ClientVPN Endpoint"
"""How AWS describes the interfaces of an association."""


def is_client_vpn(way: str) -> bool:
    """Is this the id of a Client VPN endpoint?"""
    return way.startswith("cvpn-endpoint-")


def pushed(estate: Estate, endpoint_id: str) -> tuple[Interval, ...]:
    """What a connected client sends into the VPN: everything, or with a split tunnel the endpoint's routes (CV3)."""
    endpoint = estate.client_vpn_endpoints.get(endpoint_id)
    if endpoint is None or not endpoint.split_tunnel:
        return (V4_ALL,)
    return tuple(dict.fromkeys(parse_prefix(route.destination_cidr) for route in _routes(estate, endpoint_id)))


def _routes(estate: Estate, endpoint_id: str) -> list[ClientVpnRoute]:
    return [
        r
        for r in estate.client_vpn_routes.values()
        if r.client_vpn_endpoint_id == endpoint_id and r.status.code == "active"
    ]


def endpoint_of_eni(estate: Estate) -> dict[str, str]:
    """Interface of an association -> endpoint."""
    kinds = ("client_vpn_target_networks", "network_interfaces")
    return estate.memo("client_vpn_enis", kinds, _endpoint_of_eni)


def _endpoint_of_eni(estate: Estate) -> dict[str, str]:
    out: dict[str, str] = {}
    for network in estate.client_vpn_target_networks.values():
        for eni_id in estate.enis_by_subnet.get(network.target_network_id, ()):
            text = estate.network_interfaces[eni_id].description
            named = "cvpn-endpoint-" not in text or network.client_vpn_endpoint_id in text
            if text.startswith(ENI_DESCRIPTION) and named:
                out.setdefault(eni_id, network.client_vpn_endpoint_id)
    return out


@builds("client-vpn-in")
def _in(fabric: Fabric, endpoint_id: str) -> Stage:
    """CV1: an authorization rule for the destination, then a route of the endpoint."""
    estate = fabric.estate
    endpoint = estate.client_vpn_endpoints.get(endpoint_id)
    place = Place("client_vpn", endpoint_id, endpoint.vpc_id if endpoint is not None else "")
    params = (("endpoint", endpoint_id),)
    collected = all(
        estate.coverage.has(kind)
        for kind in ("client_vpn_endpoints", "client_vpn_routes", "client_vpn_authorization_rules")
    )
    if endpoint is None or not collected:
        return Enter(place, fabric.put(Unknown("unknown.client_vpn", endpoint_id, ("CV1",), params)))
    routes = fabric.node("client-vpn-routes", endpoint_id)
    everybody: list[Rule] = []
    some: list[tuple[str, Rule]] = []
    for rule in estate.client_vpn_authorization_rules.values():
        if rule.client_vpn_endpoint_id != endpoint_id or rule.status.code != "active":
            continue
        who = "everybody" if rule.access_all or not rule.group_id else rule.group_id
        row = Rule(dst=(parse_prefix(rule.destination_cidr),), origin=rule.destination_cidr, peer=who, facts=("CV1",))
        if who == "everybody" or estate.switch(f"CV1:{who}", "unknown") == "member":
            everybody.append(row)
        elif estate.switch(f"CV1:{who}", "unknown") == "unknown":
            some.append((who, row))
    step = fabric.put(Drop("client_vpn.unauthorized", endpoint_id, ("CV1",), params, routes))
    for group, row in some:
        unsure = fabric.put(Unknown("unknown.client_vpn_group", endpoint_id, ("CV1",), (*params, ("group", group))))
        step = fabric.put(First("client_vpn_authorization", endpoint_id, "", (row,), unsure, step, ("CV1",)))
    return Enter(
        place,
        fabric.put(First("client_vpn_authorization", endpoint_id, "", tuple(everybody), routes, step, ("CV1",))),
    )


@builds("client-vpn-routes")
def _route_table(fabric: Fabric, endpoint_id: str) -> Stage:
    """The endpoint's own table: prefixes to associated subnets."""
    estate = fabric.estate
    targets: dict[Interval, list[str]] = {}
    for route in _routes(estate, endpoint_id):
        targets.setdefault(parse_prefix(route.destination_cidr), []).append(route.target_subnet)
    rows: list[tuple[Interval, Entry]] = []
    for prefix, subnets in targets.items():
        branches = tuple((s, fabric.node("client-vpn-out", endpoint_id, s)) for s in sorted(subnets))
        stage = branches[0][1]
        if len(branches) > 1:
            told = (("endpoint", endpoint_id), ("subnet", ", ".join(s for s, _ in branches)))
            stage = fabric.put(Choice("choice.client_vpn", endpoint_id, branches, "", ("CV1",), told))
        rows.append((prefix, Entry(prefix, stage, " | ".join(s for s, _ in branches), "endpoint route", ("CV1",))))
    starts, entries = partition(rows)
    params = (("endpoint", endpoint_id),)
    missing = fabric.put(Drop("client_vpn.no_route", endpoint_id, ("CV1",), params))
    return Lpm("client_vpn_routes", endpoint_id, starts, entries, missing, ("CV1",))


@builds("client-vpn-out")
def _out(fabric: Fabric, endpoint_id: str, subnet_id: str) -> Stage:
    """CV2: out of the association's interface, with its address; the VPC's routes and groups apply from there."""
    estate = fabric.estate
    params = (("endpoint", endpoint_id), ("subnet", subnet_id))
    if subnet_id == "local":  # to another client
        return fabric.stage(fabric.node("to-on-prem", endpoint_id, endpoint_id))
    associated = {
        n.target_network_id
        for n in estate.client_vpn_target_networks.values()
        if n.client_vpn_endpoint_id == endpoint_id and n.status.code == "associated"
    }
    if subnet_id not in associated:
        return Drop("client_vpn.not_associated", endpoint_id, ("CV1",), params)
    enis = sorted(
        i
        for i, endpoint in endpoint_of_eni(estate).items()
        if endpoint == endpoint_id and estate.network_interfaces[i].subnet_id == subnet_id
    )
    # CV2: that the source is translated is general knowledge, so it can be switched to "unknown".
    if not enis or estate.switch("CV2", "snat") != "snat":
        return Unknown("unknown.client_vpn_address", endpoint_id, ("CV2",), params)
    branches: list[tuple[str, int]] = []
    for eni_id in enis:
        address = parse_address(estate.network_interfaces[eni_id].private_v4()[0])
        changes = (("src", address), ("sport", PORTS))
        leaving = fabric.node("leaving", eni_id, 0)
        stage = Rewrite("client_vpn", endpoint_id, changes, leaving, bind=_key(eni_id), facts=("CV2",))
        branches.append((eni_id, fabric.put(stage)))
    if len(branches) == 1:
        return fabric.stage(branches[0][1])
    return Choice("choice.client_vpn", endpoint_id, tuple(branches), "", ("CV1",), params)


def _key(eni_id: str) -> str:
    return f"client-vpn:{eni_id}"


@builds("client-vpn-back")
def _back(fabric: Fabric, eni_id: str) -> Stage:
    """Answers go back to the client they belong to; nothing else comes in by the interface (CV2)."""
    endpoint_id = endpoint_of_eni(fabric.estate)[eni_id]
    unsolicited = fabric.put(Drop("nat.unsolicited", endpoint_id, ("CV2",), (("nat", endpoint_id),)))
    lost = fabric.put(Drop("nat.no_session", endpoint_id, ("CV2", "W11"), (("nat", endpoint_id),)))
    home = fabric.node("to-on-prem", endpoint_id, endpoint_id)
    undo = fabric.put(Unbind("client_vpn", endpoint_id, _key(eni_id), home, lost, ("CV2",)))
    return State(_key(eni_id), unsolicited, undo, lost)
