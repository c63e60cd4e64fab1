"""``tabiji lab capture``: packets of the whole network as pcapng, or each packet's hops in words."""

from __future__ import annotations

import os
import select
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from . import NO, YES, UsageError
from .settings import lang_of

if TYPE_CHECKING:
    from ..lab.holder.home import Home
    from ..lab.observe import Interface, Travelled
    from ..report.labels import Labels
    from ..report.terminal import Style

OUTGOING, TIMESTAMP = 4, 35
"""Packet type of what an interface sends; control message with the kernel's time."""
LONGEST = 1 << 17
"""Bytes of a frame."""
QUIET, PATIENCE = 0.02, 2.0
"""Seconds without news until a packet counts as arrived, and until one that never was told further is given up."""


def run(options: Any) -> int:
    """Watch until Ctrl-C, --seconds or --count: 0 something was seen, 2 nothing."""
    if options.hops == bool(options.write):
        raise UsageError("capture what? -w FILE for packets as pcapng, or --hops for each packet's journey")
    if options.write == "-" and sys.stdout.isatty():
        raise UsageError("pcapng on a terminal helps nobody: -w FILE, or pipe it, as in: -w - | tcpdump -r -")
    import msgspec

    from ..lab.holder import wire
    from ..lab.holder.client import ask
    from ..lab.holder.home import find
    from ..lab.observe import Interface

    home = find(options.name)
    body, fds = ask(home, wire.Watch(what="hops" if options.hops else "frames"))
    interfaces = [msgspec.convert(row, Interface) for row in body["interfaces"]]
    if options.host:
        guest = _guest(home, options.host)
        wanted = {i.index for i in interfaces if i.guest == guest}
    else:
        wanted = set()
    labels = _labels(home, lang_of(options))
    until = Until(options.seconds, options.count)
    try:
        if options.hops:
            seen = _hops(fds[0], interfaces, body, wanted, until, _printer(options, labels))
        else:
            seen = _packets(fds[0], interfaces, wanted, until, options.write, labels)
    finally:
        until.close()
    print(labels.text("lab.captured", (), count=str(seen)), file=sys.stderr)
    return YES if seen else NO


class Until:
    """When to stop: after a time, a number of packets, or SIGINT or SIGTERM."""

    def __init__(self, seconds: float | None, count: int | None) -> None:
        self.end = time.monotonic() + seconds if seconds else None
        self.left = count
        self._wake, self._woken = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)

    def close(self) -> None:
        """Signals are as they were."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.close(self._wake)
        os.close(self._woken)

    def count(self) -> bool:
        """One more was seen; False when that was the last."""
        if self.left is not None:
            self.left -= 1
        return self.left != 0

    def ready(self, fd: int, most: float | None = None) -> Iterator[bool]:
        """Whether there is something to read, again and again, until it is time to stop."""
        while self.left != 0:
            now = time.monotonic()
            if self.end is not None and now >= self.end:
                return
            waits = [w for w in (most, None if self.end is None else self.end - now) if w is not None]
            ready, _, _ = select.select([fd, self._wake], [], [], min(waits) if waits else None)
            if self._wake in ready:
                return
            yield fd in ready


def _guest(home: Home, text: str) -> str:
    """The guest that is called so.  Raises LabError."""
    import msgspec

    from ..lab.holder import wire
    from ..lab.holder.client import ask
    from ..lab.holder.network import Hosts
    from ..lab.plan.model import Plan

    body, _ = ask(home, wire.Plan())
    return Hosts(msgspec.convert(body, Plan)).find(text).name


def _labels(home: Home, lang: str) -> Labels:
    """Names for ids, of the lab's estate if it can still be read."""
    from .. import load
    from ..report.labels import Labels
    from ..sources.errors import SourceError

    about = home.about()
    try:
        return Labels(load(about.net, about.overlay) if about is not None else None, lang)
    except SourceError:
        return Labels(None, lang)


def _printer(options: Any, labels: Labels) -> Callable[[Travelled, float], None]:
    from ..lab.observe import document
    from ..report.json import encode
    from ..report.terminal import style_for

    style = style_for(options.color)

    def tell(travelled: Travelled, when: float) -> None:
        if options.format == "json":
            print(encode({"version": 1, "kind": "lab-hops", "time": when, **document(travelled)}), flush=True)
        else:
            print("\n".join(travelled_lines(travelled, when, labels, style)), flush=True)

    return tell


def travelled_lines(travelled: Travelled, when: float, labels: Labels, style: Style) -> Iterator[str]:
    """A packet's journey as a trace shows it: the packet, the places, how it ended."""
    from ..packet.header import protocol_name
    from ..report.terminal import cells, circled
    from ..report.text import five_tuple

    clock = time.strftime("%H:%M:%S", time.localtime(when)) + f".{int(when % 1 * 1000):03d}"
    before = travelled.stops[0].packet if travelled.stops else None
    what = f"{protocol_name(before.proto)} {five_tuple(before)}" if before else "?"
    yield f"{style(clock, 'dim')}  {style(what, 'bold')}  {style(travelled.flags, 'dim')}".rstrip()
    for number, stop in enumerate(travelled.stops, 1):
        mark = circled(number)
        line = f" {mark}" + " " * (3 - cells(mark)) + labels.place(stop.place)
        if stop.packet != before:
            line += "  " + style(five_tuple(stop.packet), "cyan")
        before = stop.packet
        yield line
    yield "    " + _ended(travelled, labels, style)


def _ended(travelled: Travelled, labels: Labels, style: Style) -> str:
    reason = travelled.reason
    if reason is not None:
        parts = (reason.code, labels.label(reason.owner), reason.rule)
        return style("✗ " + labels.text("lab.hops.dropped", (), why=" ".join(part for part in parts if part)), "bad")
    if travelled.ended == "delivered":
        return style("✓ " + labels.text("lab.hops.delivered", ()), "good")
    return style("? " + labels.text("lab.hops.unfinished", ()), "odd")


def _hops(
    fd: int,
    interfaces: list[Interface],
    body: dict[str, Any],
    wanted: set[int],
    until: Until,
    tell: Callable[[Travelled, float], None],
) -> int:
    import msgspec

    from ..lab.kernel.nflog import Nflog
    from ..lab.observe import Observer
    from ..lab.plan.model import Reason

    observer = Observer(interfaces, msgspec.convert(body["reasons"], list[Reason]))
    observer.forwarding(body["forwarding"])
    hosts = {(i.place(), a) for i in interfaces if i.index in wanted for a in i.addresses}
    log = Nflog.adopt(fd)
    seen = 0
    for ready in until.ready(fd, QUIET):
        now = time.monotonic()
        over: list[Travelled] = []
        if ready:
            for told in log.read():
                over += observer.hear(told, now)
        else:
            over += observer.idle(now, PATIENCE)
        for travelled in over:
            places = {stop.place for stop in travelled.stops}
            if wanted and not any(place in places for place, _ in hosts):
                continue
            tell(travelled, time.time())
            seen += 1
            if not until.count():
                break
    if log.lost:
        print("tabiji: packets came faster than they could be told; some are missing", file=sys.stderr)
    return seen


def _packets(fd: int, interfaces: list[Interface], wanted: set[int], until: Until, path: str, labels: Labels) -> int:
    from contextlib import ExitStack

    from ..lab.holder.pcapng import INBOUND, OUTBOUND, Writer

    known = {interface.name: interface for interface in interfaces}
    seen = 0
    with ExitStack() as files:
        frames = files.enter_context(socket.socket(fileno=fd))
        out: BinaryIO = sys.stdout.buffer
        if path != "-":
            try:
                out = files.enter_context(open(path, "wb"))
            except OSError as error:
                raise UsageError(f"-w {path}: {error.strerror or error}") from None
        writer = Writer(out)
        out.flush()
        for ready in until.ready(fd):
            if not ready:
                continue
            data, ancillary, _, (name, _, kind, *_) = frames.recvmsg(LONGEST, socket.CMSG_SPACE(64))
            interface = known.get(name)
            if interface is None or (wanted and interface.index not in wanted):
                continue
            number = writer.interface(name, _interface_name(interface, labels), name)
            writer.packet(number, _time(ancillary), data, direction=OUTBOUND if kind == OUTGOING else INBOUND)
            out.flush()
            seen += 1
            until.count()
    return seen


def _interface_name(interface: Interface, labels: Labels) -> str:
    """What the interface is, in words: ``ENI web (eni-0a1)``, ``TGW attachment spoke-a (tgw-attach-0b2) az a``."""
    from ..lab.observe import SINK

    if interface.role == SINK:
        return interface.owner
    return " ".join(part for part in (labels.place(interface.place()), interface.label) if part)


def _time(ancillary: list[tuple[int, int, bytes]]) -> int:
    """When the kernel saw it, in nanoseconds since the epoch."""
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == TIMESTAMP and len(data) >= 16:
            seconds, nanoseconds = struct.unpack_from("=qq", data)
            return int(seconds) * 1_000_000_000 + int(nanoseconds)
    return time.time_ns()
