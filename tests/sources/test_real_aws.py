"""The six real networks load whole, if they are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tabiji.estate import Scope
from tabiji.sources import load

REAL_AWS = Path(__file__).resolve().parents[3] / "shared" / "real-aws"

pytestmark = pytest.mark.skipif(not REAL_AWS.is_dir(), reason=f"{REAL_AWS} is not there")

# ENIs, subnets, VPCs, running instances, from the collection's own table.
LABS = {
    "aws_demo": (22, 13, 4, 13),
    "aws_instance_multiple_interface": (6, 3, 1, 4),
    "aws_multi_account_vpc_peering": (2, 2, 2, 2),
    "aws_nlb_targets_ip": (10, 3, 2, 5),
    "aws_tgw_multi_az_intra_region": (14, 14, 2, 7),
    "aws_vpc_endpoints": (5, 3, 1, 3),
}


@pytest.mark.parametrize("lab", LABS)
@pytest.mark.parametrize("below", ["", "aws_configs"])
def test_lab(lab: str, below: str) -> None:
    estate = load(REAL_AWS / lab / below)
    running = [i for i in estate.instances.values() if i.state.name == "running"]
    counts = (len(estate.network_interfaces), len(estate.subnets), len(estate.vpcs), len(running))
    assert counts == LABS[lab]
    assert estate.problems == ()
    assert all(estate.region_of(v) and estate.account_of(v) for v in estate.vpcs)


def test_peering_of_two_accounts_is_one_thing() -> None:
    estate = load(REAL_AWS / "aws_multi_account_vpc_peering")
    active = [p for p in estate.peerings.values() if p.status.code == "active"]
    assert len(active) == 1
    accounts = {estate.scope_of(v) for v in estate.vpcs}
    assert accounts == {Scope("028403472736", "us-east-1"), Scope("951601349076", "us-east-1")}
