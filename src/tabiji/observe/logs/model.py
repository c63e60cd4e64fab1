"""What was read from logs, and what journeys say to it."""

from __future__ import annotations

import msgspec

from ...findings.finding import Finding
from ...journey.model import Journey

ACCEPT, REJECT = "ACCEPT", "REJECT"
FORWARD, REPLY = "forward", "reply"
INGRESS, EGRESS = "ingress", "egress"

CONTRADICTED, LOST, EXPLAINED, OPEN, AGREES = "contradicted", "lost", "explained", "open", "agrees"
"""How observed and predicted stand to each other.

``contradicted``: tabiji says otherwise.  ``lost``: accepted where it was
seen, but by the estate stopped further on or on the way back.  ``explained``:
a refusal tabiji predicts.  ``open``: nothing can be said.  ``agrees``:
accepted, as predicted.
"""


class LogProblem(msgspec.Struct, frozen=True, kw_only=True):
    """A line or file that could not be used; ``line`` is 0 when the file as a whole is meant."""

    file: str
    reason: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}" if self.line else f"{self.file}: {self.reason}"


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """Flow log records that differ in nothing the estate could tell apart.

    ``client`` opened the flow and ``server`` serves at ``port``, whichever
    way the recorded packets went: ``leg`` is ``reply`` when they went from
    the server to the client.  Addresses and ports are those of the most
    frequent member (``clients``, ``servers`` and ``ports`` count the
    members); ``other`` is the client's port in it.  ``direction`` is how the
    packets passed the interface.  ``openers`` counts records that hold a SYN,
    ``flagged`` those that say which TCP flags they hold.
    """

    interface: str
    direction: str
    leg: str
    client: str
    server: str
    protocol: int
    port: int
    other: int
    action: str
    reason: str = ""
    records: int = 0
    packets: int = 0
    bytes: int = 0
    first: int = 0
    """Start of the first record, seconds since 1970."""
    last: int = 0
    """End of the last one."""
    clients: int = 1
    servers: int = 1
    ports: int = 1
    low_port: int = 0
    high_port: int = 0
    openers: int = 0
    flagged: int = 0
    sure: bool = True
    """Do ports or flags tell who opened it?"""


class Told(msgspec.Struct, kw_only=True):
    """A group of flows and what the estate says to it."""

    flow: Flow
    state: str = OPEN
    because: Finding | None = None
    """The sentence that sets observed beside predicted."""
    findings: tuple[Finding, ...] = ()
    """What stops it: blockers of the journey, or of the interface's own filters."""
    journey: Journey | None = None
    hints: tuple[Finding, ...] = ()
    """Possible reasons of a contradiction."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Denied API calls of one kind; nothing of their parameters or caller is kept."""

    source: str
    """``s3``: the eventSource without its domain."""
    name: str
    region: str
    error: str
    policy: str
    """Kind of the policy that denied, as the message names it; empty when it does not."""
    explicit: bool
    address: str
    endpoint: str
    network: bool
    """A network-activity event (CL1)."""


class Denial(msgspec.Struct, kw_only=True):
    """Events of one kind, counted, and what the estate says to them."""

    event: Event
    events: int = 0
    first: str = ""
    last: str = ""
    state: str = OPEN
    because: Finding | None = None
    findings: tuple[Finding, ...] = ()
    journey: Journey | None = None


class Talker(msgspec.Struct, frozen=True, kw_only=True):
    """An address that was refused most."""

    address: str
    records: int
    packets: int
    interfaces: int


class Count(msgspec.Struct, kw_only=True):
    """What was in the files."""

    files: int = 0
    flow_files: int = 0
    trail_files: int = 0
    records: int = 0
    """Flow log records used."""
    accepted: int = 0
    rejected: int = 0
    nodata: int = 0
    skipdata: int = 0
    other: int = 0
    """Records without an action or address that are marked OK."""
    unreadable: int = 0
    """Lines and events that could not be read, at least."""
    outside: int = 0
    """Records and events outside the time asked for."""
    first: int = 0
    last: int = 0
    groups: int = 0
    """Distinct refused groups."""
    unwalked: int = 0
    """Refused groups that were not walked."""
    accepted_groups: int = 0
    accepted_walked: int = 0
    events: int = 0
    denied: int = 0
    errors: int = 0
    """Events with an error that is no denial."""
    event_overflow: int = 0
    """Denied events beyond the kinds kept."""

    @property
    def understood(self) -> int:
        """Records and events that were readable, used or left out."""
        return self.records + self.events + self.nodata + self.skipdata + self.outside


class LogReport(msgspec.Struct, kw_only=True):
    """Everything there is to tell."""

    count: Count
    flows: tuple[Told, ...] = ()
    """Contradictions, then lost, explained and open ones; within each the most frequent first."""
    denials: tuple[Denial, ...] = ()
    talkers: tuple[Talker, ...] = ()
    notes: tuple[Finding, ...] = ()
    problems: tuple[LogProblem, ...] = ()

    @property
    def state(self) -> str:
        """``ok`` nothing was refused or lost; ``explained``; ``open``: something is not, or there was nothing."""
        if not self.count.understood:
            return OPEN
        states = [row.state for row in self.flows] + [row.state for row in self.denials]
        if any(state in (OPEN, CONTRADICTED) for state in states) or self.count.unwalked or self.count.event_overflow:
            return OPEN
        return EXPLAINED if any(state in (EXPLAINED, LOST) for state in states) else "ok"
