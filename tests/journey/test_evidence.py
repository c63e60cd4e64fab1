"""What the logs would and would not hold (data-plane 15.4, 15.5)."""

import pytest

from journey.kit import ROLE, R, allow, ask, deny, estate, interface, policy, story
from tabiji.journey.evidence import ACCEPT, EGRESS, INGRESS, MANAGEMENT, NETWORK_ACTIVITY, REJECT, evidence
from tabiji.journey.permission import ApiCall
from tabiji.packet.address import format_address

SSM = f"https://ssm.{R}/"
APP, SERVER, ENDPOINT = "eni-main-app", "eni-main-server", "eni-vpce-main-ssm-ap-northeast-1a"


def rows(found):
    return [(r.interface, r.leg, r.direction, r.action) for r in found.flows]


def trails(found):
    return {t.trail: (t.exists, t.code) for t in found.trails}


def test_fl1_a_flow_that_works_is_accepted_at_both_ends():
    held = estate()
    found = evidence(held, ask(held, "app", "10.0.2.20:22"))
    assert rows(found) == [
        (APP, "forward", EGRESS, ACCEPT),
        (SERVER, "forward", INGRESS, ACCEPT),
        (SERVER, "reply", EGRESS, ACCEPT),
        (APP, "reply", INGRESS, ACCEPT),
    ]
    assert found.trails == ()
    assert found.silent == ()


def test_fl2_a_security_group_leaves_one_reject():
    held = estate(open_to="172.16.0.0/12")
    found = evidence(held, ask(held, "app", "10.0.2.20:22"))
    assert rows(found) == [(APP, "forward", EGRESS, ACCEPT), (SERVER, "forward", INGRESS, REJECT)]
    assert found.flows[-1].facts == ("FL1", "FL2")
    assert found.flows[-1].reason == "-"


def test_fl2_a_network_acl_that_blocks_the_reply():
    held = estate(
        network_acls={
            "shut": {"vpc": "main", "subnets": ["ends"], "in": ["100 allow all from 0.0.0.0/0"],
                     "out": ["100 deny all to 0.0.0.0/0"]}
        },
    )  # fmt: skip
    found = evidence(held, ask(held, "app", "10.0.2.20:22"))
    assert rows(found) == [
        (APP, "forward", EGRESS, ACCEPT),
        (SERVER, "forward", INGRESS, ACCEPT),
        (SERVER, "reply", EGRESS, REJECT),
    ]


def test_a_refusal_at_the_own_interface():
    held = estate(security_groups={"shut": {"vpc": "main", "in": [], "out": []}}, patch={})
    from tabiji.sources import apply_overlay

    shut = apply_overlay(held, {"instances": {"app": {"sg": "shut"}}})
    found = evidence(shut, ask(shut, "app", "10.0.2.20:22"))
    assert rows(found) == [(APP, "forward", EGRESS, REJECT)]
    assert found.silent == ((SERVER, "evidence.flow.nothing"),)


def test_fl3_a_closed_endpoint_rejects_on_its_own_interface():
    held = estate(endpoints={"ssm": interface(sg="shut")}, security_groups={"shut": {"vpc": "main", "in": []}})
    told = ask(held, "app", SSM)
    found = evidence(held, told)
    assert rows(found) == [(APP, "forward", EGRESS, ACCEPT), (ENDPOINT, "forward", INGRESS, REJECT)]
    assert "FL3" in found.flows[-1].facts
    assert trails(found) == {
        MANAGEMENT: (False, "evidence.trail.unheard"),
        NETWORK_ACTIVITY: (False, "evidence.trail.unheard"),
    }


def test_fl3_on_premises_only_the_endpoint_has_a_record():
    held = estate(
        endpoints={"ssm": interface(ips={"ends": "10.0.2.7"}, sg="shut")},
        security_groups={"shut": {"vpc": "main", "in": []}},
        hosts={"laptop": {"hosts_file": {f"ssm.{R}": "10.0.2.7"}}},
    )
    found = evidence(held, ask(held, "laptop", SSM))
    assert rows(found) == [(ENDPOINT, "forward", INGRESS, REJECT)]


def test_fl4_a_routing_drop_is_accepted_at_the_source_and_silent_after():
    held = estate()
    told = ask(held, "server", "198.51.100.9:443")
    assert told.verdict == "blocked", story(told)
    found = evidence(held, told)
    assert rows(found) == [(SERVER, "forward", EGRESS, ACCEPT)]
    assert "FL4" in found.flows[0].facts


@pytest.mark.parametrize("target", ["169.254.169.254:80", "udp://10.0.0.2:53"])
def test_fl5_local_services_are_never_logged(target):
    held = estate()
    told = ask(held, "app", target)
    assert told.verdict == "reachable", story(told)
    found = evidence(held, told)
    assert found.flows == ()
    assert found.silent == ((APP, "evidence.flow.never"),)


def test_fl6_through_a_nat_gateway_the_real_addresses_are_in_pkt_fields():
    held = estate(
        nat_gateways={"nat": {"subnet": "app"}},
        route_tables={"out": {"vpc": "main", "subnets": ["ends"], "routes": {"0.0.0.0/0": "nat"}}},
    )
    told = ask(held, "server", "198.51.100.9:443")
    assert told.verdict == "reachable", story(told)
    found = evidence(held, told)
    nat = next(e for e, owner in held.nat_by_eni.items() if owner == "nat-nat" or owner in held.nat_gateways)
    entering = next(r for r in found.flows if (r.interface, r.leg, r.direction) == (nat, "forward", INGRESS))
    own = held.network_interfaces[nat].private_ip_address
    assert format_address(entering.packet.dst) == "198.51.100.9"
    assert format_address(entering.shown.dst) == own
    assert "FL6" in entering.facts
    leaving = next(r for r in found.flows if (r.interface, r.leg, r.direction) == (nat, "forward", EGRESS))
    assert format_address(leaving.packet.src) == own


# CloudTrail -------------------------------------------------------------------------

CALL = ApiCall(service="ssm", operation="GetParameter", principal=ROLE)


def test_15_4_success():
    held = estate(endpoints={"ssm": interface()})
    told = ask(held, "app", SSM, CALL)
    found = evidence(held, told, CALL)
    assert trails(found) == {
        MANAGEMENT: (True, "evidence.trail.success"),
        NETWORK_ACTIVITY: (None, "evidence.trail.opt_in"),
    }
    assert dict(found.trails[0].fields) == {
        "eventSource": "ssm.amazonaws.com",
        "eventName": "GetParameter",
        "vpcEndpointId": "vpce-main-ssm",
        "vpcEndpointAccountId": "111122223333",
    }


def test_15_4_an_endpoint_policy_denies():
    """IAMD: policy denials leave accepted flows both ways (FL4)."""
    held = estate(endpoints={"ssm": interface(policy=policy(deny()))})
    told = ask(held, "app", SSM, CALL)
    found = evidence(held, told, CALL)
    assert trails(found)[MANAGEMENT] == (True, "evidence.trail.denied")
    activity = next(t for t in found.trails if t.trail == NETWORK_ACTIVITY)
    assert activity.exists is None
    assert dict(activity.fields)["errorCode"] == "VpceAccessDenied"
    assert dict(activity.fields)["eventType"] == "AwsVpceEvent"
    assert {row[3] for row in rows(found)} == {ACCEPT}
    assert {row[1] for row in rows(found)} == {"forward", "reply"}


def test_15_4_an_endpoint_of_another_account():
    held = estate(endpoints={"ssm": interface(policy=policy(deny()), account="444455556666")})
    found = evidence(held, ask(held, "app", SSM, CALL), CALL)
    assert trails(found)[MANAGEMENT] == (None, "evidence.trail.denied_elsewhere")


@pytest.mark.parametrize(
    ("service", "code"), [("logs", "no_source"), ("ssm", "opt_in"), ("kinesis-streams", "source_unknown")]
)
def test_cl2_event_sources(service, code):
    held = estate(endpoints={service: interface(policy=policy(deny()))})
    name = {"kinesis-streams": "kinesis"}.get(service, service)
    told = ask(held, "app", f"https://{name}.{R}/")
    assert told.verdict == "blocked", story(told)
    assert trails(evidence(held, told))[NETWORK_ACTIVITY][1] == f"evidence.trail.{code}"


def test_15_4_an_identity_policy_denies():
    role = {"app": {"arn": ROLE, "policies": [{"Version": "2012-10-17", "Statement": []}]}}
    held = estate(endpoints={"ssm": interface(policy=policy(allow()))}, principals=role,
                  resource_policies={"arn:aws:ssm:ap-northeast-1:111122223333:parameter/x": {}})  # fmt: skip
    call = ApiCall(service="ssm", operation="GetParameter", principal=ROLE, params={"Name": "x"})
    told = ask(held, "app", SSM, call)
    assert [f.code for f in told.findings if f.leg == "permission"] == ["permission.identity.implicit"], story(told)
    found = evidence(held, told, call)
    assert trails(found)[MANAGEMENT] == (True, "evidence.trail.denied")


def test_a_failed_handshake_makes_no_call():
    name = f"logs.{R}"
    held = estate(
        endpoints={"ssm": interface(ips={"ends": "10.0.2.7"})},
        hosts={"app": {"instance": "app", "hosts_file": {name: "10.0.2.7"}}},
    )
    told = ask(held, "app", f"https://{name}/")
    found = evidence(held, told)
    assert trails(found)[MANAGEMENT] == (False, "evidence.trail.tls")
    assert {row[3] for row in rows(found)} == {ACCEPT}


def test_a_relay_may_or_may_not_pass_the_call_on():
    held = estate(hosts={"app": {"instance": "app", "hosts_file": {f"ssm.{R}": "10.0.2.20"}}})
    found = evidence(held, ask(held, "app", SSM))
    assert trails(found) == {MANAGEMENT: (None, "evidence.trail.relay")}
