"""ENI: a public address, the source/destination check."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ...estate import Change
from ...estate.network_interface import PublicAssociation
from ...packet.address import format_address, parse_address
from ..finding import Finding, Fix
from .base import Context, answers

NEW_ADDRESS = "203.0.113.254"
"""Stands for the address AWS will allocate (documentation range)."""


@answers("igw.no_public_ip")
def public_address(context: Context, finding: Finding) -> Iterable[Fix]:
    """An Elastic IP on the ENI that sends (IG1)."""
    estate, packet = context.estate, finding.packet
    if packet is None or finding.place is None:
        return
    eni_id = estate.eni_by_address.get(finding.place.vpc, {}).get(packet.src)
    if eni_id is None or eni_id in estate.nat_by_eni:
        return
    eni = estate.network_interfaces[eni_id]
    if eni.requester_managed or eni.interface_type != "interface":  # IG1: a function's ENI, say, cannot have one
        return
    address = parse_address(NEW_ADDRESS)
    while address in estate.public_addresses:
        address -= 1
    association = PublicAssociation(public_ip=format_address(address))
    private = format_address(packet.src)
    rows = tuple(
        msgspec.structs.replace(a, association=association) if a.private_ip_address == private else a
        for a in eni.private_ip_addresses
    )
    changed = msgspec.structs.replace(eni, association=association, private_ip_addresses=rows)
    yield Fix(
        code="fix.public_ip",
        component=eni_id,
        params=(("eni", eni_id), ("address", private)),
        cli=(
            "aws ec2 allocate-address --domain vpc",
            f"aws ec2 associate-address --network-interface-id {eni_id} --private-ip-address {private} "
            "--allocation-id <eipalloc of the first command>",
        ),
        terraform=f'resource "aws_eip" "tabiji" {{\n  domain = "vpc"\n  network_interface = "{eni_id}"\n}}\n',
        overlay={"interfaces": {eni_id: {"public": True}}},
        changes=(Change("network_interfaces", eni_id, changed),),
        cost=25,
    )


@answers("eni.source_check", "eni.dest_check")
def source_dest_check(context: Context, finding: Finding) -> Iterable[Fix]:
    """Off, for an ENI that forwards (NI1)."""
    eni = context.estate.network_interfaces.get(finding.component)
    if eni is None:
        return
    yield Fix(
        code="fix.source_dest_check",
        component=finding.component,
        params=(("eni", finding.component),),
        cli=(
            f"aws ec2 modify-network-interface-attribute --network-interface-id {finding.component} "
            "--no-source-dest-check",
        ),
        terraform="source_dest_check = false\n",
        overlay={"interfaces": {finding.component: {"source_dest_check": False}}},
        changes=(
            Change("network_interfaces", finding.component, msgspec.structs.replace(eni, source_dest_check=False)),
        ),
        cost=20,
    )
