"""``tabiji doctor``: is everything here that is needed, and what do the settings come to?"""

from __future__ import annotations

import os
import sys
from typing import Any, NamedTuple

from .. import __version__
from . import NO, YES
from .settings import lang_of, setting

NEEDED = (("msgspec", (0, 19)), ("yaml", (6, 0)))
TOOLS = ("dig", "strace")
"""Programs that some commands use or compare themselves with; none is needed for a trace."""


class Check(NamedTuple):
    """One line of the answer: ``ok`` None where it does not matter."""

    what: str
    found: str
    ok: bool | None


def run(options: Any) -> int:
    """Look and tell: 0 all well, 2 something needed is missing."""
    checks = [*_python(), *_libraries(), *_programs(), *_settings(options)]
    bad = any(check.ok is False for check in checks)
    if options.format == "json":
        from ..report.json import encode

        rows = [{"what": c.what, "found": c.found, "ok": c.ok} for c in checks]
        print(encode({"version": 1, "kind": "doctor", "ok": not bad, "checks": rows}, pretty=sys.stdout.isatty()))
        return NO if bad else YES
    from ..report.terminal import pad, style_for

    style = style_for(options.color)
    marks = {True: style("✓", "good"), False: style("✗", "bad"), None: style("·", "dim")}
    wide = max(len(check.what) for check in checks)
    for check in checks:
        print(f"{marks[check.ok]} {pad(check.what, wide)}  {check.found}")
    return NO if bad else YES


def _python() -> list[Check]:
    version = ".".join(map(str, sys.version_info[:3]))
    return [Check("tabiji", __version__, True), Check("python", version, sys.version_info >= (3, 11))]


def _libraries() -> list[Check]:
    from importlib import import_module

    out = []
    for name, least in NEEDED:
        try:
            version = str(import_module(name).__version__)
        except ImportError:
            out.append(Check(name, "missing", False))
            continue
        numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
        out.append(Check(name, version, numbers >= least))
    return out


def _programs() -> list[Check]:
    from shutil import which

    return [Check(tool, which(tool) or "not installed (not needed)", True if which(tool) else None) for tool in TOOLS]


def _settings(options: Any) -> list[Check]:
    from .. import load
    from ..sources.errors import SourceError

    out = [Check("language", lang_of(options), None)]
    net = options.net or os.environ.get("TABIJI_NET") or setting("net")
    if not net:
        return [*out, Check("estate", "none named (-n, TABIJI_NET, tabiji.toml)", None)]
    try:
        estate = load(net, options.overlay)
    except SourceError as error:
        return [*out, Check("estate", str(error), False)]
    count = sum(len(rows) for rows in estate.tables.values())
    return [*out, Check("estate", f"{net}: {count} things, {len(estate.problems)} oddities", True)]
