"""Route tables: a VPC's main one, a subnet's own, shared ones, gateway (edge) tables."""

from typing import Any

from msgspec.structs import replace

from ...estate.route_table import PropagatingVgw, Route, RouteTable, RouteTableAssociation
from ..spec import Names, Path, Spec, convert, many
from .build import Build, Item
from .vpc import local_routes


class RouteSpec(Spec):
    """The long form of a route's target."""

    to: str
    state: str | None = None
    """``blackhole`` when the target is gone (RT12)."""
    propagated: bool | None = None


class RouteTableSpec(Spec):
    """Destination (CIDR or ``pl:name``) -> target (``igw``, ``nat``, ``tgw``, a name, ``type:name`` or an id)."""

    id: str | None = None
    vpc: str | None = None
    routes: dict[str, str | RouteSpec] | None = None
    remove_routes: Names = None
    subnets: Names = None
    main: bool | None = None
    edge: Names = None
    """Internet gateway or virtual private gateway whose incoming packets this table routes (RT16)."""
    propagate: bool | str | list[str] | None = None
    """Virtual private gateways whose routes the table takes; true: the VPC's."""


TARGETS: dict[str, tuple[str, str]] = {
    "igw": ("internet_gateways", "gateway_id"),
    "eigw": ("egress_only_internet_gateways", "egress_only_internet_gateway_id"),
    "vgw": ("vpn_gateways", "gateway_id"),
    "nat": ("nat_gateways", "nat_gateway_id"),
    "tgw": ("transit_gateways", "transit_gateway_id"),
    "pcx": ("peerings", "vpc_peering_connection_id"),
    "instance": ("instances", "instance_id"),
    "eni": ("network_interfaces", "network_interface_id"),
    "vpce": ("vpc_endpoints", "vpc_endpoint_id"),
}
"""Word before a colon, or alone -> kind and field of the route."""

_IN_VPC = frozenset(("igw", "eigw", "vgw", "nat"))
_PREFIXES = (
    ("igw-", "gateway_id"),
    ("eigw-", "egress_only_internet_gateway_id"),
    ("vgw-", "gateway_id"),
    ("nat-", "nat_gateway_id"),
    ("tgw-", "transit_gateway_id"),
    ("pcx-", "vpc_peering_connection_id"),
    ("i-", "instance_id"),
    ("eni-", "network_interface_id"),
    ("vpce-", "vpc_endpoint_id"),
    ("lgw-", "local_gateway_id"),
    ("cagw-", "carrier_gateway_id"),
    ("arn:aws:networkmanager:", "core_network_arn"),
)
_UNMODELLED = frozenset(("local_gateway_id", "carrier_gateway_id", "core_network_arn"))


def declare_route_tables(build: Build, items: list[Item]) -> None:
    """Ids and names; ``main`` is the VPC's main table."""
    for item in items:
        item.vpc = build.home_vpc(item, item.spec.vpc)
        build.declare("route_tables", "rtb", item, within=build.vpc_name_declared(item.vpc))


def build_route_tables(build: Build, items: list[Item]) -> None:
    """All tables, once everything a route can point at is known."""
    for item in build.main_routes:
        key = build.find("route_tables", "main", item.path, item.id)
        _fill(build, key, item.spec.routes, item.spec.propagate, item.path, item.id)
    for item in items:
        _table(build, item)
    for item in build.subnet_routes:
        _of_subnet(build, item)


def _table(build: Build, item: Item) -> None:
    spec: RouteTableSpec = item.spec
    old = build.get("route_tables", item.id)
    if old is None:
        vpc = build.need_vpc(item)
        old = RouteTable(
            route_table_id=item.id,
            vpc_id=vpc,
            routes=local_routes(build.get("vpcs", vpc).cidrs()),
            owner_id=build.account_of(vpc),
            tags=build.tags(item),
        )
        build.put("route_tables", old)
    vpc = old.vpc_id
    for index, text in enumerate(many(spec.remove_routes)):
        _remove(build, item.id, text, (*item.path, "remove_routes", index))
    _fill(build, item.id, spec.routes, spec.propagate, item.path, vpc)
    for subnet in build.find_all("subnets", spec.subnets, (*item.path, "subnets"), vpc):
        associate(build, item.id, RouteTableAssociation(subnet_id=subnet))
    for name in many(spec.edge):
        path = (*item.path, "edge")
        kind = "vpn_gateways" if name == "vgw" or build.lookup("vpn_gateways", name, vpc) else "internet_gateways"
        gateway = _only(build, kind, vpc, path) if name in TARGETS else build.find(kind, name, path, vpc)
        associate(build, item.id, RouteTableAssociation(gateway_id=gateway))
    if spec.main:
        associate(build, item.id, RouteTableAssociation(main=True))


def _of_subnet(build: Build, item: Item) -> None:
    spec = item.spec
    vpc = item.vpc or item.old.vpc_id
    if spec.route_table is not None:
        key = build.find("route_tables", spec.route_table, (*item.path, "route_table"), vpc)
        if spec.routes is not None or spec.propagate is not None:
            build.fail((*item.path, "routes"), "a subnet has either route_table or routes of its own")
    else:
        mine = None
        if item.old is not None and build.base is not None:
            mine = build.base.route_table_by_subnet.get(item.id)
        key = mine or build.invent("rtb", item.name, build.vpc_name(vpc))
        if build.get("route_tables", key) is None:
            build.put(
                "route_tables",
                RouteTable(
                    route_table_id=key,
                    vpc_id=vpc,
                    routes=local_routes(build.get("vpcs", vpc).cidrs()),
                    owner_id=build.account_of(vpc),
                    tags=build.tags(item),
                ),
            )
        _fill(build, key, spec.routes, spec.propagate, item.path, vpc)
    associate(build, key, RouteTableAssociation(subnet_id=item.id))


def associate(build: Build, table: str, new: RouteTableAssociation) -> None:
    """Let a subnet, a gateway or the VPC (main) use a table, and no other (RT1)."""
    vpc = build.get("route_tables", table).vpc_id
    for record in list(build.all("route_tables").values()):
        if record.vpc_id != vpc:
            continue
        kept = tuple(
            a
            for a in record.associations
            if not (
                (new.main and a.main)
                or (new.subnet_id and a.subnet_id == new.subnet_id)
                or (new.gateway_id and a.gateway_id == new.gateway_id)
            )
        )
        if kept != record.associations:
            build.put("route_tables", replace(record, associations=kept))
    record = build.get("route_tables", table)
    build.put("route_tables", replace(record, associations=(*record.associations, new)))


def _remove(build: Build, table: str, text: str, path: Path) -> None:
    record = build.get("route_tables", table)
    destination = _destination(build, text, path)
    kept = tuple(r for r in record.routes if r.destination != destination or r.origin == "CreateRouteTable")
    if kept == record.routes:
        build.fail(path, f"{table} has no such route")
    build.put("route_tables", replace(record, routes=kept))


def _destination(build: Build, text: str, path: Path) -> str:
    if text == "default":
        return "0.0.0.0/0"
    if text.startswith(("pl:", "pl-")):
        return build.find("managed_prefix_lists", text.removeprefix("pl:"), path)
    return build.cidr(text, path)


def _fill(build: Build, key: str, routes: dict[str, Any] | None, propagate: Any, path: Path, vpc: str) -> None:
    """Lay routes into a table; a destination that is there already is replaced."""
    record = build.get("route_tables", key)
    found = {r.destination: r for r in record.routes}
    for text, value in (routes or {}).items():
        here = (*path, "routes", text)
        destination = _destination(build, text, here)
        found[destination] = _route(build, destination, value, here, vpc)
    gateways = list(record.propagating_vgws)
    if propagate:
        here = (*path, "propagate")
        if propagate is True or (propagate == "vgw" and not build.lookup("vpn_gateways", "vgw", vpc)):
            names: tuple[str, ...] = (_only(build, "vpn_gateways", vpc, here),)
        else:
            names = build.find_all("vpn_gateways", propagate, here, vpc)
        for gateway in names:
            gateways = [g for g in gateways if g.gateway_id != gateway] + [PropagatingVgw(gateway_id=gateway)]
            for prefix in _advertised(build, gateway):
                found.setdefault(prefix, _propagated(prefix, gateway))
    elif propagate is False:
        gateways = []
        found = {d: r for d, r in found.items() if r.origin != "EnableVgwRoutePropagation"}
    build.put("route_tables", replace(record, routes=tuple(found.values()), propagating_vgws=tuple(gateways)))


def _propagated(prefix: str, gateway: str) -> Route:
    origin = "EnableVgwRoutePropagation"
    if ":" in prefix:
        return Route(destination_ipv6_cidr_block=prefix, gateway_id=gateway, origin=origin)
    return Route(destination_cidr_block=prefix, gateway_id=gateway, origin=origin)


def _advertised(build: Build, gateway: str) -> list[str]:
    """What the sites behind a virtual private gateway advertise, and static VPN routes (VG3, VG5)."""
    ways = {gateway}
    out: list[str] = []
    for vpn in build.all("vpn_connections").values():
        if vpn.vpn_gateway_id == gateway:
            ways.add(vpn.vpn_connection_id)
            out += [r.destination_cidr_block for r in vpn.routes]
    for association in build.all("direct_connect_gateway_associations").values():
        if association.associated_gateway.id == gateway:
            ways.add(association.direct_connect_gateway_id)
    for site in build.all("sites").values():
        if ways & set(site.attachments):
            out += site.prefixes
    return list(dict.fromkeys(out))


def _route(build: Build, destination: str, value: Any, path: Path, vpc: str) -> Route:
    if not isinstance(value, str):
        value = convert(value, str | RouteSpec, path, build.fail)
    long = RouteSpec(to=value) if isinstance(value, str) else value
    if long.state not in (None, "active", "blackhole"):
        build.fail((*path, "state"), f"{long.state!r} is neither active nor blackhole")
    fields = _target(build, long.to, path, vpc, gone=long.state == "blackhole")
    if destination.startswith("pl-"):
        fields["destination_prefix_list_id"] = destination
    else:
        fields["destination_ipv6_cidr_block" if ":" in destination else "destination_cidr_block"] = destination
    return Route(
        state=long.state or "active",
        origin="EnableVgwRoutePropagation" if long.propagated else "CreateRoute",
        **fields,
    )


def _target(build: Build, text: str, path: Path, vpc: str, *, gone: bool) -> dict[str, str]:
    if text == "local":
        return {"gateway_id": "local"}
    word, colon, name = text.partition(":")
    if colon and word in TARGETS:
        kind, field = TARGETS[word]
        return _fields(build, kind, field, build.find(kind, name, path, vpc))
    found = [(kind, field, key) for kind, field in TARGETS.values() for key in build.lookup(kind, text, vpc)]
    if any(kind == "instances" for kind, _, _ in found):  # its first interface goes by the same name
        found = [row for row in found if row[0] != "network_interfaces"]
    if len(found) == 1:
        return _fields(build, *found[0])
    if found:
        kinds = {kind: word for word, (kind, _) in TARGETS.items()}
        options = " or ".join(f"{kinds[kind]}:{key}" for kind, _, key in found)
        build.fail(path, f"{text} may be {options}")
    if text in TARGETS:
        kind, field = TARGETS[text]
        return _fields(build, kind, field, _only(build, kind, vpc if text in _IN_VPC else "", path))
    for prefix, field in _PREFIXES:
        if text.startswith(prefix) and (gone or field in _UNMODELLED):
            return {field: text}
    known = [n for kind, _ in TARGETS.values() for n in build.known_names(kind)]
    from ..spec import did_you_mean

    return build.fail(path, f"no route target is called {text!r}{did_you_mean(text, known)}")


def _fields(build: Build, kind: str, field: str, key: str) -> dict[str, str]:
    if kind == "instances":
        # AWS prints both for an instance route; only one with a single ENI can be meant (RT11).
        enis = build.get("instances", key).network_interfaces
        if len(enis) == 1:
            return {"instance_id": key, "network_interface_id": enis[0].network_interface_id}
        return {"instance_id": key}
    if kind == "vpc_endpoints" and build.get(kind, key).vpc_endpoint_type == "Gateway":
        return {"gateway_id": key}
    return {field: key}


def _only(build: Build, kind: str, vpc: str, path: Path) -> str:
    """The one thing of a kind (in a VPC), for targets given as ``igw`` or ``tgw``."""
    found = [key for key in build.all(kind) if not vpc or _belongs(build, kind, key, vpc)]
    if len(found) == 1:
        return found[0]
    from .build import THINGS

    if found:
        build.fail(path, f"there are several: {', '.join(sorted(found))}")
    return build.fail(path, f"there is no {THINGS[kind]}" + (f" in {vpc}" if vpc else ""))


def _belongs(build: Build, kind: str, key: str, vpc: str) -> bool:
    record = build.get(kind, key)
    attachments: Any = getattr(record, "attachments", ()) or getattr(record, "vpc_attachments", ())
    return getattr(record, "vpc_id", "") == vpc or any(a.vpc_id == vpc for a in attachments)
