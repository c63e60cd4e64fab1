"""Reading a HAR in pieces: the same as reading it whole, bounded, and never a surprise."""

from __future__ import annotations

import io
import json
import tracemalloc
from typing import Any

import pytest
from hars import story_4
from hypothesis import given
from hypothesis import strategies as st

from tabiji.observe.har import pieces
from tabiji.observe.har.pieces import Broken, Piece, Pieces

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.text(max_size=12)
    | st.sampled_from(['"', "\\", "]}", "{["]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
ENTRY = st.dictionaries(st.text(max_size=6), JSON, max_size=4)


class Trickle(io.BytesIO):
    """Gives a few bytes at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(7)


def split(text: bytes, file: type[io.BytesIO] = io.BytesIO) -> tuple[list[Piece], Pieces, Broken | None]:
    told, out = Pieces(file(text)), []
    try:
        for piece in told:
            out.append(piece)
    except Broken as error:
        return out, told, error
    return out, told, None


@given(st.lists(ENTRY, max_size=5), JSON, JSON, st.sampled_from([None, 1]), st.booleans())
def test_pieces_are_what_the_whole_holds(entries: list[Any], before: Any, after: Any, indent: Any, slow: bool) -> None:
    whole = {"x": before, "log": {"pages": [before], "entries": entries, "comment": after}, "entries": [after]}
    text = json.dumps(whole, indent=indent).encode()
    found, told, broken = split(text, Trickle if slow else io.BytesIO)
    assert broken is None
    assert [piece.value for piece in found] == entries
    assert all(text[piece.offset : piece.offset + 1] == b"{" for piece in found)
    whole["log"]["entries"] = []
    assert told.frame() == whole


@given(st.data())
def test_cut_anywhere_gives_the_entries_before_the_cut(data: st.DataObject) -> None:
    text = json.dumps(story_4().har()).encode()
    every = json.loads(text)["log"]["entries"]
    cut = data.draw(st.integers(0, len(text) - 1))
    found, _, broken = split(text[:cut])
    assert broken is not None
    assert broken.offset <= cut
    assert [piece.value for piece in found] == every[: len(found)]
    assert len(found) == sum(text[:cut].count(json.dumps(entry).encode()) > 0 for entry in every)


@given(st.binary(max_size=60), st.integers(0, 400))
def test_garbage_is_an_answer_or_broken(noise: bytes, at: int) -> None:
    text = json.dumps(story_4().har()).encode()
    split(noise)
    split(text[:at] + noise + text[at:])


def test_a_bad_entry_costs_only_itself() -> None:
    found, _, broken = split(b'{"log":{"entries":[{"a":1},{"b":tru},[2],{"c":3}]}}')
    assert broken is None
    assert [piece.value for piece in found] == [{"a": 1}, None, None, {"c": 3}]
    assert "not JSON" in found[1].problem
    assert found[2].problem == "not an object"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "the file is empty"),
        (b"hello", "this is not JSON"),
        (b'\xff\xfe{\0"\0', "this is UTF-16; save it as UTF-8"),
        (b'{"log":{"entries":[{]', "unexpected ']'"),
        (b'{"log":{"entries":[{"a":"', "the file ends here"),
        (b'{"log":{"entries":[' + b"[" * 9999, "nested more than 4096 deep"),
    ],
)
def test_where_it_breaks(text: bytes, reason: str) -> None:
    assert str(split(text)[2]) == reason


def test_what_browsers_write_against_the_rules() -> None:
    text = b'\xef\xbb\xbf{"log":{"entries":[{"a":"\\ud800"},{"b":"\xff"},{"c":"tab\there"},{"d":NaN}]}}'
    found, _, broken = split(text)
    assert broken is None
    assert [piece.problem for piece in found] == [""] * 4
    assert found[2].value == {"c": "tab\there"}


def test_nesting_within_the_limit_is_an_entry_lost() -> None:
    deep = b'{"a":' * 3000 + b"1" + b"}" * 3000
    found, _, broken = split(b'{"log":{"entries":[' + deep + b',{"ok":1}]}}')
    assert broken is None
    assert (found[0].problem, found[1].value) == ("not JSON: nested too deep", {"ok": 1})


def test_a_huge_string_is_cut_and_memory_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "STRETCH", 1 << 18)
    monkeypatch.setattr(pieces, "READ", 1 << 16)
    body = b'\\"\xe6\x97\xa5' * (1 << 20)
    text = b'{"log":{"entries":[{"t":"' + body + b'","k":1},{"m":2}]}}'
    file = io.BytesIO(text)
    tracemalloc.start()
    try:
        found = list(Pieces(file))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found[0].value["k"] == 1
    assert found[0].value["t"] == ('"日' * (1 << 20))[: len(found[0].value["t"])]
    assert found[1] == (2, text.index(b'{"m"'), {"m": 2}, "")
    assert peak < len(text) // 2


def test_too_large_an_entry_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "ENTRY_LIMIT", 1 << 16)
    found, _, broken = split(b'{"log":{"entries":[{"t":[' + b"{}," * 50_000 + b'1]},{"k":1}]}}')
    assert broken is None
    assert found[0].problem.startswith("larger than")
    assert found[1].value == {"k": 1}
