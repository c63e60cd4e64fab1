"""Writes docs/failures.md: what tabiji says about each failure of tests/scenarios/failures, and what mends it.

Every sentence and command is what a journey over the scenario gives, so the
page cannot promise what the program does not do.  ``--check`` fails when the
file is out of date.
"""

import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from tabiji.findings.catalogue import text  # noqa: E402
from tabiji.findings.finding import BLOCKER, UNKNOWN, Finding  # noqa: E402
from tabiji.journey.engine import journey  # noqa: E402
from tabiji.journey.model import REACHABLE, Journey  # noqa: E402
from tabiji.request.parse import parse_request  # noqa: E402
from tabiji.request.vantage import find_vantage  # noqa: E402
from tabiji.sources import apply_overlay, load  # noqa: E402
from tabiji.sources.document import estate_of  # noqa: E402

FOLDER = ROOT / "tests" / "scenarios" / "failures"
OUT = ROOT / "docs" / "failures.md"
HEAD = """# Failures people meet, and what tabiji says

Each story is a test: its estate, questions and answers are in the file named
below it, and `tabiji trace -n` takes what stands under `estate:` there.
Written by `tools/failures.py`; edit the scenarios, not this page.
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(story(path) for path in sorted(FOLDER.glob("*.yaml")))


def story(path: Path) -> str:
    """One scenario: the questions that fail, or have something to tell, and why."""
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    base = load(ROOT / "examples" / told["example"]) if "example" in told else estate_of(told["estate"])
    lines = [f"\n## {told['source']}: {told['title']}\n"]
    # Several questions may look at one journey from several sides.
    asked: dict[str, list[dict[str, Any]]] = {}
    for ask in told["ask"]:
        if ask["expect"] != REACHABLE or "code" in ask:
            key = str([ask.get(k) for k in ("from", "to", "protocol", "port", "overlay")])
            asked.setdefault(key, []).append(ask)
    for ask, *others in asked.values():
        estate = apply_overlay(base, ask["overlay"]) if ask.get("overlay") else base
        request = parse_request(ask["to"], ask.get("protocol"), ask.get("port"))
        found = journey(estate, find_vantage(estate, str(ask["from"])), request)
        codes = [str(each.get("code", "")) for each in (ask, *others)]
        body = "\n".join(said(found, codes))
        lines.append(f"`{ask['from']}` → `{ask['to']}`: **{found.verdict}**\n\n{body}\n")
    facts = ", ".join(told.get("facts", [])) or "-"
    lines.append(f"Facts: {facts}. Scenario: [{path.name}](../{path.relative_to(ROOT)}).\n")
    return "\n".join(lines)


def said(found: Journey, codes: list[str]) -> list[str]:
    """What stops the request, what the scenario says must be told, and the smallest change."""
    wanted = [f for f in found.findings if f.severity in (BLOCKER, UNKNOWN)][:1]
    for code in codes:
        same = [f for f in found.findings if f.code == code]
        wanted += [f for f in same[:1] if not any(f.code == w.code for w in wanted)]
    out = [f"- {sentence(f)}" for f in wanted]
    if found.fixes:
        best = found.fixes[0]
        for step in best.steps or (best,):
            out.append(f"- Change: {text(step.code, step.params)}")
        out += ["", "  ```sh", *(f"  {line}" for line in best.cli), "  ```"]
    return out


def sentence(finding: Finding) -> str:
    """A finding in words, with its code."""
    known = {"component": finding.component, **dict(finding.params)}
    return f"{text(finding.code, known)} (`{finding.code}`)"


def main() -> int:
    """Write or check."""
    wanted = page()
    if "--check" in sys.argv:
        current = OUT.read_text(encoding="utf-8") if OUT.exists() else ""
        if current != wanted:
            print(f"{OUT.relative_to(ROOT)} is out of date; run tools/failures.py", file=sys.stderr)
            return 1
        return 0
    OUT.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
