"""What the VPC resolver answers in one VPC: the suffixes it knows, and the way through them (N0.v0-v7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..packet.address import format_address, parse_prefix
from .answer import NXDOMAIN, Step
from .dnsname import suffixes
from .resolution import KINDS, Chain, Resolution, Result, chase, step

if TYPE_CHECKING:
    from ..estate import Estate

Handler = Callable[["View", "Question", str], Result]


class Question:
    """A question as it passes the view: what is asked, and how it came in."""

    __slots__ = ("dns64", "inbound", "name", "resolution", "rtype", "steps", "trusted")

    def __init__(self, resolution: Resolution, name: str, rtype: str, inbound: bool = False, dns64: str = "") -> None:
        self.resolution = resolution
        self.name = name
        self.rtype = rtype
        self.inbound = inbound
        self.dns64 = dns64
        """The subnet or inbound endpoint that has DNS64 on; empty for none."""
        self.trusted = False
        """DNS Firewall trusts the redirections of this question (N2.9c)."""
        self.steps: list[Step] = []


class Claim:
    """Somebody's claim to a suffix: ``handler`` answers everything at and below it.

    ``rule``: a custom Resolver rule, which a SYSTEM rule steps over.
    ``inbound_only``: holds only for questions that came by an inbound
    endpoint (N4.11b).  ``priority``: 0 for what is tied to the VPC itself,
    else the Profile's priority (N2.8).
    """

    __slots__ = ("handler", "inbound_only", "kind", "owner", "priority", "rule", "suffix")

    def __init__(
        self,
        suffix: str,
        kind: str,
        owner: str,
        handler: Handler,
        *,
        rule: bool = False,
        inbound_only: bool = False,
        priority: int = 0,
    ) -> None:
        self.suffix = suffix
        self.kind = kind
        self.owner = owner
        self.handler = handler
        self.rule = rule
        self.inbound_only = inbound_only
        self.priority = priority


class DnsAttributes:
    """enableDnsSupport and enableDnsHostnames of a VPC (section 2.2); None: not known."""

    __slots__ = ("assumed", "hostnames", "support")

    def __init__(self, support: bool | None, hostnames: bool | None, assumed: bool) -> None:
        self.support = support
        self.hostnames = hostnames
        self.assumed = assumed

    @property
    def both(self) -> bool | None:
        """Both are on; None when that hinges on what is not known."""
        if self.support is False or self.hostnames is False:
            return False
        return True if self.support and self.hostnames else None


def dns_attributes(estate: Estate, vpc_id: str) -> DnsAttributes:
    """The attributes as collected, else as they can be concluded.

    The switch ``N2.2`` (``T/T``, ``T/F``, ``F/F``) says what to take where
    nothing was collected.  Private DNS of an available interface endpoint
    needs both (N4.6), so they are on there.  A hand-written estate has the
    defaults of AWS; in a snapshot enableDnsHostnames stays unknown.
    """
    record = estate.tables["vpc_attributes"].get(vpc_id)
    support = record.enable_dns_support if record is not None else None
    hostnames = record.enable_dns_hostnames if record is not None else None
    if support is not None and hostnames is not None:
        return DnsAttributes(support, hostnames and support, False)  # N2.2c: F/T counts as F/F
    said = estate.switch("N2.2", "")
    if said:
        first, _, second = said.upper().partition("/")
        support = first == "T" if support is None else support
        hostnames = second == "T" if hostnames is None else hostnames
    elif any(
        e.private_dns_enabled and e.state.lower() == "available" and e.vpc_endpoint_type == "Interface"
        for e in (estate.vpc_endpoints[i] for i in estate.endpoints_by_vpc.get(vpc_id, ()))
    ):
        support = support is not False
        hostnames = hostnames is not False
    else:
        support = support is not False
        vpc = estate.vpcs.get(vpc_id)
        if hostnames is None and (estate.coverage.complete or (vpc is not None and vpc.is_default)):
            hostnames = vpc is not None and vpc.is_default
    return DnsAttributes(support, hostnames and support, True)


class View:
    """The resolver of one VPC, its tables built once.

    ``View.of(estate, vpc_id)`` gives the one kept on the estate.
    """

    def __init__(self, estate: Estate, vpc_id: str, chain: Chain | None = None) -> None:
        if chain is None:
            from . import CHAIN

            chain = CHAIN
        self.estate = estate
        self.vpc_id = vpc_id
        self.chain = chain
        self.vpc = estate.vpcs.get(vpc_id)
        self.region = estate.region_of(vpc_id)
        self.dns = dns_attributes(estate, vpc_id)
        self.ranges = estate.vpc_ranges.get(vpc_id, ())
        self.plus_two = (
            format_address(parse_prefix(self.vpc.cidr_block)[0] + 2) if self.vpc is not None else ""
        )  # N2.1a
        self.memo: dict[str, Any] = {}
        """For the steps: whatever they work out once for this VPC."""
        self.gaps: list[str] = []
        """Why any answer of this view may be wrong."""
        self._claims: dict[str, tuple[Claim, ...]] | None = None

    @staticmethod
    def of(estate: Estate, vpc_id: str) -> View:
        """The view kept on the estate."""
        views: dict[str, View] = estate.memo("names.views", KINDS, lambda _: {})
        view = views.get(vpc_id)
        if view is None:
            view = views[vpc_id] = View(estate, vpc_id)
        return view

    @property
    def claims(self) -> dict[str, tuple[Claim, ...]]:
        """Suffix -> who claims it, the one that wins first (N2.4b, N2.8b)."""
        if self._claims is None:
            rows: dict[str, list[tuple[tuple[int, int], Claim]]] = {}
            kind_first = self.estate.switch("N2.8b", "vpc") != "vpc"
            for rank, source in enumerate(self.chain.claims):
                for claim in source(self):
                    key = (rank, claim.priority) if kind_first else (claim.priority, rank)
                    rows.setdefault(claim.suffix, []).append((key, claim))
            self._claims = {
                suffix: tuple(c for _, c in sorted(found, key=lambda row: row[0])) for suffix, found in rows.items()
            }
        return self._claims

    def claim(self, name: str, *, inbound: bool = False, local: bool = False) -> Claim:
        """Who answers for a name: the longest suffix, then the better rank.  ``local`` leaves out custom rules."""
        claims = self.claims
        for suffix in suffixes(name):
            for claim in claims.get(suffix, ()):
                if not (local and claim.rule) and (inbound or not claim.inbound_only):
                    return claim
        raise LookupError(name)  # the root is always claimed

    def ask(self, question: Question) -> Result:
        """The view's answer: the gates, then the longest suffix, CNAMEs followed, then the finishers."""
        loop = question.resolution.enter(self.vpc_id, question.name, question.rtype)
        if loop is not None:
            return loop
        try:
            for gate in self.chain.gates:
                stopped = gate(self, question)
                if stopped is not None:
                    stopped.steps = question.steps + stopped.steps
                    return stopped
            result = self.lookup(question, question.rtype)
            for finisher in self.chain.finishers:
                result = finisher(self, question, result)
            result.steps = question.steps + result.steps
            if self.gaps and not result.unknown:
                result.unknown = self.gaps[0]
            return result
        finally:
            question.resolution.leave()

    def lookup(self, question: Question, rtype: str) -> Result:
        """Answer by the longest suffix, following CNAMEs inside this view (N0.v3-v5)."""
        from .dns_firewall import inspect_redirection

        def ask(name: str) -> Result:
            claim = self.claim(name, inbound=question.inbound)
            part = claim.handler(self, _with(question, rtype), name)
            for record in part.answer:  # redirections another server has followed already
                if record.type == "CNAME" and record.rdata.lower() != part.next:
                    refused = inspect_redirection(self, question, record.rdata.lower())
                    if refused is not None:
                        refused.steps = part.steps + refused.steps
                        return refused
            return part

        return chase(ask, question.name, lambda target: inspect_redirection(self, question, target))

    def local(self, question: Question, name: str) -> Result:
        """Answer a name as if no custom rule existed: what a SYSTEM rule does."""
        return self.claim(name, inbound=question.inbound, local=True).handler(self, question, name)


def _with(question: Question, rtype: str) -> Question:
    if question.rtype == rtype:
        return question
    other = Question(question.resolution, question.name, rtype, question.inbound, question.dns64)
    other.trusted = question.trusted
    return other


def nxdomain(code: str, component: str, facts: tuple[str, ...], **params: object) -> Result:
    """NXDOMAIN with one step and no authority."""
    return Result(NXDOMAIN, steps=(step(code, component, facts, **params),))
