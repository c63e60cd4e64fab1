"""Which files were named, and what each of them is."""

from __future__ import annotations

import glob
import gzip
import os
import re
import zlib
from collections.abc import Iterable

import msgspec

from ...sources.errors import SourceError
from .model import LogProblem

FLOW, PARQUET, RECORDS, EVENTS = "flow", "parquet", "records", "events"
"""Flow log text, flow log parquet, CloudTrail's ``{"Records": [...]}``, CloudTrail events one a line."""
DEFAULT_FIELDS = (
    "version", "account_id", "interface_id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol", "packets",
    "bytes", "start", "end", "action", "log_status",
)  # fmt: skip
"""Version 2: the format of lines without a header."""
NEEDED = frozenset(("srcaddr", "dstaddr", "action"))
KNOWN = frozenset((
    *DEFAULT_FIELDS, "vpc_id", "subnet_id", "instance_id", "tcp_flags", "type", "pkt_srcaddr", "pkt_dstaddr",
    "region", "az_id", "flow_direction", "traffic_path", "reject_reason", "resource_id",
))  # fmt: skip
SKIPPED = (".DS_Store", "_SUCCESS")
DIGESTS = "CloudTrail-Digest"
"""Folder that CloudTrail keeps checksums of its files in, beside them."""
HEAD = 1 << 16
_DOCUMENT = re.compile(rb'\{\s*"(?:Records|Events)"')
_EXPORTED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", re.A)
"""What CloudWatch Logs writes before each message it exports."""


class LogFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file and how to read it; ``fields`` are a flow log's columns, ``header`` says whether a line names them."""

    path: str
    kind: str
    gz: bool = False
    fields: tuple[str, ...] = ()
    header: bool = True


def expand(names: Iterable[str]) -> list[str]:
    """Files of names, folders (all below them) and patterns, each once, sorted.  Raises SourceError for a bad name."""
    out: dict[str, None] = {}
    for name in names:
        if os.path.isdir(name):
            below = [os.path.join(where, file) for where, _, files in os.walk(name) for file in files]
            below = [file for file in below if DIGESTS not in file.split(os.sep)]
            found = sorted(f for f in below if os.path.basename(f) not in SKIPPED and not _hidden(f, name))
            if not found:
                raise SourceError(name, "", "no files in this folder")
        elif os.path.exists(name):
            found = [name]
        elif glob.has_magic(name):
            found = sorted(f for f in glob.glob(name, recursive=True) if os.path.isfile(f))
            if not found:
                raise SourceError(name, "", "no file matches")
        else:
            raise SourceError(name, "", "no such file or folder")
        out.update(dict.fromkeys(found))
    return list(out)


def _hidden(path: str, root: str) -> bool:
    return any(part.startswith(".") for part in os.path.relpath(path, root).split(os.sep))


def sniff(path: str) -> LogFile | LogProblem:
    """What a file is, told by its first bytes, whatever it is called."""
    if not os.path.isfile(path):  # a pipe gives its bytes once, and reading takes two passes
        return LogProblem(file=path, reason="not a regular file")
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        return LogProblem(file=path, reason=error.strerror or "cannot be read")
    if head[:4] == b"PAR1":
        return LogFile(path=path, kind=PARQUET)
    gz = head[:2] == b"\x1f\x8b"
    if gz:
        try:
            with gzip.open(path, "rb") as unpacked:
                head = unpacked.read1(HEAD)
        except (OSError, EOFError, zlib.error):
            return LogProblem(file=path, reason="damaged gzip file")
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head:
        return LogProblem(file=path, reason="empty")
    if head[:1] in (b"{", b"["):
        line = head.split(b"\n", 1)[0].strip()
        events = line[:1] == b"{" and len(line) > 1 and not _DOCUMENT.match(line)
        return LogFile(path=path, kind=EVENTS if events else RECORDS, gz=gz)
    words = head.split(b"\n", 1)[0].decode("utf-8", "replace").split()
    fields = tuple(normal(word) for word in words)
    if KNOWN.intersection(fields):
        missing = ", ".join(sorted(f.replace("_", "-") for f in NEEDED - set(fields)))
        if missing:
            return LogProblem(file=path, line=1, reason=f"a flow log without {missing} cannot be explained")
        return LogFile(path=path, kind=FLOW, gz=gz, fields=_unique(fields))
    if len(words) == len(DEFAULT_FIELDS) and words[0].isdigit():
        return LogFile(path=path, kind=FLOW, gz=gz, fields=DEFAULT_FIELDS, header=False)
    if len(words) == 1 + len(DEFAULT_FIELDS) and _EXPORTED.fullmatch(words[0]):
        return LogFile(path=path, kind=FLOW, gz=gz, fields=("column_0", *DEFAULT_FIELDS), header=False)
    return LogProblem(file=path, line=1, reason="neither a flow log (no header line) nor CloudTrail JSON")


def normal(name: str) -> str:
    """A field's name as used here: ``flow-direction`` and ``flow_direction`` are one."""
    return name.strip().lower().replace("-", "_")


def _unique(fields: tuple[str, ...]) -> tuple[str, ...]:
    """Column names: a repeated one, or one no SQL name can be made of, is only a place holder."""
    seen: dict[str, None] = {}
    for number, field in enumerate(fields):
        seen[field if field in KNOWN and field not in seen else f"column_{number}"] = None
    return tuple(seen)
