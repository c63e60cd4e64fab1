"""The DNS server beside unbound: queries a second, CPU, tail latency, misses, memory.

Needs Debian's dnsperf and unbound.  Both servers run one thread on loopback
and are asked in turn, several rounds each, so that what else the machine does
falls on both; compare the ratios, not the absolute figures.  Unbound answers
from its cache, which it fills from our server.  Takes under a minute.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tabiji.dnsd import View, ViewBinding, run
from tabiji.names.answer import NOERROR, NXDOMAIN, Answer, ResourceRecord
from tabiji.names.wire import encode_query

HOST = "127.0.0.1"
NAMES = 1000
ROUNDS = 9
SECONDS = 1
TICK = os.sysconf("SC_CLK_TCK")
EXAMPLE = Path(__file__).parent.parent / "examples" / "interface-endpoint.yaml"


def name_of(number: int) -> str:
    return f"host{number}.ap-northeast-1.example.com."


def fixed(name: str, rtype: str) -> Answer:
    """Two addresses for each name, as an interface endpoint in two zones has."""
    if rtype != "A" or not name.startswith("host"):
        return Answer(name=name, type=rtype, rcode=NXDOMAIN)
    records = tuple(ResourceRecord(name, "A", 3600, f"10.0.{part}.7") for part in (1, 2))
    return Answer(name=name, type=rtype, rcode=NOERROR, answer=records)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((HOST, 0))
        return int(sock.getsockname()[1])


@contextmanager
def started(command: list[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server, once it answers; ended by its own process id."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(0.2)
            for _ in range(50):
                if process.poll() is not None:
                    text = process.stderr.read().decode() if process.stderr else ""
                    raise SystemExit(f"{command[0]} ended: {text.strip()}")
                try:
                    sock.sendto(encode_query(name_of(0), "A"), (HOST, port))
                    sock.recv(512)
                    break
                except OSError:
                    time.sleep(0.1)
            else:
                raise SystemExit(f"{command[0]} does not answer on port {port}")
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def unbound_config(folder: str, port: int, upstream: int) -> str:
    file = Path(folder) / "unbound.conf"
    file.write_text(
        f"""server:
  interface: {HOST}
  port: {port}
  num-threads: 1
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  use-syslog: no
  logfile: ""
  verbosity: 0
  do-ip6: no
  do-not-query-localhost: no
  module-config: "iterator"
  msg-cache-size: 64m
  rrset-cache-size: 128m
  so-rcvbuf: 4m
  cache-min-ttl: 3600
remote-control:
  control-enable: no
forward-zone:
  name: "."
  forward-addr: {HOST}@{upstream}
"""
    )
    return str(file)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def dnsperf(port: int, queries: str, *more: str) -> str:
    command = ["dnsperf", "-s", HOST, "-p", str(port), "-d", queries, "-c", "8", "-q", "100", "-e", *more]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout


def load(pid: int, port: int, queries: str) -> tuple[float, float]:
    """Queries a second, and microseconds of the server's CPU for each."""
    before = cpu_seconds(pid)
    text = dnsperf(port, queries, "-l", str(SECONDS))
    spent = cpu_seconds(pid) - before
    done = int(found(r"Queries completed:\s+(\d+)", text))
    lost = int(found(r"Queries lost:\s+(\d+)", text))
    if lost > done / 1000:
        print(f"warning: {lost} of {done} queries lost on port {port}", file=sys.stderr)
    return float(found(r"Queries per second:\s+([\d.]+)", text)), spent / done * 1e6


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise SystemExit(f"dnsperf printed no {pattern!r}")
    return match[1]


def tail_latency(port: int, queries: str, rate: float) -> tuple[float, float]:
    """Median and 99th percentile in milliseconds at a given rate."""
    text = dnsperf(port, queries, "-l", "2", "-Q", str(int(rate)), "-v")
    times = sorted(float(line.rsplit(None, 1)[1]) for line in text.splitlines() if line.startswith("> NOERROR"))
    return times[len(times) // 2] * 1e3, times[int(len(times) * 0.99)] * 1e3


def misses(answer: Callable[[str, str], Answer], names: list[str]) -> float:
    """Microseconds of CPU for a query that is not in the cache: median of batches of 200."""
    view = View("v", answer)
    queries = [encode_query(name, "A") for name in names]
    view.respond(queries[0])
    batches = []
    for start in range(1, len(queries) - 200, 200):
        begin = time.process_time()
        for query in queries[start : start + 200]:
            view.respond(query)
        batches.append((time.process_time() - begin) / 200 * 1e6)
    return statistics.median(batches)


def engine_misses() -> tuple[float, float] | None:
    """The same through the names engine: names of an endpoint's zone, and computed EC2 names."""
    if not EXAMPLE.exists():
        return None
    from tabiji.dnsd.views import answers_of
    from tabiji.sources import load as load_estate

    answer = answers_of(load_estate(EXAMPLE), "vpc-a")
    zone = [f"n{i}.ssm.ap-northeast-1.amazonaws.com." for i in range(3000)]
    computed = [f"ip-172-20-{128 + i // 250}-{i % 250}.ap-northeast-1.compute.internal." for i in range(3000)]
    return misses(answer, zone), misses(answer, computed)


def resident() -> float:
    """MiB of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def memory(names: int, views: int) -> None:
    """Fill the caches of many views; prints MiB before and after (run in a process of its own)."""

    def answer_of(number: int) -> Callable[[str, str], Answer]:
        def answer(name: str, rtype: str) -> Answer:
            records = tuple(ResourceRecord(name, rtype, 60, f"10.{number}.{part}.7") for part in (1, 2))
            return Answer(name=name, type=rtype, rcode=NOERROR, answer=records)

        return answer

    before = resident()
    all_views = [View(f"v{n}", answer_of(n)) for n in range(views)]
    for view in all_views:
        for n in range(names):
            view.respond(encode_query(name_of(n), "A"))
    assert sum(len(view.young) + len(view.old) for view in all_views) == names * views
    print(before, resident())


def main() -> int:
    for program in ("dnsperf", "unbound"):
        if not shutil.which(program):
            print(f"bench/dns.py needs {program} (apt-get install dnsperf unbound)", file=sys.stderr)
            return 69
    begin = time.monotonic()
    ours, theirs = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        queries = str(Path(folder) / "queries")
        Path(queries).write_text("".join(f"{name_of(n)} A\n" for n in range(NAMES)))
        server = [sys.executable, __file__, "--serve", str(ours)]
        with (
            started(server, ours) as own,
            started(["unbound", "-d", "-c", unbound_config(folder, theirs, ours)], theirs) as other,
        ):
            for port in (ours, theirs):  # fill both caches
                dnsperf(port, queries, "-n", "2")
            rounds = []
            for number in range(ROUNDS):
                if number % 2:  # neither always comes first
                    late = load(other.pid, theirs, queries)
                    rounds.append((load(own.pid, ours, queries), late))
                else:
                    rounds.append((load(own.pid, ours, queries), load(other.pid, theirs, queries)))
            our_rate, their_rate = (statistics.median(r[side][0] for r in rounds) for side in (0, 1))
            our_cpu, their_cpu = (statistics.median(r[side][1] for r in rounds) for side in (0, 1))
            ratio = statistics.median(r[0][0] / r[1][0] for r in rounds)
            half = min(our_rate, their_rate) / 2
            our_tail, their_tail = tail_latency(ours, queries, half), tail_latency(theirs, queries, half)
    miss = misses(fixed, [name_of(n) for n in range(3000)])
    engine = engine_misses()
    text = subprocess.run([sys.executable, __file__, "--memory"], capture_output=True, text=True, check=True).stdout
    empty, full = map(float, text.split())
    rows = [
        ("queries/s, cache hits", f"{our_rate:,.0f}", f"{their_rate:,.0f}", f"median ratio {ratio:.2f} (aim 0.8)"),
        ("server CPU, us/query", f"{our_cpu:.1f}", f"{their_cpu:.1f}", "aim 10"),
        (f"p50 at {half:,.0f} q/s, ms", f"{our_tail[0]:.2f}", f"{their_tail[0]:.2f}", "dnsperf's clock"),
        (f"p99 at {half:,.0f} q/s, ms", f"{our_tail[1]:.2f}", f"{their_tail[1]:.2f}", ""),
        ("cache miss, us (codec and cache)", f"{miss:.1f}", "", ""),
    ]
    if engine is not None:
        rows += [
            ("cache miss, us (endpoint zone)", f"{engine[0]:.1f}", "", "aim 100"),
            ("cache miss, us (EC2 name)", f"{engine[1]:.1f}", "", "aim 100"),
        ]
    rows.append(("10,000 names x 50 views, MiB", f"{full - empty:.0f}", "", f"on top of {empty:.0f}"))
    print(f"{'':36} {'tabiji':>12} {'unbound':>12}")
    for label, mine, yours, note in rows:
        print(f"{label:36} {mine:>12} {yours:>12}  {note}".rstrip())
    print(f"{ROUNDS} rounds of {SECONDS} s each, in turn; {time.monotonic() - begin:.0f} s in all")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--serve", type=int, metavar="PORT", help=argparse.SUPPRESS)
    parser.add_argument("--memory", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        sys.exit(run([ViewBinding(name="bench", answer=fixed, host=HOST, port=options.serve)]))
    if options.memory:
        memory(10_000, 50)
        sys.exit(0)
    sys.exit(main())
