"""Runs every scenario file of this folder (format: README.md)."""

import fnmatch
import shlex
from functools import lru_cache
from pathlib import Path

import pytest
import yaml

from tabiji.estate import Estate
from tabiji.findings.lint import lint
from tabiji.journey.command import walk_plan
from tabiji.journey.engine import journey, walk_request
from tabiji.journey.model import Journey, Vantage
from tabiji.journey.permission import ApiCall, of_planned
from tabiji.packet.address import format_address
from tabiji.request.aws import plan
from tabiji.request.parse import parse_request
from tabiji.request.vantage import find_vantage
from tabiji.sources import apply_overlay, load

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples"
FILES = sorted(HERE.glob("**/*.yaml"))
KEYS = {"title", "source", "facts", "estate", "example", "overlay", "lint", "ask"}
ASK_KEYS = {
    "from", "to", "aws", "client", "protocol", "port", "expect", "code", "component", "rule", "leg", "facts",
    "deciding", "fix", "best_fix", "not", "resolves", "through", "seen_at", "overlay", "note", "no_fix", "chain",
    "avoids", "params", "pending",
}  # fmt: skip


@lru_cache
def scenario(path: Path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def cases() -> list:
    out = []
    for path in FILES:
        for number, ask in enumerate(scenario(path)["ask"]):
            marks = [pytest.mark.xfail(reason=ask["pending"], strict=True)] if "pending" in ask else []
            out.append(pytest.param(path, ask, id=f"{path.stem}-{number + 1}", marks=marks))
    return out


@pytest.fixture(scope="module")
def estates(tmp_path_factory):
    """Estates by scenario file, each loaded once."""
    held: dict[Path, Estate] = {}
    folder = tmp_path_factory.mktemp("estates")

    def get(path: Path) -> Estate:
        if path not in held:
            told = scenario(path)
            if "example" in told:
                estate = load(EXAMPLES / told["example"])
            else:
                file = folder / f"{path.stem}.yaml"
                file.write_text(yaml.safe_dump(told["estate"], allow_unicode=True, sort_keys=False), encoding="utf-8")
                estate = load(file)
            if told.get("overlay"):
                estate = apply_overlay(estate, told["overlay"])
            held[path] = estate
        return held[path]

    return get


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_scenario_is_well_formed(path):
    told = scenario(path)
    assert set(told) <= KEYS, f"unknown keys {set(told) - KEYS}"
    assert told.get("title")
    assert ("estate" in told) != ("example" in told)
    assert told["ask"]
    for ask in told["ask"]:
        assert set(ask) <= ASK_KEYS, f"unknown keys {set(ask) - ASK_KEYS}"
        assert ask["expect"] in ("reachable", "blocked", "undetermined")
        assert ("to" in ask) != ("aws" in ask)


def test_the_page_of_failures_tells_every_story():
    """docs/failures.md is written by tools/failures.py; a new scenario needs it run again."""
    page = (HERE.parents[1] / "docs" / "failures.md").read_text(encoding="utf-8")
    told = [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")]
    stories = [scenario(p) for p in FILES if p.parent.name == "failures"]
    assert told == [f"{story['source']}: {story['title']}" for story in stories], "run tools/failures.py"


@pytest.mark.parametrize("path", [p for p in FILES if "lint" in scenario(p)], ids=lambda p: p.stem)
def test_lint(path, estates):
    """What is wrong with the estate itself, whatever is asked: all of it, and nothing else."""
    found = lint(estates(path))
    wanted = scenario(path)["lint"]
    assert len(found) == len(wanted), found
    for want in wanted:
        assert any(f.code == want["code"] and fits(f, want) for f in found), found


@pytest.mark.parametrize(("path", "ask"), cases())
def test_scenario(path, ask, estates):
    estate = estates(path)
    if ask.get("overlay"):
        estate = apply_overlay(estate, ask["overlay"])
    vantage = find_vantage(estate, str(ask["from"]))
    call = None
    if "aws" in ask:
        told, call = command(estate, vantage, ask)
    else:
        told = journey(estate, vantage, parse_request(ask["to"], ask.get("protocol"), ask.get("port")))
    request = told.request
    story = describe(told)
    assert told.verdict == ask["expect"], story
    if "code" in ask:
        matching = [f for f in told.findings if f.code == ask["code"]]
        assert matching, f"no finding {ask['code']}\n{story}"
        if ask.get("deciding"):
            decisive = next(f for f in told.findings if f.severity in ("blocker", "unknown"))
            assert decisive.code == ask["code"], story
        assert any(fits(f, ask) for f in matching), f"no {ask['code']} fits {ask}\n{story}"
    for code in ask.get("not", []):
        assert code not in [f.code for f in told.findings], story
    offered = [part.code for fix in told.fixes for part in (fix, *fix.steps)]
    if "fix" in ask:
        assert ask["fix"] in offered, f"offered {offered}\n{story}"
    if "best_fix" in ask:
        first = told.fixes[0] if told.fixes else None
        assert first is not None, story
        assert ask["best_fix"] in (first.code, *(s.code for s in first.steps)), f"first is {first.cli}\n{story}"
    assert all(fix.verified for fix in told.fixes)
    assert not set(ask.get("no_fix", [])) & set(offered), story
    for fix in told.fixes:  # what is told to the reader as an overlay does what was verified as records
        mended = walk_request(apply_overlay(estate, fix.overlay), vantage, request, call=call)
        assert mended.verdict == "reachable", f"overlay {fix.overlay}\n{describe(mended)}"
    if "resolves" in ask:
        assert told.resolution is not None
        assert sorted(told.resolution.addresses()) == sorted(ask["resolves"]), story
    steps = [step.code for answer in told.resolutions for step in answer.chain]
    for code in ask.get("chain", []):
        assert code in steps, story
    if "through" in ask:
        assert in_order([str(p) for p in ask["through"]], told), story
    passed = {hop.place.id for path in told.paths for hop in path.hops}
    assert not passed & {str(p) for p in ask.get("avoids", [])}, story
    for place, pattern in ask.get("seen_at", {}).items():
        seen = [str(hop.packet) for p in told.paths for hop in p.hops if hop.place.id == place]
        assert any(fnmatch.fnmatch(packet, pattern.replace("[", "[[]")) for packet in seen), f"{place}: {seen}"


def command(estate: Estate, vantage: Vantage, ask: dict) -> tuple[Journey, ApiCall | None]:
    """The call of an aws command that decides."""
    planned = plan(
        ["aws", *shlex.split(ask["aws"])],
        estate.hosts.get(vantage.host),
        estate,
        profile=ask.get("client", "cli-v2"),
        eni=vantage.eni,
    )
    told = walk_plan(estate, vantage, planned)
    decides = told.decisive or told.calls[-1]
    assert decides.journey is not None, ask
    assert told.verdict == decides.verdict, ask
    return decides.journey, of_planned(decides.call) if decides.call.service else None


def fits(finding, ask) -> bool:
    wanted_facts = set(ask.get("facts", []))
    return (
        ("component" not in ask or ask["component"] in finding.component.split(","))
        and ("rule" not in ask or finding.rule == str(ask["rule"]))
        and ("leg" not in ask or finding.leg == ask["leg"])
        and wanted_facts <= set(finding.facts)
        and {k: str(v) for k, v in ask.get("params", {}).items()}.items() <= dict(finding.params).items()
    )


def in_order(wanted: list[str], told: Journey) -> bool:
    """Do the wanted places occur in this order on some path?"""
    for path in told.paths:
        places = iter([hop.place.id for hop in path.hops])
        if all(any(place == want for place in places) for want in wanted):
            return True
    return False


def describe(told: Journey) -> str:
    lines = [f"verdict {told.verdict}"]
    if told.resolution is not None:
        lines.append(
            f"name {told.resolution.rcode} {told.resolution.addresses()} {[s.code for s in told.resolution.chain]}"
        )
    for path in told.paths:
        lines.append(f"path to {format_address(path.destination)}: {path.verdict} {path.branches}")
        lines += [f"  {h.leg:7} {h.place.kind} {h.place.id} | {h.packet}" for h in path.hops]
    lines += [f"  {f.severity} {f.code} {f.component} rule={f.rule} {f.leg} {f.facts}" for f in told.findings]
    lines += [f"  fix {fix.code} {fix.cli}" for fix in told.fixes]
    return "\n".join(lines)
