"""IAM as far as the estate knows it: principals with their policies, policies on resources and of organizations.

A policy is the JSON text AWS keeps, whatever it holds: it is judged where it
is evaluated.  Written by hand; nothing here comes from ``describe-*``.
"""

from __future__ import annotations

from .site import Plain


class Policy(Plain, frozen=True, kw_only=True):
    """A policy document with the name a person knows it by."""

    name: str
    document: str


class Principal(Plain, frozen=True, kw_only=True):
    """A user, role or role session whose identity policies are known, all of them.

    ``used_by`` names the hosts and instances whose requests it signs.
    ``boundary`` and ``session`` narrow what ``policies`` allow (IA2).
    """

    arn: str
    name: str = ""
    policies: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    session: tuple[Policy, ...] = ()
    used_by: tuple[str, ...] = ()
    keys: dict[str, tuple[str, ...]] = {}
    """Condition keys of the principal (``aws:PrincipalOrgID``, ``aws:PrincipalTag/team``) -> values."""


class ResourcePolicy(Plain, frozen=True, kw_only=True):
    """The policy on a resource; an empty document says that there is none.

    ``account`` owns the resource; empty when that is not known.
    """

    arn: str
    document: str = ""
    account: str = ""


SCP, RCP = "scp", "rcp"


class OrganizationPolicy(Plain, frozen=True, kw_only=True):
    """A service control or resource control policy.

    ``accounts`` are those below the place it hangs at, empty for all;
    ``level`` is that place (root, OU, account): at each level one policy at
    least must allow.
    """

    name: str
    type: str
    document: str
    accounts: tuple[str, ...] = ()
    level: str = ""
