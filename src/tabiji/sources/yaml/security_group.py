"""Security groups."""

from typing import Any

from msgspec import field
from msgspec.structs import replace

from ...estate.security_group import (
    GroupPeer,
    IpPermission,
    IpRange,
    Ipv6Range,
    PrefixListPeer,
    SecurityGroup,
    SecurityGroupVpcAssociation,
)
from ..spec import Names, Path, Spec, many
from .build import Build, Item
from .rules import split_rule, traffic


class SecurityGroupSpec(Spec):
    """Rules as ``tcp 443 from 10.0.0.0/8``; without ``out`` everything may leave, as AWS makes a new group."""

    id: str | None = None
    vpc: str | None = None
    account: str | None = None
    inbound: Names = field(default=None, name="in")
    out: Names = None
    vpcs: Names = None
    """Further VPCs the group is associated with (SG8)."""
    add_in: Names = None
    add_out: Names = None
    remove_in: Names = None
    remove_out: Names = None


def allow_all(six: bool) -> tuple[IpPermission, ...]:
    """The egress rule of a new group (SG1); IPv6 too where the VPC has it."""
    ranges = (Ipv6Range(cidr_ipv6="::/0"),) if six else ()
    return (IpPermission(ip_protocol="-1", ip_ranges=(IpRange(cidr_ip="0.0.0.0/0"),), ipv6_ranges=ranges),)


def declare_security_groups(build: Build, items: list[Item]) -> None:
    """Ids and names; ``default`` is the VPC's own default group."""
    for item in items:
        item.vpc = build.home_vpc(item, item.spec.vpc)
        within = build.vpc_name_declared(item.vpc)
        build.declare("security_groups", "sg", item, within=within)


def build_security_groups(build: Build, items: list[Item]) -> None:
    """Records."""
    for item in items:
        spec: SecurityGroupSpec = item.spec
        old = build.get("security_groups", item.id)
        if old is None:
            vpc = build.need_vpc(item)
            old = SecurityGroup(
                group_id=item.id,
                group_name=item.name,
                vpc_id=vpc,
                owner_id=spec.account or build.account_of(vpc),
                ip_permissions_egress=allow_all(bool(build.get("vpcs", vpc).ipv6_cidr_block_association_set)),
                tags=build.tags(item),
            )
        inward, outward = old.ip_permissions, old.ip_permissions_egress
        if spec.inbound is not None:
            inward = permissions(build, old, spec.inbound, "in", (*item.path, "in"))
        if spec.out is not None:
            outward = permissions(build, old, spec.out, "out", (*item.path, "out"))
        inward += permissions(build, old, spec.add_in, "in", (*item.path, "add_in"))
        outward += permissions(build, old, spec.add_out, "out", (*item.path, "add_out"))
        inward = _without(build, old, inward, spec.remove_in, "in", (*item.path, "remove_in"))
        outward = _without(build, old, outward, spec.remove_out, "out", (*item.path, "remove_out"))
        build.put("security_groups", replace(old, ip_permissions=inward, ip_permissions_egress=outward))
        for vpc in build.find_all("vpcs", spec.vpcs, (*item.path, "vpcs")):
            build.put("security_group_vpc_associations", SecurityGroupVpcAssociation(group_id=item.id, vpc_id=vpc))


def permissions(
    build: Build, group: SecurityGroup, rules: Names, direction: str, path: Path
) -> tuple[IpPermission, ...]:
    """Rule strings as permissions; one permission for each port range."""
    out: list[IpPermission] = []
    for index, text in enumerate(many(rules)):
        here = path if isinstance(rules, str) else (*path, index)
        words, peers = split_rule(text, direction, here, build)
        peer_fields = _peers(build, group, peers, here)
        for protocol, low, high in traffic(words, text, here, build):
            ports: dict[str, Any] = (
                {} if (protocol == "-1" or protocol.isdigit()) else {"from_port": low, "to_port": high}
            )
            if protocol in ("tcp", "udp") and low < 0:
                ports = {"from_port": 0, "to_port": 65535}
            out.append(IpPermission(ip_protocol=protocol, **ports, **peer_fields))
    return tuple(out)


def _peers(build: Build, group: SecurityGroup, peers: list[str], path: Path) -> dict[str, Any]:
    four: list[IpRange] = []
    six: list[Ipv6Range] = []
    lists: list[PrefixListPeer] = []
    groups: list[GroupPeer] = []
    for peer in peers:
        if peer == "self":
            groups.append(GroupPeer(group_id=group.group_id, user_id=group.owner_id))  # SG6
        elif peer == "vpc":
            for cidr in build.get("vpcs", group.vpc_id).cidrs():
                (six.append(Ipv6Range(cidr_ipv6=cidr)) if ":" in cidr else four.append(IpRange(cidr_ip=cidr)))
        elif peer.startswith(("sg:", "sg-")):
            groups.append(_group_peer(build, group, peer.removeprefix("sg:"), path))
        elif peer.startswith(("pl:", "pl-")):
            key = build.find("managed_prefix_lists", peer.removeprefix("pl:"), path)
            lists.append(PrefixListPeer(prefix_list_id=key))
        elif "/" in peer or peer[:1].isdigit() or ":" in peer:
            cidr = build.cidr(peer, path)
            (six.append(Ipv6Range(cidr_ipv6=cidr)) if ":" in cidr else four.append(IpRange(cidr_ip=cidr)))
        else:
            build.fail(path, f"{peer!r} is no peer (a CIDR, sg:name, pl:name, self or vpc)")
    return {
        "ip_ranges": tuple(four),
        "ipv6_ranges": tuple(six),
        "prefix_list_ids": tuple(lists),
        "user_id_group_pairs": tuple(groups),
    }


def _group_peer(build: Build, group: SecurityGroup, name: str, path: Path) -> GroupPeer:
    key = build.find("security_groups", name, path, group.vpc_id)
    vpc = build.vpc_of("security_groups", key)
    peer = GroupPeer(group_id=key, user_id=build.account_of(key))
    return peer if vpc == group.vpc_id else replace(peer, vpc_id=vpc)


def _without(
    build: Build,
    group: SecurityGroup,
    have: tuple[IpPermission, ...],
    rules: Names,
    direction: str,
    path: Path,
) -> tuple[IpPermission, ...]:
    """Permissions less those that say exactly what a rule string says, peer by peer."""
    for gone in permissions(build, group, rules, direction, path):
        kept: list[IpPermission] = []
        found = False
        for permission in have:
            if (permission.ip_protocol, permission.from_port, permission.to_port) == (
                gone.ip_protocol,
                gone.from_port,
                gone.to_port,
            ):
                less = replace(
                    permission,
                    ip_ranges=tuple(
                        r for r in permission.ip_ranges if r.cidr_ip not in {g.cidr_ip for g in gone.ip_ranges}
                    ),
                    ipv6_ranges=tuple(
                        r for r in permission.ipv6_ranges if r.cidr_ipv6 not in {g.cidr_ipv6 for g in gone.ipv6_ranges}
                    ),
                    prefix_list_ids=tuple(
                        r
                        for r in permission.prefix_list_ids
                        if r.prefix_list_id not in {g.prefix_list_id for g in gone.prefix_list_ids}
                    ),
                    user_id_group_pairs=tuple(
                        r
                        for r in permission.user_id_group_pairs
                        if r.group_id not in {g.group_id for g in gone.user_id_group_pairs}
                    ),
                )
                found = found or less != permission
                if less.ip_ranges or less.ipv6_ranges or less.prefix_list_ids or less.user_id_group_pairs:
                    kept.append(less)
            else:
                kept.append(permission)
        if not found:
            build.fail(path, f"{group.group_id} has no such rule")
        have = tuple(kept)
    return have
