"""Headings and labels of reports."""

from __future__ import annotations

TEXTS = {
    "report.name": ("Name", "名前解決"),
    "report.there": ("There", "往路"),
    "report.back": ("Back", "復路"),
    "report.blockers": ("What stops it", "止めている原因"),
    "report.unknowns": ("What is not known", "判定できない点"),
    "report.warnings": ("Watch out", "注意"),
    "report.notes": ("Notes", "補足"),
    "report.fix": ("Smallest fix", "最小の修正"),
    "report.fixes": ("Other fixes", "その他の修正案"),
    "report.fix_verified": ("checked: with this change the request works", "検証済み: この変更で到達できます"),
    "report.fix_unverified": ("not checked", "未検証"),
    "report.overlay": ("as an overlay (--overlay FILE):", "オーバーレイ (--overlay FILE) として:"),
    "report.terraform": ("in Terraform:", "Terraform では:"),
    "report.paths": ("Other ways", "他の経路"),
    "report.path": ("Way {number} of {all}: {destination}", "経路 {number}/{all}: {destination}"),
    "report.asked": ("asked {server}", "問い合わせ先 {server}"),
    "report.hosts_file": ("from the hosts file, no DNS was asked", "hosts ファイルによる (DNS 問い合わせなし)"),
    "report.no_data": ("no {type} record", "{type} レコードなし"),
    "report.candidates": ("one of several: {reason}", "複数のうち 1 つ: {reason}"),
    "report.waits": ("after {seconds} s of waiting", "{seconds} 秒待った後"),
    "report.at": ("at {number}", "{number}"),
    "report.facts": ("facts", "根拠"),
    "report.no_answer": ("no answer", "応答なし"),
    "report.more": ("+{count} more with --explain", "他 {count} 件 (--explain で表示)"),
    "report.explain_hint": (
        "--explain shows every check with the facts it rests on",
        "--explain で、すべての判定とその根拠を表示します",
    ),
    "report.unknown": ("cannot be told: {reason}", "判定できません: {reason}"),
    "report.type_code": ("{protocol} echo", "{protocol} エコー"),
    "report.rest": (
        "nothing else stops it in the remaining {count} steps (--explain shows them)",
        "残り {count} ステップに他の障害はありません (--explain で表示)",
    ),
    "report.as_if": (
        "from here on as if it had been let through:",
        "ここから先は、通過できたと仮定した場合の経路です:",
    ),
}
