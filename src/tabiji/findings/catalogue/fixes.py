"""What would mend it."""

from __future__ import annotations

TEXTS = {
    "fix.sg.add_rule": (
        "Add a rule to {group} ({direction}): {line}.",
        "{group} に {direction} ルールを追加します: {line}。",
    ),
    "fix.nacl.add_rule": (
        "Add a rule to {nacl} ({direction}): {line}.",
        "{nacl} に {direction} ルールを追加します: {line}。",
    ),
    "fix.route.add": (
        "Add a route to {table}: {destination} → {target}.",
        "{table} にルートを追加します: {destination} → {target}。",
    ),
    "fix.route.replace": (
        "Point the route for {destination} in {table} at {target} (now: {old}).",
        "{table} の {destination} のルートのターゲットを {target} に変えます (現在: {old})。",
    ),
    "fix.endpoint.private_dns": (
        "Turn on the private DNS names of {endpoint}, so that {name} leads to it.",
        "{endpoint} のプライベート DNS 名を有効にし、{name} がそこに解決されるようにします。",
    ),
    "fix.zone.associate": (
        "Associate the hosted zone {name} ({zone}) with {vpc}.",
        "ホストゾーン {name} ({zone}) を {vpc} に関連付けます。",
    ),
    "fix.public_ip": (
        "Give {address} of {eni} a public IPv4 address.",
        "{eni} の {address} にパブリック IPv4 アドレスを割り当てます。",
    ),
    "fix.tgw.associate": (
        "Associate {attachment} with {table}.",
        "{attachment} を {table} に関連付けます。",
    ),
    "fix.tgw.route": (
        "Add a route to {table}: {destination} → {target}.",
        "{table} にルートを追加します: {destination} → {target}。",
    ),
    "fix.tgw.appliance_mode": (
        "Turn on appliance mode of {attachment}.",
        "{attachment} のアプライアンスモードを有効にします。",
    ),
    "fix.tgw.sg_referencing": (
        "Turn on security group referencing of {tgw} (attachments: {attachments}).",
        "{tgw} のセキュリティグループ参照サポートを有効にします (アタッチメント: {attachments})。",
    ),
    "fix.source_dest_check": (
        "Turn off the source/destination check of {eni}.",
        "{eni} の送信元/送信先チェックを無効にします。",
    ),
    "fix.vpc.dns_attributes": (
        "Turn on enableDnsSupport and enableDnsHostnames of {vpc}.",
        "{vpc} の enableDnsSupport と enableDnsHostnames を有効にします。",
    ),
    "fix.zone.wildcard": (
        "Add a record *.{zone} with the values of {zone} to the private zone ({id}).",
        "プライベートゾーン {zone} ({id}) に、{zone} と同じ値の *.{zone} レコードを追加します。",
    ),
    "fix.zone.create": (
        "Make a private zone {name} with an alias to {endpoint} and associate it with {vpc}.",
        "プライベートゾーン {name} を作り、{endpoint} へのエイリアスを置いて {vpc} に関連付けます。",
    ),
    "fix.dhcp.amazon_dns": (
        "Give the hosts of {vpc} its own resolver (AmazonProvidedDNS) instead of {servers}; they take it up with "
        "their next lease.",
        "{vpc} のホストの DNS サーバーを {servers} から VPC のリゾルバー (AmazonProvidedDNS) に変えます "
        "(次のリース更新時に反映)。",
    ),
    "fix.resolver_rule.disassociate": (
        "Disassociate rule {rule} from {vpc}, so that {name} is answered there.",
        "ルール {rule} と {vpc} の関連付けを解除し、{name} が VPC 内で解決されるようにします。",
    ),
    "fix.resolver_rule.associate": (
        "Associate rule {rule} ({domain}) with {vpc}.",
        "ルール {rule} ({domain}) を {vpc} に関連付けます。",
    ),
    "fix.gateway_endpoint.associate": (
        "Add {table} to the route tables of {endpoint} ({service}).",
        "{endpoint} ({service}) のルートテーブルに {table} を加えます。",
    ),
    "fix.gateway_endpoint.create": (
        "Make a gateway endpoint for {service} in {vpc}, with {table}.",
        "{vpc} に {service} のゲートウェイエンドポイントを作り、{table} を関連付けます。",
    ),
    "fix.interface_endpoint.create": (
        "Make an interface endpoint for {service} in {vpc}, with private DNS, in {subnets}.",
        "{vpc} に {service} のインターフェイスエンドポイント (プライベート DNS 有効) を {subnets} に作ります。",
    ),
    "fix.endpoint.policy": (
        "Allow in the policy of {endpoint}: {what}.",
        "{endpoint} のポリシーで許可します: {what}。",
    ),
    "fix.bucket.except_endpoint": (
        "Let statement {statement} of the bucket {bucket} spare requests by {endpoint} (they carry no address).",
        "バケット {bucket} のステートメント {statement} から {endpoint} 経由のリクエスト (アドレスを持ちません) を除外"
        "します。",
    ),
    "fix.endpoint.accept": (
        "Have the owner of {service} accept {endpoint}.",
        "{service} の所有者に {endpoint} を承認してもらいます。",
    ),
    "fix.endpoint.subnet": (
        "Give {endpoint} an interface in {subnet}.",
        "{endpoint} に {subnet} のネットワークインターフェイスを加えます。",
    ),
    "fix.report.nothing": ("There is nothing to mend.", "修正の必要はありません。"),
    "fix.report.none": (
        "No change that tabiji knows makes it work.",
        "tabiji の知る変更では到達できるようになりません。",
    ),
    "fix.report.number": ("Fix {number}", "修正案 {number}"),
    "fix.report.because": ("because:", "理由:"),
    "fix.report.cli": ("with the aws CLI:", "aws CLI では:"),
    "fix.report.checked": (
        "checked with this overlay: it gets to {address} and back, by {way}",
        "このオーバーレイで検証済み: {address} まで往復します。経路: {way}",
    ),
    "fix.report.unchecked": (
        "checked as records only: no overlay says this change",
        "レコードとしてのみ検証済み: この変更を表すオーバーレイがありません",
    ),
    "fix.report.written": ("Fix {number} is in {file}.", "修正案 {number} を {file} に書き込みました。"),
    "fix.proof.heading": ("Fix {number} in the kernel", "修正案 {number} をカーネルで確認"),
    "fix.proof.before": ("before", "修正前"),
    "fix.proof.after": ("with it", "修正後"),
    "fix.proof.no_packet": (
        "before: there is no address to send a packet to",
        "修正前: パケットの送信先アドレスがありません",
    ),
    "fix.proof.holds": (
        "proven: the kernel does what tabiji says (network {build} ms, change and packets {change} ms)",
        "確認できました: カーネルの結果は tabiji の判定どおりです (構築 {build} ms、変更と送信 {change} ms)",
    ),
    "fix.proof.open": (
        "not proven (network {build} ms, change and packets {change} ms)",
        "確認できませんでした (構築 {build} ms、変更と送信 {change} ms)",
    ),
    "fix.proof.no_packets": (
        "not for the kernel to prove: the packets get through without the fix, too",
        "カーネルでは確認できません: パケットは修正前から往復しています",
    ),
    "fix.proof.unable": ("the fix cannot be proven here: {why}", "ここでは修正を確認できません: {why}"),
    "fix.several": ("Several changes together:", "複数の変更をまとめて行います:"),
}
