"""Resolver inbound endpoint: exactly the view of its VPC, for whoever gets a packet to it (N2.7f)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .answer import REFUSED_CONNECTION, TIMEOUT
from .resolution import KINDS, Resolution, Result, step
from .view import Question, View
from .why import why

if TYPE_CHECKING:
    from ..estate import Estate
    from .transport import FromPlace


def addresses_of(estate: Estate, endpoint: Any) -> tuple[Any, ...]:
    """The endpoint's addresses, joined from either listing."""
    if endpoint.ip_addresses:
        return tuple(endpoint.ip_addresses)
    listed = estate.tables["resolver_endpoint_ips"].get(endpoint.id)
    return tuple(listed.ip_addresses) if listed is not None else ()


def by_address(estate: Estate) -> dict[str, tuple[Any, ...]]:
    """Address text -> inbound endpoints that have it (VPCs may overlap)."""
    out: dict[str, tuple[Any, ...]] = {}
    for endpoint in estate.tables["resolver_endpoints"].values():
        if endpoint.direction.upper().startswith("INBOUND"):
            for ip in addresses_of(estate, endpoint):
                for text in (ip.ip, ip.ipv6):
                    if text:
                        out[text] = (*out.get(text, ()), endpoint)
    return out


def serve(resolution: Resolution, server: str, sender: FromPlace, name: str, rtype: str) -> Result | None:
    """Answer when the address belongs to an inbound endpoint."""
    found = resolution.estate.memo("names.inbound_endpoints", KINDS, by_address).get(server)
    if not found:
        return None
    here = sender.arrived or sender.vpc
    endpoint = next((e for e in found if e.host_vpc_id == here), found[0])
    if endpoint.status.upper() not in ("OPERATIONAL", "UPDATING", "AUTO_RECOVERING"):
        return Result(
            TIMEOUT, steps=(step("names.inbound_endpoint.down", endpoint.id, ("N2.7a",), status=endpoint.status),)
        )
    if "Do53" not in endpoint.protocols:  # N2.7a
        return Result(
            REFUSED_CONNECTION, steps=(step("names.inbound_endpoint.no_do53", endpoint.id, ("N2.7a",), server=server),)
        )
    view = View.of(resolution.estate, endpoint.host_vpc_id)
    result = view.ask(Question(resolution, name, rtype, inbound=True, dns64=endpoint.id if endpoint.dns64 else ""))
    said = step(
        "names.inbound_endpoint.asked",
        endpoint.id,
        ("N2.7f",),
        endpoint=endpoint.id,
        server=server,
        vpc=endpoint.host_vpc_id,
    )
    result.steps.insert(0, said)
    if endpoint.direction.upper() == "INBOUND_DELEGATION" and not result.unknown:
        result.unknown = why("names.why.inbound_delegation")  # N2.7b
    if len(found) > 1 and endpoint.host_vpc_id != here and not result.unknown:
        ids = ", ".join(e.id for e in found)
        result.unknown = why("names.why.several_inbound", server=server, endpoints=ids)
    return result
