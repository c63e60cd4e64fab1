"""One vocabulary for why a packet was dropped: the walk's finding codes and the plan's reasons side by side."""

from __future__ import annotations

from enum import Enum


class How(Enum):
    """What of a refusal the two sides can compare."""

    ITSELF = "component"
    RULE = "component and rule"
    ROUTE = "route table and prefix"
    NOBODY = "the code alone"
    SILENT = "nothing: the lab does not judge this"


OPENED = frozenset(("host.not_listening", "endpoint.service_port", "endpoint.no_ping", "eni.not_running"))
"""Refusals of programs and services, not of the network: at the oracle's ports everything is taken and answered."""

PREDICTED: dict[str, tuple[str, How]] = {
    "sg.egress.no_rule": ("sg.out", How.ITSELF),
    "sg.egress.empty": ("sg.out", How.ITSELF),
    "sg.ingress.no_rule": ("sg.in", How.ITSELF),
    "sg.ingress.empty": ("sg.in", How.ITSELF),
    "nacl.egress.deny": ("nacl.out", How.RULE),
    "nacl.ingress.deny": ("nacl.in", How.RULE),
    "route.none": ("no-route", How.ITSELF),
    "tgw.no_route": ("no-route", How.ITSELF),
    "route.blackhole": ("blackhole", How.ROUTE),
    "tgw.blackhole": ("blackhole", How.ROUTE),
    "route.target_missing": ("blackhole", How.ROUTE),
    "peering.not_active": ("blackhole", How.ROUTE),
    "igw.not_attached": ("blackhole", How.ROUTE),
    "vgw.not_attached": ("blackhole", How.ROUTE),
    "nat.state": ("blackhole", How.ROUTE),
    "address.nobody": ("no-host", How.NOBODY),
    "path.loop": ("loop", How.NOBODY),
}
"""Finding code of the walk -> code of a plan's reason, and what of it is compared."""
