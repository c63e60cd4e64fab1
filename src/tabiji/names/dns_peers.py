"""VPCs whose instance names this VPC sees from inside: peering and TGW with DNS support (N2.5d, N3.5)."""

from __future__ import annotations

import msgspec

from .view import View, dns_attributes


class DnsPeer(msgspec.Struct, frozen=True, gc=False):
    """A VPC connected for DNS; ``certain`` False when an attribute it hinges on was not collected."""

    vpc: str
    via: str
    facts: tuple[str, ...]
    certain: bool


def peers_of(view: View) -> dict[str, DnsPeer]:
    """Connected VPCs by id."""
    found: dict[str, DnsPeer] | None = view.memo.get("peers")
    if found is None:
        found = view.memo["peers"] = _collect(view)
    return found


def _collect(view: View) -> dict[str, DnsPeer]:
    estate = view.estate
    out: dict[str, DnsPeer] = {}
    if view.dns.both is False:
        return out

    def add(other: str, via: str, facts: tuple[str, ...]) -> None:
        both = dns_attributes(estate, other).both
        if other in estate.vpcs and other != view.vpc_id and both is not False:
            out.setdefault(other, DnsPeer(other, via, facts, bool(both and view.dns.both)))

    for peering_id, peering in estate.peerings.items():
        sides = (peering.requester, peering.accepter)
        if peering.status.code != "active" or view.vpc_id not in (s.vpc_id for s in sides):
            continue
        owner = sides[1] if sides[0].vpc_id == view.vpc_id else sides[0]
        if owner.peering_options.allow_dns_resolution_from_remote_vpc:  # N3.5a: the side that owns the instance
            add(owner.vpc_id, peering_id, ("N3.5a",))
    if estate.switch("N3.5b", "private") != "private":  # N3.5b: the documented effect is not established
        return out
    for attachment_id in estate.vpc_attachments_by_vpc.get(view.vpc_id, ()):
        mine = estate.tgw_vpc_attachments[attachment_id]
        gateway = estate.transit_gateways.get(mine.transit_gateway_id)
        if mine.options.dns_support != "enable" or (gateway is not None and gateway.options.dns_support != "enable"):
            continue
        for other_id in estate.attachments_by_tgw.get(mine.transit_gateway_id, ()):
            theirs = estate.tgw_vpc_attachments.get(other_id)
            if (
                theirs is not None
                and theirs.state in ("available", "modifying")
                and theirs.options.dns_support == "enable"
            ):
                add(theirs.vpc_id, mine.transit_gateway_id, ("N3.5b",))
    return out
