"""``tabiji show``: what an estate holds, what is odd in it, what was not collected."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from . import YES
from .settings import estate_of, lang_of

if TYPE_CHECKING:
    from ..estate import Estate

FIRST = 10
"""Oddities listed without --all."""


def run(options: Any) -> int:
    """Count and list."""
    lang = lang_of(options)
    estate = estate_of(options)
    found = inventory(estate)
    if options.format == "json":
        from ..report.json import encode

        print(encode(found, pretty=sys.stdout.isatty()))
    else:
        from ..report.inventory import render_inventory
        from ..report.terminal import style_for

        limit = len(found["problems"]) if options.all or options.explain else FIRST
        sys.stdout.write(render_inventory(found, lang=lang, style=style_for(options.color), limit=limit))
    return YES


def inventory(estate: Estate) -> dict[str, Any]:
    """What is there, as data (``docs/json.md``)."""
    from ..report.inventory import inventory as take

    return take(estate)
