"""Internet gateway and egress-only internet gateway: boxes with a wire to the VPC and one to the Internet (LAB23)."""

from __future__ import annotations

from ...packet.address import parse_address, parse_prefix
from . import internet, subnet
from .draft import ALL4, ALL6, LOCAL, ROUTED, Draft
from .model import CONTEXT_MASK

MTU = 1500  # IG9


def build(draft: Draft) -> None:
    """All attached gateways: packets from outside arrive whether or not a route leads out (IG6)."""
    for vpc_id, igw in draft.estate.igw_by_vpc.items():
        way_out(draft, igw, vpc_id)


def way_out(draft: Draft, igw: str, vpc_id: str) -> str:
    """The end of the wire that leads from a VPC into its gateway; nothing when it is not attached there."""
    if draft.estate.igw_by_vpc.get(vpc_id) != igw or vpc_id not in draft.estate.vpcs:
        return ""
    key = ("igw", igw)
    if key not in draft.built:
        draft.built[key] = _box(draft, igw, vpc_id)
    return draft.built[key]


def _blocked(draft: Draft) -> bool:
    """Block Public Access is on somewhere: not built (BP1)."""
    options = draft.estate.tables["block_public_access_options"].values()
    return any(o.internet_gateway_block_mode not in ("off", "") for o in options)


def _box(draft: Draft, igw: str, vpc_id: str) -> str:
    if _blocked(draft):
        left_out = draft.leave_out(igw, "Block Public Access is not built")
        for public, _ in _pairs(draft, vpc_id):
            internet.table(draft).add(public, left_out)
        return left_out
    inside = draft.context("vpc", vpc_id, igw)
    edge = draft.estate.route_table_by_gateway.get(igw)
    if edge:
        from . import route_table

        draft.look(inside, ROUTED, route_table.build(draft, edge, vpc_id, ""))
    draft.look(inside, LOCAL, subnet.local_table(draft, vpc_id))
    out, back = draft.context("igw out", igw), draft.context("igw in", igw)
    near = draft.wire("igw", igw, "inside", inside, out, MTU)
    far = draft.wire("igx", igw, "outside", back, internet.context(draft), MTU)
    outward, inward = draft.table(igw, "out"), draft.table(igw, "in")
    draft.look(out, LOCAL, outward)
    draft.look(back, LOCAL, inward)
    for every in (ALL4, ALL6):
        outward.add(every, far.a)
    for cidr in draft.estate.vpcs[vpc_id].cidrs():
        inward.add(cidr, near.b)
    draft.built["igw inward", igw], draft.built["igw outside", igw] = near.b, far.b
    draft.zone(near.b, far.a)
    pairs = _pairs(draft, vpc_id)
    for public, _ in pairs:
        internet.table(draft).add(public, far.b)
    _filters(draft, igw, vpc_id, near.b, far.a, pairs)
    _redirected(draft, igw, vpc_id, near.a)
    return near.a


def _redirected(draft: Draft, igw: str, vpc_id: str, device: str) -> None:
    """RT18: a subnet whose ingress goes by an appliance does not get out directly."""
    record = draft.estate.route_tables.get(draft.estate.route_table_by_gateway.get(igw, ""))
    away = [r for r in record.routes if r.target != "local" and r.state == "active"] if record is not None else []
    ranges = [parse_prefix(r.destination) for r in away if r.destination]
    refused = draft.drop(draft.reason("igw.redirected", igw, "", "RT18"))
    for subnet_id in draft.estate.subnets_by_vpc.get(vpc_id, ()):
        for cidr in draft.estate.subnets[subnet_id].cidrs():
            mine = parse_prefix(cidr)
            if any(low <= mine[0] and mine[1] <= high for low, high in ranges):
                here = f"meta mark & 0x{CONTEXT_MASK:08x} == 0x{subnet.context(draft, subnet_id):08x}"
                source = f"ip6 saddr {cidr}" if ":" in cidr else f"ip saddr {cidr} ip daddr != {private_only()}"
                draft.leaving.append(f'oifname "{device}" {here} {source} {refused}')


def _pairs(draft: Draft, vpc_id: str) -> list[tuple[str, str]]:
    """(public, private) of the VPC's interfaces (IG1, IG3)."""
    from ...packet.address import format_address

    enis = draft.estate.network_interfaces
    return [
        (format_address(public), format_address(private))
        for public, (eni, private) in draft.estate.public_addresses.items()
        if eni in enis and enis[eni].vpc_id == vpc_id
    ]


def _denied(draft: Draft, vpc_id: str) -> list[list[str]]:
    """IPv6 addresses of interfaces that no Internet gateway serves (IE9, LB10)."""
    return [
        [six.ipv6_address for six in eni.ipv6_addresses]
        for eni in draft.estate.network_interfaces.values()
        if eni.vpc_id == vpc_id and (eni.deny_all_igw_traffic or eni.interface_type == "vpc_endpoint")
    ]


def _filters(draft: Draft, igw: str, vpc_id: str, inner: str, outer: str, pairs: list[tuple[str, str]]) -> None:
    """What the gateway refuses, and its 1:1 translation."""
    no_public = draft.drop(draft.reason("igw.no-public-address", igw, "", "IG1", "IG2"))
    if pairs:
        known = ", ".join(sorted(private for _, private in pairs))
        draft.early.append(f'iifname "{inner}" ip saddr != {{ {known} }} {no_public}')
        there = ", ".join(f"{private} : {public}" for public, private in sorted(pairs))
        back = ", ".join(f"{public} : {private}" for public, private in sorted(pairs))
        draft.postrouting_nat.append(f'oifname "{outer}" snat ip to ip saddr map {{ {there} }}')
        draft.prerouting_nat.append(f'iifname "{outer}" dnat ip to ip daddr map {{ {back} }}')
        # The gateway keeps no state: what conntrack cannot place is translated all the same.
        draft.reroute.append(f'iifname "{outer}" ct state invalid ip daddr set ip daddr map {{ {back} }}')
        draft.late.append(f'oifname "{outer}" ct state invalid ip saddr set ip saddr map {{ {there} }}')
    else:
        draft.early.append(f'iifname "{inner}" meta nfproto ipv4 {no_public}')
    six = six_of(draft, vpc_id)
    spoofed = draft.drop(draft.reason("igw.spoofed", igw, "", "RT24"))
    hidden = sorted({a for e in _denied(draft, vpc_id) for a in e})
    if hidden:
        denied = draft.drop(draft.reason("igw.denied", igw, "", "IE9"))
        draft.early.append(f'iifname "{inner}" ip6 saddr {{ {", ".join(hidden)} }} {denied}')
        draft.early.append(f'oifname "{inner}" ip6 daddr {{ {", ".join(hidden)} }} {denied}')
    if six:
        draft.early.append(f'iifname "{inner}" ip6 saddr != {{ {", ".join(six)} }} {spoofed}')
    else:
        draft.early.append(f'iifname "{inner}" meta nfproto ipv6 {spoofed}')
    refused = draft.drop(draft.reason("igw.private-destination", igw, "", "IG4"))
    draft.early.append(f'iifname "{inner}" ip daddr {private_only()} {refused}')
    refused = draft.drop(draft.reason("igw.private-source", igw, "", "IG4"))
    draft.early.append(f'iifname "{outer}" ip saddr {private_only()} {refused}')


def egress_only(draft: Draft, eigw: str, vpc_id: str) -> str:
    """The way into an egress-only gateway: IPv6 out, and only answers back; nothing when it is not attached."""
    record = draft.estate.tables["egress_only_internet_gateways"].get(eigw)
    if record is None or not any(a.vpc_id == vpc_id for a in record.attachments):
        return ""
    key = ("eigw", eigw)
    if key in draft.built:
        return draft.built[key]
    if _blocked(draft):
        return draft.leave_out(eigw, "Block Public Access is not built")
    draft.built[key] = _egress_box(draft, eigw, vpc_id)
    return draft.built[key]


def _egress_box(draft: Draft, eigw: str, vpc_id: str) -> str:
    """All IPv6 packets for the VPC come in here: answers by this gateway, the rest by the other one (EG1, IG8)."""
    inside = subnet.vpc_context(draft, vpc_id, eigw)
    out, back, answer = draft.context("eigw out", eigw), draft.context("eigw in", eigw), draft.context("answer", eigw)
    near = draft.wire("eig", eigw, "inside", inside, out, MTU)
    far = draft.wire("eix", "internet", vpc_id, back, internet.context(draft), MTU)
    draft.built["eigw outside", vpc_id] = far.b
    outward, inward, answered = (draft.table(eigw, which) for which in ("out", "in", "answer"))
    for number, table in ((out, outward), (back, inward), (answer, answered)):
        draft.look(number, LOCAL, table)
    outward.add(ALL6, far.a)
    igw = draft.estate.igw_by_vpc.get(vpc_id, "")
    other = draft.built.get(("igw inward", igw), "") if igw and way_out(draft, igw, vpc_id) else ""
    six = six_of(draft, vpc_id)
    for cidr in six:
        answered.add(cidr, near.b)
        inward.add(cidr, other or near.b)
    four = draft.drop(draft.reason("eigw.ipv4", eigw, "", "EG1"))
    draft.early.append(f'iifname "{near.b}" meta nfproto ipv4 {four}')
    draft.zone(near.b, far.a)
    draft.reroute.append(f'iifname "{far.a}" ct direction reply meta mark set 0x{answer:08x}')
    spoofed = draft.drop(draft.reason("eigw.spoofed", eigw, "", "RT24"))
    if six:
        draft.early.append(f'iifname "{near.b}" ip6 saddr != {{ {", ".join(six)} }} {spoofed}')
    if not other:
        unasked = draft.drop(draft.reason("eigw.unsolicited", eigw, "", "EG1"))
        draft.early.append(f'iifname "{far.a}" ct direction original {unasked}')
        draft.early.append(f'iifname "{far.a}" ct state invalid {unasked}')
    return near.a


def six_of(draft: Draft, vpc_id: str) -> list[str]:
    """IPv6 CIDRs of a VPC."""
    return [c for c in draft.estate.vpcs[vpc_id].cidrs() if ":" in c]


def close(draft: Draft) -> None:
    """Where the Internet sends packets for the IPv6 addresses of each VPC."""
    for eigw, record in draft.estate.tables["egress_only_internet_gateways"].items():
        for attached in record.attachments:
            if attached.vpc_id in draft.estate.vpcs:
                egress_only(draft, eigw, attached.vpc_id)
    for vpc_id in draft.estate.vpcs:
        igw = draft.estate.igw_by_vpc.get(vpc_id, "")
        device = draft.built.get(("eigw outside", vpc_id)) or draft.built.get(("igw outside", igw))
        for cidr in six_of(draft, vpc_id):
            if device is None and igw and _blocked(draft):
                device = draft.leave_out(igw, "Block Public Access is not built")
            internet.table(draft).add(cidr, device or draft.sink("no-host", "internet", cidr, "IG3"))


def private_only() -> str:
    """The set of addresses no gateway forwards (IG4)."""
    return "{ " + ", ".join(internet.NOT_PUBLIC) + " }"


def is_public(address: str) -> bool:
    """Outside the ranges no gateway forwards (IG4)."""
    value = parse_address(address)
    return not any(low <= value <= high for low, high in map(parse_prefix, internet.NOT_PUBLIC))
