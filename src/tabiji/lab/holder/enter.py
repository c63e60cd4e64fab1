"""Run a program in a host: its network, its own process tree, its own view of a few files.

Two forks below the holder stands a small init of the program's own process
namespace.  It starts the program, passes signals to it, says when it ended,
and stays until the last process of it is gone, so that servers may go on in
the background.  When the holder closes the line while the program runs, all
of it is killed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import signal
import socket
import struct
import termios
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple, NoReturn

from ..kernel import ns
from . import jail
from .wire import Run

STARTED, FAILED, ENDED = b"S", b"F", b"E"
"""What the init says to the holder: one byte and a number (errno for FAILED, exit code for ENDED)."""
SAID = struct.Struct("!cI")
GRACE = 2.0
"""Seconds between hanging up and killing."""


class Place(NamedTuple):
    """Where a program is run."""

    host: str
    network: int
    """File descriptor of the network namespace."""
    files: Mapping[str, str]
    """Path -> file seen there."""


def enter(place: Place, run: Run, fds: tuple[int, int, int], environment: Mapping[str, str]) -> socket.socket:
    """Start a program; the line to its init.  Raises OSError if not even a process can be had."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if not pid:
        try:
            _outer(place, run, fds, environment, theirs)
        finally:
            os._exit(70)
    theirs.close()
    return ours


def _outer(
    place: Place, run: Run, fds: tuple[int, int, int], environment: Mapping[str, str], line: socket.socket
) -> None:
    """Into the namespaces; the child made after that is the first process of its own."""
    signal.set_wakeup_fd(-1)
    try:
        ns.enter(place.network)
        ns.unshare(ns.CLONE_NEWNS | ns.CLONE_NEWPID | ns.CLONE_NEWUTS | ns.CLONE_NEWIPC)
        socket.sethostname(place.host[:64])
        if os.fork():
            os._exit(0)
        _init(place, run, fds, environment, line)
    except OSError as error:
        _say(line, FAILED, error.errno or errno.EINVAL)


def _init(
    place: Place, run: Run, fds: tuple[int, int, int], environment: Mapping[str, str], line: socket.socket
) -> None:
    os.setsid()
    jail.close_on_ptrace()
    keep = _only(*fds, line.fileno())
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    line = socket.socket(fileno=keep[3])
    try:
        jail.furnish(place.files, os.path.join(run.home, ".aws") if os.path.isabs(run.home) else "")
    except OSError as error:
        _say(line, FAILED, error.errno or errno.EINVAL)
        os._exit(0)
    wake, woken = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    failed, failing = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if not pid:
        _program(run, keep[:3], environment, failing)
    os.close(failing)
    for fd in keep[:3]:
        os.close(fd)
    why = os.read(failed, 8)
    if why:
        _say(line, FAILED, int(why))
        os._exit(0)
    _say(line, STARTED, 0)
    _mind(pid, line, wake)
    os._exit(0)


def _only(*fds: int) -> list[int]:
    """Close every file descriptor but these; they get the lowest numbers from 3 on."""
    high = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 64) for fd in fds]
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number, inheritable=False)
    low = [os.dup2(fd, 3 + index, inheritable=False) for index, fd in enumerate(high)]
    os.closerange(3 + len(fds), os.sysconf("SC_OPEN_MAX") if os.sysconf("SC_OPEN_MAX") > 0 else 1 << 20)
    return low


def _program(run: Run, fds: list[int], environment: Mapping[str, str], failing: int) -> NoReturn:
    try:
        signal.set_wakeup_fd(-1)
        for number in range(1, signal.NSIG):
            if number not in (signal.SIGKILL, signal.SIGSTOP, 32, 33):
                signal.signal(number, signal.SIG_DFL)
        os.setsid()
        for number, fd in enumerate(fds):
            os.dup2(fd, number, inheritable=True)
        if run.terminal:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        try:
            os.chdir(run.folder)
        except OSError:
            os.chdir("/")
        jail.open_as_before()
        jail.drop_capabilities()
        os.execvpe(run.argv[0], list(run.argv), dict(environment))
    except OSError as error:
        os.write(failing, b"%d" % (error.errno or errno.EINVAL))
    finally:
        os._exit(127)


def _mind(pid: int, line: socket.socket, wake: int) -> None:
    """Reap, pass signals on, report; until no process is left or the line is cut while the program runs."""
    running, listening = True, True
    while True:
        while True:
            try:
                gone, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not gone:
                break
            if gone == pid:
                running = False
                _say(line, ENDED, _exit_code(status))
        waiting: list[Any] = [wake, line] if listening else [wake]
        ready, _, _ = select.select(waiting, [], [])
        if wake in ready:
            os.read(wake, 4096)
        if line in ready:
            heard = _hear(line)
            listening = bool(heard)
            if running and heard:
                _signal(pid, heard)
            elif running:
                _hang_up(pid)
                return  # the last process of a process namespace takes the others with it


def _hear(line: socket.socket) -> int:
    """A signal to pass on; 0 when the line was cut."""
    try:
        data = line.recv(4)
    except OSError:
        return 0
    return int.from_bytes(data, "big") if len(data) == 4 else 0


def _signal(pid: int, number: int) -> None:
    with suppress(OSError):
        os.killpg(pid, number)


def _hang_up(pid: int) -> None:
    """Whoever asked is gone: hang up, wait a little."""
    _signal(pid, signal.SIGHUP)
    _signal(pid, signal.SIGCONT)
    watch = os.pidfd_open(pid)
    select.select([watch], [], [], GRACE)


def _exit_code(status: int) -> int:
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def _say(line: socket.socket, what: bytes, number: int) -> None:
    with suppress(OSError):
        line.send(SAID.pack(what, number))
