"""The bundled examples are what their comments say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tabiji.estate import Estate
from tabiji.fabric.compiler import Fabric
from tabiji.packet.address import parse_address
from tabiji.packet.header import FiveTuple
from tabiji.sources import load
from tabiji.walk.point import Trip, all_trips

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FIVE = ("central-egress", "console-over-dx", "interface-endpoint", "s3-cli", "s3-relay")


def trips(estate: Estate, host: str, destination: str) -> list[Trip]:
    """Every way HTTPS from a host to an address can take."""
    fabric, it = Fabric(estate), estate.hosts[host]
    if it.eni:
        start, home = fabric.leave_eni(it.eni)
    elif it.site:
        start, home = fabric.leave_site(it.site, parse_address(it.address))
    else:
        start, home = fabric.leave_internet()
    packet = FiveTuple(parse_address(it.address), parse_address(destination), 6, 40000, 443)
    return list(all_trips(fabric, start, packet, {}, home))


@pytest.mark.parametrize("name", FIVE)
def test_short_and_whole(name: str) -> None:
    path = EXAMPLES / f"{name}.yaml"
    assert len(path.read_text().splitlines()) <= 80
    assert load(path).vpcs


@pytest.mark.parametrize(
    ("name", "host", "destination", "outcome"),
    [
        ("central-egress", "spoke-a-ec2", "198.51.100.80", "delivered"),
        ("central-egress", "spoke-b-ec2", "198.51.100.80", "delivered"),
        ("central-egress", "spoke-a-ec2", "10.2.2.10", "delivered"),
        ("console-over-dx", "laptop", "172.20.144.4", "dropped"),
        ("console-over-dx", "ec2", "172.20.144.4", "delivered"),
        ("interface-endpoint", "ec2", "172.20.144.169", "delivered"),
        ("interface-endpoint", "peer-ec2", "172.20.128.22", "delivered"),
        ("interface-endpoint", "internet-host", "172.20.128.22", "dropped"),
        ("s3-cli", "ec2", "192.0.2.1", "delivered"),
        ("s3-relay", "client", "28.0.1.254", "delivered"),
        ("s3-relay", "relay", "198.51.100.33", "delivered"),
    ],
)
def test_journeys(name: str, host: str, destination: str, outcome: str) -> None:
    assert {t.outcome for t in trips(load(EXAMPLES / f"{name}.yaml"), host, destination)} == {outcome}


def test_the_laptop_is_stopped_by_the_endpoints_group_alone() -> None:
    """Trap 13: the packet crosses Direct Connect and dies at the endpoint's security group."""
    (trip,) = trips(load(EXAMPLES / "console-over-dx.yaml"), "laptop", "172.20.144.4")
    assert [drop.code for _, drop in trip.forward.drops] == ["sg.ingress.no_rule"]
    assert trip.forward.drops[0][1].component == "sg-tokyo-vpc-endpoints"


def test_one_rule_more_lets_the_laptop_in(tmp_path: Path) -> None:
    overlay = tmp_path / "fix.yaml"
    overlay.write_text("security_groups: {endpoints: {add_in: tcp 443 from 192.168.10.20/32}}\n")
    estate = load(EXAMPLES / "console-over-dx.yaml", [overlay])
    assert [t.outcome for t in trips(estate, "laptop", "172.20.144.4")] == ["delivered"]
