"""Which API call an HTTP request is: service, Region, operation, parameters, and whose key signed it.

The address a request came to says the service, the Host header the bucket
and, where the address stands for several, the service too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

from ....names.endpoint_names import service_tail
from ....names.public_endpoints import ServiceName, classify
from ..certificates import botocore_name
from ..http import Request

S3_HEADS = ("bucket", "accesspoint", "control")
_SCOPE = re.compile(r"Credential=([^/,\s]+)/(\d+)/([^/,\s]*)/([^/,\s]+)/aws4_request")
LOOKED_AT = 1 << 20
"""Bytes of a body that are searched for parameters."""


class Signature(msgspec.Struct, frozen=True):
    """Who signed, and for which Region and service."""

    key: str
    region: str = ""
    service: str = ""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One API call.

    ``service`` is botocore's name, ``protocol`` one of ``errors.respond``.
    ``host`` and ``path`` are the plain regional form of the request, whatever
    form it had: an endpoint's own name, a legacy or dual-stack one, a bucket
    in the host name (LAB47).
    """

    service: str
    region: str
    operation: str
    protocol: str
    params: Mapping[str, str]
    signature: Signature | None
    host: str
    path: str


def read(request: Request, sni: str, service: str, region: str, service_name: str = "") -> Call:
    """What a request asks of the service (short name, empty: any) in a Region (empty: any) it came to.

    ``service_name`` is the endpoint's (``com.amazonaws.ap-northeast-1.logs``).
    """
    spoken = classify(request.host) or classify(sni)
    short = service_tail(service_name) if service_name else service
    if spoken is not None and spoken.kind not in ("service", "vpce"):
        spoken = None
    region = region or (spoken.region or spoken.home if spoken is not None else "") or "us-east-1"
    if short:
        botocore = botocore_name(short, region)
    elif spoken is not None:
        botocore = spoken.service or botocore_name(".".join(reversed(spoken.host.split("."))), region)
    else:
        botocore = ""
    host = _plain_host(short, spoken, region)
    path = request.path
    if botocore in ("s3", "s3control") and spoken is not None:
        bucket = bucket_in(spoken)
        host = f"{'s3-control' if spoken.host == 's3-control' else 's3'}.{region}.amazonaws.com"
        path = f"/{bucket}{path}" if bucket else path
    signature = signature_of(request)
    protocol, operation, params = _operation(botocore, request, path)
    return Call(
        service=botocore,
        region=region,
        operation=operation,
        protocol=protocol,
        params=params,
        signature=signature,
        host=host,
        path=path,
    )


def _plain_host(short: str, spoken: ServiceName | None, region: str) -> str:
    """``logs.ap-northeast-1.amazonaws.com``, with the resource in front where the name has one."""
    if short:
        label = ".".join(reversed(short.split(".")))
    else:
        label = spoken.host if spoken is not None else ""
    if spoken is not None and spoken.variant == "legacy" and spoken.service:
        label = spoken.service
    front = f"{spoken.resource}." if spoken is not None and spoken.kind == "service" and spoken.resource else ""
    return f"{front}{label}.{region}.amazonaws.com"


def bucket_in(spoken: ServiceName) -> str:
    """The bucket a host name carries: before the service, or before an interface endpoint's own name (N4.11a)."""
    if spoken.kind == "service":
        return spoken.resource if spoken.host == "s3" and spoken.variant != "website" else ""
    front, found, _ = spoken.name.partition(".vpce-")
    if not found:
        return ""
    labels = front.split(".")
    return ".".join(labels[:-1] if labels[-1] in S3_HEADS else labels)


def signature_of(request: Request) -> Signature | None:
    """The key and scope of a request signed in its header or its query; None when nobody signed it."""
    header = request.headers.get("Authorization") or ""
    found = _SCOPE.search(header)
    if found is not None:
        return Signature(found[1], found[3], found[4])
    if header.startswith("AWS "):  # the older signature, which has no scope
        return Signature(header[4:].partition(":")[0])
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    found = _SCOPE.search("Credential=" + query.get("X-Amz-Credential", ""))
    if found is not None:
        return Signature(found[1], found[3], found[4])
    if query.get("AWSAccessKeyId"):
        return Signature(query["AWSAccessKeyId"])
    return None


# Operation ----------------------------------------------------------------------


def _operation(service: str, request: Request, path: str) -> tuple[str, str, dict[str, str]]:
    """(protocol, operation, parameters with a plain text value)."""
    target = request.headers.get("X-Amz-Target")
    if target:
        return "json", target.rpartition(".")[2], _of_json(request.body)
    if (request.headers.get("smithy-protocol") or "") == "rpc-v2-cbor":
        return "cbor", unquote(request.path.rpartition("/")[2]), {}
    form = request.query
    if (request.headers.get("Content-Type") or "").startswith("application/x-www-form-urlencoded"):
        form = request.body[:LOOKED_AT].decode("utf-8", "replace")
    if "Action=" in form:
        params = dict(parse_qsl(form, keep_blank_values=True))
        return "ec2" if service == "ec2" else "query", params.pop("Action", ""), params
    protocol = "s3" if service in ("s3", "s3control") else "json"
    operation, params = rest(service, request, path)
    return protocol, operation, params


def _of_json(body: bytes) -> dict[str, str]:
    try:
        data = msgspec.json.decode(body) if len(body) <= LOOKED_AT else {}
    except msgspec.DecodeError:
        return {}
    out = {k: v for k, v in data.items() if isinstance(v, str)} if isinstance(data, dict) else {}
    if "QueueUrl" in out:
        out["QueueName"] = out["QueueUrl"].rpartition("/")[2]
    return out


class _Rest(msgspec.Struct, frozen=True):
    """How one operation of a REST protocol looks on the wire."""

    name: str
    method: str
    pattern: re.Pattern[str]
    query: Mapping[str, str]
    """Query keys it must have, with the value where that is fixed."""
    headers: tuple[str, ...]
    weight: int


@cache
def _rest_table(service: str) -> tuple[_Rest, ...]:
    from ....request.aws.models import model, services

    if service not in services():
        return ()
    described = model(service)
    rows = [_row(name, operation, described["shapes"]) for name, operation in described["operations"].items()]
    return tuple(sorted(rows, key=lambda row: -row.weight))


def _row(name: str, operation: dict[str, Any], shapes: dict[str, Any]) -> _Rest:
    http = operation["http"]
    path, _, fixed = http["requestUri"].partition("?")
    query = dict(parse_qsl(fixed, keep_blank_values=True))
    for key in fixed.split("&"):
        if key and "=" not in key:
            query[key] = ""
    shape = shapes.get(operation.get("input", {}).get("shape", ""), {})
    headers = []
    for member in shape.get("required", ()):
        row = shape["members"][member]
        if row.get("location") == "querystring":
            query.setdefault(row["locationName"], "")
        if row.get("location") == "header":
            headers.append(row["locationName"])
    pattern = re.escape(path.rstrip("/") or "/")
    pattern = re.sub(r"\\\{(\w+)\\\+\\\}", r"(?P<\1>.+)", pattern)
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", pattern)
    weight = 10 * len(query) + 10 * len(headers) + 3 * path.count("/") - path.count("{")
    return _Rest(name, http["method"], re.compile(pattern + "/?"), query, tuple(headers), weight)


def rest(service: str, request: Request, path: str) -> tuple[str, dict[str, str]]:
    """The operation of a REST request by its method, path, query and headers; empty when none fits."""
    asked = dict(parse_qsl(request.query, keep_blank_values=True))
    for row in _rest_table(service):
        if row.method != request.method or any(request.headers.get(name) is None for name in row.headers):
            continue
        if any(key not in asked or (value and asked[key] != value) for key, value in row.query.items()):
            continue
        found = row.pattern.fullmatch(path)
        if found is not None:
            return row.name, {key: unquote(value) for key, value in found.groupdict().items()}
    return "", {}
