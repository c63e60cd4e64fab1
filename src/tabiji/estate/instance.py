"""EC2 instance."""

from .record import Record, Tag
from .subnet import HostnameOptions


class InstanceState(Record, frozen=True, kw_only=True):
    """``running``, ``stopped``, ``terminated``..."""

    name: str = "running"


class InstanceEni(Record, frozen=True, kw_only=True):
    """An ENI as the instance lists it."""

    network_interface_id: str
    private_ip_address: str = ""


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
    tags: tuple[Tag, ...] = ()


class Reservation(Record, frozen=True, kw_only=True):
    """The envelope ``describe-instances`` wraps instances in."""

    instances: tuple[Instance, ...] = ()
    owner_id: str = ""
