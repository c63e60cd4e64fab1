"""From interfaces and reasons of a plan to the names the walk uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...fabric.compiler import eni_place
from ...packet.address import format_address, parse_address

if TYPE_CHECKING:
    from ...estate import Estate
    from ..oracle import Outcome
    from ..plan.model import Plan, Reason
    from .questions import Question

CODE_ALONE = frozenset(("no-host", "loop"))
"""Reasons whose owner depends on where exactly the lab noticed."""
PREFIXED = frozenset(("blackhole",))
"""Reasons whose rule is a prefix the walk can name too."""
RULED = frozenset(("nacl.out", "nacl.in"))
NO_RULE = "*"


class NoPort(LookupError):
    """The plan has no port for a sender."""


class Names:
    """The naming of one plan."""

    def __init__(self, estate: Estate, plan: Plan) -> None:
        self.estate = estate
        self.plan = plan
        self._ports = {port.name: port for port in plan.ports}
        self._by_owner: dict[str, str] = {}
        for port in plan.ports:
            if port.role != "sink":
                self._by_owner.setdefault(port.owner, port.name)
        self._ends = {end: wire for wire in plan.wires for end in (wire.a, wire.b)}

    def port_of(self, question: Question) -> str:
        """Where a packet of this sender goes in.  Raises NoPort."""
        wanted = [question.source]
        if question.source in self.estate.sites:
            host = self.estate.site_hosts.get(question.source, {}).get(question.packet.src)
            wanted = [*([host] if host else []), question.source]
        for owner in wanted:
            if owner in self._by_owner:
                return self._by_owner[owner]
        raise NoPort(f"no port for {question.source}")

    def at(self, port: str, address: str) -> str:
        """Who a port is."""
        owner = self._ports[port].owner
        if owner in self.estate.network_interfaces:
            place: str = eni_place(self.estate, owner).id
            return place
        if owner in self.estate.sites:
            return str(self.estate.site_hosts.get(owner, {}).get(parse_address(address), owner))
        return owner

    def way(self, outcome: Outcome) -> tuple[str, ...]:
        """What a packet passed."""
        out: list[str] = []
        for hop in outcome.hops:
            for device in (hop.in_if, hop.out_if):
                name = self._passed(device, hop.flow.dst)
                if name and name not in out[-1:]:
                    out.append(name)
        return tuple(out)

    def _passed(self, device: str, dst: int) -> str:
        wire = self._ends.get(device)
        if wire is not None:
            return wire.owner
        port = self._ports.get(device)
        if port is None or port.role == "sink":
            return ""
        return self.at(device, format_address(dst))

    def decided(self, reason: Reason) -> tuple[str, str]:
        """Component and rule of a reason, as far as both sides can name them."""
        if reason.code in CODE_ALONE:
            return "", ""
        if reason.code in RULED:
            return reason.owner, "" if reason.rule == NO_RULE else reason.rule
        return reason.owner, reason.rule if reason.code in PREFIXED else ""
