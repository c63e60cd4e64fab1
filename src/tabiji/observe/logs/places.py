"""Who sent and who serves: from addresses in a log to a place a journey can start at."""

from __future__ import annotations

import msgspec

from ...estate import Estate
from ...packet.address import (
    LINK_LOCAL_V4,
    SHARED_V4,
    AddressError,
    format_address,
    is_private_v4,
    is_v6,
    parse_address,
    parse_prefix,
)
from ...request.model import Request, Vantage
from ...request.vantage import of_eni, of_host
from .model import EGRESS, FORWARD, Flow


def client_of(estate: Estate, flow: Flow) -> Vantage | str:
    """Where the flow was opened; the catalogue's code of the reason when no place can be named."""
    address = number(flow.client)
    if address is None:
        return "logs.open.address"
    at = estate.network_interfaces.get(flow.interface)
    if (
        at is not None
        and (flow.direction == EGRESS) == (flow.leg == FORWARD)
        and _owns(estate, flow.interface, address)
    ):
        return _sender(estate, flow.interface, flow.client, address)
    # Elsewhere: the same VPC first, for other VPCs may use the same addresses.
    if at is not None and (near := estate.eni_by_address.get(at.vpc_id, {}).get(address)):
        return _sender(estate, near, flow.client, address)
    owners = sorted({owned[address] for owned in estate.eni_by_address.values() if address in owned})
    if len(owners) == 1:
        return _sender(estate, owners[0], flow.client, address)
    if owners:
        return "logs.open.ambiguous"
    for hosts in estate.site_hosts.values():
        if address in hosts:
            return of_host(estate, estate.hosts[hosts[address]])
    for name, site in estate.known_sites.items():
        if any(low <= address <= high for low, high in map(parse_prefix, site.prefixes)):
            return Vantage(label=flow.client, kind="site", site=name, address=address)
    public = estate.public_addresses.get(address)
    if public is not None:
        return _sender(estate, public[0], flow.client, public[1])
    if is_v6(address):
        return Vantage(label=f"internet:{flow.client}", kind="internet", address6=address)
    if is_private_v4(address) or any(low <= address <= high for low, high in (SHARED_V4, LINK_LOCAL_V4)):
        return "logs.open.stranger"
    return Vantage(label=f"internet:{flow.client}", kind="internet", address=address)


def _sender(estate: Estate, eni_id: str, label: str, address: int) -> Vantage | str:
    """An interface as sender; what a NAT gateway sends was opened by somebody behind it (NG1)."""
    if eni_id in estate.nat_by_eni:
        return "logs.open.behind_nat"
    found = of_eni(estate, eni_id, estate.host_by_eni.get(eni_id, "") or label)
    return msgspec.structs.replace(found, **{"address6" if is_v6(address) else "address": address})


def _owns(estate: Estate, eni_id: str, address: int) -> bool:
    eni = estate.network_interfaces[eni_id]
    texts = (*eni.private_v4(), *(six.ipv6_address for six in eni.ipv6_addresses))
    return address in map(parse_address, texts)


def request_of(estate: Estate, flow: Flow, vantage: Vantage) -> Request | str:
    """What the client asked for; the code of the reason when that is not in the log."""
    address = number(flow.server)
    if address is None:
        return "logs.open.address"
    if flow.protocol < 0:
        return "logs.open.protocol"
    eni_id = interface_at(estate, flow, address)
    if eni_id in estate.nat_by_eni and vantage.kind != "internet":
        return "logs.open.no_packet_address"  # FL6: the NAT gateway's own address stands for the real one
    from_outside = vantage.kind == "internet" or number(flow.client) in estate.public_addresses
    if from_outside and not is_v6(address) and eni_id:
        # IG1, IG7: what comes by the IGW was sent to the public address in front of the private one
        for private, public in estate.network_interfaces[eni_id].public_pairs():
            if parse_address(private) == address:
                address = parse_address(public)
    text = format_address(address)
    port = flow.port if flow.protocol in (6, 17, 132) else None
    return Request(text=text, host=text, protocol=flow.protocol, port=port)


def interface_at(estate: Estate, flow: Flow, address: int) -> str:
    """The interface that has an address, the recording one's VPC first; empty for none, or several elsewhere."""
    at = estate.network_interfaces.get(flow.interface)
    if at is not None and (near := estate.eni_by_address.get(at.vpc_id, {}).get(address)):
        return str(near)
    owners = {owned[address] for owned in estate.eni_by_address.values() if address in owned}
    return owners.pop() if len(owners) == 1 else ""


def number(text: str) -> int | None:
    """An address as a number, or None for what tabiji cannot route."""
    try:
        return parse_address(text)
    except AddressError:
        return None
