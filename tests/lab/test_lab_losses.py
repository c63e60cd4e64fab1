"""A packet that neither arrives nor is dropped by a rule: what the kernel counts of it (LAB59)."""

from __future__ import annotations

import pytest

import bring_up_plans as plans
from isolated import why_not
from tabiji.lab import packets
from tabiji.lab.kernel import losses
from tabiji.lab.oracle import Oracle
from tabiji.packet.address import parse_address
from tabiji.packet.header import TCP, FiveTuple

pytestmark = pytest.mark.skipif(bool(why_not()), reason=f"no namespaces here: {why_not()}")


def packet(destination: str) -> bytearray:
    flow = FiveTuple(parse_address("10.1.0.10"), parse_address(destination), TCP, 1000, 80)
    return bytearray(packets.build(flow))


def test_lab59_the_kernels_counters_tell_why() -> None:
    spoilt, strange, well = packet("10.1.1.10"), packet("0.0.0.0"), packet("10.1.1.10")
    spoilt[10] ^= 1
    with Oracle(plans.network()) as oracle:
        assert oracle.send(plans.A, bytes(spoilt)).lost
        assert "IpExt.InCsumErrors" in oracle.why_lost(plans.A, bytes(spoilt))
        assert "route in_martian_dst" in oracle.why_lost(plans.A, bytes(strange))
        assert oracle.why_lost(plans.A, bytes(well)) == ""


def test_only_what_grew_is_named() -> None:
    now = losses.read()
    assert "IpExt.InCsumErrors" in now
    assert "Ip.InReceives" not in now  # no loss
    assert losses.grown(now, now) == []
    assert losses.grown(now, now | {"IpExt.InCsumErrors": now["IpExt.InCsumErrors"] + 1}) == ["IpExt.InCsumErrors"]
    assert any(name.startswith("rx drop at ") for name in now)
