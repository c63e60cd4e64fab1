"""AWS Network Firewall (data-plane section 12.1).

A firewall endpoint is a route target (NF1).  A packet meets the stateless
rules first, one by one and in both directions, then the stateful engine, which
knows flows (NF2).  What the stateful engine sees of a TCP request comes in two
phases: the handshake, which has no more than addresses and ports, and the
data, which shows the application and the name (NF4, NF11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..packet.address import AddressError, parse_prefix
from ..packet.header import PORTS, TCP, UDP
from ..packet.ranges import Ranges, normalise, subtract
from . import network_acl
from .compiler import Fabric, builds
from .request_facts import domain_pattern
from .stage import PORT_RANGE, Drop, Enter, First, Mark, Place, Remember, Rule, Stage, State, Switch, Unknown
from .suricata import EVERYTHING, Condition, NotUnderstood, Variables, Written, parse, understand

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..estate import Estate
    from ..estate.network_firewall import Firewall, FirewallPolicy, MatchAttributes, RuleGroup

PASS, DROP, REJECT = "pass", "drop", "reject"
HANDSHAKE, DATA, PACKET = "handshake", "data", "packet"
"""Phases: setting up a TCP connection, what it carries, a packet of any other protocol."""
TO_SERVER, TO_CLIENT = "to_server", "to_client"
TARGETS = {"TLS_SNI": ("tls", "tls_names"), "HTTP_HOST": ("http", "http_names")}
"""What a domain list looks at -> application and fact (NF6)."""
LIST_ACTIONS = {"ALLOWLIST": PASS, "DENYLIST": DROP, "REJECTLIST": REJECT, "ALERTLIST": "alert"}
READY = ("READY", "SCALING", "")
OTHER = "other"
"""Stands for any application that no rule names."""


class Endpoint(NamedTuple):
    """Where a firewall can be reached: its ARN, the AZ and subnet of the endpoint, the endpoint's status."""

    firewall: str
    az: str
    subnet: str
    status: str


def endpoints(estate: Estate) -> dict[str, Endpoint]:
    """VPC endpoint id -> firewall endpoint (NF1), those of further VPCs included."""
    kinds = ("network_firewalls", "network_firewall_endpoint_associations")
    return estate.memo("firewall_endpoints", kinds, _endpoints)


def _endpoints(estate: Estate) -> dict[str, Endpoint]:
    out: dict[str, Endpoint] = {}
    for arn, firewall in estate.network_firewalls.items():
        for az, state in firewall.firewall_status.sync_states.items():
            at = state.attachment
            out[at.endpoint_id] = Endpoint(arn, az, at.subnet_id, at.status)
    for record in estate.network_firewall_endpoint_associations.values():
        arn = record.vpc_endpoint_association.firewall_arn
        for az, state in record.vpc_endpoint_association_status.association_sync_state.items():
            at = state.attachment
            out[at.endpoint_id] = Endpoint(arn, az, at.subnet_id, at.status)
    return out


def place_of(estate: Estate, arn: str, vpc: str = "", az: str = "") -> Place:
    """The place a firewall is, in one AZ."""
    firewall = estate.network_firewalls.get(arn)
    return Place("firewall", name_of(arn, firewall), vpc, az)


def name_of(arn: str, firewall: Firewall | None) -> str:
    """Short name of a firewall."""
    return (firewall.firewall.firewall_name if firewall is not None else "") or arn.rpartition("/")[2]


def one_sided(there: Iterable[Place], back: Iterable[Place]) -> tuple[Place, ...]:
    """Firewall endpoints a request went through and its answer did not (NF8); the other way round is a drop."""
    met = set(back)
    return tuple(dict.fromkeys(p for p in there if p.kind == "firewall" and p not in met))


# In and out --------------------------------------------------------------------------


@builds("firewall-endpoint")
def _endpoint(fabric: Fabric, endpoint_id: str) -> Stage:
    """Into the endpoint's subnet, through the firewall, on by that subnet's routes (NF1, GL1)."""
    estate = fabric.estate
    at = endpoints(estate)[endpoint_id]
    record = estate.vpc_endpoints.get(endpoint_id)
    subnet_id = at.subnet or (record.subnet_ids[0] if record is not None and record.subnet_ids else "")
    subnet = estate.subnets.get(subnet_id)
    if subnet is None:
        return Unknown("unknown.subnet", endpoint_id, ("NF1",))
    place = place_of(estate, at.firewall, subnet.vpc_id, subnet.availability_zone)
    if at.status not in READY:
        unknown = Unknown("unknown.firewall_state", endpoint_id, ("NF1",), (("status", at.status),))
        return Enter(place, fabric.put(unknown))
    out = fabric.node("subnet-edge", subnet_id)
    inspected = fabric.node("firewall", at.firewall, f"firewall:{endpoint_id}", out)
    # SG5, TG12: references do not survive a middlebox.
    lost = fabric.put(Mark((("identity", None), ("az", subnet.availability_zone)), inspected))
    # NA4, NA11: the NACL of the endpoint's subnet sees the packet come in, from its own subnet too.
    return Enter(place, fabric.put(network_acl.ingress(fabric, subnet_id, lost) or fabric.stage(lost)))


@builds("firewall-attachment")
def _attachment(fabric: Fabric, attachment_id: str) -> Stage:
    """NF10: a firewall attached to a TGW; both directions meet the same one (appliance mode is implied)."""
    estate = fabric.estate
    arn = next(
        (
            arn
            for arn, firewall in estate.network_firewalls.items()
            if (sync := firewall.firewall_status.transit_gateway_attachment_sync_state) is not None
            and sync.attachment_id == attachment_id
        ),
        "",
    )
    if not arn:
        return Unknown("unknown.firewall", attachment_id, ("NF10", "TG14"), (("firewall", attachment_id),))
    out = fabric.node("tgw-associated", attachment_id)
    inspected = fabric.node("firewall", arn, f"firewall:{attachment_id}", out)
    return Enter(place_of(estate, arn), fabric.put(Mark((("identity", None),), inspected)))


# The policy as data ---------------------------------------------------------------------


class Ruling(NamedTuple):
    """One stateful rule: what it does, what it matches, where it is written."""

    action: str
    condition: Condition
    origin: str
    text: str


class Plan(NamedTuple):
    """A firewall's policy, read: rules in the order they are written, groups in the order they run.

    ``missing`` holds the rule groups whose rules are not known; a Ruling with
    their name stands at their place.
    """

    name: str
    policy: FirewallPolicy
    rulings: tuple[Ruling, ...]
    missing: tuple[str, ...]

    @property
    def strict(self) -> bool:
        """Strict order (NF3)."""
        return self.policy.firewall_policy.stateful_engine_options.rule_order == "STRICT_ORDER"

    @property
    def defaults(self) -> frozenset[str]:
        """Default actions of strict order, without ``aws:`` (NF4)."""
        if not self.strict:
            return frozenset()
        return frozenset(a.removeprefix("aws:") for a in self.policy.firewall_policy.stateful_default_actions)

    @property
    def apps(self) -> tuple[str, ...]:
        """Applications the rules speak of."""
        named = {r.condition.app for r in self.rulings} | {r.condition.not_app for r in self.rulings}
        return tuple(sorted((named | {"tls", "http"}) - {""}))


def plan_of(fabric: Fabric, arn: str) -> Plan | None:
    """The policy of a firewall; None if firewall or policy were not collected."""
    estate = fabric.estate
    firewall = estate.network_firewalls.get(arn)
    policy = estate.network_firewall_policies.get(firewall.firewall.firewall_policy_arn) if firewall else None
    if firewall is None or policy is None:
        return None
    plan: Plan = fabric.shared(("firewall-plan", arn), lambda: _plan(estate, arn, firewall, policy))
    return plan


def _plan(estate: Estate, arn: str, firewall: Firewall, policy: FirewallPolicy) -> Plan:
    references = policy.firewall_policy.stateful_rule_group_references
    strict = policy.firewall_policy.stateful_engine_options.rule_order == "STRICT_ORDER"
    if strict:
        references = tuple(sorted(references, key=lambda r: r.priority))
    rulings: list[Ruling] = []
    missing: list[str] = []
    for reference in references:
        group = estate.network_firewall_rule_groups.get(reference.resource_arn)
        short = reference.resource_arn.rpartition("/")[2]
        if group is None or group.rule_group is None:
            # Rules AWS does not show, such as managed groups: "none" takes them as never deciding.
            if estate.switch(f"NF3:{short}", "unknown") != "none":
                missing.append(short)
                rulings.append(Ruling("missing", _ANYTHING, short, short))
            continue
        found = _rulings(estate, firewall, policy, group, strict)
        if reference.override is not None and reference.override.action == "DROP_TO_ALERT":
            found = [r for r in found if r.action not in (DROP, REJECT)]
        rulings += (r for r in found if r.action != "alert")
    return Plan(name_of(arn, firewall), policy, tuple(rulings), tuple(missing))


_SIDE = (EVERYTHING, EVERYTHING, (PORTS,), (PORTS,))
_ANYTHING = Condition((_SIDE,), None)


def _rulings(
    estate: Estate, firewall: Firewall, policy: FirewallPolicy, group: RuleGroup, strict: bool
) -> list[Ruling]:
    assert group.rule_group is not None
    source = group.rule_group.rules_source
    variables = variables_of(estate, firewall, policy, group)
    if source.rules_source_list is not None:
        return _domain_list(group, variables, strict)
    if source.rules_string:
        out = []
        for line in source.rules_string.replace("\\\r\n", " ").replace("\\\n", " ").splitlines():
            try:
                out += [_suricata(group, rule, variables) for rule in parse(line)]
            except NotUnderstood:
                out.append(Ruling(DROP, _ANYTHING._replace(unsupported=line.strip()[:60]), group.name, line.strip()))
        return out
    return [
        _suricata(
            group,
            Written(
                rule.action.lower(),
                (
                    rule.header.protocol.lower(),
                    rule.header.source,
                    rule.header.source_port,
                    "<>" if rule.header.direction == "ANY" else "->",
                    rule.header.destination,
                    rule.header.destination_port,
                ),
                tuple((o.keyword.lower(), ", ".join(o.settings)) for o in rule.rule_options),
            ),
            variables,
        )
        for rule in source.stateful_rules
    ]


def _suricata(group: RuleGroup, rule: Written, variables: Variables) -> Ruling:
    action = REJECT if rule.action.startswith("reject") else rule.action
    condition = understand(rule, variables)
    if action not in (PASS, DROP, REJECT, "alert"):
        action, condition = DROP, condition._replace(unsupported=rule.action)
    sid = rule.option("sid")
    text = " ".join((rule.action, *rule.header))
    message = rule.option("msg").strip('"')
    return Ruling(action, condition, f"{group.name} sid:{sid}", f"{text} ({message})" if message else text)


def _domain_list(group: RuleGroup, variables: Variables, strict: bool) -> list[Ruling]:
    """NF6, NF7: names of HOME_NET's requests; an allow list also denies what is not on it, in action order only."""
    assert group.rule_group is not None
    assert group.rule_group.rules_source.rules_source_list is not None
    listed = group.rule_group.rules_source.rules_source_list
    action = LIST_ACTIONS.get(listed.generated_rules_type, DROP)
    unsupported = "" if listed.generated_rules_type in LIST_ACTIONS else listed.generated_rules_type
    home = variables.addresses.get("HOME_NET")
    if home is None:
        unsupported = "$HOME_NET"
    side = (EVERYTHING if home is None else home, EVERYTHING, (PORTS,), (PORTS,))
    base = Condition((side,), (TCP,), direction=TO_SERVER, established=True, payload=True, unsupported=unsupported)
    out: list[Ruling] = []
    for kind in listed.target_types:
        if kind not in TARGETS:
            out.append(Ruling(action, base._replace(unsupported=kind), group.name, kind))
            continue
        app, fact = TARGETS[kind]
        for target in listed.targets:
            names = ((fact, domain_pattern(target)),)
            condition = base._replace(app=app, names=names)
            out.append(Ruling(action, condition, f"{group.name} {target}", f"{action} {app} {target}"))
        if action == PASS and not strict:
            text = f"drop {app} not on the list"
            out.append(Ruling(DROP, base._replace(app=app), f"{group.name} (not listed)", text))
    return out


def variables_of(estate: Estate, firewall: Firewall, policy: FirewallPolicy, group: RuleGroup) -> Variables:
    """``$NAME`` and ``@NAME`` for a rule group: its own, then the policy's, then HOME_NET = the VPC's CIDRs (NF7)."""
    assert group.rule_group is not None
    addresses: dict[str, Ranges] = {}
    vpc = estate.vpc_ranges.get(firewall.firewall.vpc_id)
    if vpc is not None:
        addresses["HOME_NET"] = vpc
    own = group.rule_group.rule_variables
    for name, ip_set in (*policy.firewall_policy.policy_variables.rule_variables.items(), *own.ip_sets.items()):
        try:
            addresses[name] = normalise(parse_prefix(cidr) for cidr in ip_set.definition)
        except AddressError:
            addresses.pop(name, None)
    if "HOME_NET" in addresses:
        addresses.setdefault("EXTERNAL_NET", subtract(EVERYTHING, addresses["HOME_NET"]))
    for name, reference in group.rule_group.reference_sets.ip_set_references.items():
        cidrs = estate.prefix_list_cidrs.get(reference.reference_arn.rpartition("/")[2])
        if cidrs is not None:
            addresses[name] = normalise(parse_prefix(cidr) for cidr in cidrs)
    ports = {}
    for name, port_set in own.port_sets.items():
        bounds = [text.partition(":") for text in port_set.definition]
        if all(low.isdigit() and (high.isdigit() or not high) for low, _, high in bounds):
            ports[name] = normalise((int(low), int(high or low)) for low, _, high in bounds)
    return Variables(addresses, ports)


# Stateless ------------------------------------------------------------------------------


@builds("firewall")
def _firewall(fabric: Fabric, arn: str, key: str, out: int) -> Stage:
    """NF2: stateless rules by priority, the first match decides; then the default actions.  Both legs alike."""
    plan = plan_of(fabric, arn)
    if plan is None:
        return Unknown("unknown.firewall", arn.rpartition("/")[2] or key, ("NF2",), (("firewall", arn),))
    body = plan.policy.firewall_policy
    stateful = fabric.node("firewall-stateful", arn, key, out)
    params = (("firewall", plan.name), ("phase", PACKET))
    refused = fabric.put(Drop("firewall.drop", plan.name, ("NF2",), params, out))
    ways = {"aws:pass": out, "aws:drop": refused, "aws:forward_to_sfe": stateful}

    def way(actions: Sequence[str]) -> int:
        return next((ways[a] for a in actions if a in ways), stateful)

    items: list[Item] = []
    for reference in sorted(body.stateless_rule_group_references, key=lambda r: r.priority):
        group = fabric.estate.network_firewall_rule_groups.get(reference.resource_arn)
        short = reference.resource_arn.rpartition("/")[2]
        if group is None or group.rule_group is None:
            items.append(([Rule(origin=short)], _unknown_group(fabric, plan, short), False))
            break
        rules = group.rule_group.rules_source.stateless_rules_and_custom_actions
        for rule in sorted(rules.stateless_rules if rules else (), key=lambda r: r.priority):
            match = rule.rule_definition.match_attributes
            origin = f"{short} {rule.priority}"
            target = way(rule.rule_definition.actions)
            if match.tcp_flags:  # packets of one flow may fare differently
                target = _unknown_rule(fabric, plan, origin, "TCPFlags")
            text = ", ".join(rule.rule_definition.actions)
            items.append((_stateless_rules(match, origin, text), target, target == refused))
    default = Rule(origin="default", peer=", ".join(body.stateless_default_actions), facts=("NF2",))
    target = way(body.stateless_default_actions)
    items.append(([default], target, target == refused))
    return fabric.stage(_chain(fabric, "firewall_stateless", plan.name, items, stateful))


Item = tuple[list[Rule], int, bool]
"""Rules that lead to one stage, and whether that is a refusal."""


def _stateless_rules(match: MatchAttributes, origin: str, text: str) -> list[Rule]:
    """Ports count for TCP and UDP only."""

    def held(cidrs: Iterable[str]) -> Ranges | None:
        found = [parse_prefix(c) for c in cidrs if c.upper() != "ANY"]
        return normalise(found) if found else None

    src = held(a.address_definition for a in match.sources)
    dst = held(a.address_definition for a in match.destinations)
    sports = normalise((p.from_port, p.to_port) for p in match.source_ports) or (PORTS,)
    dports = normalise((p.from_port, p.to_port) for p in match.destination_ports) or (PORTS,)
    narrow = (sports, dports) != ((PORTS,), (PORTS,))
    protos: Iterable[int | None] = match.protocols or ((TCP, UDP, 1, 58) if narrow else (None,))
    if match.tcp_flags:
        protos = (TCP,)
    out: list[Rule] = []
    for proto in protos:
        ported = proto in (TCP, UDP)
        for sport in sports if ported else (PORTS,):
            for dport in dports if ported else (PORTS,):
                out.append(_rule(proto, src, dst, sport, dport, None, origin, text, ("NF2",)))
    return out


def _rule(
    proto: int | None,
    src: Ranges | None,
    dst: Ranges | None,
    sport: PORT_RANGE,
    dport: PORT_RANGE,
    fact: tuple[str, str] | None,
    origin: str,
    text: str,
    facts: tuple[str, ...],
) -> Rule:
    return Rule(
        proto=proto,
        src=src,
        dst=dst,
        sports=None if sport == PORTS else sport,
        dports=None if dport == PORTS else dport,
        fact=fact,
        origin=origin,
        peer=text,
        facts=facts,
    )


# Stateful ---------------------------------------------------------------------------------


@builds("firewall-stateful")
def _stateful(fabric: Fabric, arn: str, key: str, out: int) -> Stage:
    """Flows: the way there is judged by the rules, the way back belongs to a flow the endpoint knows (NF8)."""
    plan = plan_of(fabric, arn)
    assert plan is not None
    there = fabric.node("firewall-there", arn, key, out)
    back = fabric.node("firewall-back", arn, key, out)
    return State(key, there, fabric.put(State(_passed(key), out, out, back)), _stranger(fabric, plan, out))


def _passed(key: str) -> str:
    """Flow key: a pass rule matched, nothing more is looked at (NF5)."""
    return f"{key}:passed"


def _stranger(fabric: Fabric, plan: Plan, out: int) -> int:
    """NF8: an answer to a flow this endpoint never saw begin."""
    params = (("firewall", plan.name),)
    lost = fabric.put(Drop("firewall.asymmetric", plan.name, ("NF8", "TG9"), params, out))
    unsure = fabric.put(Unknown("unknown.firewall_midstream", plan.name, ("NF8",), params))
    if plan.policy.firewall_policy.stateful_engine_options.stream_exception_policy == "CONTINUE":
        return unsure
    tcp = (Rule(proto=TCP, origin="no flow", facts=("NF8",)),)
    return fabric.put(First("firewall_stateful", plan.name, TO_CLIENT, tcp, lost, unsure, ("NF8",)))


@builds("firewall-there")
def _there(fabric: Fabric, arn: str, key: str, out: int) -> Stage:
    """TCP in two phases, anything else in one."""
    plan = plan_of(fabric, arn)
    assert plan is not None
    handshake = fabric.node("firewall-phase", arn, key, out, TO_SERVER, HANDSHAKE, OTHER)
    packet = _by_app(fabric, plan, arn, key, out, PACKET)
    tcp = (Rule(proto=TCP, origin="tcp"),)
    return First("firewall_protocol", plan.name, "", tcp, handshake, packet)


def _by_app(fabric: Fabric, plan: Plan, arn: str, key: str, out: int, phase: str) -> int:
    """By what the request is known to speak; None: not known."""
    table: dict[str | None, int] = {
        app: fabric.node("firewall-phase", arn, key, out, TO_SERVER, phase, app) for app in (*plan.apps, None)
    }
    other = fabric.node("firewall-phase", arn, key, out, TO_SERVER, phase, OTHER)
    return fabric.put(Switch("app", table, other))


@builds("firewall-phase")
def _phase(fabric: Fabric, arn: str, key: str, out: int, way: str, phase: str, app: str | None) -> Stage:
    """The rules of one phase in the order they decide (NF3), then what happens to the rest (NF4)."""
    plan = plan_of(fabric, arn)
    assert plan is not None
    known = out if way == TO_CLIENT else fabric.put(Remember(key, out))
    passed = out if way == TO_CLIENT else fabric.put(Remember(_passed(key), known))
    rest = _rest(fabric, plan, arn, key, out, way, phase, app, known)
    ways = {PASS: passed, DROP: _refused(fabric, plan, DROP, phase, rest),
            REJECT: _refused(fabric, plan, REJECT, phase, rest)}  # fmt: skip
    default = _default(fabric, plan, way, phase, rest)
    order = _strict_order if plan.strict else _action_order
    found = _matching(plan, way, phase, app)
    return fabric.stage(order(fabric, plan, found, ways, default))


def _rest(
    fabric: Fabric, plan: Plan, arn: str, key: str, out: int, way: str, phase: str, app: str | None, known: int
) -> int:
    """Where packets go that no rule and no default stops."""
    if phase == HANDSHAKE:
        if way == TO_CLIENT:
            return _reply_data(fabric, plan, arn, key, out)
        return _by_app(fabric, plan, arn, key, out, DATA)
    if way == TO_SERVER and app:
        return fabric.put(Remember(f"{key}:app:{app}", known))
    return known


def _refused(fabric: Fabric, plan: Plan, action: str, phase: str, rest: int) -> int:
    """NF11: what a client sees differs: nothing at all, a hang after the connection stands, a reset."""
    params = (("firewall", plan.name), ("phase", phase))
    code = "firewall.reject" if action == REJECT else "firewall.drop_application" if phase == DATA else "firewall.drop"
    return fabric.put(Drop(code, plan.name, ("NF3", "NF11") if phase == DATA else ("NF3",), params, rest))


def _default(fabric: Fabric, plan: Plan, way: str, phase: str, rest: int) -> int:
    """NF2: pass; strict order has drops of its own (NF4)."""
    defaults = plan.defaults
    if way == TO_CLIENT:  # NF4: answers of an established connection pass
        return rest
    drops = {word for word in defaults if word.startswith("drop_")}
    if not drops or (phase == HANDSHAKE and "drop_strict" not in drops):
        return rest
    name = "drop_strict" if "drop_strict" in drops else sorted(drops)[0]
    params = (("firewall", plan.name), ("phase", phase), ("rule", f"aws:{name}"))
    if phase == PACKET and not drops & {"drop_strict", "drop_established"}:
        unsure = (("firewall", plan.name), ("rule", f"aws:{name}"), ("option", name))
        return fabric.put(Unknown("unknown.firewall_rule", plan.name, ("NF4",), unsure))
    code = "firewall.drop_application" if phase == DATA else "firewall.drop"
    return fabric.put(Drop(code, plan.name, ("NF4",), params, rest))


@builds("firewall-back")
def _back(fabric: Fabric, arn: str, key: str, out: int) -> Stage:
    """Rules that are not bound to a direction look at answers too; most policies have none that match."""
    plan = plan_of(fabric, arn)
    assert plan is not None
    if not any(r.condition.direction != TO_SERVER for r in plan.rulings):
        return fabric.stage(out)
    handshake = fabric.node("firewall-phase", arn, key, out, TO_CLIENT, HANDSHAKE, OTHER)
    packet = fabric.node("firewall-phase", arn, key, out, TO_CLIENT, PACKET, OTHER)
    tcp = (Rule(proto=TCP, origin="tcp"),)
    return First("firewall_protocol", plan.name, "", tcp, handshake, packet)


def _reply_data(fabric: Fabric, plan: Plan, arn: str, key: str, out: int) -> int:
    """The engine knows the application from the way there."""
    step = fabric.node("firewall-phase", arn, key, out, TO_CLIENT, DATA, OTHER)
    for app in plan.apps:
        known = fabric.node("firewall-phase", arn, key, out, TO_CLIENT, DATA, app)
        step = fabric.put(State(f"{key}:app:{app}", step, known, step))
    return step


class Found(NamedTuple):
    """A ruling that can match in a phase, as rules of the fabric; ``unsure`` names why it may not match after all."""

    ruling: Ruling
    rules: list[Rule]
    unsure: str


def _matching(plan: Plan, way: str, phase: str, app: str | None) -> list[Found]:
    out: list[Found] = []
    for ruling in plan.rulings:
        condition = ruling.condition
        if condition.direction not in ("", way):
            continue
        established = condition.established
        if phase == HANDSHAKE and (condition.payload or established):
            continue
        if phase == DATA and not (condition.payload or established):
            continue  # it was asked at the handshake and did not match then
        if phase != HANDSHAKE and established is (phase == PACKET):
            continue
        if condition.app and app is not None and condition.app != app:
            continue
        if condition.not_app and app == condition.not_app:
            continue
        if way == TO_CLIENT and condition.names:
            continue  # names are in what the client sends
        unsure = condition.unsupported
        if not unsure and app is None and (condition.app or condition.not_app):
            unsure = condition.app or f"!{condition.not_app}"
        rules = _rules(ruling, phase, unsure)
        if rules:
            out.append(Found(ruling, rules, unsure))
    return out


def _rules(ruling: Ruling, phase: str, unsure: str) -> list[Rule]:
    condition = ruling.condition
    names = () if unsure else condition.names
    if len(names) > 1:  # no request has both a server name and a Host header in clear
        return []
    protos: Iterable[int | None] = condition.protos or (None,)
    if phase != PACKET:
        if condition.protos is not None and TCP not in condition.protos:
            return []
        protos = (None,)
    else:
        protos = [p for p in protos if p != TCP]
    out: list[Rule] = []
    fact = names[0] if names else None
    for src, dst, sports, dports in condition.sides:
        for proto in protos:
            for sport in sports:
                for dport in dports:
                    ends = (None if src == EVERYTHING else src, None if dst == EVERYTHING else dst)
                    out.append(_rule(proto, *ends, sport, dport, fact, ruling.origin, ruling.text, ("NF3",)))
    return out


def _strict_order(fabric: Fabric, plan: Plan, found: list[Found], ways: dict[str, int], default: int) -> int:
    """NF3: as written; the first rule that passes, drops or rejects decides."""
    items = [_item(fabric, plan, f, f, ways) for f in found]
    return _chain(fabric, "firewall_stateful", plan.name, items, default)


def _action_order(fabric: Fabric, plan: Plan, found: list[Found], ways: dict[str, int], default: int) -> int:
    """NF3: all passes, then drops, then rejects.

    A pass that cannot be told matters only where something would refuse.
    """

    def of(action: str) -> list[Found]:
        return [f for f in found if f.ruling.action == action]

    missing = of("missing")
    refusals = [*of(DROP), *of(REJECT)]
    items = [_item(fabric, plan, f, f, ways) for f in (*missing, *refusals)]
    step = _chain(fabric, "firewall_stateful", plan.name, items, default)
    for unsure in (f for f in reversed(of(PASS)) if f.unsure):
        blocked = [_item(fabric, plan, f, unsure, ways) for f in (*missing, *refusals)]
        maybe = _chain(fabric, "firewall_stateful", plan.name, blocked, default)
        step = _chain(fabric, "firewall_stateful", plan.name, [(unsure.rules, maybe, False)], step)
    sure = [(f.rules, ways[PASS], False) for f in of(PASS) if not f.unsure]
    return _chain(fabric, "firewall_stateful", plan.name, sure, step)


def _item(fabric: Fabric, plan: Plan, found: Found, decides: Found, ways: dict[str, int]) -> Item:
    """The rules of ``found`` with what ``decides`` does, which may be unknown.

    Rules are not shared: refusing and telling apart mark them differently.
    """
    rules = [_copy(rule) for rule in found.rules]
    origin, action = decides.ruling.origin, decides.ruling.action
    if action == "missing":
        return rules, _unknown_group(fabric, plan, origin), False
    if decides.unsure:
        return rules, _unknown_rule(fabric, plan, origin, decides.unsure), False
    return rules, ways[action], action in (DROP, REJECT)


def _copy(rule: Rule) -> Rule:
    held = (rule.proto, rule.src, rule.dst, rule.sports or PORTS, rule.dports or PORTS)
    return _rule(*held, rule.fact, rule.origin, rule.peer, rule.facts)


def _unknown_rule(fabric: Fabric, plan: Plan, origin: str, option: str) -> int:
    params = (("firewall", plan.name), ("rule", origin), ("option", option))
    return fabric.put(Unknown("unknown.firewall_rule", plan.name, ("RA5", "NF3"), params))


def _unknown_group(fabric: Fabric, plan: Plan, group: str) -> int:
    params = (("firewall", plan.name), ("group", group))
    return fabric.put(Unknown("unknown.firewall_rule_group", group, ("RA5",), params))


def _chain(fabric: Fabric, kind: str, component: str, items: Sequence[Item], missing: int) -> int:
    """One first-match table for each run of rules that lead to the same stage."""
    step = missing
    end = len(items)
    while end:
        _, target, refuses = items[end - 1]
        start = end - 1
        while start and items[start - 1][1:] == (target, refuses):
            start -= 1
        rules = [rule for found, _, _ in items[start:end] for rule in found]
        facts = ("NF2",) if kind == "firewall_stateless" else ("NF3",)
        if refuses:
            for rule in rules:
                rule.allow = False
            rules.append(Rule(origin="*", peer="none of the refusing rules", facts=facts))
            stage = First(kind, component, "", tuple(rules), step, target, facts)
        else:
            stage = First(kind, component, "", tuple(rules), target, step, facts)
        step = fabric.put(stage)
        end = start
    return step
