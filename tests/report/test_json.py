"""The JSON report keeps to its schema and says what the text says."""

from __future__ import annotations

import json
from pathlib import Path as File

import jsonschema
import pytest

import tabiji
from report.journeys import blocked, reachable
from tabiji.cli.demo import STORIES, examples_folder
from tabiji.journey.model import Journey
from tabiji.report import json as report

SCHEMA = json.loads((File(report.__file__).parent / "journey.schema.json").read_text(encoding="utf-8"))
CHECKER = jsonschema.Draft202012Validator(SCHEMA)


def document(told: Journey, **how: object) -> dict[str, object]:
    encoded = report.encode(report.journey_document(told, **how))  # type: ignore[arg-type]
    out: dict[str, object] = json.loads(encoded)
    return out


def test_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("make", [reachable, blocked])
def test_hand_built_journeys_keep_to_the_schema(make: object, lang: str) -> None:
    CHECKER.validate(document(make(), lang=lang))  # type: ignore[operator]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.example)
def test_stories_keep_to_the_schema(story: object) -> None:
    estate = tabiji.load(File(examples_folder()) / story.example)  # type: ignore[attr-defined]
    for scene in story.scenes:  # type: ignore[attr-defined]
        if scene.verb == "trace":
            CHECKER.validate(document(tabiji.trace(estate, scene.source, scene.target), estate=estate))


def test_the_schema_would_notice_a_missing_field() -> None:
    broken = document(reachable())
    del broken["verdict"]
    with pytest.raises(jsonschema.ValidationError):
        CHECKER.validate(broken)


def test_addresses_are_text_and_ports_numbers() -> None:
    told = document(reachable())
    packet = told["paths"][0]["hops"][0]["packet"]  # type: ignore[index]
    assert packet == {
        "source": "10.1.1.10", "destination": "198.51.100.80", "protocol": "tcp", "source_port": 40000,
        "destination_port": 443, "icmp_type": None, "icmp_code": None,
    }  # fmt: skip


def test_everything_that_stops_it_is_there() -> None:
    told = document(blocked())
    findings = told["findings"]
    assert [(f["code"], f["component"], f["rule"], f["hop"], f["leg"]) for f in findings] == [  # type: ignore[attr-defined]
        ("sg.egress.no_rule", "sg-0aaa", "", 1, "forward"),
        ("nacl.ingress.deny", "acl-0aaa", "90", 8, "reply"),
    ]
    assert findings[0]["aws_code"] == "ENI_SG_RULES_MISMATCH"  # type: ignore[index]
    fix = told["fixes"][0]  # type: ignore[index]
    assert fix["verified"] is True
    assert [step["code"] for step in fix["steps"]] == ["fix.sg.add_rule", "fix.nacl.add_rule"]
    assert fix["overlay"] == {"security_groups": {"sg-0aaa": {"add_out": ["tcp 443 to 198.51.100.80/32"]}}}


def test_the_answer_used_is_pointed_at() -> None:
    told = document(reachable())
    assert told["resolution"] == 0
    assert told["resolutions"][0]["records"][0]["data"] == "198.51.100.80"  # type: ignore[index]


def test_same_question_same_bytes() -> None:
    assert report.encode(report.journey_document(blocked())) == report.encode(report.journey_document(blocked()))
