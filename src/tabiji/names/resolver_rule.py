"""Resolver rules: FORWARD, SYSTEM and DELEGATE, tied to the VPC or carried by a Profile (N2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .dnsname import lenient, under
from .outbound_endpoint import forward
from .profile import resources_of
from .resolution import Result, step
from .view import Claim, Question, View
from .why import why

if TYPE_CHECKING:
    from collections.abc import Iterator

BUILT_IN = "rslvr-autodefined-rr"
"""Ids of the rules every VPC has, such as the Internet Resolver."""


def claims(view: View) -> Iterator[Claim]:
    """Custom rules' suffixes.  DELEGATE rules claim none: see ``delegates``."""
    for rule_id, rule, priority in _rules(view):
        kind = rule.rule_type.upper()
        if kind in ("RECURSIVE", "DELEGATE") or rule.status.upper() not in ("COMPLETE", "UPDATING", ""):
            continue  # N2.4d: RECURSIVE is the built-in "." rule only
        suffix = lenient(rule.domain_name)
        if not suffix:
            view.gaps.append(why("names.why.rule_domain", rule=rule_id))
            continue
        handler = _system(rule) if kind == "SYSTEM" else _forward(rule)
        yield Claim(suffix, "resolver_rule", rule_id, handler, rule=True, priority=priority)


def _rules(view: View) -> list[tuple[str, Any, int]]:
    tables = view.estate.tables
    wanted = [
        (a.resolver_rule_id, 0)
        for a in tables["resolver_rule_associations"].values()
        if a.vpc_id == view.vpc_id and a.status.upper() in ("COMPLETE", "OVERRIDDEN", "UPDATING", "")
    ]
    wanted += [(r.id, r.priority) for r in resources_of(view, "resolver-rule")]
    out: list[tuple[str, Any, int]] = []
    for rule_id, priority in wanted:
        rule = tables["resolver_rules"].get(rule_id)
        if rule is not None:
            out.append((rule_id, rule, priority))
        elif not rule_id.startswith(BUILT_IN):
            view.gaps.append(why("names.why.rule", rule=rule_id))
    return out


def _forward(rule: Any) -> Any:
    def handler(view: View, question: Question, name: str) -> Result:
        result = forward(view, question, name, rule.resolver_endpoint_id, rule.target_ips, rule.id)
        targets = ", ".join(t.ip or t.ipv6 for t in rule.target_ips)
        said = step(
            "names.resolver_rule.forward", rule.id, ("N2.4a", "N2.4b"), domain=rule.domain_name, targets=targets
        )
        result.steps.insert(0, said)
        return result

    return handler


def _system(rule: Any) -> Any:
    def handler(view: View, question: Question, name: str) -> Result:
        result = view.local(question, name)
        result.steps.insert(0, step("names.resolver_rule.system", rule.id, ("N2.4d",), domain=rule.domain_name))
        return result

    return handler


def delegates(view: View) -> list[Any]:
    """The VPC's DELEGATE rules (N2.4d)."""
    found: list[Any] | None = view.memo.get("delegates")
    if found is None:
        found = view.memo["delegates"] = [r for _, r, _ in _rules(view) if r.rule_type.upper() == "DELEGATE"]
    return found


def delegate_for(view: View, name_server: str) -> Any:
    """The DELEGATE rule whose delegation record covers a name server's name, or None."""
    for rule in delegates(view):
        record = lenient(rule.delegation_record)
        if rule.delegation_record and record and under(name_server, record):
            return rule
    return None
