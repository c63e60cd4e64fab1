"""The dialects of strace, and lines that make no sense."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
import strace_logs as logs
from hypothesis import given
from hypothesis import strategies as st
from strace_logs import HELLO, NAME, Writer, inet

from tabiji.observe.strace.arguments import descriptor, escape, label, peer, unescape, vectors
from tabiji.observe.strace.follow import MAX_EVENTS, observe
from tabiji.observe.strace.lines import MAX_LINE, Call, Exit, Log, read_lines
from tabiji.observe.strace.model import Observation
from tabiji.observe.strace.payload import client_hello, dns_message, http_request, tls_record
from tabiji.observe.strace.redact import redacted

CONNECT = f"connect(3, {inet('10.0.0.9', 443)}, 16)"


def seen(text: str) -> Observation:
    return observe(io.BytesIO(text.encode()))


@pytest.mark.parametrize(
    ("line", "pid", "time"),
    [
        (f"{CONNECT} = 0", 0, None),
        (f"100  {CONNECT} = 0", 100, None),
        (f"[pid   100] {CONNECT} = 0", 100, None),
        (f"[pid 100<curl>] {CONNECT} = 0", 100, None),
        (f"100<curl> 1700000000.5 {CONNECT} = 0 <0.1>", 100, 1700000000.5),
        (f"1700000000.500000 {CONNECT} = 0 <0.000010>", 0, 1700000000.5),
        (f"12:00:01 {CONNECT} = 0", 0, 43201.0),
        (f"[pid 100] 12:00:01.250000 {CONNECT} = 0", 100, 43201.25),
        (f"100 1700000000.5 (+     0.000123) {CONNECT} = 0", 100, 1700000000.5),
        (f"     0.000250 {CONNECT} = 0", 0, 0.00025),
        (f"100 [  42] {CONNECT} = 0", 100, None),
        (f"[00007f0012345678] {CONNECT}     = 0", 0, None),
    ],
)
def test_heads(line: str, pid: int, time: float | None) -> None:
    call = Log().feed(line)
    assert isinstance(call, Call)
    assert (call.pid, call.time, call.name, call.result) == (pid, time, "connect", 0)
    assert peer(call.args) == ("inet", "10.0.0.9", 443)


def test_relative_times_add_up_and_clocks_go_over_midnight() -> None:
    log = Log()
    times = [event.time for event in log.events(["  0.5 close(3) = 0", "  0.25 close(3) = 0"]) if event]
    assert times == [0.5, 0.75]
    log = Log()
    times = [event.time for event in log.events(["23:59:59.9 close(3) = 0", "00:00:00.1 close(3) = 0"]) if event]
    assert times == [pytest.approx(86399.9), pytest.approx(86400.1)]


@pytest.mark.parametrize(
    ("tail", "result", "error", "duration"),
    [
        ("= 0", 0, "", None),
        ("= -1 ECONNREFUSED (Connection refused)", -1, "ECONNREFUSED", None),
        ("= -1 ECONNREFUSED (Connection refused) <0.000123>", -1, "ECONNREFUSED", 0.000123),
        ("= ? ERESTARTSYS (To be restarted if SA_RESTART is set)", None, "ERESTARTSYS", None),
        ("= 3<TCP:[1]> <0.000001>", 3, "", 0.000001),
        ("= 0x7f12 <0.1>", 0x7F12, "", 0.1),
        ("              = 0 (Timeout) <2.0>", 0, "", 2.0),
    ],
)
def test_results(tail: str, result: int | None, error: str, duration: float | None) -> None:
    call = Log().feed(f"x(1, 2) {tail}")
    assert isinstance(call, Call)
    assert (call.result, call.error, call.duration) == (result, error, duration)


@pytest.mark.parametrize(
    "resumed", ["<... connect resumed>) = 0", "<... connect resumed> ) = 0 <0.2>", "<... resumed>) = 0"]
)
def test_unfinished_calls_are_put_together(resumed: str) -> None:
    log = Log()
    assert log.feed(f"1 10.5 {CONNECT[:-1]} <unfinished ...>") is None
    assert isinstance(log.feed("2 10.6 close(3) = 0"), Call)
    call = log.feed(f"1 10.9 {resumed}")
    assert isinstance(call, Call)
    assert call.time == 10.5
    assert call.end is not None
    assert peer(call.args) == ("inet", "10.0.0.9", 443)
    assert log.malformed == 0


def test_arguments_that_come_with_the_result() -> None:
    log = Log()
    log.feed("1 10.5 recvfrom(3<UDP:[1]>,  <unfinished ...>")
    call = log.feed('1 10.9 <... recvfrom resumed>"abc", 2048, 0, NULL, NULL) = 3')
    assert isinstance(call, Call)
    assert call.args == '3<UDP:[1]>, "abc", 2048, 0, NULL, NULL'


@pytest.mark.parametrize(
    ("line", "code", "signal"),
    [
        ("100 +++ exited with 255 +++", 255, ""),
        ("[pid 100] +++ killed by SIGSEGV (core dumped) +++", None, "SIGSEGV"),
    ],
)
def test_exits(line: str, code: int | None, signal: str) -> None:
    assert Log().feed(line) == Exit(100, None, code, signal)


def test_what_is_no_event_is_counted_and_not_fatal() -> None:
    log = Log()
    lines = [
        "garbage",
        "1 --- SIGCHLD {si_signo=SIGCHLD} ---",
        "strace: Process 5 attached",
        " > /lib/x.so(f+0x1) [0x2]",
    ]
    assert list(log.events([*lines, "<... read resumed>) = 5", "", "close(3"])) == []
    assert log.malformed == 3


def test_result_like_text_inside_a_string() -> None:
    call = Log().feed('write(1, "f(x) = 5\\n", 9) = 9')
    assert isinstance(call, Call)
    assert (call.result, call.args) == (9, '1, "f(x) = 5\\n", 9')


def test_st10_escapes() -> None:
    assert unescape(r"\25\3\3\0\2\0020") == b"\x15\3\3\0\2\2\x30"
    assert unescape(r"\x15a\n\t\\\"\8\377") == b'\x15a\n\t\\"8\xff'


@given(st.binary(max_size=200))
def test_escape_and_back(data: bytes) -> None:
    assert unescape(escape(data)) == data


def test_descriptors_and_labels() -> None:
    assert descriptor("3</a b[c](d)>, 1") == (3, "/a b[c](d)", "1")
    assert descriptor("1</dev/null<char 1:3>>, 1") == (1, "/dev/null<char 1:3>", "1")
    assert descriptor("AT_FDCWD, 1") is None
    found = descriptor("5<TCPv6:[[::1]:5000->[2001:db8::1]:443]>, 1")
    assert found is not None
    told = label(found.label)
    assert told is not None
    assert told.peer == ("inet6", "2001:db8::1", 443)
    assert [octets.data for octets in vectors('[{iov_base="ab", iov_len=2}, {iov_base="c", iov_len=1}], 2')] == [b"abc"]


def test_a_line_longer_than_any_is_read_in_part() -> None:
    log = Log()
    data = b'write(1, "' + b"a" * (MAX_LINE * 3) + b'", 9) = 9\nclose(3) = 0\n'
    assert [event.name for event in log.events(read_lines(io.BytesIO(data), log)) if isinstance(event, Call)] == [
        "close"
    ]
    assert (log.cut, log.malformed) == (1, 1)


def test_memory_stays_bounded() -> None:
    lines = "".join(
        f"1 {i}.5 socket(AF_INET, SOCK_STREAM, 0) = {i % 7}\n1 {i}.6 connect({i % 7}, "
        f"{inet('10.0.0.9', 443)}, 16) = 0\n"
        for i in range(MAX_EVENTS + 5)
    )
    found = seen(lines)
    assert (len(found.connections), found.dropped) == (MAX_EVENTS, 5)


# Fuzz ---------------------------------------------------------------------------

PIECES = st.sampled_from(
    ["100 ", "[pid 7] ", "1.5 ", "12:00:00 ", CONNECT, "connect(", "3", "<TCP:[", "10.0.0.1:5->", "]>", ", ", '"', "\\",
     " <unfinished ...>", "<... connect resumed>", ")", " = 0", " = -1 E", "{", "}", "[", "iov_base=", "msg_hdr={",
     "poll([{fd=3, events=POLLOUT}], 1, 5)", " = 0 (Timeout)", "+++ exited with ", "9" * 30, "clone(", "CLONE_THREAD",
     "sendto(3, ", "recvfrom(3, ", "execve(", "\\26\\3\\1", "getsockopt(3, SOL_SOCKET, SO_ERROR, [", "0], [4])"]
)  # fmt: skip


@given(st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=30), st.integers(0, 2**32))
def test_any_text_is_read(pieces: list[str], seed: int) -> None:
    text = "".join(pieces)
    rng = random.Random(seed)
    text += "\n" + "".join(rng.choice([" ", "\n", ""]) + piece for piece in pieces)
    found = seen(text)
    assert found.malformed <= found.lines
    log = Log()
    for event in log.events(text.split("\n")):
        assert Log().feed(redacted(event)) is not None


@given(st.data())
def test_a_log_with_a_part_changed_is_read(data: st.DataObject) -> None:
    whole = logs.tls([("read", logs.SERVER_HELLO), ("write", logs.FINISHED), ("write", logs.REQUEST)])
    at = data.draw(st.integers(0, len(whole) - 1))
    size = data.draw(st.integers(0, 40))
    found = observe(io.BytesIO(whole[:at] + data.draw(st.binary(max_size=8)) + whole[at + size :]))
    assert len(found.connections) <= 2


@given(st.binary(max_size=300))
def test_any_octets_are_no_trouble(data: bytes) -> None:
    dns_message(data)
    tls_record(data)
    tls_record(b"\x16\3\1" + data)
    client_hello(data)
    http_request(data)
    http_request(b"GET " + data)


@given(st.integers(0, len(HELLO)))
def test_a_hello_cut_anywhere(at: int) -> None:
    record = tls_record(HELLO[:at])
    if record is not None:
        assert record[0] == "client_hello"


# What is kept --------------------------------------------------------------------


def test_a_kept_log_holds_no_secret_and_tells_the_same() -> None:
    writer = Writer()
    secret = b"AKIDSECRETSECRET"
    text = secret.decode()
    writer.call(f'execve("/usr/bin/curl", ["curl", "-H", "Authorization: {text}"], 0x7f /* 9 vars */)')
    writer.call(f'execve("/usr/bin/env", ["env"], ["TOKEN={text}"])')
    writer.dns()
    label_ = writer.connect("10.0.0.9", 80)
    head = b"PUT /latest/api/token?x=" + secret + b" HTTP/1.1\r\nHost: a.example\r\nAuthorization: Bearer " + secret
    writer.write(label_, head + b"\r\nCookie: " + secret + b"\r\n\r\n")
    writer.read(label_, b"HTTP/1.1 200 OK\r\nSet-Cookie: " + secret + b"\r\n\r\n" + secret)
    label_ = writer.connect("10.0.0.9", 443, fd=4)
    hello = HELLO[:60] + secret + HELLO[76:]
    writer.write(label_, hello, fd=4)
    writer.write(label_, b"\x17\3\3\0\x10" + secret, fd=4)
    writer.call(f'write(1</dev/pts/0>, "{text}\\n", 17)', "17")
    writer.call(f'write(1, "{text}\\n", 17)', "17")
    writer.call(f'sendmsg(9, {{msg_name=NULL, msg_iov=[{{iov_base="{text}", iov_len=16}}]}}, 0)', "16")
    writer.call(f'getxattr("/x", "user.{text}", "{text}", 9)', "9")
    writer.call(f'setsockopt(3, SOL_TCP, TCP_MD5SIG, "{text}", 9)', "0")
    writer.end()
    log = Log()
    kept = "\n".join(redacted(event) for event in log.events(read_lines(io.BytesIO(writer.text()), log)))
    assert text not in kept
    assert text in writer.text().decode()
    before, after = observe(io.BytesIO(writer.text())), seen(kept)
    assert [c.name for c in after.connections] == [c.name for c in before.connections]
    assert [(c.outcome, c.sent, c.received) for c in after.connections] == [
        (c.outcome, c.sent, c.received) for c in before.connections
    ]
    assert after.lookups == before.lookups
    assert after.lookups[0].name == NAME
    assert after.connections[0].http == before.connections[0].http


def test_sample_logs_have_the_causes_their_readme_tells() -> None:
    folder = Path(__file__).parents[3] / "shared" / "samples" / "strace"
    if not folder.is_dir():
        pytest.skip("no sample logs here")
    found = {
        path.name.removesuffix(".strace"): observe(io.BytesIO(path.read_bytes())) for path in folder.glob("*.strace")
    }
    assert all(one.malformed == 0 for one in found.values())
    name = "s3.ap-northeast-1.amazonaws.com"
    for key in ("aws1-s3-ls", "aws2-s3-ls", "curl-s3"):
        one = found[key]
        assert [(q.name, q.type, q.rcode) for q in one.lookups] == [
            (name + ".", "A", "NOERROR"), (name + ".", "AAAA", "NOERROR")
        ]  # fmt: skip
        assert one.lookups[0].addresses == ("10.0.0.9",)
        (connection,) = one.connections
        assert (connection.outcome, connection.ok, connection.name) == ("connected", True, name)
        assert connection.tls is not None
        assert connection.tls.name == name
    assert found["aws1-s3-ls.network-only"].connections[0].tls is None  # ST6
    unreachable = found["aws2-ec2-unreachable"]
    assert {(c.outcome, c.error) for c in unreachable.connections} == {("unreachable", "ENETUNREACH")}
    assert unreachable.probes > 0  # ST1
    for key, count in (("aws1-two-addresses-dropped", 10), ("aws2-two-addresses-dropped", 6)):
        assert [c.outcome for c in found[key].connections] == ["timeout"] * count  # ST5
        assert {c.address for c in found[key].connections} == {"10.0.0.66", "10.0.0.67"}
    alert = found["curl-unknown-ca"].connections[0].tls
    assert alert is not None
    assert (alert.outcome, alert.alert) == ("alert_sent", "unknown_ca")
    assert [c.outcome for c in found["curl-refused"].connections] == ["refused"]  # ST4
    assert [q.rcode for q in found["curl-nxdomain"].lookups] == ["NXDOMAIN", "NXDOMAIN"]
    assert [(q.type, q.rcode) for q in found["dig-s3"].lookups] == [("A", "NOERROR")]  # ST2
