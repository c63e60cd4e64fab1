"""What one question costs: whole process from cold, and inside a process.

Whole process: ``tabiji trace`` on the central-egress example as a ratio to
``python3 -c pass`` in the same run (interleaved, best of N).  In process: one
full journey there and back with findings, and the bare two-way walk.
"""

import compileall
import os
import subprocess
import sys
import time
from pathlib import Path

import tabiji
from tabiji.journey.engine import fabric_of, first_packet, journey, request_facts, start_of
from tabiji.request.parse import parse_request
from tabiji.request.vantage import find_vantage
from tabiji.sources import load
from tabiji.walk import round_trip

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
NET, SOURCE, TARGET = EXAMPLES / "central-egress.yaml", "spoke-a-ec2", "https://example.com/"
TRACE = [sys.executable, "-m", "tabiji", "trace", "-n", str(NET), SOURCE, TARGET]
ROUNDS = int(os.environ.get("ROUNDS", "15"))


ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def wall(command: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, env=ENVIRONMENT, check=False)
    return time.perf_counter() - begin


def cold() -> None:
    compileall.compile_dir(str(Path(tabiji.__file__).parent), quiet=2)  # as installing a wheel does
    bare, trace = [], []
    for _ in range(ROUNDS):
        bare.append(wall([sys.executable, "-c", "pass"]))
        trace.append(wall(TRACE))
    print(f"cold start: python3 -c pass {min(bare) * 1e3:.1f} ms, tabiji trace {min(trace) * 1e3:.1f} ms, "
          f"ratio {min(trace) / min(bare):.1f}x (aim <= 6x)")  # fmt: skip
    names = subprocess.run(
        [sys.executable, "-X", "importtime", *TRACE[1:]], capture_output=True, text=True, check=False
    ).stderr
    modules = [line.rsplit("|", 1)[-1].strip() for line in names.splitlines() if line.startswith("import time:")]
    ours = [m for m in modules if m.startswith("tabiji")]
    others = sorted({m for m in modules if "." not in m and not m.startswith(("_", "tabiji", "imported"))})
    print(f"imports: {len(modules)} modules, {len(ours)} of tabiji; others at top level: {', '.join(others)}")


def best(function: object, number: int) -> float:
    assert callable(function)
    function()
    times = []
    for _ in range(number):
        begin = time.perf_counter()
        function()
        times.append(time.perf_counter() - begin)
    times.sort()
    return times[len(times) // 2]


def in_process() -> None:
    estate = load(NET)
    vantage = find_vantage(estate, SOURCE)
    request = parse_request(TARGET)
    told = journey(estate, vantage, request)
    hops = len(told.paths[0].hops)
    full = best(lambda: journey(estate, vantage, request), 200)
    print(f"in process: full journey, {told.verdict}, {hops} hops both ways: median {full * 1e6:.0f} us (aim <= 500)")
    destination = told.paths[0].destination
    begin = start_of(estate, vantage, False)
    assert begin is not None
    start, home, source = begin
    packet = first_packet(request, source, destination, 50000)
    facts = request_facts(request)
    graph = fabric_of(estate)
    trip = round_trip(graph, start, packet, facts, home)
    steps = len(trip.forward.steps) + (len(trip.reply.steps) if trip.reply else 0)
    bare = best(lambda: round_trip(graph, start, packet, facts, home), 500)
    print(f"in process: bare two-way walk, {steps} stages recorded: median {bare * 1e6:.0f} us (aim <= 100)")


if __name__ == "__main__":
    cold()
    in_process()
