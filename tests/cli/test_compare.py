"""``tabiji trace --compare FILE``: agreement, differences, their reasons; what a bad file says (ECO8, RA1-RA6)."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tabiji.cli import main

NET = """
vpcs:
  net:
    cidr: 10.0.0.0/16
    igw: true
    subnets:
      a: {cidr: 10.0.1.0/24, az: a, routes: {0.0.0.0/0: igw}}
      b: {cidr: 10.0.2.0/24, az: b, nacl: guard}
    security_groups:
      web: {in: [], out: ["tcp 5432 to 10.0.2.0/24"]}
      db: {in: ["tcp 5432 from sg:web"], out: []}
    network_acls:
      guard: {in: ["100 allow tcp 5000-6000 from 10.0.0.0/16"], out: ["90 allow tcp 1024-65535 to 10.0.0.0/16"]}
    instances:
      client: {subnet: a, ip: 10.0.1.10, sg: web, public: 203.0.113.7}
      server: {subnet: b, ip: 10.0.2.20, sg: db}
"""
CLOSED = {"network_acls": {"guard": {"in": ["100 deny all from 0.0.0.0/0"]}}}
NO_WAY_BACK = {"network_acls": {"guard": {"out": ["90 deny all to 0.0.0.0/0"]}}}


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("TABIJI_NET", "LC_ALL", "LC_MESSAGES", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(NET)


def row(number: int, component: str, **more: Any) -> dict[str, Any]:
    arn = f"arn:aws:ec2:us-east-1:111122223333:thing/{component}"
    return {"SequenceNumber": number, "Component": {"Id": component, "Arn": arn}, **more,
            "AdditionalDetails": [], "Explanations": []}  # fmt: skip


SENT = {
    "SourceAddresses": ["10.0.1.10/32"], "DestinationAddresses": ["10.0.2.20/32"], "Protocol": "6",
    "SourcePortRanges": [{"From": 0, "To": 65535}], "DestinationPortRanges": [{"From": 5432, "To": 5432}],
}  # fmt: skip
WAY = ("i-net-client", "eni-net-client", "sg-net-web", "acl-net-default", "rtb-net-a", "acl-net-guard", "sg-net-db",
       "eni-net-server", "i-net-server")  # fmt: skip
BACK = ("i-net-server", "eni-net-server", "sg-net-db", "acl-net-guard", "rtb-net-main", "acl-net-default",
        "sg-net-web", "eni-net-client", "i-net-client")  # fmt: skip
FOUND: dict[str, Any] = {
    "NetworkInsightsAnalysisId": "nia-076744f74a04c3c7f",
    "NetworkInsightsPathId": "nip-0614b9507b4e3e989",
    "StartDate": "2026-03-20T23:47:08.080Z",
    "Status": "succeeded",
    "NetworkPathFound": True,
    "ForwardPathComponents": [row(n, c, **({"OutboundHeader": SENT} if n == 1 else {})) for n, c in enumerate(WAY, 1)],
    "ReturnPathComponents": [row(n, c) for n, c in enumerate(BACK, 1)],
}
NOT_FOUND: dict[str, Any] = {
    "NetworkInsightsAnalysisId": "nia-02207aa13eb480c7a",
    "NetworkInsightsPathId": "nip-0b26f224f1d131fa8",
    "StartDate": "2026-01-20T22:58:37.495Z",
    "Status": "succeeded",
    "NetworkPathFound": False,
    "Explanations": [
        {"Direction": "ingress", "ExplanationCode": "SUBNET_ACL_RESTRICTION", "Acl": {"Id": "acl-net-guard"}}
    ],
}


def changed(base: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**copy.deepcopy(base), **more}


def compare(capsys: pytest.CaptureFixture[str], told: Any, *words: str, overlay: Any = None) -> tuple[int, str, str]:
    Path("ra.json").write_text(told if isinstance(told, str) else json.dumps(told))
    extra: tuple[str, ...] = ()
    if overlay is not None:
        Path("over.yaml").write_text(json.dumps(overlay))
        extra = ("--overlay", "over.yaml")
    code = main(["trace", "-n", "net.yaml", *extra, *words, "--compare", "ra.json"])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def as_json(capsys: pytest.CaptureFixture[str], told: Any, *words: str, overlay: Any = None) -> tuple[int, Any]:
    code, out, err = compare(capsys, told, *words, "--format", "json", overlay=overlay)
    assert err == ""
    return code, json.loads(out)


ASKED = ("client", "10.0.2.20:5432")


# Agreement ----------------------------------------------------------------------


def test_the_same_way_is_0(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = compare(capsys, {"NetworkInsightsAnalyses": [FOUND]}, *ASKED)
    assert code == 0
    assert out.splitlines() == [
        "tabiji and Reachability Analyzer say the same.",
        "  verdict: tabiji reachable, analyser reachable",
        "  way there: the same components",
        "  way back: the same components",
    ]


@pytest.mark.parametrize("wrap", [lambda a: a, lambda a: {"NetworkInsightsAnalysis": a}])
def test_one_analysis_alone_will_do(capsys: pytest.CaptureFixture[str], wrap: Any) -> None:
    assert compare(capsys, wrap(FOUND), *ASKED)[0] == 0


def test_the_same_refusal_is_0(capsys: pytest.CaptureFixture[str]) -> None:
    """RA3: one explanation in common is enough, as the analyser names one combination only."""
    code, told = as_json(capsys, NOT_FOUND, *ASKED, overlay=CLOSED)
    assert code == 0
    assert told["same"] is True
    assert told["codes"] == {"both": ["SUBNET_ACL_RESTRICTION"], "tabiji": [], "analysis": []}


def test_what_one_side_never_prints_is_no_difference(capsys: pytest.CaptureFixture[str]) -> None:
    short = changed(FOUND)
    for leg in ("ForwardPathComponents", "ReturnPathComponents"):
        short[leg] = [r for r in short[leg] if not r["Component"]["Id"].startswith("i-")]
    assert compare(capsys, short, *ASKED)[0] == 0


def test_our_own_output_reads_back_as_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """FROM and TO come from its tags."""
    for words, overlay in ((ASKED, None), (ASKED, CLOSED), (("client", "198.51.100.7:80"), None)):
        Path("over.yaml").write_text(json.dumps(overlay or {}))
        main(["trace", "-n", "net.yaml", "--overlay", "over.yaml", *words, "--format", "ra-json"])
        own = capsys.readouterr().out
        assert compare(capsys, own, overlay=overlay or {})[0] == 0


# Differences --------------------------------------------------------------------


def test_another_verdict_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    code, told = as_json(capsys, NOT_FOUND, *ASKED)
    assert code == 2
    assert told["verdicts"] == {"tabiji": "reachable", "analysis": "blocked"}
    assert told["codes"]["analysis"] == ["SUBNET_ACL_RESTRICTION"]
    assert [r["code"] for r in told["reasons"]] == ["compare.why.changed"]
    assert "2026-01-20" in told["reasons"][0]["text"]


def test_the_first_component_that_differs_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    other = changed(FOUND)
    other["ForwardPathComponents"][4:4] = [row(0, "acl-other"), row(0, "rtb-other")]
    for number, item in enumerate(other["ForwardPathComponents"], 1):
        item["SequenceNumber"] = number
    code, told = as_json(capsys, other, *ASKED)
    assert code == 2
    assert told["differences"] == [
        {"leg": "forward", "after": "acl-net-default", "tabiji": "rtb-net-a", "analysis": "acl-other"}
    ]


def test_the_order_is_that_of_the_sequence_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    shuffled = changed(FOUND)
    shuffled["ForwardPathComponents"].reverse()
    assert compare(capsys, shuffled, *ASKED)[0] == 0


def test_a_way_that_goes_on_differs(capsys: pytest.CaptureFixture[str]) -> None:
    longer = changed(FOUND)
    longer["ReturnPathComponents"].append(row(10, "nat-extra"))
    code, out, _ = compare(capsys, longer, *ASKED)
    assert code == 2
    assert "way back: after i-net-client (client), tabiji goes to the end, the analyser to nat-extra" in out


def test_another_reason_for_the_refusal_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    other = changed(NOT_FOUND, Explanations=[{"ExplanationCode": "NO_ROUTE_TO_DESTINATION"}])
    code, told = as_json(capsys, other, *ASKED, overlay=CLOSED)
    assert code == 2
    assert told["codes"]["tabiji"] == ["SUBNET_ACL_RESTRICTION"]
    assert [(r["code"], r["facts"]) for r in told["reasons"]] == [("compare.why.one_combination", ["RA3"])]


# Reasons ------------------------------------------------------------------------


def reasons(told: Any) -> set[str]:
    return {r["code"].removeprefix("compare.why.") for r in told["reasons"]}


def test_a_way_back_the_analysis_did_not_look_at(capsys: pytest.CaptureFixture[str]) -> None:
    """RA4: forward only over a TGW; the way back decides here (W11)."""
    one_way = changed(FOUND, ReturnPathComponents=[])
    code, told = as_json(capsys, one_way, *ASKED, overlay=NO_WAY_BACK)
    assert code == 2
    assert "one_way" in reasons(told)
    _, both_ways = as_json(capsys, FOUND, *ASKED, overlay=NO_WAY_BACK)
    assert "one_way" not in reasons(both_ways)


def test_names_are_beyond_the_analyser(capsys: pytest.CaptureFixture[str]) -> None:
    """RA6: DNS is not modelled there."""
    code, told = as_json(capsys, FOUND, "client", "https://nobody.invalid/")
    assert code == 2
    assert reasons(told) == {"name"}


@pytest.mark.parametrize(
    ("words", "more", "expected"),
    [
        (("client", "ping://10.0.2.20"), {}, "protocol"),  # RA4
        (ASKED, {"Explanations": [{"ExplanationCode": "FILTER_AT_SOURCE_PROTOCOL"}]}, "filters"),  # RA2
        (ASKED, {"Explanations": [{"ExplanationCode": "UNKNOWN_PEERED_SGS"}]}, "not_seen"),
        (ASKED, {"Explanations": [{"ExplanationCode": "NGW_REQUIRES_SOURCE_IN_VPC"}]}, "nat_source"),  # NG9
        (ASKED, {"Explanations": [{"ExplanationCode": "IGW_NAT_REFLECTION"}]}, "reflection"),  # IG7
        (ASKED, {"Status": "failed"}, "unfinished"),
    ],
)
def test_reasons(capsys: pytest.CaptureFixture[str], words: tuple[str, ...], more: Any, expected: str) -> None:
    base = NOT_FOUND if words == ASKED else FOUND
    assert expected in reasons(as_json(capsys, changed(base, **more), *words)[1])


def test_details_that_say_what_was_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    """RA5: firewall rules with options the analyser cannot read."""
    skipped = changed(FOUND)
    skipped["ForwardPathComponents"][2]["AdditionalDetails"] = [
        {"AdditionalDetailType": "FIREWALL_UNSUPPORTED_RULE_OPTIONS"}
    ]
    _, told = as_json(capsys, skipped, *ASKED, overlay=CLOSED)
    assert "skipped" in reasons(told)


def test_no_verdict_is_3(capsys: pytest.CaptureFixture[str]) -> None:
    running = {"NetworkInsightsAnalysisId": "nia-1", "Status": "running"}
    code, told = as_json(capsys, running, *ASKED)
    assert code == 3
    assert told["same"] is None
    code, out, _ = compare(capsys, FOUND, "client", "169.254.168.7:80")
    assert code == 3
    assert "unknown.link_local" in out


def test_in_japanese(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = compare(capsys, NOT_FOUND, *ASKED, "--lang", "ja")
    assert code == 2
    assert "結果は異なります" in out
    assert "判定: tabiji 到達可能、アナライザー 到達不可" in out


# The question -------------------------------------------------------------------


def test_from_and_to_come_from_the_components(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = compare(capsys, {"NetworkInsightsAnalyses": [FOUND]})
    assert code == 0, out


@pytest.mark.parametrize(
    "path",
    [
        {"Source": "i-net-client", "DestinationIp": "10.0.2.20", "Protocol": "tcp", "DestinationPort": 5432},
        {"Source": "arn:aws:ec2:us-east-1:1:instance/i-net-client", "Destination": "eni-net-server",
         "Protocol": "tcp", "DestinationPort": 5432},
        {"Source": "eni-net-client", "Destination": "arn:aws:ec2:us-east-1:1:instance/i-net-server", "Protocol": "tcp",
         "FilterAtSource": {"DestinationPortRange": {"FromPort": 5432, "ToPort": 5432}}},
    ],
)  # fmt: skip
def test_from_and_to_come_from_the_path(capsys: pytest.CaptureFixture[str], path: Any) -> None:
    """FilterAtSource and the ids of describe-network-insights-paths."""
    paths = [{"NetworkInsightsPathId": NOT_FOUND["NetworkInsightsPathId"], **path}]
    told = {"NetworkInsightsAnalyses": [NOT_FOUND], "NetworkInsightsPaths": paths}
    assert compare(capsys, told, overlay=CLOSED)[0] == 0


def test_an_internet_gateway_as_source_is_the_internet(capsys: pytest.CaptureFixture[str]) -> None:
    sent = {"SourceAddresses": ["198.51.100.9/32"], "DestinationAddresses": ["203.0.113.7/32"], "Protocol": "6",
            "DestinationPortRanges": [{"From": 22, "To": 22}]}  # fmt: skip
    told = changed(FOUND, ForwardPathComponents=[row(1, "igw-net", InboundHeader=sent), row(2, "eni-net-client")])
    code, found = as_json(capsys, told)
    assert code == 2
    assert found["verdicts"] == {"tabiji": "blocked", "analysis": "reachable"}
    assert found["codes"]["tabiji"] == ["SG_HAS_NO_RULES"]


# Bad input ----------------------------------------------------------------------


def test_a_question_the_file_does_not_hold(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = compare(capsys, NOT_FOUND)
    assert (code, out) == (64, "")
    assert err == "tabiji: ra.json does not say from where to where; give FROM and TO\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "ra.json"),
        ("{", "is not JSON"),
        ("[]", "is not an answer of describe-network-insights-analyses"),
        ("{}", "holds no NetworkInsightsAnalyses"),
        ('{"NetworkInsightsAnalyses": []}', "holds no analysis"),
        ('{"NetworkInsightsAnalyses": [{}, {}]}', "holds 2 analyses"),
        ('{"NetworkInsightsAnalyses": [{"NetworkPathFound": "yes"}]}',
         "ra.json:NetworkInsightsAnalyses[0].NetworkPathFound: Expected `bool"),
        ('{"NetworkPathFound": true, "Explanations": 1}', "ra.json:Explanations: Expected `array`"),
        ("[" * 100_000, "ra.json"),
        ('{"NetworkInsightsAnalyses": ' + "[" * 100_000, "ra.json"),
    ],
)  # fmt: skip
def test_bad_files_get_one_line(capsys: pytest.CaptureFixture[str], text: str, said: str) -> None:
    code, out, err = compare(capsys, text, *ASKED)
    assert (code, out) == (65, "")
    assert said in err
    assert err.count("\n") == 1
    assert len(err) < 300


def test_a_missing_file_gets_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace", "-n", "net.yaml", *ASKED, "--compare", "nowhere.json"]) == 65
    assert capsys.readouterr().err == "tabiji: nowhere.json: no such file or directory\n"


@pytest.mark.parametrize(
    "words",
    [
        ["trace", "-n", "net.yaml", "client", "--compare", "ra.json"],
        ["trace", "-n", "net.yaml", "--batch", "--compare", "ra.json"],
        ["trace", "-n", "net.yaml", *ASKED, "--compare", "ra.json", "--format", "ra-json"],
        ["dig", "-n", "net.yaml", "client", "example.com", "--format", "ra-json"],
    ],
)
def test_what_does_not_go_together(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    Path("ra.json").write_text(json.dumps(FOUND))
    assert main(words) == 64
    assert capsys.readouterr().err.count("\n") == 1
