"""TLS: certificates and who trusts them."""

from __future__ import annotations

TEXTS = {
    "tls.name_mismatch": (
        "The certificate of {component} does not cover {name}: it is for {names}. The connection opens and the "
        "handshake fails.",
        "{component} の証明書は {name} を含みません (対象: {names})。接続は開きますが TLS ハンドシェイクに失敗します。",
    ),
    "tls.unknown_names": (
        "Whether the certificate of {component} covers {name} is not known.",
        "{component} の証明書が {name} を含むかどうか不明です。",
    ),
    "tls.unknown_ca": (
        "{component} shows a certificate of {ca}, a CA that {host} does not trust.",
        "{component} は {ca} が署名した証明書を提示しますが、{host} はその CA を信頼していません。",
    ),
}
