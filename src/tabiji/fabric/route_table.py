"""VPC route tables as longest-prefix tables (data-plane section 2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..estate.route_table import Route, RouteTable
from ..packet.address import PRIVATE_V4, SHARED_V4, V4_ALL, Interval, format_prefix, parse_prefix
from ..packet.ranges import contains, normalise, subtract
from .compiler import Fabric, builds, part_of
from .stage import Drop, Entry, Lpm, Stage, Unknown, partition

if TYPE_CHECKING:
    from ..estate import Estate

Target = Callable[[Fabric, "Source", Route], int]
TARGETS: dict[str, Target] = {}
"""Kind of route target (the id's prefix, or ``local``) -> what it does with the packet."""

NOT_ROUTABLE = (parse_prefix("169.254.168.0/22"), parse_prefix("fd00:ec2::/32"))
"""Never forwarded, whatever the route (RT15)."""
STATIC, PREFIX_LIST, PROPAGATED = 0, 1, 2
"""Order on an identical prefix (RT4)."""


class Source:
    """Where the table is consulted: whose subnet (or which gateway's), which VPC and AZ."""

    __slots__ = ("az", "subnet", "table", "vpc")

    def __init__(self, table: RouteTable, vpc: str, subnet: str = "", az: str = "") -> None:
        self.table = table
        self.vpc = vpc
        self.subnet = subnet
        self.az = az


def target(*prefixes: str) -> Callable[[Target], Target]:
    """Register what routes to ids with these prefixes do."""

    def register(function: Target) -> Target:
        for prefix in prefixes:
            TARGETS[prefix] = function
        return function

    return register


def table_of_subnet(estate: Estate, subnet_id: str) -> str:
    """Explicit association, else the main table (RT1); empty when none is known."""
    subnet = estate.subnets[subnet_id]
    return str(estate.route_table_by_subnet.get(subnet_id) or estate.main_route_tables.get(subnet.vpc_id, ""))


@builds("routes")
def _routes(fabric: Fabric, subnet_id: str) -> Stage:
    """The table a subnet uses (W7)."""
    estate = fabric.estate
    subnet = estate.subnets[subnet_id]
    table_id = table_of_subnet(estate, subnet_id)
    if not table_id:
        return Unknown("unknown.route_tables", subnet_id, ("RT1",), (("subnet", subnet_id),))
    source = Source(estate.route_tables[table_id], subnet.vpc_id, subnet_id, subnet.availability_zone)
    return compile_table(fabric, source)


@builds("routes-of-table")
def _routes_of_table(fabric: Fabric, table_id: str, vpc: str, az: str) -> Stage:
    """A table consulted without a subnet: a regional NAT gateway's (NG14), a gateway's (RT16)."""
    return compile_table(fabric, Source(fabric.estate.route_tables[table_id], vpc, "", az))


def compile_table(fabric: Fabric, source: Source) -> Lpm:
    """Settle equal prefixes, expand prefix lists, point every row at its target."""
    table = source.table
    component = table.route_table_id
    rows: list[tuple[Interval, Entry]] = []
    for prefix, (route, origin) in settle(fabric.estate, table).items():
        rows.append((prefix, _entry(fabric, source, prefix, route, origin)))
    rows.extend(_unsettled(fabric, source))
    missing = fabric.put(Drop("route.none", component, ("RT4",), (("table", component),)))
    rows.extend((prefix, Entry(prefix, missing, "-", "not routable", ("RT15",))) for prefix in NOT_ROUTABLE)
    starts, entries = partition(rows)
    for list_id in missing_lists(fabric.estate, table):
        starts, entries = _veil(fabric, source, list_id, starts, entries)
    return Lpm("route_table", component, starts, entries, missing, ("RT1", "RT4"))


def settle(estate: Estate, table: RouteTable) -> dict[Interval, tuple[Route, int]]:
    """One route for each prefix: static before prefix list before propagated (RT4, RT5, RT7).

    A route more specific than local, or one put in local's place, is a row like any other (RT8, RT9).
    """
    best: dict[Interval, tuple[Route, int]] = {}
    local = [parse_prefix(r.destination) for r in table.routes if r.target == "local" and not _is_list(r)]
    for route in table.routes:
        for prefix in _prefixes(estate, route):
            origin = rank(route)
            if origin == PROPAGATED and any(low <= prefix[0] and prefix[1] <= high for low, high in local):
                continue  # RT7: a propagated route never beats local, however specific
            held = best.get(prefix)
            if held is None or origin < held[1]:
                best[prefix] = (route, origin)
    return best


def rank(route: Route) -> int:
    """Which of two routes with one prefix wins (RT4)."""
    if route.origin in ("EnableVgwRoutePropagation", "Advertisement"):
        return PROPAGATED
    return PREFIX_LIST if _is_list(route) else STATIC


def _is_list(route: Route) -> bool:
    return route.destination.startswith("pl-")


def _prefixes(estate: Estate, route: Route) -> list[Interval]:
    if not _is_list(route):
        return [parse_prefix(route.destination)] if route.destination else []
    return [parse_prefix(c) for c in estate.prefix_list_cidrs.get(route.destination_prefix_list_id, ())]


def _entry(fabric: Fabric, source: Source, prefix: Interval, route: Route, origin: int) -> Entry:
    word = ("static", f"prefix list {route.destination_prefix_list_id}", "propagated")[origin]
    hop = route.target or "?"
    if route.target == "local":
        word = "local"
    facts = ("RT2",) if word == "local" else ("RT5",) if origin == PREFIX_LIST else ("RT4",)
    return Entry(prefix, next_stage(fabric, source, route), hop, word, facts)


def next_stage(fabric: Fabric, source: Source, route: Route) -> int:
    """Where a route leads (W8)."""
    hop = route.target
    table = source.table.route_table_id
    params = (("table", table), ("destination", route.destination), ("target", hop))
    if route.state == "blackhole":
        # RT13 is an inference, so it can be switched to "unknown".
        if fabric.estate.switch("RT13", "drop") == "drop":
            return fabric.put(Drop("route.blackhole", table, ("RT12", "RT13"), params))
        return fabric.put(Unknown("unknown.blackhole", table, ("RT13",), params))
    if route.state not in ("active", ""):
        return fabric.put(Unknown("unknown.route_state", table, ("RT12",), (*params, ("state", route.state))))
    kind = "local" if hop == "local" else hop.split("-", 1)[0]
    if hop.startswith("arn:"):
        kind = "core-network" if ":networkmanager:" in hop else "odb"
    if kind not in TARGETS:
        part_of(kind)
    builder = TARGETS.get(kind)
    if builder is None:
        return fabric.put(Unknown("unknown.target_kind", table, ("RT11",), params))
    return builder(fabric, source, route)


def _unsettled(fabric: Fabric, source: Source) -> list[tuple[Interval, Entry]]:
    """Overlaps of two prefix lists with different targets: AWS picks one at random (RT6)."""
    listed: list[tuple[Interval, Route]] = []
    for route in source.table.routes:
        if _is_list(route):
            if route.destination_prefix_list_id not in fabric.estate.prefix_list_cidrs:
                # Entries nobody collected could cover anything: say so where nothing else matches.
                continue
            listed.extend((prefix, route) for prefix in _prefixes(fabric.estate, route))
    out: list[tuple[Interval, Entry]] = []
    fixed = {parse_prefix(r.destination) for r in source.table.routes if r.destination and rank(r) == STATIC}
    for i, (a, one) in enumerate(listed):
        for b, two in listed[i + 1 :]:
            low, high = max(a[0], b[0]), min(a[1], b[1])
            if low <= high and one.target != two.target and (low, high) not in fixed:
                lists = f"{one.destination_prefix_list_id}, {two.destination_prefix_list_id}"
                params = (
                    ("table", source.table.route_table_id),
                    ("lists", lists),
                    ("prefix", format_prefix((low, high))),
                )
                stage = fabric.put(
                    Unknown("unknown.prefix_list_overlap", source.table.route_table_id, ("RT6",), params)
                )
                out.append(((low, high), Entry((low, high), stage, f"{one.target} | {two.target}", lists, ("RT6",))))
    return out


def missing_lists(estate: Estate, table: RouteTable) -> tuple[str, ...]:
    """Prefix lists a table names whose entries were not collected."""
    return tuple(
        r.destination_prefix_list_id
        for r in table.routes
        if _is_list(r) and r.destination_prefix_list_id not in estate.prefix_list_cidrs
    )


def _veil(
    fabric: Fabric, source: Source, list_id: str, starts: list[int], entries: list[Entry | None]
) -> tuple[list[int], list[Entry | None]]:
    """A list nobody collected could hold any destination that is not local; AWS's own lists only public ones."""
    estate, table = fabric.estate, source.table
    hop = next((r.target for r in table.routes if r.destination_prefix_list_id == list_id), "")
    managed = hop.startswith("vpce-") or estate.prefix_list_names.get(list_id, "").startswith("com.amazonaws.")
    veiled = subtract((V4_ALL,), normalise((*PRIVATE_V4, SHARED_V4))) if managed else (V4_ALL,)
    params = (("table", table.route_table_id), ("list", list_id))
    stage = fabric.put(Unknown("unknown.prefix_list", list_id, ("RT5",), params))
    bounds = sorted({*starts, *(low for low, _ in veiled), *(high + 1 for _, high in veiled)})
    held = Lpm("", "", starts, entries, -1)
    out: list[Entry | None] = []
    for start in bounds:
        entry = held.find(start)
        local = entry is not None and entry.origin == "local"
        if contains(veiled, start) and not local:
            entry = Entry((start, start), stage, hop or list_id, f"prefix list {list_id}", ("RT5",))
        out.append(entry)
    return bounds, out


@target("local")
def _local(fabric: Fabric, source: Source, route: Route) -> int:
    """RT2: straight to whoever owns the address in this VPC."""
    from .network_interface import select_in_vpc

    return select_in_vpc(fabric, source.vpc)


@target("lgw", "cagw", "odb")
def _opaque(fabric: Fabric, source: Source, route: Route) -> int:
    """Known to exist, not walked through (RT22)."""
    params = (("table", source.table.route_table_id), ("destination", route.destination), ("target", route.target))
    return fabric.put(Unknown("unknown.opaque_gateway", route.target, ("RT22",), params))
