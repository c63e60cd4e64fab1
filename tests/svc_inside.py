"""Run inside a network namespace of its own: two guests with the same address ask the lab's services."""

from __future__ import annotations

import ctypes
import http.client
import io
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dns.message
import dns.query

from tabiji.lab.plan.model import Guest, Link, Plan, Port, Service
from tabiji.lab.svc import Options, Services, credentials, of_instance
from tabiji.lab.svc.guests import CLONE_NEWNET, enter, run
from tabiji.sources import load

ESTATE = """
account: "111122223333"
region: ap-northeast-1
vpcs:
  a:
    cidr: 10.0.0.0/16
    subnets: {app: {cidr: 10.0.0.0/24, az: a}}
    dns_hostnames: true
    security_groups: {any: {in: all from 0.0.0.0/0}}
    instances: {a-host: {subnet: app, ip: 10.0.0.10, sg: any}}
    endpoints:
      logs: {service: logs, subnets: [app], ips: {app: 10.0.0.20}, private_dns: true}
      s3: {service: s3, type: gateway, policy: {Statement: []}}
  b:
    cidr: 10.0.0.0/16
    subnets: {app: {cidr: 10.0.0.0/24, az: a}}
    security_groups: {any: {in: all from 0.0.0.0/0}}
    instances: {b-host: {subnet: app, ip: 10.0.0.10, sg: any}}
dns_servers:
  corp-dns: {address: 10.0.0.10, zones: {corp: {files: 10.9.9.9}}}
"""
S3, IMDS, RESOLVER, ANYWHERE, HOST = "198.51.100.33", "169.254.169.254", "169.254.169.253", "203.0.113.77", "10.0.0.10"
RULES = """
table inet svc {
  chain marks {
    type filter hook prerouting priority raw
    iifname "l11" meta mark set 11
    iifname "l12" meta mark set 12
  }
}
"""


def shell(*lines: str) -> None:
    for line in lines:
        subprocess.run(line.split(), check=True, capture_output=True)


def new_namespace() -> int:
    """A namespace nobody is in; its descriptor."""
    held: list[int] = []

    def work() -> None:
        if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "unshare")
        held.append(os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net", os.O_RDONLY))

    run(work)
    return held[0]


def at(namespace: int, work: Callable[[], Any]) -> Any:
    """What a function gives when done in a namespace."""
    out: list[Any] = []

    def inside() -> None:
        enter(namespace)
        out.append(work())

    run(inside)
    return out[0]


def build() -> list[int]:
    """Two guests on two links; every address asked is local here, and replies go where the mark says."""
    shell("ip link set lo up")
    for path in ("tcp_fwmark_accept", "fwmark_reflect", "ip_nonlocal_bind"):
        Path(f"/proc/sys/net/ipv4/{path}").write_text("1")
    Path("/proc/sys/net/ipv4/conf/all/rp_filter").write_text("0")
    Path("/proc/sys/net/ipv4/conf/default/rp_filter").write_text("0")
    guests = []
    for mark in (11, 12):
        guest = new_namespace()
        guests.append(guest)
        shell(
            f"ip link add l{mark} address 02:00:00:00:00:01 type veth peer name eth0 address 02:00:00:00:00:02",
            f"ip link set eth0 netns /proc/{os.getpid()}/fd/{guest}",
            f"ip link set l{mark} up",
            f"ip route add default dev l{mark} table {mark}",
            f"ip rule add fwmark {mark} lookup {mark}",
            f"ip neigh add {HOST} lladdr 02:00:00:00:00:02 dev l{mark}",
        )
        at(guest, configure)
    for address in (S3, IMDS, RESOLVER, ANYWHERE):
        shell(f"ip route add local {address} dev lo")
    subprocess.run(["nft", "-f", "-"], input=RULES, text=True, check=True, capture_output=True)
    return guests


def configure() -> None:
    shell(
        "ip link set lo up",
        "ip link set eth0 up",
        f"ip addr add {HOST}/32 dev eth0",
        "ip route add default dev eth0",
    )
    for address in (S3, IMDS, RESOLVER, ANYWHERE):
        shell(f"ip neigh add {address} lladdr 02:00:00:00:00:01 dev eth0")


def get(address: str, path: str = "/", port: int = 80, headers: dict[str, str] | None = None) -> tuple[int, str]:
    connection = http.client.HTTPConnection(address, port, timeout=20)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def resolve(tcp: bool) -> list[str]:
    query = dns.message.make_query("logs.ap-northeast-1.amazonaws.com", "A")
    answer = (dns.query.tcp if tcp else dns.query.udp)(query, RESOLVER, timeout=20)
    return [item.to_text() for rrset in answer.answer for item in rrset]


def marked(mark: int, kind: socket.SocketKind, port: int) -> socket.socket:
    """A socket towards the guest behind a link."""
    sock = socket.socket(socket.AF_INET, kind)
    sock.settimeout(20)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, mark)
    sock.bind((S3, 0))
    sock.connect((HOST, port))
    return sock


def signed(instance: Any) -> dict[str, str]:
    """Headers of a signed request; the lab looks at the key and the scope only."""
    key = credentials(instance).key
    scope = f"{key}/20260101/ap-northeast-1/s3/aws4_request"
    value = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00"
    return {"Authorization": value, "Host": "s3.ap-northeast-1.amazonaws.com"}


def main(folder: str) -> dict[str, Any]:
    path = Path(folder) / "net.yaml"
    path.write_text(ESTATE)
    estate = load(path)
    guests = build()
    names = ("guest-a", "guest-b")
    links = tuple(Link(name=f"l{mark}", port=f"p{mark}", mark=mark) for mark in (11, 12))
    owners = ("vpc-a", "vpc-b")
    plan = Plan(
        services=(
            *(Service(kind="imds", address=IMDS, mark=m, owner=v) for m, v in zip((11, 12), owners, strict=True)),
            *(Service(kind="dns", address=RESOLVER, mark=m, owner=v) for m, v in zip((11, 12), owners, strict=True)),
            Service(kind="aws", address=S3, mark=11, owner="vpce-a-s3", service="s3", region="ap-northeast-1"),
            Service(kind="aws", address=S3, mark=12, service="s3", region="ap-northeast-1"),
            Service(kind="aws", address="0.0.0.0", listens=("tcp/80",)),
        ),
        ports=tuple(Port(name=f"p{m}", role="service", owner=v) for m, v in zip((11, 12), owners, strict=True)),
        guests=(
            Guest(name="svc", owner="svc", links=links),
            *(
                Guest(
                    name=name, owner=name, listens=("tcp/80", "udp/7", "udp/53", "tcp/53"),
                    links=(Link(name="eth0", port="g", addresses=(f"{HOST}/32",)),),
                )
                for name in names
            ),
        ),
    )  # fmt: skip
    log = io.BytesIO()
    services = Services(estate, plan, Options(namespaces=dict(zip(names, guests, strict=True)), log=log))
    services.start()
    headers = [signed(of_instance(estate, f"i-{v}-host")) for v in "ab"]
    out: dict[str, Any] = {
        "instance": [at(g, lambda: get(IMDS, "/latest/meta-data/instance-id"))[1] for g in guests],
        "udp": [at(g, lambda: resolve(False)) for g in guests],
        "tcp": [at(g, lambda: resolve(True)) for g in guests],
        "s3": [at(g, lambda h=h: get(S3, headers=h)) for g, h in zip(guests, headers, strict=True)],
        "anywhere": at(guests[0], lambda: get(ANYWHERE))[1],
    }
    rows = [json.loads(line) for line in log.getvalue().splitlines()]
    out["endpoints"] = [row.get("endpoint", "") for row in rows if row.get("service") == "s3"]
    with marked(12, socket.SOCK_STREAM, 80) as sock:
        sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
        out["guest"] = sock.makefile().read()
    try:
        marked(12, socket.SOCK_STREAM, 81).close()
    except ConnectionRefusedError:
        out["closed"] = "refused"
    with marked(11, socket.SOCK_DGRAM, 7) as sock:
        sock.send(b"ping")
        out["echo"] = sock.recv(16).decode()
    out["guest_dns"] = [guest_name(11, kind) for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM)]
    services.stop()
    return out


def guest_name(mark: int, kind: socket.SocketKind) -> list[str]:
    """What the guest's own DNS server says."""
    query = dns.message.make_query("files.corp", "A")
    with marked(mark, kind, 53) as sock:
        if kind == socket.SOCK_STREAM:
            dns.query.send_tcp(sock, query)
            answer, _ = dns.query.receive_tcp(sock)
        else:
            sock.send(query.to_wire())
            answer = dns.message.from_wire(sock.recv(4096))
    return [item.to_text() for rrset in answer.answer for item in rrset]


if __name__ == "__main__":
    try:
        print(json.dumps(main(sys.argv[1])))
    except (PermissionError, subprocess.CalledProcessError) as error:
        said = str(getattr(error, "stderr", ""))
        print(f"not here: {error} {said}", file=sys.stderr)
        lacking = ("not permitted", "not supported", "Permission denied")
        sys.exit(77 if not said or any(words in said for words in lacking) else 1)
