"""Texts about whole commands and jobs: the calls a client makes, one after the other."""

TEXTS: dict[str, tuple[str, str]] = {
    "command.calls": ("Calls", "呼び出し"),
    "command.client": ("as {client} makes them, Region {region}", "{client} の場合、リージョン {region}"),
    "command.purpose.credentials": ("credentials", "認証情報"),
    "command.purpose.region": ("Region", "リージョン"),
    "command.purpose.discovery": ("discovery", "エンドポイント検出"),
    "command.purpose.service": ("service", "サービス"),
    "command.purpose.redirect": ("redirect", "リダイレクト"),
    "command.purpose.plugin": ("plugin", "プラグイン"),
    "command.optional": ("not always", "常にではない"),
    "command.unknown_host": ("the host is known only from an earlier answer", "ホストは先の応答で決まります"),
    "command.via_proxy": ("through proxy {proxy}", "プロキシ {proxy} 経由"),
    "command.no_calls": ("This command makes no call to AWS.", "このコマンドは AWS を呼び出しません。"),
    "command.gives_up": ("The client gives up by itself:", "クライアント自身が中止します。"),
    "command.warnings": ("Worth knowing", "留意点"),
    "command.reachable": (
        "Works: every call that {title} needs gets from {source} to its endpoint and back.",
        "成功します: {title} に必要な呼び出しはすべて {source} から往復できます。",
    ),
    "command.blocked": (
        "Fails: {title} from {source} stops at call {number}, {api}.",
        "失敗します: {source} からの {title} は {number} 番目の呼び出し {api} で止まります。",
    ),
    "command.refused": (
        "Fails: {title} on {source} stops before it calls the service.",
        "失敗します: {source} での {title} はサービスを呼び出す前に止まります。",
    ),
    "command.undetermined": (
        "Undetermined: whether {title} works from {source} cannot be told; call {number}, {api}, is open.",
        "判定不能: {source} からの {title} の成否は判断できません。{number} 番目の呼び出し {api} が不明です。",
    ),
    "command.this_call": ("Call {number}: {api}", "呼び出し {number}: {api}"),
}
