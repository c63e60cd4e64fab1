"""Sections that names are resolved by, and everything outside AWS."""

from __future__ import annotations

import json
from collections.abc import Callable

from tabiji.estate import Estate

Written = Callable[[str], Estate]

VPC = """
        vpcs:
          v:
            cidr: 10.0.0.0/16
            dns_hostnames: true
            subnets: {a: {cidr: 10.0.1.0/24}, c: {cidr: 10.0.2.0/24, az: c}}
            security_groups: {ep: {in: https from vpc}}
            instances: {web: {subnet: a}, dns: {subnet: c, ip: 10.0.2.53}}
"""


def test_interface_endpoint(written: Written) -> None:
    """N4.1, N4.2a: regional, then zonal names; IE1: the default group; N4.6: private DNS on by itself."""
    estate = written(
        VPC
        + """
            endpoints:
              ssm: {subnets: [a, c]}
              ecr.api: {subnets: a, sg: ep, private_dns: false, policy: {Statement: []}}
              listed: {service: logs, subnets: a, private_names: [logs.us-east-1.amazonaws.com], policy: '{"x": 1}'}
              far: {service: kms, subnets: a, service_region: eu-west-1, state: pendingAcceptance}
              s3: {subnets: a, private_dns: true}
        """
    )
    ssm = estate.vpc_endpoints["vpce-v-ssm"]
    assert (ssm.service_name, ssm.private_dns_enabled) == ("com.amazonaws.us-east-1.ssm", True)
    assert [g.group_id for g in ssm.groups] == ["sg-v-default"]
    names = [e.dns_name for e in ssm.dns_entries]
    head, tail = names[0].partition(".")[0], ".ssm.us-east-1.vpce.amazonaws.com"
    assert names == [f"{head}{tail}", f"{head}-us-east-1a{tail}", f"{head}-us-east-1c{tail}"]
    assert head.startswith("vpce-v-ssm-")
    assert len(head) == len("vpce-v-ssm-") + 8
    enis = [estate.network_interfaces[i] for i in ssm.network_interface_ids]
    assert [(e.interface_type, e.availability_zone) for e in enis] == [
        ("vpc_endpoint", "us-east-1a"),
        ("vpc_endpoint", "us-east-1c"),
    ]
    ecr = estate.vpc_endpoints["vpce-v-ecr.api"]
    assert ".api.ecr.us-east-1.vpce." in ecr.dns_entries[0].dns_name
    assert (ecr.private_dns_enabled, json.loads(ecr.policy_document)) == (False, {"Statement": []})
    listed = estate.vpc_endpoints["vpce-v-listed"]
    assert listed.dns_entries[-1].dns_name == "logs.us-east-1.amazonaws.com"
    assert listed.policy_document == '{"x": 1}'
    far = estate.vpc_endpoints["vpce-v-far"]
    assert len(far.dns_entries) == 1  # N4.15
    assert far.state == "pendingAcceptance"
    s3 = estate.vpc_endpoints["vpce-v-s3"]
    assert s3.dns_entries[0].dns_name.startswith("*.vpce-v-s3-")  # N4.11a
    assert s3.dns_options.private_dns_only_for_inbound_resolver_endpoint  # N4.11b


def test_gateway_endpoint(written: Written) -> None:
    estate = written(
        VPC
        + """
            endpoints:
              s3: {type: gateway, route_tables: [main, own]}
              dynamodb: {type: gateway, route_tables: own}
            route_tables: {own: {subnets: a}}
        """
    )
    key = estate.vpc_endpoints["vpce-v-s3"].service_name
    lists = {name: i for i, name in estate.prefix_list_names.items()}
    for table in ("rtb-v-main", "rtb-v-own"):
        targets = {r.destination: r.target for r in estate.route_tables[table].routes}
        assert targets[lists[key]] == "vpce-v-s3"  # GE1
    first, second = (estate.prefix_list_cidrs[lists[f"com.amazonaws.us-east-1.{s}"]] for s in ("s3", "dynamodb"))
    assert first == ("192.0.2.0/28",)
    assert second == ("192.0.2.16/28",)


def test_endpoint_of_an_own_service(written: Written) -> None:
    estate = written(
        VPC
        + """
            load_balancers: {nlb: {subnets: a}}
            endpoints: {consumer: {service: mine, subnets: c}}
        endpoint_services: {mine: {load_balancers: nlb}}
        """
    )
    endpoint = estate.vpc_endpoints["vpce-v-consumer"]
    assert endpoint.service_name == "com.amazonaws.vpce.us-east-1.vpce-svc-mine"
    assert not endpoint.private_dns_enabled
    assert ".vpce-svc-mine.us-east-1.vpce." in endpoint.dns_entries[0].dns_name


def test_hosted_zones(written: Written) -> None:
    estate = written(
        VPC
        + """
            endpoints: {kms: {subnets: a, private_dns: false}}
            load_balancers: {nlb: {subnets: a}}
        hosted_zones:
          corp.example:
            vpcs: v
            records:
              "@": 10.0.0.10
              www: [10.0.0.11, "2001:db8::1"]
              alias: {CNAME: www.corp.example, ttl: 60}
              txt: {TXT: '"hello"'}
              "*": {alias: nlb}
          kms.us-east-1.amazonaws.com: {vpcs: v, records: {"@": {alias: kms, types: [A, AAAA]}}}
          public: {name: example.org, records: {www: 198.51.100.1}}
          weighted:
            name: w.example
            vpcs: v
            record_sets: [{Name: a.w.example., Type: A, SetIdentifier: x, Weight: 10, TTL: 5}]
        """
    )
    corp = estate.hosted_zones["zone-corp.example"]
    assert (corp.name, corp.config.private_zone, [v.vpc_id for v in corp.vpcs]) == ("corp.example.", True, ["vpc-v"])
    assert corp.record_sets is not None
    rows = {(r.name, r.type): [v.value for v in r.resource_records] for r in corp.record_sets}
    assert rows[("corp.example.", "A")] == ["10.0.0.10"]
    assert rows[("www.corp.example.", "AAAA")] == ["2001:db8::1"]
    assert rows[("alias.corp.example.", "CNAME")] == ["www.corp.example"]
    assert rows[("txt.corp.example.", "TXT")] == ['"hello"']
    star = next(r for r in corp.record_sets if r.name == "*.corp.example.")
    assert star.alias_target is not None
    assert star.alias_target.dns_name.startswith("nlb-")
    kms = estate.hosted_zones["zone-kms.us-east-1.amazonaws.com"]
    assert kms.record_sets is not None
    assert {r.type for r in kms.record_sets} == {"A", "AAAA"}
    regional = estate.vpc_endpoints["vpce-v-kms"].dns_entries[0].dns_name
    assert kms.record_sets[0].alias_target is not None
    assert kms.record_sets[0].alias_target.dns_name == f"{regional}."
    assert not estate.hosted_zones["zone-public"].config.private_zone
    weighted = estate.hosted_zones["zone-weighted"].record_sets
    assert weighted is not None
    assert (weighted[0].weight, weighted[0].ttl) == (10, 5)


def test_resolver(written: Written) -> None:
    estate = written(
        VPC
        + """
            resolver_endpoints:
              in: {subnets: [a, c], sg: ep}
              out: {direction: outbound, ips: {a: [10.0.1.200, 10.0.1.201]}}
        resolver_rules:
          corp.example: {to: [192.168.0.53, "192.168.0.54:5353"], vpcs: v}
          inner: {domain: in.corp.example, type: system, vpcs: v}
          .: {to: 192.168.0.53, endpoint: out}
        dns_firewall:
          block: {vpcs: {v: 300}, rules: [{allow: ok.example}, {block: "*.bad.example", response: NXDOMAIN},
                                          {block: "*", override: sink.example, ttl: 5}]}
        profiles: {p: {vpcs: v, resources: ["rule:inner", "firewall:block"]}}
        dhcp_options: {custom: {dns_servers: [10.0.2.53, AmazonProvidedDNS], domain_name: corp.example}}
        """
    )
    inbound = estate.tables["resolver_endpoints"]["rslvr-v-in"]
    assert (inbound.direction, [i.ip for i in inbound.ip_addresses]) == ("INBOUND", ["10.0.1.5", "10.0.2.4"])
    eni = estate.network_interfaces["eni-rslvr-v-in-0"]
    assert [g.group_id for g in eni.groups] == list(inbound.security_group_ids) == ["sg-v-ep"]
    rules = estate.tables["resolver_rules"]
    forward = rules["rslvr-rr-corp.example"]
    assert (forward.domain_name, forward.resolver_endpoint_id) == ("corp.example.", "rslvr-v-out")
    assert [(t.ip, t.port) for t in forward.target_ips] == [("192.168.0.53", 53), ("192.168.0.54", 5353)]
    assert rules["rslvr-rr-inner"].rule_type == "SYSTEM"
    assert rules["rslvr-rr-root"].domain_name == "."
    associated = {a.resolver_rule_id for a in estate.tables["resolver_rule_associations"].values()}
    assert associated == {"rslvr-rr-corp.example", "rslvr-rr-inner"}
    group = estate.tables["firewall_rule_groups"]["rslvr-frg-block"]
    assert [(r.action, r.block_response) for r in group.rules] == [
        ("ALLOW", "NODATA"),
        ("BLOCK", "NXDOMAIN"),
        ("BLOCK", "OVERRIDE"),
    ]
    lists = estate.tables["firewall_domain_lists"]
    assert lists[group.rules[1].firewall_domain_list_id].domains == ("*.bad.example",)
    (association,) = estate.tables["firewall_rule_group_associations"].values()
    assert (association.vpc_id, association.priority) == ("vpc-v", 300)
    kinds = [r.resource_type for r in estate.tables["profiles"]["rp-p"].resources]
    assert kinds == ["ResolverRule", "FirewallRuleGroup"]
    options = estate.tables["dhcp_options"]["dopt-custom"]
    assert options.values("domain-name-servers") == ("10.0.2.53", "AmazonProvidedDNS")


def test_sites_hosts_and_servers(written: Written) -> None:
    estate = written(
        VPC
        + """
            vgw: true
        sites:
          tokyo:
            prefixes: [192.168.0.0/16]
            attachments: v
            dns: 192.168.0.53
            routes: {10.0.0.0/16: v, 0.0.0.0/0: internet, 10.9.0.0/16: drop}
            internet: false
            public_address: 198.51.100.200
            firewall: [deny tcp 22 to 10.0.0.0/8, allow udp 53-54 from 10.0.0.0/8]
            hosts:
              laptop: 192.168.1.20
              desk: {address: 192.168.1.21, nameservers: 192.168.0.53, proxy: "http://192.168.0.80:3128", os: windows}
        hosts:
          web: {hosts_file: {s3.example: 10.0.9.9}, search: corp.example, ndots: 5, stub_resolver: true,
                ephemeral_ports: 32768-60999, forwards: nat, listens: [tcp/443], environment: {A: "1"},
                routes: {10.8.0.0/16: drop}, aws_config: "[default]"}
          outside: {internet: true}
          alias: {instance: dns}
        dns_servers:
          corp: {address: 192.168.0.53, forward: {amazonaws.com: [10.0.1.9]}, zones: {corp.example: {www: 192.168.0.1}}}
          inner: {instance: dns, forward_all: 10.0.0.2, recursion: false}
        public_names: {example.com: [198.51.100.1, "2001:db8::1"], www.example.com: example.com, t.example: {TXT: x}}
        public_hosts: {198.51.100.1: {name: example.com, listens: tcp/443, service: s3, region: us-east-1}}
        """
    )
    site = estate.sites["tokyo"]
    assert (site.attachments, site.dns, site.internet) == (("vgw-v",), ("192.168.0.53",), False)
    assert site.routes is not None
    assert [(r.prefix, r.to) for r in site.routes] == [
        ("10.0.0.0/16", "vgw-v"),
        ("0.0.0.0/0", "internet"),
        ("10.9.0.0/16", "drop"),
    ]
    assert [(r.action, r.direction, r.protocol, r.ports, r.peer) for r in site.firewall] == [
        ("deny", "out", "tcp", "22", "10.0.0.0/8"),
        ("allow", "in", "udp", "53-54", "10.0.0.0/8"),
    ]
    desk = estate.hosts["desk"]
    assert (desk.site, desk.os, desk.nameservers) == ("tokyo", "windows", ("192.168.0.53",))
    assert desk.proxy.https == "http://192.168.0.80:3128"
    web = estate.hosts["web"]
    assert (web.eni, web.address, web.ndots, web.forwards) == ("eni-v-web", "10.0.1.4", 5, "nat")
    assert web.hosts_file == {"s3.example": ("10.0.9.9",)}
    assert (web.ephemeral_ports, web.search, web.environment) == ((32768, 60999), ("corp.example",), {"A": "1"})
    assert estate.hosts["alias"].eni == "eni-v-dns"
    assert "dns" not in estate.hosts
    assert estate.hosts["outside"].address == "203.0.113.1"
    corp, inner = estate.tables["dns_servers"]["corp"], estate.tables["dns_servers"]["inner"]
    assert (corp.forwarders[0].suffix, corp.forwarders[0].to) == ("amazonaws.com", ("10.0.1.9",))
    assert corp.zones[0].records == {"www": {"A": ("192.168.0.1",)}}
    assert (inner.address, inner.forward_all, inner.recursion) == ("10.0.2.53", ("10.0.0.2",), False)
    names = estate.tables["public_names"]
    assert names["example.com"].records == {"A": ("198.51.100.1",), "AAAA": ("2001:db8::1",)}
    assert names["www.example.com"].records == {"CNAME": ("example.com",)}
    assert estate.public_hosts["198.51.100.1"].listens == ("tcp/443",)


def test_a_circle_through_resolver_rules_loads(written: Written) -> None:
    """AWS lets one configure it; the names floor reports it (NT21)."""
    estate = written(
        VPC
        + """
            resolver_endpoints: {in: {ips: {a: 10.0.1.9}}, out: {direction: outbound, subnets: a}}
        resolver_rules: {corp.: {to: 10.0.1.9, endpoint: out, vpcs: v}}
        """
    )
    assert estate.tables["resolver_rules"]
