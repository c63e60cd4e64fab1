"""bench-paths where links are known: a slow one straight to S3, a fast one to a relay."""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys

import pytest

from isolated import in_namespaces
from tabiji.lab import shape
from tabiji.lab.kernel import ns

pytest.importorskip("boto3")
pytest.importorskip("flask_cors")

SLOW, FAST = ("10.9.0.1", "10.9.0.2"), ("10.9.1.1", "10.9.1.2")
MEGABITS = 16


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def two_links() -> tuple[int, int]:
    """Namespaces of a host and of everything else: eth0 - p0 straight there, eth1 - p1 to the relay."""
    host, rest = ns.new_net(), ns.new_net()
    there = f"/proc/{os.getpid()}/fd/{host}"
    with ns.inside(rest):
        ip("link", "set", "lo", "up")
        for number in "01":
            ip("link", "add", f"p{number}", "type", "veth", "peer", "name", f"eth{number}", "netns", there)
    for side, (net, device) in enumerate(((host, "eth"), (rest, "p"))):
        with ns.inside(net):
            ip("link", "set", "lo", "up")
            for number, addresses in enumerate((SLOW, FAST)):
                ip("address", "add", f"{addresses[side]}/24", "dev", f"{device}{number}")
                ip("link", "set", f"{device}{number}", "up")
    return host, rest


@in_namespaces
def test_the_slow_link_shows_and_the_relay_is_past_it() -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    from moto.server import ThreadedMotoServer

    host, rest = two_links()
    for net, device in ((host, "eth0"), (rest, "p0")):
        shape.shape(net, device, shape.Link(mbit=MEGABITS))
    server = ThreadedMotoServer("0.0.0.0", 0, verbose=False)
    with ns.inside(rest):  # its threads stay where they begin
        server.start()
        s3 = f"{SLOW[1]}:{server.get_host_and_port()[1]}"
        with socket.create_server((FAST[1], 0)) as free:
            listen = f"{FAST[1]}:{free.getsockname()[1]}"
        relay = subprocess.Popen(
            [sys.executable, "-m", "tabiji", "relay", listen, s3, "--allow", "10.9.1.0/24"], stderr=subprocess.PIPE
        )
        assert relay.stderr is not None
        assert b"relaying" in relay.stderr.readline()
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environment |= {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "ap-northeast-1"}
    try:
        with ns.inside(host):
            done = subprocess.run(
                [sys.executable, "-m", "tabiji", "bench-paths", "--endpoint-url", f"http://{s3}", "--bucket", "shaped",
                 "--upload", "--create-bucket", "--size", "1M", "--rounds", "2", "--format", "json",
                 "--via", "direct", "--via", f"relay={listen}"],
                capture_output=True, text=True, env=environment, timeout=60,
            )  # fmt: skip
    finally:
        relay.kill()
        relay.communicate()
    assert (done.returncode, done.stderr) == (0, "")
    direct, relayed = json.loads(done.stdout)["paths"]
    least = ((1 << 20) - 200_000) * 8 / (MEGABITS * 1e6)  # what the queue and the buckets hold is there at once
    for direction in ("upload", "download"):
        assert direct[direction]["least"] >= least
        assert relayed[direction]["least"] < direct[direction]["least"]
