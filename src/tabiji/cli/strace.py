"""``tabiji strace``: what a program really did on the network, beside what was predicted."""

from __future__ import annotations

import gc
import os
import sys
from typing import IO, TYPE_CHECKING, Any

from . import NO, UNDETERMINED, YES, UsageError
from .settings import estate_of, lang_of

if TYPE_CHECKING:
    from ..estate import Estate
    from ..journey.model import Vantage
    from ..observe.strace.model import Observation


def run(options: Any) -> int:
    """Run or read, and report: the command's own exit code, or 0, 2, 3 for a log that was read.

    A command's report goes to standard error, or to ``-o FILE``: its own
    standard output stays its own.
    """
    command = [*options.words]
    if command[:1] == ["--"]:
        del command[0]
    if bool(options.read) == bool(command):
        raise UsageError("what to observe? tabiji strace [options] -- COMMAND..., or tabiji strace --read FILE")
    if options.read and options.light:
        raise UsageError("--light says what to trace; with --read the log holds what it holds")
    lang = lang_of(options)
    estate: Estate | None = None
    vantage: Vantage | None = None
    if options.source:
        from ..request.vantage import find_vantage

        estate = estate_of(options)
        vantage = find_vantage(estate, options.source)
    gc.enable()  # a traced program may run for hours
    if options.read:
        seen, code = _read(options.read, options.keep), None
        command = [options.read]
    else:
        from ..observe.strace.run import CannotRun

        try:
            seen, code = _run(command, options)
        except CannotRun as error:
            print(f"tabiji: {error}", file=sys.stderr)
            return error.code
    _report(options, seen, command, code, lang, estate, vantage)
    if code is not None:
        return code
    from ..observe.strace.verdict import verdict

    return {True: YES, False: NO, None: UNDETERMINED}[verdict(seen)]


def _read(path: str, keep: str | None) -> Observation:
    from ..observe.strace.follow import Follower
    from ..observe.strace.lines import Log, read_lines
    from ..observe.strace.redact import redacted
    from ..sources.errors import SourceError

    log, follower = Log(), Follower()
    try:
        with open(path, "rb") if path != "-" else os.fdopen(0, "rb", closefd=False) as file:
            kept = _private(keep) if keep else None
            try:
                for event in log.events(read_lines(file, log)):
                    follower.feed(event)
                    if kept is not None:
                        kept.write(redacted(event) + "\n")
            finally:
                if kept is not None:
                    kept.close()
    except OSError as error:
        raise SourceError(error.filename or path, "", error.strerror or str(error)) from None
    if log.lines and not follower.seen.calls and log.malformed * 2 > log.lines:
        raise SourceError(path, "", f"not a strace log: {log.malformed} of {log.lines} lines are no system calls")
    return follower.finish(log)


def _run(command: list[str], options: Any) -> tuple[Observation, int]:
    from ..observe.strace.run import run as run_traced
    from ..sources.errors import SourceError

    kept = None
    try:
        kept = _private(options.keep) if options.keep else None
    except OSError as error:
        raise SourceError(options.keep, "", error.strerror or str(error)) from None
    try:
        ran = run_traced(command, light=options.light, keep=kept)
    finally:
        if kept is not None:
            kept.close()
    return ran.seen, ran.code


def _private(path: str) -> IO[str]:
    """A file only its owner may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "w", encoding="utf-8")


def _report(
    options: Any,
    seen: Observation,
    command: list[str],
    code: int | None,
    lang: str,
    estate: Estate | None,
    vantage: Vantage | None,
) -> None:
    from ..observe.beside import compare
    from ..observe.strace.beside import observed

    compared = [compare(estate, vantage, one) for one in observed(seen)] if estate and vantage else []
    if options.format == "json":
        from ..report.json import encode
        from ..report.strace import strace_document

        document = strace_document(seen, command=command[:1], lang=lang, code=code, compared=compared, estate=estate)
        written = encode(document, pretty=not options.output and sys.stdout.isatty()) + "\n"
    else:
        from ..report.strace import render_strace
        from ..report.terminal import style_for

        written = render_strace(
            seen,
            command=os.path.basename(command[0]),
            lang=lang,
            style=style_for("never" if options.output and options.color == "auto" else options.color),
            explain=options.explain,
            compared=compared,
            source=options.source or "",
            estate=estate,
            code=code,
        )
    if options.output:
        from ..sources.errors import SourceError

        try:
            with open(options.output, "w", encoding="utf-8") as file:
                file.write(written)
        except OSError as error:
            raise SourceError(options.output, "", error.strerror or str(error)) from None
    elif code is None:
        sys.stdout.write(written)
    else:
        sys.stderr.write(written)
