"""VPC peering: a wire between two VPCs, at whose far end only the VPC's own addresses count (PC2, PC3)."""

from __future__ import annotations

from . import subnet
from .draft import RETURNING, SENDER, Draft
from .model import IDENTITY_MASK, Rule


def way(draft: Draft, pcx: str, vpc_id: str) -> str:
    """The end of the wire that packets of a VPC go out by; nothing when the peering does not carry."""
    record = draft.estate.peerings.get(pcx)
    if record is None or record.status.code != "active":
        return ""
    a, b = record.requester.vpc_id, record.accepter.vpc_id
    if vpc_id not in (a, b) or a not in draft.estate.vpcs or b not in draft.estate.vpcs:
        return draft.leave_out(pcx, "the VPC at the other side is not in the estate")
    if ("peering", pcx, a) not in draft.built:
        contexts = [subnet.vpc_context(draft, one, pcx) for one in (a, b)]
        made = draft.wire("pcx", pcx, "", contexts[0], contexts[1], mtu=9001)
        if record.requester.region == record.accepter.region:  # PC6
            draft.context_kept[made.a] = contexts[0]
            draft.context_kept[made.b] = contexts[1]
        draft.built["peering", pcx, a] = made.a
        draft.built["peering", pcx, b] = made.b
        _return_to_sender(draft, a, made.b, b)
        _return_to_sender(draft, b, made.a, a)
    return draft.built["peering", pcx, vpc_id]


def _return_to_sender(draft: Draft, sender: str, device: str, vpc_id: str) -> None:
    """NG10: what a NAT gateway of one VPC asks, the other answers by the same peering without a route.

    ``device`` is the end in the VPC that answers, ``vpc_id``.
    """
    nats = [n for n in draft.estate.nat_gateways.values() if n.vpc_id == sender and n.state == "available"]
    addresses = sorted({a.private_ip for n in nats for a in n.nat_gateway_addresses if a.private_ip})
    number = draft.identity(vpc_id)
    if not addresses or not number:
        return
    table = draft.table(vpc_id, "return to sender")
    for address in addresses:
        table.add(address, device)
    rule = Rule(priority=SENDER, table=table.number, mark=RETURNING | number, mask=RETURNING | IDENTITY_MASK)
    listed = ", ".join(addresses)
    ports = "ip {a} . ip {b} . meta l4proto . th {c}port . th {d}port"
    pings = "ip {a} . ip {b} . icmp id"
    for what, match, key in (
        ("ports", "meta l4proto { tcp, udp }", ports),
        ("pings", "icmp type { echo-request, echo-reply }", pings),
    ):
        there, back = key.format(a="daddr", b="saddr", c="d", d="s"), key.format(a="saddr", b="daddr", c="s", d="d")
        flags = "  flags dynamic,timeout\n  timeout 350s\n  size 65535\n"
        name = draft.named_set(f"asked by NAT {what} {vpc_id}", "ip", back, (), flags)
        draft.early.append(f'iifname "{device}" ip saddr {{ {listed} }} {match} update @{name} {{ {there} }}')
        mark = _returning(number, match, back, name)
        if mark not in draft.raw:
            draft.raw.append(mark)
    if rule not in draft.rules:
        draft.rules.append(rule)


def _returning(number: int, match: str, key: str, name: str) -> str:
    return (
        f"iifname @filtered meta mark & 0x{IDENTITY_MASK:08x} == 0x{number:08x} {match} {key} @{name} "
        f"meta mark set meta mark | 0x{RETURNING:08x}"
    )
