"""What a resolver said, with how it came about."""

from __future__ import annotations

import msgspec

NOERROR, NXDOMAIN, SERVFAIL, REFUSED, FORMERR = "NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED", "FORMERR"
TIMEOUT = "TIMEOUT"
"""Nothing came back: the server is silent, or the query or its answer was dropped."""
REFUSED_CONNECTION = "CONNREFUSED"
"""Nothing listens on the server's port 53."""
UNREACHABLE = "UNREACHABLE"
"""The client has no route to the server."""


class ResourceRecord(msgspec.Struct, frozen=True, gc=False):
    """One DNS record in presentation form: names absolute with a trailing dot."""

    name: str
    type: str
    ttl: int
    rdata: str


class Step(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One station of the resolution chain.

    ``kind``: ``hosts_file``, ``stub``, ``server``, ``vpc_resolver``,
    ``dns_firewall``, ``resolver_rule``, ``private_hosted_zone``,
    ``managed_zone``, ``autodefined``, ``ec2_name``, ``outbound_endpoint``,
    ``inbound_endpoint``, ``forwarder``, ``site_zone``, ``public``, ``cname``,
    ``dns64``...  ``code`` is a catalogue key.
    """

    kind: str
    component: str = ""
    code: str = ""
    params: tuple[tuple[str, str], ...] = ()
    facts: tuple[str, ...] = ()


class Answer(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The answer to one question, as the client gets it.

    ``name`` is the absolute name asked (trailing dot), ``type`` the record
    type; ``rcode`` is a DNS rcode or one of TIMEOUT, CONNREFUSED,
    UNREACHABLE.  ``unknown`` names the reason when it cannot be told; the
    rest of the answer is then the best assumption.  ``from_hosts_file``: no
    DNS was asked at all.  ``server`` is the address the client asked.
    """

    name: str
    type: str
    rcode: str
    answer: tuple[ResourceRecord, ...] = ()
    authority: tuple[ResourceRecord, ...] = ()
    chain: tuple[Step, ...] = ()
    server: str = ""
    unknown: str = ""
    from_hosts_file: bool = False
    elapsed: float = 0.0
    """Seconds of waiting the client certainly has (timeouts of dead servers)."""
    choice: str = ""
    """Why the client gets only one of several possible answers (a routing policy, servers that differ).

    The records are then those of all candidates.
    """

    def addresses(self) -> tuple[str, ...]:
        """Address texts among the answer's records, in order."""
        return tuple(r.rdata for r in self.answer if r.type in ("A", "AAAA"))
