"""Transit gateway: associations, routes, appliance mode."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from ...estate import Change, Estate
from ...estate.transit_gateway import AttachmentAssociation, TgwRoute, TgwRouteAttachment, TransitGatewayRoutes
from ...packet.address import Interval, format_prefix, is_private_v4, is_v6, parse_prefix
from ..finding import Finding, Fix
from .base import Context, answers, changes_by, records_of


@answers("tgw.no_route", "tgw.blackhole")
def tgw_route(context: Context, finding: Finding) -> Iterable[Fix]:
    """A static route to the attachment whose network holds the destination (TG2)."""
    estate, packet = context.estate, finding.packet
    table = finding.component
    record = estate.tgw_route_tables.get(table)
    if packet is None or record is None:
        return
    for attachment, prefix in attachments_towards(estate, record.transit_gateway_id, packet.dst):
        yield _route(estate, table, attachment, prefix)


def attachments_towards(estate: Estate, tgw: str, address: int) -> Iterable[tuple[str, Interval]]:
    """(attachment, prefix) of a TGW behind which an address lies; for public ones every VPC with a way out."""
    for attachment_id in estate.attachments_by_tgw.get(tgw, ()):
        vpc_attachment = estate.tgw_vpc_attachments.get(attachment_id)
        if vpc_attachment is not None:
            vpc = estate.vpcs.get(vpc_attachment.vpc_id)
            for text in vpc.cidrs() if vpc else ():
                low, high = parse_prefix(text)
                if low <= address <= high:
                    yield attachment_id, (low, high)
            if not is_v6(address) and not is_private_v4(address):
                nats = [n for n in estate.nat_gateways.values() if n.vpc_id == vpc_attachment.vpc_id]
                if any(n.state == "available" for n in nats):
                    yield attachment_id, parse_prefix("0.0.0.0/0")
            continue
        resource = estate.tgw_attachments[attachment_id].resource_id
        for site in estate.sites.values():
            if attachment_id in site.attachments or resource in site.attachments:
                for text in site.prefixes:
                    low, high = parse_prefix(text)
                    if low <= address <= high:
                        yield attachment_id, (low, high)


def _route(estate: Estate, table: str, attachment: str, prefix: Interval) -> Fix:
    text = format_prefix(prefix)
    kind = estate.tgw_attachments[attachment].resource_type if attachment in estate.tgw_attachments else "vpc"
    hop = TgwRouteAttachment(transit_gateway_attachment_id=attachment, resource_type=kind)
    new = TgwRoute(destination_cidr_block=text, transit_gateway_attachments=(hop,))
    held = estate.tgw_routes.get(table) or TransitGatewayRoutes(transit_gateway_route_table_id=table)
    kept = tuple(r for r in held.routes if r.destination_cidr_block != text)
    replaced = len(kept) != len(held.routes)
    changed = msgspec.structs.replace(held, routes=(*kept, new))
    changes = (Change("tgw_routes", table, changed),)
    tgw = estate.tgw_route_tables[table].transit_gateway_id
    verb = "replace-transit-gateway-route" if replaced else "create-transit-gateway-route"
    return Fix(
        code="fix.tgw.route",
        component=table,
        params=(("table", table), ("destination", text), ("target", attachment)),
        cli=(
            f"aws ec2 {verb} --transit-gateway-route-table-id {table} "
            f"--destination-cidr-block {text} --transit-gateway-attachment-id {attachment}",
        ),
        terraform=(
            f'resource "aws_ec2_transit_gateway_route" "tabiji" {{\n  destination_cidr_block = "{text}"\n'
            f'  transit_gateway_attachment_id = "{attachment}"\n  transit_gateway_route_table_id = "{table}"\n}}\n'
        ),
        overlay=_overlay(estate, tgw, {"route_tables": {table: {"routes": {text: attachment}}}}, changes),
        changes=changes,
        cost=35,
    )


def _overlay(estate: Estate, tgw: str, body: dict[str, Any], changes: tuple[Change, ...]) -> dict[str, Any]:
    """Written inside the TGW; as bare records where the TGW itself is not part of the estate."""
    return {"transit_gateways": {tgw: body}} if tgw in estate.transit_gateways else records_of(changes)


@answers("tgw.no_association")
def associate(context: Context, finding: Finding) -> Iterable[Fix]:
    """Associate the attachment with a table of its TGW (TG1)."""
    estate = context.estate
    attachment_id = finding.param("attachment") or finding.component
    attachment = estate.tgw_attachments.get(attachment_id)
    if attachment is None:
        return
    for table, record in estate.tgw_route_tables.items():
        if record.transit_gateway_id != attachment.transit_gateway_id:
            continue
        association = AttachmentAssociation(transit_gateway_route_table_id=table)
        changes = (
            Change("tgw_attachments", attachment_id, msgspec.structs.replace(attachment, association=association)),
        )
        tgw = attachment.transit_gateway_id
        yield Fix(
            code="fix.tgw.associate",
            component=attachment_id,
            params=(("attachment", attachment_id), ("table", table)),
            cli=(
                f"aws ec2 associate-transit-gateway-route-table --transit-gateway-route-table-id {table} "
                f"--transit-gateway-attachment-id {attachment_id}",
            ),
            terraform=(
                f'resource "aws_ec2_transit_gateway_route_table_association" "tabiji" {{\n'
                f'  transit_gateway_attachment_id = "{attachment_id}"\n'
                f'  transit_gateway_route_table_id = "{table}"\n}}\n'
            ),
            overlay=_overlay(estate, tgw, {"attachments": {attachment_id: {"table": table}}}, changes),
            changes=changes,
            cost=30 if record.default_association_route_table else 32,
        )


@answers("unknown.branch", "reply.asymmetric", "firewall.asymmetric")
def appliance_mode(context: Context, finding: Finding) -> Iterable[Fix]:
    """Keep both directions of a flow in one AZ (TG8, TG9)."""
    estate = context.estate
    vpc = finding.place.vpc if finding.place is not None else ""
    for attachment_id, attachment in estate.tgw_vpc_attachments.items():
        meant = attachment_id in finding.param("branches") or (vpc and attachment.vpc_id == vpc)
        if not meant or attachment.options.appliance_mode_support == "enable":
            continue
        options = msgspec.structs.replace(attachment.options, appliance_mode_support="enable")
        changed = msgspec.structs.replace(attachment, options=options)
        changes = (Change("tgw_vpc_attachments", attachment_id, changed),)
        tgw = attachment.transit_gateway_id
        yield Fix(
            code="fix.tgw.appliance_mode",
            component=attachment_id,
            params=(("attachment", attachment_id),),
            cli=(
                f"aws ec2 modify-transit-gateway-vpc-attachment --transit-gateway-attachment-id {attachment_id} "
                "--options ApplianceModeSupport=enable",
            ),
            terraform='appliance_mode_support = "enable"\n',
            overlay=_overlay(estate, tgw, {"attachments": {attachment_id: {"appliance_mode": True}}}, changes),
            changes=changes,
            cost=20,
        )


@answers("sg.reference_lost")
def sg_referencing(context: Context, finding: Finding) -> Iterable[Fix]:
    """Security group references work across a TGW only with its support and that of both attachments (TG12)."""
    estate, key = context.estate, finding.param("tgw")
    tgw = estate.transit_gateways.get(key)
    place, packet = finding.place, finding.packet
    if tgw is None or place is None or packet is None:
        return
    source = next((vpc for vpc, owned in estate.eni_by_address.items() if packet.src in owned and vpc != place.vpc), "")
    off = [
        i
        for i in estate.attachments_by_tgw.get(key, ())
        if (a := estate.tgw_vpc_attachments.get(i)) is not None
        and a.vpc_id in (place.vpc, source)
        and a.options.security_group_referencing_support != "enable"
    ]
    body: dict[str, Any] = {}
    cli = []
    if tgw.options.security_group_referencing_support != "enable":
        body["sg_referencing"] = True
        cli.append(
            f"aws ec2 modify-transit-gateway --transit-gateway-id {key} "
            "--options SecurityGroupReferencingSupport=enable"
        )
    if off:
        body["attachments"] = {i: {"sg_referencing": True} for i in off}
        cli += [
            f"aws ec2 modify-transit-gateway-vpc-attachment --transit-gateway-attachment-id {i} "
            "--options SecurityGroupReferencingSupport=enable"
            for i in off
        ]
    if not body:
        return
    overlay = {"transit_gateways": {key: body}}
    yield Fix(
        code="fix.tgw.sg_referencing",
        component=key,
        params=(("tgw", key), ("attachments", ", ".join(off) or "-")),
        cli=tuple(cli),
        terraform='security_group_referencing_support = "enable"\n',
        overlay=overlay,
        changes=changes_by(estate, overlay),
        cost=18 + 2 * len(cli),
    )
