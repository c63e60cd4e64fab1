"""VPC peering (PC facts)."""

from __future__ import annotations

TEXTS = {
    "peering.not_active": (
        "{component} is not active (status: {status}).",
        "{component} は active ではありません (状態: {status})。",
    ),
    "peering.transitive": (
        "{destination} lies outside {vpc}; {component} carries only packets for that VPC's own addresses, "
        "never through it to somewhere else.",
        "{destination} は {vpc} の外にあります。{component} はその VPC のアドレス宛てのパケットしか運ばず、"
        "その先へは中継しません。",
    ),
}
