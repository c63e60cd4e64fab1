"""A disagreement as a scenario file: the smallest estate, the question, both answers (LAB61)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ...packet.address import format_address, is_v6
from ...packet.header import ICMP, ICMPV6, TCP, UDP

if TYPE_CHECKING:
    from ...estate import Estate
    from .compare import Disagreement

ORDER = ("title", "source", "facts", "estate", "ask")


def scenario_of(estate: Estate, found: Disagreement, seed: int) -> dict[str, Any]:
    """The scenario, expecting what the kernel did; ``note`` holds both answers."""
    question = found.question
    packet = question.packet
    host = format_address(packet.dst)
    if is_v6(packet.dst):
        host = f"[{host}]"
    ask: dict[str, Any] = {"from": _sender(estate, found)}
    if packet.proto in (ICMP, ICMPV6):
        ask["to"] = f"ping://{host}"
    else:
        ask["to"] = f"{host}:{packet.dport}"
        if packet.proto != TCP:
            ask["protocol"] = {UDP: "udp"}.get(packet.proto, str(packet.proto))
    ask["expect"] = "reachable" if found.observed.outcome == "delivered" else "blocked"
    ask["note"] = f"packet {packet}; {found.leg}: walk says {found.predicted}; kernel says {found.observed}"
    ask["pending"] = "walk and kernel disagree"
    return {
        "title": f"walk and kernel disagree about {found.what}",
        "source": f"tabiji lab judge, seed {seed}",
        "facts": [],
        "estate": {"version": 1, "records": records_of(estate)},
        "ask": [ask],
    }


def _sender(estate: Estate, found: Disagreement) -> str:
    question = found.question
    address = format_address(question.packet.src)
    if question.source == "internet":
        return f"internet:{address}"
    if question.source in estate.sites:
        return f"{question.source}:{address}"
    eni = estate.network_interfaces.get(question.source)
    if eni is not None and address not in (eni.private_ip_address, *(a.ipv6_address for a in eni.ipv6_addresses[:1])):
        return address
    return question.source


def records_of(estate: Estate) -> dict[str, list[Any]]:
    """All records as ``records:`` of a hand-written estate takes them; fields at their defaults are left out."""
    return {
        kind: [msgspec.to_builtins(record) for record in table.values()]
        for kind, table in estate.tables.items()
        if table
    }


def text_of(scenario: dict[str, Any]) -> str:
    """The YAML text."""
    import yaml

    ordered = {key: scenario[key] for key in ORDER if key in scenario}
    return str(yaml.safe_dump(ordered, sort_keys=False, allow_unicode=True, width=110))


def expressible(estate: Estate) -> bool:
    """Can it be written down, with nothing named that is not there?"""
    from ...sources.document import estate_of
    from ...sources.errors import SourceError

    try:
        estate_of({"version": 1, "records": records_of(estate)})
    except SourceError:
        return False
    return True
