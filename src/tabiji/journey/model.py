"""A journey as data: what a report shows and JSON holds."""

from __future__ import annotations

import msgspec

from ..fabric.stage import Place
from ..findings.finding import Finding, Fix
from ..names.answer import Answer
from ..packet.header import FiveTuple
from ..request.model import Request, Vantage

REACHABLE, BLOCKED, UNDETERMINED = "reachable", "blocked", "undetermined"


class Check(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One decision at a hop.

    ``kind`` is the table consulted (``security_group``, ``network_acl``,
    ``route_table``, ``tgw_route_table``, ``source_check``, ``nat``,
    ``choice``, ``note``, ``drop``, ``deliver``...); ``ok`` True admitted,
    False refused, None neither.  ``rule`` is the row that decided (its id or
    number), ``detail`` the row's content (``tcp 443 from 10.0.0.0/8``,
    ``0.0.0.0/0 -> nat-...``), ``code`` a catalogue key for drops and notes.
    ``stateful``: passed because the flow is known, without looking at rules.
    """

    kind: str
    component: str = ""
    direction: str = ""
    ok: bool | None = None
    rule: str = ""
    detail: str = ""
    target: str = ""
    """Next hop of a route that won."""
    code: str = ""
    params: tuple[tuple[str, str], ...] = ()
    facts: tuple[str, ...] = ()
    stateful: bool = False


class Hop(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A place on the way: the packet as it arrives, the packet as it leaves, what was decided."""

    number: int
    leg: str
    place: Place
    packet: FiveTuple
    leaves: FiveTuple
    checks: tuple[Check, ...] = ()


class Path(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One way a packet may take: one destination address, one set of branches."""

    destination: int
    packet: FiveTuple
    verdict: str
    hops: tuple[Hop, ...] = ()
    findings: tuple[Finding, ...] = ()
    branches: tuple[str, ...] = ()
    """Labels of the nondeterministic branches taken."""


class Seen(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What one client shows when the request fails.

    ``text`` is the tool's, ``exit`` its exit code (None: not established, or
    it has none).  ``seconds`` is the least time until it says so, 0 at once,
    None when that hangs on the system.  ``outcome`` is the kind of failure,
    ``code`` the catalogue's sentence on it.
    """

    client: str
    outcome: str
    text: str
    exit: int | None = None
    seconds: int | None = None
    code: str = ""
    facts: tuple[str, ...] = ()


class Journey(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The whole answer to one request."""

    vantage: Vantage
    request: Request
    verdict: str
    resolution: Answer | None = None
    resolutions: tuple[Answer, ...] = ()
    """All questions asked (A, AAAA, search list), in order."""
    paths: tuple[Path, ...] = ()
    findings: tuple[Finding, ...] = ()
    fixes: tuple[Fix, ...] = ()
    seen: tuple[Seen, ...] = ()
    """What the clients a person would use show, if it fails."""


__all__ = ["BLOCKED", "REACHABLE", "UNDETERMINED", "Check", "Hop", "Journey", "Path", "Request", "Seen", "Vantage"]
