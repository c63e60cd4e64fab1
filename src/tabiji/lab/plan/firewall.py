"""Gateway Load Balancer endpoints, those of a Network Firewall among them."""

from __future__ import annotations

from ...estate.vpc_endpoint import VpcEndpoint
from .draft import Draft


def endpoint(draft: Draft, record: VpcEndpoint) -> str:
    """The device a route to the endpoint leads to."""
    return draft.leave_out(record.vpc_endpoint_id, "Gateway Load Balancer endpoints are not built")
