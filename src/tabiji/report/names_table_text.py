"""A table of names for a person, and as JSON (``docs/json.md``)."""

from __future__ import annotations

from collections.abc import Sequence

from .labels import Labels
from .names_asked import Viewpoint
from .names_cell import ENDPOINT, OTHER, PUBLIC, UNKNOWN, Cell, Reason, undetermined
from .names_table import Row, Table
from .terminal import Style, cells, pad, wrap

MOST = 20
"""Lines of a section without --explain."""
MARKS = {"reachable": ("✓", "good"), "blocked": ("✗", "bad"), "undetermined": ("?", "odd")}


def render_table(table: Table, *, labels: Labels, style: Style, explain: bool = False) -> str:
    """What looks wrong, then the answers, then what each endpoint is used for."""
    told = {"names": len(table.rows), "places": len(table.viewpoints), "wrong": table.wrong, "unknown": table.unknown}
    title = labels.text("names_table.title", (), **{key: f"{value:,}" for key, value in told.items()})
    lines = [style(title, "bold")]
    lines += _complaints(table, labels, style, explain)
    lines += _answers(table, labels, style, explain)
    lines += _endpoints(table, labels, style)
    return "".join(f"{line}\n" for line in lines)


# What looks wrong ------------------------------------------------------------------------------------------------


def _complaints(table: Table, labels: Labels, style: Style, explain: bool) -> list[str]:
    wrong: dict[str, list[tuple[str, str]]] = {}
    doubt: dict[str, list[tuple[str, str]]] = {}
    for row in table.rows:
        for viewpoint, cell in zip(table.viewpoints, row.cells, strict=True):
            for reason in cell.wrong:
                wrong.setdefault(reason_text(reason, labels, explain), []).append((row.asked.name, viewpoint.label))
            if undetermined(cell):
                doubt.setdefault(_doubt(cell, row.asked.name, labels), []).append((row.asked.name, viewpoint.label))
    lines: list[str] = []
    for code, mark, found in (("names_table.wrong", "✗", wrong), ("names_table.not_known", "?", doubt)):
        if found:
            lines += ["", style(labels.text(code), "bold")]
            lines += _grouped(found, style(mark, "bad" if mark == "✗" else "odd"), labels, style, explain)
    return lines


def _grouped(
    found: dict[str, list[tuple[str, str]]], mark: str, labels: Labels, style: Style, explain: bool
) -> list[str]:
    """One entry a complaint: the names and places it is about, then what it says."""
    lines: list[str] = []
    rest = 0
    for text, where in found.items():
        if len(lines) >= MOST and not explain:
            rest += 1
            continue
        names = list(dict.fromkeys(name for name, _ in where))
        places = list(dict.fromkeys(place for _, place in where))
        head = labels.text("names_table.of", (), name=_some(names, explain), places=_some(places, explain))
        told = wrap(f"{head}: {text}", style.width - 4)
        lines += [f"  {mark} {told[0]}", *(f"    {line}" for line in told[1:])]
    if rest:
        lines.append("  " + style(labels.text("cli.more", (), count=str(rest)), "dim"))
    return lines


def _some(texts: Sequence[str], explain: bool, most: int = 3) -> str:
    if explain or len(texts) <= most:
        return ", ".join(texts)
    return f"{', '.join(texts[:most])} +{len(texts) - most}"


def reason_text(reason: Reason, labels: Labels, explain: bool = False) -> str:
    """What looks wrong, what is behind it, and with ``explain`` the facts."""
    params = {key: _plain(value) for key, value in reason.params}
    told = labels.text(reason.code, params)
    if reason.cause:
        told += f" ({labels.text(reason.cause)})"
    return f"{told}  [{' '.join(reason.facts)}]" if explain and reason.facts else told


def _plain(value: str) -> str:
    return "no address" if value == "NOERROR" else value or "?"


def _doubt(cell: Cell, name: str, labels: Labels) -> str:
    if cell.kind == UNKNOWN:
        return labels.value(cell.reason).replace(name, "…")
    return f"{cell.stopped.code} {cell.stopped.component}" if cell.stopped is not None else cell.connect


# The answers -----------------------------------------------------------------------------------------------------


def _answers(table: Table, labels: Labels, style: Style, explain: bool) -> list[str]:
    rows = [row for row in table.rows if explain or row.rank < 101 or any(c.kind != PUBLIC for c in row.cells)]
    lines = ["", style(labels.text("names_table.table"), "bold")]
    columns, alike = _merged(table.viewpoints, rows) if rows else ([], {})
    if rows:
        lines += _bands(table, rows, columns, alike, labels, style)
    for column in columns:
        if len(alike[column]) > 1:
            first, *others = [table.viewpoints[i].label for i in alike[column]]
            told = labels.text("names_table.alike", (), first=first, others=_some(others, explain, 6))
            lines += ["  " + style(line, "dim") for line in wrap(told, style.width - 2)]
    hidden = len(table.rows) - len(rows)
    if hidden:
        lines.append("  " + style(labels.text("names_table.rest", (), count=f"{hidden:,}"), "dim"))
    return lines


def _merged(viewpoints: Sequence[Viewpoint], rows: Sequence[Row]) -> tuple[list[int], dict[int, list[int]]]:
    """Columns to show, and for each the places that get the same everywhere."""
    seen: dict[tuple[object, ...], int] = {}
    alike: dict[int, list[int]] = {}
    for i, viewpoint in enumerate(viewpoints):
        key = tuple(
            (c.kind, c.endpoint, c.vpc == viewpoint.vpc, c.connect, bool(c.wrong), c.likely)
            for c in (row.cells[i] for row in rows)
        )
        alike.setdefault(seen.setdefault(key, i), []).append(i)
    return list(alike), alike


def _bands(
    table: Table, rows: Sequence[Row], columns: Sequence[int], alike: dict[int, list[int]], labels: Labels, style: Style
) -> list[str]:
    """The columns, with whole endpoint ids if there is room, and side by side as far as there is."""
    name_width = max(cells(row.asked.name) for row in rows)
    room = style.width - name_width - 4

    def texts(i: int, whole: bool) -> list[str]:
        return [_shown(row.cells[i], table.viewpoints[i], labels, whole) for row in rows]

    def head(i: int) -> str:
        more = len(alike[i]) - 1
        return table.viewpoints[i].label + (f" +{more}" if more else "")

    def width(i: int, whole: bool) -> int:
        return max(cells(text) for text in (head(i), *texts(i, whole))) + 2

    whole = sum(width(i, True) for i in columns) <= room
    lines: list[str] = []
    band: list[int] = []
    for i in (*columns, -1):
        if band and (i < 0 or sum(width(k, whole) for k in (*band, i)) > room):
            if lines:
                lines.append("")
            widths = [width(k, whole) for k in band]
            parts = [pad(head(k), w) for k, w in zip(band, widths, strict=True)]
            lines.append(("  " + " " * name_width + "  " + "".join(parts)).rstrip())
            shown = [texts(k, whole) for k in band]
            for number, row in enumerate(rows):
                line = f"  {pad(row.asked.name, name_width)}  "
                for k, column, w in zip(band, shown, widths, strict=True):
                    line += _dressed(row.cells[k], column[number], w, style)
                lines.append(line.rstrip())
            band = []
        band.append(i)
    return lines


def _shown(cell: Cell, viewpoint: Viewpoint, labels: Labels, whole: bool) -> str:
    mark = "✗" if cell.wrong else "?" if undetermined(cell) else MARKS[cell.connect][0] if cell.connect else " "
    kind = labels.text(f"names_table.kind.{cell.likely or cell.kind}")
    if cell.kind in (ENDPOINT, OTHER) and whole:
        kind = cell.endpoint
    elif cell.kind in (ENDPOINT, OTHER) and cell.vpc != viewpoint.vpc:
        kind = f"→ {labels.name(cell.vpc) or cell.vpc}"
    return f"{mark} {kind}"


def _dressed(cell: Cell, text: str, width: int, style: Style) -> str:
    dress = "bad" if cell.wrong else "odd" if undetermined(cell) else "good" if cell.kind == ENDPOINT else "dim"
    return style(text, dress) + " " * max(0, width - cells(text))


def _endpoints(table: Table, labels: Labels, style: Style) -> list[str]:
    if not table.endpoints:
        return []
    lines = ["", style(labels.text("names_table.endpoints"), "bold")]
    for endpoint, places in sorted(table.endpoints.items(), key=lambda item: (bool(item[1]), item[0])):
        if len(places) == len(table.viewpoints):
            who = labels.text("names_table.everybody")
        else:
            who = _some(places, False, 4) if places else style(labels.text("names_table.nobody"), "odd")
        lines.append(f"  {labels.label(endpoint)}: {who}")
    return lines


# JSON ------------------------------------------------------------------------------------------------------------


def table_document(table: Table, *, labels: Labels) -> dict[str, object]:
    """The whole table as data."""
    return {
        "version": 1,
        "kind": "names",
        "lang": labels.lang,
        "wrong": table.wrong,
        "unknown": table.unknown,
        "places": [
            {"label": v.label, "kind": v.kind, "vpc": v.vpc, "site": v.site, "resolver": v.resolver}
            for v in table.viewpoints
        ],
        "rows": [
            {
                "name": row.asked.name,
                "service": row.asked.tail,
                "service_name": row.asked.service_name,
                "region": row.asked.region,
                "confidence": row.asked.confidence,
                "cells": [_cell(cell, labels) for cell in row.cells],
            }
            for row in table.rows
        ],
        "endpoints": [{"id": i, "name": labels.name(i), "places": list(p)} for i, p in table.endpoints.items()],
    }


def _cell(cell: Cell, labels: Labels) -> dict[str, object]:
    stopped = cell.stopped
    return {
        "kind": cell.kind,
        "rcode": cell.rcode,
        "addresses": list(cell.addresses),
        "endpoint": cell.endpoint,
        "vpc": cell.vpc,
        "decided_by": cell.decided.component if cell.decided is not None else "",
        "unknown": labels.value(cell.reason),
        "likely": cell.likely,
        "connect": cell.connect,
        "connect_code": stopped.code if stopped is not None else "",
        "connect_component": stopped.component if stopped is not None else "",
        "wrong": [
            {
                "code": reason.code,
                "component": reason.component,
                "cause": reason.cause,
                "params": dict(reason.params),
                "text": reason_text(reason, labels),
                "facts": list(reason.facts),
            }
            for reason in cell.wrong
        ],
    }
