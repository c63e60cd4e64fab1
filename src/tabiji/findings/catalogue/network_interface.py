"""Network interfaces and the hosts behind them."""

from __future__ import annotations

TEXTS = {
    "eni.source_check": (
        "{component} sends from an address that is not its own, and its source/destination check is on: {packet}.",
        "{component} は自身のものでないアドレスから送信していますが、送信元/送信先チェックが有効です: {packet}。",
    ),
    "eni.dest_check": (
        "{component} gets a packet for another address, and its source/destination check is on: {packet}.",
        "{component} に他のアドレス宛てのパケットが届きましたが、送信元/送信先チェックが有効です: {packet}。",
    ),
    "eni.not_attached": (
        "{component} is attached to nothing; nobody receives its packets.",
        "{component} はどこにもアタッチされておらず、パケットを受け取るものがありません。",
    ),
    "eni.not_running": (
        "The instance of {component} is {state}.",
        "{component} のインスタンスは {state} 状態です。",
    ),
    "host.not_listening": (
        "{component} does not listen for {packet} (it listens on: {listens}); the connection is refused.",
        "{component} は {packet} を待ち受けていません (待ち受け: {listens})。接続は拒否されます。",
    ),
    "host.own_route": (
        "{component} has a route of its own that covers {destination} ({routes}); the packet never leaves the host.",
        "{component} 自身のルート ({routes}) が {destination} を含むため、パケットはホストの外に出ません。",
    ),
    "host.no_family": (
        "{host} has no {family} address, so it cannot send to {destination}.",
        "{host} には {family} アドレスがないため、{destination} に送信できません。",
    ),
}
