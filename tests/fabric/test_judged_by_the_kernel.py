"""What the differential tests found wrong in the fabric, one case each."""

from __future__ import annotations

from tabiji.fabric import Fabric
from tabiji.packet.address import parse_address
from tabiji.packet.header import TCP, UDP, FiveTuple
from tabiji.walk import Flow, walk
from walking import code, estate, trip

TRANSIT = """
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
  egress:
    cidr: 10.9.0.0/16
    igw: true
    subnets:
      tgw: {cidr: 10.9.1.0/24, az: a, routes: {0.0.0.0/0: out, 10.0.0.0/8: hub}}
      pub: {cidr: 10.9.2.0/24, az: a, routes: {0.0.0.0/0: igw, 10.0.0.0/8: hub}}
    security_groups:
      open: {in: all from 0.0.0.0/0}
    instances:
      db: {subnet: tgw, ip: 10.9.1.10, sg: open}
    nat_gateways:
      out: {subnet: pub, ip: 10.9.2.7}
transit_gateways:
  hub:
    attachments:
      spoke: {subnets: app}
      egress: {subnets: tgw}
    route_tables:
      main: {associate: [spoke, egress], propagate: [spoke, egress], routes: {0.0.0.0/0: egress}}
"""


def test_rt15_link_local_addresses_are_not_forwarded_by_a_default_route() -> None:
    """A TGW brings it to a subnet whose default route would take it to the Internet."""
    net = estate(TRANSIT)
    fabric = Fabric(net)
    packet = FiveTuple(parse_address("10.1.1.10"), parse_address("169.254.169.254"), TCP, 40000, 80)
    leg = walk(fabric, fabric.node("routes", net.ids_by_name["tgw"][0]), packet, {}, Flow())
    assert leg.outcome == "dropped"
    assert leg.end.code == "route.none"


BACK = """
region: ap-northeast-1
vpcs:
  near:
    cidr: 10.1.0.0/16
    igw: true
    subnets:
      app: {cidr: 10.1.1.0/24, az: a}
      far: {cidr: 10.1.3.0/24, az: a, routes: {10.1.1.0/24: out}}
      pub: {cidr: 10.1.2.0/24, az: a, routes: {0.0.0.0/0: igw}}
    security_groups:
      open: {in: all from 0.0.0.0/0}
    instances:
      web: {subnet: app, ip: 10.1.1.10, sg: open}
      db: {subnet: far, ip: 10.1.3.10, sg: open}
    nat_gateways:
      out: {subnet: pub, ip: 10.1.2.7}
"""


def test_w11_a_nat_gateway_does_not_carry_answers_of_flows_it_never_saw() -> None:
    assert code(trip(estate(BACK), "web", "10.1.3.10")) == "nat.no_session"


def test_w11_a_datagram_through_a_nat_gateway_is_a_new_flow_and_comes_back_from_the_wrong_address() -> None:
    assert code(trip(estate(BACK), "web", "10.1.3.10", proto=UDP)) == "reply.misdelivered"


REFERENCED = """
region: ap-northeast-1
vpcs:
  main:
    cidr: 10.1.0.0/16
    subnets:
      app: {cidr: 10.1.1.0/24, az: a, routes: {10.1.3.0/24: box}}
      mid: {cidr: 10.1.2.0/24, az: a}
      far: {cidr: 10.1.3.0/24, az: a}
    security_groups:
      open: {in: all from 0.0.0.0/0}
      boxes: {in: all from 0.0.0.0/0}
      inner: {in: "all from sg:boxes"}
    instances:
      web: {subnet: app, ip: 10.1.1.10, sg: open}
      box: {subnet: mid, ip: 10.1.2.10, sg: boxes, source_dest_check: false}
      db: {subnet: far, ip: 10.1.3.10, sg: inner}
hosts:
  box: {instance: box, forwards: FORWARDS}
"""


def test_sg4_what_a_nat_instance_translates_is_known_by_the_instances_groups() -> None:
    assert code(trip(estate(REFERENCED.replace("FORWARDS", "nat")), "web", "10.1.3.10")) == "ok"


def test_sg5_what_an_appliance_routes_is_known_by_nobodys_groups() -> None:
    assert code(trip(estate(REFERENCED.replace("FORWARDS", "route")), "web", "10.1.3.10")) == "sg.ingress.no_rule"


READDRESSED = """
region: ap-northeast-1
vpcs:
  main:
    cidr: 10.1.0.0/16
    igw: true
    subnets:
      app: {cidr: 10.1.1.0/24, az: a, routes: {0.0.0.0/0: out}}
      pub: {cidr: 10.1.2.0/24, az: a, routes: {0.0.0.0/0: vpce-fw, 10.1.1.0/24: vpce-fw}}
      fw: {cidr: 10.1.3.0/24, az: a, routes: {0.0.0.0/0: igw}}
    security_groups:
      open: {in: all from 0.0.0.0/0}
    instances:
      web: {subnet: app, ip: 10.1.1.10, sg: open}
    nat_gateways:
      out: {subnet: pub, ip: 10.1.2.7}
    endpoints:
      fw: {id: vpce-fw, type: gwlb, subnets: fw}
switches:
  "GL1:vpce-fw": pass
"""


def test_gl3_an_answer_with_other_addresses_than_the_request_is_a_stranger_to_an_appliance() -> None:
    """It saw the NAT gateway's packet go out; the answer comes back by it as the client's."""
    assert code(trip(estate(READDRESSED), "web", "198.51.100.7")) == "appliance.asymmetric"
