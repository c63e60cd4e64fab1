"""Explained logs as a person reads them, and as JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from ..findings.finding import WARNING, Finding
from ..observe.logs.model import (
    CONTRADICTED,
    EXPLAINED,
    LOST,
    OPEN,
    Denial,
    Flow,
    LogReport,
    Told,
)
from ..packet.header import protocol_name
from .json import finding_document
from .labels import Labels
from .page import Page
from .terminal import Style, cells, pad

VERSION = 1
ROWS = 20
"""Groups shown under a heading unless ``--limit`` says otherwise."""
STATES = {CONTRADICTED: ("!", "odd"), LOST: ("✗", "bad"), EXPLAINED: ("✗", "bad"), OPEN: ("?", "odd")}
_ACCOUNT = re.compile(r"(?<![0-9A-Za-z])\d{12}(?![0-9A-Za-z])")
HIDDEN_ACCOUNT = "[account]"


def render_logs(
    told: LogReport, labels: Labels, style: Style | None = None, *, limit: int = ROWS, explain: bool = False
) -> str:
    """The report, ending in a newline; ``explain`` adds the facts."""
    report = _Text(told, labels, style or Style(), limit, explain)
    report.all()
    return "\n".join(report.lines) + "\n"


def without_accounts(document: Any) -> Any:
    """The text or plain data with account ids hidden."""
    if isinstance(document, str):
        return _ACCOUNT.sub(HIDDEN_ACCOUNT, document)
    if isinstance(document, list):
        return [without_accounts(item) for item in document]
    if isinstance(document, dict):
        return {name: without_accounts(value) for name, value in document.items()}
    return document


class _Text(Page):
    def __init__(self, told: LogReport, labels: Labels, style: Style, limit: int, explain: bool) -> None:
        super().__init__(style)
        self.told, self.labels, self.limit, self.explain = told, labels, limit, explain
        self.say = labels.text

    def all(self) -> None:
        self.title()
        for state in (CONTRADICTED, LOST, EXPLAINED, OPEN):
            self.flows(state, [row for row in self.told.flows if row.state == state])
        self.denials()
        self.talkers()
        self.notes()
        self.lines.append("")
        self.verdict()

    def title(self) -> None:
        count = self.told.count
        if count.flow_files:
            head = self.say(
                "logs.title.flows", files=_n(count.flow_files), records=_n(count.records),
                accepted=_n(count.accepted), rejected=_n(count.rejected),
            )  # fmt: skip
            self.wrapped(head + _span(count.first, count.last), 0)
        if count.trail_files:
            numbers = {"files": count.trail_files, "events": count.events, "denied": count.denied}
            self.wrapped(self.say("logs.title.trail", {k: _n(v) for k, v in numbers.items()}), 0)
        left = {name: getattr(count, name) for name in ("nodata", "skipdata", "other", "outside", "unreadable")}
        if any(left.values()):
            self.wrapped(self.say("logs.title.left", {k: _n(v) for k, v in left.items()}), 0)

    def flows(self, state: str, rows: Sequence[Told]) -> None:
        if not rows:
            return
        self.heading(self.say(f"logs.heading.{state}"), f"({len(rows)})")
        mark, dress = STATES[state]
        for row in rows[: self.limit]:
            flow = row.flow
            count = self.say("logs.records", records=_n(flow.records))
            title = f"{self.flow(flow)}  {count}{_span(flow.first, flow.last)}"
            self.wrapped(title, 4, lead=mark, lead_dress=dress)
            way = f" {self.say(f'logs.way.{flow.direction}')}" if flow.direction else ""
            seen = f"{flow.action} {self.labels.label(flow.interface) or '-'}{way} ({self.say(f'logs.leg.{flow.leg}')})"
            reason = f", reject-reason {flow.reason}" if flow.reason else ""
            self.wrapped(f"{self.say('logs.observed')}: {seen}{reason}", 6)
            self.because(row)
        self.more(len(rows) - self.limit)

    def because(self, row: Told | Denial) -> None:
        if isinstance(row, Told) and row.journey is not None:
            self.wrapped(f"{self.say('logs.predicted')}: {self.say(f'verdict.word.{row.journey.verdict}')}", 6)
        if row.because is not None:
            self.wrapped(self.text(row.because), 6, lead="→")
        for finding in row.findings:
            self.wrapped(self.text(finding), 8, lead="·", lead_dress="dim")
        for hint in row.hints if isinstance(row, Told) else ():
            self.wrapped(f"{self.say('logs.perhaps')}: {self.text(hint)}", 8, lead="·", lead_dress="dim")

    def flow(self, flow: Flow) -> str:
        """``client → server tcp 443``, with names, and how many are alike."""
        alike = [
            self.say(f"logs.members.{name}", count=_n(count), low=str(flow.low_port), high=str(flow.high_port))
            for name, count in (("clients", flow.clients), ("servers", flow.servers), ("ports", flow.ports))
            if count > 1
        ]
        ported = f" {flow.port}" if flow.protocol in (6, 17, 132) else ""
        text = f"{self.who(flow.client)} → {self.who(flow.server)} {protocol_name(flow.protocol)}{ported}"
        return text + (f" ({', '.join(alike)})" if alike else "")

    def who(self, address: str) -> str:
        name = name_of(self.labels, address)
        return f"{address} ({name})" if name else address

    def denials(self) -> None:
        rows = self.told.denials
        if not rows:
            return
        self.heading(self.say("logs.heading.denied"), f"({len(rows)})")
        for row in rows[: self.limit]:
            event = row.event
            mark, dress = STATES[row.state]
            end = f" · {self.labels.label(event.endpoint)}" if event.endpoint else ""
            who = f" · {self.who(event.address)}" if event.address else ""
            when = f", {row.first}" + (f"–{row.last}" if row.last != row.first else "") if row.first else ""
            count = self.say("logs.events", events=_n(row.events))
            head = f"{event.source or '-'}:{event.name or '-'} {event.error}{who}{end}  {count}{when}"
            self.wrapped(head, 4, lead=mark, lead_dress=dress)
            self.because(row)
        self.more(len(rows) - self.limit)

    def talkers(self) -> None:
        if not self.told.talkers:
            return
        self.heading(self.say("logs.heading.talkers"))
        names = [self.who(t.address) for t in self.told.talkers]
        width = max(map(cells, names))
        for name, row in zip(names, self.told.talkers, strict=True):
            numbers = {"records": row.records, "packets": row.packets, "interfaces": row.interfaces}
            self.lines.append(
                f"  {pad(name, width)}  {self.say('logs.talker', {k: _n(v) for k, v in numbers.items()})}"
            )

    def notes(self) -> None:
        if not self.told.notes:
            return
        self.heading(self.say("logs.heading.notes"))
        for note in self.told.notes:
            mark, dress = ("!", "odd") if note.severity == WARNING else ("·", "dim")
            self.wrapped(self.text(note), 4, lead=mark, lead_dress=dress)

    def more(self, count: int) -> None:
        if count > 0:
            self.wrapped(self.say("logs.more", count=_n(count)), 4)

    def text(self, finding: Finding) -> str:
        from .text import finding_params

        params = finding.params if finding.code.startswith("logs.") else finding_params(finding)
        text = self.labels.text(finding.code, params)
        if not self.explain:
            return text
        tail = " ".join(part for part in (finding.code, *finding.facts) if part)
        return f"{text} [{tail}]"

    def verdict(self) -> None:
        state = self.told.state
        if not self.told.count.understood:
            self.wrapped(self.say("logs.verdict.nothing"), 2, lead="?", lead_dress="odd")
            return
        states = [row.state for row in self.told.flows] + [row.state for row in self.told.denials]
        text = self.say(
            f"logs.verdict.{state}",
            refused=_n(sum(s in (EXPLAINED, LOST) for s in states)),
            contradicted=_n(states.count(CONTRADICTED)),
            open=_n(states.count(OPEN) + self.told.count.unwalked),
        )
        mark, dress = {"ok": ("✓", "good"), EXPLAINED: ("✗", "bad")}.get(state, ("?", "odd"))
        self.wrapped(text, 2, lead=mark, lead_dress=dress)


def name_of(labels: Labels, address: str) -> str:
    """What an address is called in the estate: a host, an interface's owner; empty for nothing or several."""
    from ..request.parse import as_address

    estate, value = labels.estate, as_address(address)
    if estate is None or value is None:
        return ""
    owners = {owned[value] for owned in estate.eni_by_address.values() if value in owned}
    if len(owners) == 1:
        return labels.name(owners.pop())
    for hosts in estate.site_hosts.values():
        if value in hosts:
            return str(hosts[value])
    public = estate.public_addresses.get(value)
    return labels.name(public[0]) if public is not None and not owners else ""


def _n(number: int) -> str:
    return f"{number:,}"


def _span(first: int, last: int) -> str:
    if not first:
        return ""
    return f", {_clock(first)}" + (f"–{_clock(last)}" if last > first else "")


def _clock(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return str(seconds)


# JSON -----------------------------------------------------------------------------------


def logs_document(told: LogReport, labels: Labels, *, limit: int | None = None) -> dict[str, Any]:
    """Everything as plain data; ``docs/logs.md`` describes it.  ``limit`` bounds the groups of each list."""
    import msgspec

    return {
        "version": VERSION,
        "kind": "logs",
        "lang": labels.lang,
        "state": told.state,
        "count": msgspec.to_builtins(told.count),
        "flows": [_flow(row, labels) for row in told.flows[:limit]],
        "denials": [_denial(row, labels) for row in told.denials[:limit]],
        "talkers": [
            {
                "address": row.address,
                "name": name_of(labels, row.address),
                "records": row.records,
                "packets": row.packets,
                "interfaces": row.interfaces,
            }
            for row in told.talkers
        ],
        "notes": [finding_document(note, labels) for note in told.notes],
        "problems": [{"file": p.file, "line": p.line or None, "reason": p.reason} for p in told.problems],
    }


def _flow(row: Told, labels: Labels) -> dict[str, Any]:
    flow = row.flow
    ported = flow.protocol in (6, 17, 132)
    return {
        "state": row.state,
        "interface": flow.interface,
        "interface_name": labels.name(flow.interface),
        "direction": flow.direction or None,
        "leg": flow.leg,
        "client": flow.client,
        "client_name": name_of(labels, flow.client),
        "server": flow.server,
        "server_name": name_of(labels, flow.server),
        "protocol": protocol_name(flow.protocol),
        "port": flow.port if ported else None,
        "action": flow.action,
        "reject_reason": flow.reason or None,
        "records": flow.records,
        "packets": flow.packets,
        "bytes": flow.bytes,
        "first": _clock(flow.first) if flow.first else None,
        "last": _clock(flow.last) if flow.last else None,
        "clients": flow.clients,
        "servers": flow.servers,
        "ports": flow.ports,
        "low_port": flow.low_port if ported else None,
        "high_port": flow.high_port if ported else None,
        "predicted": row.journey.verdict if row.journey else None,
        "because": None if row.because is None else finding_document(row.because, labels),
        "findings": [finding_document(finding, labels) for finding in row.findings],
        "hints": [finding_document(finding, labels) for finding in row.hints],
    }


def _denial(row: Denial, labels: Labels) -> dict[str, Any]:
    event = row.event
    return {
        "state": row.state,
        "service": event.source,
        "operation": event.name,
        "region": event.region,
        "error": event.error,
        "policy": event.policy or None,
        "explicit": event.explicit,
        "address": event.address or None,
        "endpoint": event.endpoint or None,
        "network_activity": event.network,
        "events": row.events,
        "first": row.first or None,
        "last": row.last or None,
        "predicted": row.journey.verdict if row.journey else None,
        "because": None if row.because is None else finding_document(row.because, labels),
        "findings": [finding_document(finding, labels) for finding in row.findings],
    }
