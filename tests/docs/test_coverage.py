"""The coverage page is what the code and the tests say, and says it honestly."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "coverage.py"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("coverage_page", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_up_to_date() -> None:
    done = subprocess.run([sys.executable, str(TOOL), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_data_plane_is_covered(tool: ModuleType) -> None:
    """Every fact of sections 1 to 13 is modelled or says why not, and what is modelled is tested."""
    known = {f"{prefix}{n}" for _, prefix, last in tool.GROUPS for n in range(1, last + 1)}
    code, tested = tool.Code(known), tool.tests(known)
    for fact in known:
        kind, why = tool.state(fact, code)
        if kind == "not modelled" and fact[:2] not in ("IA", "ER", "CL", "FL"):
            assert why, f"{fact} is neither modelled nor is it said why"
        if kind in ("modelled", "switch", "undetermined") and fact[:2] not in ("IA", "ER", "CL", "FL"):
            assert tested.get(fact), f"{fact} is {kind} and no test cites it"


def test_citations_are_exact(tool: ModuleType) -> None:
    known = {"W1", "NG1", "NG10", "NG11", "BP1", "BP2", "BP3", "N2.1", "N2.1a", "RT4"}
    cited = tool.facts_in
    assert cited("a host called w1, WW1 and W1x", known) == set()
    assert cited("# NG10 and (W1)", known) == {"NG10", "W1"}
    assert cited("BP1-BP3", known) == {"BP1", "BP2", "BP3"}
    assert cited("N2.1a but not N2.1.3", known) == {"N2.1a"}
    assert cited("def test_ng1_and_rt4_hold", known) == {"NG1", "RT4"}
    assert cited("def test_ng10", known) == {"NG10"}


def test_switches_are_calls_not_words(tool: ModuleType) -> None:
    source = '''
def f(estate, who):
    """RT2: a docstring is no switch, nor is "RT3:x"."""
    estate.switch("LB6.initial", "use")
    estate.switch(f"CV1:{who}", "unknown")
'''
    assert list(tool.switches_in(ast.parse(source))) == ["LB6.initial", "CV1:{who}"]
    assert tool.fact_of("LB6.initial", {"LB6"}) == "LB6"
    assert tool.fact_of("CV1:{who}", {"CV1"}) == "CV1"
    assert tool.fact_of("RQ46", {"CV1"}) == ""


def test_undetermined_is_what_only_an_unknown_cites(tool: ModuleType, tmp_path: Path) -> None:
    lines = tool.unknown_lines(
        ast.parse('x = Unknown(\n    "unknown.vpc",\n    ("IE5",),\n)\ny = Drop("route.none")\n')
    )
    assert lines == {1, 2, 3, 4}
