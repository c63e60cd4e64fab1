"""Network Firewalls written by hand: what is built, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tabiji.sources import SourceError, apply_overlay
from tabiji.sources.document import estate_of

ARN = "arn:aws:network-firewall:us-east-1:111122223333:"


def net(**firewall: Any) -> dict[str, Any]:
    subnets = {"a": {"cidr": "10.0.1.0/24", "az": "a"}, "a2": {"cidr": "10.0.2.0/24", "az": "a"},
               "b": {"cidr": "10.0.3.0/24", "az": "b", "routes": {"0.0.0.0/0": "vpce-fw-a"}}}  # fmt: skip
    return {"vpcs": {"v": {"cidr": "10.0.0.0/16", "subnets": subnets, "network_firewalls": {"fw": firewall}}}}


def test_nf1_an_endpoint_with_an_interface_in_each_subnet() -> None:
    estate = estate_of(net(subnets=["a", "b"]))
    states = estate.network_firewalls[f"{ARN}firewall/fw"].firewall_status.sync_states
    assert {az: s.attachment.endpoint_id for az, s in states.items()} == {
        "us-east-1a": "vpce-fw-a",
        "us-east-1b": "vpce-fw-b",
    }
    endpoint = estate.vpc_endpoints["vpce-fw-a"]
    (eni,) = endpoint.network_interface_ids
    assert endpoint.vpc_endpoint_type == "GatewayLoadBalancer"
    assert estate.network_interfaces[eni].groups == ()  # GL1
    assert [r.target for r in estate.route_tables["rtb-v-b"].routes if r.destination == "0.0.0.0/0"] == ["vpce-fw-a"]


def test_one_endpoint_has_the_firewalls_name() -> None:
    given = net(subnets="a")
    given["vpcs"]["v"]["subnets"]["b"]["routes"] = {"0.0.0.0/0": "vpce-fw"}
    assert "vpce-fw" in estate_of(given).vpc_endpoints


def test_nf3_nf4_nf7_policy_and_rule_groups() -> None:
    estate = estate_of(
        net(
            subnets=["a", "b"],
            order="strict",
            default=["drop_established"],
            home_net="10.0.0.0/8",
            rules=["pass ip any any -> any any (sid:1;)"],
            allow_domains=[".example.com"],
        )
    )
    body = estate.network_firewall_policies[f"{ARN}firewall-policy/fw"].firewall_policy
    assert body.stateful_engine_options.rule_order == "STRICT_ORDER"
    assert body.stateful_default_actions == ("aws:drop_established",)
    assert body.stateless_default_actions == ("aws:forward_to_sfe",)
    assert body.policy_variables.rule_variables["HOME_NET"].definition == ("10.0.0.0/8",)
    names = [r.resource_arn.rpartition("/")[2] for r in body.stateful_rule_group_references]
    assert names == ["fw-rules", "fw-allow"]
    listed = estate.network_firewall_rule_groups[f"{ARN}stateful-rulegroup/fw-allow"].rule_group
    assert listed.rules_source.rules_source_list.targets == (".example.com",)


def test_an_overlay_changes_only_what_it_names() -> None:
    estate = estate_of(net(subnets=["a", "b"], order="strict", default="drop_strict", rules="# nothing"))
    after = apply_overlay(estate, {"network_firewalls": {"fw": {"default": "drop_established", "rules": "# other"}}})
    body = after.network_firewall_policies[f"{ARN}firewall-policy/fw"].firewall_policy
    assert body.stateful_engine_options.rule_order == "STRICT_ORDER"
    assert body.stateful_default_actions == ("aws:drop_established",)
    assert len(body.stateful_rule_group_references) == 1
    group = after.network_firewall_rule_groups[f"{ARN}stateful-rulegroup/fw-rules"].rule_group
    assert group.rules_source.rules_string == "# other"
    assert after.vpc_endpoints == estate.vpc_endpoints


@pytest.mark.parametrize(
    ("firewall", "words"),
    [
        ({}, "subnets is missing"),
        ({"subnets": ["a", "a2"]}, "two subnets in us-east-1a"),
        ({"subnets": ["a", "b"], "order": "loose"}, "'loose' is none of action, strict"),
        ({"subnets": ["a", "b"], "default": "drop"}, "'drop' is none of drop_strict"),
        ({"subnets": ["a", "b"], "stateless": "reject"}, "'reject' is none of forward"),
        ({"subnets": ["a", "b"], "home_net": "10.0.0.1/8"}, "10.0.0.1/8"),
        ({"subnets": ["a", "nowhere"]}, "nowhere"),
    ],
)
def test_mistakes_are_told_in_one_line(firewall: dict[str, Any], words: str) -> None:
    with pytest.raises(SourceError) as error:
        estate_of(net(**firewall))
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_subnets_of_a_firewall_cannot_be_changed() -> None:
    estate = estate_of(net(subnets=["a", "b"]))
    with pytest.raises(SourceError, match="cannot be changed"):
        apply_overlay(estate, {"network_firewalls": {"fw": {"subnets": ["a2"]}}})
