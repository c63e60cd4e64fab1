"""``tabiji probe`` against servers the test starts on loopback; nothing else is contacted."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tabiji.cli import main
from tabiji.observe.certificate import CertificateError, read_certificate
from tabiji.observe.probe import Probe, probe, target_of
from tabiji.report.probe import render_probe
from tabiji.report.terminal import Style

HERE = "127.0.0.1"
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificates")


class Served:
    """A server on loopback; ``requests`` are what clients sent."""

    def __init__(self, answer: Callable[[socket.socket, list[bytes]], None], context: ssl.SSLContext | None) -> None:
        self.requests: list[bytes] = []
        self.names: list[str | None] = []
        self.listening = socket.create_server((HERE, 0))
        self.port = int(self.listening.getsockname()[1])
        self.context = context
        if context is not None:
            context.sni_callback = lambda sock, name, _: self.names.append(name)
        self.answer = answer
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            try:
                with connection:
                    connection.settimeout(10)
                    if self.context is None:
                        self.answer(connection, self.requests)
                    else:
                        with self.context.wrap_socket(connection, server_side=True) as wrapped:
                            self.answer(wrapped, self.requests)
            except OSError:
                pass

    def close(self) -> None:
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.thread.join(15)


def page(connection: socket.socket, requests: list[bytes]) -> None:
    requests.append(connection.recv(4096))
    connection.sendall(b"HTTP/1.1 403 Forbidden\r\nSet-Cookie: SECRET\r\n\r\n")


def silent(connection: socket.socket, requests: list[bytes]) -> None:
    requests.append(connection.recv(4096))
    connection.recv(4096)


def hang_up(connection: socket.socket, requests: list[bytes]) -> None:
    requests.append(connection.recv(4096))


def reset(connection: socket.socket, requests: list[bytes]) -> None:
    connection.recv(10)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    started: list[Served] = []

    def start(answer: Callable[[socket.socket, list[bytes]], None], context: ssl.SSLContext | None = None) -> Served:
        started.append(Served(answer, context))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CA, a certificate of it for ``localhost`` and one for another name."""
    folder = tmp_path_factory.mktemp("ca")

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/O=Tests/CN=Test CA", "-days", "2")
    for name, alternatives in (("good", "DNS:localhost,DNS:*.a.example,IP:127.0.0.1"), ("other", "DNS:other.example")):
        (folder / f"{name}.ext").write_text(f"subjectAltName={alternatives}\n")
        openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}.example")
        openssl(
            "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-out", f"{name}.pem", "-extfile", f"{name}.ext",
        )  # fmt: skip
    return folder


def context(folder: Path, name: str) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return made


def stages(done: Probe) -> list[tuple[str, bool, str]]:
    return [(stage.kind, stage.ok, stage.code) for stage in done.stages]


def done_for(url: str, **options: object) -> Probe:
    return probe(target_of(url), timeout=3, **options)  # type: ignore[arg-type]


def test_plain_http_any_status_is_an_arrival(serve: Callable[..., Served]) -> None:
    server = serve(page)
    done = done_for(f"http://user:SECRET@{HERE}:{server.port}/a b?token=SECRET#x")
    assert stages(done) == [
        ("resolve", True, "probe.literal"),
        ("tcp", True, "probe.connected"),
        ("http", True, "probe.http_status"),
    ]
    assert (done.ok, done.status) == (True, "403 Forbidden")
    (request,) = server.requests
    assert request.startswith(b"HEAD /a%20b HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"SECRET" not in request
    assert b"ookie" not in request
    assert "SECRET" not in render_probe(done, lang="en", style=Style())


def test_refused() -> None:
    with socket.create_server((HERE, 0)) as listening:
        port = listening.getsockname()[1]
    done = done_for(f"{HERE}:{port}")
    assert stages(done)[1:] == [("tcp", False, "probe.refused")]
    assert not done.ok


def test_a_name_with_several_addresses_one_of_which_opens(
    serve: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(page)
    rows = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.2", server.port)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (HERE, server.port)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: rows)
    done = done_for(f"http://name.example:{server.port}/")
    assert [(s.address, s.ok) for s in done.stages if s.kind == "tcp"] == [("127.0.0.2", False), (HERE, True)]
    assert done.ok
    assert done.observed().reached == {"127.0.0.2": False, HERE: True}


def test_a_name_that_does_not_resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    done = done_for("https://no.example/")
    assert stages(done) == [("resolve", False, "probe.resolve_failed")]
    assert not done.ok


def test_a_resolver_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    free = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: free.wait(30) and [])
    done = probe(target_of("https://slow.example/"), timeout=0.2)
    free.set()
    assert stages(done) == [("resolve", False, "probe.resolve_timeout")]


@needs_openssl
def test_tls_that_is_verified(serve: Callable[..., Served], certificates: Path) -> None:
    server = serve(page, context(certificates, "good"))
    done = done_for(f"https://localhost:{server.port}/", cafile=str(certificates / "ca.pem"))
    assert [s[:2] for s in stages(done) if s[0] != "tcp"] == [("resolve", True), ("tls", True), ("http", True)]
    assert done.verified is True
    assert done.certificate is not None
    assert done.certificate.names == ("localhost", "*.a.example", "127.0.0.1")
    assert (done.certificate.subject, done.certificate.issuer) == ("good.example", "Test CA")
    assert done.certificate.not_before < done.certificate.not_after
    assert server.names == ["localhost"]


@needs_openssl
@pytest.mark.parametrize(("name", "trusted", "word"), [("other", True, "ostname"), ("good", False, "unable to get")])
def test_tls_that_is_not_verified_shows_the_certificate_and_asks_nothing(
    serve: Callable[..., Served], certificates: Path, name: str, trusted: bool, word: str
) -> None:
    server = serve(page, context(certificates, name))
    options = {"cafile": str(certificates / "ca.pem")} if trusted else {}
    done = done_for(f"https://localhost:{server.port}/", **options)
    assert stages(done)[-1] == ("tls", False, "probe.tls_unverified")
    assert word in dict(done.stages[-1].params)["error"]
    assert done.verified is False
    assert done.certificate is not None
    assert done.certificate.issuer == "Test CA"
    assert not any(b"HEAD" in request for request in server.requests)
    assert not done.ok
    assert done.observed().tls is False


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (silent, "probe.tls_timeout"),
        (hang_up, "probe.tls_failed"),
        (reset, "probe.tls_reset"),
        (page, "probe.tls_failed"),
    ],
)
def test_tls_that_fails(
    serve: Callable[..., Served], answer: Callable[[socket.socket, list[bytes]], None], code: str
) -> None:
    server = serve(answer)
    done = probe(target_of(f"https://{HERE}:{server.port}/"), timeout=0.5)
    assert stages(done)[-1] == ("tls", False, code)


@pytest.mark.parametrize("answer", [silent, hang_up])
def test_http_that_says_nothing(
    serve: Callable[..., Served], answer: Callable[[socket.socket, list[bytes]], None]
) -> None:
    server = serve(answer)
    done = probe(target_of(f"http://{HERE}:{server.port}/"), timeout=0.5)
    assert stages(done)[-1] == ("http", False, "probe.http_failed")
    assert not done.ok


def test_a_proxy_is_told_without_its_password(serve: Callable[..., Served], monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve(page)
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("http_proxy", "http://user:SECRET@proxy.example:3128")
    done = done_for(f"http://{HERE}:{server.port}/")
    assert done.proxy == ("http_proxy", "proxy.example:3128")
    assert done.ok


def test_the_command_line(serve: Callable[..., Served], capsys: pytest.CaptureFixture[str]) -> None:
    server = serve(page)
    assert main(["probe", "--lang", "en", f"http://{HERE}:{server.port}/x"]) == 0
    assert "HEAD /x: 403 Forbidden" in capsys.readouterr().out
    assert main(["probe", "--lang", "ja", "--format", "json", f"http://{HERE}:{server.port}/"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["kind"], document["ok"], document["status"]) == ("probe", True, "403 Forbidden")
    assert [stage["kind"] for stage in document["stages"]] == ["resolve", "tcp", "http"]


def test_beside_the_prediction(serve: Callable[..., Served], capsys: pytest.CaptureFixture[str]) -> None:
    example = Path(__file__).parents[2] / "examples" / "interface-endpoint.yaml"
    server = serve(page)
    code = main(["probe", "--lang", "en", "-n", str(example), "--from", "ec2", f"http://{HERE}:{server.port}/"])
    assert code == 0
    assert "Observed beside predicted, from ec2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        (["udp://x:53"], "TCP only"),
        (["https://x:99999"], "not a port"),
        (["--cafile", "no-such-file", "https://127.0.0.1:1"], "no-such-file"),
        (["--timeout", "0", "127.0.0.1:1"], "seconds"),
        ([], "TARGET"),
    ],
)
def test_bad_usage_is_one_line(argv: list[str], word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", *argv]) == 64
    told = capsys.readouterr().err
    assert word.lower() in told.lower()
    assert told.count("\n") == 1


@given(st.binary(max_size=200))
def test_any_octets_are_a_certificate_or_an_error(data: bytes) -> None:
    for der in (data, b"\x30\x82" + len(data).to_bytes(2, "big") + data):
        with contextlib.suppress(CertificateError):
            read_certificate(der)


@needs_openssl
@given(st.data())
def test_a_damaged_certificate_is_an_error_or_read(certificates: Path, data: st.DataObject) -> None:
    der = ssl.PEM_cert_to_DER_cert((certificates / "good.pem").read_text())
    at = data.draw(st.integers(0, len(der) - 1))
    damaged = der[:at] + data.draw(st.binary(max_size=3)) + der[at + data.draw(st.integers(0, 3)) :]
    with contextlib.suppress(CertificateError):
        read_certificate(damaged)
