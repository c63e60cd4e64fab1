"""Fixes: the smallest that works, nothing in a bundle that is not needed, and what new ones are made of."""

import json
import re

import pytest

from journey.kit import R, allow, ask_fully, deny, estate, interface, policy
from tabiji.findings.finding import Fix
from tabiji.journey.command import walk_plan
from tabiji.journey.model import REACHABLE
from tabiji.journey.repair_command import again, repair_command
from tabiji.request.aws import plan
from tabiji.request.vantage import find_vantage
from tabiji.sources import apply_overlay
from tabiji.sources.document import estate_of


def codes(fixes: tuple[Fix, ...]) -> list[str]:
    return [fix.code for fix in fixes]


def steps(fix: Fix) -> list[str]:
    return [step.code for step in fix.steps or (fix,)]


def closed(endpoints=None, **vpc):
    """A VPC with subnets that lead nowhere."""
    return estate_of(
        {
            "account": "111122223333",
            "region": "ap-northeast-1",
            "vpcs": {
                "main": {
                    "cidr": "10.0.0.0/16",
                    "dns_hostnames": True,
                    "subnets": {
                        "app": {"cidr": "10.0.1.0/24", "az": "a"},
                        "ends": {"cidr": "10.0.2.0/24", "az": "a"},
                    },
                    "security_groups": {"tls": {"in": "https from 10.0.0.0/16"}},
                    "endpoints": endpoints or {},
                    "instances": {"app": {"subnet": "app", "ip": "10.0.1.10"}},
                    **vpc,
                }
            },
        }
    )


def test_no_bundle_with_a_step_too_many():
    """A default route to the IGW that the next step turns to the NAT gateway is not offered beside the plain one."""
    held = closed(
        igw=True,
        subnets={
            "app": {"cidr": "10.0.1.0/24", "az": "a", "routes": {}},
            "pub": {"cidr": "10.0.3.0/24", "az": "a", "routes": {"default": "igw"}},
        },
        nat_gateways={"nat": {"subnet": "pub"}},
    )
    told = ask_fully(held, "app", "https://198.51.100.80/")
    assert codes(told.fixes)[0] == "fix.route.add"
    for fix in told.fixes:
        targets = [line for line in fix.cli if "0.0.0.0/0" in line]
        assert len(targets) == 1, fix.cli


def test_every_step_says_what_it_lifts():
    told = ask_fully(closed(), "app", f"https://ssm.{R}/")
    for fix in told.fixes:
        for step in fix.steps or (fix,):
            assert step.lifts is not None
            assert step.lifts in told.findings or fix.steps


def test_interface_endpoint_beside_the_others():
    """IE1: same subnets and groups as the VPC's other endpoints."""
    held = closed({"logs": {"subnets": ["ends"], "sg": "tls"}})
    fix = ask_fully(held, "app", f"https://ssm.{R}/").fixes[0]
    assert fix.code == "fix.interface_endpoint.create"
    body = fix.overlay["endpoints"]["vpc-main-ssm"]
    assert (body["subnets"], body["sg"]) == (["subnet-main-ends"], ["sg-main-tls"])
    assert "security_groups" not in fix.overlay


def test_interface_endpoint_with_a_group_of_its_own():
    """The first one of a VPC gets a group that admits the VPC, not the default group, which admits only itself."""
    fix = ask_fully(closed(), "app", f"https://ssm.{R}/").fixes[0]
    assert fix.code == "fix.interface_endpoint.create"
    assert fix.overlay["security_groups"]["ssm-endpoint"]["in"] == ["tcp 443 from 10.0.0.0/16"]
    assert [line.split()[2] for line in fix.cli] == [
        "create-security-group", "authorize-security-group-ingress", "create-vpc-endpoint",
    ]  # fmt: skip
    assert fix.terraform.count("resource ") == 2


@pytest.mark.parametrize(
    "target",
    [f"https://ec2-instance-connect.{R}/", "https://sts.amazonaws.com/", "https://ssm.eu-west-1.amazonaws.com/",
     "https://www.example.com/", "https://198.51.100.7/"],
)  # fmt: skip
def test_no_endpoint_where_none_would_answer(target):
    """N8.2, N5.2: no such service, a global name, another Region, no AWS name."""
    told = ask_fully(closed(), "app", target)
    assert "fix.interface_endpoint.create" not in codes(told.fixes)


def test_endpoint_policy_gets_all_the_request_needs():
    only = policy(allow("ssm:GetParameter", "*"))
    held = estate(endpoints={"ssm": interface(ips={"ends": "10.0.2.7"}, policy=only)})
    vantage = find_vantage(held, "app")
    planned = plan(
        ["aws", "ssm", "start-session", "--target", "i-1", "--region", "ap-northeast-1"], None, held, eni=vantage.eni
    )
    told = walk_plan(held, vantage, planned, fixes=False)
    first = next(fix for fix in repair_command(held, told) if "fix.endpoint.policy" in steps(fix))
    changed = apply_overlay(held, first.overlay)
    assert again(changed, told).verdict == REACHABLE
    statements = json.loads(changed.vpc_endpoints["vpce-main-ssm"].policy_document)["Statement"]
    assert statements[0] == only["Statement"][0]
    assert [s["Action"] for s in statements[1:]] == [["ssm:StartSession"]]


def test_an_explicit_deny_of_an_endpoint_is_meant():
    held = estate(endpoints={"ssm": interface(ips={"ends": "10.0.2.7"}, policy=policy(allow(), deny("ssm:*")))})
    told = ask_fully(held, "app", f"https://ssm.{R}/")
    assert told.verdict == "blocked"
    assert "fix.endpoint.policy" not in [c for fix in told.fixes for c in steps(fix)]


def test_commands_are_mended_call_by_call():
    held = closed()
    vantage = find_vantage(held, "app")
    words = ["aws", "ssm", "start-session", "--target", "i-1", "--region", "ap-northeast-1"]
    told = walk_plan(held, vantage, plan(words, None, held, eni=vantage.eni), fixes=False)
    fix = repair_command(held, told)[0]
    assert steps(fix) == ["fix.interface_endpoint.create"] * 2
    assert again(apply_overlay(held, fix.overlay), told).verdict == REACHABLE
    # Two blocks of one Terraform name would be refused, and AWS gives the first group's id only when it is made.
    names = re.findall(r'resource "(\S+)" "(\S+)"', fix.terraform)
    assert len(set(names)) == len(names)
    assert "<sg-main-ssm-endpoint>" in fix.cli[-1]


def test_a_client_that_gives_up_is_not_mended():
    held = closed()
    told = walk_plan(
        held, find_vantage(held, "app"), plan(["aws", "ssm", "start-session"], None, held, profile="cli-v1")
    )
    assert told.verdict == "blocked"
    assert repair_command(held, told) == ()
