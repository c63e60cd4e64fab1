"""What is different between two plans, a line each: what goes, what comes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from ..plan.model import Plan, Reason

_LOGGED = re.compile(r'prefix "d(\d+)"')
_SINK = re.compile(r"\bsink_(\d+)\b")
_QUOTED = re.compile(r'"([^"]+)"')
_NUMBERED = re.compile(r"\b([a-z]\w*)_\d+\b")
"""Chains and sets are numbered as they are made."""


class Change(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One thing that goes (``-``) or comes (``+``)."""

    kind: str
    """host, port, wire, route, rule, service, filter."""
    owner: str = ""
    text: str
    sign: str


def differences(old: Plan, new: Plan) -> list[Change]:
    """All changes, by kind and owner."""
    before, after = Counter(_facts(old)), Counter(_facts(new))
    gone = [Change(kind=k, owner=o, text=t, sign="-") for k, o, t in (before - after).elements()]
    come = [Change(kind=k, owner=o, text=t, sign="+") for k, o, t in (after - before).elements()]
    return sorted(gone + come)


def _facts(plan: Plan) -> Iterator[tuple[str, str, str]]:
    """(kind, owner, text) of everything in a plan; numbers that are only names inside the plan stay out."""
    for guest in plan.guests:
        addresses = " ".join(address for link in guest.links for address in link.addresses)
        more = " ".join(part for part in (guest.forwards, *guest.listens) if part)
        yield "host", guest.owner, f"{guest.name} {addresses} {more}".rstrip()
        for name, content in guest.files.items():
            for line in content.splitlines():
                yield "file", guest.name, f"{name}: {line}"
    for port in plan.ports:
        if port.role != "sink":
            yield "port", port.owner, f"{' '.join(port.addresses)} mtu {port.mtu}"
    names = {port.name: port.owner for port in plan.ports}
    for wire in plan.wires:
        yield "wire", wire.owner, wire.label
        names |= dict.fromkeys((wire.a, wire.b), f"{wire.owner} {wire.label}".rstrip())
    for table in plan.tables:
        for route in table.routes:
            to = names.get(route.dev, route.dev) if route.dev else "(next lookup)"
            yield "route", table.owner, f"{route.prefix} to {to}"
    for service in plan.services:
        yield "service", service.owner, f"{service.kind} {service.service} at {service.address}".replace("  ", " ")
    for line in plan.nft.splitlines():
        text = _in_words(" ".join(line.split()), names, plan.reasons)
        if text not in ("", "{", "}"):
            yield "filter", "", text


def _in_words(rule: str, names: dict[str, str], reasons: Sequence[Reason]) -> str:
    """A line of the ruleset with what its interfaces, reasons and made-up names stand for, so that equal ones meet."""

    def why(number: str) -> str:
        reason = reasons[int(number)]
        return " ".join(part for part in (reason.code, reason.owner, reason.rule) if part)

    rule = _LOGGED.sub(lambda found: f'prefix "{why(found[1])}"', rule.rstrip(","))
    rule = _SINK.sub(lambda found: f"({why(found[1])})", rule)
    rule = _QUOTED.sub(lambda found: f'"{names.get(found[1], found[1])}"', rule)
    return _NUMBERED.sub(r"\1", rule)
