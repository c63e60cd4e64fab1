"""Which service answers whom: by address and mark (LAB25), without a socket."""

from __future__ import annotations

from pathlib import Path

import pytest

from svc_world import LOGS, RESOLVER, S3, VPC, estate_of
from tabiji.lab.plan.model import Guest, Link, Plan, Port, Service
from tabiji.lab.svc.certificates import botocore_name, of_service
from tabiji.lab.svc.directory import Arrival, Directory, Socket, listening_ports, ports_of
from tabiji.lab.svc.dns import asker


def plan(*services: Service, owners: dict[int, str]) -> Plan:
    return Plan(
        services=services,
        ports=tuple(Port(name=f"p{mark}", role="service", owner=owner) for mark, owner in owners.items()),
        guests=(
            Guest(
                name="svc", owner="svc", links=tuple(Link(name=f"l{m}", port=f"p{m}", mark=m) for m in owners)
            ),
        ),
    )  # fmt: skip


def arrival(address: str, port: int, mark: int = 0, client: str = "127.77.1.10") -> Arrival:
    return Arrival(client=client, address=address, port=port, mark=mark)


def test_lab25_the_mark_decides_between_services_at_one_address(tmp_path: Path) -> None:
    one = Service(kind="imds", address="169.254.169.254", mark=3, owner="vpc-main")
    two = Service(kind="imds", address="169.254.169.254", mark=4, owner="vpc-b")
    directory = Directory(estate_of(tmp_path), plan(one, two, owners={3: "vpc-main", 4: "vpc-b"}))
    assert directory.service("tcp", arrival("169.254.169.254", 80, 3)) == one
    assert directory.service("tcp", arrival("169.254.169.254", 80, 4)) == two
    assert directory.service("tcp", arrival("169.254.169.254", 80, 5)) is None
    assert directory.interface_of(one, arrival("169.254.169.254", 80, 3)) == "eni-main-client"
    assert directory.interface_of(two, arrival("169.254.169.254", 80, 4)) == ""


def test_a_service_of_no_link_answers_all_links(tmp_path: Path) -> None:
    anyone = Service(kind="aws", address=S3, service="s3")
    directory = Directory(estate_of(tmp_path), plan(anyone, owners={3: VPC}))
    assert directory.service("tcp", arrival(S3, 443, 3)) == anyone
    assert directory.service("tcp", arrival(S3, 22, 3)) is None


def test_ge6_a_link_of_an_endpoint_makes_the_request_come_by_it(tmp_path: Path) -> None:
    estate = estate_of(tmp_path)
    service = Service(kind="aws", address=S3, service="s3")
    endpoint = next(iter(estate.vpc_endpoints))
    directory = Directory(estate, plan(service, owners={3: endpoint, 4: VPC}))
    way = directory.way_of(service, arrival(S3, 443, 3), True)
    assert (way.endpoint, way.vpc, way.source, way.outside_vpc) == (endpoint, VPC, "127.77.1.10", False)
    way = directory.way_of(service, arrival(S3, 443, 4, "203.0.113.9"), True)
    assert (way.endpoint, way.source) == ("", "203.0.113.9")


def test_ia8_a_sender_outside_any_vpc_is_told_apart(tmp_path: Path) -> None:
    estate = estate_of(tmp_path)
    service = Service(kind="endpoint", address=LOGS, owner=next(iter(estate.vpc_endpoints)), service="logs")
    directory = Directory(estate, plan(service, owners={}))
    assert directory.way_of(service, arrival(LOGS, 443, client="192.168.1.5"), True).outside_vpc


def test_the_interface_of_an_endpoint_stands_for_it(tmp_path: Path) -> None:
    estate = estate_of(tmp_path)
    endpoint = next(iter(estate.vpc_endpoints.values()))
    service = Service(kind="endpoint", address=LOGS, owner=endpoint.network_interface_ids[0], service="logs")
    directory = Directory(estate, plan(service, owners={}))
    assert directory.endpoint_of(service, arrival(LOGS, 443)) == endpoint.vpc_endpoint_id


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp/443", [("tcp", 443)]),
        ("53", [("tcp", 53)]),
        ("udp/5000-5002", [("udp", 5000), ("udp", 5001), ("udp", 5002)]),
        ("icmp", []),
        ("tcp/0", []),
        ("tcp/65535-70000", [("tcp", 65535)]),
    ],
)
def test_listens_are_read_as_ports(text: str, expected: list[tuple[str, int]]) -> None:
    assert list(listening_ports([text])) == expected


def test_a_range_opens_no_more_than_its_limit() -> None:
    assert len(list(listening_ports(["tcp/1-65535"]))) == 1024


def test_kinds_have_their_own_ports() -> None:
    assert ports_of(Service(kind="dns", address=RESOLVER)) == (("udp", 53), ("tcp", 53))
    assert ports_of(Service(kind="imds", address=RESOLVER)) == (("tcp", 80),)
    assert ports_of(Service(kind="aws", address=S3, service="s3")) == (("tcp", 443), ("tcp", 80))
    assert ports_of(Service(kind="endpoint", address=LOGS, service="logs")) == (("tcp", 443),)
    assert ports_of(Service(kind="web", address=S3, listens=("tcp/22",))) == (("tcp", 22),)


def test_sockets_are_one_for_each_address_and_port(tmp_path: Path) -> None:
    services = [Service(kind="imds", address="169.254.169.254", mark=mark, owner=VPC) for mark in (1, 2, 3)]
    directory = Directory(estate_of(tmp_path), plan(*services, owners={}))
    assert directory.sockets() == {Socket("tcp", "169.254.169.254", 80)}


def test_lab25_who_asks_dns_follows_from_the_link(tmp_path: Path) -> None:
    service = Service(kind="dns", address="169.254.169.253", mark=3)
    directory = Directory(estate_of(tmp_path), plan(service, owners={3: VPC}))
    server, sender = asker(directory, service, arrival("169.254.169.253", 53, 3))
    assert (server, sender.kind, sender.vpc, sender.subnet) == ("169.254.169.253", "eni", VPC, "")


# Certificates --------------------------------------------------------------------


def names(tmp_path: Path, sni: str, **service: str) -> tuple[str, ...]:
    estate = estate_of(tmp_path)
    record = Service(**({"kind": "aws", "address": S3, "region": "ap-northeast-1"} | service))
    endpoint = next(iter(estate.vpc_endpoints)) if record.kind == "endpoint" else ""
    return of_service(estate, record, endpoint, sni)


def test_rq43_the_s3_certificate_covers_buckets_and_nothing_else(tmp_path: Path) -> None:
    found = names(tmp_path, "logs.ap-northeast-1.amazonaws.com", service="s3")
    assert "*.s3.ap-northeast-1.amazonaws.com" in found
    assert "logs.ap-northeast-1.amazonaws.com" not in found


def test_rq45_an_endpoint_of_another_service_does_not_cover_the_name(tmp_path: Path) -> None:
    found = names(tmp_path, "s3.ap-northeast-1.amazonaws.com", kind="endpoint", service="logs")
    assert "s3.ap-northeast-1.amazonaws.com" not in found
    assert "logs.ap-northeast-1.amazonaws.com" in found


def test_rq45_neither_does_one_of_another_region(tmp_path: Path) -> None:
    found = names(tmp_path, "logs.us-east-1.amazonaws.com", kind="endpoint", service="logs")
    assert "logs.us-east-1.amazonaws.com" not in found


def test_rq47_a_dotted_bucket_is_not_covered(tmp_path: Path) -> None:
    found = names(tmp_path, "my.bucket.s3.ap-northeast-1.amazonaws.com", service="s3")
    assert "my.bucket.s3.ap-northeast-1.amazonaws.com" not in found


def test_other_names_of_the_same_service_are_covered(tmp_path: Path) -> None:
    legacy = "ap-northeast-1.queue.amazonaws.com"  # LAB48
    assert legacy in names(tmp_path, legacy, service="sqs")
    dual = "logs.ap-northeast-1.api.aws"
    assert dual in names(tmp_path, dual, service="logs")


def test_a_public_server_shows_the_names_that_lead_to_it(tmp_path: Path) -> None:
    found = names(tmp_path, "evil.example", kind="web", address="127.78.0.80", service="")
    assert set(found) == {"example.com", "www.example.com"}


def test_short_names_become_botocore_s() -> None:
    assert botocore_name("monitoring", "ap-northeast-1") == "cloudwatch"
    assert botocore_name("ecr.api", "ap-northeast-1") == "ecr"
    assert botocore_name("s3", "") == "s3"


def test_a_service_of_any_address_leaves_others_theirs(tmp_path: Path) -> None:
    anyone = Service(kind="aws", address="0.0.0.0", listens=("tcp/80", "tcp/443"))
    s3 = Service(kind="aws", address=S3, service="s3", listens=("tcp/443",))
    directory = Directory(estate_of(tmp_path), plan(anyone, s3, owners={}))
    assert directory.sockets() == {Socket("tcp", "0.0.0.0", 80), Socket("tcp", "0.0.0.0", 443)}
    assert directory.service("tcp", arrival(S3, 443)) == s3
    assert directory.service("tcp", arrival(S3, 80)) is None
    assert directory.service("tcp", arrival("203.0.113.5", 80)) == anyone
    assert directory.service("tcp", arrival("2001:db8::5", 80)) is None


def test_rq43_any_address_shows_what_public_dns_leads_to_it(tmp_path: Path) -> None:
    estate = estate_of(tmp_path)
    anyone = Service(kind="aws", address="0.0.0.0")
    assert of_service(estate, anyone, "", "s3.ap-northeast-1.amazonaws.com", S3) == ("s3.ap-northeast-1.amazonaws.com",)
    assert of_service(estate, anyone, "", "sts.ap-northeast-1.amazonaws.com", S3) == ("another.service.amazonaws.com",)
    assert of_service(estate, anyone, "", "any.example", "203.0.113.5") == ("any.example",)
