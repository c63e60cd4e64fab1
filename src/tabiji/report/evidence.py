"""What the logs would hold of a journey: as text under the report, and as JSON."""

from __future__ import annotations

from typing import Any

from ..estate import Estate
from ..journey.evidence import Evidence, FlowRecord
from ..packet.address import format_address
from ..packet.header import FiveTuple
from .json import packet_document
from .labels import Labels
from .terminal import Style, cells, wrap
from .text import five_tuple

MARKS = {True: ("✓", "good"), False: ("✗", "dim"), None: ("?", "odd")}
ACTIONS = {"ACCEPT": "good", "REJECT": "bad"}


def render_evidence(
    found: Evidence, *, estate: Estate | None = None, lang: str = "en", style: Style | None = None
) -> str:
    """The block of text, ending in a newline; empty when there is nothing to say."""
    labels, dress = Labels(estate, lang), style or Style()
    lines: list[str] = []
    if found.flows or found.silent:
        lines += ["", dress(labels.text("evidence.flow.heading"), "bold")]
        names = {row.interface: labels.value(row.interface) for row in found.flows}
        names |= {interface: labels.value(interface) for interface, _ in found.silent}
        width = max(cells(name) for name in names.values())
        for row in found.flows:
            name = names[row.interface]
            way = labels.text(f"direction.{row.direction}")
            packet = five_tuple(row.shown) + _real(row.shown, row.packet)
            reason = f"  {row.reason}" if row.reason != "-" else ""
            pad = " " * (width - cells(name))
            lines.append(f"  {name}{pad}  {dress(row.action, ACTIONS[row.action])}{reason}  {way}  {packet}")
        for interface, code in found.silent:
            pad = " " * (width - cells(names[interface]))
            lines.append(f"  {names[interface]}{pad}  {dress(labels.text(code), 'dim')}")
        lines += [dress(f"  {labels.text(code)}", "dim") for code in found.notes]
    if found.trails:
        lines += ["", dress(labels.text("evidence.trail.heading"), "bold")]
        for event in found.trails:
            mark, tone = MARKS[event.exists]
            said = f"{labels.text(f'evidence.trail.{event.trail}')}: {labels.text(event.code)}"
            for i, line in enumerate(wrap(said, max(20, dress.width - 4))):
                lines.append(f"  {dress(mark, tone) if not i else ' '} {line}")
            fields = "  ".join(f"{key}={value}" for key, value in event.fields)
            lines += [dress(f"    {line}", "dim") for line in wrap(fields, max(20, dress.width - 4)) if line]
    return "\n".join(lines) + "\n" if lines else ""


def _real(shown: FiveTuple, packet: FiveTuple) -> str:
    """The pkt-* addresses where they differ (FL6)."""
    out = []
    if shown.src != packet.src:
        out.append(f"pkt-srcaddr {format_address(packet.src)}")
    if shown.dst != packet.dst:
        out.append(f"pkt-dstaddr {format_address(packet.dst)}")
    return f"  ({', '.join(out)})" if out else ""


def evidence_document(found: Evidence, *, estate: Estate | None = None, lang: str = "en") -> dict[str, Any]:
    """The same as plain data."""
    labels = Labels(estate, lang)
    return {
        "flow_logs": [_flow(row, labels) for row in found.flows],
        "silent": [
            {"interface": i, "name": labels.name(i), "code": code, "text": labels.text(code)}
            for i, code in found.silent
        ],
        "cloudtrail": [
            {
                "event": event.trail,
                "exists": event.exists,
                "code": event.code,
                "text": labels.text(event.code),
                "fields": dict(event.fields),
                "facts": list(event.facts),
            }
            for event in found.trails
        ],
    }


def _flow(row: FlowRecord, labels: Labels) -> dict[str, Any]:
    return {
        "interface": row.interface,
        "name": labels.name(row.interface),
        "leg": row.leg,
        "direction": row.direction,
        "action": row.action,
        "reject_reason": row.reason,
        "packet": packet_document(row.shown),
        "pkt_srcaddr": format_address(row.packet.src),
        "pkt_dstaddr": format_address(row.packet.dst),
        "facts": list(row.facts),
    }
