"""What the lab says: what came up, what did not work."""

from __future__ import annotations

TEXTS = {
    "lab.is_up": (
        "{name} is up: {hosts} hosts, {ports} ports, {services} ({seconds} s)",
        "{name} が起動しました: ホスト {hosts} 台、ポート {ports} 個、{services} ({seconds} 秒)",
    ),
    "lab.with_services": ("services", "サービスあり"),
    "lab.without_services": ("no services", "サービスなし"),
    "lab.more_hosts": ("... and {count} more (tabiji lab status)", "... 他 {count} 台 (tabiji lab status)"),
    "lab.forwards": ("forwards", "転送する"),
    "lab.listens": ("listens on {ports}", "待ち受け {ports}"),
    "lab.uncovered": (
        "Not built, packets that meet it are dropped ({count}):",
        "未対応のため、通るパケットは破棄されます ({count} 件):",
    ),
    "lab.then": ("Run a program: {exec}   Take it down: {down}", "プログラムの実行: {exec}   終了: {down}"),
    "lab.status": (
        "{name}: up for {time}, {hosts} hosts, {ports} ports, {services}, {programs} programs running, from {net}",
        "{name}: 稼働 {time}、ホスト {hosts} 台、ポート {ports} 個、{services}、"
        "実行中のプログラム {programs} 個、構成 {net}",
    ),
    "lab.starting": ("{name}: coming up", "{name}: 起動中"),
    "lab.is_down": ("{name} is down ({seconds} s)", "{name} を終了しました ({seconds} 秒)"),
    "lab.none": ("no lab is up (tabiji lab up -n ESTATE)", "起動中のラボはありません (tabiji lab up -n ESTATE)"),
    "lab.none_such": ("no lab {name} is up; there are: {there}", "ラボ {name} は起動していません。起動中: {there}"),
    "lab.several": (
        "several labs are up, name one: {there}",
        "複数のラボが起動しています。名前を指定してください: {there}",
    ),
    "lab.already_up": (
        "a lab {name} is up already: take it down, or give this one another --name",
        "ラボ {name} は既に起動しています。終了するか、別の --name を指定してください",
    ),
    "lab.bad_name": (
        "{name} cannot be a lab's name: up to 40 of a-z 0-9 . _ -, beginning with a letter or digit",
        "{name} はラボの名前に使えません。英小文字か数字で始まる 40 文字以内の a-z 0-9 . _ - で指定してください",
    ),
    "lab.no_folder": ("cannot make {path}: {why}", "{path} を作成できません: {why}"),
    "lab.folder_unsafe": (
        "{path} must be a directory that is yours alone (mode 0700); set XDG_RUNTIME_DIR, or remove it",
        "{path} は自分専用のディレクトリ (モード 0700) でなければなりません。"
        "XDG_RUNTIME_DIR を設定するか、削除してください",
    ),
    "lab.not_ready": ("lab {name} is still coming up", "ラボ {name} はまだ起動中です"),
    "lab.no_answer": ("lab {name} does not answer: {why}", "ラボ {name} が応答しません: {why}"),
    "lab.went_away": ("lab {name} was taken down", "ラボ {name} は終了しました"),
    "lab.other_version": (
        "lab {name} was brought up by another version of tabiji (protocol {version}): take it down and up again",
        "ラボ {name} は別のバージョンの tabiji (プロトコル {version}) で起動されました。終了して起動し直してください",
    ),
    "lab.will_not_go": (
        "lab {name} does not end (process {pid})",
        "ラボ {name} が終了しません (プロセス {pid})",
    ),
    "lab.no_namespaces": (
        "this user may not make namespaces here: {why}; tabiji lab doctor says what is missing",
        "このユーザーは名前空間を作成できません: {why}。不足しているものは tabiji lab doctor で確認できます",
    ),
    "lab.start_failed": (
        "lab {name} did not come up: {why}; tabiji lab doctor says what the machine lacks",
        "ラボ {name} を起動できませんでした: {why}。このマシンに不足しているものは tabiji lab doctor で確認できます",
    ),
    "lab.too_many_hosts": (
        "{hosts} hosts need {needed} open files, and this process may have {most} (ulimit -n); "
        "tabiji lab probe needs none for hosts",
        "ホスト {hosts} 個にはファイルが {needed} 個必要ですが、開けるのは {most} 個までです (ulimit -n)。"
        "tabiji lab probe ならホストの分は不要です",
    ),
    "lab.start_killed": (
        "lab {name} was killed while it came up (log: {why})",
        "ラボ {name} は起動中に強制終了されました (ログ: {why})",
    ),
    "lab.services_failed": (
        "the services did not start: {why}; --no-services brings the network up alone",
        "サービスを起動できませんでした: {why}。--no-services でネットワークだけを起動できます",
    ),
    "lab.failed": ("the lab could not do it: {why}", "ラボで処理できませんでした: {why}"),
    "lab.apply_failed": (
        "the change was not made, the lab is as it was: {why}",
        "変更は行われず、ラボは元のままです: {why}",
    ),
    "lab.apply_broke": (
        "the change failed half-way and could not be undone; take the lab down and bring it up again: {why}",
        "変更が途中で失敗し、元にも戻せませんでした。ラボを down してから up し直してください: {why}",
    ),
    "lab.shape_failed": (
        "the links of {who} cannot be made so, and are plain now: {why}",
        "{who} のリンクをそのようにできません。今は何も付いていません: {why}",
    ),
    "lab.cannot_delay": (
        "{who} cannot be made to look far away: this kernel has no netem, and without it a TUN device is needed: {why}",
        "{who} に遅延を付けられません: このカーネルには netem がなく、代わりに必要な TUN デバイスも使えません: {why}",
    ),
    "lab.no_delay": (
        "{who}: this kernel has no netem, and only hosts can be made to look far away without it",
        "{who}: このカーネルには netem がなく、netem なしで遅延を付けられるのはホストだけです",
    ),
    "lab.shaped": ("{who}: {how}", "{who}: {how}"),
    "lab.shaped.rate": ("{value} Mbit/s", "{value} Mbit/s"),
    "lab.shaped.delay": ("{value} ms each way", "片道 {value} ms"),
    "lab.shaped.loss": ("{value} % lost each way", "片道ごとに損失 {value} %"),
    "lab.shaped.and": (", ", "、"),
    "lab.unshaped": ("as fast as it goes", "制限なし"),
    "lab.no_host": (
        "{host} is no host of the lab; there are: {there}",
        "{host} というホストはラボにありません。候補: {there}",
    ),
    "lab.several_hosts": (
        "{host} is the name of several hosts: {there}",
        "{host} という名前のホストが複数あります: {there}",
    ),
    "lab.not_run": ("{program} was not run: {why}", "{program} を実行できませんでした: {why}"),
    "lab.captured": ("{count} packets", "{count} パケット"),
    "lab.hops.delivered": ("arrived", "到達"),
    "lab.hops.dropped": ("dropped: {why}", "破棄: {why}"),
    "lab.hops.unfinished": ("not seen any further", "この先は観測されませんでした"),
    "lab.changed": (
        "{name} changed in {seconds} s, {count} differences:",
        "{name} を変更しました ({seconds} 秒、差分 {count} 件):",
    ),
    "lab.would_change": (
        "{name} would change, {count} differences:",
        "{name} の変更予定 (差分 {count} 件):",
    ),
    "lab.nothing_changed": ("{name} is what the estate says already", "{name} は既に構成どおりです"),
    "lab.probe.no_address": (
        "{target} has no address to send a packet to",
        "{target} には送信先のアドレスがありません",
    ),
    "lab.probe.no_port": (
        "{source} has no interface in the lab",
        "{source} のインターフェイスはラボにありません",
    ),
    "lab.probe.there": ("there", "往路"),
    "lab.probe.back": ("back", "復路"),
    "lab.probe.arrived": ("arrived at {at} as {packet}", "{at} に {packet} として到達"),
    "lab.probe.dropped": ("dropped: {why}", "破棄: {why}"),
    "lab.probe.lost": ("lost without a reason: {why}", "理由なく消失: {why}"),
    "lab.probe.silent": ("the lab does not build {why}", "ラボでは未対応: {why}"),
    "lab.probe.agrees": ("the kernel did what tabiji says", "カーネルの結果は tabiji の判定と一致しました"),
    "lab.probe.disagrees": (
        "tabiji says otherwise ({what}): {predicted}",
        "tabiji の判定と異なります ({what}): {predicted}",
    ),
    "lab.probe.no_claim": ("tabiji makes no claim about this packet", "このパケットについて tabiji は判定しません"),
    "lab.watched": (
        "somebody is watching the hops of this lab already",
        "このラボのホップは既に別のプロセスが監視しています",
    ),
}
