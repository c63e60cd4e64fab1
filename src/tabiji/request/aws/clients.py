"""The clients that can be planned for, and in what they differ (RQ60)."""

from __future__ import annotations

import msgspec


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """One client.

    ``table``: whose command table it reads.  ``region_variables``: where the
    environment names the Region, first wins.  ``asks_metadata``: asks instance
    metadata for a Region that is nowhere set (RQ18).  ``global_s3``: us-east-1
    is ``s3.amazonaws.com`` (RQ10).  ``sts_setting``: honours
    ``sts_regional_endpoints`` (RQ34); ``sts_global``: uses the global STS name
    for the old Regions by itself.  ``legacy_names``: RQ27's.  ``sigv4a``: can
    sign for several Regions.  ``fetches_values``: loads ``https://`` values of
    options itself (RQ38).  ``attempts``: by retry mode ``legacy`` and others,
    ``retry_mode`` the one it has by itself (RQ39).  ``old_s3``: the S3 names
    of 2016 (RQ40).  ``configured_endpoints``: reads RQ36's settings.
    """

    name: str
    table: str
    region_variables: tuple[str, ...] = ("AWS_DEFAULT_REGION",)
    asks_metadata: bool = False
    global_s3: bool = True
    sts_setting: bool = True
    sts_global: bool = False
    legacy_names: bool = False
    sigv4a: bool = False
    fetches_values: bool = False
    retry_mode: str = "legacy"
    old_s3: bool = False
    configured_endpoints: bool = True


CLIENTS = {
    client.name: client
    for client in (
        Client(
            name="cli-v2", table="v2", region_variables=("AWS_REGION", "AWS_DEFAULT_REGION"), asks_metadata=True,
            global_s3=False, sts_setting=False, sigv4a=True, retry_mode="standard",
        ),
        Client(name="cli-v1", table="v1", legacy_names=True, fetches_values=True),
        Client(name="boto3", table="v1", retry_mode="standard"),
        Client(
            name="cli-2016", table="v1", sts_global=True, sts_setting=False, legacy_names=True, fetches_values=True,
            old_s3=True, configured_endpoints=False,
        ),
    )
}  # fmt: skip

ATTEMPTS = {"legacy": 5, "standard": 3, "adaptive": 3}
"""RQ39."""

STS_LEGACY_REGIONS = frozenset(
    ("ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "aws-global", "ca-central-1", "eu-central-1",
     "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1",
     "us-west-2")
)  # fmt: skip
"""RQ34: the Regions for which ``legacy`` means ``sts.amazonaws.com``."""

_OLD = (
    "af-south-1", "ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1",
    "ap-southeast-2", "ap-southeast-3", "ca-central-1", "eu-north-1", "eu-south-1", "eu-west-1", "eu-west-2",
    "eu-west-3", "me-south-1", "sa-east-1", "us-east-2", "us-west-1", "us-west-2",
)  # fmt: skip
"""Regions in which CLI v1 uses the old names of sqs and emr."""


def legacy_name(service: str, region: str) -> str:
    """RQ27: the name CLI v1 uses instead of the regular one; empty when it has none for the Region."""
    if service == "sqs":
        if region == "us-east-1":
            return "queue.amazonaws.com"
        if region in ("cn-north-1", "cn-northwest-1"):
            return f"{region}.queue.amazonaws.com.cn"
        return f"{region}.queue.amazonaws.com" if region in (*_OLD, "eu-central-1", "us-gov-west-1") else ""
    if service == "emr":
        return f"{region}.elasticmapreduce.amazonaws.com" if region in _OLD else ""
    if service in ("rds", "docdb", "neptune"):
        return "rds.amazonaws.com" if region == "us-east-1" else ""
    if service == "health":
        if region.startswith("cn-") or region == "aws-cn-global":
            return "health.cn-northwest-1.amazonaws.com.cn"
        known = region in (*_OLD, "eu-central-1", "us-east-1", "aws-global")
        return "health.us-east-1.amazonaws.com" if known else ""
    return ""
