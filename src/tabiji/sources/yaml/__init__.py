"""The sections of a hand-written estate, one file an AWS thing.

``SECTIONS`` is the order in which they are built; every entry is declared (id
and name) before the first one is built, so references may point forward.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple


class Section(NamedTuple):
    """A top-level key: the module with its types, ``in_vpc`` if it may also stand inside a VPC."""

    name: str
    module: str
    spec: str
    in_vpc: bool = False
    plain: bool = False
    """The section is one value, not a mapping of named entries."""

    def load(self) -> Any:
        """The module; imported only when the section is used."""
        return import_module(f".{self.module}", __name__)


SECTIONS: tuple[Section, ...] = (
    Section("switches", "options", "Switches", plain=True),
    Section("dhcp_options", "options", "DhcpOptionsSpec"),
    Section("vpcs", "vpc", "VpcSpec"),
    Section("prefix_lists", "prefix_list", "PrefixListSpec"),
    Section("internet_gateways", "internet_gateway", "InternetGatewaySpec", in_vpc=True),
    Section("egress_only_internet_gateways", "internet_gateway", "EgressOnlySpec", in_vpc=True),
    Section("vpn_gateways", "vpn", "VpnGatewaySpec", in_vpc=True),
    Section("subnets", "subnet", "SubnetSpec", in_vpc=True),
    Section("security_groups", "security_group", "SecurityGroupSpec", in_vpc=True),
    Section("network_acls", "network_acl", "NetworkAclSpec", in_vpc=True),
    Section("elastic_ips", "nat_gateway", "ElasticIpSpec"),
    Section("instances", "instance", "InstanceSpec", in_vpc=True),
    Section("interfaces", "instance", "InterfaceSpec", in_vpc=True),
    Section("nat_gateways", "nat_gateway", "NatGatewaySpec", in_vpc=True),
    Section("peerings", "peering", "PeeringSpec"),
    Section("transit_gateways", "transit_gateway", "TransitGatewaySpec"),
    Section("tgw_peerings", "transit_gateway", "TgwPeeringSpec"),
    Section("vpn_connections", "vpn", "VpnConnectionSpec"),
    Section("direct_connect_gateways", "vpn", "DirectConnectGatewaySpec"),
    Section("sites", "site", "SiteSpec"),
    Section("load_balancers", "load_balancer", "LoadBalancerSpec", in_vpc=True),
    Section("target_groups", "load_balancer", "TargetGroupSpec", in_vpc=True),
    Section("endpoint_services", "endpoint", "EndpointServiceSpec"),
    Section("endpoints", "endpoint", "EndpointSpec", in_vpc=True),
    Section("network_firewalls", "network_firewall", "NetworkFirewallSpec", in_vpc=True),
    Section("route_tables", "route_table", "RouteTableSpec", in_vpc=True),
    Section("hosted_zones", "hosted_zone", "HostedZoneSpec"),
    Section("resolver_endpoints", "resolver", "ResolverEndpointSpec", in_vpc=True),
    Section("resolver_rules", "resolver", "ResolverRuleSpec"),
    Section("dns_firewall", "resolver", "DnsFirewallSpec"),
    Section("profiles", "resolver", "ProfileSpec"),
    Section("block_public_access", "options", "BlockPublicAccessSpec"),
    Section("hosts", "site", "HostSpec"),
    Section("dns_servers", "site", "DnsServerSpec"),
    Section("public_names", "site", "PublicNameSpec"),
    Section("public_hosts", "site", "PublicHostSpec"),
    Section("principals", "policy", "PrincipalSpec"),
    Section("bucket_policies", "policy", "BucketPolicySpec"),
    Section("resource_policies", "policy", "ResourcePolicySpec"),
    Section("organization_policies", "policy", "OrganizationPolicySpec"),
    Section("records", "raw", "Records", plain=True),
    Section("patch", "raw", "Patch", plain=True),
    Section("remove", "raw", "Remove", plain=True),
)
