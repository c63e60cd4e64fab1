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
    "note.lb_attributes_assumed": (
        "The attribute {attribute} of {component} was not collected; its default, {value}, is assumed.",
        "{component} の属性 {attribute} が収集されていないため、既定値 {value} と仮定しています。",
    ),
    "note.lb_rules_assumed": (
        "The rules of {component} were not collected; the default action of listener {listener} is assumed.",
        "{component} のルールが収集されていないため、リスナー {listener} のデフォルトアクションと仮定しています。",
    ),
    "note.lb_answers_itself": (
        "{component} answers itself, without any target: {action} {answer}",
        "{component} がターゲットを介さず自ら応答します: {action} {answer}",
    ),
    "note.lb_fail_open": (
        "No target of {group} is healthy, so {load_balancer} is taken to send to all of them.",
        "{group} に正常なターゲットがないため、{load_balancer} はすべてのターゲットに送るものとしています。",
    ),
    "note.lb_target_initial": (
        "The first health checks of targets of {group} are under way; they are taken to succeed.",
        "{group} のターゲットは最初のヘルスチェック中で、成功するものと仮定しています。",
    ),
    "note.mtu_vpn": (
        "The way goes through a VPN: packets above {mtu} bytes may vanish without a word, which looks like a hang "
        "after the connection opened.",
        "VPN を通るため {mtu} バイトを超えるパケットは通知なく失われることがあり、接続後に固まったように見えます。",
    ),
}
