"""VPC Lattice: which VPCs are associated with a service network."""

from __future__ import annotations

import msgspec


class LatticeVpcAssociation(msgspec.Struct, frozen=True, gc=False, rename="camel", kw_only=True):
    """``vpc-lattice get-service-network-vpc-association`` (LA1; keys are camelCase there)."""

    id: str
    vpc_id: str = ""
    service_network_id: str = ""
    status: str = "ACTIVE"
    security_group_ids: tuple[str, ...] = ()
