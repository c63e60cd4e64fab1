"""Wildcards alone, zones left out of a load balancer's name, hostnames of interfaces by type."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from names_estate import INTERNET, REGION, At, World, inside

import tabiji
from balanced_net import PUBLIC_A, PUBLIC_B, Net, target
from tabiji import names
from tabiji.estate import Estate

S3 = f"s3.{REGION}.amazonaws.com"


def dig(estate: Estate, at: At, name: str, rtype: str = "A") -> tuple[str, ...]:
    return names.resolve(estate, at, name, rtype, tool="dig").addresses()


def test_n4_9a_a_wildcard_alone_stands_for_its_apex() -> None:
    world = World().vpc("vpc-a", "10.0.0.0/16")
    world.endpoint("s3", "vpc-a", "s3", {"a": "10.0.0.9"}, (f"*.{S3}",), only_inbound=False)
    estate = world.estate()
    assert dig(estate, inside("vpc-a"), S3) == ("10.0.0.9",)
    assert dig(estate, inside("vpc-a"), f"bucket.{S3}") == ("10.0.0.9",)
    assert names.resolve(estate, inside("vpc-a"), S3, "AAAA", tool="dig").rcode == "NOERROR"


def test_lb6_the_regional_name_leaves_out_a_zone_that_cannot_serve() -> None:
    net = Net()
    name = f"front-1.elb.{REGION}.amazonaws.com"
    net.change("load_balancers", net.arn, dns_name=name)
    assert set(dig(net.estate(), INTERNET, name)) == {PUBLIC_A, PUBLIC_B}
    net.group("TCP", target("i-ta", "unhealthy"), target("i-tb"))
    assert dig(net.estate(), INTERNET, name) == (PUBLIC_B,)
    assert dig(net.estate(), INTERNET, f"az-a.{name}") == (PUBLIC_A,)  # a zonal name says which one


HOSTNAMES = {
    "DnsHostnameType": "public-dual-stack-dns-name",
    "PublicIpv4DnsName": f"eni-1.four.{REGION}.example",
    "PublicIpv6DnsName": f"eni-1.six.{REGION}.example",
    "PublicDualStackDnsName": f"eni-1.both.{REGION}.example",
}


@pytest.mark.parametrize(
    ("family", "private", "public"),
    [
        ("four", ("10.0.0.5",), ("54.0.0.5",)),
        ("six", ("2001:db8::5",), ("2001:db8::5",)),
        ("both", ("10.0.0.5", "2001:db8::5"), ("54.0.0.5", "2001:db8::5")),
    ],
)
def test_n3_4_public_hostnames_by_type(
    family: str, private: tuple[str, ...], public: tuple[str, ...], tmp_path: Path
) -> None:
    association = {"PublicIp": "54.0.0.5"}
    eni = {
        "NetworkInterfaceId": "eni-1", "VpcId": "vpc-a", "PrivateIpAddress": "10.0.0.5",
        "Association": association, "PublicIpDnsNameOptions": HOSTNAMES,
        "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.5", "Primary": True, "Association": association}],
        "Ipv6Addresses": [{"Ipv6Address": "2001:db8::5"}],
    }  # fmt: skip
    vpcs = [{"VpcId": "vpc-a", "CidrBlock": "10.0.0.0/16"}, {"VpcId": "vpc-b", "CidrBlock": "10.1.0.0/16"}]
    (tmp_path / "net.json").write_text(json.dumps({"NetworkInterfaces": [eni]}))
    (tmp_path / "vpcs.json").write_text(json.dumps({"Vpcs": vpcs}))
    for vpc in ("vpc-a", "vpc-b"):
        for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
            told = {"VpcId": vpc, attribute: {"Value": True}}
            (tmp_path / f"{vpc}-{attribute}.json").write_text(json.dumps(told))
    estate = tabiji.load(tmp_path)
    name = f"eni-1.{family}.{REGION}.example"

    def both(at: At) -> tuple[str, ...]:
        return (*dig(estate, at, name), *dig(estate, at, name, "AAAA"))

    assert both(inside("vpc-a")) == private
    assert both(inside("vpc-b")) == public
    assert both(INTERNET) == public
