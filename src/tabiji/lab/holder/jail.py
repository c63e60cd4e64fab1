"""What a program in a lab sees and may do: its mounts and its capabilities.

A guest that is root keeps what a machine's own programs need (ports below
1024, raw sockets for ping) and loses what could change its namespace or lead
out of it (LAB49).
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
from collections.abc import Mapping
from contextlib import suppress

from ..kernel.ns import (
    MS_BIND,
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_PRIVATE,
    MS_RDONLY,
    MS_REC,
    MS_REMOUNT,
    mount,
)

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_CAP_AMBIENT = 1, 4, 24, 47
_AMBIENT_CLEAR_ALL = 4
_CAPABILITY_VERSION_3 = 0x20080522
KEPT = {
    "CHOWN": 0, "DAC_OVERRIDE": 1, "FOWNER": 3, "FSETID": 4, "KILL": 5, "SETGID": 6, "SETUID": 7, "SETPCAP": 8,
    "NET_BIND_SERVICE": 10, "NET_RAW": 13, "SYS_CHROOT": 18, "AUDIT_WRITE": 29, "SETFCAP": 31,
}  # fmt: skip
"""Capabilities of a program in a host: no NET_ADMIN, SYS_ADMIN, SYS_PTRACE, SYS_MODULE, MKNOD..."""

MANY_FILES = 1 << 17
_files_before: tuple[int, int] | None = None

_libc = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, *arguments: int) -> None:
    """prctl(2).  Raises OSError."""
    values = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    if _libc.prctl(option, *values):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def drop_capabilities() -> None:
    """Keep only KEPT, for this process and whatever it starts, set-user-id programs included."""
    for number in range(64):
        if number not in KEPT.values():
            try:
                prctl(PR_CAPBSET_DROP, number)
            except OSError:
                break  # past the last one this kernel knows
    with suppress(OSError):
        prctl(PR_CAP_AMBIENT, _AMBIENT_CLEAR_ALL)
    kept = sum(1 << number for number in KEPT.values())
    low, high = kept & 0xFFFFFFFF, kept >> 32
    header = struct.pack("<Ii", _CAPABILITY_VERSION_3, 0)
    # Effective and permitted; nothing inheritable, so that what is executed gets no more than the bounding set.
    data = struct.pack("<6I", low, low, 0, high, high, 0)
    if _libc.capset(header, data):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def open_many() -> int:
    """Let this process have more files open than is usual; how many now.  A lab has two for each host."""
    global _files_before
    soft, hard = _files_before = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MANY_FILES if hard == resource.RLIM_INFINITY else min(hard, MANY_FILES)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return most
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most


def open_as_before() -> None:
    """For a program in a host: the limit that whoever brought the lab up had."""
    if _files_before is not None:
        resource.setrlimit(resource.RLIMIT_NOFILE, _files_before)


def close_on_ptrace() -> None:
    """Let nobody of the same user look into this process or follow its /proc links."""
    prctl(PR_SET_DUMPABLE, 0)


def furnish(files: Mapping[str, str], hidden: str = "") -> None:
    """Mounts of a new mount namespace: own /proc and /sys, ``files`` over their targets, ``hidden`` emptied.

    ``files``: where something shall be seen -> the file that is seen there.
    """
    mount("", "/", flags=MS_REC | MS_PRIVATE)
    _quietly("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    _quietly("/proc/sys", "/proc/sys", flags=MS_BIND | MS_REC)
    _quietly("", "/proc/sys", flags=MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)
    _quietly("sysfs", "/sys", "sysfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)
    sources = {target: os.open(source, os.O_PATH | os.O_CLOEXEC) for target, source in files.items()}
    mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755")  # other hosts' files are not this one's
    for target, source in sources.items():
        seen = os.path.realpath(target)
        if _there(seen):
            mount(f"/proc/self/fd/{source}", seen, flags=MS_BIND)
        os.close(source)
    if hidden and os.path.isdir(hidden):
        mount("tmpfs", hidden, "tmpfs", MS_NOSUID | MS_NODEV, "size=16m,mode=700")


def _quietly(source: str, target: str, kind: str = "", flags: int = 0) -> None:
    """A mount that some container runtimes refuse and programs can do without."""
    with suppress(OSError):
        mount(source, target, kind, flags)


def _there(path: str) -> bool:
    """Whether something can be bound over this path; below /run, which is the lab's own, it is made."""
    if os.path.exists(path):
        return True
    if not path.startswith("/run/"):
        return False
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "ab"):
        return True
