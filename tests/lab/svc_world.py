"""An estate small enough to sit on loopback, and the lab's services over it without any privilege.

The VPC's CIDR lies in 127/8, so that a client may take an instance's address
and the services those the plan gives them; only ports are exchanged.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tabiji.estate import Estate
from tabiji.lab.plan.model import Guest, Link, Plan, Port, Service
from tabiji.lab.svc import Options, Services
from tabiji.sources import load

ESTATE = """
account: "111122223333"
region: ap-northeast-1
vpcs:
  main:
    cidr: 127.77.0.0/16
    dns_hostnames: true
    igw: true
    subnets:
      app: {cidr: 127.77.1.0/24, az: a, routes: {0.0.0.0/0: igw}}
    security_groups:
      web: {in: "https from 127.77.0.0/16"}
    instances:
      client: {subnet: app, ip: 127.77.1.10, sg: web}
      other: {subnet: app, ip: 127.77.1.11, sg: web}
    endpoints:
      logs: {service: logs, subnets: [app], ips: {app: 127.77.1.20}, private_dns: true, policy: POLICY}
public_names: {example.com: 127.78.0.80, www.example.com: 127.78.0.80}
public_hosts:
  127.78.0.80: {name: example.com, listens: [tcp/80, tcp/443, tcp/7]}
  127.78.0.3: {name: s3.ap-northeast-1.amazonaws.com, service: s3, region: ap-northeast-1, listens: [tcp/443, tcp/80]}
  127.78.0.53: {name: dns.example, listens: [udp/53, tcp/53]}
"""
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": ["logs:DescribeLogGroups", "logs:Create*"], "Resource": "*"}
        ],
    }
)
VPC, CLIENT = "vpc-main", "127.77.1.10"
RESOLVER, IMDS, LOGS, S3, WEB = "127.77.0.2", "127.77.0.254", "127.77.1.20", "127.78.0.3", "127.78.0.80"


def estate_of(folder: Path, text: str = ESTATE) -> Estate:
    """The estate, through the same reader users have."""
    path = folder / "net.yaml"
    path.write_text(text.replace("POLICY", f"'{POLICY}'"))
    return load(path)


def aws(address: str, service: str, **more: Any) -> Service:
    """A public endpoint of a service in the estate's Region."""
    return Service(kind="aws", address=address, service=service, region="ap-northeast-1", owner=address, **more)


def plan_of(estate: Estate) -> Plan:
    """What the compiler would give, at loopback addresses."""
    endpoint = next(iter(estate.vpc_endpoints))
    return Plan(
        services=(
            Service(kind="dns", address=RESOLVER, owner=VPC),
            Service(kind="dns", address="127.78.0.53", owner="127.78.0.53"),
            Service(kind="imds", address=IMDS, owner=VPC),
            Service(kind="endpoint", address=LOGS, owner=endpoint, service="logs", region="ap-northeast-1"),
            aws(S3, "s3"),
            aws("127.78.0.4", "ec2"),
            aws("127.78.0.5", "sts"),
            aws("127.78.0.6", "sqs"),
            aws("127.78.0.7", "ssm"),
            aws("127.78.0.8", "monitoring"),
            Service(kind="web", address=WEB, owner=WEB, listens=("tcp/80", "tcp/443", "tcp/7")),
        ),
        ports=(Port(name="p-main", role="service", owner=VPC),),
        guests=(Guest(name="svc", owner="svc", links=(Link(name="l-main", port="p-main", mark=7),)),),
    )


def free_ports(*wanted: int) -> dict[int, int]:
    """A port nobody has for each of the plan's, the same on every address, for TCP and UDP."""
    out: dict[int, int] = {}
    held = []
    for port in wanted:
        sock = socket.socket()
        sock.bind(("0.0.0.0", 0))
        held.append(sock)
        out[port] = sock.getsockname()[1]
    for sock in held:
        sock.close()
    return out


class World:
    """Running services and how to ask them."""

    def __init__(self, estate: Estate, services: Services, log: io.BytesIO, folder: Path) -> None:
        self.estate = estate
        self.services = services
        self.ports = services.options.ports
        self.log = log
        self.bundle = str(folder / "lab.pem")
        Path(self.bundle).write_text(services.authorities[""].pem)

    def entries(self) -> list[dict[str, Any]]:
        """The access log so far."""
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


@contextlib.contextmanager
def running(folder: Path, **options: Any) -> Iterator[World]:
    """The services of the estate, up."""
    estate = estate_of(folder)
    log = io.BytesIO()
    ports = free_ports(53, 80, 443, 7)
    services = Services(estate, plan_of(estate), Options(ports=ports, log=log, **options))
    services.start()
    try:
        yield World(estate, services, log, folder)
    finally:
        services.stop()


CLEAN = {"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent", "AWS_CONFIG_FILE": "/dev/null"}
"""An environment with nothing of the machine's own."""
