"""One view without sockets: the wire cache, rotation, errors (N9.1 to N9.3, N9.7)."""

from __future__ import annotations

import struct

import dns.message
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dns_serving import SSM, SSM_ANSWER, Zone, ok, rr, soa
from tabiji.dnsd import View
from tabiji.dnsd.view import Pending
from tabiji.names.answer import Answer
from tabiji.names.wire import RD, decode_answer, encode_query


def asked(name: str = SSM, type_: str = "A", **options: object) -> bytes:
    return encode_query(name, type_, **options)  # type: ignore[arg-type]


def reply(view: View, data: bytes, tcp: bool = False) -> bytes:
    message = view.respond(data, tcp)
    assert isinstance(message, bytes)
    return message


def addresses(message: bytes) -> list[str]:
    return [record.rdata for record in decode_answer(message).answer]


def test_n9_3_rotation_and_one_question_above() -> None:
    zone = Zone([SSM_ANSWER])
    view = View("v", zone)
    seen = [addresses(reply(view, asked(ident=i))) for i in range(4)]
    a, b = "172.20.144.169", "172.20.128.22"
    assert seen == [[a, b], [b, a], [a, b], [b, a]]
    assert zone.asked == [(SSM, "A")]


def test_n9_3_case_is_kept_from_one_cache_entry() -> None:
    zone = Zone([SSM_ANSWER])
    view = View("v", zone)
    reply(view, asked())
    for name in ("sSm.aP-northeast-1.AMAZONAWS.com.", SSM.upper()):
        message = decode_answer(reply(view, asked(name)))
        assert message.question[0][0] == name
        assert {record.name for record in message.answer} == {name}
    assert len(zone.asked) == 1


def test_types_65_and_97_are_not_one_question() -> None:
    """Lower case of the type's octet A is the octet a; only the name may be folded."""
    zone = Zone([ok("x.", "TYPE97", rr("x.", "TYPE97", r"\# 1 00"))])
    view = View("v", zone)
    assert len(decode_answer(reply(view, asked("x.", "TYPE97"))).answer) == 1
    assert decode_answer(reply(view, asked("x.", "TYPE65"))).answer == ()
    assert zone.asked == [("x.", "TYPE97"), ("x.", "HTTPS")]


def test_n9_2_opt_flags_and_id_do_not_mix() -> None:
    view = View("v", Zone([SSM_ANSWER]))
    plain, edns = reply(view, asked(edns=False)), reply(view, asked())
    assert (len(plain), len(edns)) == (82, 93)
    for data in (asked(edns=False, ident=7), asked(ident=9), asked(flags=0, ident=3)):
        message = decode_answer(reply(view, data))
        sent = dns.message.from_wire(data)
        assert message.id == sent.id
        assert bool(message.flags & RD) == bool(sent.flags & RD)
        assert (message.opt is not None) == (sent.edns >= 0)


def test_a_random_cookie_hits_the_cache() -> None:
    zone = Zone([SSM_ANSWER])
    view = View("v", zone)
    base = asked()
    for cookie in (b"12345678", b"abcdefgh"):
        data = base[:-2] + struct.pack("!HHH", 12, 10, 8) + cookie
        assert decode_answer(reply(view, data)).rcode == 0
    assert len(zone.asked) == 1


def test_n9_7_size_is_checked_for_each_query() -> None:
    many = ok(SSM, "A", *(rr(SSM, "A", f"10.0.0.{i}") for i in range(100)))
    view = View("v", Zone([many]))
    whole = reply(view, asked(payload=4096))
    assert len(whole) > 1232
    for data in (asked(payload=1232), asked(payload=512), asked(edns=False), asked(edns=False)):
        message = dns.message.from_wire(reply(view, data))
        assert "TC" in dns.flags.to_text(message.flags)
        assert not message.answer
        assert len(decode_answer(reply(view, data, tcp=True)).answer) == 100
    assert "TC" not in dns.flags.to_text(dns.message.from_wire(reply(view, asked(payload=65535))).flags)


def test_n9_5_type65_is_nodata() -> None:
    zone = Zone([SSM_ANSWER])
    message = decode_answer(reply(View("v", zone), asked(type_="TYPE65")))
    assert (message.rcode, message.answer, message.authority) == (0, (), soa("example.com."))
    assert zone.asked == [(SSM, "HTTPS")]


def test_silence_is_remembered() -> None:
    zone = Zone([ok(SSM, "A", rcode="TIMEOUT")])
    view = View("v", zone)
    assert [view.respond(asked()) for _ in range(3)] == [None] * 3
    assert len(zone.asked) == 1


@pytest.mark.parametrize(
    ("data", "rcode"),
    [
        (b"", None),
        (b"\0" * 11, None),
        (asked()[:2] + b"\x81\0" + asked()[4:], None),  # an answer: never answered, or two servers talk for ever
        (asked()[:12], "FORMERR"),
        (asked()[:-3], "FORMERR"),
        (asked() + b"\0", "FORMERR"),
        (asked()[:2] + b"\x29\0" + asked()[4:], "NOTIMP"),  # UPDATE
        (asked(type_="AXFR"), "REFUSED"),
        (asked(type_="IXFR"), "REFUSED"),
        (asked(edns=False)[:-1] + b"\3", "REFUSED"),  # class CH
        (asked(type_="OPT"), "FORMERR"),
        (asked()[:-5] + b"\1" + asked()[-4:], "BADVERS"),
        (asked()[:-2] + b"\0\5" + b"abcde", "FORMERR"),  # an option that runs over the end
    ],
)
def test_odd_queries(data: bytes, rcode: str | None) -> None:
    for warm in (False, True):
        zone = Zone([SSM_ANSWER])
        view = View("v", zone)
        if warm:  # the same with the good query in the cache
            reply(view, asked())
            reply(view, asked(edns=False))
        message = view.respond(data)
        if rcode is None:
            assert message is None
        else:
            assert isinstance(message, bytes)
            read = dns.message.from_wire(message, question_only=False)
            assert dns.rcode.to_text(read.rcode()) == rcode
            assert message[:2] == data[:2]


def test_a_failing_view_is_servfail_and_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    def broken(name: str, type_: str) -> Answer:
        raise RuntimeError("first line\nsecond line")

    view = View("vpc-1", broken)
    for _ in range(3):
        assert decode_answer(reply(view, asked())).rcode == 2
    told = capsys.readouterr().err
    assert told == f"dns: view vpc-1: {SSM} A: RuntimeError: first line\n"


def test_an_answer_no_message_can_hold_is_servfail(capsys: pytest.CaptureFixture[str]) -> None:
    view = View("v", Zone([ok(SSM, "A", rr(SSM, "A", "not an address"))]))
    assert decode_answer(reply(view, asked())).rcode == 2
    assert "does not fit type A" in capsys.readouterr().err


def test_the_cache_is_bounded() -> None:
    view = View("v", Zone(), cache_size=100)
    for i in range(1000):
        reply(view, asked(f"n{i}.example.com."))
        assert len(view.young) + len(view.old) <= 100
    zone = view.answer
    assert isinstance(zone, Zone)
    zone.asked.clear()
    for i in range(960, 1000):
        reply(view, asked(f"n{i}.example.com."))
    assert zone.asked == []


def test_long_tails_are_not_kept() -> None:
    many = ok(SSM, "A", *(rr(SSM, "A", f"10.0.{i >> 8}.{i & 255}") for i in range(3000)))
    view = View("v", Zone([many]))
    reply(view, asked(), tcp=True)
    assert not view.young


def test_a_wait_is_not_hidden() -> None:
    outcome = View("v", Zone([ok(SSM, "A", rcode="SERVFAIL", elapsed=5.0)])).respond(asked())
    assert isinstance(outcome, Pending)
    assert outcome.forward == ""


NOISE = st.one_of(
    st.binary(max_size=300),
    st.builds(lambda i, b: asked()[:i] + b + asked()[i + len(b) :], st.integers(0, 50), st.binary(max_size=12)),
    st.builds(lambda n: (asked() + b"\0" * 20)[:n], st.integers(0, 80)),
)


@given(st.lists(NOISE, max_size=20))
def test_noise_gets_a_well_formed_answer_or_none(messages: list[bytes]) -> None:
    """Warm and cold cache agree, and every answer is one dnspython can read."""
    warm = View("v", lambda name, type_: ok(SSM, type_, rr(SSM, "A", "10.0.0.1")))
    reply(warm, asked())
    reply(warm, asked(edns=False))
    for data in messages:
        cold = View("v", lambda name, type_: ok(SSM, type_, rr(SSM, "A", "10.0.0.1")))
        ours = warm.respond(data)
        assert ours == cold.respond(data)
        if ours is not None:
            assert isinstance(ours, bytes)
            assert ours[:2] == data[:2]
            dns.message.from_wire(ours)
