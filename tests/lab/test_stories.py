"""The five stories, whole: real programs in a real network, beside what is predicted."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tabiji.findings.catalogue import text
from tabiji.lab.holder import home
from tabiji.lab.kernel import ns
from tabiji.lab.stories import FILES, story
from tabiji.lab.stories.model import Run
from tabiji.lab.stories.play import Player
from tabiji.report.terminal import Style

EXAMPLES = Path(__file__).parents[2] / "examples"
PROGRAMS = ("aws", "curl", "dig", "strace", "traceroute", "wget")
STEP = re.compile(r"^\d+\. ", re.MULTILINE)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, len(FILES) + 1))
@pytest.mark.parametrize("lang", ["en"])
def test_a_story_comes_out_as_told(number: int, lang: str) -> None:
    why = ns.unusable() or ", ".join(name for name in PROGRAMS if shutil.which(name) is None)
    if why:
        pytest.skip(f"no lab here: {why}")
    pytest.importorskip("moto", reason="the lab's AWS API")
    told, out = story(number), io.StringIO()
    player = Player(told, str(EXAMPLES / told.example), lang, Style(), out)
    assert player.play(f"test-story-{number}") == 0, out.getvalue()
    assert len(STEP.findall(out.getvalue())) >= len(told.steps)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_a_story_that_is_ended_leaves_nothing(
    number: int, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    why = ns.unusable() or ", ".join(name for name in PROGRAMS if shutil.which(name) is None)
    if why:
        pytest.skip(f"no lab here: {why}")
    tmp_path.chmod(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    words = [sys.executable, "-u", "-m", "tabiji", "--lang", "en", "lab", "story", "3"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True) as told:
        assert told.stdout is not None
        assert any(line.startswith("  The lab is up") for line in told.stdout)
        assert list(home.labs())
        os.killpg(told.pid, number)
        told.stdout.read()
    assert told.returncode == code
    assert not list(home.labs())
    assert not list(tmp_path.glob("tabiji-story-*"))


def test_a_step_that_comes_out_otherwise_is_counted() -> None:
    player = Player(story(3), str(EXAMPLES / "central-egress.yaml"), "en", Style(), io.StringIO())
    step = Run("name", "spoke-a-ec2", ("curl", "https://example.com/"), shows=("never",))
    ran = type("Ran", (), {"code": 0, "text": "always", "seconds": 0.0})()
    player._session = type("Session", (), {"run": lambda *_: ran, "overlays": [], "name": "x"})()  # type: ignore[assignment]
    player.run(step)
    assert player.wrong == 1


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("number", range(1, len(FILES) + 1))
def test_every_step_has_words(number: int, lang: str) -> None:
    told = story(number)
    for code in (told.code, f"{told.code}.title", *(f"{told.code}.{step.text}" for step in told.steps)):
        assert text(code, (), lang) != code


def test_there_are_five_and_no_sixth() -> None:
    assert [story(n).number for n in range(1, 6)] == [1, 2, 3, 4, 5]
    with pytest.raises(KeyError):
        story(6)
