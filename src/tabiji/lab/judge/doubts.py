"""Where the walk's word is not to be held against the kernel's: known limits of what it remembers and knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...fabric.stage import AnyOf, Rewrite

if TYPE_CHECKING:
    from ...walk import Trip


def let_out_by_reference(trip: Trip) -> bool:
    """Was it let out to a member of a group?  TG12: that depends on the way, and the walk does not look there."""
    rules = [s.detail for s in trip.forward.steps if isinstance(s.stage, AnyOf) and s.stage.direction == "egress"]
    return any(rule is not None and " to sg-" in getattr(rule, "peer", "") for rule in rules)


def answer_in_doubt(trip: Trip) -> bool:
    """IG7: out and in again by one gateway; how devices of that VPC see such a flow's answers is not established."""
    by = [step.stage.component for step in trip.forward.steps if isinstance(step.stage, Rewrite)]
    gateways = [component for component in by if component.startswith("igw-")]
    return len(gateways) != len(set(gateways))
