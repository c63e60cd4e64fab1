"""From the names of log files to everything there is to tell about them."""

from __future__ import annotations

from collections.abc import Sequence

from ...estate import Estate
from ...findings.finding import NOTE, WARNING, Finding
from . import classes
from .denied import explain_denial
from .explain import Explainer
from .files import EVENTS, RECORDS, LogFile, expand, sniff
from .flow import MEMORY, Store, counts, load
from .model import (
    ACCEPT,
    AGREES,
    CONTRADICTED,
    EXPLAINED,
    LOST,
    OPEN,
    REJECT,
    Count,
    Denial,
    LogProblem,
    LogReport,
    Talker,
    Told,
)
from .trail import Trail

REFUSED_WALKS = 10_000
ACCEPTED_WALKS = 5_000
"""Distinct groups walked, the most frequent first; how many were not is said."""
TALKERS = 10
ALWAYS, NEVER = 0, 253_402_300_799
ORDER = (CONTRADICTED, LOST, EXPLAINED, OPEN)


def read_logs(
    estate: Estate, names: Sequence[str], *, since: int = ALWAYS, until: int = NEVER, memory: str = MEMORY
) -> LogReport:
    """Read flow log and CloudTrail files and explain what was refused.

    ``names`` are files, folders or patterns; ``since`` and ``until`` seconds
    since 1970.  What cannot be read is in ``problems``.  Raises SourceError
    for names that name nothing, RequestError when DuckDB is missing.
    """
    found = [sniff(path) for path in expand(names)]
    problems = [f for f in found if isinstance(f, LogProblem)]
    files = [f for f in found if isinstance(f, LogFile)]
    flow_files = [f for f in files if f.kind not in (RECORDS, EVENTS)]
    trail_files = [f for f in files if f.kind in (RECORDS, EVENTS)]
    trail = Trail(since, until)
    for file in trail_files:
        trail.read(file)
    problems += trail.problems
    count = trail.count
    count.files, count.flow_files, count.trail_files = len(found), len(flow_files), len(trail_files)
    told: list[Told] = []
    talkers: tuple[Talker, ...] = ()
    if flow_files:
        with Store(memory) as store:
            problems += load(store, estate, flow_files, since, until)
            counts(store, count)
            told, talkers = _flows(store, estate, count)
    denials = sorted(trail.denials.values(), key=lambda d: -d.events)
    explained = [explain_denial(estate, denial) for denial in denials[:REFUSED_WALKS]]
    count.event_overflow += sum(d.events for d in denials[REFUSED_WALKS:])
    return LogReport(
        count=count,
        flows=tuple(sorted((t for t in told if t.state != AGREES), key=lambda t: ORDER.index(t.state))),
        denials=tuple(sorted(explained, key=_denial_order)),
        talkers=talkers,
        notes=tuple(_notes(count)),
        problems=tuple(problems),
    )


def _flows(store: Store, estate: Estate, count: Count) -> tuple[list[Told], tuple[Talker, ...]]:
    classes.fold(store, estate)
    count.groups, count.accepted_groups = classes.group_counts(store)
    explainer = Explainer(estate)
    accepted = list(classes.flows(store, ACCEPT, ACCEPTED_WALKS))
    refused = list(classes.flows(store, REJECT, REFUSED_WALKS))
    explainer.remember(accepted)
    count.unwalked = count.groups - len(refused)
    count.accepted_walked = len(accepted)
    told = [explainer.explain(flow) for flow in (*refused, *accepted)]
    if count.accepted_walked == count.accepted_groups and not count.unwalked:  # else silence proves nothing
        explainer.missing_arrivals(told, (*refused, *accepted))
    return told, classes.talkers(store, TALKERS)


def _denial_order(denial: Denial) -> tuple[int, int]:
    return ORDER.index(denial.state), -denial.events


def _notes(count: Count) -> list[Finding]:
    out = []
    if count.unwalked:
        out.append(_note("logs.note.unwalked", WARNING, groups=str(count.unwalked), walked=str(REFUSED_WALKS)))
    if count.accepted_groups > count.accepted_walked:
        left = count.accepted_groups - count.accepted_walked
        out.append(_note("logs.note.accepted_unwalked", NOTE, groups=str(left), walked=str(count.accepted_walked)))
    if count.event_overflow:
        out.append(_note("logs.note.events_unwalked", WARNING, events=str(count.event_overflow)))
    if count.skipdata:
        out.append(_note("logs.note.skipdata", WARNING, records=str(count.skipdata)))
    if count.errors:
        out.append(_note("logs.note.errors", NOTE, events=str(count.errors)))
    if count.flow_files:
        out.append(_note("logs.note.never", NOTE, "FL5"))
    if count.trail_files:
        out.append(_note("logs.note.trail_silent", NOTE, "15.4", "CL1", "CL2"))
    return out


def _note(code: str, severity: str, *facts: str, **params: str) -> Finding:
    return Finding(code=code, severity=severity, facts=facts, params=tuple(params.items()))


__all__ = ["ALWAYS", "NEVER", "OPEN", "read_logs"]
