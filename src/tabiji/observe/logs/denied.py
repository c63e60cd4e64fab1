"""Denied API calls: which policy said no, and does the estate say so too?

An event proves that the packets arrived (15.4): what the network stops is
never in CloudTrail.
"""

from __future__ import annotations

from ...estate import Estate
from ...findings.finding import BLOCKER, PERMISSION, UNKNOWN, WARNING, Finding
from ...journey.engine import walk_request
from ...journey.model import BLOCKED, Journey
from ...journey.permission import ApiCall
from ...names.public_endpoints import classify
from ...request.model import Vantage
from ...request.parse import parse_request
from .model import CONTRADICTED, EGRESS, EXPLAINED, FORWARD, OPEN, Denial, Event, Flow
from .places import client_of


def explain_denial(estate: Estate, denial: Denial) -> Denial:
    """Set state, sentence and findings of a denial."""
    event = denial.event
    journey = denial.journey = _walk(estate, event)
    blockers = [f for f in journey.findings if f.severity == BLOCKER] if journey is not None else []
    said = tuple(f for f in blockers if f.leg == PERMISSION)
    stopped = tuple(f for f in blockers if f.leg != PERMISSION)
    if event.endpoint and event.endpoint not in estate.vpc_endpoints:
        return _say(denial, OPEN, "trail_endpoint", "15.4")
    if journey is not None and journey.verdict == BLOCKED and stopped and not said:
        denial.findings = stopped
        return _say(denial, CONTRADICTED, "trail_arrived", "15.4")
    denial.findings = said
    if event.policy == "endpoint":
        unsure = journey is None or any(f.leg == PERMISSION and f.severity == UNKNOWN for f in journey.findings)
        if said:
            return _say(denial, EXPLAINED, "trail_endpoint_predicted", "IA1", "15.4")
        return _say(
            denial, EXPLAINED if unsure else CONTRADICTED, "trail_endpoint" if unsure else "trail_admits", "IA1"
        )
    if event.policy:
        return _say(denial, EXPLAINED, "trail_named", "IA3")
    if said:
        return _say(denial, EXPLAINED, "trail_predicted", "IA3")
    return _say(denial, OPEN, "trail_unnamed", "IA3")


def _walk(estate: Estate, event: Event) -> Journey | None:
    """The call as a journey, where its sender is a place of the estate and its service has a public name."""
    if not event.address or not event.source or not event.region:
        return None
    endpoint = estate.vpc_endpoints.get(event.endpoint)
    at = endpoint.network_interface_ids[0] if endpoint is not None and endpoint.network_interface_ids else ""
    flow = Flow(
        interface=at, direction="" if at else EGRESS, leg=FORWARD, client=event.address, server="", protocol=6,
        port=443, other=0, action="",
    )  # fmt: skip
    vantage = client_of(estate, flow)
    if not isinstance(vantage, Vantage) or vantage.kind == "internet":
        return None
    spoken = classify(f"{event.source}.{event.region}.amazonaws.com")
    if spoken is None or not spoken.service:
        return None
    call = ApiCall(service=spoken.service, operation=event.name, region=event.region)
    return walk_request(estate, vantage, parse_request(f"https://{spoken.name}/"), all_blockers=False, call=call)


def _say(denial: Denial, state: str, code: str, *facts: str) -> Denial:
    event = denial.event
    denial.state = state
    severity = {CONTRADICTED: WARNING, EXPLAINED: BLOCKER}.get(state, UNKNOWN)
    head = "open" if state == OPEN else "because"
    params = (
        ("service", event.source), ("operation", event.name), ("error", event.error),
        ("endpoint", event.endpoint or "-"), ("policy", event.policy), ("address", event.address or "-"),
    )  # fmt: skip
    denial.because = Finding(code=f"logs.{head}.{code}", severity=severity, facts=facts, params=params)
    return denial
