"""The words of an aws command line: global options, options of a command, positional words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from ..errors import RequestError

FLAG, ONE, OPTIONAL, MANY = "?", "1", "o", "*"
"""How many values an option takes."""

_GLOBAL = {
    "debug": FLAG, "endpoint-url": ONE, "no-verify-ssl": FLAG, "no-paginate": FLAG, "output": ONE, "query": ONE,
    "profile": ONE, "region": ONE, "version": FLAG, "color": ONE, "no-sign-request": FLAG, "ca-bundle": ONE,
    "cli-read-timeout": ONE, "cli-connect-timeout": ONE,
}  # fmt: skip
GLOBAL_OPTIONS = {
    "v1": {**_GLOBAL, "v2-debug": FLAG},
    "v2": {
        **_GLOBAL, "cli-binary-format": ONE, "no-cli-pager": FLAG, "cli-auto-prompt": FLAG,
        "no-cli-auto-prompt": FLAG, "cli-error-format": ONE,
    },
}  # fmt: skip
COMMON_OPTIONS = {
    "cli-input-json": ONE, "cli-input-yaml": ONE, "generate-cli-skeleton": OPTIONAL, "page-size": ONE,
    "max-items": ONE, "starting-token": ONE,
}  # fmt: skip
"""Options of every command that is one API operation."""


class Words(msgspec.Struct, kw_only=True):
    """A command line taken apart: ``options`` -> values, none for a flag."""

    options: dict[str, list[str]] = {}
    positional: list[str] = []

    def get(self, option: str, default: str = "") -> str:
        """The last value of an option."""
        values = self.options.get(option)
        return values[-1] if values else default

    def has(self, option: str) -> bool:
        """Is it given?"""
        return option in self.options


def split(argv: Sequence[str], takes: Mapping[str, str], command: str, open_ended: bool = False) -> Words:
    """Take words apart by how many values each option takes; raises RequestError for an unknown option.

    ``open_ended``: leave unknown options among the positional words.
    """
    words = Words(options={}, positional=[])
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--") or word == "--":
            words.positional.append(word)
            continue
        name, equals, given = word[2:].partition("=")
        count = takes.get(name)
        if count is None:
            if open_ended:
                words.positional.append(word)
                continue
            import difflib

            close = difflib.get_close_matches(name, takes, 1, 0.6)
            hint = f"; did you mean --{close[0]}?" if close else ""
            raise RequestError(f"{command}: unknown option --{name}{hint}")
        values = [given] if equals else []
        if not equals and count == ONE:
            if not rest:
                raise RequestError(f"{command}: --{name} needs a value")
            values = [rest.pop(0)]
        elif not equals and count == MANY:
            while rest and not rest[0].startswith("--"):
                values.append(rest.pop(0))
        elif not equals and count == OPTIONAL and rest and not rest[0].startswith("--"):
            values = [rest.pop(0)]
        elif not equals and count.isdigit() and count != ONE:
            values, rest = rest[: int(count)], rest[int(count) :]
        words.options[name] = values
    return words


def globals_of(argv: Sequence[str], table: str) -> tuple[Words, list[str]]:
    """The global options, wherever they stand, and the words that are left."""
    takes = GLOBAL_OPTIONS[table]
    found: dict[str, list[str]] = {}
    left: list[str] = []
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        name, equals, given = word[2:].partition("=") if word.startswith("--") else ("", "", "")
        if name not in takes or (name == "version" and left):  # later it is an option of the command
            left.append(word)
            continue
        if takes[name] == FLAG:
            found[name] = []
        elif equals:
            found[name] = [given]
        elif rest:
            found[name] = [rest.pop(0)]
        else:
            raise RequestError(f"aws: --{name} needs a value")
    return Words(options=found, positional=[]), left
