"""The five stories, whole: real programs in a real network, beside what is predicted."""

from __future__ import annotations

import io
import re
import shutil
from pathlib import Path

import pytest

from tabiji.findings.catalogue import text
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
