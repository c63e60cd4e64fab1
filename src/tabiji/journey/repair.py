"""The smallest change that makes a request work, proven by walking again.

Best first over sets of proposals: take the cheapest set so far, apply it, walk;
if something still stops the request, add a proposal for each thing that does.
Only sets whose journey succeeds are shown (ENG50, ENG56).
"""

from __future__ import annotations

import heapq
import re
from itertools import count, product
from typing import TYPE_CHECKING

import msgspec

from ..estate import Change, Estate
from ..findings.finding import BLOCKER, UNKNOWN, WARNING, Finding, Fix
from ..findings.fixes import PROPOSERS, Context, proposals
from .model import REACHABLE, Journey
from .ports import ephemeral_range

if TYPE_CHECKING:
    from .permission import ApiCall

MAX_WALKS = 40
MAX_FIXES = 3
MAX_STEPS = 6
PER_FINDING = 3


def repair(
    estate: Estate, told: Journey, *, forward_only: bool = False, call: ApiCall | None = None
) -> tuple[Fix, ...]:
    """Verified fixes, cheapest first."""
    from .engine import walk_request

    order = count()
    start: tuple[Fix, ...] = ()
    queue: list[tuple[int, int, tuple[Fix, ...], Estate, Journey]] = [(0, next(order), start, estate, told)]
    seen: set[tuple[str, ...]] = set()
    found: list[Fix] = []
    spare: list[Fix] = []
    walks = 0

    def keep(fixes: tuple[Fix, ...], cost: int) -> None:
        if not fixes or _superset(fixes, found):
            return
        less = _without_a_step(estate, told, fixes, forward_only=forward_only, call=call)
        (spare if less else found).append(bundle(estate, fixes, cost))

    while queue and walks < MAX_WALKS and len(found) < MAX_FIXES:
        cost, _, fixes, changed, journey = heapq.heappop(queue)
        if journey.verdict == REACHABLE:
            keep(fixes, cost)
            continue
        if len(fixes) >= MAX_STEPS:
            continue
        for step in _next_sets(changed, journey):
            chosen = (*fixes, *step)
            key = tuple(sorted(str(fix.cli) for fix in chosen))
            if key in seen or len(chosen) > MAX_STEPS:
                continue
            seen.add(key)
            # Proposals of one round may touch one record; apply them one on top of the other.
            after = _apply(changed, step)
            again = walk_request(after, journey.vantage, journey.request, forward_only=forward_only, call=call)
            walks += 1
            heapq.heappush(queue, (cost + sum(f.cost for f in step), next(order), chosen, after, again))
            if walks >= MAX_WALKS:
                break
    while queue and len(found) < MAX_FIXES:
        cost, _, fixes, _, journey = heapq.heappop(queue)
        if journey.verdict == REACHABLE:
            keep(fixes, cost)
    return tuple(found or spare[:1])


def _without_a_step(
    estate: Estate, told: Journey, fixes: tuple[Fix, ...], *, forward_only: bool, call: ApiCall | None
) -> bool:
    """Does it work without one of the steps?  Then the bundle holds more than it must.

    Steps are laid on as overlays, which say only what each of them changes;
    records of a later step hold what an earlier one did.
    """
    from ..sources import SourceError, apply_overlay
    from .engine import walk_request

    if len(fixes) < 2:
        return False
    for left_out in range(len(fixes)):
        changed = estate
        try:
            for fix in (*fixes[:left_out], *fixes[left_out + 1 :]):
                changed = apply_overlay(changed, fix.overlay)
        except SourceError:  # the step left out made what another one names
            continue
        again = walk_request(changed, told.vantage, told.request, forward_only=forward_only, call=call)
        if again.verdict == REACHABLE:
            return True
    return False


def _next_sets(estate: Estate, journey: Journey) -> list[tuple[Fix, ...]]:
    """For every refusal in the way one proposal: the sets to try next."""
    record = estate.instances.get(journey.vantage.instance)
    ports = ephemeral_range(estate, journey.vantage.host, record.platform if record else "")
    context = Context(estate, journey.vantage, journey.request, ports, journey.findings)
    options: list[list[Fix]] = []
    done: set[tuple[str, ...]] = set()
    for finding in _in_the_way(journey):
        offered = proposals(context, finding)[:PER_FINDING]
        key = tuple(sorted(str(f.cli) for f in offered))
        if offered and key not in done:
            done.add(key)
            options.append(offered)
    if not options:
        return []
    # A change of the name or the route may make the other refusals irrelevant: try each alone, too.
    sets = [tuple(_distinct(combination)) for combination in list(product(*options))[:9]]
    sets += [(fix,) for offered in options for fix in offered]
    return list({tuple(fix.cli for fix in chosen): chosen for chosen in sets}.values())


def _in_the_way(journey: Journey) -> list[Finding]:
    blockers = [f for f in journey.findings if f.severity == BLOCKER]
    if blockers:
        return blockers
    return [f for f in journey.findings if f.severity in (UNKNOWN, WARNING) and f.code in PROPOSERS]


def _distinct(fixes: tuple[Fix, ...]) -> list[Fix]:
    out: list[Fix] = []
    for fix in fixes:
        if fix.cli not in [f.cli for f in out]:
            out.append(fix)
    return out


def _apply(estate: Estate, fixes: tuple[Fix, ...]) -> Estate:
    for fix in fixes:
        estate = estate.with_changes(_merged(estate, fix))
    return estate


def _merged(estate: Estate, fix: Fix) -> list[Change]:
    """Changes of a fix laid over records another fix of the same round may have changed already."""
    out: list[Change] = []
    for change in fix.changes:
        current = estate.tables[change.kind].get(change.id)
        record = change.record
        if current is not None and record is not None and change.kind in _MERGED:
            field_names = _MERGED[change.kind]
            union = {name: _union(getattr(current, name), getattr(record, name)) for name in field_names}
            record = msgspec.structs.replace(record, **union)
        out.append(Change(change.kind, change.id, record))
    return out


_MERGED = {"security_groups": ("ip_permissions", "ip_permissions_egress"), "network_acls": ("entries",)}
"""Fields that only grow: two additions to one record are both kept."""


_WHOLE = frozenset(("policy",))
"""What an overlay says anew as a whole: the later word holds."""


def _union(current: tuple[object, ...], wanted: tuple[object, ...]) -> tuple[object, ...]:
    return (*current, *(row for row in wanted if row not in current))


def _superset(fixes: tuple[Fix, ...], found: list[Fix]) -> bool:
    """Does a smaller fix already do it?"""
    lines = {line for fix in fixes for line in fix.cli}
    return any(set(other.cli) <= lines for other in found)


def bundle(estate: Estate, fixes: tuple[Fix, ...], cost: int) -> Fix:
    """One verified fix of one or several steps; ``estate`` is the one before all of them."""
    if len(fixes) == 1:
        return msgspec.structs.replace(fixes[0], verified=True, cost=cost)
    overlay: dict[str, dict[str, object]] = {}
    for fix in fixes:
        for section, rows in (fix.overlay or {}).items():
            target = overlay.setdefault(section, {})
            for name, body in rows.items():
                held = target.get(name)
                target[name] = _merge_bodies(held, body) if held is not None else body
    made = {c.id for fix in fixes for c in fix.changes if c.record is not None and c.id not in estate.tables[c.kind]}
    blocks = [re.sub(r"\btabiji", f"tabiji_{i}", fix.terraform) if i > 1 else fix.terraform
              for i, fix in enumerate(fixes, 1)]  # fmt: skip
    return Fix(
        code="fix.several",
        params=(("count", str(len(fixes))),),
        cli=tuple(_unmade(line, made) for fix in fixes for line in fix.cli),
        terraform="\n".join(_unmade(block, made) for block in blocks if block),
        overlay=overlay,
        changes=tuple(change for fix in fixes for change in fix.changes),
        cost=cost,
        steps=fixes,
        verified=True,
    )


def _unmade(text: str, made: set[str]) -> str:
    """Ids that AWS will only give when an earlier step is done stand in angle brackets."""
    for name in made:
        text = re.sub(rf"(?<![\w<-]){re.escape(name)}(?![\w>-])", f"<{name}>", text)
    return text


def _merge_bodies(a: object, b: object) -> object:
    if isinstance(a, dict) and isinstance(b, dict):
        return {**a, **{k: _merge_bodies(a[k], v) if k in a and k not in _WHOLE else v for k, v in b.items()}}
    if isinstance(a, list) and isinstance(b, list):
        return [*a, *b]
    return b
