"""The judge at length: agreement over many networks, verdicts a second, how soon each wrong variant is caught.

    bench/differential.py [--topologies 500] [--probes 200] [--seed 1] [--workers N] [--no-mutants] [--json FILE]

Exit code 1 if walk and kernel disagree, a packet is lost, or a wrong variant is not caught in LIMIT seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1] / "tests" / "differential")]

from mutants import MUTANTS, Mutant  # noqa: E402

from tabiji.fabric import Fabric  # noqa: E402
from tabiji.lab.judge.command import text  # noqa: E402
from tabiji.lab.judge.runner import run, workers_here  # noqa: E402
from tabiji.lab.judge.topology import ask, score  # noqa: E402
from tabiji.lab.oracle import usable  # noqa: E402

LIMIT = 30.0
"""Seconds within which a wrong variant must be caught."""
FIRST_SEED = 100_000
"""Of the networks the wrong variants are tried on, in one process."""


def caught(mutant: Mutant, probes: int) -> dict[str, Any]:
    """Topologies, packets and seconds until the first disagreement; bring-up and comparison of all included."""
    started = time.monotonic()
    seed = FIRST_SEED
    while time.monotonic() - started < 4 * LIMIT:
        asked = ask(seed, probes)
        with mutant.patch():
            found = score(asked, Fabric).found
        seed += 1
        if found and not score(asked).found:  # the real one agrees there
            break
        found = ()
    seconds = time.monotonic() - started
    return {
        "mutant": mutant.name,
        "facts": list(mutant.facts),
        "caught": bool(found),
        "topologies": seed - FIRST_SEED,
        "packets": (seed - FIRST_SEED) * probes,
        "mismatches": len(found),
        "seconds": round(seconds, 2),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--topologies", type=int, default=500)
    parser.add_argument("--probes", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=workers_here())
    parser.add_argument("--no-mutants", action="store_true")
    parser.add_argument("--json", default="")
    wanted = parser.parse_args()
    why = usable()
    if why:
        print(f"no lab on this machine: {why}")
        return 0
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} CPUs, {wanted.workers} processes")
    summary = run(wanted.topologies, wanted.probes, wanted.seed, wanted.workers)
    print(text(summary))
    rows = [] if wanted.no_mutants else [told(caught(mutant, wanted.probes)) for mutant in MUTANTS.values()]
    data = {"load": os.getloadavg()[0], "workers": wanted.workers, **summary.as_data(), "mutants": rows}
    if wanted.json:
        Path(wanted.json).write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    late = [row["mutant"] for row in rows if not row["caught"] or row["seconds"] > LIMIT]
    if late:
        print(f"not caught within {LIMIT:.0f} s: {', '.join(late)}")
    return 1 if data["mismatches"] or data["lost"] or late else 0


def told(row: dict[str, Any]) -> dict[str, Any]:
    """Print a row as it comes."""
    state = "caught" if row["caught"] else "NOT CAUGHT"
    print(
        f"{row['mutant']:55} {state} after {row['topologies']:3} x {row['packets'] // row['topologies']} packets, "
        f"{row['seconds']:6.2f} s, {row['mismatches']} mismatches",
        flush=True,
    )
    return row


if __name__ == "__main__":
    sys.exit(main())
