"""Network ACLs: ordered chains, stateless by nature (NA2, NA3, LAB20).

Outwards by the subnet a packet stands in, inwards by the interface it goes
out by; not between interfaces of one subnet (W5).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .draft import Draft
from .flows import ICMP, V4, V6, icmp_match, port_match

if TYPE_CHECKING:
    from ...estate.network_acl import NaclEntry

LAST = 32767
"""Numbers from here on are the ``*`` rule."""


def build(draft: Draft) -> None:
    """A chain an ACL and direction, used by the subnets' contexts and interfaces."""
    made: dict[tuple[str, bool], str] = {}
    estate = draft.estate

    def chain(subnet_id: str, egress: bool) -> str:
        subnet = estate.subnets[subnet_id]
        acl = estate.nacl_by_subnet.get(subnet_id) or estate.default_nacls.get(subnet.vpc_id, "")
        if not acl:
            draft.uncovered.setdefault(subnet_id, "its network ACL is not in the estate")
        key = (acl or subnet_id, egress)
        if key not in made:
            made[key] = f"nacl_{'out' if egress else 'in'}_{len(made)}"
            draft.chain(made[key], _chain(draft, *key))
        return made[key]

    for number, subnet_id in draft.stands_in.items():
        draft.nacl_out[number] = chain(subnet_id, True)
    for device, subnet_id in draft.subnet_of.items():
        draft.nacl_in[device] = chain(subnet_id, False)


def _chain(draft: Draft, acl: str, egress: bool) -> Iterator[str]:
    code = "nacl.out" if egress else "nacl.in"
    record = draft.estate.network_acls.get(acl)
    if record is None:
        yield draft.drop(draft.reason("uncovered", acl, "", "NA1"))
        return
    for entry in sorted((e for e in record.entries if e.egress == egress), key=lambda e: e.rule_number):
        number = str(entry.rule_number) if entry.rule_number < LAST else "*"
        verdict = "return" if entry.rule_action == "allow" else draft.drop(draft.reason(code, acl, number, "NA2"))
        match = _match(entry, egress)
        if match is not None:
            yield f"{match} {verdict}"
    yield draft.drop(draft.reason(code, acl, "*", "NA2"))


def _match(entry: NaclEntry, egress: bool) -> str | None:
    """The words of a rule; None: it can never match."""
    family = V6 if entry.ipv6_cidr_block else V4
    cidr = entry.ipv6_cidr_block or entry.cidr_block
    what = _what(entry, family)
    if not cidr or what is None:
        return None
    from .security_group import among

    far = f"{family} {'daddr' if egress else 'saddr'}"
    return f"{among(far, family, [cidr])} {what}".strip()


def _what(entry: NaclEntry, family: str) -> str | None:
    protocol = entry.protocol.lower()
    if protocol in ("1", "icmp", "58", "icmpv6"):
        number = 1 if protocol in ("1", "icmp") else 58
        icmp = entry.icmp_type_code
        if number != ICMP[family]:
            return None
        return icmp_match(number, -1, -1, family) if icmp is None else icmp_match(number, icmp.type, icmp.code, family)
    if entry.port_range is None:
        return port_match(protocol, None, None, family)
    return port_match(protocol, entry.port_range.low, entry.port_range.high, family)
