"""A copy of a HAR that is safe to hand on: same structure, secrets replaced by stable placeholders.

Denied unless allowed: a text stays only where this file says so (HAR28); any
other, in fields known and unknown, becomes ``redacted-`` and eight hex digits.
The digits are a keyed digest whose key is made for each run and thrown away:
equal values stay equal within a file and nothing can be looked up from them.
What stays is still searched for things that look like secrets.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
import tempfile
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, BinaryIO
from urllib.parse import quote

import msgspec

from ...sources.errors import SourceError
from .classify import CONSOLE, Asked, is_api, path_shown
from .pieces import Broken, Pieces, decode
from .safe import address_of, host_of, query_of, shown, word
from .session import CHROME, FIREFOX, Session, aws_error

ALLOWED_HEADERS = frozenset(
    ("content-length", "content-type", "date", "server", "x-amz-date", "x-amz-target", "x-amzn-errortype",
     "x-amzn-requestid", "x-amz-request-id", ":method", ":scheme", ":status", ":authority", "host", "origin", "referer",
     "sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "retry-after", "content-encoding")
)  # fmt: skip
"""HAR28, and a few that hold no more than numbers and protocol words; ``access-control-*`` too."""
ALLOWED_FIELDS = frozenset(
    ("action", "version", "operation", "method", "call", "region", "x-amz-algorithm", "x-amz-date", "x-amz-expires",
     "x-amz-signedheaders", "list-type", "x-amz-target")
)  # fmt: skip
"""Query, form and body fields whose values stay."""
NUMBERS = frozenset(
    ("status", "time", "size", "compression", "bodySize", "headersSize", "_transferSize", "lineNumber", "columnNumber",
     "blocked", "dns", "connect", "send", "wait", "receive", "ssl", "onContentLoad", "onLoad", "_blocked_queueing",
     "_workerStart", "_workerReady", "_workerFetchStart", "_workerRespondWithSettled", "opcode", "hitCount")
)  # fmt: skip
FORMS: dict[str, re.Pattern[str]] = {
    "method": re.compile(r"[A-Z]{1,16}", re.A),
    "httpVersion": re.compile(r"(?:HTTP/|h)[0-9.]{1,3}", re.I | re.A),
    "mimeType": re.compile(
        r"x-unknown|[a-z]{1,16}/[a-z.+-]{1,40}(?:\d(?:\.\d)?)?(?:; ?charset=[\w-]{1,12})?", re.I | re.A
    ),
    "_error": re.compile(r"(?:net::)?[A-Z][A-Z_0-9]{2,80}", re.A),
    "_resourceType": re.compile(r"[a-z-]{1,20}", re.A),
    "_priority": re.compile(r"[A-Za-z]{1,12}", re.A),
    "_securityState": re.compile(r"[a-z]{1,12}", re.A),
    "encoding": re.compile(r"[a-z0-9-]{1,10}", re.A),
    "type": re.compile(r"[a-z]{1,12}", re.A),
    "version": re.compile(r"[0-9.]{1,20}", re.A),
    "name": re.compile(r"[A-Za-z][A-Za-z .]{0,39}", re.A),
}
"""Fields of a HAR that hold protocol words, and the form that stays (``name``: of the creator and browser)."""
PHRASES = frozenset(status.phrase for status in HTTPStatus)
REMEMBERED = 20_000
"""Values whose replacement is remembered."""
MOMENTS = frozenset(("startedDateTime", "expires", "lastAccess"))
IDS = frozenset(("id", "pageref", "connection", "_connectionId"))
URLS = frozenset(("url", "redirectURL", "documentURL"))
PAIRS = frozenset(("headers", "cookies", "queryString", "params"))

_KEY = re.compile(r"[A-Za-z_:][A-Za-z0-9_.:-]{0,63}", re.A)
_MOMENT = re.compile(r"[0-9T:.+Z -]{4,40}", re.A)
_ID = re.compile(r"[A-Za-z]{0,12}[_-]?\d{1,9}", re.A)
_OPERATION = re.compile(r"(?:jetstream\.)?[A-Za-z]{1,64}", re.A)
_PLAIN = re.compile(r"[A-Za-z0-9 ._/;=+*?-]{0,96}", re.A)
_URL = re.compile(r"(https?|wss?)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(#.*)?", re.I | re.S)
_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")
_HEADER_VALUE = re.compile(r"[\w .,:;*/+=#'()-]{0,200}", re.A)


class Done(msgspec.Struct, frozen=True):
    """What was written: entries, and values replaced."""

    entries: int
    values: int


def redact(session: Session, path: str, out: str, *, accounts: bool = False, key: bytes | None = None) -> Done:
    """Write a redacted copy of ``path`` to ``out``, whole or not at all; of a damaged file, what can be read.

    ``session`` is what was read from ``path``.  ``accounts`` hides 12-digit
    account ids too; ``key`` fixes the placeholders (for tests).  Raises SourceError when reading or writing fails.
    """
    if os.path.exists(out) and os.path.samefile(path, out):
        raise SourceError(out, "", "would overwrite the file that is read")
    scrubber = Scrubber(key or secrets.token_bytes(16), accounts)
    folder = os.path.dirname(os.path.abspath(out))
    try:
        handle, draft = tempfile.mkstemp(prefix=".tabiji-har-", dir=folder)
    except OSError as error:
        raise SourceError(out, "", error.strerror or str(error)) from None
    try:
        with open(path, "rb") as source, os.fdopen(handle, "wb") as target:
            entries = _write(source, target, _frame(session.frame), scrubber)
        os.replace(draft, out)
    except BaseException as error:
        if os.path.exists(draft):
            os.unlink(draft)
        if isinstance(error, OSError):
            raise SourceError(out, "", error.strerror or str(error)) from None
        raise
    return Done(entries, scrubber.replaced)


def _frame(frame: Any) -> dict[str, Any]:
    """Everything but the entries; of a damaged file the little that is sure."""
    if isinstance(frame, dict) and isinstance(frame.get("log"), dict):
        return dict(frame)
    return {"log": {"version": "1.2", "creator": {"name": "tabiji", "version": ""}, "pages": []}}


def _write(source: BinaryIO, target: BinaryIO, frame: dict[str, Any], scrubber: Scrubber) -> int:
    mark = secrets.token_hex(16)
    log = dict(frame["log"]) | {"entries": []}
    shell = scrubber.tree(frame | {"log": None}) | {"log": scrubber.tree(log) | {"entries": mark}}
    before, _, after = msgspec.json.encode(shell).partition(f'"{mark}"'.encode())
    target.write(before + b"[")
    count = 0
    try:
        for piece in Pieces(source):
            if piece.problem:
                continue
            target.write((b",\n" if count else b"\n") + msgspec.json.encode(scrubber.entry(piece.value)))
            count += 1
    except Broken:
        pass  # what comes before the break is written; reading has told where it is
    target.write(b"\n]" + after + b"\n")
    return count


class Scrubber:
    """Replaces what may be secret in the plain data of a HAR."""

    def __init__(self, key: bytes, accounts: bool) -> None:
        self.key = key
        self.accounts = accounts
        self.replaced = 0
        self._known: dict[tuple[str, str, str], str] = {}

    def put(self, what: str, field: str, value: str, make: Callable[[str], str]) -> str:
        """What ``make`` makes of a value, remembered: a session repeats itself."""
        key = (what, field, value)
        found = self._known.get(key)
        if found is None:
            found = make(value)
            if len(value) < 1024:
                if len(self._known) >= REMEMBERED:
                    self._known.clear()
                self._known[key] = found
        self.replaced += found != value
        return found

    def hidden(self, value: str) -> str:
        """The placeholder of a value; nothing stays nothing."""
        if not value:
            return ""
        digest = hmac.digest(self.key, value.encode("utf-8", "replace"), "sha256")
        return f"redacted-{digest[:4].hex()}"

    def kept(self, value: str) -> str:
        """A text that may stay, if nothing in it looks like a secret."""
        if not value:
            return ""
        if shown(value, 4096) != value:
            return self.hidden(value)
        return self.without_accounts(value)

    def without_accounts(self, value: str) -> str:
        """The text with account ids replaced, when that is wanted."""
        if not self.accounts:
            return value

        def account(match: re.Match[str]) -> str:
            return f"acct{hmac.digest(self.key, match.group().encode(), 'sha256')[:4].hex()}"

        return _ACCOUNT.sub(account, value)

    def if_like(self, pattern: re.Pattern[str], value: str) -> str:
        """The text if it has a form that holds no secret."""
        return self.kept(value) if pattern.fullmatch(value) else self.hidden(value)

    def name(self, value: str) -> str:
        """The name of a field, header or parameter, if it reads like one."""
        plain = _KEY.fullmatch(value) and (sum(map(str.isdigit, value)) < 2 or value.lower().startswith("x-amz"))
        return self.kept(value) if plain else self.hidden(value)

    # An entry.

    def entry(self, entry: dict[str, Any]) -> dict[str, Any]:
        """A redacted entry."""
        out: dict[str, Any] = self.tree(entry)
        response = entry.get("response")
        if isinstance(response, dict) and isinstance(response.get("content"), dict):
            self._error_body(response, out["response"]["content"])
        return out

    def _error_body(self, response: dict[str, Any], content: dict[str, Any]) -> None:
        """Keep what an error said (HAR28), masked; any other body is gone."""
        status = response.get("status")
        if not isinstance(status, int) or status < 400 or "text" not in content:
            return
        code, message = aws_error(Asked(response.get("headers")), response["content"])
        if code or message:
            # Other messages may repeat what was sent.
            told = {"__type": code, "message": message if "not authorized to perform" in message else ""}
            content["text"] = self.without_accounts(msgspec.json.encode(told).decode())
            content.pop("encoding", None)

    def tree(self, value: Any, field: str = "", parent: str = "") -> Any:
        """Any part of a HAR, redacted."""
        if isinstance(value, dict):
            return self._object(value, field, parent)
        if isinstance(value, list):
            if field in PAIRS:
                return [self._pair(item, field) for item in value]
            return [self.tree(item, field, parent) for item in value]
        if isinstance(value, str):
            return self.put(f".{parent}", field, value, lambda text: self._text(text, field, parent)) if value else ""
        if isinstance(value, bool) or value is None:
            return value
        if field in NUMBERS and -1e12 < value < 1e12:
            return value
        if value in (0, -1):
            return value
        self.replaced += 1
        return 0

    def _object(self, value: dict[str, Any], field: str, parent: str) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, item in value.items():
            name = self.put("name", "", key, self.name)
            if field == "postData" and key == "text" and isinstance(item, str):
                out[name] = self.put("body", "", item, self._body)
            else:
                out[name] = self.tree(item, key, field)
        return out

    def _text(self, value: str, field: str, parent: str) -> str:
        if field in URLS:
            return self.url(value)
        if field == "title":
            return self.url(value) if "://" in value else self.hidden(value)
        if field == "serverIPAddress":
            return value if address_of(value) else self.hidden(value)
        if field in MOMENTS:
            return self.if_like(_MOMENT, value)
        if field in IDS:
            return self.if_like(_ID, value)
        if field == "statusText":
            return value if value in PHRASES else self.hidden(value)
        if field in FORMS and (field not in ("name", "version") or parent in ("creator", "browser", "log", "")):
            return self.if_like(FORMS[field], value)
        return self.hidden(value)

    def _pair(self, pair: Any, field: str) -> Any:
        """A header, cookie, query or form field."""
        if not isinstance(pair, dict) or not isinstance(pair.get("name"), str):
            return self.tree(pair)
        name, value = pair["name"], pair.get("value")
        out = {
            self.put("name", "", key, self.name): self.tree(item)
            for key, item in pair.items()
            if key not in ("name", "value")
        }
        told: Any
        if not isinstance(value, str):
            told = self.tree(value)
        elif field == "headers":
            told = self.put("header", name, value, lambda text: self.header(name.lower(), text))
        elif field in ("queryString", "params") and name.lower() in ALLOWED_FIELDS:
            told = self.put("field", "", value, lambda text: self.if_like(_PLAIN, text))
        else:
            told = self.put("hidden", "", value, self.hidden)
        return {"name": self.put("name", "", name, self.name), "value": told, **out}

    # Pieces of text.

    def header(self, name: str, value: str) -> str:
        """A header's value: HAR28's allow-list, each in the form it should have."""
        if name in ("origin", "referer"):
            taken = _URL.fullmatch(value)
            return self.host(taken.group(1), taken.group(2)) if taken else self.hidden(value)
        if name in ("host", ":authority"):
            return self.host("", value)
        if name == "user-agent":
            # only what tells the browser's dialect
            found = CHROME.search(value) or FIREFOX.search(value)
            return found.group() if found else self.hidden(value)
        if name == "content-type":
            return self.if_like(FORMS["mimeType"], value)
        if name == "x-amz-target":
            return self.kept(value) if word(value) else self.hidden(value)
        if name in ALLOWED_HEADERS or name.startswith("access-control-"):
            if name == "access-control-allow-origin" and "://" in value:
                return self.header("origin", value)
            return self.if_like(_HEADER_VALUE, value)
        return self.hidden(value)

    def host(self, scheme: str, authority: str) -> str:
        """Scheme, host and port, without user and password."""
        plain, _, port = authority.rpartition("@")[2].partition(":")
        host = host_of(plain)
        if not host or (port and not port.isdigit()):
            return self.hidden(authority)
        text = self.kept(host) + (f":{port}" if port else "")
        return f"{scheme.lower()}://{text}" if scheme else text

    def url(self, value: str) -> str:
        """An address: host and words of the path stay, of the query the allowed fields; no user, no fragment."""
        taken = _URL.fullmatch(value)
        if taken is None:
            return self.hidden(value)
        scheme, authority, path, query, fragment = taken.groups()
        told = self.host(scheme, authority) + self.path(path, authority.partition(":")[0].lower())
        if query:
            told += "?" + "&".join(self._field(name, item) for name, item in query_of(query))
        return told + (f"#{self.hidden(fragment)}" if fragment else "")

    def path(self, path: str, host: str) -> str:
        """A path: of console and API hosts words and operation names stay; elsewhere it may be a secret or a file."""
        api = CONSOLE.fullmatch(host) is not None or is_api(host)
        out = []
        for part in path.split("/"):
            plain = api and (path_shown("/" + part)[1:] == part or _OPERATION.fullmatch(part))
            out.append(self.kept(part) if plain else self.hidden(part))
        return "/".join(out)

    def _field(self, name: str, value: str) -> str:
        told = self.if_like(_PLAIN, value) if name.lower() in ALLOWED_FIELDS else self.hidden(value)
        return f"{quote(self.name(name))}={quote(told, safe='/;:')}"

    def _body(self, text: str) -> str:
        """A request body: the fields that name the operation, and that there was more."""
        kept: dict[str, str] = {}
        if text.lstrip().startswith("{"):
            try:
                told = decode(text.encode("utf-8", "replace"))
            except ValueError:
                told = None
            fields = told if isinstance(told, dict) else {}
        else:
            fields = dict(query_of(text)) if "=" in text[:4096] else {}
        inner = fields.get("headers")
        for name, value in [*fields.items(), *(inner.items() if isinstance(inner, dict) else ())]:
            if name.lower() in ALLOWED_FIELDS and isinstance(value, str):
                kept[name] = self.if_like(_PLAIN, value)
        if not kept:
            return self.hidden(text)
        more = self.hidden(text)
        if text.lstrip().startswith("{"):
            return msgspec.json.encode(kept | {"_": more}).decode()
        return "&".join(f"{name}={quote(value)}" for name, value in kept.items()) + f"&_={more}"
