"""Dense random networks for the judge: everything the lab compiles, wired so that a good share of packets arrives.

Where ``draft`` draws anything AWS would accept, this draws networks as people
mean them (spokes, egress, inspection, sites) and then spoils a few things.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import replace

from ...estate.instance import Instance, InstanceEni, InstanceState
from ...estate.internet_gateway import GatewayAttachment, InternetGateway
from ...estate.network_interface import EniAttachment, EniIpv6, EniPrefix
from ...estate.prefix_list import ManagedPrefixList, PrefixList, PrefixListEntries, PrefixListEntry
from ...estate.route_table import PropagatingVgw, Route, RouteTable, RouteTableAssociation
from ...estate.security_group import IpPermission, IpRange, Ipv6Range, SecurityGroup
from ...estate.site import Host, Site
from ...estate.subnet import Subnet
from ...estate.vpc import CidrAssociation, Ipv6CidrAssociation, Vpc
from ...estate.vpc_endpoint import VpcEndpoint
from .draft import REGION, S3_CIDRS, SITE_HOSTS, SITE_PREFIX, Draft
from .firewalls import firewall_records
from .transit import Transit

if TYPE_CHECKING:
    from ...estate import Estate

APP, PUBLIC, BOX, JOIN = "app", "public", "box", "join"
"""What a subnet is for: hosts, things with public addresses, middleboxes, TGW attachments."""


class Wish(NamedTuple):
    """A route somebody would write: destination, field of the target, target."""

    cidr: str
    field: str
    target: str


def dense_estate(rng: Random) -> Estate:
    """One estate of two to four VPCs and what joins them."""
    return Dense(rng).estate()


class Dense(Transit, Draft):
    """A network as somebody meant it, slightly spoilt."""

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        self.roles: dict[str, str] = {}
        """Subnet -> what it is for."""
        self.defaults: dict[str, list[tuple[str, str]]] = {}
        """VPC -> ways to the Internet for hosts: (field, target)."""
        self.boxes: dict[str, list[tuple[str, str, str]]] = {}
        """VPC -> middleboxes: (field, target, subnet it is in)."""
        self.guarded: dict[str, tuple[str, str, str]] = {}
        """VPC -> subnet whose traffic with the Internet goes by a middlebox: (subnet, field, target)."""
        self.peers: dict[tuple[str, str], str] = {}
        self.one_way: set[tuple[str, str]] = set()
        """(VPC, peer): no route of the VPC leads to the peer."""
        self.site_ways: dict[str, str] = {}
        """VPC -> VGW that leads to the site."""

    def estate(self) -> Estate:
        """Draw everything, in the order in which things need one another."""
        from ...estate import Estate

        for zone in self.zones:
            self.zone(zone)
        self.prefix_lists()
        for number in range(self.rng.choice((2, 2, 3, 3, 4))):
            self.vpc(number)
        vpcs = list(self.cidrs)
        for vpc in vpcs:
            self.internet_gateway(vpc)
        for i, one in enumerate(vpcs):
            for other in vpcs[i + 1 :]:
                self.peering(one, other)
        self.one_way = {(a, b) for a, b in self.peers if self.chance(0.25)}
        for vpc in vpcs:
            self.friends[vpc] = [vpc, vpc, *vpcs]
            self.security_groups(vpc)
        for vpc in vpcs:
            self.interfaces(vpc)
            self.nat_gateway(vpc)
            self.middleboxes(vpc)
        ways = self.private_gateway(vpcs) if self.chance(0.5) else []
        self.site_ways = {v: t for v in vpcs for _, t, _ in self.targets[v] if t.startswith("vgw")}
        ways += self.transit_gateway(vpcs, self.chance(0.6))
        if ways:
            self.site(ways)
        for vpc in vpcs:
            endpoint = self.endpoints(vpc) or self.endpoint_id()
            self.network_acls(vpc)
            self.route_tables(vpc, endpoint)
            self.edge_tables(vpc)
        return Estate.of(**self.records)

    def zone(self, zone: str) -> None:
        """An availability zone."""
        from ...estate.availability_zone import AvailabilityZone

        record = AvailabilityZone(zone_name=zone, zone_id=f"apne1-az{zone[-1]}", region_name=REGION)
        self.add("availability_zones", record)

    # Things that stand alone.

    def prefix_lists(self) -> None:
        """S3's list and two of the customer's own."""
        name = f"com.amazonaws.{REGION}.s3"
        self.add("prefix_lists", PrefixList(prefix_list_id="pl-s3", prefix_list_name=name, cidrs=S3_CIDRS))
        pool = ("10.0.0.0/16", "10.1.0.0/17", "10.2.0.0/16", "198.51.100.0/24", SITE_PREFIX)
        for own in ("pl-own", "pl-net"):
            self.add("managed_prefix_lists", ManagedPrefixList(prefix_list_id=own, prefix_list_name=own))
            entries = tuple(PrefixListEntry(cidr=c) for c in self.rng.sample(pool, 2))
            self.add("prefix_list_entries", PrefixListEntries(prefix_list_id=own, entries=entries))

    def vpc(self, number: int) -> None:
        """A VPC with subnets for hosts, public things, middleboxes and TGW attachments."""
        vpc = self.new("vpc")
        first = f"10.{number}.0.0/16"
        if self.cidrs and self.chance(0.07):
            first = str(self.rng.choice([c[0] for c in self.cidrs.values()]))
        self.cidrs[vpc] = [IPv4Network(first)]
        if self.chance(0.15):
            self.cidrs[vpc].append(IPv4Network(f"100.64.{number * 16}.0/20"))
        six: tuple[Ipv6CidrAssociation, ...] = ()
        if self.chance(0.4):
            self.six[vpc] = IPv6Network(f"2001:db8:{number + 1}00::/56")
            six = (Ipv6CidrAssociation(ipv6_cidr_block=str(self.six[vpc])),)
        self.friends[vpc], self.targets[vpc], self.subnets[vpc] = [vpc], [], []
        self.defaults[vpc], self.boxes[vpc] = [], []
        listed = tuple(CidrAssociation(cidr_block=str(c)) for c in self.cidrs[vpc])
        record = Vpc(
            vpc_id=vpc, cidr_block=first, cidr_block_association_set=listed, ipv6_cidr_block_association_set=six
        )
        self.add("vpcs", record)
        self.groups[vpc] = [self.new("sg") for _ in range(self.rng.randint(2, 4))]
        plan = [APP] * self.rng.choice((2, 2, 3)) + [PUBLIC, BOX, *[JOIN] * self.rng.choice((0, 1, 2))]
        for place, role in enumerate(plan):
            self.subnet(vpc, place, role)

    def subnet(self, vpc: str, place: int, role: str) -> None:
        """A subnet in the next zone."""
        wide = self.cidrs[vpc][-1] if role == APP and place == 1 else self.cidrs[vpc][0]
        block = list(wide.subnets(new_prefix=24))[place]
        if role == JOIN:
            block = next(block.subnets(new_prefix=28))
        six: tuple[Ipv6CidrAssociation, ...] = ()
        if vpc in self.six and (role != APP or self.chance(0.85)):
            mine = list(self.six[vpc].subnets(new_prefix=64))[place]
            six = (Ipv6CidrAssociation(ipv6_cidr_block=str(mine)),)
        subnet = Subnet(
            subnet_id=self.new("subnet"),
            vpc_id=vpc,
            cidr_block=str(block),
            ipv6_cidr_block_association_set=six,
            availability_zone=self.zones[place % len(self.zones)],
        )
        self.roles[subnet.subnet_id] = role
        self.subnets[vpc].append(self.add("subnets", subnet))

    def of_role(self, vpc: str, *roles: str) -> list[Subnet]:
        """Subnets of a VPC for some purposes."""
        return [s for s in self.subnets[vpc] if self.roles[s.subnet_id] in roles]

    def internet_gateway(self, vpc: str) -> None:
        """An IGW in most VPCs, and an egress-only one where there is IPv6."""
        if not self.chance(0.7):
            return
        gateway = self.new("igw")
        attached = (GatewayAttachment(vpc_id=vpc),)
        self.add("internet_gateways", InternetGateway(internet_gateway_id=gateway, attachments=attached))
        self.targets[vpc].append(("gateway_id", gateway, ["0.0.0.0/0"]))
        if vpc in self.six and self.chance(0.5):
            self.egress_only_gateway(vpc)

    def gateway(self, vpc: str, kind: str) -> str:
        """The VPC's gateway of a kind (``igw``, ``eigw``), or nothing."""
        return next((t for _, t, _ in self.targets[vpc] if t.startswith(kind + "-")), "")

    def peering(self, one: str, other: str) -> None:
        """AWS refuses to peer VPCs that share addresses."""
        before = len(self.records.get("peerings", []))
        super().peering(one, other)
        for record in self.records.get("peerings", [])[before:]:
            self.peers[one, other] = self.peers[other, one] = record.vpc_peering_connection_id

    # Filters.

    def security_groups(self, vpc: str) -> None:
        """The first group is open, the others have rules."""
        anyone = {"ip_ranges": (IpRange(cidr_ip="0.0.0.0/0"),), "ipv6_ranges": (Ipv6Range(cidr_ipv6="::/0"),)}
        everything: tuple[IpPermission, ...] = (IpPermission(ip_protocol="-1", **anyone),)  # type: ignore[arg-type]
        for number, group in enumerate(self.groups[vpc]):
            inward = tuple(self.permission(vpc, group) for _ in range(self.rng.randint(1, 4)))
            outward = everything
            if number == 0:
                inward = everything
            elif self.chance(0.3):
                outward = tuple(self.permission(vpc, group) for _ in range(self.rng.randint(0, 4)))
            record = SecurityGroup(
                group_id=group,
                group_name=group,
                vpc_id=vpc,
                ip_permissions=inward,
                ip_permissions_egress=outward,
            )
            self.add("security_groups", record)

    def network_acls(self, vpc: str) -> None:
        """Mostly the default one; a tight or a random one on a few subnets."""
        rest = [s.subnet_id for s in self.subnets[vpc]]
        for kind in ("open", "tight", "random", "random"):
            mine = [s for s in rest if self.chance(0.05)]
            rest = [s for s in rest if s not in mine]
            if mine:
                self.network_acl(vpc, kind, mine, False)
        self.network_acl(vpc, "open", rest, True)

    # Interfaces.

    def interfaces(self, vpc: str) -> None:
        """Hosts in app and public subnets."""
        for subnet in self.of_role(vpc, APP, PUBLIC):
            for _ in range(self.rng.choice((1, 2, 2))):
                public = self.has_igw(vpc) and self.chance(0.7 if self.roles[subnet.subnet_id] == PUBLIC else 0.15)
                self.host(subnet, public=public)

    def host(self, subnet: Subnet, public: bool = False, forwards: str = "", **fields: Any) -> str:
        """An instance with an ENI; the ENI's id."""
        vpc, instance = subnet.vpc_id, self.new("i")
        number = self.used.get(subnet.subnet_id, 9) + 1
        if subnet.ipv6_cidr_block_association_set and self.chance(0.85):
            net = ip_network(subnet.ipv6_cidr_block_association_set[0].ipv6_cidr_block)
            fields["ipv6_addresses"] = (EniIpv6(ipv6_address=str(net[number])),)
        delegated = subnet.subnet_id in {e.subnet_id for e in self.made() if e.ipv4_prefixes}
        if not delegated and not forwards and self.chance(0.05):
            block = list(ip_network(subnet.cidr_block).subnets(new_prefix=28))[13]
            fields["ipv4_prefixes"] = (EniPrefix(ipv4_prefix=str(block)),)
        fields.setdefault("groups", self.some_groups(vpc))
        check = not forwards and self.chance(0.97)
        eni = self.interface(
            subnet, public=public, attachment=EniAttachment(instance_id=instance), source_dest_check=check, **fields
        )
        state = InstanceState(name="running" if forwards or self.chance(0.97) else "stopped")
        ids = InstanceEni(network_interface_id=eni.network_interface_id, private_ip_address=eni.private_ip_address)
        self.add(
            "instances",
            Instance(
                instance_id=instance,
                state=state,
                vpc_id=vpc,
                subnet_id=subnet.subnet_id,
                private_ip_address=eni.private_ip_address,
                network_interfaces=(ids,),
                source_dest_check=check,
            ),
        )
        if forwards:
            self.add("hosts", Host(name=instance, eni=eni.network_interface_id, forwards=forwards))
        return eni.network_interface_id

    def permission(self, vpc: str, group: str) -> IpPermission:
        """One rule of a group, by group more often."""
        from ...estate.security_group import GroupPeer

        found = super().permission(vpc, group)
        if found.ip_ranges and self.chance(0.25):
            other = self.rng.choice(self.friends[vpc])
            pair = GroupPeer(group_id=self.rng.choice(self.groups[other]), vpc_id=other)
            return replace(found, ip_ranges=(), user_id_group_pairs=(pair,))
        return found

    def some_groups(self, vpc: str) -> Any:
        """Now and then the open group only; else as drawn."""
        from ...estate.network_interface import EniGroup

        if self.chance(0.35):
            return (EniGroup(group_id=self.groups[vpc][0]),)
        return super().some_groups(vpc)

    def nat_gateway(self, vpc: str) -> None:
        """Draw it in the public subnet."""
        kept = self.subnets[vpc]
        self.subnets[vpc] = self.of_role(vpc, PUBLIC)
        for _ in range(2):
            if not self.gateway(vpc, "nat"):
                super().nat_gateway(vpc)
        self.subnets[vpc] = kept
        self.defaults[vpc] += [(field, t) for field, t, _ in self.targets[vpc] if t.startswith("nat-")]

    def middleboxes(self, vpc: str) -> None:
        """A NAT instance, a routing appliance, a firewall, an endpoint of a Gateway Load Balancer."""
        public, box = self.of_role(vpc, PUBLIC), self.of_role(vpc, BOX)
        group = {"groups": self.some_groups(vpc)[:1]}
        if self.has_igw(vpc) and self.chance(0.4):
            eni = self.host(self.rng.choice(public), public=True, forwards="nat", **group)
            self.defaults[vpc].append(("network_interface_id", eni))
        if self.chance(0.35):
            subnet = self.rng.choice(box)
            eni = self.host(subnet, forwards=self.rng.choice(("route", "route", "route", "drop")), **group)
            self.boxes[vpc].append(("network_interface_id", eni, subnet.subnet_id))
        if self.chance(0.5):
            subnet = self.rng.choice(box)
            endpoint = self.gateway_endpoint_of(subnet)
            self.boxes[vpc].append(("gateway_id", endpoint, subnet.subnet_id))
            if self.chance(0.75):
                for kind, record in firewall_records(self.rng, self.new("firewall"), endpoint, subnet):
                    self.add(kind, record)
            else:
                from ...estate.site import Switch

                value = self.rng.choice(("pass", "pass", "pass", "drop"))
                self.add("switches", Switch(fact=f"GL1:{endpoint}", value=value))

    def endpoint_id(self) -> str:
        """An id for a gateway endpoint, in some VPCs."""
        return self.new("vpce") if self.chance(0.4) else ""

    def gateway_endpoint_of(self, subnet: Subnet) -> str:
        """A Gateway Load Balancer endpoint in a subnet; its id."""
        endpoint = self.new("vpce")
        # Far from the hosts' addresses, so that a host of an overlapping VPC is not mistaken for it.
        self.used[subnet.subnet_id] = self.used.get(subnet.subnet_id, 9) + 50
        eni = self.interface(subnet, "gateway_load_balancer_endpoint", source_dest_check=False, requester_managed=True)
        self.add(
            "vpc_endpoints",
            VpcEndpoint(
                vpc_endpoint_id=endpoint,
                vpc_id=subnet.vpc_id,
                vpc_endpoint_type="GatewayLoadBalancer",
                service_name=f"com.amazonaws.vpce.{REGION}.vpce-svc-{endpoint[5:]}",
                subnet_ids=(subnet.subnet_id,),
                network_interface_ids=(eni.network_interface_id,),
            ),
        )
        return endpoint

    def site(self, ways: list[str]) -> None:
        """An office behind the ways given."""
        routed = None
        if self.chance(0.25):
            from ...estate.site import SiteRoute

            routed = tuple(SiteRoute(prefix=f"10.{n}.0.0/16", to=self.rng.choice(ways)) for n in range(4))
        self.add(
            "sites",
            Site(
                name="office",
                prefixes=(SITE_PREFIX,),
                attachments=tuple(ways),
                routes=routed,
                internet=self.chance(0.5),
                public_address="198.51.100.250",
            ),
        )
        for number, address in enumerate(SITE_HOSTS[: self.rng.randint(1, 2)]):
            self.add("hosts", Host(name=f"host-{number}", site="office", address=address))

    # Route tables come last: they name everything else.

    def route_tables(self, vpc: str, gateway_endpoint: str) -> None:
        """A table a purpose and zone, some shared; the gateway endpoint in some of them."""
        self.guard(vpc)
        main = self.rng.choice(self.subnets[vpc]).subnet_id
        tables: list[str] = []
        for subnet in self.subnets[vpc]:
            table = self.new("rtb")
            uses = RouteTableAssociation(main=True) if subnet.subnet_id == main else None
            own = RouteTableAssociation(subnet_id=subnet.subnet_id)
            with_endpoint = gateway_endpoint if gateway_endpoint and self.chance(0.6) else ""
            if with_endpoint:
                tables.append(table)
            record = self.table_of(vpc, table, subnet, (uses,) if uses else (own,), with_endpoint)
            self.add("route_tables", record)
        if gateway_endpoint:
            endpoint = VpcEndpoint(
                vpc_endpoint_id=gateway_endpoint,
                vpc_id=vpc,
                vpc_endpoint_type="Gateway",
                service_name=f"com.amazonaws.{REGION}.s3",
                route_table_ids=tuple(tables),
            )
            self.add("vpc_endpoints", endpoint)

    def guard(self, vpc: str) -> None:
        """Choose a subnet whose traffic with the Internet goes by a middlebox, both ways (RT16, RT18)."""
        if self.boxes[vpc] and self.has_igw(vpc) and self.chance(0.45):
            field, target, _ = self.rng.choice(self.boxes[vpc])
            subnet = self.rng.choice(self.of_role(vpc, PUBLIC, APP))
            self.guarded[vpc] = (subnet.subnet_id, field, target)

    def table_of(
        self, vpc: str, table: str, subnet: Subnet, uses: tuple[RouteTableAssociation, ...], endpoint: str
    ) -> RouteTable:
        """The table of one subnet: what is wanted, slightly spoilt."""
        own = [str(c) for c in self.cidrs[vpc]] + ([str(self.six[vpc])] if vpc in self.six else [])
        routes = {c: self.route(c, "gateway_id", "local", origin="CreateRouteTable") for c in own}
        for wish in self.wishes(vpc, subnet):
            luck = self.rng.random()
            if luck < 0.06:
                continue
            field, target = wish.field, wish.target
            if luck < 0.09 and self.targets[vpc]:
                field, target, _ = self.rng.choice(self.targets[vpc])
                if target.startswith("eigw") or (":" in wish.cidr and target.startswith("nat-")):
                    continue
            state = "blackhole" if 0.09 < luck < 0.115 else "active"
            routes[wish.cidr] = self.route(wish.cidr, field, target, state=state)
        if endpoint:
            routes["pl-s3"] = Route(destination_prefix_list_id="pl-s3", gateway_id=endpoint)
        self.by_list(vpc, routes)
        propagating: tuple[PropagatingVgw, ...] = ()
        vgw = self.site_ways.get(vpc, "")
        if vgw and self.chance(0.6):
            propagating = (PropagatingVgw(gateway_id=vgw),)
            learnt = self.route(SITE_PREFIX, "gateway_id", vgw, origin="EnableVgwRoutePropagation")
            routes.setdefault(SITE_PREFIX, learnt)
        return RouteTable(
            route_table_id=table,
            vpc_id=vpc,
            routes=tuple(routes.values()),
            associations=uses,
            propagating_vgws=propagating,
        )

    def by_list(self, vpc: str, routes: dict[str, Route]) -> None:
        """A route by one of the customer's prefix lists."""
        ways = [w for w in self.targets[vpc] if w[0] in ("transit_gateway_id", "vpc_peering_connection_id")]
        listed = next(r for r in self.records["prefix_list_entries"] if r.prefix_list_id == "pl-net")
        within = any(self.within(e.cidr, self.cidrs[vpc]) for e in listed.entries)  # RT8: AWS refuses such routes
        if ways and self.chance(0.12) and not within:
            field, target, _ = self.rng.choice(ways)
            routes["pl-net"] = Route(**{"destination_prefix_list_id": "pl-net", field: target})

    def wishes(self, vpc: str, subnet: Subnet) -> list[Wish]:
        """What the table of this subnet should say."""
        out = [*self.near(vpc, self.roles[subnet.subnet_id]), *self.around(vpc, subnet)]
        six = self.way_out_six(vpc)
        if six is not None:
            out.append(Wish("::/0", *six))
        way = self.way_out(vpc, subnet)
        if way is not None:
            out.append(Wish("0.0.0.0/0", *way))
        return out

    def near(self, vpc: str, role: str) -> list[Wish]:
        """To the other VPCs and the site."""
        out: list[Wish] = []
        tgw, nat = self.gateway(vpc, "tgw"), self.gateway(vpc, "nat")
        for other in self.cidrs:
            pcx = self.peers.get((vpc, other), "")
            way = ("vpc_peering_connection_id", pcx) if pcx else ("transit_gateway_id", tgw)
            if other == vpc or not way[1] or self.cidrs[other][0] == self.cidrs[vpc][0] or (vpc, other) in self.one_way:
                continue
            blocks = [str(c) for c in self.cidrs[other]]
            if vpc in self.six and other in self.six:
                blocks.append(str(self.six[other]))
            out += [Wish(block, *way) for block in blocks]
            if nat and role == APP and self.chance(0.3):  # NG10
                out.append(Wish(blocks[0], "nat_gateway_id", nat))
        if tgw and self.chance(0.4):
            out.append(Wish("10.0.0.0/8", "transit_gateway_id", tgw))
        site = self.site_ways.get(vpc, "")
        if site or tgw:
            out.append(Wish(SITE_PREFIX, *(("gateway_id", site) if site else ("transit_gateway_id", tgw))))
        return out

    def around(self, vpc: str, subnet: Subnet) -> list[Wish]:
        """RT8: to a neighbouring subnet by way of a middlebox."""
        out: list[Wish] = []
        for field, target, place in self.boxes[vpc]:
            for other in self.of_role(vpc, APP):
                if place != subnet.subnet_id and other.subnet_id != subnet.subnet_id and self.chance(0.3):
                    out.append(Wish(other.cidr_block, field, target))
        return out

    def way_out(self, vpc: str, subnet: Subnet) -> tuple[str, str] | None:
        """The default route of a subnet, by what it is for."""
        igw, tgw, role = self.gateway(vpc, "igw"), self.gateway(vpc, "tgw"), self.roles[subnet.subnet_id]
        held = self.guarded.get(vpc)
        if held is not None and held[0] == subnet.subnet_id:
            return held[1:]
        if role == PUBLIC and igw:
            return ("gateway_id", igw)
        ways = list(self.defaults[vpc]) * 2
        if role != BOX:
            ways += [(field, target) for field, target, place in self.boxes[vpc] if place != subnet.subnet_id]
        elif igw:
            ways += [("gateway_id", igw)]
        if tgw:
            ways += [("transit_gateway_id", tgw)] * (1 if igw else 2)
        if igw and self.chance(0.15):
            ways += [("gateway_id", igw)]
        return self.rng.choice(ways) if ways else None

    def way_out_six(self, vpc: str) -> tuple[str, str] | None:
        """The IPv6 default route."""
        ways = [("gateway_id", self.gateway(vpc, "igw"))]
        ways += [("egress_only_internet_gateway_id", self.gateway(vpc, "eigw"))]
        ways = [way for way in ways if way[1]]
        return self.rng.choice(ways) if ways and vpc in self.six else None

    def edge_tables(self, vpc: str) -> None:
        """RT16, VG2: inbound traffic of a subnet goes by a middlebox first."""
        own = [str(c) for c in self.cidrs[vpc]] + ([str(self.six[vpc])] if vpc in self.six else [])
        local = tuple(self.route(c, "gateway_id", "local", origin="CreateRouteTable") for c in own)
        ways: list[tuple[str, str, str, str]] = []
        if vpc in self.guarded and self.chance(0.9):
            ways.append((self.gateway(vpc, "igw"), *self.guarded[vpc]))
        if self.site_ways.get(vpc) and self.boxes[vpc] and self.chance(0.3):
            field, target, _ = self.rng.choice(self.boxes[vpc])
            ways.append((self.site_ways[vpc], self.rng.choice(self.of_role(vpc, APP)).subnet_id, field, target))
        for gateway, subnet_id, field, target in ways:
            cidr = next(s.cidr_block for s in self.subnets[vpc] if s.subnet_id == subnet_id)
            self.add(
                "route_tables",
                RouteTable(
                    route_table_id=self.new("rtb"),
                    vpc_id=vpc,
                    routes=(*local, self.route(cidr, field, target)),
                    associations=(RouteTableAssociation(gateway_id=gateway),),
                ),
            )
