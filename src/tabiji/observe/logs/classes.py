"""Fold what the estate cannot tell apart, so that a scan of a million addresses is walked once.

Every address and port that an answer can depend on stands somewhere in the
estate's records.  Cut the address line and the port line at all of them, and
two packets that fall into the same pieces meet the same rules.  Addresses of
interfaces and hosts stand for themselves.  The cuts are taken from the
records' JSON, whatever their kind: one too many costs a walk, never an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from ...estate import Estate
from ...packet.address import LINK_LOCAL_V4, PRIVATE_V4, SHARED_V4, AddressError, format_address, parse_prefix
from ...request.parse import SCHEMES
from ..har.safe import printable
from .flow import Store
from .model import ACCEPT, REJECT, Flow, Talker

UNCUT = frozenset(("network_interfaces", "instances"))
"""Their addresses are known one by one."""
_V4 = re.compile(rb"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?(?![\d.])")
_NUMBER = re.compile(rb"(?<![\w.:-])\d{1,5}(?![\w.])|(?<=[-:,\[])\d{1,5}(?![\w.])|(?<=/)\d{1,5}(?=[\"-])")


def fold(store: Store, estate: Estate) -> None:
    """Fill the table ``grouped`` from ``seen``: one row for each class of flows."""
    addresses, ports = cuts(estate)
    store.fill("cut", "start UBIGINT", ((a,) for a in sorted(addresses)))
    store.fill("port_cut", "start INTEGER", ((p,) for p in sorted(ports)))
    store.fill("known", "address VARCHAR", ((a,) for a in sorted(_known(estate))))
    number = " + ".join(f"split_part(a, '.', {i})::UBIGINT * {256 ** (4 - i)}" for i in range(1, 5))
    store.run(f"""CREATE OR REPLACE TABLE place AS
        WITH used AS (SELECT client AS a FROM seen WHERE status = 'OK'
            UNION SELECT server FROM seen WHERE status = 'OK'),
        numbered AS (SELECT a, CASE WHEN a IN (SELECT address FROM known)
            OR NOT regexp_full_match(a, '\\d{{1,3}}(\\.\\d{{1,3}}){{3}}') THEN NULL ELSE {number} END AS n FROM used)
        SELECT a AS address, CASE WHEN n IS NULL THEN a ELSE 'from ' || start END AS class
        FROM numbered ASOF LEFT JOIN cut ON n >= start""")
    store.run("""CREATE OR REPLACE TABLE port_class AS
        SELECT port, start AS class FROM (SELECT DISTINCT port FROM seen WHERE status = 'OK') AS p
        ASOF LEFT JOIN port_cut AS c ON p.port >= c.start""")
    store.run("""CREATE OR REPLACE TABLE grouped AS
        SELECT interface, direction, leg, protocol, action, reason, sure, c.class AS client_class,
        s.class AS server_class, p.class AS port_class,
        max_by({'client': client, 'server': server, 'port': seen.port, 'other': other}, (records, client)) AS one,
        sum(records)::BIGINT AS records, sum(packets)::HUGEINT AS packets, sum(bytes)::HUGEINT AS bytes,
        min(first) AS first, max(last) AS last, count(DISTINCT client) AS clients, count(DISTINCT server) AS servers,
        count(DISTINCT seen.port) AS ports, min(seen.port) AS low, max(seen.port) AS high,
        sum(openers)::BIGINT AS openers, sum(flagged)::BIGINT AS flagged
        FROM seen JOIN place AS c ON c.address = client JOIN place AS s ON s.address = server
        JOIN port_class AS p ON p.port = seen.port WHERE status = 'OK' GROUP BY ALL""")


def flows(store: Store, action: str, limit: int) -> Iterator[Flow]:
    """The most frequent groups of one action."""
    rows = store.run(
        "SELECT interface, direction, leg, one, protocol, action, reason, records, packets, bytes, first, last, "
        "clients, servers, ports, low, high, openers, flagged, sure FROM grouped WHERE action = ? "
        "ORDER BY records DESC, interface, direction, leg, one.client, one.server, one.port, sure LIMIT ?",
        [action, limit],
    )
    for (
        eni,
        way,
        leg,
        one,
        proto,
        act,
        why,
        records,
        packets,
        size,
        first,
        last,
        clients,
        servers,
        ports,
        low,
        high,
        openers,
        flagged,
        sure,
    ) in rows:
        yield Flow(
            interface=printable(eni), direction=way, leg=leg, client=printable(one["client"]),
            server=printable(one["server"]), protocol=proto, port=one["port"], other=one["other"], action=act,
            reason=printable(why), records=records, packets=int(packets),
            bytes=int(size), first=first or 0, last=last or 0, clients=clients, servers=servers, ports=ports,
            low_port=low, high_port=high, openers=openers, flagged=flagged, sure=sure,
        )  # fmt: skip


def group_counts(store: Store) -> tuple[int, int]:
    """How many groups were refused and accepted."""
    found = dict(store.run("SELECT action, count(*) FROM grouped GROUP BY action"))
    return int(found.get(REJECT, 0)), int(found.get(ACCEPT, 0))


def talkers(store: Store, limit: int) -> tuple[Talker, ...]:
    """Addresses that sent what was refused most."""
    rows = store.run(
        "SELECT CASE WHEN leg = 'reply' THEN server ELSE client END AS a, sum(records)::BIGINT, sum(packets)::HUGEINT, "
        "count(DISTINCT interface) FROM seen WHERE status = 'OK' AND action = 'REJECT' "
        "GROUP BY a ORDER BY 2 DESC, a LIMIT ?",
        [limit],
    )
    return tuple(Talker(address=printable(a), records=n, packets=int(p), interfaces=i) for a, n, p, i in rows)


def cuts(estate: Estate) -> tuple[set[int], set[int]]:
    """Where pieces of the IPv4 line and of the port line begin."""
    addresses, ports = {0}, {0}
    for low, high in (*PRIVATE_V4, SHARED_V4, LINK_LOCAL_V4):
        addresses |= {low, high + 1}
    for port, _ in SCHEMES.values():
        ports |= {port, port + 1}
    for kind, table in estate.tables.items():
        if kind in UNCUT:
            continue
        for record in table.values():
            text = msgspec.json.encode(record)
            for found in _V4.findall(text):
                try:
                    low, high = parse_prefix(found.decode())
                except AddressError:
                    continue
                addresses |= {low, high + 1}
            for found in _NUMBER.findall(text):
                if int(found) < 65536:
                    ports |= {int(found), int(found) + 1}
    return addresses, ports


def _known(estate: Estate) -> set[str]:
    """Addresses that are somebody: interfaces' private and public ones, hosts'."""
    out: set[str] = set()
    for eni in estate.network_interfaces.values():
        out.update(eni.private_v4())
    out.update(format_address(address) for address in estate.public_addresses)
    out.update(host.address for host in estate.hosts.values() if host.address)
    return {a for a in out if ":" not in a}
