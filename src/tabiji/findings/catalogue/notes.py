"""Worth telling, deciding nothing."""

from __future__ import annotations

TEXTS = {
    "note.mtu": (
        "{component} carries packets of at most {mtu} bytes.",
        "{component} が運ぶパケットは最大 {mtu} バイトです。",
    ),
    "note.idle_timeout": (
        "{component} forgets a flow after {seconds} idle seconds.",
        "{component} は {seconds} 秒間通信のないフローを忘れます。",
    ),
    "note.assumed_public_address": (
        "The public address of {component} is not known; {address}, from a documentation range, stands in for it.",
        "{component} のパブリックアドレスが不明なため、文書用アドレス {address} で代用しています。",
    ),
    "note.cross_az": (
        "The way crosses Availability Zones at {component}.",
        "{component} でアベイラビリティーゾーンをまたぎます。",
    ),
    "note.identity_lost": (
        "Behind {component} the sender's security groups no longer count for security group references.",
        "{component} より先では、送信元のセキュリティグループは参照ルールに一致しなくなります。",
    ),
    "note.internet_host_assumed": (
        "{destination} is on the Internet and not part of the estate; it is taken to answer.",
        "{destination} は構成に含まれないインターネット上のホストで、応答するものと仮定しています。",
    ),
    "note.endpoint_service_assumed": (
        "The provider's side of {component} is not part of the estate; it is taken to answer.",
        "{component} の提供側は構成に含まれておらず、応答するものと仮定しています。",
    ),
    "note.ipv6_falls_back": (
        "IPv6 does not work ({fails}); a client falls back to IPv4 ({works}), perhaps after a delay.",
        "IPv6 では届きません ({fails})。クライアントは IPv4 ({works}) に切り替えますが、遅れることがあります。",
    ),
}
