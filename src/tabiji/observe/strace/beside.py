"""Destinations of a log as the comparison with an estate takes them."""

from __future__ import annotations

from ..beside import Observed
from .model import ANSWERED, CONNECTED, Observation
from .verdict import destinations


def observed(seen: Observation) -> list[Observed]:
    """Every destination a program tried, apart from DNS servers and the machine itself."""
    out = []
    for place in destinations(seen):
        addresses = [c.address for c in place.connections]
        if place.protocol == "udp" or any(_own(address) for address in addresses):
            continue
        reached: dict[str, bool] = {}
        for connection in place.connections:
            good = connection.outcome == CONNECTED
            reached[connection.address] = reached.get(connection.address, False) or good
        handshakes = [c.tls for c in place.connections if c.tls is not None and c.tls.outcome]
        out.append(
            Observed(
                host=place.name,
                port=place.port,
                protocol=place.protocol,
                rcodes=tuple(lookup.rcode for lookup in place.lookups if lookup.rcode),
                addresses=tuple(dict.fromkeys(a for lookup in place.lookups for a in lookup.addresses)),
                reached=reached,
                uses_tls=bool(handshakes),
                tls=any(t.outcome == ANSWERED and t.asked for t in handshakes) if handshakes else None,
            )
        )
    return out


def _own(address: str) -> bool:
    return address.startswith("127.") or address == "::1"
