"""bench-paths in a lab's host: over TLS, by name, through a relay that runs in another host."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from isolated import why_not

pytest.importorskip("boto3")
pytest.importorskip("moto")

ROOT = Path(__file__).resolve().parents[2]
TABIJI = [sys.executable, "-m", "tabiji"]
S3 = "s3.ap-northeast-1.amazonaws.com"


@pytest.mark.skipif(bool(why_not()), reason=f"no namespaces here: {why_not()}")
def test_through_a_relay_in_another_host_of_a_lab(tmp_path: Path) -> None:
    estate = tmp_path / "relay.yaml"
    example = (ROOT / "examples" / "s3-relay.yaml").read_text(encoding="utf-8")
    estate.write_text(example.replace(", listens: tcp/443", ""), encoding="utf-8")  # the port is the relay's
    name = f"bench-paths-{os.getpid()}"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*TABIJI, *words], capture_output=True, text=True, env=environment, timeout=60)

    up = run("lab", "up", "-n", str(estate), "--name", name)
    try:
        assert up.returncode == 0, up.stderr
        inside = [*TABIJI, "lab", "exec", "--lab", name, "relay", "--", *TABIJI]
        with subprocess.Popen(
            [*inside, "relay", "28.0.1.254:443", f"{S3}:443", "--allow", "28.0.2.0/24", "-d"],
            stderr=subprocess.PIPE, env=environment, text=True,
        ) as relay:  # fmt: skip
            try:
                assert relay.stderr is not None
                assert "relaying 28.0.1.254:443" in relay.stderr.readline()
                done = run(
                    "bench-paths", "client", "--lab", name, "--bucket", "tabibito", "--upload", "--create-bucket",
                    "--size", "200K", "--rounds", "1", "--timeout", "20", "--format", "json",
                    "--via", "relay=28.0.1.254",
                )  # fmt: skip
            finally:
                relay.terminate()
            said = relay.stderr.read()
    finally:
        down = run("lab", "down", name)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    (relayed,) = found["paths"]
    assert (found["from"], found["left"], relayed["failed"]) == ("client", [], None)
    assert len(relayed["upload"]["seconds"]) == len(relayed["download"]["seconds"]) == 1
    assert "closed TCP 28.0.2.10:" in said
    assert down.returncode == 0
