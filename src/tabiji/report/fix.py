"""Fixes as a person reads them, each with its reason and how it was checked, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from ..estate import Estate
from ..findings.finding import BLOCKER, UNKNOWN, Finding, Fix
from ..journey.command import CommandJourney
from ..journey.model import BLOCKED, REACHABLE, Journey, Path
from ..packet.address import format_address
from .json import finding_document, fix_document, journey_document
from .labels import Labels
from .terminal import Style
from .text import VERDICTS, Report, asked_service, finding_params, overlay_yaml, service

VERSION = 1
Told = Journey | CommandJourney


class Offered(msgspec.Struct, frozen=True):
    """A fix and the same question over the estate its overlay makes; None where no overlay can say it."""

    fix: Fix
    after: Told | None

    @property
    def holds(self) -> bool:
        """Does the overlay, laid over the estate, make it work?"""
        return self.after is not None and self.after.verdict == REACHABLE


def render_fixes(
    told: Told, offered: Sequence[Offered], *, estate: Estate, lang: str, style: Style, forward_only: bool = False
) -> str:
    """The report, ending in a newline."""
    report = _Fixes(Labels(estate, lang), style, False)
    report.all(told, offered, forward_only)
    return "\n".join(report.lines) + "\n"


def decisive(told: Told) -> Journey | None:
    """The journey that says what stops it: of a command that of the first call that fails."""
    if isinstance(told, Journey):
        return told
    entry = told.decisive
    if entry is None:
        return None
    ways = [journey for journey in (entry.journey, entry.onward) if journey is not None]
    return next((journey for journey in ways if journey.verdict == BLOCKED), ways[0] if ways else None)


def reasons(fix: Fix) -> list[Finding]:
    """What the fix, or each of its steps, lifts."""
    out: list[Finding] = []
    for step in fix.steps or (fix,):
        if step.lifts is not None and step.lifts not in out:
            out.append(step.lifts)
    return out


def way_of(told: Told) -> Path | None:
    """A path of the last journey that works."""
    journey = told if isinstance(told, Journey) else told.calls[-1].onward or told.calls[-1].journey
    if journey is None:
        return None
    return next((path for path in journey.paths if path.verdict == REACHABLE), None)


class _Fixes(Report):
    def all(self, told: Told, offered: Sequence[Offered], forward_only: bool) -> None:
        source = self.style(told.vantage.label, "bold")
        if isinstance(told, Journey):
            self.lines.append(f"{source} → {self.style(told.request.text, 'bold')}")
            self.blank()
            self.verdict(told, self._what(told), forward_only)
        else:
            self.lines.append(f"{source} $ {self.style(told.title, 'bold')}")
            self.blank()
            self.command(told)
        stopped = decisive(told)
        if told.verdict == REACHABLE:
            self.wrapped(self.say("fix.report.nothing"), 2)
            return
        if stopped is not None:
            # The steps a finding points into are not shown here.
            found = list(dict.fromkeys(msgspec.structs.replace(f, hop=0) for f in stopped.findings))
            self.findings("report.blockers", [f for f in found if f.severity == BLOCKER])
            self.findings("report.unknowns", [f for f in found if f.severity == UNKNOWN])
        if not offered:
            self.blank()
            self.wrapped(self.say("fix.report.none"), 2)
            return
        for number, row in enumerate(offered, 1):
            self.offer(number, row)

    def _what(self, told: Journey) -> str:
        return service(told.paths[0].packet) if told.paths else asked_service(told)

    def command(self, told: CommandJourney) -> None:
        from .command import api_name

        mark, dress = VERDICTS.get(told.verdict, ("?", "odd"))
        entry, code = told.decisive, f"command.{told.verdict}"
        params = {"title": told.title, "source": told.vantage.label}
        if entry is not None and told.verdict != REACHABLE:
            params |= {"number": str(told.calls.index(entry) + 1), "api": api_name(entry)}
        elif told.verdict == BLOCKED:
            code = "command.refused"
        self.wrapped(self.say(code, **params), 2, dress, lead=mark, lead_dress=dress)

    def offer(self, number: int, row: Offered) -> None:
        fix = row.fix
        self.heading(self.say("fix.report.number", number=str(number)))
        self.wrapped(self.labels.text(fix.code, fix.params), 4, lead="→", lead_dress="good")
        for step in fix.steps:
            self.wrapped(self.labels.text(step.code, step.params), 6, lead="-")
        for finding in reasons(fix):
            why = self.labels.text(finding.code, finding_params(finding))
            self.wrapped(f"{self.say('fix.report.because')} {why}", 4, "dim")
        self.part("fix.report.cli", "\n".join(fix.cli))
        self.part("report.terraform", fix.terraform)
        self.part("report.overlay", overlay_yaml(fix.overlay) if fix.overlay is not None else "")
        self.checked(row)

    def part(self, title: str, text: str) -> None:
        if text:
            self.lines.append("    " + self.style(self.say(title), "dim"))
            self.lines.extend("      " + line for line in text.splitlines())

    def checked(self, row: Offered) -> None:
        if row.after is None or not row.holds:
            self.wrapped(self.say("fix.report.unchecked"), 4, lead="?", lead_dress="odd")
            return
        path = way_of(row.after)
        if path is None:
            self.wrapped(self.say("report.fix_verified"), 4, lead="✓", lead_dress="good")
            return
        places = dict.fromkeys(self.labels.label(h.place.id) for h in path.hops if h.leg == "forward" and h.place.id)
        text = self.say("fix.report.checked", address=format_address(path.destination), way=" → ".join(places))
        self.wrapped(text, 4, lead="✓", lead_dress="good")


def fixes_document(
    told: Told, offered: Sequence[Offered], *, estate: Estate, lang: str, written: dict[str, Any] | None
) -> dict[str, Any]:
    """The same as data (``docs/fix.md``)."""
    labels = Labels(estate, lang)
    stopped = decisive(told)
    return {
        "version": VERSION,
        "kind": "fix",
        "lang": lang,
        "verdict": told.verdict,
        "from": told.vantage.label,
        "asked": told.request.text if isinstance(told, Journey) else told.title,
        "journey": None
        if stopped is None
        else journey_document(msgspec.structs.replace(stopped, fixes=()), estate=estate, lang=lang),
        "fixes": [
            {
                "number": number,
                **fix_document(row.fix, labels),
                "because": [finding_document(finding, labels) for finding in reasons(row.fix)],
                "after": None if row.after is None else _after(row.after),
            }
            for number, row in enumerate(offered, 1)
        ],
        "written": written,
    }


def _after(told: Told) -> dict[str, Any]:
    path = way_of(told)
    hops = [hop for hop in path.hops if hop.leg == "forward" and hop.place.id] if path is not None else []
    return {
        "verdict": told.verdict,
        "address": None if path is None else format_address(path.destination),
        "through": list(dict.fromkeys(hop.place.id for hop in hops)),
    }
