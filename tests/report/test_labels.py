"""Names beside ids."""

from __future__ import annotations

import pytest

from tabiji.estate import Estate
from tabiji.estate.instance import Instance
from tabiji.estate.network_interface import EniAttachment, NetworkInterface
from tabiji.estate.record import Tag
from tabiji.estate.route_table import RouteTable
from tabiji.estate.site import Host
from tabiji.estate.transit_gateway import TransitGatewayVpcAttachment
from tabiji.estate.vpc import Vpc
from tabiji.estate.vpc_endpoint import VpcEndpoint
from tabiji.fabric.stage import Place
from tabiji.report.labels import Labels, short_arn


def named(name: str) -> tuple[Tag, ...]:
    return (Tag(key="Other", value="x"), Tag(key="Name", value=name))


ESTATE = Estate.of(
    vpcs=[Vpc(vpc_id="vpc-1", cidr_block="10.0.0.0/16", tags=named("main"))],
    instances=[Instance(instance_id="i-1", tags=named("web"))],
    network_interfaces=[
        NetworkInterface(network_interface_id="eni-tagged", tag_set=named("front")),
        NetworkInterface(network_interface_id="eni-web", attachment=EniAttachment(instance_id="i-1")),
        NetworkInterface(network_interface_id="eni-host"),
        NetworkInterface(network_interface_id="eni-endpoint", description="VPC Endpoint Interface vpce-1"),
        NetworkInterface(network_interface_id="eni-told", description="ELB net/x"),
    ],
    hosts=[Host(name="laptop", eni="eni-host")],
    vpc_endpoints=[
        VpcEndpoint(
            vpc_endpoint_id="vpce-1",
            service_name="com.amazonaws.eu-west-1.ssm",
            network_interface_ids=("eni-endpoint",),
        )
    ],
    route_tables=[RouteTable(route_table_id="rtb-1", vpc_id="vpc-1")],
    tgw_vpc_attachments=[TransitGatewayVpcAttachment(transit_gateway_attachment_id="tgw-attach-1", vpc_id="vpc-1")],
)


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ("vpc-1", "main"),
        ("eni-tagged", "front"),
        ("eni-web", "web"),
        ("eni-host", "laptop"),
        ("eni-endpoint", "eu-west-1.ssm"),
        ("eni-told", "ELB net/x"),
        ("vpce-1", "eu-west-1.ssm"),
        ("tgw-attach-1", "main"),
        ("rtb-1", ""),
        ("vpc-gone", ""),
        ("", ""),
        ("arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/net/front/0a", "front"),
    ],
)
def test_names(resource: str, name: str) -> None:
    assert Labels(ESTATE).name(resource) == name


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("vpc-1", "vpc-1 (main)"),
        ("vpc-1,rtb-1", "vpc-1 (main), rtb-1"),
        ("rtb-1", "rtb-1"),
        ("tcp 10.0.0.1:1 > 10.0.0.2:2", "tcp 10.0.0.1:1 → 10.0.0.2:2"),
        ("example.com.", "example.com"),
        (".", "."),
        ("two words.", "two words."),
        ("arn:aws:network-firewall:eu-west-1:1:firewall/inspect", "inspect"),
    ],
)
def test_values_in_sentences(value: str, shown: str) -> None:
    assert Labels(ESTATE).value(value) == shown


def test_without_an_estate_ids_stand_alone() -> None:
    assert Labels().label("vpc-1") == "vpc-1"


def test_places() -> None:
    labels = Labels(ESTATE, "ja")
    assert labels.kind(Place("nat_gateway", "nat-1")) == "NAT ゲートウェイ"
    assert labels.kind(Place("internet", "internet")) == "インターネット"


def test_directions_are_words_of_the_language() -> None:
    params = {"group": "sg-1", "direction": "ingress", "line": "tcp 443"}
    assert "インバウンド" in Labels(None, "ja").text("fix.sg.add_rule", params)
    assert "(ingress)" in Labels(None, "en").text("fix.sg.add_rule", params)


def test_short_arns() -> None:
    assert short_arn("arn:aws:elasticloadbalancing:r:1:targetgroup/name/0a") == "name"
    assert short_arn("arn:aws:network-firewall:r:1:firewall/name") == "name"
