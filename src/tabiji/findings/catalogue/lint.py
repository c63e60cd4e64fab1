"""What is wrong with an estate whatever is asked of it."""

from __future__ import annotations

TEXTS = {
    "lint.endpoint_closed": (
        "{endpoint} ({service}) cannot be used from its own {vpc}: no rule of {groups} admits a subnet or a member "
        "of a group on {ports}.",
        "{endpoint} ({service}) は自身の {vpc} から利用できません。{groups} に、サブネットまたはグループのメンバーを "
        "{ports} で許可するルールがありません。",
    ),
    "lint.firewall_zone": (
        "{table} of {subnet} ({zone}) leads {destination} to {target} in {other}, although the firewall has {own} "
        "in {zone}.",
        "{subnet} ({zone}) の {table} は {destination} を {other} の {target} に向けていますが、"
        "{zone} にも {own} があります。",
    ),
    "lint.overlap_peering": (
        "{one} ({cidr}) and {other} ({other_cidr}) overlap, so {component} cannot join them.",
        "{one} ({cidr}) と {other} ({other_cidr}) のアドレスが重複しており、{component} では接続できません。",
    ),
    "lint.overlap_tgw": (
        "{one} ({cidr}) and {other} ({other_cidr}) overlap; {component} takes over the routes of one of them only.",
        "{one} ({cidr}) と {other} ({other_cidr}) のアドレスが重複しており、"
        "{component} に伝播するのは一方のルートだけです。",
    ),
    "lint.container_bridge": (
        "{one} ({cidr}) lies in {other_cidr}, which container hosts keep for their own bridge: they never send "
        "packets for it to the network.",
        "{one} ({cidr}) は、コンテナホストが自身のブリッジに使う {other_cidr} と重複しています。"
        "コンテナホストからの通信はネットワークに出ません。",
    ),
}
