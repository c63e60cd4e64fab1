"""Text out of a HAR made fit to show: no terminal escapes, no secrets."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import unquote_plus

_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?\.?", re.A)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.:$-]{0,95}", re.A)
_SECRETS = (
    re.compile(r"\b(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{12,}"),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]+)?"),
    re.compile(r"(?i)\b(?:bearer|basic)\s+[\w.~+/=-]{8,}"),
    re.compile(r"(?i)\bX-Amz-(?:Signature|Credential|Security-Token)\s*[=:]\s*[^\s&\"']+"),
    re.compile(r"(?i)\b(?:token|signature|secret|password|credential)\s*[=:]\s*[^\s&\"',;]+"),
    re.compile(r"(?<![A-Za-z0-9+/_=-])(?=[A-Za-z+/_=-]*\d)[A-Za-z0-9+/_=-]{40,}"),
)
_USERS = re.compile(r"(\b(?:assumed-role/[\w+=,.@-]+|user|federated-user)/)[^\s\"',:]+")
HIDDEN = "[hidden]"
RFC1918 = ((0x0A000000, 0xFF000000), (0xAC100000, 0xFFF00000), (0xC0A80000, 0xFFFF0000))


def shown(text: object, limit: int = 120) -> str:
    """One line of printable text, at most ``limit`` characters; secrets that look like such are hidden."""
    if not isinstance(text, str):
        return ""
    text = printable(text[: limit * 8])
    for pattern in _SECRETS:
        text = pattern.sub(HIDDEN, text)
    text = _USERS.sub(lambda m: m.group(1) + HIDDEN, text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def printable(text: str) -> str:
    """The text without control, format, surrogate and bidirectional characters; white space is one space."""
    return " ".join("".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in text).split())


def word(text: object) -> str:
    """The text if it is the name of an operation, action or header value of that kind, else nothing."""
    return text if isinstance(text, str) and _WORD.fullmatch(text) and shown(text) == text else ""


def host_of(text: str) -> str:
    """A host name or address in lower case, or nothing."""
    text = text.lower()
    if _HOST.fullmatch(text):
        return text.rstrip(".")
    return address_of(text.strip("[]"))


def address_of(text: object) -> str:
    """An IP address in its usual form, or nothing."""
    return _address_of(text) if isinstance(text, str) and 1 < len(text) < 60 else ""


@lru_cache(maxsize=1024)
def _address_of(text: str) -> str:
    try:
        return str(ip_address(text.strip("[]")))
    except ValueError:
        return ""


def is_private(address: str) -> bool:
    """RFC 1918?  (Documentation ranges are not, unlike ``ipaddress.is_private`` has it.)"""
    parts = address.split(".")
    if len(parts) != 4:
        return False
    value = 0
    for part in parts:
        value = value << 8 | int(part)
    return any(value & mask == base for base, mask in RFC1918)


def query_of(text: str) -> list[tuple[str, str]]:
    """Names and values of a query or form, at most 200 of them."""
    out = []
    for part in text[: 1 << 16].split("&", 200)[:200]:
        name, _, value = part.partition("=")
        if name:
            out.append((unquote_plus(name), unquote_plus(value)))
    return out
