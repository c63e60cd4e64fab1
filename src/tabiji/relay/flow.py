"""One direction of a relayed connection: copy what is small, splice what is bulk (RL31)."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from .loop import EDGE_BOTH

if TYPE_CHECKING:
    from .connection import Connection

SIZE = 256 * 1024
"""Bytes of the shared buffer."""
PIPE_SIZE = 1 << 20
"""Bytes of a pipe: each splice wakes the reader, so few and big ones cost less (RL31 measured 256 KiB, which took
half as much CPU again); the most a user without privileges may ask for."""
LEAST_PIPE = 128 * 1024
"""A smaller pipe, as the kernel gives who is over the share of pipe memory, is slower than copying."""
BULK = 16 * 1024
"""A read of this many bytes shows bulk."""
ROUNDS = 4
"""Reads, or splices, a direction may do in one turn; then it is the others' turn (RL32)."""
SPLICE = hasattr(os, "splice")  # RL33
FLAGS = getattr(os, "SPLICE_F_NONBLOCK", 0) | getattr(os, "SPLICE_F_MOVE", 0)
_SET_PIPE_SIZE, _GET_PIPE_SIZE = 1031, 1032  # F_SETPIPE_SZ...; the fcntl module names them on Linux only

_buffer = bytearray(SIZE)
_view = memoryview(_buffer)


class Pipes:
    """Pipes for splicing; a few are kept for the next direction that is bulk."""

    KEEP = 16

    def __init__(self, most: int) -> None:
        self._free: list[tuple[int, int]] = []
        self._made = 0
        self.most = most if SPLICE else 0

    def take(self) -> tuple[int, int] | None:
        """A pipe, empty; None when there are no descriptors or no memory for one, so copy."""
        if self._free:
            return self._free.pop()
        if self._made >= self.most:
            return None
        import fcntl

        try:
            pipe = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        with suppress(OSError):  # over the user's share of pipe memory: see what there is
            fcntl.fcntl(pipe[1], _SET_PIPE_SIZE, PIPE_SIZE)
        if fcntl.fcntl(pipe[1], _GET_PIPE_SIZE) < LEAST_PIPE:
            os.close(pipe[0])
            os.close(pipe[1])
            return None
        self._made += 1
        return pipe

    def give(self, pipe: tuple[int, int], empty: bool) -> None:
        """Take a pipe back; one with bytes in it is closed."""
        if empty and len(self._free) < self.KEEP:
            self._free.append(pipe)
        else:
            os.close(pipe[0])
            os.close(pipe[1])
            self._made -= 1

    def close(self) -> None:
        """Close those nobody uses."""
        while self._free:
            for fd in self._free.pop():
                os.close(fd)


class Flow:
    """Bytes from one socket to the other.

    ``held`` bytes were taken from ``source`` and not yet given to ``sink``;
    they are in ``rest`` or in ``pipe``.  ``ended``: the source said all;
    ``done``: the sink was told so.
    """

    __slots__ = ("armed", "bulk", "conn", "count", "done", "ended", "held", "hint", "pipe", "rest", "sink", "source")

    def __init__(self, conn: Connection, source: socket.socket, sink: socket.socket) -> None:
        self.conn = conn
        self.source = source
        self.sink = sink
        self.rest: bytes | None = None
        self.pipe: tuple[int, int] | None = None
        self.held = 0
        self.count = 0
        self.bulk = self.ended = self.done = self.armed = False
        self.hint = False
        """The kernel spoke of an end: read on until it shows, also after a short read."""

    def pump(self) -> None:
        """Move what can be moved now; tells the connection of ends and resets."""
        if self.done or self.conn.over:
            return
        for _ in range(ROUNDS):
            if self.held:
                try:
                    self._flush()
                except BlockingIOError:
                    self._arm()
                    return
                except OSError:
                    self._drop()
                    self.conn.lost(self.sink)
                    return
                if self.held:
                    continue
            if self.ended:
                self.done = True
                self._drop()
                self.conn.finished(self)
                return
            try:
                more = self._splice() if self.bulk else self._copy()
            except BlockingIOError:
                self._drop()
                return
            except _SinkError as error:
                self._drop()
                if error.blocked:
                    self._arm()
                else:
                    self.conn.lost(self.sink)
                return
            except OSError:
                self._drop()
                self.conn.lost(self.source)
                return
            if not more:
                return
        self.conn.relay.loop.again.append(self)

    def put(self, data: bytes) -> None:
        """Bytes of our own ahead of the source's."""
        self.rest, self.held = data, len(data)

    def _copy(self) -> bool:
        """One read and one write; whether to go on."""
        size = self.source.recv_into(_buffer, SIZE)
        if not size:
            self.ended = True
            return True
        try:
            sent = self.sink.send(_view[:size])
        except BlockingIOError:
            sent = 0
        except OSError:
            raise _SinkError(blocked=False) from None
        self.count += sent
        if sent < size:
            self.rest, self.held = bytes(_view[sent:size]), size - sent
            raise _SinkError(blocked=True)
        if size >= BULK:
            self.bulk = self.conn.relay.pipes.most > 0
            return True
        return self.hint

    def _splice(self) -> bool:
        pipe = self.pipe
        if pipe is None:
            pipe = self.pipe = self.conn.relay.pipes.take()
            if pipe is None:
                self._copy()
                return True
        # A short splice says nothing about what else is there: a pipe is full by pieces, not by bytes.
        self.held = os.splice(self.source.fileno(), pipe[1], PIPE_SIZE, flags=FLAGS)
        if not self.held:
            self.ended = True
        return True

    def _flush(self) -> None:
        """Give the sink what is held.  Raises BlockingIOError when it takes nothing."""
        if self.rest is not None:
            sent = self.sink.send(self.rest)
            self.rest = self.rest[sent:] or None
        else:
            assert self.pipe is not None
            sent = os.splice(self.pipe[0], self.sink.fileno(), self.held, flags=FLAGS)
        self.held -= sent
        self.count += sent

    def _arm(self) -> None:
        """Be told when the sink takes more; once asked, edges cost nothing until a write blocks again."""
        if not self.armed:
            self.armed = True
            self.conn.arm(self.sink, EDGE_BOTH)

    def _drop(self) -> None:
        """Let the pipe go while it is empty."""
        if self.pipe is not None and not self.held:
            self.conn.relay.pipes.give(self.pipe, True)
            self.pipe = None

    def discard(self) -> None:
        """Let everything go; held bytes are lost."""
        if self.pipe is not None:
            self.conn.relay.pipes.give(self.pipe, self.held == 0)
            self.pipe = None
        self.rest, self.held = None, 0


class _SinkError(Exception):
    """The write failed or blocked, not the read."""

    def __init__(self, blocked: bool) -> None:
        self.blocked = blocked
