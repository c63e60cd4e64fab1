"""Plans written by hand, brought up and changed: what the kernel then does with real packets."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import socket
import struct
import subprocess
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

import bring_up_plans as plans
from isolated import as_nobody, in_namespaces, why_not
from tabiji.lab.bring_up import NoWayBack, Running, bring_up
from tabiji.lab.kernel import netlink, nflog, nft, ns
from tabiji.lab.kernel.errors import KernelError
from tabiji.lab.plan.model import DROP_GROUP, HOP_GROUP, Guest, Link, Plan, Port, Route, Service, Table

SO_MARK, SIOCGIFMTU = 36, 0x8921


def listening(running: Running, guest: str, port: int, family: int = socket.AF_INET) -> socket.socket:
    with ns.inside(running.guests[guest]):
        sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("", port))
    sock.listen()
    return sock


def connect(running: Running, guest: str, address: str, port: int, wait: float = 5.0) -> socket.socket:
    with ns.inside(running.guests[guest]):
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    sock.settimeout(wait)
    try:
        sock.connect((address, port))
    except OSError:
        sock.close()
        raise
    return sock


def reaches(running: Running, address: str, port: int = 80, guest: str = "a") -> bool:
    """Whether a connection from a guest is taken or refused by a host there, in which case packets went both ways."""
    try:
        connect(running, guest, address, port, 0.3).close()
    except ConnectionRefusedError:
        return True
    except TimeoutError:
        return False
    return True


def listen_to_drops(running: Running) -> nflog.Nflog:
    with ns.inside(running.fabric):
        return nflog.Nflog((DROP_GROUP, HOP_GROUP))


def drops(log: nflog.Nflog) -> list[str]:
    return [event.prefix for event in log.read() if event.group == DROP_GROUP]


def links(running: Running) -> dict[str, int]:
    with ns.inside(running.fabric):
        sock = netlink.Netlink()
    with closing(sock):
        return sock.links()


@pytest.mark.parametrize("address", ["10.1.1.10", "2001:db8:1::b", "198.51.100.10", "2001:db8:9::1"])
@in_namespaces
def test_lab16_hosts_reach_each_other(address: str) -> None:
    running = bring_up(plans.network())
    guest = "b" if address in ("10.1.1.10", "2001:db8:1::b") else "web"
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with listening(running, guest, 80, family) as server, connect(running, "a", address, 80) as client:
        accepted, peer = server.accept()
        assert peer[0] in ("10.1.0.10", "2001:db8:1::a")
        accepted.sendall(b"yes")
        assert client.recv(3) == b"yes"


@in_namespaces
def test_lab14_drops_tell_their_reason() -> None:
    running = bring_up(plans.network())
    log = listen_to_drops(running)
    assert not reaches(running, "10.1.9.9")
    assert drops(log)[0] == f"d{plans.NO_HOST}"
    assert not reaches(running, "10.1.1.10", 81)
    assert drops(log)[0] == f"d{plans.SG_IN}"
    assert reaches(running, "10.1.1.10", 82)
    assert drops(log) == []


@in_namespaces
def test_lab51_hops_are_told_by_interface() -> None:
    running = bring_up(plans.network())
    log = listen_to_drops(running)
    assert reaches(running, "198.51.100.10")
    index = running.indexes
    passed = [(event.indev, event.outdev) for event in log.read() if event.group == HOP_GROUP]
    assert passed[:2] == [(index[plans.A], index["w-in"]), (index["w-out"], index[plans.WEB])]


@in_namespaces
def test_lab25_a_service_knows_the_link_it_was_asked_by() -> None:
    running = bring_up(plans.network())
    with listening(running, "svc", 443) as server, connect(running, "a", "10.1.0.2", 443) as client:
        accepted, _ = server.accept()
        assert accepted.getsockopt(socket.SOL_SOCKET, SO_MARK) == 1
        accepted.sendall(b"x")
        assert client.recv(1) == b"x"
    with ns.inside(running.guests["svc"]):
        asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        asked.setsockopt(socket.IPPROTO_IP, 8, 1)  # IP_PKTINFO
        asked.bind(("10.1.0.2", 53))
    with ns.inside(running.guests["a"]):
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.settimeout(5)
    client.sendto(b"?", ("10.1.0.2", 53))
    _, ancillary, _, peer = asked.recvmsg(16, 128)
    index, _, _ = struct.unpack("=I4s4s", ancillary[0][2])
    with ns.inside(running.guests["svc"]):
        assert socket.if_indextoname(index) == "vpc1"
    asked.sendmsg([b"!"], [(socket.SOL_SOCKET, SO_MARK, struct.pack("I", 1))], 0, peer)
    assert client.recv(1) == b"!"


@in_namespaces
def test_lab25_a_service_answers_at_whatever_address() -> None:
    plan = plans.network()
    everything = tuple(Service(kind="web", address=address, owner="*") for address in ("0.0.0.0", "::"))
    local = tuple(
        Route(prefix=route.prefix, dev="p-svc") if route.dev == "nohost" else route for route in plan.tables[1].routes
    )
    running = bring_up(msgspec.structs.replace(with_routes(plan, 200, local), services=everything))
    for address in ("10.1.77.7", "2001:db8:1::77"):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with listening(running, "svc", 80, family) as server, connect(running, "a", address, 80):
            accepted, _ = server.accept()
            assert accepted.getsockname()[0] == address


@in_namespaces
def test_services_get_another_link_while_every_address_is_theirs() -> None:
    first = msgspec.structs.replace(plans.network(), services=(Service(kind="web", address="0.0.0.0", owner="*"),))
    port = Port(name="p-more", role="service", owner="vpce-1", context=1, guest="svc")
    guests = tuple(
        msgspec.structs.replace(guest, links=(*guest.links, Link(name="more", port="p-more", mark=7)))
        if guest.name == "svc"
        else guest
        for guest in first.guests
    )
    second = msgspec.structs.replace(first, ports=(*first.ports, port), guests=guests)
    running = bring_up(first)
    for plan in (second, first, second):
        running.apply(plan)
    with ns.inside(running.guests["svc"]):
        local = subprocess.run(["ip", "route", "show", "table", "local"], capture_output=True, text=True, check=True)
        marked = subprocess.run(["ip", "route", "get", "10.9.9.9", "oif", "more"], capture_output=True, text=True)
    assert "local default dev lo" in local.stdout
    assert "via 169.254.0.1" in marked.stdout


def with_guest(plan: Plan, name: str, address: str) -> Plan:
    """Another host, in the same subnet as ``a``."""
    port = Port(name=f"p-{name}", role="guest", owner=name, context=1, guest=name, addresses=(address,))
    guest = Guest(name=name, owner=name, links=(Link(name="eth0", port=port.name, addresses=(f"{address}/24",)),))
    tables = tuple(
        msgspec.structs.replace(table, routes=(*table.routes, Route(prefix=f"{address}/32", dev=port.name)))
        if table.number == 200
        else table
        for table in plan.tables
    )
    return msgspec.structs.replace(
        plan,
        ports=(*plan.ports, port),
        guests=(*plan.guests, guest),
        tables=tables,
        nft=plans.ruleset(plans.CONTEXTS | {port.name: 1}, plans.CLOSED),
    )


@in_namespaces
def test_apply_adds_and_removes_guests_and_leaves_the_others_alone() -> None:
    first = plans.network()
    second = with_guest(first, "c", "10.1.0.30")
    running = bring_up(first)
    before, kept = links(running), dict(running.guests)
    with listening(running, "b", 80) as server, connect(running, "a", "10.1.1.10", 80) as client:
        accepted, _ = server.accept()
        assert not reaches(running, "10.1.0.30")
        running.apply(second)
        assert reaches(running, "10.1.0.30")
        assert reaches(running, "10.1.1.10", guest="c")
        running.apply(first)
        assert not reaches(running, "10.1.0.30")
        accepted.sendall(b"still")
        assert client.recv(5) == b"still"
    assert links(running) == before
    assert running.guests == kept


@in_namespaces
def test_lab64_rules_are_changed_in_one_step() -> None:
    closed = plans.network()
    running = bring_up(closed)
    assert not reaches(running, "10.1.1.10", 81)
    running.apply(msgspec.structs.replace(closed, nft=closed.nft.replace("dport 81", "dport 82")))
    assert reaches(running, "10.1.1.10", 81)
    assert not reaches(running, "10.1.1.10", 82)


def with_routes(plan: Plan, number: int, routes: tuple[Route, ...]) -> Plan:
    tables = tuple(
        Table(number=number, owner=table.owner, routes=routes) if table.number == number else table
        for table in plan.tables
    )
    return msgspec.structs.replace(plan, tables=tables)


@pytest.mark.parametrize("address", ["198.51.100.10", "2001:db8:9::1"])
@in_namespaces
def test_lab12_routes_change_between_devices_and_throw(address: str) -> None:
    there = plans.network()
    everything = "::/0" if ":" in address else "0.0.0.0/0"
    local = tuple(route for route in there.tables[0].routes if route.prefix != everything)
    running = bring_up(there)
    for routes, arrives in (
        ((*local, Route(prefix=everything)), False),  # thrown: to the VPC's own table, and on to no-route
        ((*local, Route(prefix=everything, dev="w-in")), True),
        ((*local, Route(prefix=everything, dev="nohost")), False),
        (local, False),
        (there.tables[0].routes, True),
    ):
        running.apply(with_routes(there, 100, routes))
        assert reaches(running, address) == arrives, routes


@in_namespaces
def test_a_refused_ruleset_changes_nothing() -> None:
    plan = plans.network()
    running = bring_up(plan)
    with pytest.raises(KernelError, match=r"nft: .*syntax error"):
        running.apply(msgspec.structs.replace(with_guest(plan, "c", "10.1.0.30"), nft="table inet fabric { nonsense }"))
    assert running.plan == plan
    assert set(running.guests) == {"a", "b", "web", "svc"}
    assert reaches(running, "10.1.1.10")
    assert not reaches(running, "10.1.1.10", 81)


@in_namespaces
def test_a_change_that_cannot_be_undone_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    running = bring_up(plans.network())

    def refuse(*_: object, **__: object) -> None:
        raise KernelError(22, "refused")

    monkeypatch.setattr(running, "_change", refuse)
    with pytest.raises(NoWayBack, match="refused"):
        running.apply(plans.network())


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (Route(prefix="10.9.0.0/16", dev="nowhere"), "the plan has no interface nowhere"),
        (Route(prefix="10.9.0.1/16", dev=plans.A), "route 10.9.0.1/16 in table 200: Invalid argument"),
    ],
)
@in_namespaces
def test_a_change_refused_half_way_is_taken_back(wrong: Route, text: str) -> None:
    plan = plans.network()
    running = bring_up(plan)
    before = links(running)
    changed = with_guest(plan, "c", "10.1.0.30")
    changed = with_routes(changed, 100, (Route(prefix="0.0.0.0/0", dev="nohost"),))
    changed = with_routes(changed, 200, (*changed.tables[1].routes[2:], wrong))
    with pytest.raises(KernelError, match=text):
        running.apply(changed)
    assert running.plan == plan
    assert links(running) == before
    assert set(running.guests) == {"a", "b", "web", "svc"}
    assert reaches(running, "198.51.100.10")
    assert reaches(running, "2001:db8:1::b")
    log = listen_to_drops(running)
    assert not reaches(running, "10.1.0.30")
    assert drops(log)[0] == f"d{plans.NO_HOST}"


@in_namespaces
def test_a_link_of_another_size_is_made_anew() -> None:
    plan = plans.network()
    running = bring_up(plan)
    ports = tuple(msgspec.structs.replace(port, mtu=1400) if port.name == plans.A else port for port in plan.ports)
    running.apply(msgspec.structs.replace(plan, ports=ports))
    with ns.inside(running.fabric), socket.socket() as sock:
        answer = fcntl.ioctl(sock, SIOCGIFMTU, struct.pack("16si20x", plans.A.encode(), 0))
    assert struct.unpack("16si20x", answer)[1] == 1400
    assert reaches(running, "10.1.1.10")
    assert reaches(running, "2001:db8:1::b")


@pytest.mark.parametrize(("forwards", "source"), [("route", "10.1.0.10"), ("nat", "10.1.1.10")])
@in_namespaces
def test_an_appliance_forwards(forwards: str, source: str) -> None:
    """What ``a`` sends to the Internet goes to ``b`` first, which sends it on, as its own or not."""
    plan = plans.network(forwards=forwards)
    routes = tuple(
        msgspec.structs.replace(route, dev=plans.B) if route.prefix == "0.0.0.0/0" else route
        for route in plan.tables[0].routes
    )
    own = Table(number=101, owner="rtb-b", routes=plan.tables[0].routes)
    contexts = plans.CONTEXTS | {plans.B: 4}
    rule = plan.rules[0]
    plan = msgspec.structs.replace(
        with_routes(plan, 100, routes),
        nft=plans.ruleset(contexts),
        rules=(
            *plan.rules,
            msgspec.structs.replace(rule, mark=4, table=101),
            msgspec.structs.replace(rule, mark=4, table=200, priority=200),
        ),
    )
    plan = msgspec.structs.replace(plan, tables=(*plan.tables, own))
    running = bring_up(plan)
    with listening(running, "web", 80) as server, connect(running, "a", "198.51.100.10", 80):
        assert server.accept()[1][0] == source


@in_namespaces
def test_lab35_every_port_is_a_tun_device() -> None:
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        pytest.skip("no /dev/net/tun")
    plan = plans.network()
    running = bring_up(plan, "tun")
    assert set(running.tuns) == {port.name for port in plan.ports}
    assert running.guests == {}
    with pytest.raises(BlockingIOError):
        os.read(running.tuns[plans.B], 2000)
    running.apply(with_guest(plan, "c", "10.1.0.30"))
    assert "p-c" in running.tuns
    running.apply(plan)
    assert "p-c" not in running.tuns
    assert "p-c" not in links(running)


@in_namespaces
def test_lab14_nothing_leaves_a_sink() -> None:
    """A packet the ruleset lets through to a sink ends there instead of going round."""
    plan = plans.network()
    running = bring_up(msgspec.structs.replace(plan, nft=plan.nft.replace('oifname "nohost"', 'oifname "lo"')))
    log = listen_to_drops(running)
    assert not reaches(running, "10.1.9.9")
    assert {(event.indev, event.outdev) for event in log.read()} == {
        (running.indexes[plans.A], running.indexes["nohost"])
    }


@in_namespaces
def test_lab27_the_outer_namespace_keeps_its_settings() -> None:
    def settings() -> list[str]:
        names = ("ip_forward", "conf/all/rp_filter", "conf/all/accept_local", "ip_nonlocal_bind", "icmp_ratelimit")
        return [Path(f"/proc/sys/net/ipv4/{name}").read_text() for name in names]

    before, there = settings(), os.listdir("/proc/self/net/dev_snmp6")
    running = bring_up(plans.network())
    assert settings() == before
    assert os.listdir("/proc/self/net/dev_snmp6") == there
    with ns.inside(running.fabric):
        assert settings() != before


def test_lab8_without_privileges() -> None:
    if why := why_not():
        pytest.skip(why)

    def work() -> bytes:
        ns.isolate()
        running = bring_up(plans.network())
        return f"{reaches(running, '2001:db8:1::b')} {reaches(running, '10.1.9.9')}".encode()

    try:
        assert as_nobody(work) == b"True False"
    except KernelError as error:
        if error.errno in (errno.EPERM, errno.ENOSPC, errno.EACCES):
            pytest.skip(f"not for unprivileged users here: {error}")
        raise


@pytest.mark.parametrize("step", range(1, 12))
def test_lab62_killed_at_any_step_nothing_is_left(step: int) -> None:
    """Each namespace, batch and ruleset is a step; the kill comes before it is done."""
    if why := why_not():
        pytest.skip(why)
    outside = [os.listdir("/sys/class/net"), os.path.exists("/run/netns") and os.listdir("/run/netns")]
    mounts = Path("/proc/self/mounts").read_text()

    def work() -> bytes:
        ns.isolate()
        left = step

        def counted(real):  # type: ignore[no-untyped-def]
            def stand_in(*arguments, **named):  # type: ignore[no-untyped-def]
                nonlocal left
                left -= 1
                if not left:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*arguments, **named)

            return stand_in

        ns.new_net = counted(ns.new_net)
        nft.run = counted(nft.run)
        netlink.Netlink.send = counted(netlink.Netlink.send)  # type: ignore[method-assign]
        bring_up(plans.network())
        return b"up"

    with pytest.raises(KernelError, match="signal 9"):
        ns.child(work)
    assert [os.listdir("/sys/class/net"), os.path.exists("/run/netns") and os.listdir("/run/netns")] == outside
    assert Path("/proc/self/mounts").read_text() == mounts


@in_namespaces
def test_lab33_five_hundred_hosts() -> None:
    """All of them are there and answer; how long it took is a matter of the benchmark."""
    running = bring_up(plans.many(500))
    assert len(running.guests) == 500
    assert reaches(running, "10.2.4.109", guest="h0")
    assert reaches(running, "10.2.0.10", guest="h499")
    running.close()
    assert running.guests == {}
