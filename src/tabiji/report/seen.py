"""What the client would show: a line a client, and one on what that means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..journey.model import Seen

Say = Callable[..., str]
NAMES = {"aws": "aws CLI v2", "aws-v1": "aws CLI v1", "curl": "curl"}
"""Clients by the name they go by in every language."""


def seen_lines(rows: Sequence[Seen], say: Say) -> Iterator[tuple[str, str]]:
    """(Text, how to dress it): the clients' own words, then ours once for each kind of failure."""
    for row in rows:
        name = NAMES.get(row.client) or say(f"seen.{row.client}")
        text = row.text if row.text.startswith(f"{name}:") else f"{name}: {row.text}"
        aside = [waiting(row, say)]
        if row.exit is not None:
            aside.append(say("seen.exit", exit=str(row.exit)))
        yield f"{text} ({', '.join(aside)})", ""
    for code in dict.fromkeys(row.code for row in rows):
        yield say(code), "dim"


def waiting(row: Seen, say: Say) -> str:
    """How long until the client says so."""
    if row.seconds is None:
        return say("seen.after_system")
    if not row.seconds:
        return say("seen.at_once")
    minutes, rest = divmod(row.seconds, 60)
    exact = rest or not minutes
    unit = "seen.seconds" if exact else "seen.minutes"
    return say("seen.after", time=say(unit, count=str(row.seconds if exact else minutes)))
