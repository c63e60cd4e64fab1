"""Arguments of a call as strace writes them: descriptors, strings, addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_FD = re.compile(r"(-?\d{1,10})(?:<((?:[^<>]|->|<[^<>]*>)*)>)?(?:,\s*|\Z)")
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"(\.\.\.)?', re.DOTALL)
"""A C string; group 2 is there when strace cut it."""
_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)", re.DOTALL)
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"v": b"\v", b"f": b"\f", b"a": b"\a", b"b": b"\b", b"e": b"\x1b"}
_V4 = re.compile(r'sin_port=htons\((\d{1,10})\), sin_addr=inet_addr\("([^"]*)"\)')
_V6_PORT = re.compile(r"sin6_port=htons\((\d{1,10})\)")
_V6 = re.compile(r'inet_pton\(AF_INET6, "([^"]*)"')
_PATH = re.compile(r'sun_path=(@?)"((?:[^"\\]|\\.)*)"')
_LABEL = re.compile(r"(TCP|UDP|SCTP|DCCP|MPTCP)(v6)?:\[(.*)\]")
_ARROW = re.compile(r"(.*):(\d{1,10})->(.*):(\d{1,10})")
_IOV = re.compile(r'iov_base=("(?:[^"\\]|\\.)*"(?:\.\.\.)?)', re.DOTALL)


class Descriptor(NamedTuple):
    """A file descriptor; ``label`` is what ``-y`` or ``-yy`` put beside it."""

    number: int
    label: str
    rest: str
    """The arguments behind it."""


class Peer(NamedTuple):
    """A socket address: ``family`` is inet, inet6, unix or unspec."""

    family: str
    address: str = ""
    port: int = 0


class Octets(NamedTuple):
    """A payload; ``cut`` when strace did not show all of it."""

    data: bytes
    cut: bool


def descriptor(args: str) -> Descriptor | None:
    """The descriptor that is the first argument."""
    found = _FD.match(args)
    return Descriptor(int(found[1]), found[2] or "", args[found.end() :]) if found else None


def unescape(text: str) -> bytes:
    r"""The octets of a C string's inside: ``\n``, ``\12``, ``\x0a``.  Never fails."""
    raw = text.encode("utf-8", "surrogateescape")
    return _ESCAPE.sub(_octet, raw) if b"\\" in raw else raw


def _octet(found: re.Match[bytes]) -> bytes:
    code = found[1]
    if code[:1] == b"x":
        return bytes((int(code[1:], 16),)) if len(code) > 1 else b"x"
    if code[0] in b"01234567":
        return bytes((int(code, 8) & 255,))
    return _LETTERS.get(code, code)


def escape(data: bytes) -> str:
    """A C string's inside for octets, as strace writes it: always three octal digits, so that nothing is ambiguous."""
    return "".join(chr(b) if 0x20 <= b < 0x7F and b not in b'"\\' else f"\\{b:03o}" for b in data)


def string(text: str) -> Octets | None:
    """The first string in some arguments."""
    found = STRING.search(text)
    return Octets(unescape(found[1]), found[2] is not None) if found else None


def shown(data: bytes) -> str:
    """Octets as text that no terminal takes for a command: what is not printable becomes a question mark."""
    return "".join(c if c.isprintable() else "?" for c in data.decode("utf-8", "replace"))


def path_of(text: str) -> str:
    """The first string as a file name."""
    found = string(text)
    return shown(found.data) if found else ""


def vectors(args: str) -> Iterator[Octets]:
    """The payload of a message or an iovec, one for each message of a ``*mmsg`` call, its pieces joined."""
    for part in args.split("msg_hdr={") if "msg_hdr={" in args else (args,):
        data, cut = [], False
        for found in _IOV.finditer(part):
            inner = STRING.match(found[1])
            if inner:
                data.append(unescape(inner[1]))
                cut = cut or inner[2] is not None
        if data:
            yield Octets(b"".join(data), cut)


def peer(text: str) -> Peer | None:
    """The socket address in some arguments."""
    found = _V4.search(text)
    if found:
        return Peer("inet", shown(unescape(found[2])), int(found[1]) & 0xFFFF)
    found = _V6.search(text)
    if found:
        port = _V6_PORT.search(text)
        return Peer("inet6", shown(unescape(found[1])), int(port[1]) & 0xFFFF if port else 0)
    found = _PATH.search(text)
    if found:
        return Peer("unix", found[1] + shown(unescape(found[2])))
    return Peer("unspec") if "AF_UNSPEC" in text else None


class Label(NamedTuple):
    """What ``-yy`` says of a socket: its protocol, and both ends once it has them."""

    protocol: str
    inside: str
    peer: Peer | None


def label(text: str) -> Label | None:
    """A socket's label, or None for any other file."""
    if text[:1] not in "TUSDM":
        return None
    found = _LABEL.match(text)
    if not found:
        return None
    arrow = _ARROW.match(found[3])
    other = None
    if arrow:
        other = Peer("inet6" if found[2] else "inet", arrow[3].strip("[]"), int(arrow[4]) & 0xFFFF)
    return Label(found[1].lower(), found[3], other)
