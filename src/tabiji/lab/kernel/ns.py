"""Namespaces: making them, entering them, keeping them by a file descriptor (LAB10, LAB62).

A namespace that only a descriptor holds is gone with the process, however it
ends.  ``os.unshare`` and ``os.setns`` exist from Python 3.12 on; before, libc
is asked through ctypes.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .errors import KernelError

CLONE_NEWNS = 0x0002_0000
CLONE_NEWUTS = 0x0400_0000
CLONE_NEWIPC = 0x0800_0000
CLONE_NEWUSER = 0x1000_0000
CLONE_NEWPID = 0x2000_0000
CLONE_NEWNET = 0x4000_0000

FD_SETSIZE = 1024
NOBODY = 65534
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


def out_of_the_way(fd: int) -> int:
    """The same descriptor with a high number, where one may be had: libnftables waits with select() on its own."""
    try:
        high = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, FD_SETSIZE)
    except OSError:
        return fd
    os.close(fd)
    return high


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
    kinds = CLONE_NEWNS | (CLONE_NEWNET if net else 0)
    if os.geteuid() != 0:
        unshare_user()
    try:
        unshare(kinds)
    except PermissionError:  # root of a container that may not
        unshare_user()
        unshare(kinds)
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


def die_with_parent(parent: int) -> None:
    """Be killed when the process that started this one, ``parent``, ends; end at once if it is gone already."""
    _call("prctl", ctypes.c_int(1), ctypes.c_ulong(signal.SIGKILL), *[ctypes.c_ulong(0)] * 3)
    if os.getppid() not in (parent, 0):  # 0: the parent is outside this process's namespace of processes
        os._exit(0)


def become_nobody() -> None:
    """Give root up, for good: this process is an unprivileged user's from here on.  Does nothing if it is already."""
    if os.geteuid():
        return
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    # A process that changed its user may not write its own id maps before it says that it may be looked into.
    _call("prctl", ctypes.c_int(4), ctypes.c_ulong(1), *[ctypes.c_ulong(0)] * 3)


def child(work: Callable[[], bytes]) -> bytes:
    """Run something in a process of its own, which may go into namespaces and need not come back; what it returns.

    Nothing of it outlives the call.  Raises KernelError with what it raised, or the signal that ended it.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    parent = os.getpid()
    pid = os.fork()
    if not pid:
        _in_child(work, theirs, parent)
    theirs.close()
    try:
        with ours, ours.makefile("rb") as said:
            answer = said.read()
    finally:
        _, status = os.waitpid(pid, 0)
    if answer[:1] == b"+":
        return answer[1:]
    number, _, text = answer[1:].decode().partition(" ")
    raise KernelError(int(number or 0), text or f"ended by signal {-os.waitstatus_to_exitcode(status)}")


def _in_child(work: Callable[[], bytes], line: socket.socket, parent: int) -> None:
    try:
        die_with_parent(parent)
        try:
            answer = b"+" + work()
        except BaseException as error:
            number = error.errno or 0 if isinstance(error, OSError) else 0
            answer = f"-{number} {explain(error)}".encode()
        line.sendall(answer)
    finally:
        os._exit(0)


def explain(error: BaseException) -> str:
    """One line on what went wrong."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return f"{type(error).__name__}: {error}".splitlines()[0]


def unusable() -> str:
    """Why this process can have no namespaces of its own (LAB9); empty if it can."""
    try:
        child(_isolated)
    except OSError as error:
        return explain(error)
    return ""


def _isolated() -> bytes:
    isolate()
    return b""
