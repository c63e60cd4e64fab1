"""The estate: tables of records by id, and the indexes the floors above need.

An estate is immutable.  ``with_changes`` gives another one that shares every
table and index the change does not touch, so that what-if and fixes are cheap
on large estates too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from ..packet.address import Interval, parse_address, parse_prefix
from ..packet.ranges import Ranges, normalise
from .coverage import Coverage, Problem, Scope
from .kinds import BY_NAME, KINDS, record_id
from .record import name_of

if TYPE_CHECKING:  # records load when a table of theirs is filled
    from .hosted_zone import HostedZone
    from .instance import Instance
    from .nat_gateway import NatGateway
    from .network_acl import NetworkAcl
    from .network_interface import NetworkInterface
    from .peering import VpcPeeringConnection
    from .route_table import RouteTable
    from .security_group import SecurityGroup
    from .site import Host, PublicHost, Site
    from .subnet import Subnet
    from .transit_gateway import (
        TransitGateway,
        TransitGatewayAttachment,
        TransitGatewayVpcAttachment,
    )
    from .vpc import Vpc
    from .vpc_endpoint import VpcEndpoint

T = TypeVar("T")
Table = Mapping[str, Any]


class Change(msgspec.Struct, frozen=True, gc=False):
    """Put ``record`` into ``kind`` under ``id``; None takes it out."""

    kind: str
    id: str
    record: Any = None


class _Index:
    """A lazily built index that depends on some kinds; shared by estates in which those are the same."""

    def __init__(self, *kinds: str) -> None:
        self.kinds = kinds
        self.build: Callable[[Any], Any] = lambda estate: None
        self.name = ""

    def __call__(self, build: Callable[[Any], T]) -> _Index:
        self.build = build
        self.name = build.__name__
        self.__doc__ = build.__doc__
        return self

    def __get__(self, estate: Any, owner: Any = None) -> Any:
        if estate is None:
            return self
        cache = estate._indexes
        if self.name not in cache:
            cache[self.name] = (self.kinds, self.build(estate))
        return cache[self.name][1]


class Estate:
    """All tables, where each record came from, what was collected, what was odd."""

    def __init__(
        self,
        tables: Mapping[str, Table],
        scopes: Mapping[str, Scope] | None = None,
        coverage: Coverage | None = None,
        problems: Iterable[Problem] = (),
        source: str = "",
    ) -> None:
        unknown = set(tables) - set(BY_NAME)
        if unknown:
            raise KeyError(f"no such kind: {', '.join(sorted(unknown))}")
        self.tables: dict[str, Table] = {kind.name: tables.get(kind.name, {}) for kind in KINDS}
        self._scopes = scopes or {}
        self.coverage = coverage or Coverage()
        self.problems = tuple(problems)
        self.source = source
        self._indexes: dict[str, tuple[tuple[str, ...], Any]] = {}

    @classmethod
    def of(cls, **records: Iterable[Any]) -> Estate:
        """An estate from records: ``Estate.of(vpcs=[...], subnets=[...])``."""
        return cls({name: {record_id(BY_NAME[name], r): r for r in rows} for name, rows in records.items()})

    def with_changes(self, changes: Iterable[Change], scopes: Mapping[str, Scope] | None = None) -> Estate:
        """Another estate with the changes applied; ``scopes`` places new resources."""
        tables = dict(self.tables)
        touched: set[str] = set()
        for change in changes:
            if change.kind not in touched:
                tables[change.kind] = dict(tables[change.kind])
                touched.add(change.kind)
            table: Any = tables[change.kind]
            if change.record is None:
                table.pop(change.id, None)
            else:
                table[change.id] = change.record
        places = {**self._scopes, **scopes} if scopes else self._scopes
        out = Estate(tables, places, self.coverage, self.problems, self.source)
        out._indexes = {name: entry for name, entry in self._indexes.items() if touched.isdisjoint(entry[0])}
        return out

    def __getattr__(self, name: str) -> Table:
        if name.startswith("_") or name not in BY_NAME:
            raise AttributeError(name)
        return self.tables[name]

    # Tables that are used most, typed.
    @property
    def vpcs(self) -> Mapping[str, Vpc]:
        """VPCs by id."""
        return self.tables["vpcs"]

    @property
    def subnets(self) -> Mapping[str, Subnet]:
        """Subnets by id."""
        return self.tables["subnets"]

    @property
    def network_interfaces(self) -> Mapping[str, NetworkInterface]:
        """ENIs by id."""
        return self.tables["network_interfaces"]

    @property
    def instances(self) -> Mapping[str, Instance]:
        """Instances by id."""
        return self.tables["instances"]

    @property
    def security_groups(self) -> Mapping[str, SecurityGroup]:
        """Security groups by id."""
        return self.tables["security_groups"]

    @property
    def network_acls(self) -> Mapping[str, NetworkAcl]:
        """Network ACLs by id."""
        return self.tables["network_acls"]

    @property
    def route_tables(self) -> Mapping[str, RouteTable]:
        """VPC route tables by id."""
        return self.tables["route_tables"]

    @property
    def nat_gateways(self) -> Mapping[str, NatGateway]:
        """NAT gateways by id."""
        return self.tables["nat_gateways"]

    @property
    def peerings(self) -> Mapping[str, VpcPeeringConnection]:
        """Peering connections by id."""
        return self.tables["peerings"]

    @property
    def transit_gateways(self) -> Mapping[str, TransitGateway]:
        """TGWs by id."""
        return self.tables["transit_gateways"]

    @property
    def tgw_attachments(self) -> Mapping[str, TransitGatewayAttachment]:
        """TGW attachments of every type by id."""
        return self.tables["tgw_attachments"]

    @property
    def tgw_vpc_attachments(self) -> Mapping[str, TransitGatewayVpcAttachment]:
        """TGW VPC attachments by attachment id."""
        return self.tables["tgw_vpc_attachments"]

    @property
    def vpc_endpoints(self) -> Mapping[str, VpcEndpoint]:
        """VPC endpoints by id."""
        return self.tables["vpc_endpoints"]

    @property
    def hosted_zones(self) -> Mapping[str, HostedZone]:
        """Hosted zones by id."""
        return self.tables["hosted_zones"]

    @property
    def sites(self) -> Mapping[str, Site]:
        """Sites by name, written and implied."""
        sites: Mapping[str, Site] = self.known_sites
        return sites

    @property
    def hosts(self) -> Mapping[str, Host]:
        """Hosts by name."""
        return self.tables["hosts"]

    @property
    def public_hosts(self) -> Mapping[str, PublicHost]:
        """Servers on the Internet by address."""
        return self.tables["public_hosts"]

    # Where things are.
    def scope_of(self, resource_id: str) -> Scope:
        """Account and Region a resource was collected in (empty when not known)."""
        return self._scopes.get(resource_id, Scope())

    def region_of(self, vpc_id: str) -> str:
        """Region of a VPC, from the snapshot or from the AZ of one of its subnets."""
        scope = self._scopes.get(vpc_id)
        if scope is not None and scope.region:
            return scope.region
        return str(self.region_by_vpc.get(vpc_id, ""))

    def account_of(self, vpc_id: str) -> str:
        """Owner account of a VPC."""
        vpc = self.vpcs.get(vpc_id)
        return (vpc.owner_id if vpc else "") or self.scope_of(vpc_id).account

    def switch(self, fact: str, default: str) -> str:
        """The user's setting for an uncertain fact, or the default."""
        entry = self.tables["switches"].get(fact)
        return entry.value if entry is not None else default

    def name(self, resource_id: str) -> str:
        """The Name tag of a resource, or nothing."""
        return str(self.tag_names.get(resource_id, ""))

    def memo(self, name: str, kinds: tuple[str, ...], build: Callable[[Estate], T]) -> T:
        """An index of a higher floor: built once, kept (by changed estates too) while those kinds stay the same."""
        entry = self._indexes.get(name)
        if entry is None:
            entry = self._indexes[name] = (kinds, build(self))
        found: T = entry[1]
        return found

    # Indexes.
    @_Index("subnets", "availability_zones")
    def region_by_vpc(self) -> dict[str, str]:
        """VPC -> Region, told by the AZ names of its subnets."""
        regions = {z.zone_name: z.region_name for z in self.availability_zones.values() if z.region_name}
        out: dict[str, str] = {}
        for subnet in self.subnets.values():
            zone = subnet.availability_zone
            if zone and subnet.vpc_id not in out:
                out[subnet.vpc_id] = regions.get(zone) or zone.rstrip("abcdefghijklmnopqrstuvwxyz")
        return out

    @_Index(*(kind.name for kind in KINDS))
    def tag_names(self) -> dict[str, str]:
        """Resource id -> Name tag, for everything that has one."""
        out: dict[str, str] = {}
        for table in self.tables.values():
            for resource_id, record in table.items():
                tags = getattr(record, "tags", None) or getattr(record, "tag_set", None)
                if tags:
                    name = name_of(tags)
                    if name:
                        out[resource_id] = name
        return out

    @_Index(*(kind.name for kind in KINDS))
    def ids_by_name(self) -> dict[str, tuple[str, ...]]:
        """Name tag -> ids that carry it."""
        out: dict[str, list[str]] = {}
        for resource_id, name in self.tag_names.items():
            out.setdefault(name, []).append(resource_id)
        return {name: tuple(ids) for name, ids in out.items()}

    @_Index("vpcs")
    def vpc_ranges(self) -> dict[str, Ranges]:
        """VPC -> all its CIDRs as one set (RT2)."""
        return {vpc_id: normalise(parse_prefix(cidr) for cidr in vpc.cidrs()) for vpc_id, vpc in self.vpcs.items()}

    @_Index("subnets")
    def subnet_prefixes(self) -> dict[str, tuple[Interval, ...]]:
        """Subnet -> its CIDRs."""
        return {i: tuple(parse_prefix(c) for c in s.cidrs()) for i, s in self.subnets.items()}

    @_Index("subnets")
    def subnets_by_vpc(self) -> dict[str, tuple[str, ...]]:
        """VPC -> subnet ids."""
        return _group((s.vpc_id, i) for i, s in self.subnets.items())

    @_Index("network_interfaces")
    def eni_by_address(self) -> dict[str, dict[int, str]]:
        """VPC -> private address (v4 and v6) -> ENI id.  ENIs that are going away do not count."""
        out: dict[str, dict[int, str]] = {}
        for eni_id, eni in self.network_interfaces.items():
            owned = out.setdefault(eni.vpc_id, {})
            for text in eni.private_v4():
                owned[parse_address(text)] = eni_id
            for six in eni.ipv6_addresses:
                owned[parse_address(six.ipv6_address)] = eni_id
        return out

    @_Index("network_interfaces")
    def eni_prefixes(self) -> dict[str, tuple[tuple[Interval, str], ...]]:
        """VPC -> delegated prefixes and the ENI each belongs to (W3)."""
        rows: list[tuple[str, tuple[Interval, str]]] = []
        for eni_id, eni in self.network_interfaces.items():
            for four in eni.ipv4_prefixes:
                rows.append((eni.vpc_id, (parse_prefix(four.ipv4_prefix), eni_id)))
            for six in eni.ipv6_prefixes:
                rows.append((eni.vpc_id, (parse_prefix(six.ipv6_prefix), eni_id)))
        return _group(rows)

    @_Index("network_interfaces")
    def enis_by_group(self) -> dict[str, tuple[str, ...]]:
        """Security group -> ENIs that wear it."""
        return _group((g.group_id, i) for i, e in self.network_interfaces.items() for g in e.groups)

    @_Index("security_group_rules")
    def rules_by_group(self) -> dict[str, tuple[Any, ...]]:
        """Security group -> its rules as records of their own, where collected."""
        return _group((r.group_id, r) for r in self.security_group_rules.values())

    @_Index("network_interfaces")
    def enis_by_subnet(self) -> dict[str, tuple[str, ...]]:
        """Subnet -> ENI ids."""
        return _group((e.subnet_id, i) for i, e in self.network_interfaces.items())

    @_Index("network_interfaces", "nat_gateways", "elastic_ips")
    def public_addresses(self) -> dict[int, tuple[str, int]]:
        """Public IPv4 -> (ENI id, private address) (IG3)."""
        out: dict[int, tuple[str, int]] = {}
        for eni_id, eni in self.network_interfaces.items():
            for private, public in eni.public_pairs():
                out[parse_address(public)] = (eni_id, parse_address(private))
        for nat in self.nat_gateways.values():
            if nat.state != "available":
                continue
            for pair in nat.nat_gateway_addresses:
                if pair.public_ip and pair.private_ip and pair.network_interface_id:
                    out.setdefault(
                        parse_address(pair.public_ip), (pair.network_interface_id, parse_address(pair.private_ip))
                    )
        for eip in self.elastic_ips.values():
            if eip.network_interface_id and eip.private_ip_address:
                out.setdefault(
                    parse_address(eip.public_ip), (eip.network_interface_id, parse_address(eip.private_ip_address))
                )
        return out

    @_Index("network_interfaces", "instances")
    def instance_by_eni(self) -> dict[str, str]:
        """ENI -> instance id."""
        out = {
            i: e.attachment.instance_id
            for i, e in self.network_interfaces.items()
            if e.attachment is not None and e.attachment.instance_id
        }
        for instance_id, instance in self.instances.items():
            for eni in instance.network_interfaces:
                out.setdefault(eni.network_interface_id, instance_id)
        return out

    @_Index("network_interfaces", "instances")
    def enis_by_instance(self) -> dict[str, tuple[str, ...]]:
        """Instance -> its ENIs that the estate holds."""
        owned = self.instance_by_eni.items()
        return _group((instance, eni) for eni, instance in owned if eni in self.network_interfaces)

    @_Index("resolver_endpoints")
    def resolver_by_address(self) -> dict[tuple[str, str], str]:
        """(VPC, address) -> Resolver endpoint (names 2.7)."""
        return {
            (e.host_vpc_id, address): i
            for i, e in self.resolver_endpoints.items()
            for row in e.ip_addresses
            for address in (row.ip, row.ipv6)
            if address
        }

    @_Index("nat_gateways")
    def nat_by_eni(self) -> dict[str, str]:
        """ENI -> NAT gateway id."""
        return {
            a.network_interface_id: i
            for i, n in self.nat_gateways.items()
            if n.state == "available"
            for a in n.nat_gateway_addresses
            if a.network_interface_id
        }

    @_Index("vpc_endpoints")
    def endpoint_by_eni(self) -> dict[str, str]:
        """ENI -> VPC endpoint id."""
        return {eni: i for i, e in self.vpc_endpoints.items() for eni in e.network_interface_ids}

    @_Index("vpc_endpoints")
    def endpoints_by_vpc(self) -> dict[str, tuple[str, ...]]:
        """VPC -> endpoint ids."""
        return _group((e.vpc_id, i) for i, e in self.vpc_endpoints.items())

    @_Index("route_tables")
    def route_table_by_subnet(self) -> dict[str, str]:
        """Subnet -> explicitly associated table (RT1)."""
        return {
            a.subnet_id: i
            for i, t in self.route_tables.items()
            for a in t.associations
            if a.subnet_id and a.association_state.state in ("associated", "associating")
        }

    @_Index("route_tables")
    def main_route_tables(self) -> dict[str, str]:
        """VPC -> main route table (RT1)."""
        return {t.vpc_id: i for i, t in self.route_tables.items() for a in t.associations if a.main}

    @_Index("route_tables")
    def route_table_by_gateway(self) -> dict[str, str]:
        """IGW or VGW -> its gateway (edge) route table (RT16)."""
        return {a.gateway_id: i for i, t in self.route_tables.items() for a in t.associations if a.gateway_id}

    @_Index("network_acls")
    def nacl_by_subnet(self) -> dict[str, str]:
        """Subnet -> network ACL (NA1)."""
        return {a.subnet_id: i for i, n in self.network_acls.items() for a in n.associations}

    @_Index("network_acls")
    def default_nacls(self) -> dict[str, str]:
        """VPC -> default network ACL."""
        return {n.vpc_id: i for i, n in self.network_acls.items() if n.is_default}

    @_Index("internet_gateways")
    def igw_by_vpc(self) -> dict[str, str]:
        """VPC -> attached internet gateway."""
        return {
            a.vpc_id: i
            for i, g in self.internet_gateways.items()
            for a in g.attachments
            if a.vpc_id and a.state in ("available", "attached")
        }

    @_Index("vpn_gateways")
    def vgw_by_vpc(self) -> dict[str, str]:
        """VPC -> attached virtual private gateway."""
        return {
            a.vpc_id: i
            for i, g in self.vpn_gateways.items()
            if g.state in ("available", "")
            for a in g.vpc_attachments
            if a.vpc_id and a.state in ("attached", "available")
        }

    @_Index("tgw_attachments", "tgw_vpc_attachments")
    def attachments_by_tgw(self) -> dict[str, tuple[str, ...]]:
        """TGW -> attachment ids."""
        rows = {(a.transit_gateway_id, i): None for i, a in self.tgw_attachments.items()}
        rows |= {(a.transit_gateway_id, i): None for i, a in self.tgw_vpc_attachments.items()}
        return _group(rows)

    @_Index("tgw_vpc_attachments")
    def vpc_attachments_by_vpc(self) -> dict[str, tuple[str, ...]]:
        """VPC -> ids of its living TGW attachments."""
        return _group(
            (a.vpc_id, i) for i, a in self.tgw_vpc_attachments.items() if a.state in ("available", "modifying")
        )

    @_Index("tgw_attachments", "tgw_associations")
    def tgw_table_by_attachment(self) -> dict[str, str]:
        """Attachment -> associated TGW route table (TG1)."""
        out = {
            i: a.association.transit_gateway_route_table_id
            for i, a in self.tgw_attachments.items()
            if a.association is not None
            and a.association.transit_gateway_route_table_id
            and a.association.state in ("associated", "associating")
        }
        for table_id, rows in self.tgw_associations.items():
            for entry in rows.associations:
                if entry.state in ("associated", "associating"):
                    out.setdefault(entry.transit_gateway_attachment_id, table_id)
        return out

    @_Index("prefix_lists", "prefix_list_entries")
    def prefix_list_cidrs(self) -> dict[str, tuple[str, ...]]:
        """Prefix list -> its CIDRs; lists whose entries were not collected are missing."""
        out = {i: p.cidrs for i, p in self.prefix_lists.items()}
        for i, entries in self.prefix_list_entries.items():
            out[i] = tuple(e.cidr for e in entries.entries)
        return out

    @_Index("prefix_lists", "managed_prefix_lists")
    def prefix_list_names(self) -> dict[str, str]:
        """Prefix list -> its name (``com.amazonaws.<region>.s3``)."""
        out = {i: p.prefix_list_name for i, p in self.managed_prefix_lists.items()}
        out |= {i: p.prefix_list_name for i, p in self.prefix_lists.items()}
        return out

    @_Index(
        "sites",
        "vpn_connections",
        "direct_connect_gateway_associations",
        "route_tables",
        "tgw_routes",
    )
    def known_sites(self) -> dict[str, Site]:
        """Written sites, and those a snapshot's VPN and Direct Connect routes imply."""
        written = dict(self.tables["sites"])
        if self.coverage.complete:
            return written
        from .implied import implied_sites

        claimed = frozenset(way for site in written.values() for way in site.attachments)
        return written | implied_sites(self, claimed)

    @_Index("hosts")
    def host_by_eni(self) -> dict[str, str]:
        """ENI -> host name."""
        return {h.eni: n for n, h in self.hosts.items() if h.eni}

    @_Index("hosts")
    def site_hosts(self) -> dict[str, dict[int, str]]:
        """Site -> address -> host name."""
        out: dict[str, dict[int, str]] = {}
        for name, host in self.hosts.items():
            if host.site and host.address:
                out.setdefault(host.site, {})[parse_address(host.address)] = name
        return out


def _group(rows: Iterable[tuple[str, T]]) -> dict[str, tuple[T, ...]]:
    out: dict[str, list[T]] = {}
    for key, value in rows:
        out.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in out.items()}
