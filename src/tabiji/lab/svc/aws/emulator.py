"""moto as the services behind the API: loaded in the background, called in the process (LAB47).

A request is handed over in its plain regional form, so that endpoint names,
legacy names and buckets in host names need nothing of moto.
"""

from __future__ import annotations

import os
import re
import threading
from typing import Any

from ..http import Request, Response
from .call import Call
from .errors import AwsError

PATIENCE = 60.0
"""Seconds a request waits for moto to load."""
DROPPED = frozenset((
    "connection", "transfer-encoding", "content-length", "expect", "content-encoding", "x-amz-decoded-content-length",
    "x-amz-trailer", "x-amz-content-sha256", "host",
))  # fmt: skip
"""Headers that speak of the connection or of a coding already taken off."""
_HOP = frozenset(("connection", "transfer-encoding", "date", "server"))
STREAMING = "STREAMING-"


class Emulator:
    """Answers calls; the first of a service loads it."""

    def __init__(self, account: str) -> None:
        self.account = account
        self.ready = threading.Event()
        self.failed = ""
        self._thread = threading.Thread(target=self._load, name="svc-moto", daemon=True)

    def start(self) -> None:
        """Begin to load."""
        self._thread.start()

    def _load(self) -> None:
        os.environ["MOTO_ACCOUNT_ID"] = self.account
        os.environ["MOTO_ALLOW_NONEXISTENT_REGION"] = "true"
        try:
            import moto.backend_index
            import moto.backends
            import moto.s3.responses  # noqa: F401 - what nearly every lab asks first
        except ImportError as error:
            self.failed = f"moto is not installed ({error.name}): pip install 'tabiji[lab]'"
        self.ready.set()

    def answer(self, call: Call, request: Request, tls: bool) -> Response:
        """The answer of the service.  Raises AwsError when the lab has none."""
        if not self.ready.wait(PATIENCE):
            raise AwsError("ServiceUnavailable", "the lab's services are still loading", 503)
        if self.failed:
            raise AwsError("NotImplemented", f"the lab cannot answer {call.service}: {self.failed}", 501)
        url = f"{'https' if tls else 'http'}://{call.host}{call.path}"
        handler = _handler(url, self.account)
        if handler is None:
            text = f"the lab has no {call.service or call.host}; the request did reach it, at {request.host}"
            raise AwsError("NotImplemented", text, 501)
        return _call(handler, call, request, url)


def _handler(url: str, account: str) -> Any:
    """moto's function for a URL without query; None when it has no such service or path."""
    import moto.backend_index
    import moto.backends
    from moto.core.base_backend import BackendDict

    for service, pattern in moto.backend_index.backend_url_patterns:
        if not pattern.match(url):
            continue
        found: Any = moto.backends.get_backend(service)  # type: ignore[call-overload]
        if isinstance(found, BackendDict):
            regions = found[account]
            backend = regions["us-east-1"] if "us-east-1" in regions else regions["aws"]
        else:
            backend = found["global"]
        for text, handler in backend.urls.items():
            if re.match(text, url):
                return handler
    return None


def _call(handler: Any, call: Call, request: Request, url: str) -> Response:
    from moto.core.request import Request as MotoRequest
    from werkzeug.datastructures import Headers
    from werkzeug.exceptions import HTTPException

    body, extra = plain_body(request)
    headers = Headers([(k, v) for k, v in request.headers.items() if k.lower() not in DROPPED])
    headers.extend(extra)
    headers["Host"] = call.host
    coding = [part.strip() for part in (request.headers.get("Content-Encoding") or "").split(",")]
    kept = ",".join(part for part in coding if part and part != "aws-chunked")
    if kept:
        headers["Content-Encoding"] = kept
    headers["Content-Length"] = str(len(body))
    target = f"{url}?{request.query}" if request.query else url
    plain = MotoRequest.from_primitives(request.method, target, headers, body)
    # Keys with encoded octets are looked up as they were sent.
    plain.environ["RAW_URI"] = call.path + (f"?{request.query}" if request.query else "")
    try:
        status, answered, content = handler(plain, plain.raw_url, plain.headers)
    except HTTPException as error:
        status, answered, content = error.code, dict(error.get_headers()), error.get_body()
    except NotImplementedError as error:
        text = f"the lab has no {call.service} {call.operation}: {error}"
        raise AwsError("NotImplemented", text.rstrip(": "), 501) from error
    data = content.encode() if isinstance(content, str) else bytes(content or b"")
    shown = tuple((str(k), str(v)) for k, v in dict(answered).items() if str(k).lower() not in _HOP)
    if request.method != "HEAD":
        shown = tuple((k, v) for k, v in shown if k.lower() != "content-length")
    return Response(status=int(status or 500), headers=shown, body=data)


def plain_body(request: Request) -> tuple[bytes, list[tuple[str, str]]]:
    """The body without S3's own chunks, and the headers its trailer holds (checksums).

    Raises AwsError for a broken one.
    """
    if not (request.headers.get("x-amz-content-sha256") or "").startswith(STREAMING):
        return request.body, []
    view = request.body
    out = bytearray()
    at = 0
    while True:
        end = view.find(b"\r\n", at, at + 4096)
        if end < 0:
            raise AwsError("IncompleteBody", "The request body terminated unexpectedly")
        try:
            size = int(view[at:end].partition(b";")[0], 16)
        except ValueError:
            raise AwsError("IncompleteBody", "The request body is not aws-chunked") from None
        at = end + 2
        if not size:
            break
        if at + size > len(view):
            raise AwsError("IncompleteBody", "The request body terminated unexpectedly")
        out += memoryview(view)[at : at + size]
        at += size + 2
    trailer: list[tuple[str, str]] = []
    for line in view[at:].split(b"\r\n"):
        name, colon, value = line.decode("latin-1").partition(":")
        if colon and name.lower().startswith("x-amz-checksum-"):
            trailer.append((name.strip(), value.strip()))
    return bytes(out), trailer
