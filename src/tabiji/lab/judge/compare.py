"""Walk against kernel, one packet and its answer at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from ...packet.header import reply_to
from ...walk import KEEP, Trip
from .doubts import answer_in_doubt, let_out_by_reference
from .predicted import Predictor
from .reasons import MISDELIVERED, PATHLESS
from .verdict import DELIVERED, DROPPED, LOST, SILENT, Verdict, differences

if TYPE_CHECKING:
    from .questions import Question
    from .testimony import Statement

AGREE, DISAGREE, NO_CLAIM, UNCOVERED, GONE = "agree", "disagree", "no claim", "uncovered", "lost"
KNOWS_FLOWS = frozenset(("firewall.midstream", "nat.unsolicited", "appliance.asymmetric"))
"""Words of devices that refuse an answer because they do not know the flow."""
GROUPS = frozenset(("sg.in", "sg.out"))
TRIPS = 64
"""So many of a packet's trips are walked; where there are more, the kernel's may not be among them."""
FORWARD, REPLY = "forward", "reply"
NAT_RANGES = ((1024, 65535), (32768, 60999))
"""What devices choose source ports from (NG4, NA5)."""


class Disagreement(NamedTuple):
    """A packet about which the two sides differ, and in what."""

    question: Question
    leg: str
    what: str
    predicted: Verdict
    observed: Verdict

    @property
    def signature(self) -> tuple[str, ...]:
        """Disagreements with the same signature are likely one and the same."""
        return (
            self.leg,
            self.what,
            self.predicted.outcome,
            self.predicted.code,
            self.observed.outcome,
            self.observed.code,
        )


class Judgement(NamedTuple):
    """How a packet was judged: a result for each leg the kernel was asked about."""

    forward: str
    reply: str
    found: Disagreement | None = None

    @property
    def verdicts(self) -> int:
        """Legs in which kernel and walk both spoke."""
        return sum(result in (AGREE, DISAGREE) for result in (self.forward, self.reply))


def judge(predictor: Predictor, statement: Statement) -> Judgement:
    """Is what the kernel did one of the things the walk says may happen?"""
    question, seen, answered, _ = statement
    if seen.outcome in (SILENT, LOST):
        return Judgement(UNCOVERED if seen.outcome == SILENT else GONE, "")
    worst: Judgement | None = None
    for port in _ports(statement):
        judged = _judge(predictor, question, predictor.trips(question, port), seen, answered)
        if judged.found is None:
            return judged
        if worst is None or judged.forward == AGREE:
            worst = judged
    assert worst is not None
    return worst


def _ports(statement: Statement) -> Iterator[float]:
    """How walk shall choose source ports: keep them, else whatever the kernel chose."""
    yield KEEP
    chosen = statement.sport
    if chosen and chosen != statement.question.packet.sport:
        yield from ((chosen - low + 0.5) / (high - low) for low, high in NAT_RANGES if low <= chosen <= high)


def _judge(
    predictor: Predictor, question: Question, trips: list[Trip], seen: Verdict, answered: Verdict | None
) -> Judgement:
    claims = [predictor.verdict(trip.forward) for trip in trips]
    fitting = [trip for trip, claim in zip(trips, claims, strict=True) if not differences(claim, seen)]
    if not fitting:
        silent = any(claim.outcome == SILENT for claim in claims)
        if silent or len(trips) >= TRIPS or (seen.code == "sg.out" and any(map(let_out_by_reference, trips))):
            return Judgement(NO_CLAIM, "")
        claim = min(claims, key=lambda c: len(differences(c, seen)) + 5 * (c.outcome != seen.outcome))
        what = " and ".join(differences(claim, seen))
        return Judgement(DISAGREE, "", Disagreement(question, FORWARD, what, claim, seen))
    return _judge_reply(predictor, question, fitting, answered)


def _judge_reply(predictor: Predictor, question: Question, trips: list[Trip], answered: Verdict | None) -> Judgement:
    replies = [predictor.verdict(trip.reply) for trip in trips if trip.reply is not None]
    if answered is None or not replies:  # walk knows of receivers that never answer
        return Judgement(AGREE, "")
    if answered.outcome in (SILENT, LOST):
        return Judgement(AGREE, UNCOVERED if answered.outcome == SILENT else GONE)
    if any(not differences(claim, answered) for claim in replies):
        return Judgement(AGREE, AGREE)
    if any(claim.code == MISDELIVERED for claim in replies) and not _at_home(question, answered):
        return Judgement(AGREE, AGREE)  # that it does not come back is the claim
    if any(_refused_earlier(claim, answered) for claim in replies):
        return Judgement(AGREE, AGREE)
    if any(claim.outcome == SILENT for claim in replies) or any(map(answer_in_doubt, trips)) or len(trips) >= TRIPS:
        return Judgement(AGREE, NO_CLAIM)
    claim = min(replies, key=lambda c: (c.outcome != answered.outcome, len(differences(c, answered))))
    what = " and ".join(differences(claim, answered))
    return Judgement(AGREE, DISAGREE, Disagreement(question, REPLY, what, claim, answered))


def _refused_earlier(claim: Verdict, answered: Verdict) -> bool:
    """An answer whose address was changed on the way, refused by both: by a device that the walk lets it pass.

    The walk remembers which devices a flow met, the kernel also with which addresses.
    """
    if not claim.outcome == answered.outcome == DROPPED:
        return False
    if claim.code in PATHLESS and answered.code in GROUPS:
        return True
    if answered.code not in KNOWS_FLOWS:
        return False
    return claim.code in PATHLESS | KNOWS_FLOWS or claim.way[: len(answered.way)] == answered.way


def _at_home(question: Question, answered: Verdict) -> bool:
    return answered.outcome == DELIVERED and answered.packet == reply_to(question.packet)
