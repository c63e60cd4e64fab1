"""Bad snapshots: one line, the file, the place."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tabiji.estate import Estate
from tabiji.sources import SourceError, load

Snapshot = Callable[[dict[str, Any]], Estate]
VPC = {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"}


def subnets(*cidrs: str) -> dict[str, Any]:
    rows = [{"SubnetId": f"subnet-{i}", "VpcId": "vpc-1", "CidrBlock": c} for i, c in enumerate(cidrs)]
    return {"Vpcs": [VPC], "Subnets": rows}


@pytest.mark.parametrize(
    ("content", "place", "reason"),
    [
        (b"", "", "is empty"),
        (b" \n ", "", "is empty"),
        (b'{"Vpcs": [\n {"VpcId"', "2:10", "is cut off: the JSON ends too early"),
        (b'{"Vpcs": [\n  {]}', "2:4", "is not JSON"),
        (b"[]", "1", "holds array; an object with a describe-* key is expected"),
        (b'"text"', "1", "holds str"),
        (b'{"Vpcs": {}}', "Vpcs", "expected `array`, got `object`"),
        (b'{"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": 5}]}', "Vpcs[0].CidrBlock", "expected `str`, got `int`"),
        (b'{"Vpcs": [{"VpcId": "vpc-1"}]}', "Vpcs[0]", "object missing required field `CidrBlock`"),
        (b'{"Vpcs": [{"VpcId": null, "CidrBlock": "x"}]}', "Vpcs[0]", "object missing required field `VpcId`"),
        (b'{"VpcId": "vpc-1", "EnableDnsSupport": 1}', ".EnableDnsSupport", "expected `object | null`, got `int`"),
        (b'{"a":\n"\xff"}', "2:2", "is not UTF-8 (byte 0xff)"),
        (b"\xff\xfe{\x00}\x00", "1", "is UTF-16; save it as UTF-8"),
        (b'{"a": ' + b"[" * 100_000, "", "is nested too deeply"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "", "is nested too deeply"),
        (b'{"Vpcs": [{"VpcId": "v", "CidrBlock": "c", "x": ' + b"[" * 90_000, "", "is nested too deeply"),
        (json.dumps({"Vpcs": [{**VPC, "CidrBlock": "banana"}]}).encode(), "vpc-1", "'banana' is not an IP address"),
        (
            json.dumps({"Vpcs": [VPC, {**VPC, "CidrBlock": "10.1.0.0/16"}]}).encode(),
            "vpc-1",
            "is listed twice with different content (vpcs)",
        ),
        (
            json.dumps(subnets("10.0.0.0/24", "10.0.1.0/24", "10.0.0.128/25")).encode(),
            "subnet-2",
            "10.0.0.128/25 overlaps 10.0.0.0/24 of subnet-0, both are subnets of vpc-1",
        ),
    ],
)
def test_content(snapshot: Snapshot, tmp_path: Path, content: bytes, place: str, reason: str) -> None:
    with pytest.raises(SourceError) as caught:
        snapshot({"us-east-1/x.json": content})
    error = caught.value
    assert error.file == str(tmp_path / "net" / "us-east-1" / "x.json")
    assert (error.place, error.reason[: len(reason)]) == (place, reason)
    assert str(error) == (f"{error.file}:{place}: " if place else f"{error.file}: ") + error.reason


def test_the_same_record_twice_is_no_matter(snapshot: Snapshot) -> None:
    assert list(snapshot({"a.json": {"Vpcs": [VPC]}, "b.json": {"Vpcs": [VPC]}}).vpcs) == ["vpc-1"]


def test_different_content_in_two_files_of_one_region(snapshot: Snapshot) -> None:
    with pytest.raises(SourceError, match=r"b\.json:vpc-1: is listed twice"):
        snapshot({"a.json": {"Vpcs": [VPC]}, "b.json": {"Vpcs": [{**VPC, "CidrBlock": "10.1.0.0/16"}]}})


def test_fifos_and_devices_are_not_opened(tmp_path: Path) -> None:
    fifo = tmp_path / "x.json"
    os.mkfifo(fifo)
    for path in (fifo, tmp_path):
        with pytest.raises(SourceError, match=r"x\.json: is not a regular file"):
            load(path)
    with pytest.raises(SourceError, match="is not a regular file"):
        load("/dev/null")


def test_missing_and_unreadable(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere\.json: no such file"):
        load(tmp_path / "nowhere.json")
    with pytest.raises(SourceError, match=r"holds no \.json file"):
        load(tmp_path)
    with pytest.raises(SourceError, match=r"not a file name"):
        load("a\0b")
    (tmp_path / "loop.json").symlink_to(tmp_path / "loop.json")
    with pytest.raises(SourceError, match=r"loop\.json: too many levels of symbolic links"):
        load(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_no_permission(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text("{}")
    path.chmod(0)
    with pytest.raises(SourceError, match="permission denied"):
        load(tmp_path)


@pytest.mark.slow
def test_a_large_file_loads(tmp_path: Path) -> None:
    row = json.dumps({**VPC, "Padding": "x" * 1000})
    path = tmp_path / "big.json"
    with path.open("w") as file:
        file.write('{"Vpcs": [' + row)
        for _ in range(200_000):
            file.write(",\n" + row)
        file.write("]}")
    assert path.stat().st_size > 200e6
    assert list(load(path).vpcs) == ["vpc-1"]


def test_collection_file_of_wrong_shape(snapshot: Snapshot) -> None:
    with pytest.raises(SourceError, match=r"_collection\.json:denied: "):
        snapshot({"_collection.json": {"denied": "all"}})
