"""Elastic Load Balancing: ALB, NLB and Classic nodes (data-plane section 13).

A node is an ENI.  What reaches it meets, in this order: the balancer's state,
the listeners, a listener's rules, a target group, one of its targets; then the
packet is rewritten and leaves by the node's own groups and subnet.

An answer comes back in one of three ways:

* the target saw the node's address and answers to it (``_answer``),
* the target saw the client's address (an NLB that preserves it): its answer is
  taken back to the node as it leaves the target's ENI (``return_to_node``),
* the node itself answers (a redirect, a fixed response, a Lambda function).

``entry`` in the keys is empty for packets sent to the node and the endpoint's
ENI for those that come by PrivateLink (``endpoint_service``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..estate import Estate
from ..estate import load_balancing as elb
from ..estate.load_balancer import ClassicLoadBalancer, LbAction, Listener, ListenerRule, LoadBalancer, RuleCondition
from ..packet.address import V4_ALL, V6_ALL, parse_address, parse_prefix
from ..packet.header import ICMP, ICMPV6, TCP, UDP
from ..packet.ranges import normalise
from . import network_acl, security_group
from .compiler import Fabric, builds, eni_place, eni_zone
from .stage import (
    Choice,
    Deliver,
    Drop,
    Enter,
    First,
    Inside,
    Mark,
    Note,
    Place,
    Remember,
    Rewrite,
    Rule,
    Stage,
    State,
    Switch,
    Unbind,
    Unknown,
)

if TYPE_CHECKING:
    from ..estate.load_balancing import Pool, Target
    from ..estate.network_interface import NetworkInterface

NODE_PORTS = (1024, 65535)
"""Source ports a node uses towards targets (LB8, NA5)."""
ACTIVE = ("active", "active_impaired", "")
PROTOCOLS = {
    "TCP": (TCP,), "TLS": (TCP,), "HTTP": (TCP,), "HTTPS": (TCP,), "SSL": (TCP,),
    "UDP": (UDP,), "QUIC": (UDP,), "TCP_UDP": (TCP, UDP), "TCP_QUIC": (TCP, UDP),
}  # fmt: skip
"""IP protocols of a listener's protocol."""
HTTP_FACTS = {"host-header": "http_host", "path-pattern": "http_path", "http-request-method": "http_method"}
"""Facts of the request that rule conditions look at."""


def binding(node: str, entry: str) -> str:
    """The key under which a node keeps the flows it rewrote."""
    return f"lb:{node}:{entry}"


def preserved(node: str, target: str) -> str:
    """The key under which a flow to a target with the client's address is remembered."""
    return f"lb-preserved:{node}:{target}"


# Into a node -----------------------------------------------------------------


@builds("load-balancer-in")
def _in(fabric: Fabric, eni_id: str) -> Stage:
    """A packet for a node: a request on the way there, a target's answer on the way back."""
    answer = fabric.node("lb-answer", eni_id)
    return State("", fabric.node("lb-request", eni_id, ""), answer, answer)


@builds("lb-request")
def _request(fabric: Fabric, eni_id: str, entry: str) -> Stage:
    """LB8: listeners only; a node answers neither ping nor any other port."""
    estate = fabric.estate
    key = elb.balancer_by_eni(estate).get(eni_id)
    if key is None:
        description = estate.network_interfaces[eni_id].description.removeprefix("ELB ")
        return Unknown("unknown.load_balancer", eni_id, ("LB8",), (("load_balancer", description),))
    balancer = elb.find(estate, key)
    assert balancer is not None
    name = balancer.load_balancer_name
    if elb.kind_of(balancer) == elb.GATEWAY:
        return Drop("address.not_a_host", eni_id, ("GL2",), (("type", "gateway_load_balancer"),))
    by_family = fabric.node("lb-listeners", eni_id, entry, False)
    if any(":" in cidr for cidr in _own_addresses(estate, eni_id)) or entry:
        by_family = fabric.put(Inside((V6_ALL,), fabric.node("lb-listeners", eni_id, entry, True), by_family))
    if isinstance(balancer, LoadBalancer) and balancer.state.code not in ACTIVE:
        params = (("load_balancer", name), ("state", balancer.state.code))
        return Drop("lb.not_active", key, ("LB8",), params, by_family)
    return fabric.stage(by_family)


@builds("lb-listeners")
def _listeners(fabric: Fabric, eni_id: str, entry: str, six: bool) -> Stage:
    estate = fabric.estate
    key = elb.balancer_by_eni(estate)[eni_id]
    balancer = elb.find(estate, key)
    assert balancer is not None
    params = (("load_balancer", balancer.load_balancer_name),)
    rows: list[tuple[tuple[int, ...], int, str, int]] = []
    if isinstance(balancer, ClassicLoadBalancer):
        for number, row in enumerate(balancer.listener_descriptions):
            front = row.listener
            text = f"{front.protocol} {front.load_balancer_port}"
            after = fabric.node("lb-classic", eni_id, entry, six, number)
            rows.append((PROTOCOLS.get(front.protocol, (TCP,)), front.load_balancer_port, text, after))
    else:
        listed = estate.tables["load_balancer_listeners"].get(key)
        if listed is None and not estate.coverage.has("load_balancer_listeners", estate.scope_of(key)):
            return Unknown("unknown.lb_listeners", key, ("LB8",), params)
        for listener in listed.listeners if listed is not None else ():
            if listener.port is not None:
                text = f"{listener.protocol} {listener.port}"
                after = fabric.node("lb-rule", eni_id, entry, six, listener.listener_arn, 0)
                rows.append((PROTOCOLS.get(listener.protocol, (TCP,)), listener.port, text, after))
    text = ", ".join(row[2] for row in rows) or "-"
    no_ping = tuple(Rule(proto=p, allow=False, origin="ping", facts=("LB8",)) for p in (ICMP, ICMPV6))
    ping = fabric.put(Drop("lb.no_ping", key, ("LB8",), params))
    closed = fabric.put(Drop("lb.no_listener", key, ("LB8",), (*params, ("listeners", text))))
    refused = fabric.put(First("lb_ping", key, "ingress", (*no_ping, Rule()), closed, ping, ("LB8",)))
    table: list[Rule] = []
    step = -1
    for protocols, port, text, after in reversed(rows):
        rules = tuple(Rule(proto=p, dports=(port, port), origin=text, facts=("LB8",)) for p in protocols)
        table[:0] = rules
        step = after if step < 0 else fabric.put(First("lb_dispatch", key, "ingress", rules, after, step, ("LB8",)))
    return First("lb_listener", key, "ingress", tuple(table), step, refused, ("LB8",))


# Rules -----------------------------------------------------------------------


class Pattern(Mapping[Any, int]):
    """A table for ``Switch`` that looks values up by pattern: ``hit`` if one fits, ``unknown`` for no value at all."""

    def __init__(self, patterns: Sequence[str], hit: int, unknown: int, *, fold: bool) -> None:
        from fnmatch import fnmatchcase

        # Only * and ? are special in listener rules; brackets are not.
        escaped = [p.replace("[", "[[]") for p in patterns]
        self.patterns = [p.lower() for p in escaped] if fold else escaped
        self.fold = fold
        self.fits = fnmatchcase
        self.hit = hit
        self.unknown = unknown

    def __getitem__(self, value: Any) -> int:
        if value is None:
            return self.unknown
        text = str(value).lower() if self.fold else str(value)
        if any(self.fits(text, pattern) for pattern in self.patterns):
            return self.hit
        raise KeyError(value)

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0


@builds("lb-rule")
def _rule(fabric: Fabric, eni_id: str, entry: str, six: bool, listener_arn: str, number: int) -> Stage:
    """Rule ``number`` of a listener, in the order of their priorities; then the default actions."""
    estate = fabric.estate
    key = elb.balancer_by_eni(estate)[eni_id]
    listener: Listener = next(
        x for x in estate.tables["load_balancer_listeners"][key].listeners if x.listener_arn == listener_arn
    )
    rules = elb.rules_of(estate, listener_arn)

    def act(actions: tuple[LbAction, ...]) -> int:
        return _act(fabric, eni_id, entry, six, key, listener, actions)

    if number == len(rules):
        default = act(listener.default_actions)
        if not number and _rules_unread(estate, key):
            return _unread_rules(fabric, eni_id, entry, six, key, listener, default)
        return fabric.stage(default)
    rule = rules[number]
    missed = fabric.node("lb-rule", eni_id, entry, six, listener_arn, number + 1)
    step = act(rule.actions)
    for condition in reversed(rule.conditions):
        step = _condition(fabric, key, rule, condition, step, missed)
    if number or not any(c.field in HTTP_FACTS for r in rules for c in r.conditions):
        return fabric.stage(step)
    # A request of which neither host nor path is known may be for any of the rules.
    outcomes: dict[tuple[LbAction, ...], str] = {}
    for each in rules:
        outcomes.setdefault(each.actions, f"rule {each.priority}")
    outcomes.setdefault(listener.default_actions, "default rule")
    branches = tuple((label, act(actions)) for actions, label in outcomes.items())
    params = (("listener", f"{listener.protocol} {listener.port}"),)
    anything = fabric.put(Choice("choice.lb_rule", key, branches, "", ("LB8",), params))
    no_host = fabric.put(Switch("http_path", {None: anything}, step))
    return Switch("http_host", {None: no_host}, step)


def _condition(fabric: Fabric, key: str, rule: ListenerRule, condition: RuleCondition, hit: int, missed: int) -> int:
    """One condition of a rule; what the request's facts do not tell may go either way."""
    params = (("priority", rule.priority), ("condition", condition.field))
    open_ = fabric.put(
        Choice("choice.lb_rule", key, (("matches", hit), ("does not match", missed)), "", ("LB8",), params)
    )
    config = condition.config()
    if condition.field == "source-ip":
        ranges = normalise(parse_prefix(v) for v in config.values)
        rows = (Rule(src=ranges, origin=rule.priority, peer=", ".join(config.values), facts=("LB8",)),)
        return fabric.put(First("lb_rule", key, "ingress", rows, hit, missed, ("LB8",)))
    fact = HTTP_FACTS.get(condition.field)
    if fact is None or config.regex_values:
        return open_
    patterns = Pattern(config.values, hit, open_, fold=condition.field == "host-header")
    return fabric.put(Switch(fact, patterns, missed))


def _rules_unread(estate: Estate, key: str) -> bool:
    balancer = elb.find(estate, key)
    application = balancer is not None and elb.kind_of(balancer) == elb.APPLICATION
    return application and not estate.coverage.has("listener_rules", estate.scope_of(key))


def _unread_rules(
    fabric: Fabric, eni_id: str, entry: str, six: bool, key: str, listener: Listener, default: int
) -> Stage:
    """Rules nobody collected may lead to any target group attached to the balancer that no listener names."""
    estate = fabric.estate
    named = elb.all_groups(estate, key)
    others = [
        arn for arn, g in estate.tables["target_groups"].items() if key in g.load_balancer_arns and arn not in named
    ]
    branches = [("default rule", default)]
    branches += [(_short(arn), fabric.node("lb-group", eni_id, entry, six, arn)) for arn in others]
    params = (("listener", f"{listener.protocol} {listener.port}"),)
    if len(branches) == 1:
        return Note("note.lb_rules_assumed", key, default, ("LB8",), params)
    return Choice("choice.lb_rule", key, tuple(branches), "", ("LB8",), params)


def _short(arn: str) -> str:
    """The name in an ARN, or in the estate's key of a Classic Load Balancer."""
    parts = arn.split("/")
    return parts[-2] if len(parts) > 2 else parts[-1]


def _act(
    fabric: Fabric, eni_id: str, entry: str, six: bool, key: str, listener: Listener, actions: tuple[LbAction, ...]
) -> int:
    """What a rule does: forward (weighted), or answer the client itself."""
    last = max(actions, key=lambda a: a.order, default=None)
    own = next((a for a in actions if a.type.startswith("authenticate")), None) or last
    if own is None:
        return fabric.put(Unknown("unknown.lb_listeners", key, ("LB8",), (("load_balancer", _short(key)),)))
    if own.type != "forward":
        arrived = fabric.put(Deliver(eni_place(fabric.estate, eni_id), fabric.node("lb-self", eni_id, entry), ("LB8",)))
        params = (("action", own.type), ("answer", _answer_text(own)))
        return fabric.put(Note("note.lb_answers_itself", key, arrived, ("LB8",), params))
    groups = elb.groups_of(actions)
    if not groups:
        return fabric.put(Drop("lb.no_target", key, ("LB8",), (("load_balancer", _short(key)), ("group", "-"))))
    branches = tuple((_short(arn), fabric.node("lb-group", eni_id, entry, six, arn)) for arn, _ in groups)
    if len(branches) == 1:
        return branches[0][1]
    weights = ", ".join(f"{_short(arn)} {weight}" for arn, weight in groups)
    return fabric.put(Choice("choice.lb_target_group", key, branches, "", ("LB8",), (("weights", weights),)))


def _answer_text(action: LbAction) -> str:
    if action.redirect_config is not None:
        to = action.redirect_config
        return f"{to.status_code.removeprefix('HTTP_')} {to.protocol}://{to.host}:{to.port}{to.path}".strip().lower()
    return action.fixed_response_config.status_code if action.fixed_response_config is not None else ""


@builds("lb-self")
def _self(fabric: Fabric, eni_id: str, entry: str) -> Stage:
    """An answer of the node itself, back the way the request came."""
    return Enter(eni_place(fabric.estate, eni_id), _back(fabric, eni_id, entry))


# Targets ---------------------------------------------------------------------


@builds("lb-classic")
def _classic(fabric: Fabric, eni_id: str, entry: str, six: bool, number: int) -> Stage:
    """A Classic listener: every registered instance, on the listener's instance port."""
    estate = fabric.estate
    key = elb.balancer_by_eni(estate)[eni_id]
    balancer = elb.find(estate, key)
    assert isinstance(balancer, ClassicLoadBalancer)
    port = balancer.listener_descriptions[number].listener.instance_port
    targets = tuple(elb.instance_target(estate, i.instance_id, port, "") for i in balancer.instances)
    found = elb.pool(estate, key, targets, eni_zone(estate, eni_id))
    params = (("load_balancer", balancer.load_balancer_name), ("group", "-"), ("zone", eni_zone(estate, eni_id)))
    return _spread(fabric, eni_id, entry, six, key, "", found, params)


@builds("lb-group")
def _group(fabric: Fabric, eni_id: str, entry: str, six: bool, group_arn: str) -> Stage:
    """One of a target group's targets, as the node's zone and their health allow (LB6, LB8)."""
    estate = fabric.estate
    key = elb.balancer_by_eni(estate)[eni_id]
    balancer = elb.find(estate, key)
    assert balancer is not None
    zone = eni_zone(estate, eni_id)
    params = (("load_balancer", balancer.load_balancer_name), ("group", _short(group_arn)), ("zone", zone))
    group = estate.tables["target_groups"].get(group_arn)
    targets = elb.targets_of(estate, group_arn)
    if group is None or targets is None:
        return Unknown("unknown.lb_targets", group_arn or key, ("LB8",), params)
    found = elb.pool(estate, key, targets, zone, group_arn)
    step = fabric.put(_spread(fabric, eni_id, entry, six, key, group_arn, found, params))
    if found.initial:
        step = fabric.put(Note("note.lb_target_initial", group_arn, step, ("LB6",), params))
    if found.failed_open:
        step = fabric.put(Note("note.lb_fail_open", group_arn, step, ("LB6",), params))
    if elb.cross_zone(estate, key, group_arn)[1] and found.rest:
        said = "on" if found.cross_zone else "off"
        assumed = (("attribute", "load_balancing.cross_zone.enabled"), ("value", said))
        step = fabric.put(Note("note.lb_attributes_assumed", group_arn, step, ("LB1", "LB6"), (*params, *assumed)))
    return fabric.stage(step)


def _spread(
    fabric: Fabric, eni_id: str, entry: str, six: bool, key: str, group_arn: str, found: Pool,
    params: tuple[tuple[str, str], ...],
) -> Stage:  # fmt: skip
    """A choice among targets, or the reason why there is none."""
    component = group_arn or key

    def among(targets: tuple[Target, ...]) -> int:
        branches = tuple((str(t), _to_target(fabric, eni_id, entry, six, key, group_arn, t)) for t in targets)
        if len(branches) == 1:
            return branches[0][1]
        return fabric.put(Choice("choice.lb_target", component, branches, "", ("LB8",), params))

    if found.targets and (found.cross_zone is not None or not found.rest):
        return fabric.stage(among(found.targets))
    if found.targets:  # any zone's targets, if cross-zone balancing is on: nobody collected that
        return fabric.stage(among((*found.targets, *found.rest)))
    listed = ", ".join(f"{t} {t.health} {t.zone}".strip() for t in found.rest) or "-"
    facts = ("LB8",) if found.code in ("lb.no_target", "lb.target_zone") else ("LB6",)
    after = among(found.rest) if found.rest else -1
    refused = Drop(found.code, component, facts, (*params, ("targets", listed)), after)
    if found.cross_zone is None and found.code == "lb.not_cross_zone":
        branches = (("cross-zone off", fabric.put(refused)), ("cross-zone on", after))
        return Choice("choice.lb_cross_zone", component, branches, "", ("LB6",), params)
    return refused


def _to_target(fabric: Fabric, eni_id: str, entry: str, six: bool, key: str, group_arn: str, target: Target) -> int:
    """Towards one target: under the client's address or the node's (LB3)."""
    estate = fabric.estate
    group = estate.tables["target_groups"].get(group_arn)
    params = (("load_balancer", _short(key)), ("target", str(target)))
    if group is not None and group.target_type == "lambda":
        back = fabric.node("lb-self", eni_id, entry)
        return fabric.put(Deliver(Place("lambda_function", target.id), back, ("LB8",)))
    if target.address is None:
        return fabric.put(Unknown("unknown.lb_target", target.id, ("LB8",), params))
    hidden = _hide_client(fabric, eni_id, entry, six, key, target, params)
    balancer = elb.find(estate, key)
    if balancer is None or elb.kind_of(balancer) != elb.NETWORK or group is None:
        return hidden  # LB1
    translated = six != (target.address > V4_ALL[1])
    if entry or translated:
        return hidden  # LB3, ES1: PrivateLink and IPv6 to IPv4 always show the node
    keeps, assumed = elb.preserves_client(estate, group)
    if keeps is False:
        step = hidden
    else:
        step = _keep_client(fabric, eni_id, key, target, hidden, params)
    if keeps is None:
        branches = (("client address kept", step), ("client address hidden", hidden))
        return fabric.put(Choice("choice.lb_client_ip", group_arn, branches, "", ("LB3",), params))
    if assumed:
        value = (("attribute", "preserve_client_ip.enabled"), ("value", "true" if keeps else "false"))
        step = fabric.put(Note("note.lb_attributes_assumed", group_arn, step, ("LB3",), (*params, *value)))
    return step


def _hide_client(
    fabric: Fabric, eni_id: str, entry: str, six: bool, key: str, target: Target, params: tuple[tuple[str, str], ...]
) -> int:
    """The target sees the node's address, and a port of 1024 or higher (LB1, LB3, LB8)."""
    assert target.address is not None
    wide = target.address > V4_ALL[1]
    own = next((a for a in map(parse_address, _own_addresses(fabric.estate, eni_id)) if (a > V4_ALL[1]) == wide), None)
    if own is None:
        return fabric.put(Drop("lb.address_family", key, ("LB3",), params))
    changes = (("src", own), ("sport", NODE_PORTS), ("dst", target.address), ("dport", target.port))
    out = fabric.node("lb-out", eni_id)
    stage = Rewrite("load_balancer", key, changes, out, bind=binding(eni_id, entry), facts=("LB1", "LB3", "LB8"))
    return fabric.put(stage)


def _keep_client(
    fabric: Fabric, eni_id: str, key: str, target: Target, hidden: int, params: tuple[tuple[str, str], ...]
) -> int:
    """The target sees the client's address; only where the answer can be taken back to the node (LB3)."""
    estate = fabric.estate
    assert target.address is not None
    home = estate.network_interfaces[eni_id].vpc_id
    if target.vpc not in (home, *elb.peered(estate, home)):
        return fabric.put(Drop("lb.preserve_too_far", key, ("LB3",), params, hidden))
    changes = (("dst", target.address), ("dport", target.port))
    out = fabric.put(Remember(preserved(eni_id, target.eni), fabric.node("lb-out", eni_id)))
    step = fabric.put(Rewrite("load_balancer", key, changes, out, bind=binding(eni_id, ""), facts=("LB3", "LB8")))
    own = _own_addresses(estate, target.eni) if target.eni else ()
    itself = normalise((a, a) for a in (target.address, *map(parse_address, own)))
    # LB5: the target would get a packet from its own address.
    rules = (Rule(src=itself, allow=False, origin=target.id, facts=("LB5",)), Rule(origin=target.id))
    lands = fabric.put(Drop("lb.hairpin", key, ("LB5",), params, hidden))
    return fabric.put(First("lb_hairpin", key, "", rules, step, lands, ("LB5",)))


def _own_addresses(estate: Estate, eni_id: str) -> tuple[str, ...]:
    eni = estate.network_interfaces[eni_id]
    return (*eni.private_v4(), *(six.ipv6_address for six in eni.ipv6_addresses))


# Out of a node, and back -------------------------------------------------------


@builds("lb-out")
def _out(fabric: Fabric, eni_id: str) -> Stage:
    """Out by the node's own groups and subnet; from here on it wears the balancer's groups (LB2, LB4)."""
    estate = fabric.estate
    eni = estate.network_interfaces[eni_id]
    groups = frozenset(g.group_id for g in eni.groups)
    step = fabric.node("lb-edge", eni_id)
    taken_back = return_to_node(fabric, eni, step)
    if taken_back is not None:
        step = fabric.put(taken_back)
    step = fabric.put(security_group.egress(fabric, eni, step) or fabric.stage(step))
    facts: list[tuple[str, Any]] = [("identity", groups or None), ("az", eni_zone(estate, eni_id))]
    facts += [("nat", None), ("nat_vpc", None)]
    if groups:
        facts.append(("worn", groups))
    return Mark(tuple(facts), step)


@builds("lb-edge")
def _edge(fabric: Fabric, eni_id: str) -> Stage:
    estate = fabric.estate
    subnet = estate.network_interfaces[eni_id].subnet_id
    key = elb.balancer_by_eni(estate).get(eni_id, "")
    classic = isinstance(elb.find(estate, key), ClassicLoadBalancer)
    if not classic or subnet not in estate.subnets:
        return fabric.stage(fabric.node("subnet-edge", subnet))
    # NA10: a Classic node's outbound NACL counts even towards its own subnet.
    near = fabric.node("select-l2", subnet)
    near = fabric.put(network_acl.egress(fabric, subnet, near) or fabric.stage(near))
    return Inside(tuple(sorted(estate.subnet_prefixes[subnet])), near, fabric.node("subnet-out", subnet))


@builds("lb-answer")
def _answer(fabric: Fabric, eni_id: str) -> Stage:
    """A target's answer to the node: both ends are put back as the client knows them."""
    from .endpoint_service import entries

    place = eni_place(fabric.estate, eni_id)
    # Nothing it rewrote: an answer to the balancer's own health check.
    step = fabric.put(Deliver(place, -1))
    for entry in ("", *entries(fabric.estate, eni_id)):
        undo = fabric.put(_undo(fabric, eni_id, entry))
        step = fabric.put(State(binding(eni_id, entry), step, undo, step))
    return fabric.stage(step)


def _undo(fabric: Fabric, eni_id: str, entry: str) -> Unbind:
    key = elb.balancer_by_eni(fabric.estate).get(eni_id, eni_id)
    lost = fabric.put(Drop("lb.no_session", key, ("W11",), (("load_balancer", _short(key)),)))
    back = _back(fabric, eni_id, entry)
    return Unbind("load_balancer", key, binding(eni_id, entry), back, lost, ("LB3",), both=True)


def _back(fabric: Fabric, eni_id: str, entry: str) -> int:
    """On to the client: by the node's subnet, or by the endpoint the request came through."""
    return fabric.node("leaving", entry, 0) if entry else fabric.node("lb-out", eni_id)


def return_to_node(fabric: Fabric, eni: NetworkInterface, ok: int) -> Stage | None:
    """LB3: an answer to a client whose address an NLB preserved goes back through the node, whatever the routes say."""
    target = eni.network_interface_id
    step = ok
    for node in elb.preserving_nodes(fabric.estate).get(target, ()):
        back = fabric.node("lb-return", node, target)
        step = fabric.put(State(preserved(node, target), step, back, step))
    return fabric.stage(step) if step != ok else None


@builds("lb-return")
def _return(fabric: Fabric, eni_id: str, target: str) -> Stage:
    """From a target back to the node: the network ACLs of both subnets see target and client."""
    estate = fabric.estate
    here = estate.network_interfaces[target].subnet_id
    there = estate.network_interfaces[eni_id].subnet_id
    step = fabric.put(Enter(eni_place(estate, eni_id), fabric.put(_undo(fabric, eni_id, ""))))
    if here == there:
        return fabric.stage(step)
    step = fabric.put(network_acl.ingress(fabric, there, step) or fabric.stage(step))
    return network_acl.egress(fabric, here, step) or fabric.stage(step)
