"""Small plans written by hand: two hosts in a VPC, one on the Internet behind a wire, a service, sinks."""

from __future__ import annotations

from tabiji.lab.plan.model import (
    Guest,
    Link,
    Plan,
    Port,
    Reason,
    Route,
    Rule,
    Service,
    Table,
    Wire,
)

REASONS = (
    Reason(code="no-host", owner="vpc"),
    Reason(code="no-route", owner="fabric"),
    Reason(code="ttl-exceeded", owner="fabric"),
    Reason(code="sg.in", owner="sg-b", rule=""),
)
NO_HOST, NO_ROUTE, TTL, SG_IN = range(4)
A, B, WEB = "p-a", "p-b", "p-web"


def ruleset(contexts: dict[str, int], *more: str) -> str:
    """The fabric's nft: marks by interface, a log line for each hop, sinks drop, further lines of ``forward``."""
    marks = ", ".join(f'"{name}" : {mark}' for name, mark in contexts.items())
    lines = "\n  ".join(more)
    return f"""table inet fabric {{
 map ctx {{
  typeof iifname : meta mark
  elements = {{ {marks} }}
 }}
 chain pre {{
  type filter hook prerouting priority raw
  notrack
  meta mark set iifname map @ctx
 }}
 chain forward {{
  type filter hook forward priority filter
  log group 2
  oifname "nohost" log prefix "d{NO_HOST}" group 1 drop
  oifname "noroute" log prefix "d{NO_ROUTE}" group 1 drop
  {lines}
 }}
 chain out {{
  type filter hook output priority filter
  log prefix "d{TTL}" group 1 drop
 }}
}}
"""


CONTEXTS = {A: 1, B: 1, "w-in": 2, "w-out": 3, WEB: 3, "p-svc": 1}
CLOSED = 'oifname "p-b" tcp dport 81 log prefix "d3" group 1 drop'


SVC = """table inet svc {
 chain pre {
  type filter hook prerouting priority raw
  iifname "vpc1" meta mark set 1
 }
}
"""


def network(*rules: str, forwards: str = "") -> Plan:
    """Hosts ``a`` and ``b`` in 10.1.0.0/16 and 2001:db8:1::/64, ``web`` beyond a wire, DNS in ``svc``."""
    return Plan(
        ports=(
            Port(name=A, role="guest", owner="eni-a", context=1, guest="a", addresses=("10.1.0.10", "2001:db8:1::a")),
            Port(name=B, role="guest", owner="eni-b", context=1, guest="b", addresses=("10.1.1.10", "2001:db8:1::b")),
            Port(name=WEB, role="guest", owner="web", context=3, guest="web", addresses=("198.51.100.10",)),
            Port(
                name="p-svc",
                role="service",
                owner="dns",
                context=1,
                guest="svc",
                guest_link="vpc1",
                addresses=("10.1.0.2",),
            ),
            Port(name="nohost", role="sink", owner="vpc"),
            Port(name="noroute", role="sink", owner="fabric"),
        ),
        wires=(Wire(a="w-in", b="w-out", owner="igw", a_context=2, b_context=3, a_mtu=1500, b_mtu=1500),),
        tables=(
            Table(
                number=100,
                owner="rtb-1",
                routes=(
                    Route(prefix="10.1.0.0/16"),
                    Route(prefix="2001:db8:1::/64"),
                    Route(prefix="0.0.0.0/0", dev="w-in"),
                    Route(prefix="::/0", dev="w-in"),
                ),
            ),
            Table(
                number=200,
                owner="vpc-1",
                routes=(
                    Route(prefix="10.1.0.0/16", dev="nohost"),
                    Route(prefix="2001:db8:1::/64", dev="nohost"),
                    Route(prefix="10.1.0.10/32", dev=A),
                    Route(prefix="2001:db8:1::a/128", dev=A),
                    Route(prefix="10.1.1.10/32", dev=B),
                    Route(prefix="2001:db8:1::b/128", dev=B),
                    Route(prefix="10.1.0.2/32", dev="p-svc"),
                ),
            ),
            Table(
                number=300,
                owner="internet",
                routes=(
                    Route(prefix="198.51.100.10/32", dev=WEB),
                    Route(prefix="2001:db8:9::1/128", dev=WEB),
                    Route(prefix="10.1.0.0/16", dev="w-out"),
                    Route(prefix="2001:db8:1::/64", dev="w-out"),
                ),
            ),
            Table(
                number=400,
                owner="noroute",
                routes=(Route(prefix="0.0.0.0/0", dev="noroute"), Route(prefix="::/0", dev="noroute")),
            ),
        ),
        rules=(
            Rule(priority=100, table=100, mark=1),
            Rule(priority=200, table=200, mark=1),
            Rule(priority=200, table=200, mark=2),
            Rule(priority=100, table=300, mark=3),
            Rule(priority=300, table=400, mask=0),
        ),
        nft=ruleset(CONTEXTS, CLOSED, *rules),
        svc_nft=SVC,
        guests=(
            Guest(
                name="a",
                owner="i-a",
                links=(Link(name="eth0", port=A, addresses=("10.1.0.10/24", "2001:db8:1::a/64")),),
            ),
            Guest(
                name="b",
                owner="i-b",
                links=(Link(name="eth0", port=B, addresses=("10.1.1.10/24", "2001:db8:1::b/64")),),
                forwards=forwards,
            ),
            Guest(
                name="web",
                owner="web",
                links=(Link(name="eth0", port=WEB, addresses=("198.51.100.10/24", "2001:db8:9::1/64")),),
            ),
            Guest(
                name="svc",
                owner="svc",
                links=(Link(name="vpc1", port="p-svc", addresses=("10.1.0.2/32",), default=False, mark=1),),
            ),
        ),
        services=(Service(kind="dns", address="10.1.0.2", mark=1, owner="vpc-1"),),
        reasons=REASONS,
    )


def many(count: int, prefix: str = "10.2") -> Plan:
    """``count`` hosts, 100 a subnet, each subnet with a table of its own."""
    ports, guests, local, tables, rules, contexts = [], [], [], [], [], {}
    for number in range(count):
        subnet, host = divmod(number, 100)
        name, address = f"p{number}", f"{prefix}.{subnet}.{host + 10}"
        contexts[name] = subnet + 1
        ports.append(
            Port(name=name, role="guest", owner=name, context=subnet + 1, guest=f"h{number}", addresses=(address,))
        )
        guests.append(
            Guest(name=f"h{number}", owner=name, links=(Link(name="eth0", port=name, addresses=(f"{address}/24",)),))
        )
        local.append(Route(prefix=f"{address}/32", dev=name))
    for mark in sorted(set(contexts.values())):
        tables.append(Table(number=100 + mark, owner=f"rtb-{mark}", routes=(Route(prefix=f"{prefix}.0.0/16"),)))
        rules += [Rule(priority=100, table=100 + mark, mark=mark), Rule(priority=200, table=1000, mark=mark)]
    tables.append(Table(number=1000, owner="vpc", routes=(Route(prefix=f"{prefix}.0.0/16", dev="nohost"), *local)))
    tables.append(Table(number=1001, owner="noroute", routes=(Route(prefix="0.0.0.0/0", dev="noroute"),)))
    return Plan(
        ports=(
            *ports,
            Port(name="nohost", role="sink", owner="vpc"),
            Port(name="noroute", role="sink", owner="fabric"),
        ),
        tables=tuple(tables),
        rules=(*rules, Rule(priority=300, table=1001, mask=0)),
        nft=ruleset(contexts),
        guests=tuple(guests),
        reasons=REASONS,
    )
