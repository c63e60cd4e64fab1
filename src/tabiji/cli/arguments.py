"""The arguments of every verb."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, NoReturn

from .. import __version__
from . import UsageError

DESCRIPTION = "From here, does this request get there, by which way - and if not, what stops it?"
EPILOG = "exit codes: 0 yes, 2 no, 3 cannot be told, 64 usage, 65 bad input, 70 internal error"
COMMON: dict[str, Any] = {
    "net": None, "lang": None, "format": "text", "explain": False, "all_blockers": True, "forward_only": False,
    "overlay": (), "color": "auto",
}  # fmt: skip
"""Options of every verb, taken before and after it, and their defaults."""


TAKE_COMMANDS = ("trace", "fix", "strace")
"""Verbs after whose ``--`` a command stands that is not ours to read."""


class Formatter(argparse.HelpFormatter):
    """Help of a fixed width: to ask for the terminal's costs an import each start, also without --help."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=96, max_help_position=28)


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line instead of leaving the process."""

    def __init__(self, **options: Any) -> None:
        # Words after the verb are looked at before the verb is known: a prefix could mean another verb's option.
        super().__init__(formatter_class=Formatter, allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        message = message.replace(", '_names'", "")
        raise UsageError(f"{message} (see {self.prog} --help)")


def parse(argv: list[str]) -> argparse.Namespace | None:
    """The options of a command line; None when help or version was all that was wanted.  Raises UsageError."""
    parser = build(argv)
    head, tail = _command_of(argv)
    try:
        options, rest = parser.parse_known_args(head)
    except SystemExit:
        return None
    if not options.verb:
        raise UsageError("what to do? " + ", ".join(name for name in VERBS if name[0] != "_") + " (see tabiji --help)")
    if rest:  # argparse takes words in one run only; the rest of them comes back here
        if not hasattr(options, "words") or any(word.startswith("-") for word in rest):
            parser.error(f"not understood: {' '.join(rest)}")
        options.words += rest
    if tail:
        options.words += tail
    later = options.__dict__.pop("overlay_after", [])
    for name, default in COMMON.items():
        if not hasattr(options, name):
            setattr(options, name, default)
    options.overlay = [*options.overlay, *later]
    if options.format == "ra-json" and options.verb != "trace":
        parser.error("--format ra-json is for trace only")
    return options


def _command_of(argv: list[str]) -> tuple[list[str], list[str]]:
    """What stands before ``--``, and the command after it for a verb that takes one.

    Cut here, because argparse would take options between FROM and ``--`` for the end of FROM.
    """
    cut = argv.index("--") if "--" in argv else 0
    if any(word in TAKE_COMMANDS for word in argv[:cut]):
        return argv[:cut], argv[cut + 1 :]
    return argv, []


def build(argv: list[str] | None = None) -> Parser:
    """The parser; only verbs named in ``argv`` get their arguments (all of them without it)."""
    parser = Parser(prog="tabiji", description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument("--version", action="version", version=f"tabiji {__version__}")
    _common(parser, "overlay")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", parser_class=Parser, prog="tabiji")
    for name, (summary, arguments) in VERBS.items():
        shown: dict[str, Any] = {"help": summary} if summary else {}
        verb = verbs.add_parser(name, description=summary, epilog=EPILOG, **shown)
        if argv is None or name in argv:
            _common(verb, "overlay_after")
            arguments(verb)
    return parser


def _common(parser: argparse.ArgumentParser, overlay: str) -> None:
    group = parser.add_argument_group("everywhere")
    unset = argparse.SUPPRESS
    add = group.add_argument
    add("-n", "--net", metavar="ESTATE", default=unset, help="the estate: a folder of describe-* JSON or a YAML file")
    add("--overlay", metavar="FILE", dest=overlay, action="append", default=unset, help="YAML laid over the estate")
    add("--lang", choices=("en", "ja"), default=unset, help="language of texts (default: the locale's)")
    add("--format", choices=("text", "json", "ra-json"), default=unset, help="how to write the answer (ra-json: trace)")
    add("--color", choices=("auto", "always", "never"), default=unset, help="colour (default: on a terminal)")
    add("--explain", action="store_true", default=unset, help="every check, with the facts it rests on")
    both = group.add_mutually_exclusive_group()
    both.add_argument(
        "--all-blockers", action="store_true", default=unset, help="go on after a refusal to list all (default)"
    )
    both.add_argument(
        "--first-blocker", dest="all_blockers", action="store_false", default=unset, help="stop at the first refusal"
    )
    add("--forward-only", action="store_true", default=unset, help="do not walk the way back")


def _asked(parser: argparse.ArgumentParser) -> None:
    """What trace and fix are asked."""
    parser.add_argument(
        "words", nargs="*", metavar="FROM TO",
        help="from a host, instance, ENI, address, site or 'internet' to a URL, host:port, name or address; "
        "or FROM -- aws ... for every call of a command",
    )  # fmt: skip
    parser.add_argument("--port", type=_port, help="destination port")
    protocol = parser.add_mutually_exclusive_group()
    protocol.add_argument("--protocol", metavar="NAME", help="tcp, udp, icmp or an IP protocol number")
    protocol.add_argument("--udp", dest="protocol", action="store_const", const="udp", help="same as --protocol udp")
    protocol.add_argument("--icmp", dest="protocol", action="store_const", const="icmp", help="a ping")
    parser.add_argument(
        "--for", dest="job", metavar="JOB", help="all names a job needs: ssm-session, ecr-pull, eks-node..."
    )
    parser.add_argument(
        "--client", choices=("cli-v2", "cli-v1", "boto3", "cli-2016"), default="cli-v2", help="who runs FROM -- aws ..."
    )


def _trace(parser: argparse.ArgumentParser) -> None:
    _asked(parser)
    parser.add_argument(
        "--evidence", action="store_true", help="what flow logs and CloudTrail would and would not hold of it"
    )
    parser.add_argument("--compare", metavar="FILE", help="a Reachability Analyzer result: where does it differ?")
    parser.add_argument("--batch", action="store_true", help="JSON lines: questions on stdin, answers on stdout")


def _fix(parser: argparse.ArgumentParser) -> None:
    _asked(parser)
    parser.add_argument("--take", type=_count, default=1, metavar="N", help="the fix that is meant below (default: 1)")
    parser.add_argument("--write", metavar="FILE", help="write that fix as an overlay")
    parser.add_argument("--force", action="store_true", help="write over an existing file")
    parser.add_argument(
        "--prove", action="store_true", help="also send the packets through the kernel, without and with it"
    )


def _dig(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words", nargs="*", metavar="WORD",
        help="FROM NAME [TYPE], with @SERVER, +short, +tcp... as dig has them; +noexplain",
    )  # fmt: skip
    parser.add_argument("-x", dest="reverse", metavar="ADDRESS", help="the name of an address")
    parser.add_argument("-t", dest="type", metavar="TYPE", help="type of record; same as TYPE behind NAME")
    parser.add_argument(
        "--as", dest="tool", choices=("dig", "nslookup", "host", "getent"), help="print, and exit, as this tool"
    )
    parser.add_argument("--query-id", type=_message_id, metavar="N", help="message id to print (default: random)")
    parser.add_argument(
        "--query-time", "--elapsed", dest="query_time", type=_whole, default=0, metavar="MS",
        help="query time to print (default: 0)",
    )  # fmt: skip
    parser.add_argument(
        "--when", "--at", dest="when", metavar="TIME",
        help="clock to print, as in 2026-01-31T12:00:00+09:00 (default: now)",
    )  # fmt: skip
    parser.add_argument("--dig-version", metavar="VERSION", help="version the banner tells")


def _names(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--from", dest="source", metavar="PLACE", action="append", default=[],
        help="a VPC (what its resolver answers), host, instance, ENI, address or site; default: each VPC and site",
    )  # fmt: skip
    parser.add_argument(
        "--services", default="common", metavar="LIST",
        help="common (default), all, estate (those it has endpoints for), or names such as ssm,ecr.api",
    )  # fmt: skip
    parser.add_argument(
        "--region", action="append", default=[], help="ask for this Region's names (default: the VPCs')"
    )
    parser.add_argument("--variants", action="store_true", help="ask for FIPS and dual-stack forms as well")
    parser.add_argument("--connect", action="store_true", help="also walk TCP 443 to what was resolved")


def _dns(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--view", dest="views", metavar="VIEW=ADDRESS:PORT", action="append", default=[],
        help="serve a VPC, inbound endpoint, site or host there; @PREFIX,... behind it: for these clients only",
    )  # fmt: skip
    parser.add_argument("--forward", metavar="ADDRESS[:PORT]", help="a real resolver for names outside the estate")
    parser.add_argument("--query-log", metavar="FILE", help="write each query as a line of JSON; - is standard output")
    parser.add_argument("--allow-remote", action="store_true", help="listen on other addresses than loopback")
    parser.add_argument(
        "--no-reload", action="store_true", help="do not watch the estate's files (SIGHUP still reloads)"
    )
    parser.add_argument("--tcp-timeout", type=_seconds, default=10.0, metavar="SECONDS", help="default 10")
    parser.add_argument("--tcp-connections", type=_count, default=256, metavar="N", help="at once, default 256")
    parser.add_argument("--tcp-per-client", type=_count, default=64, metavar="N", help="of one address, default 64")
    parser.add_argument("--cache", type=_count, default=1_000_000, metavar="N", help="answers kept, default 1000000")


def _relay(parser: argparse.ArgumentParser) -> None:
    from .relay import arguments

    arguments(parser)


def _bench_paths(parser: argparse.ArgumentParser) -> None:
    from .bench_paths import arguments

    arguments(parser)


def _lab(parser: argparse.ArgumentParser) -> None:
    from .lab import arguments

    arguments(parser)


def _catalogue(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs="*", metavar="WORD", help="list (default), show NAME, or refresh")
    parser.add_argument("--region", action="append", default=[], help="Region of the names; for refresh, to ask")
    parser.add_argument("--profile", metavar="NAME", help="AWS profile that refresh uses")


def _strace(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs="*", metavar="COMMAND", help="after --: the command to run, with its arguments")
    parser.add_argument("--read", metavar="FILE", help="read a saved strace log instead; - is standard input")
    parser.add_argument("--from", dest="source", metavar="HOST", help="set the estate's prediction from here beside it")
    parser.add_argument("--keep", metavar="FILE", help="write the log, with nothing secret in it")
    parser.add_argument("-o", "--output", metavar="FILE", help="where the report goes (a command's: standard error)")
    parser.add_argument("--light", action="store_true", help="trace the network's calls only: less to see, less cost")


def _probe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="TARGET", help="a URL or host:port, asked from this machine")
    parser.add_argument("--from", dest="source", metavar="HOST", help="set the estate's prediction from here beside it")
    parser.add_argument("--timeout", type=_seconds, default=5.0, metavar="SECONDS", help="for each stage (default: 5)")
    parser.add_argument("--cafile", metavar="FILE", help="CA certificates to trust instead of the system's")


def _show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help="list every oddity, not only the first ones")


def _har(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a HAR file saved by a browser")
    parser.add_argument("--from", dest="source", metavar="HOST", help="where the browser ran: a place in the estate")
    parser.add_argument("--redact", metavar="OUT", help="also write a copy that is safe to hand on")
    parser.add_argument("--redact-accounts", action="store_true", help="hide account ids in that copy too")


def _logs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="flow log or CloudTrail files, folders, patterns")
    parser.add_argument("--from", dest="since", metavar="TIME", help="only records from this time on (ISO 8601, UTC)")
    parser.add_argument("--to", dest="until", metavar="TIME", help="only records before this time")
    parser.add_argument("--limit", type=_count, metavar="N", help="groups shown of each kind (default: 20, JSON: all)")
    parser.add_argument("--redact-accounts", action="store_true", help="hide account ids")


def _completion(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=("bash", "zsh", "fish"))


def _nothing(parser: argparse.ArgumentParser) -> None:
    pass


VERBS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "trace": ("walk one request from its name to its reply", _trace),
    "fix": ("the smallest change that makes a request or a command work", _fix),
    "dig": ("what a name resolves to from a place, and who decided it", _dig),
    "har": ("why calls of a recorded browser session failed", _har),
    "names": ("do all places resolve all services to the endpoints there are?", _names),
    "dns": ("serve what an estate's places resolve as a real DNS server", _dns),
    "relay": ("pass TCP connections on to named upstreams, and to nothing else", _relay),
    "bench-paths": ("how long the same file takes over several paths to S3", _bench_paths),
    "lab": ("the network as real Linux: run programs in it, watch packets, ask the kernel", _lab),
    "catalogue": ("endpoint services and the names they answer for", _catalogue),
    "strace": ("what a command really does on the network", _strace),
    "probe": ("do it from this machine: name, TCP, TLS, HTTP", _probe),
    "logs": ("what flow logs and CloudTrail show as refused, and why", _logs),
    "show": ("what an estate holds, and what is missing in it", _show),
    "demo": ("stories on bundled examples", _nothing),
    "doctor": ("is everything here that is needed?", _nothing),
    "completion": ("a completion script for your shell", _completion),
    "_names": ("", _nothing),
}
"""Verb -> summary and arguments; the verb's work is in the file of the same name."""


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (1-65535)")
    return int(text)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 100_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 100000000")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 3600:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0 to 3600")
    return value


def _message_id(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a message id (0-65535)")
    return int(text)


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of milliseconds")
    return int(text)
