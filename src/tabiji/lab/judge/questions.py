"""Packets worth sending in an estate: between things that are there, and a few to what is not."""

from __future__ import annotations

from ipaddress import ip_network
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from ...packet.address import parse_address
from ...packet.header import FiveTuple
from .draft import ON_THE_INTERNET, PORTS, SITE_HOSTS

if TYPE_CHECKING:
    from ...estate import Estate
    from ...estate.network_interface import NetworkInterface


class Question(NamedTuple):
    """A packet and who sends it: an ENI's id, a site's name, or ``internet``."""

    source: str
    packet: FiveTuple


def random_packets(estate: Estate, rng: Random, count: int = 10, sources: str = "eni") -> list[Question]:
    """Packets between things that are there, and a few to what is not.

    ``sources``: ``eni`` (packets ENIs send) or ``any`` (the Internet and sites send too).
    """
    enis = [e for e in estate.network_interfaces.values() if e.interface_type == "interface"]
    inside = [a for e in estate.network_interfaces.values() for a in _addresses(e)]
    public = [pair[1] for e in enis for pair in e.public_pairs()] + list(ON_THE_INTERNET)
    nowhere = [str(ip_network(s.cidr_block)[5]) for s in estate.subnets.values()]
    everywhere = [*inside * 2, *public, *SITE_HOSTS, *nowhere]
    out: list[Question] = []
    while len(out) < count:
        eni = rng.choice(enis)
        source, own = eni.network_interface_id, _addresses(eni)
        if sources == "any" and rng.random() < 0.4:
            source, own = "internet", ["198.51.100.7", "2001:db8:ffff::7"]
            if estate.sites and rng.random() < 0.5:
                source, own = rng.choice(sorted(estate.sites)), list(SITE_HOSTS)
        src = parse_address(rng.choice(own))
        near = [a for e in enis if e.vpc_id == eni.vpc_id for a in _addresses(e)]
        pool = near if source.startswith("eni") and rng.random() < 0.3 else everywhere
        same = [a for a in pool if (":" in a) == (src >> 32 > 0)]
        if not same:
            continue
        dst = parse_address(rng.choice(same))
        if dst == src:
            continue
        proto = rng.choice((6, 6, 6, 17, 58 if src >> 32 else 1, 50))
        sport, dport = rng.choice((1024, 32768, 40000, 49152, 61000)), rng.choice((*PORTS, rng.randrange(65536)))
        if proto in (1, 58):
            sport, dport = 0, (8 if proto == 1 else 128) << 8
        elif proto == 50:
            sport = dport = 0
        out.append(Question(source, FiveTuple(src, dst, proto, sport, dport)))
    return out


def _addresses(eni: NetworkInterface) -> list[str]:
    return [*eni.private_v4(), *(six.ipv6_address for six in eni.ipv6_addresses)]
