"""Batch questions: one JSON object in, one out.

Question: ``id``, ``source_kind`` (``eni``, ``internet`` or ``on-prem``),
``source_ip``, ``source_eni``, ``source_instance``, ``destination_ip`` (or
``destination``: a name or URL), ``protocol`` (``tcp``, ``udp``, ``icmp``) and
``destination_port``.  Answer: ``id``, ``reachable`` (null: undetermined),
``verdict``, ``findings`` (codes), ``deciding`` (component, rule, facts).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ..estate import Estate
from ..findings.finding import BLOCKER, UNKNOWN, Finding
from ..packet.address import AddressError, parse_address
from ..request.errors import RequestError
from ..request.parse import parse_request
from ..request.vantage import find_vantage, of_eni, of_instance
from .engine import journey
from .model import BLOCKED, REACHABLE, UNDETERMINED, Journey, Vantage

REACHABILITY = {REACHABLE: True, BLOCKED: False}


def answer(estate: Estate, question: Mapping[str, Any], *, forward_only: bool = False) -> dict[str, Any]:
    """The answer to one question.  Raises RequestError for one that makes no sense."""
    destination = question.get("destination_ip") or question.get("destination")
    if not isinstance(destination, str) or not destination:
        raise RequestError("destination_ip is missing")
    protocol, port = question.get("protocol"), question.get("destination_port")
    if protocol is not None and not isinstance(protocol, str):
        raise RequestError("protocol must be text")
    if port is not None and (not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536):
        raise RequestError(f"destination_port {port!r} is not a port (1-65535)")
    request = parse_request(destination, protocol, port)
    vantage = vantage_of(estate, question)
    if vantage is None:
        return _no_source(question)
    told = journey(estate, vantage, request, forward_only=forward_only, fixes=False)
    return summary(told, question.get("id"))


def _no_source(question: Mapping[str, Any]) -> dict[str, Any]:
    """On-premises is a place the snapshot says nothing of."""
    code, source = "unknown.external", str(question.get("source_ip") or "")
    why = {"component": source, "rule": "", "fact": "DX5", "facts": ["DX5"], "code": code, "leg": "forward"}
    return {"id": question.get("id"), "reachable": None, "verdict": UNDETERMINED, "findings": [code], "deciding": why}


def vantage_of(estate: Estate, question: Mapping[str, Any]) -> Vantage | None:
    """Where a question starts: by ENI, by instance, or by address; None for on-premises of which nothing is known."""
    address = question.get("source_ip")
    if address is not None and not isinstance(address, str):
        raise RequestError("source_ip must be text")
    eni, instance = question.get("source_eni"), question.get("source_instance")
    if question.get("source_kind") == "internet":
        return find_vantage(estate, f"internet:{address}" if address else "internet")
    if isinstance(eni, str) and eni:
        return _at(of_eni(estate, eni, eni), address)
    if isinstance(instance, str) and instance and instance in estate.instances and not address:
        return of_instance(estate, instance, instance)
    if question.get("source_kind") == "on-prem" and address:
        return _on_premises(estate, address)
    source = address or question.get("source")
    if not isinstance(source, str) or not source:
        raise RequestError("source_ip, source_eni or source_instance is missing")
    return find_vantage(estate, source)


def _on_premises(estate: Estate, address: str) -> Vantage | None:
    """An address in a site; of the only site there is when no site's prefixes hold it."""
    try:
        return find_vantage(estate, address)
    except RequestError:
        if len(estate.sites) == 1:
            return find_vantage(estate, f"{next(iter(estate.sites))}:{address}")
        return None


def _at(vantage: Vantage, address: str | None) -> Vantage:
    """The same ENI, sending from one of its other addresses."""
    if not address:
        return vantage
    try:
        value = parse_address(address)
    except AddressError as error:
        raise RequestError(str(error)) from None
    if value >= 1 << 32:
        return msgspec.structs.replace(vantage, address6=value)
    return msgspec.structs.replace(vantage, address=value)


def summary(told: Journey, identity: Any = None) -> dict[str, Any]:
    """A journey in one line's worth of data."""
    decisive = deciding(told)
    return {
        "id": identity,
        "reachable": REACHABILITY.get(told.verdict),
        "verdict": told.verdict,
        "findings": list(dict.fromkeys(f.code for f in told.findings)),
        "deciding": None
        if decisive is None
        else {
            "component": decisive.component,
            "rule": decisive.rule,
            "fact": decisive.facts[0] if decisive.facts else None,
            "facts": list(decisive.facts),
            "code": decisive.code,
            "leg": decisive.leg,
        },
    }


def deciding(told: Journey) -> Finding | None:
    """The finding that settled the verdict: the first refusal, or the first unknown."""
    for severity in (BLOCKER, UNKNOWN):
        for finding in told.findings:
            if finding.severity == severity:
                return finding
    return None
