"""Names of instances: computed IP names, resource names, public names, and the way back (section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..estate.subnet import HostnameOptions
from ..packet.address import AddressError, Interval, format_address, is_private_v4, is_v6, parse_address
from ..packet.ranges import contains
from .answer import NOERROR, NXDOMAIN, ResourceRecord
from .dns_peers import peers_of
from .dnsname import labels
from .resolution import Result, step
from .view import View, dns_attributes
from .why import why

if TYPE_CHECKING:
    from ..estate import Estate
    from ..estate.instance import Instance

TTL = 60
"""N3.2a."""


def private_zone(region: str) -> str:
    """Where a Region's private names live (N2.5a)."""
    return "ec2.internal." if region == "us-east-1" else f"{region}.compute.internal."


def public_zone(region: str) -> str:
    """Where a Region's public names live (N2.5a)."""
    from .partition import dns_suffix

    head = "compute-1" if region == "us-east-1" else f"{region}.compute"
    return f"{head}.{dns_suffix(region)}."


def region_of_public_zone(name: str) -> str:
    """The Region of a public instance name; empty when it is none."""
    parts = labels(name)
    if len(parts) >= 4 and parts[1] == "compute-1" and parts[2:] == ["amazonaws", "com"]:
        return "us-east-1"
    if len(parts) >= 5 and parts[2] == "compute" and parts[3] == "amazonaws":
        return parts[1]
    return ""


def embedded_address(label: str, head: str) -> int | None:
    """The address in ``ip-10-0-0-1`` or ``ec2-54-1-2-3``."""
    if not label.startswith(head):
        return None
    parts = label[len(head) :].split("-")
    try:
        return parse_address(".".join(parts)) if len(parts) == 4 else None
    except AddressError:
        return None


def private(view: View, name: str, rtype: str, zone: str) -> Result:
    """A name below the Region's private zone (N3.1a, N3.1b, N3.2)."""
    rest = name[: -len(zone) - 1]
    if not rest:
        return Result(NOERROR, steps=(step("names.ec2_name.apex", view.vpc_id, ("N3.6b",), zone=zone),))
    if "." not in rest:
        address = embedded_address(rest, "ip-")
        if address is not None:
            return _ip_name(view, name, rtype, address)
        if rest.startswith("i-"):
            return _resource_name(view, name, rtype, rest)
    return Result(
        NXDOMAIN, steps=(step("names.ec2_name.no_such", view.vpc_id, ("N3.2b", "N3.6b"), name=name, zone=zone),)
    )


def _ip_name(view: View, name: str, rtype: str, address: int) -> Result:
    text = format_address(address)
    if is_private_v4(address):
        code, facts = "names.ec2_name.computed", ("N3.2a", "N3.1a")
    elif contains(view.ranges, address) and view.dns.both is not False:
        record = view.estate.tables["vpc_attributes"].get(view.vpc_id)
        if record is not None and record.legacy_non_rfc1918_dns:
            return Result(
                NXDOMAIN, steps=(step("names.ec2_name.legacy", view.vpc_id, ("N3.3",), address=text, vpc=view.vpc_id),)
            )
        code, facts = "names.ec2_name.own_range", ("N3.2b", "N3.3")
    elif _peer_has(view, address):
        code, facts = "names.ec2_name.peer_range", ("PC7", "N3.2b")
    else:
        return Result(
            NXDOMAIN,
            steps=(step("names.ec2_name.foreign_range", view.vpc_id, ("N3.2b",), address=text, vpc=view.vpc_id),),
        )
    answer = [ResourceRecord(name, "A", TTL, text)] if rtype in ("A", "ANY") else []
    return Result(NOERROR, answer, steps=(step(code, view.vpc_id, facts, name=name, address=text, vpc=view.vpc_id),))


def _peer_has(view: View, address: int) -> bool:
    """Is it in a DNS peer's range, and does the switch say that this counts (section 11; PC7 against N3.2b)?"""
    if view.estate.switch("PC7", "N3.2b") != "PC7":
        return False
    ranges = view.estate.vpc_ranges
    return any(contains(ranges.get(p, ()), address) for p in peers_of(view))


def options_of(estate: Estate, instance: Instance) -> HostnameOptions:
    """Hostname options of an instance: its own, else its subnet's, else off (N3.1b)."""
    if instance.private_dns_name_options is not None:
        return instance.private_dns_name_options
    subnet = estate.subnets.get(instance.subnet_id)
    if subnet is not None and subnet.private_dns_name_options_on_launch is not None:
        return subnet.private_dns_name_options_on_launch
    if subnet is not None and not subnet.cidr_block and subnet.cidrs():  # IPv6-only: forced, AAAA on
        return HostnameOptions(hostname_type="resource-name", enable_resource_name_dns_aaaa_record=True)
    return HostnameOptions()


def _resource_name(view: View, name: str, rtype: str, instance_id: str) -> Result:
    estate = view.estate
    instance = estate.instances.get(instance_id)
    if instance is None:
        unknown = "" if estate.coverage.has("instances") else why("names.why.instances")
        return Result(
            NXDOMAIN,
            steps=(step("names.ec2_name.no_instance", instance_id, ("N3.1b",), name=name),),
            unknown=unknown,
        )
    options = options_of(estate, instance)
    four, six = options.enable_resource_name_dns_a_record, options.enable_resource_name_dns_aaaa_record
    if not (four or six) or (instance.vpc_id != view.vpc_id and instance.vpc_id not in peers_of(view)):
        rcode = estate.switch("N3.1b", NXDOMAIN).upper()  # NXDOMAIN or NODATA is not established (NT12)
        return Result(
            NXDOMAIN if rcode == NXDOMAIN else NOERROR,
            steps=(step("names.ec2_name.resource_name_off", instance_id, ("N3.1b",), name=name, instance=instance_id),),
        )
    answer = [
        ResourceRecord(name, kind, TTL, text)
        for kind, text in _addresses(estate, instance)
        if rtype in (kind, "ANY") and (four if kind == "A" else six)
    ]
    return Result(
        NOERROR,
        answer,
        steps=(step("names.ec2_name.resource_name", instance_id, ("N3.1b",), name=name, instance=instance_id),),
    )


def _addresses(estate: Estate, instance: Instance) -> list[tuple[str, str]]:
    """The primary private IPv4 and the primary IPv6 of an instance."""
    enis = [e.network_interface_id for e in instance.network_interfaces]
    enis += [i for i, owner in estate.instance_by_eni.items() if owner == instance.instance_id and i not in enis]
    first = next((estate.network_interfaces[i] for i in enis if i in estate.network_interfaces), None)
    four = instance.private_ip_address or (first.private_v4()[0] if first is not None and first.private_v4() else "")
    out = [("A", four)] if four else []
    if first is not None and first.ipv6_addresses:
        out.append(("AAAA", first.ipv6_addresses[0].ipv6_address))
    return out


def public(estate: Estate, name: str, rtype: str, view: View | None) -> Result:
    """A public instance name: the private address inside, the public one outside (N3.4, N3.5)."""
    address = embedded_address(labels(name)[0], "ec2-")
    if address is None or is_v6(address) or len(labels(region_free(name))) != 1:
        return Result(NXDOMAIN, steps=(step("names.ec2_name.no_such", "", ("N3.4",), name=name, zone=""),))
    text = format_address(address)
    owner = estate.public_addresses.get(address)
    unknown = ""
    if owner is None:
        told = step("names.ec2_name.public_foreign", "", ("N3.4",), name=name, address=text)
        unknown = why("names.why.foreign_address", address=text)
    else:
        eni_id, inside = owner
        eni = estate.network_interfaces.get(eni_id)
        vpc = eni.vpc_id if eni is not None else ""
        if vpc and dns_attributes(estate, vpc).hostnames is False:
            return Result(NXDOMAIN, steps=(step("names.ec2_name.not_assigned", vpc, ("N2.2b",), name=name, vpc=vpc),))
        peer = peers_of(view).get(vpc) if view is not None else None
        private_text = format_address(inside)
        if view is not None and vpc == view.vpc_id:
            text = private_text
            told = step("names.ec2_name.public_inside", eni_id, ("N3.4", "N2.2a"), name=name, address=text)
        elif view is not None and peer is not None:
            text = private_text
            told = step("names.ec2_name.public_peer", peer.via, peer.facts, name=name, address=text, via=peer.via)
            unknown = "" if peer.certain else why("names.why.hostnames_either", vpc=vpc, other=view.vpc_id)
        else:
            told = step("names.ec2_name.public_outside", eni_id, ("N3.4", "N3.5a"), name=name, address=text)
    answer = [ResourceRecord(name, "A", TTL, text)] if rtype in ("A", "ANY") else []
    return Result(NOERROR, answer, steps=(told,), unknown=unknown)


def region_free(name: str) -> str:
    """What stands before the Region's zone in a public instance name."""
    region = region_of_public_zone(name)
    zone = public_zone(region) if region else ""
    return name[: -len(zone)] if zone and name.endswith("." + zone) else name


def pointer(view: View, name: str, address: int) -> Result | None:
    """PTR of an address of this VPC or of a DNS peer (N3.6a); None for other addresses."""
    estate = view.estate
    vpc_id = view.vpc_id
    if not contains(view.ranges, address):
        vpc_id = next((p for p in peers_of(view) if contains(estate.vpc_ranges.get(p, ()), address)), "")
        if not vpc_id:
            return None
    region = estate.region_of(vpc_id)
    host = "ip-" + format_address(address).replace(".", "-")
    eni_id = estate.eni_by_address.get(vpc_id, {}).get(address, "")
    instance = estate.instances.get(estate.instance_by_eni.get(eni_id, ""))
    if instance is not None and options_of(estate, instance).hostname_type == "resource-name":
        host = instance.instance_id
    return Result(
        NOERROR,
        [ResourceRecord(name, "PTR", TTL, f"{host}.{private_zone(region)}")],
        steps=(step("names.ec2_name.pointer", eni_id or vpc_id, ("N3.6a",), address=format_address(address)),),
        unknown="" if region else why("names.why.region", vpc=vpc_id),
    )


def reverse_zones(prefix: Interval) -> list[str]:
    """The /24, /16 or /8 reverse zones that cover an IPv4 prefix (N2.5b)."""
    low, high = prefix
    if is_v6(low):
        return []
    for octets in (1, 2, 3):
        size = 1 << (32 - 8 * octets)
        if (low % size == 0 and (high + 1) % size == 0) or octets == 3:
            first, last = low // size, high // size
            zones = []
            for number in range(first, last + 1):
                parts = format_address(number * size).split(".")[:octets]
                zones.append(".".join(reversed(parts)) + ".in-addr.arpa.")
            return zones
    return []
