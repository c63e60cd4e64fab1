"""VPC peering connections."""

from msgspec.structs import replace

from ...estate.peering import PeeringCidr, PeeringOptions, PeeringStatus, PeeringVpc, VpcPeeringConnection
from ..spec import Names, Path, Spec, many
from .build import Build, Item


class OtherVpc(Spec):
    """A VPC outside the estate."""

    vpc: str
    account: str | None = None
    region: str | None = None
    cidr: Names = None


class PeeringSpec(Spec):
    """A peering connection between two VPCs, of any account and Region."""

    id: str | None = None
    vpcs: list[str | OtherVpc] | None = None
    """Requester and accepter."""
    dns: bool | str | list[str] | None = None
    """Sides (or true for both) whose instance names resolve to private addresses from the other (names N3.5a)."""
    state: str | None = None


def declare_peerings(build: Build, items: list[Item]) -> None:
    """Ids and names."""
    for item in items:
        build.declare("peerings", "pcx", item)


def build_peerings(build: Build, items: list[Item]) -> None:
    """Records."""
    for item in items:
        spec: PeeringSpec = item.spec
        old = item.old
        if old is None:
            if spec.vpcs is None or len(spec.vpcs) != 2:
                build.fail((*item.path, "vpcs"), "a peering connection has two VPCs")
            one, two = (_side(build, v, (*item.path, "vpcs", i)) for i, v in enumerate(spec.vpcs))
            old = VpcPeeringConnection(
                vpc_peering_connection_id=item.id, requester=one, accepter=two, tags=build.tags(item)
            )
        if spec.state is not None:
            old = replace(old, status=PeeringStatus(code=spec.state))
        if spec.dns is not None:
            allowed = {old.requester.vpc_id, old.accepter.vpc_id}
            if isinstance(spec.dns, bool):
                allowed = allowed if spec.dns else set()
            else:
                allowed = set(build.find_all("vpcs", many(spec.dns), (*item.path, "dns")))
            old = replace(old, requester=_dns(old.requester, allowed), accepter=_dns(old.accepter, allowed))
        build.put("peerings", old)


def _dns(side: PeeringVpc, allowed: set[str]) -> PeeringVpc:
    return replace(side, peering_options=PeeringOptions(allow_dns_resolution_from_remote_vpc=side.vpc_id in allowed))


def _side(build: Build, named: str | OtherVpc, path: Path) -> PeeringVpc:
    if isinstance(named, str):
        key = build.find("vpcs", named, path)
        vpc = build.get("vpcs", key)
        return PeeringVpc(
            vpc_id=key,
            owner_id=vpc.owner_id,
            region=build.region_of(key),
            cidr_block=vpc.cidr_block,
            cidr_block_set=tuple(PeeringCidr(cidr_block=c) for c in vpc.cidrs() if ":" not in c),
        )
    cidrs = tuple(build.cidr(c, (*path, "cidr")) for c in many(named.cidr))
    return PeeringVpc(
        vpc_id=named.vpc,
        owner_id=named.account or build.account,
        region=named.region or build.region,
        cidr_block=cidrs[0] if cidrs else "",
        cidr_block_set=tuple(PeeringCidr(cidr_block=c) for c in cidrs),
    )
