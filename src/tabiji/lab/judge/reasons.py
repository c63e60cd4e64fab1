"""One vocabulary for why a packet was dropped: the walk's finding codes and the plan's reasons side by side.

Two sides that drop the same packet may give it up at different checks where
AWS does not say which comes first; such reasons share a word here.
"""

from __future__ import annotations

from enum import Enum


class How(Enum):
    """What of a refusal the two sides can compare."""

    ITSELF = "component"
    RULE = "component and rule"
    ROUTE = "route table and prefix"
    FIREWALL = "rule of a firewall"
    NOBODY = "the code alone"
    SILENT = "nothing: the lab does not judge this"


OPENED = frozenset(("host.not_listening", "endpoint.service_port", "endpoint.no_ping", "eni.not_running"))
"""Refusals of programs and services, not of the network: at the oracle's ports everything is taken and answered."""
MISDELIVERED = "reply.misdelivered"

PREDICTED: dict[str, tuple[str, How]] = {
    "sg.egress.no_rule": ("sg.out", How.ITSELF),
    "sg.egress.empty": ("sg.out", How.ITSELF),
    "sg.ingress.no_rule": ("sg.in", How.ITSELF),
    "sg.ingress.empty": ("sg.in", How.ITSELF),
    "nacl.egress.deny": ("nacl.out", How.RULE),
    "nacl.ingress.deny": ("nacl.in", How.RULE),
    "eni.dest_check": ("dest-check", How.ITSELF),
    "appliance.drop": ("host.not-forwarding", How.ITSELF),
    "route.none": ("no-route", How.ITSELF),
    "tgw.no_route": ("no-route", How.ITSELF),
    "route.blackhole": ("blackhole", How.ROUTE),
    "tgw.blackhole": ("blackhole", How.ROUTE),
    "route.target_missing": ("blackhole", How.ROUTE),
    "peering.not_active": ("blackhole", How.ROUTE),
    "igw.not_attached": ("blackhole", How.ROUTE),
    "vgw.not_attached": ("blackhole", How.ROUTE),
    "nat.state": ("blackhole", How.ROUTE),
    "tgw.attachment_missing": ("blackhole", How.ROUTE),
    "tgw.attachment_state": ("blackhole", How.ROUTE),
    "route.tgw_az": ("tgw.no-az", How.NOBODY),
    "tgw.no_association": ("tgw.no-association", How.ITSELF),
    "address.nobody": ("no-host", How.NOBODY),
    "address.not_a_host": ("no-host", How.NOBODY),
    "path.loop": ("loop", How.NOBODY),
    "peering.transitive": ("no way on", How.NOBODY),
    "vgw.destination_not_eni": ("no way in", How.NOBODY),
    "dx.not_advertised": ("no way in", How.NOBODY),
    "vgw.source_not_eni": ("vgw.foreign-source", How.ITSELF),
    "vgw.no_route": ("no way in", How.NOBODY),
    "site.no_route": ("nowhere", How.NOBODY),
    "site.no_host": ("no-host", How.NOBODY),
    "igw.private_destination": ("igw.out", How.NOBODY),
    "igw.no_public_ip": ("igw.out", How.NOBODY),
    "igw.foreign_source": ("igw.out", How.NOBODY),
    "nat.private_to_igw": ("igw.out", How.NOBODY),
    "igw.redirected": ("igw.out", How.NOBODY),
    "igw.private_source": ("igw.private-source", How.ITSELF),
    "internet.unreachable": ("nowhere", How.NOBODY),
    "eigw.inbound": ("nowhere", How.NOBODY),
    "nat.unsolicited": ("nat.unsolicited", How.ITSELF),
    "nat.no_session": ("nat.unsolicited", How.ITSELF),
    "nat.protocol": ("nat.protocol", How.ITSELF),
    "endpoint.gateway_protocol": ("endpoint.protocol", How.ITSELF),
    "endpoint.gateway_outside_vpc": ("endpoint.foreign-source", How.ITSELF),
    "firewall.drop": ("firewall", How.FIREWALL),
    "firewall.reject": ("firewall", How.FIREWALL),
    "firewall.drop_application": ("firewall", How.FIREWALL),
    "firewall.asymmetric": ("firewall.midstream", How.NOBODY),
}
"""Finding code of the walk -> the word for it, and what of it is compared."""

OBSERVED: dict[str, tuple[str, How]] = {
    "nacl.out": ("nacl.out", How.RULE),
    "nacl.in": ("nacl.in", How.RULE),
    "blackhole": ("blackhole", How.ROUTE),
    "no-host": ("no-host", How.NOBODY),
    "ttl-exceeded": ("loop", How.NOBODY),
    "nat.loop": ("loop", How.NOBODY),
    "nat.midstream": ("nat.unsolicited", How.ITSELF),
    "site.unsolicited": ("nat.unsolicited", How.ITSELF),
    "firewall.loop": ("loop", How.NOBODY),
    "tgw.no-az": ("tgw.no-az", How.NOBODY),
    "igw.private-destination": ("igw.out", How.NOBODY),
    "igw.no-public-address": ("igw.out", How.NOBODY),
    "igw.spoofed": ("igw.out", How.NOBODY),
    "eigw.unsolicited": ("nowhere", How.NOBODY),
    "igw.redirected": ("igw.out", How.NOBODY),
    "firewall.stateless": ("firewall", How.FIREWALL),
    "firewall.stateful": ("firewall", How.FIREWALL),
    "firewall.midstream": ("firewall.midstream", How.NOBODY),
}
"""Code of a plan's reason -> the word for it; others stand for themselves, with their owner."""

NOWHERE = ("nowhere", How.NOBODY)
"""No way out of a site, or an address the Internet does not have: who notices first does not matter."""
NO_ROUTES = {"fabric": ("no way on", How.NOBODY), "vgw": ("no way in", How.NOBODY), "dxgw": ("no way in", How.NOBODY)}
"""Owners of no-route that have no table: a VPC that may be entered but not crossed (PC2), a line's end (DX2)."""
ENTERED = frozenset(
    ("sg.in", "nacl.in", "dest-check", "host.not-forwarding", "endpoint.protocol", "endpoint.foreign-source", "no-host")
)
"""Refused where the packet was going to; all else is refused before it goes on."""
PATHLESS = frozenset(("loop",))
"""How often a loop is gone round says nothing."""
AT_THE_DOOR = frozenset(("igw.redirected",))
"""Refused by a gateway before the packet is let in, so that none of its interfaces shows."""
