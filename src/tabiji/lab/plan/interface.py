"""Network interfaces: a port each, its addresses, what it may send and take."""

from __future__ import annotations

from ...estate.network_interface import NetworkInterface
from . import appliance, subnet
from .draft import Draft
from .model import Port

ELSEWHERE = {
    "nat_gateway": "",
    "natGateway": "",
    "transit_gateway": "",
    "gateway_load_balancer_endpoint": "",
    "network_load_balancer": "load balancers",
    "load_balancer": "load balancers",
    "gateway_load_balancer": "load balancers",
    "global_accelerator_managed": "interfaces of Global Accelerator",
}
"""Interface types that are no host: built by another part, or (with words) not at all."""
FROM_INSIDE = ("vpc_endpoint",)


def addresses_of(eni: NetworkInterface) -> tuple[str, ...]:
    """All private addresses, IPv4 first."""
    return (*eni.private_v4(), *(six.ipv6_address for six in eni.ipv6_addresses))


def build(draft: Draft) -> None:
    """A port for every interface that a program or a service sits behind."""
    for eni_id, eni in draft.estate.network_interfaces.items():
        left_out = ELSEWHERE.get(eni.interface_type)
        if left_out is None and eni.description.startswith("ELB "):
            left_out = "load balancers"
        if left_out is not None or eni.subnet_id not in draft.estate.subnets:
            if left_out:
                sink = draft.leave_out(eni_id, f"{left_out} are not built")
                own(draft, eni, sink)
            continue
        if eni.attachment is None and eni.interface_type == "interface" and _dead(draft, eni_id):
            continue
        if appliance.is_one(draft, eni_id):
            appliance.build(draft, eni)
            continue
        if _carries_nothing(draft, eni_id):
            own(draft, eni, draft.sink("endpoint.state", draft.estate.endpoint_by_eni[eni_id], "", "IE8"))
            continue
        service = eni.interface_type in FROM_INSIDE or _answers_dns(draft, eni)
        port = Port(
            name=draft.name("s" if service else "p", eni_id),
            role="service" if service else "guest",
            owner=eni_id,
            context=subnet.context(draft, eni.subnet_id) | draft.identity(eni.vpc_id),
            addresses=addresses_of(eni),
            guest="svc" if service else guest_of(draft, eni_id),
        )
        draft.port(port)
        own(draft, eni, port.name)
        guarded(draft, eni, port.name)
        _not_of_aws(draft, eni_id, port.name)


def own(draft: Draft, eni: NetworkInterface, device: str) -> None:
    """The interface's addresses lead to a device, in its subnet and in its VPC."""
    prefixes = [
        *addresses_of(eni),
        *(p.ipv4_prefix for p in eni.ipv4_prefixes),
        *(p.ipv6_prefix for p in eni.ipv6_prefixes),
    ]
    for prefix in prefixes:
        subnet.layer2_table(draft, eni.subnet_id).add(prefix, device)
        subnet.local_table(draft, eni.vpc_id).add(prefix, device)


def guarded(draft: Draft, eni: NetworkInterface, device: str) -> None:
    """Groups, the subnet's ACL and the source/destination check are at this device."""
    draft.port_of_eni[eni.network_interface_id] = device
    draft.subnet_of[device] = eni.subnet_id


def guest_of(draft: Draft, eni_id: str) -> str:
    """Name of the namespace behind an interface."""
    from . import guests

    return guests.guest_name(draft, eni_id)


def _answers_dns(draft: Draft, eni: NetworkInterface) -> bool:
    """An inbound Resolver endpoint's (or an outbound one's, which nobody may ask)."""
    owners = draft.estate.resolver_by_address
    return any((eni.vpc_id, address) in owners for address in addresses_of(eni))


def _dead(draft: Draft, eni_id: str) -> bool:
    """No instance and no service behind it, as far as the estate tells."""
    return eni_id not in draft.estate.instance_by_eni and eni_id not in draft.estate.host_by_eni


def _carries_nothing(draft: Draft, eni_id: str) -> bool:
    """Of an endpoint that is not available (IE8)?"""
    endpoint = draft.estate.vpc_endpoints.get(draft.estate.endpoint_by_eni.get(eni_id, ""))
    return endpoint is not None and endpoint.state.lower() != "available"


def _not_of_aws(draft: Draft, eni_id: str, port: str) -> None:
    """Behind an endpoint of somebody's own service stands a load balancer, which is not built (ES1)."""
    endpoint = draft.estate.vpc_endpoints.get(draft.estate.endpoint_by_eni.get(eni_id, ""))
    if endpoint is not None and ".vpce-svc-" in endpoint.service_name:
        draft.uncovered.setdefault(endpoint.vpc_endpoint_id, "the load balancer behind its service is not built")
        unknown = draft.drop(draft.reason("uncovered", endpoint.vpc_endpoint_id, "", "ES1"))
        draft.late.append(f'oifname "{port}" {unknown}')
