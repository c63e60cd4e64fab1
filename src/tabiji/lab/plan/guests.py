"""Hosts as namespaces: their names, links, files; and the services that answer them."""

from __future__ import annotations

from ...estate import Estate
from ...estate.site import Host
from ...packet.address import is_v6, parse_address, parse_prefix, prefix_length
from . import subnet
from .draft import Draft
from .model import Guest, Link, Port, Service

SVC = "svc"
PUBLIC_RESOLVER = "8.8.8.8"
"""What a host on the Internet asks; one of those known to answer anybody."""


def build(draft: Draft) -> None:
    """All guests and services."""
    services(draft)
    by_guest: dict[str, list[Port]] = {}
    for port in draft.ports.values():
        if port.guest and port.guest != SVC:
            by_guest.setdefault(port.guest, []).append(port)
    for name, ports in by_guest.items():
        draft.guests[name] = _guest(draft, name, ports)
    links = [
        Link(name=port.name, port=port.name, mark=number, default=False)
        for number, port in enumerate((p for p in draft.ports.values() if p.guest == SVC), 1)
    ]
    draft.guests[SVC] = Guest(name=SVC, owner=SVC, links=tuple(links))


# Names.


def guest_name(draft: Draft, eni_id: str) -> str:
    """What the namespace behind an interface is called: a host's name, else its instance's Name if that is unique."""
    estate = draft.estate
    host = estate.host_by_eni.get(eni_id)
    if host:
        return str(host)
    instance = estate.instance_by_eni.get(eni_id)
    owner = instance or eni_id
    for one in estate.enis_by_instance.get(instance or "", ()):
        if one in estate.host_by_eni:
            return str(estate.host_by_eni[one])
    name = estate.name(owner)
    bearers = estate.ids_by_name.get(name, ())
    if instance:  # its interfaces and volumes often bear its name as well
        bearers = tuple(i for i in bearers if i in estate.instances and estate.instances[i].state.name != "terminated")
    alone = bool(name) and bearers == (owner,)
    return name if alone and name != SVC and name not in estate.hosts else owner


def _aliases(estate: Estate, name: str, ports: list[Port]) -> tuple[str, ...]:
    out: list[str] = []
    for port in ports:
        out += [port.owner, *port.addresses]
        eni = estate.network_interfaces.get(port.owner)
        if eni is not None and eni.private_dns_name:
            out.append(eni.private_dns_name)
        instance = estate.instance_by_eni.get(port.owner)
        if instance:
            out += [instance, estate.name(instance)]
    return tuple(dict.fromkeys(text for text in out if text and text != name))


# Hosts.


def _guest(draft: Draft, name: str, ports: list[Port]) -> Guest:
    estate = draft.estate
    host = next((h for h in (_host(estate, name, port) for port in ports) if h is not None), None)
    instance = estate.instance_by_eni.get(ports[0].owner)
    return Guest(
        name=name,
        owner=instance or ports[0].owner,
        links=tuple(_link(draft, port, number) for number, port in enumerate(ports)),
        forwards=host.forwards if host is not None else "",
        files=_files(draft, host, ports[0]),
        environment=_environment(host),
        # A relay is a program somebody starts there; nothing stands in for it.
        listens=host.listens or () if host is not None and not host.relays else (),
        aliases=_aliases(estate, name, ports),
    )


def _environment(host: Host | None) -> dict[str, str]:
    """Its own variables and its proxies, in both spellings programs read."""
    if host is None:
        return {}
    out = dict(host.environment)
    proxies = (("http_proxy", host.proxy.http), ("https_proxy", host.proxy.https))
    for name, value in (*proxies, ("no_proxy", ",".join(host.proxy.no_proxy))):
        if value:
            out.setdefault(name, value)
            out.setdefault(name.upper(), value)
    return out


def _host(estate: Estate, name: str, port: Port) -> Host | None:
    known = estate.host_by_eni.get(port.owner)
    return estate.hosts.get(known or name) if known or port.owner == name else None


def _link(draft: Draft, port: Port, number: int) -> Link:
    eni = draft.estate.network_interfaces.get(port.owner)
    prefixes = [parse_prefix(c) for c in draft.estate.subnets[eni.subnet_id].cidrs()] if eni is not None else []
    out = []
    for text in port.addresses:
        value = parse_address(text)
        bits = [prefix_length(p) for p in prefixes if p[0] <= value <= p[1]]
        out.append(f"{text}/{bits[0] if bits else 128 if is_v6(value) else 32}")
    return Link(name=f"eth{number}", port=port.name, addresses=tuple(out), default=number == 0)


def _files(draft: Draft, host: Host | None, port: Port) -> dict[str, str]:
    """hosts and resolv.conf as the host has them."""
    lines = ["127.0.0.1 localhost", "::1 localhost ip6-localhost ip6-loopback"]
    if host is not None:
        lines += [f"{address} {name}" for name, addresses in host.hosts_file.items() for address in addresses]
    servers, search = _resolver(draft, host, port)
    resolv = [f"nameserver {server}" for server in servers]
    if search:
        resolv.append("search " + " ".join(search))
    if host is not None and host.ndots != 1:
        resolv.append(f"options ndots:{host.ndots}")
    files = {"hosts": "\n".join(lines) + "\n", "resolv.conf": "\n".join(resolv) + "\n"}
    if host is not None and host.aws_config:
        files["aws/config"] = host.aws_config
    return files


def _resolver(draft: Draft, host: Host | None, port: Port) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Name servers and search list: the host's own, else what DHCP or the site gives (N1.1-N1.4)."""
    estate = draft.estate
    servers = host.nameservers if host is not None else None
    search = host.search if host is not None else None
    eni = estate.network_interfaces.get(port.owner)
    if eni is not None and eni.vpc_id in estate.vpcs:
        dhcp = estate.tables["dhcp_options"].get(estate.vpcs[eni.vpc_id].dhcp_options_id)
        if servers is None:
            given = dhcp.values("domain-name-servers") if dhcp is not None else None
            own = subnet.dns_addresses(draft, eni.vpc_id)
            servers = tuple(
                address
                for text in (given or ("AmazonProvidedDNS",))
                for address in (own if text == "AmazonProvidedDNS" else (text,))
            )
        if search is None:
            search = tuple((dhcp.values("domain-name") if dhcp is not None else None) or ())
    elif servers is None:
        site = estate.sites.get(host.site) if host is not None and host.site else None
        servers = site.dns if site is not None else (PUBLIC_RESOLVER,)
    return servers, search or ()


# Services.


def services(draft: Draft) -> None:
    """What answers in the svc namespace, by the link it is asked through."""
    marks = {p.name: n for n, p in enumerate((p for p in draft.ports.values() if p.guest == SVC), 1)}
    for port in list(draft.ports.values()):
        if port.guest == SVC:
            draft.services.extend(_of_port(draft, port, marks[port.name]))


def _of_port(draft: Draft, port: Port, mark: int) -> list[Service]:
    estate = draft.estate
    if port.owner in estate.vpcs:
        return _of_vpc(draft, port.owner, mark)
    if port.owner == "internet":
        return _public(estate, mark)
    resolver = _resolver_endpoint(estate, port)
    if resolver:
        return [Service(kind="dns", address=a, mark=mark, owner=resolver) for a in port.addresses]
    server = estate.tables["dns_servers"].get(port.owner)
    if server is not None:
        return [Service(kind="dns", address=server.address, mark=mark, owner=server.name)]
    endpoint = estate.vpc_endpoints.get(estate.endpoint_by_eni.get(port.owner, port.owner))
    if endpoint is None:
        return []
    region, service = _service_of(endpoint.service_name)
    gateway = endpoint.vpc_endpoint_type == "Gateway"
    return [
        Service(
            kind="aws" if gateway else "endpoint",
            address=address,
            mark=mark,
            owner=endpoint.vpc_endpoint_id if gateway else port.owner,
            service=service,
            region=endpoint.service_region or region,
        )
        for address in (("0.0.0.0",) if gateway else port.addresses)
    ]


def _service_of(name: str) -> tuple[str, str]:
    """Region and short name of ``com.amazonaws.<region>.<service>``."""
    words = name.split(".")
    if words[:2] == ["com", "amazonaws"] and len(words) > 3:
        return words[2], ".".join(words[3:])
    if words[0] == "aws" and words[1:2] == ["sagemaker"] and len(words) > 3:
        return words[2], "sagemaker." + words[3]
    return "", name


def _resolver_endpoint(estate: Estate, port: Port) -> str:
    eni = estate.network_interfaces.get(port.owner)
    if eni is None:
        return ""
    owners = (estate.resolver_by_address.get((eni.vpc_id, address), "") for address in port.addresses)
    return next((o for o in owners if o and estate.tables["resolver_endpoints"][o].direction != "OUTBOUND"), "")


def _of_vpc(draft: Draft, vpc_id: str, mark: int) -> list[Service]:
    dns = [*subnet.dns_addresses(draft, vpc_id), subnet.LINK_LOCAL_DNS, "fd00:ec2::253"]
    out = [Service(kind="dns", address=a, mark=mark, owner=vpc_id) for a in dns]
    return out + [Service(kind="imds", address=a, mark=mark, owner=vpc_id) for a in (subnet.IMDS, "fd00:ec2::254")]


def _public(estate: Estate, mark: int) -> list[Service]:
    names: dict[str, list[str]] = {}
    for record in estate.tables["public_names"].values():
        for kind in ("A", "AAAA"):
            for address in record.records.get(kind, ()):
                names.setdefault(address, []).append(record.name)
    out = [
        Service(
            kind="aws" if host.service else "web",
            address=address,
            mark=mark,
            owner=host.name or address,
            service=host.service,
            region=host.region,
            names=tuple(names.get(address, ())),
            listens=host.listens or (),
        )
        for address, host in estate.public_hosts.items()
    ]
    out.append(Service(kind="dns", address=PUBLIC_RESOLVER, mark=mark))
    # Names nobody gave an address have a stand-in one (N5.5): whatever comes there is answered by its name.
    out.append(Service(kind="aws", address="0.0.0.0", mark=mark, listens=("tcp/443", "tcp/80")))
    return out
