"""getent's output: against the real glibc asking our server in a network namespace (N1.8, N7.2, N7.3)."""

from __future__ import annotations

import shutil

import pytest

from dns_namespace import GOOD, NAMES, SILENT, answer_of, outputs
from tabiji.names.answer import Answer
from tabiji.names.wire import reverse_name
from tabiji.report.getent import render_getent

needs_getent = pytest.mark.skipif(not shutil.which("getent"), reason="getent is not installed")

FOUR = ["10.9.9.9/8"]
SIX = ["10.9.9.9/8", "2001:db8::99/32"]
CASES = ["ssm.ap-northeast-1.amazonaws.com", "SSM.ap-northeast-1.amazonaws.com.", "two.example.com", "six.example.com",
         "four.example.com", "www.example.com", "gone.example.com", "txt.example.com", "cn.example.com",
         "dangling.example.com", "servfail.example.com", "refused.example.com", "six-servfail.example.com"]  # fmt: skip


def answers(name: str, *types: str, server: str = GOOD) -> list[Answer]:
    full = name.removesuffix(".").lower() + "."
    return [answer_of(server, full, type_) for type_ in types]


@needs_getent
def test_n1_8_hosts() -> None:
    for addresses in (FOUR, SIX):
        # one namespace for each name: our server turns the records from query to query
        for name in CASES:
            ((text, code),) = outputs(("getent", "hosts", name), addresses=addresses, options="timeout:1 attempts:1")
            assert render_getent(answers(name, "AAAA", "A"), name=name) == (text, code), name


@needs_getent
@pytest.mark.parametrize("name", ["ssm.ap-northeast-1.amazonaws.com", "two.example.com", "www.example.com",
                                  "four.example.com", "six.example.com", "gone.example.com"])  # fmt: skip
def test_n1_8_ahosts(name: str) -> None:
    """On a host without an IPv6 address no AAAA is asked."""
    ((text, code),) = outputs(("getent", "ahosts", name), addresses=FOUR)
    assert render_getent(answers(name, "A"), name=name, database="ahosts") == (text, code)
    ((text, code),) = outputs(("getent", "ahosts", name), addresses=SIX)
    assert render_getent(answers(name, "A", "AAAA"), name=name, database="ahosts") == (text, code)


@needs_getent
@pytest.mark.parametrize("database", ["ahostsv4", "ahostsv6"])
def test_one_family(database: str) -> None:
    type_ = "A" if database == "ahostsv4" else "AAAA"
    for name in ("two.example.com", "www.example.com", "gone.example.com"):
        ((text, code),) = outputs(("getent", database, name), addresses=SIX)
        assert render_getent(answers(name, type_), name=name, database=database) == (text, code)


@needs_getent
def test_addresses() -> None:
    found = outputs(("getent", "hosts", "10.2.3.4"), ("getent", "hosts", "10.2.3.5"), ("getent", "ahosts", "10.2.3.4"))
    databases = ("hosts", "hosts", "ahosts")
    for address, database, transcript in zip(("10.2.3.4", "10.2.3.5", "10.2.3.4"), databases, found, strict=True):
        answer = NAMES(reverse_name(address), "PTR")
        assert render_getent(answer, name=address, database=database) == tuple(transcript)


@needs_getent
def test_n7_2f_timeout() -> None:
    ((text, code),) = outputs(("getent", "hosts", "two.example.com"), servers=(SILENT,), options="timeout:1 attempts:1")
    assert render_getent(answers("two.example.com", "AAAA", "A", server=SILENT), name="two.example.com") == (text, code)
    assert (text, code) == ("", 2)


def test_n7_3_canonical_name_then_aliases() -> None:
    """Runs without getent."""
    assert render_getent(NAMES("www.example.com.", "A"), name="www.example.com") == (
        "10.1.1.1        two.example.com www.example.com mid.example.com\n",
        0,
    )


def test_unknown_database() -> None:
    with pytest.raises(ValueError, match="not one of hosts"):
        render_getent(NAMES("www.example.com.", "A"), name="x", database="passwd")
