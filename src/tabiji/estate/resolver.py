"""Route 53 Resolver: endpoints, rules, DNS Firewall; DHCP option sets; Profiles."""

import msgspec

from .record import Record, Tag


class DhcpValue(Record, frozen=True, kw_only=True):
    """One value of a DHCP option."""

    value: str = ""


class DhcpConfiguration(Record, frozen=True, kw_only=True):
    """One DHCP option."""

    key: str
    values: tuple[DhcpValue, ...] = ()


class DhcpOptions(Record, frozen=True, kw_only=True):
    """``describe-dhcp-options`` (names N1.1-N1.4)."""

    dhcp_options_id: str
    dhcp_configurations: tuple[DhcpConfiguration, ...] = ()
    tags: tuple[Tag, ...] = ()

    def values(self, key: str) -> tuple[str, ...] | None:
        """Values of an option such as ``domain-name-servers``; None when unset."""
        for entry in self.dhcp_configurations:
            if entry.key == key:
                return tuple(v.value for v in entry.values)
        return None


class ResolverIp(Record, frozen=True, kw_only=True):
    """One address (ENI) of a Resolver endpoint."""

    ip: str = ""
    ipv6: str = ""
    subnet_id: str = ""
    status: str = "ATTACHED"


class ResolverEndpoint(Record, frozen=True, kw_only=True):
    """``route53resolver list-resolver-endpoints`` with its addresses joined (names 2.7)."""

    id: str
    name: str = ""
    direction: str = "INBOUND"
    host_vpc_id: str = msgspec.field(default="", name="HostVPCId")
    status: str = "OPERATIONAL"
    security_group_ids: tuple[str, ...] = ()
    ip_addresses: tuple[ResolverIp, ...] = ()
    protocols: tuple[str, ...] = ("Do53",)
    resolver_endpoint_type: str = "IPV4"
    dns64: bool = False


class ResolverEndpointIps(Record, frozen=True, kw_only=True):
    """``list-resolver-endpoint-ip-addresses`` of one endpoint, id put in by the collector."""

    resolver_endpoint_id: str
    ip_addresses: tuple[ResolverIp, ...] = ()


class TargetIp(Record, frozen=True, kw_only=True):
    """A server a FORWARD rule sends to."""

    ip: str = ""
    ipv6: str = ""
    port: int = 53
    protocol: str = "Do53"


class ResolverRule(Record, frozen=True, kw_only=True):
    """``list-resolver-rules`` (names N2.4d)."""

    id: str
    name: str = ""
    domain_name: str = "."
    rule_type: str = "FORWARD"
    resolver_endpoint_id: str = ""
    target_ips: tuple[TargetIp, ...] = ()
    delegation_record: str = ""
    owner_id: str = ""
    status: str = "COMPLETE"


class ResolverRuleAssociation(Record, frozen=True, kw_only=True):
    """``list-resolver-rule-associations``."""

    id: str
    resolver_rule_id: str = ""
    vpc_id: str = msgspec.field(default="", name="VPCId")
    status: str = "COMPLETE"


class FirewallDomainList(Record, frozen=True, kw_only=True):
    """``list-firewall-domain-lists`` with its domains joined."""

    id: str
    name: str = ""
    domains: tuple[str, ...] = ()


class FirewallRule(Record, frozen=True, kw_only=True):
    """``list-firewall-rules`` (names N2.9)."""

    firewall_rule_group_id: str = ""
    firewall_domain_list_id: str = ""
    name: str = ""
    priority: int = 0
    action: str = "ALLOW"
    block_response: str = "NODATA"
    block_override_domain: str = ""
    block_override_dns_type: str = "CNAME"
    block_override_ttl: int = 0
    qtype: str = ""
    firewall_domain_redirection_action: str = "INSPECT_REDIRECTION_DOMAIN"


class FirewallRuleGroup(Record, frozen=True, kw_only=True):
    """``list-firewall-rule-groups`` with its rules joined."""

    id: str
    name: str = ""
    rules: tuple[FirewallRule, ...] = ()


class FirewallRuleGroupAssociation(Record, frozen=True, kw_only=True):
    """``list-firewall-rule-group-associations``."""

    id: str
    firewall_rule_group_id: str = ""
    vpc_id: str = ""
    priority: int = 0
    status: str = "COMPLETE"


class FirewallConfig(Record, frozen=True, kw_only=True):
    """``list-firewall-configs``: fail open or closed (N2.9d)."""

    id: str = ""
    resource_id: str = ""
    firewall_fail_open: str = "DISABLED"


class ProfileResource(Record, frozen=True, kw_only=True):
    """A resource carried by a Profile (names N2.8a)."""

    resource_arn: str = ""
    resource_type: str = ""
    resource_properties: str = ""
    """JSON text: ``{"priority": 102}`` for a DNS Firewall rule group."""
    status: str = "COMPLETE"


class Profile(Record, frozen=True, kw_only=True):
    """``route53profiles list-profiles`` with its resources joined."""

    id: str
    name: str = ""
    resources: tuple[ProfileResource, ...] = ()


class ProfileAssociation(Record, frozen=True, kw_only=True):
    """``route53profiles list-profile-associations``."""

    id: str
    profile_id: str = ""
    resource_id: str = ""
    priority: int = 100
    status: str = "COMPLETE"
