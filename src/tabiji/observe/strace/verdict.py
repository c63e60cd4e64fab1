"""Did what was observed work? One judgement for each destination."""

from __future__ import annotations

import msgspec

from .model import Connection, Lookup, Observation


class Destination(msgspec.Struct, kw_only=True):
    """A name and port, or an address and port, with all that was tried to reach it.

    ``ok`` None: it cannot be told.  ``port`` 0: names were asked for and no
    connection followed.
    """

    name: str
    port: int
    protocol: str = "tcp"
    lookups: list[Lookup] = []
    connections: list[Connection] = []
    ok: bool | None = None


def destinations(seen: Observation) -> list[Destination]:
    """Every destination, in the order it was first tried."""
    by_name: dict[str, list[Lookup]] = {}
    for lookup in seen.lookups:
        by_name.setdefault(lookup.name.rstrip(".").lower(), []).append(lookup)
    found: dict[tuple[str, int, str], Destination] = {}
    reached = set()
    for connection in seen.connections:
        host = (connection.name or connection.address).rstrip(".")
        key = (host.lower(), connection.port, connection.protocol)
        place = found.get(key)
        if place is None:
            place = found[key] = Destination(name=host, port=key[1], protocol=key[2], lookups=[], connections=[])
            place.lookups = by_name.get(host.lower(), [])
        reached.add(host.lower())
        place.connections.append(connection)
    out = list(found.values())
    for place in out:
        place.ok = _best([one.ok for one in place.connections])
    for name, lookups in by_name.items():
        if name not in reached and not any(lookup.addresses for lookup in lookups):
            good: bool | None = _best(
                [True if lookup.ok else None if not lookup.rcode else False for lookup in lookups]
            )
            if not good and _searched(name, by_name):
                continue
            out.append(Destination(name=name, port=0, lookups=lookups, connections=[], ok=good))
    return sorted(out, key=_start)


def verdict(seen: Observation) -> bool | None:
    """All worked; something failed; nothing was seen, or it cannot be told."""
    judged = [place.ok for place in destinations(seen)]
    judged += [True for lookup in seen.lookups if lookup.addresses]
    if False in judged:
        return False
    return True if judged and None not in judged else None


def _best(judged: list[bool | None]) -> bool | None:
    """A client goes on to the next address: one that worked is enough."""
    return True if True in judged else None if None in judged or not judged else False


def _searched(name: str, by_name: dict[str, list[Lookup]]) -> bool:
    """The name is another one with a search domain behind it, or the other way round, and that one was found."""
    return any(
        (other.startswith(name + ".") or name.startswith(other + ".")) and any(lookup.addresses for lookup in lookups)
        for other, lookups in by_name.items()
        if other != name
    )


def _start(place: Destination) -> float:
    return min([*(one.started for one in place.lookups), *(one.started for one in place.connections)], default=0.0)
