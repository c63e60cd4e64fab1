"""Stories 1 and 2 as commands: every call the client makes, each walked."""

from pathlib import Path

import pytest

pytest.importorskip("botocore", reason="the planner of aws commands reads botocore's data")

from tabiji.journey.command import walk_calls, walk_plan
from tabiji.journey.model import BLOCKED, REACHABLE, UNDETERMINED
from tabiji.request.aws import plan
from tabiji.request.aws.model import Call
from tabiji.request.vantage import find_vantage
from tabiji.sources import apply_overlay, load

EXAMPLES = Path(__file__).parents[2] / "examples"
RELAY = "28.0.1.254"


def run(estate, where, *argv, **how):
    vantage = find_vantage(estate, where)
    return walk_plan(estate, vantage, plan(argv, estate.hosts.get(vantage.host), estate, eni=vantage.eni, **how))


@pytest.fixture(scope="module")
def relay():
    return load(EXAMPLES / "s3-relay.yaml")


def service_calls(told):
    return [c for c in told.calls if c.call.purpose == "service"]


def addresses(call):
    return call.journey.resolution.addresses()


def test_story_1_credentials_come_before_the_service():
    told = run(load(EXAMPLES / "s3-cli.yaml"), "ec2", "aws", "s3", "ls")
    assert told.verdict == REACHABLE
    purposes = [c.call.purpose for c in told.calls]
    assert purposes[-1] == "service"
    assert purposes.index("credentials") < purposes.index("service")
    assert service_calls(told)[0].call.host == "s3.ap-northeast-1.amazonaws.com"


def test_story_2_ls_goes_to_the_relay_and_cp_past_it(relay):
    ls = run(relay, "client", "aws", "s3", "ls")
    assert ls.verdict == REACHABLE
    assert addresses(service_calls(ls)[0]) == (RELAY,)
    cp = run(relay, "client", "aws", "s3", "cp", "./f", "s3://bucket/key")
    assert cp.verdict == BLOCKED
    assert cp.decisive.call.host == "bucket.s3.ap-northeast-1.amazonaws.com"
    assert RELAY not in addresses(cp.decisive)


def test_story_2_with_endpoint_url_cp_takes_the_relay_too(relay):
    url = "https://s3.ap-northeast-1.amazonaws.com"
    cp = run(relay, "client", "aws", "s3", "cp", "./f", "s3://bucket/key", "--endpoint-url", url)
    assert cp.verdict == REACHABLE
    (call,) = service_calls(cp)
    assert addresses(call) == (RELAY,)
    assert call.call.path == "/bucket/key"


def test_a_call_whose_host_nobody_knows_is_undetermined(relay):
    told = walk_calls(relay, find_vantage(relay, "client"), [Call(host="", purpose="discovery")], "discovery")
    assert (told.verdict, told.calls[0].journey) == (UNDETERMINED, None)


def test_a_call_that_is_not_always_made_does_not_decide(relay):
    lost = Call(host="198.51.100.200", optional=True)
    told = walk_calls(relay, find_vantage(relay, "client"), [lost], "maybe")
    assert told.calls[0].verdict == BLOCKED
    assert told.verdict == REACHABLE
    assert told.decisive is None


def test_rq37_a_call_through_a_proxy_goes_to_the_proxy_and_on_from_there(relay):
    overlay = {
        "vpcs": {
            "relay-vpc": {
                "security_groups": {"proxy": {"in": ["tcp 3128 from 28.0.0.0/16"]}},
                "instances": {"proxy": {"subnet": "relay", "ip": "28.0.1.99", "sg": "proxy", "public": True}},
            }
        }
    }
    estate = apply_overlay(relay, overlay)
    call = Call(host="s3.ap-northeast-1.amazonaws.com", via_proxy="28.0.1.99:3128")
    told = walk_calls(estate, find_vantage(estate, "client"), [call], "by proxy")
    (entry,) = told.calls
    assert entry.journey.request.host == "28.0.1.99"
    assert entry.onward.vantage.address == entry.journey.paths[0].destination
    assert RELAY not in entry.onward.resolution.addresses(), "the client's hosts file is not the proxy's"
    assert told.verdict == entry.onward.verdict == REACHABLE
