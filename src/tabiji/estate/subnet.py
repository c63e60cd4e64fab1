"""Subnet."""

import msgspec

from .record import Record, Tag
from .vpc import Ipv6CidrAssociation


class HostnameOptions(Record, frozen=True, kw_only=True):
    """``PrivateDnsNameOptionsOnLaunch`` / ``PrivateDnsNameOptions`` (names N3.1b)."""

    hostname_type: str = "ip-name"
    enable_resource_name_dns_a_record: bool = False
    enable_resource_name_dns_aaaa_record: bool = msgspec.field(default=False, name="EnableResourceNameDnsAAAARecord")


class Subnet(Record, frozen=True, kw_only=True):
    """``describe-subnets``.  A shared subnet keeps its owner's id (RAM)."""

    subnet_id: str
    vpc_id: str
    cidr_block: str = ""
    ipv6_cidr_block_association_set: tuple[Ipv6CidrAssociation, ...] = ()
    availability_zone: str = ""
    availability_zone_id: str = ""
    owner_id: str = ""
    enable_dns64: bool = False
    map_public_ip_on_launch: bool = False
    private_dns_name_options_on_launch: HostnameOptions | None = None
    tags: tuple[Tag, ...] = ()

    def cidrs(self) -> tuple[str, ...]:
        """IPv4 CIDR (if any), then IPv6."""
        out = [self.cidr_block] if self.cidr_block else []
        for six in self.ipv6_cidr_block_association_set:
            if six.ipv6_cidr_block_state.state == "associated":
                out.append(six.ipv6_cidr_block)
        return tuple(out)
