"""Addresses nobody answers at."""

from __future__ import annotations

TEXTS = {
    "address.nobody": (
        "No network interface in {component} owns {destination}; the packet is dropped there.",
        "{component} に {destination} を持つネットワークインターフェイスがなく、パケットは破棄されます。",
    ),
    "address.not_a_host": (
        "{destination} belongs to {component}, an interface of type {type} that no client can talk to.",
        "{destination} は {component} のアドレスですが、種別 {type} のインターフェイスには接続できません。",
    ),
    "address.released": (
        "{destination} was the public address of an interface that is gone; nobody here answers at it.",
        "{destination} はすでに存在しないインターフェイスのパブリックアドレスで、応答するものがありません。",
    ),
    "internet.unreachable": (
        "{destination} is a private address; the Internet does not carry it.",
        "{destination} はプライベートアドレスのため、インターネットでは届きません。",
    ),
}
