"""Network ACL."""

import msgspec

from .record import Record, Tag


class NaclPorts(msgspec.Struct, frozen=True, gc=False):
    """``PortRange``: both ends included."""

    low: int = msgspec.field(default=0, name="From")
    high: int = msgspec.field(default=65535, name="To")


class NaclIcmp(msgspec.Struct, frozen=True, gc=False):
    """``IcmpTypeCode``; -1 is any."""

    type: int = msgspec.field(default=-1, name="Type")
    code: int = msgspec.field(default=-1, name="Code")


class NaclEntry(Record, frozen=True, kw_only=True):
    """One rule; lower numbers first, first match decides (NA2)."""

    rule_number: int
    egress: bool
    rule_action: str
    protocol: str = "-1"
    cidr_block: str = ""
    ipv6_cidr_block: str = ""
    port_range: NaclPorts | None = None
    icmp_type_code: NaclIcmp | None = None


class NaclAssociation(Record, frozen=True, kw_only=True):
    """A subnet this NACL guards."""

    subnet_id: str


class NetworkAcl(Record, frozen=True, kw_only=True):
    """``describe-network-acls``."""

    network_acl_id: str
    vpc_id: str
    is_default: bool = False
    entries: tuple[NaclEntry, ...] = ()
    associations: tuple[NaclAssociation, ...] = ()
    owner_id: str = ""
    tags: tuple[Tag, ...] = ()
