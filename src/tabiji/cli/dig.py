"""``tabiji dig``: what a name resolves to from a place, as dig prints it, and who gave the answer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from . import NO, UNDETERMINED, YES, UsageError
from .settings import estate_of, lang_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..estate import Estate
    from ..names.answer import Answer
    from ..report.labels import Labels
    from ..report.terminal import Style

    Ask = Callable[[str, str], Answer]

TYPES = frozenset(
    ("A", "AAAA", "ANY", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV", "SVCB", "TXT")
)
STUB_PAYLOAD = 65494
"""UDP size that systemd-resolved offers (N1.5)."""
OWN_WORDS = ("explain", "noexplain")
"""Words with a plus that are tabiji's, not dig's."""


class Words:
    """A dig command line, understood: words may come in any order, as dig takes them."""

    def __init__(self, words: list[str], reverse: str | None, rtype: str | None) -> None:
        self.server: str | None = None
        self.plus: list[str] = []
        self.explain = True
        self.rtype = _type(rtype) if rtype else ""
        plain: list[str] = []
        wanted = 1 if reverse else 2
        for word in words:
            if word.startswith("@"):
                self.server = word[1:]
            elif word[:1] == "+" and word[1:] in OWN_WORDS:
                self.explain = word == "+explain"
            elif word.startswith("+"):
                self.plus.append(word)
            elif len(plain) >= wanted and _is_type(word):
                self.rtype = word.upper()
            elif len(plain) < wanted or word.upper() != "IN":
                plain.append(word)
        if len(plain) != wanted:
            raise UsageError(
                "what to look up? tabiji dig FROM NAME [TYPE] [@SERVER] [+short] [+tcp], or FROM -x ADDRESS"
            )
        self.source = plain[0]
        self.name = reverse_name(reverse) if reverse else plain[1]
        self.explicit_type = bool(self.rtype)
        self.rtype = self.rtype or ("PTR" if reverse else "A")
        # What dig's banner repeats: the words as typed, without the place.
        typed = [word for word in words if word[1:] not in OWN_WORDS or word[:1] != "+"]
        typed.remove(self.source)
        first = [*(("-x", reverse) if reverse else ()), *(("-t", rtype) if rtype else ())]
        self.typed = " ".join([*first, *typed])

    def plus_options(self) -> dict[str, Any]:
        """What the words with a plus ask of dig.  Raises UsageError."""
        from ..report.dig import parse_plus_options

        try:
            return parse_plus_options(self.plus)
        except ValueError as error:
            raise UsageError(str(error)) from None


def _is_type(word: str) -> bool:
    word = word.upper()
    return word in TYPES or (word.startswith("TYPE") and word[4:].isdigit() and int(word[4:]) < 65536)


def _type(word: str) -> str:
    if not _is_type(word):
        raise UsageError(f"-t {word}: no such type of record")
    return word.upper()


def reverse_name(address: str) -> str:
    """The name under in-addr.arpa or ip6.arpa that stands for an address.  Raises UsageError."""
    import ipaddress

    try:
        return ipaddress.ip_address(address).reverse_pointer + "."
    except ValueError:
        raise UsageError(f"-x {address}: not an address") from None


def run(options: Any) -> int:
    """Ask and report: 0 an answer, 2 none, 3 cannot be told; with ``--as``, the exit code of that tool."""
    words = Words(options.words, options.reverse, options.type)
    asked = words.plus_options()
    lang = lang_of(options)
    estate = estate_of(options)
    if options.tool == "getent":
        return _getent(estate, words)
    search = asked.pop("search", None)

    def ask(name: str, rtype: str, tool: str = options.tool or "dig") -> Answer:
        from .. import dig

        protocol = "tcp" if asked.get("transport") == "TCP" else "udp"
        return dig(estate, words.source, name, rtype, server=words.server, protocol=protocol, tool=tool, search=search)

    answer = ask(words.name, words.rtype)
    code = UNDETERMINED if answer.unknown else YES if answer.answer else NO
    from ..report.labels import Labels
    from ..report.names import answer_document, explain_lines, render_answers
    from ..report.terminal import style_for

    labels = Labels(estate, lang)
    if options.format == "json":
        from ..report.json import VERSION, encode

        document = {"version": VERSION, "kind": "answer", "lang": lang, "answer": answer_document(answer, labels)}
        print(encode(document, pretty=sys.stdout.isatty()))
        return code
    style = style_for(options.color)
    short = bool(asked.get("short"))
    if options.tool == "nslookup":
        text, tool_code = _nslookup(answer, words, ask)
    elif options.tool == "host":
        text, tool_code = _host(answer, words, ask)
    elif answer.server:
        text, tool_code = _dig(answer, words, asked, options)
    else:  # some public resolver: there is no transcript without a server
        text, tool_code = render_answers([answer], labels=labels, style=style, chain=False, short=short), code
    sys.stdout.write(text)
    if words.explain and not short:
        if text and not text.endswith("\n\n"):
            print()
        for line in (*explain_lines(answer, labels, style), *_others(estate, answer, words, labels, style)):
            print(line)
    return tool_code if options.tool else code


def _others(estate: Estate, answer: Answer, words: Words, labels: Labels, style: Style) -> list[str]:
    """What programs get instead that do read the hosts file (N1.10)."""
    from ..names import hosts_file
    from ..report.terminal import wrap
    from ..request.vantage import find_vantage

    if words.server is not None or answer.type not in ("A", "AAAA"):
        return []
    step = hosts_file.unread(estate, find_vantage(estate, words.source), answer.name.lower())
    if step is None:
        return []
    told = f"{labels.text(step.code, step.params)}  [{' '.join(step.facts)}]"
    first, *rest = wrap(told, max(20, style.width - 4))
    return [f"  {style('!', 'odd')} {first}", *(f"    {line}" for line in rest)]


def _dig(answer: Answer, words: Words, asked: dict[str, Any], options: Any) -> tuple[str, int]:
    from datetime import datetime

    from ..names.client import STUB
    from ..report.dig import DEFAULT_VERSION, render_dig
    from ..report.dns_tries import server_by_server

    if options.query_id is None:
        from random import randrange

        ident = randrange(65536)
    else:
        ident = options.query_id
    try:
        when = datetime.fromisoformat(options.when) if options.when else datetime.now().astimezone()
    except ValueError:
        raise UsageError(f"--when {options.when}: not a time as in 2026-01-31T12:00:00+09:00") from None
    return render_dig(
        server_by_server(answer),
        args=words.typed,
        server=answer.server,
        server_given=words.server is not None,
        query_id=ident,
        elapsed_ms=options.query_time,
        when=when,
        question=words.name if asked_as_typed(answer, words) else answer.name.removesuffix("."),
        version=options.dig_version or DEFAULT_VERSION,
        server_payload=STUB_PAYLOAD if answer.server == STUB else 0,
        **asked,
    )


def asked_as_typed(answer: Answer, words: Words) -> bool:
    """The name was asked as it was typed, not with a suffix of the search list."""
    return answer.name.lower().removesuffix(".") == words.name.lower().removesuffix(".")


def _nslookup(answer: Answer, words: Words, ask: Ask) -> tuple[str, int]:
    from ..report.dns_tries import server_by_server
    from ..report.nslookup import render_nslookup

    answers = [*server_by_server(answer)]
    reverse = words.rtype == "PTR" and not words.explicit_type
    if not words.explicit_type and not reverse:  # without a type it asks for both kinds of address (N1.9)
        answers += server_by_server(ask(_chased(answer), "AAAA"))
    question = words.name if asked_as_typed(answer, words) else answer.name.removesuffix(".")
    return render_nslookup(
        answers, server=answer.server, question=question, explicit_type=words.explicit_type and not reverse
    )


def _host(answer: Answer, words: Words, ask: Ask) -> tuple[str, int]:
    from ..report.dns_tries import server_by_server
    from ..report.host import QUESTIONS, render_host

    answers = [*server_by_server(answer)]
    if not words.explicit_type and words.rtype == QUESTIONS[0]:
        for rtype in QUESTIONS[1:]:
            answers += server_by_server(ask(_chased(answers[-1]), rtype))
    return render_host(
        answers,
        server=answer.server,
        question=words.name,
        explicit_type=words.explicit_type,
        server_given=words.server or "",
    )


def _chased(answer: Answer) -> str:
    """The name the answer's CNAMEs lead to."""
    return next((r.rdata for r in reversed(answer.answer) if r.type == "CNAME"), answer.name)


def _getent(estate: Estate, words: Words) -> int:
    """What programs get that ask the C library."""
    from ..journey.naming import transport
    from ..names import lookup
    from ..report.getent import render_getent
    from ..request.vantage import find_vantage

    vantage = find_vantage(estate, words.source)
    if words.rtype == "PTR":
        from .. import dig

        answers = [dig(estate, vantage, words.name, "PTR", tool="libc")]
    else:
        found = lookup(estate, vantage, words.name, transport=transport(estate))
        answers = [answer for answer in found if "+" not in answer.type or answer.from_hosts_file]
    text, code = render_getent(answers, name=words.name)
    sys.stdout.write(text)
    return code
