"""walk and space run the same graphs: on random ones they must agree, packet by packet (ENG67)."""

from __future__ import annotations

import itertools
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from stage_graphs import PLACES, Draw, Listed, random_graph, walked

from tabiji.packet.header import FiveTuple
from tabiji.space import DEPENDS, OVERFLOW, Cube, explore, reach
from tabiji.walk import Flow, walk

HOME = PLACES[0]
FACTS = {"groups": frozenset("g"), "az": "x"}
FRACTIONS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
SEEDS = st.integers(0, 1 << 40)
SIZES = st.integers(2, 16)


def question(seed: int, size: int, intervals: bool = True) -> tuple[Listed, Cube, Random]:
    rng = Random(seed)
    return random_graph(rng, size, intervals), Draw(rng).cube(), rng


def points(cube: Cube, answers: list[Cube], rng: Random) -> set[FiveTuple]:
    """Packets inside and at the edges of the answers, and all over the question."""
    wire = cube.valid()
    out = {part.sample(rng) for part in wire for _ in range(8)}
    for answer in rng.sample(answers, min(12, len(answers))):
        edges = [p for p in answer.edges() if any(part.contains(p) for part in wire)]
        out |= {answer.witness(), answer.sample(rng), *rng.sample(edges, min(3, len(edges)))}
    return out


@settings(max_examples=250, deadline=None)
@given(SEEDS, SIZES)
def test_eng67_walk_and_reach_agree(seed: int, size: int) -> None:
    graph, cube, rng = question(seed, size)
    found = reach(graph, 0, cube, HOME, FACTS)
    for packet in points(cube, [region.cube for region in found.regions()], rng):
        region = found.find(packet)
        assert region is not None
        if region.kind == OVERFLOW:
            continue
        endings, _ = walked(graph, packet, HOME, FRACTIONS, FACTS)
        assert endings <= set(region.endings)
        if region.kind != DEPENDS:
            assert {ending.kind for ending in endings} == {region.kind}


@settings(max_examples=250, deadline=None)
@given(SEEDS, SIZES)
def test_every_ending_of_every_branch_is_found(seed: int, size: int) -> None:
    """Where only choices are open, reach claims no ending that walk cannot come to."""
    graph, cube, rng = question(seed, size, intervals=False)
    found = reach(graph, 0, cube, HOME, FACTS)
    for packet in points(cube, [region.cube for region in found.regions()], rng):
        region = found.find(packet)
        assert region is not None
        endings, whole = walked(graph, packet, HOME, (0.5,), FACTS)
        if region.kind != OVERFLOW and whole:
            assert endings == set(region.endings)


@settings(max_examples=100, deadline=None)
@given(SEEDS, SIZES)
def test_regions_are_disjoint_and_cover_the_question(seed: int, size: int) -> None:
    graph, cube, _ = question(seed, size)
    found = [region.cube for region in reach(graph, 0, cube, HOME, FACTS).regions()]
    for one, other in itertools.combinations(found[:60], 2):
        assert one.intersect(other).empty
    assert sum(part.size() for part in found) == sum(part.size() for part in cube.valid())


@settings(max_examples=150, deadline=None)
@given(SEEDS, SIZES)
def test_one_leg_comes_to_the_same_end_with_the_same_packet(seed: int, size: int) -> None:
    """A certain outcome of ``explore`` is what ``walk`` gives for each of its packets."""
    graph, cube, rng = question(seed, size)
    for outcome in explore(graph, 0, cube, FACTS)[:40]:
        if not outcome.certain or outcome.kind == OVERFLOW:
            continue
        for packet in (outcome.cube.witness(), outcome.cube.sample(rng)):
            leg = walk(graph, 0, packet, FACTS, Flow(), port=rng.random())
            assert leg.outcome == outcome.kind
            assert leg.end == outcome.end
            assert leg.facts == outcome.facts
            assert outcome.packet.contains(leg.packet)


@settings(max_examples=80, deadline=None)
@given(SEEDS, SIZES, st.integers(0, 60))
def test_bounds_end_in_overflow_never_in_a_wrong_answer(seed: int, size: int, limit: int) -> None:
    """With a tiny bound, whatever is still claimed is what the unbounded run says."""
    graph, cube, _ = question(seed, size)
    bounded = reach(graph, 0, cube, HOME, FACTS, limit=limit)
    full = reach(graph, 0, cube, HOME, FACTS)
    for region in bounded.regions():
        if region.kind != OVERFLOW:
            same = full.find(region.cube.witness())
            assert same is not None
            assert same.endings == region.endings
    assert sum(region.cube.size() for region in bounded.regions()) == sum(part.size() for part in cube.valid())
