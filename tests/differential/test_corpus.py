"""Twenty fixed networks: what the walk says against what the kernel does, and wrong walks caught by it (LAB61).

TABIJI_CORPUS sets how many packets are sent in each (default 150).
"""

from __future__ import annotations

import os
from functools import cache

import pytest
from mutants import MUTANTS

from tabiji.fabric import Fabric
from tabiji.lab.judge.compare import AGREE, DISAGREE, GONE, NO_CLAIM, UNCOVERED
from tabiji.lab.judge.topology import Asked, ask, score
from tabiji.lab.oracle import usable

SEEDS = (4, 5, 12, 14, 15, 17, 23, 28, 32, 35, 36, 47, 50, 53, 54, 55, 56, 58, 59, 60)
"""Chosen so that at least two of the networks show each wrong variant."""
PROBES = int(os.environ.get("TABIJI_CORPUS", "150"))
pytestmark = pytest.mark.skipif(bool(usable()), reason=f"no lab on this machine: {usable()}")


@cache
def asked(seed: int) -> Asked:
    """What the kernel did; asked once, held against many fabrics."""
    return ask(seed, PROBES)


@pytest.mark.parametrize("seed", SEEDS)
def test_lab53_walk_and_kernel_agree(seed: int) -> None:
    found = score(asked(seed))
    assert not found.found, "\n".join(f"{f.question}\n {f.leg}: {f.predicted}\n {f.observed}" for f in found.found)
    assert GONE not in found.counts


def test_lab52_much_arrives_and_little_goes_unjudged() -> None:
    scores = [score(asked(seed)) for seed in SEEDS]
    legs = {r: sum(s.counts.get(r, 0) for s in scores) for r in (AGREE, DISAGREE, NO_CLAIM, UNCOVERED, GONE)}
    assert 0.25 <= sum(s.delivered for s in scores) / sum(s.probes for s in scores) <= 0.6
    assert legs[NO_CLAIM] + legs[UNCOVERED] < 0.05 * sum(legs.values()), legs


@pytest.mark.parametrize("name", MUTANTS)
def test_lab56_a_wrong_walk_is_caught(name: str) -> None:
    with MUTANTS[name].patch():
        assert any(score(asked(seed), Fabric).found for seed in SEEDS)
