"""TUN devices: a packet written comes in by them, a packet routed out is read (LAB51)."""

from __future__ import annotations

import fcntl
import os
import struct

TUNSETIFF, TUNSETPERSIST, TUNSETIFINDEX = 0x4004_54CA, 0x4004_54CB, 0x4004_54DA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000


def open_tun(name: str, index: int = 0) -> int:
    """A TUN device made in the namespace this thread is in; its descriptor, non-blocking.  Raises OSError.

    The device is made persistent: closing many others takes about 20 ms each
    (LAB36), while with its namespace it goes at once.
    """
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        if index:
            fcntl.ioctl(fd, TUNSETIFINDEX, struct.pack("=I", index))
        fcntl.ioctl(fd, TUNSETIFF, struct.pack("=16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
        fcntl.ioctl(fd, TUNSETPERSIST, 1)
    except OSError:
        os.close(fd)
        raise
    return fd


def read_packet(fd: int) -> bytes | None:
    """The next packet, or None when there is none now."""
    try:
        return os.read(fd, 65536)
    except BlockingIOError:
        return None
