"""VPCs with what AWS makes along with them: main route table, default NACL, default security group."""

from typing import Any

from msgspec.structs import replace

from ...estate.network_acl import NetworkAcl
from ...estate.resolver import DhcpConfiguration, DhcpOptions, DhcpValue, FirewallConfig
from ...estate.route_table import Route, RouteTable, RouteTableAssociation
from ...estate.security_group import GroupPeer, IpPermission, SecurityGroup
from ...estate.vpc import CidrAssociation, Ipv6CidrAssociation, Vpc, VpcAttributes
from ..spec import Names, Spec, many
from .build import Build, Item, flag, given
from .network_acl import ALLOW_ALL, closing
from .security_group import allow_all


class VpcSpec(Spec):
    """A VPC; what stands in it may be written inside."""

    id: str | None = None
    account: str | None = None
    region: str | None = None
    cidr: Names = None
    ipv6: Names = None
    default: bool | None = None
    dns_support: bool | None = None
    dns_hostnames: bool | None = None
    dhcp_options: bool | str | None = None
    """A set of ``dhcp_options``, or false for none."""
    autodefined_reverse: bool | None = None
    legacy_dns: bool | None = None
    firewall_fail_open: bool | None = None
    igw: bool | str | None = None
    eigw: bool | str | None = None
    vgw: bool | str | None = None
    routes: dict[str, Any] | None = None
    """Routes of the main route table."""
    propagate: bool | str | list[str] | None = None


def declare_vpcs(build: Build, items: list[Item]) -> None:
    """VPCs, and their gateways and default tables by their usual names."""
    for item in items:
        spec: VpcSpec = item.spec
        vpc = build.declare(
            "vpcs", "vpc", item, account=spec.account or build.account, region=spec.region or build.region
        )
        item.vpc = vpc
        name = item.name.removeprefix("vpc-")
        if item.old is None:
            for kind, prefix, thing in (
                ("route_tables", "rtb", "main"),
                ("network_acls", "acl", "default"),
                ("security_groups", "sg", "default"),
            ):
                build.register(kind, build.invent(prefix, thing, name), thing, vpc, item.path)
        for kind, prefix, value in (
            ("internet_gateways", "igw", spec.igw),
            ("egress_only_internet_gateways", "eigw", spec.eigw),
            ("vpn_gateways", "vgw", spec.vgw),
        ):
            said = flag(value, (*item.path, prefix), build)
            if said is True:
                build.register(kind, build.invent(prefix, name), name, vpc, item.path)
            elif said is None and not build.lookup(kind, str(value)):
                build.register(kind, build.invent(prefix, str(value)), str(value), vpc, item.path)


def build_vpcs(build: Build, items: list[Item]) -> None:
    """Records of the VPCs and of what comes with them."""
    for item in items:
        spec: VpcSpec = item.spec
        if item.old is None:
            _new(build, item, spec)
        else:
            _change(build, item, spec)
        _gateways(build, item, spec)
        if spec.firewall_fail_open is not None:
            mode = "ENABLED" if spec.firewall_fail_open else "DISABLED"
            build.put("firewall_configs", FirewallConfig(id=item.id, resource_id=item.id, firewall_fail_open=mode))
        if spec.routes is not None or spec.propagate is not None:
            build.main_routes.append(item)


def _dhcp(build: Build, item: Item, spec: VpcSpec) -> str:
    said = flag(spec.dhcp_options, (*item.path, "dhcp_options"), build)
    if said is None:
        return build.find("dhcp_options", str(spec.dhcp_options), (*item.path, "dhcp_options"))
    if spec.dhcp_options is False:
        return ""
    # names N1.1
    region = build.region_of(item.id)
    key = f"dopt-default-{region}"
    if build.get("dhcp_options", key) is None:
        domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
        options = (
            DhcpConfiguration(key="domain-name", values=(DhcpValue(value=domain),)),
            DhcpConfiguration(key="domain-name-servers", values=(DhcpValue(value="AmazonProvidedDNS"),)),
        )
        build.put("dhcp_options", DhcpOptions(dhcp_options_id=key, dhcp_configurations=options))
    return key


def _new(build: Build, item: Item, spec: VpcSpec) -> None:
    if not many(spec.cidr):
        build.fail(item.path, "cidr is missing")
    cidrs = tuple(build.cidr(c, (*item.path, "cidr")) for c in many(spec.cidr))
    six = tuple(build.cidr(c, (*item.path, "ipv6")) for c in many(spec.ipv6))
    account, default = build.account_of(item.id), bool(spec.default)
    build.put(
        "vpcs",
        Vpc(
            vpc_id=item.id,
            cidr_block=cidrs[0],
            cidr_block_association_set=tuple(CidrAssociation(cidr_block=c) for c in cidrs),
            ipv6_cidr_block_association_set=tuple(Ipv6CidrAssociation(ipv6_cidr_block=c) for c in six),
            dhcp_options_id=_dhcp(build, item, spec),
            is_default=default,
            owner_id=account,
            tags=build.tags(item),
        ),
    )
    # names 2.2: support is on in every new VPC, hostnames only in the default one
    build.put(
        "vpc_attributes",
        VpcAttributes(
            vpc_id=item.id,
            enable_dns_support=True if spec.dns_support is None else spec.dns_support,
            enable_dns_hostnames=default if spec.dns_hostnames is None else spec.dns_hostnames,
            legacy_non_rfc1918_dns=bool(spec.legacy_dns),
            autodefined_reverse=spec.autodefined_reverse is not False,
        ),
    )
    name = item.name.removeprefix("vpc-")
    build.put(
        "route_tables",
        RouteTable(
            route_table_id=build.invent("rtb", "main", name),
            vpc_id=item.id,
            routes=local_routes((*cidrs, *six)),
            associations=(RouteTableAssociation(main=True),),
            owner_id=account,
        ),
    )
    entries = ALLOW_ALL if six else ALLOW_ALL[:2]
    build.put(
        "network_acls",
        NetworkAcl(
            network_acl_id=build.invent("acl", "default", name),
            vpc_id=item.id,
            is_default=True,
            entries=(*entries, *closing(bool(six))),
            owner_id=account,
        ),
    )
    group = build.invent("sg", "default", name)
    itself = IpPermission(ip_protocol="-1", user_id_group_pairs=(GroupPeer(group_id=group, user_id=account),))
    build.put(
        "security_groups",
        SecurityGroup(
            group_id=group,
            group_name="default",
            vpc_id=item.id,
            owner_id=account,
            ip_permissions=(itself,),  # SG6
            ip_permissions_egress=allow_all(bool(six)),
        ),
    )


def local_routes(cidrs: tuple[str, ...]) -> tuple[Route, ...]:
    """One local route for each CIDR of the VPC (RT2)."""
    return tuple(
        Route(destination_ipv6_cidr_block=c, gateway_id="local", origin="CreateRouteTable")
        if ":" in c
        else Route(destination_cidr_block=c, gateway_id="local", origin="CreateRouteTable")
        for c in cidrs
    )


def _change(build: Build, item: Item, spec: VpcSpec) -> None:
    old: Vpc = item.old
    new = old
    added = [build.cidr(c, (*item.path, "cidr")) for c in many(spec.cidr) if c not in old.cidrs()]
    added += [build.cidr(c, (*item.path, "ipv6")) for c in many(spec.ipv6) if c not in old.cidrs()]
    if added:
        new = replace(
            new,
            cidr_block_association_set=(
                *old.cidr_block_association_set,
                *(CidrAssociation(cidr_block=c) for c in added if ":" not in c),
            ),
            ipv6_cidr_block_association_set=(
                *old.ipv6_cidr_block_association_set,
                *(Ipv6CidrAssociation(ipv6_cidr_block=c) for c in added if ":" in c),
            ),
        )
        for key, table in build.all("route_tables").items():
            if table.vpc_id == item.id:
                build.put("route_tables", replace(table, routes=(*local_routes(tuple(added)), *table.routes)))
                build.paths.setdefault(key, item.path)
    if spec.dhcp_options is not None:
        new = replace(new, dhcp_options_id=_dhcp(build, item, spec))
    if new is not old:
        build.put("vpcs", new)
    attributes = given(
        spec,
        dns_support="enable_dns_support",
        dns_hostnames="enable_dns_hostnames",
        legacy_dns="legacy_non_rfc1918_dns",
        autodefined_reverse="autodefined_reverse",
    )
    if attributes:
        held = build.get("vpc_attributes", item.id) or VpcAttributes(vpc_id=item.id)
        build.put("vpc_attributes", replace(held, **attributes))


def _gateways(build: Build, item: Item, spec: VpcSpec) -> None:
    from .internet_gateway import attach_egress_only, attach_internet_gateway
    from .vpn import attach_vpn_gateway

    for kind, value, attach in (
        ("internet_gateways", spec.igw, attach_internet_gateway),
        ("egress_only_internet_gateways", spec.eigw, attach_egress_only),
        ("vpn_gateways", spec.vgw, attach_vpn_gateway),
    ):
        if value:
            name = item.name.removeprefix("vpc-") if value is True else str(value)
            for key in build.lookup(kind, name, item.id)[:1]:
                attach(build, key, name, item.id)
