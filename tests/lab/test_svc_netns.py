"""Marks in real namespaces: two VPCs with the same addresses, one process that serves both (LAB13, LAB25)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

INSIDE = Path(__file__).parents[1] / "svc_inside.py"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What was seen from inside, in namespaces that end with the script."""
    for tool in ("unshare", "ip", "nft"):
        if shutil.which(tool) is None:
            pytest.skip(f"no {tool} here")
    folder = tmp_path_factory.mktemp("netns")
    prefix = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-Urn"]
    if subprocess.run([*prefix, "true"], capture_output=True).returncode:
        pytest.skip("neither root nor user namespaces")
    python_path = os.pathsep.join(sys.path)
    done = subprocess.run(
        [*prefix, sys.executable, str(INSIDE), str(folder)],
        capture_output=True, text=True, timeout=120, env=os.environ | {"PYTHONPATH": python_path},
    )  # fmt: skip
    if done.returncode == 77:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_lab25_each_vpc_gets_its_own_metadata(told: dict[str, Any]) -> None:
    assert told["instance"] == ["i-a-host", "i-b-host"]


def test_lab25_each_vpc_gets_its_own_names(told: dict[str, Any]) -> None:
    assert told["udp"][0] == ["10.0.0.20"]
    assert told["udp"][1] not in ([], ["10.0.0.20"])
    assert told["tcp"] == told["udp"]


def test_ia1_a_request_passes_the_endpoint_its_link_says(told: dict[str, Any]) -> None:
    assert told["endpoints"] == ["vpce-a-s3", ""]
    assert [code for code, _ in told["s3"]] == [403, 200]
    assert "because no VPC endpoint policy allows the s3:ListAllMyBuckets action" in told["s3"][0][1]


def test_a_guest_answers_where_it_listens(told: dict[str, Any]) -> None:
    assert "server: guest-b" in told["guest"]
    assert told["closed"] == "refused"


def test_any_other_address_is_somebodys_too(told: dict[str, Any]) -> None:
    assert "address: 203.0.113.77 port 80" in told["anywhere"]


def test_udp_echoes_in_a_guest(told: dict[str, Any]) -> None:
    assert told["echo"] == "ping"


def test_a_guest_that_is_a_dns_server_answers_names(told: dict[str, Any]) -> None:
    assert told["guest_dns"] == [["10.9.9.9"], ["10.9.9.9"]]
