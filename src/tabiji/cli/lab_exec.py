"""``tabiji lab exec``: run a program in a host of a lab.

On the way of every command somebody runs in a lab: imports little.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from . import UsageError

BEFORE = {"-n": "net", "--net": "net", "--lang": "lang", "--format": "format", "--color": "color", "--overlay": ""}
"""Options of every verb that take a value; what this action has no use for is read and let be."""


def run(options: Any) -> int:
    """Run it; the program's own exit code."""
    from ..lab.holder.client import run as run_in
    from ..lab.holder.home import find

    given = {}
    for text in options.env:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise UsageError(f"--env {text}: NAME=VALUE")
        given[name] = value
    return run_in(find(options.lab), options.host, options.words or ["sh"], given)


def quick(argv: list[str]) -> SimpleNamespace | None:
    """The options of a ``lab exec`` line; everything behind HOST is the program's.  None for any other line."""
    found: dict[str, Any] = {"lang": None, "lab": "", "env": []}
    words: list[str] = []
    rest = iter(argv)
    for word in rest:
        if not word.startswith("-"):
            words.append(word)
            if len(words) == 3:
                break
            if words != ["lab", "exec"][: len(words)]:
                return None
            continue
        inside = len(words) == 2
        name, equals, value = word.partition("=")
        if not (name in BEFORE or (inside and name in ("--lab", "-e", "--env"))):
            return None
        if not equals:
            value = next(rest, "")
        if name == "--lang" and value not in ("en", "ja"):
            return None
        if name in ("-e", "--env"):
            found["env"].append(value)
        elif name in ("--lab", "--lang"):
            found[name[2:]] = value
    if len(words) < 3:
        return None
    command = list(rest)
    if command[:1] == ["--"]:
        del command[0]
    return SimpleNamespace(verb="lab", action="exec", host=words[2], words=command, format="text", **found)
