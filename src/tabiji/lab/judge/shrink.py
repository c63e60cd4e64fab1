"""From an estate that shows something to the smallest one that still does (LAB61).

Delta debugging in two passes: whole records first, then rows inside records
(rules, routes, addresses...).  What every network has stays: local routes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from ...estate import Change

if TYPE_CHECKING:
    from ...estate import Estate

Shows = Callable[["Estate"], bool]
T = TypeVar("T")
PARENTS = ("vpc_id", "subnet_id", "transit_gateway_id", "transit_gateway_route_table_id", "eni", "site")
"""Fields that say what a record lives in."""


class Row(NamedTuple):
    """An element of a list inside a record: which record, the fields and positions on the way to it."""

    kind: str
    id: str
    path: tuple[str | int, ...]


def shrink(estate: Estate, shows: Shows, patience: int = 4000) -> Estate:
    """The smallest estate found for which ``shows`` holds; ``patience`` bounds the trials."""
    trials = _Trials(shows, patience)
    if not trials(estate):
        return estate
    size = -1
    while size != _size(estate) and trials.left:
        size = _size(estate)
        estate = _families(estate, trials)
        estate = _records(estate, trials)
        estate = _rows(estate, trials)
    return estate


class _Trials:
    """Asks, and counts.  A network that cannot be built at all does not show anything."""

    def __init__(self, shows: Shows, patience: int) -> None:
        self.shows = shows
        self.left = patience

    def __call__(self, estate: Estate) -> bool:
        if not self.left:
            return False
        self.left -= 1
        try:
            return self.shows(estate)
        except Exception:
            return False


def _size(estate: Estate) -> int:
    return sum(1 + len(list(_rows_of(record))) for table in estate.tables.values() for record in table.values())


def _families(estate: Estate, trials: _Trials) -> Estate:
    """Drop a VPC, subnet or gateway together with all that lives in it."""
    for kind in ("vpcs", "transit_gateways", "subnets", "sites", "transit_gateway_route_tables"):
        for key in list(estate.tables.get(kind, ())):
            smaller = estate.with_changes(_family(estate, kind, key))
            if trials(smaller):
                estate = smaller
    return estate


def _family(estate: Estate, kind: str, key: str) -> list[Change]:
    gone, found = {key}, [Change(kind, key)]
    grown = True
    while grown:
        grown = False
        for name, table in estate.tables.items():
            for other, record in table.items():
                if other not in gone and any(getattr(record, p, "") in gone for p in PARENTS):
                    gone.add(other)
                    found.append(Change(name, other))
                    grown = True
    return found


def _records(estate: Estate, trials: _Trials) -> Estate:
    keys = [(kind, key) for kind, table in estate.tables.items() for key in table]

    def without(gone: Sequence[tuple[str, str]]) -> Estate:
        return estate.with_changes([Change(kind, key) for kind, key in gone])

    return without(_droppable(keys, lambda gone: trials(without(gone))))


def _rows(estate: Estate, trials: _Trials) -> Estate:
    rows = [
        Row(kind, key, path)
        for kind, table in estate.tables.items()
        for key, record in table.items()
        for path in _rows_of(record)
    ]

    def without(gone: Sequence[Row]) -> Estate:
        return estate.with_changes(_cut(estate, gone))

    return without(_droppable(rows, lambda gone: trials(without(gone))))


def _droppable(things: list[T], works: Callable[[list[T]], bool]) -> list[T]:
    """What can go, all together: halves first, then quarters, down to single things."""
    gone: list[T] = []
    rest = list(things)
    step = max(1, len(rest) // 2)
    while rest:
        at = 0
        while at < len(rest):
            part = rest[at : at + step]
            if works([*gone, *part]):
                gone += part
                del rest[at : at + step]
            else:
                at += step
        if step == 1:
            return gone
        step = max(1, step // 2)
    return gone


def _rows_of(record: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Paths of all elements of lists in a record, inner ones too."""
    if isinstance(record, tuple):
        for number, element in enumerate(record):
            if not _kept(element):
                yield (*path, number)
                yield from _rows_of(element, (*path, number))
    elif isinstance(record, msgspec.Struct):
        for name in record.__struct_fields__:
            value = getattr(record, name)
            if value and isinstance(value, tuple | msgspec.Struct):
                yield from _rows_of(value, (*path, name))


def _kept(element: Any) -> bool:
    """Local routes, and the association that makes a table the main one."""
    return getattr(element, "gateway_id", "") == "local" or getattr(element, "main", False) is True


def _cut(estate: Estate, gone: Sequence[Row]) -> list[Change]:
    by_record: dict[tuple[str, str], list[tuple[str | int, ...]]] = {}
    for row in gone:
        by_record.setdefault((row.kind, row.id), []).append(row.path)
    return [Change(kind, key, _without(estate.tables[kind][key], paths)) for (kind, key), paths in by_record.items()]


def _without(value: Any, paths: list[tuple[str | int, ...]]) -> Any:
    """A record without the elements at these paths, which are those of the whole record."""
    inner: dict[str | int, list[tuple[str | int, ...]]] = {}
    for path in paths:
        inner.setdefault(path[0], []).append(path[1:])
    if isinstance(value, tuple):
        return tuple(
            _without(element, inner[number]) if number in inner else element
            for number, element in enumerate(value)
            if () not in inner.get(number, [])
        )
    return replace(value, **{str(name): _without(getattr(value, str(name)), deeper) for name, deeper in inner.items()})
