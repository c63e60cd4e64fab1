"""Components and rules as Reachability Analyzer prints them: ``AnalysisComponent``, rows of tables, headers."""

from __future__ import annotations

from typing import Any

from ..estate import Estate
from ..fabric.network_acl import DEFAULT_RULE
from ..journey.model import Check
from ..packet.address import AddressError, format_address, is_v6, parse_prefix
from ..packet.header import ICMP, ICMPV6, FiveTuple

ARN_TYPES = (
    ("tgw-attach-", "transit-gateway-attachment"),
    ("tgw-rtb-", "transit-gateway-route-table"),
    ("tgw-", "transit-gateway"),
    ("cvpn-endpoint-", "client-vpn-endpoint"),
    ("vpce-svc-", "vpc-endpoint-service"),
    ("vpce-", "vpc-endpoint"),
    ("vpc-", "vpc"),
    ("eigw-", "egress-only-internet-gateway"),
    ("igw-", "internet-gateway"),
    ("lgw-", "local-gateway"),
    ("cagw-", "carrier-gateway"),
    ("cgw-", "customer-gateway"),
    ("vgw-", "vpn-gateway"),
    ("vpn-", "vpn-connection"),
    ("nat-", "natgateway"),
    ("eni-", "network-interface"),
    ("subnet-", "subnet"),
    ("acl-", "network-acl"),
    ("rtb-", "route-table"),
    ("sg-", "security-group"),
    ("pcx-", "vpc-peering-connection"),
    ("pl-", "prefix-list"),
    ("i-", "instance"),
)
"""Prefix of an id -> resource type in an EC2 ARN; longer prefixes first."""
OWNED = (
    "vpcs", "subnets", "network_interfaces", "security_groups", "network_acls", "route_tables", "internet_gateways",
    "transit_gateways", "tgw_attachments", "vpc_endpoints",
)  # fmt: skip
"""Tables whose records may say whose they are."""
OWNERS = ("owner_id", "resource_owner_id", "transit_gateway_owner_id")


class Parts:
    """Builds the parts for one estate; a thing found twice is looked up once."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self._components: dict[str, dict[str, Any]] = {}

    def component(self, resource_id: str, vpc: str = "") -> dict[str, Any]:
        """``Id``, and ``Arn`` and ``Name`` where they are known; ``vpc`` helps to tell account and Region."""
        held = self._components.get(resource_id)
        if held is None:
            held = {"Id": resource_id}
            arn = resource_id if resource_id.startswith("arn:") else self._arn(resource_id, vpc)
            if arn:
                held["Arn"] = arn
            name = self.estate.name(resource_id)
            if name:
                held["Name"] = name
            self._components[resource_id] = held
        return held

    def home(self, resource_id: str, vpc: str = "") -> tuple[str, str]:
        """Account and Region of a thing; empty where not known."""
        estate = self.estate
        scope = estate.scope_of(resource_id)
        account, region, home = scope.account, scope.region, vpc
        for kind in OWNED:
            record = estate.tables[kind].get(resource_id)
            if record is not None:
                account = next((str(v) for v in (getattr(record, n, "") for n in OWNERS) if v), "") or account
                home = getattr(record, "vpc_id", "") or home
        if home:
            account = account or estate.account_of(home)
            region = region or estate.region_of(home)
        return account, region

    def arn_of(self, kind: str, resource_id: str, account: str, region: str) -> str:
        """An EC2 ARN; empty when account or Region are not known."""
        if not account or not region:
            return ""
        from ..names.public_endpoints import partition_of

        return f"arn:{partition_of(region) or 'aws'}:ec2:{region}:{account}:{kind}/{resource_id}"

    def _arn(self, resource_id: str, vpc: str) -> str:
        kind = next((kind for head, kind in ARN_TYPES if resource_id.startswith(head)), "")
        return self.arn_of(kind, resource_id, *self.home(resource_id, vpc)) if kind else ""

    # Rows of tables ------------------------------------------------------------

    def acl_rule(self, nacl_id: str, egress: bool, number: str) -> dict[str, Any]:
        """``AnalysisAclRule``: the row of a network ACL; the last one, ``*``, has no row of its own."""
        nacl = self.estate.network_acls.get(nacl_id)
        for entry in nacl.entries if nacl else ():
            if entry.egress == egress and str(entry.rule_number) == number:
                out: dict[str, Any] = {
                    "Egress": egress,
                    "Protocol": protocol_text(entry.protocol),
                    "RuleAction": entry.rule_action,
                    "RuleNumber": entry.rule_number,
                }
                if entry.cidr_block or entry.ipv6_cidr_block:
                    out["Cidr"] = entry.cidr_block or entry.ipv6_cidr_block
                if entry.port_range is not None:
                    out["PortRange"] = {"From": entry.port_range.low, "To": entry.port_range.high}
                return out
        last = int(number) if number.isdigit() else DEFAULT_RULE
        return {"Cidr": "0.0.0.0/0", "Egress": egress, "Protocol": "all", "RuleAction": "deny", "RuleNumber": last}

    def group_rule(self, check: Check) -> dict[str, Any]:
        """``AnalysisSecurityGroupRule``, read back from the line a check shows: ``tcp 443 from 10.0.0.0/8``."""
        service, _, peer = check.detail.partition(" from " if check.direction == "ingress" else " to ")
        protocol, _, ports = service.partition(" ")
        out: dict[str, Any] = {"Direction": check.direction, "Protocol": protocol}
        low, _, high = ports.partition("-")
        if low.isdigit():
            out["PortRange"] = {"From": int(low), "To": int(high or low)}
        if peer.startswith("sg-"):
            out["SecurityGroupId"] = peer
        elif peer.startswith("pl-"):
            out["PrefixListId"] = peer
        elif peer:
            out["Cidr"] = peer
        return out

    def group_of_rule(self, check: Check) -> str:
        """The security group that holds the rule of a check."""
        if check.rule.startswith("sg-"):
            return check.rule
        record = self.estate.tables["security_group_rules"].get(check.rule)
        return record.group_id if record is not None else check.component.split(",")[0]

    def route(self, table_id: str, prefix: str, target: str) -> dict[str, Any]:
        """``AnalysisRouteTableRoute``: the row of a VPC route table."""
        table = self.estate.route_tables.get(table_id)
        for route in table.routes if table else ():
            if not _same_prefix(self.estate, route.destination, prefix) or target not in (route.target, ""):
                continue
            rows = {
                "DestinationCidr": route.destination_cidr_block or route.destination_ipv6_cidr_block,
                "DestinationPrefixListId": route.destination_prefix_list_id,
                "EgressOnlyInternetGatewayId": route.egress_only_internet_gateway_id,
                "GatewayId": route.gateway_id or route.vpc_endpoint_id,
                "InstanceId": route.instance_id,
                "NatGatewayId": route.nat_gateway_id,
                "NetworkInterfaceId": route.network_interface_id,
                "TransitGatewayId": route.transit_gateway_id,
                "VpcPeeringConnectionId": route.vpc_peering_connection_id,
                "CarrierGatewayId": route.carrier_gateway_id,
                "CoreNetworkArn": route.core_network_arn,
                "LocalGatewayId": route.local_gateway_id,
                "Origin": route.origin.lower(),
                "State": route.state,
            }
            return {name: value for name, value in rows.items() if value}
        return {"DestinationCidr": prefix}

    def tgw_route(self, check: Check) -> dict[str, Any]:
        """``TransitGatewayRouteTableRoute``: the row of a transit gateway's table that won."""
        out: dict[str, Any] = {"DestinationCidr": check.detail, "State": "active"}
        if check.rule:
            out["RouteOrigin"] = check.rule
        attachment = self.estate.tgw_attachments.get(check.target)
        if check.target.startswith("tgw-attach-"):
            out["AttachmentId"] = check.target
        if attachment is not None:
            if attachment.resource_id:
                out["ResourceId"] = attachment.resource_id
            out["ResourceType"] = attachment.resource_type
        return out


def header(packet: FiveTuple) -> dict[str, Any]:
    """``AnalysisPacketHeader`` of one packet."""
    out: dict[str, Any] = {
        "SourceAddresses": [cidr(packet.src)],
        "DestinationAddresses": [cidr(packet.dst)],
        "Protocol": str(packet.proto),
    }
    if packet.proto not in (ICMP, ICMPV6):
        out["SourcePortRanges"] = [{"From": packet.sport, "To": packet.sport}]
        out["DestinationPortRanges"] = [{"From": packet.dport, "To": packet.dport}]
    return out


def cidr(address: int) -> str:
    """One address in CIDR notation, as the analyser writes addresses."""
    return f"{format_address(address)}/{128 if is_v6(address) else 32}"


def protocol_text(number: str) -> str:
    """``all``, ``tcp``...: what the analyser calls a network ACL's protocol."""
    from ..packet.header import protocol_name

    if number in ("-1", "all", ""):
        return "all"
    return protocol_name(int(number)) if number.isdigit() else number.lower()


def _same_prefix(estate: Estate, destination: str, prefix: str) -> bool:
    if destination.startswith("pl-"):
        return any(_same_prefix(estate, listed, prefix) for listed in estate.prefix_list_cidrs.get(destination, ()))
    if destination == prefix:
        return True
    try:
        return parse_prefix(destination) == parse_prefix(prefix)
    except AddressError:
        return False
