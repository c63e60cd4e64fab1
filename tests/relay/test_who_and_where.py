"""Who may connect and where to: lists, names in hellos, PROXY headers, sockets of systemd's, metrics, logs."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_reading import client_hello, in_records

from relay_running import all_of, closed_port, ends_with, exactly, in_thread, relay, silent, upstream
from tabiji.cli import USAGE, main
from tabiji.relay.proxy import build, parse
from tabiji.relay.resolve import _interleave


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["*:0", "127.0.0.1:9"], "say who may connect"),
        (["0.0.0.0:0", "127.0.0.1:9"], "say who may connect"),
        (["127.0.0.1:0"], "no upstream"),
        ([], "LISTEN UPSTREAM"),
        (["127.0.0.1:0", "127.0.0.1"], "HOST:PORT"),
        (["127.0.0.1:0", "127.0.0.1:0"], "HOST:PORT"),
        (["127.0.0.1:0", "sni:*"], "not a host name"),
        (["127.0.0.1:0", "sni:"], "no names"),
        (["127.0.0.1:0", "sni:@/nowhere/names"], "/nowhere/names: No such file"),
        (["127.0.0.1:0", "127.0.0.1:9", "--allow", "10.0.0.0/8"], "nobody could connect"),
        (["127.0.0.1:0", "127.0.0.1:9", "--allow", "10.0.0.1/8"], "10.0.0.1/8"),
        (["127.0.0.1:0", "127.0.0.1:9", "--metrics", "0.0.0.0:0"], "loopback addresses only"),
        (["fd:web", "127.0.0.1:9"], "fd:web"),
        (["192.0.2.1:0", "127.0.0.1:9", "--allow-any"], "cannot listen on 192.0.2.1:0"),
        (["127.0.0.1:0", "127.0.0.1:9", "--access-log", "/nowhere/log"], "/nowhere/log"),
    ],
)
def test_what_it_will_not_start_with_is_one_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """RL37."""
    assert main(["relay", *words]) == USAGE
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_port_taken_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        where = f"127.0.0.1:{server.getsockname()[1]}"
        assert main(["relay", where, "127.0.0.1:9"]) == USAGE
    assert capsys.readouterr().err == f"tabiji: cannot listen on {where}: address already in use\n"


def test_privileged_port_without_permission_is_one_line() -> None:
    code = (
        "import ctypes, sys\n"
        "libc = ctypes.CDLL(None)\n"
        "head, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()\n"
        "assert libc.capget(head, sets) == 0\n"
        "sets[0] &= ~(1 << 10)\n"  # effective, permitted: without CAP_NET_BIND_SERVICE
        "sets[1] &= ~(1 << 10)\n"
        "assert libc.capset(head, sets) == 0\n"
        "from tabiji.cli import main\n"
        "sys.exit(main(['relay', '127.0.0.1:81', '127.0.0.1:9']))"
    )
    with open("/proc/sys/net/ipv4/ip_unprivileged_port_start") as file:
        if int(file.read()) <= 81:
            pytest.skip("this machine lets everybody have port 81")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == USAGE
    assert done.stderr.startswith("tabiji: cannot listen on 127.0.0.1:81: ports below 1024 need")
    assert done.stderr.count("\n") == 1


def test_source_not_allowed_is_reset_and_the_list_is_reread(tmp_path: Path) -> None:
    allowed = tmp_path / "allow"
    allowed.write_text("127.0.0.2\n")
    with upstream() as there, relay("127.0.0.1:0", there, "--allow", f"@{allowed}") as running:
        with running.connect() as client:
            assert ends_with(client) == "reset"
        running.hears("source not allowed")
        with socket.create_connection(("127.0.0.1", running.port), source_address=("127.0.0.2", 0)) as client:
            client.sendall(b"x")
            assert exactly(client, 1) == b"x"
        allowed.write_text("127.0.0.0/8\n")
        running.process.send_signal(signal.SIGHUP)
        running.hears("lists reloaded")
        with running.connect() as client:
            client.sendall(b"x")
            assert exactly(client, 1) == b"x"
        allowed.write_text("nonsense\n")
        running.process.send_signal(signal.SIGHUP)
        assert "nonsense" in running.hears("not reloaded")


def test_limit_of_a_source() -> None:
    with upstream() as there, relay("127.0.0.1:0", there, "--max-per-source", "2", "-d") as running:
        with running.connect() as one, running.connect() as two, running.connect() as three:
            assert ends_with(three) == "reset"
            for client in (one, two):
                client.sendall(b"x")
                assert exactly(client, 1) == b"x"
        running.hears("closed TCP", 3)
        with running.connect() as again:
            again.sendall(b"x")
            assert exactly(again, 1) == b"x"


def test_limit_of_all_lets_the_rest_wait() -> None:
    with upstream() as there, relay("127.0.0.1:0", there, "--max", "2") as running:
        clients = [running.connect() for _ in range(4)]
        for client in clients:
            client.sendall(b"x")
        running.hears("2 connections are open: new clients wait")
        for client in clients:
            assert exactly(client, 1) == b"x"
            client.close()


def test_names_in_hellos_decide_and_the_hello_passes_untouched() -> None:
    """RL35."""
    hello, fragments = client_hello("one.example"), in_records(client_hello("b.two.example"), 20)
    with (
        upstream(lambda client: client.sendall(b"1" + exactly(client, len(hello)))) as one,
        upstream(lambda client: client.sendall(b"2" + exactly(client, len(fragments)))) as two,
        relay("127.0.0.1:0", f"sni:one.example={one},*.two.example={two}", "-d") as running,
    ):
        with running.connect() as client:
            client.sendall(hello)
            assert all_of(client) == b"1" + hello
        with running.connect() as client:
            for at in range(0, len(fragments), 50):
                client.sendall(fragments[at : at + 50])
                time.sleep(0.005)
            assert all_of(client) == b"2" + fragments
        assert "sni b.two.example" in running.hears("closed TCP", 2)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"GET / HTTP/1.1\r\nsecret: s3cr3t\r\n\r\n", "not TLS"),
        (client_hello("other.example"), "server name not listed"),
        (client_hello(None), "no server name"),
        (client_hello("one.example")[:50], "no hello in time"),
        (b"", "no hello in time"),
    ],
)
def test_hellos_that_lead_nowhere_are_reset(data: bytes, why: str) -> None:
    """RL35."""
    with (
        upstream() as there,
        relay("127.0.0.1:0", f"sni:one.example={there}", "--hello-timeout", "0.3", "-d", "-d", "-d") as running,
        running.connect() as client,
    ):
        before = running.fds()
        client.sendall(data)
        assert ends_with(client) == "reset"
        running.hears(f": {why}")
        assert not any("s3cr3t" in line for line in running.lines)
        assert running.fds() <= before


@pytest.mark.parametrize("version", [1, 2])
def test_proxy_header_to_the_upstream(version: int) -> None:
    with (
        upstream() as there,
        relay("127.0.0.1:0", there, "--proxy-out", str(version)) as running,
        running.connect() as client,
    ):
        client.sendall(b"data")
        client.shutdown(socket.SHUT_WR)
        got = all_of(client)
        header = build(version, client.getsockname(), ("127.0.0.1", running.port))
        assert got == header + b"data"
        assert parse(got) == (len(header), client.getsockname(), ("127.0.0.1", running.port))


@pytest.mark.parametrize("version", [1, 2])
def test_proxy_header_of_the_client_is_taken_and_passed_on(version: int) -> None:
    header = build(version, ("203.0.113.9", 4711), ("198.51.100.1", 443))
    with (
        upstream() as there,
        relay("127.0.0.1:0", there, "--proxy-in", "--proxy-out", "1", "-d") as running,
        running.connect() as client,
    ):
        for at in range(len(header)):
            client.sendall(header[at : at + 1])
        client.sendall(b"data")
        client.shutdown(socket.SHUT_WR)
        assert all_of(client) == b"PROXY TCP4 203.0.113.9 198.51.100.1 4711 443\r\ndata"
        assert "203.0.113.9:4711" in running.hears("closed TCP")


def test_proxy_header_and_hello() -> None:
    hello = client_hello("one.example")
    with (
        upstream() as there,
        relay("127.0.0.1:0", f"sni:one.example={there}", "--proxy-in") as running,
        running.connect() as client,
    ):
        client.sendall(build(2, ("203.0.113.9", 4711), ("198.51.100.1", 443)) + hello)
        assert exactly(client, len(hello)) == hello


def test_no_proxy_header_where_one_is_wanted() -> None:
    with upstream() as there, relay("127.0.0.1:0", there, "--proxy-in") as running, running.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert ends_with(client) == "reset"
        running.hears("no PROXY header")


def test_socket_of_systemd() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    code = (
        "import os, sys\n"
        "os.dup2(int(sys.argv[1]), 3)\n"
        "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1', LISTEN_FDNAMES='web')\n"
        "os.execv(sys.executable, [sys.executable, '-m', 'tabiji', 'relay', 'fd:web', sys.argv[2]])\n"
    )
    with upstream() as there:
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(server.fileno()), there],
            stderr=subprocess.PIPE, pass_fds=(server.fileno(),),
        )  # fmt: skip
        try:
            with socket.create_connection(server.getsockname(), timeout=15) as client:
                client.sendall(b"x")
                assert exactly(client, 1) == b"x"
            process.terminate()
            assert process.wait(15) == 0
            with socket.create_connection(server.getsockname(), timeout=15):
                pass  # the socket outlives the relay: who comes now waits for the next one
        finally:
            process.kill()
            process.communicate()
            server.close()


@pytest.mark.parametrize("first", ["refuses", "hangs"])
def test_second_address_is_tried_when_the_first_does_not_answer(first: str) -> None:
    """RL36, RL41: beside the first after a moment where it hangs, at once where it refuses."""
    with upstream() as there, silent() as hanging:
        bad = hanging if first == "hangs" else closed_port()
        good = int(there.rpartition(":")[2])
        addresses = [(int(socket.AF_INET), ("127.0.0.1", port)) for port in (bad, good)]
        with in_thread("two.example:443", connect_timeout=60) as relayed:
            relayed.resolver.find = lambda host, port, waiter: waiter(addresses)  # type: ignore[method-assign,assignment]
            with socket.create_connection(relayed.listeners[0].address, timeout=15) as client:
                client.sendall(b"x")
                assert exactly(client, 1) == b"x"
            assert relayed.metrics.attempts == 2


def test_families_are_tried_in_turn() -> None:
    four = [(2, ("10.0.0.1", 1)), (2, ("10.0.0.2", 1))]
    six = [(10, ("2001:db8::1", 1, 0, 0)), (10, ("2001:db8::2", 1, 0, 0))]
    assert _interleave([*six, *four]) == [six[0], four[0], six[1], four[1]]  # type: ignore[list-item]


def test_upstream_of_version_6() -> None:
    if not socket.has_ipv6 or not os.path.exists("/proc/net/if_inet6"):
        pytest.skip("no version 6 here")
    with upstream(host="::1") as there, relay("127.0.0.1:0", there) as running, running.connect() as client:
        client.sendall(b"x")
        assert exactly(client, 1) == b"x"


def test_name_that_does_not_resolve() -> None:
    with relay("127.0.0.1:0", "no.such.name.invalid:443") as running, running.connect() as client:
        assert ends_with(client) == "reset"
        running.hears("no.such.name.invalid:443: ")


def test_relay_to_itself_is_refused() -> None:
    port = closed_port()
    with relay(f"127.0.0.1:{port}", f"127.0.0.1:{port}") as running, running.connect() as client:
        assert ends_with(client) == "reset"
        running.hears("upstream is this relay itself")


def test_access_log_as_json_holds_all_but_payload(tmp_path: Path) -> None:
    """RL39."""
    log = tmp_path / "access.json"
    with upstream() as there, relay("127.0.0.1:0", there, "--access-log", str(log), "--log-format", "json") as running:
        with running.connect() as client:
            name = client.getsockname()
            client.sendall(b"s3cr3t")
            client.shutdown(socket.SHUT_WR)
            all_of(client)
        assert running.stop() == 0
    (line,) = log.read_text().splitlines()
    record = json.loads(line)
    assert "s3cr3t" not in line
    assert (record["bytes_up"], record["bytes_down"], record["end"]) == (6, 6, "closed")
    assert record["client"] == f"{name[0]}:{name[1]}"
    assert record["upstream"] == record["address"] == there
    assert record["duration_ms"] >= record["connect_ms"] >= 0


def test_access_log_is_opened_anew_on_sighup(tmp_path: Path) -> None:
    log = tmp_path / "access"
    with upstream() as there, relay("127.0.0.1:0", there, "--access-log", str(log)) as running:
        log.rename(tmp_path / "old")
        running.process.send_signal(signal.SIGHUP)
        running.hears("lists reloaded")
        running.connect().close()
        assert running.stop() == 0
    assert log.read_text().count("accepted TCP") == 1
    assert (tmp_path / "old").read_text() == ""


def test_levels() -> None:
    for level, said in ((0, ()), (1, ("accepted TCP", "closed TCP")), (2, (" is 127.0.0.1",)), (3, ("said all",))):
        with upstream() as there, relay("127.0.0.1:0", there, *["-d"] * level) as running:
            with running.connect() as client:
                client.sendall(b"x")
                client.shutdown(socket.SHUT_WR)
                assert all_of(client) == b"x"
            assert running.stop() == 0
            running._reader.join()
            text = "\n".join(running.lines)
            assert all(word in text for word in said)
            assert level or "accepted" not in text


def test_metrics_and_health() -> None:
    port = closed_port()
    with upstream() as there, relay("127.0.0.1:0", there, "--metrics", str(port), "-d") as running:
        with running.connect() as client:
            client.sendall(b"12345")
            exactly(client, 5)
            assert "tabiji_relay_connections 1\n" in _get(port, "/metrics")
        running.hears("closed TCP")
        page = _get(port, "/metrics")
        for line in (
            "tabiji_relay_connections 0",
            f'tabiji_relay_accepted_total{{listener="127.0.0.1:{running.port}"}} 1',
            'tabiji_relay_ended_total{reason="closed"} 1',
            'tabiji_relay_bytes_total{direction="up"} 5',
            'tabiji_relay_connect_seconds_bucket{le="+Inf"} 1',
        ):
            assert f"{line}\n" in page
        assert _get(port, "/healthz").startswith("HTTP/1.1 200")
        assert _get(port, "/").startswith("HTTP/1.1 404")
        with running.connect() as client:
            client.sendall(b"x")
            exactly(client, 1)
            running.process.send_signal(signal.SIGTERM)
            running.hears("draining")
            assert _get(port, "/healthz").startswith("HTTP/1.1 503")


def _get(port: int, path: str) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=15) as sock:
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        return all_of(sock).decode()
