"""Plain servers: public hosts, and guests that listen on something.

A page says which name and address was asked and who asked.  What is uploaded
(PUT, POST) can be downloaded again; ``/bytes/N`` is N octets.
"""

from __future__ import annotations

import threading
from urllib.parse import unquote

from .directory import Arrival
from .http import Request, Response, text

HTTPS = frozenset((443, 8443))
HTTP = frozenset((80, 8000, 8080))
"""Ports on which TLS with HTTP, and plain HTTP, is spoken; all others echo."""
MOST_KEPT = 256 << 20
"""Octets of uploads kept for all servers together."""
LARGEST = 256 << 20
"""Of ``/bytes/N``."""


class Web:
    """What all plain servers of a lab hold."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, str], bytes] = {}
        self._lock = threading.Lock()

    def answer(self, owner: str, arrival: Arrival, request: Request, scheme: str) -> Response:
        """The answer of one server, known by its ``owner``."""
        path = unquote(request.path)
        if request.method in ("PUT", "POST"):
            return self._keep(owner, path, request.body)
        if request.method == "DELETE":
            with self._lock:
                found = self._files.pop((owner, path), None)
            return text(204 if found is not None else 404, "")
        if request.method not in ("GET", "HEAD"):
            return text(405, "GET, HEAD, PUT, POST and DELETE only\n")
        kept = self._files.get((owner, path))
        if kept is not None:
            return part(request, kept)
        head, _, count = path.lstrip("/").partition("/")
        if head == "bytes" and count.isascii() and count.isdigit() and int(count) <= LARGEST:
            return part(request, bytes(int(count)))
        return text(200, page(owner, arrival, request, scheme))

    def _keep(self, owner: str, path: str, body: bytes) -> Response:
        with self._lock:
            if sum(map(len, self._files.values())) + len(body) > MOST_KEPT:
                return text(507, f"more than {MOST_KEPT >> 20} MiB of uploads\n")
            fresh = (owner, path) not in self._files
            self._files[owner, path] = body
        return text(201 if fresh else 200, f"{len(body)} bytes\n")


def page(owner: str, arrival: Arrival, request: Request, scheme: str) -> str:
    """What a server saw of a request."""
    return (
        f"server: {owner}\n"
        f"asked: {scheme}://{request.host or arrival.address}{request.path}\n"
        f"address: {arrival.address} port {arrival.port}\n"
        f"client: {arrival.client} port {arrival.client_port}\n"
    )


def part(request: Request, body: bytes) -> Response:
    """A file, or the one range of it that is asked for (RFC 9110, section 14)."""
    kind = (("Content-Type", "application/octet-stream"), ("Accept-Ranges", "bytes"))
    unit, _, spec = (request.headers.get("Range") or "").partition("=")
    first, dash, last = spec.partition("-")
    if unit.strip() != "bytes" or not dash or "," in spec or not (first + last).isdigit():
        return Response(headers=kind, body=body)
    size = len(body)
    low = int(first) if first else max(0, size - int(last))
    high = min(size - 1, int(last)) if first and last else size - 1
    if low > high:
        return Response(status=416, headers=(*kind, ("Content-Range", f"bytes */{size}")))
    return Response(
        status=206, headers=(*kind, ("Content-Range", f"bytes {low}-{high}/{size}")), body=body[low : high + 1]
    )
