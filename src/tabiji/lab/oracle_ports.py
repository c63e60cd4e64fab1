"""How packets get into a network's ports and out of them, without hosts: TUN devices, or an AF_PACKET socket."""

from __future__ import annotations

import os
import select
import socket
import struct
from typing import Protocol

from .bring_up import OUTSIDE, Running
from .kernel import ns
from .kernel.errors import KernelError
from .plan.model import FABRIC_MAC, GUEST_MAC

ETH_P_ALL, ETH_P_IP, ETH_P_IPV6 = 3, 0x0800, 0x86DD
PACKET_OUTGOING = 4
_HEADER = 14


class Ports(Protocol):
    """Every port of a network that is up."""

    def put(self, port: str, packet: bytes) -> None:
        """Let a packet come in at a port.  Raises KeyError, OSError."""

    def take(self) -> tuple[str, bytes]:
        """Port and bytes of a packet that came out; ``("", b"")`` when none is there now."""

    def fileno(self) -> int:
        """For select and epoll."""

    def close(self) -> None:
        """Let go of it."""


class TunPorts:
    """Ports that are TUN devices."""

    def __init__(self, running: Running) -> None:
        self._tuns = running.tuns
        self._names = {fd: name for name, fd in running.tuns.items()}
        self._poll = select.epoll()
        for fd in self._names:
            self._poll.register(fd, select.EPOLLIN)

    def put(self, port: str, packet: bytes) -> None:
        """Write it: the whole path runs before this returns (LAB51)."""
        os.write(self._tuns[port], packet)

    def take(self) -> tuple[str, bytes]:
        """Read from the first device that has one."""
        for fd, _ in self._poll.poll(0, 1):
            try:
                return self._names[fd], os.read(fd, 65536)
            except BlockingIOError:
                continue
        return "", b""

    def fileno(self) -> int:
        """Of all devices together."""
        return self._poll.fileno()

    def close(self) -> None:
        """The devices stay."""
        self._poll.close()


class PacketPorts:
    """Ports whose far ends are all in one namespace: one socket there is at all of them."""

    def __init__(self, running: Running) -> None:
        self._there = frozenset(port.name for port in running.plan.ports)
        with ns.inside(running.guests[OUTSIDE]):
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
            self._socket.setblocking(False)
        ends = bytes.fromhex((FABRIC_MAC + GUEST_MAC).replace(":", ""))
        self._head = {4: ends + struct.pack("!H", ETH_P_IP), 6: ends + struct.pack("!H", ETH_P_IPV6)}

    def put(self, port: str, packet: bytes) -> None:
        """Send it out of the far end: the whole path runs before this returns, as with a TUN device."""
        if port not in self._there:
            raise KeyError(port)
        head = self._head[packet[0] >> 4]
        try:
            self._socket.sendto(head + packet, (port, 0))
        except OSError as error:
            raise KernelError(error.errno, f"port {port}: {error.strerror}") from None

    def take(self) -> tuple[str, bytes]:
        """The next that came to any far end."""
        while True:
            try:
                data, at = self._socket.recvfrom(65536 + _HEADER)
            except BlockingIOError:
                return "", b""
            if at[2] != PACKET_OUTGOING:
                return at[0], data[_HEADER:]

    def fileno(self) -> int:
        """Of the socket."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
