"""An answer as getent of glibc 2.36 prints it: what programs that call the resolver get."""

from __future__ import annotations

from collections.abc import Sequence

from ..names.answer import Answer

DATABASES = ("hosts", "ahosts", "ahostsv4", "ahostsv6")


def render_getent(answers: Answer | Sequence[Answer], *, name: str, database: str = "hosts") -> tuple[str, int]:
    """What ``getent DATABASE NAME`` writes, and its exit code (0 found, 2 not).

    ``answers`` are the final answers to the AAAA and the A question (in any
    order; either may be left out, as for a host that has no IPv6 address,
    N1.8), or the PTR answer when ``name`` is an address.  ``hosts`` prints
    IPv6 addresses if there are any and else IPv4 ones (N1.8); ``ahosts``
    prints all, IPv6 first, in the answer's order within a family.

    Raises ValueError for a database it does not know.
    """
    if database not in DATABASES:
        raise ValueError(f"getent database {database!r} is not one of {', '.join(DATABASES)}")
    answers = (answers,) if isinstance(answers, Answer) else tuple(answers)
    if answers and answers[0].type == "PTR":
        return _reverse(answers[0], name, database)
    found = [a for a in answers if a.rcode == "NOERROR" and a.addresses()]  # N7.2b to N7.2f: all else is not found
    six = [(address, a) for a in found for address in a.addresses() if ":" in address]
    four = [(address, a) for a in found for address in a.addresses() if ":" not in address]
    chosen = {"hosts": six or four, "ahosts": six + four, "ahostsv4": four, "ahostsv6": six}[database]
    if not chosen:
        return "", 2
    lines = []
    for place, (address, answer) in enumerate(chosen):
        if database == "hosts":
            lines.append(f"{address:<15} {' '.join(_names(answer, name))}")
        else:
            canonical = _names(chosen[0][1], name)[0] if not place else ""
            lines += [
                f"{address:<15} STREAM {canonical}",
                f"{address:<15} DGRAM  ",
                f"{address:<15} RAW    ",
            ]
    return "".join(f"{line}\n" for line in lines), 0


def _names(answer: Answer, typed: str) -> list[str]:
    """Canonical name, then the aliases that lead to it (N7.3)."""
    aliases = [record.name for record in answer.answer if record.type == "CNAME"]
    owner = next(record.name for record in answer.answer if record.type in ("A", "AAAA"))
    names = [text.removesuffix(".") for text in (owner, *aliases)]
    typed = typed.removesuffix(".")
    return [typed if text.lower() == typed.lower() else text for text in names]  # the reply repeats the case asked


def _reverse(answer: Answer, address: str, database: str) -> tuple[str, int]:
    if database != "hosts":  # an address needs no resolver
        types = (f"STREAM {address}", "DGRAM  ", "RAW    ")
        return "".join(f"{address:<15} {text}\n" for text in types), 0
    names = [record.rdata.removesuffix(".") for record in answer.answer if record.type == "PTR"]
    if answer.rcode != "NOERROR" or not names:
        return "", 2
    return f"{address:<15} {' '.join(names)}\n", 0
