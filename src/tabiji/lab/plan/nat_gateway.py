"""NAT gateway: a wire that turns back, with a conntrack zone and source translation at its far end (LAB22)."""

from __future__ import annotations

from . import interface, subnet
from .draft import ALL4, ALL6, LOCAL, Draft


def build(draft: Draft) -> None:
    """All of them: their addresses exist whether or not a route leads there."""
    for nat in draft.estate.nat_gateways:
        device(draft, nat)


def device(draft: Draft, nat: str) -> str:
    """The interface a NAT gateway is entered by; nothing when it is not available."""
    key = ("nat", nat)
    if key not in draft.built:
        draft.built[key] = _box(draft, nat)
    return draft.built[key]


def _box(draft: Draft, nat: str) -> str:
    record = draft.estate.nat_gateways.get(nat)
    if record is None or record.state != "available":
        return ""
    pairs = [a for a in record.nat_gateway_addresses if a.private_ip]
    if record.availability_mode == "regional":
        return draft.leave_out(nat, "regional NAT gateways are not built (NG14)")
    if not pairs or record.subnet_id not in draft.estate.subnets:
        return draft.leave_out(nat, "its address or its subnet is not in the estate")
    inside = draft.context("nat", nat)
    made = draft.wire("nat", nat, "inside", subnet.context(draft, record.subnet_id), inside)
    table = draft.table(nat, "out")
    draft.look(inside, LOCAL, table)
    for every in (ALL4, ALL6):
        table.add(every, made.b)
    draft.zone(made.b)
    own = ", ".join(a.private_ip for a in pairs)
    first = next((a for a in pairs if a.is_primary), pairs[0]).private_ip
    # NG4: ports 1024 and up; NG5: only what was asked for comes back.
    draft.postrouting_nat.append(
        f'oifname "{made.b}" meta l4proto {{ tcp, udp }} snat ip to {first}:1024-65535\n'
        f'oifname "{made.b}" meta l4proto icmp snat ip to {first}'
    )
    for rule, code, facts in (
        (f'iifname "{made.b}" meta nfproto ipv6', "uncovered", ("NG13",)),
        (f'iifname "{made.b}" ip daddr {{ {own} }}', "nat.unsolicited", ("NG5",)),
        (f'iifname "{made.b}" meta l4proto != {{ tcp, udp, icmp }}', "nat.protocol", ("NG4",)),
        (f'iifname "{made.b}" ct state invalid', "nat.midstream", ("W11",)),
    ):
        draft.early.append(f"{rule} {draft.drop(draft.reason(code, nat, '', *facts))}")
    loop = draft.drop(draft.reason("nat.loop", nat, "", "W13"))
    draft.late.append(f'iifname "{made.a}" oifname "{made.a}" {loop}')
    draft.subnet_of[made.a] = record.subnet_id
    enis = draft.estate.network_interfaces
    for pair in pairs:
        eni = enis.get(pair.network_interface_id)
        if eni is not None:
            interface.own(draft, eni, made.a)
        subnet.layer2_table(draft, record.subnet_id).add(pair.private_ip, made.a)
        subnet.local_table(draft, record.vpc_id).add(pair.private_ip, made.a)
    return made.a
