"""The narrative of ``tabiji demo``."""

from __future__ import annotations

TEXTS = {
    "demo.s3_cli.title": (
        "1. aws s3 ls from a private subnet: which way does it take?",
        "1. プライベートサブネットからの aws s3 ls: どの経路を通るのか",
    ),
    "demo.s3_cli": (
        "The name of S3 keeps its public addresses inside the VPC. What turns the packets away from the NAT gateway is "
        "one route: the prefix list of the gateway endpoint.",
        "S3 の名前は VPC 内でもパブリックアドレスのままです。パケットを NAT ゲートウェイからそらすのは、ゲートウェイ"
        "エンドポイントのプレフィックスリストのルート 1 本です。",
    ),
    "demo.s3_relay.title": (
        "2. S3 through a relay: the hosts file decides, and dig does not see it",
        "2. 中継サーバー経由の S3: 決めるのは hosts ファイル、dig では見えない",
    ),
    "demo.s3_relay": (
        "A client without a way out reaches S3 through a relay, because its hosts file points the name there. Programs "
        "follow the hosts file; dig asks DNS and shows another address.",
        "外に出られないクライアントは、hosts ファイルで名前を中継サーバーに向けて S3 に届きます。プログラムは hosts "
        "ファイルに従いますが、dig は DNS に問い合わせるため別のアドレスを示します。",
    ),
    "demo.central_egress.title": (
        "3. Central egress: how does a private instance get to the Internet, and how does the answer come back?",
        "3. 集約された出口: プライベートなインスタンスはどうやってインターネットに出て、応答はどう戻るのか",
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
        "4. The console over Direct Connect: why do some panels stay empty?",
        "4. Direct Connect 越しのマネジメントコンソール: なぜ一部のパネルだけ表示されないのか",
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
        "5. An interface endpoint: one name, two answers",
        "5. インターフェイスエンドポイント: 同じ名前に 2 つの答え",
    ),
    "demo.interface_endpoint": (
        "The public name of a service, asked inside the VPC, gives the private addresses of the endpoint; asked from "
        "outside it gives public ones. Who answered, and why, is told below each answer.",
        "サービスの公開名を VPC 内で引くとエンドポイントのプライベートアドレスが、外で引くと"
        "パブリックアドレスが返ります。"
        "誰がなぜそう答えたかを各応答の下に示します。",
    ),
}
