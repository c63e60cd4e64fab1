"""Load balancers (LB facts)."""

from __future__ import annotations

TEXTS = {
    "lb.no_listener": (
        "{component} has no listener for {packet}.",
        "{component} に {packet} を受けるリスナーがありません。",
    ),
    "lb.no_target": (
        "{component} has no target it may send {packet} to.",
        "{component} に {packet} を送れるターゲットがありません。",
    ),
}
