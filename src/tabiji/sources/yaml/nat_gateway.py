"""NAT gateways and Elastic IPs."""

from typing import Any

from msgspec.structs import replace

from ...estate.nat_gateway import ElasticIp, NatAddress, NatGateway
from ...estate.network_interface import EniAddress, EniAttachment, NetworkInterface, PublicAssociation
from ..spec import Names, Spec, many
from .build import Build, Item, given


class NatGatewaySpec(Spec):
    """A NAT gateway; public in a subnet unless said otherwise."""

    id: str | None = None
    vpc: str | None = None
    subnet: str | None = None
    type: str | None = None
    """``public`` or ``private``."""
    mode: str | None = None
    """``zonal`` or ``regional`` (NG14)."""
    ip: str | None = None
    eip: Names = None
    """Elastic IPs by name or address; one is invented when not said."""
    route_table: str | None = None
    """Of a regional NAT gateway."""
    state: str | None = None


class ElasticIpSpec(Spec):
    """An Elastic IP; things that use it may also name it (``public:``, ``eip:``)."""

    id: str | None = None
    address: str | None = None
    account: str | None = None
    instance: str | None = None
    interface: str | None = None


def declare_elastic_ips(build: Build, items: list[Item]) -> None:
    """Elastic IPs go by their address; names lead there."""
    for item in items:
        spec: ElasticIpSpec = item.spec
        given_name = item.name if item.name[:1].isdigit() else None
        address = spec.address or given_name or build.public_address(item.path)
        item.id = build.address(address, item.path)
        build.register("elastic_ips", item.id, item.name, "", item.path, account=spec.account or "")
        old = build.get("elastic_ips", item.id)
        allocation = spec.id or f"eipalloc-{item.name}"
        build.put(
            "elastic_ips",
            old or ElasticIp(public_ip=item.id, allocation_id=allocation, tags=build.tags(item)),
        )


def build_elastic_ips(build: Build, items: list[Item]) -> None:
    """What an Elastic IP is told to sit on; the interface takes it when it is built."""
    for item in items:
        spec: ElasticIpSpec = item.spec
        if spec.interface is None and spec.instance is None:
            continue
        name = spec.interface or spec.instance or ""
        key = "interface" if spec.interface else "instance"
        eni = ""
        if spec.instance is not None:
            instance = build.find("instances", spec.instance, (*item.path, key))
            record = build.get("instances", instance)
            if record is not None and record.network_interfaces:
                eni = record.network_interfaces[0].network_interface_id
        eni = eni or build.find("network_interfaces", name, (*item.path, key))
        held = build.get("network_interfaces", eni)
        if held is None:
            build.eip_of_eni[eni] = item.id
        else:
            from .instance import with_public

            build.put("network_interfaces", with_public(build, held, item.id, item.path))


def declare_nat_gateways(build: Build, items: list[Item]) -> None:
    """Ids and names."""
    for item in items:
        item.vpc = build.home_vpc(item, item.spec.vpc, item.spec.subnet)
        build.declare("nat_gateways", "nat", item, within=build.vpc_name_declared(item.vpc))


def build_nat_gateways(build: Build, items: list[Item]) -> None:
    """Records, with the interface and the Elastic IPs."""
    for item in items:
        spec: NatGatewaySpec = item.spec
        if item.old is not None:
            build.put("nat_gateways", replace(item.old, **given(spec, state="state", type="connectivity_type")))
            continue
        for key, value, options in (
            ("type", spec.type, ("public", "private")),
            ("mode", spec.mode, ("zonal", "regional")),
        ):
            if value is not None and value not in options:
                build.fail((*item.path, key), f"{value!r} is neither {options[0]} nor {options[1]}")
        (_regional if spec.mode == "regional" else _zonal)(build, item, spec)


def _public(build: Build, item: Item, spec: NatGatewaySpec) -> list[ElasticIp]:
    if spec.type == "private":
        if spec.eip is not None:
            build.fail((*item.path, "eip"), "a private NAT gateway has no Elastic IP")  # NG3
        return []
    out = []
    for text in many(spec.eip) or ("",):
        found = build.lookup("elastic_ips", text) if text else []
        if found:
            out.append(build.get("elastic_ips", found[0]))
            continue
        if text and not text[:1].isdigit():
            build.find("elastic_ips", text, (*item.path, "eip"))
        address = build.address(text, (*item.path, "eip")) if text else build.public_address(item.path)
        allocation = f"eipalloc-{item.id}" + (f"-{len(out)}" if out else "")
        out.append(ElasticIp(public_ip=address, allocation_id=allocation))
    return out


def _zonal(build: Build, item: Item, spec: NatGatewaySpec) -> None:
    if spec.subnet is None:
        build.fail(item.path, "subnet is missing")
    subnet_id = build.find("subnets", spec.subnet, (*item.path, "subnet"), item.vpc)
    subnet = build.get("subnets", subnet_id)
    ip = build.take(subnet_id, spec.ip, (*item.path, "ip")) if spec.ip else build.allocate(subnet_id, item.path)
    eni_id = f"eni-{item.id}"
    eips = _public(build, item, spec)
    privates = [ip] + [build.allocate(subnet_id, item.path) for _ in eips[1:]]
    rows: list[NatAddress] = []
    addresses: list[EniAddress] = []
    for index, private in enumerate(privates):
        association: PublicAssociation | None = None
        fields: dict[str, Any] = {}
        if eips:
            eip = eips[index]
            association = PublicAssociation(public_ip=eip.public_ip, allocation_id=eip.allocation_id)
            fields = {"public_ip": eip.public_ip, "allocation_id": eip.allocation_id}
            build.put(
                "elastic_ips",
                replace(
                    eip,
                    network_interface_id=eni_id,
                    private_ip_address=private,
                    association_id=f"eipassoc-{item.id}",
                ),
            )
        rows.append(NatAddress(network_interface_id=eni_id, private_ip=private, is_primary=index == 0, **fields))
        addresses.append(EniAddress(private_ip_address=private, primary=index == 0, association=association))
    build.put(
        "nat_gateways",
        NatGateway(
            nat_gateway_id=item.id,
            vpc_id=subnet.vpc_id,
            subnet_id=subnet_id,
            state=spec.state or "available",
            connectivity_type=spec.type or "public",
            nat_gateway_addresses=tuple(rows),
            tags=build.tags(item),
        ),
    )
    if (spec.state or "available") != "available":
        return  # a deleted NAT gateway has no interface any more
    build.put(
        "network_interfaces",
        NetworkInterface(
            network_interface_id=eni_id,
            subnet_id=subnet_id,
            vpc_id=subnet.vpc_id,
            availability_zone=subnet.availability_zone,
            private_ip_address=ip,
            private_ip_addresses=tuple(addresses),
            association=addresses[0].association,
            attachment=EniAttachment(instance_owner_id="amazon-aws"),
            interface_type="nat_gateway",
            description=f"Interface for NAT Gateway {item.id}",
            source_dest_check=False,
            requester_managed=True,
            owner_id=subnet.owner_id,
        ),
    )


def _regional(build: Build, item: Item, spec: NatGatewaySpec) -> None:
    """NG14: no subnet, a route table of its own."""
    vpc = build.need_vpc(item)
    table = ""
    if spec.route_table is not None:
        table = build.find("route_tables", spec.route_table, (*item.path, "route_table"), vpc)
    rows: list[NatAddress] = []
    for eip in _public(build, item, spec):
        build.put("elastic_ips", replace(eip, association_id=f"eipassoc-{item.id}"))
        rows.append(NatAddress(public_ip=eip.public_ip, allocation_id=eip.allocation_id, is_primary=not rows))
    build.put(
        "nat_gateways",
        NatGateway(
            nat_gateway_id=item.id,
            vpc_id=vpc,
            state=spec.state or "available",
            availability_mode="regional",
            route_table_id=table,
            nat_gateway_addresses=tuple(rows),
            tags=build.tags(item),
        ),
    )
