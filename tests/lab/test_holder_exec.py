"""Programs in a host: what they see, what they may, how they end."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from small_lab import LONG, bring, eventually, may_make_namespaces, run
from tabiji.lab.holder import home, wire
from tabiji.lab.holder.client import ask, connect, down

pytestmark = pytest.mark.skipif(not may_make_namespaces(), reason="neither root nor user namespaces")


@pytest.fixture(scope="module", autouse=True)
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[home.Home]:
    folder = tmp_path_factory.mktemp("runtime")
    folder.chmod(0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        patch.delenv("TABIJI_LAB", raising=False)
        assert bring("small").returncode == 0
        found = home.find()
        yield found
        down(found)


def sh(script: str, **more: object) -> subprocess.CompletedProcess[str]:
    return run("exec", "one", "--", "sh", "-c", script, **more)


def test_exit_codes_are_the_programs() -> None:
    assert sh("exit 7").returncode == 7
    assert sh("kill -TERM $$").returncode == 128 + signal.SIGTERM
    assert run("exec", "one", "--", "no-such-program").returncode == 127
    assert run("exec", "one", "--", "/etc/passwd").returncode == 126


def test_standard_files_are_passed_whole() -> None:
    data = "".join(f"{number}\n" for number in range(50_000))
    done = sh("cat; echo beside >&2", input=data)
    assert done.stdout == data
    assert done.stderr == "beside\n"


def test_everything_behind_the_host_is_the_programs() -> None:
    assert run("exec", "one", "echo", "-n", "--lang", "x", "--").stdout == "--lang x --"
    assert run("exec", "--lab=small", "-e", "A=b c", "one", "--", "sh", "-c", "echo $A").stdout == "b c\n"


def test_lab49_files_of_the_host_lie_over_etc() -> None:
    done = sh("cat /etc/hosts /etc/resolv.conf; getent hosts far.test; hostname; echo 10.1.1.1 new.test >> /etc/hosts")
    assert "10.9.9.9 far.test\nnameserver 10.0.0.2\n10.9.9.9        far.test\none\n" in done.stdout
    assert "new.test" in sh("cat /etc/hosts").stdout  # a host remembers
    assert "new.test" not in Path("/etc/hosts").read_text()
    assert "new.test" not in run("exec", "two", "--", "cat", "/etc/hosts").stdout


def test_the_environment_is_the_hosts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    aws = tmp_path / ".aws"
    aws.mkdir()
    (aws / "credentials").write_text("[default]\naws_access_key_id = real\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "HTTPS_PROXY", "SSH_AUTH_SOCK", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("LC_TIME", "C")
    seen = sh("env; ls -a ~/.aws").stdout
    assert "secret" not in seen
    assert "credentials" not in seen
    assert "OWN=yes\n" in seen
    assert "AWS_DEFAULT_REGION=eu-west-1\n" in seen
    assert "LC_TIME=C\n" in seen
    assert "OWN=mine" in run("exec", "-e", "OWN=mine", "one", "env").stdout


def test_signals_reach_the_program() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tabiji", "lab", "exec", "one", "--", "sh", "-c",
         "trap 'echo caught; exit 9' TERM; echo ready; while :; do sleep 0.01; done"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.terminate()
    assert process.stdout.read() == "caught\n"
    assert process.wait(LONG) == 9


def test_a_client_killed_ends_its_program(lab: home.Home, tmp_path: Path) -> None:
    mark, ready = tmp_path / "mark", tmp_path / "ready"
    words = [sys.executable, "-m", "tabiji", "lab", "exec", "one", "--", "sh", "-c"]
    process = subprocess.Popen(
        [*words, f"trap 'echo > {mark}; exit' HUP; echo > {ready}; while :; do sleep 0.01; done"]
    )
    assert eventually(ready.exists)
    assert ask(lab, wire.Status())[0]["programs"] == 1
    process.kill()
    process.wait()
    assert eventually(mark.exists)
    assert eventually(lambda: ask(lab, wire.Status())[0]["programs"] == 0)


def test_servers_go_on_in_the_background(tmp_path: Path) -> None:
    beat = tmp_path / "beat"
    assert sh(f"(while :; do echo x >> {beat}; sleep 0.01; done) </dev/null >/dev/null 2>&1 &").returncode == 0
    assert eventually(beat.exists)
    size = beat.stat().st_size
    assert eventually(lambda: beat.stat().st_size > size)


def test_on_a_terminal_the_program_has_one() -> None:
    pid, master = pty.fork()
    if not pid:
        os.execv(
            sys.executable,
            [sys.executable, "-m", "tabiji", "lab", "exec", "one", "--", "sh", "-c", "tty -s && echo is; cat; echo $?"],
        )
    seen = b""
    while b"is" not in seen:
        seen += os.read(master, 1000)
    os.write(master, b"typed\r")
    while seen.count(b"typed") < 2:  # the terminal's echo, and cat's
        seen += os.read(master, 1000)
    os.write(master, b"\x03")  # interrupts cat and the shell, as on any terminal
    _, status = os.waitpid(pid, 0)
    os.close(master)
    assert os.WEXITSTATUS(status) == 128 + signal.SIGINT


def test_lab49_root_of_a_host_cannot_leave_or_change_it(lab: home.Home) -> None:
    script = r"""
import ctypes, json, os, socket, subprocess
libc = ctypes.CDLL(None, use_errno=True)
def tried(work):
    try:
        work()
    except (OSError, subprocess.CalledProcessError) as error:
        return "refused"
    return "done"
def call(name, *words):
    if getattr(libc, name)(*words):
        raise OSError(ctypes.get_errno(), name)
def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True)
def sysctl():
    open("/proc/sys/net/ipv4/ip_forward", "w").write("1")
print(json.dumps({
    "uid": os.getuid(),
    "link": tried(lambda: ip("link", "add", "v0", "type", "veth")),
    "up": tried(lambda: ip("link", "set", "lo", "up")),
    "route": tried(lambda: ip("route", "add", "10.5.0.0/16", "dev", "lo")),
    "setns": tried(lambda: call("setns", os.open("/proc/1/ns/net", os.O_RDONLY), 0)),
    "own_setns": tried(lambda: call("setns", os.open("/proc/self/ns/net", os.O_RDONLY), 0)),
    "unshare": tried(lambda: call("unshare", 0x40000000)),
    "mount": tried(lambda: call("mount", b"none", b"/mnt", b"tmpfs", 0, None)),
    "umount": tried(lambda: call("umount2", b"/run", 2)),
    "sysctl": tried(sysctl),
    "root_of_1": tried(lambda: os.listdir("/proc/1/root")),
    "kill_1": tried(lambda: os.kill(1, 9)),
    "control": tried(lambda: socket.socket(socket.AF_UNIX).connect(os.environ["CONTROL"])),
    "raw": tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 255)),
    "pids": [p for p in os.listdir("/proc") if p.isdigit()],
}))
"""
    done = run("exec", "-e", f"CONTROL={lab.connect_path()}", "one", "--", sys.executable, "-c", script)
    seen = json.loads(done.stdout)
    may = {"raw"}  # ping needs it
    assert seen.pop("uid") == 0
    assert len(seen.pop("pids")) <= 3
    assert seen.pop("kill_1") == "done"  # heard by nobody:
    assert ask(lab, wire.Status())[0]["hosts"]
    assert {name for name, what in seen.items() if what == "done"} == may, seen


def test_a_wrong_word_is_cut_off_and_the_lab_lives(lab: home.Home) -> None:
    for frame in (
        b"GET / HTTP/1.1\r\n\r\n",
        wire.HEADER.pack(wire.MAGIC, wire.VERSION, 0, 0, 0xFFFFFFFF),
        wire.HEADER.pack(wire.MAGIC, wire.VERSION, 1, 0, 10),
        wire.HEADER.pack(wire.MAGIC, wire.VERSION, 0, 0, 4) + b"null",
        wire.HEADER.pack(wire.MAGIC, wire.VERSION, 0, 0, 16) + b'{"type":"ended"}',
    ):
        channel = connect(lab)
        channel.sock.sendall(frame)
        assert channel.receive() is None, frame
        channel.close()
    channel = connect(lab)
    with open(os.devnull) as null:
        socket.send_fds(channel.sock, [b"t"], [null.fileno()] * (wire.MOST_FDS + 1))
    assert channel.receive() is None
    channel.close()
    assert ask(lab, wire.Status())[0]["hosts"]


def test_another_version_is_told(lab: home.Home) -> None:
    channel = connect(lab)
    channel.sock.sendall(wire.HEADER.pack(wire.MAGIC, wire.VERSION + 1, 0, 0, 0))
    found = channel.receive()
    channel.close()
    assert found is not None
    assert isinstance(found[0], wire.Failed)
    assert found[0].code == "lab.other_version"
