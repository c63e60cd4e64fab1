"""Folders of describe-* JSON: where things are told from, what is joined, what is noticed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tabiji.estate import Estate, Scope
from tabiji.sources import load

Snapshot = Callable[[dict[str, Any]], Estate]
A, B = "111122223333", "444455556666"


def vpc(key: str = "vpc-1", cidr: str = "10.0.0.0/16", owner: str = A) -> dict[str, Any]:
    return {"VpcId": key, "CidrBlock": cidr, "OwnerId": owner}


def subnet(key: str, cidr: str, zone: str = "us-east-1a", home: str = "vpc-1", owner: str = A) -> dict[str, Any]:
    return {"SubnetId": key, "VpcId": home, "CidrBlock": cidr, "AvailabilityZone": zone, "OwnerId": owner}


@pytest.mark.parametrize(
    ("folder", "scope"),
    [
        (f"accounts/{B}/eu-west-1", Scope(B, "eu-west-1")),
        (f"deep/er/{B}/us-gov-west-1/more", Scope(B, "us-gov-west-1")),
        ("aws_configs/ap-northeast-1", Scope(A, "ap-northeast-1")),
        (f"{B}", Scope(B, "us-east-1")),
        (".", Scope(A, "us-east-1")),
    ],
)
def test_account_and_region_come_from_folders_else_from_records(snapshot: Snapshot, folder: str, scope: Scope) -> None:
    owner = scope.account
    estate = snapshot(
        {f"{folder}/x.json": {"Vpcs": [vpc(owner=owner)], "Subnets": [subnet("subnet-1", "10.0.0.0/24", owner=owner)]}}
    )
    assert estate.scope_of("vpc-1") == scope
    assert estate.coverage.state("vpcs", scope) == "collected"


def test_the_key_tells_the_kind_and_pages_are_merged(snapshot: Snapshot) -> None:
    estate = snapshot(
        {
            "b.json": {"Vpcs": [vpc("vpc-2")], "NextToken": "x", "ResponseMetadata": {"HTTPStatusCode": 200}},
            "a/whatever.json": {"Vpcs": [vpc("vpc-1")], "InternetGateways": []},
            "probes.jsonl": b'{"id": 1}\n{"id": 2}\n',
            ".hidden/x.json": b"not read",
        }
    )
    assert set(estate.vpcs) == {"vpc-1", "vpc-2"}
    assert estate.coverage.has("internet_gateways")
    assert not estate.coverage.has("nat_gateways")


def test_reservations_hold_instances(snapshot: Snapshot) -> None:
    estate = snapshot({"r.json": {"Reservations": [{"OwnerId": A, "Instances": [{"InstanceId": "i-1"}]}]}})
    assert list(estate.instances) == ["i-1"]
    assert estate.coverage.has("instances")


def test_unknown_keys_are_counted(snapshot: Snapshot) -> None:
    estate = snapshot({"x.json": {"DomainStatusList": [1, {}, 3], "Empty": [], "Thing": {"a": 1}}})
    assert estate.coverage.not_modelled == {"DomainStatusList": 3, "Thing": 1}


def test_one_file(tmp_path: Path) -> None:
    path = tmp_path / "vpcs.json"
    path.write_text(json.dumps({"Vpcs": [vpc()]}))
    assert list(load(path).vpcs) == ["vpc-1"]


def test_a_byte_order_mark_is_no_matter(snapshot: Snapshot) -> None:
    assert snapshot({"x.json": b"\xef\xbb\xbf" + json.dumps({"Vpcs": [vpc()]}).encode()}).vpcs


def test_null_means_not_said(snapshot: Snapshot) -> None:
    estate = snapshot({"x.json": {"Vpcs": [{**vpc(), "DhcpOptionsId": None, "Tags": None}]}})
    assert estate.vpcs["vpc-1"].dhcp_options_id == ""


def test_vpc_attribute_answers_are_joined(snapshot: Snapshot) -> None:
    estate = snapshot(
        {
            "s.json": {"VpcId": "vpc-1", "EnableDnsSupport": {"Value": True}},
            "h.json": {"VpcId": "vpc-1", "EnableDnsHostnames": {"Value": False}},
            "c.json": {"ResolverConfigs": [{"ResourceId": "vpc-1", "AutodefinedReverse": "DISABLED"}]},
        }
    )
    found = estate.tables["vpc_attributes"]["vpc-1"]
    assert (found.enable_dns_support, found.enable_dns_hostnames, found.autodefined_reverse) == (True, False, False)


def test_hosted_zones_are_put_together(snapshot: Snapshot) -> None:
    zone = {"Id": "/hostedzone/Z1", "Name": "corp.example.", "Config": {"PrivateZone": True}}
    records = [{"Name": "a.corp.example.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.1"}]}]
    estate = snapshot(
        {
            "list.json": {"HostedZones": [zone]},
            "get.json": {"HostedZone": zone, "VPCs": [{"VPCRegion": "us-east-1", "VPCId": "vpc-1"}]},
            "records.json": {"HostedZoneRecords": [{"HostedZoneId": "/hostedzone/Z1", "ResourceRecordSets": records}]},
            "by_vpc.json": {
                "HostedZonesByVpc": [
                    {"VpcId": "vpc-2", "HostedZoneSummaries": [{"HostedZoneId": "Z1", "Name": "corp.example."}]}
                ]
            },
        }
    )
    found = estate.hosted_zones["Z1"]
    assert [v.vpc_id for v in found.vpcs] == ["vpc-1", "vpc-2"]
    assert found.record_sets is not None
    assert found.record_sets[0].name == "a.corp.example."


def test_resolver_addresses_and_listeners_are_joined(snapshot: Snapshot) -> None:
    estate = snapshot(
        {
            "e.json": {"ResolverEndpoints": [{"Id": "rslvr-in-1", "HostVPCId": "vpc-1"}]},
            "i.json": {
                "ResolverEndpointIpAddresses": [
                    {"ResolverEndpointId": "rslvr-in-1", "IpAddresses": [{"Ip": "10.0.0.5"}]}
                ]
            },
            "l1.json": {"Listeners": [{"ListenerArn": "l/1", "LoadBalancerArn": "lb", "Port": 80}]},
            "l2.json": {"Listeners": [{"ListenerArn": "l/2", "LoadBalancerArn": "lb", "Port": 443}]},
        }
    )
    endpoint = estate.tables["resolver_endpoints"]["rslvr-in-1"]
    assert (endpoint.host_vpc_id, [a.ip for a in endpoint.ip_addresses]) == ("vpc-1", ["10.0.0.5"])
    assert [x.port for x in estate.tables["load_balancer_listeners"]["lb"].listeners] == [80, 443]


def test_routes_of_one_tgw_table_in_pages(snapshot: Snapshot) -> None:
    def page(cidr: str) -> dict[str, Any]:
        row = {"DestinationCidrBlock": cidr, "Type": "static"}
        return {"TransitGatewayRoutes": [{"TransitGatewayRouteTableId": "tgw-rtb-1", "Routes": [row]}]}

    estate = snapshot({"1.json": page("10.0.0.0/8"), "2.json": page("10.1.0.0/16"), "3.json": page("10.0.0.0/8")})
    routes = estate.tables["tgw_routes"]["tgw-rtb-1"].routes
    assert [r.destination_cidr_block for r in routes] == ["10.0.0.0/8", "10.1.0.0/16"]


def test_a_shared_subnet_is_its_owners(snapshot: Snapshot) -> None:
    theirs = {**subnet("subnet-1", "10.0.0.0/24"), "Tags": []}
    ours = {**theirs, "Tags": [{"Key": "Name", "Value": "shared"}]}
    for order in (("1", "2"), ("2", "1")):
        estate = snapshot(
            {
                f"{order[0]}/{A}/us-east-1/s.json": {"Vpcs": [vpc()], "Subnets": [ours]},
                f"{order[1]}/{B}/us-east-1/s.json": {"Subnets": [theirs]},
            }
        )
        assert estate.name("subnet-1") == "shared"
        assert estate.scope_of("subnet-1") == Scope(A, "us-east-1")


def test_both_sides_of_a_peering_tell_their_own_half(snapshot: Snapshot) -> None:
    def side(key: str, owner: str, region: str, dns: bool | None) -> dict[str, Any]:
        out: dict[str, Any] = {"VpcId": key, "OwnerId": owner, "Region": region, "CidrBlock": "10.0.0.0/16"}
        return out if dns is None else {**out, "PeeringOptions": {"AllowDnsResolutionFromRemoteVpc": dns}}

    def peering(one: bool | None, two: bool | None) -> dict[str, Any]:
        requester, accepter = side("vpc-1", A, "us-east-1", one), side("vpc-2", B, "eu-west-1", two)
        return {
            "VpcPeeringConnections": [
                {"VpcPeeringConnectionId": "pcx-1", "RequesterVpcInfo": requester, "AccepterVpcInfo": accepter}
            ]
        }

    estate = snapshot({f"{A}/us-east-1/p.json": peering(True, None), f"{B}/eu-west-1/p.json": peering(None, True)})
    found = estate.peerings["pcx-1"]
    assert found.requester.peering_options.allow_dns_resolution_from_remote_vpc
    assert found.accepter.peering_options.allow_dns_resolution_from_remote_vpc
    assert estate.coverage.has("peerings", Scope(B, "eu-west-1"))


def test_what_the_collector_was_refused(snapshot: Snapshot) -> None:
    estate = snapshot(
        {
            f"{A}/us-east-1/_collection.json": {"denied": ["TransitGatewayRoutes", "vpcs", "NoSuchThing"]},
            f"{A}/us-east-1/v.json": {"Vpcs": [vpc()]},
        }
    )
    scope = Scope(A, "us-east-1")
    assert estate.coverage.state("tgw_routes", scope) == "denied"
    assert estate.coverage.state("vpcs", scope) == "collected"
    assert estate.coverage.state("subnets", scope) == "absent"
    assert not estate.coverage.complete


def test_oddities_are_noted_not_refused(snapshot: Snapshot) -> None:
    table = {
        "RouteTableId": "rtb-1",
        "VpcId": "vpc-1",
        "Routes": [
            {"DestinationCidrBlock": "10.9.0.1/16", "NatGatewayId": "nat-gone", "State": "active"},
            {"DestinationCidrBlock": "10.8.0.0/16", "NatGatewayId": "nat-dead", "State": "blackhole"},
        ],
    }
    estate = snapshot(
        {
            "v.json": {"Vpcs": [vpc()], "RouteTables": [table], "NatGateways": []},
            "i.json": {"Instances": [{"InstanceId": "i-1", "State": {"Name": "terminated"}, "NetworkInterfaces": []}]},
        }
    )
    assert {(p.code, p.subject, p.detail) for p in estate.problems} == {
        ("estate.host_bits", "rtb-1", "10.9.0.1/16"),
        ("estate.dangling", "rtb-1", "nat-gone"),
    }
    assert all(p.where.endswith("v.json") for p in estate.problems)


def test_ids_of_kinds_that_were_not_collected_do_not_dangle(snapshot: Snapshot) -> None:
    eni = {"NetworkInterfaceId": "eni-1", "SubnetId": "subnet-9", "Groups": [{"GroupId": "sg-9"}]}
    assert snapshot({"x.json": {"NetworkInterfaces": [eni]}}).problems == ()


def test_gone_things_stay_in_their_tables(snapshot: Snapshot) -> None:
    estate = snapshot({"n.json": {"NatGateways": [{"NatGatewayId": "nat-1", "State": "deleted", "SubnetId": "x"}]}})
    assert estate.nat_gateways["nat-1"].state == "deleted"
