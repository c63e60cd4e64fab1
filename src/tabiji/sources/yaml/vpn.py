"""Virtual private gateways, Site-to-Site VPN and Direct Connect."""

from msgspec.structs import replace

from ...estate.internet_gateway import GatewayAttachment
from ...estate.record import Tag
from ...estate.vpn import (
    CustomerGateway,
    DirectConnectGateway,
    DirectConnectGatewayAssociation,
    DxAssociatedGateway,
    DxPrefix,
    VirtualInterface,
    VpnConnection,
    VpnGateway,
    VpnStaticRoute,
    VpnTelemetry,
)
from ..spec import Names, Spec, many
from .build import Build, Item
from .transit_gateway import attach, attached, defaults


class VpnGatewaySpec(Spec):
    """A virtual private gateway; ``vgw: true`` in a VPC is the short form."""

    id: str | None = None
    vpc: str | None = None
    account: str | None = None
    asn: int | None = None
    state: str | None = None
    attached: bool | None = None


class VpnConnectionSpec(Spec):
    """A Site-to-Site VPN to a virtual private gateway or a TGW."""

    id: str | None = None
    vgw: str | None = None
    tgw: str | None = None
    customer_gateway: str | None = None
    """Public address of the customer's end."""
    asn: int | None = None
    static: Names = None
    """On-premises prefixes of a static VPN (VG5); without them it is BGP."""
    tunnels: Names = None
    """``UP`` or ``DOWN`` each."""
    state: str | None = None


class DirectConnectGatewaySpec(Spec):
    """A Direct Connect gateway; its virtual interface follows from what it is associated with (DX1)."""

    id: str | None = None
    account: str | None = None
    associations: dict[str, str | list[str]] | None = None
    """Virtual private gateway or TGW -> allowed prefixes (DX2, DX3)."""
    vif: str | None = None
    """``private`` or ``transit``."""
    vif_state: str | None = None


def attach_vpn_gateway(build: Build, key: str, name: str, vpc: str) -> None:
    """A virtual private gateway on a VPC."""
    old = build.get("vpn_gateways", key) or VpnGateway(vpn_gateway_id=key, tags=(Tag(key="Name", value=name),))
    build.put("vpn_gateways", replace(old, vpc_attachments=(GatewayAttachment(vpc_id=vpc, state="attached"),)))


def declare_vpn_gateways(build: Build, items: list[Item]) -> None:
    """Ids and names."""
    for item in items:
        item.vpc = build.home_vpc(item, item.spec.vpc)
        build.declare("vpn_gateways", "vgw", item, account=item.spec.account or "")


def build_vpn_gateways(build: Build, items: list[Item]) -> None:
    """Records; detached when there is no VPC or ``attached: false``."""
    for item in items:
        spec: VpnGatewaySpec = item.spec
        old = build.get("vpn_gateways", item.id) or VpnGateway(vpn_gateway_id=item.id, tags=build.tags(item))
        if spec.asn is not None:
            old = replace(old, amazon_side_asn=spec.asn)
        old = replace(old, state=spec.state or old.state)
        if spec.attached is False:
            old = replace(old, vpc_attachments=())
        elif item.vpc:
            old = replace(old, vpc_attachments=(GatewayAttachment(vpc_id=item.vpc, state="attached"),))
        build.put("vpn_gateways", old)


def declare_vpn_connections(build: Build, items: list[Item]) -> None:
    """Ids and names; one to a TGW is an attachment too."""
    for item in items:
        build.declare("vpn_connections", "vpn", item)
        if item.spec.tgw is not None and not build.lookup("tgw_attachments", item.name):
            key = build.invent("tgw-attach", item.name.removeprefix("vpn-"))
            build.register("tgw_attachments", key, item.name, "", item.path)


def build_vpn_connections(build: Build, items: list[Item]) -> None:
    """Records."""
    for item in items:
        spec: VpnConnectionSpec = item.spec
        old = item.old
        if old is None:
            if (spec.vgw is None) == (spec.tgw is None):
                build.fail(item.path, "a VPN connection has either a vgw or a tgw")
            customer = f"cgw-{item.id.removeprefix('vpn-')}"
            address = spec.customer_gateway or ""
            if address:
                build.address(address, (*item.path, "customer_gateway"))
            build.put(
                "customer_gateways",
                CustomerGateway(
                    customer_gateway_id=customer, ip_address=address, bgp_asn="" if spec.asn is None else str(spec.asn)
                ),
            )
            old = VpnConnection(
                vpn_connection_id=item.id,
                vpn_gateway_id=build.find("vpn_gateways", spec.vgw, (*item.path, "vgw")) if spec.vgw else "",
                transit_gateway_id=build.find("transit_gateways", spec.tgw, (*item.path, "tgw")) if spec.tgw else "",
                customer_gateway_id=customer,
                vgw_telemetry=(VpnTelemetry(), VpnTelemetry()),
                tags=build.tags(item),
            )
        if spec.static is not None:
            routes = tuple(
                VpnStaticRoute(destination_cidr_block=build.cidr(c, (*item.path, "static"))) for c in many(spec.static)
            )
            old = replace(old, options=replace(old.options, static_routes_only=True), routes=routes)
        if spec.tunnels is not None:
            for state in many(spec.tunnels):
                if state.upper() not in ("UP", "DOWN"):
                    build.fail((*item.path, "tunnels"), f"{state!r} is neither UP nor DOWN")
            old = replace(old, vgw_telemetry=tuple(VpnTelemetry(status=s.upper()) for s in many(spec.tunnels)))
        old = replace(old, state=spec.state or old.state)
        build.put("vpn_connections", old)
        tgw = old.transit_gateway_id
        if item.old is None and tgw and not attached(build, tgw, item.id):
            key = build.find("tgw_attachments", item.name, item.path)
            attach(build, tgw, key, "vpn", item.id, item.name)
            defaults(build, tgw, key)


def declare_direct_connect_gateways(build: Build, items: list[Item]) -> None:
    """Ids and names; association with a TGW makes an attachment of the gateway's name."""
    for item in items:
        build.declare("direct_connect_gateways", "dxgw", item, account=item.spec.account or "")
        for name in item.spec.associations or {}:
            if not build.lookup("vpn_gateways", name) and not build.lookup("tgw_attachments", item.name):
                key = build.invent("tgw-attach", item.name.removeprefix("dxgw-"))
                build.register("tgw_attachments", key, item.name, "", item.path)


def build_direct_connect_gateways(build: Build, items: list[Item]) -> None:
    """Records of the gateway, its associations and its virtual interface."""
    for item in items:
        spec: DirectConnectGatewaySpec = item.spec
        if item.old is None:
            build.put(
                "direct_connect_gateways",
                DirectConnectGateway(direct_connect_gateway_id=item.id, direct_connect_gateway_name=item.name),
            )
        transit = False
        for name, prefixes in (spec.associations or {}).items():
            path = (*item.path, "associations", name)
            kind = "virtualPrivateGateway"
            found = build.lookup("vpn_gateways", name)
            if len(found) != 1:
                kind = "transitGateway"
                found = [build.find("transit_gateways", name, path)]
                transit = True
            key = found[0]
            build.put(
                "direct_connect_gateway_associations",
                DirectConnectGatewayAssociation(
                    association_id=f"dxgw-assoc-{item.id.removeprefix('dxgw-')}-{key}",
                    direct_connect_gateway_id=item.id,
                    associated_gateway=DxAssociatedGateway(
                        id=key, type=kind, owner_account=build.account_of(key), region=build.region_of(key)
                    ),
                    allowed_prefixes=tuple(DxPrefix(cidr=build.cidr(c, path)) for c in many(prefixes)),
                ),
            )
            if kind == "transitGateway" and not attached(build, key, item.id):
                attachment = build.find("tgw_attachments", item.name, path)
                attach(build, key, attachment, "direct-connect-gateway", item.id, item.name)
                defaults(build, key, attachment)
        if item.old is None or spec.vif is not None or spec.vif_state is not None:
            build.put(
                "virtual_interfaces",
                VirtualInterface(
                    virtual_interface_id=f"dxvif-{item.id.removeprefix('dxgw-')}",
                    virtual_interface_type=spec.vif or ("transit" if transit else "private"),
                    virtual_interface_state=spec.vif_state or "available",
                    direct_connect_gateway_id=item.id,
                ),
            )
