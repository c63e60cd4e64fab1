"""Lines of a strace log: who called what, when, and what came back.

One line is one event in all the dialects strace writes (``-f`` with pids on
standard error or in a file, ``-t -tt -ttt -r -T``, ``-i -n -k``, comm names
beside pids).  A call that another process's line interrupted (``<unfinished
...>`` and ``<... resumed>``) is put together again.  What is no event is
counted, never fatal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

MAX_LINE = 1 << 18
"""Octets of a line that are read; the rest of a longer one is skipped."""
MAX_UNFINISHED = 4096
"""Calls kept waiting for their end; more are not waited for."""
_DAY = 86400.0


class Call(NamedTuple):
    """A finished system call."""

    pid: int
    """0 in a log without pids."""
    time: float | None
    """Seconds of whatever clock the log has; None without one."""
    name: str
    args: str
    result: int | None
    """None where strace shows ``?``."""
    error: str
    """``ECONNREFUSED``..., or nothing."""
    detail: str
    """What stands behind the result, as in ``(Timeout)`` or ``<TCP:[1]>``."""
    duration: float | None
    end: float | None


class Exit(NamedTuple):
    """A process or thread ended: ``code`` or ``signal``."""

    pid: int
    time: float | None
    code: int | None
    signal: str


_HEAD = re.compile(
    r"(?:\[pid\s+(?P<bracket>\d{1,10})(?:<[^>]*>)?\]\s+|(?P<pid>\d{1,10})(?:<[^>]*>)?\s+(?=\S))?"
    r"(?:(?P<clock>\d\d:\d\d:\d\d(?:\.\d{1,12})?)\s+|(?P<seconds>\d{1,12}\.\d{1,12})\s+)?"
    r"(?:\(\+\s*[\d.]+\)\s+)?"
    r"(?:\[\s*(?:\d+|[0-9a-f?]{8,16})\]\s+){0,2}"
)
_CALL = re.compile(r"([a-zA-Z_]\w*)\((.*)\)\s*= (0x[0-9a-f]{1,16}|-?\d{1,20}|\?)(.*)", re.DOTALL)
_UNFINISHED = re.compile(r"([a-zA-Z_]\w*)\((.*?)\s*<unfinished \.\.\.>(?:\)?\s*= \?)?\s*", re.DOTALL)
_RESUMED = re.compile(r"<\.\.\. (?:([a-zA-Z_]\w*) )?resumed>,?\s?(.*)", re.DOTALL)
_EXIT = re.compile(r"\+\+\+ (?:exited with (\d{1,10})|killed by (SIG\w+)(?: \(core dumped\))?) \+\+\+")
_TOOK = re.compile(r"\s*<(\d{1,12}\.\d{1,12})>\s*\Z")
_ERROR = re.compile(r"\s+(E[A-Z0-9]+)\b")
_QUIET = ("--- ", "+++ ", " > ", "strace: ", ">", "???")
"""Lines that are part of a log and say nothing here: signals, stacks, strace's own words."""


class Log:
    """Events of a log, line by line, with counters.

    ``lines`` were read, ``malformed`` of them made no sense, ``timed`` says
    whether the log has a clock.
    """

    def __init__(self) -> None:
        self.lines = 0
        self.malformed = 0
        self.cut = 0
        """Lines too long, read in part."""
        self.timed = False
        self.first: float | None = None
        self.last: float | None = None
        self._unfinished: dict[int, tuple[str, str, float | None]] = {}
        self._days = 0.0
        self._clock = -1.0
        self._relative = 0.0
        self._epoch: bool | None = None

    def events(self, lines: Iterable[str]) -> Iterator[Call | Exit]:
        """Every event of some lines."""
        for line in lines:
            event = self.feed(line)
            if event is not None:
                yield event

    def feed(self, line: str) -> Call | Exit | None:
        """The event a line completes, if it does."""
        self.lines += 1
        line = line.rstrip("\n")
        bare = line.lstrip()
        if not bare:
            return None
        head = _HEAD.match(bare)
        assert head is not None  # every part of it may be missing
        rest = bare[head.end() :]
        pid = int(head["bracket"] or head["pid"] or 0)
        time = self._time(head["clock"], head["seconds"])
        if rest.startswith("<..."):
            return self._resumed(pid, time, rest)
        if rest.startswith("+++"):
            return self._exit(pid, time, rest)
        if rest.endswith(("<unfinished ...>", "<unfinished ...>) = ?")) or "<unfinished ...>" in rest[-40:]:
            found = _UNFINISHED.fullmatch(rest)
            if found:
                if len(self._unfinished) < MAX_UNFINISHED or pid in self._unfinished:
                    self._unfinished[pid] = (found[1], found[2], time)
                return None
        call = _CALL.fullmatch(rest)
        if call:
            return self._call(pid, time, time, call[1], call[2], call[3], call[4])
        if not rest.startswith(_QUIET):
            self.malformed += 1
        return None

    def _call(
        self, pid: int, start: float | None, now: float | None, name: str, args: str, result: str, tail: str
    ) -> Call:
        took = _TOOK.search(tail)
        duration = None
        if took:
            duration, tail = float(took[1]), tail[: took.start()]
        error = ""
        if result == "-1" or result == "?":
            found = _ERROR.match(tail)
            error = found[1] if found else ""
        number = None if result == "?" else int(result, 16 if result[:2] == "0x" else 10)
        end = now
        if start is not None and duration is not None:
            end = max(start + duration, now or 0.0)
        if end is not None and (self.last is None or end > self.last):
            self.last = end
        return Call(pid, start, name, args, number, error, tail.strip(), duration, end)

    def _resumed(self, pid: int, time: float | None, rest: str) -> Call | None:
        found = _RESUMED.fullmatch(rest)
        before = self._unfinished.pop(pid, None)
        if not found or before is None or (found[1] and found[1] != before[0]):
            self.malformed += 1
            return None
        name, args, start = before
        whole = _CALL.fullmatch(f"{name}({found[2]}")
        if not whole:
            self.malformed += 1
            return None
        more = whole[2]
        if args and more and args[-1] not in "[{( " and not more.startswith((",", ")", " ")):
            args += " " if args[-1] == "," else ", "
        return self._call(pid, start, time, name, args + more, whole[3], whole[4])

    def _exit(self, pid: int, time: float | None, rest: str) -> Exit | None:
        self._unfinished.pop(pid, None)
        found = _EXIT.match(rest)
        if not found:
            return None  # superseded by execve
        return Exit(pid, time, int(found[1]) if found[1] else None, found[2] or "")

    def _time(self, clock: str | None, seconds: str | None) -> float | None:
        if clock:
            hours, minutes, rest = clock.split(":")
            time = int(hours) * 3600 + int(minutes) * 60 + float(rest) + self._days
            if time < self._clock - _DAY / 2:  # over midnight
                self._days += _DAY
                time += _DAY
            self._clock = time
        elif seconds:
            value = float(seconds)
            if self._epoch is None:
                self._epoch = value > 1e8
            if self._epoch:
                time = value
            else:  # -r: since the line before
                self._relative += value
                time = self._relative
        else:
            return None
        self.timed = True
        if self.first is None or time < self.first:
            self.first = time
        if self.last is None or time > self.last:
            self.last = time
        return time


def read_lines(file: BinaryIO, log: Log) -> Iterator[str]:
    """Lines of a log as text, none longer than MAX_LINE; memory stays bounded whatever the file holds."""
    while True:
        raw = file.readline(MAX_LINE)
        if not raw:
            return
        if len(raw) >= MAX_LINE and not raw.endswith(b"\n"):
            log.cut += 1
            while True:
                more = file.readline(MAX_LINE)
                if not more or more.endswith(b"\n"):
                    break
        yield raw.decode("utf-8", "backslashreplace")
