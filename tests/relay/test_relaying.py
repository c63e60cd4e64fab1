"""What a relay does when things go well and when they break, with real sockets (RL40-RL50, RL66)."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import threading
import time
from contextlib import suppress

from relay_running import (
    PATIENCE,
    all_of,
    closed_port,
    ends_with,
    exactly,
    relay,
    reset,
    silent,
    upstream,
)  # fmt: skip

BULK = os.urandom(1 << 20) * 20


def test_small_and_bulk_arrive_whole_both_ways() -> None:
    with upstream() as there, relay("127.0.0.1:0", there, "-d") as running, running.connect() as client:
        for size in (1, 1000, 16 * 1024, 100_000):
            client.sendall(BULK[:size])
            assert exactly(client, size) == BULK[:size]
        sender = threading.Thread(target=lambda: (client.sendall(BULK), client.shutdown(socket.SHUT_WR)))
        sender.start()
        assert hashlib.sha256(all_of(client)).digest() == hashlib.sha256(BULK).digest()
        sender.join()
        total = 1 + 1000 + 16 * 1024 + 100_000 + len(BULK)
        assert f"closed, up {total} down {total} bytes" in running.hears("closed TCP")
        assert running.stop() == 0


def test_several_listeners_each_to_its_own_upstream() -> None:
    def says(text: bytes):  # type: ignore[no-untyped-def]
        return lambda client: client.sendall(text)

    with (
        upstream(says(b"one")) as one,
        upstream(says(b"two")) as two,
        relay("127.0.0.1:0", one, "127.0.0.1:0", two) as running,
    ):
        with running.connect(running.ports[0]) as client:
            assert all_of(client) == b"one"  # RL47: the server speaks first
        with running.connect(running.ports[1]) as client:
            assert all_of(client) == b"two"


def test_upstream_refuses_client_is_reset_and_the_log_says_why() -> None:
    """RL40."""
    port = closed_port()
    with relay("127.0.0.1:0", f"127.0.0.1:{port}") as running, running.connect() as client:
        assert ends_with(client) == "reset"
        assert running.hears("connection refused").endswith(f"-> 127.0.0.1:{port}: connection refused")


def test_upstream_silent_times_out_then_reset() -> None:
    """RL41."""
    with (
        silent() as port,
        relay("127.0.0.1:0", f"127.0.0.1:{port}", "--connect-timeout", "0.3") as running,
        running.connect() as client,
    ):
        assert ends_with(client) == "reset"
        running.hears("connect timeout")


def test_upstream_resets_reset_is_passed_on_after_what_it_said() -> None:
    """RL42."""

    def work(client: socket.socket) -> None:
        exactly(client, 2)
        client.sendall(b"last words")
        exactly(client, 1)
        reset(client)

    with upstream(work) as there, relay("127.0.0.1:0", there, "-d") as running, running.connect() as client:
        client.sendall(b"hi")
        assert exactly(client, 10) == b"last words"
        client.sendall(b"!")
        assert ends_with(client) == "reset"
        running.hears("upstream reset")


def test_upstream_answers_early_and_resets_answer_arrives() -> None:
    """RL42: a server that refuses an upload half way closes with bytes unread; its answer still counts."""

    def work(client: socket.socket) -> None:
        exactly(client, 1000)
        client.sendall(b"413 too large")
        time.sleep(0.2)

    with upstream(work) as there, relay("127.0.0.1:0", there) as running, running.connect() as client:
        client.sendall(BULK[:1000])
        assert exactly(client, 13) == b"413 too large"
        client.setblocking(False)
        with suppress(OSError):
            client.send(BULK)
        client.setblocking(True)
        client.settimeout(PATIENCE)
        assert ends_with(client) == "reset"


def test_client_half_closes_and_gets_a_slow_answer() -> None:
    """RL43."""

    def work(client: socket.socket) -> None:
        question = all_of(client)
        time.sleep(0.5)
        client.sendall(b"answer to " + question)

    with upstream(work) as there, relay("127.0.0.1:0", there) as running, running.connect() as client:
        client.sendall(b"question")
        client.shutdown(socket.SHUT_WR)
        assert all_of(client) == b"answer to question"


def test_server_half_closes_client_goes_on_sending() -> None:
    """RL44."""
    got = []
    done = threading.Event()

    def work(client: socket.socket) -> None:
        client.sendall(b"go")
        client.shutdown(socket.SHUT_WR)
        got.append(len(all_of(client)))
        done.set()

    with upstream(work) as there, relay("127.0.0.1:0", there) as running, running.connect() as client:
        assert all_of(client) == b"go"
        client.sendall(BULK)
        client.shutdown(socket.SHUT_WR)
        assert done.wait(PATIENCE)
        assert got == [len(BULK)]


def test_client_resets_server_sees_a_reset() -> None:
    """RL45."""
    seen = []
    done = threading.Event()

    def work(client: socket.socket) -> None:
        client.sendall(b"hello")
        seen.append(ends_with(client))
        done.set()

    with upstream(work) as there, relay("127.0.0.1:0", there, "-d") as running:
        client = running.connect()
        exactly(client, 5)
        reset(client)
        assert done.wait(PATIENCE)
        assert seen == ["reset"]
        running.hears("client reset")


def test_client_resets_after_half_close_server_sees_it_without_sending() -> None:
    """RL45, where nothing more is read from the client."""
    seen = []
    done = threading.Event()

    def work(client: socket.socket) -> None:
        all_of(client)
        try:
            client.settimeout(PATIENCE)
            while not client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                time.sleep(0.02)
            seen.append("reset")
        finally:
            done.set()

    with upstream(work) as there, relay("127.0.0.1:0", there) as running:
        client = running.connect()
        client.sendall(b"x")
        client.shutdown(socket.SHUT_WR)
        time.sleep(0.1)
        reset(client)
        assert done.wait(PATIENCE)
        assert seen == ["reset"]


def test_client_closes_after_a_big_send_all_is_delivered() -> None:
    """RL46, with a reader that is slow at first."""
    got = []
    done = threading.Event()

    def work(client: socket.socket) -> None:
        time.sleep(0.3)
        got.append(hashlib.sha256(all_of(client)).digest())
        done.set()

    with upstream(work) as there, relay("127.0.0.1:0", there) as running:
        with running.connect() as client:
            client.sendall(BULK)
        assert done.wait(PATIENCE)
        assert got == [hashlib.sha256(BULK).digest()]


def test_client_leaves_at_once_nothing_leaks() -> None:
    """RL48."""
    with upstream() as there, relay("127.0.0.1:0", there, "-d") as running:
        before = running.fds()
        for number in range(50):
            client = running.connect()
            reset(client) if number % 2 else client.close()
        running.hears("closed TCP", 50)
        running.settles_at(before)


def test_idle_and_half_closed_connections_use_no_cpu() -> None:
    """RL49."""
    with upstream() as there, relay("127.0.0.1:0", there, "-d") as running:
        clients = [running.connect() for _ in range(20)]
        hold = threading.Event()
        with upstream(lambda client: hold.wait(PATIENCE) and None) as held, relay("127.0.0.1:0", held) as second:
            half = second.connect()
            half.shutdown(socket.SHUT_WR)
            running.hears("accepted TCP", 20)
            time.sleep(0.3)
            before = [_cpu(one.process.pid) for one in (running, second)]
            time.sleep(1)
            after = [_cpu(one.process.pid) for one in (running, second)]
            assert all(late - soon <= 2 for soon, late in zip(before, after, strict=True))  # clock ticks
            hold.set()
            half.close()
        for client in clients:
            client.close()


def test_reader_that_never_reads_holds_the_sender_back() -> None:
    """RL32: the slow side is the back-pressure; the relay's memory does not grow."""
    hold = threading.Event()
    with upstream(lambda client: hold.wait(PATIENCE) and None) as there, relay("127.0.0.1:0", there) as running:
        with running.connect() as client:
            client.settimeout(0.5)
            sent = 0
            try:
                while sent < 200 << 20:
                    sent += client.send(BULK)
            except TimeoutError:
                pass
            assert sent < 64 << 20
            assert _memory(running.process.pid) < 64 << 20
        hold.set()


def test_slow_reader_does_not_hold_others_up() -> None:
    hold = threading.Event()

    def work(client: socket.socket) -> None:
        if exactly(client, 1) == b"s":
            hold.wait(PATIENCE)
        else:
            client.sendall(b"ok")

    with upstream(work) as there, relay("127.0.0.1:0", there) as running, running.connect() as slow:
        slow.sendall(b"s")
        slow.setblocking(False)
        for _ in range(50):
            try:
                slow.send(BULK)
            except BlockingIOError:
                time.sleep(0.01)
        with running.connect() as quick:
            quick.sendall(b"q")
            assert all_of(quick) == b"ok"
        hold.set()


def test_idle_timeout_resets() -> None:
    with (
        upstream() as there,
        relay("127.0.0.1:0", there, "--idle-timeout", "0.4", "-d") as running,
        running.connect() as client,
    ):
        client.sendall(b"x")
        exactly(client, 1)
        assert ends_with(client) == "reset"
        assert ": idle," in running.hears("closed TCP")


def test_sigterm_in_a_transfer_truncates_nothing() -> None:
    def work(client: socket.socket) -> None:
        exactly(client, 1)
        for start in range(0, len(BULK), 1 << 20):
            client.sendall(BULK[start : start + (1 << 20)])
            time.sleep(0.01)

    with upstream(work) as there, relay("127.0.0.1:0", there) as running, running.connect() as client:
        client.sendall(b"x")
        got = exactly(client, 100_000)
        running.process.send_signal(signal.SIGTERM)
        running.hears("draining 1 connections")
        try:
            running.connect().close()
            refused = False
        except ConnectionRefusedError:
            refused = True
        assert refused
        assert got + all_of(client) == BULK
        client.close()
        assert running.process.wait(PATIENCE) == 0
        running.hears("ended")


def test_sigterm_serves_who_waits_in_the_queue() -> None:
    """A connection the kernel accepted is accepted, though the relay was too full to take it."""
    with upstream() as there, relay("127.0.0.1:0", there, "--max", "2") as running:
        clients = [running.connect() for _ in range(2)]
        running.hears("relaying")
        for client in clients:
            client.sendall(b"x")
            exactly(client, 1)
        os.kill(running.process.pid, signal.SIGSTOP)
        clients[0].close()
        late = running.connect()
        late.sendall(b"late")
        late.shutdown(socket.SHUT_WR)
        os.kill(running.process.pid, signal.SIGTERM)
        os.kill(running.process.pid, signal.SIGCONT)
        assert all_of(late) == b"late"
        clients[1].close()
        assert running.process.wait(PATIENCE) == 0


def test_drain_time_over_resets_the_rest() -> None:
    with (
        upstream() as there,
        relay("127.0.0.1:0", there, "--drain", "0.3") as running,
        running.connect() as client,
    ):
        client.sendall(b"x")
        exactly(client, 1)
        running.process.send_signal(signal.SIGTERM)
        assert ends_with(client) == "reset"
        assert running.process.wait(PATIENCE) == 0
        running.hears("drain time over")


def test_second_sigterm_ends_at_once() -> None:
    with upstream() as there, relay("127.0.0.1:0", there) as running, running.connect() as client:
        client.sendall(b"x")
        exactly(client, 1)
        running.process.send_signal(signal.SIGTERM)
        running.hears("draining")
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(PATIENCE) == 0


def test_many_connections_come_and_go_without_a_leak() -> None:
    with upstream() as there, relay("127.0.0.1:0", there) as running:
        before = running.fds()
        for _ in range(3):
            clients = [running.connect() for _ in range(200)]
            for client in clients:
                client.sendall(b"ping")
            for client in clients:
                assert exactly(client, 4) == b"ping"
            assert running.fds() == before + 400
            for client in clients:
                client.close()
            running.settles_at(before)


def test_no_leak_after_every_kind_of_break() -> None:
    def work(client: socket.socket) -> None:
        kind = exactly(client, 1)
        if kind == b"r":
            reset(client)
        elif kind == b"b":
            client.sendall(BULK)

    with upstream(work) as there, relay("127.0.0.1:0", there, "-d") as running:
        before = running.fds()
        for number in range(60):
            client = running.connect()
            client.sendall(b"rbx"[number % 3 :][:1])
            if number % 3 == 1:
                exactly(client, 100_000)
                reset(client)
            else:
                ends_with(client)
                client.close()
        running.hears("closed TCP", 60)
        until = time.monotonic() + PATIENCE
        while running.fds() > before + 2 * 16:  # the pipes it keeps
            assert time.monotonic() < until
            time.sleep(0.02)


def test_out_of_descriptors_serves_what_fits_and_recovers() -> None:
    """RL38, RL50."""

    def few() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

    with upstream() as there, relay("127.0.0.1:0", there, preexec_fn=few) as running:
        clients = [running.connect() for _ in range(80)]
        for client in clients:
            client.sendall(b"x")
        running.hears("new clients wait")
        served = 0
        waiting = clients[:]
        while waiting:  # each one that is served leaves, and lets another in
            client = waiting.pop(0)
            assert exactly(client, 1) == b"x"
            client.close()
            served += 1
        assert served == 80
        running.hears("accepting again")
        assert sum("new clients wait" in line for line in running.lines) <= 3
        assert running.stop() == 0


def test_descriptors_taken_away_at_run_time_stop_and_resume_accepting() -> None:
    """RL38: the count at the start cannot know of it; accept itself fails."""
    import resource

    with upstream() as there, relay("127.0.0.1:0", there) as running:
        pid = running.process.pid
        soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (running.fds(), hard))
        with running.connect() as client:
            client.sendall(b"x")
            running.hears("out of file descriptors: new clients wait")
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
            assert exactly(client, 1) == b"x"
            running.hears("accepting again")


def _cpu(pid: int) -> int:
    with open(f"/proc/{pid}/stat") as file:
        words = file.read().rpartition(")")[2].split()
    return int(words[11]) + int(words[12])


def _memory(pid: int) -> int:
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
