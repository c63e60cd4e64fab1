"""EC2's describe calls, answered from the estate (LAB47, MO22).

Each call is a row of ``LISTINGS``: which records, what they are called by, and
the filters with the path each one looks at.  Ids nobody has, unknown filters
and paging are EC2's own; whatever changes something is refused by name.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from ....estate import Estate
from ....names.public_endpoints import partition_of, suffixes_of, tables
from ....names.view import dns_attributes
from ....packet.address import parse_prefix
from ..http import Response
from .call import Call
from .errors import XML, AwsError, request_id
from .shapes import model, xml

RESERVED = 5
"""Addresses of a subnet AWS keeps."""
STATE_CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
READING = ("Describe", "Get", "Search", "List")


class Scope(msgspec.Struct, frozen=True):
    """Whose resources, where."""

    estate: Estate
    region: str
    account: str


Row = dict[str, Any]
Rows = Callable[[Scope], Iterable[Row]]


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """One describe call.

    ``rows`` gives the answer's entries; ``id`` is the member that names them,
    ``ids`` the parameter that asks for some by it.  ``filters`` are further
    filter names with the path of members they look at; any member can be asked
    for by its own name in lower case with dashes.
    """

    member: str
    rows: Rows
    id: str = ""
    ids: str = ""
    missing: tuple[str, str] = ("", "")
    """Error code and what the thing is called in its text."""
    filters: Mapping[str, str] = {}


# Entries ------------------------------------------------------------------------


def entry(record: msgspec.Struct, **more: Any) -> dict[str, Any]:
    """A record as the API's members, with some of an answer's own added."""
    kind = type(record)
    names = zip(kind.__struct_encode_fields__, kind.__struct_fields__, strict=True)
    return {name: getattr(record, field) for name, field in names} | more


def _owned(scope: Scope, resource_id: str, owner: str = "") -> bool:
    """Is it in the Region asked, and the caller's or of nobody known?"""
    place = scope.estate.scope_of(resource_id)
    if place.region and place.region != scope.region:
        return False
    owners = {owner, place.account} - {""}
    return not owners or scope.account in owners


def _table(kind: str, **more: Any) -> Rows:
    """All records of one kind, as they are."""

    def rows(scope: Scope) -> Iterator[Row]:
        for resource_id, record in scope.estate.tables[kind].items():
            if _owned(scope, resource_id, getattr(record, "owner_id", "")):
                yield entry(record, **more)

    return rows


def _vpcs(scope: Scope) -> Iterator[Row]:
    for row in _table("vpcs", InstanceTenancy="default")(scope):
        row["CidrBlockAssociationSet"] = row["CidrBlockAssociationSet"] or [
            {"CidrBlock": row["CidrBlock"], "CidrBlockState": {"State": "associated"}}
        ]
        yield row


def _subnets(scope: Scope) -> Iterator[Row]:
    for row in _table("subnets", State="available", DefaultForAz=False)(scope):
        used = len(scope.estate.enis_by_subnet.get(row["SubnetId"], ()))
        if row["CidrBlock"]:
            low, high = parse_prefix(row["CidrBlock"])
            row["AvailableIpAddressCount"] = max(0, high - low + 1 - RESERVED - used)
        yield row


def _interfaces(scope: Scope) -> Iterator[Row]:
    yield from _table("network_interfaces")(scope)


def _reservations(scope: Scope) -> Iterator[Row]:
    estate = scope.estate
    for instance_id, record in estate.instances.items():
        account = estate.account_of(record.vpc_id)
        if not _owned(scope, instance_id, account):
            continue
        enis = [estate.network_interfaces[i] for i in estate.enis_by_instance.get(instance_id, ())]
        subnet = estate.subnets.get(record.subnet_id)
        zone = subnet.availability_zone if subnet is not None else ""
        instance = entry(
            record,
            State={"Code": STATE_CODES.get(record.state.name, 16), "Name": record.state.name},
            NetworkInterfaces=[entry(eni) for eni in enis],
            SecurityGroups=list(dict.fromkeys(group for eni in enis[:1] for group in eni.groups)),
            Placement={"AvailabilityZone": zone},
        )
        yield {
            "ReservationId": f"r-{zlib.crc32(instance_id.encode()):08x}",
            "OwnerId": account,
            "Instances": [instance],
            "InstanceId": instance_id,
        }


def _route_tables(scope: Scope) -> Iterator[Row]:
    for row in _table("route_tables")(scope):
        table = row["RouteTableId"]
        row["Associations"] = [
            entry(
                a, RouteTableId=table, RouteTableAssociationId=_invented("rtbassoc", table, a.subnet_id, a.gateway_id)
            )
            for a in row["Associations"]
        ]
        yield row


def _network_acls(scope: Scope) -> Iterator[Row]:
    for row in _table("network_acls")(scope):
        acl = row["NetworkAclId"]
        row["Associations"] = [
            entry(a, NetworkAclId=acl, NetworkAclAssociationId=_invented("aclassoc", acl, a.subnet_id))
            for a in row["Associations"]
        ]
        yield row


def _security_groups(scope: Scope) -> Iterator[Row]:
    # The API always tells a description; the estate does not keep it.
    yield from _table("security_groups", Description="-")(scope)


def _security_group_rules(scope: Scope) -> Iterator[Row]:
    """The collected ones; those of groups without are made from the group's permissions."""
    estate = scope.estate
    for group_id, group in estate.security_groups.items():
        if not _owned(scope, group_id, group.owner_id):
            continue
        told = estate.rules_by_group.get(group_id)
        if told is not None:
            yield from (entry(rule, GroupOwnerId=group.owner_id) for rule in told)
            continue
        for egress, permissions in ((False, group.ip_permissions), (True, group.ip_permissions_egress)):
            for permission in permissions:
                yield from _rules_of(group_id, group.owner_id, egress, permission)


def _rules_of(group_id: str, owner: str, egress: bool, permission: Any) -> Iterator[Row]:
    peers: list[tuple[Row, Any]] = [({"CidrIpv4": r.cidr_ip}, r) for r in permission.ip_ranges]
    peers += [({"CidrIpv6": r.cidr_ipv6}, r) for r in permission.ipv6_ranges]
    peers += [({"PrefixListId": r.prefix_list_id}, r) for r in permission.prefix_list_ids]
    peers += [({"ReferencedGroupInfo": r}, r) for r in permission.user_id_group_pairs]
    for peer, record in peers:
        ports = (permission.from_port, permission.to_port)
        low, high = (-1 if port is None else port for port in ports)
        yield {
            "SecurityGroupRuleId": _invented("sgr", group_id, egress, permission.ip_protocol, low, high, peer),
            "GroupId": group_id,
            "GroupOwnerId": owner,
            "IsEgress": egress,
            "IpProtocol": permission.ip_protocol,
            "FromPort": low,
            "ToPort": high,
            "Description": record.description,
            **peer,
        }


def _invented(kind: str, *parts: object) -> str:
    """An id for what has none in the estate; the same each time."""
    return f"{kind}-{zlib.crc32(repr(parts).encode()):08x}"


def _attachments(scope: Scope) -> Iterator[Row]:
    estate = scope.estate
    seen = set()
    for row in _table("tgw_attachments")(scope):
        seen.add(row["TransitGatewayAttachmentId"])
        yield row
    for attachment_id, record in estate.tgw_vpc_attachments.items():
        if attachment_id not in seen and _owned(scope, attachment_id):
            yield entry(record, ResourceType="vpc", ResourceId=record.vpc_id)


def _peerings(scope: Scope) -> Iterator[Row]:
    for peering_id, record in scope.estate.peerings.items():
        sides = (record.requester, record.accepter)
        if any(not s.owner_id or s.owner_id == scope.account for s in sides) and any(
            not s.region or s.region == scope.region for s in sides
        ):
            yield entry(record, VpcPeeringConnectionId=peering_id)


def _prefix_lists(scope: Scope) -> Iterator[Row]:
    """AWS's own, with their CIDRs."""
    estate = scope.estate
    for list_id, name in estate.prefix_list_names.items():
        if name.startswith("com.amazonaws.") and _owned(scope, list_id):
            cidrs = estate.prefix_list_cidrs.get(list_id, ())
            yield {"PrefixListId": list_id, "PrefixListName": name, "Cidrs": cidrs}


def _managed_prefix_lists(scope: Scope) -> Iterator[Row]:
    known = set()
    for row in _table("managed_prefix_lists")(scope):
        known.add(row["PrefixListId"])
        row["AddressFamily"] = row["AddressFamily"] or "IPv4"
        row["State"] = row["State"] or "create-complete"
        yield row
    for row in _prefix_lists(scope):
        if row["PrefixListId"] not in known:
            yield row | {"OwnerId": "AWS", "AddressFamily": "IPv4", "State": "create-complete"}


def _zones(scope: Scope) -> Iterator[Row]:
    for zone in scope.estate.availability_zones.values():
        region = zone.region_name or zone.zone_name.rstrip("abcdefghijklmnopqrstuvwxyz")
        if region == scope.region:
            more = {"OptInStatus": "opt-in-not-required", "ZoneType": "availability-zone", "GroupName": region}
            yield entry(zone, RegionName=region, NetworkBorderGroup=region, **more)


def _regions(scope: Scope) -> Iterator[Row]:
    for region in tables().partitions[partition_of(scope.region) or "aws"].regions:
        if region.count("-") >= 2 and not region.endswith("global"):
            endpoint = f"ec2.{region}.{suffixes_of(region).suffix}"
            yield {"RegionName": region, "Endpoint": endpoint, "OptInStatus": "opt-in-not-required"}


LISTINGS: Mapping[str, Listing] = {
    "DescribeVpcs": Listing(
        member="Vpcs", rows=_vpcs, id="VpcId", ids="VpcIds", missing=("InvalidVpcID.NotFound", "vpc ID"),
        filters={"cidr": "CidrBlock", "isDefault": "IsDefault",
                 "cidr-block-association.cidr-block": "CidrBlockAssociationSet.CidrBlock",
                 "ipv6-cidr-block-association.ipv6-cidr-block": "Ipv6CidrBlockAssociationSet.Ipv6CidrBlock"},
    ),
    "DescribeSubnets": Listing(
        member="Subnets", rows=_subnets, id="SubnetId", ids="SubnetIds",
        missing=("InvalidSubnetID.NotFound", "subnet ID"),
        filters={"cidr": "CidrBlock", "cidrBlock": "CidrBlock", "availabilityZone": "AvailabilityZone",
                 "ipv6-cidr-block-association.ipv6-cidr-block": "Ipv6CidrBlockAssociationSet.Ipv6CidrBlock"},
    ),
    "DescribeInstances": Listing(
        member="Reservations", rows=_reservations, id="InstanceId", ids="InstanceIds",
        missing=("InvalidInstanceID.NotFound", "instance ID"),
        filters={"instance-state-name": "Instances.State.Name", "instance-state-code": "Instances.State.Code",
                 "vpc-id": "Instances.VpcId", "subnet-id": "Instances.SubnetId",
                 "private-ip-address": "Instances.PrivateIpAddress", "ip-address": "Instances.PublicIpAddress",
                 "private-dns-name": "Instances.PrivateDnsName", "instance-type": "Instances.InstanceType",
                 "image-id": "Instances.ImageId", "availability-zone": "Instances.Placement.AvailabilityZone",
                 "instance.group-id": "Instances.SecurityGroups.GroupId",
                 "instance.group-name": "Instances.SecurityGroups.GroupName",
                 "network-interface.network-interface-id": "Instances.NetworkInterfaces.NetworkInterfaceId",
                 "network-interface.subnet-id": "Instances.NetworkInterfaces.SubnetId",
                 "network-interface.vpc-id": "Instances.NetworkInterfaces.VpcId",
                 "network-interface.addresses.private-ip-address":
                     "Instances.NetworkInterfaces.PrivateIpAddresses.PrivateIpAddress",
                 "iam-instance-profile.arn": "Instances.IamInstanceProfile.Arn",
                 "source-dest-check": "Instances.SourceDestCheck", "tag": "Instances.Tags"},
    ),
    "DescribeNetworkInterfaces": Listing(
        member="NetworkInterfaces", rows=_interfaces, id="NetworkInterfaceId", ids="NetworkInterfaceIds",
        missing=("InvalidNetworkInterfaceID.NotFound", "networkInterface ID"),
        filters={"group-id": "Groups.GroupId", "group-name": "Groups.GroupName",
                 "addresses.private-ip-address": "PrivateIpAddresses.PrivateIpAddress",
                 "addresses.association.public-ip": "PrivateIpAddresses.Association.PublicIp",
                 "association.public-ip": "Association.PublicIp", "attachment.instance-id": "Attachment.InstanceId",
                 "attachment.status": "Attachment.Status", "attachment.device-index": "Attachment.DeviceIndex",
                 "ipv6-addresses.ipv6-address": "Ipv6Addresses.Ipv6Address", "tag": "TagSet"},
    ),
    "DescribeRouteTables": Listing(
        member="RouteTables", rows=_route_tables, id="RouteTableId", ids="RouteTableIds",
        missing=("InvalidRouteTableID.NotFound", "routeTable ID"),
        filters={"association.subnet-id": "Associations.SubnetId", "association.main": "Associations.Main",
                 "association.gateway-id": "Associations.GatewayId",
                 "association.route-table-id": "Associations.RouteTableId",
                 "route.destination-cidr-block": "Routes.DestinationCidrBlock",
                 "route.destination-ipv6-cidr-block": "Routes.DestinationIpv6CidrBlock",
                 "route.destination-prefix-list-id": "Routes.DestinationPrefixListId",
                 "route.gateway-id": "Routes.GatewayId", "route.nat-gateway-id": "Routes.NatGatewayId",
                 "route.transit-gateway-id": "Routes.TransitGatewayId", "route.instance-id": "Routes.InstanceId",
                 "route.vpc-peering-connection-id": "Routes.VpcPeeringConnectionId", "route.state": "Routes.State",
                 "route.origin": "Routes.Origin"},
    ),
    "DescribeSecurityGroups": Listing(
        member="SecurityGroups", rows=_security_groups, id="GroupId", ids="GroupIds",
        missing=("InvalidGroup.NotFound", "security group"),
        filters={"ip-permission.cidr": "IpPermissions.IpRanges.CidrIp",
                 "ip-permission.from-port": "IpPermissions.FromPort", "ip-permission.to-port": "IpPermissions.ToPort",
                 "ip-permission.protocol": "IpPermissions.IpProtocol",
                 "ip-permission.group-id": "IpPermissions.UserIdGroupPairs.GroupId",
                 "ip-permission.prefix-list-id": "IpPermissions.PrefixListIds.PrefixListId",
                 "egress.ip-permission.cidr": "IpPermissionsEgress.IpRanges.CidrIp",
                 "egress.ip-permission.protocol": "IpPermissionsEgress.IpProtocol"},
    ),
    "DescribeSecurityGroupRules": Listing(
        member="SecurityGroupRules", rows=_security_group_rules, id="SecurityGroupRuleId", ids="SecurityGroupRuleIds",
        missing=("InvalidSecurityGroupRuleId.NotFound", "security group rule ID"),
    ),
    "DescribeNetworkAcls": Listing(
        member="NetworkAcls", rows=_network_acls, id="NetworkAclId", ids="NetworkAclIds",
        missing=("InvalidNetworkAclID.NotFound", "networkAcl ID"),
        filters={"association.subnet-id": "Associations.SubnetId", "default": "IsDefault",
                 "association.network-acl-id": "Associations.NetworkAclId", "entry.cidr": "Entries.CidrBlock",
                 "entry.ipv6-cidr": "Entries.Ipv6CidrBlock", "entry.protocol": "Entries.Protocol",
                 "entry.rule-action": "Entries.RuleAction", "entry.egress": "Entries.Egress",
                 "entry.rule-number": "Entries.RuleNumber"},
    ),
    "DescribeNatGateways": Listing(
        member="NatGateways", rows=_table("nat_gateways"), id="NatGatewayId", ids="NatGatewayIds",
        missing=("NatGatewayNotFound", "NAT gateway"),
    ),
    "DescribeInternetGateways": Listing(
        member="InternetGateways", rows=_table("internet_gateways"), id="InternetGatewayId", ids="InternetGatewayIds",
        missing=("InvalidInternetGatewayID.NotFound", "internetGateway ID"),
        filters={"attachment.vpc-id": "Attachments.VpcId", "attachment.state": "Attachments.State"},
    ),
    "DescribeEgressOnlyInternetGateways": Listing(
        member="EgressOnlyInternetGateways", rows=_table("egress_only_internet_gateways"),
        id="EgressOnlyInternetGatewayId", ids="EgressOnlyInternetGatewayIds",
        missing=("InvalidGatewayID.NotFound", "egress only internet gateway"),
    ),
    "DescribeVpcEndpoints": Listing(
        member="VpcEndpoints", rows=_table("vpc_endpoints"), id="VpcEndpointId", ids="VpcEndpointIds",
        missing=("InvalidVpcEndpointId.NotFound", "Vpc Endpoint Id"),
        filters={"vpc-endpoint-state": "State"},
    ),
    "DescribeTransitGateways": Listing(
        member="TransitGateways", rows=_table("transit_gateways"), id="TransitGatewayId", ids="TransitGatewayIds",
        missing=("InvalidTransitGatewayID.NotFound", "transit gateway"),
        filters={"options.dns-support": "Options.DnsSupport", "options.vpn-ecmp-support": "Options.VpnEcmpSupport"},
    ),
    "DescribeTransitGatewayAttachments": Listing(
        member="TransitGatewayAttachments", rows=_attachments, id="TransitGatewayAttachmentId",
        ids="TransitGatewayAttachmentIds",
        missing=("InvalidTransitGatewayAttachmentID.NotFound", "transit gateway attachment"),
        filters={"association.state": "Association.State",
                 "association.transit-gateway-route-table-id": "Association.TransitGatewayRouteTableId"},
    ),
    "DescribeTransitGatewayVpcAttachments": Listing(
        member="TransitGatewayVpcAttachments", rows=_table("tgw_vpc_attachments"), id="TransitGatewayAttachmentId",
        ids="TransitGatewayAttachmentIds",
        missing=("InvalidTransitGatewayAttachmentID.NotFound", "transit gateway attachment"),
    ),
    "DescribeTransitGatewayRouteTables": Listing(
        member="TransitGatewayRouteTables", rows=_table("tgw_route_tables"), id="TransitGatewayRouteTableId",
        ids="TransitGatewayRouteTableIds", missing=("InvalidRouteTableID.NotFound", "transit gateway route table"),
        filters={"default-association-route-table": "DefaultAssociationRouteTable",
                 "default-propagation-route-table": "DefaultPropagationRouteTable"},
    ),
    "DescribeVpcPeeringConnections": Listing(
        member="VpcPeeringConnections", rows=_peerings, id="VpcPeeringConnectionId", ids="VpcPeeringConnectionIds",
        missing=("InvalidVpcPeeringConnectionID.NotFound", "vpcPeeringConnection ID"),
        filters={"status-code": "Status.Code", "accepter-vpc-info.vpc-id": "AccepterVpcInfo.VpcId",
                 "accepter-vpc-info.owner-id": "AccepterVpcInfo.OwnerId",
                 "requester-vpc-info.vpc-id": "RequesterVpcInfo.VpcId",
                 "requester-vpc-info.owner-id": "RequesterVpcInfo.OwnerId"},
    ),
    "DescribePrefixLists": Listing(
        member="PrefixLists", rows=_prefix_lists, id="PrefixListId", ids="PrefixListIds",
        missing=("InvalidPrefixListId", "prefix list ID"),
    ),
    "DescribeManagedPrefixLists": Listing(
        member="PrefixLists", rows=_managed_prefix_lists, id="PrefixListId", ids="PrefixListIds",
        missing=("InvalidPrefixListID.NotFound", "prefix list ID"),
    ),
    "DescribeDhcpOptions": Listing(
        member="DhcpOptions", rows=_table("dhcp_options"), id="DhcpOptionsId", ids="DhcpOptionsIds",
        missing=("InvalidDhcpOptionID.NotFound", "dhcpOption ID"),
        filters={"key": "DhcpConfigurations.Key", "value": "DhcpConfigurations.Values.Value"},
    ),
    "DescribeAddresses": Listing(
        member="Addresses", rows=_table("elastic_ips", Domain="vpc"), id="AllocationId", ids="AllocationIds",
        missing=("InvalidAllocationID.NotFound", "allocation ID"),
    ),
    "DescribeVpnGateways": Listing(
        member="VpnGateways", rows=_table("vpn_gateways", Type="ipsec.1"), id="VpnGatewayId", ids="VpnGatewayIds",
        missing=("InvalidVpnGatewayID.NotFound", "vpnGateway ID"),
        filters={"attachment.vpc-id": "VpcAttachments.VpcId", "attachment.state": "VpcAttachments.State"},
    ),
    "DescribeVpnConnections": Listing(
        member="VpnConnections", rows=_table("vpn_connections", Type="ipsec.1"), id="VpnConnectionId",
        ids="VpnConnectionIds", missing=("InvalidVpnConnectionID.NotFound", "vpnConnection ID"),
    ),
    "DescribeCustomerGateways": Listing(
        member="CustomerGateways", rows=_table("customer_gateways", Type="ipsec.1"), id="CustomerGatewayId",
        ids="CustomerGatewayIds", missing=("InvalidCustomerGatewayID.NotFound", "customerGateway ID"),
    ),
    "DescribeRegions": Listing(
        member="Regions", rows=_regions, id="RegionName", ids="RegionNames",
        missing=("InvalidParameterValue", "Region"),
    ),
    "DescribeAvailabilityZones": Listing(
        member="AvailabilityZones", rows=_zones, id="ZoneName", ids="ZoneNames",
        missing=("InvalidParameterValue", "zone"),
    ),
}  # fmt: skip


# Answering ----------------------------------------------------------------------


def answer(scope: Scope, call: Call) -> Response:
    """The answer to an EC2 call.  Raises AwsError as EC2 does."""
    if call.operation not in model("ec2").operations:
        raise AwsError("InvalidAction", f"The action {call.operation} is not valid for this web service.")
    asked = parameters(call.operation, call.params)
    if asked.get("DryRun") == "true":
        text = "Request would have succeeded, but DryRun flag is set."
        raise AwsError("DryRunOperation", text, 412)
    special = SPECIAL.get(call.operation)
    if special is not None:
        result = special(scope, asked)
    elif call.operation in LISTINGS:
        result = listed(LISTINGS[call.operation], scope, asked)
    else:
        raise _refused(call.operation)
    body = xml("ec2", call.operation, result, request_id())
    return Response(headers=XML, body=body)


def _refused(operation: str) -> AwsError:
    if operation.startswith(READING):
        return AwsError("UnsupportedOperation", f"The lab's estate does not hold what {operation} tells.")
    text = f"The lab answers EC2 from the estate, which {operation} cannot change: edit the estate and apply it."
    return AwsError("UnsupportedOperation", text)


def listed(listing: Listing, scope: Scope, asked: Mapping[str, Any]) -> dict[str, Any]:
    """One page of a describe call.  Raises AwsError for ids nobody has and filters there are not."""
    rows = list(listing.rows(scope))
    wanted = asked.get(listing.ids) or []
    if wanted:
        if "MaxResults" in asked:
            text = f"The parameter {listing.ids} cannot be used with the parameter maxResults"
            raise AwsError("InvalidParameterCombination", text)
        known = {row[listing.id] for row in rows}
        gone = [name for name in wanted if name not in known]
        if gone:
            code, what = listing.missing
            raise AwsError(code, f"The {what} '{', '.join(gone)}' does not exist")
        rows = [row for row in rows if row[listing.id] in wanted]
    for name, values in _filters(asked):
        rows = [row for row in rows if _passes(row, listing, name, values)]
    page, token = _page(rows, asked)
    return {listing.member: page, "NextToken": token}


def _filters(asked: Mapping[str, Any]) -> Iterator[tuple[str, tuple[re.Pattern[str], ...]]]:
    for row in asked.get("Filters") or asked.get("Filter") or ():
        values = row.get("Values", ())
        yield row.get("Name", ""), tuple(_pattern(value) for value in values)


def _pattern(text: str) -> re.Pattern[str]:
    """A filter value: ``*`` and ``?`` stand for anything."""
    return re.compile(re.escape(text).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def _passes(row: Mapping[str, Any], listing: Listing, name: str, values: Sequence[re.Pattern[str]]) -> bool:
    found = [("true" if v else "false") if isinstance(v, bool) else str(v) for v in _looked_at(row, listing, name)]
    return any(pattern.fullmatch(text) for pattern in values for text in found)


def _looked_at(row: Mapping[str, Any], listing: Listing, name: str) -> list[Any]:
    """What a filter compares.  Raises AwsError for one there is not."""
    head, colon, key = name.partition(":")
    if name == "tag-key" or (head == "tag" and colon):
        tags = _walk(row, (listing.filters.get("tag") or "Tags").split("."))
        return [t.key for t in tags] if name == "tag-key" else [t.value for t in tags if t.key == key]
    path = listing.filters.get(name)
    if path is None:
        path = "".join(word[:1].upper() + word[1:] for word in name.split("-"))
        if name == "tag" or (path not in row and path != "State"):
            raise AwsError("InvalidParameterValue", f"The filter '{name}' is invalid")
    return _walk(row, path.split("."))


def _walk(value: Any, path: Sequence[str]) -> list[Any]:
    """Everything at the end of a path of members, through lists."""
    if value is None or value == "":
        return []
    if isinstance(value, (list, tuple)):
        return [found for entry_ in value for found in _walk(entry_, path)]
    if not path:
        return [value]
    inner = value if isinstance(value, Mapping) else entry(value)
    return _walk(inner.get(path[0]), path[1:])


def _page(rows: list[Any], asked: Mapping[str, Any]) -> tuple[list[Any], str]:
    """The rows MaxResults and NextToken ask for, and the token of those that are left."""
    start = 0
    if asked.get("NextToken"):
        try:
            start = int(base64.b64decode(asked["NextToken"], validate=True))
        except ValueError:
            raise AwsError("InvalidNextToken", "The token is invalid") from None
    most = asked.get("MaxResults", "")
    if not most:
        return rows[start:], ""
    if not most.isdigit() or not 1 <= int(most) <= 1000:
        raise AwsError("InvalidParameterValue", f"Value ( {most} ) for parameter maxResults is invalid")
    end = start + int(most)
    return rows[start:end], base64.b64encode(str(end).encode()).decode() if end < len(rows) else ""


def parameters(operation: str, params: Mapping[str, str]) -> dict[str, Any]:
    """The form's ``Filter.1.Value.2=x`` as the members of the operation's input shape."""
    found = model("ec2")
    held = found.operations[operation].input
    if held is None:
        return {}
    out: dict[str, Any] = {}
    for member, reference in found.shapes[held.shape].members.items():
        name = _wire(member, reference)
        shape = found.shapes[reference.shape]
        if shape.type != "list":
            if name in params:
                out[member] = params[name]
            continue
        inner = found.shapes[shape.member.shape] if shape.member is not None else shape
        entries = [_indexed(params, f"{name}.{n}", found, inner) for n in _numbers(params, name)]
        if entries:
            out[member] = entries
    return out


def _indexed(params: Mapping[str, str], name: str, found: Any, shape: Any) -> Any:
    if shape.type != "structure":
        return params.get(name, "")
    out: dict[str, Any] = {}
    for member, reference in shape.members.items():
        inner = f"{name}.{_wire(member, reference)}"
        if found.shapes[reference.shape].type == "list":
            out[member] = [params[f"{inner}.{n}"] for n in _numbers(params, inner) if f"{inner}.{n}" in params]
        elif inner in params:
            out[member] = params[inner]
    return out


def _wire(member: str, reference: Any) -> str:
    name = reference.query_name or reference.location_name or member
    return name[:1].upper() + name[1:]


def _numbers(params: Mapping[str, str], name: str) -> list[int]:
    """The indexes of a list in the form, in order."""
    head = name + "."
    words = (key[len(head) :].partition(".")[0] for key in params if key.startswith(head))
    return sorted({int(word) for word in words if word.isdigit()})


# Calls of another shape ------------------------------------------------------------


def _vpc_attribute(scope: Scope, asked: Mapping[str, Any]) -> dict[str, Any]:
    vpc, name = asked.get("VpcId", ""), asked.get("Attribute", "")
    if vpc not in {row["VpcId"] for row in _vpcs(scope)}:
        raise AwsError("InvalidVpcID.NotFound", f"The vpc ID '{vpc}' does not exist")
    held = dns_attributes(scope.estate, vpc)
    values = {
        "enableDnsSupport": ("EnableDnsSupport", held.support is not False),
        "enableDnsHostnames": ("EnableDnsHostnames", bool(held.hostnames)),
        "enableNetworkAddressUsageMetrics": ("EnableNetworkAddressUsageMetrics", False),
    }
    if name not in values:
        raise AwsError("InvalidParameterValue", f"Value ({name}) for parameter attribute is invalid.")
    member, value = values[name]
    return {"VpcId": vpc, member: {"Value": value}}


def _prefix_list_entries(scope: Scope, asked: Mapping[str, Any]) -> dict[str, Any]:
    name = asked.get("PrefixListId", "")
    if name not in {row["PrefixListId"] for row in _managed_prefix_lists(scope)}:
        raise AwsError("InvalidPrefixListID.NotFound", f"The prefix list ID '{name}' does not exist")
    told = scope.estate.tables["prefix_list_entries"].get(name)
    if told is not None:
        rows: list[Any] = list(told.entries)
    else:
        rows = [{"Cidr": cidr} for cidr in scope.estate.prefix_list_cidrs.get(name, ())]
    page, token = _page(rows, asked)
    return {"Entries": page, "NextToken": token}


def _tgw_table(scope: Scope, asked: Mapping[str, Any]) -> str:
    name: str = asked.get("TransitGatewayRouteTableId", "")
    if name not in scope.estate.tables["tgw_route_tables"]:
        text = f"Transit Gateway Route Table {name} was deleted or does not exist."
        raise AwsError("InvalidRouteTableID.NotFound", text)
    return name


def _tgw_associations(scope: Scope, asked: Mapping[str, Any]) -> dict[str, Any]:
    table = _tgw_table(scope, asked)
    held = scope.estate.tables["tgw_associations"].get(table)
    if held is not None:
        rows: list[Any] = list(held.associations)
    else:
        mine = [i for i, t in scope.estate.tgw_table_by_attachment.items() if t == table]
        rows = [{"TransitGatewayAttachmentId": i, "State": "associated"} for i in mine]
    return {"Associations": rows}


def _tgw_propagations(scope: Scope, asked: Mapping[str, Any]) -> dict[str, Any]:
    held = scope.estate.tables["tgw_propagations"].get(_tgw_table(scope, asked))
    rows = held.transit_gateway_route_table_propagations if held is not None else ()
    return {"TransitGatewayRouteTablePropagations": rows}


def _tgw_routes(scope: Scope, asked: Mapping[str, Any]) -> dict[str, Any]:
    held = scope.estate.tables["tgw_routes"].get(_tgw_table(scope, asked))
    rows = [entry(route) for route in (held.routes if held is not None else ())]
    listing = Listing(
        member="Routes",
        rows=lambda _: rows,
        filters={
            "attachment.transit-gateway-attachment-id": "TransitGatewayAttachments.TransitGatewayAttachmentId",
            "attachment.resource-id": "TransitGatewayAttachments.ResourceId",
            "attachment.resource-type": "TransitGatewayAttachments.ResourceType",
            "route-search.exact-match": "DestinationCidrBlock",
        },
    )
    return listed(listing, scope, asked) | {"AdditionalRoutesAvailable": False}


SPECIAL: Mapping[str, Callable[[Scope, Mapping[str, Any]], dict[str, Any]]] = {
    "DescribeVpcAttribute": _vpc_attribute,
    "GetManagedPrefixListEntries": _prefix_list_entries,
    "GetTransitGatewayRouteTableAssociations": _tgw_associations,
    "GetTransitGatewayRouteTablePropagations": _tgw_propagations,
    "SearchTransitGatewayRoutes": _tgw_routes,
}
