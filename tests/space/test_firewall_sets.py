"""Sets and single packets agree through a firewall: rules on names, phases, state (ENG67)."""

from __future__ import annotations

import itertools

import pytest

from firewalls import NET, domains, firewalled, stateless, suricata
from tabiji.fabric import Fabric
from tabiji.fabric.request_facts import request_facts
from tabiji.packet.address import format_address, parse_address, parse_prefix
from tabiji.packet.header import TCP, UDP
from tabiji.space import Cube, reach
from walking import code, instance_eni, trip

RULES = """
pass tcp $HOME_NET any -> 198.51.100.0/25 [22, 8000:8010] (sid:1;)
drop tcp $HOME_NET any -> any [22,25] (sid:2;)
reject tcp any any -> 198.51.100.128/25 !443 (sid:3;)
drop udp any any -> any 53 (sid:4;)
drop tls any any -> any any (tls.sni; dotprefix; content:".bad.test"; endswith; sid:5;)
drop tcp any any -> any 9000 (geoip:dst,RU; sid:6;)
drop tcp any 8443 -> any any (sid:7;)
"""
PORTS = (21, 22, 23, 25, 53, 80, 443, 7999, 8000, 8010, 8443, 9000)
HOSTS = ("198.51.100.9", "198.51.100.200", "203.0.113.200")


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(("app", "host"), [("tls", "www.bad.test"), ("tls", "good.test"), (None, ""), ("ssh", "")])
def test_eng67_firewall(strict: bool, app: str | None, host: str) -> None:
    first = stateless((1, "drop", {"Protocols": [6], "DestinationPorts": [{"FromPort": 23, "ToPort": 23}]}))
    defaults = ("drop_established",) if strict else ()
    net = firewalled(suricata(RULES), domains(".good.test"), first=(first,), strict=strict, defaults=defaults, net=NET)
    fabric = Fabric(net)
    start, home = fabric.leave_eni(instance_eni(net, "web"))
    src = parse_address("10.0.1.10")
    question = Cube.of(src, (parse_prefix("198.51.100.0/24"), parse_prefix("203.0.113.192/26")),
                       ((TCP, TCP), (UDP, UDP)), 40000, (0, 65535))  # fmt: skip
    found = reach(fabric, start, question, home, request_facts(host, app))
    kinds = {"delivered": "ok"}
    for to, port, proto in itertools.product(HOSTS, PORTS, (TCP, UDP)):
        one = trip(net, "web", to, port, app=app, host=host, proto=proto)
        region = found.find(one.forward.steps[0].packet)
        assert region is not None
        told = {kinds.get(e.kind, e.code) for e in region.endings}
        assert told == {code(one)}, (to, port, proto, format_address(src))
