"""botocore's output shapes, read lean, and answers serialised by them.

Only the fields needed are read of a model file, so that EC2's, the largest,
is there in a few hundredths of a second.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from typing import Any

import msgspec

from ....request.aws.models import folder

VERSIONS = {"ec2": "2016-11-15"}


class Reference(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A member of a shape."""

    shape: str
    location_name: str = ""
    query_name: str = ""


class Shape(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A type: ``structure``, ``list`` or a plain one."""

    type: str
    members: dict[str, Reference] = {}
    member: Reference | None = None
    flattened: bool = False


class _Output(msgspec.Struct, frozen=True, gc=False):
    shape: str
    result_wrapper: str = msgspec.field(default="", name="resultWrapper")


class Operation(msgspec.Struct, frozen=True, gc=False):
    """An operation with the name of its input's and output's shape."""

    name: str
    input: _Output | None = None
    output: _Output | None = None


class Metadata(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """The service."""

    api_version: str = ""
    xml_namespace: str = ""


class Model(msgspec.Struct, frozen=True, gc=False):
    """One service."""

    metadata: Metadata
    operations: dict[str, Operation]
    shapes: dict[str, Shape]


@cache
def model(service: str) -> Model:
    """The newest model of a service.  Raises RequestError when botocore is not installed."""
    import gzip

    base = os.path.join(folder(), service)
    version = VERSIONS.get(service, "")
    if not os.path.isdir(os.path.join(base, version)) or not version:
        version = max(entry.name for entry in os.scandir(base) if entry.is_dir())
    path = os.path.join(base, version, "service-2.json")
    if os.path.exists(path + ".gz"):
        with open(path + ".gz", "rb") as file:
            data = gzip.decompress(file.read())
    else:
        with open(path, "rb") as file:
            data = file.read()
    return msgspec.json.decode(data, type=Model)


def xml(service: str, operation: str, result: Mapping[str, Any], request_id: str) -> bytes:
    """An answer in the ``ec2`` or ``query`` protocol.

    ``result`` has the API's member names; what the shape does not know is left
    out, and so are empty texts and None.
    """
    found = model(service)
    output = found.operations[operation].output
    inner: list[str] = []
    if output is not None:
        _members(found, output.shape, result, inner)
    content = "".join(inner)
    if service == "ec2":
        space = f"http://ec2.amazonaws.com/doc/{found.metadata.api_version}/"
        head = f'<?xml version="1.0" encoding="UTF-8"?>\n<{operation}Response xmlns="{space}">'
        return f"{head}<requestId>{request_id}</requestId>{content}</{operation}Response>".encode()
    wrapper = f"{operation}Result"
    return (
        f'<{operation}Response xmlns="{found.metadata.xml_namespace}"><{wrapper}>{content}</{wrapper}>'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
    ).encode()


def _members(found: Model, name: str, value: Any, out: list[str]) -> None:
    for member, reference in found.shapes[name].members.items():
        inner = _get(value, member)
        if inner is not None and inner != "":
            _element(found, reference, reference.location_name or member, inner, out)


def _element(found: Model, reference: Reference, tag: str, value: Any, out: list[str]) -> None:
    shape = found.shapes[reference.shape]
    if shape.type == "list":
        row = shape.member
        if row is None or isinstance(value, str) or not isinstance(value, Sequence):
            return
        if shape.flattened:
            for entry in value:
                _element(found, row, tag, entry, out)
            return
        out.append(f"<{tag}>")
        for entry in value:
            _element(found, row, row.location_name or "member", entry, out)
        out.append(f"</{tag}>")
    elif shape.type == "structure":
        out.append(f"<{tag}>")
        _members(found, reference.shape, value, out)
        out.append(f"</{tag}>")
    else:
        text = ("true" if value else "false") if isinstance(value, bool) else str(value)
        out.append(f"<{tag}>{escape(text, quote=False)}</{tag}>")


def _get(value: Any, member: str) -> Any:
    """A member of a mapping, or of a record whose fields bear the API's names on the wire."""
    if isinstance(value, Mapping):
        return value.get(member)
    return getattr(value, _fields(type(value)).get(member, ""), None) if isinstance(value, msgspec.Struct) else None


@cache
def _fields(record: Any) -> dict[str, str]:
    return dict(zip(record.__struct_encode_fields__, record.__struct_fields__, strict=True))
