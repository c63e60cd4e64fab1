"""The text report: its exact look, its width, its colours."""

from __future__ import annotations

import os
import re
from pathlib import Path as File

import msgspec
import pytest

from report.journeys import blocked, reachable
from tabiji.estate import Estate
from tabiji.estate.network_interface import NetworkInterface
from tabiji.estate.record import Tag
from tabiji.estate.security_group import SecurityGroup
from tabiji.findings.finding import Finding
from tabiji.journey.model import REACHABLE, Check, Journey, Path
from tabiji.packet.address import parse_address
from tabiji.report.terminal import Style, cells
from tabiji.report.text import five_tuple, render_text

GOLDEN = File(__file__).parent / "golden"
ESTATE = Estate.of(
    network_interfaces=[NetworkInterface(network_interface_id="eni-0aaa", vpc_id="vpc-0a", description="web")],
    security_groups=[SecurityGroup(group_id="sg-0aaa", group_name="app", tags=(Tag(key="Name", value="app-tier"),))],
)
CASES = {
    "reachable-en": (reachable, {}),
    "blocked-en": (blocked, {}),
    "blocked-ja": (blocked, {"lang": "ja"}),
    "blocked-explain-en": (blocked, {"explain": True}),
    "blocked-narrow-ja": (blocked, {"lang": "ja", "style": Style(False, 50)}),
}


@pytest.mark.parametrize("name", CASES)
def test_looks_as_agreed(name: str) -> None:
    """Set TABIJI_GOLDEN=write to accept a new look, then read the diff."""
    make, how = CASES[name]
    shown = render_text(make(), estate=ESTATE, **{"style": Style(False, 100), **how})
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("TABIJI_GOLDEN") == "write":
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("width", [50, 72, 100, 120])
@pytest.mark.parametrize("explain", [False, True])
def test_stays_within_the_width(lang: str, width: int, explain: bool) -> None:
    for make in (reachable, blocked):
        for line in render_text(make(), lang=lang, explain=explain, style=Style(False, width)).splitlines():
            copied = line.lstrip().startswith(("$ ", "- ", "sg-", "resource", "security_groups"))
            assert copied or cells(line) <= width, line


def test_every_blocker_is_told_with_ids_rule_and_facts() -> None:
    shown = render_text(blocked(), estate=ESTATE)
    told = shown[shown.index("What stops it") :]
    assert "No egress rule of sg-0aaa (app-tier) on eni-0aaa (web)" in told
    assert "sg-0aaa · sg.egress.no_rule · SG1 · AWS ENI_SG_RULES_MISMATCH" in told
    assert "acl-0aaa · rule 90 · nacl.ingress.deny · NA2 NA3 · AWS SUBNET_ACL_RESTRICTION" in told
    assert "on the way there / on the way back" in " ".join(shown.split())


def test_steps_show_the_packet_as_it_is_there() -> None:
    lines = render_text(reachable()).splitlines()
    step = {line.split()[0]: line for line in lines if line.startswith(" ") and line.strip()[0] in "①②③④⑤⑥⑦⑧"}
    assert step["①"].endswith("10.1.1.10:40000 → 198.51.100.80:443")
    assert step["③"].endswith("10.2.0.5:33000 → 198.51.100.80:443")
    assert step["④"].endswith("203.0.113.10:33000 → 198.51.100.80:443")
    assert step["⑥"].endswith("198.51.100.80:443 → 203.0.113.10:33000")
    assert step["⑧"].endswith("198.51.100.80:443 → 10.1.1.10:40000")


def test_what_lies_behind_a_refusal_is_marked_as_supposed() -> None:
    shown = render_text(blocked())
    assert shown.index("✗ SG") < shown.index("as if it had been let through") < shown.index(" ②")


def test_steps_after_the_last_refusal_are_left_out_unless_explained() -> None:
    told = blocked()
    path = msgspec.structs.replace(told.paths[0], findings=told.paths[0].findings[:1])
    told = msgspec.structs.replace(told, paths=(path,), findings=path.findings)
    assert "remaining 7 steps" in render_text(told)
    assert "⑤" not in render_text(told)
    assert "⑧" in render_text(told, explain=True)


def test_colour_adds_nothing_but_escape_codes() -> None:
    for make in (reachable, blocked):
        coloured = render_text(make(), style=Style(True, 100))
        assert "\x1b[" in coloured
        assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render_text(make(), style=Style(False, 100))


def test_other_paths_get_a_line_each_and_all_of_it_when_explained() -> None:
    told = blocked()
    address = parse_address("198.51.100.81")
    other = Path(destination=address, packet=told.paths[0].packet, verdict=REACHABLE, branches=("tgw-1: az c",))
    told = msgspec.structs.replace(told, paths=(told.paths[0], other))
    assert "✓ 198.51.100.81  reachable  tgw-1: az c" in render_text(told)
    assert "Way 2 of 2: 198.51.100.81  tgw-1: az c" in render_text(told, explain=True)


def test_forward_only_does_not_claim_the_way_back() -> None:
    assert "and back" in render_text(reachable())
    assert "and back" not in render_text(reachable(), forward_only=True)


def test_a_journey_without_paths_has_a_verdict() -> None:
    told = reachable()
    bare = Journey(vantage=told.vantage, request=told.request, verdict="undetermined")
    assert render_text(bare).splitlines()[-1].startswith("? Undetermined")


def test_ipv6_ends_are_bracketed() -> None:
    packet = reachable().paths[0].packet._replace(src=parse_address("2001:db8::1"), dst=parse_address("2001:db8::2"))
    assert five_tuple(packet) == "[2001:db8::1]:40000 → [2001:db8::2]:443"


def _one_hop(*checks: Check, verdict: str = "undetermined") -> Journey:
    told = reachable()
    hop = msgspec.structs.replace(told.paths[0].hops[0], checks=checks)
    path = msgspec.structs.replace(told.paths[0], hops=(hop,), findings=(), verdict=verdict)
    return msgspec.structs.replace(told, paths=(path,), findings=(), verdict=verdict)


def test_choices_unknowns_and_missing_routes_are_marked() -> None:
    told = _one_hop(
        Check(kind="choice", component="tgw-1", code="choice.tgw_az", detail="az c",
              params=(("branches", "az a, az c"), ("taken", "az c"))),
        Check(kind="route_table", component="rtb-1", ok=False),
        Check(kind="drop", component="rtb-1", code="route.none", ok=False, params=(("table", "rtb-1"),)),
        Check(kind="unknown", component="rtb-1", code="unknown.vpc", params=(("vpc", "vpc-9"),)),
    )  # fmt: skip
    shown = render_text(told)
    assert "? choice az c" in shown
    assert "✗ route rtb-1: no route" in shown
    assert "✗ route.none" not in shown  # the table has said so
    assert "? unknown.vpc" in shown
    explained = " ".join(render_text(told, explain=True).split())
    assert "AWS may take any of az a, az c. Here: az c." in explained
    assert "✗ dropped: rtb-1 has no route for 198.51.100.80." in explained
    assert "vpc-9 is not part of the estate." in explained


def test_a_table_that_only_steers_refuses_nothing() -> None:
    told = _one_hop(
        Check(kind="appliance_mode", component="tgw-attach-1", ok=False),
        Check(kind="route_table", component="rtb-1", ok=True, detail="0.0.0.0/0", target="nat-1", rule="static"),
    )
    assert "✗" not in render_text(told).split("?")[0]
    assert "· appliance mode: tgw-attach-1" in render_text(told, explain=True)


def test_many_paths_are_counted_not_listed() -> None:
    told = blocked()
    others = tuple(
        Path(destination=told.paths[0].destination + i, packet=told.paths[0].packet, verdict=REACHABLE)
        for i in range(1, 13)
    )
    shown = render_text(msgspec.structs.replace(told, paths=(told.paths[0], *others)))
    assert shown.count("reachable") == 8
    assert "+4 more with --explain" in shown


def test_warnings_come_before_notes() -> None:
    told = reachable()
    warning = Finding(code="note.mtu_vpn", severity="warning", params=(("mtu", "1400"),), component="vpn-1")
    routine = Finding(code="note.mtu", severity="note", params=(("mtu", "1500"),), component="igw-1", facts=("IG9",))
    told = msgspec.structs.replace(told, findings=(*told.findings, warning, routine))
    shown = render_text(told)
    assert shown.index("Watch out") < shown.index("Notes") < shown.index("✓ Reachable")
    assert "1500 bytes" not in shown
    assert "igw-1 · note.mtu · IG9" in render_text(told, explain=True)
