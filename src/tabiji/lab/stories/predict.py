"""What tabiji says of a step before it is run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ...estate import Estate
    from ...findings.finding import Fix
    from ...journey.model import Journey
    from ...report.labels import Labels

ADDRESS = re.compile(r"\s(?:A|AAAA)\s+([0-9a-fA-F.:]+)\s*$|^([0-9]+(?:\.[0-9]+){3})$", re.MULTILINE)


class Prediction(NamedTuple):
    """``verdict``: reachable, blocked or undetermined; ``words`` why, in the reader's language; ``fixes`` that help.

    ``addresses`` are what a name resolves to, None when no name was asked.
    """

    verdict: str
    words: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()
    addresses: frozenset[str] | None = None


def predict(estate: Estate, host: str, command: Sequence[str], to: str, lang: str) -> Prediction | None:
    """The prediction for a command run on a host; None for commands that send nothing of their own.

    ``to`` says what the command asks for, where its words do not.  Raises
    RequestError when the host or the target is not understood.
    """
    if to:
        from ... import trace

        return _of_journeys(estate, (trace(estate, host, to),), lang)
    if command[0] == "dig":
        return _of_name(estate, host, next(word for word in command[1:] if word[0] not in "+-@"), lang)
    if command[0] == "aws":
        return _of_command(estate, host, command, lang)
    return None


def _of_name(estate: Estate, host: str, name: str, lang: str) -> Prediction:
    from ... import dig
    from ...report.labels import Labels

    answer = dig(estate, host, name)
    addresses = frozenset(answer.addresses())
    if answer.unknown:
        words: tuple[str, ...] = (Labels(estate, lang).text("unknown.name", {"reason": answer.unknown}),)
        return Prediction("undetermined", words, addresses=addresses)
    words = (", ".join(sorted(addresses)) or answer.rcode,)
    return Prediction("reachable" if addresses else "blocked", words, addresses=addresses)


def _of_command(estate: Estate, host: str, command: Sequence[str], lang: str) -> Prediction:
    from ...journey.command import walk_plan
    from ...request.aws import plan
    from ...request.vantage import find_vantage

    vantage = find_vantage(estate, host)
    planned = plan(list(command), estate.hosts.get(vantage.host), estate, eni=vantage.eni)
    told = walk_plan(estate, vantage, planned)
    needed = tuple(c.journey for c in told.calls if not c.call.optional and c.journey is not None)
    return _of_journeys(estate, needed, lang)._replace(verdict=told.verdict)


def _of_journeys(estate: Estate, journeys: Sequence[Journey], lang: str) -> Prediction:
    from ...report.labels import Labels

    labels = Labels(estate, lang)
    for verdict in ("blocked", "undetermined"):
        for told in journeys:
            if told.verdict == verdict:
                told_of = [f for f in told.findings if f.severity in ("blocker", "unknown")]
                words = tuple(labels.text(f.code, f.params, component=f.component) for f in told_of[:2])
                return Prediction(verdict, words, told.fixes)
    ways = tuple(dict.fromkeys(_way(told, labels) for told in journeys))
    return Prediction("reachable", ways)


def _way(told: Journey, labels: Labels) -> str:
    """The places of the way there, in a line."""
    path = next((p for p in told.paths if p.verdict == "reachable"), None)
    if path is None:
        return told.request.text
    names = [labels.name(h.place.id) or h.place.id for h in path.hops if h.leg == "forward" and h.place.id]
    return " → ".join(dict.fromkeys(names))
