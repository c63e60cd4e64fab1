"""``tabiji relay``: pass TCP connections on to named upstreams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import YES, UsageError

if TYPE_CHECKING:
    import argparse

USAGE = "relay what? LISTEN UPSTREAM, for example 443 s3-ap-northeast-1.amazonaws.com:443 (see tabiji relay --help)"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    from .arguments import _count, _seconds

    add = parser.add_argument
    add(
        "words", nargs="*", metavar="LISTEN UPSTREAM",
        help="LISTEN: PORT (loopback), ADDRESS:PORT, *:PORT or fd:NAME (systemd's socket). UPSTREAM: HOST:PORT, or"
        " sni:NAME[=HOST[:PORT]],*.SUFFIX,@FILE to go by the name in the TLS hello. More pairs may follow",
    )  # fmt: skip
    add("--allow", metavar="PREFIX", action="append", help="who may connect (PREFIX,... or @FILE); SIGHUP rereads")
    add("--allow-any", action="store_true", help="let anybody connect to listeners that are not on loopback")
    add("--proxy-in", action="store_true", help="clients must send a PROXY header, version 1 or 2")
    add("--proxy-out", type=int, choices=(1, 2), default=0, help="tell upstreams the client in a PROXY header")
    add("--connect-timeout", type=_seconds, default=5.0, metavar="SECONDS", help="of each address, default 5")
    add("--hello-timeout", type=_seconds, default=5.0, metavar="SECONDS", help="for PROXY header or hello, default 5")
    add("--idle-timeout", type=_idle, default=3600.0, metavar="SECONDS", help="default 3600; 0: none")
    add("--drain", type=_seconds, default=30.0, metavar="SECONDS", help="time to finish after SIGTERM, default 30")
    add("--max", dest="most", type=_count, default=10_000, metavar="N", help="connections at once, default 10000")
    add("--max-per-source", type=_count, default=0, metavar="N", help="connections of one address (default: no limit)")
    add("--names-for", type=_seconds, default=1.0, metavar="SECONDS", help="keep resolved addresses so long, default 1")
    add("--metrics", metavar="[ADDRESS:]PORT", help="serve /metrics (Prometheus) and /healthz there, on loopback")
    add("--access-log", metavar="FILE", help="write connections there; - is standard output")
    add("--log-format", choices=("text", "json"), help="of the access log (default: --format)")
    add("-d", dest="level", action="count", default=0, help="say more; -d connections, -d -d names, -d -d -d all")


def run(options: Any) -> int:
    """Relay until SIGTERM or SIGINT (exit code 0)."""
    words = options.words
    if not words:
        raise UsageError(USAGE)
    if len(words) % 2:
        raise UsageError(f"{words[-1]}: no upstream for it; relay takes pairs of LISTEN UPSTREAM")
    if options.allow and options.allow_any:
        raise UsageError("--allow or --allow-any, not both")
    from ..relay import Config, Log, RelayError, Spec, serve

    config = Config(
        listeners=[Spec(*pair) for pair in zip(words[::2], words[1::2], strict=True)],
        allow=options.allow,
        allow_any=options.allow_any,
        proxy_in=options.proxy_in,
        proxy_out=options.proxy_out,
        connect_timeout=options.connect_timeout,
        hello_timeout=options.hello_timeout,
        idle_timeout=options.idle_timeout,
        drain=options.drain,
        most=options.most,
        most_of_source=options.max_per_source,
        keep_names=options.names_for,
        metrics=options.metrics,
    )
    try:
        log = Log(options.level, options.access_log, options.log_format or options.format)
    except OSError as error:
        raise UsageError(f"--access-log {options.access_log}: {error.strerror or error}") from None
    try:
        serve(config, log)
    except RelayError as error:
        raise UsageError(str(error)) from None
    return YES


def _idle(text: str) -> float:
    from .arguments import _seconds

    return 0.0 if text == "0" else _seconds(text)
