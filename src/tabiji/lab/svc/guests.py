"""Sockets inside guests' namespaces, held by this one process.

A thread enters a namespace, opens what listens there, and ends; the sockets
stay in their namespace whoever reads them.
"""

from __future__ import annotations

import ctypes
import os
import socket
import threading
from collections.abc import Callable

from ..plan.model import Guest
from .directory import Socket, listening_ports, plain
from .listen import ListenError, open_socket

CLONE_NEWNET = 0x40000000


def enter(namespace: int | str) -> None:
    """Put the calling thread into a network namespace, given by descriptor or path.  Raises OSError."""
    if isinstance(namespace, str):
        opened = os.open(namespace, os.O_RDONLY | os.O_CLOEXEC)
        try:
            enter(opened)
        finally:
            os.close(opened)
        return
    if hasattr(os, "setns"):
        os.setns(namespace, CLONE_NEWNET)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, CLONE_NEWNET):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def sockets_of(guest: Guest) -> frozenset[Socket]:
    """Where a guest listens: its ports on each of its addresses."""
    addresses = [plain(address) for link in guest.links for address in link.addresses]
    ports = tuple(listening_ports(guest.listens))
    return frozenset(Socket(protocol, address, port) for address in addresses for protocol, port in ports)


def open_in(namespace: int | str, wanted: frozenset[Socket]) -> tuple[dict[Socket, socket.socket], list[str]]:
    """Open sockets in a namespace; those that cannot be are told in a line each (a program has the port already)."""
    opened: dict[Socket, socket.socket] = {}
    failed: list[str] = []

    def work() -> None:
        try:
            enter(namespace)
        except OSError as error:
            failed.append(f"cannot enter the namespace: {error.strerror or error}")
            return
        for where in sorted(wanted):
            try:
                opened[where] = open_socket(where, where.port)
            except ListenError as error:
                failed.append(str(error.strerror))

    run(work)
    return opened, failed


def run(work: Callable[[], None]) -> None:
    """Do something in a thread of its own, whose namespace nobody else shares, and wait for it."""
    thread = threading.Thread(target=work, name="svc-enter")
    thread.start()
    thread.join()
