"""``tabiji lab plan``: what ``lab up`` would build; needs no privileges."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from . import YES
from .settings import estate_of, lang_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..lab.plan.model import Plan
    from ..report.labels import Labels


def run(options: Any) -> int:
    """Compile the estate and print the plan."""
    estate = estate_of(options)
    from ..lab.plan.compile import compile_plan

    plan = compile_plan(estate)
    if options.format == "json":
        import msgspec

        from ..report.json import encode

        document = {"version": 1, "kind": "lab-plan", **msgspec.to_builtins(plan)}
        print(encode(document, pretty=sys.stdout.isatty()))
        return YES
    from ..report.labels import Labels

    for line in lines(plan, Labels(estate, lang_of(options))):
        print(line)
    return YES


def lines(plan: Plan, labels: Labels) -> Iterator[str]:
    """The plan as text: what an ``ip`` and ``nft`` user would type, each thing with its owner behind it."""
    yield "# guests"
    for guest in plan.guests:
        addresses = " ".join("=".join(filter(None, (link.name, ",".join(link.addresses)))) for link in guest.links)
        yield " ".join(part for part in (guest.name, addresses, guest.forwards, *guest.listens) if part)
    yield "\n# ports"
    for port in plan.ports:
        told = f"{port.name} {port.role} context {port.context:#x} mtu {port.mtu} {' '.join(port.addresses)}"
        yield f"{told.rstrip()}  # {labels.label(port.owner)}"
    yield "\n# wires"
    for wire in plan.wires:
        ends = f"{wire.a} context {wire.a_context:#x} -- {wire.b} context {wire.b_context:#x}"
        yield f"{ends} mtu {wire.a_mtu}/{wire.b_mtu}  # {labels.label(wire.owner)} {wire.label}".rstrip()
    yield "\n# rules"
    for rule in plan.rules:
        match = f"fwmark {rule.mark:#x}/{rule.mask:#x}" if rule.mask else "all"
        yield f"pref {rule.priority} {match} lookup {rule.table}"
    for table in plan.tables:
        yield f"\n# table {table.number}: {labels.label(table.owner)}"
        for route in table.routes:
            yield f"{route.prefix} dev {route.dev}" if route.dev else f"throw {route.prefix}"
    yield "\n# services"
    for service in plan.services:
        about = " ".join(part for part in (service.kind, service.service, service.region) if part)
        yield f"{service.address} mark {service.mark:#x} {about}  # {labels.label(service.owner)}"
    yield f"\n# ruleset of the fabric\n{plan.nft.rstrip()}"
    if plan.svc_nft:
        yield f"\n# ruleset of svc\n{plan.svc_nft.rstrip()}"
    yield "\n# reasons for dropping"
    for number, reason in enumerate(plan.reasons):
        told = " ".join(part for part in (reason.code, labels.label(reason.owner), reason.rule) if part)
        yield f"d{number}: {told}  {' '.join(reason.facts)}".rstrip()
    if plan.uncovered:
        yield "\n# not built"
        for row in plan.uncovered:
            yield f"{labels.label(row.owner)}: {row.why}"
