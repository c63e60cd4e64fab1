"""Many connections, few pipes, resets at the worst moment, the end in the middle of an upload: with real sockets."""

from __future__ import annotations

import fcntl
import hashlib
import os
import resource
import select
import signal
import socket
import struct
import threading
import time
from contextlib import suppress

import pytest

from relay_running import PATIENCE, all_of, closed_port, ends_with, exactly, in_thread, relay, silent, upstream
from tabiji.cli import main
from tabiji.relay import Config, Relay, Spec
from tabiji.relay import flow as flow_module
from tabiji.relay.connection import STAGGER
from tabiji.relay.listener import open_listeners

BULK = os.urandom(1 << 20) * 8


def connect(relayed: Relay) -> socket.socket:
    return socket.create_connection(relayed.listeners[0].address, timeout=PATIENCE)


def comes_back_whole(client: socket.socket) -> bool:
    def send() -> None:
        client.sendall(BULK)
        client.shutdown(socket.SHUT_WR)

    sender = threading.Thread(target=send)
    sender.start()
    got = all_of(client)
    sender.join()
    return hashlib.sha256(got).digest() == hashlib.sha256(BULK).digest()


def echo_many(server: socket.socket, until: threading.Event) -> None:
    """One thread for any number of clients."""
    poll, clients = select.epoll(), {}
    poll.register(server, select.EPOLLIN)
    while not until.is_set():
        for fd, _ in poll.poll(0.05):
            if fd == server.fileno():
                with suppress(BlockingIOError):
                    while True:
                        client, _ = server.accept()
                        clients[client.fileno()] = client
                        poll.register(client, select.EPOLLIN)
            elif data := clients[fd].recv(4096):
                clients[fd].sendall(data)
            else:
                clients.pop(fd).close()
    for client in clients.values():
        client.close()
    poll.close()


def test_ten_thousand_connections_or_as_many_as_descriptors_allow() -> None:
    """RL65, RL66: all are served, memory stays small, nothing is left over."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = min(10_000, (hard - 800) // 2)
    over = threading.Event()
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        with socket.create_server(("127.0.0.1", 0), backlog=4096) as server:
            server.setblocking(False)
            back = threading.Thread(target=echo_many, args=(server, over))
            back.start()
            clients: list[socket.socket] = []
            try:
                with relay("127.0.0.1:0", f"127.0.0.1:{server.getsockname()[1]}") as running:
                    before = running.fds()
                    for number in range(count):
                        clients.append(running.connect())
                        if number % 256 == 255:  # not faster than the queue is emptied
                            clients[-1].sendall(b"x")
                            assert exactly(clients[-1], 1) == b"x"
                    for client in clients:
                        client.sendall(b"ping")
                    for client in clients:
                        assert exactly(client, 4) == b"ping"
                    assert running.fds() == before + 2 * count
                    with open(f"/proc/{running.process.pid}/statm") as file:
                        resident = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
                    assert resident < 40 << 20
                    for client in clients:
                        client.close()
                    running.settles_at(before)
                    assert running.stop() == 0
            finally:
                over.set()
                for client in clients:
                    client.close()
                back.join(PATIENCE)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_upstream_that_speaks_and_resets_before_it_is_looked_at() -> None:
    """RL42: connected, told and reset, all in one event; what it said arrives, then the reset."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        there = f"127.0.0.1:{server.getsockname()[1]}"
        with relay("127.0.0.1:0", there, "-d") as running:
            answered = threading.Event()

            def work() -> None:
                upstream_end, _ = server.accept()
                os.kill(running.process.pid, signal.SIGSTOP)  # it may have seen the connection by now, or not
                upstream_end.sendall(b"last words")
                upstream_end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                upstream_end.close()
                os.kill(running.process.pid, signal.SIGCONT)
                answered.set()

            for number in range(20):
                answered.clear()
                thread = threading.Thread(target=work)
                thread.start()
                with running.connect() as client:
                    assert exactly(client, 10) == b"last words"
                    assert ends_with(client) == "reset"
                assert answered.wait(PATIENCE)
                thread.join(PATIENCE)
                running.hears(": upstream reset", number + 1)


def test_sigterm_in_an_upload_to_a_slow_reader_truncates_nothing() -> None:
    got: list[bytes] = []
    begun, ended = threading.Event(), threading.Event()

    def work(client: socket.socket) -> None:
        digest = hashlib.sha256(exactly(client, 1000))
        begun.set()
        while data := client.recv(1 << 18):
            digest.update(data)
            time.sleep(0.002)
        got.append(digest.digest())
        client.sendall(b"thanks")
        ended.set()

    with upstream(work) as there, relay("127.0.0.1:0", there) as running, running.connect() as client:
        sender = threading.Thread(target=lambda: (client.sendall(BULK), client.shutdown(socket.SHUT_WR)))
        sender.start()
        assert begun.wait(PATIENCE)
        running.process.send_signal(signal.SIGTERM)
        running.hears("draining 1 connections")
        assert all_of(client) == b"thanks"
        sender.join()
        assert ended.wait(PATIENCE)
        assert got == [hashlib.sha256(BULK).digest()]
        assert running.process.wait(PATIENCE) == 0
        assert running.lines[-1].endswith(" ended")


def test_without_pipes_it_copies() -> None:
    """RL33."""
    with upstream() as there, in_thread(there) as relayed:
        relayed.pipes.most = 0
        with connect(relayed) as client:
            assert comes_back_whole(client)
        assert relayed.pipes._made == 0


def test_pipes_too_small_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user over the share of pipe memory gets pipes of a page or two."""
    real = fcntl.fcntl

    def stingy(fd: int, command: int, *rest: int) -> int:
        if command == flow_module._SET_PIPE_SIZE:
            return int(real(fd, command, 4096))
        return int(real(fd, command, *rest))

    monkeypatch.setattr(fcntl, "fcntl", stingy)
    with upstream() as there, in_thread(there) as relayed, connect(relayed) as client:
        assert comes_back_whole(client)
        assert relayed.pipes._made == 0


def test_pipe_held_by_a_slow_reader_does_not_stop_others() -> None:
    hold = threading.Event()

    def work(client: socket.socket) -> None:
        if client.recv(1, socket.MSG_PEEK) == b"s":
            hold.wait(PATIENCE)
            total = len(all_of(client))
            client.sendall(str(total).encode())
        else:
            while data := client.recv(1 << 18):
                client.sendall(data)

    with upstream(work) as there, in_thread(there) as relayed:
        relayed.pipes.most = 1
        with connect(relayed) as slow:
            slow.setblocking(False)
            sent = slow.send(b"s")
            until = time.monotonic() + PATIENCE
            while relayed.pipes._made < 1 or relayed.pipes._free:
                assert time.monotonic() < until
                with suppress(BlockingIOError):
                    sent += slow.send(b"s" * (1 << 20))
            slow.settimeout(PATIENCE)
            with connect(relayed) as quick:
                assert comes_back_whole(quick)
            hold.set()
            slow.shutdown(socket.SHUT_WR)
            assert int(all_of(slow)) == sent


def test_second_address_waits_its_moment() -> None:
    """RL36: not at once beside a first one that merely has not answered yet."""
    with upstream() as there, silent() as hanging, in_thread("two.example:443", connect_timeout=60) as relayed:
        good = int(there.rpartition(":")[2])
        addresses = [(int(socket.AF_INET), ("127.0.0.1", port)) for port in (hanging, good)]
        relayed.resolver.find = lambda host, port, waiter: waiter(addresses)  # type: ignore[method-assign,assignment]
        begun = time.monotonic()
        with connect(relayed) as client:
            client.sendall(b"x")
            assert exactly(client, 1) == b"x"
            assert time.monotonic() - begun >= STAGGER


def test_the_command_of_the_story_is_safe_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """RL37: a bare port is loopback, nobody is let in from elsewhere, and only the named upstream is dialled."""
    import tabiji.relay

    given: list[Config] = []
    monkeypatch.setattr(tabiji.relay, "serve", lambda config, log: given.append(config))
    assert main(["relay", "443", "s3-ap-northeast-1.amazonaws.com:443"]) == 0
    (config,) = given
    assert config.listeners == [Spec("443", "s3-ap-northeast-1.amazonaws.com:443")]
    assert (config.allow, config.allow_any, config.metrics) == (None, False, None)
    from tabiji.relay.allow import Sources

    spec = config.listeners[0]._replace(listen=str(closed_port()))
    listeners = open_listeners([spec], Sources(config.allow), config.allow_any)
    try:
        assert listeners
        assert all(listener.is_loopback() for listener in listeners)
        assert all(listener.upstream == ("s3-ap-northeast-1.amazonaws.com", 443) for listener in listeners)
    finally:
        for listener in listeners:
            listener.sock.close()
