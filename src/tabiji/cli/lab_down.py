"""``tabiji lab down``: take a lab down, whatever state it is in."""

from __future__ import annotations

import sys
import time
from typing import Any

from . import YES, UsageError
from .settings import lang_of


def run(options: Any) -> int:
    """Take one lab, or all, down; return when nothing of it is left."""
    if options.all and options.name:
        raise UsageError("a name or --all, not both")
    from ..findings.catalogue import text
    from ..lab.holder.client import down
    from ..lab.holder.home import find, labs

    there = list(labs()) if options.all else [find(options.name)]
    gone = []
    for home in there:
        began = time.monotonic()
        down(home)
        gone.append({"name": home.name, "seconds": round(time.monotonic() - began, 4)})
    if options.format == "json":
        from ..report.json import encode

        print(encode({"version": 1, "kind": "lab-down", "labs": gone}, pretty=sys.stdout.isatty()))
        return YES
    for row in gone:
        seconds = f"{row['seconds']:.2f}"
        print(text("lab.is_down", {"name": str(row["name"]), "seconds": seconds}, lang_of(options)))
    if not gone:
        print(text("lab.none", (), lang_of(options)))
    return YES
