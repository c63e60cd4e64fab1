"""PID 1 of a lab: keeps its namespaces, answers its control socket, reaps what ends.

One loop, nothing that waits: a client that does not read is cut off, a
program is run by processes of its own (``enter``).  When this process ends,
by any cause, the kernel ends everything in its process namespace, and the
network namespaces go with it (LAB62).
"""

from __future__ import annotations

import errno
import os
import selectors
import signal
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec

from . import enter, wire
from .errors import LabError
from .log import log, log_exception
from .network import Network

MOST_CLIENTS = 256
IDLE = 60.0
"""Seconds a connection may be silent before its first question."""
_CREDENTIALS = struct.Struct("3i")


class Session:
    """One connection: a question, or a program that runs on behalf of it."""

    def __init__(self, channel: wire.Channel) -> None:
        self.channel = channel
        self.line: socket.socket | None = None
        """To the init of its program."""
        self.since = time.monotonic()
        self.told = False
        """Whether the client knows that its program was started."""


class Holder:
    """The loop.  ``keeper``: closes when the process outside that minds this one is gone."""

    def __init__(self, network: Network, control: socket.socket, keeper: int) -> None:
        self.network = network
        self.control = control
        self.keeper = keeper
        self.sessions: dict[int, Session] = {}
        self.selector = selectors.DefaultSelector()
        self.going = False
        self.orphaned = False
        self._verbs: dict[type, Callable[[Session, Any, list[int]], None]] = {
            wire.Status: self._status,
            wire.Run: self._run,
            wire.Signal: self._signal,
            wire.Apply: self._apply,
            wire.Watch: self._watch,
            wire.Plan: self._plan,
            wire.Shape: self._shape,
            wire.Down: self._down,
        }

    def run(self) -> bool:
        """Serve until told to go down; False if it ended because the keeper was killed."""
        wake, woken = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
        self.control.setblocking(False)
        register = self.selector.register
        register(self.control, selectors.EVENT_READ, self._accept)
        register(wake, selectors.EVENT_READ, lambda: self._reap(wake))
        register(self.keeper, selectors.EVENT_READ, self._keeper_gone)
        while not self.going:
            for key, _ in self.selector.select(IDLE):
                key.data()
            self._forget_the_silent()
        return not self.orphaned

    def _keeper_gone(self) -> None:
        self.going = self.orphaned = True

    def _reap(self, wake: int) -> None:
        os.read(wake, 4096)
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            self.network.child_ended(pid, status)

    # Connections.

    def _accept(self) -> None:
        try:
            sock, _ = self.control.accept()
        except OSError:
            return
        _, uid, _ = _CREDENTIALS.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
        if uid != os.geteuid() or len(self.sessions) >= MOST_CLIENTS:
            log(f"refused a connection of user {uid}, {len(self.sessions)} being open")
            sock.close()
            return
        sock.setblocking(False)
        session = Session(wire.Channel(sock))
        self.sessions[sock.fileno()] = session
        self.selector.register(sock, selectors.EVENT_READ, lambda: self._heard(session))

    def _heard(self, session: Session) -> None:
        try:
            session.channel.read()
            while (found := session.channel.take()) is not None:
                message, fds = found
                try:
                    self._answer(session, message, fds)
                finally:
                    for fd in fds:
                        os.close(fd)
        except wire.OtherVersion as error:
            self._tell(session, wire.Failed(code="lab.other_version", params={"version": str(error.version)}))
            self._close(session)
        except (wire.ProtocolError, OSError) as error:
            log(f"cut off a connection: {error}")
            self._close(session)
        else:
            if session.channel.ended:
                self._close(session)

    def _answer(self, session: Session, message: wire.AnyMessage, fds: list[int]) -> None:
        verb = self._verbs.get(type(message))
        if verb is None:
            raise wire.ProtocolError(f"{type(message).__name__} is no question")
        try:
            verb(session, message, fds)
        except LabError as error:
            self._tell(session, wire.Failed(code=error.code, params=error.params))
        except wire.ProtocolError:
            raise
        except Exception as error:
            log_exception()
            why = f"{type(error).__name__}: {error}"
            self._tell(session, wire.Failed(code="lab.failed", params={"why": why}))

    def _tell(self, session: Session, message: wire.Message, fds: tuple[int, ...] = ()) -> None:
        try:
            session.channel.send(message, fds)
        except OSError:
            self._close(session)

    def _close(self, session: Session) -> None:
        sock = session.channel.sock
        if self.sessions.pop(sock.fileno(), None) is None:
            return
        self.selector.unregister(sock)
        session.channel.close()
        self._let_go(session)

    def _let_go(self, session: Session) -> None:
        """Cut the line to the program: it is killed unless it has ended already."""
        if session.line is not None:
            self.selector.unregister(session.line)
            session.line.close()
            session.line = None

    def _forget_the_silent(self) -> None:
        late = time.monotonic() - IDLE
        for session in [s for s in self.sessions.values() if s.line is None and s.since < late]:
            self._close(session)

    # What can be asked.

    def _status(self, session: Session, _: wire.Status, fds: list[int]) -> None:
        running = sum(s.line is not None for s in self.sessions.values())
        self._tell(session, wire.Told(body=self.network.status() | {"programs": running}))

    def _run(self, session: Session, run: wire.Run, fds: list[int]) -> None:
        if len(fds) != 3 or session.line is not None or not run.argv:
            raise wire.ProtocolError("a program needs a name and three files, and a connection of its own")
        place, environment = self.network.place(run)
        try:
            line = enter.enter(place, run, (fds[0], fds[1], fds[2]), environment)
        except OSError as error:
            raise LabError("lab.not_run", program=run.argv[0], why=error.strerror or str(error)) from None
        line.setblocking(False)
        session.line = line
        self.selector.register(line, selectors.EVENT_READ, lambda: self._init_says(session, run.argv[0]))

    def _init_says(self, session: Session, program: str) -> None:
        assert session.line is not None
        try:
            data = session.line.recv(enter.SAID.size)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        what, number = enter.SAID.unpack(data) if len(data) == enter.SAID.size else (b"", 0)
        if what == enter.STARTED:
            session.told = True
            self._tell(session, wire.Told())
            return
        if what == enter.FAILED:
            code = 127 if number in (errno.ENOENT, errno.ENOTDIR) else 126
            params = {"program": program, "why": os.strerror(number), "exit": str(code)}
            self._tell(session, wire.Failed(code="lab.not_run", params=params))
        elif what == enter.ENDED:
            self._tell(session, wire.Ended(code=number))
        elif session.told:
            self._tell(session, wire.Ended(code=128 + signal.SIGKILL))
        else:
            params = {"program": program, "why": "its first process ended", "exit": "126"}
            self._tell(session, wire.Failed(code="lab.not_run", params=params))
        self._let_go(session)

    def _signal(self, session: Session, message: wire.Signal, fds: list[int]) -> None:
        if session.line is None or not 0 < message.number < signal.NSIG:
            return
        with suppress(OSError):  # it may just have ended
            session.line.send(message.number.to_bytes(4, "big"))

    def _apply(self, session: Session, message: wire.Apply, fds: list[int]) -> None:
        self._tell(session, wire.Told(body=self.network.apply(message)))

    def _watch(self, session: Session, message: wire.Watch, fds: list[int]) -> None:
        body, watching = self.network.watch(message.what)
        try:
            self._tell(session, wire.Told(body=body), (watching,))
        finally:
            os.close(watching)

    def _shape(self, session: Session, message: wire.Shape, fds: list[int]) -> None:
        from ..shape import Link

        self.network.shape(message.who, Link(message.mbit, message.delay, message.loss))
        self._tell(session, wire.Told(body={}))

    def _plan(self, session: Session, _: wire.Plan, fds: list[int]) -> None:
        self._tell(session, wire.Told(body=msgspec.to_builtins(self.network.plan)))

    def _down(self, session: Session, _: wire.Down, fds: list[int]) -> None:
        self.going = True
