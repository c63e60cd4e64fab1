"""NAT gateway."""

from .record import Record, Tag


class NatAddress(Record, frozen=True, kw_only=True):
    """One address pair of a NAT gateway."""

    network_interface_id: str = ""
    private_ip: str = ""
    public_ip: str = ""
    allocation_id: str = ""
    is_primary: bool = True
    status: str = "succeeded"
    availability_zone: str = ""


class NatGateway(Record, frozen=True, kw_only=True):
    """``describe-nat-gateways`` (NG15)."""

    nat_gateway_id: str
    vpc_id: str = ""
    subnet_id: str = ""
    state: str = "available"
    connectivity_type: str = "public"
    availability_mode: str = "zonal"
    route_table_id: str = ""
    nat_gateway_addresses: tuple[NatAddress, ...] = ()
    tags: tuple[Tag, ...] = ()


class ElasticIp(Record, frozen=True, kw_only=True):
    """``describe-addresses``."""

    public_ip: str
    allocation_id: str = ""
    association_id: str = ""
    network_interface_id: str = ""
    private_ip_address: str = ""
    instance_id: str = ""
    tags: tuple[Tag, ...] = ()
