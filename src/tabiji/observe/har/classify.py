"""What a call is: direct to a service endpoint or through the console's servers, and which API (HAR20-HAR22)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ...names.public_endpoints import ServiceName
from ...names.public_endpoints import classify as take_apart
from . import call as kinds
from .pieces import decode
from .safe import query_of, shown, word

CONSOLE = re.compile(
    r"(?:[a-z0-9-]+\.){0,3}(?:console\.aws\.amazon\.com|console\.api\.aws|console\.amazonaws-us-gov\.com"
    r"|console\.amazonaws\.cn)"
)
TELEMETRY = ("panorama.console.api.aws", "health.aws.amazon.com", "phd.aws.amazon.com")
STATIC = ("awsstatic.com", "cloudfront.net", "awsstatic-china.com")
SIGN_IN = ("signin.aws.amazon.com", "signin.aws", "signin.amazonaws.cn", "signin.amazonaws-us-gov.com")
_SCOPE = re.compile(r"Credential=[^/,\s]{1,200}/\d{8}/([a-z0-9-]{2,40})/([a-z0-9-]{1,60})/aws4_request")
_SCOPE4A = re.compile(r"Credential=[^/,\s]{1,200}/\d{8}/([a-z0-9-]{1,60})/aws4_request")
_CBOR = re.compile(r"/service/([\w.-]{1,80})/operation/(\w{1,80})")
_SEGMENT = re.compile(r"[a-z0-9-]*[a-z][a-z0-9-]*|\d{4}-\d{2}-\d{2}", re.I | re.A)
_FILE = re.compile(r"\.(?:js|mjs|css|map|png|svg|ico|woff2?|ttf|html?|gif|jpe?g|webp|wasm)$", re.I)


class Asked(Mapping[str, str]):
    """The header values of a request by lower-case name; the first of several counts."""

    def __init__(self, listed: Any) -> None:
        self._values: dict[str, str] = {}
        for pair in listed if isinstance(listed, list) else ():
            if isinstance(pair, dict):
                name, value = pair.get("name"), pair.get("value")
                if isinstance(name, str) and isinstance(value, str) and len(name) < 100:
                    self._values.setdefault(name.lower(), value[:4096])

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Any:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def classify(call: kinds.Call, headers: Asked, path: str, query: str, body: Any) -> None:
    """Set the call's kind, service, Region, operation and the path that may be shown."""
    call.path = path_shown(path)
    host = call.host
    if kind := quick_kind(host):
        call.kind = kind
    elif CONSOLE.fullmatch(host) or (host == "lightsail.aws.amazon.com" and path.startswith("/ls/api/")):
        _proxied(call, headers, path, query, body)
    else:
        _direct(call, headers, path, query, body)


@lru_cache(maxsize=1024)
def quick_kind(host: str) -> str:
    """The kind of a call where the host alone tells it (HAR22), else nothing."""
    if host in TELEMETRY:
        return kinds.TELEMETRY
    if _within(host, SIGN_IN):
        return kinds.SIGN_IN
    return kinds.STATIC if _within(host, STATIC) else ""


def _within(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == domain or host.endswith("." + domain) for domain in domains)


# Direct (HAR21) -------------------------------------------------------------------


def _direct(call: kinds.Call, headers: Asked, path: str, query: str, body: Any) -> None:
    place = _place(call.host)
    if place is None or place.kind not in ("service", "vpce"):
        return
    values = dict(query_of(query))
    text = _text(body)
    form = dict(query_of(text)) if text[:7] in ("Action=", "Version") or "&Action=" in text[:4096] else {}
    scope = headers.get("authorization", "") or "Credential=" + values.get("X-Amz-Credential", "")
    asked_headers = headers.get("access-control-request-headers", "").lower()
    signed = (
        "x-amz-target" in headers
        or "x-amz-date" in headers
        or "AWS4-" in scope
        or "X-Amz-Signature" in values
        or "Action" in form
        or "x-amz-" in asked_headers
        or "authorization" in asked_headers
        or _CBOR.search(path) is not None
    )
    if not signed:
        return
    call.kind = kinds.DIRECT
    call.service, call.region = place.service or place.host, place.region or place.home
    found = _SCOPE.search(scope)
    if found:
        call.region = found.group(1)
        call.service = place.service or found.group(2)  # one name for signed calls and sanitised ones
    elif found := _SCOPE4A.search(scope):
        call.service = place.service or found.group(1)
    call.operation = (
        word(headers.get("x-amz-target", "").rpartition(".")[2])
        or word(form.get("Action") or values.get("Action"))
        or _cbor(path)
    )


def _cbor(path: str) -> str:
    found = _CBOR.search(path)
    return found.group(2) if found else ""


@lru_cache(maxsize=1024)
def _place(host: str) -> ServiceName | None:
    return take_apart(host)


def is_api(host: str) -> bool:
    """A service's own host, except those whose paths are a customer's (S3)."""
    place = _place(host)
    return place is not None and place.kind in ("service", "vpce") and not place.service.startswith("s3")


# Through the console (HAR20) ------------------------------------------------------


def _proxied(call: kinds.Call, headers: Asked, path: str, query: str, body: Any) -> None:
    call.kind = kinds.CONSOLE
    parts = [p for p in path.split("/") if p]
    values = dict(query_of(query))
    region = call.host.split(".console.")[0].rpartition(".")[2]
    operation = ""
    if "call" in values:
        operation = values["call"].rstrip("?&").rpartition(".")[2]
    elif "operation" in values and "ajax" in path:
        operation = values["operation"]
    elif "/service/proxy/" in path:
        operation = path.partition("/service/proxy/")[2].split("/")[0]
    elif parts and parts[-1].startswith("jetstream."):
        operation = parts[-1].partition(".")[2]
    elif "api" in parts[:-1] or "api" in parts[-1:]:
        operation, asked_region = _wrapped(body)
        region = asked_region or region
    elif not ({"rpc", "service", "proxy"} & set(parts)):
        return
    if call.method in ("GET", "HEAD") and _FILE.search(path):
        return
    call.kind = kinds.PROXIED
    tail = parts[parts.index("api") + 1 :] if "api" in parts else []
    call.service = (word(tail[0]) if tail else "") or (word(parts[0]) if parts else "")
    call.operation, call.region = word(operation), word(region) if "-" in region else ""


def _wrapped(body: Any) -> tuple[str, str]:
    """Operation and Region of a ``/<svc>/api/<svc>`` body."""
    text = _text(body)
    if not text.lstrip().startswith("{"):
        return "", ""
    try:
        told = decode(text.encode("utf-8", "replace"))
    except ValueError:
        return "", ""
    if not isinstance(told, dict):
        return "", ""
    inner = told.get("headers")
    target = ""
    if isinstance(inner, dict):
        target = next((v for k, v in inner.items() if k.lower() == "x-amz-target" and isinstance(v, str)), "")
    operation = word(target.rpartition(".")[2]) or word(told.get("operation"))
    if not operation and isinstance(told.get("method"), str):
        operation = word(told["method"])
    return operation, word(told.get("region"))


def _text(body: Any) -> str:
    if not isinstance(body, dict):
        return ""
    text = body.get("text")
    if isinstance(text, str) and text:
        return text
    pairs = body.get("params")
    if not isinstance(pairs, list):
        return ""
    return "&".join(
        f"{p['name']}={p.get('value') or ''}"
        for p in pairs[:200]
        if isinstance(p, dict) and isinstance(p.get("name"), str)
    )


def path_shown(path: str) -> str:
    """A path without what may be a resource's name or a secret: words stay, everything else is a star."""
    parts = path.split("/")[1:5]
    kept = [p if len(p) <= 32 and _SEGMENT.fullmatch(p) and not _looks_random(p) else "*" if p else "" for p in parts]
    return shown("/" + "/".join(kept), 80)


def _looks_random(text: str) -> bool:
    return len(text) > 12 and sum(c.isdigit() for c in text) > 3 and any(c.isalpha() for c in text)
