"""Policies at the end of a journey: which are met, what they say (IA1-IA8, traps 27 and 28, F24-F27)."""

from typing import NamedTuple

import pytest

from journey.kit import ROLE, R, allow, ask, ask_fully, codes, deny, estate, interface, policy, story
from tabiji.findings.finding import BLOCKER, NOTE, UNKNOWN
from tabiji.journey.model import Journey
from tabiji.journey.permission import ApiCall, call_of, of_planned, principal_at, way_of
from tabiji.request.parse import parse_request

S3 = f"https://s3.{R}/"
LIST = ApiCall(service="s3", operation="ListBuckets", principal=ROLE)
GET = ApiCall(service="s3", operation="GetObject", principal=ROLE, params={"Bucket": "b", "Key": "k"})
PRINCIPAL = {"app": {"arn": ROLE, "policies": [policy({"Effect": "Allow", "Action": "*", "Resource": "*"})]}}


def behind_gateway(document=None, **more):
    endpoint = {"type": "gateway", "route_tables": "main-rt"} | ({"policy": document} if document else {})
    return estate_with_gateway({"s3": endpoint}, **more)


def estate_with_gateway(endpoints, service="s3", **more):
    held = dict(more)
    names = {f"s3.{R}": "192.0.2.5", f"b.s3.{R}": "192.0.2.6", f"dynamodb.{R}": "192.0.2.21"} | held.pop("names", {})
    from tabiji.sources.document import estate_of

    return estate_of(
        {
            "account": "111122223333",
            "region": "ap-northeast-1",
            "vpcs": {
                "main": {
                    "cidr": "10.0.0.0/16",
                    "dns_hostnames": True,
                    "subnets": {"app": {"cidr": "10.0.1.0/24", "az": "a"}},
                    "route_tables": {"main-rt": {"subnets": ["app"]}},
                    "endpoints": endpoints,
                    "instances": {"app": {"subnet": "app", "ip": "10.0.1.10"}},
                }
            },
            "prefix_lists": {
                "s3": {"aws": "com.amazonaws.ap-northeast-1.s3", "cidrs": ["192.0.2.0/28"]},
                "ddb": {"aws": "com.amazonaws.ap-northeast-1.dynamodb", "cidrs": ["192.0.2.16/28"]},
            },
            "public_names": names,
            **held,
        }
    )


# What a URL asks -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "service", "operation", "params"),
    [
        (f"https://s3.{R}/", "s3", "", {}),
        (f"https://s3.{R}/b", "s3", "ListObjectsV2", {"Bucket": "b"}),
        (f"https://s3.{R}/b/k/x?y=1", "s3", "GetObject", {"Bucket": "b", "Key": "k/x"}),
        (f"https://b.s3.{R}/k", "s3", "GetObject", {"Bucket": "b", "Key": "k"}),
        (f"https://b.s3.{R}", "s3", "ListObjectsV2", {"Bucket": "b"}),
        ("https://bucket.vpce-1-x.s3.ap-northeast-1.vpce.amazonaws.com/b/k", "s3", "GetObject",
         {"Bucket": "b", "Key": "k"}),
        (f"https://ssm.{R}/", "ssm", "", {}),
        (f"https://api.ecr.{R}/", "ecr", "", {}),
    ],
)  # fmt: skip
def test_call_of_a_url(url, service, operation, params):
    call = call_of(parse_request(url))
    assert call is not None
    assert (call.service, call.operation, dict(call.params)) == (service, operation, params)


@pytest.mark.parametrize(
    "url", ["https://www.example.com/", "10.0.0.1:443", "https://x.elb.ap-northeast-1.amazonaws.com"]
)
def test_no_call_of_other_names(url):
    assert call_of(parse_request(url)) is None


# The way and its keys --------------------------------------------------------------


def test_ia4_way_through_an_interface_endpoint():
    held = estate(endpoints={"ssm": interface(ips={"ends": "10.0.2.7"})})
    told = ask(held, "app", f"https://ssm.{R}/")
    way = way_of(held, told, told.paths[0])
    assert (way.endpoint, way.vpc, way.source, way.outside_vpc) == ("vpce-main-ssm", "vpc-main", "10.0.1.10", False)
    assert (way.account, way.region) == ("111122223333", "ap-northeast-1")


def test_ge6_way_through_a_gateway_endpoint():
    held = behind_gateway()
    told = ask(held, "app", S3)
    way = way_of(held, told, told.paths[0])
    assert (way.endpoint, way.source) == ("vpce-main-s3", "10.0.1.10")


def test_ia4_way_over_the_internet_has_the_public_address():
    held = estate(public_names={f"s3.{R}": "192.0.2.5"})
    told = ask(held, "app", S3)
    way = way_of(held, told, told.paths[0])
    assert (way.endpoint, way.source) == ("", "203.0.113.10")


def test_ia8_way_from_on_premises():
    held = estate(
        endpoints={"ssm": interface(ips={"ends": "10.0.2.7"})},
        hosts={"laptop": {"hosts_file": {f"ssm.{R}": "10.0.2.7"}}},
        open_to="192.168.0.0/16",
    )
    told = ask(held, "laptop", f"https://ssm.{R}/")
    assert told.verdict == "reachable", story(told)
    way = way_of(held, told, told.paths[0])
    assert (way.endpoint, way.source, way.outside_vpc) == ("vpce-main-ssm", "192.168.10.20", True)


# Verdicts ---------------------------------------------------------------------------


def decided(told: Journey, severity=BLOCKER):
    return next(f for f in told.findings if f.leg == "permission" and f.severity == severity)


def test_trap_28_one_bucket_only():
    one = policy(allow("s3:*", ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]))
    told = ask(behind_gateway(one, principals=PRINCIPAL), "app", S3, LIST)
    assert told.verdict == "blocked"
    found = decided(told)
    assert (found.code, found.component) == ("permission.endpoint.implicit", "vpce-main-s3")
    assert "because no VPC endpoint policy allows the s3:ListAllMyBuckets action" in found.param("text")
    assert all(path.verdict == "reachable" for path in told.paths)
    assert ask(behind_gateway(one, principals=PRINCIPAL), "app", f"https://b.s3.{R}/k", GET).verdict == "reachable"


def test_trap_27_source_ip_behind_an_endpoint():
    only_office = policy(deny(Sid="Office", Condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}))
    held = behind_gateway(principals=PRINCIPAL, bucket_policies={"b": {"policy": only_office}})
    told = ask(held, "app", f"https://b.s3.{R}/k", GET)
    assert told.verdict == "blocked"
    found = decided(told)
    assert (found.code, found.component, found.rule) == ("permission.resource.explicit", "arn:aws:s3:::b", "Office")
    assert decided(told, NOTE).param("keys") == "aws:SourceIp"
    direct = estate(
        principals=PRINCIPAL,
        bucket_policies={"b": {"policy": only_office}},
        public_names={f"b.s3.{R}": "192.0.2.5"},
    )
    assert ask(direct, "app", f"https://b.s3.{R}/k", GET).verdict == "reachable"


def test_trap_27_for_a_url_and_nobody_known():
    """A Deny for everybody is met whoever asks; one that hangs on the caller is not, nor another bucket's."""
    for statement, verdict in (
        (deny(Condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), "blocked"),
        (deny(Condition={"StringNotEquals": {"aws:PrincipalTag/team": "a"}}), "reachable"),
        (deny(Principal={"AWS": ROLE}), "reachable"),
    ):
        held = behind_gateway(bucket_policies={"b": {"policy": policy(statement)}})
        assert ask(held, "app", f"https://b.s3.{R}/k").verdict == verdict, statement
        assert ask(held, "app", S3).verdict == "reachable"


def test_ia4_keys_that_only_an_endpoint_brings():
    only = deny(Sid="Ends", Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-main-s3"}})
    held = {"bucket_policies": {"b": {"policy": policy(only)}}}
    assert ask(behind_gateway(**held), "app", f"https://b.s3.{R}/k").verdict == "reachable"
    told = ask(estate(public_names={f"b.s3.{R}": "192.0.2.5"}, **held), "app", f"https://b.s3.{R}/k")
    assert codes(told, "permission") == ["permission.resource.explicit", "permission.absent_key.internet"]


@pytest.mark.parametrize(
    ("service", "url"),
    [("ecr.api", f"https://api.ecr.{R}/"), ("ssm", f"https://ssm.{R}/"), ("logs", f"https://logs.{R}/")],
)
def test_f24_a_policy_that_only_denies_denies_whatever_is_asked(service, url):
    only = policy(deny(Condition={"StringNotEquals": {"aws:SourceVpc": "vpc-main"}}))
    held = estate(endpoints={service: interface(policy=only)})
    told = ask(held, "app", url)
    assert told.verdict == "blocked", story(told)
    assert codes(told, "permission") == ["permission.endpoint.implicit"]


def test_f27_dynamodb_behind_a_policy_that_only_denies():
    endpoint = {"type": "gateway", "route_tables": "main-rt", "policy": policy(deny("dynamodb:DeleteTable"))}
    told = ask(estate_with_gateway({"dynamodb": endpoint}), "app", f"https://dynamodb.{R}/")
    assert told.verdict == "blocked", story(told)
    assert codes(told, "permission") == ["permission.endpoint.implicit"]


LAYERS = "prod-ap-northeast-1-starport-layer-bucket"


@pytest.mark.parametrize(
    ("document", "verdict"),
    [
        (policy(allow("s3:*", ["arn:aws:s3:::mine", "arn:aws:s3:::mine/*"])), "blocked"),
        (policy(allow(Condition={"StringEquals": {"aws:PrincipalAccount": "111122223333"}})), "blocked"),
        (policy(allow("s3:GetObject", f"arn:aws:s3:::{LAYERS}/*")), "reachable"),
        (None, "reachable"),
    ],
)
def test_f25_ecr_layers_are_read_with_ecrs_own_signature(document, verdict):
    name = f"{LAYERS}.s3.{R}"
    held = behind_gateway(document, names={name: "192.0.2.7"}, principals=PRINCIPAL)
    told = ask(held, "app", f"https://{name}/sha256/x")
    assert told.verdict == verdict, story(told)


@pytest.mark.parametrize(
    ("resource", "verdict"), [("arn:aws:s3:::mine/*", "blocked"), ("arn:aws:s3:::amazonlinux-2-repos-*/*", "reachable")]
)
def test_f26_package_repositories(resource, verdict):
    name = f"amazonlinux-2-repos-ap-northeast-1.s3.{R}"
    held = behind_gateway(policy(allow("s3:GetObject", resource)), names={name: "192.0.2.7"})
    told = ask(held, "app", f"https://{name}/2/core/latest/x86_64/mirror.list")
    assert told.verdict == verdict, story(told)


# What is not known ---------------------------------------------------------------------


def test_missing_policies_are_assumptions():
    told = ask(behind_gateway(), "app", f"https://b.s3.{R}/k", GET)
    assert told.verdict == "reachable"
    assert {f.code for f in told.findings if f.leg == "permission"} == {
        "permission.assumed.identity",
        "permission.assumed.resource",
    }
    assert all(f.severity == NOTE for f in told.findings if f.leg == "permission")


def test_missing_policies_may_be_made_to_matter():
    told = ask(behind_gateway(switches={"IA2": "undetermined"}), "app", f"https://b.s3.{R}/k", GET)
    assert told.verdict == "undetermined"


def test_an_unknown_key_is_undetermined():
    tagged = policy(allow(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}))
    told = ask(behind_gateway(tagged, principals=PRINCIPAL), "app", f"https://b.s3.{R}/k", GET)
    assert told.verdict == "undetermined"
    assert decided(told, UNKNOWN).param("keys") == "aws:PrincipalOrgID"
    known = {"app": {**PRINCIPAL["app"], "keys": {"aws:PrincipalOrgID": "o-1"}}}
    assert ask(behind_gateway(tagged, principals=known), "app", f"https://b.s3.{R}/k", GET).verdict == "reachable"
    other = {"app": {**PRINCIPAL["app"], "keys": {"aws:PrincipalOrgID": "o-2"}}}
    assert ask(behind_gateway(tagged, principals=other), "app", f"https://b.s3.{R}/k", GET).verdict == "blocked"


def test_a_malformed_policy_is_undetermined_in_one_line():
    told = ask(behind_gateway('{"Statement": [{"Effect": "Maybe"}]}'), "app", f"https://b.s3.{R}/k", GET)
    assert told.verdict == "undetermined"
    found = next(f for f in told.findings if f.code == "permission.malformed")
    assert found.component == "vpce-main-s3"
    assert found.param("detail") == "statement #1: Effect is neither Allow nor Deny"


def test_a_url_alone_says_nothing_about_callers():
    mine = policy({**allow(), "Principal": {"AWS": ROLE}})
    told = ask(behind_gateway(mine), "app", f"https://b.s3.{R}/k")
    assert told.verdict == "reachable"
    assert codes(told, "permission") == []


def test_a_blocked_packet_meets_no_policy():
    only = policy(deny())
    held = estate(endpoints={"ssm": interface(policy=only)}, open_to="172.16.0.0/12")
    assert codes(ask(held, "app", f"https://ssm.{R}/"), "permission") == []


def test_the_principal_of_a_host():
    held = estate(principals={"app": {"used_by": "app"}})
    told = ask(held, "app", "10.0.2.20:443")
    assert principal_at(held, told) == ROLE
    assert principal_at(held, ask(held, "server", "10.0.1.10:443")) == ""


def test_copy_needs_both_actions():
    read_only = {"app": {"arn": ROLE, "policies": [policy({"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"})]}}
    call = ApiCall(service="s3", operation="CopyObject", principal=ROLE, params={"Bucket": "b", "Key": "k"})
    held = behind_gateway(principals=read_only, bucket_policies={"b": {}})
    told = ask(held, "app", f"https://b.s3.{R}/k", call)
    assert told.verdict == "blocked"
    assert decided(told).param("action") == "s3:PutObject"


def test_no_fix_is_offered_for_a_policy():
    held = estate(endpoints={"ssm": interface(policy=policy(deny()))})
    assert ask_fully(held, "app", f"https://ssm.{R}/").fixes == ()


class PlannedCall(NamedTuple):
    """As the planner of client commands gives it."""

    service: str = "s3"
    operation: str = "GetObject"
    region: str = "ap-northeast-1"
    signing: str = "v4"
    verify: bool = True
    parameters: tuple[tuple[str, str], ...] = (("Bucket", "b"), ("Key", "k"))


def test_a_planned_call():
    call = of_planned(PlannedCall(), ROLE)
    assert (call.service, call.principal, call.params["Key"]) == ("s3", ROLE, "k")
    assert of_planned(PlannedCall(signing="none"), ROLE).principal == "*"
    read_nothing = {"app": {"arn": ROLE, "policies": []}}
    held = behind_gateway(principals=read_nothing, bucket_policies={"b": {}})
    assert ask(held, "app", f"https://b.s3.{R}/k", call).verdict == "blocked"
    assert ask(held, "app", f"https://b.s3.{R}/k", of_planned(PlannedCall(signing="none"))).verdict == "blocked"


def test_what_is_no_api_meets_no_policy():
    only = behind_gateway(policy(deny()))
    told = ask(only, "app", f"https://b.s3.{R}/k", of_planned(PlannedCall(service="", operation="")))
    assert codes(told, "permission") == []


def test_rq42d_a_client_that_does_not_verify_does_not_mind_the_name():
    held = estate(endpoints={"ssm": interface(ips={"ends": "10.0.2.7"})})
    call = of_planned(PlannedCall(service="ssm", operation="GetParameter", verify=False, parameters=()))
    assert ask(held, "app", "https://10.0.2.7/", call).verdict == "reachable"
    assert ask(held, "app", "https://10.0.2.7/").verdict == "blocked"
