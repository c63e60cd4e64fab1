"""Why calls failed: what the browser saw beside what journeys over the estate say.

Each distinct host is walked once.  A failure counts as explained when the
file itself names the cause, or when a journey is stopped in a way that looks
like what was seen; agreement in kind is asked for, not only that both fail.
"""

from __future__ import annotations

import msgspec

from ...estate import Estate
from ...findings.finding import BLOCKER, NAME, NOTE, UNKNOWN, WARNING, Finding, Fix
from ...journey.engine import journey
from ...journey.model import BLOCKED, REACHABLE, UNDETERMINED, Journey, Vantage
from ...packet.address import format_address
from ...request.errors import RequestError
from ...request.parse import parse_request
from . import outcome as ends
from .call import DIRECT, PROXIED, Call
from .safe import is_private
from .session import Session

HOSTS_WALKED = 300
"""Distinct hosts walked for one file."""
LNA_SINCE = 142
"""HAR23: the Chrome version that began to ask for the permission."""
NO_NETWORK_EVENTS = frozenset(("logs", "sts", "ecr", "execute-api"))
"""CL2: services whose endpoint-policy denials CloudTrail's network-activity events do not hold."""
ACTIVE_REFUSALS = ("firewall.", "site.", "lb.", "endpoint.", "host.")
"""Codes of blockers that can answer with a reset or an ICMP error; security groups, NACLs and routes stay silent."""

YES, NO, OPEN = "explained", "contradicted", "open"
"""How observed and predicted stand to each other; ``open``: nothing to compare, or cannot be told."""


class Trouble(msgspec.Struct, kw_only=True):
    """Failed calls to one host that ended in one way."""

    host: str
    port: int
    kind: str
    outcome: str
    calls: tuple[Call, ...] = ()
    state: str = OPEN
    because: Finding | None = None
    """The sentence that sets observed beside predicted."""
    told: Journey | None = None

    @property
    def first(self) -> float:
        """When it was first seen; seconds since 1970, 0 when not recorded."""
        return min((c.started for c in self.calls if c.started), default=0.0)

    @property
    def last(self) -> float:
        """When it was last seen."""
        return max((c.started for c in self.calls), default=0.0)

    @property
    def never_sent(self) -> bool | None:
        """Did the API receive no call?  None: cannot be told (data-plane 15.4)."""
        if self.kind != DIRECT:
            return None
        if self.outcome in ends.NEVER_SENT:
            return True
        if self.outcome in ends.REACHED:
            return False
        return True if self.state == YES and self.told is not None and self.told.verdict == BLOCKED else None


class Mending(msgspec.Struct, kw_only=True):
    """One change and what it mends."""

    fix: Fix
    hosts: tuple[str, ...]
    calls: int


class Diagnosis(msgspec.Struct, kw_only=True):
    """A session explained."""

    session: Session
    vantage: Vantage | None = None
    walked: dict[tuple[str, int], Journey] = {}
    troubles: tuple[Trouble, ...] = ()
    mendings: tuple[Mending, ...] = ()
    """Most mending first; together they mend all that journeys can mend."""
    trail: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()

    @property
    def state(self) -> str:
        """``ok`` nothing failed, ``explained`` every failure, else ``open``."""
        if not self.troubles:
            return "ok"
        return YES if all(t.state == YES for t in self.troubles) else OPEN


def explain(session: Session, estate: Estate | None = None, vantage: Vantage | None = None) -> Diagnosis:
    """Explain a session, with journeys from ``vantage`` when an estate is given."""
    troubles = _troubles(session)
    walked: dict[tuple[str, int], Journey] = {}
    skipped = 0
    if estate is not None and vantage is not None:
        failing = {(t.host, t.port) for t in troubles}
        hosts = dict.fromkeys(
            (c.host, c.port) for c in session.calls if c.kind == DIRECT or (c.host, c.port) in failing
        )
        for host, port in sorted(hosts, key=lambda h: h not in failing):
            if len(walked) == HOSTS_WALKED:
                skipped += 1
                continue
            try:
                request = parse_request(f"https://{host}/", port=port)
                walked[host, port] = journey(estate, vantage, request, fixes=(host, port) in failing)
            except RequestError:
                skipped += 1
    for trouble in troubles:
        trouble.told = walked.get((trouble.host, trouble.port))
        _judge(trouble, session)
    notes = _proofs(session, troubles) + _local_network(session, troubles) + _mismatches(session, walked)
    if skipped:
        notes.append(_note("har.note.not_walked", WARNING, hosts=str(skipped)))
    if session.dropped:
        notes.append(_note("har.note.dropped", WARNING, calls=str(session.dropped)))
    return Diagnosis(
        session=session,
        vantage=vantage,
        walked=walked,
        troubles=tuple(troubles),
        mendings=tuple(_mendings(troubles)),
        trail=tuple(_trail(session, troubles)),
        notes=tuple(notes),
    )


def _note(code: str, severity: str = NOTE, facts: tuple[str, ...] = (), **params: str) -> Finding:
    return Finding(code=code, severity=severity, facts=facts, params=tuple(params.items()))


def _troubles(session: Session) -> list[Trouble]:
    found: dict[tuple[str, int, str, str], list[Call]] = {}
    for call in session.failed:
        found.setdefault((call.host, call.port, call.kind, call.outcome), []).append(call)
    out = [
        Trouble(host=host, port=port, kind=kind, outcome=end, calls=tuple(calls))
        for (host, port, kind, end), calls in found.items()
    ]
    return sorted(out, key=lambda t: -len(t.calls))


# Observed beside predicted -----------------------------------------------------------


def _judge(trouble: Trouble, session: Session) -> None:
    end, told = trouble.outcome, trouble.told
    facts = _FACTS.get(end, ())
    call = next((c for c in trouble.calls if c.aws_error or c.message), trouble.calls[0])
    params = {"host": trouble.host, "error": call.error, "status": str(call.status), "aws_error": call.aws_error}
    params["message"] = call.message

    def say(code: str, state: str, *more: str) -> None:
        trouble.state = state
        trouble.because = _note(f"har.because.{code}", BLOCKER if state == YES else UNKNOWN, facts + more, **params)

    if end == ends.PERMISSION:
        say("permission_named" if call.message else "permission", YES)
    elif end in (ends.ANSWERED, ends.SERVER):
        say("answered_named" if call.aws_error else "answered", YES if call.aws_error else OPEN)
    elif end in (ends.THROTTLED, ends.PREFLIGHT, ends.NO_CORS, ends.LNA, ends.BLOCKED_HERE, ends.UNKNOWN_CA):
        say(end, YES)
    elif end == ends.WRONG_CERTIFICATE:
        params["addresses"] = ", ".join(a for a in _addresses(told).split(", ") if is_private(a))
        say("wrong_certificate_at" if params["addresses"] else end, YES)
    elif end in (ends.TLS, ends.PROXY, ends.EMPTY, ends.OTHER):
        say(end, OPEN)
    elif told is None:
        say("not_walked", OPEN)
    elif told.verdict == UNDETERMINED:
        say("undetermined", OPEN)
    elif told.verdict == REACHABLE:
        if end in (ends.FAILED, ends.UNRECORDED) and _asks_permission(session, told):
            say("perhaps_lna", OPEN, "HAR17", "HAR23")
        elif end in (ends.FAILED, ends.UNRECORDED, ends.PENDING):
            say("unrecorded_but_reachable", OPEN)
        else:
            say("but_reachable", NO)
    elif _fits(end, told):
        say("unrecorded_blocked" if end in (ends.FAILED, ends.UNRECORDED, ends.PENDING) else "blocked", YES)
    else:
        say("blocked_otherwise", NO)


_FACTS = {
    ends.TIMEOUT: ("HAR3",), ends.REFUSED: ("HAR4",), ends.UNREACHABLE: ("HAR5",), ends.NO_NAME: ("HAR6",),
    ends.NO_DNS: ("HAR7",), ends.RESET: ("HAR8",), ends.EMPTY: ("HAR9",), ends.OFFLINE: ("HAR10",),
    ends.UNKNOWN_CA: ("HAR11",), ends.WRONG_CERTIFICATE: ("HAR12",), ends.PERMISSION: ("HAR13",),
    ends.ANSWERED: ("HAR13",), ends.NO_CORS: ("HAR14",), ends.PREFLIGHT: ("HAR15",), ends.PENDING: ("HAR16",),
    ends.LNA: ("HAR17", "HAR23"), ends.UNRECORDED: ("HAR18",),
}  # fmt: skip


def _fits(end: str, told: Journey) -> bool:
    """Does a blocked journey look like what the browser recorded?"""
    blockers = [f for f in told.findings if f.severity == BLOCKER]
    by_name = any(f.leg == NAME for f in blockers)
    if end in ends.NAMES:
        return by_name  # HAR6, HAR7
    if end == ends.TIMEOUT:
        return any(f.leg != NAME for f in blockers)  # HAR3, W12: a drop on the way back looks the same
    if end in (ends.REFUSED, ends.UNREACHABLE, ends.RESET):
        return any(f.code.startswith(ACTIVE_REFUSALS) for f in blockers)
    return True  # the file names no cause (HAR16, HAR18), or one of several (HAR10)


def _addresses(told: Journey | None) -> str:
    if told is None:
        return ""
    return ", ".join(dict.fromkeys(format_address(path.destination) for path in told.paths))


def _asks_permission(session: Session, told: Journey | None) -> bool:
    """Would the browser ask before it lets the console call this address (HAR23, HAR25)?"""
    if session.chrome < LNA_SINCE or not session.console_addresses:
        return False
    if any(is_private(address) for address in session.console_addresses):
        return False  # HAR25: Console Private Access
    return told is not None and any(is_private(format_address(path.destination)) for path in told.paths)


# What else to say ---------------------------------------------------------------------


def _proofs(session: Session, troubles: list[Trouble]) -> list[Finding]:
    """HAR26: what in the same file proves that the network stopped the direct calls."""
    if not any(t.kind == DIRECT and t.outcome in ends.NETWORK for t in troubles):
        return []
    out = []
    proxied = sum(c.kind == PROXIED and c.outcome == ends.OK for c in session.calls)
    if proxied:
        out.append(_note("har.note.proxied_work", facts=("HAR20", "HAR26"), calls=str(proxied)))
    private = dict.fromkeys(
        c.host
        for c in session.calls
        if c.kind == DIRECT and c.outcome in (ends.OK, *ends.REACHED) and is_private(c.address)
    )
    if private:
        out.append(_note("har.note.private_works", facts=("HAR26",), hosts=_some(private)))
    return out


def _local_network(session: Session, troubles: list[Trouble]) -> list[Finding]:
    """HAR17, HAR23: the browser's own refusal, as the cause or as what comes next."""
    stopped = dict.fromkeys(t.host for t in troubles if t.outcome == ends.LNA)
    out = []
    if stopped:
        out.append(_note("har.note.lna", WARNING, ("HAR17", "HAR23", "HAR24"), hosts=_some(stopped)))
    later = dict.fromkeys(
        t.host
        for t in troubles
        if t.kind == DIRECT and t.outcome in ends.NETWORK and t.state == YES and _asks_permission(session, t.told)
    )
    if later:
        out.append(_note("har.note.lna_next", WARNING, ("HAR17", "HAR23"), hosts=_some(later)))
    return out


def _mismatches(session: Session, walked: dict[tuple[str, int], Journey]) -> list[Finding]:
    """Where the estate does not tell what was seen."""
    out: list[Finding] = []
    seen: set[tuple[str, str]] = set()
    for call in session.calls:
        told = walked.get((call.host, call.port))
        if told is None or not call.address or (call.host, call.address) in seen:
            continue
        seen.add((call.host, call.address))
        predicted = _addresses(told).split(", ")
        # Public addresses of AWS names only stand for real ones: compare only where one side is private.
        if predicted != [""] and call.address not in predicted:
            if is_private(call.address) or any(map(is_private, predicted)):
                code = "har.note.other_address" if any(map(is_private, predicted)) else "har.note.private_address"
                params = {"host": call.host, "address": call.address, "predicted": ", ".join(predicted)}
                out.append(_note(code, WARNING, ("W1",), **params))
        elif told.verdict == BLOCKED and call.outcome in (ends.OK, *ends.REACHED):
            out.append(_note("har.note.works_though_blocked", WARNING, host=call.host, address=call.address))
    return out[:20]


def _trail(session: Session, troubles: list[Trouble]) -> list[Finding]:
    """What CloudTrail can and cannot hold of this session (data-plane 15.4)."""
    out: list[Finding] = []
    never = [t for t in troubles if t.never_sent]
    if never:
        calls = str(sum(len(t.calls) for t in never))
        out.append(
            _note("har.trail.never", facts=("15.4",), calls=calls, hosts=_some(dict.fromkeys(t.host for t in never)))
        )
    unsure = [t for t in troubles if t.kind == DIRECT and t.never_sent is None]
    if unsure:
        calls = str(sum(len(t.calls) for t in unsure))
        out.append(_note("har.trail.unsure", calls=calls, hosts=_some(dict.fromkeys(t.host for t in unsure))))
    denied = [t for t in troubles if t.kind == DIRECT and t.outcome == ends.PERMISSION]
    if denied:
        out.append(_note("har.trail.denied", facts=("15.4", "CL1"), hosts=_some(dict.fromkeys(t.host for t in denied))))
        absent = dict.fromkeys(c.service for t in denied for c in t.calls if c.service in NO_NETWORK_EVENTS)
        if absent:
            out.append(_note("har.trail.no_network_events", facts=("CL2",), services=_some(absent)))
    if any(c.kind == PROXIED for c in session.calls):
        out.append(_note("har.trail.proxied", facts=("HAR20",)))
    return out


def _some(names: dict[str, None], limit: int = 8) -> str:
    listed = list(names)
    return ", ".join(listed[:limit]) + (f", +{len(listed) - limit}" if len(listed) > limit else "")


# The change that mends most -------------------------------------------------------------


def _mendings(troubles: list[Trouble]) -> list[Mending]:
    """Identical fixes of several journeys are one; greedily those that mend most calls, then the cheapest."""
    offered: dict[bytes, Fix] = {}
    mends: dict[bytes, dict[tuple[str, int], int]] = {}
    for trouble in troubles:
        if trouble.told is None or trouble.state != YES or trouble.outcome not in (*ends.NETWORK, ends.FAILED):
            continue
        for fix in trouble.told.fixes:
            key = msgspec.json.encode((fix.code, fix.params, fix.cli, [(s.code, s.params) for s in fix.steps]))
            offered.setdefault(key, fix)
            hosts = mends.setdefault(key, {})
            place = (trouble.host, trouble.port)
            hosts[place] = hosts.get(place, 0) + len(trouble.calls)
    out: list[Mending] = []
    open_hosts = {host for hosts in mends.values() for host in hosts}
    while open_hosts:

        def worth(key: bytes, left: set[tuple[str, int]] = open_hosts) -> tuple[int, int]:
            return sum(n for host, n in mends[key].items() if host in left), -offered[key].cost

        best = max(mends, key=worth)
        out.append(Mending(fix=offered[best], hosts=tuple(h for h, _ in mends[best]), calls=sum(mends[best].values())))
        open_hosts = open_hosts - set(mends[best])
    return out
