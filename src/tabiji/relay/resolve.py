"""Upstream names to addresses: asked again and again, kept only for moments (RL36)."""

from __future__ import annotations

import os
import queue
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from .loop import EDGE_IN, Loop

Address = tuple[int, tuple[str, int] | tuple[str, int, int, int]]
"""Family and socket address."""
Waiter = Callable[[list[Address]], None]
_THREADS = 4
_STALE = 60.0
"""Seconds an answer serves after a failure to get a newer one."""


class Resolver:
    """Asks the system's resolver in threads, so that a slow name server holds nobody else up."""

    def __init__(self, loop: Loop, keep: float) -> None:
        self._loop = loop
        self._keep = keep
        self._known: dict[tuple[str, int], tuple[float, list[Address]]] = {}
        self._waiting: dict[tuple[str, int], list[Waiter]] = {}
        self._asked: queue.SimpleQueue[tuple[str, int] | None] = queue.SimpleQueue()
        self._answers: deque[tuple[tuple[str, int], list[Address]]] = deque()
        self._threads = 0
        self._wake_in, self._wake_out = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        loop.add(self._wake_in, self, EDGE_IN)

    def find(self, host: str, port: int, waiter: Waiter) -> None:
        """Call ``waiter``, now or later, with the addresses in the order to try them; none when it failed."""
        key = (host, port)
        known = self._known.get(key)
        if known and known[0] > self._loop.now:
            waiter(known[1])
            return
        literal = _literal(host, port)
        if literal:
            self._known[key] = (float("inf"), literal)
            waiter(literal)
            return
        if key in self._waiting:
            self._waiting[key].append(waiter)
            return
        self._waiting[key] = [waiter]
        if self._threads < _THREADS:
            self._threads += 1
            threading.Thread(target=self._work, daemon=True).start()
        self._asked.put(key)

    def event(self, fd: int, mask: int) -> None:
        """Answers have come."""
        with suppress(BlockingIOError):
            os.read(self._wake_in, 4096)
        while self._answers:
            key, found = self._answers.popleft()
            known = self._known.get(key)
            if found:
                if len(self._known) > 10_000:
                    self._known.clear()
                self._known[key] = (self._loop.now + self._keep, found)
            elif known and known[0] + _STALE > self._loop.now:
                found = known[1]
            for waiter in self._waiting.pop(key, ()):
                waiter(found)

    def close(self) -> None:
        """Let the threads end."""
        for _ in range(self._threads):
            self._asked.put(None)
        self._loop.remove(self._wake_in)
        os.close(self._wake_in)
        # The writing end stays open: a thread that waits for a name server may still write to it.

    def _work(self) -> None:
        while True:
            key = self._asked.get()
            if key is None:
                return
            try:
                found = socket.getaddrinfo(key[0], key[1], type=socket.SOCK_STREAM)
            except (OSError, UnicodeError):
                found = []
            self._answers.append((key, _interleave([(int(one[0]), one[4]) for one in found])))  # type: ignore[misc]
            with suppress(OSError):  # full (it will wake anyway), or the relay has ended
                os.write(self._wake_out, b"x")


def _literal(host: str, port: int) -> list[Address]:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except OSError:
            continue
        return [(int(family), (host, port))]
    return []


def _interleave(found: list[Address]) -> list[Address]:
    """Families in turn, beginning with the one the system puts first (RFC 8305 4)."""
    if not found:
        return []
    first = [one for one in found if one[0] == found[0][0]]
    other = [one for one in found if one[0] != found[0][0]]
    mixed: list[Address] = []
    while first or other:
        for family in (first, other):
            if family:
                mixed.append(family.pop(0))
    return mixed
