"""Client VPN (CV facts)."""

from __future__ import annotations

TEXTS = {
    "client_vpn.unauthorized": (
        "No authorization rule of {component} covers {destination}.",
        "{component} の承認ルールに {destination} を含むものがありません。",
    ),
    "client_vpn.no_route": (
        "{component} has no route for {destination}.",
        "{component} に {destination} 宛てのルートがありません。",
    ),
    "client_vpn.not_associated": (
        "A route of {component} leads to {subnet}, which is not associated with it.",
        "{component} のルートが、関連付けられていない {subnet} を指しています。",
    ),
}
