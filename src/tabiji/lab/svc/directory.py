"""Which of the plan's services answers at an address and port, for whom: pure look-ups.

A socket knows the address it was asked at and the mark of the link the packets
came by (LAB25).  From these two follows everything else: the service, and the
VPC or endpoint the request passed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from ...access import Way
from ...estate import Estate
from ...packet.address import AddressError, parse_address
from ..plan.model import Plan, Service

TCP, UDP = "tcp", "udp"
ANY, ANY6 = "0.0.0.0", "::"
"""Address of a service that answers wherever no other does."""
MOST_PORTS = 1024
"""Ports of one ``listens`` range that are really opened."""
_PORTS = re.compile(r"(?:(tcp|udp)/)?(\d+)(?:-(\d+))?")


class Socket(msgspec.Struct, frozen=True, order=True):
    """Where something listens."""

    protocol: str
    address: str
    port: int


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A connection or datagram as the kernel hands it over."""

    client: str
    client_port: int = 0
    address: str
    """The one asked."""
    port: int
    """The one asked, by the plan (a test may have bound another)."""
    mark: int = 0


def listening_ports(texts: Iterable[str]) -> Iterator[tuple[str, int]]:
    """``(tcp, 443)`` of ``tcp/443``, ``443`` or ``tcp/8000-8003``; whatever is no port is left out."""
    for text in texts:
        found = _PORTS.fullmatch(text.strip().lower())
        if found is None:
            continue
        low = int(found[2])
        high = int(found[3] or low)
        for port in range(low, min(high, low + MOST_PORTS - 1, 65535) + 1):
            if port:
                yield found[1] or TCP, port


def ports_of(service: Service) -> tuple[tuple[str, int], ...]:
    """Protocols and ports a service answers at; its kind's own where the plan says nothing."""
    if service.listens:
        return tuple(dict.fromkeys(listening_ports(service.listens)))
    if service.kind == "dns":
        return ((UDP, 53), (TCP, 53))
    if service.kind == "imds":
        return ((TCP, 80),)
    if service.kind == "web" or service.service in ("s3", ""):
        return ((TCP, 443), (TCP, 80))
    return ((TCP, 443),)


class Directory:
    """The services of one plan over one estate."""

    def __init__(self, estate: Estate, plan: Plan) -> None:
        self.estate = estate
        self.plan = plan
        self._at: dict[Socket, dict[int, Service]] = {}
        for service in plan.services:
            for protocol, port in ports_of(service):
                self._at.setdefault(Socket(protocol, plain(service.address), port), {})[service.mark] = service
        self._addresses = {(plain(service.address), service.mark) for service in plan.services}
        ports = {port.name: port.owner for port in plan.ports}
        svc = [guest for guest in plan.guests if guest.name == "svc"]
        links = [link for guest in svc for link in guest.links]
        self.marks: dict[str, int] = {link.name: link.mark for link in links}
        """Link of the svc namespace -> mark of what comes in by it."""
        self.owners: dict[int, str] = {link.mark: ports.get(link.port, "") for link in links if link.mark}
        """Mark -> whose link it is."""

    def sockets(self) -> frozenset[Socket]:
        """Everything to listen at; a TCP port that is open at every address needs one socket only."""
        return frozenset(where for where in self._at if where == anywhere(where) or anywhere(where) not in self._at)

    def service(self, protocol: str, arrival: Arrival) -> Service | None:
        """Who answers there; None when nobody does on that link."""
        where = Socket(protocol, arrival.address, arrival.port)
        if not {(arrival.address, arrival.mark), (arrival.address, 0)} & self._addresses:
            where = anywhere(where)  # nobody on that link has the address: a gateway endpoint stands for all of S3
        by_mark = self._at.get(where, {})
        return by_mark.get(arrival.mark) or by_mark.get(0)

    def endpoint_of(self, service: Service, arrival: Arrival) -> str:
        """The VPC endpoint a request came by, an interface's or a gateway's; empty for none."""
        for owner in (service.owner, self.owners.get(arrival.mark, "")):
            found: str = self.estate.endpoint_by_eni.get(owner, owner)
            if found in self.estate.vpc_endpoints:
                return found
        return ""

    def vpc_of(self, service: Service, arrival: Arrival) -> str:
        """The VPC a link-local service (DNS, IMDS) is asked from."""
        for owner in (self.owners.get(arrival.mark, ""), service.owner):
            if owner in self.estate.vpcs:
                return owner
        return ""

    def interface_of(self, service: Service, arrival: Arrival) -> str:
        """The network interface that asks a link-local service; empty when none of the VPC has that address."""
        vpc = self.vpc_of(service, arrival)
        found: str = self.estate.eni_by_address.get(vpc, {}).get(number(arrival.client), "")
        return found

    def way_of(self, service: Service, arrival: Arrival, tls: bool) -> Way:
        """How a request reached the service, as policies see it (IA4, IA8)."""
        endpoint = self.estate.vpc_endpoints.get(self.endpoint_of(service, arrival))
        if endpoint is None:
            return Way(source=arrival.client, tls=tls)
        vpc = endpoint.vpc_id
        return Way(
            endpoint=endpoint.vpc_endpoint_id,
            vpc=vpc,
            account=endpoint.owner_id or self.estate.account_of(vpc),
            region=self.estate.region_of(vpc),
            source=arrival.client,
            tls=tls,
            outside_vpc=not any(number(arrival.client) in owned for owned in self.estate.eni_by_address.values()),
        )


def anywhere(where: Socket) -> Socket:
    """The same port at every address of the family; UDP has no such thing, as answers must leave from the address."""
    return where if where.protocol != TCP else Socket(TCP, ANY6 if ":" in where.address else ANY, where.port)


def number(address: str) -> int:
    """An address as a number; 0 for none."""
    try:
        return parse_address(address)
    except AddressError:
        return 0


def plain(address: str) -> str:
    """An address as the kernel prints it."""
    import ipaddress

    text = address.partition("/")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text
