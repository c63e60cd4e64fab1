"""Policies: a statement that lets an endpoint's requests through."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from typing import Any

from ..finding import Finding, Fix
from .base import Context, answers, changes_by

BUCKET = "arn:aws:s3:::"
NEGATED = "NotIpAddress"
SOURCE_ADDRESS = "aws:sourceip"


@answers("permission.endpoint.implicit")
def endpoint_statement(context: Context, finding: Finding) -> Iterable[Fix]:
    """One more Allow in the endpoint's policy, for all the request needs of it (IA1)."""
    key = finding.component
    endpoint = context.estate.vpc_endpoints.get(key)
    document = _document(endpoint.policy_document) if endpoint is not None else None
    if document is None:
        return
    needed = [f for f in context.findings or (finding,) if f.code == finding.code and f.component == key]
    wanted: dict[str, list[str]] = {}
    for found in needed:
        actions = wanted.setdefault(_resource(found.param("resource")), [])
        if found.param("action") not in actions:
            actions.append(found.param("action"))
    added = [
        {"Effect": "Allow", "Principal": "*", "Action": actions, "Resource": resource}
        for resource, actions in wanted.items()
    ]
    document["Statement"] = [*document["Statement"], *added]
    overlay = {"endpoints": {key: {"policy": document}}}
    what = ", ".join(f"{' '.join(actions)}: {resource}" for resource, actions in wanted.items())
    yield Fix(
        code="fix.endpoint.policy",
        component=key,
        params=(("endpoint", key), ("what", what)),
        cli=(f"aws ec2 modify-vpc-endpoint --vpc-endpoint-id {key} --policy-document {_quoted(document)}",),
        terraform=(
            f'resource "aws_vpc_endpoint_policy" "tabiji" {{\n  vpc_endpoint_id = "{key}"\n'
            f"  policy          = jsonencode({_hcl(document)})\n}}\n"
        ),
        overlay=overlay,
        changes=changes_by(context.estate, overlay),
        cost=18 + 2 * len(added),
    )


@answers("permission.resource.explicit")
def except_endpoint(context: Context, finding: Finding) -> Iterable[Fix]:
    """A bucket's Deny by address spares what comes by this endpoint, whose requests carry no address (IA4, IA5)."""
    arn, endpoint = finding.component, finding.param("endpoint")
    record = context.estate.resource_policies.get(arn)
    document = _document(record.document) if record is not None else None
    if document is None or not arn.startswith(BUCKET) or endpoint not in context.estate.vpc_endpoints:
        return
    for number, statement in enumerate(document["Statement"], 1):
        condition = statement.get("Condition")
        if finding.rule not in (statement.get("Sid"), f"#{number}") or not isinstance(condition, dict):
            continue
        tested = condition.get(NEGATED)
        if not isinstance(tested, dict) or SOURCE_ADDRESS not in map(str.lower, tested):
            continue
        spared = condition.setdefault("StringNotEquals", {})
        if not isinstance(spared, dict) or any(name.lower() == "aws:sourcevpce" for name in spared):
            continue
        spared["aws:SourceVpce"] = endpoint
        bucket = arn.removeprefix(BUCKET)
        overlay = {"bucket_policies": {bucket: {"policy": document}}}
        yield Fix(
            code="fix.bucket.except_endpoint",
            component=arn,
            params=(("bucket", bucket), ("statement", finding.rule), ("endpoint", endpoint)),
            cli=(f"aws s3api put-bucket-policy --bucket {bucket} --policy {_quoted(document)}",),
            terraform=(
                f'resource "aws_s3_bucket_policy" "tabiji" {{\n  bucket = "{bucket}"\n'
                f"  policy = jsonencode({_hcl(document)})\n}}\n"
            ),
            overlay=overlay,
            changes=changes_by(context.estate, overlay),
            cost=22,
        )
        return


def _document(text: str) -> dict[str, Any] | None:
    """A policy's document with its statements as a list; None when it is none."""
    try:
        document = json.loads(text)
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    held = document.get("Statement")
    statements = held if isinstance(held, list) else [held]
    if not all(isinstance(statement, dict) for statement in statements):
        return None
    return {**document, "Statement": statements}


def _resource(arn: str) -> str:
    """What a statement should name: all objects of a bucket rather than the one that was asked for."""
    if arn in ("", "-"):
        return "*"
    if arn.startswith(BUCKET) and "/" in arn:
        return arn.partition("/")[0] + "/*"
    return arn


def _quoted(document: dict[str, Any]) -> str:
    return shlex.quote(json.dumps(document, separators=(",", ":")))


def _hcl(document: dict[str, Any]) -> str:
    """JSON is HCL, but for the signs of its templates."""
    return json.dumps(document).replace("${", "$${").replace("%{", "%%{")
