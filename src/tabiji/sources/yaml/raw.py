"""Escapes: describe-* shaped records, single fields of existing records, removals."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from ...estate.kinds import BY_KEY, BY_NAME, record_id
from ..spec import Path, convert, did_you_mean
from .build import Build

Records = dict[str, list[dict[str, Any]]]
"""Kind (or describe-* key) -> records as the API prints them."""
Patch = dict[str, dict[str, Any]]
"""Id -> fields as the API names them; lists and objects are replaced whole."""
Remove = list[str] | str
"""Ids or names."""


def build_records(build: Build, value: Records, path: Path) -> None:
    """Records in the API's own shape, of any kind."""
    for name, rows in value.items():
        here = (*path, name)
        kind = BY_NAME.get(name) or BY_KEY.get(name)
        if kind is None:
            build.fail(here, f"no such kind{did_you_mean(name, [*BY_NAME, *BY_KEY])}")
        for index, row in enumerate(rows):
            record = convert(row, kind.record, (*here, index), build.fail)
            build.put(kind.name, record)
            key = record_id(kind, record)
            build.register(kind.name, key, build.name_tag(record) or key, "", (*here, index))


def build_patch(build: Build, value: Patch, path: Path) -> None:
    """Fields of records that exist."""
    for key, fields in value.items():
        here = (*path, key)
        kinds = [name for name in BY_NAME if build.get(name, key) is not None]
        if not kinds:
            build.fail(here, f"nothing has the id {key!r}")
        for kind in kinds:
            record = build.get(kind, key)
            held = msgspec.to_builtins(record)
            known = {f.encode_name for f in msgspec.structs.fields(record)}
            if not set(fields) <= known:
                if len(kinds) > 1:
                    continue  # one id, several kinds (a TGW attachment): the fields tell which is meant
                wrong = next(iter(set(fields) - known))
                build.fail((*here, wrong), f"unknown field{did_you_mean(wrong, known)}")
            build.put(kind, convert({**held, **fields}, BY_NAME[kind].record, here, build.fail))
            break
        else:
            build.fail(here, f"no record {key!r} has all these fields")


def build_remove(build: Build, value: Remove, path: Path) -> None:
    """Take things out, with what cannot be without them; routes to them become blackholes (RT14)."""
    gone: set[str] = set()
    for index, text in enumerate([value] if isinstance(value, str) else value):
        here = path if isinstance(value, str) else (*path, index)
        found = _meant(build, text)
        if not found:
            build.fail(here, f"nothing is called {text!r}")
        ids = {key for _, key in found}
        if len(ids) > 1:
            build.fail(here, f"{text} may be {', '.join(sorted(ids))}; use an id")
        gone |= ids
    _cascade(build, gone)


def _meant(build: Build, text: str) -> list[tuple[str, str]]:
    """(kind, id) of what a text names; an instance rather than its interface or host of the same name."""
    found = [(kind, text) for kind in BY_NAME if build.get(kind, text) is not None]
    found += [
        (kind, key)
        for kind in BY_NAME
        for key in build.lookup(kind, text)
        if key != text and build.get(kind, key) is not None
    ]
    return [row for row in found if row[0] == "instances"] or found


def _cascade(build: Build, gone: set[str]) -> None:
    """Everything that lives in or belongs to what is gone."""
    grown = True
    while grown:
        before = len(gone)
        for table in ("nat_gateways", "vpc_endpoints", "instances"):
            for key in gone & build.all(table).keys():
                gone |= _interfaces(build.get(table, key))
        for key in gone & build.all("tgw_vpc_attachments").keys():
            gone |= {
                i
                for i, e in build.all("network_interfaces").items()
                if e.interface_type == "transit_gateway" and e.description.endswith(key)
            }
        for kind in BY_NAME:
            for key, record in build.all(kind).items():
                if key in gone:
                    continue
                parents = (
                    getattr(record, "vpc_id", ""),
                    getattr(record, "subnet_id", ""),
                    getattr(record, "transit_gateway_id", "") if kind != "vpn_connections" else "",
                    getattr(record, "resolver_rule_id", ""),
                    getattr(record, "eni", ""),
                )
                if any(p and p in gone for p in parents):
                    gone.add(key)
        grown = len(gone) > before
    # RT11: a gateway endpoint's routes come and go with it; any other route stays behind, without a target.
    endpoints = build.all("vpc_endpoints")
    gateways = {key for key in gone & endpoints.keys() if endpoints[key].vpc_endpoint_type == "Gateway"}
    for kind in BY_NAME:
        for key in gone & build.all(kind).keys():
            build.remove(kind, key)
    for table in list(build.all("route_tables").values()):
        routes = tuple(
            replace(r, state="blackhole") if r.state == "active" and r.target in gone else r
            for r in table.routes
            if r.target not in gateways
        )
        kept = tuple(a for a in table.associations if a.subnet_id not in gone and a.gateway_id not in gone)
        if routes != table.routes or kept != table.associations:
            build.put("route_tables", replace(table, routes=routes, associations=kept))
    for kind, field, attribute in (
        ("tgw_associations", "associations", "transit_gateway_attachment_id"),
        ("tgw_propagations", "transit_gateway_route_table_propagations", "transit_gateway_attachment_id"),
        ("network_acls", "associations", "subnet_id"),
        ("internet_gateways", "attachments", "vpc_id"),
        ("vpn_gateways", "vpc_attachments", "vpc_id"),
        ("hosted_zones", "vpcs", "vpc_id"),
    ):
        for record in list(build.all(kind).values()):
            have = getattr(record, field)
            rows = tuple(e for e in have if getattr(e, attribute) not in gone)
            if rows != have:
                build.put(kind, replace(record, **{field: rows}))
    for record in list(build.all("tgw_routes").values()):
        routes = tuple(
            replace(r, state="blackhole", transit_gateway_attachments=())
            if any(a.transit_gateway_attachment_id in gone for a in r.transit_gateway_attachments)
            else r
            for r in record.routes
        )
        if routes != record.routes:
            build.put("tgw_routes", replace(record, routes=routes))


def _interfaces(record: Any) -> set[str]:
    """Interfaces that go with a NAT gateway, an endpoint or an instance."""
    if hasattr(record, "nat_gateway_addresses"):
        return {a.network_interface_id for a in record.nat_gateway_addresses} - {""}
    if hasattr(record, "network_interface_ids"):
        return set(record.network_interface_ids)
    return {e.network_interface_id for e in record.network_interfaces}
