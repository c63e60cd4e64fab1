"""The known traps of set interpreters (engine.md section 10), each on a graph small enough to read."""

from __future__ import annotations

from stage_graphs import Listed

from tabiji.fabric.stage import (
    AnyOf,
    Choice,
    Deliver,
    Drop,
    Enter,
    Entry,
    First,
    Inside,
    Lpm,
    Note,
    Place,
    Rewrite,
    Rule,
    Select,
    Unbind,
    partition,
)
from tabiji.packet.address import parse_address, parse_prefix
from tabiji.packet.header import ICMP, TCP, FiveTuple, reply_to
from tabiji.packet.ranges import Ranges
from tabiji.space import OVERFLOW, Cube, Ending, explore, reach
from tabiji.space.explore import SENT, answers
from tabiji.walk import round_trip

CLIENT, SERVER = Place("eni", "client"), Place("eni", "server")
EPHEMERAL = (1024, 65535)
A, B = parse_address("10.0.0.10"), parse_address("10.0.1.10")
ALL = Rule()


def net(text: str) -> Ranges:
    return (parse_prefix(text),)


def ports(regions: object) -> list[Ranges]:
    return [region.cube.sport for region in regions]  # type: ignore[attr-defined]


def test_eng62_ephemeral_cut() -> None:
    """A NACL that lets answers back to 32768-65535 only cuts the client's ports exactly there."""
    back = [Rule(proto=TCP, dports=(32768, 65535))]
    graph = Listed(
        [
            Enter(CLIENT, 1),
            First("nacl", "acl-out", "out", [ALL], 2, 5),
            Deliver(SERVER, 3),
            Enter(SERVER, 4),
            First("nacl", "acl-in", "in", back, 6, 5),
            Drop("nacl.deny", "acl-in"),
            Deliver(CLIENT, -1),
        ]
    )
    found = reach(graph, 0, Cube.of(A, B, TCP, EPHEMERAL, 443), CLIENT)
    assert ports(found.delivered) == [((32768, 65535),)]
    assert ports(found.refused) == [((1024, 32767),)]
    assert found.refused[0].endings == (Ending("dropped", 1, "nacl.deny", "acl-in"),)
    for sport in (1024, 32767, 32768, 65535):
        packet = FiveTuple(A, B, TCP, sport, 443)
        assert round_trip(graph, 0, packet, {}, CLIENT).outcome == found.find(packet).kind  # type: ignore[union-attr]


def test_eng64_same_subnet_bypass() -> None:
    """A closed NACL stops what leaves the subnet and nothing of what stays in it."""
    here = net("10.0.0.0/24")
    starts, entries = partition([(parse_prefix("10.0.0.0/16"), Entry(parse_prefix("10.0.0.0/16"), 4, "local"))])
    graph = Listed(
        [
            Enter(CLIENT, 1),
            Inside(here, 4, 2),
            First("nacl", "acl-1", "out", [], 3, 6),
            Lpm("route_table", "rtb-1", starts, entries, 7),
            Select({A + 1: 5, B: 5}, 8),
            Deliver(SERVER, -1),
            Drop("nacl.deny", "acl-1"),
            Drop("route.missing", "rtb-1"),
            Drop("eni.none", "vpc-1"),
        ]
    )
    found = reach(graph, 0, Cube.of(A, net("10.0.0.0/15"), TCP, EPHEMERAL, 22), CLIENT)
    assert [region.cube.dst for region in found.delivered] == [((A + 1, A + 1),)]
    refused = {region.endings[0].code: region.cube.dst for region in found.refused}
    assert refused["nacl.deny"] == ((here[0][1] + 1, parse_prefix("10.0.0.0/15")[1]),)
    assert refused["eni.none"] == ((here[0][0], A), (A + 2, here[0][1]))


def test_eng66_a_loop_is_a_refusal() -> None:
    """Two tables that point at each other: refused as a loop, for exactly the prefixes that go round."""
    rows = [("10.0.0.0/16", 4), ("0.0.0.0/0", 2)]
    starts, entries = partition([(parse_prefix(p), Entry(parse_prefix(p), n, p)) for p, n in rows])
    graph = Listed(
        [
            Enter(Place("tgw", "tgw-1"), 1),
            Lpm("tgw_route_table", "tgw-rtb", starts, entries, 5),
            Enter(Place("subnet", "egress"), 3),
            Note("note", "egress", 0),
            Deliver(SERVER, -1),
            Drop("route.missing", "tgw-rtb"),
        ]
    )
    found = reach(graph, 0, Cube.of(A, net("10.0.0.0/8"), TCP, EPHEMERAL, 443), CLIENT)
    assert [region.cube.dst for region in found.delivered] == [net("10.0.0.0/16")]
    assert [region.endings for region in found.refused] == [(Ending("dropped", 0, "path.loop", ""),)]
    assert found.refused[0].cube.dst == ((parse_prefix("10.1.0.0/16")[0], parse_prefix("10.0.0.0/8")[1]),)


def nat(picked: tuple[int, int], admitted: tuple[int, int]) -> Listed:
    """Client - NAT (source becomes B, any picked port) - filter on the source port - server, and back."""
    return Listed(
        [
            Enter(CLIENT, 1),
            Rewrite("nat_gateway", "nat-1", (("src", B), ("sport", picked)), 2, -1, "nat-1"),
            First("nacl", "acl-1", "in", [Rule(sports=admitted)], 3, 4),
            Deliver(SERVER, 5),
            Drop("nacl.deny", "acl-1"),
            Unbind("nat_gateway", "nat-1", "nat-1", 6, 7),
            Deliver(CLIENT, -1),
            Drop("nat.no_binding", "nat-1"),
        ]
    )


def test_nat_answers_go_back_to_every_client_and_port() -> None:
    question = Cube.of(net("10.0.0.0/24"), net("198.51.100.0/24"), TCP, (1024, 65535), 443)
    found = reach(nat((1024, 65535), (1024, 65535)), 0, question, CLIENT)
    assert [region.cube for region in found.delivered] == [question]
    assert [ending.component for ending in found.delivered[0].endings] == ["server"]


def test_a_port_some_device_picks_is_not_promised() -> None:
    """Delivered only if every port works; depends if some do; refused if none does."""
    question = Cube.of(A, B, TCP, (1024, 65535), 443)
    some = reach(nat((1024, 65535), (2000, 3000)), 0, question, CLIENT)
    assert [region.cube for region in some.depends] == [question]
    assert {ending.kind for ending in some.depends[0].endings} == {"delivered", "dropped"}
    none = reach(nat((1024, 65535), (80, 80)), 0, question, CLIENT)
    assert [region.cube for region in none.refused] == [question]
    assert [outcome.certain for outcome in explore(nat((1024, 65535), (2000, 3000)), 0, question)] == [False] * 2


def test_an_open_choice_is_not_promised() -> None:
    graph = Listed([Choice("az", "tgw-1", (("a", 1), ("b", 2))), Deliver(SERVER, -1), Drop("d", "x")])
    question = Cube.of(A, B, TCP, 1024, 443)
    found = reach(graph, 0, question, CLIENT)
    assert [region.endings for region in found.depends] == [
        (Ending("delivered", 0, "", "server"), Ending("dropped", 0, "d", "x"))
    ]


def test_state_belongs_to_the_place_that_passed_the_packet() -> None:
    """A stateless filter at a place leaves nothing that a stateful one there could rest on."""

    def graph(stateful: bool) -> Listed:
        return Listed(
            [
                Enter(CLIENT, 1),
                AnyOf("sg", "out", "out", [ALL], 2, 5, stateful),
                Deliver(SERVER, 3),
                Enter(CLIENT, 4),
                AnyOf("sg", "in", "in", [], 6, 5),
                Drop("sg.deny", "in"),
                Deliver(CLIENT, -1),
            ]
        )

    question = Cube.of(A, B, TCP, 1024, 443)
    assert reach(graph(True), 0, question, CLIENT).delivered
    assert reach(graph(False), 0, question, CLIENT).refused[0].endings == (Ending("dropped", 1, "sg.deny", "in"),)


def test_answers_are_those_of_reply_to() -> None:
    """The header of an answer, for every ICMP type and for TCP, as ``packet.header`` has it."""
    cube = Cube.of(A, B, ((1, 1), (6, 6), (58, 58)), (0, 9), (0, 65535))
    parts = [(box, header) for part in cube.valid() for box, header in answers(tuple(part), SENT)]
    assert sum(Cube(*box).size() for box, _ in parts) == sum(part.size() for part in cube.valid())
    packets = [
        FiveTuple(A, B, proto, 0, dport)
        for proto in (1, 58)
        for kind in range(256)
        for dport in (kind << 8, kind << 8 | 1, kind << 8 | 255)
    ]
    packets += [FiveTuple(A, B, TCP, sport, dport) for sport in range(10) for dport in (0, 22, 2048, 65535)]
    for packet in packets:
        headers = [header for box, header in parts if Cube(*box[:5]).contains(packet)]
        assert [FiveTuple(*(t if t >= 0 else packet[~t] for t in header)) for header in headers] == [reply_to(packet)]


def test_ping_is_answered() -> None:
    graph = Listed([Enter(CLIENT, 1), Deliver(SERVER, 2), Deliver(CLIENT, -1)])
    found = reach(graph, 0, Cube.of(A, B, ICMP, 0, (0x0800, 0x08FF)), CLIENT)
    assert [region.kind for region in found.regions()] == ["delivered"]


def test_a_circle_without_a_place_overflows() -> None:
    """The visited set is kept at places; a circle that passes none runs into the bound and says so."""
    graph = Listed([Note("n", "x", 1), Note("n", "y", 0)])
    found = reach(graph, 0, Cube.of(A, B, TCP, 1, 2), CLIENT)
    assert [region.kind for region in found.regions()] == [OVERFLOW]


def test_equal_addresses_are_not_guessed() -> None:
    """An answer addressed by a field that merely may be equal is given up, exactly where it may."""
    swapped = [Enter(CLIENT, 1), Deliver(SERVER, 2), Rewrite("x", "x", (("dst", B),), 3), Deliver(CLIENT, -1)]
    found = reach(Listed(swapped), 0, Cube.of(net("10.0.0.0/16"), net("10.9.0.0/16"), TCP, 1, 2), CLIENT)
    assert [region.cube.src for region in found.delivered] == [((B, B),)]
    assert found.refused[0].endings == (Ending("dropped", 1, "reply.misdelivered", "client"),)
    mirrored = [Enter(CLIENT, 1), Rewrite("x", "x", (("sport", 5),), 2, -1, "k"), Deliver(SERVER, 3)]
    mirrored += [Unbind("x", "x", "k", 4, 4), Rewrite("x", "x", (("sport", (0, 100)),), 5), Deliver(CLIENT, -1)]
    port = reach(Listed(mirrored), 0, Cube.of(A, B, TCP, 1, (50, 200)), CLIENT)
    assert [(region.kind, region.cube.dport) for region in port.regions() if region.kind == OVERFLOW] == [
        (OVERFLOW, ((50, 100),))
    ]
    assert [region.cube.dport for region in port.refused] == [((101, 200),)]
