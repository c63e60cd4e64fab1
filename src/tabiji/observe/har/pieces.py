"""A HAR file in pieces: its entries one by one, then everything around them.

A HAR of a long session has hundreds of megabytes, so it is never held as a
whole.  A scanner follows brackets and strings only; what lies between two
brackets of the entries' depth is one entry, decoded by itself.  Hence a
damaged entry costs that entry, not the file, and memory is bounded by the
largest entry (``ENTRY_LIMIT``); in a larger one strings longer than
``STRING_LIMIT`` are cut.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

import msgspec

STRING_LIMIT = 1 << 16
"""Bytes kept of one string where an entry is too large, or the string is (an encoded body, mostly)."""
ENTRY_LIMIT = 8 << 20
"""Bytes of an entry, after long strings are cut; a larger one is left out."""
READ = 1 << 20
STRETCH = 4 << 20
"""Bytes without a bracket after which an unfinished string is cut while it is read."""
DEPTH_LIMIT = 4096


def _levels(count: int) -> bytes:
    """A pattern for text that opens no more than ``count`` levels and closes each of them."""
    inner = _levels(count - 1) if count else b""
    nested = rb"|\{" + inner + rb"\}|\[" + inner + rb"\]" if count else b""
    # In Python 3.11.2 a possessive repeat goes on where its failed turn gave up; (?!) has it give up where it began.
    return rb'(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.|(?!))*+"' + nested + rb"|(?!))*+"


_LEAVES = re.compile(_levels(3), re.S)
"""Most of an entry in one step: what is nested deeper is taken bracket by bracket."""
_NO_BRACKET = re.compile(_levels(0), re.S)
_TO_BRACKET = re.compile(_levels(0) + rb"[{}\[\]]", re.S)
_IN_STRING = re.compile(rb'(?:[^"\\]++|\\.|(?!))*+', re.S)
_STRING = re.compile(rb'"((?:[^"\\]++|\\.|(?!))*+)"', re.S)
_KEY = re.compile(rb'"([^"\\]{0,64})"\s*:\s*$')
_BRACKETS = (b"{", b"}", b"[", b"]")
_ENTRIES = [b"", b"log", b"entries"]
_OPENS = {ord("}"): ord("{"), ord("]"): ord("[")}


class Piece(NamedTuple):
    """One entry: its number from 1, the byte it begins at, its content; ``problem`` when it cannot be used."""

    number: int
    offset: int
    value: Any
    problem: str = ""


class Broken(Exception):
    """The text stops being JSON; ``offset`` is the byte, ``entry`` the entry it is in (0: none)."""

    def __init__(self, offset: int, entry: int, reason: str) -> None:
        super().__init__(reason)
        self.offset = offset
        self.entry = entry
        self.reason = reason


class Pieces:
    """Reads a HAR from a binary file; iterate once, then ask for ``frame()``.

    Iterating yields a Piece for each element of ``log.entries`` and raises
    Broken where the text ends early or its brackets do not match.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._buffer = b""
        self._base = 0  # offset in the file of the buffer's first byte
        self._entry = bytearray()
        self._too_large = False
        self._cuts = 0
        self._frame = bytearray()
        self._frame_full = False
        self.found = False
        """Was there a ``log.entries`` array?"""

    def frame(self) -> Any:
        """Everything but the entries, ``log.entries`` being an empty list; None when it is no JSON."""
        try:
            return decode(bytes(self._frame))
        except ValueError:
            return None

    def __iter__(self) -> Iterator[Piece]:
        stack = bytearray()
        keys: list[bytes] = []
        start, number, inside = 0, 0, False
        position = 0
        self._fill(4)
        if self._buffer[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise Broken(0, 0, "this is UTF-16; save it as UTF-8")
        if self._buffer[:3] == b"\xef\xbb\xbf":
            position = 3
        while True:
            if inside:
                flat = _LEAVES.match(self._buffer, position)
                assert flat is not None
                self._take(self._buffer[position : flat.end()])
                position = flat.end()
                end = position + 1 if self._buffer[position : position + 1] in _BRACKETS else 0
            else:
                match = _TO_BRACKET.match(self._buffer, position)
                end = match.end() if match else 0
            if not end:
                self._more(position, number if inside else 0, bool(stack))
                position = 0
                continue
            stretch = self._buffer[position:end]
            at, bracket = self._base + end - 1, stretch[-1]
            position = end
            if bracket in b"{[":
                if not inside and keys == _ENTRIES and stack == b"{{[":
                    inside, start, number = True, at, number + 1
                    self._entry, self._too_large, self._cuts = bytearray(), False, 0
                    stretch = stretch[-1:]
                stack.append(bracket)
                if len(stack) > DEPTH_LIMIT:
                    raise Broken(at, number if inside else 0, f"nested more than {DEPTH_LIMIT} deep")
                if len(stack) <= 3:
                    keys.append(_key_of(stretch[:-1]))
                    self.found = self.found or (keys == _ENTRIES and stack == b"{{[")
            else:
                if not stack or stack[-1] != _OPENS[bracket]:
                    raise Broken(at, number if inside else 0, f"unexpected {chr(bracket)!r}")
                if not inside and keys == _ENTRIES and stack == b"{{[":
                    stretch = b"]"  # commas and scalars between entries are nothing
                stack.pop()
                if len(stack) < len(keys):
                    keys.pop()
            if inside:
                self._take(stretch)
                if len(stack) == 3:
                    inside = False
                    yield _piece(number, start, bytes(self._entry), self._too_large)
            else:
                self._keep(stretch)
            if not stack:
                return
            if position > READ:
                self._base += position
                self._buffer = self._buffer[position:]
                position = 0

    def _take(self, stretch: bytes) -> None:
        """Add to the entry; of one that grows too large long strings are cut, and then it is dropped."""
        if self._too_large:
            return
        self._entry += stretch
        if len(self._entry) <= ENTRY_LIMIT:
            return
        self._cuts += 1
        self._entry = bytearray(_shorten(bytes(self._entry)))
        if len(self._entry) > ENTRY_LIMIT or self._cuts > 16:
            self._too_large = True
            self._entry.clear()

    def _keep(self, stretch: bytes) -> None:
        """Add to the frame."""
        if len(stretch) > STRING_LIMIT:
            stretch = _shorten(stretch)
        if len(self._frame) + len(stretch) > ENTRY_LIMIT:
            self._frame_full = True
        if not self._frame_full:
            self._frame += stretch

    def _fill(self, wanted: int) -> bool:
        """Read on until ``wanted`` more bytes are here; False at the end."""
        got = self._file.read(max(READ, wanted))
        self._buffer += got
        return bool(got)

    def _more(self, position: int, entry: int, begun: bool) -> None:
        """Read on behind a stretch without bracket, which begins at ``position``: the buffer's beginning afterwards."""
        if len(self._buffer) - position > STRETCH:
            match = _NO_BRACKET.match(self._buffer, position)
            assert match is not None
            quote = match.end()
            if quote >= len(self._buffer) or self._buffer[quote] != ord('"'):
                raise Broken(self._base + position, entry, "no JSON structure in 4 MiB")
            self._skip_string(position, quote, entry)
            return
        self._base += position
        self._buffer = self._buffer[position:]
        if self._fill(len(self._buffer)):  # twice as much each time: a long string is not scanned again and again
            return
        here = self._base + len(self._buffer)
        nothing = "this is not JSON" if here else "the file is empty"
        raise Broken(here, entry, "the file ends here" if begun else nothing)

    def _skip_string(self, position: int, quote: int, entry: int) -> None:
        """Cut the unfinished string that begins at ``quote``, reading and dropping what follows up to its end."""
        kept = self._buffer[position : quote + 1]
        head = _cut(self._buffer[quote + 1 : quote + 1 + STRING_LIMIT])
        rest = self._buffer[quote + 1 :]
        self._base += quote + 1
        if len(kept) > STRING_LIMIT:
            kept = _shorten(kept)
        while True:
            match = _IN_STRING.match(rest)
            assert match is not None
            if match.end() < len(rest) and rest[match.end()] == ord('"'):
                break
            self._base += match.end()
            more = self._file.read(READ)
            rest = rest[match.end() :] + more
            if not more:
                raise Broken(self._base + len(rest), entry, "the file ends here, inside a string")
        rest = rest[match.end() :]
        self._base += match.end() - len(kept) - len(head)
        self._buffer = kept + head + rest


def decode(text: bytes) -> Any:
    """JSON to plain data, forgiving what browsers write: lone surrogates, raw control characters, bad UTF-8.

    Raises ValueError.
    """
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    except RecursionError:
        raise ValueError("nested too deep") from None
    try:
        return json.loads(text.decode("utf-8", "replace"), strict=False)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _piece(number: int, offset: int, text: bytes, too_large: bool) -> Piece:
    if too_large:
        return Piece(number, offset, None, f"larger than {ENTRY_LIMIT >> 20} MiB")
    try:
        value = decode(text)
    except ValueError as error:
        return Piece(number, offset, None, f"not JSON: {str(error)[:80]}")
    if not isinstance(value, dict):
        return Piece(number, offset, None, "not an object")
    return Piece(number, offset, value)


def _key_of(before: bytes) -> bytes:
    """The key in front of a bracket, or nothing."""
    match = _KEY.search(before[-256:])
    return match.group(1) if match else b""


def _shorten(stretch: bytes) -> bytes:
    """The same JSON with long strings cut."""
    return _STRING.sub(
        lambda m: m.group() if len(m.group(1)) <= STRING_LIMIT else b'"' + _cut(m.group(1)[:STRING_LIMIT]) + b'"',
        stretch,
    )


def _cut(text: bytes) -> bytes:
    """The beginning of an encoded string, without half an escape or half a character at its end."""
    slash = text.rfind(b"\\", max(0, len(text) - 12))
    if slash >= 0:
        text = text[:slash]
        while text.endswith(b"\\"):
            text = text[:-1]
    return text.decode("utf-8", "ignore").encode()
