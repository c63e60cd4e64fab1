"""Security groups (SG facts)."""

from __future__ import annotations

TEXTS = {
    "sg.egress.no_rule": (
        "No egress rule of {groups} on {eni} admits {packet}.",
        "{eni} の {groups} に、{packet} を許可するアウトバウンドルールがありません。",
    ),
    "sg.ingress.no_rule": (
        "No ingress rule of {groups} on {eni} admits {packet}.",
        "{eni} の {groups} に、{packet} を許可するインバウンドルールがありません。",
    ),
    "sg.egress.empty": (
        "{groups} on {eni} has no egress rule at all; nothing may leave.",
        "{eni} の {groups} にはアウトバウンドルールが 1 つもなく、何も送信できません。",
    ),
    "sg.ingress.empty": (
        "{groups} on {eni} has no ingress rule at all; nothing may enter.",
        "{eni} の {groups} にはインバウンドルールが 1 つもなく、何も受信できません。",
    ),
    "sg.reference_lost": (
        "{groups} on {eni} admits the sender only by a security group reference ({rule}), and the sender's group "
        "was lost on the way: a reference does not match behind a hop that hides the sending interface.",
        "{eni} の {groups} はセキュリティグループ参照 ({rule}) でのみ送信元を許可していますが、途中の経路で"
        "送信元グループの情報が失われるため、この参照は一致しません。",
    ),
}
