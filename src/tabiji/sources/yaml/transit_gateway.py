"""Transit gateways with their attachments and route tables, and peerings between them."""

from typing import Any

from msgspec.structs import replace

from ...estate.network_interface import EniAddress, NetworkInterface
from ...estate.record import Tag
from ...estate.transit_gateway import (
    AttachmentAssociation,
    PeeringTgwInfo,
    TgwAssociationEntry,
    TgwPropagationEntry,
    TgwRoute,
    TgwRouteAttachment,
    TransitGateway,
    TransitGatewayAssociations,
    TransitGatewayAttachment,
    TransitGatewayConnect,
    TransitGatewayOptions,
    TransitGatewayPeeringAttachment,
    TransitGatewayPropagations,
    TransitGatewayRoutes,
    TransitGatewayRouteTable,
    TransitGatewayVpcAttachment,
    VpcAttachmentOptions,
)
from ..spec import Names, Path, Spec, many
from .build import Build, Item


class AttachmentSpec(Spec):
    """An attachment; its key names the VPC unless another field does."""

    id: str | None = None
    vpc: str | None = None
    subnets: Names = None
    """One an AZ; of the VPC's subnets, the first in each AZ when not said."""
    appliance_mode: bool | None = None
    dns_support: bool | None = None
    ipv6: bool | None = None
    sg_referencing: bool | None = None
    table: bool | str | None = None
    """Associated TGW route table; the default table when not said, none for false."""
    propagate_to: bool | str | list[str] | None = None
    vpn: str | None = None
    dx: str | None = None
    connect: str | None = None
    """Transport attachment of a Connect attachment (TG16)."""
    state: str | None = None


class TgwTableSpec(Spec):
    """A TGW route table; routes: CIDR or ``pl:name`` -> attachment or ``blackhole``."""

    id: str | None = None
    associate: Names = None
    propagate: Names = None
    routes: dict[str, str] | None = None
    remove_routes: Names = None
    remove_propagate: Names = None


class TransitGatewaySpec(Spec):
    """A TGW.  As AWS makes it, attachments associate with and propagate to a default table."""

    id: str | None = None
    account: str | None = None
    region: str | None = None
    default_association: bool | None = None
    default_propagation: bool | None = None
    dns_support: bool | None = None
    sg_referencing: bool | None = None
    vpn_ecmp: bool | None = None
    cidrs: Names = None
    state: str | None = None
    attachments: dict[str, AttachmentSpec | list[str]] | list[str] | None = None
    """Name -> attachment, name -> subnets, or only names of VPCs."""
    route_tables: dict[str, TgwTableSpec] | None = None


class TgwPeeringSpec(Spec):
    """A peering between two TGWs (TG4)."""

    id: str | None = None
    tgws: list[str] = []
    state: str | None = None


def _onoff(value: bool | None, default: str) -> str:
    return default if value is None else "enable" if value else "disable"


def _attachments(spec: TransitGatewaySpec) -> dict[str, AttachmentSpec]:
    """All three ways of writing them as one."""
    said = spec.attachments or {}
    if isinstance(said, list):
        said = {name: AttachmentSpec() for name in said}
    return {n: AttachmentSpec(subnets=a) if isinstance(a, list) else a for n, a in said.items()}


def _tail(item: Item) -> str:
    return item.name.removeprefix("tgw-")


def declare_transit_gateways(build: Build, items: list[Item]) -> None:
    """Ids and names of TGWs, attachments and tables."""
    for item in items:
        spec: TransitGatewaySpec = item.spec
        tgw = build.declare(
            "transit_gateways", "tgw", item, account=spec.account or build.account, region=spec.region or build.region
        )
        home = build.scopes.get(tgw)
        where = {"account": home.account, "region": home.region} if home else {}
        for name, attachment in _attachments(spec).items():
            if not build.lookup("tgw_attachments", name):
                key = attachment.id or build.invent("tgw-attach", name, _tail(item))
                build.register("tgw_attachments", key, name, "", item.path, **where)
        if item.old is None and spec.default_association is not False:
            key = build.invent("tgw-rtb", "default", _tail(item))
            build.register("tgw_route_tables", key, "default", tgw, item.path, **where)
        for name, table in (spec.route_tables or {}).items():
            if not build.lookup("tgw_route_tables", name, tgw):
                key = table.id or build.invent("tgw-rtb", name, _tail(item))
                build.register("tgw_route_tables", key, name, tgw, item.path, **where)


def build_transit_gateways(build: Build, items: list[Item]) -> None:
    """TGWs and tables first, then attachments; routes wait for VPN, Direct Connect and peering attachments."""
    for item in items:
        _gateway(build, item)
    for item in items:
        for name, attachment in _attachments(item.spec).items():
            _attachment(build, item, name, attachment, (*item.path, "attachments", name))
    build.after("direct_connect_gateways", lambda: _tables(build, items))


def _tables(build: Build, items: list[Item]) -> None:
    for item in items:
        for name, table in (item.spec.route_tables or {}).items():
            _fill(build, item, name, table, (*item.path, "route_tables", name))


def _gateway(build: Build, item: Item) -> None:
    spec: TransitGatewaySpec = item.spec
    old: TransitGateway | None = item.old
    options = old.options if old is not None else TransitGatewayOptions()
    options = replace(
        options,
        default_route_table_association=_onoff(spec.default_association, options.default_route_table_association),
        default_route_table_propagation=_onoff(spec.default_propagation, options.default_route_table_propagation),
        dns_support=_onoff(spec.dns_support, options.dns_support),
        vpn_ecmp_support=_onoff(spec.vpn_ecmp, options.vpn_ecmp_support),
        security_group_referencing_support=_onoff(spec.sg_referencing, options.security_group_referencing_support),
        transit_gateway_cidr_blocks=options.transit_gateway_cidr_blocks if spec.cidrs is None else many(spec.cidrs),
    )
    if old is None:
        default = build.invent("tgw-rtb", "default", _tail(item))
        associates = options.default_route_table_association == "enable"
        propagates = options.default_route_table_propagation == "enable"
        if associates or propagates:
            _table_record(build, item.id, default, "default", associates=associates, propagates=propagates)
        options = replace(
            options,
            association_default_route_table_id=default if associates else "",
            propagation_default_route_table_id=default if propagates else "",
        )
        old = TransitGateway(transit_gateway_id=item.id, owner_id=build.account_of(item.id), tags=build.tags(item))
    build.put("transit_gateways", replace(old, options=options, state=spec.state or old.state))
    for name in spec.route_tables or {}:
        key = build.find("tgw_route_tables", name, item.path, item.id)
        if build.get("tgw_route_tables", key) is None:
            _table_record(build, item.id, key, name)


def _table_record(
    build: Build, tgw: str, key: str, name: str, *, associates: bool = False, propagates: bool = False
) -> None:
    build.put(
        "tgw_route_tables",
        TransitGatewayRouteTable(
            transit_gateway_route_table_id=key,
            transit_gateway_id=tgw,
            default_association_route_table=associates,
            default_propagation_route_table=propagates,
            tags=(Tag(key="Name", value=name),),
        ),
    )
    build.put("tgw_associations", TransitGatewayAssociations(transit_gateway_route_table_id=key))
    build.put("tgw_propagations", TransitGatewayPropagations(transit_gateway_route_table_id=key))
    build.put("tgw_routes", TransitGatewayRoutes(transit_gateway_route_table_id=key))


def _attachment(build: Build, item: Item, name: str, spec: AttachmentSpec, path: Path) -> None:
    key = build.find("tgw_attachments", name, path)
    held = build.get("tgw_attachments", key)
    vpc_held = build.get("tgw_vpc_attachments", key)
    resource = "vpc"
    if held is None:
        resource, resource_id = _resource(build, name, spec, path)
        if resource == "vpc":
            _vpc_attachment(build, item.id, key, name, resource_id, spec, path)
        elif resource == "connect":
            build.put(
                "tgw_connects",
                TransitGatewayConnect(
                    transit_gateway_attachment_id=key,
                    transport_transit_gateway_attachment_id=resource_id,
                    transit_gateway_id=item.id,
                ),
            )
        attach(build, item.id, key, resource, resource_id, name, state=spec.state or "available")
        defaults(build, item.id, key, association=spec.table is None, propagation=spec.propagate_to is None)
    else:
        if vpc_held is not None:
            options = _options(spec, vpc_held.options)
            subnets = vpc_held.subnet_ids
            if spec.subnets is not None:
                subnets = _one_an_az(build, spec.subnets, (*path, "subnets"), vpc_held.vpc_id)
                _enis(build, key, name, tuple(s for s in subnets if s not in vpc_held.subnet_ids), path)
            state = spec.state or vpc_held.state
            build.put("tgw_vpc_attachments", replace(vpc_held, options=options, subnet_ids=subnets, state=state))
        if spec.state is not None:
            build.put("tgw_attachments", replace(held, state=spec.state))
    if isinstance(spec.table, str):
        associate(build, build.find("tgw_route_tables", spec.table, (*path, "table"), item.id), key)
    elif spec.table is False:
        dissociate(build, key)
    if spec.propagate_to is not None and not isinstance(spec.propagate_to, bool):
        here = (*path, "propagate_to")
        for table in build.find_all("tgw_route_tables", spec.propagate_to, here, item.id):
            propagate(build, table, key)


def _resource(build: Build, name: str, spec: AttachmentSpec, path: Path) -> tuple[str, str]:
    said = [k for k in ("vpc", "vpn", "dx", "connect") if getattr(spec, k) is not None]
    if len(said) > 1:
        build.fail(path, f"{' and '.join(said)} exclude each other")
    if spec.vpn is not None:
        return "vpn", build.find("vpn_connections", spec.vpn, (*path, "vpn"))
    if spec.dx is not None:
        return "direct-connect-gateway", build.find("direct_connect_gateways", spec.dx, (*path, "dx"))
    if spec.connect is not None:
        return "connect", build.find("tgw_attachments", spec.connect, (*path, "connect"))
    if not said:
        for kind, resource in (("vpn_connections", "vpn"), ("direct_connect_gateways", "direct-connect-gateway")):
            found = build.lookup(kind, name)
            if len(found) == 1 and not build.lookup("vpcs", name):
                return resource, found[0]
    return "vpc", build.find("vpcs", spec.vpc or name, (*path, "vpc") if spec.vpc else path)


def attached(build: Build, tgw: str, resource_id: str) -> bool:
    """Has the TGW an attachment for this resource already?"""
    return any(
        a.transit_gateway_id == tgw and a.resource_id == resource_id for a in build.all("tgw_attachments").values()
    )


def attach(
    build: Build, tgw: str, key: str, resource: str, resource_id: str, name: str, *, state: str = "available"
) -> None:
    """The record every kind of attachment has."""
    build.put(
        "tgw_attachments",
        TransitGatewayAttachment(
            transit_gateway_attachment_id=key,
            transit_gateway_id=tgw,
            resource_type=resource,
            resource_id=resource_id,
            resource_owner_id=build.account_of(resource_id),
            state=state,
            tags=(Tag(key="Name", value=name),),
        ),
    )


def defaults(build: Build, tgw: str, key: str, *, association: bool = True, propagation: bool = True) -> None:
    """What AWS does on its own with a new attachment, as far as the TGW's options say so."""
    options = build.get("transit_gateways", tgw).options
    if association and options.association_default_route_table_id:
        associate(build, options.association_default_route_table_id, key)
    if propagation and options.propagation_default_route_table_id:
        propagate(build, options.propagation_default_route_table_id, key)


def _options(spec: AttachmentSpec, held: VpcAttachmentOptions) -> VpcAttachmentOptions:
    return VpcAttachmentOptions(
        dns_support=_onoff(spec.dns_support, held.dns_support),
        ipv6_support=_onoff(spec.ipv6, held.ipv6_support),
        appliance_mode_support=_onoff(spec.appliance_mode, held.appliance_mode_support),
        security_group_referencing_support=_onoff(spec.sg_referencing, held.security_group_referencing_support),
    )


def _one_an_az(build: Build, names: Names, path: Path, vpc: str) -> tuple[str, ...]:
    """TG5: one subnet an AZ."""
    keys = build.find_all("subnets", names, path, vpc)
    zones: dict[str, str] = {}
    for key in keys:
        zone = build.get("subnets", key).availability_zone
        if zone in zones:
            build.fail(path, f"{key} and {zones[zone]} are both in {zone}; an attachment has one subnet an AZ")
        zones[zone] = key
    return keys


def _vpc_attachment(build: Build, tgw: str, key: str, name: str, vpc: str, spec: AttachmentSpec, path: Path) -> None:
    if spec.subnets is not None:
        subnets = _one_an_az(build, spec.subnets, (*path, "subnets"), vpc)
    else:
        first: dict[str, str] = {}
        for subnet_id, subnet in build.all("subnets").items():
            if subnet.vpc_id == vpc:
                first.setdefault(subnet.availability_zone, subnet_id)
        subnets = tuple(first.values())
    if not subnets:
        build.fail(path, f"{vpc} has no subnet to attach")
    build.put(
        "tgw_vpc_attachments",
        TransitGatewayVpcAttachment(
            transit_gateway_attachment_id=key,
            transit_gateway_id=tgw,
            vpc_id=vpc,
            subnet_ids=subnets,
            state=spec.state or "available",
            options=_options(spec, VpcAttachmentOptions()),
            tags=(Tag(key="Name", value=name),),
        ),
    )
    _enis(build, key, name, subnets, path)


def _enis(build: Build, key: str, name: str, subnets: tuple[str, ...], path: Path) -> None:
    """One interface in each attachment subnet; no security group on it (TG7)."""
    for subnet_id in subnets:
        subnet = build.get("subnets", subnet_id)
        ip = build.allocate(subnet_id, path) if subnet.cidr_block else ""
        build.put(
            "network_interfaces",
            NetworkInterface(
                network_interface_id=f"eni-{key}-{subnet.availability_zone}",
                subnet_id=subnet_id,
                vpc_id=subnet.vpc_id,
                availability_zone=subnet.availability_zone,
                private_ip_address=ip,
                private_ip_addresses=(EniAddress(private_ip_address=ip, primary=True),) if ip else (),
                interface_type="transit_gateway",
                description=f"Network Interface for Transit Gateway Attachment {key}",
                source_dest_check=False,
                requester_managed=True,
                owner_id=subnet.owner_id,
            ),
        )


def _entry(build: Build, key: str) -> dict[str, str]:
    record = build.get("tgw_attachments", key)
    return {
        "transit_gateway_attachment_id": key,
        "resource_id": record.resource_id,
        "resource_type": record.resource_type,
    }


def dissociate(build: Build, key: str) -> None:
    """Take an attachment out of the table it is associated with."""
    for held in list(build.all("tgw_associations").values()):
        kept = tuple(a for a in held.associations if a.transit_gateway_attachment_id != key)
        if kept != held.associations:
            build.put("tgw_associations", replace(held, associations=kept))
    record = build.get("tgw_attachments", key)
    if record is not None and record.association is not None:
        build.put("tgw_attachments", replace(record, association=None))


def associate(build: Build, table: str, key: str) -> None:
    """TG1: one association for each attachment."""
    dissociate(build, key)
    held = build.get("tgw_associations", table) or TransitGatewayAssociations(transit_gateway_route_table_id=table)
    entry = TgwAssociationEntry(**_entry(build, key))
    build.put("tgw_associations", replace(held, associations=(*held.associations, entry)))
    record = build.get("tgw_attachments", key)
    association = AttachmentAssociation(transit_gateway_route_table_id=table)
    build.put("tgw_attachments", replace(record, association=association))


def propagate(build: Build, table: str, key: str) -> None:
    """Let an attachment's routes into a table."""
    held = build.get("tgw_propagations", table) or TransitGatewayPropagations(transit_gateway_route_table_id=table)
    rows = held.transit_gateway_route_table_propagations
    if all(r.transit_gateway_attachment_id != key for r in rows):
        rows = (*rows, TgwPropagationEntry(**_entry(build, key)))
        build.put("tgw_propagations", replace(held, transit_gateway_route_table_propagations=rows))


def _fill(build: Build, item: Item, name: str, spec: TgwTableSpec, path: Path) -> None:
    table = build.find("tgw_route_tables", name, path, item.id)
    for key in build.find_all("tgw_attachments", spec.associate, (*path, "associate")):
        associate(build, table, key)
    for key in build.find_all("tgw_attachments", spec.propagate, (*path, "propagate")):
        propagate(build, table, key)
    gone = build.find_all("tgw_attachments", spec.remove_propagate, (*path, "remove_propagate"))
    if gone:
        held = build.get("tgw_propagations", table)
        rows = held.transit_gateway_route_table_propagations if held is not None else ()
        for key in gone:
            if all(r.transit_gateway_attachment_id != key for r in rows):
                build.fail((*path, "remove_propagate"), f"{key} does not propagate to {table}")
        kept = tuple(r for r in rows if r.transit_gateway_attachment_id not in gone)
        build.put("tgw_propagations", replace(held, transit_gateway_route_table_propagations=kept))
    held = build.get("tgw_routes", table) or TransitGatewayRoutes(transit_gateway_route_table_id=table)
    routes: dict[str, TgwRoute] = {r.destination_cidr_block or r.prefix_list_id: r for r in held.routes}
    for index, text in enumerate(many(spec.remove_routes)):
        destination = _destination(build, text, (*path, "remove_routes", index))
        if routes.pop(destination, None) is None:
            build.fail((*path, "remove_routes", index), f"{table} has no static route {text}")
    for text, to in (spec.routes or {}).items():
        here = (*path, "routes", text)
        destination = _destination(build, text, here)
        fields: dict[str, Any] = (
            {"prefix_list_id": destination}
            if destination.startswith("pl-")
            else {"destination_cidr_block": destination}
        )
        if to == "blackhole":
            routes[destination] = TgwRoute(state="blackhole", **fields)
        else:
            hop = TgwRouteAttachment(**_entry(build, build.find("tgw_attachments", to, here)))
            routes[destination] = TgwRoute(transit_gateway_attachments=(hop,), **fields)
    build.put("tgw_routes", replace(held, routes=tuple(routes.values())))


def _destination(build: Build, text: str, path: Path) -> str:
    if text == "default":
        return "0.0.0.0/0"
    if text.startswith(("pl:", "pl-")):
        return build.find("managed_prefix_lists", text.removeprefix("pl:"), path)
    return build.cidr(text, path)


def declare_tgw_peerings(build: Build, items: list[Item]) -> None:
    """Each side has an attachment: ``<name>`` on the first TGW, ``<name>-accepter`` on the second."""
    for item in items:
        first = item.spec.id or build.invent("tgw-attach", item.name)
        item.id = first
        build.register("tgw_attachments", first, item.name, "", item.path)
        build.register("tgw_attachments", f"{first}-accepter", f"{item.name}-accepter", "", item.path)


def build_tgw_peerings(build: Build, items: list[Item]) -> None:
    """Records of both sides; associated as the TGWs' options say, never propagated (TG4)."""
    for item in items:
        spec: TgwPeeringSpec = item.spec
        if len(spec.tgws) != 2:
            build.fail((*item.path, "tgws"), "a peering has two transit gateways")
        one, two = (build.find("transit_gateways", t, (*item.path, "tgws", i)) for i, t in enumerate(spec.tgws))
        state = spec.state or "available"
        other = f"{item.id}-accepter"

        def info(tgw: str) -> PeeringTgwInfo:
            return PeeringTgwInfo(transit_gateway_id=tgw, owner_id=build.account_of(tgw), region=build.region_of(tgw))

        build.put(
            "tgw_peering_attachments",
            TransitGatewayPeeringAttachment(
                transit_gateway_attachment_id=item.id,
                requester_tgw_info=info(one),
                accepter_tgw_info=info(two),
                accepter_transit_gateway_attachment_id=other,
                state=state,
                tags=build.tags(item),
            ),
        )
        for key, tgw, far in ((item.id, one, two), (other, two, one)):
            attach(
                build, tgw, key, "peering", far, item.name if key == item.id else f"{item.name}-accepter", state=state
            )
            defaults(build, tgw, key, propagation=False)
