"""The base of every AWS record: the shape ``describe-*`` prints.

Fields are Python names; on the wire they are the API's (``vpc_id`` is
``VpcId``).  Fields nobody reads are left out and skipped while decoding.
"""

import msgspec


class Record(msgspec.Struct, frozen=True, gc=False, rename="pascal", kw_only=True, omit_defaults=True):
    """Immutable; compare and hash by value."""


class Tag(Record, frozen=True, kw_only=True):
    """A key and a value a person gave."""

    key: str = ""
    value: str = ""


def name_of(tags: tuple[Tag, ...]) -> str:
    """The ``Name`` tag, or nothing."""
    for tag in tags:
        if tag.key == "Name":
            return tag.value
    return ""
