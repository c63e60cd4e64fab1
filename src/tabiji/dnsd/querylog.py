"""The query log: one JSON object a line for each answered query."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TextIO

import msgspec

from ..names.wire import WireError, class_text, decode_query, rcode_text, type_text


class QueryLog:
    """Writes to an open text file; ``flush`` is called once for each batch of queries.

    Keys: ``time`` (UTC), ``view``, ``client``, ``transport``, ``id``,
    ``name``, ``type``, ``class``, ``rcode`` (null: no answer was sent),
    ``answers`` (number of records), ``size`` (octets sent), ``cached``, and
    for a broken query ``error`` instead of the question.
    """

    def __init__(self, file: TextIO) -> None:
        self.file = file
        self._encode = msgspec.json.Encoder().encode

    def write(self, view: str, client: str, transport: str, data: bytes, message: bytes | None, cached: bool) -> None:
        """Log one query and the answer it got; a log that cannot be written is not worth a query."""
        line: dict[str, object] = {
            "time": datetime.now(UTC).isoformat(timespec="microseconds"),
            "view": view,
            "client": client,
            "transport": transport,
        }
        try:
            query = decode_query(data)
            line |= {"id": query.id, "name": query.name, "type": type_text(query.type)}
            line["class"] = class_text(query.qclass)
        except WireError as error:
            line["error"] = str(error)
        line["rcode"] = rcode_text(message[3] & 15) if message else None
        line["answers"] = int.from_bytes(message[6:8], "big") if message else 0
        line["truncated"] = bool(message and message[2] & 2)
        line["size"] = len(message) if message else 0
        line["cached"] = cached
        try:
            self.file.write(self._encode(line).decode() + "\n")
        except (OSError, ValueError):
            return

    def flush(self) -> None:
        """Hand what was written to the operating system."""
        try:
            self.file.flush()
        except (OSError, ValueError):
            return
