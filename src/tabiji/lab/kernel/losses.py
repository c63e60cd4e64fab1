"""What the kernel counts of packets it drops by itself, in this thread's network namespace.

A tracepoint would say more (LAB59), but it is the whole machine's and root's;
these counters are the namespace's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_NET = Path("/proc/thread-self/net")
_LOSS = re.compile(r"Err|Discard|NoRoute|Drop|Fail|Filter|TooBig|Truncated|Unknown|martian|no_route|drop|errs")
"""Counters that speak of a loss."""
_NOISE = frozenset(("Ip6OutDiscards",))
"""Grows by itself: a router's multicast reports that a ruleset keeps in."""


def read() -> dict[str, int]:
    """All counters of losses: ``Ip.InAddrErrors``, ``Ip6InNoRoutes``, ``rx drop at p1``..."""
    found: dict[str, int] = {}
    for name, lines in (
        ("snmp", _in_two_lines),
        ("netstat", _in_two_lines),
        ("snmp6", _in_columns),
        ("dev", _of_interfaces),
        ("stat/rt_cache", _of_processors),
    ):
        with suppress(OSError):  # not every kernel has all
            found.update((key, value) for key, value in lines((_NET / name).read_text()) if _LOSS.search(key))
    return found


def grown(before: dict[str, int], after: dict[str, int]) -> list[str]:
    """Names of the counters that grew."""
    return sorted(name for name, value in after.items() if value > before.get(name, 0) and name not in _NOISE)


def _in_two_lines(text: str) -> Iterator[tuple[str, int]]:
    lines = text.splitlines()
    for names, values in zip(lines[::2], lines[1::2], strict=False):
        group, *words = names.split()
        for word, value in zip(words, values.split()[1:], strict=False):
            yield f"{group.rstrip(':')}.{word}", int(value)


def _in_columns(text: str) -> Iterator[tuple[str, int]]:
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        yield name.strip(), int(value.split()[-1])


def _of_interfaces(text: str) -> Iterator[tuple[str, int]]:
    for line in text.splitlines()[2:]:
        name, _, rest = line.partition(":")
        numbers = [int(word) for word in rest.split()]
        for what, column in (("rx errs", 2), ("rx drop", 3), ("tx errs", 10), ("tx drop", 11)):
            yield f"{what} at {name.strip()}", numbers[column]


def _of_processors(text: str) -> Iterator[tuple[str, int]]:
    names, *lines = text.splitlines()
    rows = [[int(word, 16) for word in line.split()] for line in lines]
    for column, name in enumerate(names.split()):
        yield f"route {name}", sum(row[column] for row in rows)
