"""The walk on graphs put together by hand: no AWS in sight."""

import msgspec

from tabiji.fabric.stage import Choice, Deliver, Drop, Enter, First, Mark, Note, Place, Rewrite, Rule, State, Unbind
from tabiji.packet.header import TCP, FiveTuple
from tabiji.walk import DELIVERED, DROPPED, all_trips, round_trip, walk
from tabiji.walk.point import Flow

HOME, FAR = Place("eni", "home"), Place("eni", "far")
PACKET = FiveTuple(1, 2, TCP, 50000, 443)


class Listed:
    def __init__(self, *stages):
        self.stages = stages

    def stage(self, number):
        return self.stages[number]


def test_w13_a_circle_ends_whether_or_not_it_has_places():
    for graph in (
        Listed(Enter(HOME, 1), Enter(FAR, 0)),
        Listed(Note("n", "x", 1), Note("n", "y", 0)),
        Listed(Mark((("a", 1),), 0)),
    ):
        leg = walk(graph, 0, PACKET, {}, Flow())
        assert (leg.outcome, leg.end.code) == (DROPPED, "path.loop")


def test_all_refusals_are_met_when_they_are_bought_off():
    graph = Listed(
        Drop("one", "a", next=1),
        Drop("two", "b", next=2),
        Deliver(FAR, 3),
        Drop("three", "c", next=4),
        Deliver(HOME, -1),
    )
    first = round_trip(graph, 0, PACKET, {}, HOME)
    every = round_trip(graph, 0, PACKET, {}, HOME, buy=True)
    assert [d.code for _, d in first.forward.drops] == ["one"]
    assert first.reply is None
    assert [d.code for _, d in every.forward.drops] == ["one", "two"]
    assert [d.code for _, d in every.reply.drops] == ["three"]
    assert every.outcome == DROPPED


def test_w11_an_answer_that_arrives_elsewhere_is_no_answer():
    graph = Listed(Deliver(FAR, 1), Deliver(Place("eni", "twin"), -1))
    trip = round_trip(graph, 0, PACKET, {}, HOME)
    assert trip.outcome == DROPPED
    assert trip.reply.end.code == "reply.misdelivered"


def test_a_translation_is_undone_for_the_answer():
    graph = Listed(
        Rewrite("nat", "nat", (("src", 9), ("sport", (1024, 65535))), 1, bind="nat"),
        Deliver(FAR, 2),
        State("nat", 4, 3, 4),
        Unbind("nat", "nat", "nat", 5, 4),
        Drop("no session", "nat"),
        Deliver(HOME, -1),
    )
    trip = round_trip(graph, 0, PACKET, {}, HOME)
    assert trip.outcome == DELIVERED
    assert trip.forward.packet.src == 9
    assert 1024 <= trip.forward.packet.sport <= 65535
    assert trip.reply.packet == FiveTuple(2, 1, TCP, 443, 50000)
    ends = {round_trip(graph, 0, PACKET, {}, HOME, port=share).forward.packet.sport for share in (0.0, 1.0)}
    assert ends == {1024, 65535}


def test_every_branch_is_walked_and_a_symmetric_one_is_kept_for_the_answer():
    port_443_back = First("filter", "f", "", (Rule(sports=(443, 443)),), 5, 6)
    graph = Listed(
        Choice("pick", "c", (("a", 1), ("b", 2)), key="k"),
        Deliver(FAR, 3),
        Deliver(FAR, 3),
        Choice("pick", "c", (("a", 4), ("b", 6)), key="k"),
        port_443_back,
        Deliver(HOME, -1),
        Drop("wrong way", "d"),
    )
    trips = all_trips(graph, 0, PACKET, {}, HOME)
    assert [t.outcome for t in trips] == [DELIVERED, DROPPED]
    loose = Listed(*(msgspec.structs.replace(s, key="") if isinstance(s, Choice) else s for s in graph.stages))
    assert len(all_trips(loose, 0, PACKET, {}, HOME)) == 4
