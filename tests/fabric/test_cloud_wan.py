"""Cloud WAN segments (CW1-CW4)."""

from __future__ import annotations

import json
from typing import Any

from tabiji.estate import Estate
from walking import code, codes, estate, param, places, trip, trips

ARN = "arn:aws:networkmanager::111111111111:core-network/core-network-1"
VPCS = {"left": "10.1", "right": "10.2", "shared": "10.3"}


def network(
    segments: list[dict[str, Any]],
    actions: list[dict[str, Any]] = (),  # type: ignore[assignment]
    *,
    members: dict[str, str] | None = None,
    tags: dict[str, dict[str, str]] | None = None,
    policies: list[dict[str, Any]] = (),  # type: ignore[assignment]
    groups: dict[str, str] | None = None,
    options: dict[str, Any] | None = None,
    configuration: dict[str, Any] | None = None,
    rule: str = "all from 0.0.0.0/0",
    more: tuple[dict[str, Any], ...] = (),
    states: dict[str, str] | None = None,
    switches: dict[str, str] | None = None,
    sites: dict[str, Any] | None = None,
) -> Estate:
    """VPCs left, right and shared, each with a host ``<vpc>-host``, on one core network."""
    vpcs = {
        name: {
            "cidr": f"{net}.0.0/16",
            "subnets": {f"{name}-a": {"cidr": f"{net}.1.0/24", "az": "a", "routes": {"0.0.0.0/0": ARN}}},
            "security_groups": {"open": {"in": rule}},
            "instances": {f"{name}-host": {"subnet": f"{name}-a", "ip": f"{net}.1.10", "sg": "open"}},
        }
        for name, net in VPCS.items()
    }
    members = {"left": "prod", "right": "prod", "shared": "shared"} if members is None else members
    attachments = [
        {
            "AttachmentId": f"attachment-{name}",
            "CoreNetworkId": "core-network-1",
            "AttachmentType": "VPC",
            "State": (states or {}).get(name, "AVAILABLE"),
            "EdgeLocation": "ap-northeast-1",
            "ResourceArn": f"arn:aws:ec2:ap-northeast-1:111111111111:vpc/vpc-{name}",
            "SegmentName": members.get(name, ""),
            "Tags": [{"Key": k, "Value": v} for k, v in (tags or {}).get(name, {}).items()],
        }
        for name in VPCS
    ]
    document = {
        "version": "2021.12",
        "core-network-configuration": configuration or {},
        "segments": segments,
        "segment-actions": list(actions),
        "attachment-policies": list(policies),
    }
    records = {
        "CoreNetworks": [{"CoreNetworkId": "core-network-1", "CoreNetworkArn": ARN}],
        "CoreNetworkPolicies": [{"CoreNetworkId": "core-network-1", "PolicyDocument": json.dumps(document)}],
        "CoreNetworkAttachments": [
            *attachments,
            *more,
            *(
                {"AttachmentId": i, "CoreNetworkId": "core-network-1", "AttachmentType": "VPC", "State": "AVAILABLE",
                 "NetworkFunctionGroupName": g}
                for i, g in (groups or {}).items()
            ),
        ],
        "CoreNetworkVpcAttachments": [
            {
                "Attachment": a,
                "SubnetArns": [f"arn:aws:ec2:ap-northeast-1:111111111111:subnet/subnet-{n}-{n}-a".replace(
                    f"subnet-{n}-{n}-a", f"subnet-{n}-a")],
                "Options": options or {},
            }
            for n, a in zip(VPCS, attachments, strict=True)
        ],
    }  # fmt: skip
    data: dict[str, Any] = {"region": "ap-northeast-1", "vpcs": vpcs, "records": records}
    if switches:
        data["switches"] = switches
    if sites:
        data["sites"] = sites
    return estate("{}", **data)


BOTH = [{"name": "prod"}, {"name": "shared"}]
SHARE = {"action": "share", "mode": "attachment-route", "segment": "shared", "share-with": "*"}


def test_cw1_members_of_a_segment_reach_each_other_and_nobody_else() -> None:
    net = network(BOTH)
    found = trip(net, "left-host", "10.2.1.10")
    assert code(found) == "ok"
    assert "core-network-1" in places(found)
    assert code(trip(net, "left-host", "10.3.1.10")) == "cloud_wan.no_route"


def test_cw2_isolated_members_do_not_reach_each_other_but_shared_segments() -> None:
    net = network([{"name": "prod", "isolate-attachments": True}, {"name": "shared"}], [SHARE])
    assert code(trip(net, "left-host", "10.2.1.10")) == "cloud_wan.no_route"
    assert code(trip(net, "left-host", "10.3.1.10")) == "ok"
    assert code(trip(net, "shared-host", "10.2.1.10")) == "ok"


def test_cw2_share_goes_both_ways_unless_filtered() -> None:
    assert code(trip(network(BOTH, [SHARE]), "shared-host", "10.1.1.10")) == "ok"
    but = {**SHARE, "share-with": {"except": ["prod"]}}
    assert code(trip(network(BOTH, [but]), "left-host", "10.3.1.10")) == "cloud_wan.no_route"
    denied = network([{"name": "prod", "deny-filter": ["shared"]}, {"name": "shared"}], [SHARE])
    assert code(trip(denied, "left-host", "10.3.1.10")) == "cloud_wan.no_route"
    found = trip(denied, "shared-host", "10.1.1.10")
    assert (code(found), found.reply is not None) == ("cloud_wan.no_route", True)  # there, but not back
    only = network([{"name": "prod", "allow-filter": ["shared"]}, {"name": "shared"}], [SHARE])
    assert code(trip(only, "left-host", "10.3.1.10")) == "ok"


def test_cw2_static_routes_win_and_are_not_shared() -> None:
    static = {
        "action": "create-route", "segment": "shared", "destination-cidr-blocks": ["10.2.0.0/16"],
        "destinations": ["blackhole"],
    }  # fmt: skip
    net = network(BOTH, [SHARE, static])
    assert code(trip(net, "shared-host", "10.2.1.10")) == "cloud_wan.blackhole"
    assert code(trip(net, "left-host", "10.2.1.10")) == "ok"


def test_cw1_attachment_policies_map_attachments_to_segments() -> None:
    rules = [
        {"rule-number": 200, "conditions": [{"type": "any"}],
         "action": {"association-method": "constant", "segment": "shared"}},
        {"rule-number": 100, "condition-logic": "and",
         "conditions": [{"type": "tag-exists", "key": "stage"},
                        {"type": "attachment-type", "operator": "equals", "value": "vpc"}],
         "action": {"association-method": "tag", "tag-value-of-key": "stage"}},
    ]  # fmt: skip
    net = network(BOTH, members={}, tags={"left": {"stage": "prod"}, "right": {"stage": "prod"}}, policies=rules)
    assert code(trip(net, "left-host", "10.2.1.10")) == "ok"
    assert code(trip(net, "left-host", "10.3.1.10")) == "cloud_wan.no_route"
    none = network(BOTH, members={}, policies=rules[1:])
    assert code(trip(none, "left-host", "10.2.1.10")) == "cloud_wan.no_segment"
    odd = network(BOTH, members={}, policies=[{"rule-number": 1, "conditions": [{"type": "moon-phase"}]}])
    assert code(trip(odd, "left-host", "10.2.1.10")) == "unknown.cloud_wan_policy"


VIA = {
    "action": "send-via", "segment": "prod", "when-sent-to": {"segments": ["shared"]},
    "via": {"network-function-groups": ["inspection"]},
}  # fmt: skip


def test_cw3_service_insertion_needs_an_attachment_in_the_group() -> None:
    found = trip(network(BOTH, [VIA]), "left-host", "10.3.1.10")
    assert (code(found), param(found, "group")) == ("cloud_wan.no_function", "inspection")
    held = network(BOTH, [VIA], groups={"attachment-fw": "inspection"})
    assert code(trip(held, "left-host", "10.3.1.10")) == "unknown.cloud_wan_insertion"
    assert code(trip(held, "left-host", "10.2.1.10")) == "ok"  # within the segment
    out = {"action": "send-to", "segment": "prod", "via": {"network-function-groups": ["inspection"]}}
    assert code(trip(network(BOTH, [out]), "left-host", "198.51.100.9")) == "cloud_wan.no_function"


def test_actions_that_are_not_modelled_are_undetermined_and_named() -> None:
    odd = {"action": "associate-routing-policy", "segment": "prod"}
    found = trip(network(BOTH, [odd]), "left-host", "10.2.1.10")
    assert (code(found), param(found, "action")) == ("unknown.cloud_wan_action", "associate-routing-policy")


def test_overlapping_prefixes_are_undetermined() -> None:
    twin = {
        "AttachmentId": "attachment-vpn", "CoreNetworkId": "core-network-1", "AttachmentType": "SITE_TO_SITE_VPN",
        "SegmentName": "prod", "ResourceArn": "arn:aws:ec2:ap-northeast-1:111111111111:vpn-connection/vpn-1",
    }  # fmt: skip
    sites = {"office": {"prefixes": "10.2.0.0/16", "attachments": "attachment-vpn"}}
    found = trip(network(BOTH, more=(twin,), sites=sites), "left-host", "10.2.1.10")
    assert code(found) == "unknown.cloud_wan_overlap"


def test_on_premises_through_a_vpn_attachment_and_back() -> None:
    line = {
        "AttachmentId": "attachment-vpn", "CoreNetworkId": "core-network-1", "AttachmentType": "SITE_TO_SITE_VPN",
        "SegmentName": "prod", "ResourceArn": "arn:aws:ec2:ap-northeast-1:111111111111:vpn-connection/vpn-1",
    }  # fmt: skip
    sites = {"office": {"prefixes": "192.168.9.0/24", "attachments": "attachment-vpn"}}
    net = network(BOTH, more=(line,), sites=sites)
    assert code(trip(net, "left-host", "192.168.9.4")) == "ok"
    assert code(trip(net, "office/192.168.9.4", "10.1.1.10")) == "ok"
    assert code(trip(net, "office/192.168.9.4", "10.3.1.10")) != "ok"
    connect = {**line, "AttachmentType": "CONNECT", "SegmentName": "prod"}
    found = trip(network(BOTH, more=(connect,), sites=sites), "left-host", "192.168.9.4")
    assert (code(found), param(found, "type")) == ("unknown.cloud_wan_attachment", "CONNECT")


def test_cw4_state_az_and_what_was_not_collected() -> None:
    assert (
        code(trip(network(BOTH, states={"left": "DELETING"}), "left-host", "10.2.1.10")) == "cloud_wan.attachment_state"
    )
    assert code(trip(network(BOTH, switches={"CW4": "unknown"}), "left-host", "10.2.1.10")) == "unknown.cloud_wan"
    net = network(BOTH)
    gone = Estate({**net.tables, "core_network_policies": {}})
    assert code(trip(gone, "left-host", "10.2.1.10")) == "unknown.cloud_wan_policy"
    bare = Estate({**net.tables, "core_network_vpc_attachments": {}})
    assert code(trip(bare, "left-host", "10.2.1.10")) == "unknown.cloud_wan"
    from msgspec.structs import replace

    left = net.subnets["subnet-left-a"]
    moved = {
        **net.subnets,
        "subnet-left-b": replace(left, subnet_id="subnet-left-b", availability_zone="ap-northeast-1b"),
    }
    vpcs = dict(net.core_network_vpc_attachments)
    vpcs["attachment-left"] = replace(vpcs["attachment-left"], subnet_arns=("arn:aws:ec2:::subnet/subnet-left-b",))
    other = Estate({**net.tables, "subnets": moved, "core_network_vpc_attachments": vpcs})
    assert code(trip(other, "left-host", "10.2.1.10")) == "cloud_wan.az"
    both = dict(net.core_network_vpc_attachments)
    right = net.subnets["subnet-right-a"]
    more = {**net.subnets}
    for zone in "bc":
        more[f"subnet-right-{zone}"] = replace(
            right, subnet_id=f"subnet-right-{zone}", availability_zone=f"ap-northeast-1{zone}"
        )
    both["attachment-right"] = replace(
        both["attachment-right"],
        subnet_arns=("arn:aws:ec2:::subnet/subnet-right-b", "arn:aws:ec2:::subnet/subnet-right-c"),
    )
    found = trips(
        Estate({**net.tables, "subnets": more, "core_network_vpc_attachments": both}), "left-host", "10.2.1.10"
    )
    assert len(found) == 2
    assert sum(codes(found).values()) == 2


def test_a_policy_that_does_not_read_as_one_is_undetermined() -> None:
    odd = (
        {"action": "share", "segment": "prod", "share-with": 5},
        {"action": "create-route", "segment": "prod", "destination-cidr-blocks": ["10.0.0/33"], "destinations": ["x"]},
        {"segment": "prod"},
    )
    for action in odd:
        assert code(trip(network(BOTH, [action]), "left-host", "10.2.1.10")) == "unknown.cloud_wan_policy"


def test_cw4_group_references_need_the_policy_and_the_attachment() -> None:
    by_group = {"rule": "all from sg-left-open"}
    assert code(trip(network(BOTH, **by_group), "left-host", "10.2.1.10")) == "sg.ingress.no_rule"  # type: ignore[arg-type]
    on = network(BOTH, configuration={"security-group-support": True}, **by_group)  # type: ignore[arg-type]
    assert code(trip(on, "left-host", "10.2.1.10")) == "ok"
    off = network(
        BOTH, configuration={"security-group-support": True}, options={"SecurityGroupReferencingSupport": False},
        **by_group,  # type: ignore[arg-type]
    )  # fmt: skip
    assert code(trip(off, "left-host", "10.2.1.10")) == "sg.ingress.no_rule"
