"""A synthetic hub-and-spoke estate as describe-* JSON, of any size.

    python bench/generate.py FOLDER --enis 10000 --seed 1

Spokes on a transit gateway (tables prod, dev, shared, inspection, egress),
central egress by NAT gateways behind a firewall VPC in three zones, a VPC of
shared interface endpoints, some spokes with an Internet gateway of their own,
some peered, custom NACLs on some data tiers, fourteen security groups a VPC.
Records carry the fields the API prints that tabiji does not read, too: what a
loader skips costs time as well.  ``appliances.yaml`` beside them is an overlay
that says that the firewall instances forward.
"""

# ruff: noqa: E501 - records read best as rows
from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

ACCOUNT = "111122223333"
REGION = "ap-northeast-1"
ZONES = ("a", "c", "d")
OVERLAY = "appliances.yaml"
APPLIANCES = "instances:\n" + "".join(f"  firewall-{zone}: {{forwards: route}}\n" for zone in ZONES)
"""Laid over the estate, it says what no API call tells: the firewalls forward packets."""
GROUPS = 14
Row = dict[str, Any]


def generate(folder: str | Path, enis: int = 1000, seed: int = 0) -> dict[str, int]:
    """Write the estate below ``folder``; gives the number of records by top-level key."""
    estate = _Estate(enis, random.Random(seed))
    estate.make()
    target = Path(folder) / "accounts" / ACCOUNT / REGION
    target.mkdir(parents=True, exist_ok=True)
    for key, rows in estate.tables.items():
        text = msgspec.json.format(msgspec.json.encode({key: rows}), indent=4)
        (target / f"{key}.json").write_bytes(text)
    (Path(folder) / OVERLAY).write_text(APPLIANCES)
    return {key: len(rows) for key, rows in estate.tables.items()}


class _Estate:
    def __init__(self, enis: int, rng: random.Random) -> None:
        self.enis = enis
        self.rng = rng
        self.tables: dict[str, list[Row]] = {}
        self.counts: dict[str, int] = {}
        self.free: dict[str, Iterator[str]] = {}
        self.attached: dict[str, str] = {}

    def add(self, key: str, row: Row) -> Row:
        self.tables.setdefault(key, []).append(row)
        return row

    def id(self, prefix: str) -> str:
        number = self.counts[prefix] = self.counts.get(prefix, 0) + 1
        return f"{prefix}-{number:017x}"

    def make(self) -> None:
        spokes = max(10, self.enis // (250 if self.enis <= 20_000 else 400))
        self.tgw = self.id("tgw")
        self.lists()
        self.zones()
        hubs = {name: self.vpc(name, f"10.{240 + i}.0.0") for i, name in enumerate(("inspection", "egress", "shared"))}
        self.spokes = [self.vpc(f"spoke-{i}", f"10.{i // 8}.{i % 8 * 32}.0") for i in range(spokes)]
        self.tables_of_tgw(hubs)
        self.firewall(hubs["inspection"])
        self.egress(hubs["egress"])
        self.endpoints(hubs["shared"])
        self.peerings()
        for vpc in self.spokes:
            self.routes(vpc)
        left = self.enis - len(self.tables["NetworkInterfaces"])
        for index in range(max(0, left)):
            self.instance(self.spokes[index % spokes], index)

    # Kinds.
    def lists(self) -> None:
        self.s3 = self.id("pl")
        self.office = self.id("pl")
        self.add("PrefixLists", {"Cidrs": ["192.0.2.0/28"], "PrefixListId": self.s3,
                                 "PrefixListName": f"com.amazonaws.{REGION}.s3"})  # fmt: skip
        for key, name, owner in ((self.s3, f"com.amazonaws.{REGION}.s3", "AWS"), (self.office, "office", ACCOUNT)):
            self.add("ManagedPrefixLists", {"PrefixListId": key, "AddressFamily": "IPv4", "State": "create-complete",
                                            "PrefixListArn": f"arn:aws:ec2:{REGION}:{owner}:prefix-list/{key}",
                                            "PrefixListName": name, "Tags": [], "OwnerId": owner})  # fmt: skip
        self.add("PrefixListEntries", {"PrefixListId": self.s3, "Entries": [{"Cidr": "192.0.2.0/28"}]})
        self.add("PrefixListEntries", {"PrefixListId": self.office, "Entries": [
            {"Cidr": "192.168.0.0/20", "Description": "tokyo"}, {"Cidr": "192.168.64.0/20"}]})  # fmt: skip

    def zones(self) -> None:
        for number, zone in enumerate(ZONES):
            self.add("AvailabilityZones", {"State": "available", "OptInStatus": "opt-in-not-required", "Messages": [],
                                           "RegionName": REGION, "ZoneName": REGION + zone,
                                           "ZoneId": f"apne1-az{number + 1}", "GroupName": REGION,
                                           "NetworkBorderGroup": REGION, "ZoneType": "availability-zone"})  # fmt: skip

    def vpc(self, name: str, base: str) -> Row:
        """A VPC of /19 with app, data, public and TGW subnets in three zones."""
        key = self.id("vpc")
        first, second, third, _ = (int(p) for p in base.split("."))
        cidr = f"{base}/19"
        self.add("Vpcs", {"CidrBlock": cidr, "DhcpOptionsId": "dopt-1", "State": "available", "VpcId": key,
                          "OwnerId": ACCOUNT, "InstanceTenancy": "default", "IsDefault": False,
                          "CidrBlockAssociationSet": [{"AssociationId": self.id("vpc-cidr-assoc"), "CidrBlock": cidr,
                                                       "CidrBlockState": {"State": "associated"}}],
                          "Tags": tags(name)})  # fmt: skip
        self.add("VpcAttributes", {"VpcId": key, "EnableDnsSupport": True, "EnableDnsHostnames": True})
        vpc: Row = {"id": key, "name": name, "cidr": cidr, "subnets": {}, "groups": []}
        for number, zone in enumerate(ZONES):
            for tier, start, length in (
                ("app", 4 * number, 22),
                ("data", 12 + 2 * number, 23),
                ("public", 20 + number, 24),
            ):
                self.subnet(vpc, tier, zone, f"{first}.{second}.{third + start}.0/{length}")
            self.subnet(vpc, "tgw", zone, f"{first}.{second}.{third + 31}.{16 * number}/28")
        self.groups(vpc)
        self.nacls(vpc)
        return vpc

    def subnet(self, vpc: Row, tier: str, zone: str, cidr: str) -> None:
        key = self.id("subnet")
        self.add("Subnets", {"AvailabilityZone": REGION + zone, "AvailabilityZoneId": f"apne1-az{ZONES.index(zone) + 1}",
                             "AvailableIpAddressCount": 200, "CidrBlock": cidr, "DefaultForAz": False,
                             "MapPublicIpOnLaunch": tier == "public", "MapCustomerOwnedIpOnLaunch": False,
                             "State": "available", "SubnetId": key, "VpcId": vpc["id"], "OwnerId": ACCOUNT,
                             "AssignIpv6AddressOnCreation": False, "Ipv6CidrBlockAssociationSet": [],
                             "Tags": tags(f"{vpc['name']}-{tier}-{zone}"),
                             "SubnetArn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:subnet/{key}", "EnableDns64": False,
                             "PrivateDnsNameOptionsOnLaunch": {"HostnameType": "ip-name",
                                                               "EnableResourceNameDnsARecord": False,
                                                               "EnableResourceNameDnsAAAARecord": False}})  # fmt: skip
        vpc["subnets"][tier, zone] = key
        self.free[key] = addresses(cidr)

    def groups(self, vpc: Row) -> None:
        keys = [self.id("sg") for _ in range(GROUPS)]
        vpc["groups"] = keys
        for number, key in enumerate(keys):
            rules = [self.rule(vpc, keys) for _ in range(self.rng.randint(2, 5))]
            egress = [everything()]
            if number == 0 and vpc["name"] == "inspection":  # the appliances decide themselves
                rules = [everything()]
            elif number == 0 and vpc["name"] == "shared":
                rules = [permission("tcp", 443, 443, cidrs=["10.0.0.0/8"])]
            elif self.rng.random() < 0.15:
                egress = [
                    permission("tcp", 443, 443, cidrs=["10.0.0.0/8"]),
                    permission("tcp", 443, 443, lists=[self.s3]),
                ]
            self.add("SecurityGroups", {"Description": f"{vpc['name']} group {number}", "GroupId": key,
                                        "GroupName": f"{vpc['name']}-{number}", "VpcId": vpc["id"], "OwnerId": ACCOUNT,
                                        "IpPermissions": rules, "IpPermissionsEgress": egress, "Tags": []})  # fmt: skip

    def rule(self, vpc: Row, keys: list[str]) -> Row:
        port = self.rng.choice((22, 80, 443, 3306, 5432, 6379, 8080, 9092))
        pick = self.rng.random()
        if pick < 0.45:
            return permission("tcp", port, port, groups=[self.rng.choice(keys)])
        if pick < 0.55:
            return permission("tcp", port, port, lists=[self.office])
        if pick < 0.75:
            return permission("tcp", port, port, cidrs=[vpc["cidr"]])
        if pick < 0.9:
            return permission(
                "tcp", port, port, cidrs=[f"10.{self.rng.randrange(32)}.{32 * self.rng.randrange(8)}.0/19"]
            )
        return permission("tcp", port, port, cidrs=[f"192.168.{self.rng.randrange(16)}.{self.rng.randrange(256)}/32"])

    def nacls(self, vpc: Row) -> None:
        def entry(number: int, egress: bool, action: str, cidr: str, ports: tuple[int, int] | None = None) -> Row:
            row: Row = {"CidrBlock": cidr, "Egress": egress, "Protocol": "6" if ports else "-1", "RuleAction": action,
                        "RuleNumber": number}  # fmt: skip
            if ports:
                row["PortRange"] = {"From": ports[0], "To": ports[1]}
            return row

        def nacl(default: bool, subnets: list[str], entries: list[Row]) -> None:
            key = self.id("acl")
            self.add("NetworkAcls", {
                "Associations": [{"NetworkAclAssociationId": self.id("aclassoc"), "NetworkAclId": key, "SubnetId": s}
                                 for s in subnets],
                "Entries": entries + [entry(32767, e, "deny", "0.0.0.0/0") for e in (False, True)],
                "IsDefault": default, "NetworkAclId": key, "Tags": [], "VpcId": vpc["id"], "OwnerId": ACCOUNT})  # fmt: skip

        data = [s for (tier, _), s in vpc["subnets"].items() if tier == "data"]
        guarded = data if vpc["name"].startswith("spoke") and self.rng.random() < 0.3 else []
        rest = [s for s in vpc["subnets"].values() if s not in guarded]
        nacl(True, rest, [entry(100, e, "allow", "0.0.0.0/0") for e in (False, True)])
        if guarded:
            nacl(False, guarded, [entry(100, False, "allow", vpc["cidr"]),
                                  entry(110, False, "allow", "10.0.0.0/8", (1024, 65535)),
                                  entry(100, True, "allow", "10.0.0.0/8")])  # fmt: skip

    def table(self, vpc: Row, name: str, subnets: list[str], routes: list[Row], main: bool = False) -> None:
        key = self.id("rtb")
        uses: list[Row] = [{"SubnetId": s} for s in subnets] + ([{}] if main else [])
        self.add("RouteTables", {
            "Associations": [{"Main": "SubnetId" not in u, "RouteTableAssociationId": self.id("rtbassoc"),
                              "RouteTableId": key, "AssociationState": {"State": "associated"}, **u} for u in uses],
            "PropagatingVgws": [], "RouteTableId": key, "VpcId": vpc["id"], "OwnerId": ACCOUNT,
            "Tags": tags(f"{vpc['name']}-{name}"),
            "Routes": [{"DestinationCidrBlock": vpc["cidr"], "GatewayId": "local", "Origin": "CreateRouteTable",
                        "State": "active"}, *routes]})  # fmt: skip
        vpc.setdefault("tables", {})[name] = key

    def tier(self, vpc: Row, *tiers: str) -> list[str]:
        return [s for (tier, _), s in vpc["subnets"].items() if tier in tiers]

    def routes(self, vpc: Row) -> None:
        """A spoke: everything to the TGW; some with an Internet gateway; some with an S3 gateway endpoint."""
        to_tgw = route("0.0.0.0/0", TransitGatewayId=self.tgw)
        extra = [route(c, VpcPeeringConnectionId=p) for c, p in vpc.get("peers", ())]
        private = [to_tgw, *extra]
        if self.rng.random() < 0.3:
            endpoint = self.id("vpce")
            private.append({"DestinationPrefixListId": self.s3, "GatewayId": endpoint, "Origin": "CreateRoute",
                            "State": "active"})  # fmt: skip
            vpc["s3"] = endpoint
        self.table(vpc, "private", self.tier(vpc, "app", "data"), private, main=True)
        self.table(vpc, "tgw", self.tier(vpc, "tgw"), extra)
        if self.rng.random() < 0.15:
            igw = self.gateway(vpc)
            self.table(vpc, "public", self.tier(vpc, "public"), [route("0.0.0.0/0", GatewayId=igw),
                                                                 route("10.0.0.0/8", TransitGatewayId=self.tgw)])  # fmt: skip
        else:
            self.table(vpc, "public", self.tier(vpc, "public"), [to_tgw])
        if "s3" in vpc:
            self.add("VpcEndpoints", {"VpcEndpointId": vpc["s3"], "VpcEndpointType": "Gateway", "VpcId": vpc["id"],
                                      "ServiceName": f"com.amazonaws.{REGION}.s3", "State": "available",
                                      "PolicyDocument": '{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*",'
                                                        '"Resource":"*"}]}',
                                      "RouteTableIds": [vpc["tables"]["private"]], "SubnetIds": [], "Groups": [],
                                      "PrivateDnsEnabled": False, "NetworkInterfaceIds": [], "DnsEntries": [],
                                      "OwnerId": ACCOUNT, "Tags": []})  # fmt: skip

    def gateway(self, vpc: Row) -> str:
        key = self.id("igw")
        self.add("InternetGateways", {"Attachments": [{"State": "available", "VpcId": vpc["id"]}],
                                      "InternetGatewayId": key, "OwnerId": ACCOUNT, "Tags": []})  # fmt: skip
        return key

    def attach(self, vpc: Row, table: str, appliance: bool = False) -> str:
        key = self.id("tgw-attach")
        subnets = self.tier(vpc, "tgw")
        self.add("TransitGatewayVpcAttachments", {
            "TransitGatewayAttachmentId": key, "TransitGatewayId": self.tgw, "VpcId": vpc["id"], "VpcOwnerId": ACCOUNT,
            "State": "available", "SubnetIds": subnets, "Tags": tags(vpc["name"]),
            "Options": {"DnsSupport": "enable", "Ipv6Support": "disable", "SecurityGroupReferencingSupport": "enable",
                        "ApplianceModeSupport": "enable" if appliance else "disable"}})  # fmt: skip
        self.add("TransitGatewayAttachments", {
            "TransitGatewayAttachmentId": key, "TransitGatewayId": self.tgw, "TransitGatewayOwnerId": ACCOUNT,
            "ResourceOwnerId": ACCOUNT, "ResourceType": "vpc", "ResourceId": vpc["id"], "State": "available",
            "Association": {"TransitGatewayRouteTableId": table, "State": "associated"}, "Tags": tags(vpc["name"])})  # fmt: skip
        for subnet in subnets:
            self.interface(vpc, subnet, [], "transit_gateway", f"Network Interface for Transit Gateway Attachment {key}",
                           check=False)  # fmt: skip
        self.attached[vpc["id"]] = key
        return key

    def tables_of_tgw(self, hubs: dict[str, Row]) -> None:
        names = ("prod", "dev", "shared", "inspection", "egress")
        keys = {name: self.id("tgw-rtb") for name in names}
        self.add("TransitGateways", {
            "TransitGatewayId": self.tgw, "TransitGatewayArn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:transit-gateway/{self.tgw}",
            "State": "available", "OwnerId": ACCOUNT, "Description": "hub", "Tags": tags("hub"),
            "Options": {"AmazonSideAsn": 64512, "AutoAcceptSharedAttachments": "disable", "VpnEcmpSupport": "enable",
                        "DefaultRouteTableAssociation": "disable", "DefaultRouteTablePropagation": "disable",
                        "DnsSupport": "enable", "MulticastSupport": "disable"}})  # fmt: skip
        home = {vpc["id"]: "prod" if i % 3 else "dev" for i, vpc in enumerate(self.spokes)}
        home |= {vpc["id"]: name for name, vpc in hubs.items()}
        for vpc in (*hubs.values(), *self.spokes):
            self.attach(vpc, keys[home[vpc["id"]]], appliance=vpc["name"] == "inspection")
        for name in names:
            self.add("TransitGatewayRouteTables", {
                "TransitGatewayRouteTableId": keys[name], "TransitGatewayId": self.tgw, "State": "available",
                "DefaultAssociationRouteTable": False, "DefaultPropagationRouteTable": False, "Tags": tags(name)})  # fmt: skip
            members = [v for v in (*hubs.values(), *self.spokes) if home[v["id"]] == name]
            self.add("TransitGatewayAssociations", {"TransitGatewayRouteTableId": keys[name],
                                                    "Associations": [self.entry(v, "associated") for v in members]})  # fmt: skip
            learns = [hubs["shared"]] if name in ("prod", "dev") else self.spokes
            if name in ("inspection", "egress"):
                learns = [*self.spokes, hubs["shared"]]
            if name == "egress":
                learns = []
            self.add("TransitGatewayPropagations", {
                "TransitGatewayRouteTableId": keys[name],
                "TransitGatewayRouteTablePropagations": [self.entry(v, "enabled") for v in learns]})  # fmt: skip
            to = hubs["egress"] if name == "inspection" else hubs["inspection"]
            hop = self.entry(to, "")
            hop.pop("State")
            self.add("TransitGatewayStaticRoutes", {
                "TransitGatewayRouteTableId": keys[name], "AdditionalRoutesAvailable": False,
                "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "Type": "static", "State": "active",
                            "TransitGatewayAttachments": [hop]}]})  # fmt: skip

    def entry(self, vpc: Row, state: str) -> Row:
        return {"TransitGatewayAttachmentId": self.attached[vpc["id"]], "ResourceId": vpc["id"], "ResourceType": "vpc",
                "State": state}  # fmt: skip

    def firewall(self, vpc: Row) -> None:
        """An appliance in each zone between the TGW and itself."""
        for zone in ZONES:
            appliance = vpc["subnets"]["app", zone]
            eni = self.machine(vpc, appliance, [vpc["groups"][0]], f"firewall-{zone}", check=False)
            self.table(vpc, f"tgw-{zone}", [vpc["subnets"]["tgw", zone]], [route("0.0.0.0/0", NetworkInterfaceId=eni)])
        rest = self.tier(vpc, "app", "data", "public")
        self.table(vpc, "firewall", rest, [route("0.0.0.0/0", TransitGatewayId=self.tgw)], main=True)

    def egress(self, vpc: Row) -> None:
        igw = self.gateway(vpc)
        for number, zone in enumerate(ZONES):
            subnet = vpc["subnets"]["public", zone]
            nat, allocation, public = self.id("nat"), self.id("eipalloc"), f"203.0.113.{10 + number}"
            eni = self.interface(vpc, subnet, [], "nat_gateway", f"Interface for NAT Gateway {nat}", check=False,
                                 public=(public, allocation))  # fmt: skip
            self.add("NatGateways", {"CreateTime": "2026-01-05T01:02:03+00:00", "NatGatewayId": nat, "State": "available",
                                     "SubnetId": subnet, "VpcId": vpc["id"], "Tags": [], "ConnectivityType": "public",
                                     "NatGatewayAddresses": [{"AllocationId": allocation,
                                                              "NetworkInterfaceId": eni["NetworkInterfaceId"],
                                                              "PrivateIp": eni["PrivateIpAddress"], "PublicIp": public,
                                                              "IsPrimary": True, "Status": "succeeded"}]})  # fmt: skip
            self.add("Addresses", {"PublicIp": public, "AllocationId": allocation, "Domain": "vpc",
                                   "AssociationId": self.id("eipassoc"), "NetworkInterfaceId": eni["NetworkInterfaceId"],
                                   "NetworkInterfaceOwnerId": ACCOUNT, "PrivateIpAddress": eni["PrivateIpAddress"]})  # fmt: skip
            self.table(vpc, f"tgw-{zone}", [vpc["subnets"]["tgw", zone]], [route("0.0.0.0/0", NatGatewayId=nat)])
        self.table(vpc, "public", self.tier(vpc, "public"), [route("0.0.0.0/0", GatewayId=igw),
                                                             route("10.0.0.0/8", TransitGatewayId=self.tgw)])  # fmt: skip
        self.table(vpc, "main", self.tier(vpc, "app", "data"), [], main=True)

    def endpoints(self, vpc: Row) -> None:
        """Shared interface endpoints."""
        self.table(
            vpc, "main", list(vpc["subnets"].values()), [route("0.0.0.0/0", TransitGatewayId=self.tgw)], main=True
        )
        subnets = self.tier(vpc, "app")
        for service in ("ssm", "ssmmessages", "ec2messages", "logs", "monitoring", "kms", "sts", "sqs"):
            key = self.id("vpce")
            group = vpc["groups"][0]
            enis = [self.interface(vpc, s, [group], "vpc_endpoint", f"VPC Endpoint Interface {key}")["NetworkInterfaceId"]
                    for s in subnets]  # fmt: skip
            base = f"{key}-{self.rng.getrandbits(32):08x}"
            tail = f"{service}.{REGION}.vpce.amazonaws.com"
            names = [
                f"{base}.{tail}",
                *(f"{base}-{REGION}{z}.{tail}" for z in ZONES),
                f"{service}.{REGION}.amazonaws.com",
            ]
            self.add("VpcEndpoints", {
                "VpcEndpointId": key, "VpcEndpointType": "Interface", "VpcId": vpc["id"], "State": "available",
                "ServiceName": f"com.amazonaws.{REGION}.{service}", "RouteTableIds": [], "SubnetIds": subnets,
                "PolicyDocument": '{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}]}',
                "Groups": [{"GroupId": group, "GroupName": "endpoints"}], "IpAddressType": "ipv4",
                "DnsOptions": {"DnsRecordIpType": "ipv4"}, "PrivateDnsEnabled": True, "RequesterManaged": False,
                "NetworkInterfaceIds": enis, "DnsEntries": [{"DnsName": n, "HostedZoneId": "Z2E726K9Y6RL4W"} for n in names],
                "CreationTimestamp": "2026-01-05T01:02:03+00:00", "OwnerId": ACCOUNT, "Tags": []})  # fmt: skip

    def peerings(self) -> None:
        for one, two in zip(self.spokes[::20], self.spokes[1::20], strict=False):
            key = self.id("pcx")

            def side(vpc: Row) -> Row:
                return {"CidrBlock": vpc["cidr"], "CidrBlockSet": [{"CidrBlock": vpc["cidr"]}], "OwnerId": ACCOUNT,
                        "PeeringOptions": {"AllowDnsResolutionFromRemoteVpc": True}, "VpcId": vpc["id"],
                        "Region": REGION}  # fmt: skip

            self.add("VpcPeeringConnections", {
                "VpcPeeringConnectionId": key, "RequesterVpcInfo": side(one), "AccepterVpcInfo": side(two),
                "Status": {"Code": "active", "Message": "Active"}, "Tags": []})  # fmt: skip
            one.setdefault("peers", []).append((two["cidr"], key))
            two.setdefault("peers", []).append((one["cidr"], key))

    # Interfaces.
    def interface(self, vpc: Row, subnet: str, groups: list[str], kind: str, description: str, *, check: bool = True,
                  instance: str = "", public: tuple[str, str] | None = None) -> Row:  # fmt: skip
        key, ip = self.id("eni"), next(self.free[subnet])
        name = f"ip-{ip.replace('.', '-')}.{REGION}.compute.internal"
        zone = next(z for (_, z), s in vpc["subnets"].items() if s == subnet)
        address: Row = {"Primary": True, "PrivateDnsName": name, "PrivateIpAddress": ip}
        row: Row = {
            "Attachment": {"AttachTime": "2026-01-05T01:02:03+00:00", "AttachmentId": self.id("eni-attach"),
                           "DeleteOnTermination": True, "DeviceIndex": 0 if instance else 1, "NetworkCardIndex": 0,
                           "InstanceOwnerId": ACCOUNT if instance else "amazon-aws", "Status": "attached"},
            "AvailabilityZone": REGION + zone, "Description": description,
            "Groups": [{"GroupName": f"{vpc['name']}-{vpc['groups'].index(g)}", "GroupId": g} for g in groups],
            "InterfaceType": kind, "Ipv6Addresses": [], "MacAddress": "06:" + key[-10:-8] + ":" + key[-8:-6] + ":00:00:01",
            "NetworkInterfaceId": key, "OwnerId": ACCOUNT, "PrivateDnsName": name, "PrivateIpAddress": ip,
            "PrivateIpAddresses": [address], "RequesterManaged": not instance, "SourceDestCheck": check,
            "Status": "in-use", "SubnetId": subnet, "TagSet": [], "VpcId": vpc["id"]}  # fmt: skip
        if instance:
            row["Attachment"]["InstanceId"] = instance
        if public:
            row["Association"] = address["Association"] = {
                "AllocationId": public[1], "IpOwnerId": ACCOUNT, "PublicDnsName": "", "PublicIp": public[0]}  # fmt: skip
        return self.add("NetworkInterfaces", row)

    def instance(self, vpc: Row, index: int) -> None:
        tier = self.rng.choices(("app", "data"), (7, 3))[0]
        subnet = vpc["subnets"][tier, ZONES[index // max(1, len(self.spokes)) % len(ZONES)]]
        # A few sets of groups are worn by many machines.
        pick = self.rng.randrange(6)
        groups = [vpc["groups"][pick], vpc["groups"][(pick * 2 + 1) % GROUPS]][: 1 + pick % 2]
        self.machine(vpc, subnet, groups, f"{vpc['name']}-{tier}-{index}")

    def machine(self, vpc: Row, subnet: str, groups: list[str], name: str, *, check: bool = True) -> str:
        key = self.id("i")
        eni = self.interface(vpc, subnet, groups, "interface", "", check=check, instance=key)
        attached = {k: eni[k] for k in ("Description", "Groups", "MacAddress", "NetworkInterfaceId", "OwnerId",
                                        "PrivateDnsName", "PrivateIpAddress", "PrivateIpAddresses", "SourceDestCheck",
                                        "Status", "SubnetId", "VpcId", "InterfaceType")}  # fmt: skip
        machine = {
            "AmiLaunchIndex": 0, "ImageId": "ami-0123456789abcdef0", "InstanceId": key, "InstanceType": "m5.large",
            "KeyName": "ops", "LaunchTime": "2026-01-05T01:02:03+00:00", "Monitoring": {"State": "disabled"},
            "Placement": {"AvailabilityZone": eni["AvailabilityZone"], "GroupName": "", "Tenancy": "default"},
            "PrivateDnsName": eni["PrivateDnsName"], "PrivateIpAddress": eni["PrivateIpAddress"], "ProductCodes": [],
            "PublicDnsName": "", "State": {"Code": 16, "Name": "running"}, "StateTransitionReason": "",
            "SubnetId": subnet, "VpcId": vpc["id"], "Architecture": "x86_64", "BlockDeviceMappings": [
                {"DeviceName": "/dev/xvda", "Ebs": {"AttachTime": "2026-01-05T01:02:03+00:00", "DeleteOnTermination": True,
                                                    "Status": "attached", "VolumeId": self.id("vol")}}],
            "ClientToken": f"{self.rng.getrandbits(128):032x}", "EbsOptimized": False, "EnaSupport": True,
            "Hypervisor": "xen", "NetworkInterfaces": [attached], "RootDeviceName": "/dev/xvda", "RootDeviceType": "ebs",
            "SecurityGroups": eni["Groups"], "SourceDestCheck": check, "Tags": tags(name), "VirtualizationType": "hvm",
            "CpuOptions": {"CoreCount": 1, "ThreadsPerCore": 2}, "HibernationOptions": {"Configured": False},
            "MetadataOptions": {"State": "applied", "HttpTokens": "required", "HttpPutResponseHopLimit": 2},
            "EnclaveOptions": {"Enabled": False}, "PlatformDetails": "Linux/UNIX"}  # fmt: skip
        self.add(
            "Reservations", {"Groups": [], "Instances": [machine], "OwnerId": ACCOUNT, "ReservationId": self.id("r")}
        )
        return str(eni["NetworkInterfaceId"])


def tags(name: str) -> list[Row]:
    return [{"Key": "Name", "Value": name}, {"Key": "env", "Value": "bench"}]


def addresses(cidr: str) -> Iterator[str]:
    """Addresses of a subnet from .4 on; the last one is reserved."""
    base, _, length = cidr.partition("/")
    a, b, c, d = (int(p) for p in base.split("."))
    first = a << 24 | b << 16 | c << 8 | d
    for value in range(first + 4, first + (1 << 32 - int(length)) - 1):
        yield f"{value >> 24}.{value >> 16 & 255}.{value >> 8 & 255}.{value & 255}"


def route(cidr: str, **target: str) -> Row:
    return {"DestinationCidrBlock": cidr, **target, "Origin": "CreateRoute", "State": "active"}


def permission(protocol: str, low: int, high: int, *, cidrs: list[str] | None = None, lists: list[str] | None = None,
               groups: list[str] | None = None) -> Row:  # fmt: skip
    return {"FromPort": low, "IpProtocol": protocol, "IpRanges": [{"CidrIp": c} for c in cidrs or ()], "Ipv6Ranges": [],
            "PrefixListIds": [{"PrefixListId": p} for p in lists or ()], "ToPort": high,
            "UserIdGroupPairs": [{"GroupId": g, "UserId": ACCOUNT} for g in groups or ()]}  # fmt: skip


def everything() -> Row:
    return {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [], "PrefixListIds": [],
            "UserIdGroupPairs": []}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder")
    parser.add_argument("--enis", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    said = parser.parse_args()
    for key, count in generate(said.folder, said.enis, said.seed).items():
        print(f"{count:8} {key}")


if __name__ == "__main__":
    main()
