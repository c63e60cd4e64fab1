"""Security groups, at the fabric's end of each interface: stateful without kernel conntrack (LAB19).

A chain a VPC, set of groups and direction.  A rule that names a group looks
for the private addresses of its interfaces: inwards among packets that still
carry the number of their sender's VPC, outwards only where the packet goes
straight to the member's own port or over the peering with its VPC (SG4, SG5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ...packet.address import V6_ALL, V6_START, Interval, parse_prefix
from .draft import Draft
from .flows import KEEP_IN, KEEP_OUT, port_match
from .interface import addresses_of
from .model import IDENTITY_MASK

if TYPE_CHECKING:
    from ...estate.network_interface import NetworkInterface
    from ...estate.security_group import GroupPeer, IpPermission

UNFILTERED = ("nat_gateway", "natGateway", "transit_gateway", "gateway_load_balancer_endpoint")
"""Interfaces without security groups (SG14)."""
V4, V6 = "ip", "ip6"


def build(draft: Draft) -> tuple[dict[str, str], dict[str, str]]:
    """Chains for every interface with groups; port -> chain outwards, port -> chain inwards."""
    outward: dict[str, str] = {}
    inward: dict[str, str] = {}
    made: dict[tuple[str, tuple[str, ...]], tuple[str, str]] = {}
    for eni_id, port in draft.port_of_eni.items():
        eni = draft.estate.network_interfaces[eni_id]
        if eni.interface_type in UNFILTERED:
            continue
        key = (eni.vpc_id, tuple(sorted({g.group_id for g in eni.groups})))
        if key not in made:
            number = len(made)
            made[key] = (f"sg_out_{number}", f"sg_in_{number}")
            for chain, egress in zip(made[key], (True, False), strict=True):
                draft.chain(chain, _chain(draft, *key, egress))
        outward[port], inward[port] = made[key]
    return outward, inward


def _chain(draft: Draft, vpc: str, groups: tuple[str, ...], egress: bool) -> Iterator[str]:
    """Union of the groups' rules, then the refusal (SG1)."""
    known = True
    kept = KEEP_OUT if egress else KEEP_IN
    if not groups:
        draft.uncovered.setdefault(vpc, "an interface of it has no security group in the estate")
        known = False
    for group in groups:
        record = draft.estate.security_groups.get(group)
        if record is None:
            draft.uncovered.setdefault(group, "its rules are not in the estate")
            known = False
            continue
        for permission in record.ip_permissions_egress if egress else record.ip_permissions:
            known = _lists_known(draft, permission) and known
            for match in _matches(draft, vpc, permission, egress):
                yield f"{match} goto {kept}"
    owner = ",".join(groups) or vpc
    if egress and known:
        yield from _roundabout(draft, groups, owner)
    code = "sg.out" if egress else "sg.in"
    yield draft.drop(draft.reason(code if known else "uncovered", owner, "", "SG1"))


def _lists_known(draft: Draft, permission: IpPermission) -> bool:
    missing = [p for p in permission.prefix_list_ids if p.prefix_list_id not in draft.estate.prefix_list_cidrs]
    for peer in missing:
        draft.uncovered.setdefault(peer.prefix_list_id, "the list's entries are not in the estate")
    return not missing


def _matches(draft: Draft, vpc: str, permission: IpPermission, egress: bool) -> Iterator[str]:
    """The words of each rule a permission is made of."""
    for family in (V4, V6):
        what = port_match(permission.ip_protocol, permission.from_port, permission.to_port, family)
        if what is None:
            continue
        for peer in _peers(draft, vpc, permission, family, egress):
            yield f"{peer} {what}".strip()


def _peers(draft: Draft, vpc: str, permission: IpPermission, family: str, egress: bool) -> Iterator[str]:
    far = "daddr" if egress else "saddr"
    ranges = (
        [r.cidr_ip for r in permission.ip_ranges] if family == V4 else [r.cidr_ipv6 for r in permission.ipv6_ranges]
    )
    if ranges:
        yield among(f"{family} {far}", family, ranges)
    for listed in permission.prefix_list_ids:
        cidrs = draft.estate.prefix_list_cidrs.get(listed.prefix_list_id, ())
        mine = [c for c in cidrs if (":" in c) == (family == V6)]
        if mine:
            name = draft.address_set(f"list {listed.prefix_list_id}", family, mine)
            yield f"{family} {far} @{name}"
    for pair in permission.user_id_group_pairs:
        if pair.peering_status not in ("", "active"):
            continue  # SG7: a stale rule matches nothing
        yield from _reference(draft, vpc, pair, family, egress)


def _reference(draft: Draft, vpc: str, pair: GroupPeer, family: str, egress: bool) -> Iterator[str]:
    members = draft.estate.enis_by_group.get(pair.group_id, ())
    enis = [draft.estate.network_interfaces[m] for m in members]
    if egress:
        ways = sorted({(way, a) for e in enis for way in _ways(draft, vpc, e) for a in _own(e, family)})
        if ways:
            rows = [f'"{way}" . {address}' for way, address in ways]
            name = draft.named_set(f"to {vpc} {pair.group_id}", family, f"oifname . {family} daddr", rows)
            yield f"oifname . {family} daddr @{name}"
        return
    numbered = [(draft.identity(e.vpc_id), e) for e in enis]
    rows = sorted({f"0x{number:08x} . {a}" for number, e in numbered if number for a in _own(e, family)})
    if rows:
        name = draft.named_set(f"from {pair.group_id}", family, f"meta mark . {family} saddr", rows)
        yield f"meta mark & 0x{IDENTITY_MASK:08x} . {family} saddr @{name}"


def _roundabout(draft: Draft, groups: tuple[str, ...], owner: str) -> Iterator[str]:
    """Outwards to a member of a named group, but not straight to it: SG5 speaks of rules inwards only."""
    for group in groups:
        for permission in draft.estate.security_groups[group].ip_permissions_egress:
            for pair in permission.user_id_group_pairs:
                enis = [draft.estate.network_interfaces[m] for m in draft.estate.enis_by_group.get(pair.group_id, ())]
                for family in (V4, V6):
                    what = port_match(permission.ip_protocol, permission.from_port, permission.to_port, family)
                    rows = sorted({a for e in enis for a in _own(e, family)})
                    if rows and what is not None:
                        unknown = draft.drop(draft.reason("uncovered", owner, pair.group_id, "SG5"))
                        yield f"{family} daddr {{ {', '.join(rows)} }} oifname != @entries {what} {unknown}"


def _own(eni: NetworkInterface, family: str) -> list[str]:
    return [a for a in addresses_of(eni) if (":" in a) == (family == V6)]


def _ways(draft: Draft, vpc: str, member: NetworkInterface) -> list[str]:
    """Fabric interfaces by which packets of a VPC reach a member with its identity kept: port, or peerings (SG4)."""
    if member.vpc_id == vpc:
        port = draft.port_of_eni.get(member.network_interface_id)
        return [port] if port else []
    return [
        draft.built["peering", pcx, vpc]
        for pcx, peering in draft.estate.peerings.items()
        if {peering.requester.vpc_id, peering.accepter.vpc_id} == {vpc, member.vpc_id}
        and peering.requester.region == peering.accepter.region  # PC6
        and ("peering", pcx, vpc) in draft.built
    ]


def among(field: str, family: str, cidrs: Iterable[str]) -> str:
    """The words for "this field is in one of these prefixes"; "any" is only the family."""
    whole: Interval = (0, V6_START - 1) if family == V4 else V6_ALL
    intervals = merged(parse_prefix(c) for c in cidrs)
    if intervals == [parse_prefix("0.0.0.0/0" if family == V4 else "::/0")] or intervals == [whole]:
        return f"meta nfproto {'ipv4' if family == V4 else 'ipv6'}"
    return f"{field} {{ {', '.join(span(i) for i in intervals)} }}"


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Sorted, none overlapping another: anonymous sets refuse overlaps."""
    out: list[Interval] = []
    for low, high in sorted(intervals):
        if out and low <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return out


def span(interval: Interval) -> str:
    """An interval as nft writes it."""
    from ...packet.address import format_address, format_prefix

    text = format_prefix(interval)
    if "/" in text:
        return text
    return f"{format_address(interval[0])}-{format_address(interval[1])}"
