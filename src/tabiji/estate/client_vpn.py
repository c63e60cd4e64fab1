"""Client VPN: routes, authorization rules and target networks (the endpoint itself is in ``vpn``)."""

from __future__ import annotations

from .record import Record


class StatusCode(Record, frozen=True, kw_only=True):
    """A state with a code."""

    code: str = "active"


class ClientVpnRoute(Record, frozen=True, kw_only=True):
    """``describe-client-vpn-routes`` (CV1): to a subnet, or to ``local``."""

    client_vpn_endpoint_id: str
    destination_cidr: str = ""
    target_subnet: str = ""
    status: StatusCode = StatusCode()


class ClientVpnAuthorizationRule(Record, frozen=True, kw_only=True):
    """``describe-client-vpn-authorization-rules`` (CV1): for everybody or for one group of users."""

    client_vpn_endpoint_id: str
    destination_cidr: str = ""
    group_id: str = ""
    access_all: bool = False
    status: StatusCode = StatusCode()


class ClientVpnTargetNetwork(Record, frozen=True, kw_only=True):
    """``describe-client-vpn-target-networks``: a subnet the endpoint is associated with (CV1)."""

    association_id: str
    client_vpn_endpoint_id: str = ""
    target_network_id: str = ""
    vpc_id: str = ""
    status: StatusCode = StatusCode(code="associated")
    security_groups: tuple[str, ...] = ()
