"""A line on a terminal that says how far it is; nothing anywhere else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TextIO

_EVERY = 0.1
"""Seconds between two drawings."""
_BAR = 24


class Bar:
    """The bytes of all transfers together as a bar; ``say`` words what is under way (direction, path, round)."""

    def __init__(self, out: TextIO, say: Callable[[str, str, int], str]) -> None:
        self._out, self._whole, self._say = out, 1, say
        self._shown = out.isatty()
        self._done, self._what, self._last = 0, "", 0.0
        self._lock = threading.Lock()

    def expect(self, size: int) -> None:
        """So many bytes will go in all."""
        self._whole = max(1, size)

    def step(self, what: str, name: str, round_: int) -> None:
        """A transfer begins."""
        with self._lock:
            self._what = self._say(what, name, round_)
            self._draw()

    def moved(self, size: int) -> None:
        """So many bytes went, in any thread."""
        with self._lock:
            self._done += size
            if time.monotonic() - self._last >= _EVERY:
                self._draw()

    def close(self) -> None:
        """Take the line away."""
        with self._lock:
            if self._shown:
                self._out.write("\r\x1b[K")
                self._out.flush()
            self._shown = False

    def _draw(self) -> None:
        if not self._shown:
            return
        self._last = time.monotonic()
        part = min(1.0, self._done / self._whole)
        bar = "#" * round(part * _BAR)
        self._out.write(f"\r\x1b[K[{bar:.<{_BAR}}] {part:4.0%}  {self._what}")
        self._out.flush()
