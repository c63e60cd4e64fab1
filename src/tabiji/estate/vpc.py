"""VPC, its CIDRs and its DNS attributes."""

from .record import Record, Tag


class CidrState(Record, frozen=True, kw_only=True):
    """``associated``, ``associating``, ``disassociated``, ``failed``..."""

    state: str = "associated"


class CidrAssociation(Record, frozen=True, kw_only=True):
    """One IPv4 CIDR of a VPC (the primary one is listed too)."""

    cidr_block: str
    cidr_block_state: CidrState = CidrState()


class Ipv6CidrAssociation(Record, frozen=True, kw_only=True):
    """One IPv6 CIDR of a VPC or subnet."""

    ipv6_cidr_block: str
    ipv6_cidr_block_state: CidrState = CidrState()


class Vpc(Record, frozen=True, kw_only=True):
    """``describe-vpcs``."""

    vpc_id: str
    cidr_block: str
    cidr_block_association_set: tuple[CidrAssociation, ...] = ()
    ipv6_cidr_block_association_set: tuple[Ipv6CidrAssociation, ...] = ()
    dhcp_options_id: str = ""
    is_default: bool = False
    owner_id: str = ""
    state: str = "available"
    tags: tuple[Tag, ...] = ()

    def cidrs(self) -> tuple[str, ...]:
        """All associated CIDRs: primary first, then secondary, then IPv6 (RT2)."""
        out = [self.cidr_block]
        for entry in self.cidr_block_association_set:
            if entry.cidr_block != self.cidr_block and entry.cidr_block_state.state == "associated":
                out.append(entry.cidr_block)
        for six in self.ipv6_cidr_block_association_set:
            if six.ipv6_cidr_block_state.state == "associated":
                out.append(six.ipv6_cidr_block)
        return tuple(out)


class VpcAttributes(Record, frozen=True, kw_only=True):
    """``describe-vpc-attribute`` of one VPC, both DNS attributes joined (names 2.2).

    ``None`` means the attribute was not collected.
    """

    vpc_id: str
    enable_dns_support: bool | None = None
    enable_dns_hostnames: bool | None = None
    legacy_non_rfc1918_dns: bool = False
    """Made before October 2016 with a CIDR outside RFC 1918 (names N3.3)."""
    autodefined_reverse: bool = True
    """Resolver config ``AutodefinedReverse`` (names N2.5e)."""
