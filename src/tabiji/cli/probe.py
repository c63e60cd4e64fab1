"""``tabiji probe``: do it from this machine, as evidence beside the prediction."""

from __future__ import annotations

import sys
from typing import Any

from . import NO, YES
from .settings import estate_of, lang_of


def run(options: Any) -> int:
    """Probe and report: 0 it worked, 2 it did not."""
    from ..observe.probe import probe, target_of

    request = target_of(options.target)
    lang = lang_of(options)
    estate = vantage = None
    if options.source:
        from ..request.vantage import find_vantage

        estate = estate_of(options)
        vantage = find_vantage(estate, options.source)
    done = probe(request, timeout=options.timeout, cafile=options.cafile)
    compared = []
    if estate is not None and vantage is not None:
        from ..observe.beside import compare

        compared = [compare(estate, vantage, done.observed())]
    if options.format == "json":
        from ..report.json import encode
        from ..report.probe import probe_document

        document = probe_document(done, lang=lang, compared=compared, estate=estate)
        print(encode(document, pretty=sys.stdout.isatty()))
    else:
        from ..report.probe import render_probe
        from ..report.terminal import style_for

        style = style_for(options.color)
        source = options.source or ""
        sys.stdout.write(render_probe(done, lang=lang, style=style, compared=compared, source=source, estate=estate))
    return YES if done.ok else NO
