"""What could be changed, one file an AWS thing; verified by ``journey.repair``."""

from . import (  # noqa: F401
    firewall,
    hosted_zone,
    names,
    network_acl,
    network_interface,
    policy,
    resolver,
    route,
    security_group,
    transit_gateway,
    vpc_endpoint,
)
from .base import PROPOSERS, Context, proposals

__all__ = ["PROPOSERS", "Context", "proposals"]
