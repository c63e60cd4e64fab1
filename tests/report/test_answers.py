"""Answers of resolvers, for a person."""

from __future__ import annotations

import msgspec

from report.journeys import ANSWER, reachable
from tabiji.names.answer import Answer, ResourceRecord
from tabiji.names.why import why
from tabiji.report.labels import Labels
from tabiji.report.names import answer_document, answer_lines, explain_lines, render_answers
from tabiji.report.terminal import Style

LABELS, STYLE = Labels(), Style(False, 100)
NODATA = Answer(name="example.com.", type="AAAA", rcode="NOERROR", server="10.1.0.2")
ALIAS = msgspec.structs.replace(
    ANSWER, answer=(ResourceRecord("example.com.", "CNAME", 60, "cdn.example.net."), *ANSWER.answer)
)


def lines(*answers: Answer, explain: bool = False) -> list[str]:
    return answer_lines(answers, answers[-1], "example.com", LABELS, STYLE, explain)


def test_outcomes() -> None:
    assert lines(NODATA, ANSWER)[:2] == ["  AAAA    no AAAA record", "  A       198.51.100.80"]
    assert lines(ALIAS)[0] == "  A       cdn.example.net → 198.51.100.80"
    assert lines(Answer(name="example.com.", type="A", rcode="NXDOMAIN"))[0] == "  A       NXDOMAIN"
    assert lines(msgspec.structs.replace(NODATA, name="example.com.corp."), ANSWER)[0] == (
        "  AAAA    example.com.corp  no AAAA record"
    )


def test_both_families_joined_are_one_line() -> None:
    both = Answer(
        name="example.com.",
        type="A+AAAA",
        rcode="NOERROR",
        answer=(*ANSWER.answer, ResourceRecord("example.com.", "AAAA", 60, "2001:db8::1")),
    )
    assert lines(both)[0].split("  ")[-1].strip() == "198.51.100.80, 2001:db8::1"


def test_what_is_uncertain_is_said() -> None:
    unsure = msgspec.structs.replace(ANSWER, unknown="the zone was not collected", choice="weighted", elapsed=5.0)
    told = "\n".join(lines(unsure))
    assert "(one of several: weighted)" in told
    assert "(after 5 s of waiting)" in told
    assert "cannot be told: the zone was not collected" in told
    assert "no A record" not in "\n".join(lines(msgspec.structs.replace(unsure, answer=())))
    assert explain_lines(unsure, LABELS, STYLE)[:2] == [
        "  one of several: weighted",
        "  cannot be told: the zone was not collected",
    ]


def test_a_reason_is_said_in_the_language_of_the_report() -> None:
    unsure = msgspec.structs.replace(ANSWER, unknown=why("names.why.not_in_estate", name="www.example.org"))
    assert unsure.unknown == "www.example.org is not in the estate"
    for lang, told in (("en", "www.example.org is not in the estate"), ("ja", "www.example.org は構成情報にない")):
        labels = Labels(None, lang)
        assert answer_document(unsure, labels)["unknown"] == told
        assert told in explain_lines(unsure, labels, STYLE)[0]
        assert type(answer_document(unsure, labels)["unknown"]) is str  # else no encoder takes it


def test_the_hosts_file_is_named_where_no_dns_was_asked() -> None:
    answer = msgspec.structs.replace(ANSWER, chain=(), from_hosts_file=True)
    assert "hosts file" in lines(answer)[1]


def test_facts_stand_behind_the_steps_when_explained() -> None:
    assert "[N2.1a]" in "\n".join(lines(ANSWER, explain=True))
    assert "[N2.1a]" not in "\n".join(lines(ANSWER))


def test_rendered_answers() -> None:
    shown = render_answers([ALIAS, NODATA], labels=LABELS, style=STYLE)
    assert shown.splitlines()[:3] == [
        "example.com. A  NOERROR",
        "  example.com.     60  CNAME  cdn.example.net.",
        "  example.com.     60  A      198.51.100.80",
    ]
    short = render_answers([ALIAS, NODATA], labels=LABELS, style=STYLE, short=True)
    assert short == "cdn.example.net.\n198.51.100.80\n"
    assert "VPC resolver" not in render_answers([ALIAS], labels=LABELS, style=STYLE, chain=False)


def test_the_journey_uses_them() -> None:
    assert reachable().resolution == ANSWER
