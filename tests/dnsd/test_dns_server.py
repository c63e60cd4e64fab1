"""The server on loopback: UDP and TCP, several views, reload, log, forwarding, hostile clients, the end."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import dns.message
import dns.query
import pytest

from dns_serving import SSM, SSM_ANSWER, Running, Zone, needs_dig, ok, rr, serving, tool
from tabiji.dnsd import Forwarder, ListenError, Server, ViewBinding
from tabiji.dnsd.querylog import QueryLog
from tabiji.dnsd.server import TcpLimits
from tabiji.names.answer import Answer
from tabiji.names.wire import encode_query

LOOPBACK = "127.0.0.1"


def one(address: str) -> Callable[[str, str], Answer]:
    return lambda name, type_: ok(name, type_, rr(name, "A", address)) if type_ == "A" else ok(name, type_)


def ask(port: int, name: str = SSM, host: str = LOOPBACK, source: str | None = None) -> list[str]:
    answer = dns.query.udp(dns.message.make_query(name, "A"), host, port=port, timeout=5, source=source)
    return [item.to_text() for rrset in answer.answer for item in rrset]


def until(condition: Callable[[], bool]) -> None:
    for _ in range(400):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen")


@needs_dig
def test_n9_5_with_the_real_dig() -> None:
    big = ok("big.example.com.", "A", *(rr("big.example.com.", "A", f"10.0.{i >> 8}.{i & 255}") for i in range(300)))
    with serving(Zone([SSM_ANSWER, big])) as port:
        at = ("dig", f"@{LOOPBACK}", "-p", str(port))
        text, _ = tool(*at, "SSM.Ap-Northeast-1.amazonAWS.com")
        assert ";SSM.Ap-Northeast-1.amazonAWS.com. IN\tA" in text
        assert "SSM.Ap-Northeast-1.amazonAWS.com. 60 IN\tA\t172.20.144.169" in text
        assert "flags: qr rd ra;" in text
        assert "; EDNS: version: 0, flags:; udp: 4096" in text
        assert ";; MSG SIZE  rcvd: 93" in text
        text, _ = tool(*at, SSM, "+noedns")
        assert "OPT PSEUDO" not in text
        text, _ = tool(*at, SSM, "TYPE65")
        assert "status: NOERROR" in text
        assert "ANSWER: 0, AUTHORITY: 1" in text
        text, _ = tool(*at, SSM, "+tcp", "+dnssec", "+cdflag", "+nsid", "+subnet=10.0.0.0/8")
        assert "(TCP)" in text
        assert "flags: qr rd ra;" in text
        text, _ = tool(*at, "big.example.com", "+ignore")
        assert "flags: qr tc rd ra; QUERY: 1, ANSWER: 0" in text
        text, _ = tool(*at, "big.example.com")
        assert text.startswith(";; Truncated, retrying in TCP mode.\n")
        assert "ANSWER: 300" in text
        text, _ = tool(*at, SSM, "+edns=1", "+noednsnegotiation")
        assert "status: BADVERS" in text


def test_n9_6_views_by_listener_and_by_source() -> None:
    bindings = [
        ViewBinding(name="a", answer=one("10.0.0.1"), port=0),
        ViewBinding(name="b", answer=one("10.0.0.2"), host="127.0.0.2", port=0, sources=("127.1.0.0/16",)),
        ViewBinding(name="c", answer=one("10.0.0.3"), host="127.0.0.2", port=0, sources=("127.1.2.0/24", "127.9.0.1")),
        ViewBinding(name="d", answer=one("10.0.0.4"), host="127.0.0.2", port=0),
    ]
    with Running(Server(bindings)) as running:
        ports = running.ports
        assert ports["b"] == ports["c"] == ports["d"]
        assert ask(ports["a"]) == ["10.0.0.1"]
        for source, expected in (("127.1.9.9", "10.0.0.2"), ("127.1.2.3", "10.0.0.3"), ("127.9.0.1", "10.0.0.3"),
                                 ("127.9.0.2", "10.0.0.4")):  # fmt: skip
            assert ask(ports["d"], host="127.0.0.2", source=source) == [expected]
            by_tcp = dns.query.tcp(
                dns.message.make_query(SSM, "A"), "127.0.0.2", port=ports["d"], timeout=5, source=source
            )
            assert by_tcp.answer[0][0].to_text() == expected


def test_a_client_no_view_is_for_is_refused() -> None:
    binding = ViewBinding(name="a", answer=one("10.0.0.1"), port=0, sources=("127.1.0.0/16",))
    with Running(Server([binding])) as running:
        answer = dns.query.udp(dns.message.make_query(SSM, "A"), LOOPBACK, port=running.ports["a"], timeout=5)
        assert answer.rcode() == dns.rcode.REFUSED


def test_ipv6_loopback() -> None:
    with serving(one("10.0.0.6"), host="::1") as port:
        assert ask(port, host="::1") == ["10.0.0.6"]


@pytest.mark.parametrize(
    ("bindings", "why"),
    [
        ([], "no view"),
        ([ViewBinding(name="a", answer=one("1.1.1.1"), host="0.0.0.0")], "not a loopback address"),
        ([ViewBinding(name="a", answer=one("1.1.1.1"), host="192.0.2.1")], "not a loopback address"),
        ([ViewBinding(name="a", answer=one("1.1.1.1"), host="localhost")], "not an IP address"),
        ([ViewBinding(name="a", answer=one("1.1.1.1"), port=70000)], "not a port"),
        ([ViewBinding(name="a", answer=one("1.1.1.1"), sources=("10.0.0.1/8",))], "source 10.0.0.1/8"),
        ([ViewBinding(name=n, answer=one("1.1.1.1"), port=5300) for n in "ab"], "views a and b both listen"),
        ([ViewBinding(name=n, answer=one("1.1.1.1"), sources=("10.0.0.0/8",)) for n in "ab"], "occurs twice"),
    ],
)
def test_bindings_that_are_refused(bindings: list[ViewBinding], why: str) -> None:
    with pytest.raises(ListenError, match=why):
        Server(bindings)


def test_a_port_in_use_is_told() -> None:
    with serving(one("10.0.0.1")) as port:
        second = serving(one("10.0.0.1"), port=port)
        with pytest.raises(ListenError, match=f"cannot listen on 127.0.0.1:{port}"):
            second.__enter__()


def _bindings_from(file: Path) -> list[ViewBinding]:
    entries = json.loads(file.read_text())
    return [ViewBinding(name=name, answer=one(address), port=port) for name, address, port in entries]


def test_reload_when_the_file_changes(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "estate.json"
    file.write_text(json.dumps([["a", "10.0.0.1", 0]]))
    server = Server(_bindings_from(file), reload=lambda: _bindings_from(file), watch=[tmp_path], poll=0.05)
    with Running(server) as running:
        port = running.ports["a"]
        assert ask(port) == ["10.0.0.1"]
        file.write_text(json.dumps([["a", "10.0.0.200", 0]]))
        until(lambda: ask(port) == ["10.0.0.200"])
        file.write_text("{ broken")
        err = ""

        def complained() -> bool:
            nonlocal err
            err += capfd.readouterr().err
            return "the old views stay" in err

        until(complained)
        assert ask(port) == ["10.0.0.200"]
        file.write_text(json.dumps([["a", "10.0.0.3", 0]]))
        until(lambda: ask(port) == ["10.0.0.3"])
    assert len([line for line in err.splitlines() if "the old views stay" in line]) == 1


def test_reload_adds_and_takes_away_listeners(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind((LOOPBACK, 0))
        free = holder.getsockname()[1]
    file = tmp_path / "estate.json"
    file.write_text(json.dumps([["a", "10.0.0.1", 0]]))
    server = Server(_bindings_from(file), reload=lambda: _bindings_from(file))
    with Running(server) as running:
        file.write_text(json.dumps([["a", "10.0.0.1", 0], ["b", "10.0.0.2", free]]))
        assert running.call(server.reload_now)
        assert (ask(running.ports["a"]), ask(free)) == (["10.0.0.1"], ["10.0.0.2"])
        file.write_text(json.dumps([["b", "10.0.0.4", free]]))
        assert running.call(server.reload_now)
        assert ask(free) == ["10.0.0.4"]
        with pytest.raises((dns.exception.Timeout, OSError)):
            dns.query.udp(dns.message.make_query(SSM, "A"), LOOPBACK, port=running.ports["a"], timeout=0.3)


def test_reload_drops_no_query() -> None:
    """Queries all through fifty reloads: each is answered, by the old or the new view."""
    state = {"n": 0}
    bindings = lambda: [ViewBinding(name="a", answer=one(f"10.0.0.{state['n']}"), port=0)]  # noqa: E731
    server = Server(bindings(), reload=bindings)
    with Running(server) as running:
        answers: list[list[str]] = []
        done = threading.Event()

        def client() -> None:
            while not done.is_set():
                answers.append(ask(running.ports["a"]))

        thread = threading.Thread(target=client)
        thread.start()
        for n in range(1, 51):
            state["n"] = n
            assert running.call(server.reload_now)
        done.set()
        thread.join(20)
        numbers = [int(answer[0].rsplit(".", 1)[1]) for answer in answers]
        assert numbers == sorted(numbers)
        assert ask(running.ports["a"]) == ["10.0.0.50"]


def test_query_log() -> None:
    file = io.StringIO()
    with serving(Zone([SSM_ANSWER, ok("t.", "A", rcode="TIMEOUT")]), log=QueryLog(file)) as port:
        ask(port)
        ask(port)
        dns.query.tcp(dns.message.make_query("gone.example.com.", "AAAA"), LOOPBACK, port=port, timeout=5)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"\0\1\1\0\0\1" + b"\0" * 8, (LOOPBACK, port))
            sock.sendto(encode_query("t.", "A"), (LOOPBACK, port))
        until(lambda: file.getvalue().count("\n") == 5)
    lines = [json.loads(line) for line in file.getvalue().splitlines()]
    picked = [
        (line.get("name"), line.get("type"), line["rcode"], line["answers"], line["transport"], line["cached"])
        for line in lines
    ]
    assert picked == [
        (SSM, "A", "NOERROR", 2, "udp", False),
        (SSM, "A", "NOERROR", 2, "udp", True),
        ("gone.example.com.", "AAAA", "NXDOMAIN", 0, "tcp", False),
        (None, None, "FORMERR", 0, "udp", False),
        ("t.", "A", None, 0, "udp", False),
    ]
    assert {line["view"] for line in lines} == {"v"}
    assert lines[0]["client"] == LOOPBACK
    assert "error" in lines[3]


def test_forwarding_is_only_for_what_the_estate_does_not_know() -> None:
    big = ok("big.example.net.", "TXT", *(rr("big.example.net.", "TXT", f'"{i:0250d}"') for i in range(30)))
    real = Zone([ok("out.example.net.", "A", rr("out.example.net.", "A", "198.51.100.7")), big])
    inside = Zone(
        [
            SSM_ANSWER,
            ok("out.example.net.", "A", rcode="NXDOMAIN", unknown="not in the estate"),
            ok("big.example.net.", "TXT", unknown="not in the estate"),
            ok("alias.example.com.", "A", rr("alias.example.com.", "CNAME", "out.example.net."), unknown="not known"),
        ]
    )
    with serving(real) as real_port, serving(inside, forwarder=Forwarder(LOOPBACK, real_port)) as port:
        assert len(ask(port)) == 2
        assert real.asked == []
        assert ask(port, "out.example.net.") == ["198.51.100.7"]
        assert ask(port, "alias.example.com.") == ["out.example.net.", "198.51.100.7"]
        answer = dns.query.tcp(dns.message.make_query("big.example.net.", "TXT"), LOOPBACK, port=port, timeout=5)
        assert len(answer.answer[0]) == 30
        assert SSM not in {name for name, _ in real.asked}
    with serving(inside) as port:  # off by default: the assumption is served
        answer = dns.query.udp(dns.message.make_query("out.example.net.", "A"), LOOPBACK, port=port, timeout=5)
        assert answer.rcode() == dns.rcode.NXDOMAIN


def test_a_forwarder_believes_only_the_answer_to_its_question() -> None:
    """Wrong id, wrong question, broken: ignored; then the right one counts."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((LOOPBACK, 0))

    def liar() -> None:
        data, peer = sock.recvfrom(4096)
        query = dns.message.from_wire(data)

        def fake(name: str, ident: int, address: str) -> bytes:
            reply = dns.message.make_response(dns.message.make_query(name, "A", id=ident))
            reply.answer = [dns.rrset.from_text(name, 60, "IN", "A", address)]
            return reply.to_wire()

        sock.sendto(fake("out.example.net.", query.id ^ 1, "192.0.2.66"), peer)
        sock.sendto(fake("other.example.net.", query.id, "192.0.2.66"), peer)
        sock.sendto(b"\0" * 40, peer)
        sock.sendto(data, peer)
        sock.sendto(fake("out.example.net.", query.id, "198.51.100.7"), peer)

    threading.Thread(target=liar, daemon=True).start()
    inside = Zone([ok("out.example.net.", "A", unknown="not in the estate")])
    with serving(inside, forwarder=Forwarder(LOOPBACK, sock.getsockname()[1])) as port:
        assert ask(port, "out.example.net.") == ["198.51.100.7"]
    sock.close()


def test_a_forwarder_without_answer_is_silent() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as dead:
        dead.bind((LOOPBACK, 0))
        forwarder = Forwarder(LOOPBACK, dead.getsockname()[1], timeout=0.1, tries=2)
        inside = Zone([SSM_ANSWER, ok("out.example.net.", "A", unknown="not in the estate")])
        with serving(inside, forwarder=forwarder) as port:
            with pytest.raises(dns.exception.Timeout):
                dns.query.udp(dns.message.make_query("out.example.net.", "A"), LOOPBACK, port=port, timeout=0.6)
            assert len(ask(port)) == 2


def _tcp(port: int, timeout: float = 10) -> socket.socket:
    sock = socket.create_connection((LOOPBACK, port), timeout=timeout)
    sock.settimeout(timeout)
    return sock


def _framed(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


def _ended(sock: socket.socket) -> bool:
    try:
        return sock.recv(65536) == b""
    except ConnectionResetError:
        return True


def test_tcp_pipelined_and_byte_by_byte() -> None:
    with serving(Zone([SSM_ANSWER])) as port:
        with _tcp(port) as sock:
            sock.sendall(b"".join(_framed(encode_query(SSM, "A", ident=i)) for i in range(50)))
            with sock.makefile("rb") as file:
                for i in range(50):
                    message = file.read(int.from_bytes(file.read(2), "big"))
                    assert dns.message.from_wire(message).id == i
        with _tcp(port) as sock:
            for octet in _framed(encode_query(SSM, "A")):
                sock.sendall(bytes((octet,)))
            assert int.from_bytes(sock.recv(2), "big") == 93


def test_tcp_frames_with_false_lengths() -> None:
    with serving(Zone([SSM_ANSWER]), tcp=TcpLimits(timeout=0.3)) as port:
        for frame in (
            b"\xff\xff" + b"x" * 65535,
            b"\0\0",
            b"\0\5hello",
            b"\x10\x01" + b"x" * 4097,
            b"\xff\xffshort",
            b"\0",
        ):
            with _tcp(port) as sock:
                try:
                    sock.sendall(frame)
                except (BrokenPipeError, ConnectionResetError):
                    continue
                assert _ended(sock)
        with _tcp(port) as sock:  # a whole frame of noise: FORMERR, and the connection goes on
            sock.sendall(_framed(b"\0\7\1\0" + b"\xff" * 500) + _framed(encode_query(SSM, "A")))
            with sock.makefile("rb") as file:
                codes = [file.read(int.from_bytes(file.read(2), "big"))[3] & 15 for _ in range(2)]
        assert codes == [1, 0]
        assert len(ask(port)) == 2


def test_slow_and_many_tcp_clients() -> None:
    limits = TcpLimits(timeout=0.5, connections=8, per_client=4)
    with serving(Zone([SSM_ANSWER]), tcp=limits) as port:
        socks = [_tcp(port) for _ in range(20)]
        for sock in socks:  # never a whole length
            try:
                sock.sendall(b"\0")
            except OSError:
                continue
        assert len(ask(port)) == 2  # UDP goes on meanwhile
        assert all(_ended(sock) for sock in socks)
        for sock in socks:
            sock.close()
        until(lambda: _tcp_works(port))


def _tcp_works(port: int) -> bool:
    try:
        return len(dns.query.tcp(dns.message.make_query(SSM, "A"), LOOPBACK, port=port, timeout=5).answer) == 1
    except (OSError, EOFError, dns.exception.DNSException):
        return False


def test_a_tcp_client_that_does_not_read_is_cut() -> None:
    many = ok("big.example.com.", "TXT", *(rr("big.example.com.", "TXT", f'"{i:0250d}"') for i in range(240)))
    with serving(Zone([SSM_ANSWER, many]), tcp=TcpLimits(timeout=0.5)) as port:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(10)
        sock.connect((LOOPBACK, port))
        try:
            for _ in range(500):
                sock.sendall(_framed(encode_query("big.example.com.", "TXT")))
        except OSError:
            pass
        until(lambda: _cut(sock))
        sock.close()
        assert len(ask(port)) == 2


def _cut(sock: socket.socket) -> bool:
    try:
        sock.sendall(_framed(encode_query(SSM, "A")))
    except TimeoutError:
        return False
    except OSError:
        return True
    return False


def test_udp_noise_does_not_stop_the_server() -> None:
    random = __import__("random").Random(9)
    with serving(Zone([SSM_ANSWER])) as port, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for _ in range(2000):
            sock.sendto(random.randbytes(random.choice((0, 1, 11, 12, 17, 40, 600))), (LOOPBACK, port))
        sock.sendto(b"\0" * 65000, (LOOPBACK, port))
        until(lambda: len(ask(port)) == 2)


_SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
from dns_serving import SSM_ANSWER, Zone
from tabiji.dnsd import ViewBinding, run
sys.exit(run([ViewBinding(name="vpc-1", answer=Zone([SSM_ANSWER]), port=0)]))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_in_order(number: signal.Signals) -> None:
    script = _SCRIPT.format(tests=str(Path(__file__).parent.parent))
    with subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line.startswith("dns: vpc-1 on 127.0.0.1:")
        port = int(line.split()[3].rsplit(":", 1)[1])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(10)
            os.kill(process.pid, signal.SIGSTOP)
            for i in range(50):  # these wait in the socket when the signal comes
                sock.sendto(encode_query(SSM, "A", ident=i), (LOOPBACK, port))
            os.kill(process.pid, number)
            os.kill(process.pid, signal.SIGCONT)
            answered = sorted(int.from_bytes(sock.recv(4096)[:2], "big") for _ in range(50))
        assert answered == list(range(50))
        assert process.wait(20) == 0
        assert process.stderr.read() == ""


def test_waits_are_kept() -> None:
    """An answer that costs the client a dead server's timeout does not come at once, nor hold up others."""
    slow = ok("slow.example.com.", "A", rcode="SERVFAIL", elapsed=0.4)
    with serving(Zone([SSM_ANSWER, slow])) as port, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(10)
        sock.sendto(encode_query("slow.example.com.", "A", ident=1), (LOOPBACK, port))
        sock.sendto(encode_query(SSM, "A", ident=2), (LOOPBACK, port))
        assert [sock.recv(512)[1], sock.recv(512)[1]] == [2, 1]


def test_what_is_under_way_is_answered_before_the_end() -> None:
    slow = ok("slow.example.com.", "A", rcode="SERVFAIL", elapsed=0.3)
    zone = Zone([slow])
    with Running(Server([ViewBinding(name="v", answer=zone, port=0)])) as running:
        port = running.ports["v"]
        with _tcp(port) as sock, _tcp(port) as idle, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.settimeout(10)
            udp.sendto(encode_query("slow.example.com.", "A", ident=1), (LOOPBACK, port))
            sock.sendall(_framed(encode_query("slow.example.com.", "A", ident=2)))
            until(lambda: len(zone.asked) == 2)
            running.loop.call_soon_threadsafe(running.server.stop)
            with sock.makefile("rb") as file:
                message = file.read(int.from_bytes(file.read(2), "big"))
            assert dns.message.from_wire(message).rcode() == dns.rcode.SERVFAIL
            assert _ended(idle)
