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
}
