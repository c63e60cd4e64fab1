"""Links that are slow, far and lossy: real packets between two namespaces."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import threading
import time

import pytest

from isolated import in_namespaces
from tabiji.lab import delay, shape
from tabiji.lab.kernel import ns
from tabiji.lab.kernel.errors import KernelError

HOST, FABRIC = "10.9.0.1", "10.9.0.2"
MAC = "02:00:00:00:00:01"

needs_tun = pytest.mark.skipif(not os.access("/dev/net/tun", os.R_OK | os.W_OK), reason="no /dev/net/tun to open")


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def veth() -> tuple[int, int]:
    """Two namespaces, host and fabric, joined by eth0 and p0."""
    host, fabric = ns.new_net(), ns.new_net()
    there = f"/proc/{os.getpid()}/fd/{host}"
    with ns.inside(fabric):
        ip("link", "add", "p0", "address", MAC, "type", "veth", "peer", "name", "eth0", "netns", there)
    for net, device, address in ((host, "eth0", HOST), (fabric, "p0", FABRIC)):
        with ns.inside(net):
            up(device, address)
    return host, fabric


def up(device: str, address: str) -> None:
    ip("link", "set", "lo", "up")
    ip("address", "add", f"{address}/24", "dev", device)
    ip("link", "set", device, "up")


class Echo:
    """A UDP echo in one namespace, asked from another."""

    def __init__(self, there: int, here: int, address: str) -> None:
        with ns.inside(there):
            self.server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.server.setsockopt(socket.IPPROTO_IP, 12, 1)  # IP_RECVTTL
            self.server.bind((address, 0))
        with ns.inside(here):
            self.client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.client.settimeout(10)
            self.client.connect(self.server.getsockname())
        self.seen: list[tuple[str, int]] = []
        self.answer = True
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            data, extra, _, source = self.server.recvmsg(2048, 64)
            ttl = next(struct.unpack("i", value)[0] for _, kind, value in extra if kind == 2)
            self.seen.append((source[0], ttl))
            if self.answer:
                self.server.sendto(data, source)

    def round_trip(self) -> float:
        begun = time.monotonic()
        word = os.urandom(8)
        self.client.send(word)
        assert self.client.recv(2048) == word
        return time.monotonic() - begun

    def arrive(self, count: int) -> int:
        """How many of so many arrive, when all that can have arrived have."""
        self.seen.clear()
        self.answer = False
        for _ in range(count):
            self.client.send(b"x")
        last, still = -1, 0
        while still < 10:
            last, still = len(self.seen), still + 1 if len(self.seen) == last else 0
            time.sleep(0.02)
        self.answer = True
        return last


@needs_tun
@in_namespaces
def test_wire_takes_its_time_both_ways_and_keeps_order() -> None:
    """LAB29."""
    a, b = ns.new_net(), ns.new_net()
    running = delay.wire(delay.End(a, "wan0"), delay.End(b, "wan1"), 0.02)
    for net, device, address in ((a, "wan0", HOST), (b, "wan1", FABRIC)):
        with ns.inside(net):
            up(device, address)
    echo = Echo(b, a, FABRIC)
    times = [echo.round_trip() for _ in range(5)]
    assert min(times) >= 0.04
    for number in range(200):
        echo.client.send(struct.pack("I", number))
    assert [struct.unpack("I", echo.client.recv(64))[0] for _ in range(200)] == list(range(200))
    running.stop()
    for net in (a, b):
        with ns.inside(net):
            assert [name for _, name in socket.if_nameindex() if name.startswith("wan")] == []


@needs_tun
@in_namespaces
def test_detour_delays_what_a_host_sends_and_changes_nothing_else() -> None:
    host, fabric = veth()
    echo = Echo(fabric, host, FABRIC)
    echo.round_trip()
    running = delay.detour(host, "eth0", MAC, 0.04)
    assert min(echo.round_trip() for _ in range(5)) >= 0.04
    assert set(echo.seen) == {(HOST, 64)}
    with ns.inside(host), socket.socket() as own:  # its own addresses are not far from itself
        own.bind((HOST, 0))
        own.listen()
        socket.create_connection(own.getsockname(), timeout=10).close()
    running.stop()
    with ns.inside(host):
        assert "tabiji-delay" not in [name for _, name in socket.if_nameindex()]
        rules = subprocess.run(["ip", "rule"], capture_output=True, text=True, check=True).stdout
    assert str(delay.DETOUR_TABLE) not in rules
    echo.round_trip()


@needs_tun
@in_namespaces
def test_tcp_comes_whole_through_a_detour() -> None:
    host, fabric = veth()
    running = delay.detour(host, "eth0", MAC, 0.005)
    data = os.urandom(1 << 20) * 2
    with ns.inside(fabric):
        server = socket.create_server((FABRIC, 0))
    with ns.inside(host):
        client = socket.socket()
    client.settimeout(20)
    client.connect(server.getsockname())
    there, _ = server.accept()
    sender = threading.Thread(target=lambda: (client.sendall(data), client.shutdown(socket.SHUT_WR)))
    sender.start()
    got = bytearray()
    while piece := there.recv(1 << 18):
        got += piece
    sender.join()
    assert bytes(got) == data
    running.stop()


@in_namespaces
def test_rate_is_kept() -> None:
    """LAB28: 8 Mbit/s are 1 MB a second; half a megabyte less what the bucket holds takes at least 0.4 s."""
    host, fabric = veth()
    shape.shape(host, "eth0", shape.Link(mbit=8))
    with ns.inside(fabric):
        server = socket.create_server((FABRIC, 0))
    with ns.inside(host):
        client = socket.create_connection(server.getsockname(), timeout=20)
    there, _ = server.accept()
    begun = time.monotonic()
    threading.Thread(target=lambda: (client.sendall(bytes(500_000)), client.close())).start()
    total = 0
    while piece := there.recv(1 << 18):
        total += len(piece)
    assert total == 500_000
    assert time.monotonic() - begun >= 0.4
    shape.clear(host, "eth0")
    with ns.inside(host):
        assert "tbf" not in subprocess.run(["tc", "qdisc"], capture_output=True, text=True, check=True).stdout


@in_namespaces
def test_loss_is_drawn_both_ways_and_ends() -> None:
    host, fabric = veth()
    echo = Echo(fabric, host, FABRIC)
    assert echo.arrive(200) == 200
    shape.shape(fabric, "p0", shape.Link(loss=0.5))
    assert 55 < echo.arrive(200) < 145
    with ns.inside(fabric):
        rules = subprocess.run(["nft", "list", "table", "inet", shape.TABLE], capture_output=True, text=True).stdout
    assert 'iifname "p0"' in rules
    assert 'oifname "p0"' in rules
    shape.shape(fabric, "p0", shape.Link(loss=1))
    assert echo.arrive(50) == 0
    shape.clear(fabric, "p0")
    assert echo.arrive(200) == 200


@in_namespaces
def test_delay_is_the_kernels_or_it_says_so() -> None:
    """LAB7: without netem the caller is told; shaped again, nothing of before is in the way."""
    host, fabric = veth()
    echo = Echo(fabric, host, FABRIC)
    echo.round_trip()
    for _ in range(2):
        done = shape.shape(host, "eth0", shape.Link(mbit=100, delay=0.03))
        if done:
            assert echo.round_trip() >= 0.03
    shape.clear(host, "eth0")
    shape.clear(host, "eth0")


@needs_tun
@in_namespaces
def test_devices_that_are_not_there_are_said() -> None:
    net = ns.new_net()
    for work in (
        lambda: shape.shape(net, "eth9", shape.Link(mbit=1)),
        lambda: shape.clear(net, "eth9"),
        lambda: delay.detour(net, "eth9", MAC, 0.01),
    ):
        with pytest.raises(KernelError, match=r"eth9|Cannot find device"):
            work()
    with ns.inside(net):
        assert [name for _, name in socket.if_nameindex()] == ["lo"]


@pytest.mark.parametrize("link", [shape.Link(mbit=-1), shape.Link(loss=1.1), shape.Link(delay=-0.1)])
def test_links_that_are_none(link: shape.Link) -> None:
    with pytest.raises(ValueError, match="no link"):
        shape.shape(-1, "eth0", link)


def test_devices_that_are_none() -> None:
    with pytest.raises(ValueError, match="no device"):
        shape.shape(-1, "eth0; drop", shape.Link())
