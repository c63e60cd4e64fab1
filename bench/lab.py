"""How long labs take to come up and go down, beside a bare loop of namespaces and veth pairs in the same run.

The bare loop makes, for as many hosts, a namespace, a veth pair into it and an
address: less cannot be done.  Compare the ratios; the seconds are this
machine's.  Takes about a minute.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tabiji.lab.kernel import netlink, ns

ROOT = Path(__file__).resolve().parents[1]
STORY = ROOT / "examples" / "central-egress.yaml"
HOSTS = 500
PER_SUBNET = 100
TABIJI = [sys.executable, "-m", "tabiji", "lab"]


def estate(path: Path, hosts: int) -> None:
    """A VPC with so many instances, a security group for each five of them."""
    lines = [
        "account: '111122223333'",
        "region: ap-northeast-1",
        "vpcs:",
        "  big:",
        "    cidr: 10.0.0.0/16",
        "    subnets:",
    ]
    subnets = range((hosts + PER_SUBNET - 1) // PER_SUBNET)
    lines += [f"      s{n}: {{cidr: 10.0.{n}.0/24, az: a}}" for n in subnets]
    lines.append("    security_groups:")
    lines += [
        f"      g{n}: {{in: [tcp {1000 + n} from 10.0.0.0/16, ping from 10.0.0.0/16]}}" for n in range(hosts // 5 + 1)
    ]
    lines.append("    instances:")
    for n in range(hosts):
        subnet, last = divmod(n, PER_SUBNET)
        lines.append(f"      h{n}: {{subnet: s{subnet}, ip: 10.0.{subnet}.{last + 10}, sg: g{n // 5}}}")
    path.write_text("\n".join(lines) + "\n")


def bare(hosts: int) -> float:
    """Seconds for the bare loop, in a process of its own that takes everything with it."""
    reader, writer = os.pipe()
    if not os.fork():
        ns.isolate()
        began = time.perf_counter()
        fabric, guests = netlink.Netlink(), []
        batch = netlink.Batch()
        for number in range(hosts):
            net = ns.new_net()
            guests.append(net)
            peer = netlink.Peer("eth0", 2, "02:00:00:00:00:02", 1500, net)
            batch.veth(f"p{number}", 10 + number, "02:00:00:00:00:01", 1500, peer)
            batch.up(10 + number)
        fabric.send(batch)
        for number, net in enumerate(guests):
            with ns.inside(net):
                guest = netlink.Netlink()
                batch = netlink.Batch()
                batch.address(2, f"10.{number >> 8}.{number & 255}.10", 24)
                batch.up(2)
                guest.send(batch)
                guest.close()
        os.write(writer, str(time.perf_counter() - began).encode())
        os._exit(0)
    os.close(writer)
    seconds = float(os.read(reader, 64))
    os.close(reader)
    os.wait()
    return seconds


def lab(net: Path, *options: str) -> tuple[float, float, float]:
    """Seconds of ``lab up`` as a person waits for it, of its network alone, and of ``lab down``."""
    began = time.perf_counter()
    done = subprocess.run(
        [*TABIJI, "up", "-n", str(net), "--format", "json", *options], capture_output=True, check=True
    )
    up = time.perf_counter() - began
    told = json.loads(done.stdout)["seconds"]
    steps = told["steps"]
    began = time.perf_counter()
    subprocess.run([*TABIJI, "down"], capture_output=True, check=True)
    return up, steps["files"] - steps["network"], time.perf_counter() - began


def told(what: str, rows: list[tuple[float, float, float]], least: float) -> None:
    up, network, down = (statistics.median(column) for column in zip(*rows, strict=True))
    times = f"network alone {network:6.3f} s ({network / least:4.1f} x bare)"
    print(f"{what:34} up {up:6.2f} s   {times}   down {down:5.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--hosts", type=int, default=HOSTS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder
        big = Path(folder) / "big.yaml"
        estate(big, options.hosts)
        few, many, story, plain, large = [], [], [], [], []
        for _ in range(options.rounds):
            few.append(bare(5))
            many.append(bare(options.hosts))
            story.append(lab(STORY))
            plain.append(lab(STORY, "--no-services"))
            large.append(lab(big, "--no-services"))
        least_few, least_many = statistics.median(few), statistics.median(many)
        print(
            f"bare: 5 hosts {least_few:.3f} s, {options.hosts} hosts {least_many:.3f} s (medians of {options.rounds})"
        )
        told("central egress with services", story, least_few)
        told("central egress, network only", plain, least_few)
        told(f"{options.hosts} hosts, network only", large, least_many)


if __name__ == "__main__":
    main()
