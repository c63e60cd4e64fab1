"""VPC endpoints of every type, and endpoint services."""

from typing import Any

import msgspec
from msgspec.structs import replace

from ...estate.network_interface import EniAddress, EniAttachment, EniGroup, EniIpv6, NetworkInterface
from ...estate.route_table import Route
from ...estate.vpc_endpoint import (
    DnsEntry,
    EndpointDnsOptions,
    PrivateDnsName,
    ServiceTypeDetail,
    VpcEndpoint,
    VpcEndpointService,
    VpcEndpointServiceConfiguration,
)
from ..spec import Names, Path, Spec, many
from .build import Build, Item, given
from .instance import groups
from .prefix_list import put_list

TYPES = {
    "interface": "Interface",
    "gateway": "Gateway",
    "gwlb": "GatewayLoadBalancer",
    "resource": "Resource",
    "service-network": "ServiceNetwork",
}
NO_DEFAULT_PRIVATE_DNS = ("s3", "dynamodb")
"""names N4.6, N4.12: AWS services whose private DNS is not on by itself, or not established."""
SERVICE_POOL = "192.0.2.0/24"
"""Documentation range (RFC 5737) the CIDRs of AWS-managed prefix lists are invented from, 16 addresses each."""


class EndpointSpec(Spec):
    """An endpoint; its key is the service (``ssm``, ``s3``, ``com.amazonaws...``) unless ``service`` says it."""

    id: str | None = None
    vpc: str | None = None
    account: str | None = None
    service: str | None = None
    type: str | None = None
    """``interface`` (default), ``gateway``, ``gwlb``, ``resource`` or ``service-network``."""
    subnets: Names = None
    ips: dict[str, str] | None = None
    """Subnet -> address."""
    sg: Names = None
    """The VPC's default group when not said (IE1)."""
    private_dns: bool | None = None
    inbound_only: bool | None = None
    """Private DNS only for queries through inbound Resolver endpoints (names N4.11b)."""
    private_names: Names = None
    """Private DNS names as DnsEntries list them; derived from the service when not said."""
    policy: str | dict[str, Any] | None = None
    route_tables: Names = None
    ip_type: str | None = None
    dns_record_ip_type: str | None = None
    service_region: str | None = None
    state: str | None = None


class EndpointServiceSpec(Spec):
    """A service of one's own behind a load balancer (PrivateLink)."""

    id: str | None = None
    account: str | None = None
    region: str | None = None
    load_balancers: Names = None
    type: str | None = None
    """``interface`` or ``gwlb``."""
    azs: Names = None
    acceptance: bool | None = None
    private_dns_name: str | None = None
    verified: bool | None = None


def declare_endpoint_services(build: Build, items: list[Item]) -> None:
    """Ids and names."""
    for item in items:
        spec: EndpointServiceSpec = item.spec
        where = {"account": spec.account or "", "region": spec.region or ""}
        build.declare("vpc_endpoint_service_configurations", "vpce-svc", item, **where)


def service_name(region: str, service_id: str) -> str:
    """The name consumers use."""
    return f"com.amazonaws.vpce.{region}.{service_id}"


def build_endpoint_services(build: Build, items: list[Item]) -> None:
    """The provider's view and the consumers' view."""
    for item in items:
        spec: EndpointServiceSpec = item.spec
        region = build.region_of(item.id)
        arns = build.find_all("load_balancers", spec.load_balancers, (*item.path, "load_balancers"))
        balancers = [build.get("load_balancers", arn) for arn in arns]
        zones = many(spec.azs) or tuple(
            dict.fromkeys(z.zone_name for lb in balancers if lb is not None for z in lb.availability_zones)
        )
        zones = tuple(region + z if len(z) == 1 else z for z in zones)
        gwlb = spec.type == "gwlb" or any(lb is not None and lb.type == "gateway" for lb in balancers)
        name = service_name(region, item.id)
        build.put(
            "vpc_endpoint_service_configurations",
            VpcEndpointServiceConfiguration(
                service_id=item.id,
                service_name=name,
                availability_zones=zones,
                acceptance_required=bool(spec.acceptance),
                network_load_balancer_arns=() if gwlb else arns,
                gateway_load_balancer_arns=arns if gwlb else (),
                private_dns_name=spec.private_dns_name or "",
                tags=build.tags(item),
            ),
        )
        private = spec.private_dns_name or ""
        build.put(
            "vpc_endpoint_services",
            VpcEndpointService(
                service_name=name,
                service_id=item.id,
                service_type=(ServiceTypeDetail(service_type="GatewayLoadBalancer" if gwlb else "Interface"),),
                availability_zones=zones,
                owner=build.account_of(item.id),
                private_dns_name=private,
                private_dns_names=(PrivateDnsName(private_dns_name=private),) if private else (),
                # names N4.14a
                private_dns_name_verification_state=(
                    "verified" if spec.verified is not False else "pendingVerification"
                )
                if private
                else "",
                acceptance_required=bool(spec.acceptance),
            ),
        )


def declare_endpoints(build: Build, items: list[Item]) -> None:
    """Ids and names."""
    for item in items:
        spec: EndpointSpec = item.spec
        first = many(spec.subnets)[:1] or tuple(spec.ips or ())[:1]
        item.vpc = build.home_vpc(item, spec.vpc, first[0] if first else None)
        build.declare(
            "vpc_endpoints", "vpce", item, within=build.vpc_name_declared(item.vpc), account=spec.account or ""
        )


def build_endpoints(build: Build, items: list[Item]) -> None:
    """Records, with interfaces, DNS names and routes."""
    for item in items:
        spec: EndpointSpec = item.spec
        if item.old is not None:
            _change(build, item, spec)
        else:
            _new(build, item, spec)


def _service(build: Build, item: Item, spec: EndpointSpec, region: str) -> tuple[str, str]:
    """Full service name and its tail (``ssm``, ``ecr.api``, ``vpce-svc-...``)."""
    text = spec.service or item.name
    own = build.lookup("vpc_endpoint_service_configurations", text)
    if own:
        return build.get("vpc_endpoint_service_configurations", own[0]).service_name, own[0]
    if text.startswith(("com.amazonaws.", "aws.")):
        tail = text.rpartition(f".{region}.")[2] or text
        return text, text[text.index("vpce-svc-") :] if "vpce-svc-" in text else tail
    return f"com.amazonaws.{region}.{text}", text


def _policy(spec: EndpointSpec) -> str:
    """Policy text as AWS keeps it: JSON."""
    if spec.policy is None:
        return ""
    return spec.policy if isinstance(spec.policy, str) else msgspec.json.encode(spec.policy).decode()


def _new(build: Build, item: Item, spec: EndpointSpec) -> None:
    vpc = build.need_vpc(item)
    region = build.region_of(vpc)
    name, tail = _service(build, item, spec, spec.service_region or region)
    kind = TYPES.get((spec.type or "interface").lower())
    if kind is None:
        build.fail((*item.path, "type"), f"{spec.type!r} is none of {', '.join(TYPES)}")
    policy = _policy(spec)
    endpoint = VpcEndpoint(
        vpc_endpoint_id=item.id,
        vpc_id=vpc,
        vpc_endpoint_type=kind,
        service_name=name,
        service_region=spec.service_region or "",
        state=spec.state or "available",
        policy_document=policy,
        ip_address_type=spec.ip_type or "ipv4",
        owner_id=spec.account or build.account_of(vpc),
        tags=build.tags(item),
    )
    if kind == "Gateway":
        _gateway(build, item, spec, endpoint, region, tail)
        return
    private = spec.private_dns
    if private is None:
        # names N4.6: on by default for services of AWS
        private = kind == "Interface" and "vpce-svc-" not in name and tail not in NO_DEFAULT_PRIVATE_DNS
    only_inbound = spec.inbound_only
    if only_inbound is None and private and tail == "s3":
        only_inbound = True  # names N4.11b
    subnets = list(build.find_all("subnets", spec.subnets, (*item.path, "subnets"), vpc))
    ips: dict[str, str] = {}
    for subnet, ip in (spec.ips or {}).items():
        key = build.find("subnets", subnet, (*item.path, "ips", subnet), vpc)
        ips[key] = ip
        if key not in subnets:
            subnets.append(key)
    worn = groups(build, spec.sg, (*item.path, "sg"), vpc) if kind != "GatewayLoadBalancer" else ()
    endpoint = replace(
        endpoint,
        subnet_ids=tuple(subnets),
        groups=worn,
        network_interface_ids=tuple(
            _eni(build, endpoint, subnet, ips.get(subnet), worn, item.path) for subnet in subnets
        ),
        private_dns_enabled=private,
        dns_options=EndpointDnsOptions(
            dns_record_ip_type=spec.dns_record_ip_type or endpoint.ip_address_type,
            private_dns_only_for_inbound_resolver_endpoint=only_inbound,
        ),
    )
    if kind != "GatewayLoadBalancer":
        endpoint = replace(endpoint, dns_entries=_dns(build, endpoint, tail, region, spec))
    build.put("vpc_endpoints", endpoint)


def _eni(
    build: Build, endpoint: VpcEndpoint, subnet_id: str, ip: str | None, worn: tuple[EniGroup, ...], path: Path
) -> str:
    subnet = build.get("subnets", subnet_id)
    key = f"eni-{endpoint.vpc_endpoint_id}-{subnet.availability_zone}"
    if build.get("network_interfaces", key) is not None:
        build.fail(path, f"two subnets in {subnet.availability_zone}; an endpoint has one an AZ")
    address = ""
    if endpoint.ip_address_type != "ipv6":
        address = build.take(subnet_id, ip, (*path, "ips")) if ip else build.allocate(subnet_id, path)
    six: tuple[EniIpv6, ...] = ()
    if endpoint.ip_address_type in ("ipv6", "dualstack"):
        six = (EniIpv6(ipv6_address=build.allocate(subnet_id, path, v6=True)),)
    gwlb = endpoint.vpc_endpoint_type == "GatewayLoadBalancer"
    build.put(
        "network_interfaces",
        NetworkInterface(
            network_interface_id=key,
            subnet_id=subnet_id,
            vpc_id=subnet.vpc_id,
            availability_zone=subnet.availability_zone,
            private_ip_address=address,
            private_ip_addresses=(EniAddress(private_ip_address=address, primary=True),) if address else (),
            ipv6_addresses=six,
            groups=worn,
            attachment=EniAttachment(instance_owner_id="amazon-aws"),
            interface_type="gateway_load_balancer_endpoint" if gwlb else "vpc_endpoint",
            description=f"VPC Endpoint Interface {endpoint.vpc_endpoint_id}",
            source_dest_check=not gwlb,
            requester_managed=True,
            owner_id=endpoint.owner_id,
        ),
    )
    return key


def gateway_interface(build: Build, endpoint: VpcEndpoint, subnet_id: str, path: Path) -> str:
    """The interface of a Gateway Load Balancer endpoint, without security groups (GL1); gives its id."""
    return _eni(build, endpoint, subnet_id, None, (), path)


def _dns(build: Build, endpoint: VpcEndpoint, tail: str, region: str, spec: EndpointSpec) -> tuple[DnsEntry, ...]:
    """DnsEntries: regional, zonal, then private names if written (names N4.1, N4.2a).

    Private names that are not written are left to the names floor, which has
    the catalogue of services and says that they are derived (N4.8).
    """
    service = ".".join(reversed(tail.split(".")))
    target = endpoint.service_region or region
    star = "*." if tail == "s3" else ""  # N4.11a
    base = f"{star}{endpoint.vpc_endpoint_id}-{stable_hash(endpoint.vpc_endpoint_id)}"
    rest = f"{service}.{target}.vpce.amazonaws.com"
    names = [f"{base}.{rest}"]
    if target == region:  # N4.15: across Regions there are no zonal names
        zones = dict.fromkeys(build.get("subnets", s).availability_zone for s in endpoint.subnet_ids)
        names += [f"{base}-{zone}.{rest}" for zone in zones]
    return tuple(DnsEntry(dns_name=n) for n in (*names, *many(spec.private_names)))


def stable_hash(text: str) -> str:
    """Eight stable characters for an endpoint's names (FNV-1a)."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return f"{value:08x}"


def _gateway(build: Build, item: Item, spec: EndpointSpec, endpoint: VpcEndpoint, region: str, tail: str) -> None:
    """A gateway endpoint: a route to the service's prefix list in each table (GE1)."""
    list_name = f"com.amazonaws.{region}.{tail}"
    found = [k for k, p in build.all("managed_prefix_lists").items() if p.prefix_list_name == list_name]
    found = found or [k for k, p in build.all("prefix_lists").items() if p.prefix_list_name == list_name]
    key = found[0] if found else f"pl-{tail}-{region}"
    if not found:
        count = sum(1 for p in build.all("prefix_lists").values())
        put_list(build, key, list_name, [f"192.0.2.{16 * (count % 16)}/28"], aws=True)
    tables = build.find_all("route_tables", spec.route_tables, (*item.path, "route_tables"), endpoint.vpc_id)
    build.put("vpc_endpoints", replace(endpoint, route_table_ids=tables))
    build.after("route_tables", lambda: _routes(build, tables, key, item.id))


def _routes(build: Build, tables: tuple[str, ...], key: str, endpoint: str) -> None:
    """The routes a gateway endpoint puts into tables, once the tables exist."""
    for table in tables:
        record = build.get("route_tables", table)
        kept = tuple(r for r in record.routes if r.destination_prefix_list_id != key)
        route = Route(destination_prefix_list_id=key, gateway_id=endpoint)
        build.put("route_tables", replace(record, routes=(*kept, route)))


def _change(build: Build, item: Item, spec: EndpointSpec) -> None:
    endpoint: VpcEndpoint = item.old
    fields = given(spec, private_dns="private_dns_enabled", state="state")
    if spec.policy is not None:
        fields["policy_document"] = _policy(spec)
    if spec.inbound_only is not None:
        fields["dns_options"] = replace(
            endpoint.dns_options, private_dns_only_for_inbound_resolver_endpoint=spec.inbound_only
        )
    if spec.sg is not None:
        worn = groups(build, spec.sg, (*item.path, "sg"), endpoint.vpc_id)
        fields["groups"] = worn
        for eni_id in endpoint.network_interface_ids:
            eni = build.get("network_interfaces", eni_id)
            if eni is not None:
                build.put("network_interfaces", replace(eni, groups=worn))
    if spec.subnets is not None or spec.ips is not None:
        keys = list(build.find_all("subnets", spec.subnets, (*item.path, "subnets"), endpoint.vpc_id))
        ips = {
            build.find("subnets", s, (*item.path, "ips", s), endpoint.vpc_id): ip for s, ip in (spec.ips or {}).items()
        }
        new = [k for k in dict.fromkeys((*keys, *ips)) if k not in endpoint.subnet_ids]
        enis = [_eni(build, endpoint, k, ips.get(k), endpoint.groups, item.path) for k in new]
        fields["subnet_ids"] = (*endpoint.subnet_ids, *new)
        fields["network_interface_ids"] = (*endpoint.network_interface_ids, *enis)
    if spec.route_tables is not None:
        tables = build.find_all("route_tables", spec.route_tables, (*item.path, "route_tables"), endpoint.vpc_id)
        fields["route_table_ids"] = tables
        region = build.region_of(endpoint.vpc_id)
        tail = endpoint.service_name.rpartition(f".{region}.")[2]
        lists = [
            k
            for kind in ("prefix_lists", "managed_prefix_lists")
            for k, p in build.all(kind).items()
            if p.prefix_list_name == f"com.amazonaws.{region}.{tail}"
        ]
        if not lists:
            build.fail((*item.path, "route_tables"), f"the prefix list of {endpoint.service_name} is not known")
        for key in endpoint.route_table_ids:
            record = build.get("route_tables", key)
            if record is not None and key not in tables:
                kept = tuple(r for r in record.routes if r.gateway_id != item.id)
                build.put("route_tables", replace(record, routes=kept))
        build.after("route_tables", lambda: _routes(build, tables, lists[0], item.id))
    build.put("vpc_endpoints", replace(endpoint, **fields))
