"""An answer as nslookup of BIND 9.18 prints it (N7.2, second but last column)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..names.answer import Answer, ResourceRecord
from ..names.wire import TYPES, Message, rcode_text
from .dns_tries import NO_SERVERS, TRUNCATED, Tries, follow_servers, receive

_SAYS: Final = {
    "NS": "nameserver", "CNAME": "canonical name", "PTR": "name", "MX": "mail exchanger", "TXT": "text",
    "SRV": "service", "NAPTR": "naptr",
}  # fmt: skip
_SOA: Final = ("origin", "mail addr", "serial", "refresh", "retry", "expire", "minimum")


def render_nslookup(
    answers: Answer | Sequence[Answer],
    *,
    server: str,
    port: int = 53,
    question: str = "",
    explicit_type: bool = False,
    transport: str = "UDP",
    tries: int = 3,
) -> tuple[str, int]:
    """What nslookup writes to its standard output, and its exit code.

    ``answers``: what each server in turn gave to the first question and, for
    a name without ``-type``, then to the AAAA question (nslookup asks A then
    AAAA, N1.9).  Failures are Answers with the rcode TIMEOUT, CONNREFUSED or
    UNREACHABLE.  ``explicit_type``: ``-type=`` was given, so there is one
    question only.  A PTR question without it is ``nslookup ADDRESS``.

    Raises WireError when an answer fits no DNS message.
    """
    answers = (answers,) if isinstance(answers, Answer) else tuple(answers)
    lines: list[str] = []
    code = 0
    reached = False
    canonical: set[tuple[str, str]] = set()
    chased = ""
    groups: list[list[Answer]] = []
    for answer in answers:
        if not groups or (not explicit_type and groups[-1][-1].type != answer.type):
            groups.append([])
        groups[-1].append(answer)
    for place, group in enumerate(groups):
        name = question or group[-1].name.removesuffix(".") or "."
        done, said = _servers(group, server, name, port, transport, tries)
        lines += said
        if done.answer is None:
            lines += [] if done.setup_failed else [NO_SERVERS]
            code = code if reached else 1  # once a server was reached, silence to AAAA does not count
            break
        reached = True
        asked = name if place == 0 else chased  # in the case of the first reply
        got = receive(done.answer, question=asked, query_id=0, transport=transport, edns=False, payload=0)
        message = got.message
        lines += [TRUNCATED] if got.retried else []
        default_reverse = not explicit_type and done.answer.type == "PTR"
        header = place == 0 and not default_reverse
        if header:
            host = done.answer.server or server
            lines += [f"Server:\t\t{host}", f"Address:\t{host}#{port}", ""]
        if message.rcode:
            lines.append(
                f"** server can't find {message.question[0][0].removesuffix('.')}: {rcode_text(message.rcode)}"
            )
            code = 1
            break
        lines += ["Non-authoritative answer:"] if header else []
        lines += [
            line for record in message.answer if (record.name.lower(), record.rdata.lower()) not in canonical
            for line in _record(record)
        ]  # fmt: skip
        canonical |= {(r.name.lower(), r.rdata.lower()) for r in message.answer if r.type == "CNAME"}
        chased = next((r.rdata for r in reversed(message.answer) if r.type == "CNAME"), name)
        last = place + 1 == len(groups)
        if last and not message.answer and not _said_something(groups, place):
            lines.append(f"*** Can't find {name.removesuffix('.')}: No answer")
        lines += _found_from(message, done.answer.type)
    return "".join(f"{line}\n" for line in [*lines, ""]), code


def _servers(
    group: Sequence[Answer], server: str, name: str, port: int, transport: str, tries: int
) -> tuple[Tries, list[str]]:
    """As ``follow_servers``; after SERVFAIL nslookup goes on to the next server and says so (N1.9)."""
    said: list[str] = []
    start = 0
    while True:
        done = follow_servers(group[start:], server=server, name=name, port=port, transport=transport, tries=tries)
        said += done.lines
        if done.answer is None or done.answer.rcode != "SERVFAIL":
            return done, said
        failed = next(i for i in range(start, len(group)) if group[i] is done.answer)
        more = failed + 1 < len(group)
        host = done.answer.server or server
        said.append(f";; Got SERVFAIL reply from {host}{', trying next server' if more else ''}")
        if not more:
            return done, said
        tries = 1 if done.lines else tries  # a silent server has used them up
        start = failed + 1


def _said_something(groups: Sequence[Sequence[Answer]], place: int) -> bool:
    return any(group[-1].answer for group in groups[:place])


def _found_from(message: Message, type_: str) -> list[str]:
    if type_ in ("A", "AAAA"):
        return []
    lines = ["", "Authoritative answers can be found from:"]
    for record in message.authority:
        lines += _record(record)
    return lines


def _record(record: ResourceRecord) -> list[str]:
    owner = record.name.removesuffix(".")
    if record.type in ("A", "AAAA"):
        return [f"Name:\t{owner}", f"Address: {record.rdata}"]
    if record.type == "SOA":
        values = record.rdata.split(" ")
        values[:2] = [value.removesuffix(".") for value in values[:2]]
        return [owner, *(f"\t{label} = {value}" for label, value in zip(_SOA, values, strict=True))]
    said = _SAYS.get(record.type) or f"rdata_{TYPES.get(record.type) or record.type.removeprefix('TYPE')}"
    return [f"{owner}\t{said} = {record.rdata}"]
