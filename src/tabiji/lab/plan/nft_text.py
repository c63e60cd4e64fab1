"""The fabric's ruleset: every list the parts have filled, in the order packets meet it (LAB18, W3-W9).

Before the routing decision a packet gets its mark; everything that is refused
is refused in the forward chain, where both interfaces are known, with a
reason (LAB14).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from . import flows, network_acl, security_group
from .draft import NOWHERE, Draft
from .flows import V4, V6
from .interface import addresses_of
from .model import CONTEXT_MASK, HOP_GROUP, IDENTITY_MASK, Rule

FAMILIES = ((V4, "4"), (V6, "6"))
CONTEXT = f"meta mark & 0x{CONTEXT_MASK:08x}"


def ruleset(draft: Draft) -> str:
    """The table ``inet fabric``."""
    nowhere(draft)
    flows.build(draft)
    network_acl.build(draft)
    outward, inward = security_group.build(draft)
    for ports, out_chain, in_chain in draft.site_filters:
        outward |= dict.fromkeys(ports, out_chain)
        inward |= dict.fromkeys(ports, in_chain)
    _own_sets(draft)
    _prerouting(draft)
    _filters(draft, outward, inward)
    _forward(draft)
    _nat(draft)
    _output(draft)
    body = "\n ".join((*draft.declarations, *draft.chains))
    return f"table inet fabric {{\n {body}\n}}\n"


def services(draft: Draft) -> str:
    """The ruleset of the svc namespace: by which link a packet came in is its mark (LAB25)."""
    links = draft.guests["svc"].links if "svc" in draft.guests else ()
    marks = {link.name: f"0x{link.mark:08x}" for link in links if link.mark}
    if not marks:
        return ""
    rows = ",\n   ".join(f'"{name}" : {mark}' for name, mark in marks.items())
    silent = [p.name for p in draft.ports.values() if p.name in marks and p.owner in draft.estate.endpoint_by_eni]
    quiet = f"  iifname {{ {', '.join(quoted(silent))} }} icmp type echo-request drop\n" if silent else ""  # IE2
    return (
        "table inet svc {\n"
        f" map marks {{\n  typeof iifname : meta mark\n  elements = {{\n   {rows}\n  }}\n }}\n"
        " chain prerouting {\n  type filter hook prerouting priority raw; policy accept;\n"
        f"  meta mark set iifname map @marks\n{quiet} }}\n}}\n"
    )


def nowhere(draft: Draft) -> None:
    """What no lookup of its context decided (VPC side of a gateway, an unknown mark)."""
    table = draft.table("fabric", "nowhere")
    sink = draft.sink("no-route", "fabric", "", "PC2")
    table.add("0.0.0.0/0", sink)
    table.add("::/0", sink)
    draft.rules.append(Rule(priority=NOWHERE, table=table.number, mark=0, mask=0))


def _map(draft: Draft, name: str, key: str, value: str, rows: Iterable[tuple[str, str]]) -> None:
    listed = ",\n   ".join(f"{left} : {right}" for left, right in rows)
    elements = f"  elements = {{\n   {listed}\n  }}\n" if listed else ""
    draft.declarations.append(f"map {name} {{\n  typeof {key} : {value}\n{elements} }}")


def _set(draft: Draft, name: str, key: str, rows: Iterable[str], flags: str = "") -> None:
    listed = ",\n   ".join(rows)
    elements = f"  elements = {{\n   {listed}\n  }}\n" if listed else ""
    draft.declarations.append(f"set {name} {{\n  typeof {key}\n{flags}{elements} }}")


def quoted(names: Iterable[str]) -> list[str]:
    """Interface names as nft wants them."""
    return [f'"{name}"' for name in names]


# Addresses.


def _own_sets(draft: Draft) -> None:
    """Which addresses belong to which interface, prefixes apart: they need another kind of set (W3, W9)."""
    enis = draft.estate.network_interfaces
    for family, tail in FAMILIES:
        single: list[str] = []
        delegated: list[str] = []
        for eni_id, port in draft.port_of_eni.items():
            eni = enis[eni_id]
            mine = [a for a in addresses_of(eni) if (":" in a) == (family == V6)]
            single += [f'"{port}" . {a}' for a in mine]
            prefixes = (
                [p.ipv4_prefix for p in eni.ipv4_prefixes]
                if family == V4
                else [p.ipv6_prefix for p in eni.ipv6_prefixes]
            )
            delegated += [f'"{port}" . {p}' for p in prefixes]
        _set(draft, f"own{tail}", f"iifname . {family} saddr", single)
        _set(draft, f"delegated{tail}", f"iifname . {family} saddr", delegated, "  flags interval\n")
    checked = [p for e, p in draft.port_of_eni.items() if enis[e].source_dest_check]
    unchecked = [p for e, p in draft.port_of_eni.items() if not enis[e].source_dest_check]
    _set(draft, "checked", "iifname", quoted(checked))
    _set(draft, "unchecked", "iifname", quoted(unchecked))


# Before the routing decision.


def _prerouting(draft: Draft) -> None:
    spreads = draft.spreads
    kept = {device: mark & CONTEXT_MASK for device, mark in draft.context_kept.items()}
    numbers = sorted({n for _, several in spreads.values() for n in several} | set(kept.values()))
    for number in numbers:
        draft.chain(f"stand_{number}", [f"meta mark set meta mark & 0x{IDENTITY_MASK:08x} | 0x{number:08x}"])
    for place, (how, several) in enumerate(spreads.values()):
        draft.chain(f"spread_{place}", _spread(how, several))
    rows = [(f'"{d}"', f"0x{m:08x}") for d, m in draft.context_of.items() if m and d not in spreads]
    _map(draft, "contexts", "iifname", "meta mark", rows)
    _map(draft, "kept", "iifname", "verdict", [(f'"{d}"', f"goto stand_{n}") for d, n in kept.items()])
    _map(draft, "spread", "iifname", "verdict", [(f'"{d}"', f"goto spread_{i}") for i, d in enumerate(spreads)])
    _map(draft, "zones", "iifname", "ct zone", [(f'"{d}"', str(z)) for d, z in draft.zones.items()])
    _set(draft, "tracked", "iifname", quoted(draft.zones))
    draft.chain("arrive", _arrive())
    draft.chain("unchecked_source", _unchecked())
    draft.chain("prerouting", _prerouting_rules(draft))


def _spread(how: str, several: tuple[int, ...]) -> Iterator[str]:
    """Draw one of several contexts, by flow: the same for both directions, or (``random``) not (TG6, TG8)."""
    rows = ", ".join(f"{i} : goto stand_{n}" for i, n in enumerate(several))
    if how == "flow":
        yield f"symhash mod {len(several)} vmap {{ {rows} }}"
        return
    for family, _ in FAMILIES:
        yield f"jhash {family} saddr . {family} daddr mod {len(several)} vmap {{ {rows} }}"


def _arrive() -> Iterator[str]:
    """The mark: the place by the interface, the sender's identity as far as the wire keeps it."""
    yield "iifname vmap @spread"
    yield f"meta mark & 0x{IDENTITY_MASK:08x} != 0 iifname vmap @kept"
    yield "meta mark set iifname map @contexts"
    yield "iifname @unchecked goto unchecked_source"


def _unchecked() -> Iterator[str]:
    """What an interface without source/destination check passes on for others has lost its sender (SG5)."""
    for family, tail in FAMILIES:
        yield f"iifname . {family} saddr @own{tail} return"
        yield f"iifname . {family} saddr @delegated{tail} return"
    yield f"meta mark set meta mark & 0x{CONTEXT_MASK:08x}"


def _prerouting_rules(draft: Draft) -> Iterator[str]:
    yield "type filter hook prerouting priority raw; policy accept;"
    spent = draft.drop(draft.reason("ttl-exceeded", "fabric", "", "W13"))
    yield f"ip ttl <= 1 {spent}"  # the fabric has no address to say it from (LAB14)
    yield f"ip6 hoplimit <= 1 {spent}"
    yield "jump arrive"
    yield from draft.raw
    yield "ct zone set iifname map @zones"
    yield "iifname != @tracked notrack"


# Refusals.


def _filters(draft: Draft, outward: dict[str, str], inward: dict[str, str]) -> None:
    drop = draft.drop
    _map(draft, "filters_out", "iifname", "verdict", [(f'"{d}"', f"goto {c}") for d, c in outward.items()])
    _map(draft, "filters_in", "oifname", "verdict", [(f'"{d}"', f"goto {c}") for d, c in inward.items()])
    _set(draft, "filtered", "iifname", quoted(outward))
    draft.chain("out_of_interface", [*flows.known(True), "iifname vmap @filters_out"])
    draft.chain("into_interface", [*flows.known(False), "oifname vmap @filters_in"])
    _acls(draft)
    for number in dict.fromkeys(draft.sinks.values()):
        draft.chain(f"sink_{number}", [drop(number)])
    _map(draft, "sinks", "oifname", "verdict", [(f'"{d}"', f"goto sink_{n}") for d, n in draft.sinks.items()])
    _set(draft, "endpoints", "oifname", quoted(_endpoints(draft)))
    rows = [f"0x{draft.context_of[device] & CONTEXT_MASK:08x}" for device in draft.entries]
    _set(draft, "tgw_entries", "meta mark", rows)
    _set(draft, "exempt", "iifname", quoted(draft.exempt))
    _set(draft, "entries", "iifname", quoted(draft.entries))
    spoofed = drop(draft.reason("source-check", "", "", "W3"))
    draft.chain("own_source", [*_is_own("iifname", "saddr"), spoofed])
    _foreign(draft)


def _endpoints(draft: Draft) -> list[str]:
    """Ports of interface endpoints."""
    enis = draft.estate.network_interfaces
    return [port for eni, port in draft.port_of_eni.items() if enis[eni].interface_type == "vpc_endpoint"]


def _is_own(port: str, end: str) -> Iterator[str]:
    for family, tail in FAMILIES:
        yield f"{port} . {family} {end} @own{tail} return"
        yield f"{port} . {family} {end} @delegated{tail} return"


def _foreign(draft: Draft) -> None:
    """Packets that a route brings to an interface they are not for (W9, NI1)."""
    rows: list[tuple[str, str]] = []
    for port, eni_id in draft.turned.items():
        number = _why_not_forwarded(draft, eni_id)
        if number is not None:
            draft.chain(f"foreign_{number}", [draft.drop(number)])
            rows.append((f'"{port}"', f"goto foreign_{number}"))
    _map(draft, "foreign", "oifname", "verdict", rows)
    draft.chain("own_destination", [*_is_own("oifname", "daddr"), "oifname vmap @foreign"])


def _why_not_forwarded(draft: Draft, eni_id: str) -> int | None:
    from .appliance import FORWARDING, forwards

    if draft.estate.network_interfaces[eni_id].source_dest_check:
        return draft.reason("dest-check", eni_id, "", "W9", "NI1")
    does = forwards(draft, eni_id)
    if does in FORWARDING:
        return None
    if does == "drop":
        return draft.reason("host.not-forwarding", eni_id, "", "NI1")
    draft.uncovered.setdefault(eni_id, "what it does with packets for others is not known")
    return draft.reason("uncovered", eni_id, "", "NI1")


def _acls(draft: Draft) -> None:
    """In and out, not for addresses of the subnet a packet stands in (W5)."""
    for family, tail in FAMILIES:
        rows = [
            f"0x{number:08x} . {cidr}"
            for number, subnet_id in draft.stands_in.items()
            for cidr in draft.estate.subnets[subnet_id].cidrs()
            if (":" in cidr) == (family == V6)
        ]
        _set(draft, f"same_subnet{tail}", f"meta mark . {family} daddr", rows, "  flags interval\n")
    inside = [f'0x{number:08x} . "{device}"' for number, devices in _neighbours(draft).items() for device in devices]
    _set(draft, "neighbours", "meta mark . oifname", inside)
    _map(draft, "acls_out", "meta mark", "verdict", [(f"0x{n:08x}", f"goto {c}") for n, c in draft.nacl_out.items()])
    _map(draft, "acls_in", "oifname", "verdict", [(f'"{d}"', f"goto {c}") for d, c in draft.nacl_in.items()])
    skip = [f"{CONTEXT} . {family} daddr @same_subnet{tail} return" for family, tail in FAMILIES]
    draft.chain("out_of_subnet", [*skip, f"{CONTEXT} vmap @acls_out"])
    draft.chain("into_subnet", [*skip, f"{CONTEXT} . oifname @neighbours return", "oifname vmap @acls_in"])


def _neighbours(draft: Draft) -> dict[int, list[str]]:
    """Context -> ENIs in the subnet it stands in: to go by a route to one is not to enter the subnet (NA4).

    Endpoints of firewalls and the like are none (NA11), nor are NAT gateways and the way into a TGW (section 6).
    """
    enis = draft.estate.network_interfaces
    own: dict[str, list[str]] = {}
    for eni, device in draft.port_of_eni.items():
        own.setdefault(enis[eni].subnet_id, []).append(device)
    return {number: own.get(subnet_id, []) for number, subnet_id in draft.stands_in.items()}


def _forward(draft: Draft) -> None:
    draft.chain("forward", _forward_rules(draft))


def _forward_rules(draft: Draft) -> Iterator[str]:
    yield "type filter hook forward priority filter; policy accept;"
    yield f"log group {HOP_GROUP}"
    yield from draft.early
    yield "iifname @exempt accept"
    yield "iifname != @entries oifname @exempt accept"
    yield "iifname @checked jump own_source"
    yield "iifname @filtered jump out_of_interface"
    yield "jump out_of_subnet"
    # PC7: a VPC's own DNS and metadata answer nobody from outside.
    yield f"oifname @exempt {draft.drop(draft.reason('no-host', 'fabric', '', 'RT21'))}"
    yield from draft.leaving
    yield "oifname vmap @sinks"
    yield "jump into_subnet"
    # IE12: rules of an interface endpoint see no group across a TGW.
    yield f"oifname @endpoints {CONTEXT} @tgw_entries meta mark set meta mark & 0x{CONTEXT_MASK:08x}"
    yield "oifname @filtered jump into_interface"
    yield "jump own_destination"
    yield from draft.late


def _nat(draft: Draft) -> None:
    if draft.reroute:
        head = "type filter hook prerouting priority mangle; policy accept;"
        draft.chain("reroute", [head, *_lines(draft.reroute)])
    if draft.prerouting_nat:
        head = "type nat hook prerouting priority dstnat; policy accept;"
        draft.chain("nat_in", [head, *_lines(draft.prerouting_nat)])
    if draft.postrouting_nat:
        head = "type nat hook postrouting priority srcnat; policy accept;"
        draft.chain("nat_out", [head, *_lines(draft.postrouting_nat)])


def _lines(rules: Iterable[str]) -> Iterator[str]:
    for rule in rules:
        yield from rule.split("\n")


def _output(draft: Draft) -> None:
    """The fabric says nothing of its own; what it would say is the reason of a drop (LAB14)."""
    spent = draft.drop(draft.reason("ttl-exceeded", "fabric", "", "W13"))
    large = draft.drop(draft.reason("too-large", "fabric", "", "TG19"))
    draft.chain(
        "output",
        [
            "type filter hook output priority filter; policy drop;",
            f"icmp type time-exceeded {spent}",
            f"icmpv6 type time-exceeded {spent}",
            f"icmp type destination-unreachable icmp code 4 {large}",
            f"icmpv6 type packet-too-big {large}",
        ],
    )
