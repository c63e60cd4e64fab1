"""From API operation to IAM action.

The operation's own name is the action's for most (IAM1).  The table beside
(``data/actions.json``, made by ``tools/build_actions.py``) has the prefixes
that differ and the operations without an action of their name; of those, the
ones a person meets are written here (IAM2, IAM3).
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import msgspec

BY_HAND: dict[str, dict[str, tuple[str, ...]]] = {
    "s3": {
        # IAM3
        "ListBuckets": ("ListAllMyBuckets",),
        "ListObjects": ("ListBucket",),
        "ListObjectsV2": ("ListBucket",),
        "HeadBucket": ("ListBucket",),
        "HeadObject": ("GetObject",),
        "CreateMultipartUpload": ("PutObject",),
        "UploadPart": ("PutObject",),
        "CompleteMultipartUpload": ("PutObject",),
        "CopyObject": ("GetObject", "PutObject"),
        "UploadPartCopy": ("GetObject", "PutObject"),
    },
    "lambda": {"Invoke": ("InvokeFunction",), "InvokeWithResponseStream": ("InvokeFunction",)},  # IAM2
    "sqs": {  # IAM2
        "SendMessageBatch": ("SendMessage",),
        "DeleteMessageBatch": ("DeleteMessage",),
        "ChangeMessageVisibilityBatch": ("ChangeMessageVisibility",),
    },
    "kms": {"ReEncrypt": ("ReEncryptFrom", "ReEncryptTo")},  # IAM2
}
EXPRESS = "s3express:CreateSession"
"""IAM3: what any request to a directory bucket needs."""


class _Table(msgspec.Struct, frozen=True):
    prefixes: dict[str, str]
    unnamed: dict[str, frozenset[str]]
    sources: dict[str, str]


@cache
def table() -> _Table:
    """The shipped table."""
    text = resources.files(__package__).joinpath("data/actions.json").read_bytes()
    return msgspec.json.decode(text, type=_Table)


def prefix_of(service: str) -> str:
    """The IAM prefix of botocore's service name (``logs`` of ``logs``, ``elasticloadbalancing`` of ``elbv2``)."""
    return table().prefixes.get(service, service)


def actions_of(service: str, operation: str) -> tuple[str, ...]:
    """The IAM actions an operation needs: ``("s3:GetObject",)``; empty when not known."""
    held = BY_HAND.get(service, {}).get(operation)
    prefix = prefix_of(service)
    if not prefix or not operation:
        return ()
    if held is not None:
        return tuple(f"{prefix}:{name}" for name in held)
    if operation in table().unnamed.get(service, ()):
        return ()  # IAM2: no action has this name, and which one it is nobody wrote down
    return (f"{prefix}:{operation}",)
