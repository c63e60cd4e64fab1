"""What one side says of one packet: the walk's prediction, or what the kernel did."""

from __future__ import annotations

from typing import NamedTuple

from ...packet.header import FiveTuple

DELIVERED, DROPPED, LOST, SILENT = "delivered", "dropped", "lost", "silent"
"""``silent``: no claim is made (the walk's ``unknown``, the lab's ``uncovered``); ``lost``: gone without a reason."""


class Verdict(NamedTuple):
    """An outcome and what decided it.

    Delivered: ``at`` (an ENI, endpoint, host, ``internet``...) and the packet
    as it arrived.  Dropped: ``code``, the component that did it and its rule.
    ``way`` are the things passed, in order, that both sides can name.
    """

    outcome: str
    at: str = ""
    packet: FiveTuple | None = None
    code: str = ""
    component: str = ""
    rule: str = ""
    way: tuple[str, ...] = ()

    @property
    def passed(self) -> tuple[str, ...]:
        """The way without where it ended."""
        return self.way[:-1] if self.at and self.way[-1:] == (self.at,) else self.way

    def __str__(self) -> str:
        by = " by " + " > ".join(self.way) if self.way else ""
        if self.outcome == DELIVERED:
            return f"delivered at {self.at} as {self.packet}{by}"
        decided = " ".join(part for part in (self.code, self.component, self.rule) if part)
        return f"{self.outcome} {decided}{by}".strip()


def differences(predicted: Verdict, observed: Verdict) -> tuple[str, ...]:
    """The aspects in which they differ, the weightiest first."""
    if predicted.outcome != observed.outcome:
        return ("outcome",)
    names = ("at", "packet") if predicted.outcome == DELIVERED else ("code", "component", "rule")
    return tuple(name for name in (*names, "passed") if getattr(predicted, name) != getattr(observed, name))
