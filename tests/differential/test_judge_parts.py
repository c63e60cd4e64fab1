"""The judge's own parts, without a kernel: drawing, comparing, shrinking, scenarios."""

from __future__ import annotations

from random import Random

import msgspec
import yaml
from mutants import MUTANTS

from tabiji.estate import Estate
from tabiji.fabric import Fabric
from tabiji.lab.judge.compare import AGREE, DISAGREE, FORWARD, REPLY, Disagreement, judge
from tabiji.lab.judge.dense import dense_estate
from tabiji.lab.judge.predicted import Predictor
from tabiji.lab.judge.questions import Question, aimed_packets
from tabiji.lab.judge.scenario import expressible, scenario_of, text_of
from tabiji.lab.judge.shrink import shrink
from tabiji.lab.judge.testimony import Statement
from tabiji.lab.judge.topology import draw
from tabiji.lab.judge.verdict import DELIVERED, DROPPED, LOST, SILENT, Verdict, differences
from tabiji.packet.header import TCP, FiveTuple
from tabiji.sources.document import estate_of
from tabiji.walk import KEEP, Trip

SEEDS = range(12)
PROBES = 100


def first_trip(estate: Estate, question: Question) -> tuple[Predictor, Trip]:
    predictor = Predictor(estate, Fabric(estate))
    return predictor, predictor.trips(question, KEEP)[0]


def told_by_walk(estate: Estate, question: Question) -> Statement:
    """A kernel that does the first of the things the walk says may happen."""
    predictor, trip = first_trip(estate, question)
    answer = predictor.verdict(trip.reply) if trip.reply is not None else None
    return Statement(question, predictor.verdict(trip.forward), answer, trip.forward.packet.sport)


def test_a_seed_names_a_network_and_its_packets() -> None:
    one, other = draw(7, 50), draw(7, 50)
    assert one[1] == other[1]
    assert {k: dict(t) for k, t in one[0].tables.items()} == {k: dict(t) for k, t in other[0].tables.items()}
    assert draw(8, 50)[1] != one[1]


def test_drawn_networks_can_be_written_down() -> None:
    assert all(expressible(draw(seed, 1)[0]) for seed in SEEDS)


def test_a_good_share_of_packets_arrives() -> None:
    arrived = total = 0
    for seed in SEEDS:
        estate, questions = draw(seed, PROBES)
        for question in questions:
            total += 1
            arrived += first_trip(estate, question)[1].forward.outcome == "delivered"
    assert 0.25 <= arrived / total <= 0.6


def test_every_kind_of_way_is_drawn() -> None:
    """No component the lab builds is missing from the networks, and packets pass all of them."""
    passed: set[str] = set()
    for seed in range(40):
        estate, questions = draw(seed, PROBES)
        for question in questions:
            _, trip = first_trip(estate, question)
            if trip.forward.outcome == "delivered":
                passed |= {step.place.kind for step in trip.forward.steps}
    assert passed >= {
        "eni", "igw", "eigw", "nat_gateway", "peering", "tgw", "tgw_attachment", "vgw", "vpn", "dx", "site", "endpoint",
        "firewall", "gwlb_endpoint", "internet", "aws_service", "local_service",
    }  # fmt: skip


def test_no_two_packets_belong_to_one_flow() -> None:
    estate = dense_estate(Random(3))
    seen: set[tuple[object, ...]] = set()
    for _, packet in aimed_packets(estate, Random(3), 400):
        if packet.proto in (6, 17):
            here = (packet.proto, packet.src, packet.sport, packet.dst, packet.dport)
            back = (packet.proto, packet.dst, packet.dport, packet.src, packet.sport)
            assert here not in seen
            assert back not in seen
            seen.add(here)


def test_walk_agrees_with_itself() -> None:
    for seed in SEEDS:
        estate, questions = draw(seed, PROBES)
        predictor = Predictor(estate)
        for question in questions:
            statement = told_by_walk(estate, question)
            if statement.forward.outcome != SILENT:
                judged = judge(predictor, statement)
                assert judged.found is None, judged.found


def test_a_wrong_answer_is_told_apart() -> None:
    estate, questions = draw(1, PROBES)
    predictor = Predictor(estate)
    whole = [t for t in (told_by_walk(estate, q) for q in questions) if t.reply is not None]
    right = next(t for t in whole if t.forward.outcome == DELIVERED and t.reply.outcome == DELIVERED)
    lost = right._replace(forward=Verdict(LOST))
    assert judge(predictor, lost).forward == "lost"
    elsewhere = right._replace(forward=right.forward._replace(at="eni-ffffffff"))
    assert judge(predictor, elsewhere).found is not None
    silent = right._replace(reply=Verdict(DROPPED, code="nacl.in", component="acl-1"))
    found = judge(predictor, silent).found
    assert found is not None
    assert (found.leg, found.what) == (REPLY, "outcome")
    assert judge(predictor, right).reply == AGREE


def test_differences_name_the_aspect() -> None:
    packet = FiveTuple(1, 2, TCP, 3, 4)
    here = Verdict(DELIVERED, "eni-1", packet, way=("igw-1",))
    assert differences(here, here) == ()
    assert differences(here, here._replace(packet=packet._replace(dport=5))) == ("packet",)
    assert differences(here, here._replace(way=())) == ("passed",)
    dropped = Verdict(DROPPED, code="nacl.in", component="acl-1", rule="100")
    assert differences(dropped, dropped._replace(rule="")) == ("rule",)
    assert differences(here, dropped) == ("outcome",)


def one_disagreement() -> tuple[int, Disagreement]:
    """A kernel that asks network ACLs, a walk that takes them for stateful."""
    for seed in range(40):
        estate, questions = draw(seed, PROBES)
        told = [told_by_walk(estate, q) for q in questions]
        with MUTANTS["nacl_inside_the_subnet"].patch():
            predictor = Predictor(estate, Fabric(estate))
            for statement in told:
                found = judge(predictor, statement).found
                if found is not None and found.leg == FORWARD:
                    return seed, found
    raise AssertionError("no network shows it")


def test_lab61_a_disagreement_is_shrunk_and_becomes_a_scenario() -> None:
    seed, found = one_disagreement()
    estate, _ = draw(seed, PROBES)

    def shows(smaller: Estate) -> bool:
        if not expressible(smaller):
            return False
        statement = told_by_walk(smaller, found.question)
        with MUTANTS["nacl_inside_the_subnet"].patch():
            again = judge(Predictor(smaller, Fabric(smaller)), statement).found
        return again is not None and again.signature == found.signature

    smallest = shrink(estate, shows)
    assert shows(smallest)
    before, after = (sum(map(len, e.tables.values())) for e in (estate, smallest))
    assert after <= 12 < before
    told = yaml.safe_load(text_of(scenario_of(smallest, found, seed)))
    assert set(told) == {"title", "source", "facts", "estate", "ask"}
    again = estate_of(told["estate"])
    assert {k: dict(t) for k, t in again.tables.items() if t} == {k: dict(t) for k, t in smallest.tables.items() if t}
    assert shows(again)
    (ask,) = told["ask"]
    assert "walk says" in ask["note"]
    assert "kernel says" in ask["note"]


def test_shrinking_leaves_alone_what_does_not_show() -> None:
    estate = dense_estate(Random(1))
    assert shrink(estate, lambda e: False) is estate


def test_shrinking_takes_a_network_that_cannot_be_built_for_one_that_does_not_show() -> None:
    estate = dense_estate(Random(1))

    def shows(smaller: Estate) -> bool:
        return smaller.vpcs["vpc-00000001"].cidr_block.startswith("10.")

    smallest = shrink(estate, shows)
    assert list(smallest.vpcs) == ["vpc-00000001"]
    assert sum(map(len, smallest.tables.values())) == 1
    assert msgspec.to_builtins(smallest.vpcs["vpc-00000001"])["CidrBlock"] == "10.0.0.0/16"


def test_every_wrong_variant_leaves_the_fabric_as_it_was() -> None:
    estate, questions = draw(2, 60)
    before = [told_by_walk(estate, q) for q in questions]
    for mutant in MUTANTS.values():
        with mutant.patch():
            pass
    assert [told_by_walk(estate, q) for q in questions] == before
    assert DISAGREE not in {judge(Predictor(estate), t).forward for t in before}
