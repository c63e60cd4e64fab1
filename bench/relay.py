"""The relay beside haproxy, nginx stream, socat and stone: throughput, CPU, connections, latency, memory.

Those that are not installed are left out.  All on loopback, every relay one
process (socat: one a connection), the relays in turn, several rounds, so that
what else the machine does falls on all; the table has medians, and ratios to
haproxy that are medians of the ratios of each round.  Load comes from this
script's own processes, which share the cores with the relays: figures are for
comparing within one run.  Takes at most 90 seconds.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import select
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

HOST = "127.0.0.1"
SECONDS = 0.6
ROUNDS = 4
LIMIT = 80.0
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
BULK, ECHO, SHORT = range(3)
KINDS = ("bulk", "bulk16", "ping", "short")
GIB = 1 << 30


def free_port() -> int:
    with socket.create_server((HOST, 0)) as server:
        return int(server.getsockname()[1])


# -- what is behind the relays


def listening() -> socket.socket:
    return socket.create_server((HOST, 0), backlog=4096)


def sink(server: socket.socket) -> None:
    """Takes as many bytes as it is told of, says so, and so on.

    Not until the client's end: nginx loses what is said after that (RL43).
    """

    def one(client: socket.socket) -> None:
        while size := int.from_bytes(client.recv(8, socket.MSG_WAITALL), "big"):
            buffer = bytearray(1 << 20)
            while size:
                size -= client.recv_into(buffer, min(size, 1 << 20), socket.MSG_TRUNC)
            client.sendall(b"x")
        client.close()

    while True:
        client, _ = server.accept()
        threading.Thread(target=one, args=(client,), daemon=True).start()


def echo(server: socket.socket) -> None:
    poll, clients = select.epoll(), {}
    poll.register(server.fileno(), select.EPOLLIN)
    while True:
        for fd, _ in poll.poll():
            if fd == server.fileno():
                client, _ = server.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                clients[client.fileno()] = client
                poll.register(client.fileno(), select.EPOLLIN)
                continue
            try:
                data = clients[fd].recv(4096)
            except OSError:
                data = b""
            if data:
                clients[fd].sendall(data)
            else:
                clients.pop(fd).close()


def short(server: socket.socket) -> None:
    answer = bytes(1024)
    while True:
        client, _ = server.accept()
        try:
            client.recv(1024)
            client.sendall(answer)
        except OSError:
            pass
        client.close()


# -- the load


def bulk(port: int, connections: int) -> tuple[float, float]:
    """Bytes and seconds."""
    data = memoryview(bytes(1 << 20))
    pieces = 16 if connections == 1 else 4
    socks = [socket.create_connection((HOST, port)) for _ in range(connections)]
    totals: list[int] = []
    start = time.monotonic()

    def send(sock: socket.socket) -> None:
        total = 0
        while time.monotonic() < start + SECONDS:
            sock.sendall((pieces << 20).to_bytes(8, "big"))
            for _ in range(pieces):
                sock.sendall(data)
            if sock.recv(1) != b"x":
                raise SystemExit("a relay lost bytes")
            total += pieces << 20
        sock.close()
        totals.append(total)

    threads = [threading.Thread(target=send, args=(sock,)) for sock in socks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(totals), time.monotonic() - start


def ping(port: int) -> tuple[float, float]:
    """Median and 99th percentile, in microseconds."""
    with socket.create_connection((HOST, port)) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        times, data = [], bytes(64)
        until = time.perf_counter() + SECONDS
        while True:
            start = time.perf_counter()
            sock.sendall(data)
            sock.recv(64, socket.MSG_WAITALL)
            end = time.perf_counter()
            times.append(end - start)
            if end > until:
                break
    times = sorted(times[50:])
    return times[len(times) // 2] * 1e6, times[len(times) * 99 // 100] * 1e6


def _shorts(port: int, results: multiprocessing.SimpleQueue[int]) -> None:
    data, done, until = bytes(1024), 0, time.monotonic() + SECONDS
    while time.monotonic() < until:
        with socket.create_connection((HOST, port)) as sock:
            sock.sendall(data)
            while sock.recv(4096):
                pass
        done += 1
    results.put(done)


def shorts(port: int) -> tuple[float, float]:
    """Connections and seconds, from four clients at a time."""
    results: multiprocessing.SimpleQueue[int] = multiprocessing.SimpleQueue()
    clients = [multiprocessing.Process(target=_shorts, args=(port, results)) for _ in range(4)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return sum(results.get() for _ in clients), SECONDS


# -- the relays


class Contender:
    """A relay with a port for each upstream; ``start`` gives its processes."""

    def __init__(self, name: str, start: Callable[[list[int], list[int], Path], list[list[str]]]) -> None:
        self.name = name
        self._start = start
        self.ports: list[int] = []
        self.processes: list[subprocess.Popen[bytes]] = []

    def up(self, upstreams: list[int], folder: Path) -> None:
        self.ports = [free_port() for _ in upstreams]
        for command in self._start(self.ports, upstreams, folder):
            self.processes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        until = time.monotonic() + 5
        for port in self.ports:
            while True:
                try:
                    socket.create_connection((HOST, port)).close()
                    break
                except OSError:
                    if time.monotonic() > until or any(process.poll() is not None for process in self.processes):
                        raise SystemExit(f"{self.name} does not start") from None
                    time.sleep(0.02)

    def tree(self) -> list[int]:
        found = [process.pid for process in self.processes]
        for pid in found:
            try:
                children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
            except OSError:
                continue
            found += [int(child) for child in children.split()]
        return found

    def cpu(self) -> float:
        """Seconds, with those of children that ended."""
        total = 0
        for pid in self.tree():
            try:
                words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            total += sum(int(word) for word in words[11:15])
        return total / TICK

    def memory(self) -> int:
        """Resident bytes."""
        total = 0
        for pid in self.tree():
            try:
                total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
            except OSError:
                continue
        return total

    def down(self) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGKILL if self.name == "tabiji" else signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def tabiji(ports: list[int], upstreams: list[int], folder: Path) -> list[list[str]]:
    pairs = [word for port, to in zip(ports, upstreams, strict=True) for word in (f"{HOST}:{port}", f"{HOST}:{to}")]
    return [[sys.executable, "-m", "tabiji", "relay", *pairs, "--allow", "127.0.0.0/8", "--max-per-source", "100000"]]


def haproxy(ports: list[int], upstreams: list[int], folder: Path) -> list[list[str]]:
    text = "global\n nbthread 1\n maxconn 9600\ndefaults\n mode tcp\n timeout connect 5s\n"
    text += " timeout client 1h\n timeout server 1h\n"
    for port, to in zip(ports, upstreams, strict=True):
        text += f"listen l{port}\n bind {HOST}:{port}\n server s {HOST}:{to}\n"
    (folder / "haproxy.cfg").write_text(text)
    return [["haproxy", "-db", "-q", "-f", str(folder / "haproxy.cfg")]]


def nginx(ports: list[int], upstreams: list[int], folder: Path) -> list[list[str]]:
    modules = Path("/usr/lib/nginx/modules/ngx_stream_module.so")
    text = f"load_module {modules};\n" if modules.exists() else ""
    text += f"daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log /dev/null;\n"
    text += "worker_rlimit_nofile 20000; events { worker_connections 19900; }\nstream {\n"
    for port, to in zip(ports, upstreams, strict=True):
        text += f"server {{ listen {HOST}:{port} backlog=4096; proxy_pass {HOST}:{to}; }}\n"
    (folder / "nginx.conf").write_text(text + "}\n")
    return [["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]]


def socat(ports: list[int], upstreams: list[int], folder: Path) -> list[list[str]]:
    return [
        ["socat", f"TCP-LISTEN:{port},bind={HOST},fork,reuseaddr,backlog=1024", f"TCP:{HOST}:{to}"]
        for port, to in zip(ports, upstreams, strict=True)
    ]


def stone(ports: list[int], upstreams: list[int], folder: Path) -> list[list[str]]:
    return [["stone", f"{HOST}:{to}", f"{HOST}:{port}"] for port, to in zip(ports, upstreams, strict=True)]


# -- measuring


def idle(contender: Contender, count: int, patience: float) -> tuple[int, float, float]:
    """Connections opened, resident MiB with them, CPU percent while they idle."""
    socks: list[socket.socket] = []
    until = time.monotonic() + patience
    try:
        while len(socks) < count and time.monotonic() < until:
            sock = socket.create_connection((HOST, contender.ports[ECHO]), timeout=2)
            socks.append(sock)
            if len(socks) % 100 == 0:  # answered: so all before it are through as well, or nearly
                sock.sendall(b"x")
                sock.recv(1)
    except OSError:
        pass
    time.sleep(0.2)
    before = contender.cpu()
    time.sleep(0.8)
    spent = contender.cpu() - before
    memory = contender.memory() / (1 << 20)
    for sock in socks:
        sock.close()
    return len(socks), memory, 100 * spent / 0.8


def measure(kind: str, ports: list[int], cpu: Callable[[], float]) -> dict[str, float]:
    before = cpu()
    if kind in ("bulk", "bulk16"):
        total, seconds = bulk(ports[BULK], 16 if kind == "bulk16" else 1)
        time.sleep(0.02)
        return {kind: total * 8 / seconds / 1e9, f"{kind}_cpu": (cpu() - before) / (total / GIB)}
    if kind == "ping":
        middle, tail = ping(ports[ECHO])
        return {"p50": middle, "p99": tail}
    count, seconds = shorts(ports[SHORT])
    return {"conns": count / seconds, "conn_cpu": (cpu() - before) / count * 1e6}


def main() -> int:
    begun = time.monotonic()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    servers = [(listening(), work) for work in (sink, echo, short)]
    backs = [
        multiprocessing.Process(target=work, args=(server,), daemon=True) for server, work in [*servers, servers[SHORT]]
    ]
    for back in backs:
        back.start()
    upstreams = [server.getsockname()[1] for server, _ in servers]
    contenders = [Contender("tabiji", tabiji)] + [
        Contender(work.__name__, work) for work in (haproxy, nginx, socat, stone) if shutil.which(work.__name__)
    ]
    taken: dict[str, dict[str, list[float]]] = {}
    room = max(100, min(10_000, (hard - 800) // 2))
    idles: dict[str, tuple[int, float, float]] = {}
    try:
        with tempfile.TemporaryDirectory() as folder:
            for contender in contenders:
                contender.up(upstreams, Path(folder))
            rounds = 0
            while rounds < ROUNDS and time.monotonic() - begun < LIMIT * 0.75:
                for kind in KINDS:
                    for contender in [None, *contenders]:
                        ports, cpu = (contender.ports, contender.cpu) if contender else (upstreams, lambda: 0.0)
                        for key, value in measure(kind, ports, cpu).items():
                            taken.setdefault(contender.name if contender else "none", {}).setdefault(key, []).append(
                                value
                            )
                rounds += 1
            for contender in contenders:
                if contender.name in ("tabiji", "haproxy", "nginx") and time.monotonic() - begun < LIMIT - 5:
                    idles[contender.name] = idle(contender, room, 8.0)
    finally:
        for contender in contenders:
            contender.down()
        for back in backs:
            back.kill()
    report(taken, idles, rounds, time.monotonic() - begun)
    return 0


def report(
    taken: dict[str, dict[str, list[float]]], idles: dict[str, tuple[int, float, float]], rounds: int, seconds: float
) -> None:
    def middle(name: str, key: str) -> float:
        return statistics.median(taken[name][key])

    def ratio(name: str, other: str, key: str) -> float:
        pairs = zip(taken[name][key], taken[other][key], strict=True)
        return statistics.median(mine / max(theirs, 1e-9) for mine, theirs in pairs)

    def added(name: str, key: str) -> float:
        pairs = zip(taken[name][key], taken["none"][key], strict=True)
        return statistics.median(mine - theirs for mine, theirs in pairs)

    print(f"loopback, {os.cpu_count()} cores, {rounds} rounds, medians, {seconds:.0f} s in all")
    print(f"{'relay':<9}{'bulk 1':>8}{'CPU':>8}{'bulk 16':>9}{'CPU':>8}{'conn/s':>9}{'CPU':>9}"
          f"{'added p50':>11}{'p99':>7}{'idle':>8}{'memory':>10}{'CPU':>6}")  # fmt: skip
    print(f"{'':<9}{'Gbit/s':>8}{'s/GiB':>8}{'Gbit/s':>9}{'s/GiB':>8}{'':>9}{'us/conn':>9}"
          f"{'us':>11}{'us':>7}{'':>8}{'MiB':>10}{'%':>6}")  # fmt: skip
    for name in taken:
        line = f"{name:<9}{middle(name, 'bulk'):>8.1f}{middle(name, 'bulk_cpu'):>8.2f}{middle(name, 'bulk16'):>9.1f}"
        line += f"{middle(name, 'bulk16_cpu'):>8.2f}{middle(name, 'conns'):>9.0f}{middle(name, 'conn_cpu'):>9.0f}"
        line += f"{added(name, 'p50'):>11.1f}{added(name, 'p99'):>7.1f}"
        if name in idles:
            line += f"{idles[name][0]:>8}{idles[name][1]:>10.1f}{idles[name][2]:>6.1f}"
        print(line)
    print("\naims")
    checks: list[tuple[str, float, str, float]] = []
    if "haproxy" in taken:
        checks += [
            ("RL60 bulk, 1 connection, to haproxy", ratio("tabiji", "haproxy", "bulk"), ">=", 1.8),
            ("RL60 CPU a GiB, to haproxy", ratio("tabiji", "haproxy", "bulk_cpu"), "<=", 0.3),
            ("RL61 bulk, 16 connections, to haproxy", ratio("tabiji", "haproxy", "bulk16"), ">=", 1.9),
            ("RL63 connections/s, to haproxy (aim 0.85)", ratio("tabiji", "haproxy", "conns"), ">=", 0.7),
            ("RL64 round trip p50, to haproxy", ratio("tabiji", "haproxy", "p50"), "<=", 1.2),
            ("RL64 round trip p99, to haproxy", ratio("tabiji", "haproxy", "p99"), "<=", 1.2),
            ("RL64 added p50, to haproxy", added("tabiji", "p50") / max(added("haproxy", "p50"), 0.1), "<=", 1.2),
        ]
    if "stone" in taken:
        checks += [
            ("RL62 bulk, to stone", ratio("tabiji", "stone", "bulk"), ">=", 8.0),
            ("RL62 connections/s, to stone", ratio("tabiji", "stone", "conns"), ">=", 2.0),
        ]
    if "tabiji" in idles:
        count, memory, cpu = idles["tabiji"]
        checks += [(f"RL65 MiB at {count} idle connections", memory, "<=", 30.0), ("RL65 CPU % then", cpu, "<=", 0.0)]
    for what, value, sign, aim in checks:
        met = value >= aim if sign == ">=" else value <= aim
        print(f"  {what:<44}{value:>8.2f}  {sign} {aim:<5g} {'met' if met else 'MISSED'}")


if __name__ == "__main__":
    sys.exit(main())
