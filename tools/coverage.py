"""Writes docs/coverage.md: the state of every fact of the reference, read off the code and the tests.

- A *switch* is a call ``estate.switch("<fact>", ...)`` in the code; the page names it.
- A fact is *modelled* when a file that decides something (not the command
  line or the readers of evidence) cites it in a comment, a
  docstring or a tuple of facts; the page names the files.
- It is *undetermined* when the only code that cites it says so: an ``unknown.*`` finding.
- It is *outside* when ``OUTSIDE`` says that it decides nothing about a packet or a name.
- Anything else is *not modelled*, with the reason if ``MISSING`` gives one.
- *Tested* names the test files and scenarios that cite it; helpers and data do not count.

Citations are exact and case-sensitive: a host called ``w1`` is none.
``--check`` fails when the page is out of date.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "docs" / "coverage.md"
GROUPS = [
    ("The walk", "W", 13), ("VPC routing", "RT", 24), ("Internet gateway", "IG", 9), ("Egress-only gateway", "EG", 1),
    ("Block Public Access", "BP", 5), ("NAT gateway", "NG", 15), ("NAT instance", "NI", 1), ("VPC peering", "PC", 8),
    ("Transit gateway", "TG", 19), ("Cloud WAN", "CW", 4), ("Virtual private gateway, VPN", "VG", 5),
    ("Direct Connect", "DX", 5), ("Client VPN", "CV", 3), ("Security groups", "SG", 16), ("Network ACLs", "NA", 12),
    ("Interface endpoints", "IE", 13), ("Gateway endpoints", "GE", 9), ("Endpoint services", "ES", 8),
    ("Gateway Load Balancer", "GL", 3), ("VPC Lattice", "LA", 2), ("Network Firewall", "NF", 11),
    ("DNS Firewall", "DF", 2), ("Load balancing", "LB", 10), ("Policies", "IA", 8), ("Errors", "ER", 3),
    ("CloudTrail", "CL", 2), ("Flow logs", "FL", 7),
]  # fmt: skip
NAMES_TEXT = """
N1.1 N1.2 N1.3 N1.4 N1.5 N1.6 N1.7 N1.8 N1.9 N1.10 N1.11 N1.12 N2.1a N2.1b N2.1c N2.2a N2.2b N2.2c N2.2d N2.2e N2.2f
N2.3a N2.3b N2.4a N2.4b N2.4c N2.4d N2.4e N2.5a N2.5b N2.5c N2.5d N2.5e N2.6a N2.6b N2.6c N2.6d N2.6e N2.6f N2.6g
N2.7a N2.7b N2.7c N2.7d N2.7e N2.7f N2.7g N2.7h N2.8a N2.8b N2.9a N2.9b N2.9c N2.9d N2.9e N2.9f N2.10a N2.10b N2.10c
N2.11 N3.1a N3.1b N3.2a N3.2b N3.3 N3.4 N3.5a N3.5b N3.6a N3.6b N3.7 N4.1 N4.2a N4.2b N4.3 N4.4a N4.4b N4.5 N4.6 N4.7
N4.8 N4.9a N4.9b N4.10a N4.10b N4.11a N4.11b N4.11c N4.12 N4.13 N4.14a N4.14b N4.15 N4.16 N4.17 N4.18 N5.1 N5.2 N5.3
N5.4 N5.5 N6.A N6.B N6.C N6.D N6.E N6.F N6.G N7.2a N7.2b N7.2c N7.2d N7.2e N7.2f N7.2g N7.2h N7.2i N7.2j N7.2k N7.2l
N7.3 N7.4 N7.5
"""
NAMES = NAMES_TEXT.split()
OUTSIDE = {
    "RT20": "reserved addresses: the loader hands them out to nobody",
    "RT23": "a limit on what can be created; a snapshot cannot break it",
    "PC4": "a limit on what can be created; a snapshot cannot break it",
    "NG12": "cost and resilience, not reachability",
    "BP5": "a flow log field",
    "SG10": "how long a flow is remembered",
    "SG11": "how long a flow is remembered",
    "SG12": "how long a flow is remembered",
    "SG13": "what happens to flows already open",
    "GE6": "what the service sees in its condition keys: permissions",
    "GE7": "policy grammar: permissions",
    "IE7": "policy: permissions",
    "NG7": "a limit on simultaneous flows",
    "N2.3a": "a rate; a single request does not meet it",
    "N2.3b": "a rate; a single request does not meet it",
}


DECIDING = (
    "packet",
    "estate",
    "sources",
    "fabric",
    "names",
    "access",
    "walk",
    "space",
    "request",
    "journey",
    "findings",
)
"""Packages in which something is decided (reports: what dig and others print), in the order the page names files."""
TELLING = ("report/compare.py", "report/ra_json.py")
"""Files that name facts of what another tool does."""
SHOWN = 2
"""Files named for a fact."""
MISSING = {
    "RT24": "which sources a gateway takes for forged is not stated; the interface's own check (W3) is modelled",
    "SG15": "EC2 Instance Connect Endpoints are not part of an estate",
    "GE8": "what a gateway endpoint does without the DNS attributes is not stated; resolution by them is (N2.2)",
    "NF9": "what the firewall does to traffic it does not support is not stated",
}
"""Why a fact is not modelled."""

Cites = dict[str, list[str]]


def facts_in(text: str, known: set[str]) -> set[str]:
    """Facts a text cites; ranges such as ``BP1-BP3`` cite everything between."""
    found = set(re.findall(r"(?<![\w.])(?:[A-Z]{2}\d+[a-z]?|W\d+|N\d+\.(?:\d+[a-z]?|[A-Z]))(?![\w]|\.\d)", text))
    for stem, low, high in re.findall(r"\b([A-Z]{2})(\d+)-(?:[A-Z]{2})?(\d+)\b", text):
        if int(low) < int(high) < int(low) + 20:
            found |= {f"{stem}{n}" for n in range(int(low), int(high) + 1)}
    for name in re.findall(r"def test_(\w+)", text):
        found |= {fact for fact in known if re.search(rf"(?<![a-z0-9]){spelled(fact)}(?![a-z0-9])", name)}
    return found & known


def spelled(fact: str) -> str:
    """A fact in the name of a test."""
    return re.escape(fact.lower().replace(".", "_"))


def switches_in(tree: ast.AST) -> Iterator[str]:
    """Names of the switches a file reads; a part that varies is shown in braces."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "switch"):
            continue
        name = node.args[0] if node.args else None
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            yield name.value
        elif isinstance(name, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else f"{{{ast.unparse(part.value)}}}"
                for part in name.values
                if isinstance(part, (ast.Constant, ast.FormattedValue))
            )


def fact_of(switch: str, known: set[str]) -> str:
    """The fact a switch is about: ``LB6.initial`` and ``CV1:{who}`` are about LB6 and CV1."""
    return next((head for head in (switch, re.split(r"[.:]", switch)[0]) if head in known), "")


def unknown_lines(tree: ast.AST) -> set[int]:
    """Lines of calls that make an ``unknown.*`` finding."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            values = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "code")]
            if any(isinstance(v, ast.Constant) and str(v.value).startswith("unknown.") for v in values):
                lines |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


class Code:
    """What the sources cite, where, and which switches they read."""

    def __init__(self, known: set[str]) -> None:
        self.modelled: Cites = {}
        self.unknown: Cites = {}
        self.switches: Cites = {}
        self.loose: list[str] = []
        for package in DECIDING:
            for path in sorted((ROOT / "src" / "tabiji" / package).rglob("*.py")):
                told = path.relative_to(ROOT / "src" / "tabiji").as_posix() in TELLING
                if "catalogue" not in path.parts and not told:
                    self.add(path, known)

    def add(self, path: Path, known: set[str]) -> None:
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        name = path.relative_to(ROOT / "src" / "tabiji").as_posix()
        unknown = unknown_lines(tree)
        lines = text.split("\n")
        said = "\n".join(line for n, line in enumerate(lines, 1) if n in unknown)
        rest = "\n".join(line for n, line in enumerate(lines, 1) if n not in unknown)
        for fact in facts_in(rest, known):
            self.modelled.setdefault(fact, []).append(name)
        for fact in facts_in(said, known):
            self.unknown.setdefault(fact, []).append(name)
        for switch in switches_in(tree):
            fact = fact_of(switch, known)
            if not fact:
                self.loose.append(switch)
            elif switch not in self.switches.setdefault(fact, []):
                self.switches[fact].append(switch)


def tests(known: set[str]) -> Cites:
    """Test files and scenarios that cite a fact."""
    out: Cites = {}
    folder = ROOT / "tests"
    for path in [*sorted((folder / "scenarios").rglob("*.yaml")), *sorted(folder.rglob("test_*.py"))]:
        for fact in facts_in(path.read_text(encoding="utf-8"), known):
            out.setdefault(fact, []).append(path.relative_to(folder).as_posix().removeprefix("scenarios/"))
    return out


def named(files: list[str]) -> str:
    """The first files of a list, and how many there are besides."""
    more = f" +{len(files) - SHOWN}" if len(files) > SHOWN else ""
    return ", ".join(f"`{name}`" for name in files[:SHOWN]) + more


def state(fact: str, code: Code) -> tuple[str, str]:
    """State, and where or why."""
    where = named(code.modelled.get(fact, []) or code.unknown.get(fact, []))
    if fact in code.switches:
        return "switch", ", ".join(f"`{name}`" for name in code.switches[fact]) + (f" in {where}" if where else "")
    if fact in code.modelled:
        return "modelled", where
    if fact in code.unknown:
        return "undetermined", where
    if fact in OUTSIDE:
        return "outside", OUTSIDE[fact]
    return "not modelled", MISSING.get(fact, "")


def words_of(node: ast.AST) -> str:
    """A text in the code; what varies in it is shown as an ellipsis, a choice by what may stand there."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(words_of(value) for value in node.values)
    return "..."


def left_out() -> list[tuple[str, str]]:
    """(file, what) for everything the lab's compiler says it does not build."""
    out: dict[tuple[str, str], None] = {}
    for path in sorted((ROOT / "src" / "tabiji" / "lab" / "plan").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name in ("leave_out", "NotBuilt") and node.args:
                    text = words_of(node.args[-1])
                    if text.strip(". "):
                        out[path.name, text] = None
            if isinstance(node, ast.AnnAssign | ast.Assign) and isinstance(node.value, ast.Dict):
                targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
                if any(getattr(target, "id", "") == "ELSEWHERE" for target in targets):
                    for value in node.value.values:
                        if words_of(value):
                            out[path.name, f"{words_of(value)} are not built"] = None
    return list(out)


def lab() -> list[str]:
    """The section on the lab."""
    rows = [f"| `{name}` | {what} |" for name, what in left_out() if not what.startswith("...")]
    return [
        "## What the lab does not build",
        "",
        "The lab's compiler (`src/tabiji/lab/plan`) says so in `tabiji lab plan` and drops packets that meet it with",
        "code `uncovered`; the differential test counts them as no claim.",
        "",
        "| part | what is left out |",
        "|---|---|",
        *rows,
        "",
    ]


def page() -> str:
    """The whole page."""
    groups = [(title, [f"{prefix}{n}" for n in range(1, last + 1)]) for title, prefix, last in GROUPS]
    groups.append(("Names", NAMES))
    known = {fact for _, facts in groups for fact in facts}
    code, tested = Code(known), tests(known)
    counts: dict[str, list[int]] = {}
    lines: list[str] = []
    for title, facts in groups:
        lines += [f"## {title}", "", "| fact | state | where, or why | tested by |", "|---|---|---|---|"]
        for fact in facts:
            kind, where = state(fact, code)
            files = tested.get(fact, [])
            count = counts.setdefault(kind, [0, 0])
            count[0] += 1
            count[1] += bool(files)
            lines.append(f"| {fact} | {kind} | {where} | {named(files)} |")
        lines.append("")
    lines += lab()
    if code.loose:
        names = ", ".join(f"`{name}`" for name in sorted(set(code.loose)))
        lines += ["## Other switches", "", f"About facts outside these tables: {names}.", ""]
    order = ("modelled", "switch", "undetermined", "outside", "not modelled")
    head = [
        "# Coverage of the reference facts",
        "",
        "Generated by `tools/coverage.py` from the code and the tests; do not edit.",
        "",
        "State: *modelled* (code that decides something cites it), *switch* (an uncertain fact a user can set in an",
        "estate's `switches`; its name is given), *undetermined* (tabiji says it cannot tell), *outside* (decides",
        "nothing about a packet or a name), *not modelled*. Tested by: tests and scenarios that cite the fact. A",
        "citation says where to look; it does not prove that the fact is right.",
        "",
        "| state | facts | tested |",
        "|---|---|---|",
        *(f"| {kind} | {counts[kind][0]} | {counts[kind][1]} |" for kind in order if kind in counts),
        "",
    ]
    return "\n".join([*head, *lines]).rstrip("\n") + "\n"


def main() -> int:
    """Write the page, or check it."""
    text = page()
    if "--check" in sys.argv:
        if not OUT.exists() or OUT.read_text(encoding="utf-8") != text:
            print("docs/coverage.md is out of date: run python tools/coverage.py")
            return 1
        return 0
    OUT.write_text(text, encoding="utf-8")
    print("\n".join(line for line in text.split("\n")[9:18] if line.startswith("|")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
