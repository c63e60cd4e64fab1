"""Really do it, from this machine: resolve, connect, shake hands, ask for the head of a page.

Only the standard library, no credentials: no user, password, query or cookie
of a URL is ever sent.  Every address is tried; the first that opens, in the
order the system gives them, is used for what follows.
"""

from __future__ import annotations

import errno
import os
import selectors
import socket
import ssl
import threading
import time
from typing import Any

import msgspec

from ..packet.header import TCP
from ..request.errors import RequestError
from ..request.model import Request
from ..request.parse import parse_request
from .beside import Observed
from .certificate import Certificate, CertificateError, read_certificate

RESOLVE, CONNECT, HANDSHAKE, HEAD = "resolve", "tcp", "tls", "http"
HTTP_SCHEMES = ("http", "https")
MAX_HEAD = 65536
_ERRORS = {
    errno.ECONNREFUSED: "probe.refused",
    errno.ETIMEDOUT: "probe.timeout",
    errno.ENETUNREACH: "probe.unreachable",
    errno.EHOSTUNREACH: "probe.unreachable",
    errno.EADDRNOTAVAIL: "probe.unreachable",
}


class Stage(msgspec.Struct, kw_only=True):
    """One stage: what happened, as a catalogue code, when it began (since the start) and how long it took."""

    kind: str
    ok: bool
    code: str
    started: float
    seconds: float
    params: tuple[tuple[str, str], ...] = ()
    address: str = ""


class Probe(msgspec.Struct, kw_only=True):
    """All that was done for one target; ``ok`` when every stage that the target asks for worked."""

    request: Request
    stages: list[Stage] = []
    addresses: tuple[str, ...] = ()
    certificate: Certificate | None = None
    verified: bool | None = None
    version: str = ""
    status: str = ""
    proxy: tuple[str, str] | None = None
    """A variable that sends programs through a proxy, and the proxy; the probe goes straight."""

    @property
    def ok(self) -> bool:
        """Some address opened, and everything after it worked."""
        last = self.stages[-1] if self.stages else None
        if last is None:
            return False
        if last.kind == CONNECT:
            return any(stage.ok for stage in self.stages if stage.kind == CONNECT)
        return last.ok

    def observed(self) -> Observed:
        """The same, ready to be set beside a prediction."""
        handshakes = [stage.ok for stage in self.stages if stage.kind == HANDSHAKE]
        return Observed(
            host=self.request.host,
            port=self.request.port or 0,
            addresses=self.addresses,
            reached={stage.address: stage.ok for stage in self.stages if stage.kind == CONNECT},
            uses_tls=self.request.tls,
            tls=handshakes[-1] if handshakes else None,
        )


def target_of(text: str) -> Request:
    """Understand a URL or host:port.  Raises RequestError for what is no TCP target."""
    request = parse_request(text)
    if request.protocol != TCP:
        raise RequestError(f"{text!r}: a probe speaks TCP only")
    return request


def probe(request: Request, *, timeout: float = 5.0, cafile: str | None = None) -> Probe:
    """Try a target, each stage for at most ``timeout`` seconds.

    Raises RequestError for a ``cafile`` that cannot be read; whatever the
    network does is in the result.
    """
    context = _context(cafile) if request.tls else None
    out = Probe(request=request, stages=[], proxy=_proxy(request))
    clock = _Clock()
    infos = _resolve(out, request, timeout, clock)
    if not infos:
        return out
    sock = _connect(out, infos, timeout, clock)
    if sock is None:
        return out
    stream: socket.socket = sock
    try:
        if context is not None:
            wrapped = _handshake(out, sock, request, context, timeout, clock)
            if wrapped is None:
                return out
            stream = wrapped
        if request.scheme in HTTP_SCHEMES:
            _head(out, stream, request, timeout, clock)
    finally:
        stream.close()
        sock.close()
    return out


class _Clock:
    def __init__(self) -> None:
        self.start = time.monotonic()

    def now(self) -> float:
        return time.monotonic() - self.start


def _context(cafile: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=cafile)
    except (OSError, ssl.SSLError) as error:
        raise RequestError(f"--cafile {cafile}: {getattr(error, 'strerror', '') or error}") from None


def _proxy(request: Request) -> tuple[str, str] | None:
    """The proxy other programs would take, without user and password."""
    from urllib.request import proxy_bypass

    for name in (f"{request.scheme or 'https'}_proxy", "all_proxy"):
        for variable in (name, name.upper()):
            value = os.environ.get(variable, "")
            if value and variable != "HTTP_PROXY" and not proxy_bypass(request.host):
                return variable, value.rpartition("@")[2].partition("://")[2] or value.rpartition("@")[2]
    return None


# Resolving ------------------------------------------------------------------------


def _resolve(out: Probe, request: Request, timeout: float, clock: _Clock) -> list[tuple[int, Any]]:
    """Family and address of everything the system's resolver gives, in its order."""
    start = clock.now()
    answer: list[tuple[int, Any]] = []
    failed: list[str] = []

    def ask() -> None:
        try:
            for family, _, _, _, where in socket.getaddrinfo(request.host, request.port, type=socket.SOCK_STREAM):
                if (family, where) not in answer:
                    answer.append((family, where))
        except (OSError, UnicodeError) as error:
            failed.append(str(getattr(error, "strerror", "") or error))

    # The resolver knows no time limit; a thread that never comes back does not keep the program.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(timeout)
    took = clock.now() - start
    params: tuple[tuple[str, str], ...]
    if thread.is_alive():
        code, params = "probe.resolve_timeout", (("seconds", f"{timeout:g}"),)
        answer = []
    elif failed:
        code, params = "probe.resolve_failed", (("error", failed[0]),)
    else:
        out.addresses = tuple(dict.fromkeys(where[0] for _, where in answer))
        literal = out.addresses == (request.host,)
        code = "probe.literal" if literal else "probe.addresses"
        params = () if literal else (("addresses", ", ".join(out.addresses)),)
    out.stages.append(Stage(kind=RESOLVE, ok=bool(answer), code=code, started=start, seconds=took, params=params))
    return answer


# Connecting -----------------------------------------------------------------------


def _connect(out: Probe, infos: list[tuple[int, Any]], timeout: float, clock: _Clock) -> socket.socket | None:
    """Ask all addresses at once; the first of them, in order, that opened."""
    start = clock.now()
    opened: dict[int, socket.socket] = {}
    stages: dict[int, Stage] = {}
    with selectors.DefaultSelector() as waiting:
        for i, (family, where) in enumerate(infos):
            try:
                sock = socket.socket(family, socket.SOCK_STREAM)
            except OSError as error:
                stages[i] = _tcp(where[0], error.errno or 0, start, clock, timeout)
                continue
            sock.setblocking(False)
            code = sock.connect_ex(where)
            if code == errno.EINPROGRESS:
                waiting.register(sock, selectors.EVENT_WRITE, i)
            else:
                stages[i] = _tcp(where[0], code, start, clock, timeout)
                _sort(sock, code, i, opened)
        while waiting.get_map() and clock.now() - start < timeout:
            for key, _ in waiting.select(timeout - (clock.now() - start)):
                found = key.fileobj
                assert isinstance(found, socket.socket)
                waiting.unregister(found)
                code = found.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                stages[key.data] = _tcp(infos[key.data][1][0], code, start, clock, timeout)
                _sort(found, code, key.data, opened)
        for key in list(waiting.get_map().values()):
            stages[key.data] = _tcp(infos[key.data][1][0], errno.ETIMEDOUT, start, clock, timeout)
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()
    out.stages += [stages[i] for i in sorted(stages)]
    if not opened:
        return None
    used = opened.pop(min(opened))
    for other in opened.values():
        other.close()
    used.settimeout(timeout)
    return used


def _sort(sock: socket.socket, code: int, number: int, opened: dict[int, socket.socket]) -> None:
    if code:
        sock.close()
    else:
        opened[number] = sock


def _tcp(address: str, code: int, start: float, clock: _Clock, timeout: float) -> Stage:
    word = errno.errorcode.get(code, str(code))
    text = _ERRORS.get(code, "probe.failed") if code else "probe.connected"
    params = (("address", address), ("error", word), ("seconds", f"{timeout:g}"))
    return Stage(
        kind=CONNECT, ok=not code, code=text, started=start, seconds=clock.now() - start, params=params, address=address
    )


# TLS ------------------------------------------------------------------------------


def _handshake(
    out: Probe, sock: socket.socket, request: Request, context: ssl.SSLContext, timeout: float, clock: _Clock
) -> ssl.SSLSocket | None:
    start = clock.now()
    where = sock.getpeername()
    family = sock.family
    error = ""
    try:
        wrapped = context.wrap_socket(sock, server_hostname=request.host)
    except ssl.SSLCertVerificationError as failure:
        error = failure.verify_message or str(failure)
    except (OSError, ValueError) as failure:
        _tls_failed(out, failure, start, clock, timeout)
        return None
    else:
        _certificate(out, wrapped, True, "", start, clock)
        return wrapped
    took = clock.now()
    # The certificate that was refused: a second connection, on which nothing is asked, shows it.
    bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    bare.check_hostname = False
    bare.verify_mode = ssl.CERT_NONE
    try:
        with socket.socket(family, socket.SOCK_STREAM) as again:
            again.settimeout(timeout)
            again.connect(where)
            with bare.wrap_socket(again, server_hostname=request.host) as shown:
                _certificate(out, shown, False, error, start, clock, took)
    except (OSError, ValueError):
        _certificate(out, None, False, error, start, clock, took)
    return None


def _certificate(
    out: Probe, shown: ssl.SSLSocket | None, verified: bool, error: str, start: float, clock: _Clock,
    end: float | None = None,
) -> None:  # fmt: skip
    der = shown.getpeercert(binary_form=True) if shown is not None else None
    try:
        out.certificate = read_certificate(der) if der else None
    except CertificateError:
        out.certificate = None
    out.verified = verified
    out.version = (shown.version() or "") if shown is not None else ""
    names = out.certificate.names if out.certificate else ()
    few = ", ".join(names[:4]) + (f" +{len(names) - 4}" if len(names) > 4 else "")
    params = (
        ("version", out.version or "TLS"),
        ("names", few or "?"),
        ("issuer", (out.certificate.issuer if out.certificate else "") or "?"),
        ("error", error),
    )
    code = "probe.tls_verified" if verified else "probe.tls_unverified"
    seconds = (clock.now() if end is None else end) - start
    out.stages.append(Stage(kind=HANDSHAKE, ok=verified, code=code, started=start, seconds=seconds, params=params))


def _tls_failed(out: Probe, failure: Exception, start: float, clock: _Clock, timeout: float) -> None:
    params = (("seconds", f"{timeout:g}"), ("error", ""))
    if isinstance(failure, TimeoutError):
        code = "probe.tls_timeout"
    elif isinstance(failure, ConnectionResetError):
        code = "probe.tls_reset"
    else:
        code = "probe.tls_failed"
        words = failure.reason if isinstance(failure, ssl.SSLError) and failure.reason else str(failure)
        params = (("seconds", f"{timeout:g}"), ("error", words))
    took = clock.now() - start
    out.stages.append(Stage(kind=HANDSHAKE, ok=False, code=code, started=start, seconds=took, params=params))


# HTTP -----------------------------------------------------------------------------


def _head(out: Probe, stream: socket.socket, request: Request, timeout: float, clock: _Clock) -> None:
    """Ask for the head of a page; any answer in HTTP will do, for the request arrived."""
    start = clock.now()
    path = _path(request.path)
    host = f"[{request.host}]" if ":" in request.host else request.host
    usual = {"http": 80, "https": 443}[request.scheme]
    if request.port != usual:
        host += f":{request.port}"
    lines = (f"HEAD {path} HTTP/1.1", f"Host: {host}", "User-Agent: tabiji-probe", "Accept: */*", "Connection: close")
    error = ""
    status = ""
    try:
        stream.settimeout(timeout)
        stream.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("ascii", "replace"))
        data = b""
        while b"\r\n" not in data and len(data) < MAX_HEAD and clock.now() - start < timeout:
            more = stream.recv(4096)
            if not more:
                break
            data += more
        first = data.split(b"\r\n")[0].decode("latin-1")[:100]
        if first.startswith("HTTP/"):
            status = "".join(c if c.isprintable() else "?" for c in first.partition(" ")[2])
        else:
            error = "?" if data else "EOF"
    except TimeoutError:
        error = "timeout"
    except OSError as failure:
        error = str(failure.strerror or failure)
    out.status = status
    code = "probe.http_status" if status else "probe.http_failed"
    params = (("path", path), ("status", status), ("error", error))
    seconds = clock.now() - start
    out.stages.append(Stage(kind=HEAD, ok=bool(status), code=code, started=start, seconds=seconds, params=params))


def _path(path: str) -> str:
    """The path alone: a query may hold a signature or a token."""
    bare = path.split("?")[0].split("#")[0]
    return "".join(c if 0x20 < ord(c) < 0x7F else "%20" if c == " " else "?" for c in bare) or "/"
