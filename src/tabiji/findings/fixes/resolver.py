"""Whom a VPC asks: its DHCP options, Resolver rules."""

from __future__ import annotations

from collections.abc import Iterable

from ..finding import Finding, Fix
from .base import Context, answers, changes_by
from .names import LEADS_OUT

DEFAULT_SET = "aws-default"


@answers("name.nxdomain", "name.no_data", "name.timeout", "name.servfail", "name.refused", *LEADS_OUT)
def amazon_dns(context: Context, finding: Finding) -> Iterable[Fix]:
    """Give the VPC's hosts its own resolver again; they take it up with the next lease (names N1.1, N1.2)."""
    estate, vpc_id = context.estate, context.vantage.vpc
    vpc = estate.vpcs.get(vpc_id)
    options = estate.tables["dhcp_options"].get(vpc.dhcp_options_id) if vpc is not None else None
    servers = options.values("domain-name-servers") if options is not None else None
    if not servers or "AmazonProvidedDNS" in servers:
        return
    overlay = {
        "dhcp_options": {DEFAULT_SET: {"dns_servers": ["AmazonProvidedDNS"]}},
        "vpcs": {vpc_id: {"dhcp_options": DEFAULT_SET}},
    }
    yield Fix(
        code="fix.dhcp.amazon_dns",
        component=vpc_id,
        params=(("vpc", vpc_id), ("servers", ", ".join(servers))),
        cli=(f"aws ec2 associate-dhcp-options --vpc-id {vpc_id} --dhcp-options-id default",),
        terraform=(
            f'resource "aws_vpc_dhcp_options" "tabiji" {{\n  domain_name_servers = ["AmazonProvidedDNS"]\n}}\n'
            f'resource "aws_vpc_dhcp_options_association" "tabiji" {{\n  vpc_id          = "{vpc_id}"\n'
            "  dhcp_options_id = aws_vpc_dhcp_options.tabiji.id\n}\n"
        ),
        overlay=overlay,
        changes=changes_by(estate, overlay),
        cost=20,
    )


@answers("name.nxdomain", "name.no_data", "name.timeout", "name.servfail", "name.refused", *LEADS_OUT)
def leave_rule(context: Context, finding: Finding) -> Iterable[Fix]:
    """A FORWARD rule for exactly the name of a private zone beats it (names N2.4b): take the VPC out of the rule."""
    from ...names.dnsname import lenient
    from ...names.view import View

    estate, vpc = context.estate, context.vantage.vpc
    name = lenient(context.request.host)
    if vpc not in estate.vpcs or not name:
        return
    view = View.of(estate, vpc)
    rule = view.claim(name)
    local = view.claim(name, local=True)
    if not rule.rule or local.kind not in ("private_hosted_zone", "managed_zone"):
        return
    if rule.suffix == local.suffix:  # a second rule of the same name is not possible: leave this one
        overlay = {"resolver_rules": {rule.owner: {"remove_vpcs": [vpc]}}}
        cli = f"aws route53resolver disassociate-resolver-rule --resolver-rule-id {rule.owner} --vpc-id {vpc}"
        yield Fix(
            code="fix.resolver_rule.disassociate",
            component=rule.owner,
            params=(("rule", rule.owner), ("vpc", vpc), ("name", local.suffix.rstrip("."))),
            cli=(cli,),
            overlay=overlay,
            changes=changes_by(estate, overlay),
            cost=16,
        )


@answers("unknown.name", "name.nxdomain", "name.no_data")
def associate_rule(context: Context, finding: Finding) -> Iterable[Fix]:
    """A FORWARD rule for the name exists, but is not associated with this VPC (names N2.7e)."""
    from ...names.dnsname import lenient, under

    estate, vpc = context.estate, context.vantage.vpc
    name = lenient(context.request.host)
    if vpc not in estate.vpcs:
        return
    held = {a.resolver_rule_id for a in estate.tables["resolver_rule_associations"].values() if a.vpc_id == vpc}
    for rule_id, rule in estate.tables["resolver_rules"].items():
        domain = lenient(rule.domain_name)
        if rule.rule_type != "FORWARD" or rule_id in held or domain in ("", ".") or not under(name, domain):
            continue
        overlay = {"resolver_rules": {rule_id: {"add_vpcs": [vpc]}}}
        yield Fix(
            code="fix.resolver_rule.associate",
            component=rule_id,
            params=(("rule", rule_id), ("domain", domain.rstrip(".")), ("vpc", vpc)),
            cli=(f"aws route53resolver associate-resolver-rule --resolver-rule-id {rule_id} --vpc-id {vpc}",),
            terraform=(
                'resource "aws_route53_resolver_rule_association" "tabiji" {\n'
                f'  resolver_rule_id = "{rule_id}"\n  vpc_id           = "{vpc}"\n}}\n'
            ),
            overlay=overlay,
            changes=changes_by(estate, overlay),
            cost=14,
        )
