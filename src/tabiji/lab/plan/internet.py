"""The Internet: public servers, hosts, and everything else behind one port."""

from __future__ import annotations

from .draft import ALL4, ALL6, LOCAL, Draft, TableDraft
from .model import Port

EVERYWHERE = "internet"
"""Owner of the port behind which all of the Internet lies that is no host of its own."""
NOT_PUBLIC = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
LINK_LOCAL = "169.254.0.0/16"
"""Never on the Internet (IG4)."""


def context(draft: Draft) -> int:
    """The context of packets on the Internet."""
    return draft.context("internet")


def table(draft: Draft) -> TableDraft:
    """Who is where on the Internet."""
    return draft.table("internet", "routes")


def build(draft: Draft) -> None:
    """Public servers and hosts of the estate, and a port for every other address."""
    draft.look(context(draft), LOCAL, table(draft))
    hosts = {h.address: name for name, h in draft.estate.hosts.items() if h.internet and h.address}
    for address, name in hosts.items():
        port = Port(
            name=draft.name("p", name),
            role="guest",
            owner=name,
            context=context(draft),
            addresses=(address,),
            guest=name,
        )
        table(draft).add(address, draft.port(port))
    draft.port(
        Port(
            name=draft.name("s", "internet"),
            role="service",
            owner=EVERYWHERE,
            context=context(draft),
            addresses=tuple(a for a in draft.estate.public_hosts if a not in hosts),
            guest="svc",
        )
    )


def close(draft: Draft) -> None:
    """What nobody has is still somebody's."""
    rest = next(p.name for p in draft.ports.values() if p.owner == EVERYWHERE)
    for prefix in (*NOT_PUBLIC, LINK_LOCAL):
        table(draft).add(prefix, draft.sink("no-host", "internet", prefix, "IG4"))
    table(draft).add(ALL4, rest)
    table(draft).add(ALL6, rest)
