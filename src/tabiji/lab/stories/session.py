"""A lab as a story uses it: through the same commands a person would type."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..svc.log import Entry

TABIJI = (sys.executable, "-m", "tabiji")


ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What ends a story: Ctrl-C, kill, a closed terminal."""


class LabFailed(Exception):
    """A lab command did not do what it should; the text is what it said."""


class Ran(NamedTuple):
    """A command that ended: exit code (None: cut off after its time), both outputs together, seconds it took."""

    code: int | None
    text: str
    seconds: float


class Session:
    """One lab, brought up for a story and taken down with it.

    ``net`` is the estate's file; ``lang`` what tabiji's own commands speak; ``overlays`` are laid over it in order, the
    changes of the story added as it goes.  Use as a context manager.  Raises
    LabFailed when the lab cannot be had.
    """

    def __init__(self, net: str, name: str, overlay: str = "", lang: str = "en") -> None:
        self.net = net
        self.name = name
        self._tabiji = (*TABIJI, "--lang", lang)
        self._folder = tempfile.TemporaryDirectory(prefix="tabiji-story-")
        self.overlays: list[str] = []
        self._background: list[subprocess.Popen[bytes]] = []
        self._served = 0
        if overlay:
            self._write(overlay)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *gone: object) -> None:
        self.down()

    def up(self) -> str:
        """Bring it up; what was said."""
        return self._lab("up", "--name", self.name, *self.estate_words())

    def apply(self, overlay: str) -> str:
        """Lay one more change over the estate, live; what was said."""
        self._write(overlay)
        return self._lab("apply", self.name, *self.estate_words())

    def down(self) -> None:
        """Take everything away, whatever signals come meanwhile; never raises."""
        with _undisturbed():
            for process in self._background:
                process.terminate()
            subprocess.run([*TABIJI, "lab", "down", self.name], capture_output=True, check=False)
            for process in self._background:
                process.wait()
            self._background.clear()
            self._folder.cleanup()

    def run(self, host: str, command: Sequence[str], seconds: float, variables: Sequence[str] = ()) -> Ran:
        """Run a command on a host (here, without a host)."""
        began = time.monotonic()
        try:
            done = subprocess.run(
                self._words(host, command, variables),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            return Ran(None, _text(late.stdout), time.monotonic() - began)
        return Ran(done.returncode, _text(done.stdout), time.monotonic() - began)

    def start(self, host: str, command: Sequence[str], ready: str, seconds: float = 10.0) -> str:
        """Start a command that goes on; its output until ``ready`` is in it.  Raises LabFailed if it never is."""
        log = os.path.join(self._folder.name, f"background-{len(self._background)}")
        with open(log, "wb") as out:
            process = subprocess.Popen(
                self._words(host, command), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
            )
        self._background.append(process)
        until = time.monotonic() + seconds
        while True:
            with open(log, "rb") as file:
                text = _text(file.read())
            if ready in text:
                return text
            if process.poll() is not None or time.monotonic() > until:
                raise LabFailed(text.strip() or f"{command[0]} did not start")
            time.sleep(0.02)

    def served(self) -> list[str]:
        """What the services were asked since the last look, a line each; DNS queries are not told."""
        import msgspec

        from ..holder.home import find
        from ..svc.log import Entry

        with open(os.path.join(find(self.name).path, "access.log"), "rb") as file:
            file.seek(self._served)
            data = file.read()
        self._served += len(data)
        entries = [msgspec.json.decode(line, type=Entry) for line in data.splitlines() if line.strip()]
        return [_served(entry) for entry in entries if entry.kind in ("http", "tls") and entry.part != "imds"]

    def estate_words(self) -> list[str]:
        """The options that name the estate as it is now."""
        return ["-n", self.net, *(word for path in self.overlays for word in ("--overlay", path))]

    def _words(self, host: str, command: Sequence[str], variables: Sequence[str] = ()) -> list[str]:
        words: list[str] = []
        for word in command:
            plain = word.replace("{folder}", os.path.dirname(self.net)).replace("{lab}", self.name)
            words += self.estate_words() if word == "{estate}" else [plain]
        if words[0] == "tabiji":
            words[:1] = self._tabiji
        given = [word for one in variables for word in ("-e", one)]
        return [*TABIJI, "lab", "exec", "--lab", self.name, *given, host, "--", *words] if host else words

    def _write(self, overlay: str) -> None:
        path = os.path.join(self._folder.name, f"change-{len(self.overlays) + 1}.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(overlay)
        self.overlays.append(path)

    def _lab(self, *words: str) -> str:
        done = subprocess.run(
            [*self._tabiji, "lab", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        text = _text(done.stdout)
        if done.returncode:
            raise LabFailed(text.strip() or f"tabiji lab {words[0]}: exit {done.returncode}")
        return text


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Signals that would end this process, or what it starts, are not heard."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ENDS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _served(entry: Entry) -> str:
    """One request as a line: who, for what, by which way, with what answer."""
    what = " ".join(word for word in (entry.service, entry.operation) if word) or f"{entry.method} {entry.host}"
    if entry.kind == "tls":
        what = f"TLS {entry.sni or '-'}"
    by = f" [{entry.endpoint}]" if entry.endpoint else ""
    answer = entry.error or str(entry.status)
    return f"{entry.client} → {entry.address}:{entry.port}{by}  {what}: {answer}"


def _text(data: bytes | None) -> str:
    return (data or b"").decode("utf-8", "replace")
