"""The lab's services as a child of the holder: started, told of changes, missed when they end."""

from __future__ import annotations

import io
import json
import os
import select
import signal
import socket
import time
from collections.abc import Mapping
from typing import Any, BinaryIO, cast

import msgspec

from ..kernel import ns
from ..plan.model import Plan
from .errors import LabError
from .log import log_exception

PATIENCE = 30.0
"""Seconds the services may take until they answer."""
LINE = 1 << 18
ACCESS_LIMIT = 16 << 20
"""Bytes the access log may grow to."""


class Bounded(io.FileIO):
    """A log that starts anew when it has grown too long."""

    def write(self, data: Any) -> int:
        """Add to it.  Raises OSError."""
        if os.fstat(self.fileno()).st_size > ACCESS_LIMIT:
            os.ftruncate(self.fileno(), 0)
        return super().write(data) or 0


class Services:
    """The child.  Raises LabError when it does not come up.

    ``namespaces``: guest -> file descriptor of its network, ``svc`` among them.
    """

    def __init__(self, estate: Any, plan: Plan, namespaces: Mapping[str, int], folder: int) -> None:
        self.problems: list[str] = []
        self.authorities: dict[str, str] = {}
        """Name of a CA -> its certificate; the one all hosts trust is called nothing."""
        self.line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self.pid = os.fork()
        if not self.pid:
            try:
                self.line.close()
                _child(estate, plan, namespaces, theirs, folder)
            except BaseException as error:
                log_exception()
                theirs.send(json.dumps({"failed": told(error)}).encode() + b"\n")
            finally:
                os._exit(1)
        theirs.close()
        self._said = b""
        self._known = dict(namespaces)
        self._until("api")

    def use(self, plan: Plan, namespaces: Mapping[str, int], net: str, overlay: tuple[str, ...]) -> None:
        """Answer for a changed estate, which the child reads itself.  Raises LabError."""
        new = [name for name in namespaces if self._known.get(name) != namespaces[name]]
        told = {"net": net, "overlay": overlay, "plan": msgspec.to_builtins(plan), "new": new}
        order = json.dumps(told | {"gone": [name for name in self._known if name not in namespaces]}).encode()
        self._known = dict(namespaces)
        try:
            self.line.sendall(len(order).to_bytes(4, "big") + order)
            for name in new:
                socket.send_fds(self.line, [b"n"], [namespaces[name]])
        except OSError as error:
            raise LabError("lab.services_failed", why=error.strerror or str(error)) from None
        self._until("used")

    def _until(self, part: str) -> None:
        """Wait until a part is up, taking what is said on the way."""
        end = time.monotonic() + PATIENCE
        while True:
            while b"\n" in self._said:
                line, _, self._said = self._said.partition(b"\n")
                said = json.loads(line)
                if "failed" in said:
                    raise LabError("lab.services_failed", why=said["failed"])
                self.authorities |= said.get("authorities", {})
                self.problems = said.get("problems", self.problems)
                if said.get("part") == part:
                    return
            ready, _, _ = select.select([self.line], [], [], max(0.0, end - time.monotonic()))
            data = self.line.recv(LINE) if ready else b""
            if not data:
                raise LabError("lab.services_failed", why="they ended" if ready else "no answer")
            self._said += data


def _child(estate: Any, plan: Plan, namespaces: Mapping[str, int], line: socket.socket, folder: int) -> None:
    """The services' process.  Raises whatever keeps them from starting."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    ns.enter(namespaces["svc"])
    from ..svc import Options
    from ..svc import Services as Parts

    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    with Bounded(os.open("access.log", flags, 0o600, dir_fd=folder), "ab", closefd=True) as access:
        hosts = {name: fd for name, fd in namespaces.items() if name != "svc"}
        parts = Parts(estate, plan, Options(namespaces=hosts, log=cast(BinaryIO, access), ready=line.fileno()))
        parts.start()
        while True:
            order = _order(line)
            if order is None:
                return
            try:
                for name in order["gone"]:
                    hosts.pop(name, None)
                for name in order["new"]:
                    hosts[name] = _descriptor(line)
                from ... import load

                parts.use(load(order["net"], order["overlay"]), msgspec.convert(order["plan"], Plan))
                said: dict[str, Any] = {"part": "used", "problems": parts.problems}
            except Exception as error:
                log_exception()
                said = {"failed": told(error)}
            line.sendall(json.dumps(said).encode() + b"\n")


def told(error: BaseException) -> str:
    """What went wrong, in a line; what is missing from the installation by the way to get it."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"{error.name} is not installed here: pip install 'tabiji[lab]'"
    return f"{type(error).__name__}: {error}"


def _order(line: socket.socket) -> dict[str, Any] | None:
    head = _exactly(line, 4)
    body = _exactly(line, int.from_bytes(head, "big")) if head else b""
    return dict(json.loads(body)) if body else None


def _descriptor(line: socket.socket) -> int:
    _, fds, _, _ = socket.recv_fds(line, 1, 1)
    if not fds:
        raise LabError("lab.services_failed", why="a namespace was not handed over")
    return fds[0]


def _exactly(line: socket.socket, count: int) -> bytes:
    """So many bytes; nothing when the holder is gone."""
    data = bytearray()
    while len(data) < count:
        part = line.recv(count - len(data))
        if not part:
            return b""
        data += part
    return bytes(data)
