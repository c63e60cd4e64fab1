"""Flows that stateful filters remember, and the words for protocols and ports they and others match.

A flow is known by the fabric interface it was accepted at and both its ends,
the near one first; what was accepted in one direction passes in both (SG2).
An echo reply passes where its request did, the other way (LAB55c); errors
about a packet pass.
"""

from __future__ import annotations

from collections.abc import Iterator

from .draft import Draft

KEEP_OUT, KEEP_IN = "keep_out", "keep_in"
LEAVING = ("iifname", "saddr", "sport", "daddr", "dport")
"""The interface and both ends, the near one first, in the words that match a packet on its way out of an interface."""
ENTERING = ("oifname", "daddr", "dport", "saddr", "sport")
"""The same on its way in."""
TCP_IDLE, UDP_IDLE, PING_IDLE, OTHER_IDLE = "350s", "180s", "60s", "600s"
"""SG12, SG10; TCP as NAT gateways have it, longer than any test lasts."""
SIZE = 262144
V4, V6 = "ip", "ip6"
ERRORS = {V4: "icmp type { destination-unreachable, time-exceeded, parameter-problem }", V6: "icmpv6 type { 1-4 }"}
PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58, "icmp6": 58}
ICMP = {V4: 1, V6: 58}


def port_match(protocol: str, low: int | None, high: int | None, family: str) -> str | None:
    """The words for a protocol with its ports or ICMP type and code (SG3); None: no packet of that family has it."""
    text = protocol.lower()
    if text in ("-1", "all", ""):
        return ""
    number = PROTOCOLS.get(text, int(text) if text.isdigit() else -1)
    if number in (6, 17):
        name = "tcp" if number == 6 else "udp"
        if low is None or low < 0 or (low <= 0 and (high is None or high >= 65535)):
            return f"meta l4proto {name}"
        return f"{name} dport {low}" if high in (None, low) else f"{name} dport {low}-{high}"
    if number in (1, 58):
        return icmp_match(number, -1 if low is None else low, -1 if high is None else high, family)
    return f"meta l4proto {number}"


def icmp_match(number: int, kind: int, code: int, family: str) -> str | None:
    """The words for an ICMP type and code; -1 is any."""
    if number != ICMP[family]:
        return None
    name = "icmp" if number == 1 else "icmpv6"
    if kind < 0:
        return f"meta l4proto {'icmp' if number == 1 else 'ipv6-icmp'}"
    return f"{name} type {kind}" if code < 0 else f"{name} type {kind} {name} code {code}"


def build(draft: Draft) -> None:
    """The sets and the chains that remember and recognise."""
    for family, icmp in ((V4, "icmp"), (V6, "icmpv6")):
        tail = "4" if family == V4 else "6"
        for name, key, idle in (
            ("tcp", f"{family} saddr . tcp sport . {family} daddr . tcp dport", TCP_IDLE),
            ("udp", f"{family} saddr . udp sport . {family} daddr . udp dport", UDP_IDLE),
            ("asked_out", f"{family} saddr . {family} daddr . {icmp} id", PING_IDLE),
            ("asked_in", f"{family} saddr . {family} daddr . {icmp} id", PING_IDLE),
            ("other", f"{family} saddr . {family} daddr . meta l4proto", OTHER_IDLE),
        ):
            draft.declarations.append(
                f"set {name}{tail} {{\n  typeof iifname . {key}\n"
                f"  flags dynamic,timeout\n  timeout {idle}\n  size {SIZE}\n }}"
            )
    draft.chain(KEEP_OUT, _keep(LEAVING, "asked_out"))
    draft.chain(KEEP_IN, _keep(ENTERING, "asked_in"))


def _keys(ends: tuple[str, ...], family: str) -> tuple[dict[str, str], str]:
    """What a flow is kept under: by protocol with ports, and without ports."""
    port, near, near_port, far, far_port = ends
    plain = f"{port} . {family} {near} . {family} {far}"
    with_ports = {
        name: f"{port} . {family} {near} . {name} {near_port} . {family} {far} . {name} {far_port}"
        for name in ("tcp", "udp")
    }
    return with_ports, plain


def _keep(ends: tuple[str, ...], asked: str) -> Iterator[str]:
    for family, icmp, tail in ((V4, "icmp", "4"), (V6, "icmpv6", "6")):
        with_ports, plain = _keys(ends, family)
        for name, key in with_ports.items():
            yield f"update @{name}{tail} {{ {key} }} return"
        yield f"{icmp} type echo-request update @{asked}{tail} {{ {plain} . {icmp} id }} return"
        yield f"meta l4proto {'icmp' if family == V4 else 'ipv6-icmp'} return"
        yield f"update @other{tail} {{ {plain} . meta l4proto }} return"


def known(outwards: bool) -> Iterator[str]:
    """Rules that end a filter's chain for packets of flows it knows: to be put first in it."""
    ends, asked = (LEAVING, "asked_in") if outwards else (ENTERING, "asked_out")
    for family, icmp, tail in ((V4, "icmp", "4"), (V6, "icmpv6", "6")):
        with_ports, plain = _keys(ends, family)
        for name, key in with_ports.items():
            yield f"{key} @{name}{tail} update @{name}{tail} {{ {key} }} return"
        yield f"{icmp} type echo-reply {plain} . {icmp} id @{asked}{tail} return"
        yield f"{ERRORS[family]} return"
        yield f"meta l4proto != {{ 6, 17, 1, 58 }} {plain} . meta l4proto @other{tail} return"
