"""The side of whoever asks a lab for something."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import socket
import sys
import termios
import time
import tty
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from . import wire
from .errors import LabError
from .home import Home, alive

PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
"""Signals to ``lab exec`` that go to the program."""
CHUNK = 64 << 10


def connect(home: Home, timeout: float | None = 30.0) -> wire.Channel:
    """A connection to a lab.  Raises LabError."""
    folder = -1
    try:
        folder = os.open(home.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(timeout)
        sock.connect(f"/proc/self/fd/{folder}/control")  # a socket's own path may be too long
    except FileNotFoundError:
        raise LabError("lab.not_ready", name=home.name) from None
    except OSError as error:
        raise LabError("lab.no_answer", name=home.name, why=error.strerror or str(error)) from None
    finally:
        if folder >= 0:
            os.close(folder)
    return wire.Channel(sock)


def ask(home: Home, message: wire.Message, timeout: float | None = 30.0) -> tuple[dict[str, Any], list[int]]:
    """Ask one thing.  Raises LabError, also for what the lab refuses."""
    channel = connect(home, timeout)
    try:
        channel.send(message)
        return told(home, channel)
    except OSError as error:
        raise LabError("lab.no_answer", name=home.name, why=error.strerror or str(error)) from None
    finally:
        channel.close()


def told(home: Home, channel: wire.Channel) -> tuple[dict[str, Any], list[int]]:
    """The answer to what was asked.  Raises LabError, OSError."""
    try:
        found = channel.receive()
    except wire.OtherVersion as error:
        raise LabError("lab.other_version", name=home.name, version=str(error.version)) from None
    except wire.ProtocolError as error:
        raise LabError("lab.no_answer", name=home.name, why=str(error)) from None
    if found is None:
        raise LabError("lab.no_answer", name=home.name, why="connection closed")
    message, fds = found
    if isinstance(message, wire.Told):
        return message.body, fds
    for fd in fds:
        os.close(fd)
    if isinstance(message, wire.Failed):
        raise LabError(message.code, **message.params)
    raise LabError("lab.no_answer", name=home.name, why=f"unexpected {type(message).__name__}")


def down(home: Home, timeout: float = 10.0) -> None:
    """Take a lab down and wait until it is gone.  Raises LabError if it will not go."""
    about = home.about()
    try:
        channel = connect(home, 2.0)
        channel.send(wire.Down())
    except (LabError, OSError):
        _kill(home)
    until = time.monotonic() + timeout
    killed = False
    while os.path.exists(home.path) and alive(home.path):
        now = time.monotonic()
        if now > until:
            raise LabError("lab.will_not_go", name=home.name, pid=str(about.holder if about else "?"))
        if now > until - timeout / 2 and not killed:
            killed = True
            _kill(home)
        time.sleep(0.005)


def _kill(home: Home) -> None:
    about = home.about()
    if about is None:
        return
    for pid in (about.holder, about.keeper):
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def run(home: Home, host: str, argv: Sequence[str], given: Mapping[str, str]) -> int:
    """Run a program in a host with this process's standard files; its exit code.  Raises LabError."""
    from .environment import passed

    terminal = os.isatty(0) and os.isatty(1)
    channel = connect(home)
    try:
        request = wire.Run(
            host=host,
            argv=tuple(argv),
            environment=passed(os.environ) | dict(given),
            given=tuple(given),
            folder=_folder(),
            terminal=terminal,
            home=os.path.expanduser("~"),
        )
        return _on_terminal(home, channel, request) if terminal else _plain(home, channel, request)
    except OSError as error:
        raise LabError("lab.no_answer", name=home.name, why=error.strerror or str(error)) from None
    finally:
        channel.close()


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:
        return "/"


def _plain(home: Home, channel: wire.Channel, request: wire.Run) -> int:
    with _signals() as wake:
        channel.send(request, (0, 1, 2))
        told(home, channel)
        channel.sock.setblocking(False)
        while True:
            code = _next(home, channel)
            if code is not None:
                return code
            waiting: list[Any] = [channel, wake]
            ready, _, _ = select.select(waiting, [], [])
            if wake in ready:
                _pass_on(channel, os.read(wake, 64))
            if channel in ready:
                channel.read()


def _next(home: Home, channel: wire.Channel) -> int | None:
    """The program's exit code if it was told.  Raises LabError when the lab is gone."""
    try:
        found = channel.take()
    except wire.ProtocolError as error:
        raise LabError("lab.no_answer", name=home.name, why=str(error)) from None
    if found is not None and isinstance(found[0], wire.Ended):
        return found[0].code
    if channel.ended:
        raise LabError("lab.went_away", name=home.name)
    return None


def _pass_on(channel: wire.Channel, numbers: bytes) -> None:
    for number in numbers:
        if number in PASSED_ON:
            channel.send(wire.Signal(number=number))


@contextmanager
def _signals(*more: int) -> Iterator[int]:
    """Signals of PASSED_ON (and more) as bytes to read from a pipe."""
    wake, woken = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    before = {number: signal.signal(number, lambda *_: None) for number in (*PASSED_ON, *more)}
    old = signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    try:
        yield wake
    finally:
        signal.set_wakeup_fd(old)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(wake)
        os.close(woken)


def _on_terminal(home: Home, channel: wire.Channel, request: wire.Run) -> int:
    """With a terminal of the program's own, so that its keys, sizes and job control are its own."""
    master, slave = os.openpty()
    settings = termios.tcgetattr(0)
    try:
        termios.tcsetattr(slave, termios.TCSANOW, settings)
        _resize(master)
        with _signals(signal.SIGWINCH) as wake:
            channel.send(request, (slave, slave, slave))
            os.close(slave)
            slave = -1
            told(home, channel)
            tty.setraw(0)
            channel.sock.setblocking(False)
            return _relay(home, channel, master, wake)
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, settings)
        os.close(master)
        if slave >= 0:
            os.close(slave)


def _relay(home: Home, channel: wire.Channel, master: int, wake: int) -> int:
    """Carry bytes between both terminals until the program has ended and said everything."""
    reading: list[Any] = [channel, wake, master, 0]
    while True:
        code = _next(home, channel)
        if code is not None:
            _drain(master)
            return code
        ready, _, _ = select.select(reading, [], [])
        if wake in ready:
            numbers = os.read(wake, 64)
            if signal.SIGWINCH in numbers:
                _resize(master)
            _pass_on(channel, numbers)
        if 0 in ready:
            typed = os.read(0, CHUNK)
            if typed:
                os.write(master, typed)
            else:
                reading.remove(0)
        if master in ready and not _copy(master):
            reading.remove(master)
        if channel in ready:
            channel.read()


def _copy(master: int) -> bool:
    """Show what the program wrote; False when nobody has its terminal open any more."""
    try:
        data = os.read(master, CHUNK)
    except OSError:
        return False
    while data:
        data = data[os.write(1, data) :]
    return True


def _drain(master: int) -> None:
    while select.select([master], [], [], 0)[0] and _copy(master):
        pass


def _resize(master: int) -> None:
    try:
        size = fcntl.ioctl(sys.stdout.fileno(), termios.TIOCGWINSZ, b"\0" * 8)
        fcntl.ioctl(master, termios.TIOCSWINSZ, size)
    except OSError:
        pass
