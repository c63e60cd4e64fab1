"""Run a command under strace and read what it does while it runs.

The log goes through a FIFO in a private folder, so nothing of it is ever
written to disk.  The command is our own child (``strace -D``): it keeps its
standard streams, its place in the terminal's foreground and its exit status,
and signals sent to us reach it.
"""

from __future__ import annotations

import io
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import IO, Any

import msgspec

from .follow import Follower
from .lines import Log, read_lines
from .model import Observation
from .redact import redacted

NETWORK = (
    "socket,connect,accept,accept4,sendto,sendmsg,sendmmsg,recvfrom,recvmsg,recvmmsg,getsockopt,shutdown,"
    "poll,ppoll,select,pselect6,epoll_wait,epoll_pwait,execve,clone,clone3,fork,vfork"
)
LIGHT = NETWORK + ",close,close_range,dup,dup2,dup3,fcntl"
"""Follows every descriptor: strace need not look up what each one is, which costs more than all else."""
FULL = LIGHT + ",read,readv,write,writev,sendfile,splice,open,openat"
"""Adds TLS of programs that use read and write (ST6), octets received, and the files that steer requests."""
STRINGS = 2048
"""Octets of a payload: a DNS message or a ClientHello with post-quantum keys fits (ST7)."""
QUIET = "attach,personality,superseded,thread-execve,path-resolution"
PIPE = 1 << 20
REST = 0.05
"""Seconds between two looks into the pipe: strace writes line by line, and waking for each would slow it down."""
FORWARDED = (
    signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH,
    signal.SIGCONT, signal.SIGALRM,
)  # fmt: skip
FROM_TERMINAL = frozenset((signal.SIGINT, signal.SIGQUIT, signal.SIGWINCH))
"""Signals the terminal sends to the whole foreground group itself."""


CANNOT = 69
"""Exit code when strace cannot run here (EX_UNAVAILABLE)."""


class CannotRun(Exception):
    """strace or the command cannot be run; ``code`` is what a shell would exit with."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


class Ran(msgspec.Struct, kw_only=True):
    """A command that ended: its exit code as a shell shows it (128 + n for signal n), and what was observed."""

    command: tuple[str, ...]
    code: int
    signal: int
    seen: Observation


def strace_command(strace: str, fifo: str, *, light: bool = False) -> list[str]:
    """The strace line, up to the command.  ST11; ST15: seccomp-bpf needs -f."""
    return [
        strace, "-D", "-f", "--seccomp-bpf", f"--quiet={QUIET}", "-e", f"trace={LIGHT if light else FULL}",
        "-e", "signal=none", "-ttt", "-T", "-s", str(STRINGS), "-o", fifo, "--",
    ]  # fmt: skip


def run(command: Sequence[str], *, light: bool = False, keep: IO[str] | None = None) -> Ran:
    """Run a command to its end and tell what it did on the network.

    ``light`` traces only the calls of the network, which costs less; ``keep``
    takes a redacted log.  Raises CannotRun.
    """
    strace = shutil.which("strace")
    if strace is None:
        raise CannotRun("strace is not installed (Debian: apt-get install strace)", CANNOT)
    program = shutil.which(command[0])
    if program is None:
        raise CannotRun(f"{command[0]}: no such command", 127)
    folder = tempfile.mkdtemp(prefix="tabiji-")  # mode 0700
    fifo = os.path.join(folder, "log")
    try:
        os.mkfifo(fifo, 0o600)
        reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            _grow(reader)
            line = [*strace_command(strace, fifo, light=light), *command]
            return _run(line, command, reader, keep)
        finally:
            os.close(reader)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(line: list[str], command: Sequence[str], reader: int, keep: IO[str] | None) -> Ran:
    log, follower = Log(), Follower()
    # Descriptors the shell opened for the command stay open for it.
    with _forwarding() as children, subprocess.Popen(line, close_fds=False) as child:
        children.append(child)
        if _opened(reader, child):
            os.set_blocking(reader, True)
            file = io.BufferedReader(_Batches(reader, child), PIPE)
            for event in log.events(read_lines(file, log)):
                follower.feed(event)
                if keep is not None:
                    keep.write(redacted(event) + "\n")
        status = child.wait()
    if not log.lines:
        raise CannotRun("strace could not trace the command (is ptrace permitted here?)", CANNOT)
    number = max(0, -status)
    return Ran(
        command=tuple(command), code=128 + number if number else status, signal=number, seen=follower.finish(log)
    )


class _Batches(io.RawIOBase):
    """The pipe, read in batches while the command runs and without a pause when it has ended."""

    def __init__(self, reader: int, child: subprocess.Popen[bytes]) -> None:
        self.reader, self.child = reader, child
        self.busy = False
        try:
            self.ended = os.pidfd_open(child.pid)
        except (AttributeError, OSError):
            self.ended = -1

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """What has gathered since the last time."""
        if not self.busy:
            if self.ended >= 0:
                waiting = select.poll()
                waiting.register(self.ended, select.POLLIN)
                waiting.poll(REST * 1000)
            elif self.child.poll() is None:
                time.sleep(REST)
        count = os.readv(self.reader, [buffer])
        self.busy = count >= len(buffer) // 2
        return count

    def close(self) -> None:
        """Let go of the process; the pipe is its owner's."""
        if self.ended >= 0:
            os.close(self.ended)
            self.ended = -1
        super().close()


def _opened(reader: int, child: subprocess.Popen[bytes]) -> bool:
    """Wait until strace writes; False when everything ended before it did."""
    while True:
        ready = select.poll()
        ready.register(reader, select.POLLIN)
        if ready.poll(100):
            return True
        if child.poll() is not None and not ready.poll(200):
            return False


def _grow(reader: int) -> None:
    """A large pipe: the command need not wait for our reading."""
    try:
        import fcntl

        fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, PIPE)
    except (ImportError, AttributeError, OSError):
        pass


@contextmanager
def _forwarding() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Hand signals on to the command, which is put into the list that is given, while it runs."""
    children: list[subprocess.Popen[bytes]] = []

    def forward(number: int, frame: object) -> None:
        if number in FROM_TERMINAL and _in_foreground():
            return  # it has it already
        for child in children:
            if child.returncode is None:
                with suppress(ProcessLookupError):
                    os.kill(child.pid, number)

    before = {}
    try:
        for number in FORWARDED:
            if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup: the command inherits that
                before[number] = signal.signal(number, forward)
    except ValueError:
        pass  # not the main thread: signals go where they go
    try:
        yield children
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_foreground() -> bool:
    try:
        with open("/dev/tty", "rb") as terminal:
            return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:
        return False
