"""``tabiji dns``: what an estate's places resolve, served as a real DNS server."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, TextIO

from . import YES, UsageError
from .settings import estate_of, net_of

if TYPE_CHECKING:
    from ..estate import Estate

USAGE = "serve what? --view VIEW=ADDRESS:PORT, for example --view vpc-0a1=127.0.0.1:5301 (see tabiji dns --help)"


def run(options: Any) -> int:
    """Serve until SIGTERM or SIGINT (exit code 0); SIGHUP, or a changed file, loads the estate anew."""
    if not options.views:
        raise UsageError(USAGE)
    net = net_of(options)
    from ..dnsd import ListenError
    from ..dnsd.server import TcpLimits
    from ..dnsd.views import serve_estate

    def load() -> Estate:
        return estate_of(options)

    limits = TcpLimits(
        timeout=options.tcp_timeout, connections=options.tcp_connections, per_client=options.tcp_per_client
    )
    with ExitStack() as files:
        try:
            return serve_estate(
                load,
                options.views,
                watch=() if options.no_reload else (net, *options.overlay),
                forward=options.forward or "",
                log=_log(options.query_log, files) if options.query_log else None,
                allow_remote=options.allow_remote,
                tcp=limits,
                cache_entries=options.cache,
            )
        except ListenError as error:
            raise UsageError(str(error)) from None
    return YES


def _log(path: str, files: ExitStack) -> TextIO:
    """The query log, added to if it exists.  Raises UsageError."""
    if path == "-":
        return sys.stdout
    try:
        return files.enter_context(open(path, "a", encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"--query-log {path}: {error.strerror or error}") from None
