"""What is worth knowing about a path that works: its MTU, its shortest idle timeout."""

from __future__ import annotations

from ..estate import Estate
from ..fabric.limits import JUMBO, idle_of, mtu_of
from ..findings.finding import FORWARD, NOTE, WARNING, Finding
from .model import REACHABLE, Path


def notes_of(estate: Estate, path: Path) -> tuple[Finding, ...]:
    """Notes on one path, there and back."""
    if path.verdict != REACHABLE:
        return ()
    out: list[Finding] = []
    mtu, fact, where, hop = JUMBO, "", "", 0
    for step in path.hops:
        size, reason = mtu_of(estate, step.place)
        if size < mtu:
            mtu, fact, where, hop = size, reason, step.place.id, step.number
    if mtu < JUMBO:
        # Behind a VPN larger packets vanish without a word (TG19); elsewhere path MTU discovery or MSS clamping helps.
        silent = any(step.place.kind == "vpn" for step in path.hops)
        out.append(
            Finding(
                code="note.mtu_vpn" if silent else "note.mtu",
                severity=WARNING if silent else NOTE,
                leg=FORWARD,
                component=where,
                facts=(fact, "NA7"),
                params=(("mtu", str(mtu)), ("component", where)),
                hop=hop,
            )
        )
    limits = [(*idle_of(step.place), step.place.id, step.number) for step in path.hops if idle_of(step.place)[0]]
    if limits and path.packet.proto == 6:
        seconds, fact, where, hop = min(limits)
        out.append(
            Finding(
                code="note.idle_timeout",
                severity=NOTE,
                leg=FORWARD,
                component=where,
                facts=(fact,),
                params=(("seconds", str(seconds)), ("component", where)),
                hop=hop,
            )
        )
    return tuple(out)
