"""Databases and other managed services as ENIs with their groups and ports."""

import json

import pytest

from tabiji.journey.batch import answer
from tabiji.sources import apply_overlay, load

ESTATE = """
vpcs:
  a:
    cidr: 10.0.0.0/16
    subnets: {s: {cidr: 10.0.1.0/24, az: a}, d: {cidr: 10.0.2.0/24, az: a}}
    security_groups:
      app: {out: [all to 0.0.0.0/0]}
      db: {in: [all from sg:app]}
      closed: {in: []}
    instances: {app: {subnet: s, ip: 10.0.1.10, sg: app}}
    interfaces:
      db: {subnet: d, ip: 10.0.2.20, sg: db, description: RDSNetworkInterface}
      shut: {subnet: d, ip: 10.0.2.21, sg: closed, description: RDSNetworkInterface}
      files: {subnet: d, ip: 10.0.2.30, sg: db, description: "EFS mount target for fs-1 (fsmt-1)"}
records:
  db_instances:
    - DBInstanceIdentifier: orders
      Endpoint: {Address: orders.abc.us-east-1.rds.amazonaws.com, Port: 3306}
      VpcSecurityGroups: [{VpcSecurityGroupId: sg-a-db, Status: active}]
      DBSubnetGroup: {VpcId: vpc-a}
"""


@pytest.fixture(scope="module")
def estate(tmp_path_factory):
    file = tmp_path_factory.mktemp("managed") / "estate.yaml"
    file.write_text(ESTATE, encoding="utf-8")
    return load(file)


def ask(estate, address, port, source="10.0.1.10", protocol="tcp"):
    question = {"source_kind": "eni", "source_ip": source, "destination_ip": address, "protocol": protocol}
    return answer(estate, question | ({"destination_port": port} if port else {}))


def test_a_database_answers_on_its_port_and_nobody_knows_of_the_others(estate):
    assert ask(estate, "10.0.2.20", 3306)["reachable"] is True
    for port, protocol in ((22, "tcp"), (None, "icmp")):
        told = ask(estate, "10.0.2.20", port, protocol=protocol)
        assert (told["reachable"], told["deciding"]["code"]) == (None, "unknown.managed_service_port")


def test_its_group_refuses_first(estate):
    told = ask(estate, "10.0.2.21", 3306)
    assert (told["reachable"], told["deciding"]["code"]) == (False, "sg.ingress.empty")


def test_a_file_system_answers_nfs(estate):
    assert ask(estate, "10.0.2.30", 2049)["reachable"] is True
    assert ask(estate, "10.0.2.30", 443)["reachable"] is None


def test_a_database_of_which_no_port_was_collected_is_undetermined(estate):
    gone = apply_overlay(estate, {"remove": ["orders"]})
    assert ask(gone, "10.0.2.20", 3306)["reachable"] is None


def test_describe_db_instances_is_read_as_it_is_printed(tmp_path):
    rows = [{"DBInstanceIdentifier": "orders", "Endpoint": {"Address": "a", "Port": 5432, "HostedZoneId": "Z"},
             "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1", "Status": "active"}],
             "DBSubnetGroup": {"VpcId": "vpc-1", "Subnets": []}, "MasterUsername": "x"}]  # fmt: skip
    (tmp_path / "rds.json").write_text(json.dumps({"DBInstances": rows}), encoding="utf-8")
    found = load(tmp_path).db_instances["orders"]
    assert (found.endpoint.port, found.groups, found.db_subnet_group.vpc_id) == (5432, {"sg-1"}, "vpc-1")
