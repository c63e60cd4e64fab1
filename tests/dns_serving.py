"""A DNS server on loopback for tests: the real ``Server`` in a thread, with answers made here."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from tabiji.dnsd import Server, ViewBinding
from tabiji.names.answer import NOERROR, NXDOMAIN, Answer, ResourceRecord

needs_dig = pytest.mark.skipif(not shutil.which("dig"), reason="dig (bind9-dnsutils) is not installed")
needs_nslookup = pytest.mark.skipif(not shutil.which("nslookup"), reason="nslookup (bind9-dnsutils) is not installed")

SSM = "ssm.ap-northeast-1.amazonaws.com."
SOA = "ns-1536.awsdns-00.co.uk. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"


def rr(name: str, type_: str, rdata: str, ttl: int = 60) -> ResourceRecord:
    return ResourceRecord(name, type_, ttl, rdata)


def soa(zone: str, ttl: int = 60) -> tuple[ResourceRecord, ...]:
    return (rr(zone, "SOA", SOA, ttl),)


class Zone:
    """An answer function over a fixed table; counts how often it was asked."""

    def __init__(self, answers: Sequence[Answer] = ()) -> None:
        self.table = {(answer.name.lower(), answer.type): answer for answer in answers}
        self.names = {name for name, _ in self.table}
        self.asked: list[tuple[str, str]] = []

    def __call__(self, name: str, type_: str) -> Answer:
        self.asked.append((name, type_))
        found = self.table.get((name, type_))
        if found is not None:
            return found
        rcode = NOERROR if name in self.names else NXDOMAIN
        return Answer(name=name, type=type_, rcode=rcode, authority=soa("example.com."))


def ok(name: str, type_: str, *records: ResourceRecord, **rest: Any) -> Answer:
    return Answer(name=name, type=type_, rcode=rest.pop("rcode", NOERROR), answer=records, **rest)


SSM_ANSWER = ok(SSM, "A", rr(SSM, "A", "172.20.144.169"), rr(SSM, "A", "172.20.128.22"))


class Running:
    """A server in another thread; ``ports`` by view name."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.ports: dict[str, int] = {}
        self.loop: asyncio.AbstractEventLoop
        self.failure: BaseException | None = None
        self._ready = threading.Event()
        self.thread = threading.Thread(target=self._main, daemon=True)

    def _main(self) -> None:
        async def main() -> None:
            self.loop = asyncio.get_running_loop()
            await self.server.serve(started)

        def started(where: Any) -> None:
            self.ports = {binding.name: address[1] for binding, address in where}
            self._ready.set()

        try:
            asyncio.run(main())
        except BaseException as error:  # told by the test that waits
            self.failure = error
            self._ready.set()

    def __enter__(self) -> Running:
        self.thread.start()
        assert self._ready.wait(20)
        if self.failure:
            raise self.failure
        return self

    def __exit__(self, *rest: object) -> None:
        if self.thread.is_alive():
            self.loop.call_soon_threadsafe(self.server.stop)
        self.thread.join(20)
        assert not self.thread.is_alive()

    def call(self, work: Callable[[], Any]) -> Any:
        """Run a coroutine function in the server's loop."""
        return asyncio.run_coroutine_threadsafe(work(), self.loop).result(20)


@contextmanager
def serving(
    answer: Callable[[str, str], Answer], host: str = "127.0.0.1", port: int = 0, **options: Any
) -> Iterator[int]:
    """Serve one view; gives the port."""
    with Running(Server([ViewBinding(name="v", answer=answer, host=host, port=port)], **options)) as running:
        yield running.ports["v"]


def tool(*args: str, timeout: float = 60) -> tuple[str, int]:
    """Standard output and exit code of a command."""
    done = subprocess.run(args, capture_output=True, text=True, timeout=timeout, check=False)
    return done.stdout, done.returncode
