"""VPC peering connection."""

import msgspec

from .record import Record, Tag


class PeeringCidr(Record, frozen=True, kw_only=True):
    """One IPv4 CIDR of a side."""

    cidr_block: str


class PeeringOptions(Record, frozen=True, kw_only=True):
    """DNS option of one side (names N3.5a)."""

    allow_dns_resolution_from_remote_vpc: bool = False


class PeeringVpc(Record, frozen=True, kw_only=True):
    """One side."""

    vpc_id: str = ""
    owner_id: str = ""
    region: str = ""
    cidr_block: str = ""
    cidr_block_set: tuple[PeeringCidr, ...] = ()
    peering_options: PeeringOptions = PeeringOptions()


class PeeringStatus(Record, frozen=True, kw_only=True):
    """Only ``active`` carries packets (PC8)."""

    code: str = "active"


class VpcPeeringConnection(Record, frozen=True, kw_only=True):
    """``describe-vpc-peering-connections``; both sides list it."""

    vpc_peering_connection_id: str
    requester: PeeringVpc = msgspec.field(name="RequesterVpcInfo")
    accepter: PeeringVpc = msgspec.field(name="AccepterVpcInfo")
    status: PeeringStatus = PeeringStatus()
    tags: tuple[Tag, ...] = ()
