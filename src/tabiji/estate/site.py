"""What lies outside AWS: sites, hosts and the Internet.

Written by hand (YAML); lower-case keys, no AWS shape to keep to.
"""

from __future__ import annotations

import msgspec


class Plain(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """Base of hand-written records."""


class Proxy(Plain, frozen=True, kw_only=True):
    """Proxy variables of a host."""

    http: str = ""
    https: str = ""
    no_proxy: tuple[str, ...] = ()


class Host(Plain, frozen=True, kw_only=True):
    """A machine somebody sits at or a program runs on.

    ``eni`` ties it to a network interface of the estate, ``site`` to an
    on-premises network, ``internet`` puts it on the Internet; exactly one.
    """

    name: str
    eni: str = ""
    site: str = ""
    internet: bool = False
    address: str = ""
    hosts_file: dict[str, tuple[str, ...]] = {}
    """Name -> addresses, as /etc/hosts has them (names N1.10)."""
    nameservers: tuple[str, ...] | None = None
    """resolv.conf; None takes what DHCP or the site gives."""
    search: tuple[str, ...] | None = None
    ndots: int = 1
    stub_resolver: bool = False
    """systemd-resolved listens on 127.0.0.53 (names N1.5)."""
    proxy: Proxy = Proxy()
    os: str = "linux"
    ephemeral_ports: tuple[int, int] | None = None
    """None: the operating system's default (NA5)."""
    forwards: str = ""
    """What it does with packets not its own: ``route``, ``nat``, or empty for unknown (NI1)."""
    listens: tuple[str, ...] | None = None
    """``tcp/443`` and so on; None: not known, taken as listening."""
    routes: dict[str, str] = {}
    """The host's own routes that shadow the network (F50a): CIDR -> interface or ``drop``."""
    environment: dict[str, str] = {}
    aws_config: str = ""
    """Text of ~/.aws/config on that host."""
    certificate: tuple[str, ...] | None = None
    """Names on the TLS certificate it presents; None: not known."""
    certificate_ca: str = ""
    """Private CA that signed it; empty: one every client trusts."""
    relays: str = ""
    """A TCP relay: the name it passes connections on to, TLS untouched."""
    trusts: tuple[str, ...] = ()
    """Private CAs its clients trust besides the public ones."""


class Forwarder(Plain, frozen=True, kw_only=True):
    """A conditional forwarder of a site's DNS server (names N1.12)."""

    suffix: str
    to: tuple[str, ...] = ()


class DnsZone(Plain, frozen=True, kw_only=True):
    """A zone a site's DNS server is authoritative for: name -> type -> values."""

    name: str
    records: dict[str, dict[str, tuple[str, ...]]] = {}


class DnsServer(Plain, frozen=True, kw_only=True):
    """A DNS server outside AWS, or on an instance."""

    name: str
    address: str
    forwarders: tuple[Forwarder, ...] = ()
    forward_all: tuple[str, ...] = ()
    zones: tuple[DnsZone, ...] = ()
    recursion: bool = True


class SiteRoute(Plain, frozen=True, kw_only=True):
    """A route of the site's router: ``to`` is an attachment, VPN or VIF id, ``internet`` or ``drop``."""

    prefix: str
    to: str


class SiteRule(Plain, frozen=True, kw_only=True):
    """A rule of the site's own firewall, first match decides."""

    action: str
    direction: str = "out"
    protocol: str = "all"
    ports: str = ""
    peer: str = ""


class Site(Plain, frozen=True, kw_only=True):
    """An on-premises network.

    ``attachments`` are the ids it hangs on: a VGW, a Direct Connect gateway,
    a VPN connection or a TGW attachment.  ``routes`` is the router's table;
    None derives it from what AWS advertises (DX2, DX3, DX5).
    """

    name: str
    prefixes: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()
    """Addresses the site's hosts use as resolvers."""
    routes: tuple[SiteRoute, ...] | None = None
    internet: bool = True
    """Has its own way out to the Internet."""
    public_address: str = ""
    firewall: tuple[SiteRule, ...] = ()
    implied: bool = False
    """Nobody wrote it down; AWS's routes prove that it is there (``estate.implied``)."""
    tls_inspection: str = ""
    """CA of the device that opens the site's TLS connections to the Internet and signs them anew."""


class PublicName(Plain, frozen=True, kw_only=True):
    """A name the public DNS answers: type -> values."""

    name: str
    records: dict[str, tuple[str, ...]] = {}


class PublicHost(Plain, frozen=True, kw_only=True):
    """A server on the Internet and what it listens on."""

    address: str
    name: str = ""
    listens: tuple[str, ...] | None = None
    service: str = ""
    """``s3``, ``ssm``... when it is a public AWS endpoint."""
    region: str = ""


class Internet(Plain, frozen=True, kw_only=True):
    """The public Internet as far as the estate cares."""

    names: tuple[PublicName, ...] = ()
    hosts: tuple[PublicHost, ...] = ()


class Switch(Plain, frozen=True, kw_only=True):
    """An assumption about an uncertain fact, set by the user: fact id -> value."""

    fact: str
    value: str
