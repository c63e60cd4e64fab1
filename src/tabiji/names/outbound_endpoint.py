"""Resolver outbound endpoint: a FORWARD rule's queries leave from its ENIs (section 2.7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..packet.address import AddressError, parse_address
from .answer import NXDOMAIN, SERVFAIL, TIMEOUT
from .dnsname import is_v6_text
from .inbound_endpoint import addresses_of
from .resolution import Resolution, Result, step
from .transport import OUTBOUND_ENDPOINT, FromPlace
from .view import Question, View


def forward(
    view: View, question: Question, name: str, endpoint_id: str, targets: Sequence[Any], rule_id: str
) -> Result:
    """Send the question to the targets; any may be used, so all are asked (N2.7c)."""
    resolution = question.resolution
    endpoint = view.estate.tables["resolver_endpoints"].get(endpoint_id)
    if endpoint is None:
        return Result(
            SERVFAIL,
            steps=(
                step("names.outbound_endpoint.missing", endpoint_id, ("N2.7c",), endpoint=endpoint_id, rule=rule_id),
            ),
            unknown=f"outbound endpoint {endpoint_id} was not collected",
        )
    senders = _senders(resolution, endpoint)
    results: list[Result] = []
    notes = []
    uncertain = ""
    for target in targets:
        address = target.ip or target.ipv6
        reached = None
        for sender in senders or [
            FromPlace(role=OUTBOUND_ENDPOINT, component=endpoint_id, vpc=endpoint.host_vpc_id, kind="eni")
        ]:
            if senders and is_v6_text(address) != (sender.address >= 1 << 32):
                continue
            reach = resolution.reach(sender, address, target.port or 53)
            if reach.ok:
                reached = sender.arriving(reach.vpc)
                break
            notes.append(
                step(
                    "names.outbound_endpoint.blocked" if reach.ok is False else "names.outbound_endpoint.uncertain",
                    endpoint_id,
                    ("N2.7c",),
                    endpoint=endpoint_id,
                    target=address,
                    reason=reach.code,
                    detail=reach.detail,
                )
            )
            if reach.ok is None:
                uncertain = f"whether {endpoint_id} reaches {address} cannot be told: {reach.detail or reach.code}"
        if reached is not None:
            result = resolution.ask_server(address, reached, name, question.rtype)
            result.steps.insert(
                0,
                step(
                    "names.outbound_endpoint.sent",
                    endpoint_id,
                    ("N2.7c", "N2.7e"),
                    endpoint=endpoint_id,
                    target=address,
                ),
            )
            results.append(result)
    if not results:
        rcode = view.estate.switch("N2.7h", "servfail").upper()  # N2.7h: the rcode is not documented
        failed = Result(rcode if rcode in (SERVFAIL, TIMEOUT) else SERVFAIL, steps=notes, unknown=uncertain)
        failed.steps.append(
            step("names.outbound_endpoint.no_target", endpoint_id, ("N2.7h",), endpoint=endpoint_id, rule=rule_id)
        )
        return failed
    best = next((r for r in results if r.rcode not in (SERVFAIL, TIMEOUT)), results[0])
    if best.rcode == TIMEOUT:  # what the target never answers the resolver gives up on
        best.rcode = SERVFAIL
    said = {
        (r.rcode, frozenset((a.type, a.rdata) for a in r.answer)) for r in results if r.rcode in ("NOERROR", NXDOMAIN)
    }
    if len(said) > 1:
        best.choice = best.choice or "the forward targets give different answers"
        best.steps.append(step("names.outbound_endpoint.targets_differ", endpoint_id, ("N2.7c",), rule=rule_id))
    best.steps = notes + best.steps
    return best


def _senders(resolution: Resolution, endpoint: Any) -> list[FromPlace]:
    """The endpoint's ENIs as places queries start from."""
    owners = resolution.estate.eni_by_address.get(endpoint.host_vpc_id, {})
    out = []
    for ip in addresses_of(resolution.estate, endpoint):
        for text in (ip.ip, ip.ipv6):
            if not text:
                continue
            try:
                address = parse_address(text)
            except AddressError:
                continue
            out.append(
                FromPlace(
                    role=OUTBOUND_ENDPOINT,
                    component=endpoint.id,
                    kind="eni",
                    eni=owners.get(address, ""),
                    vpc=endpoint.host_vpc_id,
                    subnet=ip.subnet_id,
                    address=address,
                )
            )
    return out
