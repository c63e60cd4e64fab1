"""CloudTrail files -> denied calls, counted by kind.

Only the fields named in ``_Event`` are decoded: request parameters, response
elements, tokens and the caller never get into memory as values.  Of a message
only the kind of policy it names is kept.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO

import msgspec

from ..har.safe import address_of, shown, word
from .files import RECORDS, LogFile
from .flow import NAMED
from .model import Count, Denial, Event, LogProblem

DOCUMENT = 512 << 20
"""Bytes of one unpacked ``{"Records": [...]}`` document; CloudTrail's own are far smaller."""
LINE = 16 << 20
KINDS = 50_000
"""Distinct kinds of denied calls kept; further ones are only counted."""
DENIED = ("accessdenied", "unauthorized", "notauthorized", "authorizationerror", "forbidden")
"""Error codes that say no; others tell of the request, not of permission."""
VPCE_DENIED = "VpceAccessDenied"

_POLICY = re.compile(
    r"(?:no|an explicit deny in an?|because an?) (VPC endpoint|identity-based|resource-based|service control"
    r"|resource control|session|role trust) policy|(permissions boundary)"
)
_KIND = {
    "VPC endpoint": "endpoint", "identity-based": "identity", "resource-based": "resource",
    "service control": "service_control", "resource control": "resource_control", "session": "session",
    "role trust": "resource", "permissions boundary": "boundary",
}  # fmt: skip


class _Event(msgspec.Struct, rename="camel"):
    """The fields looked at; an event without a name is none."""

    event_time: str = ""
    event_source: str = ""
    event_name: str = ""
    aws_region: str = ""
    error_code: str | None = None
    error_message: str | None = None
    vpc_endpoint_id: str | None = None
    event_category: str | None = None
    source_ip: str | None = msgspec.field(default=None, name="sourceIPAddress")
    event_data: msgspec.Raw = msgspec.Raw()
    """CloudTrail Lake wraps the event."""
    detail: msgspec.Raw = msgspec.Raw()
    """EventBridge does."""
    packed: str | None = msgspec.field(default=None, name="CloudTrailEvent")
    """``lookup-events`` gives the event as text."""


class _Document(msgspec.Struct):
    records: list[msgspec.Raw] | None = msgspec.field(default=None, name="Records")
    events: list[msgspec.Raw] | None = msgspec.field(default=None, name="Events")


_EVENT = msgspec.json.Decoder(_Event)
_DOCUMENT = msgspec.json.Decoder(_Document)
_LIST = msgspec.json.Decoder(list[msgspec.Raw])


class Trail:
    """Denied calls by kind, over any number of files."""

    def __init__(self, since: int, until: int) -> None:
        self._since, self._until = _iso(since), _iso(until)
        self.denials: dict[Event, Denial] = {}
        self.problems: list[LogProblem] = []
        self.count = Count()

    def read(self, file: LogFile) -> None:
        """Add a file; what is unreadable in it becomes a problem, the rest counts."""
        named = 0
        try:
            with gzip.open(file.path, "rb") if file.gz else open(file.path, "rb") as opened:
                for place, raw in _document(opened) if file.kind == RECORDS else _lines(opened):
                    try:
                        event = _unwrapped(raw)
                    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                        self.count.unreadable += 1
                        named += 1
                        if named <= NAMED:
                            self.problems.append(_at(file.path, place))
                        continue
                    self._add(event)
        except (OSError, EOFError, zlib.error):
            self.problems.append(LogProblem(file=file.path, reason="damaged gzip file" if file.gz else "unreadable"))
        except (msgspec.DecodeError, RecursionError) as error:
            where = re.search(r"\(byte (\d+)\)", str(error))
            at = f" (byte {where.group(1)})" if where else ""
            self.problems.append(LogProblem(file=file.path, reason=f"not CloudTrail JSON{at}"))
        if named > NAMED:
            self.problems.append(LogProblem(file=file.path, reason=f"{named - NAMED} more events like these"))

    def _add(self, event: _Event) -> None:
        count = self.count
        if event.event_time and not self._since <= event.event_time < self._until:
            count.outside += 1
            return
        count.events += 1
        if not event.error_code:
            return
        if not any(sign in event.error_code.lower() for sign in DENIED):
            count.errors += 1
            return
        count.denied += 1
        kind = _kind(event)
        denial = self.denials.get(kind)
        if denial is None:
            if len(self.denials) >= KINDS:
                count.event_overflow += 1
                return
            denial = self.denials[kind] = Denial(event=kind)
        denial.events += 1
        time = event.event_time if _TIME.fullmatch(event.event_time) else ""
        denial.first = min(denial.first or time, time)
        denial.last = max(denial.last, time)


_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.A)
_ENDPOINT = re.compile(r"vpce-[0-9A-Za-z-]{1,60}", re.A)


def _kind(event: _Event) -> Event:
    """The event without anything of its caller or parameters."""
    policy, explicit = "", False
    if event.error_code == VPCE_DENIED:  # 15.4
        policy = "endpoint"
    found = _POLICY.search(event.error_message or "")
    if found is not None:
        policy = _KIND[found.group(1) or found.group(2)]
        explicit = "explicit deny" in (event.error_message or "")
    endpoint = event.vpc_endpoint_id or ""
    return Event(
        source=word(event.event_source.removesuffix(".amazonaws.com")),
        name=word(event.event_name),
        region=word(event.aws_region),
        error=shown(event.error_code, 80),
        policy=policy,
        explicit=explicit,
        address=address_of(event.source_ip),
        endpoint=endpoint if _ENDPOINT.fullmatch(endpoint) else "",
        network=event.event_category == "NetworkActivity",
    )


def _unwrapped(raw: bytes | msgspec.Raw) -> _Event:
    event = _EVENT.decode(raw)
    inner = bytes(event.event_data) or bytes(event.detail) or event.packed
    event = _EVENT.decode(inner) if inner else event
    if not event.event_name:
        raise msgspec.DecodeError("no event")
    return event


def _document(file: BinaryIO | gzip.GzipFile) -> Iterator[tuple[str, msgspec.Raw]]:
    """Events of ``{"Records": [...]}``, of ``lookup-events`` or of a bare list, and where each stands."""
    text = file.read(DOCUMENT + 1)
    if len(text) > DOCUMENT:
        raise msgspec.DecodeError("too large")
    if text.lstrip()[:1] == b"[":
        rows, name = _LIST.decode(text), ""
    else:
        document = _DOCUMENT.decode(text)
        name = "Records" if document.records is not None else "Events"
        found = document.records if document.records is not None else document.events
        if found is None:
            raise msgspec.DecodeError("neither Records nor Events")
        rows = found
    for number, row in enumerate(rows):
        yield f"{name}[{number}]", row


def _lines(file: BinaryIO | gzip.GzipFile) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := file.readline(LINE):
        number += 1
        if line.strip():
            yield number, line


def _at(path: str, place: str | int) -> LogProblem:
    if isinstance(place, int):
        return LogProblem(file=path, line=place, reason="no CloudTrail event")
    return LogProblem(file=path, reason=f"{place}: no CloudTrail event")


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
