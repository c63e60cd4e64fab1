"""Floor 3: the data plane of an estate, compiled to a graph of stages.

The order in which decisions are taken is these two lists; each row is a
function that looks at one AWS thing and gives a stage (or nothing).  What
happens past a route lies in the file of the route's target.
"""

from . import (  # noqa: F401
    endpoint_service,
    gateway_load_balancer,
    internet,
    load_balancer,
    nat_gateway,
    network_firewall,
    peering,
    security_group,
    site,
    subnet,
    transit_gateway,
    vpc_endpoint,
)
from . import network_interface as eni
from .compiler import Fabric
from .local_service import local_service

eni.LEAVING[:] = [
    eni.place,  # W10
    eni.running,
    eni.host_itself,
    eni.own_routes,
    eni.facts,  # SG4, RT19
    local_service,  # W2: neither SG nor NACL nor route
    eni.source_check,  # W3
    security_group.egress,  # W4
    load_balancer.return_to_node,  # LB3: answers to a client whose address an NLB kept
    eni.subnet_edge,  # W5-W7: same subnet, else NACL and route table
]
eni.ENTERING[:] = [
    eni.network_acl_ingress,  # W9; not from the same subnet
    eni.alive,
    security_group.ingress,  # W9
    eni.destination_check,  # W9
    eni.receive,
]

__all__ = ["Fabric"]
