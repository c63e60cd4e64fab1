"""The synthetic estate of the benchmarks is a clean one."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from tabiji.fabric.compiler import Fabric
from tabiji.packet.address import parse_address
from tabiji.packet.header import FiveTuple
from tabiji.sources import load
from tabiji.walk.point import all_trips

SCRIPT = Path(__file__).resolve().parents[2] / "bench" / "generate.py"


def generator() -> Any:
    spec = importlib.util.spec_from_file_location("generate", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_is_whole_and_repeatable(tmp_path: Path) -> None:
    make = generator().generate
    counts = make(tmp_path / "a", 500, seed=3)
    make(tmp_path / "b", 500, seed=3)
    make(tmp_path / "c", 500, seed=4)
    a, b, c = ({p.name: p.read_bytes() for p in (tmp_path / x).rglob("*.json")} for x in "abc")
    assert a == b
    assert a != c
    estate = load(tmp_path / "a")
    assert len(estate.network_interfaces) == counts["NetworkInterfaces"] == 500
    assert estate.problems == ()
    assert estate.coverage.not_modelled == {}


def test_a_spoke_reaches_the_internet_through_the_firewalls(tmp_path: Path) -> None:
    generate = generator()
    generate.generate(tmp_path, 200)
    estate = load(tmp_path, [tmp_path / generate.OVERLAY])
    fabric = Fabric(estate)
    arrived = 0
    for key, eni in estate.network_interfaces.items():
        if estate.name(eni.vpc_id).startswith("spoke") and eni.interface_type == "interface":
            start, home = fabric.leave_eni(key)
            packet = FiveTuple(parse_address(eni.private_ip_address), parse_address("198.51.100.1"), 6, 40000, 443)
            trip = next(iter(all_trips(fabric, start, packet, {}, home)))
            assert trip.outcome != "unknown"
            arrived += trip.outcome == "delivered"
    assert arrived > 50  # the rest is held back by NACLs of data tiers and restricted egress rules
