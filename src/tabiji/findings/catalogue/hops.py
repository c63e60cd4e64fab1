"""What a place is called."""

from __future__ import annotations

TEXTS = {
    "hop.eni": ("ENI", "ENI"),
    "hop.instance": ("instance", "インスタンス"),
    "hop.subnet": ("subnet", "サブネット"),
    "hop.vpc": ("VPC", "VPC"),
    "hop.tgw": ("transit gateway", "トランジットゲートウェイ"),
    "hop.tgw_attachment": ("TGW attachment", "TGW アタッチメント"),
    "hop.nat_gateway": ("NAT gateway", "NAT ゲートウェイ"),
    "hop.igw": ("internet gateway", "インターネットゲートウェイ"),
    "hop.eigw": ("egress-only internet gateway", "Egress-Only インターネットゲートウェイ"),
    "hop.peering": ("VPC peering", "VPC ピアリング"),
    "hop.vgw": ("virtual private gateway", "仮想プライベートゲートウェイ"),
    "hop.dx": ("Direct Connect", "Direct Connect"),
    "hop.vpn": ("VPN", "VPN"),
    "hop.site": ("site", "拠点"),
    "hop.internet": ("Internet", "インターネット"),
    "hop.endpoint": ("VPC endpoint", "VPC エンドポイント"),
    "hop.gwlb_endpoint": ("Gateway Load Balancer endpoint", "Gateway Load Balancer エンドポイント"),
    "hop.resolver_endpoint": ("Resolver endpoint", "Resolver エンドポイント"),
    "hop.aws_service": ("AWS service", "AWS サービス"),
    "hop.appliance": ("appliance", "アプライアンス"),
    "hop.lambda_function": ("Lambda function", "Lambda 関数"),
    "hop.load_balancer": ("load balancer", "ロードバランサー"),
    "hop.local_service": ("AWS service inside the VPC", "VPC 内の AWS サービス"),
    "hop.on_prem_host": ("on-premises host", "オンプレミスのホスト"),
    "hop.nowhere": ("nowhere", "不明な場所"),
    "hop.firewall": ("Network Firewall", "Network Firewall"),
    "hop.client_vpn": ("Client VPN endpoint", "クライアント VPN エンドポイント"),
}
