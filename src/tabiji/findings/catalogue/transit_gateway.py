"""Transit gateways (TG facts)."""

from __future__ import annotations

TEXTS = {
    "tgw.no_association": (
        "{component} is associated with no transit gateway route table; what comes in by it is dropped.",
        "{component} はトランジットゲートウェイルートテーブルに関連付けられておらず、入ったパケットは破棄されます。",
    ),
    "tgw.no_route": (
        "{component}, the table of the attachment the packet came in by, has no route for {destination}.",
        "パケットが入ったアタッチメントのテーブル {component} に {destination} 宛てのルートがありません。",
    ),
    "tgw.blackhole": (
        "The route of {component} for {destination} is a blackhole.",
        "{component} の {destination} 宛てのルートは blackhole です。",
    ),
    "tgw.attachment_state": (
        "{component} is not available (state: {state}).",
        "{component} は利用可能な状態ではありません (状態: {state})。",
    ),
    "tgw.attachment_missing": (
        "{vpc} has a route to {component} but no attachment to it.",
        "{vpc} には {component} へのルートがありますが、アタッチメントがありません。",
    ),
}
