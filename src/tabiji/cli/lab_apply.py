"""``tabiji lab apply``: change a lab to what the estate says now, while programs run."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from . import YES
from .settings import estate_of, lang_of


def run(options: Any) -> int:
    """Read the estate again, show the difference, make it."""
    import msgspec

    from ..lab.holder import wire
    from ..lab.holder.client import ask
    from ..lab.holder.difference import differences
    from ..lab.holder.errors import LabError
    from ..lab.holder.facts import host_facts
    from ..lab.holder.home import find
    from ..lab.plan.compile import compile_plan
    from ..lab.plan.model import Plan

    home = find(options.name)
    about = home.about()
    if about is None:
        raise LabError("lab.not_ready", name=home.name)
    if not options.net:  # what it was brought up from
        options.net = about.net
        options.overlay = options.overlay or list(about.overlay)
    began = time.monotonic()
    estate = estate_of(options)
    plan = compile_plan(estate)
    before = msgspec.convert(ask(home, wire.Plan())[0], Plan)
    changed = differences(before, plan)
    if not options.dry_run:
        order = wire.Apply(
            plan=msgspec.Raw(msgspec.json.encode(plan)),
            facts=msgspec.Raw(msgspec.json.encode(host_facts(estate, plan))),
            net=os.path.abspath(options.net),
            overlay=tuple(os.path.abspath(path) for path in options.overlay),
        )
        ask(home, order, 120.0)
    seconds = time.monotonic() - began
    if options.format == "json":
        from ..report.json import encode

        rows = [msgspec.to_builtins(row) for row in changed]
        document = {"version": 1, "kind": "lab-apply", "name": home.name, "applied": not options.dry_run}
        print(encode({**document, "seconds": round(seconds, 4), "changes": rows}, pretty=sys.stdout.isatty()))
        return YES
    from ..report.labels import Labels
    from ..report.terminal import style_for

    labels, style = Labels(estate, lang_of(options)), style_for(options.color)
    params = {"name": home.name, "seconds": f"{seconds:.2f}", "count": str(len(changed))}
    code = "lab.nothing_changed" if not changed else "lab.would_change" if options.dry_run else "lab.changed"
    print(labels.text(code, (), **params))
    for row in changed:
        dress = {"+": "good", "-": "bad"}[row.sign]
        owner = f"  {labels.label(row.owner)}" if row.owner else ""
        print(style(f"  {row.sign} {row.kind} {row.text}", dress) + owner)
    return YES
