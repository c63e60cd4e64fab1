"""Security group."""

from .record import Record, Tag


class IpRange(Record, frozen=True, kw_only=True):
    """An IPv4 peer."""

    cidr_ip: str
    description: str = ""


class Ipv6Range(Record, frozen=True, kw_only=True):
    """An IPv6 peer."""

    cidr_ipv6: str
    description: str = ""


class PrefixListPeer(Record, frozen=True, kw_only=True):
    """A prefix list as peer."""

    prefix_list_id: str
    description: str = ""


class GroupPeer(Record, frozen=True, kw_only=True):
    """A security group as peer (SG4); ``peering_status`` tells a stale one (SG7)."""

    group_id: str = ""
    user_id: str = ""
    vpc_id: str = ""
    vpc_peering_connection_id: str = ""
    peering_status: str = ""
    description: str = ""


class IpPermission(Record, frozen=True, kw_only=True):
    """One permission: a protocol, a port range and any number of peers (SG3)."""

    ip_protocol: str
    from_port: int | None = None
    to_port: int | None = None
    ip_ranges: tuple[IpRange, ...] = ()
    ipv6_ranges: tuple[Ipv6Range, ...] = ()
    prefix_list_ids: tuple[PrefixListPeer, ...] = ()
    user_id_group_pairs: tuple[GroupPeer, ...] = ()


class SecurityGroup(Record, frozen=True, kw_only=True):
    """``describe-security-groups``."""

    group_id: str
    group_name: str = ""
    vpc_id: str = ""
    owner_id: str = ""
    ip_permissions: tuple[IpPermission, ...] = ()
    ip_permissions_egress: tuple[IpPermission, ...] = ()
    tags: tuple[Tag, ...] = ()


class SecurityGroupRule(Record, frozen=True, kw_only=True):
    """``describe-security-group-rules``: gives each rule of a group its id."""

    security_group_rule_id: str
    group_id: str
    is_egress: bool = False
    ip_protocol: str = "-1"
    from_port: int = -1
    to_port: int = -1
    cidr_ipv4: str = ""
    cidr_ipv6: str = ""
    prefix_list_id: str = ""


class SecurityGroupVpcAssociation(Record, frozen=True, kw_only=True):
    """``describe-security-group-vpc-associations`` (SG8)."""

    group_id: str
    vpc_id: str
    state: str = "associated"
