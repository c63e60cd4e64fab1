"""Links as they are out there: how fast, how far, how lossy.

Everything is said of one device in one network namespace and holds for what
leaves by it (loss: also for what arrives).  Rate is the kernel's (LAB28).
Delay is the kernel's where it has netem; elsewhere ``delay`` carries the
packets (LAB7, LAB29).  Loss is drawn by nftables (LAB28).
"""

from __future__ import annotations

import re
import subprocess
from typing import NamedTuple

from .kernel import nft, ns
from .kernel.errors import KernelError

TABLE = "tabiji_shape"
_BURST_SECONDS, _LEAST_BURST = 0.01, 32 * 1024
_QUEUE = "50ms"
"""How long a packet may wait for its turn before it is dropped (tbf's latency)."""
_OUT_OF = 100_000
_DEVICE = re.compile(r"[A-Za-z0-9_.@-]{1,15}")


class Link(NamedTuple):
    """What a link is like: ``mbit`` a second (0: as fast as it goes), ``delay`` in seconds, ``loss`` from 0 to 1."""

    mbit: float = 0.0
    delay: float = 0.0
    loss: float = 0.0


def shape(namespace: int, device: str, link: Link) -> bool:
    """Make a device like this, instead of what it was; whether the kernel does the delay (if not: ``delay``).

    ``loss`` is drawn in the forwarding namespace, where it is silent: a
    sender would be told of a packet dropped in its own.  Raises KernelError.
    """
    _check(device, link)
    with ns.inside(namespace):
        clear_here(device)
        if link.mbit:
            burst = max(_LEAST_BURST, int(link.mbit * 1e6 / 8 * _BURST_SECONDS))
            _tc("qdisc", "add", "dev", device, "root", "handle", "1:", "tbf",
                "rate", f"{link.mbit:g}mbit", "burst", str(burst), "latency", _QUEUE)  # fmt: skip
        if link.loss:
            _lose(device, link.loss)
        return not link.delay or _netem(device, link)


def clear(namespace: int, device: str) -> None:
    """Let a device be as it was.  Raises KernelError."""
    _check(device, Link())
    with ns.inside(namespace):
        clear_here(device)


def clear_here(device: str) -> None:
    """The same in the namespace this thread is in."""
    try:
        _tc("qdisc", "del", "dev", device, "root")
    except KernelError as error:
        if "handle of zero" not in str(error) and "No such file" not in str(error):
            raise  # the device is missing; otherwise nothing was there
    nft.run(f"add table inet {TABLE}\n{_delete(device)}")


def _check(device: str, link: Link) -> None:
    if not _DEVICE.fullmatch(device):
        raise ValueError(f"{device!r} is no device")
    if not (0 <= link.mbit <= 100_000 and 0 <= link.delay <= 60 and 0 <= link.loss <= 1):
        raise ValueError(f"{link} is no link")


def _tc(*words: str) -> None:
    try:
        done = subprocess.run(["tc", *words], capture_output=True, text=True, check=False)
    except OSError as error:
        raise KernelError(error.errno, "the tc program is not there (Debian: iproute2)") from None
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise KernelError(0, f"tc {' '.join(words[:4])}: {said[0]}")


def _netem(device: str, link: Link) -> bool:
    parent = ("parent", "1:1", "handle", "10:") if link.mbit else ("root", "handle", "10:")
    try:
        _tc("qdisc", "add", "dev", device, *parent, "netem", "delay", f"{link.delay * 1e6:.0f}us", "limit", "100000")
    except KernelError as error:
        if "unknown" in str(error).lower() or "no such file" in str(error).lower():
            return False  # LAB7: no netem in this kernel
        raise
    return True


def _chains(device: str) -> tuple[tuple[str, str, str], ...]:
    """Name, hook and match of what is lost leaving, and arriving."""
    plain = "".join(char if char.isalnum() else f"_{ord(char):x}" for char in device)
    return (
        (f"out_{plain}", "postrouting priority 300", f'oifname "{device}"'),
        (f"in_{plain}", "prerouting priority -400", f'iifname "{device}"'),
    )


def _lose(device: str, loss: float) -> None:
    share = max(1, round(loss * _OUT_OF))
    drawn = (f"numgen random mod {_OUT_OF} < {share} " if share < _OUT_OF else "") + "counter drop"
    chains = [f"chain {name} {{ type filter hook {hook}; {match} {drawn}; }}" for name, hook, match in _chains(device)]
    nft.run(f"table inet {TABLE} {{\n" + "\n".join(chains) + "\n}\n")


def _delete(device: str) -> str:
    """Take the chains away whether they are there or not: adding what is there changes nothing."""
    lines = []
    for name, hook, _ in _chains(device):
        lines.append(f"add chain inet {TABLE} {name} {{ type filter hook {hook}; }}")
        lines += [f"{verb} chain inet {TABLE} {name}" for verb in ("flush", "delete")]
    return "\n".join(lines) + "\n"
