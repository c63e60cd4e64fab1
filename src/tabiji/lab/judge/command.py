"""``tabiji lab judge``: the walk held to what the kernel does."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from .compare import NO_CLAIM, UNCOVERED
from .runner import Summary, run, workers_here, write_scenario

OK, MISMATCH, UNDETERMINED, USAGE = 0, 2, 3, 64
SHRUNK = 5
"""Disagreements that are shrunk in one run."""


def main(argv: list[str] | None = None) -> int:
    """Run it; the exit code: 0 both agree, 2 they do not, 3 this machine cannot tell, 64 usage."""
    parser = _parser()
    try:
        wanted = parser.parse_args(argv)
    except SystemExit as stop:
        return USAGE if stop.code else OK
    from ..oracle import usable

    why = usable()
    if why:
        print(f"tabiji lab judge: no lab on this machine: {why}", file=sys.stderr)
        return UNDETERMINED
    told = None if wanted.quiet else _progress
    summary = run(wanted.topologies, wanted.probes, wanted.seed, wanted.workers, told)
    if told is not None:
        print(file=sys.stderr)
    print(json.dumps(summary.as_data(), indent=2) if wanted.json else text(summary))
    if summary.found and wanted.scenarios:
        _shrink(summary, Path(wanted.scenarios), wanted.probes)
    return MISMATCH if summary.found else OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tabiji lab judge",
        description="Random networks and packets: what tabiji says against what the kernel does.",
    )
    parser.add_argument("--topologies", type=_count, default=20, metavar="N", help="networks to draw (20)")
    parser.add_argument("--probes", type=_count, default=200, metavar="M", help="packets in each (200)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="seed of the first network (1)")
    parser.add_argument("--workers", type=_count, default=workers_here(), metavar="W", help="processes (one a CPU)")
    parser.add_argument("--scenarios", metavar="DIR", help="shrink disagreements and write them there as scenarios")
    parser.add_argument("--json", action="store_true", help="the summary as JSON")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress")
    return parser


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _progress(done: int, of: int, mismatches: int) -> None:
    print(f"\r{done}/{of} topologies, {mismatches} mismatches", end="", file=sys.stderr, flush=True)


def text(summary: Summary) -> str:
    """The summary for people."""
    data = summary.as_data()
    share = 100 * summary.delivered / max(1, summary.probes)
    lines = [
        f"{summary.topologies} topologies, {summary.probes} packets ({share:.0f} % delivered), both directions",
        f"{data['mismatches']} mismatches, {data['lost']} lost, {summary.verdicts} verdicts in "
        f"{summary.seconds:.1f} s = {summary.rate:.0f}/s",
        f"no claim by walk {100 * summary.share(NO_CLAIM):.2f} %, not covered by the lab "
        f"{100 * summary.share(UNCOVERED):.2f} %",
    ]
    for row in data["disagreements"]:
        lines += [
            f"seed {row['seed']}: {row['packet']} from {row['from']}, {row['leg']}: differ in {row['differs']}",
            f"  walk:   {row['walk']}",
            f"  kernel: {row['kernel']}",
        ]
    return "\n".join(lines)


def _shrink(summary: Summary, folder: Path, probes: int) -> None:
    seen: set[tuple[str, ...]] = set()
    for seed, found in summary.found:
        if found.signature in seen or len(seen) >= SHRUNK:
            continue
        seen.add(found.signature)
        print(f"shrinking seed {seed}: {found.leg} {found.what}...", file=sys.stderr)
        print(write_scenario(folder, seed, found, probes), file=sys.stderr)
