"""What a table of names asks, and where: names of services, and the places that resolve them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from ..estate import Estate
from ..estate.vpc_endpoint import VpcEndpoint
from ..journey.model import Vantage
from ..names.catalogue import entry, example_name, parse_service_name, service_name
from ..names.client import configuration
from ..names.endpoint_names import PRIVATELINK_TYPES, names_of, service_tail
from ..names.view import View

HTTPS = 443


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A name that clients ask for, and the service behind it.

    ``confidence`` is the catalogue's, ``estate`` for a name an endpoint of the
    estate states itself.
    """

    name: str
    tail: str
    service_name: str
    region: str
    confidence: str
    port: int = HTTPS
    named: bool = False
    """The service was asked for by name: it must be reachable, by whatever way."""


class Viewpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where names are asked.  ``resolver``: the VPC's resolver itself is asked, whatever its hosts are configured with.

    ``vantage`` is where packets start; None where the VPC has no interface to
    start from.
    """

    label: str
    vantage: Vantage | None
    vpc: str = ""
    site: str = ""
    resolver: bool = False

    @property
    def kind(self) -> str:
        """``vpc``, or the vantage's kind."""
        return "vpc" if self.resolver or self.vantage is None else self.vantage.kind


def names_for(
    estate: Estate,
    tails: Iterable[str],
    regions: Iterable[str],
    *,
    own: bool = True,
    variants: bool = False,
    named: bool = False,
) -> tuple[Asked, ...]:
    """The names to ask: one a service and Region, S3 with a bucket's too, and all of the estate's own endpoints.

    ``named``: somebody listed these services.  ``own`` adds the services the estate has interface endpoints for;
    ``variants`` every name the catalogue knows of a service (FIPS, dual-stack).
    """
    out: dict[str, Asked] = {}
    regions = tuple(regions)
    for region in regions:
        for tail in tails:
            full = service_name(tail, region)
            for name in _names(full, region, variants):
                _put(out, name, full, region, named=named)
    if own:
        for endpoint in estate.vpc_endpoints.values():
            region = _region(estate, endpoint)
            if endpoint.vpc_endpoint_type not in PRIVATELINK_TYPES or region not in regions:
                continue
            names = _names(endpoint.service_name, region, variants)
            private = [n.name.rstrip(".") for n in names_of(estate, endpoint) if n.private]
            if variants or not any(_covered(name, private) for name in names):  # DnsEntries know better (N4.8)
                names += tuple(p if p[:2] != "*." else f"example.{p[2:]}" for p in private)
            for name in names:
                _put(out, name, endpoint.service_name, region, own=True)
    return tuple(out.values())


def _covered(name: str, private: Sequence[str]) -> bool:
    return any(name == p or (p[:2] == "*." and (name == p[2:] or name.endswith(p[1:]))) for p in private)


def _names(full: str, region: str, variants: bool) -> tuple[str, ...]:
    found = entry(full, region)
    example = example_name(full, region)
    if found is None or not example:
        return ()
    names = {example: None}
    if found.tail == "s3":  # N4.10a: a zone without a wildcard answers the one and not the other
        names[f"example.{example}"] = None
    if variants:
        front = example[: -len(found.names[0][2:])] if found.names and found.names[0].startswith("*.") else ""
        for name in (*found.names, *found.extra_names):
            names[front + name[2:] if name.startswith("*.") else name] = None
    return tuple(names)


def _put(out: dict[str, Asked], name: str, full: str, region: str, *, own: bool = False, named: bool = False) -> None:
    if name in out:
        return
    found = entry(full, region)
    ports = found.ports if found is not None else ()
    out[name] = Asked(
        name=name,
        tail=service_tail(full),
        service_name=full,
        region=region,
        confidence="estate" if own or found is None else found.confidence,
        port=HTTPS if HTTPS in ports or not ports else ports[0],
        named=named,
    )


def every_viewpoint(estate: Estate) -> tuple[Viewpoint, ...]:
    """One for each VPC (as its hosts are configured by DHCP) and for each site."""
    from ..request.vantage import find_vantage

    out = [of_vpc(estate, vpc) for vpc in estate.vpcs]
    out = [_as_its_hosts(estate, viewpoint) for viewpoint in out]
    for site, record in estate.sites.items():
        if record.prefixes:
            vantage = find_vantage(estate, f"site:{site}")
            out.append(Viewpoint(label=site, vantage=vantage, site=site))
    return tuple(out)


def of_vpc(estate: Estate, vpc: str) -> Viewpoint:
    """The resolver of a VPC; packets start at one of its interfaces."""
    return Viewpoint(label=estate.name(vpc) or vpc, vantage=_start_in(estate, vpc), vpc=vpc, resolver=True)


def of_vantage(vantage: Vantage) -> Viewpoint:
    """A host, instance, interface, site or the Internet."""
    return Viewpoint(label=vantage.label, vantage=vantage, vpc=vantage.vpc, site=vantage.site)


def _as_its_hosts(estate: Estate, viewpoint: Viewpoint) -> Viewpoint:
    """Where DHCP names other servers than the VPC's resolver, those are what its hosts ask (N1.1, N1.3)."""
    if other_servers(estate, viewpoint.vpc) and viewpoint.vantage is not None:
        return msgspec.structs.replace(viewpoint, resolver=False)
    return viewpoint


def other_servers(estate: Estate, vpc: str) -> tuple[str, ...]:
    """DNS servers that DHCP gives the hosts of a VPC, when they are not (only) the VPC's resolver."""
    given = configuration(estate, Vantage(label=vpc, kind="eni", vpc=vpc)).nameservers
    return () if given == (View.of(estate, vpc).plus_two,) else given


def _start_in(estate: Estate, vpc: str) -> Vantage | None:
    """An interface that may stand for the VPC: an instance's before others, none that a host record describes."""
    from ..request.vantage import of_eni

    best: tuple[tuple[bool, bool, str], str] | None = None
    for eni_id in dict.fromkeys(estate.eni_by_address.get(vpc, {}).values()):
        eni = estate.network_interfaces[eni_id]
        if eni.interface_type not in ("interface", "lambda") or eni.requester_managed or not eni.private_v4():
            continue
        key = (eni_id in estate.host_by_eni, eni_id not in estate.instance_by_eni, eni_id)
        if best is None or key < best[0]:
            best = key, eni_id
    if best is None:
        return None
    started = of_eni(estate, best[1], estate.name(vpc) or vpc)
    return started if not best[0][0] else msgspec.structs.replace(started, host="")


def regions_of(estate: Estate, viewpoints: Iterable[Viewpoint]) -> tuple[str, ...]:
    """Regions whose names are worth asking: those of the viewpoints' VPCs; for sites all of the estate's."""
    out: dict[str, None] = {}
    for viewpoint in viewpoints:
        for vpc in (viewpoint.vpc,) if viewpoint.vpc else estate.vpcs:
            region = estate.region_of(vpc)
            if region:
                out[region] = None
    return tuple(out)


def _region(estate: Estate, endpoint: VpcEndpoint) -> str:
    parsed = parse_service_name(endpoint.service_name)
    return endpoint.service_region or (parsed[1] if parsed else "") or estate.region_of(endpoint.vpc_id)
