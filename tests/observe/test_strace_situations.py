"""Each way a request can end, as a log shows it."""

from __future__ import annotations

import io

import pytest
import strace_logs as logs
from strace_logs import CLOSE_NOTIFY, FINISHED, HELLO, NAME, REQUEST, SERVER_HELLO, Writer, inet, tls

from tabiji.names.wire import encode_query
from tabiji.observe.strace.arguments import escape
from tabiji.observe.strace.follow import observe
from tabiji.observe.strace.model import Observation
from tabiji.observe.strace.verdict import destinations, verdict
from tabiji.report.strace import render_strace, rows_of, time_bar
from tabiji.report.terminal import Style


def seen(log: bytes) -> Observation:
    return observe(io.BytesIO(log))


def report(log: bytes, lang: str = "en", **options: object) -> str:
    return render_strace(seen(log), command="x", lang=lang, style=Style(), **options)  # type: ignore[arg-type]


def test_all_is_well() -> None:
    found = seen(tls([("read", SERVER_HELLO), ("write", FINISHED), ("write", REQUEST), ("read", bytes(2000))]))
    (lookup,) = found.lookups
    assert (lookup.name, lookup.type, lookup.server, lookup.rcode) == (NAME, "A", logs.SERVER, "NOERROR")
    assert lookup.addresses == ("10.0.0.9",)
    (connection,) = found.connections
    assert (connection.outcome, connection.name, connection.name_from) == ("connected", NAME[:-1], "tls")
    assert connection.sent == len(HELLO + FINISHED + REQUEST)
    assert connection.received == len(SERVER_HELLO) + 2000
    assert connection.ended is not None
    assert connection.ended - connection.started == pytest.approx(0.003, abs=0.001)
    assert connection.tls is not None
    assert connection.tls.protocols == ("h2", "http/1.1")
    assert verdict(found) is True


def test_nxdomain() -> None:
    writer = Writer()
    writer.dns(rcode="NXDOMAIN")
    writer.end(6)
    assert seen(writer.text()).lookups[0].rcode == "NXDOMAIN"
    assert verdict(seen(writer.text())) is False
    assert f"{NAME[:-1]} does not exist, says {logs.SERVER}." in report(writer.text())


def test_a_dns_server_that_is_silent_is_asked_again() -> None:
    writer = Writer()
    writer.dns(rcode=None)
    (lookup,) = seen(writer.text()).lookups
    assert (lookup.rcode, lookup.attempts) == ("TIMEOUT", 2)
    assert lookup.ended is not None
    assert lookup.ended - lookup.started == pytest.approx(10, abs=0.1)
    assert "did not answer" in report(writer.text())


def test_st4_refused_shows_in_so_error() -> None:
    writer = Writer()
    writer.connect("10.0.0.9", 81, error="ECONNREFUSED")
    found = seen(writer.text())
    assert found.connections[0].outcome == "refused"
    assert verdict(found) is False


def test_st5_two_addresses_that_time_out_five_times() -> None:
    writer = Writer()
    for _ in range(5):
        writer.dns(addresses=("10.0.0.66", "10.0.0.67"))
        for address in ("10.0.0.66", "10.0.0.67"):
            writer.connect(address, error="TIMEOUT")
    writer.end(255)
    found = seen(writer.text())
    assert [c.outcome for c in found.connections] == ["timeout"] * 10
    rows = rows_of(found, "en")
    assert [(row.kind, row.times) for row in rows] == [("DNS", 5), ("TCP", 5), ("TCP", 5)]
    text = report(writer.text())
    assert "×5" in text
    assert "nobody refused" in text.replace("\n    ", " ")
    assert "(10.0.0.66, 10.0.0.67)" in text.replace("\n    ", " ")


def test_an_address_that_fails_does_not_matter_when_the_next_one_works() -> None:
    writer = Writer()
    writer.dns(addresses=("10.0.0.66", "10.0.0.9"))
    writer.connect("10.0.0.66", error="TIMEOUT")
    writer.connect("10.0.0.9")
    found = seen(writer.text())
    assert [c.ok for c in found.connections] == [False, True]
    assert verdict(found) is True


@pytest.mark.parametrize(
    ("after", "outcome", "word"),
    [
        ([("wait", b"")], "no_answer", "SNI"),  # NF11
        ([("ECONNRESET", b"")], "reset", "reset after the ClientHello"),  # 15.3
        ([("read", b"")], "closed", "closed the connection"),
        ([("read", b"\x15\3\3\0\2\2\x28")], "alert_received", "handshake_failure"),
        ([("read", b"\x15\3\3\0\2"), ("read", b"\2\x70")], "alert_received", "unrecognized_name"),
        ([("read", SERVER_HELLO), ("write", b"\x15\3\3\0\2\2\x30")], "alert_sent", "unknown_ca"),
        ([("read", SERVER_HELLO), ("write", b"\x15\3\3\0\2\2\x2a")], "alert_sent", "bad_certificate"),
    ],
)
def test_tls_that_fails(after: list[tuple[str, bytes]], outcome: str, word: str) -> None:
    found = seen(tls(after))
    assert found.connections[0].tls is not None
    assert found.connections[0].tls.outcome == outcome
    assert verdict(found) is False
    assert word in report(tls(after)).replace("\n    ", " ")


def test_a_client_that_hangs_up_after_the_handshake_refused_the_certificate() -> None:
    log = tls([("read", SERVER_HELLO), ("write", FINISHED), ("write", CLOSE_NOTIFY)])
    assert verdict(seen(log)) is False
    assert "another name in the certificate" in report(log).replace("\n    ", " ")


def test_tls12_asks_with_its_first_application_record() -> None:
    exchange = b"\x16\3\3\0\x25\x10\0\0\x21" + bytes(33) + b"\x14\3\3\0\1\1\x16\3\3\0\x28" + bytes(40)
    log = tls([("read", SERVER_HELLO), ("write", exchange), ("write", REQUEST), ("read", bytes(30))])
    assert verdict(seen(log)) is True


def test_a_hello_in_two_pieces() -> None:
    writer = Writer()
    label = writer.connect("10.0.0.9")
    writer.write(label, HELLO[:40])
    writer.write(label, HELLO[40:])
    writer.read(label, SERVER_HELLO)
    found = seen(writer.text()).connections[0].tls
    assert found is not None
    assert (found.name, found.outcome) == (NAME[:-1], "answered")


def test_st1_address_sort_probes_are_no_contacts() -> None:
    writer = Writer()
    writer.call("socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, IPPROTO_IP)", "3<UDP:[1]>")
    writer.call(f"connect(3<UDP:[1]>, {inet('10.0.0.66', 443)}, 16)")
    writer.call('connect(3<UDP:[1]>, {sa_family=AF_UNSPEC, sa_data="\\0\\0"}, 16)')
    writer.call(f"connect(3<UDP:[1]>, {inet('10.0.0.67', 443)}, 16)")
    found = seen(writer.text())
    assert (found.connections, found.probes) == ([], 2)
    assert verdict(found) is None


def test_datagrams_that_are_sent_are_a_contact() -> None:
    writer = Writer()
    writer.call("socket(AF_INET, SOCK_DGRAM, IPPROTO_IP)", "3<UDP:[1]>")
    writer.call(f"connect(3<UDP:[1]>, {inet('10.0.0.66', 443)}, 16)")
    writer.call('sendto(3<UDP:[1]>, "abc", 3, 0, NULL, 0)', "3")
    found = seen(writer.text())
    assert [(c.protocol, c.port, c.sent) for c in found.connections] == [("udp", 443, 3)]
    assert found.probes == 0


def test_a_blocking_connect_tells_at_once() -> None:
    writer = Writer()
    for fd, result in ((3, "0"), (4, "-1 ETIMEDOUT (Connection timed out)"), (5, "-1 EHOSTUNREACH (No route to host)")):
        writer.call("socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)", str(fd))
        writer.call(f"connect({fd}, {inet('10.0.0.9', 443)}, 16)", result, 2.0)
    assert [c.outcome for c in seen(writer.text()).connections] == ["connected", "timeout", "unreachable"]


def test_a_killed_process_leaves_its_connect_open() -> None:
    writer = Writer()
    writer.call("socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)", "3")
    writer.lines.append(f"100  {writer.time:.6f} connect(3, {inet('10.0.0.9', 443)}, 16 <unfinished ...>")
    writer.lines.append(f"100  {writer.time + 3:.6f} <... connect resumed>) = ? ERESTARTSYS (To be restarted)")
    writer.lines.append(f"100  {writer.time + 3:.6f} +++ killed by SIGKILL +++")
    found = seen(writer.text())
    assert found.connections[0].outcome == "abandoned"
    assert found.processes[100].signal == "SIGKILL"
    assert "killed by SIGKILL" in report(writer.text())


def test_a_search_list_that_ends_well_is_no_failure() -> None:
    writer = Writer()
    writer.dns(rcode="NXDOMAIN", name="www.example.corp.example.")
    writer.dns(name="www.example.")
    assert verdict(seen(writer.text())) is True


def test_st9_plain_http_shows_host_path_and_status_without_query() -> None:
    writer = Writer()
    label = writer.connect("169.254.169.254", 80)
    token = "SECRET" * 4
    writer.write(
        label,
        b"GET /latest/meta-data/iam/?sig=" + token.encode() + b" HTTP/1.1\r\nHost: 169.254.169.254\r\n"
        b"X-aws-ec2-metadata-token: " + token.encode() + b"\r\n\r\n",
    )
    writer.read(label, b"HTTP/1.1 401 Unauthorized\r\nSet-Cookie: " + token.encode() + b"\r\n\r\n")
    (exchange,) = seen(writer.text()).connections[0].http
    assert (exchange.method, exchange.path, exchange.host) == ("GET", "/latest/meta-data/iam/", "169.254.169.254")
    assert exchange.status == 401
    assert token not in report(writer.text(), explain=True)


def test_threads_share_descriptors_and_children_inherit_them() -> None:
    writer = Writer()
    writer.call("socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)", "3")
    writer.call(f"connect(3, {inet('10.0.0.9', 443)}, 16)", "-1 EINPROGRESS (Operation now in progress)")
    writer.call("clone3({flags=CLONE_VM|CLONE_FILES|CLONE_THREAD, exit_signal=0}, 88)", "101")
    writer.call("clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD)", "102")
    writer.call("getsockopt(3, SOL_SOCKET, SO_ERROR, [0], [4])", pid=101)
    writer.call('write(3, "abc", 3)', "3", pid=102)
    found = seen(writer.text())
    assert (found.connections[0].outcome, found.connections[0].sent) == ("connected", 3)


def test_a_descriptor_used_again_is_another_socket() -> None:
    writer = Writer()
    writer.connect("10.0.0.9", 80)
    writer.connect("10.0.0.9", 443, error="ECONNREFUSED")
    assert [(c.port, c.outcome) for c in seen(writer.text()).connections] == [(80, "connected"), (443, "refused")]


def test_dns_over_tcp() -> None:
    writer = Writer()
    label = writer.connect(logs.SERVER, 53)
    query = encode_query(NAME, "A", ident=9, edns=False)
    framed = len(query).to_bytes(2, "big") + query
    writer.write(label, framed)
    answer = bytearray(query)
    answer[2:4] = b"\x81\x83"
    framed = len(answer).to_bytes(2, "big") + bytes(answer)
    writer.read(label, framed[:2])
    writer.read(label, framed[2:])
    (lookup,) = seen(writer.text()).lookups
    assert (lookup.protocol, lookup.rcode) == ("tcp", "NXDOMAIN")


def test_a_name_cut_by_a_short_string_limit_is_shown_as_far_as_it_goes() -> None:
    writer = Writer()
    writer.call("socket(AF_INET, SOCK_DGRAM, IPPROTO_IP)", "3")
    writer.call(f"connect(3, {inet(logs.SERVER, 53)}, 16)")
    query = encode_query(NAME, "A", ident=7, edns=False)
    writer.call(f'sendto(3, "{escape(query[:32])}"..., {len(query)}, 0, NULL, 0)', str(len(query)))
    answer = bytearray(query)
    answer[2:4] = b"\x81\x83"
    writer.call(f'recvfrom(3, "{escape(bytes(answer[:32]))}"..., 1024, 0, NULL, NULL)', str(len(query)))
    (lookup,) = seen(writer.text()).lookups
    assert lookup.name == "s3.ap-northeast-1.a…"
    assert (lookup.rcode, lookup.whole) == ("NXDOMAIN", False)


def test_systemd_resolved_and_nscd_are_asked_through_their_sockets() -> None:
    writer = Writer()
    path = "/run/systemd/resolve/io.systemd.Resolve"
    writer.call("socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0)", "3")
    writer.call(f'connect(3, {{sa_family=AF_UNIX, sun_path="{path}"}}, 42)')
    asked = b'{"method":"io.systemd.Resolve.ResolveHostname","parameters":{"name":"a.example","family":2}}\0'
    told = b'{"parameters":{"addresses":[{"ifindex":2,"family":2,"address":[10,0,0,9]}],"name":"a.example"}}\0'
    writer.call(f'sendto(3, "{escape(asked)}", {len(asked)}, MSG_DONTWAIT, NULL, 0)', str(len(asked)))
    writer.call(f'recvfrom(3, "{escape(told)}", 65536, MSG_DONTWAIT, NULL, NULL)', str(len(told)))
    writer.connect("10.0.0.9", fd=4)
    writer.call("socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0)", "5")
    writer.call('connect(5, {sa_family=AF_UNIX, sun_path="/var/run/nscd/socket"}, 110)')
    key = b"\2\0\0\0\4\0\0\0\6\0\0\0b.net\0"
    writer.call(f'sendto(5, "{escape(key)}", {len(key)}, MSG_NOSIGNAL, NULL, 0)', str(len(key)))
    found = seen(writer.text())
    assert [(one.via, one.name, one.type) for one in found.lookups] == [
        ("systemd-resolved", "a.example.", "A"),
        ("nscd", "b.net.", "A"),
    ]
    assert found.lookups[0].addresses == ("10.0.0.9",)
    assert found.connections[0].name == "a.example"


def test_files_that_steer_are_named() -> None:
    writer = Writer()
    writer.call('openat(AT_FDCWD, "/etc/hosts", O_RDONLY|O_CLOEXEC)', "3")
    writer.call('openat(AT_FDCWD, "/home/u/.aws/config", O_RDONLY)', "-1 ENOENT (No such file or directory)")
    writer.call('openat(AT_FDCWD, "/home/u/diary.txt", O_RDONLY)', "3")
    found = seen(writer.text())
    assert [(f.path, f.found) for f in found.files] == [("/etc/hosts", True), ("/home/u/.aws/config", False)]


def test_a_connection_after_the_hosts_file_keeps_its_address() -> None:
    writer = Writer()
    writer.connect("10.0.0.9")
    (place,) = destinations(seen(writer.text()))
    assert (place.name, place.port, place.ok) == ("10.0.0.9", 443, True)


def test_ten_rows_failures_first_in_the_order_of_time() -> None:
    writer = Writer()
    for i in range(15):
        writer.connect("10.0.0.9", 1000 + i)
    writer.connect("10.0.0.9", 7, error="ECONNREFUSED")
    text = report(writer.text())
    assert text.count("10.0.0.9:10") == 9
    assert "10.0.0.9:7 refused" in text
    assert "6 more" in text
    assert report(writer.text(), explain=True).count("10.0.0.9:10") == 15


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_report_keeps_within_the_terminal(width: int, lang: str) -> None:
    from tabiji.report.terminal import cells

    log = tls([("read", SERVER_HELLO), ("write", FINISHED), ("write", REQUEST)])
    text = render_strace(seen(log), command="x", lang=lang, style=Style(width=width))
    assert "▕" in text
    if width >= 80:
        assert max(map(cells, text.splitlines())) <= width


def test_the_time_bar_is_never_empty_and_never_too_long() -> None:
    assert time_bar(0, 1, 8) == "█" * 8
    assert time_bar(0, 0, 8) == "▏" + " " * 7
    assert time_bar(1, 1, 8) == " " * 7 + "▏"
    assert time_bar(0.5, 0.75, 8) == "    ██  "


def test_the_text_in_full() -> None:
    text = report(tls([("wait", b"")]))
    assert text == GOLDEN


GOLDEN = """\
x: exit 0, 60.00 s
13 lines of strace, 3 events

  ✓    0.000 s ▕▏                   ▏ DNS   s3.ap-northeast-1.amazonaws.com A → 10.0.0.9 (asked
                                            10.0.0.2)  0.1 ms
  ✓    0.001 s ▕▏                   ▏ TCP   10.0.0.9:443 connected  3.1 ms
  ✗    0.004 s ▕████████████████████▏ TLS   s3.ap-northeast-1.amazonaws.com [h2, http/1.1] nothing
                                            after the ClientHello; out 110 B  60.00 s

What went wrong
  ✗ s3.ap-northeast-1.amazonaws.com:443 (10.0.0.9): the connection opened, and nothing came back
    after the ClientHello. A firewall that drops by the server's name (SNI) looks like this, and so
    does a path whose MTU is smaller than believed.
"""
