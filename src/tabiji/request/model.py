"""The question as data: what is asked, and from where."""

from __future__ import annotations

import msgspec


class Request(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What is asked: a destination (name or address), a protocol and a port.

    ``text`` is what the user typed; ``path`` the URL's path, ``scheme`` the
    URL's; ``tls`` whether a TLS handshake follows the TCP one.
    """

    text: str
    host: str
    protocol: int = 6
    port: int | None = None
    scheme: str = ""
    path: str = ""
    tls: bool = False


class Vantage(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Where the request starts: an ENI (perhaps a virtual one), a site's host, or the Internet."""

    label: str
    kind: str
    """``eni``, ``site`` or ``internet``."""
    eni: str = ""
    instance: str = ""
    vpc: str = ""
    subnet: str = ""
    site: str = ""
    host: str = ""
    address: int = 0
    address6: int = 0
