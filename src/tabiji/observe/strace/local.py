"""Local resolvers asked through a unix socket: systemd-resolved (varlink) and nscd."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable

import msgspec

from ...names.answer import ResourceRecord
from .arguments import Octets
from .model import Lookup

_NSCD_TYPES = {4: "A", 5: "AAAA", 14: "A+AAAA"}
"""Requests of glibc's nscd protocol, version 2."""
_NSCD_HEAD = struct.Struct("=3i")
_FAMILIES = {0: "A+AAAA", 2: "A", 10: "AAAA"}


def asked_locally(path: str, payloads: Iterable[Octets]) -> tuple[str, str, str] | None:
    """Resolver, name and type that a message to a unix socket asks for; None when it is no lookup."""
    data = b"".join(octets.data for octets in payloads)
    if path.endswith("/io.systemd.Resolve"):
        body = _varlink(data)
        wanted = body.get("parameters")
        if str(body.get("method", "")).endswith(".ResolveHostname") and isinstance(wanted, dict):
            return "systemd-resolved", _name(wanted.get("name")), _FAMILIES.get(_int(wanted.get("family")), "A+AAAA")
    elif path.endswith("/nscd/socket") and len(data) > _NSCD_HEAD.size:
        version, kind, size = _NSCD_HEAD.unpack_from(data)
        if version == 2 and kind in _NSCD_TYPES:
            key = data[_NSCD_HEAD.size :][: max(0, size)].split(b"\0")[0]
            return "nscd", _name(key.decode("latin-1")), _NSCD_TYPES[kind]
    return None


def told_locally(lookup: Lookup, payloads: Iterable[Octets]) -> tuple[str, tuple[ResourceRecord, ...], bool] | None:
    """Code, records and wholeness of a local resolver's answer; None when this is no answer yet."""
    octets = list(payloads)
    data = b"".join(one.data for one in octets)
    whole = not any(one.cut for one in octets)
    if lookup.via == "nscd":
        return None  # the answer's layout differs between versions; addresses show in the connects that follow
    body = _varlink(data)
    error = str(body.get("error", ""))
    if error:
        parameters = body.get("parameters")
        code = _int(parameters.get("rcode")) if isinstance(parameters, dict) else 0
        missing = error.endswith("NoSuchResourceRecord")
        rcode = "NXDOMAIN" if code == 3 else "NOERROR" if missing else "SERVFAIL"
        return rcode, (), True
    found = body.get("parameters")
    rows = found.get("addresses") if isinstance(found, dict) else None
    if not isinstance(rows, list):
        return ("NOERROR", (), False) if not whole else None
    records = []
    for row in rows[:64]:
        octet = row.get("address") if isinstance(row, dict) else None
        if (
            isinstance(octet, list)
            and len(octet) in (4, 16)
            and all(isinstance(b, int) and 0 <= b < 256 for b in octet)
        ):
            family, type_ = (socket.AF_INET, "A") if len(octet) == 4 else (socket.AF_INET6, "AAAA")
            records.append(ResourceRecord(lookup.name, type_, 0, socket.inet_ntop(family, bytes(octet))))
    return "NOERROR", tuple(records), whole


def _varlink(data: bytes) -> dict[str, object]:
    try:
        body = msgspec.json.decode(data.split(b"\0")[0])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _int(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 1 << 16 else 0


def _name(value: object) -> str:
    text = value if isinstance(value, str) else "?"
    return "".join(c if c.isprintable() else "?" for c in text)[:253].rstrip(".") + "."
