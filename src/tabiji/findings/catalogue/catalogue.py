"""The catalogue of endpoint services: headings and values."""

from __future__ import annotations

TEXTS = {
    "catalogue.title": (
        "{count} endpoint services in {region} (shipped data from {sources})",
        "{region} のエンドポイントサービス {count} 件 (同梱データの出典: {sources})",
    ),
    "catalogue.nothing": (
        "No endpoint service is known for {name}.",
        "{name} に当たるエンドポイントサービスは見つかりません。",
    ),
    "catalogue.kept": (
        "{region}: {count} services of AWS kept in {path}",
        "{region}: AWS の {count} サービスを {path} に保存しました",
    ),
    "catalogue.new": ("{count} not in the shipped table: {names}", "同梱の表にないもの {count} 件: {names}"),
    "catalogue.changed": (
        "{count} with other names than in the shipped table: {names}",
        "同梱の表と名前が異なるもの {count} 件: {names}",
    ),
    "catalogue.kinds": ("kinds of endpoint", "エンドポイントの種類"),
    "catalogue.names": ("private DNS names", "プライベート DNS 名"),
    "catalogue.extra": ("perhaps also", "他に使える可能性のある名前"),
    "catalogue.none": ("none", "なし"),
    "catalogue.ports": ("ports", "ポート"),
    "catalogue.policy": ("takes an endpoint policy", "エンドポイントポリシー"),
    "catalogue.listed": ("offered in the Region", "リージョンでの提供"),
    "catalogue.yes": ("yes", "あり"),
    "catalogue.no": ("no", "なし"),
    "catalogue.not_known": ("not known", "不明"),
    "catalogue.confidence": ("confidence", "確度"),
    "catalogue.confidence.confirmed": ("confirmed", "確認済み"),
    "catalogue.confidence.exception": ("reviewed", "レビュー済み"),
    "catalogue.confidence.rule": ("by rule", "規則による導出"),
    "catalogue.confidence.unknown": ("a guess", "推測"),
}
