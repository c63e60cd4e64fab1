"""The kernel as judge: put a packet in at a port, see where it comes out, by which hops, or which rule dropped it.

A child process, in namespaces of its own and on one CPU, holds the network
with a TUN device for every port, or where those cannot be had with a veth end
that one AF_PACKET socket is at.  Putting a packet in runs its whole path
before it returns (LAB51); what then is at no other port and was not logged as
dropped is waited for a moment and then called lost.
"""

from __future__ import annotations

import errno
import os
import select
import signal
import socket
import struct
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from types import TracebackType
from typing import Any, NamedTuple, NoReturn

import msgspec

from ..packet.header import FiveTuple
from . import packets
from .bring_up import PACKET, TUN, bring_up
from .kernel import conntrack, losses, nft, ns, tun
from .kernel.errors import KernelError
from .kernel.nflog import Nflog
from .oracle_ports import PacketPorts, Ports, TunPorts
from .plan.model import DROP_GROUP, HOP_GROUP, Plan

PATIENCE = 0.05
"""Seconds a packet is waited for that is neither delivered nor dropped: ksoftirqd may have taken it over."""
HEAD = 64
"""Bytes of a packet told at each hop: the headers."""
BATCH, BATCH_BYTES = 64, 32 * 1024
"""Packets, and bytes, of one message to the child: two such fit into the socket, so that nobody waits for good."""


class Hop(NamedTuple):
    """A packet passing the fabric once: interface in, interface out, and its 5-tuple there."""

    in_if: str
    out_if: str
    flow: FiveTuple


class Outcome(NamedTuple):
    """What became of a packet.

    ``port`` is where it was delivered, as ``packet``; empty when it was not.
    ``reason`` is the index in ``Plan.reasons`` of what dropped it, or -1.
    ``lost``: neither delivered nor dropped by a rule of the plan.
    """

    port: str
    packet: bytes
    reason: int
    hops: tuple[Hop, ...]
    lost: bool


class Oracle:
    """A plan that packets can be put into.  A context manager; raises KernelError where that cannot be.

    It ends with the thread that made it.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket = ours
        nft.available()  # loads the library here, once, and not in every child
        parent = os.getpid()
        self._pid = os.fork()
        if not self._pid:
            _child(theirs, parent)
        theirs.close()
        self._file = ours.makefile("rb", buffering=1 << 16)
        try:
            self.reload(plan)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Oracle:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Take it down; nothing is left of it."""
        if not self._pid:
            return
        if hasattr(self, "_file"):
            self._file.close()
        self._socket.close()
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        self._pid = 0

    def reload(self, plan: Plan) -> None:
        """Change to another plan.  Raises KernelError, and then the one before still stands."""
        self._put(("plan", msgspec.msgpack.encode(plan)))
        self._names: dict[int, str] = dict(self._get())
        self.plan = plan

    def forget(self) -> None:
        """As if no packet had ever been sent: no flow is known to any security group or NAT."""
        self._put(("forget", b""))
        self._get()

    def why_lost(self, port: str, packet: bytes) -> str:
        """Put a packet in that was lost once; what the kernel then counts as a loss.

        Empty when the packet is not lost this time, or the kernel counts nothing (LAB59).
        """
        self._put(("why", (port, packet)))
        return str(self._get())

    def send(self, port: str, packet: bytes) -> Outcome:
        """Put one packet in at a port."""
        return self.send_many([(port, packet)])[0]

    def send_many(self, wanted: Sequence[tuple[str, bytes]]) -> list[Outcome]:
        """Put packets in one after another; what became of each, in their order.  Raises KernelError, KeyError."""
        out: list[Outcome] = []
        waiting = 0
        for batch in _batches(wanted):
            self._put(("send", batch))
            waiting += 1
            if waiting == 2:  # the child works at one batch while this side reads the other
                waiting -= 1
                self._hear(out, waiting)
        while waiting:
            waiting -= 1
            self._hear(out, waiting)
        return out

    def _hear(self, out: list[Outcome], more: int) -> None:
        """Add the outcomes of the next batch.  If it was refused, the answers to ``more`` batches are let go too."""
        try:
            out.extend(self._outcomes())
        except KernelError:
            for _ in range(more):
                with suppress(KernelError):
                    self._get()
            raise

    def _outcomes(self) -> Iterable[Outcome]:
        names, parse = self._names, packets.parse
        for port, packet, reason, hops, lost in self._get():
            passed = tuple(Hop(names.get(a, ""), names.get(b, ""), parse(head)) for a, b, head in hops)
            yield Outcome(port, packet, reason, passed, lost)

    def _put(self, message: tuple[str, Any]) -> None:
        with suppress(BrokenPipeError):  # what the child last said tells more
            _write(self._socket, message)

    def _get(self) -> Any:
        try:
            head = self._file.read(4)
        except ConnectionResetError:  # it ended with something unread
            head = b""
        if len(head) < 4:
            raise KernelError(0, "the process that holds the network ended")
        kind, value = msgspec.msgpack.decode(self._file.read(int.from_bytes(head, "big")))
        if kind == "error":
            raise KernelError(*value)
        return value


def _batches(wanted: Sequence[tuple[str, bytes]]) -> Iterable[list[tuple[str, bytes]]]:
    batch: list[tuple[str, bytes]] = []
    size = 0
    for item in wanted:
        batch.append(item)
        size += len(item[1])
        if len(batch) >= BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _write(to: socket.socket, message: tuple[str, Any]) -> None:
    data = msgspec.msgpack.encode(message)
    to.sendall(struct.pack("!I", len(data)) + data)


# The child.


def _child(line: socket.socket, parent: int) -> NoReturn:
    """The process that holds the network, until nobody is at the other end."""
    try:
        import gc

        gc.freeze()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        ns.die_with_parent(parent)
        # Nothing of the parent's is kept open here: another oracle's line would never be seen to end.
        os.closerange(3, line.fileno())
        os.closerange(line.fileno() + 1, 1 << 20)
        _pin()
        _serve(line)
    except BaseException:
        os._exit(1)
    os._exit(0)


def _pin() -> None:
    """To one CPU: the backlog that carries a packet on is the CPU's own (LAB51)."""
    with suppress(OSError):
        there = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {there[os.getpid() % len(there)]})


def _serve(line: socket.socket) -> None:
    file = line.makefile("rb")
    network: Network | None = None
    while head := file.read(4):
        kind, value = msgspec.msgpack.decode(file.read(int.from_bytes(head, "big")))
        try:
            if kind == "plan":
                plan = msgspec.msgpack.decode(value, type=Plan)
                if network is None:
                    network = Network(plan)
                else:
                    network.reload(plan)
                answer: Any = list(network.names())
            elif network is None:
                raise KernelError(0, "no network is up")
            elif kind == "forget":
                network.forget()
                answer = None
            elif kind == "why":
                answer = network.why_lost(*value)
            else:
                answer = [network.send(port, packet) for port, packet in value]
        except KeyError as error:
            _write(line, ("error", (0, f"no port {error}")))
        except OSError as error:
            _write(line, ("error", (error.errno or 0, error.strerror or str(error))))
        else:
            _write(line, ("ok", answer))


class Network:
    """The network in the child's namespaces.  Raises OSError."""

    def __init__(self, plan: Plan) -> None:
        ns.isolate()
        self._running = bring_up(plan, TUN if _tun() else PACKET)
        with ns.inside(self._running.fabric):
            self._log = Nflog((DROP_GROUP, HOP_GROUP), HEAD)
        self._ports = self._all_ports()

    def names(self) -> Iterable[tuple[int, str]]:
        """Index and name of each interface."""
        return ((index, name) for name, index in self._running.indexes.items())

    def reload(self, plan: Plan) -> None:
        """Change to another plan."""
        self._running.apply(plan)
        self._ports.close()
        self._ports = self._all_ports()

    def forget(self) -> None:
        """Let go of what the ruleset's sets and the kernel know of flows."""
        self._running.reload_rules()
        with ns.inside(self._running.fabric):
            conntrack.flush()

    def _all_ports(self) -> Ports:
        return TunPorts(self._running) if self._running.tuns else PacketPorts(self._running)

    def send(self, port: str, packet: bytes) -> tuple[str, bytes, int, list[tuple[int, int, bytes]], bool]:
        """Put a packet in and see what becomes of it: see Outcome."""
        self._drain()
        self._ports.put(port, packet)
        hops: list[tuple[int, int, bytes]] = []
        until = 0.0
        while True:
            passed = len(hops)
            reason = self._logged(hops)
            at, out = self._delivered()
            if at and until:
                self._logged(hops)  # what went on between the two looks
            if reason >= 0 or at:
                return at, out, reason, hops, False
            now = time.monotonic()
            if not until or len(hops) > passed:
                until = now + PATIENCE
            if now >= until:
                return "", b"", -1, hops, True
            select.select((self._ports.fileno(), self._log.fileno()), (), (), until - now)

    def why_lost(self, port: str, packet: bytes) -> str:
        """What the kernel counts of a packet that is lost."""
        with ns.inside(self._running.fabric):
            before = losses.read()
            *_, lost = self.send(port, packet)
            return ", ".join(losses.grown(before, losses.read())) if lost else ""

    def _logged(self, hops: list[tuple[int, int, bytes]]) -> int:
        """Add the hops told of; the reason of a drop, or -1."""
        reason = -1
        for row in self._log.read():
            if _noise(row.packet):
                continue
            if row.group == HOP_GROUP:
                hops.append((row.indev, row.outdev, row.packet))
            elif reason < 0 and row.prefix[:1] == "d" and row.prefix[1:].isdigit():
                reason = int(row.prefix[1:])
        if self._log.lost:
            raise KernelError(errno.ENOBUFS, "NFLOG: packets were logged faster than they were read")
        return reason

    def _delivered(self) -> tuple[str, bytes]:
        while True:
            port, packet = self._ports.take()
            if not port or not _noise(packet):
                return port, packet

    def _drain(self) -> None:
        """Take away what came since the last packet: the kernel's own, or the rest of what that one caused."""
        while self._delivered()[0]:
            pass
        self._log.read()


def _noise(packet: bytes) -> bool:
    """Whether the kernel says this of itself: multicast listener reports, neighbour and router discovery."""
    if len(packet) < 41 or packet[0] >> 4 != 6:
        return False
    return packet[6] == 0 or (packet[6] == 58 and 130 <= packet[40] <= 143)


# Whether any of this can be.


@cache
def usable() -> str:
    """Empty where an oracle can run; otherwise why not, in a line."""
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        why = "the trial process failed"
        try:
            why = _trial()
        finally:
            os.write(write, why.encode())
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as file:
        why = file.read().decode()
    os.waitpid(pid, 0)
    return why


def _tun() -> bool:
    """Whether TUN devices can be had; often only root of the machine may open theirs, and containers have none."""
    return os.access("/dev/net/tun", os.R_OK | os.W_OK)


def _trial() -> str:
    step = "namespaces"
    try:
        ns.isolate()
        if _tun():
            step = "a TUN device"
            tun.open_tun("trial")
        step = "NFLOG"
        Nflog((DROP_GROUP,))
        step = "nftables"
        nft.run("table inet trial {\n chain c {\n type filter hook forward priority 0\n log group 1\n }\n}\n")
    except OSError as error:
        return f"{step}: {error.strerror or error}"
    return ""
