"""VPC endpoints: a gateway endpoint is a service port that a route leads to; an interface one has service ports."""

from __future__ import annotations

from ...estate.vpc_endpoint import VpcEndpoint
from . import firewall, subnet
from .draft import Draft
from .interface import addresses_of
from .model import Port


def target(draft: Draft, endpoint: VpcEndpoint) -> str:
    """The device of an endpoint that a route names."""
    kind = endpoint.vpc_endpoint_type
    if endpoint.state.lower() != "available":
        return ""
    if kind == "Gateway":
        return _gateway(draft, endpoint)
    if kind == "GatewayLoadBalancer":
        return firewall.endpoint(draft, endpoint)
    return draft.leave_out(endpoint.vpc_endpoint_id, f"a route to an endpoint of type {kind} is not built")


def service_cidrs(draft: Draft, endpoint: VpcEndpoint) -> tuple[str, ...]:
    """Addresses of the service behind a gateway endpoint: its prefix list's."""
    lists = [i for i, name in draft.estate.prefix_list_names.items() if name == endpoint.service_name]
    return tuple(c for i in lists for c in draft.estate.prefix_list_cidrs.get(i, ()))


def _gateway(draft: Draft, endpoint: VpcEndpoint) -> str:
    key = ("vpce", endpoint.vpc_endpoint_id)
    if key in draft.built:
        return draft.built[key]
    owner = endpoint.vpc_endpoint_id
    port = Port(
        name=draft.name("s", owner),
        role="service",
        owner=owner,
        context=subnet.vpc_context(draft, endpoint.vpc_id, owner),
        addresses=service_cidrs(draft, endpoint),
        guest="svc",
    )
    device = draft.built[key] = draft.port(port)
    foreign = draft.drop(draft.reason("endpoint.foreign-source", owner, "", "GE4"))
    for family, version in (("ip", "4"), ("ip6", "6")):
        own = _owned(draft, endpoint.vpc_id, family == "ip6")
        match = f"{family} saddr != {{ {', '.join(own)} }}" if own else f"meta nfproto ipv{version}"
        draft.leaving.append(f'oifname "{device}" {match} {foreign}')
    protocol = draft.drop(draft.reason("endpoint.protocol", owner, "", "GE5"))
    draft.leaving.append(f'oifname "{device}" meta l4proto != {{ tcp, icmp, ipv6-icmp }} {protocol}')
    return device


def _owned(draft: Draft, vpc_id: str, six: bool) -> list[str]:
    """Addresses of one family that interfaces of a VPC have: another VPC may use the same CIDR."""
    enis = [e for e in draft.estate.network_interfaces.values() if e.vpc_id == vpc_id]
    held = [a for e in enis for a in addresses_of(e)]
    held += [p.ipv4_prefix for e in enis for p in e.ipv4_prefixes]
    held += [p.ipv6_prefix for e in enis for p in e.ipv6_prefixes]
    return sorted({a for a in held if (":" in a) == six})
