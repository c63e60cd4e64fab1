"""Random stage graphs over small numbers, and what ``walk`` says about a packet in them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

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
    Stage,
    State,
    Switch,
    Unbind,
    Unknown,
    partition,
)
from tabiji.packet.header import ECHO6_REQUEST, ECHO_REQUEST, FiveTuple, reply_to
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


address = st.integers(0, ADDRESSES - 1)
port = st.integers(0, PORTS - 1)


def _pair(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(numbers, numbers).map(lambda p: (min(p), max(p)))


def _set(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[Ranges]:
    return st.lists(_pair(numbers), min_size=1, max_size=3).map(normalise)


def _maybe(strategy: st.SearchStrategy[Any], often: int = 2) -> st.SearchStrategy[Any]:
    return st.one_of(*[st.none()] * often, strategy)


rules = st.builds(
    Rule,
    proto=_maybe(st.sampled_from(PROTOCOLS)),
    src=_maybe(_set(address)),
    dst=_maybe(_set(address)),
    dports=_maybe(_pair(port)),
    sports=_maybe(_pair(port)),
    fact=_maybe(st.tuples(st.just("groups"), st.sampled_from("gh")), 4),
    allow=st.booleans(),
)
cubes = st.builds(
    Cube.of,
    src=_set(address),
    dst=_set(address),
    proto=st.lists(st.sampled_from(PROTOCOLS), min_size=1, max_size=3).map(lambda ps: normalise((p, p) for p in ps)),
    sport=_set(port),
    dport=st.one_of(_set(port), st.lists(st.sampled_from(ICMP_TYPES), min_size=1).map(lambda t: normalise(zip(t, t, strict=True)))),
)  # fmt: skip
marks = st.one_of(
    st.tuples(st.just("groups"), st.one_of(st.none(), st.sampled_from([frozenset("g"), frozenset("gh")]))),
    st.tuples(st.just("az"), st.one_of(st.none(), st.sampled_from("xy"))),
)


def _change(interval: bool) -> st.SearchStrategy[tuple[str, Any]]:
    def values(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[Any]:
        kinds = [numbers, st.dictionaries(numbers, numbers, min_size=1, max_size=6)]
        return st.one_of(*kinds, *[_pair(numbers)] * interval)

    return st.one_of(
        st.tuples(st.sampled_from(["src", "dst"]), st.one_of(address, st.dictionaries(address, address, min_size=1))),
        st.tuples(st.sampled_from(["sport", "dport"]), values(port)),
        st.tuples(st.just("proto"), st.sampled_from([{6: 17}, {17: 6}, {6: 17, 17: 6, 50: 50}])),
    )


@st.composite
def graphs(draw: st.DrawFn, intervals: bool = True) -> Listed:
    """A graph of up to 16 stages; a way back always leads to an Enter, as in a compiled one."""
    size = draw(st.integers(3, 12))
    ends = draw(st.integers(2, 4))
    enters = [0] + [i for i in range(1, size) if draw(st.integers(0, 3)) == 0]
    enters_set = set(enters)

    def later(i: int) -> int:
        if draw(st.integers(0, 7)) == 0:
            return draw(st.sampled_from(enters))
        return draw(st.integers(i + 1, size + ends - 1))

    stages: list[Stage] = []
    for i in range(size):
        kind = Enter if i in enters_set else draw(st.sampled_from(_KINDS))
        n = later(i)
        if kind is Enter:
            stages.append(Enter(draw(st.sampled_from(PLACES)), n))
        elif kind is AnyOf:
            some = draw(st.lists(rules, max_size=4))
            stages.append(AnyOf("sg", f"s{i}", "in", some, n, later(i), draw(st.booleans())))
        elif kind is First:
            stages.append(First("nacl", f"s{i}", "in", draw(st.lists(rules, max_size=4)), n, later(i)))
        elif kind is Lpm:
            spans = draw(st.lists(_nested(), max_size=4, unique=True))
            starts, entries = partition([(span, Entry(span, later(i), "t")) for span in spans])
            stages.append(Lpm("route_table", f"s{i}", starts, entries, n))
        elif kind is Inside:
            stages.append(Inside(draw(_set(address)), n, later(i)))
        elif kind is Select:
            owners = {a: later(i) for a in draw(st.sets(address, max_size=5))}
            spans = draw(st.lists(_pair(address), max_size=2))
            stages.append(Select(owners, n, [(span, later(i)) for span in spans]))
        elif kind is Switch:
            stages.append(Switch("az", {"x": later(i), "y": later(i)}, n))
        elif kind is Mark:
            stages.append(Mark(tuple(draw(st.lists(marks, min_size=1, max_size=2))), n))
        elif kind is Rewrite:
            changes = tuple(draw(st.lists(_change(intervals), min_size=1, max_size=3)))
            bind = draw(st.sampled_from(("", *KEYS)))
            stages.append(Rewrite("nat_gateway", f"s{i}", changes, n, later(i), bind))
        elif kind is Unbind:
            stages.append(Unbind("nat_gateway", f"s{i}", draw(st.sampled_from(KEYS)), n, later(i)))
        elif kind is Remember:
            stages.append(Remember(draw(st.sampled_from(KEYS)), n))
        elif kind is State:
            stages.append(State(draw(st.sampled_from(KEYS)), n, later(i), later(i)))
        elif kind is Choice:
            branches = (("1", n), ("2", later(i)))[: draw(st.integers(1, 2))]
            stages.append(Choice("choice", f"s{i}", branches, draw(st.sampled_from(("", f"c{i}")))))
        else:
            stages.append(Note("note", f"s{i}", n))
    for i in range(ends):
        if i == 0 or draw(st.integers(0, 2)) == 0:
            reply = draw(st.sampled_from([-1, *enters, *range(size)]))
            stages.append(Deliver(draw(st.sampled_from(PLACES)), reply))
        elif draw(st.integers(0, 2)):
            stages.append(Drop(draw(st.sampled_from(["d1", "d2"])), f"s{size + i}"))
        else:
            stages.append(Unknown("u", f"s{size + i}"))
    return Listed(stages)


def _nested() -> st.SearchStrategy[tuple[int, int]]:
    """Prefixes: any two are nested or apart."""
    return st.tuples(st.sampled_from([1, 2, 4, 8, 16]), address).map(
        lambda p: (p[1] // p[0] * p[0], p[1] // p[0] * p[0] + p[0] - 1)
    )


_KINDS = (
    AnyOf, AnyOf, First, First, Lpm, Inside, Select, Switch, Mark, Rewrite, Rewrite, Unbind, Remember, State, Choice,
    Note,
)  # fmt: skip


def ending(trip: Trip, packet: FiveTuple, home: Place) -> Ending:
    """How a walked trip ended, in the words of ``reach``."""
    leg = trip.forward if trip.reply is None else trip.reply
    end: Any = leg.end
    if isinstance(end, Drop) and end.code == "reply.misdelivered" and leg.packet == reply_to(packet):
        # An echo request and its reply are not each other's mirror image: what counts is that the answer is right.
        place = leg.steps[-2].place
        if place == home:
            return Ending(DELIVERED, 1, "", trip.forward.end.place.id)  # type: ignore[union-attr]
    if trip.outcome == DELIVERED:
        return Ending(DELIVERED, int(trip.reply is not None), "", trip.forward.end.place.id)  # type: ignore[union-attr]
    return Ending(trip.outcome, int(trip.reply is not None), end.code, end.component)


def walked(graph: Any, packet: FiveTuple, home: Place, ports: tuple[float, ...], facts: Any = None) -> tuple[set[Ending], bool]:
    """Every ending ``walk`` finds, and whether it has tried every branch."""
    found: set[Ending] = set()
    whole = True
    for fraction in ports:
        trips = all_trips(graph, 0, packet, facts or {}, home, port=fraction, limit=MANY)
        whole &= len(trips) < MANY
        found |= {ending(trip, packet, home) for trip in trips}
    return found, whole
