"""EC2 instances and bare network interfaces."""

from typing import Any

from msgspec.structs import replace

from ...estate.instance import Instance, InstanceEni, InstanceState
from ...estate.network_interface import (
    EniAddress,
    EniAttachment,
    EniGroup,
    EniIpv6,
    EniPrefix,
    EniPrefix6,
    NetworkInterface,
    PublicAssociation,
)
from ...estate.record import Tag
from ...estate.site import Host
from ...estate.subnet import HostnameOptions
from ..spec import Names, Path, Spec, many
from .build import Build, Item, flag


class InterfaceFields(Spec):
    """What an instance's first interface and a bare interface have in common."""

    id: str | None = None
    vpc: str | None = None
    account: str | None = None
    subnet: str | None = None
    ip: str | None = None
    """First free address of the subnet when not said."""
    ips: Names = None
    """Secondary private addresses."""
    ipv6: bool | str | list[str] | None = None
    sg: Names = None
    """The VPC's default group when not said."""
    public: bool | str | None = None
    """True invents a public address from the documentation ranges; or an address, or an Elastic IP's name."""
    source_dest_check: bool | None = None
    prefixes: Names = None


class InterfaceSpec(InterfaceFields):
    """A network interface."""

    type: str | None = None
    status: str | None = None
    description: str | None = None
    instance: str | None = None


class InstanceSpec(InterfaceFields):
    """An instance; its host settings go to ``hosts``, or to ``forwards`` and ``listens`` here."""

    state: str | None = None
    platform: str | None = None
    interfaces: dict[str, InterfaceSpec] | None = None
    """Further interfaces (or all of them, when the instance itself names no subnet)."""
    hostname_type: str | None = None
    a_record: bool | None = None
    aaaa_record: bool | None = None
    forwards: str | None = None
    listens: Names = None


def declare_instances(build: Build, items: list[Item]) -> None:
    """Ids and names of instances and of their interfaces."""
    for item in items:
        spec: InstanceSpec = item.spec
        first = spec.subnet or next((i.subnet for i in (spec.interfaces or {}).values()), None)
        item.vpc = build.home_vpc(item, spec.vpc, first)
        within = build.vpc_name_declared(item.vpc)
        build.declare("instances", "i", item, within=within, account=spec.account or "")
        if item.old is not None:
            continue
        if spec.subnet is not None or not spec.interfaces:
            eni = build.invent("eni", _plain(item), within)
            build.register("network_interfaces", eni, item.name, item.vpc, item.path, account=spec.account or "")
        for name, extra in (spec.interfaces or {}).items():
            eni = extra.id or build.invent("eni", f"{_plain(item)}-{name}", within)
            build.register("network_interfaces", eni, f"{item.name}-{name}", item.vpc, item.path)


def _plain(item: Item) -> str:
    return item.name.removeprefix("i-")


def build_instances(build: Build, items: list[Item]) -> None:
    """Records of instances, their interfaces and, in a hand-written estate, their hosts."""
    # Written addresses first, so that invented ones keep clear of them.
    for item in items:
        if item.old is not None:
            _change_instance(build, item)
        else:
            _new_instance(build, item)


def _new_instance(build: Build, item: Item) -> None:
    spec: InstanceSpec = item.spec
    within = build.vpc_name_declared(item.vpc)
    parts: list[tuple[str, str, InterfaceFields, Path]] = []
    if spec.subnet is not None or not spec.interfaces:
        parts.append((build.invent("eni", _plain(item), within), item.name, spec, item.path))
    for name, extra in (spec.interfaces or {}).items():
        eni_id = extra.id or build.invent("eni", f"{_plain(item)}-{name}", within)
        parts.append((eni_id, f"{item.name}-{name}", extra, (*item.path, "interfaces", name)))
    enis: list[NetworkInterface] = []
    for index, (eni_id, name, fields, path) in enumerate(parts):
        eni = interface(build, eni_id, name, fields, path, item.vpc, account=spec.account or "")
        eni = replace(
            eni,
            attachment=EniAttachment(instance_id=item.id, device_index=index, instance_owner_id=eni.owner_id),
        )
        build.put("network_interfaces", eni)
        enis.append(eni)
    first = enis[0]
    public = first.association.public_ip if first.association is not None else ""
    build.put(
        "instances",
        Instance(
            instance_id=item.id,
            state=InstanceState(name=spec.state or "running"),
            vpc_id=first.vpc_id,
            subnet_id=first.subnet_id,
            private_ip_address=first.private_ip_address,
            public_ip_address=public,
            private_dns_name=first.private_dns_name,
            network_interfaces=tuple(
                InstanceEni(network_interface_id=e.network_interface_id, private_ip_address=e.private_ip_address)
                for e in enis
            ),
            private_dns_name_options=_hostname(build, first.subnet_id, spec),
            platform=spec.platform or "",
            source_dest_check=first.source_dest_check,
            tags=build.tags(item),
        ),
    )
    host = item.name
    if host in build.tables.get("hosts", {}):
        host = f"{within}-{item.name}"
    build.put("hosts", _host(host, first, spec))
    build.paths.setdefault(host, item.path)


def _host(name: str, eni: NetworkInterface, spec: InstanceSpec) -> Host:
    return Host(
        name=name,
        eni=eni.network_interface_id,
        address=eni.private_ip_address,
        os="windows" if (spec.platform or "").lower() == "windows" else "linux",
        forwards=spec.forwards or "",
        listens=None if spec.listens is None else many(spec.listens),
    )


def _hostname(build: Build, subnet: str, spec: InstanceSpec) -> HostnameOptions | None:
    """The subnet's options unless the instance overrides them (names N3.1b)."""
    base = build.get("subnets", subnet).private_dns_name_options_on_launch
    own = {
        "hostname_type": spec.hostname_type,
        "enable_resource_name_dns_a_record": spec.a_record,
        "enable_resource_name_dns_aaaa_record": spec.aaaa_record,
    }
    said = {key: value for key, value in own.items() if value is not None}
    if not said:
        return base  # type: ignore[no-any-return]
    return replace(base or HostnameOptions(), **said)


def _change_instance(build: Build, item: Item) -> None:
    spec: InstanceSpec = item.spec
    instance: Instance = item.old
    if spec.state is not None:
        instance = replace(instance, state=InstanceState(name=spec.state))
    if spec.source_dest_check is not None:
        instance = replace(instance, source_dest_check=spec.source_dest_check)
    if spec.subnet is not None or spec.interfaces is not None or spec.ip is not None:
        build.fail(item.path, f"{item.id} exists; subnet, ip and interfaces of an instance cannot be changed")
    if instance.network_interfaces:
        first = instance.network_interfaces[0].network_interface_id
        eni = build.get("network_interfaces", first)
        if eni is not None:
            eni = change_interface(build, eni, spec, item.path)
            build.put("network_interfaces", eni)
            if eni.association is not None:
                instance = replace(instance, public_ip_address=eni.association.public_ip)
            elif spec.public is False:
                instance = replace(instance, public_ip_address="")
            if spec.forwards is not None or spec.listens is not None:
                _change_host(build, first, item, spec)
    build.put("instances", instance)


def _change_host(build: Build, eni: str, item: Item, spec: InstanceSpec) -> None:
    held = next((h for h in build.all("hosts").values() if h.eni == eni), None) or Host(name=item.name, eni=eni)
    if spec.forwards is not None:
        held = replace(held, forwards=spec.forwards)
    if spec.listens is not None:
        held = replace(held, listens=many(spec.listens))
    build.put("hosts", held)


def declare_interfaces(build: Build, items: list[Item]) -> None:
    """Ids and names."""
    for item in items:
        item.vpc = build.home_vpc(item, item.spec.vpc, item.spec.subnet)
        build.declare(
            "network_interfaces",
            "eni",
            item,
            within=build.vpc_name_declared(item.vpc),
            account=item.spec.account or "",
        )


def build_interfaces(build: Build, items: list[Item]) -> None:
    """Records."""
    for item in items:
        spec: InterfaceSpec = item.spec
        if item.old is not None:
            eni = change_interface(build, item.old, spec, item.path)
        else:
            eni = interface(build, item.id, item.name, spec, item.path, item.vpc, account=spec.account or "")
        if spec.instance is not None:
            instance = build.find("instances", spec.instance, (*item.path, "instance"), item.vpc)
            record = build.get("instances", instance)
            index = len(record.network_interfaces)
            eni = replace(eni, attachment=EniAttachment(instance_id=instance, device_index=index))
            entry = InstanceEni(network_interface_id=item.id, private_ip_address=eni.private_ip_address)
            build.put("instances", replace(record, network_interfaces=(*record.network_interfaces, entry)))
        build.put("network_interfaces", eni)


def interface(
    build: Build,
    eni_id: str,
    name: str,
    spec: InterfaceFields,
    path: Path,
    vpc: str,
    *,
    account: str = "",
) -> NetworkInterface:
    """A new network interface from what was said, the rest as AWS gives it."""
    subnet_id = _subnet(build, spec, path, vpc)
    subnet = build.get("subnets", subnet_id)
    vpc = subnet.vpc_id
    four = bool(subnet.cidr_block)
    ip = ""
    if spec.ip is not None:
        ip = build.take(subnet_id, spec.ip, (*path, "ip"))
    elif four:
        ip = build.allocate(subnet_id, path)
    rest = [build.take(subnet_id, text, (*path, "ips")) for text in many(spec.ips)]
    addresses = [EniAddress(private_ip_address=text, primary=text == ip) for text in (ip, *rest) if text]
    eni = NetworkInterface(
        network_interface_id=eni_id,
        subnet_id=subnet_id,
        vpc_id=vpc,
        availability_zone=subnet.availability_zone,
        private_ip_address=ip,
        private_ip_addresses=tuple(addresses),
        ipv6_addresses=_ipv6(build, subnet_id, spec.ipv6, path),
        ipv4_prefixes=tuple(
            EniPrefix(ipv4_prefix=build.cidr(p, (*path, "prefixes"))) for p in many(spec.prefixes) if ":" not in p
        ),
        ipv6_prefixes=tuple(
            EniPrefix6(ipv6_prefix=build.cidr(p, (*path, "prefixes"))) for p in many(spec.prefixes) if ":" in p
        ),
        groups=groups(build, spec.sg, (*path, "sg"), vpc),
        source_dest_check=spec.source_dest_check is not False,
        owner_id=account or spec.account or build.account_of(vpc),
        private_dns_name=private_name(ip, build.region_of(vpc)) if ip else "",
        tag_set=(Tag(key="Name", value=name),),
    )
    if isinstance(spec, InterfaceSpec):
        extra = {"interface_type": spec.type, "status": spec.status, "description": spec.description}
        eni = replace(eni, **{k: v for k, v in extra.items() if v is not None})
    public = spec.public
    if public is None and eni_id in build.eip_of_eni:
        public = build.eip_of_eni[eni_id]
    return with_public(build, eni, public, (*path, "public"))


def _subnet(build: Build, spec: InterfaceFields, path: Path, vpc: str) -> str:
    if spec.subnet is not None:
        return build.find("subnets", spec.subnet, (*path, "subnet"), vpc)
    mine = [key for key, s in build.all("subnets").items() if not vpc or s.vpc_id == vpc]
    if len(mine) != 1:
        build.fail(path, "subnet is missing")
    return mine[0]


def _ipv6(build: Build, subnet: str, said: Any, path: Path) -> tuple[EniIpv6, ...]:
    here = (*path, "ipv6")
    if said is True:
        return (EniIpv6(ipv6_address=build.allocate(subnet, here, v6=True)),)
    if not said:
        # An IPv6-only subnet gives nothing else.
        if said is None and not build.get("subnets", subnet).cidr_block:
            return (EniIpv6(ipv6_address=build.allocate(subnet, here, v6=True)),)
        return ()
    return tuple(EniIpv6(ipv6_address=build.take(subnet, text, here)) for text in many(said))


def groups(build: Build, names: Names, path: Path, vpc: str) -> tuple[EniGroup, ...]:
    """Security groups by name; the VPC's default group when none is named (IE1)."""
    if names is None:
        keys = tuple(build.lookup("security_groups", "default", vpc)[:1])
    else:
        keys = build.find_all("security_groups", [n.removeprefix("sg:") for n in many(names)], path, vpc)
    out = []
    for key in keys:
        record = build.get("security_groups", key)
        out.append(EniGroup(group_id=key, group_name=record.group_name if record is not None else ""))
    return tuple(out)


def private_name(ip: str, region: str) -> str:
    """The IP name of an address (names N3.1a)."""
    domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
    return f"ip-{ip.replace('.', '-')}.{domain}"


def with_public(build: Build, eni: NetworkInterface, said: bool | str | None, path: Path) -> NetworkInterface:
    """The interface with (or, for False, without) a public address in front of its primary one."""
    if said is None:
        return eni
    association: PublicAssociation | None = None
    if flag(said, path, build) is not False:
        if said is True:
            association = PublicAssociation(public_ip=build.public_address(path), ip_owner_id="amazon")
        else:
            text = str(said)
            found = build.lookup("elastic_ips", text)
            if found:
                eip = build.get("elastic_ips", found[0])
                build.put(
                    "elastic_ips",
                    replace(
                        eip,
                        network_interface_id=eni.network_interface_id,
                        private_ip_address=eni.private_ip_address,
                        association_id=f"eipassoc-{eni.network_interface_id.removeprefix('eni-')}",
                        instance_id=eni.attachment.instance_id if eni.attachment is not None else "",
                    ),
                )
                association = PublicAssociation(
                    public_ip=eip.public_ip, allocation_id=eip.allocation_id, ip_owner_id=eni.owner_id
                )
            elif text[:1].isdigit():
                association = PublicAssociation(public_ip=build.address(text, path), ip_owner_id="amazon")
            else:
                build.find("elastic_ips", text, path)
    addresses = tuple(replace(a, association=association) if a.primary else a for a in eni.private_ip_addresses)
    return replace(eni, association=association, private_ip_addresses=addresses)


def change_interface(build: Build, eni: NetworkInterface, spec: InterfaceFields, path: Path) -> NetworkInterface:
    """An existing interface with what was said changed."""
    if spec.sg is not None:
        eni = replace(eni, groups=groups(build, spec.sg, (*path, "sg"), eni.vpc_id))
    if spec.source_dest_check is not None:
        eni = replace(eni, source_dest_check=spec.source_dest_check)
    if spec.ips is not None:
        more = [build.take(eni.subnet_id, t, (*path, "ips")) for t in many(spec.ips) if t not in eni.private_v4()]
        addresses = (*eni.private_ip_addresses, *(EniAddress(private_ip_address=t) for t in more))
        eni = replace(eni, private_ip_addresses=addresses)
    if isinstance(spec, InterfaceSpec) and spec.status is not None:
        eni = replace(eni, status=spec.status)
    return with_public(build, eni, spec.public, (*path, "public"))
