"""``tabiji dig``: what a name resolves to from a place, and who gave the answer."""

from __future__ import annotations

import sys
from typing import Any

from . import NO, UNDETERMINED, YES, UsageError
from .settings import estate_of, lang_of

TYPES = frozenset(
    ("A", "AAAA", "ANY", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV", "TXT")
)
FLAGS = ("short", "tcp", "vc", "search", "nosearch")


class Words:
    """A dig command line, understood: words may come in any order, as dig takes them."""

    def __init__(self, words: list[str], reverse: str | None) -> None:
        self.server: str | None = None
        self.flags: set[str] = set()
        self.rtype = ""
        plain: list[str] = []
        for word in words:
            if word.startswith("@"):
                self.server = word[1:]
            elif word.startswith("+"):
                if word[1:] not in FLAGS:
                    raise UsageError(f"unknown option {word}; tabiji dig knows {', '.join('+' + f for f in FLAGS)}")
                self.flags.add(word[1:])
            elif word.upper() in TYPES and len(plain) >= (1 if reverse else 2):
                self.rtype = word.upper()
            else:
                plain.append(word)
        if len(plain) != (1 if reverse else 2):
            raise UsageError(
                "what to look up? tabiji dig FROM NAME [TYPE] [@SERVER] [+short] [+tcp], or FROM -x ADDRESS"
            )
        self.source = plain[0]
        self.name = reverse_name(reverse) if reverse else plain[1]
        self.rtype = self.rtype or ("PTR" if reverse else "A")

    @property
    def protocol(self) -> str:
        """``tcp`` or ``udp``."""
        return "tcp" if self.flags & {"tcp", "vc"} else "udp"


def reverse_name(address: str) -> str:
    """The name under in-addr.arpa or ip6.arpa that stands for an address.  Raises UsageError."""
    import ipaddress

    try:
        return ipaddress.ip_address(address).reverse_pointer + "."
    except ValueError:
        raise UsageError(f"-x {address}: not an address") from None


def run(options: Any) -> int:
    """Ask and report: 0 an answer, 2 none, 3 cannot be told."""
    words = Words(options.words, options.reverse)
    lang = lang_of(options)
    estate = estate_of(options)
    from .. import dig
    from ..report.labels import Labels

    answer = dig(estate, words.source, words.name, words.rtype, server=words.server, protocol=words.protocol)
    labels = Labels(estate, lang)
    if options.format == "json":
        from ..report.json import VERSION, encode
        from ..report.names import answer_document

        document = {"version": VERSION, "kind": "answer", "lang": lang, "answer": answer_document(answer, labels)}
        print(encode(document, pretty=sys.stdout.isatty()))
    else:
        from ..report.names import render_answers
        from ..report.terminal import style_for

        style = style_for(options.color)
        short = "short" in words.flags
        sys.stdout.write(render_answers([answer], labels=labels, style=style, explain=options.explain, short=short))
    if answer.unknown:
        return UNDETERMINED
    return YES if answer.answer else NO
