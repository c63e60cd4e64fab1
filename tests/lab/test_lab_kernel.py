"""The lab's own netlink, nftables, NFLOG and namespaces, against the kernel that is here."""

from __future__ import annotations

import errno
import os
import socket
import struct
from pathlib import Path

import pytest

from isolated import in_namespaces
from tabiji.cli import main
from tabiji.findings.catalogue import entry
from tabiji.lab.kernel import features, netlink, nflog, nft, ns, tun
from tabiji.lab.kernel.errors import KernelError

RULES = "table inet t {\n chain c {\n }\n}\n"
MAC, OTHER = "02:00:00:00:00:01", "02:00:00:00:00:02"


def pairs(count: int, first: int = 10) -> netlink.Batch:
    batch = netlink.Batch()
    for number in range(count):
        index = first + 2 * number
        batch.veth(f"a{number}", index, MAC, 1400, netlink.Peer(f"b{number}", index + 1, OTHER, 1300))
    return batch


def number_of(name: str) -> tuple[int, int]:
    """MTU and index of an interface of this namespace, as the kernel's ioctls say them."""
    with socket.socket() as sock:
        import fcntl

        answer = fcntl.ioctl(sock, 0x8921, struct.pack("16si20x", name.encode(), 0))
    return struct.unpack("16si20x", answer)[1], socket.if_nametoindex(name)


@in_namespaces
def test_lab32_links_have_the_indexes_asked_for() -> None:
    sock = netlink.Netlink()
    sock.send(pairs(700))  # more than goes into one write
    found = sock.links()
    assert len(found) == 1401
    assert number_of("a699") == (1400, 10 + 2 * 699)
    assert number_of("b699") == (1300, found["b699"])


@in_namespaces
def test_links_are_deleted_together_and_others_stay() -> None:
    sock = netlink.Netlink()
    sock.send(pairs(20))
    batch = netlink.Batch()
    batch.delete_links(10 + 2 * number for number in range(1, 19))
    batch.delete_link("b19")
    sock.send(batch)
    assert set(sock.links()) == {"lo", "a0", "b0"}


@in_namespaces
def test_the_message_that_failed_is_named() -> None:
    sock = netlink.Netlink()
    sock.send(pairs(1))
    batch = netlink.Batch()
    batch.up(1)
    batch.up(11)
    batch.route("10.0.0.0/8", device=10, gateway="169.254.0.1")
    batch.route("10.1.0.0/16", device=4711)
    batch.veth("a0", 99, MAC, 1500, netlink.Peer("c0", 100, MAC, 1500))
    batch.route("10.2.0.0/16", device=10, gateway="169.254.0.1")
    with pytest.raises(KernelError, match=r"route 10\.1\.0\.0/16 in table 254: No such device"):
        sock.send(batch)
    with pytest.raises(KernelError, match="link a0: File exists"):
        sock.send(batch, ignore=(errno.ENODEV,))
    sock.send(batch, ignore=(errno.ENODEV, errno.EEXIST))
    routes = Path("/proc/self/net/route").read_text()
    assert "0000020A" in routes  # 10.2.0.0, which came after the failures
    assert "0000010A" not in routes


@in_namespaces
def test_the_kernels_own_words_are_told() -> None:
    batch = netlink.Batch()
    batch.route("10.0.0.1/8", kind=netlink.RTN_THROW)
    with pytest.raises(KernelError, match=r"Invalid argument \(Invalid prefix for given prefix length\)"):
        netlink.Netlink().send(batch)


@in_namespaces
def test_a_link_without_carrier_is_not_waited_for_for_ever() -> None:
    sock = netlink.Netlink()
    sock.send(pairs(1))
    with pytest.raises(KernelError, match="link #10 is up but does not run"):
        sock.wait_until_running([10], 0.01)
    batch = netlink.Batch()
    batch.up(11)
    sock.send(batch)
    sock.wait_until_running([10, 11])
    with pytest.raises(KernelError, match="link #77: No such device"):
        sock.wait_until_running([10, 77])


@in_namespaces
def test_addresses_come_and_go() -> None:
    batch = netlink.Batch()
    batch.up(1)
    batch.address(1, "192.0.2.1", 24)
    batch.address(1, "2001:db8::1", 64)
    sock = netlink.Netlink()
    sock.send(batch)
    for address in ("192.0.2.1", "2001:db8::1"):
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as bound:
            bound.bind((address, 0))
    batch = netlink.Batch()
    batch.address(1, "192.0.2.1", 24, delete=True)
    sock.send(batch)
    with socket.socket() as bound, pytest.raises(OSError, match="Cannot assign requested address"):
        bound.bind(("192.0.2.1", 0))


@in_namespaces
def test_lab38_a_refused_ruleset_tells_where_and_changes_nothing() -> None:
    nft.run(RULES)
    with pytest.raises(KernelError, match="syntax error"):
        nft.run("flush ruleset\ntable inet t { chain d { nonsense } }")
    assert "chain c" in nft.run("list table inet t")


@pytest.mark.skipif(nft.available() != "libnftables", reason="no libnftables")
@in_namespaces
def test_lab38_the_program_serves_where_the_library_is_missing() -> None:
    nft._library = lambda: None
    if nft.available() != "nft":
        pytest.skip("no nft program")
    nft.run(RULES)
    assert "chain c" in nft.run("list table inet t")
    with pytest.raises(KernelError, match="syntax error"):
        nft.run("nonsense")
    os.environ["PATH"] = ""
    with pytest.raises(KernelError, match="neither libnftables"):
        nft.run("list ruleset")


def told_packets(count: int, log: nflog.Nflog) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for number in range(count):
            sock.sendto(b"%d" % number, ("127.0.0.1", 9))


def logging() -> nflog.Nflog:
    batch = netlink.Batch()
    batch.up(1)
    netlink.Netlink().send(batch)
    log = nflog.Nflog((3,))
    nft.run(
        "table inet t {\n chain c {\n  type filter hook input priority 0\n"
        '  udp dport 9 meta mark set 77 log prefix "d5 here" group 3\n }\n}\n'
    )
    return log


@in_namespaces
def test_lab51_what_is_logged_is_read_whole_and_in_order() -> None:
    log = logging()
    told_packets(500, log)
    seen = log.read()
    assert [packet.packet[28:] for packet in seen] == [b"%d" % number for number in range(500)]
    assert {packet[:5] for packet in seen} == {(3, "d5 here", 1, 0, 77)}
    assert not log.lost
    assert log.read() == []


@in_namespaces
def test_what_came_too_fast_is_not_passed_over_in_silence() -> None:
    log = logging()
    log.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    told_packets(100, log)
    assert len(log.read()) < 100
    assert log.lost


@in_namespaces
def test_lab36_a_tun_device_gives_and_takes_packets() -> None:
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        pytest.skip("no /dev/net/tun")
    fd = tun.open_tun("t0", 50)
    batch = netlink.Batch()
    batch.up(50, 1400)
    batch.address(50, "192.0.2.1", 32)
    batch.route("198.51.100.0/24", device=50)
    netlink.Netlink().send(batch)
    assert number_of("t0") == (1400, 50)
    while tun.read_packet(fd):
        pass
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"hello", ("198.51.100.7", 9))
    packet = tun.read_packet(fd)
    assert packet is not None
    assert packet[16:20] == socket.inet_aton("198.51.100.7")
    assert packet[28:] == b"hello"
    os.close(fd)
    assert number_of("t0")[1] == 50  # persistent: gone with its namespace


@in_namespaces
def test_inside_comes_back_whatever_happens() -> None:
    home = os.stat("/proc/thread-self/ns/net").st_ino
    other = ns.new_net()
    assert os.stat("/proc/thread-self/ns/net").st_ino == home
    with ns.inside(other):
        assert os.stat("/proc/thread-self/ns/net").st_ino == os.fstat(other).st_ino != home
    with pytest.raises(OSError, match="nowhere"), ns.inside(other):
        os.stat("/nowhere")
    assert os.stat("/proc/thread-self/ns/net").st_ino == home


def test_a_child_tells_what_went_wrong() -> None:
    assert ns.child(lambda: b"fine" * 100_000) == b"fine" * 100_000
    with pytest.raises(KernelError, match="ZeroDivisionError"):
        ns.child(lambda: b"%d" % (1 // 0))
    with pytest.raises(KernelError, match="/nowhere: No such file or directory") as told:
        ns.child(lambda: Path("/nowhere").read_bytes())
    assert told.value.errno == errno.ENOENT


def test_lab77_everything_tried_has_words() -> None:
    for name, _, _ in features.TRIALS:
        for code in (f"feature.{name}", f"feature.{name}.use", f"feature.{name}.without"):
            assert entry(code), code


def test_lab77_what_cannot_be_had_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refused() -> str:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    trials = (("namespaces", True, refused), ("netem", False, refused), ("veth", True, lambda: "made"))
    monkeypatch.setattr(features, "TRIALS", trials)
    assert main(["lab", "doctor", "--lang", "en"]) == 2
    said = capsys.readouterr().out
    assert "✗ namespaces of one's own" in said
    assert "Operation not permitted" in said
    assert "→ packets wait in a process of ours" in said
    assert "every link (made)" in said
    assert "1 things they cannot do without" in said
    monkeypatch.setattr(features, "TRIALS", trials[1:])
    assert main(["lab", "doctor", "--lang", "ja"]) == 0
    assert "この環境でラボを使えます" in capsys.readouterr().out


def test_lab9_the_settings_that_forbid_it_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("kernel/apparmor_restrict_unprivileged_userns", "1\n"),
        ("kernel/unprivileged_userns_clone", "1\n"),
        ("user/max_user_namespaces", "0\n"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(value)
    monkeypatch.setattr(features, "_PROC", tmp_path)
    said = features._forbidding()
    assert said == "kernel.apparmor_restrict_unprivileged_userns = 1, user.max_user_namespaces = 0"


@in_namespaces
def test_lab77_a_kernel_that_works_says_so() -> None:
    found = {feature.name: feature for feature in features.all_features()}
    assert found["veth"].works
    assert found["flow_sets"].works
    assert found["nflog"].works
