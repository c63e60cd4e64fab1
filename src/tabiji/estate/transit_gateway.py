"""Transit gateway, its attachments and its route tables."""

from .record import Record, Tag


class TransitGatewayOptions(Record, frozen=True, kw_only=True):
    """Options of a TGW; ``enable`` or ``disable`` each."""

    association_default_route_table_id: str = ""
    propagation_default_route_table_id: str = ""
    default_route_table_association: str = "enable"
    default_route_table_propagation: str = "enable"
    dns_support: str = "enable"
    vpn_ecmp_support: str = "enable"
    security_group_referencing_support: str = "disable"
    transit_gateway_cidr_blocks: tuple[str, ...] = ()


class TransitGateway(Record, frozen=True, kw_only=True):
    """``describe-transit-gateways``."""

    transit_gateway_id: str
    owner_id: str = ""
    state: str = "available"
    options: TransitGatewayOptions = TransitGatewayOptions()
    tags: tuple[Tag, ...] = ()


class AttachmentAssociation(Record, frozen=True, kw_only=True):
    """The TGW route table an attachment is associated with (TG1)."""

    transit_gateway_route_table_id: str = ""
    state: str = "associated"


class TransitGatewayAttachment(Record, frozen=True, kw_only=True):
    """``describe-transit-gateway-attachments``: every kind (TG14)."""

    transit_gateway_attachment_id: str
    transit_gateway_id: str = ""
    resource_type: str = "vpc"
    resource_id: str = ""
    resource_owner_id: str = ""
    state: str = "available"
    association: AttachmentAssociation | None = None
    tags: tuple[Tag, ...] = ()


class VpcAttachmentOptions(Record, frozen=True, kw_only=True):
    """Options of a VPC attachment."""

    dns_support: str = "enable"
    ipv6_support: str = "disable"
    appliance_mode_support: str = "disable"
    security_group_referencing_support: str = "enable"


class TransitGatewayVpcAttachment(Record, frozen=True, kw_only=True):
    """``describe-transit-gateway-vpc-attachments``: one subnet an AZ (TG5)."""

    transit_gateway_attachment_id: str
    transit_gateway_id: str = ""
    vpc_id: str = ""
    subnet_ids: tuple[str, ...] = ()
    state: str = "available"
    options: VpcAttachmentOptions = VpcAttachmentOptions()
    tags: tuple[Tag, ...] = ()


class PeeringTgwInfo(Record, frozen=True, kw_only=True):
    """One side of a TGW peering."""

    transit_gateway_id: str = ""
    owner_id: str = ""
    region: str = ""


class TransitGatewayPeeringAttachment(Record, frozen=True, kw_only=True):
    """``describe-transit-gateway-peering-attachments`` (TG4)."""

    transit_gateway_attachment_id: str
    requester_tgw_info: PeeringTgwInfo = PeeringTgwInfo()
    accepter_tgw_info: PeeringTgwInfo = PeeringTgwInfo()
    accepter_transit_gateway_attachment_id: str = ""
    state: str = "available"
    tags: tuple[Tag, ...] = ()


class TransitGatewayConnect(Record, frozen=True, kw_only=True):
    """``describe-transit-gateway-connects`` (TG16)."""

    transit_gateway_attachment_id: str
    transport_transit_gateway_attachment_id: str = ""
    transit_gateway_id: str = ""
    state: str = "available"


class TransitGatewayRouteTable(Record, frozen=True, kw_only=True):
    """``describe-transit-gateway-route-tables``."""

    transit_gateway_route_table_id: str
    transit_gateway_id: str = ""
    state: str = "available"
    default_association_route_table: bool = False
    default_propagation_route_table: bool = False
    tags: tuple[Tag, ...] = ()


class TgwAssociationEntry(Record, frozen=True, kw_only=True):
    """One attachment using a table."""

    transit_gateway_attachment_id: str
    resource_id: str = ""
    resource_type: str = ""
    state: str = "associated"


class TransitGatewayAssociations(Record, frozen=True, kw_only=True):
    """``get-transit-gateway-route-table-associations`` of one table, id put in by the collector."""

    transit_gateway_route_table_id: str
    associations: tuple[TgwAssociationEntry, ...] = ()


class TgwPropagationEntry(Record, frozen=True, kw_only=True):
    """One attachment whose routes a table takes."""

    transit_gateway_attachment_id: str
    resource_id: str = ""
    resource_type: str = ""
    state: str = "enabled"


class TransitGatewayPropagations(Record, frozen=True, kw_only=True):
    """``get-transit-gateway-route-table-propagations`` of one table."""

    transit_gateway_route_table_id: str
    transit_gateway_route_table_propagations: tuple[TgwPropagationEntry, ...] = ()


class TgwRouteAttachment(Record, frozen=True, kw_only=True):
    """A next hop of a TGW route."""

    transit_gateway_attachment_id: str = ""
    resource_id: str = ""
    resource_type: str = ""


class TgwRoute(Record, frozen=True, kw_only=True):
    """A route of a TGW table (TG2, TG3)."""

    destination_cidr_block: str = ""
    prefix_list_id: str = ""
    type: str = "static"
    state: str = "active"
    transit_gateway_attachments: tuple[TgwRouteAttachment, ...] = ()


class TransitGatewayRoutes(Record, frozen=True, kw_only=True):
    """Routes of one TGW table.

    ``search-transit-gateway-routes`` without a type filter gives all preferred
    routes; the older collector wrote static ones only
    (``TransitGatewayStaticRoutes``), the propagated ones follow from
    propagations then.
    """

    transit_gateway_route_table_id: str
    routes: tuple[TgwRoute, ...] = ()
    additional_routes_available: bool = False
