"""What is read of a hello, a PROXY header, lists and addresses, without sockets."""

from __future__ import annotations

import ssl
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tabiji.relay.allow import Names, Sources, endpoint
from tabiji.relay.errors import RelayError
from tabiji.relay.hello import LIMIT, HelloError, server_name
from tabiji.relay.proxy import SIGNATURE, ProxyError, build, parse


def client_hello(name: str | None) -> bytes:
    """A real hello of this machine's OpenSSL."""
    context = ssl.create_default_context()
    out = ssl.MemoryBIO()
    tls = context.wrap_bio(ssl.MemoryBIO(), out, server_hostname=name or "192.0.2.1")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return out.read()


HELLO = client_hello("a.example.com")


def in_records(hello: bytes, size: int) -> bytes:
    """The same handshake message in records of ``size`` bytes."""
    body = hello[5:]
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"\x16\x03\x01" + len(part).to_bytes(2, "big") + part for part in parts)


def test_the_name_in_a_real_hello() -> None:
    assert server_name(client_hello("S3.ap-northeast-1.amazonaws.com")) == "s3.ap-northeast-1.amazonaws.com"


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_a_hello_in_many_records(size: int) -> None:
    assert server_name(in_records(client_hello("a.example.com"), size)) == "a.example.com"


def test_every_beginning_of_a_hello_wants_more() -> None:
    hello = client_hello("a.example.com")
    assert [server_name(hello[:size]) for size in range(len(hello))] == [None] * len(hello)
    assert server_name(hello + b"what follows") == "a.example.com"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"GET / HTTP/1.1\r\n", "not TLS"),
        (b"\x16\x02\x00", "not TLS"),
        (b"\x16\x03\x01\x00\x00", "not TLS"),
        (b"\x16\x03\x01\x00\x04\x02\x00\x00\x00", "not a ClientHello"),
        (b"\x16\x03\x01\x00\x04\x01\xff\xff\xff", "hello too long"),
        (b"\x16\x03\x01\x40\x00\x01\x00\x3f\xfc" + bytes(LIMIT - 4), "no server name"),
        (in_records(b"\x16\x03\x01\x3f\xff\x01\x00\x3f\xff" + bytes(LIMIT - 4), 1000)[:LIMIT], "hello too long"),
    ],
)
def test_what_is_no_hello(data: bytes, why: str) -> None:
    with pytest.raises(HelloError, match=why):
        server_name(data)


def test_a_hello_without_a_name() -> None:
    with pytest.raises(HelloError, match="no server name"):
        server_name(client_hello(None))


@given(st.binary(max_size=300), st.integers(0, 400))
def test_broken_hellos_never_raise_anything_else(noise: bytes, at: int) -> None:
    hello = HELLO
    data = hello[:at] + noise + hello[at + len(noise) :]
    try:
        name = server_name(data)
    except HelloError:
        return
    assert name is None or name.replace(".", "").replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    ("source", "destination"),
    [(("10.0.0.1", 1234), ("192.0.2.9", 443)), (("2001:db8::1", 65535), ("2001:db8::2", 1))],
)
def test_proxy_headers_come_back_as_they_were(
    version: int, source: tuple[str, int], destination: tuple[str, int]
) -> None:
    header = build(version, source, destination)
    assert parse(header + b"data") == (len(header), source, destination)
    assert [parse(header[:size]) for size in range(len(header))] == [None] * len(header)


def test_proxy_header_of_mixed_families_is_version_6() -> None:
    header = build(1, ("2001:db8::1", 1), ("10.0.0.1", 2))
    assert header == b"PROXY TCP6 2001:db8::1 ::ffff:10.0.0.1 1 2\r\n"


def test_proxy_local_and_unknown_name_nobody() -> None:
    assert parse(b"PROXY UNKNOWN whatever\r\n") == (24, None, None)
    assert parse(SIGNATURE + b"\x20\x00\x00\x00") == (16, None, None)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1",
        b"PROXY TCP4 10.0.0.1 10.0.0.2 1\r\n",
        b"PROXY TCP4 10.0.0.300 10.0.0.2 1 2\r\n",
        b"PROXY TCP4 10.0.0.1 10.0.0.2 1 65536\r\n",
        b"PROXY TCP4 " + b"1" * 200,
        SIGNATURE + b"\x11\x11\x00\x0c" + bytes(12),
        SIGNATURE + b"\x21\x11\x00\x04" + bytes(4),
        SIGNATURE + b"\x21\x11\xff\xff",
    ],
)
def test_broken_proxy_headers(data: bytes) -> None:
    with pytest.raises(ProxyError):
        parse(data)


@given(st.binary(max_size=200), st.sampled_from([b"", b"PROXY ", SIGNATURE, b"PROXY TCP4 "]))
def test_proxy_noise_never_raises_anything_else(noise: bytes, begin: bytes) -> None:
    with suppress(ProxyError):
        parse(begin + noise)


def test_names_listed_and_not() -> None:
    names = Names(["s3.ap-northeast-1.amazonaws.com,*.s3.ap-northeast-1.amazonaws.com", "a.example=10.0.0.9:8443"])
    assert names.upstream("s3.ap-northeast-1.amazonaws.com") == ("s3.ap-northeast-1.amazonaws.com", 443)
    assert names.upstream("b.s3.ap-northeast-1.amazonaws.com") == ("b.s3.ap-northeast-1.amazonaws.com", 443)
    assert names.upstream("a.example") == ("10.0.0.9", 8443)
    for other in ("xs3.ap-northeast-1.amazonaws.com", "amazonaws.com", "example", "s3.us-east-1.amazonaws.com"):
        assert names.upstream(other) is None


@pytest.mark.parametrize("word", ["", "*", "*.com.*", "single", "a..b", "a.example=:1", "a.example=b:99999"])
def test_names_that_are_too_wide_or_broken(word: str) -> None:
    with pytest.raises(RelayError):
        Names([word])


def test_sources_listed_and_not() -> None:
    sources = Sources(["10.0.0.0/8,192.0.2.7", "2001:db8::/32"])
    assert [sources.allows(host) for host in ("10.255.0.1", "192.0.2.7", "::ffff:10.1.1.1", "2001:db8:1::1")] == [
        True
    ] * 4
    assert [sources.allows(host) for host in ("11.0.0.1", "192.0.2.8", "2001:db9::1", "127.0.0.1")] == [False] * 4
    assert not sources.loopback()
    assert Sources(["127.0.0.0/8"]).loopback()
    assert Sources(["0.0.0.0/0"]).loopback()
    assert Sources(None).allows("11.0.0.1")


@pytest.mark.parametrize("word", ["10.0.0.1/8", "10.0.0.0/33", "ten", "10.0.0.0/", "2001:db8::/-1", "1.2.3"])
def test_sources_that_are_broken_are_named(word: str) -> None:
    with pytest.raises(RelayError, match=word.replace(".", r"\.")):
        Sources([word])


def test_lists_in_files_are_read_anew_and_kept_when_broken(tmp_path: Path) -> None:
    file = tmp_path / "allow"
    file.write_text("10.0.0.0/8  # the office\n\n# nobody else\n")
    sources = Sources([f"@{file}"])
    assert sources.allows("10.0.0.1")
    assert not sources.allows("192.0.2.1")
    file.write_text("192.0.2.0/24\n")
    sources.reload()
    assert sources.allows("192.0.2.1")
    assert not sources.allows("10.0.0.1")
    file.write_text("nonsense\n")
    with pytest.raises(RelayError, match="nonsense"):
        sources.reload()
    assert sources.allows("192.0.2.1")


def test_endpoints() -> None:
    assert endpoint("a.example:443") == ("a.example", 443)
    assert endpoint("[2001:db8::1]:443") == ("2001:db8::1", 443)
    assert endpoint("a.example", 443) == ("a.example", 443)
    for text in ("a.example", "a.example:", "2001:db8::1", "[x]:1", ":443", "a b:1", "a:99999", "a:-1"):
        with pytest.raises(RelayError):
            endpoint(text)
