"""The edge of a subnet: same subnet at layer 2, else network ACL, then routes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .compiler import Fabric, builds
from .network_acl import egress
from .stage import Inside, Stage, State, Unknown

if TYPE_CHECKING:
    from ..estate.subnet import Subnet


@builds("subnet-edge")
def _subnet_edge(fabric: Fabric, subnet_id: str) -> Stage:
    """W5: a destination in the same subnet is reached at layer 2, without NACL or route."""
    subnet = fabric.estate.subnets.get(subnet_id)
    if subnet is None:
        return Unknown("unknown.subnet", subnet_id, ("W5",))
    inside = fabric.estate.subnet_prefixes[subnet_id]
    return Inside(tuple(sorted(inside)), fabric.node("select-l2", subnet_id), fabric.node("subnet-out", subnet_id))


@builds("subnet-out")
def _subnet_out(fabric: Fabric, subnet_id: str) -> Stage:
    """W6, W7: NACL outward, then the route table."""
    subnet = fabric.estate.subnets[subnet_id]
    return egress(fabric, subnet_id, _routes(fabric, subnet)) or fabric.stage(_routes(fabric, subnet))


def _routes(fabric: Fabric, subnet: Subnet) -> int:
    routes = fabric.node("routes", subnet.subnet_id)
    from .peering import senders_to

    if not senders_to(fabric.estate, subnet.vpc_id):
        return routes
    # NG10: answers to a NAT gateway behind a peering go back to it without a route.
    return fabric.put(
        State(f"return-to-sender:{subnet.vpc_id}", routes, fabric.node("return-to-sender", subnet.vpc_id), routes)
    )
