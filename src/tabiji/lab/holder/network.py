"""The lab as the holder has it: its plan, its namespaces, its services, and what can be done to it."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from ..kernel import ns
from ..plan.model import DROP_GROUP, HOP_GROUP, Guest, Plan
from . import environment, home
from .enter import Place
from .errors import LabError
from .facts import HostFacts
from .log import log
from .services import Services
from .wire import Apply, Run

if TYPE_CHECKING:
    from ..shape import Link
    from .shaping import Far
    from .start import Wanted

ETH_P_ALL, SO_TIMESTAMPNS = 3, 35
WATCH_BUFFER = 8 << 20
HEAD_OF_PACKET = 128
"""Bytes of each packet that a hop tells."""
SVC = "svc"
"""The guest that is no host."""
FILES = "/run/tabiji"
"""Where files that hosts see are kept: in the lab's own /run."""
BUNDLE = "/run/tabiji/ca-bundle.crt"
"""Where a program sees the certificates to trust, in its own /run."""
NSSWITCH = "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n"
"""Names by the hosts file and the lab's DNS, past any resolver of the machine (LAB49)."""


class Hosts:
    """The hosts of a plan by everything a person may call them."""

    def __init__(self, plan: Plan) -> None:
        self._names = [guest.name for guest in hosts_of(plan)]
        self._known: dict[str, dict[str, Guest]] = {}
        for guest in hosts_of(plan):
            for name in (guest.name, guest.owner, *guest.aliases):
                self._known.setdefault(name, {})[guest.name] = guest

    def find(self, text: str) -> Guest:
        """The host called so.  Raises LabError."""
        found = self._known.get(text, {})
        if text in found:
            return found[text]
        if len(found) == 1:
            return next(iter(found.values()))
        if found:
            raise LabError("lab.several_hosts", host=text, there=", ".join(sorted(found)))
        import difflib

        close = difflib.get_close_matches(text, self._known, 3, 0.6)
        raise LabError("lab.no_host", host=text, there=", ".join(close or self._names[:8]) or "-")


def hosts_of(plan: Plan) -> Iterable[Guest]:
    """The guests that are hosts."""
    return (guest for guest in plan.guests if guest.name != SVC)


class Network:
    """What the holder holds.  Making one brings everything up; raises LabError or what the kernel refused.

    ``folder``: the lab's directory.  ``step`` is called before each part.
    """

    def __init__(self, wanted: Wanted, folder: int, step: Callable[[str], None]) -> None:
        from ..bring_up import bring_up

        self.plan = wanted.plan
        self.folder = folder
        self.facts = wanted.facts
        self._hosts = Hosts(self.plan)
        step("network")
        self.running = bring_up(self.plan)
        step("files")
        for guest in hosts_of(self.plan):
            _write_files(guest)
        self.far: dict[str, Far] = {}
        """Port -> what holds its packets back, where the kernel cannot."""
        self.services: Services | None = None
        if wanted.services and any(guest.name == SVC for guest in self.plan.guests):
            step("services")
            self.services = Services(wanted.estate, self.plan, self.running.guests, folder)
            self._write_bundles()

    def status(self) -> dict[str, Any]:
        """What the lab says of itself."""
        return {
            "hosts": [_told(guest) for guest in hosts_of(self.plan)],
            "ports": sum(port.role != "sink" for port in self.plan.ports),
            "services": self.services is not None and self.services.pid > 0,
            "problems": self.services.problems if self.services is not None else [],
            "uncovered": [{"owner": row.owner, "why": row.why} for row in self.plan.uncovered],
        }

    # Running programs.

    def place(self, run: Run) -> tuple[Place, dict[str, str]]:
        """Where a program is run, and its environment.  Raises LabError."""
        guest = self._hosts.find(run.host)
        facts = self.facts.get(guest.name, HostFacts())
        folder = _folder(guest)
        files = {os.path.join("/etc", name): os.path.join(folder, name) for name in os.listdir(folder)}
        trust: dict[str, str] = {}
        if self.services is not None:
            bundle = _bundle(facts.trusts)
            there = (path for path in environment.SYSTEM_BUNDLES if os.path.exists(path))
            files |= dict.fromkeys((BUNDLE, *there), bundle)
            trust = dict.fromkeys(environment.TRUST, BUNDLE)
        keys = facts.keys if self.services is not None else {}
        own = keys | guest.environment | {name: run.environment[name] for name in run.given if name in run.environment}
        variables = environment.of_program(run.environment, guest.name, facts.region, trust, own)
        return Place(guest.name, self.running.guests[guest.name], files), variables

    def _write_bundles(self) -> None:
        """The machine's certificates and the lab's, once for every set of CAs that hosts trust."""
        assert self.services is not None
        system = b""
        for path in environment.SYSTEM_BUNDLES:
            if os.path.exists(path):
                with open(path, "rb") as file:
                    system = file.read()
                break
        for trusts in {(), *(facts.trusts for facts in self.facts.values())}:
            own = "".join(self.services.authorities.get(name, "") for name in ("", *trusts))
            with open(_bundle(trusts), "wb") as out:
                out.write(system + b"\n" + own.encode())

    def _remember(self, message: Apply) -> None:
        """The estate it is now made of, for the next change and for whoever shows names."""
        about = home.Home("", f"/proc/self/fd/{self.folder}").about()
        if about is not None and message.net:
            hosts = sum(1 for _ in hosts_of(self.plan))
            changed = msgspec.structs.replace(about, net=message.net, overlay=message.overlay, hosts=hosts)
            home.write(self.folder, "about.json", msgspec.json.encode(changed))

    # Watching it.

    def watch(self, what: str) -> tuple[dict[str, Any], int]:
        """A socket that sees every frame (``frames``) or hop (``hops``), and what its interfaces are.  Raises LabError.

        The socket is the caller's to close, and to hand to whoever reads it.
        """
        with ns.inside(self.running.fabric):
            try:
                watching = _frames() if what == "frames" else _hops()
            except OSError as error:
                # A group has one listener; the next is told that it may not (EPERM).
                taken = what != "frames" and error.errno in (errno.EBUSY, errno.EPERM)
                code = "lab.watched" if taken else "lab.failed"
                raise LabError(code, why=error.strerror or str(error)) from None
            names = {name: index for index, name in socket.if_nameindex()}
        body = {
            "interfaces": _interfaces(self.plan, names),
            "reasons": msgspec.to_builtins(self.plan.reasons),
            "forwarding": [guest.name for guest in self.plan.guests if guest.forwards],
        }
        return body, watching

    def child_ended(self, pid: int, status: int) -> None:
        """A child was reaped: the services' end is worth a line."""
        if self.services is not None and pid == self.services.pid:
            log(f"the services ended, status {status}")
            self.services.pid = 0

    # Changing it.

    def shape(self, who: str, link: Link) -> None:
        """Make the links of a host or of a resource's ports like this, both ways.  Raises LabError."""
        from .shaping import shape_ports

        ports = [port for port in self.plan.ports if port.owner == who and port.guest]
        if not ports:
            guest = self._hosts.find(who)
            ports = [port for port in self.plan.ports if port.guest == guest.name]
        shape_ports(self.running, self.plan, ports, link, self.far)

    def apply(self, message: Apply) -> dict[str, Any]:
        """Change to another plan; what changed.  Raises LabError, and then nothing has changed, or it says so."""
        from ..bring_up import NoWayBack

        try:
            plan = msgspec.json.decode(message.plan, type=Plan)
            facts = msgspec.json.decode(message.facts, type=dict[str, HostFacts])
        except msgspec.MsgspecError as error:
            raise LabError("lab.apply_failed", why=str(error)) from None
        before = self.plan
        try:
            self.running.apply(plan)
        except NoWayBack as error:
            raise LabError("lab.apply_broke", why=str(error)) from error
        except Exception as error:
            raise LabError("lab.apply_failed", why=str(error)) from error
        self.plan, self.facts, self._hosts = plan, facts, Hosts(plan)
        old = {guest.name: guest for guest in before.guests}
        for guest in hosts_of(plan):
            if guest.name not in old or old[guest.name].files != guest.files:
                _write_files(guest)
        self._remember(message)
        if self.services is not None and self.services.pid:
            self.services.use(plan, self.running.guests, message.net, message.overlay)
            self._write_bundles()
        return self.status()


def _frames() -> int:
    """A socket that sees every frame of this namespace."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.htons(ETH_P_ALL)) as seen:
        seen.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WATCH_BUFFER)
        seen.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        return seen.detach()


def _hops() -> int:
    """A socket that is told every hop and every drop of this namespace (LAB51)."""
    from ..kernel.nflog import Nflog

    return Nflog((DROP_GROUP, HOP_GROUP), snap=HEAD_OF_PACKET).socket.detach()


def _interfaces(plan: Plan, names: Mapping[str, int]) -> list[dict[str, Any]]:
    """What every interface of the fabric is."""
    out: list[dict[str, Any]] = []
    for port in plan.ports:
        row = {"role": port.role, "owner": port.owner, "guest": port.guest, "addresses": list(port.addresses)}
        out.append({"index": names.get(port.name, 0), "name": port.name, **row})
    for wire in plan.wires:
        row = {"role": "wire", "owner": wire.owner, "label": wire.label}
        out.append({"index": names.get(wire.a, 0), "name": wire.a, "peer": wire.b, **row})
        out.append({"index": names.get(wire.b, 0), "name": wire.b, "peer": wire.a, **row})
    return out


def _told(guest: Guest) -> dict[str, Any]:
    return {
        "name": guest.name,
        "owner": guest.owner,
        "aliases": list(guest.aliases),
        "addresses": [a.partition("/")[0] for link in guest.links for a in link.addresses],
        "listens": list(guest.listens),
        "forwards": guest.forwards,
    }


def _folder(guest: Guest) -> str:
    return os.path.join(FILES, "hosts", guest.name.replace("/", "_"))


def _write_files(guest: Guest) -> None:
    """What lies over a host's /etc.  A file somebody in the host has written to is replaced when its plan changes."""
    folder = _folder(guest)
    os.makedirs(folder, exist_ok=True)
    for path, content in ({"nsswitch.conf": NSSWITCH} | guest.files).items():
        with open(os.path.join(folder, os.path.basename(path)), "w", encoding="utf-8") as file:
            file.write(content)


def _bundle(trusts: tuple[str, ...]) -> str:
    import hashlib

    return os.path.join(FILES, f"ca-{hashlib.sha256(repr(trusts).encode()).hexdigest()[:16]}.crt")
