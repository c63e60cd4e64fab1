"""VPC Lattice: services at link-local addresses, only from inside an associated VPC (data-plane 11.4, LA1)."""

from __future__ import annotations

from msgspec.structs import replace

from ..estate.network_interface import EniGroup
from . import security_group
from .compiler import Fabric, builds
from .stage import Drop, Enter, Place, Stage, Unknown


@builds("lattice")
def _lattice(fabric: Fabric, eni_id: str) -> Stage:
    """LA1: the client's egress rules, then the association's groups; what the service does then is not known."""
    estate = fabric.estate
    eni = estate.network_interfaces[eni_id]
    params = (("vpc", eni.vpc_id), ("eni", eni_id))
    if not estate.coverage.has("lattice_vpc_associations", estate.scope_of(eni.vpc_id)):
        return Unknown("unknown.lattice", eni_id, ("LA1",), params)
    association = next(
        (a for a in estate.lattice_vpc_associations.values() if a.vpc_id == eni.vpc_id and a.status == "ACTIVE"), None
    )
    if association is None:
        return Drop("lattice.not_associated", eni.vpc_id, ("LA1",), params)
    told = (*params, ("network", association.service_network_id))
    service = fabric.put(Unknown("unknown.lattice_service", association.service_network_id, ("LA1",), told))
    worn = tuple(EniGroup(group_id=group) for group in association.security_group_ids)
    admitted = service
    if worn:
        stage = security_group.ingress(fabric, replace(eni, groups=worn), service)
        admitted = service if stage is None else fabric.put(stage)
    entered = fabric.put(Enter(Place("lattice", association.id, eni.vpc_id), admitted))
    return security_group.egress(fabric, eni, entered) or fabric.stage(entered)
