"""The changes that make a whole command work: what each of its calls needs, one after the other."""

from __future__ import annotations

from collections.abc import Iterator

from ..estate import Estate
from ..findings.finding import Fix
from .command import CallJourney, CommandJourney, walk_calls
from .model import BLOCKED, REACHABLE, Journey
from .permission import of_planned
from .repair import bundle, repair

MAX_CALLS = 12
"""Calls that are mended one after the other before it is given up."""


def again(estate: Estate, told: CommandJourney) -> CommandJourney:
    """The same calls over another estate; no fixes are looked for."""
    return walk_calls(estate, told.vantage, [entry.call for entry in told.calls], told.title, fixes=False)


def repair_command(estate: Estate, told: CommandJourney) -> tuple[Fix, ...]:
    """Verified fixes for all calls that must work, cheapest first; none for a client that gives up by itself."""
    if told.verdict != BLOCKED or (told.plan is not None and told.plan.refusal is not None):
        return ()
    found: list[Fix] = []
    for steps in _ways(estate, told):
        cost = sum(step.cost for step in steps)
        fix = bundle(estate, steps, cost)
        if not any(set(other.cli) <= set(fix.cli) for other in found):
            found.append(fix)
    return tuple(sorted(found, key=lambda fix: fix.cost))


def _ways(estate: Estate, told: CommandJourney) -> Iterator[tuple[Fix, ...]]:
    """For each fix of the first call that fails: it and what the later calls then need, if that works."""
    first = told.decisive
    for fix in _fixes(estate, first) if first is not None else ():
        steps = fix.steps or (fix,)
        changed = estate.with_changes(fix.changes)
        for _ in range(MAX_CALLS):
            now = again(changed, told)
            if now.verdict == REACHABLE:
                yield steps
                break
            more = _fixes(changed, now.decisive) if now.decisive is not None else ()
            if not more:
                break
            steps = (*steps, *(more[0].steps or (more[0],)))
            changed = changed.with_changes(more[0].changes)


def _fixes(estate: Estate, entry: CallJourney) -> tuple[Fix, ...]:
    """Fixes of a call: of its way to the proxy, or of the proxy's own."""
    call = of_planned(entry.call) if entry.call.service and entry.call.operation else None
    journeys: list[tuple[Journey | None, bool]] = [
        (entry.journey, not entry.call.via_proxy),
        (entry.onward, True),
    ]
    for journey, asks in journeys:
        if journey is not None and journey.verdict == BLOCKED:
            return repair(estate, journey, call=call if asks else None)
    return ()
