"""Labs with a network in them: packets between hosts, watched, changed, two at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from bring_up_plans import network
from small_lab import LONG, bring, eventually, may_make_namespaces, run
from tabiji.lab.holder import home, wire
from tabiji.lab.holder.client import ask, down
from tabiji.lab.holder.errors import LabError

pytestmark = pytest.mark.skipif(not may_make_namespaces(), reason="neither root nor user namespaces")
TABIJI = [sys.executable, "-m", "tabiji", "lab"]
SERVER = (
    "import socket, sys; s = socket.create_server(('', 80)); print('up', flush=True)\n"
    "while True: c, _ = s.accept(); c.sendall(sys.argv[1].encode()); c.recv(1); c.close()"
)
CLIENT = (
    "import socket, sys; s = socket.create_connection((sys.argv[1], int(sys.argv[2])), float(sys.argv[3]))\n"
    "s.settimeout(20); print(s.recv(99).decode())"
)


@pytest.fixture
def labs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    tmp_path.chmod(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv("TABIJI_LAB", raising=False)
    yield tmp_path
    for lab in list(home.labs()):
        down(lab)


def python(lab: str, host: str, code: str, *words: str) -> subprocess.CompletedProcess[str]:
    return run("exec", "--lab", lab, host, "--", sys.executable, "-c", code, *words)


def serve(lab: str, host: str, text: str) -> None:
    process = subprocess.Popen(
        [*TABIJI, "exec", "--lab", lab, host, "--", sys.executable, "-c", SERVER, text],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"


def test_lab13_two_labs_with_the_same_addresses(labs: Path) -> None:
    for name in ("net-one", "net-two"):
        assert bring(name).returncode == 0
        serve(name, "b", name)
    for name in ("net-one", "net-two"):
        assert python(name, "a", CLIENT, "10.1.1.10", "80", "20").stdout == f"{name}\n"


def test_hops_are_told_in_the_words_of_a_trace(labs: Path) -> None:
    assert bring("net").returncode == 0
    watching = subprocess.Popen(
        [*TABIJI, "capture", "--hops", "--format", "json", "--host", "a", "--seconds", str(LONG)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip

    def watched() -> bool:
        try:
            _, fds = ask(home.find(), wire.Watch(what="hops"))
        except LabError as error:
            return error.code == "lab.watched"
        for fd in fds:
            os.close(fd)
        return False

    while not watched():
        time.sleep(0.01)
    python("net", "a", CLIENT, "10.1.1.10", "81", "0.3")
    assert watching.stdout is not None
    told = json.loads(watching.stdout.readline())
    assert [hop["place"]["id"] for hop in told["hops"]] == ["eni-a", "eni-b"]
    assert (told["ended"], told["reason"]["code"], told["reason"]["owner"]) == ("dropped", "sg.in", "sg-b")
    assert told["flags"] == "SYN"
    watching.terminate()
    watching.communicate(timeout=LONG)
    assert watching.returncode == 0
    assert eventually(lambda: not watched())


def test_packets_go_to_a_file_with_readable_interfaces(labs: Path, tmp_path: Path) -> None:
    assert bring("net").returncode == 0
    serve("net", "b", "x")
    file = tmp_path / "seen.pcapng"
    watching = subprocess.Popen(
        [*TABIJI, "capture", "-w", str(file), "--count", "4"], stderr=subprocess.PIPE, text=True
    )
    assert eventually(file.exists)
    python("net", "a", CLIENT, "10.1.1.10", "80", "20")
    assert watching.wait(LONG) == 0
    data = file.read_bytes()
    assert data[:4] == b"\n\r\r\n"
    assert b"ENI eni-a" in data
    assert b"ENI eni-b" in data


def test_a_change_is_whole_or_not_at_all_and_programs_go_on(labs: Path) -> None:
    assert bring("net").returncode == 0
    serve("net", "b", "x")
    lab = home.find()

    def order(plan: object) -> wire.Apply:
        return wire.Apply(plan=msgspec.Raw(msgspec.json.encode(plan)), facts=msgspec.Raw(b"{}"))

    closed = 'tcp dport 80 log prefix "d3" group 1 drop'
    ask(lab, order(network(closed)))
    assert python("net", "a", CLIENT, "10.1.1.10", "80", "0.3").returncode != 0
    for wrong in (network("no such rule"), {"nft": 5}):
        with pytest.raises(LabError) as refused:
            ask(lab, order(wrong))
        assert refused.value.code == "lab.apply_failed"
    assert closed in ask(lab, wire.Plan())[0]["nft"]
    ask(lab, order(network()))
    assert python("net", "a", CLIENT, "10.1.1.10", "80", "20").stdout == "x\n"


def test_status_as_json(labs: Path) -> None:
    assert bring("net").returncode == 0
    (row,) = json.loads(run("status", "--format", "json").stdout)["labs"]
    assert (row["name"], row["state"], row["programs"]) == ("net", "up", 0)
    assert {host["name"]: host["addresses"][0] for host in row["hosts"]} == {
        "a": "10.1.0.10",
        "b": "10.1.1.10",
        "web": "198.51.100.10",
    }
    assert run("down").returncode == 0
    assert run("status").returncode == 2


@pytest.mark.parametrize(
    "words",
    [
        ("capture",),
        ("capture", "--hops", "-w", "x"),
        ("down", "x", "--all"),
        (),
        ("exec", "-e", "A", "h", "true"),
        ("fly",),
    ],
)
def test_wrong_usage_is_one_line(labs: Path, words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.returncode == 64
    assert done.stderr.count("\n") == 1
