"""The short rule strings of security groups and network ACLs: words, ports and peers."""

from __future__ import annotations

from ..spec import Path
from .build import Build

PROTOCOLS = {"tcp": "tcp", "udp": "udp", "icmp": "icmp", "icmpv6": "icmpv6", "all": "-1", "any": "-1"}
NUMBERS = {"tcp": "6", "udp": "17", "icmp": "1", "icmpv6": "58", "-1": "-1"}
SERVICES = {
    "ssh": ("tcp", 22),
    "http": ("tcp", 80),
    "https": ("tcp", 443),
    "rdp": ("tcp", 3389),
    "ping": ("icmp", 8),
}
ICMP_TYPES = {"echo-reply": 0, "unreachable": 3, "echo": 8, "echo-request": 8, "time-exceeded": 11}


def split_rule(text: str, direction: str, path: Path, build: Build) -> tuple[list[str], list[str]]:
    """Words before and peers after ``from`` (inbound) or ``to`` (outbound)."""
    words = text.partition(" # ")[0].split()
    word = "from" if direction == "in" else "to"
    wrong = "to" if direction == "in" else "from"
    if wrong in words:
        build.fail(path, f"{text!r}: an {direction}bound rule says {word!r}, not {wrong!r}")
    if word not in words:
        build.fail(path, f"{text!r}: {word!r} and a peer are missing (tcp 443 {word} 10.0.0.0/8)")
    at = words.index(word)
    peers = [p for p in " ".join(words[at + 1 :]).replace(",", " ").split() if p]
    if not peers:
        build.fail(path, f"{text!r}: nothing after {word!r}")
    return words[:at], peers


def traffic(words: list[str], text: str, path: Path, build: Build) -> list[tuple[str, int, int]]:
    """(protocol, from, to) for each port range; -1, -1 stands for all; ICMP has type and code there."""
    if not words:
        build.fail(path, f"{text!r}: the protocol is missing (tcp, udp, icmp, icmpv6, all or a number)")
    head, rest = words[0].lower(), words[1:]
    if head in SERVICES and not rest:
        protocol, port = SERVICES[head]
        return [(protocol, port, -1 if protocol == "icmp" else port)]
    if head == "dns" and not rest:
        return [("udp", 53, 53), ("tcp", 53, 53)]
    if head in PROTOCOLS:
        protocol = PROTOCOLS[head]
    elif head.isascii() and head.isdigit() and int(head) <= 255:
        protocol = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}.get(head, head)
    else:
        build.fail(path, f"{text!r}: {words[0]!r} is no protocol (tcp, udp, icmp, icmpv6, all or a number)")
    ports = " ".join(rest).replace(",", " ").split()
    if not ports or ports in (["all"], ["*"]):
        return [(protocol, -1, -1)]
    if protocol in ("icmp", "icmpv6"):
        kind, _, code = ports[0].partition("/")
        number = ICMP_TYPES.get(kind, kind) if protocol == "icmp" else kind
        if len(ports) > 1 or not (str(number).isdigit() and (code or "0").isdigit()):
            build.fail(path, f"{text!r}: {' '.join(rest)!r} is no ICMP type (8, 8/0, echo-request)")
        return [(protocol, int(number), int(code) if code else -1)]
    if protocol not in ("tcp", "udp"):
        build.fail(path, f"{text!r}: only tcp and udp have ports")  # SG3
    out = []
    for part in ports:
        low, dash, high = part.partition("-")
        if not (low.isdigit() and (high.isdigit() if dash else True)):
            build.fail(path, f"{text!r}: {part!r} is no port or port range")
        first, last = int(low), int(high or low)
        if first > last or last > 65535:
            build.fail(path, f"{text!r}: {part!r} is no port range within 0-65535")
        out.append((protocol, first, last))
    return out
