"""The server name in a TLS ClientHello, without sockets (RFC 8446 4.1.2, RFC 6066 3)."""

from __future__ import annotations

LIMIT = 16 * 1024
"""Bytes looked at before a hello is given up; far above what clients send."""
_RECORD, _HANDSHAKE, _CLIENT_HELLO, _SERVER_NAME = 5, 0x16, 1, 0
_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_.")


class HelloError(ValueError):
    """Not a ClientHello we can route by; the text says why and holds no payload."""


def server_name(data: bytes) -> str | None:
    """The name a client asks for, lower case; None while more bytes are needed.

    ``data`` is the stream from its first byte.  The hello may be split over
    any number of records and reads.  Raises HelloError: not TLS, no name in
    it, a name that is no host name, or more than LIMIT bytes.
    """
    hello = _handshake(data)
    if hello is None:
        if len(data) >= LIMIT:
            raise HelloError("hello too long")
        return None
    try:
        return _name(hello)
    except IndexError:
        raise HelloError("broken hello") from None


def _handshake(data: bytes) -> bytes | None:
    """The body of the first handshake message, put together from its records; None while incomplete."""
    body, at = b"", 0
    while True:
        if data[at : at + 1] not in (b"", b"\x16") or data[at + 1 : at + 2] not in (b"", b"\x03"):
            raise HelloError("not TLS")
        if len(data) < at + _RECORD:
            return None
        size = int.from_bytes(data[at + 3 : at + 5], "big")
        if not 0 < size <= LIMIT + 256:
            raise HelloError("not TLS")
        body += data[at + _RECORD : at + _RECORD + size]
        if body and body[0] != _CLIENT_HELLO:
            raise HelloError("not a ClientHello")
        if len(body) >= 4:
            need = int.from_bytes(body[1:4], "big")
            if need > LIMIT:
                raise HelloError("hello too long")
            if len(body) >= 4 + need:
                return body[4 : 4 + need]
        at += _RECORD + size
        if at > len(data):
            return None


def _name(hello: bytes) -> str:
    at = 2 + 32  # version, random
    at += 1 + hello[at]  # session id
    at += 2 + _two(hello, at)  # cipher suites
    at += 1 + hello[at]  # compression
    if at >= len(hello):
        raise HelloError("no server name")
    end = at + 2 + _two(hello, at)
    at += 2
    if end > len(hello):
        raise HelloError("broken hello")
    while at + 4 <= end:
        kind, size = _two(hello, at), _two(hello, at + 2)
        at += 4
        if at + size > end:
            raise HelloError("broken hello")
        if kind == _SERVER_NAME:
            return _host(hello[at : at + size])
        at += size
    raise HelloError("no server name")


def _host(names: bytes) -> str:
    size = _two(names, 3)
    name = names[5 : 5 + size].lower()
    if names[2] != 0 or len(name) != size or not 0 < size <= 255 or not _LETTERS.issuperset(name):
        raise HelloError("server name is no host name")
    return name.decode("ascii").rstrip(".")


def _two(data: bytes, at: int) -> int:
    return data[at] << 8 | data[at + 1]
