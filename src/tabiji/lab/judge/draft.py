"""Random AWS networks, small and as AWS would accept them, for property tests.

``random_estate`` draws one, ``random_packets`` draws packets worth sending in
it.  Everything hangs on the generator given, so a seed names an estate.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from random import Random
from typing import Any

from ...estate import Estate
from ...estate.availability_zone import AvailabilityZone
from ...estate.instance import Instance, InstanceEni, InstanceState
from ...estate.internet_gateway import EgressOnlyInternetGateway, GatewayAttachment, InternetGateway
from ...estate.nat_gateway import ElasticIp, NatAddress, NatGateway
from ...estate.network_acl import NaclAssociation, NaclEntry, NaclIcmp, NaclPorts, NetworkAcl
from ...estate.network_interface import (
    EniAddress,
    EniAttachment,
    EniGroup,
    EniIpv6,
    EniPrefix,
    NetworkInterface,
    PublicAssociation,
)
from ...estate.peering import PeeringCidr, PeeringStatus, PeeringVpc, VpcPeeringConnection
from ...estate.prefix_list import ManagedPrefixList, PrefixList, PrefixListEntries, PrefixListEntry
from ...estate.route_table import PropagatingVgw, Route, RouteTable, RouteTableAssociation
from ...estate.security_group import GroupPeer, IpPermission, IpRange, Ipv6Range, PrefixListPeer, SecurityGroup
from ...estate.site import Host, Site
from ...estate.subnet import Subnet
from ...estate.transit_gateway import (
    AttachmentAssociation,
    TgwPropagationEntry,
    TgwRoute,
    TgwRouteAttachment,
    TransitGateway,
    TransitGatewayAttachment,
    TransitGatewayPropagations,
    TransitGatewayRoutes,
    TransitGatewayRouteTable,
    TransitGatewayVpcAttachment,
    VpcAttachmentOptions,
)
from ...estate.vpc import CidrAssociation, Ipv6CidrAssociation, Vpc
from ...estate.vpc_endpoint import VpcEndpoint
from ...estate.vpn import (
    CustomerGateway,
    DirectConnectGateway,
    DirectConnectGatewayAssociation,
    DxAssociatedGateway,
    DxPrefix,
    VpnConnection,
    VpnGateway,
    VpnOptions,
    VpnStaticRoute,
)

REGION = "ap-northeast-1"
S3_CIDRS = ("192.0.2.0/26", "192.0.2.128/25")
SITE_PREFIX = "192.168.100.0/24"
SITE_HOSTS = ("192.168.100.10", "192.168.100.20")
ON_THE_INTERNET = ("198.51.100.7", "192.0.2.9", "192.0.2.130", "2001:db8:ffff::7")
PORTS = (443, 22, 80, 53, 8080)


def random_estate(rng: Random) -> Estate:
    """One estate: one to four VPCs and whatever joins them."""
    return Draft(rng).estate()


class Draft:
    """An estate being drawn: records by kind, and what later parts must know of earlier ones."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.records: dict[str, list[Any]] = {}
        self.counts: dict[str, int] = {}
        self.zones = [REGION + letter for letter in "acd"[: rng.choice((2, 2, 3))]]
        self.cidrs: dict[str, list[IPv4Network]] = {}
        self.six: dict[str, IPv6Network] = {}
        self.subnets: dict[str, list[Subnet]] = {}
        self.groups: dict[str, list[str]] = {}
        self.targets: dict[str, list[tuple[str, str, list[str]]]] = {}
        """VPC -> what its routes may name: (field, id, destinations that make sense)."""
        self.friends: dict[str, list[str]] = {}
        """VPC -> VPCs whose security groups it may name: itself and peers."""
        self.used: dict[str, int] = {}
        self.public = 0

    def chance(self, likelihood: float) -> bool:
        """Does it happen this time?"""
        return self.rng.random() < likelihood

    def add(self, kind: str, record: Any) -> Any:
        """Take a record in."""
        self.records.setdefault(kind, []).append(record)
        return record

    def new(self, prefix: str) -> str:
        """An id nobody has yet."""
        number = self.counts[prefix] = self.counts.get(prefix, 0) + 1
        return f"{prefix}-{number:08x}"

    def estate(self) -> Estate:
        """Draw everything, in the order in which things need one another."""
        for zone in self.zones:
            letter = zone[-1]
            self.add(
                "availability_zones", AvailabilityZone(zone_name=zone, zone_id=f"apne1-az{letter}", region_name=REGION)
            )
        self.prefix_lists()
        for i in range(self.rng.choice((1, 2, 2, 3, 3, 4))):
            self.vpc(i)
        vpcs = list(self.cidrs)
        site = self.chance(0.5)
        for vpc in vpcs:
            self.internet_gateway(vpc)
        for i, one in enumerate(vpcs):
            for other in vpcs[i + 1 :]:
                self.peering(one, other)
        for vpc in vpcs:
            self.security_groups(vpc)
        for vpc in vpcs:
            self.interfaces(vpc)
            self.nat_gateway(vpc)
        ways = self.private_gateway(vpcs) if site else []
        ways += self.transit_gateway(vpcs, site)
        if site:
            self.site(ways)
        for vpc in vpcs:
            endpoint = self.endpoints(vpc)
            self.network_acls(vpc)
            self.route_tables(vpc, endpoint)
        return Estate.of(**self.records)

    # Things that stand alone.

    def prefix_lists(self) -> None:
        """S3's list and one of the customer's own."""
        self.add(
            "prefix_lists",
            PrefixList(prefix_list_id="pl-s3", prefix_list_name=f"com.amazonaws.{REGION}.s3", cidrs=S3_CIDRS),
        )
        entries = self.rng.sample(("10.0.0.0/16", "10.1.0.0/17", "198.51.100.0/24", SITE_PREFIX), 2)
        self.add("managed_prefix_lists", ManagedPrefixList(prefix_list_id="pl-own", prefix_list_name="own"))
        self.add(
            "prefix_list_entries",
            PrefixListEntries(prefix_list_id="pl-own", entries=tuple(PrefixListEntry(cidr=c) for c in entries)),
        )

    def vpc(self, number: int) -> None:
        """A VPC with subnets; now and then with the CIDR of another one, a second CIDR or IPv6."""
        vpc = self.new("vpc")
        first = f"10.{number}.0.0/16"
        if self.cidrs and self.chance(0.2):
            first = str(self.rng.choice([c[0] for c in self.cidrs.values()]))
        cidrs = [IPv4Network(first)]
        if self.chance(0.2):
            cidrs.append(IPv4Network(f"100.64.{number * 16}.0/20"))
        six: tuple[Ipv6CidrAssociation, ...] = ()
        if self.chance(0.3):
            self.six[vpc] = IPv6Network(f"2001:db8:{number + 1}00::/56")
            six = (Ipv6CidrAssociation(ipv6_cidr_block=str(self.six[vpc])),)
        self.cidrs[vpc] = cidrs
        self.friends[vpc] = [vpc]
        self.targets[vpc] = []
        self.add(
            "vpcs",
            Vpc(
                vpc_id=vpc,
                cidr_block=first,
                cidr_block_association_set=tuple(CidrAssociation(cidr_block=str(c)) for c in cidrs),
                ipv6_cidr_block_association_set=six,
            ),
        )
        self.groups[vpc] = [self.new("sg") for _ in range(self.rng.randint(1, 4))]
        self.subnets[vpc] = []
        for i in range(self.rng.randint(2, 4)):
            block = list(self.rng.choice(cidrs).subnets(new_prefix=24))[i]
            six = ()
            if vpc in self.six and self.chance(0.8):
                mine = list(self.six[vpc].subnets(new_prefix=64))[i]
                six = (Ipv6CidrAssociation(ipv6_cidr_block=str(mine)),)
            subnet = Subnet(
                subnet_id=self.new("subnet"),
                vpc_id=vpc,
                cidr_block=str(block),
                ipv6_cidr_block_association_set=six,
                availability_zone=self.zones[i % len(self.zones)],
            )
            self.subnets[vpc].append(self.add("subnets", subnet))

    def internet_gateway(self, vpc: str) -> None:
        """An IGW, and an egress-only one where there is IPv6."""
        if not self.chance(0.65):
            return
        gateway = self.new("igw")
        self.add(
            "internet_gateways",
            InternetGateway(internet_gateway_id=gateway, attachments=(GatewayAttachment(vpc_id=vpc),)),
        )
        six = ["::/0"] if vpc in self.six else []
        self.targets[vpc].append(("gateway_id", gateway, ["0.0.0.0/0", "0.0.0.0/0", "198.51.100.0/24", *six]))
        if six and self.chance(0.4):
            self.egress_only_gateway(vpc)

    def egress_only_gateway(self, vpc: str) -> None:
        """An egress-only internet gateway, to be routed to."""
        egress = self.new("eigw")
        attached = (GatewayAttachment(vpc_id=vpc, state="attached"),)
        record = EgressOnlyInternetGateway(egress_only_internet_gateway_id=egress, attachments=attached)
        self.add("egress_only_internet_gateways", record)
        self.targets[vpc].append(("egress_only_internet_gateway_id", egress, ["::/0"]))

    def has_igw(self, vpc: str) -> bool:
        """Has the VPC an internet gateway?"""
        return any(field == "gateway_id" and target.startswith("igw") for field, target, _ in self.targets[vpc])

    def peering(self, one: str, other: str) -> None:
        """AWS refuses to peer VPCs that share addresses."""
        if any(a.overlaps(b) for a in self.cidrs[one] for b in self.cidrs[other]) or not self.chance(0.4):
            return
        peering = self.new("pcx")
        status = self.rng.choice(("active", "active", "active", "active", "pending-acceptance"))
        sides = [
            PeeringVpc(
                vpc_id=v,
                region=REGION,
                cidr_block=str(self.cidrs[v][0]),
                cidr_block_set=tuple(PeeringCidr(cidr_block=str(c)) for c in self.cidrs[v]),
            )
            for v in (one, other)
        ]
        self.add(
            "peerings",
            VpcPeeringConnection(
                vpc_peering_connection_id=peering,
                requester=sides[0],
                accepter=sides[1],
                status=PeeringStatus(code=status),
            ),
        )
        if status == "active":
            self.friends[one].append(other)
            self.friends[other].append(one)
            for mine, theirs in ((one, other), (other, one)):
                wanted = [str(c) for c in self.cidrs[theirs]] + [self.subnets[theirs][0].cidr_block]
                wanted += [str(self.six[theirs])] if mine in self.six and theirs in self.six else []
                self.targets[mine].append(("vpc_peering_connection_id", peering, wanted * 2))

    # Filters.

    def security_groups(self, vpc: str) -> None:
        """Groups with a few inbound rules; outbound mostly all."""
        for group in self.groups[vpc]:
            egress: tuple[IpPermission, ...] = (
                IpPermission(ip_protocol="-1", ip_ranges=(IpRange(cidr_ip="0.0.0.0/0"),)),
            )
            if vpc in self.six:
                egress += (IpPermission(ip_protocol="-1", ipv6_ranges=(Ipv6Range(cidr_ipv6="::/0"),)),)
            if self.chance(0.25):
                egress = tuple(self.permission(vpc, group) for _ in range(self.rng.randint(0, 3)))
            self.add(
                "security_groups",
                SecurityGroup(
                    group_id=group,
                    group_name=group,
                    vpc_id=vpc,
                    ip_permissions=tuple(self.permission(vpc, group) for _ in range(self.rng.randint(1, 4))),
                    ip_permissions_egress=egress,
                ),
            )

    def permission(self, vpc: str, group: str) -> IpPermission:
        """One rule of a group."""
        rng = self.rng
        protocol = rng.choice(("tcp", "tcp", "tcp", "udp", "icmp", "-1", "-1"))
        low, high = (None, None) if protocol == "-1" else self.ports()
        if protocol == "icmp":
            low, high = rng.choice(((-1, -1), (8, -1), (8, 0)))
        kind = rng.choice(("any", "any", "cidr", "cidr", "group", "self", "list", "six"))
        if kind == "six" and vpc in self.six:
            ranges = (Ipv6Range(cidr_ipv6=rng.choice(("::/0", str(self.six[vpc])))),)
            protocol = "icmpv6" if protocol == "icmp" else protocol
            return IpPermission(ip_protocol=protocol, from_port=low, to_port=high, ipv6_ranges=ranges)
        peers: dict[str, Any] = {"ip_ranges": (IpRange(cidr_ip="0.0.0.0/0"),)}
        if kind == "cidr":
            peers = {"ip_ranges": tuple(IpRange(cidr_ip=c) for c in {self.some_cidr(), self.some_cidr()})}
        elif kind == "self":
            peers = {"user_id_group_pairs": (GroupPeer(group_id=group),)}
        elif kind == "group":
            other = rng.choice(self.friends[vpc])
            peers = {"user_id_group_pairs": (GroupPeer(group_id=rng.choice(self.groups[other]), vpc_id=other),)}
        elif kind == "list":
            lists = (PrefixListPeer(prefix_list_id=rng.choice(("pl-own", "pl-s3"))),)
            peers = {"prefix_list_ids": lists}
        return IpPermission(ip_protocol=protocol, from_port=low, to_port=high, **peers)

    def ports(self) -> tuple[int, int]:
        """A port range of a rule."""
        port = self.rng.choice(PORTS)
        return self.rng.choice(((port, port), (port, port), (0, 65535), (1024, 65535), (1, 1023)))

    def some_cidr(self) -> str:
        """A CIDR that means something here."""
        vpc = self.rng.choice(list(self.cidrs))
        subnet = self.rng.choice(self.subnets[vpc])
        host = f"{ip_network(subnet.cidr_block)[10]}/32"
        return self.rng.choice(
            (str(self.cidrs[vpc][0]), subnet.cidr_block, host, "10.0.0.0/8", SITE_PREFIX, "198.51.100.0/24")
        )

    def network_acls(self, vpc: str) -> None:
        """The default one lets all through; the others are open, tight or random."""
        rest = [s.subnet_id for s in self.subnets[vpc]]
        for kind in self.rng.sample(("open", "tight", "random"), self.rng.randint(0, 2)):
            mine = [s for s in rest if self.chance(0.4)]
            rest = [s for s in rest if s not in mine]
            self.network_acl(vpc, kind, mine, False)
        self.network_acl(vpc, "open", rest, True)

    def network_acl(self, vpc: str, kind: str, subnets: list[str], default: bool) -> None:
        """One network ACL."""
        rows: list[NaclEntry] = []

        def row(
            egress: bool, number: int, action: str, protocol: str = "-1", ports: Any = None, cidr: str = ""
        ) -> None:
            icmp = NaclIcmp(self.rng.choice((-1, 8, 0)), -1) if protocol in ("1", "58") else None
            span = NaclPorts(*ports) if ports and protocol in ("6", "17") else None
            six = ":" in cidr
            rows.append(
                NaclEntry(
                    rule_number=number,
                    egress=egress,
                    rule_action=action,
                    protocol=protocol,
                    cidr_block="" if six else cidr or "0.0.0.0/0",
                    ipv6_cidr_block=cidr if six else "",
                    port_range=span,
                    icmp_type_code=icmp,
                )
            )

        if kind == "open":
            for egress in (True, False):
                row(egress, 100, "allow")
                if vpc in self.six:
                    row(egress, 101, "allow", cidr="::/0")
        elif kind == "tight":
            answers = self.rng.choice(((1024, 65535), (32768, 65535), (49152, 65535)))
            for egress in (True, False):
                row(egress, 110, "allow", "6", self.rng.choice(((443, 443), (0, 1023))))
                row(egress, 120, "allow", "6", answers)
                if self.chance(0.5):
                    row(egress, 90, "deny", "6", (22, 22))
        else:
            for egress in (True, False):
                for number in self.rng.sample(range(50, 400, 10), self.rng.randint(1, 5)):
                    protocol = self.rng.choice(("-1", "6", "6", "17", "1"))
                    cidr = self.rng.choice(("", "", self.some_cidr()))
                    row(egress, number, self.rng.choice(("allow", "allow", "deny")), protocol, self.ports(), cidr)
        for egress in (True, False):
            row(egress, 32767, "deny")
            if vpc in self.six:
                row(egress, 32768, "deny", cidr="::/0")
        self.rng.shuffle(rows)
        self.add(
            "network_acls",
            NetworkAcl(
                network_acl_id=self.new("acl"),
                vpc_id=vpc,
                is_default=default,
                entries=tuple(rows),
                associations=tuple(NaclAssociation(subnet_id=s) for s in subnets),
            ),
        )

    # Interfaces and what AWS puts into subnets.

    def interface(
        self, subnet: Subnet, kind: str = "interface", public: bool = False, **fields: Any
    ) -> NetworkInterface:
        """An ENI in a subnet."""
        number = self.used[subnet.subnet_id] = self.used.get(subnet.subnet_id, 9) + 1
        address = str(ip_network(subnet.cidr_block)[number])
        association = None
        if public:
            self.public += 1
            association = PublicAssociation(public_ip=f"203.0.113.{self.public}", allocation_id=self.new("eipalloc"))
        addresses = [EniAddress(private_ip_address=address, primary=True, association=association)]
        if kind == "interface" and self.chance(0.1):
            addresses.append(EniAddress(private_ip_address=str(ip_network(subnet.cidr_block)[number + 100])))
        eni = NetworkInterface(
            network_interface_id=self.new("eni"),
            subnet_id=subnet.subnet_id,
            vpc_id=subnet.vpc_id,
            availability_zone=subnet.availability_zone,
            private_ip_address=address,
            private_ip_addresses=tuple(addresses),
            association=association,
            interface_type=kind,
            **fields,
        )
        self.add("network_interfaces", eni)
        if association is not None:
            self.add(
                "elastic_ips",
                ElasticIp(
                    public_ip=association.public_ip,
                    allocation_id=association.allocation_id,
                    network_interface_id=eni.network_interface_id,
                    private_ip_address=address,
                ),
            )
        return eni

    def interfaces(self, vpc: str) -> None:
        """Instances with an ENI each."""
        for subnet in self.subnets[vpc]:
            for _ in range(self.rng.randint(1, 2)):
                instance = self.new("i")
                fields: dict[str, Any] = {}
                if subnet.ipv6_cidr_block_association_set and self.chance(0.8):
                    net = ip_network(subnet.ipv6_cidr_block_association_set[0].ipv6_cidr_block)
                    fields["ipv6_addresses"] = (EniIpv6(ipv6_address=str(net[self.used.get(subnet.subnet_id, 9) + 1])),)
                if self.chance(0.05):
                    block = list(ip_network(subnet.cidr_block).subnets(new_prefix=28))[13]
                    if not any(e.ipv4_prefixes and e.subnet_id == subnet.subnet_id for e in self.made()):
                        fields["ipv4_prefixes"] = (EniPrefix(ipv4_prefix=str(block)),)
                eni = self.interface(
                    subnet,
                    public=self.has_igw(vpc) and self.chance(0.35),
                    groups=self.some_groups(vpc),
                    attachment=EniAttachment(instance_id=instance),
                    source_dest_check=self.chance(0.93),
                    **fields,
                )
                self.add(
                    "instances",
                    Instance(
                        instance_id=instance,
                        state=InstanceState(name="running" if self.chance(0.95) else "stopped"),
                        vpc_id=vpc,
                        subnet_id=subnet.subnet_id,
                        private_ip_address=eni.private_ip_address,
                        network_interfaces=(
                            InstanceEni(
                                network_interface_id=eni.network_interface_id,
                                private_ip_address=eni.private_ip_address,
                            ),
                        ),
                        source_dest_check=eni.source_dest_check,
                    ),
                )
                if not eni.source_dest_check and self.chance(0.7):
                    forwards = self.rng.choice(("route", "nat", "drop"))
                    self.add("hosts", Host(name=instance, eni=eni.network_interface_id, forwards=forwards))
                elif self.chance(0.1):
                    listens = ("tcp/443", "udp/53")
                    self.add("hosts", Host(name=instance, eni=eni.network_interface_id, listens=listens))
                if self.chance(0.4 if not eni.source_dest_check else 0.05):
                    wanted = [self.rng.choice(self.subnets[vpc]).cidr_block, "192.168.200.0/24", "0.0.0.0/0"]
                    self.targets[vpc].append(("network_interface_id", eni.network_interface_id, wanted))

    def made(self) -> list[NetworkInterface]:
        """ENIs drawn so far."""
        return self.records.get("network_interfaces", [])

    def some_groups(self, vpc: str) -> tuple[EniGroup, ...]:
        """Groups for an ENI."""
        count = min(len(self.groups[vpc]), self.rng.choice((1, 1, 2)))
        return tuple(EniGroup(group_id=g) for g in sorted(self.rng.sample(self.groups[vpc], count)))

    def nat_gateway(self, vpc: str) -> None:
        """Perhaps a NAT gateway, public or private."""
        if not self.chance(0.5):
            return
        public = self.has_igw(vpc) and self.chance(0.85)
        subnet = self.rng.choice(self.subnets[vpc])
        eni = self.interface(subnet, "nat_gateway", public, source_dest_check=False, requester_managed=True)
        gateway = self.new("nat")
        self.add(
            "nat_gateways",
            NatGateway(
                nat_gateway_id=gateway,
                vpc_id=vpc,
                subnet_id=subnet.subnet_id,
                connectivity_type="public" if public else "private",
                nat_gateway_addresses=(
                    NatAddress(
                        network_interface_id=eni.network_interface_id,
                        private_ip=eni.private_ip_address,
                        public_ip=eni.association.public_ip if eni.association else "",
                        allocation_id=eni.association.allocation_id if eni.association else "",
                    ),
                ),
            ),
        )
        wanted = ["0.0.0.0/0"] * 3 if public else ["10.0.0.0/8", "0.0.0.0/0", SITE_PREFIX]
        self.targets[vpc].append(("nat_gateway_id", gateway, wanted))

    def endpoints(self, vpc: str) -> str:
        """Interface endpoints, and the id of a gateway endpoint for S3 if there is one."""
        if self.chance(0.35):
            endpoint = self.new("vpce")
            by_zone = {s.availability_zone: s for s in self.subnets[vpc]}
            subnets = self.rng.sample(
                sorted(by_zone.values(), key=lambda s: s.subnet_id), self.rng.randint(1, len(by_zone))
            )
            groups = self.some_groups(vpc)
            enis = [self.interface(s, "vpc_endpoint", groups=groups, requester_managed=True) for s in subnets]
            self.add(
                "vpc_endpoints",
                VpcEndpoint(
                    vpc_endpoint_id=endpoint,
                    vpc_id=vpc,
                    service_name=f"com.amazonaws.{REGION}.ssm",
                    subnet_ids=tuple(s.subnet_id for s in subnets),
                    groups=groups,
                    network_interface_ids=tuple(e.network_interface_id for e in enis),
                    private_dns_enabled=True,
                ),
            )
        return self.new("vpce") if self.chance(0.35) else ""

    # Ways between VPCs and to sites.

    def private_gateway(self, vpcs: list[str]) -> list[str]:
        """A virtual private gateway with a VPN or Direct Connect behind it; the ids a site can hang on."""
        vpc = self.rng.choice(vpcs)
        gateway = self.new("vgw")
        self.add(
            "vpn_gateways",
            VpnGateway(vpn_gateway_id=gateway, vpc_attachments=(GatewayAttachment(vpc_id=vpc, state="attached"),)),
        )
        self.targets[vpc].append(("gateway_id", gateway, [SITE_PREFIX, "192.168.0.0/16", SITE_PREFIX]))
        if self.chance(0.5):
            return [self.vpn(vpn_gateway_id=gateway) for _ in range(self.rng.choice((1, 1, 2)))]
        direct = self.new("dxgw")
        self.add("direct_connect_gateways", DirectConnectGateway(direct_connect_gateway_id=direct))
        cidrs = self.cidrs[vpc] if self.chance(0.8) else self.cidrs[vpc][1:]
        self.add(
            "direct_connect_gateway_associations",
            DirectConnectGatewayAssociation(
                association_id=self.new("dxassoc"),
                direct_connect_gateway_id=direct,
                associated_gateway=DxAssociatedGateway(id=gateway, type="virtualPrivateGateway", region=REGION),
                allowed_prefixes=tuple(DxPrefix(cidr=str(c)) for c in cidrs),
            ),
        )
        return [direct]

    def vpn(self, **ends: Any) -> str:
        """A VPN connection; its id."""
        customer = self.new("cgw")
        self.add("customer_gateways", CustomerGateway(customer_gateway_id=customer, ip_address="198.51.100.250"))
        vpn = self.new("vpn")
        static = self.chance(0.5)
        self.add(
            "vpn_connections",
            VpnConnection(
                vpn_connection_id=vpn,
                customer_gateway_id=customer,
                options=VpnOptions(static_routes_only=static),
                routes=(VpnStaticRoute(destination_cidr_block=SITE_PREFIX),) if static else (),
                **ends,
            ),
        )
        return vpn

    def transit_gateway(self, vpcs: list[str], site: bool) -> list[str]:
        """Perhaps a TGW with attachments and tables; the ids a site can hang on."""
        if not self.chance(0.6):
            return []
        rng = self.rng
        tgw = self.new("tgw")
        tables = [self.new("tgw-rtb") for _ in range(rng.randint(1, 3))]
        self.add("transit_gateways", TransitGateway(transit_gateway_id=tgw))
        attached: dict[str, list[str]] = {}
        ways: list[str] = []
        for vpc in vpcs:
            if not self.chance(0.85):
                continue
            by_zone = {s.availability_zone: s.subnet_id for s in rng.sample(self.subnets[vpc], len(self.subnets[vpc]))}
            zones = rng.sample(sorted(by_zone), rng.randint(1, len(by_zone)))
            attachment = self.attachment(tgw, "vpc", vpc, tables)
            attached[attachment] = [str(c) for c in self.cidrs[vpc]]
            self.add(
                "tgw_vpc_attachments",
                TransitGatewayVpcAttachment(
                    transit_gateway_attachment_id=attachment,
                    transit_gateway_id=tgw,
                    vpc_id=vpc,
                    subnet_ids=tuple(by_zone[z] for z in zones),
                    options=VpcAttachmentOptions(appliance_mode_support=rng.choice(("disable", "disable", "enable"))),
                ),
            )
            others = [str(c) for v in vpcs if v != vpc for c in self.cidrs[v]]
            wanted = ["10.0.0.0/8", "0.0.0.0/0", *others, *others, *[SITE_PREFIX] * site]
            self.targets[vpc].append(("transit_gateway_id", tgw, wanted))
        if site and self.chance(0.5):
            vpn = self.vpn(transit_gateway_id=tgw)
            attached[self.attachment(tgw, "vpn", vpn, tables)] = [SITE_PREFIX]
            ways.append(vpn)
        for table in tables:
            self.transit_table(tgw, table, attached)
        return ways

    def attachment(self, tgw: str, kind: str, resource: str, tables: list[str]) -> str:
        """A TGW attachment with the table it is associated with; its id."""
        attachment = self.new("tgw-attach")
        table = self.rng.choice(tables)
        self.add(
            "tgw_attachments",
            TransitGatewayAttachment(
                transit_gateway_attachment_id=attachment,
                transit_gateway_id=tgw,
                resource_type=kind,
                resource_id=resource,
                association=AttachmentAssociation(transit_gateway_route_table_id=table) if self.chance(0.95) else None,
            ),
        )
        return attachment

    def transit_table(self, tgw: str, table: str, attached: dict[str, list[str]]) -> None:
        """Propagations and static routes; one row a prefix, and equal prefixes are not propagated twice."""
        rng = self.rng
        kinds = {a.transit_gateway_attachment_id: a for a in self.records.get("tgw_attachments", [])}
        self.add(
            "tgw_route_tables", TransitGatewayRouteTable(transit_gateway_route_table_id=table, transit_gateway_id=tgw)
        )
        routes: dict[str, TgwRoute] = {}
        propagated: list[TgwPropagationEntry] = []

        def hop(attachment: str) -> TgwRouteAttachment:
            a = kinds[attachment]
            return TgwRouteAttachment(
                transit_gateway_attachment_id=attachment, resource_id=a.resource_id, resource_type=a.resource_type
            )

        for attachment, cidrs in attached.items():
            if self.chance(0.75) and not any(c in routes for c in cidrs):
                a = kinds[attachment]
                propagated.append(
                    TgwPropagationEntry(
                        transit_gateway_attachment_id=attachment,
                        resource_id=a.resource_id,
                        resource_type=a.resource_type,
                    )
                )
                for cidr in cidrs:
                    routes[cidr] = TgwRoute(
                        destination_cidr_block=cidr, type="propagated", transit_gateway_attachments=(hop(attachment),)
                    )
        wanted = ["0.0.0.0/0", "10.0.0.0/8", SITE_PREFIX, *[c for cs in attached.values() for c in cs]]
        for cidr in rng.sample(sorted(set(wanted)), min(2, len(set(wanted)))):
            if attached and self.chance(0.75):
                attachment = rng.choice(sorted(attached))
                routes[cidr] = TgwRoute(destination_cidr_block=cidr, transit_gateway_attachments=(hop(attachment),))
            else:
                routes[cidr] = TgwRoute(destination_cidr_block=cidr, state="blackhole")
        self.add(
            "tgw_propagations",
            TransitGatewayPropagations(
                transit_gateway_route_table_id=table, transit_gateway_route_table_propagations=tuple(propagated)
            ),
        )
        self.add(
            "tgw_routes", TransitGatewayRoutes(transit_gateway_route_table_id=table, routes=tuple(routes.values()))
        )

    def site(self, ways: list[str]) -> None:
        """An office behind the ways given."""
        self.add(
            "sites",
            Site(name="office", prefixes=(SITE_PREFIX,), attachments=tuple(ways), public_address="198.51.100.250"),
        )
        for i, address in enumerate(SITE_HOSTS[: self.rng.randint(0, 2)]):
            self.add("hosts", Host(name=f"host-{i}", site="office", address=address))

    # Route tables come last: they name everything else.

    def route_tables(self, vpc: str, gateway_endpoint: str) -> None:
        """A VPC's route tables and, if it has one, its gateway endpoint."""
        rest = [s.subnet_id for s in self.subnets[vpc]]
        tables = [self.new("rtb") for _ in range(self.rng.randint(1, 3))]
        with_endpoint = [t for t in tables if gateway_endpoint and self.chance(0.7)]
        for i, table in enumerate(tables):
            uses = [RouteTableAssociation(main=True)] if i == 0 else []
            mine = rest if i == 0 else [s for s in rest if self.chance(0.5)]
            if i or self.chance(0.3):
                uses += [RouteTableAssociation(subnet_id=s) for s in mine]
                rest = [s for s in rest if s not in mine]
            self.add(
                "route_tables", self.route_table(vpc, table, uses, gateway_endpoint if table in with_endpoint else "")
            )
        if gateway_endpoint:
            self.add(
                "vpc_endpoints",
                VpcEndpoint(
                    vpc_endpoint_id=gateway_endpoint,
                    vpc_id=vpc,
                    vpc_endpoint_type="Gateway",
                    service_name=f"com.amazonaws.{REGION}.s3",
                    route_table_ids=tuple(with_endpoint),
                ),
            )

    def route_table(self, vpc: str, table: str, uses: list[RouteTableAssociation], endpoint: str) -> RouteTable:
        """One route table."""
        rng = self.rng
        own = [str(c) for c in self.cidrs[vpc]] + ([str(self.six[vpc])] if vpc in self.six else [])
        routes = {c: self.route(c, "gateway_id", "local", origin="CreateRouteTable") for c in own}
        for field, target, wanted in rng.sample(self.targets[vpc], len(self.targets[vpc])):
            if not self.chance(0.75):
                continue
            cidr = rng.choice(wanted)
            inside = [ip_network(c) for c in own if (":" in c) == (":" in cidr)]
            if cidr in routes or (field != "network_interface_id" and self.within(cidr, inside)):
                continue  # inside the VPC only an interface of it may be the target
            state = "active" if self.chance(0.95) else "blackhole"
            routes[cidr] = self.route(cidr, field, target, state=state)
        if self.chance(0.15) and self.targets[vpc]:
            field, target, _ = rng.choice(self.targets[vpc])
            if field in ("transit_gateway_id", "vpc_peering_connection_id", "nat_gateway_id"):
                routes["pl-own"] = Route(**{"destination_prefix_list_id": "pl-own", field: target})
        if endpoint:
            routes["pl-s3"] = Route(destination_prefix_list_id="pl-s3", gateway_id=endpoint)
        vgws = [t for f, t, _ in self.targets[vpc] if t.startswith("vgw")]
        propagating: tuple[PropagatingVgw, ...] = ()
        if vgws and self.chance(0.5):
            propagating = (PropagatingVgw(gateway_id=vgws[0]),)
            routes.setdefault(
                SITE_PREFIX, self.route(SITE_PREFIX, "gateway_id", vgws[0], origin="EnableVgwRoutePropagation")
            )
        return RouteTable(
            route_table_id=table,
            vpc_id=vpc,
            routes=tuple(routes.values()),
            associations=tuple(uses),
            propagating_vgws=propagating,
        )

    @staticmethod
    def within(cidr: str, networks: list[Any]) -> bool:
        """Does the prefix lie in one of these networks?"""
        return any(ip_network(cidr).subnet_of(network) for network in networks)

    @staticmethod
    def route(cidr: str, field: str, target: str, state: str = "active", origin: str = "CreateRoute") -> Route:
        """One route."""
        destination = "destination_ipv6_cidr_block" if ":" in cidr else "destination_cidr_block"
        return Route(**{destination: cidr, field: target, "state": state, "origin": origin})
