"""HTTP/1.1 on a socket somebody else accepted: requests read whole, answers written whole.

``http.server`` of the standard library parses; here is what it leaves out:
chunked bodies, limits, and answers made of plain records.  One thread a
connection: a slow or silent client holds up nobody else.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable
from email.message import Message
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any

import msgspec

IDLE = 60.0
"""Seconds a client may be silent."""
LARGEST = 1 << 30
"""Bytes of one request's body."""
_TOGETHER = 1 << 16
"""Answers up to this size leave in one write with their head."""


class Request(msgspec.Struct, kw_only=True):
    """One request.  ``target`` is path and query as sent; ``headers`` looks names up in any case."""

    method: str
    target: str
    headers: Message
    body: bytes = b""

    @property
    def path(self) -> str:
        """The target without its query, still percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """Behind the question mark."""
        return self.target.partition("?")[2]

    @property
    def host(self) -> str:
        """The Host header's name in lower case, without port."""
        text = (self.headers.get("Host") or "").strip().lower()
        if text.startswith("["):
            return text[1:].partition("]")[0]
        return text.rpartition(":")[0] if ":" in text else text


class Response(msgspec.Struct, kw_only=True):
    """One answer.  Content-Length, Date and Connection are added where missing."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    close: bool = False


Answer = Callable[[Request], Response]
Told = Callable[[Request, Response, float], None]


class _Refused(Exception):
    """The request cannot be taken: a status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    """Parses requests off one connection until it ends."""

    protocol_version = "HTTP/1.1"
    rbufsize = 1 << 16

    def __init__(self, connection: socket.socket, answer: Answer, told: Told) -> None:
        self.answer = answer
        self.told = told
        super().__init__(connection, ("", 0), None)  # type: ignore[arg-type]

    def handle_one_request(self) -> None:
        """Read one, answer it."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline:
            self.close_connection = True
            return
        if len(self.raw_requestline) > 65536:
            self.requestline = self.command = ""
            self.request_version = self.protocol_version
            self.send_error(HTTPStatus.REQUEST_URI_TOO_LONG)
            return
        if not self.parse_request():
            return
        began = time.perf_counter()
        try:
            request = Request(method=self.command, target=self.path, headers=self.headers, body=self._body())
        except _Refused as refused:
            self.close_connection = True
            self._send("GET", Response(status=refused.status, close=True))
            return
        response = self.answer(request)
        self._send(request.method, response)
        self.told(request, response, time.perf_counter() - began)

    def _body(self) -> bytes:
        """The whole body.  Raises _Refused for a broken or too long one."""
        coding = (self.headers.get("Transfer-Encoding") or "").lower()
        if coding:
            if coding != "chunked":
                raise _Refused(501)
            return self._chunks()
        length = self.headers.get("Content-Length") or "0"
        if not (length.isascii() and length.isdigit()):
            raise _Refused(400)
        if int(length) > LARGEST:
            raise _Refused(413)
        body = self.rfile.read(int(length)) if int(length) else b""
        if len(body) < int(length):
            raise ConnectionResetError
        return body

    def _chunks(self) -> bytes:
        out = bytearray()
        while True:
            head = self.rfile.readline(1024).partition(b";")[0].strip()
            try:
                size = int(head, 16)
            except ValueError:
                raise _Refused(400) from None
            if size < 0 or len(out) + size > LARGEST:
                raise _Refused(413)
            if not size:
                break
            piece = self.rfile.read(size)
            if len(piece) < size:
                raise ConnectionResetError
            out += piece
            if self.rfile.readline(3).strip():
                raise _Refused(400)
        for _ in range(64):  # trailers; nobody here reads them
            if not self.rfile.readline(8192).strip():
                return bytes(out)
        raise _Refused(400)

    def _send(self, method: str, response: Response) -> None:
        names = {name.lower() for name, _ in response.headers}
        if response.close:
            self.close_connection = True
        try:
            reason = HTTPStatus(response.status).phrase
        except ValueError:
            reason = ""
        lines = [f"HTTP/1.1 {response.status} {reason}"]
        lines += [f"{name}: {value}" for name, value in response.headers]
        if "date" not in names:
            lines.append(f"Date: {formatdate(usegmt=True)}")
        bare = response.status in (204, 304) or response.status < 200
        if "content-length" not in names and not bare:
            lines.append(f"Content-Length: {len(response.body)}")
        if self.close_connection:
            lines.append("Connection: close")
        head = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
        body = b"" if bare or method == "HEAD" else response.body
        if len(body) <= _TOGETHER:
            self.connection.sendall(head + body)
        else:
            self.connection.sendall(head)
            self.connection.sendall(body)

    def log_message(self, format: str, *args: Any) -> None:
        """The access log is written elsewhere."""


def converse(connection: socket.socket, answer: Answer, told: Told, idle: float = IDLE) -> None:
    """Serve a connection until either side ends it.  Never raises for what the client does."""
    with contextlib.suppress(OSError, EOFError):  # reset, timeout, TLS alert: the client is gone
        connection.settimeout(idle)
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _Handler(connection, answer, told)


def text(status: int, words: str, kind: str = "text/plain; charset=utf-8") -> Response:
    """A short answer."""
    return Response(status=status, headers=(("Content-Type", kind),), body=words.encode())
