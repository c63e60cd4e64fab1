"""What a running program, or a probe from here, was seen to do."""

from __future__ import annotations

TEXTS = {
    # Headings and rows.
    "strace.head": ("{command}: {ended}, {seconds} s", "{command}: {ended}、{seconds} 秒"),
    "strace.head_untimed": ("{command}: {ended}", "{command}: {ended}"),
    "strace.lines": ("{lines} lines of strace, {rows} events", "strace {lines} 行、イベント {rows} 件"),
    "strace.malformed": ("{count} lines not understood", "解釈できない行 {count} 行"),
    "strace.dropped": ("{count} further events not kept", "保持しなかったイベント {count} 件"),
    "strace.exit": ("exit {code}", "終了コード {code}"),
    "strace.killed": ("killed by {signal}", "{signal} により終了"),
    "strace.running": ("still running", "実行中"),
    "strace.process": ("process {pid} {command}", "プロセス {pid} {command}"),
    "strace.more": ("{count} more (--explain shows them)", "他 {count} 件 (--explain で表示)"),
    "strace.empty": ("no lookup and no connection was seen", "名前解決も接続も観測されませんでした"),
    "strace.asked": ("asked {server}", "問い合わせ先 {server}"),
    "strace.none": ("no address", "アドレスなし"),
    "strace.cut": ("answer cut in the log", "応答はログ内で切れています"),
    "strace.no_name_answer": ("no answer", "応答なし"),
    "strace.unanswered": ("answer not in the log", "応答はログにありません"),
    "strace.connected": ("connected", "接続成功"),
    "strace.refused": ("refused", "接続拒否"),
    "strace.timeout": ("no answer (timeout)", "応答なし (タイムアウト)"),
    "strace.unreachable": ("unreachable ({error})", "到達不能 ({error})"),
    "strace.reset": ("reset", "リセット"),
    "strace.abandoned": ("given up", "接続を断念"),
    "strace.pending": ("outcome not in the log", "結果はログにありません"),
    "strace.failed": ("failed ({error})", "失敗 ({error})"),
    "strace.tls_answered": ("server answered", "サーバー応答あり"),
    "strace.tls_no_answer": ("nothing after the ClientHello", "ClientHello の後に応答なし"),
    "strace.tls_reset": ("reset after the ClientHello", "ClientHello の後にリセット"),
    "strace.tls_closed": ("closed by the server", "サーバーが切断"),
    "strace.tls_alert_sent": ("the client refused: {alert}", "クライアントが拒否: {alert}"),
    "strace.tls_alert_received": ("the server refused: {alert}", "サーバーが拒否: {alert}"),
    "strace.tls_unused": (
        "the client hung up after the handshake",
        "ハンドシェイク直後にクライアントが切断",
    ),
    "strace.tls_unknown": ("outcome not in the log", "結果はログにありません"),
    "strace.data": ("out {sent}, in {received}", "送信 {sent}、受信 {received}"),
    "strace.sent": ("out {sent}", "送信 {sent}"),
    "strace.files": ("files read", "読んだファイル"),
    "strace.absent": ("absent: {files}", "存在しない: {files}"),
    "strace.sockets": ("local sockets", "ローカルソケット"),
    "strace.probes": (
        "{count} address-sort probes (a datagram socket connected, nothing sent) are not contacts",
        "アドレス順の判定用プローブ {count} 件 (UDP の connect のみ、送信なし) は通信ではありません",
    ),
    "strace.no_hello": (
        "TLS is not visible in this log: it holds no write calls (trace network,write,read as well)",
        "このログには write がないため TLS は見えません (network,write,read も採取してください)",
    ),
    "strace.no_reads": (
        "octets received are not in this log (no read calls)",
        "受信量はこのログにありません (read が採取されていません)",
    ),
    "strace.no_clock": ("this log has no times (strace -ttt -T)", "このログには時刻がありません (strace -ttt -T)"),
    "strace.wrong": ("What went wrong", "失敗した点"),
    "strace.beside": ("Observed beside predicted, from {source}", "観測と予測の比較 ({source} から)"),
    # What went wrong.
    "strace.why.nxdomain": (
        "{name} does not exist, says {server}.",
        "{server} によると {name} は存在しません。",
    ),
    "strace.why.name": ("{name}: {server} answered {rcode}.", "{name}: {server} の応答は {rcode}。"),
    "strace.why.no_data": (
        "{name} has no address, says {server}.",
        "{server} によると {name} にアドレスがありません。",
    ),
    "strace.why.dns_silent": (
        "{server} did not answer for {name}: the query or its answer is lost on the way, or nothing listens there.",
        "{server} から {name} の応答がありません。問い合わせか応答が途中で失われているか、サーバーが動いていません。",
    ),
    "strace.why.dns_refused": ("Nothing listens on {server} port 53.", "{server} のポート 53 では何も動いていません。"),
    "strace.why.dns_unreachable": ("{server} cannot be reached from here.", "ここから {server} に到達できません。"),
    "strace.why.timeout": (
        "{place}: no answer to the connection request. It, or the answer to it, is dropped on the way (a "
        "security group, a network ACL, a route, a firewall); nobody refused.",
        "{place}: 接続要求に応答がありません。要求か応答が途中で破棄されています (セキュリティグループ、"
        "ネットワーク ACL、ルート、ファイアウォールなど)。拒否の返事はありません。",
    ),
    "strace.why.abandoned": (
        "{place}: given up before an answer came.",
        "{place}: 応答が来る前に断念しました。",
    ),
    "strace.why.refused": (
        "{place}: refused. The packet arrived; nothing listens on that port, or a firewall rejects it.",
        "{place}: 拒否されました。パケットは届いていますが、そのポートで何も動いていないか、"
        "ファイアウォールが拒否しています。",
    ),
    "strace.why.unreachable": (
        "{place}: unreachable ({error}). This machine has no route, or a router said so.",
        "{place}: 到達不能 ({error})。この機械に経路がないか、途中のルーターがそう返しました。",
    ),
    "strace.why.reset": (
        "{place}: the connection was reset before it opened.",
        "{place}: 接続の確立前にリセットされました。",
    ),
    "strace.why.failed": ("{place}: {error}.", "{place}: {error} で失敗しました。"),
    "strace.why.tls_no_answer": (
        "{place}: the connection opened, and nothing came back after the ClientHello. A firewall that "
        "drops by the server's name (SNI) looks like this, and so does a path whose MTU is smaller than believed.",
        "{place}: 接続は確立しましたが、ClientHello の後に何も返りません。サーバー名 (SNI) で破棄する"
        "ファイアウォールか、経路の MTU が想定より小さい場合にこうなります。",
    ),
    "strace.why.tls_reset": (
        "{place}: reset after the ClientHello. A firewall that rejects by the server's name (SNI) does so.",
        "{place}: ClientHello の後にリセットされました。サーバー名 (SNI) で拒否するファイアウォールの動作です。",
    ),
    "strace.why.tls_closed": (
        "{place}: the server closed the connection during the handshake.",
        "{place}: ハンドシェイク中にサーバーが接続を閉じました。",
    ),
    "strace.why.tls_alert_sent": (
        "{place}: the client refused the server's certificate or answer ({alert}).",
        "{place}: クライアントがサーバーの証明書または応答を拒否しました ({alert})。",
    ),
    "strace.why.tls_alert_received": (
        "{place}: the server refused the handshake ({alert}).",
        "{place}: サーバーがハンドシェイクを拒否しました ({alert})。",
    ),
    "strace.why.tls_unused": (
        "{place}: the client hung up right after the handshake without a request; a client that finds "
        "another name in the certificate does so.",
        "{place}: ハンドシェイク直後に要求なしでクライアントが切断しました。証明書の名前が違うと判断した"
        "クライアントの動作です。",
    ),
    "strace.why.broken": (
        "{place}: the open connection broke ({error}) before anything came back.",
        "{place}: 確立後、何も返らないうちに接続が切れました ({error})。",
    ),
    "strace.why.silent": (
        "{place}: the connection opened, and the server said nothing in time.",
        "{place}: 接続は確立しましたが、時間内にサーバーの応答がありませんでした。",
    ),
    # Observed beside predicted.
    "strace.stage.name": ("name", "名前解決"),
    "strace.stage.transport": ("connection", "接続"),
    "strace.stage.tls": ("TLS", "TLS"),
    "strace.observed": ("observed {observed}", "観測 {observed}"),
    "strace.predicted": ("predicted {predicted}", "予測 {predicted}"),
    "strace.first_difference": ("first difference", "最初の相違"),
    "strace.agree": ("as predicted", "予測どおり"),
    "strace.not_compared": ("cannot be compared: {reason}", "比較できません: {reason}"),
    "strace.word.opened": ("{subject} opened", "{subject} 成功"),
    "strace.word.failed": ("{subject} failed", "{subject} 失敗"),
    "strace.word.reachable": ("opens", "成功"),
    "strace.word.blocked": ("blocked", "到達しない"),
    "strace.word.undetermined": ("cannot be told", "判定できない"),
    # A probe from here.
    "probe.head": ("{target}, from this machine", "{target} (この機械から)"),
    "probe.stage.resolve": ("name", "名前解決"),
    "probe.stage.tcp": ("TCP", "TCP"),
    "probe.stage.tls": ("TLS", "TLS"),
    "probe.stage.http": ("HTTP", "HTTP"),
    "probe.literal": ("an address, nothing to look up", "アドレス指定のため名前解決なし"),
    "probe.addresses": ("{addresses}", "{addresses}"),
    "probe.resolve_failed": ("cannot be resolved: {error}", "名前解決できません: {error}"),
    "probe.resolve_timeout": ("no answer within {seconds} s", "{seconds} 秒以内に応答なし"),
    "probe.connected": ("{address} connected", "{address} 接続成功"),
    "probe.refused": ("{address} refused", "{address} 接続拒否"),
    "probe.timeout": ("{address} no answer within {seconds} s", "{address} {seconds} 秒以内に応答なし"),
    "probe.unreachable": ("{address} unreachable ({error})", "{address} 到達不能 ({error})"),
    "probe.failed": ("{address} failed ({error})", "{address} 失敗 ({error})"),
    "probe.tls_verified": (
        "{version}; certificate for {names}, issued by {issuer}, verified",
        "{version}、証明書の対象 {names}、発行者 {issuer}、検証済み",
    ),
    "probe.tls_unverified": (
        "{version}; certificate for {names}, issued by {issuer}, NOT verified: {error}",
        "{version}、証明書の対象 {names}、発行者 {issuer}、検証に失敗: {error}",
    ),
    "probe.tls_failed": ("handshake failed: {error}", "ハンドシェイク失敗: {error}"),
    "probe.tls_timeout": (
        "nothing after the ClientHello within {seconds} s",
        "ClientHello の後、{seconds} 秒以内に応答なし",
    ),
    "probe.tls_reset": ("reset after the ClientHello", "ClientHello の後にリセット"),
    "probe.http_status": ("HEAD {path}: {status}", "HEAD {path}: {status}"),
    "probe.http_failed": ("HEAD {path}: no HTTP answer ({error})", "HEAD {path}: HTTP の応答なし ({error})"),
    "probe.proxy": (
        "{variable} is set: programs that honour it go through {proxy}; this probe did not",
        "{variable} が設定されています。従うプログラムは {proxy} を経由しますが、このプローブは直接接続しました",
    ),
}
