"""Security groups as any-of tables (data-plane section 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..packet.address import AddressError, parse_address, parse_prefix
from ..packet.header import ICMP, ICMPV6, PORTS, TCP, UDP, protocol_name, protocol_number
from ..packet.ranges import Ranges, normalise
from .stage import AnyOf, Drop, Rule, Stage, Unknown

if TYPE_CHECKING:
    from ..estate import Estate
    from ..estate.network_interface import NetworkInterface
    from ..estate.security_group import GroupPeer, IpPermission, SecurityGroup
    from .compiler import Fabric

EGRESS, INGRESS = "egress", "ingress"


def egress(fabric: Fabric, eni: NetworkInterface, ok: int) -> Stage | None:
    """The outbound rules of all groups on an ENI (W4)."""
    return _stage(fabric, eni, EGRESS, ok)


def ingress(fabric: Fabric, eni: NetworkInterface, ok: int) -> Stage | None:
    """The inbound rules of all groups on an ENI (W9)."""
    return _stage(fabric, eni, INGRESS, ok)


def _stage(fabric: Fabric, eni: NetworkInterface, direction: str, ok: int) -> Stage | None:
    groups = tuple(g.group_id for g in eni.groups)
    if not groups:  # SG14: some ENIs cannot wear a group
        return None
    estate = fabric.estate
    missing = [g for g in groups if g not in estate.security_groups]
    if missing:
        return Unknown("unknown.security_groups", missing[0], ("SG1",), (("eni", eni.network_interface_id),))
    rules = fabric.shared(
        ("sg", groups, direction, eni.vpc_id), lambda: rules_of(estate, groups, direction, eni.vpc_id)
    )
    unreadable = fabric.shared(
        ("sg-unreadable", groups, direction), lambda: _unreadable_lists(estate, groups, direction)
    )
    component = ",".join(groups)
    params = (("groups", component), ("eni", eni.network_interface_id))
    if unreadable:
        no = fabric.put(Unknown("unknown.prefix_list", unreadable, ("SG3",), params))
    else:
        code = f"sg.{direction}.no_rule" if rules else f"sg.{direction}.empty"
        no = fabric.put(Drop(code, component, ("SG1",), params, ok))
    return AnyOf("security_group", component, direction, rules, ok, no, True, ("SG1", "SG2"))


def rules_of(estate: Estate, groups: tuple[str, ...], direction: str, vpc: str) -> tuple[Rule, ...]:
    """The rules of all groups in one direction, as an ENI in this VPC wears them (SG1)."""
    out: list[Rule] = []
    for group_id in groups:
        group = estate.security_groups[group_id]
        permissions = group.ip_permissions_egress if direction == EGRESS else group.ip_permissions
        for permission in permissions:
            out.extend(_permission(estate, group, permission, direction, vpc))
    return tuple(out)


def _permission(estate: Estate, group: SecurityGroup, permission: IpPermission, direction: str, vpc: str) -> list[Rule]:
    proto, ports, text = _service(permission)
    out: list[Rule] = []
    way = "to" if direction == EGRESS else "from"

    def add(peer: str, ranges: Ranges | None, fact: tuple[str, str] | None = None, facts: tuple[str, ...] = ()) -> None:
        out.append(
            Rule(
                proto=proto,
                src=ranges if direction == INGRESS else None,
                dst=ranges if direction == EGRESS else None,
                dports=ports,
                fact=fact,
                origin=_rule_id(estate, group.group_id, direction, permission, peer),
                peer=f"{text} {way} {peer}",
                facts=("SG1", *facts),
            )
        )

    for four in permission.ip_ranges:
        add(four.cidr_ip, _one(four.cidr_ip))
    for six in permission.ipv6_ranges:
        add(six.cidr_ipv6, _one(six.cidr_ipv6))
    for listed in permission.prefix_list_ids:
        cidrs = estate.prefix_list_cidrs.get(listed.prefix_list_id)
        if cidrs is not None:
            add(listed.prefix_list_id, normalise(parse_prefix(c) for c in cidrs), facts=("SG3",))
    for pair in permission.user_id_group_pairs:
        if _stale(estate, pair):  # SG7
            continue
        if direction == INGRESS:
            # The origin's groups travel with the packet until a hop forgets them (SG4, SG5).
            add(pair.group_id, None, ("identity", pair.group_id), ("SG4",))
        else:
            add(pair.group_id, _addresses_of_group(estate, pair.group_id, vpc), facts=("SG4",))
    return out


def _service(permission: IpPermission) -> tuple[int | None, tuple[int, int] | None, str]:
    """Protocol, port range and text of a permission (SG3)."""
    name = permission.ip_protocol.lower()
    if name in ("-1", "all", ""):
        return None, None, "all"
    proto = protocol_number(name)
    low, high = permission.from_port, permission.to_port
    if proto in (TCP, UDP):
        if low is None or low < 0:
            return proto, None, protocol_name(proto)
        high = low if high is None else high
        ports = None if (low, high) == PORTS else (low, high)
        label = "" if ports is None else f" {low}" if low == high else f" {low}-{high}"
        return proto, ports, protocol_name(proto) + label
    if proto in (ICMP, ICMPV6):
        if low is None or low < 0:
            return proto, None, protocol_name(proto)
        code = -1 if high is None else high
        ports = (low << 8, (low << 8) + 255) if code < 0 else ((low << 8) + code, (low << 8) + code)
        return proto, ports, f"{protocol_name(proto)} type {low}"
    return proto, None, protocol_name(proto)


def _one(cidr: str) -> Ranges:
    try:
        return (parse_prefix(cidr),)
    except AddressError:  # ::1/128 and the like can never match
        return ()


def _stale(estate: Estate, pair: GroupPeer) -> bool:
    if pair.peering_status and pair.peering_status != "active":
        return True
    if pair.vpc_peering_connection_id:
        peering = estate.peerings.get(pair.vpc_peering_connection_id)
        return peering is not None and peering.status.code != "active"
    return False


def _addresses_of_group(estate: Estate, group_id: str, vpc: str) -> Ranges:
    """Private addresses of the ENIs that wear a group, in this VPC or a peered one (SG4, TG12)."""
    near = {vpc}
    for peering in estate.peerings.values():
        if peering.status.code == "active":
            ends = (peering.requester.vpc_id, peering.accepter.vpc_id)
            if vpc in ends:
                near.update(ends)
    rows: list[tuple[int, int]] = []
    for eni_id in estate.enis_by_group.get(group_id, ()):
        eni = estate.network_interfaces[eni_id]
        if eni.vpc_id in near:
            for text in (*eni.private_v4(), *(a.ipv6_address for a in eni.ipv6_addresses)):
                rows.append((parse_address(text), parse_address(text)))
    return normalise(rows)


def _unreadable_lists(estate: Estate, groups: tuple[str, ...], direction: str) -> str:
    """A prefix list that a rule names and whose entries nobody collected."""
    for group_id in groups:
        group = estate.security_groups[group_id]
        for permission in group.ip_permissions_egress if direction == EGRESS else group.ip_permissions:
            for listed in permission.prefix_list_ids:
                if listed.prefix_list_id not in estate.prefix_list_cidrs:
                    return listed.prefix_list_id
    return ""


def _rule_id(estate: Estate, group: str, direction: str, permission: IpPermission, peer: str) -> str:
    """The sgr- id of a rule when the snapshot has one, else group and direction."""
    for rule in estate.rules_by_group.get(group, ()):
        if rule.is_egress == (direction == EGRESS) and peer in (rule.cidr_ipv4, rule.cidr_ipv6, rule.prefix_list_id):
            same_ports = rule.from_port in (-1, permission.from_port) and rule.to_port in (-1, permission.to_port)
            if rule.ip_protocol == permission.ip_protocol and same_ports:
                return str(rule.security_group_rule_id)
    return group
