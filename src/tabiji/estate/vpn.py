"""Virtual private gateway, Site-to-Site VPN, Direct Connect, Client VPN."""

import msgspec

from .internet_gateway import GatewayAttachment
from .record import Record, Tag


class VpnGateway(Record, frozen=True, kw_only=True):
    """``describe-vpn-gateways``."""

    vpn_gateway_id: str
    state: str = "available"
    vpc_attachments: tuple[GatewayAttachment, ...] = ()
    amazon_side_asn: int | None = None
    tags: tuple[Tag, ...] = ()


class CustomerGateway(Record, frozen=True, kw_only=True):
    """``describe-customer-gateways``."""

    customer_gateway_id: str
    ip_address: str = ""
    bgp_asn: str = ""
    state: str = "available"
    tags: tuple[Tag, ...] = ()


class VpnStaticRoute(Record, frozen=True, kw_only=True):
    """A prefix entered by hand on a static VPN (VG5)."""

    destination_cidr_block: str = ""
    state: str = "available"


class VpnTelemetry(Record, frozen=True, kw_only=True):
    """State of one tunnel."""

    outside_ip_address: str = ""
    status: str = "UP"
    accepted_route_count: int = 0


class VpnOptions(Record, frozen=True, kw_only=True):
    """Static or BGP."""

    static_routes_only: bool = False
    tunnel_inside_ip_version: str = "ipv4"


class VpnConnection(Record, frozen=True, kw_only=True):
    """``describe-vpn-connections``.  Its ``CustomerGatewayConfiguration`` holds secrets and is never read (ECO67)."""

    vpn_connection_id: str
    vpn_gateway_id: str = ""
    transit_gateway_id: str = ""
    customer_gateway_id: str = ""
    state: str = "available"
    options: VpnOptions = VpnOptions()
    routes: tuple[VpnStaticRoute, ...] = ()
    vgw_telemetry: tuple[VpnTelemetry, ...] = ()
    tags: tuple[Tag, ...] = ()


class DirectConnectGateway(msgspec.Struct, frozen=True, gc=False, rename="camel", kw_only=True):
    """``directconnect describe-direct-connect-gateways`` (keys are camelCase there)."""

    direct_connect_gateway_id: str
    direct_connect_gateway_name: str = ""
    direct_connect_gateway_state: str = "available"


class DxPrefix(msgspec.Struct, frozen=True, gc=False, rename="camel", kw_only=True):
    """One allowed prefix."""

    cidr: str


class DxAssociatedGateway(msgspec.Struct, frozen=True, gc=False, rename="camel", kw_only=True):
    """The VGW or TGW behind a Direct Connect gateway."""

    id: str = ""
    type: str = ""
    owner_account: str = ""
    region: str = ""


class DirectConnectGatewayAssociation(msgspec.Struct, frozen=True, gc=False, rename="camel", kw_only=True):
    """``directconnect describe-direct-connect-gateway-associations`` (DX2, DX3)."""

    association_id: str = ""
    association_state: str = "associated"
    direct_connect_gateway_id: str = ""
    associated_gateway: DxAssociatedGateway = DxAssociatedGateway()
    allowed_prefixes: tuple[DxPrefix, ...] = msgspec.field(default=(), name="allowedPrefixesToDirectConnectGateway")


class VirtualInterface(msgspec.Struct, frozen=True, gc=False, rename="camel", kw_only=True):
    """``directconnect describe-virtual-interfaces`` (DX1)."""

    virtual_interface_id: str
    virtual_interface_type: str = "private"
    virtual_interface_state: str = "available"
    virtual_gateway_id: str = ""
    direct_connect_gateway_id: str = ""


class ClientVpnEndpoint(Record, frozen=True, kw_only=True):
    """``describe-client-vpn-endpoints`` (CV1)."""

    client_vpn_endpoint_id: str
    client_cidr_block: str = ""
    vpc_id: str = ""
    security_group_ids: tuple[str, ...] = ()
    split_tunnel: bool = False
    tags: tuple[Tag, ...] = ()
