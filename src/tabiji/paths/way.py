"""A path as it is written: ``direct``, ``NAME=https://ENDPOINT`` or ``NAME=ADDRESS[:PORT]``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from .errors import PathsError

DIRECT = "direct"


class Way(NamedTuple):
    """One path.

    ``endpoint``: the URL asked instead of the usual one, and so another name.
    ``address``: where to connect, with the usual name kept in TLS and HTTP,
    as a line in the hosts file would; ``port`` 0 keeps the usual port.
    """

    name: str
    endpoint: str = ""
    address: str = ""
    port: int = 0

    def text(self) -> str:
        """Where it leads, as it was written."""
        if self.endpoint:
            return self.endpoint
        if not self.address:
            return DIRECT
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{self.port}" if self.port else host


def ways_of(words: Sequence[str]) -> list[Way]:
    """The paths of ``--via`` words, in their order.  Raises PathsError."""
    ways = [way_of(word) for word in words]
    for number, way in enumerate(ways):
        if any(other.name == way.name for other in ways[:number]):
            raise PathsError(f"--via {way.name}: two paths of this name")
    return ways


def way_of(word: str) -> Way:
    """One path.  Raises PathsError."""
    if word == DIRECT:
        return Way(DIRECT)
    name, given, where = word.partition("=")
    if not given or not name.strip() or not name.isprintable() or not where:
        raise PathsError(f"--via {word}: wants direct, NAME=https://ENDPOINT or NAME=ADDRESS[:PORT]")
    if "://" in where:
        return Way(name, endpoint=_endpoint(word, where))
    address, port = _address(word, where)
    return Way(name, address=address, port=port)


def _endpoint(word: str, url: str) -> str:
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        fine = False
    if not fine or parts.username is not None or parts.query or parts.fragment:
        raise PathsError(f"--via {word.partition('=')[0]}: not an endpoint URL such as https://HOST[:PORT]")
    return url


def _address(word: str, where: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{where}" if where.count(":") < 2 or where.startswith("[") else f"//[{where}]")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.path or parts.username is not None or parts.query or port == 0:
        raise PathsError(f"--via {word}: not an ADDRESS[:PORT]")
    return host, port or 0
