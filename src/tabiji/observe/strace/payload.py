"""What is readable in what a program sent and received: DNS, the TLS handshake, plain HTTP.

Each reader takes octets that may be cut short and never fails; of HTTP only
the request line (without its query), the host and the status are read, so
nothing secret goes further than this file.
"""

from __future__ import annotations

import socket
import struct
from typing import NamedTuple

from ...names.answer import ResourceRecord
from ...names.wire import QR, WireError, name_text, rcode_text, read_name, type_text

CLIENT_HELLO, SERVER_HELLO, ALERT = "client_hello", "server_hello", "alert"
ALERTS = {
    0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 40: "handshake_failure", 42: "bad_certificate",
    43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired", 46: "certificate_unknown",
    47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error", 51: "decrypt_error",
    70: "protocol_version", 71: "insufficient_security", 80: "internal_error", 86: "inappropriate_fallback",
    90: "user_canceled", 109: "missing_extension", 110: "unsupported_extension", 112: "unrecognized_name",
    113: "bad_certificate_status_response", 115: "unknown_psk_identity", 116: "certificate_required",
    120: "no_application_protocol",
}  # fmt: skip
"""Alert descriptions of RFC 8446 section 6 and its predecessors."""
METHODS = (b"GET ", b"HEAD ", b"PUT ", b"POST ", b"DELETE ", b"OPTIONS ", b"PATCH ", b"CONNECT ")
MAX_TEXT = 200
"""Characters of a path or name that are kept."""


class Message(NamedTuple):
    """A DNS message: the question, and for a reply its code and answers."""

    ident: int
    reply: bool
    name: str
    """Absolute, or ending in ``…`` where strace cut it."""
    type: str
    rcode: str
    answer: tuple[ResourceRecord, ...]
    whole: bool


class Hello(NamedTuple):
    """A ClientHello: the server's name (SNI) and the protocols offered (ALPN)."""

    name: str
    protocols: tuple[str, ...]
    whole: bool
    """False when it was cut before all extensions were seen."""


class Alert(NamedTuple):
    """A TLS alert in the clear."""

    fatal: bool
    name: str


class HttpRequest(NamedTuple):
    """A plain HTTP request, without query and headers."""

    method: str
    path: str
    host: str


def dns_message(data: bytes) -> Message | None:
    """A DNS message with one question; what is cut or malformed behind it is left out."""
    if len(data) < 13:
        return None
    ident, flags, questions, answers, _, _ = struct.unpack_from("!6H", data)
    if questions != 1 or flags >> 11 & 15:
        return None
    reply = bool(flags & QR)
    rcode = rcode_text(flags & 15) if reply else ""
    try:
        labels, at = read_name(data, 12)
        code, qclass = struct.unpack_from("!HH", data, at)
    except (WireError, struct.error):
        return Message(ident, reply, _cut_name(data), "", rcode, (), False) if data[12] < 64 else None
    if qclass != 1:
        return None
    records: list[ResourceRecord] = []
    whole, at = True, at + 4
    for _ in range(min(answers, 200) if reply else 0):
        try:
            record, at = _record(data, at)
        except (WireError, struct.error, OSError, ValueError):
            whole = False
            break
        records.append(record)
    return Message(ident, reply, name_text(labels), type_text(code), rcode, tuple(records), whole)


def _record(data: bytes, at: int) -> tuple[ResourceRecord, int]:
    """A record at an offset, and the offset behind it; data of types nobody shows here are left out."""
    labels, at = read_name(data, at)
    code, _, ttl, length = struct.unpack_from("!HHIH", data, at)
    at += 10
    end = at + length
    if end > len(data):
        raise WireError("the record is cut")
    rdata = ""
    if code == 1:
        rdata = socket.inet_ntop(socket.AF_INET, data[at:end])
    elif code == 28:
        rdata = socket.inet_ntop(socket.AF_INET6, data[at:end])
    elif code in (2, 5, 12):
        rdata = name_text(read_name(data[:end], at)[0])
    return ResourceRecord(name_text(labels), type_text(code), ttl & 0x7FFFFFFF, rdata), end


def _cut_name(data: bytes) -> str:
    """What is there of a name that was cut, and a mark."""
    at, labels = 12, []
    while at < len(data) and 0 < data[at] < 64:
        labels.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    text = ".".join(label.decode("latin-1") for label in labels if label)
    return "".join(c if c.isprintable() else "?" for c in text)[:253] + "…"


def tls_record(data: bytes) -> tuple[str, Hello | Alert | None] | None:
    """The first TLS record that says something: a hello or an alert; None for anything else."""
    if len(data) < 5 or data[1] != 3 or data[2] > 4:
        return None
    if data[0] == 22 and len(data) > 5:
        if data[5] == 1:
            return CLIENT_HELLO, client_hello(data[5:] if _one_record(data) else _joined(data))
        if data[5] == 2:
            return SERVER_HELLO, None
    if data[0] == 21 and len(data) >= 7 and data[3:5] == b"\0\2" and data[5] in (1, 2):
        return ALERT, Alert(data[5] == 2, ALERTS.get(data[6], f"alert {data[6]}"))
    return None


def _one_record(data: bytes) -> bool:
    return len(data) < 9 or int.from_bytes(data[6:9], "big") + 4 <= int.from_bytes(data[3:5], "big")


def _joined(data: bytes) -> bytes:
    """A handshake message spread over several records."""
    out, at = bytearray(), 0
    while at + 5 <= len(data) and data[at] == 22:
        size = int.from_bytes(data[at + 3 : at + 5], "big")
        out += data[at + 5 : at + 5 + size]
        at += 5 + size
    return bytes(out)


def client_hello(data: bytes) -> Hello:
    """SNI and ALPN of a ClientHello handshake message, as far as it goes."""
    name = ""
    protocols: tuple[str, ...] = ()
    try:
        at = 4 + 2 + 32
        at += 1 + data[at]  # session id
        at += 2 + _u16(data, at)  # cipher suites
        at += 1 + data[at]  # compression
        if at == len(data):  # RFC 8446: extensions may be absent in old hellos
            return Hello("", (), True)
        end = at + 2 + _u16(data, at)
        at += 2
        while at + 4 <= end:
            kind, size = _u16(data, at), _u16(data, at + 2)
            body = data[at + 4 : at + 4 + size]
            if len(body) < size:
                return Hello(name, protocols, False)
            if kind == 0 and len(body) > 5 and body[2] == 0:
                name = _text(body[5 : 5 + _u16(body, 3)])
            elif kind == 16:
                protocols = _alpn(body)
            at += 4 + size
    except IndexError:
        return Hello(name, protocols, False)
    return Hello(name, protocols, True)


def _alpn(body: bytes) -> tuple[str, ...]:
    at = 2
    out: list[str] = []
    while at < len(body) and len(out) < 16:
        out.append(_text(body[at + 1 : at + 1 + body[at]]))
        at += 1 + body[at]
    return tuple(out)


def _u16(data: bytes, at: int) -> int:
    return data[at] << 8 | data[at + 1]


def _text(data: bytes) -> str:
    return "".join(chr(b) if 0x20 < b < 0x7F else "?" for b in data)[:MAX_TEXT]


def minimal_hello(hello: Hello) -> bytes:
    """A ClientHello record that says the same name and protocols and nothing else: no session, no ticket, no keys."""
    extensions = b""
    if hello.name:
        host = hello.name.encode("ascii", "replace")
        extensions += struct.pack("!HHHBH", 0, len(host) + 5, len(host) + 3, 0, len(host)) + host
    if hello.protocols:
        names = b"".join(bytes((len(p),)) + p.encode("ascii", "replace") for p in hello.protocols)
        extensions += struct.pack("!HHH", 16, len(names) + 2, len(names)) + names
    body = b"\3\3" + bytes(32) + b"\0" + b"\0\2\x13\1" + b"\1\0" + struct.pack("!H", len(extensions)) + extensions
    return b"\x16\3\1" + struct.pack("!HB", len(body) + 4, 1) + len(body).to_bytes(3, "big") + body


def http_request(data: bytes) -> HttpRequest | None:
    """Method, path without query, and host of a plain HTTP request."""
    if not data.startswith(METHODS):
        return None
    head, *fields = data.partition(b"\r\n\r\n")[0].split(b"\r\n")
    words = head.split(b" ")
    target = words[1] if len(words) > 1 else b""
    if b"://" in target:  # to a proxy: user and password may stand before the host
        rest = target.partition(b"://")[2].partition(b"/")
        target = rest[0].rpartition(b"@")[2] + b"/" + rest[2]
    path = _text(target.split(b"?")[0].split(b"#")[0])
    host = ""
    for field in fields:
        key, _, value = field.partition(b":")
        if key.strip().lower() == b"host":
            host = _text(value.strip())
    return HttpRequest(words[0].decode("ascii"), path, host)


def http_status(data: bytes) -> int | None:
    """Status of a plain HTTP response."""
    if data[:7] in (b"HTTP/1.", b"HTTP/2 ") and len(data) >= 12 and data[9:12].isdigit():
        return int(data[9:12])
    return None
