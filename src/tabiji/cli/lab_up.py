"""``tabiji lab up``: from an estate to a network one can run programs in."""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from . import YES
from .settings import estate_of, lang_of, net_of


def run(options: Any) -> int:
    """Bring a lab up and say what is there."""
    began = time.monotonic()
    net = net_of(options)
    lang = lang_of(options)
    from ..lab.holder.facts import host_facts
    from ..lab.holder.home import labs, name_for
    from ..lab.holder.start import Wanted, up
    from ..lab.plan.compile import compile_plan

    estate = estate_of(options)
    plan = compile_plan(estate)
    name = options.name or name_for(net)
    wanted = Wanted(
        name=name,
        plan=plan,
        net=os.path.abspath(net),
        overlay=tuple(os.path.abspath(path) for path in options.overlay),
        services=not options.no_services,
        estate=estate,
        facts=host_facts(estate, plan),
    )
    told = up(wanted)
    told["seconds"] = {"whole": round(time.monotonic() - began, 4), "network": round(told.pop("seconds"), 4)}
    told["seconds"]["steps"] = {step: round(at, 4) for step, at in told.pop("steps").items()}
    told.pop("ready")
    if options.format == "json":
        from ..report.json import encode

        document = {"version": 1, "kind": "lab-up", "name": name, "net": wanted.net, **told}
        print(encode(document, pretty=sys.stdout.isatty()))
        return YES
    from ..report.lab import up_lines
    from ..report.terminal import style_for

    for line in up_lines(name, told, lang, style_for(options.color), alone=len(list(labs())) < 2):
        print(line)
    return YES
