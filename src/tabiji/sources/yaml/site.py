"""What lies outside AWS: sites, hosts, DNS servers and the Internet."""

from typing import Any

from msgspec.structs import replace

from ...estate.site import (
    DnsServer,
    DnsZone,
    Forwarder,
    Host,
    Proxy,
    PublicHost,
    PublicName,
    Site,
    SiteRoute,
    SiteRule,
)
from ..spec import Names, Path, Spec, many
from .build import Build, Item
from .rules import split_rule, traffic


class ProxySpec(Spec):
    """Proxy variables."""

    http: str | None = None
    https: str | None = None
    no_proxy: Names = None


class HostSpec(Spec):
    """A machine on an instance or interface, in a site, or on the Internet."""

    instance: str | None = None
    interface: str | None = None
    site: str | None = None
    internet: bool | None = None
    address: str | None = None
    hosts_file: dict[str, str | list[str]] | None = None
    nameservers: Names = None
    search: Names = None
    ndots: int | None = None
    stub_resolver: bool | None = None
    proxy: str | ProxySpec | None = None
    os: str | None = None
    ephemeral_ports: str | None = None
    """``32768-60999``."""
    forwards: str | None = None
    """``route``, ``nat`` or ``drop``: what it does with packets not its own."""
    listens: Names = None
    """``tcp/443`` and so on."""
    routes: dict[str, str] | None = None
    environment: dict[str, str] | None = None
    aws_config: str | None = None
    certificate: Names = None
    """Names on its TLS certificate."""
    certificate_ca: str | None = None
    """Private CA that signed the certificate."""
    relays: str | None = None
    """Name it passes TCP connections on to, TLS untouched."""
    trusts: Names = None
    """Private CAs its clients trust."""


class SiteSpec(Spec):
    """An on-premises network."""

    prefixes: Names = None
    attachments: Names = None
    """What it hangs on: Direct Connect gateway, VPN, virtual private gateway or TGW attachment."""
    dns: Names = None
    routes: dict[str, str] | None = None
    """Prefix -> attachment, ``internet`` or ``drop``; derived from what AWS advertises when not said."""
    internet: bool | None = None
    public_address: str | None = None
    tls_inspection: str | None = None
    """CA of the device that opens TLS connections to the Internet."""
    firewall: Names = None
    """``deny tcp 22 to 10.0.0.0/8``, ``allow all from 10.0.0.0/8``: first match decides."""
    hosts: dict[str, str | HostSpec] | None = None
    """Host -> address, or host settings."""


class DnsServerSpec(Spec):
    """A DNS server in a site, on an instance or on the Internet."""

    address: str | None = None
    instance: str | None = None
    forward: dict[str, str | list[str]] | None = None
    """Suffix -> servers."""
    forward_all: Names = None
    zones: dict[str, dict[str, str | list[str] | dict[str, str | list[str]]]] | None = None
    """Zone -> name -> address, or type -> values."""
    recursion: bool | None = None


class PublicHostFields(Spec):
    """A server on the Internet."""

    name: str | None = None
    listens: Names = None
    service: str | None = None
    region: str | None = None


PublicNameSpec = str | list[str] | dict[str, str | list[str]]
PublicHostSpec = str | PublicHostFields

_WAYS = ("direct_connect_gateways", "vpn_connections", "vpn_gateways", "tgw_attachments")


def declare_sites(build: Build, items: list[Item]) -> None:
    """Names."""
    for item in items:
        build.declare("sites", "site", item)
        item.id = item.name
        build.register("sites", item.name, item.name, "", item.path)


def build_sites(build: Build, items: list[Item]) -> None:
    """Records, and their hosts."""
    for item in items:
        spec: SiteSpec = item.spec
        old: Site = build.get("sites", item.name) or Site(name=item.name)
        fields: dict[str, Any] = {}
        if spec.prefixes is not None:
            fields["prefixes"] = tuple(build.cidr(c, (*item.path, "prefixes")) for c in many(spec.prefixes))
        if spec.attachments is not None:
            fields["attachments"] = tuple(
                _way(build, name, (*item.path, "attachments")) for name in many(spec.attachments)
            )
        if spec.dns is not None:
            fields["dns"] = tuple(build.address(a, (*item.path, "dns")) for a in many(spec.dns))
        if spec.routes is not None:
            fields["routes"] = tuple(
                SiteRoute(
                    prefix=build.cidr(p, (*item.path, "routes", p)),
                    to=to if to in ("internet", "drop") else _way(build, to, (*item.path, "routes", p)),
                )
                for p, to in spec.routes.items()
            )
        if spec.internet is not None:
            fields["internet"] = spec.internet
        if spec.public_address is not None:
            fields["public_address"] = build.address(spec.public_address, (*item.path, "public_address"))
        if spec.tls_inspection is not None:
            fields["tls_inspection"] = spec.tls_inspection
        if spec.firewall is not None:
            fields["firewall"] = tuple(
                rule
                for i, text in enumerate(many(spec.firewall))
                for rule in _firewall(build, text, (*item.path, "firewall", i))
            )
        build.put("sites", replace(old, **fields))
        for name, said in (spec.hosts or {}).items():
            host = HostSpec(address=said) if isinstance(said, str) else said
            path = (*item.path, "hosts", name)
            if host.site is not None:
                build.fail((*path, "site"), f"the host stands in site {item.name} already")
            host.site = item.name
            build_hosts(build, [Item(name, host, path)])


def _way(build: Build, name: str, path: Path) -> str:
    if name.startswith(("cvpn-endpoint-", "attachment-")):
        return name  # Client VPN endpoints and Cloud WAN attachments have no section; they are in ``records``
    found = [key for kind in _WAYS for key in build.lookup(kind, name)]
    # A Direct Connect gateway or VPN on a TGW and its attachment have one name; the former says more.
    kinds = [kind for kind in _WAYS if build.lookup(kind, name)]
    if kinds:
        found = build.lookup(kinds[0], name)
    if len(found) == 1:
        return found[0]
    if found:
        build.fail(path, f"{name} may be {' or '.join(found)}")
    from ..spec import did_you_mean

    known = [n for kind in _WAYS for n in build.known_names(kind)]
    return build.fail(path, f"nothing a site can hang on is called {name!r}{did_you_mean(name, known)}")


def _firewall(build: Build, text: str, path: Path) -> list[SiteRule]:
    words = text.split()
    if not words or words[0] not in ("allow", "deny"):
        build.fail(path, f"{text!r} does not begin with allow or deny")
    direction = "in" if "from" in words else "out"
    head, peers = split_rule(" ".join(words[1:]), direction, path, build)
    out = []
    for protocol, low, high in traffic(head, text, path, build):
        ports = "" if low < 0 else str(low) if low == high else f"{low}-{high}"
        for peer in peers:
            out.append(
                SiteRule(
                    action=words[0],
                    direction=direction,
                    protocol="all" if protocol == "-1" else protocol,
                    ports=ports if protocol in ("tcp", "udp") else "",
                    peer=build.cidr(peer, path),
                )
            )
    return out


def declare_hosts(build: Build, items: list[Item]) -> None:
    """Names."""
    for item in items:
        item.id = item.name


def build_hosts(build: Build, items: list[Item]) -> None:
    """Records; a host named like an instance adds to what the instance gave."""
    for item in items:
        spec: HostSpec = item.spec
        old: Host | None = build.get("hosts", item.name)
        fields: dict[str, Any] = {}
        path = item.path
        target = spec.instance
        if old is None and not any((spec.instance, spec.interface, spec.site, spec.internet)):
            if build.lookup("instances", item.name):
                target = item.name
            else:
                build.fail(path, "instance, interface, site or internet: true is missing")
        if sum(1 for v in (spec.instance, spec.interface, spec.site, spec.internet) if v) > 1:
            build.fail(path, "instance, interface, site and internet exclude each other")
        if target is not None:
            key = build.find("instances", target, (*path, "instance"))
            eni = build.get("instances", key).network_interfaces[0]
            fields |= {"eni": eni.network_interface_id, "address": eni.private_ip_address}
            twin = next((h for h in build.tables.get("hosts", {}).values() if h.eni == eni.network_interface_id), None)
            if old is None and twin is not None:
                # The instance's own host goes by the name given here.
                old = replace(twin, name=item.name)
                build.tables["hosts"].pop(twin.name)
        if spec.interface is not None:
            key = build.find("network_interfaces", spec.interface, (*path, "interface"))
            fields |= {"eni": key, "address": build.get("network_interfaces", key).private_ip_address}
        if spec.site is not None:
            fields["site"] = build.find("sites", spec.site, (*path, "site"))
        if spec.internet is not None:
            fields["internet"] = spec.internet
        if spec.address is not None:
            fields["address"] = build.address(spec.address, (*path, "address"))
        fields |= _settings(build, spec, path)
        new = replace(old or Host(name=item.name), **fields)
        if new.internet and not new.address:
            new = replace(new, address=build.public_address(path))
        if new.site and not new.address:
            build.fail(path, "address is missing")
        build.put("hosts", new)
        build.paths.setdefault(item.name, path)


def _settings(build: Build, spec: HostSpec, path: Path) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if spec.hosts_file is not None:
        fields["hosts_file"] = {
            name: tuple(build.address(a, (*path, "hosts_file", name)) for a in many(addresses))
            for name, addresses in spec.hosts_file.items()
        }
    if spec.nameservers is not None:
        fields["nameservers"] = tuple(build.address(a, (*path, "nameservers")) for a in many(spec.nameservers))
    for name in ("ndots", "stub_resolver", "os", "routes", "environment", "aws_config",
                 "certificate_ca", "relays"):  # fmt: skip
        if getattr(spec, name) is not None:
            fields[name] = getattr(spec, name)
    for name in ("search", "listens", "certificate", "trusts"):
        if getattr(spec, name) is not None:
            fields[name] = many(getattr(spec, name))
    if spec.forwards is not None:
        if spec.forwards not in ("route", "nat", "drop", ""):
            build.fail((*path, "forwards"), f"{spec.forwards!r} is neither route, nat nor drop")
        fields["forwards"] = spec.forwards
    if isinstance(spec.proxy, str):
        fields["proxy"] = Proxy(http=spec.proxy, https=spec.proxy)
    elif spec.proxy is not None:
        proxy = spec.proxy
        fields["proxy"] = Proxy(http=proxy.http or "", https=proxy.https or "", no_proxy=many(proxy.no_proxy))
    if spec.ephemeral_ports is not None:
        low, _, high = spec.ephemeral_ports.partition("-")
        if not (low.isdigit() and high.isdigit() and int(low) <= int(high) <= 65535):
            build.fail((*path, "ephemeral_ports"), f"{spec.ephemeral_ports!r} is no port range")
        fields["ephemeral_ports"] = (int(low), int(high))
    return fields


def declare_dns_servers(build: Build, items: list[Item]) -> None:
    """Names."""
    for item in items:
        item.id = item.name


def build_dns_servers(build: Build, items: list[Item]) -> None:
    """Records."""
    for item in items:
        spec: DnsServerSpec = item.spec
        old: DnsServer | None = build.get("dns_servers", item.name)
        address = build.address(spec.address, (*item.path, "address")) if spec.address else ""
        if spec.instance is not None:
            key = build.find("instances", spec.instance, (*item.path, "instance"))
            address = build.get("instances", key).private_ip_address
        if not address and old is None:
            found = build.get("hosts", item.name)
            if found is None or not found.address:
                build.fail(item.path, "address is missing")
            address = found.address
        fields: dict[str, Any] = {"address": address} if address else {}
        if spec.forward is not None:
            fields["forwarders"] = tuple(
                Forwarder(
                    suffix=suffix,
                    to=tuple(build.address(a, (*item.path, "forward", suffix)) for a in many(servers)),
                )
                for suffix, servers in spec.forward.items()
            )
        if spec.forward_all is not None:
            fields["forward_all"] = tuple(build.address(a, (*item.path, "forward_all")) for a in many(spec.forward_all))
        if spec.zones is not None:
            fields["zones"] = tuple(
                DnsZone(
                    name=zone, records={n: values(build, v, (*item.path, "zones", zone, n)) for n, v in rows.items()}
                )
                for zone, rows in spec.zones.items()
            )
        if spec.recursion is not None:
            fields["recursion"] = spec.recursion
        if old is None:
            old = DnsServer(name=item.name, address=address)
        build.put("dns_servers", replace(old, **fields))
        build.paths.setdefault(item.name, item.path)


def values(build: Build, said: Any, path: Path) -> dict[str, tuple[str, ...]]:
    """Addresses by their family, other text as CNAME; or type -> values as written."""
    if isinstance(said, dict):
        return {kind.upper(): many(entries) for kind, entries in said.items()}
    out: dict[str, list[str]] = {}
    for text in many(said):
        plain = text.replace(".", "")
        kind = "AAAA" if ":" in text else "A" if plain.isdigit() else "CNAME"
        if kind != "CNAME":
            build.address(text, path)
        out.setdefault(kind, []).append(text)
    if not out:
        build.fail(path, "has no value")
    return {kind: tuple(entries) for kind, entries in out.items()}


def declare_public_names(build: Build, items: list[Item]) -> None:
    """Names."""


def build_public_names(build: Build, items: list[Item]) -> None:
    """Records."""
    for item in items:
        build.put("public_names", PublicName(name=item.name, records=values(build, item.spec, item.path)))
        build.paths.setdefault(item.name, item.path)


def declare_public_hosts(build: Build, items: list[Item]) -> None:
    """Addresses."""


def build_public_hosts(build: Build, items: list[Item]) -> None:
    """Records; the key is the address."""
    for item in items:
        spec = PublicHostFields(name=item.spec) if isinstance(item.spec, str) else item.spec
        address = build.address(item.name, item.path)
        build.put(
            "public_hosts",
            PublicHost(
                address=address,
                name=spec.name or "",
                listens=None if spec.listens is None else many(spec.listens),
                service=spec.service or "",
                region=spec.region or "",
            ),
        )
        build.paths.setdefault(address, item.path)
