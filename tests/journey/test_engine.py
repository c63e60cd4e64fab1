"""The journey as a whole: verdicts over several addresses, branches and ports; the shape of what is told."""

from pathlib import Path

import pytest

from tabiji.findings.finding import BLOCKER, FORWARD, REPLY
from tabiji.journey.engine import journey, walk_request
from tabiji.journey.model import BLOCKED, REACHABLE, UNDETERMINED
from tabiji.packet.address import format_address
from tabiji.request.errors import RequestError
from tabiji.request.parse import parse_request
from tabiji.request.vantage import find_vantage
from tabiji.sources import apply_overlay, load

EXAMPLES = Path(__file__).parents[2] / "examples"


def ask(estate, source, target, **how):
    return journey(estate, find_vantage(estate, source), parse_request(target), **how)


@pytest.fixture(scope="module")
def egress():
    return load(EXAMPLES / "central-egress.yaml")


@pytest.fixture(scope="module")
def console():
    return load(EXAMPLES / "console-over-dx.yaml")


def kinds(told, leg):
    return [hop.place.kind for hop in told.paths[0].hops if hop.leg == leg]


def test_story_3_there_and_back_through_inspection_and_nat(egress):
    told = ask(egress, "spoke-a-ec2", "https://example.com/")
    assert told.verdict == REACHABLE
    there = ["eni", "tgw", "tgw_attachment", "eni", "tgw", "tgw_attachment", "nat_gateway", "igw", "internet"]
    assert kinds(told, FORWARD) == there
    assert kinds(told, REPLY) == [
        "internet", "igw", "nat_gateway", "tgw", "tgw_attachment", "eni", "tgw", "tgw_attachment", "eni",
    ]  # fmt: skip
    assert [h.number for h in told.paths[0].hops] == list(range(1, 19))
    nat = next(h for h in told.paths[0].hops if h.place.kind == "nat_gateway")
    assert nat.packet.src != nat.leaves.src
    assert nat.packet.dst == nat.leaves.dst
    assert told.paths[0].hops[-1].packet.dst == told.paths[0].packet.src


def test_every_check_of_a_hop_names_its_resource_and_fact(egress):
    told = ask(egress, "spoke-a-ec2", "https://example.com/")
    for hop in told.paths[0].hops:
        for check in hop.checks:
            assert check.component, (hop.place, check)
            if check.kind in ("security_group", "network_acl", "route_table", "tgw_route_table", "translate"):
                assert check.facts, (hop.place, check)
    first = {c.kind: c for c in told.paths[0].hops[0].checks}
    assert first["security_group"].component.startswith("sg-")
    assert first["network_acl"].rule == "100"
    assert first["route_table"].target.startswith("tgw-")


def test_forward_only_leaves_the_answer_out(egress):
    told = ask(egress, "spoke-a-ec2", "https://example.com/", forward_only=True)
    assert told.verdict == REACHABLE
    assert {h.leg for h in told.paths[0].hops} == {FORWARD}


def test_story_4_both_addresses_end_at_the_same_group_and_one_rule_mends_both(console):
    told = ask(console, "laptop", "https://monitoring.ap-northeast-1.amazonaws.com/")
    assert told.verdict == BLOCKED
    assert len(told.paths) == 2
    assert {f.code for f in told.findings if f.severity == BLOCKER} == {"sg.ingress.no_rule"}
    best = told.fixes[0]
    assert (best.code, best.verified, len(best.cli)) == ("fix.sg.add_rule", True, 1)
    mended = console.with_changes(best.changes)
    for name in ("monitoring", "logs"):
        assert ask(mended, "laptop", f"https://{name}.ap-northeast-1.amazonaws.com/").verdict == REACHABLE


def test_a_fix_is_the_same_as_overlay_and_as_change(console):
    told = ask(console, "laptop", "https://logs.ap-northeast-1.amazonaws.com/")
    for fix in told.fixes:
        assert ask(apply_overlay(console, fix.overlay), "laptop", told.request.text).verdict == REACHABLE


def test_all_blockers_are_told_or_only_the_first(egress):
    shut = apply_overlay(
        egress,
        {
            "network_acls": {"shut": {"vpc": "spoke-a", "in": [], "out": []}},
            "vpcs": {"spoke-a": {"subnets": {name: {"nacl": "shut"} for name in subnets(egress, "spoke-a")}}},
        },
    )
    every = ask(shut, "spoke-a-ec2", "https://example.com/", fixes=False)
    first = ask(shut, "spoke-a-ec2", "https://example.com/", fixes=False, all_blockers=False)
    blockers = [(f.code, f.leg) for f in every.findings if f.severity == BLOCKER]
    assert ("nacl.egress.deny", FORWARD) in blockers
    assert ("nacl.ingress.deny", REPLY) in blockers
    assert [f.code for f in first.findings if f.severity == BLOCKER] == ["nacl.egress.deny"]


def subnets(estate, vpc):
    return [estate.name(s) for s in estate.subnets_by_vpc[f"vpc-{vpc}"]]


def test_a_name_that_does_not_exist_ends_the_journey_before_the_first_packet(egress):
    told = ask(egress, "spoke-a-ec2", "https://ip-28-0-0-9.ap-northeast-1.compute.internal/")
    assert told.verdict == BLOCKED
    assert told.paths == ()
    assert told.findings[0].leg == "name"


def test_a_public_name_nobody_told_of_cannot_be_judged(egress):
    told = ask(egress, "spoke-a-ec2", "https://never-heard-of.example.org/")
    assert told.verdict == UNDETERMINED
    assert told.findings[0].code == "unknown.name"


def test_facts_of_the_first_packet(egress):
    vantage = find_vantage(egress, "spoke-a-ec2")
    ping = walk_request(egress, vantage, parse_request("ping://198.51.100.80"))
    assert ping.paths[0].packet.proto == 1
    web = walk_request(egress, vantage, parse_request("198.51.100.80:8443"))
    assert web.paths[0].packet.dport == 8443
    assert 32768 <= web.paths[0].packet.sport <= 60999
    assert format_address(web.paths[0].packet.src) == format_address(vantage.address)


@pytest.mark.parametrize("text", ["nobody", "10.99.99.99", "eni-404"])
def test_a_place_that_is_not_there_is_one_line(egress, text):
    with pytest.raises(RequestError) as caught:
        find_vantage(egress, text)
    assert "\n" not in str(caught.value)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://",
        "gopher://x",
        "host:0",
        "host:99999",
        "host:x",
        "[::1",
        "udp://host",
        "s3://bucket/key",
        "a b",
        "a\x1b[31mb",
        "a;b",
    ],
)
def test_a_destination_that_makes_no_sense_is_one_line(text):
    with pytest.raises(RequestError) as caught:
        parse_request(text)
    assert "\n" not in str(caught.value)


def test_user_and_password_of_a_url_go_no_further():
    request = parse_request("https://user:secret@example.com/path")
    assert (request.host, request.port, request.path) == ("example.com", 443, "/path")
