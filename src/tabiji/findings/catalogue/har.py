"""What a recorded browser session shows, and why its calls failed."""

from __future__ import annotations

TEXTS = {
    # What the browser recorded.
    "har.saw.timeout": ("timed out", "タイムアウト"),
    "har.saw.refused": ("refused (connection reset at once)", "接続拒否 (RST)"),
    "har.saw.unreachable": ("destination reported unreachable", "宛先到達不能"),
    "har.saw.reset": ("connection closed or reset before or in TLS", "TLS 確立前または途中で切断"),
    "har.saw.empty": ("closed without an answer", "応答なしで切断"),
    "har.saw.no_name": ("name does not resolve", "名前解決失敗 (該当なし)"),
    "har.saw.no_dns": ("name does not resolve, DNS server silent", "名前解決失敗 (DNS サーバー無応答)"),
    "har.saw.dns": ("name does not resolve", "名前解決失敗"),
    "har.saw.offline": ("browser saw no network", "ブラウザはオフラインと判定"),
    "har.saw.unknown_ca": ("certificate of an unknown CA", "不明な CA の証明書"),
    "har.saw.wrong_certificate": ("certificate for another name", "別名の証明書"),
    "har.saw.tls": ("TLS failed: {error}", "TLS 失敗: {error}"),
    "har.saw.lna": ("refused by the browser: Local Network Access", "ブラウザが拒否: Local Network Access"),
    "har.saw.preflight_refused": ("CORS preflight answered {status}", "CORS プリフライトが {status}"),
    "har.saw.no_cors": ("answered {status} without CORS headers", "{status} (CORS ヘッダーなし)"),
    "har.saw.failed": ("failed, cause not recorded", "失敗 (原因の記録なし)"),
    "har.saw.permission": ("denied: {status} {aws_error}", "権限拒否: {status} {aws_error}"),
    "har.saw.throttled": ("throttled: {status} {aws_error}", "スロットリング: {status} {aws_error}"),
    "har.saw.answered": ("answered {status} {aws_error}", "{status} {aws_error} の応答"),
    "har.saw.server_error": ("answered {status} {aws_error}", "{status} {aws_error} の応答"),
    "har.saw.pending": ("no answer when the file was saved", "保存時点で応答待ち"),
    "har.saw.unrecorded": ("failed, cause not recorded", "失敗 (原因の記録なし)"),
    "har.saw.proxy": ("proxy failed: {error}", "プロキシ失敗: {error}"),
    "har.saw.blocked_here": ("stopped in the browser: {error}", "ブラウザ内でブロック: {error}"),
    "har.saw.other": ("failed: {error}", "失敗: {error}"),
    "har.saw.ok": ("ok", "成功"),
    "har.saw.cancelled": ("cancelled", "取り消し"),
    # Observed beside predicted.
    "har.because.permission": (
        "The network worked: the service itself answered {status}. The file does not hold its message; export it "
        "with "
        "content to see which policy denied.",
        "ネットワークは正常です。サービス自身が {status} を返しました。メッセージはファイルにありません。どのポリ"
        "シーによる拒否かを"
        "見るには、コンテンツ付きでエクスポートしてください。",
    ),
    "har.because.permission_named": (
        "The network worked: the service itself denied the call: {message}",
        "ネットワークは正常です。サービス自身が拒否しました: {message}",
    ),
    "har.because.answered": (
        "The network worked: the service answered {status}. That may be a denial or a bad request; the file holds "
        "neither error type nor body.",
        "ネットワークは正常です。サービスが {status} を返しました。権限拒否か不正なリクエストか、エラー種別も本文"
        "もファイルに"
        "ないため判定できません。",
    ),
    "har.because.answered_named": (
        "The network worked: the service answered {status} {aws_error}. {message}",
        "ネットワークは正常です。サービスが {status} {aws_error} を返しました。{message}",
    ),
    "har.because.throttled": (
        "The network worked: the service throttled the call ({status} {aws_error}).",
        "ネットワークは正常です。サービスが呼び出しをスロットリングしました ({status} {aws_error})。",
    ),
    "har.because.preflight_refused": (
        "A server was reached and answered the CORS preflight with {status}; the browser then did not send the call.",
        "サーバーには到達し、CORS プリフライトに {status} が返りました。そのためブラウザは本体の呼び出しを送って"
        "いません。",
    ),
    "har.because.no_cors": (
        "A server was reached: it answered {status} without CORS headers, so the page may not read the answer. The "
        "network is not the cause.",
        "サーバーには到達しています。CORS ヘッダーのない {status} のため、ページは応答を読めません。ネットワーク"
        "は原因ではありません。",
    ),
    "har.because.lna": (
        "The browser itself refused it: a page from a public address may call a private address only with the Local "
        "Network Access permission. TCP and TLS had reached the server.",
        "ブラウザ自身が拒否しました。パブリックアドレスのページからプライベートアドレスへの呼び出しには Local "
        "Network Access の"
        "許可が必要です。TCP と TLS はサーバーに到達していました。",
    ),
    "har.because.blocked_here": (
        "An extension or an administrator's setting in the browser stopped it ({error}); no packet left.",
        "ブラウザの拡張機能または管理者設定が止めました ({error})。パケットは出ていません。",
    ),
    "har.because.unknown_ca": (
        "What answered for {host} showed a certificate of a CA the browser does not know: TLS inspection on the way "
        "fits.",
        "{host} として応答した相手の証明書は、ブラウザの知らない CA のものです。経路上の TLS インスペクションが考"
        "えられます。",
    ),
    "har.because.wrong_certificate": (
        "What answered for {host} showed a certificate for another name: a hosts entry, a relay or the wrong "
        "endpoint "
        "fits.",
        "{host} として応答した相手の証明書は別の名前のものです。hosts の記述、中継サーバー、誤ったエンドポイント"
        "が考えられます。",
    ),
    "har.because.wrong_certificate_at": (
        "What answered for {host} showed a certificate for another name: a hosts entry, a relay or the wrong "
        "endpoint "
        "fits. By the estate the name leads to {addresses}.",
        "{host} として応答した相手の証明書は別の名前のものです。hosts の記述、中継サーバー、誤ったエンドポイント"
        "が考えられます。"
        "構成上、この名前は {addresses} に解決されます。",
    ),
    "har.because.tls": (
        "TLS failed ({error}); the packets arrived.",
        "TLS が失敗しました ({error})。パケットは届いています。",
    ),
    "har.because.proxy": (
        "The browser's proxy failed ({error}): the call did not go to {host} from here.",
        "ブラウザのプロキシが失敗しました ({error})。ここから {host} へ直接は接続していません。",
    ),
    "har.because.empty": (
        "{host} took the request and closed the connection without an answer; the file does not say why.",
        "{host} はリクエストを受け取り、応答せずに切断しました。理由はファイルからは分かりません。",
    ),
    "har.because.other": (
        "The browser recorded {error}; no journey can explain that.",
        "ブラウザの記録は {error} です。経路の計算では説明できません。",
    ),
    "har.because.not_walked": (
        "Not walked; give -n ESTATE and --from to have the cause looked for.",
        "経路は未計算です。-n ESTATE と --from を指定すると原因を調べます。",
    ),
    "har.because.undetermined": (
        "Whether {host} can be reached cannot be told from this estate.",
        "この構成情報からは {host} に到達できるか判定できません。",
    ),
    "har.because.blocked": (
        "The estate explains it: the way to {host} is stopped.",
        "構成で説明できます: {host} への経路は遮断されています。",
    ),
    "har.because.unrecorded_blocked": (
        "The file does not record why, but by the estate the way to {host} is stopped.",
        "ファイルに原因の記録はありませんが、構成上 {host} への経路は遮断されています。",
    ),
    "har.because.blocked_otherwise": (
        "By the estate the way to {host} is stopped, but that would look different in the browser: the estate or the "
        "place named with --from is not what was used.",
        "構成上 {host} への経路は遮断されていますが、その場合ブラウザでの見え方が異なります。構成情報または"
        " --from の場所が実際と"
        "違う可能性があります。",
    ),
    "har.because.but_reachable": (
        "By the estate {host} can be reached from there. What stops it is not in the estate: a firewall or proxy on "
        "the way, the machine itself, or a change since the estate was collected.",
        "構成上、そこから {host} へは到達できます。原因は構成情報の外 (経路上のファイアウォールやプロキシ、端末自"
        "身、収集後の変更) に"
        "あります。",
    ),
    "har.because.unrecorded_but_reachable": (
        "The file does not record why, and by the estate {host} can be reached from there.",
        "ファイルに原因の記録がなく、構成上は {host} へ到達できます。",
    ),
    "har.because.perhaps_lna": (
        "By the estate {host} can be reached from there, at a private address. The browser's Local Network Access "
        "refusal fits: look for 'Permission was denied' in the DevTools console, or try curl from the same machine.",
        "構成上、そこから {host} へはプライベートアドレスで到達できます。ブラウザの Local Network Access による拒"
        "否が考えられます。"
        "DevTools のコンソールの 'Permission was denied' を確認するか、同じ端末から curl で試してください。",
    ),
    # Notes.
    "har.note.proxied_work": (
        "{calls} calls through the console's own servers worked in the same session: sign-in, console and Internet "
        "access are fine, only calls from the browser straight to service endpoints fail.",
        "同じセッションで、コンソールのサーバー経由の呼び出し {calls} 件は成功しています。サインイン、コンソール"
        "、インターネット接続は"
        "正常で、ブラウザからサービスエンドポイントへの直接の呼び出しだけが失敗しています。",
    ),
    "har.note.private_works": (
        "Private DNS is in force there, and these endpoints answered at private addresses: {hosts}.",
        "プライベート DNS が有効で、次のエンドポイントはプライベートアドレスで応答しています: {hosts}。",
    ),
    "har.note.lna": (
        "Local Network Access stopped {hosts}: allow the console's site to reach the local network in the "
        "browser. The "
        "tell: curl from the same machine works, and an unmanaged browser profile fails.",
        "Local Network Access により {hosts} が止められています。ブラウザでコンソールのサイトにローカルネットワー"
        "クへのアクセスを許可して"
        "ください。見分け方: 同じ端末の curl は成功し、管理外のブラウザプロファイルでは失敗します。",
    ),
    "har.note.lna_next": (
        "A second cause may follow: {hosts} are private addresses called from a public page, for which this browser "
        "asks the Local Network Access permission. It did not stop these calls (it leaves an error of its own), "
        "but it "
        "can once the network lets them through.",
        "次の原因に注意: {hosts} はパブリックなページから呼ばれるプライベートアドレスで、このブラウザは Local "
        "Network Access の許可を"
        "求めます。今回の失敗の原因ではありませんが (固有のエラーが残るため)、ネットワークが通った後に止められる"
        "ことがあります。",
    ),
    "har.note.works_though_blocked": (
        "{host} answered ({address}), though by the estate it cannot be reached from there.",
        "{host} は応答しましたが ({address})、構成上はそこから到達できないはずです。",
    ),
    "har.note.other_address": (
        "{host} was reached at {address}; by the estate the name leads to {predicted}.",
        "{host} の実際の接続先は {address} でした。構成上、この名前は {predicted} に解決されます。",
    ),
    "har.note.private_address": (
        "{host} was reached at the private address {address}; by the estate the name stays public from there.",
        "{host} の実際の接続先はプライベートアドレス {address} でした。構成上、そこからはパブリックのままです。",
    ),
    "har.note.not_walked": ("{hosts} more hosts were not walked.", "ほか {hosts} ホストの経路は計算していません。"),
    "har.note.dropped": (
        "{calls} more API calls were counted but not looked at.",
        "ほか {calls} 件の API 呼び出しは件数のみ数えました。",
    ),
    # CloudTrail.
    "har.trail.never": (
        "{calls} failed calls cannot be in CloudTrail: the API never received them ({hosts}).",
        "失敗した呼び出しのうち {calls} 件は CloudTrail に記録され得ません。API に届いていないためです ({hosts})。",
    ),
    "har.trail.unsure": (
        "Whether {calls} failed calls reached the API cannot be told ({hosts}).",
        "失敗した呼び出しのうち {calls} 件は、API に届いたか判定できません ({hosts})。",
    ),
    "har.trail.denied": (
        "Denied calls leave an AccessDenied event; one by an endpoint policy may be absent when the endpoint "
        "belongs to "
        "another account. Network-activity events, if switched on, show it to the endpoint's owner ({hosts}).",
        "拒否された呼び出しは AccessDenied イベントになります。エンドポイントポリシーによる拒否は、エンドポイント"
        "が別アカウント所有の"
        "場合は記録されないことがあります。ネットワークアクティビティイベントを有効にしていれば所有者側で見えます"
        " ({hosts})。",
    ),
    "har.trail.no_network_events": (
        "For {services} there are no network-activity events.",
        "{services} にはネットワークアクティビティイベントがありません。",
    ),
    "har.trail.proxied": (
        "Calls through the console are in CloudTrail with the console's address, not the user's.",
        "コンソール経由の呼び出しは、利用者ではなくコンソールのアドレスで CloudTrail に記録されます。",
    ),
    # Headings and labels.
    "har.title": (
        "{entries} entries, {calls} API calls ({direct} direct, {proxied} through the console), {failed} failed",
        "{entries} エントリ、API 呼び出し {calls} 件 (直接 {direct}、コンソール経由 {proxied})、失敗 {failed}",
    ),
    "har.screen": ("Screen", "画面"),
    "har.screen.failed": ("{failed} of {calls} API calls failed", "API 呼び出し {calls} 件中 {failed} 件失敗"),
    "har.screen.ok": ("{calls} API calls, none failed", "API 呼び出し {calls} 件、失敗なし"),
    "har.screen.worked": (
        "the others worked (direct: {direct}, through the console: {proxied})",
        "その他は成功 (直接: {direct}、コンソール経由: {proxied})",
    ),
    "har.kind.direct": ("direct", "直接"),
    "har.kind.proxied": ("console", "コンソール経由"),
    "har.why": ("Why", "原因"),
    "har.seen": ("seen", "観測"),
    "har.predicted": ("by the estate", "構成上"),
    "har.calls": ("calls: {calls}", "{calls} 件"),
    "har.mends": ("What mends most", "最も効果の大きい修正"),
    "har.mends.also": ("Then", "続いて"),
    "har.mends.count": (
        "mends {calls} of {failed} failed calls: {hosts}",
        "失敗 {failed} 件中 {calls} 件を解消: {hosts}",
    ),
    "har.trail": ("CloudTrail", "CloudTrail"),
    "har.notes": ("Notes", "補足"),
    "har.verdict.ok": ("No API call failed.", "失敗した API 呼び出しはありません。"),
    "har.verdict.explained": (
        "{failed} API calls failed; each is explained.",
        "{failed} 件の API 呼び出しが失敗しました。すべて説明できます。",
    ),
    "har.verdict.open": (
        "{failed} API calls failed; {open} of them are not explained.",
        "{failed} 件の API 呼び出しが失敗しました。うち {open} 件は説明できません。",
    ),
    "har.redacted": (
        "{file}: {entries} entries written, {values} values replaced",
        "{file}: {entries} エントリを書き出し、{values} 個の値を置き換えました",
    ),
    "har.more": ("+{count} more", "ほか {count} 件"),
}
