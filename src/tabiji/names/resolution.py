"""What is carried along the chain while one question is being answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import msgspec

from .answer import NOERROR, NXDOMAIN, REFUSED, SERVFAIL, Answer, ResourceRecord, Step
from .transport import REACHED, FromPlace, Reach, Transport
from .why import why

if TYPE_CHECKING:
    from ..estate import Estate
    from .view import Claim, Question, View

KINDS = (
    "availability_zones",
    "vpcs",
    "vpc_attributes",
    "subnets",
    "network_interfaces",
    "instances",
    "nat_gateways",
    "elastic_ips",
    "prefix_lists",
    "managed_prefix_lists",
    "prefix_list_entries",
    "peerings",
    "transit_gateways",
    "tgw_vpc_attachments",
    "vpc_endpoints",
    "vpc_endpoint_services",
    "dhcp_options",
    "resolver_endpoints",
    "resolver_endpoint_ips",
    "resolver_rules",
    "resolver_rule_associations",
    "firewall_domain_lists",
    "firewall_rule_groups",
    "firewall_rule_group_associations",
    "profiles",
    "profile_associations",
    "hosted_zones",
    "hosted_zone_records",
    "hosted_zones_by_vpc",
    "load_balancers",
    "sites",
    "hosts",
    "dns_servers",
    "public_names",
    "public_hosts",
    "switches",
)
"""Kinds of records names depend on; indexes kept on the estate live as long as these stay the same."""

MAX_DEPTH = 8
"""Servers one question may pass through before it counts as a loop (N2.7g)."""
MAX_ASKED = 200
"""Servers asked in all for one question: servers that forward to each other could multiply without end."""
MAX_CNAMES = 16


def step(code: str, component: str = "", facts: tuple[str, ...] = (), **params: object) -> Step:
    """A step of the chain; its kind is the middle part of the code ``names.<kind>.<what>``."""
    kind = code.split(".", 2)[1]
    texts = tuple((k, str(v)) for k, v in params.items())
    return Step(kind=kind, component=component, code=code, params=texts, facts=facts)


class Result:
    """An answer in the making.

    ``next`` is the target of a CNAME that whoever asked has still to follow
    (N0.v5).
    """

    __slots__ = ("answer", "authority", "choice", "elapsed", "next", "rcode", "steps", "unknown")

    def __init__(
        self,
        rcode: str = NOERROR,
        answer: Iterable[ResourceRecord] = (),
        *,
        steps: Iterable[Step] = (),
        authority: tuple[ResourceRecord, ...] = (),
        unknown: str = "",
        choice: str = "",
        elapsed: float = 0.0,
        next: str = "",
    ) -> None:
        self.rcode = rcode
        self.answer = list(answer)
        self.authority = authority
        self.steps = list(steps)
        self.unknown = unknown
        self.choice = choice
        self.elapsed = elapsed
        self.next = next

    def continued(self, part: Result) -> None:
        """Go on with the answer to the CNAME's target."""
        self.rcode = part.rcode
        self.answer += part.answer
        self.authority = part.authority
        self.steps += part.steps
        self.unknown = self.unknown or part.unknown
        self.choice = self.choice or part.choice
        self.elapsed += part.elapsed
        self.next = part.next

    def has(self, rtype: str) -> bool:
        """Is there a record of this type?"""
        return any(r.type == rtype for r in self.answer)

    def finish(self, name: str, rtype: str, *, server: str = "", from_hosts_file: bool = False) -> Answer:
        """The finished answer to the question ``name rtype``."""
        return Answer(
            name=name,
            type=rtype,
            rcode=self.rcode,
            answer=tuple(self.answer),
            authority=self.authority,
            chain=tuple(self.steps),
            server=server,
            unknown=self.unknown,
            choice=self.choice,
            elapsed=self.elapsed,
            from_hosts_file=from_hosts_file,
        )


Server = Callable[["Resolution", str, FromPlace, str, str], "Result | None"]
"""(resolution, server address, sender, name, type) -> answer, or None when the address is not this kind of server."""
Gate = Callable[["View", "Question"], "Result | None"]
Finisher = Callable[["View", "Question", Result], Result]
Claims = Callable[["View"], "Iterable[Claim]"]


class Chain(msgspec.Struct, frozen=True, gc=False):
    """The order of the resolution, as data; see ``tabiji.names``."""

    servers: tuple[Server, ...]
    gates: tuple[Gate, ...]
    claims: tuple[Claims, ...]
    finishers: tuple[Finisher, ...]


class Resolution:
    """One question on its way: the estate, who can walk packets, and the servers passed so far."""

    __slots__ = ("asked", "chain", "estate", "path", "protocol", "transport")

    def __init__(self, estate: Estate, chain: Chain, transport: Transport | None = None, protocol: str = "udp") -> None:
        self.estate = estate
        self.chain = chain
        self.transport = transport
        self.protocol = protocol
        self.path: list[tuple[str, str, str]] = []
        self.asked = 0

    def reach(self, sender: FromPlace, server: str, port: int = 53) -> Reach:
        """Does a query from the sender get to the server and back?"""
        from .vpc_resolver import is_own

        if self.transport is None or is_own(self.estate, sender, server):
            return REACHED
        return self.transport(sender, server, self.protocol, port)

    def ask_server(self, server: str, sender: FromPlace, name: str, rtype: str) -> Result:
        """The answer of the server at an address: the first kind of server that owns it."""
        self.asked += 1
        if self.asked > MAX_ASKED:
            return Result(
                SERVFAIL, steps=(step("names.server.too_many", server, ("N2.7g",), name=name, count=MAX_ASKED),)
            )
        for serve in self.chain.servers:
            result = serve(self, server, sender, name, rtype)
            if result is not None:
                return result
        return Result(
            SERVFAIL,
            steps=(step("names.server.unknown", server, ("N0.c3",), server=server),),
            unknown=why("names.why.no_server", server=server),
        )

    def enter(self, who: str, name: str, rtype: str) -> Result | None:
        """Note that a server takes the question; a loop ends here with SERVFAIL (N2.7g, rcode [I])."""
        key = (who, name, rtype)
        if key in self.path or len(self.path) >= MAX_DEPTH:
            rcode = self.estate.switch("N2.7g", "SERVFAIL").upper()
            rcode = rcode if rcode in (SERVFAIL, REFUSED, NXDOMAIN) else SERVFAIL
            way = " > ".join([w for w, _, _ in self.path] + [who])
            return Result(rcode, steps=(step("names.server.loop", who, ("N2.7g",), name=name, way=way),))
        self.path.append(key)
        return None

    def leave(self) -> None:
        """The server has answered."""
        self.path.pop()


def chase(ask: Callable[[str], Result], name: str, refuse: Callable[[str], Result | None] | None = None) -> Result:
    """Follow CNAMEs, asking each target of the same asker (N0.v5); ``refuse`` may stop at a target."""
    total = ask(name)
    seen = {name}
    while total.next:
        target = total.next
        if target in seen or len(seen) > MAX_CNAMES:
            total.rcode, total.next = SERVFAIL, ""
            total.steps.append(step("names.cname.loop", "", ("N0.v5",), name=name, target=target))
            break
        seen.add(target)
        if refuse is not None:
            refused = refuse(target)
            if refused is not None:
                refused.steps = total.steps + refused.steps
                return refused
        total.steps.append(step("names.cname.follow", "", ("N0.v5",), target=target))
        total.continued(ask(target))
    return total
