"""Text for a terminal: width of East Asian text, wrapping, colour, symbols.

Small on purpose: a library that does the same costs more start-up time than
a whole trace.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence

MAX_WIDTH = 120
PIPE_WIDTH = 100
"""Width used when the output is no terminal."""

_CODES = {
    "bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36",
    "good": "32", "bad": "1;31", "odd": "1;33",
}  # fmt: skip
_ASCII = {"✓": "+", "✗": "x", "→": "->", "·": "-", "⇄": "~", "…": "..", "│": "|", "─": "-", "●": "*"}


class Style:
    """How text is dressed: plain, or with ANSI colours; ``width`` in columns."""

    __slots__ = ("colour", "width")

    def __init__(self, colour: bool = False, width: int = PIPE_WIDTH) -> None:
        self.colour = colour
        self.width = width

    def __call__(self, text: str, *names: str) -> str:
        """The text in a style: bold, dim, red, green, yellow, blue, cyan, good, bad, odd."""
        if not self.colour or not text or not names:
            return text
        return f"\x1b[{';'.join(_CODES[name] for name in names)}m{text}\x1b[0m"


def style_for(choice: str = "auto") -> Style:
    """The style of standard output: ``choice`` is auto, always or never; NO_COLOR and TERM=dumb are honoured."""
    terminal = sys.stdout.isatty()
    if choice == "auto":
        colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    else:
        colour = choice == "always"
    width = PIPE_WIDTH
    columns = os.environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and int(columns):
        width = int(columns)
    elif terminal:
        try:
            width = os.get_terminal_size(sys.stdout.fileno()).columns
        except (OSError, ValueError):
            width = PIPE_WIDTH
    return Style(colour, max(40, min(width, MAX_WIDTH)))


def cells(text: str) -> int:
    """Columns a text takes (without escape codes); East Asian wide characters take two."""
    if text.isascii():
        return len(text)
    return sum(map(_cell, text))


def _cell(char: str) -> int:
    code = ord(char)
    if code < 0x300 or 0x2000 < code < 0x2E80:  # Latin; arrows, ticks and circled digits: one column
        return 1
    from unicodedata import combining, east_asian_width

    if combining(char):
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def wrap(text: str, width: int, first: int = 0) -> list[str]:
    """Lines of at most ``width`` columns; the first one has ``first`` columns less.

    Breaks at spaces and, in East Asian text, between characters; a word that
    is too long stays whole.
    """
    lines: list[str] = []
    line, used, room = "", 0, width - first
    for word in _words(text):
        size = cells(word)
        if line.strip() and used + cells(word.rstrip()) > room:
            lines.append(line.rstrip())
            word = word.lstrip()
            line, used, room, size = "", 0, width, cells(word)
        line += word
        used += size
    if line.strip() or not lines:
        lines.append(line.rstrip())
    return lines


_NO_START = "。、，．）」』】:;!?：；！？ー々)"


def _words(text: str) -> Iterable[str]:
    """Pieces between which a line may break; a piece keeps the spaces behind it."""
    word = ""
    for i, char in enumerate(text):
        wide = ord(char) >= 0x2E80
        if word and (
            (word[-1] == " " and char != " ") or (wide and char not in _NO_START and word[-1] not in "「『（(")
        ):
            yield word
            word = ""
        word += char
        following = text[i + 1] if i + 1 < len(text) else ""
        if wide and following and following not in _NO_START and following != " " and ord(following) < 0x2E80:
            yield word
            word = ""
    if word:
        yield word


def pad(text: str, width: int) -> str:
    """The text filled up with spaces to a width in columns."""
    return text + " " * max(0, width - cells(text))


def table(
    rows: Sequence[Sequence[str]], style: Style, indent: int = 2, right: frozenset[int] = frozenset()
) -> list[str]:
    """Rows in columns; ``right`` are the columns set flush right.  The last column is never cut."""
    if not rows:
        return []
    widths = [max(cells(row[i]) for row in rows if i < len(row)) for i in range(max(map(len, rows)))]
    lines = []
    for row in rows:
        parts = []
        for i, text in enumerate(row):
            fill = " " * (widths[i] - cells(text))
            parts.append(fill + text if i in right else text + fill)
        lines.append((" " * indent + "  ".join(parts)).rstrip())
    return lines


def circled(number: int) -> str:
    """①, ②... ㊿, then (51)."""
    if 1 <= number <= 20:
        return chr(0x245F + number)
    if 21 <= number <= 35:
        return chr(0x3251 + number - 21)
    if 36 <= number <= 50:
        return chr(0x32B1 + number - 36)
    return f"({number})"


def ascii_only(text: str) -> str:
    """The text for an output that knows no Unicode."""
    out = []
    for char in text:
        if char.isascii():
            out.append(char)
        elif 0x2460 <= ord(char) <= 0x2473:
            out.append(f"({ord(char) - 0x245F})")
        else:
            out.append(_ASCII.get(char, "?"))
    return "".join(out)
