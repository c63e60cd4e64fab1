"""The kernel's table of connections, which NAT keeps its translations in."""

from __future__ import annotations

import os
import socket
import struct

from .errors import KernelError

NETLINK_NETFILTER = 12
CT_DELETE = 1 << 8 | 2
NLM_F_REQUEST, NLM_F_ACK = 1, 4


def flush() -> None:
    """Forget every connection of the namespace this thread is in.  Raises KernelError."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETLINK_NETFILTER) as line:
        line.bind((0, 0))
        body = struct.pack("!BBH", socket.AF_UNSPEC, 0, 0)
        line.send(struct.pack("=IHHII", 16 + len(body), CT_DELETE, NLM_F_REQUEST | NLM_F_ACK, 0, 0) + body)
        number = -struct.unpack_from("=i", line.recv(4096), 16)[0]
    if number:
        raise KernelError(number, f"connections cannot be forgotten: {os.strerror(number)}")
