"""The lab's log: standard error of its processes, which is a file of the lab's directory."""

from __future__ import annotations

import os
import sys
import time

LIMIT = 1 << 20
"""Bytes it may grow to before it starts anew."""


def log(text: str) -> None:
    """A line of the lab's log, which starts anew when it has grown too long."""
    try:
        if os.fstat(2).st_size > LIMIT:
            os.ftruncate(2, 0)
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        os.write(2, f"{when} {' '.join(text.split())}\n".encode())
    except OSError:
        pass


def log_exception() -> None:
    """What went wrong and where, in the log."""
    import traceback

    kind, error, trail = sys.exc_info()
    for line in traceback.format_exception(kind, error, trail):
        for part in line.rstrip().split("\n"):
            log(f"| {part}")
