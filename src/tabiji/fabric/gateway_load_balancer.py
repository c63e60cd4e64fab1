"""Gateway Load Balancer endpoints (data-plane section 11.4).

What the appliances behind one do is not known unless the estate says so with a
switch: ``GL1:<vpce id>`` set to ``pass`` or ``drop``.
"""

from __future__ import annotations

from ..packet.header import TCP
from . import network_acl
from .compiler import Fabric, builds
from .stage import Drop, Enter, First, Mark, Place, Remember, Rule, Stage, State, Unknown


@builds("gwlb-endpoint")
def _gwlb_endpoint(fabric: Fabric, endpoint_id: str) -> Stage:
    """GL1: into the endpoint's subnet; after inspection out of it by that subnet's routes."""
    estate = fabric.estate
    endpoint = estate.vpc_endpoints[endpoint_id]
    subnet = estate.subnets.get(endpoint.subnet_ids[0]) if endpoint.subnet_ids else None
    zone = subnet.availability_zone if subnet is not None else ""
    place = Place("gwlb_endpoint", endpoint_id, endpoint.vpc_id, zone)
    if endpoint.state.lower() not in ("available", ""):
        return Enter(place, fabric.put(Drop("endpoint.state", endpoint_id, ("IE8",), (("state", endpoint.state),))))
    if subnet is None:
        return Enter(place, fabric.put(Unknown("unknown.subnet", endpoint_id, ("GL1",))))
    out = fabric.node("subnet-edge", subnet.subnet_id)
    # SG5: references do not survive an appliance.
    inspected = fabric.put(Mark((("identity", None), ("az", zone)), _appliances(fabric, endpoint_id, out)))
    # NA11: the endpoint subnet's NACL is evaluated, for servers of that subnet too.
    return Enter(place, fabric.put(network_acl.ingress(fabric, subnet.subnet_id, inspected) or fabric.stage(inspected)))


def _appliances(fabric: Fabric, endpoint_id: str, out: int) -> int:
    key = f"gwlb:{endpoint_id}"
    params = (("endpoint", endpoint_id),)
    # GL3: only the answer seen is not tolerated; the request seen and not the answer is.  That it is an answer
    # shows in TCP only.
    lost = fabric.put(Drop("appliance.asymmetric", endpoint_id, ("GL3",), params, out))
    unsure = fabric.put(Unknown("unknown.appliance", endpoint_id, ("GL3",), params))
    tcp = (Rule(proto=TCP, origin="no flow", facts=("GL3",)),)
    stranger = fabric.put(First("appliance_flow", endpoint_id, "", tcp, lost, unsure, ("GL3",)))
    verdict = fabric.estate.switch(f"GL1:{endpoint_id}", "unknown")
    if verdict == "pass":
        first = fabric.put(Remember(key, out))
    elif verdict == "drop":
        first = fabric.put(Drop("appliance.drop", endpoint_id, ("GL1",), params, fabric.put(Remember(key, out))))
    else:
        first = stranger = fabric.put(Unknown("unknown.appliance", endpoint_id, ("GL1", "RA5"), params))
    return fabric.put(State(key, first, out, stranger))
