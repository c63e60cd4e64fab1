"""``tabiji lab shape``: the links of a running lab as slow and as far as the real ones."""

from __future__ import annotations

import sys
from typing import Any

from . import YES, UsageError
from .settings import lang_of


def run(options: Any) -> int:
    """Shape, or with no option at all let it be as it was."""
    from ..findings.catalogue import text
    from ..lab.holder import wire
    from ..lab.holder.client import ask
    from ..lab.holder.home import find

    if not (0 <= options.rate <= 100_000 and 0 <= options.delay <= 60_000 and 0 <= options.loss <= 100):
        raise UsageError("--rate is in Mbit/s up to 100000, --delay in ms up to 60000, --loss in percent")
    order = wire.Shape(who=options.who, mbit=options.rate, delay=options.delay / 1000, loss=options.loss / 100)
    ask(find(options.lab), order)
    if options.format == "json":
        from ..report.json import encode

        link = {"mbit": options.rate or None, "delay_ms": options.delay, "loss_percent": options.loss}
        print(encode({"version": 1, "kind": "lab-shape", "who": options.who, **link}, pretty=sys.stdout.isatty()))
        return YES
    lang = lang_of(options)
    given = [(f"lab.shaped.{name}", getattr(options, name)) for name in ("rate", "delay", "loss")]
    words = [text(code, {"value": f"{value:g}"}, lang) for code, value in given if value]
    how = text("lab.shaped.and", (), lang).join(words) or text("lab.unshaped", (), lang)
    print(text("lab.shaped", {"who": options.who, "how": how}, lang))
    return YES
