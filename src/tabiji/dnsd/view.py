"""One view of the names: what a query gets here, and a cache of finished answers.

Building an answer costs far more than sending it (N9.1), so the bytes behind
the question are kept and put behind the question of the next query (N9.2,
N9.3).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from struct import Struct
from typing import Final

import msgspec

from ..names.answer import REFUSED_CONNECTION, TIMEOUT, UNREACHABLE, Answer
from ..names.wire import (
    OPCODE_MASK,
    OPT,
    PLAIN_UDP_SIZE,
    RCODES,
    SERVER_UDP_SIZE,
    Query,
    WireError,
    decode_query,
    encode_bare_error,
    encode_error,
    encode_tails,
    encode_truncated,
    options_fit,
    type_text,
)

AnswerFunction = Callable[[str, str], Answer]
"""(absolute lower-case name, record type) -> Answer; called in the server's only thread."""

SILENT: Final = frozenset((TIMEOUT, REFUSED_CONNECTION, UNREACHABLE))
"""Outcomes in which no answer comes back; all a server can do is to stay silent."""
_TRANSFERS = frozenset((251, 252))
"""IXFR and AXFR: a resolver has no zones to hand out."""
_OPT_RECORD = Struct("!BHHBBHH")
_CACHED_TAIL = 4096
"""Longer tails are built anew each time: few, and they would make the cache's size unforeseeable."""
_TURNS = 8
"""Orders of the addresses kept for one question (N9.3)."""
_EXACT = 4096
"""Queries remembered octet by octet."""
_PROBLEMS = 50
"""Distinct problems told on stderr by one view; then it goes quiet."""


class Pending(msgspec.Struct, frozen=True, gc=False):
    """An answer that must wait: for a real resolver, or as long as the client would have to."""

    query: Query
    answer: Answer
    forward: str = ""
    """The name to ask the real resolver for."""


class View:
    """Answers the queries of one view: a VPC, a site, whatever ``answer`` speaks for.

    ``outside`` tells the name from which on a real resolver may answer instead
    (given only when the server forwards); such answers are never kept.  The
    cache holds at most ``cache_size`` questions: when its young half is full,
    it becomes the old half and the old one goes.
    """

    def __init__(
        self,
        name: str,
        answer: AnswerFunction,
        *,
        outside: Callable[[Answer], str] | None = None,
        cache_size: int = 100_000,
    ) -> None:
        self.name = name
        self.answer = answer
        self.outside = outside
        self.cache_size = cache_size
        self.young: dict[bytes, bytes | list[bytes]] = {}
        self.old: dict[bytes, bytes | list[bytes]] = {}
        self.exact: dict[bytes, bytes | list[bytes]] = {}
        """Whole UDP query to whole answer, both without the id: what is asked over and over."""
        self._problems: set[str] = set()

    def cached(self, data: bytes, tcp: bool = False) -> bytes | None:
        """The finished answer to the query in ``data``; empty for silence; None when it is not known yet."""
        if not tcp:
            whole = self.exact.get(data[2:])
            if whole is not None:
                if type(whole) is list:
                    message = whole.pop(0)
                    whole.append(message)
                    return data[:2] + message
                return data[:2] + whole  # type: ignore[operator]
        return self._cached(data, tcp)

    def _cached(self, data: bytes, tcp: bool) -> bytes | None:
        """The cache by flags, counts and question (N9.2), the name in lower case (0x20).

        A broken message cannot hit the key of a whole one: keys end at the
        first zero octet, and only questions that end there are kept.
        """
        end = data.find(0, 12) + 5
        found = self._find(data, end)
        if found is None:
            return None
        size = len(data)
        limit, options = PLAIN_UDP_SIZE, 0
        if size != end:  # an OPT, whose size and options are not part of the key (N9.7)
            if not data[11] or size < end + 11:
                return None
            root, code, payload, _, version, _, options = _OPT_RECORD.unpack_from(data, end)
            if root or code != OPT or version or end + 11 + options != size:
                return None
            if options and not options_fit(data, end + 11):
                return None
            limit = max(PLAIN_UDP_SIZE, min(payload, SERVER_UDP_SIZE))
        elif data[11]:
            return None
        turns = found if isinstance(found, list) else [found]
        blob = turns.pop(0)
        turns.append(blob)
        if len(blob) == 1:
            return b""
        question = data[12:end]
        message = data[:2] + blob[:10] + question + blob[10:]
        if tcp:
            return message
        if len(message) > limit:
            return encode_truncated(decode_query(data), message[3] & 15)
        if not options:  # dig's cookie is new each time (N9.2); without options the next query is likely the same
            if len(self.exact) >= _EXACT:
                self.exact.clear()
            wholes = [turn[:10] + question + turn[10:] for turn in turns]
            self.exact[data[2:]] = wholes[0] if len(wholes) == 1 else wholes
        return message

    def _find(self, data: bytes, end: int) -> bytes | list[bytes] | None:
        key = data[2:12] + data[12 : end - 4].lower() + data[end - 4 : end]
        blob = self.young.get(key)
        if blob is None:
            blob = self.old.get(key)
            if blob is not None:
                self._keep(key, blob)
        return blob

    def _keep(self, key: bytes, blob: bytes | list[bytes]) -> None:
        if len(self.young) * 2 >= self.cache_size:
            self.old, self.young = self.young, {}
        self.young[key] = blob

    def respond(self, data: bytes, tcp: bool = False) -> bytes | Pending | None:
        """The answer to any message: bytes, None for silence, or Pending.  Never raises."""
        message = self.cached(data, tcp)
        if message is not None:
            return message or None
        if len(data) < 12 or data[2] & 0x80:  # too short to answer, or an answer itself: a loop begins here
            return None
        if data[2] << 8 & OPCODE_MASK:
            return encode_bare_error(data, RCODES["NOTIMP"])
        try:
            query = decode_query(data)
        except WireError:
            return encode_bare_error(data, RCODES["FORMERR"])
        if query.version:
            return encode_error(query, RCODES["BADVERS"])
        if query.qclass != 1 or query.type in _TRANSFERS:
            return encode_error(query, RCODES["REFUSED"])
        if query.type == OPT:
            return encode_error(query, RCODES["FORMERR"])
        try:
            answer = self.answer(query.name.lower(), type_text(query.type))
        except Exception as error:  # whatever goes wrong above must not stop the server
            self._tell(query, error)
            return encode_error(query, RCODES["SERVFAIL"])
        forward = self.outside(answer) if self.outside is not None else ""
        if forward or (answer.elapsed > 0 and answer.rcode not in SILENT):
            return Pending(query, answer, forward)
        key = data[2:12] + query.question[:-4].lower() + query.question[-4:]
        if answer.rcode in SILENT:
            self._keep(key, b"\0")
            return None
        try:
            first, tails = encode_tails(answer, query, _TURNS)
        except WireError as error:
            self._tell(query, error)
            return encode_error(query, RCODES["SERVFAIL"])
        blobs = [first + tail for tail in tails]
        if len(blobs[0]) <= _CACHED_TAIL:
            self._keep(key, blobs[0] if len(blobs) == 1 else blobs[1:] + blobs[:1])
        return self.compose(query, blobs[0], tcp)

    def finish(self, query: Query, answer: Answer, tcp: bool) -> bytes | None:
        """The message for an answer that was pending."""
        if answer.rcode in SILENT:
            return None
        try:
            first, tails = encode_tails(answer, query)
            return self.compose(query, first + tails[0], tcp)
        except WireError as error:
            self._tell(query, error)
            return encode_error(query, RCODES["SERVFAIL"])

    @staticmethod
    def compose(query: Query, blob: bytes, tcp: bool) -> bytes:
        """Put id and question before and into flags, counts and tail; truncate for UDP (N9.7)."""
        message = query.id.to_bytes(2, "big") + blob[:10] + query.question + blob[10:]
        if len(message) > query.limit and not tcp:
            return encode_truncated(query, message[3] & 15)
        return message

    def _tell(self, query: Query, error: Exception) -> None:
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        if what not in self._problems and len(self._problems) < _PROBLEMS:
            self._problems.add(what)
            print(f"dns: view {self.name}: {query.name} {type_text(query.type)}: {what}", file=sys.stderr, flush=True)
