"""What the client sees and what the logs hold, as text and as JSON."""

import json
from pathlib import Path

import jsonschema
import pytest

from journey.kit import R, ask, deny, estate, interface, policy
from tabiji.cli import main
from tabiji.journey.evidence import evidence
from tabiji.journey.model import Seen
from tabiji.report import json as report
from tabiji.report.evidence import evidence_document, render_evidence
from tabiji.report.seen import seen_lines
from tabiji.report.text import render_text

SSM = f"https://ssm.{R}/"
SCHEMA = json.loads((Path(report.__file__).parent / "journey.schema.json").read_text(encoding="utf-8"))


def closed():
    return estate(endpoints={"ssm": interface(sg="shut")}, security_groups={"shut": {"vpc": "main", "in": []}})


def test_text_tells_what_the_clients_show():
    held = closed()
    text = " ".join(render_text(ask(held, "app", SSM), estate=held).split())
    assert f'aws CLI v2: Connect timeout on endpoint URL: "{SSM}" (after about 3 min, exit 255)' in text
    assert f"curl: (28) Failed to connect to ssm.{R} port 443 ... (after the system's own timeout, exit 28)" in text
    assert "browser: net::ERR_CONNECTION_TIMED_OUT" in text
    assert "The packets vanish" in text


def test_nothing_is_said_where_it_works():
    held = estate(endpoints={"ssm": interface()})
    assert "You would see" not in render_text(ask(held, "app", SSM), estate=held)


@pytest.mark.parametrize(("seconds", "words"), [(0, "at once"), (None, "own timeout"), (26, "26 s"), (180, "3 min")])
def test_waiting_in_words(seconds, words):
    from tabiji.report.labels import Labels

    labels = Labels(None, "en")
    row = Seen(client="browser", outcome="drop", text="net::X", seconds=seconds, code="seen.drop")
    lines = [line for line, _ in seen_lines([row], lambda code, **params: labels.text(code, (), **params))]
    assert words in lines[0]
    assert len(lines) == 2


def test_evidence_in_text_and_data():
    held = closed()
    found = evidence(held, ask(held, "app", SSM))
    text = render_evidence(found, estate=held)
    rejected = next(line for line in text.splitlines() if "REJECT" in line)
    assert "eni-vpce-main-ssm-ap-northeast-1a" in rejected
    assert "None: the API never received a call." in text
    data = evidence_document(found, estate=held)
    assert [row["action"] for row in data["flow_logs"]] == ["ACCEPT", "REJECT"]
    assert [row["exists"] for row in data["cloudtrail"]] == [False, False]
    assert "記録" in render_evidence(found, estate=held, lang="ja")


def test_a_denied_call_has_its_fields():
    held = estate(endpoints={"ssm": interface(policy=policy(deny()))})
    text = render_evidence(evidence(held, ask(held, "app", SSM)), estate=held)
    assert "errorCode=VpceAccessDenied" in text
    assert "vpcEndpointId=vpce-main-ssm" in text


def test_the_flag_of_the_command(tmp_path, capsys):
    file = tmp_path / "net.yaml"
    file.write_text(
        "region: ap-northeast-1\nvpcs:\n  v:\n    cidr: 10.0.0.0/16\n"
        "    subnets: {s: {cidr: 10.0.1.0/24, az: a}}\n    instances: {a: {subnet: s}, b: {subnet: s}}\n"
    )
    assert main(["trace", "-n", str(file), "--evidence", "--format", "json", "a", "10.0.1.5:22"]) in (0, 2)
    told = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(SCHEMA).validate(told)
    assert told["evidence"]["flow_logs"][0]["direction"] == "egress"
    main(["trace", "-n", str(file), "--evidence", "--lang", "en", "a", "10.0.1.5:22"])
    assert "flow logs, where they are on" in capsys.readouterr().out
