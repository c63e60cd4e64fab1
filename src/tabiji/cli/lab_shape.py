"""``tabiji lab shape``: the links of a running lab as slow and as far as the real ones."""

from __future__ import annotations

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
    shaped = bool(options.rate or options.delay or options.loss)
    params = {
        "who": options.who,
        "rate": f"{options.rate:g} Mbit/s" if options.rate else "-",
        "delay": f"{options.delay:g} ms",
        "loss": f"{options.loss:g} %",
    }
    print(text("lab.shaped" if shaped else "lab.unshaped", params, lang_of(options)))
    return YES
