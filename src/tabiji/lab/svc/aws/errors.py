"""Errors as each protocol of AWS words them."""

from __future__ import annotations

import secrets
from html import escape

import msgspec

from ..http import Response

XML = (("Content-Type", "text/xml"),)


class AwsError(Exception):
    """What a service answers instead of a result; ``status`` is HTTP's."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def request_id() -> str:
    """A fresh request id."""
    digits = secrets.token_hex(16)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def respond(error: AwsError, protocol: str) -> Response:
    """The error in one of the protocols ``ec2``, ``query``, ``s3``, ``cbor``, ``json`` (the default)."""
    asked = request_id()
    code, message = escape(error.code), escape(error.message)
    if protocol == "ec2":
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>{code}</Code>'
            f"<Message>{message}</Message></Error></Errors><RequestID>{asked}</RequestID></Response>"
        )
        return Response(status=error.status, headers=XML, body=body.encode())
    if protocol == "query":
        kind = "Sender" if error.status < 500 else "Receiver"
        body = (
            f"<ErrorResponse><Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message></Error>"
            f"<RequestId>{asked}</RequestId></ErrorResponse>"
        )
        return Response(status=error.status, headers=(*XML, ("x-amzn-RequestId", asked)), body=body.encode())
    if protocol == "s3":
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message>'
            f"<RequestId>{asked}</RequestId></Error>"
        )
        headers = (("Content-Type", "application/xml"), ("x-amz-request-id", asked))
        return Response(status=error.status, headers=headers, body=body.encode())
    status = error.status
    if protocol == "cbor":
        headers = (("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor"))
        encoded = _cbor({"__type": error.code, "message": error.message})
        return Response(status=status, headers=(*headers, ("x-amzn-RequestId", asked)), body=encoded)
    words = msgspec.json.encode({"__type": error.code, "message": error.message})
    headers = (("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", error.code))
    return Response(status=status, headers=(*headers, ("x-amzn-RequestId", asked)), body=words)


def _cbor(texts: dict[str, str]) -> bytes:
    """A short map of texts in CBOR (RFC 8949: major type 5 for maps, 3 for text)."""

    def text(value: str) -> bytes:
        data = value.encode()
        return b"\x79" + len(data).to_bytes(2, "big") + data

    return bytes([0xA0 | len(texts)]) + b"".join(text(k) + text(v) for k, v in texts.items())
