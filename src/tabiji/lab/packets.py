"""Packets as bytes, for the oracle and its judges: made from a 5-tuple, read back into one, answered.

Checksums are right, since the kernel's connection tracking and every receiver
look at them.  IPv6 extension headers are not read.
"""

from __future__ import annotations

import struct

from ..packet.address import V6_START, is_v6
from ..packet.header import ICMP, ICMPV6, TCP, UDP, FiveTuple

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
"""TCP flags."""
UNREACHABLE, TIME_EXCEEDED = 3, 11
UNREACHABLE6, TOO_BIG6, TIME_EXCEEDED6 = 1, 2, 3
"""ICMP errors' types; FRAGMENTATION_NEEDED is code 4 of UNREACHABLE."""
FRAGMENTATION_NEEDED = 4
TTL = 64
_ECHOES = {(ICMP, 8): 0, (ICMPV6, 128): 129}


def checksum(data: bytes) -> int:
    """The Internet checksum."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def build(flow: FiveTuple, *, flags: int = SYN, ident: int = 1, payload: bytes = b"", ttl: int = TTL) -> bytes:
    """A packet with this 5-tuple.

    ``flags`` are TCP's; ``ident`` is the id of an ICMP echo.  Any protocol
    without ports carries the payload alone.
    """
    if flow.proto == TCP:
        # Numbers that fit a handshake packet by packet: connection tracking looks at them.
        seq, ack = 1 if flags & SYN else 2, 2 if flags & ACK else 0
        body = struct.pack("!HHIIBBHHH", flow.sport, flow.dport, seq, ack, 5 << 4, flags, 65535, 0, 0) + payload
        at = 16
    elif flow.proto == UDP:
        body = struct.pack("!HHHH", flow.sport, flow.dport, 8 + len(payload), 0) + payload
        at = 6
    elif flow.proto in (ICMP, ICMPV6):
        body = struct.pack("!HHHH", flow.dport, 0, ident, 1) + payload
        at = 2
    else:
        return _ip(flow, payload, ttl)
    return _ip(flow, _summed(flow, body, at), ttl)


def error(about: bytes, source: int, kind: int, code: int, mtu: int = 0, ttl: int = TTL) -> bytes:
    """The ICMP error that a router or host at ``source`` sends to the sender of a packet.

    ``mtu`` is for "too big" and "fragmentation needed".
    """
    flow = parse(about)
    proto = ICMPV6 if is_v6(flow.src) else ICMP
    quoted = about[:1232] if proto == ICMPV6 else about[:548]
    body = struct.pack("!BBHI", kind, code, 0, mtu) + quoted
    back = FiveTuple(source, flow.src, proto, 0, kind << 8 | code)
    return _ip(back, _summed(back, body, 2), ttl)


def _summed(flow: FiveTuple, body: bytes, at: int) -> bytes:
    """A transport header with its checksum put in."""
    covered = body if flow.proto == ICMP else _pseudo(flow, len(body)) + body
    value = checksum(covered)
    if flow.proto == UDP and not value:
        value = 0xFFFF  # zero means none
    return body[:at] + struct.pack("!H", value) + body[at + 2 :]


def _pseudo(flow: FiveTuple, length: int) -> bytes:
    if is_v6(flow.src):
        return _raw(flow.src) + _raw(flow.dst) + struct.pack("!II", length, flow.proto)
    return _raw(flow.src) + _raw(flow.dst) + struct.pack("!HH", flow.proto, length)


def _raw(address: int) -> bytes:
    return address.to_bytes(16 if is_v6(address) else 4, "big")


def _ip(flow: FiveTuple, body: bytes, ttl: int) -> bytes:
    if is_v6(flow.src):
        return struct.pack("!IHBB", 6 << 28, len(body), flow.proto, ttl) + _raw(flow.src) + _raw(flow.dst) + body
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0x4000, ttl, flow.proto, 0)
    head += _raw(flow.src) + _raw(flow.dst)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def parse(packet: bytes) -> FiveTuple:
    """The 5-tuple of a packet or of its head.  Raises ValueError when it is no IP packet or too short."""
    proto, at, src, dst = _network(packet)
    if proto in (TCP, UDP) and len(packet) >= at + 4:
        sport, dport = struct.unpack_from("!HH", packet, at)
        return FiveTuple(src, dst, proto, sport, dport)
    if proto in (ICMP, ICMPV6) and len(packet) >= at + 2:
        return FiveTuple(src, dst, proto, 0, struct.unpack_from("!H", packet, at)[0])
    return FiveTuple(src, dst, proto, 0, 0)


def _network(packet: bytes) -> tuple[int, int, int, int]:
    """Protocol, where the transport header begins, source, destination."""
    version = packet[0] >> 4 if packet else 0
    if version == 4 and len(packet) >= 20:
        src, dst = struct.unpack_from("!II", packet, 12)
        offset = struct.unpack_from("!H", packet, 6)[0] & 0x1FFF
        # What follows the header of a later fragment is no transport header.
        at = len(packet) if offset else (packet[0] & 15) * 4
        return packet[9], at, src, dst
    if version == 6 and len(packet) >= 40:
        src, dst = int.from_bytes(packet[8:24], "big"), int.from_bytes(packet[24:40], "big")
        if src < V6_START or dst < V6_START:
            raise ValueError("an unspecified or loopback address")
        return packet[6], 40, src, dst
    raise ValueError("not an IP packet")


def ttl_of(packet: bytes) -> int:
    """TTL, or hop limit."""
    return packet[8] if packet[0] >> 4 == 4 else packet[7]


def tcp_flags(packet: bytes) -> int:
    """TCP's flags, 0 for other packets."""
    proto, at, _, _ = _network(packet)
    return packet[at + 13] if proto == TCP and len(packet) > at + 13 else 0


def echo_id(packet: bytes) -> int:
    """The id of an ICMP echo request or reply, 0 for other packets."""
    proto, at, _, _ = _network(packet)
    if (proto, packet[at]) in ((ICMP, 8), (ICMP, 0), (ICMPV6, 128), (ICMPV6, 129)):
        return int(struct.unpack_from("!H", packet, at + 4)[0])
    return 0


def quoted(packet: bytes) -> bytes:
    """The packet an ICMP error is about, empty for other packets."""
    proto, at, _, _ = _network(packet)
    kinds = {ICMP: (3, 4, 5, 11, 12), ICMPV6: (1, 2, 3, 4)}.get(proto, ())
    return packet[at + 8 :] if len(packet) > at + 8 and packet[at] in kinds else b""


def reply_packet(delivered: bytes) -> bytes:
    """What the receiver of a packet answers: SYN-ACK to a SYN, ACK to other segments, an echo's reply, a datagram back.

    Raises ValueError for what nobody answers (an ICMP error, an echo's reply).
    """
    flow = parse(delivered)
    proto, at, _, _ = _network(delivered)
    if proto in (ICMP, ICMPV6):
        answer = _ECHOES.get((proto, delivered[at]))
        if answer is None:
            raise ValueError("nobody answers this")
        back = FiveTuple(flow.dst, flow.src, proto, 0, answer << 8)
        return build(back, ident=echo_id(delivered), payload=delivered[at + 8 :])
    back = FiveTuple(flow.dst, flow.src, proto, flow.dport, flow.sport)
    got = tcp_flags(delivered)
    return build(back, flags=SYN | ACK if got & SYN and not got & ACK else ACK)
