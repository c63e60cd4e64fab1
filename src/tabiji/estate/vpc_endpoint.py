"""VPC endpoint of every type, and the services behind endpoints."""

from .network_interface import EniGroup
from .record import Record, Tag


class DnsEntry(Record, frozen=True, kw_only=True):
    """A DNS name of an endpoint (names N4.2a)."""

    dns_name: str = ""
    hosted_zone_id: str = ""


class EndpointDnsOptions(Record, frozen=True, kw_only=True):
    """DNS options (names N4.11b, N4.13, N4.14b)."""

    dns_record_ip_type: str = ""
    private_dns_only_for_inbound_resolver_endpoint: bool | None = None
    private_dns_preference: str = ""
    private_dns_specified_domains: tuple[str, ...] = ()


class VpcEndpoint(Record, frozen=True, kw_only=True):
    """``describe-vpc-endpoints`` (IE13)."""

    vpc_endpoint_id: str
    vpc_id: str = ""
    vpc_endpoint_type: str = "Interface"
    service_name: str = ""
    service_region: str = ""
    state: str = "available"
    policy_document: str = ""
    route_table_ids: tuple[str, ...] = ()
    subnet_ids: tuple[str, ...] = ()
    groups: tuple[EniGroup, ...] = ()
    network_interface_ids: tuple[str, ...] = ()
    dns_entries: tuple[DnsEntry, ...] = ()
    private_dns_enabled: bool = False
    ip_address_type: str = "ipv4"
    dns_options: EndpointDnsOptions = EndpointDnsOptions()
    owner_id: str = ""
    tags: tuple[Tag, ...] = ()


class ServiceTypeDetail(Record, frozen=True, kw_only=True):
    """``Interface``, ``Gateway`` or ``GatewayLoadBalancer``."""

    service_type: str = ""


class PrivateDnsName(Record, frozen=True, kw_only=True):
    """One private DNS name of a service (names N4.8)."""

    private_dns_name: str


class VpcEndpointService(Record, frozen=True, kw_only=True):
    """``describe-vpc-endpoint-services``."""

    service_name: str
    service_id: str = ""
    service_type: tuple[ServiceTypeDetail, ...] = ()
    availability_zones: tuple[str, ...] = ()
    owner: str = ""
    base_endpoint_dns_names: tuple[str, ...] = ()
    private_dns_name: str = ""
    private_dns_names: tuple[PrivateDnsName, ...] = ()
    private_dns_name_verification_state: str = ""
    acceptance_required: bool = False
    vpc_endpoint_policy_supported: bool | None = None


class VpcEndpointServiceConfiguration(Record, frozen=True, kw_only=True):
    """``describe-vpc-endpoint-service-configurations``: the provider's view (ES1)."""

    service_id: str
    service_name: str = ""
    service_state: str = "Available"
    availability_zones: tuple[str, ...] = ()
    availability_zone_ids: tuple[str, ...] = ()
    acceptance_required: bool = False
    network_load_balancer_arns: tuple[str, ...] = ()
    gateway_load_balancer_arns: tuple[str, ...] = ()
    private_dns_name: str = ""
    tags: tuple[Tag, ...] = ()
