"""Flow log files -> one table of distinct flows with counts; DuckDB reads and aggregates (ENG84a, ENG86).

One pass over the data.  The client's ephemeral port is dropped at once, which
is what makes the table small; DuckDB keeps to its memory limit and goes to
disk beyond it.
"""

from __future__ import annotations

import gzip
import os
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ...estate import Estate
from ...request.errors import RequestError
from ...request.parse import SCHEMES
from .files import FLOW, NEEDED, LogFile, normal
from .model import Count, LogProblem

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY = "1GB"
"""What DuckDB may hold before it goes to disk."""
REJECTS = 1000
"""Lines of one batch that are kept as unreadable."""
NAMED = 5
"""Unreadable lines of one file that are named."""
BATCH = 500
"""Files read in one statement."""
LINE = 1 << 20
"""Bytes of a line read at once where lines are read here."""
MISSING = "tabiji logs needs DuckDB: pip install 'tabiji[logs]'"

_NUMBERS = {"srcport": 65535, "dstport": 65535, "protocol": 255}
_TEXTS = ("interface_id", "resource_id", "srcaddr", "dstaddr", "pkt_srcaddr", "pkt_dstaddr", "flow_direction",
          "reject_reason", "action", "log_status")  # fmt: skip
_COUNTS = ("packets", "bytes", "start", "end", "tcp_flags")
SYN, SYN_ACK = 2, 18


class Store:
    """The database of one run: a temporary folder that goes with it."""

    def __init__(self, memory: str = MEMORY) -> None:
        try:
            import duckdb
        except ImportError:
            raise RequestError(MISSING) from None
        # What a damaged file raises; a wrong statement is a fault of ours and goes up.
        self.error: tuple[type[Exception], ...] = (duckdb.IOException, duckdb.InvalidInputException)
        self._folder = tempfile.TemporaryDirectory(prefix="tabiji-logs-")
        self.db: DuckDBPyConnection = duckdb.connect(self.path("flows.duckdb"))
        self.run(f"SET memory_limit = '{memory}'")
        self.run("SET temp_directory = ?", [self.path("spill")])
        self.run("SET preserve_insertion_order = false")
        self.run("SET autoinstall_known_extensions = false")
        self.run("SET enable_progress_bar = false")

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.db.close()
        self._folder.cleanup()

    def path(self, name: str) -> str:
        """Where a file of this run goes."""
        return os.path.join(self._folder.name, name)

    def run(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a statement."""
        return self.db.execute(sql, list(values)).fetchall()

    def fill(self, table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
        """A small table of rows known here; ``columns`` is SQL.  Through a file: row by row takes DuckDB long."""
        self.run(f"CREATE OR REPLACE TABLE {table} ({columns})")
        path = self.path(f"{table}.tsv")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines("\t".join(map(str, row)) + "\n" for row in rows)
        self.run(f"COPY {table} FROM '{path}' (DELIMITER '\t', HEADER false, QUOTE '', ESCAPE '', AUTO_DETECT false)")


def load(store: Store, estate: Estate, files: Sequence[LogFile], since: int, until: int) -> list[LogProblem]:
    """Fill the table ``seen``: distinct flows with counts.  What could not be read is returned, the rest is used.

    ``since`` and ``until`` are seconds since 1970; a record belongs by its start.
    """
    store.run(_TABLE)
    store.fill("owned", "interface VARCHAR, address VARCHAR", _owned(estate))
    problems: list[LogProblem] = []
    batches: dict[tuple[str, ...], list[LogFile]] = {}
    for file in files:
        batches.setdefault((file.kind, str(file.gz), str(file.header), *file.fields), []).append(file)
    services = _services(estate)
    for batch in batches.values():
        if batch[0].kind != FLOW:  # each parquet file names its own columns
            for file in batch:
                problems += _parquet(store, file, services, since, until)
            continue
        for first in range(0, len(batch), BATCH):
            problems += _text(store, batch[first : first + BATCH], services, since, until)
    return problems


def counts(store: Store, count: Count) -> None:
    """Add what is in the table ``seen`` to the counts."""
    rows = store.run("SELECT status, action, sum(records), min(first), max(last) FROM seen GROUP BY ALL")
    for status, action, records, first, last in rows:
        if status == "outside":
            count.outside += int(records)
        elif status == "bad":
            count.unreadable += int(records)
        elif status == "NODATA":
            count.nodata += int(records)
        elif status == "SKIPDATA":
            count.skipdata += int(records)
        elif status != "OK":
            count.other += int(records)
        else:
            count.records += int(records)
            count.accepted += int(records) if action == "ACCEPT" else 0
            count.rejected += int(records) if action == "REJECT" else 0
            count.first = min(count.first, int(first)) if count.first and first else int(first or count.first)
            count.last = max(count.last, int(last or 0))


_TABLE = """CREATE OR REPLACE TABLE seen (
    status VARCHAR, interface VARCHAR, direction VARCHAR, leg VARCHAR, client VARCHAR, server VARCHAR,
    protocol INTEGER, port INTEGER, action VARCHAR, reason VARCHAR, file VARCHAR, records BIGINT, packets HUGEINT,
    bytes HUGEINT, first BIGINT, last BIGINT, other INTEGER, openers BIGINT, flagged BIGINT,
    sure BOOLEAN)"""


def _owned(estate: Estate) -> list[tuple[str, str]]:
    """Addresses each interface calls its own, to tell in from out where the log does not."""
    out = []
    for eni_id, eni in estate.network_interfaces.items():
        out += [(eni_id, text) for text in (*eni.private_v4(), *(six.ipv6_address for six in eni.ipv6_addresses))]
    return out


def _services(estate: Estate) -> str:
    """Ports that name a service wherever they stand: well-known ones and those rules of the estate name alone."""
    ports = {port for port, _ in SCHEMES.values() if port}
    for group in estate.security_groups.values():
        for rule in (*group.ip_permissions, *group.ip_permissions_egress):
            if rule.from_port == rule.to_port and rule.from_port is not None and 0 < rule.from_port < 65536:
                ports.add(rule.from_port)
    return ", ".join(map(str, sorted(ports)))


# Reading -------------------------------------------------------------------------


def _text(store: Store, files: list[LogFile], services: str, since: int, until: int) -> list[LogProblem]:
    """Insert a batch of text files of one format; one by one when one of them breaks the batch."""
    one = files[0]
    columns = ", ".join(f"'{field}': 'VARCHAR'" for field in one.fields)
    names = ", ".join(_quote(file.path) for file in files)
    source = (
        f"read_csv([{names}], delim=' ', header=false, skip={int(one.header)}, quote='', escape='', comment='', "
        f"auto_detect=false, columns={{{columns}}}, ignore_errors=true, store_rejects=true, rejects_limit={REJECTS}, "
        f"filename='file', compression='{'gzip' if one.gz else 'none'}')"
    )
    store.run("DROP TABLE IF EXISTS reject_errors")
    store.run("DROP TABLE IF EXISTS reject_scans")
    try:
        store.run(_insert(source, one.fields, services, since, until))
    except store.error as error:
        if len(files) > 1:
            return [problem for file in files for problem in _text(store, [file], services, since, until)]
        if os.path.dirname(one.path) == os.path.dirname(store.path("")):  # salvaged already
            return [LogProblem(file=one.path, reason=_reason(error))]
        copy, problems = _salvaged(store, one)
        return problems + _text(store, [copy], services, since, until)
    problems = _rejected(store)
    for (path,) in store.run("SELECT DISTINCT file FROM seen WHERE status = 'bad' AND file <> ''"):
        file = next((f for f in files if f.path == path), None)
        if file is not None:
            problems += _bad_values(file)
    return problems


def _parquet(store: Store, file: LogFile, services: str, since: int, until: int) -> list[LogProblem]:
    try:
        found = store.run(f"DESCRIBE SELECT * FROM read_parquet({_quote(file.path)})")
        names = {normal(str(row[0])): str(row[0]) for row in found}
        missing = ", ".join(sorted(f.replace("_", "-") for f in NEEDED - names.keys()))
        if missing:
            return [LogProblem(file=file.path, reason=f"a flow log without {missing} cannot be explained")]
        picked = ", ".join(
            f"CAST({_name(name)} AS VARCHAR) AS {_name(field)}"
            for field, name in names.items()
            if field in _NUMBERS or field in _TEXTS or field in _COUNTS
        )
        source = f"(SELECT {picked}, {_quote(file.path)} AS file FROM read_parquet({_quote(file.path)}))"
        store.run(_insert(source, tuple(names), services, since, until))
    except store.error as error:
        return [LogProblem(file=file.path, reason=_reason(error))]
    bad = store.run("SELECT sum(records) FROM seen WHERE status = 'bad' AND file = ?", [file.path])[0][0]
    return [LogProblem(file=file.path, reason=f"rows with values no flow log has: {bad}")] if bad else []


def _insert(source: str, fields: Sequence[str], services: str, since: int, until: int) -> str:
    """Group one batch.

    Who opened the flow is told by a SYN without ACK, else by which of the
    ports names a service, else by the lower port.  Addresses are those of
    the packets themselves where the log has them (FL6).
    """
    has = set(fields)

    def raw(field: str) -> str:  # '-' is what the log writes for nothing
        return f"nullif({_name(field)}, '-')" if field in has else "NULL"

    def number(field: str) -> str:
        return f"TRY_CAST({raw(field)} AS BIGINT)" if field in has else "NULL::BIGINT"

    bad = " OR ".join(
        [f"({raw(f)} IS NOT NULL AND coalesce({number(f)} NOT BETWEEN 0 AND {top}, true))"
         for f, top in _NUMBERS.items() if f in has]
        + [f"({raw(f)} IS NOT NULL AND {number(f)} IS NULL)" for f in _COUNTS if f in has]
        + [f"NOT (contains({_name(f)}, '.') OR contains({_name(f)}, ':') OR {_name(f)} = '-')"
           for f in ("srcaddr", "dstaddr", "pkt_srcaddr", "pkt_dstaddr") if f in has]
        + ["act NOT IN ('ACCEPT', 'REJECT')"]
    )  # fmt: skip
    status = raw("log_status") if "log_status" in has else "'OK'"
    inner = f"""SELECT {raw("action")} AS act,
        coalesce({raw("interface_id")}, {raw("resource_id")}, '') AS eni,
        {raw("srcaddr")} AS shown_src, {raw("dstaddr")} AS shown_dst,
        coalesce({raw("pkt_srcaddr")}, {raw("srcaddr")}) AS src,
        coalesce({raw("pkt_dstaddr")}, {raw("dstaddr")}) AS dst,
        coalesce({number("srcport")}, 0) AS sp, coalesce({number("dstport")}, 0) AS dp,
        coalesce({number("protocol")}, -1) AS proto, {number("packets")} AS pk, {number("bytes")} AS size,
        {number("start")} AS st, {number("end")} AS en, {number("tcp_flags")} AS flags,
        lower({raw("flow_direction")}) AS way, coalesce({raw("reject_reason")}, '') AS why,
        CASE WHEN shown_src = 'srcaddr' THEN 'other' WHEN {bad} THEN 'bad'
             WHEN {status} IN ('NODATA', 'SKIPDATA') THEN {status}
             WHEN act IS NULL OR src IS NULL OR dst IS NULL THEN 'other'
             WHEN st < {since} OR st >= {until} THEN 'outside' ELSE 'OK' END AS status,
        CASE WHEN status = 'bad' THEN file ELSE '' END AS bad_file,
        CASE WHEN proto NOT IN (6, 17, 132) OR flags & {SYN_ACK} = {SYN} THEN false
             WHEN (sp IN ({services})) <> (dp IN ({services})) THEN sp IN ({services})
             ELSE sp < dp END AS back,
        proto IN (6, 17, 132) AND (coalesce(flags & {SYN_ACK} = {SYN}, false)
            OR (sp IN ({services})) <> (dp IN ({services})) OR least(sp, dp) < 1024) AS sure
        FROM {source}"""
    counted = f"""count(*) AS records, sum(coalesce(pk, 0)) AS packets, sum(coalesce(size, 0)) AS bytes,
        min(st) AS first, max(coalesce(en, st)) AS last, any_value(CASE WHEN back THEN dp ELSE sp END) AS other,
        count_if(flags & {SYN} <> 0) AS openers, count(flags) AS flagged"""
    kept = ", ".join(
        f"CASE WHEN status = 'OK' THEN {name} END AS {name}"
        for name in ("eni", "shown_src", "shown_dst", "src", "dst", "back", "proto", "act", "why", "way", "sure")
    )
    # The interface's own end is known by its address; asked of the few distinct flows, not of every record.
    return f"""INSERT INTO seen
        WITH flows AS (
            SELECT status, bad_file, {kept},
            CASE WHEN status = 'OK' THEN CASE WHEN back THEN sp ELSE dp END END AS port,
            {counted} FROM ({inner}) GROUP BY ALL)
        SELECT status, eni,
        CASE WHEN way IN ('ingress', 'egress') THEN way WHEN d.address IS NOT NULL THEN 'ingress'
             WHEN s.address IS NOT NULL THEN 'egress' ELSE '' END,
        CASE WHEN back THEN 'reply' ELSE 'forward' END, CASE WHEN back THEN dst ELSE src END,
        CASE WHEN back THEN src ELSE dst END, proto, port, act, why, bad_file,
        records, packets, bytes, first, last, flows.other, openers, flagged, sure
        FROM flows
        LEFT JOIN owned AS d ON d.interface = eni AND d.address = shown_dst
        LEFT JOIN owned AS s ON s.interface = eni AND s.address = shown_src"""


# Problems -------------------------------------------------------------------------


def _rejected(store: Store) -> list[LogProblem]:
    """Lines DuckDB could not split; the table counts them too."""
    rows = store.run(
        "SELECT s.file_path, e.line, any_value(e.error_type::VARCHAR) FROM reject_errors AS e "
        "JOIN reject_scans AS s USING (scan_id, file_id) GROUP BY ALL ORDER BY 1, 2"
    )
    named: dict[str, int] = {}
    out = []
    for path, line, kind in rows:
        named[path] = named.get(path, 0) + 1
        if named[path] <= NAMED:
            out.append(LogProblem(file=path, line=int(line), reason=_KINDS.get(kind, "cannot be read")))
    out += [LogProblem(file=p, reason=f"{n - NAMED} more lines like these") for p, n in named.items() if n > NAMED]
    if rows:
        _unreadable(store, len(rows))
    return out


def _unreadable(store: Store, lines: int) -> None:
    store.run("INSERT INTO seen (status, interface, action, file, records) VALUES ('bad', '', '', '', ?)", [lines])


_KINDS = {
    "MISSING COLUMNS": "fewer fields than the header names",
    "TOO MANY COLUMNS": "more fields than the header names",
    "INVALID ENCODING": "not UTF-8",
    "INVALID UNICODE": "not UTF-8",
    "LINE SIZE OVER MAXIMUM": "the line is too long",
}


def _bad_values(file: LogFile) -> list[LogProblem]:
    """Read a file again, as lines, to say where its bad values are; stops after a few."""
    out: list[LogProblem] = []
    for number, line in _lines(file):
        words = _words(line)
        if len(words) == len(file.fields) and (wrong := _wrong(file, words)):
            out.append(LogProblem(file=file.path, line=number, reason=wrong))
            if len(out) == NAMED:
                out.append(LogProblem(file=file.path, reason="perhaps more lines like these"))
                break
    return out


def _salvaged(store: Store, file: LogFile) -> tuple[LogFile, list[LogProblem]]:
    """A copy of a damaged file that holds its good lines only, and what was left out.

    Line by line, so it takes its time; only files DuckDB gives up on come here.
    """
    path = store.path("salvaged.log")
    out: list[LogProblem] = []
    bad = 0
    with open(path, "wb") as copy:
        try:
            for number, line in _lines(file):
                words = _words(line)
                wrong = (
                    _wrong(file, words) if len(words) == len(file.fields) else "not as many fields as the header names"
                )
                if not wrong and line.isascii():
                    copy.write(line.rstrip(b"\r\n") + b"\n")
                    continue
                bad += 1
                if bad <= NAMED:
                    out.append(LogProblem(file=file.path, line=number, reason=wrong or "not text"))
        except (OSError, EOFError, zlib.error):
            out.append(LogProblem(file=file.path, reason="damaged gzip file: used as far as it goes"))
    if bad > NAMED:
        out.append(LogProblem(file=file.path, reason=f"{bad - NAMED} more lines like these"))
    if bad:
        _unreadable(store, bad)
    return LogFile(path=path, kind=FLOW, fields=file.fields, header=False), out


def _lines(file: LogFile) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers, the header left out; a piece of an endless line counts as one."""
    with gzip.open(file.path, "rb") if file.gz else open(file.path, "rb") as opened:
        number = 0
        while line := opened.readline(LINE):
            number += 1
            if line.strip() and not (number == 1 and file.header):
                yield number, line


def _words(line: bytes) -> list[str]:
    return line.decode("utf-8", "replace").rstrip("\r\n").split(" ")


def _wrong(file: LogFile, words: Sequence[str]) -> str:
    """Which field of a line has no value of its kind."""
    found = next((f for f, word in zip(file.fields, words, strict=True) if not _fits(f, word)), "")
    return f"no {found.replace('_', '-')}" if found and normal(words[file.fields.index(found)]) != found else ""


def _fits(field: str, word: str) -> bool:
    if word == "-":
        return True
    if field in _NUMBERS:
        return word.isascii() and word.isdigit() and int(word) <= _NUMBERS[field]
    if field in _COUNTS:
        return word.isascii() and word.removeprefix("-").isdigit()
    if field == "action":
        return word in ("ACCEPT", "REJECT")
    if field.endswith("addr"):
        return bool(word) and not word.strip("0123456789abcdefABCDEF:.")
    return True


def _reason(error: Exception) -> str:
    """A reader's error in a few words, without the statement it shows."""
    text = str(error).split("\n", 1)[0]
    for sign, words in (
        ("GZIP", "damaged gzip file"),
        ("gzip", "damaged gzip file"),
        ("arquet", "damaged parquet file"),
    ):
        if sign in text:
            return words
    return text.partition(":")[0].lower() or "cannot be read"


def _quote(text: str) -> str:
    # A path is a name here, never a pattern.
    for char in "[*?":
        text = text.replace(char, f"[{char}]")
    return "'" + text.replace("'", "''") + "'"


def _name(field: str) -> str:
    return '"' + field.replace('"', '""') + '"'
