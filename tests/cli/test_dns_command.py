"""`tabiji dns` as a process of its own, asked by the real dig: answers, streams, reload, signals, exit codes."""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dns_serving import needs_dig
from tabiji.cli import main
from tabiji.cli.demo import examples_folder

EXAMPLES = Path(examples_folder())
CONSOLE = str(EXAMPLES / "console-over-dx.yaml")
ENDPOINT = str(EXAMPLES / "interface-endpoint.yaml")
R = "ap-northeast-1"
SSM = f"ssm.{R}.amazonaws.com"


def free_port() -> int:
    with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        tcp.bind(("127.0.0.1", 0))
        port: int = tcp.getsockname()[1]
        udp.bind(("127.0.0.1", port))
        return port


class Served:
    """The process; ``lines`` waits until it has said a text on stderr."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[str] = []
        self._queue: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._queue.put(line.rstrip("\n"))

    def lines(self, text: str) -> list[str]:
        while not any(text in line for line in self.said):
            self.said.append(self._queue.get(timeout=30))
        return self.said

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


@contextmanager
def served(*words: str) -> Iterator[Served]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("TABIJI_", "LC_"))} | {"LANG": "C.UTF-8"}
    with subprocess.Popen(
        [sys.executable, "-m", "tabiji", "dns", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1, env=environment,
    ) as process:  # fmt: skip
        try:
            yield Served(process)
        finally:
            if process.poll() is None:
                process.kill()


def dig(port: int, *words: str) -> str:
    command = ["dig", "@127.0.0.1", "-p", str(port), "+tries=1", "+time=5", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "TZ": "UTC"})
    assert done.returncode == 0, done.stdout
    return done.stdout


def comparable(transcript: str) -> list[str]:
    """A transcript without what differs from one asking to the next; addresses may rotate (N9.3)."""
    lines = [re.sub(r"id: \d+", "id: -", line) for line in transcript.splitlines()]
    kept = [line for line in lines if not re.match(r"; <<>>|; \(1 server|;; (Query time|SERVER|WHEN):", line)]
    records = [i for i, line in enumerate(kept) if line and not line.startswith(";")]
    for i, line in zip(records, sorted(kept[i] for i in records), strict=True):
        kept[i] = line
    return kept


@needs_dig
def test_real_dig_gets_the_transcript_that_tabiji_dig_prints(capsys: pytest.CaptureFixture[str]) -> None:
    """Story 5: one name, two answers; and all the rest of a transcript."""
    ours, theirs = free_port(), free_port()
    with served("-n", ENDPOINT, "--view", f"vpc-a=127.0.0.1:{ours}", "--view", f"vpc-b=127.0.0.1:{theirs}") as server:
        assert server.lines("vpc-b on") == [
            f"dns: vpc-a on 127.0.0.1:{ours} (udp, tcp)",
            f"dns: vpc-b on 127.0.0.1:{theirs} (udp, tcp)",
        ]
        for port, source in ((ours, "ec2"), (theirs, "peer-ec2")):
            for words in (
                [SSM],
                [SSM, "AAAA"],
                [f"x.{SSM}"],
                [SSM, "+tcp"],
                [SSM, "+noedns"],
                ["ip-172-20-144-10.ap-northeast-1.compute.internal"],
                ["-x", "172.20.144.10"],
                ["nothing.internal", "+norecurse"],
            ):
                main(["dig", "-n", ENDPOINT, source, "+noexplain", *words])
                assert comparable(dig(port, *words)) == comparable(capsys.readouterr().out), words
        assert sorted(dig(ours, SSM, "+short").split()) == ["172.20.128.22", "172.20.144.169"]
        assert not {"172.20.128.22", "172.20.144.169"} & set(dig(theirs, SSM, "+short").split())
        assert server.end() == 0
        assert server.process.stdout is not None
        assert server.process.stdout.read() == ""


@needs_dig
def test_sites_inbound_endpoints_and_clients_by_prefix_share_an_address() -> None:
    port = free_port()
    name = f"monitoring.{R}.amazonaws.com"
    views = (f"site:tokyo=127.0.0.1:{port}@127.0.0.1/32", f"inbound:tokyo-vpc=127.0.0.1:{port}")
    with served("-n", CONSOLE, "--view", views[0], "--view", views[1]) as server:
        server.lines("inbound:tokyo-vpc on")
        assert server.said[0] == f"dns: site:tokyo on 127.0.0.1:{port} (udp, tcp) for clients in 127.0.0.1/32"
        assert sorted(dig(port, name, "+short").split()) == ["172.20.128.5", "172.20.144.5"]
        assert sorted(dig(port, name, "+short", "-b", "127.0.0.9").split()) == ["172.20.128.5", "172.20.144.5"]
        assert server.end(signal.SIGINT) == 0


@needs_dig
def test_the_query_log_and_a_changed_estate(tmp_path: Path) -> None:
    net = tmp_path / "net.yaml"
    shutil.copy(ENDPOINT, net)
    port = free_port()
    log = tmp_path / "queries.jsonl"
    with served("-n", str(net), "--view", f"vpc-a=127.0.0.1:{port}", "--query-log", str(log)) as server:
        server.lines("vpc-a on")
        assert len(dig(port, SSM, "+short").split()) == 2
        net.write_text(net.read_text().replace(", app-c: 172.20.128.22", ""))
        server.lines("dns: reloaded 1 views")
        assert dig(port, SSM, "+short").split() == ["172.20.144.169"]
        net.write_text("vpcs: [")
        assert any("the old views stay" in line for line in server.lines("reload failed"))
        assert dig(port, SSM, "+short").split() == ["172.20.144.169"]
        assert server.end() == 0
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["name"], line["type"], line["rcode"], line["answers"]) for line in lines] == [
        (f"{SSM}.", "A", "NOERROR", 2),
        (f"{SSM}.", "A", "NOERROR", 1),
        (f"{SSM}.", "A", "NOERROR", 1),
    ]


@needs_dig
def test_hup_reloads_what_is_not_watched(tmp_path: Path) -> None:
    net = tmp_path / "net.yaml"
    shutil.copy(ENDPOINT, net)
    port = free_port()
    with served("-n", str(net), "--no-reload", "--view", f"vpc-a=127.0.0.1:{port}", "--query-log", "-") as server:
        server.lines("vpc-a on")
        net.write_text(net.read_text().replace(", app-c: 172.20.128.22", ""))
        server.process.send_signal(signal.SIGHUP)
        server.lines("dns: reloaded 1 views")
        assert dig(port, SSM, "+short").split() == ["172.20.144.169"]
        assert server.end() == 0
        assert server.process.stdout is not None
        assert json.loads(server.process.stdout.readline())["view"] == "vpc-a"


@needs_dig
def test_names_outside_the_estate_go_to_a_real_resolver() -> None:
    """The resolver is another of our servers, whose estate knows the name."""
    relay, port = free_port(), free_port()
    relays = str(EXAMPLES / "s3-relay.yaml")
    name = f"s3.{R}.amazonaws.com"
    with served("-n", relays, "--view", f"relay-vpc=127.0.0.1:{relay}") as real:
        real.lines("relay-vpc on")
        words = ("-n", ENDPOINT, "--view", f"vpc-b=127.0.0.1:{port}", "--forward", f"127.0.0.1:{relay}")
        with served(*words) as server:
            server.lines("vpc-b on")
            assert dig(port, name, "+short").split() == ["198.51.100.33"]
            assert server.end() == 0
        assert real.end() == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "--view VIEW=ADDRESS:PORT"),
        (["--view", "vpc-a"], "write VIEW=ADDRESS:PORT"),
        (["--view", "nobody=127.0.0.1:5301"], "nobody"),
        (["--view", "vpc-a=0.0.0.0:5301"], "--allow-remote"),
        (["--view", "vpc-a=127.0.0.1:5301", "--forward", "example.com"], "--forward example.com"),
        (["--view", "vpc-a=127.0.0.1:5301", "--tcp-timeout", "-1"], "seconds"),
        (["--view", "vpc-a=127.0.0.1:5301", "--query-log", "no/such/folder/log"], "--query-log"),
        (["--view", "vpc-a=127.0.0.1:5301", "--view", "vpc-b=127.0.0.1:5301"], "without source prefixes"),
    ],
)
def test_bad_usage_is_one_line(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dns", "-n", ENDPOINT, *words]) == 64
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err


def test_a_taken_port_and_a_bad_estate(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["dns", "-n", ENDPOINT, "--view", f"vpc-a=127.0.0.1:{port}"]) == 64
        assert str(port) in capsys.readouterr().err
    (tmp_path / "net.yaml").write_text("vpcs: [")
    assert main(["dns", "-n", str(tmp_path / "net.yaml"), "--view", "vpc-a=127.0.0.1:5301"]) == 65
