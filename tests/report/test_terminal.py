"""Width, wrapping and symbols."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tabiji.report.terminal import Style, ascii_only, cells, circled, pad, style_for, table, wrap


def test_wide_characters_take_two_columns() -> None:
    assert [cells(t) for t in ("abc", "日本", "①→✓", "ｱ", "e\u0301", "전")] == [3, 4, 3, 1, 1, 2]


@given(st.text(alphabet="ab 日本語、。「」(①→", max_size=80), st.integers(4, 30))
def test_wrapping_loses_nothing_but_spaces(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        # Only a piece that cannot be broken may be too long: one word, with the marks that hold on to it.
        assert cells(line) <= width or " " not in line.strip()


def test_japanese_breaks_anywhere_but_not_before_a_full_stop() -> None:
    lines = wrap("あいうえおかきくけこ。", 20)
    assert lines == ["あいうえおかきくけ", "こ。"]


def test_words_break_at_spaces() -> None:
    assert wrap("one two three", 8) == ["one two", "three"]


def test_numbers_go_on_beyond_fifty() -> None:
    assert [circled(n) for n in (1, 20, 21, 35, 36, 50, 51, 120)] == ["①", "⑳", "㉑", "㉟", "㊱", "㊿", "(51)", "(120)"]


def test_table_columns_line_up_with_wide_text() -> None:
    rows = table([("日本", "1"), ("a", "20")], Style(), indent=0, right=frozenset((1,)))
    assert rows == ["日本   1", "a     20"]
    assert cells(pad("日本", 6)) == 6


def test_colour_needs_a_terminal_and_no_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "90")
    assert style_for().colour
    assert style_for().width == 90
    assert not style_for("never").colour
    monkeypatch.setenv("NO_COLOR", "1")
    assert not style_for().colour
    assert style_for("always").colour
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setattr("sys.stdout.isatty", lambda: False, raising=False)
    assert not style_for().colour


def test_ascii_terminals_get_ascii() -> None:
    assert ascii_only("① ✓ a → b") == "(1) + a -> b"
