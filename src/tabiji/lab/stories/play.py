"""Tell a story: each step's command, what was predicted, what was observed, and whether the two agree."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
import time
from typing import IO, TYPE_CHECKING, Any

from ...findings.catalogue import text
from ...report.terminal import wrap
from .model import Change, Hops, Mend, Run, Served, Start, Story
from .predict import ADDRESS, Prediction, predict
from .session import LabFailed, Ran, Session

if TYPE_CHECKING:
    from ...estate import Estate
    from ...findings.finding import Fix


NOT_HERE = 2
"""What tabiji ends with when this machine cannot do what was asked."""


class Player:
    """Plays one story; ``wrong`` counts the steps that came out otherwise than told or predicted."""

    def __init__(self, story: Story, net: str, lang: str, style: Any, out: IO[str] = sys.stdout) -> None:
        self.story = story
        self.net = net
        self.lang = lang
        self.style = style
        self.out = out
        self.wrong = 0
        self.steps = 0
        self._estate: Estate | None = None
        self._fixes: tuple[Fix, ...] = ()
        self._session: Session | None = None

    @property
    def session(self) -> Session:
        """The running lab."""
        assert self._session is not None
        return self._session

    @property
    def estate(self) -> Estate:
        """The estate as it is now."""
        if self._estate is None:
            from ... import load

            self._estate = load(self.net, self.session.overlays)
        return self._estate

    def play(self, name: str) -> int:
        """Bring up, tell, take down; the number of steps that came out wrong.

        Raises LabFailed without a lab, or without the programs the story runs.
        """
        missing = self._missing()
        if missing:
            raise LabFailed(text("story.needs", {"programs": ", ".join(missing)}, self.lang))
        self._title()
        with Session(self.net, name, self.story.overlay, self.lang) as session:
            self._session = session
            began = time.monotonic()
            session.up()
            self._say("story.up", seconds=f"{time.monotonic() - began:.1f}", example=self.story.example)
            for step in self.story.steps:
                self.steps += 1
                self._step(step)
            began = time.monotonic()
        self._say("story.down", seconds=f"{time.monotonic() - began:.1f}")
        code = "story.wrong" if self.wrong else "story.right"
        self._say(code, wrong=str(self.wrong), steps=str(self.steps), paint="bad" if self.wrong else "good")
        return self.wrong

    def _missing(self) -> list[str]:
        """Programs the story runs that are not installed here."""
        programs = dict.fromkeys(step.command[0] for step in self.story.steps if isinstance(step, Run))
        return [name for name in programs if name != "tabiji" and shutil.which(name) is None]

    def _step(self, step: Any) -> None:
        """One step by its kind."""
        self.out.write("\n")
        for line in wrap(f"{self.steps}. " + text(f"{self.story.code}.{step.text}", (), self.lang), self.style.width):
            self.out.write(line + "\n")
        PLAYS[type(step)](self, step)
        self.out.flush()

    def run(self, step: Run) -> None:
        """Predict, run, compare."""
        self._prompt(step.host, (*step.variables, *step.command))
        foreseen = predict(self.estate, step.host, step.command, step.to, self.lang) if step.host else None
        ran = self.session.run(step.host, step.command, step.seconds, step.variables)
        self._output(ran, step.keep, step.only)
        if step.instead and ran.code == NOT_HERE:
            self.run(step._replace(command=step.instead, instead=()))
            return
        agreed = self._agrees(foreseen, ran, step)
        if foreseen is not None:
            self._fixes = foreseen.fixes or self._fixes
            self._beside(foreseen, ran, agreed)
        missing = [p for p in step.shows if not re.search(p, ran.text)]
        missing += [p for p in step.hides if re.search(p, ran.text)]
        if missing or not agreed or _worked(step, ran) != step.works:
            self.wrong += 1
            for pattern in missing:
                self._say("story.missing", pattern=pattern, paint="bad")

    def _agrees(self, foreseen: Prediction | None, ran: Ran, step: Run) -> bool:
        if foreseen is None:
            return True
        if foreseen.addresses is not None:
            return foreseen.addresses == _addresses(ran.text)
        return (foreseen.verdict == "reachable") == (ran.code in step.fine)

    def start(self, step: Start) -> None:
        """Start it and show that it is ready."""
        self._prompt(step.host, (*step.command, "&"))
        for line in self.session.start(step.host, step.command, step.ready).strip().splitlines()[-3:]:
            self.out.write(f"  {line}\n")

    def change(self, step: Change) -> None:
        """Show the change and apply it."""
        self._apply(step.overlay.strip("\n"))

    def mend(self, step: Mend) -> None:
        """Apply the smallest fix of the last failure."""
        if not self._fixes:
            self.wrong += 1
            self._say("story.no_fix", paint="bad")
            return
        import yaml

        fix = self._fixes[0]
        for command in fix.cli:
            self.out.write(self.style(f"  $ {command}", "dim") + "\n")
        self._apply(yaml.safe_dump(fix.overlay, sort_keys=False).strip("\n"))

    def hops(self, step: Hops) -> None:
        """The kernel's hops beside the walk's."""
        command = (
            "tabiji",
            "lab",
            "probe",
            "--color",
            "always" if self.style.colour else "never",
            *self.session.estate_words(),
        )
        self._prompt("", ("tabiji", "lab", "probe", step.host, step.to))
        ran = self.session.run("", (*command, step.host, step.to), 30)
        self._output(ran, 60)
        if (ran.code == 0) != step.works:
            self.wrong += 1

    def served(self, step: Served) -> None:
        """What the services saw."""
        lines = self.session.served()
        for line in lines[-12:]:
            self.out.write(f"  {line}\n")
        if not lines:
            self._say("story.nothing_served")
        missing = [p for p in step.shows if not any(re.search(p, line) for line in lines)]
        for pattern in missing:
            self.wrong += 1
            self._say("story.missing", pattern=pattern, paint="bad")

    def _apply(self, overlay: str) -> None:
        for line in overlay.splitlines():
            self.out.write(self.style("  + ", "good") + line + "\n")
        began = time.monotonic()
        self.session.apply(overlay)
        self._estate = None
        self._say("story.applied", milliseconds=f"{(time.monotonic() - began) * 1000:.0f}")

    def _title(self) -> None:
        self.out.write(self.style("━" * self.style.width, "dim") + "\n")
        self.out.write(self.style(text(f"{self.story.code}.title", (), self.lang), "bold") + "\n\n")
        for line in wrap(text(self.story.code, (), self.lang), self.style.width):
            self.out.write(line + "\n")

    def _prompt(self, host: str, command: tuple[str, ...]) -> None:
        name = self.session.name
        shown = {"&": "&", "{estate}": f"-n examples/{self.story.example}"}
        words = " ".join(
            shown.get(w) or shlex.quote(w.replace("{folder}", "examples").replace("{lab}", name)) for w in command
        )
        self.out.write(self.style(f"{host} $ {words}".lstrip(), "cyan") + "\n")

    def _output(self, ran: Ran, keep: int, only: str = "") -> None:
        lines = [line for line in ran.text.splitlines() if line.strip() and re.search(only, line)]
        for line in lines[:keep]:
            self.out.write(f"  {line}\n")
        if len(lines) > keep:
            self._say("story.more_lines", count=str(len(lines) - keep), paint="dim")

    def _beside(self, foreseen: Prediction, ran: Ran, agreed: bool) -> None:
        mark = self.style("✓", "good") if agreed else self.style("✗", "bad")
        words = "; ".join(foreseen.words)
        verdict = text(f"story.verdict.{foreseen.verdict}", (), self.lang)
        self._say("story.predicted", verdict=verdict, words=words, mark=mark)
        code = "story.cut_off" if ran.code is None else "story.observed"
        self._say(code, exit=str(ran.code), seconds=f"{ran.seconds:.1f}", mark=mark)

    def _say(self, code: str, paint: str = "", mark: str = "", **params: str) -> None:
        for number, line in enumerate(wrap(text(code, params, self.lang), self.style.width - 4)):
            lead = f"  {mark} " if mark and not number else "    " if mark else "  "
            self.out.write(lead + (self.style(line, paint) if paint else line) + "\n")


def _addresses(output: str) -> frozenset[str]:
    return frozenset(one or other for one, other in ADDRESS.findall(output))


def _worked(step: Run, ran: Ran) -> bool:
    """The exit code says so; dig ends with 0 also when there is no such name, so its answer counts."""
    return bool(_addresses(ran.text)) if step.command[0] == "dig" else ran.code in step.fine


PLAYS: dict[type, Any] = {
    Run: Player.run,
    Start: Player.start,
    Change: Player.change,
    Mend: Player.mend,
    Hops: Player.hops,
    Served: Player.served,
}
"""Kind of step -> how it is played."""

__all__ = ["LabFailed", "Player"]
