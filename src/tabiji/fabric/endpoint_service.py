"""Endpoint services: PrivateLink with a Network Load Balancer behind it (data-plane section 11.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..estate import Estate
from ..estate import load_balancing as elb
from ..estate.load_balancer import LoadBalancer
from . import security_group
from .compiler import Fabric, builds, eni_place, eni_zone
from .stage import Choice, Drop, Enter, Mark, Note, Stage, Unknown

if TYPE_CHECKING:
    from ..estate.vpc_endpoint import VpcEndpoint, VpcEndpointServiceConfiguration


def service_of(estate: Estate, endpoint: VpcEndpoint) -> VpcEndpointServiceConfiguration | None:
    """The provider's record of the service an endpoint is for, if the estate holds the provider's side."""

    def build(estate: Estate) -> dict[str, VpcEndpointServiceConfiguration]:
        return {s.service_name: s for s in estate.tables["vpc_endpoint_service_configurations"].values()}

    kinds = ("vpc_endpoint_service_configurations",)
    return estate.memo("service_configuration_by_name", kinds, build).get(endpoint.service_name)


def entries(estate: Estate, node: str) -> tuple[str, ...]:
    """ENIs of endpoints whose service has the load balancer of this node behind it."""

    def build(estate: Estate) -> dict[str, list[str]]:
        out: dict[str, list[str]] = {}
        for endpoint in estate.vpc_endpoints.values():
            service = service_of(estate, endpoint)
            for arn in service.network_load_balancer_arns if service is not None else ():
                out.setdefault(arn, []).extend(endpoint.network_interface_ids)
        return out

    kinds = ("vpc_endpoints", "vpc_endpoint_service_configurations")
    known = estate.memo("endpoint_enis_by_balancer", kinds, build)
    return tuple(known.get(elb.balancer_by_eni(estate).get(node, ""), ()))


@builds("endpoint-service")
def _endpoint_service(fabric: Fabric, endpoint_id: str, eni_id: str, arrived: int) -> Stage:
    """From a consumer's endpoint into the provider's load balancer; no route lies between (ES7), so none back (IE6)."""
    estate = fabric.estate
    endpoint = estate.vpc_endpoints[endpoint_id]
    service = service_of(estate, endpoint)
    if service is None:
        return _unseen(fabric, endpoint, eni_zone(estate, eni_id), arrived)
    behind = _behind(fabric, endpoint, service, eni_id)
    if service.service_state in ("Available", ""):
        return behind
    params = (("endpoint", endpoint_id), ("service", endpoint.service_name), ("state", service.service_state))
    return Drop("endpoint.service_state", service.service_id, (), params, fabric.put(behind))


def _behind(fabric: Fabric, endpoint: VpcEndpoint, service: VpcEndpointServiceConfiguration, eni_id: str) -> Stage:
    """The nodes of the service's load balancers that serve an endpoint's ENI: those of its own zone (ES3, ES5)."""
    estate, component = fabric.estate, service.service_id
    params = (("endpoint", endpoint.vpc_endpoint_id), ("service", endpoint.service_name))
    zone = eni_zone(estate, eni_id)
    # IE10, ES8: the zones of two Regions have nothing to do with each other.
    remote = bool(endpoint.service_region) and endpoint.service_region != estate.region_of(endpoint.vpc_id)
    branches: list[tuple[str, int]] = []
    unknown = ""
    for arn in service.network_load_balancer_arns:
        if elb.find(estate, arn) is None or not elb.nodes(estate, arn):
            unknown = arn
            continue
        for node in elb.nodes(estate, arn):
            near = remote or same_zone(estate, eni_id, node)  # ES3, ES4
            if near is None:
                unknown = arn
            elif near:
                label = f"{arn.split('/')[-2]} {eni_zone(estate, node)}".strip()
                branches.append((label, fabric.node("endpoint-to-node", node, eni_id)))
    if unknown:
        lost = fabric.put(Unknown("unknown.load_balancer", unknown, ("ES1",), (("load_balancer", unknown),)))
        branches.append((unknown, lost))
    if not branches:
        if not service.network_load_balancer_arns:
            return Unknown("unknown.load_balancer", component, ("ES1",), (("load_balancer", "-"),))
        zones = ", ".join(service.availability_zones) or "-"
        return Drop("endpoint.service_az", component, ("ES3",), (*params, ("zone", zone), ("zones", zones)))
    if len(branches) == 1:
        return fabric.stage(branches[0][1])
    return Choice("choice.endpoint_nlb", component, tuple(branches), "", ("ES5",), params)


def _unseen(fabric: Fabric, endpoint: VpcEndpoint, zone: str, arrived: int) -> Stage:
    """A service of which only the consumer's side is known: what is behind it is taken to answer, and said so."""
    params = (("endpoint", endpoint.vpc_endpoint_id), ("service", endpoint.service_name))
    note = Note("note.endpoint_service_assumed", endpoint.vpc_endpoint_id, arrived, ("ES1",), params)
    listed = fabric.estate.tables["vpc_endpoint_services"].get(endpoint.service_name)
    zones = listed.availability_zones if listed is not None else ()
    if zones and zone and zone not in zones:  # ES3: names are the consumer's own here
        facts = (*params, ("zone", zone), ("zones", ", ".join(zones)))
        return Drop("endpoint.service_az", endpoint.vpc_endpoint_id, ("ES3",), facts, fabric.put(note))
    return note


def same_zone(estate: Estate, one: str, other: str) -> bool | None:
    """Are two ENIs in one zone?  Across accounts only zone ids tell (ES3); None: not known."""
    subnets = [estate.subnets.get(estate.network_interfaces[e].subnet_id) for e in (one, other)]
    ids = [s.availability_zone_id if s is not None else "" for s in subnets]
    if all(ids):
        return ids[0] == ids[1]
    accounts = {estate.account_of(estate.network_interfaces[e].vpc_id) for e in (one, other)}
    zones = [eni_zone(estate, e) for e in (one, other)]
    if len(accounts) > 1 or not all(zones):
        return None
    return zones[0] == zones[1]


@builds("endpoint-to-node")
def _to_node(fabric: Fabric, node: str, endpoint_eni: str) -> Stage:
    """ES2: the balancer's groups see the client's own address, unless told not to look at PrivateLink traffic."""
    estate = fabric.estate
    balancer = elb.find(estate, elb.balancer_by_eni(estate)[node])
    step = fabric.node("lb-request", node, endpoint_eni)
    enforced = not isinstance(balancer, LoadBalancer) or (
        balancer.enforce_security_group_inbound_rules_on_private_link_traffic != "off"
    )
    if enforced:
        eni = estate.network_interfaces[node]
        step = fabric.put(security_group.ingress(fabric, eni, step) or fabric.stage(step))
    # A group of the consumer's VPC means nothing in the provider's.
    return Enter(eni_place(estate, node), fabric.put(Mark((("identity", None),), step)))
