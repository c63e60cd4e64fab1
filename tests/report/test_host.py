"""host's output, byte for byte: against the real host asking our server (N7.3)."""

from __future__ import annotations

import shutil

import pytest

from dns_namespace import CLOSED, GOOD, NAMES, NO_ROUTE, REFUSED, SERVFAIL, SILENT, answer_of, outputs
from tabiji.names.answer import Answer
from tabiji.names.wire import reverse_name
from tabiji.report.host import QUESTIONS, render_host

needs_host = pytest.mark.skipif(not shutil.which("host"), reason="host (bind9-host) is not installed")
PLAIN = sorted(
    {name for name, type_ in NAMES.table if type_ in ("A", "AAAA")} | {"gone.example.com.", "txt.example.com."}
)
TYPED = sorted({(name, type_) for (name, type_), answer in NAMES.table.items() if answer.rcode == "NOERROR"})


def asked(servers: tuple[str, ...], name: str) -> list[Answer]:
    """A, then AAAA and MX for the name the CNAMEs lead to, each of the servers in turn."""
    out: list[Answer] = []
    for type_ in QUESTIONS:
        for server in servers:
            out.append(answer_of(server, name, type_))
            if out[-1].rcode not in ("TIMEOUT", "CONNREFUSED", "UNREACHABLE", "SERVFAIL"):
                break
        chain = [r.rdata for r in out[-1].answer if r.type == "CNAME"]
        name = chain[-1] if chain else name
    return out


@needs_host
def test_names_without_type() -> None:
    names = [name.removesuffix(".") for name in PLAIN]
    real = outputs(*[("host", "-W", "1", "-R", "1", name) for name in names])
    for name, transcript in zip(names, real, strict=True):
        assert render_host(asked((GOOD,), name + "."), server=GOOD, question=name) == tuple(transcript), name


@needs_host
def test_typed_questions() -> None:
    table = [*TYPED, ("two.example.com.", "TXT"), ("gone.example.com.", "MX"), ("servfail.example.com.", "A")]
    real = outputs(*[("host", "-t", type_, name.removesuffix(".")) for name, type_ in table])
    for (name, type_), transcript in zip(table, real, strict=True):
        ours = render_host(NAMES(name, type_), server=GOOD, explicit_type=True)
        assert ours == tuple(transcript), (name, type_)


@needs_host
@pytest.mark.parametrize("address", ["10.2.3.4", "10.2.3.5"])
def test_reverse(address: str) -> None:
    (real,) = outputs(("host", address))
    answer = answer_of(GOOD, reverse_name(address), "PTR")
    assert render_host(answer, server=GOOD) == tuple(real)


@needs_host
@pytest.mark.parametrize(
    "servers", [(SILENT,), (CLOSED,), (NO_ROUTE,), (SERVFAIL, GOOD), (REFUSED, GOOD), (SILENT, GOOD)]
)
def test_servers_that_fail(servers: tuple[str, ...]) -> None:
    (real,) = outputs(("host", "-W", "1", "-R", "1", "two.example.com"), servers=servers)
    ours = render_host(asked(servers, "two.example.com."), server=servers[0], question="two.example.com")
    assert ours == tuple(real)


@needs_host
@pytest.mark.parametrize("server", [GOOD, SILENT, REFUSED])
def test_a_server_named(server: str) -> None:
    (real,) = outputs(("host", "-W", "1", "-R", "1", "www.example.com", server))
    ours = render_host(
        asked((server,), "www.example.com."), server=server, question="www.example.com", server_given=server
    )
    assert ours == tuple(real)
