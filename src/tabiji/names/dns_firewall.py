"""Route 53 Resolver DNS Firewall: rule groups of a VPC, by priority (section 2.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from .answer import NOERROR, NXDOMAIN, ResourceRecord
from .dnsname import lenient, suffixes
from .profile import resources_of
from .resolution import Result, step
from .why import why

if TYPE_CHECKING:
    from .view import Question, View


class Domains:
    """A domain list: exact names, ``*.suffix`` and other ``*``-prefixed patterns (N2.9a)."""

    __slots__ = ("below", "endings", "everything", "exact")

    def __init__(self, domains: tuple[str, ...]) -> None:
        self.exact: set[str] = set()
        self.below: set[str] = set()
        self.endings: list[str] = []
        self.everything = False
        for text in domains:
            name = lenient(text.lstrip("*").removeprefix(".")) if text.startswith("*") else lenient(text)
            if text in ("*", "*."):
                self.everything = True
            elif not name:
                continue
            elif text.startswith("*."):
                self.below.add(name)
            elif text.startswith("*"):
                self.endings.append(name)
            else:
                self.exact.add(name)

    def match(self, name: str) -> bool:
        """Is the name on the list?"""
        if self.everything or name in self.exact:
            return True
        if self.below:
            parents = suffixes(name)
            next(parents)
            if any(p in self.below for p in parents):
                return True
        return any(name.endswith(e) for e in self.endings)


class FirewallRow(msgspec.Struct, frozen=True, gc=False):
    """One rule in force, in order."""

    group: str
    rule: str
    domains: Domains | None
    """None: the list was not collected."""
    list_id: str
    managed: bool
    action: str
    response: str
    override: str
    override_ttl: int
    qtype: str
    trusts: bool


def rows(view: View) -> tuple[FirewallRow, ...]:
    """All rules of the VPC, by association priority and rule priority (N2.9a, DF1)."""
    found: tuple[FirewallRow, ...] | None = view.memo.get("firewall")
    if found is not None:
        return found
    tables = view.estate.tables
    groups = [
        (a.priority, a.firewall_rule_group_id)
        for a in tables["firewall_rule_group_associations"].values()
        if a.vpc_id == view.vpc_id and a.status.upper() in ("COMPLETE", "UPDATING")
    ]
    groups += [(r.own_priority or r.priority, r.id) for r in resources_of(view, "firewall-rule-group")]
    out: list[FirewallRow] = []
    for _, group_id in sorted(groups):
        group = tables["firewall_rule_groups"].get(group_id)
        if group is None:
            view.gaps.append(why("names.why.firewall_group", group=group_id))
            continue
        for rule in sorted(group.rules, key=lambda r: int(r.priority)):
            domain_list = tables["firewall_domain_lists"].get(rule.firewall_domain_list_id)
            managed = domain_list is not None and domain_list.name.startswith("AWSManaged")
            domains = None
            if domain_list is not None and not (managed and not domain_list.domains):
                domains = Domains(domain_list.domains)
            out.append(
                FirewallRow(
                    group_id,
                    rule.name or rule.firewall_domain_list_id,
                    domains,
                    rule.firewall_domain_list_id,
                    managed,
                    rule.action.upper(),
                    (rule.block_response or "NODATA").upper(),
                    rule.block_override_domain,
                    rule.block_override_ttl,
                    rule.qtype.upper(),
                    rule.firewall_domain_redirection_action.upper().startswith("TRUST"),
                )
            )
    view.memo["firewall"] = tuple(out)
    return view.memo["firewall"]  # type: ignore[no-any-return]


def inspect(view: View, question: Question) -> Result | None:
    """The firewall's say on the question itself (N0.v2).  All names of the VPC pass it (N2.9f).

    Also those asked through an inbound endpoint (N2.9e, DF2).
    """
    if not rows(view):
        return None
    if view.estate.switch("N2.9f", "all") != "all":  # N2.9f: that it runs before internal names is inferred
        if view.claim(question.name, inbound=question.inbound).kind != "public":
            return None
    row = _match(view, question, question.name)
    if row is None:
        question.steps.append(step("names.dns_firewall.no_match", view.vpc_id, ("N2.9a", "DF1")))
        return None
    if row.action != "BLOCK":
        question.trusted = row.trusts
        question.steps.append(
            step("names.dns_firewall.pass", row.group, ("N2.9a", "N2.9b"), rule=row.rule, action=row.action)
        )
        return None
    return _block(view, question, row, question.name)


def inspect_redirection(view: View, question: Question, target: str) -> Result | None:
    """The firewall's say on a CNAME's target: looked at unless the first match trusts redirections (N2.9c)."""
    if question.trusted or not rows(view):
        return None
    row = _match(view, question, target)
    return _block(view, question, row, target) if row is not None and row.action == "BLOCK" else None


def _match(view: View, question: Question, name: str) -> FirewallRow | None:
    for row in rows(view):
        if row.qtype and row.qtype != question.rtype:
            continue
        if row.domains is None:
            if not any(
                s.code == "names.dns_firewall.hidden_list" and s.component == row.list_id for s in question.steps
            ):
                question.steps.append(
                    step("names.dns_firewall.hidden_list", row.list_id, ("N2.9a",), rule=row.rule, list=row.list_id)
                )
                gap = why("names.why.firewall_list", list=row.list_id)
                if not row.managed and gap not in view.gaps:  # an AWS-managed list shows its domains to nobody
                    view.gaps.append(gap)
            continue
        if row.domains.match(name):
            return row
    return None


def _block(view: View, question: Question, row: FirewallRow, name: str) -> Result:
    """N2.9b: NODATA, NXDOMAIN, or another name."""
    code = "names.dns_firewall.block" if name == question.name else "names.dns_firewall.block_redirection"
    said = step(
        code,
        row.group,
        ("N2.9b",) if name == question.name else ("N2.9b", "N2.9c"),
        rule=row.rule,
        name=name,
        response=row.response,
    )
    if row.response == "NXDOMAIN":
        return Result(NXDOMAIN, steps=(said,))
    if row.response != "OVERRIDE":
        return Result(NOERROR, steps=(said,))
    target = lenient(row.override)
    if not target:
        return Result(NOERROR, steps=(said,))
    result = Result(
        NOERROR,
        [ResourceRecord(question.name, "CNAME", row.override_ttl, target)],
        steps=(said,),
    )
    if question.rtype not in ("CNAME", "ANY") and view.estate.switch("N2.9b", "follow") == "follow":
        part = view.claim(target, inbound=question.inbound).handler(view, question, target)
        if part.has(question.rtype):
            result.continued(part)
            result.next = ""
    return result
