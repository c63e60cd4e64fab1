"""Header sets through the stage graph, one direction.  Knows no AWS.

Symbolic execution, path by path.  A header field is a *term*: a number, or a
variable (written ``~i``) whose possible values are ``box[i]``.  Variables 0 to
4 are the fields of the packet as it was sent, so what is left of the first
five sets when a path ends is exactly the set of packets that take it; later
variables are ports some device on the way picks.  A stage splits a state where
packets part; nothing is ever approximated, and what would need more than the
bounds allow ends as an explicit ``OVERFLOW``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

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
    Rule,
    Select,
    Shift,
    Stage,
    State,
    Switch,
    Unbind,
    Unknown,
)
from ..packet.header import ECHO6_REPLY, ECHO6_REQUEST, ECHO_REPLY, ECHO_REQUEST, ICMP, ICMPV6
from ..packet.ranges import Ranges, contains, intersect, normalise, size, subtract
from ..walk.point import DELIVERED, DROPPED, LOOP, MAX_STEPS, NOWHERE, UNKNOWN, Graph
from .cube import DPORT, DST, PROTO, SPORT, SRC, Box, Cube, merge, minus

Header = tuple[int, ...]
"""A term for each header field."""

OVERFLOW = "overflow"
TOO_MANY = Unknown("space.overflow", "")
"""The end of a path that was given up: the answer there is not known."""
LIMIT = 50_000
"""Stages one question may consult, all paths together."""

SENT: Header = (~SRC, ~DST, ~PROTO, ~SPORT, ~DPORT)
_FIELDS = {"src": SRC, "dst": DST, "proto": PROTO, "sport": SPORT, "dport": DPORT}
_WITH_PORTS: Ranges = ((6, 6), (17, 17), (132, 132))
_ECHO = ((ICMP, ECHO_REQUEST, ECHO_REPLY), (ICMPV6, ECHO6_REQUEST, ECHO6_REPLY))
_ENUMERATE = 16
_TOP = 1 << 200


class Memory(NamedTuple):
    """What stateful devices remember of leg 0: places, bindings (in terms), branches, headers noted under keys."""

    seen: frozenset[Any] = frozenset()
    bindings: Mapping[str, Header] = {}
    branches: Mapping[str, str] = {}
    noted: Mapping[str, tuple[Header, ...]] = {}

    def note(self, key: str, header: Header) -> Memory:
        """With a flow's header noted under a key."""
        held = self.noted.get(key, ())
        return self if header in held else self._replace(noted={**self.noted, key: (*held, header)})


class Path(NamedTuple):
    """A set of packets that have fared alike so far.

    ``fresh`` tells of each variable after the fifth what made it and all
    values it could take; ``chosen``: a real choice lies behind; ``end`` is set
    when the path is over; ``arrived`` is where leg 0 ended, on leg 1.
    """

    number: int
    box: Box
    header: Header = SENT
    place: Place = NOWHERE
    facts: Mapping[str, Any] = {}
    memory: Memory = Memory()
    visits: Mapping[int, tuple[Header, ...]] = {}
    fresh: tuple[tuple[Any, Ranges], ...] = ()
    chosen: bool = False
    depth: int = 0
    end: Stage | None = None
    arrived: Place | None = None

    @property
    def certain(self) -> bool:
        """Does it hold whatever ports devices pick and whatever branch is taken?"""
        return not self.chosen and all(
            ranges == full for ranges, (_, full) in zip(self.box[5:], self.fresh, strict=True)
        )

    @property
    def kind(self) -> str:
        """``delivered``, ``dropped``, ``unknown`` or ``overflow``."""
        if isinstance(self.end, Deliver):
            return DELIVERED
        return DROPPED if isinstance(self.end, Drop) else OVERFLOW if self.end is TOO_MANY else UNKNOWN


class Outcome(NamedTuple):
    """Packets that fare alike on one leg.

    ``cube`` holds them as they were sent, ``packet`` as they are now (field by
    field), ``end`` is the stage they came to.  Outcomes overlap only where
    ``certain`` is false: a device picked a port, or a choice was open.
    """

    kind: str
    cube: Cube
    packet: Cube
    end: Stage
    place: Place
    facts: Mapping[str, Any]
    certain: bool


def explore(
    graph: Graph,
    start: int,
    cube: Cube,
    facts: Mapping[str, Any] | None = None,
    *,
    place: Place = NOWHERE,
    limit: int = LIMIT,
) -> list[Outcome]:
    """Take a set of packets through the graph, one way; together the outcomes hold every packet of the cube."""
    starts = [Path(start, tuple(part), place=place, facts=facts or {}) for part in cube.valid()]
    out = []
    for path in Run(graph, limit).run(starts, 0):
        now = Cube(*(((term, term),) if term >= 0 else path.box[~term] for term in path.header))
        where = path.end.place if isinstance(path.end, Deliver) else path.place
        out.append(Outcome(path.kind, Cube(*path.box[:5]), now, path.end or TOO_MANY, where, path.facts, path.certain))
    return out


class Run:
    """The paths of one question, bounded by the stages left to consult."""

    def __init__(self, graph: Graph, limit: int = LIMIT) -> None:
        self.graph = graph
        self.left = limit

    def run(self, paths: Iterable[Path], leg: int) -> list[Path]:
        """Follow the paths to their ends."""
        stage_of = self.graph.stage
        todo = list(paths)
        out = []
        while todo:
            path = todo.pop()
            if path.end is not None:
                out.append(path)
            elif self.left <= 0 or path.depth > MAX_STEPS:
                out.append(path._replace(end=TOO_MANY))
            else:
                self.left -= 1
                stage = stage_of(path.number)
                todo += TABLE[type(stage)](stage, path, leg)
        return out


def answers(box: Box, header: Header) -> list[tuple[Box, Header]]:
    """``packet.header.reply_to`` for sets: the header an answer has, for each part of the box."""
    src, dst, proto, sport, dport = header
    out: list[tuple[Box, Header]] = []
    rest: Box | None = box
    for number, request, reply in _ECHO:
        if rest is None:
            break
        icmp, rest = _split(rest, proto, ((number, number),))
        if icmp is not None:
            echo, other = _split(icmp, dport, ((request, request | 0xFF),))
            if echo is not None:
                out.append((echo, (dst, src, proto, 0, reply)))
            if other is not None:
                out.append((other, (dst, src, proto, 0, dport)))
    if rest is not None:
        out.append((rest, (dst, src, proto, dport, sport)))
    return out


def compare(box: Box, a: Header, b: Header) -> tuple[list[Box], list[Box], list[Box]]:
    """Where two headers are the same, where they differ, and where that is not a matter of boxes."""
    same, differ, unsettled = [box], [], []
    pairs = [(x, y) for x, y in zip(a, b, strict=True) if x != y]
    for x, y in sorted(pairs, key=lambda pair: (pair[0] < 0) + (pair[1] < 0)):
        still: list[Box] = []
        for part in same:
            if x >= 0 or y >= 0:
                inside, outside = _split(part, min(x, y), ((max(x, y), max(x, y)),))
                still += [] if inside is None else [inside]
                differ += [] if outside is None else [outside]
                continue
            common = intersect(part[~x], part[~y])
            both = _put(_put(part, ~x, common), ~y, common)
            if not common:
                differ.append(part)
                continue
            differ += minus(part, both)
            if size(common) > _ENUMERATE:
                unsettled.append(both)
                continue
            for value in (v for low, high in common for v in range(low, high + 1)):
                one = ((value, value),)
                still.append(_put(_put(both, ~x, one), ~y, one))
                if size(common) > 1:
                    differ.append(_put(_put(both, ~x, one), ~y, subtract(common, one)))
        same = still
        if not same:
            break
    return same, differ, unsettled


# One function for each kind of stage, in the order of the contract (fabric.stage).


def _enter(stage: Enter, path: Path, leg: int) -> list[Path]:
    number = path.number
    path = path._replace(number=stage.next, place=stage.place, depth=path.depth + 1)
    earlier = path.visits.get(number, ())
    parts, out = [path.box], []
    for header in earlier:  # ENG66
        apart: list[Box] = []
        for part in parts:
            same, differ, unsettled = compare(part, path.header, header)
            out += [path._replace(box=box, end=LOOP) for box in same]
            out += [path._replace(box=box, end=TOO_MANY) for box in unsettled]
            apart += differ
        parts = apart
    visits = {**path.visits, number: (*earlier, path.header)}
    return out + [path._replace(box=box, visits=visits) for box in parts]


def _any_of(stage: AnyOf, path: Path, leg: int) -> list[Path]:
    if stage.stateful and leg and path.place in path.memory.seen:
        return _go(path, stage.ok)
    hits, left = _sift(stage.rules, path)
    passed = path
    if stage.stateful and not leg:
        passed = path._replace(memory=path.memory._replace(seen=path.memory.seen | {path.place}))
    return _to(passed, stage.ok, merge([box for _, box in hits])) + _to(path, stage.no, merge(left))


def _first(stage: First, path: Path, leg: int) -> list[Path]:
    hits, left = _sift(stage.rules, path)
    allowed = [box for rule, box in hits if rule.allow]
    left += [box for rule, box in hits if not rule.allow]
    return _to(path, stage.ok, merge(allowed)) + _to(path, stage.no, merge(left))


def _lpm(stage: Lpm, path: Path, leg: int) -> list[Path]:
    starts, entries = stage.starts, stage.entries
    parts: dict[int, list[tuple[int, int]]] = {}
    for low, high in _values(path, DST):
        i = bisect_right(starts, low) - 1
        while low <= high:
            end = min(high, starts[i + 1] - 1) if i + 1 < len(starts) else high
            entry = entries[i] if i >= 0 else None
            parts.setdefault(stage.missing if entry is None else entry.next, []).append((low, end))
            low = end + 1
            i += 1
    return _part(path, DST, parts)


def _inside(stage: Inside, path: Path, leg: int) -> list[Path]:
    inside, outside = _split(path.box, path.header[DST], stage.ranges)
    return _to(path, stage.yes, [inside]) + _to(path, stage.no, [outside])


def _select(stage: Select, path: Path, leg: int) -> list[Path]:
    wanted = _values(path, DST)
    owners = stage.owners
    if size(wanted) < len(owners):
        owned = [v for low, high in wanted for v in range(low, high + 1) if v in owners]
    else:
        owned = [address for address in owners if contains(wanted, address)]
    parts: dict[int, list[tuple[int, int]]] = {}
    for address in owned:
        parts.setdefault(owners[address], []).append((address, address))
    rest = subtract(wanted, normalise((address, address) for address in owned))
    for span, owner in stage.ranges:
        parts.setdefault(owner, []).extend(intersect(rest, (span,)))
        rest = subtract(rest, (span,))
    parts.setdefault(stage.missing, []).extend(rest)
    return _part(path, DST, parts)


def _switch(stage: Switch, path: Path, leg: int) -> list[Path]:
    return _go(path, stage.table.get(path.facts.get(stage.fact), stage.default))


def _mark(stage: Mark, path: Path, leg: int) -> list[Path]:
    return _go(path._replace(facts={**path.facts, **dict(stage.facts)}), stage.next)


def _rewrite(stage: Rewrite, path: Path, leg: int) -> list[Path]:
    header, fresh = path.header, path.fresh
    missed: list[Box] = []
    given_up: list[Box] = []
    parts: list[tuple[Box, dict[int, int]]] = [(path.box, {})]
    for i, (name, value) in enumerate(stage.changes):
        field = _FIELDS[name]
        if isinstance(value, Shift):
            shifted: list[tuple[Box, dict[int, int]]] = []
            for box, changed in parts:
                inside, outside = _split(box, header[field], ((value.low, value.high),))
                missed += [] if outside is None else [outside]
                if inside is None:
                    continue
                held = _values(path._replace(box=inside), field)
                if size(held) > _ENUMERATE:  # a sum of a variable is no term: value by value, or not at all
                    given_up.append(inside)
                    continue
                for old in (v for low, high in held for v in range(low, high + 1)):
                    term = header[field]
                    one = inside if term >= 0 else _put(inside, ~term, ((old, old),))
                    shifted.append((one, {**changed, field: old + value.offset}))
            parts = shifted
        elif isinstance(value, tuple) and value[0] < value[1]:
            # One pick for each leg and device: a packet that comes by again is given the same port.
            key = (leg, stage.component, i, value)
            known = [k for k, _ in fresh]
            if key not in known:
                fresh = (*fresh, (key, (value,)))
                parts = [((*box, (value,)), changed) for box, changed in parts]
                known.append(key)
            parts = [(box, {**changed, field: ~(5 + known.index(key))}) for box, changed in parts]
        elif isinstance(value, (int, tuple)):
            new = value if isinstance(value, int) else value[0]
            parts = [(box, {**changed, field: new}) for box, changed in parts]
        else:
            mapped: list[tuple[Box, dict[int, int]]] = []
            for box, changed in parts:
                found, rest = _lookup(box, header[field], value)
                mapped += [(hit, {**changed, field: new}) for hit, new in found]
                missed += [] if rest is None else [rest]
            parts = mapped
    path = path._replace(fresh=fresh)
    missed, given_up = (
        [box + tuple(full for _, full in fresh[len(box) - 5 :]) for box in boxes] for boxes in (missed, given_up)
    )
    out = _to(path, stage.missing, merge(missed)) + [path._replace(box=box, end=TOO_MANY) for box in given_up]
    if stage.bind and not leg:
        path = path._replace(memory=path.memory._replace(bindings={**path.memory.bindings, stage.bind: header}))
    for box, changed in parts:
        ported, portless = _split(box, header[PROTO], _WITH_PORTS)
        for part, fields in ((ported, changed), (portless, {f: v for f, v in changed.items() if f < SPORT})):
            if part is not None:
                now = tuple(fields.get(field, term) for field, term in enumerate(header))
                moved = path._replace(header=now)
                if stage.bind and not leg:
                    moved = moved._replace(memory=path.memory.note(stage.bind, now))
                out += _to(moved, stage.next, [part])
    return out


def _unbind(stage: Unbind, path: Path, leg: int) -> list[Path]:
    stored = path.memory.bindings.get(stage.key) if leg else None
    if stored is None:
        return _go(path, stage.missing)
    src, _, proto, sport, _ = path.header
    out = []
    for box, reply in answers(path.box, stored):
        ends = (reply[SRC], reply[SPORT]) if stage.both else (src, sport)
        out += _to(path._replace(header=(ends[0], reply[DST], proto, ends[1], reply[DPORT])), stage.next, [box])
    return out


def _remember(stage: Remember, path: Path, leg: int) -> list[Path]:
    if not leg:
        path = path._replace(memory=path.memory.note(stage.key, path.header))
    return _go(path, stage.next)


def _state(stage: State, path: Path, leg: int) -> list[Path]:
    if not leg:
        return _go(path, stage.first)
    out, parts = [], [path.box]
    for header in path.memory.noted.get(stage.key, ()):
        strange: list[Box] = []
        for part in parts:
            for box, reply in answers(part, header):
                same, differ, unsettled = compare(box, path.header, reply)
                out += _to(path, stage.seen, same)
                out += [path._replace(box=one, end=TOO_MANY) for one in unsettled]
                strange += differ
        parts = strange
    return out + _to(path, stage.unseen, parts)


def _choice(stage: Choice, path: Path, leg: int) -> list[Path]:
    if leg and stage.key:
        label = path.memory.branches.get(stage.key)
        for name, number in stage.branches:
            if name == label:
                return _go(path, number)
    path = path._replace(chosen=path.chosen or len(stage.branches) > 1)
    out = []
    for label, number in stage.branches:
        taken = path
        if stage.key and not leg:
            branches = {**path.memory.branches, stage.key: label}
            taken = path._replace(memory=path.memory._replace(branches=branches))
        out += _go(taken, number)
    return out


def _note(stage: Note, path: Path, leg: int) -> list[Path]:
    return _go(path, stage.next)


def _end(stage: Stage, path: Path, leg: int) -> list[Path]:
    return [path._replace(end=stage)]


TABLE: dict[type, Callable[[Any, Path, int], list[Path]]] = {
    Enter: _enter,
    AnyOf: _any_of,
    First: _first,
    Lpm: _lpm,
    Inside: _inside,
    Select: _select,
    Switch: _switch,
    Mark: _mark,
    Rewrite: _rewrite,
    Unbind: _unbind,
    Remember: _remember,
    State: _state,
    Choice: _choice,
    Note: _note,
    Deliver: _end,
    Drop: _end,
    Unknown: _end,
}


# Helpers: moving on, and cutting boxes.


def _go(path: Path, number: int) -> list[Path]:
    return [path._replace(number=number, depth=path.depth + 1)]


def _to(path: Path, number: int, boxes: Iterable[Box | None]) -> list[Path]:
    return [path._replace(number=number, box=box, depth=path.depth + 1) for box in boxes if box is not None]


def _values(path: Path, field: int) -> Ranges:
    term = path.header[field]
    return ((term, term),) if term >= 0 else path.box[~term]


def _part(path: Path, field: int, parts: Mapping[int, list[tuple[int, int]]]) -> list[Path]:
    """Go on at each stage with the field's values that lead there; the parts cover all of them."""
    term = path.header[field]
    out = []
    for number, intervals in parts.items():
        if intervals:
            box = path.box if term >= 0 else _put(path.box, ~term, normalise(intervals))
            out += _to(path, number, [box])
    return out


def _sift(rules: Iterable[Rule], path: Path) -> tuple[list[tuple[Rule, Box]], list[Box]]:
    """What each rule is the first to match, as disjoint boxes, and what none matches."""
    hits: list[tuple[Rule, Box]] = []
    left = [path.box]
    for rule in rules:
        if rule.fact is not None:
            held = path.facts.get(rule.fact[0])
            if held is None or rule.fact[1] not in held:
                continue
        rest: list[Box] = []
        for box in left:
            hit = _match(rule, path.header, box)
            if hit is None:
                rest.append(box)
            else:
                hits.append((rule, hit))
                rest += minus(box, hit)
        left = rest
        if not left:
            break
    return hits, left


def _match(rule: Rule, header: Header, box: Box) -> Box | None:
    """The part of the box the rule matches (its fact apart)."""
    out: Box | None = box
    if rule.proto is not None:
        out = _narrow(out, header[PROTO], ((rule.proto, rule.proto),))
    if rule.dports is not None and out is not None:
        out = _narrow(out, header[DPORT], (rule.dports,))
    if rule.sports is not None and out is not None:
        out = _narrow(out, header[SPORT], (rule.sports,))
    if rule.src is not None and out is not None:
        out = _narrow(out, header[SRC], rule.src)
    if rule.dst is not None and out is not None:
        out = _narrow(out, header[DST], rule.dst)
    return out


def _narrow(box: Box | None, term: int, wanted: Ranges) -> Box | None:
    """The part of the box in which the term is one of the wanted values."""
    if box is None or term >= 0:
        return box if contains(wanted, term) else None
    held = box[~term]
    if len(wanted) > 8:  # a long prefix list against a few values: look only where they can meet
        first = bisect_right(wanted, (held[0][0], _TOP)) - 1
        wanted = wanted[max(first, 0) : bisect_right(wanted, (held[-1][1], _TOP))]
    kept = intersect(held, wanted)
    return None if not kept else box if kept == held else _put(box, ~term, kept)


def _split(box: Box, term: int, wanted: Ranges) -> tuple[Box | None, Box | None]:
    """The parts of the box in which the term is, and is not, one of the wanted values."""
    inside = _narrow(box, term, wanted)
    if inside is None or inside is box:
        return inside, (box if inside is None else None)
    return inside, _put(box, ~term, subtract(box[~term], inside[~term]))


def _lookup(box: Box, term: int, table: Mapping[int, int]) -> tuple[list[tuple[Box, int]], Box | None]:
    """The parts of the box by the value the table has for the term, and the part it has none for."""
    held: Ranges = ((term, term),) if term >= 0 else box[~term]
    if size(held) < len(table):
        keys = [v for low, high in held for v in range(low, high + 1) if v in table]
    else:
        keys = [key for key in table if contains(held, key)]
    if term >= 0:
        return ([(box, table[term])], None) if keys else ([], box)
    by_value: dict[int, list[tuple[int, int]]] = {}
    for key in keys:
        by_value.setdefault(table[key], []).append((key, key))
    found = [(_put(box, ~term, normalise(points)), new) for new, points in by_value.items()]
    rest = subtract(held, normalise((key, key) for key in keys))
    return found, _put(box, ~term, rest) if rest else None


def _put(box: Box, i: int, ranges: Ranges) -> Box:
    return (*box[:i], ranges, *box[i + 1 :])
