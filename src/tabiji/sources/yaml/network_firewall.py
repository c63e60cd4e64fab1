"""AWS Network Firewall: a firewall with its policy and rules, an endpoint in each subnet."""

from __future__ import annotations

from msgspec.structs import replace

from ...estate.network_firewall import (
    Firewall,
    FirewallAttachment,
    FirewallBody,
    FirewallPolicy,
    FirewallStatus,
    FirewallSubnet,
    GroupBody,
    GroupReference,
    GroupResponse,
    IpSet,
    PolicyBody,
    PolicyResponse,
    PolicyVariables,
    RuleGroup,
    RulesSource,
    RulesSourceList,
    SyncState,
)
from ...estate.record import Tag
from ...estate.vpc_endpoint import VpcEndpoint
from ..spec import Names, Path, Spec, many
from .build import Build, Item
from .endpoint import gateway_interface

ORDERS = {"action": "DEFAULT_ACTION_ORDER", "strict": "STRICT_ORDER"}
STATEFUL_DEFAULTS = ("drop_strict", "drop_established", "app_drop_established", "alert_strict", "alert_established")
STATELESS_DEFAULTS = {"forward": "aws:forward_to_sfe", "pass": "aws:pass", "drop": "aws:drop"}
TARGET_TYPES = ("TLS_SNI", "HTTP_HOST")


class NetworkFirewallSpec(Spec):
    """A firewall; routes name its endpoints ``vpce-<firewall>``, with several ``vpce-<firewall>-<subnet>``."""

    vpc: str | None = None
    subnets: Names = None
    order: str | None = None
    """``action`` (default) or ``strict`` (NF3)."""
    default: Names = None
    """Stateful default actions: ``drop_strict``, ``drop_established``, ``app_drop_established``... (NF4)."""
    stateless: str | None = None
    """What the stateless engine does: ``forward`` (default) to the stateful one, ``pass`` or ``drop`` (NF2)."""
    home_net: Names = None
    """Sources the domain lists look at; the firewall VPC's CIDRs when not said (NF7)."""
    allow_domains: Names = None
    deny_domains: Names = None
    rules: Names = None
    """Suricata rules, one a line."""


def declare_network_firewalls(build: Build, items: list[Item]) -> None:
    """Ids and names, those of the endpoints too."""
    for item in items:
        spec: NetworkFirewallSpec = item.spec
        subnets = many(spec.subnets)
        item.vpc = build.home_vpc(item, spec.vpc, subnets[0] if subnets else None)
        held = {} if build.base is None else build.base.network_firewalls
        same = [k for k, f in held.items() if item.name in (k, f.firewall.firewall_name)]
        item.id = same[0] if len(same) == 1 else _arn(build, item, "firewall")
        item.old = build.get("network_firewalls", item.id)
        build.register("network_firewalls", item.id, item.name, item.vpc, item.path)
        for name, _ in _endpoints(item, spec):
            build.register("vpc_endpoints", f"vpce-{name}", name, item.vpc, item.path)


def _arn(build: Build, item: Item, kind: str) -> str:
    region, account = build.region_of(item.vpc) or build.region, build.account_of(item.vpc) or build.account
    return f"arn:aws:network-firewall:{region}:{account}:{kind}/{item.name}"


def _endpoints(item: Item, spec: NetworkFirewallSpec) -> list[tuple[str, str]]:
    """(name, subnet) of each endpoint."""
    subnets = many(spec.subnets)
    return [(item.name if len(subnets) == 1 else f"{item.name}-{s.rpartition('/')[2]}", s) for s in subnets]


def build_network_firewalls(build: Build, items: list[Item]) -> None:
    """Firewalls with endpoints and interfaces, policies and rule groups."""
    for item in items:
        spec: NetworkFirewallSpec = item.spec
        if item.old is None:
            _firewall(build, item, spec)
        elif spec.subnets is not None:
            build.fail((*item.path, "subnets"), f"{item.name} exists; its subnets cannot be changed")
        _policy(build, item, spec)


def _firewall(build: Build, item: Item, spec: NetworkFirewallSpec) -> None:
    vpc = build.need_vpc(item)
    if not many(spec.subnets):
        build.fail(item.path, "subnets is missing")
    states: dict[str, SyncState] = {}
    mappings = []
    for name, text in _endpoints(item, spec):
        here = (*item.path, "subnets")
        subnet = build.find("subnets", text, here, vpc)
        zone = build.get("subnets", subnet).availability_zone
        if zone in states:
            build.fail(here, f"two subnets in {zone}; a firewall has one an AZ")
        key = f"vpce-{name}"
        endpoint = VpcEndpoint(
            vpc_endpoint_id=key,
            vpc_id=vpc,
            vpc_endpoint_type="GatewayLoadBalancer",
            service_name=f"com.amazonaws.vpce.{build.region_of(vpc)}.vpce-svc-{item.name}",
            state="available",
            subnet_ids=(subnet,),
            owner_id=build.account_of(vpc),
            tags=(Tag(key="Name", value=name),),
        )
        eni = gateway_interface(build, endpoint, subnet, item.path)
        build.put("vpc_endpoints", replace(endpoint, network_interface_ids=(eni,)))
        states[zone] = SyncState(attachment=FirewallAttachment(subnet_id=subnet, endpoint_id=key))
        mappings.append(FirewallSubnet(subnet_id=subnet))
    build.put(
        "network_firewalls",
        Firewall(
            firewall=FirewallBody(
                firewall_arn=item.id,
                firewall_name=item.name,
                firewall_policy_arn=_arn(build, item, "firewall-policy"),
                vpc_id=vpc,
                subnet_mappings=tuple(mappings),
                tags=build.tags(item),
            ),
            firewall_status=FirewallStatus(sync_states=states),
        ),
    )


def _policy(build: Build, item: Item, spec: NetworkFirewallSpec) -> None:
    key = item.old.firewall.firewall_policy_arn if item.old is not None else _arn(build, item, "firewall-policy")
    held = build.get("network_firewall_policies", key)
    policy = held or FirewallPolicy(
        firewall_policy_response=PolicyResponse(firewall_policy_arn=key, firewall_policy_name=item.name),
        firewall_policy=PolicyBody(stateless_default_actions=("aws:forward_to_sfe",)),
    )
    body = policy.firewall_policy
    if spec.order is not None:
        order = _one_of(build, spec.order, ORDERS, (*item.path, "order"))
        body = replace(body, stateful_engine_options=replace(body.stateful_engine_options, rule_order=order))
    if spec.default is not None:
        for text in many(spec.default):
            if text not in STATEFUL_DEFAULTS:
                build.fail((*item.path, "default"), f"{text!r} is none of {', '.join(STATEFUL_DEFAULTS)}")
        body = replace(body, stateful_default_actions=tuple(f"aws:{t}" for t in many(spec.default)))
    if spec.stateless is not None:
        action = _one_of(build, spec.stateless, STATELESS_DEFAULTS, (*item.path, "stateless"))
        body = replace(body, stateless_default_actions=(action,))
    if spec.home_net is not None:
        cidrs = tuple(build.cidr(c, (*item.path, "home_net")) for c in many(spec.home_net))
        body = replace(body, policy_variables=PolicyVariables(rule_variables={"HOME_NET": IpSet(definition=cidrs)}))
    references = list(body.stateful_rule_group_references)
    for name, source in _sources(spec):
        arn = key.replace(":firewall-policy/", ":stateful-rulegroup/") + f"-{name}"
        response = GroupResponse(rule_group_arn=arn, rule_group_name=f"{item.name}-{name}")
        build.put(
            "network_firewall_rule_groups",
            RuleGroup(rule_group_response=response, rule_group=GroupBody(rules_source=source)),
        )
        if all(r.resource_arn != arn for r in references):
            references.append(GroupReference(resource_arn=arn, priority=len(references) + 1))
    build.put(
        "network_firewall_policies",
        replace(policy, firewall_policy=replace(body, stateful_rule_group_references=tuple(references))),
    )


def _sources(spec: NetworkFirewallSpec) -> list[tuple[str, RulesSource]]:
    out = []
    if spec.rules is not None:
        out.append(("rules", RulesSource(rules_string="\n".join(many(spec.rules)))))
    for name, kind, listed in (("allow", "ALLOWLIST", spec.allow_domains), ("deny", "DENYLIST", spec.deny_domains)):
        if listed is not None:
            domains = RulesSourceList(targets=many(listed), target_types=TARGET_TYPES, generated_rules_type=kind)
            out.append((name, RulesSource(rules_source_list=domains)))
    return out


def _one_of(build: Build, text: str, table: dict[str, str], path: Path) -> str:
    if text not in table:
        build.fail(path, f"{text!r} is none of {', '.join(table)}")
    return table[text]


__all__ = ["NetworkFirewallSpec", "build_network_firewalls", "declare_network_firewalls"]
