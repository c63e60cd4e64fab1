"""``tabiji logs`` on CloudTrail: denied calls, by which policy, and nothing secret."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

import tabiji
from tabiji.cli import main
from tabiji.estate import Estate
from tabiji.observe.logs.model import CONTRADICTED, EXPLAINED, OPEN, Denial, LogReport
from tabiji.observe.logs.read import read_logs

CONSOLE = Path(__file__).resolve().parents[2] / "examples" / "console-over-dx.yaml"
ENDPOINT = "vpce-tokyo-vpc-monitoring"
SECRETS = ("AKIAIOSFODNN7EXAMPLE", "hunter2-token", "SECRETSECRETSECRET", "alice", "10.66.66.66")
USER = "arn:aws:iam::111122223333:user/alice"
NO_ENDPOINT = "because no VPC endpoint policy allows the cloudwatch:ListMetrics action"


def event(**more: Any) -> dict[str, Any]:
    """An event as CloudTrail writes it, with things in it that must never be shown."""
    return {
        "eventVersion": "1.11",
        "userIdentity": {"type": "IAMUser", "arn": USER, "accessKeyId": SECRETS[0], "userName": "alice"},
        "eventTime": "2026-01-01T00:00:00Z",
        "eventSource": "monitoring.amazonaws.com",
        "eventName": "ListMetrics",
        "awsRegion": "ap-northeast-1",
        "sourceIPAddress": "172.20.144.10",
        "userAgent": "aws-cli/2",
        "requestParameters": {"token": SECRETS[1], "password": SECRETS[2], "host": SECRETS[4]},
        "responseElements": {"sessionToken": SECRETS[2]},
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
    } | more


def denied(why: str, **more: Any) -> dict[str, Any]:
    message = f"User: {USER} is not authorized to perform: cloudwatch:ListMetrics {why}"
    return event(**({"errorCode": "AccessDenied", "errorMessage": message} | more))


def read(tmp_path: Path, estate: Estate, *events: Any) -> LogReport:
    path = tmp_path / "trail.json"
    path.write_text(json.dumps({"Records": events}))
    return read_logs(estate, [str(path)])


def only(report: LogReport) -> Denial:
    assert len(report.denials) == 1
    return report.denials[0]


def code(denial: Denial) -> str:
    assert denial.because is not None
    return denial.because.code


def with_policy(tmp_path: Path, policy: str) -> Estate:
    """The example, where the client may use the endpoint and the endpoint has this policy."""
    text = CONSOLE.read_text().replace(
        "monitoring: {subnets: [app-a, app-c], sg: endpoints}",
        f"monitoring: {{subnets: [app-a, app-c], sg: endpoints, policy: {policy}}}",
    )
    assert policy in text
    path = tmp_path / "net.yaml"
    path.write_text(text)
    return tabiji.load(path)


NOTHING = '{Statement: [{Effect: Deny, Principal: "*", Action: "*", Resource: "*"}]}'
EVERYTHING = '{Statement: [{Effect: Allow, Principal: "*", Action: "*", Resource: "*"}]}'


@pytest.mark.parametrize(
    ("why", "policy", "explicit"),
    [
        ("because no identity-based policy allows the cloudwatch:ListMetrics action", "identity", False),
        ("with an explicit deny in an identity-based policy: arn:aws:iam::1:policy/x", "identity", True),
        ("with an explicit deny in a service control policy", "service_control", True),
        ("with an explicit deny in a resource control policy", "resource_control", True),
        ("because no resource-based policy allows the sqs:SendMessage action", "resource", False),
        ("because no session policy allows the s3:GetObject action", "session", False),
        ("because no permissions boundary allows the s3:GetObject action", "boundary", False),
    ],
)
def test_the_message_names_the_policy(tmp_path: Path, why: str, policy: str, explicit: bool) -> None:
    """15.2: the shapes of the denial text."""
    denial = only(read(tmp_path, tabiji.load(CONSOLE), denied(why)))
    assert (denial.event.policy, denial.event.explicit) == (policy, explicit)
    assert (denial.state, code(denial)) == (EXPLAINED, "logs.because.trail_named")


def test_endpoint_policy_as_predicted_and_not(tmp_path: Path) -> None:
    """IA1, trap 28: the estate's endpoint policy denies the call too, or lets it through: a contradiction."""
    row = denied(NO_ENDPOINT, vpcEndpointId=ENDPOINT)
    denial = only(read(tmp_path, with_policy(tmp_path, NOTHING), row))
    assert (denial.state, code(denial)) == (EXPLAINED, "logs.because.trail_endpoint_predicted")
    assert denial.findings[0].code.startswith("permission.endpoint.")
    denial = only(read(tmp_path, with_policy(tmp_path, EVERYTHING), row))
    assert (denial.state, code(denial)) == (CONTRADICTED, "logs.because.trail_admits")


def test_network_activity_events(tmp_path: Path) -> None:
    """CL1, 15.4: VpceAccessDenied is always the endpoint policy, whatever the message is."""
    row = event(
        errorCode="VpceAccessDenied", errorMessage="The request was denied due to a VPC endpoint policy",
        eventType="AwsVpceEvent", eventCategory="NetworkActivity", vpcEndpointId=ENDPOINT,
    )  # fmt: skip
    denial = only(read(tmp_path, with_policy(tmp_path, NOTHING), row))
    assert denial.event.network
    assert (denial.event.policy, denial.state) == ("endpoint", EXPLAINED)


def test_denials_without_a_reason(tmp_path: Path) -> None:
    """IA3: explained only when a policy of the estate denies the call."""
    row = event(errorCode="AccessDenied", errorMessage="Access Denied", vpcEndpointId=ENDPOINT)
    denial = only(read(tmp_path, with_policy(tmp_path, NOTHING), row))
    assert (denial.state, code(denial)) == (EXPLAINED, "logs.because.trail_predicted")
    report = read(tmp_path, tabiji.load(CONSOLE), row)
    assert (only(report).state, code(only(report)), report.state) == (OPEN, "logs.open.trail_unnamed", "open")


def test_a_call_the_network_should_stop_is_a_contradiction(tmp_path: Path) -> None:
    """15.4: an event proves that the call arrived; the laptop's packets do not get through the endpoint's group."""
    row = denied("because no identity-based policy allows it", sourceIPAddress="192.168.10.20", vpcEndpointId=ENDPOINT)
    denial = only(read(tmp_path, tabiji.load(CONSOLE), row))
    assert (denial.state, code(denial)) == (CONTRADICTED, "logs.because.trail_arrived")
    assert denial.findings[0].code == "sg.ingress.no_rule"


def test_an_endpoint_of_somebody_else(tmp_path: Path) -> None:
    row = denied(NO_ENDPOINT, vpcEndpointId="vpce-0123456789abcdef0")
    assert code(only(read(tmp_path, tabiji.load(CONSOLE), row))) == "logs.open.trail_endpoint"


def test_counts_times_and_what_is_no_denial(tmp_path: Path) -> None:
    rows = [
        denied("because no identity-based policy allows it", eventTime=f"2026-01-01T0{i}:00:00Z") for i in (2, 1, 3)
    ]
    rows += [event(), event(errorCode="ThrottlingException"), event(errorCode="NoSuchBucket")]
    report = read(tmp_path, tabiji.load(CONSOLE), *rows)
    denial = only(report)
    assert (denial.events, denial.first, denial.last) == (3, "2026-01-01T01:00:00Z", "2026-01-01T03:00:00Z")
    assert (report.count.events, report.count.denied, report.count.errors) == (6, 3, 2)
    assert {n.code for n in report.notes} == {"logs.note.errors", "logs.note.trail_silent"}


def test_every_shape_says_the_same(tmp_path: Path) -> None:
    """Records, gz, one event a line, Lake's and EventBridge's wrapping, lookup-events, a bare list."""
    row = denied("because no identity-based policy allows it")
    lines = "\n".join(map(json.dumps, (row, row)))
    shapes: dict[str, bytes] = {
        "records.json": json.dumps({"Records": [row, row]}, indent=1).encode(),
        "records.json.gz": gzip.compress(json.dumps({"Records": [row, row]}).encode()),
        "lines.json": lines.encode(),
        "lake.json.gz": gzip.compress("\n".join(json.dumps({"eventData": r}) for r in (row, row)).encode()),
        "bus.json": "\n".join(json.dumps({"detail-type": "x", "detail": r}) for r in (row, row)).encode(),
        "lookup.json": json.dumps({"Events": [{"EventId": "1", "CloudTrailEvent": json.dumps(row)}] * 2}).encode(),
        "list.json": json.dumps([row, row]).encode(),
        "single.json": json.dumps(row).encode() + b"\n" + json.dumps(row).encode(),
    }
    estate = tabiji.load(CONSOLE)
    for name, data in shapes.items():
        path = tmp_path / name
        path.write_bytes(data)
        report = read_logs(estate, [str(path)])
        assert (only(report).events, report.problems) == (2, ()), name


def test_damage_is_named_and_the_rest_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = denied("because no identity-based policy allows it")
    (tmp_path / "lines.json").write_text("\n".join([json.dumps(row), '{"eventTime": 5}', "{torn", json.dumps(row)]))
    (tmp_path / "records.json").write_text(json.dumps({"Records": [row, {"eventName": ["x"]}, 7]}))
    (tmp_path / "torn.json").write_text(json.dumps({"Records": [row]})[:-9])
    (tmp_path / "cut.json.gz").write_bytes(gzip.compress(json.dumps({"Records": [row] * 99}).encode())[:-20])
    (tmp_path / "deep.json").write_text("[" * 100_000)
    (tmp_path / "digest.json").write_text('{"awsAccountId": "111122223333", "digestStartTime": "x"}')
    (tmp_path / "CloudTrail-Digest").mkdir()
    (tmp_path / "CloudTrail-Digest" / "digest.json").write_text('{"awsAccountId": "111122223333"}')
    (tmp_path / "other.json").write_text('{"Statement": []}\n{"a": 1')
    assert main(["logs", "-n", str(CONSOLE), str(tmp_path), "--format", "json"]) == 65
    out, err = capsys.readouterr()
    named = [line.removeprefix(f"tabiji: {tmp_path}/") for line in err.splitlines()]
    for wanted in (
        "lines.json:2: no CloudTrail event", "lines.json:3: no CloudTrail event",
        "records.json: Records[1]: no CloudTrail event", "records.json: Records[2]: no CloudTrail event",
        "cut.json.gz: damaged gzip file", "deep.json: not CloudTrail JSON", "digest.json:1: no CloudTrail event",
    ):  # fmt: skip
        assert wanted in named
    assert any(line.startswith("torn.json: not CloudTrail JSON") for line in named)
    assert "CloudTrail-Digest" not in err
    assert not any(secret in err for secret in SECRETS)
    assert json.loads(out)["denials"][0]["events"] == 3


@pytest.mark.parametrize("form", ["text", "json"])
def test_nothing_secret_is_printed(tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Parameters, keys, tokens and the caller stay in the file, wherever they hide; accounts too when asked."""
    rows = [
        denied("because no identity-based policy allows it"),
        denied(NO_ENDPOINT, vpcEndpointId=ENDPOINT),
        event(errorCode="AccessDenied token=hunter2-token", eventName=f"X {SECRETS[2]}", eventSource=SECRETS[1] + " x"),
        event(errorCode="AccessDenied", sourceIPAddress=f"{SECRETS[1]}", vpcEndpointId=f"vpce-{SECRETS[0]} {USER}"),
        event(errorCode="AccessDenied\x1b[31m", eventName="A\nB"),
    ]
    path = tmp_path / "trail.json"
    path.write_text(json.dumps({"Records": rows}))
    words = ["logs", "-n", str(CONSOLE), str(path), "--format", form, "--lang", "en", "--redact-accounts"]
    assert main(words) == 3
    out, err = capsys.readouterr()
    assert "ListMetrics" in out
    for secret in (*SECRETS, "111122223333", "\x1b"):
        assert secret not in out + err


def test_only_the_time_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        denied("because no identity-based policy allows it", eventTime=f"2026-01-0{i}T00:00:00Z") for i in (1, 2, 3)
    ]
    path = tmp_path / "trail.json"
    path.write_text(json.dumps({"Records": rows}))
    words = ["logs", "-n", str(CONSOLE), str(path), "--format", "json"]
    assert main([*words, "--from", "2026-01-02", "--to", "2026-01-03"]) == 2
    count = json.loads(capsys.readouterr().out)["count"]
    assert (count["denied"], count["outside"]) == (1, 2)
    assert main([*words, "--from", "2026-02-01"]) == 0


def test_cloudtrail_alone_needs_no_duckdb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "duckdb", None)
    report = read(tmp_path, tabiji.load(CONSOLE), denied("because no identity-based policy allows it"))
    assert only(report).state == EXPLAINED
