"""An answer as dig 9.18 prints it, byte for byte (N7.1 to N7.5)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from ..names.answer import Answer, ResourceRecord
from ..names.wire import AA, AD, CD, QR, RA, RD, TC, class_text, rcode_text, type_text
from .dns_tries import NO_SERVERS, TRUNCATED, follow_servers, receive

DEFAULT_VERSION: Final = "9.18.49-1~deb12u3-Debian"
"""The version N7 was measured with."""
SHOWN: Final = frozenset(("cmd", "comments", "question", "answer", "authority", "additional", "stats"))
_FLAGS: Final = ((QR, "qr"), (AA, "aa"), (TC, "tc"), (RD, "rd"), (RA, "ra"), (AD, "ad"), (CD, "cd"))
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def render_dig(
    answers: Answer | Sequence[Answer],
    *,
    args: str,
    server: str,
    query_id: int,
    elapsed_ms: int,
    when: datetime,
    port: int = 53,
    transport: str = "UDP",
    question: str = "",
    short: bool = False,
    version: str = DEFAULT_VERSION,
    edns: bool = True,
    payload: int = 1232,
    recurse: bool = True,
    tries: int = 3,
    server_given: bool = False,
    server_name: str = "",
    show: Collection[str] = SHOWN,
    recursion_available: bool = True,
    server_edns: bool = True,
    server_payload: int = 0,
    first: bool = True,
) -> tuple[str, int]:
    """What dig writes to its standard output, and its exit code.

    ``answers``: what each server in turn gave, the last one final; a failure
    is an Answer with the rcode TIMEOUT, CONNREFUSED or UNREACHABLE.  ``args``
    is the command line after ``dig``; ``question`` the name as typed (default:
    the answer's), whose case dig keeps.  ``server`` is the address asked when
    an answer does not name it, ``server_name`` what was typed behind ``@``.
    ``payload`` is the UDP size dig offers (``+bufsize``).  A server without
    EDNS or recursion is told by ``server_edns`` and ``recursion_available``,
    one that offers another UDP size than the VPC resolver by ``server_payload``.
    ``first=False`` leaves out the banner: a further question of one command.

    Raises WireError when the answer fits no DNS message.
    """
    answers = (answers,) if isinstance(answers, Answer) else tuple(answers)
    name = question or answers[-1].name.removesuffix(".") or "."
    if answers[-1].type == "ANY":
        transport = "TCP"  # dig asks ANY by TCP
    done = follow_servers(answers, server=server, name=name, port=port, transport=transport, tries=tries)
    lines = list(done.lines)
    banner = _banner(args, version, server_given) if first else []
    if done.answer is None:
        lines += [] if done.setup_failed else [*(banner if _banner_made(args, name) else []), NO_SERVERS]
        return _text(lines), 9
    got = receive(
        done.answer,
        question=name,
        query_id=query_id,
        transport=transport,
        edns=edns and server_edns,
        payload=payload,
        recurse=recurse,
    )
    talk = "comments" in show
    if got.retried and talk and not short:
        lines.append(TRUNCATED)  # N7.2i
    message = got.message
    if short:
        return _text([*lines, *(record.rdata for record in message.answer)]), 0
    lines += banner if "cmd" in show else []
    if talk:
        flags = message.flags if recursion_available else message.flags & ~RA
        counts = (len(message.question), len(message.answer), len(message.authority), 1 if message.opt else 0)
        status = rcode_text(message.rcode)
        lines += [
            ";; Got answer:",
            f";; ->>HEADER<<- opcode: QUERY, status: {status}, id: {message.id}",
            f";; flags:{''.join(f' {text}' for bit, text in _FLAGS if flags & bit)}; "
            "QUERY: {}, ANSWER: {}, AUTHORITY: {}, ADDITIONAL: {}".format(*counts),
        ]
        if flags & RD and not flags & RA:
            lines.append(";; WARNING: recursion requested but not available")  # N7.2k
        lines.append("")
        if edns and message.opt is None and status in ("FORMERR", "NOTIMP"):
            lines += [f";; WARNING: EDNS query returned status {status} - retry with '+noedns'", ""]  # N7.2j
        if message.opt:
            lines += [
                ";; OPT PSEUDOSECTION:",
                f"; EDNS: version: 0, flags:; udp: {server_payload or message.opt.payload}",
            ]
    if "question" in show:
        lines += [";; QUESTION SECTION:"] if talk else []
        lines += [
            _columns(";" + asked, "", class_text(klass), type_text(code)) for asked, code, klass in message.question
        ]
        lines += [""] if talk else []
    for title, key, records in (("ANSWER", "answer", message.answer), ("AUTHORITY", "authority", message.authority)):
        if records and key in show:
            lines += [f";; {title} SECTION:"] if talk else []
            lines += [_record(record) for record in records]
            lines += [""] if talk else []
    if "stats" in show:
        host = done.answer.server or server
        lines += [
            f";; Query time: {elapsed_ms} msec",
            f";; SERVER: {host}#{port}({server_name or host}) ({got.transport})",
            f";; WHEN: {_clock(when)}",
            f";; MSG SIZE  rcvd: {message.size}",
            "",
        ]
    return _text(lines), 0


def parse_plus_options(words: Iterable[str]) -> dict[str, Any]:
    """The ``+`` words of a dig command line as keywords of ``render_dig``, and ``search`` if one says so.

    Raises ValueError with dig's own text for a word it does not know.
    """
    out: dict[str, Any] = {}
    show = set(SHOWN)
    for word in words:
        name, _, value = word.removeprefix("+").partition("=")
        on = not name.startswith("no")
        name = name.removeprefix("no")
        if name in SHOWN:
            (show.add if on else show.discard)(name)
        elif name == "all":
            show = set(SHOWN) if on else set()
        elif name in ("tcp", "vc"):
            out["transport"] = "TCP" if on else "UDP"
        elif name in ("short", "edns"):
            out[name] = on
        elif name in ("rec", "recurse"):
            out["recurse"] = on
        elif name == "search":
            out["search"] = on
        elif name == "cookie" or (name in ("time", "timeout") and value.isdigit()):
            pass  # they change nothing in a transcript: no cookie is echoed (N2.10c)
        elif name in ("bufsize", "tries", "retry") and value.isdigit():
            number = int(value) + (name == "retry")
            out["payload" if name == "bufsize" else "tries"] = number if name == "bufsize" else max(1, number)
        else:
            raise ValueError(f"Invalid option: {word}")
    out["show"] = frozenset(show)
    return out


def _text(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _banner(args: str, version: str, server_given: bool) -> list[str]:
    found = ["; (1 server found)"] if server_given else []
    return ["", f"; <<>> DiG {version} <<>> {args}", *found, ";; global options: +cmd"]


def _banner_made(args: str, name: str) -> bool:
    """dig makes the banner when it comes to the name; a +nocmd behind it cannot take it from a failure."""
    made = True
    for word in args.split():
        if word in ("+cmd", "+nocmd", "+all", "+noall", "+short"):
            made = word in ("+cmd", "+all")
        elif word == "-x" or word.removesuffix(".") == name.removesuffix("."):
            break
    return made


def _record(record: ResourceRecord) -> str:
    return _columns(record.name, str(record.ttl), "IN", record.type, record.rdata)


def _columns(*fields: str) -> str:
    """Fields at columns 24 (TTL), 32 (class), 40 (type), 48 (data) with tab stops of 8 (N7.4)."""
    asked = fields[0].startswith(";") and len(fields) == 4
    line = fields[0]
    column = len(line) - asked  # a question counts without its leading semicolon
    for target, field in zip((24, 32, 40, 48), fields[1:], strict=False):
        if not field:
            continue
        target = max(target, column + 1)
        tabs = target // 8 - column // 8
        if tabs:
            column = target // 8 * 8
        line += "\t" * tabs + " " * (target - column) + field
        column = target + len(field)
    return line


def _clock(when: datetime) -> str:
    if when.tzinfo is None:
        when = when.astimezone()
    day, month = _DAYS[when.weekday()], _MONTHS[when.month - 1]
    return f"{day} {month} {when.day:02d} {when:%H:%M:%S} {when.tzname()} {when.year}"
