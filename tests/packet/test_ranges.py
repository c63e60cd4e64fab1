from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tabiji.packet.ranges import contains, intersect, normalise, size, subtract, union

INTERVALS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8)
SETS = INTERVALS.map(normalise)


def members(ranges):
    return {value for low, high in ranges for value in range(low, high + 1)}


@given(INTERVALS)
def test_normal_form_is_sorted_disjoint_and_says_the_same(rows):
    ranges = normalise(rows)
    assert members(ranges) == {value for low, high in rows for value in range(low, high + 1)}
    assert all(a[1] + 1 < b[0] for a, b in pairwise(ranges))
    assert size(ranges) == len(members(ranges))


@given(SETS, SETS)
def test_algebra_agrees_with_sets(a, b):
    assert members(union(a, b)) == members(a) | members(b)
    assert members(intersect(a, b)) == members(a) & members(b)
    assert members(subtract(a, b)) == members(a) - members(b)
    for result in (union(a, b), intersect(a, b), subtract(a, b)):
        assert result == normalise(result)


@given(SETS, st.integers(-1, 62))
def test_membership(a, value):
    assert contains(a, value) == (value in members(a))
