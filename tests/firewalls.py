"""Small estates with one Network Firewall, written as the API prints it."""

from __future__ import annotations

from typing import Any

from tabiji.estate import Estate
from walking import estate

ARN = "arn:aws:network-firewall:ap-northeast-1:111111111111:"
NET = """
region: ap-northeast-1
vpcs:
  main:
    cidr: 10.0.0.0/16
    igw: true
    subnets:
      app: {cidr: 10.0.1.0/24, az: a, routes: {0.0.0.0/0: vpce-fw}}
      fw: {cidr: 10.0.2.0/24, az: a, routes: {0.0.0.0/0: out}}
      pub: {cidr: 10.0.3.0/24, az: a, routes: {0.0.0.0/0: igw, 10.0.1.0/24: vpce-fw}}
    security_groups:
      open: {in: all from 0.0.0.0/0}
    instances:
      web: {subnet: app, ip: 10.0.1.10, sg: open}
    nat_gateways:
      out: {subnet: pub, ip: 10.0.3.7}
    endpoints:
      fw: {id: vpce-fw, type: gwlb, subnets: fw}
"""
SERVER = "198.51.100.80"
CENTRAL = """
region: ap-northeast-1
vpcs:
  spoke:
    cidr: 10.1.0.0/16
    subnets:
      app: {cidr: 10.1.1.0/24, az: a, routes: {0.0.0.0/0: hub}}
    security_groups:
      open: {in: all from 0.0.0.0/0}
    instances:
      web: {subnet: app, ip: 10.1.1.10, sg: open}
  inspection:
    cidr: 10.9.0.0/16
    igw: true
    subnets:
      tgw: {cidr: 10.9.1.0/24, az: a, routes: {0.0.0.0/0: vpce-fw}}
      fw: {cidr: 10.9.2.0/24, az: a, routes: {0.0.0.0/0: out, 10.0.0.0/8: hub}}
      pub: {cidr: 10.9.3.0/24, az: a, routes: {0.0.0.0/0: igw, 10.0.0.0/8: vpce-fw}}
    nat_gateways:
      out: {subnet: pub, ip: 10.9.3.7}
    endpoints:
      fw: {id: vpce-fw, type: gwlb, subnets: fw}
transit_gateways:
  hub:
    default_association: false
    default_propagation: false
    attachments:
      spoke: {subnets: app}
      inspection: {subnets: tgw, appliance_mode: true}
    route_tables:
      spokes: {associate: spoke, routes: {0.0.0.0/0: inspection}}
      back: {associate: inspection, propagate: spoke}
"""


def group(name: str, source: dict[str, Any], **body: Any) -> dict[str, Any]:
    return {
        "RuleGroupResponse": {"RuleGroupArn": f"{ARN}stateful-rulegroup/{name}", "RuleGroupName": name},
        "RuleGroup": {"RulesSource": source, **body},
    }


def suricata(text: str, name: str = "rules", **body: Any) -> dict[str, Any]:
    return group(name, {"RulesString": text}, **body)


def domains(
    *names: str, kind: str = "ALLOWLIST", types: tuple[str, ...] = ("TLS_SNI", "HTTP_HOST"), **body: Any
) -> Any:
    listed = {"Targets": list(names), "TargetTypes": list(types), "GeneratedRulesType": kind}
    return group("domains", {"RulesSourceList": listed}, **body)


def stateless(*rules: tuple[int, str, dict[str, Any]]) -> dict[str, Any]:
    rows = [
        {"Priority": n, "RuleDefinition": {"Actions": [f"aws:{action}"], "MatchAttributes": match}}
        for n, action, match in rules
    ]
    return group("stateless", {"StatelessRulesAndCustomActions": {"StatelessRules": rows}})


def firewalled(
    *groups: dict[str, Any],
    net: str = NET,
    vpc: str = "vpc-main",
    strict: bool = False,
    defaults: tuple[str, ...] = (),
    first: tuple[dict[str, Any], ...] = (),
    forward: str = "forward_to_sfe",
    missing: tuple[str, ...] = (),
    endpoints: dict[str, tuple[str, str]] | None = None,
    stream: str = "DROP",
    **sections: Any,
) -> Estate:
    """An estate with one firewall ``fw`` that uses the groups in that order."""

    def refer(rows: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
        arns = [g["RuleGroupResponse"]["RuleGroupArn"] for g in rows]
        return [
            {"ResourceArn": arn, "Priority": i + 1} | next((g.get("Ref", {}) for g in rows if arn in str(g)), {})
            for i, arn in enumerate(arns)
        ]

    policy = {
        "StatelessDefaultActions": [f"aws:{forward}"],
        "StatelessRuleGroupReferences": refer(first),
        "StatefulRuleGroupReferences": [
            *refer(groups),
            *({"ResourceArn": f"{ARN}stateful-rulegroup/{m}", "Priority": 50} for m in missing),
        ],
        "StatefulDefaultActions": [f"aws:{d}" for d in defaults],
        "StatefulEngineOptions": {
            "RuleOrder": "STRICT_ORDER" if strict else "DEFAULT_ACTION_ORDER",
            "StreamExceptionPolicy": stream,
        },
    }
    endpoints = endpoints or {
        "ap-northeast-1a": ("vpce-fw", "subnet-main-fw" if vpc == "vpc-main" else "subnet-inspection-fw")
    }
    records = {
        "NetworkFirewalls": [
            {
                "Firewall": {
                    "FirewallArn": f"{ARN}firewall/fw",
                    "FirewallName": "fw",
                    "VpcId": vpc,
                    "FirewallPolicyArn": f"{ARN}firewall-policy/p",
                },
                "FirewallStatus": {
                    "Status": "READY",
                    "SyncStates": {
                        az: {"Attachment": {"EndpointId": e, "SubnetId": s, "Status": "READY"}}
                        for az, (e, s) in endpoints.items()
                    },
                },
            }
        ],
        "NetworkFirewallPolicies": [
            {
                "FirewallPolicyResponse": {"FirewallPolicyArn": f"{ARN}firewall-policy/p"},
                "FirewallPolicy": policy,
            }
        ],
        "NetworkFirewallRuleGroups": [{k: v for k, v in g.items() if k != "Ref"} for g in (*first, *groups)],
    }
    return estate(net, records=records, **sections)
