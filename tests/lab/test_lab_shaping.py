"""Links of a running lab where the machine cannot delay: plain again, and said."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from tabiji.lab import delay, shape
from tabiji.lab.holder import shaping
from tabiji.lab.holder.errors import LabError
from tabiji.lab.kernel.errors import KernelError
from tabiji.lab.stories import story
from tabiji.lab.stories.model import Run
from tabiji.lab.stories.play import Player
from tabiji.report.terminal import Style

PORT = SimpleNamespace(name="p1", guest="host", owner="eni-1", role="guest")
PLAN = SimpleNamespace(guests=[SimpleNamespace(links=[SimpleNamespace(port="p1", name="eth0")])])
RUNNING = SimpleNamespace(fabric=3, guests={"host": 4})


def test_a_link_that_cannot_be_delayed_keeps_no_half_of_its_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    shaped: dict[tuple[int, str], shape.Link] = {}

    def without_netem(namespace: int, device: str, link: shape.Link) -> bool:
        shaped[namespace, device] = link
        return not link.delay

    def no_tun(*_: object) -> None:
        raise KernelError(13, "/dev/net/tun: Permission denied")

    monkeypatch.setattr(shape, "shape", without_netem)
    monkeypatch.setattr(shape, "clear", lambda namespace, device: shaped.pop((namespace, device)))
    monkeypatch.setattr(delay, "detour", no_tun)
    far: dict[str, shaping.Far] = {}
    with pytest.raises(LabError) as refused:
        shaping.shape_ports(RUNNING, PLAN, [PORT], shape.Link(50, 0.005), far)  # type: ignore[arg-type, list-item]
    assert refused.value.code == "lab.cannot_delay"
    assert "/dev/net/tun" in refused.value.params["why"]
    assert not shaped
    assert not far
    shaping.shape_ports(RUNNING, PLAN, [PORT], shape.Link(50), far)  # type: ignore[arg-type, list-item]
    assert len(shaped) == 2


@pytest.mark.parametrize(("code", "ran"), [(2, ["slow", "plain"]), (0, ["slow"]), (65, ["slow"])])
def test_a_story_does_instead_only_what_the_machine_cannot(code: int, ran: list[str]) -> None:
    example = Path(__file__).parents[2] / "examples" / "s3-relay.yaml"
    player = Player(story(2), str(example), "en", Style(), io.StringIO())
    heard: list[str] = []

    def run(_: str, command: tuple[str, ...], *__: object) -> SimpleNamespace:
        heard.append(command[0])
        return SimpleNamespace(code=code if command[0] == "slow" else 0, text="", seconds=0.0)

    player._session = SimpleNamespace(run=run, overlays=[], name="x")  # type: ignore[assignment]
    player.run(Run("slow_relay", "", ("slow",), instead=("plain",)))
    assert heard == ran
    assert player.wrong == (code == 65)
