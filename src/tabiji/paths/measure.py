"""Rounds: every path once, then every path again; the times, and what failed."""

from __future__ import annotations

import signal
import statistics
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from .errors import NothingError, TransferError
from .payload import Payload, digest_of
from .store import Store
from .way import Way

UPLOAD, DOWNLOAD = "upload", "download"
VERSION = 1


class Progress(Protocol):
    """Is told what goes on."""

    def expect(self, size: int) -> None:
        """So many bytes will go in all."""

    def step(self, what: str, name: str, round_: int) -> None:
        """A transfer begins."""

    def moved(self, size: int) -> None:
        """So many bytes went, in any thread."""


@dataclass
class Row:
    """What one path took; seconds of each round, and why it was given up (direction, round from 1, reason)."""

    way: Way
    upload: list[float] = field(default_factory=list)
    download: list[float] = field(default_factory=list)
    failed: tuple[str, int, str] | None = None


@dataclass
class Outcome:
    """All rows; ``left`` is what could not be taken out of the bucket again."""

    rows: list[Row]
    size: int
    rounds: int
    bucket: str
    interrupted: bool = False
    left: list[str] = field(default_factory=list)


@dataclass
class Task:
    """What is moved: a payload up and down again, or an object that is there (``key``) down."""

    store: Store
    rounds: int
    folder: Path
    payload: Payload | None = None
    key: str = ""


def measure(task: Task, ways: Sequence[Way], progress: Progress) -> Outcome:
    """Take turns.  A path that fails is not tried again; the others go on.  Ctrl-C ends it with what there is.

    Whatever was put into the bucket is taken away again, also after Ctrl-C.  Raises NothingError where no path
    can tell the size of the object.
    """
    outcome = Outcome([Row(way) for way in ways], 0, task.rounds, task.store.bucket)
    try:
        outcome.size = task.payload.size if task.payload else _size(task, ways)
        progress.expect(outcome.size * task.rounds * len(ways) * (2 if task.payload else 1))
        expected = task.payload.digest if task.payload else b""
        for number in range(task.rounds):
            start = number % len(ways)  # nobody is always first
            for row in outcome.rows[start:] + outcome.rows[:start]:
                if row.failed is None:
                    expected = _turn(task, row, number + 1, expected, progress)
    except KeyboardInterrupt:
        outcome.interrupted = True
    finally:
        with _undisturbed():
            outcome.left = task.store.clean(ways)
    return outcome


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A second Ctrl-C waits: half of an upload in a bucket costs money unseen."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _size(task: Task, ways: Sequence[Way]) -> int:
    why = ""
    for way in ways:
        try:
            return task.store.size(way, task.key)
        except TransferError as error:
            why = why or str(error)
    raise NothingError(f"s3://{task.store.bucket}/{task.key}: {why}")


def _turn(task: Task, row: Row, number: int, expected: bytes, progress: Progress) -> bytes:
    """One path, one round; the checksum that holds for the next."""
    doing = UPLOAD if task.payload else DOWNLOAD
    try:
        if task.payload:
            progress.step(UPLOAD, row.way.name, number)
            row.upload.append(task.store.upload(row.way, task.payload.path, progress.moved))
        doing = DOWNLOAD
        progress.step(DOWNLOAD, row.way.name, number)
        target = task.folder / "came"
        took = task.store.download(row.way, task.key or task.store.key_of(row.way), target, progress.moved)
        got = digest_of(target)
        target.unlink()
        if expected and got != expected:
            raise TransferError("what came is not what was sent (SHA-256 differs)")
        row.download.append(took)
        return got
    except TransferError as error:
        row.failed = (doing, number, str(error))
    return expected


def document(outcome: Outcome, source: str) -> dict[str, Any]:
    """The outcome as JSON has it; times in seconds, speeds in Mbit/s of medians."""
    return {
        "format": "tabiji-bench-paths",
        "version": VERSION,
        "from": source,
        "bucket": outcome.bucket,
        "size": outcome.size,
        "rounds": outcome.rounds,
        "interrupted": outcome.interrupted,
        "left": outcome.left,
        "paths": [
            {
                "name": row.way.name,
                "via": row.way.text(),
                UPLOAD: _summary(row.upload, outcome.size),
                DOWNLOAD: _summary(row.download, outcome.size),
                "failed": dict(zip(("while", "round", "why"), row.failed, strict=True)) if row.failed else None,
            }
            for row in outcome.rows
        ],
    }


def _summary(seconds: list[float], size: int) -> dict[str, Any] | None:
    if not seconds:
        return None
    middle = statistics.median(seconds)
    return {
        "seconds": [round(one, 4) for one in seconds],
        "median": round(middle, 4),
        "least": round(min(seconds), 4),
        "most": round(max(seconds), 4),
        "mbit_s": round(size * 8 / middle / 1e6, 1),
    }
