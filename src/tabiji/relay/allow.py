"""Who may come in, and which names may be asked for."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence

from .errors import RelayError

_CACHE = 4096


class Sources:
    """Prefixes clients may connect from; ``None`` in place of words allows all."""

    def __init__(self, words: Sequence[str] | None) -> None:
        self.words = words
        self._prefixes: list[tuple[int, int, int]] = []
        self._known: dict[str, bool] = {}
        self.reload()

    def reload(self) -> None:
        """Read the lists named ``@FILE`` anew.  Raises RelayError; what held before then still holds."""
        if self.words is not None:
            self._prefixes = [_prefix(word) for word in expand(self.words)]
            self._known = {}

    def allows(self, host: str) -> bool:
        """Whether an address, in the form the kernel gives it, may come in."""
        if self.words is None:
            return True
        answer = self._known.get(host)
        if answer is None:
            if len(self._known) >= _CACHE:
                self._known.clear()
            width, value = _address(host.partition("%")[0])
            answer = any(bits == width and value >> shift == prefix for bits, shift, prefix in self._prefixes)
            self._known[host] = answer
        return answer

    def loopback(self) -> bool:
        """Whether some loopback address may come in."""
        return self.words is None or any(
            (width == 32 and prefix << shift >> 24 in (0, 127)) or (width == 128 and prefix << shift in (0, 1))
            for width, shift, prefix in self._prefixes
        )


class Names:
    """Server names that are relayed, each to itself or to a given upstream.

    A word is ``NAME``, ``*.SUFFIX`` (one or more labels in place of the star)
    or either with ``=HOST[:PORT]``; ``@FILE`` holds such words.
    """

    def __init__(self, words: Sequence[str], port: int = 443) -> None:
        self.words = words
        self._port = port
        self._exact: dict[str, tuple[str, int] | None] = {}
        self._under: dict[str, tuple[str, int] | None] = {}
        self.reload()

    def reload(self) -> None:
        """Read the lists named ``@FILE`` anew.  Raises RelayError; what held before then still holds."""
        exact: dict[str, tuple[str, int] | None] = {}
        under: dict[str, tuple[str, int] | None] = {}
        for word in expand(self.words):
            name, given, upstream = word.lower().partition("=")
            target = endpoint(upstream, self._port) if given else None
            table, name = (under, name[2:]) if name.startswith("*.") else (exact, name)
            name = name.rstrip(".")
            if "." not in name or not all(part.replace("-", "").replace("_", "").isalnum() for part in name.split(".")):
                raise RelayError(
                    f"{word}: not a host name to relay to (NAME or *.SUFFIX, with =HOST[:PORT] if elsewhere)"
                )
            table[name] = target
        if not exact and not under:
            raise RelayError("sni: no names to relay to; say sni:NAME,NAME or sni:@FILE")
        self._exact, self._under = exact, under

    def upstream(self, name: str) -> tuple[str, int] | None:
        """Host and port a server name is relayed to; None when it is not listed."""
        if name in self._exact:
            return self._exact[name] or (name, self._port)
        rest = name
        while "." in rest:
            rest = rest.partition(".")[2]
            if rest in self._under:
                return self._under[rest] or (name, self._port)
        return None


def expand(words: Iterable[str]) -> list[str]:
    """Words with commas taken apart and ``@FILE`` read (one word a line, # comments).  Raises RelayError."""
    found: list[str] = []
    for word in words:
        for part in word.split(","):
            if part.startswith("@"):
                try:
                    with open(part[1:], encoding="utf-8") as file:
                        lines = [line.partition("#")[0].strip() for line in file]
                except (OSError, UnicodeDecodeError) as error:
                    raise RelayError(f"{part[1:]}: {getattr(error, 'strerror', None) or 'not a text file'}") from None
                found += [line for line in lines if line]
            elif part.strip():
                found.append(part.strip())
    return found


def endpoint(text: str, default_port: int | None = None) -> tuple[str, int]:
    """Host and port of ``HOST:PORT``, ``[V6]:PORT``; the port may be left out where there is a default."""
    host, port = text, ""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        if not _is_v6(host) or (port and port[0] != ":"):
            raise RelayError(f"{text}: not an address and port")
        port = port[1:]
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    elif ":" in text:
        raise RelayError(f"{text}: write IPv6 as [ADDRESS]:PORT")
    if not port and default_port is not None and not text.endswith(":"):
        return _host(host, text), default_port
    if not port.isascii() or not port.isdigit() or len(port) > 5 or int(port) > 65535:
        raise RelayError(f"{text}: wants HOST:PORT, the port from 1 to 65535")
    return _host(host, text), int(port)


def _host(host: str, text: str) -> str:
    plain = host.replace("-", "").replace("_", "").replace(".", "").replace(":", "").replace("%", "")
    if not plain.isascii() or not plain.isalnum() or len(host) > 253:
        raise RelayError(f"{text}: no host name or address in it")
    return host


def _is_v6(text: str) -> bool:
    try:
        socket.inet_pton(socket.AF_INET6, text.partition("%")[0])
    except (OSError, ValueError):
        return False
    return True


def _address(text: str) -> tuple[int, int]:
    """Width in bits and value; an IPv4 address mapped into IPv6 is what it maps."""
    if ":" not in text:
        return 32, int.from_bytes(socket.inet_pton(socket.AF_INET, text), "big")
    value = int.from_bytes(socket.inet_pton(socket.AF_INET6, text), "big")
    return (32, value & 0xFFFFFFFF) if value >> 32 == 0xFFFF else (128, value)


def _prefix(word: str) -> tuple[int, int, int]:
    """Width, bits to shift away and what must be left, of a prefix or address."""
    text, _, length = word.partition("/")
    try:
        width, value = _address(text)
        size = int(length) if "/" in word else width
        if not 0 <= size <= width or (length and not length.isdigit()):
            raise ValueError
    except (OSError, ValueError):
        raise RelayError(f"{word}: not an address or prefix such as 10.0.0.0/8") from None
    if value & ((1 << (width - size)) - 1):
        raise RelayError(f"{word}: has bits set behind the prefix")
    return width, width - size, value >> (width - size)
