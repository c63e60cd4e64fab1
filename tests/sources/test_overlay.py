"""Documents laid over an estate: add, change, replace, remove."""

# ruff: noqa: E501 - an overlay in one line
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tabiji.estate import Estate, Scope
from tabiji.sources import SourceError, apply_overlay, changes_of_overlay, load
from tabiji.sources.document import estate_of
from tabiji.sources.yaml_text import parse_yaml

BASE = b"""
region: eu-west-1
vpcs:
  v:
    cidr: 10.0.0.0/16
    igw: true
    routes: {10.7.0.0/16: tgw}
    subnets:
      a: {cidr: 10.0.1.0/24, routes: {0.0.0.0/0: nat, 10.8.0.0/16: tgw}}
      b: {cidr: 10.0.2.0/24}
    security_groups: {app: {in: ["tcp 443 from 10.0.0.0/8, 10.2.0.0/16", "ping from 10.0.0.0/8"]}}
    network_acls: {strict: {subnets: b, in: [100 allow all from 10.0.0.0/8], out: [100 allow all to 0.0.0.0/0]}}
    instances: {web: {subnet: a, sg: app}}
    nat_gateways: {nat: {subnet: b}}
    endpoints: {ssm: {subnets: a, sg: app}, s3: {type: gateway, route_tables: a}}
transit_gateways:
  hub: {attachments: {v: [a]}, route_tables: {x: {routes: {10.66.0.0/16: blackhole}}}}
hosted_zones: {corp.example: {vpcs: v, records: {www: 10.0.0.1}}}
prefix_lists: {office: [192.168.0.0/24]}
"""


@pytest.fixture
def base() -> Estate:
    return estate_of(parse_yaml(BASE, "base"))


def lay(base: Estate, text: str) -> Estate:
    return apply_overlay(base, parse_yaml(text.encode(), "over"))


def cidrs(estate: Estate, group: str) -> list[list[str]]:
    return [[r.cidr_ip for r in p.ip_ranges] for p in estate.security_groups[group].ip_permissions]


def test_nothing_changes_nothing(base: Estate) -> None:
    assert changes_of_overlay(base, {}) == ()
    assert changes_of_overlay(base, {"vpcs": {"v": {}}}) == ()


@pytest.mark.parametrize("name", ["sg-v-app", "app"])
def test_security_group_rules(base: Estate, name: str) -> None:
    new = lay(base, f'security_groups: {{{name}: {{add_in: ["tcp 443 from 192.168.0.0/16"]}}}}')
    assert cidrs(new, "sg-v-app") == [["10.0.0.0/8", "10.2.0.0/16"], ["10.0.0.0/8"], ["192.168.0.0/16"]]
    assert cidrs(base, "sg-v-app")[2:] == []
    assert new.network_interfaces is base.network_interfaces  # what is not touched is shared
    new = lay(base, f"security_groups: {{{name}: {{remove_in: tcp 443 from 10.2.0.0/16}}}}")
    assert cidrs(new, "sg-v-app") == [["10.0.0.0/8"], ["10.0.0.0/8"]]
    new = lay(base, f"security_groups: {{{name}: {{in: [], out: tcp 443 to 10.0.0.0/8}}}}")
    assert new.security_groups["sg-v-app"].ip_permissions == ()
    assert new.security_groups["sg-v-app"].ip_permissions_egress[0].from_port == 443


def test_changes_are_whole_records(base: Estate) -> None:
    (change,) = changes_of_overlay(base, {"security_groups": {"app": {"add_in": "ssh from 10.0.0.0/8"}}})
    assert (change.kind, change.id) == ("security_groups", "sg-v-app")


def test_routes(base: Estate) -> None:
    new = lay(
        base, "route_tables: {rtb-v-a: {routes: {10.9.0.0/16: hub, 0.0.0.0/0: igw-v}, remove_routes: [10.8.0.0/16]}}"
    )
    rows = {r.destination: r.target for r in new.route_tables["rtb-v-a"].routes if not r.destination_prefix_list_id}
    assert rows == {"10.0.0.0/16": "local", "0.0.0.0/0": "igw-v", "10.9.0.0/16": "tgw-hub"}
    new = lay(
        base, "vpcs: {v: {routes: {10.6.0.0/16: tgw}, subnets: {a: {routes: {10.5.0.0/16: tgw}}, b: {route_table: a}}}}"
    )
    assert "10.6.0.0/16" in {r.destination for r in new.route_tables["rtb-v-main"].routes}
    assert "10.5.0.0/16" in {r.destination for r in new.route_tables["rtb-v-a"].routes}
    assert new.route_table_by_subnet["subnet-v-b"] == "rtb-v-a"


def test_network_acl(base: Estate) -> None:
    new = lay(
        base,
        "network_acls: {strict: {add_in: [100 deny all from 10.0.0.0/8, 90 allow tcp 22 from 10.1.0.0/16], remove_out: 100}}",
    )
    rows = [(e.egress, e.rule_number, e.rule_action) for e in new.network_acls["acl-v-strict"].entries]
    assert rows == [(False, 90, "allow"), (False, 100, "deny"), (False, 32767, "deny"), (True, 32767, "deny")]
    new = lay(base, "vpcs: {v: {subnets: {b: {nacl: default}}}}")
    assert new.nacl_by_subnet["subnet-v-b"] == "acl-v-default"


def test_vpc_attributes_and_instances(base: Estate) -> None:
    new = lay(base, "vpcs: {v: {dns_hostnames: true, cidr: [10.0.0.0/16, 10.3.0.0/16]}}")
    assert new.tables["vpc_attributes"]["vpc-v"].enable_dns_hostnames
    assert new.vpcs["vpc-v"].cidrs() == ("10.0.0.0/16", "10.3.0.0/16")
    assert "10.3.0.0/16" in {r.destination for r in new.route_tables["rtb-v-a"].routes}
    new = lay(base, "instances: {web: {public: true, source_dest_check: false, sg: default, forwards: nat}}")
    eni = new.network_interfaces["eni-v-web"]
    assert (eni.source_dest_check, eni.public_pairs()) == (False, (("10.0.1.4", "203.0.113.2"),))
    assert [g.group_id for g in eni.groups] == ["sg-v-default"]
    assert new.hosts["web"].forwards == "nat"
    assert lay(new, "instances: {web: {public: false}}").network_interfaces["eni-v-web"].public_pairs() == ()


def test_endpoints_zones_lists(base: Estate) -> None:
    new = lay(base, "endpoints: {ssm: {private_dns: false, sg: default, subnets: [a]}, s3: {route_tables: [main]}}")
    endpoint = new.vpc_endpoints["vpce-v-ssm"]
    assert not endpoint.private_dns_enabled
    assert [g.group_id for g in new.network_interfaces[endpoint.network_interface_ids[0]].groups] == ["sg-v-default"]
    assert "vpce-v-s3" in {r.target for r in new.route_tables["rtb-v-main"].routes}
    assert "vpce-v-s3" not in {r.target for r in new.route_tables["rtb-v-a"].routes}
    new = lay(base, "hosted_zones: {corp.example: {records: {api: 10.0.0.2}, remove_records: www, remove_vpcs: v}}")
    zone = new.hosted_zones["zone-corp.example"]
    assert zone.record_sets is not None
    assert ([r.name for r in zone.record_sets], zone.vpcs) == (["api.corp.example."], ())
    new = lay(base, "prefix_lists: {office: {add: 192.168.9.0/24, remove: 192.168.0.0/24}}")
    assert new.prefix_list_cidrs["pl-office"] == ("192.168.9.0/24",)


def test_transit_gateway(base: Estate) -> None:
    new = lay(
        base,
        """
transit_gateways:
  hub:
    sg_referencing: true
    attachments: {v: {appliance_mode: true, table: x}}
    route_tables: {x: {routes: {0.0.0.0/0: v}, remove_routes: 10.66.0.0/16}, default: {remove_propagate: v}}
""",
    )
    assert new.tgw_vpc_attachments["tgw-attach-hub-v"].options.appliance_mode_support == "enable"
    assert new.tgw_table_by_attachment == {"tgw-attach-hub-v": "tgw-rtb-hub-x"}
    assert [r.destination_cidr_block for r in new.tables["tgw_routes"]["tgw-rtb-hub-x"].routes] == ["0.0.0.0/0"]
    gone = new.tables["tgw_propagations"]["tgw-rtb-hub-default"].transit_gateway_route_table_propagations
    assert gone == ()


def test_new_things(base: Estate) -> None:
    new = lay(
        base,
        """
region: us-east-1
vpcs:
  w:
    cidr: 10.4.0.0/16
    subnets: {s: {cidr: 10.4.0.0/24}}
    instances: {probe: {subnet: s}}
  v: {instances: {second: {subnet: a}}}
peerings: {v-w: {vpcs: [v, w]}}
""",
    )
    assert new.scope_of("vpc-w") == Scope("111122223333", "us-east-1")
    assert new.scope_of("eni-v-second") == Scope("111122223333", "eu-west-1")
    second = new.network_interfaces["eni-v-second"].private_ip_address
    assert second not in base.eni_by_address["vpc-v"]
    assert new.peerings["pcx-v-w"].requester.vpc_id == "vpc-v"


def test_remove(base: Estate) -> None:
    new = lay(base, "remove: [nat-v-nat, web]")
    assert "nat-v-nat" not in new.nat_gateways
    assert not {"eni-nat-v-nat", "eni-v-web"} & new.network_interfaces.keys()
    assert "web" not in new.hosts
    states = {r.destination: r.state for r in new.route_tables["rtb-v-a"].routes}
    assert states["0.0.0.0/0"] == "blackhole"  # RT14
    new = lay(base, "remove: hub")
    assert not new.tgw_attachments
    assert {r.state for r in new.route_tables["rtb-v-main"].routes} == {"active", "blackhole"}
    new = lay(base, "remove: vpc-v")
    assert not new.vpcs
    assert not new.subnets
    assert not new.route_tables


def test_patch_and_records(base: Estate) -> None:
    new = lay(base, "patch: {eni-v-web: {SourceDestCheck: false}, tgw-attach-hub-v: {SubnetIds: []}}")
    assert not new.network_interfaces["eni-v-web"].source_dest_check
    assert new.tgw_vpc_attachments["tgw-attach-hub-v"].subnet_ids == ()
    new = lay(base, "records: {subnets: [{SubnetId: subnet-v-b, VpcId: vpc-v, CidrBlock: 10.0.3.0/24}]}")
    assert new.subnets["subnet-v-b"].cidr_block == "10.0.3.0/24"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            "security_groups: {sg-v-ap: {add_in: ssh from 10.0.0.0/8}}",
            "no security group is called 'sg-v-ap'; did you mean",
        ),
        ("security_groups: {app: {remove_in: ssh from 10.0.0.0/8}}", "sg-v-app has no such rule"),
        ("route_tables: {rtb-v-a: {remove_routes: 10.99.0.0/16}}", "rtb-v-a has no such route"),
        ("network_acls: {strict: {remove_in: 7}}", "acl-v-strict has no rule 7"),
        ("remove: v", "v may be igw-v, tgw-attach-hub-v, vpc-v; use an id"),
        ("remove: [nat-9]", "nothing is called 'nat-9'"),
        ("patch: {eni-v-web: {SourceDestChek: false}}", "unknown field; did you mean SourceDestCheck?"),
        ("patch: {eni-9: {}}", "nothing has the id 'eni-9'"),
        ("instances: {web: {subnet: b}}", "i-v-web exists; subnet, ip and interfaces of an instance cannot be changed"),
        ("vpcs: {v: {instances: {x: {subnet: a, ip: 10.0.1.4}}}}", "10.0.1.4 is taken already in vpc-v"),
        ("vpcs: {v: {subnets: {x: {cidr: 10.0.1.128/25}}}}", "overlaps 10.0.1.0/24 of subnet-v-a"),
        ("hosted_zones: {corp.example: {remove_records: nope}}", "has no record nope"),
    ],
)
def test_bad_overlay(base: Estate, tmp_path: Path, text: str, error: str) -> None:
    path = tmp_path / "over.yaml"
    path.write_text(text)
    with pytest.raises(SourceError) as caught:
        apply_overlay(base, path)
    assert str(caught.value).startswith(f"{path}:1: ")
    assert error in str(caught.value)


def test_over_a_snapshot_by_id_and_name(tmp_path: Path) -> None:
    rows: dict[str, Any] = {
        "Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}],
        "Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": "10.0.0.0/24", "AvailabilityZone": "us-east-1a"}],
        "SecurityGroups": [
            {"GroupId": "sg-1", "VpcId": "vpc-1", "GroupName": "x", "Tags": [{"Key": "Name", "Value": "front"}]},
            {"GroupId": "sg-2", "VpcId": "vpc-1", "GroupName": "default", "Tags": [{"Key": "Name", "Value": "twin"}]},
            {"GroupId": "sg-3", "VpcId": "vpc-1", "GroupName": "y", "Tags": [{"Key": "Name", "Value": "twin"}]},
        ],
    }  # fmt: skip
    (tmp_path / "x.json").write_text(json.dumps(rows))
    overlay = tmp_path / "over.yaml"
    overlay.write_text(
        "security_groups: {front: {add_in: ssh from sg-2}}\nvpcs: {vpc-1: {instances: {p: {subnet: subnet-1}}}}"
    )
    estate = load(tmp_path, [overlay])
    peers = estate.security_groups["sg-1"].ip_permissions[0].user_id_group_pairs
    assert [p.group_id for p in peers] == ["sg-2"]
    eni = estate.network_interfaces["eni-1-p"]
    assert (eni.private_ip_address, [g.group_id for g in eni.groups]) == ("10.0.0.4", ["sg-2"])
    assert not estate.coverage.complete
    with pytest.raises(SourceError, match="twin is the name of sg-2, sg-3; use an id"):
        lay(estate, "security_groups: {twin: {in: []}}")
