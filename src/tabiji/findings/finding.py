"""What was found and what would mend it, as data.

A finding is a stable code with parameters; its text comes from the catalogue
(English and Japanese) when it is shown.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ..estate import Change
from ..fabric.stage import Place
from ..packet.header import FiveTuple

BLOCKER, UNKNOWN, WARNING, NOTE = "blocker", "unknown", "warning", "note"
NAME, FORWARD, REPLY, TLS, PERMISSION = "name", "forward", "reply", "tls", "permission"


class Finding(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One thing found.

    ``severity``: blocker (the request cannot work), unknown (it cannot be
    told), warning (it may fail at times), note.  ``leg``: the part of the
    journey: name, forward, reply, tls or permission.  ``component`` is the
    deciding resource's id, ``rule`` the deciding row of it, ``facts`` the
    reference facts it rests on.
    """

    code: str
    severity: str
    leg: str = FORWARD
    component: str = ""
    rule: str = ""
    facts: tuple[str, ...] = ()
    params: tuple[tuple[str, str], ...] = ()
    hop: int = 0
    """Number of the hop it happened at; 0 when none."""
    packet: FiveTuple | None = None
    """The packet as it was there."""
    place: Place | None = None

    def param(self, name: str) -> str:
        """A parameter's value, or nothing."""
        for key, value in self.params:
            if key == name:
                return value
        return ""


class Fix(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A change that makes the request work: verified by a second journey.

    ``code`` and ``params`` give the text, ``cli`` the aws commands,
    ``terraform`` the block to add, ``overlay`` the same change as a YAML
    overlay's data, ``changes`` as estate records.  ``cost`` orders fixes: the
    fewest and narrowest changes first.
    """

    code: str
    params: tuple[tuple[str, str], ...] = ()
    component: str = ""
    cli: tuple[str, ...] = ()
    terraform: str = ""
    overlay: Any = None
    changes: tuple[Change, ...] = ()
    cost: int = 0
    steps: tuple[Fix, ...] = ()
    """Parts, when several things must change together."""
    verified: bool = False
    lifts: Finding | None = None
    """The finding it answers; None for several steps together."""
