"""A plan becomes links, routes, rules and rulesets, and one plan becomes another.

Three modes.  ``hosts``: every guest is a namespace, tied to its port by a veth
pair.  ``tun``: every port is a TUN device instead, which packets are written
to and read from (LAB35).  ``packet``: every port is a veth pair into one
namespace where nothing answers, for an AF_PACKET socket there, where TUN
devices cannot be had.  Bringing up is changing from the empty plan, so there
is one way for all.

How packets leave an interface of the fabric: every route goes through one
gateway on it, 169.254.0.1 or fe80::1, with a permanent neighbour; nobody is
ever asked for a MAC address, the neighbour table holds two entries an
interface, and IPv4 and IPv6, wires, ports and TUN devices are all alike
(LAB15, LAB16).

Everything hangs on namespaces that only this process's file descriptors hold:
when it ends, however it ends, nothing is left (LAB62).
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Interface, IPv6Interface, ip_interface
from typing import NamedTuple, TypeVar

from .kernel import netlink, nft, ns, tun
from .kernel.errors import KernelError
from .plan.model import FABRIC_MAC, GUEST_MAC, Guest, Plan, Port, Table


class NoWayBack(KernelError):
    """A change failed half-way and could not be undone: what is up is neither the old plan nor the new one."""


HOSTS, TUN, PACKET = "hosts", "tun", "packet"
"""Modes."""
OUTSIDE = "~outside"
"""In mode ``packet``: the namespace where every port's far end is; nothing there answers."""
SVC = "svc"
"""The guest that AWS's services live in."""
GATEWAYS = {4: "169.254.0.1", 6: "fe80::1"}
"""What all routes of the fabric go through; one neighbour for each interface and family."""
FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
FIRST_INDEX = 10
"""Of the fabric's interfaces; indexes are never used twice."""
FIRST_LINK = 2
"""Index of a guest's first link."""
LOOPBACK = 1
FIRST_SVC_TABLE = 1000
"""Routing tables of the svc namespace, one for each marked link."""
LOCAL_RULE = 100
"""Priority of the local table in svc: after the marks of packets sent from there."""

_QUIET = (
    "table inet tabiji_quiet {\n"
    " chain out {\n type filter hook output priority -500;\n ip6 daddr ff00::/8 drop\n }\n"
    ' chain in {\n type filter hook prerouting priority -500;\n iifname "~*" drop\n }\n'
    "}\n"
)
"""The fabric itself says nothing: no multicast listener reports out of its interfaces; and nothing leaves a sink."""
_MASQUERADE = (
    "table inet tabiji_nat {\n chain out {\n type nat hook postrouting priority 100;\n"
    ' oifname != "lo" masquerade\n }\n}\n'
)
"""Of an appliance that translates: what it forwards gets its own address."""

_NO_ASKING = {
    "net/ipv6/conf/default/accept_dad": "0",
    "net/ipv6/conf/default/accept_ra": "0",
    "net/ipv6/conf/default/autoconf": "0",
    "net/ipv6/conf/default/addr_gen_mode": "1",
}
_ALL_SOURCES = {
    "net/ipv4/conf/all/rp_filter": "0",
    "net/ipv4/conf/default/rp_filter": "0",
    "net/ipv4/conf/all/send_redirects": "0",
    "net/ipv4/conf/default/send_redirects": "0",
}
_FORWARDING = {"net/ipv4/ip_forward": "1", "net/ipv6/conf/all/forwarding": "1"}
FABRIC_SYSCTLS = (
    _NO_ASKING
    | _ALL_SOURCES
    | _FORWARDING
    | {
        "net/ipv4/icmp_ratelimit": "0",
        "net/ipv6/icmp/ratelimit": "0",
        "net/netfilter/nf_conntrack_tcp_be_liberal": "1",
    }
)
"""Of the fabric (LAB27)."""
GUEST_SYSCTLS = _NO_ASKING | _ALL_SOURCES | {"net/ipv4/ip_unprivileged_port_start": "0"}
SVC_SYSCTLS = GUEST_SYSCTLS | {
    "net/ipv4/ip_nonlocal_bind": "1",
    "net/ipv6/ip_nonlocal_bind": "1",
    "net/ipv4/tcp_fwmark_accept": "1",
    "net/ipv4/fwmark_reflect": "1",
    "net/ipv6/fwmark_reflect": "1",
    # Services call each other over the network: both addresses are local then (LAB25).
    "net/ipv4/conf/all/accept_local": "1",
}
_SYSCTLS = {SVC: SVC_SYSCTLS, OUTSIDE: GUEST_SYSCTLS | {"net/ipv6/conf/default/disable_ipv6": "1"}}
_OPTIONAL_SYSCTLS = {"net/ipv4/icmp_msgs_per_sec": "1000000", "net/ipv4/icmp_msgs_burst": "1000000"}
"""Of a namespace only in newer kernels, else of the whole machine, which is left alone."""


class _Route(NamedTuple):
    """A route by names; ``kind`` throw and local as rtnetlink has them."""

    table: int
    prefix: str
    device: str = ""
    gateway: str = ""
    kind: int = netlink.RTN_UNICAST


class _Rule(NamedTuple):
    version: int
    priority: int
    table: int
    mark: int = 0
    mask: int = 0
    iif: str = ""
    oif: str = ""


class _Address(NamedTuple):
    device: str
    address: str
    length: int


class _State(NamedTuple):
    """What a namespace shall have besides its links."""

    addresses: tuple[_Address, ...] = ()
    neighbours: tuple[tuple[str, str, str], ...] = ()
    """Device, address, MAC."""
    routes: tuple[_Route, ...] = ()
    rules: tuple[_Rule, ...] = ()


class _Pair(NamedTuple):
    """A veth pair of the fabric, or a TUN device; equal if the same link will do."""

    name: str
    mtu: int
    peer: str
    """Empty: TUN."""
    peer_mtu: int = 0
    guest: str = ""
    """Namespace the peer is in; empty: the fabric."""


_Row = TypeVar("_Row")


class Namespace:
    """A network namespace of the lab, held open, with a netlink socket and the interfaces' indexes by name."""

    def __init__(self, sysctls: dict[str, str], optional: dict[str, str] | None = None) -> None:
        self.fd = ns.out_of_the_way(ns.new_net())
        try:
            with ns.inside(self.fd):
                ns.write_sysctls(sysctls)
                for name, value in (optional or {}).items():
                    _if_allowed(name, value)
                self.netlink = netlink.Netlink()
        except BaseException:
            os.close(self.fd)
            raise
        self.indexes: dict[str, int] = {"lo": LOOPBACK}
        self.fresh: list[int] = []
        """Indexes of interfaces to be set up."""
        self.next = FIRST_LINK
        """Index of the next one."""
        self.state = _State()
        self.unsure = False
        """The kernel refused part of the last change: what is in ``state`` may be there or not."""

    def close(self) -> None:
        """Let go of it; it is gone when nothing else holds it."""
        self.netlink.close()
        os.close(self.fd)

    def forget(self, devices: set[str]) -> None:
        """Interfaces that are gone took their addresses, neighbours and routes with them."""
        for name in devices:
            self.indexes.pop(name, None)
        old = self.state
        self.state = _State(
            tuple(row for row in old.addresses if row.device not in devices),
            tuple(row for row in old.neighbours if row[0] not in devices),
            tuple(row for row in old.routes if row.device not in devices),
            old.rules,
        )

    def become(self, new: _State) -> None:
        """Add what is missing and delete what is too much.  Raises KernelError."""
        if new == self.state and not self.fresh and not self.unsure:
            return
        batch = netlink.Batch()
        for index in self.fresh:
            batch.up(index)
        self.fresh.clear()
        self._addresses(batch, new)
        self._routes(batch, new)
        self._rules(batch, new)
        old, self.state = self.state, new
        try:
            # What went with an interface, or is there already, is as wished.
            self.netlink.send(batch, ignore=(errno.ESRCH, errno.EEXIST, errno.ENOENT, errno.EADDRNOTAVAIL))
            self.unsure = False
        except OSError:
            self.state = _State(
                old.addresses + new.addresses,
                old.neighbours + new.neighbours,
                old.routes + new.routes,
                old.rules + new.rules,
            )
            self.unsure = True
            raise

    def _at(self, device: str) -> int:
        try:
            return self.indexes[device]
        except KeyError:
            raise KernelError(errno.ENODEV, f"the plan has no interface {device}") from None

    def _there(self, rows: Iterable[_Row]) -> set[_Row]:
        return set() if self.unsure else set(rows)

    def _addresses(self, batch: netlink.Batch, new: _State) -> None:
        old, wanted = self._there(self.state.addresses), set(new.addresses)
        for row in self.state.addresses:
            if row not in wanted:
                batch.address(self._at(row.device), row.address, row.length, delete=True)
        for row in new.addresses:
            if row not in old:
                batch.address(self._at(row.device), row.address, row.length)
        there = self._there(self.state.neighbours)
        for neighbour in new.neighbours:
            if neighbour not in there:
                device, address, mac = neighbour
                batch.neighbour(self._at(device), address, mac)

    def _routes(self, batch: netlink.Batch, new: _State) -> None:
        old = self._there(self.state.routes)
        if any(row.gateway and row not in old for row in new.routes):
            # Where every address is local no gateway is valid: such a route goes for a moment, and comes back last.
            for row in filter(_takes_all, self.state.routes):
                batch.route(row.prefix, table=row.table, kind=row.kind, delete=True)
                old.discard(row)
        for row in new.routes:
            if row not in old:
                device = self._at(row.device) if row.device else 0
                batch.route(row.prefix, table=row.table, device=device, gateway=row.gateway, kind=row.kind)
        kept = {(row.table, row.prefix) for row in new.routes}
        for row in self.state.routes:
            # Adding replaces the route of the same prefix: deleting it afterwards would delete the new one.
            if (row.table, row.prefix) not in kept:
                batch.route(row.prefix, table=row.table, kind=row.kind, delete=True)

    def _rules(self, batch: netlink.Batch, new: _State) -> None:
        old, wanted = self._there(self.state.rules), set(new.rules)
        for rule in new.rules:
            if rule not in old:
                _rule(batch, rule)
        for rule in self.state.rules:
            if rule not in wanted:
                _rule(batch, rule, delete=True)

    def load(self, text: str) -> None:
        """Put a ruleset in the place of the whole one, in one step (LAB64).  Raises KernelError."""
        with ns.inside(self.fd):
            nft.replace(text)


def _takes_all(row: _Route) -> bool:
    return row.kind == netlink.RTN_LOCAL and row.prefix.endswith("/0")


def _if_allowed(name: str, value: str) -> None:
    with contextlib.suppress(OSError):
        ns.write_sysctls({name: value})


def _rule(batch: netlink.Batch, rule: _Rule, *, delete: bool = False) -> None:
    batch.rule(
        FAMILIES[rule.version],
        rule.priority,
        rule.table,
        rule.mark,
        rule.mask,
        iif=rule.iif,
        oif=rule.oif,
        delete=delete,
    )


class Running:
    """A plan that is up.

    ``guests``: name -> file descriptor of its network namespace.  ``tuns``:
    port -> file descriptor of its TUN device, non-blocking.  ``indexes``: name
    of an interface of the fabric -> its index.  ``fabric``: file descriptor of
    the fabric's network namespace.
    """

    def __init__(self, mode: str = HOSTS) -> None:
        self.mode = mode
        self.plan = Plan()
        self.guests: dict[str, int] = {}
        self.tuns: dict[str, int] = {}
        self._spaces: dict[str, Namespace] = {}
        self._pairs: dict[str, _Pair] = {}
        self._fabric = Namespace(FABRIC_SYSCTLS, _OPTIONAL_SYSCTLS)
        self._fabric.next = FIRST_INDEX
        self.fabric = self._fabric.fd
        self.indexes = self._fabric.indexes
        try:
            batch = netlink.Batch()
            batch.no_default_rules()
            batch.up(LOOPBACK)  # with it comes the local table, without which no gateway counts as valid
            self._fabric.netlink.send(batch, ignore=(errno.ENOENT,))
        except BaseException:
            self.close()
            raise

    def apply(self, plan: Plan) -> None:
        """Change to another plan while packets flow.  On failure the former plan is put back.

        Connections the fabric's rules keep state of are evaluated afresh (LAB64).  Raises KernelError; NoWayBack
        when that is not possible either.
        """
        before = self.plan
        try:
            self._change(plan)
        except OSError:
            try:
                self._change(before, again=True)
            except OSError as error:
                raise NoWayBack(error.errno, str(error)) from error
            raise

    def reload_rules(self) -> None:
        """Load the fabric's ruleset anew: its sets of flows are empty then.  Raises KernelError."""
        self._fabric.load(_QUIET + self.plan.nft)

    def close(self) -> None:
        """Take everything down.  The kernel clears up after the call has returned."""
        for fd in self.tuns.values():
            os.close(fd)  # quick, as the devices are persistent (LAB36)
        for space in self._spaces.values():
            space.close()
        self._fabric.close()
        self.tuns.clear()
        self.guests.clear()
        self._spaces.clear()

    def _change(self, plan: Plan, again: bool = False) -> None:
        """``again``: what is there is not what ``self.plan`` says."""
        pairs = {pair.name: pair for pair in _pairs(plan, self.mode)}
        if again or plan.nft != self.plan.nft:
            # First, because a ruleset may be refused, and then nothing has changed.
            self._fabric.load(_QUIET + plan.nft)
        self._remove_links({name for name, pair in self._pairs.items() if pairs.get(name) != pair})
        self._guests(plan, again)
        new = [pair for name, pair in pairs.items() if name not in self._pairs]
        self._add_links(new)
        self._fabric.become(_fabric_state(plan, pairs.values()))
        if self.mode == HOSTS:
            for guest in plan.guests:
                self._configure(guest, plan, again)
        elif self.mode == PACKET:
            self._spaces[OUTSIDE].become(_State())
        self._fabric.netlink.wait_until_running(self.indexes[pair.name] for pair in new)
        self.plan = plan

    # Links.

    def _remove_links(self, names: set[str]) -> None:
        if not names:
            return
        gone: set[str] = set()
        far: dict[str, set[str]] = {}
        for name in names:
            pair = self._pairs.pop(name)
            gone.add(name)
            if name in self.tuns:
                os.close(self.tuns.pop(name))
            elif pair.guest:
                far.setdefault(pair.guest, set()).add(pair.peer)
            else:
                gone.add(pair.peer)
        batch = netlink.Batch()
        batch.delete_links(self.indexes[name] for name in names if name in self.indexes)
        self._fabric.netlink.send(batch, ignore=(errno.ENODEV,))
        self._fabric.forget(gone)
        for guest, devices in far.items():
            self._spaces[guest].forget(devices)

    def _add_links(self, pairs: Iterable[_Pair]) -> None:
        batch = netlink.Batch()
        with ns.inside(self.fabric):
            for pair in pairs:
                index = self._index(pair.name)
                if pair.peer:
                    batch.veth(pair.name, index, FABRIC_MAC, pair.mtu, self._peer(pair))
                else:
                    self.tuns[pair.name] = tun.open_tun(pair.name, index)
                    batch.up(index, pair.mtu)
                self._pairs[pair.name] = pair
        self._fabric.netlink.send(batch)

    def _peer(self, pair: _Pair) -> netlink.Peer:
        if not pair.guest:
            index = self._index(pair.peer)
            self._fabric.fresh.append(index)
            return netlink.Peer(pair.peer, index, FABRIC_MAC, pair.peer_mtu)
        space = self._spaces[pair.guest]
        index = space.indexes[pair.peer] = space.next
        space.next += 1
        space.fresh.append(index)
        return netlink.Peer(pair.peer, index, GUEST_MAC, pair.peer_mtu, space.fd)

    def _index(self, name: str) -> int:
        number = self.indexes[name] = self._fabric.next
        self._fabric.next += 1
        return number

    # Guests.

    def _guests(self, plan: Plan, again: bool) -> None:
        wanted = {guest.name: guest for guest in plan.guests} if self.mode == HOSTS else {}
        if self.mode == PACKET:
            wanted[OUTSIDE] = Guest(name=OUTSIDE, owner="")
        for name in [name for name in self._spaces if name not in wanted]:
            del self.guests[name]
            self._spaces.pop(name).close()
        for name, guest in wanted.items():
            if name not in self._spaces:
                space = self._spaces[name] = Namespace(_SYSCTLS.get(name, GUEST_SYSCTLS))
                self.guests[name] = space.fd
                self._begin(space, guest)

    def _begin(self, space: Namespace, guest: Guest) -> None:
        with ns.inside(space.fd):
            # As root of the machine every group may ping; in a user namespace only one is mapped (LAB8).
            try:
                ns.write_sysctls({"net/ipv4/ping_group_range": "0 2147483647"})
            except OSError:
                _if_allowed("net/ipv4/ping_group_range", "0 0")
        batch = netlink.Batch()
        batch.up(LOOPBACK)
        if guest.name == SVC:
            for family in FAMILIES.values():
                batch.rule(family, LOCAL_RULE, netlink.LOCAL)
                batch.rule(family, 0, netlink.LOCAL, delete=True)
        space.netlink.send(batch)

    def _configure(self, guest: Guest, plan: Plan, again: bool) -> None:
        space = self._spaces[guest.name]
        before = next((old for old in self.plan.guests if old.name == guest.name), None)
        if guest.name == SVC:
            space.become(_svc_state(guest, plan))
            if again or before is None or plan.svc_nft != self.plan.svc_nft:
                space.load(plan.svc_nft)
            return
        space.become(_guest_state(guest))
        was = before.forwards if before is not None else ""
        if again or was != guest.forwards:
            with ns.inside(space.fd):
                ns.write_sysctls(dict.fromkeys(_FORWARDING, "1" if guest.forwards else "0"))
            space.load(_MASQUERADE if guest.forwards == "nat" else "")


def bring_up(plan: Plan, mode: str = HOSTS) -> Running:
    """Make a plan real in this process's network, user and mount namespaces; ``hosts`` or ``tun``.

    Needs CAP_NET_ADMIN and CAP_SYS_ADMIN over them (``kernel.ns.isolate``).  Raises KernelError or OSError, and
    then nothing is left.
    """
    running = Running(mode)
    try:
        running._change(plan)
    except BaseException:
        running.close()
        raise
    return running


# What a plan asks for, by names.


def _pairs(plan: Plan, mode: str) -> Iterator[_Pair]:
    links = {link.port: link.name for guest in plan.guests for link in guest.links}
    for port in plan.ports:
        if mode == TUN:
            yield _Pair(port.name, port.mtu, "")
        elif mode == PACKET:
            yield _Pair(port.name, port.mtu, port.name, port.mtu, OUTSIDE)
        elif port.role == "sink":
            yield _Pair(port.name, port.mtu, _sink_peer(port), port.mtu)
        else:
            yield _Pair(port.name, port.mtu, links.get(port.name, port.guest_link), port.mtu, port.guest)
    for wire in plan.wires:
        yield _Pair(wire.a, wire.a_mtu, wire.b, wire.b_mtu)


def _sink_peer(port: Port) -> str:
    return f"~{port.name[:14]}"


def _fabric_state(plan: Plan, pairs: Iterable[_Pair]) -> _State:
    neighbours = []
    for pair in pairs:
        ends = [(pair.name, GUEST_MAC if pair.guest else FABRIC_MAC)] if pair.peer else []
        if ends and not pair.guest and not pair.peer.startswith("~"):
            ends.append((pair.peer, FABRIC_MAC))
        neighbours += [(name, gateway, mac) for name, mac in ends for gateway in GATEWAYS.values()]
    routes = [row for table in plan.tables for row in _table(table)]
    rules = [
        _Rule(version, rule.priority, rule.table, rule.mark, rule.mask) for rule in plan.rules for version in FAMILIES
    ]
    return _State((), tuple(neighbours), tuple(routes), tuple(rules))


def _table(table: Table) -> Iterator[_Route]:
    for route in table.routes:
        if not route.dev:
            yield _Route(table.number, route.prefix, kind=netlink.RTN_THROW)
        else:
            yield _Route(table.number, route.prefix, route.dev, GATEWAYS[6 if ":" in route.prefix else 4])


def _guest_state(guest: Guest) -> _State:
    """Addresses, and everything else through the gateway of each link, as on EC2 (LAB15)."""
    addresses: list[_Address] = []
    neighbours: dict[tuple[str, str, str], None] = {}
    routes: dict[tuple[int, str], _Route] = {}
    for link in guest.links:
        for text in link.addresses:
            interface = ip_interface(text)
            gateway = _gateway(interface)
            addresses.append(_Address(link.name, str(interface.ip), interface.network.prefixlen))
            neighbours[link.name, gateway, FABRIC_MAC] = None
            if interface.version == 6:
                # The kernel makes this route too, but in a work queue: packets that come earlier would be dropped.
                own = f"{interface.ip}/128"
                routes[netlink.LOCAL, own] = _Route(netlink.LOCAL, own, link.name, kind=netlink.RTN_LOCAL)
            prefixes = [str(interface.network)] if interface.network.prefixlen < interface.max_prefixlen else []
            if link.default:
                prefixes.append("::/0" if interface.version == 6 else "0.0.0.0/0")
            for prefix in prefixes:
                routes.setdefault(
                    (netlink.MAIN, prefix), _Route(netlink.MAIN, prefix, link.name, gateway)
                )  # the first link with a default route has it
    return _State(tuple(addresses), tuple(neighbours), tuple(routes.values()))


def _gateway(interface: IPv4Interface | IPv6Interface) -> str:
    """The first address of an IPv4 subnet, which is the VPC's router; where there is none, the lab's own."""
    if interface.version == 4 and interface.network.prefixlen <= 30:
        first = interface.network.network_address + 1
        if first != interface.ip:
            return str(first)
    return GATEWAYS[interface.version]


def _svc_state(guest: Guest, plan: Plan) -> _State:
    """No address on any link: all are local (AnyIP), and a mark says by which link an answer leaves (LAB25)."""
    neighbours = [(link.name, at, FABRIC_MAC) for link in guest.links for at in GATEWAYS.values()]
    routes: dict[_Route, None] = {}
    rules: list[_Rule] = []
    for number, link in enumerate(guest.links):
        tables = [netlink.MAIN] if link.default else []
        if link.mark:
            table = FIRST_SVC_TABLE + number
            tables.append(table)
            for version in FAMILIES:
                # Only packets sent from here: those that come in carry the mark too and are local.
                rules.append(_Rule(version, 10, table, link.mark, 0xFFFF_FFFF, iif="lo"))
                rules.append(_Rule(version, 11, table, oif=link.name))
        for table in tables:
            for version, everything in ((4, "0.0.0.0/0"), (6, "::/0")):
                routes[_Route(table, everything, link.name, GATEWAYS[version])] = None
    own = [text for link in guest.links for text in link.addresses]
    for text in (*own, *(service.address for service in plan.services)):
        address = ip_interface(text).ip
        length = 0 if address.is_unspecified else address.max_prefixlen  # 0.0.0.0: answers at whatever address
        routes[_Route(netlink.LOCAL, f"{address}/{length}", "lo", kind=netlink.RTN_LOCAL)] = None
    return _State((), tuple(neighbours), tuple(routes), tuple(rules))
