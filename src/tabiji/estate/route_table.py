"""VPC route table: subnet tables, main tables and gateway (edge) tables."""

import msgspec

from .record import Record, Tag


class AssociationState(Record, frozen=True, kw_only=True):
    """``associated`` and its transitions."""

    state: str = "associated"


class RouteTableAssociation(Record, frozen=True, kw_only=True):
    """What uses the table: a subnet, the VPC (main) or a gateway (RT1, RT16)."""

    main: bool = False
    subnet_id: str = ""
    gateway_id: str = ""
    association_state: AssociationState = AssociationState()


class PropagatingVgw(Record, frozen=True, kw_only=True):
    """A virtual private gateway whose routes this table takes (VG3)."""

    gateway_id: str


class Route(Record, frozen=True, kw_only=True):
    """One route; exactly one target is set (RT11)."""

    destination_cidr_block: str = ""
    destination_ipv6_cidr_block: str = ""
    destination_prefix_list_id: str = ""
    gateway_id: str = ""
    nat_gateway_id: str = ""
    network_interface_id: str = ""
    instance_id: str = ""
    vpc_peering_connection_id: str = ""
    transit_gateway_id: str = ""
    vpc_endpoint_id: str = ""
    egress_only_internet_gateway_id: str = ""
    local_gateway_id: str = ""
    carrier_gateway_id: str = ""
    core_network_arn: str = ""
    odb_network_arn: str = ""
    ip_address: str = ""
    state: str = "active"
    origin: str = "CreateRoute"

    @property
    def destination(self) -> str:
        """CIDR or prefix list id."""
        return self.destination_cidr_block or self.destination_ipv6_cidr_block or self.destination_prefix_list_id

    @property
    def target(self) -> str:
        """The target's id; empty for a kind tabiji has never heard of (ECO63).

        ENI before instance: AWS prints both for an instance route.
        """
        return (
            self.gateway_id
            or self.nat_gateway_id
            or self.network_interface_id
            or self.instance_id
            or self.vpc_peering_connection_id
            or self.transit_gateway_id
            or self.vpc_endpoint_id
            or self.egress_only_internet_gateway_id
            or self.local_gateway_id
            or self.carrier_gateway_id
            or self.core_network_arn
            or self.odb_network_arn
        )


class RouteTable(Record, frozen=True, kw_only=True):
    """``describe-route-tables``."""

    route_table_id: str
    vpc_id: str
    routes: tuple[Route, ...] = ()
    associations: tuple[RouteTableAssociation, ...] = ()
    propagating_vgws: tuple[PropagatingVgw, ...] = ()
    owner_id: str = ""
    tags: tuple[Tag, ...] = ()


def replace_routes(table: RouteTable, routes: tuple[Route, ...]) -> RouteTable:
    """The same table with other routes."""
    return msgspec.structs.replace(table, routes=routes)
