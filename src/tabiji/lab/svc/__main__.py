"""``python -m tabiji.lab.svc``: the services of a plan, in the namespace this runs in."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import msgspec

from ...sources import SourceError, load
from ..plan.model import Plan
from . import ListenError, Options, serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM; 0, 64 for wrong usage, 65 for data that cannot be read, 70 when it cannot listen."""
    parser = argparse.ArgumentParser(prog="python -m tabiji.lab.svc", description=__doc__)
    parser.add_argument("-n", "--net", required=True, help="the estate: a folder or file")
    parser.add_argument("--plan", required=True, help="the plan, as JSON")
    parser.add_argument("--log", help="append the access log to this file")
    parser.add_argument("--ready-fd", type=int, default=-1, help="file descriptor that is told which part is up")
    parser.add_argument("--port", action="append", default=[], metavar="PLAN=REAL", help="bind another port")
    parser.add_argument("--namespace", action="append", default=[], metavar="GUEST=PATH", help="where a guest is")
    try:
        options = parser.parse_args(arguments)
        ports = {int(a): int(b) for a, _, b in (text.partition("=") for text in options.port)}
    except (SystemExit, ValueError) as error:
        if isinstance(error, SystemExit) and not error.code:
            return 0
        print("svc: usage: see --help", file=sys.stderr)
        return 64
    namespaces = {a: b for a, _, b in (text.partition("=") for text in options.namespace)}
    try:
        estate = load(options.net)
        with open(options.plan, "rb") as file:
            plan = msgspec.json.decode(file.read(), type=Plan)
        log = open(options.log, "ab") if options.log else None  # noqa: SIM115 - as long as the process
    except (SourceError, OSError, msgspec.DecodeError) as error:
        print(f"svc: {error}", file=sys.stderr)
        return 65
    settings = Options(ports=ports, log=log, ready=options.ready_fd, namespaces=namespaces)
    try:
        return serve(estate, plan, settings)
    except ListenError as error:
        print(f"svc: {error.strerror}", file=sys.stderr)
        return 70


if __name__ == "__main__":
    sys.exit(main())
