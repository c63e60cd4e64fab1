"""From system calls to what happened: lookups, connections, TLS, files, processes.

``Follower`` is fed one event at a time and keeps only what is still open and
what is worth telling, so a log of any length is read in bounded memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from .arguments import Descriptor, Octets, Peer, descriptor, path_of, peer, string, vectors
from .lines import Call, Exit, Log, read_lines
from .local import asked_locally, told_locally
from .model import (
    ABANDONED,
    ALERT_RECEIVED,
    ALERT_SENT,
    ANSWERED,
    CLOSED,
    CONNECTED,
    FAILED,
    NO_ANSWER,
    OUTCOMES,
    PENDING,
    RESET,
    TIMEOUT,
    Connection,
    Exchange,
    FileRead,
    LocalSocket,
    Lookup,
    Observation,
    Process,
    Tls,
)
from .payload import (
    ALERT,
    CLIENT_HELLO,
    SERVER_HELLO,
    Alert,
    Hello,
    Message,
    dns_message,
    http_request,
    http_status,
    tls_record,
)
from .sockets import Socket, Task, Tasks

MAX_EVENTS = 10_000
"""Lookups, and connections, that are kept; more are counted."""
DNS_PORTS = (53, 5353, 5355)
LONG = 0.9
"""Seconds of waiting from which a connect that was given up counts as timed out."""
_SO_ERROR = re.compile(r"SO_ERROR, \[(\w+)\]")
_POLLED = re.compile(r"\{fd=(\d{1,10})(?:<((?:[^<>]|->|<[^<>]*>)*)>)?, events=([A-Z|]+)")
_READY = re.compile(r"\{fd=(\d{1,10})(?:<(?:[^<>]|->|<[^<>]*>)*>)?, revents=([A-Z|]+)")
_SET = re.compile(r"\[([\d ]*|(?:\d{1,10}<(?:[^<>]|->)*> ?)+)\]")
_NUMBER = re.compile(r"(\d{1,10})(?:<((?:[^<>]|->)*)>)?")
_LENGTH = re.compile(r"msg_len=(\d{1,10})")

STEERING = (
    "/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf",
    "/.aws/config", "/.aws/credentials", "/.netrc", "/.curlrc", "/.wgetrc", "/etc/wgetrc", "/.ssh/config", "/.npmrc",
    "/pip.conf", "/.boto", "/.gitconfig", "/etc/environment", "/openssl.cnf", "/ca-certificates.crt",
    "/ca-bundle.crt", "/cacert.pem", "/cert.pem", "/.docker/config.json", "/.kube/config", "/krb5.conf",
)  # fmt: skip
"""Ends of paths of files that decide where a request goes and whom it trusts."""


class Follower:
    """Reconstructs what happened from events in the order of the log."""

    def __init__(self) -> None:
        self.seen = Observation(lookups=[], connections=[], files=[], sockets=[], processes={})
        self.tasks = Tasks(lambda socket: self._close(socket, self._now))
        self._now = 0.0
        self.names: dict[str, str] = {}
        """Address -> the name last looked up that gave it."""
        self._files: set[tuple[int, str]] = set()
        self._locals: set[tuple[int, str, str]] = set()

    def feed(self, event: Call | Exit) -> None:
        """Take one event."""
        if isinstance(event, Exit):
            self._exit(event)
            return
        self.seen.calls += 1
        self._now = event.time or self._now
        handler = _HANDLERS.get(event.name)
        if handler is not None:
            handler(self, event, self.tasks.get(event.pid, event.time or 0.0))

    def finish(self, log: Log) -> Observation:
        """End what is still open, and tell everything."""
        seen = self.seen
        end = log.last or 0.0
        for task in self.tasks.by_pid.values():
            for socket in task.table.sockets.values():
                self._close(socket, end, over=False)
        seen.lines, seen.malformed, seen.timed = log.lines, log.malformed, log.timed
        seen.start, seen.end = log.first or 0.0, end
        named = {e.pid for events in (seen.lookups, seen.connections, seen.files, seen.sockets) for e in events}
        for pid in sorted(named):
            self._keep(pid)
        if self.tasks.root is not None:
            self._keep(self.tasks.root.process.pid)
        return seen

    def _keep(self, pid: int) -> None:
        if pid in self.seen.processes:
            return
        task = self.tasks.by_pid.get(pid)
        if task is not None:
            self.seen.processes[pid] = task.process
            if task.process.group != pid:
                self._keep(task.process.group)

    # Processes ------------------------------------------------------------------

    def _exit(self, event: Exit) -> None:
        task = self.tasks.by_pid.get(event.pid)
        if task is None:
            task = self.tasks.get(event.pid, event.time or 0.0)
        process: Process = task.process
        process.ended, process.exit, process.signal = event.time, event.code, event.signal
        task.table.users -= 1
        if task.table.users <= 0:
            for socket in task.table.sockets.values():
                self._close(socket, event.time or 0.0)
            task.table.sockets.clear()

    def execve(self, call: Call, task: Task) -> None:
        """A program starts in this process."""
        if call.result == 0:
            task.process.command = path_of(call.args).rpartition("/")[2][:64]
            self._drop(task, [number for number, one in task.table.sockets.items() if one.cloexec])

    def clone(self, call: Call, task: Task) -> None:
        """A process or thread starts another one."""
        if call.result is not None and call.result > 0:
            thread = "CLONE_THREAD" in call.args
            shares = thread or "CLONE_FILES" in call.args
            self.tasks.born(task, call.result, call.time or 0.0, shares_files=shares, thread=thread)

    # Files ----------------------------------------------------------------------

    def open(self, call: Call, task: Task) -> None:
        """A file is opened; only those that steer requests are told."""
        if call.result is not None and call.result >= 0:
            task.table.sockets.pop(call.result, None)
        path = path_of(call.args)
        if not path.endswith(STEERING):
            return
        key = (task.process.group, path)
        if key not in self._files and len(self._files) < MAX_EVENTS:
            self._files.add(key)
            good = call.result is not None and call.result >= 0
            self.seen.files.append(FileRead(path=path, pid=call.pid, time=call.time or 0.0, found=good))

    # Sockets --------------------------------------------------------------------

    def socket(self, call: Call, task: Task) -> None:
        """A new descriptor."""
        if call.result is None or call.result < 0:
            return
        old = task.table.sockets.pop(call.result, None)
        if old is not None:
            self._close(old, call.time or 0.0)
        kind = "unix" if "AF_UNIX" in call.args or "AF_LOCAL" in call.args or "PF_LOCAL" in call.args else ""
        if not kind and "_INET" in call.args:
            kind = "tcp" if "SOCK_STREAM" in call.args else "udp" if "SOCK_DGRAM" in call.args else "raw"
        if kind:
            self.tasks.put(task, call.result, Socket(kind)).cloexec = "SOCK_CLOEXEC" in call.args

    def accept(self, call: Call, task: Task) -> None:
        """A connection from outside: not ours to tell."""
        if call.result is not None and call.result >= 0:
            socket = self.tasks.put(task, call.result, Socket())
            socket.inbound = True

    def duplicate(self, call: Call, task: Task) -> None:
        """A second descriptor for the same socket."""
        fd = descriptor(call.args)
        if fd is None or call.result is None or call.result < 0 or (call.name == "fcntl" and "F_DUPFD" not in fd.rest):
            return
        found = self.tasks.socket(task, fd)
        if task.table.sockets.get(call.result) is found:
            return
        self._drop(task, [call.result])
        if found is not None:
            self.tasks.put(task, call.result, found)

    def close(self, call: Call, task: Task) -> None:
        """A descriptor goes; with the last one, the socket."""
        fd = descriptor(call.args)
        if fd is not None:
            self._drop(task, [fd.number])

    def close_range(self, call: Call, task: Task) -> None:
        """Many descriptors go."""
        words = call.args.split(", ")
        if call.result == 0 and len(words) == 3 and words[0].isdecimal() and "CLOSE_RANGE_CLOEXEC" not in words[2]:
            last = int(words[1][:10]) if words[1].isdecimal() else 1 << 32
            self._drop(task, [number for number in task.table.sockets if int(words[0][:10]) <= number <= last])

    def _drop(self, task: Task, numbers: list[int]) -> None:
        table = task.table.sockets
        for number in numbers:
            socket = table.pop(number, None)
            if socket is not None and socket not in table.values():
                self._close(socket, self._now)

    def connect(self, call: Call, task: Task) -> None:
        """A connection is asked for."""
        fd, to = descriptor(call.args), peer(call.args)
        if fd is None or to is None:
            return
        socket = self.tasks.socket(task, fd)
        if socket is None:
            known = "tcp" if call.error == "EINPROGRESS" else "udp" if to.port in DNS_PORTS else "tcp"
            socket = self.tasks.put(task, fd.number, Socket("unix" if to.family == "unix" else known))
        socket.inbound = False
        if to.family == "unix":
            self._connect_unix(socket, call, to)
        elif to.family == "unspec":
            socket.peer, socket.probe = None, False
        elif socket.kind == "udp":
            self._connect_udp(socket, call, to)
        elif socket.kind != "raw":
            self._connect_tcp(socket, call, to)

    def _connect_unix(self, socket: Socket, call: Call, to: Peer) -> None:
        socket.kind = "unix"
        socket.unix = to.address if call.result == 0 or call.error == "EINPROGRESS" else ""
        key = (call.pid, to.address, call.error)
        if key not in self._locals and len(self._locals) < MAX_EVENTS:
            self._locals.add(key)
            self.seen.sockets.append(
                LocalSocket(path=to.address, pid=call.pid, time=call.time or 0.0, error=call.error)
            )

    def _connect_udp(self, socket: Socket, call: Call, to: Peer) -> None:
        socket.peer = to
        if to.port in DNS_PORTS:
            if call.error:
                self._new(socket, call, to, "udp", OUTCOMES.get(call.error, FAILED))
        elif not socket.probe:  # ST1: no packet leaves; what is never used to send is no contact
            socket.probe = True
            self.seen.probes += 1
        else:
            self.seen.probes += 1

    def _connect_tcp(self, socket: Socket, call: Call, to: Peer) -> None:
        socket.kind = "tcp"
        now = socket.connection
        if now is not None and now.outcome == PENDING and socket.peer == to:
            if call.error in ("EALREADY", "EINPROGRESS", "EINTR"):
                return
        else:
            self._close(socket, call.time or 0.0)
            socket.peer = to
            now = self._new(socket, call, to, "tcp", PENDING)
        if call.result == 0 or call.error == "EISCONN":
            self._settle(now, CONNECTED, call.end or 0.0)
        elif call.error and not call.error.startswith(("EINPROGRESS", "EINTR", "EAGAIN", "ERESTART")):
            now.error = call.error
            self._settle(now, OUTCOMES.get(call.error, FAILED), call.end or 0.0)

    def _new(self, socket: Socket, call: Call, to: Peer, protocol: str, outcome: str) -> Connection:
        name = self.names.get(to.address, "")
        found = Connection(
            pid=call.pid,
            protocol=protocol,
            address=to.address,
            port=to.port,
            started=call.time or 0.0,
            outcome=outcome,
            error=call.error if outcome not in (PENDING, CONNECTED) else "",
            name=name,
            name_from="dns" if name else "",
            http=[],
        )
        if outcome != PENDING:
            found.ended = call.end
        socket.connection = found
        socket.ready = socket.waited = None
        if len(self.seen.connections) < MAX_EVENTS:
            self.seen.connections.append(found)
        else:
            self.seen.dropped += 1
        return found

    @staticmethod
    def _settle(connection: Connection, outcome: str, time: float) -> None:
        if connection.outcome == PENDING:
            connection.outcome, connection.ended = outcome, time

    def getsockopt(self, call: Call, task: Task) -> None:
        """The result of a connect that did not wait (ST4)."""
        found = _SO_ERROR.search(call.args)
        fd = descriptor(call.args)
        socket = self.tasks.socket(task, fd) if found and fd else None
        if found is None or socket is None or socket.connection is None:
            return
        connection = socket.connection
        time = socket.ready if socket.ready is not None else call.time or 0.0
        if found[1] == "0":
            self._settle(connection, CONNECTED, time)
        elif connection.outcome == PENDING:
            connection.error = found[1]
            self._settle(connection, OUTCOMES.get(found[1], FAILED), time)
        elif connection.outcome == CONNECTED:
            connection.broken = found[1]

    def poll(self, call: Call, task: Task) -> None:
        """Somebody waits: ready or out of time (ST5)."""
        if call.result == 0:
            for found in _POLLED.finditer(call.args):
                self._waited(task, Descriptor(int(found[1]), found[2] or "", ""), found[3], call)
        elif call.result is not None and call.result > 0:
            for found in _READY.finditer(call.detail):
                socket = task.table.sockets.get(int(found[1]))
                if socket is not None:
                    socket.ready = call.end
                    if socket.connection is not None:
                        socket.connection.waited = False

    def select(self, call: Call, task: Task) -> None:
        """The same with sets of descriptors."""
        if call.result == 0:
            sets = _SET.findall(call.args)[:3]
            for i, members in enumerate(sets):
                events = "POLLOUT" if i or call.args.split(",")[1].strip() == "NULL" else "POLLIN"
                for found in _NUMBER.finditer(members):
                    self._waited(task, Descriptor(int(found[1]), found[2] or "", ""), events, call)

    def epoll(self, call: Call, task: Task) -> None:
        """The same without saying on what: what is being connected was waited for."""
        if call.result == 0 and call.duration is not None and call.duration >= LONG:
            for socket in task.table.sockets.values():
                if socket.connection is not None and socket.connection.outcome == PENDING:
                    socket.waited = call.end

    def _waited(self, task: Task, fd: Descriptor, events: str, call: Call) -> None:
        socket = self.tasks.socket(task, fd)
        if socket is None:
            return
        connection = socket.connection
        connecting = connection is not None and connection.outcome == PENDING and "OUT" in events
        if connecting or any(not lookup.rcode for lookup in socket.lookups):
            socket.waited = call.end
        elif connection is not None and connection.outcome == CONNECTED and "IN" in events and _long(call):
            connection.waited = True

    # Data -----------------------------------------------------------------------

    def send(self, call: Call, task: Task) -> None:
        """Octets leave."""
        fd = descriptor(call.args)
        socket = self.tasks.socket(task, fd) if fd else None
        if fd is None or socket is None or socket.inbound:
            return
        self.seen.writes_seen = True
        if socket.kind == "unix":
            if call.result and socket.unix:
                asked = asked_locally(socket.unix, _payloads(call, fd))
                if asked is not None:
                    self._ask_local(socket, call, *asked)
            return
        to = (peer(fd.rest) if call.name in _ADDRESSED else None) or socket.peer
        if to is None or to.family == "unspec":
            return
        if socket.kind == "udp":
            self._send_udp(socket, call, fd, to)
        elif socket.kind == "tcp":
            if socket.connection is None and "MSG_FASTOPEN" in call.args:
                socket.peer = to
                self._new(socket, call, to, "tcp", PENDING)
            if socket.connection is not None:
                self._send_tcp(socket, socket.connection, call, fd)

    def _send_udp(self, socket: Socket, call: Call, fd: Descriptor, to: Peer) -> None:
        if to.port in DNS_PORTS:
            for octets in _payloads(call, fd):
                message = dns_message(octets.data)
                if message is not None and not message.reply:
                    self._ask(socket, call, to, message)
            if call.error:
                self._dns_error(socket, call)
            return
        if socket.connection is None:
            if socket.probe:
                socket.probe = False
                self.seen.probes -= 1
            self._new(socket, call, to, "udp", CONNECTED)
        connection = socket.connection
        if connection is not None:
            connection.sent += _size(call)
            connection.last = call.end

    def _send_tcp(self, socket: Socket, connection: Connection, call: Call, fd: Descriptor) -> None:
        if call.error:
            if call.error in ("ECONNRESET", "EPIPE", "ETIMEDOUT"):
                connection.broken = connection.broken or call.error
            return
        size = _size(call)
        if not size:
            return
        self._settle(connection, CONNECTED, socket.ready or call.time or 0.0)
        connection.sent += size
        connection.last = call.end
        connection.waited = False
        if connection.port == 53:
            for octets in _payloads(call, fd):
                socket.stream_out = self._dns_stream(socket, call, socket.stream_out + octets.data)
            return
        if socket.peeks > 0 or (connection.tls is not None and size <= 64):
            socket.peeks -= 1
            for octets in _payloads(call, fd):
                self._look_out(socket, connection, call, octets)
        elif connection.http and fd.rest[:1] == '"' and fd.rest[1:5].isupper():
            for octets in _payloads(call, fd):
                self._plain_request(connection, octets.data)

    def _look_out(self, socket: Socket, connection: Connection, call: Call, octets: Octets) -> None:
        """What the client says at the start: ClientHello, the rest of the handshake, an alert, plain HTTP."""
        data = octets.data
        if socket.stream_out or (connection.tls is None and data[:2] == b"\x16\x03"):
            data = socket.stream_out = (socket.stream_out + data)[:16384]
        record = tls_record(data)
        tls = connection.tls
        if record is not None and record[0] == CLIENT_HELLO and isinstance(record[1], Hello):
            hello = record[1]
            if hello.whole or octets.cut:
                socket.stream_out = b""
            if tls is None:
                tls = connection.tls = Tls(started=call.time or 0.0)
            tls.name, tls.protocols = hello.name, hello.protocols
            if hello.name:
                connection.name, connection.name_from = hello.name, "tls"
            return
        if tls is None:
            self._plain_request(connection, data)
            return
        if record is not None and isinstance(record[1], Alert):
            if record[1].fatal:
                tls.outcome, tls.alert = ALERT_SENT, record[1].name
                tls.ended = call.time
            return
        if data[:1] in (b"\x14", b"\x16", b"\x17") and not tls.outcome:
            tls.outcome, tls.ended = ANSWERED, call.time
        self._count_records(socket, tls, data, octets.cut)

    @staticmethod
    def _count_records(socket: Socket, tls: Tls, data: bytes, cut: bool) -> None:
        """Tell a client that hangs up after the handshake from one that asks something."""
        at = 0
        while at + 5 <= len(data):
            size = int.from_bytes(data[at + 3 : at + 5], "big")
            if data[at] == 22 and not socket.records:
                socket.tls12 = True
            if data[at] == 23:
                socket.records += 1
                # The first record of TLS 1.3 is Finished; 19 octets are a close_notify.
                if (socket.records > 1 or socket.tls12) and size > 24:
                    socket.records = 99
            at += 5 + size
        if cut:
            socket.records = 99
        tls.asked = True

    def _plain_request(self, connection: Connection, data: bytes) -> None:
        found = http_request(data)
        if found is None or len(connection.http) >= 16:
            return
        connection.http.append(Exchange(method=found.method, path=found.path, host=found.host))
        if found.host and not connection.name:
            host = found.host.rsplit(":", 1)[0] if found.host.count(":") == 1 else found.host
            connection.name, connection.name_from = host, "http"

    def receive(self, call: Call, task: Task) -> None:
        """Octets arrive."""
        fd = descriptor(call.args)
        socket = self.tasks.socket(task, fd) if fd else None
        if fd is None or socket is None or socket.inbound:
            return
        self.seen.reads_seen = True
        if socket.kind == "unix":
            if socket.lookups and call.result:
                self._told_local(socket, call, fd)
            return
        if socket.kind == "udp":
            self._receive_udp(socket, call, fd)
        elif socket.kind == "tcp" and socket.connection is not None:
            self._receive_tcp(socket, socket.connection, call, fd)

    def _receive_udp(self, socket: Socket, call: Call, fd: Descriptor) -> None:
        if call.error:
            self._dns_error(socket, call)
            return
        if socket.lookups:
            for octets in _payloads(call, fd):
                self._answer(socket, call, dns_message(octets.data), octets.cut)
        elif socket.connection is not None:
            socket.connection.received += _size(call)
            socket.connection.last = call.end
            socket.connection.waited = False

    def _receive_tcp(self, socket: Socket, connection: Connection, call: Call, fd: Descriptor) -> None:
        if call.error:
            if call.error in ("ECONNRESET", "ETIMEDOUT", "EHOSTUNREACH", "ECONNREFUSED"):
                if connection.outcome == PENDING:
                    connection.error = call.error
                    self._settle(connection, OUTCOMES.get(call.error, FAILED), call.end or 0.0)
                else:
                    connection.broken = call.error
            return
        if call.result == 0:
            connection.eof = connection.eof or '""' in call.args or call.name in ("recvmsg", "readv")
            return
        size = _size(call)
        if not size:
            return
        self._settle(connection, CONNECTED, socket.ready or call.time or 0.0)
        connection.received += size
        connection.last = call.end
        connection.waited = False
        if connection.port == 53:
            for octets in _payloads(call, fd):
                socket.stream_in = self._dns_stream(socket, call, socket.stream_in + octets.data)
            return
        tls = connection.tls
        if tls is not None and (tls.outcome in ("", ALERT_RECEIVED) or socket.alert_next or size == 7):
            for octets in _payloads(call, fd):
                self._look_in(socket, tls, call, octets.data)
        elif connection.http and connection.http[-1].status is None:
            for octets in _payloads(call, fd):
                connection.http[-1].status = http_status(octets.data) or connection.http[-1].status

    def _look_in(self, socket: Socket, tls: Tls, call: Call, data: bytes) -> None:
        """What the server says first: its hello, or an alert, whose header some clients read alone."""
        if socket.alert_next:
            socket.alert_next = False
            if len(data) == 2 and data[0] == 2:
                record = tls_record(b"\x15\3\3\0\2" + data)
                if record is not None and isinstance(record[1], Alert):
                    tls.outcome, tls.alert, tls.ended = ALERT_RECEIVED, record[1].name, call.end
            return
        record = tls_record(data)
        if record is not None and record[0] == ALERT and isinstance(record[1], Alert):
            if record[1].fatal:
                tls.outcome, tls.alert, tls.ended = ALERT_RECEIVED, record[1].name, call.end
        elif len(data) == 5 and data[:1] == b"\x15":
            socket.alert_next = True
        elif not tls.outcome and (data[:1] == b"\x16" or (record is not None and record[0] == SERVER_HELLO)):
            tls.outcome, tls.ended = ANSWERED, call.end

    # DNS ------------------------------------------------------------------------

    def _dns_stream(self, socket: Socket, call: Call, stream: bytes) -> bytes:
        """Messages of DNS over TCP, each behind its length; what is not whole yet stays."""
        to = socket.peer
        while to is not None and len(stream) >= 2:
            size = int.from_bytes(stream[:2], "big")
            if len(stream) < 2 + size:
                break
            message = dns_message(stream[2 : 2 + size])
            if message is not None and message.reply:
                self._answer(socket, call, message, False)
            elif message is not None:
                self._ask(socket, call, to, message, "tcp")
            stream = stream[2 + size :]
        return stream if len(stream) <= 65537 else b""

    def _ask(self, socket: Socket, call: Call, to: Peer, message: Message, protocol: str = "udp") -> None:
        for before in socket.lookups:
            if not before.rcode and before.name == message.name and before.type == message.type:
                before.attempts += 1
                before.ident = message.ident
                return
        found = Lookup(
            pid=call.pid,
            name=message.name,
            type=message.type,
            server=to.address,
            protocol=protocol,
            started=call.time or 0.0,
            ident=message.ident,
        )
        self._asked(socket, found)

    def _asked(self, socket: Socket, found: Lookup) -> None:
        socket.lookups = [*[one for one in socket.lookups if not one.rcode][-15:], found]
        if len(self.seen.lookups) < MAX_EVENTS:
            self.seen.lookups.append(found)
        else:
            self.seen.dropped += 1

    def _answer(self, socket: Socket, call: Call, message: Message | None, cut: bool) -> None:
        if message is None or not message.reply:
            return
        for lookup in socket.lookups:
            same = lookup.name.lower() == message.name.lower() and lookup.type == message.type
            same = lookup.ident == message.ident and (same or "…" in lookup.name + message.name)
            if same and not lookup.rcode:
                if "…" in lookup.name and "…" not in message.name:
                    lookup.name, lookup.type = message.name, message.type
                lookup.rcode, lookup.answer = message.rcode, message.answer
                lookup.whole = message.whole and not cut
                lookup.ended = call.end
                self._learn(lookup)
                return

    def _learn(self, lookup: Lookup) -> None:
        name = lookup.name.rstrip(".") if lookup.name != "." else "."
        for address in lookup.addresses:
            if len(self.names) < MAX_EVENTS or address in self.names:
                self.names[address] = name

    @staticmethod
    def _dns_error(socket: Socket, call: Call) -> None:
        if call.error in OUTCOMES:
            for lookup in socket.lookups:
                if not lookup.rcode:
                    lookup.rcode = "CONNREFUSED" if call.error == "ECONNREFUSED" else "UNREACHABLE"
                    lookup.ended = call.end

    def _ask_local(self, socket: Socket, call: Call, via: str, name: str, type_: str) -> None:
        lookup = Lookup(
            pid=call.pid, name=name, type=type_, server=socket.unix, via=via, protocol="unix", started=call.time or 0.0
        )
        self._asked(socket, lookup)

    def _told_local(self, socket: Socket, call: Call, fd: Descriptor) -> None:
        lookup = socket.lookups[-1]
        if lookup.rcode:
            return
        told = told_locally(lookup, _payloads(call, fd))
        if told is not None:
            lookup.rcode, lookup.answer, lookup.whole = told
            lookup.ended = call.end
            self._learn(lookup)

    # The end --------------------------------------------------------------------

    def _close(self, socket: Socket, time: float, *, over: bool = True) -> None:
        """A socket goes: what was still awaited on it did not come.  Not ``over``: the log ends, the socket may not."""
        for lookup in socket.lookups:
            if not lookup.rcode and socket.waited is not None:
                lookup.rcode, lookup.ended = "TIMEOUT", socket.waited
        connection = socket.connection
        if connection is None:
            return
        if connection.outcome == PENDING:
            if socket.waited is not None and socket.waited - connection.started >= LONG:
                connection.outcome, connection.ended = TIMEOUT, socket.waited
            elif over:
                connection.outcome, connection.ended = ABANDONED, socket.waited or time
        if over and connection.closed is None:
            connection.closed = time
        tls = connection.tls
        if tls is None:
            return
        if not tls.outcome and self.seen.reads_seen:
            if connection.broken:
                tls.outcome = RESET
            elif connection.eof:
                tls.outcome = CLOSED
            elif connection.waited or (over and not connection.received):
                tls.outcome = NO_ANSWER
            tls.ended = connection.last if connection.broken or connection.eof else time
        elif tls.outcome == ANSWERED and over and 0 < socket.records < 99:
            tls.asked = False


_ADDRESSED = frozenset(("sendto", "sendmsg", "sendmmsg"))
_VECTORED = frozenset(("sendmsg", "sendmmsg", "recvmsg", "recvmmsg", "writev", "readv", "pwritev2", "preadv2"))


def _payloads(call: Call, fd: Descriptor) -> Iterator[Octets]:
    """The payloads of a call that sends or receives."""
    if call.name in _VECTORED:
        yield from vectors(fd.rest)
    elif fd.rest[:1] == '"':
        found = string(fd.rest)
        if found is not None:
            yield found


def _size(call: Call) -> int:
    """Octets a call moved."""
    if call.result is None or call.result <= 0:
        return 0
    if call.name in ("sendmmsg", "recvmmsg"):
        return sum(map(int, _LENGTH.findall(call.args)))
    return call.result


def _long(call: Call) -> bool:
    return call.duration is None or call.duration >= LONG


_HANDLERS: dict[str, Callable[[Follower, Call, Task], None]] = {
    **dict.fromkeys(("execve", "execveat"), Follower.execve),
    **dict.fromkeys(("clone", "clone3", "fork", "vfork"), Follower.clone),
    **dict.fromkeys(("open", "openat", "openat2"), Follower.open),
    **dict.fromkeys(("accept", "accept4"), Follower.accept),
    **dict.fromkeys(("dup", "dup2", "dup3", "fcntl"), Follower.duplicate),
    **dict.fromkeys(("poll", "ppoll"), Follower.poll),
    **dict.fromkeys(("select", "pselect6", "_newselect"), Follower.select),
    **dict.fromkeys(("epoll_wait", "epoll_pwait", "epoll_pwait2"), Follower.epoll),
    **dict.fromkeys(("send", "sendto", "sendmsg", "sendmmsg", "write", "writev", "sendfile", "splice"), Follower.send),
    **dict.fromkeys(("recv", "recvfrom", "recvmsg", "recvmmsg", "read", "readv"), Follower.receive),
    "socket": Follower.socket,
    "connect": Follower.connect,
    "getsockopt": Follower.getsockopt,
    "close": Follower.close,
    "close_range": Follower.close_range,
}
"""System call -> who understands it; all others are passed over."""


def observe(file: BinaryIO) -> Observation:
    """What a saved log tells.  Never fails on what it holds."""
    log, follower = Log(), Follower()
    for event in log.events(read_lines(file, log)):
        follower.feed(event)
    return follower.finish(log)
