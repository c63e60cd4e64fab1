"""A story as data: what is run where, what is changed, what is shown.

The player (``play.py``) knows no story; a story file knows no lab.
"""

from __future__ import annotations

from typing import NamedTuple

ONCE = ("AWS_MAX_ATTEMPTS=1",)
"""The aws CLI would wait out four more tries."""


class Run(NamedTuple):
    """Run a command on a host, beside what is predicted of it.

    ``text`` is the catalogue's sentence on why.  ``to`` is what to ask of the
    walk (a URL, ``host:port``, ``ping://host``) when the command itself does
    not say it: aws commands and dig speak for themselves.  ``works`` is what
    the story tells; ``shows`` are patterns the output must hold, ``hides``
    patterns it must not.  The first ``keep``
    lines of output are shown, of those that hold the pattern ``only``.
    """

    text: str
    host: str
    command: tuple[str, ...]
    to: str = ""
    works: bool = True
    shows: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()
    keep: int = 6
    only: str = ""
    seconds: float = 60.0
    fine: tuple[int, ...] = (0,)
    """Exit codes that mean it got there; a refusal by the service may be one."""
    variables: tuple[str, ...] = ()
    """``NAME=VALUE`` for the command."""
    instead: tuple[str, ...] = ()
    """Run where this machine cannot do the command, which then ends with 2 (see ``tabiji lab doctor``)."""


class Start(NamedTuple):
    """Start a command on a host that goes on in the background, and wait until ``ready`` shows in its output."""

    text: str
    host: str
    command: tuple[str, ...]
    ready: str


class Change(NamedTuple):
    """Lay an overlay (YAML text) over the estate and apply it to the running lab."""

    text: str
    overlay: str


class Mend(NamedTuple):
    """Apply the smallest fix that the last failed run's prediction offers."""

    text: str


class Hops(NamedTuple):
    """The way of one packet, hop by hop: predicted, and as the kernel took it, there and back."""

    text: str
    host: str
    to: str
    works: bool = True


class Served(NamedTuple):
    """What the services saw since the last look: who asked, through what, for what.  ``shows`` must be in it."""

    text: str
    shows: tuple[str, ...] = ()


Step = Run | Start | Change | Mend | Hops | Served


class Story(NamedTuple):
    """A story: its number, the code its texts begin with, its bundled estate, an overlay to begin with, its steps."""

    number: int
    code: str
    example: str
    steps: tuple[Step, ...]
    overlay: str = ""
