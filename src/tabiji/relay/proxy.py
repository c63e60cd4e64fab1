"""The PROXY protocol, versions 1 and 2, without sockets: who the client was, told ahead of its data."""

from __future__ import annotations

import socket

Endpoint = tuple[str, int]
SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
LIMIT = 16 + 2048
"""Bytes a header may have; a version 2 header with more extensions is refused."""
_V1_LIMIT = 107
_FAMILIES = {0x11: (socket.AF_INET, 4), 0x21: (socket.AF_INET6, 16)}


class ProxyError(ValueError):
    """Not a PROXY header; the text says why and holds no payload."""


def parse(data: bytes) -> tuple[int, Endpoint | None, Endpoint | None] | None:
    """Length of the header, source and destination; None while more bytes are needed.

    Both are None where the sender speaks for itself (LOCAL, UNKNOWN, a family
    other than TCP over IP).  Raises ProxyError.
    """
    if data[:12] == SIGNATURE[: len(data)]:
        return _version2(data) if len(data) >= 16 else None
    if data[:6] == b"PROXY "[: len(data)]:
        return _version1(data)
    raise ProxyError("no PROXY header")


def build(version: int, source: Endpoint, destination: Endpoint) -> bytes:
    """The header that names a client and the address it connected to.

    The two may be of different families (a version 6 client behind a version
    4 listener of ours); version 4 is then written as mapped version 6.
    """
    v6 = ":" in source[0] or ":" in destination[0]
    hosts = [f"::ffff:{host}" if v6 and ":" not in host else host for host in (source[0], destination[0])]
    if version == 1:
        return f"PROXY TCP{6 if v6 else 4} {hosts[0]} {hosts[1]} {source[1]} {destination[1]}\r\n".encode()
    family = socket.AF_INET6 if v6 else socket.AF_INET
    body = b"".join(socket.inet_pton(family, host) for host in hosts)
    body += source[1].to_bytes(2, "big") + destination[1].to_bytes(2, "big")
    return SIGNATURE + bytes((0x21, 0x21 if v6 else 0x11)) + len(body).to_bytes(2, "big") + body


def _version1(data: bytes) -> tuple[int, Endpoint | None, Endpoint | None] | None:
    end = data.find(b"\r\n", 0, _V1_LIMIT)
    if end < 0:
        if len(data) >= _V1_LIMIT:
            raise ProxyError("PROXY line too long")
        return None
    words = data[:end].split(b" ")
    if words[1] == b"UNKNOWN":
        return end + 2, None, None
    family = {b"TCP4": socket.AF_INET, b"TCP6": socket.AF_INET6}.get(words[1])
    if family is None or len(words) != 6:
        raise ProxyError("broken PROXY line")
    try:
        hosts = [socket.inet_ntop(family, socket.inet_pton(family, word.decode("ascii"))) for word in words[2:4]]
    except (OSError, ValueError):
        raise ProxyError("broken address in PROXY line") from None
    if not all(word.isdigit() and len(word) <= 5 and int(word) < 65536 for word in words[4:]):
        raise ProxyError("broken port in PROXY line")
    return end + 2, (hosts[0], int(words[4])), (hosts[1], int(words[5]))


def _version2(data: bytes) -> tuple[int, Endpoint | None, Endpoint | None] | None:
    command, kind, size = data[12], data[13], int.from_bytes(data[14:16], "big")
    if command not in (0x20, 0x21):
        raise ProxyError("broken PROXY header")
    if 16 + size > LIMIT:
        raise ProxyError("PROXY header too long")
    if len(data) < 16 + size:
        return None
    if command == 0x20 or kind not in _FAMILIES:
        return 16 + size, None, None
    family, width = _FAMILIES[kind]
    if size < 2 * width + 4:
        raise ProxyError("broken PROXY header")
    body = data[16 : 16 + size]
    hosts = [socket.inet_ntop(family, body[at : at + width]) for at in (0, width)]
    ports = [int.from_bytes(body[at : at + 2], "big") for at in (2 * width, 2 * width + 2)]
    return 16 + size, (hosts[0], ports[0]), (hosts[1], ports[1])
