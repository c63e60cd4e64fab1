"""What the BIND tools say about servers that gave no answer, and the message the client gets in the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from ..names.answer import REFUSED_CONNECTION, TIMEOUT, UNREACHABLE, Answer
from ..names.wire import (
    RD,
    Message,
    decode_answer,
    decode_query,
    encode_answer,
    encode_query,
)

FAILED: Final = {TIMEOUT: "timed out", REFUSED_CONNECTION: "connection refused", UNREACHABLE: "network unreachable"}
NO_SERVERS: Final = ";; no servers could be reached"
TRUNCATED: Final = ";; Truncated, retrying in TCP mode."


class Tries(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Lines about failed tries, and the answer of the server that was reached (None: none was)."""

    lines: tuple[str, ...]
    answer: Answer | None
    setup_failed: bool = False
    """The last failure was at the socket: the tools then end without a word more."""


def follow_servers(
    answers: Sequence[Answer], *, server: str, name: str, port: int, transport: str, tries: int
) -> Tries:
    """Go through the servers as dig and nslookup do.

    ``answers`` are what each server in turn gave, the last one final;
    ``server`` stands in where an answer names none.  The first server gets
    ``tries`` tries, each further one a single one (measured, dig 9.18).
    """
    lines: list[str] = []
    setup = False
    for place, answer in enumerate(answers):
        if answer.rcode not in FAILED:
            return Tries(lines=tuple(lines), answer=answer)
        where, why = f"{answer.server or server}#{port}", FAILED[answer.rcode]
        host = answer.server or server
        times = 1 if place else tries
        # N7.2h: no socket at all; by TCP a refused connection is one of these too.
        setup = answer.rcode == UNREACHABLE or (transport == "TCP" and answer.rcode == REFUSED_CONNECTION)
        if not setup:
            lines += [f";; communications error to {where}: {why}"] * times  # N7.2f, N7.2g
            continue
        begin = "Connection to" if transport == "TCP" else "UDP setup with"
        lines += [f";; {begin} {where}({host}) for {name} failed: {why}.", NO_SERVERS] * times
        if place + 1 < len(answers):
            lines.pop()
    return Tries(lines=tuple(lines), answer=None, setup_failed=setup)


def server_by_server(answer: Answer) -> tuple[Answer, ...]:
    """What each server in turn gave, as the answer's chain tells it; the answer itself comes last."""
    failed: list[Answer] = []
    for step in answer.chain:
        if step.code == "names.client.search":  # another name: the servers are asked anew
            failed = []
        elif step.code == "names.client.next_server":
            told = dict(step.params)
            failed.append(Answer(name=answer.name, type=answer.type, rcode=told["rcode"], server=told["server"]))
    return (*failed, answer)


class Received(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The message as the client has it in hand."""

    message: Message
    transport: str
    retried: bool = False
    """It came by TCP after a truncated one by UDP (N7.2i)."""


def receive(
    answer: Answer, *, question: str, query_id: int, transport: str, edns: bool, payload: int, recurse: bool = True
) -> Received:
    """Write the answer as bytes and read it back: case, compression and size are then those of the wire (N7.5).

    Raises WireError for a name or record that fits no message.
    """
    query = decode_query(
        encode_query(question, answer.type, ident=query_id, flags=RD if recurse else 0, edns=edns, payload=payload)
    )
    data = encode_answer(answer, query)
    retried = transport == "UDP" and len(data) > query.limit
    return Received(message=decode_answer(data), transport="TCP" if retried else transport, retried=retried)
