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


# Aimed at what is there and what the rules speak of -------------------------------------

OUTSIDE_FOUR, OUTSIDE_SIX = ("198.51.100.7",), ("2001:db8:ffff::7",)
ELSEWHERE = ("10.200.0.9", "172.31.0.1", "198.51.100.200")
ODD = ("169.254.169.254", "169.254.169.253", *ELSEWHERE)
SPORTS = ((32768, 60999), (32768, 60999), (32768, 60999), (1024, 32767), (61000, 65535), (1, 1023))
"""Ranges of source ports, ephemeral ones most often."""
TCP, UDP, ICMP, ICMPV6, ESP = 6, 17, 1, 58, 50


class Aim:
    """Draws packets for one estate; no two of them belong to one flow.

    Devices remember flows, so a second packet of a flow would be judged by
    what the first one left.
    """

    def __init__(self, estate: Estate, rng: Random) -> None:
        self.estate = estate
        self.rng = rng
        self.drawn = 0
        self.portless: set[str] = set()
        """Ends of packets that have neither ports nor an id."""
        enis = estate.network_interfaces.values()
        self.senders = [e for e in enis if e.interface_type == "interface" and not self.stopped(e)]
        self.publics = [public for e in enis for _, public in e.public_pairs()]
        self.by_vpc: dict[str, list[str]] = {}
        for eni in enis:
            if eni.interface_type != "gateway_load_balancer_endpoint":  # nobody's, and dropped anyhow
                self.by_vpc.setdefault(eni.vpc_id, []).extend(_addresses(eni))
        self.hosts = [h.address for h in estate.hosts.values() if h.site]

    def stopped(self, eni: NetworkInterface) -> bool:
        """Who is switched off sends nothing, in a lab too."""
        instance = self.estate.instances.get(self.estate.instance_by_eni.get(eni.network_interface_id, ""))
        return instance is not None and instance.state.name != "running"

    def packets(self, count: int) -> list[Question]:
        """That many packets, from ENIs, the site and the Internet."""
        out: list[Question] = []
        while len(out) < count:
            source, src, pool = self.sender()
            same = [a for a in pool if (":" in a) == (":" in src) and a != src]
            if same:
                packet = self.packet(src, self.rng.choice(same))
                if packet is not None:
                    out.append(Question(source, packet))
        return out

    def sender(self) -> tuple[str, str, list[str]]:
        """Who sends, from which address, and whom it might send to."""
        luck = self.rng.random()
        if luck < 0.12:
            own = self.rng.choice((*OUTSIDE_FOUR * 3, *OUTSIDE_SIX))
            return "internet", own, [*self.publics * 3, *self.everywhere_six(), "203.0.113.250", *ODD[-1:]]
        if luck < 0.24 and self.estate.sites:
            site = self.rng.choice(sorted(self.estate.sites))
            own = self.rng.choice(self.hosts) if self.hosts else SITE_HOSTS[0]
            inside = [a for addresses in self.by_vpc.values() for a in addresses]
            return site, own, [*inside * 2, *self.publics, *ON_THE_INTERNET, *ELSEWHERE]
        eni = self.rng.choice(self.senders)
        mine = _addresses(eni)
        # What a host sends to itself never leaves it.
        return eni.network_interface_id, self.rng.choice(mine), [a for a in self.targets(eni) if a not in mine]

    def everywhere_six(self) -> list[str]:
        """All IPv6 addresses of ENIs."""
        return [a for addresses in self.by_vpc.values() for a in addresses if ":" in a]

    def targets(self, eni: NetworkInterface) -> list[str]:
        """Whom a host might send to."""
        luck = self.rng.random()
        if luck < 0.03 and eni.public_pairs():  # out and in again (IG7)
            return [public for _, public in eni.public_pairs()]
        if luck < 0.25:
            return self.by_vpc[eni.vpc_id]
        if luck < 0.58:
            return [a for vpc, addresses in self.by_vpc.items() if vpc != eni.vpc_id for a in addresses]
        if luck < 0.82:
            return list(ON_THE_INTERNET)
        if luck < 0.90:
            return self.hosts or list(SITE_HOSTS)
        if luck < 0.95:
            return [*self.publics, *OUTSIDE_SIX]
        nowhere = [str(ip_network(s.cidr_block)[5]) for s in self.estate.subnets.values()]
        return [*nowhere, *ODD, str(ip_network(self.estate.vpcs[eni.vpc_id].cidr_block)[2])]

    def packet(self, src: str, dst: str) -> FiveTuple | None:
        """One packet, of a protocol and to a port that somebody's rules may mention."""
        rng, six = self.rng, ":" in src
        proto = rng.choice((TCP, TCP, TCP, TCP, UDP, UDP, ICMPV6 if six else ICMP, TCP))
        if rng.random() < 0.02:
            proto = ESP
        self.drawn += 1
        sport, dport = self.ports(proto)
        if proto == ESP:
            if self.portless & {src, dst} or dst in self.publics:  # to oneself and back would be one flow
                return None
            self.portless |= {src, dst}
        return FiveTuple(parse_address(src), parse_address(dst), proto, sport, dport)

    def ports(self, proto: int) -> tuple[int, int]:
        """A source port nobody had, a destination port of note."""
        if proto in (ICMP, ICMPV6):
            return 0, (8 if proto == ICMP else 128) << 8
        if proto == ESP:
            return 0, 0
        low, high = self.rng.choice(SPORTS)
        sport = low + self.drawn * 7 % (high - low + 1)
        dport = self.rng.choice((*PORTS, *PORTS, self.rng.randrange(1, 65536)))
        return sport, dport


def aimed_packets(estate: Estate, rng: Random, count: int) -> list[Question]:
    """Packets worth judging in a dense estate."""
    return Aim(estate, rng).packets(count)
