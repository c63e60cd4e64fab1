"""A DNS query is itself a packet: what the resolution tells and asks those who can walk it.

``Transport`` is given by a higher floor; without one every server can be
reached.  Queries to the VPC resolver's own addresses never go through it:
NACLs and SGs do not see them (names N2.1b).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec

CLIENT, OUTBOUND_ENDPOINT, DNS_SERVER = "client", "outbound_endpoint", "dns_server"


class Vantage(Protocol):
    """Where a question is asked: the attributes the resolution reads."""

    @property
    def kind(self) -> str:
        """``eni``, ``site`` or ``internet``."""

    @property
    def eni(self) -> str:
        """Network interface id, or empty."""

    @property
    def vpc(self) -> str:
        """VPC id, or empty."""

    @property
    def subnet(self) -> str:
        """Subnet id, or empty."""

    @property
    def site(self) -> str:
        """Site name, or empty."""

    @property
    def host(self) -> str:
        """Host name in the estate, or empty."""

    @property
    def address(self) -> int:
        """Source address, or 0."""


class FromPlace(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Who sends a DNS query; has every attribute of a ``Vantage``.

    ``role``: ``client`` (the vantage itself), ``outbound_endpoint`` (an ENI of
    a Resolver outbound endpoint, ``component`` its endpoint) or ``dns_server``
    (a server that forwards or recurses, ``component`` its name).
    """

    role: str = CLIENT
    component: str = ""
    kind: str = "internet"
    eni: str = ""
    vpc: str = ""
    subnet: str = ""
    site: str = ""
    host: str = ""
    address: int = 0
    arrived: str = ""
    """VPC in which the query came out, where the walk told."""

    def arriving(self, vpc: str) -> FromPlace:
        """The sender as the server's side sees it."""
        return msgspec.structs.replace(self, arrived=vpc) if vpc else self


class Reach(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Does a query arrive and its answer come back?

    ``ok`` None: cannot be told.  ``code`` is the reason's catalogue key;
    ``refused`` nothing listens there, ``unreachable`` the sender has no route.
    ``vpc`` the VPC in which the query arrived, where that is known: it tells
    apart servers with the same address.
    """

    ok: bool | None
    code: str = ""
    detail: str = ""
    refused: bool = False
    unreachable: bool = False
    vpc: str = ""


Transport = Callable[[FromPlace, str, str, int], Reach]
"""(sender, server address text, ``udp`` or ``tcp``, port) -> Reach."""

REACHED = Reach(ok=True)


def place_of(vantage: Vantage) -> FromPlace:
    """The vantage as the sender of a query."""
    return FromPlace(
        kind=vantage.kind,
        eni=vantage.eni,
        vpc=vantage.vpc,
        subnet=vantage.subnet,
        site=vantage.site,
        host=vantage.host,
        address=vantage.address,
    )
