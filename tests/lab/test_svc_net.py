"""DNS, TLS, metadata, plain servers and HTTP itself, on loopback and without privileges."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any

import dns.message
import dns.query
import dns.rcode
import msgspec
import pytest

from svc_world import CLIENT, IMDS, LOGS, RESOLVER, WEB, World, estate_of, free_ports, plan_of, running
from tabiji.estate import Change
from tabiji.estate.instance import InstanceProfile, MetadataOptions
from tabiji.lab.plan.model import Guest, Link, Service
from tabiji.lab.svc import Options, Services
from tabiji.lab.svc.__main__ import main
from tabiji.lab.svc.authority import Authority
from tabiji.lab.svc.certificates import of_host
from tabiji.lab.svc.dns import answers as answers_to
from tabiji.lab.svc.http import Request, Response, converse, text
from tabiji.lab.svc.imds import Metadata
from tabiji.lab.svc.web import part
from tabiji.names import FromPlace

TTL = "X-aws-ec2-metadata-token-ttl-seconds"
TOKEN = "X-aws-ec2-metadata-token"
OTHER = "127.77.1.11"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(tmp_path_factory.mktemp("svc"), emulate=False) as world:
        yield world


def get(
    world: World, address: str, target: str, *, method: str = "GET", headers: dict[str, str] | None = None,
    client: str = CLIENT, body: bytes | None = None,
) -> tuple[int, dict[str, str], bytes]:  # fmt: skip
    connection = http.client.HTTPConnection(address, world.ports[80], timeout=10, source_address=(client, 0))
    with contextlib.closing(connection):
        connection.request(method, target, body, headers or {})
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()


# DNS ----------------------------------------------------------------------------


@pytest.mark.parametrize("tcp", [False, True])
def test_lab25_each_server_has_its_view(world: World, tcp: bool) -> None:
    name = "logs.ap-northeast-1.amazonaws.com"
    assert world.resolve(name, RESOLVER, tcp=tcp) == [LOGS]
    assert world.resolve(name, "127.78.0.53", tcp=tcp) not in ([LOGS], [])
    assert world.resolve("example.com", RESOLVER, tcp=tcp) == [WEB]


def test_a_query_is_logged_with_who_asked_what(world: World) -> None:
    world.resolve("www.example.com")
    last = [e for e in world.entries() if e["kind"] == "dns"][-1]
    assert (last["client"], last["address"], last["name"], last["type"], last["rcode"], last["owner"]) == (
        CLIENT, RESOLVER, "www.example.com.", "A", "NOERROR", "vpc-main",
    )  # fmt: skip


def test_a_broken_query_over_tcp_ends_the_connection(world: World) -> None:
    with socket.create_connection((RESOLVER, world.ports[53]), timeout=10) as sock:
        sock.sendall(b"\x00\x05abcde")
        assert sock.recv(16) == b""


def test_many_queries_on_one_connection(world: World) -> None:
    query = dns.message.make_query("example.com", "A").to_wire()
    with socket.create_connection((RESOLVER, world.ports[53]), timeout=10) as sock, sock.makefile("rb") as stream:
        for _ in range(3):
            sock.sendall(len(query).to_bytes(2, "big") + query)
            length = int.from_bytes(stream.read(2), "big")
            assert dns.message.from_wire(stream.read(length)).answer


def test_a_name_that_is_none_is_answered(world: World) -> None:
    assert answers_to(world.estate, RESOLVER, FromPlace(), "a" * 64 + ".example", "A").rcode == "SERVFAIL"


# TLS ----------------------------------------------------------------------------


def handshake(world: World, address: str, name: str, cafile: str | None = None) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=cafile or world.bundle)
    sock = socket.create_connection((address, world.ports[443]), timeout=10)
    try:
        return context.wrap_socket(sock, server_hostname=name)
    except BaseException:
        sock.close()
        raise


def test_lab46_each_name_of_a_server_has_a_certificate(world: World) -> None:
    for name in ("example.com", "www.example.com"):
        with handshake(world, WEB, name) as tls:
            assert ("DNS", name) in tls.getpeercert()["subjectAltName"]  # type: ignore[index]
            assert tls.version() == "TLSv1.3"


def test_a_wrong_name_fails_and_is_logged(world: World) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(world, WEB, "other.example")
    with handshake(world, WEB, "example.com") as tls:  # the client's alert has arrived by then
        tls.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert tls.recv(1)


def test_a_silent_client_holds_up_nobody(world: World) -> None:
    with contextlib.ExitStack() as silent:
        for _ in range(30):
            silent.enter_context(socket.create_connection((WEB, world.ports[443]), timeout=10))
        with handshake(world, WEB, "example.com") as tls:
            assert tls.version()


def test_keys_never_touch_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    real = ssl.SSLContext.load_cert_chain

    def load(self: ssl.SSLContext, path: Any, *rest: Any) -> None:
        opened.append(os.readlink(path))
        real(self, path, *rest)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", load)
    authority = Authority()
    authority.context(("a.example", "127.0.0.1"))
    authority.context(("a.example", "127.0.0.1"))
    assert opened == ["/memfd:leaf (deleted)"]


def test_a_private_ca_is_not_the_labs() -> None:
    assert Authority("corp").pem != Authority("corp").pem


def test_a_guest_shows_its_own_certificate_where_known(world: World) -> None:
    host = world.estate.hosts["client"]
    assert of_host(msgspec.structs.replace(host, certificate=("a.corp",)), "client", (), "b.corp") == ("a.corp",)
    assert of_host(host, "client", ("10.0.0.1",), "b.corp") == ("b.corp",)
    assert of_host(None, "client", ("10.0.0.1",), "") == ("client", "10.0.0.1")


# Metadata -------------------------------------------------------------------------


def token(world: World, client: str = CLIENT) -> str:
    status, headers, body = get(world, IMDS, "/latest/api/token", method="PUT", headers={TTL: "60"}, client=client)
    assert (status, headers[TTL.lower()]) == (200, "60")
    return body.decode()


def test_rq33g_each_instance_sees_itself(world: World) -> None:
    for client, instance in ((CLIENT, "i-main-client"), (OTHER, "i-main-other")):
        status, _, body = get(
            world, IMDS, "/latest/meta-data/instance-id", headers={TOKEN: token(world, client)}, client=client
        )
        assert (status, body.decode()) == (200, instance)


def test_a_token_is_good_only_where_it_was_given(world: World) -> None:
    status, _, _ = get(world, IMDS, "/latest/meta-data/", headers={TOKEN: token(world)}, client=OTHER)
    assert status == 401


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 400), ({TTL: "0"}, 400), ({TTL: "21601"}, 400), ({TTL: "1"}, 200)]
)
def test_a_token_needs_a_life(world: World, headers: dict[str, str], status: int) -> None:
    assert get(world, IMDS, "/latest/api/token", method="PUT", headers=headers)[0] == status


def test_a_forwarded_token_request_is_refused(world: World) -> None:
    headers = {TTL: "60", "X-Forwarded-For": "127.0.0.1"}
    assert get(world, IMDS, "/latest/api/token", method="PUT", headers=headers)[0] == 403


def test_the_tree_has_folders_leaves_and_nothing_else(world: World) -> None:
    def look(path: str) -> tuple[int, str]:
        status, _, body = get(world, IMDS, path)
        return status, body.decode()

    assert look("/latest/") == (200, "dynamic/\nmeta-data/")
    assert look("/latest/meta-data/placement/region") == (200, "ap-northeast-1")
    assert look("/latest/meta-data/placement/availability-zone/") == (200, "ap-northeast-1a")
    macs = look("/latest/meta-data/network/interfaces/macs/")[1]
    assert look(f"/latest/meta-data/network/interfaces/macs/{macs}subnet-id") == (200, "subnet-main-app")
    assert look("/latest/meta-data/no-such")[0] == 404
    assert look("/latest/meta-data/instance-id/deeper")[0] == 404
    assert look("/latest/user-data")[0] == 404
    document = json.loads(look("/latest/dynamic/instance-identity/document")[1])
    assert (document["instanceId"], document["region"], document["accountId"]) == (
        "i-main-client", "ap-northeast-1", "111122223333",
    )  # fmt: skip


def test_role_credentials_look_like_ec2s(world: World) -> None:
    role = get(world, IMDS, "/latest/meta-data/iam/security-credentials/")[2].decode()
    told = json.loads(get(world, IMDS, f"/latest/meta-data/iam/security-credentials/{role}")[2])
    assert (role, told["Code"], told["Type"]) == ("tabiji-lab", "Success", "AWS-HMAC")
    assert told["AccessKeyId"].startswith("ASIA")
    assert told["Token"]


def test_nobody_is_told_who_is_no_instance(world: World) -> None:
    assert get(world, IMDS, "/latest/meta-data/", client="127.77.1.99")[0] == 404


def metadata(tmp_path: Any, **options: Any) -> Any:
    estate = estate_of(tmp_path)
    instance = estate.instances["i-main-client"]
    profile = InstanceProfile(arn="arn:aws:iam::111122223333:instance-profile/app")
    changed = msgspec.structs.replace(
        instance, metadata_options=MetadataOptions(**options), iam_instance_profile=profile
    )
    estate = estate.with_changes([Change("instances", "i-main-client", changed)])

    def ask(path: str, method: str = "GET") -> Response:
        request = Request(method=method, target=path, headers=Message())
        return Metadata().answer(estate, "eni-main-client", request)

    return ask


def test_version_1_is_refused_where_tokens_are_required(tmp_path: Any) -> None:
    assert metadata(tmp_path, http_tokens="required")("/latest/meta-data/").status == 401
    assert metadata(tmp_path, http_tokens="optional")("/latest/meta-data/").status == 200
    assert metadata(tmp_path, http_endpoint="disabled")("/latest/meta-data/").status == 403


def test_the_profiles_role_is_the_instances(tmp_path: Any) -> None:
    ask = metadata(tmp_path)
    assert ask("/latest/meta-data/iam/security-credentials/").body == b"app"


# Plain servers -----------------------------------------------------------------------


def test_a_page_says_who_asked_whom(world: World) -> None:
    status, _, body = get(world, WEB, "/a/b?c", headers={"Host": "example.com"})
    assert status == 200
    lines = dict(line.split(": ", 1) for line in body.decode().splitlines())
    assert lines["asked"] == "http://example.com/a/b"
    assert lines["address"] == f"{WEB} port 80"
    assert lines["client"].startswith(f"{CLIENT} port ")


def test_what_is_uploaded_can_be_downloaded(world: World) -> None:
    data = os.urandom(300_000)
    assert get(world, WEB, "/up", method="PUT", body=data)[0] == 201
    assert get(world, WEB, "/up")[2] == data
    status, headers, body = get(world, WEB, "/up", headers={"Range": "bytes=10-19"})
    assert (status, headers["content-range"], body) == (206, "bytes 10-19/300000", data[10:20])
    assert get(world, WEB, "/up", method="HEAD")[1]["content-length"] == "300000"
    assert get(world, WEB, "/up", method="DELETE")[0] == 204
    assert get(world, WEB, "/bytes/1000")[2] == bytes(1000)


@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [
        ("bytes=-3", 206, b"789"), ("bytes=8-", 206, b"89"), ("bytes=8-99", 206, b"89"), ("bytes=10-", 416, b""),
        ("bytes=0-1,3-4", 200, b"0123456789"), ("lines=1-2", 200, b"0123456789"), ("bytes=x-", 200, b"0123456789"),
    ],
)  # fmt: skip
def test_ranges(asked: str, status: int, body: bytes) -> None:
    headers = Message()
    headers["Range"] = asked
    answer = part(Request(method="GET", target="/", headers=headers), b"0123456789")
    assert (answer.status, answer.body) == (status, body)


def test_other_ports_echo(world: World) -> None:
    with socket.create_connection((WEB, world.ports[7]), timeout=10) as sock:
        sock.sendall(b"hello")
        assert sock.recv(16) == b"hello"


# HTTP ----------------------------------------------------------------------------------


@contextlib.contextmanager
def conversation() -> Iterator[tuple[socket.socket, list[Request]]]:
    """A client's end of a connection that is answered with what came."""
    ours, theirs = socket.socketpair()
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return text(200, f"{request.method} {len(request.body)}")

    def serve() -> None:
        with theirs:
            converse(theirs, answer, lambda *_: None)

    thread = threading.Thread(target=serve)
    thread.start()
    ours.settimeout(10)
    try:
        yield ours, seen
    finally:
        ours.close()
        thread.join(10)


def answers(sock: socket.socket) -> bytes:
    sock.shutdown(socket.SHUT_WR)
    out = b""
    while data := sock.recv(65536):
        out += data
    return out


def test_requests_follow_each_other_on_a_connection() -> None:
    with conversation() as (sock, seen):
        sock.sendall(b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nHost: x\r\n\r\n")
        told = answers(sock)
        assert told.count(b"HTTP/1.1 200 OK") == 2
        assert [(r.method, r.path, r.body) for r in seen] == [("POST", "/a", b"abc"), ("GET", "/b", b"")]


def test_chunks_and_trailers_are_taken_off() -> None:
    with conversation() as (sock, seen):
        sock.sendall(b"PUT /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        sock.sendall(b"3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: 1\r\n\r\nGET / HTTP/1.1\r\n\r\n")
        answers(sock)
        assert [r.body for r in seen] == [b"abcde", b""]


def test_a_body_is_asked_for_before_it_is_sent() -> None:
    with conversation() as (sock, seen):
        sock.sendall(b"PUT /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert sock.recv(64).startswith(b"HTTP/1.1 100 Continue")
        sock.sendall(b"ab")
        answers(sock)
        assert seen[0].body == b"ab"


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"Content-Length: -1", b"400"), (b"Content-Length: 99999999999", b"413"),
        (b"Transfer-Encoding: gzip", b"501"), (b"Transfer-Encoding: chunked\r\n\r\nzz", b"400"),
    ],
)  # fmt: skip
def test_bodies_that_cannot_be_taken_end_the_connection(head: bytes, status: bytes) -> None:
    with conversation() as (sock, seen):
        sock.sendall(b"PUT / HTTP/1.1\r\n" + head + b"\r\n\r\n")
        told = answers(sock)
        assert told.startswith(b"HTTP/1.1 " + status)
        assert b"Connection: close" in told
        assert not seen


def test_a_cut_off_body_is_no_request() -> None:
    with conversation() as (sock, seen):
        sock.sendall(b"PUT / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc")
        assert answers(sock) == b""
        assert not seen


# Changes ---------------------------------------------------------------------------------


def test_a_change_is_served_and_the_rest_stays(tmp_path: Any) -> None:
    with running(tmp_path, emulate=False) as world:
        get(world, WEB, "/kept", method="PUT", body=b"1")
        fresh = Service(kind="web", address="127.78.0.81", owner="new", listens=("tcp/80",))
        plan = plan_of(world.estate)
        dropped = tuple(s for s in plan.services if s.kind != "imds")
        world.services.use(world.estate, msgspec.structs.replace(plan, services=(*dropped, fresh)))
        assert b"server: new" in get(world, "127.78.0.81", "/")[2]
        assert get(world, WEB, "/kept")[2] == b"1"
        with pytest.raises(ConnectionRefusedError):
            get(world, IMDS, "/latest/meta-data/")


def test_an_address_that_cannot_be_listened_at_changes_nothing(tmp_path: Any) -> None:
    with running(tmp_path, emulate=False) as world:
        plan = plan_of(world.estate)
        with socket.socket() as taken:
            taken.bind(("127.78.0.82", world.ports[80]))
            taken.listen()
            bad = Service(kind="web", address="127.78.0.82", owner="new", listens=("tcp/80",))
            with pytest.raises(OSError, match=r"cannot listen at 127\.78\.0\.82"):
                world.services.use(world.estate, msgspec.structs.replace(plan, services=(bad,)))
        assert get(world, WEB, "/")[0] == 200


def test_readiness_is_told_part_by_part(tmp_path: Any) -> None:
    read, write = os.pipe()
    with running(tmp_path, emulate=False, ready=write), open(read, "rb") as lines:
        told = [json.loads(lines.readline()) for _ in range(3)]
    os.close(write)
    assert [line["part"] for line in told] == ["dns", "tls", "api"]
    assert told[1]["authorities"][""].startswith("-----BEGIN CERTIFICATE-----")


def test_guests_that_cannot_be_entered_are_told(tmp_path: Any) -> None:
    estate = estate_of(tmp_path)
    guest = Guest(name="client", owner="i-main-client", links=(Link(name="eth0", port="p"),), listens=("tcp/80",))
    plan = msgspec.structs.replace(plan_of(estate), guests=(guest,), services=())
    services = Services(estate, plan, Options(namespaces={"client": "/nonexistent"}, emulate=False))
    services.start()
    services.stop()
    assert services.problems == ["client: cannot enter the namespace: No such file or directory"]


# By hand ---------------------------------------------------------------------------------


def test_the_module_serves_a_plan_until_it_is_told_to_end(tmp_path: Path) -> None:
    estate = estate_of(tmp_path)
    (tmp_path / "plan.json").write_bytes(msgspec.json.encode(plan_of(estate)))
    ports = free_ports(53, 80, 443, 7)
    read, write = os.pipe()
    command = [sys.executable, "-m", "tabiji.lab.svc", "-n", "net.yaml", "--plan", "plan.json", "--log", "access.log"]
    command += [f"--port={plan}={real}" for plan, real in ports.items()]
    with subprocess.Popen([*command, "--ready-fd", str(write)], cwd=tmp_path, pass_fds=[write]) as process:
        os.close(write)
        with open(read, "rb") as lines:
            assert [json.loads(lines.readline())["part"] for _ in range(3)] == ["dns", "tls", "api"]
            connection = http.client.HTTPConnection(WEB, ports[80], timeout=10)
            connection.request("GET", "/")
            assert connection.getresponse().status == 200
            connection.close()
            process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert json.loads((tmp_path / "access.log").read_text().splitlines()[-1])["status"] == 200


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--net"], 64), (["-n", "x", "--plan", "y", "--port", "a=b"], 64), (["-n", "none.yaml", "--plan", "none"], 65),
    ],
)  # fmt: skip
def test_the_module_says_what_is_wrong_in_a_line(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == code
    assert "Traceback" not in capsys.readouterr().err


def test_ipv6_is_served_too(tmp_path: Path) -> None:
    estate = estate_of(tmp_path)
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("no IPv6 here")
    ports = free_ports(80, 53)
    services = (
        Service(kind="web", address="::1", owner="six", listens=("tcp/80",)),
        Service(kind="dns", address="::1", owner="vpc-main", listens=("udp/53",)),
    )
    plan = msgspec.structs.replace(plan_of(estate), services=services)
    parts = Services(estate, plan, Options(ports=ports, emulate=False))
    parts.start()
    try:
        connection = http.client.HTTPConnection("::1", ports[80], timeout=10)
        connection.request("GET", "/", headers={"Host": "[::1]:80"})
        page = connection.getresponse().read().decode()
        connection.close()
        assert "address: ::1 port 80" in page
        assert "asked: http://::1/" in page
        answer = dns.query.udp(dns.message.make_query("example.com", "A"), "::1", port=ports[53], timeout=10)
        assert answer.rcode() == dns.rcode.SERVFAIL  # ::1 is no server of that VPC, and it says so
    finally:
        parts.stop()
