"""The compiler as a whole: what every plan must keep to, whatever network it is of."""

from __future__ import annotations

import re
import sys
from random import Random

import plan_net as net
import pytest

import isolated
from tabiji.lab.judge.dense import dense_estate
from tabiji.lab.judge.draft import random_estate
from tabiji.lab.kernel import nft
from tabiji.lab.plan.compile import compile_plan
from tabiji.lab.plan.model import CONTEXT_MASK, IDENTITY_MASK, Plan
from tabiji.sources import load

RANDOM = [(make, seed) for make in (random_estate, dense_estate) for seed in range(12)]


def all_plans() -> list[Plan]:
    made = [compile_plan(load(path), hosts=hosts) for path in net.EXAMPLES for hosts in (True, False)]
    return made + [compile_plan(make(Random(seed)), hosts=False) for make, seed in RANDOM]


PLANS = all_plans()


def devices(plan: Plan) -> list[str]:
    return [p.name for p in plan.ports] + [end for w in plan.wires for end in (w.a, w.b)]


def test_interface_names_are_short_and_told_apart():
    """LAB31f."""
    for plan in PLANS:
        names = devices(plan)
        assert len(set(names)) == len(names)
        assert max(map(len, names)) <= 15


def test_everything_named_is_there():
    for plan in PLANS:
        names = set(devices(plan))
        assert {r.dev for t in plan.tables for r in t.routes} <= names | {""}
        numbers = [t.number for t in plan.tables]
        assert len(set(numbers)) == len(numbers)
        assert {r.table for r in plan.rules} <= set(numbers)
        quoted = {q for q in net.QUOTED.findall(plan.nft) if not re.fullmatch(r"d\d+", q)}
        assert quoted <= names
        assert {int(n) for n in net.DROP.findall(plan.nft)} <= set(range(len(plan.reasons)))
        guests = {g.name for g in plan.guests}
        assert {p.guest for p in plan.ports if p.guest} <= guests


def test_no_prefix_twice_in_a_table():
    for plan in PLANS:
        for table in plan.tables:
            prefixes = [r.prefix for r in table.routes]
            assert len(set(prefixes)) == len(prefixes), table.owner


def test_every_context_ends_somewhere():
    """A packet that no table of its context routes still has a reason (LAB14)."""
    for plan in PLANS:
        last = max(plan.rules, key=lambda rule: rule.priority)
        assert (last.mark, last.mask) == (0, 0)
        (table,) = [t for t in plan.tables if t.number == last.table]
        assert {r.prefix for r in table.routes} == {"0.0.0.0/0", "::/0"}
        for rule in plan.rules:
            assert rule.mask in (0, CONTEXT_MASK) or rule.mask & IDENTITY_MASK


def test_what_is_left_out_is_dropped_as_uncovered():
    plan = net.plan(
        """
        vpcs:
          v:
            cidr: 10.0.0.0/16
            subnets: {s: {cidr: 10.0.0.0/24, az: a, routes: {0.0.0.0/0: nat}}}
            igw: true
            nat_gateways: {nat: {mode: regional}}
            instances: {i: {subnet: s, ip: 10.0.0.10}}
        """
    )
    assert [u.why for u in plan.uncovered] == ["regional NAT gateways are not built (NG14)"]
    sinks = [p.name for p in plan.ports if p.role == "sink"]
    assert "uncovered" in {net.refusal(plan, sink).code for sink in sinks}


def test_compiling_twice_gives_the_same():
    for make, seed in RANDOM[:4]:
        assert compile_plan(make(Random(seed))) == compile_plan(make(Random(seed)))


@pytest.mark.parametrize("path", net.EXAMPLES, ids=lambda p: p.stem)
def test_hosts_and_oracle_have_one_fabric(path):
    """Only what is behind the ports differs, and appliances, which forward by themselves as hosts."""
    estate = load(path)
    hosts, oracle = compile_plan(estate, hosts=True), compile_plan(estate, hosts=False)
    if any(h.forwards for h in estate.hosts.values()):
        assert len(oracle.wires) == len(hosts.wires) + sum(bool(h.forwards) for h in estate.hosts.values())
        return
    assert (hosts.wires, hosts.tables, hosts.rules) == (oracle.wires, oracle.tables, oracle.rules)
    assert [p.name for p in hosts.ports] == [p.name for p in oracle.ports]


@isolated.in_namespaces
def test_the_kernel_takes_every_ruleset():
    for plan in PLANS:
        nft.replace(plan.nft)
        nft.run("flush ruleset")
        if plan.svc_nft:
            nft.run(plan.svc_nft)
            nft.run("flush ruleset")


def test_the_work_grows_with_the_network_and_no_faster():
    """Twenty times the interfaces are not four hundred times the work."""

    def spent(hosts: int) -> int:
        listed = ", ".join(f"h{n}: {{subnet: s{n // 200}, ip: 10.0.{n // 200}.{n % 200 + 10}}}" for n in range(hosts))
        subnets = ", ".join(f"s{n}: {{cidr: 10.0.{n}.0/24, az: a}}" for n in range(hosts // 200 + 1))
        estate = net.estate(f"vpcs: {{v: {{cidr: 10.0.0.0/16, subnets: {{{subnets}}}, instances: {{{listed}}}}}}}")
        calls = 0

        def count(*_: object) -> None:
            nonlocal calls
            calls += 1

        sys.setprofile(count)
        try:
            compile_plan(estate)
        finally:
            sys.setprofile(None)
        return calls

    assert spent(2000) < 30 * spent(100)


def test_what_a_change_does_not_touch_keeps_its_names():
    """A lab that is changed while it runs keeps its links, rules and tables, and so its connections."""
    text = """
        vpcs:
          v:
            cidr: 10.0.0.0/16
            subnets: {NEW s: {cidr: 10.0.0.0/24, az: a}}
            igw: true
            routes: {0.0.0.0/0: igw}
            instances: {MORE i: {subnet: s, ip: 10.0.0.10, public: 203.0.113.10}}
        """
    before = net.plan(text.replace("NEW", "").replace("MORE", ""))
    after = net.plan(
        text.replace("NEW", "a: {cidr: 10.0.9.0/24, az: c},").replace("MORE", "a: {subnet: a, ip: 10.0.9.10},")
    )
    assert set(devices(before)) < set(devices(after))
    assert set(before.rules) < set(after.rules)
    assert {t.number for t in before.tables} < {t.number for t in after.tables}
    assert set(before.wires) == set(after.wires)


@isolated.in_namespaces
def test_lab8_a_ruleset_loaded_in_parts_is_the_same():
    for plan in PLANS:
        nft.replace(plan.nft)
        whole = nft.run("list ruleset")
        for part in nft._parts(plan.nft):
            nft.run(part)
        assert sorted(nft.run("list ruleset").splitlines()) == sorted(whole.splitlines())
    nft.run("flush ruleset")
