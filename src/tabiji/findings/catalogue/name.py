"""A name that gives no address to connect to."""

from __future__ import annotations

TEXTS = {
    "name.nxdomain": (
        "{name} does not exist, says {component} (NXDOMAIN).",
        "{component} によると {name} は存在しません (NXDOMAIN)。",
    ),
    "name.no_data": (
        "{name} exists but has no address record, says {component}.",
        "{component} によると {name} は存在しますが、アドレスのレコードがありません。",
    ),
    "name.servfail": (
        "{name} cannot be resolved: SERVFAIL from {component}.",
        "{name} を解決できません: {component} が SERVFAIL を返します。",
    ),
    "name.refused": (
        "{component} refuses to answer for {name} (REFUSED).",
        "{component} は {name} の問い合わせを拒否します (REFUSED)。",
    ),
    "name.timeout": (
        "No DNS server answers for {name} (last asked: {server}).",
        "{name} に応答する DNS サーバーがありません (最後の問い合わせ先: {server})。",
    ),
    "name.no_answer": (
        "{name} could not be asked for: the client has no DNS server.",
        "クライアントに DNS サーバーがなく、{name} を問い合わせられません。",
    ),
    "name.shadowed": (
        "Zone {zone} ({component}) decides alone and hides public DNS, where {name} has {addresses}. "
        "Names lost that way: {lost}.",
        "ゾーン {zone} ({component}) だけが参照され、公開 DNS は隠れます。公開 DNS での {name} は {addresses} です。"
        "このために引けなくなる名前: {lost}。",
    ),
    "name.attributes_off": (
        "{component} is there for {name} but not used: {attribute} of {vpc} is off.",
        "{name} のための {component} がありますが、{vpc} の {attribute} が無効なため使われません。",
    ),
    "name.instance_names_off": (
        "{attribute} of {vpc} ({cidr}) is off: its resolver does not serve instance names such as {name}.",
        "{vpc} ({cidr}) の {attribute} が無効なため、{name} のようなインスタンス名は解決されません。",
    ),
    "name.rule_elsewhere": (
        "Rule {component} forwards {domain}, but is not associated with {vpc}; {name} is asked of public DNS there.",
        "ルール {component} は {domain} を転送しますが {vpc} に関連付けられておらず、"
        "{name} は公開 DNS に問い合わせます。",
    ),
    "name.not_the_resolver": (
        "The host asks {servers}, not the resolver of {vpc} ({resolver}), which would answer {addresses} "
        "({component}); those servers do not forward the name to it.",
        "ホストの問い合わせ先は {servers} で、{vpc} のリゾルバー ({resolver}) ではありません。リゾルバーなら "
        "{addresses} ({component}) と答えますが、そこへ転送されていません。",
    ),
    "name.forwarded_away": (
        "Rule {component} forwards {domain} and so takes {name} away from {owner}, which would answer it in {vpc}.",
        "ルール {component} が {domain} を転送するため、{vpc} で {name} に答えるはずの {owner} が使われません。",
    ),
    "name.inbound_only": (
        "The private names of {component} serve inbound endpoints only: a client in {vpc} gets {here}, "
        "one that asks an inbound endpoint {inbound}.",
        "{component} のプライベート名はインバウンドエンドポイント専用です。{vpc} 内のクライアントには {here}、"
        "インバウンドエンドポイント経由では {inbound} が返ります。",
    ),
    "name.not_covered": (
        "{endpoint} serves {service}, but its private names do not include {name}, which stays public; "
        "they include {use}.",
        "{endpoint} は {service} 用ですが、プライベート名に {name} は含まれず、公開アドレスのままです。"
        "{use} なら含まれます。",
    ),
    "name.endpoint_elsewhere": (
        "The resolver of {vpc} has no zone for {name}: the private names of {component} belong to {other} alone, "
        "however the VPCs are joined.",
        "{vpc} のリゾルバーに {name} のゾーンはありません。{component} のプライベート名は {other} だけのもので、"
        "VPC 同士を接続しても共有されません。",
    ),
    "name.zone_elsewhere": (
        "Private zone {component} holds {name}, but is associated with {other}, not with {vpc}.",
        "プライベートゾーン {component} に {name} がありますが、{other} に関連付けられており、{vpc} からは引けません。",
    ),
    "name.other_region": (
        "{name} is a name of {region}; the resolver of {vpc} knows instance names of {own} only.",
        "{name} は {region} の名前です。{vpc} のリゾルバーが答えるのは {own} のインスタンス名だけです。",
    ),
    "name.no_endpoint_service": (
        "No endpoint service for {service} in {region} is known: {name} takes a way to the Internet.",
        "{region} の {service} にはエンドポイントサービスが知られておらず、"
        "{name} にはインターネットへの経路が必要です。",
    ),
    "dns.support_off": (
        "enableDnsSupport of {vpc} is off: its resolver does not answer.",
        "{vpc} の enableDnsSupport が無効で、リゾルバーは応答しません。",
    ),
}
