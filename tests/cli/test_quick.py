"""The quick reader of command lines never says anything else than argparse does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tabiji.cli import UsageError
from tabiji.cli.arguments import parse
from tabiji.cli.quick import FLAGS, VALUES, quick

WORDS = [
    "trace", "trace", "a", "b", "10.0.0.1:22", "--port", "22", "0", "99999", "--overlay", "x.yaml", "en", "ja", "fr",
    "json", "always", "udp", "--", "-h", "--bogus", "--lang=ja", "--fo", "", *FLAGS, *VALUES,
]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=9))
def test_agrees_with_argparse_wherever_it_answers(argv: list[str]) -> None:
    found = quick(argv)
    if found is not None:
        slow = parse(argv)
        assert slow is not None
        assert vars(found) == vars(slow)


@pytest.mark.parametrize(
    "argv",
    [
        ["trace", "-n", "e", "a", "b"],
        ["-n", "e", "trace", "a", "--port", "22", "b", "--udp"],
        ["--overlay", "1", "trace", "--overlay", "2", "a", "b", "--lang", "ja", "--format", "json", "--color", "never"],
        ["trace", "--batch", "--forward-only", "--first-blocker", "--explain"],
        ["trace"],
    ],
)
def test_answers_plain_lines(argv: list[str]) -> None:
    found, slow = quick(argv), parse(argv)
    assert found is not None
    assert slow is not None
    assert vars(found) == vars(slow)


@pytest.mark.parametrize(
    "argv",
    [
        [], ["show"], ["trace", "--help"], ["trace", "a", "b", "--bogus"], ["trace", "--lang", "fr"],
        ["trace", "--port", "x"], ["--udp", "trace"], ["trace", "--udp", "--icmp"], ["trace", "-n"],
        ["--all-blockers", "trace", "--first-blocker"], ["a", "trace"], ["trace", "--lang=ja"],
    ],
)  # fmt: skip
def test_leaves_the_rest_to_argparse(argv: list[str]) -> None:
    assert quick(argv) is None


def test_argparse_refuses_what_excludes_each_other() -> None:
    with pytest.raises(UsageError):
        parse(["trace", "--udp", "--icmp"])
