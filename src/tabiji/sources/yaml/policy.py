"""IAM: principals, policies on buckets and other resources, policies of the organization."""

from __future__ import annotations

from typing import Any

import msgspec

from ...estate.policy import RCP, SCP, OrganizationPolicy, Policy, Principal, ResourcePolicy
from ..spec import Names, Path, Spec, many
from .build import Build, Item

Document = str | dict[str, Any]
"""A policy as JSON text or as the same written in YAML."""
Documents = dict[str, Document] | list[Document]
"""Policies by name, or without names."""


class PrincipalSpec(Spec):
    """A role or user; every policy it has must be written, as what is not written does not allow."""

    arn: str | None = None
    """Invented from the name (a role of the account) when not said."""
    account: str | None = None
    policies: Documents | None = None
    boundary: Document | None = None
    session: Documents | None = None
    used_by: Names = None
    """Hosts or instances whose requests it signs."""
    keys: dict[str, str | list[str]] | None = None
    """Condition keys of the principal: ``aws:PrincipalOrgID: o-example``."""


class ResourcePolicyFields(Spec):
    """The policy on a resource and who owns it."""

    account: str | None = None
    policy: Document | None = None
    """Empty: the resource has none."""


class OrganizationPolicySpec(Spec):
    """A service control policy (``scp``) or resource control policy (``rcp``)."""

    type: str
    policy: Document
    accounts: Names = None
    """Accounts it is in force for; all when not said."""
    level: str | None = None
    """Where it hangs: root, an OU, an account."""


ResourcePolicySpec = ResourcePolicyFields
BucketPolicySpec = ResourcePolicyFields


def text_of(document: Document | None) -> str:
    """JSON text of a policy, as AWS keeps it."""
    if document is None:
        return ""
    return document if isinstance(document, str) else msgspec.json.encode(document).decode()


def _policies(documents: Documents | None, default: str) -> tuple[Policy, ...]:
    if documents is None:
        return ()
    if isinstance(documents, list):
        return tuple(Policy(name=f"{default}-{i + 1}", document=text_of(d)) for i, d in enumerate(documents))
    return tuple(Policy(name=name, document=text_of(d)) for name, d in documents.items())


def _nothing(build: Build, items: list[Item]) -> None:
    """Nothing refers to them."""


declare_principals = declare_bucket_policies = declare_resource_policies = declare_organization_policies = _nothing


def build_principals(build: Build, items: list[Item]) -> None:
    """Records."""
    for item in items:
        spec: PrincipalSpec = item.spec
        account = spec.account or build.account
        arn = spec.arn or (item.name if item.name.startswith("arn:") else f"arn:aws:iam::{account}:role/{item.name}")
        if arn.count(":") < 5 or not arn.startswith("arn:"):
            build.fail((*item.path, "arn"), f"{arn!r} is no ARN")
        build.put(
            "principals",
            Principal(
                arn=arn,
                name=item.name,
                policies=_policies(spec.policies, item.name),
                boundary=None
                if spec.boundary is None
                else Policy(name=f"{item.name}-boundary", document=text_of(spec.boundary)),
                session=_policies(spec.session, f"{item.name}-session"),
                used_by=many(spec.used_by),
                keys={key: many(value) for key, value in (spec.keys or {}).items()},
            ),
        )
        build.paths.setdefault(arn, item.path)


def build_bucket_policies(build: Build, items: list[Item]) -> None:
    """Policies of buckets by the bucket's name."""
    for item in items:
        _resource(build, f"arn:aws:s3:::{item.name}", item.spec, item.path)


def build_resource_policies(build: Build, items: list[Item]) -> None:
    """Policies of any resource by its ARN."""
    for item in items:
        if not item.name.startswith("arn:") or item.name.count(":") < 5:
            build.fail(item.path, f"{item.name!r} is no ARN")
        _resource(build, item.name, item.spec, item.path)


def _resource(build: Build, arn: str, spec: ResourcePolicyFields, path: Path) -> None:
    account = spec.account or arn.split(":", 5)[4] or build.account
    build.put("resource_policies", ResourcePolicy(arn=arn, document=text_of(spec.policy), account=account))
    build.paths.setdefault(arn, path)


def build_organization_policies(build: Build, items: list[Item]) -> None:
    """Records."""
    for item in items:
        spec: OrganizationPolicySpec = item.spec
        if spec.type not in (SCP, RCP):
            build.fail((*item.path, "type"), f"{spec.type!r} is neither scp nor rcp")
        build.put(
            "organization_policies",
            OrganizationPolicy(
                name=item.name,
                type=spec.type,
                document=text_of(spec.policy),
                accounts=many(spec.accounts),
                level=spec.level or "",
            ),
        )
