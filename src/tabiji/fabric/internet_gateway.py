"""Internet gateway, egress-only internet gateway, Block Public Access (data-plane section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..packet.address import PRIVATE_V4, SHARED_V4, V4_ALL, V6_ALL, parse_address, parse_prefix
from ..packet.ranges import Ranges, normalise
from .compiler import Fabric, builds
from .network_interface import select_in_vpc
from .route_table import Source, compile_table, target
from .stage import Drop, Enter, First, Inside, Mark, Place, Remember, Rewrite, Rule, Select, Stage, State, Switch

if TYPE_CHECKING:
    from ..estate import Estate
    from ..estate.route_table import Route

PRIVATE: Ranges = normalise(PRIVATE_V4)
LIVE = ("available", "attached", "attaching")


@target("igw")
def _igw(fabric: Fabric, source: Source, route: Route) -> int:
    return fabric.node("igw-out", route.target, source.vpc, source.subnet)


def _attached(fabric: Fabric, gateway: str, vpc: str) -> bool:
    record = fabric.estate.internet_gateways.get(gateway)
    return record is not None and any(a.vpc_id == vpc and a.state in LIVE for a in record.attachments)


def eni_addresses(fabric: Fabric, vpc: str) -> Ranges:
    """All addresses ENIs of a VPC own."""
    return tuple(
        fabric.shared(
            ("eni-addresses", vpc),
            lambda: normalise(
                [(a, a) for a in fabric.estate.eni_by_address.get(vpc, {})]
                + [p for p, _ in fabric.estate.eni_prefixes.get(vpc, ())]
            ),
        )
    )


@builds("igw-out")
def _igw_out(fabric: Fabric, gateway: str, vpc: str, subnet: str) -> Stage:
    """IG1-IG4: outward, the public address of the ENI takes the private one's place."""
    if not _attached(fabric, gateway, vpc):
        return Drop("igw.not_attached", gateway, ("IG1",), (("vpc", vpc),))
    translate = fabric.node("igw-translate-out", gateway, vpc)
    step = translate
    if redirected(fabric.estate, gateway, subnet):  # RT18
        step = fabric.put(Drop("igw.redirected", gateway, ("RT18",), (("subnet", subnet),), translate))
        step = fabric.put(Inside(_families(fabric.estate, gateway, subnet), step, translate))
    step = blocked_public_access(fabric, gateway, vpc, subnet, step)
    private = fabric.put(Drop("igw.private_destination", gateway, ("IG4",), (("gateway", gateway),)))
    return Enter(
        Place("igw", gateway, vpc),
        fabric.put(Inside(normalise((*PRIVATE, SHARED_V4)), private, step)),
    )


@builds("igw-translate-out")
def _translate_out(fabric: Fabric, gateway: str, vpc: str) -> Stage:
    estate = fabric.estate
    table: dict[int, int] = {}
    for public, (eni_id, private) in estate.public_addresses.items():
        eni = estate.network_interfaces.get(eni_id)
        if eni is not None and eni.vpc_id == vpc:
            table[private] = public
    for public, nat in bare_addresses(estate).items():
        if estate.nat_gateways[nat].vpc_id == vpc:
            table[public] = public  # NG14: translated already
    for address, eni_id in estate.eni_by_address.get(vpc, {}).items():
        if address > V4_ALL[1] and not _hidden(estate, eni_id):
            table[address] = address  # IG8: no translation for IPv6
    missing = fabric.put(
        First(
            "igw_source",
            gateway,
            "egress",
            (Rule(src=eni_addresses(fabric, vpc), origin=vpc),),
            fabric.node("igw-no-public", gateway, vpc),
            fabric.put(Drop("igw.foreign_source", gateway, ("IG2",), (("vpc", vpc),))),
            ("IG2",),
        )
    )
    return Rewrite("igw", gateway, (("src", table),), fabric.node("internet"), missing, facts=("IG1", "IG8"))


@builds("igw-no-public")
def _no_public(fabric: Fabric, gateway: str, vpc: str) -> Stage:
    """IG1, and NG3 when it was a private NAT gateway that sent it here."""
    plain = fabric.put(Drop("igw.no_public_ip", gateway, ("IG1",), (("vpc", vpc),)))
    nats = {
        nat: fabric.put(Drop("nat.private_to_igw", nat, ("NG3",), (("nat", nat), ("gateway", gateway))))
        for nat, record in fabric.estate.nat_gateways.items()
        if record.vpc_id == vpc and record.connectivity_type == "private"
    }
    return Switch("nat", nats, plain)


def _hidden(estate: Estate, eni_id: str) -> bool:
    """IE9, LB10: IPv6 addresses of endpoints and internal balancers are not served by the gateway."""
    if eni_id in estate.endpoint_by_eni:  # IE9, also where the interface was not asked for it
        return True
    from ..estate.load_balancing import hides_from_internet

    return hides_from_internet(estate, eni_id)


def bare_addresses(estate: Estate) -> dict[int, str]:
    """Public address -> regional NAT gateway, for addresses behind which there is no interface (NG14)."""

    def build(estate: Estate) -> dict[int, str]:
        return {
            parse_address(a.public_ip): i
            for i, nat in estate.nat_gateways.items()
            if nat.availability_mode == "regional" and nat.state == "available"
            for a in nat.nat_gateway_addresses
            if a.public_ip and not a.private_ip
        }

    return estate.memo("fabric.bare_nat_addresses", ("nat_gateways",), build)


def redirected(estate: Estate, gateway: str, subnet: str) -> bool:
    """Does the gateway's edge table send this subnet's inbound traffic to an appliance? (RT16, RT18)"""
    return bool(_redirected(estate, gateway, subnet))


def _redirected(estate: Estate, gateway: str, subnet: str) -> tuple[str, ...]:
    """CIDRs of a subnet that the gateway's edge table redirects."""
    table_id = estate.route_table_by_gateway.get(gateway)
    if table_id is None or subnet not in estate.subnets:
        return ()
    routes = estate.route_tables[table_id].routes
    cidrs = set(estate.subnets[subnet].cidrs())
    return tuple(r.destination for r in routes if r.destination in cidrs and r.target != "local")


def _families(estate: Estate, gateway: str, subnet: str) -> Ranges:
    """The address families in which it does: IPv6 may go straight out while IPv4 is inspected (RT3)."""
    return normalise(V6_ALL if ":" in cidr else V4_ALL for cidr in _redirected(estate, gateway, subnet))


def blocked_public_access(fabric: Fabric, gateway: str, vpc: str, subnet: str, ok: int) -> int:
    """VPC Block Public Access in front of an IGW (BP1-BP3); what goes by no IGW never comes here (BP4)."""
    estate = fabric.estate
    mode = bpa_mode(estate, vpc)
    if mode == "off":
        return ok
    # BP3: the exclusion of the VPC or of the subnet; allow-egress only helps what goes out.
    excluded = bpa_exclusion(estate, vpc, subnet)
    if excluded == "allow-bidirectional" or (excluded == "allow-egress" and subnet):
        return ok
    refused = fabric.put(Drop("bpa.blocked", gateway, ("BP1", "BP2"), (("vpc", vpc), ("mode", mode)), ok))
    if mode == "block-ingress":
        # BP2: NAT gateways keep their internet access.
        nats = {nat: ok for nat, record in estate.nat_gateways.items() if record.vpc_id == vpc}
        return fabric.put(Switch("nat", nats, refused))
    return refused


def bpa_mode(estate: Estate, vpc: str) -> str:
    """``off``, ``block-bidirectional`` or ``block-ingress`` for the VPC's account and Region (BP1)."""
    account, region = estate.account_of(vpc), estate.region_of(vpc)
    for options in estate.block_public_access_options.values():
        if options.aws_account_id in ("", account) and options.aws_region in ("", region):
            return str(options.internet_gateway_block_mode)
    return "off"


def bpa_exclusion(estate: Estate, vpc: str, subnet: str) -> str:
    """Mode of the exclusion that covers the subnet or its VPC, or nothing (BP3)."""
    for exclusion in estate.block_public_access_exclusions.values():
        resource = exclusion.resource_arn.rsplit("/", 1)[-1]
        if resource in (vpc, subnet) and exclusion.state.endswith("complete") and "delete" not in exclusion.state:
            return str(exclusion.internet_gateway_exclusion_mode)
    return ""


@builds("igw-in")
def _igw_in(fabric: Fabric, gateway: str, vpc: str) -> Stage:
    """IG3: inward, the destination must be the public address of an ENI of the VPC."""
    estate = fabric.estate
    table: dict[int, int] = {}
    for public, (eni_id, private) in estate.public_addresses.items():
        eni = estate.network_interfaces.get(eni_id)
        if eni is not None and eni.vpc_id == vpc:
            table[public] = private
    for address, eni_id in estate.eni_by_address.get(vpc, {}).items():
        if address > V4_ALL[1] and not _hidden(estate, eni_id):
            table[address] = address
    missing = fabric.put(Drop("igw.no_owner", gateway, ("IG3",), (("vpc", vpc),)))
    # IG5: groups and NACLs behind it see the private address; IG6: inward the subnet's own routes are not asked.
    inward = fabric.put(
        Rewrite("igw", gateway, (("dst", table),), fabric.node("igw-routes", gateway, vpc), missing, facts=("IG3",))
    )
    bare = {
        public: fabric.node("nat-in", nat, "")
        for public, nat in bare_addresses(estate).items()
        if estate.nat_gateways[nat].vpc_id == vpc
    }
    if bare:
        inward = fabric.put(Select(bare, inward))
    foreign = Rule(src=normalise((*PRIVATE, SHARED_V4)), allow=False, origin=gateway, facts=("IG4",))
    anything = Rule(src=(V4_ALL, V6_ALL), origin=gateway)
    guarded = fabric.node("igw-in-guard", gateway, vpc, inward)
    refused = fabric.put(Drop("igw.private_source", gateway, ("IG4",), (("gateway", gateway),)))
    checked = fabric.put(First("igw_source", gateway, "ingress", (foreign, anything), guarded, refused, ("IG4",)))
    # Nothing of the origin survives the Internet.
    lost = fabric.put(
        Mark((("identity", None), ("worn", None), ("az", None), ("nat", None), ("nat_vpc", None)), checked)
    )
    return Enter(Place("igw", gateway, vpc), lost)


@builds("igw-in-guard")
def _guard(fabric: Fabric, gateway: str, vpc: str, ok: int) -> Stage:
    """BPA inward: answers to a NAT gateway's own flows pass in block-ingress mode (BP2)."""
    estate = fabric.estate
    if bpa_mode(estate, vpc) == "off":
        return fabric.stage(ok)
    # Per subnet of the destination: exclusions are per subnet.
    refused = blocked_public_access(fabric, gateway, vpc, "", ok)
    if refused == ok:
        return fabric.stage(ok)
    nat_publics = normalise(
        (parse_address(a.public_ip), parse_address(a.public_ip))
        for nat in estate.nat_gateways.values()
        if nat.vpc_id == vpc
        for a in nat.nat_gateway_addresses
        if a.public_ip
    )
    seen = [(public, eni_id) for public, (eni_id, _) in estate.public_addresses.items()]
    seen += [(a, eni_id) for a, eni_id in estate.eni_by_address.get(vpc, {}).items() if a > V4_ALL[1]]  # IG8
    excluded: dict[str, list[tuple[int, int]]] = {}
    for address, eni_id in seen:
        eni = estate.network_interfaces.get(eni_id)
        if eni is not None and eni.vpc_id == vpc:
            excluded.setdefault(bpa_exclusion(estate, vpc, eni.subnet_id), []).append((address, address))
    open_to = normalise(excluded.get("allow-bidirectional", ()))
    if bpa_mode(estate, vpc) == "block-ingress":
        open_to = normalise((*open_to, *nat_publics))
    # BP3: allow-egress lets in answers to what started inside.
    answers = fabric.put(State("", refused, ok, ok))
    others = fabric.put(Inside(normalise(excluded.get("allow-egress", ())), answers, refused))
    return Inside(open_to, ok, others)


@builds("igw-routes")
def _igw_routes(fabric: Fabric, gateway: str, vpc: str) -> Stage:
    """The gateway route table if there is one (RT16), else local."""
    table_id = fabric.estate.route_table_by_gateway.get(gateway)
    if table_id is None:
        return fabric.stage(select_in_vpc(fabric, vpc))
    return compile_table(fabric, Source(fabric.estate.route_tables[table_id], vpc))


# Egress-only internet gateway -------------------------------------------------


@target("eigw")
def _eigw(fabric: Fabric, source: Source, route: Route) -> int:
    return fabric.node("eigw-out", route.target, source.vpc, source.subnet)


@builds("eigw-out")
def _eigw_out(fabric: Fabric, gateway: str, vpc: str, subnet: str) -> Stage:
    """EG1: IPv6 only; takes note of the flow so that answers come back."""
    record = fabric.estate.egress_only_internet_gateways.get(gateway)
    if record is None or not any(a.vpc_id == vpc and a.state in LIVE for a in record.attachments):
        return Drop("igw.not_attached", gateway, ("EG1",), (("vpc", vpc),))
    ok = fabric.put(Remember(f"eigw:{gateway}", fabric.node("internet")))
    if bpa_mode(fabric.estate, vpc) == "block-bidirectional" and not bpa_exclusion(fabric.estate, vpc, subnet):
        ok = fabric.put(Drop("bpa.blocked", gateway, ("BP1",), (("vpc", vpc), ("mode", "block-bidirectional")), ok))
    foreign = fabric.put(Drop("igw.foreign_source", gateway, ("EG1",), (("vpc", vpc),)))
    four = fabric.put(Drop("eigw.ipv4", gateway, ("EG1",), (("gateway", gateway),)))
    own = Rule(src=eni_addresses(fabric, vpc), origin=vpc)
    source = fabric.put(First("igw_source", gateway, "egress", (own,), ok, foreign, ("EG1",)))
    return Enter(Place("eigw", gateway, vpc), fabric.put(Inside((V6_ALL,), source, four)))


@builds("ipv6-in")
def _ipv6_in(fabric: Fabric, vpc: str) -> Stage:
    """IPv6 from the Internet: answers through the egress-only gateway, anything else through the IGW (EG1, IG8)."""
    estate = fabric.estate
    igw = estate.igw_by_vpc.get(vpc)
    step = fabric.node("igw-in", igw, vpc) if igw else fabric.put(Drop("eigw.inbound", vpc, ("EG1",), (("vpc", vpc),)))
    for gateway, record in estate.egress_only_internet_gateways.items():
        if any(a.vpc_id == vpc for a in record.attachments):
            back = fabric.put(Enter(Place("eigw", gateway, vpc), select_in_vpc(fabric, vpc)))
            step = fabric.put(State(f"eigw:{gateway}", step, back, step))
    return fabric.stage(step)


def vpc_v6_ranges(estate: Estate) -> dict[str, Ranges]:
    """VPC -> its IPv6 CIDRs."""
    return {vpc_id: normalise(parse_prefix(c) for c in vpc.cidrs() if ":" in c) for vpc_id, vpc in estate.vpcs.items()}
