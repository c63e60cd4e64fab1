"""An answer and how it came about, for a person."""

from __future__ import annotations

from collections.abc import Sequence

from ..names.answer import NOERROR, Answer, ResourceRecord
from .labels import Labels
from .terminal import Style, cells, wrap

WIDTH = 10
"""Columns of the record type and its indent."""


def answer_lines(
    answers: Sequence[Answer], counts: Answer | None, asked: str, labels: Labels, style: Style, explain: bool
) -> list[str]:
    """Every question's outcome, and the chain of the one that counts (of all, when explaining).

    ``asked`` is the name the heading shows; other names stand in their lines.
    """
    lines: list[str] = []
    for answer in answers:
        decisive = answer is counts or answer == counts or len(answers) == 1
        lines.extend(_outcome(answer, asked, labels, style, dim=not decisive))
        if decisive or explain:
            lines.extend(chain_lines(answer, labels, style, explain))
    return lines


def _outcome(answer: Answer, asked: str, labels: Labels, style: Style, *, dim: bool) -> list[str]:
    kind = f"  {answer.type}".ljust(WIDTH)
    name = answer.name.removesuffix(".")
    types = answer.type.split("+")
    records = [r for r in answer.answer if r.type in types]
    aliases = [r.rdata.removesuffix(".") for r in answer.answer if r.type == "CNAME"]
    if records:
        value = ", ".join(r.rdata for r in records)
        if aliases:
            value = " → ".join((*aliases, value))
    elif answer.unknown:
        value = "?" if dim else labels.text("report.unknown", (), reason=answer.unknown)
    elif answer.rcode == NOERROR:
        value = labels.text("report.no_data", (), type=answer.type)
    else:
        value = answer.rcode
    if answer.choice:
        value += f"  ({labels.text('report.candidates', (), reason=answer.choice)})"
    if answer.elapsed >= 1:
        value += f"  ({labels.text('report.waits', (), seconds=f'{answer.elapsed:g}')})"
    told = f"{name}  {value}" if name.lower() != asked.lower().rstrip(".") else value
    dress = ("dim",) if dim else ("bold",) if records else ("odd",) if answer.unknown else ("bad",)
    out = []
    for i, line in enumerate(wrap(told, max(20, style.width - WIDTH))):
        out.append((style(kind, "dim") if not i else " " * WIDTH) + style(line, *dress))
    if answer.unknown and records:
        told = labels.text("report.unknown", (), reason=answer.unknown)
        out.extend(" " * WIDTH + style(line, "odd") for line in wrap(told, max(20, style.width - WIDTH)))
    return out


def chain_lines(answer: Answer, labels: Labels, style: Style, explain: bool, indent: int = WIDTH) -> list[str]:
    """Who was asked and who decided, one line a station."""
    out: list[str] = []
    if answer.from_hosts_file and not answer.chain:
        out.append(" " * indent + style(labels.text("report.hosts_file"), "dim"))
    for i, step in enumerate(answer.chain):
        values = {"component": step.component, "name": answer.name, "type": answer.type, "server": answer.server}
        values.update(step.params)
        told = labels.text(step.code, tuple(values.items())) if step.code else labels.value(step.component)
        told = " ".join(told.split())
        if explain and step.facts:
            told += f"  [{' '.join(step.facts)}]"
        last = i == len(answer.chain) - 1
        lead = "└ " if last else "├ "
        for k, line in enumerate(wrap(told, max(20, style.width - indent - 2))):
            head = lead if not k else "  " if last else "│ "
            out.append(" " * indent + style(head, "dim") + (line if last else style(line, "dim")))
    return out


def render_answers(
    answers: Sequence[Answer],
    *,
    labels: Labels,
    style: Style,
    explain: bool = False,
    short: bool = False,
    chain: bool = True,
) -> str:
    """Answers as records and then, if ``chain``, who gave them; ``short``: only the data of the records."""
    lines: list[str] = []
    for answer in answers:
        if short:
            lines.extend(record.rdata for record in answer.answer)
            continue
        if lines:
            lines.append("")
        lines.append(style(f"{answer.name} {answer.type}", "bold") + "  " + _rcode(answer, style))
        lines.extend(_records(answer.answer))
        if chain:
            lines.extend(explain_lines(answer, labels, style, facts=explain))
    return "".join(f"{line}\n" for line in lines)


def explain_lines(answer: Answer, labels: Labels, style: Style, *, facts: bool = True) -> list[str]:
    """How an answer came about: what is uncertain in it, then who was asked and who decided."""
    lines: list[str] = []
    if answer.choice:
        lines.append("  " + style(labels.text("report.candidates", (), reason=answer.choice), "odd"))
    if answer.unknown:
        lines.append("  " + style(labels.text("report.unknown", (), reason=answer.unknown), "odd"))
    lines.extend(chain_lines(answer, labels, style, facts, indent=2))
    return lines


def _rcode(answer: Answer, style: Style) -> str:
    return style(answer.rcode, "good" if answer.rcode == NOERROR and answer.answer else "odd")


def _records(records: Sequence[ResourceRecord]) -> list[str]:
    if not records:
        return []
    wide = max(cells(r.name) for r in records)
    return [f"  {r.name.ljust(wide)}  {r.ttl:>5}  {r.type:<5}  {r.rdata}" for r in records]


def answer_document(answer: Answer, labels: Labels) -> dict[str, object]:
    """An answer as JSON holds it (``docs/json.md``)."""
    return {
        "name": answer.name,
        "type": answer.type,
        "rcode": answer.rcode,
        "records": [_record(r) for r in answer.answer],
        "authority": [_record(r) for r in answer.authority],
        "server": answer.server,
        "from_hosts_file": answer.from_hosts_file,
        "unknown": labels.value(answer.unknown),
        "choice": answer.choice,
        "waits_seconds": answer.elapsed,
        "chain": [
            {
                "kind": step.kind,
                "component": step.component,
                "name": labels.name(step.component),
                "code": step.code,
                "params": dict(step.params),
                "text": labels.text(step.code, step.params, component=step.component) if step.code else "",
                "facts": list(step.facts),
            }
            for step in answer.chain
        ],
    }


def _record(record: ResourceRecord) -> dict[str, object]:
    return {"name": record.name, "type": record.type, "ttl": record.ttl, "data": record.rdata}
