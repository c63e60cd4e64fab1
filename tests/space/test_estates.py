"""walk and space agree on compiled estates: random networks, from an ENI to sets of destinations and back (ENG67).

TABIJI_ESTATES sets how many estates are drawn (default 120), TABIJI_FIRST_ESTATE the first seed.
"""

from __future__ import annotations

import os
from random import Random

import pytest
from stage_graphs import walked

from estates import Question, random_estate, random_packets
from tabiji.fabric import Fabric
from tabiji.fabric.stage import Place
from tabiji.packet.address import V4_ALL, V6_ALL, is_v6
from tabiji.packet.header import ICMP, ICMPV6, FiveTuple
from tabiji.packet.ranges import Ranges
from tabiji.space import DEPENDS, OVERFLOW, Cube, explore, reach
from tabiji.walk import Flow, walk

ESTATES = int(os.environ.get("TABIJI_ESTATES", "120"))
FIRST = int(os.environ.get("TABIJI_FIRST_ESTATE", "0"))
BATCHES = 12
FRACTIONS = (0.0, 0.5, 1.0)
LIMIT = 20_000


def around(packet: FiveTuple, rng: Random) -> Cube:
    """A question the packet lies in.

    One source, now and then its neighbours too; the destination, its /28, /16
    or whole family; one protocol or several; all ports.
    """
    spans: list[Ranges] = [((packet.dst, packet.dst),)]
    for bits in (4, 16):
        low = packet.dst >> bits << bits
        spans.append(((low, low + (1 << bits) - 1),))
    spans.append((V6_ALL if is_v6(packet.dst) else V4_ALL,))
    source = rng.choice((packet.src, packet.src, (packet.src >> 4 << 4, packet.src | 15)))
    if packet.proto in (ICMP, ICMPV6):
        return Cube.of(source, rng.choice(spans), packet.proto, 0)
    protocols = rng.choice((packet.proto, packet.proto, tuple(sorted({(6, 6), (17, 17), (packet.proto,) * 2}))))
    return Cube.of(source, rng.choice(spans), protocols)


def points(cube: Cube, answers: list[Cube], rng: Random) -> set[FiveTuple]:
    """Packets inside and at the edges of the answers that lie in the question."""
    out = set()
    for answer in rng.sample(answers, min(8, len(answers))):
        near = [p for p in answer.edges() if any(part.contains(p) for part in cube.valid())]
        out |= {answer.witness(), answer.sample(rng), *rng.sample(near, min(4, len(near)))}
    return out


def starting(fabric: Fabric, question: Question) -> tuple[int, Place]:
    if question.source == "internet":
        return fabric.leave_internet()
    if question.source in fabric.estate.sites:
        return fabric.leave_site(question.source, question.packet.src)
    return fabric.leave_eni(question.source)


def check(fabric: Fabric, question: Question, rng: Random) -> None:
    start, home = starting(fabric, question)
    cube = around(question.packet, rng)
    found = reach(fabric, start, cube, home, limit=LIMIT)
    asked = {question.packet} | points(cube, [region.cube for region in found.regions()], rng)
    for packet in asked:
        region = found.find(packet)
        assert region is not None, (question, packet)
        if region.kind == OVERFLOW:
            continue
        endings, _ = walked(fabric, packet, home, FRACTIONS, start=start)
        assert endings <= set(region.endings), (question, packet)
        if region.kind != DEPENDS:
            assert {ending.kind for ending in endings} == {region.kind}, (question, packet)
    for outcome in explore(fabric, start, cube, limit=LIMIT)[:12]:
        if outcome.certain and outcome.kind != OVERFLOW:
            leg = walk(fabric, start, outcome.cube.sample(rng), {}, Flow())
            assert (leg.outcome, leg.end) == (outcome.kind, outcome.end), (question, leg)
            assert outcome.packet.contains(leg.packet), (question, leg)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_eng67_walk_and_reach_agree_on_random_estates(batch: int) -> None:
    for seed in range(FIRST + batch, FIRST + ESTATES, BATCHES):
        rng = Random(seed)
        estate = random_estate(rng)
        fabric = Fabric(estate)
        for question in random_packets(estate, rng, 4, "any"):
            check(fabric, question, rng)
