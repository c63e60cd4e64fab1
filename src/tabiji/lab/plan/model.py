"""What the lab builds, as data: the compiler's output and the bring-up's input.

Nothing here touches the kernel.  A plan can be printed, compared with another
(``lab apply``) and tested without privileges.  Interface names are at most 15
characters (LAB31f); everything has a readable owner, and the plan knows both
directions of the naming.
"""

from __future__ import annotations

import msgspec

FABRIC_MAC = "02:00:00:00:00:01"
"""Every interface inside the fabric: neighbours are permanent, nobody asks (LAB15)."""
GUEST_MAC = "02:00:00:00:00:02"
"""The far end of every port."""
CONTEXT_MASK = 0x000F_FFFF
"""The bits of the packet mark that say where in the network a packet stands (LAB11)."""
IDENTITY_MASK = 0x7FF0_0000
"""The bits that say which VPC's ENI sent the packet, as far as that is still known (SG4, SG5); 0: lost."""
DROP_GROUP, HOP_GROUP = 1, 2
"""NFLOG groups: what was dropped and why (the prefix names a Reason), and each interface pair passed (LAB51)."""


class Record(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """Base of a plan's records."""


class Port(Record, frozen=True, kw_only=True):
    """The fabric's end of a link to something outside the fabric.

    ``role``: ``guest`` (a host: veth to its namespace, or a TUN device in an
    oracle), ``service`` (veth to the svc namespace, or a TUN), or ``sink``
    (a device nothing comes back from: no route, no such host).
    """

    name: str
    role: str
    owner: str
    """Resource id of the ENI, name of a site host, ``internet``, or what a sink stands for."""
    context: int = 0
    """Mark that packets coming in here get."""
    addresses: tuple[str, ...] = ()
    """Addresses of the far end, IPv4 and IPv6, private ones of an ENI."""
    guest: str = ""
    """Guest the far end is in."""
    guest_link: str = "eth0"
    """Name of the far end there."""
    mtu: int = 1500


class Wire(Record, frozen=True, kw_only=True):
    """A veth pair with both ends in the fabric: an attachment, a peering, an IGW, the inside of a NAT box (LAB16)."""

    a: str
    b: str
    owner: str
    """Resource id of the AWS thing the wire is."""
    label: str = ""
    """Which part of it: an AZ, a subnet, ``inside``..."""
    a_context: int = 0
    """Mark of packets that come in by end ``a``."""
    b_context: int = 0
    a_mtu: int = 8500
    b_mtu: int = 8500


class Route(Record, frozen=True, kw_only=True):
    """``dev`` empty: a throw route (the rules go on, LAB12)."""

    prefix: str
    dev: str = ""


class Table(Record, frozen=True, kw_only=True):
    """A kernel routing table; ``owner`` is the route table it states, so that ``ip route`` reads like AWS."""

    number: int
    owner: str
    routes: tuple[Route, ...] = ()


class Rule(Record, frozen=True, kw_only=True):
    """Packets with this mark (under CONTEXT_MASK) look into this table; mark 0 with mask 0 matches all."""

    priority: int
    table: int
    mark: int = 0
    mask: int = CONTEXT_MASK


class Link(Record, frozen=True, kw_only=True):
    """An interface of a guest."""

    name: str
    port: str
    addresses: tuple[str, ...] = ()
    """With prefix lengths."""
    default: bool = True
    """The guest's default route leaves here."""
    mark: int = 0
    """In the svc namespace: the mark packets coming in here get, by which a socket tells its caller's VPC (LAB25)."""


class Guest(Record, frozen=True, kw_only=True):
    """A namespace: a host, or ``svc`` where AWS's services live.

    ``forwards``: ``route`` or ``nat`` for appliances.  ``files`` are laid over
    /etc for programs run in it.  ``listens`` are the ports something answers on.
    """

    name: str
    owner: str
    links: tuple[Link, ...] = ()
    forwards: str = ""
    files: dict[str, str] = {}
    environment: dict[str, str] = {}
    listens: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    """Other names a user may call it by."""


class Service(Record, frozen=True, kw_only=True):
    """An address the svc namespace answers at.

    ``kind``: ``dns`` (VPC+2, 169.254.169.253, an inbound endpoint, a site's
    server), ``imds``, ``endpoint`` (interface endpoint ENI), ``aws`` (public
    endpoint of a service), ``web`` (any other server on the Internet).
    ``address`` 0.0.0.0 or :: stands for every address nothing else of the
    plan has; ``aws`` without a service answers for the one the client names,
    and as a plain server for names that are not AWS's.
    """

    kind: str
    address: str
    mark: int = 0
    """Of the link it is asked through; 0: any."""
    owner: str = ""
    """VPC, endpoint, Resolver endpoint or public host."""
    service: str = ""
    """Short service name, ``s3``."""
    region: str = ""
    names: tuple[str, ...] = ()
    listens: tuple[str, ...] = ()


class Reason(Record, frozen=True, kw_only=True):
    """Why the fabric drops: the number after ``d`` in the NFLOG prefix is its place in ``Plan.reasons``."""

    code: str
    """``sg.out``, ``sg.in``, ``nacl.out``, ``nacl.in``, ``no-route``, ``blackhole``, ``no-host``..."""
    owner: str
    rule: str = ""
    """Deciding rule: a NACL's rule number, a route's prefix, empty for "no rule matched"."""
    facts: tuple[str, ...] = ()


class Uncovered(Record, frozen=True, kw_only=True):
    """Something of the estate the lab does not build; a packet that meets it is dropped with code ``uncovered``."""

    owner: str
    why: str


class Plan(Record, frozen=True, kw_only=True):
    """Everything the bring-up needs, in the order it needs it."""

    ports: tuple[Port, ...] = ()
    wires: tuple[Wire, ...] = ()
    tables: tuple[Table, ...] = ()
    rules: tuple[Rule, ...] = ()
    nft: str = ""
    """The fabric's whole ruleset, loaded in one atomic step."""
    svc_nft: str = ""
    """The svc namespace's."""
    guests: tuple[Guest, ...] = ()
    services: tuple[Service, ...] = ()
    reasons: tuple[Reason, ...] = ()
    uncovered: tuple[Uncovered, ...] = ()
