"""The algebra of header sets, against plain Python sets."""

from __future__ import annotations

from itertools import product
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tabiji.packet.address import V6_MAX, parse_address
from tabiji.packet.header import FiveTuple
from tabiji.packet.ranges import normalise
from tabiji.space import Cube
from tabiji.space.cube import merge

small = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=2).map(normalise)
cubes = st.builds(Cube, small, small, st.just(((6, 6),)), small, small)


def members(cube: Cube) -> set[tuple[int, ...]]:
    return set(product(*([v for low, high in ranges for v in range(low, high + 1)] for ranges in cube)))


@given(cubes, cubes)
def test_algebra(a: Cube, b: Cube) -> None:
    assert members(a.intersect(b)) == members(a) & members(b)
    rest = a.subtract(b)
    assert set().union(*map(members, rest)) == members(a) - members(b)
    assert sum(part.size() for part in rest) == len(members(a) - members(b))
    assert a.empty == (not members(a))
    merged = [Cube(*box) for box in merge([tuple(part) for part in rest])]
    assert set().union(*map(members, merged)) == members(a) - members(b)
    assert sum(part.size() for part in merged) == len(members(a) - members(b))


@given(cubes, st.integers(0, 1 << 30))
def test_points(cube: Cube, seed: int) -> None:
    if cube.empty:
        return
    assert cube.contains(cube.witness())
    assert cube.contains(cube.sample(Random(seed)))
    inside = [cube.contains(packet) for packet in cube.edges()]
    assert any(inside)
    assert [tuple(p) in members(cube) for p in cube.edges()] == inside


def test_of() -> None:
    v6 = parse_address("2001:db8::1")
    cube = Cube.of(src=v6, dst=(1, 5), sport=((1, 2), (3, 4)))
    assert cube == Cube(((v6, v6),), ((1, 5),), ((0, 255),), ((1, 4),), ((0, 65535),))
    assert Cube.of().contains(FiveTuple(V6_MAX, 0, 255, 65535, 65535))
    assert Cube.of(src=()).empty
    assert Cube.exactly(FiveTuple(1, 2, 6, 3, 4)) == Cube.of(1, 2, 6, 3, 4)


def test_valid_packets_of_icmp_have_no_source_port() -> None:
    ported, echo = Cube.of(1, 2, ((1, 1), (6, 6)), (0, 9), 8 << 8).valid()
    assert (ported.proto, ported.sport) == (((6, 6),), ((0, 9),))
    assert (echo.proto, echo.sport) == (((1, 1),), ((0, 0),))
    assert Cube.of(1, 2, 1, (1, 9), 0).valid() == []
