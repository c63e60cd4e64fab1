"""Managed services that sit on ENIs of a VPC: databases, caches, search domains."""

from __future__ import annotations

import msgspec

from .record import Record


class ServiceEndpoint(Record, frozen=True, kw_only=True):
    """Where clients connect."""

    address: str = ""
    port: int = 0


class WornGroup(Record, frozen=True, kw_only=True):
    """A security group of a managed service."""

    vpc_security_group_id: str = ""
    security_group_id: str = ""


class DbSubnetGroup(Record, frozen=True, kw_only=True):
    """The VPC a database is in."""

    vpc_id: str = ""


class DbInstance(Record, frozen=True, kw_only=True):
    """``rds describe-db-instances``."""

    db_instance_identifier: str = msgspec.field(name="DBInstanceIdentifier")
    endpoint: ServiceEndpoint = ServiceEndpoint()
    vpc_security_groups: tuple[WornGroup, ...] = ()
    db_subnet_group: DbSubnetGroup = msgspec.field(default=DbSubnetGroup(), name="DBSubnetGroup")
    publicly_accessible: bool = False

    @property
    def groups(self) -> frozenset[str]:
        """Security groups worn."""
        return frozenset(g.vpc_security_group_id for g in self.vpc_security_groups)


class CacheNode(Record, frozen=True, kw_only=True):
    """A node of a cache cluster."""

    endpoint: ServiceEndpoint = ServiceEndpoint()


class CacheCluster(Record, frozen=True, kw_only=True):
    """``elasticache describe-cache-clusters --show-cache-node-info``."""

    cache_cluster_id: str
    cache_nodes: tuple[CacheNode, ...] = ()
    configuration_endpoint: ServiceEndpoint | None = None
    security_groups: tuple[WornGroup, ...] = ()

    @property
    def groups(self) -> frozenset[str]:
        """Security groups worn."""
        return frozenset(g.security_group_id for g in self.security_groups)

    @property
    def ports(self) -> frozenset[int]:
        """Ports of its nodes and of its configuration endpoint."""
        ends = [node.endpoint for node in self.cache_nodes]
        if self.configuration_endpoint is not None:
            ends.append(self.configuration_endpoint)
        return frozenset(end.port for end in ends if end.port)


class Redshift(Record, frozen=True, kw_only=True):
    """``redshift describe-clusters`` (written under ``RedshiftClusters``)."""

    cluster_identifier: str
    endpoint: ServiceEndpoint = ServiceEndpoint()
    vpc_security_groups: tuple[WornGroup, ...] = ()

    @property
    def groups(self) -> frozenset[str]:
        """Security groups worn."""
        return frozenset(g.vpc_security_group_id for g in self.vpc_security_groups)
