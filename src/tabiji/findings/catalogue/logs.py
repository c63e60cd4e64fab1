"""What flow logs and CloudTrail events show beside what the estate says."""

from __future__ import annotations

TEXTS = {
    # A refusal the estate predicts.
    "logs.because.refused": (
        "The estate explains it: this rule set refuses the packet at {interface}.",
        "構成で説明できます: {interface} でこのルールがパケットを拒否します。",
    ),
    "logs.because.endpoint_refused": (
        "The estate explains it: the endpoint's interface {interface} refuses it. A client in a VPC would have an "
        "ACCEPT on its own interface; for one on-premises this is the only record.",
        "構成で説明できます: エンドポイントのインターフェイス {interface} が拒否しています。VPC 内のクライアントなら"
        "自身のインターフェイスに ACCEPT が残り、オンプレミスからの場合は記録はこれだけです。",
    ),
    "logs.because.reply_refused": (
        "The estate explains it: the request was accepted, its answer is refused at {interface}. Network ACLs keep no "
        "state, so ephemeral ports must be let through.",
        "構成で説明できます: リクエストは許可されましたが、応答が {interface} で拒否されています。ネットワーク ACL は"
        "ステートレスなので、エフェメラルポートの許可が必要です。",
    ),
    "logs.because.bpa": (
        "The estate explains it: VPC Block Public Access refuses it (reject-reason BPA).",
        "構成で説明できます: VPC Block Public Access が拒否しています (reject-reason BPA)。",
    ),
    "logs.because.own_filter": (
        "The own rules of {interface} refuse this packet, however it came there.",
        "到達経路にかかわらず、{interface} 自身のルールがこのパケットを拒否します。",
    ),
    "logs.because.after_close": (
        "The rules admit the flow; no refused record holds a SYN, so these are packets of a connection that was over.",
        "ルール上は許可されるフローです。拒否された記録に SYN がないため、終了した接続のパケットです。",
    ),
    # Accepted and lost.
    "logs.because.lost_route": (
        "Accepted at {interface}, then lost: routing stops it on the way, which no flow log shows.",
        "{interface} では許可されましたが、その先のルーティングで失われます。フローログには現れません。",
    ),
    "logs.because.lost_filter": (
        "Accepted at {interface}, and refused further on: look for the REJECT at the other interface.",
        "{interface} では許可されましたが、その先で拒否されます。相手側インターフェイスの REJECT を確認してください。",
    ),
    "logs.because.lost_reply": (
        "Accepted at {interface}, but the answer is refused on its way back.",
        "{interface} では許可されましたが、応答が戻りの経路で拒否されます。",
    ),
    "logs.because.lost_bpa": (
        "Accepted at {interface}, and refused further on by VPC Block Public Access.",
        "{interface} では許可されましたが、その先の VPC Block Public Access で拒否されます。",
    ),
    "logs.because.agrees": ("Accepted, as the estate says.", "構成どおり許可されています。"),
    # Contradictions.
    "logs.because.reject_admitted": (
        "Refused, but by the estate the rules admit it and it gets there.",
        "拒否されていますが、構成上はルールで許可され到達できるはずです。",
    ),
    "logs.because.reject_elsewhere": (
        "Refused at {interface}, but by the estate it would be stopped elsewhere, for another reason.",
        "{interface} で拒否されていますが、構成上は別の場所で別の理由により止まるはずです。",
    ),
    "logs.because.reject_bpa": (
        "The log names VPC Block Public Access as the reason, but by the estate it does not stop this flow.",
        "ログは拒否理由を VPC Block Public Access としていますが、構成上はこのフローを止めません。",
    ),
    "logs.because.accept_refused": (
        "Accepted at {interface}, but by the estate the rules there refuse it.",
        "{interface} で許可されていますが、構成上はそこのルールで拒否されるはずです。",
    ),
    "logs.because.accept_beyond": (
        "Packets arrived at {interface}, but by the estate they are stopped before.",
        "{interface} にパケットが届いていますが、構成上はその手前で止まるはずです。",
    ),
    "logs.because.vanished": (
        "Accepted at {interface}, and by the estate it arrives, but the records of {component} hold nothing of it.",
        "{interface} では許可され構成上も到達するはずですが、{component} の記録にこのフローがありません。",
    ),
    "logs.hint.changed": (
        "A rule, policy or route was changed between the log and the snapshot, or the snapshot is older than the log.",
        "ログの時点とスナップショットの間にルール・ポリシー・経路が変更されたか、スナップショットがログより古い可能性"
        "があります。",
    ),
    "logs.hint.both": (
        "The same log also holds accepted records of this flow: a change in between, or packets after the connection "
        "was closed.",
        "同じログにこのフローの許可された記録もあります。途中の変更か、接続終了後のパケットが考えられます。",
    ),
    "logs.hint.after_close": (
        "Packets of a connection that is over are refused too; the field tcp-flags would tell.",
        "終了した接続のパケットも拒否されます。tcp-flags フィールドがあれば判別できます。",
    ),
    # What cannot be told.
    "logs.open.encryption": (
        "The log names VPC encryption controls as the reason; the estate holds nothing of them.",
        "ログは拒否理由を VPC 暗号化制御としていますが、構成情報に含まれていません。",
    ),
    "logs.open.interface": (
        "The interface {component} is not in this estate.",
        "インターフェイス {component} はこの構成情報にありません。",
    ),
    "logs.open.address": (
        "The record holds no address that can be walked.",
        "記録に経路計算のできるアドレスがありません。",
    ),
    "logs.open.protocol": ("The log does not say which protocol it was.", "ログにプロトコルの記録がありません。"),
    "logs.open.ambiguous": (
        "{client} is used in several VPCs; which one sent it cannot be told.",
        "{client} は複数の VPC で使われており、送信元を特定できません。",
    ),
    "logs.open.stranger": (
        "{client} belongs to nothing in this estate, and the rules of {interface} itself admit the packet.",
        "{client} はこの構成情報のどこにも属さず、{interface} 自身のルールではパケットは許可されます。",
    ),
    "logs.open.behind_nat": (
        "A NAT gateway sent it for somebody behind it; who that was is not in this record.",
        "NAT ゲートウェイ越しの通信で、元の送信元はこの記録からは分かりません。",
    ),
    "logs.open.no_packet_address": (
        "The record shows the NAT gateway's own address; the real destination is only in pkt-dstaddr, which this log "
        "does not have.",
        "記録には NAT ゲートウェイ自身のアドレスしかありません。本来の宛先は pkt-dstaddr にのみ記録され、このログには"
        "ありません。",
    ),
    "logs.open.undetermined": (
        "Whether the flow works cannot be told from this estate.",
        "この構成情報からはこのフローが通るか判定できません。",
    ),
    # CloudTrail.
    "logs.because.trail_endpoint_predicted": (
        "The network worked; the policy of {endpoint} denied the call, as the estate says.",
        "ネットワークは正常です。構成どおり {endpoint} のポリシーが拒否しました。",
    ),
    "logs.because.trail_endpoint": (
        "The network worked; the endpoint policy of {endpoint} denied the call.",
        "ネットワークは正常です。{endpoint} のエンドポイントポリシーが拒否しました。",
    ),
    "logs.because.trail_named": (
        "The network worked; the message names the policy that denied: {policy}.",
        "ネットワークは正常です。拒否したポリシーの種類はメッセージにあります: {policy}。",
    ),
    "logs.because.trail_predicted": (
        "The network worked; by the estate a policy denies this call.",
        "ネットワークは正常です。構成上もポリシーがこの呼び出しを拒否します。",
    ),
    "logs.because.trail_admits": (
        "The event says that the policy of {endpoint} denied the call, but by the estate that policy lets it through.",
        "イベントでは {endpoint} のポリシーが拒否していますが、構成上は許可されるはずです。",
    ),
    "logs.because.trail_arrived": (
        "The call arrived, for there is an event; by the estate the network stops it before.",
        "イベントがあるので呼び出しは届いていますが、構成上はネットワークで止まるはずです。",
    ),
    "logs.open.trail_endpoint": (
        "The endpoint {endpoint} is not in this estate.",
        "エンドポイント {endpoint} はこの構成情報にありません。",
    ),
    "logs.open.trail_unnamed": (
        "The network worked, the service said {error}; which policy denied is neither in the event nor in the estate.",
        "ネットワークは正常で、サービスが {error} を返しました。どのポリシーによるかはイベントにも構成情報にもありませ"
        "ん。",
    ),
    # Notes.
    "logs.note.unwalked": (
        "Distinct refused flows that were counted but not walked: {groups} (the {walked} most frequent were).",
        "拒否されたフローのうち {groups} 種類は件数のみで、経路は計算していません (頻度の高い {walked} 種類を計算)。",
    ),
    "logs.note.accepted_unwalked": (
        "Distinct accepted flows that were not compared: {groups} (the {walked} most frequent were).",
        "許可されたフローのうち {groups} 種類は照合していません (頻度の高い {walked} 種類を照合)。",
    ),
    "logs.note.events_unwalked": (
        "Denied events that were counted but not looked at: {events}.",
        "ほか {events} 件の拒否イベントは件数のみです。",
    ),
    "logs.note.skipdata": (
        "SKIPDATA records: {records}; the log itself has gaps there.",
        "SKIPDATA が {records} 件あり、その間はログ自体が欠けています。",
    ),
    "logs.note.errors": (
        "CloudTrail events with errors that are no denials: {events}; they are not looked at.",
        "拒否以外のエラーを持つ CloudTrail イベント {events} 件は対象外です。",
    ),
    "logs.note.never": (
        "Flow logs never hold traffic to Amazon DNS, the metadata and time services, or DHCP.",
        "Amazon DNS、メタデータ、時刻サービス、DHCP への通信はフローログに記録されません。",
    ),
    "logs.note.trail_silent": (
        "What the network stops is never in CloudTrail; denials by an endpoint policy may be only in network-activity "
        "events, which are off by default and do not exist for logs, sts, ecr and execute-api.",
        "ネットワークで止まった呼び出しは CloudTrail に記録されません。エンドポイントポリシーによる拒否はネットワーク"
        "アクティビティイベントにしか残らないことがあります (既定で無効。logs・sts・ecr・execute-api にはありません)。",
    ),
    # Headings and labels.
    "logs.title.flows": (
        "Flow logs: files {files}, records {records} ({accepted} ACCEPT, {rejected} REJECT)",
        "フローログ: {files} ファイル、{records} 件 (ACCEPT {accepted}、REJECT {rejected})",
    ),
    "logs.title.trail": (
        "CloudTrail: files {files}, events {events} ({denied} denied)",
        "CloudTrail: {files} ファイル、{events} イベント、拒否 {denied}",
    ),
    "logs.title.left": (
        "left out: {nodata} NODATA, {skipdata} SKIPDATA, {other} without data, {outside} outside the time, "
        "{unreadable} unreadable",
        "除外: NODATA {nodata}、SKIPDATA {skipdata}、データなし {other}、期間外 {outside}、読み取り不能 {unreadable}",
    ),
    "logs.heading.contradicted": ("Observed is not what the estate predicts", "観測と構成上の予測が食い違うもの"),
    "logs.heading.lost": ("Accepted, but does not work", "許可されたが成立しないもの"),
    "logs.heading.explained": ("Refused, as the estate predicts", "構成どおり拒否されたもの"),
    "logs.heading.open": ("Not explained", "説明できないもの"),
    "logs.heading.denied": ("Denied API calls", "拒否された API 呼び出し"),
    "logs.heading.talkers": ("Refused most", "拒否の多い送信元"),
    "logs.heading.notes": ("Notes", "補足"),
    "logs.records": ("records: {records}", "{records} 件"),
    "logs.events": ("events: {events}", "{events} 件"),
    "logs.observed": ("observed", "観測"),
    "logs.predicted": ("by the estate", "構成上"),
    "logs.perhaps": ("perhaps", "可能性"),
    "logs.leg.forward": ("request", "リクエスト"),
    "logs.leg.reply": ("answer", "応答"),
    "logs.way.ingress": ("in", "受信"),
    "logs.way.egress": ("out", "送信"),
    "logs.members.clients": ("{count} sources alike", "同種の送信元 {count}"),
    "logs.members.servers": ("{count} destinations alike", "同種の宛先 {count}"),
    "logs.members.ports": ("{count} ports from {low} to {high}", "ポート {low}～{high} のうち {count}"),
    "logs.talker": (
        "records {records}, packets {packets}, interfaces {interfaces}",
        "{records} 件、{packets} パケット、{interfaces} インターフェイス",
    ),
    "logs.more": ("+{count} more (--limit shows them)", "ほか {count} 件 (--limit で表示)"),
    "logs.verdict.ok": ("Nothing was refused.", "拒否されたものはありません。"),
    "logs.verdict.nothing": ("No record or event could be used.", "利用できる記録やイベントがありませんでした。"),
    "logs.verdict.explained": (
        "refused or lost: {refused}; the estate explains each.",
        "拒否または喪失 {refused} 種類。すべて構成で説明できます。",
    ),
    "logs.verdict.open": (
        "refused or lost: {refused}, contradictions: {contradicted}, not explained: {open}.",
        "拒否または喪失 {refused} 種類、食い違い {contradicted} 種類、説明できないもの {open} 種類。",
    ),
}
