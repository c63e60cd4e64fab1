"""Cost must not grow with the estate.

One journey over an estate of 100,000 interfaces against the same journey over
100 (after loading, indexes warm), and the whole fabric of 10,000 interfaces
compiled at once.  Estates come from ``generate.py``; SIZES overrides them.
"""

import os
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from generate import generate

from tabiji.fabric import Fabric
from tabiji.journey.engine import journey, walk_request
from tabiji.request.parse import parse_request
from tabiji.request.vantage import of_eni
from tabiji.sources import load

SIZES = [int(size) for size in os.environ.get("SIZES", "100,10000,100000").split(",")]


def median(function: object, rounds: int) -> float:
    assert callable(function)
    function()
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        function()
        times.append(time.perf_counter() - begin)
    return sorted(times)[len(times) // 2]


def main() -> int:
    base: dict[str, float] = {}
    heads = (("ENIs", 8), ("load s", 7), ("first ms", 9), ("journey us", 11), ("ratio", 6), ("with fixes ms", 13))
    print(" ".join(f"{head:>{width}}" for head, width in (*heads, ("compile all s", 14), ("stages", 9))))
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            generate(Path(folder), enis=size, seed=7)
            begin = time.perf_counter()
            estate = load(folder)
            loaded = time.perf_counter() - begin
        source = pick(estate)
        vantage, request = of_eni(estate, source, "source"), parse_request("https://198.51.100.80/")
        begin = time.perf_counter()
        walk_request(estate, vantage, request)
        first = time.perf_counter() - begin
        one = median(partial(walk_request, estate, vantage, request), 200)
        fixes = median(partial(journey, estate, vantage, request), 5)
        base.setdefault("one", one)
        compiled, stages = "-", "-"
        if size <= 10_000:
            begin = time.perf_counter()
            stages = str(Fabric(estate).compile_all())
            compiled = f"{time.perf_counter() - begin:.2f}"
        print(
            f"{len(estate.network_interfaces):8} {loaded:7.2f} {first * 1e3:9.1f} {one * 1e6:11.0f} "
            f"{one / base['one']:6.2f} {fixes * 1e3:13.1f} {compiled:>14} {stages:>9}"
        )
    return 0


def pick(estate: object) -> str:
    """An instance's ENI whose VPC has a way by TGW: the first, in order of ids."""
    enis = estate.network_interfaces  # type: ignore[attr-defined]
    wanted = [i for i in sorted(enis) if enis[i].interface_type == "interface" and enis[i].groups]
    attached = [i for i in wanted if enis[i].vpc_id in estate.vpc_attachments_by_vpc]  # type: ignore[attr-defined]
    return (attached or wanted)[0]


if __name__ == "__main__":
    sys.exit(main())
