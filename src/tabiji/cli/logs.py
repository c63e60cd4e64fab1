"""``tabiji logs``: what was refused in flow logs and CloudTrail, and what in the estate explains it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

from . import BAD_DATA, NO, UNDETERMINED, YES, UsageError
from .settings import estate_of, lang_of

EXITS = {"ok": YES, "explained": NO}


def run(options: Any) -> int:
    """Read, explain, report; the exit code says whether every refusal is explained."""
    from ..observe.har.safe import printable
    from ..observe.logs.read import ALWAYS, NEVER, read_logs
    from ..report.labels import Labels

    since = moment(options.since, "--from") if options.since else ALWAYS
    until = moment(options.until, "--to") if options.until else NEVER
    if since >= until:
        raise UsageError("--from must be before --to")
    lang = lang_of(options)
    estate = estate_of(options)
    told = read_logs(estate, options.files, since=since, until=until)
    for problem in told.problems:
        print(f"tabiji: {printable(str(problem))}", file=sys.stderr)
    labels = Labels(estate, lang)
    from ..report import logs as report

    if options.format == "json":
        from ..report.json import encode

        document: Any = report.logs_document(told, labels, limit=options.limit)
        if options.redact_accounts:
            document = report.without_accounts(document)
        print(encode(document, pretty=sys.stdout.isatty()))
    else:
        from ..report.terminal import style_for

        limit = report.ROWS if options.limit is None else options.limit
        style = style_for(options.color)
        text = report.render_logs(told, labels, style, limit=limit, explain=options.explain)
        sys.stdout.write(report.without_accounts(text) if options.redact_accounts else text)
    return BAD_DATA if told.problems else EXITS.get(told.state, UNDETERMINED)


def moment(text: str, option: str) -> int:
    """Seconds since 1970 of an ISO 8601 time (UTC unless it says otherwise) or of such a number.

    Raises UsageError.
    """
    if text.isascii() and text.isdigit() and len(text) <= 11 and len(text) != 8:
        return int(text)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option}: {text!r} is no time, as in 2026-01-31T12:00:00Z") from None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
