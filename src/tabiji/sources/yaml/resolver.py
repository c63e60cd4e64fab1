"""Route 53 Resolver: endpoints, rules, DNS Firewall, Profiles."""

from typing import Any

from msgspec.structs import replace

from ...estate.network_interface import EniAddress, EniAttachment, EniGroup, NetworkInterface
from ...estate.resolver import (
    FirewallDomainList,
    FirewallRule,
    FirewallRuleGroup,
    FirewallRuleGroupAssociation,
    Profile,
    ProfileAssociation,
    ProfileResource,
    ResolverEndpoint,
    ResolverIp,
    ResolverRule,
    ResolverRuleAssociation,
    TargetIp,
)
from ..spec import Names, Path, Spec, many
from .build import Build, Item, given
from .instance import groups

DIRECTIONS = {"inbound": "INBOUND", "outbound": "OUTBOUND", "inbound-delegation": "INBOUND_DELEGATION"}
RULE_TYPES = {"forward": "FORWARD", "system": "SYSTEM", "delegate": "DELEGATE"}


class ResolverEndpointSpec(Spec):
    """A Resolver endpoint with an address in each subnet."""

    id: str | None = None
    vpc: str | None = None
    direction: str | None = None
    subnets: Names = None
    ips: dict[str, str | list[str]] | None = None
    """Subnet -> address or addresses."""
    sg: Names = None
    protocols: Names = None
    type: str | None = None
    """``ipv4``, ``ipv6`` or ``dualstack``."""
    dns64: bool | None = None
    status: str | None = None


class ResolverRuleSpec(Spec):
    """A rule and the VPCs it is associated with; its key is the domain unless ``domain`` says it."""

    id: str | None = None
    account: str | None = None
    domain: str | None = None
    type: str | None = None
    """``forward`` (default), ``system`` or ``delegate``."""
    to: Names = None
    """``10.0.0.53`` or ``10.0.0.53:5353``."""
    endpoint: str | None = None
    vpcs: Names = None
    add_vpcs: Names = None
    remove_vpcs: Names = None


class FirewallRuleSpec(Spec):
    """One rule: exactly one of ``block``, ``allow``, ``alert`` with the domains."""

    block: Names = None
    allow: Names = None
    alert: Names = None
    response: str | None = None
    """``NODATA`` (default), ``NXDOMAIN`` or ``OVERRIDE``."""
    override: str | None = None
    ttl: int | None = None
    qtype: str | None = None
    trust_redirection: bool | None = None


class DnsFirewallSpec(Spec):
    """A DNS Firewall rule group; rules in their order (names 2.9)."""

    id: str | None = None
    account: str | None = None
    vpcs: Names | dict[str, int] = None
    """VPCs, or VPC -> priority."""
    rules: list[FirewallRuleSpec] | None = None


class ProfileSpec(Spec):
    """A Route 53 Profile: ``zone:``, ``rule:``, ``endpoint:`` and ``firewall:`` resources (names N2.8a)."""

    id: str | None = None
    account: str | None = None
    vpcs: Names | dict[str, int] = None
    resources: Names = None


def declare_resolver_endpoints(build: Build, items: list[Item]) -> None:
    """Ids and names."""
    for item in items:
        spec: ResolverEndpointSpec = item.spec
        first = (*many(spec.subnets), *(spec.ips or ()))[:1]
        item.vpc = build.home_vpc(item, spec.vpc, first[0] if first else None)
        build.declare("resolver_endpoints", "rslvr", item, within=build.vpc_name_declared(item.vpc))


def build_resolver_endpoints(build: Build, items: list[Item]) -> None:
    """Records, with an interface for each address (names N2.7a)."""
    for item in items:
        spec: ResolverEndpointSpec = item.spec
        if item.old is not None:
            _change_endpoint(build, item, spec)
            continue
        vpc = build.need_vpc(item)
        direction = DIRECTIONS.get((spec.direction or "inbound").lower())
        if direction is None:
            build.fail((*item.path, "direction"), f"{spec.direction!r} is none of {', '.join(DIRECTIONS)}")
        worn = groups(build, spec.sg, (*item.path, "sg"), vpc)
        wanted: list[tuple[str, str, Path]] = []
        for name in many(spec.subnets):
            wanted.append((build.find("subnets", name, (*item.path, "subnets"), vpc), "", (*item.path, "subnets")))
        for name, ips in (spec.ips or {}).items():
            path = (*item.path, "ips", name)
            key = build.find("subnets", name, path, vpc)
            wanted = [w for w in wanted if w[0] != key] + [(key, ip, path) for ip in many(ips)]
        if not wanted:
            build.fail(item.path, "subnets (or ips) are missing")
        addresses = []
        for index, (subnet, ip, path) in enumerate(wanted):
            ip = build.take(subnet, ip, path) if ip else build.allocate(subnet, path)
            _eni(build, item, subnet, ip, worn, index, direction)
            addresses.append(ResolverIp(ip=ip, subnet_id=subnet))
        build.put(
            "resolver_endpoints",
            ResolverEndpoint(
                id=item.id,
                name=item.name,
                direction=direction,
                host_vpc_id=vpc,
                status=spec.status or "OPERATIONAL",
                security_group_ids=tuple(g.group_id for g in worn),
                ip_addresses=tuple(addresses),
                protocols=many(spec.protocols) or ("Do53",),
                resolver_endpoint_type=(spec.type or "ipv4").upper(),
                dns64=bool(spec.dns64),
            ),
        )


def _eni(
    build: Build, item: Item, subnet_id: str, ip: str, worn: tuple[EniGroup, ...], index: int, direction: str
) -> None:
    subnet = build.get("subnets", subnet_id)
    build.put(
        "network_interfaces",
        NetworkInterface(
            network_interface_id=f"eni-{item.id}-{index}",
            subnet_id=subnet_id,
            vpc_id=subnet.vpc_id,
            availability_zone=subnet.availability_zone,
            private_ip_address=ip,
            private_ip_addresses=(EniAddress(private_ip_address=ip, primary=True),),
            groups=worn,
            attachment=EniAttachment(instance_owner_id="amazon-aws"),
            description=f"Route 53 Resolver: {item.id}:{direction.lower()}",
            requester_managed=True,
            owner_id=subnet.owner_id,
        ),
    )


def _change_endpoint(build: Build, item: Item, spec: ResolverEndpointSpec) -> None:
    endpoint: ResolverEndpoint = item.old
    fields = given(spec, status="status", dns64="dns64")
    if spec.sg is not None:
        worn = groups(build, spec.sg, (*item.path, "sg"), endpoint.host_vpc_id)
        fields["security_group_ids"] = tuple(g.group_id for g in worn)
        ips = {a.ip for a in endpoint.ip_addresses}
        for eni in list(build.all("network_interfaces").values()):
            if eni.vpc_id == endpoint.host_vpc_id and eni.private_ip_address in ips:
                build.put("network_interfaces", replace(eni, groups=worn))
    build.put("resolver_endpoints", replace(endpoint, **fields))


def declare_resolver_rules(build: Build, items: list[Item]) -> None:
    """Ids and names."""
    for item in items:
        name = "root" if item.name == "." else item.name.strip(".")
        if build.base is not None:  # a rule has no Name tag: its domain tells which one is meant
            domain = (item.spec.domain or item.name).strip(".") + "."
            rules = build.base.tables["resolver_rules"]
            same = [k for k, r in rules.items() if r.domain_name.strip(".") + "." == domain or r.name == item.name]
            name = same[0] if len(same) == 1 else name
        keep, item.name = item.name, name
        build.declare("resolver_rules", "rslvr-rr", item, account=item.spec.account or "")
        item.name = keep


def build_resolver_rules(build: Build, items: list[Item]) -> None:
    """Records and associations."""
    for item in items:
        spec: ResolverRuleSpec = item.spec
        kind = RULE_TYPES.get((spec.type or "forward").lower())
        if kind is None:
            build.fail((*item.path, "type"), f"{spec.type!r} is none of {', '.join(RULE_TYPES)}")
        old: ResolverRule | None = item.old
        if old is None:
            domain = spec.domain or item.name
            endpoint = ""
            if spec.endpoint is not None:
                endpoint = build.find("resolver_endpoints", spec.endpoint, (*item.path, "endpoint"))
            elif kind == "FORWARD":
                out = [k for k, e in build.all("resolver_endpoints").items() if e.direction == "OUTBOUND"]
                if len(out) != 1:
                    build.fail(item.path, "endpoint (an outbound Resolver endpoint) is missing")
                endpoint = out[0]
            if kind == "FORWARD" and not many(spec.to):
                build.fail(item.path, "to is missing")
            old = ResolverRule(
                id=item.id,
                name=item.name,
                domain_name="." if domain == "." else domain.strip(".") + ".",
                rule_type=kind,
                resolver_endpoint_id=endpoint,
                owner_id=spec.account or build.account,
                delegation_record=domain.strip(".") + "." if kind == "DELEGATE" else "",
            )
        if spec.to is not None:
            old = replace(old, target_ips=tuple(_target(build, t, (*item.path, "to")) for t in many(spec.to)))
        build.put("resolver_rules", old)
        build.paths.setdefault(item.id, item.path)
        gone = build.find_all("vpcs", spec.remove_vpcs, (*item.path, "remove_vpcs"))
        if spec.vpcs is not None or gone:
            for key, held in list(build.all("resolver_rule_associations").items()):
                if held.resolver_rule_id == item.id and (spec.vpcs is not None or held.vpc_id in gone):
                    build.remove("resolver_rule_associations", key)
        for vpc in build.find_all("vpcs", spec.vpcs, (*item.path, "vpcs")) + build.find_all(
            "vpcs", spec.add_vpcs, (*item.path, "add_vpcs")
        ):
            key = f"rslvr-rrassoc-{item.id.removeprefix('rslvr-rr-')}-{vpc.removeprefix('vpc-')}"
            build.put(
                "resolver_rule_associations",
                ResolverRuleAssociation(id=key, resolver_rule_id=item.id, vpc_id=vpc),
            )


def _target(build: Build, text: str, path: Path) -> TargetIp:
    host, colon, port = text.rpartition(":")
    if not colon or ":" in host:  # no port, or a bare IPv6 address
        host, port = text, "53"
    if not port.isdigit():
        build.fail(path, f"{text!r} is no address or address:port")
    build.address(host, path)
    return TargetIp(ipv6=host, port=int(port)) if ":" in host else TargetIp(ip=host, port=int(port))


def declare_dns_firewall(build: Build, items: list[Item]) -> None:
    """Ids and names."""
    for item in items:
        build.declare("firewall_rule_groups", "rslvr-frg", item, account=item.spec.account or "")


def build_dns_firewall(build: Build, items: list[Item]) -> None:
    """Rule groups, domain lists and associations."""
    for item in items:
        spec: DnsFirewallSpec = item.spec
        if spec.rules is not None or item.old is None:
            rules = tuple(_rule(build, item, i, r) for i, r in enumerate(spec.rules or ()))
            build.put("firewall_rule_groups", FirewallRuleGroup(id=item.id, name=item.name, rules=rules))
        for vpc, priority in _priorities(build, spec.vpcs, (*item.path, "vpcs"), 101):
            key = f"rslvr-frgassoc-{item.id.removeprefix('rslvr-frg-')}-{vpc.removeprefix('vpc-')}"
            build.put(
                "firewall_rule_group_associations",
                FirewallRuleGroupAssociation(id=key, firewall_rule_group_id=item.id, vpc_id=vpc, priority=priority),
            )


def _priorities(build: Build, said: Any, path: Path, first: int) -> list[tuple[str, int]]:
    rows = list(said.items()) if isinstance(said, dict) else [(name, first) for name in many(said)]
    return [(build.find("vpcs", name, path), priority) for name, priority in rows]


def _rule(build: Build, item: Item, index: int, spec: FirewallRuleSpec) -> FirewallRule:
    path = (*item.path, "rules", index)
    said = [(action, many(getattr(spec, action))) for action in ("block", "allow", "alert")]
    said = [(action, domains) for action, domains in said if domains]
    if len(said) != 1:
        build.fail(path, "a rule has exactly one of block, allow and alert")
    action, domains = said[0]
    key = f"rslvr-fdl-{item.id.removeprefix('rslvr-frg-')}-{index}"
    build.put("firewall_domain_lists", FirewallDomainList(id=key, name=f"{item.name}-{index}", domains=domains))
    response = (spec.response or ("OVERRIDE" if spec.override else "NODATA")).upper()
    if response not in ("NODATA", "NXDOMAIN", "OVERRIDE"):
        build.fail((*path, "response"), f"{spec.response!r} is none of NODATA, NXDOMAIN, OVERRIDE")
    return FirewallRule(
        firewall_rule_group_id=item.id,
        firewall_domain_list_id=key,
        name=f"{item.name}-{index}",
        priority=index + 1,
        action=action.upper(),
        block_response=response,
        block_override_domain=spec.override or "",
        block_override_ttl=spec.ttl or 0,
        qtype=spec.qtype or "",
        firewall_domain_redirection_action=(
            "TRUST_REDIRECTION_DOMAIN" if spec.trust_redirection else "INSPECT_REDIRECTION_DOMAIN"
        ),
    )


_RESOURCES = {
    "zone": ("hosted_zones", "HostedZone", "arn:aws:route53:::hostedzone/{id}"),
    "rule": ("resolver_rules", "ResolverRule", "arn:aws:route53resolver:{region}:{account}:resolver-rule/{id}"),
    "endpoint": ("vpc_endpoints", "VPCEndpoint", "arn:aws:ec2:{region}:{account}:vpc-endpoint/{id}"),
    "firewall": (
        "firewall_rule_groups",
        "FirewallRuleGroup",
        "arn:aws:route53resolver:{region}:{account}:firewall-rule-group/{id}",
    ),
}


def declare_profiles(build: Build, items: list[Item]) -> None:
    """Ids and names."""
    for item in items:
        build.declare("profiles", "rp", item, account=item.spec.account or "")


def build_profiles(build: Build, items: list[Item]) -> None:
    """Profiles, their resources and associations."""
    for item in items:
        spec: ProfileSpec = item.spec
        resources = list(item.old.resources) if item.old is not None else []
        for index, text in enumerate(many(spec.resources)):
            path = (*item.path, "resources", index)
            word, colon, name = text.partition(":")
            if not colon or word not in _RESOURCES:
                build.fail(path, f"{text!r} does not begin with one of {', '.join(w + ':' for w in _RESOURCES)}")
            kind, type_name, arn = _RESOURCES[word]
            key = build.find(kind, name, path)
            where = {"region": build.region_of(key), "account": build.account_of(key), "id": key}
            resources.append(ProfileResource(resource_arn=arn.format(**where), resource_type=type_name))
        build.put("profiles", Profile(id=item.id, name=item.name, resources=tuple(resources)))
        for vpc, priority in _priorities(build, spec.vpcs, (*item.path, "vpcs"), 100):
            key = f"rpassoc-{item.id.removeprefix('rp-')}-{vpc.removeprefix('vpc-')}"
            build.put(
                "profile_associations",
                ProfileAssociation(id=key, profile_id=item.id, resource_id=vpc, priority=priority),
            )
