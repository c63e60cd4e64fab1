"""The event loop: edge-triggered epoll in one thread (RL30).

Events are hints: who is woken tries, and finds out.  So an event that comes
for a connection already closed in the same turn does no harm; sockets are
closed at the end of a turn so that their numbers are not taken meanwhile.
"""

from __future__ import annotations

import math
import select
import time
from collections.abc import Callable
from typing import Protocol

IN = select.EPOLLIN
OUT = select.EPOLLOUT
ENDED = select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR
FAILED = select.EPOLLHUP | select.EPOLLERR
EDGE_IN = select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLET
EDGE_BOTH = EDGE_IN | select.EPOLLOUT


class Handler(Protocol):
    """Gets the events of the descriptors registered for it."""

    def event(self, fd: int, mask: int) -> None:
        """Something may have happened on ``fd``."""


class Closable(Protocol):
    """A socket, as far as closing it goes."""

    def fileno(self) -> int:
        """Its number."""

    def close(self) -> None:
        """Give the number back."""


class Again(Protocol):
    """Work that used up its share of a turn."""

    def pump(self) -> None:
        """Go on."""


class Loop:
    """Descriptors and who handles them; ``now`` is the monotonic time at the start of the turn."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._handlers: dict[int, Callable[[int, int], None]] = {}
        self._closing: list[Closable] = []
        self._timers: list[tuple[float, Callable[[], float | None]]] = []
        self._next = math.inf
        self.again: list[Again] = []
        self.now = time.monotonic()
        self.running = True
        self.end_of_turn: list[Callable[[], None]] = []

    def add(self, fd: int, handler: Handler, mask: int) -> None:
        """Send the events of a descriptor to ``handler``."""
        self._handlers[fd] = handler.event
        self._epoll.register(fd, mask)

    def hand(self, fd: int, work: Callable[[int, int], None]) -> None:
        """Send the events of a registered descriptor to another function."""
        self._handlers[fd] = work

    def change(self, fd: int, mask: int) -> None:
        """Ask for other events."""
        self._epoll.modify(fd, mask)

    def remove(self, fd: int) -> None:
        """Send no more events of a descriptor that stays open."""
        if self._handlers.pop(fd, None) is not None:
            self._epoll.unregister(fd)

    def close(self, thing: Closable) -> None:
        """Close a socket at the end of the turn; the kernel takes it out of epoll by itself."""
        self._closing.append(thing)

    def every(self, work: Callable[[], float | None], delay: float) -> None:
        """Call ``work`` after ``delay`` seconds; it returns the delay to the next call, or None for none."""
        self._timers.append((self.now + delay, work))
        self._next = min(self._next, self.now + delay)

    def run(self) -> None:
        """Turn until ``running`` is false."""
        poll, handlers, clock = self._epoll.poll, self._handlers, time.monotonic
        while self.running:
            if self.again:
                timeout = 0.0
            elif self._timers:
                timeout = max(0.0, self._next - clock())
            else:
                timeout = -1.0
            events = poll(timeout, 128)
            self.now = clock()
            for fd, mask in events:
                work = handlers.get(fd)
                if work is not None:
                    work(fd, mask)
            if self.again:
                again, self.again = self.again, []
                for more in again:
                    more.pump()
            if self._next <= self.now:
                self._run_timers()
            if self._closing:
                self._close()
            for call in self.end_of_turn:
                call()

    def _run_timers(self) -> None:
        due = [timer for timer in self._timers if timer[0] <= self.now]
        self._timers = [timer for timer in self._timers if timer[0] > self.now]
        for _, work in due:
            delay = work()
            if delay is not None:
                self._timers.append((self.now + delay, work))
        self._next = min((when for when, _ in self._timers), default=math.inf)

    def _close(self) -> None:
        closing, self._closing = self._closing, []
        for thing in closing:
            self._handlers.pop(thing.fileno(), None)
            thing.close()

    def shut(self) -> None:
        """Close what is left to close, and epoll itself."""
        self._close()
        self._epoll.close()
