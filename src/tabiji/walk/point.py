"""One packet through the stage graph.  Normative: every other interpreter must agree with it.

Knows no AWS; the contract it implements is written in ``fabric.stage``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import msgspec

from ..fabric.stage import (
    AnyOf,
    Choice,
    Deliver,
    Drop,
    Enter,
    First,
    Inside,
    Lpm,
    Mark,
    Note,
    Place,
    Remember,
    Rewrite,
    Select,
    Shift,
    Stage,
    State,
    Switch,
    Unbind,
    Unknown,
)
from ..packet.header import FiveTuple, reply_to

if TYPE_CHECKING:
    from collections.abc import Mapping

DELIVERED, DROPPED, UNKNOWN = "delivered", "dropped", "unknown"
MAX_STEPS = 2000
KEEP = -1.0
"""As ``port``: a device leaves the source port as it is where it may, as Linux does."""
NOWHERE = Place("nowhere", "")


class Graph(Protocol):
    """What an interpreter needs of a compiled estate."""

    def stage(self, number: int) -> Stage:
        """The stage with that number, compiled now if need be."""


class Step(msgspec.Struct, frozen=True, gc=False):
    """One stage that was consulted.

    ``packet`` is the 5-tuple when it got there; ``detail`` what decided: the
    rule, the table row, the branch's label, the rewritten packet.
    """

    stage: Stage
    packet: FiveTuple
    place: Place
    detail: Any = None


class Flow:
    """What stateful devices remember of a flow."""

    __slots__ = ("bindings", "branches", "noted", "seen")

    def __init__(self) -> None:
        self.seen: set[Place] = set()
        self.noted: set[tuple[str, FiveTuple]] = set()
        self.bindings: dict[str, FiveTuple] = {}
        self.branches: dict[str, str] = {}


class Leg(NamedTuple):
    """One direction, walked.

    ``end`` is the Deliver, Drop or Unknown it came to; ``drops`` are the
    refusals met (more than one only when looking for all blockers);
    ``choices`` the nondeterministic points met: (step index, branches, taken).
    """

    outcome: str
    steps: list[Step]
    end: Stage
    packet: FiveTuple
    facts: Mapping[str, Any]
    drops: tuple[tuple[int, Drop], ...]
    choices: tuple[tuple[int, int, int], ...]


class Trip(NamedTuple):
    """There and back."""

    outcome: str
    forward: Leg
    reply: Leg | None
    flow: Flow


LOOP = Drop("path.loop", "", ("W13",))


def walk(
    graph: Graph,
    start: int,
    packet: FiveTuple,
    facts: Mapping[str, Any],
    flow: Flow,
    leg: int = 0,
    *,
    decisions: tuple[int, ...] = (),
    port: float = 0.5,
    buy: bool = False,
    place: Place = NOWHERE,
) -> Leg:
    """Take one packet through the graph.

    ``decisions`` are the branches to take at choices, in order (first branch
    once they run out).  ``port`` picks, between 0 and 1, a port where a device
    may use any of an interval (or KEEP).  ``buy``: go on after a refusal as if it were
    lifted.
    """
    steps: list[Step] = []
    drops: list[tuple[int, Drop]] = []
    choices: list[tuple[int, int, int]] = []
    carried: dict[str, Any] = dict(facts)
    seen: set[tuple[int, FiveTuple]] = set()
    src, dst, proto, sport, dport = packet
    number = start
    stage_of = graph.stage
    for _ in range(MAX_STEPS):
        # Typed loosely and told apart by identity of the class: this loop is the hot path of everything.
        stage: Any = stage_of(number)
        kind = type(stage)
        if kind is AnyOf:
            if stage.stateful and leg and place in flow.seen:
                steps.append(Step(stage, packet, place, True))
                number = stage.ok
                continue
            for rule in stage.rules:
                if rule.matches(src, dst, proto, sport, dport, carried):
                    steps.append(Step(stage, packet, place, rule))
                    number = stage.ok
                    if stage.stateful and not leg:
                        flow.seen.add(place)
                    break
            else:
                steps.append(Step(stage, packet, place))
                if buy and stage.stateful and not leg:
                    flow.seen.add(place)
                number = stage.no
        elif kind is Enter:
            place = stage.place
            visit = (number, packet)
            if visit in seen:
                break
            seen.add(visit)
            steps.append(Step(stage, packet, place))
            number = stage.next
        elif kind is First:
            for rule in stage.rules:
                if rule.matches(src, dst, proto, sport, dport, carried):
                    steps.append(Step(stage, packet, place, rule))
                    number = stage.ok if rule.allow else stage.no
                    break
            else:
                steps.append(Step(stage, packet, place))
                number = stage.no
        elif kind is Lpm:
            entry = stage.find(dst)
            steps.append(Step(stage, packet, place, entry))
            number = stage.missing if entry is None else entry.next
        elif kind is Inside:
            number = stage.no
            for low, high in stage.ranges:
                if low <= dst <= high:
                    number = stage.yes
                    break
        elif kind is Select:
            number = stage.find(dst)
        elif kind is Mark:
            for name, value in stage.facts:
                carried[name] = value
            number = stage.next
        elif kind is Switch:
            number = stage.table.get(carried.get(stage.fact), stage.default)
        elif kind is State:
            number = stage.first if not leg else stage.seen if (stage.key, packet) in flow.noted else stage.unseen
        elif kind is Remember:
            if not leg:
                flow.noted.add((stage.key, reply_to(packet)))
            number = stage.next
        elif kind is Rewrite:
            changed = _rewrite(stage, packet, port)
            if changed is None:
                steps.append(Step(stage, packet, place))
                number = stage.missing
                continue
            if stage.bind and not leg:
                flow.bindings[stage.bind] = packet
                flow.noted.add((stage.bind, reply_to(changed)))
            steps.append(Step(stage, packet, place, changed))
            packet = changed
            src, dst, proto, sport, dport = packet
            number = stage.next
        elif kind is Unbind:
            stored = flow.bindings.get(stage.key) if leg else None
            if stored is None:
                steps.append(Step(stage, packet, place))
                number = stage.missing
                continue
            changed = reply_to(stored)
            if stage.both:
                changed = changed._replace(proto=proto)
            else:
                changed = FiveTuple(src, changed.dst, proto, sport, changed.dport)
            steps.append(Step(stage, packet, place, changed))
            packet = changed
            src, dst, proto, sport, dport = packet
            number = stage.next
        elif kind is Choice:
            taken = _branch(stage, flow, leg, decisions, len(choices))
            label, number = stage.branches[taken]
            if stage.key and not leg:
                flow.branches[stage.key] = label
            if not (stage.key and leg and stage.key in flow.branches):
                choices.append((len(steps), len(stage.branches), taken))
            steps.append(Step(stage, packet, place, label))
        elif kind is Note:
            steps.append(Step(stage, packet, place))
            number = stage.next
        elif kind is Deliver:
            steps.append(Step(stage, packet, stage.place))
            outcome = DROPPED if drops else DELIVERED
            return Leg(outcome, steps, stage, packet, carried, tuple(drops), tuple(choices))
        elif kind is Drop:
            drops.append((len(steps), stage))
            steps.append(Step(stage, packet, place))
            if buy and stage.next >= 0:
                number = stage.next
                continue
            return Leg(DROPPED, steps, stage, packet, carried, tuple(drops), tuple(choices))
        elif kind is Unknown:
            steps.append(Step(stage, packet, place))
            outcome = DROPPED if drops else UNKNOWN
            return Leg(outcome, steps, stage, packet, carried, tuple(drops), tuple(choices))
        else:  # pragma: no cover - a new stage kind must be added to every interpreter
            raise TypeError(f"no contract for stage {kind.__name__}")
    drops.append((len(steps), LOOP))
    steps.append(Step(LOOP, packet, place))
    return Leg(DROPPED, steps, LOOP, packet, carried, tuple(drops), tuple(choices))


def round_trip(
    graph: Graph,
    start: int,
    packet: FiveTuple,
    facts: Mapping[str, Any],
    home: Place,
    *,
    decisions: tuple[tuple[int, ...], tuple[int, ...]] = ((), ()),
    port: float = 0.5,
    buy: bool = False,
) -> Trip:
    """Walk there and, if anything answers, back to ``home``.

    An answer that arrives anywhere else is a refusal of its own
    (``reply.misdelivered``): two networks may use the same addresses.
    """
    flow = Flow()
    forward = walk(graph, start, packet, facts, flow, 0, decisions=decisions[0], port=port, buy=buy)
    end = forward.end
    if not isinstance(end, Deliver) or end.reply < 0:
        return Trip(forward.outcome, forward, None, flow)
    if forward.outcome != DELIVERED and not buy:
        return Trip(forward.outcome, forward, None, flow)
    back = walk(
        graph,
        end.reply,
        reply_to(forward.packet),
        {},
        flow,
        1,
        decisions=decisions[1],
        port=port,
        buy=buy,
        place=end.place,
    )
    if back.outcome == DELIVERED and isinstance(back.end, Deliver):
        if back.end.place != home or back.packet != reply_to(packet):
            where = back.end.place.id
            lost = Drop("reply.misdelivered", where, ("W11",), (("place", where), ("packet", str(back.packet))))
            back = back._replace(
                outcome=DROPPED,
                end=lost,
                drops=((len(back.steps), lost),),
                steps=[*back.steps, Step(lost, back.packet, back.end.place)],
            )
    outcome = back.outcome if forward.outcome == DELIVERED else forward.outcome
    return Trip(outcome, forward, back, flow)


def all_trips(
    graph: Graph,
    start: int,
    packet: FiveTuple,
    facts: Mapping[str, Any],
    home: Place,
    *,
    port: float = 0.5,
    buy: bool = False,
    limit: int = 64,
) -> list[Trip]:
    """Every combination of nondeterministic branches, at most ``limit`` of them."""
    todo: list[tuple[tuple[int, ...], tuple[int, ...]]] = [((), ())]
    out: list[Trip] = []
    while todo and len(out) < limit:
        decisions = todo.pop()
        trip = round_trip(graph, start, packet, facts, home, decisions=decisions, port=port, buy=buy)
        out.append(trip)
        there = tuple(taken for _, _, taken in trip.forward.choices)
        back = tuple(taken for _, _, taken in trip.reply.choices) if trip.reply is not None else ()
        if trip.reply is not None:
            for i in range(len(decisions[1]), len(back)):
                for other in range(1, trip.reply.choices[i][1]):
                    todo.append((there, (*back[:i], other)))
        if not decisions[1]:
            for i in range(len(decisions[0]), len(there)):
                for other in range(1, trip.forward.choices[i][1]):
                    todo.append(((*there[:i], other), ()))
    return out


def _rewrite(stage: Rewrite, packet: FiveTuple, port: float) -> FiveTuple | None:
    fields: dict[str, int] = {}
    for name, value in stage.changes:
        if isinstance(value, int):
            fields[name] = value
        elif isinstance(value, Shift):
            old = getattr(packet, name)
            if not value.low <= old <= value.high:
                return None
            fields[name] = old + value.offset
        elif isinstance(value, tuple):
            low, high = value
            kept = port < 0 and low <= getattr(packet, name) <= high
            fields[name] = getattr(packet, name) if kept else low + int((high - low) * abs(port))
        else:
            new = value.get(getattr(packet, name))
            if new is None:
                return None
            fields[name] = new
    if packet.proto not in _WITH_PORTS:
        fields.pop("sport", None)
        fields.pop("dport", None)
    return packet._replace(**fields)


_WITH_PORTS = frozenset((6, 17, 132))


def _branch(stage: Choice, flow: Flow, leg: int, decisions: tuple[int, ...], met: int) -> int:
    if leg and stage.key:
        label = flow.branches.get(stage.key)
        for i, (name, _) in enumerate(stage.branches):
            if name == label:
                return i
    return decisions[met] if met < len(decisions) else 0
