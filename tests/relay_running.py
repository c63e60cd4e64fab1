"""A relay as a process of its own, and upstreams of every temper, on loopback."""

from __future__ import annotations

import io
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tabiji.relay import Config, Log, Relay, Spec

PATIENCE = 15.0
"""Seconds until a test gives up; no test waits so long when things work."""


class Running:
    """A relay process; ``lines`` is what it said so far on standard error."""

    def __init__(self, *words: str, **options: Any) -> None:
        command = [sys.executable, "-m", "tabiji", "relay", *words]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options)
        self.lines: list[str] = []
        self._heard = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.ports = [
            int(self.hears("relaying ", number + 1).split(" -> ")[0].rsplit(":", 1)[1])
            for number in range(max(1, len([word for word in words if word.startswith(("127.0.0.1:", "[::1]:"))]) // 2))
        ]
        self.port = self.ports[0]

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._heard:
                self.lines.append(line.rstrip("\n"))
                self._heard.notify_all()
        with self._heard:
            self._heard.notify_all()

    def hears(self, text: str, times: int = 1) -> str:
        """Wait for a line with ``text`` in it; that line."""
        with self._heard:
            self._heard.wait_for(
                lambda: sum(text in line for line in self.lines) >= times or not self._reader.is_alive(), PATIENCE
            )
            found = [line for line in self.lines if text in line]
            assert len(found) >= times, f"never said {text!r}, but: {self.lines}"
            return found[times - 1]

    def fds(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def settles_at(self, fds: int) -> None:
        """Wait until so many descriptors are open."""
        until = time.monotonic() + PATIENCE
        while self.fds() != fds:
            assert time.monotonic() < until, f"{self.fds()} descriptors, not {fds}: {self.lines[-5:]}"
            time.sleep(0.02)

    def connect(self, port: int | None = None) -> socket.socket:
        sock = socket.create_connection(("127.0.0.1", port or self.port), timeout=PATIENCE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@contextmanager
def relay(*words: str, **options: Any) -> Iterator[Running]:
    running = Running(*words, **options)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
        running.process.wait()
        running._reader.join(PATIENCE)
        for stream in (running.process.stderr, running.process.stdout):
            assert stream is not None
            stream.close()


@contextmanager
def upstream(work: Callable[[socket.socket], None] | None = None, host: str = "127.0.0.1") -> Iterator[str]:
    """A server that does ``work`` with each client in a thread of its own (default: echo); its HOST:PORT."""
    server = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=1024)

    def serve() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            client.settimeout(PATIENCE)
            threading.Thread(target=one, args=(client,), daemon=True).start()

    def one(client: socket.socket) -> None:
        with client, suppress(OSError):
            (work or echo)(client)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    port = server.getsockname()[1]
    try:
        yield f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(PATIENCE)


def echo(client: socket.socket) -> None:
    while data := client.recv(65536):
        client.sendall(data)


def all_of(sock: socket.socket) -> bytes:
    """Everything until the other side ends."""
    parts = []
    while data := sock.recv(1 << 18):
        parts.append(data)
    return b"".join(parts)


def exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = sock.recv(size - len(data))
        assert more, f"ended after {len(data)} of {size} bytes"
        data += more
    return data


def reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def ends_with(sock: socket.socket) -> str:
    """How the other side ends: "reset" or "end", whatever it sends before."""
    try:
        while sock.recv(1 << 16):
            pass
    except ConnectionResetError:
        return "reset"
    return "end"


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def silent() -> Iterator[int]:
    """A port whose queue is full: SYNs are dropped, connecting hangs."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(0)
    fillers = []
    try:
        for _ in range(3):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(server.getsockname())
            fillers.append(filler)
        select.select([], [], [], 0.05)
        yield int(server.getsockname()[1])
    finally:
        for filler in fillers:
            filler.close()
        server.close()


@contextmanager
def in_thread(there: str, **options: Any) -> Iterator[Relay]:
    """A relay in this process, to look into; ``there`` is its upstream."""
    relayed = Relay(Config([Spec("127.0.0.1:0", there)], **options), Log(out=io.StringIO()))
    over = threading.Event()

    def look() -> float:
        if over.is_set():
            relayed.loop.running = False
        return 0.05

    relayed.loop.every(look, 0.05)
    thread = threading.Thread(target=relayed.run)
    thread.start()
    try:
        yield relayed
    finally:
        over.set()
        thread.join(PATIENCE)
