"""S3 names of the CLI of 2016 (RQ40)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .endpoint import Endpoint, Target
from .model import why

SIGV4_ONLY = ("eu-central-1", "ap-northeast-2", "ap-south-1", "cn-north-1")
"""Regions that never took the old signature; only the first is measured (RQ40e)."""


def endpoint(target: Target, region: str, parameters: Mapping[str, Any]) -> Endpoint:
    """The base URL, the bucket in its path for path style."""
    bucket = str(parameters.get("Bucket", ""))
    known = {"signing_name": "s3", "signing_region": region, "region": target.region}
    if target.url:  # RQ40c
        path = f"/{bucket}" if bucket else ""
        reason = why("aws.name.given_s3", "RQ40c", url=target.url, source=target.source)
        return Endpoint(url=target.url.rstrip("/") + path, why=reason, **known)
    if region in SIGV4_ONLY:  # RQ40e
        host = f"s3.{region}.amazonaws.com" + (".cn" if region.startswith("cn-") else "")
        path = f"/{bucket}" if bucket else ""
        return Endpoint(url=f"https://{host}{path}", why=why("aws.name.old_path", "RQ40e", region=region), **known)
    regional = "s3.amazonaws.com" if region in ("us-east-1", "aws-global") else f"s3-{region}.amazonaws.com"
    if not bucket:  # RQ40a
        return Endpoint(url=f"https://{regional}", why=why("aws.name.old_regional", "RQ40a", region=region), **known)
    if "." in bucket or bucket.lower() != bucket or "_" in bucket:  # RQ40d
        reason = why("aws.name.path_style", "RQ40d", bucket=bucket)
        return Endpoint(url=f"https://{regional}/{bucket}", why=reason, **known)
    reason = why("aws.name.old_global", "RQ40b", "RQ41", bucket=bucket, region=region)
    return Endpoint(url=f"https://{bucket}.s3.amazonaws.com", why=reason, **known)
