"""Cloud WAN: core networks, their live policies and attachments."""

from __future__ import annotations

from .record import Record, Tag


class CoreNetwork(Record, frozen=True, kw_only=True):
    """``networkmanager get-core-network`` (CW1)."""

    core_network_id: str
    core_network_arn: str = ""
    state: str = "AVAILABLE"
    tags: tuple[Tag, ...] = ()


class CoreNetworkPolicy(Record, frozen=True, kw_only=True):
    """``networkmanager get-core-network-policy`` of the live policy; the document is JSON text."""

    core_network_id: str
    policy_document: str = "{}"


class CoreNetworkAttachment(Record, frozen=True, kw_only=True):
    """``networkmanager list-attachments``: every type.

    ``segment_name`` is empty for an attachment of a network function group
    (CW3) or where it must be told from the policy's attachment rules.
    """

    attachment_id: str
    core_network_id: str = ""
    core_network_arn: str = ""
    owner_account_id: str = ""
    attachment_type: str = "VPC"
    state: str = "AVAILABLE"
    edge_location: str = ""
    resource_arn: str = ""
    segment_name: str = ""
    network_function_group_name: str = ""
    tags: tuple[Tag, ...] = ()

    @property
    def resource_id(self) -> str:
        """The VPC, VPN or gateway behind it."""
        return self.resource_arn.rpartition("/")[2]


class CoreNetworkVpcOptions(Record, frozen=True, kw_only=True):
    """Options of a VPC attachment (CW4)."""

    ipv6_support: bool = False
    appliance_mode_support: bool = False
    dns_support: bool = True
    security_group_referencing_support: bool = True


class CoreNetworkVpcAttachment(Record, frozen=True, kw_only=True):
    """``networkmanager get-vpc-attachment``: subnets and options of a VPC attachment."""

    attachment: CoreNetworkAttachment
    subnet_arns: tuple[str, ...] = ()
    options: CoreNetworkVpcOptions = CoreNetworkVpcOptions()

    @property
    def attachment_id(self) -> str:
        """The attachment's id."""
        return self.attachment.attachment_id

    @property
    def vpc_id(self) -> str:
        """The VPC attached."""
        return self.attachment.resource_id

    def subnet_ids(self) -> tuple[str, ...]:
        """One subnet an AZ."""
        return tuple(arn.rpartition("/")[2] for arn in self.subnet_arns)
