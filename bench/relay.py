"""The relay beside haproxy (as it is, and with splice), nginx stream, socat and stone.

Throughput, CPU, connections, latency, memory.  Those that are not installed are left out.  All on loopback, every
relay one process (socat: one a connection), the relays in turn, several rounds, so that what else the machine does
falls on all; the table has medians, the aims are judged by medians of the ratios of each round.  The load is
``load.c``, compiled into a temporary folder; without a C compiler, load and servers are this script's own, which
take so much CPU themselves that latencies and connections say less.  Load and relays share the cores: figures are
for comparing within one run.  The relay runs with all its checks on (source allow-list, limits, timeouts, metrics),
without an access log.  Takes about two minutes.
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
from typing import NamedTuple

HOST = "127.0.0.1"
SECONDS = 0.6
ROUNDS = 5
LIMIT = 150.0
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
BULK, ECHO, SHORT = range(3)
KINDS = ("bulk", "bulk16", "ping", "short", "short64")
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
            client.recv(1024, socket.MSG_WAITALL)
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


def shorts(port: int, at_once: int) -> tuple[float, float]:
    """Connections and seconds, from so many clients at a time (here no more than eight)."""
    results: multiprocessing.SimpleQueue[int] = multiprocessing.SimpleQueue()
    clients = [multiprocessing.Process(target=_shorts, args=(port, results)) for _ in range(min(8, at_once))]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return sum(results.get() for _ in clients), SECONDS


class Idles(NamedTuple):
    """Idle connections: how many, and how to end them."""

    count: int
    end: Callable[[], None]


class PythonLoad:
    """Servers and clients of this script."""

    about = "no C compiler: load by Python, which itself is the limit of latency and connections/s"

    def up(self) -> list[int]:
        servers = [(listening(), work) for work in (sink, echo, short)]
        self._backs = [
            multiprocessing.Process(target=work, args=(server,), daemon=True)
            for server, work in [*servers, servers[SHORT]]
        ]
        for back in self._backs:
            back.start()
        return [server.getsockname()[1] for server, _ in servers]

    def down(self) -> None:
        for back in self._backs:
            back.kill()

    bulk = staticmethod(bulk)
    ping = staticmethod(ping)
    shorts = staticmethod(shorts)

    def idle(self, port: int, count: int, patience: float) -> Idles:
        socks: list[socket.socket] = []
        until = time.monotonic() + patience
        try:
            while len(socks) < count and time.monotonic() < until:
                sock = socket.create_connection((HOST, port), timeout=2)
                socks.append(sock)
                if len(socks) % 64 == 0:  # answered: so all before it are through as well, or nearly
                    sock.sendall(b"x")
                    sock.recv(1)
        except OSError:
            pass
        return Idles(len(socks), lambda: [sock.close() for sock in socks] and None)


class CLoad:
    """The same by ``load.c``."""

    about = "load by load.c"

    def __init__(self, program: Path) -> None:
        self._program = str(program)

    def up(self) -> list[int]:
        self._servers = subprocess.Popen([self._program, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._servers.stdout is not None
        return [int(word) for word in self._servers.stdout.readline().split()]

    def down(self) -> None:
        self._servers.kill()
        self._servers.wait()

    def _run(self, *words: object) -> list[float]:
        command = [self._program, *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        if done.returncode:
            raise SystemExit(f"load {words[0]}: {done.stderr.strip()}")
        return [float(word) for word in done.stdout.split()]

    def bulk(self, port: int, connections: int) -> tuple[float, float]:
        total, seconds = self._run("bulk", port, connections, SECONDS)
        return total, seconds

    def ping(self, port: int) -> tuple[float, float]:
        _, middle, tail = self._run("ping", port, SECONDS)
        return middle, tail

    def shorts(self, port: int, at_once: int) -> tuple[float, float]:
        count, seconds = self._run("short", port, at_once, SECONDS)
        return count, seconds

    def idle(self, port: int, count: int, patience: float) -> Idles:
        command = [self._program, "idle", str(port), str(count), str(patience)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdin is not None
        assert process.stdout is not None

        def end() -> None:
            process.stdin.close()  # type: ignore[union-attr]
            process.wait()

        return Idles(int(process.stdout.readline()), end)


Load = PythonLoad | CLoad


def a_load(folder: Path) -> Load:
    """The C load where it can be compiled."""
    program = folder / "load"
    for compiler in ("cc", "gcc", "clang"):
        if shutil.which(compiler):
            command = [compiler, "-O2", "-pthread", "-o", str(program), str(Path(__file__).with_name("load.c"))]
            if subprocess.run(command, check=False).returncode == 0:
                return CLoad(program)
    return PythonLoad()


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
    return [[sys.executable, "-m", "tabiji", "relay", *pairs, "--allow", "127.0.0.0/8",
             "--max-per-source", "100000", "--metrics", str(free_port())]]  # fmt: skip


def haproxy(ports: list[int], upstreams: list[int], folder: Path, options: str = "") -> list[list[str]]:
    text = f"global\n nbthread 1\n maxconn 9600\n maxpipes 100\ndefaults\n mode tcp\n timeout connect 5s\n{options}"
    text += " timeout client 1h\n timeout server 1h\n"
    for port, to in zip(ports, upstreams, strict=True):
        text += f"listen l{port}\n bind {HOST}:{port}\n server s {HOST}:{to}\n"
    config = folder / f"haproxy{len(options)}.cfg"
    config.write_text(text)
    return [["haproxy", "-db", "-q", "-f", str(config)]]


def haproxy_splice(ports: list[int], upstreams: list[int], folder: Path) -> list[list[str]]:
    return haproxy(ports, upstreams, folder, " option splice-request\n option splice-response\n")


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


def idle(load: Load, contender: Contender, count: int) -> tuple[int, float, float]:
    """Connections opened, resident MiB with them, CPU percent while they idle."""
    opened = load.idle(contender.ports[ECHO], count, 10.0)
    time.sleep(0.5)
    before = contender.cpu()
    time.sleep(2.0)
    spent = contender.cpu() - before
    memory = contender.memory() / (1 << 20)
    opened.end()
    return opened.count, memory, 100 * spent / 2.0


def measure(load: Load, kind: str, ports: list[int], cpu: Callable[[], float]) -> dict[str, float]:
    before = cpu()
    if kind in ("bulk", "bulk16"):
        total, seconds = load.bulk(ports[BULK], 16 if kind == "bulk16" else 1)
        time.sleep(0.02)
        return {kind: total * 8 / seconds / 1e9, f"{kind}_cpu": (cpu() - before) / (total / GIB)}
    if kind == "ping":
        middle, tail = load.ping(ports[ECHO])
        return {"p50": middle, "p99": tail}
    count, seconds = load.shorts(ports[SHORT], 64 if kind == "short64" else 4)
    key = kind.replace("short", "conns")
    return {key: count / seconds, f"{key}_cpu": (cpu() - before) / count * 1e6}


def installed() -> list[Contender]:
    """The relays that are here, ours first."""
    found = [Contender("tabiji", tabiji)]
    if shutil.which("haproxy"):
        found += [Contender("haproxy", haproxy), Contender("haproxy+splice", haproxy_splice)]
    return found + [Contender(work.__name__, work) for work in (nginx, socat, stone) if shutil.which(work.__name__)]


Taken = dict[str, dict[str, list[float]]]


def one_round(load: Load, contenders: list[Contender], upstreams: list[int], taken: Taken) -> None:
    """Every kind of load on every relay once, and on none."""
    for kind in KINDS:
        for contender in [None, *contenders]:
            ports, cpu = (contender.ports, contender.cpu) if contender else (upstreams, lambda: 0.0)
            for key, value in measure(load, kind, ports, cpu).items():
                taken.setdefault(contender.name if contender else "none", {}).setdefault(key, []).append(value)


def main() -> int:
    begun, busy = time.monotonic(), os.getloadavg()[0]
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    contenders = installed()
    taken: Taken = {}
    room = max(100, min(10_000, (hard - 800) // 2))
    idles: dict[str, tuple[int, float, float]] = {}
    rounds = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        load = a_load(folder)
        upstreams = load.up()
        try:
            for contender in contenders:
                contender.up(upstreams, folder)
            while rounds < ROUNDS and time.monotonic() - begun < LIMIT * 0.75:
                one_round(load, contenders, upstreams, taken)
                rounds += 1
            for contender in contenders:
                if contender.name in ("tabiji", "haproxy", "nginx") and time.monotonic() - begun < LIMIT - 15:
                    idles[contender.name] = idle(load, contender, room)
        finally:
            for contender in contenders:
                contender.down()
            load.down()
    print(f"loopback, {os.cpu_count()} cores, Python {sys.version.split()[0]}, {load.about}, {rounds} rounds, medians,"
          f" {time.monotonic() - begun:.0f} s; load average {busy:.1f} before")  # fmt: skip
    report(taken, idles)
    return 0


def report(taken: Taken, idles: dict[str, tuple[int, float, float]]) -> None:
    def middle(name: str, key: str) -> float:
        return statistics.median(taken[name][key])

    def ratio(name: str, other: str, key: str) -> float:
        pairs = zip(taken[name][key], taken[other][key], strict=True)
        return statistics.median(mine / max(theirs, 1e-9) for mine, theirs in pairs)

    def added(name: str, key: str) -> float:
        pairs = zip(taken[name][key], taken["none"][key], strict=True)
        return statistics.median(mine - theirs for mine, theirs in pairs)

    print(f"{'relay':<15}{'bulk 1':>8}{'CPU':>8}{'bulk 16':>9}{'CPU':>8}{'conn/s':>9}{'CPU':>9}{'of 64':>9}{'CPU':>9}"
          f"{'p50':>8}{'p99':>8}{'added p50':>11}{'p99':>7}{'idle':>8}{'memory':>10}{'CPU':>6}")  # fmt: skip
    print(f"{'':<15}{'Gbit/s':>8}{'s/GiB':>8}{'Gbit/s':>9}{'s/GiB':>8}{'':>9}{'us/conn':>9}{'':>9}{'us/conn':>9}"
          f"{'us':>8}{'us':>8}{'us':>11}{'us':>7}{'':>8}{'MiB':>10}{'%':>6}")  # fmt: skip
    for name in taken:
        line = f"{name:<15}{middle(name, 'bulk'):>8.1f}{middle(name, 'bulk_cpu'):>8.2f}{middle(name, 'bulk16'):>9.1f}"
        line += f"{middle(name, 'bulk16_cpu'):>8.2f}{middle(name, 'conns'):>9.0f}{middle(name, 'conns_cpu'):>9.0f}"
        line += f"{middle(name, 'conns64'):>9.0f}{middle(name, 'conns64_cpu'):>9.0f}"
        line += f"{middle(name, 'p50'):>8.1f}{middle(name, 'p99'):>8.1f}"
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
            ("RL63 connections/s, 4 clients, to haproxy", ratio("tabiji", "haproxy", "conns"), ">=", 0.7),
            ("RL63 connections/s, 64 clients, to haproxy", ratio("tabiji", "haproxy", "conns64"), ">=", 0.7),
            ("RL64 round trip p50, to haproxy", ratio("tabiji", "haproxy", "p50"), "<=", 1.2),
            ("RL64 round trip p99, to haproxy", ratio("tabiji", "haproxy", "p99"), "<=", 1.2),
            ("RL64 added p50, to haproxy", added("tabiji", "p50") / max(added("haproxy", "p50"), 0.1), "<=", 1.2),
            ("RL64 added p99, to haproxy", added("tabiji", "p99") / max(added("haproxy", "p99"), 0.1), "<=", 1.2),
        ]
    if "stone" in taken:
        checks += [
            ("RL62 bulk, to stone", ratio("tabiji", "stone", "bulk"), ">=", 8.0),
            ("RL62 connections/s, 4 clients, to stone", ratio("tabiji", "stone", "conns"), ">=", 2.0),
            ("RL62 connections/s, 64 clients, to stone", ratio("tabiji", "stone", "conns64"), ">=", 2.0),
        ]
    if "tabiji" in idles:
        count, memory, cpu = idles["tabiji"]
        checks += [(f"RL65 MiB at {count} idle connections", memory, "<=", 30.0), ("RL65 CPU % then", cpu, "<=", 0.0)]
    for what, value, sign, aim in checks:
        met = value >= aim if sign == ">=" else value <= aim
        print(f"  {what:<44}{value:>8.2f}  {sign} {aim:<5g} {'met' if met else 'MISSED'}")


if __name__ == "__main__":
    sys.exit(main())
