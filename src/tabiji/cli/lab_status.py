"""``tabiji lab status``: what is up."""

from __future__ import annotations

import sys
import time
from typing import Any

from . import NO, YES
from .settings import lang_of


def run(options: Any) -> int:
    """List the labs, or one with its hosts: 0 something is up, 2 nothing is."""
    from ..lab.holder import wire
    from ..lab.holder.client import ask
    from ..lab.holder.errors import LabError
    from ..lab.holder.home import find, labs

    rows = []
    for home in [find(options.name)] if options.name else list(labs()):
        about = home.about()
        row: dict[str, Any] = {"name": home.name, "state": "starting"}
        if about is not None:
            row |= {"net": about.net, "overlay": list(about.overlay), "pid": about.holder, "started": about.started}
            row["uptime"] = round(max(0.0, time.time() - about.started), 1)
            try:
                row |= {"state": "up", **ask(home, wire.Status(), 5.0)[0]}
            except LabError as error:
                row |= {"state": "no answer", "why": str(error)}
        rows.append(row)
    if options.format == "json":
        from ..report.json import encode

        print(encode({"version": 1, "kind": "lab-status", "labs": rows}, pretty=sys.stdout.isatty()))
    else:
        from ..report.lab import status_lines
        from ..report.terminal import style_for

        for line in status_lines(rows, lang_of(options), style_for(options.color)):
            print(line)
    return YES if rows else NO
