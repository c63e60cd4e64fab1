"""Condition operators, patterns and what a missing or unknown key makes of them (IA5)."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tabiji.access.context import RequestContext, keys_of
from tabiji.access.document import PolicyError, parse
from tabiji.access.operators import OPERATORS
from tabiji.access.pattern import expand, fits_action, fits_arn, glob
from tabiji.access.statement import applies, holds


def test_of(operator, key, values):
    import json

    policy = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {operator: {key: values}}},
    }
    return parse(json.dumps(policy))[0].tests[0]


test_of.__test__ = False


def context(*rows, absent=(), **more):
    return RequestContext(keys=keys_of(rows), absent=frozenset(absent), **more)


@pytest.mark.parametrize(
    ("operator", "wanted", "given_value", "expected"),
    [
        ("StringEquals", "a*", "a*", True),
        ("StringEquals", "a*", "ab", False),
        ("StringEquals", ["x", "y"], "y", True),
        ("StringNotEquals", ["x", "y"], "y", False),
        ("StringNotEquals", ["x", "y"], "z", True),
        ("StringEqualsIgnoreCase", "ABC", "abc", True),
        ("StringNotEqualsIgnoreCase", "ABC", "abc", False),
        ("StringLike", "a?c*", "abcd", True),
        ("StringLike", "a?c", "ac", False),
        ("StringNotLike", "a*", "ab", False),
        ("NumericEquals", 10, "10", True),
        ("NumericNotEquals", "10", "10", False),
        ("NumericLessThan", 10, "9", True),
        ("NumericLessThanEquals", 10, "10", True),
        ("NumericGreaterThan", 10, "10", False),
        ("NumericGreaterThanEquals", 10, "10", True),
        ("NumericLessThan", 10, "nine", False),
        ("DateLessThan", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", True),
        ("DateGreaterThan", "2026-01-01", "1767225600", False),
        ("DateGreaterThan", "2026-01-01", "1767225601", True),
        ("DateEquals", "1767225600", "2026-01-01T00:00:00Z", True),
        ("Bool", True, "true", True),
        ("Bool", "false", "true", False),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", True),
        ("IpAddress", ["203.0.113.0/24", "10.0.0.0/8"], "10.1.2.3", True),
        ("IpAddress", "203.0.113.0/24", "10.1.2.3", False),
        ("IpAddress", "2001:db8::/32", "2001:db8::1", True),
        ("NotIpAddress", "203.0.113.0/24", "203.0.113.9", False),
        ("NotIpAddress", "203.0.113.0/24", "198.51.100.9", True),
        ("ArnLike", "arn:aws:iam::*:role/app-*", "arn:aws:iam::111122223333:role/app-web", True),
        ("ArnEquals", "arn:aws:iam::*:role/*", "arn:aws:iam::111122223333:role/app-web", True),
        ("ArnLike", "arn:aws:*:role/app", "arn:aws:iam::111122223333:role/app", False),
        ("ArnNotLike", "arn:aws:iam::*:role/app-*", "arn:aws:iam::111122223333:role/web", True),
        ("ArnNotEquals", "arn:aws:iam::1:role/web", "arn:aws:iam::1:role/web", False),
    ],
)
def test_operator(operator, wanted, given_value, expected):
    assert holds(test_of(operator, "aws:x", wanted), context(("aws:x", given_value))) is expected


def test_every_operator_has_a_case():
    tried = {row[0] for row in test_operator.pytestmark[0].args[1]}
    assert set(OPERATORS) - tried - {"Null", "DateNotEquals", "DateLessThanEquals", "DateGreaterThanEquals"} == set()


@pytest.mark.parametrize("operator", sorted(set(OPERATORS) - {"Null"}))
def test_ia5_a_missing_key_makes_negated_operators_true(operator):
    lacking = context(absent=["aws:sourceip"])
    negated = "Not" in operator
    assert holds(test_of(operator, "aws:SourceIp", "203.0.113.0/24"), lacking) is negated
    assert holds(test_of(f"{operator}IfExists", "aws:SourceIp", "203.0.113.0/24"), lacking) is True
    assert holds(test_of(f"ForAllValues:{operator}", "aws:SourceIp", "203.0.113.0/24"), lacking) is True
    assert holds(test_of(f"ForAnyValue:{operator}", "aws:SourceIp", "203.0.113.0/24"), lacking) is False


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_a_key_nobody_knows_is_unknown(operator):
    assert holds(test_of(operator, "aws:PrincipalTag/team", "true"), context()) is None


def test_null():
    present, lacking = context(("aws:SourceVpce", "vpce-1")), context(absent=["aws:sourcevpce"])
    assert holds(test_of("Null", "aws:SourceVpce", "true"), lacking) is True
    assert holds(test_of("Null", "aws:SourceVpce", "true"), present) is False
    assert holds(test_of("Null", "aws:SourceVpce", False), present) is True


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [
        ("ForAnyValue:StringEquals", ["a", "z"], True),
        ("ForAnyValue:StringEquals", ["z"], False),
        ("ForAllValues:StringEquals", ["a", "b", "c"], True),
        ("ForAllValues:StringEquals", ["a"], False),
        ("ForAnyValue:StringNotEquals", ["a"], True),
        ("ForAnyValue:StringNotEquals", ["a", "b"], False),
        ("ForAllValues:StringNotEquals", ["z"], True),
        ("ForAllValues:StringNotEquals", ["a"], False),
        ("StringEquals", ["a"], None),
        ("StringNotEquals", ["a"], None),
    ],
)
def test_keys_with_several_values(operator, values, expected):
    assert holds(test_of(operator, "aws:TagKeys", values), context(("aws:TagKeys", ("a", "b")))) is expected


def test_keys_are_found_whatever_their_case():
    assert holds(test_of("StringEquals", "AWS:sourcevpce", "vpce-1"), context(("aws:SourceVpce", "vpce-1"))) is True


# Patterns ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "action", "expected"),
    [
        ("*", "s3:GetObject", True),
        ("s3:Get*", "s3:getobject", True),
        ("S3:GETOBJECT", "s3:GetObject", True),
        ("ssm:*", "s3:GetObject", False),
        ("s3:*", "s3:", True),
        ("s3:Get*", "s3:", None),
        ("ssm:Get*", "s3:", False),
        ("*", "", True),
        ("s3:*", "", None),
        ("s3*", "s3:GetObject", True),
    ],
)
def test_actions(pattern, action, expected):
    assert fits_action(pattern, action) is expected


def test_variables():
    who = context(("aws:username", "ann*"), ("aws:PrincipalTag/team", ("a", "b")), absent=["aws:userid"])
    assert glob(expand("home/${aws:username}", who)[0], "home/ann") is False
    assert expand("x", who) == ("x",)
    assert expand("${aws:PrincipalTag/team}", who) == ("a", "b")
    assert expand("${aws:userid}", who) == ()
    assert expand("${aws:userid, 'nobody'}/x", who) == ("nobody/x",)
    assert expand("${aws:SourceIdentity}", who) is None
    assert expand("open ${aws:username", who) == ("open ${aws:username",)


@pytest.mark.parametrize(
    ("pattern", "key", "expected"),
    [
        ("arn:aws:s3:::b/${aws:username}/*", "ann/x", True),
        ("arn:aws:s3:::b/${aws:username}/*", "bob/x", False),
        ("arn:aws:s3:::b/${*}", "*", True),
        ("arn:aws:s3:::b/${*}", "x", False),
    ],
)
def test_variables_in_resources(pattern, key, expected):
    policy = f'{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "*", "Resource": "{pattern}"}}}}'
    asked = context(("aws:username", "ann"), action="s3:GetObject", resource=f"arn:aws:s3:::b/{key}")
    assert applies(parse(policy)[0], asked) is expected


def test_documents_of_2008_have_no_variables():
    policy = '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::${aws:username}"}}'
    asked = context(("aws:username", "ann"), action="s3:ListBucket", resource="arn:aws:s3:::ann")
    assert applies(parse(policy)[0], asked) is False


def test_a_wildcard_in_an_arn_stays_in_its_part():
    assert fits_arn("arn:aws:s3:::b*", "arn:aws:s3:::bucket/key:with:colons")
    assert not fits_arn("arn:*:role/x", "arn:aws:iam::1:role/x")


@given(st.text(alphabet="ab*?", max_size=8), st.text(alphabet="ab", max_size=8))
def test_glob_agrees_with_a_plain_definition(pattern, text):
    def plain(p, t):
        if not p:
            return not t
        if p[0] == "*":
            return plain(p[1:], t) or (bool(t) and plain(p, t[1:]))
        return bool(t) and p[0] in ("?", t[0]) and plain(p[1:], t[1:])

    assert glob(pattern, text) == plain(pattern, text)


# Malformed documents -----------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[]", "no JSON object"),
        ("{}", "Statement is missing"),
        ('{"Version": "2020-01-01", "Statement": []}', "Version"),
        ('{"Statement": [1]}', "no object"),
        ('{"Statement": {"Effect": "allow", "Action": "*"}}', "Effect"),
        ('{"Statement": {"Sid": "A", "Effect": "Allow"}}', "statement A: Action is missing"),
        ('{"Statement": {"Effect": "Allow", "Action": "*", "NotAction": "*"}}', "exclude each other"),
        ('{"Statement": {"Effect": "Allow", "Action": {"x": 1}}}', "neither text nor a list"),
        ('{"Statement": {"Effect": "Allow", "Action": "*", "Resources": "*"}}', "no element is called 'Resources'"),
        ('{"Statement": {"Effect": "Allow", "Action": "*", "Principal": "me"}}', "Principal"),
        ('{"Statement": {"Effect": "Allow", "Action": "*", "Condition": []}}', "Condition is no object"),
        ('{"Statement": {"Effect": "Allow", "Action": "*", "Condition": {"StringIs": {"a": "b"}}}}', "StringIs"),
        ('{"Statement": {"Effect": "Allow", "Action": "*", "Condition": {"NullIfExists": {"a": "b"}}}}', "NullIf"),
        ('{"Statement": {"Effect": "Allow", "Action": "*", "Condition": {"Bool": {"a": [{}]}}}}', "neither text"),
    ],
)
def test_malformed(document, reason):
    with pytest.raises(PolicyError, match=reason) as caught:
        parse(document)
    assert "\n" not in str(caught.value)


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["Allow", "Deny", "*", "s3:*", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["Version", "Statement", "Effect", "Action", "Principal", "Condition", "StringEquals", "AWS"]),
        inner, max_size=5,
    ),
))  # fmt: skip
def test_any_json_is_a_policy_or_a_policy_error(value):
    import json

    with contextlib.suppress(PolicyError):
        parse(json.dumps(value))
