"""``tabiji trace``: one request, or a batch of questions."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from . import BAD_DATA, NO, UNDETERMINED, YES, UsageError
from .settings import estate_of, lang_of

if TYPE_CHECKING:
    from ..estate import Estate
    from ..journey.evidence import Evidence
    from ..journey.model import Journey

EXITS = {"reachable": YES, "blocked": NO}


def run(options: Any) -> int:
    """Trace and report; the exit code is the verdict."""
    if options.batch:
        if options.words:
            raise UsageError("--batch takes its questions from standard input; leave FROM and TO out")
        if options.compare:
            raise UsageError("--compare takes one question; leave --batch out")
        return batch(estate_of(options), options)
    if options.compare:
        from .compare import run as compare

        return compare(options)
    if options.job or len(options.words) > 2:
        from .command import is_command
        from .command import run as command

        if options.job or is_command(options.words):
            return command(options)
    if len(options.words) != 2:
        raise UsageError("what to trace? tabiji trace FROM TO (see tabiji trace --help)")
    source, destination = options.words
    lang = lang_of(options)
    estate = estate_of(options)
    from .. import trace

    told = trace(
        estate,
        source,
        destination,
        protocol=options.protocol,
        port=options.port,
        forward_only=options.forward_only,
        all_blockers=options.all_blockers,
        fixes=options.format != "ra-json",
    )
    if options.format == "ra-json":
        from ..report.json import encode
        from ..report.ra_json import ra_document

        document = ra_document(told, estate=estate, lang=lang, forward_only=options.forward_only)
        print(encode(document, pretty=sys.stdout.isatty()))
    elif options.format == "json":
        from ..report.json import encode, journey_document

        document = journey_document(told, estate=estate, lang=lang)
        if options.evidence:
            from ..report.evidence import evidence_document

            document["evidence"] = evidence_document(evidence_of(estate, told), estate=estate, lang=lang)
        print(encode(document, pretty=sys.stdout.isatty()))
    else:
        from ..report.terminal import style_for
        from ..report.text import render_text

        style = style_for(options.color)
        text = render_text(
            told, estate=estate, lang=lang, explain=options.explain, style=style, forward_only=options.forward_only
        )
        sys.stdout.write(text)
        if options.evidence:
            from ..report.evidence import render_evidence

            sys.stdout.write(render_evidence(evidence_of(estate, told), estate=estate, lang=lang, style=style))
    return EXITS.get(told.verdict, UNDETERMINED)


def evidence_of(estate: Estate, told: Journey) -> Evidence:
    """What the logs would hold."""
    from ..journey.evidence import evidence

    return evidence(estate, told)


def batch(estate: Estate, options: Any) -> int:
    """Answer the JSON lines of standard input, each as it comes.

    A line that is no question gives an object with its number and the error;
    the others are still answered, and the exit code is 65.
    """
    import msgspec

    from ..journey.batch import answer
    from ..request.errors import RequestError

    bad = False
    write, flush = sys.stdout.buffer.write, sys.stdout.buffer.flush
    decoder = msgspec.json.Decoder()
    for number, line in enumerate(sys.stdin.buffer, 1):
        if not line.strip():
            continue
        question: Any = None
        try:
            question = decoder.decode(line)
            if not isinstance(question, dict):
                raise RequestError("not a JSON object")
            told = answer(estate, question, forward_only=options.forward_only)
        except (RequestError, msgspec.DecodeError, UnicodeDecodeError) as error:
            bad = True
            told = {"line": number, "error": " ".join(str(error).split())}
            if isinstance(question, dict) and "id" in question:
                told["id"] = question["id"]
        write(msgspec.json.encode(told) + b"\n")
        flush()
    return BAD_DATA if bad else YES
