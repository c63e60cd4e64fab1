"""What a hand-written estate gets without saying so: what AWS gives (data-plane 2, 3, 9; names 1, 2)."""

from __future__ import annotations

from collections.abc import Callable

from tabiji.estate import Estate, Scope

Written = Callable[[str], Estate]

SMALL = """
    region: ap-northeast-1
    vpcs:
      v:
        cidr: 10.0.0.0/16
        subnets: {app: {cidr: 10.0.1.0/24}}
        instances: {web: {subnet: app}}
"""


def test_a_vpc_brings_its_default_things(written: Written) -> None:
    estate = written(SMALL)
    assert estate.coverage.complete
    table = estate.route_tables[estate.main_route_tables["vpc-v"]]
    assert [(r.destination, r.target, r.origin) for r in table.routes] == [("10.0.0.0/16", "local", "CreateRouteTable")]
    nacl = estate.network_acls[estate.nacl_by_subnet["subnet-v-app"]]
    assert nacl.is_default
    assert [(e.rule_number, e.egress, e.rule_action) for e in nacl.entries] == [
        (100, False, "allow"),
        (100, True, "allow"),
        (32767, False, "deny"),
        (32767, True, "deny"),
    ]
    group = estate.security_groups["sg-v-default"]
    assert group.group_name == "default"
    assert [p.user_id_group_pairs[0].group_id for p in group.ip_permissions] == ["sg-v-default"]  # SG6
    assert [p.ip_ranges[0].cidr_ip for p in group.ip_permissions_egress] == ["0.0.0.0/0"]  # SG1


def test_dns_attributes_and_dhcp(written: Written) -> None:
    """names 2.2: hostnames only in the default VPC; N1.1: the default option set."""
    estate = written("""
        vpcs:
          plain: {cidr: 10.0.0.0/16}
          default: {cidr: 172.31.0.0/16, default: true}
          west: {cidr: 10.1.0.0/16, region: us-west-2, dhcp_options: false}
    """)
    attributes = estate.tables["vpc_attributes"]
    flags = {k: (a.enable_dns_support, a.enable_dns_hostnames) for k, a in attributes.items()}
    assert flags == {"vpc-plain": (True, False), "vpc-default": (True, True), "vpc-west": (True, False)}
    options = estate.tables["dhcp_options"][estate.vpcs["vpc-plain"].dhcp_options_id]
    assert options.values("domain-name-servers") == ("AmazonProvidedDNS",)
    assert options.values("domain-name") == ("ec2.internal",)
    assert estate.vpcs["vpc-west"].dhcp_options_id == ""


def test_ids_names_and_addresses_are_invented_readably(written: Written) -> None:
    estate = written(SMALL)
    eni = estate.network_interfaces["eni-v-web"]
    assert (eni.private_ip_address, eni.subnet_id) == ("10.0.1.4", "subnet-v-app")  # RT20
    assert eni.private_dns_name == "ip-10-0-1-4.ap-northeast-1.compute.internal"
    assert [g.group_id for g in eni.groups] == ["sg-v-default"]
    assert estate.instances["i-v-web"].private_ip_address == "10.0.1.4"
    assert estate.name("i-v-web") == "web"
    assert estate.hosts["web"].eni == "eni-v-web"
    assert estate.subnets["subnet-v-app"].availability_zone == "ap-northeast-1a"
    assert estate.scope_of("eni-v-web") == Scope("111122223333", "ap-northeast-1")


def test_names_do_not_stutter_and_never_collide(written: Written) -> None:
    estate = written("""
        vpcs:
          a:
            cidr: 10.0.0.0/16
            subnets: {s: {cidr: 10.0.0.0/24}}
            nat_gateways: {nat-x: {subnet: s, type: private}}
            security_groups: {a-web: {}, sg-fixed: {}}
          b:
            cidr: 10.1.0.0/16
            subnets: {s: {cidr: 10.1.0.0/24}}
            nat_gateways: {nat-x: {subnet: s, type: private}}
    """)
    assert set(estate.nat_gateways) == {"nat-x", "nat-b-nat-x"}
    assert {"sg-a-web", "sg-fixed"} < set(estate.security_groups)


def test_invented_addresses_keep_clear_of_written_ones(written: Written) -> None:
    estate = written("""
        vpcs:
          v:
            cidr: 10.0.0.0/16
            subnets: {app: {cidr: 10.0.1.0/28}}
            instances:
              first: {subnet: app}
              second: {subnet: app, ip: 10.0.1.4}
              third: {subnet: app, ips: 10.0.1.6}
        public_hosts: {203.0.113.1: taken}
        hosts: {outside: {internet: true}}
    """)
    addresses = {n: h.address for n, h in estate.hosts.items()}
    assert addresses == {"first": "10.0.1.5", "second": "10.0.1.4", "third": "10.0.1.7", "outside": "203.0.113.2"}
    assert estate.network_interfaces["eni-v-third"].private_v4() == ("10.0.1.7", "10.0.1.6")


def test_ipv6(written: Written) -> None:
    estate = written("""
        vpcs:
          v:
            cidr: 10.0.0.0/16
            ipv6: 2001:db8:1::/56
            eigw: true
            subnets:
              dual: {cidr: 10.0.1.0/24, ipv6: "2001:db8:1:1::/64", routes: {"::/0": eigw}}
              six: {ipv6: "2001:db8:1:2::/64"}
            security_groups: {web: {in: "https from ::/0"}}
            instances:
              a: {subnet: dual, ipv6: true, sg: web}
              b: {subnet: six}
              c: {subnet: dual, ipv6: "2001:db8:1:1::99"}
    """)

    def six(eni: str) -> list[str]:
        return [x.ipv6_address for x in estate.network_interfaces[eni].ipv6_addresses]

    assert six("eni-v-a") == ["2001:db8:1:1::4"]
    assert six("eni-v-b") == ["2001:db8:1:2::4"]
    assert six("eni-v-c") == ["2001:db8:1:1::99"]
    assert estate.network_interfaces["eni-v-b"].private_ip_address == ""
    routes = estate.route_tables["rtb-v-dual"].routes
    assert [(r.destination, r.target) for r in routes] == [
        ("10.0.0.0/16", "local"),
        ("2001:db8:1::/56", "local"),
        ("::/0", "eigw-v"),
    ]
    assert [r.cidr_ipv6 for r in estate.security_groups["sg-v-web"].ip_permissions[0].ipv6_ranges] == ["::/0"]
    egress = estate.security_groups["sg-v-web"].ip_permissions_egress
    assert [r.cidr_ipv6 for p in egress for r in p.ipv6_ranges] == ["::/0"]
    assert {e.rule_number for e in estate.network_acls["acl-v-default"].entries} == {100, 101, 32767, 32768}


def test_several_accounts_and_regions(written: Written) -> None:
    estate = written("""
        account: "000011112222"
        region: eu-west-1
        vpcs:
          mine: {cidr: 10.0.0.0/16}
          theirs: {cidr: 10.1.0.0/16, account: "333344445555", region: us-east-1, subnets: {s: {cidr: 10.1.0.0/24}}}
        instances: {guest: {subnet: theirs/s, account: "000011112222"}}
        peerings: {p: {vpcs: [mine, theirs, ], dns: theirs}}
    """)
    assert estate.scope_of("vpc-mine") == Scope("000011112222", "eu-west-1")
    assert estate.scope_of("subnet-theirs-s") == Scope("333344445555", "us-east-1")
    eni = estate.network_interfaces["eni-theirs-guest"]
    assert (eni.owner_id, estate.subnets[eni.subnet_id].owner_id) == ("000011112222", "333344445555")
    peering = estate.peerings["pcx-p"]
    assert (peering.requester.region, peering.accepter.region) == ("eu-west-1", "us-east-1")
    assert not peering.requester.peering_options.allow_dns_resolution_from_remote_vpc
    assert peering.accepter.peering_options.allow_dns_resolution_from_remote_vpc


def test_yaml_1_1_traps(written: Written) -> None:
    """Words and numbers YAML 1.1 would turn into something else stay text."""
    estate = written("""
        account: 000011112222
        region: no
        vpcs:
          on: {cidr: 10.0.0.0/16, subnets: {22:22: {cidr: 10.0.0.0/24}}}
        switches: {N2.2f: off, N1.1: 0123}
    """)
    assert estate.scope_of("vpc-on") == Scope("000011112222", "no")
    assert estate.subnets["subnet-on-22-22"].availability_zone == "noa"
    assert (estate.switch("N2.2f", ""), estate.switch("N1.1", "")) == ("off", "0123")


def test_anchors_and_merge_keys(written: Written) -> None:
    estate = written("""
        vpcs:
          a: &common {cidr: 10.0.0.0/16, dns_hostnames: true}
          b: {<<: *common, cidr: 10.1.0.0/16}
    """)
    assert estate.vpcs["vpc-b"].cidr_block == "10.1.0.0/16"
    assert estate.tables["vpc_attributes"]["vpc-b"].enable_dns_hostnames
