"""Cloud WAN and VPC Lattice (CW and LA facts)."""

from __future__ import annotations

TEXTS = {
    "cloud_wan.attachment_missing": (
        "{vpc} has a route to core network {core} but no attachment to it.",
        "{vpc} にはコアネットワーク {core} へのルートがありますが、アタッチメントがありません。",
    ),
    "cloud_wan.attachment_state": (
        "{component} is not available (state: {state}).",
        "{component} は利用可能な状態ではありません (状態: {state})。",
    ),
    "cloud_wan.az": (
        "{component} has no subnet in {az}, where the sender's subnet is (its zones: {zones}); "
        "the packet cannot enter the core network.",
        "{component} には送信元サブネットのある {az} のサブネットがありません (現在: {zones})。"
        "パケットはコアネットワークに入れません。",
    ),
    "cloud_wan.no_segment": (
        "The policy of {core} maps {attachment} to no segment; what comes in by it is dropped.",
        "{core} のポリシーは {attachment} をどのセグメントにも割り当てておらず、入ったパケットは破棄されます。",
    ),
    "cloud_wan.no_route": (
        "Segment {segment} of {core} has no route for {destination}.",
        "{core} のセグメント {segment} に {destination} 宛てのルートがありません。",
    ),
    "cloud_wan.blackhole": (
        "The route of segment {segment} of {core} for {destination} is a blackhole.",
        "{core} のセグメント {segment} の {destination} 宛てのルートは blackhole です。",
    ),
    "cloud_wan.no_function": (
        "Segment {segment} of {core} sends {destination} through network function group {group}, "
        "which has no attachment; the packet is dropped.",
        "{core} のセグメント {segment} は {destination} をネットワーク機能グループ {group} 経由で送りますが、"
        "グループにアタッチメントがなく、パケットは破棄されます。",
    ),
    "lattice.not_associated": (
        "{vpc} is associated with no VPC Lattice service network; {destination} leads nowhere.",
        "{vpc} は VPC Lattice サービスネットワークに関連付けられておらず、{destination} には到達できません。",
    ),
}
