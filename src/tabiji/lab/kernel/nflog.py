"""NFLOG: the packets that rules with ``log group`` tell of, with what they say of each (LAB51)."""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Iterator
from typing import NamedTuple

NETLINK_NETFILTER = 12
ULOG = 4 << 8
CONFIG = ULOG | 1
NLM_F_REQUEST, NLM_F_ACK = 1, 4
CMD_BIND, COPY_PACKET = 1, 2
HEAD, MARK, INDEV, OUTDEV, PAYLOAD, PREFIX = 1, 2, 4, 5, 9, 10
BUFFER = 16 * 1024 * 1024
RCVBUFFORCE = 33


class Logged(NamedTuple):
    """A packet a rule told of: group, the rule's prefix, interface indexes (0: none), mark, head of the packet."""

    group: int
    prefix: str
    indev: int
    outdev: int
    mark: int
    packet: bytes


class Nflog:
    """Listens to NFLOG groups of the namespace it is opened in.  Raises OSError where the kernel has no NFLOG.

    ``snap`` is how many bytes of each packet are copied.
    """

    def __init__(self, groups: tuple[int, ...], snap: int = 128) -> None:
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETLINK_NETFILTER)
        try:
            self.socket.bind((0, 0))
            try:
                self.socket.setsockopt(socket.SOL_SOCKET, RCVBUFFORCE, BUFFER)
            except OSError:  # only root of the whole machine may go beyond rmem_max
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            for group in groups:
                self._configure(group, _attribute(1, struct.pack("=B", CMD_BIND)))
                self._configure(group, _attribute(2, struct.pack("!IBx", snap, COPY_PACKET)))
                self._configure(group, _attribute(5, struct.pack("!I", 1)))  # tell each at once
        except OSError:
            self.socket.close()
            raise
        self.socket.setblocking(False)
        self.lost = False
        """Some were not told, because they came faster than they were read."""
        self._room = memoryview(bytearray(1 << 17))

    @classmethod
    def adopt(cls, fd: int) -> Nflog:
        """Listen on a socket that another process opened and handed over."""
        self = cls.__new__(cls)
        self.socket = socket.socket(fileno=fd)
        self.socket.setblocking(False)
        self._room = memoryview(bytearray(1 << 17))
        self.lost = False
        return self

    def fileno(self) -> int:
        """For select and epoll."""
        return self.socket.fileno()

    def close(self) -> None:
        """Stop listening."""
        self.socket.close()

    def _configure(self, group: int, attribute: bytes) -> None:
        body = struct.pack("!BBH", socket.AF_UNSPEC, 0, group) + attribute
        self.socket.send(struct.pack("=IHHII", 16 + len(body), CONFIG, NLM_F_REQUEST | NLM_F_ACK, 0, 0) + body)
        answer = self.socket.recv(4096)
        number = -struct.unpack_from("=i", answer, 16)[0]
        if number:
            raise OSError(number, f"NFLOG group {group} cannot be had")

    def read(self) -> list[Logged]:
        """All that was logged since the last look."""
        out: list[Logged] = []
        while True:
            try:
                size = self.socket.recv_into(self._room)
            except BlockingIOError:
                return out
            except OSError as error:
                if error.errno == errno.ENOBUFS:
                    self.lost = True
                    continue
                raise
            out.extend(_parse(bytes(self._room[:size])))


def _attribute(kind: int, data: bytes) -> bytes:
    return struct.pack("=HH", len(data) + 4, kind) + data + b"\0" * (-len(data) % 4)


def _parse(data: bytes) -> Iterator[Logged]:
    at = 0
    while at + 20 <= len(data):
        length, kind = struct.unpack_from("=IH", data, at)
        if kind == ULOG:
            yield _logged(data, at + 16, at + length)
        at += (length + 3) & ~3
        if length < 16:
            return


def _logged(data: bytes, at: int, end: int) -> Logged:
    group = struct.unpack_from("!H", data, at + 2)[0]
    prefix, indev, outdev, mark, packet = "", 0, 0, 0, b""
    at += 4
    while at + 4 <= end:
        size, kind = struct.unpack_from("=HH", data, at)
        if size < 4:
            break
        if kind == PAYLOAD:
            packet = data[at + 4 : at + size]
        elif kind == PREFIX:
            prefix = data[at + 4 : at + size].rstrip(b"\0").decode("ascii", "replace")
        elif kind == INDEV:
            indev = struct.unpack_from("!I", data, at + 4)[0]
        elif kind == OUTDEV:
            outdev = struct.unpack_from("!I", data, at + 4)[0]
        elif kind == MARK:
            mark = struct.unpack_from("!I", data, at + 4)[0]
        at += (size + 3) & ~3
    return Logged(group, prefix, indev, outdev, mark, packet)
