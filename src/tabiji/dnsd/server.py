"""The sockets: UDP and TCP on the same address, reload, and an orderly end.

One thread and one event loop.  UDP is read with ``add_reader`` and a loop that
drains the socket (N9.4); a query that hits a view's cache costs one receive,
one look-up and one send.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from ..names.answer import Answer, ResourceRecord
from .forward import Forwarder
from .querylog import QueryLog
from .view import AnswerFunction, Pending, View

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = tuple[str, int]
Fingerprint = tuple[tuple[str, int, int, int], ...]

BATCH: Final = 64
"""Datagrams taken from one socket before the others get their turn."""
MAX_DATAGRAM: Final = 4096
RECEIVE_BUFFER: Final = 4 << 20
_SO_RCVBUFFORCE: Final = 33
"""Linux; the socket module has no name for it."""
SOURCES: Final = 4096
"""Client addresses whose view is remembered, for each listener."""
PENDING: Final = 1024
"""Answers that may wait at once, for all views."""


class ListenError(Exception):
    """The server cannot listen as asked; the text says where and why in one line."""


class ViewBinding(msgspec.Struct, frozen=True, kw_only=True):
    """A view and where it is served.

    Several bindings may share ``host`` and ``port``; each but one of them
    then names the client prefixes it is for in ``sources`` (the longest match
    wins, a client that matches none is refused).
    """

    name: str
    answer: AnswerFunction
    host: str = "127.0.0.1"
    port: int = 53
    sources: tuple[str, ...] = ()


class TcpLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What a TCP client may take: seconds to send a query or take an answer, connections, octets of a query."""

    timeout: float = 10.0
    connections: int = 256
    per_client: int = 64
    frame: int = 4096
    queries: int = 1000
    """Queries on one connection; then it is closed."""


class _Listener:
    """One address: its sockets and the views behind it."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self.bound: Address = (host, port)
        self.default: View | None = None
        self.by_source: list[tuple[Network, View]] = []
        self.udp: socket.socket
        self.tcp: asyncio.Server
        self._remembered: dict[str, View | None] = {}

    def set_views(self, default: View | None, by_source: list[tuple[Network, View]]) -> None:
        """Exchange the views at once; no query sees a mixture."""
        by_source.sort(key=lambda entry: -entry[0].prefixlen)
        self._remembered = {}
        self.default, self.by_source = default, by_source

    def view_for(self, client: str) -> View | None:
        """The view of the longest source prefix around a client's address."""
        try:
            return self._remembered[client]
        except KeyError:
            pass
        address = ipaddress.ip_address(client.partition("%")[0])
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        view = self.default
        for network, candidate in self.by_source:
            if address in network:
                view = candidate
                break
        if len(self._remembered) >= SOURCES:
            self._remembered.clear()
        self._remembered[client] = view
        return view


class Server:
    """Serves views until it is told to stop.

    ``reload`` gives the bindings anew and is called in a worker thread when a
    file under ``watch`` changes or on SIGHUP; if it raises, the views served
    so far stay and one line on stderr says so.  ``seen`` is the ``fingerprint``
    of ``watch`` from before the bindings were made.  ``forwarder`` gets the
    names ``outside(answer)`` gives (default: where the chain of CNAMEs ends,
    when ``Answer.unknown`` is set; empty: do not ask).
    Addresses other than loopback are refused without ``allow_remote``.
    ``cache_entries`` is for all views together.
    """

    def __init__(
        self,
        views: Sequence[ViewBinding],
        *,
        reload: Callable[[], Sequence[ViewBinding]] | None = None,
        watch: Iterable[Path] = (),
        seen: Fingerprint | None = None,
        poll: float = 1.0,
        log: QueryLog | None = None,
        forwarder: Forwarder | None = None,
        outside: Callable[[Answer], str] | None = None,
        allow_remote: bool = False,
        tcp: TcpLimits | None = None,
        cache_entries: int = 1_000_000,
    ) -> None:
        self.bindings = tuple(views)
        self.reload = reload
        self.watch = tuple(watch)
        self.seen = fingerprint(self.watch) if seen is None else seen
        self.poll = poll
        self.log = log
        self.forwarder = forwarder
        self.outside = (outside or _unknown) if forwarder else None
        self.allow_remote = allow_remote
        self.tcp = tcp or TcpLimits()
        self.cache_entries = cache_entries
        self.listeners: dict[Address, _Listener] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._connections: dict[asyncio.Task[None], str] = {}
        self._answering: set[asyncio.Task[None]] = set()
        """TCP connections whose query has been read and not yet answered."""
        self._stop = asyncio.Event()
        self._reload_wanted = asyncio.Event()
        self._check(self.bindings)

    # Views ------------------------------------------------------------------

    def _check(self, bindings: Sequence[ViewBinding]) -> dict[Address, list[ViewBinding]]:
        """Bindings by listener.  Raises ListenError."""
        if not bindings:
            raise ListenError("no view to serve")
        groups: dict[Address, list[ViewBinding]] = {}
        for binding in bindings:
            where = f"view {binding.name}: {binding.host}"
            try:
                address = ipaddress.ip_address(binding.host)
                for source in binding.sources:
                    where = f"view {binding.name}: source {source}"
                    ipaddress.ip_network(source)
            except ValueError as error:
                raise ListenError(f"{where} is not an IP address or prefix") from error
            if not address.is_loopback and not self.allow_remote:
                raise ListenError(
                    f"view {binding.name}: {binding.host} is not a loopback address (--allow-remote allows it)"
                )
            if not 0 <= binding.port <= 65535:
                raise ListenError(f"view {binding.name}: {binding.port} is not a port")
            groups.setdefault((binding.host, binding.port), []).append(binding)
        for (host, port), group in groups.items():
            defaults = [binding.name for binding in group if not binding.sources]
            if len(defaults) > 1:
                raise ListenError(
                    f"views {defaults[0]} and {defaults[1]} both listen on {host}:{port} without source prefixes"
                )
            sources = [ipaddress.ip_network(source) for binding in group for source in binding.sources]
            if len(set(sources)) < len(sources):
                raise ListenError(f"a source prefix occurs twice on {host}:{port}")
        return groups

    def _views(self, group: Sequence[ViewBinding], size: int) -> tuple[View | None, list[tuple[Network, View]]]:
        default = None
        by_source: list[tuple[Network, View]] = []
        for binding in group:
            view = View(binding.name, binding.answer, outside=self.outside, cache_size=size)
            if not binding.sources:
                default = view
            by_source += [(ipaddress.ip_network(source), view) for source in binding.sources]
        return default, by_source

    async def _apply(self, bindings: Sequence[ViewBinding]) -> None:
        """Serve these bindings from now on: listeners that stay keep their sockets.  Raises ListenError."""
        groups = self._check(bindings)
        size = max(1024, self.cache_entries // len(bindings))
        views = {address: self._views(group, size) for address, group in groups.items()}
        fresh: list[tuple[Address, _Listener]] = []
        try:
            for address in groups:
                if address not in self.listeners:
                    fresh.append((address, await self._open(*address)))
        except ListenError:
            for _, listener in fresh:
                await self._close(listener)
            raise
        gone = [address for address in self.listeners if address not in groups]
        for address, listener in fresh:
            self.listeners[address] = listener
        for address, (default, by_source) in views.items():
            self.listeners[address].set_views(default, by_source)
        for _, listener in fresh:
            asyncio.get_running_loop().add_reader(listener.udp, self._drain, listener)
        for address in gone:
            await self._close(self.listeners.pop(address))
        self.bindings = tuple(bindings)

    # Listeners --------------------------------------------------------------

    async def _open(self, host: str, port: int) -> _Listener:
        listener = _Listener(host, port)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        for attempt in range(10 if port == 0 else 1):  # with port 0, find one that is free for UDP and TCP
            udp = socket.socket(family, socket.SOCK_DGRAM)
            try:
                udp.setblocking(False)
                _enlarge(udp)
                udp.bind((host, port))
                listener.bound = udp.getsockname()[:2]

                async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                    await self._connection(listener, reader, writer)

                listener.tcp = await asyncio.start_server(
                    connected, host, listener.bound[1], limit=self.tcp.frame + 2, start_serving=True, backlog=128
                )
            except OSError as error:
                udp.close()
                if port == 0 and attempt < 9:
                    continue
                raise ListenError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
            listener.udp = udp
            break
        return listener

    async def _close(self, listener: _Listener) -> None:
        """Answer what has already arrived, then close."""
        asyncio.get_running_loop().remove_reader(listener.udp)
        for _ in range(64):
            if self._drain(listener) < BATCH:
                break
        listener.udp.close()
        listener.tcp.close()

    # UDP --------------------------------------------------------------------

    def _drain(self, listener: _Listener) -> int:
        """Answer the datagrams that wait, at most BATCH; returns how many there were."""
        receive, send, log = listener.udp.recvfrom, listener.udp.sendto, self.log
        one = None if listener.by_source else listener.default
        ready: list[tuple[bytes, Any]] = []
        count = 0
        for count in range(BATCH):  # noqa: B007
            try:
                data, peer = receive(MAX_DATAGRAM)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:  # an ICMP error about an earlier answer
                continue
            view = one or listener.view_for(peer[0])
            if view is None:
                message = _refuse(data)
                cached = False
            else:
                message = view.cached(data)
                cached = message is not None
                if message is None:
                    outcome = view.respond(data)
                    if isinstance(outcome, Pending):
                        self._later(listener, view, data, peer, outcome)
                        continue
                    message = outcome
            if message:
                ready.append((message, peer))
            if log is not None:
                log.write(view.name if view else "", peer[0], "udp", data, message, cached)
        else:
            count = BATCH
        for message, peer in ready:
            try:  # noqa: SIM105 - the hot path
                send(message, peer)
            except OSError:  # full send buffer, port 0, a client that is gone: the client asks again
                pass
        if log is not None:
            log.flush()
        return count

    def _later(self, listener: _Listener, view: View, data: bytes, peer: Any, pending: Pending) -> None:
        async def finish() -> None:
            message = view.finish(pending.query, await self._wait(pending), False)
            if message and listener.udp.fileno() >= 0:
                with contextlib.suppress(OSError):
                    listener.udp.sendto(message, peer)
            if self.log is not None:
                self.log.write(view.name, peer[0], "udp", data, message, False)
                self.log.flush()

        if len(self._tasks) < PENDING:  # else drop it, as a resolver past its limit does
            self._spawn(finish())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _wait(self, pending: Pending) -> Answer:
        """The answer once it is there: from the real resolver, or after the wait a dead server costs."""
        answer = pending.answer
        if not pending.forward or self.forwarder is None:
            await asyncio.sleep(min(answer.elapsed, 30.0))
            return answer
        # What the estate knows of a CNAME chain stays; only from its outside name on is the other resolver asked.
        chain: list[ResourceRecord] = []
        for record in answer.answer:
            if record.name.lower() == pending.forward.lower():
                break
            chain.append(record)
        real = await self.forwarder.ask(pending.forward, answer.type)
        return msgspec.structs.replace(real, name=answer.name, answer=(*chain, *real.answer))

    # TCP --------------------------------------------------------------------

    async def _connection(
        self, listener: _Listener, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        client = str((writer.get_extra_info("peername") or ("",))[0])
        here = list(self._connections.values())
        task = asyncio.current_task()
        if not client or len(here) >= self.tcp.connections or here.count(client) >= self.tcp.per_client or task is None:
            writer.transport.abort()
            return
        self._connections[task] = client
        writer.transport.set_write_buffer_limits(high=0)  # so that drain waits for a client that does not read
        try:
            for _ in range(self.tcp.queries):
                if self._stop.is_set() or not await self._exchange(listener, client, reader, writer, task):
                    break
                self._answering.discard(task)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            writer.transport.abort()
        finally:
            del self._connections[task]
            self._answering.discard(task)
            writer.close()

    async def _exchange(
        self,
        listener: _Listener,
        client: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        task: asyncio.Task[None],
    ) -> bool:
        """One query on a connection; False when it should be closed."""
        async with asyncio.timeout(self.tcp.timeout):
            length = int.from_bytes(await reader.readexactly(2), "big")
            if not 12 <= length <= self.tcp.frame:
                return False
            data = await reader.readexactly(length)
        self._answering.add(task)
        view = listener.view_for(client)
        message: bytes | None
        if view is None:
            message = _refuse(data)
        else:
            outcome = view.respond(data, tcp=True)
            if isinstance(outcome, Pending):
                message = view.finish(outcome.query, await self._wait(outcome), True)
            else:
                message = outcome
        if self.log is not None:
            self.log.write(view.name if view else "", client, "tcp", data, message, False)
            self.log.flush()
        if message:
            writer.write(len(message).to_bytes(2, "big") + message)
            async with asyncio.timeout(self.tcp.timeout):
                await writer.drain()
        return True

    # Life -------------------------------------------------------------------

    async def start(self) -> list[tuple[ViewBinding, Address]]:
        """Open all listeners; gives each binding with the address it got.  Raises ListenError."""
        try:
            await self._apply(self.bindings)
        except ListenError:
            await self.close()
            raise
        return [(binding, self.listeners[binding.host, binding.port].bound) for binding in self.bindings]

    async def serve(self, started: Callable[[list[tuple[ViewBinding, Address]]], None] | None = None) -> None:
        """Serve until SIGTERM, SIGINT or ``stop``; SIGHUP reloads.  Raises ListenError when it cannot begin."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # not in the main thread
            loop.add_signal_handler(signal.SIGTERM, self.stop)
            loop.add_signal_handler(signal.SIGINT, self.stop)
            loop.add_signal_handler(signal.SIGHUP, self._reload_wanted.set)
        where = await self.start()
        if started is not None:
            started(where)
        watcher = loop.create_task(self._watch())
        try:
            await self._stop.wait()
        finally:
            watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watcher
            await self.close()

    def stop(self) -> None:
        """End ``serve`` in an orderly way."""
        self._stop.set()

    async def close(self, grace: float = 2.0) -> None:
        """Close the listeners; what is under way has ``grace`` seconds to end."""
        self._stop.set()
        for address in list(self.listeners):
            await self._close(self.listeners.pop(address))
        left = {*self._tasks, *self._connections}
        busy = {*self._tasks, *self._answering}
        if busy:
            await asyncio.wait(busy, timeout=grace)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=grace)

    async def _watch(self) -> None:
        """Reload when a watched file has changed or SIGHUP came."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.poll):
                    await self._reload_wanted.wait()
            now = await asyncio.to_thread(fingerprint, self.watch)
            if now == self.seen and not self._reload_wanted.is_set():
                continue
            self._reload_wanted.clear()
            self.seen = now
            await self.reload_now()

    async def reload_now(self) -> bool:
        """Load the bindings anew and serve them; on any failure keep the old ones and say so.  True on success."""
        if self.reload is None:
            return False
        try:
            await self._apply(await asyncio.to_thread(self.reload))
        except Exception as error:
            text = (str(error) or type(error).__name__).splitlines()[0]
            print(f"dns: reload failed, the old views stay: {text}", file=sys.stderr, flush=True)
            return False
        print(f"dns: reloaded {len(self.bindings)} views", file=sys.stderr, flush=True)
        return True


def _enlarge(udp: socket.socket) -> None:
    """A receive buffer that holds a burst; past the system's limit where the right is there."""
    try:
        udp.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER)
    except OSError:
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)


def _unknown(answer: Answer) -> str:
    if not answer.unknown:
        return ""
    last = answer.answer[-1] if answer.answer else None
    return last.rdata if last is not None and last.type == "CNAME" else answer.name


def _refuse(data: bytes) -> bytes | None:
    """REFUSED (or what a broken message gets) for a client no view is for."""
    return _nobody.respond(data)  # type: ignore[return-value]


_nobody = View("", lambda name, type_: Answer(name=name, type=type_, rcode="REFUSED"), cache_size=2)


def fingerprint(paths: Iterable[Path]) -> Fingerprint:
    """What changes when a file below one of the paths is written, exchanged, added or taken away."""
    out: list[tuple[str, int, int, int]] = []
    for path in paths:
        files = [path]
        if path.is_dir():
            files = sorted(Path(folder) / name for folder, _, names in os.walk(path) for name in names)
        for file in files:
            try:
                stat = file.stat()
            except OSError:
                out.append((str(file), 0, 0, 0))
                continue
            out.append((str(file), stat.st_mtime_ns, stat.st_size, stat.st_ino))
    return tuple(out)


def run(views: Sequence[ViewBinding], **options: Any) -> int:
    """Serve in this thread until a signal; takes the options of ``Server``.  Raises ListenError.

    Says on stderr where each view listens.  Returns 0.
    """

    def started(where: list[tuple[ViewBinding, Address]]) -> None:
        for binding, (host, port) in where:
            at = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            only = f" for clients in {', '.join(binding.sources)}" if binding.sources else ""
            print(f"dns: {binding.name} on {at} (udp, tcp){only}", file=sys.stderr, flush=True)

    async def main() -> None:
        await Server(views, **options).serve(started)

    asyncio.run(main())
    return 0
