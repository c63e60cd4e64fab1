"""Where a request starts: what a person may call a place in the estate."""

from __future__ import annotations

from ..estate import Estate
from ..estate.site import Host
from ..packet.address import AddressError, parse_address
from .errors import RequestError
from .model import Vantage

SOMEWHERE = "198.51.100.250"
"""Address of a host on the Internet of which nothing is known."""


def find_vantage(estate: Estate, text: str) -> Vantage:
    """The vantage of a host name, ENI, instance, subnet, address, site or ``internet``.

    Raises RequestError when nothing, or more than one thing, goes by that name.
    """
    host = estate.hosts.get(text)
    if host is not None:
        return of_host(estate, host)
    if text in estate.network_interfaces:
        return of_eni(estate, text, text)
    if text in estate.instances:
        return of_instance(estate, text, text)
    if text in estate.sites:
        return _of_site(estate, text)
    head, _, tail = text.partition(":")
    if head == "internet":
        return _internet(text, tail or SOMEWHERE)
    if head == "site" and tail in estate.sites:
        return _of_site(estate, tail)
    if head in estate.sites and tail:
        return _site_address(text, head, tail)
    address = _address(text)
    if address is not None:
        return _of_address(estate, text, address)
    named = estate.ids_by_name.get(text, ())
    instances = [i for i in named if i in estate.instances and estate.instances[i].state.name != "terminated"]
    enis = [i for i in named if i in estate.network_interfaces]
    if len(instances) == 1:
        return of_instance(estate, instances[0], text)
    if len(enis) == 1 and not instances:
        return of_eni(estate, enis[0], text)
    if len(instances) + len(enis) > 1:
        raise RequestError(f"{text!r} is the name of several things: {', '.join(sorted(instances + enis))}")
    raise RequestError(f"{text!r} is no host, instance, ENI or address of this estate{_did_you_mean(estate, text)}")


def of_host(estate: Estate, host: Host) -> Vantage:
    """The vantage of a host record."""
    if host.eni:
        base = of_eni(estate, host.eni, host.name)
        return Vantage(
            label=host.name,
            kind="eni",
            eni=base.eni,
            instance=base.instance,
            vpc=base.vpc,
            subnet=base.subnet,
            host=host.name,
            address=base.address,
            address6=base.address6,
        )
    if host.site:
        address = parse_address(host.address) if host.address else _first_of_site(estate, host.site)
        return Vantage(label=host.name, kind="site", site=host.site, host=host.name, address=address)
    return Vantage(label=host.name, kind="internet", host=host.name, address=parse_address(host.address or SOMEWHERE))


def of_eni(estate: Estate, eni_id: str, label: str) -> Vantage:
    """The vantage of an ENI; raises RequestError for one the estate does not hold."""
    eni = estate.network_interfaces.get(eni_id)
    if eni is None:
        raise RequestError(f"{label!r}: {eni_id} is not in this estate")
    four, six = eni.private_v4(), eni.ipv6_addresses
    return Vantage(
        label=label,
        kind="eni",
        eni=eni_id,
        instance=estate.instance_by_eni.get(eni_id, ""),
        vpc=eni.vpc_id,
        subnet=eni.subnet_id,
        host=estate.host_by_eni.get(eni_id, ""),
        address=parse_address(four[0]) if four else 0,
        address6=parse_address(six[0].ipv6_address) if six else 0,
    )


def of_instance(estate: Estate, instance_id: str, label: str) -> Vantage:
    """The vantage of an instance: its primary ENI."""
    owned = estate.enis_by_instance.get(instance_id, ())
    if not owned:
        raise RequestError(f"{label!r}: instance {instance_id} has no network interface in this estate")

    def device(eni_id: str) -> int:
        attachment = estate.network_interfaces[eni_id].attachment
        return attachment.device_index if attachment is not None else 99

    return of_eni(estate, min(owned, key=device), label)


def _of_address(estate: Estate, text: str, address: int) -> Vantage:
    owners = [(vpc, owned[address]) for vpc, owned in estate.eni_by_address.items() if address in owned]
    if len(owners) == 1:
        found = of_eni(estate, owners[0][1], text)
        return found if found.address == address else _with_address(found, address)
    if len(owners) > 1:
        places = ", ".join(f"{eni} in {vpc}" for vpc, eni in sorted(owners))
        raise RequestError(f"{text!r} is used in several VPCs: {places}; name the ENI")
    for hosts in estate.site_hosts.values():
        if address in hosts:
            return of_host(estate, estate.hosts[hosts[address]])
    from ..packet.address import parse_prefix

    for name, site_record in estate.sites.items():
        for prefix in site_record.prefixes:
            low, high = parse_prefix(prefix)
            if low <= address <= high:
                return _site_address(text, name, text)
    public = estate.public_addresses.get(address)
    if public is not None:
        return of_eni(estate, public[0], text)
    raise RequestError(f"no ENI or host of this estate has the address {text}; internet:{text} puts it on the Internet")


def _with_address(vantage: Vantage, address: int) -> Vantage:
    import msgspec

    field = "address6" if address >= 1 << 32 else "address"
    return msgspec.structs.replace(vantage, **{field: address})


def _internet(text: str, address: str) -> Vantage:
    value = _address(address)
    if value is None:
        raise RequestError(f"{text!r}: {address!r} is not an address")
    return _with_address(Vantage(label=text, kind="internet"), value)


def _of_site(estate: Estate, name: str) -> Vantage:
    return Vantage(label=name, kind="site", site=name, address=_first_of_site(estate, name))


def _site_address(text: str, site: str, address: str) -> Vantage:
    value = _address(address)
    if value is None:
        raise RequestError(f"{text!r}: {address!r} is not an address")
    return _with_address(Vantage(label=text, kind="site", site=site), value)


def _first_of_site(estate: Estate, name: str) -> int:
    from ..packet.address import parse_prefix

    site = estate.sites.get(name)
    if site is None or not site.prefixes:
        raise RequestError(f"site {name!r} has no prefix")
    return parse_prefix(site.prefixes[0])[0] + 10


def _address(text: str) -> int | None:
    try:
        return parse_address(text)
    except AddressError:
        return None


def _did_you_mean(estate: Estate, text: str) -> str:
    import difflib

    known = [*estate.hosts, *estate.sites, *estate.ids_by_name, *estate.instances]
    close = difflib.get_close_matches(text, known, 3, 0.6)
    return f"; did you mean {', '.join(close)}?" if close else ""
