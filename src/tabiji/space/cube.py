"""Header sets: the product of one set per header field, with exact algebra.

The functions work on *boxes*, tuples of ``Ranges`` of any length: the five
header fields, followed by whatever else an interpreter lets vary.  ``Cube`` is
the box of exactly the five fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple, Union, cast

from ..packet.address import V6_MAX
from ..packet.header import ICMP, ICMPV6, PORTS, FiveTuple
from ..packet.ranges import Ranges, contains, intersect, normalise, size, subtract, union

if TYPE_CHECKING:
    from random import Random

Box = tuple[Ranges, ...]
Values = Union[int, tuple[int, int], Ranges, None]

SRC, DST, PROTO, SPORT, DPORT = range(5)
_NAMES = FiveTuple._fields
LIMITS = ((0, V6_MAX), (0, V6_MAX), (0, 255), PORTS, PORTS)
_ICMP: Ranges = ((ICMP, ICMP), (ICMPV6, ICMPV6))
_ZERO: Ranges = ((0, 0),)


class Cube(NamedTuple):
    """Every header whose fields lie in these sets.  Empty when one of the sets is."""

    src: Ranges
    dst: Ranges
    proto: Ranges
    sport: Ranges
    dport: Ranges

    @classmethod
    def of(
        cls,
        src: Values = None,
        dst: Values = None,
        proto: Values = None,
        sport: Values = None,
        dport: Values = None,
    ) -> Cube:
        """A cube from numbers, (first, last) intervals or sets; None is the whole field."""
        return cls(
            *(_ranges(value, limit) for value, limit in zip((src, dst, proto, sport, dport), LIMITS, strict=True))
        )

    @classmethod
    def exactly(cls, packet: FiveTuple) -> Cube:
        """The cube that holds one header."""
        return cls(*(((value, value),) for value in packet))

    @property
    def empty(self) -> bool:
        """Does it hold no header?"""
        return not all(self)

    def contains(self, packet: FiveTuple) -> bool:
        """Is the header in the cube?"""
        return all(contains(ranges, value) for ranges, value in zip(self, packet, strict=True))

    def intersect(self, other: Cube) -> Cube:
        """Headers in both; may be empty."""
        return Cube(*(intersect(a, b) for a, b in zip(self, other, strict=True)))

    def subtract(self, other: Cube) -> list[Cube]:
        """Headers of this cube that are not in ``other``, as disjoint cubes."""
        hit = meet(self, other)
        return [self] if hit is None else [Cube(*box) for box in minus(self, hit)]

    def size(self) -> int:
        """How many headers it holds."""
        total = 1
        for ranges in self:
            total *= size(ranges)
        return total

    def valid(self) -> list[Cube]:
        """The headers that can be on a wire, as disjoint cubes: ICMP has source port 0 (``packet.header``)."""
        ported = self._replace(proto=subtract(self.proto, _ICMP))
        echo = self._replace(proto=intersect(self.proto, _ICMP), sport=intersect(self.sport, _ZERO))
        return [cube for cube in (ported, echo) if not cube.empty]

    def witness(self) -> FiveTuple:
        """One header of the cube, the same every time.  Raises IndexError when empty."""
        return FiveTuple(*(ranges[0][0] for ranges in self))

    def sample(self, rng: Random) -> FiveTuple:
        """A random header: any interval of a set is as likely as the others, however wide."""
        return FiveTuple(*(rng.randint(*rng.choice(ranges)) for ranges in self))

    def edges(self) -> Iterator[FiveTuple]:
        """Headers at every bound of every field, one step inside and outside of it; the other fields at their first."""
        base = self.witness()
        for field, (ranges, (first, last)) in enumerate(zip(self, LIMITS, strict=True)):
            points = {p for low, high in ranges for p in (low - 1, low, high, high + 1) if first <= p <= last}
            for point in sorted(points):
                yield base._replace(**{_NAMES[field]: point})


def meet(a: Box, b: Box) -> Box | None:
    """What is in both boxes, None if nothing."""
    out = tuple(map(intersect, a, b))
    return out if all(out) else None


def minus(box: Box, hit: Box) -> list[Box]:
    """``box`` without ``hit``, which lies inside it, as disjoint boxes."""
    out: list[Box] = []
    for i, kept in enumerate(hit):
        if kept != box[i]:
            out.append((*box[:i], subtract(box[i], kept), *box[i + 1 :]))
            box = (*box[:i], kept, *box[i + 1 :])
    return out


def merge(boxes: list[Box]) -> list[Box]:
    """The same union of disjoint boxes in fewer: boxes that differ in one place become one."""
    width = len(boxes[0]) if boxes else 0
    for i in reversed(range(width)):
        if len(boxes) < 2:
            break
        joined: dict[Box, Ranges] = {}
        for box in boxes:
            rest = box[:i] + box[i + 1 :]
            joined[rest] = union(joined.get(rest, ()), box[i])
        if len(joined) < len(boxes):
            boxes = [(*rest[:i], ranges, *rest[i:]) for rest, ranges in joined.items()]
    return boxes


def _ranges(value: Values, limit: tuple[int, int]) -> Ranges:
    if value is None:
        return (limit,)
    if isinstance(value, int):
        return ((value, value),)
    return normalise(cast(Iterable[tuple[int, int]], (value,) if value and isinstance(value[0], int) else value))
