"""Network ACLs as first-match tables (data-plane section 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..packet.address import V4_ALL, V6_ALL, parse_prefix
from ..packet.header import ICMP, ICMPV6, TCP, UDP, protocol_name, protocol_number
from .stage import Drop, First, Rule, Stage, Unknown

if TYPE_CHECKING:
    from ..estate.network_acl import NaclEntry, NetworkAcl
    from .compiler import Fabric

DEFAULT_RULE = 32767
"""Numbers from here on are the ``*`` rows describe-network-acls prints last, one a family (NA2)."""


def egress(fabric: Fabric, subnet_id: str, ok: int) -> Stage | None:
    """Outbound rules of a subnet's NACL, on the destination (W6)."""
    return _stage(fabric, subnet_id, True, ok)


def ingress(fabric: Fabric, subnet_id: str, ok: int) -> Stage | None:
    """Inbound rules of a subnet's NACL, on the source (W9)."""
    return _stage(fabric, subnet_id, False, ok)


def _stage(fabric: Fabric, subnet_id: str, out: bool, ok: int) -> Stage | None:
    estate = fabric.estate
    subnet = estate.subnets.get(subnet_id)
    vpc = subnet.vpc_id if subnet else ""
    nacl_id = estate.nacl_by_subnet.get(subnet_id) or estate.default_nacls.get(vpc)  # NA1
    if nacl_id is None:
        if not estate.coverage.complete or not vpc:
            return Unknown("unknown.network_acls", subnet_id, ("NA1",))
        return None
    nacl = estate.network_acls[nacl_id]
    rules = fabric.shared(("nacl", nacl_id, out), lambda: rules_of(nacl, out))
    direction = "egress" if out else "ingress"
    no = fabric.put(Drop(f"nacl.{direction}.deny", nacl_id, ("NA2",), (("subnet", subnet_id), ("nacl", nacl_id)), ok))
    return First("network_acl", nacl_id, direction, rules, ok, no, ("NA2", "NA3"))


def rules_of(nacl: NetworkAcl, out: bool) -> tuple[Rule, ...]:
    """Rows of one direction in the order of their numbers, not of the file (NA2)."""
    rows = sorted((e for e in nacl.entries if e.egress == out), key=lambda e: e.rule_number)
    return tuple(_rule(e, out) for e in rows if e.rule_number < DEFAULT_RULE)


def _rule(entry: NaclEntry, out: bool) -> Rule:
    """NA6: one row; its protocol is a number, -1 (then ports do not count) or a name, its CIDR of one family."""
    cidr = entry.cidr_block or entry.ipv6_cidr_block
    ranges = (parse_prefix(cidr),) if cidr else (V4_ALL, V6_ALL)
    name = entry.protocol.lower()
    proto = None if name in ("-1", "all") else protocol_number(name)
    ports: tuple[int, int] | None = None
    label = "all" if proto is None else protocol_name(proto)
    if proto in (TCP, UDP) and entry.port_range is not None:
        ports = (entry.port_range.low, entry.port_range.high)
        label += f" {ports[0]}" if ports[0] == ports[1] else f" {ports[0]}-{ports[1]}"
    elif proto in (ICMP, ICMPV6) and entry.icmp_type_code is not None and entry.icmp_type_code.type >= 0:
        kind, code = entry.icmp_type_code.type, entry.icmp_type_code.code
        ports = (kind << 8, (kind << 8) + 255) if code < 0 else ((kind << 8) + code, (kind << 8) + code)
        label += f" type {kind}"
    return Rule(
        proto=proto,
        src=None if out else ranges,
        dst=ranges if out else None,
        dports=ports,
        allow=entry.rule_action == "allow",
        origin=str(entry.rule_number),
        peer=f"{entry.rule_action} {label} {'to' if out else 'from'} {cidr or 'anywhere'}",
        facts=("NA2",),
    )
