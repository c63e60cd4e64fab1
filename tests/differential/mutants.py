"""Deliberately wrong variants of the fabric: each must be caught by what the kernel does (LAB55, LAB56).

A mutant is a context manager: inside it newly made fabrics are wrong in one
respect, outside nothing has happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, NamedTuple

from msgspec.structs import replace

from tabiji.fabric import (
    Fabric,
    internet,
    nat_gateway,
    network_acl,
    network_firewall,
    network_interface,
    peering,
    route_table,
    security_group,
    site,
    stage,
    subnet,
    transit_gateway,
    vpc_endpoint,
)
from tabiji.fabric.compiler import BUILDERS
from tabiji.fabric.stage import (
    AnyOf,
    Drop,
    Enter,
    First,
    Inside,
    Mark,
    Rewrite,
    Rule,
    Stage,
    State,
    Switch,
)
from tabiji.packet.header import ICMP, ICMPV6

MODULES = (internet, nat_gateway, network_firewall, peering, site, subnet, transit_gateway, vpc_endpoint)
"""Loaded here, so that their builders are there to be replaced."""
Patch = Callable[[], Any]


class Mutant(NamedTuple):
    """A wrong variant: what is wrong, and the facts it offends."""

    name: str
    facts: tuple[str, ...]
    patch: Patch


MUTANTS: dict[str, Mutant] = {}


def mutant(*facts: str) -> Callable[[Callable[[], Iterator[None]]], Patch]:
    def register(function: Callable[[], Iterator[None]]) -> Patch:
        patch = contextmanager(function)
        MUTANTS[function.__name__] = Mutant(function.__name__, facts, patch)
        return patch

    return register


@contextmanager
def set_to(owner: Any, name: str, value: Any) -> Iterator[None]:
    """An attribute, or an entry of a dict, replaced for a while."""
    if isinstance(owner, dict):
        held, owner[name] = owner[name], value
        try:
            yield
        finally:
            owner[name] = held
        return
    held = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, held)


@contextmanager
def built(name: str, change: Callable[..., Stage]) -> Iterator[None]:
    """Stages with this name come out changed: ``change(stage, fabric, *key)``."""
    real = BUILDERS[name]
    with set_to(BUILDERS, name, lambda fabric, *key: change(real(fabric, *key), fabric, *key)):
        yield


def past(fabric: Fabric, number: int, kind: type, which: Callable[[Any], bool], instead: Callable[[Any], int]) -> int:
    """A chain of ready stages with one of them left out."""
    found = fabric.stage(number)
    if isinstance(found, kind) and which(found):
        return instead(found)
    if hasattr(found, "next"):
        return fabric.put(replace(found, next=past(fabric, found.next, kind, which, instead)))
    return number


# LAB56 -----------------------------------------------------------------------------


@mutant("LAB56a", "W5", "NA4")
def nacl_inside_the_subnet() -> Iterator[None]:
    """The network ACL is asked between hosts of one subnet too."""

    def edge(found: Stage, fabric: Fabric, subnet_id: str) -> Stage:
        assert isinstance(found, Inside)
        return replace(
            found, yes=fabric.put(network_acl.egress(fabric, subnet_id, found.yes) or fabric.stage(found.yes))
        )

    with built("subnet-edge", edge):
        yield


@mutant("LAB56b", "NA2")
def nacl_in_the_order_of_the_file() -> Iterator[None]:
    def rules_of(nacl: Any, out: bool) -> tuple[Rule, ...]:
        rows = (e for e in nacl.entries if e.egress == out and e.rule_number < network_acl.DEFAULT_RULE)
        return tuple(network_acl._rule(e, out) for e in rows)

    with set_to(network_acl, "rules_of", rules_of):
        yield


@mutant("LAB56c", "NA12")
def nacl_of_the_attachment_subnet_ignored() -> Iterator[None]:
    with set_to(transit_gateway, "network_acl", SimpleNamespace(ingress=lambda *_: None)):
        yield


@mutant("LAB56d", "PC2")
def peering_transitive() -> Iterator[None]:
    """What is not inside the far VPC goes on by its main route table."""

    def transit(found: Stage, fabric: Fabric, peering_id: str, vpc: str) -> Stage:
        if not isinstance(found, Enter):
            return found
        inside = fabric.stage(found.next)
        assert isinstance(inside, Inside)
        far = found.place.vpc
        main = fabric.estate.main_route_tables.get(far)
        if main is None:
            return found
        on = fabric.node("routes-of-table", main, far, "")
        return replace(found, next=fabric.put(replace(inside, no=on)))

    with built("peering", transit):
        yield


@mutant("LAB56e", "RT4")
def shortest_prefix_wins() -> Iterator[None]:
    def partition(rows: Any) -> Any:
        bounds = sorted({0} | {low for (low, _), _ in rows} | {high + 1 for (_, high), _ in rows})
        widest = sorted(rows, key=lambda row: row[0][0] - row[0][1])
        entries = [next((e for (low, high), e in widest if low <= b <= high), None) for b in bounds]
        return bounds, entries

    with set_to(route_table, "partition", partition):
        yield


@mutant("LAB56f", "SG1")
def security_group_egress_not_checked() -> Iterator[None]:
    rest = [step for step in network_interface.LEAVING if step is not security_group.egress]
    with set_to(network_interface, "LEAVING", rest):
        yield


@mutant("LAB56g", "TG7")
def tgw_delivers_by_another_subnets_table() -> Iterator[None]:
    def zone(found: Stage, fabric: Fabric, attachment_id: str, subnet_id: str) -> Stage:
        assert isinstance(found, Enter)
        marked = fabric.stage(found.next)
        vpc = fabric.estate.subnets[subnet_id].vpc_id
        other = next(s for s in fabric.estate.subnets_by_vpc[vpc] if s != subnet_id)
        return replace(found, next=fabric.put(replace(marked, next=fabric.node("subnet-edge", other))))

    with built("tgw-vpc-zone", zone):
        yield


@mutant("LAB56h", "IG1")
def igw_works_without_public_address() -> Iterator[None]:
    with built("igw-translate-out", lambda found, fabric, *_: replace(found, missing=found.next)):
        yield


# LAB55, the bugs the prototype found ---------------------------------------------------


@mutant("LAB55a", "W9")
def hairpin_to_ones_own_public_address_skips_the_group() -> Iterator[None]:
    """A packet to one's own Elastic IP comes back past the group's inbound rules."""

    def facts(fabric: Fabric, eni: Any, ok: int) -> Stage | None:
        found = network_interface_facts(fabric, eni, ok)
        assert isinstance(found, Mark)
        return replace(found, facts=(*found.facts, ("sent by", eni.network_interface_id)))

    def ingress(fabric: Fabric, eni: Any, ok: int) -> Stage | None:
        found = security_group.ingress(fabric, eni, ok)
        return found and Switch("sent by", {eni.network_interface_id: ok}, fabric.put(found))

    network_interface_facts = network_interface.facts
    leaving = [facts if s is network_interface.facts else s for s in network_interface.LEAVING]
    entering = [ingress if s is security_group.ingress else s for s in network_interface.ENTERING]
    with set_to(network_interface, "LEAVING", leaving), set_to(network_interface, "ENTERING", entering):
        yield


@contextmanager
def pings_let_in(wanted: Callable[[Fabric, Any], bool]) -> Iterator[None]:
    """Echo requests pass groups inwards where something holds of the ENI."""

    def ingress(fabric: Fabric, eni: Any, ok: int) -> Stage | None:
        found = security_group.ingress(fabric, eni, ok)
        if not isinstance(found, AnyOf) or not wanted(fabric, eni):
            return found
        pings = [Rule(proto=p, dports=(kind << 8, (kind << 8) + 255)) for p, kind in ((ICMP, 8), (ICMPV6, 128))]
        return replace(found, rules=(*found.rules, *pings))

    entering = [ingress if s is security_group.ingress else s for s in network_interface.ENTERING]
    with set_to(network_interface, "ENTERING", entering):
        yield


@mutant("LAB55b", "SG2")
def icmp_flows_without_an_id() -> Iterator[None]:
    """Whoever may be pinged by an ENI may ping it: a ping of before is taken for the same flow."""

    def pings_out(fabric: Fabric, eni: Any) -> bool:
        groups = tuple(g.group_id for g in eni.groups)
        rules = security_group.rules_of(fabric.estate, groups, security_group.EGRESS, eni.vpc_id)
        return any(r.proto in (None, ICMP, ICMPV6) for r in rules)

    with pings_let_in(pings_out):
        yield


@mutant("LAB55c", "SG2")
def echo_requests_taken_for_replies() -> Iterator[None]:
    with pings_let_in(lambda fabric, eni: True):
        yield


@mutant("LAB55d", "NG1")
def nat_gateway_always_to_the_internet() -> Iterator[None]:
    """Its own subnet's table, which may lead back to itself, is not asked."""

    def edge(found: Stage, fabric: Fabric, nat_id: str, az: str) -> Stage:
        nat = fabric.estate.nat_gateways[nat_id]
        igw = fabric.estate.igw_by_vpc.get(nat.vpc_id)
        return fabric.stage(fabric.node("igw-out", igw, nat.vpc_id, nat.subnet_id)) if igw else found

    with built("nat-edge", edge):
        yield


@mutant("LAB55e", "NG5")
def nat_gateway_takes_unsolicited_packets() -> Iterator[None]:
    def nat_in(found: Stage, fabric: Fabric, nat_id: str, eni_id: str) -> Stage:
        assert isinstance(found, Enter)
        first = fabric.put(stage.Deliver(found.place, -1))
        state = fabric.stage(found.next)
        assert isinstance(state, State)
        return replace(found, next=fabric.put(replace(state, first=first)))

    with built("nat-in", nat_in):
        yield


@mutant("LAB55f", "TG17", "W13")
def tgw_never_sends_back_where_it_came_from() -> Iterator[None]:
    """A loop over a TGW is taken for a missing route."""

    def zone(found: Stage, fabric: Fabric, attachment_id: str, subnet_id: str) -> Stage:
        again = fabric.put(Drop("tgw.no_route", attachment_id, ("TG17",)))
        fresh = fabric.put(Mark(((f"by {attachment_id}", True),), fabric.put(found)))
        return Switch(f"by {attachment_id}", {True: again}, fresh)

    with built("tgw-vpc-zone", zone):
        yield


# More ------------------------------------------------------------------------------------


@mutant("NA3")
def nacl_stateful() -> Iterator[None]:
    """Answers pass network ACLs unasked."""
    real = network_acl._stage

    def checked(fabric: Fabric, subnet_id: str, out: bool, ok: int) -> Stage | None:
        found = real(fabric, subnet_id, out, ok)
        return found and State("", fabric.put(found), ok, ok)

    with set_to(network_acl, "_stage", checked):
        yield


@mutant("SG2")
def security_group_stateless() -> Iterator[None]:
    """Answers are asked for a rule."""
    real = security_group._stage

    def checked(fabric: Fabric, eni: Any, direction: str, ok: int) -> Stage | None:
        found = real(fabric, eni, direction, ok)
        return replace(found, stateful=False) if isinstance(found, AnyOf) else found

    with set_to(security_group, "_stage", checked):
        yield


@mutant("RT13")
def blackhole_falls_through() -> Iterator[None]:
    real = route_table.settle

    def settle(estate: Any, table: Any) -> Any:
        return {p: row for p, row in real(estate, table).items() if row[0].state != "blackhole"}

    with set_to(route_table, "settle", settle):
        yield


@mutant("RT19", "TG5")
def tgw_from_any_zone() -> Iterator[None]:
    def from_vpc(found: Stage, fabric: Fabric, tgw: str, vpc: str, az: str) -> Stage:
        if isinstance(found, Drop) and found.code == "route.tgw_az":
            zone = dict(found.params)["zones"].split(", ")[0]
            return fabric.stage(fabric.node("tgw-from-vpc", tgw, vpc, zone))
        return found

    with built("tgw-from-vpc", from_vpc):
        yield


@mutant("TG1")
def tgw_asks_the_first_table() -> Iterator[None]:
    """The table of the attachment does not count."""

    def associated(found: Stage, fabric: Fabric, attachment_id: str) -> Stage:
        tgw = next(
            a.transit_gateway_id
            for table in (fabric.estate.tgw_attachments, fabric.estate.tgw_vpc_attachments)
            for i, a in table.items()
            if i == attachment_id
        )
        first = next(i for i, t in fabric.estate.tgw_route_tables.items() if t.transit_gateway_id == tgw)
        return fabric.stage(fabric.node("tgw-routes", first))

    with built("tgw-associated", associated):
        yield


@mutant("SG5")
def references_match_by_address() -> Iterator[None]:
    """A group reference matches an address of the group, middlebox or TGW or not."""
    real = security_group._permission

    def permission(estate: Any, group: Any, told: Any, direction: str, vpc: str) -> list[Rule]:
        out = real(estate, group, told, direction, vpc)
        for rule in out:
            if rule.fact is not None:
                rule.src, rule.fact = security_group._addresses_of_group(estate, rule.fact[1], vpc), None
        return out

    with set_to(security_group, "_permission", permission):
        yield


@mutant("SG1")
def only_the_first_group_counts() -> Iterator[None]:
    real = security_group.rules_of
    with set_to(security_group, "rules_of", lambda estate, groups, *rest: real(estate, groups[:1], *rest)):
        yield


@mutant("NG1")
def nat_gateway_keeps_the_source() -> Iterator[None]:
    def translate(found: Stage, fabric: Fabric, *_: Any) -> Stage:
        if not isinstance(found, Rewrite):
            return found
        return replace(found, changes=tuple(c for c in found.changes if c[0] != "src"))

    with built("nat-translate", translate):
        yield


@mutant("NA9")
def nacl_of_the_nat_gateways_subnet_ignored() -> Iterator[None]:
    with set_to(nat_gateway, "network_acl", SimpleNamespace(ingress=lambda *_: None)):
        yield


@mutant("GE4")
def gateway_endpoint_for_everybody() -> Iterator[None]:
    def endpoint(found: Stage, fabric: Fabric, *_: Any) -> Stage:
        if not isinstance(found, Enter):
            return found
        return replace(
            found, next=past(fabric, found.next, First, lambda s: s.kind == "endpoint_source", lambda s: s.ok)
        )

    with built("gateway-endpoint", endpoint):
        yield


@mutant("GE5")
def gateway_endpoint_for_every_protocol() -> Iterator[None]:
    def endpoint(found: Stage, fabric: Fabric, *_: Any) -> Stage:
        source = fabric.stage(found.next) if isinstance(found, Enter) else None
        if not isinstance(source, First):
            return found
        on = past(fabric, source.ok, First, lambda s: s.kind == "endpoint_protocol", lambda s: s.ok)
        return replace(found, next=fabric.put(replace(source, ok=on)))

    with built("gateway-endpoint", endpoint):
        yield


@mutant("VG1")
def vgw_lets_anybody_out() -> Iterator[None]:
    def out(found: Stage, fabric: Fabric, *_: Any) -> Stage:
        if not isinstance(found, Enter):
            return found
        return replace(found, next=past(fabric, found.next, First, lambda s: s.kind == "vgw_source", lambda s: s.ok))

    with built("vgw-out", out):
        yield


@mutant("EG1")
def egress_only_gateway_lets_in() -> Iterator[None]:
    def inward(found: Stage, fabric: Fabric, vpc: str) -> Stage:
        return replace(found, first=found.seen) if isinstance(found, State) else found

    with built("ipv6-in", inward):
        yield


@mutant("RT16")
def edge_tables_ignored() -> Iterator[None]:
    """What comes in by a gateway goes straight to its interface."""
    with built(
        "igw-routes", lambda found, fabric, gateway, vpc: fabric.stage(network_interface.select_in_vpc(fabric, vpc))
    ):
        yield


@mutant("W3", "NI1")
def source_and_destination_never_checked() -> Iterator[None]:
    """A foreign destination is taken for one's own."""

    def receive(fabric: Fabric, eni: Any, ok: int) -> Stage | None:
        return Mark((), ok)

    entering = [receive if s is network_interface.destination_check else s for s in network_interface.ENTERING]
    with set_to(network_interface, "ENTERING", entering):
        yield


@mutant("NF8")
def firewall_takes_answers_of_unknown_flows() -> Iterator[None]:
    def stateful(found: Stage, fabric: Fabric, arn: str, key: str, out: int) -> Stage:
        return replace(found, unseen=out) if isinstance(found, State) else found

    with built("firewall-stateful", stateful):
        yield


@mutant("NF2")
def firewall_ignores_stateless_rules() -> Iterator[None]:
    with built(
        "firewall", lambda found, fabric, arn, key, out: fabric.stage(fabric.node("firewall-stateful", arn, key, out))
    ):
        yield


@mutant("NG10")
def no_return_to_sender() -> Iterator[None]:
    with set_to(peering, "senders_to", lambda estate, vpc: ()):
        yield


@mutant("TG8")
def appliance_mode_ignored() -> Iterator[None]:
    def plain(fabric: Fabric, attachment_id: str, zones: dict[str, int]) -> Stage:
        anywhere = fabric.put(stage.Choice("choice.tgw_az", attachment_id, tuple(sorted(zones.items())), "", ("TG6",)))
        return Switch("az", zones, anywhere)

    with set_to(transit_gateway, "_appliance_mode", plain):
        yield


@mutant("DX2", "DX3")
def sites_know_every_vpc() -> Iterator[None]:
    """What Direct Connect advertises does not matter."""
    real = site.advertised

    def advertised(estate: Any, way: str) -> Any:
        held = real(estate, way)
        return tuple(dict.fromkeys((*held, *(p for ranges in estate.vpc_ranges.values() for p in ranges))))

    with set_to(site, "advertised", advertised):
        yield
