"""What the kernel did with a packet and with the answer to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from ...packet.address import format_address
from .. import packets
from .names import Names
from .reasons import AT_THE_DOOR
from .verdict import DELIVERED, DROPPED, LOST, SILENT, Verdict

if TYPE_CHECKING:
    from ...estate import Estate
    from ..oracle import Oracle, Outcome
    from .questions import Question


class Statement(NamedTuple):
    """A packet sent, and the answer of whoever it was delivered to (None: it was delivered to nobody).

    ``sport`` is the source port the packet was last seen with.
    """

    question: Question
    forward: Verdict
    reply: Verdict | None
    sport: int


class Witness:
    """Asks the kernel about one estate."""

    def __init__(self, estate: Estate, oracle: Oracle) -> None:
        self.oracle = oracle
        self.names = Names(estate, oracle.plan)

    def hear(self, questions: Sequence[Question]) -> list[Statement]:
        """Send the packets, then the answers to those that arrived."""
        sent = [(self.names.port_of(q), packets.build(q.packet, ident=n + 1)) for n, q in enumerate(questions)]
        outcomes = self.oracle.send_many(sent)
        answers = {n: (o.port, packets.reply_packet(o.packet)) for n, o in enumerate(outcomes) if o.port}
        back = dict(zip(answers, self.oracle.send_many(list(answers.values())), strict=True))
        return [
            Statement(
                question,
                self.verdict(outcome),
                self.verdict(back[n]) if n in back else None,
                outcome.hops[-1].flow.sport if outcome.hops else question.packet.sport,
            )
            for n, (question, outcome) in enumerate(zip(questions, outcomes, strict=True))
        ]

    def verdict(self, outcome: Outcome) -> Verdict:
        """One outcome in the judge's words."""
        if outcome.lost:
            flow = f" last seen as {outcome.hops[-1].flow}" if outcome.hops else ""
            return Verdict(LOST, code=f"lost{flow}", way=self.names.way(outcome))
        if outcome.port:
            arrived = packets.parse(outcome.packet)
            at = self.names.at(outcome.port, format_address(arrived.dst))
            return Verdict(DELIVERED, at, arrived, way=self.names.way(outcome))
        reason = self.oracle.plan.reasons[outcome.reason]
        if reason.code == "uncovered":
            return Verdict(SILENT, code=reason.code, component=reason.owner)
        word, component, rule = self.names.decided(reason)
        way = self.names.way(outcome, word)
        if reason.code in AT_THE_DOOR:
            way = (*way, reason.owner)
        return Verdict(DROPPED, code=word, component=component, rule=rule, way=way)
