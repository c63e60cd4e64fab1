"""The journey: name, packet there, packet back, verdict, findings, fixes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from ..estate import Estate
from ..fabric import Fabric
from ..fabric.stage import Place
from ..findings.finding import BLOCKER, FORWARD, UNKNOWN, WARNING, Finding
from ..names.answer import Answer
from ..packet.address import format_address, is_v6
from ..packet.header import ICMP, ICMPV6, FiveTuple
from ..request.parse import as_address, echo_type
from ..walk import DELIVERED, Trip, all_trips
from ..walk import UNKNOWN as UNKNOWN_OUTCOME
from .hops import ONE_WAY, branches, tell
from .model import BLOCKED, REACHABLE, UNDETERMINED, Journey, Path, Request, Vantage
from .notes import notes_of
from .ports import cuts, ephemeral_range, samples

if TYPE_CHECKING:
    from .permission import ApiCall

OUTCOMES = {DELIVERED: REACHABLE, UNKNOWN_OUTCOME: UNDETERMINED}


def fabric_of(estate: Estate) -> Fabric:
    """The estate's fabric, compiled once."""
    fabric: Fabric | None = getattr(estate, "_fabric", None)
    if fabric is None:
        fabric = Fabric(estate)
        estate._fabric = fabric  # type: ignore[attr-defined]
    return fabric


def journey(
    estate: Estate,
    vantage: Vantage,
    request: Request,
    *,
    forward_only: bool = False,
    all_blockers: bool = True,
    fixes: bool = True,
    call: ApiCall | None = None,
) -> Journey:
    """Resolve, walk there and back to every address, judge, and look for the smallest fix.

    ``forward_only`` leaves the reply out, and with it TLS and permission;
    ``all_blockers`` goes on after a refusal to list the others too; ``fixes``
    looks for changes that help; ``call`` is the API call the request makes.
    """
    out = walk_request(estate, vantage, request, forward_only=forward_only, all_blockers=all_blockers, call=call)
    if fixes and out.verdict != REACHABLE:
        from .repair import repair

        found = repair(estate, out, forward_only=forward_only, call=call)
        if found:
            out = msgspec.structs.replace(out, fixes=found)
    return out


def walk_request(
    estate: Estate,
    vantage: Vantage,
    request: Request,
    *,
    forward_only: bool = False,
    all_blockers: bool = True,
    call: ApiCall | None = None,
) -> Journey:
    """A journey without fixes."""
    address = as_address(request.host)
    answers: tuple[Answer, ...] = ()
    findings: list[Finding] = []
    if address is not None:
        destinations = [address]
    else:
        answers, destinations, findings = _resolve(estate, vantage, request)
    paths: list[Path] = []
    for destination in destinations:
        paths.extend(_paths(estate, vantage, request, destination, forward_only, all_blockers))
    if address is None and not destinations:
        unknown = any(f.severity == UNKNOWN for f in findings)
        verdict = UNDETERMINED if unknown else BLOCKED
    else:
        verdict, judged = _judge(paths)
        findings += judged
        if any(f.severity == UNKNOWN for f in findings) and verdict == REACHABLE:
            verdict = UNDETERMINED
    if answers:
        from .name_notes import name_notes

        findings += name_notes(estate, vantage, request.host, answers, works=verdict == REACHABLE)
    for path in paths:
        for finding in (*path.findings, *notes_of(estate, path)):
            if finding not in findings:
                findings.append(finding)
    told = Journey(
        vantage=vantage,
        request=request,
        verdict=verdict,
        resolution=_last_useful(answers),
        resolutions=answers,
        paths=tuple(paths),
        findings=tuple(findings),
    )
    if forward_only:
        return told
    from .beyond import beyond

    return beyond(estate, told, call)


def walk_addresses(
    estate: Estate, vantage: Vantage, request: Request, addresses: Sequence[int]
) -> tuple[str, tuple[Finding, ...]]:
    """Verdict and findings of the packets to addresses that are resolved already; the name is only shown to devices."""
    paths = [path for address in addresses for path in _paths(estate, vantage, request, address, False, False)]
    verdict, findings = _judge(paths)
    return verdict, (*findings, *(finding for path in paths for finding in path.findings))


# The name -----------------------------------------------------------------------


def _resolve(estate: Estate, vantage: Vantage, request: Request) -> tuple[tuple[Answer, ...], list[int], list[Finding]]:
    """Ask as the client would (W1); what it connects to, and what is wrong with the name."""
    from .naming import ask

    return ask(estate, vantage, request.host)


def _last_useful(answers: Sequence[Answer]) -> Answer | None:
    for answer in reversed(answers):
        if answer.addresses():
            return answer
    return answers[-1] if answers else None


# The packet ---------------------------------------------------------------------


def start_of(estate: Estate, vantage: Vantage, six: bool) -> tuple[int, Place, int] | None:
    """First stage, home and source address; None when the vantage has no address of that family."""
    fabric = fabric_of(estate)
    source = vantage.address6 if six else vantage.address
    if not source:
        return None
    if vantage.kind == "eni":
        start, home = fabric.leave_eni(vantage.eni)
    elif vantage.kind == "site":
        start, home = fabric.leave_site(vantage.site, source)
    else:
        start, home = fabric.leave_internet()
    return start, home, source


def first_packet(request: Request, source: int, destination: int, port: int) -> FiveTuple:
    """The packet a client sends first."""
    proto = request.protocol
    if proto in (ICMP, ICMPV6):
        proto = ICMPV6 if is_v6(destination) else ICMP
        return FiveTuple(source, destination, proto, 0, echo_type(proto))
    if request.port is None:
        return FiveTuple(source, destination, proto, 0, 0)
    return FiveTuple(source, destination, proto, port, request.port)


def _paths(
    estate: Estate, vantage: Vantage, request: Request, destination: int, forward_only: bool, buy: bool
) -> list[Path]:
    begin = start_of(estate, vantage, is_v6(destination))
    if begin is None:
        family = "IPv6" if is_v6(destination) else "IPv4"
        finding = Finding(
            code="host.no_family",
            severity=BLOCKER,
            leg=FORWARD,
            component=vantage.label,
            facts=("RT3",),
            params=(("family", family), ("host", vantage.label), ("destination", format_address(destination))),
        )
        packet = FiveTuple(0, destination, request.protocol, 0, request.port or 0)
        return [Path(destination=destination, packet=packet, verdict=BLOCKED, findings=(finding,))]
    start, home, source = begin
    platform = estate.instances[vantage.instance].platform if vantage.instance in estate.instances else ""
    low, high = ephemeral_range(estate, vantage.host, platform)
    fabric = fabric_of(estate)
    facts = request_facts(request)

    def trips(port: int, share: float = 0.5) -> list[Trip]:
        packet = first_packet(request, source, destination, port)
        return all_trips(fabric, start, packet, facts, home, port=share, buy=buy)

    first = trips((low + high) // 2)
    out = [_path(trip, destination, forward_only) for trip in first]
    if request.protocol in (ICMP, ICMPV6) or forward_only:
        return out
    # ENG62: where a filter cuts the client's range (or a NAT's), every piece must be asked.
    bounds = cuts(first, 1024, 65535)
    if bounds:
        out = [_over_ports(path, trips, low, high, bounds) for path in out]
    return out


def request_facts(request: Request) -> dict[str, object]:
    """What the request shows to devices that look beyond ports: names in clear, HTTP host and path."""
    from ..fabric.request_facts import request_facts as in_clear

    facts = in_clear(request.host, request.scheme or ("tls" if request.tls else None))
    if request.scheme in ("http", "https"):
        facts |= {"http_host": request.host, "http_path": request.path or "/"}
    return facts


def _path(trip: Trip, destination: int, forward_only: bool) -> Path:
    if forward_only:
        trip = trip._replace(outcome=trip.forward.outcome, reply=None)
    told = tell(trip)
    verdict = OUTCOMES.get(trip.outcome, BLOCKED)
    if any(finding.code == ONE_WAY for finding in told.findings):
        verdict = UNDETERMINED
    return Path(
        destination=destination,
        packet=trip.forward.steps[0].packet,
        verdict=verdict,
        hops=tuple(told.hops),
        findings=tuple(told.findings),
        branches=branches((trip.forward, trip.reply)),
    )


def _over_ports(path: Path, trips: object, low: int, high: int, bounds: list[int]) -> Path:
    """The same path at every piece of the port range; mixed answers make it undetermined (NA5)."""
    assert callable(trips)
    refused: list[int] = []
    passed: list[int] = []
    worst: Path | None = None
    for port in samples(low, high, [b for b in bounds if low < b <= high]):
        for nat_port in samples(1024, 65535, bounds):
            share = (nat_port - 1024) / (65535 - 1024)
            for trip in trips(port, share):
                other = _path(trip, path.destination, False)
                if other.branches != path.branches or other.verdict == UNDETERMINED:
                    continue
                (passed if other.verdict == REACHABLE else refused).append(port)
                if other.verdict == BLOCKED and worst is None:
                    worst = other
    if not refused or not passed or path.verdict == UNDETERMINED:
        return path
    assert worst is not None
    culprit = next((f for f in worst.findings if f.severity == BLOCKER), None)
    finding = Finding(
        code="unknown.ephemeral",
        severity=UNKNOWN,
        leg=culprit.leg if culprit else FORWARD,
        component=culprit.component if culprit else "",
        rule=culprit.rule if culprit else "",
        facts=("NA5", "NA3"),
        params=(
            ("range", f"{low}-{high}"),
            ("component", culprit.component if culprit else ""),
            ("example", str(refused[0])),
        ),
    )
    blockers = tuple(msgspec.structs.replace(f, severity=WARNING) for f in worst.findings if f.severity == BLOCKER)
    others = tuple(f for f in path.findings if f.severity != BLOCKER)
    return msgspec.structs.replace(worst, verdict=UNDETERMINED, findings=(finding, *blockers, *others))


# The verdict ----------------------------------------------------------------------


def _judge(paths: Sequence[Path]) -> tuple[str, list[Finding]]:
    """One verdict for all paths.

    Branches AWS picks at random must all work.  Several addresses are the
    client's choice: it goes on to the next, so one that works is a warning's
    worth, but not one that is slow to fail.
    """
    if not paths:
        return BLOCKED, []
    by_destination: dict[int, list[str]] = {}
    for path in paths:
        by_destination.setdefault(path.destination, []).append(path.verdict)
    findings: list[Finding] = []
    verdicts: dict[int, str] = {}
    for destination, found in by_destination.items():
        kinds = set(found)
        if len(kinds) == 1:
            verdicts[destination] = found[0]
            continue
        verdicts[destination] = UNDETERMINED
        if REACHABLE in kinds:
            bad = next(p for p in paths if p.destination == destination and p.verdict != REACHABLE)
            findings.append(
                Finding(
                    code="unknown.branch",
                    severity=UNKNOWN,
                    leg=FORWARD,
                    component=_last_choice(bad),
                    params=(
                        ("branches", "; ".join(bad.branches)),
                        ("destination", format_address(destination)),
                        ("works", str(found.count(REACHABLE))),
                        ("all", str(len(found))),
                    ),
                )
            )
    kinds = set(verdicts.values())
    if len(kinds) == 1:
        return kinds.pop(), findings
    if REACHABLE not in kinds:
        return (UNDETERMINED if UNDETERMINED in kinds else BLOCKED), findings
    good = next(d for d, v in verdicts.items() if v == REACHABLE)
    bad_ones = [d for d, v in verdicts.items() if v != REACHABLE]
    params = (("works", format_address(good)), ("fails", ", ".join(map(format_address, bad_ones))))
    if all(is_v6(d) for d in bad_ones) and not is_v6(good):
        # RT3: a client falls back to IPv4
        findings.append(Finding(code="note.ipv6_falls_back", severity=WARNING, params=params, facts=("RT3",)))
        return REACHABLE, findings
    findings.append(Finding(code="unknown.some_addresses", severity=UNKNOWN, params=params, facts=("IE5",)))
    return UNDETERMINED, findings


def _last_choice(path: Path) -> str:
    return path.branches[-1].split(":")[0] if path.branches else ""
