"""The names of an interface endpoint: regional, zonal and private, and the addresses behind each (section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ..packet.address import is_v6, parse_address
from .dnsname import lenient
from .partition import dns_suffix, region_in

if TYPE_CHECKING:
    from ..estate import Estate
    from ..estate.vpc_endpoint import VpcEndpoint

PRIVATELINK_TYPES = ("Interface", "Resource", "ServiceNetwork")


class EndpointName(msgspec.Struct, frozen=True, gc=False):
    """One name; ``zone`` is the AZ of a zonal one, ``derived`` says that no DnsEntries told it."""

    name: str
    zone: str
    private: bool
    derived: bool


def names_of(estate: Estate, endpoint: VpcEndpoint) -> tuple[EndpointName, ...]:
    """Names of an endpoint.  DnsEntries win; names are derived only where there are none (N4.8)."""
    if endpoint.vpc_endpoint_type not in PRIVATELINK_TYPES:
        return ()  # N4.16: gateway endpoints have no DNS
    out: list[EndpointName] = []
    for entry in endpoint.dns_entries:
        name = lenient(entry.dns_name)
        if not name:
            continue
        public = ".vpce." in name  # N4.18
        out.append(EndpointName(name, _zone_in(name, endpoint.vpc_endpoint_id) if public else "", not public, False))
    region = endpoint.service_region or region_in(endpoint.service_name) or estate.region_of(endpoint.vpc_id)
    if not any(not n.private for n in out):
        out = [*_derive_public(estate, endpoint, region), *out]
    if endpoint.private_dns_enabled and not any(n.private for n in out):
        out += [EndpointName(n, "", True, True) for n in map(lenient, _derive_private(estate, endpoint, region)) if n]
    return tuple(out)


def _zone_in(name: str, endpoint_id: str) -> str:
    """``us-east-1a`` of ``vpce-0c84-c8nebmg2-us-east-1a.ec2...`` (N4.1); hand-made ids hold dashes too."""
    label = name.removeprefix("*.").partition(".")[0]
    own = endpoint_id.lower() + "-"
    return label[len(own) :].partition("-")[2] if label.startswith(own) else ""


def service_tail(service_name: str) -> str:
    """``ecr.api`` of ``com.amazonaws.ap-northeast-1.ecr.api``."""
    if ".vpce-svc-" in service_name:
        return service_name[service_name.index("vpce-svc-") :]
    region = region_in(service_name)
    if region:
        return service_name.partition(f".{region}.")[2]
    return service_name.removeprefix("com.amazonaws.").removeprefix("cn.com.amazonaws.").removeprefix("aws.")


def _derive_public(estate: Estate, endpoint: VpcEndpoint, region: str) -> list[EndpointName]:
    """Regional and zonal names by rule (N4.1); the eight characters nobody knows are made from the id."""
    import zlib

    if not endpoint.service_name or not region:
        return []
    tail = service_tail(endpoint.service_name)
    service = ".".join(reversed(tail.split(".")))
    seed = zlib.crc32(endpoint.vpc_endpoint_id.encode())
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    code = "".join(letters[seed >> (4 * i) & 31] for i in range(8))
    star = "*." if tail == "s3" else ""  # N4.11a
    base = f"{star}{endpoint.vpc_endpoint_id.lower()}-{code}"
    rest = f"{service}.{region}.vpce.{dns_suffix(region)}."
    out = [EndpointName(f"{base}.{rest}", "", False, True)]
    if endpoint.service_region and endpoint.service_region != estate.region_of(endpoint.vpc_id):
        return out  # N4.15: no zonal names across Regions
    zones = dict.fromkeys(estate.subnets[s].availability_zone for s in endpoint.subnet_ids if s in estate.subnets)
    return out + [EndpointName(f"{base}-{zone}.{rest}", zone, False, True) for zone in zones if zone]


def _derive_private(estate: Estate, endpoint: VpcEndpoint, region: str) -> tuple[str, ...]:
    """Private names: what the service says of itself, else the catalogue, else the rule (N4.8, N4.9)."""
    service = estate.tables["vpc_endpoint_services"].get(endpoint.service_name)
    if service is not None:
        if service.private_dns_name_verification_state.lower() not in ("", "verified"):
            return ()  # N4.14a
        listed = tuple(n.private_dns_name for n in service.private_dns_names)
        if listed or service.private_dns_name:
            return listed or (service.private_dns_name,)
    if ".vpce-svc-" in endpoint.service_name or not region:
        return ()
    # N4.12: whether DynamoDB has private DNS today is not established; an endpoint that says it is on is believed.
    if service_tail(endpoint.service_name) == "dynamodb" and estate.switch("N4.12", "on") != "on":
        return ()
    from .catalogue import private_names

    return tuple(private_names(endpoint.service_name, region))


class Addresses(msgspec.Struct, frozen=True, gc=False):
    """Addresses behind a name: IPv4, IPv6, and why that is not certain."""

    v4: tuple[str, ...]
    v6: tuple[str, ...]
    unknown: str


def addresses_of(estate: Estate, endpoint: VpcEndpoint, name: EndpointName) -> Addresses:
    """The healthy ENIs' addresses a name has, by the DNS record type (N4.4a, N4.4b, N4.13)."""
    v4: list[str] = []
    v6: list[str] = []
    unknown = ""
    if endpoint.vpc_endpoint_type == "ServiceNetwork" and len(endpoint.dns_entries) > 1:
        unknown = f"which address of {endpoint.vpc_endpoint_id} a name has is not known"
    if endpoint.subnet_ids and not endpoint.network_interface_ids:
        unknown = f"the network interfaces of {endpoint.vpc_endpoint_id} were not collected"
    zones = estate.tables["availability_zones"]
    for eni_id in endpoint.network_interface_ids:
        eni = estate.network_interfaces.get(eni_id)
        if eni is None:
            unknown = f"{eni_id} of {endpoint.vpc_endpoint_id} was not collected"
            continue
        subnet = estate.subnets.get(eni.subnet_id)
        zone = eni.availability_zone or (subnet.availability_zone if subnet is not None else "")
        if name.zone:
            if zone != name.zone:
                continue
        elif zone in zones and zones[zone].state not in ("available", ""):
            continue  # N4.4b: an impaired AZ leaves regional and private answers
        for text in (*eni.private_v4(), *(six.ipv6_address for six in eni.ipv6_addresses)):
            (v6 if is_v6(parse_address(text)) else v4).append(text)
    kind = (endpoint.dns_options.dns_record_ip_type or endpoint.ip_address_type or "ipv4").lower()
    if kind == "ipv4" or (kind == "service-defined" and name.private):
        v6 = []
    elif kind == "ipv6":
        v4 = []
    return Addresses(tuple(v4), tuple(v6), unknown)
