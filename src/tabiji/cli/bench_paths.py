"""``tabiji bench-paths``: how long the same file takes over several paths to S3, here or in a lab's host."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import INTERRUPTED, NO, USAGE, YES, UsageError
from .settings import lang_of

if TYPE_CHECKING:
    import argparse

    from ..paths import Access, Outcome, Way

HERE = "here"
_TEXT_OPTIONS = ("bucket", "key", "endpoint_url", "region", "profile", "cafile", "size", "rounds", "timeout")
_SWITCHES = ("upload", "create_bucket", "no_sign_request", "path_style")


class InsideError(Exception):
    """The program in the lab ended with this exit code, and said why on standard error."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    from .arguments import _count, _seconds

    add = parser.add_argument
    add("source", nargs="?", metavar="FROM", default=HERE, help="here (default), or with --lab a host of the lab")
    add(
        "--via", metavar="PATH", action="append", default=[],
        help="direct, NAME=https://ENDPOINT, or NAME=ADDRESS[:PORT]: connect there and keep the name; repeat it",
    )  # fmt: skip
    add("--bucket", metavar="NAME", required=True, help="the bucket, which all paths reach")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--upload", action="store_true", help="put a random file there, fetch it, take it away again")
    what.add_argument("--key", metavar="KEY", help="fetch this object only; nothing is written")
    add("--create-bucket", action="store_true", help="make the bucket, and take it away again (with --upload)")
    add("--size", metavar="BYTES", default="20M", help="of the file, default 20M")
    add("--rounds", type=_count, metavar="N", default=3, help="how often, the paths in turn, default 3")
    add("--endpoint-url", metavar="URL", help="S3 that is not AWS's, for direct and NAME=ADDRESS")
    add("--region", metavar="REGION", help="default: the profile's")
    add("--profile", metavar="NAME", help="AWS profile whose credentials are used")
    add("--no-sign-request", action="store_true", help="without credentials")
    add("--path-style", action="store_true", help="bucket in the path, not in the name")
    add("--cafile", metavar="FILE", help="CA certificates to trust instead of the system's")
    add("--timeout", type=_seconds, metavar="SECONDS", default=30.0, help="of silence, default 30; to connect: 5")
    add("--svg", metavar="FILE", help="also draw the plot there")
    add("--lab", metavar="NAME", help="run in the host FROM of this lab (tabiji lab up)")


def run(options: Any) -> int:
    """Measure and report; exit code 0, or 2 where a path failed.  Raises UsageError."""
    from ..paths import NothingError, PathsError, ways_of

    if options.create_bucket and not options.upload:
        raise UsageError("--create-bucket goes with --upload")
    try:
        ways = ways_of(options.via or ["direct"])
        if options.lab:
            document = in_lab(options)
        elif options.source != HERE:
            raise UsageError(f"{options.source}: from here, or with --lab NAME from a host of a lab")
        else:
            document = _here(options, ways)
    except InsideError as error:
        return error.code
    except NothingError as error:
        print(f"tabiji: {error}", file=sys.stderr)
        return NO
    except PathsError as error:
        raise UsageError(str(error)) from None
    return _report(options, document)


def _here(options: Any, ways: list[Way]) -> dict[str, Any]:
    from ..paths import Store, document, measure, payload, size_of
    from ..paths.measure import Task

    size = size_of(options.size)
    store = Store(_access(options), options.bucket)
    with _sigterm_is_ctrl_c(), tempfile.TemporaryDirectory(prefix="tabiji-") as name:
        folder = Path(name)
        task = Task(store, options.rounds, folder, key=options.key or "")
        if options.upload:
            task.payload = payload.create(folder / "sent", size)
        if options.create_bucket:
            store.create(ways)
        bar = _bar(options)
        try:
            outcome: Outcome = measure(task, ways, bar)
        finally:
            bar.close()
    return document(outcome, options.source)


@contextmanager
def _sigterm_is_ctrl_c() -> Iterator[None]:
    """Whoever ends us finds a clean bucket."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _access(options: Any) -> Access:
    from ..paths import Access

    return Access(
        endpoint=options.endpoint_url or "",
        region=options.region or "",
        profile=options.profile or "",
        cafile=options.cafile or "",
        unsigned=options.no_sign_request,
        path_style=options.path_style,
        read_timeout=options.timeout,
    )


def _bar(options: Any) -> Any:
    from ..findings.catalogue import text
    from ..paths.progress import Bar

    lang = lang_of(options)

    def say(what: str, name: str, round_: int) -> str:
        params = {"name": name, "round": str(round_), "rounds": str(options.rounds)}
        return text("bench_paths.progress", params | {"what": text(f"bench_paths.{what}", (), lang)}, lang)

    return Bar(sys.stderr, say)


def in_lab(options: Any) -> dict[str, Any]:
    """Run this same command in a host of a lab; what it found.

    Raises InsideError and NothingError where that does not work.
    """
    from ..paths import NothingError

    command = [sys.executable, "-m", "tabiji"]
    process = subprocess.Popen(
        [*command, "lab", "exec", "--lab", options.lab, options.source, "--", *command, *inner_words(options)],
        stdout=subprocess.PIPE,
        text=True,
    )
    # Ctrl-C reaches it as well, and SIGTERM is passed on: it cleans up and tells what it has; wait for that.
    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
        signal.SIGTERM: signal.signal(signal.SIGTERM, lambda number, frame: process.terminate()),
    }
    try:
        said, _ = process.communicate()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if not said and process.returncode:
        raise InsideError(process.returncode)
    try:
        found: dict[str, Any] = json.loads(said)
    except ValueError:
        why = f"did not answer (exit code {process.returncode})"
        raise NothingError(f"{options.source} in lab {options.lab} {why}") from None
    return found | {"from": options.source}


def inner_words(options: Any) -> list[str]:
    """The command line for inside: the same, with JSON out and no lab."""
    words = ["bench-paths", HERE, "--format", "json", "--lang", lang_of(options)]
    for via in options.via:
        words += ["--via", via]
    for name in _TEXT_OPTIONS:
        value = getattr(options, name)
        if value is not None:
            words += [f"--{name.replace('_', '-')}", str(value)]
    return words + [f"--{name.replace('_', '-')}" for name in _SWITCHES if getattr(options, name)]


def _report(options: Any, document: dict[str, Any]) -> int:
    from ..findings.catalogue import text
    from ..report import bench_paths as report
    from ..report.terminal import style_for

    lang = lang_of(options)
    if options.svg:
        try:
            Path(options.svg).write_text(report.svg(document, lang), encoding="utf-8")
        except OSError as error:
            print(f"tabiji: --svg {options.svg}: {error.strerror}", file=sys.stderr)
            return USAGE
    if options.format == "json":
        from ..report.json import encode

        print(encode(document, pretty=sys.stdout.isatty()))
    else:
        plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
        for line in report.lines(document, lang, style_for(options.color), plain):
            print(line)
    for what in document["left"]:
        print("tabiji: " + text("bench_paths.left", {"what": what}, lang), file=sys.stderr)
    if document["interrupted"]:
        return INTERRUPTED
    return NO if any(path["failed"] for path in document["paths"]) else YES
