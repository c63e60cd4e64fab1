"""Sockets: one thread that waits for connections and datagrams, one more for each connection.

Every address and port has its own socket, so that the kernel itself refuses
whatever nobody listens at.  ``SO_MARK`` of an accepted socket tells the link
(``tcp_fwmark_accept``, LAB25); a datagram tells it by the interface it came by.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from .directory import TCP, Arrival, Socket

BACKLOG = 512
MOST_CONNECTIONS = 2000
"""At once; more are reset."""
IPV6_FREEBIND = 78
IP_FREEBIND = 15
IP_PKTINFO = 8
"""Linux; the socket module does not name them in every Python this runs on."""
_RESET = struct.pack("ii", 1, 0)

Serve = Callable[[socket.socket, Arrival], None]
"""Has a connection to itself, in a thread of its own; the socket is closed behind it."""
Reply = Callable[[bytes], None]
Datagram = Callable[[bytes, Arrival, Reply], None]
"""Gets a datagram; may answer at once or later, from any thread, or not at all."""


class ListenError(OSError):
    """An address and port cannot be listened at; the text is one line."""


def open_socket(where: Socket, port: int) -> socket.socket:
    """A listening socket, also at an address no interface has (AnyIP, LAB25).  Raises ListenError."""
    six = ":" in where.address
    kind = socket.SOCK_STREAM if where.protocol == TCP else socket.SOCK_DGRAM
    sock = socket.socket(socket.AF_INET6 if six else socket.AF_INET, kind | socket.SOCK_CLOEXEC)
    try:
        sock.setblocking(False)
        if six:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
        if where.protocol == TCP:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        elif six:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        sock.bind((where.address, port))
        if where.protocol == TCP:
            sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        text = f"cannot listen at {where.address} {where.protocol}/{port}: {error.strerror or error}"
        raise ListenError(error.errno, text) from error
    return sock


class Ears:
    """The listening sockets of one namespace.

    ``ports`` maps a port of the plan to the one really bound (for tests
    without privileges).  ``marks`` gives the mark of an interface by its name.
    """

    def __init__(
        self,
        serve: Serve,
        datagram: Datagram | None = None,
        *,
        ports: Mapping[int, int] | None = None,
        marks: Mapping[str, int] | None = None,
    ) -> None:
        self.serve = serve
        self.datagram = datagram
        self.ports = dict(ports or {})
        self.marks = dict(marks or {})
        self._open: dict[Socket, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = os.pipe()
        self._selector.register(self._wake, selectors.EVENT_READ, None)
        self._lock = threading.Lock()
        self._ended = False
        self._slots = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self._connections: set[socket.socket] = set()
        self._thread = threading.Thread(target=self._run, name="svc-accept", daemon=True)

    def listen(self, wanted: Iterable[Socket]) -> None:
        """Listen at exactly these from now on; what stays is not touched.  Raises ListenError, changing nothing."""
        target = set(wanted)
        fresh: dict[Socket, socket.socket] = {}
        try:
            for where in sorted(target - set(self._open)):
                fresh[where] = open_socket(where, self.ports.get(where.port, where.port))
        except ListenError:
            for sock in fresh.values():
                sock.close()
            raise
        self.adopt(fresh)
        with self._lock:
            for where in set(self._open) - target:
                self._selector.unregister(self._open[where])
                self._open.pop(where).close()

    def adopt(self, sockets: Mapping[Socket, socket.socket]) -> None:
        """Take over sockets that listen already."""
        with self._lock:
            for where, sock in sockets.items():
                self._open[where] = sock
                self._selector.register(sock, selectors.EVENT_READ, where)
        os.write(self._woken, b".")

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Close everything; connections under way are cut."""
        with self._lock:
            self._ended = True
        os.write(self._woken, b".")
        if self._thread.is_alive():
            self._thread.join(5)
        with self._lock:
            for sock in (*self._open.values(), *self._connections):
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
                if sock in self._connections:
                    continue  # its own thread closes it
                sock.close()
            self._open.clear()
        self._selector.close()
        os.close(self._wake)
        os.close(self._woken)

    def _run(self) -> None:
        while not self._ended:
            for key, _ in self._selector.select(1.0):
                where = key.data
                if where is None:
                    os.read(self._wake, 512)
                elif where.protocol == TCP:
                    self._accept(key.fileobj, where)  # type: ignore[arg-type]
                else:
                    self._drain(key.fileobj, where)  # type: ignore[arg-type]

    def _accept(self, listener: socket.socket, where: Socket) -> None:
        for _ in range(64):
            try:
                connection, peer = listener.accept()
            except OSError:
                return
            if not self._slots.acquire(blocking=False):
                reset(connection)
                continue
            mark = connection.getsockopt(socket.SOL_SOCKET, socket.SO_MARK)
            asked = connection.getsockname()[0]
            arrival = Arrival(client=peer[0], client_port=peer[1], address=asked, port=where.port, mark=mark)
            self._connections.add(connection)
            try:
                threading.Thread(target=self._connection, args=(connection, arrival), daemon=True).start()
            except RuntimeError:  # no more threads
                self._done(connection)

    def _connection(self, connection: socket.socket, arrival: Arrival) -> None:
        try:
            connection.setblocking(True)
            self.serve(connection, arrival)
        except OSError:
            pass  # the client is gone
        finally:
            self._done(connection)

    def _done(self, connection: socket.socket) -> None:
        self._connections.discard(connection)
        connection.close()
        self._slots.release()

    def _drain(self, sock: socket.socket, where: Socket) -> None:
        for _ in range(64):
            try:
                data, ancillary, _, peer = sock.recvmsg(65535, 256)
            except BlockingIOError:
                return
            except OSError:  # an ICMP error about an earlier answer
                continue
            mark = self.mark_of(ancillary)
            arrival = Arrival(client=peer[0], client_port=peer[1], address=where.address, port=where.port, mark=mark)
            if self.datagram is not None:
                self.datagram(data, arrival, partial(send, sock, peer, mark))

    def mark_of(self, ancillary: Iterable[tuple[int, int, bytes]]) -> int:
        """The mark of the interface a datagram came by."""
        return mark_of(ancillary, self.marks)


def mark_of(ancillary: Iterable[tuple[int, int, bytes]], marks: Mapping[str, int]) -> int:
    """The mark of the interface that IP_PKTINFO or IPV6_PKTINFO names; 0 when it has none."""
    for level, kind, data in ancillary:
        if level == socket.IPPROTO_IP and kind == IP_PKTINFO:
            index = struct.unpack_from("i", data)[0]
        elif level == socket.IPPROTO_IPV6 and kind == socket.IPV6_PKTINFO:
            index = struct.unpack_from("I", data, 16)[0]
        else:
            continue
        try:
            return marks.get(socket.if_indextoname(index), 0) if marks else 0
        except OSError:  # the interface is gone
            return 0
    return 0


def send(sock: socket.socket, peer: object, mark: int, message: bytes) -> None:
    """Send a datagram back by the link it came by; a full buffer drops it."""
    ancillary = [(socket.SOL_SOCKET, socket.SO_MARK, struct.pack("I", mark))] if mark else []
    with contextlib.suppress(OSError):
        sock.sendmsg([message], ancillary, 0, peer)  # type: ignore[arg-type]


def reset(connection: socket.socket) -> None:
    """End a connection by RST, as a host does where nothing listens."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    connection.close()
