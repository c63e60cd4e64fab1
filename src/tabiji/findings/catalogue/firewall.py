"""AWS Network Firewall (NF facts)."""

from __future__ import annotations

TEXTS = {
    "firewall.drop": (
        "{firewall} drops {packet} (rule {rule}).",
        "{firewall} が {packet} を破棄します (ルール {rule})。",
    ),
    "firewall.drop_application": (
        "{firewall} lets the connection open and drops it once the host name is seen (rule {rule}): the client hangs.",
        "{firewall} は接続の確立は通し、ホスト名が見えた時点で破棄します (ルール {rule})。クライアントは待ち続けます。",
    ),
    "firewall.reject": (
        "{firewall} rejects {packet} (rule {rule}): the client gets a reset.",
        "{firewall} が {packet} を拒否します (ルール {rule})。クライアントはリセットを受け取ります。",
    ),
    "firewall.asymmetric": (
        "The answer comes to the endpoint of {firewall} in {zone}; the request passed the one in {other}. An endpoint "
        "drops what it has not seen begin.",
        "応答は {firewall} の {zone} のエンドポイントに届きますが、要求が通ったのは {other} です。"
        "開始を見ていない通信は破棄されます。",
    ),
}
