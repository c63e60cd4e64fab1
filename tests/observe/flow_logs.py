"""Flow log files for tests: written from rows, in any format."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tabiji.journey.evidence import FlowRecord
from tabiji.packet.address import format_address

START = 1_767_225_600
"""2026-01-01T00:00:00Z"""
V2 = [
    "version", "account-id", "interface-id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol", "packets", "bytes",
    "start", "end", "action", "log-status",
]  # fmt: skip
V5 = [*V2, "pkt-srcaddr", "pkt-dstaddr", "tcp-flags", "flow-direction", "reject-reason"]
ACCOUNT = "111122223333"


def row(eni: str, src: str, dst: str, sport: int, dport: int, action: str = "ACCEPT", **more: Any) -> dict[str, Any]:
    """One record; ``more`` are other fields with underscores."""
    out: dict[str, Any] = {
        "version": 2, "account-id": ACCOUNT, "interface-id": eni, "srcaddr": src, "dstaddr": dst, "srcport": sport,
        "dstport": dport, "protocol": 6, "packets": 3, "bytes": 180, "start": START, "end": START + 60,
        "action": action, "log-status": "OK",
    }  # fmt: skip
    return out | {name.replace("_", "-"): value for name, value in more.items()}


def predicted(record: FlowRecord) -> dict[str, Any]:
    """The row AWS would write for a predicted record, in the fields of V5."""
    packet, shown = record.packet, record.shown
    return row(
        record.interface, format_address(shown.src), format_address(shown.dst), packet.sport, packet.dport,
        record.action, protocol=packet.proto, pkt_srcaddr=format_address(packet.src),
        pkt_dstaddr=format_address(packet.dst), flow_direction=record.direction, reject_reason=record.reason,
        tcp_flags=2 if record.leg == "forward" else 18,
    )  # fmt: skip


def text(rows: Iterable[dict[str, Any]], fields: Sequence[str] = V2, header: bool = True) -> str:
    lines = [" ".join(fields)] if header else []
    return "\n".join([*lines, *(" ".join(str(r.get(f, "-")) for f in fields) for r in rows)]) + "\n"


def write(path: Path, rows: Iterable[dict[str, Any]], fields: Sequence[str] = V2, *, header: bool = True) -> str:
    """Write text, packed when the name ends in .gz; the path as text."""
    data = text(rows, fields, header).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return str(path)


def write_parquet(path: Path, rows: Iterable[dict[str, Any]], fields: Sequence[str] = V2, dash: str = "_") -> str:
    """Write parquet as AWS does: numbers as numbers, null for what text files mark with a dash."""
    import duckdb

    numbers = {"version", "srcport", "dstport", "protocol", "packets", "bytes", "start", "end", "tcp-flags"}
    plain = path.with_suffix(".txt")
    write(plain, rows, fields, header=False)
    columns = ", ".join(f"'{f}': '{'BIGINT' if f in numbers else 'VARCHAR'}'" for f in fields)
    picked = ", ".join(f'"{f}" AS "{f.replace("-", dash)}"' for f in fields)
    duckdb.sql(
        f"COPY (SELECT {picked} FROM read_csv('{plain}', delim=' ', header=false, auto_detect=false, nullstr='-', "
        f"columns={{{columns}}})) TO '{path}' (FORMAT parquet)"
    )
    plain.unlink()
    return str(path)
