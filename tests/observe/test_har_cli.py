"""``tabiji har`` as a user meets it: exit codes, streams, hostile files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hars import R, Recorder, story_4
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tabiji.cli import main
from tabiji.cli.demo import examples_folder

EXAMPLES = Path(examples_folder())
NET = ["-n", str(EXAMPLES / "console-over-dx.yaml"), "--from", "laptop"]


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("TABIJI_NET", "TABIJI_DEBUG", "LC_ALL", "LC_MESSAGES", "NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.chdir(tmp_path)


def saved(tmp_path: Path, told: Recorder | dict[str, Any] | str) -> str:
    path = tmp_path / "s.har"
    text = told if isinstance(told, str) else json.dumps(told.har() if isinstance(told, Recorder) else told)
    path.write_text(text)
    return str(path)


def test_the_example_tells_story_4(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["har", str(EXAMPLES / "console-over-dx.har"), *NET]) == 2
    out, err = capsys.readouterr()
    assert err == ""
    assert "mends 3 of 3 failed calls" in out
    assert "tcp 443 from 192.168.10.0/24" in out
    assert "3 failed calls cannot be in CloudTrail" in out
    assert "Local Network Access" in out
    assert "cloudwatch/home#logsV2:log-groups  1 of 2 API calls failed" in out


def test_the_example_is_what_its_recorder_makes() -> None:
    assert json.loads((EXAMPLES / "console-over-dx.har").read_text()) == story_4().har()
    assert (EXAMPLES / "console-over-dx.har").stat().st_size < 60_000


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["har", str(EXAMPLES / "console-over-dx.har"), *NET, "--format", "json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["state"], len(told["calls"])) == ("har", "explained", 7)
    assert told["fixes"][0]["calls"] == 3
    assert told["fixes"][0]["fix"]["verified"] is True
    assert [t["reached_api"] for t in told["troubles"]] == [False, False]


@pytest.mark.parametrize(("end", "place", "code"), [("ok", "ec2", 0), ("permission", "ec2", 2), ("timeout", "ec2", 3)])
def test_exit_codes(tmp_path: Path, end: str, place: str, code: int) -> None:
    told = Recorder("chromium", "/x")
    told.direct("logs", "ListTags", end)
    assert main(["har", saved(tmp_path, told), *NET[:2], "--from", place]) == code


def test_truncated_is_used_and_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = story_4().text()
    path = saved(tmp_path, text[: text.rindex("DescribeVpcs")])
    assert main(["har", path, *NET]) == 65
    out, err = capsys.readouterr()
    assert "mends 3 of 3 failed calls" in out
    where = r": byte \d+: the file ends here in entry 13; 12 entries were read\n"
    assert re.fullmatch(f"tabiji: {re.escape(path)}" + where, err)


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["har"], 64, "the following arguments are required: FILE"),
        (["har", "none.har"], 65, "none.har: No such file or directory"),
        (["har", "s.har", "--from", "laptop"], 64, "which estate?"),
        (["har", "s.har", *NET[:2]], 64, "from where was the session?"),
        (["har", "s.har", *NET[:2], "--from", "desk"], 64, "'desk' is no host"),
        (["har", "s.har", "--redact-accounts"], 64, "--redact-accounts goes with --redact OUT"),
        (["har", "s.har", "--redact", "s.har"], 65, "would overwrite the file that is read"),
        (["har", "bad.har"], 65, "bad.har: no log.entries: not a HAR file"),
    ],
)
def test_bad_usage_and_bad_input_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, text: str
) -> None:
    saved(tmp_path, story_4())
    (tmp_path / "bad.har").write_text("{}")
    assert main(arguments) == code
    err = capsys.readouterr().err
    assert err.startswith("tabiji: ")
    assert err.count("\n") == 1
    assert text in err


def test_redact_needs_no_estate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["har", saved(tmp_path, story_4()), "--redact", "out.har"]) == 3
    assert "out.har: 13 entries written" in capsys.readouterr().err
    assert "IQoJ" not in (tmp_path / "out.har").read_text()


HOSTILE = st.sampled_from(
    [
        "\x1b[2J\x1b]0;owned\x07",
        "\u202egnp.exe",
        "\x9b31m",
        "a\r\nb\x00",
        "\ud83d",
        "{host}{0}%s",
        "\u2028x",
        "-" * 5000,
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.data())
def test_hostile_text_anywhere_reaches_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], data: st.DataObject
) -> None:
    told = Recorder(data.draw(st.sampled_from(["chromium", "firefox"])), "/x")
    told.direct("logs", "ListTags", "timeout")
    told.direct("ssm", "ListTags", "permission")
    told.proxied("/ec2/ecb?call=getVpcs", status=500)
    bad = data.draw(HOSTILE)
    spots = [
        (told.pages[0], "id"), (told.pages[0], "title"), (told.entries[-1], "pageref"),
        (told.entries[-1]["request"], "url"), (told.entries[-1]["request"], "method"),
        (told.entries[2]["response"], "_error"), (told.entries[2], "serverIPAddress"),
        (told.entries[2], "startedDateTime"), (told.entries[4]["response"]["content"], "text"),
    ]  # fmt: skip
    for place, key in data.draw(st.lists(st.sampled_from(spots), min_size=1, max_size=4)):
        before = place.get(key)
        keep = isinstance(before, str) and data.draw(st.booleans())
        place[key] = f"{before}{bad}" if keep else bad
    for entry in told.entries:
        for header in entry["request"]["headers"]:
            if header["name"] in ("x-amz-target", "authorization", "User-Agent") and data.draw(st.booleans()):
                header["value"] += bad
    har = told.har()
    har["log"]["creator"]["name"] = bad
    path = saved(tmp_path, har)
    assert main(["har", path, *NET]) in (0, 2, 3, 65)
    out, err = capsys.readouterr()
    for text in (out, err):
        assert all(char.isprintable() or char == "\n" for char in text)
    assert main(["har", path, *NET, "--format", "json", "--redact", str(tmp_path / "o.har")]) in (0, 2, 3, 65)
    json.loads(capsys.readouterr().out)
    json.loads((tmp_path / "o.har").read_text())


def test_many_hosts_are_walked_up_to_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tabiji.observe.har import explain

    monkeypatch.setattr(explain, "HOSTS_WALKED", 3)
    told = Recorder("chromium", "/x")
    for n in range(6):
        told.direct(
            "logs", "ListTags", "timeout", host=f"vpce-0a1b2c3d4e5f6a7b{n}-abcdefgh.logs.{R}.vpce.amazonaws.com"
        )
    assert main(["har", saved(tmp_path, told), *NET]) == 3
    assert "3 more hosts were not walked" in capsys.readouterr().out
