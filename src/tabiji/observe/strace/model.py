"""What was observed, as data: lookups, connections, files, processes."""

from __future__ import annotations

import msgspec

from ...names.answer import ResourceRecord

CONNECTED, REFUSED, TIMEOUT, UNREACHABLE, RESET = "connected", "refused", "timeout", "unreachable", "reset"
ABANDONED, PENDING, FAILED = "abandoned", "pending", "failed"
OUTCOMES = {
    "ECONNREFUSED": REFUSED,
    "ETIMEDOUT": TIMEOUT,
    "ENETUNREACH": UNREACHABLE,
    "EHOSTUNREACH": UNREACHABLE,
    "EADDRNOTAVAIL": UNREACHABLE,
    "ENETDOWN": UNREACHABLE,
    "EHOSTDOWN": UNREACHABLE,
    "ECONNRESET": RESET,
}
"""Error of a connect -> its outcome; any other is ``failed``."""

# What became of TLS.
NO_ANSWER, ALERT_SENT, ALERT_RECEIVED, CLOSED = "no_answer", "alert_sent", "alert_received", "closed"
ANSWERED = "answered"


class Lookup(msgspec.Struct, kw_only=True):
    """One question to a DNS server, or to a local resolver through its socket.

    ``via`` is ``dns``, ``systemd-resolved`` or ``nscd``; ``rcode`` is empty
    while nothing came back, TIMEOUT when nothing did, CONNREFUSED when nothing
    listened.  Times are seconds of the log's clock.
    """

    pid: int
    name: str
    type: str = ""
    server: str = ""
    via: str = "dns"
    protocol: str = "udp"
    started: float = 0.0
    ended: float | None = None
    rcode: str = ""
    answer: tuple[ResourceRecord, ...] = ()
    whole: bool = True
    """False when strace cut the answer: there may be more records."""
    attempts: int = 1
    ident: int = -1

    @property
    def addresses(self) -> tuple[str, ...]:
        """Addresses in the answer, in order."""
        return tuple(r.rdata for r in self.answer if r.type in ("A", "AAAA") and r.rdata)

    @property
    def ok(self) -> bool:
        """It gave an answer, be it an empty one."""
        return self.rcode == "NOERROR"


class Tls(msgspec.Struct, kw_only=True):
    """A TLS handshake as far as it is in the clear.

    ``outcome`` is answered, alert_sent, alert_received, reset, closed or
    no_answer; ``alert`` the alert's name.
    """

    name: str = ""
    protocols: tuple[str, ...] = ()
    started: float = 0.0
    ended: float | None = None
    outcome: str = ""
    alert: str = ""
    asked: bool = True
    """False: the handshake went through, and the client then hung up without a request (it refused the certificate)."""


class Exchange(msgspec.Struct, kw_only=True):
    """A plain HTTP request and the status that came back."""

    method: str
    path: str
    host: str
    status: int | None = None


class Connection(msgspec.Struct, kw_only=True):
    """A TCP connection, or datagrams to one address, from ``connect`` on.

    ``outcome`` is connected, refused, timeout, unreachable, reset, abandoned
    (given up, or ended, before an answer), pending or failed; ``error`` the
    system's word for it.  ``sent`` and ``received`` are octets seen; None
    for ``received`` when the log does not hold the calls that would tell.
    """

    pid: int
    protocol: str
    address: str
    port: int
    started: float = 0.0
    ended: float | None = None
    outcome: str = PENDING
    error: str = ""
    name: str = ""
    """The name it was made for: looked up before, or told in TLS or HTTP."""
    name_from: str = ""
    """``dns``, ``tls`` or ``http``."""
    sent: int = 0
    received: int = 0
    last: float | None = None
    """When something was last sent or received."""
    closed: float | None = None
    broken: str = ""
    """The error that ended it once it was connected: ECONNRESET, EPIPE."""
    waited: bool = False
    """Somebody waited for data until a timeout after the last octet sent."""
    eof: bool = False
    tls: Tls | None = None
    http: list[Exchange] = []

    @property
    def ok(self) -> bool | None:
        """It worked; None when it cannot be told."""
        if self.outcome in (PENDING,):
            return None
        if self.outcome != CONNECTED:
            return False
        if self.tls is not None and self.tls.outcome != ANSWERED:
            return False if self.tls.outcome else None
        if self.tls is not None and not self.tls.asked:
            return False
        if self.broken and not self.received:
            return False
        return not (self.waited and self.sent and not self.received)


class FileRead(msgspec.Struct, kw_only=True):
    """A file that steers the network was opened, or looked for in vain."""

    path: str
    pid: int
    time: float = 0.0
    found: bool = True


class LocalSocket(msgspec.Struct, kw_only=True):
    """A unix socket somebody connected to, or tried to."""

    path: str
    pid: int
    time: float = 0.0
    error: str = ""


class Process(msgspec.Struct, kw_only=True):
    """A process or thread; ``group`` is the pid of the process a thread belongs to."""

    pid: int
    parent: int = 0
    group: int = 0
    command: str = ""
    started: float = 0.0
    ended: float | None = None
    exit: int | None = None
    signal: str = ""


class Observation(msgspec.Struct, kw_only=True):
    """All that was observed, in the order it began."""

    lookups: list[Lookup] = []
    connections: list[Connection] = []
    files: list[FileRead] = []
    sockets: list[LocalSocket] = []
    processes: dict[int, Process] = {}
    probes: int = 0
    """Datagram sockets connected only to sort addresses; nothing was sent (ST1)."""
    lines: int = 0
    calls: int = 0
    malformed: int = 0
    dropped: int = 0
    """Events beyond what is kept."""
    timed: bool = False
    start: float = 0.0
    end: float = 0.0
    reads_seen: bool = False
    """The log holds calls that receive, so that ``received`` means something."""
    writes_seen: bool = False
