"""Where the walk's word is not to be held against the kernel's: known limits of what it remembers and knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...fabric.stage import AnyOf, Place, Rewrite
from ...packet.header import FiveTuple, reply_to

if TYPE_CHECKING:
    from ...walk import Trip

FLOW_BOXES = ("firewall", "gwlb_endpoint", "tgw_attachment")
"""Places where it matters to which flow a packet belongs; at a TGW, for the AZ in appliance mode."""


def let_out_by_reference(trip: Trip) -> bool:
    """Was it let out to a member of a group?  TG12: that depends on the way, and the walk does not look there."""
    rules = [s.detail for s in trip.forward.steps if isinstance(s.stage, AnyOf) and s.stage.direction == "egress"]
    return any(rule is not None and " to sg-" in getattr(rule, "peer", "") for rule in rules)


def answer_in_doubt(trip: Trip) -> bool:
    """Is the walk's word on the answer to be taken?"""
    return _reflected(trip) or _readdressed(trip)


def _reflected(trip: Trip) -> bool:
    """IG7: out and in again by one gateway; how devices of that VPC see such a flow's answers is not established."""
    by = [step.stage.component for step in trip.forward.steps if isinstance(step.stage, Rewrite)]
    gateways = [component for component in by if component.startswith("igw-")]
    return len(gateways) != len(set(gateways))


def _readdressed(trip: Trip) -> bool:
    """Did a firewall see the request with other addresses than the answer?

    The walk remembers that the firewall met the flow, not with which addresses.
    """
    there: dict[Place, set[FiveTuple]] = {}
    for step in trip.forward.steps:
        if step.place.kind in FLOW_BOXES:
            there.setdefault(step.place, set()).add(reply_to(step.packet))
    back = [step for step in trip.reply.steps if step.place in there] if trip.reply is not None else []
    return any(step.packet not in there[step.place] for step in back)
