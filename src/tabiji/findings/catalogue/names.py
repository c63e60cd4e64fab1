"""How a name was resolved, and what is odd in an estate's DNS.

The texts of the resolution's steps stand beside the code that tells them.
"""

from __future__ import annotations

from ...names.texts import TEXTS as STEPS

TEXTS = {
    **STEPS,
    "names.mixed_dns": ("{subject}: {detail}", "{subject}: AmazonProvidedDNS と他のサーバーの併記は動作が定まらない"),
    "names.hostnames_without_support": (
        "{subject}: {detail}",
        "{subject}: enableDnsHostnames が有効なのに enableDnsSupport が無効",
    ),
    "names.two_zones": ("{subject}: {detail}", "{subject}: 同じ名前のゾーンが 2 つ関連付けられている"),
    "names.two_claims": ("{subject}: {detail}", "{subject}: 同じ名前をホストゾーンとエンドポイントが取り合っている"),
    "names.private_dns_without_attributes": (
        "{subject}: {detail}",
        "{subject}: プライベート DNS には VPC の DNS 属性が両方とも必要",
    ),
    "names.s3_without_gateway": (
        "{subject}: {detail}",
        "{subject}: インバウンド専用のプライベート DNS には VPC に S3 ゲートウェイエンドポイントが必要",
    ),
}
