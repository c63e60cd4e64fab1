"""VPC peering: a wire between two VPCs, at whose far end only the VPC's own addresses count (PC2, PC3)."""

from __future__ import annotations

from . import subnet
from .draft import Draft


def way(draft: Draft, pcx: str, vpc_id: str) -> str:
    """The end of the wire that packets of a VPC go out by; nothing when the peering does not carry."""
    record = draft.estate.peerings.get(pcx)
    if record is None or record.status.code != "active":
        return ""
    a, b = record.requester.vpc_id, record.accepter.vpc_id
    if vpc_id not in (a, b) or a not in draft.estate.vpcs or b not in draft.estate.vpcs:
        return draft.leave_out(pcx, "the VPC at the other side is not in the estate")
    if ("peering", pcx, a) not in draft.built:
        contexts = [subnet.vpc_context(draft, one, pcx) for one in (a, b)]
        made = draft.wire("pcx", pcx, "", contexts[0], contexts[1], mtu=9001)
        if record.requester.region == record.accepter.region:  # PC6
            draft.context_kept[made.a] = contexts[0]
            draft.context_kept[made.b] = contexts[1]
        draft.built["peering", pcx, a] = made.a
        draft.built["peering", pcx, b] = made.b
    return draft.built["peering", pcx, vpc_id]
