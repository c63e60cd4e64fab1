"""A recorded browser session: its pages and API calls, read from a HAR file in one pass."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b
from sys import intern
from typing import Any, BinaryIO

import msgspec

from ...sources.errors import SourceError
from . import outcome as ends
from .call import APIS, CONSOLE, PROXIED, Call
from .classify import Asked, classify, path_shown, quick_kind
from .pieces import Broken, Pieces, decode
from .safe import address_of, host_of, printable, shown, word

CALLS_KEPT = 100_000
"""API calls kept of one file; later ones are only counted."""
PAGES_KEPT = 1_000
PROBLEMS_KEPT = 20
MESSAGE = 400
"""Characters kept of an AWS error message (HAR28: only the first part)."""
CHROME = re.compile(r"\b(?:Headless)?Chrom(?:e|ium)/(\d{1,4})")
FIREFOX = re.compile(r"\bFirefox/(\d{1,4})")
_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]{0,20})://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.I | re.S)
_ROUTE = re.compile(r"[A-Za-z][A-Za-z0-9]{1,30}(?::[a-z-]{2,40})?(?=$|[/?;&])", re.A)
_ELEMENT = {name: re.compile(rf"<{name}>([^<]{{1,2000}})</{name}>") for name in ("Code", "Message")}
_QUOTED = re.compile(r"'[^']*'")
_REPEATED = ("host", "path", "service", "region", "operation", "page", "panel", "method", "scheme", "error", "address")
"""Fields of a call that repeat themselves: one text in memory for all."""
PORTS = {"https": 443, "http": 80, "wss": 443, "ws": 80}


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A screen: a page of the HAR, by its title or its address without query."""

    id: str
    title: str
    started: float = 0.0


class Session(msgspec.Struct, kw_only=True):
    """What a HAR file tells.  ``problems`` are lines on what could not be read, each beginning with the file."""

    file: str
    creator: str = ""
    browser: str = ""
    chrome: int = 0
    """Chromium's version, 0 for other browsers or when not recorded."""
    entries: int = 0
    pages: tuple[Page, ...] = ()
    calls: list[Call] = []
    """API calls, preflights merged, in the order of the file."""
    dropped: int = 0
    """API calls beyond ``CALLS_KEPT``."""
    kinds: dict[str, int] = {}
    """Entries by kind."""
    console_addresses: tuple[str, ...] = ()
    """Where the console's own pages came from."""
    preflights: int = 0
    problems: tuple[str, ...] = ()
    unread: int = 0
    """Entries that could not be used."""
    frame: Any = None
    """The file without its entries, as it is: never shown, only for ``redact``."""

    @property
    def failed(self) -> list[Call]:
        """API calls that did not work."""
        return [c for c in self.calls if c.outcome not in (ends.OK, ends.CANCELLED)]


def read(path: str) -> Session:
    """Read a HAR file.  What can be read of a damaged one is used; its ``problems`` say where it broke.

    Raises SourceError when the file cannot be opened or holds no HAR at all.
    """
    try:
        with open(path, "rb") as file:
            return read_from(file, path)
    except OSError as error:
        raise SourceError(path, "", error.strerror or str(error)) from None


def read_from(file: BinaryIO, name: str) -> Session:
    """Read a HAR from an open binary file; see ``read``."""
    reader = _Reader(name)
    pieces = Pieces(file)
    broken: Broken | None = None
    try:
        for piece in pieces:
            reader.session.entries += 1
            if piece.problem:
                reader.problem(f"entry {piece.number} (byte {piece.offset}): {piece.problem}; left out")
                continue
            reader.entry(piece.number, piece.value)
    except Broken as error:
        broken = error
    if not pieces.found:
        reason = broken.reason if broken else "no log.entries: not a HAR file"
        raise SourceError(name, f"byte {broken.offset}" if broken else "", reason)
    reader.session.frame = pieces.frame()
    reader.frame(reader.session.frame)
    if broken:
        where = f" in entry {broken.entry}" if broken.entry else ""
        reader.last_problem(f"byte {broken.offset}: {broken.reason}{where}; {reader.session.entries} entries were read")
    return reader.finish()


class _Reader:
    def __init__(self, name: str) -> None:
        self.name = printable(name)[:400]
        self.session = Session(file=self.name, calls=[], kinds={})
        self.preflights: list[Call] = []
        self.problems: list[str] = []
        self.addresses: dict[str, None] = {}

    def problem(self, text: str) -> None:
        self.session.unread += 1
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(f"{self.name}: {text}")

    def last_problem(self, text: str) -> None:
        self.problems.append(f"{self.name}: {text}")

    # One entry.

    def entry(self, number: int, entry: dict[str, Any]) -> None:
        request, response = entry.get("request"), entry.get("response")
        if not isinstance(request, dict) or not isinstance(request.get("url"), str):
            self.problem(f"entry {number}: no request.url; left out")
            return
        if not isinstance(response, dict):
            response = {}
        taken = _ORIGIN.fullmatch(request["url"][: 1 << 16])
        scheme = taken.group(1).lower() if taken else ""
        if taken is None or scheme not in PORTS:
            self.count("other")
            return
        host, port = _authority(taken.group(2), PORTS[scheme])
        if not host:
            self.count("other")
            return
        kind = quick_kind(host)
        if kind and self.session.browser:
            self.count(kind)
            return
        headers = Asked(request.get("headers"))
        if not self.session.browser:
            self.browser(headers)
        method = word(request.get("method"))[:20]
        call = Call(number=number, scheme=scheme, host=host, port=port, method=method)
        call.status = _whole(response.get("status"))
        call.address = address_of(entry.get("serverIPAddress"))
        error = response.get("_error")
        call.error = word(error.removeprefix("net::")) if isinstance(error, str) else ""
        classify(call, headers, taken.group(3), taken.group(4) or "", request.get("postData"))
        if call.kind in (CONSOLE, PROXIED) and call.address:
            self.addresses.setdefault(call.address)
        call.preflight = method == "OPTIONS" and (
            "access-control-request-method" in headers
            or entry.get("_resourceType") == "preflight"
            or _of(entry, "_initiator").get("type") == "preflight"
        )
        if call.kind not in APIS:
            self.count(call.kind)
            return
        call.page = shown(entry.get("pageref"), 80)
        call.started = _moment(entry.get("startedDateTime"))
        call.time = _number(entry.get("time"))
        # HAR16: exported while it was under way
        call.pending = not call.status and not call.error and _number(_of(entry, "timings").get("blocked")) < -1
        call.panel = _panel(_of(entry, "_initiator"))
        call.key = blake2b(request["url"].encode("utf-8", "replace"), digest_size=8).digest()
        answered = Asked(response.get("headers"))
        call.request_id = "x-amzn-requestid" in answered or "x-amz-request-id" in answered
        if call.status >= 400:
            call.aws_error, call.message = aws_error(answered, _of(response, "content"))
        call.outcome = ends.judge(call)
        for field in _REPEATED:
            setattr(call, field, intern(getattr(call, field)))
        if call.preflight:
            self.session.preflights += 1
            if len(self.preflights) < CALLS_KEPT:
                self.preflights.append(call)
            return
        self.count(call.kind)
        if len(self.session.calls) < CALLS_KEPT:
            self.session.calls.append(call)
        else:
            self.session.dropped += 1

    def count(self, kind: str) -> None:
        self.session.kinds[kind] = self.session.kinds.get(kind, 0) + 1

    def browser(self, headers: Asked) -> None:
        agent = headers.get("user-agent", "")
        if chrome := CHROME.search(agent):
            self.session.chrome = int(chrome.group(1))
            self.session.browser = f"Chromium {chrome.group(1)}"
        elif firefox := FIREFOX.search(agent):
            self.session.browser = f"Firefox {firefox.group(1)}"

    # The rest.

    def frame(self, frame: Any) -> None:
        log = _of(frame, "log")
        creator, browser = _of(log, "creator"), _of(log, "browser")
        self.session.creator = shown(f"{_str(creator.get('name'))} {_str(creator.get('version'))}".strip(), 60)
        if not self.session.browser and browser:
            self.session.browser = shown(f"{_str(browser.get('name'))} {_str(browser.get('version'))}".strip(), 60)
        pages = log.get("pages")
        found = []
        for page in pages[:PAGES_KEPT] if isinstance(pages, list) else ():
            if isinstance(page, dict) and isinstance(page.get("id"), str):
                title = title_of(page.get("title"))
                found.append(Page(id=shown(page["id"], 80), title=title, started=_moment(page.get("startedDateTime"))))
        self.session.pages = tuple(found)

    def finish(self) -> Session:
        _merge(self.session.calls, self.preflights)
        self.session.calls.sort(key=lambda c: (c.number,))
        self.session.console_addresses = tuple(self.addresses)
        self.session.problems = tuple(self.problems)
        return self.session


def _merge(calls: list[Call], preflights: Iterable[Call]) -> None:
    """Join each preflight with its call: same URL, nearest in time (HAR19); one without a call is a call."""
    waiting: dict[bytes, list[Call]] = {}
    for call in calls:
        waiting.setdefault(call.key, []).append(call)
    for preflight in preflights:
        near = waiting.get(preflight.key)
        if near:
            best = min(range(min(len(near), 64)), key=lambda i: abs(near[i].started - preflight.started))
            call = near.pop(best)
            call.merged = True
            call.outcome = ends.join(call, preflight)
            call.address = call.address or preflight.address
            call.status = call.status or (preflight.status if call.outcome == ends.PREFLIGHT else 0)
            call.error = preflight.error if call.outcome == preflight.outcome and preflight.error else call.error
        elif preflight.outcome not in (ends.OK, ends.CANCELLED):
            preflight.method = "OPTIONS"
            calls.append(preflight)


# Small readers: whatever the file holds, of whatever type ----------------------------


def _of(value: Any, key: str) -> dict[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _str(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _whole(value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 4:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1000 else 0


def _number(value: Any) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and -1e15 < value < 1e15:
        return float(value)
    return 0.0


def _moment(value: Any) -> float:
    if not isinstance(value, str) or len(value) > 40:
        return 0.0
    try:
        return datetime.fromisoformat(value).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def _authority(text: str, port: int) -> tuple[str, int]:
    host, colon, tail = text.rpartition("@")[2], "", ""
    if not host.endswith("]"):
        left, colon, tail = host.rpartition(":")
        host = left if colon else host
    if colon:
        if not (tail.isascii() and tail.isdigit() and 0 < int(tail[:6]) < 65536):
            return "", 0
        port = int(tail)
    return host_of(host), port


def _panel(initiator: dict[str, Any]) -> str:
    """The script file of the innermost call frame that names one (HAR26)."""
    frames = _of(initiator, "stack").get("callFrames")
    for frame in frames[:20] if isinstance(frames, list) else ():
        url = frame.get("url") if isinstance(frame, dict) else None
        taken = _ORIGIN.fullmatch(url[:4096]) if isinstance(url, str) else None
        if taken and (name := taken.group(3).rpartition("/")[2]):
            return path_shown("/" + name.rpartition(".")[0])[1:].rstrip("*")
    return ""


def title_of(value: Any) -> str:
    """A page's title; one that is an address (Chromium) without query; of the fragment only the screen's route."""
    text = _str(value)
    taken = _ORIGIN.fullmatch(text[: 1 << 16]) if "://" in text[:30] else None
    if taken and (host := host_of(taken.group(2).rpartition("@")[2])):
        route = _ROUTE.match(taken.group(5) or "")
        path = path_shown(taken.group(3)) if len(taken.group(3)) > 1 else ""
        return shown(f"{host}{path}" + (f"#{route.group()}" if route else ""))
    return shown(text, 80)


def aws_error(headers: Asked, content: dict[str, Any]) -> tuple[str, str]:
    """Code and masked message of an error a service answered with."""
    code = headers.get("x-amzn-errortype", "").partition(":")[0]
    message = ""
    text = content.get("text")
    if isinstance(text, str):
        text = text[: 1 << 16]
        if content.get("encoding") == "base64":
            text = _unpacked(text)
        if text.lstrip().startswith("{"):
            try:
                told = decode(text.encode("utf-8", "replace"))
            except ValueError:
                told = {}
            code = code or _first(told, "__type", "code", "Code", "errorCode", "error")
            message = _first(told, "message", "Message", "errorMessage")
        elif "<" in text:
            taken = {name: pattern.search(text) for name, pattern in _ELEMENT.items()}
            code = code or (taken["Code"].group(1) if taken["Code"] else "")
            message = taken["Message"].group(1) if taken["Message"] else ""
    # What stands in quotes may be what was sent.
    return word(code.rpartition("#")[2]), shown(_QUOTED.sub("'…'", message[:4096]), MESSAGE)


def _unpacked(text: str) -> str:
    from base64 import b64decode

    try:
        return b64decode(text[: len(text) // 4 * 4]).decode("utf-8", "replace")
    except ValueError:
        return ""


def _first(told: Any, *keys: str) -> str:
    if isinstance(told, dict):
        for key in keys:
            if isinstance(told.get(key), str):
                return str(told[key])
    return ""
