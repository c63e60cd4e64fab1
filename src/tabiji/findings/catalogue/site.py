"""Virtual private gateways, Direct Connect, VPN and sites (VG, DX facts)."""

from __future__ import annotations

TEXTS = {
    "vgw.not_attached": (
        "{component} is not attached to {vpc}.",
        "{component} は {vpc} にアタッチされていません。",
    ),
    "vgw.no_route": (
        "{component} has no on-premises network behind it that holds {destination}.",
        "{component} の先のオンプレミス側に {destination} を含むネットワークがありません。",
    ),
    "vgw.destination_not_eni": (
        "{component} delivers only to private addresses of interfaces in {vpc}; {destination} is none.",
        "{component} が届けるのは {vpc} 内のインターフェイスのプライベートアドレス宛てだけです。"
        "{destination} は該当しません。",
    ),
    "vgw.source_not_eni": (
        "{component} takes only packets from interfaces of {vpc}: {packet}.",
        "{component} は {vpc} のインターフェイスからのパケットしか受け取りません: {packet}。",
    ),
    "dx.prefix_not_allowed": (
        "The allowed prefixes of {component} do not cover {destination}; it is not advertised to the site.",
        "{component} の許可プレフィックスに {destination} が含まれず、拠点に広報されていません。",
    ),
    "dx.not_advertised": (
        "Nothing behind {component} advertises {destination}; the packet has nowhere to go.",
        "{component} の先で {destination} を広報しているものがなく、パケットの行き先がありません。",
    ),
    "dx.down": (
        "{component} is not up (state: {state}).",
        "{component} は稼働していません (状態: {state})。",
    ),
    "vpn.ipv6": (
        "{component} carries no IPv6: a VPN on a virtual private gateway is IPv4 only.",
        "{component} は IPv6 を運びません。仮想プライベートゲートウェイの VPN は IPv4 だけです。",
    ),
    "vpn.down": (
        "{component} is not up (state: {state}).",
        "{component} は稼働していません (状態: {state})。",
    ),
    "site.no_route": (
        "The router of {site} has no route for {destination}.",
        "{site} のルーターに {destination} 宛てのルートがありません。",
    ),
    "site.firewall": (
        "The firewall of {site} refuses {packet} (rule {rule}).",
        "{site} のファイアウォールが {packet} を拒否しています (ルール {rule})。",
    ),
    "site.no_host": (
        "No host of {site} has the address {destination}.",
        "{site} に {destination} を持つホストがありません。",
    ),
}
