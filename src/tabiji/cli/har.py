"""``tabiji har``: why calls of a recorded browser session failed."""

from __future__ import annotations

import os
import sys
from typing import Any

from . import BAD_DATA, NO, UNDETERMINED, YES, UsageError
from .settings import estate_of, lang_of, setting

EXITS = {"ok": YES, "explained": NO}


def run(options: Any) -> int:
    """Read, redact if asked, explain; the exit code says whether every failure is explained."""
    from ..observe.har.explain import explain
    from ..observe.har.session import read
    from ..report.labels import Labels

    lang = lang_of(options)
    if options.redact_accounts and not options.redact:
        raise UsageError("--redact-accounts goes with --redact OUT")
    named = options.net or os.environ.get("TABIJI_NET") or setting("net")
    if options.source and not named:
        estate_of(options)  # says what is missing
    if named and not options.source and not options.redact:
        raise UsageError("from where was the session? give --from HOST (a host, site or address of the estate)")
    session = read(options.file)
    if options.redact:
        _redact(session, options, Labels(None, lang))
    estate = vantage = None
    if options.source:
        from ..request.vantage import find_vantage

        estate = estate_of(options)
        vantage = find_vantage(estate, options.source)
    for line in session.problems:
        print(f"tabiji: {line}", file=sys.stderr)
    told = explain(session, estate, vantage)
    labels = Labels(estate, lang)
    if options.format == "json":
        from ..report.har import har_document
        from ..report.json import encode

        print(encode(har_document(told, labels), pretty=sys.stdout.isatty()))
    else:
        from ..report.har import render_har
        from ..report.terminal import style_for

        sys.stdout.write(render_har(told, labels, style_for(options.color), explain=options.explain))
    return BAD_DATA if session.problems else EXITS.get(told.state, UNDETERMINED)


def _redact(session: Any, options: Any, labels: Any) -> None:
    from ..observe.har.redact import redact
    from ..observe.har.safe import printable

    done = redact(session, options.file, options.redact, accounts=options.redact_accounts)
    text = labels.text(
        "har.redacted", file=printable(options.redact), entries=str(done.entries), values=str(done.values)
    )
    print(f"tabiji: {text}", file=sys.stderr)
