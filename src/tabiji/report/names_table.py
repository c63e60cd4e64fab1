"""Do all places resolve all services to the endpoints that are paid for?  Service names x places, as data.

``build`` asks every name of ``names_asked`` everywhere, says what each answer
is (``names_cell``) and what looks wrong about it (``names_judges``);
``names_table_text`` shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import msgspec

from ..estate import Estate
from ..estate.vpc_endpoint import VpcEndpoint
from ..findings.finding import Finding
from ..journey.model import UNDETERMINED, Request, Vantage
from ..names import resolve, view
from ..names.answer import NOERROR, NXDOMAIN, Answer, Step
from ..names.endpoint_names import PRIVATELINK_TYPES
from ..names.transport import FromPlace, Reach
from ..names.view import View
from ..packet.address import is_private_v4, is_v6, parse_address, parse_prefix
from .names_asked import HTTPS, Asked, Viewpoint
from .names_cell import (
    BLOCK_STEPS,
    BLOCKED,
    ENDPOINT,
    FAILED,
    GATEWAY,
    NODATA,
    NX,
    OTHER,
    PRIVATE,
    PUBLIC,
    UNKNOWN,
    Cell,
    undetermined,
)
from .names_judges import JUDGES, differing

FILTERS = frozenset(("sg", "nacl", "firewall"))
"""Topics of findings that stop a packet on a way that exists."""
_SILENT = frozenset(("TIMEOUT", "CONNREFUSED", "UNREACHABLE"))
_REMARKS = (".derived", ".inbound_only", ".may_be_shadowed", ".endpoint_derived")
_ASKED = ("names.vpc_resolver.asked", "names.inbound_endpoint.asked")


class Row(msgspec.Struct, frozen=True):
    """One name with a cell for each viewpoint."""

    asked: Asked
    cells: tuple[Cell, ...]

    @property
    def rank(self) -> int:
        """0 and up for rows that look wrong, 100 for what cannot be told, 101 for the rest."""
        ranks = [reason.rank for cell in self.cells for reason in cell.wrong]
        return min(ranks) if ranks else 100 if any(undetermined(cell) for cell in self.cells) else 101


class Table(msgspec.Struct, frozen=True):
    """All rows, wrong-looking ones first, and what the endpoints are used for."""

    viewpoints: tuple[Viewpoint, ...]
    rows: tuple[Row, ...]
    endpoints: dict[str, tuple[str, ...]]
    """Interface endpoint of a service asked for -> labels of the places that resolve a name to it."""

    @property
    def wrong(self) -> int:
        """Cells that look wrong."""
        return sum(bool(cell.wrong) for row in self.rows for cell in row.cells)

    @property
    def unknown(self) -> int:
        """Cells of which something cannot be told."""
        return sum(undetermined(cell) for row in self.rows for cell in row.cells)


class Builder:
    """The table in the making: answers, and what is worked out once for many cells."""

    def __init__(self, estate: Estate, viewpoints: Sequence[Viewpoint], *, connect: bool = False) -> None:
        from ..journey.naming import transport

        self.estate = estate
        self.viewpoints = tuple(viewpoints)
        self.connect = connect
        self._walk = transport(estate)
        self._carried: dict[tuple[FromPlace, str, str, int], Reach] = {}
        self._near: dict[tuple[str, int, str], bool] = {}
        self.by_service: dict[str, list[VpcEndpoint]] = {}
        self.by_address: dict[str, list[tuple[str, str]]] = {}
        for endpoint in estate.vpc_endpoints.values():
            self.by_service.setdefault(endpoint.service_name, []).append(endpoint)
        for vpc, owned in estate.eni_by_address.items():
            for eni_id in set(owned.values()):
                eni = estate.network_interfaces[eni_id]
                for text in (*eni.private_v4(), *(six.ipv6_address for six in eni.ipv6_addresses)):
                    self.by_address.setdefault(text, []).append((vpc, eni_id))
        self.at_sites = [parse_prefix(prefix) for site in estate.sites.values() for prefix in site.prefixes]
        self._accepted: dict[str, frozenset[str]] = {}

    def carry(self, place: FromPlace, server: str, protocol: str, port: int) -> Reach:
        """The walk of a DNS query, once for all names."""
        key = (place, server, protocol, port)
        found = self._carried.get(key)
        if found is None:
            found = self._carried[key] = self._walk(place, server, protocol, port)
        return found

    def ask(self, viewpoint: Viewpoint, name: str) -> Answer:
        """The A answer; the AAAA one for a name without IPv4 address."""
        answer = self._ask(viewpoint, name, "A")
        if answer.rcode == NOERROR and not answer.answer:
            six = self._ask(viewpoint, name, "AAAA")
            if six.addresses():
                return six
        return answer

    def _ask(self, viewpoint: Viewpoint, name: str, rtype: str) -> Answer:
        if viewpoint.resolver or viewpoint.vantage is None:
            return view(self.estate, viewpoint.vpc, name, rtype, transport=self.carry)
        return resolve(self.estate, viewpoint.vantage, name, rtype, transport=self.carry, search=False)

    # What an answer is ------------------------------------------------------------------------------------------------

    def cell(self, viewpoint: Viewpoint, asked: Asked) -> Cell:
        """Ask, classify, judge, and walk if wanted."""
        answer = self.ask(viewpoint, asked.name)
        cell = self._classified(viewpoint, asked, answer)
        if self.connect and cell.addresses and viewpoint.vantage is not None:
            verdict, stopped = self._connected(viewpoint.vantage, asked, cell.addresses)
            cell = msgspec.structs.replace(cell, connect=verdict, stopped=stopped)
        reasons = tuple(r for judge in JUDGES for r in judge(self, viewpoint, asked, cell))
        return msgspec.structs.replace(cell, wrong=reasons) if reasons else cell

    def _classified(self, viewpoint: Viewpoint, asked: Asked, answer: Answer) -> Cell:
        cell = self._kind(viewpoint, asked, answer)
        if answer.unknown and not self._only_existence(viewpoint, answer):
            return msgspec.structs.replace(cell, kind=UNKNOWN, likely=cell.kind, reason=answer.unknown)
        return cell

    def _kind(self, viewpoint: Viewpoint, asked: Asked, answer: Answer) -> Cell:
        chain, rcode = answer.chain, answer.rcode
        decided = next((s for s in reversed(chain) if s.component and not s.code.endswith(_REMARKS)), None)
        block = next((s for s in chain if s.code in BLOCK_STEPS), None)
        if block is not None:
            return Cell(kind=BLOCKED, rcode=rcode, addresses=answer.addresses(), decided=block)
        if rcode in _SILENT:
            return Cell(kind=BLOCKED, rcode=rcode, decided=decided)
        addresses = answer.addresses()
        if rcode != NOERROR or not addresses:
            kind = NX if rcode == NXDOMAIN else NODATA if rcode == NOERROR else FAILED
            return Cell(kind=kind, rcode=rcode, decided=decided)
        for endpoint in self._endpoints_at(addresses, chain):
            kind = OTHER if self._unexpected(viewpoint, asked, endpoint) else ENDPOINT
            return Cell(
                kind=kind,
                addresses=addresses,
                endpoint=endpoint.vpc_endpoint_id,
                vpc=endpoint.vpc_id,
                decided=decided,
            )
        if any(_private(text) for text in addresses) or answer.from_hosts_file:
            vpc = self._owner(viewpoint, addresses)[0]
            return Cell(kind=PRIVATE, addresses=addresses, vpc=vpc, decided=decided)
        gateway = self._gateway(viewpoint.vpc, asked)
        if gateway:
            return Cell(kind=GATEWAY, addresses=addresses, endpoint=gateway, vpc=viewpoint.vpc, decided=decided)
        return Cell(kind=PUBLIC, addresses=addresses, decided=decided)

    def _only_existence(self, viewpoint: Viewpoint, answer: Answer) -> bool:
        """The name goes to public DNS for certain; only whether it exists there is not known."""
        codes = {s.code for s in answer.chain}
        if "names.public.may_be_shadowed" in codes or not codes & {
            "names.public.assumed", "names.public.assumed_nodata", "names.public.unknown"
        }:  # fmt: skip
            return False
        asked = [dict(s.params).get("vpc", "") for s in answer.chain if s.code in _ASKED]
        return not any(View.of(self.estate, vpc).gaps for vpc in (*asked, viewpoint.vpc) if vpc)

    def _endpoints_at(self, addresses: Sequence[str], chain: Sequence[Step]) -> Iterator[VpcEndpoint]:
        """The endpoint behind the addresses; the one the chain names where VPCs share addresses."""
        estate = self.estate
        named = {s.component for s in chain} | {v for s in chain for k, v in s.params if k == "endpoint"}
        found: dict[str, None] = {}
        for text in addresses:
            for _, eni_id in self.by_address.get(text, ()):
                endpoint_id = estate.endpoint_by_eni.get(eni_id)
                if endpoint_id is not None:
                    found[endpoint_id] = None
        for endpoint_id in sorted(found, key=lambda i: i not in named):
            yield estate.vpc_endpoints[endpoint_id]

    def _unexpected(self, viewpoint: Viewpoint, asked: Asked, endpoint: VpcEndpoint) -> bool:
        if not self.serves(endpoint, asked):
            return True
        own = self.own(viewpoint.vpc, asked)
        return endpoint.vpc_id != viewpoint.vpc and bool(own)

    def serves(self, endpoint: VpcEndpoint, asked: Asked) -> bool:
        """Is the endpoint one for the service of the name?"""
        if endpoint.service_name == asked.service_name:
            return True
        found = self._accepted.get(asked.name)
        if found is None:
            from ..names.catalogue import endpoint_services

            services = endpoint_services(asked.name)
            found = frozenset(s.service_name for s in services if s.how in ("private", "variant"))
            self._accepted[asked.name] = found
        return endpoint.service_name in found

    def own(self, vpc: str, asked: Asked) -> list[VpcEndpoint]:
        """Interface endpoints for the service in a VPC."""
        rows = self.by_service.get(asked.service_name, ())
        return [e for e in rows if vpc and e.vpc_id == vpc and e.vpc_endpoint_type in PRIVATELINK_TYPES]

    def elsewhere(self, viewpoint: Viewpoint, asked: Asked) -> VpcEndpoint | None:
        """An endpoint for the service in another VPC to which packets find a way, if there is one."""
        for endpoint in self.by_service.get(asked.service_name, ()):
            if endpoint.vpc_endpoint_type in PRIVATELINK_TYPES and endpoint.state.lower() == "available":
                if endpoint.vpc_id != viewpoint.vpc and self._has_way(viewpoint, endpoint):
                    return endpoint
        return None

    def _gateway(self, vpc: str, asked: Asked) -> str:
        if asked.tail not in ("s3", "dynamodb"):
            return ""
        for endpoint in self.by_service.get(asked.service_name, ()):
            if endpoint.vpc_endpoint_type == "Gateway" and vpc and endpoint.vpc_id == vpc:
                if endpoint.state.lower() == "available":
                    return endpoint.vpc_endpoint_id
        return ""

    def _owner(self, viewpoint: Viewpoint, addresses: Sequence[str]) -> tuple[str, str]:
        """(VPC, interface) that has one of the addresses, the viewpoint's own VPC before others."""
        found = [row for text in addresses for row in self.by_address.get(text, ())]
        return min(found, key=lambda row: row[0] != viewpoint.vpc, default=("", ""))

    def stale(self, viewpoint: Viewpoint, addresses: Sequence[str]) -> str:
        """An address in a VPC of the estate that nobody has there; empty for none, or where that cannot be known."""
        estate = self.estate
        for text in addresses:
            if not _private(text) or text in self.by_address:
                continue
            value = parse_address(text)
            if any(low <= value <= high for low, high in self.at_sites):
                continue
            for vpc, ranges in estate.vpc_ranges.items():
                known = estate.coverage.has("network_interfaces", estate.scope_of(vpc))
                if known and any(low <= value <= high for low, high in ranges):
                    return text
        return ""

    # Ways -------------------------------------------------------------------------------------------------------------

    def _has_way(self, viewpoint: Viewpoint, endpoint: VpcEndpoint) -> bool:
        """Do packets find a way there, security groups, NACLs and firewalls apart?"""
        start = viewpoint.vantage
        key = (start.eni or start.site if start else "", start.address if start else 0, endpoint.vpc_id)
        if key not in self._near:
            self._near[key] = self._find_way(viewpoint, endpoint)
        return self._near[key]

    def _find_way(self, viewpoint: Viewpoint, endpoint: VpcEndpoint) -> bool:
        from ..journey.engine import walk_request

        if viewpoint.vantage is None:
            return False
        for eni_id in endpoint.network_interface_ids:
            eni = self.estate.network_interfaces.get(eni_id)
            if eni is None or not eni.private_v4():
                continue
            host = eni.private_v4()[0]
            request = Request(text=host, host=host, port=HTTPS)
            walked = walk_request(self.estate, viewpoint.vantage, request)
            for path in walked.paths:
                arrived = any(h.leg == "forward" and h.place.vpc == endpoint.vpc_id for h in path.hops)
                stopped = [f for f in path.findings if f.severity == "blocker"]
                if arrived and all(f.code.partition(".")[0] in FILTERS for f in stopped):
                    return path.verdict != UNDETERMINED or not any(f.severity == "unknown" for f in path.findings)
            return False
        return False

    def _connected(self, vantage: Vantage, asked: Asked, addresses: Sequence[str]) -> tuple[str, Finding | None]:
        """Verdict of the packets to the addresses, and what settled it."""
        from ..journey.engine import walk_addresses

        request = Request(text=asked.name, host=asked.name, port=asked.port, scheme="https", path="/", tls=True)
        verdict, findings = walk_addresses(self.estate, vantage, request, [parse_address(a) for a in addresses])
        wanted = "unknown" if verdict == UNDETERMINED else "blocker"
        return verdict, next((f for f in findings if f.severity == wanted), None)


@lru_cache(maxsize=4096)
def _private(text: str) -> bool:
    value = parse_address(text)
    if is_v6(value):
        return value >> 121 == 0xFC >> 1 or value >> 118 == 0xFE80 >> 6  # unique local, link-local
    return is_private_v4(value)


def build(estate: Estate, viewpoints: Sequence[Viewpoint], asked: Sequence[Asked], *, connect: bool = False) -> Table:
    """Ask every name everywhere; rows that look wrong come first, the worst at the top."""
    builder = Builder(estate, viewpoints, connect=connect)
    rows: list[Row] = []
    used: dict[str, dict[str, None]] = {}
    services = {a.service_name for a in asked}
    for endpoint in estate.vpc_endpoints.values():
        if endpoint.vpc_endpoint_type in PRIVATELINK_TYPES and endpoint.service_name in services:
            used[endpoint.vpc_endpoint_id] = {}
    for question in asked:
        cells = differing(viewpoints, [builder.cell(viewpoint, question) for viewpoint in viewpoints])
        rows.append(Row(question, cells))
        for viewpoint, cell in zip(viewpoints, cells, strict=True):
            if cell.endpoint in used:
                used[cell.endpoint][viewpoint.label] = None
    rows.sort(key=lambda row: row.rank)  # stable: services in the order asked for
    return Table(tuple(viewpoints), tuple(rows), {i: tuple(labels) for i, labels in used.items()})
