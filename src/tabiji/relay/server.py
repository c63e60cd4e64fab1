"""The relay as a whole: its connections, limits, clocks, signals and end."""

from __future__ import annotations

import gc
import os
import resource
import signal
import socket
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .allow import Sources, endpoint
from .connection import RELAYING, Connection, text_of
from .errors import RelayError
from .flow import Pipes
from .listener import Listener, Spec, open_listeners
from .log import Log
from .loop import EDGE_IN, Loop
from .metrics import Metrics, Page
from .resolve import Resolver

_TICK = 0.05
"""Seconds between looks at connections that are not relayed yet."""
_MOST_PIPES = 60
"""One is held only while its reader blocks; 64 MiB in all is what a user without privileges gets."""


class Config(NamedTuple):
    """What a relay is to do; times in seconds, 0 for no idle timeout or no limit of a source."""

    listeners: Sequence[Spec]
    allow: Sequence[str] | None = None
    allow_any: bool = False
    proxy_in: bool = False
    proxy_out: int = 0
    connect_timeout: float = 5.0
    hello_timeout: float = 5.0
    idle_timeout: float = 3600.0
    drain: float = 30.0
    most: int = 10_000
    most_of_source: int = 0
    keep_names: float = 1.0
    metrics: str | None = None


class Relay:
    """Listeners and their connections, served by one loop.  Raises RelayError when it cannot start."""

    def __init__(self, config: Config, log: Log | None = None) -> None:
        self.config = config
        self.log = log or Log()
        self.metrics = Metrics()
        self.sources = Sources(config.allow)
        self.listeners = open_listeners(list(config.listeners), self.sources, config.allow_any)
        page: socket.socket | None = None
        try:
            page = _page_socket(config.metrics) if config.metrics else None
        except RelayError:
            for listener in self.listeners:
                listener.sock.close()
            raise
        self.connections: set[Connection] = set()
        self._young: dict[Connection, None] = {}
        self._of_source: dict[str, int] = {}
        self.loop = Loop()
        self.resolver = Resolver(self.loop, config.keep_names)
        self.most, pipes = _room(config.most)
        self.pipes = Pipes(pipes)
        self.paused = False
        self.draining = False
        self._said_full = False
        self._ticking = False
        self._local: dict[str, bool] = {}
        self.page = (
            Page(self.loop, page, lambda: self.metrics.text(len(self.connections)), lambda: not self.draining)
            if page
            else None
        )
        self.loop.end_of_turn.append(self.log.flush)
        for listener in self.listeners:
            listener.proxy_in, listener.proxy_out = config.proxy_in, config.proxy_out
            listener.attach(self)
            self.log.say(0, f"relaying {listener.text} -> {_names(listener)}")
        if config.idle_timeout:
            self.loop.every(self._sweep, self._sweep_delay())

    # -- connections

    def take(self, conn: Connection) -> None:
        """A client came in: may it, and what to do with it."""
        host = conn.peer[0]
        self.connections.add(conn)
        accepted = self.metrics.accepted
        accepted[conn.listener.text] = accepted.get(conn.listener.text, 0) + 1
        if self.config.most_of_source:
            count = self._of_source[host] = self._of_source.get(host, 0) + 1
        else:
            count = 0
        if self.log.connections:
            self.log.accepted(text_of(conn.peer), conn.listener.text)
        if not self.sources.allows(host):
            conn.refuse("source not allowed")
        elif count > self.config.most_of_source > 0:
            conn.refuse("too many connections of this source")
        else:
            conn.start()

    def young(self, conn: Connection) -> None:
        """Watch the clock for a connection that is not relayed yet."""
        self._young[conn] = None
        if not self._ticking:
            self._ticking = True
            self.loop.every(self._tick, _TICK)

    def grown(self, conn: Connection) -> None:
        """It is relayed now."""
        self._young.pop(conn, None)

    def ended(self, conn: Connection) -> None:
        """A connection is over; its sockets are closed at the end of this turn."""
        self.connections.discard(conn)
        self._young.pop(conn, None)
        if self.config.most_of_source:
            host = conn.peer[0]
            left = self._of_source.get(host, 1) - 1
            if left:
                self._of_source[host] = left
            else:
                self._of_source.pop(host, None)
        metrics = self.metrics
        metrics.ended[conn.end] = metrics.ended.get(conn.end, 0) + 1
        if conn.up is not None and conn.down is not None:
            metrics.up += conn.up.count
            metrics.down += conn.down.count
        if self.log.connections:
            self.log.closed(conn.record())
        if self.draining and not self.connections:
            self.loop.running = False

    # -- room

    def full(self, why: str) -> None:
        """Stop accepting until there is room; serve on (RL38, RL50)."""
        if self.paused:
            return
        self.paused = True
        self.metrics.paused += 1
        if not self._said_full:
            self._said_full = True
            self.log.say(0, f"{why}: new clients wait")
        for listener in self.listeners:
            listener.pause()
        self.loop.every(self._accept_again, _TICK)

    def _accept_again(self) -> float | None:
        if self.draining:
            return None
        if len(self.connections) >= self.most:
            return _TICK
        try:
            os.close(os.dup(0 if not self.listeners else self.listeners[0].sock.fileno()))
        except OSError:
            return _TICK
        self.paused = False
        for listener in self.listeners:
            listener.resume()
        self.loop.every(self._all_clear, 1.0)
        return None

    def _all_clear(self) -> None:
        if self._said_full and not self.paused:
            self._said_full = False
            self.log.say(0, "accepting again")

    def is_self(self, address: Any) -> bool:
        """Whether an upstream address is a listener of this relay: a loop without end."""
        host, port = address[0], address[1]
        for listener in self.listeners:
            if listener.address[1] == port:
                bound = listener.address[0]
                if bound == host or (bound in ("0.0.0.0", "::") and self._is_local(host)):
                    return True
        return False

    def _is_local(self, host: str) -> bool:
        known = self._local.get(host)
        if known is None:
            if len(self._local) > 1000:
                self._local.clear()
            try:
                with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as probe:
                    probe.bind((host, 0))
                known = True
            except OSError:
                known = False
            self._local[host] = known
        return known

    # -- clocks

    def _tick(self) -> float | None:
        for conn in list(self._young):
            conn.tick(self.loop.now)
        if self._young:
            return _TICK
        self._ticking = False
        return None

    def _sweep_delay(self) -> float:
        return min(15.0, max(0.05, self.config.idle_timeout / 8))

    def _sweep(self) -> float:
        oldest = self.loop.now - self.config.idle_timeout
        for conn in [conn for conn in self.connections if conn.last < oldest and conn.stage == RELAYING]:
            conn.reset("idle")
        return self._sweep_delay()

    # -- signals and end

    def stop(self) -> None:
        """Accept no more, finish what was accepted, within the drain time; a second call resets the rest."""
        if self.draining:
            self._cut()
            return
        for listener in self.listeners:
            listener.close()
        self.draining = True
        self.log.say(0, f"draining {len(self.connections)} connections for up to {self.config.drain:g} s")
        if not self.connections:
            self.loop.running = False
        else:
            self.loop.every(self._cut, self.config.drain)

    def _cut(self) -> None:
        for conn in list(self.connections):
            conn.refuse("drain time over")
        self.loop.running = False

    def reload(self) -> None:
        """Read allow-lists given as files anew and reopen the access log; what cannot be read stays as it was."""
        try:
            self.sources.reload()
            for listener in self.listeners:
                if listener.names is not None:
                    listener.names.reload()
            self.log.reopen()
        except (RelayError, OSError) as error:
            self.log.say(0, f"not reloaded: {error}")
        else:
            self.log.say(0, "lists reloaded")

    def run(self) -> None:
        """Serve until ``stop``; everything is closed behind it."""
        collecting = gc.isenabled()
        gc.collect()
        gc.freeze()
        gc.disable()  # RL30: what a connection leaves behind is counted away, not collected
        try:
            self.loop.run()
        finally:
            if collecting:
                gc.enable()
            gc.unfreeze()
            for listener in self.listeners:
                listener.pause()
                listener.sock.close()
            if self.page is not None:
                self.page.close()
            self.resolver.close()
            self.pipes.close()
            self.loop.shut()
            self.log.say(0, "ended")
            self.log.close()


class _Signals:
    """Signals as events of the loop."""

    def __init__(self, loop: Loop, work: dict[int, Callable[[], None]]) -> None:
        self._work = work
        self._end, self._start = socket.socketpair()
        self._end.setblocking(False)
        self._start.setblocking(False)
        self._before = {number: signal.signal(number, lambda *_: None) for number in work}
        self._wakeup = signal.set_wakeup_fd(self._start.fileno(), warn_on_full_buffer=False)
        loop.add(self._end.fileno(), self, EDGE_IN)

    def event(self, fd: int, mask: int) -> None:
        try:
            for number in self._end.recv(64):
                if number in self._work:
                    self._work[number]()
        except BlockingIOError:
            pass

    def close(self) -> None:
        signal.set_wakeup_fd(self._wakeup)
        for number, before in self._before.items():
            signal.signal(number, before)
        self._end.close()
        self._start.close()


def serve(config: Config, log: Log | None = None) -> None:
    """Relay until SIGTERM or SIGINT; SIGHUP reads lists anew.  Raises RelayError when it cannot start."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 1 << 20), hard))
    relay = Relay(config, log)
    signals = _Signals(relay.loop, {signal.SIGTERM: relay.stop, signal.SIGINT: relay.stop, signal.SIGHUP: relay.reload})
    try:
        relay.log.flush()
        relay.run()
    finally:
        signals.close()


def _room(wanted: int) -> tuple[int, int]:
    """Connections and pipes there are descriptors for: two of each, and some to spare."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    try:
        taken = len(os.listdir("/proc/self/fd"))
    except OSError:
        taken = 32
    space = max(8, limit - taken - (8 if limit <= 256 else 64))
    pipes = min(_MOST_PIPES, space // 16)
    most = min(wanted, (space - 2 * pipes) // 2)
    return max(1, most), pipes


def _page_socket(text: str) -> socket.socket:
    if text.isascii() and text.isdigit():
        text = f"127.0.0.1:{text}"
    host, port = endpoint(text)
    if not (host.startswith("127.") or host in ("::1", "localhost")):
        raise RelayError(f"--metrics {text}: loopback addresses only")
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(64)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        raise RelayError(f"--metrics {text}: {(error.strerror or str(error)).lower()}") from None
    return sock


def _names(listener: Listener) -> str:
    if listener.upstream is not None:
        return text_of(listener.upstream)
    assert listener.names is not None
    return "the name in the hello, of " + ", ".join(listener.names.words)
