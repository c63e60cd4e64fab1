"""There and back for a set of packets: which get an answer, which do not and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..fabric.stage import Deliver, Drop, Place
from ..packet.header import FiveTuple
from ..walk.point import DELIVERED, DROPPED, UNKNOWN, Graph
from .cube import Box, Cube, meet, merge, minus
from .explore import LIMIT, OVERFLOW, SENT, TOO_MANY, Path, Run, answers, compare

DEPENDS = "depends"


class Ending(NamedTuple):
    """How a round trip can end: kind, leg (0 there, 1 back), and the code and component of what ended it.

    A delivered one has no code; its component is the place the packet arrived at.
    """

    kind: str
    leg: int
    code: str
    component: str


class Region(NamedTuple):
    """Packets with the same possible endings."""

    cube: Cube
    endings: tuple[Ending, ...]

    @property
    def kind(self) -> str:
        """The kind all endings share; ``depends`` if they do not, ``overflow`` if one was given up."""
        kinds = {ending.kind for ending in self.endings}
        if OVERFLOW in kinds:
            return OVERFLOW
        return kinds.pop() if len(kinds) == 1 else DEPENDS


class Reachability(NamedTuple):
    """What becomes of each packet of a set; the regions are disjoint and cover the set.

    delivered  the round trip works in every branch and for every port a device may pick
    refused    it never works; the endings tell where (several, if that depends on a branch)
    unknown    it cannot be told
    depends    the outcome depends on a choice or on a port a device picks
    overflow   given up: the bounds were reached
    """

    delivered: tuple[Region, ...]
    refused: tuple[Region, ...]
    unknown: tuple[Region, ...]
    depends: tuple[Region, ...]
    overflow: tuple[Region, ...]

    def regions(self) -> Iterable[Region]:
        """All of them."""
        return (region for part in self for region in part)

    def find(self, packet: FiveTuple) -> Region | None:
        """The region a packet lies in; None outside of the question's set."""
        return next((region for region in self.regions() if region.cube.contains(packet)), None)


def reach(
    graph: Graph,
    start: int,
    cube: Cube,
    home: Place,
    facts: Mapping[str, Any] | None = None,
    *,
    limit: int = LIMIT,
) -> Reachability:
    """The round trip of every packet of ``cube`` that starts at a stage and whose answer must come back to ``home``."""
    run = Run(graph, limit)
    there = run.run((Path(start, tuple(part), facts=facts or {}) for part in cube.valid()), 0)
    ended: list[tuple[int, Path]] = []
    replies: list[Path] = []
    for path in there:
        if isinstance(path.end, Deliver) and path.end.reply >= 0:
            replies += _replies(path, path.end)
        else:
            ended.append((0, path))
    for path in run.run(replies, 1):
        ended += ((1, back) for back in _arrivals(path, home))
    regions = _regions(ended, limit)
    if regions is None:
        regions = [Region(part, (Ending(OVERFLOW, 0, TOO_MANY.code, TOO_MANY.component),)) for part in cube.valid()]
    by_kind: dict[str, list[Region]] = {}
    for region in regions:
        by_kind.setdefault(region.kind, []).append(region)
    order = (DELIVERED, DROPPED, UNKNOWN, DEPENDS, OVERFLOW)
    return Reachability(*(tuple(by_kind.get(kind, ())) for kind in order))


def _replies(path: Path, end: Deliver) -> list[Path]:
    """The answer is a fresh packet: it knows no facts, only what devices remember."""
    return [
        path._replace(
            number=end.reply, box=box, header=header, place=end.place, facts={}, visits={}, depth=0,
            end=None, arrived=end.place,
        )
        for box, header in answers(path.box, path.header)
    ]  # fmt: skip


def _arrivals(path: Path, home: Place) -> list[Path]:
    """An answer counts only if it comes back to where the question was asked, as the answer to it."""
    end = path.end
    if not isinstance(end, Deliver):
        return [path]
    lost = path._replace(end=Drop("reply.misdelivered", end.place.id))
    if end.place != home:
        return [lost]
    out: list[Path] = []
    for box, wanted in answers(path.box, SENT):
        same, differ, unsettled = compare(box, path.header, wanted)
        out += [path._replace(box=part) for part in same]
        out += [lost._replace(box=part) for part in differ]
        out += [path._replace(box=part, end=TOO_MANY) for part in unsettled]
    return out


def _ending(leg: int, path: Path) -> Ending:
    end: Any = path.end
    if isinstance(end, Deliver):
        return Ending(DELIVERED, leg, "", (path.arrived or end.place).id)
    return Ending(path.kind, leg, end.code, end.component)


def _regions(ended: Iterable[tuple[int, Path]], limit: int) -> list[Region] | None:
    """Disjoint regions with all endings their packets can have; None if there are too many.

    Every packet ends somewhere in every branch and with every port, so a
    region whose endings are all of one kind is sure, and one with several is not.
    """
    sure: dict[Ending, list[Box]] = {}
    open_ends: dict[Box, set[Ending]] = {}
    for leg, path in ended:
        ending = _ending(leg, path)
        if path.certain:
            sure.setdefault(ending, []).append(path.box[:5])
        else:
            open_ends.setdefault(path.box[:5], set()).add(ending)
    cells: list[tuple[Box, frozenset[Ending]]] = []
    work = limit * 20
    for box, endings in open_ends.items():
        cut: list[tuple[Box, frozenset[Ending]]] = []
        left = [box]
        work -= len(cells)
        if work < 0:
            return None
        for cell, known in cells:
            hit = meet(cell, box)
            if hit is None:
                cut.append((cell, known))
                continue
            cut.append((hit, known | endings))
            cut += ((rest, known) for rest in minus(cell, hit))
            remaining: list[Box] = []
            for part in left:
                taken = meet(part, hit)
                remaining += [part] if taken is None else minus(part, taken)
            left = remaining
        cells = cut + [(part, frozenset(endings)) for part in left]
    by_endings: dict[tuple[Ending, ...], list[Box]] = {(ending,): boxes for ending, boxes in sure.items()}
    for box, known in cells:
        by_endings.setdefault(tuple(sorted(known)), []).append(box)
    return [Region(Cube(*box), endings) for endings, boxes in by_endings.items() for box in merge(boxes)]
