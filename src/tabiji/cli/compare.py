"""``tabiji trace --compare FILE``: a journey beside a result of Reachability Analyzer."""

from __future__ import annotations

import sys
from typing import Any

from . import NO, UNDETERMINED, YES, UsageError
from .settings import estate_of, lang_of

EXITS = {True: YES, False: NO, None: UNDETERMINED}


def run(options: Any) -> int:
    """Read the result, trace what it was asked, show both; the exit code says whether they agree."""
    if len(options.words) not in (0, 2):
        raise UsageError("what to compare? tabiji trace FROM TO --compare FILE, or no FROM and TO at all")
    if options.format == "ra-json":
        raise UsageError("--compare writes text or json, not ra-json")
    from .. import trace
    from ..observe.analysis import question_of, read_analysis
    from ..report.compare import compare, comparison_document, render_comparison
    from ..report.labels import Labels

    lang = lang_of(options)
    analysis, asked = read_analysis(options.compare)
    estate = estate_of(options)
    question = question_of(analysis, asked, estate)
    if options.words:
        source, destination = options.words
        protocol, port = options.protocol, options.port
    else:
        source, destination = question.source, question.destination
        protocol, port = options.protocol or question.protocol, options.port or question.port
        if not (source and destination):
            raise UsageError(f"{options.compare} does not say from where to where; give FROM and TO")
    told = trace(
        estate, source, destination, protocol=protocol, port=port, forward_only=options.forward_only, fixes=False
    )
    found = compare(told, analysis, estate, forward_only=options.forward_only)
    labels = Labels(estate, lang)
    if options.format == "json":
        from ..report.json import encode

        print(encode(comparison_document(found, labels), pretty=sys.stdout.isatty()))
    else:
        from ..report.terminal import style_for

        sys.stdout.write(render_comparison(found, labels, style_for(options.color)))
    return EXITS[found.same]
