"""One more security group rule."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ...estate import Change
from ...estate.security_group import IpPermission, IpRange, Ipv6Range, PrefixListPeer
from ...fabric.internet import service_ranges
from ...packet.address import Interval, format_address, is_v6
from ...packet.header import ICMP, ICMPV6, TCP, UDP, FiveTuple, protocol_name
from ..finding import REPLY, Finding, Fix
from .base import Context, answers, cidr, peer_prefix

DNS_PORT = 53


@answers("sg.ingress.no_rule", "sg.ingress.empty", "sg.reference_lost")
def allow_in(context: Context, finding: Finding) -> Iterable[Fix]:
    """Admit the source, on this port only (SG1)."""
    if finding.packet is not None and finding.leg != REPLY:
        yield _rule(context, finding, finding.packet, "ingress", peer_prefix(context, finding.packet.src))


@answers("sg.egress.no_rule", "sg.egress.empty")
def allow_out(context: Context, finding: Finding) -> Iterable[Fix]:
    """Let it out to the destination; to an AWS service by its prefix list (GE1)."""
    packet = finding.packet
    if packet is None or finding.leg == REPLY:
        return
    for list_id, prefixes in service_ranges(context.estate).items():
        if any(low <= packet.dst <= high for low, high in prefixes):
            yield _rule(context, finding, packet, "egress", None, list_id)
            return
    by_name = context.request.host != format_address(packet.dst)
    yield _rule(context, finding, packet, "egress", peer_prefix(context, packet.dst, wide=by_name))


def _rule(
    context: Context, finding: Finding, packet: FiveTuple, direction: str, peer: Interval | None, listed: str = ""
) -> Fix:
    estate = context.estate
    groups = [g for g in finding.component.split(",") if g in estate.security_groups]
    # The group the fewest ENIs wear: the smallest side effect.
    group_id = min(groups, key=lambda g: (len(estate.enis_by_group.get(g, ())), groups.index(g)))
    group = estate.security_groups[group_id]
    name, low, high = _service(packet)
    text = listed or cidr(peer or (0, 0))
    six = peer is not None and is_v6(peer[0])
    # names N2.7a, N2.7c: DNS needs both protocols, though this packet is of one.
    names = ("udp", "tcp") if packet.proto in (TCP, UDP) and packet.dport == DNS_PORT else (name,)
    permissions = tuple(
        IpPermission(
            ip_protocol=each,
            from_port=low,
            to_port=high,
            ip_ranges=(IpRange(cidr_ip=text),) if not listed and not six else (),
            ipv6_ranges=(Ipv6Range(cidr_ipv6=text),) if not listed and six else (),
            prefix_list_ids=(PrefixListPeer(prefix_list_id=listed),) if listed else (),
        )
        for each in names
    )
    field = "ip_permissions" if direction == "ingress" else "ip_permissions_egress"
    changed = msgspec.structs.replace(group, **{field: (*getattr(group, field), *permissions)})
    ports = "" if low is None else f" {low}" if packet.proto in (TCP, UDP) else f" type {low}"
    way = "from" if direction == "ingress" else "to"
    lines = [f"{each}{ports} {way} {text}" for each in names]
    key = "Ipv6Ranges=[{CidrIpv6=" if six else "PrefixListIds=[{PrefixListId=" if listed else "IpRanges=[{CidrIp="
    span = "" if low is None else f"FromPort={low},ToPort={high},"
    added = " ".join(f"'IpProtocol={each},{span}{key}{text}}}]'" for each in names)
    cli = f"aws ec2 authorize-security-group-{direction} --group-id {group_id} --ip-permissions {added}"
    return Fix(
        code="fix.sg.add_rule",
        component=group_id,
        params=(("group", group_id), ("direction", direction), ("line", ", ".join(lines))),
        cli=(cli,),
        terraform="".join(_terraform(group_id, direction, each, low, high, text, listed, six) for each in names),
        overlay={"security_groups": {group_id: {"add_in" if direction == "ingress" else "add_out": lines}}},
        changes=(Change("security_groups", group_id, changed),),
        cost=10,
    )


def _service(packet: FiveTuple) -> tuple[str, int | None, int | None]:
    if packet.proto in (TCP, UDP):
        return protocol_name(packet.proto), packet.dport, packet.dport
    if packet.proto in (ICMP, ICMPV6):
        return protocol_name(packet.proto), packet.dport >> 8, -1
    return str(packet.proto), None, None


def _terraform(
    group: str, direction: str, name: str, low: int | None, high: int | None, text: str, listed: str, six: bool
) -> str:
    peer = "prefix_list_id" if listed else "cidr_ipv6" if six else "cidr_ipv4"
    ports = "" if low is None else f"  from_port         = {low}\n  to_port           = {high}\n"
    return (
        f'resource "aws_vpc_security_group_{direction}_rule" "tabiji_{name}" {{\n'
        f'  security_group_id = "{group}"\n  ip_protocol       = "{name}"\n{ports}'
        f'  {peer:<17} = "{text}"\n}}\n'
    )
