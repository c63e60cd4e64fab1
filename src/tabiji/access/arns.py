"""The ARN a request is about, for services whose resources people name in policies.

A parameter that is an ARN already is taken as it is.  Where nothing is known
the ARN is empty, and only policies for any resource can be judged.
"""

from __future__ import annotations

from collections.abc import Mapping

# Service -> (parameter, pattern) rows; the first whose parameter the request has counts.
# {R} Region, {A} account, {P} partition, {0} the parameter's value.
ARNS: dict[str, tuple[tuple[str, str], ...]] = {
    "dynamodb": (("TableName", "arn:{P}:dynamodb:{R}:{A}:table/{0}"),),
    "kms": (("KeyId", "arn:{P}:kms:{R}:{A}:key/{0}"),),
    "lambda": (("FunctionName", "arn:{P}:lambda:{R}:{A}:function:{0}"),),
    "sns": (("TopicArn", "{0}"), ("TargetArn", "{0}")),
    "sqs": (("QueueName", "arn:{P}:sqs:{R}:{A}:{0}"),),
    "ecr": (("repositoryName", "arn:{P}:ecr:{R}:{A}:repository/{0}"),),
    "ssm": (("Name", "arn:{P}:ssm:{R}:{A}:parameter/{0}"), ("Target", "arn:{P}:ec2:{R}:{A}:instance/{0}")),
    "logs": (("logGroupName", "arn:{P}:logs:{R}:{A}:log-group:{0}"),),
    "sts": (("RoleArn", "{0}"),),
    "kinesis": (("StreamARN", "{0}"), ("StreamName", "arn:{P}:kinesis:{R}:{A}:stream/{0}")),
}
ANY_RESOURCE = frozenset((
    "s3:ListAllMyBuckets", "ecr:GetAuthorizationToken", "sts:GetCallerIdentity", "ssm:DescribeInstanceInformation",
    "ssm:DescribeParameters", "logs:DescribeLogGroups", "cloudwatch:GetMetricStatistics", "sns:ListTopics",
    "sqs:ListQueues", "kms:ListKeys", "kms:ListAliases", "dynamodb:ListTables", "secretsmanager:ListSecrets",
    "lambda:ListFunctions", "ec2:DescribeInstances", "ec2:DescribeVpcs", "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups", "ec2:DescribeRouteTables", "ec2:DescribeNetworkInterfaces", "ec2:DescribeImages",
    "ec2:DescribeVolumes", "ec2:DescribeRegions", "ec2:DescribeAvailabilityZones", "ec2:DescribeVpcEndpoints",
))  # fmt: skip
"""Actions without a resource of their own: policies must say ``*``."""


def resource_arn(
    service: str,
    action: str,
    params: Mapping[str, str],
    *,
    region: str = "",
    account: str = "",
    partition: str = "aws",
) -> str:
    """The ARN the action is checked against: ``*`` for actions without resource, empty when not known."""
    if action in ANY_RESOURCE:
        return "*"
    if service == "s3":
        return _s3(action, params, partition)
    for name, pattern in ARNS.get(service, ()):
        value = params.get(name, "")
        if not value:
            continue
        if value.startswith("arn:"):
            return value
        if "{A}" in pattern and not (account and region):
            return ""
        if service == "kms" and value.startswith("alias/"):
            return ""  # the key behind an alias is what policies name
        return pattern.format(value.lstrip("/"), R=region, A=account, P=partition)
    return ""


def _s3(action: str, params: Mapping[str, str], partition: str) -> str:
    bucket, key = params.get("Bucket", ""), params.get("Key", "")
    if not bucket:
        return ""
    if bucket.startswith("arn:"):
        return f"{bucket}/object/{key}" if key else bucket
    name = action.partition(":")[2]
    about_object = "Object" in name or name in ("AbortMultipartUpload", "ListMultipartUploadParts")
    if about_object and "ObjectLockConfiguration" not in name:
        return f"arn:{partition}:s3:::{bucket}/{key}" if key else ""
    return f"arn:{partition}:s3:::{bucket}"
