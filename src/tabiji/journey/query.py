"""A DNS query as a packet: walked to the server and back like any other (names N0.c3)."""

from __future__ import annotations

import msgspec

from ..estate import Estate
from ..findings.finding import NAME, Finding
from ..names.transport import FromPlace, Reach
from ..packet.address import AddressError, format_address, parse_address
from ..packet.header import TCP, UDP
from .model import BLOCKED, REACHABLE, Path, Request, Vantage

DNS_PORT = 53


def carry(
    estate: Estate,
    sender: FromPlace,
    server: str,
    protocol: str,
    port: int = DNS_PORT,
    refused: list[Finding] | None = None,
) -> Reach:
    """Does the query get from ``sender`` to ``server``, and the answer back?  ``refused`` is told what stopped it."""
    try:
        parse_address(server)
    except AddressError:
        return Reach(ok=None, code="unknown.name_server", detail=server)
    path = query_path(estate, sender, server, protocol, port)
    if path is None:
        return Reach(ok=None, code="unknown.name_server", detail=server)
    vpc = next((h.place.vpc for h in reversed(path.hops) if h.leg == "forward" and h.place.vpc), "")
    if path.verdict == REACHABLE:
        return Reach(ok=True, vpc=vpc)
    finding = next((f for f in path.findings if f.severity in ("blocker", "unknown")), None)
    code = finding.code if finding else "unknown.external"
    detail = finding.component if finding else format_address(path.destination)
    if path.verdict == BLOCKED:
        if refused is not None and finding is not None:
            told = msgspec.structs.replace(finding, leg=NAME, hop=0)
            if told not in refused:
                refused.append(told)
        return Reach(ok=False, code=code, detail=detail, refused=code == "host.not_listening", vpc=vpc)
    return Reach(ok=None, code=code, detail=detail, vpc=vpc)


def query_path(estate: Estate, sender: FromPlace, server: str, protocol: str, port: int = DNS_PORT) -> Path | None:
    """The walk of a query; None when the sender has no place in the data plane."""
    from .engine import walk_request

    vantage = Vantage(
        label=sender.component or sender.host or sender.eni or sender.site or "client",
        kind=sender.kind,
        eni=sender.eni,
        vpc=sender.vpc,
        subnet=sender.subnet,
        site=sender.site,
        host=sender.host,
        address=sender.address or _address_of(estate, sender),
    )
    if not vantage.address:
        return None
    request = Request(text=server, host=server, protocol=TCP if protocol == "tcp" else UDP, port=port)
    walked = walk_request(estate, vantage, request, all_blockers=False)
    return walked.paths[0] if walked.paths else None


def _address_of(estate: Estate, sender: FromPlace) -> int:
    eni = estate.network_interfaces.get(sender.eni)
    if eni is None or not eni.private_v4():
        return 0
    return parse_address(eni.private_v4()[0])
