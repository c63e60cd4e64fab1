"""MTU and idle timeouts of what a packet passes (data-plane section 16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..estate import Estate
    from .stage import Place

JUMBO = 9001
# Bytes, and the fact: IGW IG9, NAT gateway NG8, TGW and VPN TG19, GWLB GL2, egress-only gateway as IGW.
MTU = {
    "igw": (1500, "IG9"),
    "eigw": (1500, "IG9"),
    "nat_gateway": (8500, "NG8"),
    "tgw": (8500, "TG19"),
    "vpn": (1500, "TG19"),
    "gwlb_endpoint": (8500, "GL2"),
    "firewall": (8500, "GL2"),
}
# Seconds after which a silent TCP connection is forgotten.
IDLE = {
    "nat_gateway": (350, "NG6"),
    "load_balancer": (350, "LB7"),
    "gwlb_endpoint": (350, "GL2"),
    "firewall": (350, "GL2"),
}


def mtu_of(estate: Estate, place: Place) -> tuple[int, str]:
    """Largest packet a place passes on, in bytes, and the fact that says so."""
    if place.kind == "peering":  # PC8: 8500 between Regions
        peering = estate.peerings.get(place.id)
        if peering is not None and peering.requester.region != peering.accepter.region:
            return 8500, "PC8"
    return MTU.get(place.kind, (JUMBO, ""))


def idle_of(place: Place) -> tuple[int, str]:
    """Seconds of silence a TCP connection survives there, and the fact; 0 for no limit worth telling."""
    if place.kind == "load_balancer" and ":loadbalancer/net/" not in place.id:
        return 0, ""  # LB7 speaks of NLBs; the others' timeout is a setting
    return IDLE.get(place.kind, (0, ""))
