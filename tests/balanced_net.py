"""A small VPC with a load balancer, a target in each of two zones, and clients inside and outside.

    10.0.0.0/16 vpc-p   node 10.0.1.10 (az-a), 10.0.2.10 (az-b)   targets 10.0.11.10 (az-a), 10.0.12.10 (az-b)
                        client 10.0.3.10 (az-a)                   198.51.100.9 on the Internet

``Net`` holds the records by kind and id; a test changes what it is about and
asks ``ask`` how a packet fares.  Each question is put to both interpreters.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from tabiji.estate import Estate
from tabiji.estate.instance import Instance, InstanceState
from tabiji.estate.internet_gateway import GatewayAttachment, InternetGateway
from tabiji.estate.kinds import BY_NAME, record_id
from tabiji.estate.load_balancer import (
    ForwardConfig,
    ForwardTarget,
    HealthState,
    LbAction,
    LbAttribute,
    LbZone,
    Listener,
    LoadBalancer,
    LoadBalancerAttributes,
    LoadBalancerListeners,
    TargetGroup,
    TargetGroupAttributes,
    TargetHealth,
    TargetHealthOfGroup,
    TargetId,
)
from tabiji.estate.network_acl import NaclAssociation, NaclEntry, NetworkAcl
from tabiji.estate.network_interface import (
    EniAddress,
    EniAttachment,
    EniGroup,
    EniIpv6,
    NetworkInterface,
    PublicAssociation,
)
from tabiji.estate.route_table import Route, RouteTable, RouteTableAssociation
from tabiji.estate.security_group import GroupPeer, IpPermission, IpRange, Ipv6Range, SecurityGroup
from tabiji.estate.site import Switch
from tabiji.estate.subnet import Subnet
from tabiji.estate.vpc import Ipv6CidrAssociation, Vpc
from tabiji.fabric import Fabric
from tabiji.findings.catalogue import LANGUAGES, text
from tabiji.packet.address import parse_address
from tabiji.packet.header import ECHO_REQUEST, ICMP, TCP, FiveTuple
from tabiji.space import Cube, reach
from tabiji.walk import DELIVERED, Trip, all_trips

OUTSIDE = "198.51.100.9"
INSIDE = "10.0.3.10"
NODE_A, NODE_B = "10.0.1.10", "10.0.2.10"
PUBLIC_A, PUBLIC_B = "203.0.113.1", "203.0.113.2"
TARGET_A, TARGET_B = "10.0.11.10", "10.0.12.10"
PREFIX = "arn:aws:elasticloadbalancing:ap-northeast-1:111122223333:"
GROUP = PREFIX + "targetgroup/web/0123456789abcdef"


def allow(*peers: str, proto: str = "-1", port: int | None = None) -> IpPermission:
    """A permission for CIDRs and group ids."""
    return IpPermission(
        ip_protocol=proto,
        from_port=port,
        to_port=port,
        ip_ranges=tuple(IpRange(cidr_ip=p) for p in peers if "." in p),
        ipv6_ranges=tuple(Ipv6Range(cidr_ipv6=p) for p in peers if ":" in p),
        user_id_group_pairs=tuple(GroupPeer(group_id=p) for p in peers if p.startswith("sg-")),
    )


ANYWHERE = (allow("0.0.0.0/0", "::/0"),)


def group(group_id: str, ingress: tuple[IpPermission, ...], egress: tuple[IpPermission, ...] = ANYWHERE) -> Any:
    """A security group."""
    return SecurityGroup(group_id=group_id, ip_permissions=ingress, ip_permissions_egress=egress)


def nacl(nacl_id: str, subnet: str, *rows: tuple[bool, str, str]) -> NetworkAcl:
    """A network ACL on one subnet; rows are (egress, action, CIDR)."""
    entries = [
        NaclEntry(rule_number=100 + i, egress=out, rule_action=action, protocol="-1", cidr_block=cidr)
        for i, (out, action, cidr) in enumerate(rows)
    ]
    return NetworkAcl(
        network_acl_id=nacl_id,
        vpc_id="vpc-p",
        associations=(NaclAssociation(subnet_id=subnet),),
        entries=tuple(entries),
    )


def forward(*groups: str | tuple[str, int]) -> tuple[LbAction, ...]:
    """Forward to one group or, weighted, to several."""
    pairs = [(g, 1) if isinstance(g, str) else g for g in groups]
    config = ForwardConfig(target_groups=tuple(ForwardTarget(target_group_arn=a, weight=w) for a, w in pairs))
    return (LbAction(forward_config=config),)


def target(name: str, health: str = "healthy", port: int | None = None, zone: str = "") -> TargetHealth:
    """A registered target."""
    return TargetHealth(
        target=TargetId(id=name, port=port, availability_zone=zone), target_health=HealthState(state=health)
    )


class Net:
    """Records by kind and id, to be changed before asking."""

    def __init__(self, kind: str = "network") -> None:
        self.records: dict[str, dict[str, Any]] = {}
        self.arn = PREFIX + f"loadbalancer/{'net' if kind == 'network' else 'app'}/front/0123456789abcdef"
        self.add("vpcs", Vpc(vpc_id="vpc-p", cidr_block="10.0.0.0/16"))
        self.add(
            "internet_gateways",
            InternetGateway(internet_gateway_id="igw-p", attachments=(GatewayAttachment(vpc_id="vpc-p"),)),
        )
        for name, cidr, zone, public in (
            ("subnet-na", "10.0.1.0/24", "az-a", True), ("subnet-nb", "10.0.2.0/24", "az-b", True),
            ("subnet-c", "10.0.3.0/24", "az-a", False),
            ("subnet-ta", "10.0.11.0/24", "az-a", False), ("subnet-tb", "10.0.12.0/24", "az-b", False),
        ):  # fmt: skip
            self.subnet(
                name, "vpc-p", cidr, zone, (Route(destination_cidr_block="0.0.0.0/0", gateway_id="igw-p"),) * public
            )
        self.add("security_groups", group("sg-open", ANYWHERE))
        self.add("security_groups", group("sg-target", ANYWHERE))
        self.add("security_groups", group("sg-front", ANYWHERE))
        self.eni("eni-client", INSIDE, "subnet-c", groups=("sg-open",))
        self.eni("eni-ta", TARGET_A, "subnet-ta", groups=("sg-target",), instance="i-ta")
        self.eni("eni-tb", TARGET_B, "subnet-tb", groups=("sg-target",), instance="i-tb")
        node: dict[str, Any] = {
            "description": "ELB " + self.arn.partition("loadbalancer/")[2],
            "source_dest_check": False,
        }
        if kind == "network":
            node["interface_type"] = "network_load_balancer"
        self.eni("eni-na", NODE_A, "subnet-na", public=PUBLIC_A, **node)
        self.eni("eni-nb", NODE_B, "subnet-nb", public=PUBLIC_B, **node)
        self.add(
            "load_balancers",
            LoadBalancer(
                load_balancer_arn=self.arn,
                load_balancer_name="front",
                type=kind,
                scheme="internet-facing",
                vpc_id="vpc-p",
                availability_zones=(
                    LbZone(zone_name="az-a", subnet_id="subnet-na"), LbZone(zone_name="az-b", subnet_id="subnet-nb")
                ),
            ),
        )  # fmt: skip
        self.group("TCP" if kind == "network" else "HTTP")
        self.listen(Listener(listener_arn="listener-1", port=443, protocol="TCP" if kind == "network" else "HTTPS",
                             default_actions=forward(GROUP)))  # fmt: skip

    def add(self, kind: str, record: Any) -> None:
        """Put a record in, over one of the same id."""
        self.records.setdefault(kind, {})[record_id(BY_NAME[kind], record)] = record

    def change(self, kind: str, key: str, **fields: Any) -> None:
        """Other values for some fields of a record."""
        self.records[kind][key] = replace(self.records[kind][key], **fields)

    def subnet(self, name: str, vpc: str, cidr: str, zone: str, routes: tuple[Route, ...] = ()) -> None:
        """A subnet with a route table of its own."""
        own = self.records["vpcs"][vpc].cidrs()
        local = tuple(
            Route(**{f"destination_{'ipv6_' if ':' in c else ''}cidr_block": c, "gateway_id": "local"}) for c in own
        )
        self.add("subnets", Subnet(subnet_id=name, vpc_id=vpc, cidr_block=cidr, availability_zone=zone))
        self.add(
            "route_tables",
            RouteTable(
                route_table_id=name.replace("subnet", "rtb"),
                vpc_id=vpc,
                routes=(*local, *routes),
                associations=(RouteTableAssociation(subnet_id=name),),
            ),
        )

    def eni(
        self, name: str, address: str, subnet: str, *, groups: tuple[str, ...] = (), instance: str = "",
        public: str = "", **fields: Any,
    ) -> None:  # fmt: skip
        """An ENI, with a running instance behind it if one is named."""
        place = self.records["subnets"][subnet]
        association = PublicAssociation(public_ip=public) if public else None
        attachment = EniAttachment(instance_id=instance) if instance else None
        if instance:
            self.add("instances", Instance(instance_id=instance, state=InstanceState(name="running")))
        self.add(
            "network_interfaces",
            NetworkInterface(
                network_interface_id=name,
                subnet_id=subnet,
                vpc_id=place.vpc_id,
                availability_zone=place.availability_zone,
                private_ip_address=address,
                private_ip_addresses=(EniAddress(private_ip_address=address, primary=True, association=association),),
                groups=tuple(EniGroup(group_id=g) for g in groups),
                attachment=attachment,
                **fields,
            ),
        )

    def group(
        self, protocol: str, *targets: TargetHealth, kind: str = "instance", arn: str = GROUP, port: int = 8443,
        **attributes: str,
    ) -> None:  # fmt: skip
        """A target group and its targets: both instances, if none are given.  Attributes with ``__`` for the dot."""
        both = ("i-ta", "i-tb") if kind == "instance" else (TARGET_A, TARGET_B)
        self.add(
            "target_groups",
            TargetGroup(
                target_group_arn=arn, protocol=protocol, port=port, vpc_id="vpc-p", target_type=kind,
                load_balancer_arns=(self.arn,),
            ),
        )  # fmt: skip
        rows = targets or tuple(target(name) for name in both)
        self.add("target_health", TargetHealthOfGroup(target_group_arn=arn, target_health_descriptions=rows))
        pairs = tuple(LbAttribute(key=k.replace("__", "."), value=v) for k, v in attributes.items())
        self.add("target_group_attributes", TargetGroupAttributes(target_group_arn=arn, attributes=pairs))

    def listen(self, *listeners: Listener) -> None:
        """The balancer's listeners."""
        self.add("load_balancer_listeners", LoadBalancerListeners(load_balancer_arn=self.arn, listeners=listeners))

    def attributes(self, **attributes: str) -> None:
        """The balancer's attributes, with ``__`` for the dot."""
        pairs = tuple(LbAttribute(key=k.replace("__", "."), value=v) for k, v in attributes.items())
        self.add("load_balancer_attributes", LoadBalancerAttributes(load_balancer_arn=self.arn, attributes=pairs))

    def wear(self, *groups: str) -> None:
        """Security groups on the balancer's nodes."""
        for eni in ("eni-na", "eni-nb"):
            self.change("network_interfaces", eni, groups=tuple(EniGroup(group_id=g) for g in groups))
        self.change("load_balancers", self.arn, security_groups=groups)

    def switch(self, fact: str, value: str) -> None:
        """Set a switch."""
        self.add("switches", Switch(fact=fact, value=value))

    def six(self) -> None:
        """IPv6 for the VPC, the node and the client of az-a."""
        self.change(
            "vpcs", "vpc-p", ipv6_cidr_block_association_set=(Ipv6CidrAssociation(ipv6_cidr_block="2001:db8:1::/56"),)
        )
        table = self.records["route_tables"]
        for subnet, cidr in (("subnet-na", "2001:db8:1:1::/64"), ("subnet-c", "2001:db8:1:3::/64")):
            self.change("subnets", subnet, ipv6_cidr_block_association_set=(Ipv6CidrAssociation(ipv6_cidr_block=cidr),))
            key = subnet.replace("subnet", "rtb")
            local = Route(destination_ipv6_cidr_block="2001:db8:1::/56", gateway_id="local")
            gateway = Route(destination_ipv6_cidr_block="::/0", gateway_id="igw-p")
            self.change("route_tables", key, routes=(*table[key].routes, local, gateway))
        for eni, address in (("eni-na", "2001:db8:1:1::10"), ("eni-client", "2001:db8:1:3::10")):
            self.change("network_interfaces", eni, ipv6_addresses=(EniIpv6(ipv6_address=address),))

    def estate(self, coverage: Any = None) -> Estate:
        """The estate as it is now."""
        return Estate({kind: dict(rows) for kind, rows in self.records.items()}, coverage=coverage)

    def ask(
        self, src: str, dst: str, port: int = 443, *, proto: int = TCP, facts: dict[str, Any] | None = None,
        coverage: Any = None,
    ) -> Asked:  # fmt: skip
        """How a packet fares: every branch walked, and the same question put to ``space``."""
        estate = self.estate(coverage)
        return ask(estate, src, dst, port, proto=proto, facts=facts)


class Asked:
    """All trips of one packet."""

    def __init__(self, trips: list[Trip]) -> None:
        self.trips = trips

    @property
    def outcomes(self) -> set[str]:
        """``delivered``, or the code of what ended a trip."""
        return {t.outcome if t.outcome == DELIVERED else (t.reply or t.forward).end.code for t in self.trips}  # type: ignore[union-attr]

    @property
    def arrivals(self) -> set[str]:
        """Ids of the places the packet was delivered to."""
        ends = [t.forward.end for t in self.trips if t.forward.outcome == DELIVERED]
        return {end.place.id for end in ends}  # type: ignore[union-attr]

    @property
    def seen_by_target(self) -> FiveTuple:
        """The packet as it arrived (of the first trip)."""
        return self.trips[0].forward.packet

    def notes(self) -> set[str]:
        """Codes of notes and choices met."""
        legs = [leg for t in self.trips for leg in (t.forward, t.reply) if leg is not None]
        return {s.stage.code for leg in legs for s in leg.steps if type(s.stage).__name__ in ("Note", "Choice")}  # type: ignore[union-attr]

    def kinds(self) -> list[str]:
        """Kinds of the places of the first trip, there and back, one a stop."""
        out: list[str] = []
        for leg in (self.trips[0].forward, self.trips[0].reply):
            last = None
            for step in leg.steps if leg is not None else ():
                if step.place != last:
                    out.append(step.place.kind)
                    last = step.place
        return [kind for kind in out if kind != "nowhere"]


def ask(
    estate: Estate, src: str, dst: str, port: int = 443, *, proto: int = TCP, facts: dict[str, Any] | None = None
) -> Asked:
    """Walk every branch of one packet; ``space`` must come to the same ends."""
    fabric = Fabric(estate)
    address = parse_address(src)
    eni = next((own[address] for own in estate.eni_by_address.values() if address in own), None)
    start, home = fabric.leave_eni(eni) if eni else fabric.leave_internet()
    packet = FiveTuple(address, parse_address(dst), proto, 0 if proto == ICMP else 50000, port)
    if proto == ICMP:
        packet = packet._replace(dport=ECHO_REQUEST)
    asked = Asked(all_trips(fabric, start, packet, facts or {}, home, limit=200))
    for trip in asked.trips:
        _texts_are_whole(trip)
    region = reach(fabric, start, Cube.exactly(packet), home, facts or {}).find(packet)
    assert region is not None
    told = {e.kind if e.kind == DELIVERED else e.code for e in region.endings}
    if proto != ICMP:
        assert told == asked.outcomes
    return asked


def _texts_are_whole(trip: Trip) -> None:
    """Every code met has texts, and its parameters fill them."""
    extra = ("component", "packet", "destination", "rule", "taken", "branches")
    for leg in (trip.forward, trip.reply):
        for step in leg.steps if leg is not None else ():
            code = getattr(step.stage, "code", "")
            if code:
                params = dict.fromkeys(extra, "x") | dict(step.stage.params)  # type: ignore[union-attr]
                for lang in LANGUAGES:
                    said = text(code, params, lang)
                    assert "?" not in said, said
                    assert not said.startswith(code), said
