"""What tabiji strace costs a command, beside the plain run and plain ``strace -f``.

The command makes many lookups through libc and TCP connections on loopback
after a Python start-up that opens and reads many files, as an SDK does.  All
ways run in turn, several rounds, so that what else the machine does falls on
all of them; compare the ratios.  Takes about a minute.  Also tells how fast a
saved log is read.
"""

from __future__ import annotations

import argparse
import io
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from tabiji.observe.strace.follow import observe
from tabiji.observe.strace.run import FULL, LIGHT

ROUNDS = 9
CLIENT = """
import sys, json, decimal, email.message, http.client, asyncio, xml.dom.minidom, logging.config, unittest.mock, ssl
for _ in range(20):
    connection = http.client.HTTPConnection("localhost", int(sys.argv[1]))
    connection.request("GET", "/")
    connection.getresponse().read()
    connection.close()
sum(i * i for i in range(3_000_000))
"""


def serve(listening: socket.socket) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")


def timed(line: list[str]) -> float:
    """Seconds of a run."""
    start = time.perf_counter()
    subprocess.run(line, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    strace = shutil.which("strace")
    if strace is None:
        raise SystemExit("strace is not installed")
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening, tempfile.TemporaryDirectory() as folder:
        threading.Thread(target=serve, args=(listening,), daemon=True).start()
        client = [sys.executable, "-c", CLIENT, str(listening.getsockname()[1])]
        log = str(Path(folder) / "log")
        options = ["-qq", "-ttt", "-T", "-s", "2048", "-o", log]
        tabiji = [sys.executable, "-c", "from tabiji.cli import main; raise SystemExit(main())"]
        ways: dict[str, list[str]] = {
            "plain": client,
            "tabiji strace of nothing": [*tabiji, "strace", "-o", "/dev/null", "--", "true"],
            "tabiji strace": [*tabiji, "strace", "-o", "/dev/null", "--", *client],
            "tabiji strace --light": [*tabiji, "strace", "--light", "-o", "/dev/null", "--", *client],
            "strace -f (everything)": [strace, "-f", *options, *client],
            "strace -f, our calls, no seccomp": [strace, "-f", "-e", f"trace={FULL}", *options, *client],
            "strace -f, light calls, no seccomp": [strace, "-f", "-e", f"trace={LIGHT}", *options, *client],
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds + 1):
            for name, line in ways.items():
                times[name].append(timed(line))
        base = statistics.median(times["plain"][1:])
        print(f"plain run: {base:.3f} s (median of {rounds}, the first round left out)")
        own = statistics.median(times["tabiji strace of nothing"][1:])
        for name, taken in times.items():
            middle = statistics.median(taken[1:])
            print(f"  {name:36} {middle:6.3f} s  x{middle / base:5.2f}  (best {min(taken[1:]):.3f})")
            if name.startswith("tabiji strace") and name != "tabiji strace of nothing":
                print(f"    without starting and reporting: x{(middle - own) / base:.2f}")
        subprocess.run([strace, "-f", *options, *client], check=True, stdout=subprocess.DEVNULL)
        data = Path(log).read_bytes()
        reading(data)


def reading(data: bytes) -> None:
    """Lines a second of reading a log of everything."""
    lines = data.count(b"\n")
    times = []
    for _ in range(5):
        start = time.perf_counter()
        observe(io.BytesIO(data))
        times.append(time.perf_counter() - start)
    print(f"reading a log of {lines:,} lines: {lines / min(times):,.0f} lines/s")


if __name__ == "__main__":
    main()
