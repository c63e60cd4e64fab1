"""Whatever the bytes are, a loader gives an estate or one SourceError with one line."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tabiji.estate import Estate
from tabiji.sources import SourceError, apply_overlay, load
from tabiji.sources.document import estate_of
from tabiji.sources.yaml import SECTIONS

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
QUICK = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])

SNAPSHOT = {
    "Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "OwnerId": "111122223333"}],
    "Subnets": [
        {"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": "10.0.0.0/24", "AvailabilityZone": "us-east-1a"}
    ],
    "Reservations": [{"Instances": [{"InstanceId": "i-1", "State": {"Name": "running"}}]}],
    "RouteTables": [
        {
            "RouteTableId": "rtb-1",
            "VpcId": "vpc-1",
            "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"}],
        }
    ],
    "Whatever": [1, 2],
}


def check(read: Callable[[], Estate], start: str = "") -> None:
    """An estate, or one line that begins with the file."""
    found: Estate | SourceError
    try:
        found = read()
    except SourceError as error:
        found = error
    if isinstance(found, SourceError):
        assert "\n" not in str(found)
        assert str(found).startswith(start)
    else:
        assert found.tables


def attempt(suffix: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"x{suffix}"
        path.write_bytes(data)
        check(lambda: load(path), str(path))


@QUICK
@given(st.binary(max_size=300))
def test_random_bytes_as_json(data: bytes) -> None:
    attempt(".json", data)


@QUICK
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda t: t.encode("utf-8", "surrogatepass")))
def test_random_bytes_as_yaml(data: bytes) -> None:
    attempt(".yaml", data)


LEAVES: Any = (
    st.none()
    | st.booleans()
    | st.integers(-5, 70000)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["10.0.0.0/8", "10.0.0.1", "::/0", "vpc-1", "subnet-1", "local", "tcp 443 from 10.0.0.0/8", "-1"])
)
KEYS = st.text(max_size=6) | st.sampled_from(
    [
        *SNAPSHOT,
        "VpcId",
        "CidrBlock",
        "HostedZone",
        "NetworkInterfaces",
        "PrivateIpAddress",
        "SecurityGroups",
        "GroupId",
    ]
    + [section.name for section in SECTIONS]
    + ["cidr", "routes", "in", "out", "sg", "ip", "subnet", "vpc", "attachments", "route_tables", "records", "to"]
)
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=25
)


@QUICK
@given(TREES)
def test_random_trees_as_json(tree: Any) -> None:
    attempt(".json", json.dumps(tree).encode())


@QUICK
@given(st.dictionaries(KEYS, TREES, max_size=4))
def test_random_trees_as_yaml(tree: Any) -> None:
    attempt(".yaml", json.dumps(tree).encode())  # JSON is YAML
    check(lambda: estate_of(tree))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    out = [path] if path else []
    if isinstance(value, dict):
        for key, entry in value.items():
            out += places(entry, (*path, key))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            out += places(entry, (*path, index))
    return out


def mutate(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    copy = json.loads(json.dumps(value))
    at = copy
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = new
    return copy


@QUICK
@given(st.data())
def test_mutated_snapshot(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(places(SNAPSHOT)))
    attempt(".json", json.dumps(mutate(SNAPSHOT, path, data.draw(TREES))).encode())


@QUICK
@given(st.data())
def test_mutated_examples(data: st.DataObject) -> None:
    from tabiji.sources.yaml_text import read_yaml

    document, _ = read_yaml(str(data.draw(st.sampled_from(EXAMPLES))))
    path = data.draw(st.sampled_from(places(document)))
    attempt(".yaml", json.dumps(mutate(document, path, data.draw(TREES))).encode())


@QUICK
@given(st.data())
def test_cut_and_garbled_examples(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(EXAMPLES)).read_bytes()
    at = data.draw(st.integers(0, len(text)))
    junk = data.draw(st.binary(max_size=6) | st.sampled_from([b"- ", b": ", b"[", b"{", b"&a ", b"*a", b"\t", b"!x "]))
    attempt(".yaml", text[:at] + junk + text[at + data.draw(st.integers(0, 4)) :])


@QUICK
@given(st.dictionaries(KEYS, TREES, max_size=4))
def test_random_overlays(tree: Any) -> None:
    base = load(EXAMPLES[0])
    check(lambda: apply_overlay(base, tree))
