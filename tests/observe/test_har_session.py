"""What calls are and how they ended, in both dialects."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hars import ANSWERS, CONSOLE, NET_ERRORS, R, Recorder, story_4
from hypothesis import given
from hypothesis import strategies as st

from tabiji.observe.har.call import DIRECT, PROXIED, Call
from tabiji.observe.har.session import Session, read, read_from
from tabiji.sources.errors import SourceError

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples" / "har"
DIALECTS = ("chromium", "firefox")


def session_of(told: Recorder | dict[str, Any]) -> Session:
    text = json.dumps(told.har() if isinstance(told, Recorder) else told)
    return read_from(io.BytesIO(text.encode()), "session.har")


def only(told: Recorder) -> Call:
    calls = session_of(told).calls
    assert len(calls) == 1
    return calls[0]


@pytest.mark.parametrize("end", [*NET_ERRORS, "preflight_refused", "no_cors", "pending", "failed"])
def test_har3_to_har17_every_failure_chromium_records(end: str) -> None:
    told = Recorder("chromium", "/x")
    told.direct("logs", "DescribeLogGroups", end)
    call = only(told)
    assert (call.kind, call.outcome, call.service, call.operation) == (DIRECT, end, "logs", "DescribeLogGroups")
    assert call.merged is (end != "failed")  # HAR19: preflight and call are one


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("end", [*ANSWERS])
def test_har13_answers_are_told_by_status_and_error_type(end: str, dialect: str) -> None:
    told = Recorder(dialect, "/x")
    told.direct("ssm", "DescribeInstances", end)
    call = only(told)
    assert call.outcome == end
    assert call.address == "172.20.144.9"
    assert call.request_id


@pytest.mark.parametrize("end", ["timeout", "refused", "no_name", "reset", "lna", "pending"])
def test_firefox_records_no_cause_and_none_is_invented(end: str) -> None:
    told = Recorder("firefox", "/x")
    told.direct("logs", "DescribeLogGroups", end)
    assert only(told).outcome == "unrecorded"


@pytest.mark.parametrize(("time", "end"), [(140.0, "no_name"), (26_083.0, "no_dns"), (5_000.0, "dns")])
def test_har6_har7_time_tells_a_missing_name_from_a_silent_server(time: float, end: str) -> None:
    told = Recorder("chromium", "/x")
    told.entry("POST", f"https://logs.{R}.amazonaws.com/", error="ERR_NAME_NOT_RESOLVED", time=time,
               headers={"x-amz-target": "Logs_20140328.DescribeLogGroups"})  # fmt: skip
    assert only(told).outcome == end


def test_har18_reused_connections_without_timings_are_no_failure() -> None:
    told = Recorder("chromium", "/x")
    told.direct("logs", "DescribeLogGroups", "ok")
    assert not session_of(told).failed


@pytest.mark.parametrize(
    ("path", "body", "service", "operation"),
    [
        ("/ec2/ecb?call=getVpcs?&mbtc=1", "{}", "ec2", "getVpcs"),
        ("/vpc/vcb/elastic/?call=com.amazonaws.ec2.AmazonEC2.DescribeVpcs", "{}", "vpc", "DescribeVpcs"),
        ("/route53resolver/api/ec2", '{"operation":"describeVpcs","region":"us-east-1"}', "ec2", "describeVpcs"),
        (
            "/x/api/logs",
            '{"method":"POST","headers":{"X-Amz-Target":"Logs_1.GetQueryResults"}}',
            "logs",
            "GetQueryResults",
        ),
        ("/rds/ajax?operation=listInstances", "", "rds", "listInstances"),
        ("/iam/service/proxy/GetUser", "", "iam", "GetUser"),
        ("/cloudwatch/CloudWatch/data/jetstream.GetMetricData", "", "cloudwatch", "GetMetricData"),
        ("/s3/service/buckets", "", "s3", ""),
    ],
)
def test_har20_forms_of_calls_through_the_console(path: str, body: str, service: str, operation: str) -> None:
    told = Recorder("chromium")
    told.proxied(path, body)
    call = only(told)
    assert (call.kind, call.service, call.operation) == (PROXIED, service, operation)


@pytest.mark.parametrize(
    ("url", "headers", "body", "expected"),
    [
        (f"https://ec2.{R}.amazonaws.com/", {"x-amz-date": "x"}, "Action=ListX&Version=2016-11-15", "ec2 ListX"),
        (f"https://sns.{R}.amazonaws.com/?Action=ListTopics&X-Amz-Signature=ab", {}, "", "sns ListTopics"),
        (f"https://monitoring.{R}.amazonaws.com/service/GraniteServiceVersion20100801/operation/GetMetricData",
         {"x-amz-date": "x"}, "", "cloudwatch GetMetricData"),
        (f"https://lambda.{R}.amazonaws.com/2015-03-31/functions/", {"authorization": "AWS4-HMAC-SHA256 x"}, "",
         "lambda POST /2015-03-31/functions/"),
        (f"https://vpce-0a1b2c3d4e5f-abcdefgh.logs.{R}.vpce.amazonaws.com/", {"x-amz-target": "Logs_1.ListTags"}, "",
         "logs ListTags"),
    ],
)  # fmt: skip
def test_har21_direct_calls_are_named(url: str, headers: dict[str, str], body: str, expected: str) -> None:
    told = Recorder("chromium")
    told.entry("POST", url, status=200, headers=headers, body=body)
    call = only(told)
    assert (call.kind, call.label) == (DIRECT, expected)


@pytest.mark.parametrize("url", ["https://x.cdn.console.awsstatic.com/a.js", "https://panorama.console.api.aws/e",
                                 "https://signin.aws.amazon.com/oauth", f"https://{CONSOLE}/ec2/home", "data:,x",
                                 "https://example.com/", f"https://s3.{R}.amazonaws.com/public/file"])  # fmt: skip
def test_har22_what_is_no_api_call(url: str) -> None:
    told = Recorder("chromium")
    told.entry("GET", url, status=200)
    assert not session_of(told).calls


def test_har19_preflights_go_to_the_nearest_call_of_the_same_url() -> None:
    told = Recorder("chromium")
    for end in ("ok", "lna", "ok", "preflight_refused"):
        told.direct("logs", "DescribeLogGroups", end)
    assert [call.outcome for call in session_of(told).calls] == ["ok", "lna", "ok", "preflight_refused"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_pages_and_browser(dialect: str) -> None:
    told = session_of(story_4(dialect))
    assert [page.id for page in told.pages] == ["page_1", "page_2", "page_3"]
    assert [call.page for call in told.failed] == ["page_1", "page_1", "page_2"]
    assert (told.chrome > 0) is (dialect == "chromium")
    assert told.console_addresses == ("52.119.0.10",)
    if dialect == "chromium":
        assert told.pages[1].title == f"{CONSOLE}/cloudwatch/home#logsV2:log-groups"


WRONG = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.lists(st.none(), max_size=2)


@given(st.data())
def test_wrong_types_anywhere_are_lived_with(data: st.DataObject) -> None:
    har: Any = story_4(data.draw(st.sampled_from(DIALECTS))).har()
    for _ in range(data.draw(st.integers(1, 6))):
        place: Any = har["log"]
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = data.draw(st.sampled_from(keys))
            if isinstance(place[key], (dict, list)) and place[key] and data.draw(st.integers(0, 4)):
                place = place[key]
                continue
            if not (place is har["log"] and key == "entries"):
                place[key] = data.draw(WRONG)
            break
    told = read_from(io.BytesIO(json.dumps(har).encode()), "x.har")
    assert told.entries <= 13


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "x.har:byte 0: the file is empty"),
        ("[]", "x.har: no log.entries: not a HAR file"),
        ('{"log":{"entries":{}}}', "x.har: no log.entries: not a HAR file"),
        ("<html>", "x.har:byte 6: this is not JSON"),
    ],
)
def test_no_har_at_all_is_one_line(text: str, error: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_from(io.BytesIO(text.encode()), "x.har")
    assert str(caught.value) == error


def test_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        read(str(tmp_path / "none.har"))


def test_a_truncated_file_says_where_and_keeps_what_came_before() -> None:
    text = story_4().text().encode()
    at = text.rindex(b"DescribeVpcs")
    told = read_from(io.BytesIO(text[:at]), "x.har")
    assert len(told.failed) == 3
    assert told.problems == (f"x.har: byte {at}: the file ends here in entry 13; 12 entries were read",)


# Recorded sessions, where they are at hand.

CAUSES = {
    "logs": "ok", "monitoring": "timeout", "events": "refused", "athena": "unreachable", "nxsns": "no_name",
    "dynslow": "no_dns", "lambda": "unknown_ca", "states": "wrong_certificate", "secretsmanager": "reset",
    "codebuild": "reset", "kms": "empty", "ecr": "pending", "ssm": "answered", "sqs": "preflight_refused",
    "iam": "no_cors",
}  # fmt: skip


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="recorded samples are not here")
@pytest.mark.parametrize(
    ("file", "changes"),
    [
        ("chromium-all-failures.har", {}),
        ("chromium-no-default-route.har", {"athena": "offline", "nxsns": "offline"}),
        ("chromium-no-default-route.sanitized.har", {"athena": "offline", "nxsns": "offline"}),
        ("chromium-lna-blocked.har", {"athena": "offline", "sns": "wrong_certificate"}
         | dict.fromkeys(("logs", "ssm", "sqs", "iam", "kms", "ecr"), "lna")),
    ],
)  # fmt: skip
def test_recorded_sessions(file: str, changes: dict[str, str]) -> None:
    told = read(str(SAMPLES / file))
    direct = {call.host.split(".")[0]: call.outcome for call in told.calls if call.kind == DIRECT}
    causes = CAUSES | changes
    assert direct == {host: causes[host] for host in direct}
    assert len(direct) == (15 if "all" in file else 12)
    assert [call.operation for call in told.calls if call.kind == PROXIED] == ["getVpcs", "describeVpcs"]
