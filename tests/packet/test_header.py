import pytest

from tabiji.packet.address import parse_address
from tabiji.packet.header import (
    ECHO6_REQUEST,
    ECHO_REPLY,
    ECHO_REQUEST,
    ICMP,
    ICMPV6,
    TCP,
    FiveTuple,
    protocol_name,
    protocol_number,
    reply_to,
)

A, B = parse_address("10.0.0.1"), parse_address("10.0.0.2")


def test_an_answer_swaps_the_ends():
    packet = FiveTuple(A, B, TCP, 50000, 443)
    assert reply_to(packet) == FiveTuple(B, A, TCP, 443, 50000)
    assert reply_to(reply_to(packet)) == packet


def test_an_echo_request_is_answered_by_an_echo_reply():
    assert reply_to(FiveTuple(A, B, ICMP, 0, ECHO_REQUEST)) == FiveTuple(B, A, ICMP, 0, ECHO_REPLY)
    assert reply_to(FiveTuple(A, B, ICMPV6, 0, ECHO6_REQUEST)).dport >> 8 == 129


def test_text_names_protocol_and_ends():
    assert str(FiveTuple(A, B, TCP, 50000, 443)) == "tcp 10.0.0.1:50000 > 10.0.0.2:443"
    assert str(FiveTuple(A, B, ICMP, 0, ECHO_REQUEST)) == "icmp type 8 10.0.0.1 > 10.0.0.2"
    six = parse_address("2001:db8::1")
    assert str(FiveTuple(six, six, TCP, 1, 2)) == "tcp [2001:db8::1]:1 > [2001:db8::1]:2"


def test_protocol_names_and_numbers():
    assert (protocol_number("TCP"), protocol_number("47"), protocol_number("-1")) == (6, 47, -1)
    assert (protocol_name(17), protocol_name(99)) == ("udp", "99")
    with pytest.raises(ValueError, match="carrier pigeon"):
        protocol_number("carrier pigeon")
