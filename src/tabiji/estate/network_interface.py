"""Network interface (ENI)."""

from .record import Record, Tag


class PublicAssociation(Record, frozen=True, kw_only=True):
    """The public address in front of a private one."""

    public_ip: str = ""
    allocation_id: str = ""
    ip_owner_id: str = ""
    carrier_ip: str = ""


class EniAddress(Record, frozen=True, kw_only=True):
    """One private IPv4 address of an ENI."""

    private_ip_address: str
    primary: bool = False
    association: PublicAssociation | None = None


class EniIpv6(Record, frozen=True, kw_only=True):
    """One IPv6 address of an ENI."""

    ipv6_address: str


class EniPrefix(Record, frozen=True, kw_only=True):
    """A delegated IPv4 /28."""

    ipv4_prefix: str


class EniPrefix6(Record, frozen=True, kw_only=True):
    """A delegated IPv6 /80."""

    ipv6_prefix: str


class EniAttachment(Record, frozen=True, kw_only=True):
    """What the ENI is plugged into."""

    instance_id: str = ""
    device_index: int = 0
    status: str = "attached"
    instance_owner_id: str = ""


class EniGroup(Record, frozen=True, kw_only=True):
    """A security group worn."""

    group_id: str
    group_name: str = ""


class PublicHostnames(Record, frozen=True, kw_only=True):
    """Public hostnames by type (names N3.4)."""

    dns_hostname_type: str = ""
    public_ipv4_dns_name: str = ""
    public_ipv6_dns_name: str = ""
    public_dual_stack_dns_name: str = ""


class NetworkInterface(Record, frozen=True, kw_only=True):
    """``describe-network-interfaces``.

    ``interface_type`` is the API's: ``interface``, ``nat_gateway``,
    ``vpc_endpoint``, ``transit_gateway``, ``network_load_balancer``,
    ``gateway_load_balancer_endpoint``, ``lambda``...
    """

    network_interface_id: str
    subnet_id: str = ""
    vpc_id: str = ""
    availability_zone: str = ""
    private_ip_address: str = ""
    private_ip_addresses: tuple[EniAddress, ...] = ()
    ipv6_addresses: tuple[EniIpv6, ...] = ()
    ipv4_prefixes: tuple[EniPrefix, ...] = ()
    ipv6_prefixes: tuple[EniPrefix6, ...] = ()
    association: PublicAssociation | None = None
    attachment: EniAttachment | None = None
    groups: tuple[EniGroup, ...] = ()
    interface_type: str = "interface"
    description: str = ""
    source_dest_check: bool = True
    status: str = "in-use"
    owner_id: str = ""
    requester_id: str = ""
    requester_managed: bool = False
    private_dns_name: str = ""
    public_ip_dns_name_options: PublicHostnames | None = None
    tag_set: tuple[Tag, ...] = ()
    deny_all_igw_traffic: bool = False

    def private_v4(self) -> tuple[str, ...]:
        """All private IPv4 addresses, primary first."""
        if not self.private_ip_addresses:
            return (self.private_ip_address,) if self.private_ip_address else ()
        rest = [a.private_ip_address for a in self.private_ip_addresses if not a.primary]
        first = [a.private_ip_address for a in self.private_ip_addresses if a.primary]
        return (*first, *rest)

    def public_pairs(self) -> tuple[tuple[str, str], ...]:
        """(private, public) for every public IPv4 in front of this ENI (IG1)."""
        out = [
            (a.private_ip_address, a.association.public_ip)
            for a in self.private_ip_addresses
            if a.association is not None and a.association.public_ip
        ]
        if not out and self.association is not None and self.association.public_ip:
            out = [(self.private_ip_address, self.association.public_ip)]
        return tuple(out)
