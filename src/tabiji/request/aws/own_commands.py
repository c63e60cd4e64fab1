"""Commands the CLI has of its own: which API calls they make (RQ51, RQ52).

A row is one command: operations in order, each ``service:Operation``; ``?``
in front: not in every state of things; ``{option}``: the value of an option.
``-`` alone: works without any network; the text after it is the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import RequestError
from .arguments import Words, split
from .model import PLUGIN, Call, why
from .models import commands

if TYPE_CHECKING:
    from .planner import Planner

LOCAL = "aws.local"
SIGNED = "aws.presigned"

OFFLINE: dict[str, str] = {
    "configure": LOCAL, "history": LOCAL, "cli-dev": LOCAL, "logout": LOCAL, "servicecatalog generate": "",
    "cloudfront sign": LOCAL, "codecommit credential-helper": SIGNED, "rds generate-db-auth-token": SIGNED,
    "dsql generate-db-connect-auth-token": SIGNED, "dsql generate-db-connect-admin-auth-token": SIGNED,
    "eks get-token": SIGNED, "deploy install": LOCAL, "deploy uninstall": LOCAL,
    "agent-toolkit list-installed-skills": LOCAL, "agent-toolkit remove-skill": LOCAL,
}  # fmt: skip
"""RQ32: no service call; ``aws.presigned`` still needs credentials to sign with."""

SEQUENCES: dict[str, tuple[str, ...]] = {
    "cloudformation deploy": (
        "cloudformation:DescribeStacks", "cloudformation:GetTemplateSummary", "?s3:HeadObject Bucket={s3-bucket}",
        "?s3:PutObject Bucket={s3-bucket}", "cloudformation:CreateChangeSet", "cloudformation:DescribeChangeSet",
        "cloudformation:ExecuteChangeSet", "cloudformation:DescribeStacks",
    ),
    "codeartifact login": ("codeartifact:GetAuthorizationToken", "codeartifact:GetRepositoryEndpoint"),
    "configservice get-status": (
        "config:DescribeConfigurationRecorderStatus", "config:DescribeDeliveryChannelStatus",
    ),
    "configservice subscribe": (
        "s3:HeadBucket Bucket={s3-bucket}", "?s3:CreateBucket Bucket={s3-bucket}", "?sns:CreateTopic",
        "config:PutConfigurationRecorder", "config:PutDeliveryChannel", "config:StartConfigurationRecorder",
        "config:DescribeConfigurationRecorders", "config:DescribeDeliveryChannels",
    ),
    "datapipeline create-default-roles": ("iam:GetRole", "iam:GetRole", "iam:GetInstanceProfile"),
    "datapipeline list-runs": ("datapipeline:QueryObjects", "?datapipeline:DescribeObjects"),
    "ddb put": ("dynamodb:PutItem",),
    "ddb select": ("dynamodb:Scan",),
    "deploy deregister": ("codedeploy:GetOnPremisesInstance", "codedeploy:DeregisterOnPremisesInstance"),
    "deploy register": (
        "iam:CreateUser", "iam:CreateAccessKey", "iam:PutUserPolicy", "codedeploy:RegisterOnPremisesInstance",
    ),
    "dlm create-default-role": ("iam:GetRole", "?iam:CreateRole", "?iam:AttachRolePolicy"),
    "ec2-instance-connect open-tunnel": ("ec2:DescribeInstances", "ec2:DescribeInstanceConnectEndpoints"),
    "ec2-instance-connect ssh": ("ec2:DescribeInstances", "?ec2:DescribeInstanceConnectEndpoints"),
    "ecr get-login": ("ecr:GetAuthorizationToken",),
    "ecr get-login-password": ("ecr:GetAuthorizationToken",),
    "ecr-public get-login-password": ("ecr-public:GetAuthorizationToken",),
    "eks update-kubeconfig": ("eks:DescribeCluster name={name}",),
    "emr add-instance-groups": ("emr:AddInstanceGroups",),
    "emr add-steps": ("emr:DescribeCluster", "emr:AddJobFlowSteps"),
    "emr create-cluster": ("emr:RunJobFlow",),
    "emr create-default-roles": ("iam:GetRole", "iam:GetInstanceProfile", "iam:GetRole", "iam:GetRole"),
    "emr describe-cluster": (
        "emr:DescribeCluster", "?emr:ListInstanceFleets", "emr:ListInstanceGroups", "emr:ListBootstrapActions",
    ),
    "emr modify-cluster-attributes": ("?emr:SetVisibleToAllUsers", "?emr:SetTerminationProtection"),
    "emr terminate-clusters": ("emr:TerminateJobFlows",),
    "logs start-live-tail": ("logs:StartLiveTail",),
    "logs tail": ("logs:FilterLogEvents",),
}  # fmt: skip
"""As recorded; operations marked ``?`` depend on what the answers say."""


def plan_own(planner: Planner, command: str, argv: list[str]) -> bool:
    """Plan a command of the CLI's own; False when it is none."""
    table = commands(planner.client.table).services.get(command)
    own = table.own if table is not None else {}
    path = _path(own, argv)
    if path is None:
        return False
    name = f"{command} {path}".strip()
    takes = {option: count for option, count in own[path].items() if not option.startswith("<")}
    words = split(argv[len(path.split()) :], takes, f"aws {name}", open_ended=not takes)
    if len(words.positional) and not any(option.startswith("<") for option in own[path]) and takes:
        raise RequestError(f"aws {name}: unexpected word {words.positional[0]!r}")
    _plan(planner, name, words)
    return True


def _path(own: dict[str, dict[str, str]], argv: list[str]) -> str | None:
    """The longest path of own commands the words begin with."""
    for length in (3, 2, 1, 0):
        path = " ".join(argv[:length])
        if path in own and len(argv) >= length and (path or "" in own):
            return path
    return None


def _plan(planner: Planner, name: str, words: Words) -> None:
    for head, reason in OFFLINE.items():
        if name == head or name.startswith(head + " "):
            if reason == SIGNED:
                planner.prepare("")
            planner.reason = why(reason or LOCAL, "RQ32")
            return
    if name in ("sso login", "sso logout"):
        _sso(planner, name)
        return
    if name in ("cloudformation package", "deploy push"):
        _uploads(planner, name, words)
        return
    rows = SEQUENCES.get(name)
    if rows is None:
        raise RequestError(f"aws {name}: what this command contacts is not in the tables")
    rows = _narrowed(name, words, rows)
    planner.prepare(_service(rows[0]) if rows else "")
    if name == "ecs execute-command" and not planner.known.plugin:
        raise planner.refuse(why("aws.plugin_missing", "RQ52"))
    for row in rows:
        head, _, given = row.partition(" ")
        parameters = {}
        for pair in given.split():
            member, _, value = pair.partition("=")
            parameters[member] = words.get(value.strip("{}"))
        planner.api(_service(head), head.partition(":")[2], parameters, optional=head.startswith("?"))
    if name == "ssm start-session":
        session(planner, "ssm", "TerminateSession")
    elif name == "ecs execute-command":
        planner.api("ecs", "DescribeTasks")
        session(planner)
    elif name == "ec2-instance-connect ssh":
        planner.warn(why("aws.then_ssh", "RQ52"))
    elif name == "ec2-instance-connect open-tunnel":
        planner.warn(why("aws.then_tunnel", "RQ52"))


def _service(row: str) -> str:
    return row.partition(" ")[0].lstrip("?").partition(":")[0]


def _narrowed(name: str, words: Words, rows: tuple[str, ...]) -> tuple[str, ...]:
    """What options leave out."""
    if name == "cloudformation deploy" and words.has("no-execute-changeset"):
        rows = rows[:-2]
    if not words.has("s3-bucket"):
        rows = tuple(row for row in rows if "{s3-bucket}" not in row)
    if name == "ec2-instance-connect open-tunnel" and not words.has("instance-id"):
        return ()
    if name == "deploy register" and words.has("iam-user-arn"):
        return rows[-1:]
    return rows


def session(planner: Planner, service: str = "", undo: str = "") -> None:
    """RQ52: the plugin opens a web socket to ssmmessages; without it the session is taken back (RQT40)."""
    if not planner.known.plugin:
        if undo:
            planner.api(service, undo, reason=why("aws.plugin_missing", "RQT40"))
        return
    from ...names.public_endpoints import suffixes_of

    region = planner.region
    host = f"ssmmessages.{region}.{suffixes_of(region).suffix}"  # the answer names it, whatever endpoint was asked
    planner.steps.append(
        Call(
            scheme="wss",
            host=host,
            region=region,
            signing="none",
            purpose=PLUGIN,
            why=why("aws.session_plugin", "RQ52", region=region),
        )
    )


def _sso(planner: Planner, name: str) -> None:
    """RQ33f: the login asks the oidc service of the session's Region; the logout the portal, for a cached token."""
    from .endpoint import target_of

    planner.region = planner.settings.region
    settings = planner.settings
    section = settings.own
    held = section.get("sso_session", "")
    where = settings.sections.get(f"sso-session {held}", {}) if held else section
    region = where.get("sso_region", "")
    if not region:
        if name == "sso logout":
            planner.reason = why(LOCAL, "RQ32")
            return
        raise RequestError(f"aws {name}: profile {settings.profile!r} of {settings.place} has no sso_region")
    if name == "sso logout":
        told = why("aws.sso", "RQ33f", profile=settings.profile, region=region)
        planner.api("sso", "Logout", target=target_of(planner, "sso", region), optional=True, reason=told)
        return
    for operation in ("RegisterClient", "StartDeviceAuthorization", "CreateToken"):
        planner.api(
            "sso-oidc",
            operation,
            target=target_of(planner, "sso-oidc", region),
            optional=operation == "StartDeviceAuthorization",
            reason=why("aws.sso_login", "RQ33f", region=region),
        )


def _uploads(planner: Planner, name: str, words: Words) -> None:
    """Commands that put files into a bucket first."""
    planner.prepare("s3")
    if name == "cloudformation package":
        bucket = words.get("s3-bucket")
        reason = why("aws.package", "RQ52", bucket=bucket)
        planner.api("s3", "HeadObject", {"Bucket": bucket}, times=0, optional=True, reason=reason)
        planner.api("s3", "PutObject", {"Bucket": bucket}, times=0, optional=True, reason=reason)
        return
    bucket, _, key = words.get("s3-location").removeprefix("s3://").partition("/")
    planner.api("s3", "PutObject", {"Bucket": bucket, "Key": key})
    planner.api("codedeploy", "RegisterApplicationRevision")
