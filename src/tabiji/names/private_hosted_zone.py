"""Private hosted zones of a VPC: the longest decides alone, nothing falls through (section 2.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .dnsname import lenient, under
from .managed_zone import claims as managed_zones
from .profile import resources_of
from .resolution import KINDS, Result, step
from .resolver_rule import delegate_for, delegates
from .view import Claim, Question, View
from .why import why
from .zone import Entry, Zone, answer_from

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..estate import Estate
    from ..estate.hosted_zone import HostedZone, RecordSet

DEFAULT_TTL = 300
"""For values written without a TTL."""


def zone_id(text: str) -> str:
    """``Z123`` of ``/hostedzone/Z123``."""
    return text.rpartition("/")[2]


def zone_of(estate: Estate, record: HostedZone) -> Zone:
    """The zone's tables, kept on the estate."""
    zones: dict[str, Zone] = estate.memo("names.zones", KINDS, lambda _: {})
    zone = zones.get(record.id)
    if zone is None:
        zone = zones[record.id] = _build(estate, record)
    return zone


def _build(estate: Estate, record: HostedZone) -> Zone:
    zone = Zone(lenient(record.name) or "invalid.", zone_id(record.id))
    sets = record.record_sets
    if sets is None:
        collected: dict[str, Any] = estate.memo(
            "names.zone_records",
            KINDS,
            lambda e: {zone_id(i): r.resource_record_sets for i, r in e.tables["hosted_zone_records"].items()},
        )
        sets = collected.get(zone.id)
    if sets is None:
        zone.opaque = True
        return zone
    rows: dict[tuple[str, str], list[Entry]] = {}
    for each in sets:
        owner = lenient(each.name)
        if owner and under(owner, zone.origin):
            rows.setdefault((owner, each.type.upper()), []).append(_entry(each, zone))
    for (owner, rtype), entries in rows.items():
        zone.put(owner, rtype, entries)
    return zone


def _entry(record: RecordSet, zone: Zone) -> Entry:
    policy = (
        "weighted"
        if record.weight is not None
        else "failover"
        if record.failover
        else "latency"
        if record.region
        else "geolocation"
        if record.geo_location is not None
        else "multivalue"
        if record.multi_value_answer
        else "routing policy"
        if record.set_identifier
        else ""
    )
    ttl = DEFAULT_TTL if record.ttl is None else record.ttl
    alias = record.alias_target
    target = lenient(alias.dns_name) if alias is not None else ""
    return Entry(
        values=tuple((_rdata(record.type, v.value), ttl) for v in record.resource_records),
        alias=target,
        alias_in_zone=alias is not None and under(target, zone.origin) and _same(alias, zone),
        policy=policy,
        label=record.set_identifier,
        weight=record.weight or 0,
    )


def _same(alias: Any, zone: Zone) -> bool:
    return not alias.hosted_zone_id or zone_id(alias.hosted_zone_id) == zone.id


def _rdata(rtype: str, text: str) -> str:
    """Presentation form: names at the end of the data are absolute in Route 53, dot or not."""
    if rtype in ("CNAME", "NS", "PTR", "MX", "SRV") and text and not text.endswith("."):
        return text + "."
    return text


def claims(view: View) -> Iterator[Claim]:
    """Zones associated with the VPC, or brought by a Profile; both DNS attributes must be on (N2.6a).

    A transit gateway brings no zones along (TG13).
    """
    estate = view.estate
    if view.dns.both is False:
        return
    rows = [(i, name, 0) for i, name in _associated(estate).get(view.vpc_id, {}).items()]
    managed = {c.suffix for c in managed_zones(view)}
    by_id: dict[str, HostedZone] = estate.memo(
        "names.zones_by_id", KINDS, lambda e: {zone_id(i): z for i, z in e.hosted_zones.items()}
    )
    for carried in resources_of(view, "hostedzone"):
        record = by_id.get(carried.id)
        if record is None:
            view.gaps.append(why("names.why.profile_zone", zone=carried.id, profile=carried.profile))
        else:
            rows.append((carried.id, record.name, carried.priority))
    for each_id, name, priority in rows:
        suffix = lenient(name)
        if not suffix:
            continue
        record = by_id.get(each_id)
        if record is None and suffix in managed:
            continue  # the listing of a VPC's zones shows the endpoints' own zones too
        zone = zone_of(estate, record) if record is not None else None
        yield Claim(suffix, "private_hosted_zone", each_id, _handler(zone, each_id, suffix), priority=priority)


def _associated(estate: Estate) -> dict[str, dict[str, str]]:
    """VPC -> zone id -> zone name, from both listings (N2.6f: zones of other accounts too)."""

    def build(e: Estate) -> dict[str, dict[str, str]]:
        out: dict[str, dict[str, str]] = {}
        for i, zone in sorted(e.hosted_zones.items()):
            for vpc in zone.vpcs:
                out.setdefault(vpc.vpc_id, {})[zone_id(i)] = zone.name
        for vpc_id, listed in e.tables["hosted_zones_by_vpc"].items():
            for summary in listed.hosted_zone_summaries:
                out.setdefault(vpc_id, {}).setdefault(zone_id(summary.hosted_zone_id), summary.name)
        return out

    return estate.memo("names.zones_of_vpcs", KINDS, build)


def _handler(zone: Zone | None, owner: str, suffix: str) -> Any:
    def handler(view: View, question: Question, name: str) -> Result:
        if zone is None:
            result = Result(unknown=why("names.why.zone_of", zone=suffix, owner=owner))
        elif zone.cuts and delegates(view) and (cut := zone.cut(name)):
            result = _delegated(view, question, zone, name, cut)
        else:
            # N2.4e: without a DELEGATE rule an NS record below the apex is only a record.
            from .public import follow

            result = answer_from(zone, name, question.rtype, lambda n, t, d: follow(view.estate, n, t, d))
        code = {
            "NXDOMAIN": "names.private_hosted_zone.nxdomain",
            "NOERROR": "names.private_hosted_zone.answer" if result.answer else "names.private_hosted_zone.nodata",
        }.get(result.rcode, "names.private_hosted_zone.answer")
        if result.unknown and not result.answer:
            code = "names.private_hosted_zone.not_collected"
        facts = ("N2.6a", "N2.6b") if not result.answer else ("N2.6a",)
        result.steps.insert(0, step(code, owner, facts, zone=suffix, name=name, type=question.rtype))
        if view.dns.both is None and not result.unknown:
            result.unknown = why("names.why.hostnames_zone", vpc=view.vpc_id)  # N2.6a
        return result

    return handler


def _delegated(view: View, question: Question, zone: Zone, name: str, cut: str) -> Result:
    """Follow NS below the apex through the outbound endpoint of a DELEGATE rule (N2.4d, N2.4e)."""
    from ..estate.resolver import TargetIp
    from .outbound_endpoint import forward

    for entry in zone.nodes[cut]["NS"]:
        for text, _ in entry.values:
            server = lenient(text)
            rule = delegate_for(view, server)
            if rule is None:
                continue
            glue = (
                answer_from(zone, server, "A")
                if under(server, zone.origin)
                else view.lookup(Question(question.resolution, server, "A", question.inbound), "A")
            )
            targets = [TargetIp(ip=a.rdata) for a in glue.answer if a.type == "A"]
            if targets:
                result = forward(view, question, name, rule.resolver_endpoint_id, targets, rule.id)
                result.steps.insert(
                    0, step("names.resolver_rule.delegate", rule.id, ("N2.4d",), cut=cut, server=server)
                )
                return result
    return answer_from(zone, name, question.rtype)
