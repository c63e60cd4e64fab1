"""Policies: what denies, what is taken to allow (IA facts)."""

from __future__ import annotations

_POLICIES = {
    "endpoint": ("the VPC endpoint policy of {policy}", "{policy} の VPC エンドポイントポリシー"),
    "identity": ("the identity-based policies of {policy}", "{policy} のアイデンティティベースポリシー"),
    "resource": ("the resource-based policy of {policy}", "{policy} のリソースベースポリシー"),
    "service_control": ("the service control policy {policy}", "サービスコントロールポリシー {policy}"),
    "resource_control": ("the resource control policy {policy}", "リソースコントロールポリシー {policy}"),
    "boundary": ("the permissions boundary {policy}", "アクセス許可の境界 {policy}"),
    "session": ("the session policy {policy}", "セッションポリシー {policy}"),
}

TEXTS = {
    f"permission.{kind}.explicit": (
        f"The network is fine; {en} denies {{action}} on {{resource}} (statement {{statement}}).",
        f"ネットワークは通りますが、{ja}が {{resource}} への {{action}} を明示的に拒否します "
        "(ステートメント {statement})。",
    )
    for kind, (en, ja) in _POLICIES.items()
}
TEXTS |= {
    f"permission.{kind}.implicit": (
        f"The network is fine; nothing in {en} allows {{action}} on {{resource}}.",
        f"ネットワークは通りますが、{ja}に {{resource}} への {{action}} を許可するステートメントがありません。",
    )
    for kind, (en, ja) in _POLICIES.items()
}
TEXTS |= {
    "permission.absent_key.endpoint": (
        "The request comes by {endpoint} and so carries no {keys}; a negated test of a key that is missing holds, so "
        "statement {statement} refuses whatever comes that way.",
        "リクエストは {endpoint} を経由するため {keys} を持ちません。存在しないキーに対する否定の条件は真になるので、"
        "ステートメント {statement} はこの経路のリクエストをすべて拒否します。",
    ),
    "permission.absent_key.internet": (
        "The request comes by no endpoint and so carries no {keys}; a negated test of a key that is missing holds, so "
        "statement {statement} refuses whatever comes that way.",
        "リクエストはエンドポイントを経由しないため {keys} を持ちません。存在しないキーに対する否定の条件は真になるの"
        "で、ステートメント {statement} はこの経路のリクエストをすべて拒否します。",
    ),
    "permission.assumed.identity": (
        "The policies of the caller ({subject}) are not part of the estate; they are taken to allow {action}.",
        "呼び出し元 ({subject}) のポリシーは構成に含まれておらず、{action} を許可するものと仮定しています。",
    ),
    "permission.assumed.resource": (
        "The policy on the resource ({subject}) is not part of the estate; it is taken not to stand in the way.",
        "リソース ({subject}) のポリシーは構成に含まれておらず、妨げないものと仮定しています。",
    ),
    "permission.unknown_key": (
        "Whether {action} is allowed hangs on {keys} ({subject}), which nobody knows here.",
        "{action} が許可されるかどうかは {keys} ({subject}) によりますが、その値が不明です。",
    ),
    "permission.unknown_boundary": (
        "{subject} does not allow {action}, but the resource's own policy grants it; whether that is enough depends on "
        "the kind of principal.",
        "{subject} は {action} を許可していませんが、リソースのポリシーが許可しています。"
        "それで足りるかどうかはプリンシパルの種類によります。",
    ),
    "permission.malformed": (
        "The policy {subject} cannot be read ({detail}).",
        "ポリシー {subject} を読み取れません ({detail})。",
    ),
}
