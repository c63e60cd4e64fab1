"""VPC Lattice (LA1, LA2) and Gateway Load Balancer endpoints (GL1-GL3, NA11)."""

from __future__ import annotations

from typing import Any

from tabiji.estate import Estate
from walking import code, estate, param, places, trip

LATTICE = """
region: ap-northeast-1
vpcs:
  main:
    cidr: 10.0.0.0/16
    subnets:
      app: {cidr: 10.0.1.0/24, az: a}
    security_groups:
      app: {in: [], out: %s}
      lattice: {in: %s}
    instances:
      web: {subnet: app, ip: 10.0.1.10, sg: app}
    endpoints:
      rc: {id: vpce-rc, type: resource, service: arn-of-a-resource, ips: {app: 10.0.1.20}, sg: lattice}
"""
ANY = "all to 0.0.0.0/0"


def lattice(out: str = ANY, into: str = "tcp 443 from 10.0.0.0/16", associated: bool = True) -> Estate:
    rows = [{"id": "snva-1", "vpcId": "vpc-main", "serviceNetworkId": "sn-1", "status": "ACTIVE",
             "securityGroupIds": ["sg-main-lattice"]}]  # fmt: skip
    return estate(LATTICE % (out, into), records={"LatticeVpcAssociations": rows if associated else []})


def test_la1_only_from_an_associated_vpc() -> None:
    assert code(trip(lattice(associated=False), "web", "169.254.171.32")) == "lattice.not_associated"
    found = trip(lattice(), "web", "169.254.171.32")
    assert (code(found), param(found, "network")) == ("unknown.lattice_service", "sn-1")


def test_la1_client_egress_then_the_associations_groups() -> None:
    assert code(trip(lattice(out="tcp 443 to 10.0.0.0/8"), "web", "169.254.171.32")) == "sg.egress.no_rule"
    assert code(trip(lattice(), "web", "169.254.171.32", 80)) == "sg.ingress.no_rule"
    assert code(trip(lattice(into="tcp 443 from sg:app"), "web", "169.254.171.32")) == "unknown.lattice_service"


def test_la2_resource_endpoints_are_interfaces_with_groups() -> None:
    assert code(trip(lattice(), "web", "10.0.1.20", 80)) == "sg.ingress.no_rule"
    assert code(trip(lattice(), "web", "10.0.1.20")) == "unknown.endpoint_type"


GWLB = """
region: ap-northeast-1
vpcs:
  main:
    cidr: 10.0.0.0/16
    igw: true
    subnets:
      app: {cidr: 10.0.1.0/24, az: a, routes: {0.0.0.0/0: vpce-gw}}
      gw: {cidr: 10.0.2.0/24, az: a, routes: {0.0.0.0/0: igw}}
    security_groups:
      open: {in: all from 0.0.0.0/0}
    instances:
      web: {subnet: %s, ip: %s, sg: open, public: 203.0.113.9}
    endpoints:
      gw: {id: vpce-gw, type: gwlb, subnets: gw%s}
%s
"""
EDGE = "    route_tables: {edge: {edge: igw, routes: {10.0.1.0/24: vpce-gw}}}"


def gwlb(
    verdict: str = "pass", edge: bool = True, subnet: str = "app", ip: str = "10.0.1.10", state: str = "", **more: Any
) -> Estate:
    switches = {"GL1:vpce-gw": verdict} if verdict else {}
    return estate(GWLB % (subnet, ip, state, EDGE if edge else ""), switches=switches, **more)


def test_gl1_appliances_are_not_known_by_themselves() -> None:
    assert code(trip(gwlb(""), "web", "198.51.100.9")) == "unknown.appliance"
    assert code(trip(gwlb("drop"), "web", "198.51.100.9")) == "appliance.drop"


def test_gl1_re_emerges_at_the_endpoint_and_follows_its_subnets_routes() -> None:
    found = trip(gwlb(), "web", "198.51.100.9")
    assert code(found) == "ok"
    assert places(found)[1:3] == ["vpce-gw", "igw-main"]
    assert "vpce-gw" in places(found, back=True)


def test_gl3_the_request_seen_and_not_the_answer_is_tolerated_the_other_way_round_is_not() -> None:
    assert code(trip(gwlb(edge=False), "web", "198.51.100.9")) == "ok"
    found = trip(gwlb(edge=False), "internet/198.51.100.9", "203.0.113.9")
    assert code(found) == "appliance.asymmetric"
    assert found.reply is not None


def test_na11_the_endpoint_subnets_acl_is_evaluated_also_for_servers_in_it() -> None:
    acl = {"n": {"vpc": "main", "subnets": "gw", "in": ["50 deny all from 10.0.0.0/16", "100 allow all from 0.0.0.0/0"],
                 "out": ["100 allow all to 0.0.0.0/0"]}}  # fmt: skip
    assert code(trip(gwlb(network_acls=acl), "web", "198.51.100.9")) == "nacl.ingress.deny"


def test_ie8_endpoint_must_be_available() -> None:
    assert code(trip(gwlb(state=", state: pendingAcceptance"), "web", "198.51.100.9")) == "endpoint.state"
