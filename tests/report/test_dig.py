"""dig's transcript, byte for byte: against the real dig asking our server (N7.1, N7.2, N7.4, N7.5)."""

from __future__ import annotations

import os
import re
import socket
import struct
import subprocess
import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest

from dns_namespace import CLOSED, GOOD, NAMES, NO_ROUTE, REFUSED, SERVFAIL, SILENT, answer_of, outputs
from dns_serving import SSM, SSM_ANSWER, needs_dig, ok, rr, serving, soa
from tabiji.dnsd import View
from tabiji.names.answer import Answer
from tabiji.names.wire import RA, decode_query, reverse_name
from tabiji.report.dig import parse_plus_options, render_dig

KMS = "kms.us-east-1.amazonaws.com."
FIXED = {"query_id": 4711, "elapsed_ms": 1, "when": datetime(2026, 11, 21, 0, 41, 34, tzinfo=UTC)}


def measured(real: str) -> dict[str, object]:
    """Id, time and clock of a real transcript, for the renderer."""
    out = dict(FIXED)
    if found := re.search(r"id: (\d+)", real):
        out["query_id"] = int(found[1])
    if found := re.search(r"Query time: (\d+) msec", real):
        out["elapsed_ms"] = int(found[1])
    if found := re.search(r"WHEN: \w+ (\w+ \d+ [\d:]+) (\w+) (\d+)", real):
        zone = {"UTC": UTC, "JST": timezone(timedelta(hours=9), "JST")}[found[2]]
        out["when"] = datetime.strptime(f"{found[1]} {found[3]}", "%b %d %H:%M:%S %Y").replace(tzinfo=zone)
    return out


def version() -> str:
    text = subprocess.run(["dig", "-v"], capture_output=True, text=True, check=True)
    return (text.stdout + text.stderr).split()[1]


def dig(args: str, tz: str = "UTC") -> tuple[str, int]:
    done = subprocess.run(
        ["dig", *args.split()], capture_output=True, text=True, check=False, env={**os.environ, "TZ": tz, "LC_ALL": "C"}
    )
    return done.stdout, done.returncode


def same_as_dig(answer: Answer, words: str, tz: str = "UTC", **keywords: object) -> None:
    plus = parse_plus_options(w for w in words.split() if w.startswith("+") and not w.startswith("+time"))
    with serving(lambda name, type_: answer) as port:
        args = f"@127.0.0.1 -p {port} {words}".strip()
        real = dig(args, tz)
    ours = render_dig(
        answer, args=args, server="127.0.0.1", port=port, server_given=True, version=version(),
        **measured(real[0]), **plus, **keywords,
    )  # fmt: skip
    assert ours == real


RECORDS = sorted(
    {(a.name, a.type) for a in NAMES.table.values() if a.rcode == "NOERROR" and a.name != "big.example.com."}
)


@needs_dig
@pytest.mark.parametrize(("name", "type_"), RECORDS, ids=str)
def test_each_record_type_prints_as_dig_does(name: str, type_: str) -> None:
    same_as_dig(NAMES.table[name, type_], f"{name} {type_}")


@needs_dig
@pytest.mark.parametrize(
    "words",
    ["+short", "+tcp", "+noedns", "+noedns +tcp", "+noall +answer", "+nocmd", "+nocomments", "+nostats", "+norecurse",
     "+noquestion", "+noall +stats +comments", "+bufsize=512", "+noadditional", "+noanswer +noauthority"],
)  # fmt: skip
def test_options(words: str) -> None:
    same_as_dig(SSM_ANSWER, f"{SSM} A {words}")


@needs_dig
@pytest.mark.parametrize("rcode", ["NXDOMAIN", "SERVFAIL", "REFUSED", "FORMERR", "NOTIMP"])
@pytest.mark.parametrize("words", ["", "+short", "+tcp", "+noedns"])
def test_n7_2_response_codes(rcode: str, words: str) -> None:
    authority = soa("amazonaws.com.") if rcode == "NXDOMAIN" else ()
    same_as_dig(ok(SSM, "A", rcode=rcode, authority=authority), f"{SSM} {words}")


@needs_dig
def test_n7_2b_nodata() -> None:
    same_as_dig(ok(SSM, "TXT", authority=soa(SSM)), f"{SSM} TXT")


@needs_dig
def test_n7_2i_truncated_then_tcp() -> None:
    for words in ("", "+short", "+noedns", "+tcp", "+nocomments"):
        same_as_dig(NAMES.table["big.example.com.", "A"], f"big.example.com {words}")
    between = ok("t.example.com.", "TXT", rr("t.example.com.", "TXT", " ".join(['"' + "x" * 250 + '"'] * 7)))
    same_as_dig(between, "t.example.com TXT")  # over the 1232 octets dig offers, under our 4096
    same_as_dig(between, "t.example.com TXT +bufsize=4000")


@needs_dig
def test_n7_2l_cname_to_nxdomain() -> None:
    same_as_dig(NAMES.table["dangling.example.com.", "A"], "dangling.example.com")


@needs_dig
@pytest.mark.parametrize("words", ["+tries=1", "+tries=2 +short", "+tries=1 +tcp", "+retry=1", "+tries=1 +noall"])
def test_n7_2f_timeout(words: str) -> None:
    same_as_dig(ok(SSM, "A", rcode="TIMEOUT"), f"{SSM} +time=1 {words}", question=SSM)


@needs_dig
@pytest.mark.parametrize("words", ["", "+tcp", "+short", "+tries=1 +tcp", "+nocmd", "+noall +answer"])
@pytest.mark.parametrize("before", [False, True])
def test_n7_2g_port_closed(words: str, before: bool) -> None:
    with socket.socket() as holder:  # bound, not listening; nobody else takes the number
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
        args = f"{words} @127.0.0.1 -p {port} {SSM}" if before else f"@127.0.0.1 -p {port} {SSM} {words}"
        args = args.strip()
        real = dig(args)
    plus = parse_plus_options(w for w in words.split())
    answer = ok(SSM, "A", rcode="CONNREFUSED")
    assert real == render_dig(
        answer, args=args, server="127.0.0.1", port=port, server_given=True, version=version(), question=SSM,
        **FIXED, **plus,
    )  # fmt: skip


@needs_dig
@pytest.mark.parametrize("typed", ["SsM.Ap-NorthEast-1.AMAZONAWS.com", "ssm.ap-northeast-1.amazonaws.com"])
def test_n9_3_case_as_typed(typed: str) -> None:
    same_as_dig(SSM_ANSWER, typed, question=typed)
    cname = ok(SSM, "A", rr(SSM, "CNAME", "Other.Amazonaws.COM."), rr("other.amazonaws.com.", "A", "10.0.0.1"))
    same_as_dig(cname, typed, question=typed)


@needs_dig
@pytest.mark.parametrize("address", ["10.2.3.4", "2001:db8::4"])
def test_reverse(address: str) -> None:
    name = reverse_name(address)
    same_as_dig(ok(name, "PTR", rr(name, "PTR", "ip-10-2-3-4.ec2.internal.")), f"-x {address}")


@needs_dig
def test_any_goes_by_tcp() -> None:
    same_as_dig(ok(SSM, "ANY", *SSM_ANSWER.answer), f"{SSM} ANY")


@needs_dig
def test_clock_of_another_zone() -> None:
    same_as_dig(SSM_ANSWER, SSM, tz="Asia/Tokyo")


@needs_dig
def test_n7_4_columns_for_names_of_every_length() -> None:
    """Question and answer lines, name lengths 3 to 70, TTLs of 1 to 10 digits."""
    for length in range(1, 69, 1):
        name = "a" * min(length, 60) + ("." + "b" * (length - 61) if length > 61 else "") + ".c."
        ttl = 10 ** (length % 10)
        same_as_dig(ok(name, "A", rr(name, "A", "10.0.0.1", ttl)), name)


@needs_dig
def test_odd_octets_in_names_and_texts() -> None:
    for owner in (
        r"a\.b.example.com.",
        r"\000\255x.example.com.",
        r"a\ b\"\(\)\;\@\$.example.com.",
        "_dns-sd._udp.example.",
    ):
        answer = ok(owner, "TXT", rr(owner, "TXT", r'"tab\009 quote\" back\\ \200 end"'))
        args_safe = owner.replace("\\ ", "\\032")
        same_as_dig(answer, f"{args_safe} TXT", question=owner)


class _Patched:
    """A UDP server whose answers are changed on the way out."""

    def __init__(self, change: object) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        self.view = View("v", lambda name, type_: SSM_ANSWER)
        self.change = change
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        data, peer = self.sock.recvfrom(4096)
        self.sock.sendto(self.change(data, self.view.respond(data)), peer)  # type: ignore[operator]
        self.sock.close()


def _flags(message: bytes, on: int, off: int) -> bytes:
    word = struct.unpack_from("!H", message, 2)[0]
    return message[:2] + struct.pack("!H", (word | on) & ~off) + message[4:]


@needs_dig
def test_n7_2k_no_recursion() -> None:
    server = _Patched(lambda data, message: _flags(message, 0, RA))
    args = f"@127.0.0.1 -p {server.port} {SSM}"
    real = dig(args)
    assert "recursion requested but not available" in real[0]
    assert real == render_dig(
        SSM_ANSWER, args=args, server="127.0.0.1", port=server.port, server_given=True, version=version(),
        recursion_available=False, **measured(real[0]),
    )  # fmt: skip


@needs_dig
@pytest.mark.parametrize("rcode", ["FORMERR", "NOTIMP", "REFUSED", "NOERROR"])
def test_n7_2j_server_without_edns(rcode: str) -> None:
    answer = ok(SSM, "A", rcode=rcode)
    plain = View("v", lambda name, type_: answer)

    def without_opt(data: bytes, _: bytes) -> bytes:
        query = decode_query(data)
        bare = plain.respond(data[:10] + b"\0\0" + query.question)
        assert isinstance(bare, bytes)
        return bare

    server = _Patched(without_opt)
    args = f"@127.0.0.1 -p {server.port} {SSM}"
    real = dig(args)
    assert real == render_dig(
        answer, args=args, server="127.0.0.1", port=server.port, server_given=True, version=version(),
        server_edns=False, **measured(real[0]),
    )  # fmt: skip


@needs_dig
@pytest.mark.parametrize(
    "servers",
    [(SILENT, GOOD), (SILENT, SILENT), (SILENT, CLOSED), (CLOSED, SILENT), (CLOSED, GOOD), (SERVFAIL, GOOD),
     (REFUSED, GOOD), (NO_ROUTE,), (NO_ROUTE, GOOD), (NO_ROUTE, SILENT), (SILENT, NO_ROUTE), (CLOSED, CLOSED, GOOD)],
    ids=str,
)  # fmt: skip
def test_n1_9_several_servers(servers: tuple[str, ...]) -> None:
    """dig stops at the first answer, also SERVFAIL or REFUSED, and moves on only from failures."""
    args = "+time=1 +tries=2 two.example.com"
    (real,) = outputs(("dig", *args.split()), servers=servers)
    asked: list[Answer] = []
    for server in servers:
        asked.append(answer_of(server, "two.example.com.", "A"))
        if server not in (SILENT, CLOSED, NO_ROUTE):
            break
    ours = render_dig(asked, args=args, server="", version=version(), tries=2, **measured(real[0]))
    assert ours == tuple(real)


@needs_dig
@pytest.mark.parametrize("words", ["+tcp", "+tcp +short"])
@pytest.mark.parametrize("servers", [(NO_ROUTE,), (CLOSED, GOOD), (NO_ROUTE, SILENT)], ids=str)
def test_several_servers_by_tcp(servers: tuple[str, ...], words: str) -> None:
    args = f"+time=1 +tries=2 two.example.com {words}"
    (real,) = outputs(("dig", *args.split()), servers=servers)
    asked = [answer_of(server, "two.example.com.", "A") for server in servers]
    ours = render_dig(
        asked, args=args, server="", version=version(), **parse_plus_options(args.split()[1:2] + words.split()),
        **measured(real[0]),
    )  # fmt: skip
    assert ours == tuple(real)


def test_nt1_the_whole_transcript() -> None:
    """NT1, as published and measured; runs without dig."""
    text, code = render_dig(
        SSM_ANSWER, args="ssm.ap-northeast-1.amazonaws.com", server="10.0.0.2", query_id=4711, elapsed_ms=1,
        when=datetime(2026, 11, 21, 0, 41, 34, tzinfo=UTC),
    )  # fmt: skip
    assert code == 0
    assert text == (
        "\n"
        "; <<>> DiG 9.18.49-1~deb12u3-Debian <<>> ssm.ap-northeast-1.amazonaws.com\n"
        ";; global options: +cmd\n"
        ";; Got answer:\n"
        ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 4711\n"
        ";; flags: qr rd ra; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 1\n"
        "\n"
        ";; OPT PSEUDOSECTION:\n"
        "; EDNS: version: 0, flags:; udp: 4096\n"
        ";; QUESTION SECTION:\n"
        ";ssm.ap-northeast-1.amazonaws.com. IN\tA\n"
        "\n"
        ";; ANSWER SECTION:\n"
        "ssm.ap-northeast-1.amazonaws.com. 60 IN\tA\t172.20.144.169\n"
        "ssm.ap-northeast-1.amazonaws.com. 60 IN\tA\t172.20.128.22\n"
        "\n"
        ";; Query time: 1 msec\n"
        ";; SERVER: 10.0.0.2#53(10.0.0.2) (UDP)\n"
        ";; WHEN: Sat Nov 21 00:41:34 UTC 2026\n"
        ";; MSG SIZE  rcvd: 93\n"
        "\n"
    )


@pytest.mark.parametrize(
    ("answer", "edns", "size"),
    [
        (SSM_ANSWER, True, 93),
        (SSM_ANSWER, False, 82),
        (ok(SSM, "TXT", authority=soa(SSM)), True, 145),
        (ok(KMS, "A", rr(KMS, "A", "1.2.3.4")), True, 72),
        (ok(KMS, "A", rr(KMS, "A", "10.0.0.1"), rr(KMS, "A", "10.0.0.2")), True, 88),
    ],
)  # fmt: skip
def test_n7_5_message_size(answer: Answer, edns: bool, size: int) -> None:
    text, _ = render_dig(answer, args="x", server="10.0.0.2", edns=edns, **FIXED)
    assert f";; MSG SIZE  rcvd: {size}\n" in text


def test_unknown_option() -> None:
    with pytest.raises(ValueError, match=r"Invalid option: \+nosuch"):
        parse_plus_options(["+nosuch"])


def test_banner_names_the_version_asked_for() -> None:
    text, _ = render_dig(SSM_ANSWER, args="x", server="10.0.0.2", version="9.16.1-Ubuntu", **FIXED)
    assert text.startswith("\n; <<>> DiG 9.16.1-Ubuntu <<>> x\n")
