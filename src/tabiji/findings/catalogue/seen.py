"""What a client sees: the words around the tools' own (data-plane 15.3)."""

from __future__ import annotations

TEXTS = {
    "seen.heading": ("You would see", "クライアントの表示"),
    "seen.browser": ("browser", "ブラウザ"),
    "seen.exit": ("exit {exit}", "終了コード {exit}"),
    "seen.after": ("after about {time}", "約 {time}後"),
    "seen.seconds": ("{count} s", "{count} 秒"),
    "seen.minutes": ("{count} min", "{count} 分"),
    "seen.at_once": ("at once", "直ちに"),
    "seen.after_system": ("after the system's own timeout", "OS のタイムアウト後"),
    "seen.drop": (
        "The packets vanish: nothing comes back, and the client waits.",
        "パケットは通知なく失われ、クライアントは待ち続けます。",
    ),
    "seen.refused": ("The connection is refused.", "接続が拒否されます。"),
    "seen.unreachable": ("The client's own system has no way there.", "クライアント自身に宛先への経路がありません。"),
    "seen.dns": (
        "The name does not resolve. The aws CLI says the same for a refused connection (ER3).",
        "名前解決に失敗します。aws CLI では接続拒否と同じ表示になります (ER3)。",
    ),
    "seen.dns_silent": (
        "No DNS server answers, and the client waits.",
        "DNS サーバーが応答せず、クライアントは待ちます。",
    ),
    "seen.tls_drop": (
        "The connection opens; after the ClientHello nothing comes back.",
        "接続は開きますが、ClientHello の後に何も返りません。",
    ),
    "seen.tls_reset": (
        "The connection opens and is reset after the ClientHello.",
        "接続は開きますが、ClientHello の後にリセットされます。",
    ),
    "seen.certificate_name": (
        "The certificate does not cover the name the client used.",
        "証明書がクライアントの使った名前を含みません。",
    ),
    "seen.ca": ("The client does not trust the certificate's CA.", "クライアントが証明書の CA を信頼していません。"),
    "seen.denied": (
        "The service answers: HTTP 403. The network is fine. Not all services use these words.",
        "サービスが HTTP 403 を返します。ネットワークは正常です。文言はサービスにより異なります。",
    ),
}
