"""The narrative of ``tabiji demo``."""

from __future__ import annotations

TEXTS = {
    "demo.central_egress.title": (
        "Central egress: how does a private instance get to the Internet, and how does the answer come back?",
        "集約された出口: プライベートなインスタンスはどうやってインターネットに出て、応答はどう戻るのか",
    ),
    "demo.central_egress": (
        "An instance in a spoke VPC opens a web page. The spoke has no internet gateway: the packet goes through the "
        "transit gateway to a VPC that has one, and its source changes twice on the way out. The way back is walked "
        "on its own, because that is where such designs break.",
        "スポーク VPC のインスタンスが Web ページを開きます。スポークにはインターネットゲートウェイがなく、パケットは"
        "トランジットゲートウェイを経由して出口の VPC に向かい、途中で送信元が 2 回変わります。この種の構成が壊れるのは"
        "復路なので、復路は別に追跡します。",
    ),
    "demo.console_over_dx.title": (
        "The console over Direct Connect: why do some panels stay empty?",
        "Direct Connect 越しのマネジメントコンソール: なぜ一部のパネルだけ表示されないのか",
    ),
    "demo.console_over_dx": (
        "A user on premises opens the AWS console; the CloudWatch panels time out, and CloudTrail shows nothing. "
        "The name resolves to a VPC endpoint's private address, and the endpoint's security group was written for "
        "the VPC alone. From an instance inside the VPC the same request works.",
        "オンプレミスの利用者がコンソールを開くと CloudWatch のパネルだけがタイムアウトし、CloudTrail には"
        "何も残りません。名前は VPC エンドポイントのプライベートアドレスに解決され、そのセキュリティグループは"
        "VPC 内だけを想定しています。"
        "VPC 内のインスタンスからは同じ要求が通ります。",
    ),
    "demo.interface_endpoint.title": (
        "An interface endpoint: one name, two answers",
        "インターフェイスエンドポイント: 同じ名前に 2 つの答え",
    ),
    "demo.interface_endpoint": (
        "The public name of a service, asked inside the VPC, gives the private addresses of the endpoint; asked from "
        "outside it gives public ones. Who answered, and why, is told below each answer.",
        "サービスの公開名を VPC 内で引くとエンドポイントのプライベートアドレスが、外で引くと"
        "パブリックアドレスが返ります。"
        "誰がなぜそう答えたかを各応答の下に示します。",
    ),
}
