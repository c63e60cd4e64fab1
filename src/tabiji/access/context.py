"""What a policy is asked about: who does what to which resource, and the condition keys of the request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

ANONYMOUS = "*"
"""Principal of a request that nobody signed."""
AWS_OWNED = "(AWS)"
"""Stands for an account of AWS itself: equal to no account, ARN or organization of a customer."""


class RequestContext(msgspec.Struct, frozen=True, kw_only=True):
    """One API request as policies see it.

    ``principal`` is the caller's ARN, ``*`` for an unsigned request, empty
    when not known.  ``action`` is ``s3:GetObject``; ``s3:`` when only the
    service is known, empty when not even that.  ``resource`` is an ARN, empty
    when not known.  ``keys`` holds condition keys the request certainly has
    (lower case) and ``absent`` those it certainly lacks; of any other key
    nothing is known (``"aws:principaltag/"`` stands for all that begin so).
    ``endpoint`` is the VPC endpoint it came by, empty when by none.
    """

    principal: str = ""
    action: str = ""
    resource: str = ""
    resource_account: str = ""
    keys: Mapping[str, tuple[str, ...]] = {}
    absent: frozenset[str] = frozenset()
    endpoint: str = ""
    operation: str = ""
    """The API operation, for error messages: ``ListObjectsV2``."""

    def account(self) -> str:
        """The caller's account; empty when not known or anonymous."""
        held = self.keys.get("aws:principalaccount")
        return held[0] if held else account_of(self.principal)

    def find(self, key: str) -> tuple[str, ...] | None:
        """Values of a condition key: empty when the request lacks it, None when nobody knows."""
        name = key.lower()
        held = self.keys.get(name)
        if held is not None:
            return held
        if name in self.absent or name.partition("/")[0] + "/" in self.absent:
            return ()
        return None


def keys_of(rows: Iterable[tuple[str, str | tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    """Condition keys as a context holds them."""
    return {name.lower(): (value,) if isinstance(value, str) else tuple(value) for name, value in rows}


def account_of(arn: str) -> str:
    """The account in an ARN; empty when there is none."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 else ""


def role_of(arn: str) -> str:
    """The role's ARN of a role session's ARN, without the role's path; empty for anything else."""
    parts = arn.split(":", 5)
    if len(parts) == 6 and parts[2] == "sts" and parts[5].startswith("assumed-role/"):
        return f"arn:{parts[1]}:iam::{parts[4]}:role/{parts[5].split('/')[1]}"
    return ""
