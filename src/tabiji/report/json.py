"""A journey as JSON: ``docs/json.md`` describes it, ``journey.schema.json`` beside this file is its schema.

Field names are stable within a version.  Everything the text report shows is
in it; times are not, so that the same question gives the same bytes.
"""

from __future__ import annotations

from typing import Any

from ..estate import Estate
from ..fabric.stage import Place
from ..findings.aws_codes import aws_code
from ..findings.finding import Finding, Fix
from ..journey.model import Check, Hop, Journey, Path, Vantage
from ..packet.address import format_address
from ..packet.header import ICMP, ICMPV6, FiveTuple, protocol_name
from .labels import Labels
from .names import answer_document
from .text import check_params, finding_params

VERSION = 1


def journey_document(told: Journey, *, estate: Estate | None = None, lang: str = "en") -> dict[str, Any]:
    """The journey as plain data, ready for any JSON encoder."""
    labels = Labels(estate, lang)
    request = told.request
    answers = [answer_document(answer, labels) for answer in told.resolutions]
    used = next((i for i, answer in enumerate(told.resolutions) if answer is told.resolution), None)
    return {
        "version": VERSION,
        "kind": "journey",
        "lang": lang,
        "verdict": told.verdict,
        "vantage": _vantage(told.vantage),
        "request": {
            "text": request.text,
            "host": request.host,
            "protocol": protocol_name(request.protocol),
            "port": request.port,
            "scheme": request.scheme,
            "path": request.path,
            "tls": request.tls,
        },
        "resolutions": answers,
        "resolution": used,
        "paths": [_path(path, labels) for path in told.paths],
        "findings": [finding_document(finding, labels) for finding in told.findings],
        "fixes": [fix_document(fix, labels) for fix in told.fixes],
        "seen": [
            {
                "client": row.client,
                "outcome": row.outcome,
                "text": row.text,
                "exit": row.exit,
                "seconds": row.seconds,
                "meaning": labels.text(row.code, ()),
                "facts": list(row.facts),
            }
            for row in told.seen
        ],
    }


def encode(document: Any, *, pretty: bool = False) -> str:
    """One line of JSON, or indented."""
    import msgspec

    text = msgspec.json.encode(document)
    return (msgspec.json.format(text, indent=2) if pretty else text).decode()


def packet_document(packet: FiveTuple) -> dict[str, Any]:
    """A 5-tuple: addresses as text; ports null where the protocol has none, ICMP type and code null elsewhere."""
    icmp = packet.proto in (ICMP, ICMPV6)
    return {
        "source": format_address(packet.src),
        "destination": format_address(packet.dst),
        "protocol": protocol_name(packet.proto),
        "source_port": None if icmp else packet.sport,
        "destination_port": None if icmp else packet.dport,
        "icmp_type": packet.dport >> 8 if icmp else None,
        "icmp_code": packet.dport & 255 if icmp else None,
    }


def finding_document(finding: Finding, labels: Labels) -> dict[str, Any]:
    """One finding with its text."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "leg": finding.leg,
        "text": labels.text(finding.code, finding_params(finding)),
        "component": finding.component,
        "name": labels.name(finding.component),
        "rule": finding.rule,
        "facts": list(finding.facts),
        "aws_code": aws_code(finding.code),
        "params": {name: str(value) for name, value in finding.params},
        "hop": finding.hop or None,
        "packet": None if finding.packet is None else packet_document(finding.packet),
        "place": None if finding.place is None else _place(finding.place, labels),
    }


def fix_document(fix: Fix, labels: Labels) -> dict[str, Any]:
    """One fix with its text; ``overlay`` is what ``--overlay`` takes."""
    return {
        "code": fix.code,
        "text": labels.text(fix.code, fix.params),
        "params": dict(fix.params),
        "component": fix.component,
        "cli": list(fix.cli),
        "terraform": fix.terraform,
        "overlay": fix.overlay,
        "cost": fix.cost,
        "verified": fix.verified,
        "steps": [fix_document(step, labels) for step in fix.steps],
    }


def _vantage(vantage: Vantage) -> dict[str, Any]:
    return {
        "label": vantage.label,
        "kind": vantage.kind,
        "eni": vantage.eni,
        "instance": vantage.instance,
        "vpc": vantage.vpc,
        "subnet": vantage.subnet,
        "site": vantage.site,
        "host": vantage.host,
        "address": format_address(vantage.address) if vantage.address else None,
        "address6": format_address(vantage.address6) if vantage.address6 else None,
    }


def _path(path: Path, labels: Labels) -> dict[str, Any]:
    return {
        "destination": format_address(path.destination),
        "packet": packet_document(path.packet),
        "verdict": path.verdict,
        "branches": list(path.branches),
        "hops": [_hop(hop, labels) for hop in path.hops],
        "findings": [finding_document(finding, labels) for finding in path.findings],
    }


def _hop(hop: Hop, labels: Labels) -> dict[str, Any]:
    return {
        "number": hop.number,
        "leg": hop.leg,
        "place": _place(hop.place, labels),
        "packet": packet_document(hop.packet),
        "leaves": packet_document(hop.leaves),
        "checks": [_check(check, hop, labels) for check in hop.checks],
    }


def _place(place: Place, labels: Labels) -> dict[str, Any]:
    return {"kind": place.kind, "id": place.id, "name": labels.name(place.id), "vpc": place.vpc, "az": place.az}


def _check(check: Check, hop: Hop, labels: Labels) -> dict[str, Any]:
    return {
        "kind": check.kind,
        "component": check.component,
        "name": labels.name(check.component),
        "direction": check.direction,
        "ok": check.ok,
        "rule": check.rule,
        "detail": check.detail,
        "target": check.target,
        "stateful": check.stateful,
        "code": check.code,
        "text": labels.text(check.code, check_params(check, hop)) if check.code else "",
        "params": dict(check.params),
        "facts": list(check.facts),
    }
