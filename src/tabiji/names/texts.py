"""One line for each step of the resolution, English and Japanese; merged into the report's catalogue."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    # On the machine.
    "names.hosts_file.answer": (
        "/etc/hosts gives {name} as {addresses}; no DNS is asked (dig and nslookup do not read it)",
        "/etc/hosts に {name} = {addresses} があるため DNS に問い合わせない(dig・nslookup は参照しない)",
    ),
    "names.hosts_file.others": (
        "programs that read /etc/hosts get {addresses} for it, not this: dig, nslookup and host do not read it",
        "/etc/hosts を読むプログラムはこの答えではなく {addresses} を得る(dig・nslookup・host は参照しない)",
    ),
    "names.client.dhcp": (
        "DNS servers from the VPC's DHCP options: {servers}",
        "VPC の DHCP オプションによる DNS サーバー: {servers}",
    ),
    "names.client.mixed_dns": (
        "DHCP option set {set} mixes AmazonProvidedDNS with other servers: which one a host asks is unpredictable",
        "DHCP オプションセット {set} は AmazonProvidedDNS と他のサーバーを併記しており、どれが使われるか予測できない",
    ),
    "names.client.no_dhcp_options": (
        "{vpc} hands out no DNS server by DHCP: name resolution is off",
        "{vpc} は DHCP で DNS サーバーを配らないため、名前解決は無効",
    ),
    "names.client.resolv_conf": (
        "the host's own resolv.conf names {servers}",
        "ホスト自身の resolv.conf の DNS サーバー: {servers}",
    ),
    "names.client.site": ("site {site} uses the DNS servers {servers}", "拠点 {site} の DNS サーバー: {servers}"),
    "names.client.public_resolver": (
        "no DNS server is given for this place: a public resolver is taken",
        "この場所の DNS サーバーの指定がないため、公開リゾルバーを使うとみなす",
    ),
    "names.client.no_servers": ("the client has no DNS server to ask", "問い合わせ先の DNS サーバーがない"),
    "names.client.search": ("tried {name}: {rcode}", "{name} を試行: {rcode}"),
    "names.client.next_server": (
        "{server} gave {rcode}; the client goes on to {next}",
        "{server} は {rcode} のため、次のサーバー {next} へ",
    ),
    "names.client.blocked": (
        "the query to DNS server {server} does not get there and back: {reason} {detail}",
        "DNS サーバー {server} への問い合わせが往復できない: {reason} {detail}",
    ),
    "names.client.uncertain": (
        "whether the query to DNS server {server} gets there cannot be told: {reason} {detail}",
        "DNS サーバー {server} への問い合わせが届くか判定できない: {reason} {detail}",
    ),
    "names.stub.asked": (
        "the stub resolver {server} on the host passes the query on",
        "ホスト上のスタブリゾルバー {server} が問い合わせを中継",
    ),
    # Why it cannot be told.
    "names.why.alias": ("the alias target {target} is not in the estate", "別名の参照先 {target} が構成情報にない"),
    "names.why.balancer": (
        "the addresses of load balancer {load_balancer} were not collected",
        "ロードバランサー {load_balancer} のアドレスが収集されていない",
    ),
    "names.why.delegated": (
        "{cut} is delegated to name servers outside the estate",
        "{cut} は構成情報の外のネームサーバーに委任されている",
    ),
    "names.why.delegated_by": (
        "{server} delegates {cut} to other servers",
        "{server} は {cut} を他のサーバーに委任している",
    ),
    "names.why.dhcp_options": (
        "DHCP option set {set} of {vpc} was not collected",
        "{vpc} の DHCP オプションセット {set} が収集されていない",
    ),
    "names.why.firewall_group": (
        "DNS Firewall rule group {group} was not collected",
        "DNS Firewall ルールグループ {group} が収集されていない",
    ),
    "names.why.firewall_list": (
        "DNS Firewall domain list {list} was not collected",
        "DNS Firewall ドメインリスト {list} が収集されていない",
    ),
    "names.why.foreign_address": (
        "{address} is not an address of the estate",
        "{address} は構成情報のアドレスではない",
    ),
    "names.why.hostnames": (
        "enableDnsHostnames of {vpc} was not collected",
        "{vpc} の enableDnsHostnames が収集されていない",
    ),
    "names.why.hostnames_either": (
        "enableDnsHostnames of {vpc} or {other} was not collected",
        "{vpc} または {other} の enableDnsHostnames が収集されていない",
    ),
    "names.why.hostnames_private_dns": (
        "enableDnsHostnames of {vpc} was not collected; private DNS needs it",
        "プライベート DNS に必要な {vpc} の enableDnsHostnames が収集されていない",
    ),
    "names.why.hostnames_zone": (
        "enableDnsHostnames of {vpc} was not collected; the zone needs it",
        "ゾーンに必要な {vpc} の enableDnsHostnames が収集されていない",
    ),
    "names.why.inbound_delegation": (
        "what an INBOUND_DELEGATION endpoint answers beyond delegated zones is not established",
        "INBOUND_DELEGATION エンドポイントが委任されたゾーン以外に何を答えるかは確認されていない",
    ),
    "names.why.instances": ("instances were not collected", "インスタンスが収集されていない"),
    "names.why.internet": (
        "whether {who} reaches the Internet cannot be told: {reason}",
        "{who} からインターネットに届くか判定できない: {reason}",
    ),
    "names.why.no_server": ("no DNS server is known at {server}", "{server} にある DNS サーバーが分からない"),
    "names.why.no_server_here": (
        "no DNS server is described for {server} on this host",
        "このホストの {server} の DNS サーバーが記述されていない",
    ),
    "names.why.no_service": (
        "no table lists a service {name}; public DNS may not have the name",
        "{name} というサービスはどの表にもなく、公開 DNS に名前がない可能性がある",
    ),
    "names.why.not_in_estate": ("{name} is not in the estate", "{name} は構成情報にない"),
    "names.why.not_listed": (
        "{service} is not listed in {region}; public DNS may not have {name}",
        "{service} は {region} の一覧になく、公開 DNS に {name} がない可能性がある",
    ),
    "names.why.outbound": (
        "outbound endpoint {endpoint} was not collected",
        "アウトバウンドエンドポイント {endpoint} が収集されていない",
    ),
    "names.why.profile": ("Profile {profile} was not collected", "Profile {profile} が収集されていない"),
    "names.why.profile_endpoint": (
        "endpoint {endpoint} of Profile {profile} was not collected",
        "Profile {profile} のエンドポイント {endpoint} が収集されていない",
    ),
    "names.why.profile_zone": (
        "zone {zone} of Profile {profile} was not collected",
        "Profile {profile} のゾーン {zone} が収集されていない",
    ),
    "names.why.reach": (
        "whether {server} can be reached cannot be told: {reason}",
        "{server} に届くか判定できない: {reason}",
    ),
    "names.why.reach_from": (
        "whether {who} reaches {address} cannot be told: {reason}",
        "{who} から {address} に届くか判定できない: {reason}",
    ),
    "names.why.region": ("the Region of {vpc} is not known", "{vpc} のリージョンが分からない"),
    "names.why.rule": ("Resolver rule {rule} was not collected", "Resolver ルール {rule} が収集されていない"),
    "names.why.rule_domain": ("the domain of rule {rule} is not a name", "ルール {rule} のドメインが名前ではない"),
    "names.why.several_inbound": (
        "{server} belongs to several inbound endpoints: {endpoints}",
        "{server} は複数のインバウンドエンドポイントに属する: {endpoints}",
    ),
    "names.why.shadowed": (
        "{kinds} not collected: a private zone or rule may answer {name} instead",
        "{kinds} が収集されておらず、プライベートゾーンやルールが {name} に答える可能性がある",
    ),
    "names.why.vpc_resolver": (
        "{server} is the resolver of {vpc}; asking it from outside that VPC is not supported",
        "{server} は {vpc} のリゾルバーで、その VPC の外からの問い合わせはサポートされない",
    ),
    "names.why.zone": ("the records of zone {zone} were not collected", "ゾーン {zone} のレコードが収集されていない"),
    "names.why.zone_of": (
        "the records of zone {zone} ({owner}) were not collected",
        "ゾーン {zone} ({owner}) のレコードが収集されていない",
    ),
    # Which server.
    "names.vpc_resolver.asked": (
        "{server} is the VPC resolver of {vpc}; NACLs and security groups do not filter it",
        "{server} は {vpc} の VPC リゾルバー(NACL・SG の対象外)",
    ),
    "names.vpc_resolver.off": (
        "enableDnsSupport of {vpc} is off: its VPC resolver does not answer",
        "{vpc} の enableDnsSupport が無効のため VPC リゾルバーは応答しない",
    ),
    "names.vpc_resolver.from_outside": (
        "{server} is the resolver of {vpc}; asking it from outside that VPC is not supported, use an inbound endpoint",
        "{server} は {vpc} のリゾルバー。VPC 外からの利用はサポート外で、インバウンドエンドポイントを使う必要がある",
    ),
    "names.inbound_endpoint.asked": (
        "{server} is inbound endpoint {endpoint}: it answers as the resolver of {vpc} does",
        "{server} はインバウンドエンドポイント {endpoint}。{vpc} のリゾルバーと同じ答えを返す",
    ),
    "names.inbound_endpoint.down": (
        "the inbound endpoint is {status}, not OPERATIONAL",
        "インバウンドエンドポイントの状態が {status}(OPERATIONAL ではない)",
    ),
    "names.inbound_endpoint.no_do53": (
        "the inbound endpoint at {server} does not serve plain DNS (Do53)",
        "{server} のインバウンドエンドポイントは通常の DNS(Do53)を受け付けない",
    ),
    "names.site_server.asked": (
        "DNS server {server} ({address}) is asked",
        "DNS サーバー {server}({address})に問い合わせ",
    ),
    "names.site_server.plain": (
        "nothing is said about DNS server {server}: it is taken as one that only recurses to public DNS",
        "DNS サーバー {server} の設定が未記載のため、公開 DNS への再帰だけを行うとみなす",
    ),
    "names.site_server.zone": (
        "{server} is authoritative for {zone} and answers {name}",
        "{server} が権威を持つゾーン {zone} から {name} に回答",
    ),
    "names.site_server.forward": (
        "{server} forwards {suffix} to {target}",
        "{server} は {suffix} を {target} へ転送",
    ),
    "names.site_server.blocked": (
        "{server} cannot reach forwarder {target}: {reason} {detail}",
        "{server} から転送先 {target} へ届かない: {reason} {detail}",
    ),
    "names.site_server.uncertain": (
        "whether {server} reaches forwarder {target} cannot be told: {reason} {detail}",
        "{server} から転送先 {target} へ届くか判定できない: {reason} {detail}",
    ),
    "names.site_server.no_forwarder": (
        "no forwarder of {server} for {suffix} answers",
        "{server} の {suffix} の転送先がどれも応答しない",
    ),
    "names.site_server.recursion": ("{server} recurses to public DNS", "{server} が公開 DNS を再帰検索"),
    "names.site_server.no_internet": (
        "{server} has no way to the Internet for recursion {reason} {detail}",
        "{server} は再帰検索のためのインターネット経路がない {reason} {detail}",
    ),
    "names.site_server.refused": (
        "{server} does not recurse and has nothing configured for the name",
        "{server} は再帰検索をせず、この名前の設定もない",
    ),
    "names.server.unknown": ("no DNS server is known at {server}", "{server} に DNS サーバーがあるか不明"),
    "names.server.closed": ("nothing listens on port 53 of {server}", "{server} はポート 53 で待ち受けていない"),
    "names.server.loop": (
        "resolution loop for {name}: {way}",
        "{name} の解決がループしている: {way}",
    ),
    "names.server.too_many": (
        "{count} servers were asked for {name}: given up",
        "{name} のために {count} 回サーバーに問い合わせたため打ち切り",
    ),
    # In the VPC resolver.
    "names.dns_firewall.no_match": ("no DNS Firewall rule matches", "DNS Firewall の一致ルールなし"),
    "names.dns_firewall.pass": (
        "DNS Firewall rule {rule} matches: {action}",
        "DNS Firewall ルール {rule} に一致: {action}",
    ),
    "names.dns_firewall.block": (
        "DNS Firewall rule {rule} blocks {name} with {response}",
        "DNS Firewall ルール {rule} が {name} を {response} で遮断",
    ),
    "names.dns_firewall.block_redirection": (
        "DNS Firewall rule {rule} blocks the CNAME target {name} with {response}",
        "DNS Firewall ルール {rule} が CNAME の先 {name} を {response} で遮断",
    ),
    "names.dns_firewall.hidden_list": (
        "the domains of list {list} (rule {rule}) are not visible; taken as not matching",
        "ドメインリスト {list}(ルール {rule})の内容が見えないため、一致しないとみなす",
    ),
    "names.resolver_rule.forward": (
        "Resolver rule for {domain} is the longest match: forward to {targets}",
        "リゾルバールール {domain} が最長一致: {targets} へ転送",
    ),
    "names.resolver_rule.system": (
        "SYSTEM rule for {domain}: the VPC resolver answers by itself",
        "SYSTEM ルール {domain}: VPC リゾルバー自身が解決",
    ),
    "names.resolver_rule.delegate": (
        "{cut} is delegated to {server}; a DELEGATE rule sends the query out",
        "{cut} は {server} へ委任され、DELEGATE ルールで外部へ問い合わせ",
    ),
    "names.outbound_endpoint.sent": (
        "outbound endpoint {endpoint} asks {target}",
        "アウトバウンドエンドポイント {endpoint} が {target} に問い合わせ",
    ),
    "names.outbound_endpoint.blocked": (
        "outbound endpoint {endpoint} cannot reach {target}: {reason} {detail}",
        "アウトバウンドエンドポイント {endpoint} から {target} へ届かない: {reason} {detail}",
    ),
    "names.outbound_endpoint.uncertain": (
        "whether outbound endpoint {endpoint} reaches {target} cannot be told: {reason} {detail}",
        "アウトバウンドエンドポイント {endpoint} から {target} へ届くか判定できない: {reason} {detail}",
    ),
    "names.outbound_endpoint.no_target": (
        "no target of rule {rule} can be reached from outbound endpoint {endpoint}",
        "ルール {rule} の転送先のどれにも、アウトバウンドエンドポイント {endpoint} から届かない",
    ),
    "names.outbound_endpoint.targets_differ": (
        "the targets of rule {rule} give different answers; which one is asked is not fixed",
        "ルール {rule} の転送先ごとに答えが異なり、どれに問い合わせるかは決まっていない",
    ),
    "names.outbound_endpoint.missing": (
        "outbound endpoint {endpoint} of rule {rule} is not in the estate",
        "ルール {rule} のアウトバウンドエンドポイント {endpoint} がデータにない",
    ),
    "names.managed_zone.answer": (
        "{name}: private DNS of endpoint {endpoint} (hidden zone {zone})",
        "{name}: エンドポイント {endpoint} のプライベート DNS(隠しゾーン {zone})が回答",
    ),
    "names.managed_zone.nodata": (
        "{name} has no {type} record in the hidden zone of endpoint {endpoint}",
        "エンドポイント {endpoint} の隠しゾーンに {name} の {type} レコードがない",
    ),
    "names.managed_zone.nxdomain": (
        "the hidden zone {zone} of endpoint {endpoint} shadows public DNS and does not have {name}",
        "エンドポイント {endpoint} の隠しゾーン {zone} が公開 DNS を隠し、{name} は存在しない",
    ),
    "names.managed_zone.no_subnets": (
        "endpoint {endpoint} has private DNS but no subnets: {name} stops resolving in the VPC",
        "エンドポイント {endpoint} はプライベート DNS が有効だがサブネットがなく、VPC 内で {name} を解決できない",
    ),
    "names.managed_zone.derived": (
        "private name {name} is derived from the service name; no DnsEntries list it",
        "プライベート名 {name} は DnsEntries にないためサービス名から導出",
    ),
    "names.managed_zone.inbound_only": (
        "this private name holds only for queries through inbound endpoints",
        "このプライベート名はインバウンドエンドポイント経由の問い合わせにだけ有効",
    ),
    "names.private_hosted_zone.answer": (
        "{name}: private hosted zone {zone} answers",
        "{name}: プライベートホストゾーン {zone} が回答",
    ),
    "names.private_hosted_zone.nodata": (
        "{name} has no {type} record in private hosted zone {zone}; nothing falls through to public DNS",
        "プライベートホストゾーン {zone} に {name} の {type} レコードはなく、公開 DNS へは進まない",
    ),
    "names.private_hosted_zone.nxdomain": (
        "{name} does not exist in private hosted zone {zone}; nothing falls through to public DNS",
        "プライベートホストゾーン {zone} に {name} はなく、公開 DNS へは進まない",
    ),
    "names.private_hosted_zone.not_collected": (
        "private hosted zone {zone} decides {name}, but its records were not collected",
        "{name} を決めるプライベートホストゾーン {zone} のレコードが収集されていない",
    ),
    "names.zone.alias": ("{name} is an alias of {target}", "{name} は {target} のエイリアス"),
    "names.zone.alias_loop": ("the aliases of {name} go round in a circle", "{name} のエイリアスが循環している"),
    "names.zone.choice": (
        "{name} has {count} record sets under the policy {policy}; one of them is answered",
        "{name} には {policy} ポリシーのレコードセットが {count} 個あり、そのうち一つが返る",
    ),
    "names.autodefined.zone": (
        "{zone} is a name space the VPC resolver defines itself",
        "{zone} は VPC リゾルバーが自動定義する名前空間",
    ),
    "names.autodefined.local": ("{name} is answered by the resolver itself", "{name} はリゾルバー自身が回答"),
    "names.autodefined.no_pointer": (
        "{address} is private but not in this VPC: no PTR, and nobody else is asked",
        "{address} はプライベートアドレスだがこの VPC になく、PTR はない(他へも転送しない)",
    ),
    "names.ec2_name.apex": ("{zone} itself has no address", "{zone} 自体にはアドレスがない"),
    "names.ec2_name.computed": (
        "{name} is computed from the name: {address} (an RFC 1918 address needs no instance)",
        "{name} は名前から計算: {address}(RFC 1918 なのでインスタンスがなくても答える)",
    ),
    "names.ec2_name.own_range": (
        "{name} is computed: {address} is inside {vpc}",
        "{name} は名前から計算: {address} は {vpc} の範囲内",
    ),
    "names.ec2_name.peer_range": (
        "{name} is computed: {address} is inside a VPC connected with DNS support",
        "{name} は名前から計算: {address} は DNS サポート付きで接続された VPC の範囲内",
    ),
    "names.ec2_name.foreign_range": (
        "{address} is neither RFC 1918 nor inside {vpc}: the name does not resolve",
        "{address} は RFC 1918 でも {vpc} の範囲内でもないため解決できない",
    ),
    "names.ec2_name.legacy": (
        "{vpc} dates from before October 2016: names for {address} outside RFC 1918 are not enabled",
        "{vpc} は 2016 年 10 月より前に作られたため、RFC 1918 外の {address} の名前は無効",
    ),
    "names.ec2_name.no_such": ("{name} is no instance name", "{name} はインスタンス名の形式ではない"),
    "names.ec2_name.no_instance": ("no instance has the name {name}", "{name} に当たるインスタンスがない"),
    "names.ec2_name.resource_name": ("{name} is the resource name of {instance}", "{name} は {instance} のリソース名"),
    "names.ec2_name.resource_name_off": (
        "resource name DNS of {instance} is off for this VPC",
        "{instance} のリソース名 DNS はこの VPC では無効",
    ),
    "names.ec2_name.not_assigned": (
        "{vpc} has enableDnsHostnames off: {name} is not assigned",
        "{vpc} の enableDnsHostnames が無効のため {name} は割り当てられない",
    ),
    "names.ec2_name.public_inside": (
        "asked inside its VPC, {name} is the private address {address}",
        "同じ VPC 内では {name} はプライベートアドレス {address}",
    ),
    "names.ec2_name.public_peer": (
        "{via} has DNS support on: {name} is the private address {address}",
        "{via} の DNS サポートが有効なため {name} はプライベートアドレス {address}",
    ),
    "names.ec2_name.public_outside": (
        "asked from outside its VPC, {name} is the public address {address}",
        "VPC の外では {name} はパブリックアドレス {address}",
    ),
    "names.ec2_name.public_foreign": (
        "{name} stands for {address}, which nobody in the estate has",
        "{name} は {address} を指すが、データ内に該当するものがない",
    ),
    "names.ec2_name.pointer": (
        "the PTR of {address} is computed by the VPC resolver",
        "{address} の PTR は VPC リゾルバーが計算",
    ),
    "names.dns64.synthesised": (
        "no AAAA exists: DNS64 of {where} makes one from the A record",
        "AAAA がないため {where} の DNS64 が A レコードから合成",
    ),
    "names.cname.follow": ("CNAME to {target}", "CNAME の先: {target}"),
    "names.cname.loop": ("the CNAMEs of {name} do not end (at {target})", "{name} の CNAME が終わらない({target})"),
    # Public DNS.
    "names.public.estate": ("{name} is a public name of the estate", "{name} はデータに書かれた公開名"),
    "names.public.zone": ("public hosted zone {zone} answers {name}", "パブリックホストゾーン {zone} が {name} に回答"),
    "names.public.delegated": (
        "public hosted zone {zone} delegates {cut} elsewhere",
        "パブリックホストゾーン {zone} は {cut} を外部へ委任",
    ),
    "names.public.endpoint_regional": (
        "regional name of endpoint {endpoint}: public DNS gives its private addresses to anyone",
        "エンドポイント {endpoint} のリージョナル名: 公開 DNS が誰にでもプライベートアドレスを返す",
    ),
    "names.public.endpoint_zonal": (
        "zonal name of endpoint {endpoint}: only the address in {zone}",
        "エンドポイント {endpoint} のゾーン名: {zone} のアドレスだけを返す",
    ),
    "names.public.endpoint_derived": (
        "{name} is made up by rule; the real name has other letters after the endpoint id",
        "{name} は規則による仮の名前で、実際はエンドポイント ID の後の文字列が異なる",
    ),
    "names.public.no_endpoint_name": (
        "the endpoint has no name {name}: no network interface in that AZ",
        "エンドポイントに {name} という名前はない(その AZ に ENI がない)",
    ),
    "names.public.balancer": (
        "{name} is an {scheme} load balancer: the addresses of its nodes",
        "{name} は {scheme} のロードバランサー: ノードのアドレスを返す",
    ),
    "names.public.bucket": ("{name} is a bucket name: CNAME to {target}", "{name} はバケット名: {target} への CNAME"),
    "names.public.service_host": (
        "{name}: the estate gives the public address of {service} in {region}",
        "{name}: データにある {region} の {service} の公開アドレス",
    ),
    "names.public.assumed": (
        "{name} is the public name of {service} in {region}; {address} only stands for its real address",
        "{name} は {region} の {service} の公開名。{address} は実際のアドレスの代わり",
    ),
    "names.public.assumed_nodata": (
        "{name} is a public name of {service}; no {type} record is assumed",
        "{name} は {service} の公開名。{type} レコードはないとみなす",
    ),
    "names.public.may_be_shadowed": (
        "public DNS is taken, but {kinds} were not collected and may decide otherwise",
        "公開 DNS の答えとみなすが、{kinds} が未収集のため異なる可能性がある",
    ),
    "names.public.no_such_domain": ("public DNS has no {name}", "公開 DNS に {name} はない"),
    "names.public.private_reverse": (
        "public DNS has no PTR for the private address {address}",
        "公開 DNS にプライベートアドレス {address} の PTR はない",
    ),
    "names.public.reverse": ("public DNS names the address {name}", "公開 DNS での名前は {name}"),
    "names.public.resolver": ("{server} answers from public DNS", "{server} が公開 DNS から回答"),
    "names.public.unknown": ("{name} is not in the estate", "{name} はデータにない"),
}
