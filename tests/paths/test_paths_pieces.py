"""Ways as they are written, turns, checksums, reasons and the report, without a network."""

from __future__ import annotations

import io
import json
import ssl
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tabiji.cli import bench_paths as verb
from tabiji.paths import Payload, TransferError, Way, document, measure, size_of, ways_of
from tabiji.paths.errors import PathsError, reason
from tabiji.paths.measure import Task
from tabiji.paths.payload import create, digest_of
from tabiji.paths.progress import Bar
from tabiji.report import bench_paths as report
from tabiji.report.terminal import Style, cells


def test_ways_as_they_are_written() -> None:
    words = ["direct", "a=https://b.example:8443", "r=10.0.0.1", "p=10.0.0.1:8443", "six=[2001:db8::1]:443",
             "bare=2001:db8::2", "named=relay.example"]  # fmt: skip
    ways = ways_of(words)
    assert ways == [
        Way("direct"),
        Way("a", endpoint="https://b.example:8443"),
        Way("r", address="10.0.0.1"),
        Way("p", address="10.0.0.1", port=8443),
        Way("six", address="2001:db8::1", port=443),
        Way("bare", address="2001:db8::2"),
        Way("named", address="relay.example"),
    ]
    assert [way.text() for way in ways[3:6]] == ["10.0.0.1:8443", "[2001:db8::1]:443", "[2001:db8::2]"]


@pytest.mark.parametrize(
    "word",
    ["", "x", "=10.0.0.1", "a=", "a=ftp://b", "a=https://", "a=https://u:p@b", "a=10.0.0.1:0", "a=10.0.0.1:99999",
     "a=10.0.0.1/x", "a=https://b?c=d"],
)  # fmt: skip
def test_ways_that_are_none(word: str) -> None:
    with pytest.raises(PathsError, match="--via"):
        ways_of([word])


def test_two_ways_of_one_name() -> None:
    with pytest.raises(PathsError, match="two paths"):
        ways_of(["a=10.0.0.1", "a=10.0.0.2"])


def test_sizes() -> None:
    assert [size_of(text) for text in ("20M", "512k", "1G", "7")] == [20 << 20, 512 << 10, 1 << 30, 7]
    for text in ("", "M", "0", "-1M", "1T", "6G", "1.5M"):
        with pytest.raises(PathsError, match="--size"):
            size_of(text)


class Scripted:
    """A store that takes the times it is told; an exception in place of a time is raised."""

    bucket = "b"

    def __init__(self, times: dict[str, list[Any]], body: bytes, spoil: str = "") -> None:
        self.times, self.body, self.spoil = times, body, spoil
        self.order: list[str] = []
        self.cleaned = 0

    def _next(self, way: Way) -> float:
        self.order.append(way.name)
        value = self.times[way.name].pop(0)
        if isinstance(value, BaseException):
            raise value
        return float(value)

    def upload(self, way: Way, source: Path, tell: Any) -> float:
        return self._next(way)

    def download(self, way: Way, key: str, target: Path, tell: Any) -> float:
        target.write_bytes(self.body + (b"!" if self.spoil == way.name else b""))
        return self._next(way)

    def key_of(self, way: Way) -> str:
        return way.name

    def clean(self, ways: Sequence[Way]) -> list[str]:
        self.cleaned += 1
        return []


def played(folder: Path, times: dict[str, list[Any]], spoil: str = "", rounds: int = 3) -> tuple[Any, Scripted]:
    payload = create(folder / "sent", 1000)
    store = Scripted(times, (folder / "sent").read_bytes(), spoil)
    task = Task(store, rounds, folder, payload=payload)  # type: ignore[arg-type]
    bar = Bar(io.StringIO(), lambda *words: "")
    return measure(task, [Way(name) for name in times], bar), store


def test_turns_are_taken_and_medians_are_of_rounds(tmp_path: Path) -> None:
    times = {"a": [3.0, 0.1, 1.0, 0.1, 2.0, 0.1], "b": [1.0] * 6}
    outcome, store = played(tmp_path, {name: list(found) for name, found in times.items()})
    assert store.order == ["a", "a", "b", "b", "b", "b", "a", "a", "a", "a", "b", "b"]  # nobody is always first
    assert store.cleaned == 1
    first = document(outcome, "here")["paths"][0]["upload"]
    assert first == {"seconds": [3.0, 1.0, 2.0], "median": 2.0, "least": 1.0, "most": 3.0, "mbit_s": 0.0}


def test_one_path_fails_and_the_others_go_on(tmp_path: Path) -> None:
    outcome, store = played(tmp_path, {"a": [1.0, TransferError("gone")], "b": [1.0] * 6})
    a, b = outcome.rows
    assert (a.upload, a.download, a.failed) == ([1.0], [], ("download", 1, "gone"))
    assert (len(b.upload), len(b.download), b.failed) == (3, 3, None)
    assert store.cleaned == 1


def test_what_came_spoilt_is_no_time(tmp_path: Path) -> None:
    outcome, _ = played(tmp_path, {"a": [1.0] * 6, "b": [1.0] * 6}, spoil="b")
    a, b = outcome.rows
    assert len(a.download) == 3
    assert b.download == []
    assert b.failed is not None
    assert "SHA-256 differs" in b.failed[2]


def test_interrupted_keeps_what_there_is_and_cleans(tmp_path: Path) -> None:
    outcome, store = played(tmp_path, {"a": [1.0, 1.0, KeyboardInterrupt()], "b": [1.0, 1.0, 1.0, 1.0]})
    assert outcome.interrupted
    assert (outcome.rows[0].upload, outcome.rows[1].upload) == ([1.0], [1.0, 1.0])
    assert store.cleaned == 1


def test_payload_is_what_its_checksum_says(tmp_path: Path) -> None:
    made = create(tmp_path / "x", (1 << 20) + 5)
    assert isinstance(made, Payload)
    assert made.path.stat().st_size == made.size == (1 << 20) + 5
    assert digest_of(made.path) == made.digest


def test_reasons_say_what_happened_and_no_secret() -> None:
    pytest.importorskip("botocore")
    from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError

    denied = ClientError(
        {
            "Error": {"Code": "AccessDenied", "Message": "not with AKID123 \x1b[31m"},
            "ResponseMetadata": {"HTTPStatusCode": 403},
        },
        "PutObject",
    )  # type: ignore[arg-type]
    assert reason(denied, ["AKID123"]) == "403 AccessDenied: not with *** ?[31m"
    refused = EndpointConnectionError(endpoint_url="http://x", error=ConnectionRefusedError(111, "Connection refused"))
    assert reason(refused) == "connection refused"
    assert reason(ConnectTimeoutError(endpoint_url="http://x")) == "no answer to connect in time"
    bad = ssl.SSLCertVerificationError(1, "certificate verify failed")
    bad.verify_message = "self-signed certificate"
    assert reason(bad) == "TLS: self-signed certificate"
    assert len(reason(ValueError("x" * 1000))) == 200


def numbers(*seconds: float) -> dict[str, Any]:
    ordered = sorted(seconds)
    return {"seconds": list(seconds), "median": ordered[len(ordered) // 2], "least": ordered[0], "most": ordered[-1],
            "mbit_s": 10.0}  # fmt: skip


DOCUMENT: dict[str, Any] = {
    "from": "here", "bucket": "b", "size": 20 << 20, "rounds": 3, "interrupted": False, "left": [],
    "paths": [
        {"name": "direct", "via": "direct", "upload": numbers(1, 2, 3), "download": numbers(1, 1, 1), "failed": None},
        {"name": "中継<&>", "via": "10.0.0.1", "upload": numbers(2, 4, 6), "download": None,
         "failed": {"while": "download", "round": 1, "why": "connection refused"}},
    ],
}  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("width", [40, 60, 100])
def test_plot_fits_the_width_and_dots_stand_at_medians(lang: str, width: int) -> None:
    lines = list(report.lines(DOCUMENT, lang, Style(width=width)))
    plots = [line for line in lines if "●" in line]
    assert len(plots) == 3
    assert all(cells(line) <= width for line in plots)
    upload = [cells(line[: line.index("●")]) for line in plots[:2]]
    scale = next(line for line in lines if line.rstrip().endswith(" s") and "0" in line.split())
    zero = cells(scale[: scale.index(" 0 ") + 1])
    room = cells(scale) - zero
    assert upload == [zero + round(2 / 6 * (room - 1)), zero + round(4 / 6 * (room - 1))]


def test_table_names_ratio_and_failure() -> None:
    text = "\n".join(report.lines(DOCUMENT, "en", Style()))
    assert "2.00x" in text
    assert "中継<&> (10.0.0.1): download, round 1: connection refused" in text
    assert "20 MiB from here" in text
    assert "●" not in "\n".join(report.lines(DOCUMENT, "en", Style(), plain=True))


def test_bar_draws_on_terminals_only() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for out, drawn in ((Terminal(), True), (io.StringIO(), False)):
        bar = Bar(out, lambda what, name, number: f"{what} {name} {number}")
        bar.expect(100)
        bar.moved(50)
        bar.step("upload", "a", 1)
        assert ("50%  upload a 1" in out.getvalue()) is drawn
        bar.close()
        assert out.getvalue().endswith("\x1b[K") is drawn


def test_in_a_lab_the_same_command_runs_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[list[str]] = []

    class Inside:
        returncode = 0

        def __init__(self, command: list[str], **options: Any) -> None:
            given.append(command)

        def communicate(self) -> tuple[str, None]:
            return json.dumps(DOCUMENT), None

    monkeypatch.setattr(subprocess, "Popen", Inside)
    options = SimpleNamespace(
        lab="story", source="client", lang="en", via=["direct", "relay=28.0.1.254"], bucket="b", key=None, upload=True,
        create_bucket=True, endpoint_url=None, region=None, profile=None, cafile=None, size="1M", rounds=2,
        timeout=30.0, no_sign_request=False, path_style=False,
    )  # fmt: skip
    assert verb.in_lab(options)["from"] == "client"
    (command,) = given
    at = command.index("exec")
    assert command[at : at + 5] == ["exec", "--lab", "story", "client", "--"]
    from tabiji.cli.arguments import parse

    inner = parse(command[command.index("bench-paths") :])
    assert inner is not None
    assert (inner.source, inner.format, inner.lab) == ("here", "json", None)
    assert (inner.via, inner.upload, inner.create_bucket, inner.rounds) == (options.via, True, True, 2)
