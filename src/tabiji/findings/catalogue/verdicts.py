"""The last line."""

from __future__ import annotations

TEXTS = {
    "verdict.reachable": (
        "Reachable: {what} gets from {source} to {target} and back.",
        "到達できます: {source} から {target} への {what} は往復とも通ります。",
    ),
    "verdict.reachable.forward": (
        "Reachable: {what} gets from {source} to {target} (the way back was not walked).",
        "到達できます: {source} から {target} への {what} は通ります (復路は未確認)。",
    ),
    "verdict.blocked": (
        "Blocked: {what} from {source} to {target} is stopped {where}.",
        "到達できません: {source} から {target} への {what} は{where}で止まります。",
    ),
    "verdict.undetermined": (
        "Undetermined: whether {what} from {source} gets to {target} cannot be told.",
        "判定できません: {source} から {target} への {what} が通るかどうか決められません。",
    ),
    "verdict.where.name": ("at the name", "名前解決"),
    "verdict.where.forward": ("on the way there", "往路"),
    "verdict.where.reply": ("on the way back", "復路"),
    "verdict.where.tls": ("at the TLS handshake", "TLS ハンドシェイク"),
    "verdict.where.permission": ("by a policy", "ポリシー"),
    "verdict.word.reachable": ("reachable", "到達可"),
    "verdict.word.blocked": ("blocked", "到達不可"),
    "verdict.word.undetermined": ("undetermined", "判定不能"),
}
