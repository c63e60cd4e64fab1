"""From the stages a walk consulted to the hops a person reads."""

from __future__ import annotations

from collections.abc import Sequence

from ..fabric.stage import AnyOf, Choice, Deliver, Drop, Enter, First, Lpm, Note, Place, Rule, Unknown
from ..findings.finding import BLOCKER, FORWARD, NOTE, REPLY, UNKNOWN, Finding
from ..packet.address import format_address
from ..packet.header import TCP, FiveTuple
from ..walk import DELIVERED, Leg, Step, Trip
from .checks import CHECKS
from .model import Check, Hop

TOLD = frozenset((Drop, Unknown, Note))
"""Stages that are findings."""
ONE_WAY = "unknown.firewall_one_way"
"""A finding that leaves a path undetermined though both legs arrive."""


class Told:
    """Hops and findings of one walk, numbered on."""

    def __init__(self) -> None:
        self.hops: list[Hop] = []
        self.findings: list[Finding] = []
        self._table = ""
        """The VPC route table consulted last: where a wrong turn was taken."""

    def leg(self, leg: Leg, name: str) -> None:
        """Add one direction."""
        self._table = ""
        place: Place | None = None
        packet = leg.steps[0].packet if leg.steps else leg.packet
        checks: list[Check] = []
        arrived = packet
        for index, step in enumerate(leg.steps):
            stage = step.stage
            kind = type(stage)
            where: Place = stage.place if kind is Enter or kind is Deliver else step.place  # type: ignore[union-attr]
            if where is not place and where != place:
                if place is not None:
                    self._close(name, place, arrived, step.packet, checks)
                place, arrived, checks = where, step.packet, []
            if kind is Lpm and stage.kind == "route_table":  # type: ignore[union-attr]
                self._table = stage.component  # type: ignore[union-attr]
            tell_check = CHECKS.get(kind)
            if tell_check is not None:
                check = tell_check(stage, step.detail)
                if check is not None:
                    checks.append(check)
            if kind in TOLD:
                self._finding(leg, index, step, name, len(self.hops) + 1)
        if place is not None:
            self._close(name, place, arrived, leg.packet, checks)

    def _close(self, leg: str, place: Place, arrived: FiveTuple, leaves: FiveTuple, checks: list[Check]) -> None:
        self.hops.append(
            Hop(number=len(self.hops) + 1, leg=leg, place=place, packet=arrived, leaves=leaves, checks=tuple(checks))
        )

    def _finding(self, leg: Leg, index: int, step: Step, name: str, hop: int) -> None:
        stage = step.stage
        if isinstance(stage, Drop):
            rule, code, facts = _refusal(leg, index, stage)
            severity = BLOCKER
            if name == REPLY and code.startswith("sg.") and not self._passed(step.place):
                # The request went by another way, so this device never saw the flow.
                code, facts = "reply.asymmetric", ("TG9", "W11", *facts)
        elif isinstance(stage, Unknown):
            rule, code, facts, severity = "", stage.code, stage.facts, UNKNOWN
        elif isinstance(stage, Note):
            rule, code, facts, severity = "", stage.code, stage.facts, NOTE
        else:
            return
        known = dict(stage.params)
        rule = rule or known.get("rule", "")
        known.setdefault("packet", str(step.packet))
        known.setdefault("destination", format_address(step.packet.dst))
        known.setdefault("table", self._table)
        known.setdefault("rule", rule or "*")
        if code == "firewall.asymmetric":  # NF8: which zone's endpoint the request passed
            known["zone"] = step.place.az or "-"
            known["other"] = ", ".join(self._zones(step.place)) or "-"
        elif code == "sg.reference_lost" and (tgw := _gateway_passed(leg, index)):
            facts = (*facts, "TG12")
            known["tgw"] = tgw
        self.findings.append(
            Finding(
                code=code,
                severity=severity,
                leg=name,
                component=stage.component,
                rule=rule,
                facts=facts,
                params=tuple(known.items()),
                hop=hop,
                packet=step.packet,
                place=step.place,
            )
        )

    def _zones(self, place: Place) -> list[str]:
        """Zones in which the request passed the same thing."""
        same = [h.place for h in self.hops if h.leg == FORWARD and (h.place.kind, h.place.id) == (place.kind, place.id)]
        return list(dict.fromkeys(p.az for p in same if p.az))

    def _passed(self, place: Place) -> bool:
        return any(hop.leg == FORWARD and hop.place == place for hop in self.hops)


def tell(trip: Trip) -> Told:
    """Hops and findings of a trip, there and back."""
    told = Told()
    told.leg(trip.forward, FORWARD)
    if trip.reply is not None:
        told.leg(trip.reply, REPLY)
        told.findings[:0] = _one_way(trip, told.hops)  # it decides the verdict, so it comes first
    return told


def _one_way(trip: Trip, hops: Sequence[Hop]) -> list[Finding]:
    """NF8: a firewall that keeps flows must see the answer too; what it does without is not established."""
    if trip.outcome != DELIVERED or trip.forward.packet.proto != TCP:
        return []
    if not any(str(key).startswith("firewall:") for key, _ in trip.flow.noted):  # only stateless rules were asked
        return []
    from ..fabric.network_firewall import one_sided

    there = (hop.place for hop in hops if hop.leg == FORWARD)
    back = (hop.place for hop in hops if hop.leg == REPLY)
    return [
        Finding(
            code=ONE_WAY,
            severity=UNKNOWN,
            leg=REPLY,
            component=place.id,
            facts=("NF8",),
            params=(("firewall", place.id), ("az", place.az)),
        )
        for place in one_sided(there, back)
    ]


def _refusal(leg: Leg, index: int, drop: Drop) -> tuple[str, str, tuple[str, ...]]:
    """Which rule refused, and the sharper code where the walk knows more than the table."""
    before = leg.steps[index - 1] if index else None
    if before is None:
        return "", drop.code, drop.facts
    if isinstance(before.stage, First) and isinstance(before.detail, Rule) and not before.detail.allow:
        return before.detail.origin, drop.code, drop.facts
    if isinstance(before.stage, AnyOf) and drop.code == "sg.ingress.no_rule":
        rule = _lost_reference(leg, before)
        if rule is not None:
            return rule.origin, "sg.reference_lost", (*drop.facts, "SG5")
    return "", drop.code, drop.facts


def _lost_reference(leg: Leg, step: Step) -> Rule | None:
    """A rule by group that would have let the packet in, had a hop not dropped its identity (SG5)."""
    worn = leg.facts.get("worn")
    if not worn or not isinstance(step.stage, AnyOf):
        return None
    src, dst, proto, sport, dport = step.packet
    for rule in step.stage.rules:
        if rule.fact is not None and rule.matches(src, dst, proto, sport, dport, {"identity": worn}):
            return rule
    return None


def _gateway_passed(leg: Leg, index: int) -> str:
    """The transit gateway a packet came through last, if it came through one."""
    return next((s.place.id for s in reversed(leg.steps[:index]) if s.place.kind == "tgw"), "")


def branches(legs: Sequence[Leg | None]) -> tuple[str, ...]:
    """Labels of the nondeterministic branches a trip took."""
    return tuple(
        f"{step.stage.component}: {step.detail}"
        for leg in legs
        if leg is not None
        for step in leg.steps
        if isinstance(step.stage, Choice)
    )
