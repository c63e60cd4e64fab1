"""Route 53 Profiles: zones, rules, firewall groups and endpoints carried to many VPCs (section 2.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from .why import why

if TYPE_CHECKING:
    from .view import View


class Carried(msgspec.Struct, frozen=True, gc=False):
    """A resource a VPC gets by a Profile."""

    id: str
    priority: int
    """The Profile's; 1 or more, lowest first."""
    own_priority: int
    """Of a DNS Firewall rule group inside the Profile; 0 for none."""
    profile: str


def resources_of(view: View, kind: str) -> tuple[Carried, ...]:
    """Resources of one kind (``hostedzone``, ``resolver-rule``, ``firewall-rule-group``, ``vpc-endpoint``)."""
    if not view.estate.tables["profile_associations"]:
        return ()
    found: dict[str, tuple[Carried, ...]] | None = view.memo.get("profiles")
    if found is None:
        found = view.memo["profiles"] = _collect(view)
    return found.get(kind, ())


def _collect(view: View) -> dict[str, tuple[Carried, ...]]:
    tables = view.estate.tables
    rows = sorted(
        (max(1, a.priority), a.profile_id)
        for a in tables["profile_associations"].values()
        if a.resource_id == view.vpc_id and a.status.upper() in ("COMPLETE", "UPDATING")
    )
    out: dict[str, list[Carried]] = {}
    for priority, profile_id in rows:  # N2.8a: lowest first
        profile = tables["profiles"].get(profile_id)
        if profile is None:
            view.gaps.append(why("names.why.profile", profile=profile_id))
            continue
        for resource in profile.resources:
            if resource.status.upper() not in ("COMPLETE", "UPDATING"):
                continue
            head, _, resource_id = resource.resource_arn.rpartition("/")
            kind = head.rpartition(":")[2]
            out.setdefault(kind, []).append(
                Carried(resource_id, priority, _own_priority(resource.resource_properties), profile_id)
            )
    return {kind: tuple(found) for kind, found in out.items()}


def _own_priority(text: str) -> int:
    digits = "".join(c if c.isdigit() else " " for c in text).split()
    return int(digits[0]) if "priority" in text and digits else 0
