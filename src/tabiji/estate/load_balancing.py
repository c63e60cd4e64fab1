"""Who stands behind a load balancer: its nodes, its target groups, which targets get traffic (data-plane section 13).

Plain questions to the estate, asked by names (which zones are in DNS) and by
the data plane (where a node sends a packet).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..packet.address import AddressError, parse_address
from .estate import Estate
from .load_balancer import ClassicLoadBalancer, LbAction, ListenerRule, LoadBalancer, TargetGroup, TargetHealth

NETWORK, APPLICATION, GATEWAY, CLASSIC = "network", "application", "gateway", "classic"
UP = ("healthy", "unavailable", "")
"""States of targets that get traffic; ``unavailable``: health checks are off."""
ALWAYS_PRESERVED = ("UDP", "TCP_UDP", "QUIC", "TCP_QUIC")

Balancer = LoadBalancer | ClassicLoadBalancer


class Target(NamedTuple):
    """A registered target as the data plane sees it.

    ``address`` is None when it is not known or has none (a Lambda function);
    ``eni`` is empty outside the estate's ENIs; ``zone`` is empty when any
    node may use it.
    """

    id: str
    address: int | None
    port: int
    zone: str
    health: str = "healthy"
    eni: str = ""
    vpc: str = ""

    def __str__(self) -> str:
        return f"{self.id}:{self.port}" if self.port else self.id


class Pool(NamedTuple):
    """The targets a node may send to.

    ``code`` says why there are none, with ``rest`` the targets there would be
    if that were lifted.  ``failed_open``: none is healthy, so all are used;
    ``initial``: some have not been checked yet.  ``cross_zone`` is None when
    it is not known.
    """

    targets: tuple[Target, ...]
    code: str = ""
    rest: tuple[Target, ...] = ()
    failed_open: bool = False
    initial: bool = False
    cross_zone: bool | None = False


def kind_of(balancer: Balancer) -> str:
    """``network``, ``application``, ``gateway`` or ``classic``."""
    return CLASSIC if isinstance(balancer, ClassicLoadBalancer) else balancer.type


def balancer_by_eni(estate: Estate) -> dict[str, str]:
    """ENI of a node, told by its description -> its load balancer: an ARN, or the estate's key of a Classic one."""

    def build(estate: Estate) -> dict[str, str]:
        by_suffix = {("", arn.partition(":loadbalancer/")[2]): arn for arn in estate.tables["load_balancers"]}
        for key, classic in estate.tables["classic_load_balancers"].items():
            by_suffix[(classic.vpc_id, classic.load_balancer_name)] = key
        out: dict[str, str] = {}
        for eni_id, eni in estate.network_interfaces.items():
            if eni.description.startswith("ELB "):
                name = eni.description[4:]
                found = by_suffix.get(("", name)) or by_suffix.get((eni.vpc_id, name))
                if found:
                    out[eni_id] = found
        return out

    kinds = ("network_interfaces", "load_balancers", "classic_load_balancers")
    return estate.memo("balancer_by_eni", kinds, build)


def nodes(estate: Estate, key: str) -> tuple[str, ...]:
    """ENIs of a load balancer's nodes."""

    def build(estate: Estate) -> dict[str, list[str]]:
        out: dict[str, list[str]] = {}
        for eni_id, owner in balancer_by_eni(estate).items():
            out.setdefault(owner, []).append(eni_id)
        return out

    kinds = ("network_interfaces", "load_balancers", "classic_load_balancers")
    return tuple(estate.memo("balancer_nodes", kinds, build).get(key, ()))


def find(estate: Estate, key: str) -> Balancer | None:
    """The record of a load balancer."""
    found: Balancer | None = estate.tables["load_balancers"].get(key) or estate.tables["classic_load_balancers"].get(
        key
    )
    return found


def attributes(estate: Estate, table: str, key: str) -> dict[str, str] | None:
    """Attributes of a load balancer or target group; None if they were not collected.

    In an estate written by hand what is not written has its default.
    """
    record = estate.tables[table].get(key)
    if record is not None:
        return {a.key: a.value for a in record.attributes}
    return {} if estate.coverage.complete else None


def zone_of_eni(estate: Estate, eni_id: str) -> str:
    """AZ of an ENI, from itself or its subnet."""
    eni = estate.network_interfaces[eni_id]
    subnet = estate.subnets.get(eni.subnet_id)
    return eni.availability_zone or (subnet.availability_zone if subnet else "")


def hides_from_internet(estate: Estate, eni_id: str) -> bool:
    """Is the IPv6 address of an ENI out of an internet gateway's reach (LB10)?

    The ENI says so itself where it was collected; an internal NLB's nodes are unless its attribute allows it.
    """
    if estate.network_interfaces[eni_id].deny_all_igw_traffic:
        return True
    key = balancer_by_eni(estate).get(eni_id, "")
    balancer = estate.tables["load_balancers"].get(key)
    if balancer is None or balancer.type != NETWORK:
        return False
    said = (attributes(estate, "load_balancer_attributes", key) or {}).get("ipv6.deny_all_igw_traffic", "")
    return said == "true" or (said != "false" and balancer.scheme == "internal")


def enabled_zones(estate: Estate, balancer: Balancer) -> frozenset[str]:
    """Zones a load balancer is enabled in."""
    if isinstance(balancer, LoadBalancer):
        return frozenset(z.zone_name for z in balancer.availability_zones if z.zone_name)
    found = set(balancer.availability_zones)
    found |= {estate.subnets[s].availability_zone for s in balancer.subnets if s in estate.subnets}
    return frozenset(found)


def owner_of_address(estate: Estate, vpc: str, address: int) -> tuple[str, str]:
    """(ENI, VPC) that has an address: in the VPC itself, else in one it is peered with; empty when nobody is known."""
    for near in _near(estate, vpc):
        eni_id = estate.eni_by_address.get(near, {}).get(address)
        if eni_id is not None:
            return eni_id, near
        for (low, high), owner in estate.eni_prefixes.get(near, ()):
            if low <= address <= high:
                return owner, near
        if any(low <= address <= high for low, high in estate.vpc_ranges.get(near, ())):
            return "", near
    return "", ""


def _near(estate: Estate, vpc: str) -> Iterator[str]:
    yield vpc
    yield from peered(estate, vpc)


def peered(estate: Estate, vpc: str) -> tuple[str, ...]:
    """VPCs at the far end of active peerings within the Region."""
    out: list[str] = []
    for peering in estate.peerings.values():
        ends = (peering.requester, peering.accepter)
        if peering.status.code == "active" and ends[0].region == ends[1].region:
            here = [e.vpc_id for e in ends]
            if vpc in here:
                out.append(here[1] if here[0] == vpc else here[0])
    return tuple(out)


def targets_of(estate: Estate, group_arn: str) -> tuple[Target, ...] | None:
    """Registered targets of a group; None if they were not collected."""
    group = estate.tables["target_groups"].get(group_arn)
    listed = estate.tables["target_health"].get(group_arn)
    if group is None:
        return None
    if listed is None:
        return () if estate.coverage.has("target_health", estate.scope_of(group_arn)) else None
    return tuple(t for row in listed.target_health_descriptions for t in _targets(estate, group, row))


def _targets(estate: Estate, group: TargetGroup, row: TargetHealth) -> Iterable[Target]:
    name, health = row.target.id, row.target_health.state
    port = row.target.port or group.port or 0
    if group.target_type == "instance":
        yield instance_target(estate, name, port, health)
    elif group.target_type == "alb":  # an ALB's nodes take the place of targets
        for eni_id in nodes(estate, name):
            for text in estate.network_interfaces[eni_id].private_v4()[:1]:
                vpc = estate.network_interfaces[eni_id].vpc_id
                yield Target(name, parse_address(text), port, zone_of_eni(estate, eni_id), health, eni_id, vpc)
    elif group.target_type == "lambda":
        yield Target(name, None, 0, "", health)
    else:
        try:
            address: int | None = parse_address(name)
        except AddressError:
            address = None
        eni_id, vpc = owner_of_address(estate, group.vpc_id, address) if address is not None else ("", "")
        zone = zone_of_eni(estate, eni_id) if eni_id else row.target.availability_zone
        zone = "" if row.target.availability_zone == "all" else zone
        yield Target(name, address, port, zone, health, eni_id, vpc)


def instance_target(estate: Estate, instance_id: str, port: int, health: str = "healthy") -> Target:
    """An instance is reached at the primary address of its primary ENI."""
    enis = [estate.network_interfaces[e] for e in estate.enis_by_instance.get(instance_id, ())]
    if not enis:
        return Target(instance_id, None, port, "", health)
    eni = min(enis, key=lambda e: e.attachment.device_index if e.attachment else 0)
    first = eni.private_v4()[:1] or tuple(six.ipv6_address for six in eni.ipv6_addresses[:1])
    address = parse_address(first[0]) if first else None
    zone = zone_of_eni(estate, eni.network_interface_id)
    return Target(instance_id, address, port, zone, health, eni.network_interface_id, eni.vpc_id)


def cross_zone(estate: Estate, key: str, group_arn: str = "") -> tuple[bool | None, bool]:
    """(is cross-zone balancing on, was that assumed because attributes were not collected) (LB1, LB6).

    None: not known (a Classic Load Balancer whose attributes nobody collected).
    """
    balancer = find(estate, key)
    if balancer is None or isinstance(balancer, ClassicLoadBalancer):
        return None, True
    name = "load_balancing.cross_zone.enabled"
    of_group = attributes(estate, "target_group_attributes", group_arn)
    said = (of_group or {}).get(name, "")
    if said in ("true", "false"):
        return said == "true", False
    if balancer.type == APPLICATION:  # LB1: always on, but for what the group says
        return True, of_group is None
    of_balancer = attributes(estate, "load_balancer_attributes", key)
    return (of_balancer or {}).get(name) == "true", of_balancer is None or of_group is None


def preserves_client(estate: Estate, group: TargetGroup) -> tuple[bool | None, bool]:
    """(does an NLB keep the client's address towards this group, was that assumed) (LB3); None: not known."""
    if group.protocol in ALWAYS_PRESERVED:
        return True, False
    known = attributes(estate, "target_group_attributes", group.target_group_arn)
    said = (known or {}).get("preserve_client_ip.enabled", "")
    if said in ("true", "false"):
        return said == "true", False
    if group.target_type == "instance":
        return True, known is None
    return (False, known is None) if group.target_type == "ip" else (None, True)


def pool(estate: Estate, key: str, targets: tuple[Target, ...], zone: str, group_arn: str = "") -> Pool:
    """The targets a node in a zone may send to, or why there are none."""
    balancer = find(estate, key)
    zones = enabled_zones(estate, balancer) if balancer is not None else frozenset()
    across, _ = cross_zone(estate, key, group_arn)
    if not targets:
        return Pool((), "lb.no_target", cross_zone=across)
    placed = tuple(t for t in targets if not t.zone or t.zone in zones or not zones)
    if not placed:
        return Pool((), "lb.target_zone", targets, cross_zone=across)  # LB8
    # A target whose first checks are under way is taken to come up, unless the switch says otherwise.
    early = estate.switch("LB6.initial", "use") == "use"
    live = tuple(t for t in placed if t.health in UP or (early and t.health == "initial"))
    failed_open = False
    if not live and estate.switch("LB6.fail_open", "open") == "open":
        live = tuple(t for t in placed if t.health == "unhealthy")
        failed_open = bool(live)
    if not live:
        return Pool((), "lb.no_healthy_target", placed, cross_zone=across)
    near = live if across else tuple(t for t in live if not t.zone or t.zone == zone)
    initial = any(t.health == "initial" for t in near or live)
    if near:
        return Pool(near, "", tuple(t for t in live if t not in near), failed_open, initial, across)
    here = any(t.zone == zone for t in placed)
    code = "lb.no_healthy_target" if here else "lb.not_cross_zone"  # LB6
    return Pool((), code, live, failed_open, initial, across)


def groups_of(actions: Iterable[LbAction]) -> tuple[tuple[str, int], ...]:
    """(target group, weight) the last action forwards to; groups of weight 0 get nothing."""
    for action in sorted(actions, key=lambda a: -a.order):
        if action.type == "forward":
            config = action.forward_config
            if config is not None and config.target_groups:
                return tuple((t.target_group_arn, t.weight) for t in config.target_groups if t.weight > 0)
            return ((action.target_group_arn, 1),)
    return ()


def rules_of(estate: Estate, listener_arn: str) -> tuple[ListenerRule, ...]:
    """Rules of a listener in the order they are tried, without the default one."""

    def build(estate: Estate) -> dict[str, list[ListenerRule]]:
        out: dict[str, list[ListenerRule]] = {}
        for rule in estate.tables["listener_rules"].values():
            if rule.priority.isdigit():
                out.setdefault(rule.listener(), []).append(rule)
        return {arn: sorted(rows, key=lambda r: int(r.priority)) for arn, rows in out.items()}

    return tuple(estate.memo("rules_by_listener", ("listener_rules",), build).get(listener_arn, ()))


def all_groups(estate: Estate, key: str) -> tuple[str, ...]:
    """Target groups any listener or rule of a load balancer forwards to."""
    listed = estate.tables["load_balancer_listeners"].get(key)
    out: dict[str, None] = {}
    for listener in listed.listeners if listed is not None else ():
        for actions in (listener.default_actions, *(r.actions for r in rules_of(estate, listener.listener_arn))):
            out.update((arn, None) for arn, _ in groups_of(actions) if arn)
    return tuple(out)


def zones_in_dns(estate: Estate, key: str) -> frozenset[str]:
    """Zones whose node addresses the regional name gives: those that can serve every target group (LB6, LB9).

    A zone without a healthy target is withdrawn; if that is true of all zones, none is.
    """
    balancer = find(estate, key)
    if balancer is None:
        return frozenset()
    zones = enabled_zones(estate, balancer)
    lists = {arn: targets_of(estate, arn) for arn in all_groups(estate, key)}
    serving = frozenset(
        zone
        for zone in zones
        if all(listed is None or pool(estate, key, listed, zone, arn).targets for arn, listed in lists.items())
    )
    return serving or zones


def preserving_nodes(estate: Estate) -> dict[str, tuple[str, ...]]:
    """Target ENI -> NLB node ENIs that may send to it under the client's address (LB3)."""

    def build(estate: Estate) -> dict[str, tuple[str, ...]]:
        out: dict[str, dict[str, None]] = {}
        for key, balancer in estate.tables["load_balancers"].items():
            if balancer.type != NETWORK:
                continue
            for arn in all_groups(estate, key):
                group = estate.tables["target_groups"].get(arn)
                if group is None or preserves_client(estate, group)[0] is False:
                    continue
                for target in targets_of(estate, arn) or ():
                    if target.eni:
                        out.setdefault(target.eni, {}).update((node, None) for node in nodes(estate, key))
        return {eni: tuple(found) for eni, found in out.items()}

    kinds = (
        "load_balancers", "load_balancer_listeners", "listener_rules", "target_groups", "target_group_attributes",
        "target_health", "network_interfaces", "instances", "subnets", "peerings", "vpcs", "classic_load_balancers",
    )  # fmt: skip
    return estate.memo("preserving_nodes", kinds, build)
