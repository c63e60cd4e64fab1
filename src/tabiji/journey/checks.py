"""What each kind of stage that was consulted becomes in a hop: one function a kind, one table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..fabric.stage import AnyOf, Choice, Deliver, Drop, First, Lpm, Note, Rewrite, Rule, Unbind, Unknown
from ..packet.address import format_prefix
from .model import Check

QUIET_FILTERS = frozenset(("source_check", "lb_hairpin", "lb_ping"))
"""Filters that are worth a line only when they refuse."""
SORTING_FILTERS = frozenset(("lb_dispatch", "lb_rule", "firewall_protocol"))
"""Filters that part packets and refuse none: never worth a line."""


def _any_of(stage: AnyOf, passed: Rule | bool | None) -> Check:
    """A security group set: by state, by a rule, or refused."""
    if passed is True:
        return Check(
            kind=stage.kind,
            component=stage.component,
            direction=stage.direction,
            ok=True,
            stateful=True,
            facts=("SG2",),
        )
    if not isinstance(passed, Rule):
        return Check(
            kind=stage.kind, component=stage.component, direction=stage.direction, ok=False, facts=stage.facts[:1]
        )
    return _ruled(stage, passed, passed.facts)


def _first(stage: First, decided: Rule | None) -> Check | None:
    """A network ACL, a listener, a firewall: the rule that decided, or ``*``."""
    if stage.kind in SORTING_FILTERS:
        return None
    if decided is None:
        return Check(
            kind=stage.kind, component=stage.component, direction=stage.direction, ok=False, rule="*", facts=stage.facts
        )
    if decided.allow and stage.kind in QUIET_FILTERS:
        return None
    return _ruled(stage, decided, decided.facts or stage.facts)


def _ruled(stage: AnyOf | First, rule: Rule, facts: tuple[str, ...]) -> Check:
    return Check(
        kind=stage.kind,
        component=stage.component,
        direction=stage.direction,
        ok=rule.allow,
        rule=rule.origin,
        detail=rule.peer,
        facts=facts,
    )


def _lpm(stage: Lpm, row: Any) -> Check:
    """A route table: the row that won."""
    if row is None:
        return Check(kind=stage.kind, component=stage.component, ok=False, facts=stage.facts)
    return Check(
        kind=stage.kind,
        component=stage.component,
        ok=True,
        rule=row.origin,
        detail=format_prefix(row.prefix),
        target=row.target,
        facts=row.facts,
    )


def _translated(stage: Rewrite | Unbind, packet: Any) -> Check | None:
    """A packet with other addresses or ports."""
    if packet is None:
        return None
    return Check(
        kind="translate", component=stage.component, direction=stage.kind, detail=str(packet), facts=stage.facts
    )


def _choice(stage: Choice, taken: Any) -> Check:
    labels = ", ".join(label for label, _ in stage.branches)
    return Check(
        kind="choice",
        component=stage.component,
        detail=str(taken),
        code=stage.code,
        params=(*stage.params, ("taken", str(taken)), ("branches", labels)),
        facts=stage.facts,
    )


def _drop(stage: Drop, _: Any) -> Check:
    return _told("drop", stage, False)


def _unknown(stage: Unknown, _: Any) -> Check:
    return _told("unknown", stage, None)


def _note(stage: Note, _: Any) -> Check:
    return _told("note", stage, None)


def _told(kind: str, stage: Drop | Unknown | Note, ok: bool | None) -> Check:
    return Check(kind=kind, component=stage.component, code=stage.code, params=stage.params, facts=stage.facts, ok=ok)


def _deliver(stage: Deliver, _: Any) -> Check:
    return Check(kind="deliver", component=stage.place.id, ok=True, facts=stage.facts)


CHECKS: dict[type, Callable[[Any, Any], Check | None]] = {
    AnyOf: _any_of,
    First: _first,
    Lpm: _lpm,
    Rewrite: _translated,
    Unbind: _translated,
    Choice: _choice,
    Drop: _drop,
    Unknown: _unknown,
    Note: _note,
    Deliver: _deliver,
}
