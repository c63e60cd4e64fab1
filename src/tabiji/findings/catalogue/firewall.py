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
        "{firewall} sees only one direction of this flow: the other one passes a different endpoint, or none. "
        "It drops what it has not seen begin.",
        "{firewall} はこのフローの片方向しか見ていません (もう一方は別のエンドポイントを通るか、通りません)。"
        "開始を見ていない通信は破棄されます。",
    ),
}
