"""What the fabric tells of packets, as journeys in the words of a trace (LAB74).

The kernel says of each packet, each time it is forwarded, by which interface
it came and by which it leaves (LAB51), and which rule dropped it.  Interfaces
stand for things of the estate; what a packet leaves by at one thing it comes
in by at the next, so the single tellings join to a journey: the places passed,
and how it ended.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from ..fabric.stage import Place
from ..packet.header import ICMP, ICMPV6, TCP, UDP, FiveTuple
from .kernel.nflog import Logged as Told
from .plan.model import DROP_GROUP, Reason

DELIVERED, DROPPED, LOST = "delivered", "dropped", "unfinished"
"""How a journey ends; unfinished: it was told no further."""
SINK = "sink"
"""Role of an interface that nothing comes back from."""
PREFIX = re.compile(r"d(\d+)\b")
"""The part of a drop's log prefix that says which Reason."""
WAITING = 1000
"""Journeys that may be under way; the oldest is given up."""
_KINDS = {
    "eni": "eni", "tgw-attach": "tgw_attachment", "tgw": "tgw", "igw": "igw", "eigw": "eigw", "nat": "nat_gateway",
    "pcx": "peering", "vpce": "endpoint", "vgw": "vgw", "vpn": "vpn", "cgw": "vpn", "dxvif": "dx", "dxcon": "dx",
    "dxgw": "dx", "dx": "dx", "subnet": "subnet", "vpc": "vpc", "rslvr": "resolver_endpoint", "i": "instance",
    "site": "site", "internet": "internet",
}  # fmt: skip
"""Beginning of an id -> kind of place."""
_FLAGS = ((2, "SYN"), (1, "FIN"), (4, "RST"), (8, "PSH"), (16, "ACK"))


class Interface(msgspec.Struct, frozen=True, kw_only=True):
    """An interface of the fabric: ``role`` as a Port's, or ``wire``; ``peer`` the other end of a wire."""

    index: int
    name: str
    role: str
    owner: str = ""
    guest: str = ""
    label: str = ""
    peer: str = ""
    addresses: tuple[str, ...] = ()

    def place(self) -> Place:
        """The thing it stands for, in the words of a trace."""
        return place_of(self.owner, self.role)


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """A place a packet came by, and the packet as it was there."""

    place: Place
    packet: FiveTuple


class Travelled(msgspec.Struct, frozen=True, kw_only=True):
    """One packet's journey as the kernel saw it."""

    stops: tuple[Stop, ...]
    ended: str
    reason: Reason | None = None
    flags: str = ""
    """Of TCP: ``SYN``, ``SYN ACK``..."""
    length: int = 0
    """Bytes of the IP packet."""


class _Way:
    """A journey under way."""

    __slots__ = ("began", "stops", "told")

    def __init__(self, told: Told, began: float) -> None:
        self.stops: list[Stop] = []
        self.told = told
        self.began = began


class Observer:
    """Joins tellings to journeys.  ``interfaces`` and ``reasons`` come from the lab."""

    def __init__(self, interfaces: Iterable[Interface], reasons: Sequence[Reason]) -> None:
        self._by_index = {interface.index: interface for interface in interfaces}
        self._reasons = reasons
        self._under_way: dict[str, list[_Way]] = {}
        """Interface a packet will come in by next -> journeys, oldest first."""
        self._at_end: list[_Way] = []
        """Told at the last interface; a refusal there would still follow."""
        self._forwarding: frozenset[str] = frozenset()

    def forwarding(self, guests: Iterable[str]) -> None:
        """Guests that pass packets on: a journey goes on behind them."""
        self._forwarding = frozenset(guests)

    def hear(self, told: Told, now: float) -> Iterator[Travelled]:
        """One telling; the journeys that are over by it."""
        packet = five_tuple(told.packet)
        if packet is None:
            return
        if told.group == DROP_GROUP:
            yield self._dropped(told, packet, now)
            return
        yield from self._arrived()
        way = self._resume(told, now)
        self._step(way, told, packet)
        leaves = self._by_index.get(told.outdev)
        way.told = told
        if leaves is not None and leaves.role == "wire":
            self._wait(leaves.peer, way)
        else:
            self._at_end.append(way)

    def idle(self, now: float, patience: float) -> Iterator[Travelled]:
        """Nothing was told for a while: who is at the last interface has arrived; who waits too long is lost."""
        yield from self._arrived()
        for name, ways in list(self._under_way.items()):
            while ways and now - ways[0].began > patience:
                way = ways.pop(0)
                yield _travelled(way, DELIVERED if self._passed_on(way) else LOST)
            if not ways:
                del self._under_way[name]

    def _arrived(self) -> Iterator[Travelled]:
        ways, self._at_end = self._at_end, []
        for way in ways:
            if self._passed_on(way):
                interface = self._by_index[way.told.outdev]
                self._wait(interface.name, way)  # an appliance: it comes back in by the same port
            else:
                yield _travelled(way, DELIVERED)

    def _passed_on(self, way: _Way) -> bool:
        interface = self._by_index.get(way.told.outdev)
        return interface is not None and interface.guest in self._forwarding

    def _wait(self, name: str, way: _Way) -> None:
        self._under_way.setdefault(name, []).append(way)
        if sum(map(len, self._under_way.values())) > WAITING:
            oldest = min((ways for ways in self._under_way.values() if ways), key=lambda ways: ways[0].began)
            oldest.pop(0)

    def _resume(self, told: Told, now: float) -> _Way:
        """The journey a telling belongs to: one that waits where it came in, best with the same payload."""
        came = self._by_index.get(told.indev)
        ways = self._under_way.get(came.name, []) if came is not None else []
        for index, way in enumerate(ways):
            if same_packet(way.told.packet, told.packet):
                return ways.pop(index)
        return _Way(told, now)

    def _step(self, way: _Way, told: Told, packet: FiveTuple) -> None:
        for index in (told.indev, told.outdev):
            interface = self._by_index.get(index)
            if interface is None or interface.role == SINK:
                continue
            place = interface.place()
            if not way.stops or way.stops[-1].place != place:
                way.stops.append(Stop(place=place, packet=packet))

    def _dropped(self, told: Told, packet: FiveTuple, now: float) -> Travelled:
        """A drop follows the telling of the same forwarding, or ends a journey that was not told further."""
        for index, way in enumerate(self._at_end):
            if (way.told.indev, way.told.outdev, way.told.packet) == (told.indev, told.outdev, told.packet):
                del self._at_end[index]
                break
        else:
            way = self._last_told(told) or self._resume(told, now)
            if not way.stops:
                self._step(way, told, packet)
        found = PREFIX.search(told.prefix)
        number = int(found[1]) if found else -1
        unknown = Reason(code="unknown", owner=told.prefix.strip())
        return _travelled(way, DROPPED, self._reasons[number] if 0 <= number < len(self._reasons) else unknown)

    def _last_told(self, told: Told) -> _Way | None:
        """A journey that was already told to leave by the wire the drop kept it from."""
        leaves = self._by_index.get(told.outdev)
        ways = self._under_way.get(leaves.peer, []) if leaves is not None and leaves.peer else []
        for index, way in enumerate(ways):
            if way.told.indev == told.indev and way.told.packet == told.packet:
                return ways.pop(index)
        return None


def place_of(owner: str, role: str = "") -> Place:
    """The place an owner of a port or wire is."""
    for size in (2, 1):
        kind = _KINDS.get("-".join(owner.split("-")[:size]))
        if kind is not None:
            if kind == "vpc" and role == "service":
                kind = "local_service"
            return Place(kind, owner)
    if role == "service":
        return Place("aws_service", owner)
    return Place("on_prem_host" if role == "guest" else "site", owner)


def five_tuple(packet: bytes) -> FiveTuple | None:
    """The 5-tuple of an IP packet; None for what is none.  Later fragments have no ports."""
    if not packet:
        return None
    if packet[0] >> 4 == 4 and len(packet) >= 20:
        head, proto = (packet[0] & 15) * 4, packet[9]
        src, dst = int.from_bytes(packet[12:16], "big"), int.from_bytes(packet[16:20], "big")
        if int.from_bytes(packet[6:8], "big") & 0x1FFF:
            return FiveTuple(src, dst, proto, 0, 0)
    elif packet[0] >> 4 == 6 and len(packet) >= 40:
        head, proto = 40, packet[6]
        src, dst = int.from_bytes(packet[8:24], "big"), int.from_bytes(packet[24:40], "big")
    else:
        return None
    ports = packet[head : head + 4]
    if len(ports) < 4:
        return FiveTuple(src, dst, proto, 0, 0)
    if proto in (ICMP, ICMPV6):
        return FiveTuple(src, dst, proto, 0, ports[0] << 8 | ports[1])
    if proto in (TCP, UDP):
        return FiveTuple(src, dst, proto, ports[0] << 8 | ports[1], ports[2] << 8 | ports[3])
    return FiveTuple(src, dst, proto, 0, 0)


def same_packet(one: bytes, other: bytes) -> bool:
    """Whether two tellings are of one packet, maybe translated on the way: the same identity, length and payload."""
    if len(one) != len(other) or one[:1] != other[:1] or not one:
        return False
    if one[0] >> 4 == 6:
        return one[4:6] == other[4:6] and one[48:] == other[48:] and one[6] == other[6]
    head = (one[0] & 15) * 4
    if one[2:6] != other[2:6] or one[9] != other[9]:
        return False
    behind = {TCP: slice(head + 4, head + 12)}.get(one[9], slice(head + 8, None))  # TCP: sequence numbers
    return one[behind] == other[behind]


def tcp_flags(packet: bytes) -> str:
    """``SYN``, ``SYN ACK``...; nothing for what is not TCP."""
    if len(packet) < 20:
        return ""
    four = packet[0] >> 4 == 4
    head, proto = ((packet[0] & 15) * 4, packet[9]) if four else (40, packet[6])
    if proto != TCP or len(packet) < head + 14:
        return ""
    return " ".join(name for bit, name in _FLAGS if packet[head + 13] & bit)


def _travelled(way: _Way, ended: str, reason: Reason | None = None) -> Travelled:
    packet = way.told.packet
    length = int.from_bytes(packet[2:4], "big") if packet[0] >> 4 == 4 else 40 + int.from_bytes(packet[4:6], "big")
    return Travelled(stops=tuple(way.stops), ended=ended, reason=reason, flags=tcp_flags(packet), length=length)


def document(travelled: Travelled) -> dict[str, Any]:
    """A journey as JSON holds it."""
    from ..report.json import packet_document

    hops = []
    for number, stop in enumerate(travelled.stops, 1):
        place = {name: value for name, value in stop.place._asdict().items() if value}
        hops.append({"number": number, "place": place, "packet": packet_document(stop.packet)})
    out: dict[str, Any] = {"hops": hops, "ended": travelled.ended, "length": travelled.length}
    if travelled.flags:
        out["flags"] = travelled.flags
    if travelled.reason is not None:
        out["reason"] = msgspec.to_builtins(travelled.reason)
    return out
