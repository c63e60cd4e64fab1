"""Load balancers (v2) with their listeners, and target groups with health."""

from msgspec.structs import replace

from ...estate.load_balancer import (
    HealthState,
    LbAction,
    LbAddress,
    LbAttribute,
    LbZone,
    Listener,
    LoadBalancer,
    LoadBalancerAttributes,
    LoadBalancerListeners,
    TargetGroup,
    TargetGroupAttributes,
    TargetHealth,
    TargetHealthOfGroup,
    TargetId,
)
from ...estate.network_interface import EniAddress, EniAttachment, EniGroup, NetworkInterface, PublicAssociation
from ..spec import Names, Path, Spec, many
from .build import Build, Item
from .instance import groups

TYPES = {
    "network": ("net", "TCP", "network_load_balancer"),
    "application": ("app", "HTTP", "interface"),
    "gateway": ("gwy", "GENEVE", "gateway_load_balancer"),
}
"""Type -> word in ARN and description, protocol of a bare port, type of its interfaces."""


class ListenerSpec(Spec):
    """The long form of a listener."""

    to: str
    protocol: str | None = None


class LoadBalancerSpec(Spec):
    """A load balancer; listeners: ``443``, ``TCP:443`` or ``UDP:53`` -> target group."""

    vpc: str | None = None
    account: str | None = None
    type: str | None = None
    """``network`` (default), ``application`` or ``gateway``."""
    scheme: str | None = None
    """``internal`` (default) or ``internet-facing``."""
    subnets: Names = None
    ips: dict[str, str] | None = None
    """Subnet -> private address."""
    public_ips: dict[str, str] | None = None
    """Subnet -> public address; invented for internet-facing ones."""
    sg: Names = None
    """None for a network load balancer means none at all (LB2)."""
    listeners: dict[str, str | ListenerSpec] | None = None
    cross_zone: bool | None = None
    attributes: dict[str, str] | None = None
    enforce_privatelink_sg: bool | None = None
    state: str | None = None


class TargetGroupSpec(Spec):
    """A target group; targets are instances, addresses or load balancers, ``name:port`` for another port."""

    vpc: str | None = None
    protocol: str | None = None
    port: int | None = None
    type: str | None = None
    """``instance``, ``ip`` or ``alb``; told by the targets when not said."""
    targets: Names = None
    health: dict[str, str] | None = None
    """Target -> state; ``healthy`` when not said."""
    preserve_client_ip: bool | None = None
    attributes: dict[str, str] | None = None


def _arn(build: Build, item: Item, resource: str, account: str = "") -> str:
    """An invented ARN; a key that is one stays."""
    if item.name.startswith("arn:"):
        return item.name
    region = build.region_of(item.vpc) if item.vpc else build.region
    owner = account or (build.account_of(item.vpc) if item.vpc else build.account)
    return f"arn:aws:elasticloadbalancing:{region}:{owner}:{resource}"


def _known(build: Build, kind: str, field: str, item: Item) -> str:
    """The ARN of an existing one by its name."""
    if build.base is None:
        return ""
    found = [k for k, r in build.base.tables[kind].items() if getattr(r, field) == item.name or k == item.name]
    return found[0] if len(found) == 1 else ""


def declare_load_balancers(build: Build, items: list[Item]) -> None:
    """ARNs and names."""
    for item in items:
        spec: LoadBalancerSpec = item.spec
        kind = (spec.type or "network").lower()
        if kind not in TYPES:
            build.fail((*item.path, "type"), f"{spec.type!r} is none of {', '.join(TYPES)}")
        first = (*many(spec.subnets), *(spec.ips or ()))[:1]
        item.vpc = build.home_vpc(item, spec.vpc, first[0] if first else None)
        known = _known(build, "load_balancers", "load_balancer_name", item)
        item.id = known or _arn(
            build, item, f"loadbalancer/{TYPES[kind][0]}/{item.name}/{_hash(item.name)}", spec.account or ""
        )
        item.old = build.get("load_balancers", item.id)
        build.register("load_balancers", item.id, item.name, item.vpc, item.path, account=spec.account or "")


def _hash(text: str) -> str:
    from .endpoint import stable_hash

    return stable_hash(text) + stable_hash(text[::-1] + text)


def build_load_balancers(build: Build, items: list[Item]) -> None:
    """Records, attributes and interfaces; listeners wait for the target groups."""
    for item in items:
        spec: LoadBalancerSpec = item.spec
        if item.old is None:
            _new(build, item, spec)
        else:
            _change(build, item, spec)
        attributes = dict(spec.attributes or {})
        if spec.cross_zone is not None:
            attributes["load_balancing.cross_zone.enabled"] = "true" if spec.cross_zone else "false"
        if item.old is None and (spec.type or "network") == "network":
            attributes.setdefault("load_balancing.cross_zone.enabled", "false")
        held = build.get("load_balancer_attributes", item.id)
        merged = {a.key: a.value for a in held.attributes} if held is not None else {}
        merged |= attributes
        build.put(
            "load_balancer_attributes",
            LoadBalancerAttributes(
                load_balancer_arn=item.id, attributes=tuple(LbAttribute(key=k, value=v) for k, v in merged.items())
            ),
        )
    build.after("target_groups", lambda: _listeners(build, items))


def _new(build: Build, item: Item, spec: LoadBalancerSpec) -> None:
    vpc = build.need_vpc(item)
    kind = (spec.type or "network").lower()
    word, _, interface_type = TYPES[kind]
    scheme = spec.scheme or "internal"
    if scheme not in ("internal", "internet-facing"):
        build.fail((*item.path, "scheme"), f"{scheme!r} is neither internal nor internet-facing")
    ips = {build.find("subnets", s, (*item.path, "ips", s), vpc): ip for s, ip in (spec.ips or {}).items()}
    public = {
        build.find("subnets", s, (*item.path, "public_ips", s), vpc): ip for s, ip in (spec.public_ips or {}).items()
    }
    subnets = tuple(dict.fromkeys((*build.find_all("subnets", spec.subnets, (*item.path, "subnets"), vpc), *ips)))
    if not subnets:
        build.fail(item.path, "subnets are missing")
    worn: tuple[EniGroup, ...] = ()
    if spec.sg is not None or kind == "application":
        worn = groups(build, spec.sg, (*item.path, "sg"), vpc)
    name_hash = item.id.rpartition("/")[2]
    zones = []
    for subnet_id in subnets:
        subnet = build.get("subnets", subnet_id)
        path = (*item.path, "ips")
        ip = build.take(subnet_id, ips[subnet_id], path) if subnet_id in ips else build.allocate(subnet_id, path)
        association = None
        if scheme == "internet-facing":
            association = PublicAssociation(public_ip=public.get(subnet_id) or build.public_address(item.path))
        build.put(
            "network_interfaces",
            NetworkInterface(
                network_interface_id=f"eni-{item.name}-{subnet.availability_zone}",
                subnet_id=subnet_id,
                vpc_id=vpc,
                availability_zone=subnet.availability_zone,
                private_ip_address=ip,
                private_ip_addresses=(EniAddress(private_ip_address=ip, primary=True, association=association),),
                association=association,
                groups=worn,
                attachment=EniAttachment(instance_owner_id="amazon-elb" if kind == "application" else "amazon-aws"),
                interface_type=interface_type,
                description=f"ELB {word}/{item.name}/{name_hash}",
                source_dest_check=kind == "application",
                requester_managed=True,
                owner_id=subnet.owner_id,
            ),
        )
        fixed = ()
        if kind == "network" and (subnet_id in ips or association is not None):
            fixed = (
                LbAddress(
                    ip_address=association.public_ip if association is not None else "",
                    private_ipv4_address=ips.get(subnet_id, ""),
                ),
            )  # type: ignore[assignment]
        zones.append(LbZone(zone_name=subnet.availability_zone, subnet_id=subnet_id, load_balancer_addresses=fixed))
    region = build.region_of(vpc)
    inner = "internal-" if scheme == "internal" and kind == "application" else ""
    tail = f"elb.{region}.amazonaws.com" if kind == "network" else f"{region}.elb.amazonaws.com"
    enforce = spec.enforce_privatelink_sg
    build.put(
        "load_balancers",
        LoadBalancer(
            load_balancer_arn=item.id,
            load_balancer_name=item.name,
            dns_name=f"{inner}{item.name}-{name_hash}.{tail}",
            scheme=scheme,
            type=kind,
            vpc_id=vpc,
            availability_zones=tuple(zones),
            security_groups=tuple(g.group_id for g in worn),
            enforce_security_group_inbound_rules_on_private_link_traffic=(
                "" if not worn or kind != "network" else "off" if enforce is False else "on"
            ),
        ),
    )


def _change(build: Build, item: Item, spec: LoadBalancerSpec) -> None:
    old: LoadBalancer = item.old
    if spec.sg is not None:
        worn = groups(build, spec.sg, (*item.path, "sg"), old.vpc_id)
        old = replace(old, security_groups=tuple(g.group_id for g in worn))
        marker = old.load_balancer_arn.partition(":loadbalancer/")[2]
        for eni in list(build.all("network_interfaces").values()):
            if eni.description == f"ELB {marker}":
                build.put("network_interfaces", replace(eni, groups=worn))
    if spec.enforce_privatelink_sg is not None:
        old = replace(
            old,
            enforce_security_group_inbound_rules_on_private_link_traffic=(
                "on" if spec.enforce_privatelink_sg else "off"
            ),
        )
    build.put("load_balancers", old)


def declare_target_groups(build: Build, items: list[Item]) -> None:
    """ARNs and names."""
    for item in items:
        item.vpc = build.home_vpc(item, item.spec.vpc)
        known = _known(build, "target_groups", "target_group_name", item)
        item.id = known or _arn(build, item, f"targetgroup/{item.name}/{_hash(item.name)}")
        item.old = build.get("target_groups", item.id)
        build.register("target_groups", item.id, item.name, item.vpc, item.path)


def build_target_groups(build: Build, items: list[Item]) -> None:
    """Groups with their targets."""
    for item in items:
        _group(build, item)


def _group(build: Build, item: Item) -> None:
    spec: TargetGroupSpec = item.spec
    old: TargetGroup | None = item.old
    vpc = item.vpc or (old.vpc_id if old is not None else "")
    protocol = (spec.protocol or (old.protocol if old is not None else "TCP")).upper()
    port = spec.port if spec.port is not None else old.port if old is not None else None
    if port is None:
        port = {"HTTP": 80, "HTTPS": 443, "TLS": 443, "GENEVE": 6081}.get(protocol)
    if port is None:
        build.fail(item.path, "port is missing")
    targets: list[TargetHealth] = []
    kinds = set()
    states = dict(spec.health or {})
    for index, text in enumerate(many(spec.targets)):
        name, kind, target = _target(build, text, port, vpc, (*item.path, "targets", index))
        kinds.add(kind)
        state = states.pop(text, states.pop(name, "healthy"))
        targets.append(TargetHealth(target=target, target_health=HealthState(state=state)))
    if states and spec.targets is not None:
        build.fail((*item.path, "health"), f"{next(iter(states))!r} is not among the targets")
    if len(kinds) > 1:
        build.fail((*item.path, "targets"), f"a target group has one kind of target, not {' and '.join(sorted(kinds))}")
    found = next(iter(kinds), "") or (old.target_type if old is not None else "instance")
    if spec.type is not None and kinds and spec.type != found:
        build.fail((*item.path, "type"), f"the targets are of type {found}")
    build.put(
        "target_groups",
        TargetGroup(
            target_group_arn=item.id,
            target_group_name=item.name if old is None else old.target_group_name,
            protocol=protocol,
            port=port,
            vpc_id=vpc,
            target_type=spec.type or found,
            load_balancer_arns=old.load_balancer_arns if old is not None else (),
        ),
    )
    if spec.targets is not None or old is None:
        build.put(
            "target_health",
            TargetHealthOfGroup(target_group_arn=item.id, target_health_descriptions=tuple(targets)),
        )
    elif states:
        _health(build, item, states)
    attributes = dict(spec.attributes or {})
    if spec.preserve_client_ip is not None:
        attributes["preserve_client_ip.enabled"] = "true" if spec.preserve_client_ip else "false"
    if attributes:
        held = build.get("target_group_attributes", item.id)
        merged = {a.key: a.value for a in held.attributes} if held is not None else {}
        rows = tuple(LbAttribute(key=k, value=v) for k, v in {**merged, **attributes}.items())
        build.put("target_group_attributes", TargetGroupAttributes(target_group_arn=item.id, attributes=rows))


def _health(build: Build, item: Item, states: dict[str, str]) -> None:
    held = build.get("target_health", item.id)
    rows = []
    for row in held.target_health_descriptions if held is not None else ():
        state = states.pop(row.target.id, None)
        rows.append(row if state is None else replace(row, target_health=HealthState(state=state)))
    if states:
        build.fail((*item.path, "health"), f"{next(iter(states))!r} is not among the targets")
    build.put("target_health", replace(held, target_health_descriptions=tuple(rows)))


def _target(build: Build, text: str, port: int, vpc: str, path: Path) -> tuple[str, str, TargetId]:
    """(name, target type, target) of ``name``, ``name:port``, an address or a load balancer."""
    name, colon, tail = text.rpartition(":")
    if colon and tail.isdigit() and name.count(":") == 0:
        port = int(tail)
    else:
        name = text
    if name[:1].isdigit() and name.count(".") == 3:
        return name, "ip", TargetId(id=build.address(name, path), port=port)
    balancers = build.lookup("load_balancers", name, vpc)
    if len(balancers) == 1 and not build.lookup("instances", name, vpc):
        return name, "alb", TargetId(id=balancers[0], port=port)
    return name, "instance", TargetId(id=build.find("instances", name, path, vpc), port=port)


def _listeners(build: Build, items: list[Item]) -> None:
    """Listeners, once the target groups exist."""
    for item in items:
        spec: LoadBalancerSpec = item.spec
        held = build.get("load_balancer_listeners", item.id)
        found = {x.port: x for x in held.listeners} if held is not None else {}
        kind = build.get("load_balancers", item.id).type
        for text, said in (spec.listeners or {}).items():
            path = (*item.path, "listeners", text)
            long = ListenerSpec(to=said) if isinstance(said, str) else said
            head, colon, tail = text.rpartition(":")
            if not tail.isdigit() or int(tail) > 65535:
                build.fail(path, f"{text!r} is no port (443, TCP:443)")
            port = int(tail)
            default = "HTTPS" if kind == "application" and port == 443 else TYPES[kind][1]
            protocol = (head if colon else long.protocol or default).upper()
            group = build.find("target_groups", long.to, path, item.vpc)
            found[port] = Listener(
                listener_arn=f"{item.id.replace(':loadbalancer/', ':listener/')}/{port}",
                load_balancer_arn=item.id,
                port=port,
                protocol=protocol,
                default_actions=(LbAction(target_group_arn=group),),
            )
            record = build.get("target_groups", group)
            if record is not None and item.id not in record.load_balancer_arns:
                build.put("target_groups", replace(record, load_balancer_arns=(*record.load_balancer_arns, item.id)))
        build.put(
            "load_balancer_listeners",
            LoadBalancerListeners(load_balancer_arn=item.id, listeners=tuple(found.values())),
        )
