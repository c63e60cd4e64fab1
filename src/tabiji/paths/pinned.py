"""Connect elsewhere and keep the name, as a line in the hosts file would, without touching that file.

It takes effect in this process only, and only while one path is measured:
paths take turns, so no other transfer is under way.
"""

from __future__ import annotations

import socket
from types import TracebackType
from typing import Any

from .way import Way


class Pinned:
    """While entered, ``host`` and names under it are found at the way's address.

    ``strays`` are other names that were asked for: a redirect past the path.
    """

    def __init__(self, way: Way, host: str) -> None:
        self._way = way
        self._host = host.lower()
        self.strays: set[str] = set()

    def __enter__(self) -> Pinned:
        self._find = socket.getaddrinfo
        if self._way.address:
            socket.getaddrinfo = self._found
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        socket.getaddrinfo = self._find

    def _found(self, host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        name = host.decode("ascii") if isinstance(host, bytes) else str(host)
        if name.lower() == self._host or name.lower().endswith(f".{self._host}"):
            return self._find(self._way.address, self._way.port or port, *rest, **named)
        self.strays.add(name)
        return self._find(host, port, *rest, **named)
