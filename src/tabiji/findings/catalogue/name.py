"""A name that gives no address to connect to."""

from __future__ import annotations

TEXTS = {
    "name.nxdomain": (
        "{name} does not exist, says {component} (NXDOMAIN).",
        "{component} によると {name} は存在しません (NXDOMAIN)。",
    ),
    "name.no_data": (
        "{name} exists but has no address record, says {component}.",
        "{component} によると {name} は存在しますが、アドレスのレコードがありません。",
    ),
    "name.servfail": (
        "{name} cannot be resolved: SERVFAIL from {component}.",
        "{name} を解決できません: {component} が SERVFAIL を返します。",
    ),
    "name.refused": (
        "{component} refuses to answer for {name} (REFUSED).",
        "{component} は {name} の問い合わせを拒否します (REFUSED)。",
    ),
    "name.timeout": (
        "No DNS server answers for {name} (last asked: {server}).",
        "{name} に応答する DNS サーバーがありません (最後の問い合わせ先: {server})。",
    ),
    "name.no_answer": (
        "{name} could not be asked for: the client has no DNS server.",
        "クライアントに DNS サーバーがなく、{name} を問い合わせられません。",
    ),
    "dns.support_off": (
        "enableDnsSupport of {vpc} is off: its resolver does not answer.",
        "{vpc} の enableDnsSupport が無効で、リゾルバーは応答しません。",
    ),
}
