"""What the logs hold of a journey, and why they hold nothing (CL and FL facts)."""

from __future__ import annotations

TEXTS = {
    "evidence.heading": ("In the logs", "ログに残るもの"),
    "evidence.flow.heading": ("flow logs, where they are on", "フローログ (有効な場合)"),
    "evidence.trail.heading": ("CloudTrail events", "CloudTrail イベント"),
    "evidence.flow.never": (
        "Nothing: flow logs never show DNS, metadata and time of the VPC itself.",
        "記録なし: VPC 自身の DNS、メタデータ、時刻同期はフローログに残りません。",
    ),
    "evidence.flow.nothing": (
        "Nothing: the packet never gets here.",
        "記録なし: パケットはここまで届きません。",
    ),
    "evidence.flow.delay": (
        "Records show about 5 minutes later in CloudWatch Logs, about 10 in S3.",
        "記録が見えるまで CloudWatch Logs で約 5 分、S3 で約 10 分かかります。",
    ),
    "evidence.trail.management": ("management or data event", "管理イベントまたはデータイベント"),
    "evidence.trail.network_activity": ("network-activity event", "ネットワークアクティビティイベント"),
    "evidence.trail.unheard": (
        "None: the API never received a call.",
        "なし: API に呼び出しが届いていません。",
    ),
    "evidence.trail.tls": (
        "None: the TLS handshake fails before any call is made.",
        "なし: 呼び出しの前に TLS ハンドシェイクが失敗します。",
    ),
    "evidence.trail.denied": (
        "One with an AccessDenied error in the caller's account.",
        "呼び出し元アカウントに AccessDenied エラーのイベントが残ります。",
    ),
    "evidence.trail.denied_elsewhere": (
        "One with an AccessDenied error, but perhaps not in the caller's account when the endpoint belongs to another.",
        "AccessDenied エラーのイベントが残りますが、エンドポイントの所有アカウントが異なる場合、"
        "呼び出し元アカウントには残らないことがあります。",
    ),
    "evidence.trail.success": (
        "One without an error, if the trail takes events of its kind.",
        "その種類のイベントを記録していれば、エラーのないイベントが残ります。",
    ),
    "evidence.trail.relay": (
        "Only if what answers here passes the call on; the event then shows the relay's address.",
        "応答した相手が呼び出しを中継した場合だけ残り、送信元は中継側のアドレスになります。",
    ),
    "evidence.trail.opt_in": (
        "One for the endpoint's owner, if network-activity events were switched on for this event source.",
        "このイベントソースでネットワークアクティビティイベントを有効にしていれば、エンドポイント所有者側に残ります。",
    ),
    "evidence.trail.no_source": (
        "None: this service is not among the event sources of network-activity events.",
        "なし: このサービスはネットワークアクティビティイベントの対象外です。",
    ),
    "evidence.trail.source_unknown": (
        "Whether this service is among the event sources of network-activity events is not established.",
        "このサービスがネットワークアクティビティイベントの対象かどうかは確認できていません。",
    ),
}
