"""One relayed connection: who is it, where to, connect, relay, end.

A stage follows the other in this order; PROXY header and hello only where
the listener wants them.  Until the upstream answers nothing is taken from the
client but a PROXY header: a hello is only peeked at.
"""

from __future__ import annotations

import errno
import select
import socket
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from . import hello, proxy
from .flow import Flow
from .loop import EDGE_BOTH, EDGE_IN, ENDED, FAILED, IN, OUT
from .resolve import Address

if TYPE_CHECKING:
    from .listener import Listener
    from .server import Relay

HEADER, HELLO, NAMING, CONNECTING, RELAYING = range(5)
STAGGER = 0.25
"""Seconds until the next address is tried beside one that has not answered (RFC 8305 5)."""
_RESET = struct.pack("ii", 1, 0)
_OUT_OF_FDS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Dial:
    """The attempts to reach an upstream; lives only until one succeeds."""

    __slots__ = ("address", "left", "next_at", "pending", "since", "why")

    def __init__(self, now: float) -> None:
        self.left: list[Address] = []
        self.pending: list[tuple[socket.socket, Address, float]] = []
        self.next_at = now
        self.since = now
        self.why = "no address for the upstream"


class Connection:
    """A client, and later its upstream."""

    __slots__ = (
        "address", "begun", "client", "connect_time", "dead", "dial", "down", "end", "last", "listener", "name",
        "over", "peer", "proxied", "relay", "sni", "stage", "up", "upstream", "watched",
    )  # fmt: skip

    def __init__(self, relay: Relay, listener: Listener, client: socket.socket, peer: Any) -> None:
        self.relay = relay
        self.listener = listener
        self.client = client
        self.peer = peer
        self.proxied: tuple[proxy.Endpoint, proxy.Endpoint] | None = None
        self.upstream: socket.socket | None = None
        self.name: tuple[str, int] | None = listener.upstream
        self.sni: str | None = None
        self.address: Any = None
        self.begun = self.last = relay.loop.now
        self.connect_time = -1.0
        self.up: Flow | None = None
        self.down: Flow | None = None
        self.dial: Dial | None = None
        self.dead: socket.socket | None = None
        self.end = ""
        self.over = False
        self.watched = False
        self.stage = HEADER if listener.proxy_in else HELLO if listener.names else NAMING

    def start(self) -> None:
        """Do the first stage."""
        if self.stage == NAMING:
            self._find()
        else:
            self.relay.young(self)
            self._watch()

    def event(self, fd: int, mask: int) -> None:
        """Something happened on one of the sockets."""
        if self.over:
            return
        if self.stage == CONNECTING:
            self._connected(fd, mask)
        elif self.stage in (HEADER, HELLO):
            try:
                if self.stage == HEADER:
                    self._header(mask)
                if self.stage == HELLO:
                    self._hello(mask)
            except BlockingIOError:
                pass
            except OSError:
                self.refuse("client reset")

    def tick(self, now: float) -> None:
        """Look at the clock while not yet relaying."""
        config = self.relay.config
        if self.stage in (HEADER, HELLO):
            if now - self.begun > config.hello_timeout:
                self.refuse("no PROXY header in time" if self.stage == HEADER else "no hello in time")
        elif self.stage == NAMING:
            if now - self.last > config.connect_timeout:
                self.refuse("upstream name not resolved in time")
        elif self.dial is not None:
            for attempt in list(self.dial.pending):
                if now - attempt[2] > config.connect_timeout:  # RL41
                    self._failed(attempt, "connect timeout")
            if not self.over and self.dial is not None and now >= self.dial.next_at:
                self._try_next()

    # -- who and where to

    def _peek(self, mask: int, limit: int) -> bytes | None:
        """What the client sent so far; None when it left without more."""
        data = self.client.recv(limit, socket.MSG_PEEK)
        if not data:
            self.finish("client left")
            return None
        return data

    def _header(self, mask: int) -> None:
        data = self._peek(mask, proxy.LIMIT)
        if data is None:
            return
        try:
            found = proxy.parse(data)
        except proxy.ProxyError as error:
            self.refuse(str(error))
            return
        if found is None:
            if mask & ENDED:
                self.finish("client left")
            return
        self.client.recv(found[0])
        if found[1] is not None and found[2] is not None:
            self.proxied = found[1], found[2]
        if self.listener.names:
            self.stage = HELLO
        else:
            self._find()

    def _hello(self, mask: int) -> None:
        data = self._peek(mask, hello.LIMIT)
        if data is None:
            return
        try:
            name = hello.server_name(data)
        except hello.HelloError as error:
            self.refuse(str(error))  # RL35
            return
        if name is None:
            if mask & ENDED:
                self.finish("client left")
            return
        self.sni = name
        assert self.listener.names is not None
        self.name = self.listener.names.upstream(name)
        if self.name is None:
            self.refuse("server name not listed")
            return
        self._find()

    def _find(self) -> None:
        self.stage = NAMING
        self.last = self.relay.loop.now
        assert self.name is not None
        self.relay.resolver.find(*self.name, self._found)
        if self.stage == NAMING and not self.over:
            self.relay.young(self)

    def _found(self, addresses: list[Address]) -> None:
        if self.over or self.stage != NAMING:
            return
        self.stage = CONNECTING
        self.dial = Dial(self.relay.loop.now)
        self.dial.left = addresses[:]
        if self.relay.log.level >= 2:
            self.relay.log.say(
                2, f"{self.upstream_text()} is {', '.join(str(one[1][0]) for one in addresses) or 'nowhere'}"
            )
        self._try_next()
        if self.stage == CONNECTING and not self.over:
            self.relay.young(self)

    # -- connecting

    def _try_next(self) -> None:
        dial = self.dial
        assert dial is not None
        while dial.left:
            address = dial.left[0]
            if self.relay.is_self(address[1]):
                dial.left.pop(0)
                dial.why = "upstream is this relay itself"
                continue
            try:
                sock = socket.socket(address[0], socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
            except OSError as error:
                if error.errno in _OUT_OF_FDS:
                    dial.next_at = self.relay.loop.now + STAGGER
                    dial.why = "out of file descriptors"
                    self.relay.full(dial.why)
                    if self.relay.loop.now - dial.since > self.relay.config.connect_timeout:
                        self.refuse(dial.why)
                    return
                dial.left.pop(0)
                dial.why = _reason(error.errno)
                continue
            dial.left.pop(0)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.relay.metrics.attempts += 1
            code = sock.connect_ex(address[1])
            if code not in (0, errno.EINPROGRESS):
                sock.close()
                self.relay.metrics.attempts_failed += 1
                dial.why = _reason(code)
                self._attempt_log(address, dial.why)
                continue
            self.relay.loop.add(sock.fileno(), self, EDGE_BOTH)
            attempt = (sock, address, self.relay.loop.now)
            dial.pending.append(attempt)
            dial.next_at = self.relay.loop.now + STAGGER if dial.left else float("inf")
            if code == 0:
                self._established(attempt)
            return
        dial.next_at = float("inf")
        if not dial.pending:
            self.refuse(dial.why)  # RL40

    def _connected(self, fd: int, mask: int) -> None:
        assert self.dial is not None
        for attempt in self.dial.pending:
            if attempt[0].fileno() == fd:
                break
        else:
            return  # the client, watched since its hello
        if mask & FAILED:
            self._not_connected(attempt)
            return
        if not mask & OUT:
            return
        self._established(attempt)
        if mask & (IN | ENDED) and self.down is not None:
            self.down.hint = True  # it spoke in the same event
            self.down.pump()

    def _not_connected(self, attempt: tuple[socket.socket, Address, float]) -> None:
        """Epoll speaks of an error: refused, or answered and reset since; what it said before that counts (RL42)."""
        code = attempt[0].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code in (errno.ECONNRESET, errno.EPIPE) and _has_said(attempt[0]):
            self._established(attempt)
            if self.dead is None:
                self.lost(attempt[0])
        else:
            self._failed(attempt, _reason(code))

    def _failed(self, attempt: tuple[socket.socket, Address, float], why: str) -> None:
        dial = self.dial
        assert dial is not None
        dial.pending.remove(attempt)
        self.relay.loop.close(attempt[0])
        self.relay.metrics.attempts_failed += 1
        dial.why = why
        self._attempt_log(attempt[1], why)
        if dial.left:
            self._try_next()
        elif not dial.pending:
            self.refuse(why)

    def _attempt_log(self, address: Address, why: str) -> None:
        if self.relay.log.level >= 2:
            self.relay.log.say(2, f"{self.upstream_text()} at {text_of(address[1])}: {why}")

    def _established(self, attempt: tuple[socket.socket, Address, float]) -> None:
        dial, relay = self.dial, self.relay
        assert dial is not None
        self.dial = None
        sock = self.upstream = attempt[0]
        self.address = attempt[1][1]
        for other in dial.pending:
            if other is not attempt:
                relay.loop.close(other[0])
        self.connect_time = relay.loop.now - self.begun
        relay.metrics.connected(relay.loop.now - dial.since)
        relay.grown(self)
        self.stage = RELAYING
        self.last = relay.loop.now
        self.up = Flow(self, self.client, sock)
        self.down = Flow(self, sock, self.client)
        self.up.armed = True  # the upstream was registered for both, to learn that it answered
        watched = self.watched
        if not watched:
            self._watch()
        relay.loop.hand(self.client.fileno(), self._of_client)
        relay.loop.hand(sock.fileno(), self._of_upstream)
        if self.listener.proxy_out:
            source, destination = self.proxied or (self.peer[:2], self.client.getsockname()[:2])
            self.up.put(proxy.build(self.listener.proxy_out, (plain(source[0]), source[1]),
                                    (plain(destination[0]), destination[1])))  # fmt: skip
        if watched:
            self.up.hint = True  # events of the client came and went meanwhile: read to where it blocks
        if watched or self.up.held:
            self.up.pump()

    def _watch(self) -> None:
        self.watched = True
        self.relay.loop.add(self.client.fileno(), self, EDGE_IN)

    # -- relaying

    def _of_client(self, fd: int, mask: int) -> None:
        """Something happened on the client's socket."""
        if not self.over and self.up is not None and self.down is not None:
            self._relay(mask, self.up, self.down)

    def _of_upstream(self, fd: int, mask: int) -> None:
        """Something happened on the upstream's socket."""
        if not self.over and self.up is not None and self.down is not None:
            self._relay(mask, self.down, self.up)

    def _relay(self, mask: int, inward: Flow, outward: Flow) -> None:
        self.last = self.relay.loop.now
        if mask & ENDED:
            inward.hint = True
            if mask & select.EPOLLERR and inward.done:
                self.lost(inward.source)
                return
            inward.pump()
        elif mask & IN:
            inward.pump()
        if mask & OUT and outward.held:
            outward.pump()

    def arm(self, sock: socket.socket, mask: int) -> None:
        """Also be told when a socket can be written to."""
        self.relay.loop.change(sock.fileno(), mask)

    def finished(self, flow: Flow) -> None:
        """A direction said all and all of it was passed on: pass the end on as well."""
        assert self.up is not None
        assert self.down is not None
        if self.dead is not None:
            self._abort()
        elif self.up.done and self.down.done:
            self.finish("closed")
        else:
            if self.relay.log.level >= 3:
                who = "client" if flow is self.up else "upstream"
                self.relay.log.say(3, f"{text_of(self.peer)}: {who} said all, {flow.count} bytes")
            try:
                flow.sink.shutdown(socket.SHUT_WR)
            except OSError:
                self.lost(flow.sink)

    def lost(self, sock: socket.socket) -> None:
        """A side reset.  What it had said before is still passed on; then the other side is reset (RL42, RL45)."""
        if self.over:
            return
        if self.dead is not None:
            self._abort()
            return
        assert self.up is not None
        assert self.down is not None
        self.dead = sock
        self.end = "client reset" if sock is self.client else "upstream reset"
        away, back = (self.up, self.down) if sock is self.client else (self.down, self.up)
        back.discard()
        back.done = True
        if away.done:
            self._abort()
            return
        away.hint = True
        away.pump()

    def _abort(self) -> None:
        self._reset(self.client)
        if self.upstream is not None:
            self._reset(self.upstream)
        self.finish(self.end)

    # -- ends

    def refuse(self, why: str) -> None:
        """End with a reset, and say why."""
        if self.over:
            return
        self.relay.log.fail(f"{text_of(self.peer)} on {self.listener.text}{self._to()}: {why}")
        self.reset(why)

    def reset(self, why: str) -> None:
        """End both sides with a reset."""
        self.end = why
        self._abort()

    def finish(self, why: str) -> None:
        """Close both sides; what was given to the kernel is still delivered."""
        if self.over:
            return
        self.over = True
        self.end = why
        relay = self.relay
        for flow in (self.up, self.down):
            if flow is not None:
                flow.discard()
        if self.dial is not None:
            for attempt in self.dial.pending:
                relay.loop.close(attempt[0])
            self.dial = None
        if self.upstream is not None:
            relay.loop.close(self.upstream)
        relay.loop.close(self.client)
        relay.ended(self)
        self.up = self.down = None  # they point back here, and no collector runs

    @staticmethod
    def _reset(sock: socket.socket) -> None:
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)

    # -- words

    def upstream_text(self) -> str:
        """The upstream as it was named, or nothing."""
        if self.name is None:
            return ""
        return text_of(self.name)

    def _to(self) -> str:
        name = self.upstream_text()
        return (f" -> {name}" if name else "") + (f" (sni {self.sni})" if self.sni and not name else "")

    def record(self) -> dict[str, Any]:
        """What the access log holds of it."""
        return {
            "listener": self.listener.text,
            "client": text_of(self.proxied[0] if self.proxied else self.peer),
            "peer": text_of(self.peer),
            "sni": self.sni,
            "upstream": self.upstream_text() or None,
            "address": text_of(self.address) if self.address else None,
            "bytes_up": self.up.count if self.up else 0,
            "bytes_down": self.down.count if self.down else 0,
            "connect_ms": round(self.connect_time * 1000, 1) if self.connect_time >= 0 else None,
            "duration_ms": round((self.relay.loop.now - self.begun) * 1000, 1),
            "end": self.end,
        }


def plain(host: str) -> str:
    """An address without a zone, and version 4 out of its mapped form."""
    host = host.partition("%")[0]
    return host[7:] if host.startswith("::ffff:") and "." in host else host


def text_of(address: Any) -> str:
    """``HOST:PORT``, version 6 in brackets."""
    host = plain(address[0])
    return f"[{host}]:{address[1]}" if ":" in host else f"{host}:{address[1]}"


def _has_said(sock: socket.socket) -> bool:
    try:
        return bool(sock.recv(1, socket.MSG_PEEK))
    except OSError:
        return False


def _reason(code: int | None) -> str:
    import os

    known = {
        errno.ECONNREFUSED: "connection refused",
        errno.ETIMEDOUT: "connect timeout",
        errno.ENETUNREACH: "network unreachable",
        errno.EHOSTUNREACH: "host unreachable",
    }
    return known.get(code or 0) or os.strerror(code or 0).lower()
