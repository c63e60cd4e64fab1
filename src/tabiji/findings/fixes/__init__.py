"""What could be changed, one file an AWS thing; verified by ``journey.repair``."""

from . import names, network_acl, network_interface, route, security_group, transit_gateway  # noqa: F401
from .base import PROPOSERS, Context, proposals

__all__ = ["PROPOSERS", "Context", "proposals"]
