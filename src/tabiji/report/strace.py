"""What a traced program did, as text and as JSON: the few lines that matter out of thousands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..estate import Estate
from ..findings.catalogue import text
from ..journey.model import UNDETERMINED
from ..observe.beside import Compared, Stage
from ..observe.strace.model import CONNECTED, Connection, Lookup, Observation
from ..observe.strace.verdict import Destination, destinations, verdict
from .json import VERSION, finding_document, journey_document
from .labels import Labels
from .terminal import Style, cells, pad, wrap
from .text import finding_params

ROWS = 10
"""Rows shown without ``--explain``."""
_EIGHTHS = "▏▎▍▌▋▊▉█"
_WHY = {
    "NXDOMAIN": "strace.why.nxdomain",
    "NOERROR": "strace.why.no_data",
    "TIMEOUT": "strace.why.dns_silent",
    "CONNREFUSED": "strace.why.dns_refused",
    "UNREACHABLE": "strace.why.dns_unreachable",
}


class Row(NamedTuple):
    """One line of the report."""

    group: int
    kind: str
    text: str
    ok: bool | None
    start: float
    end: float
    times: int
    longest: float


def render_strace(
    seen: Observation,
    *,
    command: str,
    lang: str,
    style: Style,
    explain: bool = False,
    compared: Sequence[Compared] = (),
    source: str = "",
    estate: Estate | None = None,
    code: int | None = None,
) -> str:
    """The whole report; ``code`` is the command's exit code when it was run, else the log's own is shown."""

    def say(key: str, **params: str) -> str:
        return text(f"strace.{key}", params, lang)

    rows = rows_of(seen, lang)
    out = [style(_head(seen, command, code, say), "bold")]
    facts = [say("lines", lines=f"{seen.lines:,}", rows=str(sum(row.times for row in rows)))]
    if seen.malformed:
        facts.append(say("malformed", count=str(seen.malformed)))
    if seen.dropped:
        facts.append(say("dropped", count=str(seen.dropped)))
    out += [style("; ".join(facts), "dim"), ""]
    if not rows:
        out.append(say("empty"))
    shown = rows if explain else _most_telling(rows)
    out += _table(seen, shown, style, say)
    if len(shown) < len(rows):
        out.append(style("  " + say("more", count=str(len(rows) - len(shown))), "dim"))
    out += _surroundings(seen, style, say, explain)
    wrong = list(dict.fromkeys(line for place in destinations(seen) if place.ok is False for line in _why(place, lang)))
    if wrong:
        out += ["", style(say("wrong"), "bold")]
        for line in wrong:
            first, *rest = wrap(line, style.width - 4)
            out += [f"  {style('✗', 'bad')} {first}", *(f"    {more}" for more in rest)]
    if compared:
        out += ["", *beside_lines(compared, lang=lang, style=style, source=source, estate=estate)]
    return "\n".join(line.rstrip() for line in out) + "\n"


def _head(seen: Observation, command: str, code: int | None, say: Any) -> str:
    root = seen.processes[min(seen.processes, key=lambda p: seen.processes[p].started)] if seen.processes else None
    if code is not None:
        ended = say("exit", code=str(code))
    elif root is not None and root.signal:
        ended = say("killed", signal=root.signal)
    elif root is not None and root.exit is not None:
        ended = say("exit", code=str(root.exit))
    elif seen.calls:
        ended = say("running")
    else:
        return command
    if not seen.timed:
        return str(say("head_untimed", command=command, ended=ended))
    return str(say("head", command=command, ended=ended, seconds=f"{seen.end - seen.start:.2f}"))


# Rows -----------------------------------------------------------------------------


def rows_of(seen: Observation, lang: str) -> list[Row]:
    """Everything that happened, the same thing tried again on one row, in the order it began."""
    groups = {pid: process.group or pid for pid, process in seen.processes.items()}
    plain: list[Row] = []
    for found in _questions(seen.lookups):
        first = found[0]
        end = max(lookup.ended or lookup.started for lookup in found)
        good = None if any(not one.rcode for one in found) else any(one.ok for one in found)
        words = _lookup_text(found, lang)
        group = groups.get(first.pid, first.pid)
        plain.append(Row(group, "DNS", words, good, first.started, end, 1, end - first.started))
    for connection in seen.connections:
        plain += _connection_rows(connection, groups.get(connection.pid, connection.pid), lang)
    merged: dict[tuple[int, str, str], Row] = {}
    for row in sorted(plain, key=lambda row: row.start):
        key = (row.group, row.kind, row.text)
        before = merged.get(key)
        if before is not None:
            row = before._replace(
                end=max(before.end, row.end), times=before.times + 1, longest=max(before.longest, row.longest)
            )
        merged[key] = row
    return list(merged.values())


def _questions(lookups: Sequence[Lookup]) -> list[list[Lookup]]:
    """A and AAAA of one name asked together are one question."""
    out: list[list[Lookup]] = []
    for lookup in lookups:
        for found in reversed(out[-4:]):
            first = found[0]
            same = (first.name, first.pid, first.server) == (lookup.name, lookup.pid, lookup.server)
            if same and all(one.type != lookup.type for one in found) and lookup.started - first.started < 1.0:
                found.append(lookup)
                break
        else:
            out.append([lookup])
    return out


def _lookup_text(found: Sequence[Lookup], lang: str) -> str:
    first = found[0]
    name = first.name.rstrip(".") or "."
    types = "+".join(dict.fromkeys(lookup.type or "?" for lookup in found))
    aliases = [r.rdata.rstrip(".") for lookup in found for r in lookup.answer if r.type == "CNAME"]
    addresses = [address for lookup in found for address in lookup.addresses]
    answer = [*dict.fromkeys(aliases), ", ".join(dict.fromkeys(addresses))]
    if not addresses:
        codes = dict.fromkeys(lookup.rcode for lookup in found)
        words = [_no_address(code, lang) for code in codes]
        others = [
            r.rdata for lookup in found for r in lookup.answer if r.type not in ("A", "AAAA", "CNAME") and r.rdata
        ]
        answer[-1] = ", ".join(others or words)
    via = first.server if first.via == "dns" else first.via
    tail = [text("strace.asked", {"server": via + ("" if first.protocol != "tcp" else " (TCP)")}, lang)]
    if not all(lookup.whole for lookup in found) and any(lookup.rcode for lookup in found):
        tail.append(text("strace.cut", (), lang))
    attempts = max(lookup.attempts for lookup in found)
    times = f" ×{attempts}" if attempts > 1 else ""
    return f"{name} {types} → {' → '.join(part for part in answer if part)}{times} ({', '.join(tail)})"


def _no_address(rcode: str, lang: str) -> str:
    words = {"NOERROR": "strace.none", "TIMEOUT": "strace.no_name_answer", "": "strace.unanswered"}
    return text(words[rcode], (), lang) if rcode in words else rcode


def _connection_rows(connection: Connection, group: int, lang: str) -> list[Row]:
    place = _host_port(connection.address, connection.port)
    name = connection.name.rstrip(".")
    told_later = connection.tls is not None and connection.tls.name == name
    known = f" ({name})" if name and connection.name_from != "http" and not told_later else ""
    outcome = text(f"strace.{connection.outcome}", {"error": connection.error or "?"}, lang)
    end = connection.ended if connection.ended is not None else connection.started
    good = None if connection.outcome == "pending" else connection.outcome == CONNECTED
    kind = connection.protocol.upper()
    plain = connection.tls is None and not connection.http
    data = f"; {_data(connection, lang)}" if plain and connection.sent + connection.received else ""
    words = f"{place}{known} {outcome}{data}"
    if connection.ok is False and good and plain:
        good = False
    rows = [Row(group, kind, words, good, connection.started, end, 1, end - connection.started)]
    tls = connection.tls
    last = connection.last or end
    if tls is not None:
        key = f"tls_{tls.outcome or 'unknown'}" if tls.asked else "tls_unused"
        told = text(f"strace.{key}", {"alert": tls.alert}, lang)
        offered = f" [{', '.join(tls.protocols)}]" if tls.protocols else ""
        stop = max(tls.ended or tls.started, last)
        good = None if not tls.outcome else tls.outcome == "answered" and tls.asked
        words = f"{tls.name or place}{offered} {told}; {_data(connection, lang)}"
        rows.append(Row(group, "TLS", words, good, tls.started, stop, 1, stop - tls.started))
    for exchange in connection.http:
        status = str(exchange.status or "")
        words = f"{exchange.method} {exchange.host or place}{exchange.path} {'→ ' + status if status else ''}".rstrip()
        rows.append(Row(group, "HTTP", words, None if not status else True, end, last, 1, last - end))
    return rows


def _data(connection: Connection, lang: str) -> str:
    if not connection.received:
        return text("strace.sent", {"sent": _octets(connection.sent)}, lang)
    return text("strace.data", {"sent": _octets(connection.sent), "received": _octets(connection.received)}, lang)


def _octets(number: int) -> str:
    if number < 10_000:
        return f"{number:,} B"
    for unit in ("kB", "MB", "GB"):
        number_in = number / 1000 ** (("kB", "MB", "GB").index(unit) + 1)
        if number_in < 1000 or unit == "GB":
            return f"{number_in:.1f} {unit}"
    return ""


def _host_port(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _most_telling(rows: list[Row]) -> list[Row]:
    """The ten that matter: what failed before what worked, each in its place."""
    ranked = sorted(range(len(rows)), key=lambda i: (rows[i].ok is not False, i))[:ROWS]
    return [rows[i] for i in sorted(ranked)]


def _table(seen: Observation, rows: Sequence[Row], style: Style, say: Any) -> list[str]:
    marks = {True: style("✓", "good"), False: style("✗", "bad"), None: style("·", "dim")}
    span = max(seen.end - seen.start, 1e-9)
    bar_width = max(8, min(24, style.width // 5)) if seen.timed else 0
    out: list[str] = []
    group = None
    for row in rows:
        if row.group != group and len({r.group for r in rows}) > 1:
            group = row.group
            process = seen.processes.get(group)
            out.append(style(say("process", pid=str(group), command=process.command if process else ""), "bold"))
        lead = ""
        if seen.timed:
            bar = time_bar((row.start - seen.start) / span, (row.end - seen.start) / span, bar_width)
            colour = "red" if row.ok is False else "cyan"
            lead = f"{row.start - seen.start:8.3f} s ▕{style(bar, colour)}▏ "
        plain = 2 + 2 + (bar_width + 14 if seen.timed else 0)
        took = _seconds(row.longest) if seen.timed else ""
        times = f" ×{row.times}" if row.times > 1 else ""
        words = f"{row.text}{times}" + (f"  {took}" if took else "")
        first, *rest = wrap(words, max(24, style.width - plain - 6))
        out.append(f"  {marks[row.ok]} {lead}{pad(row.kind, 5)} {first}")
        out += [" " * (plain + 6) + more for more in rest]
    return out


def time_bar(start: float, end: float, width: int) -> str:
    """A bar over ``width`` columns for a span of the whole, both between 0 and 1; never empty."""
    low = max(0.0, min(1.0, start)) * width
    high = max(low, min(1.0, end) * width)
    first = min(int(low), width - 1)
    eighths = max(1, round((high - first) * 8)) if high - low >= 0.125 else 1
    full, part = divmod(eighths, 8)
    bar = "█" * full + (_EIGHTHS[part - 1] if part else "")
    return (" " * first + bar)[:width].ljust(width)


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.1f} ms"


def _surroundings(seen: Observation, style: Style, say: Any, explain: bool) -> list[str]:
    """Files, local sockets, and what this log cannot show."""
    lines: list[tuple[str, str]] = []
    read = list(dict.fromkeys(file.path for file in seen.files if file.found))
    absent = [path for path in dict.fromkeys(file.path for file in seen.files if not file.found) if path not in read]
    if read or (absent and explain):
        words = ", ".join(read)
        if absent and explain:
            words += ("; " if words else "") + say("absent", files=", ".join(absent))
        lines.append((say("files"), words))
    local = dict.fromkeys(
        f"{s.path}{f' ({s.error})' if s.error else ''}" for s in seen.sockets if explain or not s.error
    )
    if local:
        lines.append((say("sockets"), ", ".join(local)))
    out = [""] if lines else []
    for title, words in lines:
        first, *rest = wrap(words, style.width - cells(title) - 4)
        out += [f"  {style(title, 'dim')}  {first}", *(" " * (cells(title) + 4) + more for more in rest)]
    notes = []
    if seen.probes and explain:
        notes.append(say("probes", count=str(seen.probes)))
    if seen.calls and not seen.timed:
        notes.append(say("no_clock"))
    if any(c.protocol == "tcp" and c.outcome == CONNECTED for c in seen.connections):
        if not seen.writes_seen or not any(c.sent for c in seen.connections):
            notes.append(say("no_hello"))
        elif not any(c.received for c in seen.connections if c.protocol == "tcp") and explain:
            notes.append(say("no_reads"))
    return out + [style(f"  {note}", "dim") for note in notes]


def _why(place: Destination, lang: str) -> list[str]:
    """Sentences on a destination that failed."""
    out = []
    for lookup in place.lookups if not place.connections else ():
        if lookup.rcode and not lookup.addresses:
            code = _WHY.get(lookup.rcode, "strace.why.name")
            params = {"name": lookup.name.rstrip("."), "server": lookup.server, "rcode": lookup.rcode}
            out.append(text(code, params, lang))
    causes: dict[tuple[str, str], list[str]] = {}
    for connection in place.connections:
        kind, word = _cause(connection)
        if kind:
            causes.setdefault((kind, word), []).append(connection.address)
    name = _host_port(place.name, place.port)
    for (kind, word), addresses in causes.items():
        where = ", ".join(dict.fromkeys(address for address in addresses if address != place.name))
        params = {"place": f"{name} ({where})" if where else name, "error": word, "alert": word}
        out.append(text(f"strace.why.{kind}", params, lang))
    return out


def _cause(connection: Connection) -> tuple[str, str]:
    """Kind of failure and the word that goes with it; nothing when it did not fail."""
    if connection.ok is not False:
        return "", ""
    if connection.outcome != CONNECTED:
        return connection.outcome, connection.error
    tls = connection.tls
    if tls is not None and not tls.asked:
        return "tls_unused", ""
    if tls is not None and tls.outcome and tls.outcome != "answered":
        return f"tls_{tls.outcome}", tls.alert
    return ("broken", connection.broken) if connection.broken else ("silent", "")


# Beside the prediction -------------------------------------------------------------


def beside_lines(
    compared: Sequence[Compared], *, lang: str, style: Style, source: str, estate: Estate | None
) -> list[str]:
    """Each destination: what was observed, what the estate predicts, and where the two part."""
    labels = Labels(estate, lang)
    out = [style(text("strace.beside", {"source": source}, lang), "bold")]
    for one in compared:
        port = f":{one.observed.port}" if one.observed.port else ""
        host = f"[{one.observed.host}]" if ":" in one.observed.host else one.observed.host
        agree = one.told is not None and one.first is None and all(stage.same for stage in one.stages)
        note = style(text("strace.agree", (), lang), "good") if agree else ""
        out.append(f"  {host}{port}  {note}")
        if one.error:
            out.append(f"    · {text('strace.not_compared', {'reason': one.error}, lang)}")
        for i, stage in enumerate(one.stages):
            out += _stage_lines(stage, i == one.first, labels, style, lang)
    return out


def _stage_lines(stage: Stage, first: bool, labels: Labels, style: Style, lang: str) -> list[str]:
    marks = {True: style("=", "good"), False: style("≠", "bad"), None: style("·", "dim")}
    kind = text(f"strace.stage.{stage.kind}", (), lang)
    seen = text("strace.observed", {"observed": _word(stage.observed, lang)}, lang)
    told = text("strace.predicted", {"predicted": _word(stage.predicted, lang)}, lang)
    mark = "  ← " + style(text("strace.first_difference", (), lang), "bad") if first else ""
    out = [f"    {marks[stage.same]} {kind}: {seen}; {told}{mark}"]
    if stage.finding is not None and (first or stage.predicted != UNDETERMINED):
        words = labels.text(stage.finding.code, finding_params(stage.finding))
        out += [f"        {line}" for line in wrap(words, style.width - 8)]
    return out


def _word(words: str, lang: str) -> str:
    subject, _, last = words.rpartition(" ")
    if last in ("opened", "failed", "reachable", "blocked", "undetermined"):
        return text(f"strace.word.{last}", {"subject": subject}, lang).strip()
    return words


# JSON ------------------------------------------------------------------------------


def strace_document(
    seen: Observation,
    *,
    command: Sequence[str],
    lang: str,
    code: int | None = None,
    compared: Sequence[Compared] = (),
    estate: Estate | None = None,
) -> dict[str, Any]:
    """Everything observed as plain data; times are seconds since the log's first line."""

    def since(time: float | None) -> float | None:
        return round(time - seen.start, 6) if time is not None and seen.timed else None

    good = verdict(seen)
    return {
        "version": VERSION,
        "kind": "observation",
        "lang": lang,
        "command": list(command),
        "exit": code,
        "ok": good,
        "lines": seen.lines,
        "malformed": seen.malformed,
        "dropped": seen.dropped,
        "seconds": round(seen.end - seen.start, 6) if seen.timed else None,
        "processes": [
            {
                "pid": p.pid, "parent": p.parent or None, "group": p.group or p.pid, "command": p.command,
                "exit": p.exit, "signal": p.signal, "ended": since(p.ended),
            }
            for p in seen.processes.values()
        ],
        "lookups": [
            {
                "pid": one.pid, "name": one.name, "type": one.type, "server": one.server, "via": one.via,
                "protocol": one.protocol, "started": since(one.started), "ended": since(one.ended),
                "rcode": one.rcode or None, "attempts": one.attempts, "whole": one.whole,
                "answer": [{"name": r.name, "type": r.type, "ttl": r.ttl, "rdata": r.rdata} for r in one.answer],
            }
            for one in seen.lookups
        ],
        "connections": [
            {
                "pid": c.pid, "protocol": c.protocol, "address": c.address, "port": c.port, "name": c.name,
                "name_from": c.name_from or None, "started": since(c.started), "ended": since(c.ended),
                "closed": since(c.closed), "outcome": c.outcome, "error": c.error or None, "broken": c.broken or None,
                "sent": c.sent, "received": c.received, "ok": c.ok,
                "tls": None if c.tls is None else {
                    "name": c.tls.name, "protocols": list(c.tls.protocols), "started": since(c.tls.started),
                    "ended": since(c.tls.ended), "outcome": c.tls.outcome or None, "alert": c.tls.alert or None,
                    "asked": c.tls.asked,
                },
                "http": [
                    {"method": h.method, "host": h.host, "path": h.path, "status": h.status} for h in c.http
                ],
            }
            for c in seen.connections
        ],
        "files": [
            {"path": f.path, "pid": f.pid, "time": since(f.time), "found": f.found} for f in seen.files
        ],
        "sockets": [
            {"path": s.path, "pid": s.pid, "time": since(s.time), "error": s.error or None} for s in seen.sockets
        ],
        "address_sort_probes": seen.probes,
        "causes": [
            line for place in destinations(seen) if place.ok is False for line in _why(place, lang)
        ],
        "compared": [compared_document(one, lang=lang, estate=estate) for one in compared],
    }  # fmt: skip


def compared_document(one: Compared, *, lang: str, estate: Estate | None) -> dict[str, Any]:
    """One comparison as plain data, with the whole journey."""
    labels = Labels(estate, lang)
    return {
        "host": one.observed.host,
        "port": one.observed.port or None,
        "first_difference": one.first,
        "error": one.error or None,
        "stages": [
            {
                "kind": stage.kind,
                "observed": stage.observed,
                "predicted": stage.predicted,
                "same": stage.same,
                "finding": finding_document(stage.finding, labels) if stage.finding else None,
            }
            for stage in one.stages
        ],
        "journey": journey_document(one.told, estate=estate, lang=lang) if one.told else None,
    }
