"""The bundled estates as labs: real programs by name, a change, a guest that lies about its address."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from small_lab import LONG, eventually, may_make_namespaces, run
from tabiji.lab.holder import home
from tabiji.lab.holder.client import down

pytestmark = pytest.mark.skipif(not may_make_namespaces(), reason="neither root nor user namespaces")
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FETCH = (
    "import ssl, os, sys, urllib.request, urllib.error\n"
    "trust = ssl.create_default_context(cafile=os.environ['AWS_CA_BUNDLE'])\n"
    "try: print(urllib.request.urlopen(sys.argv[1], timeout=float(sys.argv[2]), context=trust).read().decode())\n"
    "except urllib.error.HTTPError as error: print('HTTP', error.code)\n"
)
SPOOF = (
    "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)\n"
    "head = bytes.fromhex('4500001c000140004011000000000000') + socket.inet_aton('10.2.2.10')\n"
    "head = head[:12] + socket.inet_aton('10.1.1.99') + head[16:]\n"
    "[s.sendto(head + bytes.fromhex('0fa0003500080000'), ('10.2.2.10', 0)) for _ in range(200)]"
)


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    pytest.importorskip("moto")
    tmp_path.chmod(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv("TABIJI_LAB", raising=False)
    yield
    for lab in list(home.labs()):
        down(lab)


def fetch(host: str, url: str, seconds: str = "20") -> subprocess.CompletedProcess[str]:
    return run("exec", host, "--", sys.executable, "-c", FETCH, url, seconds)


def test_central_egress_by_name_over_tls() -> None:
    up = run("up", "-n", str(EXAMPLES / "central-egress.yaml"))
    assert up.returncode == 0, up.stderr
    assert "spoke-a-ec2" in up.stdout
    assert "client: 203.0.113.10 " in fetch("spoke-a-ec2", "https://example.com/").stdout
    assert "client: 203.0.113.20 " in fetch("spoke-b-ec2", "https://example.com/").stdout


def test_a_lied_source_address_is_dropped() -> None:
    assert run("up", "-n", str(EXAMPLES / "central-egress.yaml"), "--no-services").returncode == 0
    watching = subprocess.Popen(
        [sys.executable, "-m", "tabiji", "lab", "capture", "--hops", "--format", "json", "--count", "1"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip

    def spoofed() -> bool:  # until the watcher watches
        assert run("exec", "spoke-a-ec2", "--", sys.executable, "-c", SPOOF).returncode == 0
        return watching.poll() is not None

    assert eventually(spoofed)
    told = json.loads(watching.communicate(timeout=LONG)[0])
    assert told["ended"] == "dropped"
    assert told["reason"]["code"] == "source-check"
    assert told["hops"][0]["packet"]["source"] == "10.1.1.99"


def test_a_mended_estate_is_applied(tmp_path: Path) -> None:
    net = tmp_path / "dx.yaml"
    text = (EXAMPLES / "console-over-dx.yaml").read_text()
    net.write_text(text)
    assert run("up", "-n", str(net)).returncode == 0
    url = "https://monitoring.ap-northeast-1.amazonaws.com/"
    blocked = fetch("laptop", url, "0.5")
    assert blocked.returncode == 1
    assert "timed out" in blocked.stderr
    was = "endpoints: {in: tcp 443 from 172.20.128.0/17}"
    assert was in text
    net.write_text(text.replace(was, "endpoints: {in: tcp 443 from 0.0.0.0/0}"))
    assert "+ filter" in run("apply", "--dry-run").stdout
    assert "timed out" in fetch("laptop", url, "0.5").stderr
    assert run("apply").returncode == 0
    assert fetch("laptop", url).stdout.startswith("HTTP ")
    about = home.find().about()
    assert about is not None
    assert about.net == str(net)


def test_probe_agrees_with_the_walk() -> None:
    asked = run(
        "probe", "spoke-a-ec2", "https://example.com/", "-n", str(EXAMPLES / "central-egress.yaml"), "--format", "json"
    )
    assert asked.returncode == 0, asked.stderr
    (packet,) = json.loads(asked.stdout)["packets"]
    assert packet["works"] is True
    assert packet["predicted"]["agrees"] is True
    blocked = run("probe", "laptop", "172.20.144.5", "--port", "443", "-n", str(EXAMPLES / "console-over-dx.yaml"))
    assert blocked.returncode == 2
    assert "sg.in" in blocked.stdout


def test_a_plan_needs_no_privileges() -> None:
    shown = run("plan", "-n", str(EXAMPLES / "s3-cli.yaml"))
    assert shown.returncode == 0
    assert "table inet" in shown.stdout
    assert json.loads(run("plan", "-n", str(EXAMPLES / "s3-cli.yaml"), "--format", "json").stdout)["kind"] == "lab-plan"
