"""Domain names as text: absolute, lower-case, with a trailing dot; and the reverse names of addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..packet.address import AddressError, format_address, is_v6, parse_address

if TYPE_CHECKING:
    from collections.abc import Iterator


class BadName(ValueError):
    """The text cannot be a domain name."""


def absolute(text: str) -> str:
    """The name in the one form used inside: lower-case, ``\\052`` read as ``*``, trailing dot.  Raises BadName."""
    if not text.isascii():
        try:
            text = text.encode("idna").decode()
        except UnicodeError as error:
            raise BadName(f"{text!r} is not a domain name") from error
    name = text.lower()
    if "\\" in name:
        name = _unescape(name)
    if name in ("", "."):
        return "."
    if name[-1] != ".":
        name += "."
    if name[0] == "." or ".." in name or len(name) > 254 or max(map(len, name.split("."))) > 63:
        raise BadName(f"{text!r} is not a domain name")
    return name


def lenient(text: str) -> str:
    """The name, or nothing where a record holds what is no name."""
    try:
        return absolute(text)
    except BadName:
        return ""


def _unescape(name: str) -> str:
    """Route 53 prints special characters as octal (``\\052`` is the wildcard's asterisk)."""
    head, *rest = name.split("\\")
    for part in rest:
        code = part[:3]
        if code.isdigit() and all(c in "01234567" for c in code) and 32 < int(code, 8) < 127 and code != "056":
            head += chr(int(code, 8)) + part[3:]
        else:
            head += "\\" + part
    return head


def suffixes(name: str) -> Iterator[str]:
    """The name itself, each of its parents, and last the root."""
    while name and name != ".":
        yield name
        name = name[name.index(".") + 1 :]
    yield "."


def under(name: str, suffix: str) -> bool:
    """Is the name the suffix or below it (N2.4a)?"""
    return suffix == "." or name == suffix or name.endswith("." + suffix)


def labels(name: str) -> list[str]:
    """Labels from the left, without the root."""
    return name[:-1].split(".") if name != "." else []


def reverse_name(address: int) -> str:
    """The in-addr.arpa or ip6.arpa name of an address."""
    if is_v6(address):
        digits = f"{address:032x}"
        return ".".join(reversed(digits)) + ".ip6.arpa."
    return ".".join(reversed(format_address(address).split("."))) + ".in-addr.arpa."


def reversed_address(name: str) -> int | None:
    """The address a full reverse name stands for; None for any other name."""
    if name.endswith(".in-addr.arpa."):
        parts = labels(name)[:-2]
        if len(parts) != 4:
            return None
        text = ".".join(reversed(parts))
    elif name.endswith(".ip6.arpa."):
        parts = labels(name)[:-2]
        if len(parts) != 32 or any(len(p) != 1 for p in parts):
            return None
        digits = "".join(reversed(parts))
        text = ":".join(digits[i : i + 4] for i in range(0, 32, 4))
    else:
        return None
    try:
        return parse_address(text)
    except AddressError:
        return None


def is_v6_text(address: str) -> bool:
    """Is this address text IPv6?"""
    return ":" in address
