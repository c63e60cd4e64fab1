"""From what a person types to a request: a URL, ``host:port``, a name or an address."""

from __future__ import annotations

from ..packet.address import AddressError, parse_address
from ..packet.header import ECHO6_REQUEST, ECHO_REQUEST, ICMP, ICMPV6, TCP, UDP, protocol_number
from .errors import RequestError
from .model import Request

SCHEMES = {
    "https": (443, True),
    "http": (80, False),
    "wss": (443, True),
    "ws": (80, False),
    "ssh": (22, False),
    "ldap": (389, False),
    "ldaps": (636, True),
    "mysql": (3306, False),
    "postgres": (5432, False),
    "postgresql": (5432, False),
    "redis": (6379, False),
    "rediss": (6379, True),
    "rdp": (3389, False),
    "smtp": (25, False),
    "ftp": (21, False),
    "nfs": (2049, False),
    "amqps": (5671, True),
    "mqtts": (8883, True),
    "tcp": (0, False),
    "tls": (443, True),
    "udp": (0, False),
    "dns": (53, False),
    "icmp": (0, False),
    "ping": (0, False),
    "ntp": (123, False),
}
"""Scheme -> default port and whether TLS follows."""
UDP_SCHEMES = ("udp", "dns", "ntp")
TLS_PORTS = (443, 636, 993, 995, 5671, 6379 + 1, 8443, 8883)
DEFAULT_PORT = 443


def parse_request(text: str, protocol: str | None = None, port: int | None = None) -> Request:
    """Understand a destination; ``protocol`` and ``port`` override what the text says.

    Raises RequestError.
    """
    scheme, rest = "", text.strip()
    if "://" in rest:
        scheme, rest = rest.split("://", 1)
        scheme = scheme.lower()
        if scheme == "s3":
            raise RequestError(f"{text!r}: an s3:// address is an argument of aws s3; ask for its https:// name")
        if scheme not in SCHEMES:
            raise RequestError(f"{text!r}: unknown scheme {scheme!r}")
    authority, slash, path = rest.partition("/")
    authority = authority.rpartition("@")[2]  # user and password never go further
    authority = authority.split("?", 1)[0].split("#", 1)[0]
    host, written = _split_port(text, authority)
    if not host:
        raise RequestError(f"{text!r}: no host in it")
    if not all(c.isalnum() or c in "-_.:*" for c in host):
        raise RequestError(f"{text!r}: {host!r} is neither a host name nor an address")
    number = port if port is not None else written
    proto = _protocol(text, scheme, protocol)
    if proto in (ICMP, ICMPV6):
        return Request(text=text, host=host, protocol=_icmp_family(host, proto), scheme=scheme)
    if number is None:
        number = SCHEMES[scheme][0] if scheme else DEFAULT_PORT
        if not number:
            raise RequestError(f"{text!r}: {scheme} needs a port, as in {scheme}://{host}:22")
    tls = SCHEMES[scheme][1] if scheme else proto == TCP and number in TLS_PORTS
    return Request(text=text, host=host, protocol=proto, port=number, scheme=scheme, path=slash + path, tls=tls)


def _split_port(text: str, authority: str) -> tuple[str, int | None]:
    if authority.startswith("["):
        host, closed, tail = authority[1:].partition("]")
        if not closed or (tail and not tail.startswith(":")):
            raise RequestError(f"{text!r}: a bracket is missing around the IPv6 address")
        return host, _port(text, tail[1:]) if tail else None
    if authority.count(":") > 1:  # a bare IPv6 address
        return authority, None
    host, colon, tail = authority.partition(":")
    return host.rstrip("."), _port(text, tail) if colon else None


def _port(text: str, written: str) -> int:
    if not written.isascii() or not written.isdigit() or not 0 < int(written) < 65536:
        raise RequestError(f"{text!r}: {written!r} is not a port (1-65535)")
    return int(written)


def _protocol(text: str, scheme: str, protocol: str | None) -> int:
    if protocol is None:
        return ICMP if scheme in ("icmp", "ping") else UDP if scheme in UDP_SCHEMES else TCP
    try:
        number = protocol_number(protocol)
    except ValueError:
        raise RequestError(f"{text!r}: unknown protocol {protocol!r}") from None
    if not 0 <= number < 256:
        raise RequestError(f"{text!r}: unknown protocol {protocol!r}")
    return number


def _icmp_family(host: str, proto: int) -> int:
    return ICMPV6 if ":" in host else proto


def echo_type(proto: int) -> int:
    """Type and code of an echo request, as ``dport`` carries it."""
    return ECHO6_REQUEST if proto == ICMPV6 else ECHO_REQUEST


def as_address(host: str) -> int | None:
    """The address a host text is, or None for a name."""
    try:
        return parse_address(host)
    except AddressError:
        return None
