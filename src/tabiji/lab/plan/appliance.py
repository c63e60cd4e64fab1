"""Instances that forward what is not theirs, and interfaces as route targets (RT17, NI1)."""

from __future__ import annotations

from ...estate.network_interface import NetworkInterface
from . import interface, subnet
from .draft import ALL4, ALL6, LOCAL, Draft
from .model import Port

FORWARDING = ("route", "nat")


def forwards(draft: Draft, eni_id: str) -> str:
    """What the host behind an interface does with foreign packets."""
    host = draft.estate.host_by_eni.get(eni_id)
    return draft.estate.hosts[host].forwards if host else ""


def is_one(draft: Draft, eni_id: str) -> bool:
    """Built as a wire that turns back: only where no real host does the forwarding."""
    return not draft.hosts and forwards(draft, eni_id) in FORWARDING


def build(draft: Draft, eni: NetworkInterface) -> None:
    """The interface as a wire; behind it the host's own addresses at a port, everything else turned back."""
    eni_id = eni.network_interface_id
    inside, own = draft.context("appliance", eni_id), draft.context("appliance host", eni_id)
    outside = subnet.context(draft, eni.subnet_id)
    made = draft.wire("ap", eni_id, "inside", outside | draft.identity(eni.vpc_id), inside, mtu=9001)
    interface.own(draft, eni, made.a)
    interface.guarded(draft, eni, made.a)
    port = Port(
        name=draft.name("p", eni_id), role="guest", owner=eni_id, context=own, addresses=interface.addresses_of(eni),
        guest=interface.guest_of(draft, eni_id),
    )  # fmt: skip
    draft.port(port)
    incoming, outgoing = draft.table(eni_id, "in"), draft.table(eni_id, "out")
    draft.look(inside, LOCAL, incoming)
    draft.look(own, LOCAL, outgoing)
    for address in port.addresses:
        incoming.add(address, port.name)
    for every in (ALL4, ALL6):
        incoming.add(every, made.b)
        outgoing.add(every, made.b)
    if forwards(draft, eni_id) == "nat" and eni.private_v4():
        draft.zone(made.b, port.name)
        mine = ", ".join(eni.private_v4())
        other = draft.drop(draft.reason("uncovered", eni_id, "", "NI1"))
        foreign = f"ip saddr != {{ {mine} }} ip daddr != {{ {mine} }} meta l4proto != {{ tcp, udp, icmp }}"
        draft.early.append(f'iifname "{made.b}" {foreign} {other}')
        draft.uncovered.setdefault(eni_id, "translation of protocols without ports")
        draft.postrouting_nat.append(f'oifname "{made.b}" ip saddr != {{ {mine} }} snat ip to {eni.private_v4()[0]}')


def target(draft: Draft, target_id: str) -> str:
    """The device of an interface or instance that a route names; nothing when it is not running (RT17)."""
    estate = draft.estate
    eni_id = target_id
    if target_id.startswith("i-"):
        owned = estate.enis_by_instance.get(target_id, ())
        if len(owned) != 1:
            return ""
        eni_id = owned[0]
    instance = estate.instances.get(estate.instance_by_eni.get(eni_id, ""))
    if instance is not None and instance.state.name != "running":
        return ""
    device = draft.port_of_eni.get(eni_id, "")
    if device:
        draft.turned[device] = eni_id
    return device
