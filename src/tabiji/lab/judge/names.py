"""From interfaces and reasons of a plan to the names the walk uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...fabric.compiler import eni_place
from ...packet.address import format_address, parse_address
from .reasons import ENTERED, NO_ROUTES, NOWHERE, OBSERVED, PATHLESS, How

if TYPE_CHECKING:
    from ...estate import Estate
    from ..oracle import Outcome
    from ..plan.model import Plan, Reason
    from .questions import Question

NO_RULE = "*"
SPREAD = ("flow", "random")
"""Labels of wires that draw an AZ."""


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
        self.named = {*estate.network_interfaces, *estate.vpc_endpoints}
        """Owners of ports that the walk names as places passed."""
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

    def way(self, outcome: Outcome, code: str = "") -> tuple[str, ...]:
        """What a packet passed; ``code`` is the word for what dropped it."""
        if code in PATHLESS:
            return ()
        out: list[str] = []
        for number, hop in enumerate(outcome.hops):
            last = number == len(outcome.hops) - 1
            names = [self._passed(hop.in_if, hop.flow.dst, False)]
            if not last or not code or code in ENTERED:
                names.append(self._passed(hop.out_if, hop.flow.dst, True))
            for name in names:
                if name and name not in out[-1:]:
                    out.append(name)
        return tuple(out)

    def _passed(self, device: str, dst: int, leaving: bool) -> str:
        wire = self._ends.get(device)
        if wire is not None:
            if wire.owner in self.estate.tgw_attachments:
                # Only where a packet comes out of a TGW does the walk name an attachment.
                into_vpc = wire.owner in self.estate.tgw_vpc_attachments and wire.label not in SPREAD
                return wire.owner if into_vpc and (device == wire.b) is leaving else ""
            return "" if wire.owner == "internet" or wire.owner in self.estate.sites else wire.owner
        port = self._ports.get(device)
        if port is None or port.owner not in self.named:
            return ""
        return self.at(device, format_address(dst))

    def decided(self, reason: Reason) -> tuple[str, str, str]:
        """The word for a reason, component and rule, as far as both sides can name them."""
        word, how = OBSERVED.get(reason.code, (reason.code, How.ITSELF))
        if reason.code == "no-route":
            word, how = NO_ROUTES.get(reason.owner.partition("-")[0], (word, how))
        if reason.owner == "internet" or reason.owner in self.estate.sites:
            word, how = NOWHERE if reason.code in ("no-route", "no-host") else (word, how)
        rule = "" if reason.rule == NO_RULE else reason.rule
        if how is How.NOBODY:
            return word, "", ""
        if how is How.FIREWALL:
            return word, "", rule
        return word, reason.owner, rule if how in (How.RULE, How.ROUTE) else ""
