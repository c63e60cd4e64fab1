"""A fix before the kernel: the same packets without it and with it, beside what was predicted (LAB76)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

from ..estate import Estate
from ..packet.header import FiveTuple
from .judge.compare import judge
from .judge.names import NoPort
from .judge.predicted import Predictor
from .judge.questions import Question
from .judge.testimony import Statement, Witness
from .judge.verdict import DELIVERED, DROPPED
from .kernel.errors import KernelError
from .oracle import Oracle, usable
from .plan.compile import compile_plan


class Unprovable(Exception):
    """The lab cannot be asked here; the text says why, in a line."""


class Sent(NamedTuple):
    """A packet, who sends it (an ENI's id, a site's name or ``internet``), and whether it is said to work."""

    source: str
    packet: FiveTuple
    predicted: bool | None
    """None: the journey leaves it open."""


class Row(NamedTuple):
    """What became of a packet and its answer in the kernel."""

    sent: Sent
    heard: Statement
    agrees: bool | None
    """None: one of the two sides makes no claim."""

    @property
    def works(self) -> bool | None:
        """Did it arrive, and its answer too?  None where the lab does not build what it met."""
        ends = [verdict.outcome for verdict in (self.heard.forward, self.heard.reply) if verdict is not None]
        if all(end == DELIVERED for end in ends):
            return True
        return False if DROPPED in ends else None

    @property
    def as_predicted(self) -> bool:
        """Does the kernel do what the journey said, for the reason it gave?"""
        return self.works is not None and self.works == self.sent.predicted and self.agrees is not False


class Proof(NamedTuple):
    """The packets before the fix and with it; seconds for the network, and for the change with its packets."""

    before: tuple[Row, ...]
    after: tuple[Row, ...]
    build: float
    change: float

    @property
    def of_packets(self) -> bool:
        """Is there anything for the kernel to show?  Not if all packets got through before: a policy's fix, say."""
        return not self.before or not all(row.works for row in self.before)

    @property
    def holds(self) -> bool:
        """All as predicted, and all of them work with the fix, which they did not before."""
        rows = (*self.before, *self.after)
        works = bool(self.after) and all(row.works for row in self.after)
        return works and self.of_packets and all(row.as_predicted for row in rows)


def prove(estate: Estate, changed: Estate, before: Sequence[Sent], after: Sequence[Sent]) -> Proof:
    """Send packets through the network of one estate, change it to the other's, and send again.

    Raises Unprovable where the lab cannot run, or has no place the packets could be sent from.
    """
    why = usable()
    if why:
        raise Unprovable(why)
    start = time.perf_counter()
    try:
        with Oracle(compile_plan(estate, hosts=False)) as oracle:
            built = time.perf_counter()
            first = _ask(estate, oracle, before)
            changing = time.perf_counter()
            oracle.reload(compile_plan(changed, hosts=False))
            oracle.forget()
            second = _ask(changed, oracle, after)
            done = time.perf_counter()
    except NoPort as error:
        raise Unprovable(f"no such sender in the lab: {error}") from None
    except KernelError as error:
        raise Unprovable(" ".join(str(error).split())) from None
    return Proof(_judged(estate, first), _judged(changed, second), built - start, done - changing)


def _ask(estate: Estate, oracle: Oracle, sent: Sequence[Sent]) -> list[tuple[Sent, Statement]]:
    heard = Witness(estate, oracle).hear([Question(one.source, one.packet) for one in sent])
    return list(zip(sent, heard, strict=True))


def _judged(estate: Estate, heard: Sequence[tuple[Sent, Statement]]) -> tuple[Row, ...]:
    predictor = Predictor(estate)
    rows = []
    for sent, statement in heard:
        found = judge(predictor, statement)
        rows.append(Row(sent, statement, found.found is None if found.verdicts else None))
    return tuple(rows)
