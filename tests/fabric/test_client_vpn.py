"""Client VPN (CV1-CV3)."""

from __future__ import annotations

from typing import Any

from tabiji.estate import Estate
from tabiji.packet.address import format_address
from walking import code, estate, instance_eni, places, trip

CVPN = "cvpn-endpoint-1"
NET = """
region: ap-northeast-1
vpcs:
  main:
    cidr: 10.0.0.0/16
    igw: true
    routes: {10.5.0.0/16: main-far}
    subnets:
      vpn: {cidr: 10.0.1.0/24, az: a}
      app: {cidr: 10.0.2.0/24, az: a}
    security_groups:
      vpn: {in: []}
      app: {in: "tcp 443 from sg:vpn"}
    instances:
      web: {subnet: app, ip: 10.0.2.10, sg: app}
    interfaces:
      association: {subnet: vpn, ip: 10.0.1.7, sg: vpn, description: ClientVPN Endpoint resource, public: 203.0.113.50}
  far:
    cidr: 10.5.0.0/16
    routes: {10.0.0.0/16: main-far}
    subnets:
      f: {cidr: 10.5.1.0/24, az: a}
    security_groups:
      open: {in: all from 0.0.0.0/0}
    instances:
      db: {subnet: f, ip: 10.5.1.10, sg: open}
peerings:
  main-far: {vpcs: [main, far]}
sites:
  home: {prefixes: 192.168.100.0/22, attachments: cvpn-endpoint-1, hosts: {laptop: 192.168.100.5}}
"""
HOME = "home/192.168.100.5"


def vpn(
    routes: tuple[str, ...] = ("10.0.0.0/16",),
    rules: tuple[tuple[str, str], ...] = (("10.0.0.0/8", ""),),
    *,
    split: bool = True,
    associated: bool = True,
    text: str = NET,
    **sections: Any,
) -> Estate:
    """A Client VPN endpoint with these routes and (destination, group) authorization rules."""
    records = {
        "ClientVpnEndpoints": [
            {
                "ClientVpnEndpointId": CVPN,
                "VpcId": "vpc-main",
                "ClientCidrBlock": "192.168.100.0/22",
                "SplitTunnel": split,
            }
        ],
        "ClientVpnRoutes": [
            {"ClientVpnEndpointId": CVPN, "DestinationCidr": r, "TargetSubnet": "subnet-main-vpn"} for r in routes
        ],
        "ClientVpnAuthorizationRules": [
            {"ClientVpnEndpointId": CVPN, "DestinationCidr": c, "GroupId": g, "AccessAll": not g} for c, g in rules
        ],
        "ClientVpnTargetNetworks": [
            {
                "AssociationId": "cvpn-assoc-1",
                "ClientVpnEndpointId": CVPN,
                "TargetNetworkId": "subnet-main-vpn",
                "Status": {"Code": "associated" if associated else "disassociating"},
            }
        ],
    }
    return estate(text, records=records, **sections)


def test_cv1_route_authorization_group_reference_and_back() -> None:
    net = vpn()
    found = trip(net, HOME, "10.0.2.10")
    assert code(found) == "ok"
    assert CVPN in places(found)
    assert CVPN in places(found, back=True)
    assert format_address(found.forward.packet.src) == "10.0.1.7"  # CV2: translated
    assert instance_eni(net, "web") in places(found)
    assert code(trip(net, HOME, "10.0.2.10", 22)) == "sg.ingress.no_rule"


def test_cv1_without_an_authorization_rule_nothing_passes() -> None:
    assert code(trip(vpn(rules=(("10.0.3.0/24", ""),)), HOME, "10.0.2.10")) == "client_vpn.unauthorized"


def test_cv1_a_rule_for_a_group_depends_on_who_is_asking() -> None:
    one = vpn(rules=(("10.0.0.0/8", "admins"),))
    assert code(trip(one, HOME, "10.0.2.10")) == "unknown.client_vpn_group"
    member = vpn(rules=(("10.0.0.0/8", "admins"),), switches={"CV1:admins": "member"})
    assert code(trip(member, HOME, "10.0.2.10")) == "ok"
    stranger = vpn(rules=(("10.0.0.0/8", "admins"),), switches={"CV1:admins": "no"})
    assert code(trip(stranger, HOME, "10.0.2.10")) == "client_vpn.unauthorized"


def test_cv1_without_a_route_of_the_endpoint() -> None:
    net = vpn(routes=("10.0.9.0/24",), split=False)
    assert code(trip(net, HOME, "10.0.2.10")) == "client_vpn.no_route"


def test_cv1_subnet_must_be_associated() -> None:
    assert code(trip(vpn(associated=False), HOME, "10.0.2.10")) == "client_vpn.not_associated"


def test_cv2_peered_vpc_is_reached_through_the_associated_subnet() -> None:
    net = vpn(routes=("10.0.0.0/16", "10.5.0.0/16"))
    assert code(trip(net, HOME, "10.5.1.10")) == "ok"


def test_cv2_without_the_interface_the_address_is_not_known() -> None:
    text = NET.replace("description: ClientVPN Endpoint resource, ", "")
    assert code(trip(vpn(text=text), HOME, "10.0.2.10")) == "unknown.client_vpn_address"
    assert code(trip(vpn(switches={"CV2": "unknown"}), HOME, "10.0.2.10")) == "unknown.client_vpn_address"


def test_cv2_nothing_comes_in_by_the_interface_itself() -> None:
    text = NET.replace("vpn: {in: []}", "vpn: {in: all from 0.0.0.0/0}")
    assert code(trip(vpn(text=text), "web", "10.0.1.7")) == "nat.unsolicited"


def test_cv3_internet_needs_an_igw_route_on_the_associated_subnet() -> None:
    everything = {"routes": ("0.0.0.0/0",), "rules": (("0.0.0.0/0", ""),), "split": False}
    assert code(trip(vpn(**everything), HOME, "198.51.100.9")) == "route.none"
    text = NET.replace("routes: {10.5.0.0/16: main-far}", "routes: {10.5.0.0/16: main-far, 0.0.0.0/0: igw}")
    found = trip(vpn(text=text, **everything), HOME, "198.51.100.9")
    assert code(found) == "ok"
    assert format_address(found.forward.packet.src) == "203.0.113.50"


def test_cv3_split_tunnel_sends_only_pushed_routes_into_the_vpn() -> None:
    found = trip(vpn(), HOME, "198.51.100.9")
    assert CVPN not in places(found)
    assert CVPN in places(trip(vpn(split=False), HOME, "198.51.100.9"))


def test_endpoint_that_was_not_collected_is_undetermined() -> None:
    net = vpn(split=False)
    tables = {**net.tables, "client_vpn_endpoints": {}}
    assert code(trip(Estate(tables), HOME, "10.0.2.10")) == "unknown.client_vpn"
