"""A command or a job as a person reads it: its calls in order, then the one that decides."""

from __future__ import annotations

from typing import Any

from ..estate import Estate
from ..journey.command import CallJourney, CommandJourney
from ..journey.model import BLOCKED, REACHABLE, UNDETERMINED
from .json import journey_document
from .labels import Labels
from .terminal import Style, table, wrap
from .text import render_text

VERSION = 1
MARKS = {REACHABLE: ("✓", "good"), BLOCKED: ("✗", "bad"), UNDETERMINED: ("?", "odd")}


def api_name(entry: CallJourney) -> str:
    """``s3:PutObject``; method and path for what is no API call."""
    call = entry.call
    if call.service and call.operation:
        return f"{call.service}:{call.operation}"
    return call.service or f"{call.method} {call.path}"


def render_command(told: CommandJourney, *, estate: Estate, lang: str, style: Style, explain: bool = False) -> str:
    """The report, ending in a newline; with ``explain`` every call's journey, else only the decisive one's."""
    labels = Labels(estate, lang)
    lines = [f"{style(told.vantage.label, 'bold')} $ {style(told.title, 'bold')}", ""]
    if told.plan is not None:
        client = labels.text("command.client", (), client=told.plan.client, region=told.plan.region or "-")
        lines.append(f"{style(labels.text('command.calls'), 'bold')}  {style(client, 'dim')}")
    else:
        lines.append(style(labels.text("command.calls"), "bold"))
    rows = [_row(number, entry, labels, style) for number, entry in enumerate(told.calls, 1)]
    lines.extend(table(rows, style))
    if told.plan is not None:
        plan = told.plan
        if plan.reason is not None:
            lines += ["", *_why(labels.text("command.no_calls"), plan.reason, labels, style)]
        if plan.refusal is not None:
            lines += ["", *_why(labels.text("command.gives_up"), plan.refusal, labels, style)]
        if plan.warnings:
            lines += ["", style(labels.text("command.warnings"), "bold")]
            for warning in plan.warnings:
                lines += _why("", warning, labels, style)
    lines += ["", *_verdict(told, labels, style)]
    shown = told.calls if explain else (told.decisive,) if told.decisive is not None else ()
    for entry in shown:
        for journey in (entry.journey, entry.onward):
            if journey is None:
                continue
            number = str(told.calls.index(entry) + 1)
            rule = style("─" * style.width, "dim")
            lines += ["", rule, style(labels.text("command.this_call", (), number=number, api=api_name(entry)), "bold")]
            text = render_text(journey, estate=estate, lang=lang, explain=explain, style=style)
            lines += ["", *text.rstrip("\n").split("\n")]
    return "\n".join(lines) + "\n"


def _row(number: int, entry: CallJourney, labels: Labels, style: Style) -> tuple[str, ...]:
    call = entry.call
    mark, dress = MARKS[entry.verdict]
    addresses = ""
    if entry.journey is not None and entry.journey.resolution is not None:
        addresses = ", ".join(entry.journey.resolution.addresses())
    told = call.authority if call.host else labels.text("command.unknown_host")
    if call.via_proxy:
        told += f" ({labels.text('command.via_proxy', (), proxy=call.via_proxy)})"
    elif addresses:
        told += f" → {addresses}"
    purpose = labels.text(f"command.purpose.{call.purpose}")
    if call.optional:
        purpose += f" ({labels.text('command.optional')})"
    times = f" ×{call.times}" if call.times > 1 else ""
    return (f"{style(mark, dress)} {number}", purpose, api_name(entry) + times, told, _code(entry))


def _code(entry: CallJourney) -> str:
    """The finding that settled a call that does not work."""
    for journey in (entry.onward, entry.journey):
        if journey is None or journey.verdict == REACHABLE:
            continue
        for severity in ("blocker", "unknown"):
            found = next((f.code for f in journey.findings if f.severity == severity), "")
            if found:
                return found
    return ""


def _why(lead: str, why: Any, labels: Labels, style: Style) -> list[str]:
    text = " ".join(filter(None, (lead, labels.text(why.code, why.params))))
    return ["  " + line for line in wrap(text, style.width - 2)]


def _verdict(told: CommandJourney, labels: Labels, style: Style) -> list[str]:
    mark, dress = MARKS[told.verdict]
    entry = told.decisive
    params = {"title": told.title, "source": told.vantage.label}
    code = f"command.{told.verdict}"
    if entry is not None and told.verdict != REACHABLE:
        params |= {"number": str(told.calls.index(entry) + 1), "api": api_name(entry)}
    elif told.verdict == BLOCKED:
        code = "command.refused"
    lines = wrap(labels.text(code, (), **params), style.width - 2)
    return [
        style(mark, dress) + " " + style(line, dress) if not i else "  " + style(line, dress)
        for i, line in enumerate(lines)
    ]


def command_document(told: CommandJourney, *, estate: Estate, lang: str) -> dict[str, Any]:
    """The same as data (``docs/json.md``)."""
    return {
        "version": VERSION,
        "kind": "command",
        "lang": lang,
        "title": told.title,
        "verdict": told.verdict,
        "client": told.plan.client if told.plan is not None else None,
        "region": told.plan.region if told.plan is not None else None,
        "refusal": told.plan.refusal.code if told.plan is not None and told.plan.refusal is not None else None,
        "warnings": [w.code for w in told.plan.warnings] if told.plan is not None else [],
        "calls": [
            {
                "purpose": entry.call.purpose,
                "service": entry.call.service,
                "operation": entry.call.operation,
                "method": entry.call.method,
                "url": entry.call.url if entry.call.host else None,
                "via_proxy": entry.call.via_proxy or None,
                "optional": entry.call.optional,
                "times": entry.call.times,
                "verdict": entry.verdict,
                "journey": None if entry.journey is None else journey_document(entry.journey, estate=estate, lang=lang),
                "onward": None if entry.onward is None else journey_document(entry.onward, estate=estate, lang=lang),
            }
            for entry in told.calls
        ],
    }
