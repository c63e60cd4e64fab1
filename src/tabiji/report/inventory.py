"""What an estate holds: counts by kind, account and Region; what is odd, what was not collected."""

from __future__ import annotations

from typing import Any

from ..estate import Estate
from ..estate.coverage import ABSENT, COLLECTED, DENIED, Scope
from ..estate.kinds import BY_NAME, KINDS
from ..findings.lint import lint
from ..names import problems
from .labels import Labels
from .terminal import Style, table, wrap

VERSION = 1


def inventory(estate: Estate) -> dict[str, Any]:
    """Counts and gaps as plain data."""
    counts = {kind: len(rows) for kind, rows in estate.tables.items() if rows}
    scopes: dict[tuple[str, str], int] = {}
    for kind, rows in estate.tables.items():
        if BY_NAME[kind].by_hand:
            continue
        for resource_id in rows:
            scope = estate.scope_of(resource_id)
            key = (scope.account, scope.region)
            scopes[key] = scopes.get(key, 0) + 1
    missing: dict[str, list[dict[str, str]]] = {DENIED: [], ABSENT: []}
    for kind, scope, state in _gaps(estate):
        missing[state].append({"kind": kind, "account": scope.account, "region": scope.region})
    return {
        "version": VERSION,
        "kind": "inventory",
        "source": estate.source,
        "complete": estate.coverage.complete,
        "count": sum(counts.values()),
        "kinds": counts,
        "scopes": [{"account": a, "region": r, "count": n} for (a, r), n in sorted(scopes.items())],
        "problems": [
            {"code": p.code, "subject": p.subject, "detail": p.detail, "where": p.where}
            for p in (*estate.problems, *problems(estate))
        ],
        "lint": [
            {"code": f.code, "component": f.component, "facts": list(f.facts), "params": dict(f.params)}
            for f in lint(estate)
        ],
        "not_collected": missing[ABSENT],
        "denied": missing[DENIED],
        "not_modelled": dict(estate.coverage.not_modelled),
    }


def _gaps(estate: Estate) -> list[tuple[str, Scope, str]]:
    """(kind, scope, denied or absent) for everything a snapshot could hold and does not say."""
    states = estate.coverage.states
    if estate.coverage.complete:
        return []
    scopes = sorted({scope for scope, _ in states if scope.region}) or [Scope()]
    out: list[tuple[str, Scope, str]] = []
    for kind in KINDS:
        if kind.by_hand:
            continue
        collected = any(name == kind.name and state == COLLECTED for (_, name), state in states.items())
        for scope in scopes if kind.regional else scopes[:1]:
            state = states.get((scope, kind.name), COLLECTED if collected and not kind.regional else ABSENT)
            if state != COLLECTED:
                out.append((kind.name, scope if kind.regional else Scope(), state))
    return out


def render_inventory(found: dict[str, Any], *, lang: str, style: Style, limit: int) -> str:
    """The inventory for a person; at most ``limit`` oddities."""
    labels = Labels(None, lang)
    lines = [style(labels.text("cli.holds", (), source=found["source"] or "-", count=f"{found['count']:,}"), "bold")]

    def section(code: str) -> None:
        lines.extend(("", style(labels.text(code), "bold")))

    def more(rows: list[Any]) -> None:
        if len(rows) > limit:
            lines.append("  " + style(labels.text("cli.more", (), count=str(len(rows) - limit)), "dim"))

    section("cli.kinds")
    rows = [(kind.replace("_", " "), f"{count:,}") for kind, count in found["kinds"].items()]
    lines.extend(table(rows, style, right=frozenset((1,))))
    if len(found["scopes"]) > 1 or any(s["account"] or s["region"] for s in found["scopes"]):
        section("cli.scopes")
        places = [(s["account"] or "-", s["region"] or "-", f"{s['count']:,}") for s in found["scopes"]]
        lines.extend(table(places, style, right=frozenset((2,))))
    if found["problems"]:
        section("cli.problems")
        for problem in found["problems"][:limit]:
            told = labels.text(problem["code"], (), subject=problem["subject"], detail=problem["detail"])
            where = f"  {problem['where']}" if problem["where"] else ""
            for i, line in enumerate(wrap(told + where, style.width - 4)):
                lines.append(("  " + style("!", "odd") + " " if not i else "    ") + line)
        more(found["problems"])
    if found["lint"]:
        section("cli.lint")
        for row in found["lint"][:limit]:
            told = labels.text(row["code"], tuple(row["params"].items()))
            for i, line in enumerate(wrap(told, style.width - 4)):
                lines.append(("  " + style("!", "odd") + " " if not i else "    ") + line)
        more(found["lint"])
    for code, key in (("cli.denied", "denied"), ("cli.not_collected", "not_collected")):
        if found[key]:
            section(code)
            kinds: dict[str, list[str]] = {}
            for row in found[key]:
                where = "/".join(part for part in (row["account"], row["region"]) if part)
                kinds.setdefault(row["kind"].replace("_", " "), []).append(where)
            everywhere = len(found["scopes"])
            entries = [
                kind if len(places) >= everywhere or not any(places) else f"{kind} ({', '.join(filter(None, places))})"
                for kind, places in kinds.items()
            ]
            lines.extend("  " + line for line in wrap(", ".join(entries), style.width - 2))
    if found["not_modelled"]:
        section("cli.not_modelled")
        entries = [f"{key} {count:,}" for key, count in found["not_modelled"].items()]
        lines.extend("  " + line for line in wrap(", ".join(entries), style.width - 2))
    if found["complete"]:
        lines.extend(("", style(labels.text("cli.complete"), "dim")))
    return "".join(f"{line}\n" for line in lines)
