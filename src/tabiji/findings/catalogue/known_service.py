"""The catalogue of endpoint services: headings and values."""

from __future__ import annotations

TEXTS = {
    "known_service.title": (
        "{count} endpoint services in {region} (shipped data from {sources})",
        "{region} のエンドポイントサービス {count} 件 (同梱データの出典: {sources})",
    ),
    "known_service.nothing": (
        "No endpoint service is known for {name}.",
        "{name} に当たるエンドポイントサービスは見つかりません。",
    ),
    "known_service.use": (
        "{name} is not among its private names and stays public; {use} is.",
        "{name} はプライベート名に含まれず公開アドレスのままです。{use} は含まれます。",
    ),
    "known_service.kept": (
        "{region}: {count} services of AWS kept in {path}",
        "{region}: AWS の {count} サービスを {path} に保存しました",
    ),
    "known_service.new": ("{count} not in the shipped table: {names}", "同梱の表にないもの {count} 件: {names}"),
    "known_service.changed": (
        "{count} with other names than in the shipped table: {names}",
        "同梱の表と名前が異なるもの {count} 件: {names}",
    ),
    "known_service.kinds": ("kinds of endpoint", "エンドポイントの種類"),
    "known_service.names": ("private DNS names", "プライベート DNS 名"),
    "known_service.extra": ("perhaps also", "他に使える可能性のある名前"),
    "known_service.none": ("none", "なし"),
    "known_service.ports": ("ports", "ポート"),
    "known_service.policy": ("takes an endpoint policy", "エンドポイントポリシー"),
    "known_service.listed": ("offered in the Region", "リージョンでの提供"),
    "known_service.yes": ("yes", "あり"),
    "known_service.no": ("no", "なし"),
    "known_service.not_known": ("not known", "不明"),
    "known_service.confidence": ("confidence", "確度"),
    "known_service.confidence.confirmed": ("confirmed", "確認済み"),
    "known_service.confidence.exception": ("reviewed", "レビュー済み"),
    "known_service.confidence.rule": ("by rule", "規則による導出"),
    "known_service.confidence.unknown": ("a guess", "推測"),
}
