"""rtnetlink in batches: many requests in one write, errors told by the request that failed (LAB32).

A ``Batch`` only collects; ``Netlink.send`` puts it through.  Interface indexes
are chosen by the caller, so that nothing has to be asked back.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
import time
from collections.abc import Iterable, Iterator

from .errors import KernelError
from .ns import out_of_the_way

RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK = 16, 17, 18
RTM_NEWADDR, RTM_DELADDR = 20, 21
RTM_NEWROUTE, RTM_DELROUTE = 24, 25
RTM_NEWNEIGH = 28
RTM_NEWRULE, RTM_DELRULE = 32, 33
RTM_NEWQDISC, TC_H_ROOT, TCA_KIND, TCA_OPTIONS = 36, 0xFFFF_FFFF, 1, 2
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLM_F_REQUEST, NLM_F_ACK = 1, 4
NLM_F_REPLACE, NLM_F_EXCL, NLM_F_CREATE = 0x100, 0x200, 0x400
NLM_F_DUMP = 0x300
SOL_NETLINK, NETLINK_CAP_ACK, NETLINK_EXT_ACK = 270, 10, 11
IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU, IFLA_LINKINFO, IFLA_NET_NS_FD, IFLA_AF_SPEC = 1, 3, 4, 18, 28, 26
IFLA_GROUP, IFLA_NUM_TX_QUEUES, IFLA_NUM_RX_QUEUES = 27, 31, 32
IFLA_INFO_KIND, IFLA_INFO_DATA, VETH_INFO_PEER = 1, 2, 1
IFLA_INET6_ADDR_GEN_MODE = 8
RTA_DST, RTA_OIF, RTA_GATEWAY, RTA_TABLE = 1, 4, 5, 15
RTN_UNICAST, RTN_LOCAL, RTN_THROW = 1, 2, 9
RTNH_F_ONLINK, RTPROT_STATIC = 4, 4
NDA_DST, NDA_LLADDR, NUD_PERMANENT = 1, 2, 0x80
FRA_PRIORITY, FRA_FWMARK, FRA_TABLE, FRA_FWMASK, FR_ACT_TO_TBL = 6, 10, 15, 16, 1
FRA_IIFNAME, FRA_OIFNAME = 3, 17
MAIN, LOCAL = 254, 255
"""Tables every namespace has."""
IFF_UP, IFF_RUNNING = 1, 0x40
CHUNK = 64 * 1024
"""Bytes written at a time; the kernel takes a batch whole, and answers only failures and the last request."""

ASKED = 64
"""Links asked for at once: the answers must fit into the socket's buffer."""

_HEADER = struct.Struct("=IHHII")
_IFINFO = struct.Struct("=BxHiII")
_LINK_REQUEST = struct.Struct("=IHHII BxHiII HHI")
"""A header, what is asked for, and IFLA_EXT_MASK (29) with RTEXT_FILTER_SKIP_STATS (8)."""
_ROUTE = struct.Struct("=BBBBBBBBI")
_NEIGH = struct.Struct("=BxxxiHBB")
_QDISC = struct.Struct("=BxxxiIII")
_ADDR = struct.Struct("=BBBBi")


def attribute(kind: int, data: bytes) -> bytes:
    """One attribute, padded."""
    return struct.pack("=HH", len(data) + 4, kind) + data + b"\0" * (-len(data) % 4)


def _u32(kind: int, value: int) -> bytes:
    return struct.pack("=HHI", 8, kind, value)


def _mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def _packed(address: str) -> tuple[int, bytes]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return family, socket.inet_pton(family, address)


_NO_LINK_LOCAL = attribute(IFLA_AF_SPEC, attribute(socket.AF_INET6, attribute(IFLA_INET6_ADDR_GEN_MODE, b"\x01")))


class Batch:
    """Requests to be sent together."""

    def __init__(self) -> None:
        self.messages: list[tuple[bytes, str]] = []

    def __len__(self) -> int:
        return len(self.messages)

    def _add(self, what: str, kind: int, flags: int, body: bytes) -> None:
        head = _HEADER.pack(16 + len(body), kind, NLM_F_REQUEST | flags, len(self.messages), 0)
        self.messages.append((head + body, what))

    def veth(self, name: str, index: int, mac: str, mtu: int, peer: Peer) -> None:
        """A veth pair, this end up, the peer made where it belongs; there it is set up when the pair is whole."""
        far = _IFINFO.pack(socket.AF_UNSPEC, 0, peer.index, 0, 0) + _link(peer.name, peer.mac, peer.mtu)
        if peer.net >= 0:
            far += _u32(IFLA_NET_NS_FD, peer.net)
        info = attribute(IFLA_INFO_KIND, b"veth\0") + attribute(IFLA_INFO_DATA, attribute(VETH_INFO_PEER, far))
        body = _IFINFO.pack(socket.AF_UNSPEC, 0, index, IFF_UP, IFF_UP) + _link(name, mac, mtu)
        self._add(f"link {name}", RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, body + attribute(IFLA_LINKINFO, info))

    def up(self, index: int, mtu: int = 0) -> None:
        """Set a link up, its MTU if given, and keep IPv6 from giving it addresses."""
        body = _IFINFO.pack(socket.AF_UNSPEC, 0, index, IFF_UP, IFF_UP)
        if mtu:
            body += _u32(IFLA_MTU, mtu) + _NO_LINK_LOCAL
        self._add(f"link #{index} up", RTM_NEWLINK, 0, body)

    def delete_link(self, name: str) -> None:
        """Take a link away, and with it its peer."""
        body = _IFINFO.pack(socket.AF_UNSPEC, 0, 0, 0, 0) + attribute(IFLA_IFNAME, name.encode() + b"\0")
        self._add(f"delete link {name}", RTM_DELLINK, 0, body)

    def delete_links(self, indexes: Iterable[int], group: int = 0x7AB1) -> None:
        """Take many links away at once: the kernel waits a moment for each deletion, not for each link."""
        found = list(indexes)
        for index in found:
            body = _IFINFO.pack(socket.AF_UNSPEC, 0, index, 0, 0) + _u32(IFLA_GROUP, group)
            self._add(f"link #{index} into group {group}", RTM_NEWLINK, 0, body)
        if found:
            body = _IFINFO.pack(socket.AF_UNSPEC, 0, 0, 0, 0) + _u32(IFLA_GROUP, group)
            self._add(f"delete links of group {group}", RTM_DELLINK, 0, body)

    def rename(self, index: int, name: str) -> None:
        """Give a link that is down another name."""
        body = _IFINFO.pack(socket.AF_UNSPEC, 0, index, 0, 0) + attribute(IFLA_IFNAME, name.encode() + b"\0")
        self._add(f"link #{index} name {name}", RTM_NEWLINK, 0, body)

    def queue(self, index: int, kind: str, options: bytes) -> None:
        """The queueing discipline an interface sends by (``tbf``, ``netem``), its options as the kernel has them."""
        body = _QDISC.pack(socket.AF_UNSPEC, index, 0x1_0000, TC_H_ROOT, 0)
        body += attribute(TCA_KIND, kind.encode() + b"\0") + attribute(TCA_OPTIONS, options)
        self._add(f"qdisc {kind} on #{index}", RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, body)

    def address(self, index: int, address: str, length: int, *, delete: bool = False) -> None:
        """An address on a link; no route comes of it, and no duplicate is looked for."""
        family, packed = _packed(address)
        flags = 0x02 if family == socket.AF_INET6 else 0  # IFA_F_NODAD
        body = _ADDR.pack(family, length, flags, 0, index)
        # IFA_LOCAL and IFA_ADDRESS; IFA_FLAGS with IFA_F_NOPREFIXROUTE (LAB15).
        body += attribute(2, packed) + attribute(1, packed) + _u32(8, 0x200 | flags)
        how, mode = (RTM_DELADDR, 0) if delete else (RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE)
        self._add(f"address {address}/{length} on #{index}", how, mode, body)

    def neighbour(self, index: int, address: str, mac: str) -> None:
        """A permanent neighbour (LAB15)."""
        family, packed = _packed(address)
        body = _NEIGH.pack(family, index, NUD_PERMANENT, 0, 0) + attribute(NDA_DST, packed)
        self._add(
            f"neighbour {address} on #{index}",
            RTM_NEWNEIGH,
            NLM_F_CREATE | NLM_F_REPLACE,
            body + attribute(NDA_LLADDR, _mac(mac)),
        )

    def route(
        self, prefix: str, *, table: int = 254, device: int = 0, gateway: str = "", kind: int = RTN_UNICAST,
        delete: bool = False,
    ) -> None:  # fmt: skip
        """A route: through a gateway on a device (taken as directly reachable), onto a device, or of a kind (throw)."""
        base, _, length = prefix.partition("/")
        family, packed = _packed(base)
        bits = int(length) if length else len(packed) * 8
        flags = RTNH_F_ONLINK if gateway else 0
        scope = 0 if gateway or family == socket.AF_INET6 or not device else 253
        if kind == RTN_LOCAL:
            scope = 254
        body = _ROUTE.pack(family, bits, 0, 0, 0, RTPROT_STATIC, scope, kind, flags)
        if bits:
            body += attribute(RTA_DST, packed)
        if device:
            body += _u32(RTA_OIF, device)
        if gateway:
            body += attribute(RTA_GATEWAY, _packed(gateway)[1])
        body += _u32(RTA_TABLE, table)
        how, mode = (RTM_DELROUTE, 0) if delete else (RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE)
        self._add(f"route {prefix} in table {table}", how, mode, body)

    def rule(
        self, family: int, priority: int, table: int, mark: int = 0, mask: int = 0, *,
        iif: str = "", oif: str = "", delete: bool = False,
    ) -> None:  # fmt: skip
        """Look into ``table`` with packets of a mark (all, with mask 0), of an interface (``iif`` lo: sent here)."""
        body = _ROUTE.pack(family, 0, 0, 0, 0, 0, 0, FR_ACT_TO_TBL, 0)
        body += _u32(FRA_PRIORITY, priority) + _u32(FRA_TABLE, table)
        if mask:
            body += _u32(FRA_FWMARK, mark) + _u32(FRA_FWMASK, mask)
        if iif:
            body += attribute(FRA_IIFNAME, iif.encode() + b"\0")
        if oif:
            body += attribute(FRA_OIFNAME, oif.encode() + b"\0")
        how, mode = (RTM_DELRULE, 0) if delete else (RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL)
        self._add(f"rule {priority} mark {mark:#x} table {table}", how, mode, body)

    def no_default_rules(self) -> None:
        """Only rules made here count: the tables ``main`` and ``default`` are not consulted (LAB11)."""
        for family in (socket.AF_INET, socket.AF_INET6):
            self.rule(family, 32766, 254, delete=True)
        self.rule(socket.AF_INET, 32767, 253, delete=True)


class Peer:
    """The far end of a veth pair; ``net`` is the namespace it is made in (-1: the same)."""

    __slots__ = ("index", "mac", "mtu", "name", "net")

    def __init__(self, name: str, index: int, mac: str, mtu: int, net: int = -1) -> None:
        self.name = name
        self.index = index
        self.mac = mac
        self.mtu = mtu
        self.net = net


def _link(name: str, mac: str, mtu: int) -> bytes:
    return (
        attribute(IFLA_IFNAME, name.encode() + b"\0")
        + attribute(IFLA_ADDRESS, _mac(mac))
        + _u32(IFLA_MTU, mtu)
        # One queue; the kernel would else make as many as the machine has processors.
        + _u32(IFLA_NUM_TX_QUEUES, 1)
        + _u32(IFLA_NUM_RX_QUEUES, 1)
    )


class Netlink:
    """A route socket of the namespace it was opened in."""

    def __init__(self) -> None:
        opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
        self.socket = socket.socket(fileno=out_of_the_way(opened.detach()))
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            self.socket.setsockopt(socket.SOL_SOCKET, option, 4 * CHUNK)
        for option in (NETLINK_CAP_ACK, NETLINK_EXT_ACK):
            with contextlib.suppress(OSError):  # without them only the texts of errors are poorer
                self.socket.setsockopt(SOL_NETLINK, option, 1)
        self.socket.bind((0, 0))

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()

    def send(self, batch: Batch, *, ignore: tuple[int, ...] = ()) -> None:
        """Put a batch through.  Raises KernelError with the first request that failed.

        ``ignore`` are errnos that are taken as success (EEXIST, ENODEV...).
        """
        messages = batch.messages
        begin = 0
        while begin < len(messages):
            size, end = 0, begin
            while end < len(messages) and (end == begin or size + len(messages[end][0]) <= CHUNK):
                size += len(messages[end][0])
                end += 1
            last = bytearray(messages[end - 1][0])
            struct.pack_into("=H", last, 6, struct.unpack_from("=H", last, 6)[0] | NLM_F_ACK)
            self.socket.send(b"".join([*(m for m, _ in messages[begin : end - 1]), bytes(last)]))
            self._collect(messages, end - 1, ignore)
            begin = end

    def _collect(self, messages: list[tuple[bytes, str]], last: int, ignore: tuple[int, ...]) -> None:
        """Read until the last request is answered."""
        failed: KernelError | None = None
        while True:
            data = self.socket.recv(CHUNK)
            at = 0
            done = False
            while at + 16 <= len(data):
                length, kind, _, sequence, _ = _HEADER.unpack_from(data, at)
                if kind == NLMSG_ERROR:
                    number = -struct.unpack_from("=i", data, at + 16)[0]
                    if number and number not in ignore and failed is None:
                        why = _explained(number, data[at + 36 : at + length])
                        failed = KernelError(number, f"{messages[sequence][1]}: {why}")
                    done = done or sequence == last
                at += (length + 3) & ~3
            if done:
                break
        if failed is not None:
            raise failed

    def wait_until_running(self, indexes: Iterable[int], seconds: float = 10.0) -> None:
        """Wait until these links really send.  Raises KernelError (ETIMEDOUT).

        The end of a veth pair that was up first drops what it is given until the kernel has noticed, in a work
        queue, that there is a carrier.  Asking for a link makes newer kernels notice at once.
        """
        waiting = list(indexes)
        end = time.monotonic() + seconds
        while waiting := [index for index, flags in self._flags(waiting) if not flags & IFF_RUNNING]:
            if time.monotonic() > end:
                raise KernelError(errno.ETIMEDOUT, f"link #{waiting[0]} is up but does not run")
            time.sleep(0.001)

    def _flags(self, indexes: list[int]) -> Iterator[tuple[int, int]]:
        for begin in range(0, len(indexes), ASKED):
            part = indexes[begin : begin + ASKED]
            requests = b"".join(_LINK_REQUEST.pack(40, RTM_GETLINK, NLM_F_REQUEST, n, 0, 0, 0, index, 0, 0, 8, 29, 8)
                                for n, index in enumerate(part))  # fmt: skip
            self.socket.send(requests)
            for index in part:
                data = self.socket.recv(CHUNK)
                _, kind, _, _, _ = _HEADER.unpack_from(data)
                if kind == NLMSG_ERROR:
                    number = -struct.unpack_from("=i", data, 16)[0]
                    raise KernelError(number, f"link #{index}: {os.strerror(number)}")
                yield index, _IFINFO.unpack_from(data, 16)[3]

    def links(self) -> dict[str, int]:
        """Every interface of the namespace: name -> index.  Raises KernelError."""
        body = _IFINFO.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
        self.socket.send(_HEADER.pack(16 + len(body), RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 0, 0) + body)
        found: dict[str, int] = {}
        while True:
            data = self.socket.recv(4 * CHUNK)
            at = 0
            while at + 16 <= len(data):
                length, kind, _, _, _ = _HEADER.unpack_from(data, at)
                if kind == NLMSG_DONE:
                    return found
                if kind == NLMSG_ERROR:
                    number = -struct.unpack_from("=i", data, at + 16)[0]
                    raise KernelError(number, f"list of links: {os.strerror(number)}")
                index = _IFINFO.unpack_from(data, at + 16)[2]
                name = _attributes(data[at + 32 : at + length])[IFLA_IFNAME]
                found[name.rstrip(b"\0").decode()] = index
                at += (length + 3) & ~3


def _attributes(data: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(data):
        size, kind = struct.unpack_from("=HH", data, at)
        if size < 4:
            break
        found[kind & 0x3FFF] = data[at + 4 : at + size]
        at += (size + 3) & ~3
    return found


def _explained(number: int, rest: bytes) -> str:
    """What the number means, and the kernel's own words (NLMSGERR_ATTR_MSG) if it sent some."""
    text = _attributes(rest).get(1, b"").rstrip(b"\0").decode("utf-8", "replace")
    return f"{os.strerror(number)} ({text})" if text else os.strerror(number)
