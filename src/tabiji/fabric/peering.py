"""VPC peering (data-plane section 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .compiler import Fabric, builds
from .network_interface import select_in_vpc
from .route_table import Source, target
from .stage import Drop, Enter, Inside, Mark, Place, Remember, Stage, State, Switch, Unknown

if TYPE_CHECKING:
    from ..estate import Estate
    from ..estate.peering import VpcPeeringConnection
    from ..estate.route_table import Route


@target("pcx")
def _pcx(fabric: Fabric, source: Source, route: Route) -> int:
    return fabric.node("peering", route.target, source.vpc)


def other_side(peering: VpcPeeringConnection, vpc: str) -> str:
    """The VPC at the far end."""
    return peering.accepter.vpc_id if peering.requester.vpc_id == vpc else peering.requester.vpc_id


@builds("peering")
def _peering(fabric: Fabric, peering_id: str, vpc: str) -> Stage:
    """PC1-PC3: into the other VPC, to addresses of its own only; the source is not looked at (PC5)."""
    estate = fabric.estate
    peering = estate.peerings.get(peering_id)
    if peering is None:
        return Drop("route.target_missing", peering_id, ("RT12",), (("target", peering_id),))
    if peering.status.code != "active":
        return Drop("peering.not_active", peering_id, ("PC8",), (("status", peering.status.code),))
    far = other_side(peering, vpc)
    if far not in estate.vpcs:
        return Enter(
            Place("peering", peering_id, far), fabric.put(Unknown("unknown.vpc", far, ("PC1",), (("vpc", far),)))
        )
    inside = select_in_vpc(fabric, far)
    # NG10: remember that a NAT gateway of the near side sent it; its answers need no route.
    returned = fabric.put(Remember(f"return-to-sender:{far}:{peering_id}", inside))
    returned = fabric.put(Remember(f"return-to-sender:{far}", returned))
    inside = fabric.put(Switch("nat_vpc", {vpc: returned}, inside))
    if peering.requester.region != peering.accepter.region:
        inside = fabric.put(Mark((("identity", None),), inside))  # PC6: references hold within one Region
    params = (("vpc", far), ("peering", peering_id))
    transit = fabric.put(Drop("peering.transitive", peering_id, ("PC2", "PC3"), params))
    return Enter(Place("peering", peering_id, far), fabric.put(Inside(estate.vpc_ranges[far], inside, transit)))


def senders_to(estate: Estate, vpc: str) -> tuple[str, ...]:
    """Peerings by which a NAT gateway of another VPC can send into this one (NG10)."""
    out: list[str] = []
    with_nat = {nat.vpc_id for nat in estate.nat_gateways.values() if nat.state == "available"}
    for peering_id, peering in estate.peerings.items():
        if peering.status.code == "active" and vpc in (peering.requester.vpc_id, peering.accepter.vpc_id):
            if other_side(peering, vpc) in with_nat:
                out.append(peering_id)
    return tuple(out)


@builds("return-to-sender")
def _return_to_sender(fabric: Fabric, vpc: str) -> Stage:
    """Back to the NAT gateway the flow came from, whichever peering that was."""
    estate = fabric.estate
    step = fabric.put(Drop("nat.no_session", vpc, ("NG10",)))
    for peering_id in senders_to(estate, vpc):
        far = other_side(estate.peerings[peering_id], vpc)
        if far in estate.vpcs:
            back = fabric.put(Enter(Place("peering", peering_id, far), select_in_vpc(fabric, far)))
            step = fabric.put(State(f"return-to-sender:{vpc}:{peering_id}", step, back, step))
    return fabric.stage(step)
