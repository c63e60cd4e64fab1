"""Internet gateways, egress-only gateways, Block Public Access, appliances (IG, EG, BP facts)."""

from __future__ import annotations

TEXTS = {
    "igw.no_public_ip": (
        "The source of {packet} has no public address; {component} drops it.",
        "{packet} の送信元にパブリックアドレスがないため、{component} で破棄されます。",
    ),
    "igw.foreign_source": (
        "The source of {packet} is not an interface of {vpc}; {component} carries only the VPC's own addresses, "
        "others need NAT first.",
        "{packet} の送信元は {vpc} のインターフェイスではありません。{component} を通れるのは VPC 自身の"
        "アドレスだけで、それ以外は先に NAT が必要です。",
    ),
    "igw.private_destination": (
        "{table} leads {destination} to {component}, which sends nothing to private addresses.",
        "{table} は {destination} を {component} に向けますが、プライベートアドレスには送信されません。",
    ),
    "igw.private_source": (
        "{component} accepts nothing from private addresses: {packet}.",
        "{component} はプライベートアドレスからのパケットを受け入れません: {packet}。",
    ),
    "igw.not_attached": (
        "No internet gateway is attached to {vpc} for this packet ({component}).",
        "{vpc} にこのパケットを運ぶインターネットゲートウェイがアタッチされていません ({component})。",
    ),
    "igw.no_owner": (
        "{destination} is not the public address of an interface of {vpc}; {component} drops the packet.",
        "{destination} は {vpc} のインターフェイスのパブリックアドレスではないため、{component} で破棄されます。",
    ),
    "igw.redirected": (
        "The edge route table of {component} sends the traffic of {subnet} through an appliance, "
        "so its own direct route to the gateway is not usable.",
        "{component} のエッジルートテーブルが {subnet} のトラフィックをアプライアンスへ向けているため、"
        "ゲートウェイへの直接のルートは使えません。",
    ),
    "bpa.blocked": (
        "VPC Block Public Access ({mode}) blocks {vpc} from the Internet at {component}.",
        "VPC ブロックパブリックアクセス ({mode}) が {component} で {vpc} のインターネット通信を遮断しています。",
    ),
    "eigw.inbound": (
        "Nothing may open a connection from the Internet into {vpc} over IPv6: an egress-only internet gateway "
        "lets only answers in.",
        "インターネットから {vpc} への IPv6 接続は開始できません。Egress-Only インターネットゲートウェイは"
        "応答だけを通します。",
    ),
    "eigw.ipv4": (
        "{component} carries IPv6 only: {packet}.",
        "{component} は IPv6 しか運びません: {packet}。",
    ),
    "appliance.drop": (
        "{component} gets packets that are not its own and does not forward them: {packet}.",
        "{component} は自分宛てでないパケットを転送しません: {packet}。",
    ),
    "appliance.asymmetric": (
        "{component} sees only the answer of this flow, not its beginning; the appliances behind it drop it.",
        "{component} はこのフローの応答側だけを見ており、開始を見ていないため、背後のアプライアンスで破棄されます。",
    ),
}
