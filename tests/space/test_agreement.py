"""walk and space run the same graphs: on random ones they must agree, packet by packet (ENG67)."""

from __future__ import annotations

import itertools
import random

from stage_graphs import PLACES, Listed, cubes, graphs, walked
from hypothesis import given, settings
from hypothesis import strategies as st

from tabiji.packet.header import FiveTuple
from tabiji.space import DEPENDS, OVERFLOW, Cube, explore, reach
from tabiji.walk import Flow, walk

HOME = PLACES[0]
FRACTIONS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
FACTS = {"groups": frozenset("g"), "az": "x"}


def points(cube: Cube, answers: list[Cube], rng: random.Random) -> set[FiveTuple]:
    """Packets inside and at the edges of each answer, and all over the question."""
    wire = cube.valid()
    out = {part.sample(rng) for part in wire for _ in range(8)}
    for answer in answers[:40]:
        edges = [p for p in answer.edges() if any(part.contains(p) for part in wire)]
        out |= {answer.witness(), answer.sample(rng), *rng.sample(edges, min(3, len(edges)))}
    return out


@settings(max_examples=200, deadline=None)
@given(graphs(), cubes, st.randoms(use_true_random=False))
def test_eng67_walk_and_reach_agree(graph: Listed, cube: Cube, rng: random.Random) -> None:
    found = reach(graph, 0, cube, HOME, FACTS)
    for packet in points(cube, [region.cube for region in found.regions()], rng):
        region = found.find(packet)
        assert region is not None
        if region.kind == OVERFLOW:
            continue
        endings, whole = walked(graph, packet, HOME, FRACTIONS, FACTS)
        assert endings <= set(region.endings)
        if region.kind != DEPENDS:
            assert {ending.kind for ending in endings} == {region.kind}
        if len(region.endings) == 1:
            assert endings == set(region.endings)


@settings(max_examples=150, deadline=None)
@given(graphs(intervals=False), cubes, st.randoms(use_true_random=False))
def test_every_ending_of_every_branch_is_found(graph: Listed, cube: Cube, rng: random.Random) -> None:
    """Where only choices are open, reach claims no ending that walk cannot come to."""
    found = reach(graph, 0, cube, HOME, FACTS)
    for packet in points(cube, [region.cube for region in found.regions()], rng):
        region = found.find(packet)
        assert region is not None
        endings, whole = walked(graph, packet, HOME, (0.5,), FACTS)
        if region.kind != OVERFLOW and whole:
            assert endings == set(region.endings)


@settings(max_examples=100, deadline=None)
@given(graphs(), cubes)
def test_regions_are_disjoint_and_cover_the_question(graph: Listed, cube: Cube) -> None:
    found = list(reach(graph, 0, cube, HOME, FACTS).regions())
    for one, other in itertools.combinations(found, 2):
        assert one.cube.intersect(other.cube).empty
    assert sum(region.cube.size() for region in found) == sum(part.size() for part in cube.valid())


@settings(max_examples=150, deadline=None)
@given(graphs(intervals=False), cubes, st.randoms(use_true_random=False))
def test_one_leg_comes_to_the_same_end_with_the_same_packet(graph: Listed, cube: Cube, rng: random.Random) -> None:
    """A certain outcome of ``explore`` is what ``walk`` gives for each of its packets."""
    for outcome in explore(graph, 0, cube, FACTS):
        if not outcome.certain or outcome.kind == OVERFLOW:
            continue
        for packet in (outcome.cube.witness(), outcome.cube.sample(rng)):
            leg = walk(graph, 0, packet, FACTS, Flow())
            assert leg.outcome == outcome.kind
            assert leg.end == outcome.end
            assert leg.facts == outcome.facts
            assert outcome.packet.contains(leg.packet)


@settings(max_examples=60, deadline=None)
@given(graphs(), cubes, st.integers(0, 30))
def test_bounds_end_in_overflow_never_in_a_wrong_answer(graph: Listed, cube: Cube, limit: int) -> None:
    """With a tiny bound, whatever is still claimed is what the unbounded run says."""
    bounded = reach(graph, 0, cube, HOME, FACTS, limit=limit)
    full = reach(graph, 0, cube, HOME, FACTS)
    for region in bounded.regions():
        if region.kind != OVERFLOW:
            assert full.find(region.cube.witness()).endings == region.endings  # type: ignore[union-attr]
    assert sum(region.cube.size() for region in bounded.regions()) == sum(part.size() for part in cube.valid())
