"""DNS in the lab: the views of ``names``, each to whoever asks from there (LAB25).

The address asked and the mark of the link say which server it is and which VPC
asks; what that server answers is ``names``'s business.  Answers are built and
kept by ``dnsd``'s views.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

from ...dnsd.view import Pending, View
from ...estate import Estate
from ...names import CHAIN, FromPlace
from ...names.answer import Answer
from ...names.dnsname import BadName, absolute
from ...names.resolution import Resolution
from ...names.wire import WireError, decode_query, rcode_text, type_text
from ..plan.model import Service
from .directory import TCP, UDP, Arrival, Directory
from .listen import Ears, Reply, reset
from .log import AccessLog, Entry

LONGEST_WAIT = 30.0
"""Seconds an answer is held back at most, where the real servers' timeouts would take that long."""
MOST_WAITING = 256
IDLE = 10.0
"""Seconds a TCP client may take for its next query."""
CACHE = 4096
"""Answers each view keeps."""
Locate = Callable[[str, Arrival], tuple[str, str, FromPlace] | None]
"""(protocol, arrival) -> (what the server is called, its address, who asks)."""


def asker(directory: Directory, service: Service, arrival: Arrival) -> tuple[str, FromPlace]:
    """The server asked and the place the question comes from."""
    estate = directory.estate
    server = service.address
    endpoint = estate.tables["resolver_endpoints"].get(service.owner)
    if endpoint is not None:
        return server, FromPlace(kind="site", arrived=endpoint.host_vpc_id)
    vpc = directory.vpc_of(service, arrival)
    if not vpc:
        return server, FromPlace()
    eni = estate.network_interfaces.get(directory.interface_of(service, arrival))
    subnet = estate.subnets.get(eni.subnet_id) if eni is not None else None
    # Only DNS64 depends on the asking subnet; without it all of a VPC share one view and its cache.
    place = subnet.subnet_id if subnet is not None and subnet.enable_dns64 else ""
    return server, FromPlace(kind="eni", vpc=vpc, subnet=place)


def answers(estate: Estate, server: str, sender: FromPlace, name: str, rtype: str) -> Answer:
    """What the server says to a question of that sender; SERVFAIL for names that are none."""
    # Queries a server sends on are walked like any packet; the journey floor knows how.
    from ...journey.naming import transport

    try:
        asked = absolute(name)
    except BadName as error:
        return Answer(name=name, type=rtype, rcode="SERVFAIL", unknown=str(error))
    resolution = Resolution(estate, CHAIN, transport(estate))
    return resolution.ask_server(server, sender, asked, rtype).finish(asked, rtype, server=server)


class Server:
    """DNS over UDP and TCP.

    ``locate`` says for a protocol and an arrival which server is asked by whom
    and what it is called; None when nobody answers there.
    """

    def __init__(self, estate: Estate, log: AccessLog, locate: Locate) -> None:
        self.log = log
        self.locate = locate
        self._lock = threading.RLock()
        self._waiting = threading.BoundedSemaphore(MOST_WAITING)
        self.use(estate)

    def use(self, estate: Estate) -> None:
        """Answer from another estate from now on."""
        with self._lock:
            self.estate = estate
            self._views: dict[tuple[str, FromPlace], View] = {}

    def _view(self, protocol: str, arrival: Arrival) -> View | None:
        found = self.locate(protocol, arrival)
        if found is None:
            return None
        called, server, sender = found
        view = self._views.get((server, sender))
        if view is None:
            estate = self.estate
            view = View(called, lambda name, rtype: answers(estate, server, sender, name, rtype), cache_size=CACHE)
            self._views[server, sender] = view
        return view

    def _answer(self, protocol: str, data: bytes, arrival: Arrival) -> tuple[View | None, bytes | Pending | None]:
        with self._lock:
            view = self._view(protocol, arrival)
            return view, view.respond(data, tcp=protocol == TCP) if view is not None else None

    def datagram(self, data: bytes, arrival: Arrival, reply: Reply) -> None:
        """Answer a query, at once or after the wait the real servers would cost."""
        view, outcome = self._answer(UDP, data, arrival)
        if view is None or not isinstance(outcome, Pending):
            self._tell(UDP, view, data, arrival, outcome if isinstance(outcome, bytes) else None)
            if isinstance(outcome, bytes):
                reply(outcome)
            return
        pending = outcome
        if not self._waiting.acquire(blocking=False):
            return  # too many wait: the client asks again

        def later() -> None:
            self._waiting.release()
            with self._lock:
                message = view.finish(pending.query, pending.answer, False)
            self._tell(UDP, view, data, arrival, message)
            if message:
                reply(message)

        timer = threading.Timer(min(pending.answer.elapsed, LONGEST_WAIT), later)
        timer.daemon = True
        timer.start()

    def connection(self, connection: socket.socket, arrival: Arrival) -> None:
        """Answer queries until the client ends."""
        if self.locate(TCP, arrival) is None:
            reset(connection)
            return
        connection.settimeout(IDLE)
        with contextlib.suppress(TimeoutError), connection.makefile("rb") as stream:
            while True:
                length = int.from_bytes(stream.read(2), "big")
                data = stream.read(length) if 12 <= length <= 4096 else b""
                if not data or len(data) < length:
                    return
                view, outcome = self._answer(TCP, data, arrival)
                if isinstance(outcome, Pending) and view is not None:
                    threading.Event().wait(min(outcome.answer.elapsed, LONGEST_WAIT))
                    with self._lock:
                        outcome = view.finish(outcome.query, outcome.answer, True)
                message = outcome if isinstance(outcome, bytes) else None
                self._tell(TCP, view, data, arrival, message)
                if message:
                    connection.sendall(len(message).to_bytes(2, "big") + message)

    def _tell(self, protocol: str, view: View | None, data: bytes, arrival: Arrival, message: bytes | None) -> None:
        entry = Entry(
            kind="dns",
            part="dns",
            method=protocol,
            owner=view.name if view is not None else "",
            client=arrival.client,
            client_port=arrival.client_port,
            address=arrival.address,
            port=arrival.port,
            mark=arrival.mark,
            rcode=rcode_text(message[3] & 15) if message else "",
            received=len(data),
            sent=len(message or b""),
        )
        with contextlib.suppress(WireError):
            query = decode_query(data)
            entry.name, entry.type = query.name, type_text(query.type)
        self.log.write(entry)


class DnsPart(Server):
    """All DNS servers of the plan's services."""

    def __init__(self, directory: Directory, log: AccessLog, ports: dict[int, int] | None = None) -> None:
        self.directory = directory
        super().__init__(directory.estate, log, self._located)
        self.ears = Ears(self.connection, self.datagram, ports=ports, marks=directory.marks)

    def change(self, directory: Directory) -> None:
        """Answer from another estate and plan from now on."""
        self.directory = directory
        self.ears.marks = directory.marks
        self.use(directory.estate)

    def _located(self, protocol: str, arrival: Arrival) -> tuple[str, str, FromPlace] | None:
        service = self.directory.service(protocol, arrival)
        if service is None:
            return None
        server, sender = asker(self.directory, service, arrival)
        return service.owner or server, server, sender


def on_guest(estate: Estate, log: AccessLog, name: str) -> Server:
    """The DNS server of a guest: what the estate says the one at its address answers."""
    known = {server.address for server in estate.tables["dns_servers"].values()}

    def located(protocol: str, arrival: Arrival) -> tuple[str, str, FromPlace] | None:
        return (name, arrival.address, FromPlace()) if arrival.address in known else None

    return Server(estate, log, located)
