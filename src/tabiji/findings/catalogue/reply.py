"""The way back, and ways that never end."""

from __future__ import annotations

TEXTS = {
    "path.loop": (
        "The packet goes round in a circle: {packet} came to the same place twice.",
        "パケットが循環しています: {packet} が同じ場所に 2 回到達しました。",
    ),
    "reply.misdelivered": (
        "The reply ends at {component}, not where the request came from: {packet}.",
        "応答が要求元ではなく {component} に届いてしまいます: {packet}。",
    ),
    "reply.lost": (
        "The reply does not come back: {packet}.",
        "応答が戻ってきません: {packet}。",
    ),
    "reply.asymmetric": (
        "The reply passes {component}, which the request did not pass: a stateful device that never saw the flow begin "
        "refuses {packet}.",
        "応答が、要求の通らなかった {component} を通ります。フローの開始を見ていないステートフルな機器は {packet} を"
        "通しません。",
    ),
}
