"""What would mend it."""

from __future__ import annotations

TEXTS = {
    "fix.sg.add_rule": (
        "Add an {direction} rule to {group}: {rule}.",
        "{group} に {direction} ルールを追加します: {rule}。",
    ),
    "fix.nacl.add_rule": (
        "Add {direction} rule {number} to {nacl}: {rule}.",
        "{nacl} に {direction} ルール {number} を追加します: {rule}。",
    ),
    "fix.route.add": (
        "Add a route to {table}: {destination} to {target}.",
        "{table} にルートを追加します: {destination} → {target}。",
    ),
    "fix.route.replace": (
        "Replace the target of {destination} in {table}: {target}.",
        "{table} の {destination} のターゲットを {target} に置き換えます。",
    ),
    "fix.endpoint.private_dns": (
        "Turn on private DNS names of {endpoint}.",
        "{endpoint} のプライベート DNS 名を有効にします。",
    ),
    "fix.zone.associate": (
        "Associate {zone} with {vpc}.",
        "{zone} を {vpc} に関連付けます。",
    ),
    "fix.public_ip": (
        "Give {eni} a public IPv4 address.",
        "{eni} にパブリック IPv4 アドレスを割り当てます。",
    ),
    "fix.tgw.associate": (
        "Associate {attachment} with {table}.",
        "{attachment} を {table} に関連付けます。",
    ),
    "fix.tgw.route": (
        "Add a route to {table}: {destination} to {attachment}.",
        "{table} にルートを追加します: {destination} → {attachment}。",
    ),
    "fix.tgw.appliance_mode": (
        "Turn on appliance mode of {attachment}.",
        "{attachment} のアプライアンスモードを有効にします。",
    ),
    "fix.source_dest_check": (
        "Turn off the source/destination check of {eni}.",
        "{eni} の送信元/送信先チェックを無効にします。",
    ),
    "fix.several": ("Several changes together:", "複数の変更をまとめて行います:"),
}
