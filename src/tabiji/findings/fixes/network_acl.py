"""One more network ACL rule."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ...estate import Change
from ...estate.network_acl import NaclEntry, NaclIcmp, NaclPorts, NetworkAcl
from ...fabric.internet import service_ranges
from ...fabric.network_acl import DEFAULT_RULE
from ...packet.address import is_v6
from ...packet.header import ICMP, ICMPV6, TCP, UDP, FiveTuple, protocol_name
from ..finding import REPLY, Finding, Fix
from .base import Context, answers, cidr, is_nat_address, subnet_prefix

NAT_PORTS = (1024, 65535)
MOST_PREFIXES = 8
"""A NACL has room for few rules (20 by default); longer lists are left to one rule for everything."""


@answers("nacl.egress.deny", "nacl.ingress.deny")
def allow(context: Context, finding: Finding) -> Iterable[Fix]:
    """A rule in front of the one that refused; answers need the client's whole port range (NA3, NA5)."""
    nacl = context.estate.network_acls.get(finding.component)
    packet = finding.packet
    if nacl is None or packet is None:
        return
    out = finding.code == "nacl.egress.deny"
    low, high = _ports(context, finding, packet)
    far = packet.dst if out else packet.src
    peers = _service_cidrs(context, far) or (cidr(subnet_prefix(context, far)),)
    six = is_v6(packet.src)
    icmp = packet.proto in (ICMP, ICMPV6)
    name = protocol_name(packet.proto)
    span = f" {low}" if low == high else f" {low}-{high}"
    service = name + (span if packet.proto in (TCP, UDP) else f" type {packet.dport >> 8}" if icmp else "")
    detail = (
        f" --port-range From={low},To={high}"
        if packet.proto in (TCP, UDP)
        else f" --icmp-type-code Type={packet.dport >> 8},Code=-1"
        if icmp
        else ""
    )
    changed, lines, cli, blocks = nacl, [], [], []
    for peer in peers:
        number = free_number(changed, out, finding.rule)
        if number is None:
            return
        entry = NaclEntry(
            rule_number=number,
            egress=out,
            rule_action="allow",
            protocol=str(packet.proto),
            cidr_block="" if six else peer,
            ipv6_cidr_block=peer if six else "",
            port_range=NaclPorts(low, high) if packet.proto in (TCP, UDP) else None,
            icmp_type_code=NaclIcmp(packet.dport >> 8, -1) if icmp else None,
        )
        changed = msgspec.structs.replace(changed, entries=(*changed.entries, entry))
        lines.append(f"{number} allow {service} {'to' if out else 'from'} {peer}")
        cli.append(
            f"aws ec2 create-network-acl-entry --network-acl-id {nacl.network_acl_id} "
            f"{'--egress' if out else '--ingress'} --rule-number {number} --rule-action allow "
            f"--protocol {packet.proto} {'--ipv6-cidr-block' if six else '--cidr-block'} {peer}{detail}"
        )
        blocks.append(_terraform(nacl.network_acl_id, entry, low, high, peer))
    yield Fix(
        code="fix.nacl.add_rule",
        component=nacl.network_acl_id,
        params=(
            ("nacl", nacl.network_acl_id),
            ("direction", "egress" if out else "ingress"),
            ("line", ", ".join(lines)),
        ),
        cli=tuple(cli),
        terraform="".join(blocks),
        overlay={"network_acls": {nacl.network_acl_id: {"add_out" if out else "add_in": lines}}},
        changes=(Change("network_acls", nacl.network_acl_id, changed),),
        cost=14 + len(peers),
    )


def _service_cidrs(context: Context, address: int) -> tuple[str, ...]:
    """All prefixes of the AWS service an address belongs to: its next answer may be of another one (GE1, NA2)."""
    for prefixes in service_ranges(context.estate).values():
        mine = [p for p in prefixes if is_v6(p[0]) == is_v6(address)]
        if any(low <= address <= high for low, high in mine) and len(mine) <= MOST_PREFIXES:
            return tuple(map(cidr, mine))
    return ()


def _ports(context: Context, finding: Finding, packet: FiveTuple) -> tuple[int, int]:
    if finding.leg != REPLY:
        return packet.dport, packet.dport
    return NAT_PORTS if is_nat_address(context, packet.dst) else context.ephemeral


def free_number(nacl: NetworkAcl, out: bool, refused_by: str) -> int | None:
    """A rule number in front of the refusing one; after all others when only ``*`` refused (NA2)."""
    used = {e.rule_number for e in nacl.entries if e.egress == out and e.rule_number < DEFAULT_RULE}
    if refused_by.isdigit():
        for number in range(int(refused_by) - 1, 0, -1):
            if number not in used:
                return number
        return None
    last = max(used, default=0)
    step = (last // 10 + 1) * 10
    return step if step < DEFAULT_RULE else next((n for n in range(32766, 0, -1) if n not in used), None)


def _terraform(nacl: str, entry: NaclEntry, low: int, high: int, peer: str) -> str:
    block = "ipv6_cidr_block" if entry.ipv6_cidr_block else "cidr_block"
    ports = f"  from_port      = {low}\n  to_port        = {high}\n" if entry.port_range is not None else ""
    return (
        f'resource "aws_network_acl_rule" "tabiji" {{\n  network_acl_id = "{nacl}"\n'
        f"  rule_number    = {entry.rule_number}\n  egress         = {str(entry.egress).lower()}\n"
        f'  rule_action    = "allow"\n  protocol       = "{entry.protocol}"\n{ports}  {block:<14} = "{peer}"\n}}\n'
    )
