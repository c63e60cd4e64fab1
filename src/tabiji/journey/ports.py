"""Which of a client's source ports work.

A client takes any port of its ephemeral range, a NAT gateway any of its own.
A network ACL may admit only some (ENG62), so a walk at one port proves little
where a filter on the way cuts the range.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..estate import Estate
from ..estate.site import Host
from ..fabric.stage import First
from ..walk import Leg, Trip

# NA5; the end of the Linux range is that of current kernels.
EPHEMERAL = {"linux": (32768, 60999), "windows": (49152, 65535), "macos": (49152, 65535), "windows-2003": (1025, 5000)}
DEFAULT = EPHEMERAL["linux"]


def ephemeral_range(estate: Estate, host: str, platform: str = "") -> tuple[int, int]:
    """The source ports a host's clients use."""
    record: Host | None = estate.hosts.get(host)
    if record is not None:
        if record.ephemeral_ports is not None:
            return record.ephemeral_ports
        return EPHEMERAL.get(record.os.lower(), DEFAULT)
    return EPHEMERAL["windows"] if platform.lower() == "windows" else DEFAULT


def cuts(trips: Iterable[Trip], low: int, high: int) -> list[int]:
    """Ports at which some filter on the way may change its mind, within [low, high]."""
    found: set[int] = set()
    for trip in trips:
        for leg in (trip.forward, trip.reply):
            if leg is not None:
                found.update(_cuts_of_leg(leg, low, high))
    return sorted(found)


def _cuts_of_leg(leg: Leg, low: int, high: int) -> Iterable[int]:
    for step in leg.steps:
        stage = step.stage
        if not isinstance(stage, First):
            continue
        proto = step.packet.proto
        for rule in stage.rules:
            if rule.proto is not None and rule.proto != proto:
                continue
            for ports in (rule.dports, rule.sports):
                if ports is not None:
                    if low < ports[0] <= high:
                        yield ports[0]
                    if low <= ports[1] < high:
                        yield ports[1] + 1


def samples(low: int, high: int, bounds: list[int], limit: int = 16) -> list[int]:
    """One port for each piece of the range; the ends first if there are too many pieces."""
    starts = [low, *bounds]
    picks = [(a + b) // 2 for a, b in zip(starts, [*(s - 1 for s in bounds), high], strict=True)]
    return picks[:limit]
