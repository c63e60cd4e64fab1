"""ENIs that AWS runs for a managed service: they answer on the service's ports.

Which ENI belongs to which service is told by the description AWS gives it.
What such an ENI does on other ports is not documented, so it is undetermined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..estate import Estate
from ..estate.network_interface import NetworkInterface
from ..packet.header import TCP
from .compiler import Fabric, builds, eni_place
from .stage import Deliver, First, Rule, Stage, State, Unknown

Ports = Callable[[Estate, frozenset[str]], Iterable[int]]


def _databases(estate: Estate, groups: frozenset[str]) -> Iterable[int]:
    return (db.endpoint.port for db in estate.db_instances.values() if db.endpoint.port and db.groups <= groups)


def _caches(estate: Estate, groups: frozenset[str]) -> Iterable[int]:
    return (port for c in estate.cache_clusters.values() if c.groups <= groups for port in c.ports)


def _warehouses(estate: Estate, groups: frozenset[str]) -> Iterable[int]:
    found = estate.redshift_clusters.values()
    return (c.endpoint.port for c in found if c.endpoint.port and c.groups <= groups)


def _fixed(*ports: int) -> Ports:
    return lambda estate, groups: ports


# Start of an ENI's description -> service, and the ports it answers on (TCP).
SERVICES: tuple[tuple[str, str, Ports], ...] = (
    ("RDSNetworkInterface", "rds", _databases),
    ("ElastiCache ", "elasticache", _caches),
    ("RedshiftNetworkInterface", "redshift", _warehouses),
    ("EFS mount target", "elasticfilesystem", _fixed(2049)),
    ("ES ", "es", _fixed(443, 80)),
    ("Amazon EKS ", "eks", _fixed(443)),
)


def service_of(eni: NetworkInterface) -> str:
    """The managed service behind an ENI, or nothing."""
    if not eni.description:
        return ""
    return next((name for start, name, _ in SERVICES if eni.description.startswith(start)), "")


@builds("managed-service-in")
def _managed(fabric: Fabric, eni_id: str) -> Stage:
    """Its own ports: arrived; others: nobody says.  Answers to calls of its own come in on any port."""
    estate = fabric.estate
    eni = estate.network_interfaces[eni_id]
    _, service, ports_of = next(row for row in SERVICES if eni.description.startswith(row[0]))
    arrived = fabric.put(Deliver(eni_place(estate, eni_id), fabric.node("leaving", eni_id, 0)))
    ports = sorted(set(ports_of(estate, frozenset(g.group_id for g in eni.groups))))
    rules = tuple(Rule(proto=TCP, dports=(p, p), origin=f"tcp/{p}", peer=service) for p in ports)
    listed = ", ".join(f"tcp/{p}" for p in ports) or "-"
    params = (("service", service), ("ports", listed), ("eni", eni_id))
    unknown = fabric.put(Unknown("unknown.managed_service_port", eni_id, (), params))
    check = fabric.put(First("listener", eni_id, "ingress", rules, arrived, unknown))
    return State("", check, arrived, arrived)
