"""A journey as a person reads it: the name, numbered steps there and back, the verdict, what to change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..estate import Estate
from ..findings.finding import BLOCKER, NOTE, UNKNOWN, WARNING, Finding, Fix
from ..journey.model import BLOCKED, REACHABLE, Check, Hop, Journey, Path
from ..packet.address import format_address, is_v6
from ..packet.header import ICMP, ICMPV6, FiveTuple, protocol_name
from .labels import Labels
from .page import Page
from .terminal import Style, cells, circled, table, wrap

QUIET = frozenset(
    ("source_check", "igw_source", "vgw_source", "nat_protocol", "endpoint_protocol", "endpoint_source",
     "endpoint_port", "endpoint_ping", "listener", "appliance_mode", "lb_ping", "lb_hairpin", "lb_dispatch", "lb_rule",
     "firewall_protocol")
)  # fmt: skip
"""Checks that get a line in the compact report only when they refuse."""
SPEAKING = frozenset(
    ("security_group", "network_acl", "route_table", "tgw_route_table", "site_route_table", "on_prem_routes",
     "site_firewall", "client_vpn_routes", "drop")
)  # fmt: skip
"""Checks whose refusal says enough in a few words; of others the drop's code is shown instead."""
FILTERS = frozenset(("security_group", "network_acl"))
TABLES = frozenset(
    ("route_table", "tgw_route_table", "site_route_table", "on_prem_routes", "dx_gateway", "appliance_mode",
     "client_vpn_routes")
)  # fmt: skip
"""Checks that are a lookup by longest prefix."""
ROUTINE = frozenset(("note.mtu", "note.idle_timeout", "note.certificate_assumed"))
"""Notes true of nearly every journey: shown only with --explain."""
MARKS = {True: ("✓", "good"), False: ("✗", "bad"), None: ("·", "dim")}
VERDICTS = {REACHABLE: ("✓", "good"), BLOCKED: ("✗", "bad")}
SEVERITIES = {BLOCKER: ("✗", "bad"), UNKNOWN: ("?", "odd"), WARNING: ("!", "odd"), NOTE: ("·", "dim")}
STEP = 4
"""Columns of the step number."""


def render_text(
    told: Journey,
    *,
    estate: Estate | None = None,
    lang: str = "en",
    explain: bool = False,
    style: Style | None = None,
    forward_only: bool = False,
) -> str:
    """The report of a journey, ending in a newline.

    ``estate`` gives names beside the ids; ``explain`` shows every check with
    the facts it rests on, and every path.
    """
    report = Report(Labels(estate, lang), style or Style(), explain)
    report.journey(told, forward_only)
    return "\n".join(report.lines) + "\n"


def five_tuple(packet: FiveTuple) -> str:
    """``10.0.0.5:33000 → 203.0.113.10:443``; ICMP has no ports."""
    return f"{_end(packet.src, packet.sport, packet.proto)} → {_end(packet.dst, packet.dport, packet.proto)}"


def _end(address: int, port: int, proto: int) -> str:
    shown = format_address(address)
    if proto in (ICMP, ICMPV6) or not port:
        return shown
    return f"[{shown}]:{port}" if is_v6(address) else f"{shown}:{port}"


def service(packet: FiveTuple) -> str:
    """``tcp 443``, ``icmp type 8``."""
    name = protocol_name(packet.proto)
    if packet.proto in (ICMP, ICMPV6):
        return f"{name} type {packet.dport >> 8}"
    return f"{name} {packet.dport}" if packet.dport else name


class Report(Page):
    """The lines of a report, and the parts it is made of."""

    def __init__(self, labels: Labels, style: Style, explain: bool) -> None:
        super().__init__(style)
        self.labels = labels
        self.explain = explain
        self.how = (labels, style, explain)

    def say(self, code: str, **params: str) -> str:
        return self.labels.text(code, (), **params)

    # The whole.

    def journey(self, told: Journey, forward_only: bool) -> None:
        shown = _most_telling(told)
        target = told.request.text
        packet = shown.packet if shown else None
        what = service(packet) if packet else asked_service(told)
        self.lines.append(
            self.style(told.vantage.label, "bold") + " → " + self.style(target, "bold") + self.style(f"  {what}", "dim")
        )
        self.name(told)
        if shown is not None:
            paths = told.paths if self.explain else (shown,)
            for path in paths:
                self.path(path, told)
            if not self.explain:
                self.other_paths(told, shown)
        found = _distinct(told.findings)
        self.findings("report.warnings", [f for f in found if f.severity == WARNING])
        shown_already = {step.code for step in told.resolution.chain} if told.resolution else set()
        notes = [f for f in found if f.severity == NOTE and (self.explain or f.code not in ROUTINE)]
        notes = [f for f in notes if f.code not in shown_already]
        self.findings("report.notes", notes)
        self.blank()
        self.verdict(told, what, forward_only)
        self.findings("report.blockers", [f for f in found if f.severity == BLOCKER])
        self.findings("report.unknowns", [f for f in found if f.severity == UNKNOWN])
        self.seen(told)
        self.fixes(told.fixes)

    def verdict(self, told: Journey, what: str, forward_only: bool) -> None:
        mark, dress = VERDICTS.get(told.verdict, ("?", "odd"))
        code = f"verdict.{told.verdict}"
        if forward_only and told.verdict == REACHABLE:
            code += ".forward"
        legs = [f.leg for f in told.findings if f.severity == BLOCKER]
        where = " / ".join(self.say(f"verdict.where.{leg}") for leg in dict.fromkeys(legs))
        line = self.say(code, what=what, source=told.vantage.label, target=told.request.host, where=where)
        self.wrapped(line, 2, dress, lead=mark, lead_dress=dress)

    # The name.

    def name(self, told: Journey) -> None:
        if not told.resolutions:
            return
        from .names import answer_lines

        self.heading(self.say("report.name"), told.request.host)
        self.lines.extend(answer_lines(told.resolutions, told.resolution, told.request.host, *self.how))

    # The steps.

    def path(self, path: Path, told: Journey) -> None:
        if self.explain and len(told.paths) > 1:
            number = str(told.paths.index(path) + 1)
            title = self.say(
                "report.path", number=number, all=str(len(told.paths)), destination=format_address(path.destination)
            )
            self.heading(title, self.style("; ".join(path.branches), "dim"))
        leg, zone = "", ""
        before: FiveTuple | None = None
        findings = {(f.hop, f.code): f for f in path.findings}
        stops = [f.hop for f in path.findings if f.severity in (BLOCKER, UNKNOWN) and f.hop]
        for hop in path.hops:
            if stops and not self.explain and hop.number > max(stops):
                rest = path.hops[-1].number - hop.number + 1
                self.wrapped(self.say("report.rest", count=str(rest)), STEP, "dim")
                break
            if hop.leg != leg:
                leg, before = hop.leg, None
                self.heading(self.say("report.there" if leg == "forward" else "report.back"))
            if stops and hop.number == min(stops) + 1:
                self.wrapped(self.say("report.as_if"), STEP, "odd")
            self.hop(hop, before, findings, zone if not self.explain else "")
            before, zone = hop.packet, hop.place.az or zone

    def hop(self, hop: Hop, before: FiveTuple | None, findings: dict[tuple[int, str], Finding], zone: str) -> None:
        """One step; ``zone`` is the Availability Zone the reader knows already."""
        style, labels = self.style, self.labels
        place = hop.place
        name = labels.name(place.id)
        kind = labels.kind(place)
        if place.kind == "internet":
            plain, dressed = kind, style(kind, "bold")
        elif place.id.startswith("arn:"):
            plain, dressed = f"{kind} {name}", f"{kind} {style(name, 'bold')}"
        elif name and name != place.id:
            plain = f"{kind} {name} ({place.id})"
            dressed = f"{kind} {style(name, 'bold')} {style(f'({place.id})', 'dim')}"
        else:
            plain, dressed = f"{kind} {place.id}", f"{kind} {style(place.id, 'bold')}"
        if place.az and place.az != zone:
            plain += f" · {place.az}"
            dressed += style(f" · {place.az}", "dim")
        number = circled(hop.number)
        lead = f" {number}" + " " * (STEP - 1 - cells(number))
        packet = five_tuple(hop.packet)
        changed = before is not None and packet != five_tuple(before)
        dress = "cyan" if changed else "dim"
        gap = self.style.width - STEP - cells(plain) - cells(packet)
        items: list[tuple[str, str]] = []
        if gap >= 2:
            self.lines.append(lead + dressed + " " * gap + style(packet, dress))
        else:
            self.lines.append(lead + dressed)
            items.append((packet, style(packet, dress)))
        if self.explain:
            self.lines.extend(" " * STEP + item for _, item in items)
            self.explained(hop, findings)
        else:
            self.compact(hop, items)

    def compact(self, hop: Hop, items: list[tuple[str, str]]) -> None:
        """The checks of a hop, behind other items, on as few lines as they need."""
        refused = False
        for check in hop.checks:
            if (check.ok or steered(check, hop)) and check.kind in QUIET:
                continue
            if refused and check.kind in ("drop", "deliver"):
                continue  # the filter before it has said so
            if check.ok is False and check.kind not in SPEAKING:
                continue  # the drop behind it says more
            refused = refused or check.ok is False
            shown = self.item(check, hop)
            if shown is not None:
                items.append(shown)
        room = self.style.width - STEP - 1
        line, used = "", 0
        for plain, dressed in items:
            size = cells(plain)
            if size > room:
                if line:
                    self.lines.append(" " * STEP + line)
                    line, used = "", 0
                for i, part in enumerate(wrap(plain, room)):
                    self.lines.append(" " * STEP + ("  " if i else "") + part)
                continue
            if used and used + 3 + size > room:
                self.lines.append(" " * STEP + line)
                line, used = "", 0
            line += ("   " if used else "") + dressed
            used += size + (3 if used else 0)
        if line:
            self.lines.append(" " * STEP + line)

    def item(self, check: Check, hop: Hop) -> tuple[str, str] | None:
        """One check in a few words: plain and dressed."""
        style = self.style
        word = self.say(f"check.{check.kind}")
        if check.kind == "deliver":
            return _both(style, (("●", "good"), (word, "")))
        if check.kind == "note":
            return None
        if check.kind == "drop":
            return _both(style, (("✗", "bad"), (check.code, "bad")))
        if check.kind == "unknown":
            return _both(style, (("?", "odd"), (check.code, "odd")))
        if check.kind == "choice":
            return _both(style, (("?", "odd"), (f"{word} {check.detail}", "odd")))
        if check.kind == "translate":
            return _both(style, (("⇄", "cyan"), (self.translation(hop), "cyan")))
        mark, dress = MARKS[check.ok]
        component = self.short(check.component)
        if check.kind in TABLES:
            if check.ok:
                route = f"{component}  {check.detail} → {self.short(check.target)}"
                return _both(style, ((mark, dress), (word, "dim"), (route, "")))
            return _both(style, ((mark, dress), (word, dress), (f"{component}: {self.say('check.no_route')}", dress)))
        if check.stateful:
            return _both(style, ((mark, dress), (word, "dim"), (self.say("check.stateful"), "dim")))
        row = self.row(check)
        tone = "bad" if check.ok is False else "dim"
        return _both(style, ((mark, dress), (word, tone), (component, "" if check.ok else "bad"), (row, tone)))

    def row(self, check: Check) -> str:
        """The row that decided: its number or content."""
        if check.ok is False and check.rule in ("", "*") and check.kind in FILTERS:
            return self.say("check.no_rule")
        if check.kind == "network_acl":
            return f"#{check.rule}" if check.ok else f"#{check.rule} {check.detail}"
        if check.kind in FILTERS:
            return check.detail or check.rule
        return " ".join(part for part in (check.rule if check.rule != check.component else "", check.detail) if part)

    def short(self, resource_id: str) -> str:
        """A component in a narrow place: its name if it has one, else its id."""
        parts = resource_id.split(",")
        return "+".join(self.labels.name(part) or part for part in parts)

    def translation(self, hop: Hop) -> str:
        """What a translation made of the packet."""
        before, after = hop.packet, hop.leaves
        said = []
        if (before.src, before.sport) != (after.src, after.sport):
            said.append(self.say("check.translate.src", after=_end(after.src, after.sport, after.proto)))
        if (before.dst, before.dport) != (after.dst, after.dport) and before.dst != after.dst:
            said.append(self.say("check.translate.dst", after=_end(after.dst, after.dport, after.proto)))
        return ", ".join(said) or self.say("check.translate")

    def explained(self, hop: Hop, findings: dict[tuple[int, str], Finding]) -> None:
        """Every check on a line of its own with the facts it rests on."""
        for check in hop.checks:
            mark, dress = MARKS[None if steered(check, hop) else check.ok]
            word = self.say(f"check.{check.kind}")
            if check.direction in ("egress", "ingress"):
                word += f" {self.say(f'direction.{check.direction}')}"
            facts = " ".join(check.facts)
            told = self.told(check, hop, findings)
            if check.kind == "translate":
                mark, dress = "⇄", "cyan"
            elif check.kind in ("unknown", "choice"):
                mark, dress = "?", "odd"
            indent = STEP + 2
            tail = f"  [{facts}]" if facts else ""
            body = f"{word}: {told}" if told else word
            lines = wrap(body + tail, max(20, self.style.width - indent - 2))
            for i, line in enumerate(lines):
                if not i:
                    lead = " " * STEP + self.style(mark, dress) + " "
                    line = self.style(line, "bad") if dress == "bad" else line
                else:
                    lead = " " * (indent + 2)
                self.lines.append(lead + line)

    def told(self, check: Check, hop: Hop, findings: dict[tuple[int, str], Finding]) -> str:
        """A check in full."""
        if check.code:
            finding = findings.get((hop.number, check.code))
            params = finding_params(finding) if finding else check_params(check, hop)
            return self.labels.text(check.code, params)
        component = self.labels.value(check.component)
        if check.kind == "translate":
            return f"{component}  {self.translation(hop)}"
        if check.kind in TABLES:
            if not check.ok:
                return component if steered(check, hop) else f"{component}: {self.say('check.no_route')}"
            return f"{component}  {check.detail} → {self.labels.value(check.target)}  ({check.rule})"
        if check.stateful:
            return f"{component}  {self.say('check.stateful')}"
        if check.ok is False and check.rule in ("", "*"):
            return f"{component}  {self.say('check.no_rule')}" + ("  (*)" if check.rule else "")
        rule = check.rule if check.rule not in check.component.split(",") else ""
        return "  ".join(part for part in (component, f"#{rule}" if rule.isdigit() else rule, check.detail) if part)

    def other_paths(self, told: Journey, shown: Path) -> None:
        """The paths that are not shown in full, a line each."""
        others = [path for path in told.paths if path is not shown]
        if not others:
            return
        self.heading(self.say("report.paths"))
        for path in others[:8]:
            mark, dress = VERDICTS.get(path.verdict, ("?", "odd"))
            word = self.say(f"verdict.word.{path.verdict}")
            codes = ", ".join(dict.fromkeys(f.code for f in path.findings if f.severity in (BLOCKER, UNKNOWN)))
            text = "  ".join(part for part in (format_address(path.destination), word, codes, *path.branches) if part)
            self.wrapped(text, 4, lead=mark, lead_dress=dress)
        if len(others) > 8:
            self.lines.append("    " + self.style(self.say("report.more", count=str(len(others) - 8)), "dim"))

    # Findings and fixes.

    def findings(self, title: str, found: Sequence[Finding]) -> None:
        if not found:
            return
        self.heading(self.say(title))
        for finding in found:
            mark, dress = SEVERITIES[finding.severity]
            where = f"{circled(finding.hop)} " if finding.hop else ""
            said = self.labels.text(finding.code, finding_params(finding))
            self.wrapped(where + said, 4, lead=mark, lead_dress=dress)
            if finding.severity in (BLOCKER, UNKNOWN) or self.explain:
                self.wrapped(self.basis(finding), 4, "dim")

    def basis(self, finding: Finding) -> str:
        """Ids, code and facts a finding rests on."""
        from ..findings.aws_codes import aws_code

        alias = aws_code(finding.code)
        parts = [
            finding.component,
            f"rule {finding.rule}" if finding.rule and finding.rule != finding.component else "",
            finding.code,
            " ".join(finding.facts),
            f"AWS {alias}" if alias else "",
        ]
        return " · ".join(part for part in parts if part)

    def seen(self, told: Journey) -> None:
        if not told.seen:
            return
        from .seen import seen_lines

        self.heading(self.say("seen.heading"))
        for line, dress in seen_lines(told.seen, self.say):
            self.wrapped(line, 4, *([dress] if dress else []))

    def fixes(self, fixes: Sequence[Fix]) -> None:
        for number, fix in enumerate(fixes):
            if number < 2:
                self.heading(self.say("report.fix" if not number else "report.fixes"))
            self.fix(fix, full=not number or self.explain)

    def fix(self, fix: Fix, *, full: bool) -> None:
        self.wrapped(self.labels.text(fix.code, fix.params), 4, lead="→", lead_dress="good")
        for step in fix.steps:
            self.wrapped(self.labels.text(step.code, step.params), 6, lead="-")
        for line in fix.cli:
            self.lines.append("    " + self.style(f"$ {line}", "cyan"))
        if not full:
            return
        if fix.overlay is not None:
            self.lines.append("    " + self.style(self.say("report.overlay"), "dim"))
            self.lines.extend("      " + line for line in overlay_yaml(fix.overlay).splitlines())
        if fix.terraform and self.explain:
            self.lines.append("    " + self.style(self.say("report.terraform"), "dim"))
            self.lines.extend("      " + line for line in fix.terraform.splitlines())
        word = "report.fix_verified" if fix.verified else "report.fix_unverified"
        self.lines.append("    " + self.style(self.say(word), "dim"))


def steered(check: Check, hop: Hop) -> bool:
    """Did a table without a matching row only send the packet elsewhere, rather than refuse it?"""
    if check.ok is not False or check.kind == "drop":
        return False
    place = next(i for i, other in enumerate(hop.checks) if other is check)
    return hop.checks[place + 1 : place + 2] == () or hop.checks[place + 1].kind not in ("drop", "unknown")


def _both(style: Style, parts: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """The same words plain (for measuring) and dressed."""
    kept = [part for part in parts if part[0]]
    return " ".join(word for word, _ in kept), " ".join(style(word, dress) if dress else word for word, dress in kept)


def _most_telling(told: Journey) -> Path | None:
    """The path to show in full: one that shows why the verdict is what it is."""
    order = {BLOCKED: 0, REACHABLE: 2}
    if not told.paths:
        return None
    if told.verdict == REACHABLE:
        return next((p for p in told.paths if p.verdict == REACHABLE), told.paths[0])
    return min(told.paths, key=lambda path: order.get(path.verdict, 1))


def asked_service(told: Journey) -> str:
    """Protocol and port of a request that no packet was made of."""
    request = told.request
    name = protocol_name(request.protocol)
    return name if request.port is None else f"{name} {request.port}"


def _distinct(findings: Iterable[Finding]) -> list[Finding]:
    """Findings that say the same about the same thing, once."""
    seen: dict[tuple[Any, ...], Finding] = {}
    for finding in findings:
        key: tuple[Any, ...] = (finding.code, finding.component, finding.rule, finding.leg, finding.severity)
        if finding.severity == NOTE:
            key = (finding.code, finding.param("destination") or finding.component)
        seen.setdefault(key, finding)
    return list(seen.values())


def finding_params(finding: Finding) -> dict[str, str]:
    """The parameters of a finding's text: its own, and those every finding has."""
    out = {"component": finding.component, "rule": finding.rule or "*", "leg": finding.leg}
    if finding.packet is not None:
        out["packet"] = str(finding.packet)
        out["destination"] = format_address(finding.packet.dst)
        out["source"] = format_address(finding.packet.src)
    out.update((key, value) for key, value in finding.params if value)
    return out


def check_params(check: Check, hop: Hop) -> dict[str, str]:
    """The parameters of a check's text where no finding goes with it."""
    out = {"component": check.component, "rule": check.rule or "*", "packet": str(hop.packet)}
    out["destination"] = format_address(hop.packet.dst)
    out["source"] = format_address(hop.packet.src)
    out.update((key, value) for key, value in check.params if value)
    return out


def overlay_yaml(overlay: Any) -> str:
    """An overlay's data as YAML."""
    import yaml

    return str(yaml.safe_dump(overlay, sort_keys=False, allow_unicode=True, width=100)).rstrip()


__all__ = ["check_params", "finding_params", "five_tuple", "overlay_yaml", "render_text", "service", "table"]
