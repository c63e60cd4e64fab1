"""An explained browser session as a person reads it, and as JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ..findings.finding import BLOCKER, UNKNOWN, WARNING, Finding
from ..journey.model import REACHABLE
from ..observe.har import outcome as ends
from ..observe.har.call import DIRECT, PROXIED, Call
from ..observe.har.explain import OPEN, YES, Diagnosis, Trouble
from .json import finding_document, fix_document, journey_document
from .labels import Labels
from .page import Page
from .terminal import Style, cells, pad

VERSION = 1
ROWS = 12
"""Failed calls shown of a screen; all of them are in the JSON."""
SCREENS = 20
TROUBLES = 40
WORKED = frozenset((ends.OK, ends.CANCELLED))
STATES = {YES: ("✗", "bad"), OPEN: ("?", "odd")}


def render_har(told: Diagnosis, labels: Labels, style: Style | None = None, *, explain: bool = False) -> str:
    """The report, ending in a newline; ``explain`` adds the facts and shows everything."""
    report = _Report(told, labels, style or Style(), explain)
    report.all()
    return "\n".join(report.lines) + "\n"


def saw(call: Call, labels: Labels) -> str:
    """How a call ended, in a few words."""
    text = labels.text(
        f"har.saw.{call.outcome}", error=call.error, status=str(call.status or ""), aws_error=call.aws_error
    ).strip()
    return f"{text}, {call.time / 1000:.1f} s" if call.time >= 1000 and call.outcome not in WORKED else text


class _Report(Page):
    def __init__(self, told: Diagnosis, labels: Labels, style: Style, explain: bool) -> None:
        super().__init__(style)
        self.told, self.labels, self.explain = told, labels, explain
        self.say = labels.text

    def all(self) -> None:
        session = self.told.session
        calls = session.calls
        head = self.say(
            "har.title", entries=str(session.entries), calls=str(len(calls)), failed=str(len(session.failed)),
            direct=str(sum(c.kind == DIRECT for c in calls)), proxied=str(sum(c.kind == PROXIED for c in calls)),
        )  # fmt: skip
        self.wrapped(" · ".join(part for part in (session.file, session.browser, head) if part), 0)
        self.screens()
        self.why()
        self.mendings()
        self.findings("har.trail", self.told.trail)
        self.findings("har.notes", self.told.notes)
        self.lines.append("")
        self.verdict()

    # Screens.

    def screens(self) -> None:
        session = self.told.session
        by_page: dict[str, list[Call]] = {page.id: [] for page in session.pages}
        for call in session.calls:
            by_page.setdefault(call.page, []).append(call)
        titles = {page.id: page.title for page in session.pages}
        shown = [(page, calls) for page, calls in by_page.items() if calls]
        shown.sort(key=lambda item: not any(c.outcome not in WORKED for c in item[1]))
        limit = len(shown) if self.explain else SCREENS
        for page, calls in shown[:limit]:
            failed = [c for c in calls if c.outcome not in WORKED]
            code = "har.screen.failed" if failed else "har.screen.ok"
            rest = self.say(code, failed=str(len(failed)), calls=str(len(calls)))
            self.heading(f"{self.say('har.screen')} {titles.get(page) or page or '-'}", rest)
            self.rows(failed)
            direct = sum(c.outcome in WORKED and c.kind == DIRECT for c in calls)
            proxied = sum(c.outcome in WORKED and c.kind == PROXIED for c in calls)
            if failed and direct + proxied:
                text = self.say("har.screen.worked", direct=str(direct), proxied=str(proxied))
                self.wrapped(text, 4, lead="✓", lead_dress="good")
        self.more(len(shown) - limit)

    def rows(self, failed: list[Call]) -> None:
        rows: dict[tuple[str, str, str], list[Call]] = {}
        for call in failed:
            rows.setdefault((call.label, call.host, call.outcome), []).append(call)
        limit = len(rows) if self.explain else ROWS
        texts = []
        for (label, host, _), calls in list(rows.items())[:limit]:
            times = f" ×{len(calls)}" if len(calls) > 1 else ""
            longest = max(calls, key=lambda c: c.time)
            texts.append((label + times, host, saw(longest, self.labels)))
        first = max((cells(row[0]) for row in texts), default=0)
        second = max((cells(row[1]) for row in texts), default=0)
        fits = all(8 + first + second + cells(end) <= self.style.width for _, _, end in texts)
        cross = self.style("✗", "bad")
        for label, host, end in texts:
            if fits:
                self.lines.append(f"  {cross} {pad(label, first)}  {self.style(pad(host, second), 'dim')}  {end}")
            else:
                self.lines.append(f"  {cross} {pad(label, first)}  {end}")
                self.lines.append("      " + self.style(host, "dim"))
        self.more(len(rows) - limit)

    def more(self, count: int) -> None:
        if count > 0:
            self.wrapped(self.say("har.more", count=str(count)), 4)

    # Causes.

    def why(self) -> None:
        if not self.told.troubles:
            return
        self.heading(self.say("har.why"))
        limit = len(self.told.troubles) if self.explain else TROUBLES
        for trouble in self.told.troubles[:limit]:
            mark, dress = STATES.get(trouble.state, ("?", "odd"))
            at = f":{trouble.port}" if trouble.port != 443 else ""
            count = self.say("har.calls", calls=str(len(trouble.calls)))
            line = f"{self.style(trouble.host + at, 'bold')}  {count}{_span(trouble)}"
            self.lines.append(f"  {self.style(mark, dress)} {line}")
            self.wrapped(f"{self.say('har.seen')}: {saw(max(trouble.calls, key=lambda c: c.time), self.labels)}", 6)
            self.predicted(trouble)
            if trouble.because is not None:
                self.wrapped(self.text(trouble.because), 6, lead="→")
        self.more(len(self.told.troubles) - limit)

    def predicted(self, trouble: Trouble) -> None:
        told = trouble.told
        if told is None or trouble.outcome in (ends.LNA, ends.THROTTLED, ends.BLOCKED_HERE):
            return
        legs = dict.fromkeys(f.leg for f in told.findings if f.severity == BLOCKER and told.verdict != REACHABLE)
        where = f" ({' / '.join(self.say(f'verdict.where.{leg}') for leg in legs)})" if legs else ""
        self.wrapped(f"{self.say('har.predicted')}: {self.say(f'verdict.word.{told.verdict}')}{where}", 6)
        seen: set[tuple[str, str]] = set()
        for finding in told.findings:
            key = (finding.code, finding.component)
            if finding.severity in (BLOCKER, UNKNOWN) and key not in seen and told.verdict != REACHABLE:
                seen.add(key)
                self.wrapped(self.text(finding), 8, lead="·", lead_dress="dim")

    def text(self, finding: Finding) -> str:
        from .text import finding_params

        params = finding.params if finding.code.startswith("har.") else finding_params(finding)
        text = self.labels.text(finding.code, params)
        return f"{text} [{' '.join(finding.facts)}]" if self.explain and finding.facts else text

    # Changes.

    def mendings(self) -> None:
        failed = str(len(self.told.session.failed))
        for i, mending in enumerate(self.told.mendings):
            self.heading(self.say("har.mends.also" if i else "har.mends"))
            fix = mending.fix
            self.wrapped(self.labels.text(fix.code, fix.params), 4, lead="→", lead_dress="good")
            for step in fix.steps:
                self.wrapped(self.labels.text(step.code, step.params), 6, lead="·", lead_dress="dim")
            for line in fix.cli:
                self.lines.append("    " + self.style(f"$ {line}", "cyan"))
            hosts = ", ".join(dict.fromkeys(mending.hosts))
            self.wrapped(self.say("har.mends.count", calls=str(mending.calls), failed=failed, hosts=hosts), 4)
            if fix.verified:
                self.wrapped(self.say("report.fix_verified"), 4)

    def findings(self, title: str, findings: tuple[Finding, ...]) -> None:
        if not findings:
            return
        self.heading(self.say(title))
        for finding in findings:
            mark, dress = ("!", "odd") if finding.severity == WARNING else ("·", "dim")
            self.wrapped(self.text(finding), 4, lead=mark, lead_dress=dress)

    def verdict(self) -> None:
        state = self.told.state
        still = sum(len(t.calls) for t in self.told.troubles if t.state != YES)
        text = self.say(f"har.verdict.{state}", failed=str(len(self.told.session.failed)), open=str(still))
        mark, dress = {"ok": ("✓", "good"), YES: ("✗", "bad")}.get(state, ("?", "odd"))
        self.wrapped(text, 2, lead=mark, lead_dress=dress)


def _span(trouble: Trouble) -> str:
    if not trouble.first:
        return ""
    first, last = _clock(trouble.first), _clock(trouble.last)
    return f", {first}" if first == last else f", {first}–{last}"


def _clock(moment: float) -> str:
    try:
        return datetime.fromtimestamp(moment, UTC).strftime("%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return "-"


# JSON -----------------------------------------------------------------------------------


def har_document(told: Diagnosis, labels: Labels) -> dict[str, Any]:
    """The whole diagnosis as plain data; ``docs/har.md`` describes it."""
    session = told.session
    return {
        "version": VERSION,
        "kind": "har",
        "lang": labels.lang,
        "file": session.file,
        "creator": session.creator,
        "browser": session.browser,
        "entries": session.entries,
        "unread": session.unread,
        "problems": list(session.problems),
        "kinds": session.kinds,
        "state": told.state,
        "pages": [{"id": page.id, "title": page.title} for page in session.pages],
        "calls": [_call(call, labels) for call in session.calls],
        "troubles": [_trouble(trouble, labels) for trouble in told.troubles],
        "fixes": [
            {"fix": fix_document(m.fix, labels), "hosts": list(dict.fromkeys(m.hosts)), "calls": m.calls}
            for m in told.mendings
        ],
        "cloudtrail": [finding_document(finding, labels) for finding in told.trail],
        "notes": [finding_document(finding, labels) for finding in told.notes],
        "journeys": [
            journey_document(walked, estate=labels.estate, lang=labels.lang) for walked in told.walked.values()
        ],
    }


def _call(call: Call, labels: Labels) -> dict[str, Any]:
    return {
        "entry": call.number,
        "page": call.page,
        "kind": call.kind,
        "method": call.method,
        "host": call.host,
        "port": call.port,
        "service": call.service,
        "region": call.region,
        "operation": call.operation,
        "path": call.path,
        "panel": call.panel,
        "status": call.status,
        "browser_error": call.error,
        "aws_error": call.aws_error,
        "address": call.address,
        "time_ms": round(call.time, 3),
        "outcome": call.outcome,
        "text": saw(call, labels),
        "preflight_merged": call.merged,
    }


def _trouble(trouble: Trouble, labels: Labels) -> dict[str, Any]:
    return {
        "host": trouble.host,
        "port": trouble.port,
        "kind": trouble.kind,
        "outcome": trouble.outcome,
        "state": trouble.state,
        "entries": [call.number for call in trouble.calls],
        "predicted": trouble.told.verdict if trouble.told else None,
        "reached_api": None if trouble.never_sent is None else not trouble.never_sent,
        "because": None if trouble.because is None else finding_document(trouble.because, labels),
    }
