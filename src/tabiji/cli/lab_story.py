"""``tabiji lab story N``: a story told by real programs in a real network."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import Any

from . import INTERNAL, NO, YES, UsageError
from .demo import examples_folder
from .settings import lang_of


def run(options: Any) -> int:
    """Tell the stories asked for, one after the other: 0 all came out as told, 2 without a lab, 70 otherwise."""
    from ..lab.stories import FILES, story
    from ..lab.stories.play import LabFailed, Player
    from ..report.terminal import style_for

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)  # otherwise the lab would stay behind
    numbers = options.numbers or list(range(1, len(FILES) + 1))
    lang = lang_of(options)
    style = style_for(options.color)
    wrong = 0
    for place, number in enumerate(numbers):
        try:
            told = story(number)
        except KeyError:
            raise UsageError(f"there is no story {number}: the stories are 1 to {len(FILES)}") from None
        if place:
            print()
        net = os.path.join(examples_folder(), told.example)
        try:
            wrong += Player(told, net, lang, style).play(f"story-{number}-{os.getpid()}")
        except LabFailed as error:
            print(f"tabiji: {str(error).removeprefix('tabiji: ')}", file=sys.stderr)
            return NO
    return INTERNAL if wrong else YES


def _leave(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)
