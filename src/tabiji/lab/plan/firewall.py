"""AWS Network Firewall: its endpoints as wires that turn back, its rules on addresses and ports as chains (NF1-NF5).

Rules that look further (domain lists, Suricata texts, applications) are not
built, and neither are the appliances behind other Gateway Load Balancer
endpoints.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ...estate.network_firewall import FirewallPolicy, MatchAttributes, RuleHeader, StatefulRule
from ...estate.vpc_endpoint import VpcEndpoint
from ...packet.address import AddressError, parse_prefix
from . import subnet
from .draft import ALL4, ALL6, LOCAL, Draft

PASS, DROP, FORWARD = "aws:pass", "aws:drop", "aws:forward_to_sfe"
STRICT = "STRICT_ORDER"
PROTOCOLS = {"TCP": "tcp", "UDP": "udp", "ICMP": "icmp", "IP": ""}
UNDERSTOOD = frozenset(("sid", "msg", "rev", "flow", "gid", "priority", "classtype", "metadata", "reference"))
"""Options that say nothing about the packet but its direction."""
PORT = re.compile(r"\d+(:\d+)?")


class NotBuilt(Exception):
    """A policy that looks at more than addresses and ports; the text says at what."""


class Verdict(NamedTuple):
    """A stateful rule: the words that match, PASS or DROP, only towards the server?, its group and sid."""

    match: str
    action: str
    to_server: bool
    owner: str
    sid: str


def endpoint(draft: Draft, record: VpcEndpoint) -> str:
    """The device a route to the endpoint leads to."""
    key = ("vpce", record.vpc_endpoint_id)
    if key not in draft.built:
        try:
            draft.built[key] = _build(draft, record)
        except NotBuilt as why:
            draft.built[key] = draft.leave_out(record.vpc_endpoint_id, str(why))
    return draft.built[key]


def _build(draft: Draft, record: VpcEndpoint) -> str:
    policy = _policy(draft, record.vpc_endpoint_id)
    does = draft.estate.switch(f"GL1:{record.vpc_endpoint_id}", "unknown") if policy is None else ""
    if does not in ("", "pass", "drop"):
        raise NotBuilt("what the appliances behind a Gateway Load Balancer do is not known")
    if not record.subnet_ids or record.subnet_ids[0] not in draft.estate.subnets:
        raise NotBuilt("its subnet is not in the estate")
    where = record.subnet_ids[0]
    rules = _stateful(draft, policy) if policy is not None else []  # raises before anything is built
    inside = draft.context("firewall", record.vpc_endpoint_id)
    made = draft.wire("fw", record.vpc_endpoint_id, "inside", subnet.context(draft, where), inside)
    table = draft.table(record.vpc_endpoint_id, "out")
    draft.look(inside, LOCAL, table)
    for every in (ALL4, ALL6):
        table.add(every, made.b)
    draft.subnet_of[made.a] = where  # NA11: its ACL counts for the subnet's own servers too
    loop = draft.drop(draft.reason("firewall.loop", record.vpc_endpoint_id, "", "W13"))
    draft.late.append(f'iifname "{made.a}" oifname "{made.a}" {loop}')
    if policy is not None:
        draft.early.append(f'iifname "{made.b}" jump {made.b}_stateless')
        _write(draft, made.b, policy, rules)
        return made.a
    # GL3: what saw only the answer of a connection does not pass it on; of UDP nobody can tell.
    draft.zone(made.b)
    unseen = draft.drop(draft.reason("appliance.asymmetric", record.vpc_endpoint_id, "", "GL3"))
    draft.early.append(f'iifname "{made.b}" ct state invalid {unseen}')
    if does == "drop":
        refused = draft.drop(draft.reason("host.not-forwarding", record.vpc_endpoint_id, "", "GL1"))
        draft.early.append(f'iifname "{made.b}" {refused}')
    return made.a


def _policy(draft: Draft, endpoint_id: str) -> FirewallPolicy | None:
    """The policy of the firewall an endpoint belongs to; None: other appliances are behind it."""
    for firewall in draft.estate.tables["network_firewalls"].values():
        states = firewall.firewall_status.sync_states.values()
        if any(state.attachment.endpoint_id == endpoint_id for state in states):
            found = draft.estate.tables["network_firewall_policies"].get(firewall.firewall.firewall_policy_arn)
            if found is None:
                raise NotBuilt("its policy is not in the estate")
            if found.firewall_policy.tls_inspection_configuration_arn:
                raise NotBuilt("TLS inspection is not built")
            assert isinstance(found, FirewallPolicy)
            return found
    return None


# The stateless engine: priority order, first match (NF2).


def _stateless(draft: Draft, policy: FirewallPolicy, name: str) -> Iterator[str]:
    body = policy.firewall_policy
    for reference in sorted(body.stateless_rule_group_references, key=lambda r: r.priority):
        group = draft.estate.tables["network_firewall_rule_groups"].get(reference.resource_arn)
        source = group.rule_group.rules_source if group is not None and group.rule_group is not None else None
        listed = source.stateless_rules_and_custom_actions if source is not None else None
        if listed is None:
            raise NotBuilt(f"rules of {reference.resource_arn} are not in the estate")
        for rule in sorted(listed.stateless_rules, key=lambda r: r.priority):
            action = _action(rule.rule_definition.actions)
            verdict = _stateless_verdict(draft, action, name, reference.resource_arn, str(rule.priority))
            for match in _attributes(rule.rule_definition.match_attributes):
                yield f"{match} {verdict}".strip()
    action = _action(body.stateless_default_actions or (FORWARD,))
    yield _stateless_verdict(draft, action, name, policy.firewall_policy_arn, "default")


def _action(actions: tuple[str, ...]) -> str:
    found = [a for a in actions if a in (PASS, DROP, FORWARD)]
    if len(found) != 1:
        raise NotBuilt("a stateless rule's action is not understood")
    return found[0]


def _stateless_verdict(draft: Draft, action: str, name: str, owner: str, rule: str) -> str:
    if action == PASS:
        return "return"
    if action == FORWARD:
        return f"goto {name}_stateful"
    return draft.drop(draft.reason("firewall.stateless", owner, rule, "NF2"))


def _attributes(match: MatchAttributes) -> Iterator[str]:
    """One line a family and protocol."""
    if match.tcp_flags:
        raise NotBuilt("stateless rules on TCP flags are not built")
    sources = [a.address_definition for a in match.sources]
    targets = [a.address_definition for a in match.destinations]
    ports = [
        (word, "{ " + ", ".join(f"{p.from_port}-{p.to_port}" for p in wanted) + " }")
        for word, wanted in (("sport", match.source_ports), ("dport", match.destination_ports))
        if wanted
    ]
    for family in ("ip", "ip6"):
        six = family == "ip6"
        here = [[c for c in listed if (":" in c) == six] for listed in (sources, targets)]
        if any(listed and not own for listed, own in zip((sources, targets), here, strict=True)):
            continue
        words = [f"meta nfproto ipv{6 if six else 4}"]
        words += [f"{family} {w} {{ {', '.join(c)} }}" for w, c in zip(("saddr", "daddr"), here, strict=True) if c]
        for protocol in match.protocols or ((6, 17) if ports else (-1,)):
            if protocol < 0:
                yield " ".join(words)
            elif ports and protocol not in (6, 17):
                yield " ".join([*words, f"meta l4proto {protocol}"])
            else:
                name = {6: "tcp", 17: "udp"}.get(protocol, "")
                yield " ".join([*words, f"meta l4proto {protocol}", *(f"{name} {w} {p}" for w, p in ports)])


# The stateful engine: flows, pass before drop or rules as written (NF3).


def _stateful(draft: Draft, policy: FirewallPolicy) -> list[Verdict]:
    body = policy.firewall_policy
    out: list[Verdict] = []
    for reference in sorted(body.stateful_rule_group_references, key=lambda r: r.priority):
        group = draft.estate.tables["network_firewall_rule_groups"].get(reference.resource_arn)
        if group is None or group.rule_group is None:
            raise NotBuilt(f"rules of {reference.resource_arn} are not in the estate")
        source = group.rule_group.rules_source
        if source.rules_string or source.rules_source_list is not None:
            raise NotBuilt("domain lists and Suricata texts are not built")
        out += [v for rule in source.stateful_rules for v in _verdicts(rule, reference.resource_arn)]
    if body.stateful_engine_options.rule_order != STRICT:
        out.sort(key=lambda v: v.action != "PASS")
    return out


def _verdicts(rule: StatefulRule, owner: str) -> Iterator[Verdict]:
    options = {o.keyword: o.settings for o in rule.rule_options}
    unknown = set(options) - UNDERSTOOD
    flow = {word.strip() for setting in options.get("flow", ()) for word in setting.split(",")}
    if unknown or flow - {"to_server"} or rule.header.source.startswith(("!", "$", "@", "[")):
        raise NotBuilt(f"stateful rules with {', '.join(sorted(unknown | flow)) or 'variables'} are not built")
    action = rule.action.upper()
    if action == "ALERT":
        return
    if action not in ("PASS", "DROP"):
        raise NotBuilt(f"stateful action {action} is not built")
    sid = (options.get("sid") or ("",))[0]
    for match in _header(rule.header):
        yield Verdict(match, action, "to_server" in flow, owner, sid)
    if rule.header.direction == "ANY":
        raise NotBuilt("rules of both directions are not built")


def _header(header: RuleHeader) -> Iterator[str]:
    if header.protocol.upper() not in PROTOCOLS:
        raise NotBuilt(f"stateful rules on {header.protocol} are not built")
    protocol = PROTOCOLS[header.protocol.upper()]
    ends = [(w, c) for w, c in (("saddr", header.source), ("daddr", header.destination)) if c.upper() != "ANY"]
    ports = [
        (w, p) for w, p in (("sport", header.source_port), ("dport", header.destination_port)) if p.upper() != "ANY"
    ]
    for _, cidr in ends:
        try:
            parse_prefix(cidr)
        except AddressError:
            raise NotBuilt(f"the address {cidr} is not built") from None
    if any(not PORT.fullmatch(p) for _, p in ports):
        raise NotBuilt("lists of ports are not built")
    for family, six in (("ip", False), ("ip6", True)):
        if any((":" in cidr) != six for _, cidr in ends):
            continue
        name = ("ipv6-icmp" if six else "icmp") if protocol == "icmp" else protocol
        words = [f"meta nfproto ipv{6 if six else 4}", *([f"meta l4proto {name}"] if name else [])]
        words += [f"{family} {w} {c}" for w, c in ends]
        words += [f"{protocol or 'th'} {w} {p.replace(':', '-')}" for w, p in ports]
        yield " ".join(words)


def _write(draft: Draft, name: str, policy: FirewallPolicy, rules: list[Verdict]) -> None:
    """The chains of one endpoint, and what it remembers of flows: (from, port, to, port), in the direction asked."""
    body = policy.firewall_policy
    for family in ("ip", "ip6"):
        protocol = "icmp" if family == "ip" else "icmpv6"
        for flows in ("flows", "passed"):
            draft.declarations += [
                f"set {name}_{flows}_{family} {{\n typeof {family} saddr . {family} daddr . meta l4proto . th sport"
                " . th dport\n flags dynamic,timeout\n timeout 350s\n}",
                f"set {name}_{flows}_{family}_echo {{\n typeof {family} saddr . {family} daddr . {protocol} id\n"
                " flags dynamic,timeout\n timeout 60s\n}",
            ]
    draft.chains.append(_chain(f"{name}_stateless", list(_stateless(draft, policy, name))))
    strict = body.stateful_engine_options.rule_order == STRICT
    defaults = set(body.stateful_default_actions) if strict else set()
    if defaults - {"aws:drop_strict", "aws:alert_strict", "aws:alert_established"}:
        raise NotBuilt("default actions on established connections are not built")
    policy_arn = policy.firewall_policy_arn
    nothing = "return"
    if "aws:drop_strict" in defaults:
        nothing = draft.drop(draft.reason("firewall.stateful", policy_arn, "default", "NF4"))
    known, ask = _flow_lines(name, "flows")
    passed, _ = _flow_lines(name, "passed")
    midstream = draft.drop(draft.reason("firewall.midstream", policy_arn, "", "NF8"))
    draft.chains.append(
        _chain(
            f"{name}_stateful",
            [
                *(f"{line} return" for line in passed),
                *(f"{line} goto {name}_answer" for line in known),
                *(
                    f"meta l4proto tcp {family} saddr . {family} daddr . meta l4proto . th sport . th dport"
                    f" != @{name}_flows_{family} tcp flags & (syn | ack) != syn {midstream}"
                    for family in ("ip", "ip6")
                ),
                *(f"update {line}" for line in ask),
                *_rule_lines(draft, name, rules),
                nothing,
            ],
        )
    )
    both = [rule for rule in rules if not rule.to_server]
    draft.chains.append(_chain(f"{name}_answer", [*_rule_lines(draft, name, both), "return"]))
    _, remember = _flow_lines(name, "passed")
    draft.chains.append(_chain(f"{name}_pass", [*(f"update {line}" for line in remember), "return"]))


def _rule_lines(draft: Draft, name: str, rules: list[Verdict]) -> Iterator[str]:
    for rule in rules:
        verdict = f"goto {name}_pass"
        if rule.action == "DROP":
            verdict = draft.drop(draft.reason("firewall.stateful", rule.owner, rule.sid, "NF3"))
        yield f"{rule.match} {verdict}"


def _flow_lines(name: str, kind: str) -> tuple[list[str], list[str]]:
    """Matches for answers to flows in a set, and the updates that put a flow there."""
    known, remember = [], []
    for family, icmp in (("ip", "icmp"), ("ip6", "icmpv6")):
        ports = f"meta l4proto {{ tcp, udp }} {family}"
        known.append(f"{ports} daddr . {family} saddr . meta l4proto . th dport . th sport @{name}_{kind}_{family}")
        known.append(f"{family} daddr . {family} saddr . {icmp} id @{name}_{kind}_{family}_echo")
        remember.append(
            f"@{name}_{kind}_{family} {{ {family} saddr . {family} daddr . meta l4proto . th sport . th dport }}"
        )
        remember.append(f"@{name}_{kind}_{family}_echo {{ {family} saddr . {family} daddr . {icmp} id }}")
    return known, remember


def _chain(name: str, lines: list[str]) -> str:
    return f"chain {name} {{\n " + "\n ".join(lines) + "\n}"
