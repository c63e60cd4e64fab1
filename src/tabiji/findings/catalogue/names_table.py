"""The table of names: what looks wrong in it, what is behind that, and its headings."""

from __future__ import annotations

TEXTS = {
    # What looks wrong.
    "names_table.public_own": (
        "gets a public address, though {endpoint} in its own VPC {vpc} serves it",
        "自分の VPC {vpc} に {endpoint} があるのに、パブリックアドレスになります",
    ),
    "names_table.not_the_own": (
        "gets {instead}, not {endpoint} of its own VPC {vpc}",
        "自分の VPC {vpc} の {endpoint} ではなく {instead} になります",
    ),
    "names_table.public_near": (
        "gets a public address, though there is a way to {endpoint} in {vpc}",
        "{vpc} の {endpoint} へ経路があるのに、パブリックアドレスになります",
    ),
    "names_table.wrong_service": (
        "gets {endpoint}, an endpoint for {other}, not for {service}",
        "{service} ではなく {other} 用のエンドポイント {endpoint} になります",
    ),
    "names_table.stale": (
        "gets {address}, which nobody has ({component} says so)",
        "誰も使っていない {address} になります ({component} による)",
    ),
    "names_table.shadowed": (
        "{rcode}: {zone} ({component}) decides alone and does not have it",
        "{rcode}: {zone} ({component}) だけが参照され、そこにこの名前がありません",
    ),
    "names_table.not_found": ("{rcode}, says {component}", "{rcode} ({component} による)"),
    "names_table.failed": ("{rcode} from {component}", "{component} が {rcode} を返します"),
    "names_table.no_answer": (
        "no answer comes back from DNS ({rcode}): {component}",
        "DNS の応答がありません ({rcode}): {component}",
    ),
    "names_table.blocked": (
        "DNS Firewall rule {component} blocks it, though {endpoint} could serve it",
        "{endpoint} を使えるのに、DNS Firewall のルール {component} が遮断します",
    ),
    "names_table.differs": (
        "does not get {endpoint}, as {there} beside it does",
        "隣の {there} と違い、{endpoint} になりません",
    ),
    "names_table.no_connection": (
        "TCP {port} to it does not get there and back: {why} {component}",
        "TCP {port} が往復できません: {why} {component}",
    ),
    # What is behind it.
    "names_table.cause.state": ("the endpoint is not available", "エンドポイントが available ではありません"),
    "names_table.cause.private_dns_off": (
        "its private DNS is off",
        "エンドポイントのプライベート DNS が無効です",
    ),
    "names_table.cause.attributes": (
        "enableDnsSupport or enableDnsHostnames of the VPC is off",
        "VPC の enableDnsSupport か enableDnsHostnames が無効です",
    ),
    "names_table.cause.not_covered": (
        "its private names do not include this one",
        "エンドポイントのプライベート名にこの名前は含まれません",
    ),
    "names_table.cause.inbound_only": (
        "its private names serve inbound endpoints only, and no gateway endpoint is there",
        "プライベート名はインバウンドエンドポイント専用で、ゲートウェイエンドポイントもありません",
    ),
    "names_table.cause.other_server": (
        "the DNS server asked there is not the VPC's resolver, or a hosts file answers",
        "問い合わせ先が VPC のリゾルバーではないか、hosts ファイルが答えています",
    ),
    "names_table.cause.claimed": (
        "a zone or rule of the VPC comes first",
        "VPC に関連付けられたゾーンかルールが先に答えます",
    ),
    # Cells.
    "names_table.kind.endpoint": ("endpoint", "エンドポイント"),
    "names_table.kind.other_endpoint": ("other endpoint", "別のエンドポイント"),
    "names_table.kind.gateway": ("public (gateway)", "公開 (ゲートウェイ)"),
    "names_table.kind.public": ("public", "公開"),
    "names_table.kind.private": ("private", "プライベート"),
    "names_table.kind.nxdomain": ("NXDOMAIN", "NXDOMAIN"),
    "names_table.kind.nodata": ("no address", "アドレスなし"),
    "names_table.kind.blocked": ("blocked at DNS", "DNS で遮断"),
    "names_table.kind.failed": ("DNS fails", "DNS エラー"),
    "names_table.kind.unknown": ("unknown", "不明"),
    # Headings.
    "names_table.title": (
        "{names} names × {places} places: {wrong} answers look wrong, {unknown} cannot be told",
        "名前 {names} × 場所 {places}: 問題がありそうな応答 {wrong} 件、判定できない応答 {unknown} 件",
    ),
    "names_table.wrong": ("Looks wrong", "問題がありそうな応答"),
    "names_table.not_known": ("Cannot be told", "判定できない応答"),
    "names_table.table": ("Answers", "応答"),
    "names_table.endpoints": ("Endpoints, and who resolves a name to them", "エンドポイントと、それを使う場所"),
    "names_table.nobody": ("nobody", "なし"),
    "names_table.everybody": ("all places", "すべて"),
    "names_table.alike": ("{first} stands for {others} too", "{others} は {first} と同じ"),
    "names_table.rest": (
        "{count} more names are public everywhere (--explain lists them)",
        "他の {count} 個の名前はどこでも公開アドレス (--explain で一覧)",
    ),
    "names_table.other_servers": (
        "{vpc}: its resolver was asked; DHCP gives its hosts {servers}",
        "{vpc}: VPC のリゾルバーに問い合わせました。DHCP がホストに配るのは {servers} です",
    ),
    "names_table.of": ("{name} at {places}", "{name} ({places})"),
}
