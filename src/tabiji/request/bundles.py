"""Bundles: the names a job really needs, beyond the one command a person types (F20-F33).

To add a bundle, add an entry to ``BUNDLES``; nothing else changes.
"""

from __future__ import annotations

from typing import NamedTuple

from .aws.model import Call, why
from .errors import RequestError

ACCOUNT = "111122223333"
"""Account in names that carry one, when none is given: the documentation's example."""


class Need(NamedTuple):
    """One name of a bundle: host template, botocore's service, fact ids, needed or not, what for.

    In ``host``, ``{r}`` is the Region, ``{s}`` the partition's suffix, ``{a}``
    the account.  ``use`` names the text ``bundle.use.<use>``.
    """

    host: str
    service: str
    use: str
    facts: tuple[str, ...]
    required: bool = True
    operation: str = ""
    resource: str = ""
    """A bucket, for the permission check."""
    certain: bool = True
    """False: the host is of the right form, but the exact name was seen elsewhere only."""


_LAYERS = Need(
    "prod-{r}-starport-layer-bucket.s3.{r}.{s}", "s3", "layers", ("F23", "F25", "GE7"), True, "GetObject",
    "prod-{r}-starport-layer-bucket",
)  # fmt: skip
_REGISTRY = (
    Need("api.ecr.{r}.{s}", "ecr", "registry_api", ("F23", "RQ26"), True, "GetAuthorizationToken"),
    Need("{a}.dkr.ecr.{r}.{s}", "ecr", "registry", ("F23", "NT24"), True, "BatchGetImage"),
    _LAYERS,
)
_LOGS = Need("logs.{r}.{s}", "logs", "logs", ("F23",), False, "PutLogEvents")

BUNDLES: dict[str, tuple[Need, ...]] = {
    "ssm-session": (
        Need("ssm.{r}.{s}", "ssm", "agent", ("F20", "RQ52"), True, "UpdateInstanceInformation"),
        Need("ssmmessages.{r}.{s}", "ssmmessages", "session", ("F20", "RQ52"), True, "OpenDataChannel"),
        Need("ec2messages.{r}.{s}", "ec2messages", "agent", ("F20",), False, "GetMessages"),
        Need("logs.{r}.{s}", "logs", "agent_logs", ("F21", "RQ39"), False, "PutLogEvents"),
    ),
    "ssm-client": (
        Need("ssm.{r}.{s}", "ssm", "start_session", ("RQT40", "RQ52"), True, "StartSession"),
        Need("ssmmessages.{r}.{s}", "ssmmessages", "session", ("RQ52", "F32"), True, "OpenDataChannel"),
    ),
    "ecr-pull": (*_REGISTRY, _LOGS),
    "eks-node": (
        Need("ec2.{r}.{s}", "ec2", "node", ("F28",), True, "DescribeInstances"),
        Need("sts.{r}.{s}", "sts", "credentials", ("F28", "RQ34"), True, "AssumeRoleWithWebIdentity"),
        Need("eks.{r}.{s}", "eks", "node", ("F28",), True, "DescribeCluster"),
        *_REGISTRY,
    ),
    "ecs-task": (
        *_REGISTRY,
        _LOGS,
        Need("ecs.{r}.{s}", "ecs", "container_agent", ("N8.4",), False, "RegisterContainerInstance"),
        Need("ecs-a.{r}.{s}", "ecs", "container_agent", ("N8.4",), False, "Poll"),
        Need("ecs-t.{r}.{s}", "ecs", "container_agent", ("N8.4",), False, "StartTelemetrySession"),
    ),
    "dnf": (
        Need("al2023-repos-{r}-de612dc2.s3.dualstack.{r}.{s}", "s3", "packages", ("F14", "F26", "N4.11a"), True,
             "GetObject", "al2023-repos-{r}-de612dc2", False),
    ),
    "yum": (
        Need("amazonlinux-2-repos-{r}.s3.dualstack.{r}.{s}", "s3", "packages", ("F14", "F26"), True, "GetObject",
             "amazonlinux-2-repos-{r}", False),
    ),
    "cloudwatch-agent": (
        Need("monitoring.{r}.{s}", "cloudwatch", "metrics", ("RQ26",), True, "PutMetricData"),
        Need("logs.{r}.{s}", "logs", "logs", ("RQT43",), True, "PutLogEvents"),
        Need("ec2.{r}.{s}", "ec2", "instance_tags", ("RQT39",), False, "DescribeTags"),
        Need("ssm.{r}.{s}", "ssm", "agent_settings", ("RQT40",), False, "GetParameter"),
        Need("sts.{r}.{s}", "sts", "credentials", ("F29", "RQ34"), False, "AssumeRole"),
    ),
    "lambda-vpc": (
        Need("dynamodb.{r}.{s}", "dynamodb", "function", ("F33",), False, "GetItem"),
        Need("s3.{r}.{s}", "s3", "function", ("F33",), False, "ListBuckets"),
    ),
    "sts": (
        Need("sts.{r}.{s}", "sts", "credentials", ("RQ34",), True, "GetCallerIdentity"),
        Need("sts.{s}", "sts", "global_sts", ("RQ34", "F29"), False, "GetCallerIdentity"),
    ),
}  # fmt: skip
"""Job -> names."""


def bundle(name: str, region: str, *, account: str = "") -> tuple[Call, ...]:
    """The calls a job makes in a Region; ``optional`` ones are not needed by every set-up.

    Raises RequestError for an unknown bundle or Region.
    """
    from ..names.public_endpoints import partition_of, suffixes_of

    needs = BUNDLES.get(name)
    if needs is None:
        raise RequestError(f"{name!r} is no bundle; there are {', '.join(BUNDLES)}")
    if not partition_of(region):
        raise RequestError(f"{region!r} is not a Region")
    if account and not (account.isdigit() and len(account) == 12):
        raise RequestError(f"{account!r} is not an account id (12 digits)")
    fill = {"r": region, "s": suffixes_of(region).suffix, "a": account or ACCOUNT}
    return tuple(_call(need, name, fill) for need in needs)


def _call(need: Need, name: str, fill: dict[str, str]) -> Call:
    bucket = need.resource.format_map(fill)
    host = need.host.format_map(fill)
    code = "bundle.need" if need.required else "bundle.may_need"
    return Call(
        service=need.service,
        operation=need.operation,
        host=host,
        region=fill["r"],
        signing_name=need.service,
        signing_region=fill["r"],
        why=why(
            code if need.certain else "bundle.need_like",
            *need.facts,
            bundle=name,
            host=host,
            use=f"bundle.use.{need.use}",
        ),
        optional=not need.required,
        parameters=(("Bucket", bucket),) if bucket else (),
    )
