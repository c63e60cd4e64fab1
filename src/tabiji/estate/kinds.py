"""Every kind of thing an estate can hold, in one table.

``type`` is the file and class of the record (loaded when first used), ``keys``
the top-level JSON keys of the ``describe-*`` output the kind is read from,
``id`` the field(s) that identify a record.  To add a kind, write its record in
a file of its own and add one line here.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple


class Kind(NamedTuple):
    """One kind: attribute name in the estate, record type, identifying fields, JSON keys.

    ``by_hand`` kinds come from YAML only.  ``regional`` kinds are expected
    once per Region in a snapshot; others once per account.
    """

    name: str
    type: str
    id: tuple[str, ...]
    keys: tuple[str, ...] = ()
    by_hand: bool = False
    regional: bool = True

    @property
    def record(self) -> Any:
        """The record type."""
        module, name = self.type.split(".")
        return getattr(import_module(f".{module}", __package__), name)


KINDS: tuple[Kind, ...] = (
    Kind("availability_zones", "availability_zone.AvailabilityZone", ("zone_name",), ("AvailabilityZones",)),
    Kind("vpcs", "vpc.Vpc", ("vpc_id",), ("Vpcs",)),
    Kind("vpc_attributes", "vpc.VpcAttributes", ("vpc_id",), ("VpcAttributes",)),
    Kind("subnets", "subnet.Subnet", ("subnet_id",), ("Subnets",)),
    Kind("route_tables", "route_table.RouteTable", ("route_table_id",), ("RouteTables",)),
    Kind("network_acls", "network_acl.NetworkAcl", ("network_acl_id",), ("NetworkAcls",)),
    Kind("security_groups", "security_group.SecurityGroup", ("group_id",), ("SecurityGroups",)),
    Kind(
        "security_group_rules", "security_group.SecurityGroupRule", ("security_group_rule_id",), ("SecurityGroupRules",)
    ),
    Kind(
        "security_group_vpc_associations",
        "security_group.SecurityGroupVpcAssociation",
        ("group_id", "vpc_id"),
        ("SecurityGroupVpcAssociations",),
    ),
    Kind("network_interfaces", "network_interface.NetworkInterface", ("network_interface_id",), ("NetworkInterfaces",)),
    Kind("instances", "instance.Instance", ("instance_id",), ("Instances",)),
    Kind("internet_gateways", "internet_gateway.InternetGateway", ("internet_gateway_id",), ("InternetGateways",)),
    Kind(
        "egress_only_internet_gateways",
        "internet_gateway.EgressOnlyInternetGateway",
        ("egress_only_internet_gateway_id",),
        ("EgressOnlyInternetGateways",),
    ),
    Kind("carrier_gateways", "internet_gateway.CarrierGateway", ("carrier_gateway_id",), ("CarrierGateways",)),
    Kind(
        "block_public_access_options",
        "internet_gateway.BlockPublicAccessOptions",
        ("aws_account_id", "aws_region"),
        ("VpcBlockPublicAccessOptions",),
    ),
    Kind(
        "block_public_access_exclusions",
        "internet_gateway.BlockPublicAccessExclusion",
        ("exclusion_id",),
        ("VpcBlockPublicAccessExclusions",),
    ),
    Kind("nat_gateways", "nat_gateway.NatGateway", ("nat_gateway_id",), ("NatGateways",)),
    Kind("elastic_ips", "nat_gateway.ElasticIp", ("public_ip",), ("Addresses",)),
    Kind("prefix_lists", "prefix_list.PrefixList", ("prefix_list_id",), ("PrefixLists",)),
    Kind("managed_prefix_lists", "prefix_list.ManagedPrefixList", ("prefix_list_id",), ("ManagedPrefixLists",)),
    Kind("prefix_list_entries", "prefix_list.PrefixListEntries", ("prefix_list_id",), ("PrefixListEntries",)),
    Kind("peerings", "peering.VpcPeeringConnection", ("vpc_peering_connection_id",), ("VpcPeeringConnections",)),
    Kind("transit_gateways", "transit_gateway.TransitGateway", ("transit_gateway_id",), ("TransitGateways",)),
    Kind(
        "tgw_attachments",
        "transit_gateway.TransitGatewayAttachment",
        ("transit_gateway_attachment_id",),
        ("TransitGatewayAttachments",),
    ),
    Kind(
        "tgw_vpc_attachments",
        "transit_gateway.TransitGatewayVpcAttachment",
        ("transit_gateway_attachment_id",),
        ("TransitGatewayVpcAttachments",),
    ),
    Kind(
        "tgw_peering_attachments",
        "transit_gateway.TransitGatewayPeeringAttachment",
        ("transit_gateway_attachment_id",),
        ("TransitGatewayPeeringAttachments",),
    ),
    Kind(
        "tgw_connects",
        "transit_gateway.TransitGatewayConnect",
        ("transit_gateway_attachment_id",),
        ("TransitGatewayConnects",),
    ),
    Kind(
        "tgw_route_tables",
        "transit_gateway.TransitGatewayRouteTable",
        ("transit_gateway_route_table_id",),
        ("TransitGatewayRouteTables",),
    ),
    Kind(
        "tgw_associations",
        "transit_gateway.TransitGatewayAssociations",
        ("transit_gateway_route_table_id",),
        ("TransitGatewayAssociations",),
    ),
    Kind(
        "tgw_propagations",
        "transit_gateway.TransitGatewayPropagations",
        ("transit_gateway_route_table_id",),
        ("TransitGatewayPropagations",),
    ),
    Kind(
        "tgw_routes",
        "transit_gateway.TransitGatewayRoutes",
        ("transit_gateway_route_table_id",),
        ("TransitGatewayRoutes", "TransitGatewayStaticRoutes"),
    ),
    Kind("vpn_gateways", "vpn.VpnGateway", ("vpn_gateway_id",), ("VpnGateways",)),
    Kind("customer_gateways", "vpn.CustomerGateway", ("customer_gateway_id",), ("CustomerGateways",)),
    Kind("vpn_connections", "vpn.VpnConnection", ("vpn_connection_id",), ("VpnConnections",)),
    Kind(
        "direct_connect_gateways",
        "vpn.DirectConnectGateway",
        ("direct_connect_gateway_id",),
        ("directConnectGateways",),
        regional=False,
    ),
    Kind(
        "direct_connect_gateway_associations",
        "vpn.DirectConnectGatewayAssociation",
        ("association_id",),
        ("directConnectGatewayAssociations",),
        regional=False,
    ),
    Kind("virtual_interfaces", "vpn.VirtualInterface", ("virtual_interface_id",), ("virtualInterfaces",)),
    Kind("client_vpn_endpoints", "vpn.ClientVpnEndpoint", ("client_vpn_endpoint_id",), ("ClientVpnEndpoints",)),
    Kind(
        "client_vpn_routes",
        "client_vpn.ClientVpnRoute",
        ("client_vpn_endpoint_id", "destination_cidr", "target_subnet"),
        ("ClientVpnRoutes",),
    ),
    Kind(
        "client_vpn_authorization_rules",
        "client_vpn.ClientVpnAuthorizationRule",
        ("client_vpn_endpoint_id", "destination_cidr", "group_id"),
        ("ClientVpnAuthorizationRules",),
    ),
    Kind(
        "client_vpn_target_networks",
        "client_vpn.ClientVpnTargetNetwork",
        ("association_id",),
        ("ClientVpnTargetNetworks",),
    ),
    Kind("network_firewalls", "network_firewall.Firewall", ("firewall_arn",), ("NetworkFirewalls",)),
    Kind(
        "network_firewall_policies",
        "network_firewall.FirewallPolicy",
        ("firewall_policy_arn",),
        ("NetworkFirewallPolicies",),
    ),
    Kind(
        "network_firewall_rule_groups",
        "network_firewall.RuleGroup",
        ("rule_group_arn",),
        ("NetworkFirewallRuleGroups",),
    ),
    Kind(
        "network_firewall_endpoint_associations",
        "network_firewall.FirewallEndpointAssociation",
        ("association_arn",),
        ("NetworkFirewallVpcEndpointAssociations",),
    ),
    Kind("core_networks", "cloud_wan.CoreNetwork", ("core_network_id",), ("CoreNetworks",), regional=False),
    Kind(
        "core_network_policies",
        "cloud_wan.CoreNetworkPolicy",
        ("core_network_id",),
        ("CoreNetworkPolicies",),
        regional=False,
    ),
    Kind(
        "core_network_attachments",
        "cloud_wan.CoreNetworkAttachment",
        ("attachment_id",),
        ("CoreNetworkAttachments",),
        regional=False,
    ),
    Kind(
        "core_network_vpc_attachments",
        "cloud_wan.CoreNetworkVpcAttachment",
        ("attachment_id",),
        ("CoreNetworkVpcAttachments",),
        regional=False,
    ),
    Kind("lattice_vpc_associations", "lattice.LatticeVpcAssociation", ("id",), ("LatticeVpcAssociations",)),
    Kind("vpc_endpoints", "vpc_endpoint.VpcEndpoint", ("vpc_endpoint_id",), ("VpcEndpoints",)),
    Kind("vpc_endpoint_services", "vpc_endpoint.VpcEndpointService", ("service_name",), ("ServiceDetails",)),
    Kind(
        "vpc_endpoint_service_configurations",
        "vpc_endpoint.VpcEndpointServiceConfiguration",
        ("service_id",),
        ("ServiceConfigurations",),
    ),
    Kind("dhcp_options", "resolver.DhcpOptions", ("dhcp_options_id",), ("DhcpOptions",)),
    Kind("resolver_endpoints", "resolver.ResolverEndpoint", ("id",), ("ResolverEndpoints",)),
    Kind(
        "resolver_endpoint_ips",
        "resolver.ResolverEndpointIps",
        ("resolver_endpoint_id",),
        ("ResolverEndpointIpAddresses",),
    ),
    Kind("resolver_rules", "resolver.ResolverRule", ("id",), ("ResolverRules",)),
    Kind(
        "resolver_rule_associations",
        "resolver.ResolverRuleAssociation",
        ("id",),
        ("ResolverRuleAssociations",),
    ),
    Kind("firewall_domain_lists", "resolver.FirewallDomainList", ("id",), ("FirewallDomainLists",)),
    Kind("firewall_rule_groups", "resolver.FirewallRuleGroup", ("id",), ("FirewallRuleGroups",)),
    Kind(
        "firewall_rule_group_associations",
        "resolver.FirewallRuleGroupAssociation",
        ("id",),
        ("FirewallRuleGroupAssociations",),
    ),
    Kind("firewall_configs", "resolver.FirewallConfig", ("resource_id",), ("FirewallConfigs",)),
    Kind("profiles", "resolver.Profile", ("id",), ("Profiles",)),
    Kind("profile_associations", "resolver.ProfileAssociation", ("id",), ("ProfileAssociations",)),
    Kind("hosted_zones", "hosted_zone.HostedZone", ("id",), ("HostedZones",), regional=False),
    Kind(
        "hosted_zone_records",
        "hosted_zone.HostedZoneRecords",
        ("hosted_zone_id",),
        ("HostedZoneRecords",),
        regional=False,
    ),
    Kind("hosted_zones_by_vpc", "hosted_zone.HostedZonesByVpc", ("vpc_id",), ("HostedZonesByVpc",), regional=False),
    Kind("load_balancers", "load_balancer.LoadBalancer", ("load_balancer_arn",), ("LoadBalancers",)),
    Kind(
        "classic_load_balancers",
        "load_balancer.ClassicLoadBalancer",
        ("vpc_id", "load_balancer_name"),
        ("LoadBalancerDescriptions",),
    ),
    Kind(
        "load_balancer_attributes",
        "load_balancer.LoadBalancerAttributes",
        ("load_balancer_arn",),
        ("LoadBalancerAttributes",),
    ),
    Kind(
        "load_balancer_listeners",
        "load_balancer.LoadBalancerListeners",
        ("load_balancer_arn",),
        ("LoadBalancerListeners",),
    ),
    Kind("listener_rules", "load_balancer.ListenerRule", ("rule_arn",), ("Rules",)),
    Kind("target_groups", "load_balancer.TargetGroup", ("target_group_arn",), ("TargetGroups",)),
    Kind(
        "target_group_attributes",
        "load_balancer.TargetGroupAttributes",
        ("target_group_arn",),
        ("TargetGroupAttributes",),
    ),
    Kind(
        "target_health",
        "load_balancer.TargetHealthOfGroup",
        ("target_group_arn",),
        ("LoadBalancerTargetHealth",),
    ),
    Kind("db_instances", "managed_service.DbInstance", ("db_instance_identifier",), ("DBInstances",)),
    Kind("cache_clusters", "managed_service.CacheCluster", ("cache_cluster_id",), ("CacheClusters",)),
    Kind("redshift_clusters", "managed_service.Redshift", ("cluster_identifier",), ("RedshiftClusters",)),
    Kind("sites", "site.Site", ("name",), by_hand=True),
    Kind("hosts", "site.Host", ("name",), by_hand=True),
    Kind("dns_servers", "site.DnsServer", ("name",), by_hand=True),
    Kind("public_names", "site.PublicName", ("name",), by_hand=True),
    Kind("public_hosts", "site.PublicHost", ("address",), by_hand=True),
    Kind("principals", "policy.Principal", ("arn",), by_hand=True),
    Kind("resource_policies", "policy.ResourcePolicy", ("arn",), by_hand=True),
    Kind("organization_policies", "policy.OrganizationPolicy", ("name",), by_hand=True),
    Kind("switches", "site.Switch", ("fact",), by_hand=True),
)

BY_NAME: dict[str, Kind] = {kind.name: kind for kind in KINDS}
BY_KEY: dict[str, Kind] = {key: kind for kind in KINDS for key in kind.keys}


def record_id(kind: Kind, record: Any) -> str:
    """The id a record goes by in its table; several fields are joined by ``/``."""
    if len(kind.id) == 1:
        return str(getattr(record, kind.id[0]))
    return "/".join(str(getattr(record, field)) for field in kind.id)
