"""VPC endpoints: gateway, interface, Resolver (data-plane section 11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..packet.header import ECHO_REQUEST, ICMP, ICMPV6, TCP, UDP
from .compiler import Fabric, builds, eni_place
from .host import listening
from .internet import SERVICE_PORTS
from .internet_gateway import eni_addresses
from .route_table import Source, target
from .stage import Deliver, Drop, Enter, First, Place, Rule, Stage, State, Unknown

if TYPE_CHECKING:
    from ..estate.route_table import Route
    from ..estate.vpc_endpoint import VpcEndpoint

AVAILABLE = ("available", "")
REFUSED = ("pendingacceptance", "rejected", "expired")
"""States of an endpoint whose service's owner has not let it in (ES6)."""
# Ports an interface endpoint answers on, by the service name's tail; others: 443 only.
ENDPOINT_PORTS: dict[str, tuple[str, ...]] = {
    "s3": ("tcp/443", "tcp/80"),
    "dynamodb": ("tcp/443", "tcp/80"),
    "email-smtp": ("tcp/25", "tcp/465", "tcp/587", "tcp/2465", "tcp/2587"),
    "cassandra": ("tcp/9142",),
    "iot.data": ("tcp/443", "tcp/8443", "tcp/8883"),
    "athena": ("tcp/443", "tcp/444"),
}


@target("vpce")
def _vpce(fabric: Fabric, source: Source, route: Route) -> int:
    if fabric.estate.network_firewalls:
        from .network_firewall import endpoints

        if route.target in endpoints(fabric.estate):  # NF1: a kind of GWLB endpoint
            return fabric.node("firewall-endpoint", route.target)
    endpoint = fabric.estate.vpc_endpoints.get(route.target)
    if endpoint is None:
        params = (("table", source.table.route_table_id), ("target", route.target), ("destination", route.destination))
        return fabric.put(Unknown("unknown.endpoint", route.target, ("RT11",), params))
    if endpoint.vpc_endpoint_type == "Gateway":
        return fabric.node("gateway-endpoint", route.target, source.vpc)
    return fabric.node("gwlb-endpoint", route.target)


def usable(endpoint: VpcEndpoint) -> bool:
    """IE8: only an available endpoint carries anything."""
    return endpoint.state.lower() in AVAILABLE


def service_tail(service_name: str) -> str:
    """``ecr.dkr`` of ``com.amazonaws.ap-northeast-1.ecr.dkr``."""
    parts = service_name.split(".")
    return ".".join(parts[3:]) if len(parts) > 3 else parts[-1]


@builds("gateway-endpoint")
def _gateway_endpoint(fabric: Fabric, endpoint_id: str, vpc: str) -> Stage:
    """GE1-GE5: to a public AWS service, for sources of this VPC only.

    Routes lead here by prefix list: without IPv6 rows in it, IPv6 goes another way (GE9).
    """
    endpoint = fabric.estate.vpc_endpoints[endpoint_id]
    if not usable(endpoint):
        return Drop("endpoint.state", endpoint_id, ("IE8",), (("state", endpoint.state),))
    service = service_tail(endpoint.service_name)
    back = fabric.node("gateway-endpoint-back", endpoint_id)
    arrived = fabric.put(Deliver(Place("aws_service", endpoint.service_name), back, ("GE1",)))
    answered = arrived
    ports = SERVICE_PORTS.get(service)
    if ports is not None:
        answered = fabric.put(listening(fabric, service, ports, arrived))
    kinds = (
        Rule(proto=TCP, origin=endpoint_id, facts=("GE5",)),
        Rule(proto=ICMP, dports=(ECHO_REQUEST, ECHO_REQUEST + 255), origin=endpoint_id, facts=("GE5",)),
    )
    refused = fabric.put(Drop("endpoint.gateway_protocol", endpoint_id, ("GE5",), (), answered))
    protocol = fabric.put(First("endpoint_protocol", endpoint_id, "", kinds, answered, refused, ("GE5",)))
    own = (Rule(src=eni_addresses(fabric, vpc), origin=vpc, facts=("GE4",)),)
    outside = fabric.put(Drop("endpoint.gateway_outside_vpc", endpoint_id, ("GE4",), (("vpc", vpc),), protocol))
    return Enter(
        Place("endpoint", endpoint_id, vpc),
        fabric.put(First("endpoint_source", endpoint_id, "", own, protocol, outside, ("GE4",))),
    )


@builds("gateway-endpoint-back")
def _gateway_endpoint_back(fabric: Fabric, endpoint_id: str) -> Stage:
    """Answers come straight back to the ENI, through its subnet's NACL."""
    from .network_interface import select_in_vpc

    endpoint = fabric.estate.vpc_endpoints[endpoint_id]
    return Enter(Place("endpoint", endpoint_id, endpoint.vpc_id), select_in_vpc(fabric, endpoint.vpc_id))


@builds("endpoint-in")
def _endpoint_in(fabric: Fabric, endpoint_id: str, eni_id: str) -> Stage:
    """An interface endpoint's ENI: its service's ports, never ping (IE2)."""
    estate = fabric.estate
    endpoint = estate.vpc_endpoints[endpoint_id]
    place = eni_place(estate, eni_id)
    arrived = fabric.put(Deliver(place, fabric.node("leaving", eni_id, 0), ("IE3",)))
    if not usable(endpoint):
        if ".vpce-svc-" in endpoint.service_name and endpoint.state.lower() in REFUSED:
            behind = fabric.node("endpoint-service", endpoint_id, eni_id, arrived)
            why = (("state", endpoint.state), ("service", endpoint.service_name))
            return Drop("endpoint.acceptance", endpoint_id, ("ES6", "IE8"), why, behind)
        return Drop("endpoint.state", endpoint_id, ("IE8",), (("state", endpoint.state),))
    if endpoint.vpc_endpoint_type == "GatewayLoadBalancer":
        return Drop("address.not_a_host", eni_id, ("GL1",), (("type", "gateway_load_balancer_endpoint"),))
    if ".vpce-svc-" in endpoint.service_name:
        return fabric.stage(fabric.node("endpoint-service", endpoint_id, eni_id, arrived))
    if endpoint.vpc_endpoint_type != "Interface":
        return Unknown("unknown.endpoint_type", endpoint_id, ("LA2",), (("type", endpoint.vpc_endpoint_type),))
    service = service_tail(endpoint.service_name)
    ports = ENDPOINT_PORTS.get(service, ("tcp/443",))
    rules = [Rule(proto=TCP, dports=(int(p[4:]), int(p[4:])), origin=p, facts=("IE2",)) for p in ports]
    listed = ", ".join(ports)
    params = (("endpoint", endpoint_id), ("service", endpoint.service_name), ("ports", listed))
    closed = fabric.put(Drop("endpoint.service_port", endpoint_id, ("IE2",), params, arrived))
    ping = fabric.put(Drop("endpoint.no_ping", endpoint_id, ("IE2",), params, arrived))
    no_ping = [Rule(proto=p, allow=False, origin="ping", facts=("IE2",)) for p in (ICMP, ICMPV6)]
    ports_ok = fabric.put(First("endpoint_port", endpoint_id, "ingress", tuple(rules), arrived, closed, ("IE2",)))
    others = (*no_ping, Rule(origin="not ping"))
    return First("endpoint_ping", endpoint_id, "ingress", others, ports_ok, ping, ("IE2",))


@builds("resolver-in")
def _resolver_in(fabric: Fabric, endpoint_id: str, eni_id: str) -> Stage:
    """A Resolver endpoint's ENI: inbound ones answer on port 53 (names N2.7a), outbound ones nothing."""
    place = eni_place(fabric.estate, eni_id)
    arrived = fabric.put(Deliver(place, fabric.node("leaving", eni_id, 0), ("N2.7a",)))
    home = fabric.put(Deliver(place, -1))  # answers to queries of its own
    return State("", fabric.put(_inbound_resolver(fabric, endpoint_id, arrived)), home, home)


def _inbound_resolver(fabric: Fabric, endpoint_id: str, arrived: int) -> Stage:
    endpoint = fabric.estate.resolver_endpoints[endpoint_id]
    if not endpoint.direction.startswith("INBOUND"):
        return Drop("host.not_listening", endpoint_id, ("N2.7b",), (("listens", "-"),))
    if endpoint.status not in ("OPERATIONAL", "UPDATING", "AUTO_RECOVERING", ""):
        return Drop("endpoint.state", endpoint_id, ("N2.7a",), (("state", endpoint.status),))
    rules = [Rule(proto=p, dports=(53, 53), origin="53", facts=("N2.7a",)) for p in (UDP, TCP)]
    if any(p.startswith("DoH") for p in endpoint.protocols):
        rules.append(Rule(proto=TCP, dports=(443, 443), origin="443", facts=("N2.7a",)))
    closed = fabric.put(
        Drop(
            "endpoint.service_port",
            endpoint_id,
            ("N2.7a",),
            (("endpoint", endpoint_id), ("service", "Route 53 Resolver"), ("ports", "udp/53, tcp/53")),
            arrived,
        )
    )
    return First("endpoint_port", endpoint_id, "ingress", tuple(rules), arrived, closed, ("N2.7a",))
