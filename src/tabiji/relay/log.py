"""What the relay says: lines for people by level, and one record for each connection (RL39).

No line ever holds payload; server names are checked to be host names before
they get here.
"""

from __future__ import annotations

import sys
import time
from typing import Any, TextIO

_MOST = 50
"""Lines of failure a second; what comes on top is counted and told once."""


class Log:
    """Diagnostics on standard error by level, the access log where asked for.

    Level 0: start, end, failures; 1: connections; 2: names, addresses and
    attempts; 3: ends and changes of each direction.
    """

    def __init__(
        self, level: int = 0, access: str | None = None, form: str = "text", out: TextIO | None = None
    ) -> None:
        self.level = level
        self._json = form == "json"
        self._path = access
        self._out = sys.stderr if out is None else out
        self._access = self._open()
        self._lines: list[str] = []
        self._records: list[str] = []
        self._second, self._said, self._unsaid = 0, 0, 0
        self.connections = level >= 1 or access is not None
        """Whether connections are written at all."""

    def _open(self) -> TextIO | None:
        if self._path is None:
            return None
        return sys.stdout if self._path == "-" else open(self._path, "a", encoding="utf-8")

    def reopen(self) -> None:
        """Open the access log again, as one that was renamed away wants."""
        if self._path not in (None, "-"):
            fresh = self._open()
            assert self._access is not None
            self._access.close()
            self._access = fresh

    def say(self, level: int, text: str) -> None:
        """A line for people."""
        if level <= self.level:
            self._lines.append(f"{_stamp()} {text}\n")

    def fail(self, text: str) -> None:
        """A line on something that went wrong with one connection; written at every level, but not without end."""
        second = int(time.time())
        if second != self._second:
            if self._unsaid:
                self._lines.append(f"{_stamp()} {self._unsaid} more failures, not written\n")
            self._second, self._said, self._unsaid = second, 0, 0
        if self._said >= _MOST:
            self._unsaid += 1
            return
        self._said += 1
        self._lines.append(f"{_stamp()} {text}\n")

    def accepted(self, client: str, listener: str) -> None:
        """A client came in."""
        line = f"{_stamp()} accepted TCP {client} on {listener}\n"
        if self.level >= 1:
            self._lines.append(line)
        if self._access is not None and not self._json:
            self._records.append(line)

    def closed(self, record: dict[str, Any]) -> None:
        """A connection ended; times in the record are milliseconds."""
        if self._access is not None and self._json:
            import json

            self._records.append(json.dumps({"time": _stamp(), "event": "closed", **record}) + "\n")
            if self.level < 1:
                return
        to = f" -> {record['upstream']}" if record["upstream"] else ""
        if record["address"]:
            to += f" ({record['address']})"
        sni = f" sni {record['sni']}" if record["sni"] else ""
        connect = f" connect {record['connect_ms']} ms," if record["connect_ms"] is not None else ""
        line = (
            f"{_stamp()} closed TCP {record['client']} on {record['listener']}{to}{sni}: {record['end']},"
            f" up {record['bytes_up']} down {record['bytes_down']} bytes,{connect} whole {record['duration_ms']} ms\n"
        )
        if self.level >= 1:
            self._lines.append(line)
        if self._access is not None and not self._json:
            self._records.append(line)

    def flush(self) -> None:
        """Write what was said in this turn; a log that cannot be written does not stop the relay."""
        try:
            if self._lines:
                lines, self._lines = "".join(self._lines), []
                self._out.write(lines)
                self._out.flush()
            if self._records:
                records, self._records = "".join(self._records), []
                assert self._access is not None
                self._access.write(records)
                self._access.flush()
        except (OSError, ValueError):
            pass

    def close(self) -> None:
        """Write what is left."""
        self.flush()
        if self._access is not None and self._access is not sys.stdout:
            self._access.close()


def _stamp() -> str:
    now = time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}Z"
