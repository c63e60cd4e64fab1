"""Counters, and the page they are read from: Prometheus text and a health line, on loopback."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress

from .loop import EDGE_IN, IN, Loop

BUCKETS = (0.001, 0.005, 0.025, 0.1, 0.5, 1.0, 5.0)
"""Upper bounds, in seconds, of the connect time histogram."""
_READERS, _REQUEST, _PATIENCE = 16, 4096, 5.0


class Metrics:
    """Counts since the start."""

    def __init__(self) -> None:
        self.accepted: dict[str, int] = {}
        self.ended: dict[str, int] = {}
        self.up = self.down = 0
        self.paused = 0
        self.attempts = self.attempts_failed = 0
        self._connects = [0] * (len(BUCKETS) + 1)
        self._connect_sum = 0.0

    def connected(self, seconds: float) -> None:
        """An upstream answered after so long."""
        self._connect_sum += seconds
        for place, bound in enumerate(BUCKETS):
            if seconds <= bound:
                self._connects[place] += 1
                return
        self._connects[-1] += 1

    def text(self, active: int) -> str:
        """The Prometheus text form, version 0.0.4."""
        lines: list[str] = []

        def metric(name: str, kind: str, about: str, *samples: tuple[str, float]) -> None:
            lines.append(f"# HELP tabiji_relay_{name} {about}\n# TYPE tabiji_relay_{name} {kind}\n")
            lines.extend(f"tabiji_relay_{name}{labels} {value:g}\n" if isinstance(value, float)
                         else f"tabiji_relay_{name}{labels} {value}\n" for labels, value in samples)  # fmt: skip

        def by(label: str, counts: dict[str, int]) -> list[tuple[str, float]]:
            return [(f'{{{label}="{key}"}}', value) for key, value in sorted(counts.items())]

        metric("connections", "gauge", "Connections now.", ("", active))
        metric("accepted_total", "counter", "Connections accepted.", *by("listener", self.accepted))
        metric("ended_total", "counter", "Connections ended, by the reason.", *by("reason", self.ended))
        metric("bytes_total", "counter", "Bytes relayed by connections that ended, up to the upstream and down.",
               ('{direction="up"}', self.up), ('{direction="down"}', self.down))  # fmt: skip
        metric("attempts_total", "counter", "Attempts to connect upstream.", ("", self.attempts))
        metric("attempts_failed_total", "counter", "Attempts that failed.", ("", self.attempts_failed))
        metric("pauses_total", "counter", "Times accepting stopped for want of room.", ("", self.paused))
        total, samples = 0, []
        for bound, count in zip((*BUCKETS, "+Inf"), self._connects, strict=True):
            total += count
            samples.append((f'_bucket{{le="{bound}"}}', total))
        metric("connect_seconds", "histogram", "Time until the upstream answered.",
               *samples, ("_sum", self._connect_sum), ("_count", total))  # fmt: skip
        return "".join(lines)


class Page:
    """A very small HTTP server: /metrics, and /healthz for load balancers (200, or 503 while draining)."""

    def __init__(self, loop: Loop, sock: socket.socket, text: Callable[[], str], healthy: Callable[[], bool]) -> None:
        self._loop, self._sock, self._text, self._healthy = loop, sock, text, healthy
        self._readers: dict[int, tuple[socket.socket, bytes, float]] = {}
        loop.add(sock.fileno(), self, IN)

    def event(self, fd: int, mask: int) -> None:
        """A reader comes, or asks."""
        if fd == self._sock.fileno():
            self._accept()
        elif fd in self._readers:
            self._read(fd)

    def close(self) -> None:
        """Stop."""
        for fd in list(self._readers):
            self._end(fd)
        self._loop.remove(self._sock.fileno())
        self._sock.close()

    def _accept(self) -> None:
        try:
            sock, _ = self._sock.accept()
        except OSError:
            return
        sock.setblocking(False)
        for old, (_, _, since) in list(self._readers.items()):
            if self._loop.now - since > _PATIENCE:
                self._end(old)
        if len(self._readers) >= _READERS:
            sock.close()
            return
        self._readers[sock.fileno()] = (sock, b"", self._loop.now)
        self._loop.add(sock.fileno(), self, EDGE_IN)

    def _read(self, fd: int) -> None:
        sock, asked, since = self._readers[fd]
        try:
            data = sock.recv(_REQUEST)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        asked += data
        if data and b"\r\n\r\n" not in asked and len(asked) < _REQUEST:
            self._readers[fd] = (sock, asked, since)
            return
        with suppress(OSError):
            sock.send(self._answer(asked))
        self._end(fd)

    def _end(self, fd: int) -> None:
        self._loop.close(self._readers.pop(fd)[0])

    def _answer(self, asked: bytes) -> bytes:
        words = asked.partition(b"\r\n")[0].split(b" ")
        status, body = "404 Not Found", "see /metrics and /healthz\n"
        if len(words) != 3 or words[0] != b"GET":
            status, body = "400 Bad Request", "GET /metrics or /healthz\n"
        elif words[1] == b"/metrics":
            status, body = "200 OK", self._text()
        elif words[1] == b"/healthz":
            status, body = ("200 OK", "ok\n") if self._healthy() else ("503 Service Unavailable", "draining\n")
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        return (head + body).encode()
