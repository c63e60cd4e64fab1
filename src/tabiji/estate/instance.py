"""EC2 instance."""

import msgspec

from .record import Record, Tag
from .subnet import HostnameOptions


class InstanceState(Record, frozen=True, kw_only=True):
    """``running``, ``stopped``, ``terminated``..."""

    name: str = "running"


class InstanceEni(Record, frozen=True, kw_only=True):
    """An ENI as the instance lists it."""

    network_interface_id: str
    private_ip_address: str = ""


class InstanceProfile(Record, frozen=True, kw_only=True):
    """The instance profile; it carries one role."""

    arn: str = ""


class MetadataOptions(Record, frozen=True, kw_only=True):
    """How instance metadata answers."""

    http_tokens: str = "optional"
    """``required``: only with a session token."""
    http_put_response_hop_limit: int = 1
    """Hops an answer with a token may take."""
    http_endpoint: str = "enabled"
    http_protocol_ipv6: str = msgspec.field(default="disabled", name="HttpProtocolIpv6")
    instance_metadata_tags: str = "disabled"


class Instance(Record, frozen=True, kw_only=True):
    """``describe-instances``."""

    instance_id: str
    state: InstanceState = InstanceState()
    vpc_id: str = ""
    subnet_id: str = ""
    private_ip_address: str = ""
    public_ip_address: str = ""
    private_dns_name: str = ""
    network_interfaces: tuple[InstanceEni, ...] = ()
    private_dns_name_options: HostnameOptions | None = None
    platform: str = ""
    source_dest_check: bool = True
    instance_type: str = ""
    image_id: str = ""
    iam_instance_profile: InstanceProfile | None = None
    metadata_options: MetadataOptions | None = None
    tags: tuple[Tag, ...] = ()


class Reservation(Record, frozen=True, kw_only=True):
    """The envelope ``describe-instances`` wraps instances in."""

    instances: tuple[Instance, ...] = ()
    owner_id: str = ""
