"""``tabiji strace``: a real command under strace, and the command line."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from strace_logs import Writer

from tabiji.cli import main
from tabiji.observe.strace.run import CannotRun, run

CLIENT = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=5) as s:
    s.sendall(b"GET /path?token=SECRET HTTP/1.1\\r\\nHost: here.example\\r\\nAuthorization: SECRET\\r\\n\\r\\n")
    s.recv(1000)
print("said by the client")
sys.exit(int(sys.argv[3]))
"""


def traceable() -> bool:
    strace = shutil.which("strace")
    return strace is not None and subprocess.run(
        [strace, "-qq", "-f", "--seccomp-bpf", "-e", "trace=none", "-o", "/dev/null", "true"], capture_output=True
    ).returncode == 0  # fmt: skip


needs_strace = pytest.mark.skipif(not traceable(), reason="strace is not here or may not trace")


@pytest.fixture
def server() -> Iterator[int]:
    """A server on loopback that answers every request with one line."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(1000)
                    connection.sendall(b"HTTP/1.1 204 No Content\r\nSet-Cookie: SECRET\r\n\r\n")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(listening.getsockname()[1])
        listening.shutdown(socket.SHUT_RDWR)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def client(port: int, code: int = 0, host: str = "127.0.0.1") -> list[str]:
    return [sys.executable, "-c", CLIENT, host, str(port), str(code)]


@needs_strace
@pytest.mark.parametrize("light", [False, True])
def test_a_real_client(server: int, light: bool, capfd: pytest.CaptureFixture[str]) -> None:
    ran = run(client(server, 7), light=light)
    assert (ran.code, ran.signal) == (7, 0)
    assert capfd.readouterr().out == "said by the client\n"
    (connection,) = [c for c in ran.seen.connections if c.port == server]
    assert (connection.address, connection.outcome, connection.ok) == ("127.0.0.1", "connected", True)
    assert connection.sent > 60
    assert connection.received > 20
    assert [(h.method, h.host, h.path, h.status) for h in connection.http] == [("GET", "here.example", "/path", 204)]
    assert ran.seen.malformed == 0
    assert ran.seen.timed


@needs_strace
def test_a_real_refusal_by_name(capfd: pytest.CaptureFixture[str]) -> None:
    port = closed_port()
    ran = run(client(port, host="localhost"))
    assert ran.code == 1
    found = [c for c in ran.seen.connections if c.port == port]
    assert found
    assert {c.outcome for c in found} <= {"refused", "unreachable"}
    assert "/etc/hosts" in {f.path for f in ran.seen.files}
    capfd.readouterr()


@needs_strace
def test_children_and_descriptors_of_the_shell_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "three"
    number = os.open(path, os.O_WRONLY | os.O_CREAT)
    os.set_inheritable(number, True)
    try:
        ran = run([sys.executable, "-c", f"import os; os.system('exit 3'); os.write({number}, b'still here\\n')"])
    finally:
        os.close(number)
    assert ran.code == 0
    assert path.read_text() == "still here\n"


@needs_strace
def test_a_command_killed_by_a_signal_exits_as_in_a_shell() -> None:
    ran = run(["sh", "-c", "kill -KILL $$"])
    assert (ran.code, ran.signal) == (137, 9)


@needs_strace
def test_signals_reach_the_command(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    script = f"trap 'exit 5' TERM; touch {ready}; while :; do sleep 0.05; done"
    line = [sys.executable, "-m", "tabiji", "strace", "--", "sh", "-c", script]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True) as running:
        for _ in range(400):
            if ready.exists():
                break
            time.sleep(0.05)
        running.send_signal(signal.SIGTERM)
        _, told = running.communicate(timeout=30)
    assert running.returncode == 5
    assert "exit 5" in told


@needs_strace
def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: int) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    seen: list[str] = []
    real = os.mkfifo

    def watched(path: str, mode: int) -> None:
        real(path, mode)
        folder = os.stat(os.path.dirname(path))
        seen.append(stat.filemode(folder.st_mode) + stat.filemode(os.stat(path).st_mode))

    monkeypatch.setattr(os, "mkfifo", watched)
    run(client(server))
    assert seen == ["drwx------prw-------"]
    assert list(tmp_path.iterdir()) == []


@needs_strace
def test_the_command_line(server: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "kept.strace"
    assert main(["strace", "--lang", "en", "--keep", str(kept), "--", *client(server, 3)]) == 3
    told = capfd.readouterr()
    assert told.out == "said by the client\n"
    assert f"127.0.0.1:{server} connected" in told.err
    assert "exit 3" in told.err
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "SECRET" not in kept.read_text() + told.err
    assert f"htons({server})" in kept.read_text()
    assert main(["strace", "--lang", "en", "--read", str(kept)]) == 0
    assert f"127.0.0.1:{server} connected" in capfd.readouterr().out


@needs_strace
def test_json_of_a_run_goes_to_a_file(server: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "out.json"
    assert main(["strace", "--format", "json", "-o", str(path), "--", *client(server)]) == 0
    assert capfd.readouterr().err == ""
    document = json.loads(path.read_text())
    assert (document["kind"], document["exit"], document["ok"]) == ("observation", 0, True)
    assert document["command"] == [sys.executable]  # never the arguments
    assert "SECRET" not in path.read_text()
    (connection,) = [c for c in document["connections"] if c["port"] == server]
    assert connection["http"] == [{"method": "GET", "host": "here.example", "path": "/path", "status": 204}]


@needs_strace
def test_a_command_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["strace", "--", "no-such-command-here"]) == 127
    assert capsys.readouterr().err == "tabiji: no-such-command-here: no such command\n"


def test_without_strace(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CannotRun):
        run(["true"])
    assert main(["strace", "--", "true"]) == 69
    assert "strace is not installed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "code", "word"),
    [
        ([], 64, "what to observe?"),
        (["--read", "x", "--", "true"], 64, "what to observe?"),
        (["--read", "x", "--light"], 64, "--light"),
        (["--read", "no-such-file"], 65, "no-such-file"),
        (["--read", "notes.txt"], 65, "not a strace log"),
        (["--read", "log", "--from", "h"], 64, "which estate?"),
        (["--read", "log", "-o", "no/such/folder"], 65, "no/such/folder"),
        (["--read", "log", "--keep", "no/such/folder"], 65, "no/such/folder"),
    ],
)
def test_bad_usage_and_bad_input_are_one_line(
    argv: list[str], code: int, word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TABIJI_NET", raising=False)
    (tmp_path / "notes.txt").write_text("these are\nnotes\n")
    writer = Writer()
    writer.connect("10.0.0.9")
    (tmp_path / "log").write_bytes(writer.text())
    assert main(["strace", *argv]) == code
    told = capsys.readouterr().err
    assert word in told
    assert told.count("\n") == 1


@pytest.mark.parametrize(("error", "code"), [("0", 0), ("ECONNREFUSED", 2), ("", 3)])
def test_exit_codes_of_reading(error: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    writer = Writer()
    if error:
        writer.connect("10.0.0.9", error=error)
    else:
        writer.call("close(3)")
    (tmp_path / "log").write_bytes(writer.text())
    assert main(["strace", "--read", str(tmp_path / "log")]) == code
    assert capsys.readouterr().out


def test_hostile_text_reaches_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\\33[2J\x1b[31m"
    writer = Writer()
    writer.call(f'execve("/bin/{evil}", ["x"], NULL)')
    writer.call(f'openat(AT_FDCWD, "/{evil}/etc/hosts", O_RDONLY)', "3")
    writer.call("socket(AF_UNIX, SOCK_STREAM, 0)", "3")
    writer.call(f'connect(3, {{sa_family=AF_UNIX, sun_path="/{evil}"}}, 20)')
    writer.call(f'connect(4, {{sa_family=AF_INET, sin_port=htons(1), sin_addr=inet_addr("{evil}")}}, 16)')
    label = writer.connect("10.0.0.9", 80, fd=5)
    writer.call(f'write(5{label}, "GET /{evil} HTTP/1.1\\r\\nHost: {evil}\\r\\n\\r\\n", 60)', "60")
    (tmp_path / "log").write_bytes(writer.text())
    for style in ("text", "json"):
        main(["strace", "--explain", "--format", style, "--color", "never", "--read", str(tmp_path / "log")])
        told = capsys.readouterr()
        assert "\x1b" not in told.out + told.err
        assert "\\u001b" not in told.out
