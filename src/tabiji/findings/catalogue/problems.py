"""Oddities of the input: it loads, but something in it does not fit."""

from __future__ import annotations

TEXTS = {
    "estate.dangling": (
        "{subject} refers to {detail}, which is not there",
        "{subject} が参照する {detail} がありません",
    ),
    "estate.host_bits": (
        "{subject}: {detail} has host bits set; they are ignored",
        "{subject}: {detail} のホスト部が 0 でないため無視します",
    ),
    "estate.forwarding_loop": (
        "{subject} forwards in a circle: {detail}",
        "{subject} の転送が循環しています: {detail}",
    ),
}
