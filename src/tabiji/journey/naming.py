"""The name part of a journey: ask as the client does, and let the query itself travel."""

from __future__ import annotations

from typing import Any

from ..estate import Estate
from ..findings.finding import BLOCKER, NAME, NOTE, UNKNOWN, Finding
from ..names.answer import NOERROR, NXDOMAIN, Answer
from ..packet.address import AddressError, parse_address
from .model import Vantage

REMARKS = (".derived", ".inbound_only", ".may_be_shadowed", ".endpoint_derived")
"""Steps that qualify an answer; what decided it stands before them."""


def ask(estate: Estate, vantage: Vantage, name: str) -> tuple[tuple[Answer, ...], list[int], list[Finding]]:
    """All questions the client asks, the addresses it may connect to, and findings about the name."""
    from ..names import lookup

    carried: list[Finding] = []
    answers = tuple(lookup(estate, vantage, name, transport=transport(estate, carried)))
    addresses: list[int] = []
    findings: list[Finding] = []
    for answer in answers:
        for text in answer.addresses():
            try:
                value = parse_address(text)
            except AddressError:
                continue
            if value not in addresses and (value < 1 << 32 or vantage.address6):
                addresses.append(value)
    for answer in answers:
        if answer.unknown:
            findings.append(_finding(answer, "unknown.name", UNKNOWN, ("reason", answer.unknown)))
            break
    if not addresses and not findings:
        findings.append(_negative(answers, name))
        findings += carried  # the queries that did not get through: what to mend
    for answer in answers:
        findings.extend(
            Finding(
                code=step.code, severity=NOTE, leg=NAME, component=step.component, params=step.params, facts=step.facts
            )
            for step in answer.chain
            if step.code.endswith((".assumed", ".warning", ".shadows"))
        )
    return answers, addresses, list(dict.fromkeys(findings))


def _negative(answers: tuple[Answer, ...], name: str) -> Finding:
    """Why there is no address: the most telling of the answers."""
    if not answers:
        return Finding(code="name.no_answer", severity=BLOCKER, leg=NAME, params=(("name", name),))
    worst = next((a for a in answers if a.rcode not in (NOERROR, NXDOMAIN)), None)
    if worst is None:
        worst = next((a for a in answers if a.rcode == NOERROR), answers[0])
    code = {
        NOERROR: "name.no_data",
        NXDOMAIN: "name.nxdomain",
        "SERVFAIL": "name.servfail",
        "REFUSED": "name.refused",
    }.get(worst.rcode, "name.timeout")
    return _finding(worst, code, BLOCKER)


def _finding(answer: Answer, code: str, severity: str, *extra: tuple[str, str]) -> Finding:
    decisive = next((s for s in reversed(answer.chain) if not s.code.endswith(REMARKS)), None)
    params = (("name", answer.name.rstrip(".")), ("type", answer.type), ("server", answer.server), *extra)
    component = decisive.component if decisive else ""
    facts = decisive.facts if decisive else ()
    return Finding(
        code=code,
        severity=severity,
        leg=NAME,
        component=component,
        facts=facts,
        params=(*params, ("component", component or answer.server or "public DNS")),
    )


def transport(estate: Estate, refused: list[Finding] | None = None) -> Any:
    """How a DNS query gets to a server: as a packet through the fabric, UDP or TCP, there and back.

    ``refused`` gathers what stopped queries on their way.
    """
    from .query import carry

    def reach(place: Any, server: str, protocol: str, port: int) -> Any:
        return carry(estate, place, server, protocol, port, refused)

    return reach
