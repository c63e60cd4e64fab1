"""What this machine can do of what a lab is made of: each thing is tried for real, in namespaces thrown away (LAB77).

Kernels, containers and security modules differ, and none of them says
truthfully what it will refuse.  So nothing is looked up; a lab needs what is
NEEDED, and does without the rest, less well.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from . import netlink, nflog, nft, ns, tun
from .errors import KernelError

_MAC = "02:00:00:00:00:01"
_GROUP = 7
_PROC = Path("/proc/sys")


class Feature(NamedTuple):
    """One thing tried: ``name`` is the key of its texts, ``why`` what the kernel said against it."""

    name: str
    works: bool
    needed: bool
    """Without it there is no lab at all."""
    why: str = ""
    found: str = ""
    """What it is done with, where there is a choice."""


def all_features() -> list[Feature]:
    """Try everything, each in a process of its own."""
    return [_tried(name, needed, trial) for name, needed, trial in TRIALS]


def _tried(name: str, needed: bool, trial: Callable[[], str]) -> Feature:
    def work() -> bytes:
        return trial().encode()

    try:
        return Feature(name, True, needed, found=ns.child(work).decode())
    except OSError as error:
        return Feature(name, False, needed, ns.explain(error))


def _namespaces() -> str:
    ns.isolate()
    return "root" if _outer_root() else "user namespace"


def _outer_root() -> bool:
    """Whether the user namespace is the machine's own: all ids are mapped."""
    return Path("/proc/self/uid_map").read_text().split() == ["0", "0", "4294967295"]


def _rootless() -> str:
    """As somebody who is not root; the machine's settings that forbid it are named (LAB8, LAB9)."""
    ns.become_nobody()
    try:
        ns.isolate()
        _pair()
    except OSError as error:
        raise KernelError(error.errno, _forbidding() or ns.explain(error)) from None
    return ""


def _forbidding() -> str:
    """The settings of the machine that keep users from having namespaces."""
    settings = (
        ("kernel/apparmor_restrict_unprivileged_userns", "1"),
        ("kernel/unprivileged_userns_clone", "0"),
        ("user/max_user_namespaces", "0"),
    )
    said = []
    for name, forbids in settings:
        with contextlib.suppress(OSError):  # not every kernel has them
            if (_PROC / name).read_text().strip() == forbids:
                said.append(f"{name.replace('/', '.')} = {forbids}")
    return ", ".join(said)


def _mounts() -> str:
    """The mounts a lab makes for itself and for programs in its hosts."""
    ns.isolate()
    ns.unshare(ns.CLONE_NEWPID)
    return ns.child(_mount_all).decode()


def _mount_all() -> bytes:
    ns.mount("tmpfs", "/run", "tmpfs", ns.MS_NOSUID | ns.MS_NODEV)
    ns.mount("proc", "/proc", "proc", ns.MS_NOSUID | ns.MS_NODEV | ns.MS_NOEXEC)
    Path("/run/hosts").write_text("127.0.0.1 localhost\n")
    ns.mount("/run/hosts", os.path.realpath("/etc/hosts"), flags=ns.MS_BIND)
    return b""


def _pair() -> int:
    """A veth pair into another namespace, up; file descriptor of that namespace."""
    far = ns.new_net()
    batch = netlink.Batch()
    batch.up(1)
    batch.veth("trial", 10, _MAC, 1500, netlink.Peer("eth0", 2, _MAC, 1500, far))
    netlink.Netlink().send(batch)
    batch = netlink.Batch()
    batch.up(2)
    with ns.inside(far):
        netlink.Netlink().send(batch)
    return far


def _links() -> str:
    ns.isolate()
    _pair()
    return ""


def _sysctls() -> str:
    ns.isolate()
    name = "net/ipv4/ip_forward"
    ns.write_sysctls({name: "1"})
    if (_PROC / name).read_text().strip() != "1":
        raise KernelError(0, f"{name} did not change")
    return ""


def _policy_routing(family: int, prefix: str, gateway: str) -> str:
    ns.isolate()
    _pair()
    batch = netlink.Batch()
    batch.rule(family, 100, 7, 1, 0xFF)
    batch.route(prefix, table=7, device=10, gateway=gateway)
    batch.route(prefix, table=8, kind=netlink.RTN_THROW)
    batch.neighbour(10, gateway, _MAC)
    netlink.Netlink().send(batch)
    return ""


def _ipv4() -> str:
    return _policy_routing(socket.AF_INET, "0.0.0.0/0", "169.254.0.1")


def _ipv6() -> str:
    return _policy_routing(socket.AF_INET6, "::/0", "fe80::1")


def _ruleset(lines: str, hook: str = "forward", kind: str = "filter") -> str:
    return f"table inet trial {{\n{lines}\n chain c {{\n  type {kind} hook {hook} priority 0\n%s\n }}\n}}\n"


def _nftables() -> str:
    """Marks by interface, verdict maps."""
    ns.isolate()
    contexts = ' map ctx {\n  typeof iifname : meta mark\n  elements = { "trial" : 1 }\n }'
    nft.run(_ruleset(contexts, "prerouting") % "  meta mark set iifname map @ctx")
    return nft.available()


def _library() -> str:
    if nft.available() != nft.LIBRARY.partition(".")[0]:
        raise KernelError(0, f"{nft.LIBRARY} is not installed")
    return ""


def _flow_sets() -> str:
    """Sets that fill themselves and forget: the state of security groups (LAB19)."""
    ns.isolate()
    flows = (
        " set flows {\n  typeof iifname . ip saddr . ip daddr . th sport . th dport\n  size 1024\n"
        "  flags dynamic,timeout\n  timeout 350s\n }"
    )
    nft.run(
        _ruleset(flows)
        % "  meta l4proto tcp update @flows { iifname . ip saddr . ip daddr . th sport . th dport } accept"
    )
    return ""


def _nat() -> str:
    """Translation with a connection table for each translator (LAB22, LAB23)."""
    ns.isolate()
    zones = ' map zones {\n  typeof iifname : ct zone\n  elements = { "trial" : 7 }\n }'
    nft.run(
        _ruleset(zones, "prerouting") % "  ct zone set iifname map @zones"
        + _ruleset("", "postrouting", "nat").replace("trial", "trial2")
        % "  meta l4proto tcp oifname trial snat ip to 198.51.100.1:1024-65535"
    )
    return ""


def _reasons() -> str:
    """A real packet, dropped and told of."""
    ns.isolate()
    nft.run(_ruleset("", "output") % f'  log prefix "d1" group {_GROUP} drop')
    batch = netlink.Batch()
    batch.up(1)
    netlink.Netlink().send(batch)
    log = nflog.Nflog((_GROUP,))
    # A packet dropped on its way out is an error for its sender.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, contextlib.suppress(PermissionError):
        sock.sendto(b"x", ("127.0.0.1", 9))
    told = log.read()
    if not told or told[0].prefix != "d1":
        raise KernelError(0, "a packet was dropped, but nothing was told of it")
    return ""


def _tun() -> str:
    ns.isolate()
    os.close(tun.open_tun("trial"))
    return ""


def _packet_socket() -> str:
    ns.isolate()
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)).close()
    return ""


def _queue(kind: str, options: bytes) -> str:
    ns.isolate()
    _pair()
    batch = netlink.Batch()
    batch.queue(10, kind, options)
    netlink.Netlink().send(batch)
    return ""


def _netem() -> str:
    # latency in ticks, limit in packets, loss, gap, duplicate, jitter
    return _queue("netem", struct.pack("=6I", 1000, 100, 0, 0, 0, 0))


def _tbf() -> str:
    rate = struct.pack("=BBHhHI", 0, 1, 0, 0, 0, 1_000_000)
    parameters = rate + struct.pack("=BBHhHI", 0, 0, 0, 0, 0, 0) + struct.pack("=III", 65536, 1_000_000, 0)
    table = struct.pack("=256I", *range(256))
    return _queue("tbf", netlink.attribute(1, parameters) + netlink.attribute(2, table))


def _marks() -> str:
    """Accepted connections carry the mark of their first packet: one listener serves many VPCs (LAB25)."""
    ns.isolate()
    for name in ("net/ipv4/tcp_fwmark_accept", "net/ipv4/fwmark_reflect", "net/ipv4/ip_nonlocal_bind"):
        if not (_PROC / name).exists():
            raise KernelError(0, f"no sysctl {name.replace('/', '.')}")
        ns.write_sysctls({name: "1"})
    return ""


TRIALS: tuple[tuple[str, bool, Callable[[], str]], ...] = (
    ("namespaces", True, _namespaces),
    ("rootless", False, _rootless),
    ("mounts", True, _mounts),
    ("sysctls", True, _sysctls),
    ("veth", True, _links),
    ("policy_routing", True, _ipv4),
    ("ipv6", True, _ipv6),
    ("nftables", True, _nftables),
    ("libnftables", False, _library),
    ("flow_sets", True, _flow_sets),
    ("nat", True, _nat),
    ("nflog", True, _reasons),
    ("marks", True, _marks),
    ("packet_socket", False, _packet_socket),
    ("tun", False, _tun),
    ("shaping", False, _tbf),
    ("netem", False, _netem),
)
"""Name, whether there is no lab without it, and how it is tried; in the order they build on each other."""
