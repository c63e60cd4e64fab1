"""The stages a packet meets: twelve small kinds, one written contract.

This file knows no AWS.  The compiler (the rest of this package) chains stages
into a graph; interpreters (``walk``, ``space``) run the graph and must do
exactly what is written here.  A stage refers to the next one by its number in
the graph; the graph compiles a stage when somebody first asks for it.

State of one walk
  leg      0 on the way there, 1 on the way back
  packet   the 5-tuple as it is now
  facts    small named facts the packet carries (see ``Mark``)
  place    where the packet is (see ``Enter``)
  flow     what stateful devices remember of leg 0: places, packets noted under
           keys, NAT bindings by key, and the branches taken at symmetric choices

Contract
  Enter        place := the stage's place; go on.
  AnyOf        Any rule that matches lets the packet through to ``ok``; none:
               ``no``.  If stateful: on leg 0 passing adds the current place
               to the flow; on leg 1, a place in the flow goes to ``ok`` without
               looking at the rules.
  First        The first rule that matches decides (allow: ``ok``, deny:
               ``no``); none: ``no``.  Evaluated on both legs.
  Lpm          The interval of the table that holds the destination names the
               next stage; an interval without entry: ``missing``.
  Inside       Destination inside one of the ranges: ``yes``, else ``no``.
  Select       The stage of whoever owns the destination; nobody: ``missing``.
  Switch       Branch by the value of a fact; other values: ``default``.
  Mark         Set facts; go on.
  Rewrite      Replace header fields.  A value is a number, a port interval
               (any of those ports; which one is not determined), a table from
               old to new value (no entry: ``missing``) or a ``Shift`` (a value
               outside of it: ``missing``).  With ``bind``, leg 0 stores the
               fields as they were under that key, and notes the new packet
               under it as Remember does.
  Unbind       Leg 1: put back, with the ends swapped, what the binding of that
               key stored: its source and source port become the destination
               and destination port.  ``both``: its destination and port also
               become the source and source port (the device had replaced the
               destination too).  No binding: ``missing``.
  Remember     Leg 0: note the packet under a key; go on.
  State        Leg 0: ``first``.  Leg 1: the answer to a packet noted under the
               key: ``seen``, else ``unseen``.
  Choice       Real nondeterminism: every branch may be taken.  If ``key`` is
               set and leg 0 chose under that key, leg 1 takes the branch with
               the same label.
  Note         Something worth telling; go on.
  Deliver      End: arrived.  ``reply`` is where an answer starts.
  Drop         End: refused, with the reason as data.  An interpreter that looks
               for all blockers notes it and goes on at ``next`` if there is one.
  Unknown      End: cannot be told, with the reason as data.

Rules match on protocol, source and destination sets, source and destination
ports (ICMP: type * 256 + code as destination port), or on a fact being a set
that contains a value (security group references).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Union

import msgspec

from ..packet.ranges import Ranges

PORT_RANGE = tuple[int, int]


class Place(NamedTuple):
    """Where a packet is: what a person would call a step.

    ``kind`` is one of the hop vocabulary (``eni``, ``subnet``, ``tgw``,
    ``nat_gateway``, ``igw``, ``site``...); ``id`` the resource; ``vpc`` and
    ``az`` where that says something.
    """

    kind: str
    id: str
    vpc: str = ""
    az: str = ""


class Rule:
    """One row of a filter; None matches anything.

    ``origin`` tells which rule of which resource it is, ``facts`` which
    reference facts it rests on.
    """

    __slots__ = ("allow", "dports", "dst", "fact", "facts", "origin", "peer", "proto", "sports", "src")

    def __init__(
        self,
        *,
        proto: int | None = None,
        src: Ranges | None = None,
        dst: Ranges | None = None,
        dports: PORT_RANGE | None = None,
        sports: PORT_RANGE | None = None,
        fact: tuple[str, str] | None = None,
        allow: bool = True,
        origin: str = "",
        peer: str = "",
        facts: tuple[str, ...] = (),
    ) -> None:
        self.proto = proto
        self.src = src
        self.dst = dst
        self.dports = dports
        self.sports = sports
        self.fact = fact
        self.allow = allow
        self.origin = origin
        self.peer = peer
        self.facts = facts

    def matches(self, src: int, dst: int, proto: int, sport: int, dport: int, facts: Mapping[str, Any]) -> bool:
        """Does the rule hold for this packet?"""
        if self.proto is not None and self.proto != proto:
            return False
        ports = self.dports
        if ports is not None and not ports[0] <= dport <= ports[1]:
            return False
        ports = self.sports
        if ports is not None and not ports[0] <= sport <= ports[1]:
            return False
        ranges = self.src
        if ranges is not None and not _holds(ranges, src):
            return False
        ranges = self.dst
        if ranges is not None and not _holds(ranges, dst):
            return False
        if self.fact is not None:
            held = facts.get(self.fact[0])
            return held is not None and self.fact[1] in held
        return True


def _holds(ranges: Ranges, value: int) -> bool:
    if len(ranges) == 1:
        return ranges[0][0] <= value <= ranges[0][1]
    i = bisect_right(ranges, (value, _TOP)) - 1
    return i >= 0 and value <= ranges[i][1]


_TOP = 1 << 200


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One row of a longest-prefix table.

    ``target`` is the next hop as a person reads it; ``origin`` where the row
    comes from (``static``, ``local``, ``propagated``, ``prefix list pl-...``).
    """

    prefix: tuple[int, int]
    next: int
    target: str
    origin: str = ""
    facts: tuple[str, ...] = ()


class Enter(msgspec.Struct, frozen=True, gc=False):
    """Arrive at a place."""

    place: Place
    next: int


class AnyOf(msgspec.Struct, frozen=True, gc=False):
    """Allow rules, order irrelevant: a security group set."""

    kind: str
    component: str
    direction: str
    rules: Sequence[Rule]
    ok: int
    no: int
    stateful: bool = True
    facts: tuple[str, ...] = ()


class First(msgspec.Struct, frozen=True, gc=False):
    """Ordered allow/deny rules: a network ACL or a stateless firewall."""

    kind: str
    component: str
    direction: str
    rules: Sequence[Rule]
    ok: int
    no: int
    facts: tuple[str, ...] = ()


class Lpm(msgspec.Struct, frozen=True, gc=False):
    """A longest-prefix table as a partition: ``starts`` sorted, one entry (or None) an interval."""

    kind: str
    component: str
    starts: Sequence[int]
    entries: Sequence[Entry | None]
    missing: int
    facts: tuple[str, ...] = ()

    def find(self, dst: int) -> Entry | None:
        """The row that wins for a destination."""
        i = bisect_right(self.starts, dst) - 1
        return self.entries[i] if i >= 0 else None


class Inside(msgspec.Struct, frozen=True, gc=False):
    """Is the destination in these ranges?"""

    ranges: Ranges
    yes: int
    no: int


class Select(msgspec.Struct, frozen=True, gc=False):
    """Who owns the destination?  ``owners`` maps address -> stage, ``ranges`` catches owned prefixes."""

    owners: Mapping[int, int]
    missing: int
    ranges: Sequence[tuple[tuple[int, int], int]] = ()

    def find(self, dst: int) -> int:
        """The owner's stage, or ``missing``."""
        stage = self.owners.get(dst)
        if stage is not None:
            return stage
        for (low, high), owner in self.ranges:
            if low <= dst <= high:
                return owner
        return self.missing


class Switch(msgspec.Struct, frozen=True, gc=False):
    """Branch by a fact."""

    fact: str
    table: Mapping[Any, int]
    default: int


class Mark(msgspec.Struct, frozen=True, gc=False):
    """Set facts; a value of None forgets the fact."""

    facts: tuple[tuple[str, Any], ...]
    next: int


class Shift(NamedTuple):
    """A new value for ``Rewrite``: the old one, from ``low`` to ``high``, plus ``offset``."""

    low: int
    high: int
    offset: int


class Rewrite(msgspec.Struct, frozen=True, gc=False):
    """Replace header fields: ``src``, ``dst``, ``sport``, ``dport``, ``proto``.

    ``changes`` holds (field, value); a value is an int, an inclusive interval,
    a mapping old -> new or a ``Shift``.
    """

    kind: str
    component: str
    changes: tuple[tuple[str, Any], ...]
    next: int
    missing: int = -1
    bind: str = ""
    facts: tuple[str, ...] = ()


class Unbind(msgspec.Struct, frozen=True, gc=False):
    """Undo a binding for the way back; ``both`` puts the source back as well."""

    kind: str
    component: str
    key: str
    next: int
    missing: int
    facts: tuple[str, ...] = ()
    both: bool = False


class Remember(msgspec.Struct, frozen=True, gc=False):
    """A device takes note of the flow."""

    key: str
    next: int


class State(msgspec.Struct, frozen=True, gc=False):
    """Does a device know this flow?"""

    key: str
    first: int
    seen: int
    unseen: int


class Choice(msgspec.Struct, frozen=True, gc=False):
    """Real nondeterminism, with its reason: branches are (label, stage)."""

    code: str
    component: str
    branches: tuple[tuple[str, int], ...]
    key: str = ""
    facts: tuple[str, ...] = ()
    params: tuple[tuple[str, str], ...] = ()


class Note(msgspec.Struct, frozen=True, gc=False):
    """Something worth telling that decides nothing."""

    code: str
    component: str
    next: int
    facts: tuple[str, ...] = ()
    params: tuple[tuple[str, str], ...] = ()


class Deliver(msgspec.Struct, frozen=True, gc=False):
    """Arrived.  ``reply`` is the stage an answer starts from (-1: nothing answers)."""

    place: Place
    reply: int
    facts: tuple[str, ...] = ()


class Drop(msgspec.Struct, frozen=True, gc=False):
    """Refused: a finding code, the component that did it and what it was about.

    ``next`` is where the packet would go if the refusal were lifted, -1 if
    that alone leads nowhere.
    """

    code: str
    component: str
    facts: tuple[str, ...] = ()
    params: tuple[tuple[str, str], ...] = ()
    next: int = -1


class Unknown(msgspec.Struct, frozen=True, gc=False):
    """Cannot be told: a finding code, the component and why."""

    code: str
    component: str
    facts: tuple[str, ...] = ()
    params: tuple[tuple[str, str], ...] = ()


Stage = Union[
    Enter,
    AnyOf,
    First,
    Lpm,
    Inside,
    Select,
    Switch,
    Mark,
    Rewrite,
    Unbind,
    Remember,
    State,
    Choice,
    Note,
    Deliver,
    Drop,
    Unknown,
]


_NEXT: dict[type, tuple[str, ...]] = {
    kind: tuple(
        name
        for name in ("next", "ok", "no", "yes", "missing", "default", "first", "seen", "unseen", "reply")
        if name in kind.__struct_fields__
    )
    for kind in (
        Enter,
        AnyOf,
        First,
        Lpm,
        Inside,
        Select,
        Switch,
        Mark,
        Rewrite,
        Unbind,
        Remember,
        State,
        Note,
        Deliver,
        Drop,
    )
}


def successors(stage: Stage) -> list[int]:
    """Numbers of the stages this one may lead to, the start of an answer included; -1 where it ends."""
    kind = type(stage)
    out: list[int] = [getattr(stage, name) for name in _NEXT.get(kind, ())]
    if isinstance(stage, Lpm):
        out += [entry.next for entry in stage.entries if entry is not None]
    elif isinstance(stage, Select):
        out += [*stage.owners.values(), *(number for _, number in stage.ranges)]
    elif isinstance(stage, Switch):
        out += stage.table.values()
    elif isinstance(stage, Choice):
        out += [number for _, number in stage.branches]
    return out


def partition(rows: Sequence[tuple[tuple[int, int], Entry]]) -> tuple[list[int], list[Entry | None]]:
    """Turn prefixes into a partition of the number line; the narrower prefix wins.

    Rows with the same prefix must have been settled before (one each).
    """
    bounds = sorted({0} | {low for (low, _), _ in rows} | {high + 1 for (_, high), _ in rows})
    ordered = sorted(rows, key=lambda row: (row[0][0], -row[0][1]))
    entries: list[Entry | None] = []
    stack: list[tuple[int, Entry]] = []
    k = 0
    for start in bounds:
        while stack and stack[-1][0] < start:
            stack.pop()
        while k < len(ordered) and ordered[k][0][0] == start:
            stack.append((ordered[k][0][1], ordered[k][1]))
            k += 1
        entries.append(stack[-1][1] if stack else None)
    return bounds, entries
