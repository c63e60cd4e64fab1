"""One network call of a session, as far as it may be kept: nothing secret gets in here."""

from __future__ import annotations

import msgspec

DIRECT, PROXIED, STATIC, TELEMETRY, SIGN_IN, CONSOLE, OTHER = (
    "direct", "proxied", "static", "telemetry", "sign-in", "console", "other",
)  # fmt: skip
"""Kinds of calls: to a service endpoint, through the console's own servers, and what is no API call."""
APIS = frozenset((DIRECT, PROXIED))


class Call(msgspec.Struct, gc=False, kw_only=True):
    """A request and how it ended; a preflight and its call are one.

    ``time`` is in ms as recorded.  ``error`` is the browser's own error
    (``ERR_CONNECTION_TIMED_OUT``), ``address`` the server's address where one
    is recorded.  ``outcome`` is a code of ``outcome.py``.  ``aws_error`` and
    ``message`` are the error the service named, its message masked.
    """

    number: int
    page: str = ""
    started: float = 0.0
    """Seconds since 1970; 0 when not recorded."""
    time: float = 0.0
    kind: str = OTHER
    method: str = ""
    scheme: str = "https"
    host: str = ""
    port: int = 443
    service: str = ""
    region: str = ""
    operation: str = ""
    path: str = ""
    panel: str = ""
    """The script that asked, where the file says."""
    status: int = 0
    error: str = ""
    address: str = ""
    pending: bool = False
    request_id: bool = False
    """Did the service give it a request id?"""
    outcome: str = ""
    aws_error: str = ""
    message: str = ""
    preflight: bool = False
    """This entry is a CORS preflight."""
    merged: bool = False
    """A preflight was recorded for it."""
    key: bytes = b""
    """Digest of the URL, to find a preflight's call."""
    times: int = 1

    @property
    def label(self) -> str:
        """``logs DescribeLogGroups``."""
        name = self.operation or f"{self.method} {self.path}".strip()
        return f"{self.service} {name}".strip()
