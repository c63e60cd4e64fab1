"""Elastic Load Balancing: for now a component that is known and not walked through."""

from __future__ import annotations

from .compiler import Fabric, builds
from .stage import Stage, Unknown


@builds("load-balancer-in")
def _load_balancer_in(fabric: Fabric, eni_id: str) -> Stage:
    description = fabric.estate.network_interfaces[eni_id].description
    return Unknown("unknown.load_balancer", eni_id, ("LB8",), (("load_balancer", description.removeprefix("ELB ")),))
