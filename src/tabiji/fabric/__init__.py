"""Floor 3: the data plane of an estate, compiled to a graph of stages.

The order in which decisions are taken is these two lists; each row is a
function that looks at one AWS thing and gives a stage (or nothing).  What
happens past a route lies in the file of the route's target.
"""

from . import network_interface as eni
from . import security_group
from .compiler import PARTS, Fabric
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
    eni.through_balancer,  # LB3: answers to a client whose address an NLB kept
    eni.subnet_edge,  # W5-W7: same subnet, else NACL and route table
]
eni.ENTERING[:] = [
    eni.network_acl_ingress,  # W9; not from the same subnet
    eni.alive,
    eni.endpoint_identity,  # IE12
    security_group.ingress,  # W9
    eni.destination_check,  # W9
    eni.receive,
]

# One line an AWS thing: its file, and the first words of the stages it builds and of the route targets it takes.
# A file is loaded when a packet first meets it.
for module, words in {
    "network_interface": "leaving entering enter select host-in",
    "subnet": "subnet",
    "route_table": "routes local lgw cagw odb",
    "local_service": "local-service local-service-of-vpc local-service-answer local-service-home",
    "internet_gateway": "igw eigw ipv6",
    "internet": "internet public",
    "nat_gateway": "nat nat64 appliance eni i",
    "managed_service": "managed-service-in",
    "peering": "peering pcx return-to-sender",
    "transit_gateway": "tgw",
    "site": "site vgw to-on-prem",
    "client_vpn": "client",
    "cloud_wan": "core",
    "lattice": "lattice",
    "vpc_endpoint": "vpce endpoint-in gateway resolver",
    "endpoint_service": "endpoint-service endpoint-to-node",
    "gateway_load_balancer": "gwlb",
    "load_balancer": "load lb",
    "network_firewall": "firewall",
}.items():
    PARTS.update(dict.fromkeys(words.split(), module))

__all__ = ["Fabric"]
