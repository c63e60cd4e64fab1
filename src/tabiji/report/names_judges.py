"""What looks wrong about a name's answer at a place; ``JUDGES`` is the list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from ..estate.vpc_endpoint import VpcEndpoint
from ..journey.model import REACHABLE, UNDETERMINED
from ..names.dnsname import absolute
from ..names.endpoint_names import names_of, service_tail
from ..names.managed_zone import has_private_dns, inbound_only
from ..names.view import View
from .names_asked import Asked, Viewpoint
from .names_cell import (
    BLOCK_STEPS,
    BLOCKED,
    ENDPOINT,
    FAILED,
    NODATA,
    NX,
    OTHER,
    PRIVATE,
    PUBLIC,
    UNKNOWN,
    Cell,
    Reason,
)

if TYPE_CHECKING:
    from .names_table import Builder

ZONE_KINDS = frozenset(("private_hosted_zone", "managed_zone", "site_server", "autodefined"))

Judge = Callable[["Builder", Viewpoint, Asked, Cell], Iterator[Reason]]


def no_address(builder: Builder, viewpoint: Viewpoint, asked: Asked, cell: Cell) -> Iterator[Reason]:
    """The name does not resolve at all.

    What DNS Firewall blocks is taken as meant, unless there is an endpoint to
    use.
    """
    step = cell.decided
    component = step.component if step is not None else ""
    facts = step.facts if step is not None else ()
    if cell.kind == BLOCKED and step is not None and step.code in BLOCK_STEPS:
        there = next(iter(builder.own(viewpoint.vpc, asked)), None) or builder.elsewhere(viewpoint, asked)
        if there is not None:
            yield _reason("names_table.blocked", 1, component, facts, endpoint=there.vpc_endpoint_id)
    elif cell.kind == BLOCKED:
        yield _reason("names_table.no_answer", 0, component, facts, rcode=cell.rcode)
    elif cell.kind == FAILED:
        yield _reason("names_table.failed", 0, component, facts, rcode=cell.rcode)
    elif cell.kind in (NX, NODATA):
        zone = dict(step.params).get("zone", "").rstrip(".") if step is not None else ""
        shadows = step is not None and step.kind in ZONE_KINDS  # N2.6a, N4.10a
        code = "names_table.shadowed" if shadows else "names_table.not_found"
        yield _reason(code, 0, component, facts, zone=zone or component, rcode=cell.rcode)


def own_endpoint_unused(builder: Builder, viewpoint: Viewpoint, asked: Asked, cell: Cell) -> Iterator[Reason]:
    """The VPC has an endpoint for the service, and the name goes elsewhere."""
    if cell.kind not in (PUBLIC, OTHER, PRIVATE):
        return
    own = builder.own(viewpoint.vpc, asked)
    if not own or cell.endpoint in {e.vpc_endpoint_id for e in own}:
        return
    endpoint = own[0]
    if asked.tail == "dynamodb" and not endpoint.private_dns_enabled:  # N4.12
        return
    cause, facts = _cause(builder, viewpoint, asked, endpoint)
    code = "names_table.public_own" if cell.kind == PUBLIC else "names_table.not_the_own"
    yield Reason(
        code,
        0 if cell.kind == PUBLIC else 1,
        endpoint.vpc_endpoint_id,
        (("endpoint", endpoint.vpc_endpoint_id), ("vpc", viewpoint.vpc), ("instead", cell.endpoint or _list(cell))),
        facts,
        cause,
    )


def wrong_service(builder: Builder, viewpoint: Viewpoint, asked: Asked, cell: Cell) -> Iterator[Reason]:
    """The name leads to an endpoint for another service."""
    if cell.kind == OTHER and not builder.serves(builder.estate.vpc_endpoints[cell.endpoint], asked):
        service = service_tail(builder.estate.vpc_endpoints[cell.endpoint].service_name)
        yield _reason(
            "names_table.wrong_service", 0, cell.endpoint, ("IE4",), endpoint=cell.endpoint, other=service,
            service=asked.tail,
        )  # fmt: skip


def stale_address(builder: Builder, viewpoint: Viewpoint, asked: Asked, cell: Cell) -> Iterator[Reason]:
    """The name leads to an address in a VPC where nobody has it."""
    address = builder.stale(viewpoint, cell.addresses)
    if address:
        component = cell.decided.component if cell.decided is not None else ""
        yield _reason("names_table.stale", 0, component, ("N6.B",), address=address)


def endpoint_elsewhere(builder: Builder, viewpoint: Viewpoint, asked: Asked, cell: Cell) -> Iterator[Reason]:
    """The name is public, and a VPC to which there is a way has an endpoint (N4.3, N6.G)."""
    if cell.kind != PUBLIC or builder.own(viewpoint.vpc, asked):
        return
    there = builder.elsewhere(viewpoint, asked)
    if there is not None:
        yield _reason(
            "names_table.public_near", 2, there.vpc_endpoint_id, ("N4.3", "N6.G"), endpoint=there.vpc_endpoint_id,
            vpc=there.vpc_id,
        )  # fmt: skip


def no_connection(builder: Builder, viewpoint: Viewpoint, asked: Asked, cell: Cell) -> Iterator[Reason]:
    """Packets to what was resolved do not get there and back.

    A public address may be out of reach on purpose, unless the service was
    asked for by name.
    """
    if cell.connect in ("", REACHABLE, UNDETERMINED) or (cell.kind == PUBLIC and not asked.named):
        return
    found = cell.stopped
    component, facts, why = (found.component, found.facts, found.code) if found else ("", (), "")
    yield _reason("names_table.no_connection", 3, component, facts, port=str(asked.port), why=why)


JUDGES: tuple[Judge, ...] = (
    no_address,
    own_endpoint_unused,
    wrong_service,
    stale_address,
    endpoint_elsewhere,
    no_connection,
)


def differing(viewpoints: Sequence[Viewpoint], cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Places of one VPC or site that do not get what a neighbour gets: the endpoint."""
    served: dict[str, tuple[Viewpoint, Cell]] = {}
    for viewpoint, cell in zip(viewpoints, cells, strict=True):
        if cell.kind == ENDPOINT:
            served.setdefault(viewpoint.vpc or viewpoint.site, (viewpoint, cell))
    out = list(cells)
    for i, (viewpoint, cell) in enumerate(zip(viewpoints, cells, strict=True)):
        beside = served.get(viewpoint.vpc or viewpoint.site)
        if beside is None or not (viewpoint.vpc or viewpoint.site) or cell.wrong:
            continue
        if cell.kind not in (ENDPOINT, OTHER, UNKNOWN):
            there, other = beside
            reason = _reason(
                "names_table.differs", 4, other.endpoint, ("N1.10",), endpoint=other.endpoint, there=there.label
            )
            out[i] = msgspec.structs.replace(cell, wrong=(reason,))
    return tuple(out)


def _cause(builder: Builder, viewpoint: Viewpoint, asked: Asked, endpoint: VpcEndpoint) -> tuple[str, tuple[str, ...]]:
    """What keeps an endpoint of the VPC from answering: catalogue code and facts."""
    if endpoint.state.lower() != "available":
        return "names_table.cause.state", ("N4.6", "IE8")
    if not endpoint.private_dns_enabled:
        return "names_table.cause.private_dns_off", ("N4.6",)
    if View.of(builder.estate, viewpoint.vpc).dns.both is False:
        return "names_table.cause.attributes", ("N4.6", "N2.2b")
    wanted = absolute(asked.name)
    names = [n.name for n in names_of(builder.estate, endpoint) if n.private]
    if not any(wanted == n.removeprefix("*.") or (n.startswith("*.") and wanted.endswith(n[1:])) for n in names):
        return "names_table.cause.not_covered", ("N4.8", "N4.11a")
    if has_private_dns(endpoint) and inbound_only(endpoint):
        return "names_table.cause.inbound_only", ("N4.11b", "IE11")
    if not viewpoint.resolver:
        return "names_table.cause.other_server", ("N1.3", "N1.11")
    return "names_table.cause.claimed", ("N2.4b",)


def _reason(code: str, rank: int, component: str, facts: tuple[str, ...], **params: str) -> Reason:
    return Reason(code, rank, component, (("component", component), *params.items()), facts)


def _list(cell: Cell) -> str:
    return ", ".join(cell.addresses)
