"""Sections of the data plane: every way of writing them gives the records AWS would print."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tabiji.estate import Estate
from tabiji.sources.document import estate_of

Written = Callable[[str], Estate]


def vpc(**more: Any) -> dict[str, Any]:
    inner = {"cidr": "10.0.0.0/16", "subnets": {"a": {"cidr": "10.0.1.0/24"}, "b": {"cidr": "10.0.2.0/24", "az": "c"}}}
    return {"vpcs": {"v": {**inner, **more}}}


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("tcp 443 from 10.0.0.0/8", ("tcp", 443, 443, ["10.0.0.0/8"])),
        ("tcp 8000-8100 from 10.0.0.1", ("tcp", 8000, 8100, ["10.0.0.1/32"])),
        ("udp from 10.0.0.0/8, 172.16.0.0/12", ("udp", 0, 65535, ["10.0.0.0/8", "172.16.0.0/12"])),
        ("all from vpc", ("-1", None, None, ["10.0.0.0/16"])),
        ("50 from 10.0.0.0/8", ("50", None, None, ["10.0.0.0/8"])),
        ("icmp from 10.0.0.0/8", ("icmp", -1, -1, ["10.0.0.0/8"])),
        ("icmp 3/4 from 10.0.0.0/8", ("icmp", 3, 4, ["10.0.0.0/8"])),
        ("ping from 10.0.0.0/8", ("icmp", 8, -1, ["10.0.0.0/8"])),
        ("https from 10.0.0.0/8 # why", ("tcp", 443, 443, ["10.0.0.0/8"])),
    ],
)
def test_security_group_rules(rule: str, fields: tuple[Any, ...]) -> None:
    """SG3: what ports mean depends on the protocol."""
    estate = estate_of(vpc(security_groups={"g": {"in": rule}}))
    (found,) = estate.security_groups["sg-v-g"].ip_permissions
    assert (found.ip_protocol, found.from_port, found.to_port, [r.cidr_ip for r in found.ip_ranges]) == fields


def test_security_group_peers(written: Written) -> None:
    estate = written("""
        prefix_lists: {office: [192.168.0.0/24]}
        vpcs:
          v:
            cidr: 10.0.0.0/16
            security_groups:
              g: {in: ["tcp 22,80 from sg:h, self, pl:office", "dns from sg:w/x"], out: []}
              h:
          w: {cidr: 10.9.0.0/16, security_groups: {x: {vpcs: v}}}
    """)
    group = estate.security_groups["sg-v-g"]
    first = group.ip_permissions[0]
    assert [p.from_port for p in group.ip_permissions] == [22, 80, 53, 53]
    assert [p.group_id for p in first.user_id_group_pairs] == ["sg-v-h", "sg-v-g"]
    assert [p.prefix_list_id for p in first.prefix_list_ids] == ["pl-office"]
    other = group.ip_permissions[2].user_id_group_pairs[0]
    assert (other.group_id, other.vpc_id) == ("sg-w-x", "vpc-w")
    assert group.ip_permissions_egress == ()
    assert "sg-w-x/vpc-v" in estate.tables["security_group_vpc_associations"]  # SG8
    assert estate.prefix_list_cidrs["pl-office"] == ("192.168.0.0/24",)


def test_network_acl() -> None:
    rules = {
        "in": ["200 deny tcp 22 from 0.0.0.0/0", "100 allow all from 10.0.0.0/8"],
        "out": "10 allow icmp 8/0 to ::/0",
    }
    estate = estate_of(vpc(network_acls={"strict": {**rules, "subnets": "a"}}))
    nacl = estate.network_acls[estate.nacl_by_subnet["subnet-v-a"]]
    assert nacl.network_acl_id == "acl-v-strict"
    assert [(e.egress, e.rule_number, e.rule_action, e.protocol) for e in nacl.entries] == [
        (False, 100, "allow", "-1"),
        (False, 200, "deny", "6"),
        (False, 32767, "deny", "-1"),
        (True, 10, "allow", "1"),
        (True, 32767, "deny", "-1"),
    ]
    ssh, ping = nacl.entries[1], nacl.entries[3]
    assert ssh.port_range is not None
    assert (ssh.port_range.low, ssh.port_range.high) == (22, 22)
    assert ping.icmp_type_code is not None
    assert (ping.icmp_type_code.type, ping.icmp_type_code.code, ping.ipv6_cidr_block) == (8, 0, "::/0")
    assert estate.nacl_by_subnet["subnet-v-b"] == "acl-v-default"


def test_route_tables(written: Written) -> None:
    estate = written("""
        prefix_lists: {office: [192.168.0.0/24]}
        vpcs:
          v:
            cidr: [10.0.0.0/16, 10.1.0.0/16]
            igw: true
            vgw: true
            routes: {default: igw}
            subnets:
              a: {cidr: 10.0.1.0/24, route_table: shared}
              b: {cidr: 10.0.2.0/24, az: c}
              own: {cidr: 10.0.3.0/24, routes: {0.0.0.0/0: nat}, propagate: vgw}
              plain: {cidr: 10.0.4.0/24}
            instances: {fw: {subnet: plain, source_dest_check: false}}
            interfaces: {extra: {subnet: plain}}
            nat_gateways: {n: {subnet: plain}}
            endpoints: {svc: {type: gwlb, service: vpce-svc-1, subnets: plain}}
            route_tables:
              shared:
                subnets: b
                routes:
                  10.1.0.0/16: eni:extra
                  pl:office: tgw
                  10.50.0.0/16: peer
                  10.60.0.0/16: fw
                  10.70.0.0/16: svc
                  10.80.0.0/16: {to: nat-gone, state: blackhole}
                  10.90.0.0/16: lgw-1
              edge: {edge: igw, routes: {10.0.1.0/24: fw}}
        transit_gateways: {hub: {attachments: {v: [plain]}}}
        peerings: {peer: {vpcs: [v, {vpc: vpc-far, account: "999999999999", cidr: 10.50.0.0/16}]}}
        sites: {home: {prefixes: 192.168.7.0/24, attachments: v}}
    """)

    def rows(key: str) -> dict[str, str]:
        return {r.destination: r.target for r in estate.route_tables[key].routes}

    local = {"10.0.0.0/16": "local", "10.1.0.0/16": "local"}  # RT2
    assert rows("rtb-v-main") == {**local, "0.0.0.0/0": "igw-v"}
    assert rows("rtb-v-shared") == {
        "10.0.0.0/16": "local",
        "10.1.0.0/16": "eni-v-extra",  # RT9
        "pl-office": "tgw-hub",
        "10.50.0.0/16": "pcx-peer",
        "10.60.0.0/16": "eni-v-fw",
        "10.70.0.0/16": "vpce-v-svc",
        "10.80.0.0/16": "nat-gone",
        "10.90.0.0/16": "lgw-1",
    }
    assert [r.state for r in estate.route_tables["rtb-v-shared"].routes].count("blackhole") == 1
    assert rows("rtb-v-own") == {**local, "0.0.0.0/0": "nat-v-n", "192.168.7.0/24": "vgw-v"}
    learnt = next(r for r in estate.route_tables["rtb-v-own"].routes if r.destination == "192.168.7.0/24")
    assert learnt.origin == "EnableVgwRoutePropagation"
    assert [g.gateway_id for g in estate.route_tables["rtb-v-own"].propagating_vgws] == ["vgw-v"]
    assert estate.route_table_by_subnet == {
        "subnet-v-a": "rtb-v-shared",
        "subnet-v-b": "rtb-v-shared",
        "subnet-v-own": "rtb-v-own",
    }
    assert estate.route_table_by_gateway == {"igw-v": "rtb-v-edge"}  # RT16


def test_instances_and_interfaces(written: Written) -> None:
    estate = written("""
        elastic_ips: {front: {address: 203.0.113.77}, web: {instance: web}}
        vpcs:
          v:
            cidr: 10.0.0.0/16
            igw: true
            subnets: {a: {cidr: 10.0.1.0/24}, b: {cidr: 10.0.2.0/24}}
            security_groups: {one: {}, two: {}}
            instances:
              two-legs:
                subnet: a
                sg: [one, two]
                public: front
                prefixes: 10.0.1.16/28
                interfaces: {back: {subnet: b, source_dest_check: false}}
              web: {subnet: a, state: stopped, platform: windows, listens: tcp/443}
              invented: {subnet: a, public: true}
              written: {subnet: a, public: 198.51.100.9}
            interfaces: {bare: {subnet: b, instance: web, type: lambda}}
    """)
    legs = estate.instances["i-v-two-legs"]
    assert [e.network_interface_id for e in legs.network_interfaces] == ["eni-v-two-legs", "eni-v-two-legs-back"]
    front = estate.network_interfaces["eni-v-two-legs"]
    assert front.public_pairs() == (("10.0.1.4", "203.0.113.77"),)
    assert [g.group_id for g in front.groups] == ["sg-v-one", "sg-v-two"]
    assert [p.ipv4_prefix for p in front.ipv4_prefixes] == ["10.0.1.16/28"]
    assert estate.tables["elastic_ips"]["203.0.113.77"].network_interface_id == "eni-v-two-legs"
    back = estate.network_interfaces["eni-v-two-legs-back"]
    assert (back.source_dest_check, back.attachment and back.attachment.device_index) == (False, 1)
    web = estate.instances["i-v-web"]
    assert (web.state.name, web.platform, web.public_ip_address) == ("stopped", "windows", "203.0.113.1")
    assert [e.network_interface_id for e in web.network_interfaces] == ["eni-v-web", "eni-v-bare"]
    assert (estate.hosts["web"].os, estate.hosts["web"].listens) == ("windows", ("tcp/443",))
    assert estate.instances["i-v-invented"].public_ip_address == "203.0.113.2"
    assert estate.instances["i-v-written"].public_ip_address == "198.51.100.9"


def test_nat_gateways(written: Written) -> None:
    estate = written("""
        vpcs:
          v:
            cidr: 10.0.0.0/16
            subnets: {a: {cidr: 10.0.1.0/24}}
            route_tables: {regional: {}}
            nat_gateways:
              pub: {subnet: a, eip: [203.0.113.8, 203.0.113.9]}
              priv: {subnet: a, type: private}
              reg: {mode: regional, route_table: regional}
              dead: {subnet: a, state: deleted}
    """)
    nats = estate.nat_gateways
    assert [(x.private_ip, x.public_ip) for x in nats["nat-v-pub"].nat_gateway_addresses] == [
        ("10.0.1.4", "203.0.113.8"),
        ("10.0.1.5", "203.0.113.9"),
    ]
    assert nats["nat-v-priv"].connectivity_type == "private"
    assert nats["nat-v-priv"].nat_gateway_addresses[0].public_ip == ""  # NG3
    regional = nats["nat-v-reg"]
    assert (regional.availability_mode, regional.subnet_id, regional.route_table_id) == (
        "regional",
        "",
        "rtb-v-regional",
    )
    eni = estate.network_interfaces["eni-nat-v-pub"]
    assert (eni.interface_type, eni.source_dest_check) == ("nat_gateway", False)
    assert "eni-nat-v-dead" not in estate.network_interfaces


def test_transit_gateway_defaults(written: Written) -> None:
    """As AWS makes it: one default table, everything associated and propagated."""
    estate = written("""
        vpcs:
          a:
            cidr: 10.0.0.0/16
            subnets: {x: {cidr: 10.0.0.0/24}, y: {cidr: 10.0.1.0/24, az: c}, z: {cidr: 10.0.2.0/24}}
          b: {cidr: 10.1.0.0/16, subnets: {x: {cidr: 10.1.0.0/24}}}
        transit_gateways: {hub: {attachments: [a, b]}}
    """)
    table = "tgw-rtb-hub-default"
    assert estate.tgw_table_by_attachment == {"tgw-attach-hub-a": table, "tgw-attach-hub-b": table}
    rows = estate.tables["tgw_propagations"][table].transit_gateway_route_table_propagations
    assert [r.resource_id for r in rows] == ["vpc-a", "vpc-b"]
    assert estate.tgw_vpc_attachments["tgw-attach-hub-a"].subnet_ids == ("subnet-a-x", "subnet-a-y")  # TG5
    eni = estate.network_interfaces["eni-tgw-attach-hub-a-us-east-1a"]
    assert (eni.interface_type, eni.groups) == ("transit_gateway", ())  # TG7


def test_transit_gateway_tables(written: Written) -> None:
    estate = written("""
        prefix_lists: {corp: [172.16.0.0/12]}
        vpcs:
          a: {cidr: 10.0.0.0/16, subnets: {x: {cidr: 10.0.0.0/24}}}
          b: {cidr: 10.1.0.0/16, subnets: {x: {cidr: 10.1.0.0/24}}}
        vpn_connections:
          branch: {tgw: hub, customer_gateway: 198.51.100.3, static: 192.168.5.0/24, tunnels: [UP, DOWN]}
        transit_gateways:
          hub:
            sg_referencing: true
            attachments:
              a: {table: spoke, propagate_to: spoke, appliance_mode: true, ipv6: true}
              b: {table: false, propagate_to: []}
              gre: {connect: a}
            route_tables:
              spoke: {propagate: b, routes: {0.0.0.0/0: b, 10.66.0.0/16: blackhole, pl:corp: branch}}
          far: {region: eu-west-1, default_association: false, default_propagation: false}
        tgw_peerings: {link: {tgws: [hub, far]}}
    """)
    assert estate.tgw_table_by_attachment == {
        "tgw-attach-hub-a": "tgw-rtb-hub-spoke",
        "tgw-attach-hub-gre": "tgw-rtb-hub-default",
        "tgw-attach-branch": "tgw-rtb-hub-default",
        "tgw-attach-link": "tgw-rtb-hub-default",
    }
    options = estate.tgw_vpc_attachments["tgw-attach-hub-a"].options
    assert (options.appliance_mode_support, options.ipv6_support) == ("enable", "enable")
    routes = estate.tables["tgw_routes"]["tgw-rtb-hub-spoke"].routes
    assert [(r.destination_cidr_block or r.prefix_list_id, r.state) for r in routes] == [
        ("0.0.0.0/0", "active"),
        ("10.66.0.0/16", "blackhole"),
        ("pl-corp", "active"),
    ]
    hop = routes[2].transit_gateway_attachments[0]
    assert (hop.transit_gateway_attachment_id, hop.resource_type) == ("tgw-attach-branch", "vpn")
    peering = estate.tables["tgw_peering_attachments"]["tgw-attach-link"]
    assert peering.accepter_tgw_info.region == "eu-west-1"
    other = estate.tgw_attachments[peering.accepter_transit_gateway_attachment_id]
    assert (other.transit_gateway_id, other.resource_id) == ("tgw-far", "tgw-hub")
    vpn = estate.tables["vpn_connections"]["vpn-branch"]
    assert (vpn.options.static_routes_only, [t.status for t in vpn.vgw_telemetry]) == (True, ["UP", "DOWN"])
    assert (
        estate.tables["tgw_connects"]["tgw-attach-hub-gre"].transport_transit_gateway_attachment_id
        == "tgw-attach-hub-a"
    )
    assert estate.transit_gateways["tgw-hub"].options.security_group_referencing_support == "enable"


def test_direct_connect_to_vgw_and_tgw(written: Written) -> None:
    estate = written("""
        vpcs: {a: {cidr: 10.0.0.0/16, vgw: true, subnets: {x: {cidr: 10.0.0.0/24}}}}
        transit_gateways: {hub: {}}
        direct_connect_gateways:
          private: {associations: {a: [10.0.0.0/16]}}
          transit: {associations: {hub: 10.0.0.0/8}, vif_state: down}
        sites: {home: {prefixes: [192.168.0.0/24], attachments: [private, transit]}}
    """)
    associations = {
        a.direct_connect_gateway_id: a for a in estate.tables["direct_connect_gateway_associations"].values()
    }
    assert associations["dxgw-private"].associated_gateway.type == "virtualPrivateGateway"
    assert [p.cidr for p in associations["dxgw-transit"].allowed_prefixes] == ["10.0.0.0/8"]
    attachment = estate.tgw_attachments["tgw-attach-transit"]
    assert (attachment.resource_type, attachment.resource_id) == ("direct-connect-gateway", "dxgw-transit")
    vifs = estate.tables["virtual_interfaces"]
    assert (vifs["dxvif-private"].virtual_interface_type, vifs["dxvif-transit"].virtual_interface_type) == (
        "private",
        "transit",
    )
    assert vifs["dxvif-transit"].virtual_interface_state == "down"
    assert estate.sites["home"].attachments == ("dxgw-private", "dxgw-transit")


def test_load_balancers(written: Written) -> None:
    estate = written("""
        vpcs:
          v:
            cidr: 10.0.0.0/16
            subnets: {a: {cidr: 10.0.1.0/24}, c: {cidr: 10.0.2.0/24, az: c}}
            security_groups: {lb: {}}
            instances: {w1: {subnet: a}, w2: {subnet: c}}
            load_balancers:
              nlb: {ips: {a: 10.0.1.9}, subnets: c, listeners: {TCP:443: web, "53": {to: dns, protocol: udp}}}
              alb: {type: application, scheme: internet-facing, subnets: [a, c], sg: lb, listeners: {443: ips}}
            target_groups:
              web: {port: 8443, targets: [w1, "w2:9443"], health: {w2: unhealthy}, preserve_client_ip: false}
              dns: {port: 53, protocol: udp, targets: alb}
              ips: {protocol: https, targets: 10.0.1.77}
        endpoint_services: {mine: {load_balancers: nlb, private_dns_name: api.example.com, verified: false}}
        vpn_gateways: {}
    """)
    nlb = next(x for x in estate.tables["load_balancers"].values() if x.load_balancer_name == "nlb")
    assert (nlb.type, nlb.scheme, nlb.security_groups) == ("network", "internal", ())
    listeners = estate.tables["load_balancer_listeners"][nlb.load_balancer_arn].listeners
    assert [(x.protocol, x.port) for x in listeners] == [("TCP", 443), ("UDP", 53)]
    group = next(g for g in estate.tables["target_groups"].values() if g.target_group_name == "web")
    assert listeners[0].default_actions[0].target_group_arn == group.target_group_arn
    assert (group.target_type, group.load_balancer_arns) == ("instance", (nlb.load_balancer_arn,))
    health = estate.tables["target_health"][group.target_group_arn].target_health_descriptions
    assert [(h.target.id, h.target.port, h.target_health.state) for h in health] == [
        ("i-v-w1", 8443, "healthy"),
        ("i-v-w2", 9443, "unhealthy"),
    ]
    eni = estate.network_interfaces["eni-nlb-us-east-1a"]
    assert (eni.private_ip_address, eni.interface_type) == ("10.0.1.9", "network_load_balancer")
    assert eni.description == f"ELB {nlb.load_balancer_arn.partition(':loadbalancer/')[2]}"
    alb = next(x for x in estate.tables["load_balancers"].values() if x.load_balancer_name == "alb")
    assert alb.security_groups == ("sg-v-lb",)
    assert estate.network_interfaces["eni-alb-us-east-1c"].public_pairs()
    kinds = {g.target_group_name: g.target_type for g in estate.tables["target_groups"].values()}
    assert kinds == {"web": "instance", "dns": "alb", "ips": "ip"}
    service = estate.tables["vpc_endpoint_services"]["com.amazonaws.vpce.us-east-1.vpce-svc-mine"]
    assert service.private_dns_name_verification_state == "pendingVerification"  # N4.14a
    assert service.availability_zones == ("us-east-1c", "us-east-1a")


def test_block_public_access(written: Written) -> None:
    estate = written("""
        vpcs: {v: {cidr: 10.0.0.0/16, subnets: {a: {cidr: 10.0.1.0/24}}}}
        block_public_access: {here: {mode: block-ingress, exclusions: {v: allow-egress, v/a: allow-bidirectional}}}
    """)
    (options,) = estate.tables["block_public_access_options"].values()
    assert options.internet_gateway_block_mode == "block-ingress"
    arns = {x.resource_arn.rpartition("/")[2] for x in estate.tables["block_public_access_exclusions"].values()}
    assert arns == {"vpc-v", "subnet-v-a"}


def test_raw_records(written: Written) -> None:
    estate = written("""
        vpcs: {v: {cidr: 10.0.0.0/16}}
        records:
          carrier_gateways: [{CarrierGatewayId: cagw-1, VpcId: vpc-v}]
          SecurityGroups:
            - GroupId: sg-raw
              VpcId: vpc-v
              IpPermissions: [{IpProtocol: tcp, FromPort: 22, ToPort: 22, IpRanges: [{CidrIp: 10.0.0.0/8}]}]
    """)
    assert "cagw-1" in estate.tables["carrier_gateways"]
    assert estate.security_groups["sg-raw"].ip_permissions[0].from_port == 22
