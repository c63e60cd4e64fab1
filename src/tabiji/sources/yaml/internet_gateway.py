"""Internet gateways and egress-only internet gateways."""

from msgspec.structs import replace

from ...estate.internet_gateway import EgressOnlyInternetGateway, GatewayAttachment, InternetGateway
from ...estate.record import Tag
from ..spec import Spec
from .build import Build, Item


class InternetGatewaySpec(Spec):
    """An internet gateway; ``igw: true`` in a VPC is the short form."""

    id: str | None = None
    vpc: str | None = None
    account: str | None = None
    attached: bool | None = None


class EgressOnlySpec(Spec):
    """An egress-only internet gateway; ``eigw: true`` in a VPC is the short form."""

    id: str | None = None
    vpc: str | None = None


def attach_internet_gateway(build: Build, key: str, name: str, vpc: str) -> None:
    """An internet gateway on a VPC."""
    old = build.get("internet_gateways", key)
    attachment = (GatewayAttachment(vpc_id=vpc),)
    if old is not None:
        build.put("internet_gateways", replace(old, attachments=attachment))
        return
    build.put(
        "internet_gateways",
        InternetGateway(
            internet_gateway_id=key,
            attachments=attachment,
            owner_id=build.account_of(vpc),
            tags=(Tag(key="Name", value=name),),
        ),
    )


def attach_egress_only(build: Build, key: str, name: str, vpc: str) -> None:
    """An egress-only internet gateway on a VPC."""
    build.put(
        "egress_only_internet_gateways",
        EgressOnlyInternetGateway(
            egress_only_internet_gateway_id=key,
            attachments=(GatewayAttachment(vpc_id=vpc, state="attached"),),
            tags=(Tag(key="Name", value=name),),
        ),
    )


def declare_internet_gateways(build: Build, items: list[Item]) -> None:
    """Ids and names."""
    for item in items:
        item.vpc = build.home_vpc(item, item.spec.vpc)
        build.declare("internet_gateways", "igw", item)


def build_internet_gateways(build: Build, items: list[Item]) -> None:
    """Records; detached when there is no VPC or ``attached: false``."""
    for item in items:
        spec: InternetGatewaySpec = item.spec
        if spec.attached is not False and item.vpc:
            attach_internet_gateway(build, item.id, item.name, item.vpc)
        else:
            old = item.old or InternetGateway(
                internet_gateway_id=item.id, owner_id=spec.account or build.account, tags=build.tags(item)
            )
            build.put("internet_gateways", replace(old, attachments=()))


def declare_egress_only_internet_gateways(build: Build, items: list[Item]) -> None:
    """Ids and names."""
    for item in items:
        item.vpc = build.home_vpc(item, item.spec.vpc)
        build.declare("egress_only_internet_gateways", "eigw", item)


def build_egress_only_internet_gateways(build: Build, items: list[Item]) -> None:
    """Records."""
    for item in items:
        attach_egress_only(build, item.id, item.name, build.need_vpc(item))
