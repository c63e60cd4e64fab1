"""From single tellings of the kernel to journeys: joined over wires, translations, appliances and drops."""

from __future__ import annotations

from tabiji.lab import observe
from tabiji.lab.kernel.nflog import Logged
from tabiji.lab.observe import DELIVERED, DROPPED, LOST, Interface, Observer
from tabiji.lab.packets import build
from tabiji.lab.plan.model import DROP_GROUP, HOP_GROUP, Reason
from tabiji.packet.address import parse_address
from tabiji.packet.header import ICMP, TCP, UDP, FiveTuple

WEB, TGW_A, TGW_B, FIREWALL, NAT_A, NAT_B, OUT = range(10, 17)
INTERFACES = [
    Interface(index=WEB, name="p1", role="guest", owner="eni-web", guest="web", addresses=("10.0.0.1",)),
    Interface(index=TGW_A, name="t1a", role="wire", owner="tgw-attach-1", peer="t1b"),
    Interface(index=TGW_B, name="t1b", role="wire", owner="tgw-attach-1", peer="t1a"),
    Interface(index=FIREWALL, name="p2", role="guest", owner="eni-fw", guest="fw"),
    Interface(index=NAT_A, name="n1a", role="wire", owner="nat-1", peer="n1b"),
    Interface(index=NAT_B, name="n1b", role="wire", owner="nat-1", peer="n1a"),
    Interface(index=OUT, name="out", role="service", owner="internet"),
]
REASONS = [Reason(code="no-route", owner="rtb-1"), Reason(code="sg.in", owner="sg-1", facts=("SG1",))]


def flow(source: str = "10.0.0.1", target: str = "198.51.100.1", proto: int = TCP, sport: int = 4000) -> FiveTuple:
    return FiveTuple(parse_address(source), parse_address(target), proto, sport, 443)


def hop(came: int, leaves: int, packet: FiveTuple) -> Logged:
    return Logged(HOP_GROUP, "h", came, leaves, 0, build(packet))


def drop(came: int, leaves: int, packet: FiveTuple, number: int) -> Logged:
    return Logged(DROP_GROUP, f"d{number}", came, leaves, 0, build(packet))


def observer() -> Observer:
    made = Observer(INTERFACES, REASONS)
    made.forwarding(["fw"])
    return made


def heard(made: Observer, *told: Logged) -> list[observe.Travelled]:
    out = [travelled for each in told for travelled in made.hear(each, 0.0)]
    return out + list(made.idle(0.0, 1.0))


def places(travelled: observe.Travelled) -> list[str]:
    return [stop.place.id for stop in travelled.stops]


def test_lab51_tellings_join_over_wires_appliances_and_translation() -> None:
    out = flow("203.0.113.1")
    made = observer()
    assert not heard(made, hop(WEB, TGW_A, flow()), hop(TGW_B, FIREWALL, flow()))  # it will come back from there
    (whole,) = heard(made, hop(FIREWALL, NAT_A, flow()), hop(NAT_B, OUT, out))
    assert places(whole) == ["eni-web", "tgw-attach-1", "eni-fw", "nat-1", "internet"]
    assert [stop.place.kind for stop in whole.stops] == ["eni", "tgw_attachment", "eni", "nat_gateway", "internet"]
    assert (whole.ended, whole.flags) == (DELIVERED, "SYN")
    assert whole.stops[0].packet == flow()
    assert whole.stops[-1].packet == out


def test_two_packets_at_once_are_two_journeys() -> None:
    one, two = flow(sport=1), flow(sport=2)
    both = heard(observer(), hop(WEB, NAT_A, one), hop(WEB, NAT_A, two), hop(NAT_B, OUT, two), hop(NAT_B, OUT, one))
    assert [places(each) for each in both] == [["eni-web", "nat-1", "internet"]] * 2
    assert {each.stops[0].packet for each in both} == {one, two}


def test_a_drop_ends_the_journey_with_its_reason() -> None:
    (refused,) = heard(observer(), hop(WEB, FIREWALL, flow()), drop(WEB, FIREWALL, flow(), 1))
    assert (refused.ended, refused.reason) == (DROPPED, REASONS[1])
    assert places(refused) == ["eni-web", "eni-fw"]
    (refused,) = heard(observer(), hop(WEB, TGW_A, flow()), drop(WEB, TGW_A, flow(), 0))
    assert (refused.ended, refused.reason) == (DROPPED, REASONS[0])
    (alone,) = heard(observer(), drop(WEB, 0, flow(), 0))
    assert (alone.ended, places(alone)) == (DROPPED, ["eni-web"])
    (odd,) = heard(observer(), drop(WEB, 0, flow(), 7))
    assert odd.reason is not None
    assert odd.reason.code == "unknown"


def test_what_is_told_no_further_is_given_up() -> None:
    made = observer()
    assert not heard(made, hop(WEB, TGW_A, flow()))
    (lost,) = made.idle(2.0, 1.0)
    assert lost.ended == LOST
    assert not list(made.idle(9.0, 1.0))


def test_as_json() -> None:
    (whole,) = heard(observer(), hop(WEB, OUT, flow(proto=UDP)))
    told = observe.document(whole)
    assert told["ended"] == "delivered"
    assert told["hops"][0]["place"] == {"kind": "eni", "id": "eni-web"}
    assert told["hops"][0]["packet"]["destination_port"] == 443
    ping = FiveTuple(parse_address("10.0.0.1"), parse_address("10.0.0.2"), ICMP, 0, 8 << 8)
    (whole,) = heard(observer(), hop(WEB, OUT, ping))
    assert observe.document(whole)["hops"][0]["packet"]["icmp_type"] == 8


def test_what_is_no_packet_is_passed_over() -> None:
    for data in (b"", b"\x45", b"\x60" + bytes(20), b"\0" * 40):
        assert observe.five_tuple(data) is None
        assert not heard(observer(), Logged(HOP_GROUP, "", WEB, OUT, 0, data))
    six = FiveTuple(parse_address("2001:db8::1"), parse_address("2001:db8::2"), TCP, 5, 6)
    assert observe.five_tuple(build(six)) == six


def test_few_are_kept_under_way() -> None:
    made = observer()
    for number in range(observe.WAITING + 50):
        list(made.hear(hop(WEB, TGW_A, flow(sport=number % 60_000 + 1)), float(number)))
    assert sum(map(len, made._under_way.values())) <= observe.WAITING
