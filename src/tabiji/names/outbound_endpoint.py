"""Resolver outbound endpoint: a FORWARD rule's queries leave from its ENIs (section 2.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..packet.address import AddressError, is_v6, parse_address
from .answer import NOERROR, NXDOMAIN, SERVFAIL, TIMEOUT, Step
from .dnsname import is_v6_text
from .inbound_endpoint import addresses_of
from .resolution import Resolution, Result, step
from .transport import OUTBOUND_ENDPOINT, FromPlace, Reach
from .why import why

if TYPE_CHECKING:
    from collections.abc import Sequence

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
            steps=(step("names.outbound_endpoint.missing", endpoint_id, (), endpoint=endpoint_id, rule=rule_id),),
            unknown=why("names.why.outbound", endpoint=endpoint_id),
        )
    senders = _senders(resolution, endpoint)
    steps: list[Step] = []
    ways = [way for target in targets if (way := _way(resolution, endpoint, senders, target, steps)) is not None]
    sure = [way for way in ways if way[2].ok]
    results: list[Result] = []
    for address, sender, reach in sure or ways:
        result = resolution.ask_server(address, sender.arriving(reach.vpc), name, question.rtype)
        facts = ("N2.7c", "N2.7e")
        said = step("names.outbound_endpoint.sent", endpoint_id, facts, endpoint=endpoint_id, target=address)
        result.steps.insert(0, said)
        if reach.ok is None and not result.unknown:
            result.unknown = why(
                "names.why.reach_from", who=endpoint_id, address=address, reason=reach.detail or reach.code
            )
        results.append(result)
    if not results:
        rcode = view.estate.switch("N2.7h", "servfail").upper()  # N2.7h: the rcode is not documented
        told = {"endpoint": endpoint_id, "rule": rule_id}
        steps.append(step("names.outbound_endpoint.no_target", endpoint_id, ("N2.7h",), **told))
        return Result(TIMEOUT if rcode == TIMEOUT else SERVFAIL, steps=steps)
    best = next((r for r in results if r.rcode not in (SERVFAIL, TIMEOUT)), results[0])
    if best.rcode == TIMEOUT:  # what the target never answers the resolver gives up on
        best.rcode = SERVFAIL
    if len({_content(r) for r in results if r.rcode in (NOERROR, NXDOMAIN)}) > 1:
        best.choice = best.choice or "the forward targets give different answers"
        best.steps.append(step("names.outbound_endpoint.targets_differ", endpoint_id, ("N2.7c",), rule=rule_id))
    best.steps = steps + best.steps
    return best


def _content(result: Result) -> tuple[str, frozenset[tuple[str, str]]]:
    return result.rcode, frozenset((r.type, r.rdata) for r in result.answer)


def _way(
    resolution: Resolution, endpoint: Any, senders: Sequence[FromPlace], target: Any, steps: list[Step]
) -> tuple[str, FromPlace, Reach] | None:
    """The first ENI that reaches a target, else one of which it cannot be told; the others are noted."""
    address = target.ip or target.ipv6
    unsure = None
    for sender in senders:
        if sender.address and is_v6_text(address) != is_v6(sender.address):
            continue
        reach = resolution.reach(sender, address, target.port or 53)
        if reach.ok:
            return address, sender, reach
        code = "names.outbound_endpoint.blocked" if reach.ok is False else "names.outbound_endpoint.uncertain"
        params = {"endpoint": endpoint.id, "target": address, "reason": reach.code, "detail": reach.detail}
        steps.append(step(code, endpoint.id, ("N2.7c",), **params))
        if reach.ok is None and unsure is None:
            unsure = (address, sender, reach)
    return unsure


def _senders(resolution: Resolution, endpoint: Any) -> list[FromPlace]:
    """The endpoint's ENIs as places queries start from; the bare VPC when its addresses were not collected."""
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
    return out or [FromPlace(role=OUTBOUND_ENDPOINT, component=endpoint.id, kind="eni", vpc=endpoint.host_vpc_id)]
