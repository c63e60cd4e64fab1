"""Sockets that wait for clients: bind them or take them from systemd, and accept while there is room."""

from __future__ import annotations

import errno
import os
import socket
from typing import TYPE_CHECKING, NamedTuple

from .allow import Names, Sources, endpoint
from .connection import Connection, plain, text_of
from .errors import RelayError
from .loop import IN

if TYPE_CHECKING:
    from .server import Relay

BATCH = 16
"""Clients taken in one turn, of one listener."""
_FIRST_FD = 3


class Spec(NamedTuple):
    """A listener as asked for."""

    listen: str
    """``PORT`` (loopback), ``ADDRESS:PORT``, ``*:PORT``, or ``fd:NAME`` for a socket of systemd's."""
    upstream: str
    """``HOST:PORT``, or ``sni:NAME,...`` to go by the name in the ClientHello."""


class Listener:
    """One listening socket and what is done with those who come."""

    def __init__(self, sock: socket.socket, upstream: str, inherited: bool = False) -> None:
        self.sock = sock
        self.inherited = inherited
        self.names: Names | None = None
        self.upstream: tuple[str, int] | None = None
        if upstream.startswith("sni:"):
            self.names = Names([upstream[4:]])
        else:
            self.upstream = endpoint(upstream)
            if self.upstream[1] == 0:
                raise RelayError(f"{upstream}: wants HOST:PORT, the port from 1 to 65535")
        self.proxy_in = False
        self.proxy_out = 0
        self.address: tuple[str, int] = sock.getsockname()[:2]
        self.text = text_of(self.address)
        self.relay: Relay | None = None
        self._listening = False

    def is_loopback(self) -> bool:
        """Whether only this machine can connect to it."""
        host = plain(self.address[0])
        return host.startswith("127.") or host == "::1"

    def attach(self, relay: Relay) -> None:
        """Belong to a relay and accept."""
        self.relay = relay
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # clients' sockets inherit both
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self.resume()

    def resume(self) -> None:
        """Accept again."""
        if not self._listening and self.relay is not None and self.sock.fileno() >= 0:
            self._listening = True
            self.relay.loop.add(self.sock.fileno(), self, IN)

    def pause(self) -> None:
        """Let clients wait in the kernel's queue."""
        if self._listening and self.relay is not None:
            self._listening = False
            self.relay.loop.remove(self.sock.fileno())

    def event(self, fd: int, mask: int) -> None:
        """Clients wait."""
        self.accept(BATCH)

    def accept(self, most: int, beyond: bool = False) -> int:
        """Take up to ``most`` clients, ``beyond`` the limit if need be; how many were taken."""
        relay = self.relay
        assert relay is not None
        for taken in range(most):
            if len(relay.connections) >= relay.most and not beyond:
                relay.full(f"{relay.most} connections are open")
                return taken
            try:
                client, peer = self.sock.accept()
            except BlockingIOError:
                return taken
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):  # RL38
                    relay.full(
                        f"out of {'memory' if error.errno in (errno.ENOBUFS, errno.ENOMEM) else 'file descriptors'}"
                    )
                    return taken
                continue  # the client has left the queue already
            client.setblocking(False)
            relay.take(Connection(relay, self, client, peer))
        return most

    def close(self) -> None:
        """Accept no more.  Who is in the queue already is served first, unless the queue outlives us."""
        assert self.relay is not None
        if not self.inherited:
            while self.accept(BATCH, beyond=True) == BATCH:
                pass
        self.pause()
        self.sock.close()


def open_listeners(specs: list[Spec], sources: Sources, allow_any: bool) -> list[Listener]:
    """Bind all that is asked for.  Raises RelayError, with nothing left open."""
    found: list[Listener] = []
    inherited = inherited_sockets()
    try:
        for spec in specs:
            if spec.listen.startswith("fd:"):
                sockets = _taken(spec.listen[3:], inherited)
            else:
                sockets = _bind(spec.listen)
            for number, sock in enumerate(sockets):
                try:
                    found.append(Listener(sock, spec.upstream, spec.listen.startswith("fd:")))
                except BaseException:
                    for rest in sockets[number:]:
                        rest.close()
                    raise
        for listener in found:
            _safe(listener, sources, allow_any)
    except BaseException:
        for listener in found:
            listener.sock.close()
        raise
    return found


def _safe(listener: Listener, sources: Sources, allow_any: bool) -> None:
    """RL37: open to others only when it was said who they are."""
    if listener.is_loopback():
        if not sources.loopback():
            raise RelayError(
                f"{listener.text} is on loopback and --allow has no loopback address:"
                f" nobody could connect; listen on *:{listener.address[1]}?"
            )
    elif sources.words is None and not allow_any:
        raise RelayError(f"{listener.text} is open to others: say who may connect, --allow PREFIX, or --allow-any")


def _bind(text: str) -> list[socket.socket]:
    if text.isascii() and text.isdigit():
        text = f"127.0.0.1:{text}"
    every = text.startswith("*:")
    host, port = endpoint("0.0.0.0" + text[1:] if every else text)
    hosts = [host, "::"] if every and socket.has_ipv6 else [host]
    sockets: list[socket.socket] = []
    for host in hosts:
        try:
            sockets.append(_bound(host, sockets[0].getsockname()[1] if sockets else port))
        except RelayError:
            if host == "::" and sockets:
                continue  # a machine without version 6
            raise
    return sockets


def _bound(host: str, port: int) -> socket.socket:
    where = text_of((host, port))
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        sock = socket.socket(family, socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise RelayError(f"cannot listen on {where}: {getattr(error, 'strerror', None) or error}") from None
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address)
        sock.listen(4096)
    except OSError as error:
        sock.close()
        why = (error.strerror or str(error)).lower()
        if error.errno in (errno.EACCES, errno.EPERM) and port < 1024:
            why = "ports below 1024 need root, CAP_NET_BIND_SERVICE or socket activation (fd:NAME)"
        raise RelayError(f"cannot listen on {where}: {why}") from None
    return sock


def inherited_sockets() -> dict[str, list[socket.socket]]:
    """Listening sockets systemd gave us, by number and by name (LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES)."""
    found: dict[str, list[socket.socket]] = {}
    count = os.environ.get("LISTEN_FDS", "")
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or not count.isdigit():
        return found
    names = os.environ.get("LISTEN_FDNAMES", "").split(":")
    for number in range(min(int(count), 1024)):
        try:
            os.set_inheritable(_FIRST_FD + number, False)
            sock = socket.socket(fileno=_FIRST_FD + number)
        except OSError:
            continue
        if sock.type != socket.SOCK_STREAM or not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            sock.detach()
            continue
        found[str(number)] = [sock]
        if number < len(names) and names[number]:
            found.setdefault(names[number], []).append(sock)
    return found


def _taken(name: str, inherited: dict[str, list[socket.socket]]) -> list[socket.socket]:
    if name not in inherited:
        raise RelayError(f"fd:{name}: no such listening socket was handed over (LISTEN_FDS, LISTEN_FDNAMES)")
    return inherited[name]
