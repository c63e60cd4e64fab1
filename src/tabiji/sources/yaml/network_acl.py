"""Network ACLs."""

from msgspec import field
from msgspec.structs import replace

from ...estate.network_acl import NaclAssociation, NaclEntry, NaclIcmp, NaclPorts, NetworkAcl
from ..spec import Names, Path, Spec, many
from .build import Build, Item
from .rules import NUMBERS, split_rule, traffic

LAST = 32767
"""Number of the closing deny; shown as ``*`` in the console.  The IPv6 one is the next."""
MAX_NUMBER = 32766

ALLOW_ALL = (
    NaclEntry(rule_number=100, egress=False, rule_action="allow", cidr_block="0.0.0.0/0"),
    NaclEntry(rule_number=100, egress=True, rule_action="allow", cidr_block="0.0.0.0/0"),
    NaclEntry(rule_number=101, egress=False, rule_action="allow", ipv6_cidr_block="::/0"),
    NaclEntry(rule_number=101, egress=True, rule_action="allow", ipv6_cidr_block="::/0"),
)
"""The default NACL's rules: IPv4, then IPv6."""


def closing(six: bool) -> tuple[NaclEntry, ...]:
    """The deny rules every NACL ends with (NA2)."""
    out = [NaclEntry(rule_number=LAST, egress=e, rule_action="deny", cidr_block="0.0.0.0/0") for e in (False, True)]
    if six:
        out += [
            NaclEntry(rule_number=LAST + 1, egress=e, rule_action="deny", ipv6_cidr_block="::/0") for e in (False, True)
        ]
    return tuple(out)


class NetworkAclSpec(Spec):
    """Rules as ``100 allow tcp 443 from 0.0.0.0/0``; without rules a NACL denies, as AWS makes a new one."""

    id: str | None = None
    vpc: str | None = None
    subnets: Names = None
    inbound: Names = field(default=None, name="in")
    out: Names = None
    add_in: Names = None
    """Rules added or, by number, replaced."""
    add_out: Names = None
    remove_in: list[int] | int | None = None
    """Rule numbers."""
    remove_out: list[int] | int | None = None


def declare_network_acls(build: Build, items: list[Item]) -> None:
    """Ids and names; ``default`` is the VPC's own default NACL."""
    for item in items:
        item.vpc = build.home_vpc(item, item.spec.vpc)
        build.declare("network_acls", "acl", item, within=build.vpc_name_declared(item.vpc))


def build_network_acls(build: Build, items: list[Item]) -> None:
    """Records, and the subnets they guard."""
    listed: list[tuple[str, str]] = []
    for item in items:
        spec: NetworkAclSpec = item.spec
        old = build.get("network_acls", item.id)
        if old is None:
            vpc = build.need_vpc(item)
            six = bool(build.get("vpcs", vpc).ipv6_cidr_block_association_set)
            old = NetworkAcl(
                network_acl_id=item.id,
                vpc_id=vpc,
                entries=closing(six),
                owner_id=build.account_of(vpc),
                tags=build.tags(item),
            )
        entries = list(old.entries)
        for direction, egress, replaced, added, removed in (
            ("in", False, spec.inbound, spec.add_in, spec.remove_in),
            ("out", True, spec.out, spec.add_out, spec.remove_out),
        ):
            if replaced is not None:
                entries = [e for e in entries if e.egress != egress or e.rule_number >= LAST]
                entries += _entries(build, replaced, direction, (*item.path, direction))
            for entry in _entries(build, added, direction, (*item.path, f"add_{direction}")):
                entries = [e for e in entries if (e.egress, e.rule_number) != (egress, entry.rule_number)]
                entries.append(entry)
            for number in [removed] if isinstance(removed, int) else removed or ():
                if not any((e.egress, e.rule_number) == (egress, number) for e in entries):
                    build.fail((*item.path, f"remove_{direction}"), f"{item.id} has no rule {number}")
                entries = [e for e in entries if (e.egress, e.rule_number) != (egress, number)]
        entries.sort(key=lambda e: (e.egress, e.rule_number))
        build.put("network_acls", replace(old, entries=tuple(entries)))
        for subnet in build.find_all("subnets", spec.subnets, (*item.path, "subnets"), old.vpc_id):
            listed.append((subnet, item.id))
    for subnet, nacl in (*build.guards, *listed):
        guard(build, subnet, nacl)


def guard(build: Build, subnet: str, nacl: str) -> None:
    """Put a subnet under a NACL, and out of the one it was under (NA1)."""
    for record in list(build.all("network_acls").values()):
        if any(a.subnet_id == subnet for a in record.associations):
            kept = tuple(a for a in record.associations if a.subnet_id != subnet)
            build.put("network_acls", replace(record, associations=kept))
    record = build.get("network_acls", nacl)
    build.put("network_acls", replace(record, associations=(*record.associations, NaclAssociation(subnet_id=subnet))))


def _entries(build: Build, rules: Names, direction: str, path: Path) -> list[NaclEntry]:
    out: list[NaclEntry] = []
    seen: dict[int, str] = {}
    for index, text in enumerate(many(rules)):
        here = path if isinstance(rules, str) else (*path, index)
        words, peers = split_rule(text, direction, here, build)
        if len(words) < 3 or not words[0].isdigit() or words[1] not in ("allow", "deny"):
            build.fail(here, f"{text!r} does not read like '100 allow tcp 443 from 0.0.0.0/0'")
        number = int(words[0])
        if not 1 <= number <= MAX_NUMBER:
            build.fail(here, f"rule number {number} is not within 1-{MAX_NUMBER}")
        if number in seen:
            build.fail(here, f"rule number {number} is there twice")
        seen[number] = text
        found = traffic(words[2:], text, here, build)
        if len(found) > 1 or len(peers) > 1:
            build.fail(here, f"{text!r}: a NACL rule has one port range and one CIDR")
        protocol, low, high = found[0]
        cidr = build.cidr(peers[0], here)
        number_text = NUMBERS.get(protocol, protocol)
        icmp = protocol in ("icmp", "icmpv6")
        out.append(
            NaclEntry(
                rule_number=number,
                egress=direction == "out",
                rule_action=words[1],
                protocol=number_text,
                cidr_block="" if ":" in cidr else cidr,
                ipv6_cidr_block=cidr if ":" in cidr else "",
                port_range=NaclPorts(low, high) if not icmp and low >= 0 else None,
                icmp_type_code=NaclIcmp(low, high) if icmp else None,
            )
        )
    return out
