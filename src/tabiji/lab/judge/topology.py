"""One topology judged: drawn, built, asked, compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from .compare import AGREE, DISAGREE, Disagreement, Judgement, judge
from .dense import dense_estate
from .predicted import Predictor
from .questions import Question, aimed_packets

if TYPE_CHECKING:
    from ...estate import Estate
    from ...fabric import Fabric
    from .testimony import Statement

KEPT = 3
"""Disagreements of a topology that are told."""


class Asked(NamedTuple):
    """A drawn network, what was asked in it and what the kernel said."""

    seed: int
    estate: Estate
    statements: list[Statement]
    uncovered: int
    """Things of the estate the lab left out."""


class Score(NamedTuple):
    """How one topology came out."""

    seed: int
    probes: int
    verdicts: int
    delivered: int
    counts: dict[str, int]
    """Results of both legs: ``agree``, ``disagree``, ``no claim``, ``uncovered``, ``lost``."""
    found: tuple[Disagreement, ...]


def draw(seed: int, probes: int) -> tuple[Estate, list[Question]]:
    """The network and the packets of a seed."""
    rng = Random(seed)
    estate = dense_estate(rng)
    return estate, aimed_packets(estate, rng, probes)


def ask(seed: int, probes: int) -> Asked:
    """Build a seed's network and send its packets.  Raises KernelError where that cannot be."""
    estate, questions = draw(seed, probes)
    statements, uncovered = ask_kernel(estate, questions)
    return Asked(seed, estate, statements, uncovered)


def ask_kernel(estate: Estate, questions: Sequence[Question]) -> tuple[list[Statement], int]:
    """What the kernel does with these packets, and how many things the lab left out."""
    from ..oracle import Oracle
    from ..plan.compile import compile_plan
    from .testimony import Witness

    plan = compile_plan(estate, hosts=False)
    with Oracle(plan) as oracle:
        return Witness(estate, oracle).hear(questions), len(plan.uncovered)


def score(asked: Asked, fabric: Callable[[Estate], Fabric] | None = None) -> Score:
    """Hold the walk to what the kernel did; ``fabric`` makes another one than the real."""
    predictor = Predictor(asked.estate, fabric(asked.estate) if fabric is not None else None)
    counts: dict[str, int] = {}
    found: list[Disagreement] = []
    verdicts = 0
    for statement in asked.statements:
        judged = judge(predictor, statement)
        verdicts += judged.verdicts
        for result in results(judged):
            counts[result] = counts.get(result, 0) + 1
        if judged.found is not None:
            found.append(judged.found)
    arrived = sum(t.forward.outcome == "delivered" for t in asked.statements)
    return Score(asked.seed, len(asked.statements), verdicts, arrived, counts, tuple(found))


def results(judged: Judgement) -> list[str]:
    """The results of the legs that were judged."""
    return [result for result in (judged.forward, judged.reply) if result]


def disagrees(estate: Estate, question: Question, signature: tuple[str, ...]) -> bool:
    """Do the two sides still disagree about one packet, in the same way?"""
    statements, _ = ask_kernel(estate, [question])
    found = judge(Predictor(estate), statements[0]).found
    return found is not None and found.signature == signature


__all__ = ["AGREE", "DISAGREE", "KEPT", "Asked", "Score", "ask", "ask_kernel", "disagrees", "draw", "score"]
