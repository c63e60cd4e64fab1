"""The decision: which policies must allow, which may deny, what is not known (IA1-IA6, 15.2)."""

import itertools
import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tabiji.access import ALLOW, DENY, UNKNOWN, RequestContext, Way, authorise, keys_of, network_keys
from tabiji.access.context import AWS_OWNED
from tabiji.access.denial import cli_text
from tabiji.estate import Estate
from tabiji.estate.policy import OrganizationPolicy, Policy, Principal, ResourcePolicy
from tabiji.estate.vpc_endpoint import VpcEndpoint

ME, OTHER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{ME}:role/app"
BUCKET = "arn:aws:s3:::b"
OBJECT = f"{BUCKET}/k"
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def doc(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action="*", resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action="*", resource="*", **more):
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def anyone(statement):
    return {**statement, "Principal": "*"}


def estate(endpoint=None, identity=None, bucket=None, owner=ME, boundary=None, session=None, scp=(), rcp=()):
    tables = {}
    if endpoint is not None:
        tables["vpc_endpoints"] = [VpcEndpoint(vpc_endpoint_id="vpce-1", policy_document=endpoint)]
    if identity is not None:
        tables["principals"] = [
            Principal(
                arn=ROLE,
                name="app",
                policies=(Policy(name="app-policy", document=identity),),
                boundary=Policy(name="edge", document=boundary) if boundary else None,
                session=(Policy(name="session", document=session),) if session else (),
            )
        ]
    if bucket is not None:
        tables["resource_policies"] = [ResourcePolicy(arn=BUCKET, document=bucket, account=owner)]
    tables["organization_policies"] = [
        OrganizationPolicy(name=f"{kind}-{i}", type=kind, document=text, level=str(i))
        for kind, rows in (("scp", scp), ("rcp", rcp))
        for i, text in enumerate(rows)
    ]
    return Estate.of(**tables)


def ask(action="s3:GetObject", resource=OBJECT, principal=ROLE, endpoint="vpce-1", **keys):
    held, absent = network_keys(Way(endpoint=endpoint, vpc="vpc-1" if endpoint else "", source="10.0.0.5"), "s3")
    return RequestContext(
        principal=principal,
        action=action,
        resource=resource,
        endpoint=endpoint,
        keys={**held, **keys_of((k.replace("__", ":"), v) for k, v in keys.items())},
        absent=absent,
        operation=action.partition(":")[2],
    )


def test_ia1_endpoint_policy_must_allow_as_well():
    refused = authorise(estate(endpoint=doc(anyone(allow("ssm:*"))), identity=doc(ALL)), ask())
    assert (refused.verdict, refused.by, refused.explicit, refused.policy) == (DENY, "endpoint", False, "vpce-1")
    assert "IA1" in refused.facts


def test_ia1_endpoint_policy_never_grants_by_itself():
    told = authorise(estate(endpoint=doc(anyone(ALL)), identity=doc(allow("ssm:*")), bucket=""), ask())
    assert (told.verdict, told.by, told.explicit) == (DENY, "identity", False)


def test_ie7_an_endpoint_without_policy_allows_all():
    assert authorise(estate(endpoint="", identity=doc(ALL)), ask()).verdict == ALLOW


@pytest.mark.parametrize("kind", ["endpoint", "identity", "bucket", "boundary", "session", "scp", "rcp"])
def test_ia2_an_explicit_deny_wins_wherever_it_stands(kind):
    policies = dict.fromkeys(("endpoint", "identity", "bucket", "boundary", "session"), doc(anyone(ALL)))
    policies |= {"scp": [doc(ALL)], "rcp": [doc(anyone(ALL))]}
    assert authorise(estate(**policies), ask()).verdict == ALLOW
    stern = doc(anyone(ALL), anyone(deny("s3:GetObject", Sid="No")))
    policies[kind] = [stern] if kind in ("scp", "rcp") else stern
    refused = authorise(estate(**policies), ask())
    by = {"scp": "service_control", "rcp": "resource_control", "bucket": "resource"}.get(kind, kind)
    assert (refused.verdict, refused.by, refused.explicit, refused.statement) == (DENY, by, True, "No")
    assert "IA2" in refused.facts


@pytest.mark.parametrize("kind", ["boundary", "session", "scp"])
def test_ia2_boundary_session_and_scp_are_intersections(kind):
    narrow = doc(allow("ssm:*"))
    told = authorise(estate(identity=doc(ALL), **{kind: [narrow] if kind == "scp" else narrow}), ask(endpoint=""))
    by = "service_control" if kind == "scp" else kind
    assert (told.verdict, told.by, told.explicit) == (DENY, by, False)


@pytest.mark.parametrize("kind", ["boundary", "session"])
def test_ia2_a_grant_by_the_resource_against_a_boundary_is_not_certain(kind):
    granted = doc(anyone(ALL))
    told = authorise(estate(identity=doc(ALL), bucket=granted, **{kind: doc(allow("ssm:*"))}), ask(endpoint=""))
    assert told.verdict == UNKNOWN
    assert [(a.kind, a.policy) for a in told.assumptions] == [("boundary", kind)]
    stern = authorise(estate(identity=doc(ALL), bucket=granted, **{kind: doc(deny())}), ask(endpoint=""))
    assert (stern.verdict, stern.by) == (DENY, kind)
    other = authorise(estate(identity=doc(ALL), bucket=granted, owner=OTHER, **{kind: doc(allow("ssm:*"))}), ask())
    assert other.verdict == DENY


def test_every_level_of_an_organization_must_allow():
    assert authorise(estate(identity=doc(ALL), scp=[doc(ALL), doc(allow("s3:*"))]), ask()).verdict == ALLOW
    assert authorise(estate(identity=doc(ALL), scp=[doc(ALL), doc(allow("ssm:*"))]), ask()).verdict == DENY


def test_ia2_same_account_either_grants():
    nothing = doc(allow("ssm:*"))
    to_role = doc({**allow(), "Principal": {"AWS": ROLE}})
    assert authorise(estate(identity=doc(ALL), bucket=""), ask()).verdict == ALLOW
    assert authorise(estate(identity=nothing, bucket=to_role), ask()).verdict == ALLOW
    assert authorise(estate(identity=nothing, bucket=""), ask()).verdict == DENY


def test_a_resource_policy_for_the_account_leaves_it_to_the_identity_policies():
    to_account = doc({**allow(), "Principal": {"AWS": f"arn:aws:iam::{ME}:root"}})
    assert authorise(estate(identity=doc(allow("ssm:*")), bucket=to_account), ask()).verdict == DENY
    assert authorise(estate(identity=doc(ALL), bucket=to_account), ask()).verdict == ALLOW


def test_ia2_across_accounts_both_must_grant():
    to_account = doc({**allow(), "Principal": {"AWS": ME}})
    both = authorise(estate(identity=doc(ALL), bucket=to_account, owner=OTHER), ask())
    assert both.verdict == ALLOW
    one = authorise(estate(identity=doc(ALL), bucket="", owner=OTHER), ask())
    assert (one.verdict, one.by) == (DENY, "resource")
    other = authorise(estate(identity=doc(allow("ssm:*")), bucket=to_account, owner=OTHER), ask())
    assert (other.verdict, other.by) == (DENY, "identity")


def test_ia3_all_types_that_deny_are_listed():
    told = authorise(estate(endpoint=doc(anyone(deny())), identity=doc(deny())), ask())
    assert told.by == "endpoint"
    assert [d.by for d in told.others] == ["identity"]


def test_a_missing_identity_policy_is_unknown_and_said_so():
    told = authorise(estate(endpoint=doc(anyone(ALL))), ask())
    assert told.verdict == UNKNOWN
    assert {(a.kind, a.policy) for a in told.assumptions} >= {("missing", "identity")}


def test_a_certain_deny_needs_no_other_policy():
    assert authorise(estate(endpoint=doc(anyone(deny("s3:*")))), ask()).verdict == DENY


def test_an_unknown_condition_key_is_unknown_and_named():
    tagged = allow(Condition={"StringEquals": {"aws:PrincipalTag/team": "blue"}})
    told = authorise(estate(identity=doc(tagged)), ask(endpoint=""))
    assert told.verdict == UNKNOWN
    assert any(a.kind == "key" and a.detail == "aws:PrincipalTag/team" for a in told.assumptions)


def test_a_malformed_policy_is_unknown_with_one_line():
    told = authorise(estate(endpoint="{oops", identity=doc(ALL), bucket=""), ask())
    assert told.verdict == UNKNOWN
    (found,) = [a for a in told.assumptions if a.kind == "malformed"]
    assert found.subject == "vpce-1"
    assert "\n" not in found.detail


def test_a_role_session_has_the_roles_policies():
    session = f"arn:aws:sts::{ME}:assumed-role/app/i-0123"
    to_role = doc({**allow(), "Principal": {"AWS": f"arn:aws:iam::{ME}:role/path/app"}})
    assert authorise(estate(identity=doc(ALL)), ask(principal=session)).verdict == ALLOW
    assert authorise(estate(identity=doc(allow("ssm:*")), bucket=to_role), ask(principal=session)).verdict == ALLOW


def test_not_principal_not_action_not_resource():
    others = doc({**deny(), "NotPrincipal": {"AWS": ROLE}}, anyone(ALL))
    assert authorise(estate(identity=doc(ALL), bucket=others), ask()).verdict == ALLOW
    assert authorise(estate(identity=doc(ALL), bucket=others), ask(principal=f"{ROLE}2")).verdict == DENY
    not_action = doc({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"})
    assert authorise(estate(identity=not_action, bucket=""), ask()).verdict == DENY
    not_resource = doc({"Effect": "Allow", "Action": "*", "NotResource": f"{BUCKET}/*"})
    assert authorise(estate(identity=not_resource, bucket=""), ask()).verdict == DENY
    assert authorise(estate(identity=not_resource, bucket=""), ask(resource="arn:aws:s3:::c/k")).verdict == ALLOW


def test_anonymous_requests_need_the_resource_policy():
    assert authorise(estate(bucket=doc(anyone(allow()))), ask(principal="*")).verdict == ALLOW
    assert authorise(estate(bucket=""), ask(principal="*")).verdict == DENY
    assert authorise(estate(bucket=doc({**allow(), "Principal": {"AWS": ROLE}})), ask(principal="*")).verdict == DENY


# Network keys --------------------------------------------------------------------


def test_trap_27_a_deny_on_source_ip_denies_all_endpoint_traffic():
    """IA4, IA5: behind an endpoint aws:SourceIp is absent, so the negated test is true."""
    office = anyone(deny(Sid="OfficeOnly", Condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}))
    held = estate(identity=doc(ALL), bucket=doc(office))
    told = authorise(held, ask())
    assert (told.verdict, told.by, told.explicit, told.statement) == (DENY, "resource", True, "OfficeOnly")
    straight, absent = network_keys(Way(source="203.0.113.9"), "s3")
    direct = msgspec.structs.replace(ask(endpoint=""), keys=straight, absent=absent)
    assert authorise(held, direct).verdict == ALLOW


def test_ia5_if_exists_lets_an_allow_hold_without_the_key():
    only = anyone(allow(Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}))
    spared = anyone(allow(Condition={"IpAddressIfExists": {"aws:SourceIp": "203.0.113.0/24"}}))
    assert authorise(estate(endpoint=doc(only), identity=doc(ALL), bucket=""), ask()).verdict == DENY
    assert authorise(estate(endpoint=doc(spared), identity=doc(ALL), bucket=""), ask()).verdict == ALLOW


def test_ia6_a_deny_on_another_endpoint_blocks_the_console():
    only = anyone(deny(Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}))
    held = estate(identity=doc(ALL), bucket=doc(only))
    assert authorise(held, ask()).verdict == ALLOW
    assert authorise(held, ask(endpoint="")).verdict == DENY


def test_ge6_the_private_address_is_the_condition():
    lan = anyone(deny(Condition={"NotIpAddress": {"aws:VpcSourceIp": "10.0.0.0/24"}}))
    assert authorise(estate(identity=doc(ALL), bucket=doc(lan)), ask()).verdict == ALLOW


def test_ia4_owner_keys_only_for_listed_services():
    way = Way(endpoint="vpce-1", vpc="vpc-1", account=ME, region="us-east-1", source="10.0.0.5")
    held, absent = network_keys(way, "s3")
    assert held["aws:vpceaccount"] == (ME,)
    assert held["aws:sourcevpcarn"] == (f"arn:aws:ec2:us-east-1:{ME}:vpc/vpc-1",)
    other, not_there = network_keys(way, "logs")
    assert "aws:vpceaccount" not in other
    assert "aws:vpceaccount" not in not_there  # not known, rather than absent
    assert "aws:sourceip" in absent
    assert "aws:vpceaccount" in network_keys(Way(source="203.0.113.9"), "logs")[1]


def test_ia8_the_on_premises_address_is_a_switch():
    way = Way(endpoint="vpce-1", source="192.168.1.5", outside_vpc=True)
    assert network_keys(way, "s3")[0]["aws:vpcsourceip"] == ("192.168.1.5",)
    held, absent = network_keys(way, "s3", trust_ia8=False)
    assert "aws:vpcsourceip" not in held
    assert "aws:vpcsourceip" not in absent


# Known failures ------------------------------------------------------------------


def test_trap_28_an_endpoint_policy_for_one_bucket_denies_list_buckets():
    one = doc(anyone(allow("s3:*", [BUCKET, f"{BUCKET}/*"])))
    told = authorise(estate(endpoint=one, identity=doc(ALL)), ask("s3:ListAllMyBuckets", "*"))
    assert (told.verdict, told.by) == (DENY, "endpoint")
    assert told.denial_text == (
        f"User: {ROLE} is not authorized to perform: s3:ListAllMyBuckets because no VPC endpoint policy "
        "allows the s3:ListAllMyBuckets action"
    )


@pytest.mark.parametrize("action", ["ecr:BatchGetImage", "dynamodb:GetItem"])
def test_f24_f27_a_policy_that_only_denies_denies_everything(action):
    only = doc(anyone(deny(Condition={"StringNotEquals": {"aws:SourceVpc": "vpc-1"}})))
    told = authorise(estate(endpoint=only, identity=doc(ALL)), ask(action, "*"))
    assert (told.verdict, told.by, told.explicit) == (DENY, "endpoint", False)


def test_f25_ecrs_presigned_urls_are_signed_by_another_account():
    layers = "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/x"
    mine = doc(anyone(allow(Condition={"StringEquals": {"aws:PrincipalAccount": ME}})))
    asked = ask(resource=layers, principal="", aws__PrincipalAccount=AWS_OWNED)
    told = authorise(estate(endpoint=mine), asked)
    assert (told.verdict, told.by, told.explicit) == (DENY, "endpoint", False)
    opened = doc(anyone(allow("s3:GetObject", "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*")))
    assert authorise(estate(endpoint=opened), asked).verdict == UNKNOWN  # ECR's own policies are nobody's to see


# Texts -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("endpoint", "a VPC endpoint policy"),
        ("identity", "an identity-based policy"),
        ("bucket", "a resource-based policy"),
        ("boundary", "a permissions boundary"),
        ("session", "a session policy"),
        ("scp", "a service control policy"),
        ("rcp", "a resource control policy"),
    ],
)
def test_15_2_explicit_denial(kind, words):
    policies = {"identity": doc(ALL)} | {kind: [doc(deny())] if kind in ("scp", "rcp") else doc(anyone(deny()))}
    told = authorise(estate(**policies), ask())
    assert told.denial_text == (
        f"User: {ROLE} is not authorized to perform: s3:GetObject on resource: {OBJECT} "
        f"with an explicit deny in {words}"
    )


def test_15_2_cli_line():
    assert cli_text("GetObject", "Access Denied") == (
        "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied"
    )


# What is unknown stays sound ---------------------------------------------------------

KEYS = ("aws:username", "aws:sourcevpce", "s3:prefix")
VALUES = ("a", "b")
CONDITION = st.dictionaries(
    st.sampled_from(["StringEquals", "StringNotEquals", "StringLikeIfExists", "ForAnyValue:StringNotLike", "Null"]),
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["a", "b", "*", "true", "${aws:username}"]), min_size=1),
    max_size=2,
)
STATEMENT = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Allow", "Deny"]),
        "Action": st.sampled_from(["*", "s3:Get*", "ssm:*"]),
        "Resource": st.sampled_from(["*", f"{BUCKET}/*", "arn:aws:s3:::${s3:prefix}"]),
        "Condition": CONDITION,
        "Principal": st.sampled_from(["*", {"AWS": ROLE}, {"AWS": OTHER}]),
    }
)
POLICY = st.lists(STATEMENT, max_size=3).map(lambda rows: doc(*rows))


@settings(deadline=None, max_examples=80)
@given(POLICY, POLICY, POLICY, st.sets(st.sampled_from(KEYS)))
def test_a_certain_verdict_holds_whatever_the_unknown_keys_are(endpoint, identity, bucket, hidden):
    """Every way to fill in what is not known gives the same verdict as allow or deny did."""
    held = estate(endpoint=endpoint, identity=identity, bucket=bucket)
    shown = {k: ("a",) for k in KEYS if k not in hidden}
    base = RequestContext(principal=ROLE, action="s3:GetObject", resource=OBJECT, endpoint="vpce-1", keys=shown)
    told = authorise(held, base)
    outcomes = set()
    for filled in itertools.product((*VALUES, None), repeat=len(hidden)):
        rows = dict(zip(sorted(hidden), filled, strict=True))
        full = msgspec.structs.replace(
            base,
            keys={**shown, **{k: (v,) for k, v in rows.items() if v is not None}},
            absent=frozenset(k for k, v in rows.items() if v is None),
        )
        outcomes.add(authorise(held, full).verdict)
    assert UNKNOWN not in outcomes
    if told.verdict != UNKNOWN:
        assert outcomes == {told.verdict}


@settings(deadline=None, max_examples=60)
@given(POLICY, POLICY, STATEMENT)
def test_another_deny_never_helps(endpoint, identity, more):
    before = authorise(estate(endpoint=endpoint, identity=identity, bucket=""), ask())
    rows = json.loads(endpoint)["Statement"]
    after = authorise(estate(endpoint=doc(*rows, {**more, "Effect": "Deny"}), identity=identity, bucket=""), ask())
    order = {DENY: 0, UNKNOWN: 1, ALLOW: 2}
    assert order[after.verdict] <= order[before.verdict]
