"""The narrative of ``tabiji lab story``."""

from __future__ import annotations

TEXTS = {
    "story.up": (
        "The lab is up: examples/{example} as real network namespaces, in {seconds} s.",
        "ラボが起動しました: examples/{example} を実際のネットワーク名前空間として、{seconds} 秒。",
    ),
    "story.needs": (
        "this story runs programs that are not installed here: {programs}",
        "この話で使うプログラムが入っていません: {programs}",
    ),
    "story.down": ("The lab is gone again ({seconds} s).", "ラボを片付けました ({seconds} 秒)。"),
    "story.right": (
        "All {steps} steps came out as told and as predicted.",
        "{steps} 個の手順すべてが、話のとおり、予測のとおりになりました。",
    ),
    "story.wrong": (
        "{wrong} of {steps} steps came out otherwise than told or predicted.",
        "{steps} 個の手順のうち {wrong} 個が、話または予測と違う結果になりました。",
    ),
    "story.predicted": ("predicted: {verdict} - {words}", "予測: {verdict} - {words}"),
    "story.observed": ("observed: exit {exit} after {seconds} s", "観測: 終了コード {exit}、{seconds} 秒"),
    "story.cut_off": (
        "observed: still waiting after {seconds} s, cut off",
        "観測: {seconds} 秒たっても応答がなく、打ち切り",
    ),
    "story.verdict.reachable": ("works", "届く"),
    "story.verdict.blocked": ("does not work", "届かない"),
    "story.verdict.undetermined": ("cannot be told", "判定できない"),
    "story.missing": ("not as told: {pattern}", "話と違う: {pattern}"),
    "story.more_lines": ("... {count} more lines", "... 残り {count} 行"),
    "story.applied": ("applied to the running lab in {milliseconds} ms", "動いているラボに {milliseconds} ms で適用"),
    "story.no_fix": ("no fix was offered", "修正案がありません"),
    "story.nothing_served": (
        "nothing: no request got as far as a service",
        "何もなし: サービスまで届いた要求はありません",
    ),
    # 1
    "story.s3_cli.title": ("1. aws s3 ls on the wire", "1. aws s3 ls を線の上で見る"),
    "story.s3_cli": (
        "From the command to the bytes: the service and the Region make a name, the VPC's resolver turns it into "
        "addresses, a TCP connection goes where the route table says, TLS checks the name again, and only then the "
        "credentials and the policies count.",
        "コマンドからバイト列まで: サービスとリージョンから名前が決まり、VPC のリゾルバーがアドレスに変え、TCP 接続は"
        "ルートテーブルに従って進み、TLS が名前をもう一度確かめ、そのあとで認証情報とポリシーが効きます。",
    ),
    "story.s3_cli.name": (
        "Inside the VPC the name keeps its public address; VPC+2 answers.",
        "VPC の中でも名前はパブリックアドレスのまま。答えるのは VPC+2 です。",
    ),
    "story.s3_cli.tls": (
        "TCP 443 and TLS: the certificate must cover the name that was used.",
        "TCP 443 と TLS: 証明書は使った名前を含んでいなければなりません。",
    ),
    "story.s3_cli.bucket": (
        "A bucket, made with the instance's own role (IMDSv2).",
        "インスタンスロール (IMDSv2) でバケットを作ります。",
    ),
    "story.s3_cli.ls": ("The command itself.", "コマンドそのもの。"),
    "story.s3_cli.endpoint_url": (
        "With --endpoint-url the name is the one given, nothing else.",
        "--endpoint-url を付けると、与えた名前だけが使われます。",
    ),
    "story.s3_cli.strace": (
        "The same seen by strace: the lookup, the connection, what was sent in clear.",
        "strace から見た同じこと: 名前の問い合わせ、接続、平文で送ったもの。",
    ),
    "story.s3_cli.hops": (
        "The packet's way: what the walk says beside what the kernel did.",
        "パケットの経路: 予測と、カーネルが実際に行ったこと。",
    ),
    "story.s3_cli.served": (
        "What S3 saw: through the gateway endpoint the client keeps its private address.",
        "S3 から見た側: ゲートウェイエンドポイント経由ではクライアントのプライベートアドレスが残ります。",
    ),
    "story.s3_cli.break_sg": (
        "Break it: the security group lets only port 80 out to S3.",
        "壊す: セキュリティグループが S3 へ 80 番だけを許すようにします。",
    ),
    "story.s3_cli.ls_stopped": ("Now the command waits for nothing.", "コマンドは来ない応答を待ち続けます。"),
    "story.s3_cli.mend_sg": ("Mend it with the smallest fix offered.", "提案された最小の修正で直します。"),
    "story.s3_cli.ls_again": ("It works again.", "また動きます。"),
    "story.s3_cli.break_policy": (
        "Break it higher up: the endpoint's policy allows reading objects only.",
        "今度は上の層: エンドポイントポリシーがオブジェクトの読み取りだけを許します。",
    ),
    "story.s3_cli.ls_denied": (
        "Every packet gets there and back, and still it does not work.",
        "パケットはすべて往復するのに、それでも動きません。",
    ),
    "story.s3_cli.mend_policy": ("Mend the policy.", "ポリシーを直します。"),
    "story.s3_cli.ls_allowed": ("It works again.", "また動きます。"),
    # 2
    "story.s3_relay.title": ("2. An instance plays the S3 endpoint", "2. EC2 インスタンスが S3 エンドポイントを演じる"),
    "story.s3_relay": (
        "A TCP relay on an instance and one line in a hosts file. ls goes through it, cp does not: its name is "
        "another one. The VPC's addresses are not RFC 1918, so instances have no private names until DNS hostnames "
        "are on.",
        "インスタンス上の TCP 中継と hosts ファイルの 1 行。ls はそこを通り、cp は通りません。名前が違うからです。"
        "VPC のアドレスは RFC 1918 ではないので、DNS ホスト名を有効にするまでプライベート名はありません。",
    ),
    "story.s3_relay.no_name": (
        "The relay's private name, before DNS hostnames are on.",
        "中継インスタンスのプライベート名。DNS ホスト名が無効のうちは存在しません。",
    ),
    "story.s3_relay.hostnames": ("Turn DNS hostnames on.", "DNS ホスト名を有効にします。"),
    "story.s3_relay.own_name": ("Now the name is there.", "名前が引けるようになりました。"),
    "story.s3_relay.relay": (
        "The relay: TLS passes through it untouched, so the certificate still fits the name.",
        "中継を起動します。TLS には触れないので、証明書は名前と合ったままです。",
    ),
    "story.s3_relay.bucket": ("A bucket, made through the relay.", "中継経由でバケットを作ります。"),
    "story.s3_relay.ls": (
        "ls asks for the plain name of S3, which the hosts file leads to the relay.",
        "ls は S3 の素の名前を使うので、hosts ファイルに従って中継へ行きます。",
    ),
    "story.s3_relay.strace": (
        "strace shows it: the connection goes to 28.0.1.254.",
        "strace で見ると、接続先は 28.0.1.254 です。",
    ),
    "story.s3_relay.wget": (
        "wget reads the hosts file too. It brings no credentials: S3 refuses, but it was reached.",
        "wget も hosts ファイルを読みます。認証情報がないので S3 に断られますが、届いてはいます。",
    ),
    "story.s3_relay.served_ls": (
        "S3 saw the relay's Elastic IP, not the client.",
        "S3 から見えたのはクライアントではなく中継の Elastic IP です。",
    ),
    "story.s3_relay.cp": (
        "cp asks for the bucket's own name, which no hosts line covers: it goes past the relay.",
        "cp はバケット名付きの名前を使います。hosts にその行はないので、中継を通りません。",
    ),
    "story.s3_relay.served_cp": (
        "This time S3 saw the NAT gateway's address.",
        "今度は S3 に NAT ゲートウェイのアドレスが見えました。",
    ),
    "story.s3_relay.cp_endpoint_url": (
        "With --endpoint-url the bucket moves into the path, the name is the plain one: through the relay again.",
        "--endpoint-url を付けるとバケット名はパスに移り、名前は素のものに。再び中継を通ります。",
    ),
    "story.s3_relay.served_endpoint_url": ("And S3 saw the relay again.", "S3 にはまた中継が見えました。"),
    "story.s3_relay.slow_internet": (
        "Links as they are out there: 100 Mbit/s to the Internet ...",
        "リンクを実際らしく: インターネットへは 100 Mbit/s ...",
    ),
    "story.s3_relay.slow_relay": (
        "... and the relay 5 ms away, at 50 Mbit/s.",
        "... 中継は片道 5 ms、50 Mbit/s。",
    ),
    "story.s3_relay.paths": (
        "The same file over three paths: past the relay, through an interface endpoint, through the relay.",
        "同じファイルを 3 つの経路で: 中継を通さず、インターフェイスエンドポイント経由、中継経由。",
    ),
    # 3
    "story.central_egress.title": ("3. Be the packet", "3. パケットになる"),
    "story.central_egress": (
        "From a spoke VPC over the transit gateway into the inspection VPC, back to the transit gateway, to the egress "
        "VPC, through the NAT gateway to the Internet, and the whole way back.",
        "スポーク VPC からトランジットゲートウェイを経て検査 VPC へ、またトランジットゲートウェイへ戻り、出口の VPC の"
        " NAT ゲートウェイからインターネットへ。そして同じだけの復路。",
    ),
    "story.central_egress.name": ("The journey starts with a name.", "旅は名前から始まります。"),
    "story.central_egress.curl": (
        "A page is fetched; the server tells whom it saw.",
        "ページを取得します。サーバーは誰が来たかを答えます。",
    ),
    "story.central_egress.trace": (
        "What is predicted: at each step the 5-tuple, the route, the security group, the network ACL, there and back.",
        "予測: 各ステップの 5 タプル、ルート、セキュリティグループ、ネットワーク ACL を往復とも。",
    ),
    "story.central_egress.hops": (
        "Every hop, there and back: predicted, and as the kernel forwarded it.",
        "往復のすべてのホップ: 予測と、カーネルが転送したとおり。",
    ),
    "story.central_egress.traceroute": (
        "traceroute sees the firewall instance and little else: VPC routers do not answer.",
        "traceroute に見えるのはファイアウォールのインスタンスくらいです。VPC ルーターは答えません。",
    ),
    "story.central_egress.served": (
        "The server saw the NAT gateway's Elastic IP.",
        "サーバーに見えたのは NAT ゲートウェイの Elastic IP です。",
    ),
    "story.central_egress.other_zone": (
        "From the other zone the packet takes the other firewall and the other NAT gateway.",
        "別の AZ からは、別のファイアウォールと別の NAT ゲートウェイを通ります。",
    ),
    "story.central_egress.break": (
        "Break the way back: the NAT gateway's subnet loses its route to the spokes.",
        "復路を壊す: NAT ゲートウェイのサブネットからスポークへの経路を消します。",
    ),
    "story.central_egress.stopped": (
        "The request still leaves; the answer never comes.",
        "要求は今も出て行きます。戻らないのは応答です。",
    ),
    "story.central_egress.hops_stopped": ("Where the answer is lost.", "応答が失われる場所。"),
    "story.central_egress.mend": ("Mend it with the smallest fix offered.", "提案された最小の修正で直します。"),
    "story.central_egress.again": ("It works again.", "また動きます。"),
    # 4
    "story.console_over_dx.title": (
        "4. The console over Direct Connect",
        "4. Direct Connect 越しのマネジメントコンソール",
    ),
    "story.console_over_dx": (
        "A user on premises, whose DNS is a Resolver inbound endpoint: names of services that have an endpoint lead "
        "into the VPC, and the endpoints' security group was written for the VPC alone.",
        "オンプレミスの利用者の DNS は Resolver のインバウンドエンドポイント。エンドポイントのあるサービスの名前は"
        " VPC の中を指し、そのセキュリティグループは VPC 内だけを想定しています。",
    ),
    "story.console_over_dx.name": (
        "Asked from the laptop, the name is a private address in the VPC.",
        "ノート PC から引くと、名前は VPC 内のプライベートアドレスになります。",
    ),
    "story.console_over_dx.from_vpc": ("From inside the VPC the call works.", "VPC の中からは呼び出せます。"),
    "story.console_over_dx.stopped": (
        "From the laptop the same call, which the console's panel makes too, times out.",
        "ノート PC からの同じ呼び出し (コンソールのパネルも行うもの) はタイムアウトします。",
    ),
    "story.console_over_dx.har": (
        "The same read from the browser's HAR file.",
        "同じことをブラウザの HAR ファイルから読み取ります。",
    ),
    "story.console_over_dx.hops": ("Where it stops.", "止まる場所。"),
    "story.console_over_dx.served_none": (
        "CloudTrail is empty because no request got there: the service saw the VPC's call only.",
        "CloudTrail が空なのは要求が届いていないから。サービスに見えたのは VPC 内からの呼び出しだけです。",
    ),
    "story.console_over_dx.mend": ("Mend it with the smallest fix offered.", "提案された最小の修正で直します。"),
    "story.console_over_dx.again": ("The panel's call works.", "パネルの呼び出しが通ります。"),
    "story.console_over_dx.served": (
        "And the service saw it, through the endpoint.",
        "サービスにも、エンドポイント経由の要求として見えました。",
    ),
    # 5
    "story.interface_endpoint.title": (
        "5. One interface endpoint, many names",
        "5. 1 つのインターフェイスエンドポイントと多くの名前",
    ),
    "story.interface_endpoint": (
        "The service's public name answers privately inside the endpoint's VPC, because of a zone nobody sees; the "
        "endpoint's own names, regional and zonal, answer anywhere.",
        "サービスの公開名は、見えないマネージドゾーンによってエンドポイントの VPC 内ではプライベートに答え、"
        "エンドポイント自身の名前 (リージョナル、ゾーナル) はどこからでも引けます。",
    ),
    "story.interface_endpoint.private": (
        "Inside the endpoint's VPC: both zones' private addresses.",
        "エンドポイントの VPC の中: 両方の AZ のプライベートアドレス。",
    ),
    "story.interface_endpoint.regional": (
        "The regional name, asked from the Internet, gives the same private addresses.",
        "リージョナル名はインターネットから引いても同じプライベートアドレスです。",
    ),
    "story.interface_endpoint.zonal": ("The zonal name gives that zone's alone.", "ゾーナル名はその AZ のものだけ。"),
    "story.interface_endpoint.public": (
        "In the peered VPC the public name is public: the hidden zone is not shared.",
        "ピアリング先の VPC では公開名はパブリックのまま。見えないゾーンは共有されません。",
    ),
    "story.interface_endpoint.call": ("The call from the endpoint's VPC.", "エンドポイントの VPC からの呼び出し。"),
    "story.interface_endpoint.peer_stopped": (
        "The peered VPC has no way to the public address.",
        "ピアリング先の VPC にはパブリックアドレスへの経路がありません。",
    ),
    "story.interface_endpoint.peer_by_name": (
        "By the endpoint's regional name it works over the peering, certificate and all.",
        "エンドポイントのリージョナル名なら、ピアリング越しに証明書も含めて動きます。",
    ),
    "story.interface_endpoint.share": (
        "Private DNS off, and an own zone with the same name, associated with both VPCs.",
        "プライベート DNS を切り、同じ名前のゾーンを作って両方の VPC に関連付けます。",
    ),
    "story.interface_endpoint.shared": (
        "Now the peered VPC gets the private addresses too.",
        "ピアリング先の VPC もプライベートアドレスを得ます。",
    ),
    "story.interface_endpoint.peer_call": ("And the plain call works there.", "そして素の呼び出しが動きます。"),
    "story.interface_endpoint.hops": ("The packet's way.", "パケットの経路。"),
    "story.interface_endpoint.outside": (
        "Outside, the public answer has never changed.",
        "外から見た公開の答えは変わっていません。",
    ),
    "story.interface_endpoint.served": ("What the endpoint saw.", "エンドポイントから見た側。"),
}
