"""An answer as host of BIND 9.18 prints it (N7.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..names.answer import Answer, ResourceRecord
from ..names.wire import rcode_text
from .dns_tries import NO_SERVERS, follow_servers, receive

_SAYS: Final = {
    "A": "has address", "AAAA": "has IPv6 address", "CNAME": "is an alias for", "MX": "mail is handled by",
    "NS": "name server", "PTR": "domain name pointer", "TXT": "descriptive text",
}  # fmt: skip
QUESTIONS: Final = ("A", "AAAA", "MX")
"""What host asks for when no type is given; after the first, for the name that the CNAMEs lead to."""


def render_host(
    answers: Answer | Sequence[Answer],
    *,
    server: str,
    port: int = 53,
    question: str = "",
    explicit_type: bool = False,
    server_given: str = "",
    transport: str = "UDP",
    tries: int = 2,
) -> tuple[str, int]:
    """What host writes to its standard output, and its exit code.

    ``answers``: what each server in turn gave to the first question, then to
    each further one (``QUESTIONS``).  Failures are Answers with the rcode
    TIMEOUT, CONNREFUSED or UNREACHABLE.  ``server_given`` is the server named
    on the command line.

    Raises WireError when an answer fits no DNS message.
    """
    answers = (answers,) if isinstance(answers, Answer) else tuple(answers)
    lines: list[str] = []
    if server_given:
        lines = ["Using domain server:", f"Name: {server_given}", f"Address: {server}#{port}", "Aliases: ", ""]
    groups: list[list[Answer]] = []
    for answer in answers:
        if not groups or groups[-1][-1].type != answer.type:
            groups.append([])
        groups[-1].append(answer)
    said: set[tuple[str, str]] = set()
    reached = False
    for group in groups:
        group = [a for i, a in enumerate(group) if a.rcode != "SERVFAIL" or i + 1 == len(group)]  # it goes on silently
        typed = question or group[-1].name.removesuffix(".") or "."
        done = follow_servers(group, server=server, name=typed, port=port, transport=transport, tries=tries)
        if done.answer is None:
            header = lines if not server_given or reached else []  # the server is told with its first answer
            end = [] if done.setup_failed else [NO_SERVERS]
            return _text([*header, *done.lines, *end]), 0 if reached else 1
        reached = True
        got = receive(done.answer, question=typed, query_id=0, transport=transport, edns=False, payload=0)
        lines += done.lines
        message = got.message
        if message.rcode:
            asked = message.question[0][0]
            name = asked if done.answer.type == "PTR" and not explicit_type else asked.removesuffix(".")
            lines.append(f"Host {name} not found: {message.rcode}({rcode_text(message.rcode)})")
            return _text(lines), 1
        for record in message.answer:
            if (record.name.lower(), record.rdata) not in said or record.type != "CNAME":
                lines.append(_record(record))
            said.add((record.name.lower(), record.rdata))
        if explicit_type and not message.answer:
            lines.append(f"{typed.removesuffix('.')} has no {done.answer.type} record")
        question = next((r.rdata for r in reversed(message.answer) if r.type == "CNAME"), typed)
    return _text(lines), 0


def _record(record: ResourceRecord) -> str:
    says = _SAYS.get(record.type, f"has {record.type} record")
    return f"{record.name.removesuffix('.')} {says} {record.rdata}"


def _text(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
