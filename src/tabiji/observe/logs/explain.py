"""Flows that were refused, or accepted and lost: observed beside predicted.

Each distinct flow is walked once, from its client; the records that journey
would leave (``journey.evidence``) are laid beside those that were found.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ...estate import Estate
from ...fabric.compiler import eni_place
from ...findings.finding import BLOCKER, NOTE, UNKNOWN, WARNING, Finding
from ...journey.engine import fabric_of, walk_request
from ...journey.evidence import FILTERS, FlowRecord, flow_records
from ...journey.hops import tell
from ...journey.model import BLOCKED, REACHABLE, Journey, Path
from ...packet.header import FiveTuple, protocol_name
from ...walk import DROPPED, Trip, walk
from ...walk.point import Flow as FlowState
from .model import (
    ACCEPT,
    AGREES,
    CONTRADICTED,
    EGRESS,
    EXPLAINED,
    FORWARD,
    INGRESS,
    LOST,
    OPEN,
    REJECT,
    REPLY,
    Flow,
    Told,
)
from .places import client_of, interface_at, number, request_of

BPA, ENCRYPTION = "BPA", "EC"
"""``reject-reason`` (FL1, BP5)."""
RANK = (AGREES, EXPLAINED, LOST, OPEN, CONTRADICTED)
"""Of two readings of a flow the one that fits better."""


class Explainer:
    """Walks each distinct flow once, however many interfaces and directions it was recorded at."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self._walked: dict[tuple[object, ...], Journey] = {}
        self._records: dict[int, list[tuple[Path, list[FlowRecord]]]] = {}
        self.accepted: set[tuple[str, str, str, int, int]] = set()
        """Flows with an accepted record at an interface, in either direction."""

    @property
    def walks(self) -> int:
        """Journeys walked so far."""
        return len(self._walked)

    def remember(self, flows: Iterable[Flow]) -> None:
        """Note accepted flows: they are the context of refusals."""
        self.accepted.update(_key(flow) for flow in flows if flow.action == ACCEPT)

    def explain(self, flow: Flow) -> Told:
        """What the estate says to a group of flows.

        Where neither ports nor flags tell who opened the flow, both readings
        are tried: a guess is not called a contradiction.
        """
        told = self._explain(flow)
        if flow.sure or told.state in (AGREES, EXPLAINED):
            return told
        turned = self._explain(_turned(flow))
        return turned if RANK.index(turned.state) < RANK.index(told.state) else told

    def _explain(self, flow: Flow) -> Told:
        told = Told(flow=flow)
        if flow.reason == ENCRYPTION:
            return _say(told, OPEN, "encryption", "FL1")
        if flow.interface not in self.estate.network_interfaces and flow.interface not in self.estate.nat_gateways:
            return _say(told, OPEN, "interface", component=flow.interface or "-")
        vantage = client_of(self.estate, flow)
        if isinstance(vantage, str):
            return self._by_filters(told, vantage)
        request = request_of(self.estate, flow, vantage)
        if isinstance(request, str):
            return self._by_filters(told, request)
        key = (vantage.kind, vantage.eni, vantage.site, flow.client, request.host, request.protocol, request.port)
        journey = self._walked.get(key)
        if journey is None:
            journey = self._walked[key] = walk_request(self.estate, vantage, request, all_blockers=False)
            self._records[id(journey)] = [(p, list(flow_records(self.estate, p))) for p in journey.paths]
        told.journey = journey
        return self._refused(told) if flow.action == REJECT else self._accepted(told)

    # Refused ----------------------------------------------------------------------

    def _refused(self, told: Told) -> Told:
        flow, journey = told.flow, told.journey
        assert journey is not None
        for path, records in self._records[id(journey)]:
            stop = _blocker(path)
            if stop is None:
                continue
            if flow.reason == BPA and stop.code.startswith("bpa."):  # BP5
                told.findings = (stop,)
                return _say(told, EXPLAINED, "bpa", "BP5", "FL1")
            if flow.reason != BPA and (self._recorded(flow, records) or self._at_filter(flow, stop)):
                told.findings = (stop,)
                return _say(told, EXPLAINED, *_because(self.estate, flow))
        if flow.reason == BPA:
            return self._contradicted(told, "reject_bpa", "BP5", "FL1")
        own = self._own_filters(flow)
        if own is not None:
            told.findings = (own,)
            return _say(told, EXPLAINED, "own_filter", "FL1")
        if journey.verdict == REACHABLE or (journey.verdict != BLOCKED and own is None and _passes(journey)):
            return self._after_close(told)
        told.findings = _stops(journey)
        if journey.verdict == BLOCKED:
            return self._contradicted(told, "reject_elsewhere", "FL1")
        return _say(told, OPEN, "undetermined")

    def _after_close(self, told: Told) -> Told:
        """FL1: packets of a connection that is over are refused too, whatever the rules say."""
        flow = told.flow
        if flow.protocol == 6 and flow.flagged == flow.records and not flow.openers:
            return _say(told, EXPLAINED, "after_close", "FL1")
        return self._contradicted(told, "reject_admitted", "FL1")

    def _recorded(self, flow: Flow, records: list[FlowRecord]) -> bool:
        """Would the journey leave this refusal, at this interface and in this direction?"""
        return any(
            r.interface == flow.interface
            and r.action == REJECT
            and r.leg == flow.leg
            and flow.direction in ("", r.direction)
            for r in records
        )

    def _at_filter(self, flow: Flow, stop: Finding) -> bool:
        """A filter that is this interface's own, at a place journeys keep no records of (a TGW attachment, say)."""
        if not stop.code.startswith(FILTERS) or stop.leg != flow.leg:
            return False
        if flow.direction and f".{flow.direction}." not in stop.code:
            return False
        eni = self.estate.network_interfaces.get(flow.interface)
        if eni is None:
            return False
        if stop.code.startswith("sg."):
            return stop.param("eni") == flow.interface
        return stop.param("subnet") == eni.subnet_id

    # Accepted ---------------------------------------------------------------------

    def _accepted(self, told: Told) -> Told:
        flow, journey = told.flow, told.journey
        assert journey is not None
        paths = self._records[id(journey)]
        rows = [row for _, records in paths for row in records if row.interface == flow.interface]
        same = [r for r in rows if r.leg == flow.leg and flow.direction in ("", r.direction)]
        stops = _stops(journey)
        if any(r.action == ACCEPT for r in same):
            if journey.verdict != BLOCKED:
                return _say(told, AGREES, "agrees")
            told.findings = stops
            first = stops[0] if stops else None
            if first is not None and first.code.startswith("bpa."):
                return _say(told, LOST, "lost_bpa", "BP5", "FL4")
            if first is not None and first.code.startswith(FILTERS):
                back = first.leg == REPLY
                return _say(told, LOST, "lost_reply" if back else "lost_filter", "FL2" if back else "FL3")
            return _say(told, LOST, "lost_route", "FL4")
        told.findings = stops
        if any(r.action == REJECT for r in same):
            return self._contradicted(told, "accept_refused", "FL1")
        if journey.verdict == BLOCKED and self._passed_before(flow, journey):
            return self._contradicted(told, "accept_beyond", "FL4")
        return _say(told, AGREES, "agrees")

    def _passed_before(self, flow: Flow, journey: Journey) -> bool:
        """Is the interface an end of the flow, so that the packet cannot have come here by another way?"""
        place = number(flow.server if (flow.leg == FORWARD) == (flow.direction == INGRESS) else flow.client)
        return place is not None and interface_at(self.estate, flow, place) == flow.interface

    def missing_arrivals(self, tolds: Iterable[Told], flows: Iterable[Flow]) -> None:
        """FL4: accepted at the source, predicted to arrive, and nothing where it should, though that interface logs.

        ``flows`` are all that was recorded, so that silence means something.
        """
        arrived = {_key(flow) for flow in flows}
        recorded = {key[0] for key in arrived}
        for told in tolds:
            flow, journey = told.flow, told.journey
            if told.state != AGREES or journey is None or journey.verdict != REACHABLE or flow.leg != FORWARD:
                continue
            if flow.direction != EGRESS or max(flow.clients, flow.servers, flow.ports, len(journey.paths)) > 1:
                continue
            ends = number(flow.client), number(flow.server)
            for r in self._records[id(journey)][0][1]:
                if r.leg != FORWARD or r.direction != INGRESS or r.interface not in recorded:
                    continue
                # Where an address was translated, or only the interface's own is shown (FL6), the flow looks different.
                if (r.packet.src, r.packet.dst) == ends and r.shown == r.packet:
                    if (r.interface, *_key(flow)[1:]) not in arrived:
                        told.hints = (_finding("logs.hint.changed", NOTE),)
                        _say(told, CONTRADICTED, "vanished", "FL4", component=r.interface)

    # Without, or beside, a journey --------------------------------------------------

    def _by_filters(self, told: Told, why: str) -> Told:
        """The journey cannot be walked; the interface's own filters can still be asked."""
        code = why.removeprefix("logs.open.")
        if told.flow.action != REJECT:
            return _say(told, AGREES, "agrees")
        own = self._own_filters(told.flow)
        if own is None:
            return _say(told, OPEN, code)
        told.findings = (own,)
        return _say(told, EXPLAINED, "own_filter", "FL1")

    def _own_filters(self, flow: Flow) -> Finding | None:
        """What the interface's own groups and its subnet's NACL say to the packet as it was seen."""
        client, server = number(flow.client), number(flow.server)
        eni = self.estate.network_interfaces.get(flow.interface)
        if eni is None or client is None or server is None or flow.protocol < 0:
            return None
        ported = flow.protocol in (6, 17, 132)
        packet = FiveTuple(client, server, flow.protocol, flow.other if ported else 0, flow.port if ported else 8 << 8)
        if flow.leg == REPLY:
            packet = FiveTuple(packet.dst, packet.src, packet.proto, packet.dport, packet.sport)
        fabric = fabric_of(self.estate)
        sender = interface_at(self.estate, flow, packet.src)
        if flow.direction == INGRESS:
            known = self.estate.network_interfaces.get(sender)
            near = known is not None and known.subnet_id == eni.subnet_id  # W5: no NACL within a subnet
            start = fabric.node("entering-l2" if near else "enter", flow.interface)
            groups = frozenset(g.group_id for g in known.groups) if known is not None else None
            facts: dict[str, object] = {"identity": groups, "worn": groups}
        elif flow.direction == EGRESS and sender == flow.interface:
            start, facts = fabric.node("leaving", flow.interface, 0), {}
        else:
            return None
        state, leg = FlowState(), 0
        if flow.leg == REPLY:  # SG2: groups know the flow
            state.seen.add(eni_place(self.estate, flow.interface))
            leg = 1
        walked = walk(fabric, start, packet, facts, state, leg)
        if walked.outcome != DROPPED:
            return None
        found = tell(Trip(walked.outcome, walked, None, state)).findings
        stop = next((f for f in found if f.severity == BLOCKER), None)
        here = stop is not None and (stop.param("eni") == flow.interface or stop.param("subnet") == eni.subnet_id)
        return stop if stop is not None and here and stop.code.startswith(FILTERS) else None

    # Contradictions -----------------------------------------------------------------

    def _contradicted(self, told: Told, code: str, *facts: str) -> Told:
        hints = []
        flow = told.flow
        if flow.action == REJECT:
            if _key(flow) in self.accepted:
                hints.append(_finding("logs.hint.both", NOTE))
            if flow.protocol == 6 and not flow.openers and code == "reject_admitted":
                hints.append(_finding("logs.hint.after_close", NOTE, "FL1"))
        hints.append(_finding("logs.hint.changed", NOTE))
        told.hints = tuple(hints)
        return _say(told, CONTRADICTED, code, *facts)


def _key(flow: Flow) -> tuple[str, str, str, int, int]:
    return flow.interface, flow.client, flow.server, flow.protocol, flow.port


def _turned(flow: Flow) -> Flow:
    """The same packets, opened by the other end."""
    return msgspec.structs.replace(
        flow, leg=REPLY if flow.leg == FORWARD else FORWARD, client=flow.server, server=flow.client, port=flow.other,
        other=flow.port, clients=flow.servers, servers=flow.clients, ports=1, low_port=flow.other,
        high_port=flow.other,
    )  # fmt: skip


def _blocker(path: Path) -> Finding | None:
    return next((f for f in path.findings if f.severity == BLOCKER), None)


def _stops(journey: Journey) -> tuple[Finding, ...]:
    """What stops a journey, or what is not known of it."""
    out = [f for f in journey.findings if f.severity == BLOCKER]
    return tuple(out or [f for f in journey.findings if f.severity == UNKNOWN])


def _passes(journey: Journey) -> bool:
    return any(path.verdict == REACHABLE for path in journey.paths)


def _because(estate: Estate, flow: Flow) -> tuple[str, ...]:
    if flow.leg == REPLY:
        return "reply_refused", "FL2"
    if flow.interface in estate.endpoint_by_eni:
        return "endpoint_refused", "FL3"
    return "refused", "FL1"


def _say(told: Told, state: str, code: str, *facts: str, component: str = "") -> Told:
    """Set the verdict and its sentence."""
    flow = told.flow
    told.state = state
    severity = {CONTRADICTED: WARNING, EXPLAINED: BLOCKER, LOST: BLOCKER, OPEN: UNKNOWN}.get(state, NOTE)
    head = "open" if state == OPEN else "because"
    params = {
        "interface": flow.interface or "-",
        "client": flow.client,
        "server": flow.server,
        "protocol": protocol_name(flow.protocol),
        "port": str(flow.port),
        "component": component or flow.interface or "-",
    }
    told.because = _finding(f"logs.{head}.{code}", severity, *facts, **params)
    return told


def _finding(code: str, severity: str, *facts: str, **params: str) -> Finding:
    return Finding(code=code, severity=severity, facts=facts, params=tuple(params.items()))
