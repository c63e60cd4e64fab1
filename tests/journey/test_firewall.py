"""Network Firewall in whole journeys: names in clear, what a client sees, one-way flows."""

from __future__ import annotations

from firewalls import NET, domains, firewalled, suricata
from tabiji.estate import Estate
from tabiji.journey.engine import journey
from tabiji.journey.model import BLOCKED, REACHABLE, UNDETERMINED, Journey
from tabiji.request.parse import parse_request
from tabiji.request.vantage import find_vantage


def ask(net: Estate, text: str) -> Journey:
    return journey(net, find_vantage(net, "web"), parse_request(text))


def public(*names: str) -> dict[str, object]:
    return {name: {"A": "198.51.100.80"} for name in names}


def test_nf6_nf11_a_url_shows_its_name_to_the_firewall() -> None:
    net = firewalled(domains(".example.com"), public_names=public("www.example.com", "other.test"))
    assert ask(net, "https://www.example.com/").verdict == REACHABLE
    refused = ask(net, "https://other.test/")
    assert refused.verdict == BLOCKED
    assert refused.findings[0].code == "firewall.drop_application"
    assert refused.findings[0].rule == "domains (not listed)"
    assert ask(net, "http://other.test/").findings[0].code == "firewall.drop_application"


def test_nf8_an_answer_that_goes_round_the_firewall_leaves_it_undetermined() -> None:
    past = NET.replace(", 10.0.1.0/24: vpce-fw", "")
    found = ask(firewalled(suricata("alert tcp any any -> any any (sid:1;)"), net=past), "198.51.100.80:443")
    assert found.verdict == UNDETERMINED
    assert found.findings[0].code == "unknown.firewall_one_way"
    assert ask(firewalled(net=past, forward="pass"), "198.51.100.80:443").verdict == REACHABLE
    assert ask(firewalled(), "198.51.100.80:443").verdict == REACHABLE


def test_nf9_traffic_to_a_peer_meets_the_firewall_one_way_only() -> None:
    """Nothing can bring answers of a peered VPC to the firewall; that is not supported."""
    text = NET.replace("fw: {cidr: 10.0.2.0/24, az: a, routes: {0.0.0.0/0: out}}",
                       "fw: {cidr: 10.0.2.0/24, az: a, routes: {10.5.0.0/16: main-far}}") + """
  far:
    cidr: 10.5.0.0/16
    routes: {10.0.0.0/16: main-far}
    subnets: {f: {cidr: 10.5.1.0/24, az: a}}
    security_groups: {open: {in: all from 0.0.0.0/0}}
    instances: {db: {subnet: f, ip: 10.5.1.10, sg: open}}
peerings:
  main-far: {vpcs: [main, far]}
"""  # fmt: skip
    found = ask(firewalled(net=text), "10.5.1.10:443")
    assert (found.verdict, found.findings[0].code) == (UNDETERMINED, "unknown.firewall_one_way")
