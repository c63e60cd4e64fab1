"""Sets of integers as sorted, disjoint, inclusive intervals.

Used for address sets and port sets alike.  A set is a tuple of (first, last)
pairs in ascending order, never touching each other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

Ranges = tuple[tuple[int, int], ...]
EMPTY: Ranges = ()


def normalise(intervals: Iterable[tuple[int, int]]) -> Ranges:
    """Sort and merge intervals that overlap or touch."""
    out: list[tuple[int, int]] = []
    for low, high in sorted(intervals):
        if low > high:
            continue
        if out and low <= out[-1][1] + 1:
            if high > out[-1][1]:
                out[-1] = (out[-1][0], high)
        else:
            out.append((low, high))
    return tuple(out)


def union(a: Ranges, b: Ranges) -> Ranges:
    """Everything in either set."""
    if not a:
        return b
    if not b:
        return a
    return normalise((*a, *b))


def intersect(a: Ranges, b: Ranges) -> Ranges:
    """Everything in both sets."""
    out: list[tuple[int, int]] = []
    i = j = 0
    while i < len(a) and j < len(b):
        low = max(a[i][0], b[j][0])
        high = min(a[i][1], b[j][1])
        if low <= high:
            out.append((low, high))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return tuple(out)


def subtract(a: Ranges, b: Ranges) -> Ranges:
    """What of ``a`` is not in ``b``."""
    out: list[tuple[int, int]] = []
    j = 0
    for low, high in a:
        while j < len(b) and b[j][1] < low:
            j += 1
        k = j
        while k < len(b) and b[k][0] <= high:
            if b[k][0] > low:
                out.append((low, b[k][0] - 1))
            low = b[k][1] + 1
            k += 1
        if low <= high:
            out.append((low, high))
    return tuple(out)


def contains(ranges: Ranges, value: int) -> bool:
    """Is the value in the set?"""
    i = bisect_right(ranges, (value, float("inf"))) - 1
    return i >= 0 and ranges[i][1] >= value


def size(ranges: Ranges) -> int:
    """How many values the set holds."""
    return sum(high - low + 1 for low, high in ranges)
