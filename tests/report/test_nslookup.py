"""nslookup's output, byte for byte: against the real nslookup asking our server (N7.2, N1.9)."""

from __future__ import annotations

import pytest

from dns_namespace import CLOSED, GOOD, NAMES, NO_ROUTE, REFUSED, SERVFAIL, SILENT, answer_of, outputs
from dns_serving import needs_nslookup, ok, rr, serving, tool
from tabiji.names.answer import Answer
from tabiji.names.wire import reverse_name
from tabiji.report.nslookup import render_nslookup

DEAD = (SILENT, CLOSED, NO_ROUTE)
PLAIN = sorted(
    {name for name, type_ in NAMES.table if type_ in ("A", "AAAA")} | {"gone.example.com.", "txt.example.com."}
)
TYPED = sorted({(name, type_) for (name, type_), answer in NAMES.table.items() if answer.rcode == "NOERROR"})


def asked(servers: tuple[str, ...], name: str, type_: str) -> list[Answer]:
    """The answers nslookup gets, server by server."""
    out = []
    for server in servers:
        out.append(answer_of(server, name, type_))
        if server not in (*DEAD, SERVFAIL):
            break
    return out


def both(servers: tuple[str, ...], name: str) -> list[Answer]:
    """A, then AAAA for the name the CNAMEs lead to."""
    first = asked(servers, name, "A")
    chain = [r.rdata for r in first[-1].answer if r.type == "CNAME"]
    return first + asked(servers, chain[-1] if chain else name, "AAAA")


@needs_nslookup
def test_names_without_type() -> None:
    names = [name.removesuffix(".") for name in PLAIN]
    real = outputs(*[("nslookup", "-timeout=1", "-retry=1", name) for name in names])
    for name, transcript in zip(names, real, strict=True):
        ours = render_nslookup(both((GOOD,), name + "."), server=GOOD, tries=1, question=name)
        assert ours == tuple(transcript), name


@needs_nslookup
def test_an_aaaa_answer_that_repeats_the_chain_reads_the_same() -> None:
    ((text, code),) = outputs(("nslookup", "www.example.com"))
    answers = [NAMES("www.example.com.", "A"), NAMES("www.example.com.", "AAAA")]
    assert render_nslookup(answers, server=GOOD) == (text, code)


@needs_nslookup
def test_typed_questions() -> None:
    table = [*TYPED, ("two.example.com.", "TXT"), ("two.example.com.", "SOA"), ("gone.example.com.", "MX"),
             ("two.example.com.", "HTTPS"), ("servfail.example.com.", "A")]  # fmt: skip
    real = outputs(*[("nslookup", f"-type={type_}", name.removesuffix(".")) for name, type_ in table])
    for (name, type_), transcript in zip(table, real, strict=True):
        ours = render_nslookup(NAMES(name, type_), server=GOOD, explicit_type=True)
        assert ours == tuple(transcript), (name, type_)


@needs_nslookup
def test_addresses() -> None:
    found = outputs(("nslookup", "10.2.3.4"), ("nslookup", "10.2.3.5"), ("nslookup", "2001:db8::9"))
    for address, transcript in zip(("10.2.3.4", "10.2.3.5", "2001:db8::9"), found, strict=True):
        assert render_nslookup(NAMES(reverse_name(address), "PTR"), server=GOOD) == tuple(transcript)


@needs_nslookup
@pytest.mark.parametrize(
    "servers",
    [(SILENT,), (CLOSED,), (NO_ROUTE,), (SILENT, GOOD), (CLOSED, GOOD), (NO_ROUTE, GOOD), (SERVFAIL, GOOD),
     (SERVFAIL, SERVFAIL), (REFUSED, GOOD), (SERVFAIL, SILENT), (SILENT, SERVFAIL), (SERVFAIL, REFUSED)],
    ids=str,
)  # fmt: skip
def test_n1_9_several_servers(servers: tuple[str, ...]) -> None:
    """nslookup goes on after SERVFAIL and after silence, and stops at REFUSED."""
    ((text, code),) = outputs(("nslookup", "-timeout=1", "-retry=2", "two.example.com"), servers=servers)
    answers = asked(servers, "two.example.com.", "A")
    if answers[-1].rcode == "NOERROR":
        answers = both(servers, "two.example.com.")
    assert render_nslookup(answers, server="", tries=2, question="two.example.com") == (text, code)


@needs_nslookup
def test_case_port_and_server_given() -> None:
    answers = {t: NAMES("www.example.com.", t) for t in ("A", "AAAA")}
    two = NAMES("two.example.com.", "AAAA")
    with serving(lambda name, type_: two if name == "two.example.com." else answers[type_]) as port:
        real = tool("nslookup", f"-port={port}", "WWW.Example.com", "127.0.0.1")
    ours = render_nslookup([answers["A"], two], server="127.0.0.1", port=port, question="WWW.Example.com")
    assert ours == real


def test_n7_2b_nodata_text() -> None:
    """Runs without nslookup."""
    answers = [ok("x.example.com.", "A"), ok("x.example.com.", "AAAA")]
    assert render_nslookup(answers, server="10.0.0.2") == (
        "Server:\t\t10.0.0.2\nAddress:\t10.0.0.2#53\n\n"
        "Non-authoritative answer:\n*** Can't find x.example.com: No answer\n\n",
        0,
    )


def test_two_addresses_text() -> None:
    records = (rr("x.example.com.", "A", "10.0.0.1"), rr("x.example.com.", "A", "10.0.0.9"))
    text, code = render_nslookup([ok("x.example.com.", "A", *records), ok("x.example.com.", "AAAA")], server="10.0.0.2")
    assert code == 0
    assert text.endswith("Name:\tx.example.com\nAddress: 10.0.0.1\nName:\tx.example.com\nAddress: 10.0.0.9\n\n")
