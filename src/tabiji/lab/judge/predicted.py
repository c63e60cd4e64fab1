"""What the walk says of a packet, in the words the kernel can be held to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...fabric import Fabric
from ...fabric.stage import Deliver, Drop, Enter, First, Lpm, Place, Stage
from ...packet.address import format_prefix
from ...walk import DELIVERED as WALKED
from ...walk import Leg, Trip, all_trips
from .reasons import MISDELIVERED, OPENED, PATHLESS, PREDICTED, How
from .verdict import DELIVERED, DROPPED, SILENT, Verdict

if TYPE_CHECKING:
    from ...estate import Estate
    from .questions import Question

PASSED = frozenset(
    ("igw", "eigw", "peering", "nat_gateway", "tgw_attachment", "vgw", "vpn", "dx", "endpoint", "eni", "gwlb_endpoint",
     "firewall", "client_vpn")
)  # fmt: skip
"""Kinds of places both sides can name on the way."""


class Opened:
    """The fabric without what programs and services decide themselves: at a TUN device everybody answers."""

    def __init__(self, fabric: Fabric) -> None:
        self.fabric = fabric

    def stage(self, number: int) -> Stage:
        """The stage, past refusals of hosts."""
        stage = self.fabric.stage(number)
        while type(stage) is Drop and stage.code in OPENED and stage.next >= 0:
            stage = self.fabric.stage(stage.next)
        return stage


class Predictor:
    """Walks questions through one estate."""

    def __init__(self, estate: Estate, fabric: Fabric | None = None) -> None:
        self.estate = estate
        self.fabric = fabric or Fabric(estate)
        self.graph = Opened(self.fabric)
        self.firewalls = _firewalls(estate)

    def trips(self, question: Question, port: float) -> list[Trip]:
        """Every trip the packet may take."""
        source, packet = question
        if source == "internet":
            start, home = self.fabric.leave_internet()
        elif source in self.estate.sites:
            start, home = self.fabric.leave_site(source, packet.src)
        else:
            start, home = self.fabric.leave_eni(source)
        return all_trips(self.graph, start, packet, {}, home, port=port)

    def verdict(self, leg: Leg) -> Verdict:
        """What the walk of one direction claims."""
        end: Any = leg.end
        way = self._way(leg)
        if leg.outcome == WALKED:
            return Verdict(DELIVERED, self._where(end.place, way), leg.packet, way=way)
        if not isinstance(end, Drop):
            return Verdict(SILENT, code=end.code, component=end.component)
        if end.code == MISDELIVERED:  # it did arrive, if not as it should
            arrived = leg.steps[-2].stage
            assert isinstance(arrived, Deliver)
            return Verdict(DELIVERED, self._where(arrived.place, way), leg.packet, MISDELIVERED, way=way)
        code, how = PREDICTED.get(end.code, (end.code, How.ITSELF))
        if how is How.SILENT:
            return Verdict(SILENT, code=end.code, component=end.component)
        component, rule = self._decided(leg, end, how)
        if end.code == "address.not_a_host":  # to the lab there is nothing at all
            way = way[:-1]
        return Verdict(DROPPED, code=code, component=component, rule=rule, way=() if code in PATHLESS else way)

    def _decided(self, leg: Leg, end: Drop, how: How) -> tuple[str, str]:
        if how is How.NOBODY:
            return "", ""
        if how is How.ROUTE:
            for step in reversed(leg.steps):
                if isinstance(step.stage, Lpm) and step.stage.kind in ("route_table", "tgw_route_table"):
                    entry = step.detail
                    return step.stage.component, format_prefix(entry.prefix) if entry is not None else ""
            return end.component, ""
        if how is How.FIREWALL:
            return "", self._firewall_rule(leg, end)
        if how is How.RULE:
            before = leg.steps[-2]
            rule = before.detail.origin if isinstance(before.stage, First) and before.detail is not None else ""
            return end.component, rule
        component = ",".join(sorted(set(end.component.split(","))))  # groups have no order
        return self.firewalls.get(component, component), ""

    def _firewall_rule(self, leg: Leg, end: Drop) -> str:
        """Priority, sid or ``default``."""
        if "rule" in dict(end.params):
            return "default"
        before = leg.steps[-2]
        origin = before.detail.origin if isinstance(before.stage, First) and before.detail is not None else ""
        return str(origin).rpartition(" ")[2].removeprefix("sid:")

    def _where(self, place: Place, way: tuple[str, ...]) -> str:
        return way[-1] if place.kind == "aws_service" else self._at(place)  # the kernel knows its endpoint

    def _way(self, leg: Leg) -> tuple[str, ...]:
        out: list[str] = []
        for step in leg.steps:
            if type(step.stage) is Enter and step.stage.place.kind in PASSED:
                name = self._at(step.stage.place)
                if name not in out[-1:]:
                    out.append(name)
        return tuple(out)

    def _at(self, place: Place) -> str:
        if place.kind == "firewall":
            return self.firewalls.get(f"{place.id} {place.az}", place.id)
        return place.id


def _firewalls(estate: Estate) -> dict[str, str]:
    """Firewall name, alone or with an AZ -> its endpoint, by which the kernel's side knows it."""
    out: dict[str, str] = {}
    for firewall in estate.network_firewalls.values():
        for zone, state in firewall.firewall_status.sync_states.items():
            name = firewall.firewall.firewall_name
            out[f"{name} {zone}"] = out[name] = state.attachment.endpoint_id
    return out
