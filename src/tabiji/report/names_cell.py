"""What one place gets for one name: the cells of a table of names."""

from __future__ import annotations

import msgspec

from ..findings.finding import Finding
from ..journey.model import UNDETERMINED
from ..names.answer import NOERROR, Step

ENDPOINT, OTHER, GATEWAY, PUBLIC, PRIVATE = "endpoint", "other_endpoint", "gateway", "public", "private"
NX, NODATA, BLOCKED, FAILED, UNKNOWN = "nxdomain", "nodata", "blocked", "failed", "unknown"
BLOCK_STEPS = frozenset(("names.dns_firewall.block", "names.dns_firewall.block_redirection"))


class Reason(msgspec.Struct, frozen=True):
    """Why a cell looks wrong: a catalogue code, and the rank its row sorts by (0 first)."""

    code: str
    rank: int
    component: str = ""
    params: tuple[tuple[str, str], ...] = ()
    facts: tuple[str, ...] = ()
    cause: str = ""
    """Catalogue code of what is behind it, where that is known."""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """What one place gets for one name.

    ``kind``: ``endpoint`` (one for the service: ``endpoint`` is its id, ``vpc``
    where it is), ``other_endpoint`` (one that is not the expected one),
    ``gateway`` (public, and the VPC has a gateway endpoint for it), ``public``,
    ``private`` (an address that is no endpoint's), ``nxdomain``, ``nodata``,
    ``blocked`` (DNS Firewall, or no answer comes back), ``failed`` (SERVFAIL,
    REFUSED) or ``unknown`` (``reason`` says why, ``likely`` is the best guess).
    ``connect``: verdict of the walk to what was resolved (empty if not walked),
    and ``stopped`` what settled it.
    """

    kind: str
    rcode: str = NOERROR
    addresses: tuple[str, ...] = ()
    endpoint: str = ""
    vpc: str = ""
    decided: Step | None = None
    reason: str = ""
    likely: str = ""
    wrong: tuple[Reason, ...] = ()
    connect: str = ""
    stopped: Finding | None = None


def undetermined(cell: Cell) -> bool:
    """Does the cell hang on something that is not known?"""
    return cell.kind == UNKNOWN or cell.connect == UNDETERMINED
