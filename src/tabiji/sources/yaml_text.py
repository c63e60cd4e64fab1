"""YAML text to plain data: mappings, lists, text, true/false and null, nothing else.

Numbers stay text until a field asks for a number, so account ids keep their
leading zeros, ``22:22`` is no sexagesimal, ``no`` is a word and dates are not
dates.  Refused: duplicate keys, other tags than the core ones, several
documents, nesting beyond reason and aliases that blow up.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, NoReturn

from .errors import SourceError
from .reading import read_bytes

MAX_DEPTH = 40
MAX_ALIASED = 200_000
"""Values that aliases may repeat in one file, all together."""

Path = tuple[str | int, ...]

_CONSTANTS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq"))


def read_yaml(file: str) -> tuple[Any, bytes]:
    """A file's data and its bytes, which ``line_of`` needs.  Raises SourceError."""
    text = read_bytes(file)
    return parse_yaml(text, file), text


def parse_yaml(text: bytes, file: str) -> Any:
    """The one document in ``text``.  Raises SourceError."""
    return _Parser(text, file).document()


def line_of(text: bytes, path: Path) -> int:
    """The line (from 1) of the key or entry at a path, or of its nearest parent that exists."""
    lines: dict[Path, int] = {}
    try:
        _Parser(text, "", lines).document()
    except SourceError:
        return 1
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _import_yaml() -> Any:
    """PyYAML, without the patterns of its pure Python reader and resolver, which the event parser never uses.

    Compiling them takes longer than reading an estate; they compile when somebody first matches with one.
    """
    if "yaml" in sys.modules:
        return sys.modules["yaml"]
    import re

    compile_now = re.compile
    re.compile = lambda *args: _LazyPattern(compile_now, args)  # type: ignore[assignment]
    try:
        import yaml
    finally:
        re.compile = compile_now
    return yaml


class _LazyPattern:
    """A regular expression that is compiled when first used."""

    def __init__(self, compile_now: Any, args: tuple[Any, ...]) -> None:
        self._make = (compile_now, args)

    def __getattr__(self, name: str) -> Any:
        compile_now, args = self._make
        return getattr(compile_now(*args), name)


class _Parser:
    """Turns the parser's events into data, once through."""

    def __init__(self, text: bytes, file: str, lines: dict[Path, int] | None = None) -> None:
        self.text = text
        self.file = file
        self.lines = lines
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.aliased = 0
        self.count = 0

    def fail(self, event: Any, reason: str) -> NoReturn:
        raise SourceError(self.file, str(event.start_mark.line + 1), reason)

    def document(self) -> Any:
        yaml = _import_yaml()

        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            events = yaml.parse(self.text, Loader=loader)
            next(events)  # stream start
            first = next(events)
            if type(first).__name__ == "StreamEndEvent":
                raise SourceError(self.file, "", "is empty")
            data = self.value(next(events), events, (), 0)
            next(events)  # document end
            after = next(events)
            if type(after).__name__ != "StreamEndEvent":
                self.fail(after, "a second document; one file is one estate")
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = f"{mark.line + 1}:{mark.column + 1}" if mark is not None else "1"
            raise SourceError(self.file, place, f"is not YAML: {error.problem or error.context or error}") from None
        except yaml.YAMLError as error:
            raise SourceError(self.file, "1", f"is not YAML: {error}") from None
        return data

    def value(self, event: Any, events: Iterator[Any], path: Path, depth: int) -> Any:
        """The value that starts with ``event``."""
        self.count += 1
        name = type(event).__name__
        if name == "ScalarEvent":
            value: Any = event.value
            if event.tag is not None and event.tag not in _TAGS and event.tag != "!":
                self.fail(event, f"unknown tag {event.tag}")
            if event.implicit[0] and not event.style and value in _CONSTANTS:
                value = _CONSTANTS[value]
            if event.anchor:
                self.anchors[event.anchor] = (value, 1)
            return value
        if name == "AliasEvent":
            if event.anchor not in self.anchors:
                self.fail(event, f"alias *{event.anchor} stands for nothing, or for what it is part of")
            value, size = self.anchors[event.anchor]
            self.aliased += size
            self.count += size
            if self.aliased > MAX_ALIASED:
                self.fail(event, "aliases repeat too much")
            return value
        if depth >= MAX_DEPTH:
            self.fail(event, "is nested too deeply")
        if event.tag is not None and event.tag not in _TAGS and event.tag != "!":
            self.fail(event, f"unknown tag {event.tag}")
        start = self.count
        value = (
            self.sequence(events, path, depth) if name == "SequenceStartEvent" else self.mapping(events, path, depth)
        )
        if event.anchor:
            self.anchors[event.anchor] = (value, self.count - start + 1)
        return value

    def sequence(self, events: Iterator[Any], path: Path, depth: int) -> list[Any]:
        out: list[Any] = []
        for event in events:
            if type(event).__name__ == "SequenceEndEvent":
                break
            here = (*path, len(out))
            if self.lines is not None:
                self.lines[here] = event.start_mark.line + 1
            out.append(self.value(event, events, here, depth + 1))
        return out

    def mapping(self, events: Iterator[Any], path: Path, depth: int) -> dict[str, Any]:
        out: dict[str, Any] = {}
        merged: list[dict[str, Any]] = []
        for event in events:
            name = type(event).__name__
            if name == "MappingEndEvent":
                break
            if name != "ScalarEvent":
                self.fail(event, "a key must be text")
            key = event.value
            here = (*path, key)
            if self.lines is not None:
                self.lines[here] = event.start_mark.line + 1
            value = self.value(next(events), events, here, depth + 1)
            if key == "<<" and not event.style:
                for part in value if isinstance(value, list) else [value]:
                    if not isinstance(part, dict):
                        self.fail(event, "<< takes a mapping")
                    merged.append(part)
            elif key in out:
                self.fail(event, f"key {key!r} is there twice")
            else:
                out[key] = value
        for part in merged:
            for key, value in part.items():
                out.setdefault(key, value)
        return out
