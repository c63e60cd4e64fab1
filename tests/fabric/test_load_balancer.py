"""Load balancers: facts LB1-LB10, traps 24 and 25."""

from __future__ import annotations

import msgspec
import pytest

from balanced_net import (
    ANYWHERE,
    GROUP,
    INSIDE,
    NODE_A,
    NODE_B,
    OUTSIDE,
    PREFIX,
    PUBLIC_A,
    PUBLIC_B,
    TARGET_A,
    TARGET_B,
    Net,
    allow,
    forward,
    group,
    nacl,
    target,
)
from tabiji.estate import Coverage, Estate
from tabiji.estate.coverage import COLLECTED, Scope
from tabiji.estate.kinds import BY_KEY
from tabiji.estate.load_balancer import (
    ClassicInstance,
    ClassicListener,
    ClassicListenerDescription,
    ClassicLoadBalancer,
    ConditionValues,
    FixedResponse,
    LbAction,
    LbState,
    LbZone,
    Listener,
    ListenerRule,
    Redirect,
    RuleCondition,
)
from tabiji.estate.load_balancing import zones_in_dns
from tabiji.estate.peering import PeeringStatus, PeeringVpc, VpcPeeringConnection
from tabiji.estate.route_table import Route
from tabiji.estate.site import Host
from tabiji.estate.vpc import Vpc
from tabiji.fabric.limits import idle_of
from tabiji.fabric.stage import Place
from tabiji.packet.address import format_address, parse_address
from tabiji.packet.header import ICMP, UDP, reply_to

OTHER = PREFIX + "targetgroup/api/fedcba9876543210"


def tcp(port: int, arn: str = GROUP, name: str = "listener-1") -> Listener:
    return Listener(listener_arn=name, port=port, protocol="TCP", default_actions=forward(arn))


# Client address: LB3, LB4, LB5, trap 24 ------------------------------------------


def test_trap24_instance_targets_see_the_internet_client() -> None:
    net = Net()
    net.add("security_groups", group("sg-target", (allow("10.0.0.0/16"),)))
    asked = net.ask(OUTSIDE, PUBLIC_A)
    assert asked.outcomes == {"sg.ingress.no_rule"}
    assert format_address(asked.seen_by_target.src) == OUTSIDE


def test_trap24_ip_targets_over_tcp_see_the_node() -> None:
    net = Net()
    net.group("TCP", kind="ip")
    net.add("security_groups", group("sg-target", (allow("10.0.0.0/16"),)))
    asked = net.ask(OUTSIDE, PUBLIC_A)
    assert asked.outcomes == {"delivered"}
    assert format_address(asked.seen_by_target.src) == NODE_A
    assert 1024 <= asked.seen_by_target.sport <= 65535  # LB8
    assert asked.seen_by_target.dport == 8443


@pytest.mark.parametrize(
    ("protocol", "kind", "attribute", "kept"),
    [
        ("TCP", "instance", "", True),
        ("TLS", "instance", "", True),
        ("TCP", "ip", "", False),
        ("TLS", "ip", "", False),
        ("TCP", "instance", "false", False),
        ("TCP", "ip", "true", True),
    ],
)
def test_lb3_defaults_and_attribute(protocol: str, kind: str, attribute: str, kept: bool) -> None:
    net = Net()
    net.group(protocol, kind=kind, **({"preserve_client_ip__enabled": attribute} if attribute else {}))
    asked = net.ask(OUTSIDE, PUBLIC_A)
    assert asked.outcomes == {"delivered"}
    assert format_address(asked.seen_by_target.src) == (OUTSIDE if kept else NODE_A)


def test_lb3_udp_keeps_the_client_whatever_the_attribute_says() -> None:
    net = Net()
    net.group("UDP", kind="ip", preserve_client_ip__enabled="false")
    net.listen(Listener(listener_arn="l", port=53, protocol="UDP", default_actions=forward(GROUP)))
    asked = net.ask(OUTSIDE, PUBLIC_A, 53, proto=UDP)
    assert asked.outcomes == {"delivered"}
    assert format_address(asked.seen_by_target.src) == OUTSIDE


@pytest.mark.parametrize("kind", ["instance", "ip"])
def test_the_client_gets_its_answer_from_the_address_it_asked(kind: str) -> None:
    net = Net()
    net.group("TCP", kind=kind)
    for src, dst in ((OUTSIDE, PUBLIC_A), (INSIDE, NODE_B)):
        trip = net.ask(src, dst).trips[0]
        assert trip.reply is not None
        assert trip.reply.packet == reply_to(trip.forward.steps[0].packet)


def test_the_way_of_a_kept_client_goes_back_through_the_node() -> None:
    """The targets' subnets have no route to the Internet: the answer does not need one."""
    kinds = Net().ask(OUTSIDE, PUBLIC_A).kinds()
    assert kinds == ["internet", "igw", "load_balancer", "eni", "eni", "load_balancer", "igw", "internet"]


def test_lb4_a_reference_to_the_balancers_group_admits_a_kept_client() -> None:
    net = Net()
    net.add("security_groups", group("sg-target", (allow("sg-front"),)))
    assert net.ask(OUTSIDE, PUBLIC_A).outcomes == {"sg.ingress.no_rule"}
    net.wear("sg-front")
    assert net.ask(OUTSIDE, PUBLIC_A).outcomes == {"delivered"}


def test_lb4_the_clients_own_group_is_not_seen_behind_the_node() -> None:
    net = Net()
    net.add("security_groups", group("sg-target", (allow("sg-open"),)))
    assert net.ask(INSIDE, NODE_A).outcomes == {"sg.ingress.no_rule"}


def test_lb5_a_target_that_lands_on_itself() -> None:
    net = Net()
    asked = net.ask(TARGET_A, NODE_A)
    assert asked.outcomes == {"lb.hairpin"}
    net.attributes(load_balancing__cross_zone__enabled="true")
    assert net.ask(TARGET_A, NODE_A).outcomes == {"lb.hairpin", "delivered"}
    net.group("TCP", preserve_client_ip__enabled="false")
    assert net.ask(TARGET_A, NODE_A).outcomes == {"delivered"}


def test_lb3_kept_addresses_need_the_vpc_or_a_peered_one() -> None:
    net = Net()
    net.group("TCP", target("10.9.0.10", zone="all"), kind="ip", preserve_client_ip__enabled="true")
    assert net.ask(OUTSIDE, PUBLIC_A).outcomes == {"lb.preserve_too_far"}


def peered_target(region: str) -> Net:
    net = Net()
    net.add("vpcs", Vpc(vpc_id="vpc-q", cidr_block="10.9.0.0/16"))
    here, there = (
        Route(destination_cidr_block=c, vpc_peering_connection_id="pcx-1") for c in ("10.9.0.0/16", "10.0.0.0/16")
    )
    net.subnet("subnet-q", "vpc-q", "10.9.0.0/24", "az-a", (there,))
    net.eni("eni-q", "10.9.0.10", "subnet-q", groups=("sg-open",))
    net.add(
        "peerings",
        VpcPeeringConnection(
            vpc_peering_connection_id="pcx-1",
            status=PeeringStatus(code="active"),
            requester=PeeringVpc(vpc_id="vpc-p", region="ap-northeast-1"),
            accepter=PeeringVpc(vpc_id="vpc-q", region=region),
        ),
    )
    table = net.records["route_tables"]["rtb-na"]
    net.change("route_tables", "rtb-na", routes=(*table.routes, here))
    net.group("TCP", target("10.9.0.10", zone="all"), kind="ip", preserve_client_ip__enabled="true")
    return net


def test_lb3_a_peered_vpc_of_the_region_will_do() -> None:
    asked = peered_target("ap-northeast-1").ask(OUTSIDE, PUBLIC_A)
    assert asked.outcomes == {"delivered"}
    assert format_address(asked.seen_by_target.src) == OUTSIDE


def test_lb3_a_peering_between_regions_will_not() -> None:
    assert peered_target("us-east-1").ask(OUTSIDE, PUBLIC_A).outcomes == {"lb.preserve_too_far"}


def test_lb3_ipv6_clients_of_ipv4_targets_come_as_the_node() -> None:
    net = Net()
    net.six()
    asked = net.ask("2001:db8:1:3::10", "2001:db8:1:1::10")
    assert asked.outcomes == {"delivered"}
    assert format_address(asked.seen_by_target.src) == NODE_A
    assert format_address(asked.trips[0].reply.packet.src) == "2001:db8:1:1::10"  # type: ignore[union-attr]


def test_lb10_ipv6_of_an_internal_balancer_is_not_reached_from_the_internet() -> None:
    net = Net()
    net.six()
    client = "2001:db8:ffff::9"
    assert net.ask(client, "2001:db8:1:1::10").outcomes == {"delivered"}
    net.change("network_interfaces", "eni-na", deny_all_igw_traffic=True)
    assert "delivered" not in net.ask(client, "2001:db8:1:1::10").outcomes
    net.change("network_interfaces", "eni-na", deny_all_igw_traffic=False)
    net.change("load_balancers", net.arn, scheme="internal")
    assert "delivered" not in net.ask(client, "2001:db8:1:1::10").outcomes
    assert net.ask("2001:db8:1:3::10", "2001:db8:1:1::10").outcomes == {"delivered"}
    net.attributes(ipv6__deny_all_igw_traffic="false")
    assert net.ask(client, "2001:db8:1:1::10").outcomes == {"delivered"}


def test_nacls_between_target_and_node_see_the_kept_client() -> None:
    net = Net()
    net.add("network_acls", nacl("acl-t", "subnet-ta", (True, "allow", "10.0.0.0/16"), (False, "allow", "0.0.0.0/0")))
    asked = net.ask(OUTSIDE, PUBLIC_A)
    assert asked.outcomes == {"nacl.egress.deny"}
    assert asked.trips[0].reply is not None
    net.group("TCP", preserve_client_ip__enabled="false")
    assert net.ask(OUTSIDE, PUBLIC_A).outcomes == {"delivered"}


def test_nacl_of_the_nodes_subnet_sees_targets_answer() -> None:
    net = Net()
    rows = ((True, "allow", "0.0.0.0/0"), (False, "deny", "10.0.11.0/24"), (False, "allow", "0.0.0.0/0"))
    net.add("network_acls", nacl("acl-n", "subnet-na", *rows))
    for kept in ("true", "false"):
        net.group("TCP", preserve_client_ip__enabled=kept)
        assert net.ask(OUTSIDE, PUBLIC_A).outcomes == {"nacl.ingress.deny"}


def test_target_in_the_nodes_subnet_needs_no_nacl() -> None:
    net = Net()
    net.eni("eni-ta", "10.0.1.77", "subnet-na", groups=("sg-target",), instance="i-ta")
    net.add(
        "network_acls", nacl("acl-n", "subnet-na", (True, "allow", f"{OUTSIDE}/32"), (False, "allow", f"{OUTSIDE}/32"))
    )
    for kept in ("true", "false"):
        net.group("TCP", preserve_client_ip__enabled=kept)
        assert net.ask(OUTSIDE, PUBLIC_A).outcomes == {"delivered"}


# Groups of the balancer: LB1, LB2 ------------------------------------------------


def test_lb2_without_groups_the_node_admits_everybody() -> None:
    assert Net().ask(OUTSIDE, PUBLIC_A).outcomes == {"delivered"}


def test_lb2_groups_of_an_nlb_filter_clients_and_targets() -> None:
    net = Net()
    net.wear("sg-front")
    net.add("security_groups", group("sg-front", (allow("10.0.0.0/16"),)))
    assert net.ask(OUTSIDE, PUBLIC_A).outcomes == {"sg.ingress.no_rule"}
    assert net.ask(INSIDE, NODE_A).outcomes == {"delivered"}
    net.add("security_groups", group("sg-front", ANYWHERE, (allow("10.0.12.0/24"),)))
    assert net.ask(INSIDE, NODE_A).outcomes == {"sg.egress.no_rule"}
    assert net.ask(INSIDE, NODE_B).outcomes == {"delivered"}


def test_lb1_alb_targets_see_the_node_and_both_zones_are_used() -> None:
    net = Net("application")
    net.wear("sg-front")
    asked = net.ask(OUTSIDE, PUBLIC_A)
    assert asked.outcomes == {"delivered"}
    assert asked.arrivals == {"eni-ta", "eni-tb"}
    assert format_address(asked.seen_by_target.src) == NODE_A


def test_lb1_a_group_may_keep_an_alb_within_the_zone() -> None:
    net = Net("application")
    net.group("HTTP", load_balancing__cross_zone__enabled="false")
    assert net.ask(OUTSIDE, PUBLIC_A).arrivals == {"eni-ta"}


# Zones and health: LB6, trap 25 ----------------------------------------------------


@pytest.mark.parametrize("in_a", [(), (target("i-ta", "unhealthy"),)])
def test_trap25_a_zone_without_healthy_targets(in_a: tuple[object, ...]) -> None:
    net = Net()
    net.group("TCP", *in_a, target("i-tb"))  # type: ignore[arg-type]
    assert net.ask(OUTSIDE, PUBLIC_A).outcomes == {"lb.no_healthy_target" if in_a else "lb.not_cross_zone"}
    assert net.ask(OUTSIDE, PUBLIC_B).outcomes == {"delivered"}
    assert zones_in_dns(net.estate(), net.arn) == {"az-b"}  # the regional name leads to zone b only
    net.attributes(load_balancing__cross_zone__enabled="true")
    assert net.ask(OUTSIDE, PUBLIC_A).arrivals == {"eni-tb"}
    assert zones_in_dns(net.estate(), net.arn) == {"az-a", "az-b"}


def test_lb6_cross_zone_of_balancer_and_group() -> None:
    net = Net()
    assert net.ask(INSIDE, NODE_A).arrivals == {"eni-ta"}
    net.attributes(load_balancing__cross_zone__enabled="true")
    asked = net.ask(INSIDE, NODE_A)
    assert asked.arrivals == {"eni-ta", "eni-tb"}
    assert "choice.lb_target" in asked.notes()
    net.group("TCP", load_balancing__cross_zone__enabled="false")
    assert net.ask(INSIDE, NODE_A).arrivals == {"eni-ta"}


def test_a_refusal_by_zone_leads_on_to_the_other_zones_targets() -> None:
    """What would happen were it lifted: needed to look for all blockers."""
    net = Net()
    net.group("TCP", target("i-tb"))
    estate = net.estate()
    from tabiji.fabric import Fabric
    from tabiji.packet.header import TCP, FiveTuple
    from tabiji.walk import round_trip

    fabric = Fabric(estate)
    start, home = fabric.leave_eni("eni-client")
    packet = FiveTuple(parse_address(INSIDE), parse_address(NODE_A), TCP, 50000, 443)
    trip = round_trip(fabric, start, packet, {}, home, buy=True)
    assert [drop.code for _, drop in trip.forward.drops] == ["lb.not_cross_zone"]
    assert format_address(trip.forward.packet.dst) == TARGET_B


def test_all_unhealthy_is_a_switch() -> None:
    net = Net()
    net.group("TCP", target("i-ta", "unhealthy"), target("i-tb", "unhealthy"))
    asked = net.ask(INSIDE, NODE_A)
    assert asked.outcomes == {"delivered"}
    assert "note.lb_fail_open" in asked.notes()
    net.switch("LB6.fail_open", "closed")
    assert net.ask(INSIDE, NODE_A).outcomes == {"lb.no_healthy_target"}
    assert zones_in_dns(net.estate(), net.arn) == {"az-a", "az-b"}


@pytest.mark.parametrize("state", ["draining", "unused"])
def test_targets_on_their_way_out_get_nothing(state: str) -> None:
    net = Net()
    net.group("TCP", target("i-ta", state))
    assert net.ask(INSIDE, NODE_A).outcomes == {"lb.no_healthy_target"}


def test_targets_whose_first_checks_are_under_way_are_a_switch() -> None:
    net = Net()
    net.group("TCP", target("i-ta", "initial"), target("i-tb"))
    asked = net.ask(INSIDE, NODE_A)
    assert asked.outcomes == {"delivered"}
    assert "note.lb_target_initial" in asked.notes()
    net.switch("LB6.initial", "skip")
    assert net.ask(INSIDE, NODE_A).outcomes == {"lb.no_healthy_target"}


def test_lb8_targets_in_zones_that_are_not_enabled() -> None:
    net = Net()
    net.change("load_balancers", net.arn, availability_zones=(LbZone(zone_name="az-a", subnet_id="subnet-na"),))
    net.group("TCP", target("i-tb"))
    net.attributes(load_balancing__cross_zone__enabled="true")
    assert net.ask(INSIDE, NODE_A).outcomes == {"lb.target_zone"}


def test_a_group_without_targets() -> None:
    net = Net()
    net.records["target_health"].clear()
    assert net.ask(INSIDE, NODE_A).outcomes == {"lb.no_target"}


# Listeners and rules: LB8 ----------------------------------------------------------


def test_lb8_listeners_match_port_and_protocol() -> None:
    net = Net()
    net.listen(tcp(443), tcp(80, name="listener-2"))
    assert net.ask(INSIDE, NODE_A, 80).outcomes == {"delivered"}
    assert net.ask(INSIDE, NODE_A, 22).outcomes == {"lb.no_listener"}
    assert net.ask(INSIDE, NODE_A, 443, proto=UDP).outcomes == {"lb.no_listener"}
    assert net.ask(INSIDE, NODE_A, proto=ICMP).outcomes == {"lb.no_ping"}


def test_lb8_tcp_udp_listeners_take_both() -> None:
    net = Net()
    net.group("TCP_UDP")
    net.listen(Listener(listener_arn="l", port=53, protocol="TCP_UDP", default_actions=forward(GROUP)))
    assert net.ask(INSIDE, NODE_A, 53, proto=UDP).outcomes == {"delivered"}
    assert net.ask(INSIDE, NODE_A, 53).outcomes == {"delivered"}


def test_lb8_a_target_may_be_registered_with_a_port_of_its_own() -> None:
    net = Net()
    net.group("TCP", target("i-ta", port=9000))
    assert net.ask(INSIDE, NODE_A).seen_by_target.dport == 9000


def test_what_listens_on_the_target_counts() -> None:
    net = Net()
    net.add("hosts", Host(name="web", eni="eni-ta", listens=("tcp/443",)))
    assert net.ask(INSIDE, NODE_A).outcomes == {"host.not_listening"}
    net.add("hosts", Host(name="web", eni="eni-ta", listens=("tcp/8443",)))
    assert net.ask(INSIDE, NODE_A).outcomes == {"delivered"}


def test_a_balancer_that_is_not_active() -> None:
    net = Net()
    net.change("load_balancers", net.arn, state=LbState(code="provisioning"))
    assert net.ask(INSIDE, NODE_A).outcomes == {"lb.not_active"}


def test_weighted_forward_leaves_out_groups_of_weight_0() -> None:
    net = Net()
    net.group("TCP", target("i-tb"), arn=OTHER)
    net.attributes(load_balancing__cross_zone__enabled="true")
    net.group("TCP", target("i-ta"))
    for weight, arrivals in ((0, {"eni-ta"}), (5, {"eni-ta", "eni-tb"})):
        actions = forward((GROUP, 1), (OTHER, weight))
        net.listen(Listener(listener_arn="l", port=443, protocol="TCP", default_actions=actions))
        asked = net.ask(INSIDE, NODE_A)
        assert asked.arrivals == arrivals
        assert ("choice.lb_target_group" in asked.notes()) == (weight > 0)


def with_rules(*rules: tuple[str, tuple[RuleCondition, ...]]) -> Net:
    """An ALB whose default group is in zone a; rules lead to the group in zone b."""
    net = Net("application")
    net.group("HTTP", target("i-ta"))
    net.group("HTTP", target("i-tb"), arn=OTHER)
    stem = net.arn.replace(":loadbalancer/", ":listener-rule/") + "/aaaa/"
    net.listen(
        Listener(
            listener_arn=net.arn.replace(":loadbalancer/", ":listener/") + "/aaaa",
            port=443,
            protocol="HTTPS",
            default_actions=forward(GROUP),
        )
    )
    for priority, conditions in rules:
        net.add(
            "listener_rules",
            ListenerRule(rule_arn=stem + priority, priority=priority, conditions=conditions, actions=forward(OTHER)),
        )
    return net


HOST = RuleCondition(field="host-header", host_header_config=ConditionValues(values=("*.API.example.com",)))
PATH = RuleCondition(field="path-pattern", values=("/img/?.png", "/v[1]/*"))


@pytest.mark.parametrize(
    ("host", "path", "arrival"),
    [
        ("a.api.example.com", "/v[1]/x", "eni-tb"),
        ("A.Api.Example.com", "/img/1.png", "eni-tb"),
        ("a.api.example.com", "/v1/x", "eni-ta"),
        ("a.api.example.com", "/img/12.png", "eni-ta"),
        ("a.api.example.com", "/V[1]/x", "eni-ta"),
        ("api.example.com", "/v[1]/x", "eni-ta"),
    ],
)
def test_rules_by_host_and_path(host: str, path: str, arrival: str) -> None:
    net = with_rules(("10", (HOST, PATH)))
    asked = net.ask(INSIDE, NODE_A, facts={"http_host": host, "http_path": path})
    assert asked.arrivals == {arrival}
    assert "choice.lb_rule" not in asked.notes()


def test_without_the_requests_facts_any_rule_may_apply() -> None:
    net = with_rules(("10", (HOST, PATH)))
    asked = net.ask(INSIDE, NODE_A)
    assert asked.arrivals == {"eni-ta", "eni-tb"}
    assert "choice.lb_rule" in asked.notes()
    assert net.ask(INSIDE, NODE_A, facts={"http_host": "www.example.com"}).arrivals == {"eni-ta"}
    assert net.ask(INSIDE, NODE_A, facts={"http_host": "a.api.example.com"}).arrivals == {"eni-ta", "eni-tb"}


def test_rules_are_tried_by_number_not_by_the_text_of_it() -> None:
    net = with_rules(("9", (PATH,)), ("10", (HOST,)))
    net.change(
        "listener_rules",
        next(key for key in net.records["listener_rules"] if key.endswith("/9")),
        actions=(LbAction(type="fixed-response", fixed_response_config=FixedResponse(status_code="404")),),
    )
    asked = net.ask(INSIDE, NODE_A, facts={"http_host": "a.api.example.com", "http_path": "/img/1.png"})
    assert asked.arrivals == {net.arn}


def test_rules_by_method_and_source_and_headers() -> None:
    method = RuleCondition(field="http-request-method", values=("POST",))
    source = RuleCondition(field="source-ip", source_ip_config=ConditionValues(values=("10.0.3.0/24",)))
    header = RuleCondition(field="http-header")
    net = with_rules(("1", (method,)))
    assert net.ask(INSIDE, NODE_A, facts={"http_host": "x", "http_method": "POST"}).arrivals == {"eni-tb"}
    assert net.ask(INSIDE, NODE_A, facts={"http_host": "x", "http_method": "GET"}).arrivals == {"eni-ta"}
    net = with_rules(("1", (source,)))
    assert net.ask(INSIDE, NODE_A).arrivals == {"eni-tb"}
    assert net.ask(OUTSIDE, PUBLIC_A).arrivals == {"eni-ta"}
    net = with_rules(("1", (header,)))
    assert net.ask(INSIDE, NODE_A).arrivals == {"eni-ta", "eni-tb"}


@pytest.mark.parametrize(
    "action",
    [
        LbAction(type="fixed-response", fixed_response_config=FixedResponse(status_code="503")),
        LbAction(type="redirect", redirect_config=Redirect(port="443", protocol="HTTPS", status_code="HTTP_301")),
        LbAction(type="authenticate-oidc"),
    ],
)
def test_the_balancer_itself_answers(action: LbAction) -> None:
    net = Net("application")
    net.wear("sg-front")
    net.listen(Listener(listener_arn="l", port=80, protocol="HTTP", default_actions=(action, *forward(GROUP)[:0])))
    asked = net.ask(OUTSIDE, PUBLIC_A, 80)
    assert asked.outcomes == {"delivered"}
    assert asked.arrivals == {net.arn}
    assert "note.lb_answers_itself" in asked.notes()


def test_lambda_targets() -> None:
    net = Net("application")
    net.wear("sg-front")
    net.group("HTTP", target("arn:aws:lambda:function"), kind="lambda")
    asked = net.ask(OUTSIDE, PUBLIC_A)
    assert asked.outcomes == {"delivered"}
    assert asked.arrivals == {"arn:aws:lambda:function"}


def alb_behind(**attributes: str) -> Net:
    net = Net()
    inner = PREFIX + "loadbalancer/app/inner/aaaa"
    outer = net.arn
    net.eni("eni-inner", "10.0.11.50", "subnet-ta", groups=("sg-front",), description="ELB app/inner/aaaa")
    net.add("load_balancers", net.records["load_balancers"][outer].__class__(
        load_balancer_arn=inner, load_balancer_name="inner", type="application", vpc_id="vpc-p",
        availability_zones=(LbZone(zone_name="az-a"),)))  # fmt: skip
    net.group("HTTP", target("i-ta"), arn=OTHER, port=80)
    net.arn = inner
    net.listen(Listener(listener_arn="inner-80", port=80, protocol="HTTP", default_actions=forward(OTHER)))
    net.arn = outer
    net.group("TCP", target(inner), kind="alb", port=80, **attributes)
    return net


@pytest.mark.parametrize("kept", ["true", "false"])
def test_an_alb_as_target_of_an_nlb(kept: str) -> None:
    net = alb_behind(preserve_client_ip__enabled=kept)
    asked = net.ask(OUTSIDE, PUBLIC_A)
    assert asked.outcomes == {"delivered"}
    assert asked.arrivals == {"eni-ta"}
    assert format_address(asked.seen_by_target.src) == "10.0.11.50"
    net.add("security_groups", group("sg-front", (allow("10.0.0.0/16"),)))
    assert net.ask(OUTSIDE, PUBLIC_A).outcomes == {"sg.ingress.no_rule" if kept == "true" else "delivered"}


def test_what_an_alb_target_sees_is_open_when_no_attribute_says() -> None:
    net = alb_behind()
    net.add("security_groups", group("sg-front", (allow("10.0.0.0/16"),)))
    asked = net.ask(OUTSIDE, PUBLIC_A)
    assert asked.outcomes == {"delivered", "sg.ingress.no_rule"}
    assert "choice.lb_client_ip" in asked.notes()


# What was not collected --------------------------------------------------------------


def collected(*kinds: str) -> Coverage:
    base = ("network_interfaces", "load_balancers", "target_groups", "subnets", "network_acls", "route_tables")
    return Coverage(complete=False, states={(Scope(), kind): COLLECTED for kind in (*base, *kinds)})


def open_nacls(net: Net) -> Net:
    for subnet in list(net.records["subnets"]):
        rows = ((True, "allow", "0.0.0.0/0"), (False, "allow", "0.0.0.0/0"))
        net.add("network_acls", nacl(f"acl-{subnet}", subnet, *rows))
    return net


def test_lb3_attributes_nobody_collected_are_assumed_and_said() -> None:
    net = open_nacls(Net())
    everything = collected("load_balancer_listeners", "target_health")
    assert "note.lb_attributes_assumed" in net.ask(INSIDE, NODE_A, coverage=everything).notes()  # LB6
    net.attributes()
    assert "note.lb_attributes_assumed" not in net.ask(INSIDE, NODE_A, coverage=everything).notes()
    net.records["target_group_attributes"].clear()
    assert "note.lb_attributes_assumed" in net.ask(INSIDE, NODE_A, coverage=everything).notes()
    assert "note.lb_attributes_assumed" not in net.ask(INSIDE, NODE_A).notes()  # by hand: defaults are meant


@pytest.mark.parametrize(
    ("kind", "code"), [("load_balancer_listeners", "unknown.lb_listeners"), ("target_health", "unknown.lb_targets")]
)
def test_listeners_or_targets_nobody_collected(kind: str, code: str) -> None:
    net = open_nacls(Net())
    net.records[kind].clear()
    assert net.ask(INSIDE, NODE_A, coverage=collected()).outcomes == {code}


def test_rules_nobody_collected_may_lead_to_groups_no_listener_names() -> None:
    net = open_nacls(Net("application"))
    net.group("HTTP", target("i-ta"))
    coverage = collected("load_balancer_listeners", "target_health")
    assert "note.lb_rules_assumed" in net.ask(INSIDE, NODE_A, coverage=coverage).notes()
    net.group("HTTP", target("i-tb"), arn=OTHER)
    assert net.ask(INSIDE, NODE_A, coverage=coverage).arrivals == {"eni-ta", "eni-tb"}
    coverage = collected("load_balancer_listeners", "target_health", "listener_rules")
    assert net.ask(INSIDE, NODE_A, coverage=coverage).arrivals == {"eni-ta"}


def test_an_eni_of_a_balancer_nobody_collected() -> None:
    net = Net()
    net.records["load_balancers"].clear()
    assert net.ask(INSIDE, NODE_A).outcomes == {"unknown.load_balancer"}


def test_an_answer_to_the_balancers_own_health_check_arrives() -> None:
    assert Net().ask(NODE_A, TARGET_A, 8443).outcomes == {"delivered"}


# Classic -------------------------------------------------------------------------------


def classic(**fields: object) -> Net:
    net = Net()
    net.records["load_balancers"].clear()
    for eni in ("eni-na", "eni-nb"):
        net.change("network_interfaces", eni, description="ELB old", interface_type="interface")
    listener = ClassicListener(protocol="HTTP", load_balancer_port=80, instance_protocol="HTTP", instance_port=8080)
    net.add(
        "classic_load_balancers",
        ClassicLoadBalancer(
            load_balancer_name="old",
            vpc_id="vpc-p",
            subnets=("subnet-na", "subnet-nb"),
            availability_zones=("az-a", "az-b"),
            listener_descriptions=(ClassicListenerDescription(listener=listener),),
            **{"instances": (ClassicInstance(instance_id="i-ta"),), **fields},  # type: ignore[arg-type]
        ),
    )
    return net


def test_classic_listeners_and_instances() -> None:
    net = classic()
    asked = net.ask(INSIDE, NODE_A, 80)
    assert asked.outcomes == {"delivered"}
    assert asked.seen_by_target.dport == 8080
    assert format_address(asked.seen_by_target.src) == NODE_A
    assert net.ask(INSIDE, NODE_A, 8080).outcomes == {"lb.no_listener"}
    assert "load_balancer" in asked.kinds()


def test_classic_cross_zone_is_not_told_by_describe() -> None:
    net = classic()
    asked = net.ask(INSIDE, NODE_B, 80)
    assert asked.outcomes == {"lb.not_cross_zone", "delivered"}
    assert "choice.lb_cross_zone" in asked.notes()


def test_na10_classic_outbound_nacl_counts_in_the_nodes_own_subnet() -> None:
    net = classic()
    net.eni("eni-ta", "10.0.1.77", "subnet-na", groups=("sg-target",), instance="i-ta")
    net.add("network_acls", nacl("acl-n", "subnet-na", (True, "deny", "10.0.1.0/24"), (False, "allow", "0.0.0.0/0")))
    assert net.ask(INSIDE, NODE_A, 80).outcomes == {"nacl.egress.deny"}


def test_classic_records_as_the_api_prints_them() -> None:
    raw = b"""[{"LoadBalancerName": "old", "DNSName": "old-1.elb.amazonaws.com", "VPCId": "vpc-p", "Scheme": "internal",
      "ListenerDescriptions": [{"Listener": {"Protocol": "TCP", "LoadBalancerPort": 80, "InstanceProtocol": "TCP",
      "InstancePort": 8080}, "PolicyNames": []}], "Instances": [{"InstanceId": "i-1"}], "Subnets": ["subnet-1"]}]"""
    kind = BY_KEY["LoadBalancerDescriptions"]
    (record,) = msgspec.json.decode(raw, type=list[kind.record])
    estate = Estate.of(classic_load_balancers=[record])
    assert list(estate.tables["classic_load_balancers"]) == ["vpc-p/old"]
    assert record.listener_descriptions[0].listener.instance_port == 8080
    assert record.dns_name == "old-1.elb.amazonaws.com"


def test_lb7_an_nlb_forgets_idle_flows_and_an_albs_timeout_is_a_setting() -> None:
    assert idle_of(Place("load_balancer", Net().arn)) == (350, "LB7")
    assert idle_of(Place("load_balancer", Net("application").arn)) == (0, "")


def test_lb9_the_regional_name_stands_for_one_address_a_zone() -> None:
    net = Net()
    assert zones_in_dns(net.estate(), net.arn) == {"az-a", "az-b"}
    net.group("TCP", target("i-ta"), target("i-tb", "unhealthy"))
    assert zones_in_dns(net.estate(), net.arn) == {"az-a"}
