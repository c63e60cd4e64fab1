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
    "note.gateway_other_region": (
        "{component} does not serve {name}: a gateway endpoint serves its own Region ({own}), not {region}.",
        "{component} は {name} には使えません。ゲートウェイエンドポイントが扱うのは自身のリージョン ({own}) だけで、"
        "{region} は対象外です。",
    ),
    "note.gateway_unused": (
        "{component} is there for {name}, but {table} has no route to it.",
        "{name} のための {component} がありますが、{table} にそのルートがありません。",
    ),
    "note.mtu_vpn": (
        "The way goes through a VPN: packets above {mtu} bytes may vanish without a word, which looks like a hang "
        "after the connection opened.",
        "VPN を通るため {mtu} バイトを超えるパケットは通知なく失われることがあり、接続後に固まったように見えます。",
    ),
    "note.certificate_assumed": (
        "What certificate {component} shows is not known; it is taken to cover {name}.",
        "{component} が提示する証明書は不明で、{name} を含むものと仮定しています。",
    ),
    "note.relay_assumed": (
        "{name} is an AWS name, but {component} answers. It is taken to be a relay that passes TLS on untouched; a "
        "server that ends TLS itself would show a certificate the client refuses.",
        "{name} は AWS の名前ですが、応答するのは {component} です。TLS をそのまま中継するものと仮定しています。"
        "自ら TLS を終端する場合、クライアントは証明書を拒否します。",
    ),
    "note.ca_assumed": (
        "{component} shows a certificate of {ca}; {host} is taken to trust it, as {variable} is set there.",
        "{component} は {ca} の証明書を提示します。{host} では {variable} が設定されているため、"
        "信頼するものと仮定しています。",
    ),
    "note.tls_inspected": (
        "{component} opens TLS connections to the Internet and signs them anew with {ca}, which the client trusts.",
        "{component} はインターネット向け TLS を復号し {ca} で再署名しますが、クライアントはその CA を信頼しています。",
    ),
    "note.tls_may_be_inspected": (
        "{component} has a TLS inspection configuration. Where it applies, the client must trust the firewall's CA.",
        "{component} には TLS インスペクション設定があります。"
        "対象の通信では、クライアントがその CA を信頼している必要があります。",
    ),
    "note.site_implied": (
        "AWS's routes lead to {site}, of which the estate says nothing more; it is taken to deliver and to answer.",
        "AWS のルートは {site} に向かいますが、その先は構成にないため、届いて応答するものと仮定しています。",
    ),
}
