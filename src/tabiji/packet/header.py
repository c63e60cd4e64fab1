"""What a packet shows to the network: the 5-tuple.

ICMP has no ports.  Its type and code travel in ``dport`` as type * 256 + code,
so that one rule shape serves every protocol; ``sport`` is 0 then.
"""

from __future__ import annotations

from typing import NamedTuple

from .address import format_address, is_v6

TCP, UDP, ICMP, ICMPV6, ANY = 6, 17, 1, 58, -1
GRE, ESP = 47, 50
PORTS = (0, 65535)

PROTOCOL_NAMES = {TCP: "tcp", UDP: "udp", ICMP: "icmp", ICMPV6: "icmpv6", ANY: "all", GRE: "gre", ESP: "esp"}
PROTOCOL_NUMBERS = {name: number for number, name in PROTOCOL_NAMES.items()} | {"icmp6": ICMPV6, "-1": ANY}

ECHO_REQUEST, ECHO_REPLY = 8 << 8, 0
ECHO6_REQUEST, ECHO6_REPLY = 128 << 8, 129 << 8
_REPLIES = {
    (ICMP, ECHO_REQUEST): ECHO_REPLY,
    (ICMPV6, ECHO6_REQUEST): ECHO6_REPLY,
}


class FiveTuple(NamedTuple):
    """Source, destination, IP protocol number, source port, destination port."""

    src: int
    dst: int
    proto: int
    sport: int
    dport: int

    def __str__(self) -> str:
        name = protocol_name(self.proto)
        if self.proto in (ICMP, ICMPV6):
            kind = f" type {self.dport >> 8}"
            return f"{name}{kind} {format_address(self.src)} > {format_address(self.dst)}"
        return f"{name} {_end(self.src, self.sport)} > {_end(self.dst, self.dport)}"


def _end(address: int, port: int) -> str:
    text = format_address(address)
    return f"[{text}]:{port}" if is_v6(address) else f"{text}:{port}"


def protocol_name(number: int) -> str:
    """``tcp``, ``udp``..., or the number as text."""
    return PROTOCOL_NAMES.get(number, str(number))


def protocol_number(text: str) -> int:
    """IP protocol number of a name or a number's text.  Raises ValueError."""
    number = PROTOCOL_NUMBERS.get(text.lower())
    return int(text) if number is None else number


def reply_to(packet: FiveTuple) -> FiveTuple:
    """The 5-tuple an answer has."""
    if packet.proto in (ICMP, ICMPV6):
        kind = _REPLIES.get((packet.proto, packet.dport & 0xFF00), packet.dport)
        return FiveTuple(packet.dst, packet.src, packet.proto, 0, kind)
    return FiveTuple(packet.dst, packet.src, packet.proto, packet.dport, packet.sport)
