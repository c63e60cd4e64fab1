"""The DNS codec: against dnspython as an oracle, and against hostile bytes."""

from __future__ import annotations

import struct

import dns.flags
import dns.message
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tabiji.names.answer import NOERROR, Answer, ResourceRecord
from tabiji.names.wire import (
    AD,
    CD,
    MAX_MESSAGE,
    RD,
    TC,
    WireError,
    decode_answer,
    decode_query,
    encode_answer,
    encode_bare_error,
    encode_error,
    encode_query,
    encode_tails,
    encode_truncated,
    labels_of,
    name_text,
    read_name,
    reverse_name,
    type_code,
    type_text,
)

NAME = "www.example.com."
DATA = {
    "A": ["10.0.0.1", "255.255.255.255"],
    "AAAA": ["2001:db8::1", "::ffff:1.2.3.4"],
    "CNAME": ["other.example.com."],
    "PTR": ["ip-10-0-0-1.ec2.internal."],
    "NS": ["ns1.example.com.", "ns-1536.awsdns-00.co.uk."],
    "MX": ["10 mail.example.com."],
    "SOA": ["ns-1536.awsdns-00.co.uk. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"],
    "TXT": ['"v=spf1 -all"', r'"a \"b\" \\ \009 c" "second"', '""'],
    "SRV": ["1 2 53 srv.example.com."],
    "NAPTR": ['10 20 "u" "sip+E2U" "!^.*$!sip:x@y!" .'],
    "DS": ["1 13 2 " + "AB" * 32],
    "SSHFP": ["1 2 " + "0F" * 32],
    "TLSA": ["3 1 1 " + "CD" * 32],
    "CAA": ['0 issue "ca.example.net"', '128 iodef "mailto:a@b.example"'],
    "SPF": ['"v=spf1 -all"'],
}


def query(name: str = NAME, type_: str = "A", **options: object) -> bytes:
    return encode_query(name, type_, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("type_", DATA)
def test_n9_5_records_read_by_dnspython_and_back(type_: str) -> None:
    records = tuple(ResourceRecord(NAME, type_, 60, data) for data in DATA[type_])
    wire = encode_answer(Answer(name=NAME, type=type_, rcode=NOERROR, answer=records), decode_query(query(type_=type_)))
    message = dns.message.from_wire(wire)
    expected = dns.rrset.from_text(NAME, 60, "IN", type_, *DATA[type_])
    assert message.answer == [expected]
    back = decode_answer(wire)
    assert dns.rrset.from_text(NAME, 60, "IN", type_, *(r.rdata for r in back.answer)) == expected
    assert (back.size, back.question) == (len(wire), ((NAME, type_code(type_), 1),))


def test_compression_is_as_good_as_dnspythons() -> None:
    """MSG SIZE depends on it (N7.5)."""
    for type_, data in DATA.items():
        if type_ in ("SRV", "NAPTR"):  # never compressed here (RFC 2782, RFC 3597)
            continue
        wire = encode_answer(
            Answer(
                name=NAME, type=type_, rcode=NOERROR,
                answer=tuple(ResourceRecord(NAME, type_, 60, d) for d in data),
                authority=(ResourceRecord("example.com.", "SOA", 60, DATA["SOA"][0]),),
            ),
            decode_query(query(type_=type_)),
        )  # fmt: skip
        assert len(wire) == len(dns.message.from_wire(wire).to_wire(max_size=65535)), type_


def test_n2_10c_flags_and_opt() -> None:
    wire = encode_answer(Answer(name=NAME, type="A", rcode=NOERROR), decode_query(query(flags=RD | AD | CD)))
    message = dns.message.from_wire(wire)
    assert dns.flags.to_text(message.flags) == "QR RD RA"
    assert (message.edns, message.payload, message.ednsflags, message.options) == (0, 4096, 0, ())
    plain = dns.message.from_wire(
        encode_answer(Answer(name=NAME, type="A", rcode=NOERROR), decode_query(query(edns=False)))
    )
    assert plain.edns == -1


def test_the_root() -> None:
    soa = ResourceRecord(".", "SOA", 60, DATA["SOA"][0])
    for name in (".", "x."):
        asked = decode_query(query(name))
        wire = encode_answer(Answer(name=name, type="A", rcode=NOERROR, authority=(soa, soa)), asked)
        assert decode_answer(wire).authority == (soa, soa)
        dns.message.from_wire(wire)


def test_errors_read_by_dnspython() -> None:
    asked = decode_query(query())
    assert dns.message.from_wire(encode_error(asked, 5)).rcode() == 5
    assert dns.message.from_wire(encode_error(asked, 16)).rcode() == 16
    assert dns.message.from_wire(encode_truncated(asked)).flags & TC
    assert dns.message.from_wire(encode_bare_error(query(), 1)).rcode() == 1


def test_generic_data_of_unknown_types() -> None:
    records = (ResourceRecord(NAME, "TYPE65400", 1, r"\# 3 0A0b0C"),)
    wire = encode_answer(Answer(name=NAME, type="TYPE65400", rcode=NOERROR, answer=records), decode_query(query()))
    assert decode_answer(wire).answer[0] == ResourceRecord(NAME, "TYPE65400", 1, r"\# 3 0A0B0C")
    dns.message.from_wire(wire)


@pytest.mark.parametrize(
    ("type_", "data"),
    [("A", "10.0.0"), ("A", "10.0.0.1 x"), ("AAAA", "10.0.0.1"), ("MX", "mail.example.com."), ("MX", "70000 a."),
     ("TXT", '"open'), ("TXT", '"' + "x" * 256 + '"'), ("TXT", ""), ("TXT", '"\\999"'), ("SOA", "a. b. 1 2 3 4"),
     ("SRV", "1 2 3"), ("SRV", "1 2 3 a. b."), ("CNAME", "a..b."), ("CNAME", "x" * 64 + "."), ("DS", "1 2 3 XY"),
     ("TYPE9", "hello"), ("TYPE9", r"\# 2 00"), ("NOSUCH", "x"), ("CNAME", "é.example."), ("TYPE99999", "x")],
)  # fmt: skip
def test_bad_record_data_is_told_in_one_line(type_: str, data: str) -> None:
    answer = Answer(name=NAME, type="A", rcode=NOERROR, answer=(ResourceRecord(NAME, type_, 60, data),))
    with pytest.raises(WireError) as told:
        encode_answer(answer, decode_query(query()))
    assert "\n" not in str(told.value)


def test_too_long_answers_and_ttls() -> None:
    many = tuple(ResourceRecord(NAME, "TXT", 60, '"' + "x" * 250 + '"') for _ in range(300))
    with pytest.raises(WireError, match="65535"):
        encode_answer(Answer(name=NAME, type="TXT", rcode=NOERROR, answer=many), decode_query(query()))
    for ttl in (-1, 1 << 31):
        with pytest.raises(WireError, match="TTL"):
            encode_answer(
                Answer(name=NAME, type="A", rcode=NOERROR, answer=(ResourceRecord(NAME, "A", ttl, "10.0.0.1"),)),
                decode_query(query()),
            )


octet_labels = st.lists(st.binary(min_size=1, max_size=63), max_size=6).filter(
    lambda labels: sum(map(len, labels)) + len(labels) < 255
)


@given(octet_labels)
def test_any_name_survives_text(labels: list[bytes]) -> None:
    assert labels_of(name_text(tuple(labels))) == tuple(labels)


@given(octet_labels, st.lists(octet_labels, max_size=5), st.booleans())
def test_names_that_share_suffixes(owner: list[bytes], targets: list[list[bytes]], edns: bool) -> None:
    """Whatever is compressed reads back the same, here and in dnspython."""
    name = name_text(tuple(owner))
    records = []
    for target in targets:
        both = [*target, *owner]
        if sum(map(len, both)) + len(both) < 255:
            records.append(ResourceRecord(name, "NS", 5, name_text(tuple(both))))
    wire = encode_answer(
        Answer(name=name, type="NS", rcode=NOERROR, answer=tuple(records)), decode_query(query(name, "NS", edns=edns))
    )
    lowered = [labels_of(record.rdata.lower()) for record in decode_answer(wire).answer]
    assert lowered == [labels_of(record.rdata.lower()) for record in records]
    dns.message.from_wire(wire)


@given(st.binary(max_size=600))
def test_noise_never_crashes(data: bytes) -> None:
    for read in (decode_query, decode_answer):
        try:
            read(data)
        except WireError:
            continue


@given(st.data())
def test_damaged_messages_never_crash(data: st.DataObject) -> None:
    records = tuple(ResourceRecord(NAME, t, 60, d) for t, all_ in DATA.items() for d in all_)
    whole = encode_answer(Answer(name=NAME, type="A", rcode=NOERROR, answer=records), decode_query(query()))
    wire = bytearray(data.draw(st.sampled_from([whole, query(), query(edns=False)])))
    for _ in range(data.draw(st.integers(1, 8))):
        wire[data.draw(st.integers(0, len(wire) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(wire[: data.draw(st.integers(0, len(wire)))])
    for read in (decode_query, decode_answer):
        try:
            read(cut)
        except WireError:
            continue


@given(st.binary(min_size=17, max_size=80))
def test_accepted_queries_are_accepted_by_dnspython(tail: bytes) -> None:
    data = struct.pack("!6H", 1, RD, 1, 0, 0, 0) + tail
    try:
        ours = decode_query(data)
    except WireError:
        return
    theirs = dns.message.from_wire(data, question_only=True)
    assert theirs.question[0].name.labels[:-1] == labels_of(ours.name)


def test_pointer_loops_and_false_lengths() -> None:
    header = struct.pack("!6H", 1, 0x8180, 1, 0, 0, 0)
    for body in (b"\xc0\x0c", b"\x01a\xc0\x0c", b"\xc0\x0e\xc0\x0c", b"\xff\xff", b"\xc0", b"\x3f", b"\x40a\0"):
        with pytest.raises(WireError):
            decode_answer(header + body + b"\0\1\0\1")
        with pytest.raises(WireError):
            decode_query(struct.pack("!6H", 1, RD, 1, 0, 0, 0) + body + b"\0\1\0\1")
    with pytest.raises(WireError):  # 65535 records are claimed, none is there
        decode_answer(struct.pack("!6H", 1, 0x8180, 0, 65535, 65535, 65535))


def test_a_chain_of_pointers_is_bounded_by_the_name() -> None:
    """Backward pointers, each to the one before, with a label each: over 255 octets is refused."""
    data = bytearray(b"\0")
    places = [0]
    for _ in range(130):
        places.append(len(data))
        data += b"\x01a" + struct.pack("!H", 0xC000 | places[-2])
    assert len(read_name(bytes(data), places[127])[0]) == 127
    with pytest.raises(WireError):
        read_name(bytes(data), places[128])


@pytest.mark.parametrize(
    "bad",
    [b"", b"\0" * 12, query()[:-1], query() + b"\0", query(edns=False) + b"\0", query()[:-2] + b"\0\5",
     query()[:4] + b"\0\2" + query()[6:], query()[:6] + b"\0\1" + query()[8:], query()[:10] + b"\0\2" + query()[12:]],
)  # fmt: skip
def test_queries_that_are_refused(bad: bytes) -> None:
    with pytest.raises(WireError):
        decode_query(bad)


def test_n9_7_limits() -> None:
    assert decode_query(query(edns=False)).limit == 512
    assert decode_query(query(payload=100)).limit == 512
    assert decode_query(query(payload=1232)).limit == 1232
    assert decode_query(query(payload=65535)).limit == 4096


def turns(*records: ResourceRecord, most: int = 8) -> list[list[str]]:
    """The data of the records in the order of each tail."""
    asked = decode_query(query())
    first, tails = encode_tails(Answer(name=NAME, type="A", rcode=NOERROR, answer=records), asked, most)
    messages = [decode_answer(b"\0\0" + first + asked.question + tail) for tail in tails]
    for message in messages:
        assert {(r.name, r.type) for r in message.answer} == {(r.name, r.type) for r in records}
    return [[r.rdata for r in message.answer] for message in messages]


def test_n9_3_turning_sets_of_addresses() -> None:
    three = tuple(ResourceRecord("t.example.", "A", 60, f"10.0.0.{i}") for i in range(3))
    chain = ResourceRecord(NAME, "CNAME", 60, "t.example.")
    assert turns(chain, *three) == [
        ["t.example.", "10.0.0.0", "10.0.0.1", "10.0.0.2"],
        ["t.example.", "10.0.0.1", "10.0.0.2", "10.0.0.0"],
        ["t.example.", "10.0.0.2", "10.0.0.0", "10.0.0.1"],
    ]
    assert turns() == [[]]
    assert len(turns(*[ResourceRecord(NAME, "A", 60, f"10.0.0.{i}") for i in range(20)])) == 8
    # an owner written out in full, and data with names in it, must not move
    assert {turn[0] for turn in turns(*three)} == {"10.0.0.0"}
    assert len(turns(*[ResourceRecord(NAME, "NS", 60, f"ns{i}.x.example.") for i in range(3)])) == 1


def test_reverse_names() -> None:
    assert reverse_name("10.2.3.4") == "4.3.2.10.in-addr.arpa."
    assert reverse_name("2001:db8::1").startswith("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.")
    for bad in ("10.2.3", "x", "10.2.3.4/8", ""):
        with pytest.raises(WireError):
            reverse_name(bad)


def test_types() -> None:
    assert (type_code("a"), type_code("TYPE1"), type_code("https")) == (1, 1, 65)
    assert (type_text(65), type_text(65400)) == ("HTTPS", "TYPE65400")
    for bad in ("", "TYPE", "TYPE65536", "FOO", "TYPE-1"):
        with pytest.raises(WireError):
            type_code(bad)
    assert MAX_MESSAGE == 65535
