"""Network Firewall (data-plane 12.1, traps 20-23)."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import convert
from msgspec.structs import replace

from firewalls import CENTRAL, SERVER, domains, firewalled, group, stateless, suricata
from tabiji.estate import Estate
from tabiji.estate.network_firewall import TgwSyncState
from tabiji.estate.transit_gateway import TransitGatewayAttachment, TransitGatewayRoutes
from tabiji.fabric.network_firewall import one_sided
from tabiji.fabric.stage import First
from tabiji.packet.header import ICMP, UDP
from walking import code, codes, param, places, trip, trips

HTTPS = {"app": "tls", "host": "www.example.com"}


def ask(net: Estate, to: str = SERVER, port: int = 443, **more: Any) -> str:
    return code(trip(net, "web", to, port, **more))


# Where it stands -----------------------------------------------------------------------


def test_nf1_endpoint_is_a_route_target_and_the_packet_goes_on_by_its_subnets_routes() -> None:
    found = trip(firewalled(), "web", SERVER)
    assert code(found) == "ok"
    assert places(found)[1:4] == ["fw", "nat-main-out", "igw-main"]
    assert "fw" in places(found, back=True)
    assert dict(found.forward.facts)["identity"] is None  # SG5: references do not survive


def test_na11_network_acl_of_the_endpoint_subnet_is_evaluated() -> None:
    net = firewalled(network_acls={"fw": {"vpc": "main", "subnets": "fw", "in": ["100 deny tcp 443 from 10.0.1.0/24",
        "200 allow all from 0.0.0.0/0"], "out": ["100 allow all to 0.0.0.0/0"]}})  # fmt: skip
    assert ask(net) == "nacl.ingress.deny"


def test_firewall_that_was_not_collected_is_undetermined() -> None:
    net = firewalled()
    records = dict(net.tables)
    records["network_firewall_policies"] = {}
    assert ask(Estate(records)) == "unknown.firewall"


# Stateless -----------------------------------------------------------------------------------


def cidr(text: str) -> list[dict[str, str]]:
    return [{"AddressDefinition": text}]


def test_nf2_stateless_rules_by_priority_first_match_decides() -> None:
    web = {"Protocols": [6], "DestinationPorts": [{"FromPort": 443, "ToPort": 443}]}
    drop_then_pass = stateless((20, "pass", web), (10, "drop", {"Destinations": cidr("198.51.100.0/24"), **web}))
    net = firewalled(first=(drop_then_pass,), forward="pass")
    found = trip(net, "web", SERVER)
    assert code(found) == "firewall.drop"
    step = found.forward.steps[-2]
    assert isinstance(step.stage, First)
    assert step.detail.origin == "stateless 10"
    assert ask(net, "198.51.101.80") == "ok"


def test_nf2_stateless_rules_see_both_directions() -> None:
    """Per packet, no direction: the answer must be let through too."""
    out = {"Protocols": [6], "DestinationPorts": [{"FromPort": 443, "ToPort": 443}]}
    back = {"Protocols": [6], "SourcePorts": [{"FromPort": 443, "ToPort": 443}]}
    only_out = firewalled(first=(stateless((1, "pass", out)),), forward="drop")
    found = trip(only_out, "web", SERVER)
    assert code(found) == "firewall.drop"
    assert found.reply is not None
    assert ask(firewalled(first=(stateless((1, "pass", out), (2, "pass", back)),), forward="drop")) == "ok"


def test_nf8_stateless_pass_one_way_and_stateful_the_other_is_asymmetric() -> None:
    out = {"Protocols": [6], "DestinationPorts": [{"FromPort": 443, "ToPort": 443}]}
    assert ask(firewalled(first=(stateless((1, "pass", out)),))) == "firewall.asymmetric"


def test_stateless_rule_on_tcp_flags_is_undetermined_and_named() -> None:
    net = firewalled(first=(stateless((5, "drop", {"Protocols": [6], "TCPFlags": [{"Flags": ["SYN"]}]})),))
    found = trip(net, "web", SERVER)
    assert (code(found), param(found, "rule"), param(found, "option")) == (
        "unknown.firewall_rule", "stateless 5", "TCPFlags",
    )  # fmt: skip
    assert ask(net, proto=UDP) == "ok"


def test_nf2_stateful_default_is_pass() -> None:
    assert ask(firewalled(suricata("drop tcp any any -> any 22 (sid:1;)"))) == "ok"


# Action order ---------------------------------------------------------------------------------


def test_nf3_action_order_pass_beats_drop_beats_reject() -> None:
    drop = "drop tcp any any -> any 443 (sid:1;)\n"
    reject = "reject tcp any any -> any 443 (sid:2;)\n"
    allow = "pass tcp any any -> 198.51.100.80 443 (sid:3;)\n"
    assert ask(firewalled(suricata(reject + drop))) == "firewall.drop"
    assert ask(firewalled(suricata(reject))) == "firewall.reject"
    assert ask(firewalled(suricata(drop + reject + allow))) == "ok"
    assert ask(firewalled(suricata("alert tcp any any -> any any (sid:9;)\n" + drop))) == "firewall.drop"


def test_nf3_strict_order_rules_as_written_groups_by_priority() -> None:
    drop = suricata("drop tcp any any -> any 443 (sid:1;)", "one")
    allow = suricata("pass tcp any any -> any 443 (sid:2;)", "two")
    assert ask(firewalled(drop, allow, strict=True)) == "firewall.drop"
    assert ask(firewalled(allow, drop, strict=True)) == "ok"
    assert ask(firewalled(drop, allow)) == "ok"


def test_drop_names_the_rule_and_the_phase() -> None:
    found = trip(firewalled(suricata('drop tcp any any -> any 443 (msg:"no (web); here"; sid:77;)')), "web", SERVER)
    step = found.forward.steps[-2]
    assert step.detail.origin == "rules sid:77"
    assert "no (web); here" in step.detail.peer
    assert param(found, "phase") == "handshake"


def test_drop_to_alert_override_takes_the_drops_out() -> None:
    drop = suricata("drop tcp any any -> any 443 (sid:1;)")
    assert ask(firewalled({**drop, "Ref": {"Override": {"Action": "DROP_TO_ALERT"}}})) == "ok"


def test_group_that_aws_does_not_show_is_undetermined_unless_switched_off() -> None:
    allow = suricata("pass tcp any any -> any 443 (sid:1;)")
    net = firewalled(allow, missing=("ThreatSignatures",))
    assert ask(net) == "ok"  # a pass decides before
    found = trip(net, "web", SERVER, 80)
    assert (code(found), param(found, "group")) == ("unknown.firewall_rule_group", "ThreatSignatures")
    off = firewalled(allow, missing=("ThreatSignatures",), switches={"NF3:ThreatSignatures": "none"})
    assert ask(off, port=80) == "ok"


# Strict order's defaults --------------------------------------------------------------------------


SNI = 'pass tls $HOME_NET any -> any any (tls.sni; content:"www.example.com"; startswith; endswith; nocase; sid:1;)'


def test_nf4_trap_23_drop_all_kills_the_handshake_of_a_name_only_pass() -> None:
    net = firewalled(suricata(SNI), strict=True, defaults=("drop_strict",))
    found = trip(net, "web", SERVER, **HTTPS)
    assert (code(found), param(found, "phase")) == ("firewall.drop", "handshake")


def test_nf4_trap_23_drop_established_passes_listed_names_and_hangs_others() -> None:
    net = firewalled(suricata(SNI), strict=True, defaults=("drop_established",))
    assert ask(net, **HTTPS) == "ok"
    found = trip(net, "web", SERVER, app="tls", host="other.example.com")
    assert (code(found), param(found, "phase")) == ("firewall.drop_application", "data")  # NF11
    assert param(found, "rule") == "aws:drop_established"


def test_nf4_drop_established_drops_udp_and_icmp() -> None:
    net = firewalled(suricata(SNI), strict=True, defaults=("drop_established",))
    assert ask(net, port=53, proto=UDP) == "firewall.drop"
    assert ask(net, proto=ICMP) == "firewall.drop"
    layer = firewalled(suricata(SNI), strict=True, defaults=("drop_established_app_layer",))
    assert ask(layer, port=53, proto=UDP) == "unknown.firewall_rule"
    assert ask(layer, app="tls", host="other.example.com") == "firewall.drop_application"


def test_nf5_a_pass_at_the_handshake_ends_inspection_of_the_flow() -> None:
    text = "pass tcp any any -> any 443 (sid:1;)\ndrop tls any any -> any any (sid:2;)"
    assert ask(firewalled(suricata(text), strict=True, defaults=("drop_strict",)), **HTTPS) == "ok"


def test_alert_defaults_drop_nothing() -> None:
    assert ask(firewalled(strict=True, defaults=("alert_strict", "alert_established"))) == "ok"


# Domain lists -----------------------------------------------------------------------------------------


def test_nf6_leading_dot_is_the_name_and_its_subdomains() -> None:
    net = firewalled(domains(".example.com", "exact.test"))
    for host, wanted in {
        "example.com": "ok",
        "www.example.com": "ok",
        "WWW.Example.COM": "ok",
        "badexample.com": "firewall.drop_application",
        "exact.test": "ok",
        "www.exact.test": "firewall.drop_application",
    }.items():
        assert ask(net, app="tls", host=host) == wanted, host
        assert ask(net, port=80, app="http", host=host) == wanted, host


def test_nf6_an_allow_list_denies_only_its_protocols_and_only_in_action_order() -> None:
    tls_only = domains(".example.com", types=("TLS_SNI",))
    assert ask(firewalled(tls_only), port=80, app="http", host="other.test") == "ok"
    assert ask(firewalled(tls_only), port=22, app="ssh") == "ok"
    assert ask(firewalled(tls_only, strict=True), app="tls", host="other.test") == "ok"
    assert ask(firewalled(tls_only), app="tls", host="") == "firewall.drop_application"  # no server name at all


def test_deny_and_reject_lists() -> None:
    bad = {"app": "tls", "host": "a.bad.test"}
    assert ask(firewalled(domains(".bad.test", kind="DENYLIST")), **bad) == "firewall.drop_application"
    assert ask(firewalled(domains(".bad.test", kind="REJECTLIST")), **bad) == "firewall.reject"
    assert ask(firewalled(domains(".bad.test", kind="ALERTLIST")), **bad) == "ok"
    assert ask(firewalled(domains(".bad.test", kind="DENYLIST")), **HTTPS) == "ok"


def test_an_unknown_application_is_undetermined_where_a_name_decides() -> None:
    found = trip(firewalled(domains(".example.com")), "web", SERVER)
    assert (code(found), param(found, "option")) == ("unknown.firewall_rule", "tls")


def test_nf7_trap_22_home_net_defaults_to_the_firewalls_vpc() -> None:
    """A central firewall does not filter spokes until HOME_NET holds them."""
    unlisted = {"app": "tls", "host": "unlisted.test"}
    central = {"net": CENTRAL, "vpc": "vpc-inspection"}
    assert ask(firewalled(domains(".example.com"), **central), **unlisted) == "ok"
    home = {"RuleVariables": {"IPSets": {"HOME_NET": {"Definition": ["10.0.0.0/8"]}}}}
    filtered = firewalled(domains(".example.com", **home), **central)
    assert ask(filtered, **unlisted) == "firewall.drop_application"
    assert ask(filtered, **HTTPS) == "ok"


# Suricata texts ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ("drop tcp $HOME_NET any -> $EXTERNAL_NET [80, 443] (sid:1;)", "firewall.drop"),
        ("drop tcp $HOME_NET any -> $EXTERNAL_NET ![80,443] (sid:1;)", "ok"),
        ("drop tcp !$HOME_NET any -> any any (flow:to_server; sid:1;)", "ok"),
        ("drop tcp !$HOME_NET any -> any any (sid:1;)", "firewall.drop"),  # the answer
        ("drop tcp [10.0.0.0/8,!10.0.1.0/24] any -> any any (sid:1;)", "ok"),
        ("drop ip any any -> 198.51.100.0/24 any (sid:1;)", "firewall.drop"),
        ("drop tcp any any -> any 400:500 (sid:1;)", "firewall.drop"),
        ("drop udp any any -> any any (sid:1;)", "ok"),
        ("drop tcp $EXTERNAL_NET any <> $HOME_NET any (sid:1;)", "firewall.drop"),
        ("drop tcp any any -> any any (flow:to_client; sid:1;)", "firewall.drop"),
        ("drop tcp any any -> any any (flow:to_server, established; sid:1;)", "firewall.drop_application"),
        ("drop tcp any 443 -> $HOME_NET any (sid:1;)", "firewall.drop"),
        ("drop tls any any -> any any (ssl_state:client_hello; sid:1;)", "firewall.drop_application"),
        ("reject tls any any -> any any (sid:1;)", "firewall.reject"),
        ("drop http any any -> any any (sid:1;)", "ok"),
        ("drop tcp any any -> any any (app-layer-protocol:tls; sid:1;)", "firewall.drop_application"),
        ("drop tcp any any -> any any (app-layer-protocol:!tls; sid:1;)", "ok"),
        ('drop tls any any -> any any (tls.sni; content:"example"; sid:1;)', "firewall.drop_application"),
        ('drop tls any any -> any any (tls.sni; content:!"www."; startswith; sid:1;)', "ok"),
        ('drop tls any any -> any any (tls.sni; content:"www."; startswith; content:".com"; endswith; sid:1;)',
         "firewall.drop_application"),
        ('drop tls any any -> any any (tls.sni; dotprefix; content:".example.com"; endswith; sid:1;)',
         "firewall.drop_application"),
        ('drop tls any any -> any any (content:".example.com"; tls_sni; endswith; sid:1;)',
         "firewall.drop_application"),
        ('drop tls any any -> any any (tls.sni; content:"Example"; sid:1;)', "ok"),
        ('drop tls any any -> any any (tls.sni; content:"Example"; nocase; sid:1;)', "firewall.drop_application"),
        ("# drop tcp any any -> any any (sid:1;)", "ok"),
        ("drop tcp any any -> \\\n any 443 (sid:1;)", "firewall.drop"),
    ],
)  # fmt: skip
def test_suricata_subset(rule: str, wanted: str) -> None:
    assert ask(firewalled(suricata(rule)), **HTTPS) == wanted


@pytest.mark.parametrize(
    ("rule", "option"),
    [
        ('drop tls any any -> any any (tls.sni; pcre:"/a(b|c)\\;d/i"; sid:5;)', "pcre"),
        ("drop tcp any any -> any any (geoip:dst,RU; sid:5;)", "geoip"),
        ("drop tcp $MISSING any -> any any (sid:5;)", "$MISSING"),
        ("drop tcp any any -> @LIST any (sid:5;)", "@LIST"),
        ('drop tls any any -> any any (tls.cert_subject; content:"x"; sid:5;)', "tls.cert_subject"),
        ("drop tcp any any -> any any (flowbits:isset,x; sid:5;)", "flowbits"),
    ],
)
def test_unsupported_option_is_undetermined_and_named(rule: str, option: str) -> None:
    found = trip(firewalled(suricata(rule)), "web", SERVER, **HTTPS)
    assert (code(found), param(found, "rule"), param(found, "option")) == (
        "unknown.firewall_rule", "rules sid:5", option,
    )  # fmt: skip


def test_unsupported_rule_matters_only_for_packets_it_may_match_and_if_nothing_decided_before() -> None:
    geo = "drop tcp any any -> any 22 (geoip:dst,RU; sid:5;)\n"
    assert ask(firewalled(suricata(geo))) == "ok"
    assert ask(firewalled(suricata(geo + "pass tcp any any -> any 22 (sid:6;)")), port=22) == "ok"
    first = suricata("drop tcp any any -> any 22 (sid:7;)\n" + geo)
    assert ask(firewalled(first, strict=True), port=22) == "firewall.drop"


def test_unsupported_pass_matters_only_where_something_would_refuse() -> None:
    geo = "pass tcp any any -> any any (geoip:dst,JP; sid:5;)\n"
    assert ask(firewalled(suricata(geo))) == "ok"
    net = firewalled(suricata(geo + "drop tcp any any -> any 22 (sid:6;)"))
    assert ask(net, port=22) == "unknown.firewall_rule"
    assert ask(net, port=443) == "ok"


def test_a_line_that_is_no_rule_is_undetermined_not_skipped() -> None:
    assert ask(firewalled(suricata("drop tcp any any any 22 (sid:5;)"))) == "unknown.firewall_rule"


def test_standard_stateful_rules_and_variables() -> None:
    rule = {
        "Action": "DROP",
        "Header": {"Protocol": "TCP", "Source": "$APPS", "SourcePort": "ANY", "Direction": "FORWARD",
                   "Destination": "ANY", "DestinationPort": "$WEB"},
        "RuleOptions": [{"Keyword": "sid", "Settings": ["1"]}],
    }  # fmt: skip
    variables = {"IPSets": {"APPS": {"Definition": ["10.0.1.0/24"]}}, "PortSets": {"WEB": {"Definition": ["443"]}}}
    net = firewalled(group("standard", {"StatefulRules": [rule]}, RuleVariables=variables))
    assert ask(net) == "firewall.drop"
    assert ask(net, port=80) == "ok"


# Symmetry -----------------------------------------------------------------------------------------------------


def two_zones(appliance_mode: bool, **more: Any) -> Estate:
    """Client in AZ a, server in AZ b, a firewall endpoint in each AZ of the inspection VPC."""
    text = f"""
region: ap-northeast-1
vpcs:
  one:
    cidr: 10.1.0.0/16
    subnets:
      app: {{cidr: 10.1.1.0/24, az: a, routes: {{0.0.0.0/0: hub}}}}
    security_groups:
      open: {{in: all from 0.0.0.0/0}}
    instances:
      web: {{subnet: app, ip: 10.1.1.10, sg: open}}
  two:
    cidr: 10.2.0.0/16
    subnets:
      db: {{cidr: 10.2.1.0/24, az: b, routes: {{0.0.0.0/0: hub}}}}
    security_groups:
      open: {{in: all from 0.0.0.0/0}}
    instances:
      db: {{subnet: db, ip: 10.2.1.10, sg: open}}
  inspection:
    cidr: 10.9.0.0/16
    subnets:
      tgw-a: {{cidr: 10.9.1.0/24, az: a, routes: {{0.0.0.0/0: vpce-a}}}}
      tgw-b: {{cidr: 10.9.2.0/24, az: b, routes: {{0.0.0.0/0: vpce-b}}}}
      fw-a: {{cidr: 10.9.3.0/24, az: a, routes: {{0.0.0.0/0: hub}}}}
      fw-b: {{cidr: 10.9.4.0/24, az: b, routes: {{0.0.0.0/0: hub}}}}
    endpoints:
      fw-a: {{id: vpce-a, type: gwlb, subnets: fw-a}}
      fw-b: {{id: vpce-b, type: gwlb, subnets: fw-b}}
transit_gateways:
  hub:
    default_association: false
    default_propagation: false
    attachments:
      one: {{subnets: app}}
      two: {{subnets: db}}
      inspection: {{subnets: [tgw-a, tgw-b], appliance_mode: {str(appliance_mode).lower()}}}
    route_tables:
      spokes: {{associate: [one, two], routes: {{0.0.0.0/0: inspection}}}}
      back: {{associate: inspection, propagate: [one, two]}}
"""
    ends = {
        "ap-northeast-1a": ("vpce-a", "subnet-inspection-fw-a"),
        "ap-northeast-1b": ("vpce-b", "subnet-inspection-fw-b"),
    }
    return firewalled(net=text, vpc="vpc-inspection", endpoints=ends, **more)


def test_nf8_tg9_trap_20_without_appliance_mode_the_answer_meets_another_endpoint() -> None:
    assert codes(trips(two_zones(False), "web", "10.2.1.10")) == {"firewall.asymmetric": 1}


def test_nf8_trap_20_appliance_mode_keeps_both_directions_together() -> None:
    found = trips(two_zones(True), "web", "10.2.1.10")
    assert set(codes(found)) == {"ok"}
    for one in found:
        fw = [s.place for s in one.forward.steps if s.place.kind == "firewall"]
        back = [s.place for s in one.reply.steps if s.place.kind == "firewall"] if one.reply else []
        assert set(fw) == set(back)
        assert one_sided(fw, back) == ()


def test_nf8_without_a_flow_other_protocols_are_undetermined() -> None:
    assert codes(trips(two_zones(False), "web", "10.2.1.10", 53, proto=UDP)) == {"unknown.firewall_midstream": 1}
    going_on = two_zones(False, stream="CONTINUE")
    assert codes(trips(going_on, "web", "10.2.1.10")) == {"unknown.firewall_midstream": 1}


def test_nf10_firewall_attached_to_the_transit_gateway() -> None:
    """Routes lead to its attachment; it goes on by the table of that attachment, both ways through the same one."""
    text = """
region: ap-northeast-1
vpcs:
  one:
    cidr: 10.1.0.0/16
    subnets:
      app: {cidr: 10.1.1.0/24, az: a, routes: {0.0.0.0/0: hub}}
    security_groups:
      open: {in: all from 0.0.0.0/0}
    instances:
      web: {subnet: app, ip: 10.1.1.10, sg: open}
  two:
    cidr: 10.2.0.0/16
    subnets:
      db: {cidr: 10.2.1.0/24, az: b, routes: {0.0.0.0/0: hub}}
    security_groups:
      open: {in: all from 0.0.0.0/0}
    instances:
      db: {subnet: db, ip: 10.2.1.10, sg: open}
transit_gateways:
  hub:
    default_association: false
    default_propagation: false
    attachments:
      one: {subnets: app}
      two: {subnets: db}
    route_tables:
      spokes: {associate: [one, two]}
      fw: {propagate: [one, two]}
"""
    rules = suricata("drop tcp any any -> any 22 (sid:1;)\ndrop tcp $HOME_NET any -> any 23 (sid:2;)")
    net = firewalled(rules, net=text, vpc="", endpoints={"a": ("", "")})
    tables = {name: dict(table) for name, table in net.tables.items()}
    spokes, fw = (i for i in tables["tgw_route_tables"] for n in ("spokes", "fw") if i.endswith(n))
    attachment = convert(
        {
            "TransitGatewayAttachmentId": "tgw-attach-fw",
            "TransitGatewayId": "tgw-hub",
            "ResourceType": "network-function",
            "Association": {"TransitGatewayRouteTableId": fw, "State": "associated"},
        },
        TransitGatewayAttachment,
    )  # fmt: skip
    tables["tgw_attachments"]["tgw-attach-fw"] = attachment
    route = {"DestinationCidrBlock": "0.0.0.0/0", "TransitGatewayAttachments": [
        {"TransitGatewayAttachmentId": "tgw-attach-fw", "ResourceType": "network-function"}]}  # fmt: skip
    tables["tgw_routes"][spokes] = convert(
        {"TransitGatewayRouteTableId": spokes, "Routes": [route]}, TransitGatewayRoutes
    )
    (firewall,) = tables["network_firewalls"].values()
    status = replace(
        firewall.firewall_status, transit_gateway_attachment_sync_state=TgwSyncState(attachment_id="tgw-attach-fw")
    )
    tables["network_firewalls"] = {firewall.firewall_arn: replace(firewall, firewall_status=status)}
    net = Estate(tables)
    found = trip(net, "web", "10.2.1.10")
    assert code(found) == "ok"
    assert "fw" in places(found)
    assert "fw" in places(found, back=True)
    assert ask(net, "10.2.1.10", 22) == "firewall.drop"
    assert ask(net, "10.2.1.10", 23) == "unknown.firewall_rule"  # no VPC, so HOME_NET has no default
