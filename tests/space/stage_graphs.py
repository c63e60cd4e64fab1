"""Random stage graphs over small numbers, and what ``walk`` says about a packet in them."""

from __future__ import annotations

from random import Random
from typing import Any

from tabiji.fabric.stage import (
    AnyOf,
    Choice,
    Deliver,
    Drop,
    Enter,
    Entry,
    First,
    Inside,
    Lpm,
    Mark,
    Note,
    Place,
    Remember,
    Rewrite,
    Rule,
    Select,
    Shift,
    Stage,
    State,
    Switch,
    Unbind,
    Unknown,
    partition,
)
from tabiji.packet.header import ECHO6_REQUEST, ECHO_REQUEST, FiveTuple
from tabiji.packet.ranges import Ranges, normalise
from tabiji.space import Cube, Ending
from tabiji.walk import DELIVERED, Trip, all_trips

ADDRESSES, PORTS = 12, 8
PROTOCOLS = (1, 6, 6, 6, 17, 50, 58)
ICMP_TYPES = (0, ECHO_REQUEST, ECHO_REQUEST + 1, ECHO6_REQUEST)
PLACES = tuple(Place("eni", name) for name in "abc")
KEYS = ("k", "m")
MANY = 400


class Listed:
    """A graph whose stages are all there."""

    def __init__(self, stages: list[Stage]) -> None:
        self.stages = stages

    def stage(self, number: int) -> Stage:
        return self.stages[number]


class Draw:
    """Random parts of a graph; few values, so that they meet often."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def pair(self, top: int) -> tuple[int, int]:
        low, high = sorted((self.rng.randrange(top), self.rng.randrange(top)))
        return low, high

    def ranges(self, top: int) -> Ranges:
        return normalise(self.pair(top) for _ in range(self.rng.randint(1, 3)))

    def table(self, top: int) -> dict[int, int]:
        return {self.rng.randrange(top): self.rng.randrange(top) for _ in range(self.rng.randint(1, top))}

    def rule(self) -> Rule:
        rng = self.rng
        return Rule(
            proto=rng.choice((None, None, *PROTOCOLS)),
            src=rng.choice((None, None, self.ranges(ADDRESSES))),
            dst=rng.choice((None, None, self.ranges(ADDRESSES))),
            dports=rng.choice((None, None, self.pair(PORTS))),
            sports=rng.choice((None, None, self.pair(PORTS))),
            fact=rng.choice((None, None, None, ("groups", rng.choice("gh")))),
            allow=rng.random() < 0.7,
        )

    def rules(self) -> list[Rule]:
        return [self.rule() for _ in range(self.rng.randint(0, 5))]

    def prefix(self) -> tuple[int, int]:
        """Any two prefixes are nested or apart."""
        size = self.rng.choice((1, 2, 4, 8))
        low = self.rng.randrange(ADDRESSES) // size * size
        return low, low + size - 1

    def change(self, intervals: bool) -> tuple[str, Any]:
        rng = self.rng
        name = rng.choice(("src", "dst", "dst", "sport", "dport", "proto"))
        if name == "proto":
            return name, rng.choice(({6: 17}, {17: 6}, {6: 17, 17: 6, 50: 50, 1: 1}))
        top = ADDRESSES if name in ("src", "dst") else PORTS
        low, high = self.pair(top)
        shift = Shift(low, high, rng.choice((-low, top - 1 - high)))
        kinds: list[Any] = [rng.randrange(top), self.table(top), shift]
        if intervals and top == PORTS:
            kinds += [self.pair(top)] * 2
        return name, rng.choice(kinds)

    def mark(self) -> tuple[str, Any]:
        if self.rng.random() < 0.5:
            return "groups", self.rng.choice((None, frozenset("g"), frozenset("gh")))
        return "az", self.rng.choice((None, "x", "y"))

    def cube(self) -> Cube:
        rng = self.rng
        return Cube.of(
            src=self.ranges(ADDRESSES),
            dst=self.ranges(ADDRESSES),
            proto=normalise((p, p) for p in rng.choices(PROTOCOLS, k=3)),
            sport=((0, 0), *self.ranges(PORTS)),
            dport=(*self.ranges(PORTS), *((t, t) for t in rng.choices(ICMP_TYPES, k=2))),
        )


def random_graph(rng: Random, size: int, intervals: bool = True) -> Listed:
    """A graph of ``size`` stages and some ends; a way back always leads to an Enter, as in a compiled one."""
    draw = Draw(rng)
    ends = rng.randint(2, 5)
    enters = [i for i in range(size) if i == 0 or rng.random() < 0.15]

    def later(i: int) -> int:
        if rng.random() < 0.04:
            return rng.choice(enters)
        if rng.random() < 0.7:
            return i + 1
        return rng.randint(i + 1, size + ends - 1)

    stages: list[Stage] = []
    for i in range(size):
        name = f"s{i}"
        kind = Enter if i in enters else rng.choice(_KINDS)
        if kind is Enter:
            stages.append(Enter(rng.choice(PLACES), later(i)))
        elif kind is AnyOf:
            stages.append(AnyOf("sg", name, "in", draw.rules(), later(i), later(i), rng.random() < 0.7))
        elif kind is First:
            stages.append(First("nacl", name, "in", draw.rules(), later(i), later(i)))
        elif kind is Lpm:
            spans = {draw.prefix() for _ in range(rng.randint(0, 4))}
            starts, entries = partition([(span, Entry(span, later(i), "t")) for span in sorted(spans)])
            stages.append(Lpm("route_table", name, starts, entries, later(i)))
        elif kind is Inside:
            stages.append(Inside(draw.ranges(ADDRESSES), later(i), later(i)))
        elif kind is Select:
            owners = {rng.randrange(ADDRESSES): later(i) for _ in range(rng.randint(0, 5))}
            stages.append(
                Select(owners, later(i), [(draw.pair(ADDRESSES), later(i)) for _ in range(rng.randint(0, 2))])
            )
        elif kind is Switch:
            stages.append(Switch("az", {"x": later(i), "y": later(i)}, later(i)))
        elif kind is Mark:
            stages.append(Mark(tuple(draw.mark() for _ in range(rng.randint(1, 2))), later(i)))
        elif kind is Rewrite:
            changes = tuple(draw.change(intervals) for _ in range(rng.randint(1, 2)))
            stages.append(Rewrite("nat_gateway", name, changes, later(i), later(i), rng.choice(("", *KEYS))))
        elif kind is Unbind:
            both = rng.random() < 0.5
            stages.append(Unbind("nat_gateway", name, rng.choice(KEYS), later(i), later(i), both=both))
        elif kind is Remember:
            stages.append(Remember(rng.choice(KEYS), later(i)))
        elif kind is State:
            stages.append(State(rng.choice(KEYS), later(i), later(i), later(i)))
        elif kind is Choice:
            branches = (("1", later(i)), ("2", later(i)))[: rng.choice((1, 2, 2))]
            stages.append(Choice("choice", name, branches, rng.choice(("", f"c{i}"))))
        else:
            stages.append(Note("note", name, later(i)))
    for i in range(size, size + ends):
        pick = rng.random()
        if i == size or pick < 0.5:
            # Most answers start at the beginning of the graph, so that they may come back where they are expected.
            reply = rng.choice((-1, 0, 0, *enters, rng.randrange(size)))
            stages.append(Deliver(rng.choice(PLACES), reply))
        elif pick < 0.85:
            stages.append(Drop(rng.choice(("d1", "d2")), f"s{i}"))
        else:
            stages.append(Unknown("u", f"s{i}"))
    return Listed(stages)


_KINDS = (
    AnyOf, AnyOf, AnyOf, First, First, First, Lpm, Lpm, Inside, Select, Switch, Mark, Rewrite, Rewrite, Rewrite,
    Unbind, Unbind, Remember, State, Choice, Choice, Note,
)  # fmt: skip


def ending(trip: Trip) -> Ending:
    """How a walked trip ended, in the words of ``reach``."""
    leg = trip.forward if trip.reply is None else trip.reply
    end: Any = leg.end
    if trip.outcome == DELIVERED:
        return Ending(DELIVERED, int(trip.reply is not None), "", trip.forward.end.place.id)  # type: ignore[union-attr]
    return Ending(trip.outcome, int(trip.reply is not None), end.code, end.component)


def walked(
    graph: Any, packet: FiveTuple, home: Place, ports: tuple[float, ...], facts: Any = None, start: int = 0
) -> tuple[set[Ending], bool]:
    """Every ending ``walk`` finds, and whether it has tried every branch."""
    found: set[Ending] = set()
    whole = True
    for fraction in ports:
        trips = all_trips(graph, start, packet, facts or {}, home, port=fraction, limit=MANY)
        whole &= len(trips) < MANY
        found |= {ending(trip) for trip in trips}
    return found, whole
