"""All of it in one process: DNS, TLS, the AWS API, metadata, plain servers, guests' listeners.

``Services`` holds the parts; ``serve`` runs them until SIGTERM and says on a
file descriptor which part is ready when.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import BinaryIO

import msgspec

from ...estate import Estate
from ...estate.site import Host
from ...request.errors import RequestError
from ..plan.model import Guest, Plan, Service
from . import certificates, web
from .authority import Authority, Connection, Terminator
from .aws import shapes
from .aws.api import Api
from .aws.emulator import Emulator
from .aws.keys import account_of
from .directory import TCP, UDP, Arrival, Directory, Socket
from .dns import DnsPart, Server, on_guest
from .guests import open_in, sockets_of
from .http import Request, Response, converse, text
from .imds import Metadata, hop_limit
from .listen import Ears, Reply, reset
from .log import AccessLog, Entry

HANDSHAKE = 15.0
"""Seconds a client has for the TLS handshake."""
ECHO_IDLE = 300.0


AnswerFunction = Callable[[Arrival, Request, str, bool, Entry], Response]
"""(arrival, request, SNI, is it TLS?, log entry) -> answer."""
NamesFunction = Callable[[str], tuple[Authority, tuple[str, ...]]]
"""SNI -> who signs, and the names on the certificate."""


class Options(msgspec.Struct, kw_only=True):
    """How a lab's services run.

    ``namespaces``: guest -> file descriptor or path of its network namespace.
    ``ports``: port of the plan -> the one really bound.  ``log``: access log.
    ``ready``: file descriptor that gets a JSON line for each part that is up.
    ``hops``: routers between here and the guests, which an answer of the
    metadata service has to survive.  ``authorities``: CAs made before, by
    name; empty for the one every client trusts.
    """

    namespaces: Mapping[str, int | str] = {}
    ports: Mapping[int, int] = {}
    log: BinaryIO | None = None
    ready: int = -1
    hops: int = 1
    authorities: Mapping[str, Authority] = {}
    emulate: bool = True
    """Load moto."""


class Services:
    """The running services of a lab."""

    def __init__(self, estate: Estate, plan: Plan, options: Options | None = None) -> None:
        self.options = options or Options()
        self._began = time.perf_counter()
        self.log = AccessLog(self.options.log)
        self.directory = Directory(estate, plan)
        self.authorities: dict[str, Authority] = dict(self.options.authorities)
        self.emulator = Emulator(account_of(estate))
        self.api = Api(estate, self.emulator)
        self.metadata = Metadata()
        self.web = web.Web()
        ports = dict(self.options.ports)
        self.dns = DnsPart(self.directory, self.log, ports)
        self.ears = Ears(self._connection, self._echo, ports=ports, marks=self.directory.marks)
        self.guests: dict[str, Ears] = {}
        self.namespaces = dict(self.options.namespaces)
        self.problems: list[str] = []
        """What could not be listened at, a line each."""
        self._tls = Terminator(self._names)

    # Life -------------------------------------------------------------------

    def start(self) -> None:
        """Open everything and answer.  Raises ListenError."""
        self._listen(self.directory)
        self.dns.ears.start()
        self.said("dns")
        self._trust()
        self.said("tls", authorities={name: authority.pem for name, authority in self.authorities.items()})
        self.ears.start()
        self._guests(self.directory.plan)
        self.said("api", problems=self.problems)
        if self.options.emulate:
            self.emulator.start()
            threading.Thread(target=self._wait_for_emulator, daemon=True).start()
        else:
            self.emulator.failed = "it was not asked for"
            self.emulator.ready.set()

    def use(self, estate: Estate, plan: Plan, namespaces: Mapping[str, int | str] | None = None) -> None:
        """Answer for a changed estate; buckets and all else the emulator holds stay.

        ``namespaces`` adds those of new guests (paths, as ``/proc/1/fd/9``, when
        they were made after this process).  Raises ListenError, changing nothing.
        """
        directory = Directory(estate, plan)
        self._listen(directory)
        self.directory = directory
        self.dns.change(directory)
        self.api.use(estate)
        self.ears.marks = directory.marks
        self._trust()
        self.namespaces |= namespaces or {}
        self.problems.clear()
        self._guests(plan)

    def stop(self) -> None:
        """Close everything."""
        for ears in (self.dns.ears, self.ears, *self.guests.values()):
            ears.stop()

    def said(self, part: str, **more: object) -> None:
        """Tell whoever waits that a part is up, and after how many seconds."""
        if self.options.ready >= 0:
            line = {"part": part, "seconds": round(time.perf_counter() - self._began, 4), **more}
            os.write(self.options.ready, msgspec.json.encode(line) + b"\n")

    def _wait_for_emulator(self) -> None:
        with contextlib.suppress(RequestError):  # no botocore: the first call will say so
            shapes.model("ec2")
        self.emulator.ready.wait()
        self.said("emulator", problem=self.emulator.failed)

    def _listen(self, directory: Directory) -> None:
        """DNS has its own thread; everything else shares one."""
        dns: set[Socket] = set()
        rest: set[Socket] = set()
        for where in directory.sockets():
            service = directory.service(where.protocol, Arrival(client="", address=where.address, port=where.port))
            (dns if where.port == 53 or (service is not None and service.kind == "dns") else rest).add(where)
        self.dns.ears.listen(dns)
        self.ears.listen(rest)

    def _trust(self) -> None:
        """A CA for what every client trusts, and one for each private CA of the estate."""
        hosts = self.directory.estate.hosts.values()
        for name in ("", *(host.certificate_ca for host in hosts), *(ca for host in hosts for ca in host.trusts)):
            if name not in self.authorities:
                self.authorities[name] = Authority(f"tabiji lab {name}".rstrip())

    # Guests -----------------------------------------------------------------

    def _guests(self, plan: Plan) -> None:
        wanted = {guest.name: guest for guest in plan.guests if guest.name in self.namespaces}
        for name in set(self.guests) - set(wanted):
            self.guests.pop(name).stop()
        for name, guest in wanted.items():
            host = self._host(guest)
            if not guest.listens or guest.name == "svc" or (host is not None and host.relays):
                continue  # a relay has its own program
            if name in self.guests:
                self.guests.pop(name).stop()
            opened, failed = open_in(self.namespaces[name], sockets_of(guest))
            self.problems += [f"{name}: {line}" for line in failed]
            dns = on_guest(self.directory.estate, self.log, name)
            ears = Ears(partial(self._guest_connection, guest, dns), partial(self._guest_datagram, guest, dns))
            ears.adopt(opened)
            ears.start()
            self.guests[name] = ears

    def _host(self, guest: Guest) -> Host | None:
        estate = self.directory.estate
        names = (guest.name, guest.owner, estate.host_by_eni.get(guest.owner, ""))
        return next((estate.hosts[name] for name in names if name in estate.hosts), None)

    def _guest_connection(self, guest: Guest, dns: Server, connection: socket.socket, arrival: Arrival) -> None:
        if arrival.port == 53 and dns.locate(TCP, arrival) is not None:
            dns.connection(connection, arrival)
            return
        entry = self._entry("http", arrival, part="guest", owner=guest.name)
        if arrival.port in web.HTTPS:
            arrival_names = partial(self._guest_names, guest)
            self._secure(connection, arrival, entry, partial(self._plain, guest.name), arrival_names)
        elif arrival.port in web.HTTP:
            self._converse(connection, arrival, entry, partial(self._plain, guest.name))
        else:
            self._echo_stream(connection, entry)

    def _guest_names(self, guest: Guest, sni: str) -> tuple[Authority, tuple[str, ...]]:
        host = self._host(guest)
        addresses = tuple(a.partition("/")[0] for link in guest.links for a in link.addresses)
        authority = self.authorities[host.certificate_ca if host is not None else ""]
        return authority, certificates.of_host(host, guest.name, addresses, sni)

    def _guest_datagram(self, guest: Guest, dns: Server, data: bytes, arrival: Arrival, reply: Reply) -> None:
        if arrival.port == 53 and dns.locate(UDP, arrival) is not None:
            dns.datagram(data, arrival, reply)
            return
        self.log.write(self._entry("echo", arrival, part="guest", owner=guest.name, received=len(data)))
        reply(data)

    # Connections --------------------------------------------------------------

    def _connection(self, connection: socket.socket, arrival: Arrival) -> None:
        service = self.directory.service(TCP, arrival)
        if service is None:  # somebody listens at this address, but not for this link
            reset(connection)
            return
        entry = self._entry("http", arrival, part=service.kind, owner=service.owner)
        entry.endpoint = self.directory.endpoint_of(service, arrival)
        way = self.directory.way_of(service, arrival, False)
        entry.vpc = way.vpc or self.directory.vpc_of(service, arrival)
        if service.kind == "imds":
            self._metadata(connection, service, arrival, entry)
        elif arrival.port in web.HTTPS or (service.kind != "web" and arrival.port not in web.HTTP):
            names = partial(self._service_names, service, entry.endpoint, arrival.address)
            self._secure(connection, arrival, entry, partial(self._served, service), names)
        elif arrival.port in web.HTTP:
            self._converse(connection, arrival, entry, partial(self._served, service))
        else:
            self._echo_stream(connection, entry)

    def _served(
        self, service: Service, arrival: Arrival, request: Request, sni: str, tls: bool, entry: Entry
    ) -> Response:
        if service.kind == "web" or not (service.service or certificates.is_aws(request.host or sni)):
            return self._plain(service.owner or arrival.address, arrival, request, sni, tls, entry)
        return self.api.answer(self.directory, service, arrival, request, sni, tls, entry)

    def _plain(self, owner: str, arrival: Arrival, request: Request, sni: str, tls: bool, entry: Entry) -> Response:
        return self.web.answer(owner, arrival, request, "https" if tls else "http")

    def _metadata(self, connection: socket.socket, service: Service, arrival: Arrival, entry: Entry) -> None:
        estate = self.directory.estate
        eni = self.directory.interface_of(service, arrival)
        six = ":" in arrival.address
        limit = min(255, hop_limit(estate, eni) + self.options.hops)

        def answer(arrived: Arrival, request: Request, sni: str, tls: bool, told: Entry) -> Response:
            told.operation = eni
            if not six:  # answers with a token may go no further than the instance allows; -1 is the system's default
                ttl = limit if request.method == "PUT" else -1
                connection.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
            return self.metadata.answer(estate, eni, request, six)

        self._converse(connection, arrival, entry, answer)

    def _secure(
        self, connection: socket.socket, arrival: Arrival, entry: Entry, answer: AnswerFunction, names: NamesFunction
    ) -> None:
        try:
            tls = self._tls.accept(connection, (arrival, names), HANDSHAKE)
        except OSError as error:
            entry.kind = "tls"
            entry.error = getattr(error, "reason", None) or error.strerror or type(error).__name__
            self.log.write(entry)
            return
        with tls:
            entry.sni = tls.sni
            self._converse(tls, arrival, entry, answer, tls.sni, True)

    def _names(self, connection: Connection, sni: str) -> tuple[Authority, tuple[str, ...]]:
        found: tuple[Authority, tuple[str, ...]] = connection.arrival[1](sni)
        return found

    def _service_names(
        self, service: Service, endpoint: str, address: str, sni: str
    ) -> tuple[Authority, tuple[str, ...]]:
        return self.authorities[""], certificates.of_service(self.directory.estate, service, endpoint, sni, address)

    def _converse(
        self,
        connection: socket.socket,
        arrival: Arrival,
        entry: Entry,
        answer: AnswerFunction,
        sni: str = "",
        tls: bool = False,
    ) -> None:
        told = entry

        def respond(request: Request) -> Response:
            nonlocal told
            told = msgspec.structs.replace(
                entry, host=request.host, method=request.method, path=request.path, received=len(request.body)
            )
            try:
                return answer(arrival, request, sni, tls, told)
            except Exception as error:  # a bug of ours or the emulator's must not look like a network fault
                told.error = f"{type(error).__name__}: {error}".splitlines()[0][:200]
                return text(500, f"the lab failed: {told.error}\n")

        def done(request: Request, response: Response, seconds: float) -> None:
            told.status, told.sent, told.seconds = response.status, len(response.body), round(seconds, 6)
            self.log.write(told)

        converse(connection, respond, done)

    # Echo -----------------------------------------------------------------------

    def _echo(self, data: bytes, arrival: Arrival, reply: Reply) -> None:
        service = self.directory.service(UDP, arrival)
        if service is None:
            return
        self.log.write(self._entry("echo", arrival, part=service.kind, owner=service.owner, received=len(data)))
        reply(data)

    def _echo_stream(self, connection: socket.socket, entry: Entry) -> None:
        entry.kind = "echo"
        connection.settimeout(ECHO_IDLE)
        try:
            while data := connection.recv(1 << 16):
                entry.received += len(data)
                connection.sendall(data)
        except OSError:
            pass  # the client is gone
        entry.sent = entry.received
        self.log.write(entry)

    def _entry(self, kind: str, arrival: Arrival, **more: object) -> Entry:
        return Entry(
            kind=kind,
            client=arrival.client,
            client_port=arrival.client_port,
            address=arrival.address,
            port=arrival.port,
            mark=arrival.mark,
            **more,  # type: ignore[arg-type]
        )


def serve(estate: Estate, plan: Plan, options: Options | None = None) -> int:
    """Serve until SIGTERM or SIGINT, in the main thread of a process inside the svc namespace.

    Returns 0.  Raises ListenError when an address cannot be listened at.
    """
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    services = Services(estate, plan, options)
    services.start()
    ended.wait()
    services.stop()
    return 0
