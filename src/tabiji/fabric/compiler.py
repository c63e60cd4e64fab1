"""The graph: stages numbered at once, compiled when first asked for, memoised by key.

A stage's key says what it is made from (``("routes", subnet)``...); builders
register themselves under the key's first word.  Numbers are handed out before
targets are compiled, so cycles need no care (ENG15).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .stage import Place, Stage, successors

if TYPE_CHECKING:
    from ..estate import Estate

Builder = Callable[..., Stage]
BUILDERS: dict[str, Builder] = {}
PARTS: dict[str, str] = {}
"""First word of a stage's key, or kind of a route target -> the file that builds it (set in ``fabric/__init__``)."""


def builds(name: str) -> Callable[[Builder], Builder]:
    """Register the builder of all keys that start with ``name``."""

    def register(function: Builder) -> Builder:
        BUILDERS[name] = function
        return function

    return register


def part_of(word: str) -> None:
    """Load the file that builds stages of that name (or takes routes to that kind of target), if there is one."""
    module = PARTS.get(word) or PARTS.get(word.split("-", 1)[0])
    if module is not None:
        import_module(f".{module}", __package__)


class Fabric:
    """The data plane of one estate as a lazily compiled stage graph."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self._stages: list[Stage | None] = []
        self._keys: list[tuple[Any, ...]] = []
        self._numbers: dict[tuple[Any, ...], int] = {}
        self.memo: dict[Any, Any] = {}
        """Parts that several stages share (rule lists, address sets), by content key."""

    def node(self, *key: Any) -> int:
        """The number of the stage with this key; compiled later."""
        number = self._numbers.get(key)
        if number is None:
            number = len(self._stages)
            self._numbers[key] = number
            self._keys.append(key)
            self._stages.append(None)
        return number

    def put(self, stage: Stage) -> int:
        """The number of a ready-made stage."""
        self._stages.append(stage)
        self._keys.append(())
        return len(self._stages) - 1

    def stage(self, number: int) -> Stage:
        """The stage with that number, compiled now if need be."""
        stage = self._stages[number]
        if stage is None:
            key = self._keys[number]
            builder = BUILDERS.get(key[0])
            if builder is None:
                part_of(key[0])
                builder = BUILDERS[key[0]]
            stage = builder(self, *key[1:])
            self._stages[number] = stage
        return stage

    def compile_all(self) -> int:
        """Compile everything packets can meet from any ENI, the Internet or a site; the number of stages."""
        todo = [self.node("internet")]
        for eni_id in self.estate.network_interfaces:
            todo += (self.node("leaving", eni_id, 0), self.node("entering", eni_id, 0))
        todo += (self.node("site-out", site) for site in self.estate.sites)
        met = {-1, *todo}
        while todo:
            for number in successors(self.stage(todo.pop())):
                if number not in met:
                    met.add(number)
                    todo.append(number)
        return len(met) - 1

    # Where packets start and where their answers are expected.
    def leave_eni(self, eni_id: str) -> tuple[int, Place]:
        """Start and home of packets an ENI's owner sends."""
        return self.node("leaving", eni_id, 0), eni_place(self.estate, eni_id)

    def leave_internet(self) -> tuple[int, Place]:
        """Start and home of packets from somewhere on the Internet."""
        return self.node("internet"), INTERNET

    def leave_site(self, site: str, address: int) -> tuple[int, Place]:
        """Start and home of packets from an address in a site."""
        return self.node("site-out", site), site_place(self.estate, site, address)

    def shared(self, key: Any, make: Callable[[], Any]) -> Any:
        """A part made once."""
        if key not in self.memo:
            self.memo[key] = make()
        return self.memo[key]


INTERNET = Place("internet", "internet")


def eni_place(estate: Estate, eni_id: str) -> Place:
    """The place an ENI is: what it belongs to says more than the ENI, if AWS runs it."""
    eni = estate.network_interfaces[eni_id]
    zone = eni_zone(estate, eni_id)
    nat = estate.nat_by_eni.get(eni_id)
    if nat is not None:
        return Place("nat_gateway", nat, eni.vpc_id, zone)
    endpoint = estate.endpoint_by_eni.get(eni_id)
    if endpoint is not None:
        return Place("endpoint", endpoint, eni.vpc_id, zone)
    resolver = estate.resolver_by_address.get((eni.vpc_id, eni.private_ip_address))
    if resolver is not None:
        return Place("resolver_endpoint", resolver, eni.vpc_id, zone)
    if estate.tables["load_balancers"] or estate.tables["classic_load_balancers"]:
        from ..estate.load_balancing import balancer_by_eni

        balancer = balancer_by_eni(estate).get(eni_id)
        if balancer is not None:
            return Place("load_balancer", balancer, eni.vpc_id, zone)
    return Place("eni", eni_id, eni.vpc_id, zone)


def eni_zone(estate: Estate, eni_id: str) -> str:
    """AZ of an ENI, from itself or its subnet."""
    eni = estate.network_interfaces[eni_id]
    if eni.availability_zone:
        return eni.availability_zone
    subnet = estate.subnets.get(eni.subnet_id)
    return subnet.availability_zone if subnet else ""


def site_place(estate: Estate, site: str, address: int) -> Place:
    """The place of an on-premises address: a known host, or the site itself."""
    host = estate.site_hosts.get(site, {}).get(address)
    return Place("on_prem_host", host) if host else Place("site", site)
