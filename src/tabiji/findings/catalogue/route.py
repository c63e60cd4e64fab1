"""VPC route tables (RT facts)."""

from __future__ import annotations

TEXTS = {
    "route.none": (
        "{table} has no route for {destination}.",
        "{table} に {destination} 宛てのルートがありません。",
    ),
    "route.blackhole": (
        "The best route of {table} for this packet, {destination} to {target}, is a blackhole: its target is gone. "
        "A less specific route is not tried.",
        "{table} で最も優先される {destination} → {target} のルートが blackhole です (ターゲットが存在しません)。"
        "より広いルートは使われません。",
    ),
    "route.target_missing": (
        "A route leads to {target}, which does not exist.",
        "ルートのターゲット {target} が存在しません。",
    ),
    "route.tgw_az": (
        "{tgw} has no attachment subnet in {az}, where the sender's subnet is (attachment subnets: {zones}); "
        "the packet cannot enter the transit gateway.",
        "{tgw} には送信元サブネットのある {az} のアタッチメントサブネットがありません (現在: {zones})。"
        "パケットはトランジットゲートウェイに入れません。",
    ),
}
