"""Observed beside predicted: which failures are explained, by what, and what mends them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hars import Recorder, story_4

import tabiji
from tabiji.estate import Estate
from tabiji.findings.catalogue import entry
from tabiji.findings.catalogue.har import TEXTS
from tabiji.observe.har import outcome as ends
from tabiji.observe.har.explain import NO, OPEN, YES, Diagnosis, explain
from tabiji.observe.har.session import read_from
from tabiji.report.har import render_har
from tabiji.report.labels import Labels
from tabiji.request.vantage import find_vantage

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module")
def estate() -> Estate:
    return tabiji.load(str(EXAMPLES / "console-over-dx.yaml"))


def told_of(estate: Estate, recorder: Recorder, place: str = "laptop") -> Diagnosis:
    session = read_from(io.BytesIO(recorder.text().encode()), "s.har")
    return explain(session, estate, find_vantage(estate, place))


def one(estate: Estate, end: str, service: str = "logs", place: str = "laptop", dialect: str = "chromium") -> Diagnosis:
    told = Recorder(dialect, "/cloudwatch/home")
    told.direct(service, "DescribeThings", end)
    return told_of(estate, told, place)


@pytest.mark.parametrize("dialect", ["chromium", "firefox"])
def test_f2_story_4_is_one_missing_rule(estate: Estate, dialect: str) -> None:
    told = told_of(estate, story_4(dialect))
    assert told.state == YES
    assert {t.host.split(".")[0]: len(t.calls) for t in told.troubles} == {"monitoring": 2, "logs": 1}
    assert len(told.mendings) == 1
    mending = told.mendings[0]
    assert (mending.calls, len(mending.hosts), mending.fix.verified) == (3, 2, True)
    assert dict(mending.fix.params) == {
        "group": "sg-tokyo-vpc-endpoints", "direction": "ingress", "line": "tcp 443 from 192.168.10.0/24",
    }  # fmt: skip
    assert all(t.never_sent for t in told.troubles)
    assert [f.code for f in told.trail] == ["har.trail.never", "har.trail.proxied"]
    # HAR23 is Chrome's: the second cause is named for Chromium only.
    assert ("har.note.lna_next" in [f.code for f in told.notes]) is (dialect == "chromium")


@pytest.mark.parametrize(
    ("end", "place", "service", "code", "state"),
    [
        ("timeout", "laptop", "logs", "blocked", YES),
        ("refused", "laptop", "logs", "blocked_otherwise", NO),  # a security group is silent, HAR3 and HAR4
        ("unreachable", "laptop", "logs", "blocked_otherwise", NO),
        ("no_name", "laptop", "logs", "blocked_otherwise", NO),
        ("timeout", "ec2", "logs", "but_reachable", NO),
        ("pending", "laptop", "logs", "unrecorded_blocked", YES),
        ("pending", "ec2", "logs", "unrecorded_but_reachable", OPEN),
        ("failed", "ec2", "logs", "perhaps_lna", OPEN),
        ("lna", "ec2", "logs", "lna", YES),
        ("permission", "ec2", "logs", "permission_named", YES),
        ("throttled", "ec2", "logs", "throttled", YES),
        ("answered", "ec2", "logs", "answered", OPEN),
        ("server_error", "ec2", "logs", "answered", OPEN),
        ("preflight_refused", "ec2", "logs", "preflight_refused", YES),
        ("no_cors", "ec2", "logs", "no_cors", YES),
        ("unknown_ca", "ec2", "logs", "unknown_ca", YES),
        ("wrong_certificate", "laptop", "sns", "wrong_certificate", YES),
        ("wrong_certificate", "laptop", "logs", "wrong_certificate_at", YES),
        ("empty", "ec2", "logs", "empty", OPEN),
        ("timeout", "laptop", "nxsns", "undetermined", OPEN),
    ],
)  # fmt: skip
def test_each_failure_is_judged(estate: Estate, end: str, place: str, service: str, code: str, state: str) -> None:
    told = one(estate, end, service, place)
    assert len(told.troubles) == 1
    trouble = told.troubles[0]
    assert trouble.because is not None
    assert (trouble.because.code, trouble.state) == (f"har.because.{code}", state)
    assert told.state == (YES if state == YES else OPEN)


def test_firefox_without_cause_names_no_local_network_access(estate: Estate) -> None:
    trouble = one(estate, "failed", place="ec2", dialect="firefox").troubles[0]
    assert trouble.because is not None
    assert trouble.because.code == "har.because.unrecorded_but_reachable"


def test_har25_console_private_access_asks_no_permission(estate: Estate) -> None:
    told = Recorder("chromium", "/cloudwatch/home")
    told.entries[0]["serverIPAddress"] = "172.20.144.80"
    told.direct("logs", "DescribeThings", "timeout")
    assert "har.note.lna_next" not in [f.code for f in told_of(estate, told).notes]


def test_cloudtrail_15_4_cl2(estate: Estate) -> None:
    told = Recorder("chromium", "/x")
    told.direct("logs", "A", "permission")
    told.direct("ssm", "B", "lna", host="ssm.ap-northeast-1.amazonaws.com")
    told.direct("kms", "C", "empty")
    trail = {f.code: dict(f.params) for f in told_of(estate, told, "ec2").trail}
    assert trail["har.trail.never"]["hosts"] == "ssm.ap-northeast-1.amazonaws.com"
    assert trail["har.trail.unsure"]["hosts"] == "kms.ap-northeast-1.amazonaws.com"
    assert trail["har.trail.no_network_events"]["services"] == "logs"


def test_har26_proofs_and_an_estate_that_is_not_what_was_used(estate: Estate) -> None:
    told = story_4()
    told.direct("logs", "ListTags", address="10.9.9.9")
    codes = {f.code for f in told_of(estate, told).notes}
    assert {"har.note.proxied_work", "har.note.private_works", "har.note.other_address"} <= codes
    told = Recorder("chromium", "/x")
    told.direct("logs", "ListTags", address="172.20.144.4")
    assert [f.code for f in told_of(estate, told).notes] == ["har.note.works_though_blocked"]


def test_the_fix_that_mends_most_comes_first(estate: Estate, tmp_path: Path) -> None:
    text = (EXAMPLES / "console-over-dx.yaml").read_text()
    text = text.replace("logs: {subnets: [app-a, app-c], sg: endpoints}", "logs: {subnets: [app-a, app-c], sg: app}")
    (tmp_path / "two.yaml").write_text(text)
    told = told_of(tabiji.load(str(tmp_path / "two.yaml")), story_4())
    assert [(m.calls, m.hosts[0].split(".")[0]) for m in told.mendings] == [(2, "monitoring"), (1, "logs")]


def test_without_an_estate_the_file_speaks_alone() -> None:
    session = read_from(io.BytesIO(story_4().text().encode()), "s.har")
    told = explain(session)
    assert told.state == OPEN
    assert {t.because.code for t in told.troubles if t.because} == {"har.because.not_walked"}


def test_nothing_failed(estate: Estate) -> None:
    told = one(estate, "ok", place="ec2")
    assert (told.state, told.troubles) == ("ok", ())
    assert "No API call failed." in render_har(told, Labels(estate))


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_every_code_has_a_text(estate: Estate, lang: str) -> None:
    every = {value for name, value in vars(ends).items() if name.isupper() and isinstance(value, str)}
    assert {f"har.saw.{end}" for end in every} <= set(TEXTS)
    for end in ("timeout", "lna", "permission", "pending", "failed"):
        for place in ("laptop", "ec2"):
            told = one(estate, end, place=place)
            for finding in (*told.trail, *told.notes, *(t.because for t in told.troubles if t.because)):
                assert entry(finding.code) is not None
            text = render_har(told, Labels(estate, lang), explain=True)
            assert "har." not in text.replace("s.har", "")
            assert "?" not in text.replace(" ? ", "").replace("\n? ", "").replace("  ? ", "")
