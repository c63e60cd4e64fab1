"""VPCs and subnets: who stands where, what is delivered without the route table."""

from __future__ import annotations

from ...packet.address import format_address, is_v6, parse_prefix
from .draft import LAYER2, LOCAL, ROUTED, Draft, TableDraft
from .model import Port

LINK_LOCAL_DNS, IMDS, TIME = "169.254.169.253", "169.254.169.254", "169.254.169.123"
LOCAL_SIX = ("fd00:ec2::253", "fd00:ec2::254", "fd00:ec2::123")
RESERVED = ("169.254.168.0/22", "fd00:ec2::/32")
"""Never routed, whatever the table says (RT15)."""


def context(draft: Draft, subnet_id: str) -> int:
    """The context of packets that stand in a subnet."""
    number = draft.context("subnet", subnet_id)
    draft.stands_in[number] = subnet_id
    return number


def local_table(draft: Draft, vpc_id: str) -> TableDraft:
    """The VPC's own addresses: what a ``local`` route leads to."""
    return draft.table(vpc_id, "local")


def layer2_table(draft: Draft, subnet_id: str) -> TableDraft:
    """The subnet's own addresses: delivered before any route is looked at (W5)."""
    return draft.table(subnet_id, "layer2")


def vpc_context(draft: Draft, vpc_id: str, by: str) -> int:
    """The context of packets that come into a VPC by a gateway or a peering: its own addresses, nothing else (PC2)."""
    number = draft.context("vpc", vpc_id, by)
    draft.look(number, LOCAL, local_table(draft, vpc_id))
    return number


def build(draft: Draft) -> None:
    """Local services, unowned addresses, and the three lookups of every subnet."""
    estate = draft.estate
    for vpc_id in estate.vpcs:
        _services(draft, vpc_id)
    for subnet_id, subnet in estate.subnets.items():
        table = layer2_table(draft, subnet_id)
        for address in local_service_addresses(draft, subnet.vpc_id):
            table.add(address, _services_port(subnet.vpc_id, draft))
        for prefix in RESERVED:
            table.add(prefix, draft.sink("no-host", subnet_id, prefix, "RT15"))
        number = context(draft, subnet_id)
        draft.look(number, LAYER2, table)
        from . import route_table  # routes lead everywhere, and back here

        draft.look(number, ROUTED, route_table.of_subnet(draft, subnet_id))
        draft.look(number, LOCAL, local_table(draft, subnet.vpc_id))


def close(draft: Draft) -> None:
    """Addresses of a VPC or subnet that nothing has: dropped silently (RT21)."""
    for subnet_id, subnet in draft.estate.subnets.items():
        nobody = draft.sink("no-host", subnet_id, "", "RT21")
        for cidr in subnet.cidrs():
            layer2_table(draft, subnet_id).add(cidr, nobody)
    for vpc_id, vpc in draft.estate.vpcs.items():
        nobody = draft.sink("no-host", vpc_id, "", "RT21")
        for cidr in vpc.cidrs():
            local_table(draft, vpc_id).add(cidr, nobody)


def dns_addresses(draft: Draft, vpc_id: str) -> tuple[str, ...]:
    """VPC+2, in the primary CIDR (RT20)."""
    low, _ = parse_prefix(draft.estate.vpcs[vpc_id].cidr_block)
    return () if is_v6(low) else (format_address(low + 2),)


def local_service_addresses(draft: Draft, vpc_id: str) -> tuple[str, ...]:
    """Where AWS answers inside every VPC (W2)."""
    return (*dns_addresses(draft, vpc_id), LINK_LOCAL_DNS, IMDS, TIME, *LOCAL_SIX)


def _services_port(vpc_id: str, draft: Draft) -> str:
    return draft.built["local services", vpc_id]


def _services(draft: Draft, vpc_id: str) -> None:
    """The port behind which the VPC's DNS and metadata answer; no group and no ACL looks at it (SG9, NA8)."""
    number = draft.context("local services", vpc_id)
    draft.look(number, LOCAL, local_table(draft, vpc_id))
    port = Port(
        name=draft.name("s", vpc_id),
        role="service",
        owner=vpc_id,
        context=number,
        addresses=local_service_addresses(draft, vpc_id),
        guest="svc",
    )
    draft.built["local services", vpc_id] = draft.port(port)
    draft.exempt.append(port.name)
