"""Loading describe-* JSON: time against a plain decode of the same bytes, and peak memory.

    python bench/load.py [--megabytes 100] [FOLDER...]

Every measurement runs in a fresh process; times are the best of ``--rounds``.
The plain decode is ``msgspec.json.decode`` without a schema, its results kept
and the garbage collector off, as in the loader.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def files(folder: str) -> list[Path]:
    return sorted(Path(folder).rglob("*.json"))


def plain(folder: str) -> float:
    """Seconds to decode every file without a schema, reading included."""
    import gc

    import msgspec

    gc.disable()
    start = time.perf_counter()
    kept = [msgspec.json.decode(path.read_bytes()) for path in files(folder)]
    spent = time.perf_counter() - start
    assert kept
    return spent


def load(folder: str) -> float:
    """Seconds to load the estate."""
    from tabiji.sources import load

    imported()
    start = time.perf_counter()
    estate = load(folder)
    spent = time.perf_counter() - start
    assert estate.tables
    return spent


def empty(folder: str) -> float:
    """Nothing: the memory of the interpreter with the same modules."""
    imported()
    return 0.0


def imported() -> None:
    """Import what a load imports: starting up is measured elsewhere."""
    import tabiji.sources.describe  # noqa: F401
    from tabiji.estate.kinds import KINDS

    for kind in KINDS:
        assert kind.record is not None


MEASURES = {"plain": plain, "load": load, "empty": empty}


def run(measure: str, folder: str, rounds: int) -> tuple[float, int]:
    """Best time in seconds and peak resident memory in bytes, each round in a process of its own."""
    times, peak = [], 0
    for _ in range(rounds):
        out = subprocess.run(
            [sys.executable, __file__, "--measure", measure, folder], check=True, capture_output=True, text=True
        )
        seconds, kilobytes = out.stdout.split()
        times.append(float(seconds))
        peak = max(peak, int(kilobytes) * 1024)
    return min(times), peak


def report(name: str, folder: str, rounds: int) -> None:
    size = sum(path.stat().st_size for path in files(folder))
    decode, _ = run("plain", folder, rounds)
    loaded, peak = run("load", folder, rounds)
    _, base = run("empty", folder, 1)
    print(
        f"{name:24} {size / 1e6:8.1f} MB  decode {decode * 1e3:8.1f} ms  load {loaded * 1e3:8.1f} ms"
        f"  ratio {loaded / decode:5.2f} (aim 2)  peak {peak / 1e6:7.1f} MB = {peak / size:5.2f} x file size (aim 4;"
        f" {base / 1e6:.1f} MB without data)"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", nargs="*")
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--measure", choices=MEASURES)
    said = parser.parse_args()
    if said.measure:
        seconds = MEASURES[said.measure](said.folders[0])
        print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        return
    demo = Path(__file__).resolve().parents[2] / "shared" / "real-aws" / "aws_demo"
    for folder in said.folders or ([str(demo)] if demo.is_dir() else []):
        report(Path(folder).name, folder, said.rounds)
    if not said.folders:
        with tempfile.TemporaryDirectory() as folder:
            make(folder, 1000)
            each = sum(path.stat().st_size for path in files(folder)) / 1000
        with tempfile.TemporaryDirectory() as folder:
            make(folder, int(said.megabytes * 1e6 / each))
            report(f"synthetic {said.megabytes} MB", folder, said.rounds)


def make(folder: str, enis: int) -> None:
    """Generate in a process of its own: a child's peak memory starts from its parent's."""
    script = Path(__file__).with_name("generate.py")
    subprocess.run([sys.executable, str(script), folder, "--enis", str(enis)], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
