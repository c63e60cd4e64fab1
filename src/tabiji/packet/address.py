"""Addresses as integers on one number line.

Below 2**32 an integer is an IPv4 address, from there on an IPv6 address with
its own value.  The two families therefore never meet in one interval: the
IPv4 default route is [0, 2**32) and the IPv6 default route starts at 2**32
(data-plane RT3).  The price is ::/96, which no AWS network routes: such
addresses (``::1`` among them) are refused.
"""

from __future__ import annotations

V4_BITS = 32
V6_BITS = 128
V6_START = 1 << 32
V4_MAX = V6_START - 1
V6_MAX = (1 << 128) - 1
V4_ALL = (0, V4_MAX)
V6_ALL = (V6_START, V6_MAX)

Interval = tuple[int, int]
"""First and last address, both included."""


class AddressError(ValueError):
    """The text is not an address or prefix that tabiji can route."""


def is_v6(address: int) -> bool:
    """True for an IPv6 address."""
    return address >= V6_START


def parse_address(text: str) -> int:
    """The integer for a dotted IPv4 or an IPv6 text.  Raises AddressError."""
    parts = text.split(".")
    if len(parts) == 4 and ":" not in text:
        value = 0
        for part in parts:
            if not (part.isascii() and part.isdigit()) or len(part) > 3:
                raise AddressError(f"{text!r} is not an IP address")
            octet = int(part)
            if octet > 255 or (len(part) > 1 and part[0] == "0"):
                raise AddressError(f"{text!r} is not an IP address")
            value = value << 8 | octet
        return value
    if ":" not in text:
        raise AddressError(f"{text!r} is not an IP address")
    import ipaddress  # only IPv6 needs it

    try:
        value = int(ipaddress.IPv6Address(text))
    except ValueError as error:
        raise AddressError(f"{text!r} is not an IP address") from error
    if value < V6_START:
        raise AddressError(f"{text!r} is not a routable address")
    return value


def format_address(address: int) -> str:
    """The usual text of an address."""
    if address < V6_START:
        return f"{address >> 24}.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}"
    import ipaddress

    return str(ipaddress.IPv6Address(address))


def parse_prefix(text: str, *, strict: bool = False) -> Interval:
    """The interval of a CIDR (or of a bare address).

    AWS stores CIDRs with host bits cleared but accepts others on some calls,
    so host bits are dropped unless ``strict``.  Raises AddressError.
    """
    head, slash, tail = text.partition("/")
    base = parse_address(head) if head != "::" else 0
    six = ":" in head
    bits = V6_BITS if six else V4_BITS
    if slash:
        if not (tail.isascii() and tail.isdigit()) or int(tail) > bits:
            raise AddressError(f"{text!r} is not a CIDR")
        length = int(tail)
    else:
        length = bits
    size = 1 << (bits - length)
    low = base & -size
    if low != base and strict:
        raise AddressError(f"{text!r} has host bits set; did you mean {format_address(low)}/{length}?")
    high = low + size - 1
    if six:
        if high < V6_START:
            raise AddressError(f"{text!r} is not a routable prefix")
        low = max(low, V6_START)
    return low, high


def format_prefix(interval: Interval) -> str:
    """CIDR text of an interval that is one prefix; otherwise ``first-last``."""
    low, high = interval
    if interval == V6_ALL:
        return "::/0"
    size = high - low + 1
    if size & (size - 1) or low & (size - 1):
        return f"{format_address(low)}-{format_address(high)}"
    bits = V6_BITS if is_v6(low) else V4_BITS
    return f"{format_address(low)}/{bits - size.bit_length() + 1}"


def prefix_length(interval: Interval) -> int:
    """Length of the prefix an interval is; ::/0 counts 0."""
    if interval == V6_ALL:
        return 0
    bits = V6_BITS if is_v6(interval[0]) else V4_BITS
    return bits - (interval[1] - interval[0] + 1).bit_length() + 1


def family_all(address: int) -> Interval:
    """Everything in the family of ``address``."""
    return V6_ALL if is_v6(address) else V4_ALL


PRIVATE_V4: tuple[Interval, ...] = tuple(
    parse_prefix(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)
"""RFC 1918."""
SHARED_V4: Interval = parse_prefix("100.64.0.0/10")
"""RFC 6598."""
LINK_LOCAL_V4: Interval = parse_prefix("169.254.0.0/16")


def is_private_v4(address: int) -> bool:
    """RFC 1918 (not RFC 6598)."""
    return any(low <= address <= high for low, high in PRIVATE_V4)
