"""One more network ACL rule."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ...estate import Change
from ...estate.network_acl import NaclEntry, NaclIcmp, NaclPorts, NetworkAcl
from ...fabric.network_acl import DEFAULT_RULE
from ...packet.address import is_v6
from ...packet.header import ICMP, ICMPV6, TCP, UDP, FiveTuple, protocol_name
from ..finding import REPLY, Finding, Fix
from .base import Context, answers, cidr, is_nat_address, subnet_prefix

NAT_PORTS = (1024, 65535)


@answers("nacl.egress.deny", "nacl.ingress.deny")
def allow(context: Context, finding: Finding) -> Iterable[Fix]:
    """A rule in front of the one that refused; answers need the client's whole port range (NA3, NA5)."""
    nacl = context.estate.network_acls.get(finding.component)
    packet = finding.packet
    if nacl is None or packet is None:
        return
    out = finding.code == "nacl.egress.deny"
    number = free_number(nacl, out, finding.rule)
    if number is None:
        return
    low, high = _ports(context, finding, packet)
    peer = cidr(subnet_prefix(context, packet.dst if out else packet.src))
    six = is_v6(packet.src)
    icmp = packet.proto in (ICMP, ICMPV6)
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
    changed = msgspec.structs.replace(nacl, entries=(*nacl.entries, entry))
    name = protocol_name(packet.proto)
    span = f" {low}" if low == high else f" {low}-{high}"
    service = name + (span if packet.proto in (TCP, UDP) else f" type {packet.dport >> 8}" if icmp else "")
    line = f"{number} allow {service} {'to' if out else 'from'} {peer}"
    detail = (
        f" --port-range From={low},To={high}"
        if packet.proto in (TCP, UDP)
        else f" --icmp-type-code Type={packet.dport >> 8},Code=-1"
        if icmp
        else ""
    )
    yield Fix(
        code="fix.nacl.add_rule",
        component=nacl.network_acl_id,
        params=(("nacl", nacl.network_acl_id), ("direction", "egress" if out else "ingress"), ("line", line)),
        cli=(
            f"aws ec2 create-network-acl-entry --network-acl-id {nacl.network_acl_id} "
            f"{'--egress' if out else '--ingress'} --rule-number {number} --rule-action allow "
            f"--protocol {packet.proto} {'--ipv6-cidr-block' if six else '--cidr-block'} {peer}{detail}",
        ),
        terraform=_terraform(nacl.network_acl_id, entry, low, high, peer),
        overlay={"network_acls": {nacl.network_acl_id: {"add_out" if out else "add_in": [line]}}},
        changes=(Change("network_acls", nacl.network_acl_id, changed),),
        cost=15,
    )


def _ports(context: Context, finding: Finding, packet: FiveTuple) -> tuple[int, int]:
    if finding.leg != REPLY:
        return packet.dport, packet.dport
    return NAT_PORTS if is_nat_address(context, packet.dst) else context.ephemeral


def free_number(nacl: NetworkAcl, out: bool, refused_by: str) -> int | None:
    """A rule number in front of the refusing one; after all others when only ``*`` refused (NA2)."""
    used = {e.rule_number for e in nacl.entries if e.egress == out and e.rule_number != DEFAULT_RULE}
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
