"""A plan while it is made: names, contexts, tables and reasons are handed out here, parts add to it.

A *context* is where a packet stands: it came into the fabric by an interface
that belongs to it, carries its number as mark, and looks into its tables
(LAB11).  Three lookups a context at most: the subnet's own addresses (layer
2), the route table, the VPC's own addresses.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from ...packet.address import Interval, format_prefix, parse_prefix
from .model import CONTEXT_MASK, IDENTITY_MASK, Guest, Plan, Port, Reason, Route, Rule, Service, Table, Uncovered, Wire

if TYPE_CHECKING:
    from ...estate import Estate

IDENTITY_STEP = 0x0010_0000
"""The number of a VPC in the bits of ``model.IDENTITY_MASK``: its packets come straight from the ENI that owns their
source, so SG references see it (SG4, SG5)."""
RETURNING = 0x8000_0000
"""Mark flag: an answer to a NAT gateway beyond a peering, which goes back without a route (NG10)."""
ALL4, ALL6 = "0.0.0.0/0", "::/0"
LAYER2, SENDER, ROUTED, LOCAL, NOWHERE = 50, 60, 100, 200, 300
"""Priorities of a context's lookups; the last one is everybody's."""


FIRST_TABLE, TABLES, NAMES = 1000, 0x3FFF_FFFF, 0xF_FFFF_FFFF


def _free(taken: set[int], key: tuple[str, ...], low: int, size: int) -> int:
    """A number that is still free, the same one for a key whenever nothing else had it before."""
    from hashlib import blake2b

    wanted = int.from_bytes(blake2b("\0".join(key).encode(), digest_size=8).digest(), "big") % size
    while wanted + low in taken:
        wanted = (wanted + 1) % size
    taken.add(wanted + low)
    return wanted + low


class TableDraft:
    """A routing table; the first route for a prefix stays."""

    def __init__(self, number: int, owner: str) -> None:
        self.number = number
        self.owner = owner
        self.routes: dict[Interval, str] = {}

    def add(self, prefix: str | Interval, device: str) -> bool:
        """Route a prefix to a device; no device: leave it to the next lookup.  False if there is a route already."""
        interval = parse_prefix(prefix) if isinstance(prefix, str) else prefix
        if interval in self.routes:
            return False
        self.routes[interval] = device
        return True

    def find(self, prefix: Interval) -> tuple[Interval, str] | None:
        """The route that decides for the whole of a prefix: the narrowest that holds it."""
        holding = [(i, d) for i, d in self.routes.items() if i[0] <= prefix[0] and prefix[1] <= i[1]]
        return min(holding, key=lambda row: row[0][1] - row[0][0]) if holding else None


class Best(NamedTuple):
    """The preferred route of a TGW table for a prefix: an attachment, or nothing for a blackhole."""

    attachment: str
    propagated: bool


class Draft:
    """The plan in the making."""

    def __init__(self, estate: Estate, *, hosts: bool) -> None:
        self.estate = estate
        self.hosts = hosts
        self.ports: dict[str, Port] = {}
        self.wires: list[Wire] = []
        self.tables: dict[tuple[str, ...], TableDraft] = {}
        self.rules: list[Rule] = []
        self.guests: dict[str, Guest] = {}
        self.services: list[Service] = []
        self.reasons: list[Reason] = []
        self._reasons: dict[Reason, int] = {}
        self.uncovered: dict[str, str] = {}
        self.built: dict[tuple[str, ...], str] = {}
        """What has been built already: key -> the device it is entered by (nothing: it does not carry)."""
        self._contexts: dict[tuple[str, ...], int] = {}
        self._names: set[int] = set()
        self._marks: set[int] = set()
        self._tables: set[int] = set()
        self._zones = 0

        self.context_of: dict[str, int] = {}
        """Fabric interface -> mark of packets that come in by it, flags included."""
        self.context_kept: dict[str, int] = {}
        """The same for packets that come in with their identity, over a wire that keeps it."""
        self.port_of_eni: dict[str, str] = {}
        """ENI -> its fabric interface, where groups and the subnet's ACL are checked."""
        self.subnet_of: dict[str, str] = {}
        """Fabric interface -> subnet that is entered by it (for the ACL inwards)."""
        self.exempt: list[str] = []
        """Interfaces of AWS's own local services: neither SG nor ACL (SG9, NA8)."""
        self.sinks: dict[str, int] = {}
        """Sink -> reason of its drops."""
        self.early: list[str] = []
        """Rules of the forward chain before any check: what a box itself refuses."""
        self.leaving: list[str] = []
        """Rules after the ACL outwards: what a gateway refuses to take from the VPC."""
        self.reroute: list[str] = []
        """Rules after conntrack and before the routing decision."""
        self.late: list[str] = []
        """Rules after all checks."""
        self.zones: dict[str, int] = {}
        """Interface of a NAT box -> conntrack zone of what comes in by it."""
        self.prerouting_nat: list[str] = []
        self.postrouting_nat: list[str] = []
        self.declarations: list[str] = []
        """Sets and maps of the table."""
        self.chains: list[str] = []
        self.raw: list[str] = []
        """Rules of the first chain, after marks and zones are set."""
        self.stands_in: dict[int, str] = {}
        """Context -> subnet it stands in: whose ACL looks at what leaves (NA4)."""
        self.nacl_out: dict[int, str] = {}
        """Context -> chain of the ACL outwards."""
        self.nacl_in: dict[str, str] = {}
        """Fabric interface -> chain of the ACL inwards."""
        self.entries: dict[str, str] = {}
        """Fabric interface that packets come into a VPC by from a TGW -> VPC."""
        self.spreads: dict[str, tuple[str, tuple[int, ...]]] = {}
        """Fabric interface -> (``flow`` or ``random``, contexts): one of them is drawn for what comes in by it."""
        self.turned: dict[str, str] = {}
        """Interface of an ENI that routes name -> ENI: it can get packets that are not for it (W9)."""
        self.site_filters: list[tuple[tuple[str, ...], str, str]] = []
        """(ports of a site, chain outwards, chain inwards)."""
        self.tgw_routes: dict[str, dict[Interval, Best]] = {}
        """TGW route table -> preferred routes, of the tables looked at so far."""
        self._identities: dict[str, int] = {}
        self._sink_of: dict[int, str] = {}
        self._sets: dict[tuple[str, str], str] = {}

    # Names and numbers.

    # They follow from what a thing is, not from the order of building: a changed estate leaves the rest as it was.

    def name(self, kind: str, *key: str) -> str:
        """A fresh interface name: the kind and what tells it apart, at most 15 characters (LAB31f)."""
        return f"{kind}{_free(self._names, (kind, *key), 1, NAMES):x}"

    def context(self, *key: str) -> int:
        """The number of a context; the first time it is asked for it is new."""
        number = self._contexts.get(key)
        if number is None:
            number = self._contexts[key] = _free(self._marks, key, 1, CONTEXT_MASK)
        return number

    def table(self, *key: str) -> TableDraft:
        """A routing table by its key; the first word is what it belongs to.  New and empty the first time."""
        found = self.tables.get(key)
        if found is None:
            found = self.tables[key] = TableDraft(_free(self._tables, key, FIRST_TABLE, TABLES), key[0])
        return found

    def look(self, context: int, priority: int, table: TableDraft) -> None:
        """Packets of a context look into a table."""
        rule = Rule(priority=priority, table=table.number, mark=context)
        if rule not in self.rules[-4:]:
            self.rules.append(rule)

    def reason(self, code: str, owner: str, rule: str = "", *facts: str) -> int:
        """The number of a reason for dropping."""
        wanted = Reason(code=code, owner=owner, rule=rule, facts=facts)
        number = self._reasons.get(wanted)
        if number is None:
            number = self._reasons[wanted] = len(self.reasons)
            self.reasons.append(wanted)
        return number

    def drop(self, number: int) -> str:
        """The words of a rule that drops for a reason and says so (LAB51)."""
        return f'log prefix "d{number}" group 1 drop'

    def leave_out(self, owner: str, why: str) -> str:
        """Say that a thing is not built; the sink for packets that meet it."""
        self.uncovered.setdefault(owner, why)
        return self.sink("uncovered", owner)

    def identity(self, vpc_id: str) -> int:
        """The bits of a mark that say: sent by an ENI of this VPC.  0 when there are more VPCs than numbers."""
        number = self._identities.setdefault(vpc_id, len(self._identities) + 1)
        if number * IDENTITY_STEP > IDENTITY_MASK:
            self.uncovered.setdefault(vpc_id, "too many VPCs: rules that name groups do not see its interfaces")
            return 0
        return number * IDENTITY_STEP

    # Parts of the ruleset.

    def chain(self, name: str, rules: Iterable[str]) -> None:
        """Add a chain."""
        body = "".join(f"  {rule}\n" for rule in rules)
        self.chains.append(f"chain {name} {{\n{body} }}")

    def named_set(self, what: str, family: str, key: str, rows: Iterable[str], flags: str = "") -> str:
        """A set of the table, made the first time it is asked for; its name."""
        name = self._sets.get((what, family))
        if name is None:
            name = self._sets[what, family] = f"set_{len(self._sets)}"
            listed = ",\n   ".join(rows)
            elements = f"  elements = {{\n   {listed}\n  }}\n" if listed else ""
            self.declarations.append(f"set {name} {{\n  typeof {key}\n{flags}{elements} }}")
        return name

    def address_set(self, what: str, family: str, cidrs: Iterable[str]) -> str:
        """A set of prefixes."""
        return self.named_set(what, family, f"{family} saddr", cidrs, "  flags interval\n  auto-merge\n")

    # Interfaces.

    def port(self, port: Port) -> str:
        """Add a port; its name."""
        self.ports[port.name] = port
        self.context_of[port.name] = port.context
        return port.name

    def sink(self, code: str, owner: str, rule: str = "", *facts: str) -> str:
        """A device packets are dropped at for a reason; one a reason."""
        number = self.reason(code, owner, rule, *facts)
        device = self._sink_of.get(number)
        if device is None:
            device = self._sink_of[number] = self.port(
                Port(name=self.name("x", code, owner, rule, *facts), role="sink", owner=owner)
            )
            self.sinks[device] = number
        return device

    def wire(self, kind: str, owner: str, label: str, a_context: int, b_context: int, mtu: int = 8500) -> Wire:
        """A wire inside the fabric."""
        base = self.name(kind, owner, label)
        made = Wire(
            a=f"{base}a", b=f"{base}b", owner=owner, label=label, a_context=a_context, b_context=b_context,
            a_mtu=mtu, b_mtu=mtu,
        )  # fmt: skip
        self.wires.append(made)
        self.context_of[made.a] = a_context
        self.context_of[made.b] = b_context
        return made

    def zone(self, *devices: str) -> None:
        """A conntrack zone of their own for what comes in by these; everything else is not tracked (LAB22)."""
        self._zones += 1
        self.zones.update(dict.fromkeys(devices, self._zones))

    # The end.

    def plan(self, nft: str, svc_nft: str) -> Plan:
        """The finished plan."""
        return Plan(
            ports=tuple(self.ports.values()),
            wires=tuple(self.wires),
            tables=tuple(
                Table(
                    number=t.number,
                    owner=t.owner,
                    routes=tuple(Route(prefix=format_prefix(i), dev=d) for i, d in t.routes.items()),
                )
                for t in self.tables.values()
            ),
            rules=tuple(self.rules),
            nft=nft,
            svc_nft=svc_nft,
            guests=tuple(self.guests.values()),
            services=tuple(self.services),
            reasons=tuple(self.reasons),
            uncovered=tuple(Uncovered(owner=o, why=w) for o, w in self.uncovered.items()),
        )
