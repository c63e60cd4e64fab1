"""A zone's records and the lookup in it: exact name, CNAME, wildcard, NODATA, NXDOMAIN (N2.6b).

Used for private and public hosted zones, the hidden zones of endpoints and
the zones of one's own DNS servers alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from .answer import NOERROR, NXDOMAIN, ResourceRecord
from .dnsname import lenient
from .resolution import Result, step
from .why import why

SOA_RDATA = "ns-1536.awsdns-00.co.uk. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"  # N2.6b
PRIVATE_NAME_SERVERS = (  # N2.6c
    "ns-0.awsdns-00.com.",
    "ns-512.awsdns-00.net.",
    "ns-1024.awsdns-00.org.",
    "ns-1536.awsdns-00.co.uk.",
)
SOA_TTL, NS_TTL = 900, 172800  # N2.6c
MANAGED_SOA_TTL = 60  # N2.6b [O]
MAX_ALIASES = 8


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One record set: values, or an alias; one of several under a routing policy (N2.6e)."""

    values: tuple[tuple[str, int], ...] = ()
    """(rdata, TTL)."""
    alias: str = ""
    alias_in_zone: bool = False
    policy: str = ""
    label: str = ""
    weight: int = 0


class Zone:
    """Records of one zone, indexed for lookup.

    ``unknown`` says why positive answers of this zone cannot be relied on;
    ``opaque`` that its records were not collected at all.
    """

    __slots__ = ("cuts", "id", "nodes", "opaque", "origin", "owners", "soa", "unknown")

    def __init__(self, origin: str, zone_id: str = "", *, soa_ttl: int = SOA_TTL, aws: bool = True) -> None:
        self.origin = origin
        self.id = zone_id
        self.nodes: dict[str, dict[str, tuple[Entry, ...]]] = {}
        self.owners: set[str] = {origin}
        self.cuts: set[str] = set()
        self.unknown = ""
        self.opaque = False
        self.soa: tuple[ResourceRecord, ...] = ()
        if aws:
            self.soa = (ResourceRecord(origin, "SOA", soa_ttl, SOA_RDATA),)
            self.add(origin, "SOA", Entry(((SOA_RDATA, soa_ttl),)))
            self.add(origin, "NS", Entry(tuple((n, NS_TTL) for n in PRIVATE_NAME_SERVERS)))

    def put(self, owner: str, rtype: str, entries: Iterable[Entry]) -> None:
        """Set the record sets of a name and type."""
        self.nodes.setdefault(owner, {})[rtype] = tuple(entries)
        if rtype == "SOA" and owner == self.origin:
            ((rdata, ttl),) = self.nodes[owner][rtype][0].values[:1] or ((SOA_RDATA, SOA_TTL),)
            self.soa = (ResourceRecord(owner, "SOA", ttl, rdata),)
        if rtype == "NS" and owner != self.origin:
            self.cuts.add(owner)
        while owner not in self.owners:  # every name between an owner and the apex exists (empty non-terminals)
            self.owners.add(owner)
            owner = owner[owner.index(".") + 1 :] or "."

    def add(self, owner: str, rtype: str, entry: Entry) -> None:
        """Add one record set to a name and type."""
        self.put(owner, rtype, (*self.nodes.get(owner, {}).get(rtype, ()), entry))

    def find(self, name: str) -> dict[str, tuple[Entry, ...]] | None:
        """The node that answers for a name, maybe a wildcard's; empty: it exists without data; None: NXDOMAIN."""
        node = self.nodes.get(name)
        if node is not None:
            return node
        if name in self.owners:
            return {}
        while name != self.origin:
            name = name[name.index(".") + 1 :] or "."
            if name in self.owners:  # the closest encloser: only its wildcard counts
                return self.nodes.get("*." + name)
        return None

    def cut(self, name: str) -> str:
        """The delegation point at or above a name, below the apex; empty when there is none."""
        while self.cuts and name != self.origin:
            if name in self.cuts:
                return name
            name = name[name.index(".") + 1 :] or "."
        return ""


Aliases = Callable[[str, str, int], Result]
"""Resolve an alias target outside the zone: (name, type, aliases so far) -> answer."""


def answer_from(zone: Zone, name: str, rtype: str, aliases: Aliases | None = None, *, depth: int = 0) -> Result:
    """The zone's own answer to a question; a CNAME's target is left in ``next``."""
    if zone.opaque:
        return Result(unknown=why("names.why.zone", zone=zone.origin))
    node = zone.find(name)
    if node is None:
        return Result(NXDOMAIN, authority=zone.soa)
    if rtype == "ANY":
        result = Result(unknown=zone.unknown)
        for each, entries in node.items():
            _add(result, zone, name, each, entries, aliases, depth)
        return result
    entries = node.get(rtype, ())
    kind = rtype
    if not entries:
        entries, kind = node.get("CNAME", ()), "CNAME"
    if not entries:
        return Result(NOERROR, authority=zone.soa)
    result = Result(unknown=zone.unknown)
    _add(result, zone, name, kind, entries, aliases, depth)
    if kind == "CNAME" and rtype != "CNAME" and result.answer:
        result.next = lenient(result.answer[-1].rdata)
    elif not result.answer and result.rcode == NOERROR and not result.unknown:
        result.authority = zone.soa
    return result


def _add(
    result: Result, zone: Zone, name: str, rtype: str, entries: tuple[Entry, ...], aliases: Aliases | None, depth: int
) -> None:
    for entry in _candidates(result, zone, name, entries):
        if entry.alias:
            _flatten(result, zone, name, rtype, entry, aliases, depth)
        else:
            result.answer += [ResourceRecord(name, rtype, ttl, rdata) for rdata, ttl in entry.values]


def _candidates(result: Result, zone: Zone, name: str, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Record sets that a routing policy may pick (N2.6e); which one is not decided here."""
    if len(entries) == 1:
        return entries
    policy = entries[0].policy
    if policy == "weighted" and any(e.weight for e in entries):
        entries = tuple(e for e in entries if e.weight)
    if len(entries) > 1 and policy != "multivalue":
        result.choice = f"{policy or 'several record sets'}: one of {', '.join(e.label for e in entries)}"
        result.steps.append(
            step("names.zone.choice", zone.id, ("N2.6e",), name=name, policy=policy, count=len(entries))
        )
    return entries


def _flatten(
    result: Result, zone: Zone, name: str, rtype: str, entry: Entry, aliases: Aliases | None, depth: int
) -> None:
    """An alias answers with the target's records under its own name: no CNAME is seen (N0.v5)."""
    if depth >= MAX_ALIASES:
        result.steps.append(step("names.zone.alias_loop", zone.id, ("N0.v5",), name=name))
        return
    if entry.alias_in_zone:
        part = answer_from(zone, entry.alias, rtype, aliases, depth=depth + 1)
    elif aliases is not None:
        part = aliases(entry.alias, rtype, depth + 1)
    else:
        part = Result(unknown=why("names.why.alias", target=entry.alias))
    result.steps.append(step("names.zone.alias", zone.id, ("N0.v5",), name=name, target=entry.alias))
    result.steps += part.steps
    result.unknown = result.unknown or part.unknown
    result.choice = result.choice or part.choice
    result.answer += [ResourceRecord(name, rtype, r.ttl, r.rdata) for r in part.answer if r.type == rtype]
