"""A lab's life: it comes up whole or not at all, and nothing is left of it, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from small_lab import LONG, bring, eventually, may_make_namespaces, run
from tabiji.lab.holder import home, wire
from tabiji.lab.holder.client import ask, down
from tabiji.lab.holder.errors import LabError

STEPS = ("keeper", "namespaces", "network", "files", "control", "ready")


pytestmark = pytest.mark.skipif(not may_make_namespaces(), reason="neither root nor user namespaces")


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    tmp_path.chmod(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv("TABIJI_LAB", raising=False)
    yield tmp_path / "tabiji"
    for lab in list(home.labs()):
        down(lab)


def processes(runtime: Path) -> list[str]:
    """Processes that hold a file of the labs' directory open: every process of a lab does."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            links = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
        except OSError:
            continue
        if any(link.startswith(str(runtime)) for link in links):
            found.append(pid)
    return found


@pytest.mark.parametrize("who", ["holder", "keeper", "client"])
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_leaves_nothing(runtime: Path, step: str, who: str) -> None:
    killed = bring(fault=f"{step}:{who}")
    assert (killed.returncode, killed.stdout) in ((-signal.SIGKILL, ""), (1, "lab.start_killed\n"))
    assert eventually(lambda: not processes(runtime))
    assert eventually(lambda: not os.listdir(runtime)), os.listdir(runtime)
    assert bring().returncode == 0  # and the name is free


@pytest.mark.parametrize("who", ["holder", "keeper"])
def test_lab62_killed_when_up_leaves_nothing(runtime: Path, who: str) -> None:
    assert bring().returncode == 0
    lab = home.find()
    about = lab.about()
    assert about is not None
    program = subprocess.Popen([sys.executable, "-m", "tabiji", "lab", "exec", "one", "--", "sleep", "1000"])
    assert eventually(lambda: ask(lab, wire.Status())[0]["programs"] == 1)
    os.kill(about.holder if who == "holder" else about.keeper, signal.SIGKILL)
    assert program.wait(LONG) != 0
    assert eventually(lambda: not processes(runtime))
    assert eventually(lambda: not os.listdir(runtime))


def test_what_a_crash_of_everything_left_is_swept(runtime: Path) -> None:
    assert bring().returncode == 0
    about = home.find().about()
    assert about is not None
    os.kill(about.keeper, signal.SIGSTOP)
    os.kill(about.holder, signal.SIGKILL)
    os.kill(about.keeper, signal.SIGKILL)
    assert eventually(lambda: not processes(runtime))
    assert os.listdir(runtime) == ["one"]
    assert run("status").returncode == 2
    assert os.listdir(runtime) == []


def test_a_name_is_had_by_one_lab_only(runtime: Path) -> None:
    assert bring("same").returncode == 0
    again = bring("same")
    assert (again.returncode, again.stdout) == (1, "lab.already_up\n")
    assert bring("other").returncode == 0
    assert [lab.name for lab in home.labs()] == ["other", "same"]
    with pytest.raises(LabError) as refused:
        home.find()
    assert refused.value.code == "lab.several"
    assert run("down", "--all").returncode == 0
    assert os.listdir(runtime) == []


def test_the_directory_must_be_ones_own(runtime: Path) -> None:
    runtime.mkdir(mode=0o755)
    runtime.chmod(0o755)
    refused = bring()
    assert "lab.folder_unsafe" in refused.stdout
    runtime.chmod(0o700)


def test_nothing_of_a_lab_is_seen_outside(runtime: Path) -> None:
    def seen() -> tuple[str, int, list[str]]:
        mounts = Path("/proc/self/mountinfo").read_text()
        return mounts, Path("/proc/net/dev").read_text().count("\n"), sorted(os.listdir("/run"))

    before = seen()
    assert bring().returncode == 0
    assert seen() == before


def test_what_is_said_for_wrong_names(runtime: Path) -> None:
    assert run("exec", "one", "--", "true").returncode == 64
    assert bring().returncode == 0
    done = run("exec", "--lab", "none", "one", "--", "true")
    assert (done.returncode, done.stdout) == (64, "")
    assert "none" in done.stderr
    done = run("exec", "thre", "--", "true")
    assert done.returncode == 64
    assert "two" in done.stderr
    assert "one, two" in run("exec", "both", "--", "true").stderr
    assert run("exec", "i-1", "--", "true").returncode == 0
    assert run("exec", "eni-2", "--", "true").returncode == 0
    assert "ラボ" in run("--lang", "ja", "status", "none").stderr + run("status", "none", "--lang", "ja").stderr
