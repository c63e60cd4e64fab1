"""VPC endpoints: a gateway endpoint's route tables, a new one, an owner's acceptance, subnets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...names.endpoint_names import service_tail
from ..finding import Finding, Fix
from .base import Context, answers, changes_by
from .names import LEADS_OUT

GATEWAY_SERVICES = ("s3", "dynamodb", "s3express")


@answers(*LEADS_OUT, "peering.transitive", "endpoint.gateway_outside_vpc")
def gateway_endpoint(context: Context, finding: Finding) -> Iterable[Fix]:
    """S3 and DynamoDB are reached by a gateway endpoint in the subnet's route table (GE1, GE7)."""
    from ...names.catalogue import endpoint_services

    estate = context.estate
    table = estate.route_tables.get(finding.param("table"))
    if table is None or table.vpc_id != context.vantage.vpc:  # GE4: for sources in the VPC only
        table = estate.route_tables.get(estate.route_table_by_subnet.get(context.vantage.subnet, ""))
    if table is None or table.vpc_id != context.vantage.vpc:
        return
    region = estate.region_of(table.vpc_id)
    for serving in endpoint_services(context.request.host):
        tail = service_tail(serving.service_name)
        if "gateway" not in serving.kinds or tail not in GATEWAY_SERVICES or f".{region}." not in serving.service_name:
            continue  # GE3: of the same Region only
        held = [
            e
            for i in estate.endpoints_by_vpc.get(table.vpc_id, ())
            if (e := estate.vpc_endpoints[i]).service_name == serving.service_name and e.vpc_endpoint_type == "Gateway"
        ]
        for endpoint in held:
            if table.route_table_id in endpoint.route_table_ids:
                continue
            key = endpoint.vpc_endpoint_id
            added: dict[str, Any] = {
                "endpoints": {key: {"route_tables": [*endpoint.route_table_ids, table.route_table_id]}}
            }
            yield Fix(
                code="fix.gateway_endpoint.associate",
                component=key,
                params=(("endpoint", key), ("service", tail), ("table", table.route_table_id)),
                cli=(
                    f"aws ec2 modify-vpc-endpoint --vpc-endpoint-id {key} --add-route-table-ids {table.route_table_id}",
                ),
                terraform=(
                    'resource "aws_vpc_endpoint_route_table_association" "tabiji" {\n'
                    f'  vpc_endpoint_id = "{key}"\n  route_table_id  = "{table.route_table_id}"\n}}\n'
                ),
                overlay=added,
                changes=changes_by(estate, added),
                cost=12,
            )
        if not held:
            name = f"{table.vpc_id}-{tail}"
            body = {"service": tail, "type": "gateway", "vpc": table.vpc_id, "route_tables": [table.route_table_id]}
            overlay: dict[str, Any] = {"endpoints": {name: body}}
            yield Fix(
                code="fix.gateway_endpoint.create",
                component=table.vpc_id,
                params=(("service", tail), ("vpc", table.vpc_id), ("table", table.route_table_id)),
                cli=(
                    f"aws ec2 create-vpc-endpoint --vpc-id {table.vpc_id} --service-name {serving.service_name} "
                    f"--route-table-ids {table.route_table_id}",
                ),
                terraform=(
                    f'resource "aws_vpc_endpoint" "tabiji" {{\n  vpc_id          = "{table.vpc_id}"\n'
                    f'  service_name    = "{serving.service_name}"\n'
                    f'  route_table_ids = ["{table.route_table_id}"]\n}}\n'
                ),
                overlay=overlay,
                changes=changes_by(estate, overlay),
                cost=24,
            )


@answers(*LEADS_OUT)
def interface_endpoint(context: Context, finding: Finding) -> Iterable[Fix]:
    """An interface endpoint for a service the VPC has none for, beside the others it has (IE1, IE2)."""
    from ...names.catalogue import endpoint_services

    estate, vpc = context.estate, context.vantage.vpc
    if not vpc or not context.vantage.subnet:
        return
    region = estate.region_of(vpc)
    beside = [
        e
        for i in estate.endpoints_by_vpc.get(vpc, ())
        if (e := estate.vpc_endpoints[i]).vpc_endpoint_type == "Interface" and e.subnet_ids and e.groups
    ]
    for serving in endpoint_services(context.request.host):
        service = serving.service_name
        wanted = serving.how == "private" and serving.kinds == ("interface",) and f".{region}." in service
        if not wanted or any(e.service_name == service for e in beside):
            continue
        like = max(beside, key=lambda e: (len(e.subnet_ids), e.vpc_endpoint_id), default=None)
        yield _new_interface_endpoint(
            context,
            service,
            like.subnet_ids if like is not None else (context.vantage.subnet,),
            tuple(g.group_id for g in like.groups) if like is not None else (),
        )


def _new_interface_endpoint(context: Context, service: str, subnets: tuple[str, ...], groups: tuple[str, ...]) -> Fix:
    """The fix that makes it; without groups, one of its own that admits the VPC."""
    estate, vpc = context.estate, context.vantage.vpc
    tail = service_tail(service)
    body: dict[str, Any] = {"service": service, "type": "interface", "vpc": vpc, "subnets": [*subnets]}
    overlay: dict[str, Any] = {"endpoints": {f"{vpc}-{tail}": body}}
    cli: list[str] = []
    blocks = ""
    worn, named = " ".join(groups), ", ".join(f'"{group}"' for group in groups)
    if groups:
        body["sg"] = [*groups]
    else:
        name = f"{tail.replace('.', '-')}-endpoint"
        body["sg"] = f"{vpc}/{name}"
        # IE1: the group must admit the clients; the default group of a VPC admits only itself.
        ranges = estate.vpcs[vpc].cidrs()
        overlay["security_groups"] = {name: {"vpc": vpc, "in": [f"tcp 443 from {', '.join(ranges)}"]}}
        worn, named = "<GroupId of the first command>", "aws_security_group.tabiji.id"
        cli.append(
            f"aws ec2 create-security-group --vpc-id {vpc} --group-name {name} "
            f'--description "clients of the {tail} endpoint"'
        )
        cli += [
            f"aws ec2 authorize-security-group-ingress --group-id '{worn}' --protocol tcp --port 443 --cidr {cidr}"
            for cidr in ranges
        ]
        worn = f"'{worn}'"
        listed = ", ".join(f'"{cidr}"' for cidr in ranges)
        blocks = (
            f'resource "aws_security_group" "tabiji" {{\n  name   = "{name}"\n  vpc_id = "{vpc}"\n  ingress {{\n'
            f'    protocol    = "tcp"\n    from_port   = 443\n    to_port     = 443\n    cidr_blocks = [{listed}]\n'
            "  }\n}\n"
        )
    cli.append(
        f"aws ec2 create-vpc-endpoint --vpc-id {vpc} --vpc-endpoint-type Interface --service-name {service} "
        f"--subnet-ids {' '.join(subnets)} --security-group-ids {worn} --private-dns-enabled"
    )
    placed = ", ".join(f'"{subnet}"' for subnet in subnets)
    blocks += (
        f'resource "aws_vpc_endpoint" "tabiji" {{\n  vpc_id              = "{vpc}"\n'
        f'  vpc_endpoint_type   = "Interface"\n  service_name        = "{service}"\n'
        f"  subnet_ids          = [{placed}]\n  security_group_ids  = [{named}]\n  private_dns_enabled = true\n}}\n"
    )
    return Fix(
        code="fix.interface_endpoint.create",
        component=vpc,
        params=(("service", tail), ("vpc", vpc), ("subnets", ",".join(subnets))),
        cli=tuple(cli),
        terraform=blocks,
        overlay=overlay,
        changes=changes_by(estate, overlay),
        cost=44 + len(subnets) + (0 if groups else 4),
    )


@answers("endpoint.acceptance")
def accept(context: Context, finding: Finding) -> Iterable[Fix]:
    """The owner of the service accepts the endpoint (ES6)."""
    estate, key = context.estate, finding.component
    endpoint = estate.vpc_endpoints.get(key)
    if endpoint is None or endpoint.state.lower() not in ("pendingacceptance", "rejected"):
        return
    overlay = {"endpoints": {key: {"state": "available"}}}
    service = service_tail(endpoint.service_name)
    yield Fix(
        code="fix.endpoint.accept",
        component=key,
        params=(("endpoint", key), ("service", service)),
        cli=(f"aws ec2 accept-vpc-endpoint-connections --service-id {service} --vpc-endpoint-ids {key}",),
        terraform=(
            'resource "aws_vpc_endpoint_connection_accepter" "tabiji" {\n'
            f'  vpc_endpoint_service_id = "{service}"\n  vpc_endpoint_id         = "{key}"\n}}\n'
        ),
        overlay=overlay,
        changes=changes_by(estate, overlay),
        cost=12,
    )


@answers("name.nxdomain", "name.no_data")
def subnets(context: Context, finding: Finding) -> Iterable[Fix]:
    """An endpoint without subnets has a name and no address (names N4.5): give it the client's subnet."""
    estate, key = context.estate, finding.component
    endpoint = estate.vpc_endpoints.get(key)
    vantage = context.vantage
    if endpoint is None or endpoint.subnet_ids or vantage.vpc != endpoint.vpc_id or not vantage.subnet:
        return
    overlay = {"endpoints": {key: {"subnets": [vantage.subnet]}}}
    yield Fix(
        code="fix.endpoint.subnet",
        component=key,
        params=(("endpoint", key), ("subnet", vantage.subnet)),
        cli=(f"aws ec2 modify-vpc-endpoint --vpc-endpoint-id {key} --add-subnet-ids {vantage.subnet}",),
        terraform=(
            'resource "aws_vpc_endpoint_subnet_association" "tabiji" {\n'
            f'  vpc_endpoint_id = "{key}"\n  subnet_id       = "{vantage.subnet}"\n}}\n'
        ),
        overlay=overlay,
        changes=changes_by(estate, overlay),
        cost=16,
    )
