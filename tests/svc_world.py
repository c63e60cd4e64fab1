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
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import dns.message
import dns.query
from botocore.config import Config

from tabiji.estate import Estate
from tabiji.lab.plan.model import Guest, Link, Plan, Port, Service
from tabiji.lab.svc import Options, Services, credentials, of_instance
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
public_names:
  bucket-1.s3.ap-northeast-1.amazonaws.com: 127.78.0.3
  bucket-2.s3.ap-northeast-1.amazonaws.com: 127.78.0.3
  example.com: 127.78.0.80
  www.example.com: 127.78.0.80
public_hosts:
  127.78.0.80: {name: example.com, listens: [tcp/80, tcp/443, tcp/7]}
  127.78.0.3: {name: s3.ap-northeast-1.amazonaws.com, service: s3, region: ap-northeast-1, listens: [tcp/443, tcp/80]}
  127.78.0.4: {name: ec2.ap-northeast-1.amazonaws.com, service: ec2, region: ap-northeast-1, listens: [tcp/443]}
  127.78.0.5: {name: sts.ap-northeast-1.amazonaws.com, service: sts, region: ap-northeast-1, listens: [tcp/443]}
  127.78.0.6: {name: sqs.ap-northeast-1.amazonaws.com, service: sqs, region: ap-northeast-1, listens: [tcp/443]}
  127.78.0.7: {name: ssm.ap-northeast-1.amazonaws.com, service: ssm, region: ap-northeast-1, listens: [tcp/443]}
  127.78.0.8: {name: monitoring.ap-northeast-1.amazonaws.com, service: monitoring, region: ap-northeast-1,
               listens: [tcp/443]}
  127.78.0.9: {name: directconnect.ap-northeast-1.amazonaws.com, service: directconnect, region: ap-northeast-1,
               listens: [tcp/443]}
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
            aws("127.78.0.9", "directconnect"),
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

    def resolve(self, name: str, server: str = RESOLVER, kind: str = "A", tcp: bool = False) -> list[str]:
        """Addresses of a name by a DNS server of the lab, asked from an address of the VPC."""
        query = dns.message.make_query(name, kind)
        ask = dns.query.tcp if tcp else dns.query.udp
        answer = ask(query, server, port=self.ports[53], source=CLIENT, timeout=10)
        return [item.to_text() for rrset in answer.answer for item in rrset if rrset.rdtype == query.question[0].rdtype]

    def client(self, service: str, **more: Any) -> Any:
        """A boto3 client with the keys of the first instance, that knows the lab's CA."""
        held = credentials(of_instance(self.estate, "i-main-client"))
        keys = {
            "aws_access_key_id": held.key,
            "aws_secret_access_key": held.secret,
            "aws_session_token": held.token,
            "region_name": "ap-northeast-1",
            "verify": self.bundle,
        }
        config = Config(retries={"total_max_attempts": 1}, read_timeout=30, **more.pop("config", {}))
        return boto3.Session().client(service, config=config, **(keys | more))

    def entries(self) -> list[dict[str, Any]]:
        """The access log, once nothing more comes: a line is written after its answer has left."""
        seen = -1
        while seen != len(self.log.getvalue()):
            seen = len(self.log.getvalue())
            time.sleep(0.03)
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


def use_lab_names(world: World, monkeypatch: Any, names: dict[str, str] | None = None) -> None:
    """Let this process resolve names by the lab's DNS, and find the plan's ports where they are bound."""
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        text = host.decode() if isinstance(host, bytes) else host
        if not text.replace(".", "").isdigit():
            found = (names or {}).get(text) or next(iter(world.resolve(text)), "")
            if not found.startswith("127."):  # nothing may leave this machine
                raise socket.gaierror(socket.EAI_NONAME, "no such name")
            text = found
        return real(text, world.ports.get(int(port or 0), port), *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    for name in [*os.environ]:
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")


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
