"""What cannot be told, and why."""

from __future__ import annotations

TEXTS = {
    "unknown.route_tables": (
        "The route table of {subnet} was not collected.",
        "{subnet} のルートテーブルが収集されていません。",
    ),
    "unknown.network_acls": (
        "The network ACL of {component} was not collected.",
        "{component} のネットワーク ACL が収集されていません。",
    ),
    "unknown.security_groups": (
        "{component} of {eni} was not collected.",
        "{eni} の {component} が収集されていません。",
    ),
    "unknown.network_interfaces": (
        "The network interfaces of {component} were not collected, so it is not known who owns {destination}.",
        "{component} のネットワークインターフェイスが収集されておらず、{destination} の持ち主が分かりません。",
    ),
    "unknown.subnet": (
        "{component} lies in a subnet that was not collected.",
        "{component} のサブネットが収集されていません。",
    ),
    "unknown.target_kind": (
        "The way goes on to {target}, a kind of target that is not modelled ({component}).",
        "経路の先の {target} は、まだモデル化されていない種別です ({component})。",
    ),
    "unknown.tgw_attachments": (
        "The attachments of {component} were not collected.",
        "{component} のアタッチメントが収集されていません。",
    ),
    "unknown.tgw_routes": (
        "The routes of {component} were not collected.",
        "{component} のルートが収集されていません。",
    ),
    "unknown.appliance": (
        "{component} forwards packets that are not its own; what it does with them is not known.",
        "{component} は自分宛てでないパケットを受け取りますが、その扱いが分かりません。",
    ),
    "unknown.vpc": (
        "{vpc} is not part of the estate.",
        "{vpc} は読み込んだ構成に含まれていません。",
    ),
    "unknown.prefix_list": (
        "The entries of prefix list {component} were not collected.",
        "プレフィックスリスト {component} のエントリが収集されていません。",
    ),
    "unknown.prefix_list_overlap": (
        "Two prefix lists of {component} overlap with different targets; AWS picks one at random.",
        "{component} の 2 つのプレフィックスリストが異なるターゲットで重複しており、どちらが選ばれるか決まりません。",
    ),
    "unknown.route_state": (
        "The route {destination} to {target} of {table} is in state {state}; whether it carries packets is not known.",
        "{table} のルート {destination} → {target} の状態が {state} で、使われるかどうか分かりません。",
    ),
    "unknown.blackhole": (
        "The best route of {table}, {destination} to {target}, is a blackhole; what AWS does then is set as unknown.",
        "{table} で最も優先される {destination} → {target} は blackhole で、その扱いは不明と設定されています。",
    ),
    "unknown.opaque_gateway": (
        "The way goes on through {target}, which is not walked through.",
        "経路は {target} を通りますが、その先は追跡できません。",
    ),
    "unknown.managed_service_port": (
        "{eni} belongs to the managed service {service}, which answers on {ports}; what it does with {packet} is not"
        " documented or its ports were not collected.",
        "{eni} はマネージドサービス {service} のもので、応答するのは {ports} です。"
        "{packet} の扱いは文書化されていないか、ポートが収集されていません。",
    ),
    "unknown.load_balancer": (
        "What {load_balancer} ({component}) does with the request is not known: the load balancer was not collected.",
        "ロードバランサー {load_balancer} ({component}) の情報が収集されておらず、その先が分かりません。",
    ),
    "unknown.lb_listeners": (
        "The listeners of {load_balancer} were not collected.",
        "{load_balancer} のリスナーが収集されていません。",
    ),
    "unknown.lb_targets": (
        "The targets of {group}, a target group of {load_balancer}, were not collected.",
        "{load_balancer} のターゲットグループ {group} のターゲットが収集されていません。",
    ),
    "unknown.lb_target": (
        "The address of {target}, a target of {load_balancer}, is not known.",
        "{load_balancer} のターゲット {target} のアドレスが分かりません。",
    ),
    "unknown.external": (
        "What lies behind {component} is not known.",
        "{component} の先にあるものが分かりません。",
    ),
    "unknown.name": (
        "What {name} resolves to cannot be told: {reason}.",
        "{name} の名前解決の結果を判定できません: {reason}。",
    ),
    "unknown.name_server": (
        "Nothing is known of the DNS server {component}.",
        "DNS サーバー {component} について情報がありません。",
    ),
    "unknown.ephemeral": (
        "Only some of the client's source ports ({range}) get through {component}; port {example}, for one, does not.",
        "クライアントの送信元ポート ({range}) のうち一部しか {component} を通れません。例えば {example} は通れません。",
    ),
    "unknown.branch": (
        "{works} of {all} possible ways to {destination} work; which one is taken is not up to you ({branches}).",
        "{destination} への {all} 通りの経路のうち通るのは {works} 通りで、どれになるかは選べません ({branches})。",
    ),
    "unknown.some_addresses": (
        "Some of the addresses the name resolves to work ({works}), others do not ({fails}).",
        "名前解決で得られるアドレスのうち、通るもの ({works}) と通らないもの ({fails}) があります。",
    ),
    "unknown.endpoint": (
        "{component} is not part of the estate.",
        "{component} は読み込んだ構成に含まれていません。",
    ),
    "unknown.endpoint_type": (
        "{component} is an endpoint of type {type}, which is not modelled.",
        "{component} は種別 {type} のエンドポイントで、まだモデル化されていません。",
    ),
    "unknown.link_local": (
        "What answers at the link-local address {destination} is not established.",
        "リンクローカルアドレス {destination} で何が応答するかは確定していません。",
    ),
    "unknown.lattice": (
        "{destination} is a VPC Lattice address, which is not modelled.",
        "{destination} は VPC Lattice のアドレスで、まだモデル化されていません。",
    ),
    "unknown.nat64": (
        "{destination} is translated from IPv6 to IPv4 at {component} (NAT64), which is not modelled.",
        "{destination} は {component} で IPv6 から IPv4 に変換されますが (NAT64)、まだモデル化されていません。",
    ),
    "unknown.firewall": (
        "The policy of firewall {component} was not collected.",
        "ファイアウォール {component} のポリシーが収集されていません。",
    ),
    "unknown.firewall_state": (
        "The firewall endpoint {component} is not ready (state: {status}).",
        "ファイアウォールエンドポイント {component} は準備ができていません (状態: {status})。",
    ),
    "unknown.firewall_midstream": (
        "{firewall} sees only one direction of this flow; what it does then is not known.",
        "{firewall} はこのフローの片方向しか見ておらず、その場合の扱いが分かりません。",
    ),
    "unknown.firewall_one_way": (
        "The answer does not pass {firewall} in {az}, which saw the request: the firewall must see both directions.",
        "応答が、要求を検査した {az} の {firewall} を通りません。ファイアウォールは往復とも通る必要があります。",
    ),
    "unknown.firewall_rule": (
        "Rule {rule} of {firewall} may decide this, but its option {option} is not modelled.",
        "{firewall} のルール {rule} が該当する可能性がありますが、オプション {option} はまだモデル化されていません。",
    ),
    "unknown.firewall_rule_group": (
        "Rule group {group} of {firewall} was not collected.",
        "{firewall} のルールグループ {group} が収集されていません。",
    ),
    "unknown.tgw_connect": (
        "{component} is a Connect attachment; what lies behind its tunnel is not modelled.",
        "{component} は Connect アタッチメントで、トンネルの先はまだモデル化されていません。",
    ),
    "space.overflow": (
        "There are too many different cases to tell them all.",
        "場合分けが多すぎて、すべては判定できません。",
    ),
    "unknown.client_vpn": (
        "The routes and authorization rules of {component} were not collected.",
        "{component} のルートと承認ルールが収集されていません。",
    ),
    "unknown.client_vpn_group": (
        "{component} admits members of group {group} only; whether the user is one is not known.",
        "{component} はグループ {group} のメンバーだけを許可しますが、利用者が含まれるか分かりません。",
    ),
    "unknown.client_vpn_address": (
        "The address {component} gives to packets in {subnet} is not known.",
        "{component} が {subnet} でパケットに付ける送信元アドレスが分かりません。",
    ),
    "unknown.cloud_wan": (
        "The attachment of {component} to the core network was not collected, or cannot be followed.",
        "{component} のコアネットワークへのアタッチメントが収集されていないか、追跡できません。",
    ),
    "unknown.cloud_wan_policy": (
        "The policy of core network {core} was not collected, or does not say which segment {attachment} is in.",
        "コアネットワーク {core} のポリシーが収集されていないか、{attachment} のセグメントが決まりません。",
    ),
    "unknown.cloud_wan_action": (
        "The policy of {core} has an action {action} on segment {segment}, which is not modelled.",
        "{core} のポリシーにセグメント {segment} への操作 {action} がありますが、まだモデル化されていません。",
    ),
    "unknown.cloud_wan_overlap": (
        "Several attachments bring the same prefix into segment {segment} of {core} ({attachments}); "
        "which one is taken for {destination} is not known.",
        "{core} のセグメント {segment} に同じプレフィックスを持つアタッチメントが複数あり ({attachments})、"
        "{destination} にどれが使われるか分かりません。",
    ),
    "unknown.cloud_wan_insertion": (
        "{core} sends this through network function group {group}; what its members do with it is not known.",
        "{core} はこの通信をネットワーク機能グループ {group} 経由で送りますが、そこでの扱いが分かりません。",
    ),
    "unknown.cloud_wan_attachment": (
        "{attachment} is an attachment of type {type}; what lies behind it is not modelled.",
        "{attachment} は種別 {type} のアタッチメントで、その先はまだモデル化されていません。",
    ),
    "unknown.lattice_service": (
        "Service network {network} admits the packet; what its services do with it is not modelled.",
        "サービスネットワーク {network} はパケットを通しますが、その先のサービスはまだモデル化されていません。",
    ),
}
