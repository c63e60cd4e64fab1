"""A journey as data: what a report shows and JSON holds."""

from __future__ import annotations

import msgspec

from ..fabric.stage import Place
from ..findings.finding import Finding, Fix
from ..names.answer import Answer
from ..packet.header import FiveTuple

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


class Request(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What is asked: a destination (name or address), a protocol and a port.

    ``text`` is what the user typed; ``path`` the URL's path, ``scheme`` the
    URL's; ``tls`` whether a TLS handshake follows the TCP one.
    """

    text: str
    host: str
    protocol: int = 6
    port: int | None = None
    scheme: str = ""
    path: str = ""
    tls: bool = False


class Vantage(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Where the request starts: an ENI (perhaps a virtual one), a site's host, or the Internet."""

    label: str
    kind: str
    """``eni``, ``site`` or ``internet``."""
    eni: str = ""
    instance: str = ""
    vpc: str = ""
    subnet: str = ""
    site: str = ""
    host: str = ""
    address: int = 0
    address6: int = 0


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
