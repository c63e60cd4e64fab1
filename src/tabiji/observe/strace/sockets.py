"""Sockets and processes while a log is read: which descriptor is which socket."""

from __future__ import annotations

from collections.abc import Callable

from .arguments import Descriptor, Label, Peer, label
from .model import Connection, Lookup, Process

MAX_SOCKETS = 50_000
MAX_TASKS = 50_000


class Socket:
    """An open socket: what it is connected to, and what is still awaited on it."""

    __slots__ = (
        "alert_next", "cloexec", "connection", "inbound", "inode", "kind", "lookups", "peeks", "peer", "probe", "ready",
        "records", "stream_in", "stream_out", "tls12", "unix", "waited",
    )  # fmt: skip

    def __init__(self, kind: str = "") -> None:
        self.kind = kind
        """tcp, udp, unix or nothing known."""
        self.peer: Peer | None = None
        self.unix = ""
        self.cloexec = False
        self.inode = ""
        self.connection: Connection | None = None
        self.lookups: list[Lookup] = []
        """Questions sent here, the unanswered and the answered."""
        self.probe = False
        self.inbound = False
        self.ready: float | None = None
        self.waited: float | None = None
        """When a poll on it last ran out of time."""
        self.peeks = 8
        """Payloads that are still looked into."""
        self.records = 0
        """TLS records of application data the client sent."""
        self.tls12 = False
        self.alert_next = False
        self.stream_out = b""
        self.stream_in = b""


class Task:
    """A process or thread with the descriptors it sees."""

    __slots__ = ("known", "process", "table")

    def __init__(self, process: Process) -> None:
        self.process = process
        self.table = Table()
        self.known = False
        """Its parent is known."""


class Table:
    """Descriptors, shared by the threads of a process."""

    __slots__ = ("sockets", "users")

    def __init__(self) -> None:
        self.sockets: dict[int, Socket] = {}
        self.users = 1


class Tasks:
    """All tasks of a log; ``gone`` is told of sockets whose descriptor turns out to be something else by now."""

    def __init__(self, gone: Callable[[Socket], None]) -> None:
        self.gone = gone
        self.by_pid: dict[int, Task] = {}
        self.root: Task | None = None
        self.by_label: dict[str, Socket] = {}

    def get(self, pid: int, time: float) -> Task:
        """The task of a pid, made when it is new."""
        found = self.by_pid.get(pid)
        if found is None:
            found = Task(Process(pid=pid, group=pid, started=time))
            if self.root is None:
                self.root = found
            elif len(self.by_pid) >= MAX_TASKS:
                return self.root
            self.by_pid[pid] = found
        return found

    def born(self, parent: Task, pid: int, time: float, *, shares_files: bool, thread: bool) -> Task:
        """A task that another one started; what it did before its parent's call returned is kept."""
        child = self.get(pid, time)
        if child is parent or child is self.root:
            return child
        child.known = True
        child.process.parent = parent.process.pid
        if thread:
            child.process.group = parent.process.group
        if not child.process.command:
            child.process.command = parent.process.command
        early = child.table.sockets
        if shares_files:
            parent.table.sockets.update(early)
            child.table = parent.table
            child.table.users += 1
        else:
            child.table.sockets = {**parent.table.sockets, **early}
        return child

    def socket(self, task: Task, fd: Descriptor) -> Socket | None:
        """The socket behind a descriptor; None for a file, or for what is not known to be a socket."""
        table = task.table.sockets
        found = table.get(fd.number)
        if found is None and not task.known and self.root is not None:
            # Without clone in the log a thread cannot be told from a process (ST3).
            found = self.root.table.sockets.get(fd.number)
        if not fd.label:
            return found
        told = label(fd.label)
        if told is None:
            if not fd.label.startswith("UNIX"):
                self._forget(table, fd.number)
                return None
            return found
        if found is not None and _contradicts(found, told):
            if table.get(fd.number) is found:
                self._forget(table, fd.number)
            found = None
        if found is None:
            found = self.by_label.get(fd.label)
        if found is None:
            found = self.put(task, fd.number, Socket(told.protocol))
            found.peer, found.inbound = told.peer, told.peer is not None
        if told.inside.isdigit():
            found.inode = told.inside
        found.kind = found.kind or told.protocol
        if told.peer is not None and told.protocol == "tcp" and len(self.by_label) < MAX_SOCKETS:
            self.by_label[fd.label] = found
        return found

    def _forget(self, table: dict[int, Socket], number: int) -> None:
        old = table.pop(number, None)
        if old is not None and old not in table.values():
            self.gone(old)

    def put(self, task: Task, number: int, socket: Socket) -> Socket:
        """Enter a new socket; an older one of the same number is forgotten."""
        if len(task.table.sockets) < MAX_SOCKETS or number in task.table.sockets:
            task.table.sockets[number] = socket
        return socket


def _contradicts(found: Socket, told: Label) -> bool:
    """The label shows another socket than the one remembered."""
    if found.kind and found.kind != told.protocol:
        return True
    if told.inside.isdigit():
        return bool(found.inode) and found.inode != told.inside
    if told.protocol == "tcp" and told.peer is not None and found.peer is not None:
        return found.peer.port != told.peer.port or not _same(found.peer.address, told.peer.address)
    return False


def _same(one: str, other: str) -> bool:
    return one == other or one.removeprefix("::ffff:") == other.removeprefix("::ffff:") or ":" in one
