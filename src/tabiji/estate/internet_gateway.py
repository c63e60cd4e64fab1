"""Internet gateway and egress-only internet gateway."""

from .record import Record, Tag


class GatewayAttachment(Record, frozen=True, kw_only=True):
    """The VPC a gateway hangs on; ``available`` for an IGW, ``attached`` for a VGW."""

    vpc_id: str = ""
    state: str = "available"


class InternetGateway(Record, frozen=True, kw_only=True):
    """``describe-internet-gateways``."""

    internet_gateway_id: str
    attachments: tuple[GatewayAttachment, ...] = ()
    owner_id: str = ""
    tags: tuple[Tag, ...] = ()


class EgressOnlyInternetGateway(Record, frozen=True, kw_only=True):
    """``describe-egress-only-internet-gateways`` (EG1)."""

    egress_only_internet_gateway_id: str
    attachments: tuple[GatewayAttachment, ...] = ()
    tags: tuple[Tag, ...] = ()


class CarrierGateway(Record, frozen=True, kw_only=True):
    """``describe-carrier-gateways`` (RT22)."""

    carrier_gateway_id: str
    vpc_id: str = ""
    state: str = "available"


class BlockPublicAccessOptions(Record, frozen=True, kw_only=True):
    """``describe-vpc-block-public-access-options`` of one account and Region (BP1)."""

    aws_account_id: str = ""
    aws_region: str = ""
    state: str = "default-state"
    internet_gateway_block_mode: str = "off"


class BlockPublicAccessExclusion(Record, frozen=True, kw_only=True):
    """``describe-vpc-block-public-access-exclusions`` (BP3); ``resource_arn`` ends in a VPC or subnet id."""

    exclusion_id: str
    internet_gateway_exclusion_mode: str = "allow-bidirectional"
    resource_arn: str = ""
    state: str = "create-complete"
