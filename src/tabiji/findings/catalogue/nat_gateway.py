"""NAT gateways and NAT instances (NG, NI facts)."""

from __future__ import annotations

TEXTS = {
    "nat.unsolicited": (
        "{component} drops {packet}: nobody behind it opened this flow.",
        "{packet} は {component} の内側から開始された通信ではないため破棄されます。",
    ),
    "nat.no_session": (
        "{component} knows no session for the reply {packet}; it drops it.",
        "応答 {packet} に対応するセッションが {component} にないため破棄されます。",
    ),
    "nat.state": (
        "{component} is not available (state: {state}).",
        "{component} は利用可能な状態ではありません (状態: {state})。",
    ),
    "nat.protocol": (
        "{component} carries TCP, UDP and ICMP only: {packet}.",
        "{component} が扱うのは TCP、UDP、ICMP だけです: {packet}。",
    ),
    "nat.private_to_igw": (
        "{component} is a private NAT gateway without a public address; {gateway} drops what it sends.",
        "{component} はパブリックアドレスを持たないプライベート NAT ゲートウェイのため、{gateway} で破棄されます。",
    ),
}
