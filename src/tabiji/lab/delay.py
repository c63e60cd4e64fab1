"""Distance where the kernel has no netem: packets wait in a process of ours (LAB29).

``wire`` joins two namespaces by a pair of TUN devices, as a veth pair would,
and holds every packet on its way, in both directions.  ``detour`` makes a
host that is there already look far away: what it sends goes through a TUN
device, waits, and leaves by the host's own interface unchanged; a round trip
takes the delay once, so for a link that takes so long *each way* ask for twice that.
"""

from __future__ import annotations

import contextlib
import fcntl
import heapq
import os
import select
import signal
import socket
import subprocess
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from .kernel import ns, tun
from .kernel.errors import KernelError

MOST = 64 << 20
"""Bytes that may be on their way in one direction; what comes on top is dropped, as netem does."""
DETOUR_TABLE, DETOUR_PRIORITY = 7900, 10
_BATCH = 256
_SELECT_MOST = 1024
"""FD_SETSIZE."""

Put = Callable[[bytes], object]


class End(NamedTuple):
    """Where one end of a wire is: a network namespace, and what the TUN device is called there."""

    namespace: int
    device: str


class Running:
    """The process that holds the packets.  It ends with the thread that started it, at the latest."""

    def __init__(self, pid: int, undo: Callable[[], None]) -> None:
        self.pid = pid
        self._undo = undo

    def stop(self) -> None:
        """End it and take its devices away; packets on their way are lost."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self._undo()


def wire(a: End, b: End, seconds: float) -> Running:
    """A link of two TUN devices that takes ``seconds`` each way; they are up, addresses are the caller's.

    Raises KernelError.
    """

    def ends() -> list[tuple[int, Put]]:
        one, other = _open(a), _open(b)
        return [(one, _writer(other)), (other, _writer(one))]

    def undo() -> None:
        for end in (a, b):
            with ns.inside(end.namespace), contextlib.suppress(KernelError):
                _ip("link", "del", end.device)

    return _start(ends, seconds, undo)


def detour(namespace: int, device: str, mac: str, seconds: float, name: str = "tabiji-delay") -> Running:
    """Hold what a host sends by ``device`` for ``seconds``; ``mac`` is who takes it there (the fabric).

    Source addresses, TTL and MTU stay as they are.  Raises KernelError.
    """
    with ns.inside(namespace):
        mtu = _mtu(device)

    def ends() -> list[tuple[int, Put]]:
        opened = _open(End(namespace, name))
        with ns.inside(namespace):
            _ip("link", "set", name, "mtu", str(mtu))
            ns.write_sysctls({f"net/ipv4/conf/{one}/rp_filter": "0" for one in ("all", device)})
            out = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
            out.setblocking(False)
            _divert(name)
        return [(opened, _sender(out, device, bytes.fromhex(mac.replace(":", ""))))]

    def undo() -> None:
        with ns.inside(namespace):
            for version in ("-4", "-6"):
                with contextlib.suppress(KernelError):
                    _ip(version, "rule", "del", "priority", str(DETOUR_PRIORITY))
            with contextlib.suppress(KernelError):
                _ip("link", "del", name)

    return _start(ends, seconds, undo)


def carry(lines: Sequence[tuple[int, Put]], seconds: float) -> None:
    """Read packets, hold each for ``seconds``, put it; for ever.  Order is kept, nothing is copied twice."""
    waiting: list[deque[tuple[float, bytes]]] = [deque() for _ in lines]
    held = [0] * len(lines)
    due: list[tuple[float, int]] = []
    fds = [fd for fd, _ in lines]
    while True:
        timeout = max(0.0, due[0][0] - time.monotonic()) if due else None
        ready = _wait(fds, timeout)
        now = time.monotonic()
        for number, (fd, put) in enumerate(lines):
            if fd in ready:
                held[number] += _take(fd, waiting[number], held[number], now + seconds)
            queue = waiting[number]
            while queue and queue[0][0] <= now:
                packet = queue.popleft()[1]
                held[number] -= len(packet)
                put(packet)
        due = [(queue[0][0], number) for number, queue in enumerate(waiting) if queue]
        heapq.heapify(due)


def _wait(fds: list[int], timeout: float | None) -> list[int]:
    """Descriptors that can be read; select, because poll counts in milliseconds, where their numbers allow it."""
    if max(fds) < _SELECT_MOST:
        return select.select(fds, [], [], timeout)[0]
    poll = select.poll()
    for fd in fds:
        poll.register(fd, select.POLLIN)
    return [fd for fd, _ in poll.poll(None if timeout is None else timeout * 1000)]


def _take(fd: int, queue: deque[tuple[float, bytes]], held: int, due: float) -> int:
    """Packets that came, into the queue; their bytes."""
    taken = 0
    for _ in range(_BATCH):
        packet = tun.read_packet(fd)
        if packet is None:
            break
        if held + taken + len(packet) <= MOST:
            queue.append((due, packet))
            taken += len(packet)
    return taken


def _writer(fd: int) -> Put:
    def put(packet: bytes) -> None:
        with contextlib.suppress(OSError):  # the device is down: as if the cable were out
            os.write(fd, packet)

    return put


def _sender(out: socket.socket, device: str, mac: bytes) -> Put:
    def put(packet: bytes) -> None:
        kind = 0x86DD if packet[0] >> 4 == 6 else 0x0800
        with contextlib.suppress(OSError):  # full or down: lost, as on a wire
            out.sendto(packet, (device, kind, 0, 0, mac))

    return put


def _open(end: End) -> int:
    with ns.inside(end.namespace):
        fd = tun.open_tun(end.device)
        _ip("link", "set", end.device, "up")
    return fd


def _divert(name: str) -> None:
    """What this host itself sends goes by the TUN device; its own addresses are found before (table local)."""
    for version in ("-4", "-6"):
        try:
            _ip(version, "route", "replace", "default", "dev", name, "table", str(DETOUR_TABLE))
            _ip(version, "rule", "add", "priority", str(DETOUR_PRIORITY), "iif", "lo", "lookup", str(DETOUR_TABLE))
        except KernelError:
            if version == "-4":
                raise  # a host without version 6 is fine


def _mtu(device: str) -> int:
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            found = fcntl.ioctl(sock, 0x8921, device.encode().ljust(32, b"\0"))  # SIOCGIFMTU
    except OSError as error:
        raise KernelError(error.errno, f"{device}: {error.strerror}") from None
    return int.from_bytes(found[16:20], "little")


def _ip(*words: str) -> None:
    try:
        done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    except OSError as error:
        raise KernelError(error.errno, "the ip program is not there (Debian: iproute2)") from None
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise KernelError(0, f"ip {' '.join(words)}: {said[0]}")


def _start(ends: Callable[[], list[tuple[int, Put]]], seconds: float, undo: Callable[[], None]) -> Running:
    """Open the ends here, so that what fails fails now, and carry in a child process."""
    try:
        lines = ends()
    except OSError as error:
        undo()
        raise (
            error
            if isinstance(error, KernelError)
            else KernelError(error.errno, f"{error.filename or 'delay'}: {error.strerror}")
        ) from None
    parent = os.getpid()
    pid = os.fork()
    if not pid:
        try:
            ns.die_with_parent(parent)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for what is measured
            carry(lines, seconds)
        finally:
            os._exit(1)
    for fd, _ in lines:
        os.close(fd)
    return Running(pid, undo)
