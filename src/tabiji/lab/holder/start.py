"""Bring a lab up as a process of its own, so that nothing is left if any part of it is killed.

Three processes: whoever asked; the *keeper*, outside, which removes the lab's
directory when the lab ends; and the holder, PID 1 of the lab.  Until the lab
is up each watches the others: the holder dies with the keeper (parent death
signal), the keeper ends the lab when whoever asked is gone.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NoReturn

import msgspec

from ..kernel import ns
from ..plan.model import Plan
from . import home, jail
from .errors import LabError
from .facts import HostFacts
from .log import log, log_exception
from .serve import Holder

SPARE_FILES = 64
LINE = 1 << 20
"""Bytes a report of the bring-up may have."""


def nothing(step: str) -> None:
    """Called before each step of the bring-up; tests put something in its place."""


on_step: Callable[[str], None] = nothing


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be brought up."""

    name: str
    plan: Plan
    net: str
    facts: dict[str, HostFacts] = {}
    overlay: tuple[str, ...] = ()
    services: bool = True
    estate: Any = None
    """The loaded estate, which the services answer from."""


def up(wanted: Wanted, tell: Callable[[str], None] = nothing) -> dict[str, Any]:
    """Bring a lab up; its status, and how long its parts took, in seconds.

    ``tell`` hears of each step.  Raises LabError.
    """
    from . import wire
    from .client import ask

    claim = home.claim(wanted.name)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        if not os.fork():
            ours.close()
            _forked(lambda: _keep(wanted, claim, theirs))
        theirs.close()
        told = _wait(wanted, claim, ours, tell)
        return told | ask(claim.home, wire.Status())[0]  # of thousands of hosts: longer than one datagram
    finally:
        ours.close()
        os.close(claim.lock)
        os.close(claim.folder)


def _wait(wanted: Wanted, claim: home.Claim, line: socket.socket, tell: Callable[[str], None]) -> dict[str, Any]:
    while True:
        data = line.recv(LINE)
        if not data:
            log_text = claim.home.log()
            home.remove(claim.home.path)  # the keeper was killed: nobody else is left to do it
            raise LabError("lab.start_killed", name=wanted.name, why=_last_line(log_text))
        said = json.loads(data)
        if "step" in said:
            tell(said["step"])
        elif "failed" in said:
            raise LabError(said["failed"], **said["params"])
        else:
            return dict(said)


def _forked(work: Callable[[], None]) -> NoReturn:
    code = 70
    try:
        gc.freeze()  # what is there is shared with whoever forked
        gc.enable()
        work()
        code = 0
    except BaseException:
        log_exception()
    finally:
        os._exit(code)


def _keep(wanted: Wanted, claim: home.Claim, client: socket.socket) -> None:
    """The keeper: make the namespaces' first process, watch it, clean up after it."""
    os.setsid()
    _quiet(claim.folder)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    inside, outside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        on_step("keeper")
        _own_processes()
        pid = os.fork()
    except OSError as error:
        home.remove(claim.home.path)
        _send(client, {"failed": "lab.no_namespaces", "params": {"why": error.strerror or str(error)}})
        return
    if not pid:
        inside.close()
        client.close()
        _forked(lambda: _hold(wanted, claim, outside))
    outside.close()
    said: dict[str, Any] = {}
    try:
        said = _mind(wanted, claim, client, inside, pid)
    finally:
        _kill(pid)
        if not said:
            said = {"failed": "lab.start_killed", "params": {"name": wanted.name, "why": _last_line(claim.home.log())}}
        home.remove(claim.home.path)
        _send(client, said)  # a failure is told when nothing is left


def _own_processes() -> None:
    """The next process made is the first of its own; with a user namespace where privileges do not suffice."""
    if os.geteuid() == 0:
        try:
            ns.unshare(ns.CLONE_NEWPID)
            return
        except PermissionError:  # root of a container that may not
            pass
    ns.unshare_user()
    ns.unshare(ns.CLONE_NEWPID)


def _mind(wanted: Wanted, claim: home.Claim, client: socket.socket, inside: socket.socket, pid: int) -> dict[str, Any]:
    """Until the holder ends; its failure, if it told one.  When whoever asked is gone too early, so is the lab."""
    up = False
    while True:
        ready, _, _ = select.select([inside] if up else [inside, client], [], [])
        if client in ready:
            return {}
        data = inside.recv(LINE)
        said = json.loads(data) if data else {}
        if not said or "failed" in said:
            return dict(said)
        if "ready" in said:
            _announce(wanted, claim, pid)
        _send(client, said)
        if "ready" in said:
            up = True
            client.close()


def _announce(wanted: Wanted, claim: home.Claim, pid: int) -> None:
    about = home.About(
        name=wanted.name,
        net=wanted.net,
        overlay=wanted.overlay,
        holder=pid,
        keeper=os.getpid(),
        started=time.time(),
        services=wanted.services,
        hosts=sum(guest.name != "svc" for guest in wanted.plan.guests),
    )
    home.write(claim.folder, "about.json", msgspec.json.encode(about))


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    except OSError:
        pass


def _hold(wanted: Wanted, claim: home.Claim, keeper: socket.socket) -> None:
    """PID 1 of the lab."""
    jail.prctl(jail.PR_SET_PDEATHSIG, signal.SIGKILL)
    if select.select([keeper], [], [], 0)[0]:
        return  # killed before the signal was asked for
    above = os.open(os.path.dirname(claim.home.path), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    began = time.monotonic()
    timings: dict[str, float] = {}

    def step(name: str) -> None:
        timings[name] = time.monotonic() - began
        _send(keeper, {"step": name})
        on_step(name)

    try:
        _files(len(wanted.plan.guests))
        step("namespaces")
        _seclude(os.path.dirname(claim.home.path))
        from .network import Network

        network = Network(wanted, claim.folder, step)
        step("control")
        control = _listen(claim.folder)
    except LabError as error:
        log(str(error))
        _send(keeper, {"failed": error.code, "params": error.params})
        return
    except Exception as error:
        log_exception()
        params = {"name": wanted.name, "why": f"{type(error).__name__}: {error}"}
        _send(keeper, {"failed": "lab.start_failed", "params": params})
        return
    on_step("ready")
    jail.prctl(jail.PR_SET_PDEATHSIG, 0)  # from here on the directory can be removed from inside as well
    _send(keeper, {"ready": True, "seconds": time.monotonic() - began, "steps": timings})
    if not Holder(network, control, keeper.fileno()).run():
        _clear(above, claim)


def _files(guests: int) -> None:
    """Each guest is held by two open files.  Raises LabError at once where that is more than may be."""
    most, needed = jail.open_many(), 2 * guests + SPARE_FILES
    if needed > most:
        raise LabError("lab.too_many_hosts", hosts=str(guests), needed=str(needed), most=str(most))


def _seclude(hidden: str) -> None:
    """Own mounts: nothing done here is seen outside, and the labs' directories are not seen from here."""
    ns.unshare(ns.CLONE_NEWNS | ns.CLONE_NEWNET | ns.CLONE_NEWUTS | ns.CLONE_NEWIPC)
    ns.mount("none", "/", flags=ns.MS_REC | ns.MS_PRIVATE)
    safe = ns.MS_NOSUID | ns.MS_NODEV
    ns.mount("tmpfs", "/run", "tmpfs", safe, "mode=755")
    if os.path.isdir(hidden):  # not below /run
        ns.mount("tmpfs", hidden, "tmpfs", safe, "mode=700,size=4k")
    try:
        ns.mount("proc", "/proc", "proc", safe | ns.MS_NOEXEC)
    except OSError as error:
        log(f"/proc stays the outer one: {error}")
    jail.close_on_ptrace()


def _listen(folder: int) -> socket.socket:
    """The control socket; it appears when everything else is there."""
    control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        control.bind(f"/proc/self/fd/{folder}/control")
    finally:
        os.umask(before)
    control.listen(64)
    return control


def _clear(above: int, claim: home.Claim) -> None:
    """The keeper was killed: remove the lab's directory, whose path is hidden here."""
    for name in os.listdir(claim.folder):
        os.unlink(name, dir_fd=claim.folder)
    os.rmdir(claim.home.name, dir_fd=above)


def _quiet(folder: int) -> None:
    """Standard input and output to nowhere, errors to the log."""
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    errors = os.open("log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600, dir_fd=folder)
    for number, fd in ((0, null), (1, null), (2, errors)):
        os.dup2(fd, number)
    os.close(null)
    os.close(errors)


def _send(line: socket.socket, said: dict[str, Any]) -> None:
    with suppress(OSError):  # who is gone need not be told
        line.send(json.dumps(said).encode())


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "-"


__all__: Sequence[str] = ["Wanted", "on_step", "up"]
