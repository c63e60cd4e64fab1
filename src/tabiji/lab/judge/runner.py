"""Many topologies over several processes; what came out in the end."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from .compare import AGREE, DISAGREE, GONE, NO_CLAIM, UNCOVERED, Disagreement
from .topology import Score, ask, disagrees, draw, score

Progress = Callable[[int, int, int], None]
"""Told after each topology: how many are done, of how many, disagreements so far."""


class Summary(NamedTuple):
    """All scores together.  ``seconds`` is wall time, bring-up included."""

    topologies: int
    probes: int
    delivered: int
    verdicts: int
    counts: dict[str, int]
    seconds: float
    found: tuple[tuple[int, Disagreement], ...]
    """(seed, disagreement), one a signature and topology."""

    @property
    def rate(self) -> float:
        """Verdicts a second."""
        return self.verdicts / self.seconds if self.seconds else 0.0

    def share(self, result: str) -> float:
        """Share of legs with a result."""
        return self.counts.get(result, 0) / max(1, sum(self.counts.values()))

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "topologies": self.topologies,
            "probes": self.probes,
            "delivered": self.delivered,
            "verdicts": self.verdicts,
            "agree": self.counts.get(AGREE, 0),
            "mismatches": self.counts.get(DISAGREE, 0),
            "lost": self.counts.get(GONE, 0),
            "no_claim": self.counts.get(NO_CLAIM, 0),
            "uncovered": self.counts.get(UNCOVERED, 0),
            "seconds": round(self.seconds, 2),
            "verdicts_per_second": round(self.rate),
            "disagreements": [
                {
                    "seed": seed,
                    "from": found.question.source,
                    "packet": str(found.question.packet),
                    "leg": found.leg,
                    "differs": found.what,
                    "walk": str(found.predicted),
                    "kernel": str(found.observed),
                }
                for seed, found in self.found
            ],
        }


def judge_one(seed: int, probes: int) -> Score:
    """One seed, from drawing to score."""
    return score(ask(seed, probes))


def scores(seeds: range, probes: int, workers: int) -> Iterator[Score]:
    """Scores in the order of the seeds."""
    if workers < 2:
        yield from map(judge_one, seeds, repeat(probes))
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
        yield from pool.map(judge_one, seeds, repeat(probes), chunksize=2)


def run(topologies: int, probes: int, seed: int, workers: int, told: Progress | None = None) -> Summary:
    """Judge that many topologies from a seed on.  Raises KernelError."""
    started = time.monotonic()
    counts: Counter[str] = Counter()
    found: list[tuple[int, Disagreement]] = []
    asked = verdicts = arrived = done = 0
    for one in scores(range(seed, seed + topologies), probes, workers):
        done += 1
        asked += one.probes
        verdicts += one.verdicts
        arrived += one.delivered
        counts.update(one.counts)
        by_signature = {f.signature: f for f in reversed(one.found)}
        found += ((one.seed, f) for f in by_signature.values())
        if told is not None:
            told(done, topologies, counts[DISAGREE])
    return Summary(done, asked, arrived, verdicts, dict(counts), time.monotonic() - started, tuple(found))


def workers_here() -> int:
    """A process for each CPU this one may use."""
    return len(os.sched_getaffinity(0))


def write_scenario(folder: Path, seed: int, found: Disagreement, probes: int) -> Path:
    """Shrink the seed's network to the least that still shows it, and write that as a scenario."""
    from .scenario import expressible, scenario_of, text_of
    from .shrink import shrink

    estate, _ = draw(seed, probes)
    smallest = shrink(estate, lambda e: expressible(e) and disagrees(e, found.question, found.signature))
    folder.mkdir(parents=True, exist_ok=True)
    words = "-".join(w for w in (found.leg, found.predicted.code, found.observed.code) if w).replace(".", "-")
    file = folder / f"judge-{seed}-{words.replace(' ', '-')[:60]}.yaml"
    file.write_text(text_of(scenario_of(smallest, found, seed)), encoding="utf-8")
    return file
