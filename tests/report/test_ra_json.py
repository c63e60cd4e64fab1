"""``--format ra-json``: the shape of DescribeNetworkInsightsAnalyses (ECO8), held to botocore's model of EC2."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import tabiji
from tabiji.estate import Estate
from tabiji.findings.aws_codes import AWS_CODES, analyser_code
from tabiji.findings.finding import BLOCKER, Finding
from tabiji.packet.address import parse_address
from tabiji.packet.header import TCP, FiveTuple
from tabiji.report.json import encode
from tabiji.report.ra_json import ra_document
from tabiji.report.ra_parts import Parts, header
from tabiji.sources import apply_overlay

SCENARIOS = Path(__file__).parents[1] / "scenarios"
EXAMPLES = Path(__file__).parents[2] / "examples"
TYPES = {"string": str, "integer": int, "boolean": bool, "timestamp": str}
TWO_SUBNETS = """
vpcs:
  net:
    cidr: 10.0.0.0/16
    account: "111122223333"
    igw: true
    subnets:
      a: {cidr: 10.0.1.0/24, az: a, routes: {0.0.0.0/0: igw}}
      b: {cidr: 10.0.2.0/24, az: b, nacl: guard}
    security_groups:
      web: {in: [], out: ["tcp 443 to 10.0.0.0/8", "tcp 5432 to 10.0.2.0/24"]}
      db: {in: ["tcp 5432 from sg:web"], out: []}
    network_acls:
      guard: {in: ["100 allow tcp 5000-6000 from 10.0.0.0/16"], out: ["90 allow tcp 1024-65535 to 10.0.0.0/16"]}
    instances:
      client: {subnet: a, ip: 10.0.1.10, sg: web, public: 203.0.113.7}
      server: {subnet: b, ip: 10.0.2.20, sg: db}
"""


@lru_cache
def model() -> Any:
    session = pytest.importorskip("botocore.session").get_session()
    return session.get_service_model("ec2").operation_model("DescribeNetworkInsightsAnalyses").output_shape


def misfits(value: Any, shape: Any, where: str = "$") -> list[str]:
    """Members the model does not have, and values of another type than it says."""
    if shape.type_name == "structure":
        if not isinstance(value, dict):
            return [f"{where}: not a structure"]
        out = [f"{where}.{name}: unknown member" for name in value if name not in shape.members]
        for name, member in shape.members.items():
            if name in value:
                out += misfits(value[name], member, f"{where}.{name}")
        return out
    if shape.type_name == "list":
        if not isinstance(value, list):
            return [f"{where}: not a list"]
        return [bad for i, item in enumerate(value) for bad in misfits(item, shape.member, f"{where}[{i}]")]
    kind = TYPES[shape.type_name]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        return [f"{where}: {value!r} is no {shape.type_name}"]
    allowed = getattr(shape, "enum", None)
    return [f"{where}: {value!r} is none of {allowed}"] if allowed and value not in allowed else []


def estate_of(path: Path, folder: Path) -> Estate:
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    if "example" in told:
        estate = tabiji.load(EXAMPLES / told["example"])
    else:
        file = folder / path.name
        file.write_text(yaml.safe_dump(told["estate"], allow_unicode=True, sort_keys=False), encoding="utf-8")
        estate = tabiji.load(file)
    return apply_overlay(estate, told["overlay"]) if told.get("overlay") else estate


def analysis(estate: Estate, source: str, to: str, **options: Any) -> dict[str, Any]:
    told = tabiji.trace(estate, source, to, fixes=False, **options)
    document = ra_document(told, estate=estate, forward_only=options.get("forward_only", False))
    (one,) = document["NetworkInsightsAnalyses"]
    return one


@pytest.fixture
def estate(tmp_path: Path) -> Estate:
    (tmp_path / "net.yaml").write_text(TWO_SUBNETS)
    return tabiji.load(tmp_path / "net.yaml")


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["Component"]["Id"] for row in rows]


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("**/*.yaml")), ids=lambda p: p.stem)
def test_every_scenario_has_the_shape_of_the_model(path: Path, tmp_path: Path) -> None:
    estate = estate_of(path, tmp_path)
    for ask in yaml.safe_load(path.read_text(encoding="utf-8"))["ask"]:
        if "to" not in ask:  # a command is no single path
            continue
        at = apply_overlay(estate, ask["overlay"]) if ask.get("overlay") else estate
        told = tabiji.trace(
            at, str(ask["from"]), ask["to"], protocol=ask.get("protocol"), port=ask.get("port"), fixes=False
        )
        document = ra_document(told, estate=at)
        assert not misfits(document, model())
        assert encode(document) == encode(ra_document(told, estate=at))
        (one,) = document["NetworkInsightsAnalyses"]
        assert one.get("NetworkPathFound") == {"reachable": True, "blocked": False}.get(told.verdict)
        assert (one["Status"] == "succeeded") == (told.verdict != "undetermined")
        assert bool(one["Explanations"]) == (told.verdict != "reachable")
        for leg in ("ForwardPathComponents", "ReturnPathComponents"):
            rows = one.get(leg, [])
            assert [row["SequenceNumber"] for row in rows] == list(range(1, len(rows) + 1))
            assert not rows or "OutboundHeader" in rows[0]
        if told.verdict == "reachable" and one.get("ForwardPathComponents"):
            assert "InboundHeader" in one["ForwardPathComponents"][-1]


def test_the_check_of_the_shape_can_fail() -> None:
    bad = {"NetworkInsightsAnalyses": [{"NetworkPathFound": "yes", "Verdict": 1, "Explanations": {}}]}
    assert len(misfits(bad, model())) == 3
    assert misfits({"NetworkInsightsAnalyses": [{"Status": "odd"}]}, model())


def test_a_path_that_works_goes_as_the_analyser_prints_it(estate: Estate) -> None:
    told = analysis(estate, "client", "10.0.2.20:5432")
    assert told["NetworkPathFound"] is True
    assert told["Explanations"] == []
    there = told["ForwardPathComponents"]
    assert ids(there) == [
        "i-net-client", "eni-net-client", "sg-net-web", "acl-net-default", "rtb-net-a", "acl-net-guard", "sg-net-db",
        "eni-net-server", "i-net-server",
    ]  # fmt: skip
    rows = {row["Component"]["Id"]: row for row in there}
    assert rows["sg-net-web"]["SecurityGroupRule"] == {
        "Direction": "egress", "Protocol": "tcp", "PortRange": {"From": 5432, "To": 5432}, "Cidr": "10.0.2.0/24",
    }  # fmt: skip
    assert rows["sg-net-db"]["SecurityGroupRule"]["SecurityGroupId"] == "sg-net-web"
    assert rows["acl-net-guard"]["AclRule"] == {
        "Egress": False, "Protocol": "tcp", "RuleAction": "allow", "RuleNumber": 100, "Cidr": "10.0.0.0/16",
        "PortRange": {"From": 5000, "To": 6000},
    }  # fmt: skip
    route = rows["rtb-net-a"]["RouteTableRoute"]
    assert (route["DestinationCidr"], route["GatewayId"], route["State"]) == ("10.0.0.0/16", "local", "active")
    assert rows["eni-net-server"]["AttachedTo"]["Id"] == "i-net-server"
    assert rows["eni-net-server"]["Subnet"]["Id"] == "subnet-net-b"
    assert there[0]["OutboundHeader"]["DestinationAddresses"] == ["10.0.2.20/32"]
    assert there[0]["OutboundHeader"]["DestinationPortRanges"] == [{"From": 5432, "To": 5432}]
    assert there[0]["OutboundHeader"]["Protocol"] == "6"
    back = told["ReturnPathComponents"]
    assert ids(back)[:4] == ["i-net-server", "eni-net-server", "sg-net-db", "acl-net-guard"]
    assert "SecurityGroupRule" not in back[2]
    assert back[3]["AclRule"]["RuleNumber"] == 90


def test_gateways_show_the_packet_before_and_after_translation(estate: Estate) -> None:
    """IG1: the internet gateway puts the public address in; the path ends there."""
    told = analysis(estate, "client", "10.0.2.20:5432")
    assert told["NetworkPathFound"]
    overlay = {"security_groups": {"web": {"add_out": ["tcp 443 to 0.0.0.0/0"]}}}
    told = analysis(apply_overlay(estate, overlay), "client", "198.51.100.9:443")
    last = told["ForwardPathComponents"][-1]
    assert last["Component"]["Id"].startswith("igw-")
    assert last["InboundHeader"]["SourceAddresses"] == ["10.0.1.10/32"]
    assert last["OutboundHeader"]["SourceAddresses"] == ["203.0.113.7/32"]
    assert ids(told["ReturnPathComponents"])[0] == last["Component"]["Id"]


def test_a_refusal_names_what_refuses_and_the_path_ends_before_it(estate: Estate) -> None:
    told = analysis(estate, "client", "10.0.2.20:443")
    assert told["NetworkPathFound"] is False
    codes = [row["ExplanationCode"] for row in told["Explanations"]]
    assert codes == ["SUBNET_ACL_RESTRICTION", "ENI_SG_RULES_MISMATCH"]
    acl, group = told["Explanations"]
    assert (acl["Direction"], acl["Acl"]["Id"], acl["Subnet"]["Id"]) == ("ingress", "acl-net-guard", "subnet-net-b")
    assert [g["Id"] for g in group["SecurityGroups"]] == ["sg-net-db"]
    assert group["NetworkInterface"]["Id"] == "eni-net-server"
    assert ids(told["ForwardPathComponents"])[-1] == "rtb-net-a"
    assert "ReturnPathComponents" not in told


def test_a_refused_answer_shows_the_way_there_and_a_part_of_the_way_back(estate: Estate) -> None:
    """W11: the analyser, too, shows both ways."""
    overlay = {"network_acls": {"guard": {"out": ["90 deny all to 0.0.0.0/0"]}}}
    told = analysis(apply_overlay(estate, overlay), "client", "10.0.2.20:5432")
    assert told["NetworkPathFound"] is False
    assert ids(told["ForwardPathComponents"])[-1] == "i-net-server"
    assert ids(told["ReturnPathComponents"]) == ["i-net-server", "eni-net-server", "sg-net-db"]
    (why,) = told["Explanations"]
    assert why["AclRule"]["RuleNumber"] == 90
    assert why["AclRule"]["RuleAction"] == "deny"
    assert why["Direction"] == "egress"


def test_one_direction_says_so(estate: Estate) -> None:
    told = analysis(estate, "client", "10.0.2.20:5432", forward_only=True)
    assert "ReturnPathComponents" not in told
    details = told["ForwardPathComponents"][-1]["AdditionalDetails"]
    assert {"AdditionalDetailType": "UNIDIRECTIONAL_PATH_ANALYSIS_ONLY"} in details


def test_what_cannot_be_told_is_no_false_answer(estate: Estate) -> None:
    told = analysis(estate, "client", "169.254.168.7:80")
    assert told["Status"] == "failed"
    assert "NetworkPathFound" not in told
    assert "169.254.168.7" in told["StatusMessage"]
    assert told["Explanations"][0]["ExplanationCode"] == "TABIJI_UNKNOWN_LINK_LOCAL"


def test_arns_need_account_and_region(estate: Estate, tmp_path: Path) -> None:
    parts = Parts(estate)
    assert re.fullmatch(
        r"arn:aws:ec2:[a-z0-9-]+:111122223333:network-interface/eni-net-client",
        parts.component("eni-net-client")["Arn"],
    )
    assert parts.component("i-net-client", "vpc-net")["Arn"].endswith(":instance/i-net-client")
    assert "Arn" not in parts.component("eni-of-nobody")
    assert parts.arn_of("vpc", "vpc-1", "111122223333", "cn-north-1").startswith("arn:aws-cn:ec2:cn-north-1:")
    assert parts.arn_of("vpc", "vpc-1", "", "us-east-1") == ""


def test_the_question_is_told_in_tags(estate: Estate) -> None:
    tags = {row["Key"]: row["Value"] for row in analysis(estate, "client", "10.0.2.20:5432")["Tags"]}
    assert tags == {
        "tabiji:from": "client", "tabiji:to": "10.0.2.20:5432", "tabiji:protocol": "tcp", "tabiji:port": "5432",
        "tabiji:verdict": "reachable",
    }  # fmt: skip


def test_ids_depend_on_question_and_answer_only(estate: Estate) -> None:
    one, again = (analysis(estate, "client", "10.0.2.20:5432") for _ in range(2))
    other = analysis(estate, "client", "10.0.2.20:5433")
    assert one == again
    assert re.fullmatch(r"nia-[0-9a-f]{17}", one["NetworkInsightsAnalysisId"])
    assert re.fullmatch(r"nip-[0-9a-f]{17}", one["NetworkInsightsPathId"])
    assert one["NetworkInsightsPathId"] != other["NetworkInsightsPathId"]


def test_codes_the_analyser_lacks_are_ours_in_its_spelling() -> None:
    assert analyser_code(Finding(code="name.nxdomain", severity=BLOCKER)) == "TABIJI_NAME_NXDOMAIN"
    assert analyser_code(Finding(code="route.none", severity=BLOCKER)) == "NO_ROUTE_TO_DESTINATION"


@pytest.mark.parametrize(
    ("code", "src", "dst", "expected"),
    [
        ("igw.private_destination", "10.0.0.1", "100.64.1.1", "IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS"),
        ("igw.private_destination", "100.64.1.1", "10.0.0.1", "IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS"),
        ("igw.private_source", "100.127.255.255", "10.0.0.1", "IGW_SOURCE_ADDRESS_NOT_IN_RFC6598_INGRESS"),
        ("igw.private_source", "192.168.0.1", "100.64.0.1", "IGW_SOURCE_ADDRESS_NOT_IN_RFC1918_INGRESS"),
    ],
)
def test_shared_address_space_has_a_code_of_its_own(code: str, src: str, dst: str, expected: str) -> None:
    """IG4."""
    packet = FiveTuple(parse_address(src), parse_address(dst), TCP, 1, 2)
    assert analyser_code(Finding(code=code, severity=BLOCKER, packet=packet)) == expected


def test_aliases_are_spelled_as_the_analyser_spells_codes() -> None:
    assert all(re.fullmatch(r"[A-Z][A-Z0-9_]+", name) for name in AWS_CODES.values())


def test_pings_have_no_ports_and_ipv6_is_written_as_a_prefix() -> None:
    six = header(FiveTuple(parse_address("2001:db8::1"), parse_address("2001:db8::2"), 58, 0, 128 << 8))
    assert six == {
        "SourceAddresses": ["2001:db8::1/128"],
        "DestinationAddresses": ["2001:db8::2/128"],
        "Protocol": "58",
    }
