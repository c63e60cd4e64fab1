"""AWS Network Firewall: firewalls, their policies and rule groups.

Each record is one ``describe-*`` answer as printed; the collector gathers the
answers in lists.
"""

from __future__ import annotations

import msgspec

from .record import Record, Tag


class FirewallSubnet(Record, frozen=True, kw_only=True):
    """A subnet the firewall has an endpoint in (NF1)."""

    subnet_id: str = ""


class FirewallBody(Record, frozen=True, kw_only=True):
    """The ``Firewall`` part of ``describe-firewall``."""

    firewall_arn: str = ""
    firewall_name: str = ""
    firewall_policy_arn: str = ""
    vpc_id: str = ""
    subnet_mappings: tuple[FirewallSubnet, ...] = ()
    transit_gateway_id: str = ""
    """Set when the firewall is attached to a TGW itself (NF10)."""
    tags: tuple[Tag, ...] = ()


class FirewallAttachment(Record, frozen=True, kw_only=True):
    """The endpoint in one AZ."""

    subnet_id: str = ""
    endpoint_id: str = ""
    status: str = "READY"


class SyncState(Record, frozen=True, kw_only=True):
    """One AZ of a firewall."""

    attachment: FirewallAttachment = FirewallAttachment()


class TgwSyncState(Record, frozen=True, kw_only=True):
    """The TGW attachment of a firewall (NF10)."""

    attachment_id: str = ""
    transit_gateway_attachment_status: str = "READY"


class FirewallStatus(Record, frozen=True, kw_only=True):
    """The ``FirewallStatus`` part of ``describe-firewall``: AZ -> endpoint."""

    status: str = "READY"
    sync_states: dict[str, SyncState] = {}
    transit_gateway_attachment_sync_state: TgwSyncState | None = None


class Firewall(Record, frozen=True, kw_only=True):
    """``network-firewall describe-firewall``."""

    firewall: FirewallBody
    firewall_status: FirewallStatus = FirewallStatus()

    @property
    def firewall_arn(self) -> str:
        """The id policies and associations name it by."""
        return self.firewall.firewall_arn or self.firewall.firewall_name

    @property
    def tags(self) -> tuple[Tag, ...]:
        """Tags of the firewall."""
        return self.firewall.tags


class AssociationBody(Record, frozen=True, kw_only=True):
    """The ``VpcEndpointAssociation`` part: an endpoint of the firewall in a further VPC or subnet."""

    vpc_endpoint_association_arn: str = ""
    firewall_arn: str = ""
    vpc_id: str = ""


class AssociationStatus(Record, frozen=True, kw_only=True):
    """AZ -> endpoint of an association."""

    status: str = "READY"
    association_sync_state: dict[str, SyncState] = {}


class FirewallEndpointAssociation(Record, frozen=True, kw_only=True):
    """``network-firewall describe-vpc-endpoint-association``."""

    vpc_endpoint_association: AssociationBody
    vpc_endpoint_association_status: AssociationStatus = AssociationStatus()

    @property
    def association_arn(self) -> str:
        """Its id."""
        return self.vpc_endpoint_association.vpc_endpoint_association_arn


class Override(Record, frozen=True, kw_only=True):
    """``DROP_TO_ALERT`` turns the drops of a group into alerts."""

    action: str = ""


class GroupReference(Record, frozen=True, kw_only=True):
    """A rule group used by a policy; ``priority`` orders groups, smallest first."""

    resource_arn: str = ""
    priority: int = 0
    override: Override | None = None


class IpSet(Record, frozen=True, kw_only=True):
    """CIDRs, or ports, of a variable."""

    definition: tuple[str, ...] = ()


class PolicyVariables(Record, frozen=True, kw_only=True):
    """Variables of the whole policy, ``HOME_NET`` above all (NF7)."""

    rule_variables: dict[str, IpSet] = {}


class EngineOptions(Record, frozen=True, kw_only=True):
    """``DEFAULT_ACTION_ORDER`` or ``STRICT_ORDER`` (NF3); what happens to flows broken midstream."""

    rule_order: str = "DEFAULT_ACTION_ORDER"
    stream_exception_policy: str = "DROP"


class PolicyBody(Record, frozen=True, kw_only=True):
    """The ``FirewallPolicy`` part of ``describe-firewall-policy``."""

    stateless_rule_group_references: tuple[GroupReference, ...] = ()
    stateless_default_actions: tuple[str, ...] = ()
    stateful_rule_group_references: tuple[GroupReference, ...] = ()
    stateful_default_actions: tuple[str, ...] = ()
    stateful_engine_options: EngineOptions = EngineOptions()
    policy_variables: PolicyVariables = PolicyVariables()
    tls_inspection_configuration_arn: str = msgspec.field(default="", name="TLSInspectionConfigurationArn")


class PolicyResponse(Record, frozen=True, kw_only=True):
    """The ``FirewallPolicyResponse`` part."""

    firewall_policy_arn: str = ""
    firewall_policy_name: str = ""
    tags: tuple[Tag, ...] = ()


class FirewallPolicy(Record, frozen=True, kw_only=True):
    """``network-firewall describe-firewall-policy``."""

    firewall_policy_response: PolicyResponse
    firewall_policy: PolicyBody = PolicyBody()

    @property
    def firewall_policy_arn(self) -> str:
        """The id firewalls name it by."""
        return self.firewall_policy_response.firewall_policy_arn


class RuleVariables(Record, frozen=True, kw_only=True):
    """Variables of one rule group."""

    ip_sets: dict[str, IpSet] = msgspec.field(default_factory=dict, name="IPSets")
    port_sets: dict[str, IpSet] = {}


class IpSetReference(Record, frozen=True, kw_only=True):
    """A prefix list (or resource group) that rules name as ``@NAME``."""

    reference_arn: str = ""


class ReferenceSets(Record, frozen=True, kw_only=True):
    """``@NAME`` -> what it stands for."""

    ip_set_references: dict[str, IpSetReference] = msgspec.field(default_factory=dict, name="IPSetReferences")


class RulesSourceList(Record, frozen=True, kw_only=True):
    """A domain list (NF6)."""

    targets: tuple[str, ...] = ()
    target_types: tuple[str, ...] = ()
    generated_rules_type: str = "ALLOWLIST"


class RuleHeader(Record, frozen=True, kw_only=True):
    """5-tuple of a stateful rule; ``ANY`` or Suricata's own spelling in each field."""

    protocol: str = "IP"
    source: str = "ANY"
    source_port: str = "ANY"
    direction: str = "FORWARD"
    destination: str = "ANY"
    destination_port: str = "ANY"


class RuleOption(Record, frozen=True, kw_only=True):
    """A keyword with its settings."""

    keyword: str = ""
    settings: tuple[str, ...] = ()


class StatefulRule(Record, frozen=True, kw_only=True):
    """A standard stateful rule."""

    action: str = "PASS"
    header: RuleHeader = RuleHeader()
    rule_options: tuple[RuleOption, ...] = ()


class MatchAddress(Record, frozen=True, kw_only=True):
    """One CIDR."""

    address_definition: str = ""


class MatchPorts(Record, frozen=True, kw_only=True):
    """One port range."""

    from_port: int = 0
    to_port: int = 65535


class TcpFlags(Record, frozen=True, kw_only=True):
    """TCP flags that must be set among those looked at."""

    flags: tuple[str, ...] = ()
    masks: tuple[str, ...] = ()


class MatchAttributes(Record, frozen=True, kw_only=True):
    """What a stateless rule matches; an empty list matches anything."""

    sources: tuple[MatchAddress, ...] = ()
    destinations: tuple[MatchAddress, ...] = ()
    source_ports: tuple[MatchPorts, ...] = ()
    destination_ports: tuple[MatchPorts, ...] = ()
    protocols: tuple[int, ...] = ()
    tcp_flags: tuple[TcpFlags, ...] = msgspec.field(default=(), name="TCPFlags")


class RuleDefinition(Record, frozen=True, kw_only=True):
    """Match and actions."""

    match_attributes: MatchAttributes = MatchAttributes()
    actions: tuple[str, ...] = ()


class StatelessRule(Record, frozen=True, kw_only=True):
    """A stateless rule; smaller ``priority`` first."""

    rule_definition: RuleDefinition = RuleDefinition()
    priority: int = 0


class StatelessRules(Record, frozen=True, kw_only=True):
    """The stateless rules of a group."""

    stateless_rules: tuple[StatelessRule, ...] = ()


class RulesSource(Record, frozen=True, kw_only=True):
    """One of: a Suricata text, a domain list, stateful rules, stateless rules."""

    rules_string: str = ""
    rules_source_list: RulesSourceList | None = None
    stateful_rules: tuple[StatefulRule, ...] = ()
    stateless_rules_and_custom_actions: StatelessRules | None = None


class GroupBody(Record, frozen=True, kw_only=True):
    """The ``RuleGroup`` part of ``describe-rule-group``."""

    rule_variables: RuleVariables = RuleVariables()
    reference_sets: ReferenceSets = ReferenceSets()
    rules_source: RulesSource = RulesSource()


class GroupResponse(Record, frozen=True, kw_only=True):
    """The ``RuleGroupResponse`` part."""

    rule_group_arn: str = ""
    rule_group_name: str = ""
    type: str = "STATEFUL"
    tags: tuple[Tag, ...] = ()


class RuleGroup(Record, frozen=True, kw_only=True):
    """``network-firewall describe-rule-group``; no ``RuleGroup`` part where AWS does not show the rules."""

    rule_group_response: GroupResponse
    rule_group: GroupBody | None = None

    @property
    def rule_group_arn(self) -> str:
        """The id policies name it by."""
        return self.rule_group_response.rule_group_arn

    @property
    def name(self) -> str:
        """Short name."""
        return self.rule_group_response.rule_group_name or self.rule_group_arn.rpartition("/")[2]
