"""Redacted copies: secrets gone wherever they hide, the structure and the diagnosis kept."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hars import CONSOLE, R, Recorder, story_4
from hypothesis import given
from hypothesis import strategies as st

from tabiji.observe.har.explain import explain
from tabiji.observe.har.redact import Scrubber, redact
from tabiji.observe.har.session import read, read_from
from tabiji.report.har import har_document, render_har
from tabiji.report.json import encode
from tabiji.report.labels import Labels
from tabiji.sources.errors import SourceError

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples" / "har"
PLANTED = ("ASIAIOSFODNN7EXAMPLE", "FwoEXAMPLE-SECRET-TOKEN", "EXAMPLE-SECRET-COOKIE", "Signature=abcd")
ACCOUNT = "111122223333"


def seeded() -> tuple[Recorder, list[str]]:
    """A session with a secret in every place of a HAR that can hold one, and the secrets."""
    seeds: list[str] = []

    def seed(shape: str = "hunter2-{}") -> str:
        seeds.append(shape.format(f"sEcReT{len(seeds):03}x"))
        return seeds[-1]

    told = Recorder("chromium", "/cloudwatch/home")
    told.direct("logs", "DescribeLogGroups", "timeout")
    told.direct("ssm", "DescribeInstances", "permission")
    url = (
        f"https://{seed()}:{seed()}@{CONSOLE}/iam/service/proxy/GetUser?tok={seed()}&mbtc={seed()}"
        f"&X-Amz-Signature={seed()}&X-Amz-Credential={seed()}&{seed('k{}')}=1#{seed()}"
    )
    entry = told.entry(
        "POST", url, status=200, address="52.119.0.10", body=f'{{"operation":"GetUser","pw":"{seed()}"}}'
    )
    request, response = entry["request"], entry["response"]
    names = (
        "Cookie",
        "Authorization",
        "x-amz-security-token",
        "X-Custom",
        ":path",
        "Referer",
        "User-Agent",
        "If-None-Match",
    )
    request["headers"] += [{"name": name, "value": f"https://{CONSOLE}/{seed()}"} for name in names]
    request["headers"].append({"name": seed("X-{}"), "value": "1", "comment": seed()})
    request["cookies"] = [{"name": seed("c{}"), "value": seed(), "path": seed(), "domain": seed(), "expires": seed()}]
    request["queryString"] = [{"name": "tok", "value": seed()}, {"name": seed("q{}"), "value": seed()}]
    request["postData"]["params"] = [{"name": "Password", "value": seed(), "fileName": seed(), "contentType": seed()}]
    request["comment"] = seed()
    response["headers"] = [{"name": "Set-Cookie", "value": seed()}, {"name": "Location", "value": seed()}]
    response["redirectURL"] = f"https://example.com/{seed()}?code={seed()}"
    response["cookies"] = [{"name": "aws-creds", "value": seed()}]
    response["content"] |= {"text": f'{{"SecretAccessKey":"{seed()}"}}', "comment": seed(), "mimeType": seed("text/{}")}
    response["statusText"] = seed()
    entry["_initiator"] = {
        "type": "script", "url": f"https://{CONSOLE}/a.js?k={seed()}", "requestId": seed(),
        "stack": {"callFrames": [{"functionName": seed(), "url": f"https://x.test/{seed()}"}], "z": {seed(): seed()}},
    }  # fmt: skip
    entry["_webSocketMessages"] = [{"type": "send", "time": 1.5, "opcode": 1, "data": seed()}]  # HAR31
    entry["cache"] = {"afterRequest": {"eTag": seed(), "expires": seed()}}
    entry["_custom"] = {"deep": [[{"x": seed(), seed("k{}"): [seed()]}]]}
    entry["comment"] = seed()
    entry["connection"] = seed()
    told.entry("GET", f"https://bucket.s3.{R}.amazonaws.com/{seed()}/{seed()}.txt", status=200, time=5)
    told.entry("GET", f"data:text/plain,{seed()}", status=200)
    told.entry("GET", f"blob:https://{CONSOLE}/{seed()}", status=200)
    told.entry("POST", f"https://sts.{R}.amazonaws.com/", status=200, body=f"Action=AssumeRole&ExternalId={seed()}",
               headers={"x-amz-date": "20261120T000000Z", "x-amz-target": f"X.{seed('!{}')}"})  # fmt: skip
    error = f"Value '{seed()}' at 'password' failed to satisfy constraint"
    told.entry(
        "POST", f"https://ssm.{R}.amazonaws.com/", status=400, content=json.dumps({"message": error}),
        headers={"x-amz-target": "AmazonSSM.PutParameter"}, answer={"x-amzn-ErrorType": "ValidationException"},
    )  # fmt: skip
    told.pages[0]["comment"] = seed()
    told.pages[0]["title"] = f"https://{CONSOLE}/cloudwatch/home?tok={seed()}#logsV2:log-groups/log-group/{seed()}"
    return told, seeds


def write(tmp_path: Path, told: Recorder | dict[str, Any], extra: dict[str, Any] | None = None) -> Path:
    path = tmp_path / "in.har"
    har = told.har() if isinstance(told, Recorder) else told
    path.write_text(json.dumps(har | (extra or {})))
    return path


def copy_of(path: Path, accounts: bool = False, key: bytes = b"k" * 16) -> str:
    out = path.with_name("out.har")
    redact(read(str(path)), str(path), str(out), accounts=accounts, key=key)
    return out.read_text()


def shape(value: Any) -> Any:
    """The types of a HAR's parts."""
    if isinstance(value, dict):
        return [shape(item) for item in value.values()]
    if isinstance(value, list):
        return [shape(item) for item in value]
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__


def test_seeded_secrets_are_gone_everywhere(tmp_path: Path) -> None:
    told, seeds = seeded()
    path = write(tmp_path, told, {"_beside": {"token": seeds[0]}})
    text = copy_of(path)
    assert len(seeds) > 60
    assert [seed for seed in seeds if seed in text] == []
    for value in ("IQoJb3Jp", "ASIAQQQQ", "hanako", "ab12ab12"):
        assert value not in text
    assert shape(json.loads(text)) == shape(json.loads(path.read_text()))


def test_seeded_secrets_are_in_no_report(tmp_path: Path) -> None:
    told, seeds = seeded()
    diagnosis = explain(read(str(write(tmp_path, told))))
    for text in (render_har(diagnosis, Labels(), explain=True), encode(har_document(diagnosis, Labels()))):
        assert [seed for seed in seeds if seed in text] == []
        for value in ("IQoJb3Jp", "ASIAQQQQ", "hanako", "ab12ab12"):
            assert value not in text


def test_the_copy_gives_the_same_diagnosis(tmp_path: Path) -> None:
    told = story_4()
    for end in ("lna", "permission", "throttled", "no_cors", "preflight_refused", "no_dns", "pending"):
        told.direct("ssm", "DescribeInstances", end)
    path = write(tmp_path, told)
    text = copy_of(path)
    first, second = read(str(path)), read_from(io.BytesIO(text.encode()), "copy")
    assert [(c.label, c.outcome, c.aws_error, c.region, c.page) for c in second.calls] == [
        (c.label, c.outcome, c.aws_error, c.region, c.page) for c in first.calls
    ]
    assert (second.chrome, second.console_addresses) == (first.chrome, first.console_addresses)


def test_placeholders_are_stable_within_a_file_and_differ_between_runs(tmp_path: Path) -> None:
    path = write(tmp_path, story_4())
    text = copy_of(path)
    tokens = {
        header["value"]
        for entry in json.loads(text)["log"]["entries"]
        for header in entry["request"]["headers"]
        if header["name"] == "x-amz-security-token"
    }
    assert len(tokens) == 1
    assert copy_of(path) == text
    assert copy_of(path, key=b"other") != text


def test_account_ids_go_on_request(tmp_path: Path) -> None:
    told = Recorder("chromium", "/x")
    told.direct("ssm", "DescribeInstances", "permission")
    told.entry("POST", f"https://{ACCOUNT}-abc.{R}.console.aws.amazon.com/ec2/ecb?call=getVpcs", status=200)
    told.entry(
        "POST", f"https://{ACCOUNT}.ddb.{R}.amazonaws.com/", status=200, headers={"x-amz-target": "D.ListTables"}
    )
    path = write(tmp_path, told)
    assert ACCOUNT in copy_of(path)
    text = copy_of(path, accounts=True)
    assert ACCOUNT not in text
    masked = set(re.findall(r"(acct\w{8})(?:-abc|\.ddb|:assumed-role)", text))
    assert len(re.findall(r"acct\w{8}(?:-abc|\.ddb|:assumed-role)", text)) >= 3
    assert len(masked) == 1  # the same account, the same placeholder


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=10,
)
KEYS = st.sampled_from(
    [
        "request",
        "response",
        "url",
        "headers",
        "cookies",
        "name",
        "value",
        "postData",
        "text",
        "params",
        "content",
        "title",
        "_initiator",
        "type",
        "version",
        "serverIPAddress",
        "startedDateTime",
        "comment",
        "status",
        "id",
        "x",
    ]
)


@given(st.dictionaries(KEYS, st.recursive(JSON | st.just("SEED-9f2"), lambda i: st.lists(i, max_size=3)
       | st.dictionaries(KEYS, i, max_size=4), max_leaves=12), max_size=5))  # fmt: skip
def test_any_entry_is_redacted_without_a_trace(entry: dict[str, Any]) -> None:
    told = Scrubber(b"k", False).entry(entry)
    assert "SEED-9f2" not in json.dumps(told)


def test_damaged_files_give_what_can_be_read_as_proper_json(tmp_path: Path) -> None:
    text = story_4().text()
    path = tmp_path / "cut.har"
    path.write_text(text[: text.rindex("DescribeVpcs")])
    told = json.loads(copy_of(path))
    assert len(told["log"]["entries"]) == 12


def test_whole_or_not_at_all(tmp_path: Path) -> None:
    path = write(tmp_path, story_4())
    session = read(str(path))
    with pytest.raises(SourceError, match="overwrite"):
        redact(session, str(path), str(path))
    with pytest.raises(SourceError, match="No such file"):
        redact(session, str(path), str(tmp_path / "none" / "out.har"))
    (tmp_path / "dir").mkdir()
    with pytest.raises(SourceError):
        redact(session, str(path), str(tmp_path / "dir"))
    assert sorted(item.name for item in tmp_path.iterdir()) == ["dir", "in.har"]
    redact(session, str(path), str(tmp_path / "out.har"))
    assert (tmp_path / "out.har").stat().st_mode & 0o077 == 0


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="recorded samples are not here")
@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*.har")) if SAMPLES.is_dir() else [], ids=lambda p: p.stem)
def test_recorded_sessions_lose_what_was_planted(sample: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.har"
    session = read(str(sample))
    redact(session, str(sample), str(out))
    report = render_har(explain(session), Labels(), explain=True) + encode(har_document(explain(session), Labels()))
    for planted in PLANTED:
        assert planted not in out.read_text()
        assert planted not in report
    assert [c.outcome for c in read(str(out)).calls] == [c.outcome for c in session.calls]


@pytest.mark.parametrize(
    ("name", "stays"),
    [
        ("Content-MD5", True),
        ("x-amz-id-2", True),
        ("X-Amz-Content-SHA256", True),
        ("SEED-9f2", False),
        ("eyJhbGciOi", True),  # no digit: a word like any other
        ("a1b2", False),
    ],
)
def test_a_name_stays_only_if_it_reads_like_one(name: str, stays: bool) -> None:
    told = Scrubber(b"k", False).entry({"request": {"headers": [{"name": name, "value": "v"}]}})
    assert (name in json.dumps(told)) == stays
