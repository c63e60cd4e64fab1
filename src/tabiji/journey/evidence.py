"""What one would find in the logs: flow log records and CloudTrail events of this journey (data-plane 15.4, 15.5).

Flow logs and network-activity events exist only where somebody switched them
on (FL7, CL1); this says what they would hold, and what they would not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from ..estate import Estate
from ..findings.finding import BLOCKER, FORWARD, PERMISSION, REPLY, TLS, Finding
from ..names.public_endpoints import classify
from ..packet.header import FiveTuple
from .model import BLOCKED, REACHABLE, Hop, Journey, Path
from .permission import ApiCall, call_of

ACCEPT, REJECT = "ACCEPT", "REJECT"
INGRESS, EGRESS = "ingress", "egress"
MANAGEMENT, NETWORK_ACTIVITY = "management", "network_activity"
FILTERS = ("sg.", "nacl.")
"""Refusals that a flow log shows as REJECT (FL1)."""
NETWORK_ACTIVITY_SOURCES = frozenset((
    "monitoring", "ec2", "kms", "s3", "ssm", "secretsmanager", "sqs", "sns", "lambda", "dynamodb",
))  # fmt: skip
NO_NETWORK_ACTIVITY = frozenset(("logs", "sts", "ecr", "execute-api"))
"""CL2: present in, and absent from, the list of event sources; of others it is not established."""


class FlowRecord(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One flow log record.

    ``packet`` has the addresses as ``pkt-srcaddr`` and ``pkt-dstaddr`` show
    them; ``shown`` as ``srcaddr`` and ``dstaddr`` do, where the interface's
    own end is its primary address (FL6).  ``reason`` is ``reject-reason``.
    """

    interface: str
    leg: str
    direction: str
    action: str
    packet: FiveTuple
    shown: FiveTuple
    reason: str = "-"
    hop: int = 0
    facts: tuple[str, ...] = ()


class TrailEvent(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One kind of CloudTrail event: is it there?  None: it may be, ``code`` says on what that hangs.

    ``trail`` is ``management`` (management or data event in the caller's
    account) or ``network_activity`` (opt-in, to the endpoint's owner).
    """

    trail: str
    exists: bool | None
    code: str
    fields: tuple[tuple[str, str], ...] = ()
    facts: tuple[str, ...] = ()


class Evidence(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What the logs would hold for a journey.

    ``silent`` names interfaces that would hold nothing although they are part
    of the way, with the catalogue's reason.
    """

    flows: tuple[FlowRecord, ...] = ()
    silent: tuple[tuple[str, str], ...] = ()
    trails: tuple[TrailEvent, ...] = ()
    notes: tuple[str, ...] = ()


def evidence(estate: Estate, journey: Journey, call: ApiCall | None = None) -> Evidence:
    """Flow log records and CloudTrail events of a journey; ``call`` is the API call if the user named one."""
    flows: list[FlowRecord] = []
    silent: list[tuple[str, str]] = []
    for path in journey.paths:
        for record in flow_records(estate, path):
            if record not in flows:
                flows.append(record)
        for row in _silent(estate, path, flows):
            if row not in silent:
                silent.append(row)
    notes = ["evidence.flow.delay"] if flows else []
    return Evidence(
        flows=tuple(flows), silent=tuple(silent), trails=tuple(trail_events(estate, journey, call)), notes=tuple(notes)
    )


# Flow logs ---------------------------------------------------------------------


def flow_records(estate: Estate, path: Path) -> Iterator[FlowRecord]:
    """Records of one path in the order of the way, up to where the packet is stopped (FL1-FL4)."""
    if _never_logged(path.hops):
        return  # FL5
    for leg in (FORWARD, REPLY):
        hops = [hop for hop in path.hops if hop.leg == leg]
        stop = next((f for f in path.findings if f.severity == BLOCKER and f.leg == leg), None)
        for at, hop in enumerate(hops):
            yield from _of_hop(estate, hops, at, leg, stop if stop is not None and stop.hop == hop.number else None)
            if stop is not None and hop.number >= stop.hop:
                return


def _of_hop(estate: Estate, hops: Sequence[Hop], at: int, leg: str, stop: Finding | None) -> Iterator[FlowRecord]:
    hop = hops[at]
    filtered = stop is not None and stop.code.startswith(FILTERS)
    first, last = at == 0, at == len(hops) - 1
    out_refused = filtered and stop is not None and ".egress." in stop.code
    reason = "BPA" if stop is not None and stop.code.startswith("bpa.") else "-"  # FL1
    entered = interface_of(estate, hop, hop.packet.dst)
    if not first and entered:
        action = REJECT if stop is not None and ((filtered and not out_refused) or reason != "-") else ACCEPT
        yield _record(estate, entered, leg, INGRESS, action, hop.packet, hop.number, stop, reason)
        if action == REJECT:
            return
    left = interface_of(estate, hop, hop.leaves.src)
    if not last or out_refused or (stop is not None and not filtered) or first:
        if left and not (last and not first and stop is None):
            action = REJECT if out_refused else ACCEPT
            yield _record(estate, left, leg, EGRESS, action, hop.leaves, hop.number, stop, "-")


def _record(
    estate: Estate,
    interface: str,
    leg: str,
    direction: str,
    action: str,
    packet: FiveTuple,
    hop: int,
    stop: Finding | None,
    reason: str,
) -> FlowRecord:
    facts = ["FL1"]
    if stop is not None:
        facts.append("FL2" if action == REJECT else "FL4")
        if action == REJECT and interface in estate.endpoint_by_eni:
            facts.append("FL3")
    shown = _primary(estate, interface, packet, direction)
    if shown != packet:
        facts.append("FL6")
    return FlowRecord(
        interface=interface,
        leg=leg,
        direction=direction,
        action=action,
        packet=packet,
        shown=shown,
        reason=reason if action == REJECT else "-",
        hop=hop,
        facts=tuple(facts),
    )


def _primary(estate: Estate, interface: str, packet: FiveTuple, direction: str) -> FiveTuple:
    """FL6: the interface's own end shows its primary address."""
    from ..packet.address import is_v6, parse_address

    eni = estate.network_interfaces[interface]
    end = packet.dst if direction == INGRESS else packet.src
    if is_v6(end) or not eni.private_ip_address:
        return packet
    primary = parse_address(eni.private_ip_address)
    return packet._replace(dst=primary) if direction == INGRESS else packet._replace(src=primary)


def interface_of(estate: Estate, hop: Hop, address: int) -> str:
    """The interface a hop is at, told by the place or by the address among the place's own; empty for none."""
    place = hop.place
    if place.kind == "eni":
        return place.id if place.id in estate.network_interfaces else ""
    held = estate.eni_by_address.get(place.vpc, {}).get(address, "") if place.vpc else ""
    if place.kind == "nat_gateway":
        return held if estate.nat_by_eni.get(held) == place.id else _only(estate, place.id, place.az)
    if place.kind == "endpoint":
        return held if estate.endpoint_by_eni.get(held) == place.id else ""
    if place.kind in ("load_balancer", "resolver_endpoint"):
        return held
    return ""


def _only(estate: Estate, nat: str, az: str) -> str:
    enis = [e for e, owner in estate.nat_by_eni.items() if owner == nat and e in estate.network_interfaces]
    return enis[0] if len(enis) == 1 else ""


def _never_logged(hops: Sequence[Hop]) -> bool:
    """FL5: Amazon DNS, IMDS, time, DHCP."""
    return any(hop.place.kind == "local_service" for hop in hops)


def _silent(estate: Estate, path: Path, flows: Sequence[FlowRecord]) -> Iterator[tuple[str, str]]:
    """Interfaces that belong to the way and hold nothing."""
    if _never_logged(path.hops):
        source = next((hop.place.id for hop in path.hops if hop.place.kind == "eni"), "")
        if source:
            yield source, "evidence.flow.never"
        return
    if path.verdict != BLOCKED:
        return
    owner = next((vpc[path.destination] for vpc in estate.eni_by_address.values() if path.destination in vpc), "")
    if owner and all(record.interface != owner for record in flows):
        yield owner, "evidence.flow.nothing"


# CloudTrail ----------------------------------------------------------------------


def trail_events(estate: Estate, journey: Journey, call: ApiCall | None = None) -> Iterator[TrailEvent]:
    """Which events exist (15.4); nothing for requests that are no AWS API calls."""
    asked = call if call is not None else call_of(journey.request)
    if asked is None or not asked.service:
        return
    spoken = classify(journey.request.host)
    source = (
        spoken.host.rpartition(".")[2] if spoken is not None and spoken.kind == "service" else ""
    ) or asked.service
    endpoint, owner = _endpoint_of(estate, journey)
    named: tuple[tuple[str, str], ...] = (("eventSource", f"{asked.service}.amazonaws.com"),)
    if asked.operation:
        named = (*named, ("eventName", asked.operation))
    by = (("vpcEndpointId", endpoint), ("vpcEndpointAccountId", owner)) if endpoint else ()
    denied = next((f for f in journey.findings if f.severity == BLOCKER and f.leg == PERMISSION), None)
    unheard = any(f.severity == BLOCKER and f.leg != PERMISSION for f in journey.findings)
    if journey.verdict == BLOCKED and (unheard or denied is None):
        tls = any(f.severity == BLOCKER and f.leg == TLS for f in journey.findings)
        code = "evidence.trail.tls" if tls else "evidence.trail.unheard"
        for trail in (MANAGEMENT, NETWORK_ACTIVITY):
            yield TrailEvent(trail=trail, exists=False, code=code, facts=("15.4",))
        return
    if denied is not None:
        error = (("errorCode", "AccessDenied"),)
        if denied.code.startswith("permission.endpoint."):
            caller = asked.principal.split(":", 5)[4] if asked.principal.count(":") >= 5 else ""
            certain = bool(owner and caller and owner == caller)
            code = "evidence.trail.denied" if certain else "evidence.trail.denied_elsewhere"
            fields = (*named, *error, *by)
            yield TrailEvent(
                trail=MANAGEMENT, exists=True if certain else None, code=code, fields=fields, facts=("15.4",)
            )
            vpce = (
                ("eventType", "AwsVpceEvent"),
                ("eventCategory", "NetworkActivity"),
                ("errorCode", "VpceAccessDenied"),
                ("errorMessage", "The request was denied due to a VPC endpoint policy"),
            )
            yield _activity(source, endpoint, (*named, *vpce, *by))
            return
        yield TrailEvent(
            trail=MANAGEMENT, exists=True, code="evidence.trail.denied", fields=(*named, *error, *by), facts=("15.4",)
        )
        if endpoint:
            yield _activity(source, endpoint, (*named, *by))
        return
    if journey.verdict == REACHABLE:
        if not _at_service(journey):
            yield TrailEvent(trail=MANAGEMENT, exists=None, code="evidence.trail.relay", fields=named, facts=("15.4",))
            return
        yield TrailEvent(
            trail=MANAGEMENT, exists=True, code="evidence.trail.success", fields=(*named, *by), facts=("15.4",)
        )
        if endpoint:
            yield _activity(source, endpoint, (*named, *by))


def _activity(source: str, endpoint: str, fields: tuple[tuple[str, str], ...]) -> TrailEvent:
    """A network-activity event: opt-in (CL1), and only for some services (CL2)."""
    if source in NO_NETWORK_ACTIVITY:
        return TrailEvent(trail=NETWORK_ACTIVITY, exists=False, code="evidence.trail.no_source", facts=("CL2",))
    listed = source in NETWORK_ACTIVITY_SOURCES
    code = "evidence.trail.opt_in" if listed else "evidence.trail.source_unknown"
    return TrailEvent(trail=NETWORK_ACTIVITY, exists=None, code=code, fields=fields, facts=("CL1", "CL2"))


def _at_service(journey: Journey) -> bool:
    """Does the way end at AWS, not at a relay or server of one's own?"""
    ends = [[hop.place.kind for hop in path.hops if hop.leg == FORWARD][-1:] for path in journey.paths]
    return any(end and end[0] in ("endpoint", "aws_service", "internet") for end in ends)


def _endpoint_of(estate: Estate, journey: Journey) -> tuple[str, str]:
    """The VPC endpoint of the way and its owner."""
    for path in journey.paths:
        for hop in path.hops:
            endpoint = estate.vpc_endpoints.get(hop.place.id) if hop.place.kind == "endpoint" else None
            if endpoint is not None:
                return endpoint.vpc_endpoint_id, endpoint.owner_id or estate.account_of(endpoint.vpc_id)
    return "", ""
