"""VPC endpoints and Resolver endpoints (IE, GE, ES facts)."""

from __future__ import annotations

TEXTS = {
    "endpoint.service_port": (
        "{component} ({service}) serves {ports} only: {packet}.",
        "{component} ({service}) が受け付けるのは {ports} だけです: {packet}。",
    ),
    "endpoint.no_ping": (
        "{component} never answers ping, whatever its security group says; try {ports}.",
        "{component} はセキュリティグループの設定によらず ping に応答しません。{ports} で確認してください。",
    ),
    "endpoint.state": (
        "{component} is not available (state: {state}).",
        "{component} は利用可能な状態ではありません (状態: {state})。",
    ),
    "endpoint.one_way": (
        "{component} only takes connections; the service behind it cannot open one.",
        "{component} は接続を受けるだけで、サービス側から接続を開始することはできません。",
    ),
    "endpoint.gateway_outside_vpc": (
        "{component} is a gateway endpoint: it serves only sources inside {vpc}, not ones that come by "
        "peering, transit gateway, VPN or Direct Connect.",
        "{component} はゲートウェイエンドポイントで、{vpc} 内の送信元にしか使えません。"
        "ピアリング、トランジットゲートウェイ、VPN、Direct Connect 経由では使えません。",
    ),
    "endpoint.gateway_protocol": (
        "{component} carries TCP and ICMP echo only: {packet}.",
        "{component} が扱うのは TCP と ICMP echo だけです: {packet}。",
    ),
    "endpoint.gateway_other_region": (
        "{component} serves its own Region only; {destination} is in another one.",
        "{component} は同じリージョンのサービスにしか使えません。{destination} は別リージョンです。",
    ),
    "endpoint.acceptance": (
        "The owner of {service} has not accepted {component} (state: {state}).",
        "{service} の所有者が {component} を承認していません (状態: {state})。",
    ),
    "endpoint.service_state": (
        "The endpoint service {service} ({component}) is not available (state: {state}).",
        "エンドポイントサービス {service} ({component}) は利用可能な状態ではありません (状態: {state})。",
    ),
    "endpoint.service_az": (
        "{service} is not offered in {zone}, the Availability Zone of this interface of {endpoint}; it is in {zones}.",
        "{endpoint} のこのインターフェイスがある {zone} では {service} が提供されていません。提供ゾーン: {zones}。",
    ),
}
