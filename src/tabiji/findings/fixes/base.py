"""Proposals: for a refusal, the changes that could lift it.

A proposal is a guess until another journey over the changed estate succeeds;
``journey.repair`` does that and shows only what holds.  To teach tabiji a new
repair, write a function and register it for the finding codes it answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from ...estate import Change, Estate
from ...packet.address import Interval, format_address, format_prefix, is_v6, parse_prefix
from ...request.model import Request, Vantage
from ..finding import Finding, Fix


class Context:
    """What a proposal may look at besides the finding."""

    __slots__ = ("ephemeral", "estate", "findings", "request", "vantage")

    def __init__(
        self,
        estate: Estate,
        vantage: Vantage,
        request: Request,
        ephemeral: tuple[int, int],
        findings: tuple[Finding, ...] = (),
    ) -> None:
        self.estate = estate
        self.vantage = vantage
        self.request = request
        self.ephemeral = ephemeral
        self.findings = findings


Proposer = Callable[[Context, Finding], Iterable[Fix]]
PROPOSERS: dict[str, list[Proposer]] = {}


def answers(*codes: str) -> Callable[[Proposer], Proposer]:
    """Register a proposer for finding codes."""

    def register(function: Proposer) -> Proposer:
        for code in codes:
            PROPOSERS.setdefault(code, []).append(function)
        return function

    return register


def proposals(context: Context, finding: Finding) -> list[Fix]:
    """All proposals for one finding, cheapest first."""
    out = [fix for proposer in PROPOSERS.get(finding.code, ()) for fix in proposer(context, finding) if fix.changes]
    return [msgspec.structs.replace(fix, lifts=finding) for fix in sorted(out, key=lambda fix: fix.cost)]


def peer_prefix(context: Context, address: int, *, wide: bool = False) -> Interval:
    """The prefix a rule should name for an address.

    One ENI is itself; an on-premises client changes its address, so its
    site's prefix; somebody on the Internet is one address, or with ``wide``
    everybody (a public name's addresses change).
    """
    estate = context.estate
    for site in estate.sites.values():
        for text in site.prefixes:
            low, high = parse_prefix(text)
            if low <= address <= high:
                return low, high
    known = any(address in owned for owned in estate.eni_by_address.values()) or address in estate.public_addresses
    if wide and not known:
        from ...packet.address import family_all

        return family_all(address)
    return address, address


def subnet_prefix(context: Context, address: int) -> Interval:
    """The subnet an address lies in, the site's prefix, or everybody: what a NACL rule should name."""
    estate = context.estate
    for owned in estate.eni_by_address.values():
        eni = owned.get(address)
        if eni is not None:
            subnet = estate.network_interfaces[eni].subnet_id
            for prefix in estate.subnet_prefixes.get(subnet, ()):
                if prefix[0] <= address <= prefix[1]:
                    return prefix[0], prefix[1]
    return peer_prefix(context, address, wide=True)


def cidr(prefix: Interval) -> str:
    """CIDR text, /32 and /128 included."""
    if prefix[0] == prefix[1]:
        return f"{format_address(prefix[0])}/{128 if is_v6(prefix[0]) else 32}"
    return format_prefix(prefix)


def is_nat_address(context: Context, address: int) -> bool:
    """Does a NAT gateway use this address (private or public)?"""
    estate = context.estate
    for owned in estate.eni_by_address.values():
        if owned.get(address) in estate.nat_by_eni:
            return True
    public = estate.public_addresses.get(address)
    return public is not None and public[0] in estate.nat_by_eni


def records_of(changes: Iterable[Change]) -> dict[str, Any]:
    """Changes as an overlay of bare records, for what the short vocabulary has no word for."""
    records: dict[str, list[Any]] = {}
    for change in changes:
        if change.record is not None:
            records.setdefault(change.kind, []).append(msgspec.to_builtins(change.record))
    return {"records": records}


def changes_by(estate: Estate, overlay: dict[str, Any]) -> tuple[Change, ...]:
    """What an overlay changes, as records; nothing where the estate cannot take it."""
    from ...sources import SourceError, changes_of_overlay

    try:
        return changes_of_overlay(estate, overlay)
    except SourceError:
        return ()
