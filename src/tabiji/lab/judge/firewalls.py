"""Random Network Firewalls: stateless and stateful rules on addresses and ports only."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from ...estate.network_firewall import (
    EngineOptions,
    Firewall,
    FirewallAttachment,
    FirewallBody,
    FirewallPolicy,
    FirewallStatus,
    FirewallSubnet,
    GroupBody,
    GroupReference,
    GroupResponse,
    MatchAddress,
    MatchAttributes,
    MatchPorts,
    PolicyBody,
    PolicyResponse,
    RuleDefinition,
    RuleGroup,
    RuleHeader,
    RuleOption,
    RulesSource,
    StatefulRule,
    StatelessRule,
    StatelessRules,
    SyncState,
)
from .draft import PORTS

if TYPE_CHECKING:
    from ...estate.subnet import Subnet

ARN = "arn:aws:network-firewall:ap-northeast-1:111122223333:"
NETS = ("10.0.0.0/8", "10.0.0.0/16", "10.1.0.0/16", "198.51.100.0/24", "192.168.100.0/24", "0.0.0.0/0")
FORWARD, PASS, DROP = "aws:forward_to_sfe", "aws:pass", "aws:drop"


def firewall_records(rng: Random, name: str, endpoint: str, subnet: Subnet) -> list[tuple[str, Any]]:
    """A firewall with one endpoint in a subnet, its policy and its rule groups: (kind, record)."""
    stateless = _group(f"{ARN}stateless-rulegroup/{name}", "STATELESS", _stateless(rng))
    stateful = _group(f"{ARN}stateful-rulegroup/{name}", "STATEFUL", _stateful(rng))
    arn, policy = f"{ARN}firewall/{name}", f"{ARN}firewall-policy/{name}"
    strict = rng.random() < 0.4
    body = PolicyBody(
        stateless_rule_group_references=(GroupReference(resource_arn=stateless.rule_group_arn, priority=1),),
        stateless_default_actions=(rng.choice((FORWARD, FORWARD, FORWARD, FORWARD, PASS, DROP)),),
        stateful_rule_group_references=(GroupReference(resource_arn=stateful.rule_group_arn, priority=1),),
        stateful_default_actions=(("aws:drop_strict",) if strict and rng.random() < 0.4 else ()),
        stateful_engine_options=EngineOptions(rule_order="STRICT_ORDER" if strict else "DEFAULT_ACTION_ORDER"),
    )
    sync = {subnet.availability_zone: _attached(subnet.subnet_id, endpoint)}
    firewall = FirewallBody(
        firewall_arn=arn,
        firewall_name=name,
        firewall_policy_arn=policy,
        vpc_id=subnet.vpc_id,
        subnet_mappings=(FirewallSubnet(subnet_id=subnet.subnet_id),),
    )
    response = PolicyResponse(firewall_policy_arn=policy, firewall_policy_name=name)
    return [
        ("network_firewall_rule_groups", stateless),
        ("network_firewall_rule_groups", stateful),
        (
            "network_firewall_policies",
            FirewallPolicy(firewall_policy_response=response, firewall_policy=body),
        ),
        ("network_firewalls", Firewall(firewall=firewall, firewall_status=FirewallStatus(sync_states=sync))),
    ]


def _attached(subnet: str, endpoint: str) -> SyncState:
    return SyncState(attachment=FirewallAttachment(subnet_id=subnet, endpoint_id=endpoint))


def _group(arn: str, kind: str, source: RulesSource) -> RuleGroup:
    response = GroupResponse(rule_group_arn=arn, rule_group_name=arn.rpartition("/")[2], type=kind)
    return RuleGroup(rule_group_response=response, rule_group=GroupBody(rules_source=source))


def _stateless(rng: Random) -> RulesSource:
    rules = []
    for priority in rng.sample(range(1, 100), rng.randint(0, 3)):
        match = MatchAttributes(
            sources=(MatchAddress(address_definition=rng.choice(NETS)),),
            destinations=(MatchAddress(address_definition=rng.choice(NETS)),),
            destination_ports=(_ports(rng),) if rng.random() < 0.6 else (),
            protocols=rng.choice(((6,), (17,), (6, 17), (1,))),
        )
        actions = (rng.choice((PASS, DROP, FORWARD)),)
        definition = RuleDefinition(match_attributes=match, actions=actions)
        rules.append(StatelessRule(rule_definition=definition, priority=priority))
    return RulesSource(stateless_rules_and_custom_actions=StatelessRules(stateless_rules=tuple(rules)))


def _ports(rng: Random) -> MatchPorts:
    port = rng.choice(PORTS)
    low, high = rng.choice(((port, port), (port, port), (1, 1023), (0, 65535)))
    return MatchPorts(from_port=low, to_port=high)


def _stateful(rng: Random) -> RulesSource:
    rules = []
    for number in range(rng.randint(0, 3)):
        protocol = rng.choice(("TCP", "TCP", "UDP", "ICMP", "IP"))
        header = RuleHeader(
            protocol=protocol,
            source=rng.choice(("ANY", *NETS[:5])),
            destination=rng.choice(("ANY", *NETS[:5])),
            destination_port=rng.choice(("ANY", *map(str, PORTS), "1:1023")) if protocol in ("TCP", "UDP") else "ANY",
        )
        # Bound to the request, so that answers are not asked again; no application, no name.
        options = (
            RuleOption(keyword="sid", settings=(str(number + 1),)),
            RuleOption(keyword="flow", settings=("to_server",)),
        )
        action = rng.choice(("PASS", "DROP", "DROP"))
        rules.append(StatefulRule(action=action, header=header, rule_options=options))
    return RulesSource(stateful_rules=tuple(rules))
