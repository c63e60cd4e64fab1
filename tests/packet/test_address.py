import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tabiji.packet.address import (
    V4_ALL,
    V4_MAX,
    V6_ALL,
    V6_START,
    AddressError,
    format_address,
    format_prefix,
    is_private_v4,
    parse_address,
    parse_prefix,
    prefix_length,
)

V4 = st.ip_addresses(v=4)
V6 = st.ip_addresses(v=6).filter(lambda a: int(a) >= V6_START)


@given(V4 | V6)
def test_text_and_integer_go_both_ways(address):
    value = parse_address(str(address))
    assert value == int(address)
    assert ipaddress.ip_address(format_address(value)) == address


@given(V4, st.integers(0, 32))
def test_v4_prefixes_agree_with_ipaddress(address, length):
    network = ipaddress.ip_network(f"{address}/{length}", strict=False)
    low, high = parse_prefix(f"{address}/{length}")
    assert (low, high) == (int(network[0]), int(network[-1]))
    assert format_prefix((low, high)) == str(network)
    assert prefix_length((low, high)) == length


@given(V6, st.integers(1, 128))
def test_v6_prefixes_agree_with_ipaddress(address, length):
    network = ipaddress.ip_network(f"{address}/{length}", strict=False)
    if int(network[-1]) < V6_START or int(network[0]) < V6_START:
        return
    assert parse_prefix(f"{address}/{length}") == (int(network[0]), int(network[-1]))


def test_rt3_default_routes_of_the_families_never_meet():
    assert parse_prefix("0.0.0.0/0") == V4_ALL
    assert parse_prefix("::/0") == V6_ALL
    assert V4_ALL[1] == V4_MAX < V6_ALL[0]
    assert format_prefix(V6_ALL) == "::/0"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "01.2.3.4",
        "1.2.3.x",
        "a",
        "::1",
        "1::2::3",
        "1.2.3.4 ",
        "١.2.3.4",
        "-1.2.3.4",
    ],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(AddressError):
        parse_address(text)


@pytest.mark.parametrize("text", ["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "10.0.0/8", "::1/128", "2001:db8::/129"])
def test_what_is_no_prefix_is_refused(text):
    with pytest.raises(AddressError):
        parse_prefix(text)


def test_host_bits_are_dropped_or_refused_with_a_suggestion():
    assert parse_prefix("10.0.0.5/24") == parse_prefix("10.0.0.0/24")
    with pytest.raises(AddressError, match=r"did you mean 10\.0\.0\.0/24"):
        parse_prefix("10.0.0.5/24", strict=True)


def test_private_means_rfc1918_only():
    private = ("10.0.0.1", "172.31.0.1", "192.168.1.1")
    others = ("172.32.0.1", "100.64.0.1", "11.0.0.1", "2001:db8::1")
    assert all(is_private_v4(parse_address(a)) for a in private)
    assert not any(is_private_v4(parse_address(a)) for a in others)
