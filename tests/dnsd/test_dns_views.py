"""Views of an estate as a real DNS server, asked by real clients."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dns.message
import dns.query
import pytest

from dns_serving import Running, Zone, needs_dig, needs_nslookup, ok, rr, serving, tool
from tabiji.dnsd import Forwarder, ListenError, Server
from tabiji.dnsd.views import ViewSpec, answers_of, bindings, outside_name, serve_estate
from tabiji.sources import load

EXAMPLES = Path(__file__).parents[2] / "examples"
STORY5 = EXAMPLES / "interface-endpoint.yaml"
CONSOLE = EXAMPLES / "console-over-dx.yaml"
SSM = "ssm.ap-northeast-1.amazonaws.com"
MONITORING = "monitoring.ap-northeast-1.amazonaws.com"
LOOPBACK = "127.0.0.1"


@contextmanager
def views(file: Path, *specs: str, **options: object) -> Iterator[dict[str, int]]:
    with Running(Server(bindings(load(file), specs), **options)) as running:  # type: ignore[arg-type]
        yield running.ports


def ask(port: int, name: str, type_: str = "A") -> list[str]:
    answer = dns.query.udp(dns.message.make_query(name, type_), LOOPBACK, port=port, timeout=5)
    return [item.to_text() for rrset in answer.answer for item in rrset]


@needs_dig
def test_story_5_with_the_real_dig() -> None:
    with views(STORY5, "vpc-a=127.0.0.1:0", "vpc-b=127.0.0.2:0") as ports:
        text, code = tool("dig", f"@{LOOPBACK}", "-p", str(ports["vpc-a"]), SSM)
        assert code == 0
        assert "status: NOERROR" in text
        assert "flags: qr rd ra;" in text
        assert f"{SSM}. 60 IN\tA\t172.20.144.169\n{SSM}. 60 IN\tA\t172.20.128.22\n" in text
        assert ";; MSG SIZE  rcvd: 93\n" in text
        text, _ = tool("dig", f"@{LOOPBACK}", "-p", str(ports["vpc-a"]), SSM, "+short")
        assert text == "172.20.128.22\n172.20.144.169\n"  # turned by one
        other, _ = tool("dig", "@127.0.0.2", "-p", str(ports["vpc-b"]), SSM, "+short")
        assert other.count("\n") == 1
        assert not other.startswith("172.20.")


@needs_nslookup
def test_story_5_with_the_real_nslookup() -> None:
    with views(STORY5, "vpc-a=127.0.0.1:0") as ports:
        text, code = tool("nslookup", f"-port={ports['vpc-a']}", SSM, LOOPBACK)
    assert code == 0
    assert text.endswith(
        f"Non-authoritative answer:\nName:\t{SSM}\nAddress: 172.20.144.169\nName:\t{SSM}\nAddress: 172.20.128.22\n\n"
    )


def test_nt14_site_inbound_endpoint_and_host_agree() -> None:
    """A site whose DNS is the inbound endpoint gets what that endpoint's VPC gets (N2.7f)."""
    specs = ("site:tokyo", "laptop", "rslvr-tokyo-vpc-inbound", "inbound:tokyo-vpc", "tokyo-vpc", "ec2")
    with views(CONSOLE, *(f"{spec}=127.0.0.{n}:0" for n, spec in enumerate(specs, 1))) as ports:
        found = []
        for n, spec in enumerate(specs, 1):
            query = dns.message.make_query(MONITORING, "A")
            answer = dns.query.udp(query, f"127.0.0.{n}", port=ports[spec], timeout=5)
            found.append(sorted(item.to_text() for rrset in answer.answer for item in rrset))
    assert len(found[0]) == 2
    assert found == [found[0]] * len(specs)
    assert all(address.startswith("172.20.") for address in found[0])


def test_names_a_vpc_does_not_know_are_forwarded_only_when_asked_to() -> None:
    real = Zone([ok("www.example.org.", "A", rr("www.example.org.", "A", "198.51.100.9"))])
    with serving(real) as port:
        with views(STORY5, "vpc-a=127.0.0.1:0", forwarder=Forwarder(LOOPBACK, port), outside=outside_name) as ports:
            assert ask(ports["vpc-a"], "www.example.org") == ["198.51.100.9"]
            assert sorted(ask(ports["vpc-a"], SSM)) == ["172.20.128.22", "172.20.144.169"]
            assert ask(ports["vpc-a"], "ip-172-20-144-10.ap-northeast-1.compute.internal") == ["172.20.144.10"]
        assert real.asked == [("www.example.org.", "A")]
        with views(STORY5, "vpc-a=127.0.0.1:0") as ports:
            ask(ports["vpc-a"], "www.example.org")
        assert len(real.asked) == 1


def test_outside_is_where_the_estate_begins_to_guess() -> None:
    estate = load(STORY5)
    assert outside_name(answers_of(estate, "vpc-a")(SSM + ".", "A")) == ""
    assert outside_name(answers_of(estate, "vpc-b")(SSM + ".", "A")) == SSM + "."
    assert outside_name(answers_of(estate, "vpc-a")("www.example.org.", "A")) == "www.example.org."


def test_the_file_changes_and_so_do_the_answers(tmp_path: Path) -> None:
    file = tmp_path / "estate.yaml"
    shutil.copy(STORY5, file)
    specs = ["vpc-a=127.0.0.1:0"]
    server = Server(bindings(load(file), specs), reload=lambda: bindings(load(file), specs))
    with Running(server) as running:
        port = running.ports["vpc-a"]
        assert "172.20.128.22" in ask(port, SSM)
        text = file.read_text()
        assert "172.20.128.22" in text
        file.write_text(text.replace("172.20.128.22", "172.20.128.77"))
        assert running.call(server.reload_now)
        assert "172.20.128.77" in ask(port, SSM)
        file.write_text(text + "\nvpcs: [")
        assert not running.call(server.reload_now)
        assert "172.20.128.77" in ask(port, SSM)


@pytest.mark.parametrize(
    ("text", "view", "host", "port", "sources"),
    [
        ("vpc-0a1=127.0.0.1:5301", "vpc-0a1", "127.0.0.1", 5301, ()),
        ("site:tokyo=[::1]:53", "site:tokyo", "::1", 53, ()),
        ("vpc-1=127.0.0.1:53@10.0.0.0/8,10.1.0.0/16", "vpc-1", "127.0.0.1", 53, ("10.0.0.0/8", "10.1.0.0/16")),
        ("a=b=127.0.0.1:53", "a=b", "127.0.0.1", 53, ()),
    ],
)
def test_view_texts(text: str, view: str, host: str, port: int, sources: tuple[str, ...]) -> None:
    spec = ViewSpec(text)
    assert (spec.view, spec.host, spec.port, spec.sources) == (view, host, port, sources)


@pytest.mark.parametrize(
    "text", ["", "vpc-1", "vpc-1=", "=127.0.0.1:53", "vpc-1=127.0.0.1", "vpc-1=127.0.0.1:x", "v=:53"]
)
def test_view_texts_that_are_refused(text: str) -> None:
    with pytest.raises(ListenError, match="write VIEW=ADDRESS:PORT"):
        ViewSpec(text)


@pytest.mark.parametrize("text", ["vpc-9=127.0.0.1:0", "site:nowhere=127.0.0.1:0", "inbound:vpc-9=127.0.0.1:0"])
def test_views_the_estate_does_not_have(text: str) -> None:
    with pytest.raises(ListenError, match="view"):
        bindings(load(STORY5), [text])


def test_names_with_a_dot_in_a_label_do_not_stop_it() -> None:
    with views(STORY5, "vpc-a=127.0.0.1:0") as ports:
        for name in (r"a\.b.example.com.", r"\000.example.com.", r"x\032y.", "*.example.com.", "."):
            answer = dns.query.udp(dns.message.make_query(name, "A"), LOOPBACK, port=ports["vpc-a"], timeout=5)
            assert answer.question[0].name.to_text() == name
        assert len(ask(ports["vpc-a"], SSM)) == 2


_SCRIPT = """
import sys
from tabiji.dnsd.views import serve_estate
from tabiji.sources import load
file = sys.argv[1]
with open(sys.argv[2], "w") as log:
    sys.exit(serve_estate(lambda: load(file), ["vpc-a=127.0.0.1:0"], watch=[file], log=log, poll=60))
"""


def test_serve_estate_reloads_on_sighup_logs_and_ends(tmp_path: Path) -> None:
    file, log = tmp_path / "estate.yaml", tmp_path / "queries.json"
    shutil.copy(STORY5, file)
    command = [sys.executable, "-c", _SCRIPT, str(file), str(log)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        port = int(process.stderr.readline().split()[3].rsplit(":", 1)[1])
        assert sorted(ask(port, SSM)) == ["172.20.128.22", "172.20.144.169"]
        file.write_text(STORY5.read_text().replace("172.20.128.22", "172.20.128.77"))
        process.send_signal(signal.SIGHUP)
        assert process.stderr.readline() == "dns: reloaded 1 views\n"
        assert sorted(ask(port, SSM)) == ["172.20.128.77", "172.20.144.169"]
        file.write_text("vpcs: [")
        process.send_signal(signal.SIGHUP)
        line = process.stderr.readline()
        assert line.startswith("dns: reload failed, the old views stay: ")
        assert "estate.yaml" in line
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert process.stderr.read() == ""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["view"], line["name"], line["rcode"], line["answers"]) for line in lines] == [
        ("vpc-a", SSM + ".", "NOERROR", 2)
    ] * 2


@pytest.mark.parametrize("text", ["resolver.example", "127.0.0.1:x", "127.0.0.1:0", "[::1", "1.2.3"])
def test_forward_addresses_that_are_refused(text: str) -> None:
    with pytest.raises(ListenError, match="not an address or ADDRESS:PORT"):
        serve_estate(lambda: load(STORY5), ["vpc-a=127.0.0.1:0"], forward=text)
