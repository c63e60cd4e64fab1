"""The few fields of an X.509 certificate a person asks for, from its DER octets.

The standard library tells them only of certificates it has verified; a probe
wants them just when verification failed.  Octets come from a stranger: every
length is checked, and what is malformed raises ``CertificateError``.
"""

from __future__ import annotations

import socket

import msgspec

_SEQUENCE, _SET, _OID, _CONTEXT0, _CONTEXT3 = 0x30, 0x31, 0x06, 0xA0, 0xA3
_COMMON_NAME, _ORGANISATION, _ALT_NAMES = b"\x55\x04\x03", b"\x55\x04\x0a", b"\x55\x1d\x11"
_TEXTS = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1E: "utf-16-be"}
MAX_NAMES = 200


class CertificateError(ValueError):
    """The octets are no certificate."""


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a certificate is for and who signed it."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    """DNS names and addresses it covers; the subject's common name when it lists none."""
    not_before: str = ""
    not_after: str = ""


def read_certificate(der: bytes) -> Certificate:
    """The fields of a certificate.  Raises CertificateError."""
    try:
        outer = _children(_value(der, 0, _SEQUENCE))
        fields = _children(outer[0][1])
        if fields[0][0] == _CONTEXT0:  # the version
            del fields[0]
        issuer, validity, subject = fields[2][1], _children(fields[3][1]), fields[4][1]
        names: list[str] = []
        for tag, value in fields[6:]:
            if tag == _CONTEXT3:
                names = _alternatives(value)
        common = _name(subject)
        return Certificate(
            subject=common,
            issuer=_name(issuer),
            names=tuple(names) or ((common,) if common else ()),
            not_before=_date(*validity[0]),
            not_after=_date(*validity[1]),
        )
    except (IndexError, UnicodeDecodeError, OSError) as error:
        raise CertificateError("not a certificate") from error


def _item(data: bytes, at: int) -> tuple[int, bytes, int]:
    """Tag and value of the item at an offset, and the offset behind it."""
    tag, size = data[at], data[at + 1]
    at += 2
    if size & 0x80:
        count = size & 0x7F
        if not 1 <= count <= 4:
            raise CertificateError("a length is malformed")
        size = int.from_bytes(data[at : at + count], "big")
        at += count
    if at + size > len(data):
        raise CertificateError("an item runs over the end")
    return tag, data[at : at + size], at + size


def _value(data: bytes, at: int, wanted: int) -> bytes:
    tag, value, _ = _item(data, at)
    if tag != wanted:
        raise CertificateError("an unexpected kind of item")
    return value


def _children(data: bytes) -> list[tuple[int, bytes]]:
    at, out = 0, []
    while at < len(data):
        tag, value, at = _item(data, at)
        out.append((tag, value))
    return out


def _name(data: bytes) -> str:
    """Common name of a distinguished name, else its organisation."""
    found: dict[bytes, str] = {}
    for tag, group in _children(data):
        if tag != _SET:
            continue
        for _, pair in _children(group):
            parts = _children(pair)
            if parts[0][0] == _OID and parts[1][0] in _TEXTS:
                found.setdefault(parts[0][1], _clean(parts[1][1].decode(_TEXTS[parts[1][0]], "replace")))
    return found.get(_COMMON_NAME) or found.get(_ORGANISATION, "")


def _alternatives(data: bytes) -> list[str]:
    out: list[str] = []
    for _, extension in _children(_value(data, 0, _SEQUENCE)):
        parts = _children(extension)
        if parts[0] != (_OID, _ALT_NAMES):
            continue
        for tag, value in _children(_value(parts[-1][1], 0, _SEQUENCE))[:MAX_NAMES]:
            if tag == 0x82:
                out.append(_clean(value.decode("ascii", "replace")))
            elif tag == 0x87 and len(value) in (4, 16):
                out.append(socket.inet_ntop(socket.AF_INET if len(value) == 4 else socket.AF_INET6, value))
    return out


def _date(tag: int, value: bytes) -> str:
    """``2026-01-31T12:00:00Z`` from UTCTime or GeneralizedTime."""
    digits = value.decode("ascii").rstrip("Z")
    if tag == 0x17:
        digits = ("20" if digits < "50" else "19") + digits
    if len(digits) != 14 or not digits.isdigit():
        return ""
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}T{digits[8:10]}:{digits[10:12]}:{digits[12:]}Z"


def _clean(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)[:253]
