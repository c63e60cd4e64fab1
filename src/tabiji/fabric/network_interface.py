"""What a packet meets leaving and entering an ENI.

The order is data: ``LEAVING`` and ``ENTERING`` in ``fabric/__init__.py``.
Each step here is one of their rows: it gives a stage, or None when the ENI
has nothing of the kind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..estate.network_interface import NetworkInterface
from ..packet.address import Interval, parse_address, parse_prefix
from ..packet.ranges import Ranges, normalise
from .compiler import Fabric, builds, eni_place, eni_zone
from .stage import Deliver, Drop, Enter, First, Inside, Mark, Rule, Select, Stage, State, Switch, Unknown

if TYPE_CHECKING:
    from ..estate import Estate

Step = Callable[[Fabric, NetworkInterface, int], Stage | None]
LEAVING: list[Step] = []
ENTERING: list[Step] = []

NOT_RUNNING = ("pending", "shutting-down", "stopping", "stopped", "terminated")
SILENT = ("transit_gateway", "gateway_load_balancer_endpoint")
"""ENI types that neither send nor answer as hosts do."""
ONE_WAY = ("lambda", "vpc_link")
"""ENI types that only open connections: nothing but answers to those comes in."""


@builds("leaving")
def _leaving(fabric: Fabric, eni_id: str, step: int) -> Stage:
    return _steps(fabric, "leaving", LEAVING, eni_id, step)


@builds("entering")
def _entering(fabric: Fabric, eni_id: str, step: int) -> Stage:
    return _steps(fabric, "entering", ENTERING, eni_id, step)


def _steps(fabric: Fabric, key: str, steps: list[Step], eni_id: str, first: int) -> Stage:
    """The first step from ``first`` on that this ENI has; the last one always gives a stage."""
    eni = fabric.estate.network_interfaces[eni_id]
    for number in range(first, len(steps)):
        after = fabric.node(key, eni_id, number + 1) if number + 1 < len(steps) else -1
        stage = steps[number](fabric, eni, after)
        if stage is not None:
            return stage
    raise IndexError(f"no step of {key} is left")


@builds("entering-l2")
def _entering_l2(fabric: Fabric, eni_id: str) -> Stage:
    """From the same subnet: no network ACL (W5, NA4)."""
    eni = fabric.estate.network_interfaces[eni_id]
    after = ENTERING.index(network_acl_ingress) + 1
    return Enter(eni_place(fabric.estate, eni_id), fabric.node("entering", eni.network_interface_id, after))


def own_ranges(fabric: Fabric, eni: NetworkInterface) -> Ranges:
    """Addresses and delegated prefixes an ENI owns (W3)."""
    ranges: Ranges = fabric.shared(("own", eni.network_interface_id), lambda: _own_ranges(eni))
    return ranges


def _own_ranges(eni: NetworkInterface) -> Ranges:
    rows: list[Interval] = []
    for text in (*eni.private_v4(), *(six.ipv6_address for six in eni.ipv6_addresses)):
        rows.append((parse_address(text), parse_address(text)))
    rows.extend(parse_prefix(p.ipv4_prefix) for p in eni.ipv4_prefixes)
    rows.extend(parse_prefix(p.ipv6_prefix) for p in eni.ipv6_prefixes)
    return normalise(rows)


def stopped(estate: Estate, eni: NetworkInterface) -> str:
    """State of the instance behind an ENI if it is not running, else nothing."""
    instance = estate.instances.get(estate.instance_by_eni.get(eni.network_interface_id, ""))
    state = instance.state.name if instance else "running"
    return state if state in NOT_RUNNING else ""


# Leaving -------------------------------------------------------------------


def place(fabric: Fabric, eni: NetworkInterface, ok: int) -> Stage | None:
    """Arrive at the ENI."""
    return Enter(eni_place(fabric.estate, eni.network_interface_id), ok)


def running(fabric: Fabric, eni: NetworkInterface, ok: int) -> Stage | None:
    """A stopped instance sends nothing (RT17)."""
    state = stopped(fabric.estate, eni)
    if not state:
        return None
    return Drop("eni.not_running", eni.network_interface_id, ("RT17",), (("state", state),), ok)


def host_itself(fabric: Fabric, eni: NetworkInterface, ok: int) -> Stage | None:
    """An address of the host itself never leaves it; the host's own routes may shadow the network."""
    estate = fabric.estate
    own = own_ranges(fabric, eni)
    instance = estate.instance_by_eni.get(eni.network_interface_id)
    if instance is not None:
        for other in estate.enis_by_instance.get(instance, ()):
            own = normalise((*own, *own_ranges(fabric, estate.network_interfaces[other])))
    home = eni_place(estate, eni.network_interface_id)
    back = fabric.put(Deliver(home, -1))
    return Inside(own, fabric.put(Deliver(home, back)), ok)


def own_routes(fabric: Fabric, eni: NetworkInterface, ok: int) -> Stage | None:
    """Routes of the host that lead elsewhere (a container bridge, say) (F50)."""
    host = fabric.estate.hosts.get(fabric.estate.host_by_eni.get(eni.network_interface_id, ""))
    if host is None or not host.routes:
        return None
    ranges = normalise(parse_prefix(cidr) for cidr in host.routes)
    text = ", ".join(f"{cidr} {way}" for cidr, way in host.routes.items())
    return Inside(ranges, fabric.put(Drop("host.own_route", host.name, (), (("routes", text),), ok)), ok)


def facts(fabric: Fabric, eni: NetworkInterface, ok: int) -> Stage | None:
    """What the packet carries from here on: groups of its origin (SG4), AZ (RT19), no NAT and no TGW seen."""
    groups = frozenset(g.group_id for g in eni.groups)
    zone = eni_zone(fabric.estate, eni.network_interface_id)
    fresh = (("nat", None), ("nat_vpc", None), ("tgw", None))
    return Mark((("identity", groups), ("worn", groups), ("az", zone), *fresh), ok)


def source_check(fabric: Fabric, eni: NetworkInterface, ok: int) -> Stage | None:
    """With the check on, the source must be the ENI's own (W3); with it off, a foreign source has no identity (SG5)."""
    rules = (Rule(src=own_ranges(fabric, eni), origin=eni.network_interface_id, facts=("W3",)),)
    if eni.source_dest_check:
        no = fabric.put(Drop("eni.source_check", eni.network_interface_id, ("W3", "NI1"), (), ok))
    else:
        no = fabric.put(Mark((("identity", None),), ok))
    return First("source_check", eni.network_interface_id, "egress", rules, ok, no, ("W3",))


def through_balancer(fabric: Fabric, eni: NetworkInterface, ok: int) -> Stage | None:
    """Answers of a target whose balancer kept the client's address go back by the balancer's node (LB3)."""
    if not fabric.estate.tables["target_groups"]:
        return None
    from .load_balancer import return_to_node

    return return_to_node(fabric, eni, ok)


def subnet_edge(fabric: Fabric, eni: NetworkInterface, ok: int) -> Stage | None:
    """On to the subnet: same subnet at layer 2, else NACL and routes."""
    return fabric.stage(fabric.node("subnet-edge", eni.subnet_id))


# Entering ------------------------------------------------------------------


def network_acl_ingress(fabric: Fabric, eni: NetworkInterface, ok: int) -> Stage | None:
    """The NACL of the subnet being entered (W9)."""
    from .network_acl import ingress

    return ingress(fabric, eni.subnet_id, ok)


def alive(fabric: Fabric, eni: NetworkInterface, ok: int) -> Stage | None:
    """Something must be plugged in and switched on to receive."""
    if eni.interface_type == "interface" and eni.status == "available":
        return Drop("eni.not_attached", eni.network_interface_id, ("RT17",))
    state = stopped(fabric.estate, eni)
    if state:
        return Drop("eni.not_running", eni.network_interface_id, ("RT17",), (("state", state),), ok)
    return None


def endpoint_identity(fabric: Fabric, eni: NetworkInterface, ok: int) -> Stage | None:
    """IE12, TG12: an endpoint's groups do not know a sender by its group if it came over a TGW."""
    if eni.network_interface_id not in fabric.estate.endpoint_by_eni:
        return None
    return Switch("tgw", {None: ok}, fabric.put(Mark((("identity", None),), ok)))


def destination_check(fabric: Fabric, eni: NetworkInterface, ok: int) -> Stage | None:
    """Own address: deliver; a foreign one only with the check off (W9), to an appliance."""
    if eni.source_dest_check:
        foreign = fabric.put(Drop("eni.dest_check", eni.network_interface_id, ("W9", "NI1"), ()))
    else:
        foreign = fabric.node("appliance", eni.network_interface_id)
    return Inside(own_ranges(fabric, eni), ok, foreign)


def receive(fabric: Fabric, eni: NetworkInterface, ok: int) -> Stage | None:
    """Whoever sits behind the ENI: a NAT gateway, an endpoint, a load balancer, a host."""
    estate, eni_id = fabric.estate, eni.network_interface_id
    nat = estate.nat_by_eni.get(eni_id)
    if nat is not None:
        return fabric.stage(fabric.node("nat-in", nat, eni_id))
    endpoint = estate.endpoint_by_eni.get(eni_id)
    if endpoint is not None:
        return fabric.stage(fabric.node("endpoint-in", endpoint, eni_id))
    if eni.interface_type in ("network_load_balancer", "load_balancer", "gateway_load_balancer") or (
        eni.description.startswith("ELB ")
    ):
        return fabric.stage(fabric.node("load-balancer-in", eni_id))
    resolver = estate.resolver_by_address.get((eni.vpc_id, eni.private_ip_address))
    if resolver is not None:
        return fabric.stage(fabric.node("resolver-in", resolver, eni_id))
    if estate.client_vpn_target_networks:
        from .client_vpn import endpoint_of_eni

        if eni_id in endpoint_of_eni(estate):
            return fabric.stage(fabric.node("client-vpn-back", eni_id))
    if eni.interface_type == "nat_gateway":
        return Drop("nat.state", eni_id, ("NG5",))
    if eni.interface_type in SILENT:
        return Drop("address.not_a_host", eni_id, ("TG5",), (("type", eni.interface_type),))
    if eni.interface_type in ONE_WAY:
        home = fabric.put(Deliver(eni_place(estate, eni_id), -1))
        nobody = fabric.put(Drop("address.not_a_host", eni_id, (), (("type", eni.interface_type),)))
        return State("", nobody, home, home)
    if eni.description and not estate.host_by_eni.get(eni_id):
        from .managed_service import service_of

        if service_of(eni):
            return fabric.stage(fabric.node("managed-service-in", eni_id))
    return fabric.stage(fabric.node("host-in", eni_id))


@builds("host-in")
def _host_in(fabric: Fabric, eni_id: str) -> Stage:
    """A host: what it listens on, when the estate says so."""
    from .host import listening

    estate = fabric.estate
    deliver = Deliver(eni_place(estate, eni_id), fabric.node("leaving", eni_id, 0))
    name = estate.host_by_eni.get(eni_id)
    host = estate.hosts[name] if name else None
    if host is not None and host.forwards == "nat":
        return fabric.stage(fabric.node("nat-instance-in", eni_id, fabric.put(deliver)))
    if host is None or host.listens is None:
        return deliver
    return listening(fabric, host.name, host.listens, fabric.put(deliver))


def select_in_vpc(fabric: Fabric, vpc_id: str) -> int:
    """The router's view of a VPC's addresses: whoever owns the destination gets it, NACL first."""
    return fabric.node("select", vpc_id)


@builds("select")
def _select(fabric: Fabric, vpc_id: str) -> Stage:
    estate = fabric.estate
    missing = _nobody(fabric, vpc_id)
    owners = {
        address: fabric.node("enter", eni_id) for address, eni_id in estate.eni_by_address.get(vpc_id, {}).items()
    }
    ranges = tuple((p, fabric.node("enter", eni)) for p, eni in estate.eni_prefixes.get(vpc_id, ()))
    return Select(owners, missing, ranges)


@builds("enter")
def _enter(fabric: Fabric, eni_id: str) -> Stage:
    return Enter(eni_place(fabric.estate, eni_id), fabric.node("entering", eni_id, 0))


@builds("select-l2")
def _select_l2(fabric: Fabric, subnet_id: str) -> Stage:
    """Layer 2: hosts of one subnet; no route table gets to see it (W5, RT10)."""
    estate = fabric.estate
    subnet = estate.subnets[subnet_id]
    owners: dict[int, int] = {}
    ranges: list[tuple[Interval, int]] = []
    for eni_id in estate.enis_by_subnet.get(subnet_id, ()):
        for low, high in own_ranges(fabric, estate.network_interfaces[eni_id]):
            if low == high:
                owners[low] = fabric.node("entering-l2", eni_id)
            else:
                ranges.append(((low, high), fabric.node("entering-l2", eni_id)))
    return Select(owners, _nobody(fabric, subnet.vpc_id), tuple(ranges))


def _nobody(fabric: Fabric, vpc_id: str) -> int:
    """RT21: an address of the VPC that no ENI owns."""
    if not fabric.estate.coverage.has("network_interfaces", fabric.estate.scope_of(vpc_id)):
        return fabric.put(Unknown("unknown.network_interfaces", vpc_id, ("RT21",)))
    return fabric.put(Drop("address.nobody", vpc_id, ("RT21",)))
