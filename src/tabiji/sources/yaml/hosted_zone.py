"""Route 53 hosted zones and their records."""

from typing import Any

from msgspec.structs import replace

from ...estate.hosted_zone import (
    AliasTarget,
    HostedZone,
    HostedZoneConfig,
    RecordSet,
    ResourceRecord,
    ZoneVpc,
)
from ..spec import Names, Path, Spec, convert, many
from .build import Build, Item
from .site import values

TTL = 300


class HostedZoneSpec(Spec):
    """A zone; its key is the domain unless ``name`` says it.  With VPCs it is private."""

    id: str | None = None
    name: str | None = None
    account: str | None = None
    private: bool | None = None
    vpcs: Names = None
    add_vpcs: Names = None
    remove_vpcs: Names = None
    records: dict[str, str | list[str] | dict[str, Any]] | None = None
    """Name (``@`` is the apex) -> address, type -> values, ``alias: name``, ``ttl: seconds``."""
    remove_records: Names = None
    record_sets: list[dict[str, Any]] | None = None
    """As ``list-resource-record-sets`` prints them, for routing policies."""


def declare_hosted_zones(build: Build, items: list[Item]) -> None:
    """Ids and names."""
    for item in items:
        if build.base is not None:
            domain = (item.spec.name or item.name).rstrip(".") + "."
            same = [k for k, z in build.base.hosted_zones.items() if z.name.rstrip(".") + "." == domain]
            if len(same) == 1:
                item.name = same[0]
        build.declare("hosted_zones", "zone", item, account=item.spec.account or "")


def build_hosted_zones(build: Build, items: list[Item]) -> None:
    """Records."""
    for item in items:
        spec: HostedZoneSpec = item.spec
        old: HostedZone | None = item.old
        if old is None:
            private = bool(many(spec.vpcs)) if spec.private is None else spec.private
            old = HostedZone(
                id=item.id,
                name=(spec.name or item.name).rstrip(".") + ".",
                config=HostedZoneConfig(private_zone=private),
                record_sets=(),
            )
        vpcs = old.vpcs
        if spec.vpcs is not None:
            vpcs = ()
        for key in build.find_all("vpcs", spec.vpcs, (*item.path, "vpcs")) + build.find_all(
            "vpcs", spec.add_vpcs, (*item.path, "add_vpcs")
        ):
            if all(v.vpc_id != key for v in vpcs):
                vpcs = (*vpcs, ZoneVpc(vpc_region=build.region_of(key), vpc_id=key))
        gone = build.find_all("vpcs", spec.remove_vpcs, (*item.path, "remove_vpcs"))
        vpcs = tuple(v for v in vpcs if v.vpc_id not in gone)
        sets = list(old.record_sets or ())
        for name in many(spec.remove_records):
            full = _full(name, old.name)
            if all(r.name.rstrip(".") != full.rstrip(".") for r in sets):
                build.fail((*item.path, "remove_records"), f"{old.name} has no record {name}")
            sets = [r for r in sets if r.name.rstrip(".") != full.rstrip(".")]
        for name, said in (spec.records or {}).items():
            new = _sets(build, _full(name, old.name), said, (*item.path, "records", name))
            replaced = {(r.name, r.type) for r in new}
            sets = [r for r in sets if (r.name, r.type) not in replaced] + new
        for index, raw in enumerate(spec.record_sets or ()):
            sets.append(convert(raw, RecordSet, (*item.path, "record_sets", index), build.fail))
        build.put("hosted_zones", replace(old, vpcs=vpcs, record_sets=tuple(sets)))


def _full(name: str, zone: str) -> str:
    if name == "@":
        return zone
    if name.endswith("."):
        return name
    return f"{name}." if f"{name}." == zone or name.endswith(f".{zone.rstrip('.')}") else f"{name}.{zone}"


def _sets(build: Build, name: str, said: Any, path: Path) -> list[RecordSet]:
    ttl = TTL
    if isinstance(said, dict):
        said = dict(said)
        text = said.pop("ttl", None)
        if text is not None:
            ttl = convert(text, int, (*path, "ttl"), build.fail)
        alias = said.pop("alias", None)
        if alias is not None:
            kinds = many(said.pop("types", None)) or ("A",)
            if said:
                build.fail(path, "an alias has no values of its own")
            return [
                RecordSet(name=name, type=kind, alias_target=_alias(build, convert(alias, str, path, build.fail), path))
                for kind in kinds
            ]
        said = {k: convert(v, str | list[str], (*path, k), build.fail) for k, v in said.items()}
    return [
        RecordSet(name=name, type=kind, ttl=ttl, resource_records=tuple(ResourceRecord(value=v) for v in entries))
        for kind, entries in values(build, said, path).items()
    ]


def _alias(build: Build, text: str, path: Path) -> AliasTarget:
    """An alias to an endpoint's regional name, a load balancer, or any name (names N0.v5)."""
    word, colon, name = text.partition(":")
    endpoints = build.lookup("vpc_endpoints", name if colon and word == "endpoint" else text)
    if len(endpoints) == 1:
        # Endpoints are built before zones; an S3 name's star stands for a label.
        entries = build.get("vpc_endpoints", endpoints[0]).dns_entries
        if not entries:
            build.fail(path, f"{endpoints[0]} has no DNS name")
        return AliasTarget(dns_name=entries[0].dns_name.replace("*", "\\052", 1) + ".")
    balancers = build.lookup("load_balancers", name if colon and word == "lb" else text)
    if len(balancers) == 1:
        return AliasTarget(dns_name=build.get("load_balancers", balancers[0]).dns_name + ".")
    if "." not in text:
        build.fail(path, f"{text!r} is no endpoint, no load balancer and no full name")
    return AliasTarget(dns_name=text.rstrip(".") + ".")
