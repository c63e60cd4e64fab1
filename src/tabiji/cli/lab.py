"""``tabiji lab``: the modelled network as real Linux.  Each action's work is in the file ``lab_ACTION``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import NO, USAGE, UsageError
from .settings import lang_of

if TYPE_CHECKING:
    import argparse

PASSES_EXIT_CODE = "exit"
"""Parameter of a refusal that says which exit code fits."""
NOT_POSSIBLE = frozenset(
    ("lab.no_namespaces", "lab.start_failed", "lab.start_killed", "lab.no_answer", "lab.went_away", "lab.failed",
     "lab.will_not_go", "lab.other_version", "lab.watched", "lab.services_failed", "lab.apply_failed",
     "lab.apply_broke", "lab.shape_failed", "lab.cannot_delay", "lab.no_delay", "lab.too_many_hosts")
)  # fmt: skip
"""Refusals that no other wording of the command would mend."""


def run(options: Any) -> int:
    """Run one action; what goes wrong in a lab is one line."""
    if not options.action:
        raise UsageError("lab what? " + ", ".join(ACTIONS) + " (see tabiji lab --help)")
    from ..lab.holder.errors import LabError

    try:
        code: int = import_module(f".lab_{options.action}", __package__).run(options)
        return code
    except LabError as error:
        from ..findings.catalogue import text

        print(f"tabiji: {text(error.code, error.params, lang_of(options))}", file=sys.stderr)
        if PASSES_EXIT_CODE in error.params:
            return int(error.params[PASSES_EXIT_CODE])
        return NO if error.code in NOT_POSSIBLE else USAGE


def arguments(parser: argparse.ArgumentParser) -> None:
    """The actions and their options."""
    from .arguments import EPILOG, Parser, _common

    actions = parser.add_subparsers(dest="action", metavar="ACTION", parser_class=Parser)
    for name, (summary, add) in ACTIONS.items():
        action = actions.add_parser(name, description=summary, help=summary, epilog=EPILOG)
        _common(action, "overlay_after")
        add(action)


def _up(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", metavar="NAME", default="", help="what to call the lab (default: the estate's file)")
    parser.add_argument("--no-services", action="store_true", help="network only: no DNS, no AWS API, no web servers")


def _story(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("numbers", nargs="*", type=int, metavar="N", help="1 to 5 (default: all of them)")


def _name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", default="", help="the lab (default: the only one)")


def _exec(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lab", metavar="NAME", default="", help="the lab (default: the only one)")
    parser.add_argument("-e", "--env", metavar="NAME=VALUE", action="append", default=[], help="set a variable")
    parser.add_argument("host", metavar="HOST", help="host, instance, ENI or site host, as tabiji trace takes it")
    parser.add_argument("words", nargs="*", metavar="COMMAND", help="the program and its arguments (default: a shell)")


def _apply(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    parser.add_argument("--dry-run", action="store_true", help="show the difference, change nothing")


def _capture(parser: argparse.ArgumentParser) -> None:
    from .arguments import _count, _seconds

    _name(parser)
    parser.add_argument("-w", "--write", metavar="FILE", help="pcapng file; - is standard output")
    parser.add_argument("--hops", action="store_true", help="print each packet's journey, hop by hop")
    parser.add_argument("--host", metavar="HOST", default="", help="only what enters or leaves this host")
    parser.add_argument("--seconds", type=_seconds, metavar="N", help="stop after this time (default: Ctrl-C)")
    parser.add_argument("--count", type=_count, metavar="N", help="stop after so many packets")


def _shape(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lab", metavar="NAME", default="", help="the lab (default: the only one)")
    parser.add_argument("who", metavar="WHO", help="a host, an endpoint's ENI or id, or internet")
    parser.add_argument("--rate", type=float, default=0.0, metavar="MBIT", help="Mbit/s, each way")
    parser.add_argument("--delay", type=float, default=0.0, metavar="MS", help="milliseconds, each way")
    parser.add_argument("--loss", type=float, default=0.0, metavar="PERCENT", help="each way")


def _down(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    parser.add_argument("--all", action="store_true", help="every lab of this user")


def _probe(parser: argparse.ArgumentParser) -> None:
    from .arguments import _port

    parser.add_argument("source", metavar="FROM", help="host, instance, ENI or site host")
    parser.add_argument("target", metavar="TO", help="a URL, host:port, name or address")
    parser.add_argument("--port", type=_port, help="destination port")
    protocol = parser.add_mutually_exclusive_group()
    protocol.add_argument("--protocol", metavar="NAME", help="tcp, udp or icmp")
    protocol.add_argument("--udp", dest="protocol", action="store_const", const="udp", help="same as --protocol udp")
    protocol.add_argument("--icmp", dest="protocol", action="store_const", const="icmp", help="a ping")


def _judge(parser: argparse.ArgumentParser) -> None:
    from .arguments import _count

    parser.add_argument("--topologies", type=_count, metavar="N", help="networks to draw (default: 20)")
    parser.add_argument("--probes", type=_count, metavar="M", help="packets in each (default: 200)")
    parser.add_argument("--seed", type=int, metavar="S", help="seed of the first network (default: 1)")
    parser.add_argument("--workers", type=_count, metavar="W", help="processes (default: one a CPU)")
    parser.add_argument("--scenarios", metavar="DIR", help="shrink disagreements and write them there")
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress")


def _nothing(parser: argparse.ArgumentParser) -> None:
    pass


ACTIONS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "up": ("bring the estate's network up as real Linux", _up),
    "status": ("labs that are up, their hosts", _name),
    "exec": ("run a program in a host", _exec),
    "apply": ("change a lab to what the estate says now", _apply),
    "capture": ("packets of the whole network, or each packet's hops", _capture),
    "down": ("take a lab down", _down),
    "plan": ("what would be built; needs no privileges", _nothing),
    "shape": ("make a host's or a service's links slow, far or lossy", _shape),
    "probe": ("ask the kernel once: does this packet arrive? beside what tabiji says", _probe),
    "story": ("one of the five stories, with real programs; all without N", _story),
    "judge": ("random networks: what tabiji says against what the kernel does", _judge),
    "doctor": ("what this machine can do, and what it lacks", _nothing),
}
"""Action -> summary and arguments."""
