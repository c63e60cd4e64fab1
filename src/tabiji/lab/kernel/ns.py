"""Namespaces: making them, entering them, keeping them by a file descriptor (LAB10, LAB62).

A namespace that only a descriptor holds is gone with the process, however it
ends.  ``os.unshare`` and ``os.setns`` exist from Python 3.12 on; before, libc
is asked through ctypes.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

CLONE_NEWNS = 0x0002_0000
CLONE_NEWCGROUP = 0x0200_0000
CLONE_NEWUTS = 0x0400_0000
CLONE_NEWIPC = 0x0800_0000
CLONE_NEWUSER = 0x1000_0000
CLONE_NEWPID = 0x2000_0000
CLONE_NEWNET = 0x4000_0000

MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_RDONLY = 2, 4, 8, 32, 1
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18

_libc = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: object) -> None:
    """A libc function that gives 0, or -1 and errno.  Raises OSError."""
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """Leave shared namespaces for new ones.  Raises OSError."""
    if hasattr(os, "unshare"):
        os.unshare(flags)
    else:
        _call("unshare", ctypes.c_int(flags))


def enter(fd: int, kind: int = 0) -> None:
    """Go into the namespace a descriptor holds.  Raises OSError."""
    if hasattr(os, "setns"):
        os.setns(fd, kind)
    else:
        _call("setns", ctypes.c_int(fd), ctypes.c_int(kind))


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    """mount(2).  Raises OSError."""
    _call(
        "mount",
        source.encode(),
        target.encode(),
        kind.encode() or None,
        ctypes.c_ulong(flags),
        data.encode() or None,
    )


def unshare_user() -> None:
    """Become root of a new user namespace that maps only the caller (LAB8).  Raises OSError.

    The calling process must have one thread.
    """
    uid, gid = os.geteuid(), os.getegid()
    unshare(CLONE_NEWUSER)
    for path, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
        with open(f"/proc/self/{path}", "w") as file:
            file.write(text)


def net_here() -> int:
    """A descriptor of the network namespace this thread is in."""
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def new_net() -> int:
    """A new network namespace, held by the descriptor returned; the caller stays where it is.  Raises OSError."""
    back = net_here()
    try:
        unshare(CLONE_NEWNET)
        made = net_here()
        enter(back, CLONE_NEWNET)
    finally:
        os.close(back)
    return made


@contextmanager
def inside(net: int) -> Iterator[None]:
    """This thread within another network namespace, and back.  Sockets opened inside stay there.  Raises OSError."""
    back = net_here()
    try:
        enter(net, CLONE_NEWNET)
        try:
            yield
        finally:
            enter(back, CLONE_NEWNET)
    finally:
        os.close(back)


def isolate(*, net: bool = True) -> None:
    """Root in namespaces of one's own: user (unless root already), mounts and, if asked, network.  Raises OSError.

    Mounts made afterwards are seen by nobody else; /sys shows the new network.
    """
    if os.geteuid() != 0:
        unshare_user()
    unshare(CLONE_NEWNS | (CLONE_NEWNET if net else 0))
    mount("none", "/", flags=MS_REC | MS_PRIVATE)


def write_sysctls(values: dict[str, str]) -> None:
    """Set ``net/...`` sysctls of the namespace this thread is in; those this kernel lacks are left out.

    Raises OSError when one exists and refuses.
    """
    for name, value in values.items():
        try:
            fd = os.open(f"/proc/sys/{name}", os.O_WRONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
                raise OSError(error.errno, f"sysctl {name}: {error.strerror}") from None
            raise
        try:
            os.write(fd, value.encode())
        finally:
            os.close(fd)
