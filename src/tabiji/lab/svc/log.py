"""The access log: a JSON line for each thing the lab's services were asked, without secrets."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import BinaryIO

import msgspec


class Entry(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One request, connection or DNS query and what came of it.

    ``kind``: ``dns``, ``tls`` (a handshake that failed), ``http`` or ``echo``.
    ``part``: which kind of service or guest answered.  ``endpoint`` and
    ``vpc`` are what the request passed, told by its mark.  ``path`` has no
    query.  ``seconds`` is from the whole request to the answer's last byte.
    """

    time: str = ""
    kind: str
    part: str = ""
    owner: str = ""
    client: str = ""
    client_port: int = 0
    address: str = ""
    port: int = 0
    mark: int = 0
    endpoint: str = ""
    vpc: str = ""
    sni: str = ""
    host: str = ""
    method: str = ""
    path: str = ""
    service: str = ""
    region: str = ""
    operation: str = ""
    principal: str = ""
    status: int = 0
    error: str = ""
    """AWS error code, or why a handshake failed."""
    name: str = ""
    type: str = ""
    rcode: str = ""
    received: int = 0
    sent: int = 0
    seconds: float = 0.0


class AccessLog:
    """Appends lines to a file; a log that cannot be written stops no answer."""

    def __init__(self, file: BinaryIO | None = None) -> None:
        self.file = file
        self._lock = threading.Lock()
        self._encode = msgspec.json.Encoder().encode

    def write(self, entry: Entry) -> None:
        """One line, whole, whatever the number of threads."""
        if self.file is None:
            return
        entry.time = datetime.now(UTC).isoformat(timespec="microseconds")
        line = self._encode(entry) + b"\n"
        with self._lock:
            try:
                self.file.write(line)
                self.file.flush()
            except (OSError, ValueError):
                return
