"""Interface endpoints nobody of their own VPC can use."""

from __future__ import annotations

from collections.abc import Iterator

from ...estate import Estate
from ...estate.vpc_endpoint import VpcEndpoint
from ...fabric.security_group import INGRESS, rules_of
from ...fabric.vpc_endpoint import ENDPOINT_PORTS, service_tail, usable
from ...packet.header import TCP
from ...packet.ranges import intersect, normalise
from ..finding import FORWARD, WARNING, Finding


def admits_nobody(estate: Estate) -> Iterator[Finding]:
    """IE1, SG6: no rule of its groups lets a subnet of the VPC, or a member of a group, at its port."""
    for endpoint_id, endpoint in estate.vpc_endpoints.items():
        if endpoint.vpc_endpoint_type != "Interface" or not usable(endpoint):
            continue
        groups = tuple(g.group_id for g in endpoint.groups)
        if not groups or any(g not in estate.security_groups for g in groups):
            continue  # without groups everything may enter; unknown groups are not judged
        if not _admits(estate, endpoint, groups):
            ports = ", ".join(f"tcp/{port}" for port in _ports(endpoint))
            yield Finding(
                code="lint.endpoint_closed",
                severity=WARNING,
                leg=FORWARD,
                component=endpoint_id,
                facts=("IE1", "IE2", "SG6"),
                params=(
                    ("endpoint", endpoint_id),
                    ("service", endpoint.service_name),
                    ("groups", ",".join(groups)),
                    ("vpc", endpoint.vpc_id),
                    ("ports", ports),
                ),
            )


def _admits(estate: Estate, endpoint: VpcEndpoint, groups: tuple[str, ...]) -> bool:
    subnets = normalise(
        p for s in estate.subnets_by_vpc.get(endpoint.vpc_id, ()) for p in estate.subnet_prefixes.get(s, ())
    )
    own = set(endpoint.network_interface_ids)
    for rule in rules_of(estate, groups, INGRESS, endpoint.vpc_id):
        low, high = rule.dports or (0, 65535)
        if rule.proto not in (None, TCP) or not any(low <= port <= high for port in _ports(endpoint)):
            continue
        if rule.fact is not None:
            if set(estate.enis_by_group.get(str(rule.fact[1]), ())) - own:
                return True
        elif rule.src is None or intersect(rule.src, subnets):
            return True
    return False


def _ports(endpoint: VpcEndpoint) -> tuple[int, ...]:
    texts = ENDPOINT_PORTS.get(service_tail(endpoint.service_name), ("tcp/443",))
    return tuple(int(text.removeprefix("tcp/")) for text in texts)
